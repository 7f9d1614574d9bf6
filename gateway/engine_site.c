// SPDX-License-Identifier: Apache-2.0
/* What of one sensor concerns others: weather and humidity, reference values, the inputs of mist and of machines; and
 * whether a reading may be believed. Rules of each are in rules/; here they are brought together. */
#include <stdlib.h>

#include "gateway/engine_int.h"

#define RH_HOLDS_US (300 * SW_US_PER_S)

int engine_site_new(struct sw_engine *e, struct sw_err *err)
{
    const struct sw_site *site = e->site;
    bool has_fog = false;

    sw_weather_init(&e->weather);
    e->weather_now_us = INT64_MIN;
    e->suppression = -1;
    e->suppression_off_us = INT64_MIN;
    for (size_t i = 0; i < e->n_sensors; i++) {
        const struct sw_sensor_conf *c = &site->sensors[i];
        struct engine_sensor *s = &e->sensors[i];

        e->has_weather |= (c->quantities >> SW_QUANTITY_WIND_SPEED & 1u) || (c->quantities >> SW_QUANTITY_RAIN & 1u);
        has_fog |= c->fog_rh != SW_NO_VALUE;
        s->level_conf = (struct sw_validity_conf){c->valid_min, c->valid_max, c->flatline_us, c->fog_rh};
        s->other_conf = (struct sw_validity_conf){SW_NO_VALUE, SW_NO_VALUE, c->flatline_us, c->fog_rh};
        for (size_t q = 0; q < SW_QUANTITY__COUNT; q++)
            sw_validity_init(&s->validity[q]);
    }
    if (!has_fog)
        return SW_OK;
    e->rh = calloc(site->n_devices + 1, sizeof(*e->rh));
    if (!e->rh)
        return sw_err_set(err, SW_E_NOMEM, 0, "engine: out of memory");
    for (size_t i = 0; i <= site->n_devices; i++)
        e->rh[i] = (struct engine_rh){SW_NO_VALUE, INT64_MIN};
    return SW_OK;
}

void engine_site_free(struct sw_engine *e)
{
    free(e->rh);
}

/* ---- how long does what a sensor said matter? ---- */

static int64_t weather_lead_us(const struct sw_engine *e, const struct sw_sensor_conf *c)
{
    int64_t hold_us = 0;

    for (size_t i = 0; i < e->site->n_packs; i++)
        if (e->packs[i]->has_weather)
            hold_us = SW_MAX(hold_us, e->packs[i]->rain_hold_s * SW_US_PER_S);
    /* the last wet reading, as long as it held, and the time after; humidity for its own */
    return SW_MAX(SW_MAX(3 * c->interval_us, 120 * SW_US_PER_S) + hold_us, RH_HOLDS_US);
}

int64_t sw_engine_lead_us(const struct sw_engine *e)
{
    int64_t lead_us = SW_MAX(ENGINE_WORK_LEAD_US, engine_spray_lead_us(e));

    for (size_t i = 0; i < e->n_sensors; i++) {
        const struct sw_sensor_conf *c = &e->site->sensors[i];
        int64_t us = c->flatline_us;

        if (c->kind == SW_KIND_WEATHER)
            us = SW_MAX(us, weather_lead_us(e, c));
        if (c->is_reference)
            us = SW_MAX(us, c->max_age_us);
        if (engine_suppresses(e->site, i))
            us = SW_MAX(us, e->site->suppression.hold_us);
        lead_us = SW_MAX(lead_us, us + c->interval_us);
    }
    return lead_us;
}

/* ---- may it be believed? ---- */

static bool is_near(const struct engine_rh *rh, int64_t t_us)
{
    return rh->value != SW_NO_VALUE && t_us - rh->ts_us <= RH_HOLDS_US && rh->ts_us - t_us <= RH_HOLDS_US;
}

/* That of the same device: its own inlet; else the newest of any. */
static int32_t rh_at(const struct sw_engine *e, const struct sw_reading *r)
{
    const int device = e->site->sensors[r->sensor].device;
    const struct engine_rh *any;

    if (!e->rh)
        return SW_NO_VALUE;
    any = &e->rh[e->site->n_devices];
    if (device >= 0 && is_near(&e->rh[device], r->t_utc_us))
        return e->rh[device].value;
    return is_near(any, r->t_utc_us) ? any->value : SW_NO_VALUE;
}

char engine_flag(struct sw_engine *e, const struct sw_reading *r)
{
    struct engine_sensor *s = &e->sensors[r->sensor];
    const bool is_level = r->quantity == e->site->sensors[r->sensor].level;

    return sw_validity_flag(&s->validity[r->quantity], is_level ? &s->level_conf : &s->other_conf, r, rh_at(e, r));
}

bool engine_is_fog(const struct sw_engine *e, const struct sw_reading *r)
{
    const int32_t limit = e->site->sensors[r->sensor].fog_rh;

    return limit != SW_NO_VALUE && sw_quantity_info((enum sw_quantity) r->quantity)->kind == SW_KIND_DUST &&
           rh_at(e, r) > limit; /* SW_NO_VALUE is less than any */
}

/* ---- what other judges must know ---- */

