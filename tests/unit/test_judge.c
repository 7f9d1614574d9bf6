// SPDX-License-Identifier: Apache-2.0
/* The judge from outside: seconds of a site go in as the engine gives them, findings are compared with what was worked
 * out by hand. */
#include "tests/unit/judge_night.h"

/* 63 dB need 193 s of an empty 20-minute window: 63 + 10·lg(193/1200) = 55.0637. */
static void night_limit_is_foreseen_before_the_night_begins(void **state)
{
    const struct sw_rule_state *s;
    const struct sw_finding *f;

    (void) state;
    night_prepare(&rig);
    night_start(&rig, at("21:30:00"));
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
    f = finding_of(&rig, LEQ_NIGHT, SW_FINDING_FORECAST, 0);
    assert_string_equal(f->period, "night");
    assert_true(f->period_is_night && f->forecast.probability == 1.0);
    assert_int_equal(f->forecast.budget_s, 570);
    assert_int_equal(rig.n_findings, 1);
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_FORECAST);
    assert_int_equal(sw_judge_rule(rig.j, LEQ_NIGHT)->value, SW_NO_VALUE); /* 20 minutes are not over yet */
    assert_int_equal(sw_judge_limit_now(rig.j), 5500);

    level_at(&rig, at("22:03:12"), 63.0);
    expect_finding(&rig, "exceeds", LEQ_NIGHT, SW_FINDING_EXCEED, 0, at("22:03:12"));
    f = finding_of(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0);
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
    night_prepare(&rig);
    night_start(&rig, at("22:00:00"));
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
    assert_int_equal(finding_of(&rig, LEQ_NIGHT, SW_FINDING_RECOVERED, 0)->worst, 6300);
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_NORMAL);
    assert_null(finding_of(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 1));
    assert_null(finding_of(&rig, LEQ_NIGHT, SW_FINDING_RECOVERED, 1));
}

static void steady_level_crosses_when_it_was_said_to(void **state)
{
    int64_t said = INT64_MIN;

    (void) state;
    night_prepare(&rig);
    night_start(&rig, at("22:00:00"));
    steady(&rig, at("22:00:00"), at("23:00:00"), 45.0);
    assert_int_equal(sw_judge_rule(rig.j, LEQ_NIGHT)->value, 4500);
    for (int64_t t = at("23:00:00"); !finding_of(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0); t += S) {
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
    night_prepare(&rig);
    night_start(&rig, at("21:50:00"));
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
    night_prepare(&rig);
    night_start(&rig, at("21:40:00"));
    steady(&rig, at("21:40:00"), at("21:58:00"), 63.0);
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_FORECAST);
    steady(&rig, at("21:58:00"), at("22:05:00"), 40.0);
    assert_true(sw_judge_rule(rig.j, LEQ_NIGHT)->in_force);
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_FORECAST);
    steady(&rig, at("22:05:00"), at("22:30:00"), 40.0);
    f = finding_of(&rig, LEQ_NIGHT, SW_FINDING_CLEARED, 0);
    assert_non_null(f);
    assert_true(f->at_us >= at("22:08:00") && f->at_us < at("22:09:00"));
    assert_int_equal(rig.n_findings, 2);
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_NORMAL);
}

static void silence_holds_an_alert_and_data_resume_it(void **state)
{
    const struct sw_rule_state *s;

    (void) state;
    night_prepare(&rig);
    night_start(&rig, at("22:00:00"));
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
    assert_null(finding_of(&rig, LEQ_NIGHT, SW_FINDING_RECOVERED, 0));
    steady(&rig, at("22:40:00"), at("22:54:59"), 40.0);
    assert_int_equal(s->state, SW_STATE_ALERTING); /* 899 of 1200 readings cannot close a matter */
    assert_int_equal(s->held, SW_STATE_NORMAL);
    assert_int_equal(s->value, SW_NO_VALUE);
    level_at(&rig, at("22:54:59"), 40.0);
    assert_int_equal(s->state, SW_STATE_RECOVERING);
    assert_int_equal(s->value, 4000);
    assert_null(finding_of(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 1));
}

