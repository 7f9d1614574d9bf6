// SPDX-License-Identifier: Apache-2.0
/* What counts in a window and what a window is worth: weather, overload, gaps, capture, suppression, estimates; and the
 * windows of five minutes for the detection of work. */
#include "tests/unit/judge_fixture.h"

static void set_weather(struct rig *g, int32_t wind, int8_t rain, bool is_excluding)
{
    sw_judge_set_weather(g->j, &(struct sw_weather_now){.wind = wind, .rain = rain, .is_excluding = is_excluding});
}

static void noise_in_bad_weather_does_not_count(void **state)
{
    const struct sw_window_result *w;

    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("08:00:00"));
    set_weather(&rig, 300, 0, false);
    steady(&rig, at("08:00:00"), at("08:00:50"), 60.0);
    set_weather(&rig, 600, 1, true);
    steady(&rig, at("08:00:50"), at("08:01:30"), 90.0);
    give(&rig, at("08:01:30"), at("08:01:30"), SW_QUANTITY_LAEQ, NAN, 'D'); /* worse than weather */
    set_weather(&rig, SW_NO_VALUE, -1, false);
    steady(&rig, at("08:01:31"), at("08:02:00"), 61.0);
    tick_to(&rig, at("08:03:03"));
    w = window(&rig, "1m", at("08:00:00"));
    assert_int_equal(w->n, 50);
    assert_int_equal(w->leq, 6000);
    assert_int_equal(w->excluded[SW_EX_WEATHER], 10);
    assert_int_equal(w->wind, 350); /* (50 · 3 + 10 · 6) / 60 */
    assert_int_equal(w->rain, 1);
    assert_int_equal(w->quality, SW_QUALITY_GOOD);
    w = window(&rig, "1m", at("08:01:00"));
    assert_int_equal(w->n, 29);
    assert_int_equal(w->excluded[SW_EX_WEATHER], 30);
    assert_int_equal(w->excluded[SW_EX_FAULT], 1);
    assert_int_equal(w->wind, 600);
    assert_int_equal(w->quality, SW_QUALITY_UNCERTAIN);
    w = window(&rig, "1m", at("08:02:00")); /* no reading at all */
    assert_int_equal(w->wind, SW_NO_VALUE);
    assert_int_equal(w->rain, -1);
}

static void dry_minute_and_a_minute_of_unknown_weather_differ(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("08:00:00"));
    steady(&rig, at("08:00:00"), at("08:01:00"), 60.0);
    set_weather(&rig, 0, 0, false);
    steady(&rig, at("08:01:00"), at("08:02:00"), 60.0);
    tick_to(&rig, at("08:02:03"));
    assert_int_equal(window(&rig, "1m", at("08:00:00"))->rain, -1);
    assert_int_equal(window(&rig, "1m", at("08:00:00"))->wind, SW_NO_VALUE);
    assert_int_equal(window(&rig, "1m", at("08:01:00"))->rain, 0);
    assert_int_equal(window(&rig, "1m", at("08:01:00"))->wind, 0);
}

static void minute_of_nothing_but_storm_is_flagged_normal(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("08:00:00"));
    set_weather(&rig, 1200, 0, true);
    steady(&rig, at("08:00:00"), at("08:01:00"), 60.0);
    tick_to(&rig, at("08:01:03"));
    assert_int_equal(window(&rig, "1m", at("08:00:00"))->flag, 'N'); /* the device did nothing wrong */
    assert_int_equal(window(&rig, "1m", at("08:00:00"))->quality, SW_QUALITY_BAD);
}

static void maximum_in_a_storm_is_not_judged(void **state)
{
    struct sw_rule *rule;

    (void) state;
    rig_prepare(&rig);
    rule = rig_rule(&rig, 0, "max");
    rule->statistic = SW_STAT_MAX;
    rule->window_s = 0;
    rig_start(&rig, at("08:00:00"));
    set_weather(&rig, 600, 0, true);
    give(&rig, at("08:00:00"), at("08:00:00"), SW_QUANTITY_LAFMAX, 90.0, 'N');
    assert_int_equal(state_of(&rig, 0), SW_STATE_NORMAL);
    set_weather(&rig, 100, 0, false);
    give(&rig, at("08:00:01"), at("08:00:01"), SW_QUANTITY_LAFMAX, 90.0, 'N');
    assert_int_equal(state_of(&rig, 0), SW_STATE_ALERTING);
}

