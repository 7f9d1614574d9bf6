// SPDX-License-Identifier: Apache-2.0
/* Looking at an engine: summary, getters. Proof for a resolve is in engine_proof.c. Making one is in engine_new.c. */
#include "gateway/engine_int.h"

#include "rules/calendar.h"
#include "rules/energy.h"

void sw_engine_set_quiet(struct sw_engine *e, bool is_quiet)
{
    e->is_quiet = is_quiet;
    for (size_t i = 0; i < e->n_sensors; i++)
        if (e->sensors[i].judge)
            sw_judge_set_quiet(e->sensors[i].judge, is_quiet);
    if (!is_quiet)
        engine_device_resumed(e);
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

/* The summary says LAeq_20m: only a judged window of twenty minutes is that. */
static int32_t leq_20m(const struct sw_judge *judge)
{
    for (size_t i = 0; i < sw_judge_n_rules(judge); i++) {
        const struct sw_rule_state *r = sw_judge_rule(judge, i);

        if (r->in_force && r->rule->statistic == SW_STAT_LEQ && r->rule->window_s == 1200 && r->value != SW_NO_VALUE)
            return r->value;
    }
    return SW_NO_VALUE;
}

/* Fold one judged sensor into the summary: the worst lamp wins; of equal ones the highest level is shown. */
static void sum_sensor(struct sw_engine *e, size_t i, struct sw_summary *ret, int *noise_lamp)
{
    const struct sw_judge *judge = e->sensors[i].judge;
    enum sw_kind kind = e->site->sensors[i].kind;
    enum sw_state state = sw_judge_state(judge);
    int32_t value = kind == SW_KIND_NOISE ? leq_20m(judge) : sw_judge_level_now(judge);
    int worst = sw_judge_worst(judge);
    /* A sensor that no limit applies to may be silent without anything being unknown about a limit. */
    int lamp = worst >= 0 ? lamp_of(state, sw_judge_rule(judge, (size_t) worst)->held) : LAMP_OK;

    ret->lamp = SW_MAX(ret->lamp, lamp);
    if (state != SW_STATE_NODATA && state != SW_STATE_FAULT && sw_judge_last(judge, NULL, NULL) != INT64_MIN)
        ret->sensors_ok++;
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

    *ret = (struct sw_summary){.lamp = LAMP_OK,
                               .noise_sensor = -1,
                               .dust_sensor = -1,
                               .noise_value = SW_NO_VALUE,
                               .noise_limit = SW_NO_VALUE,
                               .dust_value = SW_NO_VALUE,
                               .period = "",
                               .period_until_us = INT64_MIN};
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
    ret->complaints = sw_desk_complaint_counts(e->desk, NULL, e->now_us);
    for (size_t i = 0; e->site->n_packs && i < e->site->packs[0].n_periods; i++) {
        struct sw_span span;

        if (!sw_period_at(&e->site->zone, &e->site->days, &e->site->packs[0], &e->site->packs[0].periods[i], e->now_us,
                          &span))
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

struct sw_detect *sw_engine_detect(struct sw_engine *e, size_t sensor)
{
    return sensor < e->n_sensors ? e->sensors[sensor].detect : NULL;
}

struct sw_desk *sw_engine_desk(struct sw_engine *e)
{
    return e->desk;
}

const struct sw_schedule *sw_engine_schedule(const struct sw_engine *e)
{
    return e->schedule;
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
