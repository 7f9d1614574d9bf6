// SPDX-License-Identifier: Apache-2.0
/* The daemon's start: it goes on where the store says that the last run ended, and notes down that a run begins and
 * with which configuration, so that a replay can begin alike. The order of things is gateway/restore.c's. */
#include "gateway/core.h"

#include <stdlib.h>

#include "gateway/config_text.h"

#define STORE_WAIT_US (20 * SW_US_PER_S)

static int load_tickets(void *ctx, int64_t since_us, sw_store_ticket_fn fn, void *to, struct sw_err *err)
{
    return sw_store_load_tickets(((struct sw_core *) ctx)->store, since_us, fn, to, err);
}

static int load_marks(void *ctx, sw_store_watermark_fn fn, void *to, struct sw_err *err)
{
    return sw_store_load_watermarks(((struct sw_core *) ctx)->store, fn, to, err);
}

static int load_states(void *ctx, sw_store_state_fn fn, void *to, struct sw_err *err)
{
    return sw_store_load_states(((struct sw_core *) ctx)->store, fn, to, err);
}

static int load_readings(void *ctx, int64_t since_us, sw_store_reading_fn fn, void *to, struct sw_err *err)
{
    return sw_store_load_readings(((struct sw_core *) ctx)->store, since_us, fn, to, err);
}

static int load_complaints(void *ctx, int64_t since_us, sw_store_complaint_fn fn, void *to, struct sw_err *err)
{
    return sw_store_load_complaints(((struct sw_core *) ctx)->store, since_us, fn, to, err);
}

static int64_t *mark(void *ctx, size_t sensor, const char *period)
{
    return core_published_to(ctx, sensor, period);
}

/* While quiet only windows come of it, and of these core_publish leaves out what was published before. */
static int take_effects(void *ctx, const struct sw_effect *fx, size_t n, bool is_quiet, struct sw_err *err)
{
    (void) err;
    for (size_t i = 0; i < n; i++)
        if (!is_quiet || fx[i].kind == SW_EFFECT_WINDOW)
            core_publish(ctx, &fx[i]);
    return SW_OK;
}

/* The store may be behind: nothing else waits yet. */
static int end_piece(void *ctx, struct sw_err *err)
{
    struct sw_core *c = ctx;

    core_end_turn(c);
    return sw_store_is_pressed(c->store) ? sw_store_sync(c->store, STORE_WAIT_US, err) : SW_OK;
}

int core_restore(struct sw_core *c, struct sw_err *err)
{
    static const struct sw_restore_ops ops = {.tickets = load_tickets,
                                              .marks = load_marks,
                                              .states = load_states,
                                              .readings = load_readings,
                                              .complaints = load_complaints,
                                              .mark = mark,
                                              .effects = take_effects,
                                              .end_piece = end_piece};
    struct sw_restore r = {
        .site = c->site,
        .engine = c->engine,
        .now_us = c->since_us,
        .begun_us = c->begun_us,
        .is_new = sw_store_facts(c->store)->is_new,
        .schedule = core_schedule_now(c),
        .ops = &ops,
        .ctx = c,
        .fx = c->fx,
        .cap = CORE_FX_MAX,
    };
    int rc;

    c->seq = sw_store_facts(c->store)->last_seq;
    rc = sw_restore_run(&r, err);
    c->is_restored = rc >= 0;
    if (rc >= 0 && !r.is_new)
        sw_log(SW_LOG_NOTICE, "taken over from the store: %zu tickets, %zu rule states, %zu readings", r.n_tickets,
               r.n_states, r.n_readings);
    if (rc >= 0 && r.n_ahead > 0)
        sw_log(SW_LOG_WARNING,
               "%zu stored readings arrived later than the clock says it is now and are left out: the clock was ahead; "
               "see that time synchronisation works",
               r.n_ahead);
    return rc;
}

static int note_run(void *ctx, const struct sw_store_run *run)
{
    ((struct sw_core *) ctx)->begun_us = run->start_us;
    return SW_OK;
}

void core_keep_run(struct sw_core *c)
{
    struct sw_err err = {0};
    char *text = NULL;
    size_t len = 0;
    int rc = sw_store_load_runs(c->store, note_run, c, &err);

    if (rc >= 0)
        rc = sw_store_put_run(c->store, c->boot, c->site->config_sha256, c->since_us);

    if (rc >= 0 && c->config_file)
        rc = sw_config_text_write(c->config_file, c->site, &text, &len, &err);
    if (rc >= 0 && text)
        rc = sw_store_put_config(c->store, c->site->config_sha256, text, len);
    free(text);
    if (rc < 0)
        sw_log(SW_LOG_WARNING, "the configuration is not kept for replays: %s",
               *err.msg ? err.msg : sw_code_name((enum sw_code) rc));
}