static void dust_counts_in_any_weather(void **state)
{
    (void) state;
    rig_prepare_dust(&rig);
    rig_start(&rig, at("08:00:00"));
    set_weather(&rig, 900, 1, true);
    steady(&rig, at("08:00:00"), at("09:00:00"), 90.0);
    tick_to(&rig, at("09:00:03"));
    assert_int_equal(window(&rig, "1h", at("08:00:00"))->n, 60);
    assert_int_equal(window(&rig, "1h", at("08:00:00"))->wind, 900);
    assert_int_equal(window(&rig, "1h", at("08:00:00"))->rain, 1);
}

static const struct overload_case {
    const char *why;
    enum sw_quantity first, second;
    char flag_first, flag_second;
    uint32_t n, overload;
} overload_cases[] = {
    {"both are fine", SW_QUANTITY_LAEQ, SW_QUANTITY_LAFMAX, 'N', 'N', 60, 0},
    {"the level itself", SW_QUANTITY_LAEQ, SW_QUANTITY_LAFMAX, 'T', 'N', 59, 1},
    {"LAFmax after the level", SW_QUANTITY_LAEQ, SW_QUANTITY_LAFMAX, 'N', 'T', 59, 1},
    {"LAFmax before the level", SW_QUANTITY_LAFMAX, SW_QUANTITY_LAEQ, 'T', 'N', 59, 1},
    {"the peak, which is not judged", SW_QUANTITY_LCPEAK, SW_QUANTITY_LAEQ, 'T', 'N', 59, 1},
    {"the peak after the level", SW_QUANTITY_LAEQ, SW_QUANTITY_LCPEAK, 'N', 'T', 59, 1},
    {"a fault of LAFmax does not spoil the level", SW_QUANTITY_LAEQ, SW_QUANTITY_LAFMAX, 'N', 'D', 60, 0},
};

static void overload_of_any_quantity_spoils_its_interval(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(overload_cases); i++) {
        const struct overload_case *c = &overload_cases[i];
        const struct sw_window_result *w;
        int64_t t = at("08:00:30");

        rig_prepare(&rig);
        rig_start(&rig, at("08:00:00"));
        steady(&rig, at("08:00:00"), t, 60.0);
        give(&rig, t, t, c->first, 90.0, c->flag_first);
        give(&rig, t, t, c->second, 90.0, c->flag_second);
        steady(&rig, t + S, at("08:01:00"), 60.0);
        tick_to(&rig, at("08:01:03"));
        w = window(&rig, "1m", at("08:00:00"));
        CHECK(w->n == c->n && w->excluded[SW_EX_OVERLOAD] == c->overload, "%s: n %u, overload %u", c->why,
              (unsigned) w->n, (unsigned) w->excluded[SW_EX_OVERLOAD]);
        CHECK(w->max == (c->overload ? 6000 : 9000), "%s: max %d", c->why, (int) w->max);
        rig.j = sw_judge_free(rig.j);
    }
}

static void overload_that_comes_after_leaves_the_sliding_sum(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig_rule(&rig, 0, "slides")->sliding = true;
    rig_start(&rig, at("08:00:00"));
    steady(&rig, at("08:00:00"), at("08:20:00"), 60.0);
    level_at(&rig, at("08:20:00"), 110.0); /* 110 dB for one of 900 s: 80.5 */
    assert_int_equal(state_of(&rig, 0), SW_STATE_ALERTING);
    give(&rig, at("08:20:00"), at("08:20:00"), SW_QUANTITY_LAFMAX, 120.0, 'T');
    level_at(&rig, at("08:20:01"), 60.0);
    assert_int_equal(value_of(&rig, 0), 6000);
}

/* A window of 15 minutes with one hole in it. */
static const struct gap_case {
    const char *why;
    int32_t gap_max_s;
    const char *from, *to; /* the hole */
    double level;
    bool judged;
} gap_cases[] = {
    {"no such rule", 0, "08:05:00", "08:07:00", 60.0, true},
    {"60 s are allowed", 60, "08:05:00", "08:06:00", 60.0, true},
    {"61 s are not", 60, "08:05:00", "08:06:01", 60.0, false},
    {"at the beginning", 60, "08:00:00", "08:01:01", 60.0, false},
    {"at the end", 60, "08:13:59", "08:15:00", 60.0, false},
    {"what is proved all the same is over: 75 dB in 88 % of the time", 60, "08:05:00", "08:06:45", 75.0, true},
};

