// SPDX-License-Identifier: Apache-2.0
/* Making an engine out of a site, and looking at it: summary, proof for a resolve, getters. */
#include "gateway/engine_int.h"

#include <stdlib.h>
#include <string.h>

#include "rules/calendar.h"

static enum sw_category category_of(enum sw_kind kind)
{
    switch (kind) {
    case SW_KIND_NOISE:
        return SW_CATEGORY_NOISE;
    case SW_KIND_DUST:
        return SW_CATEGORY_DUST;
    default:
        return SW_CATEGORY_DEVICE;
    }
}

static int new_judges(struct sw_engine *e, struct sw_err *err)
{
    const struct sw_site *site = e->site;

    for (size_t i = 0; i < site->n_sensors; i++) {
        const struct sw_sensor_conf *c = &site->sensors[i];
        const struct sw_judge_params p = {
            .sensor = (uint16_t) i,
            .kind = c->kind,
            .level = c->level,
            .has_lafmax = (c->quantities >> SW_QUANTITY_LAFMAX & 1u) != 0,
            .is_judged = c->place == SW_PLACE_BOUNDARY,
            .interval_us = c->interval_us,
            .grace_us = site->grace_us,
            .zone = &site->zone,
            .n_packs = site->n_packs,
            .packs = e->packs,
        };

        e->sensors[i].input_was = -1;
        if (c->kind == SW_KIND_INPUT)
            continue;
        if (sw_judge_new(&p, &e->sensors[i].judge, err) < 0)
            return sw_err_prefix(err, "sensor %s", c->id);
    }
    return SW_OK;
}

static int new_desk(struct sw_engine *e, struct sw_err *err)
{
    const struct sw_site *site = e->site;
    struct sw_desk_params p = {
        .gateway = site->gateway_id,
        .site = site->id,
        .agency_responsible = site->agency_responsible,
        .zone = &site->zone,
        .hotline = &site->hotline,
        .n_responsibility = site->n_responsibility,
        .responsibility = site->responsibility,
        .n_sensors = site->n_sensors,
        .sensors = e->desk_sensors,
        .has_platform = site->platform.is_set,
    };

    for (size_t i = 0; i < site->n_sensors; i++) {
        const struct sw_sensor_conf *c = &site->sensors[i];
        const char                  *place = c->zone[0]      ? c->zone
                                             : c->device >= 0 ? site->devices[c->device].id
                                                              : c->id;
        struct sw_desk_sensor       *d = &e->desk_sensors[i];

        memcpy(d->id, c->id, sizeof(d->id));
        memcpy(d->place, place, sizeof(d->place)); /* all three are arrays of an id's size */
        d->category = category_of(c->kind);
        d->quantity = c->level;
    }
    return sw_desk_new(&p, &e->desk, err);
}

int sw_engine_new(const struct sw_site *site, struct sw_engine **ret, struct sw_err *err)
{
    struct sw_engine *e = calloc(1, sizeof(*e));
    int               rc;

    if (!e)
        return sw_err_set(err, SW_E_NOMEM, 0, "engine: out of memory");
    e->site = site;
    e->now_us = INT64_MIN;
    e->n_sensors = site->n_sensors;
    e->sensors = calloc(site->n_sensors + 1, sizeof(*e->sensors));
    e->desk_sensors = calloc(site->n_sensors + 1, sizeof(*e->desk_sensors));
    e->packs = calloc(site->n_packs + 1, sizeof(*e->packs));
    if (!e->sensors || !e->desk_sensors || !e->packs) {
        sw_engine_free(e);
        return sw_err_set(err, SW_E_NOMEM, 0, "engine: out of memory");
    }
    for (size_t i = 0; i < site->n_packs; i++)
        e->packs[i] = &site->packs[i];
    rc = new_judges(e, err);
    if (rc >= 0)
        rc = new_desk(e, err);
    if (rc < 0) {
        sw_engine_free(e);
        return rc;
    }
    *ret = e;
    return SW_OK;
}

struct sw_engine *sw_engine_free(struct sw_engine *e)
{
    if (!e)
        return NULL;
    for (size_t i = 0; e->sensors && i < e->n_sensors; i++)
        sw_judge_free(e->sensors[i].judge);
    sw_desk_free(e->desk);
    free(e->sensors);
    free(e->desk_sensors);
    free(e->packs);
    free(e);
    return NULL;
}

void sw_engine_set_quiet(struct sw_engine *e, bool is_quiet)
{
    e->is_quiet = is_quiet;
    for (size_t i = 0; i < e->n_sensors; i++)
        if (e->sensors[i].judge)
            sw_judge_set_quiet(e->sensors[i].judge, is_quiet);
}

struct sw_work sw_engine_work(const struct sw_engine *e)
{
    (void) e;
    return (struct sw_work){ .state = SW_WORK_NO_SCHEDULE, .permitted = -1 };
}

/* One rule speaks against a resolve while it alerts, waits for data, or stands above its recovery margin. */
static bool rule_is_below(const struct sw_rule_state *r)
{
    if (r->state == SW_STATE_ALERTING || r->state == SW_STATE_PENDING || r->state == SW_STATE_NODATA ||
        r->state == SW_STATE_FAULT)
        return false;
    if (!r->in_force || r->rule->statistic == SW_STAT_MAX)
        return true;
    return r->value != SW_NO_VALUE && r->value <= r->rule->limit - r->rule->recover_below;
}

