// SPDX-License-Identifier: Apache-2.0
/* Random complaints and commands, right and wrong ones, to the product and to the model; their answers are compared
 * here. */
#include <stdio.h>
#include <string.h>

#include "tests/support/desk_model_steps.h"

#define S 1000000LL
#define MIN (60 * S)
#define HOUR (60 * MIN)
#define DAY (24 * HOUR)

/* ---- complaints ---- */

static const char *const callers[] = {"", "h:1", "h:2", "h:3", "h:4", "h:5"};

static struct sw_complaint_call call_of(const struct walk_world *w, const struct walk_step *s)
{
    static const char *const services[] = {"noise.construction", "noise.construction", "dust.construction",
                                           "construction", "noise.enquiry"};
    static const int32_t distances[] = {-1, 0, 200, 450, 500, 550, 2000};
    static const int64_t ago[] = {0, 10 * MIN, HOUR, 5 * HOUR, DAY, -4 * MIN, -6 * MIN};
    const uint32_t sensor = s->r[5] % (MODEL_SENSORS + 1);
    const bool is_dust = sensor < MODEL_SENSORS && walk_sensors[sensor].category == SW_CATEGORY_DUST;
    const int rule = is_dust ? MODEL_RULES - 1 : (int) (s->r[5] / 8 % (MODEL_RULES - 1));
    struct sw_complaint_call c = {.id = "k",
                                  .by = {.id = "agent:1", .role = SW_ROLE_AGENT, .door = SW_DOOR_MQTT},
                                  .at_us = w->model.now_us,
                                  .occurred_us = w->model.now_us - ago[s->r[3] % SW_ARRAY_SIZE(ago)],
                                  .window_us = (int64_t) (s->r[3] / 8 % 3) * HOUR,
                                  .distance_m = distances[s->r[3] / 32 % SW_ARRAY_SIZE(distances)],
                                  .caller_calls_30d = (int32_t) (s->r[3] / 512 % 4) - 1,
                                  .want = s->r[3] / 4096 % 8 ? SW_WANT_LINK_OR_OPEN : SW_WANT_ANSWER};
    struct sw_complaint_found *f = &c.found;

    if (s->r[4] % 64)
        snprintf(c.service_request_id, sizeof c.service_request_id, "r-%u", s->r[4] % 16);
    strcpy(c.service_code, services[s->r[4] / 64 % SW_ARRAY_SIZE(services)]);
    strcpy(c.caller_ref, callers[s->r[4] / 512 % SW_ARRAY_SIZE(callers)]);
    f->code = (enum sw_answer_code)(s->r[6] % SW_ANSWER__COUNT);
    if (sensor < MODEL_SENSORS)
        strcpy(f->sensor, walk_sensors[sensor].id);
    if (!is_dust) {
        strcpy(f->period, rule == 2 ? "day" : "night");
        f->period_is_night = rule != 2;
    }
    f->worst = f->max = f->limit = f->over_by = SW_NO_VALUE;
    f->from_us = f->to_us = INT64_MIN;
    f->work = walk_works[s->r[7] % WALK_WORKS];
    f->work_detected = (int8_t) (s->r[7] / 2048 % 3) - 1;
    if (f->code <= SW_ANSWER_OVER_PERMITTED || f->code == SW_ANSWER_OVER_PERMIT_UNKNOWN ||
        f->code == SW_ANSWER_OVER_SOURCE_UNKNOWN) {
        strcpy(f->rule, walk_pack.rules[rule].full_id);
        f->limit = walk_pack.rules[rule].limit;
        f->over_by = s->r[7] / 8 % 3 ? 600 : 15000;
        f->worst = f->limit + f->over_by;
        f->from_us = c.occurred_us - (int64_t) (s->r[7] / 64 % 30) * MIN;
        f->to_us = SW_MIN(c.occurred_us, w->model.now_us);
    }
    return c;
}

