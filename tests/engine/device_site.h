// SPDX-License-Identifier: Apache-2.0
/* The site of device.yaml and who of it speaks: three devices on one line, two on another, contacts, and the air. */
#ifndef SW_TESTS_ENGINE_DEVICE_SITE_H
#define SW_TESTS_ENGINE_DEVICE_SITE_H

#include "virtual.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/timefmt.h"
#include "gateway/engine_int.h"

/* Devices, as bits: who speaks. */
enum { N = 1, S = 2, W = 4, E = 8, MAST = 16, ALL = 31 };

#define STEP_US (10 * SW_US_PER_S)
#define MIN_US (60 * SW_US_PER_S)

static inline uint16_t sensor(const struct virtual_site *v, const char *id)
{
    const int i = sw_site_sensor(v->site, id, strlen(id));

    CHECK(i >= 0, "no sensor %s", id);
    return (uint16_t) i;
}

static inline void set(struct virtual_site *v, const char *id, int value, int64_t t_us)
{
    const uint16_t i = sensor(v, id);

    virtual_reading(v, i, v->site->sensors[i].level, t_us, value);
}

/* The air of a moment. */
static double rh_now = 50.0, dust_now = 100.0, mast_rh_now = 50.0, rain_now;

static inline void say(struct virtual_site *v, const char *id, enum sw_quantity q, int64_t t_us, bool is_alive,
                       double value)
{
    virtual_reading(v, sensor(v, id), q, t_us, is_alive ? value : (double) NAN); /* no answer: flag B */
}

/* Every 10 s a poll of each device; who is not in `alive` does not answer. */
static inline void run(struct virtual_site *v, int64_t from_us, int64_t to_us, unsigned alive)
{
    for (int64_t t = from_us; t < to_us; t += STEP_US) {
        say(v, "north-noise", SW_QUANTITY_LAEQ, t, alive & N, 50.0);
        say(v, "north-pm10", SW_QUANTITY_PM10, t, alive & N, dust_now);
        say(v, "north-rh", SW_QUANTITY_RH, t, alive & N, rh_now);
        say(v, "south-noise", SW_QUANTITY_LAEQ, t, alive & S, 50.0);
        say(v, "west-noise", SW_QUANTITY_LAEQ, t, alive & W, 50.0);
        say(v, "east-noise", SW_QUANTITY_LAEQ, t, alive & E, 50.0);
        if (t % MIN_US == 0) {
            say(v, "mast-rh", SW_QUANTITY_RH, t, alive & MAST, mast_rh_now);
            say(v, "mast-rain", SW_QUANTITY_RAIN, t, alive & MAST, rain_now);
        }
    }
}

static inline const struct sw_ticket *ticket_of(const struct virtual_site *v, const char *family, const char *place)
{
    char key[200];

    snprintf(key, sizeof(key), "pd-0042:device:%s:%s", family, place);
    for (size_t i = 0; i < sw_desk_capacity(sw_engine_desk(v->engine)); i++) {
        const struct sw_ticket *t = sw_desk_ticket(sw_engine_desk(v->engine), i);

        if (t && strcmp(t->matter_key, key) == 0)
            return t;
    }
    return NULL;
}

static inline size_t count_verbs(const struct virtual_site *v, enum sw_verb verb)
{
    size_t n = 0;

    for (size_t i = 0; i < v->n; i++)
        n += v->seen[i].kind == SW_EFFECT_TICKET_EVENT && v->seen[i].verb == verb;
    return n;
}

static inline void as_usual(void)
{
    rh_now = mast_rh_now = 50.0;
    dust_now = 100.0;
    rain_now = 0.0;
}

#endif
