// SPDX-License-Identifier: Apache-2.0
/* What the owner of the box can try: entries need no key, and not every column is hashed. Rows that are simply changed
 * are test_verify.c's, random bits test_verify_tamper.c's. */
#include "tests/unit/verify_fixture.h"

#include "cli/verify_int.h"
#include "gateway/block.h"

#define PICTURE_FOLDER "4b"

static char whole[128];

static int build(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    build_store(whole);
    return 0;
}

static void append(struct sw_db *db, enum sw_chain_kind kind, int64_t at_us, const char *ref, const char *json)
{
    struct sw_db_stmt *st = NULL, *put = NULL;
    sw_hash previous, body, hash;
    int64_t n;
    size_t len;

    assert_int_equal(sw_db_prepare(db, "SELECT n, hash FROM chain ORDER BY n DESC LIMIT 1", &st, NULL), SW_OK);
    assert_int_equal(sw_db_step(st, NULL), 1);
    n = sw_db_int(st, 0) + 1;
    memcpy(previous, sw_db_blob(st, 1, &len), sizeof(previous));
    sw_db_finalize(st);
    sw_chain_body_hash(json, strlen(json), body);
    sw_chain_entry_hash(previous, (uint64_t) n, kind, body, hash);
    assert_int_equal(
        sw_db_prepare(db, "INSERT INTO chain(n, kind, at_us, ref, sha256, hash) VALUES(?1, ?2, ?3, ?4, ?5, ?6)", &put,
                      NULL),
        SW_OK);
    sw_db_bind_int(put, 1, n);
    sw_db_bind_int(put, 2, kind);
    sw_db_bind_int(put, 3, at_us);
    sw_db_bind_text(put, 4, ref);
    sw_db_bind_blob(put, 5, body, sizeof(body));
    sw_db_bind_blob(put, 6, hash, sizeof(hash));
    assert_int_equal(sw_db_run(put, NULL), SW_OK);
    sw_db_finalize(put);
    assert_int_equal(sw_db_prepare(db,
                                   "INSERT INTO command(n, at_us, kind, actor, id, content, json) VALUES(?1, ?2,"
                                   " 'prune', 'auto', ?3, '', ?4)",
                                   &put, NULL),
                     SW_OK);
    sw_db_bind_int(put, 1, n);
    sw_db_bind_int(put, 2, at_us);
    sw_db_bind_text(put, 3, ref);
    sw_db_bind_text(put, 4, json);
    assert_int_equal(sw_db_run(put, NULL), SW_OK);
    sw_db_finalize(put);
}

static void a_forged_announcement_of_retention_hides_no_hole_and_is_noted(void **state)
{
    static const struct {
        const char *why, *gone;
        bool is_broken;
    } cases[] = {
        {"one minute gone, the older ones are there", "= (SELECT max(minute) FROM block WHERE minute < 29541221)",
         true},
        {"everything until then gone, as when the disk is full", "< 29541221", false},
    };
    const struct sw_verify_options with = {.checkpoints = checkpoints_path};
    const int64_t minute = (START_US + 2 * HOUR_US) / MINUTE_US;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const char *copy = in_folder("copy.db");
        struct sw_db *db = open_copy(whole, copy);
        char sql[256], json[256];
        const struct sw_verify_report *r;

        assert_int_equal(minute, 29541221);
        snprintf(sql, sizeof(sql), "DELETE FROM block WHERE minute %s", cases[i].gone);
        must_exec(db, sql);
        snprintf(json, sizeof(json),
                 "{\"at_us\":%lld,\"before\":%lld,\"by\":{\"id\":\"auto\",\"role\":\"auto\"},"
                 "\"schema\":\"siteward.prune/1.0\",\"table\":\"block\"}",
                 (long long) (START_US + 3 * HOUR_US), (long long) minute);
        append(db, SW_CHAIN_COMMAND, START_US + 3 * HOUR_US, "prune-x", json);
        sw_db_close(db);
        r = must_verify(copy, &with);
        CHECK(sw_verify_is_whole(r) != cases[i].is_broken, "%s: %s", cases[i].why, r->finding[0].what);
        CHECK(r->n_notes == 1 && strstr(r->note[0], "only 1 hours old"), "%s: %s", cases[i].why, r->note[0]);
    }
}

