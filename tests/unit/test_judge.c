// SPDX-License-Identifier: Apache-2.0
/* The judge from outside: seconds of a site go in as the engine gives them, windows and findings are compared with what
 * was worked out by hand. The pack is an example with the limits of a night at a building site. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/timefmt.h"
#include "rules/judge.h"

#define S 1000000LL
#define LOG_MAX 4096

enum { LEQ_DAY, LEQ_NIGHT, MAX_NIGHT };

struct rig {
    struct sw_zone zone;
    struct sw_pack pack;
    const struct sw_pack *packs[1];
    struct sw_judge_params params;
    struct sw_judge *j;
    int64_t ticked_us;
    size_t n_findings, n_windows;
    struct sw_finding findings[LOG_MAX];
    struct sw_window_result windows[LOG_MAX];
    unsigned n_late, n_changes;
    struct sw_judge_out out;
};

static struct rig rig, other;

static int64_t at(const char *text)
{
    char full[40] = "2026-03-02T";
    struct sw_err err = {0};
    int64_t t;

    /* "22:00:00" is Monday evening, "+06:00:00" the morning after */
    if (text[0] == '+')
        strcpy(full, "2026-03-03T");
    strcat(strcat(full, text + (text[0] == '+')), "+08:00");
    if (sw_time_parse(full, strlen(full), &t, &err) < 0)
        fail_msg("%s: %s", full, err.msg);
    return t;
}

static void set_rule(struct sw_rule *r, const char *id, enum sw_statistic statistic, int period, int32_t limit)
{
    *r = (struct sw_rule){.kind = SW_KIND_NOISE,
                          .statistic = statistic,
                          .sliding = statistic == SW_STAT_LEQ,
                          .window_s = statistic == SW_STAT_LEQ ? 1200 : 0,
                          .period = period,
                          .limit = limit,
                          .resolution = 10,
                          .recover_below = 100,
                          .recover_for_s = statistic == SW_STAT_LEQ ? 300 : 1200};
    strcpy(r->id, id);
}

static void rig_prepare(struct rig *g)
{
    memset(g, 0, sizeof(*g));
    sw_zone_init_utc(&g->zone);
    g->zone.span[0].offset_s = 8 * 3600;
    g->pack =
        (struct sw_pack){.id = "example",
                         .n_periods = 2,
                         .periods = {{.id = "day", .from_min = 360, .to_min = 1320, .days = 0x7f},
                                     {.id = "night", .from_min = 1320, .to_min = 360, .days = 0x7f, .is_night = true}},
                         .n_rules = 3,
                         .capture_min = 0.75,
                         .horizon_s = 600,
                         .forecast_threshold = 0.45,
                         .confirm_s = 30,
                         .clear_s = 600,
                         .budget_max_s = 3600};
    set_rule(&g->pack.rules[LEQ_DAY], "leq-day", SW_STAT_LEQ, 0, 7000);
    set_rule(&g->pack.rules[LEQ_NIGHT], "leq-night", SW_STAT_LEQ, 1, 5500);
    set_rule(&g->pack.rules[MAX_NIGHT], "max-night", SW_STAT_MAX, 1, 7000);
    g->params = (struct sw_judge_params){.sensor = 3,
                                         .kind = SW_KIND_NOISE,
                                         .level = SW_QUANTITY_LAEQ,
                                         .has_lafmax = true,
                                         .is_judged = true,
                                         .interval_us = S,
                                         .grace_us = 2 * S,
                                         .zone = &g->zone,
                                         .n_packs = 1,
                                         .packs = g->packs};
    g->packs[0] = &g->pack;
}

static void rig_start(struct rig *g, int64_t now_us)
{
    struct sw_err err = {0};

    if (sw_pack_validate(&g->pack, &err) < 0 || sw_judge_new(&g->params, &g->j, &err) < 0)
        fail_msg("%s", err.msg);
    sw_judge_start(g->j, now_us);
    g->ticked_us = now_us - 1;
}

static void keep(struct rig *g)
{
    assert_true(g->n_findings + g->out.n_findings <= LOG_MAX && g->n_windows + g->out.n_windows <= LOG_MAX);
    for (size_t i = 0; i < g->out.n_findings; i++)
        g->findings[g->n_findings++] = g->out.findings[i];
    for (size_t i = 0; i < g->out.n_windows; i++)
        g->windows[g->n_windows++] = g->out.windows[i];
    g->n_late += g->out.late;
    g->n_changes += g->out.state_changed;
}

/* Ticks of the whole seconds before t, as the engine gives them. */
static void tick_to(struct rig *g, int64_t t_us)
{
    for (int64_t s = (g->ticked_us / S + 1) * S; s < t_us; s += S) {
        sw_judge_tick(g->j, s, &g->out);
        keep(g);
        g->ticked_us = s;
    }
}

static void give(struct rig *g, int64_t now_us, int64_t ts_us, enum sw_quantity q, double value, char flag)
{
    struct sw_reading r = {.t_utc_us = ts_us, .value = value, .quantity = (uint8_t) q, .flag = flag};

    tick_to(g, now_us);
    sw_judge_reading(g->j, &r, now_us, &g->out);
    keep(g);
}

static void level_at(struct rig *g, int64_t t_us, double value)
{
    give(g, t_us, t_us, g->params.level, value, 'N');
}

/* One level each interval over [from, to). */
static void steady(struct rig *g, int64_t from_us, int64_t to_us, double value)
{
    for (int64_t t = from_us; t < to_us; t += g->params.interval_us)
        level_at(g, t, value);
}

static const struct sw_finding *finding(const struct rig *g, int rule, enum sw_finding_kind kind, size_t nth)
{
    for (size_t i = 0; i < g->n_findings; i++) {
        if (g->findings[i].rule == &g->pack.rules[rule] && g->findings[i].kind == kind && nth-- == 0)
            return &g->findings[i];
    }
    return NULL;
}

static const struct sw_window_result *window(const struct rig *g, const char *period, int64_t from_us)
{
    for (size_t i = 0; i < g->n_windows; i++) {
        if (strcmp(g->windows[i].period, period) == 0 && g->windows[i].from_us == from_us)
            return &g->windows[i];
    }
    return NULL;
}

static void expect_finding(const struct rig *g, const char *why, int rule, enum sw_finding_kind kind, size_t nth,
                           int64_t at_us)
{
    const struct sw_finding *f = finding(g, rule, kind, nth);

    if (!f)
        fail_msg("%s: no such finding", why);
    if (f->at_us != at_us)
        fail_msg("%s: %+lld s beside what was wanted", why, (long long) (f->at_us - at_us) / S);
}

