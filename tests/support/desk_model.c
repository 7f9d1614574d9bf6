// SPDX-License-Identifier: Apache-2.0
/* The model's matters: what a finding, a device and an output do to a ticket, and what every part of the model needs.
 * Source: docs/explanation/measuring.md. */
#include "tests/support/desk_model.h"

#include <stdio.h>
#include <string.h>

/* ---- look-up ---- */

bool model_is_open(const struct model_ticket *t)
{
    return t->status == SW_STATUS_OPEN || t->status == SW_STATUS_DISPATCHED || t->status == SW_STATUS_ACCEPTED ||
           t->status == SW_STATUS_IN_PROGRESS || t->status == SW_STATUS_RESOLVED;
}

int model_open_of(const struct model *m, const char *key)
{
    for (int i = 0; i < m->n_tickets; i++) {
        if (model_is_open(&m->tickets[i]) && strcmp(m->tickets[i].key, key) == 0)
            return i;
    }
    return MODEL_NOWHERE;
}

int model_last_of(const struct model *m, const char *key)
{
    int last = MODEL_NOWHERE;

    for (int i = 0; i < m->n_tickets; i++) {
        if (!model_is_open(&m->tickets[i]) && strcmp(m->tickets[i].key, key) == 0 &&
            (last < 0 || m->tickets[i].ended_us > m->tickets[last].ended_us ||
             (m->tickets[i].ended_us == m->tickets[last].ended_us &&
              m->tickets[i].opened_us >= m->tickets[last].opened_us)))
            last = i;
    }
    return last;
}

int model_recent_of(const struct model *m, const char *key)
{
    const int i = model_last_of(m, key);

    if (i < 0 || m->tickets[i].status == SW_STATUS_WITHDRAWN ||
        m->now_us - m->tickets[i].ended_us >= m->hotline->reopen_within_s * 1000000LL)
        return MODEL_NOWHERE;
    return i;
}

int model_find(const struct model *m, const char *id)
{
    for (int i = 0; i < m->n_tickets; i++) {
        if (strcmp(m->tickets[i].id, id) == 0)
            return i;
    }
    return MODEL_NOWHERE;
}

bool model_has_merged(const struct model *m, int i)
{
    for (int k = 0; k < m->n_tickets; k++) {
        if (m->tickets[k].head == i)
            return true;
    }
    return false;
}

/* ---- what happens to a ticket ---- */

void model_say(struct model *m, int i, enum sw_verb verb, enum sw_role role)
{
    struct model_ticket *t = &m->tickets[i];

    t->history++;
    if (t->n_said < MODEL_SAID) {
        t->said[t->n_said] = verb;
        t->said_by[t->n_said] = role;
    }
    t->n_said++;
}

int model_born(struct model *m, const char *key, const char *place, enum sw_category category, enum sw_origin origin)
{
    struct model_ticket *t = &m->tickets[m->n_tickets];

    memset(t, 0, sizeof *t);
    snprintf(t->key, sizeof t->key, "%s", key);
    snprintf(t->place, sizeof t->place, "%s", place);
    snprintf(t->unit, sizeof t->unit, "%s", m->lead ? m->lead : "");
    t->category = category;
    t->origin = origin;
    t->class_ = SW_CLASS_B;
    t->previous = model_last_of(m, key);
    t->averted = -1;
    t->head = MODEL_NOWHERE;
    t->opened_us = m->now_us;
    t->ended_us = t->until_us = t->responded_us = t->dispatched_us = t->from_us = t->to_us = MODEL_NEVER;
    t->forecast_at_us = t->crosses_at_us = MODEL_NEVER;
    t->over_by = t->worst = t->limit = SW_NO_VALUE;
    t->work = (struct sw_work){SW_WORK_NO_SCHEDULE, -1};
    return m->n_tickets++;
}

enum sw_class model_class_for(const struct model *m, const struct model_ticket *t)
{
    (void) m;
    if (!t->is_site || t->over_by == SW_NO_VALUE)
        return SW_CLASS_B;
    if ((t->is_night && t->work.permitted == 0) || (t->category == SW_CATEGORY_NOISE && t->over_by >= 1000) ||
        (t->category == SW_CATEGORY_DUST && t->worst >= 2 * t->limit))
        return SW_CLASS_A;
    return SW_CLASS_B;
}

