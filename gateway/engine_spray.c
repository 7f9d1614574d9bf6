// SPDX-License-Identifier: Apache-2.0
/* Water on a dust sensor: which humidity stands beside which dust sensor, how the air is elsewhere, and what follows
 * from a suspicion: an alert, windows that say so, a remark on the tickets. The rule itself is rules/spray.c's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/engine_int.h"

#define LOOK_AT_S 30 /* the minute before: by then its readings have arrived */
#define LOOKS 25     /* seconds over which the sensors are spread, so that one second has few */

/* The humidity of the same device, its own inlet; else of the same place. -1 = none. */
static int rh_beside(const struct sw_engine *e, size_t dust)
{
    const struct sw_sensor_conf *c = &e->site->sensors[dust];
    int found = -1;

    for (size_t i = 0; i < e->n_sensors; i++) {
        const struct sw_sensor_conf *o = &e->site->sensors[i];

        if (!(o->quantities >> SW_QUANTITY_RH & 1u) || o->kind != SW_KIND_WEATHER)
            continue;
        if (c->device >= 0 && o->device == c->device)
            return (int) i;
        if (found < 0 && strcmp(e->desk_sensors[i].place, e->desk_sensors[dust].place) == 0)
            found = (int) i;
    }
    return found;
}

static bool wants_humidity(const struct sw_engine *e, size_t i)
{
    const struct sw_sensor_conf *c = &e->site->sensors[i];

    return c->kind == SW_KIND_WEATHER && (c->quantities >> SW_QUANTITY_RH & 1u);
}

int engine_spray_new(struct sw_engine *e, struct sw_err *err)
{
    bool any = false;

    for (size_t i = 0; i < e->n_sensors; i++) {
        const struct sw_sensor_conf *c = &e->site->sensors[i];

        e->sensors[i].spray_rh = -1;
        if (!e->site->spray.is_off && e->site->spray.rh_rise > 0 && c->kind == SW_KIND_DUST &&
            c->place == SW_PLACE_BOUNDARY && !c->is_reference)
            e->sensors[i].spray_rh = rh_beside(e, i);
        any |= e->sensors[i].spray_rh >= 0;
    }
    for (size_t i = 0; any && i < e->n_sensors; i++) {
        if (e->sensors[i].spray_rh < 0 && !wants_humidity(e, i))
            continue;
        e->sensors[i].spray = malloc(sizeof(*e->sensors[i].spray));
        if (!e->sensors[i].spray)
            return sw_err_set(err, SW_E_NOMEM, 0, "engine: out of memory");
        sw_spray_init(e->sensors[i].spray);
    }
    return SW_OK;
}

void engine_spray_free(struct sw_engine *e)
{
    for (size_t i = 0; e->sensors && i < e->n_sensors; i++)
        free(e->sensors[i].spray);
}

int64_t engine_spray_lead_us(const struct sw_engine *e)
{
    const struct sw_spray_conf *conf = &e->site->spray;

    for (size_t i = 0; i < e->n_sensors; i++)
        if (e->sensors[i].spray) /* one that ended lately may have hidden the beginning of another */
            return (2LL * conf->hold_s + 3LL * conf->within_s + 120) * SW_US_PER_S;
    return 0;
}

void engine_spray_reading(struct sw_engine *e, const struct sw_reading *given)
{
    struct sw_spray *own = e->sensors[given->sensor].spray;
    const int32_t value = sw_hundredths(given->value);

    if (!own || given->flag != 'N' || value == SW_NO_VALUE)
        return;
    if (e->sensors[given->sensor].spray_rh >= 0) {
        if (given->quantity == e->site->sensors[given->sensor].level)
            sw_spray_dust(own, given->t_utc_us, value);
        return;
    }
    if (given->quantity != SW_QUANTITY_RH)
        return;
    sw_spray_rh(own, given->t_utc_us, value);
    for (size_t i = 0; i < e->n_sensors; i++)
        if (e->sensors[i].spray_rh == (int) given->sensor)
            sw_spray_rh(e->sensors[i].spray, given->t_utc_us, value);
}

