// SPDX-License-Identifier: Apache-2.0
/* Numbers of gateways: in memory while they come, in their rows with the documents of the same transaction; and the
 * table of gaps, which follows from them and is brought in line now and then. */
#include "hub/store_int.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/log.h"

static size_t slot_of(int64_t gateway, const char *epoch)
{
    return (size_t) sw_hash_bytes(sw_hash_text(epoch), &gateway, sizeof(gateway)) & (STORE_SLOTS - 1);
}

void store_forget_sources(struct hub_store *s)
{
    for (size_t i = 0; i < STORE_SLOTS; i++)
        while (s->slots[i]) {
            struct store_source *next = s->slots[i]->next;

            hub_seen_done(&s->slots[i]->seen);
            free(s->slots[i]);
            s->slots[i] = next;
        }
    s->dirty = NULL;
    s->must_mark_all = true;
}

/* @return 1 it was there; 0 it is not; below zero */
static int load(struct hub_store *s, struct store_source *to, struct sw_err *err)
{
    struct sw_db_stmt *st = s->sql[SQL_SOURCE_FIND];
    size_t len = 0;
    int rc;

    sw_db_bind_int(st, 1, to->gateway);
    sw_db_bind_text(st, 2, to->epoch);
    rc = sw_db_step(st, err);
    if (rc <= 0)
        return rc;
    to->id = sw_db_int(st, 0);
    to->seen.low = sw_db_int(st, 1);
    to->seen.is_full = sw_db_int(st, 2) != 0;
    const unsigned char *bytes = sw_db_blob(st, 3, &len);
    rc = hub_seen_unpack(&to->seen, bytes, len);
    sw_db_reset(st);
    if (rc == SW_E_NOMEM)
        return sw_err_set(err, rc, 0, "store: out of memory");
    if (rc < 0) { /* documents are more than the book about them: go on, and say that the book is not whole */
        to->seen.is_full = true;
        sw_log(SW_LOG_ERR, "%s: the numbers of epoch %s are damaged: what was missing of it is not known", s->path,
               to->epoch);
    }
    return 1;
}

static int create(struct hub_store *s, struct store_source *to, struct sw_err *err)
{
    struct sw_db_stmt *st = s->sql[SQL_SOURCE_NEW];
    int rc;

    sw_db_bind_int(st, 1, to->gateway);
    sw_db_bind_text(st, 2, to->epoch);
    sw_db_bind_int(st, 3, HUB_EPOCHS_A_GATEWAY_MAX);
    rc = sw_db_step(st, err);
    if (rc == 1)
        to->id = sw_db_int(st, 0);
    sw_db_reset(st);
    return rc < 0 ? rc : rc == 1 ? SW_OK : sw_err_set(err, SW_E_INVAL, 0, "more epochs than a gateway may have");
}

int store_source_of(struct hub_store *s, int64_t gateway, const char *epoch, struct store_source **ret,
                    struct sw_err *err)
{
    const size_t slot = slot_of(gateway, epoch);
    struct store_source *at;
    int rc;

    for (at = s->slots[slot]; at; at = at->next)
        if (at->gateway == gateway && strcmp(at->epoch, epoch) == 0) {
            *ret = at;
            return SW_OK;
        }
    at = calloc(1, sizeof(*at));
    if (!at)
        return sw_err_set(err, SW_E_NOMEM, 0, "store: out of memory");
    at->gateway = gateway;
    strncpy(at->epoch, epoch, sizeof(at->epoch) - 1);
    rc = load(s, at, err);
    if (rc == 0)
        rc = create(s, at, err);
    if (rc < 0) {
        hub_seen_done(&at->seen);
        free(at);
        return rc;
    }
    at->next = s->slots[slot];
    s->slots[slot] = at;
    *ret = at;
    return SW_OK;
}

static int write_source(struct hub_store *s, struct store_source *of, struct sw_err *err)
{
    struct sw_db_stmt *st = s->sql[SQL_SOURCE_WRITE];

    sw_db_bind_int(st, 1, of->id);
    sw_db_bind_int(st, 2, of->seen.low);
    sw_db_bind_int(st, 3, of->seen.is_full);
    sw_db_bind_blob(st, 4, s->bytes, hub_seen_pack(&of->seen, s->bytes));
    return sw_db_run(st, err);
}

int store_write_sources(struct hub_store *s, struct sw_err *err)
{
    for (struct store_source *at = s->dirty; at; at = at->next_dirty) {
        const int rc = write_source(s, at, err);

        if (rc < 0)
            return rc;
    }
    while (s->dirty) {
        s->dirty->is_dirty = false;
        s->dirty = s->dirty->next_dirty;
    }
    return SW_OK;
}

void store_source_changed(struct hub_store *s, struct store_source *of)
{
    of->wants_marks = true;
    if (of->is_dirty)
        return;
    of->is_dirty = true;
    of->next_dirty = s->dirty;
    s->dirty = of;
}

/* ---- the table of gaps ---- */

struct open_gap {
    int64_t id, from, to, since_us;
};