static void long_hole_makes_a_window_uncertain(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(gap_cases); i++) {
        for (int slides = 0; slides < 2; slides++) {
            const struct gap_case *c = &gap_cases[i];
            const struct sw_window_result *w;

            rig_prepare(&rig);
            rig.pack[0].gap_max_s = c->gap_max_s;
            rig_rule(&rig, 0, "r")->sliding = slides;
            rig_start(&rig, at("07:59:00"));
            steady(&rig, at("07:59:00"), at(c->from), c->level);
            steady(&rig, at(c->to), at("08:15:00"), c->level);
            if (slides && strcmp(c->to, "08:15:00") == 0) { /* it is a reading that makes it look */
                give(&rig, at("08:14:59"), at("08:14:59"), SW_QUANTITY_LAEQ, NAN, 'C');
            }
            tick_to(&rig, at("08:15:03"));
            w = window(&rig, "15m", at("08:00:00"));
            CHECK((value_of(&rig, 0) != SW_NO_VALUE) == c->judged, "%s, %s: value %d", c->why,
                  slides ? "sliding" : "aligned", (int) value_of(&rig, 0));
            CHECK((state_of(&rig, 0) == SW_STATE_ALERTING) == (c->level > 70.0), "%s: alert", c->why);
            CHECK(w->quality == (c->judged && c->level < 70.0 ? SW_QUALITY_GOOD : SW_QUALITY_UNCERTAIN), "%s: quality",
                  c->why);
            rig.j = sw_judge_free(rig.j);
        }
    }
}

/* A late reading that fills the hole makes the sliding window whole again. */
static void hole_that_is_filled_late_is_none(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig.params.grace_us = 300 * S;
    rig.pack[0].gap_max_s = 60;
    rig_rule(&rig, 0, "r")->sliding = true;
    rig_start(&rig, at("08:00:00"));
    steady(&rig, at("08:00:00"), at("08:20:00"), 60.0);
    steady(&rig, at("08:21:20"), at("08:22:00"), 60.0);
    assert_int_equal(value_of(&rig, 0), SW_NO_VALUE);
    give(&rig, at("08:22:00"), at("08:20:40"), SW_QUANTITY_LAEQ, 60.0, 'N');
    level_at(&rig, at("08:22:01"), 60.0);
    assert_int_equal(value_of(&rig, 0), 6000);
}

static void each_rule_asks_for_its_own_pack_s_capture(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig.params.n_packs = 2;
    rig.pack[1].capture_min = 0.95;
    strcpy(rig.pack[1].id, "strict");
    rig_rule(&rig, 0, "mild");
    rig_rule(&rig, 1, "strict");
    rig_start(&rig, at("08:00:00"));
    steady(&rig, at("08:01:30"), at("08:15:00"), 60.0); /* 90 % */
    tick_to(&rig, at("08:15:03"));
    assert_int_equal(value_of(&rig, 0), 6000);
    assert_int_equal(value_of(&rig, 1), SW_NO_VALUE);
}

static void dust_window_carries_how_long_it_was_sprayed(void **state)
{
    (void) state;
    for (int knows = 0; knows < 2; knows++) {
        rig_prepare_dust(&rig);
        rig.params.has_suppression = knows;
        rig_start(&rig, at("08:00:00"));
        steady(&rig, at("08:00:00"), at("08:50:00"), 90.0);
        sw_judge_set_suppression(rig.j, true, at("08:50:00"));
        steady(&rig, at("08:50:00"), at("09:20:00"), 90.0);
        sw_judge_set_suppression(rig.j, false, at("09:20:00"));
        steady(&rig, at("09:20:00"), at("10:00:00"), 90.0);
        for (int i = 0; i < 100; i++) { /* more switchings than are kept: a second each */
            sw_judge_set_suppression(rig.j, i % 2 == 0, at("10:00:00") + i * S);
            tick_to(&rig, at("10:00:00") + i * S);
        }
        steady(&rig, at("10:02:00"), at("11:00:00"), 90.0);
        tick_to(&rig, at("11:00:03"));
        assert_int_equal(window(&rig, "1h", at("08:00:00"))->suppression_s, knows ? 600 : -1);
        assert_int_equal(window(&rig, "1h", at("09:00:00"))->suppression_s, knows ? 1200 : -1);
        assert_int_equal(window(&rig, "1h", at("10:00:00"))->suppression_s, knows ? 50 : -1);
        rig.j = sw_judge_free(rig.j);
    }
}

/* Over 100 ug/m3, well again after a minute under 99. */
static struct sw_rule *dust_rule(const char *id, enum sw_statistic statistic)
{
    struct sw_rule *rule = rig_rule(&rig, 0, id);

    rule->quantity = SW_QUANTITY_PM10;
    rule->statistic = statistic;
    rule->limit = 10000;
    rule->resolution = 100;
    rule->recover_for_s = 60;
    return rule;
}

