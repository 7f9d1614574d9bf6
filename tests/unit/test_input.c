// SPDX-License-Identifier: Apache-2.0
/* What a contact says, out of the edges of its line. Times in the tables are milliseconds; the expected changes were
 * found by hand: a level counts when it stood for the debounce time, and it counts from its first edge. */
#include "sensors/input.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "test.h"

#define STEPS_MAX 24
#define SAID_SIZE 400
#define MS SW_US_PER_MS
#define END INT32_MIN

/* An edge to 0 or 1, a look at the time (PASS), or the line gone (LOST). */
enum { PASS = 2, LOST = 3 };
struct step {
    int32_t at_ms;
    int what;
};

struct row {
    const char *why;
    int debounce_ms, burst, window_ms;
    struct step steps[STEPS_MAX];
    const char *want; /* "1@5 " a change; "S@5 " a storm, "C@5 " calm */
};

static const struct row rows[] = {
    {"the level found at start counts at once", 50, 10, 10000, {{5, 1}, {END, 0}}, "1@5 "},
    {"the level found at start may be inactive", 50, 10, 10000, {{5, 0}, {60, PASS}, {END, 0}}, "0@5 "},
    {"a change counts after it stood for the debounce time, from its first edge",
     50,
     10,
     10000,
     {{0, 0}, {100, 1}, {149, PASS}, {150, PASS}, {END, 0}},
     "0@0 1@100 "},
    {"bounces are one change, at the first of them",
     50,
     10,
     10000,
     {{0, 0}, {100, 1}, {103, 0}, {104, 1}, {109, 0}, {112, 1}, {161, PASS}, {162, PASS}, {END, 0}},
     "0@0 1@100 "},
    {"a glitch shorter than the debounce time is nothing",
     50,
     10,
     10000,
     {{0, 0}, {100, 1}, {120, 0}, {1000, PASS}, {END, 0}},
     "0@0 "},
    {"a glitch does not make the next change earlier",
     50,
     10,
     10000,
     {{0, 0}, {100, 1}, {120, 0}, {300, 1}, {400, PASS}, {END, 0}},
     "0@0 1@300 "},
    {"a chatter that lasts longer than a bounce counts from its last edge",
     50,
     10,
     10000,
     {{0, 0}, {100, 1}, {120, 0}, {140, 1}, {160, 0}, {180, 1}, {300, PASS}, {END, 0}},
     "0@0 1@180 "},
    {"handled late, all at once, it is the same: the edges' own times count",
     50,
     10,
     10000,
     {{0, 0}, {100, 1}, {200, 0}, {900, PASS}, {END, 0}},
     "0@0 1@100 0@200 "},
    {"stood for the debounce time to the microsecond: it counts",
     50,
     10,
     10000,
     {{0, 0}, {100, 1}, {150, 0}, {199, 1}, {END, 0}},
     "0@0 1@100 "},
    {"one millisecond less: it does not", 50, 10, 10000, {{0, 0}, {100, 1}, {149, 0}, {300, PASS}, {END, 0}}, "0@0 "},
    {"without debouncing every edge counts",
     0,
     10,
     10000,
     {{0, 0}, {1, 1}, {2, 0}, {3, 1}, {END, 0}},
     "0@0 1@1 0@2 1@3 "},
    {"the same level again is no change", 0, 10, 10000, {{0, 0}, {1, 1}, {2, 1}, {3, 1}, {END, 0}}, "0@0 1@1 "},
    {"an edge that was lost in between: the line did not stand still",
     50,
     10,
     10000,
     {{0, 0}, {100, 1}, {140, 1}, {189, PASS}, {190, PASS}, {END, 0}},
     "0@0 1@100 "},
    {"an edge older than what is known counts as now", 0, 10, 10000, {{100, 0}, {50, 1}, {END, 0}}, "0@100 1@100 "},
    {"three changes may be told in the window, the fourth is a storm; at one change left in it, it is calm again, and "
     "the "
     "level is told",
     0,
     3,
     1000,
     {{0, 0}, {100, 1}, {200, 0}, {300, 1}, {400, 0}, {1299, PASS}, {1300, PASS}, {END, 0}},
     "0@0 1@100 0@200 1@300 S@400 C@1300 0@1300 "},
    {"a storm that ends at the level of before says calm alone",
     0,
     3,
     1000,
     {{0, 0}, {100, 1}, {200, 0}, {300, 1}, {400, 0}, {500, 1}, {1400, PASS}, {END, 0}},
     "0@0 1@100 0@200 1@300 S@400 C@1400 "},
    {"the fourth change just outside the window is told",
     0,
     3,
     1000,
     {{0, 0}, {100, 1}, {200, 0}, {300, 1}, {1100, 0}, {END, 0}},
     "0@0 1@100 0@200 1@300 0@1100 "},
    {"calm and the next change in one go",
     0,
     3,
     1000,
     {{0, 0}, {100, 1}, {200, 0}, {300, 1}, {400, 0}, {5000, 1}, {END, 0}},
     "0@0 1@100 0@200 1@300 S@400 C@1300 0@1300 1@5000 "},
    {"a storm of which nobody heard until it was over",
     50,
     1,
     1000,
     {{0, 0}, {100, 1}, {200, 0}, {9000, PASS}, {END, 0}},
     "0@0 1@100 S@200 C@1200 0@1200 "},
    {"a line that was gone: its level counts at once when it is there again",
     50,
     10,
     10000,
     {{0, 0}, {100, LOST}, {200, PASS}, {300, 1}, {END, 0}},
     "0@0 1@300 "},
    {"a storm ends with its line",
     0,
     1,
     1000,
     {{0, 0}, {10, 1}, {20, 0}, {30, LOST}, {40, 1}, {END, 0}},
     "0@0 1@10 S@20 1@40 "},
};

