// SPDX-License-Identifier: Apache-2.0
/* `siteward db check`: is the file whole, what is in it, how much of the disk each part takes, and what waits to be
 * sent. Only reads, so it may run beside the gateway. Whether the rows are what was signed is for `siteward verify`. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/db.h"
#include "common/timefmt.h"
#include "gateway/store.h"

#define FAULTS_MAX 20
#define CLASS_NAMES                                                                                                    \
    {                                                                                                                  \
        "kept", "ticket", "window_1m", "window", "gap"                                                                 \
    }

struct check {
    struct sw_db *db;
    json_t *root, *faults;
};

static void fault(struct check *c, const char *text)
{
    if (json_array_size(c->faults) < FAULTS_MAX)
        json_array_append_new(c->faults, json_string(text));
}

static int number(struct check *c, const char *sql, int64_t *ret, struct sw_err *err)
{
    return sw_db_value(c->db, sql, 0, ret, err);
}

/* ---- the file ---- */

static int check_pages(struct check *c, bool is_quick, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(c->db, is_quick ? "PRAGMA quick_check(20)" : "PRAGMA integrity_check(20)", &st, err);

    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1)
        if (strcmp(sw_db_text(st, 0, NULL), "ok") != 0)
            fault(c, sw_db_text(st, 0, NULL));
    sw_db_finalize(st);
    if (rc < 0)
        return rc;
    rc = sw_db_prepare(c->db, "PRAGMA foreign_key_check", &st, err);
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        char text[160];

        (void) snprintf(text, sizeof(text), "a row of %.40s names one of %.40s that is not there",
                        sw_db_text(st, 0, NULL), sw_db_text(st, 2, NULL));
        fault(c, text);
    }
    sw_db_finalize(st);
    return rc;
}

static int add_space(struct check *c, struct sw_err *err)
{
    struct sw_db_space p;
    int rc = sw_db_space(c->db, &p, err);

    if (rc < 0)
        return rc;
    json_object_set_new(c->root, "file_bytes", json_integer(p.disk_bytes));
    json_object_set_new(c->root, "log_bytes", json_integer(p.log_bytes));
    json_object_set_new(c->root, "free_bytes", json_integer(p.free_pages * p.page_bytes));
    json_object_set_new(c->root, "page_bytes", json_integer(p.page_bytes));
    json_object_set_new(c->root, "gives_back", json_boolean(p.gives_back));
    return SW_OK;
}

/* ---- what is in it ---- */

/* Bytes of each table with its indexes, where SQLite can tell; else they stay unknown. */
static void add_bytes(struct check *c, json_t *tables)
{
    struct sw_db_stmt *st = NULL;
    struct sw_err err = {0};

    if (sw_db_prepare(c->db,
                      "SELECT s.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_schema s ON s.name = d.name"
                      " WHERE d.aggregate = TRUE GROUP BY 1",
                      &st, &err) < 0)
        return;
    while (sw_db_step(st, &err) == 1) {
        json_t *table = json_object_get(tables, sw_db_text(st, 0, NULL));

        if (table)
            json_object_set_new(table, "bytes", json_integer(sw_db_int(st, 1)));
    }
    sw_db_finalize(st);
}

static int add_tables(struct check *c, bool is_quick, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    json_t *tables = json_object();
    int rc = sw_db_prepare(c->db,
                           "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                           " ORDER BY name",
                           &st, err);

    json_object_set_new(c->root, "tables", tables);
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        const char *name = sw_db_text(st, 0, NULL);
        json_t *table = json_object();
        char sql[160];
        int64_t n = 0;

        (void) snprintf(sql, sizeof(sql), "SELECT count(*) FROM \"%.100s\"", name);
        rc = number(c, sql, &n, err);
        json_object_set_new(table, "rows", json_integer(n));
        json_object_set_new(tables, name, table);
    }
    sw_db_finalize(st);
    if (rc >= 0 && !is_quick)
        add_bytes(c, tables);
    return rc;
}

/* What waits, in words of its class, and for whom. Files of before version 5 knew lanes alone. */
static int add_waiting(struct check *c, json_t *outbox, int64_t version, struct sw_err *err)
{
    static const char *const classes[] = CLASS_NAMES;
    struct sw_db_stmt *st = NULL;
    json_t *waiting = json_object();
    int rc = sw_db_prepare(c->db,
                           version >= 5 ? "SELECT class, count(*) FROM outbox GROUP BY 1 ORDER BY 1"
                                        : "SELECT CASE lane WHEN 0 THEN 0 ELSE 3 END, count(*) FROM outbox GROUP BY 1",
                           &st, err);

    json_object_set_new(outbox, "waiting", waiting);
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        const int64_t class = sw_db_int(st, 0);

        if (class >= 0 && class < (int64_t) SW_ARRAY_SIZE(classes))
            json_object_set_new(waiting, classes[class], json_integer(sw_db_int(st, 1)));
    }
    sw_db_finalize(st);
    return rc;
}

