// SPDX-License-Identifier: Apache-2.0
/* Looking up a time zone's table of offsets. */
#include "common/zone.h"

#include <string.h>

void sw_zone_init_utc(struct sw_zone *zone)
{
    memset(zone, 0, sizeof(*zone));
    memcpy(zone->name, "UTC", 4);
    zone->n = 1;
    zone->span[0].from_s = INT64_MIN;
}

static size_t span_index(const struct sw_zone *zone, int64_t utc_s)
{
    size_t lo = 0, hi = zone->n; /* span[lo].from_s <= utc_s < span[hi].from_s */

    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;

        if (zone->span[mid].from_s <= utc_s)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

int32_t sw_zone_offset_s(const struct sw_zone *zone, int64_t utc_s)
{
    return zone->span[span_index(zone, utc_s)].offset_s;
}

const struct sw_zone_span *sw_zone_span_at(const struct sw_zone *zone, int64_t utc_s, int64_t *ret_until_s)
{
    size_t i = span_index(zone, utc_s);

    *ret_until_s = i + 1 < zone->n ? zone->span[i + 1].from_s : INT64_MAX;
    return &zone->span[i];
}
