// SPDX-License-Identifier: Apache-2.0
/* The store's file: whole turns only after any end; what is full or old loses raw data, never tickets; what is not ours
 * is refused, what is of an older program taken over. */
#include "tests/unit/store_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static void a_turn_that_was_not_closed_is_not_in_the_file(void **state)
{
    struct sw_store *s = must_open("turns.db");

    (void) state;
    put_ticket(s, "whole", "open", 1);
    must_sync(s);
    put_ticket(s, "staged", "open", 1);
    assert_int_equal(value_of("turns.db", "SELECT count(*) FROM ticket"), 1);
    sw_store_close(s); /* a clean end takes it along */
    assert_int_equal(value_of("turns.db", "SELECT count(*) FROM ticket"), 2);
}

static const struct bad_open {
    const char *why, *sql;
    bool simulated;
    const char *want;
} bad_opens[] = {
    {"a schema of a newer program", "PRAGMA user_version=99", false, "version 99"},
    {"measured data and a simulated run", "SELECT 1", true, "measured data"},
};

static void files_that_are_not_for_us_are_refused_with_a_sentence(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(bad_opens); i++) {
        const struct bad_open *c = &bad_opens[i];
        struct sw_store_params p;
        struct sw_store *s;
        struct sw_db *db = NULL;
        struct sw_err err = {0};
        char name[32];

        snprintf(name, sizeof(name), "bad%zu.db", i);
        p = params_of(name);
        sw_store_close(open_with(&p));
        CHECK(sw_db_open(p.path, false, &db, &err) == SW_OK && sw_db_exec(db, c->sql, &err) == SW_OK, "%s", err.msg);
        sw_db_close(db);
        p.is_simulated = c->simulated;
        CHECK(sw_store_open(&p, &s, &err) == SW_E_CONFLICT, "%s", c->why);
        CHECK(strstr(err.msg, c->want) && strstr(err.msg, name), "%s: %s", c->why, err.msg);
    }
}

static void a_second_gateway_on_the_same_file_is_refused(void **state)
{
    struct sw_store_params p = params_of("twice.db");
    struct sw_store *first = open_with(&p), *second = NULL;
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_store_open(&p, &second, &err), SW_E_BUSY);
    assert_non_null(strstr(err.msg, "in use by another gateway"));
    sw_store_close(first);
    sw_store_close(open_with(&p));
}

static void what_is_too_large_or_nameless_is_refused_before_it_is_staged(void **state)
{
    struct sw_store *s = must_open("limits.db");
    char *big = calloc(1, SW_STORE_PAYLOAD_MAX + 1);
    struct sw_reading r = {.sensor = 2};
    const struct sw_store_document nameless = {.seq = 1, .topic = "", .payload = "{}", .len = 2};
    struct sw_store_document d = {.seq = 1, .topic = "t", .payload = big, .len = SW_STORE_PAYLOAD_MAX + 1};

    (void) state;
    assert_non_null(big);
    assert_int_equal(sw_store_put_document(s, &d), SW_E_INVAL);
    d.len--;
    assert_int_equal(sw_store_put_document(s, &d), SW_OK);
    assert_int_equal(sw_store_put_document(s, &nameless), SW_E_INVAL);
    assert_int_equal(sw_store_put_readings(s, &r, 1, START_US, NULL), SW_E_INVAL);
    must_sync(s);
    sw_store_close(s);
    assert_int_equal(value_of("limits.db", "SELECT count(*) FROM outbox"), 1);
    free(big);
}

/* 400 KiB for the file: readings of minutes pour in until old ones must go; tickets pass all the time. */
static void a_full_file_gives_up_the_oldest_readings_and_keeps_every_ticket(void **state)
{
    struct sw_store_params p = params_of("full.db");
    struct sw_store *s;
    struct sw_store_status st;
    static struct sw_reading batch[600];

    (void) state;
    p.disk_bytes = 400 * 1024;
    s = open_with(&p);
    for (int minute = 0; minute < 240; minute++) {
        char id[16];

        for (int i = 0; i < 600; i++) {
            batch[i] = reading(i);
            batch[i].value = sqrt(minute * 600 + i); /* does not compress */
            batch[i].t_mono_us = minute * MINUTE_US + i;
        }
        assert_int_equal(sw_store_put_readings(s, batch, 600, START_US + minute * MINUTE_US, NULL), SW_OK);
        snprintf(id, sizeof(id), "sw-%d", minute);
        put_ticket(s, id, "open", minute);
        must_sync(s);
    }
    sw_store_status(s, &st);
    assert_false(st.is_failing);
    assert_int_equal(st.rejected_total, 0);
    sw_store_close(s);
    assert_int_equal(value_of("full.db", "SELECT count(*) FROM ticket"), 240);
    assert_true(value_of("full.db", "SELECT min(minute) FROM block") > START_US / MINUTE_US);
    assert_true(value_of("full.db", "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") <=
                405 * 1024);
}

