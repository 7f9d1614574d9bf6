// SPDX-License-Identifier: Apache-2.0
/* What stands between the measured statistic and the limit: façade, background, reference sensor, a machine's run time.
 * Every case a little under and a little over; figures by hand. */
#include "tests/unit/judge_fixture.h"

/* One quarter of an hour at a level. */
static void quarter(struct rig *g, double level)
{
    rig_start(g, at("08:00:00"));
    steady(g, at("08:00:00"), at("08:15:00"), level);
    tick_to(g, at("08:15:03"));
}

static const struct correction_case {
    const char *why;
    enum sw_background how;
    int32_t background, adjust;
    double level;
    enum sw_state want;
    int32_t value; /* shown */
} correction_cases[] = {
    {"no background entered: 70.1 is over", SW_BACKGROUND_TABLE, SW_NO_VALUE, 0, 70.1, SW_STATE_ALERTING, 7010},
    {"a background of 0 is none", SW_BACKGROUND_EXACT, 0, 0, 70.1, SW_STATE_ALERTING, 7010},
    {"70.04 is shown as 70.0: within", SW_BACKGROUND_NONE, 6500, 0, 70.04, SW_STATE_NORMAL, 7004},
    {"10 dB over the background: 1 off, 70.9 becomes 69.9", SW_BACKGROUND_TABLE, 6100, 0, 70.9, SW_STATE_NORMAL, 6990},
    {"71.1 becomes 70.1", SW_BACKGROUND_TABLE, 6100, 0, 71.1, SW_STATE_ALERTING, 7010},
    {"11 dB over: nothing off", SW_BACKGROUND_TABLE, 5950, 0, 70.2, SW_STATE_ALERTING, 7020},
    {"3 dB over: 3 off, 73.0 becomes 70.0", SW_BACKGROUND_TABLE, 7000, 0, 73.0, SW_STATE_NORMAL, 7000},
    {"3.4 dB over is 3: 73.4 becomes 70.4", SW_BACKGROUND_TABLE, 7000, 0, 73.4, SW_STATE_ALERTING, 7040},
    {"2.4 dB over is 2: cannot be judged", SW_BACKGROUND_TABLE, 7000, 0, 72.4, SW_STATE_NORMAL, SW_NO_VALUE},
    {"2.5 dB over is 3: 72.5 becomes 69.5", SW_BACKGROUND_TABLE, 7000, 0, 72.5, SW_STATE_NORMAL, 6950},
    {"too near the background, but within as it is", SW_BACKGROUND_TABLE, 6950, 0, 70.0, SW_STATE_NORMAL, 7000},
    {"below the background and over the limit: cannot", SW_BACKGROUND_TABLE, 7500, 0, 71.0, SW_STATE_NORMAL,
     SW_NO_VALUE},
    {"exact, 3 dB: 3.02 off, 73.05 becomes 70.03", SW_BACKGROUND_EXACT, 7005, 0, 73.05, SW_STATE_NORMAL, 7003},
    {"exact, 6 dB: 1.26 off, 71.4 becomes 70.14", SW_BACKGROUND_EXACT, 6540, 0, 71.4, SW_STATE_ALERTING, 7014},
    {"exact, 10 dB: 0.46 off, 70.4 becomes 69.94", SW_BACKGROUND_EXACT, 6040, 0, 70.4, SW_STATE_NORMAL, 6994},
    {"exact, 2.99 dB: cannot", SW_BACKGROUND_EXACT, 7001, 0, 73.0, SW_STATE_NORMAL, SW_NO_VALUE},
    {"a façade adds 3: 67.0 is 70.0", SW_BACKGROUND_NONE, SW_NO_VALUE, 300, 67.0, SW_STATE_NORMAL, 7000},
    {"67.1 is 70.1", SW_BACKGROUND_NONE, SW_NO_VALUE, 300, 67.1, SW_STATE_ALERTING, 7010},
    {"10 off indoors: 80.0 is 70.0", SW_BACKGROUND_NONE, SW_NO_VALUE, -1000, 80.0, SW_STATE_NORMAL, 7000},
    {"80.1 is 70.1", SW_BACKGROUND_NONE, SW_NO_VALUE, -1000, 80.1, SW_STATE_ALERTING, 7010},
    {"first the background, then the façade: 68 − 1 + 3", SW_BACKGROUND_TABLE, 5800, 300, 68.0, SW_STATE_NORMAL, 7000},
    {"68.1 − 1 + 3", SW_BACKGROUND_TABLE, 5810, 300, 68.1, SW_STATE_ALERTING, 7010},
};