static void thin_data_cannot_open_a_matter(void **state)
{
    (void) state;
    night_prepare(&rig);
    night_start(&rig, at("22:00:00"));
    for (int64_t t = at("22:00:00"); t < at("23:00:00"); t += 2 * S) {
        level_at(&rig, t, 57.0); /* over by 2, but half of it is missing */
        assert_int_equal(sw_judge_rule(rig.j, LEQ_NIGHT)->value, SW_NO_VALUE);
    }
    assert_null(finding_of(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0));
    for (int64_t t = at("23:00:00"); t < at("23:30:00"); t += 2 * S)
        level_at(&rig, t, 60.0); /* 600 · 10^6.0 > 1200 · 10^5.5045: over even if the rest were silent */
    assert_non_null(finding_of(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0));
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

        night_prepare(&rig);
        rig.params.has_lafmax = cases[i].has_lafmax;
        night_start(&rig, at("22:00:00"));
        steady(&rig, at("22:00:00"), t, 45.0);
        level_at(&rig, t, cases[i].level);
        give(&rig, t, t, SW_QUANTITY_LAFMAX, cases[i].max, 'N');
        if ((finding_of(&rig, MAX_NIGHT, SW_FINDING_EXCEED, 0) != NULL) != cases[i].over)
            fail_msg("%s", cases[i].why);
        rig.j = sw_judge_free(rig.j);
    }
}

static void maximum_recovers_when_none_came_for_its_time(void **state)
{
    int64_t over = at("22:30:00");

    (void) state;
    night_prepare(&rig);
    night_start(&rig, at("22:00:00"));
    for (int64_t t = at("22:00:00"); t < at("23:00:00"); t += S) {
        level_at(&rig, t, 45.0);
        give(&rig, t, t, SW_QUANTITY_LAFMAX, t == over ? 84.5 : 50.0, 'N');
        if (t == over + 30 * S)
            assert_int_equal(state_of(&rig, MAX_NIGHT), SW_STATE_ALERTING);
        if (t == over + 90 * S)
            assert_int_equal(state_of(&rig, MAX_NIGHT), SW_STATE_RECOVERING);
    }
    expect_finding(&rig, "over", MAX_NIGHT, SW_FINDING_EXCEED, 0, over);
    assert_int_equal(finding_of(&rig, MAX_NIGHT, SW_FINDING_EXCEED, 0)->max, 8450);
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
    night_prepare(&rig);
    night_start(&rig, at("22:00:00"));
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
    night_prepare(&rig);
    night_start(&rig, at("+05:00:00"));
    steady(&rig, at("+05:00:00"), at("+06:00:00"), 65.0);
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_ALERTING);
    assert_null(finding_of(&rig, LEQ_NIGHT, SW_FINDING_RECOVERED, 0));
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
    night_prepare(&rig);
    night_start(&rig, at("+05:00:00"));
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
    assert_int_equal(finding_of(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0)->value, 5937);
    expect_finding(&rig, "the night is over", LEQ_NIGHT, SW_FINDING_RECOVERED, 0, at("+06:00:00"));
    /* what came later is no part of the night */
    assert_int_equal(finding_of(&rig, LEQ_NIGHT, SW_FINDING_RECOVERED, 0)->max, 9500);
    assert_int_equal(finding_of(&rig, MAX_NIGHT, SW_FINDING_RECOVERED, 0)->worst, 9500);
}

static void end_of_the_period_under_silence_says_that_it_was_not_measured(void **state)
{
    (void) state;
    night_prepare(&rig);
    night_start(&rig, at("+05:00:00"));
    steady(&rig, at("+05:00:00"), at("+05:30:00"), 65.0);
    tick_to(&rig, at("+06:00:03"));
    expect_finding(&rig, "the night is over", LEQ_NIGHT, SW_FINDING_RECOVERED, 0, at("+06:00:00"));
    assert_int_equal(finding_of(&rig, LEQ_NIGHT, SW_FINDING_RECOVERED, 0)->quality, SW_QUALITY_BAD);
    assert_int_equal(state_of(&rig, LEQ_NIGHT), SW_STATE_NODATA);
    assert_int_equal(sw_judge_rule(rig.j, LEQ_NIGHT)->held, SW_STATE_NORMAL);
}