/* What a full disk gives up is announced as retention is: the store is whole, and young data that went is a note. */
static void what_a_full_disk_gave_up_is_pruned_and_noted(void **state)
{
    struct sw_store_params p = params_of("full.db");
    const struct sw_verify_options o = {0};
    const struct sw_verify_report *r;
    struct sw_store *s;

    (void) state;
    p.disk_bytes = 320 * 1024; /* half of it is empty tables */
    s = open_with(&p);
    for (int hour = 0; hour < 20; hour++)
        put_minutes(s, hour * 3600, hour * 3600 + 1200);
    sw_store_close(s);
    r = must_verify(in_folder("full.db"), &o);
    CHECK(sw_verify_is_whole(r), "%s %s: %s", r->finding[0].kind, r->finding[0].ref, r->finding[0].what);
    CHECK(r->pruned[SW_VERIFY_READINGS] > 0 && r->whole[SW_VERIFY_WINDOWS] > 0, "%d %d",
          (int) r->pruned[SW_VERIFY_READINGS], (int) r->whole[SW_VERIFY_WINDOWS]);
    CHECK(r->n_notes >= 1 && strstr(r->note[0], "the disk was full"), "%zu notes", r->n_notes);
}

/* A store of a day and an hour with hourly clock entries, of which retention took the first hour. */
static void an_entry_that_is_made_to_name_what_may_be_gone_is_found(void **state)
{
    struct sw_store_params p = params_of("day.db");
    const struct sw_verify_options o = {0};
    const struct sw_verify_report *r;
    struct sw_store *s;
    struct sw_db *db;

    (void) state;
    p.keep_days = 1;
    s = open_with(&p);
    put_entry(s, SW_CHAIN_BOOT, START_US, "{\"at\":\"2026-03-02T15:41:00.000+00:00\",\"first_number\":1}");
    for (int hour = 0; hour < 26; hour++) {
        char text[96];

        snprintf(text, sizeof(text), "{\"mono_us\":%lld,\"utc_us\":%lld}", (long long) (hour * HOUR_US),
                 (long long) (START_US + hour * HOUR_US));
        put_entry(s, SW_CHAIN_CLOCK, START_US + hour * HOUR_US, text);
        must_sync(s);
        if (hour % 12 == 0 || hour == 25)
            put_minutes(s, hour * 3600, hour * 3600 + 240);
    }
    sw_store_close(s);
    r = must_verify(in_folder("day.db"), &o);
    CHECK(sw_verify_is_whole(r), "%s %s: %s", r->finding[0].kind, r->finding[0].ref, r->finding[0].what);
    assert_int_equal(r->pruned[SW_VERIFY_READINGS], 240);

    db = open_copy(in_folder("day.db"), in_folder("copy.db"));
    must_exec(db, "DELETE FROM block WHERE minute = (SELECT max(minute) FROM block WHERE minute < 29541101 + 14 * 60);"
                  "UPDATE chain SET ref = '29541101/' || substr(ref, instr(ref, '/') + 1), at_us = 29541101 * 60000000"
                  " WHERE kind = 1 AND CAST(ref AS INTEGER) = 29541101 + 12 * 60 + 3");
    assert_int_equal(sw_db_changes(db), 1);
    sw_db_close(db);
    r = must_verify(in_folder("copy.db"), &o);
    CHECK(r->n_findings == 1 && strstr(r->finding[0].what, "entries around it"), "%zu: %s", r->n_findings,
          r->finding[0].what);
}

