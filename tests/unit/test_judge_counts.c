// SPDX-License-Identifier: Apache-2.0
/* When does being over become an alert? Windows that are allowed, windows in a row, continuation, and what a restart
 * must not forget. Quarters of an hour are loud (75 dB), quiet (50 dB) or missing; the limit is 70 dB. */
#include "tests/unit/judge_fixture.h"

/* 'o' over, 'b' between limit and margin, '.' below, '-' without readings: one letter a quarter of an hour. */
static void play(struct rig *g, int64_t from_us, const char *quarters)
{
    for (size_t i = 0; quarters[i]; i++) {
        int64_t t = from_us + (int64_t) i * 15 * MIN;

        if (quarters[i] != '-')
            steady(g, t, t + 15 * MIN, quarters[i] == 'o' ? 75.0 : quarters[i] == 'b' ? 69.5 : 50.0);
        tick_to(g, t + 15 * MIN + 3 * S);
    }
}

static const struct count_case {
    const char *why;
    const char *from, *quarters;
    int32_t allowed, consecutive, continuation_s;
    int alert_after; /* quarters; 0 = none */
    enum sw_state last;
    int32_t count, in_row;
} count_cases[] = {
    {"the first window over alerts", "08:00:00", "o", 0, 1, 0, 1, SW_STATE_ALERTING, 1, 1},
    {"two are allowed: the second is not an alert", "08:00:00", "o.o", 2, 1, 0, 0, SW_STATE_PENDING, 2, 1},
    {"but the third is", "08:00:00", "o.o.o", 2, 1, 0, 5, SW_STATE_ALERTING, 3, 1},
    {"one after the other count, too", "08:00:00", "ooo", 2, 1, 0, 3, SW_STATE_ALERTING, 3, 3},
    {"an allowed one ends with the next that is not over", "08:00:00", "ob.", 2, 1, 0, 0, SW_STATE_NORMAL, 1, 0},
    {"the new day starts anew", "23:30:00", "oo.o.o", 2, 1, 0, 0, SW_STATE_PENDING, 2, 1},
    {"a window is of the day on which it begins", "23:45:00", "oooo", 2, 1, 0, 4, SW_STATE_ALERTING, 3, 4},
    {"two in a row are needed: one is pending", "08:00:00", "o", 0, 2, 0, 0, SW_STATE_PENDING, 1, 1},
    {"two alert", "08:00:00", "oo", 0, 2, 0, 2, SW_STATE_ALERTING, 2, 2},
    {"one between that is not over breaks the row", "08:00:00", "obo", 0, 2, 0, 0, SW_STATE_PENDING, 2, 1},
    {"one that cannot be judged neither breaks nor counts", "08:00:00", "o-o", 0, 2, 0, 3, SW_STATE_ALERTING, 2, 2},
    {"both: the row is there, but it is allowed", "08:00:00", "oo", 2, 2, 0, 0, SW_STATE_PENDING, 2, 2},
    {"both: not allowed any more", "08:00:00", "ooo", 2, 2, 0, 3, SW_STATE_ALERTING, 3, 3},
    {"continuation of 20 min: the third window is 30 min after the first", "08:00:00", "oo", 0, 1, 1200, 0,
     SW_STATE_PENDING, 2, 2},
    {"and there", "08:00:00", "ooo", 0, 1, 1200, 3, SW_STATE_ALERTING, 3, 3},
};

static void windows_over_alert_when_neither_row_nor_allowance_speaks_against_it(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(count_cases); i++) {
        const struct count_case *c = &count_cases[i];
        int64_t from_us = at(c->from);
        const struct sw_finding *f;
        const struct sw_rule_state *s;
        struct sw_rule *rule;

        rig_prepare(&rig);
        rule = rig_rule(&rig, 0, "quarters");
        rule->allowed = c->allowed;
        rule->consecutive = c->consecutive;
        rule->continuation_s = c->continuation_s;
        rig_start(&rig, from_us);
        play(&rig, from_us, c->quarters);
        f = finding(&rig, SW_FINDING_EXCEED, 0);
        s = sw_judge_rule(rig.j, 0);
        CHECK(!f == !c->alert_after, "%s: %s", c->why, f ? "alerts" : "does not alert");
        CHECK(!f || f->at_us == from_us + c->alert_after * 15 * MIN + 2 * S, "%s: at another time", c->why);
        CHECK(s->state == c->last, "%s: ends %s", c->why, sw_state_name(s->state));
        CHECK(s->over_count == c->count && s->over_in_row == c->in_row, "%s: counts %d, in a row %d", c->why,
              (int) s->over_count, (int) s->over_in_row);
        rig.j = sw_judge_free(rig.j);
    }
}

static void counts_survive_a_restart(void **state)
{
    struct sw_rule_state was;
    struct sw_rule *rule;

    (void) state;
    for (int knows = 0; knows < 2; knows++) {
        rig_prepare(&rig);
        rule = rig_rule(&rig, 0, "quarters");
        rule->allowed = 2;
        rig_start(&rig, at("08:00:00"));
        play(&rig, at("08:00:00"), "o.o.");
        was = *sw_judge_rule(rig.j, 0);
        assert_int_equal(was.over_count, 2);
        assert_int_equal(was.count_day, at("08:00:00") / (24 * HOUR)); /* 08:00 here is 00:00 UTC */
        sw_judge_free(rig.j);
        rig_start(&rig, at("09:00:00"));
        if (knows)
            sw_judge_restore_rule(rig.j, 0, &was);
        play(&rig, at("09:00:00"), "o");
        assert_int_equal(state_of(&rig, 0), knows ? SW_STATE_ALERTING : SW_STATE_PENDING);
        rig.j = sw_judge_free(rig.j);
    }
}

