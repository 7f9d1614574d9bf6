// SPDX-License-Identifier: Apache-2.0
/* What a judge publishes, goes on with after a restart, and refuses: windows, live values, ceilings. */
#include <stdlib.h>

#include "tests/unit/judge_night.h"

/* 49 of 60.00 dB and one of 80.00 count: 10·lg((49·10^6 + 10^8)/50) = 64.7422. */
static void minute_carries_its_counts_and_values(void **state)
{
    static const char flags[] = "TDBCMF";
    const struct sw_window_result *w;
    int64_t t = at("22:10:00");

    (void) state;
    night_prepare(&rig);
    night_start(&rig, t);
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
    assert_ptr_equal(w->rules[0], &rig.pack[0].rules[LEQ_NIGHT]);
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
    night_prepare(&rig);
    rig.params.interval_us = 10 * S;
    night_start(&rig, at("05:30:00"));
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
    night_prepare(&rig);
    night_start(&rig, at("22:00:00"));
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
    night_prepare(&rig);
    night_start(&rig, at("22:00:00"));
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
    night_prepare(&rig);
    night_prepare(&other);
    night_start(&rig, t);
    night_start(&other, t);
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
    night_prepare(&rig);
    night_start(&rig, at("21:00:00"));
    for (int64_t t = at("21:00:00"); t < down; t += S)
        level_at(&rig, t, wander(t));
    tick_to(&rig, down);
    findings_before = rig.n_findings;
    windows_before = rig.n_windows;
    night_prepare(&other);
    night_start(&other, at("21:00:00"));
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
    assert_non_null(finding_of(&rig, LEQ_NIGHT, SW_FINDING_EXCEED, 0));
    for (size_t k = 0; k < 5; k++) { /* the same exceedances and recoveries, whatever the pauses between WORSE */
        static const enum sw_finding_kind kinds[] = {SW_FINDING_FORECAST, SW_FINDING_EXCEED, SW_FINDING_RECOVERED};

        for (size_t i = 0; i < SW_ARRAY_SIZE(kinds); i++) {
            size_t skipped = 0;

            while (finding_of(&rig, LEQ_NIGHT, kinds[i], skipped) &&
                   finding_of(&rig, LEQ_NIGHT, kinds[i], skipped)->at_us < down)
                skipped++;
            if (finding_of(&rig, LEQ_NIGHT, kinds[i], skipped + k))
                expect_finding(&other, "as without a restart", LEQ_NIGHT, kinds[i], k,
                               finding_of(&rig, LEQ_NIGHT, kinds[i], skipped + k)->at_us);
        }
    }
}

static void alert_that_outlived_its_night_ends_after_the_restart(void **state)
{
    struct sw_rule_state was;

    (void) state;
    night_prepare(&rig);
    night_start(&rig, at("05:00:00"));
    steady(&rig, at("05:00:00"), at("05:40:00"), 65.0);
    was = *sw_judge_rule(rig.j, LEQ_NIGHT);
    assert_int_equal(was.state, SW_STATE_ALERTING);
    night_prepare(&other);
    night_start(&other, at("08:00:00"));
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
    night_prepare(&rig);
    night_start(&rig, at("22:00:00"));
    steady(&rig, at("22:00:00"), at("22:21:00"), 50.0);
    tick_to(&rig, at("22:21:03")); /* last ts + interval + grace */
    before = rig.n_windows;
    assert_int_equal(before, 22);
    do {
        sw_judge_finish(rig.j, at("22:21:00"), &rig.out);
        rig_keep(&rig);
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
        night_prepare(&rig);
        rig.params.kind = kind[i];
        rig.params.level = quantity[i];
        rig.params.interval_us = 30 * S;
        night_start(&rig, at("22:00:00"));
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
    night_prepare(&rig);
    rig.params.kind = SW_KIND_DUST;
    rig.params.level = SW_QUANTITY_PM10;
    rig.params.interval_us = 60 * S;
    rig.pack[0].n_rules = 1;
    rig.pack[0].rules[0] = (struct sw_rule){.id = "pm10",
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
    night_start(&rig, at("10:00:00"));
    steady(&rig, at("10:00:00"), at("11:00:00"), 100.0);
    assert_int_equal(sw_judge_rule(rig.j, 0)->value, 10000);
    /* each minute of 250 instead of 100 raises the mean by 2.5: 150.5 is shown as 151 > 150 after 21 of them */
    level_at(&rig, at("11:00:00"), 250.0);
    assert_int_equal(sw_judge_rule(rig.j, 0)->forecast.budget_s, 20 * 60);
    steady(&rig, at("11:01:00"), at("11:30:00"), 250.0);
    expect_finding(&rig, "over", 0, SW_FINDING_EXCEED, 0, at("11:20:00"));
    assert_int_equal(finding_of(&rig, 0, SW_FINDING_EXCEED, 0)->value, 15250);
}

static void sensor_away_from_the_boundary_has_windows_but_no_rules(void **state)
{
    (void) state;
    night_prepare(&rig);
    rig.params.is_judged = false;
    night_start(&rig, at("22:00:00"));
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

        night_prepare(&rig);
        assert_int_equal(sw_pack_validate(&rig.pack[0], &err), SW_OK);
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
    night_prepare(&rig);
    night_start(&rig, at("22:00:00"));
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

        night_prepare(&rig);
        rig.pack[0].n_rules = cases[i].n_rules;
        for (size_t k = 0; k < cases[i].n_rules; k++) {
            char id[8] = {'r', (char) ('a' + k / 26), (char) ('a' + k % 26)};

            set_rule(&rig.pack[0].rules[k], id, SW_STAT_LEQ, -1, 5500);
            rig.pack[0].rules[k].window_s = cases[i].first_window_s + (int32_t) k * cases[i].step_s;
        }
        rig.params.interval_us = cases[i].interval_us;
        assert_int_equal(sw_pack_validate(&rig.pack[0], &err), SW_OK);
        if (sw_judge_new(&rig.params, &rig.j, &err) != cases[i].code)
            fail_msg("%s: %s", cases[i].why, err.msg);
        rig.j = sw_judge_free(rig.j);
    }
}

/* A sensor that sends fifty times as often as configured: the ring drops, the minute keeps them all. */
static void flood_of_readings_is_counted_without_growing(void **state)
{
    (void) state;
    night_prepare(&rig);
    night_start(&rig, at("22:00:00"));
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
#define TEST(f) cmocka_unit_test_teardown(f, night_teardown)
    const struct CMUnitTest tests[] = {
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
