// SPDX-License-Identifier: Apache-2.0
/* One step of the product beside one of the model: tickets, events, and what must hold of every step. */
#include "tests/support/desk_model_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REFINED_MAX 40 /* in one step, without an event: a head, by each call that its merged ones gain or lose */

struct view {
    struct model *m;
    const struct sw_desk *d;
    const struct sw_desk_out *out;
    struct model_before *before;
    char *why;
};

static bool differs(const struct view *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool differs(const struct view *v, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(v->why, MODEL_WHY_SIZE, fmt, ap);
    va_end(ap);
    return false;
}

void model_step_begins(struct model *m)
{
    for (int i = 0; i < m->n_tickets; i++)
        m->tickets[i].n_said = 0;
}

static bool is_told(const struct view *v, int i)
{
    for (size_t k = 0; k < v->out->n_tickets; k++) {
        if (v->out->tickets[k] == i)
            return true;
    }
    return false;
}

/* ---- numbers of a ticket ---- */

struct pair {
    const char *what;
    int64_t got, want;
};

static bool same_numbers(const struct view *v, int i, const struct pair *pairs, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (pairs[k].got != pairs[k].want)
            return differs(v, "ticket %d (%s): %s is %lld, the model says %lld", i, v->m->tickets[i].key, pairs[k].what,
                           (long long) pairs[k].got, (long long) pairs[k].want);
    }
    return true;
}

static bool same_state(const struct view *v, int i, const struct sw_ticket *t)
{
    const struct model_ticket *r = &v->m->tickets[i];
    const struct model_counts n = model_counts(v->m, i);
    const struct pair pairs[] = {
        {"attribution", t->attribution == SW_ATTRIBUTION_SITE, r->is_site},
        {"reopens", t->reopens, r->reopens},
        {"returns", t->returns, r->returns},
        {"averted", t->averted_acted, r->averted},
        {"acted", t->acted, r->acted},
        {"escalated", t->escalated, r->escalated},
        {"returned", t->returned, r->returned},
        {"suspended", t->suspended, r->suspended},
        {"forced", t->forced, r->forced},
        {"raised by callers", t->raised_by_callers, r->raised},
        {"overdue", t->overdue, r->overdue},
        {"reminded", t->reminded, r->reminded},
        {"enquiry", t->is_enquiry, r->is_enquiry},
        {"calls", t->calls, n.calls},
        {"callers", t->callers, n.callers},
        {"repeat callers", t->repeat_callers, n.repeat_callers},
        {"history", t->history_total, r->history},
        {"opened", t->opened_us, r->opened_us},
        {"ended", t->ended_us, r->ended_us},
        {"first over", t->measured_from_us, r->from_us},
        {"last over", t->measured_to_us, r->to_us},
        {"over by", t->over_by, r->over_by},
        {"worst", t->worst, r->worst},
        {"suspended until", t->suspended_until_us, r->until_us},
        {"responded", t->responded_us, r->responded_us},
        {"dispatched", t->dispatched_us, r->dispatched_us},
        {"respond by", t->respond_by_us, r->respond_by_us},
        {"dispatch by", t->dispatch_by_us, r->dispatch_by_us},
        /* of an averted one it says nothing any more */
        {"resolve by", t->status == SW_STATUS_AVERTED ? 0 : t->resolve_by_us,
         t->status == SW_STATUS_AVERTED ? 0 : r->resolve_by_us},
    };

    return same_numbers(v, i, pairs, SW_ARRAY_SIZE(pairs));
}

static const char *class_name(enum sw_class c)
{
    return c == SW_CLASS_A ? "A" : c == SW_CLASS_B ? "B" : "C";
}

