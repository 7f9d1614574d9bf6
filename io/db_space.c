// SPDX-License-Identifier: Apache-2.0
/* The room that a database takes on the disk: how much, giving it back, and copies. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/macros.h"
#include "io/db_int.h"

static int64_t size_of(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? (int64_t) st.st_size : 0;
}

static void log_path(const struct sw_db *db, char *buf, size_t cap)
{
    snprintf(buf, cap, "%s-wal", db->path);
}

int sw_db_space(struct sw_db *db, struct sw_db_space *ret, struct sw_err *err)
{
    char log[SW_PATH_SIZE + 8];
    int64_t mode = 0;
    int rc = sw_db_value(db, "PRAGMA page_size", 0, &ret->page_bytes, err);

    if (rc == SW_OK)
        rc = sw_db_value(db, "PRAGMA page_count", 0, &ret->pages, err);
    if (rc == SW_OK)
        rc = sw_db_value(db, "PRAGMA freelist_count", 0, &ret->free_pages, err);
    if (rc == SW_OK)
        rc = sw_db_value(db, "PRAGMA auto_vacuum", 0, &mode, err);
    log_path(db, log, sizeof(log));
    ret->gives_back = mode != 0;
    ret->disk_bytes = size_of(db->path);
    ret->log_bytes = size_of(log);
    return rc;
}

int sw_db_give_back(struct sw_db *db, int64_t pages, struct sw_err *err)
{
    char sql[64];

    snprintf(sql, sizeof(sql), "PRAGMA incremental_vacuum(%lld)", (long long) pages);
    return sw_db_exec(db, sql, err);
}

int sw_db_checkpoint(struct sw_db *db, bool cut, struct sw_err *err)
{
    int in_log = 0, done = 0, rc;

    sqlite3_busy_timeout(db->handle, 0); /* a reader may stay for minutes; the writer has other things to do */
    rc = sqlite3_wal_checkpoint_v2(db->handle, "main", cut ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
                                   &in_log, &done);
    sqlite3_busy_timeout(db->handle, SW_DB_BUSY_MS);
    if (rc == SQLITE_BUSY)
        return 0;
    return rc != SQLITE_OK ? sw_db_fail(db, err) : in_log == done;
}

void sw_db_keep_log(struct sw_db *db)
{
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

static enum sw_code code_of_room(int os)
{
    if (os == ENOSPC || os == EDQUOT)
        return SW_E_FULL;
    return os == EOPNOTSUPP || os == ENOSYS ? SW_E_NOTFOUND : SW_E_IO;
}

/* Closing a file of ours by its own number would drop SQLite's locks on it; those lie on the database, not on the log.
 */
int sw_db_take_log_room(struct sw_db *db, int64_t bytes, struct sw_err *err)
{
    char path[SW_PATH_SIZE + 8];
    struct stat st;
    int fd, rc = SW_OK;

    log_path(db, path, sizeof(path));
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return sw_err_set(err, errno == ENOENT ? SW_E_NOTFOUND : SW_E_IO, errno, "%s: %s", path, strerror(errno));
    if (fstat(fd, &st) < 0 || (int64_t) st.st_blocks * 512 < bytes) {
        if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, bytes) < 0)
            rc = sw_err_set(err, code_of_room(errno), errno, "%s: room for %lld bytes: %s", path, (long long) bytes,
                            strerror(errno));
    }
    close(fd);
    return rc;
}

struct sw_db_copy {
    struct sw_db *from, *to;
    sqlite3_backup *backup;
};

int sw_db_copy_begin(struct sw_db *from, const char *to, struct sw_db_copy **ret, struct sw_err *err)
{
    struct sw_db_copy *c = calloc(1, sizeof(*c));
    int64_t pages;
    int rc;

    if (!c)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", to);
    c->from = from;
    rc = access(to, F_OK) == 0 ? sw_err_set(err, SW_E_CONFLICT, 0, "%s is there already", to) : SW_OK;
    if (rc == SW_OK)
        rc = sw_db_open_plain(to, &c->to, err);
    if (rc == SW_OK) /* one view: another's commit between two steps would start the copy anew, for ever */
        rc = sw_db_exec(from, "BEGIN", err);
    if (rc == SW_OK)
        rc = sw_db_value(from, "SELECT count(*) FROM sqlite_schema", 0, &pages, err);
    if (rc == SW_OK) {
        c->backup = sqlite3_backup_init(c->to->handle, "main", from->handle, "main");
        rc = c->backup ? SW_OK : sw_db_fail(c->to, err);
    }
    if (rc < 0) {
        sw_db_copy_end(c);
        return rc;
    }
    *ret = c;
    return SW_OK;
}

int sw_db_copy_step(struct sw_db_copy *c, int pages, int64_t *ret_left, int64_t *ret_total, struct sw_err *err)
{
    const int rc = sqlite3_backup_step(c->backup, pages);

    *ret_left = sqlite3_backup_remaining(c->backup);
    *ret_total = sqlite3_backup_pagecount(c->backup);
    if (rc == SQLITE_OK || rc == SQLITE_DONE)
        return rc == SQLITE_OK;
    sqlite3_backup_finish(c->backup); /* the handle of the copy knows the error from now on */
    c->backup = NULL;
    return sw_db_fail(c->to, err);
}

struct sw_db_copy *sw_db_copy_end(struct sw_db_copy *c)
{
    if (c) {
        if (c->backup)
            sqlite3_backup_finish(c->backup);
        sw_db_rollback(c->from);
        sw_db_close(c->to);
        free(c);
    }
    return NULL;
}

int sw_db_write_compact(struct sw_db *db, const char *to, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(db, "VACUUM INTO ?1", &st, err);

    if (rc < 0)
        return rc;
    sw_db_bind_text(st, 1, to);
    rc = sw_db_run(st, err);
    sw_db_finalize(st);
    return rc;
}
