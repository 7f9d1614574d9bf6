// SPDX-License-Identifier: Apache-2.0
/* The engine: takes inputs in time, ticks each whole second by itself, asks the judges and the desk, and writes
 * effects. A step works on one small unit at a time (one sensor's tick, one reading, one command) and stops where the
 * caller must look at a ticket or a state before it changes again. Leaves judging to rules/ and tickets to tickets/;
 * what sensors tell each other is in engine_site.c, what the schedule says in engine_work.c. */
#include "gateway/engine.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/engine_int.h"

/* Room that one unit may need: its windows, one state, its tickets and their events, live and summary. */
#define UNIT_ROOM (SW_JUDGE_WINDOWS_MAX + 2 * SW_DESK_CHANGES_MAX + 4)
_Static_assert(UNIT_ROOM <= SW_EFFECTS_MIN, "a caller's smallest array must hold one unit");

static int64_t floor_ms(int64_t t_us)
{
    int64_t rest = t_us % SW_US_PER_MS;

    return t_us - (rest < 0 ? rest + SW_US_PER_MS : rest);
}

struct sw_effect *engine_effect(struct fx *fx, enum sw_effect_kind kind, int64_t ts_us)
{
    assert(fx->n < fx->cap);
    fx->to[fx->n].kind = kind;
    fx->to[fx->n].ts_us = ts_us;
    return &fx->to[fx->n++];
}

/* What the desk changed, as effects: each ticket once, then its events. True if there was anything. */
static bool flush_desk(struct sw_engine *e, struct fx *fx)
{
    struct sw_desk_out *out = &e->desk_out;
    bool any = out->n_tickets || out->n_events;

    for (size_t i = 0; i < out->n_tickets; i++)
        engine_effect(fx, SW_EFFECT_TICKET, e->now_us)->ticket = out->tickets[i];
    for (size_t i = 0; i < out->n_events; i++)
        engine_effect(fx, SW_EFFECT_TICKET_EVENT, e->now_us)->event = out->events[i];
    out->n_tickets = out->n_events = 0;
    if (any)
        e->summary_due = true;
    return any;
}

static void take_findings(struct sw_engine *e)
{
    const struct sw_judge_out *out = &e->judge_out;

    engine_tell_desk(e);
    for (size_t i = 0; i < out->n_findings; i++) {
        const struct sw_finding *f = &out->findings[i];
        const struct sw_work work = engine_work_at(e, sw_finding_moment_us(f));

        sw_desk_finding(e->desk, f, &work, e->now_us, &e->desk_out);
    }
}

/* Windows of a minute also say whether work was detected at their end, as it is known now. */
static void flush_windows(struct sw_engine *e, size_t sensor, struct fx *fx)
{
    const struct sw_detect *detect = e->sensors[sensor].detect;

    for (size_t i = 0; i < e->judge_out.n_windows; i++) {
        struct sw_window_result *w = &engine_effect(fx, SW_EFFECT_WINDOW, e->now_us)->window;

        *w = e->judge_out.windows[i];
        if (detect && sw_window_is_minute(w))
            w->work_detected = (int8_t) sw_detect_at(detect, w->to_us);
    }
}

/* What a judge wrote, as effects, its findings by way of the desk. True if a ticket or state must be looked at. */
static bool flush_judge(struct sw_engine *e, size_t sensor, struct fx *fx)
{
    const struct sw_judge_out *out = &e->judge_out;

    if (out->has_detect && e->sensors[sensor].detect)
        engine_hear(e, sensor, &out->detect); /* first: it may end with a minute */
    flush_windows(e, sensor, fx);
    if (e->is_quiet)
        return false;
    if (out->n_findings > 0)
        take_findings(e);
    if (out->state_changed) {
        engine_effect(fx, SW_EFFECT_STATE, e->now_us)->sensor = (uint16_t) sensor;
        e->summary_due = true;
    }
    return flush_desk(e, fx) || out->state_changed;
}

/* The end of a whole second: deadlines, and the summary when something changed or a minute is full. */
static bool end_of_second(struct sw_engine *e, struct fx *fx)
{
    bool stop;

    if (e->tick_s % 60 == 0)
        engine_minute(e);
    stop = engine_spray_second(e, fx);
    if (e->is_quiet)
        return false;
    engine_device_second(e);
    sw_desk_tick(e->desk, e->now_us, &e->desk_out);
    stop |= flush_desk(e, fx);
    if (e->summary_due || e->tick_s % 60 == 0) {
        engine_effect(fx, SW_EFFECT_SUMMARY, e->now_us);
        e->summary_due = false;
        stop = true;
    }
    return stop;
}

