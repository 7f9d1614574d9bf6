// SPDX-License-Identifier: Apache-2.0
/* The forecast model against a second one (tests/support/p5_reference.py), on streams that both draw themselves; and
 * its promises: nothing said about what is unknown, nothing learned from silence, sane on the first day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "p5_streams.h"

static const struct {
    int kind, minute;
    double limit_db, want;
} rows[] = {
    {0, 19, 61.5, NAN},      {0, 20, 61.5, 0.3185},   {0, 45, 61.5, 0.3538},   {0, 62, 62.5, 0.2965},
    {0, 90, 67.0, 0.4892},   {0, 180, 61.0, 0.2374},  {0, 301, 62.0, 0.5777},  {0, 424, 61.5, 0.4303},
    {0, 599, 61.5, 0.4175},  {1, 30, 57.5, 0.5957},   {1, 300, 57.5, 0.7824},  {1, 545, 57.0, NAN},
    {1, 1439, 54.5, NAN},    {1, 1441, 55.0, 0.1565}, {1, 2000, 56.0, 0.2930}, {1, 2900, 57.0, 0.7097},
    {1, 4000, 58.5, 0.3046}, {1, 4319, 56.5, 0.5972}, {1, 4320, 50.0, 1.0000}, {2, 60, 53.0, 0.5847},
    {2, 81, 53.5, 0.1174},   {2, 88, 54.5, 0.5532},   {2, 92, 56.0, 0.6450},   {2, 96, 58.0, 0.3640},
    {2, 100, 60.0, 0.3030},  {2, 105, 62.5, 0.2669},  {2, 110, 80.0, 0.0000},
};

static void says_what_the_reference_says(void **state)
{
    struct sw_p5 *p = NULL;
    struct stream s = {0};
    int kind = -1;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        const int64_t now_us = rows[i].minute * MINUTE;
        double got;

        if (rows[i].kind != kind) {
            kind = rows[i].kind;
            p = sw_p5_free(p);
            p = sw_p5_new();
            assert_non_null(p);
            s = (struct stream){.kind = kind, .seed = 7u + (uint32_t) kind};
            n_held = 0;
        }
        while (s.i * interval_of[kind] < now_us)
            give_next(p, &s);
        got = ask(p, now_us, interval_of[kind], rows[i].limit_db);
        if (isnan(rows[i].want) ? !isnan(got) : !(fabs(got - rows[i].want) <= 0.002))
            fail_msg("stream %d, minute %d, limit %.1f: %.4f, the reference says %.4f", kind, rows[i].minute,
                     rows[i].limit_db, got, rows[i].want);
    }
    sw_p5_free(p);
}

static void the_hour_of_the_day_does_not_matter(void **state)
{
    static const int64_t shift_us[] = {10 * MINUTE, 7 * 60 * MINUTE, 20000LL * 1440 * MINUTE, -3000LL * 1440 * MINUTE};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(shift_us); i++) {
        struct stream s = {.kind = 0, .seed = 9};
        struct sw_p5 *p = sw_p5_new(), *shifted = sw_p5_new();

        assert_non_null(p);
        assert_non_null(shifted);
        n_held = 0;
        for (int k = 0; k < 2500; k++) {
            const int64_t t_us = k * 10 * S;
            const int32_t level = next(&s);
            struct sw_p5_question q;
            double a, b;

            give(p, t_us, 10 * S, level);
            sw_p5_level(shifted, t_us + shift_us[i], 10 * S, level);
            q = question(t_us + 10 * S, 10 * S, 62.0);
            a = sw_p5_probability(p, &q);
            b = sw_p5_probability(shifted, &q);
            if (memcmp(&a, &b, sizeof(a)) != 0)
                fail_msg("shifted by %lld min, reading %d: %a and %a", (long long) (shift_us[i] / MINUTE), k, a, b);
        }
        sw_p5_free(p);
        sw_p5_free(shifted);
    }
}

/* ---- what it must not know, and what it must ---- */

