// SPDX-License-Identifier: Apache-2.0
/* Numbers of the outbox that will never be sent, as exact runs, until they are announced. They are written with the
 * change that made them and deleted with the announcement, each in one transaction: whenever the power goes away, a
 * number is in the outbox, among the runs, or in an announcement that is in the outbox. */
#include "gateway/store_int.h"
#include "io/document.h"

#define RUNS_MAX 512 /* in one document: about 12 KB */

static const char *class_name(int class)
{
    switch (class) {
    case SW_DOCUMENT_TICKET:
        return "ticket";
    case SW_DOCUMENT_WINDOW_1M:
        return "window-1m";
    case SW_DOCUMENT_WINDOW:
        return "window";
    default:
        return "document";
    }
}

static const char *reason_name(int reason)
{
    switch (reason) {
    case STORE_GAP_SUPERSEDED:
        return "superseded";
    case STORE_GAP_REFUSED:
        return "refused";
    default:
        return "shed";
    }
}

/* At the ceiling the run of its kind before or behind it grows up to it, and names the numbers between as well: these
 * arrive all the same, which a receiver is told to expect. A number is given up a second time when one destination will
 * never take it and there is no room for the other. A new run is the last way, for the first of a kind. */
int store_gap_add(struct sw_store *s, int class, enum store_gap_reason reason, int64_t seq, uint32_t todo,
                  struct sw_err *err)
{
    static const enum store_stmt ways[] = {STORE_GAP_AGAIN, STORE_GAP_EXTEND, STORE_GAP_JOIN_BEFORE,
                                           STORE_GAP_JOIN_AFTER, STORE_GAP_PUT};
    const bool is_bounded = s->tally.gaps >= STORE_GAP_RUNS_MAX;
    int rc = SW_OK;

    for (size_t i = 0; i < SW_ARRAY_SIZE(ways); i++) {
        struct sw_db_stmt *st = s->stmt[ways[i]];

        if (!is_bounded && (ways[i] == STORE_GAP_JOIN_BEFORE || ways[i] == STORE_GAP_JOIN_AFTER))
            continue;
        sw_db_bind_int(st, 1, seq);
        sw_db_bind_int(st, 2, class);
        sw_db_bind_int(st, 3, reason);
        sw_db_bind_int(st, 4, todo);
        rc = sw_db_run(st, err);
        if (rc < 0 || (ways[i] != STORE_GAP_PUT && sw_db_changes(s->db) > 0))
            return rc;
    }
    s->tally.gaps++;
    return rc;
}

/* A run as a whole, beside those that there are: where they meet a number is named twice, which does no harm. At the
 * ceiling the run of its kind before it grows over it. */
static int add_run(struct sw_store *s, int class, int reason, const struct sw_gap_run *run, uint32_t todo,
                   struct sw_err *err)
{
    static const char *const ways[] = {
        ("UPDATE gap SET last = max(last, ?2), todo = todo | ?5 WHERE first ="
         " (SELECT max(first) FROM gap WHERE first <= ?1 AND class = ?3 AND reason = ?4)"),
        "UPDATE gap SET last = max(last, ?2), todo = todo | ?5 WHERE first = ?1",
        "INSERT INTO gap(first, last, class, reason, todo) VALUES(?1, ?2, ?3, ?4, ?5)",
    };
    const bool is_bounded = s->tally.gaps >= STORE_GAP_RUNS_MAX;
    int64_t changes = 0;
    int rc = SW_OK;

    for (size_t i = is_bounded ? 0 : 1; i < SW_ARRAY_SIZE(ways) && rc == SW_OK && changes == 0; i++) {
        struct sw_db_stmt *st = NULL;

        rc = sw_db_prepare(s->db, ways[i], &st, err);
        if (rc < 0)
            return rc;
        sw_db_bind_int(st, 1, run->from);
        sw_db_bind_int(st, 2, run->to);
        sw_db_bind_int(st, 3, class);
        sw_db_bind_int(st, 4, reason);
        sw_db_bind_int(st, 5, todo);
        rc = sw_db_run(st, err);
        changes = rc == SW_OK ? sw_db_changes(s->db) : 0;
        s->tally.gaps += i == 2 && changes > 0;
        sw_db_finalize(st);
    }
    return rc;
}

static int class_named(const char *name)
{
    for (int class = SW_DOCUMENT_TICKET; class <= SW_DOCUMENT_WINDOW; class ++)
        if (strcmp(name, class_name(class)) == 0)
            return class;
    return SW_DOCUMENT_KEPT;
}

static int reason_named(const char *name)
{
    int reason = STORE_GAP_REFUSED;

    while (reason > STORE_GAP_SHED && strcmp(name, reason_name(reason)) != 0)
        reason--;
    return reason;
}

