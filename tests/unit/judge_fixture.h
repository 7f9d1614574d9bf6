// SPDX-License-Identifier: Apache-2.0
/* A judge with one or two small packs, for the tests that look at it from outside: readings and whole seconds go in as
 * the engine gives them, windows and findings are kept. Times are those of a Monday in winter. */
#ifndef SW_TESTS_UNIT_JUDGE_FIXTURE_H
#define SW_TESTS_UNIT_JUDGE_FIXTURE_H

#include "tests/unit/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/timefmt.h"
#include "rules/judge.h"

#define S 1000000LL
#define MIN (60 * S)
#define HOUR (3600 * S)
#define RIG_LOG 20000

struct rig {
    struct sw_zone zone;
    struct sw_days days;
    struct sw_stages stages;
    struct sw_pack pack[2];
    const struct sw_pack *packs[2];
    struct sw_judge_params params;
    struct sw_judge *j;
    int64_t ticked_us;
    size_t n_findings, n_windows, n_detects;
    struct sw_finding findings[RIG_LOG];
    struct sw_window_result windows[RIG_LOG];
    struct sw_detect_window detects[400];
    unsigned n_late, n_changes;
    struct sw_judge_out out;
};

static struct rig rig;

static inline int64_t at_full(const char *text)
{
    struct sw_err err = {0};
    int64_t t;

    if (sw_time_parse(text, strlen(text), &t, &err) < 0)
        fail_msg("%s: %s", text, err.msg);
    return t;
}

/** "22:00:00" is Monday evening in a zone of UTC + 8 h, "+06:00:00" the morning after. */
static inline int64_t at(const char *text)
{
    char full[40] = "2026-03-02T";

    if (text[0] == '+')
        strcpy(full, "2026-03-03T");
    strcat(strcat(full, text + (text[0] == '+')), "+08:00");
    return at_full(full);
}

/** A rule that always applies, over 70 dB, aligned quarters of an hour; change what the case is about. */
static inline struct sw_rule *rig_rule(struct rig *g, size_t pack, const char *id)
{
    struct sw_rule *r = &g->pack[pack].rules[g->pack[pack].n_rules++];

    *r = (struct sw_rule){.kind = g->params.kind,
                          .statistic = SW_STAT_LEQ,
                          .window_s = 900,
                          .period = -1,
                          .limit = 7000,
                          .resolution = 10,
                          .recover_below = 100,
                          .recover_for_s = 300,
                          .consecutive = 1,
                          .reference_factor = 1.0,
                          .reference_cap = SW_NO_VALUE};
    strcpy(r->id, id);
    snprintf(r->full_id, sizeof(r->full_id), "example/%s", id);
    snprintf(r->family, sizeof(r->family), "%.31s", id);
    return r;
}

/** A noise sensor with one reading a second; day and night, no rules yet. */
static inline void rig_prepare(struct rig *g)
{
    memset(g, 0, sizeof(*g));
    sw_zone_init_utc(&g->zone);
    g->zone.span[0].offset_s = 8 * 3600;
    for (size_t i = 0; i < 2; i++) {
        g->pack[i] = (struct sw_pack){
            .id = "example",
            .n_periods = 2,
            .periods = {{.id = "day", .from_min = 360, .to_min = 1320, .days = SW_DAYS_ALL},
                        {.id = "night", .from_min = 1320, .to_min = 360, .days = SW_DAYS_ALL, .is_night = true}},
            .capture_min = 0.75,
            .horizon_s = 600,
            .forecast_threshold = 0.45,
            .confirm_s = 30,
            .clear_s = 600,
            .budget_max_s = 3600};
        g->packs[i] = &g->pack[i];
    }
    g->params = (struct sw_judge_params){.sensor = 3,
                                         .kind = SW_KIND_NOISE,
                                         .level = SW_QUANTITY_LAEQ,
                                         .has_lafmax = true,
                                         .is_judged = true,
                                         .interval_us = S,
                                         .grace_us = 2 * S,
                                         .zone = &g->zone,
                                         .days = &g->days,
                                         .background = SW_NO_VALUE,
                                         .n_packs = 1,
                                         .packs = g->packs};
}

