// SPDX-License-Identifier: Apache-2.0
/* Events to instances: rule, RDATE, EXDATE and overrides put together as RFC 5545 says, counted on local clocks and
 * turned into instants by the system's zone data. Reading files and printing are done elsewhere. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/schedule_events.h"
#include "cli/schedule_rule.h"
#include "common/macros.h"

#define LENGTH_MAX_S (400 * SW_S_PER_DAY)
#define CPU_S 8 /* libical may search long for what never comes true: then the rest of the file is not read */
#define OCCURRENCES_MAX 1000000 /* of one rule, from DTSTART on: most lie outside the range */

struct span {
    int64_t from_s, to_s;
};

/* Instances of one item, and which beginnings are excluded or replaced. */
struct work {
    struct sw_events *e;
    struct sw_event *ev;
    int64_t from_s, to_s; /* range */
    size_t n, cap;
    struct span *list;
    size_t n_out; /* instants that EXDATE and overrides take out, in order */
    int64_t *out;
    size_t n_out_days; /* days that EXDATE takes out */
    int64_t *out_days;
    bool *has_hit; /* of out, then of out_days: an instance was there to take out */
    struct sw_schedule *s;
    size_t room; /* instances that still fit */
};

static int64_t utc_of(const struct sw_local *t)
{
    return sw_local_to_utc_s(t->zone, t->s);
}

/* Where an occurrence of this event ends. RFC 5545, 3.8.5.3: with DTEND each lasts exactly as long as the first; with
 * DURATION days are days of the calendar. Whole days are days of the calendar either way. */
static int64_t end_of(const struct sw_event_time *time, const struct sw_local *from)
{
    switch (time->end) {
    case SW_END_SPAN:
        return sw_local_end_utc_s(from, &time->span);
    case SW_END_TIME:
        if (time->from.is_date)
            return sw_local_to_utc_s(from->zone, from->s + (time->to.s - time->from.s));
        return utc_of(from) + (utc_of(&time->to) - utc_of(&time->from));
    case SW_END_NONE:
    default:
        return time->from.is_date ? sw_local_to_utc_s(from->zone, from->s + SW_S_PER_DAY) : utc_of(from);
    }
}

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

    return (x > y) - (x < y);
}

/* Its place in the list, -1 = none. Of equal values it is always the same one. */
static long place_in(const int64_t *list, size_t n, int64_t value)
{
    const int64_t *at = n > 0 ? bsearch(&value, list, n, sizeof(*list), by_value) : NULL;

    return at != NULL ? (long) (at - list) : -1;
}

static bool is_out(struct work *w, const struct sw_local *from)
{
    const int64_t day = from->s - ((from->s % SW_S_PER_DAY) + SW_S_PER_DAY) % SW_S_PER_DAY;
    const long time = place_in(w->out, w->n_out, utc_of(from)), whole = place_in(w->out_days, w->n_out_days, day);

    if (time >= 0)
        w->has_hit[time] = true;
    if (whole >= 0)
        w->has_hit[w->n_out + (size_t) whole] = true;
    return time >= 0 || whole >= 0;
}

/* An EXDATE with the wrong clock time leaves the work standing: that must not go unseen. One of DTSTART itself, which
 * the rule does not give, takes out what never counted here: writers do so (RFC 5545, section 3.8.5.3). */
static void tell_misses(const struct work *w)
{
    char text[64];

    for (size_t i = 0; i < w->ev->n_except; i++) {
        const struct sw_local *t = &w->ev->except[i];
        const int64_t utc_s = utc_of(t);
        const long at = t->is_date ? place_in(w->out_days, w->n_out_days, t->s) : place_in(w->out, w->n_out, utc_s);

        if (utc_s == utc_of(&w->ev->time.from) || utc_s < w->from_s || utc_s >= w->to_s || at < 0 ||
            w->has_hit[(t->is_date ? w->n_out : 0) + (size_t) at])
            continue;
        sw_events_tell(w->e, w->ev->line, w->ev->item.uid, "EXDATE %s takes out nothing: no instance begins then",
                       sw_local_format(t, text, sizeof(text)));
    }
}

