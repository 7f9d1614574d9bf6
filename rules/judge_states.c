// SPDX-License-Identifier: Apache-2.0
/* The states of a rule at a sensor and the findings that its changes make. What the verdict or the forecast is, is
 * the business of others; here is only what follows from it. */
#include <math.h>

#include "rules/judge_internal.h"

#define WORSE_STEP 10                     /* hundredths: a rise that people want to hear of */
#define WORSE_PAUSE_US (60 * SW_US_PER_S) /* and how often at most */
#define MAX_PAUSE_US (60 * SW_US_PER_S)   /* quiet after the last reading over, before a max rule is recovering */

static bool is_in_episode(const struct sw_judge_rule *r)
{
    return r->base == SW_STATE_PENDING || r->base == SW_STATE_ALERTING || r->base == SW_STATE_RECOVERING;
}

static bool is_open_matter(const struct sw_judge_rule *r)
{
    return r->base == SW_STATE_ALERTING || r->base == SW_STATE_RECOVERING;
}

/* Show what base and overlay make together. */
static void refresh(const struct sw_judge *j, struct sw_judge_rule *r, int64_t now_us, struct sw_judge_out *out)
{
    enum sw_state state = j->overlay != SW_STATE_NORMAL ? j->overlay : r->base;
    enum sw_state held = state != r->base && is_open_matter(r) ? SW_STATE_ALERTING : SW_STATE_NORMAL;
    struct sw_rule_state *s = &r->pub;

    if (held != s->held)
        out->state_changed = true;
    s->held = held;
    if (state == s->state)
        return;
    s->previous = s->state;
    s->state = state;
    s->since_us = now_us;
    out->state_changed = true;
}

static void end_episode(struct sw_judge_rule *r)
{
    struct sw_rule_state *s = &r->pub;

    s->over_since_us = s->below_since_us = s->episode_from_us = SW_NEVER;
    s->episode_worst = s->episode_max = SW_NO_VALUE;
    r->pub.reported_worst = SW_NO_VALUE;
    r->pub.reported_us = SW_NEVER;
}

static void end_forecast(struct sw_judge_rule *r)
{
    r->pub.likely_since_us = r->pub.unlikely_since_us = SW_NEVER;
}

void sw_rule_clear_forecast(struct sw_judge_rule *r)
{
    r->pub.forecast =
        (struct sw_forecast){.probability = NAN, .crosses_at_us = SW_NEVER, .budget_s = -1, .level_now = SW_NO_VALUE};
}

void sw_rule_init_state(struct sw_judge_rule *r, const struct sw_pack *pack, const struct sw_rule *rule)
{
    r->pub.pack = pack;
    r->pub.rule = rule;
    r->pub.state = r->pub.previous = r->pub.held = r->base = SW_STATE_NORMAL;
    r->pub.value = SW_NO_VALUE;
    r->pub.likely = NAN;
    r->pub.asked = SW_NEVER;
    sw_rule_clear_forecast(r);
    end_episode(r);
    end_forecast(r);
}

static void find(const struct sw_judge *j, struct sw_judge_rule *r, enum sw_finding_kind kind, int64_t at_us,
                 struct sw_judge_out *out)
{
    const struct sw_rule_state *s = &r->pub;
    const struct sw_period *period = sw_rule_period(s);
    enum sw_quality quality = SW_QUALITY_GOOD;

    if (out->n_findings == SW_JUDGE_FINDINGS_MAX)
        return; /* two a rule and call fit; more do not happen */
    if (j->overlay != SW_STATE_NORMAL && kind != SW_FINDING_EXCEED && kind != SW_FINDING_WORSE)
        quality = SW_QUALITY_BAD; /* nobody measured how it ended */
    else if (s->value == SW_NO_VALUE && kind != SW_FINDING_FORECAST)
        quality = SW_QUALITY_UNCERTAIN; /* a forecast may speak of a window that has not begun */
    out->findings[out->n_findings++] = (struct sw_finding){
        .kind = kind,
        .sensor = j->p.sensor,
        .pack = s->pack,
        .rule = s->rule,
        .at_us = at_us,
        .value = s->value,
        .worst = s->episode_worst,
        .max = s->episode_max,
        .from_us = s->episode_from_us != SW_NEVER ? s->episode_from_us : s->likely_since_us,
        .quality = quality,
        .forecast = s->forecast,
        .period_is_night = period && period->is_night,
        .period = period ? period->id : "",
    };
    r->pub.reported_worst = s->episode_worst;
    r->pub.reported_us = at_us;
}

int64_t sw_finding_moment_us(const struct sw_finding *f)
{
    const bool is_of_window = f->kind == SW_FINDING_EXCEED && sw_rule_is_aligned(f->rule) && f->from_us != SW_NEVER;

    return is_of_window ? f->from_us : f->at_us;
}