static inline void rig_prepare_dust(struct rig *g)
{
    rig_prepare(g);
    g->params.kind = SW_KIND_DUST;
    g->params.level = SW_QUANTITY_PM10;
    g->params.has_lafmax = false;
    g->params.interval_us = 60 * S;
}

static inline void rig_start(struct rig *g, int64_t now_us)
{
    struct sw_err err = {0};

    if (sw_judge_new(&g->params, &g->j, &err) < 0)
        fail_msg("%s", err.msg);
    sw_judge_start(g->j, now_us);
    g->ticked_us = now_us - 1;
}

static inline int rig_teardown(void **state)
{
    (void) state;
    rig.j = sw_judge_free(rig.j);
    return 0;
}

static inline void rig_keep(struct rig *g)
{
    assert_true(g->n_findings + g->out.n_findings <= RIG_LOG && g->n_windows + g->out.n_windows <= RIG_LOG);
    for (size_t i = 0; i < g->out.n_findings; i++)
        g->findings[g->n_findings++] = g->out.findings[i];
    for (size_t i = 0; i < g->out.n_windows; i++)
        g->windows[g->n_windows++] = g->out.windows[i];
    if (g->out.has_detect && g->n_detects < SW_ARRAY_SIZE(g->detects))
        g->detects[g->n_detects++] = g->out.detect;
    g->n_late += g->out.late;
    g->n_changes += g->out.state_changed;
}

/** Ticks of the whole seconds before t, as the engine gives them. */
static inline void tick_to(struct rig *g, int64_t t_us)
{
    for (int64_t s = (g->ticked_us / S + 1) * S; s < t_us; s += S) {
        sw_judge_tick(g->j, s, &g->out);
        rig_keep(g);
        g->ticked_us = s;
    }
}

static inline void give(struct rig *g, int64_t now_us, int64_t ts_us, enum sw_quantity q, double value, char flag)
{
    struct sw_reading r = {.t_utc_us = ts_us, .value = value, .quantity = (uint8_t) q, .flag = flag};

    tick_to(g, now_us);
    sw_judge_reading(g->j, &r, now_us, &g->out);
    rig_keep(g);
}

static inline void level_at(struct rig *g, int64_t t_us, double value)
{
    give(g, t_us, t_us, g->params.level, value, 'N');
}

/** One level each interval over [from, to). */
static inline void steady(struct rig *g, int64_t from_us, int64_t to_us, double value)
{
    for (int64_t t = from_us; t < to_us; t += g->params.interval_us)
        level_at(g, t, value);
}

static inline size_t n_findings(const struct rig *g, enum sw_finding_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < g->n_findings; i++)
        n += g->findings[i].kind == kind;
    return n;
}

static inline const struct sw_finding *finding(const struct rig *g, enum sw_finding_kind kind, size_t nth)
{
    for (size_t i = 0; i < g->n_findings; i++) {
        if (g->findings[i].kind == kind && nth-- == 0)
            return &g->findings[i];
    }
    return NULL;
}

static inline const struct sw_window_result *window(const struct rig *g, const char *period, int64_t from_us)
{
    for (size_t i = 0; i < g->n_windows; i++) {
        if (strcmp(g->windows[i].period, period) == 0 && g->windows[i].from_us == from_us)
            return &g->windows[i];
    }
    return NULL;
}

static inline enum sw_state state_of(const struct rig *g, size_t rule)
{
    return sw_judge_rule(g->j, rule)->state;
}

static inline int32_t value_of(const struct rig *g, size_t rule)
{
    return sw_judge_rule(g->j, rule)->value;
}

#endif
