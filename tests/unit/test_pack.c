// SPDX-License-Identifier: Apache-2.0
/* A pack that fits together is accepted and completed; each way in which it can fail to is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/reading.h"
#include "rules/pack.h"

static struct sw_pack good_pack(void)
{
    struct sw_pack p = {.id = "cn-gb12523-2025",
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
    const struct sw_rule leq = {.id = "leq-night",
                                .kind = SW_KIND_NOISE,
                                .statistic = SW_STAT_LEQ,
                                .sliding = true,
                                .window_s = 1200,
                                .period = 1,
                                .limit = 5500,
                                .resolution = 10,
                                .recover_below = 100,
                                .recover_for_s = 300};

    p.rules[0] = leq;
    p.rules[1] = leq;
    strcpy(p.rules[1].id, "max-night");
    p.rules[1].statistic = SW_STAT_MAX;
    p.rules[1].window_s = 0;
    p.rules[1].limit = 7000;
    p.rules[2] = leq;
    strcpy(p.rules[2].id, "pm10");
    strcpy(p.rules[2].family, "dust");
    p.rules[2].kind = SW_KIND_DUST;
    p.rules[2].quantity = SW_QUANTITY_PM10;
    p.rules[2].statistic = SW_STAT_MEAN;
    p.rules[2].sliding = false;
    p.rules[2].window_s = 3600;
    p.rules[2].period = -1;
    p.rules[2].limit = 15000;
    return p;
}

static void a_good_pack_gets_full_ids_and_families(void **state)
{
    struct sw_pack p = good_pack();
    struct sw_err err = {0};

    (void) state;
    if (sw_pack_validate(&p, &err) < 0)
        fail_msg("%s", err.msg);
    assert_string_equal(p.rules[0].full_id, "cn-gb12523-2025/leq-night");
    assert_string_equal(p.rules[0].family, "night");
    assert_string_equal(p.rules[1].family, "night");
    assert_string_equal(p.rules[2].family, "dust");
    p = good_pack();
    p.rules[2].family[0] = '\0';
    assert_int_equal(sw_pack_validate(&p, &err), SW_OK);
    assert_string_equal(p.rules[2].family, "pm10"); /* no period to take a name from */
}

