// SPDX-License-Identifier: Apache-2.0
/* Room for the store: its share of the disk (the log and the reserve come on top of it), what is kept back for tickets,
 * and free pages given back. Looked at after each commit and while nothing happens, each time in one bounded step, so
 * that no commit waits long.
 *
 * A disk may be filled by anybody at any moment. So that tickets can be committed even then, blocks are taken
 * beforehand where SQLite will need them first: the log has its blocks for good, and pages that old readings leave are
 * free inside the file. A small file beside it is given up last, and at a start, when the log must be made anew. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/clock.h"
#include "gateway/store_int.h"

#define RESERVE_BYTES (6 << 20)              /* more than waits in the log as a rule: SQLite ends it at 1,000 pages */
#define DISK_LOW_BYTES (16 << 20)            /* less is free: the disk may be full with the next commit */
#define DISK_WELL_BYTES (2 * DISK_LOW_BYTES) /* more is free: what was given up is taken again */
#define DISK_SHORT_BYTES (4 << 20)           /* less is free: the file is not to grow any more */
#define SPARE_BYTES (256 << 10)              /* of free pages, while it is not to */
#define SHARE_PERCENT 80          /* of what is free at the start, on top of what it has, where nothing is configured */
#define SHED_TO_PERCENT 95        /* of the share: until there, once it was passed */
#define GIVE_BACK_FROM_PERCENT 25 /* free pages of all: the file is worth cutting */
#define GIVE_BACK_TO_PERCENT 10
#define GIVE_BACK_FROM_BYTES (1 << 20)
#define GIVE_BACK_PAGES 1024 /* at once */
#define LOOK_US SW_US_PER_S  /* not more often while nothing is committed */
#define STEPS_MAX 4          /* of shedding after one commit */

static int64_t disk_free(const char *path)
{
    struct statvfs fs;
    char folder[SW_PATH_SIZE];
    char *slash;

    snprintf(folder, sizeof(folder), "%s", path);
    slash = strrchr(folder, '/');
    if (slash)
        *(slash == folder ? slash + 1 : slash) = '\0';
    return statvfs(slash ? folder : ".", &fs) == 0 ? (int64_t) fs.f_bavail * (int64_t) fs.f_frsize : INT64_MAX;
}

static void measure(struct sw_store *s)
{
    struct store_room *r = &s->room;
    struct sw_err err = {0};

    if (sw_db_space(s->db, &r->space, &err) < 0)
        sw_log(SW_LOG_DEBUG, "store: %s", err.msg);
    r->disk_free_bytes = disk_free(sw_db_path(s->db));
    r->is_disk_low = r->disk_free_bytes < (r->is_disk_low ? DISK_WELL_BYTES : DISK_LOW_BYTES);
    r->used_bytes = (r->space.pages - r->space.free_pages) * r->space.page_bytes;
}

/* ---- the reserve ---- */

static void reserve_path(const char *path, char *buf, size_t cap)
{
    snprintf(buf, cap, "%s.reserve", path);
}

bool store_room_release(const char *path)
{
    char reserve[SW_PATH_SIZE + 16];

    reserve_path(path, reserve, sizeof(reserve));
    if (unlink(reserve) < 0)
        return false;
    sw_log(SW_LOG_WARNING, "%s: the disk is full; the reserve of %d MB is used now", path, RESERVE_BYTES >> 20);
    return true;
}

static bool take_blocks(const char *path, int64_t bytes)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    const bool is_taken = fd >= 0 && posix_fallocate(fd, 0, bytes) == 0;

    if (fd >= 0)
        close(fd);
    return is_taken;
}

/* All of it, or what can be had. */
static void take_reserve(const char *path)
{
    char reserve[SW_PATH_SIZE + 16];
    int64_t bytes = RESERVE_BYTES;
    struct stat st;

    reserve_path(path, reserve, sizeof(reserve));
    if (stat(reserve, &st) == 0 && st.st_size >= bytes)
        return;
    while (bytes >= RESERVE_BYTES / 8 && !take_blocks(reserve, bytes))
        bytes /= 2;
    if (bytes < RESERVE_BYTES / 8)
        unlink(reserve);
}