static void continuation_delays_the_alert(void **state)
{
    (void) state;
    night_prepare(&rig);
    rig.pack[0].rules[MAX_NIGHT].continuation_s = 60;
    night_start(&rig, at("22:00:00"));
    give(&rig, at("22:00:00"), at("22:00:00"), SW_QUANTITY_LAFMAX, 80.0, 'N');
    assert_int_equal(state_of(&rig, MAX_NIGHT), SW_STATE_PENDING);
    give(&rig, at("22:00:01"), at("22:00:01"), SW_QUANTITY_LAFMAX, 60.0, 'N');
    assert_int_equal(state_of(&rig, MAX_NIGHT), SW_STATE_NORMAL);
    for (int64_t t = at("22:01:00"); t <= at("22:02:00"); t += S) {
        assert_null(finding_of(&rig, MAX_NIGHT, SW_FINDING_EXCEED, 0));
        level_at(&rig, t, 45.0);
        give(&rig, t, t, SW_QUANTITY_LAFMAX, 80.0, 'N');
    }
    expect_finding(&rig, "60 s long", MAX_NIGHT, SW_FINDING_EXCEED, 0, at("22:02:00"));
    assert_int_equal(finding_of(&rig, MAX_NIGHT, SW_FINDING_EXCEED, 0)->from_us, at("22:01:00"));
}

static void aligned_rule_is_judged_when_its_window_closes(void **state)
{
    const struct sw_rule_state *s;

    (void) state;
    night_prepare(&rig);
    rig.pack[0].rules[LEQ_NIGHT].sliding = false;
    rig.pack[0].rules[LEQ_NIGHT].window_s = 900;
    night_start(&rig, at("22:00:00"));
    s = sw_judge_rule(rig.j, LEQ_NIGHT);
    steady(&rig, at("22:00:00"), at("22:10:00"), 50.0);
    assert_int_equal(s->forecast.crosses_at_us, INT64_MIN);
    steady(&rig, at("22:10:00"), at("22:12:00"), 56.0);
    /* (600·10^5 + 300·10^5.6)/900 = 53.0 dB: not this window, but the next one of 56 throughout */
    assert_int_equal(s->forecast.crosses_at_us, at("22:30:00"));
    steady(&rig, at("22:12:00"), at("22:30:02"), 56.0);
    assert_null(finding_of(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0));
    tick_to(&rig, at("22:30:03")); /* the grace of 2 s */
    expect_finding(&rig, "the second window", LEQ_NIGHT, SW_FINDING_EXCEED, 0, at("22:30:02"));
    assert_int_equal(finding_of(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0)->value, 5600);
    assert_int_equal(finding_of(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0)->from_us, at("22:15:00"));
    assert_non_null(window(&rig, "15m", at("22:15:00")));
}

/* 830 of 900 seconds are there, all over: that the sensor is silent when the window closes takes nothing away. */
static void aligned_window_that_closes_in_silence_is_judged_all_the_same(void **state)
{
    const struct sw_rule_state *s;

    (void) state;
    night_prepare(&rig);
    rig.pack[0].rules[LEQ_NIGHT].sliding = false;
    rig.pack[0].rules[LEQ_NIGHT].window_s = 900;
    night_start(&rig, at("22:00:00"));
    s = sw_judge_rule(rig.j, LEQ_NIGHT);
    steady(&rig, at("22:00:00"), at("22:13:50"), 60.0);
    tick_to(&rig, at("22:15:02"));
    assert_int_equal(s->state, SW_STATE_NODATA);
    rig.n_changes = 0;
    tick_to(&rig, at("22:15:03"));
    expect_finding(&rig, "the window", LEQ_NIGHT, SW_FINDING_EXCEED, 0, at("22:15:02"));
    assert_int_equal(finding_of(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0)->quality, SW_QUALITY_GOOD);
    assert_int_equal(s->state, SW_STATE_NODATA);
    assert_int_equal(s->held, SW_STATE_ALERTING);
    assert_int_equal(rig.n_changes, 1); /* people must see it */
    assert_int_equal(sw_judge_worst(rig.j), LEQ_NIGHT);
    tick_to(&rig, at("23:00:00"));
    assert_null(finding_of(&rig, LEQ_NIGHT, SW_FINDING_RECOVERED, 0));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, night_teardown)
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
        TEST(end_of_the_period_under_silence_says_that_it_was_not_measured),
        TEST(continuation_delays_the_alert),
        TEST(aligned_rule_is_judged_when_its_window_closes),
        TEST(aligned_window_that_closes_in_silence_is_judged_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
