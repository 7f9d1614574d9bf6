// SPDX-License-Identifier: Apache-2.0
/* How long the uplink waits, which version it speaks and what a failure means; each a pure function. */
#include "test.h"

#include <string.h>

#include "gateway/platform.h"
#include "gateway/uplink_cause.h"
#include "gateway/uplink_retry.h"

#define S SW_US_PER_S
#define M (60 * SW_US_PER_S)
#define H (3600 * SW_US_PER_S)

static const uint64_t chances[] = {0, 1, 499999, 1234567890123, UINT64_MAX / 2, UINT64_MAX};

/* The plain wait doubles from 1 s to 60 s, whatever chance does; half of it is always waited, never more than all. */
static void the_plain_wait_doubles_between_its_bounds(void **state)
{
    static const int64_t want_s[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};

    (void) state;
    for (size_t k = 0; k < SW_ARRAY_SIZE(chances); k++) {
        struct uplink_retry r = {.min_us = S, .max_us = M};

        for (size_t i = 0; i < SW_ARRAY_SIZE(want_s); i++) {
            int64_t got = uplink_retry_wait_us(&r, UPLINK_END_FAILED, 0, chances[k]);

            CHECK(got >= want_s[i] * S / 2 && got <= want_s[i] * S, "try %zu, chance %zu: %lld us", i, k,
                  (long long) got);
        }
    }
}

static void chance_spreads_the_wait_over_its_whole_half(void **state)
{
    struct uplink_retry a = {.min_us = 2 * S, .max_us = M}, b = a;

    (void) state;
    assert_int_equal(uplink_retry_wait_us(&a, UPLINK_END_FAILED, 0, 0), S);
    assert_int_equal(uplink_retry_wait_us(&b, UPLINK_END_FAILED, 0, (uint64_t) S), 2 * S);
}

static void a_connection_that_lasted_makes_the_next_wait_short_again(void **state)
{
    struct uplink_retry r = {.min_us = S, .max_us = M};

    (void) state;
    for (int i = 0; i < 10; i++)
        uplink_retry_wait_us(&r, UPLINK_END_FAILED, 0, 0);
    assert_int_equal(uplink_retry_wait_us(&r, UPLINK_END_LOST, UPLINK_STEADY_US, 0), 30 * S); /* not quite */
    assert_int_equal(uplink_retry_wait_us(&r, UPLINK_END_LOST, UPLINK_STEADY_US + 1, 0), S / 2);
}

static void whoever_is_thrown_out_gives_way_for_one_two_five_ten_minutes(void **state)
{
    static const int64_t want_m[] = {1, 2, 5, 10, 10, 10};

    (void) state;
    for (size_t k = 0; k < SW_ARRAY_SIZE(chances); k++) {
        struct uplink_retry r = {.min_us = S, .max_us = M};

        assert_false(uplink_retry_is_taken(&r));
        for (size_t i = 0; i < SW_ARRAY_SIZE(want_m); i++) {
            int64_t got = uplink_retry_wait_us(&r, UPLINK_END_TAKEN, 2 * S, chances[k]);

            CHECK(got >= want_m[i] * M && got <= want_m[i] * M * 3 / 2, "time %zu: %lld us", i, (long long) got);
            assert_true(uplink_retry_is_taken(&r));
        }
    }
}

/* The other one may hold the line for its longest wait: only then it is gone. */
static void a_takeover_is_over_when_a_connection_outlasts_the_longest_wait(void **state)
{
    struct uplink_retry r = {.min_us = S, .max_us = M};

    (void) state;
    assert_true(UPLINK_SETTLED_US > UPLINK_TAKEN_WAIT_US * 3 / 2);
    uplink_retry_wait_us(&r, UPLINK_END_TAKEN, S, 0);
    assert_false(uplink_retry_settle(&r, UPLINK_SETTLED_US - 1));
    assert_true(uplink_retry_is_taken(&r));
    assert_true(uplink_retry_settle(&r, UPLINK_SETTLED_US));
    assert_false(uplink_retry_is_taken(&r));
    assert_false(uplink_retry_settle(&r, UPLINK_SETTLED_US)); /* nothing changed any more */
    assert_int_equal(uplink_retry_wait_us(&r, UPLINK_END_TAKEN, H, 0), M);
}

/* 3.1.1 has no word for it, and some brokers keep silent in 5: a connection that breaks at once, five times in a row,
 * is guessed to be one. */
