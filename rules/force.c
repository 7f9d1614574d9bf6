// SPDX-License-Identifier: Apache-2.0
/* The meeting of two sequences of stretches: occurrences of a period, and spans of stages. Either may be without
 * bounds. */
#include "rules/force.h"

#include <string.h>

#include "common/macros.h"

static const struct sw_span unbounded = {INT64_MIN, INT64_MAX};

bool sw_force_is_always(const struct sw_rule *rule)
{
    return rule->period < 0 && rule->n_stages == 0;
}

static bool is_for(const struct sw_rule *rule, const char *stage)
{
    for (size_t i = 0; i < rule->n_stages; i++) {
        if (strcmp(rule->stages[i], stage) == 0)
            return true;
    }
    return false;
}

/* The first stretch of fitting stages that ends after t. */
static bool stage_from(const struct sw_force *f, int64_t t_us, struct sw_span *ret)
{
    *ret = unbounded;
    if (f->rule->n_stages == 0)
        return true;
    for (size_t i = 0; f->stages && i < f->stages->n; i++) {
        const struct sw_stage_span *s = &f->stages->span[i];
        int32_t to_day = s->to_day;

        if (!is_for(f->rule, s->stage))
            continue;
        for (size_t k = i + 1; k < f->stages->n && s[k - i].from_day == to_day + 1 && is_for(f->rule, s[k - i].stage);
             k++)
            to_day = s[k - i].to_day;
        ret->from_us = sw_local_midnight(f->zone, s->from_day);
        ret->to_us = sw_local_midnight(f->zone, to_day + 1);
        if (ret->to_us > t_us)
            return true;
    }
    return false;
}

/* The first occurrence of the period that ends after t. */
static bool period_from(const struct sw_force *f, int64_t t_us, struct sw_span *ret)
{
    const struct sw_period *period;

    *ret = unbounded;
    if (f->rule->period < 0)
        return true;
    period = &f->pack->periods[f->rule->period];
    return sw_period_at(f->zone, f->days, f->pack, period, t_us, ret) ||
           sw_period_next(f->zone, f->days, f->pack, period, t_us, ret);
}

static bool first_after(const struct sw_force *f, int64_t t_us, bool or_running, struct sw_span *ret)
{
    struct sw_span period, stage;
    int64_t x_us = t_us;

    while (period_from(f, x_us, &period) && stage_from(f, x_us, &stage)) {
        ret->from_us = SW_MAX(period.from_us, stage.from_us);
        ret->to_us = SW_MIN(period.to_us, stage.to_us);
        if (ret->from_us < ret->to_us && (or_running || ret->from_us > t_us))
            return true;
        x_us = SW_MAX(ret->from_us, ret->to_us); /* from >= to: nothing meets before `from` */
        if (x_us == INT64_MAX)
            break;
    }
    return false;
}

bool sw_force_at(const struct sw_force *f, int64_t t_us, struct sw_span *ret)
{
    struct sw_span span;

    if (!first_after(f, t_us, true, &span) || t_us < span.from_us)
        return false;
    *ret = span;
    return true;
}

bool sw_force_next(const struct sw_force *f, int64_t t_us, struct sw_span *ret)
{
    return first_after(f, t_us, false, ret);
}
