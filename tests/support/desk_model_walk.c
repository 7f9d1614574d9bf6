// SPDX-License-Identifier: Apache-2.0
/* The world of the random walks: two desks, what stays across a restart, and one step after the other. What a step's
 * numbers mean is in desk_model_steps.c. */
#include "tests/support/desk_model_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/ticket_state.h"
#include "tests/support/desk_model_steps.h"

/* ---- the world ---- */

struct walk_world *walk_world_new(void)
{
    struct walk_world *w = calloc(1, sizeof *w);

    if (!w)
        return NULL;
    for (int i = 0; i < 2; i++) {
        const struct sw_desk_params p = walk_params(0);

        if (sw_desk_new(&p, &w->desks[i], NULL) < 0)
            return walk_world_free(w);
        w->fresh = *w->desks[i];
    }
    return w;
}

struct walk_world *walk_world_free(struct walk_world *w)
{
    if (w) {
        sw_desk_free(w->desks[0]);
        sw_desk_free(w->desks[1]);
        free(w);
    }
    return NULL;
}

/* A new desk is megabytes of zeros: 200,000 of them take longer than all that is done with them. So the used places of
 * an old one are made zero again. */
static void make_new(struct walk_world *w, int which)
{
    struct sw_desk *d = w->desks[which];
    struct sw_complaint_book *b = d->complaints;
    const struct sw_desk_params p = walk_params(w->site);

    memset(d->slots, 0, d->n_slots * sizeof *d->slots);
    memset(b->places, 0, SW_MIN(b->end, (uint64_t) SW_COMPLAINTS_MAX) * sizeof *b->places);
    b->first = b->end = 1;
    b->last = 0;
    b->n_changed = 0;
    d->n_slots = 0;
    d->next_due_us = w->fresh.next_due_us;
    d->n_days = w->fresh.n_days; /* entries beyond are made anew */
    d->totals = w->fresh.totals;
    d->now = w->fresh.now;
    d->p.hotline = p.hotline;
    d->p.has_platform = p.has_platform;
    d->p.n_responsibility = p.n_responsibility;
    d->p.responsibility = p.responsibility;
}

static void begin(struct walk_world *w, uint32_t site)
{
    const struct sw_desk_params p = walk_params(site);

    w->site = site;
    w->which = 0;
    make_new(w, 0);
    w->model = (struct model){.hotline = p.hotline,
                              .pack = p.packs,
                              .sensors = p.sensors,
                              .has_platform = p.has_platform,
                              .site = p.site,
                              .detected = SW_DETECTED_UNKNOWN,
                              .now_us = WALK_T0};
    for (size_t i = 0; i < p.n_responsibility; i++) {
        if (p.responsibility[i].is_lead)
            w->model.lead = p.responsibility[i].who.unit;
        if (p.responsibility[i].is_supervision)
            w->model.supervision = p.responsibility[i].who.unit;
    }
    w->before.n = 0;
    w->n_kept = 0;
}

/* ---- calls, and what stays of them ---- */

/* Of the whole site: all calls of a day; who did not say who they are count as one when there is nobody else. */
static bool counts_agree(const struct walk_world *w, char why[MODEL_WHY_SIZE])
{
    static const char caller[] = "h:1";
    const struct model *m = &w->model;
    const struct sw_complaint_counts got = sw_desk_complaint_counts(w->desks[w->which], caller, m->now_us);
    const int64_t since_us = m->now_us - SW_S_PER_DAY * SW_US_PER_S;
    uint32_t calls = 0, callers = 0, same = 0;

    for (int i = 0; i < m->n_calls; i++) {
        bool is_first = m->calls[i].caller[0] != '\0';

        same += strcmp(m->calls[i].caller, caller) == 0;
        if (m->calls[i].at_us < since_us)
            continue;
        for (int k = 0; k < i; k++)
            is_first =
                is_first && (m->calls[k].at_us < since_us || strcmp(m->calls[k].caller, m->calls[i].caller) != 0);
        calls++;
        callers += is_first;
    }
    if (calls > 0 && callers == 0)
        callers = 1;
    if (got.calls_24h == calls && got.callers_24h == callers && got.same_caller_30d == same)
        return true;
    snprintf(why, MODEL_WHY_SIZE, "%u calls of %u callers in a day, %u of %s; the model says %u of %u, %u",
             got.calls_24h, got.callers_24h, got.same_caller_30d, caller, calls, callers, same);
    return false;
}

