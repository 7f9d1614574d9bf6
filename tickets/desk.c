// SPDX-License-Identifier: Apache-2.0
/* The desk's book-keeping: slots, look-up, restoring, counting. What findings do is in desk_finding.c, what people do
 * in desk_command.c, what both change in desk_change.c. */
#include "tickets/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/ident.h"
#include "common/timefmt.h"
#include "tickets/desk_impl.h"

int sw_desk_new(const struct sw_desk_params *p, struct sw_desk **ret, struct sw_err *err)
{
    struct sw_desk *d;

    if (!p->gateway || !sw_id_is_valid(p->gateway) || !p->site || !sw_id_is_valid(p->site))
        return sw_err_set(err, SW_E_INVAL, 0, "desk: gateway and site need ids of a-z, 0-9 and -");
    if (!p->zone || !p->hotline)
        return sw_err_set(err, SW_E_INVAL, 0, "desk: a zone and a hotline are needed");
    if (p->n_sensors > SW_SENSORS_MAX || p->n_responsibility > SW_RESPONSIBILITY_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "desk: at most %d sensors and %d rows of responsibility", SW_SENSORS_MAX,
                          SW_RESPONSIBILITY_MAX);
    d = calloc(1, sizeof *d);
    if (!d)
        return sw_err_set(err, SW_E_NOMEM, 0, "desk: out of memory");
    d->slots = calloc(SW_TICKETS_MAX, sizeof *d->slots);
    d->complaints = sw_complaint_book_new();
    if (!d->slots || !d->complaints) {
        sw_desk_free(d);
        return sw_err_set(err, SW_E_NOMEM, 0, "desk: out of memory for %d tickets", SW_TICKETS_MAX);
    }
    d->p = *p;
    sw_desk_copy(d->gateway, sizeof d->gateway, p->gateway);
    sw_desk_copy(d->site, sizeof d->site, p->site);
    sw_desk_copy(d->agency, sizeof d->agency, p->agency_responsible);
    sw_desk_copy(d->subdistrict, sizeof d->subdistrict, p->subdistrict ? p->subdistrict : "");
    sw_desk_copy(d->permit_no, sizeof d->permit_no, p->permit_no ? p->permit_no : "");
    d->p.gateway = d->gateway;
    d->p.site = d->site;
    d->p.agency_responsible = d->agency;
    d->p.subdistrict = d->subdistrict;
    d->p.permit_no = d->permit_no;
    d->next_due_us = SW_TIME_NONE;
    d->now.detected = SW_DETECTED_UNKNOWN;
    *ret = d;
    return SW_OK;
}

struct sw_desk *sw_desk_free(struct sw_desk *d)
{
    if (d) {
        free(d->complaints);
        free(d->slots);
        free(d);
    }
    return NULL;
}

void sw_desk_copy(char *dst, size_t cap, const char *src)
{
    size_t n = src ? strnlen(src, cap) : 0;

    if (n == cap) {
        n--;
        while (n > 0 && ((unsigned char) src[n] & 0xC0) == 0x80)
            n--; /* src[n] must not continue a character that began before the cut */
    }
    if (n > 0)
        memmove(dst, src, n);
    dst[n] = '\0';
}

/* ---- look-up ---- */

struct sw_desk_slot *sw_desk_slot_of(struct sw_desk *d, const char *id)
{
    for (size_t i = 0; i < d->n_slots; i++) {
        if (strcmp(d->slots[i].ticket.id, id) == 0)
            return &d->slots[i];
    }
    return NULL;
}

struct sw_desk_slot *sw_desk_open_of(struct sw_desk *d, const char *matter_key)
{
    for (size_t i = 0; i < d->n_slots; i++) {
        const struct sw_ticket *t = &d->slots[i].ticket;

        if (sw_ticket_is_open(t) && strcmp(t->matter_key, matter_key) == 0)
            return &d->slots[i];
    }
    return NULL;
}

