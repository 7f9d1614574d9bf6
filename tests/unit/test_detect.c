// SPDX-License-Identifier: Apache-2.0
/* Work heard at a sensor. Background 6 dB, idle 3 dB, three days, as in the packs. The idle nights have LA90 40 dB and
 * LAeq 45 dB unless a case says otherwise, so the bounds are LA90 46 and LAeq 48. */
#include "rules/detect.h"

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "test.h"

#define S SW_US_PER_S
#define WINDOW_US (SW_DETECT_WINDOW_S * S)
#define DAY0 20500
#define YES SW_DETECTED_YES
#define NO SW_DETECTED_NO
#define UNKNOWN SW_DETECTED_UNKNOWN

static const struct sw_detect_conf conf = {600, 300, 3};

static struct sw_detect *fresh(void)
{
    struct sw_detect *d = sw_detect_new(&conf);

    assert_non_null(d);
    return d;
}

/* A window of day DAY0 + day, hour 23 on working days, the k-th of the hour. */
static enum sw_detected window(struct sw_detect *d, int day, int k, int32_t leq, int32_t l90, bool may_learn)
{
    const struct sw_detect_window w = {
        .from_us = ((int64_t) (DAY0 + day) * 86400 + 23 * 3600) * S + k * WINDOW_US,
        .leq = leq,
        .l90 = l90,
        .local_day = DAY0 + day,
        .hour = 23,
        .is_workday = true,
    };

    return sw_detect_window(d, &w, may_learn);
}

static void learn_days(struct sw_detect *d, int n)
{
    for (int day = 0; day < n; day++)
        for (int k = 0; k < 12; k++)
            window(d, day, k, 4500, 4000, true);
}

static void both_bounds_must_be_reached(void **state)
{
    static const struct {
        const char *why;
        int32_t leq, l90;
        enum sw_detected want;
    } rows[] = {
        {"as on idle nights", 4500, 4000, NO},
        {"exactly at both", 4800, 4600, YES},
        {"the background just under", 4800, 4599, NO},
        {"the mean just under", 4799, 4600, NO},
        {"lorries pass: loud, but the background is low", 6500, 4100, NO},
        {"no LA90", 6500, SW_NO_VALUE, UNKNOWN},
        {"no LAeq", SW_NO_VALUE, 6000, UNKNOWN},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        struct sw_detect *d = fresh();
        enum sw_detected got;

        learn_days(d, 3);
        got = window(d, 3, 0, rows[i].leq, rows[i].l90, false);
        CHECK(got == rows[i].want, "%s: %d", rows[i].why, got);
        sw_detect_free(d);
    }
}

static void fewer_days_than_asked_for_say_nothing(void **state)
{
    struct sw_detect *d = fresh();

    (void) state;
    assert_int_equal(window(d, 0, 0, 9000, 9000, false), UNKNOWN);
    learn_days(d, 2);
    assert_int_equal(window(d, 2, 0, 9000, 9000, false), UNKNOWN);
    assert_int_equal(window(d, 2, 1, 4500, 4000, true), UNKNOWN); /* this one is learned: the third day has begun */
    assert_int_equal(window(d, 2, 2, 9000, 9000, false), YES);
    sw_detect_free(d);
}

static void an_hour_is_compared_with_the_same_hour_of_like_days(void **state)
{
    struct sw_detect *d = fresh();
    struct sw_detect_window w = {.from_us = (int64_t) (DAY0 + 5) * 86400 * S, .leq = 7000, .l90 = 7000};

    (void) state;
    learn_days(d, 3);
    w.local_day = DAY0 + 5;
    w.hour = 23;
    w.is_workday = false;
    assert_int_equal(sw_detect_window(d, &w, false), UNKNOWN);
    w.from_us += WINDOW_US;
    w.hour = 22;
    w.is_workday = true;
    assert_int_equal(sw_detect_window(d, &w, false), UNKNOWN);
    w.from_us += WINDOW_US;
    w.hour = 23;
    assert_int_equal(sw_detect_window(d, &w, false), YES);
    sw_detect_free(d);
}

/* Of 100 idle windows the background is the 50th from below, the usual level the 95th: LA90 is 40.00 for the lower 50
 * and 44.00 for the upper, LAeq 45.00 … 45.99. So the bounds are 46.00 and 45.94 + 3 = 48.94. */
