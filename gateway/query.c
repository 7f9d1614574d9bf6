// SPDX-License-Identifier: Apache-2.0
/* The query worker and its reader. Two mailboxes of pointers, one there and one back; the core counts what is under
 * way, so neither can overflow. */
#include "gateway/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/macros.h"
#include "common/mailbox.h"
#include "gateway/evidence.h"

#define BEAT_US SW_US_PER_S
#define STACK_BYTES (1024 * 1024)

struct core_queries {
    char path[SW_PATH_SIZE + 32];
    struct sw_mailbox *asked, *answered; /* of struct core_query * */
    struct sw_worker *worker;
    struct sw_source *source;
    size_t n_waiting; /* core's thread */
};

/* ---- the reader ---- */

/* Windows of one minute are keyed by period, from_us, sensor: a range of them is one piece of the tree. A ticket is
 * looked for among those that changed within 45 days from the window on: open ones are at the desk anyway, and a year
 * of ended ones need not be read. */
static const char *const sql[QUERY_STMT__COUNT] = {
    [QUERY_WINDOWS] =
        "SELECT from_us, sensor, window_json(body) FROM window WHERE period = '1m' AND from_us >= ?1 AND from_us < ?2",
    [QUERY_NEWEST] = "SELECT max(from_us) FROM window WHERE period = '1m'",
    [QUERY_SENSOR] = "SELECT num FROM sensor WHERE id = ?1",
    [QUERY_BLOCKS] =
        "SELECT body FROM block WHERE id >= ?1 << 24 AND id < ?2 << 24 AND (id & 0xffffff) = (?3 << 8) + ?4",
    [QUERY_TAIL] = "SELECT body FROM tail WHERE t_us >= ?1 ORDER BY id",
    [QUERY_TICKETS] = "SELECT json FROM ticket WHERE changed_us >= ?1 AND changed_us < ?1 + 3888000000000"
                      " AND json_extract(json, '$.opened_us') < ?2 ORDER BY changed_us LIMIT 64",
    [QUERY_TICKET] = "SELECT json FROM ticket WHERE id = ?1",
    [QUERY_REVISIONS] =
        "SELECT r.revision, r.n, lower(hex(c.hash)) FROM ticket_revision r LEFT JOIN chain c ON c.n = r.n"
        " WHERE r.ticket = ?1 ORDER BY r.revision DESC LIMIT ?2",
    [QUERY_SERIES] = "SELECT from_us, window_json(body) FROM window"
                     " WHERE period = ?1 AND from_us >= ?2 AND from_us < ?3 AND sensor = ?4",
    [QUERY_EXPORT] = "SELECT from_us, sensor, window_json(body) FROM window WHERE period = ?1"
                     " AND (from_us > ?2 OR (from_us = ?2 AND sensor > ?3)) AND from_us >= ?2 AND from_us < ?4"
                     " ORDER BY from_us, sensor LIMIT ?5",
    [QUERY_COUNTED] = "SELECT from_us, sensor, json_extract(window_json(body), '$.n') FROM window"
                      " WHERE period = '1m' AND from_us >= ?1 AND from_us < ?2 ORDER BY from_us",
    [QUERY_MEDIA] = "SELECT sha256, kind, max(taken_us) FROM media WHERE taken_us >= ?1 AND taken_us < ?2"
                    " AND sha256 IS NOT NULL AND gone_us IS NULL GROUP BY sha256 ORDER BY 3 LIMIT ?3",
};

static int open_reader(struct query_reader *r, struct sw_err *err)
{
    return r->db ? SW_OK : sw_db_open(r->path, true, &r->db, err);
}

struct sw_db_stmt *query_stmt(struct query_reader *r, enum query_stmt which, struct sw_err *err)
{
    if (open_reader(r, err) < 0)
        return NULL;
    if (!r->stmt[which] && sw_db_prepare(r->db, sql[which], &r->stmt[which], err) < 0)
        return NULL;
    return r->stmt[which];
}

