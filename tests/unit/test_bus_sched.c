// SPDX-License-Identifier: Apache-2.0
/* What a bus does next, in virtual time: a line is a cost a request, nobody sleeps. */
#include "test.h"

#include <string.h>

#include "sensors/bus_sched.h"

#define UNITS 10
#define BACKOFF_US (2 * SW_US_PER_S)
#define POLL_US 26000     /* a request and its answer, about what 9600 baud allows */
#define TIMEOUT_US 320000 /* what silence costs */
#define START_US (1000 * SW_US_PER_S)
#define T_US(s) (START_US + (int64_t) ((s) *1e6))

static struct sw_device devices[UNITS];
static struct sw_clock clock_;
static struct sw_sched_line line;

static struct sw_sched_now at(int64_t real_us)
{
    return (struct sw_sched_now){.utc_us = 1772466000000000LL + real_us, .mono_us = real_us, .real_us = real_us};
}

static int set_up(void **state)
{
    (void) state;
    memset(devices, 0, sizeof(devices));
    sw_clock_init_real(&clock_);
    line = (struct sw_sched_line){.is_usable = true};
    for (size_t i = 0; i < UNITS; i++) {
        devices[i].interval_us = SW_US_PER_S;
        devices[i].due_mono_us = INT64_MIN;
    }
    return 0;
}

/** A run in virtual time: which units are dead, and what came of it. */
struct run {
    bool is_dead[UNITS];
    unsigned polls[UNITS], probes[UNITS], misses[UNITS];
    size_t n, last[4]; /* devices polled last, newest first */
    int64_t now_us;
};

static void advance(struct run *r, int64_t until_us)
{
    while (r->now_us < until_us) {
        struct sw_sched_now now = at(r->now_us);
        const struct sw_sched_step step = sw_sched_next(devices, r->n, &line, &clock_, &now);
        struct sw_device *d = &devices[step.device];
        const bool is_dead = r->is_dead[step.device];

        if (step.what == SW_SCHED_WAIT) {
            CHECK(step.until_real_us > r->now_us, "waits for what has passed");
            r->now_us = SW_MIN(step.until_real_us, until_us);
            continue;
        }
        if (step.what == SW_SCHED_MISS) {
            r->misses[step.device]++;
            sw_sched_served(d, &now);
            continue;
        }
        r->now_us += is_dead ? TIMEOUT_US : step.what == SW_SCHED_PROBE ? POLL_US / 2 : POLL_US;
        now = at(r->now_us);
        if (step.what == SW_SCHED_PROBE) {
            r->probes[step.device]++;
            if (is_dead)
                sw_sched_silent(d, BACKOFF_US, r->now_us);
            else
                sw_sched_is_back(d, 0, &now);
            continue;
        }
        r->polls[step.device]++;
        memmove(r->last + 1, r->last, sizeof(r->last) - sizeof(r->last[0]));
        r->last[0] = step.device;
        if (is_dead)
            sw_sched_silent(d, BACKOFF_US, r->now_us);
        else
            sw_sched_answered(devices, r->n, d, r->now_us);
        sw_sched_served(d, &now);
    }
}

static struct run begin(size_t n, int64_t interval_us)
{
    struct run r = {.n = n, .now_us = START_US};
    const struct sw_sched_now now = at(START_US);

    for (size_t i = 0; i < n; i++)
        devices[i].interval_us = interval_us;
    sw_sched_begin(devices, n, &now);
    return r;
}

static void units_are_asked_at_their_interval(void **state)
{
    struct run r = begin(UNITS, SW_US_PER_S);

    (void) state;
    advance(&r, T_US(60.5));
    for (size_t i = 0; i < UNITS; i++)
        CHECK(r.polls[i] >= 60 && r.polls[i] <= 61, "unit %zu was asked %u times in a minute", i, r.polls[i]);
}

static void units_that_want_more_than_the_line_gives_take_turns(void **state)
{
    struct run r = begin(UNITS, 10000);

    (void) state;
    advance(&r, T_US(26));
    for (size_t i = 0; i < UNITS; i++)
        CHECK(r.polls[i] >= 99 && r.polls[i] <= 101, "unit %zu was asked %u times of 1000", i, r.polls[i]);
}