static void median_and_percentile_are_by_rank(void **state)
{
    struct sw_detect *d = fresh();
    int n = 0;

    (void) state;
    for (int day = 0; day < 9 && n < 100; day++)
        for (int k = 0; k < 12 && n < 100; k++, n++)
            window(d, day, k, 4500 + (n * 37) % 100, n % 2 ? 4400 : 4000, true);
    assert_int_equal(n, 100);
    assert_int_equal(window(d, 9, 0, 4894, 4599, false), NO);
    assert_int_equal(window(d, 9, 1, 4893, 4600, false), NO);
    assert_int_equal(window(d, 9, 2, 4894, 4600, false), YES);
    sw_detect_free(d);
}

static void what_was_detected_or_allowed_is_not_learned(void **state)
{
    struct sw_detect *d = fresh();

    (void) state;
    learn_days(d, 3);
    for (int day = 3; day < 9; day++)
        for (int k = 0; k < 12; k++)
            assert_int_equal(window(d, day, k, 7000, 6500, true), YES); /* six loud nights do not become usual */
    for (int k = 0; k < 12; k++)
        assert_int_equal(window(d, 9, k, 4700, 4500, false), NO); /* allowed work that is quiet */
    assert_int_equal(window(d, 10, 0, 4800, 4600, false), YES);
    sw_detect_free(d);
}

static void after_fourteen_days_it_is_forgotten(void **state)
{
    struct sw_detect *d = fresh();

    (void) state;
    learn_days(d, 3); /* days 0, 1, 2 */
    assert_int_equal(window(d, 14, 0, 7000, 6500, false), YES);
    assert_int_equal(window(d, 15, 0, 7000, 6500, false), UNKNOWN); /* day 0 is over: two are left */
    sw_detect_free(d);
}

static void a_window_is_taken_once(void **state)
{
    struct sw_detect *d = fresh();

    (void) state;
    learn_days(d, 3);
    assert_int_equal(window(d, 3, 5, 7000, 6500, false), YES);
    assert_int_equal(window(d, 3, 5, 4000, 3000, true), YES); /* again, and one before: nothing new */
    assert_int_equal(window(d, 3, 4, 4000, 3000, true), YES);
    assert_int_equal(window(d, 3, 6, 4500, 4000, true), NO);
    sw_detect_free(d);
}

static void an_input_counts_for_ten_minutes(void **state)
{
    struct sw_detect *d = fresh();
    const int64_t t = (int64_t) DAY0 * 86400 * S;

    (void) state;
    assert_int_equal(sw_detect_at(d, t), UNKNOWN);
    sw_detect_input(d, t);
    assert_int_equal(sw_detect_at(d, t - 1), UNKNOWN);
    assert_int_equal(sw_detect_at(d, t), YES);
    assert_int_equal(sw_detect_at(d, t + 600 * S - 1), YES);
    assert_int_equal(sw_detect_at(d, t + 600 * S), UNKNOWN);
    sw_detect_free(d);
}

static void a_window_under_an_input_is_work_and_is_not_learned(void **state)
{
    struct sw_detect *d = fresh();
    const int64_t from = ((int64_t) (DAY0 + 3) * 86400 + 23 * 3600) * S;

    (void) state;
    learn_days(d, 3);
    sw_detect_input(d, from + 120 * S);
    assert_int_equal(window(d, 3, 0, 4500, 4000, true), NO);  /* it began in the middle: not the whole window */
    assert_int_equal(window(d, 3, 1, 4500, 4000, true), YES); /* 120 … 720 s covers 300 … 600 */
    assert_int_equal(window(d, 3, 2, 4500, 4000, true), NO);  /* ends at 720 */
    for (int k = 3; k < 12; k++)
        window(d, 3, k, 9900, 4000, true);                    /* LAeq without LA90: idle, and learned */
    assert_int_equal(window(d, 4, 0, 4800, 4600, false), NO); /* nine of 45 at 99 dB are the 95th percentile now */
    sw_detect_free(d);
}

static void the_last_window_speaks_for_two_more(void **state)
{
    struct sw_detect *d = fresh();
    const int64_t from = ((int64_t) (DAY0 + 3) * 86400 + 23 * 3600) * S;

    (void) state;
    learn_days(d, 3);
    window(d, 3, 0, 7000, 6500, true);
    assert_int_equal(sw_detect_at(d, from + 3 * WINDOW_US - 1), YES);
    assert_int_equal(sw_detect_at(d, from + 3 * WINDOW_US), UNKNOWN);
    sw_detect_free(d);
}

