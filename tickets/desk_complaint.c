// SPDX-License-Identifier: Apache-2.0
/* What becomes of a complaint: linked to the matter it speaks of, a ticket opened or reopened for it, or nothing but
 * counted. Counting and linking are desk_link.c's, remembering complaint_book.c's.
 * Source of the rules: docs/explanation/complaints.md. */
#include <stdio.h>
#include <string.h>

#include "tickets/desk_impl.h"

#define WITHIN_M 500
#define WINDOW_MAX_US (7 * SW_S_PER_DAY * SW_US_PER_S)
#define AHEAD_MAX_US (300 * SW_US_PER_S) /* as of commands: clocks differ */
#define ENQUIRY ".enquiry"

struct scene {
    struct sw_desk *d;
    const struct sw_complaint_call *c;
    struct sw_complaint_entry *entry;
    int64_t now_us;
    struct sw_desk_out *out;
    struct sw_complaint_result *ret;
    struct sw_err *err;
};

/* ---- is it one? ---- */

static int check(const struct sw_complaint_call *c, int64_t now_us, struct sw_err *err)
{
    if (!c->service_request_id[0])
        return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_INVALID, "service_request_id is missing");
    if (sw_complaint_check_ids(c->service_request_id, c->caller_ref, err) < 0 ||
        sw_complaint_check_service(c->service_code, err) < 0)
        return SW_E_INVAL;
    if (c->window_us < 0 || c->window_us > WINDOW_MAX_US)
        return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_INVALID, "occurred.window is not in 0 … 7 days");
    if (c->occurred_us > now_us + AHEAD_MAX_US)
        return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_INVALID, "occurred.at lies in the future");
    if (c->occurred_us < 0)
        return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_INVALID, "occurred.at is missing or before 1970");
    if ((unsigned) c->found.code >= SW_ANSWER__COUNT)
        return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_INVALID, "it is not known what was measured: no answer code");
    return SW_OK;
}

static bool is_near(const struct sw_desk *d, int32_t distance_m)
{
    return distance_m < 0 || distance_m <= (d->p.complaint_within_m > 0 ? d->p.complaint_within_m : WITHIN_M);
}

/* Nobody needs to know the house. */
static int32_t to_50_m(int32_t distance_m)
{
    return distance_m < 0 ? -1 : distance_m > INT32_MAX - 50 ? INT32_MAX : (distance_m + 25) / 50 * 50;
}

static struct sw_complaint_kept kept_of(const struct sw_complaint_call *c, int64_t now_us)
{
    struct sw_complaint_kept k = {.at_us = now_us,
                                  .occurred_us = c->occurred_us,
                                  .window_us = c->window_us,
                                  .distance_m = to_50_m(c->distance_m),
                                  .code = c->found.code,
                                  .outcome = SW_COMPLAINT_NOTHING,
                                  .is_repeat_caller = c->caller_calls_30d >= 2};

    sw_desk_copy(k.service_request_id, sizeof k.service_request_id, c->service_request_id);
    sw_desk_copy(k.caller_ref, sizeof k.caller_ref, c->caller_ref);
    sw_desk_copy(k.service_code, sizeof k.service_code, c->service_code);
    return k;
}

/* ---- what was found ---- */

static const struct sw_desk_sensor *sensor_of(const struct scene *sc)
{
    for (size_t i = 0; sc->c->found.sensor[0] && i < sc->d->p.n_sensors; i++) {
        if (strcmp(sc->d->p.sensors[i].id, sc->c->found.sensor) == 0)
            return &sc->d->p.sensors[i];
    }
    return NULL;
}

static bool is_measured(const struct sw_desk_sensor *s)
{
    return s && (s->category == SW_CATEGORY_NOISE || s->category == SW_CATEGORY_DUST);
}

/* What was measured decides; else what the caller speaks of. */
static enum sw_category category_of(const struct scene *sc)
{
    const struct sw_desk_sensor *s = sensor_of(sc);

    if (is_measured(s))
        return s->category;
    return strncmp(sc->c->service_code, "dust.", 5) == 0 ? SW_CATEGORY_DUST : SW_CATEGORY_NOISE;
}

/* The matter of a rule is that of its family: of a rule that is not loaded the period is the best guess. */
static const char *family_of(const struct scene *sc)
{
    const struct sw_complaint_found *f = &sc->c->found;

    for (size_t i = 0; f->rule[0] && i < sc->d->p.n_packs; i++) {
        const struct sw_pack *p = &sc->d->p.packs[i];

        for (size_t k = 0; k < p->n_rules; k++) {
            if (strcmp(p->rules[k].full_id, f->rule) == 0)
                return p->rules[k].family;
        }
    }
    return f->period[0] ? f->period : "always";
}