static void says_nothing_before_twenty_minutes_are_known(void **state)
{
    struct sw_p5 *p = *state;

    assert_int_equal(sw_p5_needs_from(p), INT64_MIN);
    for (int i = 0; i < 25 * 60; i++) {
        give(p, i * S, S, 6000);
        assert_int_equal(isnan(ask(p, (i + 1) * S, S, 70.0)), i + 1 < 20 * 60);
    }
}

static void a_silent_sensor_is_unknown_until_fifteen_of_twenty_minutes_are_known_again(void **state)
{
    struct sw_p5 *p = *state;
    int64_t t_us = 0;

    for (int i = 0; i < 60 * 60; i++, t_us += S)
        give(p, t_us, S, 6000);
    sw_p5_tick(p, t_us + 60 * S);
    assert_false(isnan(ask(p, t_us, S, 70.0)));
    sw_p5_tick(p, t_us + 61 * S);
    assert_true(isnan(ask(p, t_us, S, 70.0)));
    t_us += 30 * MINUTE;
    for (int i = 0; i < 20 * 60; i++, t_us += S) {
        give(p, t_us, S, 6000);
        assert_int_equal(isnan(ask(p, t_us + S, S, 70.0)), i + 1 < 15 * 60);
    }
}

static void missing_minutes_are_not_learned_as_silence(void **state)
{
    struct sw_p5 *p = *state;
    double v;

    for (int i = 0; i < 600; i++)
        if (i % 40 < 30) /* ten minutes missing each 40 */
            give(p, i * MINUTE, MINUTE, 6000);
    v = 1.5; /* the level never moves: 15 stretches of 30 minutes have 29 steps each, those across a gap do not count */
    for (int i = 0; i < 15 * 29; i++)
        v -= v / 30.0;
    assert_true(fabs(p->v - v) < 1e-9);
    for (int i = 0; i < SW_P5_X; i++)
        for (int k = 0; k < SW_P5_X; k++)
            if (i != k)
                assert_true(fabs(p->learner.a[i][k]) < 1e-9); /* every difference of levels was 0 */
    assert_true(p->learner.b[0] < 1440 * 0.019 + 1e-9);
    assert_true(ask(p, 590 * MINUTE, MINUTE, 70.0) < 0.01);
}

static void a_jump_of_time_forgets_measurements_and_keeps_what_was_learned(void **state)
{
    static const struct {
        const char *why;
        int64_t jump_us;
        bool forgets;
    } cases[] = {
        {"two hours", 120 * MINUTE, false},
        {"a day less an hour", 1380 * MINUTE, false},
        {"a day and a minute", 1441 * MINUTE, true},
        {"a hundred years", 36525LL * 1440 * MINUTE, true},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct stream s = {.kind = 0, .seed = 21};
        struct sw_p5 *p = sw_p5_new();
        struct sw_p5_learner before;
        int64_t t_us;

        assert_non_null(p);
        n_held = 0;
        for (int k = 0; k < 3000; k++)
            give_next(p, &s);
        before = p->learner;
        t_us = s.i * 10 * S + cases[i].jump_us;
        for (int k = 0; k < 60; k++, t_us += 10 * S)
            give(p, t_us, 10 * S, 6000);
        if (memcmp(&before.hist, &p->learner.hist, sizeof(before.hist)) != 0)
            fail_msg("%s: the gap was learned", cases[i].why);
        if ((p->day_n == 10) != cases[i].forgets)
            fail_msg("%s: %u minutes are known", cases[i].why, p->day_n);
        assert_true(isnan(ask(p, t_us, 10 * S, 70.0)));
        sw_p5_level(p, INT64_MAX - 5, 10 * S, 6000); /* no time at all: refused */
        sw_p5_level(p, INT64_MIN, 10 * S, 6000);
        assert_int_equal(sw_p5_needs_from(p), t_us - 10 * S + 1);
        sw_p5_free(p);
    }
}

