// SPDX-License-Identifier: Apache-2.0
/* The tables of commands and complaints: what was asked of the gateway, with its first answer, and the little that is
 * kept of a complaint. Their rows inside the writer's transaction, and reading them back on a reader of its own. */
#include <stdio.h>
#include <string.h>

#include "gateway/store_int.h"

#define COMMAND_COLUMNS "at_us, kind, actor, id, content, json, answer"

/* ---- staging, core's thread ---- */

int sw_store_put_command(struct sw_store *s, const struct sw_store_command *c)
{
    const struct store_text texts[] = {store_text_of(c->actor), store_text_of(c->id),
                                       store_text_of(c->kind),  store_text_of(c->content_sha256),
                                       {c->json, c->len},       {c->answer, c->answer ? c->answer_len : 0}};

    if (!c->actor || !c->id || !*c->id || !c->kind || !*c->kind || strcmp(c->kind, "prune") == 0 || !c->json ||
        c->len > SW_STORE_PAYLOAD_MAX || texts[5].len > SW_STORE_PAYLOAD_MAX)
        return SW_E_INVAL;
    return store_stage(s, (struct store_op){.kind = STORE_OP_COMMAND, .has_props = c->answer != NULL, .a = c->at_us},
                       texts, SW_ARRAY_SIZE(texts));
}

int sw_store_put_complaint(struct sw_store *s, const struct sw_complaint_kept *k)
{
    const struct store_text texts[] = {{(const char *) k, sizeof(*k)}};

    if (!*k->service_request_id)
        return SW_E_INVAL;
    return store_stage(s, (struct store_op){.kind = STORE_OP_COMPLAINT}, texts, 1);
}

int sw_store_put_entry(struct sw_store *s, enum sw_chain_kind kind, int64_t at_us, const char *json, size_t len)
{
    const struct store_text texts[] = {{json, len}};

    if ((kind != SW_CHAIN_CLOCK && kind != SW_CHAIN_BOOT && kind != SW_CHAIN_KEY) || !json ||
        len > SW_STORE_PAYLOAD_MAX)
        return SW_E_INVAL;
    return store_stage(s, (struct store_op){.kind = STORE_OP_ENTRY, .lane = (uint8_t) kind, .a = at_us}, texts, 1);
}

int sw_store_put_checkpoint(struct sw_store *s, int64_t seq, int64_t at_us)
{
    if (!s->key || !s->render_checkpoint || seq < 0)
        return SW_E_INVAL;
    return store_stage(s, (struct store_op){.kind = STORE_OP_CHECKPOINT, .lane = SW_LANE_ALARM, .a = seq, .b = at_us},
                       NULL, 0);
}

/* ---- writing ---- */

int store_write_command(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err)
{
    struct store_entry e = {.kind = SW_CHAIN_COMMAND, .at_us = op->a, .ref = text[1]};
    struct sw_db_stmt *st = s->stmt[STORE_COMMAND_PUT];
    int rc;

    e.body = store_canonical(s, text[4], op->len[4], &e.len, err);
    if (!e.body)
        return SW_E_NOMEM;
    sw_db_bind_int(st, 1, (int64_t) s->head.n + 1);
    sw_db_bind_int(st, 2, op->a);
    sw_db_bind_text(st, 3, text[2]);
    sw_db_bind_text(st, 4, text[0]);
    sw_db_bind_text(st, 5, text[1]);
    sw_db_bind_text(st, 6, text[3]);
    sw_db_bind_textn(st, 7, e.body, e.len);
    if (op->has_props)
        sw_db_bind_textn(st, 8, text[5], op->len[5]);
    else
        sw_db_bind_null(st, 8);
    rc = sw_db_run(st, err);
    return rc < 0 ? rc : store_chain_append(s, &e, err);
}

int store_write_complaint(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_COMPLAINT_PUT];
    struct sw_complaint_kept k;

    if (op->len[0] != sizeof(k))
        return sw_err_set(err, SW_E_INVAL, 0, "store: a complaint's row of %u bytes", op->len[0]);
    memcpy(&k, text[0], sizeof(k));
    sw_db_bind_text(st, 1, k.service_request_id);
    sw_db_bind_int(st, 2, k.at_us);
    sw_db_bind_int(st, 3, k.occurred_us);
    sw_db_bind_text(st, 4, k.service_code);
    sw_db_bind_text(st, 5, k.caller_ref);
    sw_db_bind_int(st, 6, k.distance_m);
    sw_db_bind_text(st, 7, sw_answer_code_name(k.code));
    sw_db_bind_text(st, 8, sw_complaint_outcome_name(k.outcome));
    sw_db_bind_text(st, 9, k.ticket);
    sw_db_bind_int(st, 10, k.window_us);
    sw_db_bind_text(st, 11, k.counted_in);
    sw_db_bind_int(st, 12, k.is_repeat_caller);
    return sw_db_run(st, err);
}