/* `allowed` and `consecutive`: aligned rules count windows, the others the beginnings of episodes. A window and an
 * episode are of the day on which they begin, those of a period of the day on which that begins. */
static void count_over(const struct sw_judge *j, struct sw_judge_rule *r, int64_t from_us, int64_t now_us,
                       struct sw_judge_out *out)
{
    const struct sw_rule *rule = r->pub.rule;
    struct sw_rule_state *s = &r->pub;
    bool is_aligned = sw_rule_is_aligned(rule);
    int32_t day;

    if (s->over_in_row < INT32_MAX)
        s->over_in_row++;
    if (!is_aligned && is_in_episode(r))
        return;
    day = sw_local_day(j->p.zone, rule->period >= 0 ? r->cur.from_us : is_aligned ? from_us : now_us);
    if (day != s->count_day)
        s->over_count = 0;
    s->count_day = day;
    s->over_count++;
    if (rule->allowed > 0 || rule->consecutive > 1)
        out->state_changed = true; /* a restart must know */
}

static bool has_lasted(const struct sw_judge_rule *r, int64_t now_us)
{
    const struct sw_rule_state *s = &r->pub;

    return s->over_since_us != SW_NEVER && now_us - s->over_since_us >= s->rule->continuation_s * SW_US_PER_S;
}

/* An episode that does not alert only because so many are allowed is one all the same: it ends when it has recovered,
 * lest a level that dithers about the limit count as many. */
static bool is_allowed_episode(const struct sw_judge_rule *r, int64_t now_us)
{
    return r->base == SW_STATE_PENDING && !sw_rule_is_aligned(r->pub.rule) && has_lasted(r, now_us) &&
           r->pub.over_count <= r->pub.rule->allowed;
}

static void on_over(struct sw_judge *j, struct sw_judge_rule *r, const struct sw_verdict *v, int64_t now_us,
                    struct sw_judge_out *out)
{
    struct sw_rule_state *s = &r->pub;

    count_over(j, r, v->from_us, now_us, out);
    if (!is_in_episode(r)) {
        if (r->base == SW_STATE_NORMAL)
            end_forecast(r); /* out of a forecast `likely since` stays: its ticket is open */
        s->unlikely_since_us = SW_NEVER;
        s->over_since_us = now_us;
        s->episode_from_us = v->from_us;
        s->episode_max = v->has_max ? v->max : sw_ring_highest(&j->ring, v->from_us, !j->p.has_lafmax);
        r->base = SW_STATE_PENDING;
    }
    s->below_since_us = SW_NEVER;
    if (v->value > s->episode_worst)
        s->episode_worst = v->value;
    if (r->base == SW_STATE_PENDING) {
        if (s->over_since_us == SW_NEVER)
            s->over_since_us = now_us;
        if (!has_lasted(r, now_us) || s->over_in_row < s->rule->consecutive || s->over_count <= s->rule->allowed)
            return;
    }
    if (r->base != SW_STATE_ALERTING) {
        r->base = SW_STATE_ALERTING;
        end_forecast(r);
        find(j, r, SW_FINDING_EXCEED, now_us, out);
    } else if (r->pub.reported_us == SW_NEVER) { /* taken over from before a restart: already reported */
        r->pub.reported_worst = s->episode_worst;
        r->pub.reported_us = now_us;
    } else if (s->episode_worst >= r->pub.reported_worst + WORSE_STEP &&
               now_us - r->pub.reported_us >= WORSE_PAUSE_US) {
        find(j, r, SW_FINDING_WORSE, now_us, out);
    }
}

/* Not over, before it had lasted long enough: back to where it came from. */
static void pending_ends(struct sw_judge_rule *r)
{
    if (!sw_rule_is_aligned(r->pub.rule) && r->pub.over_count > 0)
        r->pub.over_count--; /* it became no episode */
    r->base = r->pub.likely_since_us != SW_NEVER ? SW_STATE_FORECAST : SW_STATE_NORMAL;
    end_episode(r);
}