/* Blocks hold the time of day, leaves do not: it must be what the clock entries say. */
static void readings_that_were_moved_in_time_are_found(void **state)
{
    static const struct {
        int64_t by_us;
        bool is_broken;
    } cases[] = {{90 * 1000000LL, true}, {-3600 * 1000000LL, true}, {2 * 1000000LL, true}, {400000, false}};
    const struct sw_verify_options o = {.checkpoints = checkpoints_path};

    (void) state;
    for (size_t k = 0; k < SW_ARRAY_SIZE(cases); k++) {
        const char *copy = in_folder("copy.db");
        struct sw_db *db = open_copy(whole, copy);
        struct sw_block_item items[64];
        unsigned char body[SW_BLOCK_HEAD_MAX + 64 * SW_BLOCK_ITEM_MAX];
        struct sw_block_cursor c;
        struct sw_db_stmt *st = NULL;
        const struct sw_verify_report *r;
        size_t len, n = 0;
        const void *was;
        int64_t minute;

        assert_int_equal(
            sw_db_prepare(db, "SELECT body, minute, sensor, quantity FROM block LIMIT 1 OFFSET 5", &st, NULL), SW_OK);
        assert_int_equal(sw_db_step(st, NULL), 1);
        was = sw_db_blob(st, 0, &len);
        minute = sw_db_int(st, 1);
        assert_int_equal(sw_block_open(&c, was, len, (uint16_t) sw_db_int(st, 2), (uint8_t) sw_db_int(st, 3), NULL),
                         SW_OK);
        while (n < 64 && sw_block_next(&c, &items[n], NULL) == 1)
            items[n++].r.t_utc_us += cases[k].by_us;
        len = sw_block_encode(items, n, false, body, sizeof(body));
        sw_db_finalize(st);
        assert_int_equal(sw_db_prepare(db, "UPDATE block SET body = ?1 WHERE minute = ?2 AND sensor = ?3", &st, NULL),
                         SW_OK);
        sw_db_bind_blob(st, 1, body, len);
        sw_db_bind_int(st, 2, minute);
        sw_db_bind_int(st, 3, items[0].r.sensor);
        assert_int_equal(sw_db_run(st, NULL), SW_OK);
        assert_int_equal(sw_db_changes(db), 1);
        sw_db_finalize(st);
        sw_db_close(db);
        r = must_verify(copy, &o);
        CHECK(sw_verify_is_whole(r) != cases[k].is_broken, "by %lld us: %s", (long long) cases[k].by_us,
              r->finding[0].what);
        CHECK(!cases[k].is_broken || (r->n_findings == 1 && strstr(r->finding[0].what, "another time of day")),
              "by %lld us: %zu, %s", (long long) cases[k].by_us, r->n_findings, r->finding[0].what);
    }
}

/* Run 1: begun at 0 s, a clock set by +1000 s at 5000 s, told at 5001 s. Run 2, of reading 100 on: another origin. */
static void a_reading_may_have_the_time_of_a_clock_entry_around_it_and_no_other(void **state)
{
    static const struct {
        const char *why;
        uint64_t number;
        int64_t mono_s, utc_s;
        bool is_right;
    } cases[] = {
        {"after the start", 1, 10, 50010, true},
        {"a little before it: the mean of a minute", 1, -60, 49940, true},
        {"as after the step, long before it", 2, 1000, 52000, false},
        {"in the hour before it, old time", 2, 4000, 54000, true},
        {"in the hour before it, new time: a mean's beginning", 2, 4000, 55000, true},
        {"the second in which it was set", 2, 5000, 56000, true},
        {"after it", 2, 6000, 57000, true},
        {"after it, with the time of before", 2, 6000, 56000, false},
        {"two hours after it, with the time of before", 2, 12300, 62300, false},
        {"neither", 2, 6000, 57500, false},
        {"of the next run, with the time of the first", 100, 10, 50010, false},
        {"of the next run", 100, 10, 90010, true},
        {"of no run that is known", 0, 10, 1, true},
        {"any bits", 5, INT64_MIN / 1000000, INT64_MAX / 1000000, false},
    };
    struct verify_run run[] = {{.n = 2, .first_number = 1, .first_clock = 0},
                               {.n = 50, .first_number = 100, .first_clock = 4}};
    struct verify_clock clock[] = {{.n = 3, .mono_us = 0, .utc_us = 50000 * 1000000LL},
                                   {.n = 10, .mono_us = 5001 * 1000000LL, .utc_us = 56001 * 1000000LL},
                                   {.n = 20, .mono_us = 7000 * 1000000LL, .utc_us = 58000 * 1000000LL},
                                   {.n = 30, .mono_us = 10600 * 1000000LL, .utc_us = 61600 * 1000000LL},
                                   {.n = 51, .mono_us = 0, .utc_us = 90000 * 1000000LL}};
    const struct verify v = {.run = run, .n_run = 2, .clock = clock, .n_clock = 5};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        CHECK(verify_clock_agrees(&v, cases[i].number, cases[i].mono_s * 1000000, cases[i].utc_s * 1000000) ==
                  cases[i].is_right,
              "%s", cases[i].why);
}