static int add_destinations(struct check *c, json_t *outbox, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    json_t *to = json_object();
    int rc = sw_db_prepare(c->db, "SELECT value FROM meta WHERE key = 'destinations'", &st, err);
    char ids[1024] = "", *rest = ids, *id;

    json_object_set_new(outbox, "destinations", to);
    if (rc >= 0 && (rc = sw_db_step(st, err)) == 1)
        (void) snprintf(ids, sizeof(ids), "%s", sw_db_text(st, 0, NULL));
    sw_db_finalize(st);
    for (unsigned slot = 0; rc >= 0 && (id = strsep(&rest, " ")) != NULL && slot < 32; slot++) {
        char sql[96];
        int64_t n = 0;

        if (*id == '\0' || strcmp(id, "-") == 0)
            continue;
        (void) snprintf(sql, sizeof(sql), "SELECT count(*) FROM outbox WHERE todo & %u", 1u << slot);
        rc = number(c, sql, &n, err);
        json_object_set_new(to, id, json_integer(n));
    }
    return rc;
}

static int add_outbox(struct check *c, int64_t version, struct sw_err *err)
{
    json_t *outbox = json_object();
    int64_t n = 0, different = 0, from = 0, to = 0, given = 0;
    char text[160];
    int rc = number(c, "SELECT count(seq) FROM outbox", &n, err);

    json_object_set_new(c->root, "outbox", outbox);
    if (rc >= 0)
        rc = number(c, "SELECT count(DISTINCT seq) FROM outbox", &different, err);
    if (rc >= 0)
        rc = number(c, "SELECT min(seq) FROM outbox", &from, err);
    if (rc >= 0)
        rc = number(c, "SELECT max(seq) FROM outbox", &to, err);
    if (rc >= 0)
        rc = number(c, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'seq'", &given, err);
    if (rc < 0)
        return rc;
    json_object_set_new(outbox, "seq_from", n ? json_integer(from) : json_null());
    json_object_set_new(outbox, "seq_to", n ? json_integer(to) : json_null());
    json_object_set_new(outbox, "seq_given", json_integer(given));
    if (different != n) {
        (void) snprintf(text, sizeof(text), "%lld numbers are given to two documents that wait",
                        (long long) (n - different));
        fault(c, text);
    }
    if (to > given) {
        (void) snprintf(text, sizeof(text), "a document that waits has the number %lld, but %lld is the last one given",
                        (long long) to, (long long) given);
        fault(c, text);
    }
    rc = add_waiting(c, outbox, version, err);
    return rc < 0 || version < 5 ? rc : add_destinations(c, outbox, err);
}

static int add_chain(struct check *c, struct sw_err *err)
{
    json_t *chain = json_object();
    int64_t n = 0, first = 0, last = 0;
    char text[160];
    int rc = number(c, "SELECT count(*) FROM chain", &n, err);

    json_object_set_new(c->root, "chain", chain);
    if (rc >= 0)
        rc = number(c, "SELECT min(n) FROM chain", &first, err);
    if (rc >= 0)
        rc = number(c, "SELECT max(n) FROM chain", &last, err);
    if (rc < 0)
        return rc;
    json_object_set_new(chain, "first", json_integer(first));
    json_object_set_new(chain, "head", json_integer(last));
    if (n > 0 && last - first + 1 != n) {
        (void) snprintf(text, sizeof(text), "the chain has %lld entries between %lld and %lld: some are missing",
                        (long long) n, (long long) first, (long long) last);
        fault(c, text);
    }
    return rc;
}

static int add_meta(struct check *c, int64_t *ret_version, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int64_t newest_us = 0;
    int rc = number(c, "PRAGMA user_version", ret_version, err);
    char time[SW_RFC3339_SIZE], text[96];

    json_object_set_new(c->root, "schema_version", json_integer(*ret_version));
    if (rc >= 0 && *ret_version > sw_store_schema_version()) {
        (void) snprintf(text, sizeof(text), "it is of a newer siteward: this one knows versions up to %d",
                        sw_store_schema_version());
        fault(c, text);
    }
    if (rc >= 0)
        rc = sw_db_prepare(c->db, "SELECT key, value FROM meta WHERE key IN ('epoch', 'copy')", &st, err);
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1)
        json_object_set_new(c->root, sw_db_text(st, 0, NULL), json_string(sw_db_text(st, 1, NULL)));
    sw_db_finalize(st);
    if (rc >= 0)
        rc = number(c, *ret_version < 6 ? "SELECT max(to_us) FROM watermark" : "SELECT max(to_us) FROM mark",
                    &newest_us, err);
    if (rc >= 0 && newest_us > 0) {
        sw_time_format(NULL, newest_us, time);
        json_object_set_new(c->root, "newest", json_string(time));
    }
    return rc;
}

