// SPDX-License-Identifier: Apache-2.0
/* Outputs in the core loop: states of sensors and weather in, orders out, and what was read back into the engine as
 * readings of the output's own sensor. Deciding is rules/output.c's, carrying out outputs_switch.c's. */
#include "gateway/outputs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/alerts.h"
#include "gateway/outputs_int.h"
#include "rules/calendar.h"

/* ---- what the rule must know ---- */

void core_outputs_state(struct sw_core *c, size_t sensor)
{
    const struct sw_judge *judge = sw_engine_judge(c->engine, sensor);

    for (size_t i = 0; c->outputs && judge && i < c->outputs->n; i++) {
        struct core_output *o = &c->outputs->list[i];

        for (size_t k = 0; k < o->rule.n_watched; k++)
            if (o->watched[k] == sensor)
                sw_output_sensor(&o->rule, k, sw_judge_state(judge));
    }
}

/* The engine has looked at it: only what it believes counts. The last that was believed holds until it is too old. */
static void take_weather(struct sw_core *c, size_t sensor)
{
    const enum sw_quantity level = c->site->sensors[sensor].level;
    struct sw_live live;

    if (!sw_engine_live(c->engine, sensor, &live) || live.value == SW_NO_VALUE)
        return;
    for (size_t i = 0; i < c->outputs->n; i++) {
        struct core_output *o = &c->outputs->list[i];

        if (level == SW_QUANTITY_TEMP && o->conf->temp == (int) sensor)
            sw_output_temp(&o->rule, live.value, live.ts_us);
        if (level == SW_QUANTITY_WIND_SPEED && o->conf->wind == (int) sensor)
            sw_output_wind(&o->rule, live.value, live.ts_us);
    }
}

void core_outputs_reading(struct sw_core *c, const struct sw_reading *r)
{
    if (c->outputs && r->sensor < c->site->n_sensors &&
        (r->quantity == SW_QUANTITY_TEMP || r->quantity == SW_QUANTITY_WIND_SPEED))
        take_weather(c, r->sensor);
}

/* ---- its own sensor ---- */

/* What is not known is a reading too: the record says from when to when nobody knew. */
static void feed(struct sw_core *c, struct core_output *o)
{
    const int64_t engine_us = sw_engine_now_us(c->engine);
    int64_t clock_us, mono_us, now_us = engine_us;
    bool is_late = false;
    struct sw_input in = {.kind = SW_INPUT_READING};

    sw_clock_at(c->clock, sw_mono_real_us(), &clock_us, &mono_us);
    /* While the engine follows a clock that was set, its own time counts. */
    if (core_look_at_clock(engine_us, clock_us) == CORE_CLOCK_NEAR)
        now_us = SW_MAX(clock_us, engine_us);
    now_us -= now_us % SW_US_PER_MS;
    if (now_us % SW_US_PER_S == 0) /* the tick of this second was before it, in a replay too */
        now_us += SW_US_PER_MS;
    in.t_us = now_us;
    in.reading = (struct sw_reading){
        .t_utc_us = now_us,
        .t_mono_us = mono_us + now_us - clock_us, /* of the same instant as t_utc_us */
        .value = o->rule.is == SW_OUTPUT_IS_UNKNOWN ? (double) NAN
                 : o->rule.is == SW_OUTPUT_IS_ON    ? 1.0
                                                    : 0.0,
        .sensor = (uint16_t) o->conf->sensor,
        .quantity = SW_QUANTITY_CONTACT,
        .flag = o->rule.is == SW_OUTPUT_IS_UNKNOWN ? 'B' : 'N',
    };
    o->fed = o->rule.is;
    o->fed_us = now_us;
    core_feed(c, &in, &is_late);
    sw_store_put_readings(c->store, &in.reading, 1, sw_engine_now_us(c->engine), &is_late);
}

static void feed_when_due(struct sw_core *c, struct core_output *o)
{
    const int64_t now_us = sw_engine_now_us(c->engine);
    const int64_t interval_us = c->site->sensors[o->conf->sensor].interval_us;

    if (o->fed_us == INT64_MIN || o->fed != o->rule.is || now_us >= o->fed_us + interval_us || now_us < o->fed_us) {
        feed(c, o);
        output_keep(c, o); /* how long it ran today */
    }
}

void output_is(struct sw_core *c, struct core_output *o, enum sw_output_is is)
{
    const bool is_news = o->rule.is != is;

    sw_output_switched(&o->rule, is);
    if (!is_news)
        return;
    output_record(c, o, "read-back", "state", sw_output_is_name(is), o->why);
    sw_log(is == SW_OUTPUT_IS_UNKNOWN ? SW_LOG_WARNING : SW_LOG_NOTICE, "output %s is %s%s%s", o->conf->id,
           sw_output_is_name(is), is == SW_OUTPUT_IS_UNKNOWN ? ": " : "", is == SW_OUTPUT_IS_UNKNOWN ? o->why : "");
    output_tell(c, o);
}

/* ---- turns ---- */

