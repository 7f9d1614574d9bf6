// SPDX-License-Identifier: Apache-2.0
/* How long what is stored stays: retention once an hour, ceilings, and room when the disk is full. Whatever of it the
 * chain names is announced in the chain, so that a checker can tell what was pruned from what was taken away. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store_int.h"

#define US_PER_DAY (SW_S_PER_DAY * SW_US_PER_S)
#define BLOCK_STEP 1440 /* minutes of readings that go at once at most */
#define SHED_BLOCKS 60
#define SHED_LAST_MINUTES 1440 /* a restart rebuilds a day: what is younger goes after what is older */
#define SHED_WINDOWS_US (3600 * SW_US_PER_S)
#define SHED_ENTRIES 256
#define SHED_LAST_STEP 20
#define SHED_OUTBOX_BYTES (256 << 10)

int64_t store_now_us(const struct sw_store *s)
{
    if (s->batch_last && s->batch_last->until_us != INT64_MIN)
        return s->batch_last->until_us;
    return SW_MAX(s->newest_us, 0);
}

/* First column of a prepared statement's only row. @return 1 with a number; 0 it is NULL; below zero */
static int number_of(struct sw_store *s, enum store_stmt which, int64_t *ret, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[which];
    int rc = sw_db_step(st, err);

    if (rc == 1) {
        rc = sw_db_text(st, 0, NULL) != NULL;
        *ret = rc ? sw_db_int(st, 0) : 0;
    }
    sw_db_reset(st);
    return rc;
}

/* Run a deletion of everything below `before` and announce it when anything went. @return rows, or below zero */
static int64_t delete_before(struct sw_store *s, enum store_stmt which, const char *table, const char *period,
                             int64_t before, struct sw_err *err)
{
    int64_t gone;
    int rc;

    sw_db_bind_int(s->stmt[which], 1, before);
    if (period)
        sw_db_bind_text(s->stmt[which], 2, period);
    rc = sw_db_run(s->stmt[which], err);
    gone = rc == SW_OK ? sw_db_changes(s->db) : 0;
    if (gone > 0)
        rc = store_chain_pruned(s, table, period, before, err);
    return rc < 0 ? rc : gone;
}

/* @param is_up  rather an hour more than nothing, where blocks are joined to hours */
static int64_t expire_blocks(struct sw_store *s, int64_t before, int64_t step, bool is_up, struct sw_err *err)
{
    int64_t oldest = 0;
    int rc = number_of(s, STORE_BLOCK_OLDEST, &oldest, err);

    if (rc <= 0)
        return rc;
    before = store_settle_cut(s, SW_MIN(before, oldest + step), is_up);
    return before > oldest ? delete_before(s, STORE_BLOCK_DELETE, "block", NULL, before, err) : 0;
}

struct periods {
    size_t n;
    char name[16][24];
};

static int read_periods(struct sw_store *s, struct periods *ret, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_PERIODS];
    int rc;

    ret->n = 0;
    while ((rc = sw_db_step(st, err)) == 1 && ret->n < SW_ARRAY_SIZE(ret->name))
        snprintf(ret->name[ret->n++], sizeof(ret->name[0]), "%s", sw_db_text(st, 0, NULL));
    sw_db_reset(st);
    return rc < 0 ? rc : SW_OK;
}

/* @return 1 with the start of the oldest window of a period; 0 there is none; below zero */
static int oldest_window(struct sw_store *s, const char *period, int64_t *ret, struct sw_err *err)
{
    sw_db_bind_text(s->stmt[STORE_WINDOW_OLDEST], 1, period);
    return number_of(s, STORE_WINDOW_OLDEST, ret, err);
}

/* A day of each period an hour at most: after keep_minutes was made much smaller no commit deletes a year. */
static int64_t expire_windows(struct sw_store *s, struct sw_err *err)
{
    const int64_t before = s->newest_us - s->keep_minutes_days * US_PER_DAY;
    struct periods p;
    int64_t rc = read_periods(s, &p, err);

    for (size_t i = 0; i < p.n && rc >= 0; i++) {
        int64_t oldest = 0, until;

        rc = oldest_window(s, p.name[i], &oldest, err);
        until = SW_MIN(before, oldest + US_PER_DAY);
        if (rc == 1 && until > oldest)
            rc = delete_before(s, STORE_WINDOW_DELETE, "window", p.name[i], until, err);
    }
    return rc;
}

