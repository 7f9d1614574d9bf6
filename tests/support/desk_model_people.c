// SPDX-License-Identifier: Apache-2.0
/* The model's people: which command is refused and why, and what one does. Source: docs/reference/ticket-life.md and
 * docs/adr/0016; its table is typed in here again, not read from the code. */
#include "tests/support/desk_model.h"

#include <stdio.h>
#include <string.h>

#define DAY_US 86400000000LL

/* ---- who may do what, and where ---- */

/* States in the order open, dispatched, accepted, in_progress, resolved, closed, averted, withdrawn: '.' = not legal,
 * '=' = stays, else the first letter of the state it leads to (i = in_progress, v = withdrawn). Roles: a(uto),
 * p(latform), o(fficer), s(ite's party), g = agent, t = authority, u = public. */
static const struct row {
    enum sw_verb verb;
    const char *states, *roles;
    bool needs_revision, is_for_merged;
} rows[] = {
    {SW_VERB_ACK, "====....", "po", false, false},      {SW_VERB_DISPATCH, "d===....", "ap", true, false},
    {SW_VERB_ACCEPT, "aa......", "s", true, false},     {SW_VERB_RETURN, ".ooo....", "s", true, false},
    {SW_VERB_START, "..i.....", "s", true, false},      {SW_VERB_SUSPEND, "====....", "po", true, false},
    {SW_VERB_RESUME, "====....", "po", true, false},    {SW_VERB_ESCALATE, "====....", "po", false, false},
    {SW_VERB_RESOLVE, "..rr....", "s", true, false},    {SW_VERB_CALLBACK, "....==..", "pu", true, false},
    {SW_VERB_RATE, "....==..", "pu", true, false},      {SW_VERB_CLOSE, "....c...", "po", true, false},
    {SW_VERB_REOPEN, "....ooo.", "apo", true, false},   {SW_VERB_WITHDRAW, "vvvv....", "po", true, false},
    {SW_VERB_MERGE, "====....", "po", true, false},     {SW_VERB_UNMERGE, "====....", "po", true, true},
    {SW_VERB_LINK, "=======.", "aposgtu", false, true}, {SW_VERB_UNLINK, "=======.", "apostu", true, false},
    {SW_VERB_NOTE, "=======.", "aposgtu", false, true},
};
static const char role_letters[] = "aposgtu";
static const char *const doors[SW_DOOR__COUNT] = {"a", "posgtu", "sg", "sg"}; /* engine, mqtt, console, cli */

static const struct row *row_of(enum sw_verb verb)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        if (rows[i].verb == verb)
            return &rows[i];
    }
    return NULL;
}

static enum sw_status status_of(char letter)
{
    static const char letters[] = "odairc_v"; /* nothing leads to averted */

    return (enum sw_status)(strchr(letters, letter) - letters);
}

static enum sw_refusal may_it(const struct model *m, int i, const struct sw_ticket_command *c)
{
    const struct model_ticket *t = &m->tickets[i];
    const struct row *row = row_of(c->verb);
    char role;

    if (!row)
        return SW_REFUSAL_INVALID;
    role = role_letters[c->by.role];
    if (!strchr(row->roles, role) || !strchr(doors[c->by.door], role))
        return SW_REFUSAL_FORBIDDEN;
    if (row->needs_revision && c->revision == 0)
        return SW_REFUSAL_INVALID;
    if (row->needs_revision && (c->revision < t->event_revision || c->revision > t->revision))
        return SW_REFUSAL_CONFLICT;
    if (row->states[t->status] == '.')
        return SW_REFUSAL_NOT_LEGAL;
    if (t->head >= 0 ? !row->is_for_merged : c->verb == SW_VERB_UNMERGE)
        return SW_REFUSAL_NOT_LEGAL;
    return SW_REFUSAL_NONE;
}

static enum sw_refusal may_merge(const struct model *m, int i, const struct sw_ticket_command *c)
{
    const int head = model_find(m, c->into);
    int n = 0;

    if (!c->into[0])
        return SW_REFUSAL_INVALID;
    if (head < 0)
        return SW_REFUSAL_NOT_FOUND;
    if (head == i)
        return SW_REFUSAL_INVALID;
    if (m->tickets[head].head >= 0 || m->tickets[head].status >= SW_STATUS_RESOLVED || model_has_merged(m, i) ||
        (m->tickets[i].category == SW_CATEGORY_DEVICE) != (m->tickets[head].category == SW_CATEGORY_DEVICE))
        return SW_REFUSAL_NOT_LEGAL;
    for (int k = 0; k < m->n_tickets; k++)
        n += m->tickets[k].head == head;
    return n >= 8 ? SW_REFUSAL_OVERLOADED : SW_REFUSAL_NONE;
}

