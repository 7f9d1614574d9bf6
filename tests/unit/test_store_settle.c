// SPDX-License-Identifier: Apache-2.0
/* Blocks of an hour that lies behind are joined: what is read is the same as before, a checker sees through it, and
 * clocks that step, rows that are broken, kills and full disks cost no reading. */
#include "tests/unit/store_fixture.h"

#include <signal.h>
#include <sys/wait.h>

#include "cli/verify.h"

#define HOUR_US (60 * MINUTE_US)
#define BEGIN_US (1772467200LL * 1000000) /* a whole hour */
#define STEP_US (5 * 1000000LL)
#define ITEMS_MAX 20000

struct item {
    struct sw_reading r;
    int64_t arrival_us;
};

/* What was put, in the order of its numbers. */
static struct item items[ITEMS_MAX];
static size_t n_items;

static int start(void **state)
{
    n_items = 0;
    return make_folder(state);
}

/* @param s  NULL: it is only noted */
static void put(struct sw_store *s, int sensor, double value, int64_t at_us)
{
    struct item *it = &items[n_items++];

    assert_true(n_items <= ITEMS_MAX);
    *it = (struct item){.r = {.t_utc_us = at_us - 20000,
                              .t_mono_us = at_us - BEGIN_US + 77 * 1000000LL,
                              .value = value,
                              .sensor = (uint16_t) sensor,
                              .quantity = sensor ? SW_QUANTITY_PM10 : SW_QUANTITY_LAEQ,
                              .flag = 'N'},
                        .arrival_us = at_us};
    if (s)
        assert_int_equal(sw_store_put_readings(s, &it->r, 1, at_us, NULL), SW_OK);
}

static void end_minute(struct sw_store *s, int64_t at_us)
{
    if (!s)
        return;
    sw_store_set_time(s, at_us, false);
    must_sync(s);
}

static double slow(int i)
{
    return i % 50 == 9 ? NAN : 60.0 + i * 7 % 13 / 10.0;
}

/* Two slow series, a commit each minute. */
static void put_slow(struct sw_store *s, int64_t from_us, int64_t until_us)
{
    for (int64_t at_us = from_us; at_us < until_us; at_us += STEP_US) {
        const int i = (int) ((at_us - BEGIN_US) / STEP_US);

        put(s, 0, slow(i), at_us);
        put(s, 1, 40 + i % 3, at_us + 1000);
        if ((at_us + STEP_US) % MINUTE_US == 0)
            end_minute(s, at_us + 2000);
    }
}

/* Commits of later on, in which what lies behind is joined. */
static void put_later(struct sw_store *s, int64_t at_us)
{
    for (int i = 0; i < 6; i++) {
        put(s, 0, 50, at_us + i * 1000);
        end_minute(s, at_us + i * 1000);
    }
}

static int by_minute(const void *left, const void *right)
{
    const struct item *a = *(struct item *const *) left, *b = *(struct item *const *) right;
    const int64_t x = a->arrival_us / MINUTE_US, y = b->arrival_us / MINUTE_US;

    if (x != y)
        return x < y ? -1 : 1;
    return (a > b) - (a < b);
}

static uint64_t bits_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

struct expected {
    struct item *item[ITEMS_MAX];
    size_t n, next;
};

static int take(void *ctx, const struct sw_reading *r, int64_t arrival_us, bool is_late)
{
    struct expected *e = ctx;
    const struct item *want;

    (void) is_late;
    CHECK(e->next < e->n, "a reading too many: at %lld", (long long) arrival_us);
    want = e->item[e->next++];
    CHECK(arrival_us == want->arrival_us && r->sensor == want->r.sensor && r->quantity == want->r.quantity &&
              r->t_utc_us == want->r.t_utc_us && r->t_mono_us == want->r.t_mono_us && r->flag == want->r.flag &&
              bits_of(r->value) == bits_of(want->r.value),
          "reading %zu of %zu came back as another: at %lld, not %lld", e->next, e->n, (long long) arrival_us,
          (long long) want->arrival_us);
    return SW_OK;
}

