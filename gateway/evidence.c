// SPDX-License-Identifier: Apache-2.0
/* A question on its way: checked on the core, read on the query worker, completed on the core with what holds now,
 * given to who asked. What the answer says is made in the other files of evidence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/evidence_int.h"

#define MINUTE_US (60 * SW_US_PER_S)

int core_evidence_new(struct sw_core *c, struct sw_err *err)
{
    char path[SW_PATH_SIZE + 32];

    (void) snprintf(path, sizeof(path), "%s/siteward.db", c->site->data_dir);
    return core_queries_new(c->loop, path, &c->queries, err);
}

void core_evidence_free(struct sw_core *c)
{
    c->queries = core_queries_free(c->queries);
}

/* ---- one question ---- */

static void evidence_free(struct core_evidence *e)
{
    free(e->read.stored);
    free(e);
}

static void run(struct core_query *q, struct query_reader *r)
{
    struct core_evidence *e = (struct core_evidence *) q;

    e->rc = evidence_read(&e->read, r, &e->err);
}

static void done(struct core_query *q, bool was_run)
{
    struct core_evidence *e = (struct core_evidence *) q;

    if (!was_run)
        e->rc = sw_err_set(&e->err, SW_E_BUSY, SW_REFUSAL_OVERLOADED, "the gateway stops: ask again later");
    if (e->rc == SW_OK)
        evidence_look(e->core, &e->read);
    e->fn(e->ctx, e->rc == SW_OK ? e : NULL, e->rc == SW_OK ? NULL : &e->err);
    if (!e->is_kept)
        evidence_free(e);
}

/* End of the newest minute whose windows have closed. */
static int64_t complete_us(const struct sw_core *c)
{
    const int64_t closed_us = sw_engine_now_us(c->engine) - c->site->grace_us;

    return closed_us - (closed_us % MINUTE_US + MINUTE_US) % MINUTE_US;
}

/* What closed within the last interval of commits may not be on the disk yet. */
static bool may_be_uncommitted(const struct sw_core *c, int64_t to_us)
{
    const double speed = c->clock->simulated ? c->clock->speed : 1;
    const double interval_us = (double) c->site->store_commit_ms * 1000 * speed;

    return (double) (complete_us(c) - to_us) <= interval_us + MINUTE_US;
}

int core_evidence_ask(struct sw_core *c, const struct sw_evidence_ask *ask, core_evidence_fn fn, void *ctx,
                      struct sw_err *err)
{
    const int64_t now_us = sw_engine_now_us(c->engine);
    struct core_evidence *e = calloc(1, sizeof(*e));
    int rc;

    if (!e)
        return sw_err_set(err, SW_E_NOMEM, SW_REFUSAL_OVERLOADED, "evidence: out of memory");
    *e = (struct core_evidence){.query = {run, done}, .core = c, .fn = fn, .ctx = ctx};
    e->read.site = c->site;
    e->read.f.ask = *ask;
    e->read.f.asked_us = now_us;
    e->read.f.near_m = c->site->complaint_within_m;
    e->read.f.ask.distance_m = ask->has_point ? core_evidence_distance_m(c, ask->lat, ask->lon) : ask->distance_m;
    e->read.f.ask.lat = e->read.f.ask.lon = 0;
    e->read.f.ask.has_point = false;
    rc = evidence_window(ask, now_us, now_us == INT64_MIN ? 0 : complete_us(c), &e->read.f, err);
    if (rc == SW_OK) {
        evidence_parts(c->engine, &e->read.f);
        e->read.waits = may_be_uncommitted(c, e->read.f.to_us);
        rc = core_queries_post(c->queries, &e->query, err);
    }
    if (rc < 0) {
        evidence_free(e);
        return rc;
    }
    if (e->read.waits)
        sw_store_commit(c->store);
    return SW_OK;
}

void core_evidence_keep(struct core_evidence *e)
{
    e->is_kept = true;
}

struct core_evidence *core_evidence_drop(struct core_evidence *e)
{
    if (e)
        evidence_free(e);
    return NULL;
}

int32_t core_evidence_distance_m(const struct sw_core *c, double lat, double lon)
{
    return evidence_distance_m(c->site, lat, lon);
}