static void on_below(struct sw_judge *j, struct sw_judge_rule *r, int64_t now_us, struct sw_judge_out *out)
{
    struct sw_rule_state *s = &r->pub;

    s->over_in_row = 0;
    if (is_allowed_episode(r, now_us)) {
        if (s->below_since_us == SW_NEVER)
            s->below_since_us = now_us;
        if (now_us - s->below_since_us >= s->rule->recover_for_s * SW_US_PER_S) {
            r->base = s->likely_since_us != SW_NEVER ? SW_STATE_FORECAST : SW_STATE_NORMAL;
            end_episode(r);
        }
        return;
    }
    if (r->base == SW_STATE_PENDING)
        pending_ends(r);
    if (!is_open_matter(r))
        return;
    if (s->below_since_us == SW_NEVER)
        s->below_since_us = now_us;
    /* Single readings jump: without a pause every hammer blow would be news of its own. */
    if (sw_rule_is_single(s->rule) &&
        now_us - s->below_since_us < SW_MIN(s->rule->recover_for_s * SW_US_PER_S, MAX_PAUSE_US))
        return;
    r->base = SW_STATE_RECOVERING;
    if (now_us - s->below_since_us < s->rule->recover_for_s * SW_US_PER_S)
        return;
    find(j, r, SW_FINDING_RECOVERED, now_us, out);
    r->base = SW_STATE_NORMAL;
    end_episode(r);
}

/* Only good data below the margin count towards a recovery. That the count was broken must outlive a restart. */
static void break_recovery(struct sw_judge_rule *r, struct sw_judge_out *out)
{
    if (r->base == SW_STATE_RECOVERING && r->pub.below_since_us != SW_NEVER)
        out->state_changed = true;
    r->pub.below_since_us = SW_NEVER;
}

void sw_rule_judged(struct sw_judge *j, struct sw_judge_rule *r, const struct sw_verdict *v, int64_t now_us,
                    struct sw_judge_out *out)
{
    r->pub.value = v->value;
    r->is_over = v->kind == SW_VERDICT_OVER;
    if (j->is_quiet)
        return;
    /* A window may close, or a maximum come, while the level is silent: what was measured over the limit counts. But
     * under silence nothing ends. */
    if (j->overlay != SW_STATE_NORMAL && v->kind != SW_VERDICT_OVER)
        return;
    switch (v->kind) {
    case SW_VERDICT_OVER:
        on_over(j, r, v, now_us, out);
        break;
    case SW_VERDICT_BELOW:
        on_below(j, r, now_us, out);
        break;
    case SW_VERDICT_BETWEEN:
        r->pub.over_in_row = 0;
        if (r->base == SW_STATE_PENDING && !is_allowed_episode(r, now_us))
            pending_ends(r);
        break_recovery(r, out);
        break;
    case SW_VERDICT_CANNOT:
        break_recovery(r, out);
        break;
    }
    refresh(j, r, now_us, out);
}

/* The forecast's own steps, for a rule that is not in an episode. */
static void foreseen(struct sw_judge *j, struct sw_judge_rule *r, int64_t now_us, struct sw_judge_out *out)
{
    struct sw_rule_state *s = &r->pub;

    if (s->forecast.probability >= s->pack->forecast_threshold) {
        s->unlikely_since_us = SW_NEVER;
        if (s->likely_since_us == SW_NEVER)
            s->likely_since_us = now_us;
        if (r->base == SW_STATE_NORMAL && now_us - s->likely_since_us >= s->pack->confirm_s * SW_US_PER_S) {
            r->base = SW_STATE_FORECAST;
            find(j, r, SW_FINDING_FORECAST, now_us, out);
        }
    } else if (r->base == SW_STATE_FORECAST) {
        if (s->unlikely_since_us == SW_NEVER)
            s->unlikely_since_us = now_us;
        if (now_us - s->unlikely_since_us >= s->pack->clear_s * SW_US_PER_S) {
            find(j, r, SW_FINDING_CLEARED, now_us, out);
            r->base = SW_STATE_NORMAL;
            end_forecast(r);
        }
    } else {
        end_forecast(r);
    }
}

void sw_rule_foreseen(struct sw_judge *j, struct sw_judge_rule *r, int64_t now_us, struct sw_judge_out *out)
{
    /* Without a level now there is nothing to say, and a state taken over from before a restart stays shown. */
    if (j->is_quiet || j->overlay != SW_STATE_NORMAL || isnan(r->pub.forecast.probability))
        return;
    if (!is_in_episode(r))
        foreseen(j, r, now_us, out);
    refresh(j, r, now_us, out);
}

void sw_rule_entered(struct sw_judge_rule *r, int64_t now_us, struct sw_judge_out *out)
{
    out->state_changed = true; /* another limit applies */
    if (r->base == SW_STATE_NORMAL && r->pub.state == SW_STATE_NORMAL) {
        r->pub.previous = SW_STATE_NORMAL;
        r->pub.since_us = now_us;
    }
}

void sw_rule_left(struct sw_judge *j, struct sw_judge_rule *r, int64_t at_us, int64_t now_us, struct sw_judge_out *out)
{
    if (is_open_matter(r))
        find(j, r, SW_FINDING_RECOVERED, at_us, out);
    else if (r->base == SW_STATE_FORECAST || (r->base == SW_STATE_PENDING && r->pub.likely_since_us != SW_NEVER))
        find(j, r, SW_FINDING_CLEARED, at_us, out);
    r->base = SW_STATE_NORMAL;
    r->pub.value = SW_NO_VALUE;
    r->pub.over_in_row = 0;
    end_episode(r);
    end_forecast(r);
    refresh(j, r, now_us, out);
    out->state_changed = true;
}