/* Sums of what somebody else wrote must not overflow on the way to the finding. */
static void numbers_at_the_edge_of_the_range_are_findings(void **state)
{
    static const char *const columns[] = {"at_us", "a", "b"};
    static const char *const edges[] = {"-9223372036854775807 - 1", "9223372036854775807", "-9221599570794775808"};
    const struct sw_verify_options o = {0};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(columns); i++)
        for (size_t k = 0; k < SW_ARRAY_SIZE(edges); k++) {
            struct sw_db *db = open_copy(whole, in_folder("edge.db"));
            char sql[256];

            snprintf(sql, sizeof(sql), "UPDATE chain SET %s = %s WHERE %s IS NOT NULL", columns[i], edges[k],
                     columns[i]);
            must_exec(db, sql);
            must_exec(db, "DELETE FROM window; UPDATE block SET id = id + (1 << 40) WHERE minute % 2 = 0");
            sw_db_close(db);
            CHECK(!sw_verify_is_whole(must_verify(in_folder("edge.db"), &o)), "%s = %s is not found", columns[i],
                  edges[k]);
        }
    for (size_t k = 0; k < SW_ARRAY_SIZE(edges); k++) {
        struct sw_db *db = open_copy(whole, in_folder("edge.db"));
        char json[256];

        snprintf(json, sizeof(json),
                 "{\"at_us\":%lld,\"before\":%s,\"by\":{\"id\":\"auto\",\"role\":\"auto\"},"
                 "\"schema\":\"siteward.prune/1.0\",\"table\":\"block\"}",
                 (long long) (k == 1 ? INT64_MIN : START_US), k ? edges[k] : "-9223372036854775808");
        append(db, SW_CHAIN_COMMAND, START_US, "prune-edge", json);
        sw_db_close(db);
        must_verify(in_folder("edge.db"), &o);
    }
}

static void a_picture_that_was_exchanged_is_found_and_one_that_is_away_is_noted(void **state)
{
    const struct sw_verify_options o = {0};
    const char *copy = in_folder("copy.db");
    const struct sw_verify_report *r;
    char file[256];
    FILE *f;

    (void) state;
    snprintf(file, sizeof(file), "%s/media/" PICTURE_FOLDER "/" PICTURE_SHA256 ".jpg", folder);
    sw_db_close(open_copy(whole, copy));
    f = fopen(file, "w");
    assert_non_null(f);
    fputs("b picture\n", f);
    fclose(f);
    r = must_verify(copy, &o);
    CHECK(r->n_findings == 1 && strcmp(r->finding[0].kind, "media") == 0, "%zu: %s", r->n_findings, r->finding[0].what);
    assert_int_equal(remove(file), 0);
    r = must_verify(copy, &o);
    CHECK(sw_verify_is_whole(r) && r->n_notes == 1 && strstr(r->note[0], "1 pictures"), "%zu notes", r->n_notes);
}

