// SPDX-License-Identifier: Apache-2.0
/* Where a rule's period and its stages meet. All at UTC + 8 h; 2026-03-02 is a Monday. */
#include "tests/unit/test.h"

#include <string.h>

#include "common/timefmt.h"
#include "rules/force.h"

static int64_t at(const char *text)
{
    struct sw_err err = {0};
    char full[40];
    int64_t t;

    strcat(strcpy(full, text), "+08:00");
    if (sw_time_parse(full, strlen(full), &t, &err) < 0)
        fail_msg("%s: %s", full, err.msg);
    return t;
}

/* Days of the table are of March 2026: 2 = 2026-03-02. */
#define MARCH(d) (20513 + (d) -1)

static const struct force_case {
    const char *why;
    int period; /* 0 = night, -1 = none */
    const char *stages[2];
    const char *t;
    const char *from, *to;           /* in force at t; NULL = not */
    const char *next_from, *next_to; /* NULL = never again */
} force_cases[] = {
    {"a night that runs",
     0,
     {NULL},
     "2026-03-02T23:00:00",
     "2026-03-02T22:00:00",
     "2026-03-03T06:00:00",
     "2026-03-03T22:00:00",
     "2026-03-04T06:00:00"},
    {"the day between", 0, {NULL}, "2026-03-02T12:00:00", NULL, NULL, "2026-03-02T22:00:00", "2026-03-03T06:00:00"},
    {"a stage that runs",
     -1,
     {"earthwork"},
     "2026-03-05T00:00:00",
     "2026-03-02T00:00:00",
     "2026-03-08T00:00:00",
     "2026-03-20T00:00:00",
     "2026-03-23T00:00:00"},
    {"its last moment",
     -1,
     {"earthwork"},
     "2026-03-07T23:59:59",
     "2026-03-02T00:00:00",
     "2026-03-08T00:00:00",
     "2026-03-20T00:00:00",
     "2026-03-23T00:00:00"},
    {"the stage after it",
     -1,
     {"earthwork"},
     "2026-03-08T00:00:00",
     NULL,
     NULL,
     "2026-03-20T00:00:00",
     "2026-03-23T00:00:00"},
    {"two stages without a day between are one stretch",
     -1,
     {"structure", "earthwork"},
     "2026-03-05T00:00:00",
     "2026-03-02T00:00:00",
     "2026-03-16T00:00:00",
     "2026-03-20T00:00:00",
     "2026-03-23T00:00:00"},
    {"no such stage", -1, {"demolition"}, "2026-03-05T00:00:00", NULL, NULL, NULL, NULL},
    {"after the last", -1, {"structure"}, "2026-03-25T00:00:00", NULL, NULL, NULL, NULL},
    {"the first night is cut where the stage begins",
     0,
     {"structure"},
     "2026-03-07T12:00:00",
     NULL,
     NULL,
     "2026-03-08T00:00:00",
     "2026-03-08T06:00:00"},
    {"inside of it",
     0,
     {"structure"},
     "2026-03-08T03:00:00",
     "2026-03-08T00:00:00",
     "2026-03-08T06:00:00",
     "2026-03-08T22:00:00",
     "2026-03-09T06:00:00"},
    {"the last night is cut where the stage ends",
     0,
     {"structure"},
     "2026-03-15T23:00:00",
     "2026-03-15T22:00:00",
     "2026-03-16T00:00:00",
     NULL,
     NULL},
    {"the next night of a stage that pauses",
     0,
     {"earthwork"},
     "2026-03-10T23:00:00",
     NULL,
     NULL,
     "2026-03-20T00:00:00",
     "2026-03-20T06:00:00"},
};

static void expect(const struct force_case *c, const char *what, bool is, const struct sw_span *got, const char *from,
                   const char *to)
{
    CHECK(is == (from != NULL), "%s: %s: %s", c->why, what, is ? "is there" : "is not there");
    if (is)
        CHECK(got->from_us == at(from) && got->to_us == at(to), "%s: %s: other bounds, %lld s and %lld s off", c->why,
              what, (long long) (got->from_us - at(from)) / 1000000, (long long) (got->to_us - at(to)) / 1000000);
}

static void rule_is_in_force_where_period_and_stage_meet(void **state)
{
    static const struct sw_stages stages = {.n = 3,
                                            .span = {{"earthwork", MARCH(2), MARCH(7)},
                                                     {"structure", MARCH(8), MARCH(15)},
                                                     {"earthwork", MARCH(20), MARCH(22)}}};
    static struct sw_pack pack = {.n_periods = 1,
                                  .periods = {{.id = "night", .from_min = 1320, .to_min = 360, .days = SW_DAYS_ALL}}};
    struct sw_zone zone;

    (void) state;
    sw_zone_init_utc(&zone);
    zone.span[0].offset_s = 8 * 3600;
    for (size_t i = 0; i < SW_ARRAY_SIZE(force_cases); i++) {
        const struct force_case *c = &force_cases[i];
        struct sw_rule rule = {.period = c->period};
        const struct sw_force f = {&zone, NULL, &stages, &pack, &rule};
        struct sw_span got;

        for (; rule.n_stages < 2 && c->stages[rule.n_stages]; rule.n_stages++)
            strcpy(rule.stages[rule.n_stages], c->stages[rule.n_stages]);
        expect(c, "now", sw_force_at(&f, at(c->t), &got), &got, c->from, c->to);
        expect(c, "next", sw_force_next(&f, at(c->t), &got), &got, c->next_from, c->next_to);
    }
}

static void rule_without_either_is_always_in_force(void **state)
{
    struct sw_rule rule = {.period = -1};
    const struct sw_force f = {.rule = &rule};
    struct sw_span got;

    (void) state;
    assert_true(sw_force_is_always(&rule));
    assert_true(sw_force_at(&f, 0, &got));
    assert_true(got.from_us == INT64_MIN && got.to_us == INT64_MAX);
    assert_false(sw_force_next(&f, 0, &got));
}

static void rule_for_a_stage_is_never_in_force_at_a_site_without_stages(void **state)
{
    static const struct sw_stages none = {.n = 0};
    struct sw_rule rule = {.period = -1, .n_stages = 1, .stages = {"structure"}};
    struct sw_force f = {.rule = &rule};
    struct sw_span got;

    (void) state;
    for (int i = 0; i < 2; i++) {
        assert_false(sw_force_at(&f, at("2026-03-05T00:00:00"), &got));
        assert_false(sw_force_next(&f, at("2026-03-05T00:00:00"), &got));
        f.stages = &none;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rule_is_in_force_where_period_and_stage_meet),
        cmocka_unit_test(rule_without_either_is_always_in_force),
        cmocka_unit_test(rule_for_a_stage_is_never_in_force_at_a_site_without_stages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