static enum sw_refusal may_dispatch(const struct model *m, int i, const struct sw_ticket_command *c)
{
    if (c->has_assignee ? !c->assignee.unit[0] : !m->tickets[i].unit[0])
        return SW_REFUSAL_INVALID;
    if (c->resolve_by_us != MODEL_NEVER && c->resolve_by_us <= m->now_us)
        return SW_REFUSAL_INVALID;
    return c->resolve_by_us != MODEL_NEVER && m->tickets[i].suspended ? SW_REFUSAL_NOT_LEGAL : SW_REFUSAL_NONE;
}

static enum sw_refusal may_resolve(const struct sw_ticket_command *c, bool is_proven)
{
    if (!c->measure[0] || !c->text[0] || (c->force && !c->reason[0]))
        return SW_REFUSAL_INVALID;
    return is_proven || c->force ? SW_REFUSAL_NONE : SW_REFUSAL_NO_PROOF;
}

/* The newest call that is meant; NULL = none. */
static struct model_call *call_meant(struct model *m, int i, const struct sw_ticket_command *c)
{
    struct model_call *newest = NULL, *newest_unnamed = NULL;

    for (int k = 0; k < m->n_calls; k++) {
        struct model_call *call = &m->calls[k];

        if (call->counted_in != i)
            continue;
        if (c->service_request_id[0] ? strcmp(call->id, c->service_request_id) != 0
                                     : c->caller_ref[0] && strcmp(call->caller, c->caller_ref) != 0)
            continue;
        newest = call;
        if (!call->caller[0])
            newest_unnamed = call;
    }
    if (!c->service_request_id[0] && !c->caller_ref[0] && newest_unnamed)
        return newest_unnamed;
    return newest;
}

static enum sw_refusal may_unlink(struct model *m, int i, const struct sw_ticket_command *c)
{
    if (model_own_calls(m, i) == 0)
        return SW_REFUSAL_NOT_LEGAL;
    return call_meant(m, i, c) ? SW_REFUSAL_NONE : SW_REFUSAL_INVALID;
}

static enum sw_refusal has_fields(struct model *m, int i, const struct sw_ticket_command *c, bool is_proven)
{
    const struct model_ticket *t = &m->tickets[i];
    const struct model_call *call;
    int open;

    switch (c->verb) {
    case SW_VERB_DISPATCH:
        return may_dispatch(m, i, c);
    case SW_VERB_RETURN:
    case SW_VERB_WITHDRAW:
        return c->reason[0] ? SW_REFUSAL_NONE : SW_REFUSAL_INVALID;
    case SW_VERB_SUSPEND:
        if (t->suspended)
            return SW_REFUSAL_NOT_LEGAL;
        return c->until_us == MODEL_NEVER || c->until_us <= m->now_us || c->until_us > m->now_us + 366 * DAY_US
                   ? SW_REFUSAL_INVALID
                   : SW_REFUSAL_NONE;
    case SW_VERB_RESUME:
        return t->suspended ? SW_REFUSAL_NONE : SW_REFUSAL_NOT_LEGAL;
    case SW_VERB_RESOLVE:
        return may_resolve(c, is_proven);
    case SW_VERB_CALLBACK:
    case SW_VERB_RATE:
        if (!c->satisfaction[0])
            return c->unsatisfied ? SW_REFUSAL_NONE : SW_REFUSAL_INVALID;
        return strcmp(c->satisfaction, "satisfied") == 0 || strcmp(c->satisfaction, "basically-satisfied") == 0 ||
                       strcmp(c->satisfaction, "unsatisfied") == 0
                   ? SW_REFUSAL_NONE
                   : SW_REFUSAL_INVALID;
    case SW_VERB_REOPEN:
        open = model_open_of(m, t->key);
        return open >= 0 && open != i ? SW_REFUSAL_NOT_LEGAL : SW_REFUSAL_NONE;
    case SW_VERB_MERGE:
        return may_merge(m, i, c);
    case SW_VERB_LINK:
        call = model_call_of(m, c->service_request_id);
        return call && call->counted_in == i ? SW_REFUSAL_NOT_LEGAL : SW_REFUSAL_NONE;
    case SW_VERB_UNLINK:
        return may_unlink(m, i, c);
    case SW_VERB_NOTE:
        return c->text[0] ? SW_REFUSAL_NONE : SW_REFUSAL_INVALID;
    default:
        return SW_REFUSAL_NONE;
    }
}

/* ---- what it does ---- */