static void set_corrections(struct sw_pack *pack)
{
    pack->n_corrections = 4; /* 3: 3, 4 and 5: 2, 6 to 10: 1, above: 0 */
    pack->corrections[0] = (struct sw_correction){3, 300};
    pack->corrections[1] = (struct sw_correction){4, 200};
    pack->corrections[2] = (struct sw_correction){6, 100};
    pack->corrections[3] = (struct sw_correction){11, 0};
}

static void value_is_compared_with_its_corrections(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(correction_cases); i++) {
        for (int slides = 0; slides < 2; slides++) {
            const struct correction_case *c = &correction_cases[i];
            struct sw_rule *rule;

            rig_prepare(&rig);
            set_corrections(&rig.pack[0]);
            rig.params.background = c->background;
            rule = rig_rule(&rig, 0, "r");
            rule->background = c->how;
            rule->adjust = c->adjust;
            rule->sliding = slides;
            quarter(&rig, c->level);
            CHECK(value_of(&rig, 0) == c->value, "%s, %s: value %d", c->why, slides ? "sliding" : "aligned",
                  (int) value_of(&rig, 0));
            CHECK(state_of(&rig, 0) == c->want, "%s, %s: %s", c->why, slides ? "sliding" : "aligned",
                  sw_state_name(state_of(&rig, 0)));
            rig.j = sw_judge_free(rig.j);
        }
    }
}

static void window_of_such_a_rule_carries_its_correction(void **state)
{
    const struct sw_window_result *w;

    (void) state;
    rig_prepare(&rig);
    set_corrections(&rig.pack[0]);
    rig.params.background = 6000;
    rig_rule(&rig, 0, "r")->background = SW_BACKGROUND_TABLE;
    quarter(&rig, 66.0);
    w = window(&rig, "15m", at("08:00:00"));
    assert_non_null(w);
    assert_int_equal(w->leq, 6600);
    assert_int_equal(w->background, SW_BACKGROUND_TABLE);
    assert_int_equal(w->background_level, 6000);
    assert_int_equal(w->leq_corrected, 6500);
    w = window(&rig, "1m", at("08:00:00")); /* no rule looks at minutes */
    assert_int_equal(w->background, SW_BACKGROUND_NONE);
    assert_int_equal(w->background_level, SW_NO_VALUE);
    assert_int_equal(w->leq_corrected, SW_NO_VALUE);
    rig.j = sw_judge_free(rig.j);

    rig_prepare(&rig);
    set_corrections(&rig.pack[0]);
    rig.params.background = 6500;
    rig_rule(&rig, 0, "r")->background = SW_BACKGROUND_TABLE;
    quarter(&rig, 66.0);
    w = window(&rig, "15m", at("08:00:00"));
    assert_int_equal(w->background_level, 6500);
    assert_int_equal(w->leq_corrected, SW_NO_VALUE); /* 1 dB over it: nobody can say */
}

/* The budget goes by the corrected limit: 71.05 dB are needed where 1 dB is taken off. */
static void forecast_knows_the_correction(void **state)
{
    struct sw_rule *rule;

    (void) state;
    for (int i = 0; i < 2; i++) {
        rig_prepare(&rig);
        set_corrections(&rig.pack[0]);
        rig.params.background = 6200;
        rule = rig_rule(&rig, 0, "r");
        rule->background = SW_BACKGROUND_TABLE;
        rule->sliding = true;
        rig_start(&rig, at("08:00:00"));
        steady(&rig, at("08:00:00"), at("08:20:00"), 60.0);
        steady(&rig, at("08:20:00"), at("08:22:00"), i == 0 ? 71.0 : 71.1);
        assert_true((sw_judge_rule(rig.j, 0)->forecast.crosses_at_us == INT64_MIN) == (i == 0));
        rig.j = sw_judge_free(rig.j);
    }
}

