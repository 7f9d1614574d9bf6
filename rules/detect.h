// SPDX-License-Identifier: Apache-2.0
/* Is there work on the site? Heard: LA90,5min well above the learned background and LAeq,5min well above what is usual
 * without work at this hour; or seen by a camera or machine input. Learns only from stretches in which no work was
 * allowed and none was detected. Pure, no allocation after sw_detect_new.
 * Source: docs/explanation/measuring.md, "Whose noise?". */
#ifndef SW_RULES_DETECT_H
#define SW_RULES_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/reading.h"

#define SW_DETECT_WINDOW_S 300
#define SW_DETECT_DAYS 14    /* how far back it learns */
#define SW_DETECT_HOLD_S 600 /* an input's edge counts as work for so long */
#define SW_DETECT_STATE_MAX 65536

enum sw_detected { SW_DETECTED_UNKNOWN = -1, SW_DETECTED_NO = 0, SW_DETECTED_YES = 1 };

/** One closed window of 5 minutes of one noise sensor. */
struct sw_detect_window {
    int64_t from_us;
    int32_t leq, l90;  /* hundredths; SW_NO_VALUE: cannot be judged */
    int32_t local_day; /* of its start, days since 1970 */
    uint8_t hour;      /* local clock, 0 … 23 */
    bool is_workday;   /* hour class = hour and this */
};

struct sw_detect_conf {
    int32_t background, idle; /* hundredths: 600, 300 (of the pack) */
    int32_t days_min;         /* 3 */
};

struct sw_detect; /* one a noise sensor */

struct sw_detect *sw_detect_new(const struct sw_detect_conf *conf);
struct sw_detect *sw_detect_free(struct sw_detect *d);

/** Judge a window, then learn from it if `may_learn` (no work was allowed) and nothing was detected.
 *  A window not later than the last is ignored. */
enum sw_detected sw_detect_window(struct sw_detect *d, const struct sw_detect_window *w, bool may_learn);

/** A camera or machine input is, or became, active. */
void sw_detect_input(struct sw_detect *d, int64_t t_us);

/** What holds at an instant: an input within SW_DETECT_HOLD_S, else the last window (for two windows' time). */
enum sw_detected sw_detect_at(const struct sw_detect *d, int64_t t_us);

size_t sw_detect_write(const struct sw_detect *d, char *buf, size_t cap); /* 0 = does not fit */
int sw_detect_read(struct sw_detect *d, const char *text, size_t len, struct sw_err *err);

#endif