/* As the store does it: what changed is stored, by its id. */
static bool keep_complaints(struct walk_world *w)
{
    struct sw_desk *d = w->desks[w->which];
    const struct sw_complaint_kept *k;

    for (int n = 0; (k = sw_desk_changed_complaint(d)) != NULL; n++) {
        size_t i = 0;

        while (i < w->n_kept && strcmp(w->kept[i].service_request_id, k->service_request_id) != 0)
            i++;
        if (i == MODEL_CALLS || n == 2 * MODEL_CALLS)
            return false;
        w->kept[i] = *k;
        w->n_kept += i == w->n_kept;
        sw_desk_complaint_is_kept(d, k);
    }
    return true;
}

static bool calls_agree(struct walk_world *w, char why[MODEL_WHY_SIZE])
{
    const struct model *m = &w->model;

    if (!keep_complaints(w) || w->n_kept != (size_t) m->n_calls) {
        snprintf(why, MODEL_WHY_SIZE, "%zu calls are stored, the model says %d", w->n_kept, m->n_calls);
        return false;
    }
    for (int i = 0; i < m->n_calls; i++) {
        const struct model_call *c = &m->calls[i];
        const struct sw_complaint_kept *k = &w->kept[i];
        const char *in = c->counted_in >= 0 ? m->tickets[c->counted_in].id : c->counted_in == MODEL_NOWHERE ? "" : "-";

        if (strcmp(k->counted_in, in) == 0 && strcmp(k->caller_ref, c->caller) == 0 && k->outcome == c->outcome &&
            strcmp(k->ticket, c->ticket >= 0 ? m->tickets[c->ticket].id : "") == 0 &&
            k->is_repeat_caller == c->is_repeat_caller)
            continue;
        snprintf(
            why, MODEL_WHY_SIZE,
            "call %d (%s of \"%s\"): counted in \"%s\", outcome %s, repeat caller %d; the model says \"%s\", %s, %d", i,
            k->service_request_id, k->caller_ref, k->counted_in, sw_complaint_outcome_name(k->outcome),
            k->is_repeat_caller, in, sw_complaint_outcome_name(c->outcome), c->is_repeat_caller);
        return false;
    }
    return counts_agree(w, why);
}

bool walk_restart(struct walk_world *w, bool by_text, char why[MODEL_WHY_SIZE])
{
    static char text[SW_TICKET_STATE_MAX];
    static struct sw_ticket t;
    struct sw_desk *d = w->desks[!w->which];
    struct sw_err err = {0};

    make_new(w, !w->which);
    for (int i = 0; i < w->before.n; i++) {
        t = w->before.tickets[i];
        if (by_text) {
            const size_t len = sw_ticket_state_write(&t, text, sizeof text);

            if (len == 0 || sw_ticket_state_read(text, len, &t, &err) < 0) {
                snprintf(why, MODEL_WHY_SIZE, "ticket %d cannot be stored: %s", i, err.msg);
                return false;
            }
        }
        if (sw_desk_restore(d, &t, &err) < 0) {
            snprintf(why, MODEL_WHY_SIZE, "ticket %d is not restored: %s", i, err.msg);
            return false;
        }
    }
    for (size_t i = 0; i < w->n_kept; i++)
        sw_desk_restore_complaint(d, &w->kept[i]);
    for (uint16_t s = 0; s < MODEL_SENSORS; s++) {
        for (int r = 0; r < MODEL_RULES; r++) {
            const char state = w->model.judge[s][r];

            if (state)
                sw_desk_restore_rule(d, s, &w->model.pack->rules[r],
                                     state == 'e' ? SW_STATE_ALERTING : SW_STATE_FORECAST);
        }
    }
    w->which = !w->which;
    model_restart(&w->model);
    for (int i = 0; i < w->before.n; i++) { /* by text its unused bytes may be others */
        if (sw_desk_ticket(d, (size_t) i))
            w->before.tickets[i] = *sw_desk_ticket(d, (size_t) i);
    }
    return true;
}

