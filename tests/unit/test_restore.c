// SPDX-License-Identifier: Apache-2.0
/* What comes back after a restart, out of a real store: windows as they were begun, and a clock that was ahead does not
 * stop the measuring. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/timefmt.h"
#include "config/faults.h"
#include "gateway/core.h"

#define PATIENCE_US 20000000LL

static char folder[64];
static struct sw_site *site;
static struct sw_clock site_clock;

static int64_t at(const char *rfc3339)
{
    struct sw_err err = {0};
    int64_t us = 0;

    CHECK(sw_time_parse(rfc3339, strlen(rfc3339), &us, &err) == SW_OK, "%s", err.msg);
    return us;
}

static int setup(void **state)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0};

    (void) state;
    strcpy(folder, "/tmp/sw-restore-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    if (sw_site_read(SW_TEST_ENGINE "/site.yaml", NULL, &faults, &site, &err) < 0)
        print_error("%s\n", err.msg);
    sw_faults_done(&faults);
    return site ? 0 : -1;
}

static int teardown(void **state)
{
    char command[96];

    (void) state;
    site = sw_site_free(site);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

/* As much of a core as restoring needs, at a clock that stands almost still. */
static struct sw_core *start(int64_t now_us)
{
    struct sw_core *c = calloc(1, sizeof(*c));
    const char *ids[SW_SENSORS_MAX];
    char path[96];
    struct sw_store_params p = {.path = path, .n_sensors = site->n_sensors, .sensor_ids = ids, .is_simulated = true};
    struct sw_err err = {0};

