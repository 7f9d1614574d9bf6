// SPDX-License-Identifier: Apache-2.0
/* How readings and windows lie in the file: what older versions wrote is there after the step to version 5, and a
 * commit of readings alone writes its row of the tail and nothing else. */
#include "store_fixture.h"

#include <inttypes.h>

/* Columns of the old tables that must be found again, asked of the dump as it is. */
static void check_same(const char *name, const char *old_name, const char *sql, const char *old_sql)
{
    char both[2][1024];

    snprintf(both[0], sizeof(both[0]), "SELECT ifnull(sum(length(v) * 31 + unicode(v)), 0) + count(*) FROM (%s)", sql);
    snprintf(both[1], sizeof(both[1]), "SELECT ifnull(sum(length(v) * 31 + unicode(v)), 0) + count(*) FROM (%s)",
             old_sql);
    CHECK(value_of(name, both[0]) == value_of(old_name, both[1]), "%s is not %s", sql, old_sql);
}

static int count_reading(void *ctx, const struct sw_reading *r, int64_t arrival_us, bool is_late)
{
    (void) is_late;
    CHECK(arrival_us > 0 && r->sensor < SW_ARRAY_SIZE(sensors), "a reading of nobody");
    (*(int *) ctx)++;
    return SW_OK;
}

static void what_every_older_version_wrote_is_found_again(void **state)
{
    (void) state;
    for (int version = 1; version <= 5; version++) {
        char name[32], old_name[32], dump[256];
        struct sw_store *s;
        int n = 0;

        snprintf(name, sizeof(name), "from-%d.db", version);
        snprintf(old_name, sizeof(old_name), "old-%d.db", version);
        snprintf(dump, sizeof(dump), "%s/store/schema-%d.sql", SW_TEST_DATA, version);
        load_dump(name, dump);
        load_dump(old_name, dump);
        s = must_open(name);
        assert_int_equal(sw_store_load_readings(s, 0, count_reading, &n, NULL), SW_OK);
        CHECK(n == 70, "version %d: %d readings", version, n);
        assert_int_equal(sw_store_facts(s)->last_number, 70);
        sw_store_close(s);
        assert_int_equal(value_of(name, "PRAGMA user_version"), sw_store_schema_version());
        check_same(name, old_name, "SELECT minute || ' ' || sensor || ' ' || quantity || hex(body) AS v FROM block",
                   "SELECT minute || ' ' || sensor || ' ' || quantity || hex(body) AS v FROM block");
        check_same(name, old_name, "SELECT period || from_us || sensor || to_us || window_json(body) AS v FROM window",
                   version < 5 ? "SELECT period || from_us || sensor || to_us || json AS v FROM window"
                               : "SELECT period || from_us || sensor || to_us || window_json(body) AS v FROM window");
        check_same(name, old_name, "SELECT sensor || period || to_us AS v FROM mark",
                   "SELECT sensor || period || to_us AS v FROM watermark");
        check_same(name, old_name, "SELECT t_us || hex(body) AS v FROM tail",
                   "SELECT t_us || hex(body) AS v FROM tail");
    }
}

static int take_run(void *ctx, const struct sw_store_run *run)
{
    *(struct sw_store_run *) ctx = *run;
    return SW_OK;
}