static enum sw_state state_of(const struct rig *g, size_t rule)
{
    return sw_judge_rule(g->j, rule)->state;
}

static int teardown(void **state)
{
    (void) state;
    rig.j = sw_judge_free(rig.j);
    other.j = sw_judge_free(other.j);
    return 0;
}

/* 63 dB need 193 s of an empty 20-minute window: 63 + 10·lg(193/1200) = 55.0637. */
static void night_limit_is_foreseen_before_the_night_begins(void **state)
{
    const struct sw_rule_state *s;
    const struct sw_finding *f;

    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("21:30:00"));
    steady(&rig, at("21:30:00"), at("21:40:00"), 50.0);
    steady(&rig, at("21:40:00"), at("21:45:01"), 63.0);
    s = sw_judge_rule(rig.j, LEQ_NIGHT);
    assert_false(s->in_force);
    assert_int_equal(s->forecast.level_now, 6300);
    assert_int_equal(s->forecast.crosses_at_us, at("22:03:12")); /* the 193rd reading from 22:00:00 on */
    assert_int_equal(s->forecast.budget_s, 18 * 60 + 12);
    assert_true(s->forecast.probability == 0.0); /* further than 10 minutes */
    assert_int_equal(sw_judge_limit_now(rig.j), 7000);

    steady(&rig, at("21:45:01"), at("22:03:12"), 63.0);
    /* within the horizon from 21:53:12 on, confirmed for 30 s */
    expect_finding(&rig, "forecast", LEQ_NIGHT, SW_FINDING_FORECAST, 0, at("21:53:42"));
    f = finding(&rig, LEQ_NIGHT, SW_FINDING_FORECAST, 0);
    assert_string_equal(f->period, "night");
    assert_true(f->period_is_night && f->forecast.probability == 1.0);
    assert_int_equal(f->forecast.budget_s, 570);
    assert_int_equal(rig.n_findings, 1);
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_FORECAST);
    assert_int_equal(sw_judge_rule(rig.j, LEQ_NIGHT)->value, SW_NO_VALUE); /* 20 minutes are not over yet */
    assert_int_equal(sw_judge_limit_now(rig.j), 5500);

    level_at(&rig, at("22:03:12"), 63.0);
    expect_finding(&rig, "exceeds", LEQ_NIGHT, SW_FINDING_EXCEED, 0, at("22:03:12"));
    f = finding(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0);
    assert_int_equal(f->value, 5506);
    assert_int_equal(f->from_us, at("22:00:00"));
    assert_int_equal(s->state, SW_STATE_ALERTING);
    assert_int_equal(s->previous, SW_STATE_FORECAST);
    assert_int_equal(s->forecast.budget_s, 0);
    assert_int_equal(s->forecast.crosses_at_us, INT64_MIN);
    assert_true(s->forecast.probability == 1.0);
    assert_int_equal(sw_judge_worst(rig.j), LEQ_NIGHT);
}

/* 40 dB after 63: with 1053 of 1200 replaced the mean is under 54.05, that is 54.0 = limit − 1.0. */
static void exceedance_recovers_after_good_data_below_the_margin(void **state)
{
    int64_t quiet_from = at("22:30:00"), below = quiet_from + 1052 * S;
    int64_t last = 0;
    unsigned n_worse = 0;

    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("22:00:00"));
    steady(&rig, at("22:00:00"), quiet_from, 63.0);
    assert_int_equal(sw_judge_rule(rig.j, LEQ_NIGHT)->episode_worst, 6300);
    for (size_t i = 0; i < rig.n_findings; i++) {
        if (rig.findings[i].kind != SW_FINDING_WORSE)
            continue;
        assert_true(last == 0 || rig.findings[i].at_us - last >= 60 * S);
        last = rig.findings[i].at_us;
        n_worse++;
    }
    assert_true(n_worse >= 15 && n_worse <= 17); /* 17 minutes of a rising mean, one a minute */
    while (state_of(&rig, LEQ_NIGHT) == SW_STATE_ALERTING) {
        level_at(&rig, quiet_from, 40.0);
        quiet_from += S;
    }
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_RECOVERING);
    assert_int_equal(sw_judge_rule(rig.j, LEQ_NIGHT)->since_us, below);
    steady(&rig, quiet_from, below + 400 * S, 40.0);
    expect_finding(&rig, "recovered", LEQ_NIGHT, SW_FINDING_RECOVERED, 0, below + 300 * S);
    assert_int_equal(finding(&rig, LEQ_NIGHT, SW_FINDING_RECOVERED, 0)->worst, 6300);
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_NORMAL);
    assert_null(finding(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 1));
    assert_null(finding(&rig, LEQ_NIGHT, SW_FINDING_RECOVERED, 1));
}

static void steady_level_crosses_when_it_was_said_to(void **state)
{
    int64_t said = INT64_MIN;

    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("22:00:00"));
    steady(&rig, at("22:00:00"), at("23:00:00"), 45.0);
    assert_int_equal(sw_judge_rule(rig.j, LEQ_NIGHT)->value, 4500);
    for (int64_t t = at("23:00:00"); !finding(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0); t += S) {
        const struct sw_forecast *f = &sw_judge_rule(rig.j, LEQ_NIGHT)->forecast;

        level_at(&rig, t, 62.0);
        if (t >= at("23:00:59") && said == INT64_MIN)
            said = f->crosses_at_us;
        if (said != INT64_MIN && t < said) {
            assert_int_equal(f->crosses_at_us, said);
            assert_int_equal(f->budget_s, (said - t) / S);
        }
    }
    /* (1200-k)·10^4.5 + k·10^6.2 >= 1200·10^5.5045 for k >= 223: the 223rd reading */
    assert_int_equal(said, at("23:00:00") + 222 * S);
    expect_finding(&rig, "exceeds", LEQ_NIGHT, SW_FINDING_EXCEED, 0, said);
}

/* Live readings arrive when their second is over: the engine's clock is one ahead, and so is the crossing. */
static void forecast_stands_over_the_start_of_the_night_live(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("21:50:00"));
    for (int64_t t = at("21:50:00") + S / 2; t < at("22:03:20"); t += S) {
        const struct sw_forecast *f = &sw_judge_rule(rig.j, LEQ_NIGHT)->forecast;

        give(&rig, t + S, t, SW_QUANTITY_LAEQ, 63.0, 'N');
        if (t > at("21:51:00") && f->budget_s != 0)
            assert_int_equal(f->crosses_at_us, at("22:03:13") + S / 2);
    }
    expect_finding(&rig, "forecast", LEQ_NIGHT, SW_FINDING_FORECAST, 0, at("21:53:43") + S / 2);
    expect_finding(&rig, "exceeds", LEQ_NIGHT, SW_FINDING_EXCEED, 0, at("22:03:13") + S / 2);
}

