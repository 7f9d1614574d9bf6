// SPDX-License-Identifier: Apache-2.0
/* What a batch puts into the file, inside the transaction that store_worker.c opened. Reading order and deciding when
 * are not its business. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store_int.h"

int store_meta_get(struct sw_store *s, const char *key, char *buf, size_t cap, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_META_GET];
    const char *text;
    int rc;

    sw_db_bind_text(st, 1, key);
    rc = sw_db_step(st, err);
    text = rc == 1 ? sw_db_text(st, 0, NULL) : NULL;
    if (rc == 1)
        rc = text && (size_t) snprintf(buf, cap, "%s", text) < cap
                 ? SW_OK
                 : sw_err_set(err, SW_E_CORRUPT, 0, "%s: meta %s is not one of ours", sw_db_path(s->db), key);
    else if (rc == 0)
        rc = SW_E_NOTFOUND;
    sw_db_reset(st);
    return rc;
}

int store_meta_put(struct sw_store *s, const char *key, const char *value, struct sw_err *err)
{
    sw_db_bind_text(s->stmt[STORE_META_PUT], 1, key);
    sw_db_bind_text(s->stmt[STORE_META_PUT], 2, value);
    return sw_db_run(s->stmt[STORE_META_PUT], err);
}

int store_meta_put_number(struct sw_store *s, const char *key, uint64_t number, struct sw_err *err)
{
    char text[24];

    snprintf(text, sizeof(text), "%llu", (unsigned long long) number);
    return store_meta_put(s, key, text, err);
}

/* One tail row: readings that arrived in the same minute. */
static int put_tail(struct sw_store *s, const struct sw_block_item *items, size_t n, struct sw_err *err)
{
    size_t cap = SW_BLOCK_HEAD_MAX + n * SW_BLOCK_ITEM_MAX, len;
    unsigned char *body = malloc(cap);
    int64_t t_us = INT64_MIN;
    int rc;

    if (!body)
        return sw_err_set(err, SW_E_NOMEM, 0, "store: no memory for %zu readings", n);
    len = sw_block_encode(items, n, true, body, cap);
    for (size_t i = 0; i < n; i++)
        t_us = SW_MAX(t_us, items[i].arrival_us);
    sw_db_bind_int(s->stmt[STORE_TAIL_PUT], 1, t_us);
    sw_db_bind_blob(s->stmt[STORE_TAIL_PUT], 2, body, len);
    if (s->batch_last && s->batch_last->until_us != INT64_MIN)
        sw_db_bind_int(s->stmt[STORE_TAIL_PUT], 3, s->batch_last->until_us);
    else
        sw_db_bind_null(s->stmt[STORE_TAIL_PUT], 3);
    sw_db_bind_int(s->stmt[STORE_TAIL_PUT], 4, store_minute_of(t_us) * STORE_MINUTE_US);
    rc = sw_db_run(s->stmt[STORE_TAIL_PUT], err);
    free(body);
    return rc;
}

/* All readings of the batch. Those of the newest minute become a row of the tail; whole minutes are left to the fold,
 * which follows in this transaction. Without housekeeping there is no fold: all go into the tail. */
int store_write_items(struct sw_store *s, bool is_fold_next, struct sw_err *err)
{
    struct store_items v = {0};
    int rc = SW_OK;

    s->ripe.n = 0;
    s->tail_number = 0;
    for (const struct store_turn *t = s->batch; t && rc == SW_OK; t = t->next)
        rc = store_items_add(&v, t->items, t->n_items, err);
    for (size_t i = 0; i < v.n; i++) {
        s->newest_us = SW_MAX(s->newest_us, v.item[i].arrival_us);
        s->is_unsynced = v.item[i].r.time_quality == SW_TIME_UNSYNCED;
    }
    for (size_t i = 0, end; i < v.n && rc == SW_OK; i = end) {
        const int64_t minute = store_minute_of(v.item[i].arrival_us);

        for (end = i + 1; end < v.n && store_minute_of(v.item[end].arrival_us) == minute; end++)
            ;
        if (is_fold_next && minute < store_minute_of(s->newest_us)) {
            rc = store_items_add(&s->ripe, &v.item[i], end - i, err);
        } else {
            rc = put_tail(s, &v.item[i], end - i, err);
            s->tail_number = v.item[end - 1].number;
        }
    }
    store_items_free(&v);
    return rc;
}