static void connections_that_break_at_once_count_as_taken_the_fifth_time(void **state)
{
    struct uplink_retry r = {.min_us = S, .max_us = M};

    (void) state;
    for (int i = 1; i < UPLINK_BRIEF_MAX; i++) {
        assert_true(uplink_retry_wait_us(&r, UPLINK_END_LOST, S, 0) < M);
        assert_false(uplink_retry_is_taken(&r));
    }
    assert_int_equal(uplink_retry_wait_us(&r, UPLINK_END_LOST, S, 0), M);
    assert_true(uplink_retry_is_taken(&r));
    assert_int_equal(uplink_retry_wait_us(&r, UPLINK_END_LOST, S, 0), 2 * M);
    r = (struct uplink_retry){.min_us = S, .max_us = M};
    for (int i = 0; i < 20; i++) { /* the broker itself was away between them: it is being restarted */
        uplink_retry_wait_us(&r, i % 4 == 3 ? UPLINK_END_FAILED : UPLINK_END_LOST, S, 0);
        assert_false(uplink_retry_is_taken(&r));
    }
    for (int i = 0; i < 20; i++) { /* one that stood a while between them breaks the row */
        uplink_retry_wait_us(&r, UPLINK_END_LOST, i % 2 ? S : UPLINK_BRIEF_US, 0);
        assert_false(uplink_retry_is_taken(&r));
    }
}

/* ---- version ---- */

static void a_version_that_is_set_is_never_left(void **state)
{
    (void) state;
    for (int wanted = 4; wanted <= 5; wanted++) {
        struct uplink_version v = {.wanted = wanted};

        for (int i = 0; i < 10; i++) {
            assert_int_equal(uplink_version_next(&v, i * H), wanted);
            assert_false(uplink_version_failed(&v, i % 2, i % 3 == 0, i * H));
        }
    }
}

static void automatic_begins_with_5_and_takes_3_1_1_for_a_day_once_5_is_refused(void **state)
{
    struct uplink_version v = {0};

    (void) state;
    assert_int_equal(uplink_version_next(&v, H), 5);
    assert_false(uplink_version_failed(&v, false, false, H)); /* nobody there: no reason */
    assert_int_equal(uplink_version_next(&v, H), 5);
    assert_true(uplink_version_failed(&v, true, false, H));
    assert_int_equal(uplink_version_next(&v, H), 4);
    uplink_version_worked(&v);
    assert_int_equal(uplink_version_next(&v, H + UPLINK_REFUSED_US - 1), 4);
    assert_int_equal(uplink_version_next(&v, H + UPLINK_REFUSED_US), 5);
}

static void a_connection_that_is_cut_without_a_word_is_a_reason_the_third_time_and_for_an_hour(void **state)
{
    struct uplink_version v = {0};

    (void) state;
    uplink_version_next(&v, 0);
    assert_false(uplink_version_failed(&v, false, true, 0));
    assert_false(uplink_version_failed(&v, false, true, 0));
    assert_false(uplink_version_failed(&v, false, false, 0)); /* the row is broken: the broker was restarted */
    assert_false(uplink_version_failed(&v, false, true, 0));
    assert_false(uplink_version_failed(&v, false, true, 0));
    assert_true(uplink_version_failed(&v, false, true, 0));
    assert_int_equal(uplink_version_next(&v, H - 1), 4);
    assert_int_equal(uplink_version_next(&v, H), 5);
}

/* A refused certificate is cut too: 3.1.1 gets one attempt, and is kept only if it works. */
static void after_cuts_3_1_1_is_tried_once_and_left_unless_it_works(void **state)
{
    struct uplink_version v = {0};

    (void) state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < UPLINK_CUTS_MAX; i++) {
            assert_int_equal(uplink_version_next(&v, 1), 5);
            assert_int_equal(uplink_version_failed(&v, false, true, 1), i == UPLINK_CUTS_MAX - 1);
        }
        assert_int_equal(uplink_version_next(&v, 1), 4);
        assert_false(uplink_version_failed(&v, false, round % 2, 1));
    }
    for (int i = 0; i < UPLINK_CUTS_MAX; i++, uplink_version_failed(&v, false, true, 2))
        uplink_version_next(&v, 2);
    uplink_version_worked(&v);
    assert_false(uplink_version_failed(&v, false, false, 3)); /* away for a while */
    assert_int_equal(uplink_version_next(&v, 3), 4);
}

static void a_broker_that_refuses_both_is_asked_from_the_beginning(void **state)
{
    struct uplink_version v = {0};

    (void) state;
    uplink_version_next(&v, 0);
    assert_true(uplink_version_failed(&v, true, false, 0));
    assert_int_equal(uplink_version_next(&v, 1), 4);
    assert_false(uplink_version_failed(&v, true, false, 1)); /* not at once: that would be a busy loop */
    assert_int_equal(uplink_version_next(&v, 2), 5);
}