/* Readings numbered [from, to) that arrived from then on: all, as they were, minute by minute. */
static void check_from(struct sw_store *s, int64_t since_us, size_t from, size_t to)
{
    static struct expected e;

    e.n = e.next = 0;
    for (size_t i = 0; i < n_items; i++)
        if (items[i].arrival_us >= since_us && i + 1 >= from && i + 1 < to)
            e.item[e.n++] = &items[i];
    qsort(e.item, e.n, sizeof(e.item[0]), by_minute);
    assert_int_equal(sw_store_load_numbers(s, from, to, since_us, take, &e, NULL), SW_OK);
    CHECK(e.next == e.n, "%zu of %zu readings came back", e.next, e.n);
}

static void check_all(struct sw_store *s)
{
    check_from(s, 0, 0, SIZE_MAX);
}

static const struct sw_verify_report *verify(const char *name)
{
    static struct sw_verify_report r;
    const struct sw_verify_options o = {0};
    struct sw_err err = {0};

    CHECK(sw_verify_file(in_folder(name), &o, &r, &err) == SW_OK, "%s", err.msg);
    return &r;
}

static void check_whole(const char *name)
{
    const struct sw_verify_report *r = verify(name);

    CHECK(r->n_findings == 0, "%llu %s %s: %s", (unsigned long long) r->finding[0].n, r->finding[0].kind,
          r->finding[0].ref, r->finding[0].what);
}

static void must_exec(const char *name, const char *sql)
{
    struct sw_db *db = NULL;
    struct sw_err err = {0};

    CHECK(sw_db_open(in_folder(name), false, &db, &err) == SW_OK && sw_db_exec(db, sql, &err) == SW_OK, "%s: %s", sql,
          err.msg);
    sw_db_close(db);
}

static int64_t rows_of_hour(const char *name, int hour)
{
    char sql[128];

    snprintf(sql, sizeof(sql), "SELECT count(*) FROM block WHERE minute / 60 = %lld",
             (long long) (BEGIN_US / HOUR_US + hour));
    return value_of(name, sql);
}

static void an_hour_that_lies_behind_is_joined_and_read_as_before(void **state)
{
    struct sw_store *s = must_open("a.db");

    (void) state;
    put_slow(s, BEGIN_US, BEGIN_US + 2 * HOUR_US + 9 * MINUTE_US);
    assert_true(rows_of_hour("a.db", 0) < 20);
    assert_int_equal(rows_of_hour("a.db", 1), 120); /* ten minutes are not over */
    put_slow(s, BEGIN_US + 2 * HOUR_US + 9 * MINUTE_US, BEGIN_US + 2 * HOUR_US + 12 * MINUTE_US);
    assert_true(rows_of_hour("a.db", 1) < 20);
    assert_int_equal(value_of("a.db", "SELECT count(*) FROM block WHERE length(body) > 980"), 0);
    for (int minute = -1; minute < 133; minute++)
        check_from(s, BEGIN_US + minute * MINUTE_US + 1, 0, SIZE_MAX);
    for (size_t from = 1; from < n_items; from += 97)
        check_from(s, 0, from, from + 300);
    sw_store_close(s);
    check_whole("a.db");
    assert_int_equal(verify("a.db")->whole[SW_VERIFY_READINGS] + verify("a.db")->tail, n_items);
    s = must_open("a.db"); /* after a start nothing is joined twice */
    put_later(s, BEGIN_US + 2 * HOUR_US + 13 * MINUTE_US);
    check_all(s);
    sw_store_close(s);
    check_whole("a.db");
}

static void a_series_that_would_gain_little_is_left(void **state)
{
    struct sw_store *s = must_open("dense.db");
    uint64_t random = 1;

    (void) state;
    for (int64_t at_us = BEGIN_US; at_us < BEGIN_US + HOUR_US; at_us += STEP_US) {
        random = random * 6364136223846793005 + 1442695040888963407;
        put(s, 0, (double) (random >> 11), at_us);
        put(s, 1, 40, at_us + 1);
        if ((at_us + STEP_US) % MINUTE_US == 0)
            end_minute(s, at_us);
    }
    put_later(s, BEGIN_US + 2 * HOUR_US);
    assert_int_equal(value_of("dense.db", "SELECT count(*) FROM block WHERE sensor = 1"), 60);
    assert_true(value_of("dense.db", "SELECT count(*) FROM block WHERE sensor = 2") < 5);
    check_all(s);
    sw_store_close(s);
    check_whole("dense.db");
}