static const struct reference_case {
    const char *why;
    enum sw_reference how;
    double factor;
    int32_t cap, limit;
    int32_t reference;
    const char *from, *until; /* of the reference */
    double value;
    enum sw_state want;
    int32_t shown;
} reference_cases[] = {
    {"180.5 − 100 = 80.5 is shown as 81: over 80", SW_REFERENCE_DIFFERENCE, 1.0, SW_NO_VALUE, 8000, 10000, "09:00:00",
     "10:00:00", 180.5, SW_STATE_ALERTING, 8050},
    {"180.4 − 100: within", SW_REFERENCE_DIFFERENCE, 1.0, SW_NO_VALUE, 8000, 10000, "09:00:00", "10:00:00", 180.4,
     SW_STATE_NORMAL, 8040},
    {"capped at 150: 240 − 150 = 90", SW_REFERENCE_DIFFERENCE, 1.0, 15000, 8000, 20000, "09:00:00", "10:00:00", 240.0,
     SW_STATE_ALERTING, 9000},
    {"below the cap nothing changes", SW_REFERENCE_DIFFERENCE, 1.0, 15000, 8000, 14900, "09:00:00", "10:00:00", 229.0,
     SW_STATE_NORMAL, 8000},
    {"never below 0", SW_REFERENCE_DIFFERENCE, 1.0, SW_NO_VALUE, 8000, 30000, "09:00:00", "10:00:00", 200.0,
     SW_STATE_NORMAL, 0},
    {"half of the reference: 131 − 50 = 81", SW_REFERENCE_DIFFERENCE, 0.5, SW_NO_VALUE, 8000, 10000, "09:00:00",
     "10:00:00", 131.0, SW_STATE_ALERTING, 8100},
    {"a ratio of 1.2 is not over 1.2", SW_REFERENCE_RATIO, 1.0, SW_NO_VALUE, 120, 10000, "09:00:00", "10:00:00", 120.0,
     SW_STATE_NORMAL, 120},
    {"1.21 is", SW_REFERENCE_RATIO, 1.0, SW_NO_VALUE, 120, 10000, "09:00:00", "10:00:00", 121.0, SW_STATE_ALERTING,
     121},
    {"nothing is a multiple of 0", SW_REFERENCE_RATIO, 1.0, SW_NO_VALUE, 120, 0, "09:00:00", "10:00:00", 121.0,
     SW_STATE_NORMAL, SW_NO_VALUE},
    {"the reference is too old by a moment", SW_REFERENCE_DIFFERENCE, 1.0, SW_NO_VALUE, 8000, 10000, "08:00:00",
     "09:00:00", 300.0, SW_STATE_NORMAL, SW_NO_VALUE},
    {"it holds from the window's end on", SW_REFERENCE_DIFFERENCE, 1.0, SW_NO_VALUE, 8000, 10000, "09:00:00",
     "09:00:01", 300.0, SW_STATE_ALERTING, 20000},
    {"the reference has no value", SW_REFERENCE_DIFFERENCE, 1.0, SW_NO_VALUE, 8000, SW_NO_VALUE, "09:00:00", "10:00:00",
     300.0, SW_STATE_NORMAL, SW_NO_VALUE},
};

/* An hour of PM10, a reading a minute. */
static struct sw_rule *dust_rule(void)
{
    struct sw_rule *rule;

    rig_prepare_dust(&rig);
    rule = rig_rule(&rig, 0, "r");
    rule->quantity = SW_QUANTITY_PM10;
    rule->statistic = SW_STAT_MEAN;
    rule->window_s = 3600;
    return rule;
}

static void reference_is_taken_off_or_divided_by(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(reference_cases); i++) {
        const struct reference_case *c = &reference_cases[i];
        struct sw_rule *rule = dust_rule();

        rule->resolution = c->how == SW_REFERENCE_RATIO ? 1 : 100;
        rule->limit = c->limit;
        rule->reference = c->how;
        rule->reference_factor = c->factor;
        rule->reference_cap = c->cap;
        rule->reference_quantity = SW_QUANTITY_PM10;
        rig_start(&rig, at("08:00:00"));
        steady(&rig, at("08:00:00"), at("09:00:00"), c->value);
        sw_judge_set_reference(rig.j, SW_QUANTITY_PM2_5, 100, at("08:00:00"), at("10:00:00")); /* another one */
        sw_judge_set_reference(rig.j, SW_QUANTITY_PM10, c->reference, at(c->from), at(c->until));
        tick_to(&rig, at("09:00:03"));
        CHECK(value_of(&rig, 0) == c->shown, "%s: value %d", c->why, (int) value_of(&rig, 0));
        CHECK(state_of(&rig, 0) == c->want, "%s: %s", c->why, sw_state_name(state_of(&rig, 0)));
        rig.j = sw_judge_free(rig.j);
    }
}

/* The next hour's reference may come before the window has closed: the one before is still there, a third forgets it.
 */