static void a_unit_that_wants_everything_does_not_take_it_from_the_others(void **state)
{
    struct run r = begin(2, 10000);

    (void) state;
    devices[1].interval_us = SW_US_PER_S;
    advance(&r, T_US(30.5));
    assert_in_range(r.polls[1], 29, 31);
    assert_true(r.polls[0] > 900); /* of 1000: 26 ms on the wire, then the next multiple of 10 ms */
}

static const struct backoff_case {
    uint32_t failures;
    int64_t gap_s;
} backoff_cases[] = {{1, 2}, {2, 4}, {3, 6}, {10, 20}, {149, 298}, {150, 300}, {151, 300}, {100000, 300}};

static void a_silent_unit_is_probed_after_2_s_times_its_failures_and_5_minutes_at_most(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(backoff_cases); i++) {
        const struct backoff_case *c = &backoff_cases[i];
        struct sw_device d = {.stats.failures = c->failures - 1, .is_back = true};

        sw_sched_silent(&d, BACKOFF_US, 5000);
        assert_int_equal(d.stats.failures, c->failures);
        assert_false(d.is_back);
        CHECK(d.next_probe_real_us == 5000 + c->gap_s * SW_US_PER_S, "%u failures: %lld us", c->failures,
              (long long) d.next_probe_real_us);
    }
}

static void one_dead_unit_of_ten_hardly_slows_the_others(void **state)
{
    const double ideal = 10e6 / (9 * POLL_US); /* polls of each healthy unit in 10 s */
    struct run r = begin(UNITS, 10000);
    unsigned before;

    (void) state;
    r.is_dead[3] = true;
    advance(&r, T_US(10));
    for (size_t i = 0; i < UNITS; i++)
        if (i != 3)
            CHECK(ideal / r.polls[i] <= 1.2, "unit %zu: %u polls in 10 s, %.1f are possible", i, r.polls[i], ideal);
    advance(&r, T_US(120));
    before = r.polls[0];
    advance(&r, T_US(720));
    CHECK(60 * ideal / (r.polls[0] - before) <= 1.02, "%u polls in 10 min, %.1f are possible", r.polls[0] - before,
          60 * ideal);
    assert_int_equal(r.polls[3], 1);
}

static void a_unit_that_is_back_is_polled_right_after_its_probe(void **state)
{
    struct run r = begin(UNITS, 60 * SW_US_PER_S);
    unsigned probes;

    (void) state;
    r.is_dead[3] = true;
    advance(&r, T_US(100));
    probes = r.probes[3];
    r.is_dead[3] = false;
    while (r.probes[3] == probes)
        advance(&r, r.now_us + 1);
    advance(&r, r.now_us + 1); /* the very next request */
    assert_int_equal(r.last[0], 3);
    assert_int_equal(r.probes[3], probes + 1);
    assert_int_equal(devices[3].stats.failures, 0);
}

static void a_unit_that_answers_probes_but_not_its_poll_is_probed_ever_more_rarely(void **state)
{
    struct sw_device *d = &devices[0];

    (void) state;
    for (uint32_t k = 1; k <= 10; k++) {
        const struct sw_sched_now now = at(T_US(100 * k));

        sw_sched_silent(d, BACKOFF_US, now.real_us);
        assert_int_equal(d->next_probe_real_us - now.real_us, 2 * k * SW_US_PER_S);
        sw_sched_is_back(d, 0, &now);
    }
}

static void a_resting_unit_misses_its_turns_and_keeps_the_wire_free(void **state)
{
    struct run r = begin(1, SW_US_PER_S);

    (void) state;
    r.is_dead[0] = true;
    advance(&r, T_US(1.5));
    assert_int_equal(r.polls[0], 1);
    devices[0].next_probe_real_us = T_US(1000);
    advance(&r, T_US(31.5));
    assert_int_equal(r.polls[0] + r.probes[0], 1);
    assert_int_equal(r.misses[0], 30);
}