/* The oldest of a table that is keyed by a number, beyond its ceiling. */
static int64_t trim(struct sw_store *s, enum store_stmt newest, enum store_stmt delete, const char *table, int64_t keep,
                    struct sw_err *err)
{
    int64_t last = 0;
    int rc = number_of(s, newest, &last, err);

    return rc <= 0 || last <= keep ? rc : delete_before(s, delete, table, NULL, last - keep + 1, err);
}

/* How far windows were closed, so that their entries are not needed for it any more. */
static int take_marks(struct sw_store *s, struct sw_err *err)
{
    int rc = sw_db_run(s->stmt[STORE_MARKS_TAKE], err);

    return rc < 0 ? rc : store_meta_put_number(s, "marked", s->head.n, err);
}

/* The chain's past, with the rows that have no entry then. */
static int64_t forget_entries(struct sw_store *s, int64_t before, struct sw_err *err)
{
    int64_t gone = take_marks(s, err);

    if (gone == 0)
        gone = delete_before(s, STORE_CHAIN_DELETE, "chain", NULL, before, err);

    if (gone > 0) {
        int64_t rc = delete_before(s, STORE_REVISION_DELETE, "ticket_revision", NULL, before, err);

        return rc < 0 ? rc : gone;
    }
    return gone;
}

static int64_t trim_all(struct sw_store *s, struct sw_err *err)
{
    int64_t rc = trim(s, STORE_ACT_NEWEST, STORE_ACT_DELETE, "act", STORE_ACTS_MAX, err);

    /* Rows of these are numbered by entries, of which there are far more: the ceiling is of rows. */
    if (rc >= 0) {
        int64_t nth = 0;
        int found = number_of(s, STORE_REVISION_NTH, &nth, err);

        rc = found <= 0 ? found : delete_before(s, STORE_REVISION_DELETE, "ticket_revision", NULL, nth, err);
    }
    if (rc >= 0) {
        int64_t nth = 0;
        int found = number_of(s, STORE_COMMAND_NTH, &nth, err);

        rc = found <= 0 ? found : delete_before(s, STORE_COMMAND_DELETE, "command", NULL, nth, err);
    }
    if (rc >= 0 && (int64_t) s->head.n > STORE_CHAIN_MAX)
        rc = forget_entries(s, (int64_t) s->head.n - STORE_CHAIN_MAX + 1, err);
    return rc;
}

static int forget_answers(struct sw_store *s, struct sw_err *err)
{
    int rc;

    sw_db_bind_int(s->stmt[STORE_COMMAND_FORGET], 1, s->newest_us - STORE_ANSWERS_DAYS * US_PER_DAY);
    rc = sw_db_run(s->stmt[STORE_COMMAND_FORGET], err);
    if (rc == SW_OK) {
        sw_db_bind_int(s->stmt[STORE_COMPLAINT_DELETE], 1, s->newest_us - s->keep_minutes_days * US_PER_DAY);
        rc = sw_db_run(s->stmt[STORE_COMPLAINT_DELETE], err);
    }
    return rc;
}

/* Not by a clock that nobody vouches for: it may be years ahead. */
static int64_t expire_by_age(struct sw_store *s, struct sw_err *err)
{
    int64_t rc = expire_blocks(s, store_minute_of(s->newest_us) - s->keep_days * 1440LL, BLOCK_STEP, false, err);

    if (rc >= 0)
        rc = expire_windows(s, err);
    return rc < 0 ? rc : forget_answers(s, err);
}

int store_expire(struct sw_store *s, struct sw_err *err)
{
    int64_t hour = store_minute_of(s->newest_us) / 60, rc;

    if (s->newest_us == INT64_MIN || hour == s->kept_hour)
        return SW_OK;
    s->kept_hour = hour;
    rc = take_marks(s, err);
    if (rc >= 0 && !s->is_unsynced)
        rc = expire_by_age(s, err);
    if (rc >= 0)
        rc = trim_all(s, err);
    return rc < 0 ? (int) rc : SW_OK;
}

/* ---- ceilings of what is kept by its own name ---- */