/* Quarters of an hour over 100 ug/m3, capture 75 %: of 900 s, 225 may be doubted. The first quarter is over. */
static void a_window_under_water_ends_no_matter_but_what_is_over_stays_over(void **state)
{
    static const struct {
        const char *why;
        double level;
        int doubt_s;
        bool still_alerting;
        enum sw_quality quality;
    } rows[] = {
        {"clean air", 40, 0, false, SW_QUALITY_GOOD},
        {"a little water", 40, 225, false, SW_QUALITY_GOOD},
        {"too much water", 40, 226, true, SW_QUALITY_UNCERTAIN},
        {"water all the time", 40, 900, true, SW_QUALITY_UNCERTAIN},
        {"dust in spite of the water", 150, 900, true, SW_QUALITY_UNCERTAIN},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        const struct sw_window_result *w;

        rig_prepare_dust(&rig);
        dust_rule("dust", SW_STAT_MEAN);
        rig_start(&rig, at("08:00:00"));
        sw_judge_set_spray(rig.j, true, at("08:00:00")); /* the first quarter too: over is over */
        steady(&rig, at("08:00:00"), at("08:15:00"), 150.0);
        sw_judge_set_spray(rig.j, rows[i].doubt_s > 0, at("08:15:00"));
        steady(&rig, at("08:15:00"), at("08:30:00"), rows[i].level);
        sw_judge_set_spray(rig.j, false, at("08:15:00") + rows[i].doubt_s * S);
        CHECK(n_findings(&rig, SW_FINDING_EXCEED) == 1, "%s: %zu", rows[i].why, n_findings(&rig, SW_FINDING_EXCEED));
        tick_to(&rig, at("08:30:03"));
        w = window(&rig, "15m", at("08:15:00"));
        CHECK(w->spray_s == rows[i].doubt_s, "%s: %d s", rows[i].why, w->spray_s);
        CHECK(w->quality == rows[i].quality, "%s: quality %s", rows[i].why, sw_quality_name(w->quality));
        CHECK((state_of(&rig, 0) == SW_STATE_ALERTING) == rows[i].still_alerting, "%s: %s", rows[i].why,
              sw_state_name(state_of(&rig, 0)));
        rig.j = sw_judge_free(rig.j);
    }
}

/* The same of rules that slide and of those that judge single readings: of a quarter of an hour, 225 s may be doubted;
 * of a reading none of it. The level falls under 99 (limit - 1) seven minutes after it began to fall. */
static void a_sliding_rule_sees_no_fall_under_water(void **state)
{
    static const struct {
        const char *why;
        double level;
        int doubt_min;
        enum sw_state mean, max; /* half past eight, a quarter of an hour after the fall */
    } rows[] = {
        {"clean air", 40, 0, SW_STATE_NORMAL, SW_STATE_NORMAL},
        {"a little water", 40, 3, SW_STATE_NORMAL, SW_STATE_NORMAL},
        {"too much water", 40, 4, SW_STATE_ALERTING, SW_STATE_NORMAL},
        {"water all the time", 40, 15, SW_STATE_ALERTING, SW_STATE_ALERTING},
        {"dust in spite of the water", 150, 15, SW_STATE_ALERTING, SW_STATE_ALERTING},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        const int64_t fall_us = at("08:15:00"), dry_us = fall_us + rows[i].doubt_min * MIN;

        rig_prepare_dust(&rig);
        dust_rule("mean", SW_STAT_MEAN)->sliding = true;
        dust_rule("max", SW_STAT_MAX)->window_s = 0;
        rig_start(&rig, at("08:00:00"));
        steady(&rig, at("08:00:00"), fall_us, 150.0);
        CHECK(state_of(&rig, 0) == SW_STATE_ALERTING && state_of(&rig, 1) == SW_STATE_ALERTING, "%s", rows[i].why);
        sw_judge_set_spray(rig.j, rows[i].doubt_min > 0, fall_us);
        steady(&rig, fall_us, dry_us, rows[i].level);
        sw_judge_set_spray(rig.j, false, dry_us);
        steady(&rig, dry_us, at("08:30:00"), rows[i].level);
        CHECK(state_of(&rig, 0) == rows[i].mean, "%s: mean %s", rows[i].why, sw_state_name(state_of(&rig, 0)));
        CHECK(state_of(&rig, 1) == rows[i].max, "%s: max %s", rows[i].why, sw_state_name(state_of(&rig, 1)));
        CHECK(n_findings(&rig, SW_FINDING_EXCEED) == 2, "%s: %zu", rows[i].why, n_findings(&rig, SW_FINDING_EXCEED));
        rig.j = sw_judge_free(rig.j);
    }
}

