// SPDX-License-Identifier: Apache-2.0
/* What changes a ticket, whoever asks for it: birth, records and events, class, owner, reopening, escalation. When that
 * happens is decided in desk_finding.c, desk_command.c and, for deadlines, in desk_deadline.c. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/ident.h"
#include "common/timefmt.h"
#include "tickets/desk_impl.h"

const struct sw_actor sw_desk_auto = {.id = "auto", .role = SW_ROLE_AUTO, .door = SW_DOOR_ENGINE};

/* ---- records ---- */

static void mark_changed(struct sw_desk *d, const struct sw_desk_slot *s, struct sw_desk_out *out)
{
    const uint16_t slot = (uint16_t) (s - d->slots);

    d->next_due_us = SW_TIME_NONE;
    for (size_t i = 0; i < out->n_tickets; i++) {
        if (out->tickets[i] == slot)
            return;
    }
    if (out->n_tickets < SW_DESK_CHANGES_MAX)
        out->tickets[out->n_tickets++] = slot;
    else
        d->totals.lost_events_total++;
}

void sw_desk_touch(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out)
{
    s->ticket.revision++;
    s->ticket.changed_us = now_us;
    mark_changed(d, s, out);
}

void sw_desk_record(struct sw_desk *d, struct sw_desk_slot *s, enum sw_verb verb, enum sw_stage stage,
                    const struct sw_actor *by, const char *note, int64_t now_us, struct sw_desk_out *out)
{
    struct sw_ticket *t = &s->ticket;
    const char *const parts[] = {d->gateway, t->id, sw_verb_name(verb)};
    struct sw_ticket_event *ev;

    if (stage != SW_STAGE_NONE)
        t->stage = stage;
    sw_ticket_record(t, verb, stage, now_us, by);
    mark_changed(d, s, out);
    if (out->n_events == SW_DESK_CHANGES_MAX) {
        d->totals.lost_events_total++;
        return;
    }
    ev = &out->events[out->n_events++];
    memset(ev, 0, sizeof *ev);
    sw_id_derive(parts, SW_ARRAY_SIZE(parts), t->revision, ev->id);
    sw_desk_copy(ev->ticket, sizeof ev->ticket, t->id);
    ev->revision = t->revision;
    ev->verb = verb;
    ev->status = t->status;
    ev->at_us = now_us;
    ev->by = *by;
    sw_desk_copy(ev->note, sizeof ev->note, note);
}

/* ---- birth ---- */

/* The same matter opened twice in one instant (after a withdrawal) still needs two ids: the next microsecond, which
 * engine time, being in milliseconds, leaves free. */
static void derive_id(struct sw_desk *d, const char *matter_key, int64_t now_us, char *ret, size_t cap)
{
    const char *const parts[] = {d->gateway, matter_key};
    char text[11], id[16];
    uint64_t number = (uint64_t) now_us;

    do {
        sw_id_derive(parts, SW_ARRAY_SIZE(parts), number++, text);
        snprintf(id, sizeof id, "sw-%s", text);
    } while (sw_desk_slot_of(d, id));
    sw_desk_copy(ret, cap, id);
}

/* Site in upper case without '-', local date, count of the local day. */
static void give_number(struct sw_desk *d, struct sw_ticket *t)
{
    struct sw_civil c;
    char site[SW_ID_SIZE];
    size_t n = 0;

    sw_civil_from_utc(d->p.zone, t->opened_us, &c);
    const int64_t day = sw_days_from_civil(c.year, c.month, c.day);

    const uint32_t count = ++sw_desk_day_of(d, day)->count;

    for (const char *p = d->site; *p; p++) {
        if (*p != '-')
            site[n++] = (char) toupper((unsigned char) *p);
    }
    site[n] = '\0';
    snprintf(t->number, sizeof t->number, "%s-%04u%02u%02u-%03u", site, (unsigned) c.year % 10000u,
             (unsigned) c.month % 100u, (unsigned) c.day % 100u, (unsigned) count);
}

