// SPDX-License-Identifier: Apache-2.0
/* Deadlines of tickets: what a class gives, how they are drawn in, stand still and move on, and what happens when one
 * is near or missed. All of it stands in the ticket, so that a restart or a step of the clock tells nothing twice. The
 * arithmetic of working days is deadline.c's. */
#include "tickets/deadline.h"
#include "tickets/desk_impl.h"

#define DAY_US (SW_S_PER_DAY * SW_US_PER_S)

static struct sw_work_clock work_clock(const struct sw_desk *d)
{
    return (struct sw_work_clock){.zone = d->p.zone, .days = d->p.days};
}

/* ---- what a class gives ---- */

static int64_t after(int64_t now_us, int32_t limit_s)
{
    return limit_s > 0 ? now_us + limit_s * SW_US_PER_S : SW_TIME_NONE;
}

int64_t sw_desk_earlier(int64_t a, int64_t b)
{
    if (a == SW_TIME_NONE || b == SW_TIME_NONE)
        return a == SW_TIME_NONE ? b : a;
    return SW_MIN(a, b);
}

static const struct sw_time_limit *resolve_limit(const struct sw_desk *d, const struct sw_ticket *t, enum sw_class c)
{
    const struct sw_hotline *h = d->p.hotline;
    const bool is_enquiry = t->is_enquiry && c == SW_CLASS_B && t->measured_from_us == SW_TIME_NONE;

    return is_enquiry && (h->enquiry.s > 0 || h->enquiry.workdays > 0) ? &h->enquiry : &h->limits[c].resolve;
}

/* The limit from then on becomes the deadline if that is the earlier one. */
static void draw_resolve_in(const struct sw_desk *d, struct sw_ticket *t, const struct sw_time_limit *l,
                            int64_t from_us)
{
    const struct sw_work_clock clock = work_clock(d);
    const bool in_workdays = l->workdays > 0;
    const int64_t by_us = in_workdays ? sw_work_days_after(&clock, from_us, l->workdays) : after(from_us, l->s);

    if (by_us == SW_TIME_NONE || (t->resolve_by_us != SW_TIME_NONE && t->resolve_by_us <= by_us))
        return;
    t->resolve_by_us = by_us;
    t->resolve_in_workdays = in_workdays;
}

void sw_desk_set_deadlines(const struct sw_desk *d, struct sw_ticket *t, int64_t now_us)
{
    const struct sw_class_limits *l = &d->p.hotline->limits[t->class_];

    t->respond_by_us = after(now_us, l->respond_s);
    t->dispatch_by_us = after(now_us, l->dispatch_s);
    t->resolve_by_us = SW_TIME_NONE;
    t->resolve_in_workdays = false;
    t->reminded = 0;
    t->rests_since_us = t->resolve_rests_since_us = t->merged_into[0] ? now_us : 0;
    draw_resolve_in(d, t, resolve_limit(d, t, t->class_), now_us);
}

void sw_desk_set_resolve_by(struct sw_ticket *t, int64_t by_us)
{
    t->resolve_by_us = by_us;
    t->resolve_in_workdays = false;
    t->overdue &= ~(unsigned) SW_OVERDUE_RESOLVE; /* a new deadline is watched anew */
    t->reminded &= ~(unsigned) SW_OVERDUE_RESOLVE;
}

/* The time to resolve stands still until a suspension ends. */
static int64_t runs_from(const struct sw_ticket *t, int64_t now_us)
{
    return t->suspended ? SW_MAX(now_us, t->suspended_until_us) : now_us;
}

bool sw_desk_raise_class(const struct sw_desk *d, struct sw_ticket *t, enum sw_class c, int64_t now_us)
{
    const struct sw_class_limits *l = &d->p.hotline->limits[c];

    if (c >= t->class_)
        return false;
    t->class_ = c;
    if (t->responded_us == SW_TIME_NONE)
        t->respond_by_us = sw_desk_earlier(t->respond_by_us, after(now_us, l->respond_s));
    if (t->dispatched_us == SW_TIME_NONE)
        t->dispatch_by_us = sw_desk_earlier(t->dispatch_by_us, after(now_us, l->dispatch_s));
    if (t->status < SW_STATUS_RESOLVED)
        draw_resolve_in(d, t, resolve_limit(d, t, c), runs_from(t, now_us));
    return true;
}

void sw_desk_shorten(const struct sw_desk *d, struct sw_ticket *t, int64_t now_us)
{
    const enum sw_class next = t->class_ == SW_CLASS_A ? SW_CLASS_A : (enum sw_class)(t->class_ - 1);
    const struct sw_class_limits *l = &d->p.hotline->limits[next];

    if (t->respond_by_us != SW_TIME_NONE && t->responded_us == SW_TIME_NONE)
        t->respond_by_us = sw_desk_earlier(t->respond_by_us, after(now_us, l->respond_s));
    if (t->dispatch_by_us != SW_TIME_NONE && t->dispatched_us == SW_TIME_NONE)
        t->dispatch_by_us = sw_desk_earlier(t->dispatch_by_us, after(now_us, l->dispatch_s));
    if (t->resolve_by_us != SW_TIME_NONE)
        draw_resolve_in(d, t, resolve_limit(d, t, next), runs_from(t, now_us));
}

