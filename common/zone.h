// SPDX-License-Identifier: Apache-2.0
/* A time zone as a plain table of UTC offsets, so that the judging middle needs no C library state.
 * config/zone.c fills it once at load from the system's zone data; nothing here does I/O. */
#ifndef SW_COMMON_ZONE_H
#define SW_COMMON_ZONE_H

#include <stddef.h>
#include <stdint.h>

#define SW_ZONE_SPANS_MAX 512

/** From `from_s` (UTC, seconds) until the next span local time is UTC + offset_s. */
struct sw_zone_span {
    int64_t from_s;
    int32_t offset_s;
};

struct sw_zone {
    char name[64]; /* IANA name */
    size_t n;      /* 1 … SW_ZONE_SPANS_MAX; span[0].from_s is INT64_MIN */
    struct sw_zone_span span[SW_ZONE_SPANS_MAX];
};

/** The zone UTC: one span, offset 0. */
void sw_zone_init_utc(struct sw_zone *zone);

/** Offset in force at an instant, seconds. */
int32_t sw_zone_offset_s(const struct sw_zone *zone, int64_t utc_s);

/** The span in force at an instant; *ret_until_s is where it ends (INT64_MAX for the last). */
const struct sw_zone_span *sw_zone_span_at(const struct sw_zone *zone, int64_t utc_s, int64_t *ret_until_s);

#endif
