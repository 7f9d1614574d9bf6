// SPDX-License-Identifier: Apache-2.0
/* What a closed minute tells of each rule: of which judgements, after a restart, with readings that came late. Against
 * the text of the rules on real series it is held by tests/system/test_judged.py. Sums are by hand: energies are whole
 * multiples of 60 dB's. */
#include "tests/unit/judge_fixture.h"

static struct rig other;

static const struct sw_judged *told(const struct rig *g, const char *minute, const char *rule)
{
    const struct sw_window_result *w = window(g, "1m", at(minute));

    for (size_t i = 0; w && i < w->n_judged; i++) {
        if (strcmp(w->judged[i].rule->id, rule) == 0)
            return &w->judged[i];
    }
    return NULL;
}

#define CHECK_TOLD(g, minute, id, N, OVER, WORST, FROM, TO)                                                            \
    do {                                                                                                               \
        const struct sw_judged *told_ = told((g), (minute), (id));                                                     \
        CHECK(told_ && told_->n == (N) && told_->over == (OVER) && told_->worst == (WORST), "%s %s: n %d over %d %d",  \
              minute, id, told_ ? (int) told_->n : -1, told_ ? (int) told_->over : -1,                                 \
              told_ ? (int) told_->worst : -1);                                                                        \
        CHECK(told_ && told_->from_us == (FROM) && told_->to_us == (TO), "%s %s: another window is the worst", minute, \
              id);                                                                                                     \
    } while (0)

/* Over 70 dB, 5 minutes. */
static struct sw_rule *slides(struct rig *g)
{
    struct sw_rule *r = rig_rule(g, 0, "slides");

    r->sliding = true;
    r->window_s = 300;
    return r;
}

/* 60 dB, from 22:10:30 on 80 dB. With k loud seconds of 300: (300 + 99k)/300 times 60 dB's energy; 70 dB are 10 times:
 * k = 27.3; over from 70.05 dB on, 10.116 times: k >= 27.6. So at 22:10:57 (28 loud ones) it is over first: 3 times in
 * that minute, and the worst is of 30 loud ones: 10.9 times, 70.37 dB. In the next all; 90 loud: 30.7 times, 74.87. */
static void sliding_window_is_of_the_minute_of_its_last_reading(void **state)
{
    (void) state;
    rig_prepare(&rig);
    slides(&rig);
    rig_start(&rig, at("22:00:00"));
    steady(&rig, at("22:00:00"), at("22:10:30"), 60.0);
    steady(&rig, at("22:10:30"), at("22:13:00"), 80.0);
    tick_to(&rig, at("22:13:10"));
    CHECK_TOLD(&rig, "22:02:00", "slides", 0, 0, SW_NO_VALUE, INT64_MIN, INT64_MIN);
    CHECK_TOLD(&rig, "22:03:00", "slides", 16, 0, 6000, at("21:58:45"), at("22:03:45")); /* 225 of 300 are enough */
    CHECK_TOLD(&rig, "22:09:00", "slides", 60, 0, 6000, at("22:04:01"), at("22:09:01"));
    CHECK_TOLD(&rig, "22:10:00", "slides", 60, 3, 7037, at("22:06:00"), at("22:11:00"));
    CHECK_TOLD(&rig, "22:11:00", "slides", 60, 60, 7487, at("22:07:00"), at("22:12:00"));
}

static void rule_is_told_of_where_it_is_in_force(void **state)
{
    (void) state;
    rig_prepare(&rig);
    slides(&rig)->period = 1; /* 22:00 to 06:00 */
    rig_rule(&rig, 0, "single")->period = 1;
    rig.pack[0].rules[1].statistic = SW_STAT_MAX;
    rig.pack[0].rules[1].window_s = 0;
    rig_start(&rig, at("21:50:00"));
    for (int64_t t = at("21:50:00"); t < at("22:02:00"); t += S) {
        level_at(&rig, t, 60.0);
        give(&rig, t, t, SW_QUANTITY_LAFMAX, t == at("22:01:05") ? 75.5 : 65.0, 'N');
    }
    tick_to(&rig, at("22:02:10"));
    assert_null(told(&rig, "21:59:00", "slides"));
    assert_null(told(&rig, "21:59:00", "single"));
    CHECK_TOLD(&rig, "22:00:00", "slides", 0, 0, SW_NO_VALUE, INT64_MIN, INT64_MIN);
    CHECK_TOLD(&rig, "22:00:00", "single", 60, 0, 6500, at("22:00:00"), at("22:00:01"));
    CHECK_TOLD(&rig, "22:01:00", "single", 60, 1, 7550, at("22:01:05"), at("22:01:06"));
    assert_string_equal(told(&rig, "22:01:00", "single")->period, "night");
    assert_int_equal(window(&rig, "1m", at("22:01:00"))->judged[0].over, 1); /* the worst first */
    assert_int_equal(window(&rig, "1m", at("22:01:00"))->n_judged, 2);
}

