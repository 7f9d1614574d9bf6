// SPDX-License-Identifier: Apache-2.0
/* Forecasts of the rules at one sensor: when a rule would be over if the present level went on, and how likely the
 * model takes it. What follows for the state is judge_states.c's. */
#include <math.h>

#include "rules/judge_internal.h"

#define ASK_US (10 * SW_US_PER_S) /* the model sees the past in steps of 10 s: so often its word can change */

static int64_t crossing_in_force(const struct sw_judge *j, const struct sw_judge_rule *r, sw_i128 weight)
{
    const int64_t d = j->p.interval_us, t_us = sw_newest_us(j), left_us = r->cur.to_us - 1 - t_us;
    const int64_t most = SW_MIN(r->pub.pack->budget_max_s * SW_US_PER_S, left_us) / d;
    struct sw_outlook o = {.ring = &j->ring,
                           .tail = r->slide.tail,
                           .newest_us = t_us,
                           .interval_us = d,
                           .window_us = r->pub.rule->window_s * SW_US_PER_S,
                           .begin_us = r->cur.from_us,
                           .bar = r->bar,
                           .weight = weight,
                           /* when all old readings are gone nothing changes any more */
                           .steps_max = (uint32_t) SW_MIN(most, (int64_t) r->bar.expected)};
    uint32_t k = sw_outlook_steps(&o);

    return k == 0 ? SW_NEVER : t_us + k * d + j->lag_us;
}

/* A period of which no reading has come yet begins with an empty window. */
static int64_t crossing_to_come(const struct sw_judge *j, struct sw_judge_rule *r, const struct sw_span *span,
                                sw_i128 weight, int64_t now_us)
{
    const int64_t d = j->p.interval_us, t_us = sw_newest_us(j);
    int64_t wait, crosses_us;

    if (span->from_us - now_us > r->pub.pack->budget_max_s * SW_US_PER_S)
        return SW_NEVER;
    if (j->level_now != r->fresh_level) {
        r->fresh_level = j->level_now;
        r->fresh_steps = sw_outlook_fresh_steps(&r->bar, weight);
    }
    if (r->fresh_steps == 0)
        return SW_NEVER;
    wait = SW_MAX((span->from_us - t_us + d - 1) / d, 1); /* readings until the first of that period */
    crosses_us = t_us + (wait + r->fresh_steps - 1) * d;
    return crosses_us < span->to_us ? crosses_us + j->lag_us : SW_NEVER;
}

static int64_t crossing_aligned(const struct sw_judge *j, const struct sw_judge_rule *r, sw_i128 weight)
{
    const struct sw_judge_window *w = &j->windows[r->window];
    const int64_t d = j->p.interval_us, next_us = sw_newest_us(j) + d;
    const struct sw_ring *ring = &j->ring;
    const struct sw_bar bar = w->bar;
    /* readings that are not yet in the window */
    const uint64_t first = sw_ring_seek(ring, w->span.from_us, SW_MAX(j->taken, ring->first));
    const uint64_t begin = SW_MAX(first, SW_MAX(j->taken, ring->first)),
                   seek = sw_ring_seek(ring, w->span.to_us, ring->end);
    const uint64_t end = SW_MAX(begin, seek);
    sw_i128 total = ring->is_energy ? (sw_i128) w->stat.energy : 2 * (sw_i128) w->stat.sum;
    uint32_t n = w->stat.n;
    int64_t coming;

    total += sw_ring_total_before(ring, end) - sw_ring_total_before(ring, begin);
    n += sw_ring_n_before(ring, end) - sw_ring_n_before(ring, begin);
    coming = (w->span.to_us - SW_MAX(next_us, w->span.from_us) + d - 1) / d;
    if (coming > 0) {
        total += weight * coming;
        n += (uint32_t) coming;
    }
    if (sw_bar_is_over(&bar, total, n, true))
        return w->span.to_us;
    /* Not this one: the next is wholly of the present level. */
    return weight >= bar.floor ? sw_window_span_at(j, w, w->span.to_us).to_us : SW_NEVER;
}

