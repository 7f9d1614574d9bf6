// SPDX-License-Identifier: Apache-2.0
/* What the store remembers of its own past: runs, schedules, configurations; and a reader beside the gateway. */
#include "tests/unit/store_fixture.h"

#define BEGIN_US 1772460000000000LL

static struct sw_reading plain_reading(void)
{
    return (struct sw_reading){.t_utc_us = BEGIN_US + 1000000LL, .value = 50.0, .sensor = 0, .flag = 'N'};
}

static int count_reading(void *ctx, const struct sw_reading *r, int64_t arrival_us, bool is_late)
{
    (void) r;
    (void) arrival_us;
    (void) is_late;
    ++*(int *) ctx;
    return SW_OK;
}

struct past {
    char said[512];
};

static int collect_run(void *ctx, const struct sw_store_run *run)
{
    struct past *p = ctx;
    size_t at = strlen(p->said);

    snprintf(p->said + at, sizeof(p->said) - at, "%s %.4s %lld-%lld%s %llu-%llu\n", run->boot, run->config_sha256,
             (long long) (run->start_us / 1000000), (long long) (run->until_us / 1000000),
             run->is_stopped ? " stopped" : "", (unsigned long long) run->first_number,
             (unsigned long long) SW_MIN(run->last_number, 9999));
    return SW_OK;
}

static int collect_schedule(void *ctx, int64_t revision, int64_t at_us, const char *text, size_t len)
{
    struct past *p = ctx;
    size_t at = strlen(p->said);

    snprintf(p->said + at, sizeof(p->said) - at, "%lld %lld %.*s\n", (long long) revision, (long long) at_us, (int) len,
             text);
    return SW_OK;
}

static int collect_config(void *ctx, const void *body, size_t len)
{
    struct past *p = ctx;

    snprintf(p->said, sizeof(p->said), "%.*s", (int) len, (const char *) body);
    return SW_OK;
}

static void a_file_of_schema_version_2_opens_with_its_past(void **state)
{
    struct past past = {""};
    struct sw_store *s;
    struct sw_err err = {0};

    (void) state;
    load_dump("dump-2.db", SW_TEST_DATA "/store/schema-2.sql");
    s = must_open("dump-2.db");
    assert_int_equal(sw_store_load_runs(s, collect_run, &past, NULL), SW_OK);
    assert_string_equal(past.said, "01JNZ5Q0T7 aaaa 1772460000-1772463600 stopped 1-60\n"
                                   "01JNZ5Q0T8 aaaa 1772463610-1772463620 60-9999\n");
    past.said[0] = '\0';
    assert_int_equal(sw_store_load_schedule(s, INT64_MAX, collect_schedule, &past, NULL), SW_OK);
    assert_non_null(strstr(past.said, "1 1772460000001000 {\"revision\":1"));
    assert_int_equal(sw_store_load_config(s, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                          collect_config, &past, NULL),
                     SW_OK);
    assert_string_equal(past.said, "{\"site.yaml\":\"version: 1\\n\"}");
    assert_int_equal(sw_store_load_config(s, "b", collect_config, &past, &err), SW_E_NOTFOUND);
    sw_store_close(s);
}