static bool same_words(const struct view *v, int i, const struct sw_ticket *t)
{
    const struct model_ticket *r = &v->m->tickets[i];
    const struct {
        const char *what, *got, *want;
    } words[] = {
        {"status", sw_status_name(t->status), sw_status_name(r->status)},
        {"stage", sw_stage_name(t->stage), sw_stage_name(r->stage)},
        {"class", class_name(t->class_), class_name(r->class_)},
        {"origin", sw_origin_name(t->origin), sw_origin_name(r->origin)},
        {"category", sw_category_name(t->category), sw_category_name(r->category)},
        {"matter", t->matter_key, r->key},
        {"unit", t->assignee.unit, r->unit},
        {"measure", t->measure, r->measure},
        {"satisfaction", t->satisfaction, r->satisfaction},
        {"merged into", t->merged_into, r->head >= 0 ? v->m->tickets[r->head].id : ""},
        {"previous", t->previous, r->previous >= 0 ? v->m->tickets[r->previous].id : ""},
    };

    for (size_t k = 0; k < SW_ARRAY_SIZE(words); k++) {
        if (strcmp(words[k].got, words[k].want) != 0)
            return differs(v, "ticket %d (%s): %s is \"%s\", the model says \"%s\"", i, r->key, words[k].what,
                           words[k].got, words[k].want);
    }
    return true;
}

/* ---- what was said ---- */

static bool event_fits(const struct view *v, int i, const struct sw_ticket_event *e, unsigned n)
{
    const struct model_ticket *r = &v->m->tickets[i];

    if (n >= r->n_said || n >= MODEL_SAID)
        return differs(v, "ticket %d (%s): event %s too many", i, r->key, sw_verb_name(e->verb));
    if (e->verb != r->said[n] || e->by.role != r->said_by[n])
        return differs(v, "ticket %d (%s): event %u is %s by %s, the model says %s by %s", i, r->key, n,
                       sw_verb_name(e->verb), sw_role_name(e->by.role), sw_verb_name(r->said[n]),
                       sw_role_name(r->said_by[n]));
    if (e->at_us != v->m->now_us || strlen(e->id) != 10)
        return differs(v, "ticket %d (%s): event %s without its time or id", i, r->key, sw_verb_name(e->verb));
    return true;
}

static bool history_fits(const struct view *v, int i, const struct sw_ticket *t)
{
    const struct model_ticket *r = &v->m->tickets[i];
    const unsigned n = r->n_said < MODEL_SAID ? r->n_said : MODEL_SAID;

    if (t->n_history != (t->history_total < SW_HISTORY_MAX ? t->history_total : SW_HISTORY_MAX))
        return differs(v, "ticket %d: %zu entries are kept of %u", i, t->n_history, t->history_total);
    for (unsigned k = 0; k < n; k++) {
        const struct sw_history *h = &t->history[t->n_history - n + k];

        if (h->verb != r->said[k] || h->by.role != r->said_by[k] || h->at_us != v->m->now_us)
            return differs(v, "ticket %d (%s): its history ends with %s by %s, the model says %s by %s", i, r->key,
                           sw_verb_name(h->verb), sw_role_name(h->by.role), sw_verb_name(r->said[k]),
                           sw_role_name(r->said_by[k]));
    }
    return true;
}

/* Each event raises the revision by one, a refinement without an event too; nothing else does. A reminder makes no
 * command stale. */
static bool events_fit(const struct view *v, int i, const struct sw_ticket *t)
{
    struct model_ticket *r = &v->m->tickets[i];
    uint32_t revision = r->revision, event_revision = r->event_revision;
    enum sw_status status = t->status;
    unsigned n = 0;

    for (size_t k = 0; k < v->out->n_events; k++) {
        const struct sw_ticket_event *e = &v->out->events[k];

        if (strcmp(e->ticket, t->id) != 0)
            continue;
        if (!event_fits(v, i, e, n++))
            return false;
        if (e->revision <= revision || e->revision > revision + REFINED_MAX)
            return differs(v, "ticket %d (%s): event %s has revision %u after %u", i, r->key, sw_verb_name(e->verb),
                           e->revision, revision);
        revision = e->revision;
        if (e->verb != SW_VERB_REMIND)
            event_revision = revision;
        status = e->status;
    }
    if (n != r->n_said)
        return differs(v, "ticket %d (%s): %u events, the model says %u (%s is missing)", i, r->key, n, r->n_said,
                       sw_verb_name(r->said[n < MODEL_SAID ? n : 0]));
    if (n > 0 && status != t->status)
        return differs(v, "ticket %d (%s): its last event says %s, it is %s", i, r->key, sw_status_name(status),
                       sw_status_name(t->status));
    if (t->revision < revision || t->revision > revision + REFINED_MAX)
        return differs(v, "ticket %d (%s): revision %u after %u", i, r->key, t->revision, revision);
    if (is_told(v, i) && t->revision == r->revision)
        return differs(v, "ticket %d (%s): told as changed with the old revision", i, r->key);
    if (t->event_revision != event_revision)
        return differs(v, "ticket %d (%s): commands are stale before revision %u, should be %u", i, r->key,
                       t->event_revision, event_revision);
    r->revision = t->revision;
    r->event_revision = t->event_revision;
    r->changed_us = t->changed_us;
    return history_fits(v, i, t);
}