static int take_log_room(struct sw_store *s)
{
    int64_t bytes = SW_DB_LOG_BYTES;
    struct sw_err err = {0};
    int rc;

    do
        rc = sw_db_take_log_room(s->db, bytes, &err);
    while (rc == SW_E_FULL && (bytes /= 2) >= SW_DB_LOG_BYTES / 8);
    return rc;
}

/* The log first: without it there is no commit. */
static void take_room(struct sw_store *s)
{
    struct store_room *r = &s->room;

    if (!r->has_no_log_room) /* the file system cannot: it is not asked again */
        r->has_no_log_room = take_log_room(s) == SW_E_NOTFOUND && r->space.log_bytes > 0;
    take_reserve(sw_db_path(s->db));
}

/* ---- at the start ---- */

static void tell_compact(const struct sw_store *s)
{
    const struct sw_db_space *p = &s->room.space;

    if (!p->gives_back && p->free_pages * 2 > p->pages && p->free_pages * p->page_bytes > (64 << 20))
        sw_log(SW_LOG_NOTICE,
               "%s: %lld of its %lld MB are free but cannot be given back to the disk; siteward db compact does it, "
               "while the gateway is stopped",
               sw_db_path(s->db), (long long) (p->free_pages * p->page_bytes >> 20),
               (long long) (p->pages * p->page_bytes >> 20));
}

void store_room_start(struct sw_store *s, int64_t max_bytes)
{
    struct store_room *r = &s->room;

    measure(s);
    r->max_bytes = max_bytes;
    /* never less than it has: a disk that is full for an hour must not cost old data */
    if (max_bytes <= 0 && r->disk_free_bytes < INT64_MAX)
        r->max_bytes = SW_MAX(r->space.disk_bytes, r->space.pages * r->space.page_bytes) +
                       r->disk_free_bytes / 100 * SHARE_PERCENT;
    s->status_max_bytes = r->max_bytes;
    take_room(s);
    tell_compact(s);
}

/* ---- after a commit ---- */

static int64_t log_max(const struct store_room *r)
{
    if (r->max_bytes <= 0)
        return STORE_LOG_MAX;
    return SW_MAX((int64_t) 2 * SW_DB_LOG_BYTES, SW_MIN((int64_t) STORE_LOG_MAX, r->max_bytes / 4));
}

/* A reader that stays keeps what was written since it came in the log. Deleting would only add to it. */
static bool is_log_held(struct sw_store *s)
{
    struct store_room *r = &s->room;
    struct sw_err err = {0};
    bool was_held = r->is_log_held;

    if (r->space.log_bytes > SW_DB_LOG_BYTES || was_held) {
        sw_db_checkpoint(s->db, true, &err);
        measure(s);
    }
    r->is_log_held = r->space.log_bytes > log_max(r);
    if (r->is_log_held && !was_held)
        sw_log(SW_LOG_ERR,
               "%s-wal has grown to %lld MB because a program keeps the database open for reading; readings are not "
               "stored until it ends. fuser %s names it",
               sw_db_path(s->db), (long long) (r->space.log_bytes >> 20), sw_db_path(s->db));
    if (was_held && !r->is_log_held)
        sw_log(SW_LOG_NOTICE, "%s: nobody holds the log any more; readings are stored again", sw_db_path(s->db));
    return r->space.log_bytes > SW_DB_LOG_BYTES;
}

static void give_back(struct sw_store *s)
{
    struct sw_err err = {0};

    if (sw_db_give_back(s->db, GIVE_BACK_PAGES, &err) < 0)
        sw_log(SW_LOG_DEBUG, "store: giving pages back: %s", err.msg);
}

/* Pages that are not on the disk yet, only in the log, must get there while that can still be: first the file is cut
 * down to what the disk has, then the reserve is spent on them, at once, before somebody else takes its blocks. */
static void fit_to_disk(struct sw_store *s)
{
    struct sw_err err = {0};
    int rc;

    if (s->room.space.gives_back && s->room.space.pages * s->room.space.page_bytes > s->room.space.disk_bytes)
        give_back(s);
    rc = sw_db_checkpoint(s->db, false, &err);
    if (rc == SW_E_FULL && store_room_release(sw_db_path(s->db)))
        rc = sw_db_checkpoint(s->db, false, &err);
    if (rc < 0)
        sw_log(SW_LOG_DEBUG, "store: %s", err.msg);
    measure(s);
}