static void forecast_that_falls_away_is_cleared_after_its_time(void **state)
{
    const struct sw_finding *f;

    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("21:40:00"));
    steady(&rig, at("21:40:00"), at("21:58:00"), 63.0);
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_FORECAST);
    steady(&rig, at("21:58:00"), at("22:05:00"), 40.0);
    assert_true(sw_judge_rule(rig.j, LEQ_NIGHT)->in_force);
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_FORECAST);
    steady(&rig, at("22:05:00"), at("22:30:00"), 40.0);
    f = finding(&rig, LEQ_NIGHT, SW_FINDING_CLEARED, 0);
    assert_non_null(f);
    assert_true(f->at_us >= at("22:08:00") && f->at_us < at("22:09:00"));
    assert_int_equal(rig.n_findings, 2);
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_NORMAL);
}

static void silence_holds_an_alert_and_data_resume_it(void **state)
{
    const struct sw_rule_state *s;

    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("22:00:00"));
    steady(&rig, at("22:00:00"), at("22:10:01"), 63.0);
    s = sw_judge_rule(rig.j, LEQ_NIGHT);
    assert_int_equal(s->state, SW_STATE_ALERTING);
    tick_to(&rig, at("22:11:00"));
    assert_int_equal(s->state, SW_STATE_ALERTING);
    tick_to(&rig, at("22:11:01")); /* 60 s without a counted reading */
    assert_int_equal(s->state, SW_STATE_NODATA);
    assert_int_equal(s->held, SW_STATE_ALERTING);
    assert_int_equal(s->value, SW_NO_VALUE);
    assert_true(isnan(s->forecast.probability));
    assert_int_equal(state_of(&rig, LEQ_DAY), SW_STATE_NODATA);
    assert_int_equal(sw_judge_rule(rig.j, LEQ_DAY)->held, SW_STATE_NORMAL);
    give(&rig, at("22:11:30"), at("22:11:30"), SW_QUANTITY_LAEQ, NAN, 'B');
    assert_int_equal(s->state, SW_STATE_FAULT);
    tick_to(&rig, at("22:40:00"));
    assert_null(finding(&rig, LEQ_NIGHT, SW_FINDING_RECOVERED, 0));
    steady(&rig, at("22:40:00"), at("22:54:59"), 40.0);
    assert_int_equal(s->state, SW_STATE_ALERTING); /* 899 of 1200 readings cannot close a matter */
    assert_int_equal(s->held, SW_STATE_NORMAL);
    assert_int_equal(s->value, SW_NO_VALUE);
    level_at(&rig, at("22:54:59"), 40.0);
    assert_int_equal(s->state, SW_STATE_RECOVERING);
    assert_int_equal(s->value, 4000);
    assert_null(finding(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 1));
}

static void thin_data_cannot_open_a_matter(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("22:00:00"));
    for (int64_t t = at("22:00:00"); t < at("23:00:00"); t += 2 * S) {
        level_at(&rig, t, 57.0); /* over by 2, but half of it is missing */
        assert_int_equal(sw_judge_rule(rig.j, LEQ_NIGHT)->value, SW_NO_VALUE);
    }
    assert_null(finding(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0));
    for (int64_t t = at("23:00:00"); t < at("23:30:00"); t += 2 * S)
        level_at(&rig, t, 60.0); /* 600 · 10^6.0 > 1200 · 10^5.5045: over even if the rest were silent */
    assert_non_null(finding(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0));
}

static void maximum_is_judged_by_each_reading(void **state)
{
    static const struct {
        const char *why;
        bool has_lafmax;
        double level, max;
        bool over;
    } cases[] = {
        {"70.04 is shown as 70.0", true, 50.0, 70.04, false},
        {"70.05 is shown as 70.1", true, 50.0, 70.05, true},
        {"where LAFmax is measured the level says nothing", true, 72.0, 69.0, false},
        {"without it a level over the limit proves it", false, 71.0, NAN, true},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        int64_t t = at("22:00:10");

        rig_prepare(&rig);
        rig.params.has_lafmax = cases[i].has_lafmax;
        rig_start(&rig, at("22:00:00"));
        steady(&rig, at("22:00:00"), t, 45.0);
        level_at(&rig, t, cases[i].level);
        give(&rig, t, t, SW_QUANTITY_LAFMAX, cases[i].max, 'N');
        if ((finding(&rig, MAX_NIGHT, SW_FINDING_EXCEED, 0) != NULL) != cases[i].over)
            fail_msg("%s", cases[i].why);
        rig.j = sw_judge_free(rig.j);
    }
}

static void maximum_recovers_when_none_came_for_its_time(void **state)
{
    int64_t over = at("22:30:00");

    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("22:00:00"));
    for (int64_t t = at("22:00:00"); t < at("23:00:00"); t += S) {
        level_at(&rig, t, 45.0);
        give(&rig, t, t, SW_QUANTITY_LAFMAX, t == over ? 84.5 : 50.0, 'N');
        if (t == over + 30 * S)
            assert_int_equal(state_of(&rig, MAX_NIGHT), SW_STATE_ALERTING);
        if (t == over + 90 * S)
            assert_int_equal(state_of(&rig, MAX_NIGHT), SW_STATE_RECOVERING);
    }
    expect_finding(&rig, "over", MAX_NIGHT, SW_FINDING_EXCEED, 0, over);
    assert_int_equal(finding(&rig, MAX_NIGHT, SW_FINDING_EXCEED, 0)->max, 8450);
    expect_finding(&rig, "recovered", MAX_NIGHT, SW_FINDING_RECOVERED, 0, over + 1201 * S);
    assert_int_equal(sw_judge_rule(rig.j, MAX_NIGHT)->forecast.budget_s, -1);
    assert_int_equal(rig.n_findings, 2);
}

/* What the store holds is what stood at the last change: a restart must not find a recovery that was broken since. */
static void broken_recovery_is_a_change_that_a_restart_must_know(void **state)
{
    struct sw_rule_state stored = {0};
    const struct sw_rule_state *s;
    bool was_recovering = false;

    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("22:00:00"));
    s = sw_judge_rule(rig.j, LEQ_NIGHT);
    steady(&rig, at("22:00:00"), at("22:40:00"), 56.0);
    /* 40 dB until the mean of 20 min is under the margin of 54, then 57 until it is above again, but not over 55 */
    for (int64_t t = at("22:40:00"); t < at("23:00:00"); t += S) {
        rig.n_changes = 0;
        level_at(&rig, t, was_recovering ? 57.0 : 40.0);
        if (rig.n_changes > 0)
            stored = *s;
        was_recovering |= s->state == SW_STATE_RECOVERING;
        if (was_recovering && s->below_since_us == INT64_MIN)
            break;
    }
    assert_true(was_recovering);
    assert_int_equal(s->state, SW_STATE_RECOVERING);
    assert_int_equal(s->below_since_us, INT64_MIN);
    assert_int_equal(stored.below_since_us, INT64_MIN);
}