/* The texts of a staged change, in order. */
static void texts_of(const struct store_op *op, const char *texts[SW_ARRAY_SIZE(op->len)])
{
    const char *at = (const char *) (op + 1);

    for (size_t i = 0; i < SW_ARRAY_SIZE(op->len); i++) {
        texts[i] = at;
        at += op->len[i] + 1; /* past the last one this is unused */
    }
}

static int write_ticket(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err)
{
    struct store_entry e = {.kind = SW_CHAIN_TICKET, .at_us = op->b, .ref = text[0], .has_a = true, .a = op->a};
    struct sw_db_stmt *st = s->stmt[STORE_TICKET_PUT];
    int rc;

    sw_db_bind_text(st, 1, text[0]);
    sw_db_bind_text(st, 2, text[1]);
    sw_db_bind_text(st, 3, text[2]);
    sw_db_bind_int(st, 4, op->a);
    sw_db_bind_int(st, 5, op->b);
    sw_db_bind_textn(st, 6, text[3], op->len[3]);
    rc = sw_db_run(st, err);
    if (rc < 0)
        return rc;
    e.body = store_canonical(s, text[3], op->len[3], &e.len, err);
    if (!e.body)
        return SW_E_NOMEM;
    st = s->stmt[STORE_REVISION_PUT];
    sw_db_bind_int(st, 1, (int64_t) s->head.n + 1);
    sw_db_bind_text(st, 2, text[0]);
    sw_db_bind_int(st, 3, op->a);
    sw_db_bind_textn(st, 4, e.body, e.len);
    rc = sw_db_run(st, err);
    return rc < 0 ? rc : store_chain_append(s, &e, err);
}

static int write_state(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_STATE_PUT];

    sw_db_bind_text(st, 1, text[0]);
    sw_db_bind_text(st, 2, text[1]);
    sw_db_bind_textn(st, 3, text[2], op->len[2]);
    return sw_db_run(st, err);
}

static int write_window(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err)
{
    struct store_entry e = {.kind = SW_CHAIN_WINDOW, .at_us = op->b, .has_a = true, .a = op->a};
    struct sw_db_stmt *st = s->stmt[STORE_WINDOW_PUT];
    char ref[SW_ID_SIZE + 32];
    int rc;

    snprintf(ref, sizeof(ref), "%s/%s", text[1], text[0]);
    e.ref = ref;
    e.body = store_canonical(s, text[2], op->len[2], &e.len, err);
    if (!e.body)
        return SW_E_NOMEM;
    sw_db_bind_text(st, 1, text[1]);
    sw_db_bind_int(st, 2, op->a);
    sw_db_bind_text(st, 3, text[0]);
    sw_db_bind_int(st, 4, op->b);
    sw_db_bind_textn(st, 5, e.body, e.len);
    rc = sw_db_run(st, err);
    return rc < 0 ? rc : store_chain_append(s, &e, err); /* which tells how far this period was closed: view mark */
}

static int write_schedule(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err)
{
    struct store_entry e = {.kind = SW_CHAIN_SCHEDULE, .has_a = true, .a = op->a};
    struct sw_db_stmt *st = s->stmt[STORE_SCHEDULE_PUT];
    int rc;

    sw_db_bind_int(st, 1, op->a);
    sw_db_bind_int(st, 2, op->b);
    sw_db_bind_blob(st, 3, text[0], op->len[0]);
    rc = sw_db_step(st, err);
    if (rc == 1) { /* its time, which a replaced text keeps */
        e.at_us = sw_db_int(st, 0);
        rc = sw_db_step(st, err);
    }
    sw_db_reset(st);
    if (rc == SW_OK)
        rc = store_chain_text(s, e, "revision", op->a, text[0], op->len[0], err);
    return rc < 0 ? rc : store_trim_schedules(s, err);
}

static int write_config(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err)
{
    struct store_entry e = {.kind = SW_CHAIN_CONFIG, .at_us = store_now_us(s), .ref = text[0]};
    struct sw_db_stmt *st = s->stmt[STORE_CONFIG_PUT];
    int rc;

    sw_db_bind_text(st, 1, text[0]);
    sw_db_bind_blob(st, 2, text[1], op->len[1]);
    rc = sw_db_run(st, err);
    if (rc == SW_OK)
        rc = store_chain_text(s, e, NULL, 0, text[1], op->len[1], err);
    return rc < 0 ? rc : store_trim_configs(s, err);
}