bool walk_complaint(struct walk_world *w, const struct walk_step *s, char why[MODEL_WHY_SIZE])
{
    const struct sw_complaint_call c = call_of(w, s);
    struct sw_complaint_result got = {.outcome = SW_COMPLAINT__COUNT}, want = got;
    struct sw_err err = {0};
    int ticket = MODEL_NOWHERE;
    enum sw_refusal refusal;
    const char *id;
    int rc;

    walk_tell(w, "complaint %s of \"%s\", %s, %s, %.0f s ago ± %.0f s, %d m away, at \"%s\", rule \"%s\"",
              c.service_request_id, c.caller_ref, c.service_code, sw_answer_code_name(c.found.code),
              (double) (w->model.now_us - c.occurred_us) / S, (double) c.window_us / 2 / S, c.distance_m,
              c.found.sensor, c.found.rule);
    rc = sw_desk_complaint(w->desks[w->which], &c, w->model.now_us, &w->out, &got, &err);
    refusal = model_complaint(&w->model, &c, &want, &ticket);
    if (rc != (refusal == SW_REFUSAL_NONE ? SW_OK : SW_E_INVAL) || (rc < 0 && err.detail != (int) refusal)) {
        snprintf(why, MODEL_WHY_SIZE, "complaint: %d (%s), the model says %s", rc, err.msg, sw_refusal_name(refusal));
        return false;
    }
    if (rc < 0)
        return true;
    if (w->met)
        w->met->outcomes[got.outcome]++;
    id = ticket < 0 ? "" : w->model.tickets[ticket].id;
    if (ticket >= w->before.n) /* opened just now */
        id = sw_desk_ticket(w->desks[w->which], (size_t) ticket)
                 ? sw_desk_ticket(w->desks[w->which], (size_t) ticket)->id
                 : "?";
    if (got.outcome != want.outcome || got.is_repeated != want.is_repeated || got.raised_class != want.raised_class ||
        got.is_repeat_caller != want.is_repeat_caller || strcmp(got.ticket, id) != 0) {
        snprintf(why, MODEL_WHY_SIZE,
                 "complaint: %s in \"%s\" (repeated %d, repeat caller %d, raised %d), the model says %s in \"%s\" (%d, "
                 "%d, %d)",
                 sw_complaint_outcome_name(got.outcome), got.ticket, got.is_repeated, got.is_repeat_caller,
                 got.raised_class, sw_complaint_outcome_name(want.outcome), id, want.is_repeated, want.is_repeat_caller,
                 want.raised_class);
        return false;
    }
    return true;
}

/* ---- commands ---- */

/* Some take the ticket on, most of the others are legal in its state, so that tickets come around. */
static enum sw_verb verb_for(const struct walk_step *s, const struct model_ticket *t)
{
    static const enum sw_verb onward[SW_STATUS__COUNT][4] = {
        {SW_VERB_ACCEPT, SW_VERB_DISPATCH, SW_VERB_ACCEPT, SW_VERB_MERGE},
        {SW_VERB_ACCEPT, SW_VERB_ACCEPT, SW_VERB_RETURN, SW_VERB_MERGE},
        {SW_VERB_START, SW_VERB_RESOLVE, SW_VERB_RESOLVE, SW_VERB_RETURN},
        {SW_VERB_RESOLVE, SW_VERB_RESOLVE, SW_VERB_RESOLVE, SW_VERB_RETURN},
        {SW_VERB_CLOSE, SW_VERB_CLOSE, SW_VERB_RATE, SW_VERB_CALLBACK},
        {SW_VERB_REOPEN, SW_VERB_CALLBACK, SW_VERB_RATE, SW_VERB_NOTE},
        {SW_VERB_REOPEN, SW_VERB_LINK, SW_VERB_UNLINK, SW_VERB_NOTE},
        {SW_VERB_REOPEN, SW_VERB_LINK, SW_VERB_UNLINK, SW_VERB_NOTE},
    };
    const enum sw_verb any = (enum sw_verb)(s->r[4] % SW_VERB__COUNT);

    if (s->r[4] / 4096 % 2)
        return t->head >= 0 && s->r[4] % 2 ? SW_VERB_UNMERGE : onward[t->status][s->r[4] % 4];
    if (s->r[4] / 32 % 16 == 0)
        return any;
    for (int k = 0; k < SW_VERB__COUNT; k++) {
        const enum sw_verb v = (enum sw_verb)((any + k) % SW_VERB__COUNT);
        const struct sw_verb_rule *rule = sw_ticket_verb_rule(v);

        if (rule && (s->r[4] / 512 % 8 == 0 || (rule->states & 1u << t->status)))
            return v;
    }
    return any;
}

static struct sw_actor actor_for(const struct walk_step *s, enum sw_verb verb)
{
    const struct sw_verb_rule *rule = sw_ticket_verb_rule(verb);
    uint32_t role = s->r[5] % SW_ROLE__COUNT;
    struct sw_actor by = {.id = "x"};

    for (int k = 0; rule && s->r[5] / 8 % 16 && k < SW_ROLE__COUNT && !(rule->roles & 1u << role); k++)
        role = (role + 1) % SW_ROLE__COUNT;
    by.role = (enum sw_role) role;
    by.door = role == SW_ROLE_AUTO ? SW_DOOR_ENGINE : SW_DOOR_MQTT;
    if (s->r[5] / 128 % 12 == 0)
        by.door = (enum sw_door)(s->r[5] / 2048 % SW_DOOR__COUNT);
    return by;
}

static uint32_t revision_for(const struct walk_step *s, const struct model_ticket *t)
{
    switch (s->r[6] % 16) {
    case 0:
        return 0;
    case 1:
        return t->revision + 1;
    case 2:
        return t->revision - 1;
    case 3:
        return t->event_revision;
    case 4:
        return t->event_revision - 1;
    default:
        return t->revision;
    }
}