/* Of two that ended in one instant, the later one was opened when the other had ended. */
static bool ended_later(const struct sw_ticket *a, const struct sw_ticket *b)
{
    return a->ended_us != b->ended_us ? a->ended_us > b->ended_us : a->opened_us >= b->opened_us;
}

struct sw_desk_slot *sw_desk_ended_of(struct sw_desk *d, const char *matter_key)
{
    struct sw_desk_slot *best = NULL;

    for (size_t i = 0; i < d->n_slots; i++) {
        const struct sw_ticket *t = &d->slots[i].ticket;

        if (!sw_ticket_is_open(t) && strcmp(t->matter_key, matter_key) == 0 && (!best || ended_later(t, &best->ticket)))
            best = &d->slots[i];
    }
    return best;
}

struct sw_desk_slot *sw_desk_recent_of(struct sw_desk *d, const char *matter_key, int64_t now_us)
{
    struct sw_desk_slot *s = sw_desk_ended_of(d, matter_key);

    if (!s || s->ticket.status == SW_STATUS_WITHDRAWN)
        return NULL;
    return now_us - s->ticket.ended_us < d->p.hotline->reopen_within_s * SW_US_PER_S ? s : NULL;
}

static bool is_in(const struct sw_desk_out *out, size_t slot)
{
    for (size_t i = 0; out && i < out->n_tickets; i++) {
        if (out->tickets[i] == slot)
            return true;
    }
    return false;
}

struct sw_desk_slot *sw_desk_take_slot(struct sw_desk *d, const struct sw_desk_out *out)
{
    struct sw_desk_slot *oldest = NULL;

    if (d->n_slots < SW_TICKETS_MAX)
        return &d->slots[d->n_slots++];
    for (size_t i = 0; i < d->n_slots; i++) {
        const struct sw_ticket *t = &d->slots[i].ticket;

        /* One that ended in this very call is still to be published from its slot. */
        if (!sw_ticket_is_open(t) && !is_in(out, i) && (!oldest || t->ended_us < oldest->ticket.ended_us))
            oldest = &d->slots[i];
    }
    if (oldest)
        memset(oldest, 0, sizeof *oldest);
    return oldest;
}

bool sw_desk_matter_key(const struct sw_desk *d, const struct sw_desk_sensor *sensor, const char *family, char *buf,
                        size_t cap)
{
    const int n = snprintf(buf, cap, "%s:%s:%s:%s", d->site, sw_category_name(sensor->category), family, sensor->place);

    return n > 0 && (size_t) n < cap;
}

bool sw_desk_concerns(const struct sw_desk *d, const struct sw_ticket *t, uint16_t sensor, const struct sw_rule *rule)
{
    char key[sizeof t->matter_key];

    return sensor < d->p.n_sensors && sw_desk_matter_key(d, &d->p.sensors[sensor], rule->family, key, sizeof key) &&
           strcmp(key, t->matter_key) == 0;
}

/* ---- causes ---- */

static struct sw_cause *cause_of(struct sw_desk_slot *s, uint16_t sensor, uint64_t rule)
{
    for (size_t i = 0; i < s->n_causes; i++) {
        if (s->causes[i].sensor == sensor && s->causes[i].rule == rule)
            return &s->causes[i];
    }
    return NULL;
}

void sw_desk_cause_set(struct sw_desk_slot *s, uint16_t sensor, const struct sw_rule *rule, bool is_alerting)
{
    const uint64_t hash = sw_hash_text(rule->full_id);
    struct sw_cause *c = cause_of(s, sensor, hash);

    if (!c && s->n_causes < SW_MATTER_CAUSES_MAX)
        c = &s->causes[s->n_causes++];
    if (c) /* beyond the ceiling the matter may end a rule early; the rule's next finding brings it back */
        *c = (struct sw_cause){.rule = hash, .sensor = sensor, .is_alerting = is_alerting};
}

