// SPDX-License-Identifier: Apache-2.0
/* Windows of every length, aligned and sliding, against sums that are built anew from a plain list of readings by
 * floating point: over midnight, over periods, over changes of the clock, with holes and readings out of order. */
#include "tests/unit/judge_fixture.h"

static const int32_t lengths_s[] = {300, 900, 1200, 1800, 3600, 10800, 18000, 36000, 43200, 86400};

#define LIST_MAX 20000

static struct {
    size_t n;
    int64_t ts_us[LIST_MAX];
    double level[LIST_MAX];
} list;

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u; /* Numerical Recipes' generator: the same run everywhere */
    return (seed >> 8) % below;
}

static void note(struct rig *g, int64_t t_us, double level)
{
    assert_true(list.n < LIST_MAX);
    list.ts_us[list.n] = t_us;
    list.level[list.n++] = level;
    level_at(g, t_us, level);
}

static double mean_of(int64_t from_us, int64_t to_us, unsigned *ret_n)
{
    double sum = 0.0;
    unsigned n = 0;

    for (size_t i = 0; i < list.n; i++) {
        if (list.ts_us[i] >= from_us && list.ts_us[i] < to_us) {
            sum += pow(10.0, list.level[i] / 10.0);
            n++;
        }
    }
    *ret_n = n;
    return 10.0 * log10(sum / n);
}

/* Levels of a restless site in whole hundredths, now and then a spike; one in eleven is missing. */
static void restless(struct rig *g, int64_t from_us, int64_t to_us)
{
    for (int64_t t = from_us; t < to_us; t += g->params.interval_us) {
        double level = 40.0 + draw(4000) / 100.0;

        if (draw(11) != 0)
            note(g, t, draw(500) == 0 ? 130.0 : level);
    }
}

static const struct zone_case {
    const char *why;
    const char *from, *to;
    int32_t offset_s[2];
    const char *change;
    int32_t day_s, night_s; /* true length of the day and of the night of the change */
    const char *midnight, *night;
} zone_cases[] = {
    {"no change",
     "2026-03-02T04:00:00Z",
     "2026-03-04T22:00:00Z",
     {28800, 28800},
     "2026-03-03T00:00:00Z",
     86400,
     28800,
     "2026-03-02T16:00:00Z",
     "2026-03-02T14:00:00Z"},
    {"Europe/London, spring",
     "2026-03-28T12:00:00Z",
     "2026-03-31T06:00:00Z",
     {0, 3600},
     "2026-03-29T01:00:00Z",
     82800,
     25200,
     "2026-03-29T00:00:00Z",
     "2026-03-28T22:00:00Z"},
    {"Europe/London, autumn",
     "2026-10-24T12:00:00Z",
     "2026-10-27T06:00:00Z",
     {3600, 0},
     "2026-10-25T01:00:00Z",
     90000,
     32400,
     "2026-10-24T23:00:00Z",
     "2026-10-24T21:00:00Z"},
    {"America/New_York, spring",
     "2026-03-07T17:00:00Z",
     "2026-03-10T11:00:00Z",
     {-18000, -14400},
     "2026-03-08T07:00:00Z",
     82800,
     25200,
     "2026-03-08T05:00:00Z",
     "2026-03-08T03:00:00Z"},
    {"America/New_York, autumn",
     "2026-10-31T16:00:00Z",
     "2026-11-03T11:00:00Z",
     {-14400, -18000},
     "2026-11-01T06:00:00Z",
     90000,
     32400,
     "2026-11-01T04:00:00Z",
     "2026-11-01T02:00:00Z"},
    {"Australia/Lord_Howe, half an hour back",
     "2026-04-04T01:00:00Z",
     "2026-04-06T20:00:00Z",
     {39600, 37800},
     "2026-04-04T15:00:00Z",
     88200,
     30600,
     "2026-04-04T13:00:00Z",
     "2026-04-04T11:00:00Z"},
    {"Australia/Lord_Howe, half an hour forth",
     "2026-10-03T01:00:00Z",
     "2026-10-05T20:00:00Z",
     {37800, 39600},
     "2026-10-03T15:30:00Z",
     84600,
     27000,
     "2026-10-03T13:30:00Z",
     "2026-10-03T11:30:00Z"},
};

