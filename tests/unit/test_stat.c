// SPDX-License-Identifier: Apache-2.0
/* What is read off a window: percentiles, means, gaps, flags. Expected values are worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rules/stat.h"

#define S 1000000LL

static uint32_t hist[SW_STAT_CLASSES];

static struct sw_stat new_stat(enum sw_stat_mode mode)
{
    struct sw_stat s = {.mode = mode, .hist = mode == SW_STAT_MODE_LEVEL ? hist : NULL};

    sw_stat_reset(&s, 0);
    return s;
}

static void add(struct sw_stat *s, int64_t ts_us, int32_t level, char flag)
{
    struct sw_ring_entry e = {
        .ts_us = ts_us, .level = level, .max = SW_NO_VALUE, .cls = sw_stat_class(flag, level), .flag = flag};

    sw_stat_add(s, &e, S);
}

static void percentiles_are_class_centres_counted_from_the_loud_side(void **state)
{
    static const uint32_t percent[] = {5, 10, 50, 90, 95};
    static const struct {
        const char *why;
        int32_t from, step;
        int n;
        int32_t want[5];
    } cases[] = {
        {"30.1 to 40.0 in steps of 0.1: the 5th, 10th … loudest", 3010, 10, 100, {3960, 3910, 3510, 3110, 3060}},
        {"one reading is all of them, 55.05 rounded half up", 5505, 0, 1, {5510, 5510, 5510, 5510, 5510}},
        {"55.04 rounded down", 5504, 0, 1, {5500, 5500, 5500, 5500, 5500}},
        {"below zero half up is towards zero", -5, 0, 1, {0, 0, 0, 0, 0}},
        {"seven readings: ranks 1, 1, 4, 7, 7", 5000, 100, 7, {5600, 5600, 5300, 5000, 5000}},
        {"twenty: ranks 1, 2, 10, 18, 19", 5000, 100, 20, {6900, 6800, 6000, 5200, 5100}},
        {"the ends of the scale", -2000, 18000, 2, {16000, 16000, 16000, -2000, -2000}},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_stat s = new_stat(SW_STAT_MODE_LEVEL);

        for (int k = 0; k < cases[i].n; k++)
            add(&s, k * S, cases[i].from + k * cases[i].step, 'N');
        for (size_t k = 0; k < SW_ARRAY_SIZE(percent); k++) {
            int32_t got = sw_stat_percentile(&s, percent[k]);

            if (got != cases[i].want[k])
                fail_msg("%s: L%u is %d, not %d", cases[i].why, (unsigned) percent[k], (int) got,
                         (int) cases[i].want[k]);
        }
    }
}

static void nothing_counted_gives_no_values(void **state)
{
    struct sw_stat s = new_stat(SW_STAT_MODE_LEVEL);

    (void) state;
    add(&s, 0, SW_NO_VALUE, 'B');
    assert_int_equal(sw_stat_mean(&s), SW_NO_VALUE);
    assert_int_equal(sw_stat_percentile(&s, 50), SW_NO_VALUE);
    assert_int_equal(s.min, SW_NO_VALUE);
    assert_int_equal(s.max, SW_NO_VALUE);
    assert_int_equal(sw_stat_gap_s(&s, 60 * S), 60);
}

static void other_values_are_averaged_by_their_kind(void **state)
{
    static const struct {
        const char *why;
        enum sw_stat_mode mode;
        int32_t value[3];
        int n;
        int32_t want;
    } cases[] = {
        {"plain mean", SW_STAT_MODE_VALUE, {7000, 7100, 7260}, 3, 7120},
        {"half away from zero", SW_STAT_MODE_VALUE, {1, 2}, 2, 2},
        {"half away from zero below it", SW_STAT_MODE_VALUE, {-1, -2}, 2, -2},
        {"a third is rounded down", SW_STAT_MODE_VALUE, {0, 0, 1}, 3, 0},
        {"north from both sides, not south", SW_STAT_MODE_DIRECTION, {35000, 1000}, 2, 0},
        {"north-west", SW_STAT_MODE_DIRECTION, {27000, 0}, 2, 31500},
        {"south-east", SW_STAT_MODE_DIRECTION, {9000, 18000}, 2, 13500},
        {"opposite winds have no direction", SW_STAT_MODE_DIRECTION, {0, 18000}, 2, SW_NO_VALUE},
        {"three times the same", SW_STAT_MODE_DIRECTION, {12345, 12345, 12345}, 3, 12345},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_stat s = new_stat(cases[i].mode);

        for (int k = 0; k < cases[i].n; k++)
            add(&s, k * S, cases[i].value[k], 'N');
        if (sw_stat_mean(&s) != cases[i].want)
            fail_msg("%s: %d", cases[i].why, (int) sw_stat_mean(&s));
    }
}

static void flags_decide_what_counts(void **state)
{
    static const struct {
        char flag;
        int32_t value;
        int cls;
    } cases[] = {
        {'N', 5000, SW_CLASS_COUNTED},     {'S', 5000, SW_CLASS_COUNTED},     {'T', 5000, SW_EX_OVERLOAD},
        {'D', 5000, SW_EX_FAULT},          {'B', 5000, SW_EX_FAULT},          {'F', SW_NO_VALUE, SW_EX_FAULT},
        {'C', 5000, SW_EX_CALIBRATION},    {'M', 5000, SW_EX_CALIBRATION},    {'?', 5000, SW_EX_FAULT},
        {'N', SW_NO_VALUE, SW_EX_MISSING}, {'S', SW_NO_VALUE, SW_EX_MISSING},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        if (sw_stat_class(cases[i].flag, cases[i].value) != cases[i].cls)
            fail_msg("flag %c", cases[i].flag);
    }
}

static void a_window_takes_the_flag_of_what_it_holds(void **state)
{
    static const struct {
        const char *why, *flags;
        uint32_t missing;
        char want;
    } cases[] = {
        {"normal", "NNN", 0, 'N'},
        {"one set by hand", "NSN", 0, 'S'},
        {"excluded ones do not show while some count", "NTTT", 0, 'N'},
        {"the commonest reason when none counts", "DTTC", 0, 'T'},
        {"mostly not there at all", "DT", 58, 'B'},
        {"empty", "", 60, 'B'},
        {"switched off", "FFF", 0, 'F'},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_stat s = new_stat(SW_STAT_MODE_LEVEL);

        for (int k = 0; cases[i].flags[k]; k++)
            add(&s, k * S, 5000, cases[i].flags[k]);
        if (sw_stat_flag(&s, cases[i].missing) != cases[i].want)
            fail_msg("%s: %c", cases[i].why, sw_stat_flag(&s, cases[i].missing));
    }
}

static void the_largest_gap_is_where_nothing_counted(void **state)
{
    static const struct {
        const char *why;
        int64_t ts_ms[5];
        int n;
        int32_t want;
    } cases[] = {
        {"every second of five", {0, 1000, 2000, 3000, 4000}, 5, 0},
        {"two missing inside", {0, 1000, 4000}, 3, 2},
        {"at the beginning", {3000, 4000}, 2, 3},
        {"at the end", {0}, 1, 4},
        {"jitter of a live sensor is none", {3, 1021, 1996, 3040, 3980}, 5, 0},
        {"one missing, with jitter", {10, 1990, 3001, 3999}, 4, 1},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_stat s = new_stat(SW_STAT_MODE_LEVEL);

        for (int k = 0; k < cases[i].n; k++)
            add(&s, cases[i].ts_ms[k] * 1000, 5000, 'N');
        if (sw_stat_gap_s(&s, 5 * S) != cases[i].want)
            fail_msg("%s: %d", cases[i].why, (int) sw_stat_gap_s(&s, 5 * S));
    }
}

static void maxima_beside_the_level_are_kept_apart(void **state)
{
    struct sw_stat s = new_stat(SW_STAT_MODE_LEVEL);
    struct sw_ring_entry only_max = {.ts_us = S, .level = SW_NO_VALUE, .max = 8123, .cls = SW_EX_MISSING, .flag = 'N'};

    (void) state;
    add(&s, 0, 7000, 'N');
    sw_stat_add(&s, &only_max, S);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.n_max, 1);
    assert_int_equal(s.max, 7000);
    assert_int_equal(s.max_lafmax, 8123);
}

static void deviation_is_that_of_the_sample(void **state)
{
    static const struct {
        const char *why;
        int32_t level[4];
        int n;
        int32_t want;
    } cases[] = {
        {"none", {0}, 0, SW_NO_VALUE},
        {"one says nothing", {5000}, 1, SW_NO_VALUE},
        {"two alike", {5000, 5000}, 2, 0},
        {"two: 10 dB apart: 7.07", {5000, 6000}, 2, 707},
        {"2, 4, 4, 6: sqrt(8/3)", {200, 400, 400, 600}, 4, 163},
        {"below zero", {-200, -400, -400, -600}, 4, 163},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_stat s = new_stat(SW_STAT_MODE_LEVEL);

        s.wants_deviation = true;
        for (int k = 0; k < cases[i].n; k++)
            add(&s, k * S, cases[i].level[k], 'N');
        if (sw_stat_deviation(&s) != cases[i].want)
            fail_msg("%s: %d", cases[i].why, (int) sw_stat_deviation(&s));
        sw_stat_reset(&s, 0);
        assert_true(s.wants_deviation && s.squares == 0);
    }
}

static void blocks_of_five_seconds_count_by_their_highest(void **state)
{
    struct sw_stat s = new_stat(SW_STAT_MODE_LEVEL);

    (void) state;
    assert_int_equal(sw_stat_blocks(&s), SW_NO_VALUE);
    s.wants_blocks = true;
    assert_int_equal(sw_stat_blocks(&s), SW_NO_VALUE);
    add(&s, 0, 5000, 'N');
    add(&s, 4 * S + 999999, 7000, 'N');
    assert_int_equal(sw_stat_blocks(&s), 7000);
    add(&s, 5 * S, 5000, 'N');
    assert_int_equal(sw_stat_blocks(&s), 6703); /* (10^7 + 10^5) / 2 */
    add(&s, 20 * S, 5000, 'N');                 /* two blocks without a level are left out */
    assert_int_equal(sw_stat_blocks(&s), 6531); /* (10^7 + 2·10^5) / 3 */
}