static void when_the_first_of_a_silent_line_answers_the_others_are_probed_at_once(void **state)
{
    struct run r = begin(UNITS, SW_US_PER_S);

    (void) state;
    for (size_t i = 0; i < UNITS; i++)
        r.is_dead[i] = true;
    advance(&r, T_US(1000));
    memset(r.is_dead, 0, sizeof(r.is_dead)); /* the cable is plugged in again */
    while (devices[0].stats.failures > 0 && devices[5].stats.failures > 0)
        advance(&r, r.now_us + 1);
    advance(&r, r.now_us + SW_US_PER_S); /* ten probes and ten polls are 0.4 s */
    for (size_t i = 0; i < UNITS; i++)
        CHECK(devices[i].stats.failures == 0, "unit %zu still rests", i);
}

static void one_silent_unit_that_answers_does_not_call_up_the_other(void **state)
{
    (void) state;
    devices[0].stats.failures = devices[1].stats.failures = 3;
    devices[0].next_probe_real_us = devices[1].next_probe_real_us = T_US(50);
    assert_true(sw_sched_answered(devices, UNITS, &devices[0], T_US(10)));
    assert_int_equal(devices[1].next_probe_real_us, T_US(50));
    assert_false(sw_sched_answered(devices, UNITS, &devices[0], T_US(11)));
}

static const struct line_case {
    const char *why;
    double due_s, now_s; /* one unit */
    uint32_t failures;
    double probe_s;
    struct sw_sched_line line;
    enum sw_sched_what want;
    double until_s; /* with WAIT */
} line_cases[] = {
    {"due and the line is there", 5, 5, 0, 0, {.is_usable = true}, SW_SCHED_POLL, 0},
    {"not yet due", 5, 4, 0, 0, {.is_usable = true}, SW_SCHED_WAIT, 5},
    {"paused: the turn passes", 5, 5, 0, 0, {.usable_from_us = T_US(60)}, SW_SCHED_MISS, 0},
    {"paused, not due: sleep until due, not until the end", 5, 4, 0, 0, {.usable_from_us = T_US(60)}, SW_SCHED_WAIT, 5},
    {"an order does not wait for the interval", 5, 4, 0, 0, {.is_usable = true, .has_write = true}, SW_SCHED_WRITE, 0},
    {"an order comes before a poll that is late",
     5,
     9,
     0,
     0,
     {.is_usable = true, .has_write = true},
     SW_SCHED_WRITE,
     0},
    {"but not twice in a row",
     5,
     9,
     0,
     0,
     {.is_usable = true, .has_write = true, .has_just_written = true},
     SW_SCHED_POLL,
     0},
    {"unless nobody else is due",
     5,
     4,
     0,
     0,
     {.is_usable = true, .has_write = true, .has_just_written = true},
     SW_SCHED_WRITE,
     0},
    {"an order during a pause is answered",
     5,
     4,
     0,
     0,
     {.usable_from_us = T_US(60), .has_write = true},
     SW_SCHED_WRITE,
     0},
    {"a silent unit is probed at its own time, due or not", 50, 7, 2, 7, {.is_usable = true}, SW_SCHED_PROBE, 0},
    {"its probe is nearer than its turn", 50, 6, 2, 7, {.is_usable = true}, SW_SCHED_WAIT, 7},
    {"its turn is nearer than its probe", 50, 6, 2, 70, {.is_usable = true}, SW_SCHED_WAIT, 50},
    {"its turn has come before its probe", 50, 50, 2, 70, {.is_usable = true}, SW_SCHED_MISS, 0},
    {"no probe on a line that is not there", 50, 8, 2, 7, {.usable_from_us = T_US(9)}, SW_SCHED_WAIT, 9},
};

static void the_line_decides_what_may_be_done(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(line_cases); i++) {
        const struct line_case *c = &line_cases[i];
        const struct sw_device d = {.interval_us = SW_US_PER_S,
                                    .due_mono_us = T_US(c->due_s),
                                    .stats.failures = c->failures,
                                    .next_probe_real_us = T_US(c->probe_s)};
        const struct sw_sched_now now = at(T_US(c->now_s));
        const struct sw_sched_step step = sw_sched_next(&d, 1, &c->line, &clock_, &now);

        CHECK(step.what == c->want, "%s: step %d, want %d", c->why, (int) step.what, (int) c->want);
        if (c->want == SW_SCHED_WAIT)
            CHECK(step.until_real_us == T_US(c->until_s), "%s: until %lld", c->why, (long long) step.until_real_us);
    }
}