static void aligned_window_is_of_the_minute_that_it_ends_with(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig_rule(&rig, 0, "quarters");
    rig_rule(&rig, 0, "halves")->window_s = 30; /* of a minute */
    rig_start(&rig, at("08:00:00"));
    steady(&rig, at("08:00:00"), at("08:14:30"), 72.0);
    steady(&rig, at("08:14:30"), at("08:15:00"), 60.0);
    steady(&rig, at("08:20:00"), at("08:30:00"), 60.0); /* two thirds of a quarter: too little */
    tick_to(&rig, at("08:30:10"));
    assert_null(told(&rig, "08:13:00", "quarters"));
    CHECK_TOLD(&rig, "08:13:00", "halves", 2, 2, 7200, at("08:13:00"), at("08:13:30"));
    CHECK_TOLD(&rig, "08:14:00", "halves", 2, 1, 7200, at("08:14:00"), at("08:14:30"));
    /* 870 of 900 s at 10^1.2 = 15.849 times, 30 at once: 15.354 times 60 dB's */
    CHECK_TOLD(&rig, "08:14:00", "quarters", 1, 1, 7186, at("08:00:00"), at("08:15:00"));
    CHECK_TOLD(&rig, "08:29:00", "quarters", 0, 0, SW_NO_VALUE, INT64_MIN, INT64_MIN);
    CHECK_TOLD(&rig, "08:17:00", "halves", 0, 0, SW_NO_VALUE, INT64_MIN, INT64_MIN);
}

/* Only the largest level is known: what is over is over, what is under says nothing. */
static void estimated_maximum_counts_only_where_it_is_over(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig.params.has_lafmax = false;
    rig_rule(&rig, 0, "single")->statistic = SW_STAT_MAX;
    rig.pack[0].rules[0].window_s = 0;
    rig_start(&rig, at("08:00:00"));
    for (int64_t t = at("08:00:00"); t < at("08:02:00"); t += S)
        level_at(&rig, t, t == at("08:01:07") ? 71.0 : t == at("08:01:08") ? 73.0 : 65.0);
    tick_to(&rig, at("08:02:10"));
    CHECK_TOLD(&rig, "08:00:00", "single", 0, 0, SW_NO_VALUE, INT64_MIN, INT64_MIN);
    CHECK_TOLD(&rig, "08:01:00", "single", 2, 2, 7300, at("08:01:08"), at("08:01:09"));
}

/* A reading that comes within the grace is in its place, one that comes later is nowhere. */
static void late_reading_counts_until_the_minute_closes(void **state)
{
    static const struct {
        const char *why;
        int64_t late_us;
        unsigned n, n_late;
        int32_t worst;
    } cases[] = {
        {"in time", 0, 60, 0, 8000},
        {"within the grace", 1900000, 60, 0, 8000},
        {"after the minute was told", 2100000, 59, 1, 6500},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const int64_t loud_us = at("08:00:59");
        const struct sw_judged *j;

        rig_prepare(&rig);
        rig_rule(&rig, 0, "single")->statistic = SW_STAT_MAX;
        rig.pack[0].rules[0].window_s = 0;
        rig_start(&rig, at("08:00:00"));
        for (int64_t t = at("08:00:00"); t < loud_us; t += S)
            give(&rig, t, t, SW_QUANTITY_LAFMAX, 65.0, 'N');
        give(&rig, loud_us + S + cases[i].late_us, loud_us, SW_QUANTITY_LAFMAX, 80.0, 'N');
        tick_to(&rig, at("08:01:10"));
        j = told(&rig, "08:00:00", "single");
        CHECK(rig.n_late == cases[i].n_late, "%s: %u late", cases[i].why, rig.n_late);
        CHECK(j && j->n == cases[i].n && j->worst == cases[i].worst, "%s: n %d, worst %d", cases[i].why,
              j ? (int) j->n : -1, j ? (int) j->worst : -1);
        rig.j = sw_judge_free(rig.j);
    }
}

