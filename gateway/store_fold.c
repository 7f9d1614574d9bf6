// SPDX-License-Identifier: Apache-2.0
/* Housekeeping of readings: whole minutes of the tail become blocks, and an entry of the chain. Runs inside commits, so
 * that it costs no flush of its own. What is too old goes in store_keep.c. */
#include <stdlib.h>
#include <string.h>

#include "gateway/store_int.h"

#define MINUTES_PER_COMMIT 5 /* after a long stop the tail is folded over several commits */

static bool same_series(const struct sw_block_item *a, const struct sw_block_item *b)
{
    return store_minute_of(a->arrival_us) == store_minute_of(b->arrival_us) && a->r.sensor == b->r.sensor &&
           a->r.quantity == b->r.quantity;
}

/* What the block of this minute holds already (a restart or a stepped clock); usually nothing. */
static int get_block(struct sw_store *s, const struct sw_block_item *key, struct store_items *ret, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_BLOCK_GET];
    size_t len;
    const void *body;
    int rc;

    sw_db_bind_int(st, 1, store_minute_of(key->arrival_us));
    sw_db_bind_int(st, 2, key->r.sensor);
    sw_db_bind_int(st, 3, key->r.quantity);
    rc = sw_db_step(st, err);
    if (rc == 1) {
        body = sw_db_blob(st, 0, &len);
        rc = store_items_decode(ret, body, len, key->r.sensor, key->r.quantity, err);
    }
    sw_db_reset(st);
    return rc;
}

static int put_block(struct sw_store *s, const struct sw_block_item *items, size_t n, struct sw_err *err)
{
    const struct sw_block_item *key = items;
    struct sw_db_stmt *st = s->stmt[STORE_BLOCK_PUT];
    size_t cap = SW_BLOCK_HEAD_MAX + n * SW_BLOCK_ITEM_MAX;
    unsigned char *body = malloc(cap);
    int rc;

    if (!body)
        return sw_err_set(err, SW_E_NOMEM, 0, "store: no memory for a block of %zu readings", n);
    sw_db_bind_int(st, 1, store_minute_of(key->arrival_us));
    sw_db_bind_int(st, 2, key->r.sensor);
    sw_db_bind_int(st, 3, key->r.quantity);
    sw_db_bind_blob(st, 4, body, sw_block_encode(items, n, false, body, cap));
    rc = sw_db_run(st, err);
    free(body);
    return rc;
}

static int fold_series(struct sw_store *s, const struct sw_block_item *items, size_t n, struct sw_err *err);

/* A joined block (store_settle.c) of which the clock came back to the first minute falls into minutes again. */
static int put_minutes(struct sw_store *s, const struct sw_block_item *items, size_t n, struct sw_err *err)
{
    int rc = SW_OK;

    for (size_t i = 0, end; i < n && rc >= 0; i = end) {
        for (end = i + 1; end < n && same_series(&items[i], &items[end]); end++)
            ;
        rc = i == 0 ? put_block(s, items, end, err) : fold_series(s, &items[i], end - i, err);
    }
    return rc;
}

/* A block that cannot be read is replaced: what arrived now is worth more than a row that nobody can read. */
static int fold_series(struct sw_store *s, const struct sw_block_item *items, size_t n, struct sw_err *err)
{
    struct store_items v = {0};
    int rc = get_block(s, items, &v, err);

    if (rc == SW_E_CORRUPT) {
        s->rejected++;
        sw_log(SW_LOG_ERR, "%s: %s; replaced", sw_db_path(s->db), err->msg);
        rc = SW_OK;
    }
    if (rc >= 0)
        rc = store_items_add(&v, items, n, err);
    if (rc >= 0) {
        store_items_sort_by_series(&v);
        rc = put_minutes(s, v.item, v.n, err);
    }
    store_items_free(&v);
    return rc;
}

/* Rows of [from_us, before_us). */
static int read_tail(struct sw_store *s, int64_t from_us, int64_t before_us, struct store_items *ret,
                     struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_TAIL_RANGE];
    int rc;

    sw_db_bind_int(st, 1, from_us);
    sw_db_bind_int(st, 2, before_us);
    while ((rc = sw_db_step(st, err)) == 1) {
        size_t len;
        const void *body = sw_db_blob(st, 0, &len);

        rc = store_items_decode(ret, body, len, 0, 0, err);
        if (rc == SW_E_CORRUPT) {
            s->rejected++;
            sw_log(SW_LOG_ERR, "%s: a row of the tail is lost: %s", sw_db_path(s->db), err->msg);
        } else if (rc < 0) {
            break;
        }
    }
    sw_db_reset(st);
    return rc;
}

int store_tail_newest(struct sw_store *s, uint64_t *ret_number, struct sw_err *err)
{
    struct store_items v = {0};
    int rc = read_tail(s, INT64_MIN, INT64_MAX, &v, err);

    *ret_number = 0;
    for (size_t i = 0; i < v.n; i++)
        *ret_number = SW_MAX(*ret_number, v.item[i].number);
    store_items_free(&v);
    return rc < 0 ? rc : SW_OK;
}

