// SPDX-License-Identifier: Apache-2.0
/* What a closed window says: counts, values, quality, the limits in force. When it closes is judge_windows.c's, what it
 * means for a rule judge_aligned.c's. */
#include <string.h>

#include "rules/judge_internal.h"

static void note_limit(const struct sw_judge *j, struct sw_window_result *ret)
{
    int32_t *const lowest[SW_STAT__COUNT] = {
        [SW_STAT_LEQ] = &ret->limit_leq, [SW_STAT_MAX] = &ret->limit_max, [SW_STAT_MEAN] = &ret->limit_mean};
    bool is_meant[SW_JUDGE_RULES_MAX];

    for (size_t i = 0; i < j->n_rules; i++) {
        const struct sw_rule *rule = j->rules[i].pub.rule;
        int32_t *limit = lowest[rule->statistic];

        is_meant[i] = sw_rule_is_of_level(rule) && sw_rule_in_force_at(&j->rules[i], ret->from_us);
        if (is_meant[i] && (*limit == SW_NO_VALUE || rule->limit < *limit))
            *limit = rule->limit;
    }
    for (size_t i = 0; i < j->n_rules && ret->n_rules < SW_ARRAY_SIZE(ret->rules); i++) {
        const struct sw_rule *rule = j->rules[i].pub.rule;

        if (is_meant[i] && rule->limit == *lowest[rule->statistic])
            ret->rules[ret->n_rules++] = rule;
    }
}

/* The rule whose background correction a window shows: one that judges windows of this length. */
static void note_background(const struct sw_judge *j, const struct sw_judge_window *w, struct sw_window_result *ret)
{
    ret->background_level = ret->leq_corrected = SW_NO_VALUE;
    for (size_t i = 0; i < j->n_rules; i++) {
        const struct sw_judge_rule *r = &j->rules[i];
        const struct sw_rule *rule = r->pub.rule;
        bool is_alike =
            rule->window_s == 0 ? w->period && sw_rule_period(&r->pub) == w->period : rule->window_s == w->length_s;

        if (r->correct.how == SW_BACKGROUND_NONE || !is_alike || !sw_rule_in_force_at(r, ret->from_us))
            continue;
        ret->background = r->correct.how;
        ret->background_level = r->correct.background;
        ret->leq_corrected = sw_background_correct(&r->correct, ret->leq);
        return;
    }
}

static void fill_values(const struct sw_judge *j, const struct sw_stat *s, struct sw_window_result *ret)
{
    ret->min = s->min;
    ret->leq = ret->mean = ret->l5 = ret->l10 = ret->l50 = ret->l90 = ret->l95 = SW_NO_VALUE;
    ret->wind = sw_stat_wind(s);
    ret->rain = s->rain_known ? s->rained : -1;
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

static enum sw_quality quality_of(const struct sw_judge *j, const struct sw_judge_window *w,
                                  const struct sw_window_result *ret)
{
    if (ret->n == 0)
        return SW_QUALITY_BAD;
    if (sw_window_is_doubted(j, w, w->capture_min))
        return SW_QUALITY_UNCERTAIN;
    if (ret->n < sw_capture_need(w->capture_min, ret->expected))
        return SW_QUALITY_UNCERTAIN;
    return w->gap_max_s > 0 && ret->largest_gap_s > w->gap_max_s ? SW_QUALITY_UNCERTAIN : SW_QUALITY_GOOD;
}

static int32_t suppression_s(const struct sw_judge *j, const struct sw_judge_window *w)
{
    if (j->p.kind != SW_KIND_DUST || !j->p.has_suppression)
        return -1;
    return (int32_t) ((sw_on_time_within(&j->spray, &w->span, w->sprayed_us) + SW_US_PER_S / 2) / SW_US_PER_S);
}

void sw_window_publish(const struct sw_judge *j, const struct sw_judge_window *w, struct sw_window_result *ret)
{
    const struct sw_stat *s = &w->stat;
    uint32_t counted = s->n;

    *ret = (struct sw_window_result){.sensor = j->p.sensor,
                                     .quantity = (uint8_t) j->p.level,
                                     .from_us = w->span.from_us,
                                     .to_us = w->span.to_us,
                                     .n = s->n,
                                     .suppression_s = suppression_s(j, w),
                                     .spray_s = sw_doubt_s(j, w),
                                     .time_quality = s->is_unsynced ? SW_TIME_UNSYNCED : SW_TIME_SYNCED,
                                     .limit_leq = SW_NO_VALUE,
                                     .limit_max = SW_NO_VALUE,
                                     .limit_mean = SW_NO_VALUE,
                                     .work_detected = -1};
    memcpy(ret->period, w->name, sizeof(ret->period));
    for (int i = 0; i < SW_EX__COUNT; i++)
        counted += ret->excluded[i] = s->excluded[i];
    ret->expected = (uint32_t) ((w->span.to_us - w->span.from_us) / j->p.interval_us);
    ret->expected = SW_MAX(ret->expected, counted); /* jitter: 61 readings of 1 s may start in a minute */
    ret->excluded[SW_EX_MISSING] = ret->expected - counted;
    ret->largest_gap_s = sw_stat_gap_s(s, w->span.to_us);
    ret->flag = sw_stat_flag(s, ret->excluded[SW_EX_MISSING]);
    ret->quality = quality_of(j, w, ret);
    fill_values(j, s, ret);
    note_limit(j, ret);
    note_background(j, w, ret);
}

void sw_window_detect(const struct sw_judge *j, const struct sw_judge_window *w, struct sw_detect_window *ret)
{
    const uint32_t expected = (uint32_t) ((w->span.to_us - w->span.from_us) / j->p.interval_us);
    const bool is_good = w->stat.n >= sw_capture_need(w->capture_min, SW_MAX(expected, 1));

    ret->from_us = w->span.from_us;
    ret->leq = is_good ? sw_stat_mean(&w->stat) : SW_NO_VALUE;
    ret->l90 = is_good ? sw_stat_percentile(&w->stat, 90) : SW_NO_VALUE;
    ret->local_day = sw_local_day(j->p.zone, w->span.from_us);
    ret->hour = (uint8_t) sw_local_hour(j->p.zone, w->span.from_us);
    ret->is_workday = sw_is_workday(j->p.days, ret->local_day);
}
