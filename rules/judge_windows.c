// SPDX-License-Identifier: Apache-2.0
/* Windows that fill and close: the published ones, and those of aligned rules. A window takes its readings from the
 * ring when the shortest window over them closes: until then a reading can still be put in order or be replaced. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/judge_internal.h"

const struct sw_period *sw_rule_period(const struct sw_rule_state *s)
{
    return s->rule->period >= 0 ? &s->pack->periods[s->rule->period] : NULL;
}

uint32_t sw_capture_need(double capture_min, uint32_t expected)
{
    uint32_t need = (uint32_t) ceil(capture_min * expected - 1e-9);

    return need > 0 ? need : 1;
}

static struct sw_span aligned_within(const struct sw_judge *j, int32_t length_s, const struct sw_period *period,
                                     int64_t t_us)
{
    struct sw_span within, span;

    if (!period)
        return sw_aligned_window(j->p.zone, length_s, t_us);
    if (!sw_period_at(j->p.zone, period, t_us, &within) && !sw_period_next(j->p.zone, period, t_us, &within))
        return (struct sw_span){INT64_MAX - 1, INT64_MAX}; /* days is never empty: not reached */
    span = sw_aligned_window(j->p.zone, length_s, SW_MAX(t_us, within.from_us));
    span.from_us = SW_MAX(span.from_us, within.from_us);
    span.to_us = SW_MIN(span.to_us, within.to_us);
    return span;
}

struct sw_span sw_window_span_at(const struct sw_judge *j, const struct sw_judge_window *w, int64_t t_us)
{
    struct sw_span span;

    if (w->length_s > 0)
        return aligned_within(j, w->length_s, w->period, t_us);
    if (!sw_period_at(j->p.zone, w->period, t_us, &span) && !sw_period_next(j->p.zone, w->period, t_us, &span))
        return (struct sw_span){INT64_MAX - 1, INT64_MAX};
    return span;
}

/* The set of published windows. */

static struct sw_judge_window *add_window(struct sw_judge *j, size_t most)
{
    struct sw_judge_window *w;

    if (j->n_windows == most)
        return NULL;
    w = &j->windows[j->n_windows++];
    *w = (struct sw_judge_window){.rule = -1};
    if (j->p.kind == SW_KIND_NOISE)
        w->stat.mode = SW_STAT_MODE_LEVEL;
    else
        w->stat.mode = j->p.level == SW_QUANTITY_WIND_DIR ? SW_STAT_MODE_DIRECTION : SW_STAT_MODE_VALUE;
    return w;
}

static bool add_length(struct sw_judge *j, int32_t length_s)
{
    struct sw_judge_window *w;

    if (length_s * SW_US_PER_S < j->p.interval_us)
        return true;
    for (size_t i = 0; i < j->n_windows; i++) {
        if (j->windows[i].length_s == length_s)
            return true;
    }
    w = add_window(j, SW_JUDGE_WINDOWS_MAX);
    if (!w)
        return false;
    w->length_s = length_s;
    if (length_s % 3600 == 0)
        snprintf(w->name, sizeof(w->name), "%dh", (int) (length_s / 3600));
    else if (length_s % 60 == 0)
        snprintf(w->name, sizeof(w->name), "%dm", (int) (length_s / 60));
    else
        snprintf(w->name, sizeof(w->name), "%ds", (int) length_s);
    return true;
}

static bool add_period(struct sw_judge *j, const struct sw_period *period)
{
    struct sw_judge_window *w;

    /* Two packs may both know a night: one topic carries it, by the hours of the pack named first. */
    for (size_t i = 0; i < j->n_windows; i++) {
        if (j->windows[i].period && strcmp(j->windows[i].period->id, period->id) == 0)
            return true;
    }
    w = add_window(j, SW_JUDGE_WINDOWS_MAX);
    if (!w)
        return false;
    w->period = period;
    memcpy(w->name, period->id, sizeof(w->name));
    return true;
}

static bool add_pack(struct sw_judge *j, const struct sw_pack *pack)
{
    for (size_t i = 0; i < pack->n_rules; i++) {
        const struct sw_rule *rule = &pack->rules[i];

        if (rule->kind == j->p.kind && rule->window_s > 0 && !add_length(j, rule->window_s))
            return false;
    }
    return true;
}

static bool add_periods(struct sw_judge *j, const struct sw_pack *pack)
{
    for (size_t i = 0; i < pack->n_rules; i++) {
        const struct sw_rule *rule = &pack->rules[i];

        if (rule->kind == j->p.kind && rule->period >= 0 && !add_period(j, &pack->periods[rule->period]))
            return false;
    }
    return true;
}

static int by_length(const void *a, const void *b)
{
    const struct sw_judge_window *x = a, *y = b;

    return x->length_s < y->length_s ? -1 : x->length_s > y->length_s;
}