static int load_open(struct hub_store *s, int64_t source, struct open_gap *to, size_t cap, size_t *ret_n,
                     struct sw_err *err)
{
    struct sw_db_stmt *st = s->sql[SQL_GAP_OPEN];
    int rc;

    *ret_n = 0;
    sw_db_bind_int(st, 1, source);
    while ((rc = sw_db_step(st, err)) == 1 && *ret_n < cap)
        to[(*ret_n)++] = (struct open_gap){sw_db_int(st, 0), sw_db_int(st, 1), sw_db_int(st, 2), sw_db_int(st, 3)};
    sw_db_reset(st);
    return rc;
}

static int add_gap(struct hub_store *s, int64_t source, const struct hub_run *run, int64_t since_us, struct sw_err *err)
{
    struct sw_db_stmt *st = s->sql[SQL_GAP_NEW];

    sw_db_bind_int(st, 1, source);
    sw_db_bind_int(st, 2, run->from);
    sw_db_bind_int(st, 3, run->to);
    sw_db_bind_int(st, 4, since_us);
    return sw_db_run(st, err);
}

/* One that was is no more as it was: nothing of it is missing now (closed), or less, or more (dropped: its parts are
 * holes of their own and keep the time). */
static int end_gap(struct hub_store *s, const struct open_gap *gap, bool is_closed, int64_t now_us, struct sw_err *err)
{
    struct sw_db_stmt *st = s->sql[is_closed ? SQL_GAP_CLOSE : SQL_GAP_DROP];

    sw_db_bind_int(st, 1, gap->id);
    if (is_closed)
        sw_db_bind_int(st, 2, now_us);
    return sw_db_run(st, err);
}

/* Both lists are in order. */
static int mark_source(struct hub_store *s, struct store_source *of, struct open_gap *open, int64_t now_us,
                       struct sw_err *err)
{
    const size_t n_holes = SW_MIN(hub_seen_holes(&of->seen, s->holes, HUB_SEEN_RUNS_MAX), (size_t) HUB_SEEN_RUNS_MAX);
    size_t n_open, k = 0;
    int rc = load_open(s, of->id, open, HUB_SEEN_RUNS_MAX, &n_open, err);

    for (size_t i = 0; rc >= 0 && i < n_open; i++) {
        bool is_same = false, is_missing = false;

        while (k < n_holes && s->holes[k].to < open[i].from)
            k++;
        for (size_t j = k; j < n_holes && s->holes[j].from <= open[i].to; j++) {
            is_missing = true;
            is_same = is_same || (s->holes[j].from == open[i].from && s->holes[j].to == open[i].to);
        }
        if (!is_same)
            rc = end_gap(s, &open[i], !is_missing, now_us, err);
    }
    k = 0;
    for (size_t j = 0; rc >= 0 && j < n_holes; j++) {
        int64_t since_us = now_us;
        bool is_same = false;

        while (k < n_open && open[k].to < s->holes[j].from)
            k++;
        for (size_t i = k; i < n_open && open[i].from <= s->holes[j].to; i++) {
            since_us = SW_MIN(since_us, open[i].since_us);
            is_same = is_same || (s->holes[j].from == open[i].from && s->holes[j].to == open[i].to);
        }
        if (!is_same)
            rc = add_gap(s, of->id, &s->holes[j], since_us, err);
    }
    return rc;
}

/* After a start, or when the memory was given up: every gateway is looked at. */
static int load_all(struct hub_store *s, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(s->db, "SELECT gateway, epoch FROM source", &st, err);

    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        struct store_source *of;
        const char *epoch = sw_db_text(st, 1, NULL);

        rc = store_source_of(s, sw_db_int(st, 0), epoch, &of, err);
        if (rc >= 0)
            of->wants_marks = true;
    }
    sw_db_finalize(st);
    return rc;
}

static int mark_all(struct hub_store *s, struct open_gap *open, int64_t now_us, struct sw_err *err)
{
    int rc = s->must_mark_all ? load_all(s, err) : SW_OK;

    for (size_t i = 0; rc >= 0 && i < STORE_SLOTS; i++)
        for (struct store_source *at = s->slots[i]; rc >= 0 && at; at = at->next)
            if (at->wants_marks)
                rc = mark_source(s, at, open, now_us, err);
    return rc;
}

int hub_store_mark_gaps(struct hub_store *s, int64_t now_us, struct sw_err *err)
{
    struct open_gap *open = calloc(HUB_SEEN_RUNS_MAX, sizeof(*open));
    int rc = open ? sw_db_begin(s->db, err) : sw_err_set(err, SW_E_NOMEM, 0, "store: out of memory");

    if (rc >= 0)
        rc = mark_all(s, open, now_us, err);
    free(open);
    if (rc >= 0)
        rc = sw_db_commit(s->db, err);
    if (rc < 0) {
        hub_store_rollback(s);
        return rc;
    }
    s->must_mark_all = false;
    for (size_t i = 0; i < STORE_SLOTS; i++)
        for (struct store_source *at = s->slots[i]; at; at = at->next)
            at->wants_marks = false;
    return SW_OK;
}