/* @return SW_OK; SW_E_FULL, SW_E_INVAL with a sentence; SW_E_NOMEM */
static int add(struct work *w, int64_t from_s, int64_t to_s, struct sw_err *err)
{
    if (to_s <= from_s)
        return sw_err_set(err, SW_E_INVAL, 0,
                          "it ends before it begins, or lasts no time: DTEND or DURATION is needed");
    if (to_s - from_s > LENGTH_MAX_S)
        return sw_err_set(err, SW_E_INVAL, 0, "it lasts longer than 400 days: is the year of DTEND right?");
    if (to_s <= w->from_s || from_s >= w->to_s)
        return SW_OK;
    if (w->n >= w->room)
        return sw_err_set(err, SW_E_FULL, 0,
                          "%.80s is too frequent: with the others more than %d instances in the range",
                          w->ev->item.rrule[0] != '\0' ? w->ev->item.rrule : "it", SW_SCHEDULE_INSTANCES_MAX);
    if (w->n == w->cap) {
        const size_t cap = w->cap == 0 ? 64 : w->cap * 2;
        struct span *grown = realloc(w->list, cap * sizeof(*grown));

        if (grown == NULL)
            return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
        w->list = grown;
        w->cap = cap;
    }
    w->list[w->n++] = (struct span){from_s, to_s};
    return SW_OK;
}

static int add_time(struct work *w, const struct sw_event_time *time, const struct sw_local *from, struct sw_err *err)
{
    return add(w, utc_of(from), end_of(time, from), err);
}

/* All overrides of the same uid that count. */
static struct sw_event *next_override(const struct work *w, size_t *at)
{
    for (; *at < w->e->n; (*at)++) {
        struct sw_event *o = &w->e->list[*at];

        if (o->is_override && !o->is_dropped && strcmp(o->item.uid, w->ev->item.uid) == 0) {
            (*at)++;
            return o;
        }
    }
    return NULL;
}

