// SPDX-License-Identifier: Apache-2.0
/* Workers: they stop when asked, also out of a long sleep, and their heart can be heard. */
#include "test.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "common/clock.h"
#include "common/worker.h"

static atomic_int rounds, signals_open;

static void sleeper(struct sw_worker *self, void *ctx)
{
    sigset_t mask;

    (void) ctx;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    signals_open = !sigismember(&mask, SIGTERM);
    rounds++;
    while (sw_worker_sleep_until(self, sw_mono_real_us() + 3600 * SW_US_PER_S))
        rounds++;
}

static void a_worker_stops_out_of_an_hour_of_sleep(void **state)
{
    struct sw_worker *w = NULL;
    struct sw_err err = {0};

    (void) state;
    rounds = 0;
    CHECK(sw_worker_start("sleeper", sleeper, NULL, 0, &w, &err) == SW_OK, "%s", err.msg);
    assert_string_equal(sw_worker_name(w), "sleeper");
    assert_null(sw_worker_stop(w));
    assert_int_equal(rounds, 1);
    assert_int_equal(signals_open, 0); /* signals belong to the core */
    assert_null(sw_worker_stop(NULL));
}

static void beater(struct sw_worker *self, void *ctx)
{
    (void) ctx;
    while (!sw_worker_should_stop(self))
        sw_worker_beat(self);
}

static void a_heart_that_beats_is_young(void **state)
{
    struct sw_worker *w = NULL;
    int64_t youngest = INT64_MAX;

    (void) state;
    assert_int_equal(sw_worker_start("beater", beater, NULL, 0, &w, NULL), SW_OK);
    for (int64_t until_us = sw_mono_real_us() + 10 * SW_US_PER_S; youngest > 1000 && sw_mono_real_us() < until_us;)
        youngest = SW_MIN(youngest, sw_worker_age_us(w));
    sw_worker_stop(w);
    CHECK(youngest <= 1000, "youngest beat %lld us old", (long long) youngest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_stops_out_of_an_hour_of_sleep),
        cmocka_unit_test(a_heart_that_beats_is_young),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
