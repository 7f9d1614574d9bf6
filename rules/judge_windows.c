// SPDX-License-Identifier: Apache-2.0
/* Windows that fill and close: the published ones, and those of aligned rules and of the detection. A window takes its
 * readings from the ring when the shortest window over them closes: until then a reading can still be put in order or
 * be replaced. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/judge_internal.h"

const struct sw_period *sw_rule_period(const struct sw_rule_state *s)
{
    return s->rule->period >= 0 ? &s->pack->periods[s->rule->period] : NULL;
}

static const struct sw_span never = {INT64_MAX - 1, INT64_MAX};

/* The window of an aligned rule: cut by where the rule is in force, and perhaps counted from its period's start. */
static struct sw_span rule_span(const struct sw_judge *j, const struct sw_judge_rule *r, int64_t t_us)
{
    const struct sw_rule *rule = r->pub.rule;
    const struct sw_period *period = sw_rule_period(&r->pub);
    struct sw_span within, span, occurrence;

    if (!sw_force_at(&r->force, t_us, &within) && !sw_force_next(&r->force, t_us, &within))
        return never;
    if (rule->window_s == 0)
        return within;
    t_us = SW_MAX(t_us, within.from_us);
    if (rule->anchor == SW_ANCHOR_PERIOD_START && period &&
        sw_period_at(j->p.zone, j->p.days, r->pub.pack, period, t_us, &occurrence))
        span = sw_anchored_window(j->p.zone, rule->window_s, occurrence.from_us, t_us);
    else
        span = sw_aligned_window(j->p.zone, rule->window_s, t_us);
    span.from_us = SW_MAX(span.from_us, within.from_us);
    span.to_us = SW_MIN(span.to_us, within.to_us);
    return span;
}

struct sw_span sw_window_span_at(const struct sw_judge *j, const struct sw_judge_window *w, int64_t t_us)
{
    struct sw_span span;

    if (w->rule >= 0)
        return rule_span(j, &j->rules[w->rule], t_us);
    if (w->length_s > 0)
        return sw_aligned_window(j->p.zone, w->length_s, t_us);
    if (!sw_period_at(j->p.zone, j->p.days, w->pack, w->period, t_us, &span) &&
        !sw_period_next(j->p.zone, j->p.days, w->pack, w->period, t_us, &span))
        return never;
    return span;
}

/* The set of published windows. */

static struct sw_judge_window *add_window(struct sw_judge *j, size_t most)
{
    struct sw_judge_window *w;

    if (j->n_windows == most)
        return NULL;
    w = &j->windows[j->n_windows++];
    *w = (struct sw_judge_window){.rule = SW_WINDOW_PUBLISHED, .capture_min = 0.75};
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

static bool add_period(struct sw_judge *j, const struct sw_pack *pack, const struct sw_period *period)
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
    w->pack = pack;
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

        if (rule->kind == j->p.kind && rule->period >= 0 && !add_period(j, pack, &pack->periods[rule->period]))
            return false;
    }
    return true;
}

static int by_length(const void *a, const void *b)
{
    const struct sw_judge_window *x = a, *y = b;

    return x->length_s < y->length_s ? -1 : x->length_s > y->length_s;
}

/* What a published window must hold to be good: what the packs ask whose rules look at such windows, the strictest of
 * them; else what the first pack asks. */
static void set_quality(const struct sw_judge *j, struct sw_judge_window *w)
{
    bool is_set = false;

    if (j->p.n_packs > 0) {
        w->capture_min = j->p.packs[0]->capture_min;
        w->gap_max_s = j->p.packs[0]->gap_max_s;
    }
    for (size_t i = 0; i < j->n_rules; i++) {
        const struct sw_rule_state *s = &j->rules[i].pub;
        const struct sw_pack *pack = s->pack;
        bool looks =
            w->period ? s->rule->window_s == 0 && sw_rule_period(s) == w->period : s->rule->window_s == w->length_s;

        if (!looks)
            continue;
        w->capture_min = is_set ? SW_MAX(w->capture_min, pack->capture_min) : pack->capture_min;
        if (!is_set || w->gap_max_s == 0 || (pack->gap_max_s > 0 && pack->gap_max_s < w->gap_max_s))
            w->gap_max_s = pack->gap_max_s;
        is_set = true;
    }
}

static void add_of_rules(struct sw_judge *j)
{
    for (size_t i = 0; i < j->n_rules; i++) {
        const struct sw_rule *rule = j->rules[i].pub.rule;
        struct sw_judge_window *w;

        if (!sw_rule_is_aligned(rule))
            continue;
        w = add_window(j, SW_JUDGE_SPANS_MAX); /* as many again as there can be rules */
        w->rule = (int) i;
        j->rules[i].window = (size_t) (w - j->windows);
        w->length_s = rule->window_s;
        w->stat.wants_deviation = rule->statistic == SW_STAT_SD;
        w->stat.wants_blocks = rule->statistic == SW_STAT_LAFTM5;
    }
}

static void add_detect(struct sw_judge *j)
{
    struct sw_judge_window *w;

    if (!j->p.wants_detect || j->p.kind != SW_KIND_NOISE || SW_DETECT_WINDOW_S * SW_US_PER_S < j->p.interval_us)
        return;
    w = add_window(j, SW_JUDGE_SPANS_MAX);
    w->rule = SW_WINDOW_DETECT;
    w->length_s = SW_DETECT_WINDOW_S;
}

