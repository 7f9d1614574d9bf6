// SPDX-License-Identifier: Apache-2.0
/* Where windows and periods begin and end on the site's clock. Pure: the zone is a table. */
#ifndef SW_RULES_CALENDAR_H
#define SW_RULES_CALENDAR_H

#include <stdint.h>

#include "common/zone.h"
#include "rules/pack.h"

struct sw_span {
    int64_t from_us, to_us; /* [from, to), UTC */
};

/** The aligned window of `length_s` that contains t: boundaries where the local clock reads midnight + k·length.
 *  In a repeated hour both occurrences are boundaries; a boundary that a jump skips falls on the jump.
 *  @param length_s 1 … 86400 */
struct sw_span sw_aligned_window(const struct sw_zone *zone, int32_t length_s, int64_t t_us);

/** The occurrence of a period that contains t. @return false when t lies outside the period. */
bool sw_period_at(const struct sw_zone *zone, const struct sw_period *period, int64_t t_us, struct sw_span *ret);

/** The next start of a period after t (t itself excluded), looking 8 days ahead. @return false if none. */
bool sw_period_next(const struct sw_zone *zone, const struct sw_period *period, int64_t t_us, struct sw_span *ret);

#endif