    assert_non_null(c);
    for (size_t i = 0; i < site->n_sensors; i++)
        ids[i] = site->sensors[i].id;
    snprintf(path, sizeof(path), "%s/siteward.db", folder);
    CHECK(sw_clock_init_simulated(&site_clock, now_us, 0.001, sw_mono_real_us(), &err) == SW_OK, "%s", err.msg);
    c->site = site;
    c->clock = &site_clock;
    c->since_us = now_us;
    c->sensors = calloc(site->n_sensors, sizeof(*c->sensors));
    CHECK(sw_engine_new(site, &c->engine, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_store_open(&p, &c->store, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_doc_site_init(&c->doc, site, c->engine, sw_store_facts(c->store)->epoch, true, &err) == SW_OK, "%s",
          err.msg);
    CHECK(core_restore(c, &err) == SW_OK, "%s", err.msg);
    return c;
}

static void stop(struct sw_core *c)
{
    struct sw_err err = {0};

    CHECK(sw_store_sync(c->store, PATIENCE_US, &err) == SW_OK, "%s", err.msg);
    sw_store_close(c->store);
    sw_doc_site_done(&c->doc);
    sw_engine_free(c->engine);
    free(c->sensors);
    free(c);
}

/* A sensor's level over the `interval_us` before now. */
static void arrives(struct sw_core *c, uint16_t sensor, int64_t now_us, int64_t interval_us, double value)
{
    const struct sw_reading r = {.t_utc_us = now_us - interval_us,
                                 .value = value,
                                 .sensor = sensor,
                                 .quantity = (uint8_t) site->sensors[sensor].level,
                                 .flag = 'N'};
    const struct sw_input in = {.kind = SW_INPUT_READING, .t_us = now_us, .reading = r};
    bool late = false;

    core_feed(c, &in, &late);
    sw_store_put_readings(c->store, &r, 1, now_us, &late);
    core_end_turn(c);
}

static void a_clock_that_was_ahead_does_not_stop_the_measuring(void **state)
{
    int64_t wrong = at("2027-03-02T10:00:00+08:00"), right = at("2026-03-02T10:00:00+08:00");
    struct sw_core *c = start(wrong);
    int64_t seq;

    (void) state;
    for (int64_t t = wrong; t < wrong + 100 * SW_US_PER_S; t += SW_US_PER_S)
        arrives(c, 0, t, SW_US_PER_S, 50.0);
    stop(c);

    c = start(right);
    assert_true(sw_engine_now_us(c->engine) <= right + SW_US_PER_S);
    arrives(c, 0, right + 2 * SW_US_PER_S, SW_US_PER_S, 51.0);
    assert_false(sw_engine_was_late(c->engine));
    seq = c->seq;
    for (int64_t t = right + 3 * SW_US_PER_S; t < right + 130 * SW_US_PER_S; t += SW_US_PER_S)
        arrives(c, 0, t, SW_US_PER_S, 51.0);
    CHECK(c->seq >= seq + 2, "two minutes closed and %lld documents came", (long long) (c->seq - seq));
    stop(c);
}

/* Started at 09:55, the first ten minutes begin at 09:56 and arrive at 10:06: they are none of
 * ten o'clock's. */
static void a_window_begins_where_it_did_not_where_its_first_reading_arrived(void **state)
{
    const struct sw_input boot = {.kind = SW_INPUT_TICK, .t_us = at("2026-03-02T09:55:00+08:00")};
    int64_t ten_minutes = 600 * SW_US_PER_S, first = at("2026-03-02T09:56:00+08:00");
    struct sw_core *c;
    int32_t value;

    (void) state;
    free(site->devices);
    site->devices = calloc(1, sizeof(*site->devices));
    assert_non_null(site->devices);
    site->n_devices = 1;
    memcpy(site->devices[0].id, "node", 5);
    site->sensors[0].device = 0;
    site->sensors[0].interval_us = ten_minutes;
    c = start(boot.t_us);
    core_feed(c, &boot, NULL);
    arrives(c, 0, first + ten_minutes, ten_minutes, 50.0);
    assert_false(sw_engine_was_late(c->engine));
    stop(c);

    c = start(at("2026-03-02T10:07:00+08:00"));
    assert_int_equal(sw_judge_last(sw_engine_judge(c->engine, 0), &value, NULL), first);
    assert_int_equal(value, 5000);
    stop(c);
}

/* With its caller and its ticket; the same id again is no new call. */
static void complaints_are_known_after_a_restart(void **state)
{
    static const char caller[] = "h:6c1f09a2b7d8e4f0a1c2d3e4f5061728";
    const int64_t t = at("2026-03-02T10:00:00+08:00");
    struct sw_complaint_call call = {.service_request_id = "12345-1",
                                     .service_code = "noise.construction",
                                     .by = {.id = "agent:1", .role = SW_ROLE_AGENT, .door = SW_DOOR_MQTT},
                                     .at_us = t,
                                     .occurred_us = t,
                                     .window_us = 3600 * SW_US_PER_S,
                                     .distance_m = 180,
                                     .caller_calls_30d = -1,
                                     .found = {.code = SW_ANSWER_NO_DATA, .from_us = INT64_MIN, .to_us = INT64_MIN}};
    const struct sw_input in = {.kind = SW_INPUT_COMPLAINT, .t_us = t + SW_US_PER_S, .complaint = &call};
    struct sw_complaint_counts n;
    struct sw_core *c = start(t);

    (void) state;
    strcpy(call.caller_ref, caller);
    core_feed(c, &in, NULL);
    core_end_turn(c);
    assert_null(sw_desk_changed_complaint(sw_engine_desk(c->engine))); /* the store has it */
    stop(c);

    c = start(t + 60 * SW_US_PER_S);
    n = sw_desk_complaint_counts(sw_engine_desk(c->engine), caller, t + 60 * SW_US_PER_S);
    assert_true(n.calls_24h == 1 && n.callers_24h == 1 && n.same_caller_30d == 1);
    assert_non_null(sw_desk_ticket(sw_engine_desk(c->engine), 0));
    assert_int_equal(sw_desk_ticket(sw_engine_desk(c->engine), 0)->calls, 1);
    core_feed(c, &in, NULL); /* the same id: the first answer, and nothing to store */
    assert_null(sw_desk_changed_complaint(sw_engine_desk(c->engine)));
    assert_int_equal(sw_desk_ticket(sw_engine_desk(c->engine), 0)->calls, 1);
    stop(c);
}

#define MANY 12

/* A site of twelve meters. */
static void use_many_sensors(void)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    char path[96];
    FILE *f;

    site = sw_site_free(site);
    snprintf(path, sizeof(path), "%s/site.yaml", folder);
    f = fopen(path, "we");
    assert_non_null(f);
    fprintf(f, "version: 1\nsite: {id: pd-0042, area: \"310115\", timezone: Asia/Shanghai, "
               "packs: [{id: cn-gb12523-2025}], hotline: hotline-cn-12345}\n"
               "gateway: {id: gw-7f3a, data: data, runtime: run}\nsensors:\n");
    for (int i = 0; i < MANY; i++)
        fprintf(f, "  meter-%d: {quantity: LAF, interval: 1s, place: boundary}\n", i);
    assert_int_equal(fclose(f), 0);
    CHECK(sw_site_read(path, NULL, &faults, &site, &err) == SW_OK, "%s", err.msg);
    sw_faults_done(&faults);
}

/* 47 hours without the program: each of twelve sensors owes 2820 minutes and 47 hours, more than one turn can hold. */
static void windows_of_a_long_absence_are_all_published(void **state)
{
    int64_t end = at("2026-03-02T10:00:00+08:00"), back = end + 47 * 3600 * SW_US_PER_S;
    struct sw_core *c;
    int64_t seq;

    (void) state;
    use_many_sensors();
    c = start(end - 60 * SW_US_PER_S);
    for (int64_t t = end - 60 * SW_US_PER_S; t < end; t += SW_US_PER_S) {
        for (uint16_t i = 0; i < MANY; i++)
            arrives(c, i, t, 0, 50.0);
    }
    stop(c);
    c = start(end + 5 * SW_US_PER_S);
    seq = c->seq;
    stop(c);

    c = start(back + 5 * SW_US_PER_S);
    assert_int_equal(c->lost_total, 0);
    CHECK(c->seq - seq >= MANY * (2820 + 47), "%lld documents only", (long long) (c->seq - seq));
    stop(c);
}

static void what_the_engine_can_follow_is_told_from_what_it_cannot(void **state)
{
    static const struct {
        const char *why;
        int64_t engine_s, now_s;
        enum core_clock want;
    } cases[] = {
        {"the next second", 1000000, 1000001, CORE_CLOCK_NEAR},
        {"a small correction", 1000000, 999990, CORE_CLOCK_NEAR},
        {"set back by an hour", 1000000, 996400, CORE_CLOCK_LOST},
        {"a stall", 1000000, 1000060, CORE_CLOCK_NEAR},
        {"asleep for an hour", 1000000, 1003600, CORE_CLOCK_AHEAD},
        {"ahead by a day", 1000000, 1086400, CORE_CLOCK_AHEAD},
        {"from 1970 to 2026", 1000, 1772460000, CORE_CLOCK_LOST},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        CHECK(core_look_at_clock(cases[i].engine_s * SW_US_PER_S, cases[i].now_s * SW_US_PER_S) == cases[i].want, "%s",
              cases[i].why);
    assert_int_equal(core_look_at_clock(INT64_MIN, 0), CORE_CLOCK_NEAR); /* not started yet */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_engine_can_follow_is_told_from_what_it_cannot),
        cmocka_unit_test_setup_teardown(a_clock_that_was_ahead_does_not_stop_the_measuring, setup, teardown),
        cmocka_unit_test_setup_teardown(windows_of_a_long_absence_are_all_published, setup, teardown),
        cmocka_unit_test_setup_teardown(a_window_begins_where_it_did_not_where_its_first_reading_arrived, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(complaints_are_known_after_a_restart, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
