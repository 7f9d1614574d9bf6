// SPDX-License-Identifier: Apache-2.0
/* The folder of a simulated run: a copy of a scenario with a layer of configuration that keeps everything inside it. */
#ifndef SW_CLI_RUN_FOLDER_H
#define SW_CLI_RUN_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"

struct sw_run_folder {
    char path[SW_PATH_SIZE]; /* absolute */
    bool is_ours;            /* a temporary folder that we made: may be removed */
    char epoch[64];          /* RFC 3339, of scenario.json */
    int64_t epoch_us;
};

/**
 * Copy a scenario into a folder and write conf.d/90-sim.yaml there.
 *
 * @param scenario  name of a folder below scenarios/ of the share folder or the source tree
 * @param dir       where to; must be empty or not exist. NULL = a new one below $TMPDIR
 * @param broker    "mqtt://host:port" for the platform, NULL = as the scenario says
 * @return SW_OK; SW_E_NOTFOUND no such scenario (the sentence lists those there are); SW_E_CONFLICT dir holds
 * something; SW_E_IO; SW_E_INVAL scenario.json or a path is not usable
 */
int sw_run_folder_make(struct sw_run_folder *f, const char *scenario, const char *dir, const char *broker,
                       struct sw_err *err);

/** Remove the folder if it is a temporary one of ours. */
void sw_run_folder_remove(const struct sw_run_folder *f);

#endif