static void what_was_learned_survives_a_restart_exactly(void **state)
{
    struct sw_detect *a = fresh(), *b = fresh();
    char *text = malloc(SW_DETECT_STATE_MAX), *again = malloc(SW_DETECT_STATE_MAX);
    struct sw_err err = {0};
    size_t n;

    (void) state;
    assert_true(text && again);
    for (int day = 0; day < 40; day++) /* fuller than it can hold: every hour of every day, levels of five digits */
        for (int k = 0; k < 288; k++) {
            const struct sw_detect_window w = {.from_us = ((int64_t) (DAY0 + day) * 86400 + k * 300) * S,
                                               .leq = 12000 + k,
                                               .l90 = 11000 + day,
                                               .local_day = DAY0 + day,
                                               .hour = (uint8_t) (k / 12),
                                               .is_workday = true};

            sw_detect_window(a, &w, true);
        }
    sw_detect_input(a, (int64_t) (DAY0 + 40) * 86400 * S);
    n = sw_detect_write(a, text, SW_DETECT_STATE_MAX);
    assert_true(n > 0);
    CHECK(sw_detect_read(b, text, n, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(sw_detect_write(b, again, SW_DETECT_STATE_MAX), n);
    assert_memory_equal(text, again, n);
    assert_int_equal(window(a, 40, 0, 13000, 12000, true), window(b, 40, 0, 13000, 12000, true));
    assert_int_equal(sw_detect_write(a, text, 100), 0);
    free(text);
    free(again);
    sw_detect_free(a);
    sw_detect_free(b);
}

static void broken_text_is_refused_and_nothing_of_it_stays(void **state)
{
    static const struct {
        const char *why, *text;
    } rows[] = {
        {"empty", ""},
        {"another kind of file", "siteward-p5 1\n"},
        {"no end", "siteward-detect 1\nlast 5 0\ninput 1 2\nday 5\n3 10 20\n"},
        {"something after the end", "siteward-detect 1\nlast 5 0\ninput 1 2\nend\nday 5\n"},
        {"an hour that is none", "siteward-detect 1\nlast 5 0\ninput 1 2\nday 5\n48 10 20\nend\n"},
        {"a level that cannot be", "siteward-detect 1\nlast 5 0\ninput 1 2\nday 5\n3 32768 20\nend\n"},
        {"a window without a day", "siteward-detect 1\nlast 5 0\ninput 1 2\n3 10 20\nend\n"},
        {"days run backwards", "siteward-detect 1\nlast 5 0\ninput 1 2\nday 5\nday 5\nend\n"},
        {"a verdict that is none", "siteward-detect 1\nlast 5 2\ninput 1 2\nend\n"},
        {"letters", "siteward-detect 1\nlast 5 x\ninput 1 2\nend\n"},
        {"too few numbers", "siteward-detect 1\nlast 5 0\ninput 1 2\nday 5\n3 10\nend\n"},
        {"too many", "siteward-detect 1\nlast 5 0\ninput 1 2\nday 5\n3 10 20 30\nend\n"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        struct sw_detect *d = fresh();
        char text[128], empty[128];
        struct sw_err err = {0};
        size_t n, n_empty = sw_detect_write(d, empty, sizeof(empty));

        learn_days(d, 1);
        CHECK(sw_detect_read(d, rows[i].text, strlen(rows[i].text), &err) == SW_E_CORRUPT, "%s", rows[i].why);
        CHECK(err.msg[0], "%s: no sentence", rows[i].why);
        n = sw_detect_write(d, text, sizeof(text));
        CHECK(n == n_empty && memcmp(text, empty, n) == 0, "%s: something stayed", rows[i].why);
        sw_detect_free(d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_bounds_must_be_reached),
        cmocka_unit_test(fewer_days_than_asked_for_say_nothing),
        cmocka_unit_test(an_hour_is_compared_with_the_same_hour_of_like_days),
        cmocka_unit_test(median_and_percentile_are_by_rank),
        cmocka_unit_test(what_was_detected_or_allowed_is_not_learned),
        cmocka_unit_test(after_fourteen_days_it_is_forgotten),
        cmocka_unit_test(a_window_is_taken_once),
        cmocka_unit_test(an_input_counts_for_ten_minutes),
        cmocka_unit_test(a_window_under_an_input_is_work_and_is_not_learned),
        cmocka_unit_test(the_last_window_speaks_for_two_more),
        cmocka_unit_test(what_was_learned_survives_a_restart_exactly),
        cmocka_unit_test(broken_text_is_refused_and_nothing_of_it_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