/* ---- standing still ---- */

/* By the length of a stretch, forwards or (sign -1) back, counted as the deadline itself is. */
static void move_resolve_by(const struct sw_desk *d, struct sw_ticket *t, int64_t from_us, int64_t to_us, int sign)
{
    const struct sw_work_clock clock = work_clock(d);

    if (t->resolve_by_us == SW_TIME_NONE || to_us <= from_us)
        return;
    if (t->resolve_in_workdays)
        t->resolve_by_us = sw_work_shift(&clock, t->resolve_by_us, sign * sw_work_between(&clock, from_us, to_us));
    else
        t->resolve_by_us += sign * (to_us - from_us);
}

void sw_desk_suspend(const struct sw_desk *d, struct sw_ticket *t, int64_t now_us, int64_t until_us)
{
    t->suspended = true;
    t->suspended_until_us = until_us;
    move_resolve_by(d, t, now_us, until_us, 1);
}

void sw_desk_end_suspension(const struct sw_desk *d, struct sw_ticket *t, int64_t now_us)
{
    if (t->suspended)
        move_resolve_by(d, t, now_us, t->suspended_until_us, -1);
    t->suspended = false;
    t->suspended_until_us = SW_TIME_NONE;
}

void sw_desk_begin_rest(struct sw_ticket *t, int64_t now_us)
{
    t->rests_since_us = now_us;
    t->resolve_rests_since_us = runs_from(t, now_us); /* until then the suspension has moved it */
}

void sw_desk_end_rest(const struct sw_desk *d, struct sw_ticket *t, int64_t now_us)
{
    const int64_t from_us = t->rests_since_us > 0 ? SW_MIN(t->rests_since_us, now_us) : now_us;

    if (t->respond_by_us != SW_TIME_NONE && t->responded_us == SW_TIME_NONE && !(t->overdue & SW_OVERDUE_RESPOND))
        t->respond_by_us += now_us - from_us;
    if (t->dispatch_by_us != SW_TIME_NONE && t->dispatched_us == SW_TIME_NONE && !(t->overdue & SW_OVERDUE_DISPATCH))
        t->dispatch_by_us += now_us - from_us;
    if (!(t->overdue & SW_OVERDUE_RESOLVE))
        move_resolve_by(d, t, SW_MAX(from_us, t->resolve_rests_since_us), now_us, 1);
    t->rests_since_us = t->resolve_rests_since_us = 0;
}

/* ---- near and missed ---- */

struct deadline {
    unsigned bit;
    const char *name;
    int64_t by_us;
    int32_t limit_s; /* of plain time that the class gives for it */
    bool is_met;     /* or rests, or was said already */
};

#define DEADLINES 3

static void list_deadlines(const struct sw_desk *d, const struct sw_ticket *t, struct deadline ret[DEADLINES])
{
    /* An escalated ticket's plain deadlines were drawn in to those of the next class. */
    const bool is_drawn_in = t->escalated && t->class_ > SW_CLASS_A;
    const enum sw_class c = (enum sw_class)((int) t->class_ - is_drawn_in);
    const struct sw_class_limits *l = &d->p.hotline->limits[c];

    ret[0] = (struct deadline){SW_OVERDUE_RESPOND, "respond", t->respond_by_us, l->respond_s,
                               t->responded_us != SW_TIME_NONE};
    ret[1] = (struct deadline){SW_OVERDUE_DISPATCH, "dispatch", t->dispatch_by_us, l->dispatch_s,
                               t->dispatched_us != SW_TIME_NONE};
    ret[2] = (struct deadline){SW_OVERDUE_RESOLVE, "resolve", t->resolve_by_us, resolve_limit(d, t, c)->s, false};
    for (int i = 0; i < DEADLINES; i++) {
        if (t->status >= SW_STATUS_RESOLVED || t->merged_into[0] || (t->overdue & ret[i].bit) ||
            ret[i].by_us == SW_TIME_NONE)
            ret[i].is_met = true;
        if (ret[i].limit_s == 0) /* the platform set it, or the pack changed: as if it were a day's */
            ret[i].limit_s = SW_S_PER_DAY;
    }
}

/* When to remind of it; SW_TIME_NONE = not (any more). */
static int64_t remind_at(const struct sw_desk *d, const struct sw_ticket *t, const struct deadline *dl)
{
    const struct sw_reminder *r = &d->p.hotline->remind;
    const bool in_workdays = dl->bit == SW_OVERDUE_RESOLVE && t->resolve_in_workdays;
    const int32_t workdays = in_workdays ? resolve_limit(d, t, t->class_)->workdays : 0;
    const int64_t time_us = workdays > 0 ? workdays * DAY_US : dl->limit_s * SW_US_PER_S;
    const struct sw_work_clock clock = work_clock(d);
    int64_t lead_us = time_us / 100 * r->percent;

    if (dl->is_met || t->suspended || (t->reminded & dl->bit) || (r->percent == 0 && r->s == 0))
        return SW_TIME_NONE;
    if (r->s > 0)
        lead_us = SW_MIN(r->s * SW_US_PER_S, time_us / 2);
    return in_workdays ? sw_work_shift(&clock, dl->by_us, -lead_us) : dl->by_us - lead_us;
}

