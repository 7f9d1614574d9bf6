// SPDX-License-Identifier: Apache-2.0
/* The order of a start: what was learned, readings quietly through the same door as ever, then states, then time goes
 * on. Windows that closed while nobody ran come of it too. */
#include "gateway/restore.h"

#include <string.h>

#include "common/log.h"
#include "gateway/ticket_state.h"

/* Tickets that ended longer ago than this are not needed to join or reopen a matter. */
#define KEEP_ENDED_US (2 * SW_S_PER_DAY * SW_US_PER_S)
/* As long as the desk remembers a complaint. */
#define KEEP_COMPLAINTS_US (30 * SW_S_PER_DAY * SW_US_PER_S)
/* Nothing that is open needs more than a day and its period before it. */
#define LOOK_BACK_MAX_US (2 * SW_S_PER_DAY * SW_US_PER_S)

struct restore {
    struct sw_restore *p;
    struct sw_err *err;
    int64_t newest_mark_us;
    int64_t from_us; /* readings from here on are wanted */
};

static int feed(struct sw_restore *p, const struct sw_input *in, bool is_quiet, struct sw_err *err)
{
    bool more = true;
    int rc = SW_OK;

    for (const struct sw_input *next = in; more && rc >= 0; next = NULL) {
        size_t n = sw_engine_step(p->engine, next, p->fx, p->cap, &more);

        rc = p->ops->effects(p->ctx, p->fx, n, is_quiet, err);
    }
    return rc < 0 ? rc : p->ops->end_piece(p->ctx, err);
}

/* ---- what was kept ---- */

static int take_ticket(void *ctx, const char *id, const char *json, size_t len)
{
    struct restore *r = ctx;
    struct sw_ticket t;
    struct sw_err err = {0};
    int rc = sw_ticket_state_read(json, len, &t, &err);

    if (rc >= 0)
        rc = sw_desk_restore(sw_engine_desk(r->p->engine), &t, &err);
    if (rc < 0)
        sw_log(SW_LOG_ERR, "ticket %s cannot be taken over from the store: %s", id, err.msg);
    else
        r->p->n_tickets++;
    return SW_OK; /* one bad ticket must not keep the others back */
}

static int take_complaint(void *ctx, const struct sw_complaint_kept *k)
{
    struct restore *r = ctx;

    sw_desk_restore_complaint(sw_engine_desk(r->p->engine), k);
    return SW_OK;
}

static int take_mark(void *ctx, const char *sensor, const char *period, int64_t to_us)
{
    struct restore *r = ctx;
    int i = sw_site_sensor(r->p->site, sensor, strlen(sensor));
    int64_t *mark = i < 0 ? NULL : r->p->ops->mark(r->p->ctx, (size_t) i, period);

    if (mark && to_us <= r->p->now_us) /* else the clock was ahead: its hours are measured now, and published */
        *mark = to_us;
    r->newest_mark_us = SW_MAX(r->newest_mark_us, to_us);
    return SW_OK;
}

/* What a sensor learned, before the readings that it is to go on learning from. */
static int take_learnt(void *ctx, const char *sensor, const char *rule, const void *body, size_t len)
{
    struct restore *r = ctx;
    int i = sw_site_sensor(r->p->site, sensor, strlen(sensor));
    struct sw_judge *judge = i < 0 ? NULL : sw_engine_judge(r->p->engine, (size_t) i);
    struct sw_detect *detect = i < 0 ? NULL : sw_engine_detect(r->p->engine, (size_t) i);
    struct sw_err err = {0};
    int rc = SW_OK;

    if (judge && strcmp(rule, SW_RESTORE_MODEL) == 0)
        rc = sw_judge_model_read(judge, body, len, &err);
    else if (detect && strcmp(rule, SW_RESTORE_DETECT) == 0)
        rc = sw_detect_read(detect, body, len, &err);
    if (rc < 0)
        sw_log(SW_LOG_ERR, "what %s learned (%s) cannot be taken over from the store and is learned anew: %s", sensor,
               rule, err.msg);
    return SW_OK;
}

static int take_state(void *ctx, const char *sensor, const char *rule, const void *body, size_t len)
{
    struct restore *r = ctx;
    int i = sw_site_sensor(r->p->site, sensor, strlen(sensor));
    struct sw_judge *judge = i < 0 ? NULL : sw_engine_judge(r->p->engine, (size_t) i);
    struct sw_rule_state was;
    struct sw_input_state input;
    struct sw_err err = {0};

    if (i >= 0 && strcmp(rule, SW_RESTORE_INPUT) == 0) {
        if (sw_input_state_read(body, len, &input, &err) < 0)
            sw_log(SW_LOG_ERR, "input %s is looked at anew: %s", sensor, err.msg);
        else
            sw_engine_restore_input(r->p->engine, (size_t) i, &input);
        return SW_OK;
    }
    for (size_t k = 0; judge && k < sw_judge_n_rules(judge); k++) {
        if (strcmp(sw_judge_rule(judge, k)->rule->full_id, rule) != 0)
            continue;
        if (sw_rule_state_read(body, len, &was, &err) < 0) {
            sw_log(SW_LOG_ERR, "state of %s at %s cannot be taken over from the store: %s", rule, sensor, err.msg);
            return SW_OK;
        }
        sw_judge_restore_rule(judge, k, &was);
        sw_desk_restore_rule(sw_engine_desk(r->p->engine), (uint16_t) i, sw_judge_rule(judge, k)->rule,
                             sw_rule_state_holds(&was));
        r->p->n_states++;
    }
    return SW_OK;
}