/* The state of the table, the clock of the response, what counts as acting. */
static void done(struct model *m, int i, const struct sw_ticket_command *c)
{
    struct model_ticket *t = &m->tickets[i];
    const char to = row_of(c->verb)->states[t->status];
    const bool is_person = c->by.role != SW_ROLE_AUTO && c->by.role != SW_ROLE_PLATFORM;
    const enum sw_verb v = c->verb;

    if (to != '=')
        t->status = status_of(to);
    if (is_person && t->responded_us == MODEL_NEVER &&
        (v == SW_VERB_ACK || v == SW_VERB_ACCEPT || v == SW_VERB_START || v == SW_VERB_RETURN))
        t->responded_us = m->now_us;
    if (is_person && (v == SW_VERB_ACCEPT || v == SW_VERB_START || v == SW_VERB_NOTE || v == SW_VERB_RESOLVE))
        t->acted = true;
    model_say(m, i, v, c->by.role);
}

/* What is merged into a ticket ends with it. */
static void follow(struct model *m, int head, enum sw_verb verb, bool is_forced)
{
    for (int i = 0; i < m->n_tickets; i++) {
        struct model_ticket *t = &m->tickets[i];

        if (t->head != head ||
            (verb == SW_VERB_CLOSE ? t->status != SW_STATUS_RESOLVED : t->status >= SW_STATUS_RESOLVED))
            continue;
        model_end_suspension(m, i);
        t->status = verb == SW_VERB_RESOLVE ? SW_STATUS_RESOLVED
                    : verb == SW_VERB_CLOSE ? SW_STATUS_CLOSED
                                            : SW_STATUS_WITHDRAWN;
        if (verb == SW_VERB_RESOLVE)
            memcpy(t->measure, m->tickets[head].measure, sizeof t->measure);
        else
            t->ended_us = m->now_us;
        t->forced = t->forced || is_forced;
        model_say(m, i, verb, SW_ROLE_AUTO);
    }
}

void model_take_urgency(struct model *m, int from, int to)
{
    struct model_ticket *a = &m->tickets[from], *b = &m->tickets[to];

    model_raise_one(m, to, a->class_);
    if (a->responded_us == MODEL_NEVER && b->responded_us == MODEL_NEVER)
        b->respond_by_us = model_sooner(a->respond_by_us, b->respond_by_us);
    if (a->dispatched_us == MODEL_NEVER && b->dispatched_us == MODEL_NEVER)
        b->dispatch_by_us = model_sooner(a->dispatch_by_us, b->dispatch_by_us);
    if (!a->suspended && !b->suspended)
        b->resolve_by_us = model_sooner(a->resolve_by_us, b->resolve_by_us);
}

static void merge(struct model *m, int i, const struct sw_ticket_command *c)
{
    const int head = model_find(m, c->into);

    m->tickets[i].head = head;
    m->tickets[i].rest_from_us = m->now_us;
    m->tickets[i].resolve_rests_from_us = m->now_us;
    if (m->tickets[i].suspended && m->tickets[i].until_us > m->now_us) /* until then that has moved it already */
        m->tickets[i].resolve_rests_from_us = m->tickets[i].until_us;
    model_many_callers(m, head);
    model_take_urgency(m, i, head);
    done(m, i, c);
    model_say(m, head, SW_VERB_MERGE, c->by.role);
}

static void unmerge(struct model *m, int i, const struct sw_ticket_command *c)
{
    const int head = m->tickets[i].head;

    m->tickets[i].head = MODEL_NOWHERE;
    model_end_rest(m, i);
    done(m, i, c);
    model_say(m, head, SW_VERB_UNMERGE, c->by.role);
    model_avert_if_over(m, i);
    model_avert_if_over(m, head);
}

static void give_back(struct model *m, int i, const struct sw_ticket_command *c)
{
    struct model_ticket *t = &m->tickets[i];

    t->returned = true;
    t->returns++;
    done(m, i, c);
    if (t->returns < 2)
        return;
    if (m->supervision)
        snprintf(t->unit, sizeof t->unit, "%s", m->supervision);
    model_escalate(m, i);
    if (m->supervision)
        model_dispatch_at_once(m, i);
}

static void dispatch(struct model *m, int i, const struct sw_ticket_command *c)
{
    struct model_ticket *t = &m->tickets[i];

    if (c->has_assignee)
        snprintf(t->unit, sizeof t->unit, "%.*s", (int) sizeof t->unit - 1, c->assignee.unit);
    if (c->resolve_by_us != MODEL_NEVER) { /* the platform's own time is watched anew */
        t->resolve_by_us = c->resolve_by_us;
        t->overdue &= ~(unsigned) SW_OVERDUE_RESOLVE;
        t->reminded &= ~(unsigned) SW_OVERDUE_RESOLVE;
    }
    if (t->dispatched_us == MODEL_NEVER)
        t->dispatched_us = m->now_us;
    done(m, i, c);
}

