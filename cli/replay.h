// SPDX-License-Identifier: Apache-2.0
/* What the two kinds of replay share: recorded files (replay_files.c) and a gateway's own store (replay_store.c). */
#ifndef SW_CLI_REPLAY_H
#define SW_CLI_REPLAY_H

#include <stdint.h>

#include "config/site.h"
#include "gateway/engine.h"
#include "io/request.h"
#include "rules/schedule.h"

#define SW_REPLAY_NAME "replay"
#define SW_REPLAY_SCHEDULES_MAX 16

struct sw_replay_options {
    const char *config; /* NULL = not given */
    const char *readings, *commands;
    const char *store; /* a data folder */
    size_t n_schedules;
    const char *schedules[SW_REPLAY_SCHEDULES_MAX];
    unsigned kinds; /* set of enum sw_print */
};

/** Run a replay to its end. @return exit code */
int sw_replay_files(const struct sw_replay_options *o);
int sw_replay_store(const struct sw_replay_options *o);

/** A command or complaint as an input of the engine, which borrows it. */
struct sw_input sw_replay_input(const struct sw_request_given *g);

/** Real seconds, for the last line. */
double sw_replay_clock_s(void);

/** Import schedule files for a replay that begins at start_us: what they claim as time of publication is taken as it.
 *  @return SW_OK; as sw_schedule_import */
int sw_replay_schedule(const struct sw_replay_options *o, const struct sw_site *site, int64_t start_us,
                       struct sw_schedule **ret, struct sw_err *err);

#endif
