// SPDX-License-Identifier: Apache-2.0
/* The door over SQLite: settings, schema steps, refusals that name the file. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/db.h"

static char folder[64];

static int make_folder(void **state)
{
    (void) state;
    strcpy(folder, "/tmp/sw-db-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[96];

    (void) state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static const char *in_folder(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static struct sw_db *must_open(const char *name)
{
    struct sw_db *db = NULL;
    struct sw_err err = {0};

    CHECK(sw_db_open(in_folder(name), false, &db, &err) == SW_OK, "%s", err.msg);
    return db;
}

static int64_t value_of(struct sw_db *db, const char *sql)
{
    struct sw_err err = {0};
    int64_t value = -1;

    CHECK(sw_db_value(db, sql, -2, &value, &err) == SW_OK, "%s", err.msg);
    return value;
}

static const struct sw_db_step steps[] = {
    {1, "CREATE TABLE t(a INTEGER) STRICT; INSERT INTO t VALUES(1);"},
    {2, "ALTER TABLE t ADD COLUMN b TEXT; UPDATE t SET b = 'two';"},
};

static void a_file_is_opened_for_commits_that_survive_a_power_cut(void **state)
{
    struct sw_db *db = must_open("settings.db");

    (void) state;
    assert_int_equal(value_of(db, "PRAGMA synchronous"), 2); /* FULL */
    assert_int_equal(value_of(db, "PRAGMA journal_size_limit"), SW_DB_LOG_BYTES);
    assert_int_equal(value_of(db, "PRAGMA foreign_keys"), 1);
    assert_int_equal(value_of(db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    sw_db_close(db);
}

static void steps_run_once_and_only_those_that_are_missing(void **state)
{
    struct sw_db *db = must_open("steps.db");
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_db_migrate(db, steps, 1, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(value_of(db, "PRAGMA user_version"), 1);
    CHECK(sw_db_migrate(db, steps, 2, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_db_migrate(db, steps, 2, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(value_of(db, "PRAGMA user_version"), 2);
    assert_int_equal(value_of(db, "SELECT count(*) FROM t WHERE b = 'two'"), 1);
    sw_db_close(db);
}

static void a_step_that_fails_leaves_the_version_before_it(void **state)
{
    static const struct sw_db_step broken[] = {{1, "CREATE TABLE t(a);"}, {2, "CREATE TABLE u(a); BROKEN;"}};
    struct sw_db *db = must_open("broken.db");
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_db_migrate(db, broken, 2, &err), SW_E_INVAL);
    assert_non_null(strstr(err.msg, "schema version 2"));
    assert_int_equal(value_of(db, "PRAGMA user_version"), 1);
    assert_int_equal(value_of(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'u'"), 0);
    sw_db_close(db);
}

static void a_newer_schema_is_refused_with_both_versions_and_the_file(void **state)
{
    struct sw_db *db = must_open("newer.db");
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_db_exec(db, "PRAGMA user_version=7", &err) == SW_OK, "%s", err.msg);
    assert_int_equal(sw_db_migrate(db, steps, 2, &err), SW_E_CONFLICT);
    assert_non_null(strstr(err.msg, "newer.db"));
    assert_non_null(strstr(err.msg, "version 7"));
    assert_non_null(strstr(err.msg, "up to 2"));
    sw_db_close(db);
}

static void what_is_not_a_database_is_refused_by_name(void **state)
{
    struct sw_db *db = NULL;
    struct sw_err err = {0};
    FILE *f = fopen(in_folder("notes.txt"), "w");

    (void) state;
    assert_non_null(f);
    for (int i = 0; i < 200; i++)
        fputs("this is a shopping list, not a database\n", f);
    fclose(f);
    assert_int_equal(sw_db_open(in_folder("notes.txt"), false, &db, &err), SW_E_CORRUPT);
    assert_non_null(strstr(err.msg, "notes.txt"));
    assert_int_equal(sw_db_open(in_folder("no/such/folder.db"), false, &db, &err), SW_E_IO);
    assert_non_null(strstr(err.msg, "no/such/folder.db"));
}

static void a_full_file_is_told_from_other_failures(void **state)
{
    struct sw_db *db = must_open("full.db");
    struct sw_err err = {0};
    int rc = SW_OK;

    (void) state;
    CHECK(sw_db_exec(db, "CREATE TABLE t(a BLOB); PRAGMA max_page_count=20;", &err) == SW_OK, "%s", err.msg);
    for (int i = 0; i < 100 && rc == SW_OK; i++)
        rc = sw_db_exec(db, "INSERT INTO t VALUES(zeroblob(3000))", &err);
    assert_int_equal(rc, SW_E_FULL);
    sw_db_close(db);
}

static void a_reader_cannot_write(void **state)
{
    struct sw_db *db = must_open("reader.db"), *reader = NULL;
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_db_exec(db, "CREATE TABLE t(a)", &err) == SW_OK, "%s", err.msg);
    CHECK(sw_db_open(in_folder("reader.db"), true, &reader, &err) == SW_OK, "%s", err.msg);
    assert_true(sw_db_exec(reader, "INSERT INTO t VALUES(1)", &err) < 0);
    assert_int_equal(value_of(reader, "SELECT count(*) FROM t"), 0);
    sw_db_close(reader);
    sw_db_close(db);
}

static void an_empty_blob_is_not_null_and_text_keeps_its_length(void **state)
{
    struct sw_db *db = must_open("bind.db");
    struct sw_db_stmt *st = NULL;
    struct sw_err err = {0};
    size_t len = 99;

    (void) state;
    CHECK(sw_db_prepare(db, "SELECT ?1 IS NULL, ?2, ?3 IS NULL", &st, &err) == SW_OK, "%s", err.msg);
    sw_db_bind_blob(st, 1, "", 0);
    sw_db_bind_textn(st, 2, "abcdef", 3);
    sw_db_bind_text(st, 3, NULL);
    assert_int_equal(sw_db_step(st, &err), 1);
    assert_int_equal(sw_db_int(st, 0), 0);
    assert_string_equal(sw_db_text(st, 1, &len), "abc");
    assert_int_equal(len, 3);
    assert_int_equal(sw_db_int(st, 2), 1);
    sw_db_finalize(st);
    sw_db_close(db);
}

static void must_exec(struct sw_db *db, const char *sql)
{
    struct sw_err err = {0};

    CHECK(sw_db_exec(db, sql, &err) == SW_OK, "%s: %s", sql, err.msg);
}

static void a_new_file_gives_back_what_is_deleted(void **state)
{
    struct sw_db *db = must_open("back.db");
    struct sw_db_space before, after;
    struct sw_err err = {0};

    (void) state;
    must_exec(db,
              "CREATE TABLE t(a BLOB); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
              " INSERT INTO t SELECT zeroblob(5000) FROM n; DELETE FROM t WHERE rowid <= 190;");
    assert_int_equal(sw_db_space(db, &before, &err), SW_OK);
    assert_true(before.gives_back);
    assert_int_equal(before.page_bytes, SW_DB_PAGE_SIZE);
    assert_true(before.free_pages > 100);
    assert_int_equal(sw_db_give_back(db, 50, &err), SW_OK);
    assert_int_equal(sw_db_space(db, &after, &err), SW_OK);
    assert_int_equal(after.free_pages, before.free_pages - 50);
    assert_true(after.pages <= before.pages - 50);
    assert_int_equal(sw_db_checkpoint(db, true, &err), 1);
    assert_int_equal(sw_db_space(db, &after, &err), SW_OK);
    assert_int_equal(after.log_bytes, 0);
    assert_int_equal(after.disk_bytes, after.pages * after.page_bytes);
    sw_db_close(db);
}

static void a_log_that_is_read_is_not_waited_for(void **state)
{
    struct sw_db *db = must_open("read.db"), *reader = NULL;
    struct sw_err err = {0};

    (void) state;
    must_exec(db, "CREATE TABLE t(a INTEGER)");
    CHECK(sw_db_open(in_folder("read.db"), true, &reader, &err) == SW_OK, "%s", err.msg);
    must_exec(reader, "BEGIN");
    assert_int_equal(value_of(reader, "SELECT count(*) FROM t"), 0);
    must_exec(db, "INSERT INTO t VALUES(1)");
    assert_int_equal(sw_db_checkpoint(db, true, &err), 0);
    sw_db_rollback(reader);
    assert_int_equal(sw_db_checkpoint(db, true, &err), 1);
    sw_db_close(reader);
    sw_db_close(db);
}

static void a_copy_is_the_file_as_it_was_when_it_began(void **state)
{
    struct sw_db *db = must_open("from.db"), *reader = NULL, *copied = NULL;
    struct sw_db_copy *copy = NULL;
    struct sw_err err = {0};
    char to[128];
    int64_t left, total;
    int rc, pieces = 0;

    (void) state;
    strcpy(to, in_folder("to.db"));
    must_exec(db,
              "CREATE TABLE t(a BLOB); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
              " INSERT INTO t SELECT randomblob(5000) FROM n;");
    CHECK(sw_db_open(in_folder("from.db"), true, &reader, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_db_copy_begin(reader, to, &copy, &err) == SW_OK, "%s", err.msg);
    while ((rc = sw_db_copy_step(copy, 20, &left, &total, &err)) == 1) { /* somebody writes between two steps */
        must_exec(db, "INSERT INTO t VALUES('later')");
        pieces++;
    }
    CHECK(rc == SW_OK, "%s", err.msg);
    assert_true(pieces > 5 && pieces <= total / 20 + 1);
    assert_int_equal(left, 0);
    sw_db_copy_end(copy);
    assert_int_equal(sw_db_copy_begin(reader, to, &copy, &err), SW_E_CONFLICT);
    sw_db_close(reader);
    CHECK(sw_db_open(to, true, &copied, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(value_of(copied, "SELECT count(*) FROM t"), 200);
    sw_db_close(copied);
    sw_db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_opened_for_commits_that_survive_a_power_cut),
        cmocka_unit_test(steps_run_once_and_only_those_that_are_missing),
        cmocka_unit_test(a_step_that_fails_leaves_the_version_before_it),
        cmocka_unit_test(a_newer_schema_is_refused_with_both_versions_and_the_file),
        cmocka_unit_test(what_is_not_a_database_is_refused_by_name),
        cmocka_unit_test(a_full_file_is_told_from_other_failures),
        cmocka_unit_test(a_reader_cannot_write),
        cmocka_unit_test(an_empty_blob_is_not_null_and_text_keeps_its_length),
        cmocka_unit_test(a_new_file_gives_back_what_is_deleted),
        cmocka_unit_test(a_log_that_is_read_is_not_waited_for),
        cmocka_unit_test(a_copy_is_the_file_as_it_was_when_it_began),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