void model_raise(struct model *m, int i, enum sw_class c)
{
    const int head = m->tickets[i].head;

    if (model_raise_one(m, i, c) && head >= 0 && m->tickets[head].status < SW_STATUS_RESOLVED)
        model_raise_one(m, head, c);
}

/* Without a platform a ticket is given to its owner at once. */
void model_dispatch_at_once(struct model *m, int i)
{
    struct model_ticket *t = &m->tickets[i];

    if (m->has_platform || !t->unit[0])
        return;
    t->status = SW_STATUS_DISPATCHED;
    if (t->dispatched_us == MODEL_NEVER)
        t->dispatched_us = m->now_us;
    model_say(m, i, SW_VERB_DISPATCH, SW_ROLE_AUTO);
}

/* Merged tickets and their head are taken up again together. */
static void reopen_the_others(struct model *m, int i)
{
    const int head = m->tickets[i].head;

    if (head >= 0) {
        if (m->tickets[head].status < SW_STATUS_RESOLVED)
            return;
        const int open = model_open_of(m, m->tickets[head].key);

        if (m->tickets[head].status > SW_STATUS_CLOSED || (open >= 0 && open != head)) {
            m->tickets[i].head = MODEL_NOWHERE; /* the head's matter goes on elsewhere: this one stands for itself */
            model_say(m, i, SW_VERB_UNMERGE, SW_ROLE_AUTO);
            return;
        }
        model_reopen(m, head, SW_STAGE_NONE, SW_ROLE_AUTO);
        model_take_urgency(m, i, head);
        return;
    }
    for (int k = 0; k < m->n_tickets; k++) {
        const int open = model_open_of(m, m->tickets[k].key);

        if (m->tickets[k].head == i &&
            (m->tickets[k].status == SW_STATUS_RESOLVED || m->tickets[k].status == SW_STATUS_CLOSED) &&
            (open < 0 || open == k))
            model_reopen(m, k, SW_STAGE_NONE, SW_ROLE_AUTO);
    }
}

void model_reopen(struct model *m, int i, enum sw_stage stage, enum sw_role role)
{
    struct model_ticket *t = &m->tickets[i];

    t->status = SW_STATUS_OPEN;
    t->reopens++;
    t->averted = -1;
    t->acted = t->escalated = t->returned = t->suspended = false;
    t->returns = t->overdue = 0;
    t->ended_us = t->until_us = t->responded_us = t->dispatched_us = MODEL_NEVER;
    t->measure[0] = '\0';
    if (stage != SW_STAGE_NONE)
        t->stage = stage;
    model_set_deadlines(m, i);
    model_say(m, i, SW_VERB_REOPEN, role);
    model_dispatch_at_once(m, i);
    reopen_the_others(m, i);
}

void model_escalate(struct model *m, int i)
{
    if (m->tickets[i].escalated)
        return;
    m->tickets[i].escalated = true;
    model_say(m, i, SW_VERB_ESCALATE, SW_ROLE_AUTO);
}

static bool is_held(const struct model_ticket *t, bool by_exceedance_only)
{
    for (int s = 0; s < MODEL_SENSORS; s++) {
        for (int r = 0; r < MODEL_RULES; r++) {
            if (t->cause[s][r] == 'e' || (t->cause[s][r] == 'f' && !by_exceedance_only))
                return true;
        }
    }
    return false;
}

void model_avert_if_over(struct model *m, int i)
{
    struct model_ticket *t = &m->tickets[i];

    if (!model_is_open(t) || t->stage != SW_STAGE_FORECAST || is_held(t, false) || model_counts(m, i).calls > 0 ||
        t->head >= 0 || model_has_merged(m, i))
        return;
    t->status = SW_STATUS_AVERTED;
    t->averted = t->acted;
    t->ended_us = m->now_us;
    t->suspended = false;
    t->until_us = MODEL_NEVER;
    model_say(m, i, SW_VERB_AVERT, SW_ROLE_AUTO);
}

/* ---- findings ---- */

static bool is_of_the_site(const struct model *m, const struct sw_work *w)
{
    return m->detected == SW_DETECTED_YES || w->state == SW_WORK_SCHEDULED || w->state == SW_WORK_PERMITTED_NIGHT;
}

