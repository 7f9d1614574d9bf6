// SPDX-License-Identifier: Apache-2.0
/* The configuration that a run of a gateway had, out of its store. */
#ifndef SW_CLI_REPLAY_CONFIG_H
#define SW_CLI_REPLAY_CONFIG_H

#include "config/site.h"
#include "gateway/store.h"

/** @param file    read this one instead; NULL = what the store kept
 *  @return SW_OK; SW_E_NOTFOUND the store did not keep it; SW_E_CONFLICT it is not the same when read today;
 *          SW_E_INVAL; SW_E_IO */
int sw_replay_config(const char *file, struct sw_store *store, const char *sha256, struct sw_site **ret,
                     struct sw_err *err);

#endif