/* ---- elsewhere ---- */

static int8_t is_wet(const struct sw_engine *e, int64_t minute)
{
    const int64_t from_us = minute * 60 * SW_US_PER_S - 2LL * e->site->spray.within_s * SW_US_PER_S;

    if (e->weather.rain_ts_us == INT64_MIN)
        return -1;
    return e->weather.last_rain_us != INT64_MIN && e->weather.last_rain_us >= from_us;
}

static void look_elsewhere(const struct sw_engine *e, size_t dust, int64_t minute, struct sw_spray_elsewhere *ret)
{
    *ret = (struct sw_spray_elsewhere){.rh_rise = SW_NO_VALUE, .is_wet = is_wet(e, minute)};
    for (size_t i = 0; i < e->n_sensors; i++) {
        int32_t rise;

        if (!e->sensors[i].spray || e->sensors[i].spray_rh >= 0 ||
            strcmp(e->desk_sensors[i].place, e->desk_sensors[dust].place) == 0)
            continue;
        rise = sw_spray_rise(e->sensors[i].spray, &e->site->spray, minute);
        if (rise != SW_NO_VALUE && (ret->rh_rise == SW_NO_VALUE || rise > ret->rh_rise))
            ret->rh_rise = rise;
    }
}

/* ---- what follows ---- */

bool engine_spray_is_suspected(const struct sw_engine *e, size_t sensor)
{
    return e->sensors[sensor].spray_rh >= 0 && e->sensors[sensor].spray->is_suspected;
}

bool sw_engine_alert(const struct sw_engine *e, size_t sensor, struct sw_alert *ret)
{
    const struct sw_sensor_conf *c;

    if (sensor >= e->n_sensors || e->sensors[sensor].spray_rh < 0)
        return false;
    c = &e->site->sensors[sensor];
    *ret = (struct sw_alert){.code = SW_ALERT_SPRAY,
                             .since_us = e->sensors[sensor].spray->since_us,
                             .is_active = e->sensors[sensor].spray->is_suspected};
    snprintf(ret->subject, sizeof(ret->subject), "sensor/%s", c->id);
    memcpy(ret->name, c->name, sizeof(ret->name));
    return true;
}

static void tell(struct sw_engine *e, size_t i, struct fx *fx)
{
    const bool is_on = e->sensors[i].spray->is_suspected;
    char note[SW_NOTE_SIZE];

    sw_engine_alert(e, i, &engine_effect(fx, SW_EFFECT_ALERT, e->now_us)->alert);
    snprintf(note, sizeof(note), "water on the dust sensor %s suspected: %s", e->site->sensors[i].id,
             is_on ? "begins" : "ends");
    sw_desk_remark(e->desk, SW_CATEGORY_DUST, e->desk_sensors[i].place, note, e->now_us, &e->desk_out);
}

bool engine_spray_second(struct sw_engine *e, struct fx *fx)
{
    const int64_t second = e->tick_s % 60, minute = (e->tick_s - second) / 60 - 1;
    bool any = false;

    if (second < LOOK_AT_S || second >= LOOK_AT_S + LOOKS)
        return false;
    for (size_t i = (size_t) (second - LOOK_AT_S); i < e->n_sensors; i += LOOKS) {
        struct sw_spray *s = e->sensors[i].spray;
        struct sw_spray_elsewhere elsewhere;

        if (e->sensors[i].spray_rh < 0)
            continue;
        look_elsewhere(e, i, minute, &elsewhere);
        if (!sw_spray_minute(s, &e->site->spray, minute, &elsewhere))
            continue;
        sw_judge_set_spray(e->sensors[i].judge, s->is_suspected,
                           s->is_suspected ? s->since_us : (minute + 1) * 60 * SW_US_PER_S);
        if (!e->is_quiet)
            tell(e, i, fx);
        any = true;
    }
    return any && !e->is_quiet;
}