static struct sw_ticket_command command_of(const struct walk_world *w, const struct walk_step *s)
{
    static const char *const satisfactions[] = {"satisfied", "unsatisfied", "basically-satisfied", "", "5 of 5"};
    const struct model *m = &w->model;
    /* the first ones more often */
    const struct model_ticket *t = &m->tickets[s->r[3] / 65536 % (s->r[3] % (uint32_t) m->n_tickets + 1)];
    const uint32_t x = s->r[7], y = s->r[6] / 16;
    struct sw_ticket_command c = {.resolve_by_us = INT64_MIN, .until_us = INT64_MIN};

    snprintf(c.id, sizeof c.id, "c-%zu", w->step);
    strcpy(c.ticket, s->r[3] / 1024 % 64 != 7 ? t->id : "sw-nobody");
    c.verb = verb_for(s, t);
    c.by = actor_for(s, c.verb);
    c.revision = revision_for(s, t);
    if (x % 8)
        strcpy(c.text, "text");
    if (x / 8 % 8)
        strcpy(c.reason, "reason");
    if (x / 64 % 8)
        strcpy(c.measure, "stopped-machine");
    c.force = x / 512 % 4 == 0;
    c.unsatisfied = x / 2048 % 8 == 0;
    strcpy(c.satisfaction, satisfactions[x / 16384 % SW_ARRAY_SIZE(satisfactions)]);
    c.has_assignee = y % 4 == 0;
    strcpy(c.assignee.unit, y / 4 % 8 ? "team" : "");
    if (y / 32 % 4 == 0)
        c.resolve_by_us = m->now_us + ((int64_t) (y / 128 % 8) - 1) * 6 * HOUR;
    if (y / 32 % 8)
        c.until_us = m->now_us + ((int64_t) (y / 128 % 64) - 1) * HOUR;
    if (y / 32 % 64 == 1)
        c.until_us = m->now_us + 400 * DAY;
    if (y / 1024 % 16)
        strcpy(c.into, y / 1024 % 16 == 1 ? "sw-nobody" : m->tickets[y / 16384 % (uint32_t) m->n_tickets].id);
    if (x / 65536 % 4)
        snprintf(c.service_request_id, sizeof c.service_request_id, "r-%u", x / 262144 % 16);
    if (x / 65536 % 8 == 1 && m->n_calls > 0) /* one that is known */
        strcpy(c.service_request_id, m->calls[x / 524288 % (uint32_t) m->n_calls].id);
    if (y / 16384 % 4)
        strcpy(c.caller_ref, callers[y / 65536 % SW_ARRAY_SIZE(callers)]);
    return c;
}

bool walk_command(struct walk_world *w, const struct walk_step *s, char why[MODEL_WHY_SIZE])
{
    /* the code that goes with a refusal */
    static const int codes[SW_REFUSAL__COUNT] = {
        [SW_REFUSAL_NOT_FOUND] = SW_E_NOTFOUND, [SW_REFUSAL_FORBIDDEN] = SW_E_DENIED,
        [SW_REFUSAL_NOT_LEGAL] = SW_E_INVAL,    [SW_REFUSAL_INVALID] = SW_E_INVAL,
        [SW_REFUSAL_CONFLICT] = SW_E_CONFLICT,  [SW_REFUSAL_NO_PROOF] = SW_E_NODATA,
        [SW_REFUSAL_OVERLOADED] = SW_E_FULL};
    const bool is_proven = s->r[0] / 128 % 4 != 0;
    struct sw_ticket_command c;
    struct sw_err err = {0};
    enum sw_refusal want;
    int rc;

    if (w->model.n_tickets == 0)
        return true;
    c = command_of(w, s);
    walk_tell(
        w,
        "command %s on ticket %d by %s through %s, revision %u%s%s%s%s%s%s, satisfaction \"%s\", into %d, call \"%s\" "
        "of \"%s\"",
        sw_verb_name(c.verb), model_find(&w->model, c.ticket), sw_role_name(c.by.role), sw_door_name(c.by.door),
        c.revision, c.text[0] ? ", text" : "", c.reason[0] ? ", reason" : "", c.measure[0] ? ", measure" : "",
        c.force ? ", force" : "", c.unsatisfied ? ", unsatisfied" : "", is_proven ? ", proven" : "", c.satisfaction,
        model_find(&w->model, c.into), c.service_request_id, c.caller_ref);
    rc = sw_desk_command(w->desks[w->which], &c, is_proven, w->model.now_us, &w->out, &err);
    want = model_command(&w->model, &c, is_proven);
    if (w->met) {
        w->met->refusals[want]++;
        w->met->commands_taken += want == SW_REFUSAL_NONE;
    }
    if (rc == codes[want] && (rc == SW_OK || err.detail == (int) want))
        return true;
    snprintf(why, MODEL_WHY_SIZE, "%s: %d, %s (%s), the model says \"%s\"", sw_verb_name(c.verb), rc,
             rc < 0 ? sw_refusal_name((enum sw_refusal) err.detail) : "done", err.msg, sw_refusal_name(want));
    return false;
}