static void end_of_the_period_ends_the_episode(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("+05:00:00"));
    steady(&rig, at("+05:00:00"), at("+06:00:00"), 65.0);
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_ALERTING);
    assert_null(finding(&rig, LEQ_NIGHT, SW_FINDING_RECOVERED, 0));
    steady(&rig, at("+06:00:00"), at("+06:00:03"), 65.0); /* the last reading of the night has until 06:00:02 */
    expect_finding(&rig, "the night is over", LEQ_NIGHT, SW_FINDING_RECOVERED, 0, at("+06:00:00"));
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_NORMAL);
    assert_false(sw_judge_rule(rig.j, LEQ_NIGHT)->in_force);
    assert_true(sw_judge_rule(rig.j, LEQ_DAY)->in_force);
    assert_int_equal(sw_judge_rule(rig.j, LEQ_DAY)->since_us, at("+06:00:00"));
}

/* Live: the reading of 05:59:59 arrives after 06:00:00. It alone makes the last window of the night exceed:
 * 90 + 10·lg(1/1200) = 59.2 over 45; and its LAFmax is over the night's maximum. */
static void last_reading_of_a_period_is_judged_by_its_rules(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("+05:00:00"));
    for (int64_t t = at("+05:00:00"); t < at("+05:59:59"); t += S)
        give(&rig, t + S + S / 20, t, SW_QUANTITY_LAEQ, 45.0, 'N');
    give(&rig, at("+06:00:00") + S / 20, at("+05:59:59"), SW_QUANTITY_LAFMAX, 95.0, 'N');
    give(&rig, at("+06:00:00") + S / 20, at("+05:59:59"), SW_QUANTITY_LAEQ, 90.0, 'N');
    assert_int_equal(sw_judge_limit_now(rig.j), 7000); /* though the night's 55 still waits for it */
    give(&rig, at("+06:00:01") + S / 20, at("+06:00:00"), SW_QUANTITY_LAFMAX, 99.0, 'N');
    give(&rig, at("+06:00:01") + S / 20, at("+06:00:00"), SW_QUANTITY_LAEQ, 60.0, 'N');
    tick_to(&rig, at("+06:00:03"));
    expect_finding(&rig, "the last window", LEQ_NIGHT, SW_FINDING_EXCEED, 0, at("+06:00:00") + S / 20);
    expect_finding(&rig, "the last blow", MAX_NIGHT, SW_FINDING_EXCEED, 0, at("+06:00:00") + S / 20);
    /* 10·lg((1199·10^4.5 + 10^9) / 1200) */
    assert_int_equal(finding(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0)->value, 5937);
    expect_finding(&rig, "the night is over", LEQ_NIGHT, SW_FINDING_RECOVERED, 0, at("+06:00:00"));
    /* what came later is no part of the night */
    assert_int_equal(finding(&rig, LEQ_NIGHT, SW_FINDING_RECOVERED, 0)->max, 9500);
    assert_int_equal(finding(&rig, MAX_NIGHT, SW_FINDING_RECOVERED, 0)->worst, 9500);
}

static void end_of_the_period_under_silence_says_that_it_was_not_measured(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("+05:00:00"));
    steady(&rig, at("+05:00:00"), at("+05:30:00"), 65.0);
    tick_to(&rig, at("+06:00:03"));
    expect_finding(&rig, "the night is over", LEQ_NIGHT, SW_FINDING_RECOVERED, 0, at("+06:00:00"));
    assert_int_equal(finding(&rig, LEQ_NIGHT, SW_FINDING_RECOVERED, 0)->quality, SW_QUALITY_BAD);
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_NODATA);
    assert_int_equal(sw_judge_rule(rig.j, LEQ_NIGHT)->held, SW_STATE_NORMAL);
}

static void continuation_delays_the_alert(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig.pack.rules[MAX_NIGHT].continuation_s = 60;
    rig_start(&rig, at("22:00:00"));
    give(&rig, at("22:00:00"), at("22:00:00"), SW_QUANTITY_LAFMAX, 80.0, 'N');
    assert_int_equal(state_of(&rig, MAX_NIGHT), SW_STATE_PENDING);
    give(&rig, at("22:00:01"), at("22:00:01"), SW_QUANTITY_LAFMAX, 60.0, 'N');
    assert_int_equal(state_of(&rig, MAX_NIGHT), SW_STATE_NORMAL);
    for (int64_t t = at("22:01:00"); t <= at("22:02:00"); t += S) {
        assert_null(finding(&rig, MAX_NIGHT, SW_FINDING_EXCEED, 0));
        level_at(&rig, t, 45.0);
        give(&rig, t, t, SW_QUANTITY_LAFMAX, 80.0, 'N');
    }
    expect_finding(&rig, "60 s long", MAX_NIGHT, SW_FINDING_EXCEED, 0, at("22:02:00"));
    assert_int_equal(finding(&rig, MAX_NIGHT, SW_FINDING_EXCEED, 0)->from_us, at("22:01:00"));
}

static void aligned_rule_is_judged_when_its_window_closes(void **state)
{
    const struct sw_rule_state *s;

    (void) state;
    rig_prepare(&rig);
    rig.pack.rules[LEQ_NIGHT].sliding = false;
    rig.pack.rules[LEQ_NIGHT].window_s = 900;
    rig_start(&rig, at("22:00:00"));
    s = sw_judge_rule(rig.j, LEQ_NIGHT);
    steady(&rig, at("22:00:00"), at("22:10:00"), 50.0);
    assert_int_equal(s->forecast.crosses_at_us, INT64_MIN);
    steady(&rig, at("22:10:00"), at("22:12:00"), 56.0);
    /* (600·10^5 + 300·10^5.6)/900 = 53.0 dB: not this window, but the next one of 56 throughout */
    assert_int_equal(s->forecast.crosses_at_us, at("22:30:00"));
    steady(&rig, at("22:12:00"), at("22:30:02"), 56.0);
    assert_null(finding(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0));
    tick_to(&rig, at("22:30:03")); /* the grace of 2 s */
    expect_finding(&rig, "the second window", LEQ_NIGHT, SW_FINDING_EXCEED, 0, at("22:30:02"));
    assert_int_equal(finding(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0)->value, 5600);
    assert_int_equal(finding(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0)->from_us, at("22:15:00"));
    assert_non_null(window(&rig, "15m", at("22:15:00")));
}