static void resolve(struct model *m, int i, const struct sw_ticket_command *c, bool is_proven)
{
    struct model_ticket *t = &m->tickets[i];

    model_end_suspension(m, i);
    memcpy(t->measure, c->measure, sizeof t->measure);
    t->forced = t->forced || !is_proven;
    done(m, i, c);
    follow(m, i, SW_VERB_RESOLVE, !is_proven);
}

static void answer(struct model *m, int i, const struct sw_ticket_command *c)
{
    struct model_ticket *t = &m->tickets[i];
    const bool is_bad = c->unsatisfied || strcmp(c->satisfaction, "unsatisfied") == 0;
    int open;

    snprintf(t->satisfaction, sizeof t->satisfaction, "%s", c->satisfaction[0] ? c->satisfaction : "unsatisfied");
    done(m, i, c);
    open = model_open_of(m, t->key);
    if (is_bad && (open < 0 || open == i))
        model_reopen(m, i, SW_STAGE_NONE, c->by.role);
}

/* A call that is counted elsewhere moves; one that was never a complaint here is new. */
static void link(struct model *m, int i, const struct sw_ticket_command *c)
{
    struct model_call *call = model_call_of(m, c->service_request_id);
    struct model_call fresh = {.at_us = m->now_us,
                               .occurred_us = m->now_us,
                               .outcome = SW_COMPLAINT_LINKED,
                               .ticket = i,
                               .counted_in = MODEL_NOWHERE};
    const int from = call ? call->counted_in : MODEL_NOWHERE;

    if (from >= 0) {
        call->counted_in = MODEL_NOWHERE;
        model_many_callers(m, from);
        model_say(m, from, SW_VERB_UNLINK, c->by.role);
        model_avert_if_over(m, from);
    }
    if (!call) {
        snprintf(fresh.id, sizeof fresh.id, "%s", c->service_request_id);
        snprintf(fresh.caller, sizeof fresh.caller, "%s", c->caller_ref);
        call = model_new_call(m, &fresh);
    }
    call->counted_in = i;
    model_many_callers(m, i);
    done(m, i, c);
}

static void act(struct model *m, int i, const struct sw_ticket_command *c, bool is_proven)
{
    struct model_ticket *t = &m->tickets[i];

    switch (c->verb) {
    case SW_VERB_DISPATCH:
        dispatch(m, i, c);
        break;
    case SW_VERB_RETURN:
        give_back(m, i, c);
        break;
    case SW_VERB_SUSPEND:
        t->suspended = true;
        t->until_us = c->until_us;
        if (t->resolve_by_us != MODEL_NEVER)
            t->resolve_by_us += c->until_us - m->now_us;
        done(m, i, c);
        break;
    case SW_VERB_RESUME:
        model_end_suspension(m, i);
        done(m, i, c);
        break;
    case SW_VERB_ESCALATE:
        t->escalated = true;
        model_shorten(m, i);
        done(m, i, c);
        break;
    case SW_VERB_RESOLVE:
        resolve(m, i, c, is_proven);
        break;
    case SW_VERB_CALLBACK:
    case SW_VERB_RATE:
        answer(m, i, c);
        break;
    case SW_VERB_REOPEN:
        model_reopen(m, i, SW_STAGE_NONE, c->by.role);
        break;
    case SW_VERB_CLOSE:
    case SW_VERB_WITHDRAW:
        t->ended_us = m->now_us;
        model_end_suspension(m, i);
        done(m, i, c);
        follow(m, i, c->verb, false);
        break;
    case SW_VERB_MERGE:
        merge(m, i, c);
        break;
    case SW_VERB_UNMERGE:
        unmerge(m, i, c);
        break;
    case SW_VERB_LINK:
        link(m, i, c);
        break;
    case SW_VERB_UNLINK:
        call_meant(m, i, c)->counted_in = MODEL_TAKEN_OFF;
        done(m, i, c);
        model_avert_if_over(m, i);
        break;
    default: /* ack, accept, start, note */
        done(m, i, c);
        break;
    }
}

enum sw_refusal model_command(struct model *m, const struct sw_ticket_command *c, bool is_proven)
{
    const int i = model_find(m, c->ticket);
    enum sw_refusal refusal;

    if (i < 0)
        return SW_REFUSAL_NOT_FOUND;
    refusal = may_it(m, i, c);
    if (refusal == SW_REFUSAL_NONE)
        refusal = has_fields(m, i, c, is_proven);
    if (refusal == SW_REFUSAL_NONE)
        act(m, i, c, is_proven);
    return refusal;
}
