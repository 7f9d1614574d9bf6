// SPDX-License-Identifier: Apache-2.0
/* Local clock readings and durations as schedules write them, and what instants they mean. Which readings recur is the
 * import's business. */
#ifndef SW_CONFIG_SCHEDULE_TIME_H
#define SW_CONFIG_SCHEDULE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/zone.h"

/** A clock reading: seconds since 1970-01-01T00:00:00 as that clock shows them. */
struct sw_local {
    int64_t s;
    const struct sw_zone *zone; /* whose clock; borrowed. NULL = UTC */
    bool is_date;               /* a day as a whole: s is its midnight */
};

/** RFC 5545's duration: days of the calendar and exact seconds are two things on a night when the clock changes. */
struct sw_span_text {
    int64_t days, seconds;
};

/** The instant at which the zone's clock shows local_s, in UTC seconds. As RFC 5545 says: a reading that is skipped is
 *  taken by the offset before the gap; of a repeated one the first. zone NULL = UTC. */
int64_t sw_local_to_utc_s(const struct sw_zone *zone, int64_t local_s);

/** "2026-03-01T06:00:00", "2026-03-01T06:00", "2026-03-01"; with an offset or Z it is an instant and comes back as UTC.
 *  @param zone  whose clock a reading without an offset is on
 *  @return SW_OK; SW_E_INVAL with a sentence */
int sw_local_parse(const char *text, size_t len, const struct sw_zone *zone, struct sw_local *ret, struct sw_err *err);

/** "2026-03-01T06:00:00", "2026-03-01" for a day, with Z in UTC. @param cap 32 or more @return buf */
char *sw_local_format(const struct sw_local *t, char *buf, size_t cap);

/** "PT16H", "P5D", "P1DT12H30M", "P2W": not empty, not negative, at most 400 days. */
int sw_span_parse(const char *text, size_t len, struct sw_span_text *ret, struct sw_err *err);
char *sw_span_format(const struct sw_span_text *d, char *buf, size_t cap); /* 24 or more */

/** Where something ends that begins at a reading and lasts so long: days by the calendar, seconds by the stop-watch. */
int64_t sw_local_end_utc_s(const struct sw_local *begin, const struct sw_span_text *d);

/** Clock reading of an instant in a zone (NULL = UTC). */
int64_t sw_utc_to_local_s(const struct sw_zone *zone, int64_t utc_s);

#endif
