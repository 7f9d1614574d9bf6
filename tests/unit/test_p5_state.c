// SPDX-License-Identifier: Apache-2.0
/* The forecast model's state: the same bits after a restart, whoever looked at the clock; a broken one is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "p5_streams.h"

/* ---- state ---- */

static char text[SW_P5_STATE_MAX], text_again[SW_P5_STATE_MAX];

static void assert_same_state(const struct sw_p5 *a, const struct sw_p5 *b, const char *why)
{
    const size_t len = sw_p5_write(a, text, sizeof(text)), len_again = sw_p5_write(b, text_again, sizeof(text_again));

    assert_true(len > 0);
    if (len != len_again || memcmp(text, text_again, len) != 0)
        fail_msg("%s: the states differ:\n%.*s\n%.*s", why, (int) len, text, (int) len_again, text_again);
}

static struct sw_p5 *restarted(const struct sw_p5 *p)
{
    struct sw_p5 *again = sw_p5_new();
    struct sw_err err = {0};
    const size_t len = sw_p5_write(p, text, sizeof(text));

    assert_non_null(again);
    assert_true(len > 0);
    if (sw_p5_read(again, text, len, &err) != SW_OK)
        fail_msg("%s", err.msg);
    assert_same_state(p, again, "written and read");
    return again;
}

static void continues_after_a_restart_as_if_there_had_been_none(void **state)
{
    static const struct {
        const char *why;
        int kind, readings, restart_each;
    } cases[] = {
        {"10 s, before the first 20 minutes and often", 0, 3600, 97},
        {"1 min with gaps, across fading and the end of the first day", 1, 4320, 601},
        {"1 s, in the middle of steps and minutes", 2, 7200, 1237},
        {"before the first reading", 2, 100, 1},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct stream s = {.kind = cases[i].kind, .seed = 11}, t = s;
        struct sw_p5 *through = sw_p5_new(), *broken = sw_p5_new();
        const int64_t interval_us = interval_of[cases[i].kind];

        assert_non_null(through);
        assert_non_null(broken);
        n_held = 0;
        for (int k = 0; k < cases[i].readings; k++) {
            double a, b;

            if (k % cases[i].restart_each == 0) {
                struct sw_p5 *again = restarted(broken);

                assert_int_equal(sw_p5_needs_from(again), sw_p5_needs_from(broken));
                sw_p5_free(broken);
                broken = again;
            }
            give_next(through, &s);
            give_next(broken, &t);
            a = ask(through, s.i * interval_us, interval_us, 60.0);
            b = ask(broken, s.i * interval_us, interval_us, 60.0);
            if (memcmp(&a, &b, sizeof(a)) != 0)
                fail_msg("%s, reading %d: %a and %a", cases[i].why, k, a, b);
        }
        assert_same_state(through, broken, cases[i].why);
        sw_p5_free(through);
        sw_p5_free(broken);
    }
}

static void readings_given_again_after_a_restart_change_nothing(void **state)
{
    struct stream s = {.kind = 0, .seed = 3};
    struct sw_p5 *p = *state, *again;

    for (int i = 0; i < 500; i++)
        give_next(p, &s);
    again = restarted(p);
    for (size_t i = 0; i < n_held; i++)
        sw_p5_level(again, held[i].t_us, 10 * S, held[i].level + 100);
    assert_same_state(p, again, "given again");
    assert_int_equal(sw_p5_needs_from(again), held[n_held - 1].t_us + 1);
    sw_p5_free(again);
}

static void looking_at_the_clock_teaches_nothing(void **state)
{
    struct stream s = {.kind = 1, .seed = 5}, t = s;
    struct sw_p5 *p = *state, *ticked = sw_p5_new();

    assert_non_null(ticked);
    for (int i = 0; i < 3000; i++) {
        give_next(p, &s);
        give_next(ticked, &t);
        for (int k = 0; k < i % 7; k++)
            sw_p5_tick(ticked, t.i * MINUTE + k * 7 * S);
    }
    assert_same_state(p, ticked, "ticked in between");
    sw_p5_free(ticked);
}

/* ---- ceilings and refusals ---- */