static void a_commit_of_readings_alone_writes_the_tail_and_how_far_the_run_got_is_known(void **state)
{
    struct sw_store *s = must_open("tail.db");
    struct sw_store_run run = {0};

    (void) state;
    assert_int_equal(sw_store_put_run(s, "01JNZ5Q0T7", "aa", START_US), SW_OK);
    sw_store_set_time(s, START_US, false);
    must_sync(s);
    for (int i = 0; i < 30; i++) {
        struct sw_reading r = reading(i);

        assert_int_equal(sw_store_put_readings(s, &r, 1, START_US + i * 1000000LL, NULL), SW_OK);
        sw_store_set_time(s, START_US + i * 1000000LL + 500000, false);
        if (i % 5 == 4)
            must_sync(s);
        else
            assert_int_equal(sw_store_end_turn(s), SW_OK);
    }
    assert_int_equal(value_of("tail.db", "SELECT count(*) FROM tail"), 6);
    assert_int_equal(value_of("tail.db", "SELECT count(*) FROM tail_1"), 2); /* each table takes every fourth */
    assert_int_equal(value_of("tail.db", "SELECT count(*) FROM meta WHERE key = 'arrival'"), 0);
    assert_int_equal(value_of("tail.db", "SELECT until_us FROM run"), START_US);
    assert_int_equal(sw_store_load_runs(s, take_run, &run, NULL), SW_OK);
    CHECK(run.until_us == START_US + 29500000, "the run got to %" PRId64, run.until_us);
    sw_store_close(s);
    s = must_open("tail.db");
    assert_int_equal(sw_store_facts(s)->last_number, 30);
    /* the next run: what the tail tells belongs to the one before */
    assert_int_equal(sw_store_put_run(s, "01JNZ5Q0T8", "aa", START_US + 40000000), SW_OK);
    must_sync(s);
    assert_int_equal(value_of("tail.db", "SELECT until_us FROM run WHERE boot = '01JNZ5Q0T7'"), START_US + 29500000);
    assert_int_equal(sw_store_load_runs(s, take_run, &run, NULL), SW_OK);
    CHECK(run.until_us == START_US + 40000000, "the new run got to %" PRId64, run.until_us);
    sw_store_close(s);
}

/* Each step is a reading and a commit. */
static void number_and_time_of_the_newest_are_told_by_the_tail_or_left_behind(void **state)
{
    static const struct {
        const char *why, *name;
        int minute[4]; /* of arrival; the reading's number is its place + 1 */
        int n;
        int64_t in_tail, arrival; /* rows; meta `arrival`, -1 = none */
        int64_t run_us;           /* that table run knows by itself */
    } cases[] = {
        {"minute by minute: the row of the newest tells", "folded-a.db", {0, 1, 2}, 3, 1, -1, 0},
        {"the clock goes back: what is folded at once tells no more",
         "folded-b.db",
         {0, 9, 1},
         3,
         1,
         3,
         9 * MINUTE_US + 7},
        {"back, and on from there", "folded-c.db", {0, 9, 1, 10}, 4, 1, 3, 9 * MINUTE_US + 7},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_store *s = must_open(cases[i].name);
        struct sw_store_run run = {0};
        struct sw_reading r = reading(1);
        int64_t until_us = 0;
        int n = 0;

        assert_int_equal(sw_store_put_run(s, "01JNZ5Q0T7", "aa", START_US), SW_OK);
        sw_store_set_time(s, START_US, false);
        must_sync(s);
        for (int k = 0; k < cases[i].n; k++) {
            const int64_t t_us = START_US + cases[i].minute[k] * MINUTE_US;

            assert_int_equal(sw_store_put_readings(s, &r, 1, t_us, NULL), SW_OK);
            sw_store_set_time(s, t_us + 7, false);
            until_us = SW_MAX(until_us, t_us + 7);
            must_sync(s);
        }
        assert_int_equal(sw_store_load_runs(s, take_run, &run, NULL), SW_OK);
        CHECK(run.until_us == until_us, "%s: the run got to %" PRId64, cases[i].why, run.until_us);
        sw_store_close(s);
        CHECK(value_of(cases[i].name, "SELECT count(*) FROM tail") == cases[i].in_tail, "%s: tail", cases[i].why);
        n = (int) value_of(cases[i].name, "SELECT ifnull(max(value + 0), -1) FROM meta WHERE key = 'arrival'");
        CHECK(n == cases[i].arrival, "%s: arrival %d", cases[i].why, n);
        CHECK(value_of(cases[i].name, "SELECT until_us FROM run") == START_US + cases[i].run_us, "%s: table run",
              cases[i].why);
        s = must_open(cases[i].name);
        CHECK(sw_store_facts(s)->last_number == (uint64_t) cases[i].n, "%s: last number", cases[i].why);
        sw_store_close(s);
    }
}