/* Move the batch's own readings of a minute behind what the tail had of it. */
static int take_ripe(struct sw_store *s, int64_t minute, struct store_items *ret, struct sw_err *err)
{
    size_t kept = 0;
    int rc = SW_OK;

    for (size_t i = 0; i < s->ripe.n && rc == SW_OK; i++) {
        const struct sw_block_item *it = &s->ripe.item[i];

        if (store_minute_of(it->arrival_us) <= minute)
            rc = store_items_add(ret, it, 1, err);
        else
            s->ripe.item[kept++] = *it;
    }
    s->ripe.n = kept;
    return rc;
}

/* The newest number, and how far the run has got, stand in the tail; when what says so leaves it, elsewhere. */
static int leave_number(struct sw_store *s, const struct store_items *v, struct sw_err *err)
{
    const uint64_t newest = v->n ? v->item[v->n - 1].number : 0;
    int rc;

    s->last_number = SW_MAX(s->last_number, newest);
    if (newest < s->tail_number)
        return SW_OK;
    rc = store_meta_put_number(s, "arrival", s->last_number, err);
    return rc < 0 ? rc : sw_db_run(s->stmt[STORE_RUN_TIME_OF_TAIL], err);
}

/* Rows of the tail from from_us on, and what else is left of them, up to the end of a minute. */
static int fold_minute(struct sw_store *s, int64_t from_us, int64_t minute, struct sw_err *err)
{
    const int64_t before_us = (minute + 1) * STORE_MINUTE_US;
    struct store_items v = {0};
    int rc = read_tail(s, from_us, before_us, &v, err);

    if (rc >= 0)
        rc = take_ripe(s, minute, &v, err);
    if (rc >= 0)
        rc = store_chain_readings(s, &v, err); /* orders them by number */
    if (rc >= 0)
        rc = leave_number(s, &v, err);
    store_items_sort_by_series(&v);
    for (size_t i = 0, end; i < v.n && rc >= 0; i = end) {
        for (end = i + 1; end < v.n && same_series(&v.item[i], &v.item[end]); end++)
            ;
        rc = fold_series(s, &v.item[i], end - i, err);
    }
    store_items_free(&v);
    if (rc < 0)
        return rc;
    sw_db_bind_int(s->stmt[STORE_TAIL_DELETE], 1, from_us);
    sw_db_bind_int(s->stmt[STORE_TAIL_DELETE], 2, before_us);
    return sw_db_run(s->stmt[STORE_TAIL_DELETE], err);
}

/* The oldest minute in the tail from from_us on. @return 1; 0 there is none; below zero */
static int oldest_of_tail(struct sw_store *s, int64_t from_us, int64_t *ret_minute, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_TAIL_NEXT];
    int rc;

    sw_db_bind_int(st, 1, from_us);
    rc = sw_db_step(st, err);
    if (rc == 1) {
        rc = sw_db_text(st, 0, NULL) != NULL;
        *ret_minute = rc ? store_minute_of(sw_db_int(st, 0)) : INT64_MAX;
    }
    sw_db_reset(st);
    return rc;
}

/* What an earlier run left there whose clock was ahead: its minutes may not come for years. */
static int fold_ahead(struct sw_store *s, struct sw_err *err)
{
    const int64_t from_us = (store_minute_of(s->newest_us) + 1) * STORE_MINUTE_US;
    int64_t minute = 0;
    int rc = 1;

    while (!s->is_tail_swept && rc >= 0) {
        rc = oldest_of_tail(s, from_us, &minute, err);
        if (rc == 0)
            s->is_tail_swept = true;
        else if (rc == 1)
            rc = fold_minute(s, from_us, minute, err);
    }
    return rc;
}

/* Minutes that are over. */
static int fold_past(struct sw_store *s, struct sw_err *err)
{
    for (int i = 0; i < MINUTES_PER_COMMIT || s->ripe.n; i++) {
        int64_t minute = INT64_MAX;
        int rc = oldest_of_tail(s, INT64_MIN, &minute, err);

        for (size_t k = 0; k < s->ripe.n; k++)
            minute = SW_MIN(minute, store_minute_of(s->ripe.item[k].arrival_us));
        if (rc < 0 || minute >= store_minute_of(s->newest_us))
            return rc;
        rc = fold_minute(s, INT64_MIN, minute, err);
        if (rc < 0)
            return rc;
    }
    return SW_OK;
}

int store_fold(struct sw_store *s, struct sw_err *err)
{
    int rc = SW_OK;

    if (s->newest_us != INT64_MIN)
        rc = fold_past(s, err);
    if (s->newest_us != INT64_MIN && rc >= 0)
        rc = fold_ahead(s, err);
    store_items_free(&s->ripe);
    return SW_MIN(rc, SW_OK);
}