static void set_zone(struct rig *g, const struct zone_case *c)
{
    g->zone.n = 2;
    g->zone.span[0].offset_s = c->offset_s[0];
    g->zone.span[1] = (struct sw_zone_span){at_full(c->change) / S, c->offset_s[1]};
}

/* Windows of one name follow each other without a hole, each says what a sum built anew says. */
static void check_windows(const struct zone_case *c, const char *name)
{
    int64_t last_to_us = 0;
    unsigned n_seen = 0;

    for (size_t i = 0; i < rig.n_windows; i++) {
        const struct sw_window_result *w = &rig.windows[i];
        unsigned n;
        double want;

        if (strcmp(w->period, name) != 0)
            continue;
        want = mean_of(w->from_us, w->to_us, &n);
        CHECK(w->n == n, "%s, %s: n %u, not %u", c->why, name, (unsigned) w->n, n);
        CHECK(n == 0 || fabs(w->leq / 100.0 - want) <= 0.005 + 1e-6, "%s, %s: leq %d, not %.4f", c->why, name,
              (int) w->leq, want);
        CHECK(w->expected == (w->to_us - w->from_us) / rig.params.interval_us, "%s, %s: expected %u", c->why, name,
              (unsigned) w->expected);
        CHECK(last_to_us == 0 || strcmp(name, "night") == 0 || strcmp(name, "day") == 0 || w->from_us == last_to_us,
              "%s, %s: a hole between windows", c->why, name);
        last_to_us = w->to_us;
        n_seen++;
    }
    CHECK(n_seen >= 2, "%s, %s: only %u windows", c->why, name, n_seen);
}

static void aligned_windows_of_every_length_hold_what_was_read(void **state)
{
    static const char *const names[] = {"5m", "15m", "20m", "30m", "1h",  "3h",
                                        "5h", "10h", "12h", "24h", "day", "night"};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(zone_cases); i++) {
        const struct zone_case *c = &zone_cases[i];
        const struct sw_window_result *w;
        int64_t from_us = at_full(c->from), to_us = at_full(c->to);

        rig_prepare(&rig);
        set_zone(&rig, c);
        rig.params.interval_us = 20 * S;
        rig.params.has_lafmax = false;
        for (size_t k = 0; k < SW_ARRAY_SIZE(lengths_s); k++) {
            char id[8] = {'r', (char) ('a' + k)};

            rig_rule(&rig, 0, id)->window_s = lengths_s[k];
        }
        rig_rule(&rig, 0, "d")->period = 0;
        rig_rule(&rig, 0, "n")->period = 1;
        list.n = 0;
        seed = (uint32_t) i;
        rig_start(&rig, from_us);
        restless(&rig, from_us, to_us);
        tick_to(&rig, to_us + 10 * S);
        for (size_t k = 0; k < SW_ARRAY_SIZE(names); k++)
            check_windows(c, names[k]);
        w = window(&rig, "24h", at_full(c->midnight));
        CHECK(w && w->to_us - w->from_us == c->day_s * S, "%s: the day", c->why);
        w = window(&rig, "night", at_full(c->night));
        CHECK(w && w->to_us - w->from_us == c->night_s * S, "%s: the night", c->why);
        rig.j = sw_judge_free(rig.j);
    }
}