bool sw_engine_is_proven(struct sw_engine *e, const char *ticket)
{
    const struct sw_ticket *t = sw_desk_find(e->desk, ticket);
    int                     sensor = t ? sw_site_sensor(e->site, t->sensor, strlen(t->sensor)) : -1;
    const struct sw_judge  *judge = sensor >= 0 ? e->sensors[sensor].judge : NULL;

    if (!judge)
        return false;
    for (size_t i = 0; i < sw_judge_n_rules(judge); i++) {
        const struct sw_rule_state *r = sw_judge_rule(judge, i);

        if (strcmp(r->rule->family, t->period) != 0 && strcmp(r->rule->full_id, t->rule) != 0)
            continue;
        if (!rule_is_below(r))
            return false;
    }
    return true;
}

enum { LAMP_OK, LAMP_NEAR, LAMP_NODATA, LAMP_OVER };

static int lamp_of(enum sw_state state, enum sw_state held)
{
    if (state == SW_STATE_ALERTING || held == SW_STATE_ALERTING)
        return LAMP_OVER;
    if (state == SW_STATE_NODATA || state == SW_STATE_FAULT)
        return LAMP_NODATA;
    return state == SW_STATE_NORMAL ? LAMP_OK : LAMP_NEAR;
}

/* Fold one judged sensor into the summary: the worst lamp wins; of equal ones the highest level is shown. */
static void sum_sensor(struct sw_engine *e, size_t i, struct sw_summary *ret, int *noise_lamp)
{
    const struct sw_judge *judge = e->sensors[i].judge;
    enum sw_kind           kind = e->site->sensors[i].kind;
    int32_t                value = sw_judge_level_now(judge);
    int                    worst = sw_judge_worst(judge);
    int                    lamp = LAMP_OK;
    bool                   has_data = sw_judge_last(judge, NULL, NULL) != INT64_MIN;

    if (worst >= 0) {
        const struct sw_rule_state *r = sw_judge_rule(judge, (size_t) worst);

        lamp = lamp_of(r->state, r->held);
        has_data = r->state != SW_STATE_NODATA && r->state != SW_STATE_FAULT;
    }
    ret->lamp = SW_MAX(ret->lamp, lamp);
    ret->sensors_ok += has_data ? 1 : 0;
    if (kind == SW_KIND_NOISE &&
        (ret->noise_sensor < 0 || lamp > *noise_lamp || (lamp == *noise_lamp && value > ret->noise_value))) {
        ret->noise_sensor = (int) i;
        ret->noise_value = value;
        ret->noise_limit = sw_judge_limit_now(judge);
        *noise_lamp = lamp;
    }
    if (kind == SW_KIND_DUST && (ret->dust_sensor < 0 || value > ret->dust_value)) {
        ret->dust_sensor = (int) i;
        ret->dust_value = value;
    }
}

void sw_engine_summary(struct sw_engine *e, struct sw_summary *ret)
{
    int noise_lamp = LAMP_OK;

    *ret = (struct sw_summary){ .lamp = LAMP_OK, .noise_sensor = -1, .dust_sensor = -1, .noise_value = SW_NO_VALUE,
                                .noise_limit = SW_NO_VALUE, .dust_value = SW_NO_VALUE, .period = "",
                                .period_until_us = INT64_MIN };
    for (size_t i = 0; i < e->n_sensors; i++) {
        ret->sensors_total++;
        if (e->sensors[i].judge)
            sum_sensor(e, i, ret, &noise_lamp);
        else
            ret->sensors_ok++;
    }
    ret->worst = sw_desk_worst(e->desk);
    if (ret->worst && ret->worst->stage == SW_STAGE_EXCEEDED)
        ret->lamp = LAMP_OVER;
    ret->work = sw_engine_work(e);
    ret->tickets = sw_desk_counts(e->desk);
    for (size_t i = 0; e->site->n_packs && i < e->site->packs[0].n_periods; i++) {
        struct sw_span span;

        if (!sw_period_at(&e->site->zone, &e->site->packs[0].periods[i], e->now_us, &span))
            continue;
        ret->period = e->site->packs[0].periods[i].id;
        ret->period_until_us = span.to_us;
        break;
    }
}

bool sw_engine_was_late(const struct sw_engine *e)
{
    return e->was_late;
}

const struct sw_site *sw_engine_site(const struct sw_engine *e)
{
    return e->site;
}

struct sw_judge *sw_engine_judge(struct sw_engine *e, size_t sensor)
{
    return sensor < e->n_sensors ? e->sensors[sensor].judge : NULL;
}

struct sw_desk *sw_engine_desk(struct sw_engine *e)
{
    return e->desk;
}

int64_t sw_engine_now_us(const struct sw_engine *e)
{
    return e->now_us;
}

bool sw_engine_live(const struct sw_engine *e, size_t sensor, struct sw_live *ret)
{
    if (sensor >= e->n_sensors || e->sensors[sensor].n_live == 0)
        return false;
    *ret = e->sensors[sensor].live;
    return true;
}