/* 830 of 900 seconds are there, all over: that the sensor is silent when the window closes takes nothing away. */
static void aligned_window_that_closes_in_silence_is_judged_all_the_same(void **state)
{
    const struct sw_rule_state *s;

    (void) state;
    rig_prepare(&rig);
    rig.pack.rules[LEQ_NIGHT].sliding = false;
    rig.pack.rules[LEQ_NIGHT].window_s = 900;
    rig_start(&rig, at("22:00:00"));
    s = sw_judge_rule(rig.j, LEQ_NIGHT);
    steady(&rig, at("22:00:00"), at("22:13:50"), 60.0);
    tick_to(&rig, at("22:15:02"));
    assert_int_equal(s->state, SW_STATE_NODATA);
    rig.n_changes = 0;
    tick_to(&rig, at("22:15:03"));
    expect_finding(&rig, "the window", LEQ_NIGHT, SW_FINDING_EXCEED, 0, at("22:15:02"));
    assert_int_equal(finding(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0)->quality, SW_QUALITY_GOOD);
    assert_int_equal(s->state, SW_STATE_NODATA);
    assert_int_equal(s->held, SW_STATE_ALERTING);
    assert_int_equal(rig.n_changes, 1); /* people must see it */
    assert_int_equal(sw_judge_worst(rig.j), LEQ_NIGHT);
    tick_to(&rig, at("23:00:00"));
    assert_null(finding(&rig, LEQ_NIGHT, SW_FINDING_RECOVERED, 0));
}

/* 49 of 60.00 dB and one of 80.00 count: 10·lg((49·10^6 + 10^8)/50) = 64.7422. */
static void minute_carries_its_counts_and_values(void **state)
{
    static const char flags[] = "TDBCMF";
    const struct sw_window_result *w;
    int64_t t = at("22:10:00");

    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, t);
    for (int i = 0; i < 50; i++)
        level_at(&rig, t + i * S, i == 20 ? 80.0 : 60.0);
    for (int i = 0; i < 6; i++)
        give(&rig, t + (50 + i) * S, t + (50 + i) * S, SW_QUANTITY_LAEQ, 90.0, flags[i]);
    give(&rig, t + 56 * S, t + 20 * S, SW_QUANTITY_LAFMAX, 85.25, 'N');
    tick_to(&rig, at("22:11:02"));
    assert_int_equal(rig.n_windows, 0);
    tick_to(&rig, at("22:11:03"));
    assert_int_equal(rig.n_windows, 1);
    w = window(&rig, "1m", t);
    assert_non_null(w);
    assert_int_equal(w->sensor, 3);
    assert_int_equal(w->to_us, at("22:11:00"));
    assert_int_equal(w->n, 50);
    assert_int_equal(w->expected, 60);
    assert_int_equal(w->excluded[SW_EX_OVERLOAD], 1);
    assert_int_equal(w->excluded[SW_EX_FAULT], 3);
    assert_int_equal(w->excluded[SW_EX_CALIBRATION], 2);
    assert_int_equal(w->excluded[SW_EX_MISSING], 4);
    assert_int_equal(w->excluded[SW_EX_WEATHER], 0);
    assert_int_equal(w->largest_gap_s, 10);
    assert_int_equal(w->leq, 6474);
    assert_int_equal(w->max, 8525);
    assert_false(w->max_is_estimate || w->leq_is_estimate || w->partial);
    assert_int_equal(w->min, 6000);
    assert_int_equal(w->l5, 6000); /* rank 3 */
    assert_int_equal(w->flag, 'N');
    assert_int_equal(w->quality, SW_QUALITY_GOOD); /* 50 of 60 is 0.83 */
    assert_int_equal(w->limit_leq, 5500);
    assert_int_equal(w->limit_max, 7000);
    assert_int_equal(w->n_rules, 2);
    assert_ptr_equal(w->rules[0], &rig.pack.rules[LEQ_NIGHT]);
}

static void all_lengths_and_periods_of_the_pack_are_published(void **state)
{
    static const struct {
        const char *period, *from;
        uint32_t expected, n;
        enum sw_quality quality;
    } want[] = {
        {"1m", "05:30:00", 6, 6, SW_QUALITY_GOOD},
        {"20m", "05:20:00", 120, 60, SW_QUALITY_UNCERTAIN}, /* began before the start */
        {"20m", "05:40:00", 120, 120, SW_QUALITY_GOOD},
        {"1h", "05:00:00", 360, 180, SW_QUALITY_UNCERTAIN},
        {"day", "06:00:00", 5760, 5760, SW_QUALITY_GOOD},
        {"night", "22:00:00", 2880, 2880, SW_QUALITY_GOOD},
        {"1h", "23:00:00", 360, 360, SW_QUALITY_GOOD},
    };

    (void) state;
    rig_prepare(&rig);
    rig.params.interval_us = 10 * S;
    rig_start(&rig, at("05:30:00"));
    steady(&rig, at("05:30:00"), at("+06:01:00"), 47.0);
    for (size_t i = 0; i < SW_ARRAY_SIZE(want); i++) {
        const struct sw_window_result *w = window(&rig, want[i].period, at(want[i].from));

        if (!w)
            fail_msg("no %s from %s", want[i].period, want[i].from);
        if (w->expected != want[i].expected || w->n != want[i].n || w->quality != want[i].quality || w->leq != 4700)
            fail_msg("%s from %s: n %u of %u", want[i].period, want[i].from, (unsigned) w->n, (unsigned) w->expected);
    }
    /* 1470 whole minutes, 74 twenties, 25 hours, one day, and two nights: the first had begun the evening before */
    assert_int_equal(rig.n_windows, 1470 + 74 + 25 + 1 + 2);
}

static void windows_without_readings_are_published_once_there_was_one(void **state)
{
    const struct sw_window_result *w;

    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("22:00:00"));
    tick_to(&rig, at("22:10:30"));
    assert_int_equal(rig.n_windows, 0);
    level_at(&rig, at("22:10:30"), 50.0);
    tick_to(&rig, at("22:12:03"));
    assert_int_equal(rig.n_windows, 2);
    w = window(&rig, "1m", at("22:11:00"));
    assert_non_null(w);
    assert_int_equal(w->n, 0);
    assert_int_equal(w->excluded[SW_EX_MISSING], 60);
    assert_int_equal(w->quality, SW_QUALITY_BAD);
    assert_int_equal(w->leq, SW_NO_VALUE);
    assert_int_equal(w->max, SW_NO_VALUE);
    assert_int_equal(w->l90, SW_NO_VALUE);
    assert_int_equal(w->largest_gap_s, 60);
    assert_int_equal(w->flag, 'B');
}

