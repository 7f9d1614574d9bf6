// SPDX-License-Identifier: Apache-2.0
/* SQLite behind the door of db.h. Leaves schemas and what is stored to the callers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/db_int.h"

struct sw_db_stmt {
    struct sw_db *db;
    sqlite3_stmt *stmt;
};

static enum sw_code code_of(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return SW_E_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return SW_E_TIMEOUT;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return SW_E_CORRUPT;
    case SQLITE_NOMEM:
        return SW_E_NOMEM;
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_TOOBIG:
        return SW_E_INVAL;
    default:
        return SW_E_IO;
    }
}

int sw_db_fail(const struct sw_db *db, struct sw_err *err)
{
    int rc = sqlite3_extended_errcode(db->handle);

    int os = sqlite3_system_errno(db->handle);

    /* a full disk shows as an I/O error where SQLite grows its shared memory or the WAL */
    if ((rc & 0xff) == SQLITE_IOERR && (os == ENOSPC || os == EDQUOT))
        return sw_err_set(err, SW_E_FULL, rc, "%s: %s (SQLite %d)", db->path, strerror(os), rc);
    return sw_err_set(err, code_of(rc), rc, "%s: %s (SQLite %d)", db->path, sqlite3_errmsg(db->handle), rc);
}

#define STR_(x) #x
#define STR(x) STR_(x)

/* The first two hold for a file without tables, and for a compacted copy. WAL with FULL: a commit that returned
 * survives a power cut. What is deleted is not overwritten with zeros: on a full disk there is no room to do it. The
 * cache is small because blocks are read once. */
static const char writer_pragmas[] = "PRAGMA page_size=" STR(SW_DB_PAGE_SIZE) ";"
                                                                              "PRAGMA auto_vacuum=INCREMENTAL;"
                                                                              "PRAGMA journal_mode=WAL;"
                                                                              "PRAGMA synchronous=FULL;"
                                                                              "PRAGMA secure_delete=OFF;"
                                                                              "PRAGMA cache_size=-512;"
                                                                              "PRAGMA mmap_size=0;"
                                                                              "PRAGMA foreign_keys=ON;"
                                                                              "PRAGMA trusted_schema=OFF;";
static const char reader_pragmas[] = "PRAGMA query_only=ON;"
                                     "PRAGMA cache_size=-512;"
                                     "PRAGMA mmap_size=0;"
                                     "PRAGMA trusted_schema=OFF;";

static int open_handle(const char *path, int flags, struct sw_db **ret, struct sw_err *err)
{
    struct sw_db *db;
    int rc;

    if (strlen(path) >= SW_PATH_SIZE)
        return sw_err_set(err, SW_E_INVAL, 0, "%.60s…: the path is longer than %d bytes", path, SW_PATH_SIZE - 1);
    db = calloc(1, sizeof(*db));
    if (!db)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", path);
    snprintf(db->path, sizeof(db->path), "%s", path);
    if (sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        rc = db->handle ? sw_db_fail(db, err) : sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", path);
        sw_db_close(db);
        return rc;
    }
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_timeout(db->handle, SW_DB_BUSY_MS);
    *ret = db;
    return SW_OK;
}

int sw_db_open_plain(const char *path, struct sw_db **ret, struct sw_err *err)
{
    return open_handle(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, ret, err);
}

/* How large the log gets, and when it is brought into the file. Pages that change with every commit are then written
 * once for all of these; SQLite's own thousand pages are little where a page is 1 KB. */
static int set_log(struct sw_db *db, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    char text[96];
    int rc = sw_db_prepare(db, "PRAGMA page_size", &st, err);

    if (rc < 0 || !st)
        return rc;
    rc = sw_db_step(st, err);
    if (rc == 1) {
        snprintf(text, sizeof(text), "PRAGMA journal_size_limit=%d; PRAGMA wal_autocheckpoint=%lld", SW_DB_LOG_BYTES,
                 (long long) (SW_DB_LOG_BYTES / 4 / SW_MAX(sw_db_int(st, 0), 512)));
        sw_db_finalize(st);
        return sw_db_exec(db, text, err);
    }
    sw_db_finalize(st);
    return rc;
}

int sw_db_open(const char *path, bool read_only, struct sw_db **ret, struct sw_err *err)
{
    struct sw_db *db = NULL;
    int rc = open_handle(path, read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &db, err);

    if (rc < 0 || !db)
        return rc;
    rc = sw_db_exec(db, read_only ? reader_pragmas : writer_pragmas, err);
    if (rc == SW_OK)
        rc = sw_db_add_functions(db, err);
    if (rc == SW_OK && !read_only)
        rc = set_log(db, err);
    if (rc < 0) {
        sw_db_close(db);
        return rc;
    }
    *ret = db;
    return SW_OK;
}

struct sw_db *sw_db_close(struct sw_db *db)
{
    if (db) {
        sqlite3_close_v2(db->handle);
        free(db);
    }
    return NULL;
}

static int migrate_step(struct sw_db *db, const struct sw_db_step *step, struct sw_err *err)
{
    char set_version[48];
    int rc = sw_db_begin(db, err);

    if (rc < 0)
        return rc;
    snprintf(set_version, sizeof(set_version), "PRAGMA user_version=%d", step->to);
    rc = sw_db_exec(db, step->sql, err);
    if (rc == SW_OK)
        rc = sw_db_exec(db, set_version, err);
    if (rc == SW_OK)
        rc = sw_db_commit(db, err);
    if (rc < 0) {
        sw_db_rollback(db);
        sw_err_prefix(err, "schema version %d", step->to);
    }
    return rc;
}

