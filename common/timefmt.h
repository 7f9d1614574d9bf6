// SPDX-License-Identifier: Apache-2.0
/* Instants as text and back (RFC 3339), and the civil calendar. Pure; no C library time functions. */
#ifndef SW_COMMON_TIMEFMT_H
#define SW_COMMON_TIMEFMT_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/zone.h"

#define SW_RFC3339_SIZE 36 /* "2026-03-02T23:41:07.000+08:00" and the NUL, with room */

struct sw_civil {
    int year, month, day;         /* month 1…12, day 1…31 */
    int hour, minute, second, ms; /* local */
    int weekday;                  /* 0 = Monday … 6 = Sunday */
};

/** Days since 1970-01-01 of a date of the proleptic Gregorian calendar. */
int64_t sw_days_from_civil(int year, int month, int day);

/** Local clock reading of an instant in a zone. */
void sw_civil_from_utc(const struct sw_zone *zone, int64_t utc_us, struct sw_civil *ret);

/** "2026-03-02T23:41:07.000+08:00" into buf (SW_RFC3339_SIZE); milliseconds are truncated, zone NULL = UTC with +00:00.
 *  @return length without NUL. */
size_t sw_time_format(const struct sw_zone *zone, int64_t utc_us, char *buf);

/** Parse RFC 3339 with offset or Z, fraction of 1…9 digits (beyond microseconds truncated).
 *  A time without an offset is refused: it would be a guess. Leap second 60 is taken as 59.999999.
 *  @return SW_OK; SW_E_INVAL with a sentence that names what is wrong. */
int sw_time_parse(const char *text, size_t len, int64_t *ret_utc_us, struct sw_err *err);

#endif
