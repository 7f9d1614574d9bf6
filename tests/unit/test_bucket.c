// SPDX-License-Identifier: Apache-2.0
/* The rate of a backlog: so many a second and no more, with a tenth of a second's worth at once. */
#include "tests/unit/test.h"

#include "common/macros.h"
#include "gateway/bucket.h"

static const struct {
    const char *what;
    uint32_t rate;
    int64_t at_us;
    int tries, want; /* asked so often at this instant, and so many taken */
} steps[] = {
    {"a tenth of a second at once", 500, 1000000, 1000, 50},
    {"nothing before the next token", 500, 1001999, 10, 0},
    {"one a token", 500, 1002000, 10, 1},
    {"five in 10 ms", 500, 1012000, 10, 5},
    {"a long pause fills it once", 500, 900000000, 1000, 50},
    {"a slow rate has one", 2, 2000000000, 10, 1},
    {"and the next when its time is there", 2, 2000499999, 10, 0},
    {"which is half a second", 2, 2000500000, 10, 1},
    {"no rate is no limit", 0, 2000500000, 100000, 100000},
};

static void a_bucket_gives_what_has_dropped_into_it(void **state)
{
    struct sw_bucket b = {0};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(steps); i++) {
        int taken = 0;

        b.rate = steps[i].rate;
        for (int k = 0; k < steps[i].tries; k++)
            taken += sw_bucket_take(&b, steps[i].at_us);
        CHECK(taken == steps[i].want, "%s: %d, not %d", steps[i].what, taken, steps[i].want);
        CHECK(b.rate == 0 || sw_bucket_ready_us(&b) > steps[i].at_us, "%s: there is still one", steps[i].what);
    }
}

static void over_a_minute_it_gives_its_rate_and_the_first_burst(void **state)
{
    static const uint32_t rates[] = {1, 3, 7, 100, 500, 5000, 100000};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rates); i++) {
        struct sw_bucket b = {.rate = rates[i]};
        int64_t n = 0, most = 60LL * rates[i] + SW_MAX(rates[i] / 10, 1);

        for (int64_t now_us = 1; now_us <= 60000000; now_us = SW_MAX(now_us + 1, sw_bucket_ready_us(&b)))
            while (sw_bucket_take(&b, now_us))
                n++;
        CHECK(n <= most && n >= most - most / 100 - 1, "%u a second: %lld in a minute", rates[i], (long long) n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_gives_what_has_dropped_into_it),
        cmocka_unit_test(over_a_minute_it_gives_its_rate_and_the_first_burst),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