static void say(char *said, const struct sw_input_event *events, size_t n)
{
    static const char *const kinds[] = {[SW_INPUT_STORM] = "S", [SW_INPUT_CALM] = "C"};

    for (size_t i = 0; i < n; i++) {
        const size_t len = strlen(said);
        const char *kind =
            events[i].kind == SW_INPUT_CHANGE ? (events[i].is_active ? "1" : "0") : kinds[events[i].kind];

        (void) snprintf(said + len, SAID_SIZE - len, "%s@%lld ", kind, (long long) (events[i].t_us / MS));
    }
}

static void changes_are_debounced_and_storms_bounded(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        const struct row *r = &rows[i];
        const struct sw_input_conf conf = {r->debounce_ms * MS, (unsigned) r->burst, r->window_ms * MS};
        struct sw_input_event events[SW_INPUT_EVENTS_MAX];
        struct sw_input_line in;
        char said[SAID_SIZE] = "";

        sw_input_init(&in, &conf);
        for (const struct step *s = r->steps; s->at_ms != END; s++) {
            if (s->what == LOST)
                sw_input_lose(&in);
            else if (s->what == PASS)
                say(said, events, sw_input_pass(&in, s->at_ms * MS, events));
            else
                say(said, events, sw_input_edge(&in, s->at_ms * MS, s->what == 1, events));
        }
        CHECK(strcmp(said, r->want) == 0, "%s: said '%s', not '%s'", r->why, said, r->want);
    }
}

/* Ten thousand edges in a second, then silence: 5,000 pulses of 100 us. */
static void a_storm_is_told_in_a_bounded_number_of_events_and_every_pulse_is_counted(void **state)
{
    const struct sw_input_conf conf = {0, 10, 10 * SW_US_PER_S};
    struct sw_input_event events[SW_INPUT_EVENTS_MAX];
    struct sw_input_line in;
    size_t n_events = 0;

    (void) state;
    sw_input_init(&in, &conf);
    n_events += sw_input_edge(&in, 0, false, events);
    for (int i = 1; i <= 10000; i++)
        n_events += sw_input_edge(&in, i * 100, i % 2 == 1, events);
    CHECK(n_events == 1 + 10 + 1, "the first level, ten changes and the storm: %zu events", n_events);
    assert_true(in.pulses == 5000 && in.changes == 10000 && in.is_storming);
    /* The sixth newest change was at 999.5 ms: when it leaves the window of 10 s, five are left in it. */
    assert_true(sw_input_due_us(&in) == 999500 + 10 * SW_US_PER_S);
    assert_int_equal(sw_input_pass(&in, sw_input_due_us(&in) - 1, events), 0);
    assert_int_equal(sw_input_pass(&in, sw_input_due_us(&in), events), 1);
    assert_true(events[0].kind == SW_INPUT_CALM && !events[0].is_active && !in.is_storming);
    assert_true(sw_input_due_us(&in) == INT64_MAX);
}