static bool has_classes(const struct sw_judge *j, const struct sw_judge_window *w)
{
    enum sw_statistic statistic = w->rule >= 0 ? j->rules[w->rule].pub.rule->statistic : SW_STAT_L90;

    return statistic >= SW_STAT_L5 && statistic <= SW_STAT_L95;
}

/* Classes of 0.1 dB for the windows whose percentiles somebody reads. */
static int add_classes(struct sw_judge *j, struct sw_err *err)
{
    size_t n = 0;

    for (size_t i = 0; i < j->n_windows; i++)
        n += has_classes(j, &j->windows[i]);
    j->hist = calloc(SW_MAX(n, 1), SW_STAT_CLASSES * sizeof(*j->hist));
    if (!j->hist)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the windows of a sensor");
    for (size_t i = j->n_windows; i > 0; i--) {
        if (has_classes(j, &j->windows[i - 1]))
            j->windows[i - 1].stat.hist = &j->hist[--n * SW_STAT_CLASSES];
    }
    return SW_OK;
}

int sw_windows_init(struct sw_judge *j, struct sw_err *err)
{
    bool fits = add_length(j, 60) && add_length(j, 3600);

    for (size_t i = 0; fits && i < j->p.n_packs; i++)
        fits = add_pack(j, j->p.packs[i]);
    qsort(j->windows, j->n_windows, sizeof(*j->windows), by_length);
    for (size_t i = 0; fits && i < j->p.n_packs; i++)
        fits = add_periods(j, j->p.packs[i]);
    if (!fits)
        return sw_err_set(err, SW_E_FULL, 0, "the packs ask for more than %d windows of one sensor; load fewer packs",
                          SW_JUDGE_WINDOWS_MAX);
    for (size_t i = 0; i < j->n_windows; i++)
        set_quality(j, &j->windows[i]);
    add_of_rules(j);
    add_detect(j);
    return j->p.kind == SW_KIND_NOISE ? add_classes(j, err) : SW_OK;
}

/* Filling. */

static void find_next_close(struct sw_judge *j)
{
    j->next_close_us = INT64_MAX;
    for (size_t i = 0; i < j->n_windows; i++)
        j->next_close_us = SW_MIN(j->next_close_us, j->windows[i].span.to_us);
}

static void open_at(struct sw_judge *j, struct sw_judge_window *w, int64_t t_us)
{
    w->span = sw_window_span_at(j, w, t_us);
    if (w->rule >= 0)
        w->bar = sw_window_bar(j, &j->rules[w->rule], &w->span);
    w->sprayed_us = sw_on_time_before(&j->spray, w->span.from_us);
    w->doubted_us = sw_on_time_before(&j->doubt, w->span.from_us);
    sw_stat_reset(&w->stat, w->span.from_us);
}

void sw_windows_start(struct sw_judge *j, int64_t now_us)
{
    for (size_t i = 0; i < j->n_windows; i++)
        open_at(j, &j->windows[i], now_us);
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

/* Windows of rules come last in the list: what a minute tells of them is known when all are closed. */
static void tell_minutes(struct sw_judge *j, struct sw_judge_out *out, size_t first)
{
    for (size_t i = first; i < out->n_windows; i++) {
        if (sw_window_is_minute(&out->windows[i]))
            sw_minutes_tell(j, &out->windows[i]);
    }
}

/* Close every window that ends at the next close, or none when the results have no room. */
static bool close_next(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out)
{
    const size_t n_told = out->n_windows;
    int64_t to_us = j->next_close_us;
    bool is_minute = false;
    size_t n_published = 0;

    for (size_t i = 0; i < j->n_windows; i++)
        n_published += j->windows[i].rule == SW_WINDOW_PUBLISHED && j->windows[i].span.to_us == to_us;
    if (out->has_detect)
        return false; /* one a call */
    if (j->has_reading && out->n_windows + n_published > SW_JUDGE_WINDOWS_MAX)
        return false;
    if (out->n_findings + j->n_rules > SW_JUDGE_FINDINGS_MAX)
        return false;
    take_until(j, to_us);
    for (size_t i = 0; i < j->n_windows; i++) {
        struct sw_judge_window *w = &j->windows[i];

        if (w->span.to_us != to_us)
            continue;
        is_minute |= w->rule == SW_WINDOW_PUBLISHED && w->length_s == 60;
        if (w->rule >= 0)
            sw_rules_on_aligned(j, w, now_us, out);
        else if (j->has_reading && w->rule == SW_WINDOW_DETECT)
            out->has_detect = true, sw_window_detect(j, w, &out->detect);
        else if (j->has_reading)
            sw_window_publish(j, w, &out->windows[out->n_windows++]);
        open_at(j, w, to_us);
    }
    tell_minutes(j, out, n_told);
    if (is_minute)
        sw_minutes_reset(j);
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
        out->has_detect = false; /* nobody asks any more */
        if (out->n_windows > 0)
            return;
    }
    j->is_finished = true;
    take_until(j, end_us);
    for (size_t i = 0; i < j->n_windows; i++) {
        struct sw_judge_window *w = &j->windows[i];

        if (w->rule != SW_WINDOW_PUBLISHED || w->span.from_us >= end_us)
            continue;
        sw_window_publish(j, w, &out->windows[out->n_windows]);
        out->windows[out->n_windows++].partial = true;
    }
    tell_minutes(j, out, 0);
}