/* Some milliseconds of chance in the times, and a level that wanders. */
static void a_series_of_1_hz_as_a_bus_delivers_it_is_left(void **state)
{
    struct sw_store *s = must_open("bus.db");

    (void) state;
    for (int i = 0; i < 3600; i++) {
        const int64_t at_us = BEGIN_US + i * 1000000LL + i * 7919 % 13 * 1000;

        put(s, 0, (5200 + i / 40 % 200 + i * 7919 % 97) / 100.0, at_us);
        if (i % 60 == 59)
            end_minute(s, at_us);
    }
    put_later(s, BEGIN_US + 2 * HOUR_US);
    assert_int_equal(value_of("bus.db", "SELECT count(*) FROM block"), 60);
    assert_int_equal(value_of("bus.db", "SELECT count(*) FROM meta WHERE key = 'settled'"), 0);
    sw_store_close(s);
}

static void a_checker_still_finds_what_was_changed(void **state)
{
    static const struct {
        const char *why, *sql, *want;
    } cases[] = {
        {"a bit",
         "UPDATE block SET body = CAST(substr(body, 1, 400) || x'5a' || substr(body, 402) AS BLOB)"
         " WHERE id = (SELECT min(id) FROM block)",
         ""},
        {"a piece is gone",
         "DELETE FROM block WHERE id = (SELECT max(id) FROM block WHERE sensor = 1 AND minute / 60 ="
         " (SELECT min(minute) / 60 FROM block))",
         "others are gone"},
        {"a piece of another hour",
         "UPDATE block SET body = (SELECT b.body FROM block b WHERE b.id = block.id + (60 << 24))"
         " WHERE id = (SELECT min(id) FROM block)",
         "others are gone"},
        {"a piece of the other sensor",
         "UPDATE block SET body = (SELECT b.body FROM block b WHERE b.id = block.id + 259)"
         " WHERE id = (SELECT min(id) FROM block)",
         "not those that were chained"},
        {"a piece under a later minute", "UPDATE block SET id = id + (1 << 24) WHERE id = (SELECT min(id) FROM block)",
         "others are gone"},
        {"a piece once more", "INSERT INTO block(id, body) SELECT id + (2 << 24), body FROM block ORDER BY id LIMIT 1",
         "not those that were chained"},
        {"a piece in the next hour",
         "INSERT INTO block(id, body) SELECT id + (80 << 24), body FROM block ORDER BY id LIMIT 1",
         "arrived in another minute"},
    };
    struct sw_store *s = must_open("attack.db");

    (void) state;
    put_slow(s, BEGIN_US, BEGIN_US + 2 * HOUR_US);
    put_later(s, BEGIN_US + 4 * HOUR_US);
    sw_store_close(s);
    check_whole("attack.db");
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct sw_verify_report *r;
        char command[512];
        bool is_told = false;

        snprintf(command, sizeof(command), "cp %s %s", in_folder("attack.db"), in_folder("copy.db"));
        assert_int_equal(system(command), 0);
        must_exec("copy.db", cases[i].sql);
        r = verify("copy.db");
        for (size_t k = 0; k < r->n_findings && k < SW_VERIFY_FINDINGS_MAX; k++)
            is_told = is_told || strstr(r->finding[k].what, cases[i].want);
        CHECK(r->n_findings > 0 && is_told, "%s: %llu findings, the first: %s", cases[i].why,
              (unsigned long long) r->n_findings, r->finding[0].what);
    }
}

