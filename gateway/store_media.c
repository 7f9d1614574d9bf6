// SPDX-License-Identifier: Apache-2.0
/* The tables of pictures and of acts: their rows inside the writer's transaction, and reading them back on a reader of
 * its own. The pictures themselves are files; gateway/snapshot_files.c writes and removes them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store_int.h"

#define MEDIA_COLUMNS                                                                                                  \
    "sha256, kind, content_type, bytes, camera, sensor, event, ticket, requested_us, taken_us, latency_ms,"            \
    " first_byte_ms, status, error, gone_us"
#define FINAL_STATUS "('closed', 'averted', 'withdrawn')" /* as sw_store_load_tickets */

static void bind_text(struct sw_db_stmt *st, int at, const char *text)
{
    sw_db_bind_text(st, at, *text ? text : NULL);
}

static void bind_number(struct sw_db_stmt *st, int at, int64_t value)
{
    if (value < 0)
        sw_db_bind_null(st, at);
    else
        sw_db_bind_int(st, at, value);
}

int store_write_media(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_MEDIA_PUT];
    struct sw_store_media m;
    int rc;

    if (op->len[0] != sizeof(m))
        return sw_err_set(err, SW_E_INVAL, 0, "store: a picture's row of %u bytes", op->len[0]);
    memcpy(&m, text[0], sizeof(m));
    bind_text(st, 1, m.sha256);
    sw_db_bind_text(st, 2, m.kind);
    bind_text(st, 3, m.content_type);
    bind_number(st, 4, m.bytes);
    sw_db_bind_text(st, 5, m.camera);
    bind_text(st, 6, m.sensor);
    bind_text(st, 7, m.event);
    bind_text(st, 8, m.ticket);
    sw_db_bind_int(st, 9, m.requested_us);
    bind_number(st, 10, m.taken_us);
    bind_number(st, 11, m.latency_ms);
    bind_number(st, 12, m.first_byte_ms);
    bind_number(st, 13, m.status);
    bind_text(st, 14, m.error);
    rc = sw_db_run(st, err);
    if (rc < 0)
        return rc;
    sw_db_bind_int(s->stmt[STORE_MEDIA_TRIM], 1, STORE_MEDIA_MAX);
    return sw_db_run(s->stmt[STORE_MEDIA_TRIM], err);
}

int store_write_media_gone(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err)
{
    sw_db_bind_text(s->stmt[STORE_MEDIA_GONE], 1, text[0]);
    sw_db_bind_int(s->stmt[STORE_MEDIA_GONE], 2, op->a);
    return sw_db_run(s->stmt[STORE_MEDIA_GONE], err);
}

/* What is hashed must say by itself when it was, and of what: {"at_us","kind","subject", …} in their canonical form.
 * @return heap; NULL: no memory, or the text is no object of ours */
static char *whole_act(const struct store_op *op, const char *const *text, size_t *ret_len)
{
    const size_t cap = op->len[0] + op->len[1] + op->len[2] + 96;
    const bool is_object = op->len[2] >= 2 && text[2][0] == '{';
    char *json = is_object ? malloc(cap) : NULL;

    if (json)
        *ret_len = (size_t) snprintf(json, cap, "{\"at_us\":%lld,\"kind\":\"%s\",\"subject\":\"%s\"%s%s",
                                     (long long) op->a, text[0], text[1], text[2][1] == '}' ? "" : ",", text[2] + 1);
    return json;
}

int store_write_act(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err)
{
    struct store_entry e = {.kind = SW_CHAIN_OUTPUT, .at_us = op->a, .ref = text[1], .has_a = true};
    struct sw_db_stmt *st = s->stmt[STORE_ACT_PUT];
    size_t len = op->len[2];
    char *whole = whole_act(op, text, &len);
    int rc;

    e.body = store_canonical(s, whole ? whole : text[2], len, &e.len, err);
    if (e.body && e.body == whole) /* it is no JSON: chained as it is, as everything else */
        e.body = store_canonical(s, text[2], op->len[2], &e.len, err);
    free(whole);
    if (!e.body)
        return SW_E_NOMEM;
    sw_db_bind_int(st, 1, op->a);
    sw_db_bind_text(st, 2, text[0]);
    sw_db_bind_text(st, 3, text[1]);
    sw_db_bind_textn(st, 4, e.body, e.len);
    rc = sw_db_step(st, err);
    if (rc == 1) {
        e.a = sw_db_int(st, 0);
        rc = sw_db_step(st, err);
    }
    sw_db_reset(st);
    return rc < 0 ? rc : store_chain_append(s, &e, err);
}