int query_begin(struct query_reader *r, struct sw_err *err)
{
    int rc = open_reader(r, err);

    return rc < 0 ? rc : sw_db_exec(r->db, "BEGIN", err);
}

void query_end(struct query_reader *r)
{
    for (size_t i = 0; i < QUERY_STMT__COUNT; i++)
        if (r->stmt[i])
            sw_db_reset(r->stmt[i]);
    if (r->db)
        sw_db_rollback(r->db);
}

void query_reader_close(struct query_reader *r)
{
    for (size_t i = 0; i < QUERY_STMT__COUNT; i++)
        r->stmt[i] = sw_db_finalize(r->stmt[i]);
    r->db = sw_db_close(r->db);
}

/* ---- the worker ---- */

static void work(struct sw_worker *self, void *ctx)
{
    struct core_queries *qs = ctx;
    struct query_reader reader = {.path = qs->path, .self = self};
    struct core_query *q;

    while (!sw_worker_should_stop(self)) {
        sw_worker_beat(self);
        if (!sw_mailbox_wait(qs->asked, BEAT_US) || sw_mailbox_take(qs->asked, &q, 1) == 0)
            continue;
        if (!q) /* the core's word for "stop" */
            break;
        q->run(q, &reader);
        sw_mailbox_post(qs->answered, &q, 1, false); /* there is room: no more are under way than it holds */
    }
    query_reader_close(&reader);
}

static void take_answers(struct core_queries *qs)
{
    struct core_query *q;

    while (sw_mailbox_take(qs->answered, &q, 1)) {
        qs->n_waiting--;
        q->done(q, true);
    }
}

static void on_answered(void *ctx, int fd, uint32_t events)
{
    (void) fd;
    (void) events;
    take_answers(ctx);
}

int core_queries_new(struct sw_loop *loop, const char *path, struct core_queries **ret, struct sw_err *err)
{
    struct core_queries *qs = calloc(1, sizeof(*qs));
    int rc;

    if (!qs)
        return sw_err_set(err, SW_E_NOMEM, 0, "queries: out of memory");
    (void) snprintf(qs->path, sizeof(qs->path), "%s", path);
    rc = sw_mailbox_new(CORE_QUERIES_MAX + 1, 1, sizeof(struct core_query *), &qs->asked, err);
    if (rc == SW_OK)
        rc = sw_mailbox_new(CORE_QUERIES_MAX, 0, sizeof(struct core_query *), &qs->answered, err);
    if (rc == SW_OK)
        rc = sw_loop_add_io(loop, sw_mailbox_fd(qs->answered), EPOLLIN, on_answered, qs, &qs->source, err);
    if (rc == SW_OK)
        rc = sw_worker_start("query", work, qs, STACK_BYTES, &qs->worker, err);
    if (rc < 0) {
        core_queries_free(qs);
        return rc;
    }
    *ret = qs;
    return SW_OK;
}

struct core_queries *core_queries_free(struct core_queries *qs)
{
    struct core_query *q = NULL;

    if (!qs)
        return NULL;
    if (qs->worker)
        sw_mailbox_post(qs->asked, &q, 1, true); /* wakes it at once */
    sw_worker_stop(qs->worker);
    sw_source_free(qs->source);
    if (qs->answered)
        take_answers(qs);
    while (qs->asked && sw_mailbox_take(qs->asked, &q, 1))
        if (q) {
            qs->n_waiting--;
            q->done(q, false);
        }
    sw_mailbox_free(qs->asked);
    sw_mailbox_free(qs->answered);
    free(qs);
    return NULL;
}

int core_queries_post(struct core_queries *qs, struct core_query *q, struct sw_err *err)
{
    if (qs->n_waiting >= CORE_QUERIES_MAX || sw_mailbox_post(qs->asked, &q, 1, false) == 0)
        return sw_err_set(err, SW_E_FULL, SW_REFUSAL_OVERLOADED,
                          "%d questions are waiting already: ask again in some seconds", CORE_QUERIES_MAX);
    qs->n_waiting++;
    return SW_OK;
}

size_t core_queries_waiting(const struct core_queries *qs)
{
    return qs->n_waiting;
}