/* ---- one after the other ---- */

static void count(const struct walk_world *w, struct walk_met *met)
{
    for (size_t i = 0; i < w->out.n_events; i++)
        met->events[w->out.events[i].verb]++;
    for (int i = 0; i < w->model.n_tickets; i++) {
        met->statuses[w->model.tickets[i].status]++;
        met->merged += w->model.tickets[i].head >= 0;
    }
    met->steps++;
}

static bool agrees(struct walk_world *w, struct walk_met *met, char why[MODEL_WHY_SIZE])
{
    if (met)
        count(w, met);
    return model_agrees(&w->model, w->desks[w->which], &w->out, &w->before, why) && calls_agree(w, why);
}

size_t walk_run(struct walk_world *w, const struct walk *k, bool is_told, struct walk_met *met,
                char why[MODEL_WHY_SIZE])
{
    begin(w, k->site);
    w->is_told = is_told;
    w->met = met;
    for (size_t i = 0; i < k->n; i++) {
        w->step = i;
        if (walk_time_passes(w, &k->steps[i])) {
            model_step_begins(&w->model);
            w->out.n_events = w->out.n_tickets = 0;
            sw_desk_tick(w->desks[w->which], w->model.now_us, &w->out);
            model_tick(&w->model);
            if (!agrees(w, met, why))
                return i;
        }
        model_step_begins(&w->model);
        w->out.n_events = w->out.n_tickets = 0;
        if (!walk_step_do(w, &k->steps[i], why) || !agrees(w, met, why))
            return i;
    }
    if (met)
        met->tickets += (uint64_t) w->model.n_tickets;
    return WALK_AGREED;
}

void walk_shrink(struct walk_world *w, struct walk *k)
{
    char why[MODEL_WHY_SIZE];
    size_t failed = walk_run(w, k, false, NULL, why);
    bool is_shorter = true;

    if (failed < k->n)
        k->n = failed + 1;
    while (is_shorter) {
        is_shorter = false;
        for (size_t i = 0; i < k->n; i++) {
            struct walk less = *k;

            memmove(&less.steps[i], &less.steps[i + 1], (less.n - i - 1) * sizeof less.steps[0]);
            less.n--;
            failed = walk_run(w, &less, false, NULL, why);
            if (failed == WALK_AGREED)
                continue;
            less.n = failed + 1;
            *k = less;
            is_shorter = true;
            break;
        }
    }
}

/* ---- random numbers ---- */

/* splitmix64: the same everywhere. */
static uint64_t next(uint64_t *x)
{
    uint64_t z = (*x += 0x9E3779B97F4A7C15u);

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

void walk_make(uint64_t seed, uint64_t n, struct walk *ret)
{
    uint64_t x = seed * 0x100000001B3u + n;
    size_t a, b;

    x = next(&x);
    ret->site = (uint32_t) next(&x);
    a = next(&x) % WALK_STEPS + 1;
    b = next(&x) % WALK_STEPS + 1;
    ret->n = next(&x) % 2 ? SW_MIN(a, b) : a; /* more short ones than long ones */
    for (size_t i = 0; i < ret->n; i++) {
        for (int k = 0; k < WALK_NUMBERS; k++)
            ret->steps[i].r[k] = (uint32_t) (next(&x) >> 16);
    }
}
