// SPDX-License-Identifier: Apache-2.0
/* From a question to the stretch of time that answers it, and from a point to its distance. Pure. */
#include <math.h>
#include <stdio.h>

#include "gateway/evidence_int.h"
#include "rules/calendar.h"

#define MINUTE_US (60 * SW_US_PER_S)
#define EARTH_M 6371008.8 /* mean radius */
#define STEP_M 50         /* privacy: nobody's house is told */
#define FAR_M 1000000     /* beyond it is only far */

static int64_t floor_minute(int64_t t_us)
{
    return t_us - ((t_us % MINUTE_US) + MINUTE_US) % MINUTE_US;
}

int evidence_window(const struct sw_evidence_ask *ask, int64_t now_us, int64_t complete_us,
                    struct sw_evidence_facts *ret, struct sw_err *err)
{
    const int64_t window_us = floor_minute(ask->window_us + MINUTE_US - 1);

    if (ask->window_us < SW_EVIDENCE_WINDOW_MIN_S * SW_US_PER_S ||
        ask->window_us > SW_EVIDENCE_WINDOW_MAX_S * SW_US_PER_S)
        return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_INVALID, "window: from 1 minute (PT1M) to 24 hours (PT24H)");
    if (now_us == INT64_MIN)
        return sw_err_set(err, SW_E_NODATA, SW_REFUSAL_OVERLOADED,
                          "the gateway is starting: ask again in some seconds");
    if (ask->at_us > now_us)
        return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_INVALID,
                          "at: it lies in the future; only what was measured can be told");
    if (ask->at_us < 0) /* before 1970 nothing was measured, and sums could overflow */
        return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_INVALID, "at: it lies before 1970");
    ret->from_us = floor_minute(ask->at_us - ask->window_us / 2);
    ret->to_us = ret->from_us + window_us;
    if (ret->to_us > complete_us) {
        ret->to_us = complete_us;
        ret->from_us = complete_us - window_us;
        ret->caveats |= SW_CAVEAT_SHIFTED;
    }
    return SW_OK;
}

void evidence_parts(const struct sw_engine *engine, struct sw_evidence_facts *f)
{
    int64_t t_us = f->from_us;

    f->n_parts = 0;
    while (t_us < f->to_us) {
        struct sw_span span = {t_us, t_us + MINUTE_US};
        const struct sw_period *period = sw_engine_period_at(engine, t_us, &span);
        struct sw_evidence_part *last = f->n_parts ? &f->parts[f->n_parts - 1] : NULL;
        const int64_t to_us = SW_MIN(SW_MAX(span.to_us, t_us + MINUTE_US), f->to_us);

        if (last && (f->n_parts == SW_EVIDENCE_PARTS_MAX || (!period && !last->period[0]))) {
            last->to_us = to_us; /* beyond the ceiling the last part takes the rest */
        } else {
            struct sw_evidence_part *p = &f->parts[f->n_parts++];

            *p = (struct sw_evidence_part){.from_us = t_us, .to_us = to_us, .is_night = period && period->is_night};
            (void) snprintf(p->period, sizeof(p->period), "%s", period ? period->id : "");
        }
        t_us = to_us;
    }
}

static double radians(double degrees)
{
    return degrees * (3.14159265358979323846 / 180.0);
}

/* Great circle; NaN where a point is not known. */
static double metres(double lat1, double lon1, double lat2, double lon2)
{
    const double a = sin(radians(lat2 - lat1) / 2), b = sin(radians(lon2 - lon1) / 2);
    const double h = a * a + cos(radians(lat1)) * cos(radians(lat2)) * b * b;

    return 2 * EARTH_M * asin(sqrt(h < 1 ? h : 1));
}

/* 121.6 - -179.9 degrees are 58.5 the other way round. */
static double degrees_east(double from, double to)
{
    const double d = to - from;

    return d > 180 ? d - 360 : d < -180 ? d + 360 : d;
}

/* To the nearest place of an edge. It is found in the plane around the point, which is true where nearness matters; its
 * distance is that of the globe. */
static double metres_to_edge(const struct sw_outline_edge *e, double lat, double lon)
{
    const double scale = cos(radians(lat));
    const double x1 = degrees_east(lon, e->lon1) * scale, y1 = e->lat1 - lat;
    const double dx = degrees_east(e->lon1, e->lon2) * scale, dy = e->lat2 - e->lat1;
    const double length2 = dx * dx + dy * dy;
    double along = length2 > 0 ? -(x1 * dx + y1 * dy) / length2 : 0;

    along = along < 0 ? 0 : along > 1 ? 1 : along;
    return metres(e->lat1 + along * dy, e->lon1 + along * degrees_east(e->lon1, e->lon2), lat, lon);
}

/* Metres to the outline, 0 inside; NaN without one. */
static double metres_to_outline(const struct sw_site *site, double lat, double lon)
{
    double nearest = (double) NAN;
    bool is_inside = false;

    for (size_t i = 0; i < site->n_outline; i++) {
        const struct sw_outline_edge *e = &site->outline[i];
        const double d = metres_to_edge(e, lat, lon);
        const double east1 = degrees_east(lon, e->lon1), east2 = east1 + degrees_east(e->lon1, e->lon2);

        if ((e->lat1 > lat) != (e->lat2 > lat) &&
            east1 + (east2 - east1) * (lat - e->lat1) / (e->lat2 - e->lat1) > 0) /* crosses the line to the east */
            is_inside = !is_inside;
        if (isnan(nearest) || d < nearest)
            nearest = d;
    }
    return is_inside ? 0 : nearest;
}

int32_t evidence_distance_m(const struct sw_site *site, double lat, double lon)
{
    double nearest = site->n_outline ? metres_to_outline(site, lat, lon) : metres(site->lat, site->lon, lat, lon);

    for (size_t i = 0; i < site->n_sensors; i++) {
        const struct sw_sensor_conf *s = &site->sensors[i];
        const double d = metres(s->lat, s->lon, lat, lon);

        if (s->place == SW_PLACE_BOUNDARY && !isnan(d) && (isnan(nearest) || d < nearest))
            nearest = d;
    }
    if (isnan(nearest))
        return -1;
    return (int32_t) (nearest < FAR_M ? (nearest + STEP_M / 2.0) / STEP_M : (double) FAR_M / STEP_M) * STEP_M;
}
