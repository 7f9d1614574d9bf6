// SPDX-License-Identifier: Apache-2.0
/* The door of the judge: construction, readings and ticks, and what the gateway asks it. Windows, verdicts and states
 * have files of their own. */
#include "rules/judge.h"

#include <stdlib.h>

#include "rules/judge_internal.h"

#define FUTURE_US (60 * SW_US_PER_S) /* a reading that claims to be from later is not judged */

const char *sw_state_name(enum sw_state s)
{
    static const char *const name[SW_STATE__COUNT] = {"normal", "forecast", "pending", "recovering",
                                                      "nodata", "fault",    "alerting"};

    return s >= 0 && s < SW_STATE__COUNT ? name[s] : "";
}

const char *sw_quality_name(enum sw_quality q)
{
    return q == SW_QUALITY_GOOD ? "good" : q == SW_QUALITY_UNCERTAIN ? "uncertain" : "bad";
}

const char *sw_excluded_name(enum sw_excluded e)
{
    static const char *const name[SW_EX__COUNT] = {"weather", "overload", "calibration", "fault", "missing"};

    return e >= 0 && e < SW_EX__COUNT ? name[e] : "";
}

/* Construction. */

static int check_params(const struct sw_judge_params *p, struct sw_err *err)
{
    if (p->interval_us < 10000 || p->interval_us > 3600 * SW_US_PER_S)
        return sw_err_set(err, SW_E_INVAL, 0, "a sensor's interval must be 10 ms to 1 h");
    if (p->grace_us < 0 || p->grace_us > 7200 * SW_US_PER_S)
        return sw_err_set(err, SW_E_INVAL, 0, "the grace of a window must be 0 s to 2 h");
    if (!p->zone || p->zone->n == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "a judge needs the site's time zone");
    if (sw_quantity_info(p->level)->kind != p->kind || p->level == SW_QUANTITY_NONE)
        return sw_err_set(err, SW_E_INVAL, 0, "%s is no quantity of kind %s", sw_quantity_info(p->level)->name,
                          sw_kind_name(p->kind));
    if (p->kind == SW_KIND_NOISE && !sw_quantity_is_level(p->level))
        return sw_err_set(err, SW_E_INVAL, 0, "a noise sensor is judged by LAeq or LAF, not by %s",
                          sw_quantity_info(p->level)->name);
    return SW_OK;
}

/* Readings that the longest sliding window and the windows that have not taken theirs need, with room for jitter. */
static int init_ring(struct sw_judge *j, struct sw_err *err)
{
    int64_t span_us = 3600 * SW_US_PER_S, n;

    if (j->p.interval_us <= 60 * SW_US_PER_S)
        span_us = 60 * SW_US_PER_S;
    for (size_t i = 0; i < j->p.n_packs && j->p.is_judged; i++) {
        for (size_t k = 0; k < j->p.packs[i]->n_rules; k++) {
            const struct sw_rule *rule = &j->p.packs[i]->rules[k];

            if (sw_rule_is_ours(&j->p, rule) && sw_rule_is_sliding(rule))
                span_us = SW_MAX(span_us, rule->window_s * SW_US_PER_S);
        }
    }
    n = (span_us + j->p.grace_us + 2 * FUTURE_US) / j->p.interval_us;
    n += n / 16 + 64;
    if (n > SW_RING_MAX)
        return sw_err_set(err, SW_E_FULL, 0, "a sliding window of %lld readings is too long; use a longer interval",
                          (long long) (span_us / j->p.interval_us));
    if (sw_ring_init(&j->ring, (uint32_t) n, j->p.kind == SW_KIND_NOISE) < 0)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the readings of a sensor");
    return SW_OK;
}

int sw_judge_new(const struct sw_judge_params *p, struct sw_judge **ret, struct sw_err *err)
{
    struct sw_judge *j;
    int code = check_params(p, err);

    if (code < 0)
        return code;
    j = calloc(1, sizeof(*j));
    if (!j)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for a sensor");
    j->p = *p;
    j->now_us = j->last_ts_us = j->counted_us = SW_NEVER;
    j->last_value = j->level_now = SW_NO_VALUE;
    j->foreseen_s = SW_NEVER;
    j->last_flag = 'N';
    sw_context_init(j);
    if (p->wants_model && p->kind == SW_KIND_NOISE) {
        j->model = sw_p5_new();
        if (!j->model) {
            sw_judge_free(j);
            return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the model of a sensor");
        }
    }
    code = init_ring(j, err);
    if (code == SW_OK)
        code = sw_rules_init(j, err);
    if (code == SW_OK)
        code = sw_windows_init(j, err);
    if (code < 0) {
        sw_judge_free(j);
        return code;
    }
    *ret = j;
    return SW_OK;
}