static void reading_of_a_closed_window_is_late(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("22:00:00"));
    steady(&rig, at("22:00:00"), at("22:01:02"), 50.0);
    give(&rig, at("22:01:02"), at("22:00:58"), SW_QUANTITY_LAEQ, 51.0, 'N'); /* within the grace: replaces */
    assert_int_equal(rig.n_late, 0);
    tick_to(&rig, at("22:01:03"));
    give(&rig, at("22:01:03"), at("22:00:59"), SW_QUANTITY_LAEQ, 120.0, 'N');
    assert_int_equal(rig.n_late, 1);
    give(&rig, at("22:01:03"), at("22:01:00"), SW_QUANTITY_LAEQ, 50.0, 'N');
    assert_int_equal(rig.n_late, 1);
    give(&rig, at("22:01:03"), at("22:05:00"), SW_QUANTITY_LAEQ, 50.0, 'N'); /* from the future: not judged either */
    assert_int_equal(rig.n_late, 2);
    assert_int_equal(window(&rig, "1m", at("22:00:00"))->n, 60);
    assert_int_equal(window(&rig, "1m", at("22:00:00"))->max, 5100);
}

static void order_within_the_grace_changes_nothing(void **state)
{
    static const int order[] = {1, 0, 3, 2, 4};
    int64_t t = at("22:00:00");

    (void) state;
    rig_prepare(&rig);
    rig_prepare(&other);
    rig_start(&rig, t);
    rig_start(&other, t);
    for (int block = 0; block < 400; block++, t += 5 * S) {
        for (int i = 0; i < 5; i++)
            give(&rig, t + 5 * S - 1, t + i * S, SW_QUANTITY_LAEQ, 40.0 + (block * 5 + i) % 37, 'N');
        give(&other, t + 5 * S - 1, t + 2 * S, SW_QUANTITY_LAEQ, 129.0, 'N'); /* the later of one instant wins */
        for (int i = 0; i < 5; i++)
            give(&other, t + 5 * S - 1, t + order[i] * S, SW_QUANTITY_LAEQ, 40.0 + (block * 5 + order[i]) % 37, 'N');
        assert_int_equal(sw_judge_rule(rig.j, LEQ_NIGHT)->value, sw_judge_rule(other.j, LEQ_NIGHT)->value);
        assert_int_equal(sw_judge_rule(rig.j, LEQ_NIGHT)->forecast.crosses_at_us,
                         sw_judge_rule(other.j, LEQ_NIGHT)->forecast.crosses_at_us);
    }
    assert_true(rig.n_windows > 30);
    assert_int_equal(rig.n_windows, other.n_windows);
    for (size_t i = 0; i < rig.n_windows; i++) {
        const struct sw_window_result *a = &rig.windows[i], *b = &other.windows[i];

        assert_true(a->from_us == b->from_us && a->n == b->n && a->leq == b->leq && a->max == b->max);
        assert_true(a->l10 == b->l10 && a->l90 == b->l90 && a->min == b->min && a->largest_gap_s == b->largest_gap_s);
    }
}

/* A level that wanders over the limit and back. */
static double wander(int64_t t_us)
{
    int64_t s = t_us / S;

    return 52.0 + 8.0 * sin((double) s / 700.0) + (double) (s * 7919 % 40) / 10.0;
}

static void after_a_restart_it_goes_on_as_if_nothing_had_been(void **state)
{
    int64_t down = at("23:17:23"), end = at("+02:00:00"), from;
    size_t findings_before, windows_before;

    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("21:00:00"));
    for (int64_t t = at("21:00:00"); t < down; t += S)
        level_at(&rig, t, wander(t));
    tick_to(&rig, down);
    findings_before = rig.n_findings;
    windows_before = rig.n_windows;
    rig_prepare(&other);
    rig_start(&other, at("21:00:00"));
    from = sw_judge_needs_from(other.j, down);
    assert_int_equal(from, at("22:00:00")); /* the night's window is open */
    sw_judge_start(other.j, from);
    other.ticked_us = from - 1;
    sw_judge_set_quiet(other.j, true);
    for (int64_t t = from; t < down; t += S)
        level_at(&other, t, wander(t));
    tick_to(&other, down);
    assert_int_equal(other.n_findings, 0);
    sw_judge_set_quiet(other.j, false);
    for (size_t i = 0; i < 3; i++)
        sw_judge_restore_rule(other.j, i, sw_judge_rule(rig.j, i));
    other.n_windows = 0;
    for (int64_t t = down; t < end; t += S) {
        level_at(&rig, t, wander(t));
        level_at(&other, t, wander(t));
        for (size_t i = 0; i < 3; i++) {
            const struct sw_rule_state *a = sw_judge_rule(rig.j, i), *b = sw_judge_rule(other.j, i);

            assert_true(a->state == b->state && a->value == b->value && a->since_us == b->since_us);
            assert_true(a->forecast.crosses_at_us == b->forecast.crosses_at_us);
            assert_true(a->episode_worst == b->episode_worst && a->over_since_us == b->over_since_us);
        }
    }
    assert_int_equal(rig.n_windows - windows_before, other.n_windows);
    for (size_t i = 0; i < other.n_windows; i++) {
        assert_string_equal(rig.windows[windows_before + i].period, other.windows[i].period);
        assert_int_equal(rig.windows[windows_before + i].leq, other.windows[i].leq);
        assert_int_equal(rig.windows[windows_before + i].n, other.windows[i].n);
    }
    assert_true(rig.n_findings > findings_before + 2); /* something did happen */
    assert_non_null(finding(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0));
    for (size_t k = 0; k < 5; k++) { /* the same exceedances and recoveries, whatever the pauses between WORSE */
        static const enum sw_finding_kind kinds[] = {SW_FINDING_FORECAST, SW_FINDING_EXCEED, SW_FINDING_RECOVERED};

        for (size_t i = 0; i < SW_ARRAY_SIZE(kinds); i++) {
            size_t skipped = 0;

            while (finding(&rig, LEQ_NIGHT, kinds[i], skipped) &&
                   finding(&rig, LEQ_NIGHT, kinds[i], skipped)->at_us < down)
                skipped++;
            if (finding(&rig, LEQ_NIGHT, kinds[i], skipped + k))
                expect_finding(&other, "as without a restart", LEQ_NIGHT, kinds[i], k,
                               finding(&rig, LEQ_NIGHT, kinds[i], skipped + k)->at_us);
        }
    }
}