/* ---- all tickets ---- */

static bool ticket_agrees(const struct view *v, int i)
{
    const struct sw_ticket *t = sw_desk_ticket(v->d, (size_t) i);
    struct model_ticket *r = &v->m->tickets[i];
    const bool is_new = i >= v->before->n;

    if (!t)
        return differs(v, "ticket %d (%s) is missing", i, r->key);
    if (is_new) {
        for (int k = 0; k < i; k++) {
            if (strcmp(v->m->tickets[k].id, t->id) == 0)
                return differs(v, "tickets %d and %d have one id, %s", k, i, t->id);
        }
        snprintf(r->id, sizeof r->id, "%s", t->id);
    }
    if (!is_told(v, i)) {
        if (is_new)
            return differs(v, "ticket %d (%s) is new and was not told", i, r->key);
        if (memcmp(t, &v->before->tickets[i], sizeof *t) != 0 && same_words(v, i, t) && same_state(v, i, t))
            return differs(v, "ticket %d (%s) changed, which was not told", i, r->key);
    }
    return same_words(v, i, t) && same_state(v, i, t) && events_fit(v, i, t);
}

static bool each_matter_has_one(const struct view *v)
{
    for (int i = 0; i < v->m->n_tickets; i++) {
        const struct sw_ticket *a = sw_desk_ticket(v->d, (size_t) i);

        for (int k = 0; k < i; k++) {
            const struct sw_ticket *b = sw_desk_ticket(v->d, (size_t) k);

            if (sw_ticket_is_open(a) && sw_ticket_is_open(b) && strcmp(a->matter_key, b->matter_key) == 0)
                return differs(v, "tickets %d and %d are both open for %s", k, i, a->matter_key);
        }
    }
    return true;
}

static bool nothing_is_lost(const struct view *v)
{
    const struct sw_desk_totals n = sw_desk_totals(v->d);

    if (n.lost_events_total != 0 || n.refused_total != 0)
        return differs(v, "%llu events lost, %llu tickets refused", (unsigned long long) n.lost_events_total,
                       (unsigned long long) n.refused_total);
    for (size_t k = 0; k < v->out->n_events; k++) {
        if (model_find(v->m, v->out->events[k].ticket) < 0)
            return differs(v, "an event of %s, which is no ticket", v->out->events[k].ticket);
    }
    return true;
}

bool model_agrees(struct model *m, const struct sw_desk *d, const struct sw_desk_out *out, struct model_before *before,
                  char why[MODEL_WHY_SIZE])
{
    const struct view v = {.m = m, .d = d, .out = out, .before = before, .why = why};

    if (sw_desk_ticket(d, (size_t) m->n_tickets))
        return differs(&v, "a ticket too many: %s", sw_desk_ticket(d, (size_t) m->n_tickets)->matter_key);
    for (int i = 0; i < m->n_tickets; i++) {
        if (!ticket_agrees(&v, i))
            return false;
    }
    if (!each_matter_has_one(&v) || !nothing_is_lost(&v))
        return false;
    for (size_t k = 0; k < out->n_tickets; k++)
        before->tickets[out->tickets[k]] = *sw_desk_ticket(d, out->tickets[k]);
    before->n = m->n_tickets;
    return true;
}