/* ---- reading back ---- */

static void take_text(struct sw_db_stmt *st, int at, char *buf, size_t cap)
{
    const char *text = sw_db_text(st, at, NULL);

    snprintf(buf, cap, "%s", text ? text : "");
}

static int64_t take_number(struct sw_db_stmt *st, int at)
{
    return sw_db_text(st, at, NULL) ? sw_db_int(st, at) : -1;
}

static void take_media(struct sw_db_stmt *st, struct sw_store_media *ret, bool *ret_gone)
{
    *ret = (struct sw_store_media){.bytes = take_number(st, 3),
                                   .requested_us = sw_db_int(st, 8),
                                   .taken_us = take_number(st, 9),
                                   .latency_ms = take_number(st, 10),
                                   .first_byte_ms = take_number(st, 11),
                                   .status = (int) take_number(st, 12)};
    take_text(st, 0, ret->sha256, sizeof(ret->sha256));
    take_text(st, 1, ret->kind, sizeof(ret->kind));
    take_text(st, 2, ret->content_type, sizeof(ret->content_type));
    take_text(st, 4, ret->camera, sizeof(ret->camera));
    take_text(st, 5, ret->sensor, sizeof(ret->sensor));
    take_text(st, 6, ret->event, sizeof(ret->event));
    take_text(st, 7, ret->ticket, sizeof(ret->ticket));
    take_text(st, 13, ret->error, sizeof(ret->error));
    *ret_gone = take_number(st, 14) >= 0;
}

int sw_store_load_media(struct sw_store *s, sw_store_media_fn fn, void *ctx, struct sw_err *err)
{
    struct store_query q;
    int rc = store_query_open(s, "SELECT " MEDIA_COLUMNS " FROM media ORDER BY id", &q, err);

    if (rc < 0)
        return rc;
    while ((rc = sw_db_step(q.st, err)) == 1) {
        struct sw_store_media m;
        bool is_gone;

        take_media(q.st, &m, &is_gone);
        rc = fn(ctx, &m, is_gone);
        if (rc < 0)
            break;
    }
    store_query_close(&q);
    return rc;
}

int sw_store_oldest_media(struct sw_store *s, sw_store_oldest_fn fn, void *ctx, struct sw_err *err)
{
    struct store_query q;
    int rc = store_query_open(s,
                              "SELECT m.sha256, max(m.bytes), max(m.taken_us) AS newest,"
                              " max(coalesce(t.status NOT IN " FINAL_STATUS ", 0)) AS is_open"
                              " FROM media m LEFT JOIN ticket t ON t.id = m.ticket"
                              " WHERE m.sha256 IS NOT NULL AND m.gone_us IS NULL"
                              " GROUP BY m.sha256 ORDER BY is_open, newest",
                              &q, err);

    if (rc < 0)
        return rc;
    while ((rc = sw_db_step(q.st, err)) == 1) {
        rc = fn(ctx, sw_db_text(q.st, 0, NULL), sw_db_int(q.st, 1));
        if (rc != 0)
            break;
    }
    store_query_close(&q);
    return rc < 0 ? rc : SW_OK;
}

int sw_store_load_acts(struct sw_store *s, int64_t since_us, sw_store_act_fn fn, void *ctx, struct sw_err *err)
{
    struct store_query q;
    int rc = store_query_open(s, "SELECT kind, subject, at_us, json FROM act WHERE at_us >= ?1 ORDER BY id", &q, err);

    if (rc < 0)
        return rc;
    sw_db_bind_int(q.st, 1, since_us);
    while ((rc = sw_db_step(q.st, err)) == 1) {
        size_t len;
        const char *json = sw_db_text(q.st, 3, &len);

        rc = fn(ctx, sw_db_text(q.st, 0, NULL), sw_db_text(q.st, 1, NULL), sw_db_int(q.st, 2), json, len);
        if (rc < 0)
            break;
    }
    store_query_close(&q);
    return rc;
}
