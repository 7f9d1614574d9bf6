// SPDX-License-Identifier: Apache-2.0
/* What a judge is told of the world around its sensor: weather, suppression, a machine, a reference; and the model that
 * it keeps for the forecast. What readings and windows make of it is theirs. */
#include <math.h>
#include <string.h>

#include "rules/judge_internal.h"

#define KNOWN_WITHIN_US (60 * SW_US_PER_S) /* the first word of a machine may come so late after a window's start */

void sw_context_init(struct sw_judge *j)
{
    j->weather = (struct sw_weather_now){.wind = SW_NO_VALUE, .rain = -1};
    for (int q = 0; q < SW_QUANTITY__COUNT; q++) {
        for (int i = 0; i < 2; i++)
            j->reference[q][i] = (struct sw_reference_value){SW_NO_VALUE, SW_NEVER, SW_NEVER};
    }
}

void sw_judge_set_weather(struct sw_judge *j, const struct sw_weather_now *now)
{
    j->weather = *now;
}

/* On and off. */

static void switch_on_off(struct sw_on_time *h, bool is_on, int64_t t_us)
{
    struct sw_edge *last = h->n > 0 ? &h->edge[h->n - 1] : NULL, next = {.t_us = t_us, .is_on = is_on};

    if (last) {
        if (last->is_on == is_on)
            return;
        next.t_us = SW_MAX(t_us, last->t_us);
        next.on_us = last->on_us + (last->is_on ? next.t_us - last->t_us : 0);
    }
    if (h->n == SW_EDGES_MAX) {
        memmove(&h->edge[0], &h->edge[1], (SW_EDGES_MAX - 1) * sizeof(h->edge[0]));
        h->n--;
        h->has_dropped = true;
    }
    h->edge[h->n++] = next;
}

int64_t sw_on_time_before(const struct sw_on_time *h, int64_t t_us)
{
    for (size_t i = h->n; i > 0; i--) {
        const struct sw_edge *e = &h->edge[i - 1];

        if (e->t_us <= t_us)
            return e->on_us + (e->is_on ? t_us - e->t_us : 0);
    }
    return h->n > 0 ? h->edge[0].on_us : 0;
}

int64_t sw_on_time_within(const struct sw_on_time *h, const struct sw_span *span, int64_t before_us)
{
    if (!h->has_dropped || span->from_us >= h->edge[0].t_us)
        before_us = sw_on_time_before(h, span->from_us);
    return SW_MAX(sw_on_time_before(h, span->to_us) - before_us, 0);
}

void sw_judge_set_suppression(struct sw_judge *j, bool is_on, int64_t t_us)
{
    switch_on_off(&j->spray, is_on, t_us);
}

void sw_judge_set_spray(struct sw_judge *j, bool is_on, int64_t t_us)
{
    switch_on_off(&j->doubt, is_on, t_us);
}

static int32_t in_s(int64_t us)
{
    return (int32_t) ((us + SW_US_PER_S / 2) / SW_US_PER_S);
}

static bool is_too_long(int32_t doubt_s, const struct sw_span *span, double capture_min)
{
    const double length_s = (double) (span->to_us - span->from_us) / 1e6;

    return doubt_s > (1.0 - capture_min) * length_s;
}

int32_t sw_doubt_s(const struct sw_judge *j, const struct sw_judge_window *w)
{
    return in_s(sw_on_time_within(&j->doubt, &w->span, w->doubted_us));
}

bool sw_window_is_doubted(const struct sw_judge *j, const struct sw_judge_window *w, double capture_min)
{
    return j->doubt.n > 0 && is_too_long(sw_doubt_s(j, w), &w->span, capture_min);
}

bool sw_span_is_doubted(const struct sw_judge *j, const struct sw_span *span, double capture_min)
{
    return j->doubt.n > 0 &&
           is_too_long(in_s(sw_on_time_within(&j->doubt, span, sw_on_time_before(&j->doubt, span->from_us))), span,
                       capture_min);
}

void sw_judge_set_machine(struct sw_judge *j, bool is_running, int64_t t_us)
{
    switch_on_off(&j->machine, is_running, t_us);
}

/* Before its first word, and where more switchings than are kept lie in a window, a machine's run time is unknown. In
 * the moment before the first word it is taken for running: that takes less off. */
int64_t sw_machine_run_us(const struct sw_judge *j, const struct sw_span *span)
{
    int64_t first_us = j->machine.edge[0].t_us;

    if (j->machine.n == 0 || first_us >= span->to_us)
        return -1;
    if (first_us > span->from_us && (j->machine.has_dropped || first_us - span->from_us > KNOWN_WITHIN_US))
        return -1;
    return sw_on_time_before(&j->machine, span->to_us) - sw_on_time_before(&j->machine, span->from_us) +
           SW_MAX(first_us - span->from_us, 0);
}

/* Reference. */

void sw_judge_set_reference(struct sw_judge *j, enum sw_quantity quantity, int32_t value, int64_t from_us,
                            int64_t until_us)
{
    const struct sw_reference_value next = {value, from_us, until_us};
    struct sw_reference_value *latest;

    if (quantity <= SW_QUANTITY_NONE || quantity >= SW_QUANTITY__COUNT)
        return;
    latest = j->reference[quantity];
    if (from_us > latest[0].from_us) {
        latest[1] = latest[0];
        latest[0] = next;
    } else if (from_us == latest[0].from_us) { /* the same again, better known */
        latest[0] = next;
    } else if (from_us >= latest[1].from_us) { /* late: it must not hide the newer one */
        latest[1] = next;
    }
}

int32_t sw_reference_at(const struct sw_judge *j, enum sw_quantity quantity, int64_t t_us)
{
    for (int i = 0; i < 2; i++) {
        const struct sw_reference_value *v = &j->reference[quantity][i];

        if (t_us >= v->from_us && t_us < v->until_us)
            return v->value;
    }
    return SW_NO_VALUE;
}

/* The model. */

size_t sw_judge_model_write(const struct sw_judge *j, char *buf, size_t cap)
{
    return j->model ? sw_p5_write(j->model, buf, cap) : 0;
}

int sw_judge_model_read(struct sw_judge *j, const char *text, size_t len, struct sw_err *err)
{
    return j->model ? sw_p5_read(j->model, text, len, err) : SW_OK;
}