/* Another program holds the file: the commit fails, what it had to write is kept and goes when the file is free. */
static void a_commit_that_fails_loses_nothing_and_is_tried_again(void **state)
{
    struct sw_store *s = must_open("busy.db");
    struct sw_db *other = NULL;
    struct sw_store_status st;
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_db_open(in_folder("busy.db"), false, &other, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_db_begin(other, &err) == SW_OK, "%s", err.msg);
    put_ticket(s, "sw-1", "open", 1);
    put_document(s, SW_LANE_ALARM, 1, "{}");
    put_readings(s, 0, 9);
    assert_int_equal(sw_store_sync(s, 3000000, &err), SW_E_TIMEOUT);
    put_ticket(s, "sw-2", "open", 2);
    assert_int_equal(sw_store_commit(s), SW_OK);
    sw_store_status(s, &st);
    assert_true(st.failures_total > 0);
    assert_true(st.is_failing);
    sw_db_rollback(other);
    sw_db_close(other);
    must_sync(s);
    sw_store_status(s, &st);
    assert_false(st.is_failing);
    assert_int_equal(st.readings_dropped_total, 0);
    assert_int_equal(st.readings_total, 9);
    sw_store_close(s);
    assert_int_equal(value_of("busy.db", "SELECT count(*) FROM ticket"), 2);
    assert_int_equal(value_of("busy.db", "SELECT count(*) FROM outbox"), 1);
}

static void old_readings_and_windows_are_forgotten_after_their_time_and_the_chain_says_so(void **state)
{
    struct sw_store_params p = params_of("age.db");
    struct sw_store *s;
    struct sw_reading r = reading(1);
    const int64_t day_us = 86400 * 1000000LL;

    (void) state;
    p.keep_days = 10;
    p.keep_minutes_days = 8;
    s = open_with(&p);
    for (int day = 0; day <= 12; day++) {
        assert_int_equal(sw_store_put_readings(s, &r, 1, START_US + day * day_us, NULL), SW_OK);
        assert_int_equal(
            sw_store_put_window(s, sensors[0], "1m", START_US + day * day_us, START_US + day * day_us + 1, "{}", 2),
            SW_OK);
        assert_int_equal(
            sw_store_put_window(s, sensors[0], "1h", START_US + day * day_us, START_US + day * day_us + 1, "{}", 2),
            SW_OK);
        must_sync(s);
    }
    sw_store_close(s);
    assert_int_equal(value_of("age.db", "SELECT count(*) FROM block"), 10); /* days 2 to 11; day 12 is in the tail */
    assert_int_equal(value_of("age.db", "SELECT count(*) FROM window WHERE period = '1h'"), 9); /* days 4 to 12 */
    assert_int_equal(value_of("age.db", "SELECT count(*) FROM window WHERE period = '1m'"), 9);
    /* the last said of each: nothing older than that is there, and nothing that is there is older */
    assert_int_equal(
        value_of("age.db", "SELECT max(json_extract(json, '$.before')) = (SELECT min(minute) FROM block) FROM command"
                           " WHERE kind = 'prune' AND json_extract(json, '$.table') = 'block'"),
        1);
    assert_int_equal(
        value_of("age.db", "SELECT max(json_extract(json, '$.before')) = (SELECT min(from_us) FROM window) FROM command"
                           " WHERE json_extract(json, '$.table') = 'window' AND json_extract(json, '$.period') = '1h'"),
        1);
    assert_int_equal(value_of("age.db", "SELECT count(*) FROM command c JOIN chain USING (n)"
                                        " WHERE c.kind = 'prune' AND chain.kind = 5 AND c.actor = 'auto'"),
                     value_of("age.db", "SELECT count(*) FROM command"));
}