/* Two runs: the first stops in order, the second is only as far as its last turn. */
static void runs_know_their_readings_and_how_far_they_got(void **state)
{
    struct past past = {""};
    struct sw_reading r = plain_reading();
    struct sw_store *s = must_open("runs.db");
    int n = 0;

    (void) state;
    assert_int_equal(sw_store_put_run(s, "one", "c1", BEGIN_US), SW_OK);
    for (int i = 0; i < 3; i++) {
        sw_store_put_readings(s, &r, 1, BEGIN_US + i * 1000000LL, NULL);
        sw_store_set_time(s, BEGIN_US + i * 1000000LL, false);
        assert_int_equal(sw_store_end_turn(s), SW_OK);
    }
    sw_store_set_time(s, BEGIN_US + 9000000LL, true);
    assert_int_equal(sw_store_sync(s, PATIENCE_US, NULL), SW_OK);
    sw_store_close(s);
    s = must_open("runs.db");
    assert_int_equal(sw_store_put_run(s, "two", "c2", BEGIN_US + 20000000LL), SW_OK);
    sw_store_put_readings(s, &r, 1, BEGIN_US + 21000000LL, NULL);
    sw_store_set_time(s, BEGIN_US + 21000000LL, false);
    assert_int_equal(sw_store_sync(s, PATIENCE_US, NULL), SW_OK);
    sw_store_set_time(s, BEGIN_US + 30000000LL, false); /* no turn: not told, not durable */
    assert_int_equal(sw_store_load_runs(s, collect_run, &past, NULL), SW_OK);
    CHECK(strstr(past.said, "one c1 ") == past.said && strstr(past.said, " stopped 1-4\ntwo c2 ") &&
              strstr(past.said, " 4-9999\n"),
          "%s", past.said);
    assert_int_equal(sw_store_load_numbers(s, 2, 4, 0, count_reading, &n, NULL), SW_OK);
    assert_int_equal(n, 2);
    sw_store_close(s);
}

static void a_schedule_keeps_its_first_time_and_old_ones_go(void **state)
{
    struct past past = {""};
    struct sw_store *s = must_open("schedules.db");

    (void) state;
    for (int i = 1; i <= 250; i++)
        assert_int_equal(sw_store_put_schedule(s, i, i * 10, "a", 1), SW_OK);
    assert_int_equal(sw_store_put_schedule(s, 250, 9999, "later", 5), SW_OK);
    assert_int_equal(sw_store_sync(s, PATIENCE_US, NULL), SW_OK);
    assert_int_equal(sw_store_load_schedule(s, INT64_MAX, collect_schedule, &past, NULL), SW_OK);
    assert_string_equal(past.said, "250 2500 later\n");
    past.said[0] = '\0';
    assert_int_equal(sw_store_load_schedule(s, 2499, collect_schedule, &past, NULL), SW_OK);
    assert_string_equal(past.said, "249 2490 a\n");
    past.said[0] = '\0';
    assert_int_equal(sw_store_load_schedule(s, 500, collect_schedule, &past, NULL), SW_OK); /* of 250, 200 stay */
    assert_string_equal(past.said, "");
    sw_store_close(s);
}

static void a_reader_reads_beside_the_writer_and_refuses_other_versions(void **state)
{
    struct sw_store_params p = {
        .path = in_folder("beside.db"), .n_sensors = SW_ARRAY_SIZE(sensors), .sensor_ids = sensors};
    struct sw_store *s = must_open("beside.db"), *beside = NULL;
    struct sw_reading r = plain_reading();
    struct sw_err err = {0};
    int n = 0;

    (void) state;
    sw_store_put_readings(s, &r, 1, BEGIN_US, NULL);
    assert_int_equal(sw_store_sync(s, PATIENCE_US, NULL), SW_OK);
    p.path = in_folder("beside.db");
    CHECK(sw_store_open_reader(&p, &beside, &err) == SW_OK, "%s", err.msg);
    assert_string_equal(sw_store_facts(beside)->epoch, sw_store_facts(s)->epoch);
    assert_int_equal(sw_store_load_readings(beside, 0, count_reading, &n, NULL), SW_OK);
    assert_int_equal(n, 1);
    sw_store_close(beside);
    sw_store_close(s);
    load_dump("version-1.db", SW_TEST_DATA "/store/schema-1.sql");
    p.path = in_folder("version-1.db");
    assert_int_equal(sw_store_open_reader(&p, &beside, &err), SW_E_CONFLICT);
    assert_non_null(strstr(err.msg, "let sitewardd open it once"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_of_schema_version_2_opens_with_its_past),
        cmocka_unit_test(runs_know_their_readings_and_how_far_they_got),
        cmocka_unit_test(a_schedule_keeps_its_first_time_and_old_ones_go),
        cmocka_unit_test(a_reader_reads_beside_the_writer_and_refuses_other_versions),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