/* The verdicts of sliding rules, bound to periods or not, at many instants. */
static void sliding_windows_of_every_length_hold_what_was_read(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(zone_cases); i++) {
        const struct zone_case *c = &zone_cases[i];
        int64_t from_us = at_full(c->from), night_us = at_full(c->night), n_judged = 0, n_night = 0;

        rig_prepare(&rig);
        set_zone(&rig, c);
        rig.params.interval_us = 20 * S;
        rig.params.has_lafmax = false;
        for (size_t k = 0; k + 1 < SW_ARRAY_SIZE(lengths_s); k++) {
            for (int period = -1; period < 2; period += 2) {
                char id[8] = {'r', (char) ('a' + k), period < 0 ? 'x' : 'n'};
                struct sw_rule *rule = rig_rule(&rig, 0, id);

                rule->window_s = lengths_s[k];
                rule->sliding = true;
                rule->period = period;
                rule->limit = 15900; /* so that nothing is over before its window is whole */
            }
        }
        list.n = 0;
        seed = (uint32_t) i;
        rig_start(&rig, from_us);
        for (int64_t t = from_us; t < night_us + 12 * HOUR; t += 10 * MIN + 20 * S) {
            int64_t end_us = t + 10 * MIN + 20 * S;

            restless(&rig, t, end_us - 20 * S);
            note(&rig, end_us - 20 * S, 61.0);
            for (size_t k = 0; k < rig.pack[0].n_rules; k++) {
                const struct sw_rule_state *s = sw_judge_rule(rig.j, k);
                int64_t begin_us = end_us - s->rule->window_s * S;
                unsigned n;
                double want = mean_of(begin_us, end_us, &n);
                bool in_night = begin_us >= night_us && end_us <= night_us + c->night_s * S;

                if (s->rule->period >= 0 ? !in_night : begin_us < from_us) {
                    CHECK(s->rule->period < 0 || s->value == SW_NO_VALUE || begin_us > night_us,
                          "%s, %d s: a night's window reaches out of it", c->why, (int) s->rule->window_s);
                    continue;
                }
                if (n < 0.75 * s->rule->window_s / 20) {
                    CHECK(s->value == SW_NO_VALUE, "%s, %d s: judged by %u readings", c->why, (int) s->rule->window_s,
                          n);
                    continue;
                }
                CHECK(s->value != SW_NO_VALUE && fabs(s->value / 100.0 - want) <= 0.005 + 1e-6,
                      "%s, %d s%s: value %d, not %.4f", c->why, (int) s->rule->window_s,
                      in_night ? " of the night" : "", (int) s->value, want);
                n_judged++;
                n_night += s->rule->period >= 0;
            }
        }
        CHECK(n_judged > 500 && n_night > 100, "%s: hardly anything was judged", c->why);
        rig.j = sw_judge_free(rig.j);
    }
}

/* The clock leaps: what lies between is missing, no window closes twice, none is lost. */
static void leap_of_the_clock_loses_no_window_and_closes_none_twice(void **state)
{
    static const int64_t leap_s[] = {7200, 90, -7200, -90};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(leap_s); i++) {
        int64_t t = at("08:00:00"), leap_us = leap_s[i] * S;

        rig_prepare(&rig);
        rig_rule(&rig, 0, "r");
        rig_start(&rig, t);
        steady(&rig, t, t + 10 * MIN + 30 * S, 60.0);
        for (int k = 0; k < 4 * 3600; k++) { /* one tick a second, however far it leapt */
            int64_t now_us = t + 10 * MIN + 30 * S + leap_us + k * S;
            struct sw_reading r = {.t_utc_us = now_us, .value = 60.0, .quantity = SW_QUANTITY_LAEQ, .flag = 'N'};

            sw_judge_tick(rig.j, now_us, &rig.out);
            rig_keep(&rig);
            sw_judge_reading(rig.j, &r, now_us, &rig.out);
            rig_keep(&rig);
        }
        for (int64_t from_us = t; from_us < t + 90 * MIN; from_us += 15 * MIN) {
            unsigned n = 0;

            for (size_t k = 0; k < rig.n_windows; k++)
                n += strcmp(rig.windows[k].period, "15m") == 0 && rig.windows[k].from_us == from_us;
            CHECK(n == 1, "leap of %d s: a window closed %u times", (int) leap_s[i], n);
        }
        if (leap_s[i] < 0) /* the second time over is late */
            CHECK(rig.n_late > 0, "leap of %d s: nothing is late", (int) leap_s[i]);
        else
            CHECK(window(&rig, "15m", t)->n == SW_MIN(900, 630 + SW_MAX(270 - leap_s[i], 0)), "leap of %d s: n %u",
                  (int) leap_s[i], (unsigned) window(&rig, "15m", t)->n);
        rig.j = sw_judge_free(rig.j);
    }
}

