// SPDX-License-Identifier: Apache-2.0
/* Runs `siteward schedule import FILE --json` as a child, so that a fault in the calendar library cannot take the
 * gateway with it. Two halves for a loop that must not block (start, then read when readable), one call for everyone
 * else. What the text means is config/read_schedule.c's. */
#ifndef SW_CONFIG_SCHEDULE_CHILD_H
#define SW_CONFIG_SCHEDULE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"
#include "config/site.h"
#include "rules/schedule.h"

#define SW_SCHEDULE_CHILD_TIMEOUT_S 20

/** One running import. Zero-initialise. */
struct sw_schedule_child {
    pid_t pid;           /* 0 = none runs */
    int out_fd, err_fd;  /* read ends, non-blocking, close-on-exec; -1 = closed */
    int64_t deadline_us; /* monotonic: kill it then */
    char *out;           /* what it has printed; owned */
    size_t out_len, out_cap;
    bool is_too_long;                                /* it printed more than SW_SCHEDULE_JSON_MAX */
    char first_line[160], last_line[240], line[240]; /* of its stderr */
    size_t line_len, n_lines;
    char file[SW_PATH_SIZE];
    bool is_text; /* of our own */
};

/** Start an import of instances in [from, to). The program `siteward` is looked for beside our own, then in $PATH.
 *  Nothing blocks: watch out_fd (and err_fd) for EPOLLIN | EPOLLHUP and call _read; call _finish when it said `done`,
 * or at deadline_us.
 *  @return SW_OK; SW_E_NOTFOUND there is no siteward; SW_E_IO */
int sw_schedule_child_start(struct sw_schedule_child *c, const char *file, const struct sw_site *site, int64_t from_us,
                            int64_t to_us, struct sw_err *err);

/** The same for a text of our own in the JSON form, of which every item must be usable: one that is not refuses the
 * whole, and the sentence names its uid.
 *  @param name  what to call it in sentences that are not about an item */
int sw_schedule_child_start_text(struct sw_schedule_child *c, const char *name, const char *text, size_t len,
                                 const struct sw_site *site, int64_t from_us, int64_t to_us, struct sw_err *err);

/** Take what can be read now. @return true when both outputs have ended (or the ceiling was reached): call _finish */
bool sw_schedule_child_read(struct sw_schedule_child *c);

/** End it: what still runs is killed; the child is reaped, descriptors are closed, memory is freed.
 *  @param ret  the schedule when it exited with 0 and the text could be read; untouched on failure
 *  @param err  on success: msg is the first thing that it complained of, such as an item that was skipped; "" = nothing
 *  @return SW_OK; SW_E_TIMEOUT killed before its end; SW_E_INVAL it refused the file (the sentence is its last line on
 *          stderr); SW_E_FULL; SW_E_NOMEM; SW_E_IO */
int sw_schedule_child_finish(struct sw_schedule_child *c, const struct sw_site *site, struct sw_schedule **ret,
                             struct sw_err *err);

/** All of it at once; blocks up to SW_SCHEDULE_CHILD_TIMEOUT_S. */
int sw_schedule_import(const char *file, const struct sw_site *site, int64_t from_us, int64_t to_us,
                       struct sw_schedule **ret, struct sw_err *err);

#endif