static int write_run(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_RUN_PUT];
    int rc = sw_db_run(s->stmt[STORE_RUN_TIME_OF_TAIL], err); /* of the run before, if it was killed */

    if (rc == SW_OK)
        rc = sw_db_run(s->stmt[STORE_TAIL_FORGET_TIME], err);
    sw_db_bind_text(st, 1, text[0]);
    sw_db_bind_text(st, 2, text[1]);
    sw_db_bind_int(st, 3, op->a);
    sw_db_bind_int(st, 4, op->b);
    if (rc == SW_OK)
        rc = sw_db_run(st, err);
    if (rc < 0)
        return rc;
    sw_db_bind_int(s->stmt[STORE_RUN_TRIM], 1, STORE_RUNS_MAX);
    return sw_db_run(s->stmt[STORE_RUN_TRIM], err);
}

static int write_op(struct sw_store *s, const struct store_op *op, struct sw_err *err)
{
    const char *text[SW_ARRAY_SIZE(op->len)];

    texts_of(op, text);
    switch ((enum store_op_kind) op->kind) {
    case STORE_OP_STATE:
        return write_state(s, op, text, err);
    case STORE_OP_TICKET:
        return write_ticket(s, op, text, err);
    case STORE_OP_WINDOW:
        return write_window(s, op, text, err);
    case STORE_OP_DOCUMENT:
        return store_write_document(s, op, text, err);
    case STORE_OP_SCHEDULE:
        return write_schedule(s, op, text, err);
    case STORE_OP_CONFIG:
        return write_config(s, op, text, err);
    case STORE_OP_RUN:
        return write_run(s, op, text, err);
    case STORE_OP_MEDIA:
        return store_write_media(s, op, text, err);
    case STORE_OP_MEDIA_GONE:
        return store_write_media_gone(s, op, text, err);
    case STORE_OP_ACT:
        return store_write_act(s, op, text, err);
    case STORE_OP_COMMAND:
        return store_write_command(s, op, text, err);
    case STORE_OP_COMPLAINT:
        return store_write_complaint(s, op, text, err);
    case STORE_OP_ENTRY:
        return store_write_entry(s, op, text, err);
    case STORE_OP_CHECKPOINT:
        return store_write_checkpoint(s, op, err);
    case STORE_OP_GAP:
        return store_write_gap(s, op, err);
    }
    return sw_err_set(err, SW_E_INVAL, op->kind, "store: a change of kind %d", op->kind);
}

/* What SQLite will never take must not hold up everything behind it; a number that was given is accounted for. */
static int write_or_reject(struct sw_store *s, const struct store_op *op, struct sw_err *err)
{
    const bool is_numbered =
        op->kind == STORE_OP_DOCUMENT || op->kind == STORE_OP_CHECKPOINT || op->kind == STORE_OP_GAP;
    int rc = write_op(s, op, err);

    if (rc != SW_E_INVAL)
        return rc;
    s->rejected++;
    sw_log(SW_LOG_ERR, "store: a change was refused: %s", err->msg);
    if (!is_numbered || op->a < 0)
        return SW_OK;
    s->last_seq = SW_MAX(s->last_seq, op->a);
    return store_gap_add(s, op->class, STORE_GAP_SHED, op->a, UINT32_MAX, err);
}

/* A turn, its checkpoint last: it signs the head as it is after the turn. */
static int write_turn(struct sw_store *s, const struct store_turn *t, struct sw_err *err)
{
    for (int is_last = 0; is_last < 2; is_last++) {
        for (size_t at = 0; at < t->ops_len;) {
            const struct store_op *op = (const struct store_op *) (const void *) (t->ops + at);
            int rc = (op->kind == STORE_OP_CHECKPOINT) == is_last ? write_or_reject(s, op, err) : SW_OK;

            if (rc < 0)
                return rc;
            at += op->size;
        }
    }
    return SW_OK;
}

int store_write_ops(struct sw_store *s, struct sw_err *err)
{
    int rc = SW_OK;

    for (const struct store_turn *t = s->batch; t && rc == SW_OK; t = t->next)
        rc = write_turn(s, t, err);
    if (rc == SW_OK && s->last_seq != s->written_seq)
        rc = store_meta_put_number(s, "seq", (uint64_t) s->last_seq, err);
    return rc;
}

int store_write_time(struct sw_store *s, struct sw_err *err)
{
    const struct store_turn *t = s->batch_last;

    /* a row of the tail that this transaction put says how far the run has got: no other page is written for it */
    if (!t || t->until_us == INT64_MIN || (s->tail_number && !s->batch_last->is_last))
        return SW_OK;
    sw_db_bind_int(s->stmt[STORE_RUN_TIME], 1, t->until_us);
    sw_db_bind_int(s->stmt[STORE_RUN_TIME], 2, t->is_last);
    return sw_db_run(s->stmt[STORE_RUN_TIME], err);
}
