// SPDX-License-Identifier: Apache-2.0
/* A judge of aligned rules that is built anew from stored readings, beside one that never stopped: from then on both
 * must say the same. Sliding rules have this in test_judge.c, the whole gateway in test_determinism.c. */
#include "tests/unit/judge_fixture.h"

static struct rig other;

static const struct restart_case {
    const char *why;
    const char *down;    /* when it stops and starts again */
    const char *last_at; /* 80 dB up to here, then … */
    double last;         /* … this */
    const char *silent_from, *silent_to;
    enum sw_state state; /* of both, ten seconds later; */
    int32_t value;       /* and the statistic: 10·lg of the mean energy of the quarter before, by hand */
} restart_cases[] = {
    {"the last quarter was loud: 80 dB of 80 dB", "08:05:00", "08:00:00", 60.0, NULL, NULL, SW_STATE_ALERTING, 8000},
    {"870 s of 80 and 30 s of 60 dB: 79.85", "08:05:00", "07:59:30", 60.0, NULL, NULL, SW_STATE_ALERTING, 7985},
    {"at the very close of a quarter", "08:15:00", "08:10:00", 60.0, NULL, NULL, SW_STATE_ALERTING, 7826},
    {"silence in the open quarter: nothing is known of the present", "08:10:00", "08:00:00", 60.0, "08:02:00",
     "08:05:00", SW_STATE_ALERTING, SW_NO_VALUE},
    {"silent still", "08:10:00", "08:00:00", 60.0, "08:02:00", "08:14:00", SW_STATE_NODATA, SW_NO_VALUE},
};

static void feed(struct rig *g, const struct restart_case *c, int64_t from_us, int64_t to_us)
{
    for (int64_t t = from_us; t < to_us; t += S)
        if (!c->silent_from || t < at(c->silent_from) || t >= at(c->silent_to))
            level_at(g, t, t < at(c->last_at) ? 80.0 : c->last);
    tick_to(g, to_us);
}

static void prepare(struct rig *g)
{
    rig_prepare(g);
    rig_rule(g, 0, "quarters");
}

static void restarted(const struct restart_case *c)
{
    const int64_t down_us = at(c->down);
    int64_t from_us;

    prepare(&other);
    rig_start(&other, at("07:00:00"));
    from_us = sw_judge_needs_from(other.j, down_us);
    sw_judge_start(other.j, from_us);
    other.ticked_us = from_us - 1;
    sw_judge_set_quiet(other.j, true);
    feed(&other, c, from_us, down_us);
    CHECK(other.n_findings == 0, "%s: finds in quiet", c->why);
    sw_judge_set_quiet(other.j, false);
    sw_judge_restore_rule(other.j, 0, sw_judge_rule(rig.j, 0));
}

static void verdict_of_the_last_closed_window_outlives_a_restart(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(restart_cases); i++) {
        const struct restart_case *c = &restart_cases[i];
        const int64_t down_us = at(c->down), end_us = down_us + 10 * S;
        const struct sw_rule_state *a, *b;

        prepare(&rig);
        rig_start(&rig, at("07:00:00"));
        feed(&rig, c, at("07:00:00"), down_us);
        restarted(c);
        feed(&rig, c, down_us, end_us);
        feed(&other, c, down_us, end_us);
        a = sw_judge_rule(rig.j, 0);
        b = sw_judge_rule(other.j, 0);
        CHECK(a->state == c->state && b->state == c->state, "%s: %s, restarted %s", c->why, sw_state_name(a->state),
              sw_state_name(b->state));
        CHECK(a->value == c->value && b->value == c->value, "%s: %d, restarted %d", c->why, (int) a->value,
              (int) b->value);
        CHECK(a->held == b->held && a->since_us == b->since_us, "%s: held or since differ", c->why);
        CHECK(a->forecast.budget_s == b->forecast.budget_s, "%s: budget %d, restarted %d", c->why,
              (int) a->forecast.budget_s, (int) b->forecast.budget_s);
        rig.j = sw_judge_free(rig.j);
        other.j = sw_judge_free(other.j);
    }
}

static int teardown(void **state)
{
    other.j = sw_judge_free(other.j);
    return rig_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(verdict_of_the_last_closed_window_outlives_a_restart, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
