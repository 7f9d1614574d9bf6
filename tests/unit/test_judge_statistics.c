// SPDX-License-Identifier: Apache-2.0
/* What is taken of a window and where the window is cut: every statistic just under and just over its limit, windows of
 * periods and of stages. Figures by hand. */
#include "tests/unit/judge_fixture.h"

static void energies_combine_as_published(void **state)
{
    static const struct {
        const char *why;
        double first, second; /* NaN = missing */
        int32_t spike;        /* one second of this instead */
        int32_t want;
    } cases[] = {
        {"constant", 63.21, 63.21, 0, 6321},
        {"62.0 and 72.0 in equal halves: 69.40, not 67.0", 62.0, 72.0, 0, 6940},
        {"equal halves of 70 and 0: 3.01 less", 70.0, 0.0, 0, 6699},
        {"half is silence without readings: cannot be judged, but has a mean", 70.0, NAN, 0, 7000},
        {"120 dB for one of 900 s over 40 dB: 120 − 29.54", 40.0, 40.0, 12000, 9046},
        {"nothing at all", NAN, NAN, 0, SW_NO_VALUE},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        rig_prepare(&rig);
        rig_rule(&rig, 0, "r");
        rig_start(&rig, at("07:59:00"));
        level_at(&rig, at("07:59:00"), 50.0);
        for (int k = 0; k < 900; k++) {
            double level = k < 450 ? cases[i].first : cases[i].second;

            if (!isnan(level))
                level_at(&rig, at("08:00:00") + k * S, cases[i].spike && k == 333 ? cases[i].spike / 100.0 : level);
        }
        tick_to(&rig, at("08:15:03"));
        CHECK(window(&rig, "15m", at("08:00:00"))->leq == cases[i].want, "%s: %d", cases[i].why,
              (int) window(&rig, "15m", at("08:00:00"))->leq);
        rig.j = sw_judge_free(rig.j);
    }
}

/* Levels of 60 to 69 dB in turn, one a second; LAFmax 3 dB higher. Figures by hand. */
static const struct statistic_case {
    const char *why;
    enum sw_statistic statistic;
    bool has_lafmax;
    int32_t want;
} statistic_cases[] = {
    {"mean energy: 10·lg of the mean of 10^6.0 … 10^6.9", SW_STAT_LEQ, true, 6541},
    {"the highest LAFmax", SW_STAT_MAX, true, 7200},
    {"the lowest level", SW_STAT_MIN, true, 6000},
    {"rank 45", SW_STAT_L5, true, 6900},
    {"rank 90: the last of the loudest", SW_STAT_L10, true, 6900},
    {"rank 450", SW_STAT_L50, true, 6500},
    {"rank 810", SW_STAT_L90, true, 6100},
    {"rank 855", SW_STAT_L95, true, 6000},
    {"sqrt(8.25 · 900/899)", SW_STAT_SD, true, 287},
    {"blocks of 5 s reach 67 and 72", SW_STAT_LAFTM5, true, 7018},
    {"without LAFmax 64 and 69", SW_STAT_LAFTM5, false, 6718},
};

static void statistics_are_judged_just_under_and_just_over(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(statistic_cases); i++) {
        for (int over = 0; over < 2; over++) {
            const struct statistic_case *c = &statistic_cases[i];
            struct sw_rule *rule;

            rig_prepare(&rig);
            rig.params.has_lafmax = c->has_lafmax;
            rule = rig_rule(&rig, 0, "r");
            rule->statistic = c->statistic;
            rule->resolution = 1;
            rule->limit = c->want - over;
            rig_start(&rig, at("08:00:00"));
            for (int k = 0; k < 900; k++) {
                int64_t t = at("08:00:00") + k * S;

                level_at(&rig, t, 60.0 + k % 10);
                if (c->has_lafmax)
                    give(&rig, t, t, SW_QUANTITY_LAFMAX, 63.0 + k % 10, 'N');
            }
            tick_to(&rig, at("08:15:03"));
            CHECK(value_of(&rig, 0) == c->want, "%s: %d", c->why, (int) value_of(&rig, 0));
            CHECK((state_of(&rig, 0) == SW_STATE_ALERTING) == over, "%s: %s", c->why, sw_state_name(state_of(&rig, 0)));
            rig.j = sw_judge_free(rig.j);
        }
    }
}

/* LAFTm5 leaves out what has no counted level, and counts its blocks from the window's start. */
static void blocks_without_a_level_are_missing(void **state)
{
    struct sw_rule *rule;

    (void) state;
    rig_prepare(&rig);
    rig.params.has_lafmax = false;
    rule = rig_rule(&rig, 0, "r");
    rule->statistic = SW_STAT_LAFTM5;
    rule->window_s = 60;
    rig_start(&rig, at("08:00:00"));
    for (int k = 0; k < 60; k++) {
        if (k < 10) /* two blocks: not counted, one of them loud */
            give(&rig, at("08:00:00") + k * S, at("08:00:00") + k * S, SW_QUANTITY_LAEQ, 90.0, k < 5 ? 'C' : 'D');
        else /* ten blocks: 70 dB in the last second of half of them */
            level_at(&rig, at("08:00:00") + k * S, k % 10 == 4 ? 70.0 : 50.0);
    }
    tick_to(&rig, at("08:01:03"));
    assert_int_equal(value_of(&rig, 0), 6703); /* (10^7 + 10^5) / 2 */
}