void sw_desk_born(struct sw_desk *d, struct sw_desk_slot *s, const char *matter_key, int64_t now_us)
{
    struct sw_ticket *t = &s->ticket;
    const struct sw_desk_slot *previous = sw_desk_ended_of(d, matter_key);
    char id[sizeof t->id], previous_id[sizeof t->previous] = "";

    derive_id(d, matter_key, now_us, id, sizeof id);
    if (previous)
        sw_desk_copy(previous_id, sizeof previous_id, previous->ticket.id);
    *t = (struct sw_ticket){
        .class_ = SW_CLASS_B,
        .status = SW_STATUS_OPEN,
        .averted_acted = -1,
        .opened_us = now_us,
        .ended_us = SW_TIME_NONE,
        .limit = SW_NO_VALUE,
        .forecast_at_us = SW_TIME_NONE,
        .crosses_at_us = SW_TIME_NONE,
        .probability = NAN,
        .budget_s = -1,
        .worst = SW_NO_VALUE,
        .max = SW_NO_VALUE,
        .over_by = SW_NO_VALUE,
        .measured_from_us = SW_TIME_NONE,
        .measured_to_us = SW_TIME_NONE,
        .work = {SW_WORK_NO_SCHEDULE, -1},
        .respond_by_us = SW_TIME_NONE,
        .dispatch_by_us = SW_TIME_NONE,
        .resolve_by_us = SW_TIME_NONE,
        .responded_us = SW_TIME_NONE,
        .dispatched_us = SW_TIME_NONE,
        .suspended_until_us = SW_TIME_NONE,
    };
    s->n_causes = 0;
    sw_desk_copy(t->id, sizeof t->id, id);
    sw_desk_copy(t->previous, sizeof t->previous, previous_id);
    sw_desk_copy(t->matter_key, sizeof t->matter_key, matter_key);
    sw_desk_copy(t->agency_responsible, sizeof t->agency_responsible, d->agency);
    give_number(d, t);
}

/* ---- owner ---- */

static bool row_fits(const struct sw_responsibility *r, enum sw_category category, const char *period,
                     const char *place)
{
    return (r->category < 0 || r->category == (int) category) && (!r->period[0] || strcmp(r->period, period) == 0) &&
           (!r->place[0] || strcmp(r->place, place) == 0);
}

/* NULL = no row fits and there is no lead unit. */
static const struct sw_responsibility *row_of(const struct sw_desk *d, enum sw_category category, const char *period,
                                              const char *place)
{
    const struct sw_responsibility *lead = NULL;

    for (size_t i = 0; i < d->p.n_responsibility; i++) {
        const struct sw_responsibility *r = &d->p.responsibility[i];
        const bool is_for_all = r->category < 0 && !r->period[0] && !r->place[0];

        if (r->is_supervision)
            continue;
        if (r->is_lead && !lead)
            lead = r;
        /* A lead row without conditions is the last resort wherever it stands in the table. */
        if (row_fits(r, category, period, place) && !(r->is_lead && is_for_all))
            return r;
    }
    return lead;
}

void sw_desk_owner(const struct sw_desk *d, enum sw_category category, const char *period, const char *place,
                   struct sw_assignee *ret)
{
    const struct sw_responsibility *r = row_of(d, category, period, place);

    *ret = r ? r->who : (struct sw_assignee){0};
}

void sw_desk_dispatch_basis(const struct sw_desk *d, int category, const char *period, const char *place,
                            struct sw_dispatch_basis *ret)
{
    const struct sw_responsibility *r = row_of(d, (enum sw_category) category, period, place);

    memset(ret, 0, sizeof *ret);
    sw_desk_copy(ret->agency_responsible, sizeof ret->agency_responsible, d->agency);
    sw_desk_copy(ret->subdistrict, sizeof ret->subdistrict, d->subdistrict);
    sw_desk_copy(ret->permit_no, sizeof ret->permit_no, r && r->permit_no[0] ? r->permit_no : d->permit_no);
    if (!r)
        return;
    sw_desk_copy(ret->site_contact.person, sizeof ret->site_contact.person, r->who.person);
    sw_desk_copy(ret->site_contact.phone, sizeof ret->site_contact.phone, r->who.phone);
    sw_desk_copy(ret->unit, sizeof ret->unit, r->who.unit);
    sw_desk_copy(ret->department, sizeof ret->department, r->who.department);
    sw_desk_copy(ret->street, sizeof ret->street, r->who.street);
}