void sw_desk_cause_clear(struct sw_desk_slot *s, uint16_t sensor, const struct sw_rule *rule)
{
    struct sw_cause *c = cause_of(s, sensor, sw_hash_text(rule->full_id));

    if (c)
        *c = s->causes[--s->n_causes];
}

bool sw_desk_is_held(const struct sw_desk_slot *s, bool by_alerting_only)
{
    for (size_t i = 0; i < s->n_causes; i++) {
        if (s->causes[i].is_alerting || !by_alerting_only)
            return true;
    }
    return false;
}

/* ---- restoring ---- */

static int check_restored(const struct sw_ticket *t, struct sw_err *err)
{
    const bool is_text = memchr(t->id, 0, sizeof t->id) && memchr(t->matter_key, 0, sizeof t->matter_key) &&
                         memchr(t->number, 0, sizeof t->number);
    bool is_good = is_text && t->id[0] && t->revision > 0 && t->n_history <= SW_HISTORY_MAX &&
                   t->history_total >= t->n_history && t->n_evidence <= SW_EVIDENCE_MAX;

    is_good = is_good && (unsigned) t->origin < SW_ORIGIN__COUNT && (unsigned) t->category < SW_CATEGORY__COUNT &&
              (unsigned) t->stage < SW_STAGE__COUNT && (unsigned) t->class_ < SW_CLASS__COUNT &&
              (unsigned) t->status < SW_STATUS__COUNT && (unsigned) t->work.state < SW_WORK__COUNT &&
              (unsigned) t->rejudged.state < SW_WORK__COUNT;
    for (size_t i = 0; is_good && i < t->n_history; i++)
        is_good = (unsigned) t->history[i].verb < SW_VERB__COUNT && (unsigned) t->history[i].by.role < SW_ROLE__COUNT;
    if (is_good)
        return SW_OK;
    return sw_err_set(err, SW_E_CORRUPT, 0, "ticket %s: stored words or counts are out of range; it stays in the store",
                      is_text ? t->id : "?");
}

struct sw_desk_day *sw_desk_day_of(struct sw_desk *d, int64_t day)
{
    struct sw_desk_day *of = &d->day[0];

    for (size_t i = 0; i < d->n_days; i++) {
        if (d->day[i].day == day)
            return &d->day[i];
        if (d->day[i].day < of->day)
            of = &d->day[i];
    }
    if (d->n_days < SW_DESK_DAYS_MAX)
        of = &d->day[d->n_days++];
    *of = (struct sw_desk_day){.day = day};
    return of;
}

/* "PD0042-20260302-007" is behind the day's count 7. The count's day is the opening day, as the number was given. */
static void count_number(struct sw_desk *d, const struct sw_ticket *t)
{
    struct sw_civil c;
    const char *dash = strrchr(t->number, '-');
    const unsigned long count = dash ? strtoul(dash + 1, NULL, 10) : 0;

    sw_civil_from_utc(d->p.zone, t->opened_us, &c);
    const int64_t day = sw_days_from_civil(c.year, c.month, c.day);

    struct sw_desk_day *of = sw_desk_day_of(d, day);

    if (count > of->count && count < UINT32_MAX)
        of->count = (uint32_t) count;
}

/* A store that keeps documents only does not know these two; both follow from the rest. */
static void derive(struct sw_ticket *t)
{
    if (t->event_revision == 0 || t->event_revision > t->revision)
        t->event_revision = t->revision;
    for (size_t i = t->n_history; i-- > 0 && !t->acted;) {
        const struct sw_history *h = &t->history[i];

        if (h->verb == SW_VERB_REOPEN || h->verb == SW_VERB_OPEN)
            break;
        t->acted = sw_role_is_person(h->by.role) && (h->verb == SW_VERB_ACCEPT || h->verb == SW_VERB_START ||
                                                     h->verb == SW_VERB_NOTE || h->verb == SW_VERB_RESOLVE);
    }
}