/* ---- a ticket for it ---- */

enum cause { OVER, WORKED, TO_CHECK, ASKED };

/* What the complaint is about, and whether that alone is news of the site. */
struct subject {
    enum cause cause;
    enum sw_category category;
    const char *place;
    char key[sizeof((struct sw_ticket *) 0)->matter_key];
};

static bool make_subject(const struct scene *sc, enum cause cause, struct subject *ret)
{
    const struct sw_desk_sensor *s = sensor_of(sc);
    const char *family = cause == TO_CHECK ? SW_FAMILY_CHECK : cause == ASKED ? SW_FAMILY_ENQUIRY : family_of(sc);
    int n;

    ret->cause = cause;
    ret->category = cause == WORKED ? SW_CATEGORY_WORK : category_of(sc);
    ret->place = cause != WORKED && is_measured(s) ? s->place : "site";
    if (cause == WORKED)
        family = sc->c->found.period[0] ? sc->c->found.period : "always";
    n = snprintf(ret->key, sizeof ret->key, "%s:%s:%s:%s", sc->d->site, sw_category_name(ret->category), family,
                 ret->place);
    return n > 0 && (size_t) n < sizeof ret->key;
}

static void measure(const struct scene *sc, const struct subject *sub, struct sw_ticket *t)
{
    const struct sw_complaint_found *f = &sc->c->found;

    sw_desk_copy(t->sensor, sizeof t->sensor, f->sensor);
    sw_desk_copy(t->period, sizeof t->period, f->period);
    t->period_is_night = f->period_is_night;
    t->work = f->work;
    t->work_at_us = f->from_us != SW_TIME_NONE ? f->from_us : sc->c->occurred_us;
    t->schedule_revision = sc->d->now.schedule_revision;
    t->rejudged_at_us = 0;
    t->attribution = f->code == SW_ANSWER_OVER_SOURCE_UNKNOWN || sub->cause >= TO_CHECK ? SW_ATTRIBUTION_UNKNOWN
                                                                                        : SW_ATTRIBUTION_SITE;
    if (sub->cause >= TO_CHECK)
        return;
    sw_desk_copy(t->rule, sizeof t->rule, sub->cause == OVER ? f->rule : "");
    sw_desk_copy(t->pack_version, sizeof t->pack_version, sub->cause == OVER ? f->pack_version : "");
    sw_desk_copy(t->statistic, sizeof t->statistic, f->statistic);
    sw_desk_copy(t->quantity, sizeof t->quantity, f->quantity);
    sw_desk_copy(t->unit, sizeof t->unit, f->unit);
    t->limit = sub->cause == OVER ? f->limit : SW_NO_VALUE;
    t->worst = f->worst;
    t->max = f->max;
    t->over_by = sub->cause == OVER ? f->over_by : SW_NO_VALUE;
    t->measured_from_us = f->from_us != SW_TIME_NONE ? f->from_us : sc->c->occurred_us - sc->c->window_us / 2;
    t->measured_to_us =
        f->to_us != SW_TIME_NONE ? f->to_us : SW_MIN(sc->c->occurred_us + sc->c->window_us / 2, sc->now_us);
    t->measured_is_good = true;
}

static enum sw_stage stage_of(const struct subject *sub)
{
    return sub->cause == OVER ? SW_STAGE_RECOVERED : SW_STAGE_NONE; /* of a window that is past */
}

static void set_result(struct scene *sc, enum sw_complaint_outcome outcome, const struct sw_desk_slot *s)
{
    sc->entry->kept.outcome = outcome;
    sw_desk_copy(sc->entry->kept.ticket, sizeof sc->entry->kept.ticket, s ? s->ticket.id : "");
}

static void link(struct scene *sc, struct sw_desk_slot *s, enum sw_complaint_outcome outcome)
{
    sc->ret->raised_class = sw_desk_link(sc->d, s, sc->entry, &sc->c->by, sc->now_us, sc->out);
    set_result(sc, outcome, s);
}

