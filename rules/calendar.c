// SPDX-License-Identifier: Apache-2.0
/* Aligned windows and periods on a site's clock, over changes of the offset. Instants are UTC microseconds, local clock
 * readings are seconds. Which window or period applies to a rule is the judge's. */
#include "rules/calendar.h"

#include "common/macros.h"

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;

    return q * b > a ? q - 1 : q;
}

/* Bounds of a zone's span i: [from, until) in UTC seconds. */
static int64_t span_from(const struct sw_zone *zone, size_t i)
{
    return i == 0 ? INT64_MIN / 4 : zone->span[i].from_s;
}

static int64_t span_until(const struct sw_zone *zone, size_t i)
{
    return i + 1 < zone->n ? zone->span[i + 1].from_s : INT64_MAX / 4;
}

static size_t span_index(const struct sw_zone *zone, int64_t utc_s)
{
    size_t low = 0, high = zone->n;

    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;

        if (zone->span[mid].from_s <= utc_s)
            low = mid;
        else
            high = mid;
    }
    return low;
}

/* Latest and next clock readings of the form midnight + k·length around a local time; a day's last window ends at
 * midnight. */
static int64_t boundary_at_or_before(int64_t local_s, int32_t length_s)
{
    int64_t midnight = floor_div(local_s, SW_S_PER_DAY) * SW_S_PER_DAY;

    return midnight + (local_s - midnight) / length_s * length_s;
}

static int64_t boundary_after(int64_t local_s, int32_t length_s)
{
    int64_t midnight = floor_div(local_s, SW_S_PER_DAY) * SW_S_PER_DAY;

    return SW_MIN(boundary_at_or_before(local_s, length_s) + length_s, midnight + SW_S_PER_DAY);
}

/* The latest boundary instant at or before utc_s. */
static int64_t window_start(const struct sw_zone *zone, int32_t length_s, int64_t utc_s)
{
    size_t i = span_index(zone, utc_s);

    for (;;) {
        int64_t begin = span_from(zone, i), offset = zone->span[i].offset_s;
        int64_t reading = boundary_at_or_before(utc_s + offset, length_s);

        if (reading - offset >= begin || i == 0)
            return reading - offset;
        /* The reading was not reached in this span: did the jump at its beginning skip it? */
        if (reading >= begin + zone->span[i - 1].offset_s && reading < begin + offset)
            return begin;
        i--;
        utc_s = begin - 1; /* whole seconds suffice: boundaries and jumps lie on them */
    }
}

/* The first boundary instant after utc_s. */
static int64_t window_end(const struct sw_zone *zone, int32_t length_s, int64_t utc_s)
{
    size_t i = span_index(zone, utc_s);
    int64_t reading = boundary_after(utc_s + zone->span[i].offset_s, length_s);

    for (;;) {
        int64_t offset = zone->span[i].offset_s, until = span_until(zone, i), after;

        if (reading - offset < until || i + 1 >= zone->n)
            return reading - offset;
        after = until + zone->span[i + 1].offset_s; /* what the clock reads when the offset has changed */
        if (reading < after || boundary_at_or_before(after, length_s) == after)
            return until;
        reading = boundary_after(after, length_s);
        i++;
    }
}

struct sw_span sw_aligned_window(const struct sw_zone *zone, int32_t length_s, int64_t t_us)
{
    int64_t t_s = floor_div(t_us, SW_US_PER_S);

    return (struct sw_span){.from_us = window_start(zone, length_s, t_s) * SW_US_PER_S,
                            .to_us = window_end(zone, length_s, t_s) * SW_US_PER_S};
}

/* The first instant at which the clock reads local_s; a skipped reading falls on the jump. */
static int64_t utc_of_local(const struct sw_zone *zone, int64_t local_s)
{
    size_t i = span_index(zone, local_s - SW_S_PER_DAY); /* no offset reaches a day */

    for (; i + 1 < zone->n; i++) {
        int64_t until = span_until(zone, i);

        if (local_s - zone->span[i].offset_s < until)
            break;
        if (local_s < until + zone->span[i + 1].offset_s)
            return until;
    }
    return local_s - zone->span[i].offset_s;
}

/* The occurrence of a period that starts on a local day (days since 1970). */
static bool occurrence(const struct sw_zone *zone, const struct sw_period *period, int64_t day, struct sw_span *ret)
{
    int64_t weekday = (day % 7 + 7 + 3) % 7; /* 1970-01-01 was a Thursday; 0 is Monday */
    int64_t end_day = period->to_min <= period->from_min ? day + 1 : day;

    if (!(period->days >> weekday & 1))
        return false;
    ret->from_us = utc_of_local(zone, day * SW_S_PER_DAY + period->from_min * 60) * SW_US_PER_S;
    ret->to_us = utc_of_local(zone, end_day * SW_S_PER_DAY + period->to_min * 60) * SW_US_PER_S;
    return ret->from_us < ret->to_us;
}

static int64_t local_day(const struct sw_zone *zone, int64_t t_us)
{
    int64_t t_s = floor_div(t_us, SW_US_PER_S);

    return floor_div(t_s + zone->span[span_index(zone, t_s)].offset_s, SW_S_PER_DAY);
}

bool sw_period_at(const struct sw_zone *zone, const struct sw_period *period, int64_t t_us, struct sw_span *ret)
{
    int64_t day = local_day(zone, t_us);

    for (int64_t d = day - 1; d <= day + 1; d++) {
        struct sw_span span;

        if (occurrence(zone, period, d, &span) && span.from_us <= t_us && t_us < span.to_us) {
            *ret = span;
            return true;
        }
    }
    return false;
}

bool sw_period_next(const struct sw_zone *zone, const struct sw_period *period, int64_t t_us, struct sw_span *ret)
{
    int64_t day = local_day(zone, t_us);

    for (int64_t d = day - 1; d <= day + 8; d++) {
        struct sw_span span;

        if (occurrence(zone, period, d, &span) && span.from_us > t_us) {
            *ret = span;
            return true;
        }
    }
    return false;
}