struct sw_judge *sw_judge_free(struct sw_judge *j)
{
    if (j) {
        sw_ring_done(&j->ring);
        sw_p5_free(j->model);
        free(j->hist);
        free(j);
    }
    return NULL;
}

/* Inputs. */

void sw_judge_start(struct sw_judge *j, int64_t now_us)
{
    j->is_started = true;
    j->now_us = j->last_good_us = now_us;
    sw_windows_start(j, now_us);
    sw_minutes_start(j, now_us);
    sw_rules_start(j, now_us);
}

/* Empty the results and move on to now. @return false before the start */
static bool begin(struct sw_judge *j, int64_t *now_us, struct sw_judge_out *out)
{
    out->n_windows = out->n_findings = 0;
    out->state_changed = out->late = out->has_detect = false;
    if (!j->is_started)
        return false;
    j->now_us = *now_us = SW_MAX(*now_us, j->now_us);
    return true;
}

/* What the reading counts as, given what else is known of its interval. */
static uint8_t class_of(const struct sw_judge *j, const struct sw_reading *r, int32_t value)
{
    uint8_t cls = sw_stat_class(r->flag, value);

    if (cls != SW_CLASS_COUNTED || j->p.kind != SW_KIND_NOISE)
        return cls;
    if (value < SW_LEVEL_MIN || value > SW_LEVEL_MAX)
        return SW_EX_FAULT; /* no microphone says so; drivers have flagged it already */
    return j->weather.is_excluding ? SW_EX_WEATHER : SW_CLASS_COUNTED;
}

static void note_weather(const struct sw_judge *j, struct sw_ring_entry *e)
{
    if (j->weather.wind != SW_NO_VALUE)
        e->wind = (int16_t) SW_MIN(SW_MAX(j->weather.wind, 0), INT16_MAX);
    e->rain_known = j->weather.rain >= 0;
    e->rain = j->weather.rain > 0;
}

/* Put a reading into the ring. An overload of any quantity spoils the whole interval, whichever came first.
 * @return its class, SW_EX_MISSING when it has no value that counts */
static uint8_t store(struct sw_judge *j, const struct sw_reading *r, bool is_level, int32_t value)
{
    uint8_t cls = class_of(j, r, value);
    struct sw_ring_entry *e;
    uint64_t i;

    sw_windows_make_room(j);
    i = sw_ring_place(&j->ring, r->t_utc_us);
    e = sw_ring_at(&j->ring, i);
    if (is_level) {
        if (cls == SW_CLASS_COUNTED && e->is_overload)
            cls = SW_EX_OVERLOAD;
        e->level = value;
        e->cls = cls & 7u;
        e->flag = cls == SW_EX_OVERLOAD ? 'T' : r->flag;
        note_weather(j, e);
    } else {
        if (e->cls == SW_EX_OVERLOAD && cls == SW_CLASS_COUNTED)
            cls = SW_EX_OVERLOAD;
        e->is_overload |= cls == SW_EX_OVERLOAD;
        if (e->is_overload && e->cls == SW_CLASS_COUNTED) {
            e->cls = SW_EX_OVERLOAD;
            e->flag = 'T';
        }
        if (r->quantity == SW_QUANTITY_LAFMAX)
            e->max = cls == SW_CLASS_COUNTED ? value : SW_NO_VALUE;
    }
    if (cls == SW_EX_OVERLOAD)
        e->max = SW_NO_VALUE;
    if (r->time_quality != SW_TIME_SYNCED)
        e->time_quality = r->time_quality & 1u;
    sw_ring_settle(&j->ring, i);
    if (i + 1 == j->ring.end)
        j->lag_us = SW_MAX(j->now_us - r->t_utc_us, 0);
    return cls;
}