/* The matter's ticket ended, or was resolved, and it was over the limit again since. */
static void reopen(struct scene *sc, const struct subject *sub, struct sw_desk_slot *s)
{
    struct sw_ticket *t = &s->ticket;

    measure(sc, sub, t);
    t->class_ = SW_MIN(t->class_, sw_desk_class_for(sc->d, t, t->over_by, t->worst, t->limit));
    sw_desk_reopen(sc->d, s, stage_of(sub), &sw_desk_auto, "measured again, told of by a complaint", sc->now_us,
                   sc->out);
    link(sc, s, SW_COMPLAINT_OPENED);
}

static int open_new(struct scene *sc, const struct subject *sub)
{
    struct sw_desk_slot *s = sw_desk_take_slot(sc->d, sc->out);
    char note[SW_NOTE_SIZE];
    struct sw_ticket *t;

    if (!s) {
        sc->d->totals.refused_total++;
        return sw_err_set(sc->err, SW_E_FULL, SW_REFUSAL_OVERLOADED,
                          "all %d places hold open tickets: resolve some, or call the site", SW_TICKETS_MAX);
    }
    sw_desk_born(sc->d, s, sub->key, sc->now_us);
    t = &s->ticket;
    t->origin = SW_ORIGIN_COMPLAINT;
    t->category = sub->category;
    t->is_enquiry = sub->cause == ASKED;
    measure(sc, sub, t);
    t->class_ = sub->cause == OVER ? sw_desk_class_for(sc->d, t, t->over_by, t->worst, t->limit) : SW_CLASS_B;
    sw_desk_owner(sc->d, t->category, t->period, sub->place, &t->assignee);
    sw_desk_count_in(sc->d, s, sc->entry);
    sw_desk_set_deadlines(sc->d, t, sc->now_us);
    snprintf(note, sizeof note, "complaint %s: %s", sc->c->service_request_id, sw_answer_code_name(sc->c->found.code));
    sw_desk_record(sc->d, s, SW_VERB_OPEN, stage_of(sub), &sw_desk_auto, note, sc->now_us, sc->out);
    sw_desk_auto_dispatch(sc->d, s, sc->now_us, sc->out);
    set_result(sc, sub->cause == ASKED ? SW_COMPLAINT_NOTHING : SW_COMPLAINT_OPENED, s);
    return SW_OK;
}

/* One open ticket a matter, whoever opened it. */
static int open_for(struct scene *sc, enum cause cause)
{
    struct subject sub;
    struct sw_desk_slot *s;

    if (!make_subject(sc, cause, &sub))
        return SW_OK; /* ids too long for a key: no finding of it opens a ticket either */
    s = sw_desk_open_of(sc->d, sub.key);
    if (s && s->ticket.status == SW_STATUS_RESOLVED && cause <= WORKED && sc->c->found.from_us > s->ticket.changed_us) {
        reopen(sc, &sub, s);
        return SW_OK;
    }
    if (s) {
        link(sc, s, cause == ASKED ? SW_COMPLAINT_NOTHING : SW_COMPLAINT_LINKED);
        return SW_OK;
    }
    s = cause <= WORKED ? sw_desk_recent_of(sc->d, sub.key, sc->now_us) : NULL;
    if (s && !s->ticket.merged_into[0]) {
        reopen(sc, &sub, s);
        return SW_OK;
    }
    return open_new(sc, &sub);
}

/* ---- deciding ---- */

/* What was measured belongs to that ticket: it may be the head of one that is merged, noise into dust. */
static bool speaks_of_it(const struct scene *sc, const struct sw_ticket *t)
{
    return t->category == SW_CATEGORY_WORK || t->category == category_of(sc);
}