static const struct cut_case {
    const char *why;
    int32_t window_s;
    enum sw_anchor anchor;
    int n;
    const char *end[6]; /* of the windows of the night */
} cut_cases[] = {
    {"the whole period", 0, SW_ANCHOR_MIDNIGHT, 1, {"+06:00:00"}},
    {"three hours from midnight on, cut where the night begins",
     10800,
     SW_ANCHOR_MIDNIGHT,
     3,
     {"+00:00:00", "+03:00:00", "+06:00:00"}},
    {"three hours from the night's start on, cut where it ends",
     10800,
     SW_ANCHOR_PERIOD_START,
     3,
     {"+01:00:00", "+04:00:00", "+06:00:00"}},
    {"five hours from the night's start on", 18000, SW_ANCHOR_PERIOD_START, 2, {"+03:00:00", "+06:00:00"}},
    {"five hours from midnight on", 18000, SW_ANCHOR_MIDNIGHT, 3, {"+00:00:00", "+05:00:00", "+06:00:00"}},
    {"longer than the night", 43200, SW_ANCHOR_PERIOD_START, 1, {"+06:00:00"}},
};

/* A window is judged when it closes: then the value changes to the level of its readings. */
static void windows_of_a_period_are_cut_by_it(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cut_cases); i++) {
        const struct cut_case *c = &cut_cases[i];
        struct sw_rule *rule;
        int64_t t = at("21:00:00");

        rig_prepare(&rig);
        rig.params.interval_us = 10 * S;
        rule = rig_rule(&rig, 0, "r");
        rule->period = 1;
        rule->window_s = c->window_s;
        rule->anchor = c->anchor;
        rig_start(&rig, t);
        steady(&rig, t, at("22:00:00"), 90.0);
        t = at("22:00:00");
        for (int k = 0; k < c->n; k++) {
            steady(&rig, t, at(c->end[k]), 50.0 + k);
            t = at(c->end[k]);
            tick_to(&rig, t + 2 * S);
            CHECK(value_of(&rig, 0) == (k == 0 ? SW_NO_VALUE : 4900 + 100 * k), "%s: window %d closes early", c->why,
                  k);
            tick_to(&rig, t + 2 * S + 1);
            if (k + 1 < c->n)
                CHECK(value_of(&rig, 0) == 5000 + 100 * k, "%s: window %d: %d", c->why, k, (int) value_of(&rig, 0));
        }
        CHECK(rig.n_findings == 0 && !sw_judge_rule(rig.j, 0)->in_force, "%s", c->why);
        rig.j = sw_judge_free(rig.j);
    }
}

/* Readings go on at 1 Hz, and at one instant they come before the tick. */
static void last_window_of_a_period_is_judged_though_readings_go_on(void **state)
{
    (void) state;
    for (int whole = 0; whole < 2; whole++) {
        struct sw_rule *rule;

        rig_prepare(&rig);
        rule = rig_rule(&rig, 0, "r");
        rule->period = 0;
        rule->window_s = whole ? 0 : 900;
        rig_start(&rig, at("06:00:00"));
        steady(&rig, at("06:00:00"), at("21:45:00"), whole ? 71.0 : 60.0);
        steady(&rig, at("21:45:00"), at("22:00:00"), 71.0);
        steady(&rig, at("22:00:00"), at("22:01:00"), 50.0);
        assert_int_equal(n_findings(&rig, SW_FINDING_EXCEED), 1);
        assert_int_equal(finding(&rig, SW_FINDING_EXCEED, 0)->value, 7100);
        assert_int_equal(n_findings(&rig, SW_FINDING_RECOVERED), 1); /* the period is over */
        assert_int_equal(state_of(&rig, 0), SW_STATE_NORMAL);
        assert_false(sw_judge_rule(rig.j, 0)->in_force);
        rig.j = sw_judge_free(rig.j);
    }
}

static void rule_of_a_stage_is_judged_in_its_span_only(void **state)
{
    (void) state;
    for (int has_stages = 0; has_stages < 2; has_stages++) {
        struct sw_rule *rule;
        int64_t t = at("22:00:00");

        rig_prepare(&rig);
        rule = rig_rule(&rig, 0, "r");
        rule->sliding = true;
        rule->n_stages = 1;
        strcpy(rule->stages[0], "structure");
        rig.stages.n = 2;
        rig.stages.span[0] = (struct sw_stage_span){"earthwork", 20500, 20514};
        rig.stages.span[1] = (struct sw_stage_span){"structure", 20515, 20515}; /* 3 March */
        if (has_stages)
            rig.params.stages = &rig.stages;
        rig_start(&rig, t);
        steady(&rig, t, at("+00:00:00"), 90.0);
        assert_int_equal(n_findings(&rig, SW_FINDING_EXCEED), 0);
        assert_int_equal(n_findings(&rig, SW_FINDING_FORECAST), has_stages); /* it is seen coming */
        assert_int_equal(sw_judge_limit_now(rig.j), SW_NO_VALUE);
        steady(&rig, at("+00:00:00"), at("+00:15:00"), 90.0);
        assert_int_equal(n_findings(&rig, SW_FINDING_EXCEED), has_stages ? 1 : 0);
        if (has_stages) /* nothing of the day before is in its window */
            assert_int_equal(finding(&rig, SW_FINDING_EXCEED, 0)->from_us, at("+00:00:00"));
        assert_int_equal(sw_judge_limit_now(rig.j), has_stages ? 7000 : SW_NO_VALUE);
        rig.j = sw_judge_free(rig.j);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(energies_combine_as_published),
        TEST(statistics_are_judged_just_under_and_just_over),
        TEST(blocks_without_a_level_are_missing),
        TEST(windows_of_a_period_are_cut_by_it),
        TEST(last_window_of_a_period_is_judged_though_readings_go_on),
        TEST(rule_of_a_stage_is_judged_in_its_span_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
