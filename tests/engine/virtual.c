// SPDX-License-Identifier: Apache-2.0
/* Driving the engine through virtual days and keeping what it said. */
#include "virtual.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timefmt.h"
#include "config/faults.h"

static struct virtual_site *read_site(const char *file)
{
    struct virtual_site *v = calloc(1, sizeof(*v));
    struct sw_faults faults = {0};
    struct sw_err err = {0};

    assert_non_null(v);
    if (sw_site_read(file, NULL, &faults, &v->site, &err) < 0) {
        sw_faults_print(&faults, stderr);
        print_error("%s\n", err.msg);
        fail();
    }
    sw_faults_done(&faults);
    v->cap = SW_EFFECTS_MIN;
    return v;
}

static void make_engine(struct virtual_site *v)
{
    struct sw_err err = {0};

    CHECK(sw_engine_new(v->site, &v->engine, &err) == SW_OK, "%s", err.msg);
}

struct virtual_site *virtual_new(void)
{
    struct virtual_site *v = read_site(SW_TEST_ENGINE "/site.yaml");

    make_engine(v);
    return v;
}

struct virtual_site *virtual_new_with(void (*change)(struct sw_site *site))
{
    struct virtual_site *v = read_site(SW_TEST_ENGINE "/everything.yaml");

    change(v->site);
    make_engine(v);
    return v;
}

struct virtual_site *virtual_new_from(const char *file)
{
    char path[512];
    struct virtual_site *v;

    snprintf(path, sizeof(path), "%s/%s", SW_TEST_ENGINE, file);
    v = read_site(path);
    make_engine(v);
    return v;
}

struct virtual_site *virtual_free(struct virtual_site *v)
{
    sw_engine_free(v->engine);
    sw_site_free(v->site);
    free(v);
    return NULL;
}

int64_t at(const char *rfc3339)
{
    struct sw_err err = {0};
    int64_t us = 0;

    CHECK(sw_time_parse(rfc3339, strlen(rfc3339), &us, &err) == SW_OK, "%s", err.msg);
    return us;
}

static void keep_ticket(struct virtual_site *v, const struct sw_effect *fx, struct seen *s)
{
    const struct sw_ticket *t = sw_desk_ticket(sw_engine_desk(v->engine), fx->ticket);

    assert_non_null(t);
    memcpy(s->ticket, t->id, sizeof(s->ticket));
    s->revision = t->revision;
    s->origin = t->origin;
    s->stage = t->stage;
    s->status = t->status;
    memcpy(s->rule, t->rule, sizeof(s->rule));
}

static void keep_state(struct virtual_site *v, const struct sw_effect *fx, struct seen *s)
{
    const struct sw_judge *judge = sw_engine_judge(v->engine, fx->sensor);
    int worst = sw_judge_worst(judge);

    s->sensor = fx->sensor;
    if (worst >= 0) {
        s->state = sw_judge_rule(judge, (size_t) worst)->state;
        snprintf(s->rule, sizeof(s->rule), "%s", sw_judge_rule(judge, (size_t) worst)->rule->full_id);
    }
}

static void keep(struct virtual_site *v, const struct sw_effect *fx)
{
    struct seen *s = &v->seen[v->n];

    v->tick_windows += fx->kind == SW_EFFECT_WINDOW;
    if (fx->kind == SW_EFFECT_LIVE || fx->kind == SW_EFFECT_SUMMARY ||
        (fx->kind == SW_EFFECT_WINDOW && !v->keep_windows))
        return;
    assert_true(v->n < SEEN_MAX);
    *s = (struct seen){.kind = fx->kind, .ts_us = fx->ts_us};
    if (fx->kind == SW_EFFECT_TICKET)
        keep_ticket(v, fx, s);
    else if (fx->kind == SW_EFFECT_STATE)
        keep_state(v, fx, s);
    else if (fx->kind == SW_EFFECT_WINDOW)
        s->window = fx->window;
    else if (fx->kind == SW_EFFECT_ALERT)
        s->alert = fx->alert;
    else if (fx->kind == SW_EFFECT_SENSOR_EVENT) {
        s->sensor = fx->input.sensor;
        s->count = fx->input.count;
    } else if (fx->kind == SW_EFFECT_TICKET_EVENT) {
        memcpy(s->ticket, fx->event.ticket, sizeof(s->ticket));
        s->revision = fx->event.revision;
        s->verb = fx->event.verb;
        s->status = fx->event.status;
    }
    v->n++;
}

void virtual_feed(struct virtual_site *v, const struct sw_input *in)
{
    struct sw_effect *fx = malloc(v->cap * sizeof(*fx)); /* exactly as large as promised: ASan sees one too many */
    bool more = true;

    assert_non_null(fx);
    for (const struct sw_input *next = in; more; next = NULL) {
        size_t n = sw_engine_step(v->engine, next, fx, v->cap, &more);

        for (size_t i = 0; i < n; i++)
            keep(v, &fx[i]);
    }
    free(fx);
}

void virtual_reading(struct virtual_site *v, uint16_t sensor, enum sw_quantity q, int64_t ts_us, double value)
{
    const struct sw_input in = {
        .kind = SW_INPUT_READING,
        .t_us = ts_us,
        .reading = {.t_utc_us = ts_us,
                    .value = value,
                    .sensor = sensor,
                    .quantity = (uint8_t) q,
                    .flag = isnan(value) ? 'B' : 'N'},
    };

    virtual_feed(v, &in);
}

void virtual_levels(struct virtual_site *v, uint16_t sensor, int64_t from_us, int64_t to_us, double level)
{
    for (int64_t t = from_us; t < to_us; t += SW_US_PER_S) {
        virtual_reading(v, NORTH, SW_QUANTITY_LAEQ, t, sensor == NORTH ? level : 40.0);
        virtual_reading(v, SOUTH, SW_QUANTITY_LAF, t, sensor == SOUTH ? level : 40.0);
    }
}

const struct seen *virtual_find(const struct virtual_site *v, enum sw_effect_kind kind, int stage, size_t *i)
{
    for (; *i < v->n; (*i)++)
        if (v->seen[*i].kind == kind && (stage < 0 || (int) v->seen[*i].stage == stage))
            return &v->seen[(*i)++];
    return NULL;
}

size_t virtual_count_tickets(const struct virtual_site *v)
{
    size_t n = 0;

    for (size_t slot = 0; slot < sw_desk_capacity(sw_engine_desk(v->engine)); slot++)
        n += sw_desk_ticket(sw_engine_desk(v->engine), slot) != NULL;
    return n;
}