static void alert_that_outlived_its_night_ends_after_the_restart(void **state)
{
    struct sw_rule_state was;

    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("05:00:00"));
    steady(&rig, at("05:00:00"), at("05:40:00"), 65.0);
    was = *sw_judge_rule(rig.j, LEQ_NIGHT);
    assert_int_equal(was.state, SW_STATE_ALERTING);
    rig_prepare(&other);
    rig_start(&other, at("08:00:00"));
    sw_judge_restore_rule(other.j, LEQ_NIGHT, &was);
    tick_to(&other, at("08:00:01"));
    expect_finding(&other, "at the end of that night", LEQ_NIGHT, SW_FINDING_RECOVERED, 0, at("06:00:00"));
    assert_int_equal(state_of(&other, LEQ_NIGHT), SW_STATE_NORMAL);
}

static void end_of_a_replay_publishes_what_is_open_as_partial(void **state)
{
    const struct sw_window_result *w;
    size_t before;

    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("22:00:00"));
    steady(&rig, at("22:00:00"), at("22:21:00"), 50.0);
    tick_to(&rig, at("22:21:03")); /* last ts + interval + grace */
    before = rig.n_windows;
    assert_int_equal(before, 22);
    do {
        sw_judge_finish(rig.j, at("22:21:00"), &rig.out);
        keep(&rig);
    } while (rig.out.n_windows > 0);
    assert_int_equal(rig.n_windows - before, 3); /* 20m, 1h, night; no minute and no day had begun */
    w = window(&rig, "20m", at("22:20:00"));
    assert_true(w && w->partial);
    assert_int_equal(w->to_us, at("22:40:00"));
    assert_int_equal(w->expected, 1200);
    assert_int_equal(w->n, 60);
    assert_false(window(&rig, "20m", at("22:00:00"))->partial);
    assert_true(window(&rig, "night", at("22:00:00"))->partial);
}

static void dust_and_wind_have_means(void **state)
{
    const struct sw_window_result *w;
    const enum sw_quantity quantity[] = {SW_QUANTITY_PM10, SW_QUANTITY_WIND_DIR};
    const enum sw_kind kind[] = {SW_KIND_DUST, SW_KIND_WEATHER};
    const int32_t want_mean[] = {19000, 500}, want_min[] = {2000, 2000}, want_max[] = {36000, 35000};

    (void) state;
    for (size_t i = 0; i < 2; i++) {
        rig_prepare(&rig);
        rig.params.kind = kind[i];
        rig.params.level = quantity[i];
        rig.params.interval_us = 30 * S;
        rig_start(&rig, at("22:00:00"));
        level_at(&rig, at("22:00:00"), i == 0 ? 360.0 : 350.0);
        level_at(&rig, at("22:00:30"), 20.0);
        tick_to(&rig, at("22:01:03"));
        w = window(&rig, "1m", at("22:00:00"));
        assert_non_null(w);
        assert_int_equal(w->quantity, quantity[i]);
        assert_int_equal(w->mean, want_mean[i]);
        assert_int_equal(w->min, want_min[i]);
        assert_int_equal(w->max, want_max[i]);
        assert_int_equal(w->leq, SW_NO_VALUE);
        assert_int_equal(w->expected, 2);
        assert_int_equal(sw_judge_n_rules(rig.j), 0); /* the pack's rules are about noise */
        assert_int_equal(sw_judge_worst(rig.j), -1);
        assert_int_equal(sw_judge_limit_now(rig.j), SW_NO_VALUE);
        rig.j = sw_judge_free(rig.j);
    }
}

static void dust_rule_slides_over_plain_means(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig.params.kind = SW_KIND_DUST;
    rig.params.level = SW_QUANTITY_PM10;
    rig.params.interval_us = 60 * S;
    rig.pack.n_rules = 1;
    rig.pack.rules[0] = (struct sw_rule){.id = "pm10",
                                         .kind = SW_KIND_DUST,
                                         .quantity = SW_QUANTITY_PM10,
                                         .statistic = SW_STAT_MEAN,
                                         .sliding = true,
                                         .window_s = 3600,
                                         .period = -1,
                                         .limit = 15000,
                                         .resolution = 100,
                                         .recover_below = 1000,
                                         .recover_for_s = 600};
    rig_start(&rig, at("10:00:00"));
    steady(&rig, at("10:00:00"), at("11:00:00"), 100.0);
    assert_int_equal(sw_judge_rule(rig.j, 0)->value, 10000);
    /* each minute of 250 instead of 100 raises the mean by 2.5: 150.5 is shown as 151 > 150 after 21 of them */
    level_at(&rig, at("11:00:00"), 250.0);
    assert_int_equal(sw_judge_rule(rig.j, 0)->forecast.budget_s, 20 * 60);
    steady(&rig, at("11:01:00"), at("11:30:00"), 250.0);
    expect_finding(&rig, "over", 0, SW_FINDING_EXCEED, 0, at("11:20:00"));
    assert_int_equal(finding(&rig, 0, SW_FINDING_EXCEED, 0)->value, 15250);
}

static void sensor_away_from_the_boundary_has_windows_but_no_rules(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig.params.is_judged = false;
    rig_start(&rig, at("22:00:00"));
    steady(&rig, at("22:00:00"), at("22:20:03"), 90.0);
    tick_to(&rig, at("22:20:04"));
    assert_int_equal(rig.n_findings, 0);
    assert_int_equal(sw_judge_n_rules(rig.j), 0);
    assert_non_null(window(&rig, "20m", at("22:00:00")));
    assert_int_equal(window(&rig, "20m", at("22:00:00"))->limit_leq, SW_NO_VALUE);
    assert_int_equal(sw_judge_state(rig.j), SW_STATE_NORMAL);
    assert_int_equal(rig.n_changes, 0);
    tick_to(&rig, at("22:21:03"));
    assert_int_equal(sw_judge_state(rig.j), SW_STATE_NODATA);
    assert_int_equal(rig.n_changes, 1);
}

static void what_cannot_be_judged_is_refused_with_a_reason(void **state)
{
    static const struct {
        const char *why;
        int64_t interval_us;
        enum sw_quantity level;
        int code;
    } cases[] = {
        {"faster than 10 ms", 9999, SW_QUANTITY_LAEQ, SW_E_INVAL},
        {"slower than an hour", 3600 * S + 1, SW_QUANTITY_LAEQ, SW_E_INVAL},
        {"10 ms is the edge", 10000, SW_QUANTITY_LAEQ, SW_OK},
        {"dust at a microphone", S, SW_QUANTITY_PM10, SW_E_INVAL},
        {"a maximum is not a level", S, SW_QUANTITY_LAFMAX, SW_E_INVAL},
        {"a window shorter than the interval", 1800 * S, SW_QUANTITY_LAEQ, SW_E_INVAL},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_err err = {0};

        rig_prepare(&rig);
        assert_int_equal(sw_pack_validate(&rig.pack, &err), SW_OK);
        rig.params.interval_us = cases[i].interval_us;
        rig.params.level = cases[i].level;
        if (sw_judge_new(&rig.params, &rig.j, &err) != cases[i].code)
            fail_msg("%s: %s", cases[i].why, err.msg);
        assert_true(cases[i].code == SW_OK || err.msg[0] != '\0');
        rig.j = sw_judge_free(rig.j);
    }
}