/* Go on with the tick of second tick_s. False: stop here, the caller must look at effects first. */
static bool run_tick(struct sw_engine *e, struct fx *fx)
{
    bool seen = false;

    e->now_us = SW_MAX(e->now_us, e->tick_s * SW_US_PER_S);
    if (e->cursor == 0)
        engine_second(e);
    for (; e->cursor < e->n_sensors; e->cursor++) {
        struct sw_judge *judge = e->sensors[e->cursor].judge;

        if (!judge)
            continue;
        if (seen || fx->cap - fx->n < UNIT_ROOM)
            return false;
        sw_judge_tick(judge, e->now_us, &e->judge_out);
        seen = flush_judge(e, e->cursor, fx);
    }
    if (seen || fx->cap - fx->n < UNIT_ROOM)
        return false;
    seen = end_of_second(e, fx);
    e->cursor = 0;
    e->tick_s++;
    return !seen;
}

/* A camera, door or power input: only its changes are of interest. */
static void take_input_edge(struct sw_engine *e, const struct sw_reading *r, struct fx *fx)
{
    struct engine_sensor *s = &e->sensors[r->sensor];
    char edge[32]; /* which one: two may have the same instant */
    const char *parts[] = {e->site->gateway_id, e->site->sensors[r->sensor].id, "input", edge};
    int active = r->value != 0.0;
    struct sw_sensor_event *v;

    if (r->value != r->value || r->flag != 'N')
        return;
    engine_input(e, r, active != s->input_was);
    if (active == s->input_was)
        return;
    s->input_was = active;
    s->input_count += active ? 1 : 0;
    s->input_edge_us = e->now_us;
    if (e->is_quiet)
        return;
    v = &engine_effect(fx, SW_EFFECT_SENSOR_EVENT, r->t_utc_us)->input;
    *v = (struct sw_sensor_event){.sensor = r->sensor,
                                  .quantity = r->quantity,
                                  .active = active == 1,
                                  .count = s->input_count,
                                  .work = sw_engine_work(e)};
    snprintf(edge, sizeof(edge), "%llu%c", (unsigned long long) s->input_count, active ? '+' : '-');
    sw_id_derive(parts, SW_ARRAY_SIZE(parts), (uint64_t) r->t_utc_us, v->id);
    engine_device_edge(e, r->sensor);
    flush_desk(e, fx);
}

static void take_live(struct sw_engine *e, const struct sw_reading *r, bool late, struct fx *fx)
{
    struct engine_sensor *s = &e->sensors[r->sensor];
    int32_t value = r->flag == 'N' || r->flag == 'S' ? sw_hundredths(r->value) : SW_NO_VALUE;

    if (late)
        return;
    s->live = (struct sw_live){.sensor = r->sensor,
                               .quantity = r->quantity,
                               .flag = r->flag,
                               .quality = value == SW_NO_VALUE                      ? SW_QUALITY_BAD
                                          : engine_spray_is_suspected(e, r->sensor) ? SW_QUALITY_UNCERTAIN
                                                                                    : SW_QUALITY_GOOD,
                               .ts_us = r->t_utc_us,
                               .value = value,
                               .limit = sw_judge_limit_now(s->judge),
                               .n = ++s->n_live};
    if (!e->is_quiet)
        engine_effect(fx, SW_EFFECT_LIVE, e->now_us)->live = s->live;
}

static void take_reading(struct sw_engine *e, const struct sw_reading *given, struct fx *fx)
{
    struct sw_reading reading = *given;
    const struct sw_reading *r = &reading;
    struct engine_sensor *s;

    e->was_late = false;
    if (r->sensor >= e->n_sensors || r->quantity >= SW_QUANTITY__COUNT || !sw_flag_is_known(r->flag))
        return; /* a caller's mistake; nothing of it may reach a judge */
    s = &e->sensors[r->sensor];
    if (!s->judge) {
        take_input_edge(e, r, fx);
        return;
    }
    reading.flag = engine_flag(e, r);
    engine_share(e, r);
    engine_spray_reading(e, given);
    sw_judge_reading(s->judge, r, e->now_us, &e->judge_out);
    e->was_late = e->judge_out.late;
    if (r->quantity == e->site->sensors[r->sensor].level) {
        take_live(e, r, e->judge_out.late, fx);
        if (!e->judge_out.late)
            engine_device_reading(e, r, engine_is_fog(e, given));
    }
    flush_judge(e, r->sensor, fx);
}

static void take_command(struct sw_engine *e, const struct sw_ticket_command *c, struct fx *fx)
{
    struct sw_err err = {0};
    int code = sw_desk_command(e->desk, c, sw_engine_is_proven(e, c->ticket), e->now_us, &e->desk_out, &err);
    struct sw_effect *result;

    if (code == SW_E_NODATA)
        engine_say_gap(e, c->ticket, &err);
    flush_desk(e, fx);
    result = engine_effect(fx, SW_EFFECT_RESULT, e->now_us);
    result->result.code = code;
    result->result.err = err;
    result->result.command = c;
    result->result.complaint = NULL;
}

