// SPDX-License-Identifier: Apache-2.0
/* The model's clock: what a class gives, standing still, reminders, what is late. Source: docs/explanation/deadlines.md
 * and docs/adr/0017. */
#include "tests/support/desk_model.h"

#define S 1000000LL

int64_t model_sooner(int64_t a, int64_t b)
{
    if (a == MODEL_NEVER)
        return b;
    if (b == MODEL_NEVER)
        return a;
    return a < b ? a : b;
}

static int64_t in(const struct model *m, int32_t s)
{
    return s > 0 ? m->now_us + s * S : MODEL_NEVER;
}

/* A complaint with which nothing was measured has its own time, while it is class B. */
static int32_t resolve_s(const struct model *m, const struct model_ticket *t, enum sw_class c)
{
    if (t->is_enquiry && c == SW_CLASS_B && t->from_us == MODEL_NEVER)
        return m->hotline->enquiry.s;
    return m->hotline->limits[c].resolve.s;
}

void model_set_deadlines(struct model *m, int i)
{
    struct model_ticket *t = &m->tickets[i];

    t->respond_by_us = in(m, m->hotline->limits[t->class_].respond_s);
    t->dispatch_by_us = in(m, m->hotline->limits[t->class_].dispatch_s);
    t->resolve_by_us = in(m, resolve_s(m, t, t->class_));
    t->reminded = 0;
    t->rest_from_us = t->resolve_rests_from_us = m->now_us;
}

/* Of a suspended ticket the time to resolve begins when the suspension ends. */
static int64_t resolve_in(const struct model *m, const struct model_ticket *t, enum sw_class c)
{
    const int32_t s = resolve_s(m, t, c);
    const int64_t from_us = t->suspended && t->until_us > m->now_us ? t->until_us : m->now_us;

    return s > 0 ? from_us + s * S : MODEL_NEVER;
}

bool model_raise_one(struct model *m, int i, enum sw_class c)
{
    struct model_ticket *t = &m->tickets[i];

    if (c >= t->class_)
        return false;
    t->class_ = c;
    if (t->responded_us == MODEL_NEVER)
        t->respond_by_us = model_sooner(t->respond_by_us, in(m, m->hotline->limits[c].respond_s));
    if (t->dispatched_us == MODEL_NEVER)
        t->dispatch_by_us = model_sooner(t->dispatch_by_us, in(m, m->hotline->limits[c].dispatch_s));
    if (t->status < SW_STATUS_RESOLVED)
        t->resolve_by_us = model_sooner(t->resolve_by_us, resolve_in(m, t, c));
    return true;
}

/* A manual escalation: what still runs is drawn in to what the next class gives. */
void model_shorten(struct model *m, int i)
{
    struct model_ticket *t = &m->tickets[i];
    const enum sw_class next = t->class_ == SW_CLASS_C ? SW_CLASS_B : SW_CLASS_A;

    if (t->respond_by_us != MODEL_NEVER && t->responded_us == MODEL_NEVER)
        t->respond_by_us = model_sooner(t->respond_by_us, in(m, m->hotline->limits[next].respond_s));
    if (t->dispatch_by_us != MODEL_NEVER && t->dispatched_us == MODEL_NEVER)
        t->dispatch_by_us = model_sooner(t->dispatch_by_us, in(m, m->hotline->limits[next].dispatch_s));
    if (t->resolve_by_us != MODEL_NEVER)
        t->resolve_by_us = model_sooner(t->resolve_by_us, resolve_in(m, t, next));
}

/* An early end gives back what was not used. */
void model_end_suspension(struct model *m, int i)
{
    struct model_ticket *t = &m->tickets[i];

    if (t->suspended && t->resolve_by_us != MODEL_NEVER && t->until_us > m->now_us)
        t->resolve_by_us -= t->until_us - m->now_us;
    t->suspended = false;
    t->until_us = MODEL_NEVER;
}

void model_end_rest(struct model *m, int i)
{
    struct model_ticket *t = &m->tickets[i];
    const int64_t rest_us = m->now_us - t->rest_from_us;

    if (t->respond_by_us != MODEL_NEVER && t->responded_us == MODEL_NEVER && !(t->overdue & SW_OVERDUE_RESPOND))
        t->respond_by_us += rest_us;
    if (t->dispatch_by_us != MODEL_NEVER && t->dispatched_us == MODEL_NEVER && !(t->overdue & SW_OVERDUE_DISPATCH))
        t->dispatch_by_us += rest_us;
    if (t->resolve_by_us != MODEL_NEVER && !(t->overdue & SW_OVERDUE_RESOLVE) && m->now_us > t->resolve_rests_from_us)
        t->resolve_by_us += m->now_us - t->resolve_rests_from_us;
}

/* ---- near and late ---- */

/* @param given_s  what the class gives for it; 0 = nothing, then a day's lead holds */
static void watch(struct model *m, int i, unsigned bit, int64_t by_us, int32_t given_s)
{
    struct model_ticket *t = &m->tickets[i];
    const struct sw_reminder *r = &m->hotline->remind;
    const int64_t time_us = (given_s > 0 ? given_s : 86400) * S;
    const int64_t lead_us = r->s > 0 ? (r->s * S < time_us / 2 ? r->s * S : time_us / 2) : time_us * r->percent / 100;

    if (by_us == MODEL_NEVER || t->head >= 0 || (t->overdue & bit))
        return;
    if (m->now_us >= by_us) {
        t->overdue |= bit;
        model_say(m, i, SW_VERB_OVERDUE, SW_ROLE_AUTO);
        model_escalate(m, i);
    } else if (m->now_us >= by_us - lead_us && !t->suspended && !(t->reminded & bit) && (r->s > 0 || r->percent > 0)) {
        t->reminded |= bit;
        model_say(m, i, SW_VERB_REMIND, SW_ROLE_AUTO);
    }
}

void model_tick(struct model *m)
{
    for (int i = 0; i < m->n_tickets; i++) {
        struct model_ticket *t = &m->tickets[i];
        /* who was escalated is reminded as of the class that is next */
        const enum sw_class c = t->escalated && t->class_ > SW_CLASS_A ? (enum sw_class)(t->class_ - 1) : t->class_;

        if (t->status >= SW_STATUS_RESOLVED)
            continue;
        if (t->suspended && m->now_us >= t->until_us) {
            t->suspended = false;
            t->until_us = MODEL_NEVER;
            model_say(m, i, SW_VERB_RESUME, SW_ROLE_AUTO);
        }
        if (t->responded_us == MODEL_NEVER)
            watch(m, i, SW_OVERDUE_RESPOND, t->respond_by_us, m->hotline->limits[c].respond_s);
        if (t->dispatched_us == MODEL_NEVER)
            watch(m, i, SW_OVERDUE_DISPATCH, t->dispatch_by_us, m->hotline->limits[c].dispatch_s);
        watch(m, i, SW_OVERDUE_RESOLVE, t->resolve_by_us, resolve_s(m, t, c));
    }
}
