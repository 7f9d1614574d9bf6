// SPDX-License-Identifier: Apache-2.0
/* The order of a wall: each row is worse than the next. */
#include "tests/unit/test.h"

#include <math.h>

#include "common/macros.h"
#include "hub/severity.h"

#define UNKNOWN ((double) NAN)

static const struct {
    const char *what;
    struct hub_severity v;
} worst_first[] = {
    {"over by much, long, many calls, late", {HUB_LAMP_OVER, 6.8, 'A', 7200, 6, 1}},
    {"the same in time", {HUB_LAMP_OVER, 6.8, 'A', 7200, 6, 0}},
    {"the same, fewer calls", {HUB_LAMP_OVER, 6.8, 'A', 7200, 1, 0}},
    {"the same, nobody calls", {HUB_LAMP_OVER, 6.8, 'A', 7200, 0, 0}},
    {"the same, just begun", {HUB_LAMP_OVER, 6.8, 'A', 60, 0, 0}},
    {"of class B", {HUB_LAMP_OVER, 6.8, 'B', 60, 0, 0}},
    {"by little", {HUB_LAMP_OVER, 0.5, 'B', 60, 0, 0}},
    {"over, nothing else known", {HUB_LAMP_OVER, UNKNOWN, 0, -1, 0, 0}},
    {"no data for a day", {HUB_LAMP_NODATA, UNKNOWN, 0, 1800, 0, 0}},
    {"no data, new", {HUB_LAMP_NODATA, UNKNOWN, 0, 0, 0, 0}},
    {"near", {HUB_LAMP_NEAR, UNKNOWN, 0, 0, 0, 0}},
    {"well, many call", {HUB_LAMP_OK, UNKNOWN, 0, 0, 9, 0}},
    {"well, one calls", {HUB_LAMP_OK, UNKNOWN, 0, 0, 1, 0}},
    {"well", {HUB_LAMP_OK, UNKNOWN, 0, 86400, 0, 0}},
};

static void what_is_worse_stands_first(void **state)
{
    (void) state;
    for (size_t i = 0; i + 1 < SW_ARRAY_SIZE(worst_first); i++)
        CHECK(hub_severity(&worst_first[i].v) > hub_severity(&worst_first[i + 1].v), "'%s' %g, '%s' %g",
              worst_first[i].what, hub_severity(&worst_first[i].v), worst_first[i + 1].what,
              hub_severity(&worst_first[i + 1].v));
}

static void a_site_that_is_well_is_nothing(void **state)
{
    (void) state;
    assert_true(hub_severity(&(struct hub_severity){HUB_LAMP_OK, UNKNOWN, 0, -1, 0, 0}) == 0);
    assert_true(hub_severity(&(struct hub_severity){HUB_LAMP_UNKNOWN, UNKNOWN, 0, -1, 0, 0}) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_worse_stands_first),
        cmocka_unit_test(a_site_that_is_well_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