/* Ten rules of ten limits, all over but the last four: the eight that are worst, the worst first. */
static void more_rules_than_have_room_the_least_over_are_left_out(void **state)
{
    const struct sw_window_result *w;

    (void) state;
    rig_prepare(&rig);
    for (int i = 0; i < 10; i++) {
        char id[16];

        snprintf(id, sizeof(id), "r%d", i);
        rig_rule(&rig, 0, id)->window_s = 60;
        rig.pack[0].rules[i].limit = 6000 + 100 * (i * 7 % 10); /* 60 … 69, in no order */
    }
    rig_start(&rig, at("08:00:00"));
    steady(&rig, at("08:00:00"), at("08:01:00"), 65.5);
    tick_to(&rig, at("08:01:10"));
    w = window(&rig, "1m", at("08:00:00"));
    assert_non_null(w);
    assert_int_equal(w->n_judged, 8);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(w->judged[i].limit, 6000 + 100 * i);
        assert_int_equal(w->judged[i].over, i < 6);
    }
}

static double noise(int64_t t_us)
{
    const int64_t s = t_us / S;

    return 66.0 + (double) (s * 7919 % 1000) / 100.0 + (s / 400 % 2 ? 2.0 : -2.0);
}

static void prepare_restart(struct rig *g)
{
    rig_prepare(g);
    slides(g)->window_s = 1200;
    slides(g);
    g->pack[0].rules[1].id[0] = 'S';
    rig_rule(g, 0, "quarters");
    rig_rule(g, 0, "tens")->window_s = 10;
    rig_rule(g, 0, "single")->statistic = SW_STAT_MAX;
    g->pack[0].rules[4].window_s = 0;
    rig_start(g, at("07:00:00"));
}

static void feed(struct rig *g, int64_t from_us, int64_t to_us)
{
    for (int64_t t = from_us; t < to_us; t += S) {
        if (t / S % 97 > 90) /* now and then it is silent */
            continue;
        level_at(g, t, noise(t));
        give(g, t, t, SW_QUANTITY_LAFMAX, noise(t) + 3.0, 'N');
    }
    tick_to(g, to_us);
}

/* A minute that was begun before the restart, one that had ended but not closed, and one that ended while it was off.
 */
static void minute_that_a_restart_cuts_in_two_tells_the_same(void **state)
{
    static const char *const downs[] = {"08:05:31", "08:15:00", "08:15:01", "08:59:59", "08:20:02"};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(downs); i++) {
        const int64_t down_us = at(downs[i]), end_us = down_us + 3 * MIN;
        int64_t from_us;
        size_t n = 0;

        prepare_restart(&rig);
        feed(&rig, at("07:00:00"), end_us);
        prepare_restart(&other);
        from_us = sw_judge_needs_from(other.j, down_us);
        sw_judge_start(other.j, from_us);
        other.ticked_us = from_us - 1;
        sw_judge_set_quiet(other.j, true);
        feed(&other, from_us, down_us);
        sw_judge_set_quiet(other.j, false);
        feed(&other, down_us, end_us);
        for (size_t k = 0; k < rig.n_windows; k++) {
            const struct sw_window_result *a = &rig.windows[k], *b = window(&other, "1m", a->from_us);

            if (!sw_window_is_minute(a) || a->to_us <= down_us - 2 * S)
                continue;
            CHECK(b && a->n_judged == b->n_judged && a->n_judged >= 4, "%s: %zu rules", downs[i], a->n_judged);
            for (size_t r = 0; r < a->n_judged; r++) {
                const struct sw_judged *x = &a->judged[r], *y = &b->judged[r];

                CHECK(strcmp(x->rule->id, y->rule->id) == 0 && x->n == y->n && x->over == y->over &&
                          x->worst == y->worst && x->from_us == y->from_us && x->to_us == y->to_us,
                      "%s: %s: n %u over %u %d, after the restart n %u over %u %d", downs[i], x->rule->id, x->n,
                      x->over, (int) x->worst, y->n, y->over, (int) y->worst);
                n += x->n;
            }
        }
        CHECK(n > 300, "%s: only %zu judgements", downs[i], n);
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
#define TEST(f) cmocka_unit_test_teardown(f, teardown)
    const struct CMUnitTest tests[] = {
        TEST(sliding_window_is_of_the_minute_of_its_last_reading),
        TEST(rule_is_told_of_where_it_is_in_force),
        TEST(aligned_window_is_of_the_minute_that_it_ends_with),
        TEST(estimated_maximum_counts_only_where_it_is_over),
        TEST(late_reading_counts_until_the_minute_closes),
        TEST(more_rules_than_have_room_the_least_over_are_left_out),
        TEST(minute_that_a_restart_cuts_in_two_tells_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