static void take_level(struct sw_judge *j, const struct sw_reading *r, uint8_t cls, int32_t value,
                       struct sw_judge_out *out)
{
    j->last_flag = r->flag;
    j->counted_us = cls == SW_CLASS_COUNTED ? r->t_utc_us : SW_NEVER;
    if (cls == SW_CLASS_COUNTED) {
        j->last_good_us = j->now_us;
        if (j->model && r->t_utc_us >= j->last_ts_us)
            sw_p5_level(j->model, r->t_utc_us, j->p.interval_us, value);
        if (r->t_utc_us >= j->last_ts_us) {
            j->last_ts_us = r->t_utc_us;
            j->last_value = value;
        }
        if (!j->p.has_lafmax)
            sw_rules_note_max(j, value, r->t_utc_us);
    }
    sw_rules_set_overlay(j, j->now_us, out);
    if (cls == SW_CLASS_COUNTED && !j->p.has_lafmax)
        sw_rules_on_max(j, value, r->t_utc_us, j->now_us, out);
    sw_rules_on_level(j, j->now_us, out);
}

void sw_judge_reading(struct sw_judge *j, const struct sw_reading *r, int64_t now_us, struct sw_judge_out *out)
{
    bool is_level = r->quantity == j->p.level;
    bool is_overload =
        j->p.kind == SW_KIND_NOISE && r->flag == 'T'; /* of another quantity: spoils the level's interval */
    bool is_max = j->p.kind == SW_KIND_NOISE && j->p.has_lafmax && r->quantity == SW_QUANTITY_LAFMAX;
    int32_t value = sw_hundredths(r->value);
    uint8_t cls;

    if (!begin(j, &now_us, out) || !(is_level || is_max || is_overload))
        return;
    if (r->t_utc_us < j->taken_to_us || r->t_utc_us > now_us + FUTURE_US) {
        out->late = true;
        return;
    }
    j->has_reading = true;
    sw_rules_switch_periods(j, now_us, out);
    cls = store(j, r, is_level, value);
    if (is_level) {
        take_level(j, r, cls, value, out);
    } else if (is_max && cls == SW_CLASS_COUNTED) {
        sw_rules_note_max(j, value, r->t_utc_us);
        sw_rules_on_max(j, value, r->t_utc_us, now_us, out);
    }
}

void sw_judge_tick(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out)
{
    if (!begin(j, &now_us, out))
        return;
    if (now_us - j->p.grace_us >= j->next_close_us)
        sw_windows_close_due(j, now_us, out);
    sw_rules_switch_periods(j, now_us, out);
    sw_rules_set_overlay(j, now_us, out);
    if (j->model)
        sw_p5_tick(j->model, now_us);
    sw_rules_on_tick(j, now_us, out);
}

void sw_judge_finish(struct sw_judge *j, int64_t end_us, struct sw_judge_out *out)
{
    int64_t now_us = end_us;

    if (begin(j, &now_us, out))
        sw_windows_finish(j, end_us, out);
}

void sw_judge_set_quiet(struct sw_judge *j, bool is_quiet)
{
    j->is_quiet = is_quiet;
    if (!is_quiet)
        j->overlay = SW_STATE_NORMAL; /* a silence is told anew, to the states that are taken over */
    j->next_switch_us = SW_NEVER;     /* what was passed over in quiet is looked at again */
}

/* Questions. */

size_t sw_judge_n_rules(const struct sw_judge *j)
{
    return j->n_rules;
}

const struct sw_rule_state *sw_judge_rule(const struct sw_judge *j, size_t i)
{
    return &j->rules[i].pub;
}

size_t sw_judge_n_windows(const struct sw_judge *j)
{
    size_t n = 0;

    while (n < j->n_windows && j->windows[n].rule == SW_WINDOW_PUBLISHED) /* published ones come first */
        n++;
    return n;
}

const char *sw_judge_window(const struct sw_judge *j, size_t i)
{
    return i < sw_judge_n_windows(j) ? j->windows[i].name : "";
}

/* By the clock alone: a rule that waits for the last readings of its period is in force, but applies no more. */
static bool applies_now(const struct sw_judge *j, const struct sw_judge_rule *r)
{
    return (j->now_us >= r->cur.from_us && j->now_us < r->cur.to_us) ||
           (r->has_next && j->now_us >= r->next.from_us && j->now_us < r->next.to_us);
}