int sw_desk_restore(struct sw_desk *d, const struct sw_ticket *t, struct sw_err *err)
{
    struct sw_desk_slot *s;

    if (check_restored(t, err) < 0)
        return SW_E_CORRUPT;
    count_number(d, t);
    s = sw_desk_slot_of(d, t->id);
    if (!s)
        s = sw_desk_take_slot(d, NULL);
    if (!s)
        return sw_err_set(err, SW_E_FULL, 0, "ticket %s: all %d places hold open tickets; resolve some", t->id,
                          SW_TICKETS_MAX);
    s->ticket = *t;
    s->n_causes = 0;
    derive(&s->ticket);
    d->next_due_us = SW_TIME_NONE;
    return SW_OK;
}

void sw_desk_restore_rule(struct sw_desk *d, uint16_t sensor, const struct sw_rule *rule, enum sw_state state)
{
    const bool is_alerting = state == SW_STATE_ALERTING || state == SW_STATE_RECOVERING;
    char key[sizeof((struct sw_ticket *) 0)->matter_key];
    struct sw_desk_slot *s = NULL;

    if (sensor >= d->p.n_sensors || (!is_alerting && state != SW_STATE_FORECAST))
        return;
    if (sw_desk_matter_key(d, &d->p.sensors[sensor], rule->family, key, sizeof key))
        s = sw_desk_open_of(d, key);
    if (s)
        sw_desk_cause_set(s, sensor, rule, is_alerting);
}

/* ---- reading ---- */

size_t sw_desk_capacity(const struct sw_desk *d)
{
    (void) d;
    return SW_TICKETS_MAX;
}

const struct sw_ticket *sw_desk_ticket(const struct sw_desk *d, size_t slot)
{
    return slot < d->n_slots ? &d->slots[slot].ticket : NULL;
}

const struct sw_ticket *sw_desk_find(const struct sw_desk *d, const char *id)
{
    for (size_t i = 0; i < d->n_slots; i++) {
        if (strcmp(d->slots[i].ticket.id, id) == 0)
            return &d->slots[i].ticket;
    }
    return NULL;
}

struct sw_desk_counts sw_desk_counts(const struct sw_desk *d)
{
    struct sw_desk_counts n = {0};

    for (size_t i = 0; i < d->n_slots; i++) {
        const struct sw_ticket *t = &d->slots[i].ticket;

        if (sw_ticket_is_open(t) && !t->merged_into[0]) { /* else it is dealt with in another one, which counts */
            n.open++;
            n.overdue += t->overdue != 0;
        }
    }
    return n;
}

struct sw_desk_totals sw_desk_totals(const struct sw_desk *d)
{
    return d->totals;
}

/* What goes on is worse than what is over; then class; noise before dust, whose amounts do not compare; then amount. */
static bool is_worse(const struct sw_ticket *a, const struct sw_ticket *b)
{
    const int going_a = a->stage == SW_STAGE_EXCEEDED, going_b = b->stage == SW_STAGE_EXCEEDED;

    if (going_a != going_b)
        return going_a > going_b;
    if (a->class_ != b->class_)
        return a->class_ < b->class_;
    if (a->category != b->category)
        return a->category < b->category;
    if (a->over_by != b->over_by)
        return a->over_by > b->over_by;
    return a->opened_us < b->opened_us;
}

const struct sw_ticket *sw_desk_worst(const struct sw_desk *d)
{
    const struct sw_ticket *worst = NULL;

    for (size_t i = 0; i < d->n_slots; i++) {
        const struct sw_ticket *t = &d->slots[i].ticket;

        if (!sw_ticket_is_open(t) || (t->stage != SW_STAGE_EXCEEDED && t->stage != SW_STAGE_RECOVERED))
            continue;
        if (!worst || is_worse(t, worst))
            worst = t;
    }
    return worst;
}