/* ---- what it means ---- */

static const struct {
    const char *why;
    struct sw_mqtt_event ev;
    enum sw_uplink_cause cause;
} causes[] = {
    {"nobody there", {.reason = -1}, SW_UPLINK_UNREACHABLE},
    {"server busy", {.reason = 0x89}, SW_UPLINK_UNREACHABLE},
    {"version", {.reason = 0x84}, SW_UPLINK_VERSION},
    {"client id", {.reason = 0x85}, SW_UPLINK_CREDENTIALS},
    {"password", {.reason = 0x86}, SW_UPLINK_CREDENTIALS},
    {"not authorised", {.reason = 0x87}, SW_UPLINK_CREDENTIALS},
    {"taken over", {.reason = 0x8e}, SW_UPLINK_TAKEN_OVER},
    {"unknown root", {.reason = -1, .tls = SW_MQTT_TLS_NOT_TRUSTED}, SW_UPLINK_NOT_TRUSTED},
    {"another name", {.reason = -1, .tls = SW_MQTT_TLS_WRONG_NAME}, SW_UPLINK_NOT_TRUSTED},
    {"revoked", {.reason = -1, .tls = SW_MQTT_TLS_REFUSED}, SW_UPLINK_NOT_ACCEPTED},
    {"no such file", {.reason = -1, .tls = SW_MQTT_TLS_FILES}, SW_UPLINK_FILES},
};

static void each_failure_has_a_cause_and_each_cause_that_a_person_can_mend_says_how(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(causes); i++) {
        enum sw_uplink_cause cause = uplink_cause_of(&causes[i].ev);

        CHECK(cause == causes[i].cause, "%s: %d", causes[i].why, (int) cause);
        CHECK((uplink_cause_advice(cause)[0] != '\0') == (cause != SW_UPLINK_UNREACHABLE), "%s", causes[i].why);
    }
}

static const struct {
    const char *why;
    struct sw_uplink_status st;
    int64_t away_us; /* not connected for so long */
    bool is_taken_over, is_away;
} judged[] = {
    {"connected", {.is_connected = true}, 100 * H, false, false},
    {"no broker for less than ten minutes", {.cause = SW_UPLINK_UNREACHABLE}, 10 * M - 1, false, false},
    {"no broker for ten", {.cause = SW_UPLINK_UNREACHABLE}, 10 * M, false, true},
    {"never tried yet", {.cause = SW_UPLINK_FINE}, 0, false, false},
    {"a certificate for less than one", {.cause = SW_UPLINK_NOT_TRUSTED}, M - 1, false, false},
    {"a certificate", {.cause = SW_UPLINK_NOT_TRUSTED}, M, false, true},
    {"a password", {.cause = SW_UPLINK_CREDENTIALS}, M, false, true},
    {"one cause, one notice", {.cause = SW_UPLINK_TAKEN_OVER, .is_taken_over = true}, 100 * H, true, false},
    {"connected again, the other may come back", {.is_connected = true, .is_taken_over = true}, M, true, false},
};

static void an_alert_is_for_what_no_waiting_mends_or_for_what_lasts(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(judged); i++) {
        struct core_platform_state got = core_platform_judge(&judged[i].st, judged[i].away_us);

        CHECK(got.is_taken_over == judged[i].is_taken_over && got.is_away == judged[i].is_away, "%s", judged[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plain_wait_doubles_between_its_bounds),
        cmocka_unit_test(chance_spreads_the_wait_over_its_whole_half),
        cmocka_unit_test(a_connection_that_lasted_makes_the_next_wait_short_again),
        cmocka_unit_test(whoever_is_thrown_out_gives_way_for_one_two_five_ten_minutes),
        cmocka_unit_test(a_takeover_is_over_when_a_connection_outlasts_the_longest_wait),
        cmocka_unit_test(connections_that_break_at_once_count_as_taken_the_fifth_time),
        cmocka_unit_test(a_version_that_is_set_is_never_left),
        cmocka_unit_test(automatic_begins_with_5_and_takes_3_1_1_for_a_day_once_5_is_refused),
        cmocka_unit_test(a_connection_that_is_cut_without_a_word_is_a_reason_the_third_time_and_for_an_hour),
        cmocka_unit_test(after_cuts_3_1_1_is_tried_once_and_left_unless_it_works),
        cmocka_unit_test(a_broker_that_refuses_both_is_asked_from_the_beginning),
        cmocka_unit_test(each_failure_has_a_cause_and_each_cause_that_a_person_can_mend_says_how),
        cmocka_unit_test(an_alert_is_for_what_no_waiting_mends_or_for_what_lasts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