static void shed_for_disk(struct sw_store *s)
{
    struct store_room *r = &s->room;

    if (r->disk_free_bytes >= DISK_SHORT_BYTES || r->space.free_pages * r->space.page_bytes >= SPARE_BYTES) {
        r->is_bare = false;
        return;
    }
    r->is_bare = store_shed(s) == 0;
    measure(s);
}

static void shed_for_share(struct sw_store *s)
{
    struct store_room *r = &s->room;

    if (r->max_bytes <= 0 || r->used_bytes <= r->max_bytes / 100 * (r->is_shedding ? SHED_TO_PERCENT : 100)) {
        r->is_shedding = r->is_over = false;
        return;
    }
    if (!r->is_shedding)
        sw_log(SW_LOG_INFO, "%s: its %lld MB (store.max) are used; the oldest readings go", sw_db_path(s->db),
               (long long) (r->max_bytes >> 20));
    r->is_shedding = true;
    for (int i = 0; i < STEPS_MAX && r->used_bytes > r->max_bytes / 100 * SHED_TO_PERCENT; i++) {
        if (store_shed(s) == 0) {
            if (!r->is_over)
                sw_log(SW_LOG_WARNING, "%s: nothing is left that may go, and store.max (%lld MB) is passed: raise it",
                       sw_db_path(s->db), (long long) (r->max_bytes >> 20));
            r->is_over = true;
            break;
        }
        measure(s);
    }
}

static bool wants_to_give_back(struct store_room *r)
{
    const struct sw_db_space *p = &r->space;
    const bool is_over_share = r->max_bytes > 0 && p->pages * p->page_bytes > r->max_bytes && p->free_pages > 0;

    if (!p->gives_back)
        return false;
    if (p->free_pages * p->page_bytes > GIVE_BACK_FROM_BYTES && p->free_pages * 100 > p->pages * GIVE_BACK_FROM_PERCENT)
        r->is_giving_back = true;
    if (p->free_pages * 100 < p->pages * GIVE_BACK_TO_PERCENT ||
        p->free_pages * p->page_bytes < GIVE_BACK_FROM_BYTES / 2)
        r->is_giving_back = false;
    return r->is_giving_back || is_over_share;
}

void store_room_look(struct sw_store *s, bool is_idle)
{
    struct store_room *r = &s->room;
    const int64_t now_us = sw_mono_real_us();
    const bool was_giving_back = r->is_giving_back;

    if (is_idle && now_us < r->looked_us + LOOK_US)
        return;
    r->looked_us = now_us;
    measure(s);
    if (!r->is_disk_low)
        take_room(s);
    if (!is_log_held(s)) {
        shed_for_disk(s);
        if (r->is_disk_low)
            fit_to_disk(s);
        shed_for_share(s);
        if (!r->is_disk_low && now_us >= r->gave_back_us + LOOK_US && wants_to_give_back(r)) {
            r->gave_back_us = now_us; /* a backlog that drains has many commits a second */
            give_back(s);
        }
        /* What was given back leaves the file only when the log is brought into it; that alone could take an hour. */
        if (was_giving_back && !r->is_giving_back)
            (void) sw_db_checkpoint(s->db, false, NULL);
    }
    s->status_bytes = r->space.pages * r->space.page_bytes;
    s->status_disk_free_bytes = r->disk_free_bytes;
    s->status_is_low = r->is_disk_low || r->is_log_held;
}

void store_room_stop(struct sw_store *s)
{
    if (s->room.is_disk_low)
        sw_db_keep_log(s->db);
}

bool store_room_for_readings(const struct sw_store *s)
{
    const struct store_room *r = &s->room;

    return !r->is_log_held && !(r->is_bare && r->disk_free_bytes < DISK_SHORT_BYTES / 2);
}

bool store_room_make(struct sw_store *s)
{
    const int64_t gone = store_shed(s);

    measure(s);
    if (s->room.is_disk_low)
        fit_to_disk(s);
    return gone > 0;
}