static void take_complaint(struct sw_engine *e, const struct sw_complaint_call *c, struct fx *fx)
{
    struct sw_complaint_result became = {0};
    struct sw_err err = {0};
    int code;
    struct sw_effect *result;

    engine_tell_desk(e);
    code = sw_desk_complaint(e->desk, c, e->now_us, &e->desk_out, &became, &err);
    flush_desk(e, fx);
    result = engine_effect(fx, SW_EFFECT_RESULT, e->now_us);
    result->result.code = code;
    result->result.err = err;
    result->result.command = NULL;
    result->result.complaint = c;
    result->result.became = became;
}

/* The end of a replay: every sensor gives its open windows. True when all have. */
static bool run_end(struct sw_engine *e, struct fx *fx)
{
    while (e->cursor < e->n_sensors) {
        struct sw_judge *judge = e->sensors[e->cursor].judge;

        if (judge && fx->cap - fx->n < UNIT_ROOM)
            return false;
        if (judge) {
            sw_judge_finish(judge, e->end_us, &e->judge_out);
            flush_judge(e, e->cursor, fx);
        }
        if (!judge || e->judge_out.n_windows == 0) /* a judge gives its windows in several goes */
            e->cursor++;
    }
    e->cursor = 0;
    return true;
}

/* Every ticket of a night is judged again, which may be more than the desk tells at once. True when all is done. */
static bool run_schedule(struct sw_engine *e, struct fx *fx)
{
    bool is_done;

    if (e->cursor == 0) {
        e->schedule = e->input.schedule;
        engine_effect(fx, SW_EFFECT_SCHEDULE, e->now_us);
        e->summary_due = true;
    }
    if (e->is_quiet)
        return true;
    is_done = engine_schedule_taken(e);
    flush_desk(e, fx);
    return is_done;
}

static void start(struct sw_engine *e, int64_t t_us)
{
    e->now_us = t_us;
    e->tick_s = t_us / SW_US_PER_S + (t_us % SW_US_PER_S > 0);
    for (size_t i = 0; i < e->n_sensors; i++)
        if (e->sensors[i].judge)
            sw_judge_start(e->sensors[i].judge, t_us);
}

static void accept_input(struct sw_engine *e, const struct sw_input *in)
{
    int64_t t_us = floor_ms(in->t_us);

    assert(!e->has_input); /* the caller was told to drain the one before */
    if (e->now_us == INT64_MIN)
        start(e, t_us);
    e->input = *in;
    e->input.t_us = SW_MAX(t_us, e->now_us);
    e->has_input = true;
    if (in->kind == SW_INPUT_END)
        e->end_us = t_us; /* the end of the data: the ticks may have got further */
}

/* Take the input itself, all ticks before it being done; without room for it, the next call does. */
static void take_input(struct sw_engine *e, struct fx *fx)
{
    if (fx->cap - fx->n < UNIT_ROOM)
        return;
    e->now_us = e->input.t_us;
    switch (e->input.kind) {
    case SW_INPUT_READING:
        take_reading(e, &e->input.reading, fx);
        break;
    case SW_INPUT_SCHEDULE:
        if (!run_schedule(e, fx))
            return;
        break;
    case SW_INPUT_COMMAND:
        take_command(e, e->input.command, fx);
        break;
    case SW_INPUT_MEDIA:
        sw_desk_media(e->desk, e->input.media, e->now_us, &e->desk_out);
        flush_desk(e, fx);
        break;
    case SW_INPUT_COMPLAINT:
        take_complaint(e, e->input.complaint, fx);
        break;
    case SW_INPUT_TICK:
        break;
    case SW_INPUT_END:
        if (!run_end(e, fx))
            return;
        break;
    }
    e->has_input = false;
}

/* A tick at an instant comes after the readings of that instant, but a tick or the end includes it. */
static bool tick_is_due(const struct sw_engine *e)
{
    int64_t tick_us = e->tick_s * SW_US_PER_S;

    return e->input.kind == SW_INPUT_TICK || e->input.kind == SW_INPUT_END ? tick_us <= e->input.t_us
                                                                           : tick_us < e->input.t_us;
}

size_t sw_engine_step(struct sw_engine *e, const struct sw_input *in, struct sw_effect *to, size_t cap, bool *ret_more)
{
    struct fx fx = {.to = to, .cap = cap};

    assert(cap >= SW_EFFECTS_MIN);
    if (in)
        accept_input(e, in);
    while (e->has_input && tick_is_due(e)) {
        if (!run_tick(e, &fx)) {
            *ret_more = true;
            return fx.n;
        }
    }
    if (e->has_input)
        take_input(e, &fx);
    *ret_more = e->has_input;
    return fx.n;
}
