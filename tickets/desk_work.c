// SPDX-License-Identifier: Apache-2.0
/* What the schedule does to tickets: work that is heard while none was permitted, work that was published late, a
 * source that becomes known, a permit that arrives late. When that is so, the engine says; limits are desk_finding.c's.
 */
#include <stdio.h>
#include <string.h>

#include "common/ident.h"
#include "tickets/desk_impl.h"

#define PLACE "site"
#define LATE_FAMILY SW_FAMILY_LATE_PUBLICATION

void sw_desk_set_site(struct sw_desk *d, const struct sw_desk_site *site)
{
    d->now = *site;
}

void sw_desk_take_work(const struct sw_desk *d, const struct sw_work *work, int64_t at_us, struct sw_ticket *t)
{
    t->work = *work;
    t->work_at_us = at_us;
    t->attribution = sw_desk_attribution(d, work);
    t->schedule_revision = d->now.schedule_revision;
    t->rejudged_at_us = 0;
}

/* Heard, or announced: then it is the site's. A road at night is over the limit without any work. */
enum sw_attribution sw_desk_attribution(const struct sw_desk *d, const struct sw_work *work)
{
    if (d->now.detected == SW_DETECTED_YES || work->state == SW_WORK_SCHEDULED ||
        work->state == SW_WORK_PERMITTED_NIGHT)
        return SW_ATTRIBUTION_SITE;
    return SW_ATTRIBUTION_UNKNOWN;
}

void sw_desk_attribute(struct sw_desk *d, int64_t now_us, struct sw_desk_out *out)
{
    if (d->now.detected != SW_DETECTED_YES)
        return;
    for (size_t i = 0; i < d->n_slots && out->n_tickets < SW_DESK_CHANGES_MAX; i++) {
        struct sw_ticket *t = &d->slots[i].ticket;

        if (!sw_ticket_is_open(t) || t->attribution == SW_ATTRIBUTION_SITE ||
            (t->stage != SW_STAGE_FORECAST && t->stage != SW_STAGE_EXCEEDED))
            continue;
        t->attribution = SW_ATTRIBUTION_SITE;
        if (t->stage == SW_STAGE_EXCEEDED &&
            sw_desk_raise_class(d, t, sw_desk_class_for(d, t, t->over_by, t->worst, t->limit), now_us))
            sw_desk_merged_raised(d, &d->slots[i], now_us, out);
        sw_desk_touch(d, &d->slots[i], now_us, out);
    }
}

/* ---- work while none was permitted ---- */

/* A matter of the whole site: its family is the period in which it was heard. */
static bool work_key(const struct sw_desk *d, const char *family, const char *place, char *buf, size_t cap)
{
    const int n = snprintf(buf, cap, "%s:%s:%s:%s", d->site, sw_category_name(SW_CATEGORY_WORK), family, place);

    return n > 0 && (size_t) n < cap;
}

static bool is_late_publication(const struct sw_desk *d, const struct sw_ticket *t)
{
    char start[SW_ID_SIZE + 64];
    const bool fits = work_key(d, LATE_FAMILY, "", start, sizeof start);

    return fits && strncmp(t->matter_key, start, strlen(start)) == 0;
}

static struct sw_desk_slot *born(struct sw_desk *d, const char *key, const char *period, enum sw_class class_,
                                 int64_t now_us, struct sw_desk_out *out)
{
    struct sw_desk_slot *s = sw_desk_take_slot(d, out);

    if (!s) {
        d->totals.refused_total++;
        return NULL;
    }
    sw_desk_born(d, s, key, now_us);
    s->ticket.origin = SW_ORIGIN_SCHEDULE;
    s->ticket.category = SW_CATEGORY_WORK;
    s->ticket.class_ = class_;
    sw_desk_copy(s->ticket.period, sizeof s->ticket.period, period);
    sw_desk_owner(d, SW_CATEGORY_WORK, period, PLACE, &s->ticket.assignee);
    sw_desk_set_deadlines(d, &s->ticket, now_us);
    return s;
}

/* What was heard; the level informs, it breaks no limit here. */
static void hear(const struct sw_desk *d, const struct sw_desk_heard *h, struct sw_ticket *t)
{
    t->period_is_night = h->is_night;
    sw_desk_take_work(d, &h->work, h->from_us, t);
    t->attribution = SW_ATTRIBUTION_SITE;
    sw_desk_copy(t->sensor, sizeof t->sensor, d->p.sensors[h->sensor].id);
    sw_desk_copy(t->quantity, sizeof t->quantity, "LAeq");
    sw_desk_copy(t->unit, sizeof t->unit, sw_quantity_info(SW_QUANTITY_LAEQ)->unit);
    sw_desk_copy(t->statistic, sizeof t->statistic, sw_statistic_name(SW_STAT_LEQ));
    t->worst = h->leq;
    t->measured_from_us = h->from_us;
    t->measured_to_us = SW_TIME_NONE;
    t->measured_is_good = h->leq != SW_NO_VALUE;
}

/* The same matter goes on: louder is news, and so is that it is heard again. */
static void hear_again(struct sw_desk *d, const struct sw_desk_heard *h, struct sw_desk_slot *s, int64_t now_us,
                       struct sw_desk_out *out)
{
    struct sw_ticket *t = &s->ticket;