static void look(struct sw_core *c, struct core_output *o)
{
    const int64_t now_us = sw_engine_now_us(c->engine);
    const bool was_wanted = o->rule.is_wanted;

    if (!sw_output_look(&o->rule, now_us, sw_clock_mono_us(c->clock), sw_local_day(&c->site->zone, now_us)))
        return;
    if (o->rule.is_wanted != was_wanted) {
        sw_log(SW_LOG_NOTICE, "output %s goes %s: %s", o->conf->id, o->rule.is_wanted ? "on" : "off",
               sw_output_reason_text(o->rule.reason, false));
        output_record(c, o, "order", "wanted", o->rule.is_wanted ? "on" : "off", "");
    }
    output_tell(c, o);
}

void core_outputs_act(struct sw_core *c)
{
    for (size_t i = 0; c->outputs && i < c->outputs->n; i++) {
        struct core_output *o = &c->outputs->list[i];

        if (o->conf->kind == SW_OUTPUT_BOARD) {
            board_drive(c, o);
            continue;
        }
        if (!c->outputs->is_stopping)
            look(c, o);
        output_drive(c, o);
        feed_when_due(c, o);
    }
}

int core_output_set_mode(struct sw_core *c, const char *id, enum sw_output_mode mode, uint32_t uid, const char *why,
                         struct sw_err *err)
{
    for (size_t i = 0; c->outputs && i < c->outputs->n; i++) {
        struct core_output *o = &c->outputs->list[i];

        if (strcmp(o->conf->id, id) != 0)
            continue;
        if (o->conf->kind == SW_OUTPUT_BOARD)
            return sw_err_set(err, SW_E_INVAL, 0, "%s is a board: it shows, it is not switched", id);
        sw_output_set_mode(&o->rule, mode);
        output_record_mode(c, o, uid, why);
        sw_log(SW_LOG_NOTICE, "output %s: %s by hand of user %lu%s%s", id, sw_output_mode_name(mode),
               (unsigned long) uid, *why ? ": " : "", why);
        output_tell(c, o);
        core_outputs_act(c);
        core_end_turn(c);
        return SW_OK;
    }
    return sw_err_set(err, SW_E_NOTFOUND, 0, "there is no output '%.64s'", id);
}

/* ---- life ---- */

static void init_output(struct sw_core *c, struct core_output *o, size_t index)
{
    char subject[SW_ID_SIZE + 8];
    size_t n = 0;

    o->conf = &c->site->outputs[index];
    o->index = index;
    o->fed_us = INT64_MIN;
    o->state_shown = -1;
    snprintf(subject, sizeof(subject), "output/%s", o->conf->id);
    o->is_alerting = core_alert_holds(c, SW_ALERT_OUTPUT, subject); /* of the run before: the first success solves it */
    for (size_t i = 0; i < c->site->n_sensors; i++)
        if (o->conf->watches[i])
            o->watched[n++] = (uint16_t) i;
    sw_output_init(&o->rule, &o->conf->rule, n);
}

static int take_state(void *ctx, const char *sensor, const char *rule, const void *body, size_t len)
{
    struct sw_core *c = ctx;
    struct sw_err err = {0};

    for (size_t i = 0; strcmp(rule, OUTPUT_STATE_NAME) == 0 && i < c->outputs->n; i++) {
        struct core_output *o = &c->outputs->list[i];

        if (strcmp(o->conf->id, sensor) == 0 && o->conf->kind != SW_OUTPUT_BOARD &&
            sw_output_read(&o->rule, body, len, sw_engine_now_us(c->engine), &err) < 0)
            sw_log(SW_LOG_ERR, "the state of output %s cannot be taken over from the store: %s", sensor, err.msg);
    }
    return SW_OK;
}

int core_outputs_new(struct sw_core *c, struct sw_err *err)
{
    struct core_outputs *all;
    int rc;

    if (c->site->n_outputs == 0)
        return SW_OK;
    all = calloc(1, sizeof(*all));
    if (all)
        all->list = calloc(c->site->n_outputs, sizeof(*all->list));
    if (!all || !all->list) {
        free(all);
        return sw_err_set(err, SW_E_NOMEM, 0, "outputs: out of memory");
    }
    c->outputs = all;
    all->n = c->site->n_outputs;
    for (size_t i = 0; i < all->n; i++)
        init_output(c, &all->list[i], i);
    core_on_written(c, output_on_written, c);
    rc = sw_store_facts(c->store)->is_new ? SW_OK : sw_store_load_states(c->store, take_state, c, err);
    for (size_t i = 0; i < c->site->n_sensors; i++) {
        core_outputs_state(c, i);
        take_weather(c, i);
    }
    if (rc >= 0)
        core_outputs_act(c);
    return rc;
}

const char *core_output_state(const struct sw_core *c, size_t sensor)
{
    for (size_t i = 0; c->outputs && i < c->outputs->n; i++)
        if (c->outputs->list[i].conf->sensor == (int) sensor)
            return c->outputs->list[i].rule.is == SW_OUTPUT_IS_UNKNOWN ? "fault" : "normal";
    return NULL;
}

void core_outputs_free(struct sw_core *c)
{
    if (!c->outputs)
        return;
    for (size_t i = 0; i < c->outputs->n; i++)
        sw_gpio_close(c->outputs->list[i].line);
    free(c->outputs->list);
    free(c->outputs);
    c->outputs = NULL;
}