int sw_db_migrate(struct sw_db *db, const struct sw_db_step *steps, size_t n, struct sw_err *err)
{
    int ours = n ? steps[n - 1].to : 0;
    int64_t version;
    int rc = sw_db_value(db, "PRAGMA user_version", 0, &version, err);

    if (rc < 0)
        return rc;
    if (version > ours)
        return sw_err_set(
            err, SW_E_CONFLICT, 0,
            "%s has schema version %lld, this program knows versions up to %d: install the newer siteward "
            "that wrote it, or start with another data folder",
            db->path, (long long) version, ours);
    for (size_t i = 0; i < n && rc == SW_OK; i++)
        if (steps[i].to > version)
            rc = migrate_step(db, &steps[i], err);
    return rc;
}

int sw_db_exec(struct sw_db *db, const char *sql, struct sw_err *err)
{
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? SW_OK : sw_db_fail(db, err);
}

int sw_db_begin(struct sw_db *db, struct sw_err *err)
{
    return sw_db_exec(db, "BEGIN IMMEDIATE", err);
}

int sw_db_commit(struct sw_db *db, struct sw_err *err)
{
    return sw_db_exec(db, "COMMIT", err);
}

void sw_db_rollback(struct sw_db *db)
{
    if (!sqlite3_get_autocommit(db->handle)) /* a full disk may have rolled back already */
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

void sw_db_interrupt(struct sw_db *db)
{
    sqlite3_interrupt(db->handle);
}

const char *sw_db_path(const struct sw_db *db)
{
    return db->path;
}

int64_t sw_db_changes(const struct sw_db *db)
{
    return sqlite3_changes64(db->handle);
}

int sw_db_prepare(struct sw_db *db, const char *sql, struct sw_db_stmt **ret, struct sw_err *err)
{
    struct sw_db_stmt *st = calloc(1, sizeof(*st));

    if (!st)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", db->path);
    st->db = db;
    if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &st->stmt, NULL) != SQLITE_OK) {
        free(st);
        return sw_db_fail(db, err);
    }
    *ret = st;
    return SW_OK;
}

struct sw_db_stmt *sw_db_finalize(struct sw_db_stmt *st)
{
    if (st) {
        sqlite3_finalize(st->stmt);
        free(st);
    }
    return NULL;
}

void sw_db_bind_int(struct sw_db_stmt *st, int at, int64_t value)
{
    sqlite3_bind_int64(st->stmt, at, value);
}

void sw_db_bind_text(struct sw_db_stmt *st, int at, const char *text)
{
    sqlite3_bind_text(st->stmt, at, text, -1, SQLITE_STATIC);
}

void sw_db_bind_textn(struct sw_db_stmt *st, int at, const char *text, size_t len)
{
    sqlite3_bind_text64(st->stmt, at, text, len, SQLITE_STATIC, SQLITE_UTF8);
}

void sw_db_bind_blob(struct sw_db_stmt *st, int at, const void *data, size_t len)
{
    if (len)
        sqlite3_bind_blob64(st->stmt, at, data, len, SQLITE_STATIC);
    else
        sqlite3_bind_zeroblob(st->stmt, at, 0); /* an empty blob, not NULL */
}

void sw_db_bind_null(struct sw_db_stmt *st, int at)
{
    sqlite3_bind_null(st->stmt, at);
}

int sw_db_step(struct sw_db_stmt *st, struct sw_err *err)
{
    int rc = sqlite3_step(st->stmt);

    if (rc == SQLITE_ROW)
        return 1;
    rc = rc == SQLITE_DONE ? 0 : sw_db_fail(st->db, err);
    sqlite3_reset(st->stmt);
    return rc;
}

void sw_db_reset(struct sw_db_stmt *st)
{
    sqlite3_reset(st->stmt);
    sqlite3_clear_bindings(st->stmt);
}

int sw_db_run(struct sw_db_stmt *st, struct sw_err *err)
{
    int rc = sw_db_step(st, err);

    sw_db_reset(st);
    return rc < 0 ? rc : SW_OK;
}

int64_t sw_db_int(struct sw_db_stmt *st, int at)
{
    return sqlite3_column_int64(st->stmt, at);
}

const char *sw_db_text(struct sw_db_stmt *st, int at, size_t *ret_len)
{
    const unsigned char *text = sqlite3_column_text(st->stmt, at);

    if (ret_len)
        *ret_len = (size_t) sqlite3_column_bytes(st->stmt, at);
    return (const char *) text;
}

const void *sw_db_blob(struct sw_db_stmt *st, int at, size_t *ret_len)
{
    const void *data = sqlite3_column_blob(st->stmt, at);

    if (ret_len)
        *ret_len = (size_t) sqlite3_column_bytes(st->stmt, at);
    return data;
}

int sw_db_value(struct sw_db *db, const char *sql, int64_t otherwise, int64_t *ret, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(db, sql, &st, err);

    if (rc < 0)
        return rc;
    rc = sw_db_step(st, err);
    if (rc >= 0)
        *ret = rc == 1 ? sw_db_int(st, 0) : otherwise;
    sw_db_finalize(st);
    return rc < 0 ? rc : SW_OK;
}
