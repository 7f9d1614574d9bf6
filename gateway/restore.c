// SPDX-License-Identifier: Apache-2.0
/* After a restart: tickets and rule states come back from the store, windows are rebuilt from the stored readings, and
 * windows that closed while nobody ran are published now. The engine is fed quietly, by the same door as ever. */
#include "gateway/core.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/ticket_state.h"

/* Tickets that ended longer ago than this are not needed to join or reopen a matter. */
#define KEEP_ENDED_US (2 * SW_S_PER_DAY * SW_US_PER_S)
/* Nothing that is open needs more than a day and its period before it. */
#define LOOK_BACK_MAX_US (2 * SW_S_PER_DAY * SW_US_PER_S)

#define STORE_WAIT_US (20 * SW_US_PER_S)

struct restore {
    struct sw_core *c;
    int64_t newest_mark_us;
    int64_t now_us, from_us; /* readings between are wanted */
    size_t n_tickets, n_states, n_readings, n_ahead;
};

static int take_ticket(void *ctx, const char *id, const char *json, size_t len)
{
    struct restore *r = ctx;
    struct sw_ticket t;
    struct sw_err err = {0};
    int rc = sw_ticket_state_read(json, len, &t, &err);

    if (rc >= 0)
        rc = sw_desk_restore(sw_engine_desk(r->c->engine), &t, &err);
    if (rc < 0)
        sw_log(SW_LOG_ERR, "ticket %s cannot be taken over from the store: %s", id, err.msg);
    else
        r->n_tickets++;
    return SW_OK; /* one bad ticket must not keep the others back */
}

static int take_mark(void *ctx, const char *sensor, const char *period, int64_t to_us)
{
    struct restore *r = ctx;
    int i = sw_site_sensor(r->c->site, sensor, strlen(sensor));
    int64_t *mark = i < 0 ? NULL : core_published_to(r->c, (size_t) i, period);

    if (mark && to_us <= r->now_us) /* else the clock was ahead: its hours are measured now, and published */
        *mark = to_us;
    r->newest_mark_us = SW_MAX(r->newest_mark_us, to_us);
    return SW_OK;
}

static int take_state(void *ctx, const char *sensor, const char *rule, const void *body, size_t len)
{
    struct restore *r = ctx;
    int i = sw_site_sensor(r->c->site, sensor, strlen(sensor));
    struct sw_judge *judge = i < 0 ? NULL : sw_engine_judge(r->c->engine, (size_t) i);
    struct sw_rule_state was;
    struct sw_err err = {0};

    for (size_t k = 0; judge && k < sw_judge_n_rules(judge); k++) {
        if (strcmp(sw_judge_rule(judge, k)->rule->full_id, rule) != 0)
            continue;
        if (sw_rule_state_read(body, len, &was, &err) < 0) {
            sw_log(SW_LOG_ERR, "state of %s at %s cannot be taken over from the store: %s", rule, sensor, err.msg);
            return SW_OK;
        }
        sw_judge_restore_rule(judge, k, &was);
        sw_desk_restore_rule(sw_engine_desk(r->c->engine), (uint16_t) i, sw_judge_rule(judge, k)->rule,
                             was.state == SW_STATE_NODATA || was.state == SW_STATE_FAULT ? was.held : was.state);
        r->n_states++;
    }
    return SW_OK;
}

/* Only windows come of it, and of these core_publish leaves out what was published before. */
static void feed_quietly(struct restore *r, const struct sw_input *in)
{
    struct sw_core *c = r->c;
    bool more = true;

    for (const struct sw_input *next = in; more; next = NULL) {
        size_t n = sw_engine_step(c->engine, next, c->fx, CORE_FX_MAX, &more);

        for (size_t i = 0; i < n; i++)
            if (c->fx[i].kind == SW_EFFECT_WINDOW)
                core_publish(c, &c->fx[i]);
    }
    core_end_turn(c);
}