int32_t sw_judge_limit_now(const struct sw_judge *j)
{
    int32_t limit = SW_NO_VALUE;

    for (size_t i = 0; i < j->n_rules; i++) {
        const struct sw_rule_state *s = &j->rules[i].pub;

        if (sw_rule_is_of_level(s->rule) && applies_now(j, &j->rules[i]) &&
            (limit == SW_NO_VALUE || s->rule->limit < limit))
            limit = s->rule->limit;
    }
    return limit;
}

/* The state; under silence what it hides; then what applies now. */
static int badness(const struct sw_judge *j, size_t i)
{
    const struct sw_rule_state *s = &j->rules[i].pub;

    return 4 * (int) s->state + 2 * (s->held == SW_STATE_ALERTING) + applies_now(j, &j->rules[i]);
}

int sw_judge_worst(const struct sw_judge *j)
{
    int worst = -1;

    for (size_t i = 0; i < j->n_rules; i++) {
        if (worst < 0 || badness(j, i) > badness(j, (size_t) worst))
            worst = (int) i;
    }
    return worst;
}

enum sw_state sw_judge_state(const struct sw_judge *j)
{
    int worst = sw_judge_worst(j);

    return worst >= 0 ? j->rules[worst].pub.state : j->overlay;
}

int64_t sw_judge_last(const struct sw_judge *j, int32_t *ret_value, char *ret_flag)
{
    if (ret_value)
        *ret_value = j->last_value;
    if (ret_flag)
        *ret_flag = j->last_flag;
    return j->last_ts_us;
}

int32_t sw_judge_level_now(const struct sw_judge *j)
{
    for (size_t i = 0; i < j->n_rules; i++) {
        const struct sw_rule_state *s = &j->rules[i].pub;

        if (applies_now(j, &j->rules[i]) && sw_rule_is_mean(s->rule) && sw_rule_is_of_level(s->rule) &&
            s->value != SW_NO_VALUE)
            return s->value;
    }
    return j->level_now;
}

/* Readings from here on are needed so that the open minute tells all that was judged in it. */
static int64_t minute_needs_from(const struct sw_judge *j, int64_t now_us)
{
    const int64_t minute_us = sw_aligned_window(j->p.zone, 60, now_us - j->p.grace_us).from_us;
    int64_t from_us = minute_us;

    for (size_t i = 0; i < j->n_rules; i++) {
        const struct sw_judge_rule *r = &j->rules[i];

        if (sw_rule_is_sliding(r->pub.rule))
            from_us = SW_MIN(from_us, minute_us + j->p.interval_us - r->pub.rule->window_s * SW_US_PER_S);
        else if (sw_rule_is_aligned(r->pub.rule))
            from_us = SW_MIN(from_us, sw_window_span_at(j, &j->windows[r->window], minute_us).from_us);
    }
    return from_us;
}

int64_t sw_judge_needs_from(const struct sw_judge *j, int64_t now_us)
{
    int64_t from_us = now_us - SW_MAX(SW_LEVEL_NOW_US, j->p.interval_us);

    for (size_t i = 0; i < j->n_windows; i++) {
        const struct sw_judge_window *w = &j->windows[i];
        int64_t window_us = sw_window_span_at(j, w, now_us - j->p.grace_us).from_us; /* ended, but not yet closed */

        if (w->rule >= 0) /* what the window before said stands until this one closes */
            window_us = sw_window_span_at(j, w, window_us - 1).from_us;
        from_us = SW_MIN(from_us, window_us);
    }
    for (size_t i = 0; i < j->n_rules; i++) {
        const struct sw_rule *rule = j->rules[i].pub.rule;

        if (sw_rule_is_sliding(rule))
            from_us = SW_MIN(from_us, now_us - rule->window_s * SW_US_PER_S);
    }
    if (j->p.interval_us <= 60 * SW_US_PER_S) /* else it has no windows of a minute */
        from_us = SW_MIN(from_us, minute_needs_from(j, now_us));
    if (j->model && sw_p5_needs_from(j->model) != INT64_MIN)
        from_us = SW_MIN(from_us, sw_p5_needs_from(j->model));
    return from_us;
}
