// SPDX-License-Identifier: Apache-2.0
/* The model's complaints: which matter one speaks of, what becomes of it, who is counted where. Every count is made
 * anew from the list of calls. Source: docs/explanation/complaints.md. */
#include "tests/support/desk_model.h"

#include <stdio.h>
#include <string.h>

#define MIN_US 60000000LL
#define HOUR_US (60 * MIN_US)

struct model_call *model_call_of(struct model *m, const char *id)
{
    for (int k = 0; id[0] && k < m->n_calls; k++) {
        if (strcmp(m->calls[k].id, id) == 0)
            return &m->calls[k];
    }
    return NULL;
}

/* Whoever called before calls again. */
struct model_call *model_new_call(struct model *m, const struct model_call *call)
{
    struct model_call *new = &m->calls[m->n_calls];

    *new = *call;
    for (int k = 0; k < m->n_calls; k++) {
        if (call->caller[0] && strcmp(m->calls[k].caller, call->caller) == 0)
            new->is_repeat_caller = true;
    }
    m->n_calls++;
    return new;
}

/* ---- counting ---- */

unsigned model_own_calls(const struct model *m, int i)
{
    unsigned n = 0;

    for (int k = 0; k < m->n_calls; k++)
        n += m->calls[k].counted_in == i;
    return n;
}

static bool is_counted_with(const struct model *m, int k, int i)
{
    const int in = m->calls[k].counted_in;

    return in >= 0 && (in == i || m->tickets[in].head == i);
}

static bool is_told_before(const struct model *m, int k, int i, bool among_repeat_callers)
{
    for (int j = 0; j < k; j++) {
        if (is_counted_with(m, j, i) && strcmp(m->calls[j].caller, m->calls[k].caller) == 0 &&
            (!among_repeat_callers || m->calls[j].is_repeat_caller))
            return true;
    }
    return false;
}

/* Who called about two of them is one caller. */
struct model_counts model_counts(const struct model *m, int i)
{
    struct model_counts n = {0, 0, 0};

    for (int k = 0; k < m->n_calls; k++) {
        if (!is_counted_with(m, k, i))
            continue;
        n.calls++;
        if (!m->calls[k].caller[0])
            continue;
        n.callers += !is_told_before(m, k, i, false);
        n.repeat_callers += m->calls[k].is_repeat_caller && !is_told_before(m, k, i, true);
    }
    if (n.calls > 0 && n.callers == 0)
        n.callers = 1; /* nobody said who: there is one at least */
    return n;
}

bool model_many_callers(struct model *m, int i)
{
    const int at = m->tickets[i].head >= 0 ? m->tickets[i].head : i;
    struct model_ticket *t = &m->tickets[at];

    if (t->raised || !model_is_open(t) || model_counts(m, at).callers < 3)
        return false;
    t->raised = true;
    return t->class_ > SW_CLASS_A && model_raise_one(m, at, (enum sw_class)(t->class_ - 1));
}

/* ---- which matter ---- */

static bool overlaps(const struct model_call *c, int64_t from_us, int64_t to_us)
{
    return c->occurred_us + c->window_us / 2 >= from_us && c->occurred_us - c->window_us / 2 <= to_us;
}

static bool fits(const struct model_ticket *t, const struct model_call *c)
{
    const bool is_noise = t->category == SW_CATEGORY_NOISE || t->category == SW_CATEGORY_WORK;
    const int64_t end_us = t->to_us != MODEL_NEVER ? t->to_us : t->ended_us;

    if (t->category == SW_CATEGORY_DEVICE || (strncmp(c->service, "noise.", 6) == 0 && !is_noise) ||
        (strncmp(c->service, "dust.", 5) == 0 && is_noise))
        return false;
    if (t->from_us != MODEL_NEVER &&
        overlaps(c, t->from_us - 30 * MIN_US, end_us != MODEL_NEVER ? end_us + 2 * HOUR_US : INT64_MAX))
        return true;
    return t->stage == SW_STAGE_FORECAST && model_is_open(t) && overlaps(c, t->forecast_at_us - 30 * MIN_US, INT64_MAX);
}

static int64_t begin_of(const struct model_ticket *t)
{
    return t->from_us != MODEL_NEVER ? t->from_us : t->forecast_at_us;
}

/* The latest; of a merged one, where it is dealt with. */
static int matter_of(const struct model *m, const struct model_call *c)
{
    int latest = MODEL_NOWHERE, at = MODEL_NOWHERE;

    for (int i = 0; i < m->n_tickets; i++) {
        const struct model_ticket *t = &m->tickets[i];
        const int target = t->head >= 0 ? t->head : i;

        if (!fits(t, c) || m->tickets[target].status == SW_STATUS_WITHDRAWN || m->tickets[target].head >= 0)
            continue;
        if (latest >= 0 &&
            (begin_of(t) < begin_of(&m->tickets[latest]) ||
             (begin_of(t) == begin_of(&m->tickets[latest]) && t->opened_us < m->tickets[latest].opened_us)))
            continue;
        latest = i;
        at = target;
    }
    return at;
}