int sw_windows_init(struct sw_judge *j, struct sw_err *err)
{
    bool fits = add_length(j, 60) && add_length(j, 3600);
    size_t n_published;

    for (size_t i = 0; fits && i < j->p.n_packs; i++)
        fits = add_pack(j, j->p.packs[i]);
    qsort(j->windows, j->n_windows, sizeof(*j->windows), by_length);
    for (size_t i = 0; fits && i < j->p.n_packs; i++)
        fits = add_periods(j, j->p.packs[i]);
    if (!fits)
        return sw_err_set(err, SW_E_FULL, 0, "the packs ask for more than %d windows of one sensor; load fewer packs",
                          SW_JUDGE_WINDOWS_MAX);
    n_published = j->n_windows;
    for (size_t i = 0; i < j->n_rules; i++) {
        const struct sw_rule_state *s = &j->rules[i].pub;
        struct sw_judge_window *w;

        if (s->rule->sliding || s->rule->statistic == SW_STAT_MAX)
            continue;
        w = add_window(j, SW_JUDGE_SPANS_MAX); /* as many again as there can be rules */
        w->rule = (int) i;
        j->rules[i].window = (size_t) (w - j->windows);
        w->length_s = s->rule->window_s;
        w->period = sw_rule_period(s);
    }
    if (j->p.kind != SW_KIND_NOISE)
        return SW_OK;
    j->hist = calloc(n_published, SW_STAT_CLASSES * sizeof(*j->hist));
    if (!j->hist)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the windows of a sensor");
    for (size_t i = 0; i < n_published; i++)
        j->windows[i].stat.hist = &j->hist[i * SW_STAT_CLASSES];
    return SW_OK;
}

/* Filling. */

static void find_next_close(struct sw_judge *j)
{
    j->next_close_us = INT64_MAX;
    for (size_t i = 0; i < j->n_windows; i++)
        j->next_close_us = SW_MIN(j->next_close_us, j->windows[i].span.to_us);
}

void sw_windows_start(struct sw_judge *j, int64_t now_us)
{
    for (size_t i = 0; i < j->n_windows; i++) {
        j->windows[i].span = sw_window_span_at(j, &j->windows[i], now_us);
        sw_stat_reset(&j->windows[i].stat, j->windows[i].span.from_us);
    }
    /* The windows lie in the order of their lengths: the first is the shortest, and decides what is late. */
    j->taken_to_us = j->windows[0].span.from_us;
    find_next_close(j);
}

static void take_one(struct sw_judge *j)
{
    const struct sw_ring_entry *e = sw_ring_at(&j->ring, j->taken++);

    for (size_t i = 0; i < j->n_windows; i++) {
        struct sw_judge_window *w = &j->windows[i];

        if (e->ts_us >= w->span.from_us && e->ts_us < w->span.to_us)
            sw_stat_add(&w->stat, e, j->p.interval_us);
    }
}

static void take_until(struct sw_judge *j, int64_t to_us)
{
    while (j->taken < j->ring.end && sw_ring_at(&j->ring, j->taken)->ts_us < to_us)
        take_one(j);
    j->taken_to_us = SW_MAX(j->taken_to_us, to_us);
}

void sw_windows_make_room(struct sw_judge *j)
{
    if (!sw_ring_is_full(&j->ring))
        return;
    if (j->taken == j->ring.first) { /* far more readings than the interval promises: what came first is settled */
        j->taken_to_us = SW_MAX(j->taken_to_us, sw_ring_at(&j->ring, j->taken)->ts_us + 1);
        take_one(j);
    }
    sw_ring_drop_first(&j->ring);
}

/* Closing. */

static void note_limit(const struct sw_judge *j, struct sw_window_result *ret)
{
    int32_t *const lowest[SW_STAT__COUNT] = {
        [SW_STAT_LEQ] = &ret->limit_leq, [SW_STAT_MAX] = &ret->limit_max, [SW_STAT_MEAN] = &ret->limit_mean};
    bool is_in_force[SW_JUDGE_RULES_MAX];

    for (size_t i = 0; i < j->n_rules; i++) {
        const struct sw_rule_state *s = &j->rules[i].pub;
        const struct sw_period *period = sw_rule_period(s);
        int32_t *limit = lowest[s->rule->statistic];
        struct sw_span span;

        is_in_force[i] = !period || sw_period_at(j->p.zone, period, ret->from_us, &span);
        if (is_in_force[i] && (*limit == SW_NO_VALUE || s->rule->limit < *limit))
            *limit = s->rule->limit;
    }
    for (size_t i = 0; i < j->n_rules && ret->n_rules < SW_ARRAY_SIZE(ret->rules); i++) {
        const struct sw_rule *rule = j->rules[i].pub.rule;

        if (is_in_force[i] && rule->limit == *lowest[rule->statistic])
            ret->rules[ret->n_rules++] = rule;
    }
}