/* A sensor without LAFmax: its largest level may be too small, but never too large. */
static void estimated_maximum_exceeds_or_says_nothing(void **state)
{
    (void) state;
    for (int aligned = 0; aligned < 2; aligned++) {
        struct sw_rule *rule;

        rig_prepare(&rig);
        rig.params.has_lafmax = false;
        rule = rig_rule(&rig, 0, "max");
        rule->statistic = SW_STAT_MAX;
        rule->window_s = aligned ? 300 : 0;
        rule->recover_for_s = 300;
        rig_start(&rig, at("08:00:00"));
        steady(&rig, at("08:00:00"), at("08:05:00"), 70.0);
        tick_to(&rig, at("08:05:03"));
        assert_int_equal(value_of(&rig, 0), SW_NO_VALUE);
        assert_int_equal(state_of(&rig, 0), SW_STATE_NORMAL);
        level_at(&rig, at("08:05:03"), 70.1);
        steady(&rig, at("08:05:04"), at("08:10:00"), 60.0);
        tick_to(&rig, at("08:10:03"));
        assert_int_equal(n_findings(&rig, SW_FINDING_EXCEED), 1);
        assert_int_equal(finding(&rig, SW_FINDING_EXCEED, 0)->value, 7010);
        steady(&rig, at("08:10:03"), at("08:30:03"), 60.0);
        assert_int_equal(n_findings(&rig, SW_FINDING_RECOVERED), 1);
        assert_int_equal(state_of(&rig, 0), SW_STATE_NORMAL);
        assert_int_equal(value_of(&rig, 0), SW_NO_VALUE);
        rig.j = sw_judge_free(rig.j);
    }
}

static void detection_gets_its_five_minutes(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig.params.wants_detect = true;
    rig.days.n = 1;
    rig.days.day[0] = (struct sw_special_day){.day = 20514, .is_holiday = true}; /* 2026-03-02 */
    rig_start(&rig, at("23:50:00"));
    for (int64_t t = at("23:50:00"); t < at("23:55:00"); t += S) /* 40 of 300 at 70 dB, the rest at 50 */
        level_at(&rig, t, t < at("23:50:40") ? 70.0 : 50.0);
    steady(&rig, at("23:55:00"), at("23:58:44"), 55.0);   /* 224 of 300: not three quarters */
    steady(&rig, at("+00:00:00"), at("+00:03:45"), 55.0); /* 225 */
    tick_to(&rig, at("+00:05:03"));
    assert_int_equal(rig.n_detects, 3);
    assert_int_equal(rig.detects[0].from_us, at("23:50:00"));
    assert_int_equal(rig.detects[0].leq, 6152); /* 10·lg((40·10^7 + 260·10^5)/300) */
    assert_int_equal(rig.detects[0].l90, 5000);
    assert_int_equal(rig.detects[0].local_day, 20514);
    assert_int_equal(rig.detects[0].hour, 23);
    assert_false(rig.detects[0].is_workday);
    assert_int_equal(rig.detects[1].from_us, at("23:55:00"));
    assert_int_equal(rig.detects[1].leq, SW_NO_VALUE);
    assert_int_equal(rig.detects[1].l90, SW_NO_VALUE);
    assert_int_equal(rig.detects[2].local_day, 20515);
    assert_int_equal(rig.detects[2].hour, 0);
    assert_int_equal(rig.detects[2].leq, 5500);
    assert_true(rig.detects[2].is_workday);
    for (size_t i = 0; i < rig.n_windows; i++) /* it is not published */
        assert_true(rig.windows[i].period[0] != '\0');
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(noise_in_bad_weather_does_not_count),
        TEST(dry_minute_and_a_minute_of_unknown_weather_differ),
        TEST(minute_of_nothing_but_storm_is_flagged_normal),
        TEST(maximum_in_a_storm_is_not_judged),
        TEST(dust_counts_in_any_weather),
        TEST(overload_of_any_quantity_spoils_its_interval),
        TEST(overload_that_comes_after_leaves_the_sliding_sum),
        TEST(long_hole_makes_a_window_uncertain),
        TEST(hole_that_is_filled_late_is_none),
        TEST(each_rule_asks_for_its_own_pack_s_capture),
        TEST(dust_window_carries_how_long_it_was_sprayed),
        TEST(a_window_under_water_ends_no_matter_but_what_is_over_stays_over),
        TEST(a_sliding_rule_sees_no_fall_under_water),
        TEST(estimated_maximum_exceeds_or_says_nothing),
        TEST(detection_gets_its_five_minutes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