static void bad_id(struct sw_pack *p)
{
    strcpy(p->id, "CN 12523");
}
static void no_rules(struct sw_pack *p)
{
    p->n_rules = 0;
}
static void rule_twice(struct sw_pack *p)
{
    strcpy(p->rules[1].id, "leq-night");
}
static void rule_id_empty(struct sw_pack *p)
{
    p->rules[2].id[0] = '\0';
}
static void unknown_period(struct sw_pack *p)
{
    p->rules[0].period = 2;
}
static void overlap(struct sw_pack *p)
{
    p->periods[0].to_min = 1321;
}
static void overlap_over_midnight(struct sw_pack *p)
{
    p->periods[0] = (struct sw_period){.id = "early", .from_min = 300, .to_min = 420, .days = 1 << 0};
    p->periods[1].days = 1 << 6; /* Sunday's night ends on Monday at 06:00 */
}
static void period_twice(struct sw_pack *p)
{
    strcpy(p->periods[0].id, "night");
}
static void period_like_a_window(struct sw_pack *p)
{
    strcpy(p->periods[0].id, "1h");
}
static void period_without_days(struct sw_pack *p)
{
    p->periods[1].days = 0;
}
static void period_out_of_the_day(struct sw_pack *p)
{
    p->periods[0].to_min = 1441;
}
static void window_too_long(struct sw_pack *p)
{
    p->rules[2].window_s = 86401;
}
static void no_window(struct sw_pack *p)
{
    p->rules[0].window_s = 0;
}
static void maximum_slides(struct sw_pack *p)
{
    p->rules[1].window_s = 60;
}
static void whole_period_without_period(struct sw_pack *p)
{
    p->rules[2].window_s = 0;
}
static void percentile_of_dust(struct sw_pack *p)
{
    p->rules[2].statistic = SW_STAT_L90;
}
static void percentile_slides(struct sw_pack *p)
{
    p->rules[0].statistic = SW_STAT_L10;
}
static void taktmaximal_window(struct sw_pack *p)
{
    p->rules[0].statistic = SW_STAT_LAFTM5;
    p->rules[0].sliding = false;
    p->rules[0].window_s = 12;
}
static void anchor_without_period(struct sw_pack *p)
{
    p->rules[2].anchor = SW_ANCHOR_PERIOD_START;
}
static void anchored_window_longer_than_its_period(struct sw_pack *p)
{
    p->rules[0].sliding = false;
    p->rules[0].anchor = SW_ANCHOR_PERIOD_START;
    p->rules[0].window_s = 9 * 3600;
}
static void consecutive_of_a_sliding_rule(struct sw_pack *p)
{
    p->rules[0].consecutive = 2;
}
static void consecutive_negative(struct sw_pack *p)
{
    p->rules[0].consecutive = -1;
}
static void allowed_negative(struct sw_pack *p)
{
    p->rules[0].allowed = -1;
}
static void adjust_too_much(struct sw_pack *p)
{
    p->rules[0].adjust = 10001;
}
static void reference_of_noise(struct sw_pack *p)
{
    p->rules[0].reference = SW_REFERENCE_DIFFERENCE;
}
static void give_reference(struct sw_pack *p)
{
    p->rules[2].reference = SW_REFERENCE_DIFFERENCE;
    p->rules[2].reference_quantity = SW_QUANTITY_PM10;
    p->rules[2].reference_factor = 1.0;
    p->rules[2].reference_cap = SW_NO_VALUE;
}
static void reference_slides(struct sw_pack *p)
{
    give_reference(p);
    p->rules[2].sliding = true;
}
static void reference_quantity_of_another_kind(struct sw_pack *p)
{
    give_reference(p);
    p->rules[2].reference_quantity = SW_QUANTITY_LAEQ;
}
static void reference_factor_zero(struct sw_pack *p)
{
    give_reference(p);
    p->rules[2].reference_factor = 0.0;
}
static void reference_cap_negative(struct sw_pack *p)
{
    give_reference(p);
    p->rules[2].reference_cap = -1;
}
static void deductions_slide(struct sw_pack *p)
{
    p->rules[0].n_deductions = 1;
    p->rules[0].deductions[0] = (struct sw_deduction){9000, 1000};
}
static void deductions_out_of_order(struct sw_pack *p)
{
    p->rules[0].sliding = false;
    p->rules[0].n_deductions = 2;
    p->rules[0].deductions[0] = (struct sw_deduction){28800, 500};
    p->rules[0].deductions[1] = (struct sw_deduction){9000, 1000};
}
static void table_without_corrections(struct sw_pack *p)
{
    p->rules[0].background = SW_BACKGROUND_TABLE;
}
static void background_of_dust(struct sw_pack *p)
{
    p->rules[2].background = SW_BACKGROUND_EXACT;
}
static void corrections_out_of_order(struct sw_pack *p)
{
    p->n_corrections = 2;
    p->corrections[0] = (struct sw_correction){4, 200};
    p->corrections[1] = (struct sw_correction){3, 300};
}
static void stage_without_name(struct sw_pack *p)
{
    p->rules[0].n_stages = 1;
}
/* Weekdays have their nights; a holiday from 00:00 on meets the night that began the day before. */
static void holiday_overlap(struct sw_pack *p)
{
    p->n_periods = 3;
    p->periods[2] = (struct sw_period){.id = "rest", .from_min = 0, .to_min = 1440, .days = SW_DAY_HOLIDAY};
}
static void named_overlap(struct sw_pack *p)
{
    p->n_day_names = 1;
    strcpy(p->day_name[0], "exam");
    p->n_periods = 4;
    p->periods[2] = (struct sw_period){.id = "rest", .from_min = 480, .to_min = 600, .days = SW_DAY_NAMED(0)};
    p->periods[3] = (struct sw_period){.id = "quiet", .from_min = 420, .to_min = 540, .days = SW_DAY_NAMED(0)};
}
static void unnamed_day(struct sw_pack *p)
{
    p->periods[0].days = 0x7f | SW_DAY_NAMED(2);
}
static void day_name_twice(struct sw_pack *p)
{
    p->n_day_names = 2;
    strcpy(p->day_name[0], "exam");
    strcpy(p->day_name[1], "exam");
}
static void weather_without_wind(struct sw_pack *p)
{
    p->has_weather = true;
}
static void gap_negative(struct sw_pack *p)
{
    p->gap_max_s = -1;
}
static void notice_too_long(struct sw_pack *p)
{
    p->notice_before_s = 31 * 86400;
}
static void detect_negative(struct sw_pack *p)
{
    p->detect_idle = -1;
}
static void window_longer_than_its_period(struct sw_pack *p)
{
    p->rules[0].window_s = 8 * 3600 + 1;
}
static void mean_of_noise(struct sw_pack *p)
{
    p->rules[0].statistic = SW_STAT_MEAN;
}
static void leq_of_dust(struct sw_pack *p)
{
    p->rules[2].statistic = SW_STAT_LEQ;
}
static void dust_without_quantity(struct sw_pack *p)
{
    p->rules[2].quantity = SW_QUANTITY_NONE;
}
static void limit_beyond_the_scale(struct sw_pack *p)
{
    p->rules[0].limit = 55000;
}
static void negative_dust(struct sw_pack *p)
{
    p->rules[2].limit = -1;
}
static void resolution_zero(struct sw_pack *p)
{
    p->rules[0].resolution = 0;
}
static void margin_negative(struct sw_pack *p)
{
    p->rules[0].recover_below = -1;
}
static void capture_zero(struct sw_pack *p)
{
    p->capture_min = 0.0;
}
static void threshold_above_one(struct sw_pack *p)
{
    p->forecast_threshold = 1.5;
}
static void horizon_beyond_budget(struct sw_pack *p)
{
    p->horizon_s = 3601;
}
static void budget_zero(struct sw_pack *p)
{
    p->budget_max_s = 0;
}

