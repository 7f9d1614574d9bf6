// SPDX-License-Identifier: Apache-2.0
/* A simulated day through the engine, with every call of malloc, calloc and realloc of this program counted by the
 * linker's --wrap: after sw_engine_new there is none. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "common/timefmt.h"
#include "config/faults.h"
#include "gateway/engine.h"

static volatile bool is_counting; /* the compiler believes that malloc changes nothing of ours */
static volatile uint64_t n_allocations;

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's own names */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *__wrap_malloc(size_t size)
{
    n_allocations += is_counting;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    n_allocations += is_counting;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    n_allocations += is_counting;
    return __real_realloc(p, size);
}
/* NOLINTEND(bugprone-reserved-identifier) */

#define DAY_S 86400
#define NOISE 0
#define DUST 1
#define CAMERA 2

static struct sw_site *new_site(void)
{
    struct sw_faults faults = {0};
    struct sw_site *site = NULL;
    struct sw_err err = {0};

    if (sw_site_read(SW_TEST_DATA "/series/two-packs.yaml", NULL, &faults, &site, &err) < 0)
        sw_faults_print(&faults, stderr);
    sw_faults_done(&faults);
    CHECK(site, "%s", err.msg);
    return site;
}

/* One item a day and a permit, so that the schedule is asked too. */
static struct sw_schedule *new_schedule(int64_t from_us)
{
    struct sw_schedule *s = calloc(1, sizeof(*s));
    struct sw_err err = {0};

    assert_non_null(s);
    s->from_us = from_us - 2 * DAY_S * SW_US_PER_S;
    s->to_us = from_us + 3 * DAY_S * SW_US_PER_S;
    s->revision = 1;
    s->n_items = 1;
    s->items = calloc(1, sizeof(*s->items));
    s->n_instances = 3;
    s->instances = calloc(3, sizeof(*s->instances));
    assert_true(s->items && s->instances);
    s->items[0] = (struct sw_schedule_item){.uid = "hours",
                                            .kind = SW_ITEM_WORK,
                                            .published_us = INT64_MIN,
                                            .claimed_published_us = INT64_MIN,
                                            .cancelled_us = INT64_MIN,
                                            .granted_us = INT64_MIN,
                                            .valid_from_us = INT64_MIN,
                                            .valid_to_us = INT64_MIN,
                                            .notice_posted_us = INT64_MIN};
    for (int i = 0; i < 3; i++) {
        s->instances[i].from_us = from_us + ((int64_t) (i - 1) * DAY_S + 6 * 3600) * SW_US_PER_S;
        s->instances[i].to_us = s->instances[i].from_us + 16 * 3600 * SW_US_PER_S;
    }
    CHECK(sw_schedule_finish(s, &err) == SW_OK, "%s", err.msg);
    return s;
}

static uint64_t feed(struct sw_engine *e, const struct sw_input *in, struct sw_effect *fx)
{
    uint64_t n = 0;
    bool more = true;

    for (const struct sw_input *next = in; more; next = NULL)
        n += sw_engine_step(e, next, fx, SW_EFFECTS_MIN, &more);
    return n;
}

/* Levels that wander through everything: quiet nights, work over the limits, a meter that is silent for half an hour.
 */
static void take_second(struct sw_engine *e, int64_t t_us, int s, struct sw_effect *fx, uint64_t *effects)
{
    const double noise = 48.0 + 20.0 * ((s / 1800) % 3) + (s * 7919 % 97) / 20.0;
    struct sw_input in = {.kind = SW_INPUT_READING, .t_us = t_us};

    if (s / 1800 % 17 != 5) {
        in.reading = (struct sw_reading){
            .t_utc_us = t_us, .value = noise, .sensor = NOISE, .quantity = SW_QUANTITY_LAEQ, .flag = 'N'};
        *effects += feed(e, &in, fx);
    }
    in.reading = (struct sw_reading){.t_utc_us = t_us,
                                     .value = 100.0 + (s / 600 % 40) * 30,
                                     .sensor = DUST,
                                     .quantity = SW_QUANTITY_TSP,
                                     .flag = s % 1000 == 0 ? 'C' : 'N'};
    *effects += feed(e, &in, fx);
    if (s % 3600 == 0) {
        in.reading = (struct sw_reading){
            .t_utc_us = t_us, .value = s / 3600 % 2, .sensor = CAMERA, .quantity = SW_QUANTITY_CAMERA, .flag = 'N'};
        *effects += feed(e, &in, fx);
    }
}

static void a_day_of_readings_allocates_nothing(void **state)
{
    static struct sw_effect fx[SW_EFFECTS_MIN];
    struct sw_site *site = new_site();
    struct sw_engine *e = NULL;
    struct sw_err err = {0};
    int64_t start_us;
    struct sw_schedule *schedule;
    uint64_t effects = 0;

    (void) state;
    CHECK(sw_time_parse("2026-03-02T00:00:00+08:00", 25, &start_us, &err) == SW_OK, "%s", err.msg);
    schedule = new_schedule(start_us);
    CHECK(sw_engine_new(site, &e, &err) == SW_OK, "%s", err.msg);

    for (size_t i = NOISE; i <= DUST; i++)
        CHECK(sw_judge_n_rules(sw_engine_judge(e, i)) >= 2, "sensor %zu is judged by no pack", i);

    const struct sw_input given = {.kind = SW_INPUT_SCHEDULE, .t_us = start_us, .schedule = schedule};
    is_counting = true;
    effects += feed(e, &given, fx);
    for (int s = 0; s < DAY_S; s++)
        take_second(e, start_us + s * SW_US_PER_S, s, fx, &effects);
    is_counting = false;

    CHECK(n_allocations == 0, "%llu allocations in a day", (unsigned long long) n_allocations);
    CHECK(effects > 4 * 1440, "only %llu effects: was anything judged?", (unsigned long long) effects);
    sw_engine_free(e);
    sw_schedule_free(schedule);
    sw_site_free(site);
}

/* Else the zero above would be one of a counter that does not count. */
static void the_counter_counts(void **state)
{
    void *volatile p;

    (void) state;
    n_allocations = 0;
    is_counting = true;
    p = malloc(10);
    p = realloc(p, 20);
    free(p);
    p = calloc(2, 10);
    is_counting = false;
    free(p);
    assert_int_equal(n_allocations, 3);
    n_allocations = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_counter_counts),
        cmocka_unit_test(a_day_of_readings_allocates_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