/* It is measured now: calls that came before, and are counted nowhere or for want of a measurement, are about it. */
void model_link_earlier(struct model *m, int i)
{
    bool has_left[MODEL_TICKETS] = {false};
    int n = 0;

    for (int k = 0; k < m->n_calls; k++) {
        struct model_call *c = &m->calls[k];
        const struct model_ticket *in = c->counted_in >= 0 ? &m->tickets[c->counted_in] : NULL;

        if (c->counted_in == MODEL_TAKEN_OFF || c->counted_in == i || !fits(&m->tickets[i], c))
            continue;
        if (in && (in->origin != SW_ORIGIN_COMPLAINT || in->from_us != MODEL_NEVER || !model_is_open(in)))
            continue;
        if (in)
            has_left[c->counted_in] = true;
        c->counted_in = i;
        n++;
    }
    if (n == 0)
        return;
    model_many_callers(m, i);
    model_say(m, i, SW_VERB_LINK, SW_ROLE_AUTO);
    for (int k = 0; k < m->n_tickets; k++) {
        if (has_left[k])
            model_say(m, k, SW_VERB_UNLINK, SW_ROLE_AUTO);
    }
}

/* ---- what becomes of one ---- */

enum subject { OVER, WORKED, TO_CHECK, ASKED };

struct scene {
    struct model *m;
    const struct sw_complaint_call *c;
    struct model_call *call;
    struct sw_complaint_result *result;
};

static bool is_over(enum sw_answer_code code)
{
    return code == SW_ANSWER_OVER_UNPERMITTED || code == SW_ANSWER_OVER_PERMITTED ||
           code == SW_ANSWER_OVER_PERMIT_UNKNOWN || code == SW_ANSWER_OVER_SOURCE_UNKNOWN;
}

static void linked(struct scene *sc, int i, enum sw_complaint_outcome outcome)
{
    sc->call->counted_in = i;
    sc->result->raised_class = model_many_callers(sc->m, i);
    model_say(sc->m, i, SW_VERB_LINK, sc->c->by.role);
    sc->call->outcome = outcome;
    sc->call->ticket = i;
}

static void measured(struct scene *sc, enum subject sub, struct model_ticket *t)
{
    const struct sw_complaint_found *f = &sc->c->found;

    t->work = f->work;
    t->is_night = f->period_is_night;
    t->is_site = sub <= WORKED && f->code != SW_ANSWER_OVER_SOURCE_UNKNOWN;
    if (sub > WORKED)
        return;
    t->worst = f->worst;
    t->over_by = sub == OVER ? f->over_by : SW_NO_VALUE;
    t->limit = sub == OVER ? f->limit : SW_NO_VALUE;
    t->from_us = f->from_us != MODEL_NEVER ? f->from_us : sc->c->occurred_us - sc->c->window_us / 2;
    t->to_us = f->to_us;
    if (t->to_us == MODEL_NEVER) {
        t->to_us = sc->c->occurred_us + sc->c->window_us / 2;
        if (t->to_us > sc->m->now_us)
            t->to_us = sc->m->now_us;
    }
}

static void over_again(struct scene *sc, enum subject sub, int i)
{
    struct model_ticket *t = &sc->m->tickets[i];

    measured(sc, sub, t);
    if (model_class_for(sc->m, t) < t->class_)
        t->class_ = model_class_for(sc->m, t);
    model_reopen(sc->m, i, sub == OVER ? SW_STAGE_RECOVERED : SW_STAGE_NONE, SW_ROLE_AUTO);
    linked(sc, i, SW_COMPLAINT_OPENED);
}

static void open_new(struct scene *sc, enum subject sub, const char *key, const char *place, enum sw_category category)
{
    struct model *m = sc->m;
    const int i = model_born(m, key, place, category, SW_ORIGIN_COMPLAINT);
    struct model_ticket *t = &m->tickets[i];

    t->is_enquiry = sub == ASKED;
    measured(sc, sub, t);
    t->class_ = sub == OVER ? model_class_for(m, t) : SW_CLASS_B;
    t->stage = sub == OVER ? SW_STAGE_RECOVERED : SW_STAGE_NONE;
    sc->call->counted_in = i;
    model_set_deadlines(m, i);
    model_say(m, i, SW_VERB_OPEN, SW_ROLE_AUTO);
    model_dispatch_at_once(m, i);
    sc->call->outcome = sub == ASKED ? SW_COMPLAINT_NOTHING : SW_COMPLAINT_OPENED;
    sc->call->ticket = i;
}

static const struct sw_desk_sensor *sensor_of(const struct scene *sc)
{
    for (int i = 0; i < MODEL_SENSORS; i++) {
        if (strcmp(sc->m->sensors[i].id, sc->c->found.sensor) == 0)
            return &sc->m->sensors[i];
    }
    return NULL;
}

static const char *family_of(const struct scene *sc)
{
    for (int i = 0; i < MODEL_RULES; i++) {
        if (strcmp(sc->m->pack->rules[i].full_id, sc->c->found.rule) == 0)
            return sc->m->pack->rules[i].family;
    }
    return sc->c->found.period[0] ? sc->c->found.period : "always";
}