/* What depends on the clock alone. */
void sw_rule_set_clock(struct sw_judge_rule *r, int64_t now_us)
{
    struct sw_forecast *f = &r->pub.forecast;
    int64_t left_us;

    if (f->level_now == SW_NO_VALUE)
        return;
    f->probability = 0.0;
    f->budget_s = -1;
    if (r->is_over) {
        f->probability = 1.0;
        f->budget_s = 0;
    } else if (f->crosses_at_us != SW_NEVER) {
        left_us = f->crosses_at_us - now_us;
        /* If the level stays: sure enough for a change of limit ahead and where no model knows better. Where one does,
         * levels are known to come back: to take each loud minute for a crossing would be wrong ten times a day. */
        if (left_us <= r->pub.pack->horizon_s * SW_US_PER_S)
            f->probability = 1.0;
        f->budget_s = left_us <= SW_US_PER_S ? 1 : (int32_t) ((left_us + SW_US_PER_S - 1) / SW_US_PER_S);
    }
    if (!r->is_over && !isnan(r->pub.likely) && (f->crosses_at_us == SW_NEVER || f->crosses_at_us < r->cur.to_us))
        f->probability = r->pub.likely;
}

/* The model's word on a sliding window that fills: not with every reading, for it costs more than all the rest. */
static void ask_model(struct sw_judge *j, struct sw_judge_rule *r, int64_t now_us)
{
    const int64_t d = j->p.interval_us, t_us = sw_newest_us(j), window_us = r->pub.rule->window_s * SW_US_PER_S;
    const int64_t ahead_us = 300 * SW_US_PER_S;
    const struct sw_ring *ring = &j->ring;
    struct sw_p5_question q;
    uint32_t n_leave;

    if (r->is_over || !r->pub.in_force || t_us < r->cur.from_us || t_us >= r->cur.to_us) {
        r->pub.likely = NAN;
        return;
    }
    if (r->pub.asked == now_us / ASK_US)
        return;
    r->pub.asked = now_us / ASK_US;
    r->leaves = sw_ring_seek(ring, SW_MAX(t_us + d + ahead_us - window_us, r->cur.from_us), r->leaves);
    r->leaves = SW_MAX(r->leaves, r->slide.tail);
    n_leave = sw_ring_n_before(ring, r->leaves) - sw_ring_n_before(ring, r->slide.tail);
    q.n_in = (uint32_t) SW_MAX(SW_MIN(ahead_us, window_us) / d, 1);
    q.n = sw_ring_n_before(ring, ring->end) - sw_ring_n_before(ring, r->slide.tail) - n_leave + q.n_in;
    if (t_us + d + ahead_us - window_us <
        r->cur.from_us) /* not whole by then: over only by the energy of a whole one */
        q.n = SW_MAX(q.n, r->bar.expected);
    q.energy = sw_ring_total_before(ring, ring->end) - sw_ring_total_before(ring, r->slide.tail);
    q.energy_leave = sw_ring_total_before(ring, r->leaves) - sw_ring_total_before(ring, r->slide.tail);
    q.limit_energy = r->bar.floor;
    r->pub.likely = sw_p5_probability(j->model, &q);
}

void sw_rule_foresee(struct sw_judge *j, struct sw_judge_rule *r, sw_i128 weight, int64_t now_us)
{
    const struct sw_rule *rule = r->pub.rule;
    struct sw_forecast *f = &r->pub.forecast;
    int64_t crosses_us = SW_NEVER;

    if (j->level_now == SW_NO_VALUE) {
        sw_rule_clear_forecast(r);
        return;
    }
    if (sw_rule_is_aligned(rule) && sw_rule_is_mean(rule) && rule->reference == SW_REFERENCE_NONE && !r->is_over) {
        crosses_us = crossing_aligned(j, r, weight);
    } else if (sw_rule_is_sliding(rule) && !r->is_over) {
        if (r->pub.in_force && sw_newest_us(j) < r->cur.from_us) /* live: the last one of the period before came now */
            crosses_us = crossing_to_come(j, r, &r->cur, weight, now_us);
        else if (r->pub.in_force && sw_newest_us(j) < r->cur.to_us)
            crosses_us = crossing_in_force(j, r, weight);
        if (crosses_us == SW_NEVER && r->has_next)
            crosses_us = crossing_to_come(j, r, &r->next, weight, now_us);
    }
    if (crosses_us != SW_NEVER && crosses_us - now_us > r->pub.pack->budget_max_s * SW_US_PER_S)
        crosses_us = SW_NEVER;
    f->crosses_at_us = crosses_us;
    f->level_now = j->level_now;
    if (j->model && rule->statistic == SW_STAT_LEQ && sw_rule_is_sliding(rule))
        ask_model(j, r, now_us);
    sw_rule_set_clock(r, now_us);
}

void sw_rules_on_tick(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out)
{
    for (size_t i = 0; i < j->n_rules; i++) {
        sw_rule_set_clock(&j->rules[i], now_us);
        sw_rule_foreseen(j, &j->rules[i], now_us, out);
    }
}
