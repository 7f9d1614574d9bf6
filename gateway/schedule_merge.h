// SPDX-License-Identifier: Apache-2.0
/* What is published, out of what the files say now and what was published before: a changed content is a publication of
 * its own, and what is no longer said counts as cancelled from now on. Pure but for memory. */
#ifndef SW_GATEWAY_SCHEDULE_MERGE_H
#define SW_GATEWAY_SCHEDULE_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "rules/schedule.h"

#define SW_SCHEDULE_BACK_US (40 * SW_S_PER_DAY * SW_US_PER_S)   /* instances before now that are kept */
#define SW_SCHEDULE_AHEAD_US (400 * SW_S_PER_DAY * SW_US_PER_S) /* and after */

/** What is said now, by whom. */
struct sw_schedule_said {
    const struct sw_schedule *const *list; /* files, the authority, broadcasts, each over the same stretch */
    size_t n;
    bool carries[SW_SOURCE__COUNT]; /* of these nobody says anything now: what was published of them stands on */
    const char *const *overruled;   /* uids of which the authority speaks: what files say of them does not count */
    size_t n_overruled;
};

/**
 * @param before       what is published; NULL = nothing yet
 * @param now_us       time of publication of what is new
 * @param ret_changed  something was published or cancelled: the revision is one more
 * @param ret          free with sw_schedule_free; untouched on failure
 * @return SW_OK; SW_E_FULL with a sentence; SW_E_INVAL; SW_E_NOMEM
 */
int sw_schedule_merge(const struct sw_schedule *before, const struct sw_schedule_said *said, int64_t now_us,
                      struct sw_schedule **ret, bool *ret_changed, struct sw_err *err);

/** Two items happen at the same times, as far as both schedules reach. */
bool sw_schedule_same_times(const struct sw_schedule *a, size_t a_item, const struct sw_schedule *b, size_t b_item);

/** For a replay, whose publications are those that the files claim: what claims none was known from the beginning. */
int sw_schedule_claimed(const struct sw_schedule *const *files, size_t n_files, struct sw_schedule **ret,
                        struct sw_err *err);

/** What of it was known at an instant, as a schedule of its own. @return SW_OK; SW_E_NOMEM; SW_E_INVAL */
int sw_schedule_known(const struct sw_schedule *all, int64_t by_us, int32_t revision, struct sw_schedule **ret,
                      struct sw_err *err);

/** When the next publication after an instant is; INT64_MAX = none. */
int64_t sw_schedule_next(const struct sw_schedule *all, int64_t after_us);

#endif
