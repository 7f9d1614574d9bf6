// SPDX-License-Identifier: Apache-2.0
/* Verdicts and forecasts of the rules at one sensor: which rule is in force, what its window says, when it would be
 * over if the present level went on. What follows for the state is judge_states.c's. */
#include <math.h>

#include "rules/judge_internal.h"

bool sw_rule_is_ours(const struct sw_judge_params *p, const struct sw_rule *rule)
{
    if (rule->kind != p->kind)
        return false;
    return rule->quantity == SW_QUANTITY_NONE ? p->kind == SW_KIND_NOISE : rule->quantity == p->level;
}

static bool is_aligned(const struct sw_rule *rule)
{
    return !rule->sliding && rule->statistic != SW_STAT_MAX;
}

static bool is_sliding(const struct sw_rule *rule)
{
    return rule->sliding && rule->statistic != SW_STAT_MAX;
}

static void init_rule(struct sw_judge *j, struct sw_judge_rule *r, const struct sw_pack *pack,
                      const struct sw_rule *rule)
{
    *r = (struct sw_judge_rule){.fresh_level = SW_NO_VALUE};
    sw_rule_init_state(r, pack, rule);
    r->bar.expected = (uint32_t) (rule->window_s * SW_US_PER_S / j->p.interval_us);
    r->bar.expected = SW_MAX(r->bar.expected, 1);
    r->bar.need = sw_capture_need(pack->capture_min, r->bar.expected);
    r->over_level = sw_first_level_over(rule->limit, rule->resolution);
    r->bar.floor = sw_ring_floor(&j->ring, r->over_level);
    r->below_floor = sw_ring_floor(&j->ring, sw_first_level_over(rule->limit - rule->recover_below, rule->resolution));
}

int sw_rules_init(struct sw_judge *j, struct sw_err *err)
{
    if (!j->p.is_judged)
        return SW_OK;
    for (size_t i = 0; i < j->p.n_packs; i++) {
        const struct sw_pack *pack = j->p.packs[i];

        for (size_t k = 0; k < pack->n_rules; k++) {
            const struct sw_rule *rule = &pack->rules[k];

            if (!sw_rule_is_ours(&j->p, rule))
                continue;
            if (rule->window_s > 0 && rule->window_s * SW_US_PER_S < j->p.interval_us)
                return sw_err_set(err, SW_E_INVAL, 0, "rule %s: its window is shorter than the sensor's interval",
                                  rule->full_id);
            if (j->n_rules == SW_JUDGE_RULES_MAX)
                return sw_err_set(err, SW_E_FULL, 0, "the packs have more than %d rules for one sensor; load fewer",
                                  SW_JUDGE_RULES_MAX);
            init_rule(j, &j->rules[j->n_rules++], pack, rule);
        }
    }
    return SW_OK;
}

/* Periods. */

static void enter_next(struct sw_judge *j, struct sw_judge_rule *r)
{
    r->cur = r->next;
    r->tail = 0; /* sought when the first reading comes */
    r->has_next = sw_period_next(j->p.zone, sw_rule_period(&r->pub), r->cur.from_us, &r->next);
}

void sw_rules_start(struct sw_judge *j, int64_t now_us)
{
    for (size_t i = 0; i < j->n_rules; i++) {
        struct sw_judge_rule *r = &j->rules[i];
        const struct sw_period *period = sw_rule_period(&r->pub);

        r->pub.since_us = now_us;
        if (!period) {
            r->pub.in_force = true;
            r->cur = (struct sw_span){INT64_MIN, INT64_MAX};
            continue;
        }
        r->pub.in_force = sw_period_at(j->p.zone, period, now_us, &r->cur);
        r->has_next = sw_period_next(j->p.zone, period, now_us, &r->next);
    }
}

/* An episode that a restart carried over the end of its period. */
static void end_stale_episode(struct sw_judge *j, struct sw_judge_rule *r, int64_t now_us, struct sw_judge_out *out)
{
    struct sw_span was = {.to_us = now_us};

    if (r->pub.episode_from_us == SW_NEVER || (r->pub.in_force && r->pub.episode_from_us >= r->cur.from_us))
        return;
    sw_period_at(j->p.zone, sw_rule_period(&r->pub), r->pub.episode_from_us, &was);
    sw_rule_left(j, r, SW_MIN(was.to_us, now_us), now_us, out);
}

/* Readings arrive after their interval and windows close after a grace: what a period's last seconds bring is still its
 * rule's to judge, so the rule stays so long. Single readings of the next occurrence must not wait for that. */
static int64_t leaves_at(const struct sw_judge *j, const struct sw_judge_rule *r)
{
    int64_t at_us = r->cur.to_us + j->p.grace_us;

    return !is_aligned(r->pub.rule) && r->has_next ? SW_MIN(at_us, r->next.from_us) : at_us;
}