static int take_reading(void *ctx, const struct sw_reading *reading, int64_t arrival_us, bool is_late)
{
    struct restore *r = ctx;
    const struct sw_input in = {.kind = SW_INPUT_READING, .t_us = arrival_us, .reading = *reading};

    /* The clock was ahead once. The engine's time never runs back: it would take nothing until the clock is there. */
    if (arrival_us > r->now_us) {
        r->n_ahead++;
        return SW_OK;
    }
    if (r->n_readings++ == 0) {
        const struct sw_input start = {.kind = SW_INPUT_TICK, .t_us = r->from_us};

        feed_quietly(r, &start); /* so that windows begin where they did, not where the first reading arrived */
    }
    if (!is_late)
        feed_quietly(r, &in);
    return SW_OK;
}

/* The time since the last reading, in pieces: the windows that closed in it may be more than the store takes at once,
 * and nothing else waits yet. */
static int catch_up(struct restore *r, struct sw_err *err)
{
    struct sw_core *c = r->c;
    struct sw_input tick = {.kind = SW_INPUT_TICK, .t_us = sw_engine_now_us(c->engine)};
    int rc = SW_OK;

    while (rc >= 0 && tick.t_us < r->now_us) {
        tick.t_us = SW_MIN(tick.t_us + CORE_PIECE_US, r->now_us);
        feed_quietly(r, &tick);
        if (sw_store_is_pressed(c->store))
            rc = sw_store_sync(c->store, STORE_WAIT_US, err);
    }
    return rc;
}

/* From where readings are needed: the start of the earliest window that was open when the last one closed. */
static int64_t needed_from_us(const struct restore *r)
{
    int64_t now_us = r->now_us;
    int64_t at_us = r->newest_mark_us > now_us - LOOK_BACK_MAX_US ? SW_MIN(r->newest_mark_us, now_us) : now_us;
    int64_t from_us = at_us;

    for (size_t i = 0; i < r->c->site->n_sensors; i++) {
        const struct sw_judge *judge = sw_engine_judge(r->c->engine, i);

        if (judge)
            from_us = SW_MIN(from_us, sw_judge_needs_from(judge, at_us));
    }
    return SW_MAX(from_us, now_us - LOOK_BACK_MAX_US);
}

int core_restore(struct sw_core *c, struct sw_err *err)
{
    const struct sw_store_facts *facts = sw_store_facts(c->store);
    int64_t now_us = sw_clock_utc_us(c->clock);
    struct restore *r;
    int rc;

    c->seq = facts->last_seq;
    if (facts->is_new)
        return SW_OK;
    r = calloc(1, sizeof(*r));
    if (!r)
        return sw_err_set(err, SW_E_NOMEM, 0, "restore: out of memory");
    r->c = c;
    r->newest_mark_us = INT64_MIN;
    r->now_us = now_us;
    rc = sw_store_load_tickets(c->store, now_us - KEEP_ENDED_US, take_ticket, r, err);
    if (rc >= 0)
        rc = sw_store_load_watermarks(c->store, take_mark, r, err);
    r->from_us = needed_from_us(r);
    sw_engine_set_quiet(c->engine, true);
    if (rc >= 0)
        rc = sw_store_load_readings(c->store, r->from_us, take_reading, r, err);
    if (rc >= 0 && r->n_readings > 0)
        rc = catch_up(r, err);
    sw_engine_set_quiet(c->engine, false);
    if (rc >= 0)
        rc = sw_store_load_states(c->store, take_state, r, err);
    if (rc >= 0)
        sw_log(SW_LOG_NOTICE, "taken over from the store: %zu tickets, %zu rule states, %zu readings", r->n_tickets,
               r->n_states, r->n_readings);
    if (rc >= 0 && r->n_ahead > 0)
        sw_log(SW_LOG_WARNING,
               "%zu stored readings arrived later than the clock says it is now and are left out: the clock was ahead; "
               "see that time synchronisation works",
               r->n_ahead);
    free(r);
    return rc;
}