static void a_line_without_devices_waits_for_orders(void **state)
{
    const struct sw_sched_now now = at(START_US);

    (void) state;
    assert_int_equal(sw_sched_next(devices, 0, &line, &clock_, &now).what, SW_SCHED_WAIT);
    line.has_write = true;
    assert_int_equal(sw_sched_next(devices, 0, &line, &clock_, &now).what, SW_SCHED_WRITE);
}

static void a_fast_domain_clock_hurries_polls_but_not_probes(void **state)
{
    struct sw_sched_now now = {.utc_us = 0, .mono_us = 0, .real_us = START_US};
    struct sw_sched_step step;

    (void) state;
    sw_clock_init_simulated(&clock_, 0, 60, START_US, NULL);
    devices[0].due_mono_us = 60 * SW_US_PER_S;
    step = sw_sched_next(devices, 1, &line, &clock_, &now);
    assert_true(step.what == SW_SCHED_WAIT && step.until_real_us == T_US(1)); /* a domain minute is a second */
    devices[0].stats.failures = 1;
    devices[0].next_probe_real_us = T_US(0.5);
    step = sw_sched_next(devices, 1, &line, &clock_, &now);
    assert_true(step.what == SW_SCHED_WAIT && step.until_real_us == T_US(0.5));
}

static void late_replies_have_their_time_before_a_unit_is_asked_in_earnest(void **state)
{
    const struct sw_sched_now now = at(START_US);
    struct sw_sched_step step;

    (void) state;
    devices[0].stats.failures = 1;
    sw_sched_is_back(&devices[0], 300000, &now);
    step = sw_sched_next(devices, 1, &line, &clock_, &now);
    assert_true(step.what == SW_SCHED_WAIT && step.until_real_us == START_US + 300000);
}

static void due_times_that_passed_are_counted_and_not_made_up_for(void **state)
{
    struct run r = begin(1, SW_US_PER_S);
    const struct sw_sched_now late = at(T_US(11.2)); /* due at 1: 2 to 11 have passed, 12 is next */

    (void) state;
    (void) r;
    assert_int_equal(devices[0].due_mono_us, T_US(1));
    assert_int_equal(sw_sched_served(&devices[0], &late), 10);
    assert_int_equal(devices[0].due_mono_us, T_US(12));
}

#define SCHED_TEST(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCHED_TEST(units_are_asked_at_their_interval),
        SCHED_TEST(units_that_want_more_than_the_line_gives_take_turns),
        SCHED_TEST(a_unit_that_wants_everything_does_not_take_it_from_the_others),
        SCHED_TEST(a_silent_unit_is_probed_after_2_s_times_its_failures_and_5_minutes_at_most),
        SCHED_TEST(one_dead_unit_of_ten_hardly_slows_the_others),
        SCHED_TEST(a_unit_that_is_back_is_polled_right_after_its_probe),
        SCHED_TEST(a_unit_that_answers_probes_but_not_its_poll_is_probed_ever_more_rarely),
        SCHED_TEST(a_resting_unit_misses_its_turns_and_keeps_the_wire_free),
        SCHED_TEST(when_the_first_of_a_silent_line_answers_the_others_are_probed_at_once),
        SCHED_TEST(one_silent_unit_that_answers_does_not_call_up_the_other),
        SCHED_TEST(the_line_decides_what_may_be_done),
        SCHED_TEST(a_line_without_devices_waits_for_orders),
        SCHED_TEST(a_fast_domain_clock_hurries_polls_but_not_probes),
        SCHED_TEST(late_replies_have_their_time_before_a_unit_is_asked_in_earnest),
        SCHED_TEST(due_times_that_passed_are_counted_and_not_made_up_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