static void nothing_goes_by_age_while_nobody_vouches_for_the_clock(void **state)
{
    static const struct {
        const char *name;
        enum sw_time_quality quality;
        int64_t blocks, windows;
    } cases[] = {{"vouched.db", SW_TIME_SYNCED, 0, 0}, {"ahead.db", SW_TIME_UNSYNCED, 1, 1}};
    const int64_t years_us = 3 * 365 * 86400 * 1000000LL;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_store *s = must_open(cases[i].name);
        struct sw_reading r = reading(1);

        assert_int_equal(sw_store_put_readings(s, &r, 1, START_US, NULL), SW_OK);
        assert_int_equal(sw_store_put_window(s, sensors[0], "1m", START_US, START_US + 1, "{}", 2), SW_OK);
        must_sync(s);
        r.time_quality = cases[i].quality;
        for (int hour = 0; hour < 2; hour++) {
            assert_int_equal(sw_store_put_readings(s, &r, 1, START_US + years_us + hour * 3600 * 1000000LL, NULL),
                             SW_OK);
            must_sync(s);
        }
        sw_store_close(s);
        CHECK(value_of(cases[i].name, "SELECT count(*) - 1 FROM block") == cases[i].blocks, "%s: blocks",
              cases[i].name); /* one is of the hour before the last */
        CHECK(value_of(cases[i].name, "SELECT count(*) FROM window") == cases[i].windows, "%s: windows", cases[i].name);
    }
}

static void a_much_shorter_time_to_keep_takes_a_day_of_windows_an_hour(void **state)
{
    struct sw_store_params p = params_of("shorter.db");
    const int64_t day_us = 86400 * 1000000LL;
    struct sw_reading r = reading(1);
    struct sw_store *s = open_with(&p);

    (void) state;
    for (int day = 0; day < 10; day++)
        assert_int_equal(
            sw_store_put_window(s, sensors[0], "1m", START_US + day * day_us, START_US + day * day_us + 1, "{}", 2),
            SW_OK);
    must_sync(s);
    sw_store_close(s);
    p.keep_minutes_days = 2;
    s = open_with(&p);
    for (int hour = 0; hour < 3; hour++) {
        assert_int_equal(sw_store_put_readings(s, &r, 1, START_US + 10 * day_us + hour * 3600 * 1000000LL, NULL),
                         SW_OK);
        must_sync(s);
        assert_int_equal(value_of("shorter.db", "SELECT count(*) FROM window"), 9 - hour);
    }
    sw_store_close(s);
}

static int count_reading(void *ctx, const struct sw_reading *r, int64_t arrival_us, bool is_late)
{
    (void) r;
    (void) arrival_us;
    (void) is_late;
    ++*(int *) ctx;
    return SW_OK;
}

/* The dump was written by the first program that had this schema; every later program must open it. */
static void a_file_of_schema_version_1_opens_with_all_that_is_in_it(void **state)
{
    struct sw_store *s;
    char ids[256] = "";
    int readings = 0;

    (void) state;
    load_dump("dump.db", SW_TEST_DATA "/store/schema-1.sql");
    s = must_open("dump.db");
    assert_string_equal(sw_store_facts(s)->epoch, "k3f7q2mz");
    assert_int_equal(sw_store_facts(s)->last_seq, 2);
    assert_int_equal(sw_store_facts(s)->last_number, 70);
    assert_int_equal(sw_store_load_tickets(s, 0, collect_id, ids, NULL), SW_OK);
    assert_string_equal(ids, "sw-7k2m4q5xza ");
    assert_int_equal(sw_store_load_readings(s, 0, count_reading, &readings, NULL), SW_OK);
    assert_int_equal(readings, 70);
    assert_true(sw_store_attach(s, 0) > 0);
    for (int i = 1; i <= 2; i++) {
        struct sw_store_row *row = next_row(s);

        assert_int_equal(row->seq, i);
        free(row);
    }
    sw_store_close(s);
}