static void take_work(struct model *m, struct model_ticket *t, const struct sw_work *w)
{
    t->work = *w;
    t->is_site = is_of_the_site(m, w);
}

static void measure(struct model_ticket *t, const struct sw_finding *f)
{
    const int32_t worst = f->worst != SW_NO_VALUE ? f->worst : f->value;

    if (worst != SW_NO_VALUE && (t->over_by == SW_NO_VALUE || worst - f->rule->limit > t->over_by)) {
        t->worst = worst;
        t->limit = f->rule->limit;
        t->over_by = worst - f->rule->limit;
        t->is_night = f->period_is_night;
    }
    if (t->from_us == MODEL_NEVER || f->from_us < t->from_us)
        t->from_us = f->from_us;
}

static void forget(struct model_ticket *t)
{
    t->over_by = t->worst = SW_NO_VALUE;
    t->from_us = t->to_us = MODEL_NEVER;
}

static void forecast(struct model_ticket *t, const struct sw_finding *f)
{
    t->forecast_at_us = f->at_us;
    t->crosses_at_us = f->forecast.crosses_at_us;
}

/* A new ticket, or the one that ended within the last day goes on. */
static void begin(struct model *m, const char *key, const struct sw_finding *f, const struct sw_work *w, int rule)
{
    const struct sw_desk_sensor *s = &m->sensors[f->sensor];
    const bool is_over = f->kind == SW_FINDING_EXCEED;
    int i = model_recent_of(m, key);
    const bool is_new = i < 0;
    struct model_ticket *t;

    if (is_new)
        i = model_born(m, key, s->place, s->category, is_over ? SW_ORIGIN_EXCEEDANCE : SW_ORIGIN_PREVENTIVE);
    t = &m->tickets[i];
    take_work(m, t, w);
    t->cause[f->sensor][rule] = is_over ? 'e' : 'f';
    t->stage = is_over ? SW_STAGE_EXCEEDED : SW_STAGE_FORECAST;
    if (is_over) {
        forget(t);
        measure(t, f);
        if (model_class_for(m, t) < t->class_)
            t->class_ = model_class_for(m, t);
    } else {
        if (t->from_us == MODEL_NEVER) {
            t->is_night = f->period_is_night;
            t->limit = f->rule->limit;
        }
        forecast(t, f);
    }
    if (is_new) {
        model_set_deadlines(m, i);
        model_say(m, i, SW_VERB_OPEN, SW_ROLE_AUTO);
        model_dispatch_at_once(m, i);
    } else {
        model_reopen(m, i, t->stage, SW_ROLE_AUTO);
    }
    if (is_over)
        model_link_earlier(m, i);
}

static void over_again(struct model *m, int i, const struct sw_finding *f, const struct sw_work *w)
{
    struct model_ticket *t = &m->tickets[i];
    const enum sw_stage was = t->stage;

    if (t->status == SW_STATUS_RESOLVED) {
        forget(t);
        take_work(m, t, w);
        measure(t, f);
        if (model_class_for(m, t) < t->class_)
            t->class_ = model_class_for(m, t);
        model_reopen(m, i, SW_STAGE_EXCEEDED, SW_ROLE_AUTO);
        model_link_earlier(m, i);
        return;
    }
    if (was == SW_STAGE_FORECAST)
        forget(t);
    if (was != SW_STAGE_EXCEEDED || is_of_the_site(m, w))
        take_work(m, t, w);
    measure(t, f);
    t->to_us = MODEL_NEVER;
    t->stage = SW_STAGE_EXCEEDED;
    model_raise(m, i, model_class_for(m, t));
    if (was != SW_STAGE_EXCEEDED) {
        model_say(m, i, SW_VERB_EXCEED, SW_ROLE_AUTO);
        model_link_earlier(m, i);
    }
}

static void not_any_more(struct model *m, int i, const struct sw_finding *f, int rule)
{
    struct model_ticket *t = &m->tickets[i];

    t->cause[f->sensor][rule] = 0;
    if (f->kind == SW_FINDING_CLEARED) {
        model_avert_if_over(m, i);
    } else if (t->stage == SW_STAGE_EXCEEDED) {
        if (f->worst != SW_NO_VALUE)
            measure(t, f);
        if (is_held(t, true))
            return;
        t->to_us = f->at_us;
        t->stage = SW_STAGE_RECOVERED;
        model_say(m, i, SW_VERB_RECOVER, SW_ROLE_AUTO);
    }
}

