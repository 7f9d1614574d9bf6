// SPDX-License-Identifier: Apache-2.0
/* The rules at one sensor: which is in force, and the verdicts of those that slide or judge single readings. Verdicts
 * of aligned windows are judge_aligned.c's, what follows for the state judge_states.c's. */
#include <math.h>

#include "rules/judge_internal.h"

bool sw_rule_is_ours(const struct sw_judge_params *p, const struct sw_rule *rule)
{
    if (rule->kind != p->kind)
        return false;
    return rule->quantity == SW_QUANTITY_NONE ? p->kind == SW_KIND_NOISE : rule->quantity == p->level;
}

uint32_t sw_capture_need(double capture_min, uint32_t expected)
{
    uint32_t need = (uint32_t) ceil(capture_min * expected - 1e-9);

    return need > 0 ? need : 1;
}

static void init_rule(struct sw_judge *j, struct sw_judge_rule *r, const struct sw_pack *pack,
                      const struct sw_rule *rule)
{
    bool has_background = j->p.background != SW_NO_VALUE && j->p.background != 0;

    *r = (struct sw_judge_rule){.fresh_level = SW_NO_VALUE, .slide = {.covered_us = SW_NEVER}};
    sw_rule_init_state(r, pack, rule);
    r->force = (struct sw_force){j->p.zone, j->p.days, j->p.stages, pack, rule};
    r->correct = (struct sw_correct){has_background ? rule->background : SW_BACKGROUND_NONE, j->p.background, pack};
    r->bar.expected = (uint32_t) (rule->window_s * SW_US_PER_S / j->p.interval_us);
    r->bar.expected = SW_MAX(r->bar.expected, 1);
    r->bar.need = sw_capture_need(pack->capture_min, r->bar.expected);
    r->over_value = sw_first_level_over(rule->limit, rule->resolution);
    r->below_value = sw_first_level_over(rule->limit - rule->recover_below, rule->resolution);
    r->over_level = sw_background_least(&r->correct, r->over_value - rule->adjust);
    r->bar.floor = sw_ring_floor(&j->ring, r->over_level);
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

/* Coming into force and leaving it. */

bool sw_rule_in_force_at(const struct sw_judge_rule *r, int64_t t_us)
{
    struct sw_span span;

    if (t_us >= r->cur.from_us && t_us < r->cur.to_us)
        return true;
    if (t_us >= r->cur.to_us && (!r->has_next || t_us < r->next.to_us))
        return r->has_next && t_us >= r->next.from_us;
    return sw_force_at(&r->force, t_us, &span);
}

static void enter_next(struct sw_judge_rule *r)
{
    r->cur = r->next;
    r->slide.tail = 0; /* sought when the first reading comes */
    r->has_next = sw_force_next(&r->force, r->cur.from_us, &r->next);
}

void sw_rules_start(struct sw_judge *j, int64_t now_us)
{
    for (size_t i = 0; i < j->n_rules; i++) {
        struct sw_judge_rule *r = &j->rules[i];

        r->pub.since_us = now_us;
        r->cur = (struct sw_span){now_us, now_us};
        r->pub.in_force = sw_force_at(&r->force, now_us, &r->cur);
        r->has_next = sw_force_next(&r->force, now_us, &r->next);
    }
    j->next_switch_us = SW_NEVER;
}

/* An episode that a restart carried over the end of its period. */
static void end_stale_episode(struct sw_judge *j, struct sw_judge_rule *r, int64_t now_us, struct sw_judge_out *out)
{
    struct sw_span was = {.to_us = now_us};

    if (r->pub.episode_from_us == SW_NEVER || (r->pub.in_force && r->pub.episode_from_us >= r->cur.from_us))
        return;
    sw_force_at(&r->force, r->pub.episode_from_us, &was);
    sw_rule_left(j, r, SW_MIN(was.to_us, now_us), now_us, out);
}

/* Readings arrive after their interval and windows close after a grace: what a period's last seconds bring is still its
 * rule's to judge, so the rule stays so long. Single readings of the next occurrence must not wait for that. */
static int64_t leaves_at(const struct sw_judge *j, const struct sw_judge_rule *r)
{
    int64_t at_us = r->cur.to_us + j->p.grace_us;

    return !sw_rule_is_aligned(r->pub.rule) && r->has_next ? SW_MIN(at_us, r->next.from_us) : at_us;
}

static int64_t enters_at(const struct sw_judge *j, const struct sw_judge_rule *r)
{
    return r->next.from_us + (sw_rule_is_aligned(r->pub.rule) ? j->p.grace_us : 0);
}

/* At the instant of the last window's close readings come before the tick that closes it: the rule waits for that. */
static bool has_open_window(const struct sw_judge *j, const struct sw_judge_rule *r)
{
    return sw_rule_is_aligned(r->pub.rule) && j->windows[r->window].span.from_us < r->cur.to_us;
}

/* @return when it switches next */
static int64_t switch_period(struct sw_judge *j, struct sw_judge_rule *r, int64_t now_us, struct sw_judge_out *out)
{
    for (;;) {
        if (r->pub.in_force && now_us >= leaves_at(j, r) && !has_open_window(j, r)) {
            r->pub.in_force = false;
            r->is_over = false;
            if (!j->is_quiet)
                sw_rule_left(j, r, r->cur.to_us, now_us, out);
        }
        if (r->pub.in_force || !r->has_next || now_us < enters_at(j, r))
            break;
        enter_next(r);
        r->pub.in_force = true;
        sw_rule_entered(r, now_us, out);
    }
    if (!j->is_quiet)
        end_stale_episode(j, r, now_us, out);
    if (r->pub.in_force)
        return leaves_at(j, r);
    return r->has_next ? enters_at(j, r) : INT64_MAX;
}

void sw_rules_switch_periods(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out)
{
    int64_t next_us = INT64_MAX;

    if (now_us < j->next_switch_us)
        return;
    for (size_t i = 0; i < j->n_rules; i++) {
        if (!sw_force_is_always(j->rules[i].pub.rule))
            next_us = SW_MIN(next_us, switch_period(j, &j->rules[i], now_us, out));
    }
    j->next_switch_us = next_us;
}

/* Verdicts. */

int32_t sw_rule_value(const struct sw_judge_rule *r, int32_t measured, int32_t minus)
{
    int32_t adjust = r->pub.rule->adjust - minus, corrected = sw_background_correct(&r->correct, measured);

    if (corrected != SW_NO_VALUE)
        return corrected + adjust;
    /* What is within the limit with the background is so without it. */
    return measured != SW_NO_VALUE && measured + adjust < r->over_value ? measured + adjust : SW_NO_VALUE;
}

struct sw_verdict sw_rule_verdict(const struct sw_judge_rule *r, int32_t value)
{
    return (struct sw_verdict){.kind = value == SW_NO_VALUE     ? SW_VERDICT_CANNOT
                                       : value >= r->over_value ? SW_VERDICT_OVER
                                       : value < r->below_value ? SW_VERDICT_BELOW
                                                                : SW_VERDICT_BETWEEN,
                               .value = value};
}

static struct sw_verdict verdict(const struct sw_judge *j, const struct sw_judge_rule *r, const struct sw_bar *bar,
                                 sw_i128 total, uint32_t n, bool is_whole)
{
    uint32_t divisor = sw_bar_divisor(bar, n, is_whole);

    /* Over before the window is whole: the value is what is proved already, silence assumed for the rest. */
    if (sw_bar_is_over(bar, total, n, is_whole))
        return (struct sw_verdict){.kind = SW_VERDICT_OVER,
                                   .value = sw_rule_value(r, sw_ring_mean(&j->ring, total, divisor), 0)};
    if (!is_whole || n < bar->need)
        return (struct sw_verdict){.kind = SW_VERDICT_CANNOT, .value = SW_NO_VALUE};
    return sw_rule_verdict(r, sw_rule_value(r, sw_ring_mean(&j->ring, total, n), 0));
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

static sw_i128 total_between(const struct sw_ring *ring, uint64_t tail, uint64_t end, uint32_t *ret_n)
{
    *ret_n = sw_ring_n_before(ring, end) - sw_ring_n_before(ring, tail);
    return sw_ring_total_before(ring, end) - sw_ring_total_before(ring, tail);
}

/* Remember the latest stretch that is longer than the pack allows: the only one that matters, for an earlier one is in
 * the window only when this one is. */
static void note_gap(const struct sw_judge *j, struct sw_slide *s, int64_t t_us, int64_t most_us)
{
    const int64_t d = j->p.interval_us;

    if (s->covered_us == SW_NEVER || t_us >= s->covered_us) {
        if (s->covered_us == SW_NEVER || t_us - s->covered_us > most_us)
            s->gap = (struct sw_span){s->covered_us, t_us};
        s->covered_us = t_us + d;
    } else if (t_us >= s->gap.from_us && t_us < s->gap.to_us) { /* late: cuts the gap */
        if (s->gap.to_us - t_us - d > most_us)
            s->gap.from_us = t_us + d;
        else
            s->gap.to_us = t_us;
    }
}

static bool has_gap(const struct sw_slide *s, const struct sw_span *span, int64_t most_us)
{
    return (s->gap.to_us > span->from_us && s->gap.to_us - SW_MAX(s->gap.from_us, span->from_us) > most_us) ||
           span->to_us - SW_MAX(s->covered_us, span->from_us) > most_us;
}

/* The longest stretch without a counted reading; jitter is no gap. */
static int64_t gap_most_us(const struct sw_judge *j, const struct sw_judge_rule *r)
{
    return r->pub.pack->gap_max_s * SW_US_PER_S + j->p.interval_us / 2;
}

void sw_slide_note(const struct sw_judge *j, const struct sw_judge_rule *r, struct sw_slide *slide, int64_t counted_us)
{
    if (counted_us != SW_NEVER && r->pub.pack->gap_max_s > 0)
        note_gap(j, slide, counted_us, gap_most_us(j, r));
}

struct sw_verdict sw_sliding_verdict(const struct sw_judge *j, const struct sw_judge_rule *r, struct sw_slide *slide,
                                     const struct sw_span *within, uint64_t entry)
{
    const int64_t to_us = sw_ring_at(&j->ring, entry)->ts_us + j->p.interval_us;
    const int64_t begin_us = to_us - r->pub.rule->window_s * SW_US_PER_S;
    const struct sw_span span = {SW_MAX(begin_us, within->from_us), to_us};
    const bool has_gap_max = r->pub.pack->gap_max_s > 0;
    struct sw_bar bar = r->bar;
    struct sw_verdict v;
    sw_i128 total;
    uint32_t n;

    slide->tail = advance_tail(j, slide->tail, span.from_us);
    total = total_between(&j->ring, slide->tail, entry + 1, &n);
    if ((has_gap_max && has_gap(slide, &span, gap_most_us(j, r))) ||
        sw_span_is_doubted(j, &span, r->pub.pack->capture_min))
        bar.need = UINT32_MAX; /* as if too few counted */
    v = verdict(j, r, &bar, total, n, begin_us >= within->from_us);
    v.from_us = span.from_us;
    v.to_us = span.to_us;
    return v;
}

/* @return false when the newest reading is not the rule's to judge */
static bool judge_sliding(struct sw_judge *j, struct sw_judge_rule *r, int64_t now_us, struct sw_judge_out *out)
{
    const int64_t t_us = sw_newest_us(j);
    struct sw_verdict v;

    if (t_us < r->cur.from_us || t_us >= r->cur.to_us)
        return false;
    sw_slide_note(j, r, &r->slide, j->counted_us);
    v = sw_sliding_verdict(j, r, &r->slide, &r->cur, j->ring.end - 1);
    sw_rule_judged(j, r, &v, now_us, out);
    return true;
}

/* A maximum that is only the largest level can be too small: over is over, but under says nothing. */
struct sw_verdict sw_single_verdict(const struct sw_judge *j, const struct sw_judge_rule *r, int32_t value,
                                    int64_t ts_us)
{
    const struct sw_span span = {ts_us, ts_us + j->p.interval_us};
    struct sw_verdict v = sw_rule_verdict(r, sw_rule_value(r, value, 0));

    if (v.kind == SW_VERDICT_BETWEEN)
        v.kind = SW_VERDICT_BELOW; /* it recovers when none was over for its time */
    if (v.kind == SW_VERDICT_BELOW && j->p.kind == SW_KIND_NOISE && !j->p.has_lafmax)
        v.value = SW_NO_VALUE;
    if (v.kind != SW_VERDICT_OVER && sw_span_is_doubted(j, &span, r->pub.pack->capture_min))
        v = (struct sw_verdict){.kind = SW_VERDICT_CANNOT, .value = SW_NO_VALUE};
    v.from_us = span.from_us;
    v.to_us = span.to_us;
    return v;
}

void sw_rules_on_max(struct sw_judge *j, int32_t value, int64_t ts_us, int64_t now_us, struct sw_judge_out *out)
{
    for (size_t i = 0; i < j->n_rules; i++) {
        struct sw_judge_rule *r = &j->rules[i];
        struct sw_verdict v;

        if (!sw_rule_is_single(r->pub.rule) || !r->pub.in_force || ts_us < r->cur.from_us || ts_us >= r->cur.to_us)
            continue;
        v = sw_single_verdict(j, r, value, ts_us);
        sw_rule_judged(j, r, &v, now_us, out);
    }
}

/* The mean of the last minute. @return its weight, 0 = none */
static sw_i128 take_level_now(struct sw_judge *j)
{
    int64_t from_us = sw_newest_us(j) + j->p.interval_us - SW_MAX(SW_LEVEL_NOW_US, j->p.interval_us);
    sw_i128 total;
    uint32_t n;

    j->now_tail = advance_tail(j, j->now_tail, from_us);
    total = total_between(&j->ring, j->now_tail, j->ring.end, &n);
    j->level_now = sw_ring_mean(&j->ring, total, n);
    return n > 0 ? sw_ring_weight(&j->ring, j->level_now) : 0;
}

/* Verdicts follow every reading; forecasts too, but of sensors that are read more often than every second only the
 * first of each: people count in seconds, and a search costs more than a sum. */
void sw_rules_on_level(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out)
{
    const bool is_new_second = j->p.interval_us >= SW_US_PER_S || now_us / SW_US_PER_S != j->foreseen_s;
    sw_i128 weight = 0;

    if (is_new_second) {
        weight = take_level_now(j);
        j->foreseen_s = now_us / SW_US_PER_S;
    }
    for (size_t i = 0; i < j->n_rules && j->overlay == SW_STATE_NORMAL; i++) {
        struct sw_judge_rule *r = &j->rules[i];

        if (sw_rule_is_sliding(r->pub.rule) && r->pub.in_force)
            judge_sliding(j, r, now_us, out);
        if (is_new_second)
            sw_rule_foresee(j, r, weight, now_us);
        else
            sw_rule_set_clock(r, now_us);
        sw_rule_foreseen(j, r, now_us, out);
    }
}
