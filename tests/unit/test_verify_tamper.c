// SPDX-License-Identifier: Apache-2.0
/* One bit turned over anywhere in what is evidence, a row deleted, two bodies exchanged, the end cut off: verify finds
 * each. Random positions; the seed is printed, and SW_SEED repeats a run. */
#include "tests/unit/verify_fixture.h"

#include <time.h>

#define FLIPS_EACH 40 /* a column */
#define OTHERS_EACH 12

static char whole[128];
static uint64_t state_of_random;

static uint64_t next_random(void) /* splitmix64 */
{
    uint64_t z = (state_of_random += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int build(void **state)
{
    const char *seed = getenv("SW_SEED");

    state_of_random = seed ? strtoull(seed, NULL, 0) : (uint64_t) time(NULL);
    print_message("SW_SEED=%llu\n", (unsigned long long) state_of_random);
    if (make_folder(state) != 0)
        return -1;
    build_store(whole);
    return 0;
}

/* What is evidence, and what tells its rows apart. */
static const struct column {
    const char *table, *name, *key;
    bool is_number;
    const char *rows; /* of which; NULL = all */
} columns[] = {
    {"block", "body", "minute || '/' || sensor || '/' || quantity", false, NULL},
    {"window", "body", "period || '/' || from_us || '/' || sensor", false, NULL},
    {"window", "to_us", "period || '/' || from_us || '/' || sensor", true, NULL},
    {"ticket", "json", "id", false, NULL},
    {"ticket", "status", "id", false, NULL},
    {"ticket", "matter_key", "id", false, NULL},
    {"ticket", "revision", "id", true, NULL},
    {"ticket", "changed_us", "id", true, NULL},
    {"ticket_revision", "json", "n", false, NULL},
    {"ticket_revision", "ticket", "n", false, NULL},
    {"ticket_revision", "revision", "n", true, NULL},
    {"command", "json", "n", false, NULL},
    {"command", "at_us", "n", true, NULL},
    {"command", "id", "n", false, NULL},
    {"act", "json", "id", false, NULL},
    {"act", "at_us", "id", true, NULL},
    {"act", "subject", "id", false, NULL},
    {"act", "kind", "id", false, NULL},
    {"command", "actor", "n", false, NULL},
    {"complaint", "service_request_id", "service_request_id", false, NULL},
    {"complaint", "at_us", "service_request_id", true, NULL},
    {"complaint", "service_code", "service_request_id", false, NULL},
    {"complaint", "caller_ref", "service_request_id", false, NULL},
    {"complaint", "distance_m", "service_request_id", true, NULL},
    {"complaint", "code", "service_request_id", false, NULL},
    {"config", "body", "sha256", false, NULL},
    {"schedule", "body", "revision", false, NULL},
    {"schedule", "at_us", "revision", true, NULL},
    {"sensor", "id", "num", false, NULL},
    {"chain", "n", "n", true, NULL},
    {"chain", "kind", "n", true, NULL},
    {"chain", "at_us", "n", true, NULL},
    {"chain", "ref", "n", false, NULL},
    {"chain", "a", "n", true, NULL},
    {"chain", "b", "n", true, NULL},
    {"chain", "body", "n", false, NULL},
    {"chain", "sha256", "n", false, NULL},
    {"chain", "hash", "n", false, NULL},
};

static int64_t number_of(struct sw_db *db, const char *sql)
{
    struct sw_err err = {0};
    int64_t value = 0;

    CHECK(sw_db_value(db, sql, 0, &value, &err) == SW_OK, "%s: %s", sql, err.msg);
    return value;
}

static struct sw_db_stmt *prepared(struct sw_db *db, const char *sql)
{
    struct sw_db_stmt *st = NULL;
    struct sw_err err = {0};

    CHECK(sw_db_prepare(db, sql, &st, &err) == SW_OK, "%s: %s", sql, err.msg);
    return st;
}

struct cell {
    char key[256];
    char *bytes; /* NULL: a number */
    size_t len;
    int64_t number;
};

/* A random row's value of the column, of rows that have one. */
static struct cell pick(struct sw_db *db, const struct column *c)
{
    char sql[512];
    struct cell cell = {0};
    struct sw_db_stmt *st;
    int64_t rows;

    snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE %s IS NOT NULL AND %s", c->table, c->name,
             c->rows ? c->rows : "1");
    rows = number_of(db, sql);
    CHECK(rows > 0, "%s.%s: no row has one", c->table, c->name);
    snprintf(sql, sizeof(sql),
             "SELECT %s, CAST(%s AS %s) FROM %s WHERE %s IS NOT NULL AND %s ORDER BY 1 LIMIT 1 OFFSET %lld", c->key,
             c->name, c->is_number ? "INTEGER" : "BLOB", c->table, c->name, c->rows ? c->rows : "1",
             (long long) (next_random() % (uint64_t) rows));
    st = prepared(db, sql);
    assert_int_equal(sw_db_step(st, NULL), 1);
    snprintf(cell.key, sizeof(cell.key), "%s", sw_db_text(st, 0, NULL));
    if (c->is_number) {
        cell.number = sw_db_int(st, 1);
    } else {
        const void *bytes = sw_db_blob(st, 1, &cell.len);

        cell.bytes = malloc(cell.len + 1);
        assert_non_null(cell.bytes);
        memcpy(cell.bytes, bytes, cell.len);
    }
    sw_db_finalize(st);
    return cell;
}

/* @return false: SQLite does not take it (the number of an entry that is there already) */
static bool put(struct sw_db *db, const struct column *c, const struct cell *cell)
{
    const bool is_text =
        !c->is_number && strcmp(c->name, "body") && strcmp(c->name, "sha256") && strcmp(c->name, "hash");
    char sql[512];
    struct sw_db_stmt *st;
    struct sw_err err = {0};
    int rc;

    snprintf(sql, sizeof(sql), "UPDATE %s SET %s = %s WHERE CAST(%s AS TEXT) = ?2", c->table, c->name,
             is_text ? "CAST(?1 AS TEXT)" : "?1", c->key);
    st = prepared(db, sql);
    if (c->is_number)
        sw_db_bind_int(st, 1, cell->number);
    else
        sw_db_bind_blob(st, 1, cell->bytes, cell->len);
    sw_db_bind_text(st, 2, cell->key);
    rc = sw_db_run(st, &err);
    CHECK(rc != SW_OK || sw_db_changes(db) == 1, "%s: no row %s", sql, cell->key);
    sw_db_finalize(st);
    return rc == SW_OK;
}

static bool is_found(const char *copy, const struct sw_verify_options *o)
{
    static struct sw_verify_report r;
    struct sw_err err = {0};
    const int rc = sw_verify_file(copy, o, &r, &err);

    CHECK(rc == SW_OK, "verify itself failed: %s", err.msg);
    return !sw_verify_is_whole(&r);
}

static void a_bit_turned_over_anywhere_is_found(void **state)
{
    const struct sw_verify_options o = {0};
    const char *copy = in_folder("copy.db");
    size_t done = 0;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(columns); i++) {
        const struct column *c = &columns[i];

        for (int k = 0; k < FLIPS_EACH; k++) {
            struct sw_db *db = open_copy(whole, copy);
            struct cell cell = pick(db, c);
            const size_t bit = next_random() % (c->is_number ? 64 : cell.len * 8);
            bool taken;

            if (c->is_number)
                cell.number = (int64_t) ((uint64_t) cell.number ^ 1ull << bit);
            else
                cell.bytes[bit / 8] = (char) (cell.bytes[bit / 8] ^ (1 << bit % 8));
            taken = put(db, c, &cell);
            sw_db_close(db);
            CHECK(!taken || is_found(copy, &o), "%s.%s of %s: bit %zu turned over, not found", c->table, c->name,
                  cell.key, bit);
            done += taken;
            free(cell.bytes);
        }
    }
    print_message("%zu bits in %zu columns: all found\n", done, SW_ARRAY_SIZE(columns));
}

