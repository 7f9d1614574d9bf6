// SPDX-License-Identifier: Apache-2.0
/* The commands and complaints that a gateway took, out of its store, in the order in which its engine was given them.
 */
#ifndef SW_CLI_REPLAY_GIVEN_H
#define SW_CLI_REPLAY_GIVEN_H

#include "gateway/store.h"
#include "io/request.h"

struct sw_replay_given {
    struct sw_request_given *item;
    size_t n, cap, next;
};

/** @return SW_OK; SW_E_CORRUPT one cannot be read; SW_E_NOMEM */
int sw_replay_given_load(struct sw_replay_given *g, struct sw_store *store, struct sw_err *err);
void sw_replay_given_done(struct sw_replay_given *g);
/** The next one that was given by then; NULL = none. */
const struct sw_request_given *sw_replay_given_peek(const struct sw_replay_given *g, int64_t to_us);

#endif
