// SPDX-License-Identifier: Apache-2.0
/* What goes when: by age, a class each, and above the ceiling windows of one minute, the oldest first. In pieces, so
 * that what comes in never waits for long. */
#include "hub/store_int.h"

#define PIECE 2000           /* rows a transaction */
#define GIVE_BACK_PAGES 4096 /* a piece of free pages given back to the disk */
#define MINUTES_A_PIECE (60 * SW_US_PER_S * 60)

/* ?1 = the instant before which it goes, ?2 = rows */
static const char minutes_sql[] =
    "DELETE FROM window WHERE (sensor, period, from_us) IN (SELECT w.sensor, 1, w.from_us FROM"
    " sensor AS s JOIN window AS w ON w.sensor = s.id AND w.period = 1 AND w.from_us < ?1"
    " LIMIT ?2)";
/* Which periods a sensor has is found by leaps along the key: minutes are most of the table and must not be walked
 * over. */
static const char windows_sql[] =
    "DELETE FROM window WHERE (sensor, period, from_us) IN (WITH RECURSIVE p(sensor, period) AS (SELECT s.id, (SELECT"
    " min(period) FROM window WHERE sensor = s.id) FROM sensor AS s UNION ALL SELECT p.sensor, (SELECT min(w.period) "
    "FROM"
    " window AS w WHERE w.sensor = p.sensor AND w.period > p.period) FROM p WHERE p.period IS NOT NULL) SELECT "
    "w.sensor,"
    " w.period, w.from_us FROM p JOIN window AS w ON w.sensor = p.sensor AND w.period = p.period AND w.from_us < ?1 "
    "WHERE"
    " p.period IS NOT NULL AND p.period <> 1 LIMIT ?2)";
static const char *const records_sql[] = {
    "DELETE FROM revision WHERE rowid IN (SELECT r.rowid FROM revision AS r JOIN ticket AS t ON t.id = r.ticket WHERE"
    " t.is_open = 0 AND t.changed_us < ?1 LIMIT ?2)",
    "DELETE FROM ticket WHERE id IN (SELECT id FROM ticket WHERE is_open = 0 AND changed_us < ?1 AND NOT EXISTS "
    "(SELECT 1"
    " FROM revision WHERE revision.ticket = ticket.id) LIMIT ?2)",
    "DELETE FROM ticket_event WHERE rowid IN (SELECT rowid FROM ticket_event WHERE at_us < ?1 LIMIT ?2)",
    "DELETE FROM event WHERE rowid IN (SELECT rowid FROM event WHERE ts_us < ?1 LIMIT ?2)",
    "DELETE FROM complaint WHERE rowid IN (SELECT rowid FROM complaint WHERE at_us < ?1 LIMIT ?2)",
    "DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE ended_us < ?1 LIMIT ?2)",
    "DELETE FROM gap WHERE id IN (SELECT id FROM gap WHERE closed_us < ?1 LIMIT ?2)",
    "DELETE FROM shed WHERE rowid IN (SELECT rowid FROM shed WHERE at_us < ?1 LIMIT ?2)",
    "DELETE FROM checkpoint WHERE rowid IN (SELECT rowid FROM checkpoint WHERE ts_us < ?1 LIMIT ?2)",
    /* the one that holds now stays, however old it is */
    "DELETE FROM schedule WHERE rowid IN (SELECT o.rowid FROM schedule AS o WHERE o.ts_us < ?1 AND EXISTS (SELECT 1 "
    "FROM"
    " schedule AS n WHERE n.site = o.site AND n.ts_us > o.ts_us AND n.ts_us <= ?1) LIMIT ?2)",
};

/* @return rows that went; below zero */
static int64_t delete_some(struct hub_store *s, const char *sql, int64_t before_us, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(s->db, sql, &st, err);

    if (rc >= 0) {
        sw_db_bind_int(st, 1, before_us);
        sw_db_bind_int(st, 2, PIECE);
        rc = sw_db_run(st, err);
    }
    sw_db_finalize(st);
    return rc < 0 ? rc : sw_db_changes(s->db);
}

/* The oldest minutes of all sites, an hour at a time. */
static int64_t shrink(struct hub_store *s, struct sw_err *err)
{
    struct sw_db_space space = {0};
    int64_t oldest_us = 0;
    int rc = sw_db_space(s->db, &space, err);

    if (rc < 0 || (space.pages - space.free_pages) * space.page_bytes <= s->params.max_bytes)
        return rc;
    rc = sw_db_value(
        s->db,
        "SELECT min(oldest) FROM (SELECT (SELECT min(from_us) FROM window WHERE sensor = s.id AND period = 1)"
        " AS oldest FROM sensor AS s)",
        INT64_MAX, &oldest_us, err);
    if (rc < 0 || oldest_us == INT64_MAX)
        return rc;
    return delete_some(s, minutes_sql, oldest_us + MINUTES_A_PIECE, err);
}

static int64_t expire_some(struct hub_store *s, int64_t now_us, struct sw_err *err)
{
    int64_t n = delete_some(s, minutes_sql, now_us - s->params.keep_minutes_us, err), most = n;

    if (n >= 0)
        n = delete_some(s, windows_sql, now_us - s->params.keep_windows_us, err);
    most = SW_MAX(most, n);
    for (size_t i = 0; n >= 0 && i < SW_ARRAY_SIZE(records_sql); i++) {
        n = delete_some(s, records_sql[i], now_us - s->params.keep_records_us, err);
        most = SW_MAX(most, n);
    }
    if (n >= 0 && s->params.max_bytes > 0) {
        n = shrink(s, err);
        if (n > 0)
            most = PIECE; /* look again */
    }
    return n < 0 ? n : most;
}

int hub_store_expire(struct hub_store *s, int64_t now_us, struct sw_err *err)
{
    struct sw_db_space space = {0};
    int64_t most;
    int rc = sw_db_begin(s->db, err);

    if (rc < 0)
        return rc;
    most = expire_some(s, now_us, err);
    rc = most < 0 ? (int) most : sw_db_commit(s->db, err);
    if (rc < 0) {
        sw_db_rollback(s->db);
        return rc;
    }
    if (most >= PIECE)
        return 1;
    rc = sw_db_space(s->db, &space, err);
    if (rc >= 0 && space.gives_back && space.free_pages > GIVE_BACK_PAGES)
        rc = sw_db_give_back(s->db, GIVE_BACK_PAGES, err);
    return rc < 0 ? rc : SW_OK;
}