/* A complaint alone reopens nothing: what it speaks of has been dealt with. What was measured since then does. */
static bool is_anew(const struct scene *sc, const struct sw_desk_slot *s)
{
    const struct sw_ticket *t = &s->ticket;

    return sw_answer_is_over(sc->c->found.code) && speaks_of_it(sc, t) && !sw_ticket_is_open(t) &&
           sc->c->found.from_us != SW_TIME_NONE && sc->c->found.from_us >= t->ended_us &&
           sw_desk_recent_of(sc->d, t->matter_key, sc->now_us) == s && !sw_desk_open_of(sc->d, t->matter_key);
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

static int decide(struct scene *sc)
{
    const enum sw_answer_code code = sc->c->found.code;
    struct sw_desk_slot *s;

    if (!is_near(sc->d, sc->c->distance_m)) { /* it is not about this site, now and later */
        sw_desk_copy(sc->entry->kept.counted_in, sizeof sc->entry->kept.counted_in, SW_COMPLAINT_UNLINKED);
        return SW_OK;
    }
    s = sw_desk_complaint_matter(sc->d, &sc->entry->kept);
    if (s && is_anew(sc, s)) {
        struct subject sub = {.cause = s->ticket.category == SW_CATEGORY_WORK ? WORKED : OVER};

        reopen(sc, &sub, s);
        return SW_OK;
    }
    if (s) {
        link(sc, s, SW_COMPLAINT_LINKED);
        return SW_OK;
    }
    if (sc->c->want != SW_WANT_LINK_OR_OPEN || code == SW_ANSWER_NO_MONITOR)
        return SW_OK;
    if (sw_answer_is_over(code))
        return open_for(sc, OVER);
    /* A quiet night is a night all the same: it takes work that was heard. */
    if (code == SW_ANSWER_WITHIN_UNPERMITTED && sc->c->found.work_detected == 1)
        return open_for(sc, WORKED);
    if (code == SW_ANSWER_UNCERTAIN || code == SW_ANSWER_NO_DATA)
        return open_for(sc, TO_CHECK);
    return ends_with(sc->c->service_code, ENQUIRY) ? open_for(sc, ASKED) : SW_OK;
}

static void tell(const struct sw_complaint_entry *e, bool is_repeated, struct sw_complaint_result *ret)
{
    ret->outcome = e->kept.outcome;
    sw_desk_copy(ret->ticket, sizeof ret->ticket, e->kept.ticket);
    ret->is_repeated = is_repeated;
    ret->is_repeat_caller = e->kept.is_repeat_caller;
}

int sw_desk_complaint(struct sw_desk *d, const struct sw_complaint_call *c, int64_t now_us, struct sw_desk_out *out,
                      struct sw_complaint_result *ret, struct sw_err *err)
{
    struct sw_complaint_result result = {.outcome = SW_COMPLAINT_NOTHING};
    struct scene sc = {.d = d, .c = c, .now_us = now_us, .out = out, .ret = &result, .err = err};
    struct sw_complaint_kept k;
    int rc;

    if (check(c, now_us, err) < 0)
        return SW_E_INVAL;
    sc.entry = sw_complaint_book_find(d->complaints, c->service_request_id);
    if (sc.entry) {
        tell(sc.entry, true, ret);
        return SW_OK;
    }
    k = kept_of(c, now_us);
    sc.entry = sw_complaint_book_add(d->complaints, &k);
    rc = decide(&sc);
    if (rc < 0) {
        sw_complaint_book_drop(d->complaints);
        return rc;
    }
    sw_complaint_book_changed(d->complaints, sc.entry);
    d->complaints->last = d->complaints->end - 1;
    tell(sc.entry, false, &result);
    *ret = result;
    return SW_OK;
}

/* ---- the book, seen from outside ---- */

void sw_desk_restore_complaint(struct sw_desk *d, const struct sw_complaint_kept *k)
{
    struct sw_complaint_entry *e;

    if ((unsigned) k->code >= SW_ANSWER__COUNT || (unsigned) k->outcome >= SW_COMPLAINT__COUNT ||
        !k->service_request_id[0])
        return;
    e = sw_complaint_book_find(d->complaints, k->service_request_id);
    if (e)
        e->kept = *k;
    else
        sw_complaint_book_add(d->complaints, k);
}

const struct sw_complaint_kept *sw_desk_last_complaint(const struct sw_desk *d)
{
    const struct sw_complaint_book *b = d->complaints;

    return b->last >= b->first ? &b->places[b->last % SW_COMPLAINTS_MAX].kept : NULL;
}

const struct sw_complaint_kept *sw_desk_changed_complaint(const struct sw_desk *d)
{
    struct sw_complaint_book *b = d->complaints;

    for (uint64_t n = b->first; b->n_changed > 0 && n < b->end; n++) {
        if (sw_complaint_book_at(b, n)->is_changed)
            return &sw_complaint_book_at(b, n)->kept;
    }
    return NULL;
}

void sw_desk_complaint_is_kept(struct sw_desk *d, const struct sw_complaint_kept *k)
{
    struct sw_complaint_entry *e = sw_complaint_book_find(d->complaints, k->service_request_id);

    if (e && e->is_changed) {
        e->is_changed = false;
        d->complaints->n_changed--;
    }
}

struct sw_complaint_counts sw_desk_complaint_counts(const struct sw_desk *d, const char *caller_ref, int64_t now_us)
{
    return sw_complaint_book_counts(d->complaints, caller_ref, now_us);
}