/* A contact that chatters for ever is told of once, not each window. */
static void a_storm_without_end_is_told_once(void **state)
{
    const struct sw_input_conf conf = {10 * MS, 10, 10 * SW_US_PER_S};
    struct sw_input_event events[SW_INPUT_EVENTS_MAX];
    struct sw_input_line in;
    size_t n_events = 0;

    (void) state;
    sw_input_init(&in, &conf);
    for (int i = 0; i < 2 * 3600; i++) /* an hour, twice a second */
        n_events += sw_input_edge(&in, i * 500 * MS, i % 2 == 1, events);
    assert_int_equal(n_events, 1 + 10 + 1);
}

static void due_is_when_a_change_will_have_stood_long_enough(void **state)
{
    const struct sw_input_conf conf = {50 * MS, 10, 10 * SW_US_PER_S};
    struct sw_input_event events[SW_INPUT_EVENTS_MAX];
    struct sw_input_line in;

    (void) state;
    sw_input_init(&in, &conf);
    assert_true(sw_input_due_us(&in) == INT64_MAX);
    sw_input_edge(&in, 0, false, events);
    assert_true(sw_input_due_us(&in) == INT64_MAX);
    sw_input_edge(&in, 100 * MS, true, events);
    assert_true(sw_input_due_us(&in) == 150 * MS);
    sw_input_edge(&in, 120 * MS, false, events);
    assert_true(sw_input_due_us(&in) == INT64_MAX);
}

static void counts_outlive_a_lost_line(void **state)
{
    const struct sw_input_conf conf = {0, 10, 10 * SW_US_PER_S};
    struct sw_input_event events[SW_INPUT_EVENTS_MAX];
    struct sw_input_line in;

    (void) state;
    sw_input_init(&in, &conf);
    sw_input_edge(&in, 0, true, events); /* found active: that is no pulse */
    sw_input_edge(&in, 10, false, events);
    sw_input_edge(&in, 20, true, events);
    sw_input_lose(&in);
    sw_input_edge(&in, 30, true, events);
    sw_input_edge(&in, 40, false, events);
    sw_input_edge(&in, 50, true, events);
    assert_int_equal(in.pulses, 2);
}

/* One tip of 0.2 mm in a minute is 0.2 mm · 60 = 12 mm/h. */
static void rain_is_what_the_tips_of_an_interval_hold(void **state)
{
    static const struct {
        const char *why;
        uint64_t pulses;
        double mm;
        int64_t interval_us;
        double want;
    } cases[] = {
        {"no tip, no rain", 0, 0.2, 60 * SW_US_PER_S, 0},
        {"one tip a minute", 1, 0.2, 60 * SW_US_PER_S, 12},
        {"a cloudburst: 8 tips of 0.254 mm in a minute", 8, 0.254, 60 * SW_US_PER_S, 121.92},
        {"an hour as it falls", 5, 0.1, 3600 * SW_US_PER_S, 0.5},
        {"no time, no rate", 1, 0.2, 0, NAN},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const double got = sw_input_rain(cases[i].pulses, cases[i].mm, cases[i].interval_us);

        CHECK(isnan(cases[i].want) ? isnan(got) : fabs(got - cases[i].want) < 1e-9, "%s: %g, not %g", cases[i].why, got,
              cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_debounced_and_storms_bounded),
        cmocka_unit_test(a_storm_is_told_in_a_bounded_number_of_events_and_every_pulse_is_counted),
        cmocka_unit_test(a_storm_without_end_is_told_once),
        cmocka_unit_test(due_is_when_a_change_will_have_stood_long_enough),
        cmocka_unit_test(counts_outlive_a_lost_line),
        cmocka_unit_test(rain_is_what_the_tips_of_an_interval_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