static void live_value_and_names_are_those_of_the_contract(void **state)
{
    static const char *const states[] = {"normal", "forecast", "pending", "recovering", "nodata", "fault", "alerting"};
    static const char *const excluded[] = {"weather", "overload", "calibration", "fault", "missing"};
    int32_t value;
    char flag;

    (void) state;
    for (int i = 0; i < SW_STATE__COUNT; i++)
        assert_string_equal(sw_state_name((enum sw_state) i), states[i]);
    for (int i = 0; i < SW_EX__COUNT; i++)
        assert_string_equal(sw_excluded_name((enum sw_excluded) i), excluded[i]);
    assert_string_equal(sw_quality_name(SW_QUALITY_GOOD), "good");
    assert_string_equal(sw_quality_name(SW_QUALITY_UNCERTAIN), "uncertain");
    assert_string_equal(sw_quality_name(SW_QUALITY_BAD), "bad");
    rig_prepare(&rig);
    rig_start(&rig, at("22:00:00"));
    assert_int_equal(sw_judge_last(rig.j, &value, &flag), INT64_MIN);
    assert_int_equal(value, SW_NO_VALUE);
    assert_int_equal(sw_judge_level_now(rig.j), SW_NO_VALUE);
    level_at(&rig, at("22:00:00"), 50.0);
    give(&rig, at("22:00:01"), at("22:00:01"), SW_QUANTITY_LAEQ, 99.0, 'T');
    assert_int_equal(sw_judge_last(rig.j, &value, &flag), at("22:00:00"));
    assert_int_equal(value, 5000);
    assert_int_equal(flag, 'T');
    assert_int_equal(sw_judge_level_now(rig.j), 5000);
}

static void ceilings_are_refused_just_beyond_their_edge(void **state)
{
    static const struct {
        const char *why;
        size_t n_rules;
        int32_t first_window_s, step_s;
        int64_t interval_us;
        int code;
    } cases[] = {
        {"32 rules", 32, 1200, 0, S, SW_OK},
        {"33 rules", 33, 1200, 0, S, SW_E_FULL},
        {"22 lengths beside 1m and 1h", 22, 120, 60, S, SW_OK},
        {"23", 23, 120, 60, S, SW_E_FULL},
        {"a day at 100 ms", 1, 86400, 0, S / 10, SW_OK},
        {"a day at 10 ms", 1, 86400, 0, S / 100, SW_E_FULL},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_err err = {0};

        rig_prepare(&rig);
        rig.pack.n_rules = cases[i].n_rules;
        for (size_t k = 0; k < cases[i].n_rules; k++) {
            char id[8] = {'r', (char) ('a' + k / 26), (char) ('a' + k % 26)};

            set_rule(&rig.pack.rules[k], id, SW_STAT_LEQ, -1, 5500);
            rig.pack.rules[k].window_s = cases[i].first_window_s + (int32_t) k * cases[i].step_s;
        }
        rig.params.interval_us = cases[i].interval_us;
        assert_int_equal(sw_pack_validate(&rig.pack, &err), SW_OK);
        if (sw_judge_new(&rig.params, &rig.j, &err) != cases[i].code)
            fail_msg("%s: %s", cases[i].why, err.msg);
        rig.j = sw_judge_free(rig.j);
    }
}

/* A sensor that sends fifty times as often as configured: the ring drops, the minute keeps them all. */
static void flood_of_readings_is_counted_without_growing(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("22:00:00"));
    for (int64_t t = at("22:00:00"); t < at("22:02:00"); t += S / 50)
        level_at(&rig, t, 50.0);
    tick_to(&rig, at("22:02:03"));
    assert_int_equal(window(&rig, "1m", at("22:00:00"))->n, 3000);
    assert_int_equal(window(&rig, "1m", at("22:01:00"))->n, 3000);
    assert_int_equal(window(&rig, "1m", at("22:01:00"))->expected, 3000);
    assert_int_equal(window(&rig, "1m", at("22:01:00"))->leq, 5000);
    assert_int_equal(rig.n_late, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, teardown)
    const struct CMUnitTest tests[] = {
        TEST(night_limit_is_foreseen_before_the_night_begins),
        TEST(exceedance_recovers_after_good_data_below_the_margin),
        TEST(steady_level_crosses_when_it_was_said_to),
        TEST(forecast_stands_over_the_start_of_the_night_live),
        TEST(forecast_that_falls_away_is_cleared_after_its_time),
        TEST(silence_holds_an_alert_and_data_resume_it),
        TEST(thin_data_cannot_open_a_matter),
        TEST(maximum_is_judged_by_each_reading),
        TEST(maximum_recovers_when_none_came_for_its_time),
        TEST(broken_recovery_is_a_change_that_a_restart_must_know),
        TEST(end_of_the_period_ends_the_episode),
        TEST(last_reading_of_a_period_is_judged_by_its_rules),
        TEST(aligned_window_that_closes_in_silence_is_judged_all_the_same),
        TEST(end_of_the_period_under_silence_says_that_it_was_not_measured),
        TEST(continuation_delays_the_alert),
        TEST(aligned_rule_is_judged_when_its_window_closes),
        TEST(minute_carries_its_counts_and_values),
        TEST(all_lengths_and_periods_of_the_pack_are_published),
        TEST(windows_without_readings_are_published_once_there_was_one),
        TEST(reading_of_a_closed_window_is_late),
        TEST(order_within_the_grace_changes_nothing),
        TEST(after_a_restart_it_goes_on_as_if_nothing_had_been),
        TEST(alert_that_outlived_its_night_ends_after_the_restart),
        TEST(end_of_a_replay_publishes_what_is_open_as_partial),
        TEST(dust_and_wind_have_means),
        TEST(dust_rule_slides_over_plain_means),
        TEST(sensor_away_from_the_boundary_has_windows_but_no_rules),
        TEST(what_cannot_be_judged_is_refused_with_a_reason),
        TEST(live_value_and_names_are_those_of_the_contract),
        TEST(ceilings_are_refused_just_beyond_their_edge),
        TEST(flood_of_readings_is_counted_without_growing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