/* No data: timers that only good data may run stop, what is known of the present goes. */
static void silence(struct sw_judge_rule *r, int64_t now_us)
{
    struct sw_rule_state *s = &r->pub;

    s->value = SW_NO_VALUE;
    s->likely = NAN;
    r->is_over = false;
    sw_rule_clear_forecast(r);
    s->below_since_us = s->unlikely_since_us = SW_NEVER;
    if (r->base == SW_STATE_NORMAL)
        s->likely_since_us = SW_NEVER;
    if (r->base == SW_STATE_PENDING && !is_allowed_episode(r, now_us))
        s->over_since_us = SW_NEVER;
}

void sw_rules_set_overlay(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out)
{
    int64_t patience_us = SW_MAX(3 * j->p.interval_us, 60 * SW_US_PER_S);
    enum sw_state overlay = SW_STATE_NORMAL;

    if (now_us - j->last_good_us >= patience_us)
        overlay = j->last_flag == 'D' || j->last_flag == 'B' ? SW_STATE_FAULT : SW_STATE_NODATA;
    if (overlay == j->overlay)
        return;
    if (j->overlay == SW_STATE_NORMAL) {
        j->level_now = SW_NO_VALUE;
        for (size_t i = 0; i < j->n_rules; i++)
            silence(&j->rules[i], now_us);
    }
    j->overlay = overlay;
    if (j->is_quiet)
        return; /* what was shown is taken over later */
    out->state_changed |= j->n_rules == 0;
    for (size_t i = 0; i < j->n_rules; i++)
        refresh(j, &j->rules[i], now_us, out);
}

void sw_rules_note_max(struct sw_judge *j, int32_t value, int64_t ts_us)
{
    for (size_t i = 0; i < j->n_rules; i++) {
        struct sw_judge_rule *r = &j->rules[i];

        if (is_in_episode(r) && r->pub.in_force && ts_us < r->cur.to_us && value > r->pub.episode_max)
            r->pub.episode_max = value;
    }
}

enum sw_state sw_rule_state_holds(const struct sw_rule_state *s)
{
    if (s->state == SW_STATE_ALERTING || s->state == SW_STATE_RECOVERING || s->state == SW_STATE_FORECAST)
        return s->state;
    if (s->held == SW_STATE_ALERTING)
        return SW_STATE_ALERTING;
    /* In normal it may be likely without being told of yet; else a forecast was, and its ticket is open. */
    return s->state != SW_STATE_NORMAL && s->likely_since_us != SW_NEVER ? SW_STATE_FORECAST : SW_STATE_NORMAL;
}

void sw_judge_restore_rule(struct sw_judge *j, size_t i, const struct sw_rule_state *was)
{
    struct sw_judge_rule *r;
    struct sw_rule_state *s;

    if (i >= j->n_rules)
        return;
    r = &j->rules[i];
    s = &r->pub;
    s->state = was->state;
    s->previous = was->previous;
    s->held = was->held;
    s->since_us = was->since_us;
    s->over_since_us = was->over_since_us;
    s->below_since_us = was->below_since_us;
    s->likely_since_us = was->likely_since_us;
    s->unlikely_since_us = was->unlikely_since_us;
    s->episode_from_us = was->episode_from_us;
    s->episode_worst = was->episode_worst;
    s->episode_max = was->episode_max;
    s->count_day = was->count_day;
    s->over_count = was->over_count;
    s->over_in_row = was->over_in_row;
    j->next_switch_us = SW_NEVER; /* its period may have ended meanwhile */
    s->reported_us = was->reported_us;
    s->reported_worst = was->reported_worst;
    if (was->asked >= s->asked) { /* else the rebuilding asked later than what was kept */
        s->likely = was->likely >= 0.0 && was->likely <= 1.0 ? was->likely : NAN;
        s->asked = was->asked;
    }
    r->base = was->state;
    if (was->state == SW_STATE_NODATA || was->state == SW_STATE_FAULT) {
        /* Under no data only three things are held: an open matter, an over that had begun, a forecast. */
        if (was->held == SW_STATE_ALERTING)
            r->base = SW_STATE_ALERTING;
        else if (was->episode_from_us != SW_NEVER)
            r->base = SW_STATE_PENDING;
        else
            r->base = was->likely_since_us != SW_NEVER ? SW_STATE_FORECAST : SW_STATE_NORMAL;
    }
}