static const struct fault_case {
    void (*spoil)(struct sw_pack *p);
    const char *says;
} faults[] = {
    {bad_id, "pack's id"},
    {no_rules, "1 to 64 rules"},
    {rule_twice, "rule leq-night stands twice"},
    {rule_id_empty, "rule 3: its id"},
    {unknown_period, "rule leq-night: its period"},
    {overlap, "periods day and night overlap on Monday at 22:00"},
    {overlap_over_midnight, "periods early and night overlap on Monday at 05:00"},
    {period_twice, "period night stands twice"},
    {period_like_a_window, "period 1h"},
    {period_without_days, "period night: name at least one weekday"},
    {period_out_of_the_day, "period day"},
    {window_too_long, "rule pm10: the window"},
    {no_window, "rule leq-night: the window"},
    {maximum_slides, "rule max-night: only leq and mean slide"},
    {whole_period_without_period, "rule pm10: the window"},
    {percentile_of_dust, "rule pm10: l90 is for noise"},
    {percentile_slides, "rule leq-night: only leq and mean slide"},
    {taktmaximal_window, "rule leq-night: the window of laftm5"},
    {anchor_without_period, "rule pm10: windows from a period's start need a period"},
    {anchored_window_longer_than_its_period, "longer than its period night"},
    {consecutive_of_a_sliding_rule, "rule leq-night: consecutive counts aligned windows"},
    {consecutive_negative, "rule leq-night: consecutive must be"},
    {allowed_negative, "rule leq-night: allowed must be"},
    {adjust_too_much, "rule leq-night: an adjustment of 100.01"},
    {reference_of_noise, "rule leq-night: a reference sensor is for dust"},
    {reference_slides, "rule pm10: a reference needs windows with mode aligned"},
    {reference_quantity_of_another_kind, "rule pm10: the reference's quantity"},
    {reference_factor_zero, "rule pm10: the reference's factor"},
    {reference_cap_negative, "rule pm10: the reference's cap"},
    {deductions_slide, "rule leq-night: deductions need windows"},
    {deductions_out_of_order, "rule leq-night: deductions must stand in order"},
    {table_without_corrections, "rule leq-night: background table needs the pack's key corrections"},
    {background_of_dust, "rule pm10: a background is taken off levels"},
    {corrections_out_of_order, "corrections must stand in order"},
    {stage_without_name, "rule leq-night: a stage"},
    {holiday_overlap, "periods night and rest overlap on a holiday at 00:00"},
    {named_overlap, "periods rest and quiet overlap on the day exam at 08:00"},
    {unnamed_day, "period day: speaks of a named day"},
    {day_name_twice, "day_names: exam stands twice"},
    {weather_without_wind, "weather: wind_below"},
    {gap_negative, "gap_max"},
    {notice_too_long, "notice_before"},
    {detect_negative, "detect:"},
    {window_longer_than_its_period, "longer than its period night"},
    {mean_of_noise, "rule leq-night: levels are averaged by energy"},
    {leq_of_dust, "rule pm10: leq is for noise"},
    {dust_without_quantity, "rule pm10: name a quantity of kind dust"},
    {limit_beyond_the_scale, "rule leq-night: a limit of 550.00"},
    {negative_dust, "rule pm10: a limit of -0.01"},
    {resolution_zero, "rule leq-night: resolution"},
    {margin_negative, "rule leq-night: the recovery margin"},
    {capture_zero, "capture_min"},
    {threshold_above_one, "threshold"},
    {horizon_beyond_budget, "horizon"},
    {budget_zero, "budget_max"},
};