static void fill_values(const struct sw_judge *j, const struct sw_stat *s, struct sw_window_result *ret)
{
    ret->min = s->min;
    ret->leq = ret->mean = ret->l5 = ret->l10 = ret->l50 = ret->l90 = ret->l95 = SW_NO_VALUE;
    if (j->p.kind != SW_KIND_NOISE) {
        ret->mean = sw_stat_mean(s);
        ret->max = s->max;
        return;
    }
    ret->leq = sw_stat_mean(s);
    ret->leq_is_estimate = s->n > 0 && j->p.level != SW_QUANTITY_LAEQ;
    ret->max_is_estimate = s->n_max == 0 && s->n > 0;
    ret->max = s->n_max > 0 ? s->max_lafmax : s->max;
    ret->l5 = sw_stat_percentile(s, 5);
    ret->l10 = sw_stat_percentile(s, 10);
    ret->l50 = sw_stat_percentile(s, 50);
    ret->l90 = sw_stat_percentile(s, 90);
    ret->l95 = sw_stat_percentile(s, 95);
}

static void publish(const struct sw_judge *j, const struct sw_judge_window *w, struct sw_window_result *ret)
{
    const struct sw_stat *s = &w->stat;
    double capture_min = j->p.n_packs > 0 ? j->p.packs[0]->capture_min : 0.75;
    uint32_t counted = s->n;

    *ret = (struct sw_window_result){.sensor = j->p.sensor,
                                     .quantity = (uint8_t) j->p.level,
                                     .from_us = w->span.from_us,
                                     .to_us = w->span.to_us,
                                     .n = s->n,
                                     .time_quality = s->is_unsynced ? SW_TIME_UNSYNCED : SW_TIME_SYNCED,
                                     .limit_leq = SW_NO_VALUE,
                                     .limit_max = SW_NO_VALUE,
                                     .limit_mean = SW_NO_VALUE};
    memcpy(ret->period, w->name, sizeof(ret->period));
    for (int i = 0; i < SW_EX__COUNT; i++)
        counted += ret->excluded[i] = s->excluded[i];
    ret->expected = (uint32_t) ((w->span.to_us - w->span.from_us) / j->p.interval_us);
    ret->expected = SW_MAX(ret->expected, counted); /* jitter: 61 readings of 1 s may start in a minute */
    ret->excluded[SW_EX_MISSING] = ret->expected - counted;
    ret->largest_gap_s = sw_stat_gap_s(s, w->span.to_us);
    ret->flag = sw_stat_flag(s, ret->excluded[SW_EX_MISSING]);
    ret->quality = s->n == 0                                             ? SW_QUALITY_BAD
                   : s->n >= sw_capture_need(capture_min, ret->expected) ? SW_QUALITY_GOOD
                                                                         : SW_QUALITY_UNCERTAIN;
    fill_values(j, s, ret);
    note_limit(j, ret);
}

static void advance(struct sw_judge *j, struct sw_judge_window *w)
{
    w->span = sw_window_span_at(j, w, w->span.to_us);
    sw_stat_reset(&w->stat, w->span.from_us);
}

/* Close every window that ends at the next close, or none when the results have no room. */
static bool close_next(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out)
{
    int64_t to_us = j->next_close_us;
    size_t n_published = 0;

    for (size_t i = 0; i < j->n_windows; i++)
        n_published += j->windows[i].rule < 0 && j->windows[i].span.to_us == to_us;
    if (j->has_reading && out->n_windows + n_published > SW_JUDGE_WINDOWS_MAX)
        return false;
    if (out->n_findings + j->n_rules > SW_JUDGE_FINDINGS_MAX)
        return false;
    take_until(j, to_us);
    for (size_t i = 0; i < j->n_windows; i++) {
        struct sw_judge_window *w = &j->windows[i];

        if (w->span.to_us != to_us)
            continue;
        if (w->rule >= 0)
            sw_rules_on_aligned(j, w, now_us, out);
        else if (j->has_reading)
            publish(j, w, &out->windows[out->n_windows++]);
        advance(j, w);
    }
    find_next_close(j);
    return true;
}

void sw_windows_close_due(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out)
{
    while (j->next_close_us <= now_us - j->p.grace_us && close_next(j, now_us, out)) {
    }
}

void sw_windows_finish(struct sw_judge *j, int64_t end_us, struct sw_judge_out *out)
{
    if (!j->has_reading || j->is_finished)
        return;
    while (j->next_close_us <= end_us && close_next(j, end_us, out)) {
        if (out->n_windows > 0)
            return;
    }
    j->is_finished = true;
    take_until(j, end_us);
    for (size_t i = 0; i < j->n_windows; i++) {
        struct sw_judge_window *w = &j->windows[i];

        if (w->rule >= 0 || w->span.from_us >= end_us)
            continue;
        publish(j, w, &out->windows[out->n_windows]);
        out->windows[out->n_windows++].partial = true;
    }
}
