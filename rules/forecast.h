// SPDX-License-Identifier: Apache-2.0
/* The budget of a sliding rule: if the present level goes on, after how many readings is the window judged over the
 * limit? Exact, by the same integers as the verdict. When that is on the clock, and what follows, is the judge's.
 * Internal to rules/. */
#ifndef SW_RULES_FORECAST_H
#define SW_RULES_FORECAST_H

#include "rules/ring.h"

/** What a verdict about a stretch of n counted readings needs. */
struct sw_bar {
    uint32_t expected; /* readings of a whole window */
    uint32_t need;     /* counted readings below which a window cannot be judged by its mean */
    sw_i128 floor;     /* least mean weight that is over the limit */
};

/** Divisor by which a total is compared with the limit: n where the mean can be judged; else the whole window's, for
 *  a total that exceeds a whole window at the limit is over whatever the rest brings. */
static inline uint32_t sw_bar_divisor(const struct sw_bar *bar, uint32_t n, bool is_whole)
{
    if (is_whole && n >= bar->need)
        return n;
    return n > bar->expected ? n : bar->expected;
}

static inline bool sw_bar_is_over(const struct sw_bar *bar, sw_i128 total, uint32_t n, bool is_whole)
{
    return n > 0 && total >= bar->floor * sw_bar_divisor(bar, n, is_whole);
}

/** A sliding window as it stands after its newest reading. */
struct sw_outlook {
    const struct sw_ring *ring;
    uint64_t tail;     /* first entry of the window */
    int64_t newest_us; /* ts of the newest reading */
    int64_t interval_us, window_us;
    int64_t begin_us; /* where the window may begin at the earliest; INT64_MIN = anywhere */
    struct sw_bar bar;
    sw_i128 weight; /* of the present level: every coming reading has it */
    uint32_t steps_max;
};

/** Least k in 1 … steps_max for which the window after k more readings is over; 0 = none.
 *  Costs a few jumps when the level is away from the limit, never more than steps_max evaluations. */
uint32_t sw_outlook_steps(const struct sw_outlook *o);

/** The same for a window that begins empty with the first of the coming readings: 0 = never. */
uint32_t sw_outlook_fresh_steps(const struct sw_bar *bar, sw_i128 weight);

#endif
