// SPDX-License-Identifier: Apache-2.0
/* Reading back what the store holds, through a read-only connection of its own, so that the worker is not disturbed. */
#include <stdlib.h>
#include <string.h>

#include "gateway/block_pieces.h"
#include "gateway/store_int.h"

void store_query_close(struct store_query *q)
{
    sw_db_finalize(q->st);
    sw_db_close(q->db);
}

int store_query_open(struct sw_store *s, const char *sql, struct store_query *ret, struct sw_err *err)
{
    int rc;

    *ret = (struct store_query){0};
    rc = sw_db_open(sw_db_path(s->db), true, &ret->db, err);
    if (rc == SW_OK)
        rc = sw_db_prepare(ret->db, sql, &ret->st, err);
    if (rc < 0)
        store_query_close(ret);
    return rc;
}

int sw_store_load_tickets(struct sw_store *s, int64_t since_us, sw_store_ticket_fn fn, void *ctx, struct sw_err *err)
{
    struct store_query q;
    int rc = store_query_open(s,
                              "SELECT id, json FROM ticket WHERE status NOT IN ('closed', 'averted', 'withdrawn')"
                              " OR changed_us >= ?1 ORDER BY changed_us, id",
                              &q, err);

    if (rc < 0)
        return rc;
    sw_db_bind_int(q.st, 1, since_us);
    while ((rc = sw_db_step(q.st, err)) == 1) {
        size_t len;
        const char *json = sw_db_text(q.st, 1, &len);

        rc = fn(ctx, sw_db_text(q.st, 0, NULL), json, len);
        if (rc < 0)
            break;
    }
    store_query_close(&q);
    return rc;
}

int sw_store_load_states(struct sw_store *s, sw_store_state_fn fn, void *ctx, struct sw_err *err)
{
    struct store_query q;
    int rc = store_query_open(
        s, "SELECT sensor, rule, ifnull(window_json(body), '') FROM rule_state ORDER BY sensor, rule", &q, err);

    if (rc < 0)
        return rc;
    while ((rc = sw_db_step(q.st, err)) == 1) {
        size_t len;
        const char *body = sw_db_text(q.st, 2, &len);

        rc = fn(ctx, sw_db_text(q.st, 0, NULL), sw_db_text(q.st, 1, NULL), body, len);
        if (rc < 0)
            break;
    }
    store_query_close(&q);
    return rc;
}

int sw_store_load_watermarks(struct sw_store *s, sw_store_watermark_fn fn, void *ctx, struct sw_err *err)
{
    struct store_query q;
    int rc = store_query_open(s, "SELECT sensor, period, to_us FROM mark ORDER BY sensor, period", &q, err);

    if (rc < 0)
        return rc;
    while ((rc = sw_db_step(q.st, err)) == 1) {
        rc = fn(ctx, sw_db_text(q.st, 0, NULL), sw_db_text(q.st, 1, NULL), sw_db_int(q.st, 2));
        if (rc < 0)
            break;
    }
    store_query_close(&q);
    return rc;
}

/* A walk through readings: a minute is gathered from its blocks and the tail, ordered by number, and given out: in the
 * same order whether it was folded or not. Of blocks that go on in later minutes the packed bytes are kept. */
struct walk {
    struct store_items v;
    struct sw_block_pieces pieces;
    struct store_items tail; /* by minute */
    size_t tail_next;
    int64_t since_us;
    uint64_t from, to; /* arrival numbers [from, to) */
    sw_store_reading_fn fn;
    void *ctx;
    uint16_t *index_of; /* [UINT16_MAX + 1] today's index + 1 of a sensor number; 0 = not in the site */
};

static int walk_flush(struct walk *w)
{
    int rc = SW_OK;

    store_items_sort(&w->v);
    for (size_t i = 0; i < w->v.n && rc >= 0; i++) {
        struct sw_block_item *it = &w->v.item[i];
        uint16_t index = w->index_of[it->r.sensor];

        if (!index || it->arrival_us < w->since_us || it->number < w->from || it->number >= w->to)
            continue;
        it->r.sensor = (uint16_t) (index - 1);
        rc = w->fn(w->ctx, &it->r, it->arrival_us, it->is_late);
    }
    w->v.n = 0;
    return rc < 0 ? rc : SW_OK;
}

/* A row that cannot be read costs its readings, not the start of the gateway. */
static int walk_past(struct sw_store *s, int64_t sensor, int rc, const struct sw_err *err)
{
    if (rc != SW_E_CORRUPT)
        return rc;
    sw_log(SW_LOG_ERR, "%s: readings of sensor number %lld are lost: %s", sw_db_path(s->db), (long long) sensor,
           err->msg);
    return SW_OK;
}

static int walk_gather(void *ctx, const struct sw_block_item *it, struct sw_err *err)
{
    struct walk *w = ctx;

    return it->arrival_us < w->since_us ? SW_OK : store_items_add(&w->v, it, 1, err);
}

