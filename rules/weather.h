// SPDX-License-Identifier: Apache-2.0
/* Does the weather let noise be judged? Wind and rain as last read, held until the next reading, at most
 * max(3 intervals, 2 min). No weather sensor, or a stale one: nothing is excluded and nothing is known.
 * Pure. Source: docs/explanation/measuring.md, "Weather". */
#ifndef SW_RULES_WEATHER_H
#define SW_RULES_WEATHER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/reading.h"
#include "rules/pack.h"

/** All weather sensors of a site together: the newest reading of each quantity counts. */
struct sw_weather {
    int32_t wind, rain; /* hundredths; SW_NO_VALUE */
    int64_t wind_ts_us, rain_ts_us;
    int64_t wind_until_us, rain_until_us; /* they hold so long */
    int64_t last_rain_us;                 /* end of what the last wet reading covers; INT64_MIN = never */
};

/** What holds at one instant. */
struct sw_weather_now {
    int32_t wind; /* hundredths of m/s; SW_NO_VALUE */
    int8_t rain;  /* 1, 0, -1 unknown */
    bool is_excluding;
};

void sw_weather_init(struct sw_weather *w);

/** Readings of wind_speed and rain; others are ignored. Not counted (flag, NaN): as if it had not come. */
void sw_weather_reading(struct sw_weather *w, const struct sw_reading *r, int64_t interval_us);

/** @param packs  the lowest wind_below and the longest rain_hold of those with weather rules apply */
void sw_weather_at(const struct sw_weather *w, const struct sw_pack *const *packs, size_t n_packs, int64_t t_us,
                   struct sw_weather_now *ret);

#endif