/* ---- readings ---- */

/* So that windows begin where they did, not where the first reading arrived; and with the schedule that was known. */
static int begin(struct sw_restore *p, int64_t from_us, struct sw_err *err)
{
    const struct sw_input start = {.kind = SW_INPUT_TICK, .t_us = from_us};
    const struct sw_input schedule = {.kind = SW_INPUT_SCHEDULE, .t_us = from_us, .schedule = p->schedule};
    int rc = feed(p, &start, true, err);

    return rc < 0 || !p->schedule ? rc : feed(p, &schedule, true, err);
}

static int take_reading(void *ctx, const struct sw_reading *reading, int64_t arrival_us, bool is_late)
{
    struct restore *r = ctx;
    const struct sw_input in = {.kind = SW_INPUT_READING, .t_us = arrival_us, .reading = *reading};
    int rc = SW_OK;

    /* The clock was ahead once. The engine's time never runs back: it would take nothing until the clock is there. */
    if (arrival_us > r->p->now_us) {
        r->p->n_ahead++;
        return SW_OK;
    }
    if (r->p->n_readings++ == 0)
        rc = begin(r->p, r->from_us, r->err);
    return rc < 0 || is_late ? rc : feed(r->p, &in, true, r->err);
}

/* The time since the last reading, in pieces: the windows that closed in it may be more than the store takes at once,
 * and nothing else waits yet. */
static int catch_up(struct sw_restore *p, struct sw_err *err)
{
    struct sw_input tick = {.kind = SW_INPUT_TICK, .t_us = sw_engine_now_us(p->engine)};
    int rc = SW_OK;

    while (rc >= 0 && tick.t_us < p->now_us) {
        tick.t_us = SW_MIN(tick.t_us + SW_RESTORE_PIECE_US, p->now_us);
        rc = feed(p, &tick, true, err);
    }
    return rc;
}

/* From where readings are needed: the start of the earliest window that was open when the last one closed. */
static int64_t needed_from_us(const struct restore *r)
{
    int64_t now_us = r->p->now_us;
    int64_t at_us = r->newest_mark_us > now_us - LOOK_BACK_MAX_US ? SW_MIN(r->newest_mark_us, now_us) : now_us;
    int64_t from_us = at_us;

    for (size_t i = 0; i < r->p->site->n_sensors; i++) {
        const struct sw_judge *judge = sw_engine_judge(r->p->engine, i);

        if (judge)
            from_us = SW_MIN(from_us, sw_judge_needs_from(judge, at_us));
    }
    return SW_MAX(from_us - sw_engine_lead_us(r->p->engine), now_us - LOOK_BACK_MAX_US);
}

/* A window that was never published and ended before the last run began is owed to nobody: nothing was measured. */
static void write_off(struct sw_restore *p)
{
    for (size_t i = 0; i < p->site->n_sensors; i++) {
        const struct sw_judge *judge = sw_engine_judge(p->engine, i);

        for (size_t k = 0; judge && k < sw_judge_n_windows(judge); k++) {
            int64_t *mark = p->ops->mark(p->ctx, i, sw_judge_window(judge, k));

            if (mark && *mark == 0 && p->begun_us <= p->now_us)
                *mark = p->begun_us;
        }
    }
}

static int rebuild(struct restore *r, struct sw_err *err)
{
    struct sw_restore *p = r->p;
    int rc = p->ops->tickets(p->ctx, p->now_us - KEEP_ENDED_US, take_ticket, r, err);

    if (rc >= 0)
        rc = p->ops->complaints(p->ctx, p->now_us - KEEP_COMPLAINTS_US, take_complaint, r, err);
    if (rc >= 0)
        rc = p->ops->marks(p->ctx, take_mark, r, err);
    write_off(p);
    if (rc >= 0)
        rc = p->ops->states(p->ctx, take_learnt, r, err);
    r->from_us = needed_from_us(r);
    sw_engine_set_quiet(p->engine, true);
    if (rc >= 0)
        rc = p->ops->readings(p->ctx, r->from_us, take_reading, r, err);
    if (rc >= 0 && p->n_readings > 0)
        rc = catch_up(p, err);
    else if (rc >= 0)
        rc = begin(p, p->now_us, err);
    sw_engine_set_quiet(p->engine, false);
    return rc < 0 ? rc : p->ops->states(p->ctx, take_state, r, err);
}

int sw_restore_run(struct sw_restore *p, struct sw_err *err)
{
    const struct sw_input first = {.kind = SW_INPUT_TICK, .t_us = p->now_us};
    struct restore r = {.p = p, .err = err, .newest_mark_us = INT64_MIN};
    int rc;

    sw_engine_set_live(p->engine);
    rc = p->is_new ? SW_OK : rebuild(&r, err);

    return rc < 0 ? rc : feed(p, &first, false, err);
}