/* An hour back: into the first minute of a piece, and into the middle of one. */
static void a_clock_that_steps_back_into_a_joined_hour_loses_nothing(void **state)
{
    struct sw_store *s = must_open("back.db");

    (void) state;
    put_slow(s, BEGIN_US, BEGIN_US + 2 * HOUR_US + 12 * MINUTE_US);
    assert_true(rows_of_hour("back.db", 1) < 20);
    for (int minute = 60; minute < 160; minute++) {
        put(s, 0, 70, BEGIN_US + minute * MINUTE_US + 30 * 1000000LL);
        put(s, 1, 70, BEGIN_US + minute * MINUTE_US + 31 * 1000000LL);
        end_minute(s, BEGIN_US + minute * MINUTE_US + 31 * 1000000LL);
    }
    check_all(s);
    sw_store_close(s);
    check_whole("back.db");
    s = must_open("back.db"); /* it looks at these hours again */
    put_later(s, BEGIN_US + 4 * HOUR_US);
    check_all(s);
    for (int minute = 55; minute < 130; minute += 3)
        check_from(s, BEGIN_US + minute * MINUTE_US, 0, SIZE_MAX);
    sw_store_close(s);
    check_whole("back.db");
}

/* A run whose clock was ahead, then one that was killed before its minute was folded: what is read back does not depend
 * on the fold, or a replay would not do what the start between them did. */
static void what_waits_in_the_tail_is_read_in_the_place_it_has_when_it_is_folded(void **state)
{
    struct sw_store *s = must_open("tail.db");

    (void) state;
    put_slow(s, BEGIN_US, BEGIN_US + 10 * MINUTE_US);
    sw_store_close(s);
    s = must_open("tail.db");
    put_slow(s, BEGIN_US + 5 * MINUTE_US, BEGIN_US + 6 * MINUTE_US);
    assert_true(value_of("tail.db", "SELECT count(*) FROM tail") > 0);
    check_all(s);
    check_from(s, BEGIN_US + 5 * MINUTE_US + 30 * 1000000LL, 0, SIZE_MAX);
    put_slow(s, BEGIN_US + 11 * MINUTE_US, BEGIN_US + 12 * MINUTE_US);
    assert_int_equal(value_of("tail.db", "SELECT count(*) FROM block WHERE minute % 60 = 5"), 2);
    check_all(s);
    sw_store_close(s);
    check_whole("tail.db");
}

static int count(void *ctx, const struct sw_reading *r, int64_t arrival_us, bool is_late)
{
    (void) r;
    (void) arrival_us;
    (void) is_late;
    (*(size_t *) ctx)++;
    return SW_OK;
}

/* What a clock put ahead comes when its place in the file does. */
static void check_count(struct sw_store *s)
{
    size_t n = 0;

    assert_int_equal(sw_store_load_readings(s, 0, count, &n, NULL), SW_OK);
    assert_int_equal(n, n_items);
}

static void a_clock_that_was_ahead_joins_what_came_before_it(void **state)
{
    struct sw_store *s = must_open("ahead.db");

    (void) state;
    put_slow(s, BEGIN_US, BEGIN_US + 20 * MINUTE_US);
    put_later(s, BEGIN_US + 500 * HOUR_US);
    put_slow(s, BEGIN_US + 20 * MINUTE_US, BEGIN_US + 3 * HOUR_US);
    check_count(s);
    sw_store_close(s);
    s = must_open("ahead.db");
    put_later(s, BEGIN_US + 4 * HOUR_US);
    put_later(s, BEGIN_US + 4 * HOUR_US + MINUTE_US);
    assert_true(rows_of_hour("ahead.db", 2) < 20);
    check_count(s);
    sw_store_close(s);
    check_whole("ahead.db");
}

