// SPDX-License-Identifier: Apache-2.0
/* Levels and energies: the committed table against its generator, means against closed forms worked out with Python's
 * decimal arithmetic, and the agreement of the bounds that verdict and forecast share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "common/reading.h"
#include "rules/energy.h"

static char *slurp(FILE *f, size_t *ret_len)
{
    size_t cap = 1 << 17;
    char *text = malloc(cap);

    assert_non_null(f);
    assert_non_null(text);
    *ret_len = fread(text, 1, cap, f);
    assert_true(*ret_len > 20000 && *ret_len < cap);
    return text;
}

static void committed_table_is_what_its_generator_prints(void **state)
{
    size_t made_len, kept_len;
    FILE *made = popen("/usr/bin/python3 " SW_SOURCE_SHARE "/rules/gen_energy_table.py", "r");
    FILE *kept = fopen(SW_SOURCE_SHARE "/rules/energy_table.inc", "r");
    char *made_text = slurp(made, &made_len), *kept_text = slurp(kept, &kept_len);

    (void) state;
    assert_int_equal(pclose(made), 0);
    fclose(kept);
    assert_int_equal(made_len, kept_len);
    assert_memory_equal(made_text, kept_text, made_len);
    free(made_text);
    free(kept_text);
}

static const struct mean_case {
    const char *why;
    int32_t level[4];
    uint32_t times[4];
    int32_t want;
} mean_cases[] = {
    {"one second is its own Leq", {6000}, {1}, 6000},
    {"equal levels stay put", {7000, 7000}, {2, 2}, 7000},
    {"energy mean, not arithmetic: 86.9940", {6000, 9000}, {1, 1}, 8699},
    {"doubling the energy adds 3 dB: 71.7611", {7000, 7301}, {1, 1}, 7176},
    {"one second of 130 dB in an hour of 40: 94.4370", {4000, 13000}, {3599, 1}, 9444},
    {"one of 100 dB in 40 minutes of 55: 66.5155", {5500, 10000}, {2399, 1}, 6652},
    {"four levels: 74.4370", {5000, 6000, 7000, 8000}, {1, 1, 1, 1}, 7444},
    {"the ends of the scale: 156.9897", {-2000, 16000}, {1, 1}, 15699},
    {"half a step up is rounded up: 49.995003", {4999, 5000}, {1, 1}, 5000},
    {"the longest day at 10 ms at the top", {16000}, {8640000}, 16000},
    {"the quietest", {-2000}, {8640000}, -2000},
    {"beyond the scale is the scale's end", {17000}, {3}, 16000},
};

static void mean_level_is_the_energy_mean(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(mean_cases); i++) {
        const struct mean_case *c = &mean_cases[i];
        sw_u128 sum = 0;
        uint64_t n = 0;
        int32_t got;

        for (size_t k = 0; k < 4; k++) {
            sum += sw_energy(c->level[k]) * c->times[k];
            n += c->times[k];
        }
        got = sw_energy_level(sum, n);
        if (got != c->want)
            fail_msg("%s: got %d, want %d", c->why, (int) got, (int) c->want);
    }
    assert_int_equal(sw_energy_level(0, 0), SW_NO_VALUE);
}

static void energy_of_a_level_is_its_power_of_ten(void **state)
{
    (void) state;
    assert_true(sw_energy(0) == (sw_u128) 100000000000u);
    assert_true(sw_energy(-2000) == (sw_u128) 1000000000u);
    assert_true(sw_energy(16000) == (sw_u128) 1000000000000000000u * 1000000000u);
    for (int32_t level = SW_LEVEL_MIN; level <= SW_LEVEL_MAX; level++) {
        double want = pow(10.0, level / 1000.0 + 11.0), got = (double) sw_energy(level);

        if (fabs(got / want - 1.0) > 1e-9)
            fail_msg("energy of %d", (int) level);
    }
}

static void every_level_comes_back_from_its_energy(void **state)
{
    static const uint64_t n[] = {1, 2, 1199, 1200, 3600, 8640000};

    (void) state;
    for (int32_t level = SW_LEVEL_MIN; level <= SW_LEVEL_MAX; level++) {
        for (size_t i = 0; i < SW_ARRAY_SIZE(n); i++) {
            if (sw_energy_level(sw_energy(level) * n[i], n[i]) != level)
                fail_msg("level %d, n %u", (int) level, (unsigned) n[i]);
        }
    }
}

static void mean_reaches_a_level_exactly_at_its_floor(void **state)
{
    static const uint64_t n[] = {1, 3, 1200, 86400};

    (void) state;
    for (int32_t level = SW_LEVEL_MIN + 1; level <= SW_LEVEL_MAX; level++) {
        for (size_t i = 0; i < SW_ARRAY_SIZE(n); i++) {
            sw_u128 least = sw_energy_floor(level) * n[i];

            if (sw_energy_level(least, n[i]) != level || sw_energy_level(least - 1, n[i]) != level - 1)
                fail_msg("level %d, n %u", (int) level, (unsigned) n[i]);
        }
    }
    assert_true(sw_energy_floor(SW_LEVEL_MIN) == 0);
    assert_true(sw_energy_floor(SW_LEVEL_MAX + 1) > sw_energy(SW_LEVEL_MAX));
}

static const struct over_case {
    const char *why;
    int32_t limit, resolution, want;
} over_cases[] = {
    {"55.0 in steps of 0.1: 55.05 is shown as 55.1", 5500, 10, 5505},
    {"a limit between steps", 5504, 10, 5505},
    {"whole decibels: 55.5 is shown as 56", 5500, 100, 5550},
    {"hundredths", 5500, 1, 5501},
    {"an odd step of 0.05: 55.03 is nearest to 55.05", 5500, 5, 5503},
    {"dust, 1 ug/m3", 15000, 100, 15050},
    {"below zero", -500, 10, -495},
    {"below zero, between steps: -5.00 is the next step above -5.04", -504, 10, -505},
    {"zero", 0, 10, 5},
};

static void first_level_over_is_the_first_that_rounds_above_the_limit(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(over_cases); i++) {
        const struct over_case *c = &over_cases[i];
        int32_t got = sw_first_level_over(c->limit, c->resolution);

        if (got != c->want)
            fail_msg("%s: got %d, want %d", c->why, (int) got, (int) c->want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(committed_table_is_what_its_generator_prints),
        cmocka_unit_test(mean_level_is_the_energy_mean),
        cmocka_unit_test(energy_of_a_level_is_its_power_of_ten),
        cmocka_unit_test(every_level_comes_back_from_its_energy),
        cmocka_unit_test(mean_reaches_a_level_exactly_at_its_floor),
        cmocka_unit_test(first_level_over_is_the_first_that_rounds_above_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
