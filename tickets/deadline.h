// SPDX-License-Identifier: Apache-2.0
/* Working time: instants that lie so many working days on, and how much working time lies between two. Which limit a
 * ticket has, and what happens when it passes, is the desk's. Pure.
 *
 * Working days count whole, 24 hours of the site's clock each; a day off counts nothing, so that every instant of it is
 * the same working time as 00:00 of the next working day. */
#ifndef SW_TICKETS_DEADLINE_H
#define SW_TICKETS_DEADLINE_H

#include <stdint.h>

#include "common/zone.h"
#include "rules/days.h"

struct sw_work_clock {
    const struct sw_zone *zone;
    const struct sw_days *days; /* NULL = Monday to Friday are worked */
};

/** The same local time on the nth working day after that of `from_us`; of a day off, as if at 00:00 of the next working
 *  day. A local time that a change of the clock skips falls on the change. @param n  0 … 366 */
int64_t sw_work_days_after(const struct sw_work_clock *c, int64_t from_us, int32_t n);

/** Working time from one instant to another, in microseconds of the local clock; 0 when `to_us` is not later. */
int64_t sw_work_between(const struct sw_work_clock *c, int64_t from_us, int64_t to_us);

/** The instant that lies so much working time on (or back, when negative). Of a day off it counts from 00:00 of the
 * next working day. @param work_us  at most about two years of working days either way */
int64_t sw_work_shift(const struct sw_work_clock *c, int64_t t_us, int64_t work_us);

/** 00:00 of the first working day of the month after that of `t_us`. */
int64_t sw_work_next_month(const struct sw_work_clock *c, int64_t t_us);

#endif