static int collect_out(struct work *w, struct sw_err *err)
{
    size_t n_overrides = 0, at = 0;
    const struct sw_event *o;

    while (next_override(w, &at) != NULL)
        n_overrides++;
    w->out = calloc(w->ev->n_except + n_overrides + 1, sizeof(*w->out));
    w->out_days = calloc(w->ev->n_except + n_overrides + 1, sizeof(*w->out_days));
    w->has_hit = calloc(w->ev->n_except + n_overrides + 1, sizeof(*w->has_hit));
    if (w->out == NULL || w->out_days == NULL || w->has_hit == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    for (size_t i = 0; i < w->ev->n_except; i++) {
        const struct sw_local *t = &w->ev->except[i];

        if (t->is_date)
            w->out_days[w->n_out_days++] = t->s;
        else
            w->out[w->n_out++] = utc_of(t);
    }
    for (at = 0; (o = next_override(w, &at)) != NULL;) {
        if (o->replaces.is_date)
            w->out_days[w->n_out_days++] = o->replaces.s;
        else
            w->out[w->n_out++] = utc_of(&o->replaces);
    }
    qsort(w->out, w->n_out, sizeof(*w->out), by_value);
    qsort(w->out_days, w->n_out_days, sizeof(*w->out_days), by_value);
    return SW_OK;
}

static int expand_rule(struct work *w, struct sw_err *err)
{
    const struct sw_event_time *time = &w->ev->time;
    const int64_t length_s = end_of(time, &time->from) - utc_of(&time->from);
    struct sw_local from = time->from;
    struct sw_rule *rule = NULL;
    size_t looked_at = 0;
    int rc = sw_rule_new(w->ev->item.rrule, &time->from, w->from_s - SW_MAX(length_s, 0) - 2 * SW_S_PER_DAY, w->to_s,
                         &rule, err);

    if (rc < 0)
        return rc;
    while ((rc = sw_rule_next(rule, &from.s, err)) > 0) {
        if (++looked_at > OCCURRENCES_MAX) {
            rc = sw_err_set(err, SW_E_FULL, 0, "%.80s is too frequent: more than %d occurrences since DTSTART",
                            w->ev->item.rrule, OCCURRENCES_MAX);
            break;
        }
        if (!is_out(w, &from) && (rc = add_time(w, time, &from, err)) < 0)
            break;
    }
    sw_rule_free(rule);
    return rc;
}

static int add_given(struct work *w, struct sw_err *err)
{
    int rc = SW_OK;

    for (size_t i = 0; i < w->e->n_given && rc >= 0; i++) {
        const struct sw_given_instance *g = &w->e->given[i];

        if (strcmp(g->uid, w->ev->item.uid) == 0)
            rc = add(w, g->from_us / SW_US_PER_S, g->to_us / SW_US_PER_S, err);
    }
    return rc;
}

static int expand_one(struct work *w, struct sw_err *err)
{
    struct sw_event *ev = w->ev, *o;
    int rc = collect_out(w, err);

    if (rc >= 0 && w->e->is_expanded)
        return add_given(w, err);
    if (rc >= 0 && !ev->is_override && ev->item.rrule[0] != '\0')
        rc = expand_rule(w, err);
    else if (rc >= 0 && !ev->is_override && !is_out(w, &ev->time.from))
        rc = add_time(w, &ev->time, &ev->time.from, err);
    for (size_t i = 0; rc >= 0 && i < ev->n_more; i++) {
        const struct sw_event_time *more = &ev->more[i];

        if (!is_out(w, &more->from))
            rc = add_time(w, more->end == SW_END_NONE ? &ev->time : more, &more->from, err);
    }
    for (size_t at = 0; rc >= 0 && (o = next_override(w, &at)) != NULL;)
        if (o->item.status != SW_ITEM_CANCELLED && (rc = add_time(w, &o->time, &o->time.from, err)) < 0) {
            /* A bad exception must not cost the rule. */
            if (rc != SW_E_INVAL)
                break;
            sw_events_tell(w->e, o->line, o->item.uid, "%s; this exception is skipped", err->msg);
            w->e->n_skipped++;
            rc = SW_OK;
        }
    return rc;
}

static int by_beginning(const void *a, const void *b)
{
    const struct span *x = a, *y = b;

    if (x->from_s != y->from_s)
        return x->from_s < y->from_s ? -1 : 1;
    return (x->to_s > y->to_s) - (x->to_s < y->to_s);
}

/* RFC 5545: what is given twice counts once. */
static void take_over(struct work *w, size_t item)
{
    if (w->n > 0)
        qsort(w->list, w->n, sizeof(*w->list), by_beginning);
    for (size_t i = 0; i < w->n; i++) {
        if (i > 0 && w->list[i].from_s == w->list[i - 1].from_s)
            continue;
        w->s->instances[w->s->n_instances++] = (struct sw_schedule_instance){.from_us = w->list[i].from_s * SW_US_PER_S,
                                                                             .to_us = w->list[i].to_s * SW_US_PER_S,
                                                                             .item = (uint16_t) item};
    }
}

/* Of two editions of the same component the higher SEQUENCE wins, then the newer stamp, then the later in the file. */
static bool is_older(const struct sw_event *a, const struct sw_event *b)
{
    if (a->item.revision != b->item.revision)
        return a->item.revision < b->item.revision;
    return a->stamp_us <= b->stamp_us;
}

struct ref {
    const struct sw_event *ev;
    size_t index;
};

static int64_t replaced(const struct sw_event *ev)
{
    return ev->is_override ? utc_of(&ev->replaces) : INT64_MIN;
}

static int by_identity(const void *a, const void *b)
{
    const struct ref *x = a, *y = b;
    const int order = strcmp(x->ev->item.uid, y->ev->item.uid);

    if (order != 0)
        return order;
    if (replaced(x->ev) != replaced(y->ev))
        return replaced(x->ev) < replaced(y->ev) ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* Nothing says which of the two is the newer: most likely one was copied and its UID forgotten. */
static void tell_twins(struct sw_events *e, const struct sw_event *a, const struct sw_event *b)
{
    if (a->item.revision == b->item.revision && a->stamp_us == b->stamp_us)
        sw_events_tell(e, b->line, b->item.uid,
                       "its UID stands twice with the same SEQUENCE and time: only the last in the file counts");
}

/* Marks older editions, and finds overrides that stand alone: the first of each becomes an item without a rule. */
static int choose(struct sw_events *e, bool *is_item, struct sw_err *err)
{
    struct ref *refs = calloc(e->n + 1, sizeof(*refs));

    if (refs == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    for (size_t i = 0; i < e->n; i++)
        refs[i] = (struct ref){&e->list[i], i};
    qsort(refs, e->n, sizeof(*refs), by_identity);
    for (size_t i = 0, newest = 0; i < e->n; i++) {
        struct sw_event *ev = &e->list[refs[i].index], *best = &e->list[refs[newest].index];
        const bool is_same = i > 0 && strcmp(ev->item.uid, best->item.uid) == 0 && replaced(ev) == replaced(best);

        if (is_same)
            tell_twins(e, best, ev);
        if (is_same && is_older(best, ev)) {
            best->is_dropped = true;
            is_item[refs[newest].index] = false;
            newest = i;
        } else if (is_same) {
            ev->is_dropped = true;
            continue;
        } else {
            newest = i;
        }
        is_item[refs[i].index] = !ev->is_override;
    }
    for (size_t i = 0; i < e->n; i++) {
        const bool is_new_uid = i == 0 || strcmp(refs[i].ev->item.uid, refs[i - 1].ev->item.uid) != 0;

        if (is_new_uid && refs[i].ev->is_override) { /* no master: those sort first */
            size_t k = i;

            while (refs[k].ev->is_dropped)
                k++;
            is_item[refs[k].index] = true;
        }
    }
    free(refs);
    return SW_OK;
}

static int expand_all(struct sw_events *e, const bool *is_item, struct work *w, struct sw_err *err)
{
    const clock_t begin = clock();

    for (size_t i = 0; i < e->n; i++) {
        struct sw_err fault = {0};
        int rc;

        if (!is_item[i])
            continue;
        if ((clock() - begin) / CLOCKS_PER_SEC >= CPU_S) {
            sw_events_tell(e, e->list[i].line, e->list[i].item.uid,
                           "the rules before took longer than %d s: this item and all after it are skipped", CPU_S);
            for (; i < e->n; i++)
                e->n_skipped += is_item[i];
            return e->is_strict ? sw_err_set(err, SW_E_INVAL, 0, "%s: its rules take longer than %d s", e->file, CPU_S)
                                : SW_OK;
        }
        if (w->s->n_items == SW_SCHEDULE_ITEMS_MAX) {
            sw_events_tell(e, e->list[i].line, e->list[i].item.uid, "more than %d items: this one is skipped",
                           SW_SCHEDULE_ITEMS_MAX);
            e->n_skipped++;
            continue;
        }
        w->ev = &e->list[i];
        w->n = w->n_out = w->n_out_days = 0;
        w->room = SW_SCHEDULE_INSTANCES_MAX - w->s->n_instances;
        rc = expand_one(w, &fault);
        if (rc >= 0 && !e->is_expanded)
            tell_misses(w);
        free(w->out);
        free(w->out_days);
        free(w->has_hit);
        w->out = w->out_days = NULL;
        w->has_hit = NULL;
        if (rc == SW_E_NOMEM) {
            if (err != NULL)
                *err = fault;
            return rc;
        }
        if (rc < 0) {
            if (sw_events_skip(e, w->ev->line, w->ev->item.uid, err, "%s", fault.msg) < 0)
                return SW_E_INVAL;
            continue;
        }
        take_over(w, w->s->n_items);
        w->s->items[w->s->n_items++] = w->ev->item;
    }
    return SW_OK;
}

int sw_events_expand(struct sw_events *e, int64_t from_us, int64_t to_us, struct sw_schedule **ret, struct sw_err *err)
{
    struct sw_schedule *s = calloc(1, sizeof(*s));
    bool *is_item = calloc(e->n + 1, sizeof(*is_item));
    struct work w = {.e = e, .from_s = from_us / SW_US_PER_S, .to_s = to_us / SW_US_PER_S, .s = s};
    int rc = SW_E_NOMEM;

    if (s != NULL && is_item != NULL) {
        s->items = calloc(SW_MIN(e->n, SW_SCHEDULE_ITEMS_MAX) + 1, sizeof(*s->items));
        s->instances = calloc(SW_SCHEDULE_INSTANCES_MAX, sizeof(*s->instances));
        s->from_us = from_us;
        s->to_us = to_us;
    }
    if (s == NULL || is_item == NULL || s->items == NULL || s->instances == NULL)
        rc = sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    else
        rc = choose(e, is_item, err);
    if (rc >= 0)
        rc = expand_all(e, is_item, &w, err);
    if (rc >= 0)
        rc = sw_schedule_finish(s, err);
    free(w.list);
    free(is_item);
    if (rc < 0) {
        sw_schedule_free(s);
        return rc;
    }
    *ret = s;
    return SW_OK;
}