static void is_small_and_so_is_its_text(void **state)
{
    struct sw_p5 *p = *state;
    size_t len;

    assert_true(sizeof(struct sw_p5) <= 24 * 1024);
    for (int i = 0; i < SW_P5_STEPS; i++) { /* the longest that every number can be */
        p->steps_n[i] = SW_P5_STEP_N_MAX;
        p->step_level[i] = 16000;
    }
    for (int i = 0; i < SW_P5_DAY; i++)
        p->minute_level[i] = -2000;
    for (int i = 0; i < SW_P5_BINS; i++)
        p->learner.hist[i] = 0x1.fffffffffffffp-1022;
    for (int i = 0; i < SW_P5_X; i++)
        for (int k = 0; k < SW_P5_X; k++)
            p->learner.a[i][k] = -0x1.fffffffffffffp-1022;
    for (int i = 0; i < SW_P5_AHEAD; i++) {
        p->pending[i].is_known = true;
        for (int k = 0; k < SW_P5_X; k++)
            p->pending[i].x[k] = -0x1.fffffffffffffp-1022;
    }
    p->last_us = p->end_us = p->first_us = -SW_P5_TIME_MAX_US;
    len = sw_p5_write(p, text, sizeof(text));
    assert_true(len > 0);
    assert_int_equal(sw_p5_write(p, text, len), 0); /* no room for the NUL */
    assert_int_equal(sw_p5_write(p, text, len + 1), len);
    assert_int_equal(sw_p5_write(p, text, 0), 0);
}

static void a_broken_state_is_refused_with_a_sentence_and_changes_nothing(void **state)
{
    static const struct {
        const char *why, *from, *to;
    } cases[] = {
        {"another format", "siteward-p5/1", "siteward-p5/2"},
        {"a word is missing", "\nhist ", "\n"},
        {"not a number", "\nv 0x", "\nv zz"},
        {"a restlessness below zero", "\nv 0x", "\nv -0x"},
        {"NaN among the weights", "\nw 0x", "\nw nan 0x"},
        {"infinite", "\nb 0x", "\nb inf 0x"},
        {"a level that no meter has", "\nminutes 6", "\nminutes 9999"},
        {"a step without a count", "*1 ", " "},
        {"a step of no readings", "*1 ", "*0 "},
        {"too many numbers", "\nend", " 0x1p+0\nend"},
        {"time of its own", "\ntime 0 ", "\ntime 9000000000000000000 "},
        {"the open step holds nothing and weighs something", "\nopen 1 ", "\nopen 0 "},
        {"something behind the end", "\nend\n", "\nend\nend\n"},
    };
    struct sw_p5 *p = *state, *other = sw_p5_new();
    static char broken[SW_P5_STATE_MAX + 64];
    struct sw_err err;
    size_t len;

    assert_non_null(other);
    for (int i = 0; i < 400; i++)
        give(p, i * 10 * S, 10 * S, 6200 + i % 13);
    len = sw_p5_write(p, text, sizeof(text));
    text[len] = '\0';
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const char *at = strstr(text, cases[i].from);

        if (!at)
            fail_msg("%s: '%s' is not in the state", cases[i].why, cases[i].from);
        snprintf(broken, sizeof(broken), "%.*s%s%s", (int) (at - text), text, cases[i].to, at + strlen(cases[i].from));
        err = (struct sw_err){0};
        if (sw_p5_read(other, broken, strlen(broken), &err) != SW_E_CORRUPT || !err.msg[0])
            fail_msg("%s: was taken", cases[i].why);
    }
    for (size_t cut = 0; cut < len - 1; cut += 1 + cut / 50)
        assert_int_equal(sw_p5_read(other, text, cut, &err), SW_E_CORRUPT);
    assert_int_equal(sw_p5_read(other, text, len - 1, NULL), SW_OK); /* only the last end of line is missing */
    sw_p5_free(other);
    other = sw_p5_new();
    assert_non_null(other);
    assert_int_equal(sw_p5_read(p, "", 0, NULL), SW_E_CORRUPT);
    assert_int_equal(sw_p5_read(other, text, len, &err), SW_OK);
    assert_same_state(p, other, "after refusals");
    sw_p5_free(other);
}

static void nobody_is_freed_safely(void **state)
{
    (void) state;
    assert_null(sw_p5_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(continues_after_a_restart_as_if_there_had_been_none),
        cmocka_unit_test_setup_teardown(readings_given_again_after_a_restart_change_nothing, new_model, free_model),
        cmocka_unit_test_setup_teardown(looking_at_the_clock_teaches_nothing, new_model, free_model),
        cmocka_unit_test_setup_teardown(is_small_and_so_is_its_text, new_model, free_model),
        cmocka_unit_test_setup_teardown(a_broken_state_is_refused_with_a_sentence_and_changes_nothing, new_model,
                                        free_model),
        cmocka_unit_test(nobody_is_freed_safely),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