static void switch_period(struct sw_judge *j, struct sw_judge_rule *r, int64_t now_us, struct sw_judge_out *out)
{
    int64_t shift_us = is_aligned(r->pub.rule) ? j->p.grace_us : 0;

    for (;;) {
        if (r->pub.in_force && now_us >= leaves_at(j, r)) {
            r->pub.in_force = false;
            r->is_over = false;
            if (!j->is_quiet)
                sw_rule_left(j, r, r->cur.to_us, now_us, out);
        }
        if (r->pub.in_force || !r->has_next || now_us < r->next.from_us + shift_us)
            break;
        enter_next(j, r);
        r->pub.in_force = true;
        sw_rule_entered(r, now_us, out);
    }
    if (!j->is_quiet)
        end_stale_episode(j, r, now_us, out);
}

void sw_rules_switch_periods(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out)
{
    for (size_t i = 0; i < j->n_rules; i++) {
        if (j->rules[i].pub.rule->period >= 0)
            switch_period(j, &j->rules[i], now_us, out);
    }
}

/* Verdicts. */

static struct sw_verdict verdict(const struct sw_judge *j, const struct sw_judge_rule *r, const struct sw_bar *bar,
                                 sw_i128 total, uint32_t n, bool is_whole)
{
    uint32_t divisor = sw_bar_divisor(bar, n, is_whole);

    /* Over before the window is whole: the value is what is proved already, silence assumed for the rest. */
    if (sw_bar_is_over(bar, total, n, is_whole))
        return (struct sw_verdict){.kind = SW_VERDICT_OVER, .value = sw_ring_mean(&j->ring, total, divisor)};
    if (!is_whole || n < bar->need)
        return (struct sw_verdict){.kind = SW_VERDICT_CANNOT, .value = SW_NO_VALUE};
    return (struct sw_verdict){.kind = total < n * r->below_floor ? SW_VERDICT_BELOW : SW_VERDICT_BETWEEN,
                               .value = sw_ring_mean(&j->ring, total, n)};
}

static uint64_t advance_tail(const struct sw_judge *j, uint64_t tail, int64_t from_us)
{
    if (tail < j->ring.first)
        return sw_ring_seek(&j->ring, from_us, tail);
    /* from_us only grows, and a reading put in order before the tail moves entries up: forward is always right */
    while (tail < j->ring.end && sw_ring_at(&j->ring, tail)->ts_us < from_us)
        tail++;
    return tail;
}

static sw_i128 total_since(const struct sw_ring *ring, uint64_t tail, uint32_t *ret_n)
{
    *ret_n = sw_ring_n_before(ring, ring->end) - sw_ring_n_before(ring, tail);
    return sw_ring_total_before(ring, ring->end) - sw_ring_total_before(ring, tail);
}

static int64_t newest_us(const struct sw_judge *j)
{
    return sw_ring_at(&j->ring, j->ring.end - 1)->ts_us;
}

/* @return false when the newest reading is not the rule's to judge */
static bool judge_sliding(struct sw_judge *j, struct sw_judge_rule *r, int64_t now_us, struct sw_judge_out *out)
{
    int64_t t_us = newest_us(j), begin_us = t_us + j->p.interval_us - r->pub.rule->window_s * SW_US_PER_S;
    bool is_whole = begin_us >= r->cur.from_us;
    struct sw_verdict v;
    sw_i128 total;
    uint32_t n;

    if (t_us < r->cur.from_us || t_us >= r->cur.to_us)
        return false;
    begin_us = SW_MAX(begin_us, r->cur.from_us);
    r->tail = advance_tail(j, r->tail, begin_us);
    total = total_since(&j->ring, r->tail, &n);
    v = verdict(j, r, &r->bar, total, n, is_whole);
    v.from_us = begin_us;
    sw_rule_judged(j, r, &v, now_us, out);
    return true;
}

void sw_rules_on_aligned(struct sw_judge *j, const struct sw_judge_window *w, int64_t now_us, struct sw_judge_out *out)
{
    struct sw_judge_rule *r = &j->rules[w->rule];
    struct sw_bar bar = r->bar;
    struct sw_verdict v;
    sw_i128 total = j->ring.is_energy ? (sw_i128) w->stat.energy : 2 * (sw_i128) w->stat.sum;

    if (!r->pub.in_force || w->span.from_us < r->cur.from_us || w->span.to_us > r->cur.to_us)
        return;
    bar.expected = (uint32_t) SW_MAX((w->span.to_us - w->span.from_us) / j->p.interval_us, 1);
    bar.need = sw_capture_need(r->pub.pack->capture_min, bar.expected);
    v = verdict(j, r, &bar, total, w->stat.n, true);
    v.from_us = w->span.from_us;
    sw_rule_judged(j, r, &v, now_us, out);
}

void sw_rules_on_max(struct sw_judge *j, int32_t value, int64_t ts_us, int64_t now_us, struct sw_judge_out *out)
{
    for (size_t i = 0; i < j->n_rules; i++) {
        struct sw_judge_rule *r = &j->rules[i];
        const struct sw_rule *rule = r->pub.rule;
        bool is_over = value >= r->over_level;

        if (rule->statistic != SW_STAT_MAX || !r->pub.in_force || ts_us < r->cur.from_us || ts_us >= r->cur.to_us)
            continue;
        sw_rule_judged(j, r,
                       &(struct sw_verdict){
                           .kind = is_over ? SW_VERDICT_OVER : SW_VERDICT_BELOW, .value = value, .from_us = ts_us},
                       now_us, out);
    }
}