/* While this is the newest version, a new file has the very schema of the dump: a shipped step was not edited. */
static void a_new_file_has_the_schema_of_the_newest_dump(void **state)
{
    static const char attach[] = "SELECT count(*) FROM (SELECT sql FROM a.sqlite_schema WHERE sql IS NOT NULL"
                                 " EXCEPT SELECT sql FROM main.sqlite_schema)";
    struct sw_db *db = NULL;
    struct sw_err err = {0};
    int64_t missing = -1;
    char sql[256];

    (void) state;
    load_dump("old-schema.db", SW_TEST_DATA "/store/schema-6.sql");
    sw_store_close(must_open("new-schema.db"));
    CHECK(sw_db_open(in_folder("new-schema.db"), false, &db, &err) == SW_OK, "%s", err.msg);
    snprintf(sql, sizeof(sql), "ATTACH '%s' AS a", in_folder("old-schema.db"));
    CHECK(sw_db_exec(db, sql, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_db_value(db, attach, -1, &missing, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(missing, 0);
    sw_db_close(db);
}

/* The life of a gateway that is killed: revision r of the ticket, its rule state, two documents, a reading: one turn.
 */
static void write_until_killed(const char *path, int told)
{
    struct sw_store_params p = {.path = path, .n_sensors = SW_ARRAY_SIZE(sensors), .sensor_ids = sensors};
    struct sw_store *s = NULL;
    int64_t r;

    if (sw_store_open(&p, &s, NULL) < 0)
        _exit(1);
    for (r = sw_store_facts(s)->last_seq / 2 + 1;; r++) {
        struct sw_reading reading_r = reading((int) (r % 1000));
        struct sw_store_document d = {.lane = SW_LANE_ALARM, .topic = "ticket/t", .payload = "{}", .len = 2};
        char text[64];
        int len = snprintf(text, sizeof(text), "%lld", (long long) r);

        sw_store_put_ticket(s, "t", "m", "open", r, r, text, (size_t) len);
        for (d.seq = 2 * r - 1; d.seq <= 2 * r; d.seq++)
            sw_store_put_document(s, &d);
        sw_store_put_readings(s, &reading_r, 1, START_US + r * 500000, NULL);
        sw_store_put_state(s, sensors[0], "rule", text, (size_t) len);
        if (r % 3 ? sw_store_commit(s) : sw_store_sync(s, PATIENCE_US, NULL))
            _exit(2); /* with a sync every third turn the box never fills */
        if (write(told, "x", 1) != 1)
            _exit(3);
    }
}

static void a_kill_at_any_moment_leaves_whole_turns_only(void **state)
{
    char path[128];
    unsigned random = 12345;

    (void) state;
    strcpy(path, in_folder("killed.db"));
    for (int round = 0; round < 20; round++) {
        struct sw_store *s;
        int told[2], status, turns;
        int64_t last_seq;
        pid_t child;
        char bytes[64];

        random = random * 1103515245 + 12345;
        turns = 1 + (int) (random >> 16) % 60;
        assert_int_equal(pipe(told), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(told[0]);
            write_until_killed(path, told[1]);
        }
        close(told[1]);
        for (int n = 0; n < turns;) {
            ssize_t got = read(told[0], bytes, SW_MIN(sizeof(bytes), (size_t) (turns - n)));

            CHECK(got > 0, "round %d: the writer ended by itself", round);
            n += (int) got;
        }
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        CHECK(WIFSIGNALED(status), "round %d: the writer ended by itself: %d", round, status);
        close(told[0]);

        s = must_open("killed.db");
        last_seq = sw_store_facts(s)->last_seq;
        CHECK(sw_store_facts(s)->last_number == (uint64_t) last_seq / 2, "round %d: readings", round);
        sw_store_close(s);
        CHECK(last_seq % 2 == 0, "round %d: half a turn: seq %lld", round, (long long) last_seq);
        CHECK(value_of("killed.db", "SELECT revision FROM ticket") == last_seq / 2, "round %d: ticket", round);
        CHECK(value_of("killed.db", "SELECT CAST(window_json(body) AS INTEGER) FROM rule_state") == last_seq / 2,
              "round %d: state", round);
        CHECK(value_of("killed.db", "SELECT count(DISTINCT seq) FROM outbox") == last_seq &&
                  value_of("killed.db", "SELECT max(seq) FROM outbox") == last_seq,
              "round %d: a document is missing", round);
        CHECK(value_of("killed.db", "SELECT integrity_check = 'ok' FROM pragma_integrity_check") == 1,
              "round %d: damaged", round);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_turn_that_was_not_closed_is_not_in_the_file),
        cmocka_unit_test(files_that_are_not_for_us_are_refused_with_a_sentence),
        cmocka_unit_test(a_second_gateway_on_the_same_file_is_refused),
        cmocka_unit_test(what_is_too_large_or_nameless_is_refused_before_it_is_staged),
        cmocka_unit_test(a_full_file_gives_up_the_oldest_readings_and_keeps_every_ticket),
        cmocka_unit_test(a_commit_that_fails_loses_nothing_and_is_tried_again),
        cmocka_unit_test(old_readings_and_windows_are_forgotten_after_their_time_and_the_chain_says_so),
        cmocka_unit_test(nothing_goes_by_age_while_nobody_vouches_for_the_clock),
        cmocka_unit_test(a_much_shorter_time_to_keep_takes_a_day_of_windows_an_hour),
        cmocka_unit_test(a_file_of_schema_version_1_opens_with_all_that_is_in_it),
        cmocka_unit_test(a_new_file_has_the_schema_of_the_newest_dump),
        cmocka_unit_test(a_kill_at_any_moment_leaves_whole_turns_only),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