/* What is kept of blocks, and the tail, up to the end of this minute. */
static int walk_gather_until(struct walk *w, int64_t minute, struct sw_err *err)
{
    int rc = sw_block_pieces_until(&w->pieces, minute, walk_gather, w, err);

    while (rc >= 0 && w->tail_next < w->tail.n && store_minute_of(w->tail.item[w->tail_next].arrival_us) <= minute)
        rc = walk_gather(w, &w->tail.item[w->tail_next++], err);
    return rc;
}

static int64_t walk_next_minute(const struct walk *w)
{
    const int64_t minute = sw_block_pieces_next(&w->pieces);

    return w->tail_next < w->tail.n ? SW_MIN(minute, store_minute_of(w->tail.item[w->tail_next].arrival_us)) : minute;
}

/* What is kept of minutes before this one, minute by minute. */
static int walk_minutes(struct walk *w, int64_t before, struct sw_err *err)
{
    int64_t minute;
    int rc = SW_OK;

    while (rc >= 0 && (minute = walk_next_minute(w)) < before) {
        rc = walk_gather_until(w, minute, err);
        if (rc >= 0)
            rc = walk_flush(w);
    }
    return rc;
}

static int walk_row(struct sw_store *s, struct walk *w, struct sw_db_stmt *st, int64_t *minute, struct sw_err *err)
{
    struct sw_block_row row = {.minute = sw_db_int(st, 0), .sensor = sw_db_int(st, 1), .quantity = sw_db_int(st, 2)};
    int rc = SW_OK;

    row.body = sw_db_blob(st, 3, &row.len);
    if (row.minute != *minute) {
        rc = walk_flush(w);
        if (rc >= 0)
            rc = walk_minutes(w, row.minute, err);
        if (rc >= 0)
            rc = walk_gather_until(w, row.minute, err);
        *minute = row.minute;
    }
    if (rc >= 0)
        rc = walk_past(s, row.sensor, sw_block_pieces_add(&w->pieces, &row, walk_gather, w, err), err);
    return rc;
}

static int walk_blocks(struct sw_store *s, struct sw_db *db, struct walk *w, struct sw_err *err)
{
    struct sw_db_stmt *st;
    int64_t minute = INT64_MIN;
    int rc = sw_db_prepare(db, "SELECT minute, sensor, quantity, body FROM block WHERE id >= ?1 << 24 ORDER BY id", &st,
                           err);

    if (rc < 0)
        return rc;
    sw_db_bind_int(st, 1, sw_block_hour_begin(store_minute_of(w->since_us)));
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1)
        rc = walk_row(s, w, st, &minute, err);
    sw_db_finalize(st);
    if (rc >= 0)
        rc = walk_flush(w);
    return rc < 0 ? rc : walk_minutes(w, INT64_MAX, err);
}

static int walk_tail(struct sw_store *s, struct sw_db *db, struct walk *w, struct sw_err *err)
{
    struct sw_db_stmt *st;
    int rc = sw_db_prepare(db, "SELECT body FROM tail WHERE t_us >= ?1 ORDER BY id", &st, err);

    if (rc < 0)
        return rc;
    sw_db_bind_int(st, 1, w->since_us);
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        size_t len;
        const void *body = sw_db_blob(st, 0, &len);

        rc = walk_past(s, 0, store_items_decode(&w->tail, body, len, 0, 0, err), err);
    }
    sw_db_finalize(st);
    store_items_sort_by_series(&w->tail);
    return rc;
}

int sw_store_load_readings(struct sw_store *s, int64_t since_us, sw_store_reading_fn fn, void *ctx, struct sw_err *err)
{
    return sw_store_load_numbers(s, 0, UINT64_MAX, since_us, fn, ctx, err);
}

int sw_store_load_numbers(struct sw_store *s, uint64_t from, uint64_t to, int64_t since_us, sw_store_reading_fn fn,
                          void *ctx, struct sw_err *err)
{
    struct walk w = {.since_us = since_us, .from = from, .to = to, .fn = fn, .ctx = ctx};
    struct sw_db *db = NULL;
    int rc = sw_db_open(sw_db_path(s->db), true, &db, err);

    if (rc < 0)
        return rc;
    w.index_of = calloc(UINT16_MAX + 1, sizeof(*w.index_of));
    if (!w.index_of)
        rc = sw_err_set(err, SW_E_NOMEM, 0, "store: out of memory");
    for (size_t i = 0; rc == SW_OK && i < s->n_sensors; i++)
        w.index_of[s->sensor_num[i]] = (uint16_t) (i + 1);
    if (rc == SW_OK) /* one view of the file, while the worker may fold */
        rc = sw_db_exec(db, "BEGIN", err);
    if (rc == SW_OK)
        rc = walk_tail(s, db, &w, err);
    if (rc == SW_OK)
        rc = walk_blocks(s, db, &w, err);
    sw_db_rollback(db);
    sw_db_close(db);
    store_items_free(&w.v);
    store_items_free(&w.tail);
    sw_block_pieces_free(&w.pieces);
    free(w.index_of);
    return rc;
}