/* Forecasts. */

static int64_t crossing_in_force(const struct sw_judge *j, const struct sw_judge_rule *r, sw_i128 weight)
{
    const int64_t d = j->p.interval_us, t_us = newest_us(j), left_us = r->cur.to_us - 1 - t_us;
    const int64_t most = SW_MIN(r->pub.pack->budget_max_s * SW_US_PER_S, left_us) / d;
    struct sw_outlook o = {.ring = &j->ring,
                           .tail = r->tail,
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
    const int64_t d = j->p.interval_us, t_us = newest_us(j);
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
    const int64_t d = j->p.interval_us, next_us = newest_us(j) + d;
    sw_i128 total = j->ring.is_energy ? (sw_i128) w->stat.energy : 2 * (sw_i128) w->stat.sum;
    struct sw_bar bar = r->bar;
    uint32_t n = w->stat.n;
    int64_t coming;

    for (uint64_t i = j->ring.end; i > j->taken && i > j->ring.first; i--) { /* not yet in the window */
        const struct sw_ring_entry *e = sw_ring_at(&j->ring, i - 1);

        if (e->ts_us < w->span.from_us)
            break;
        if (e->cls != SW_CLASS_COUNTED || e->ts_us >= w->span.to_us)
            continue;
        total += sw_ring_weight(&j->ring, e->level);
        n++;
    }
    coming = (w->span.to_us - SW_MAX(next_us, w->span.from_us) + d - 1) / d;
    if (coming > 0) {
        total += weight * coming;
        n += (uint32_t) coming;
    }
    bar.expected = (uint32_t) SW_MAX((w->span.to_us - w->span.from_us) / d, 1);
    bar.need = sw_capture_need(r->pub.pack->capture_min, bar.expected);
    if (sw_bar_is_over(&bar, total, n, true))
        return w->span.to_us;
    /* Not this one: the next is wholly of the present level. */
    return weight >= bar.floor ? sw_window_span_at(j, w, w->span.to_us).to_us : SW_NEVER;
}

/* What depends on the clock alone. */
static void set_clock(struct sw_judge_rule *r, int64_t now_us)
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
        f->probability = left_us <= r->pub.pack->horizon_s * SW_US_PER_S ? 1.0 : 0.0;
        f->budget_s = left_us <= SW_US_PER_S ? 1 : (int32_t) ((left_us + SW_US_PER_S - 1) / SW_US_PER_S);
    }
}

static void foresee(struct sw_judge *j, struct sw_judge_rule *r, sw_i128 weight, int64_t now_us)
{
    const struct sw_rule *rule = r->pub.rule;
    struct sw_forecast *f = &r->pub.forecast;
    int64_t crosses_us = SW_NEVER;

    if (j->level_now == SW_NO_VALUE) {
        sw_rule_clear_forecast(r);
        return;
    }
    if (is_aligned(rule) && !r->is_over) {
        crosses_us = crossing_aligned(j, r, weight);
    } else if (is_sliding(rule) && !r->is_over) {
        if (r->pub.in_force && newest_us(j) < r->cur.from_us) /* live: the last one of the period before came now */
            crosses_us = crossing_to_come(j, r, &r->cur, weight, now_us);
        else if (r->pub.in_force && newest_us(j) < r->cur.to_us)
            crosses_us = crossing_in_force(j, r, weight);
        if (crosses_us == SW_NEVER && r->has_next)
            crosses_us = crossing_to_come(j, r, &r->next, weight, now_us);
    }
    if (crosses_us != SW_NEVER && crosses_us - now_us > r->pub.pack->budget_max_s * SW_US_PER_S)
        crosses_us = SW_NEVER;
    f->crosses_at_us = crosses_us;
    f->level_now = j->level_now;
    set_clock(r, now_us);
}

void sw_rules_on_level(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out)
{
    int64_t from_us = newest_us(j) + j->p.interval_us - SW_MAX(SW_LEVEL_NOW_US, j->p.interval_us);
    sw_i128 total, weight;
    uint32_t n;

    j->now_tail = advance_tail(j, j->now_tail, from_us);
    total = total_since(&j->ring, j->now_tail, &n);
    j->level_now = sw_ring_mean(&j->ring, total, n);
    weight = n > 0 ? sw_ring_weight(&j->ring, j->level_now) : 0;
    for (size_t i = 0; i < j->n_rules; i++) {
        struct sw_judge_rule *r = &j->rules[i];

        if (j->overlay != SW_STATE_NORMAL)
            continue;
        if (is_sliding(r->pub.rule) && r->pub.in_force)
            judge_sliding(j, r, now_us, out);
        foresee(j, r, weight, now_us);
        sw_rule_foreseen(j, r, now_us, out);
    }
}

void sw_rules_on_tick(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out)
{
    for (size_t i = 0; i < j->n_rules; i++) {
        set_clock(&j->rules[i], now_us);
        sw_rule_foreseen(j, &j->rules[i], now_us, out);
    }
}
