// SPDX-License-Identifier: Apache-2.0
/* The affine clock of a simulated site. */
#include "test.h"

#include <math.h>
#include <sys/timex.h>

#include "common/clock.h"

static void a_simulated_second_takes_a_speedth_of_a_real_one(void **state)
{
    struct sw_clock c;

    (void) state;
    assert_int_equal(sw_clock_init_simulated(&c, 1772458800000000, 60.0, 0, NULL), SW_OK);
    assert_int_equal(sw_clock_real_interval_us(&c, 60 * SW_US_PER_S), SW_US_PER_S);
    assert_int_equal(sw_clock_real_interval_us(&c, 1), 1); /* never a busy loop of zero */
    assert_int_equal(sw_clock_real_interval_us(&c, -5), 0);
}

static void both_domain_clocks_run_from_the_same_origin(void **state)
{
    struct sw_clock c;
    int64_t origin_us = sw_mono_real_us() - 10 * SW_US_PER_S, before, utc, after;

    (void) state;
    sw_clock_init_simulated(&c, 1772458800000000, 20.0, origin_us, NULL);
    before = sw_clock_mono_us(&c);
    utc = sw_clock_utc_us(&c) - 1772458800000000;
    after = sw_clock_mono_us(&c);
    CHECK(before >= 200 * SW_US_PER_S, "ten real seconds are 200 simulated ones, got %lld us", (long long) before);
    CHECK(before <= utc && utc <= after, "%lld <= %lld <= %lld", (long long) before, (long long) utc,
          (long long) after);
}

static void a_speed_that_cannot_be_is_refused(void **state)
{
    static const double speeds[] = {0, -1, 1e-4, 1e6, NAN, INFINITY};
    struct sw_clock c;
    struct sw_err err = {0};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(speeds); i++)
        CHECK(sw_clock_init_simulated(&c, 0, speeds[i], 0, &err) == SW_E_INVAL, "speed %g", speeds[i]);
}

static void the_real_clock_is_the_machine_s(void **state)
{
    struct sw_clock c;

    (void) state;
    sw_clock_init_real(&c);
    assert_int_equal(sw_clock_real_interval_us(&c, 12345), 12345);
    CHECK(sw_clock_utc_us(&c) > 1767225600LL * SW_US_PER_S, "the machine's clock is before 2026");
}

static void a_clock_is_synced_as_the_kernel_says_and_an_invented_one_always(void **state)
{
    struct timex kernel = {0};
    const int said = adjtimex(&kernel);
    struct sw_clock c;

    (void) state;
    sw_clock_init_real(&c);
    assert_int_equal(sw_clock_quality(&c), said == TIME_ERROR || said < 0 ? SW_TIME_UNSYNCED : SW_TIME_SYNCED);
    assert_int_equal(sw_clock_init_simulated(&c, 1772458800000000, 60.0, 0, NULL), SW_OK);
    assert_int_equal(sw_clock_quality(&c), SW_TIME_SYNCED);
}

static void both_domain_clocks_are_told_for_one_instant(void **state)
{
    struct sw_clock c;
    int64_t utc_us, mono_us, later_utc_us, later_mono_us;

    (void) state;
    sw_clock_init_simulated(&c, 1772466000000000LL, 60, 5000000, NULL);
    sw_clock_at(&c, 5000000 + SW_US_PER_S, &utc_us, &mono_us); /* a second after its origin is a domain minute */
    assert_true(utc_us == 1772466060000000LL && mono_us == 60 * SW_US_PER_S);
    sw_clock_init_real(&c);
    sw_clock_at(&c, 1234567, &utc_us, &mono_us);
    assert_int_equal(mono_us, 1234567);
    sw_clock_at(&c, 1234567 + SW_US_PER_S, &later_utc_us, &later_mono_us);
    assert_int_equal(later_mono_us - mono_us, SW_US_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_simulated_second_takes_a_speedth_of_a_real_one),
        cmocka_unit_test(both_domain_clocks_run_from_the_same_origin),
        cmocka_unit_test(a_speed_that_cannot_be_is_refused),
        cmocka_unit_test(the_real_clock_is_the_machine_s),
        cmocka_unit_test(a_clock_is_synced_as_the_kernel_says_and_an_invented_one_always),
        cmocka_unit_test(both_domain_clocks_are_told_for_one_instant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