static const struct column bodies[] = {
    {"block", "body", "minute || '/' || sensor || '/' || quantity", false, NULL},
    {"window", "body", "period || '/' || from_us || '/' || sensor", false, NULL},
    {"ticket", "json", "id", false, NULL},
    {"ticket_revision", "json", "n", false, NULL},
    {"command", "json", "n", false, NULL},
    {"config", "body", "sha256", false, NULL},
    {"schedule", "body", "revision", false, NULL},
    {"chain", "body", "n", false, NULL},
    {"chain", "hash", "n", false, NULL},
    {"chain", "sha256", "n", false, NULL},
};

static void a_deleted_row_is_found(void **state)
{
    const struct sw_verify_options o = {0};
    const char *copy = in_folder("copy.db");
    size_t done = 0;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(bodies); i++)
        for (int k = 0; k < OTHERS_EACH; k++) {
            struct sw_db *db = open_copy(whole, copy);
            struct cell cell = pick(db, &bodies[i]);
            char sql[512];

            snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE CAST(%s AS TEXT) = '%s'", bodies[i].table, bodies[i].key,
                     cell.key);
            must_exec(db, sql);
            assert_int_equal(sw_db_changes(db), 1);
            sw_db_close(db);
            CHECK(is_found(copy, &o), "%s %s deleted, not found", bodies[i].table, cell.key);
            free(cell.bytes);
            done++;
        }
    print_message("%zu rows deleted: all found\n", done);
}

