// SPDX-License-Identifier: Apache-2.0
/* Aligned windows and periods on a site's clock, over changes of the offset. Instants are UTC microseconds, local clock
 * readings are seconds. Which window or period applies to a rule is the judge's. */
#include "rules/calendar.h"

#include <string.h>

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

/* Where on the clock windows begin: anchor + k·length. Anchored at midnight, a day's last window ends at midnight. */
struct grid {
    int32_t length_s;
    bool at_midnight;
    int64_t anchor_s; /* else: a clock reading */
};

static int64_t boundary_at_or_before(int64_t local_s, const struct grid *g)
{
    int64_t anchor = g->at_midnight ? floor_div(local_s, SW_S_PER_DAY) * SW_S_PER_DAY : g->anchor_s;

    return anchor + floor_div(local_s - anchor, g->length_s) * g->length_s;
}

static int64_t boundary_after(int64_t local_s, const struct grid *g)
{
    int64_t next = boundary_at_or_before(local_s, g) + g->length_s;

    return g->at_midnight ? SW_MIN(next, (floor_div(local_s, SW_S_PER_DAY) + 1) * SW_S_PER_DAY) : next;
}

/* The latest boundary instant at or before utc_s. */
static int64_t window_start(const struct sw_zone *zone, const struct grid *g, int64_t utc_s)
{
    size_t i = span_index(zone, utc_s);

    for (;;) {
        int64_t begin = span_from(zone, i), offset = zone->span[i].offset_s;
        int64_t reading = boundary_at_or_before(utc_s + offset, g);

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
static int64_t window_end(const struct sw_zone *zone, const struct grid *g, int64_t utc_s)
{
    size_t i = span_index(zone, utc_s);
    int64_t reading = boundary_after(utc_s + zone->span[i].offset_s, g);

    for (;;) {
        int64_t offset = zone->span[i].offset_s, until = span_until(zone, i), after;

        if (reading - offset < until || i + 1 >= zone->n)
            return reading - offset;
        after = until + zone->span[i + 1].offset_s; /* what the clock reads when the offset has changed */
        if (reading < after || boundary_at_or_before(after, g) == after)
            return until;
        reading = boundary_after(after, g);
        i++;
    }
}

static struct sw_span window_on(const struct sw_zone *zone, const struct grid *g, int64_t t_us)
{
    int64_t t_s = floor_div(t_us, SW_US_PER_S);

    return (struct sw_span){.from_us = window_start(zone, g, t_s) * SW_US_PER_S,
                            .to_us = window_end(zone, g, t_s) * SW_US_PER_S};
}

struct sw_span sw_aligned_window(const struct sw_zone *zone, int32_t length_s, int64_t t_us)
{
    return window_on(zone, &(struct grid){.length_s = length_s, .at_midnight = true}, t_us);
}

struct sw_span sw_anchored_window(const struct sw_zone *zone, int32_t length_s, int64_t anchor_us, int64_t t_us)
{
    int64_t anchor_s = floor_div(anchor_us, SW_US_PER_S);
    struct grid g = {.length_s = length_s, .anchor_s = anchor_s + sw_zone_offset_s(zone, anchor_s)};
    struct sw_span span = window_on(zone, &g, t_us);

    span.from_us = SW_MAX(span.from_us, anchor_us);
    return span;
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

/* The one bit of sw_period.days that holds on a day. */
static uint16_t class_of_day(const struct sw_days *days, const struct sw_pack *pack, int64_t day)
{
    const struct sw_special_day *special = sw_day_find(days, (int32_t) day);
    uint16_t mentioned = 0;

    if (special && special->is_workday)
        day = -3; /* a Monday: 1970-01-01 was a Thursday */
    for (size_t i = 0; special && pack && i < pack->n_periods; i++)
        mentioned |= pack->periods[i].days;
    for (size_t i = 0; special && special->named && pack && i < pack->n_day_names; i++) {
        for (size_t k = 0; (mentioned & SW_DAY_NAMED(i)) && k < days->n_names; k++) {
            if ((special->named >> k & 1) && strcmp(days->name[k], pack->day_name[i]) == 0)
                return SW_DAY_NAMED(i);
        }
    }
    if (special && special->is_holiday && (mentioned & SW_DAY_HOLIDAY))
        return SW_DAY_HOLIDAY;
    return (uint16_t) (1u << ((day % 7 + 7 + 3) % 7)); /* bit 0 is Monday */
}

/* Whose periods are asked for. */
struct place {
    const struct sw_zone *zone;
    const struct sw_days *days;
    const struct sw_pack *pack;
    const struct sw_period *period;
};

/* The occurrence of a period that starts on a local day (days since 1970). */
static bool occurrence(const struct place *p, int64_t day, struct sw_span *ret)
{
    const struct sw_period *period = p->period;
    int64_t end_day = period->to_min <= period->from_min ? day + 1 : day;

    if (!(period->days & class_of_day(p->days, p->pack, day)))
        return false;
    ret->from_us = utc_of_local(p->zone, day * SW_S_PER_DAY + period->from_min * 60) * SW_US_PER_S;
    ret->to_us = utc_of_local(p->zone, end_day * SW_S_PER_DAY + period->to_min * 60) * SW_US_PER_S;
    return ret->from_us < ret->to_us;
}

bool sw_period_at(const struct sw_zone *zone, const struct sw_days *days, const struct sw_pack *pack,
                  const struct sw_period *period, int64_t t_us, struct sw_span *ret)
{
    const struct place p = {zone, days, pack, period};
    int64_t day = sw_local_day(zone, t_us);

    for (int64_t d = day - 1; d <= day + 1; d++) {
        struct sw_span span;

        if (occurrence(&p, d, &span) && span.from_us <= t_us && t_us < span.to_us) {
            *ret = span;
            return true;
        }
    }
    return false;
}

/* Far enough that a weekday which holidays took away comes round again; beyond it only named days can help. */
#define LOOK_DAYS 60

bool sw_period_next(const struct sw_zone *zone, const struct sw_days *days, const struct sw_pack *pack,
                    const struct sw_period *period, int64_t t_us, struct sw_span *ret)
{
    const struct place p = {zone, days, pack, period};
    int64_t day = sw_local_day(zone, t_us);

    for (int64_t d = day - 1; d <= day + LOOK_DAYS; d++) {
        if (occurrence(&p, d, ret) && ret->from_us > t_us)
            return true;
    }
    for (size_t i = 0; days && i < days->n; i++) {
        if (days->day[i].day > day + LOOK_DAYS && occurrence(&p, days->day[i].day, ret))
            return true;
    }
    return false;
}

int32_t sw_local_day(const struct sw_zone *zone, int64_t t_us)
{
    int64_t t_s = floor_div(t_us, SW_US_PER_S);

    return (int32_t) floor_div(t_s + zone->span[span_index(zone, t_s)].offset_s, SW_S_PER_DAY);
}

int64_t sw_local_midnight(const struct sw_zone *zone, int32_t day)
{
    return utc_of_local(zone, day * SW_S_PER_DAY) * SW_US_PER_S;
}

int64_t sw_local_instant(const struct sw_zone *zone, int64_t local_s)
{
    return utc_of_local(zone, local_s) * SW_US_PER_S;
}

int sw_local_hour(const struct sw_zone *zone, int64_t t_us)
{
    int64_t t_s = floor_div(t_us, SW_US_PER_S), local_s = t_s + zone->span[span_index(zone, t_s)].offset_s;

    return (int) ((local_s - floor_div(local_s, SW_S_PER_DAY) * SW_S_PER_DAY) / 3600);
}

bool sw_is_workday(const struct sw_days *days, int32_t day)
{
    const struct sw_special_day *special = sw_day_find(days, day);

    if (special && (special->is_workday || special->is_holiday))
        return special->is_workday;
    return (day % 7 + 7 + 3) % 7 < 5;
}