static void keep_rh(struct sw_engine *e, const struct sw_reading *r, int32_t value)
{
    const int device = e->site->sensors[r->sensor].device;
    struct engine_rh *any;

    if (!e->rh || value == SW_NO_VALUE)
        return;
    any = &e->rh[e->site->n_devices];
    if (device >= 0 && r->t_utc_us >= e->rh[device].ts_us)
        e->rh[device] = (struct engine_rh){value, r->t_utc_us};
    if (r->t_utc_us >= any->ts_us)
        *any = (struct engine_rh){value, r->t_utc_us};
}

/* A county's value holds until the next, or until it is too old; it is compared with sensors of its kind. */
static void share_reference(struct sw_engine *e, const struct sw_reading *r, int32_t value)
{
    const struct sw_sensor_conf *c = &e->site->sensors[r->sensor];

    if (value == SW_NO_VALUE)
        return;
    for (size_t i = 0; i < e->n_sensors; i++) {
        const struct sw_sensor_conf *other = &e->site->sensors[i];

        if (e->sensors[i].judge && other->kind == c->kind && !other->is_reference)
            sw_judge_set_reference(e->sensors[i].judge, (enum sw_quantity) r->quantity, value, r->t_utc_us,
                                   r->t_utc_us + c->max_age_us);
    }
}

static void set_weather(struct sw_engine *e, const struct sw_reading *r)
{
    if (e->weather_now_us != r->t_utc_us) {
        sw_weather_at(&e->weather, e->packs, e->site->n_packs, r->t_utc_us, &e->weather_now);
        e->weather_now_us = r->t_utc_us;
    }
    sw_judge_set_weather(e->sensors[r->sensor].judge, &e->weather_now);
}

void engine_share(struct sw_engine *e, const struct sw_reading *r)
{
    const struct sw_sensor_conf *c = &e->site->sensors[r->sensor];
    const bool counts = r->flag == 'N' || r->flag == 'S';

    if (c->kind == SW_KIND_NOISE && e->has_weather)
        set_weather(e, r);
    if (c->kind == SW_KIND_WEATHER) {
        sw_weather_reading(&e->weather, r, c->interval_us);
        e->weather_now_us = INT64_MIN;
        if (r->quantity == SW_QUANTITY_RH && counts)
            keep_rh(e, r, sw_hundredths(r->value));
    }
    if (c->is_reference && counts)
        share_reference(e, r, sw_hundredths(r->value));
}

/* ---- mist and machines ---- */

static void tell_suppression(struct sw_engine *e, bool is_on, int64_t t_us)
{
    e->suppression = is_on;
    e->suppression_off_us = INT64_MIN;
    for (size_t i = 0; i < e->n_sensors; i++)
        if (e->sensors[i].judge && e->site->sensors[i].kind == SW_KIND_DUST)
            sw_judge_set_suppression(e->sensors[i].judge, is_on, t_us);
}

bool engine_suppresses(const struct sw_site *site, size_t sensor)
{
    return (int) sensor == site->suppression.sensor || site->sensors[sensor].suppresses;
}

/* Water of one place settles while that of another still runs. */
static bool is_other_on(const struct sw_engine *e, size_t sensor)
{
    for (size_t i = 0; i < e->n_sensors; i++)
        if (i != sensor && engine_suppresses(e->site, i) && e->sensors[i].input_was == 1)
            return true;
    return false;
}

static void take_suppression(struct sw_engine *e, bool is_active, int64_t t_us)
{
    if (is_active && e->suppression != 1)
        tell_suppression(e, true, t_us);
    else if (is_active)
        e->suppression_off_us = INT64_MIN; /* on again before the water had settled */
    else if (e->suppression == -1)
        tell_suppression(e, false, t_us);
    else if (e->suppression == 1 && e->suppression_off_us == INT64_MIN)
        e->suppression_off_us = t_us + e->site->suppression.hold_us;
}

static void tell_machine(struct sw_engine *e, bool is_running, int64_t t_us)
{
    for (size_t i = 0; i < e->n_sensors; i++)
        if (e->sensors[i].judge && e->site->sensors[i].kind == SW_KIND_NOISE)
            sw_judge_set_machine(e->sensors[i].judge, is_running, t_us);
}

void engine_input(struct sw_engine *e, const struct sw_reading *r, bool is_edge)
{
    const bool is_active = r->value != 0.0;
    const bool is_machine = (int) r->sensor == e->site->machine;

    if (is_active && (is_machine || r->quantity == SW_QUANTITY_CAMERA))
        for (size_t i = 0; i < e->n_sensors; i++)
            if (e->sensors[i].detect)
                sw_detect_input(e->sensors[i].detect, r->t_utc_us);
    if (is_edge && is_machine)
        tell_machine(e, is_active, r->t_utc_us);
    if (engine_suppresses(e->site, r->sensor))
        take_suppression(e, is_active || is_other_on(e, r->sensor), r->t_utc_us);
}

void engine_second(struct sw_engine *e)
{
    if (e->suppression == 1 && e->suppression_off_us != INT64_MIN && e->now_us >= e->suppression_off_us)
        tell_suppression(e, false, e->suppression_off_us);
}