static void goes_on(struct model *m, int i, const struct sw_finding *f, const struct sw_work *w, int rule)
{
    struct model_ticket *t = &m->tickets[i];

    t->cause[f->sensor][rule] = f->kind == SW_FINDING_FORECAST ? 'f' : 'e';
    if (f->kind == SW_FINDING_FORECAST) { /* the sooner crossing counts */
        if (t->stage != SW_STAGE_EXCEEDED && (t->stage != SW_STAGE_FORECAST || t->crosses_at_us == MODEL_NEVER ||
                                              f->forecast.crosses_at_us < t->crosses_at_us))
            forecast(t, f);
    } else if (f->kind == SW_FINDING_EXCEED || t->stage == SW_STAGE_FORECAST ||
               (t->stage == SW_STAGE_RECOVERED && t->status != SW_STATUS_RESOLVED)) {
        over_again(m, i, f, w);
    } else if (f->worst - f->rule->limit > t->over_by) { /* what people resolved stays so until a new exceedance */
        measure(t, f);
        model_raise(m, i, model_class_for(m, t));
    }
}

void model_finding(struct model *m, const struct sw_finding *f, const struct sw_work *work)
{
    const struct sw_desk_sensor *s = &m->sensors[f->sensor];
    const int rule = (int) (f->rule - m->pack->rules);
    char key[MODEL_KEY_SIZE];
    int i;

    snprintf(key, sizeof key, "%s:%s:%s:%s", m->site, s->category == SW_CATEGORY_NOISE ? "noise" : "dust",
             f->rule->family, s->place);
    m->judge[f->sensor][rule] = f->kind == SW_FINDING_FORECAST                                ? 'f'
                                : f->kind == SW_FINDING_EXCEED || f->kind == SW_FINDING_WORSE ? 'e'
                                                                                              : '\0';
    i = model_open_of(m, key);
    if (f->kind == SW_FINDING_RECOVERED || f->kind == SW_FINDING_CLEARED) {
        if (i < 0) { /* a closed ticket learns when its matter is over */
            i = model_last_of(m, key);
            if (i >= 0 && m->tickets[i].status != SW_STATUS_CLOSED)
                i = MODEL_NOWHERE;
        }
        if (i >= 0)
            not_any_more(m, i, f, rule);
    } else if (i >= 0) {
        goes_on(m, i, f, work, rule);
    } else if (f->kind != SW_FINDING_WORSE) { /* an episode that people have dealt with opens nothing */
        begin(m, key, f, work, rule);
    }
}

void model_detected(struct model *m, enum sw_detected detected)
{
    m->detected = detected;
    for (int i = 0; detected == SW_DETECTED_YES && i < m->n_tickets; i++) {
        struct model_ticket *t = &m->tickets[i];

        if (!model_is_open(t) || t->is_site || (t->stage != SW_STAGE_FORECAST && t->stage != SW_STAGE_EXCEEDED))
            continue;
        t->is_site = true;
        if (t->stage == SW_STAGE_EXCEEDED)
            model_raise(m, i, model_class_for(m, t));
    }
}

void model_restart(struct model *m)
{
    for (int i = 0; i < m->n_tickets; i++) {
        struct model_ticket *t = &m->tickets[i];

        memset(t->cause, 0, sizeof t->cause);
        for (int s = 0; s < MODEL_SENSORS && model_is_open(t); s++) {
            for (int r = 0; r < MODEL_RULES; r++) {
                char key[MODEL_KEY_SIZE];

                snprintf(key, sizeof key, "%s:%s:%s:%s", m->site,
                         m->sensors[s].category == SW_CATEGORY_NOISE ? "noise" : "dust", m->pack->rules[r].family,
                         m->sensors[s].place);
                if (strcmp(key, t->key) == 0)
                    t->cause[s][r] = m->judge[s][r];
            }
        }
    }
    m->detected = SW_DETECTED_UNKNOWN;
}