static void a_block_that_cannot_be_read_is_left_with_its_hour(void **state)
{
    struct sw_store *s = must_open("broken.db");
    const struct sw_verify_report *r;

    (void) state;
    put_slow(s, BEGIN_US, BEGIN_US + HOUR_US + 2 * MINUTE_US);
    sw_store_close(s);
    assert_int_equal(rows_of_hour("broken.db", 0), 120);
    must_exec("broken.db", "UPDATE block SET body = CAST(substr(body, 1, 30) AS BLOB) WHERE id ="
                           " (SELECT max(id) FROM block WHERE sensor = 1 AND minute % 60 = 30)");
    s = must_open("broken.db");
    put_later(s, BEGIN_US + 3 * HOUR_US);
    sw_store_close(s);
    assert_int_equal(value_of("broken.db", "SELECT count(*) FROM block WHERE sensor = 1"), 60 + 1);
    assert_true(value_of("broken.db", "SELECT count(*) FROM block WHERE sensor = 2") < 8);
    r = verify("broken.db");
    assert_int_equal(r->n_findings, 4); /* the minute's two entries, the block, what of it hangs on none */
}

/* A trigger that refuses stands for whatever may fail in the middle. */
static void an_hour_that_cannot_be_written_stays_as_it_was(void **state)
{
    struct sw_store *s = must_open("refused.db");
    struct sw_store_status st;

    (void) state;
    put_slow(s, BEGIN_US, BEGIN_US + HOUR_US);
    sw_store_close(s);
    must_exec("refused.db", "CREATE TRIGGER refuse BEFORE DELETE ON block WHEN OLD.sensor = 2 AND OLD.minute % 60 = 40"
                            " BEGIN SELECT RAISE(ABORT, 'no'); END");
    s = must_open("refused.db");
    put_later(s, BEGIN_US + 3 * HOUR_US);
    assert_int_equal(rows_of_hour("refused.db", 0), 120);
    assert_int_equal(value_of("refused.db", "SELECT count(*) FROM meta WHERE key = 'settled'"), 0);
    check_all(s);
    sw_store_status(s, &st);
    assert_int_equal(st.failures_total, 0);
    sw_store_close(s);
    must_exec("refused.db", "DROP TRIGGER refuse");
    s = must_open("refused.db"); /* the next start tries again */
    put_later(s, BEGIN_US + 3 * HOUR_US + MINUTE_US);
    assert_true(rows_of_hour("refused.db", 0) < 10);
    check_all(s);
    sw_store_close(s);
    check_whole("refused.db");
}