static int look(struct check *c, bool is_quick, struct sw_err *err)
{
    int64_t version = 0;
    int rc = add_meta(c, &version, err);

    if (rc >= 0 && version == 0) {
        fault(c, "it is no database of a gateway");
        return SW_OK;
    }
    if (rc >= 0)
        rc = add_space(c, err);
    if (rc >= 0)
        rc = check_pages(c, is_quick, err);
    if (rc >= 0)
        rc = add_tables(c, is_quick, err);
    if (rc >= 0 && version <= sw_store_schema_version())
        rc = add_outbox(c, version, err);
    if (rc >= 0 && version >= 4 && version <= sw_store_schema_version())
        rc = add_chain(c, err);
    return rc;
}

/* ---- telling ---- */

static double mb(const json_t *bytes)
{
    return (double) json_integer_value(bytes) / 1e6;
}

static long long of(const json_t *object, const char *key)
{
    return (long long) json_integer_value(json_object_get(object, key));
}

static void tell_tables(const json_t *tables)
{
    const char *name;
    json_t *table;

    json_object_foreach((json_t *) tables, name, table)
    {
        const json_t *bytes = json_object_get(table, "bytes");

        if (bytes)
            printf("  %-18s %12lld rows %10.2f MB\n", name, of(table, "rows"), mb(bytes));
        else
            printf("  %-18s %12lld rows\n", name, of(table, "rows"));
    }
}

static void tell_counts(const char *what, const json_t *counts)
{
    const char *name;
    json_t *n;

    if (json_object_size(counts) == 0)
        return;
    printf("  %s:", what);
    json_object_foreach((json_t *) counts, name, n) printf(" %s %lld", name, (long long) json_integer_value(n));
    putchar('\n');
}

static void tell(const struct check *c, const char *path)
{
    const json_t *outbox = json_object_get(c->root, "outbox"), *chain = json_object_get(c->root, "chain");
    const char *newest = json_string_value(json_object_get(c->root, "newest"));
    json_t *text;
    size_t i;

    printf("%s: %s\n", path, json_array_size(c->faults) ? "NOT whole" : "whole");
    json_array_foreach(c->faults, i, text) printf("  ! %s\n", json_string_value(text));
    printf("schema version %lld, epoch %s, measured until %s\n", of(c->root, "schema_version"),
           json_string_value(json_object_get(c->root, "epoch")), newest ? newest : "(nothing yet)");
    printf("file %.2f MB, of it free %.2f MB%s; log %.2f MB\n", mb(json_object_get(c->root, "file_bytes")),
           mb(json_object_get(c->root, "free_bytes")),
           json_is_true(json_object_get(c->root, "gives_back")) ? "" : " (given back only by siteward db compact)",
           mb(json_object_get(c->root, "log_bytes")));
    tell_tables(json_object_get(c->root, "tables"));
    printf("outbox: numbers given up to %lld", of(outbox, "seq_given"));
    if (json_is_integer(json_object_get(outbox, "seq_from")))
        printf(", waiting %lld to %lld", of(outbox, "seq_from"), of(outbox, "seq_to"));
    putchar('\n');
    tell_counts("waiting", json_object_get(outbox, "waiting"));
    tell_counts("for", json_object_get(outbox, "destinations"));
    if (chain)
        printf("chain: entries %lld to %lld; 'siteward verify %s' checks them\n", of(chain, "first"), of(chain, "head"),
               path);
}

int sw_dbfile_check(const struct sw_dbfile_options *o)
{
    struct check c = {.root = json_object(), .faults = json_array()};
    struct sw_err err = {0};
    int code = SW_EXIT_FAILED, rc;

    json_object_set_new(c.root, "path", json_string(o->path));
    json_object_set_new(c.root, "is_whole", json_false());
    json_object_set_new(c.root, "faults", c.faults);
    rc = sw_db_open(o->path, true, &c.db, &err);
    if (rc == SW_OK) /* one view of the file, though the gateway goes on */
        rc = sw_db_exec(c.db, "BEGIN", &err);
    if (rc == SW_OK)
        rc = look(&c, o->is_quick, &err);
    if (rc == SW_E_CORRUPT) /* so broken that it cannot be read to the end */
        fault(&c, err.msg);
    if (rc < 0 && rc != SW_E_CORRUPT) {
        (void) sw_cli_fail(SW_DB_NAME, "%s", err.msg);
    } else {
        const bool is_whole = json_array_size(c.faults) == 0;

        json_object_set_new(c.root, "is_whole", json_boolean(is_whole));
        if (o->is_json) {
            json_dumpf(c.root, stdout, JSON_COMPACT);
            putchar('\n');
        } else {
            tell(&c, o->path);
        }
        code = is_whole ? SW_EXIT_OK : SW_EXIT_FAILED;
    }
    if (c.db)
        sw_db_rollback(c.db);
    sw_db_close(c.db);
    json_decref(c.root);
    return code;
}
