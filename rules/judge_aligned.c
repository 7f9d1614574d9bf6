// SPDX-License-Identifier: Apache-2.0
/* The verdict of an aligned window when it closes: the statistic of its readings, the reference and the machine's run
 * time that change it, and whether it can be judged at all. */
#include <math.h>

#include "rules/judge_internal.h"

struct sw_bar sw_window_bar(const struct sw_judge *j, const struct sw_judge_rule *r, const struct sw_span *span)
{
    struct sw_bar bar = r->bar;

    bar.expected = (uint32_t) SW_MAX((span->to_us - span->from_us) / j->p.interval_us, 1);
    bar.need = sw_capture_need(r->pub.pack->capture_min, bar.expected);
    return bar;
}

static int32_t statistic_of(const struct sw_judge *j, enum sw_statistic statistic, const struct sw_stat *s)
{
    switch (statistic) {
    case SW_STAT_LEQ:
    case SW_STAT_MEAN:
        return sw_stat_mean(s);
    case SW_STAT_MAX:
        return j->p.kind == SW_KIND_NOISE && s->n_max > 0 ? s->max_lafmax : s->max;
    case SW_STAT_MIN:
        return s->min;
    case SW_STAT_L5:
        return sw_stat_percentile(s, 5);
    case SW_STAT_L10:
        return sw_stat_percentile(s, 10);
    case SW_STAT_L50:
        return sw_stat_percentile(s, 50);
    case SW_STAT_L90:
        return sw_stat_percentile(s, 90);
    case SW_STAT_L95:
        return sw_stat_percentile(s, 95);
    case SW_STAT_SD:
        return sw_stat_deviation(s);
    case SW_STAT_LAFTM5:
        return sw_stat_blocks(s);
    case SW_STAT__COUNT:
        break;
    }
    return SW_NO_VALUE;
}

/* What the machine's run time in the window takes off. */
static int32_t deduction(const struct sw_judge *j, const struct sw_rule *rule, const struct sw_span *span)
{
    int64_t run_us = rule->n_deductions > 0 ? sw_machine_run_us(j, span) : -1;

    for (size_t i = 0; run_us >= 0 && i < rule->n_deductions; i++) {
        if (run_us <= rule->deductions[i].run_max_s * SW_US_PER_S)
            return rule->deductions[i].minus;
    }
    return 0;
}

/* The value against the reference sensor's. */
static int32_t compared(const struct sw_judge *j, const struct sw_rule *rule, int32_t value, int64_t to_us)
{
    int32_t reference;

    if (rule->reference == SW_REFERENCE_NONE || value == SW_NO_VALUE)
        return value;
    reference = sw_reference_at(j, rule->reference_quantity, to_us);
    if (reference == SW_NO_VALUE)
        return SW_NO_VALUE;
    if (rule->reference == SW_REFERENCE_RATIO)
        return reference <= 0 ? SW_NO_VALUE : (int32_t) (((int64_t) value * 200 + reference) / (2LL * reference));
    if (rule->reference_cap != SW_NO_VALUE)
        reference = SW_MIN(reference, rule->reference_cap);
    return SW_MAX(value - (int32_t) lround(rule->reference_factor * reference), 0);
}

/* Too few readings, or too long without one: only what is over already is known. */
static struct sw_verdict proved(const struct sw_judge *j, const struct sw_judge_rule *r,
                                const struct sw_judge_window *w, struct sw_bar bar, int32_t minus)
{
    const struct sw_rule *rule = r->pub.rule;
    const struct sw_stat *s = &w->stat;
    struct sw_verdict v = {.kind = SW_VERDICT_CANNOT, .value = SW_NO_VALUE};
    sw_i128 total = j->ring.is_energy ? (sw_i128) s->energy : 2 * (sw_i128) s->sum;
    uint32_t divisor;

    if (rule->reference != SW_REFERENCE_NONE)
        return v;
    if (rule->statistic == SW_STAT_MAX) {
        v = sw_rule_verdict(r, sw_rule_value(r, statistic_of(j, SW_STAT_MAX, s), minus));
    } else if (sw_rule_is_mean(rule)) {
        bar.need = UINT32_MAX;
        if (minus != 0)
            bar.floor = sw_ring_floor(&j->ring, sw_background_least(&r->correct, r->over_value - rule->adjust + minus));
        divisor = sw_bar_divisor(&bar, s->n, true);
        if (sw_bar_is_over(&bar, total, s->n, true))
            v = sw_rule_verdict(r, sw_rule_value(r, sw_ring_mean(&j->ring, total, divisor), minus));
    }
    return v.kind == SW_VERDICT_OVER ? v : (struct sw_verdict){.kind = SW_VERDICT_CANNOT, .value = SW_NO_VALUE};
}

void sw_rules_on_aligned(struct sw_judge *j, const struct sw_judge_window *w, int64_t now_us, struct sw_judge_out *out)
{
    struct sw_judge_rule *r = &j->rules[w->rule];
    const struct sw_rule *rule = r->pub.rule;
    const struct sw_bar bar = w->bar;
    const int32_t minus = deduction(j, rule, &w->span), gap_max_s = r->pub.pack->gap_max_s;
    struct sw_verdict v;

    if (!r->pub.in_force || w->span.from_us < r->cur.from_us || w->span.to_us > r->cur.to_us)
        return;
    if (w->stat.n < bar.need || sw_window_is_doubted(j, w, r->pub.pack->capture_min) ||
        (gap_max_s > 0 && sw_stat_gap_s(&w->stat, w->span.to_us) > gap_max_s)) {
        v = proved(j, r, w, bar, minus);
    } else {
        int32_t value = sw_rule_value(r, statistic_of(j, rule->statistic, &w->stat), minus);

        v = sw_rule_verdict(r, compared(j, rule, value, w->span.to_us));
        if (rule->statistic == SW_STAT_MAX && j->p.kind == SW_KIND_NOISE && w->stat.n_max == 0 &&
            v.kind != SW_VERDICT_OVER)
            v.value = SW_NO_VALUE; /* the largest level can be too small */
    }
    v.from_us = w->span.from_us;
    v.to_us = w->span.to_us;
    v.has_max = true;
    v.max = w->stat.n_max > 0 ? w->stat.max_lafmax : j->p.has_lafmax ? SW_NO_VALUE : w->stat.max;
    sw_minutes_note_aligned(r, &v);
    sw_rule_judged(j, r, &v, now_us, out);
}