/* Wherever it comes: each reading that was committed is there, once. */
static void a_kill_while_hours_are_joined_loses_nothing(void **state)
{
    (void) state;
    for (int delay_us = 0; delay_us < 24000; delay_us += 1500) {
        const int64_t end_us = BEGIN_US + 2 * HOUR_US + 9 * MINUTE_US;
        const int64_t later_us = BEGIN_US + 9 * HOUR_US;
        struct sw_store *s;
        char name[32];
        int status;
        pid_t pid;

        snprintf(name, sizeof(name), "killed-%d.db", delay_us);
        n_items = 0;
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            s = must_open(name);
            put_slow(s, BEGIN_US, end_us);
            put(s, 0, 50, later_us);
            sw_store_set_time(s, later_us, true); /* a commit, in which the second hour is joined */
            sw_store_end_turn(s);
            usleep((useconds_t) delay_us);
            kill(getpid(), SIGKILL);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        put_slow(NULL, BEGIN_US, end_us);
        s = must_open(name);
        if (sw_store_facts(s)->last_number > n_items)
            put(NULL, 0, 50, later_us);
        assert_int_equal(sw_store_facts(s)->last_number, n_items);
        check_all(s);
        put_later(s, later_us + MINUTE_US);
        check_all(s);
        assert_true(rows_of_hour(name, 1) < 20);
        sw_store_close(s);
        check_whole(name);
        assert_int_equal(value_of(name, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"),
                         0);
    }
}

static void retention_takes_whole_hours_where_blocks_are_joined(void **state)
{
    struct sw_store_params p = params_of("age.db");
    const int64_t day_us = 24 * HOUR_US, first = BEGIN_US / MINUTE_US;
    struct sw_store *s;

    (void) state;
    p.keep_days = 1;
    s = open_with(&p);
    put_slow(s, BEGIN_US, BEGIN_US + 3 * HOUR_US);
    put_later(s, BEGIN_US + 5 * HOUR_US);
    put_later(s, BEGIN_US + day_us + HOUR_US + 30 * MINUTE_US);
    assert_int_equal(value_of("age.db", "SELECT min(minute) FROM block"), first + 60);
    check_from(s, BEGIN_US + HOUR_US, 0, SIZE_MAX);
    put_later(s, BEGIN_US + day_us + 2 * HOUR_US + 59 * MINUTE_US);
    assert_int_equal(value_of("age.db", "SELECT min(minute) FROM block"), first + 120);
    check_from(s, BEGIN_US + 2 * HOUR_US, 0, SIZE_MAX);
    sw_store_close(s);
    check_whole("age.db");
    assert_int_equal(value_of("age.db", "SELECT count(*) FROM command WHERE kind = 'prune' AND"
                                        " json_extract(json, '$.before') % 60 <> 0"),
                     0);
}

static void a_full_file_gives_up_whole_hours_where_blocks_are_joined(void **state)
{
    struct sw_store_params p = params_of("full.db");
    struct sw_store_status st;
    struct sw_store *s;
    uint64_t random = 1;
    static struct sw_reading batch[300];

    (void) state;
    p.disk_bytes = 700 * 1024;
    s = open_with(&p);
    put_slow(s, BEGIN_US, BEGIN_US + 4 * HOUR_US);
    put_later(s, BEGIN_US + 5 * HOUR_US + 20 * MINUTE_US);
    for (int minute = 0; minute < 300; minute++) {
        const int64_t at_us = BEGIN_US + 5 * HOUR_US + (30 + minute) * MINUTE_US;

        for (int i = 0; i < 300; i++) { /* does not compress */
            random = random * 6364136223846793005 + 1442695040888963407;
            batch[i] = items[0].r;
            batch[i].value = (double) (random >> 11);
            batch[i].t_mono_us = at_us - BEGIN_US + 77 * 1000000LL;
            batch[i].t_utc_us = at_us;
        }
        assert_int_equal(sw_store_put_readings(s, batch, 300, at_us, NULL), SW_OK);
        end_minute(s, at_us);
        if (value_of("full.db", "SELECT min(minute) FROM block") > BEGIN_US / MINUTE_US + 120)
            break;
    }
    sw_store_status(s, &st);
    assert_false(st.is_failing);
    sw_store_close(s);
    check_whole("full.db");
    assert_true(value_of("full.db", "SELECT min(minute) FROM block") > BEGIN_US / MINUTE_US);
    assert_int_equal(value_of("full.db", "SELECT max(json_extract(json, '$.before')) = (SELECT min(minute) FROM block)"
                                         " FROM command WHERE json_extract(json, '$.table') = 'block'"),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_hour_that_lies_behind_is_joined_and_read_as_before, start, remove_folder),
        cmocka_unit_test_setup_teardown(a_series_that_would_gain_little_is_left, start, remove_folder),
        cmocka_unit_test_setup_teardown(a_series_of_1_hz_as_a_bus_delivers_it_is_left, start, remove_folder),
        cmocka_unit_test_setup_teardown(a_checker_still_finds_what_was_changed, start, remove_folder),
        cmocka_unit_test_setup_teardown(a_clock_that_steps_back_into_a_joined_hour_loses_nothing, start, remove_folder),
        cmocka_unit_test_setup_teardown(what_waits_in_the_tail_is_read_in_the_place_it_has_when_it_is_folded, start,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_clock_that_was_ahead_joins_what_came_before_it, start, remove_folder),
        cmocka_unit_test_setup_teardown(a_block_that_cannot_be_read_is_left_with_its_hour, start, remove_folder),
        cmocka_unit_test_setup_teardown(an_hour_that_cannot_be_written_stays_as_it_was, start, remove_folder),
        cmocka_unit_test_setup_teardown(a_kill_while_hours_are_joined_loses_nothing, start, remove_folder),
        cmocka_unit_test_setup_teardown(retention_takes_whole_hours_where_blocks_are_joined, start, remove_folder),
        cmocka_unit_test_setup_teardown(a_full_file_gives_up_whole_hours_where_blocks_are_joined, start, remove_folder),
    };

    return cmocka_run_group_tests_name("store_settle", tests, NULL, NULL);
}
