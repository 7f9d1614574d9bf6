// SPDX-License-Identifier: Apache-2.0
/* The table of special days, at its edges. */
#include "tests/unit/test.h"

#include "rules/days.h"

static void only_days_of_the_table_are_special(void **state)
{
    static struct sw_days days;

    (void) state;
    assert_null(sw_day_find(NULL, 100));
    assert_null(sw_day_find(&days, 100));
    for (size_t n = 1; n <= SW_DAYS_MAX; n = n < 8 ? n + 1 : n * 4) {
        days.n = n;
        for (size_t i = 0; i < n; i++)
            days.day[i] = (struct sw_special_day){.day = (int32_t) (2 * i) - 50, .named = (uint8_t) (i % 256)};
        for (size_t i = 0; i < n; i++) {
            const struct sw_special_day *found = sw_day_find(&days, (int32_t) (2 * i) - 50);

            CHECK(found == &days.day[i], "%zu days: day %zu is not found", n, i);
            CHECK(!sw_day_find(&days, (int32_t) (2 * i) - 49), "%zu days: a day after day %zu is found", n, i);
        }
        CHECK(!sw_day_find(&days, -52), "%zu days: before the first", n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_days_of_the_table_are_special),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