const struct sw_assignee *sw_desk_supervision(const struct sw_desk *d)
{
    for (size_t i = 0; i < d->p.n_responsibility; i++) {
        if (d->p.responsibility[i].is_supervision)
            return &d->p.responsibility[i].who;
    }
    return NULL;
}

/* ---- class ---- */

enum sw_class sw_desk_class_for(const struct sw_desk *d, const struct sw_ticket *t, int32_t over_by, int32_t worst,
                                int32_t limit)
{
    const struct sw_hotline *h = d->p.hotline;

    /* A road at night is over the limit without any work: nobody is pressed for it before the source is known. */
    if (t->attribution == SW_ATTRIBUTION_UNKNOWN || over_by == SW_NO_VALUE)
        return SW_CLASS_B;
    if (t->period_is_night && t->work.permitted == 0)
        return SW_CLASS_A;
    if (t->category == SW_CATEGORY_NOISE && over_by >= h->class_a_over_by)
        return SW_CLASS_A;
    if (t->category == SW_CATEGORY_DUST && (int64_t) worst * 100 >= (int64_t) limit * h->class_a_dust_percent)
        return SW_CLASS_A;
    return SW_CLASS_B;
}

/* ---- what follows from a change ---- */

void sw_desk_auto_dispatch(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out)
{
    struct sw_ticket *t = &s->ticket;

    if (d->p.has_platform || !t->assignee.unit[0])
        return;
    t->status = SW_STATUS_DISPATCHED;
    if (t->dispatched_us == SW_TIME_NONE) /* to supervision: the first one counts */
        t->dispatched_us = now_us;
    sw_desk_record(d, s, SW_VERB_DISPATCH, SW_STAGE_NONE, &sw_desk_auto, t->assignee.unit, now_us, out);
}

void sw_desk_reopen(struct sw_desk *d, struct sw_desk_slot *s, enum sw_stage stage, const struct sw_actor *by,
                    const char *note, int64_t now_us, struct sw_desk_out *out)
{
    struct sw_ticket *t = &s->ticket;

    t->status = SW_STATUS_OPEN;
    t->reopens++;
    t->averted_acted = -1;
    t->ended_us = SW_TIME_NONE;
    t->responded_us = t->dispatched_us = SW_TIME_NONE;
    t->overdue = 0;
    t->escalated = t->returned = t->suspended = t->acted = false; /* forced stays for ever */
    t->returns = 0;
    t->suspended_until_us = SW_TIME_NONE;
    t->measure[0] = t->resolution[0] = '\0';
    sw_desk_set_deadlines(d, t, now_us);
    sw_desk_record(d, s, SW_VERB_REOPEN, stage, by, note, now_us, out);
    sw_desk_auto_dispatch(d, s, now_us, out);
    sw_desk_merged_reopened(d, s, now_us, out);
}

void sw_desk_escalate(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out)
{
    const struct sw_assignee *who = sw_desk_supervision(d);

    if (s->ticket.escalated)
        return;
    s->ticket.escalated = true;
    sw_desk_record(d, s, SW_VERB_ESCALATE, SW_STAGE_NONE, &sw_desk_auto, who ? who->unit : "", now_us, out);
}

void sw_desk_avert_if_over(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out)
{
    struct sw_ticket *t = &s->ticket;

    if (t->stage != SW_STAGE_FORECAST || !sw_ticket_is_open(t) || sw_desk_is_held(s, false) || t->calls > 0)
        return;
    if (t->merged_into[0] || sw_desk_has_merged(d, s)) /* two matters have one fate: people end it */
        return;
    t->status = SW_STATUS_AVERTED;
    t->averted_acted = t->acted;
    t->ended_us = now_us;
    t->suspended = false;
    t->suspended_until_us = SW_TIME_NONE;
    sw_desk_record(d, s, SW_VERB_AVERT, SW_STAGE_NONE, &sw_desk_auto, t->acted ? "acted" : "lapsed", now_us, out);
}