static void what_a_clock_that_was_ahead_left_in_the_tail_is_folded_and_chained_by_the_next_run(void **state)
{
    static const int64_t ahead_us[] = {3 * MINUTE_US, 400 * 1440 * MINUTE_US};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(ahead_us); i++) {
        const char *name = i ? "year-ahead.db" : "minutes-ahead.db";
        struct sw_store *s = must_open(name);
        struct sw_reading r = reading(1);
        int n = 0;

        for (int k = 0; k < 3; k++) {
            assert_int_equal(sw_store_put_readings(s, &r, 1, START_US + ahead_us[i] + k * 1000000LL, NULL), SW_OK);
            must_sync(s);
        }
        sw_store_close(s);
        CHECK(value_of(name, "SELECT count(*) FROM tail") == 3, "%s", name);
        s = must_open(name);
        assert_int_equal(sw_store_put_readings(s, &r, 1, START_US, NULL), SW_OK);
        must_sync(s);
        assert_int_equal(sw_store_load_readings(s, 0, count_reading, &n, NULL), SW_OK);
        sw_store_close(s);
        CHECK(n == 4, "%s: %d readings", name, n);
        CHECK(value_of(name, "SELECT count(*) FROM tail") == 1, "%s: the tail has the reading of this run", name);
        CHECK(value_of(name, "SELECT sum(b - a + 1) FROM chain WHERE kind = 1") == 3, "%s: the chain", name);
        CHECK(value_of(name, "SELECT count(*) FROM block") == 1, "%s: blocks", name);
        s = must_open(name);
        assert_int_equal(sw_store_facts(s)->last_number, 4);
        sw_store_close(s);
    }
}

static int sum_mark(void *ctx, const char *sensor, const char *period, int64_t to_us)
{
    (void) sensor;
    (void) period;
    *(int64_t *) ctx += to_us - START_US;
    return SW_OK;
}

/* A window a minute for five hours: the marks are taken once an hour, and between by the chain. */
static void how_far_windows_were_closed_is_known_when_they_and_their_entries_are_gone(void **state)
{
    static const char *const gone[] = {
        "SELECT 1",
        "DELETE FROM window",
        "DELETE FROM window; DELETE FROM chain WHERE n <= (SELECT value + 0 FROM meta WHERE key = 'marked')",
    };
    struct sw_store *s = must_open("marks.db");
    struct sw_db *db = NULL;

    (void) state;
    for (int i = 1; i <= 300; i++) {
        struct sw_reading r = reading(i);
        const int64_t to_us = START_US + i * MINUTE_US;

        assert_int_equal(sw_store_put_readings(s, &r, 1, to_us, NULL), SW_OK);
        assert_int_equal(sw_store_put_window(s, sensors[0], "1m", to_us - MINUTE_US, to_us, "{}", 2), SW_OK);
        if (i % 60 == 0)
            assert_int_equal(sw_store_put_window(s, sensors[1], "1h", to_us - 60 * MINUTE_US, to_us, "{}", 2), SW_OK);
        must_sync(s);
    }
    sw_store_close(s);
    assert_in_range(value_of("marks.db", "SELECT to_us FROM watermark WHERE period = '1m'"), START_US + 240 * MINUTE_US,
                    START_US + 299 * MINUTE_US);
    for (size_t i = 0; i < SW_ARRAY_SIZE(gone); i++) {
        int64_t sum_us = 0;

        assert_int_equal(sw_db_open(in_folder("marks.db"), false, &db, NULL), SW_OK);
        assert_int_equal(sw_db_exec(db, gone[i], NULL), SW_OK);
        sw_db_close(db);
        s = must_open("marks.db");
        assert_int_equal(sw_store_load_watermarks(s, sum_mark, &sum_us, NULL), SW_OK);
        CHECK(sum_us == 2 * 300 * MINUTE_US, "%s: %" PRId64, gone[i], sum_us);
        sw_store_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_every_older_version_wrote_is_found_again),
        cmocka_unit_test(a_commit_of_readings_alone_writes_the_tail_and_how_far_the_run_got_is_known),
        cmocka_unit_test(number_and_time_of_the_newest_are_told_by_the_tail_or_left_behind),
        cmocka_unit_test(what_a_clock_that_was_ahead_left_in_the_tail_is_folded_and_chained_by_the_next_run),
        cmocka_unit_test(how_far_windows_were_closed_is_known_when_they_and_their_entries_are_gone),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
