// SPDX-License-Identifier: Apache-2.0
/* Wind and rain as they were last read, and whether noise counts under them. Where the readings come from and what an
 * excluded reading does to a window is left to the engine and the judge. */
#include "rules/weather.h"

#include "common/macros.h"
#include "common/quantity.h"

#define HOLD_MIN_US (120 * SW_US_PER_S)

void sw_weather_init(struct sw_weather *w)
{
    *w = (struct sw_weather){
        .wind = SW_NO_VALUE,
        .rain = SW_NO_VALUE,
        .wind_ts_us = INT64_MIN,
        .rain_ts_us = INT64_MIN,
        .wind_until_us = INT64_MIN,
        .rain_until_us = INT64_MIN,
        .last_rain_us = INT64_MIN,
    };
}

static void take_rain(struct sw_weather *w, int32_t value, int64_t ts_us, int64_t until_us)
{
    if (w->rain_ts_us != INT64_MIN && ts_us < w->rain_ts_us)
        return;
    /* What a wet reading said held until this one, or until it was too old. */
    if (w->rain != SW_NO_VALUE && w->rain > 0)
        w->last_rain_us = SW_MIN(ts_us, w->rain_until_us);
    w->rain = value;
    w->rain_ts_us = ts_us;
    w->rain_until_us = until_us;
}

static void take_wind(struct sw_weather *w, int32_t value, int64_t ts_us, int64_t until_us)
{
    if (w->wind_ts_us != INT64_MIN && ts_us < w->wind_ts_us)
        return;
    w->wind = value;
    w->wind_ts_us = ts_us;
    w->wind_until_us = until_us;
}

void sw_weather_reading(struct sw_weather *w, const struct sw_reading *r, int64_t interval_us)
{
    const int32_t value = r->flag == 'N' || r->flag == 'S' ? sw_hundredths(r->value) : SW_NO_VALUE;
    const int64_t until_us = r->t_utc_us + SW_MAX(3 * interval_us, HOLD_MIN_US);

    if (value == SW_NO_VALUE)
        return;
    if (r->quantity == SW_QUANTITY_WIND_SPEED)
        take_wind(w, value, r->t_utc_us, until_us);
    else if (r->quantity == SW_QUANTITY_RAIN)
        take_rain(w, value, r->t_utc_us, until_us);
}

/* A noise reading may cover a time just before the newest weather reading: that one is then the nearest there is. */
static bool holds(int64_t ts_us, int64_t until_us, int64_t t_us)
{
    return ts_us != INT64_MIN && t_us < until_us && t_us >= ts_us - (until_us - ts_us);
}

void sw_weather_at(const struct sw_weather *w, const struct sw_pack *const *packs, size_t n_packs, int64_t t_us,
                   struct sw_weather_now *ret)
{
    int32_t wind_below = INT32_MAX;
    int64_t rain_hold_us = -1; /* no pack has weather rules */

    for (size_t i = 0; i < n_packs; i++) {
        if (!packs[i]->has_weather)
            continue;
        if (packs[i]->wind_below > 0)
            wind_below = SW_MIN(wind_below, packs[i]->wind_below);
        rain_hold_us = SW_MAX(rain_hold_us, packs[i]->rain_hold_s * SW_US_PER_S);
    }
    ret->wind = holds(w->wind_ts_us, w->wind_until_us, t_us) ? w->wind : SW_NO_VALUE;
    ret->rain = -1;
    if (holds(w->rain_ts_us, w->rain_until_us, t_us))
        ret->rain = w->rain > 0;
    ret->is_excluding = ret->wind != SW_NO_VALUE && ret->wind >= wind_below;
    if (rain_hold_us < 0 || ret->rain < 0)
        return;
    if (ret->rain > 0 || (w->last_rain_us != INT64_MIN && t_us - w->last_rain_us < rain_hold_us))
        ret->is_excluding = true;
}