static void on_its_first_day_it_is_calm_far_below_and_alarmed_near_the_limit(void **state)
{
    struct sw_p5 *p = *state;
    int64_t t_us = 0;

    for (int i = 0; i < 40 * 60; i++, t_us += S)
        give(p, t_us, S, 5000);
    assert_true(ask(p, t_us, S, 70.0) <= 0.001);
    assert_true(ask(p, t_us, S, 60.0) <= 0.01);
    assert_true(ask(p, t_us, S, 50.0) >= 0.3); /* constant, 0.05 dB below what counts as over: may well happen */
    /* A machine at 74 dB: 8 of its minutes carry the 20 over 70 (20·10^7/10^7.4 = 8.0). Two minutes before that the
     * usual threshold of 0.45 is reached. */
    for (int i = 0; i < 6 * 60; i++, t_us += S)
        give(p, t_us, S, 7400);
    assert_true(ask(p, t_us, S, 70.0) >= 0.45);
    assert_true(ask(p, t_us, S, 70.0) > ask(p, t_us, S, 72.0));
    assert_true(ask(p, t_us, S, 80.0) <= 0.05);
}

static void a_crossing_that_cannot_fail_is_certain(void **state)
{
    struct sw_p5 *p = *state;

    for (int i = 0; i < 30; i++)
        give(p, i * MINUTE, MINUTE, i < 29 ? 6000 : 9000);
    assert_true(ask(p, 30 * MINUTE, MINUTE, 70.0) == 1.0); /* 90 dB for one minute of 20 is 77 dB */
    for (double limit = 60.0; limit < 90.0; limit += 0.5) {
        const double a = ask(p, 30 * MINUTE, MINUTE, limit), b = ask(p, 30 * MINUTE, MINUTE, limit + 0.5);

        assert_true(a >= b); /* never more likely to cross the higher one */
        assert_true(round(a * 1000.0) / 1000.0 == a);
    }
}

static void readings_of_any_interval_are_taken_up_to_five_minutes(void **state)
{
    static const struct {
        int64_t interval_us;
        bool is_taken;
    } cases[] = {{10000, true},   {125000, true},  {7 * S, true},        {37 * S, true}, {60 * S, true},
                 {150 * S, true}, {300 * S, true}, {300 * S + 1, false}, {0, false},     {-S, false}};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const int64_t interval_us = cases[i].interval_us, step_us = interval_us > 0 ? interval_us : S;
        struct sw_p5 *p = sw_p5_new();
        int64_t t_us = 17 * S + 3; /* on no boundary */

        assert_non_null(p);
        n_held = 0;
        for (; t_us < 40 * MINUTE; t_us += step_us)
            give(p, t_us, interval_us, 6200);
        if (isnan(ask(p, t_us, step_us, 70.0)) == cases[i].is_taken)
            fail_msg("interval %lld us", (long long) interval_us);
        if (cases[i].is_taken && ask(p, t_us, step_us, 70.0) > 0.01)
            fail_msg("interval %lld us: constant and far below, yet %.3f", (long long) interval_us,
                     ask(p, t_us, step_us, 70.0));
        sw_p5_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_the_reference_says),
        cmocka_unit_test(the_hour_of_the_day_does_not_matter),
        cmocka_unit_test_setup_teardown(says_nothing_before_twenty_minutes_are_known, new_model, free_model),
        cmocka_unit_test_setup_teardown(a_silent_sensor_is_unknown_until_fifteen_of_twenty_minutes_are_known_again,
                                        new_model, free_model),
        cmocka_unit_test_setup_teardown(missing_minutes_are_not_learned_as_silence, new_model, free_model),
        cmocka_unit_test(a_jump_of_time_forgets_measurements_and_keeps_what_was_learned),
        cmocka_unit_test_setup_teardown(on_its_first_day_it_is_calm_far_below_and_alarmed_near_the_limit, new_model,
                                        free_model),
        cmocka_unit_test_setup_teardown(a_crossing_that_cannot_fail_is_certain, new_model, free_model),
        cmocka_unit_test(readings_of_any_interval_are_taken_up_to_five_minutes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
