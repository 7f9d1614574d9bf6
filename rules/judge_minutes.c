// SPDX-License-Identifier: Apache-2.0
/* What each rule said within a clock minute: how often it was judged, how often it was over, the worst of it. Told when
 * the minute's window closes, so that a stored minute answers for what was judged then. Windows that slide and single
 * readings are gone through anew in the order of their times, with the verdicts of judge_rules.c: what came late but
 * within the grace is in its place, and a minute that a restart cut in two is rebuilt as it was. */
#include <string.h>

#include "rules/judge_internal.h"

#define PATIENCE_US(j) SW_MAX(3 * (j)->p.interval_us, 60 * SW_US_PER_S)

static const struct sw_minute_sum nothing = {.worst = SW_NO_VALUE, .from_us = SW_NEVER, .to_us = SW_NEVER};

static void reset(struct sw_judge_rule *r)
{
    r->told.sum = nothing;
}

void sw_minutes_start(struct sw_judge *j, int64_t now_us)
{
    j->told_good_us = now_us;
    for (size_t i = 0; i < j->n_rules; i++) {
        struct sw_judge_rule *r = &j->rules[i];

        r->told.slide = (struct sw_slide){.covered_us = SW_NEVER};
        r->told.within = (struct sw_span){0, 0};
        reset(r);
    }
}

static void add(struct sw_minute_sum *sum, const struct sw_verdict *v)
{
    sum->was_asked = true;
    if (v->kind == SW_VERDICT_CANNOT || v->value == SW_NO_VALUE)
        return;
    sum->n++;
    sum->over += v->kind == SW_VERDICT_OVER;
    if (v->value > sum->worst || sum->worst == SW_NO_VALUE) {
        sum->worst = v->value;
        sum->from_us = v->from_us;
        sum->to_us = v->to_us;
    }
}

void sw_minutes_note_aligned(struct sw_judge_rule *r, const struct sw_verdict *v)
{
    add(&r->told.sum, v);
}

/* The rule's stretch in force is looked up once, not for every reading. */
static bool is_in_force(struct sw_judge_rule *r, int64_t t_us)
{
    struct sw_span *within = &r->told.within;

    if (t_us < within->to_us)
        return t_us >= within->from_us;
    if (sw_force_at(&r->force, t_us, within))
        return true;
    if (!sw_force_next(&r->force, t_us, within))
        *within = (struct sw_span){INT64_MAX - 1, INT64_MAX};
    return false;
}

/* One reading of the minute, for one rule. A level that had no value is none; under silence no window is judged. */
static void look_at(struct sw_judge *j, struct sw_judge_rule *r, uint64_t i, bool is_silent)
{
    const struct sw_ring_entry *e = sw_ring_at(&j->ring, i);
    int32_t max = j->p.has_lafmax ? e->max : e->cls == SW_CLASS_COUNTED ? e->level : SW_NO_VALUE;
    struct sw_verdict v;

    if (sw_rule_is_single(r->pub.rule) ? max == SW_NO_VALUE : is_silent || e->cls == SW_EX_MISSING)
        return;
    if (!is_in_force(r, e->ts_us))
        return;
    if (sw_rule_is_single(r->pub.rule)) {
        v = sw_single_verdict(j, r, max, e->ts_us);
    } else {
        sw_slide_note(j, r, &r->told.slide, e->cls == SW_CLASS_COUNTED ? e->ts_us : SW_NEVER);
        v = sw_sliding_verdict(j, r, &r->told.slide, &r->told.within, i);
    }
    add(&r->told.sum, &v);
}

static void look_back(struct sw_judge *j, const struct sw_span *minute)
{
    uint64_t i = sw_ring_seek(&j->ring, minute->from_us, SW_MAX(j->taken, j->ring.first));

    for (; i < j->ring.end && sw_ring_at(&j->ring, i)->ts_us < minute->to_us; i++) {
        const struct sw_ring_entry *e = sw_ring_at(&j->ring, i);
        bool is_silent;

        if (e->cls == SW_CLASS_COUNTED)
            j->told_good_us = e->ts_us;
        is_silent = e->ts_us - j->told_good_us >= PATIENCE_US(j);
        for (size_t k = 0; k < j->n_rules; k++) {
            if (!sw_rule_is_aligned(j->rules[k].pub.rule))
                look_at(j, &j->rules[k], i, is_silent);
        }
    }
}

static bool meets(const struct sw_span *a, const struct sw_span *b)
{
    return a->from_us < b->to_us && b->from_us < a->to_us;
}

/* Aligned rules speak when their window ends, the others all the time that they are in force. */
static bool has_part(const struct sw_judge_rule *r, const struct sw_span *minute)
{
    if (r->told.sum.was_asked || sw_rule_is_aligned(r->pub.rule))
        return r->told.sum.was_asked;
    return meets(&r->cur, minute) || (r->has_next && meets(&r->next, minute)) ||
           sw_rule_in_force_at(r, minute->from_us);
}

static bool is_worse(const struct sw_judged *a, const struct sw_judged *b)
{
    if ((a->over > 0) != (b->over > 0))
        return a->over > 0;
    if (a->n == 0 || b->n == 0)
        return a->n > 0 && b->n == 0;
    return (int64_t) a->worst - a->limit > (int64_t) b->worst - b->limit;
}

/* Put in its place, the worst first; of equal ones the rule that the packs name first. What finds no room is lost. */
static void insert(struct sw_window_result *ret, const struct sw_judged *judged)
{
    size_t i = ret->n_judged;

    while (i > 0 && is_worse(judged, &ret->judged[i - 1]))
        i--;
    if (i == SW_JUDGED_MAX)
        return;
    if (ret->n_judged < SW_JUDGED_MAX)
        ret->n_judged++;
    memmove(&ret->judged[i + 1], &ret->judged[i], (ret->n_judged - 1 - i) * sizeof(ret->judged[0]));
    ret->judged[i] = *judged;
}

void sw_minutes_tell(struct sw_judge *j, struct sw_window_result *ret)
{
    const struct sw_span minute = {ret->from_us, ret->to_us};

    look_back(j, &minute);
    for (size_t i = 0; i < j->n_rules; i++) {
        const struct sw_judge_rule *r = &j->rules[i];
        const struct sw_minute_sum *sum = &r->told.sum;
        const struct sw_period *period = sw_rule_period(&r->pub);

        if (!has_part(r, &minute))
            continue;
        insert(ret, &(struct sw_judged){.rule = r->pub.rule,
                                        .period = period ? period->id : "",
                                        .n = sum->n,
                                        .over = sum->over,
                                        .worst = sum->worst,
                                        .limit = r->pub.rule->limit,
                                        .from_us = sum->from_us,
                                        .to_us = sum->to_us});
    }
}

void sw_minutes_reset(struct sw_judge *j)
{
    for (size_t i = 0; i < j->n_rules; i++)
        reset(&j->rules[i]);
}