/* Ten readings a second that come in another order: the same bits in every window and verdict. */
static void order_within_a_second_changes_nothing(void **state)
{
    static struct sw_window_result in_order[2000];
    size_t n_in_order = 0;
    int32_t value[2] = {0};

    (void) state;
    for (int shuffled = 0; shuffled < 2; shuffled++) {
        int64_t t = at("08:00:00");

        rig_prepare(&rig);
        rig.params.interval_us = S / 10;
        rig_rule(&rig, 0, "slides")->sliding = true;
        rig_rule(&rig, 0, "aligned");
        rig_start(&rig, t);
        seed = 7;
        for (int s = 0; s < 1800; s++) {
            double level[10];

            for (int k = 0; k < 10; k++)
                level[k] = 40.0 + draw(8000) / 100.0;
            for (int k = 0; k < 10; k++) {
                int which = shuffled ? (k * 7 + s) % 10 : k;

                give(&rig, t + s * S + 950000, t + s * S + which * (S / 10), SW_QUANTITY_LAEQ, level[which], 'N');
            }
        }
        level_at(&rig, t + 1800 * S, 60.0);
        tick_to(&rig, t + 1803 * S);
        value[shuffled] = value_of(&rig, 0);
        if (!shuffled) {
            n_in_order = rig.n_windows;
            assert_true(n_in_order >= 32 && n_in_order <= SW_ARRAY_SIZE(in_order));
            memcpy(in_order, rig.windows, n_in_order * sizeof(in_order[0]));
        } else {
            assert_int_equal(rig.n_windows, n_in_order);
            assert_memory_equal(in_order, rig.windows, n_in_order * sizeof(in_order[0]));
        }
        rig.j = sw_judge_free(rig.j);
    }
    assert_int_equal(value[0], value[1]);
}

/* Long windows outlive the readings that are kept one by one: what the loudest of an hour was must not be lost, and
 * what came after the hour is not of it. */
static void loudest_of_an_aligned_window_is_of_all_of_it(void **state)
{
    static const struct {
        const char *why;
        enum sw_quantity quantity;
        bool has_lafmax;
    } cases[] = {
        {"its LAFmax", SW_QUANTITY_LAFMAX, true},
        {"without LAFmax its highest level", SW_QUANTITY_LAEQ, false},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct sw_finding *f;

        rig_prepare(&rig);
        rig.params.has_lafmax = cases[i].has_lafmax;
        rig_rule(&rig, 0, "hours")->window_s = 3600;
        rig_start(&rig, at("08:00:00"));
        for (int64_t t = at("08:00:00"); t < at("09:00:02"); t += S) {
            const double loud = t == at("08:20:00") ? 101.0 : t == at("09:00:01") ? 103.0 : 80.0;

            if (cases[i].has_lafmax)
                level_at(&rig, t, 80.0);
            give(&rig, t, t, cases[i].quantity, loud, 'N');
        }
        tick_to(&rig, at("09:00:03"));
        f = finding(&rig, SW_FINDING_EXCEED, 0);
        CHECK(f && f->from_us == at("08:00:00"), "%s: the hour is over the limit", cases[i].why);
        CHECK(f && f->max == 10100, "%s: %d", cases[i].why, f ? (int) f->max : 0);
        rig.j = sw_judge_free(rig.j);
    }
}

/* The reading that began before the end of a window is still on its way: the window is open as long as its grace. */
static void window_that_waits_for_its_last_reading_is_needed_to_rebuild(void **state)
{
    (void) state;
    rig_prepare(&rig);
    rig_start(&rig, at("08:00:00"));
    assert_int_equal(sw_judge_needs_from(rig.j, at("09:00:01")), at("08:00:00"));
    assert_int_equal(sw_judge_needs_from(rig.j, at("09:30:00")), at("09:00:00"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(aligned_windows_of_every_length_hold_what_was_read),
        TEST(sliding_windows_of_every_length_hold_what_was_read),
        TEST(leap_of_the_clock_loses_no_window_and_closes_none_twice),
        TEST(order_within_a_second_changes_nothing),
        TEST(loudest_of_an_aligned_window_is_of_all_of_it),
        TEST(window_that_waits_for_its_last_reading_is_needed_to_rebuild),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