static void change_of_a_count_is_a_change_that_is_kept(void **state)
{
    unsigned before;

    (void) state;
    rig_prepare(&rig);
    rig_rule(&rig, 0, "quarters")->allowed = 5;
    rig_start(&rig, at("08:00:00"));
    play(&rig, at("08:00:00"), "o");
    assert_int_equal(state_of(&rig, 0), SW_STATE_PENDING);
    before = rig.n_changes;
    play(&rig, at("08:15:00"), "o"); /* pending as before */
    assert_int_equal(state_of(&rig, 0), SW_STATE_PENDING);
    assert_int_equal(rig.n_changes, before + 1);
}

static struct sw_rule *sliding_rule(int32_t allowed, int32_t continuation_s)
{
    struct sw_rule *rule = rig_rule(&rig, 0, "slides");

    rule->sliding = true;
    rule->window_s = 300;
    rule->allowed = allowed;
    rule->continuation_s = continuation_s;
    return rule;
}

/* Five minutes loud, then quiet until the window is empty and five minutes have passed below the margin. */
static int64_t episode(struct rig *g, int64_t t_us)
{
    steady(g, t_us, t_us + 5 * MIN, 80.0);
    steady(g, t_us + 5 * MIN, t_us + 20 * MIN, 50.0);
    return t_us + 20 * MIN;
}

static void sliding_rules_count_episodes(void **state)
{
    int64_t t = at("08:00:00");

    (void) state;
    rig_prepare(&rig);
    sliding_rule(2, 0);
    rig_start(&rig, t);
    steady(&rig, t, t + 6 * MIN, 50.0);
    t = episode(&rig, t + 6 * MIN);
    assert_int_equal(sw_judge_rule(rig.j, 0)->over_count, 1);
    assert_int_equal(state_of(&rig, 0), SW_STATE_NORMAL);
    t = episode(&rig, t);
    assert_int_equal(sw_judge_rule(rig.j, 0)->over_count, 2);
    assert_int_equal(n_findings(&rig, SW_FINDING_EXCEED), 0);
    assert_int_equal(n_findings(&rig, SW_FINDING_RECOVERED), 0);
    t = episode(&rig, t);
    assert_int_equal(sw_judge_rule(rig.j, 0)->over_count, 3);
    assert_int_equal(n_findings(&rig, SW_FINDING_EXCEED), 1);
    assert_int_equal(n_findings(&rig, SW_FINDING_RECOVERED), 1);
}

/* Half a decibel over and under the limit, four minutes each: in and out of it, but never below the margin. */
static void allowed_episode_that_dithers_is_one(void **state)
{
    int64_t t = at("08:00:00");

    (void) state;
    rig_prepare(&rig);
    sliding_rule(1, 0);
    rig_start(&rig, t);
    for (int i = 0; i < 3600; i++)
        level_at(&rig, t + i * S, i / 240 % 2 ? 70.5 : 69.5);
    assert_int_equal(sw_judge_rule(rig.j, 0)->over_count, 1);
    assert_int_equal(n_findings(&rig, SW_FINDING_EXCEED), 0);
    assert_int_equal(state_of(&rig, 0), SW_STATE_PENDING);
}

static void what_did_not_continue_is_no_episode(void **state)
{
    int64_t t = at("08:00:00");

    (void) state;
    rig_prepare(&rig);
    sliding_rule(1, 900); /* a window of 5 min cannot be over so long after 5 min of noise */
    rig_start(&rig, t);
    for (int i = 0; i < 3; i++)
        t = episode(&rig, t);
    assert_int_equal(sw_judge_rule(rig.j, 0)->over_count, 0);
    assert_int_equal(state_of(&rig, 0), SW_STATE_NORMAL);
    assert_int_equal(rig.n_findings, 0);
}

static void level_that_dithers_about_the_limit_is_one_matter(void **state)
{
    static const int32_t window_s[] = {60, 300, 1200};

    (void) state;
    for (size_t k = 0; k < SW_ARRAY_SIZE(window_s); k++) {
        int64_t t = at("08:00:00");

        rig_prepare(&rig);
        sliding_rule(0, 0)->window_s = window_s[k];
        rig_start(&rig, t);
        steady(&rig, t, t + 30 * MIN, 50.0);
        for (int i = 0; i < 3600; i++) /* 70.1 ± 0.5 dB, two minutes each */
            level_at(&rig, t + 30 * MIN + i * S, i / 120 % 2 ? 69.6 : 70.6);
        steady(&rig, t + 90 * MIN, t + 150 * MIN, 50.0);
        CHECK(n_findings(&rig, SW_FINDING_EXCEED) == 1, "window of %d s: not one exceedance", (int) window_s[k]);
        CHECK(n_findings(&rig, SW_FINDING_RECOVERED) == 1, "window of %d s: not one recovery", (int) window_s[k]);
        CHECK(state_of(&rig, 0) == SW_STATE_NORMAL, "window of %d s", (int) window_s[k]);
        rig.j = sw_judge_free(rig.j);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(windows_over_alert_when_neither_row_nor_allowance_speaks_against_it),
        TEST(counts_survive_a_restart),
        TEST(change_of_a_count_is_a_change_that_is_kept),
        TEST(sliding_rules_count_episodes),
        TEST(allowed_episode_that_dithers_is_one),
        TEST(what_did_not_continue_is_no_episode),
        TEST(level_that_dithers_about_the_limit_is_one_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