int store_gap_again(struct sw_store *s, int64_t id, uint32_t todo, struct sw_err *err)
{
    static const char sql[] =
        "WITH said(text) AS (SELECT CAST(payload AS TEXT) FROM outbox WHERE id = ?1)"
        " SELECT value ->> 0, value ->> 1, text ->> 'class', text ->> 'reason' FROM said, json_each(text, '$.ranges')"
        " WHERE json_valid(text) LIMIT ?2";
    struct sw_gap_run runs[RUNS_MAX];
    int class = SW_DOCUMENT_KEPT, reason = STORE_GAP_SHED;
    struct sw_db_stmt *st = NULL;
    size_t n = 0;
    int rc = sw_db_prepare(s->db, sql, &st, err);

    if (rc < 0)
        return rc;
    sw_db_bind_int(st, 1, id);
    sw_db_bind_int(st, 2, RUNS_MAX);
    while (n < RUNS_MAX && (rc = sw_db_step(st, err)) == 1) {
        const char *class_said = sw_db_text(st, 2, NULL), *reason_said = sw_db_text(st, 3, NULL);

        runs[n++] = (struct sw_gap_run){.from = sw_db_int(st, 0), .to = sw_db_int(st, 1)};
        class = class_named(class_said ? class_said : "");
        reason = reason_named(reason_said ? reason_said : "");
    }
    sw_db_finalize(st);
    for (size_t i = 0; i < n && rc >= 0; i++)
        rc = add_run(s, class, reason, &runs[i], todo, err);
    return rc < 0 ? rc : SW_OK;
}

static uint32_t attached_bits(const struct sw_store *s)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < s->n_destinations; i++)
        if (s->destination[i].attached)
            bits |= s->destination[i].bit;
    return bits;
}

/* @return 1 there is a kind of runs that one of these destinations misses; 0 none; below zero */
static int find_kind(struct sw_store *s, uint32_t bits, int64_t *ret_class, int64_t *ret_reason, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_GAP_FIND];
    int rc;

    sw_db_bind_int(st, 1, bits);
    rc = sw_db_step(st, err);
    if (rc == 1) {
        *ret_class = sw_db_int(st, 0);
        *ret_reason = sw_db_int(st, 1);
    }
    sw_db_reset(st);
    return rc;
}

/* While nobody is there to read it, runs grow together instead of filling the outbox with announcements. */
bool store_gap_is_wanted(struct sw_store *s)
{
    const uint32_t bits = attached_bits(s);
    int64_t class, reason;

    return s->render_gap && s->tally.gaps > 0 && bits && find_kind(s, bits, &class, &reason, NULL) == 1;
}

static int read_runs(struct sw_store *s, int64_t class, int64_t reason, struct sw_gap_run *runs, size_t *ret_n,
                     struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_GAP_RUNS];
    size_t n = 0;
    int rc = 1;

    sw_db_bind_int(st, 1, class);
    sw_db_bind_int(st, 2, reason);
    while (n < RUNS_MAX && (rc = sw_db_step(st, err)) == 1) {
        runs[n].from = sw_db_int(st, 0);
        runs[n++].to = sw_db_int(st, 1);
    }
    sw_db_reset(st);
    *ret_n = n;
    return rc < 0 ? rc : SW_OK;
}

static int forget_runs(struct sw_store *s, int64_t class, int64_t reason, int64_t last, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_GAP_DELETE];
    int rc;

    sw_db_bind_int(st, 1, class);
    sw_db_bind_int(st, 2, reason);
    sw_db_bind_int(st, 3, last);
    rc = sw_db_run(st, err);
    if (rc == SW_OK)
        s->tally.gaps -= sw_db_changes(s->db);
    return rc;
}

int store_write_gap(struct sw_store *s, const struct store_op *op, struct sw_err *err)
{
    struct sw_gap_run runs[RUNS_MAX] = {{.from = op->a, .to = op->a}};
    int64_t class = SW_DOCUMENT_KEPT, reason = STORE_GAP_SHED;
    struct sw_gap v = {.ts_us = op->b, .runs = runs, .n_runs = 1};
    struct store_row r = {.seq = op->a, .lane = SW_LANE_ALARM, .class = SW_DOCUMENT_GAP, .topic = s->gap_topic};
    int rc = find_kind(s, attached_bits(s), &class, &reason, err);

    if (rc == 0) /* whom it was for went away meanwhile: its number is used up, so it says what there is */
        rc = find_kind(s, UINT32_MAX, &class, &reason, err);
    if (rc == 1)
        rc = read_runs(s, class, reason, runs, &v.n_runs, err);
    if (rc < 0)
        return rc;
    v.class = class_name((int) class);
    v.reason = reason_name((int) reason);
    r.payload = store_scratch(s);
    r.len = r.payload ? s->render_gap(s->render_ctx, &v, op->a, s->canonical, STORE_SCRATCH_SIZE) : 0;
    if (!r.len)
        return sw_err_set(err, SW_E_INVAL, 0, "store: what was shed cannot be announced");
    rc = store_outbox_put(s, &r, err); /* first: were it refused, the runs must stay */
    return rc < 0 ? rc : forget_runs(s, class, reason, runs[v.n_runs - 1].from, err);
}

int sw_store_put_gap(struct sw_store *s, int64_t seq, int64_t at_us)
{
    if (!s->render_gap)
        return SW_E_INVAL;
    return store_stage(s, (struct store_op){.kind = STORE_OP_GAP, .a = seq, .b = at_us}, NULL, 0);
}

bool sw_store_has_gap(struct sw_store *s)
{
    return s->has_gap;
}
