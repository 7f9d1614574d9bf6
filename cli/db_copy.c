// SPDX-License-Identifier: Apache-2.0
/* What `siteward db` does with copies: writing one, seeing that it is whole, and that the disk has it. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "cli/db.h"
#include "common/timefmt.h"

#define STEP_PAGES 1024

int sw_dbfile_is_whole(struct sw_db *db, bool is_quick, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(db, is_quick ? "PRAGMA quick_check(1)" : "PRAGMA integrity_check(1)", &st, err);

    if (rc < 0)
        return rc;
    rc = sw_db_step(st, err);
    if (rc == 1)
        rc = strcmp(sw_db_text(st, 0, NULL), "ok") == 0
                 ? SW_OK
                 : sw_err_set(err, SW_E_CORRUPT, 0, "%s is damaged: %.160s", sw_db_path(db), sw_db_text(st, 0, NULL));
    sw_db_finalize(st);
    return rc;
}

int sw_dbfile_count_rows(struct sw_db *db, int64_t *ret, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(db,
                           "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                           " ORDER BY name",
                           &st, err);

    *ret = 0;
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        char sql[160];
        int64_t n = 0;

        (void) snprintf(sql, sizeof(sql), "SELECT count(*) FROM \"%.100s\"", sw_db_text(st, 0, NULL));
        rc = sw_db_value(db, sql, 0, &n, err);
        *ret += n;
    }
    sw_db_finalize(st);
    return rc;
}

static int settle_one(const char *path, int flags, struct sw_err *err)
{
    const int fd = open(path, flags | O_CLOEXEC);
    int rc = SW_OK;

    if (fd < 0 || fsync(fd) < 0)
        rc = sw_err_set(err, errno == ENOSPC ? SW_E_FULL : SW_E_IO, errno, "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return rc;
}

static void folder_of(const char *path, char *buf, size_t cap)
{
    char *slash;

    (void) snprintf(buf, cap, "%s", path);
    slash = strrchr(buf, '/');
    if (!slash)
        (void) snprintf(buf, cap, ".");
    else
        slash[slash == buf] = '\0';
}

int sw_dbfile_settle(const char *path, struct sw_err *err)
{
    char folder[SW_DB_FILE_SIZE];
    int rc = settle_one(path, O_RDONLY, err);

    folder_of(path, folder, sizeof(folder));
    return rc < 0 ? rc : settle_one(folder, O_RDONLY | O_DIRECTORY, err);
}

int64_t sw_dbfile_room(const char *path)
{
    char folder[SW_DB_FILE_SIZE];
    struct statvfs fs;

    folder_of(path, folder, sizeof(folder));
    return statvfs(folder, &fs) == 0 ? (int64_t) fs.f_bavail * (int64_t) fs.f_frsize : INT64_MAX;
}

static void show_progress(int64_t left, int64_t total)
{
    static int64_t shown = -1;
    const int64_t percent = total > 0 ? (total - left) * 100 / total : 100;

    if (!isatty(STDERR_FILENO) || percent == shown)
        return;
    shown = percent;
    (void) fprintf(stderr, left == 0 ? "\r\033[K" : "\r%3lld %%", (long long) percent);
}

static void remove_file(const char *path)
{
    char beside[SW_DB_FILE_SIZE + 16];

    (void) unlink(path);
    for (int i = 0; i < 3; i++) {
        (void) snprintf(beside, sizeof(beside), "%s%s", path, (const char *[]){"-wal", "-shm", "-journal"}[i]);
        (void) unlink(beside);
    }
}

int sw_dbfile_copy_file(const char *from, const char *to, struct sw_err *err)
{
    struct sw_db *db = NULL;
    struct sw_db_copy *copy = NULL;
    int64_t left = 0, total = 0;
    int rc = sw_db_open(from, true, &db, err);

    if (rc == SW_OK)
        rc = sw_db_copy_begin(db, to, &copy, err);
    if (rc == SW_E_CONFLICT) { /* somebody's file: not ours to remove */
        sw_db_close(db);
        return rc;
    }
    while (rc >= 0 && (rc = sw_db_copy_step(copy, STEP_PAGES, &left, &total, err)) == 1)
        show_progress(left, total);
    show_progress(0, 1);
    sw_db_copy_end(copy);
    sw_db_close(db);
    if (rc < 0)
        remove_file(to);
    return rc;
}

static int put_mark(struct sw_db *db, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    struct timespec now;
    char text[SW_RFC3339_SIZE];
    int rc = sw_db_prepare(db, "INSERT INTO meta(key, value) VALUES('copy', ?1) ON CONFLICT(key) DO NOTHING", &st, err);

    if (rc < 0)
        return rc;
    clock_gettime(CLOCK_REALTIME, &now);
    sw_time_format(NULL, (int64_t) now.tv_sec * SW_US_PER_S, text);
    sw_db_bind_text(st, 1, text);
    rc = sw_db_run(st, err);
    sw_db_finalize(st);
    return rc;
}

int sw_dbfile_mark_copy(const char *path, struct sw_err *err)
{
    struct sw_db *db = NULL;
    int rc = sw_db_open(path, false, &db, err);

    if (rc < 0)
        return rc;
    rc = sw_dbfile_is_whole(db, false, err);
    if (rc == SW_OK)
        rc = put_mark(db, err);
    if (rc == SW_OK) /* one file, which a read-only medium can hold too; the gateway sets it back */
        rc = sw_db_exec(db, "PRAGMA journal_mode=DELETE", err);
    sw_db_close(db);
    if (rc == SW_OK)
        rc = sw_dbfile_settle(path, err);
    if (rc < 0)
        remove_file(path);
    return rc;
}