/* The review by the month of a class without deadlines; SW_TIME_NONE = none (any more). */
static int64_t review_at(const struct sw_desk *d, const struct sw_ticket *t)
{
    const struct sw_work_clock clock = work_clock(d);
    int64_t from_us = t->opened_us;

    if (!d->p.hotline->limits[t->class_].is_reviewed || t->status >= SW_STATUS_RESOLVED || t->merged_into[0] ||
        t->suspended || (t->reminded & SW_REMINDED_REVIEW))
        return SW_TIME_NONE;
    for (size_t i = 0; i < t->n_history; i++) {
        if (t->history[i].verb == SW_VERB_REOPEN)
            from_us = t->history[i].at_us;
    }
    return sw_work_next_month(&clock, from_us);
}

static int64_t next_due(const struct sw_desk *d, const struct sw_ticket *t)
{
    struct deadline list[DEADLINES];
    int64_t due = t->suspended ? t->suspended_until_us : SW_TIME_NONE;

    if (t->status >= SW_STATUS_RESOLVED) /* nothing runs, not even a suspension */
        return SW_TIME_NONE;
    list_deadlines(d, t, list);
    for (int i = 0; i < DEADLINES; i++) {
        if (!list[i].is_met)
            due = sw_desk_earlier(due, sw_desk_earlier(list[i].by_us, remind_at(d, t, &list[i])));
    }
    return sw_desk_earlier(due, review_at(d, t));
}

static void remind(struct sw_desk *d, struct sw_desk_slot *s, unsigned bit, const char *name, int64_t now_us,
                   struct sw_desk_out *out)
{
    const uint32_t event_revision = s->ticket.event_revision;

    s->ticket.reminded |= bit;
    sw_desk_record(d, s, SW_VERB_REMIND, SW_STAGE_NONE, &sw_desk_auto, name, now_us, out);
    s->ticket.event_revision = event_revision; /* who is just acting need not have read it */
}

/* Of a deadline that passed already nobody is reminded: it is overdue. */
static void check_deadline(struct sw_desk *d, struct sw_desk_slot *s, const struct deadline *dl, int64_t now_us,
                           struct sw_desk_out *out)
{
    const int64_t remind_us = remind_at(d, &s->ticket, dl);

    if (dl->is_met)
        return;
    if (now_us >= dl->by_us) {
        s->ticket.overdue |= dl->bit;
        sw_desk_record(d, s, SW_VERB_OVERDUE, SW_STAGE_NONE, &sw_desk_auto, dl->name, now_us, out);
        sw_desk_escalate(d, s, now_us, out);
    } else if (remind_us != SW_TIME_NONE && now_us >= remind_us) {
        remind(d, s, dl->bit, dl->name, now_us, out);
    }
}

static void check_ticket(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out)
{
    struct sw_ticket *t = &s->ticket;
    struct deadline list[DEADLINES];
    int64_t review_us;

    if (t->suspended && now_us >= t->suspended_until_us) {
        t->suspended = false;
        t->suspended_until_us = SW_TIME_NONE;
        sw_desk_record(d, s, SW_VERB_RESUME, SW_STAGE_NONE, &sw_desk_auto, "", now_us, out);
    }
    list_deadlines(d, t, list);
    for (int i = 0; i < DEADLINES; i++)
        check_deadline(d, s, &list[i], now_us, out);
    review_us = review_at(d, t);
    if (review_us != SW_TIME_NONE && now_us >= review_us)
        remind(d, s, SW_REMINDED_REVIEW, "review", now_us, out);
}

#define TICKET_EVENTS_MAX 6 /* of one ticket in one tick: resume, three deadlines, an escalation, a review */

void sw_desk_tick(struct sw_desk *d, int64_t now_us, struct sw_desk_out *out)
{
    int64_t due = INT64_MAX;

    if (d->next_due_us != SW_TIME_NONE && now_us < d->next_due_us)
        return;
    for (size_t i = 0; i < d->n_slots; i++) {
        struct sw_desk_slot *s = &d->slots[i];
        /* what finds no room waits a second */
        const bool has_room =
            out->n_events + TICKET_EVENTS_MAX <= SW_DESK_CHANGES_MAX && out->n_tickets < SW_DESK_CHANGES_MAX;
        int64_t at = next_due(d, &s->ticket);

        if (at != SW_TIME_NONE && now_us >= at && has_room) {
            check_ticket(d, s, now_us, out);
            at = next_due(d, &s->ticket);
        }
        if (at != SW_TIME_NONE)
            due = SW_MIN(due, at);
    }
    d->next_due_us = due;
}