static void checkpoints_of_what_retention_took_are_noted_and_no_break(void **state)
{
    char public_key[SW_PUBLIC_KEY_TEXT_SIZE];
    struct sw_verify_options o = {.checkpoints = checkpoints_path};
    const char *copy = in_folder("copy.db");
    struct sw_db *db = open_copy(whole, copy);
    const struct sw_verify_report *r;
    static const struct {
        const char *table, *period;
        int64_t before; /* 0 = the cut */
    } gone[] = {{"block", "", 29541300},
                {"window", "\"period\":\"1m\",", START_US + 4 * HOUR_US},
                {"window", "\"period\":\"1h\",", START_US + 4 * HOUR_US},
                {"chain", "", 0},
                {"ticket_revision", "", 0}};
    int64_t n = 0;
    char sql[256], json[256];

    (void) state;
    /* as store_keep.c does it when nothing else is left to give */
    assert_int_equal(sw_db_value(db, "SELECT max(n) FROM chain WHERE kind = 7", 0, &n, NULL), SW_OK);
    snprintf(sql, sizeof(sql),
             "DELETE FROM chain WHERE n < %lld; DELETE FROM ticket_revision WHERE n < %lld; DELETE FROM block;"
             "DELETE FROM window; DELETE FROM tail",
             (long long) n, (long long) n);
    must_exec(db, sql);
    for (size_t i = 0; i < SW_ARRAY_SIZE(gone); i++) {
        char id[16];

        snprintf(id, sizeof(id), "prune-%zu", i);
        snprintf(json, sizeof(json),
                 "{\"at_us\":%lld,\"before\":%lld,\"by\":{\"id\":\"auto\",\"role\":\"auto\"},%s"
                 "\"schema\":\"siteward.prune/1.0\",\"table\":\"%s\"}",
                 (long long) (START_US + 200 * 24 * HOUR_US), (long long) (gone[i].before ? gone[i].before : n),
                 gone[i].period, gone[i].table);
        append(db, SW_CHAIN_COMMAND, START_US + 200 * 24 * HOUR_US, id, json);
    }
    sw_db_close(db);
    r = must_verify(copy, &o);
    CHECK(sw_verify_is_whole(r), "%s %s: %s", r->finding[0].kind, r->finding[0].ref, r->finding[0].what);
    assert_int_equal(r->pruned[SW_VERIFY_ENTRIES], n - 1);
    assert_int_equal(r->n_checkpoints, 0); /* the chain does not name the key any more */
    assert_true(r->n_notes >= 1 && strstr(r->note[r->n_notes - 1], "--key"));
    o.key = public_key;
    sw_key_public_text(key.public_key, public_key);
    r = must_verify(copy, &o);
    CHECK(sw_verify_is_whole(r), "%s %s: %s", r->finding[0].kind, r->finding[0].ref, r->finding[0].what);
    assert_true(r->n_checkpoints >= 1 && r->n_kept_away == 1);
    assert_true(strstr(r->note[r->n_notes - 1], "checkpoints are of entries that retention took") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_forged_announcement_of_retention_hides_no_hole_and_is_noted),
        cmocka_unit_test(what_a_full_disk_gave_up_is_pruned_and_noted),
        cmocka_unit_test(an_entry_that_is_made_to_name_what_may_be_gone_is_found),
        cmocka_unit_test(numbers_at_the_edge_of_the_range_are_findings),
        cmocka_unit_test(readings_that_were_moved_in_time_are_found),
        cmocka_unit_test(a_reading_may_have_the_time_of_a_clock_entry_around_it_and_no_other),
        cmocka_unit_test(checkpoints_of_what_retention_took_are_noted_and_no_break),
        cmocka_unit_test(
            a_picture_that_was_exchanged_is_found_and_one_that_is_away_is_noted), /* the last: it is gone */
    };

    return cmocka_run_group_tests(tests, build, remove_folder);
}