int store_trim_configs(struct sw_store *s, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_CONFIG_TRIM];
    char what[96] = "";
    int rc;

    sw_db_bind_int(st, 1, STORE_CONFIGS_MAX);
    rc = sw_db_step(st, err); /* one a time: each start adds one at most */
    if (rc == 1)
        snprintf(what, sizeof(what), "\"sha256\":\"%s\"", sw_db_text(st, 0, NULL));
    sw_db_reset(st);
    if (rc <= 0)
        return rc;
    sw_db_bind_textn(s->stmt[STORE_CONFIG_DELETE], 1, what + 10, strlen(what) - 11);
    rc = sw_db_run(s->stmt[STORE_CONFIG_DELETE], err);
    return rc < 0 ? rc : store_chain_prune(s, "config", what, err);
}

int store_trim_schedules(struct sw_store *s, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_SCHEDULE_LAST_TOO_OLD];
    int64_t last = 0, gone;
    int rc;

    sw_db_bind_int(st, 1, STORE_SCHEDULES_MAX);
    sw_db_bind_int(st, 2, STORE_SCHEDULES_BYTES_MAX);
    rc = number_of(s, STORE_SCHEDULE_LAST_TOO_OLD, &last, err);
    if (rc <= 0)
        return rc;
    gone = delete_before(s, STORE_SCHEDULE_DELETE, "schedule", NULL, last + 1, err);
    return gone < 0 ? (int) gone : SW_OK;
}

/* ---- room ---- */

static int64_t shed_windows(struct sw_store *s, int64_t before_us, struct sw_err *err)
{
    int64_t oldest = 0;
    int rc = oldest_window(s, "1m", &oldest, err);

    if (rc <= 0)
        return rc;
    before_us = SW_MIN(before_us, oldest + SHED_WINDOWS_US);
    return before_us > oldest ? delete_before(s, STORE_WINDOW_DELETE, "window", "1m", before_us, err) : 0;
}

/* The past of the chain itself, when nothing else is left to give. */
static int64_t shed_entries(struct sw_store *s, struct sw_err *err)
{
    int64_t oldest = 0;
    int rc = number_of(s, STORE_CHAIN_OLDEST, &oldest, err);

    if (rc <= 0 || (int64_t) s->head.n - oldest < 2 * SHED_ENTRIES)
        return rc < 0 ? rc : 0;
    return forget_entries(s, oldest + SHED_ENTRIES, err);
}

/* Of the last day: twenty minutes of readings, then of windows, then of the next readings. */
static int64_t shed_last_day(struct sw_store *s, struct sw_err *err)
{
    int64_t minute = 0, from_us = 0, gone = 0;
    const int has_blocks = number_of(s, STORE_BLOCK_OLDEST, &minute, err);
    const int has_windows = has_blocks < 0 ? has_blocks : oldest_window(s, "1m", &from_us, err);

    if (has_windows < 0)
        return has_windows;
    if (has_blocks && (!has_windows || minute <= store_minute_of(from_us)))
        gone = expire_blocks(s, INT64_MAX, SHED_LAST_STEP, true, err);
    return gone == 0 && has_windows ? shed_windows(s, from_us + SHED_LAST_STEP * STORE_MINUTE_US, err) : gone;
}

/* The first of these that has something to give. */
static int64_t shed_one(struct sw_store *s, struct sw_err *err)
{
    const int64_t day_ago = store_minute_of(store_now_us(s)) - SHED_LAST_MINUTES;
    int64_t gone = expire_blocks(s, day_ago, SHED_BLOCKS, false, err);

    if (gone == 0)
        gone = shed_windows(s, day_ago * STORE_MINUTE_US, err);
    if (gone == 0)
        gone = shed_last_day(s, err);
    if (gone == 0)
        gone = store_outbox_shed(s, SHED_OUTBOX_BYTES, err);
    return gone == 0 ? shed_entries(s, err) : gone;
}

int64_t store_shed(struct sw_store *s)
{
    const struct sw_chain_head before = s->head;
    struct sw_err err = {0};
    int64_t gone = 0;
    int rc = sw_db_begin(s->db, &err);

    store_tally_begin(s);
    if (rc == SW_OK) /* what was acknowledged goes first, and is not counted as shed */
        rc = store_write_deletes(s, &err);
    if (rc == SW_OK)
        gone = shed_one(s, &err);
    if (rc == SW_OK && gone >= 0)
        rc = store_tally_write(s, &err);
    if (rc == SW_OK && gone >= 0)
        rc = sw_db_commit(s->db, &err);
    if (rc < 0 || gone < 0) {
        sw_db_rollback(s->db);
        store_tally_undo(s);
        s->head = before;
        return 0;
    }
    store_chain_show(s);
    store_deletes_done(s);
    store_outbox_show(s);
    return gone;
}