    if (t->status == SW_STATUS_RESOLVED) {
        hear(d, h, t);
        sw_desk_reopen(d, s, SW_STAGE_NONE, &sw_desk_auto, "", now_us, out);
        sw_desk_link_earlier(d, s, now_us, out);
        return;
    }
    if (t->measured_to_us == SW_TIME_NONE && h->leq <= t->worst)
        return;
    t->measured_to_us = SW_TIME_NONE;
    if (h->leq > t->worst) {
        t->worst = h->leq;
        sw_desk_copy(t->sensor, sizeof t->sensor, d->p.sensors[h->sensor].id);
    }
    sw_desk_touch(d, s, now_us, out);
}

void sw_desk_heard(struct sw_desk *d, const struct sw_desk_heard *h, int64_t now_us, struct sw_desk_out *out)
{
    char key[sizeof((struct sw_ticket *) 0)->matter_key];
    struct sw_desk_slot *s;

    if (h->sensor >= d->p.n_sensors || !work_key(d, h->period, PLACE, key, sizeof key))
        return;
    s = sw_desk_open_of(d, key);
    if (s) {
        hear_again(d, h, s, now_us, out);
        return;
    }
    s = sw_desk_recent_of(d, key, now_us);
    if (s) {
        hear(d, h, &s->ticket);
        sw_desk_reopen(d, s, SW_STAGE_NONE, &sw_desk_auto, "", now_us, out);
        sw_desk_link_earlier(d, s, now_us, out);
        return;
    }
    s = born(d, key, h->period, SW_CLASS_B, now_us, out);
    if (!s)
        return;
    hear(d, h, &s->ticket);
    sw_desk_record(d, s, SW_VERB_OPEN, SW_STAGE_NONE, &sw_desk_auto, "", now_us, out);
    sw_desk_auto_dispatch(d, s, now_us, out);
    sw_desk_link_earlier(d, s, now_us, out);
}

void sw_desk_unheard(struct sw_desk *d, int64_t now_us, struct sw_desk_out *out)
{
    for (size_t i = 0; i < d->n_slots && out->n_tickets < SW_DESK_CHANGES_MAX; i++) {
        struct sw_ticket *t = &d->slots[i].ticket;

        if (t->category != SW_CATEGORY_WORK || (!sw_ticket_is_open(t) && t->status != SW_STATUS_CLOSED) ||
            t->measured_from_us == SW_TIME_NONE || t->measured_to_us != SW_TIME_NONE)
            continue;
        t->measured_to_us = now_us;
        sw_desk_record(d, &d->slots[i], SW_VERB_RECOVER, SW_STAGE_NONE, &sw_desk_auto, "", now_us, out);
    }
}

/* ---- publication ---- */

bool sw_desk_late_work(struct sw_desk *d, const struct sw_desk_late *late, int64_t now_us, struct sw_desk_out *out)
{
    const char *const parts[] = {late->uid};
    char key[sizeof((struct sw_ticket *) 0)->matter_key], item[11], note[SW_NOTE_SIZE];
    const long minutes = (long) ((late->begins_us - late->published_us) / (60 * SW_US_PER_S));
    struct sw_desk_slot *s;

    /* A changed time is a new publication; the same one is told of once. */
    sw_id_derive(parts, 1, (uint64_t) late->published_us, item);
    if (!work_key(d, LATE_FAMILY, item, key, sizeof key) || sw_desk_open_of(d, key) || sw_desk_ended_of(d, key))
        return true;
    if (out->n_events + 2 > SW_DESK_CHANGES_MAX || out->n_tickets == SW_DESK_CHANGES_MAX)
        return false;
    s = born(d, key, "", SW_CLASS_C, now_us, out);
    if (!s)
        return true;
    sw_desk_take_work(d, &late->work, late->begins_us, &s->ticket);
    snprintf(note, sizeof note, "published %ld min before it begins: %s", minutes, late->uid);
    sw_desk_record(d, s, SW_VERB_OPEN, SW_STAGE_NONE, &sw_desk_auto, note, now_us, out);
    sw_desk_auto_dispatch(d, s, now_us, out);
    return true;
}

/* ---- judged again ---- */

bool sw_desk_may_rejudge(const struct sw_desk *d, const struct sw_ticket *t, int64_t since_us)
{
    return (t->category == SW_CATEGORY_NOISE || t->category == SW_CATEGORY_WORK) && t->period_is_night &&
           t->measured_from_us != SW_TIME_NONE && !is_late_publication(d, t) && t->status != SW_STATUS_WITHDRAWN &&
           (sw_ticket_is_open(t) || t->ended_us >= since_us);
}

bool sw_desk_rejudge(struct sw_desk *d, size_t slot, const struct sw_work *work, int64_t now_us,
                     struct sw_desk_out *out)
{
    struct sw_desk_slot *s = slot < d->n_slots ? &d->slots[slot] : NULL;
    const struct sw_work *was;
    char note[64];

    if (!s)
        return true;
    was = s->ticket.rejudged_at_us != 0 ? &s->ticket.rejudged : &s->ticket.work;
    if (was->state == work->state && was->permitted == work->permitted)
        return true;
    if (out->n_events == SW_DESK_CHANGES_MAX || out->n_tickets == SW_DESK_CHANGES_MAX)
        return false;
    s->ticket.rejudged = *work;
    s->ticket.rejudged_at_us = now_us;
    snprintf(note, sizeof note, "judged again: %s", sw_work_state_name(work->state));
    sw_desk_record(d, s, SW_VERB_NOTE, SW_STAGE_NONE, &sw_desk_auto, note, now_us, out);
    return true;
}