static void two_exchanged_bodies_are_found(void **state)
{
    const struct sw_verify_options o = {0};
    const char *copy = in_folder("copy.db");
    size_t done = 0;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(bodies); i++)
        for (int k = 0; k < OTHERS_EACH; k++) {
            struct sw_db *db = open_copy(whole, copy);
            struct cell one = pick(db, &bodies[i]), two = pick(db, &bodies[i]), was = one;
            const bool differ = one.len != two.len || memcmp(one.bytes, two.bytes, one.len) != 0;

            one.bytes = two.bytes;
            one.len = two.len;
            two.bytes = was.bytes;
            two.len = was.len;
            assert_true(put(db, &bodies[i], &one) && put(db, &bodies[i], &two));
            sw_db_close(db);
            CHECK(!differ || is_found(copy, &o), "%s.%s of %s and %s exchanged, not found", bodies[i].table,
                  bodies[i].name, one.key, two.key);
            done += differ;
            free(one.bytes);
            free(two.bytes);
        }
    CHECK(done > OTHERS_EACH * SW_ARRAY_SIZE(bodies) / 3, "only %zu pairs differed", done);
    print_message("%zu pairs exchanged: all found\n", done);
}

/* All that entries from some number on say, taken away with them; only what the hub kept contradicts. */
static void a_cut_off_end_is_found_with_checkpoints(void **state)
{
    const struct sw_verify_options with = {.checkpoints = checkpoints_path};
    const char *copy = in_folder("copy.db");

    (void) state;
    for (int k = 0; k < OTHERS_EACH; k++) {
        struct sw_db *db = open_copy(whole, copy);
        const int64_t last = number_of(db, "SELECT max(n) FROM chain");
        const int64_t signed_n = number_of(db, "SELECT json_extract(value, '$.n') FROM meta WHERE key = 'checkpoint'");
        const int64_t cut = 1 + (int64_t) (next_random() % (uint64_t) signed_n);
        char sql[256];

        assert_true(signed_n > 0 && signed_n <= last);
        snprintf(sql, sizeof(sql),
                 "DELETE FROM chain WHERE n >= %lld; DELETE FROM ticket_revision WHERE n >= %lld;"
                 "DELETE FROM command WHERE n >= %lld; DELETE FROM outbox; DELETE FROM meta WHERE key = 'checkpoint'",
                 (long long) cut, (long long) cut, (long long) cut);
        must_exec(db, sql);
        sw_db_close(db);
        CHECK(is_found(copy, &with), "cut off at %lld of %lld, not found", (long long) cut, (long long) last);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bit_turned_over_anywhere_is_found),
        cmocka_unit_test(a_deleted_row_is_found),
        cmocka_unit_test(two_exchanged_bodies_are_found),
        cmocka_unit_test(a_cut_off_end_is_found_with_checkpoints),
    };

    return cmocka_run_group_tests(tests, build, remove_folder);
}
