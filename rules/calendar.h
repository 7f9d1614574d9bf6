// SPDX-License-Identifier: Apache-2.0
/* Where windows and periods begin and end on the site's clock. Pure: zone and special days are tables. */
#ifndef SW_RULES_CALENDAR_H
#define SW_RULES_CALENDAR_H

#include <stdint.h>

#include "common/zone.h"
#include "rules/days.h"
#include "rules/pack.h"

struct sw_span {
    int64_t from_us, to_us; /* [from, to), UTC */
};

/** The aligned window of `length_s` that contains t: boundaries where the local clock reads midnight + k·length.
 *  In a repeated hour both occurrences are boundaries; a boundary that a jump skips falls on the jump.
 *  @param length_s 1 … 86400 */
struct sw_span sw_aligned_window(const struct sw_zone *zone, int32_t length_s, int64_t t_us);

/** The same with boundaries where the local clock reads what it read at anchor_us, plus k·length: no boundary at
 *  midnight. @param t_us  not before anchor_us */
struct sw_span sw_anchored_window(const struct sw_zone *zone, int32_t length_s, int64_t anchor_us, int64_t t_us);

/** The occurrence of a period that contains t. Which days are of which class: rules/pack.h.
 *  @param days  NULL = every day is like its weekday
 *  @param pack  whose period it is: its periods decide which special days matter. NULL = only weekdays do
 *  @return false when t lies outside the period */
bool sw_period_at(const struct sw_zone *zone, const struct sw_days *days, const struct sw_pack *pack,
                  const struct sw_period *period, int64_t t_us, struct sw_span *ret);

/** The next start of a period after t (t itself excluded). @return false if there is none any more */
bool sw_period_next(const struct sw_zone *zone, const struct sw_days *days, const struct sw_pack *pack,
                    const struct sw_period *period, int64_t t_us, struct sw_span *ret);

/** The local date of an instant, days since 1970-01-01, and the first instant of a date. */
int32_t sw_local_day(const struct sw_zone *zone, int64_t t_us);
int64_t sw_local_midnight(const struct sw_zone *zone, int32_t day);

/** The first instant at which the local clock reads local_s (seconds since 1970-01-01T00:00 on that clock); a reading
 *  that a jump skips falls on the jump. */
int64_t sw_local_instant(const struct sw_zone *zone, int64_t local_s);

/** Hour that the local clock reads, 0 … 23. */
int sw_local_hour(const struct sw_zone *zone, int64_t t_us);

/** Is it a working day: Monday to Friday and no public holiday, or made up for one? */
bool sw_is_workday(const struct sw_days *days, int32_t day);

#endif