static void each_fault_is_named(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(faults); i++) {
        struct sw_pack p = good_pack();
        struct sw_err err = {0};

        faults[i].spoil(&p);
        assert_int_equal(sw_pack_validate(&p, &err), SW_E_INVAL);
        if (!strstr(err.msg, faults[i].says))
            fail_msg("want \"%s\", got \"%s\"", faults[i].says, err.msg);
    }
}

/* Fridays, Saturdays and Sundays apart, holidays apart, the night before each cut at midnight: nothing overlaps. */
static void special_days_that_fit_are_accepted(void **state)
{
    struct sw_pack p = good_pack();
    struct sw_err err = {0};

    (void) state;
    p.n_day_names = 1;
    strcpy(p.day_name[0], "exam");
    p.n_periods = 4;
    p.periods[0] = (struct sw_period){.id = "day", .from_min = 360, .to_min = 1320, .days = 0x1f};
    p.periods[1] = (struct sw_period){.id = "night", .from_min = 1320, .to_min = 360, .days = SW_DAYS_ALL};
    p.periods[2] = (struct sw_period){.id = "rest", .from_min = 360, .to_min = 1320, .days = 0x60 | SW_DAY_HOLIDAY};
    p.periods[3] = (struct sw_period){.id = "quiet", .from_min = 360, .to_min = 1320, .days = SW_DAY_NAMED(0)};
    p.rules[2].reference_cap = 0;
    give_reference(&p);
    if (sw_pack_validate(&p, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(p.rules[0].consecutive, 1); /* 0 of a pack made by hand */
    assert_false(p.rules[1].sliding);            /* a maximum of every reading */
}

static void statistics_are_named_in_the_words_of_the_field(void **state)
{
    static const struct {
        struct sw_rule rule;
        const char *want;
    } cases[] = {
        {{.kind = SW_KIND_NOISE, .statistic = SW_STAT_LEQ, .window_s = 1200}, "LAeq,20min"},
        {{.kind = SW_KIND_NOISE, .statistic = SW_STAT_LEQ, .window_s = 3600}, "LAeq,1h"},
        {{.kind = SW_KIND_NOISE, .statistic = SW_STAT_LEQ, .window_s = 10}, "LAeq,10s"},
        {{.kind = SW_KIND_NOISE, .statistic = SW_STAT_MAX}, "LAFmax"},
        {{.kind = SW_KIND_DUST, .quantity = SW_QUANTITY_PM10, .statistic = SW_STAT_MEAN, .window_s = 3600}, "PM10,1h"},
        {{.kind = SW_KIND_DUST, .quantity = SW_QUANTITY_PM2_5, .statistic = SW_STAT_MEAN, .window_s = 900},
         "PM2.5,15min"},
        {{.kind = SW_KIND_DUST, .quantity = SW_QUANTITY_TSP, .statistic = SW_STAT_MAX}, "TSP"},
        {{.kind = SW_KIND_NOISE, .statistic = SW_STAT_MAX, .window_s = 3600}, "LAFmax,1h"},
        {{.kind = SW_KIND_NOISE, .statistic = SW_STAT_L90, .window_s = 300}, "LA90,5min"},
        {{.kind = SW_KIND_NOISE, .statistic = SW_STAT_LAFTM5, .window_s = 0}, "LAFTm5,T"},
        {{.kind = SW_KIND_NOISE, .statistic = SW_STAT_LEQ, .window_s = 0}, "LAeq,T"},
        {{.kind = SW_KIND_DUST, .quantity = SW_QUANTITY_TSP, .statistic = SW_STAT_MAX, .window_s = 900},
         "TSP max,15min"},
    };
    char buf[32];

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        assert_string_equal(sw_rule_statistic_text(&cases[i].rule, buf, sizeof(buf)), cases[i].want);
    assert_string_equal(sw_statistic_name(SW_STAT_LEQ), "leq");
    assert_string_equal(sw_statistic_name(SW_STAT_MAX), "max");
    assert_string_equal(sw_statistic_name(SW_STAT_MEAN), "mean");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_pack_gets_full_ids_and_families),
        cmocka_unit_test(special_days_that_fit_are_accepted),
        cmocka_unit_test(each_fault_is_named),
        cmocka_unit_test(statistics_are_named_in_the_words_of_the_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