/* One open ticket a matter, whoever opened it. */
static void open_for(struct scene *sc, enum subject sub)
{
    struct model *m = sc->m;
    const struct sw_desk_sensor *s = sensor_of(sc);
    const bool is_dust = s ? s->category == SW_CATEGORY_DUST : strncmp(sc->c->service_code, "dust.", 5) == 0;
    const char *place = sub != WORKED && s ? s->place : "site";
    const char *period = sc->c->found.period[0] ? sc->c->found.period : "always";
    const char *family = sub == OVER ? family_of(sc) : sub == WORKED ? period : sub == TO_CHECK ? "check" : "enquiry";
    char key[MODEL_KEY_SIZE];
    int i;

    snprintf(key, sizeof key, "%s:%s:%s:%s", m->site,
             sub == WORKED ? "work"
             : is_dust     ? "dust"
                           : "noise",
             family, place);
    i = model_open_of(m, key);
    if (i >= 0) {
        if (m->tickets[i].status == SW_STATUS_RESOLVED && sub <= WORKED &&
            sc->c->found.from_us > m->tickets[i].changed_us)
            over_again(sc, sub, i);
        else
            linked(sc, i, sub == ASKED ? SW_COMPLAINT_NOTHING : SW_COMPLAINT_LINKED);
        return;
    }
    i = sub <= WORKED ? model_recent_of(m, key) : MODEL_NOWHERE;
    if (i >= 0 && m->tickets[i].head < 0)
        over_again(sc, sub, i);
    else
        open_new(sc, sub, key, place,
                 sub == WORKED ? SW_CATEGORY_WORK
                 : is_dust     ? SW_CATEGORY_DUST
                               : SW_CATEGORY_NOISE);
}

static void decide(struct scene *sc)
{
    struct model *m = sc->m;
    const struct sw_complaint_call *c = sc->c;
    const size_t n = strlen(c->service_code);
    int i;

    if (c->distance_m > 500) {
        sc->call->counted_in = MODEL_TAKEN_OFF;
        return;
    }
    i = matter_of(m, sc->call);
    if (i >= 0) {
        const struct model_ticket *t = &m->tickets[i];

        const struct sw_desk_sensor *s = sensor_of(sc);
        const bool is_dust = s ? s->category == SW_CATEGORY_DUST : strncmp(c->service_code, "dust.", 5) == 0;
        const bool is_of_it = t->category == SW_CATEGORY_WORK || is_dust == (t->category == SW_CATEGORY_DUST);

        /* a closed matter that was over the limit again since it ended */
        if (is_over(c->found.code) && is_of_it && !model_is_open(t) && c->found.from_us != MODEL_NEVER &&
            c->found.from_us >= t->ended_us && model_recent_of(m, t->key) == i && model_open_of(m, t->key) < 0)
            over_again(sc, t->category == SW_CATEGORY_WORK ? WORKED : OVER, i);
        else
            linked(sc, i, SW_COMPLAINT_LINKED);
        return;
    }
    if (c->want == SW_WANT_ANSWER || c->found.code == SW_ANSWER_NO_MONITOR)
        return;
    if (is_over(c->found.code))
        open_for(sc, OVER);
    else if (c->found.code == SW_ANSWER_WITHIN_UNPERMITTED && c->found.work_detected == 1)
        open_for(sc, WORKED);
    else if (c->found.code == SW_ANSWER_UNCERTAIN || c->found.code == SW_ANSWER_NO_DATA)
        open_for(sc, TO_CHECK);
    else if (n > 8 && strcmp(c->service_code + n - 8, ".enquiry") == 0)
        open_for(sc, ASKED);
}

enum sw_refusal model_complaint(struct model *m, const struct sw_complaint_call *c, struct sw_complaint_result *result,
                                int *ticket)
{
    struct scene sc = {.m = m, .c = c, .result = result};
    struct model_call fresh = {.at_us = m->now_us,
                               .occurred_us = c->occurred_us,
                               .window_us = c->window_us,
                               .outcome = SW_COMPLAINT_NOTHING,
                               .ticket = MODEL_NOWHERE,
                               .counted_in = MODEL_NOWHERE,
                               .is_repeat_caller = c->caller_calls_30d >= 2};

    *result = (struct sw_complaint_result){0};
    if (!c->service_request_id[0] || c->occurred_us > m->now_us + 300000000LL)
        return SW_REFUSAL_INVALID;
    sc.call = model_call_of(m, c->service_request_id);
    result->is_repeated = sc.call != NULL;
    if (!sc.call) {
        snprintf(fresh.id, sizeof fresh.id, "%s", c->service_request_id);
        snprintf(fresh.caller, sizeof fresh.caller, "%s", c->caller_ref);
        snprintf(fresh.service, sizeof fresh.service, "%s", c->service_code);
        sc.call = model_new_call(m, &fresh);
        decide(&sc);
    }
    result->outcome = sc.call->outcome;
    result->is_repeat_caller = sc.call->is_repeat_caller;
    *ticket = sc.call->ticket;
    return SW_REFUSAL_NONE;
}
