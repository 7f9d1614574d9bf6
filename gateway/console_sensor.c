// SPDX-License-Identifier: Apache-2.0
/* What the lamp card says of a sensor besides its value: when the limit changes next and to what, how likely a crossing
 * is, how old the value is, and the two questions of whoever looks after sensors: does it answer, can it be true? */
#include <math.h>

#include "common/jsonw.h"
#include "gateway/console_int.h"

#define CHANGES_MAX 16                            /* looked at */
#define AHEAD_US (7 * SW_S_PER_DAY * SW_US_PER_S) /* a limit that changes later is not told */
#define OLD_US (15 * SW_US_PER_S)                 /* without a reading; or three intervals, if those are longer */

/* Rules whose limit is one of the level that is shown, as sw_judge_limit_now counts them. */
static bool is_of_level(const struct sw_rule *rule)
{
    return (rule->statistic == SW_STAT_LEQ || rule->statistic == SW_STAT_MEAN || rule->statistic == SW_STAT_MAX) &&
           rule->reference == SW_REFERENCE_NONE;
}

/* The lowest limit at an instant, and the next instant at which that may be otherwise. */
static int32_t limit_at(const struct sw_site *site, const struct sw_judge *judge, int64_t t_us, int64_t *ret_until_us)
{
    int32_t limit = SW_NO_VALUE;

    *ret_until_us = INT64_MAX;
    for (size_t i = 0; i < sw_judge_n_rules(judge); i++) {
        const struct sw_rule_state *r = sw_judge_rule(judge, i);
        const struct sw_force f = console_force(site, r);
        struct sw_span span;

        if (!is_of_level(r->rule))
            continue;
        if (sw_force_at(&f, t_us, &span)) {
            *ret_until_us = SW_MIN(*ret_until_us, span.to_us);
            if (limit == SW_NO_VALUE || r->rule->limit < limit)
                limit = r->rule->limit;
        }
        if (sw_force_next(&f, t_us, &span))
            *ret_until_us = SW_MIN(*ret_until_us, span.from_us);
    }
    return limit;
}

static void write_limit_next(struct sw_core *c, const struct sw_judge *judge, struct sw_jsonw *w)
{
    const int64_t now_us = sw_engine_now_us(c->engine);
    int64_t t_us, until_us = INT64_MAX;
    const int32_t now = judge && now_us != INT64_MIN ? limit_at(c->site, judge, now_us, &until_us) : SW_NO_VALUE;
    int32_t next = now;

    for (int i = 0; i < CHANGES_MAX && next == now && until_us < INT64_MAX && until_us - now_us < AHEAD_US; i++) {
        t_us = until_us;
        next = limit_at(c->site, judge, t_us, &until_us);
        if (next == now)
            continue;
        sw_jsonw_object(w, "limit_next");
        sw_jsonw_time(w, "at", &c->site->zone, t_us);
        sw_jsonw_centi(w, "limit", next);
        sw_jsonw_object_end(w);
        return;
    }
    sw_jsonw_null(w, "limit_next");
}

/* Of the rule that the state document names. */
static void write_worst(const struct sw_judge *judge, struct sw_jsonw *w)
{
    const int worst = judge ? sw_judge_worst(judge) : -1;
    const struct sw_rule_state *r = worst < 0 ? NULL : sw_judge_rule(judge, (size_t) worst);

    sw_jsonw_str(w, "rule", r ? r->rule->full_id : NULL);
    sw_jsonw_str(w, "held", r && r->held == SW_STATE_ALERTING ? sw_state_name(r->held) : NULL);
    sw_jsonw_centi(w, "level_now", r && r->rule->statistic != SW_STAT_MAX ? r->forecast.level_now : SW_NO_VALUE);
    sw_jsonw_num(w, "probability", r && r->rule->statistic != SW_STAT_MAX ? r->forecast.probability : (double) NAN, 2);
}

static void write_truth(struct sw_jsonw *w, const char *key, int truth)
{
    if (truth < 0)
        sw_jsonw_null(w, key);
    else
        sw_jsonw_bool(w, key, truth > 0);
}

void core_console_card(struct sw_core *c, size_t sensor, struct sw_jsonw *w)
{
    const struct sw_sensor_conf *conf = &c->site->sensors[sensor];
    const struct sw_judge *judge = sw_engine_judge(c->engine, sensor);
    const int64_t now_us = sw_engine_now_us(c->engine);
    struct sw_live live = {.ts_us = INT64_MIN};
    const bool is_heard = sw_engine_live(c->engine, sensor, &live) && now_us != INT64_MIN;
    const int64_t age_us = is_heard ? SW_MAX(now_us - live.ts_us, 0) : 0;
    const int64_t old_us = SW_MAX(OLD_US, 3 * conf->interval_us);
    const bool is_silent = live.flag == 'B' || age_us > old_us;
    const int answers = !judge ? -1 : is_heard ? !is_silent : sw_judge_state(judge) == SW_STATE_NODATA ? 0 : -1;
    const bool is_false = judge && (sw_judge_state(judge) == SW_STATE_FAULT || live.quality == SW_QUALITY_BAD);

    write_limit_next(c, judge, w);
    write_worst(judge, w);
    if (is_heard)
        sw_jsonw_num(w, "age_s", (double) age_us / (double) SW_US_PER_S, 1);
    else
        sw_jsonw_null(w, "age_s");
    sw_jsonw_int(w, "old_after_s", old_us / SW_US_PER_S);
    sw_jsonw_str(w, "q", is_heard ? sw_quality_name(live.quality) : NULL);
    sw_jsonw_strn(w, "flag", is_heard && live.flag ? &live.flag : "", is_heard && live.flag ? 1 : 0);
    write_truth(w, "answers", answers);
    write_truth(w, "plausible", answers != 1 ? -1 : is_false ? 0 : live.quality == SW_QUALITY_UNCERTAIN ? -1 : 1);
}