static void storm_alone_leaves_the_flag_normal(void **state)
{
    struct sw_stat s = new_stat(SW_STAT_MODE_LEVEL);
    struct sw_ring_entry e = {
        .level = 5000, .max = SW_NO_VALUE, .cls = SW_EX_WEATHER, .flag = 'N', .wind = 700, .rain_known = 1};

    (void) state;
    for (e.ts_us = 0; e.ts_us < 3 * S; e.ts_us += S)
        sw_stat_add(&s, &e, S);
    assert_int_equal(sw_stat_flag(&s, 2), 'N');
    assert_int_equal(sw_stat_flag(&s, 3), 'B');
    assert_int_equal(sw_stat_wind(&s), 700);
    assert_true(s.rain_known && !s.rained);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_are_class_centres_counted_from_the_loud_side),
        cmocka_unit_test(nothing_counted_gives_no_values),
        cmocka_unit_test(other_values_are_averaged_by_their_kind),
        cmocka_unit_test(flags_decide_what_counts),
        cmocka_unit_test(a_window_takes_the_flag_of_what_it_holds),
        cmocka_unit_test(the_largest_gap_is_where_nothing_counted),
        cmocka_unit_test(maxima_beside_the_level_are_kept_apart),
        cmocka_unit_test(deviation_is_that_of_the_sample),
        cmocka_unit_test(blocks_of_five_seconds_count_by_their_highest),
        cmocka_unit_test(storm_alone_leaves_the_flag_normal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