/* ---- reading back ---- */

static void take_command(struct sw_db_stmt *st, struct sw_store_command *ret)
{
    *ret = (struct sw_store_command){.at_us = sw_db_int(st, 0),
                                     .kind = sw_db_text(st, 1, NULL),
                                     .actor = sw_db_text(st, 2, NULL),
                                     .id = sw_db_text(st, 3, NULL),
                                     .content_sha256 = sw_db_text(st, 4, NULL)};
    ret->json = sw_db_text(st, 5, &ret->len);
    ret->answer = sw_db_text(st, 6, &ret->answer_len);
}

int sw_store_load_commands(struct sw_store *s, int64_t since_us, sw_store_command_fn fn, void *ctx, struct sw_err *err)
{
    struct store_query q;
    int rc = store_query_open(
        s, "SELECT " COMMAND_COLUMNS " FROM command WHERE at_us >= ?1 AND kind <> 'prune' ORDER BY n", &q, err);

    if (rc < 0)
        return rc;
    sw_db_bind_int(q.st, 1, since_us);
    while ((rc = sw_db_step(q.st, err)) == 1) {
        struct sw_store_command c;

        take_command(q.st, &c);
        rc = fn(ctx, &c);
        if (rc < 0)
            break;
    }
    store_query_close(&q);
    return rc;
}

int sw_store_find_command(struct sw_store *s, const char *actor, const char *id, sw_store_command_fn fn, void *ctx,
                          struct sw_err *err)
{
    struct store_query q;
    int rc =
        store_query_open(s, "SELECT " COMMAND_COLUMNS " FROM command WHERE actor = ?1 AND id = ?2 ORDER BY n", &q, err);
    bool is_found = false;

    if (rc < 0)
        return rc;
    sw_db_bind_text(q.st, 1, actor);
    sw_db_bind_text(q.st, 2, id);
    while ((rc = sw_db_step(q.st, err)) == 1) {
        struct sw_store_command c;

        take_command(q.st, &c);
        is_found = true;
        rc = fn(ctx, &c);
        if (rc < 0)
            break;
    }
    store_query_close(&q);
    if (rc == 0 && !is_found)
        rc = sw_err_set(err, SW_E_NOTFOUND, 0, "no command %.40s of %.40s is kept", id, actor);
    return rc;
}

static void take_text(struct sw_db_stmt *st, int at, char *buf, size_t cap)
{
    snprintf(buf, cap, "%s", sw_db_text(st, at, NULL));
}

static int take_complaint(struct sw_db_stmt *st, struct sw_complaint_kept *ret, struct sw_err *err)
{
    int code = sw_answer_code_from_name(sw_db_text(st, 6, NULL));
    int outcome = sw_complaint_outcome_from_name(sw_db_text(st, 7, NULL));

    if (code < 0 || outcome < 0)
        return sw_err_set(err, SW_E_CORRUPT, 0, "complaint %.60s: '%.20s', '%.20s' are not words of ours",
                          sw_db_text(st, 0, NULL), sw_db_text(st, 6, NULL), sw_db_text(st, 7, NULL));
    *ret = (struct sw_complaint_kept){.at_us = sw_db_int(st, 1),
                                      .occurred_us = sw_db_int(st, 2),
                                      .distance_m = (int32_t) sw_db_int(st, 5),
                                      .code = (enum sw_answer_code) code,
                                      .outcome = (enum sw_complaint_outcome) outcome,
                                      .window_us = sw_db_int(st, 9),
                                      .is_repeat_caller = sw_db_int(st, 11) != 0};
    take_text(st, 0, ret->service_request_id, sizeof(ret->service_request_id));
    take_text(st, 3, ret->service_code, sizeof(ret->service_code));
    take_text(st, 4, ret->caller_ref, sizeof(ret->caller_ref));
    take_text(st, 8, ret->ticket, sizeof(ret->ticket));
    take_text(st, 10, ret->counted_in, sizeof(ret->counted_in));
    return SW_OK;
}

int sw_store_load_complaints(struct sw_store *s, int64_t since_us, sw_store_complaint_fn fn, void *ctx,
                             struct sw_err *err)
{
    struct store_query q;
    int rc = store_query_open(s,
                              "SELECT service_request_id, at_us, occurred_us, service_code, caller_ref, distance_m,"
                              " code, outcome, ticket, window_us, counted_in, is_repeat_caller FROM complaint"
                              " WHERE at_us >= ?1 ORDER BY at_us, rowid",
                              &q, err);

    if (rc < 0)
        return rc;
    sw_db_bind_int(q.st, 1, since_us);
    while ((rc = sw_db_step(q.st, err)) == 1) {
        struct sw_complaint_kept k;

        rc = take_complaint(q.st, &k, err);
        if (rc == SW_OK)
            rc = fn(ctx, &k);
        if (rc < 0)
            break;
    }
    store_query_close(&q);
    return rc;
}