static void two_references_are_kept(void **state)
{
    (void) state;
    for (int n = 2; n <= 3; n++) {
        struct sw_rule *rule = dust_rule();

        rule->limit = 8000;
        rule->reference = SW_REFERENCE_DIFFERENCE;
        rule->reference_quantity = SW_QUANTITY_PM10;
        rig_start(&rig, at("08:00:00"));
        steady(&rig, at("08:00:00"), at("09:00:00"), 200.0);
        sw_judge_set_reference(rig.j, SW_QUANTITY_PM10, 5000, at("09:00:00"), at("09:00:01"));
        sw_judge_set_reference(rig.j, SW_QUANTITY_PM10, 10000, at("09:00:00"), at("09:00:01")); /* corrects it */
        sw_judge_set_reference(rig.j, SW_QUANTITY_PM10, 100, at("09:00:01"), at("10:00:00"));
        if (n == 3)
            sw_judge_set_reference(rig.j, SW_QUANTITY_PM10, 100, at("10:00:00"), at("11:00:00"));
        tick_to(&rig, at("09:00:03"));
        assert_int_equal(value_of(&rig, 0), n == 2 ? 10000 : SW_NO_VALUE);
        rig.j = sw_judge_free(rig.j);
    }
}

/* Both hold at 09:00: 200 less the newer 100 is 100, whichever came first. */
static void reference_that_comes_late_does_not_hide_a_newer_one(void **state)
{
    (void) state;
    for (int late = 0; late < 2; late++) {
        struct sw_rule *rule = dust_rule();

        rule->reference = SW_REFERENCE_DIFFERENCE;
        rule->reference_quantity = SW_QUANTITY_PM10;
        rig_start(&rig, at("08:00:00"));
        steady(&rig, at("08:00:00"), at("09:00:00"), 200.0);
        for (int i = 0; i < 2; i++) {
            const bool is_old = (i == 0) != (late == 1);

            sw_judge_set_reference(rig.j, SW_QUANTITY_PM10, is_old ? 3000 : 10000, at(is_old ? "07:00:00" : "08:00:00"),
                                   at("10:00:00"));
        }
        tick_to(&rig, at("09:00:03"));
        CHECK(value_of(&rig, 0) == 10000, "%s: %d", late ? "the older one last" : "in order", (int) value_of(&rig, 0));
        rig.j = sw_judge_free(rig.j);
    }
}

static const struct machine_case {
    const char *why;
    int run_s; /* seconds that it runs from 08:01:00 on; -1 = nobody says, -2 = said from 08:05 on only */
    int32_t value;
} machine_cases[] = {
    {"unknown: nothing off", -1, 7400},  {"unknown at the beginning: nothing off", -2, 7400},
    {"it stands: 10 off", 0, 6400},      {"150 s: 10 off", 150, 6400},
    {"a second more: 5 off", 151, 6900}, {"480 s: 5 off", 480, 6900},
    {"481 s: nothing off", 481, 7400},
};

static void run_time_of_the_machine_takes_off(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(machine_cases); i++) {
        const struct machine_case *c = &machine_cases[i];
        struct sw_rule *rule;

        rig_prepare(&rig);
        rule = rig_rule(&rig, 0, "r");
        rule->n_deductions = 2;
        rule->deductions[0] = (struct sw_deduction){150, 1000};
        rule->deductions[1] = (struct sw_deduction){480, 500};
        rig_start(&rig, at("08:00:00"));
        if (c->run_s >= 0)
            sw_judge_set_machine(rig.j, false, at("07:59:00"));
        steady(&rig, at("08:00:00"), at("08:01:00"), 74.0);
        if (c->run_s > 0) {
            sw_judge_set_machine(rig.j, true, at("08:01:00"));
            sw_judge_set_machine(rig.j, true, at("08:01:10")); /* said again */
        }
        steady(&rig, at("08:01:00"), at("08:05:00"), 74.0);
        if (c->run_s == -2)
            sw_judge_set_machine(rig.j, false, at("08:05:00"));
        steady(&rig, at("08:05:00"), at("08:10:00"), 74.0);
        if (c->run_s >= 0)
            sw_judge_set_machine(rig.j, false, at("08:01:00") + c->run_s * S);
        steady(&rig, at("08:10:00"), at("08:15:00"), 74.0);
        tick_to(&rig, at("08:15:03"));
        CHECK(value_of(&rig, 0) == c->value, "%s: %d", c->why, (int) value_of(&rig, 0));
        CHECK((state_of(&rig, 0) == SW_STATE_ALERTING) == (c->value > 7000), "%s", c->why);
        rig.j = sw_judge_free(rig.j);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(value_is_compared_with_its_corrections),
        TEST(window_of_such_a_rule_carries_its_correction),
        TEST(forecast_knows_the_correction),
        TEST(reference_is_taken_off_or_divided_by),
        TEST(two_references_are_kept),
        TEST(reference_that_comes_late_does_not_hide_a_newer_one),
        TEST(run_time_of_the_machine_takes_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
