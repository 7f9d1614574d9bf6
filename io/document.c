// SPDX-License-Identifier: Apache-2.0
/* Documents of one sensor: live, agg, state, sensor event, meta; and the parts that all documents share.
 * Says what was measured and judged; judges nothing itself. Tickets are in document_ticket.c, the gateway's and the
 * site's own documents in document_gateway.c. */
#include "io/document.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/timefmt.h"
#include "io/document_parts.h"

#define DEGREE_DECIMALS 6 /* a tenth of a metre */

void sw_doc_begin(struct sw_jsonw *w, char *buf, size_t cap, const char *schema)
{
    sw_jsonw_init(w, buf, cap);
    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "schema", schema);
}

size_t sw_doc_end(struct sw_jsonw *w, const struct sw_doc_site *s)
{
    size_t len = 0;

    if (s->simulated)
        sw_jsonw_bool(w, "simulated", true);
    sw_jsonw_object_end(w);
    return sw_jsonw_finish(w, &len) ? len : 0;
}

void sw_doc_origin(struct sw_jsonw *w, const struct sw_doc_site *s, int64_t seq)
{
    sw_jsonw_str(w, "gw", s->gateway);
    if (!s->epoch || seq < 0)
        return;
    sw_jsonw_str(w, "epoch", s->epoch);
    sw_jsonw_int(w, "seq", seq);
}

void sw_doc_text(struct sw_jsonw *w, const char *key, const char *text)
{
    sw_jsonw_str(w, key, text && *text ? text : NULL);
}

void sw_doc_flag(struct sw_jsonw *w, char flag)
{
    if (sw_flag_is_known(flag))
        sw_jsonw_strn(w, "flag", &flag, 1);
    else
        sw_jsonw_null(w, "flag");
}

void sw_doc_work_members(struct sw_jsonw *w, const struct sw_work *work)
{
    sw_jsonw_str(w, "state", (unsigned) work->state < SW_WORK__COUNT ? sw_work_state_name(work->state) : NULL);
    if (work->permitted < 0)
        sw_jsonw_null(w, "permitted");
    else
        sw_jsonw_bool(w, "permitted", work->permitted > 0);
}

void sw_doc_overdue(struct sw_jsonw *w, unsigned overdue)
{
    sw_jsonw_array(w, "overdue");
    if (overdue & SW_OVERDUE_RESPOND)
        sw_jsonw_str(w, NULL, "respond");
    if (overdue & SW_OVERDUE_DISPATCH)
        sw_jsonw_str(w, NULL, "dispatch");
    if (overdue & SW_OVERDUE_RESOLVE)
        sw_jsonw_str(w, NULL, "resolve");
    sw_jsonw_array_end(w);
}

void sw_doc_actor(struct sw_jsonw *w, const struct sw_actor *by)
{
    sw_jsonw_object(w, "by");
    sw_jsonw_str(w, "id", by->id);
    sw_jsonw_str(w, "role", sw_role_name(by->role));
    sw_jsonw_object_end(w);
}

void sw_doc_forecast_members(struct sw_jsonw *w, const struct sw_zone *zone, double probability, int64_t crosses_at_us,
                             int32_t budget_s)
{
    sw_jsonw_num(w, "probability", probability, 2);
    sw_jsonw_time(w, "crosses_at", zone, crosses_at_us);
    if (budget_s < 0)
        sw_jsonw_null(w, "budget_s");
    else
        sw_jsonw_int(w, "budget_s", budget_s);
}

size_t sw_doc_live(const struct sw_doc_site *s, const struct sw_live *v, char *buf, size_t cap)
{
    const struct sw_quantity_info *info = sw_quantity_info((enum sw_quantity) v->quantity);
    struct sw_jsonw w;

    sw_doc_begin(&w, buf, cap, "siteward.live/1.0");
    sw_jsonw_time(&w, "ts", s->zone, v->ts_us);
    sw_jsonw_centi(&w, "v", v->value);
    sw_jsonw_str(&w, "unit", info->unit);
    sw_jsonw_str(&w, "quantity", info->name);
    sw_jsonw_str(&w, "q", sw_quality_name(v->quality));
    sw_doc_flag(&w, v->flag);
    sw_jsonw_centi(&w, "limit", v->limit);
    sw_jsonw_uint(&w, "n", v->n);
    return sw_doc_end(&w, s);
}

/* One value of a window, and whether it stands on samples instead of integration. */
struct window_value {
    const char *name;
    int32_t value;
    bool is_estimate;
};

#define WINDOW_VALUES_MAX 8

static size_t window_values(const struct sw_window_result *v, enum sw_kind kind,
                            struct window_value ret[WINDOW_VALUES_MAX])
{
    const bool sampled = v->leq_is_estimate;
    const struct window_value noise[WINDOW_VALUES_MAX] = {
        {"LAeq", v->leq, sampled},  {"LAmax", v->max, v->max_is_estimate},
        {"LAmin", v->min, sampled}, {"LA10", v->l10, sampled},
        {"LA50", v->l50, sampled},  {"LA90", v->l90, sampled},
        {"LA5", v->l5, sampled},    {"LA95", v->l95, sampled},
    };
    const struct window_value other[] = {{"mean", v->mean, false}, {"min", v->min, false}, {"max", v->max, false}};

    if (kind == SW_KIND_NOISE) {
        memcpy(ret, noise, sizeof(noise));
        return SW_ARRAY_SIZE(noise);
    }
    memcpy(ret, other, sizeof(other));
    return SW_ARRAY_SIZE(other);
}

/* `values`, `unit`, and `estimate`: the names of the values that are estimates; a value that is null is none. */
static void window_value_members(struct sw_jsonw *w, const struct sw_window_result *v, enum sw_kind kind)
{
    struct window_value values[WINDOW_VALUES_MAX];
    size_t n = window_values(v, kind, values);

    sw_jsonw_object(w, "values");
    for (size_t i = 0; i < n; i++)
        sw_jsonw_centi(w, values[i].name, values[i].value);
    sw_jsonw_object_end(w);
    sw_jsonw_str(w, "unit", sw_quantity_info((enum sw_quantity) v->quantity)->unit);
    if (kind == SW_KIND_DUST && v->suppression_s >= 0)
        sw_jsonw_int(w, "suppression_s", v->suppression_s);
    else if (kind == SW_KIND_DUST)
        sw_jsonw_null(w, "suppression_s"); /* nothing tells this site whether water is sprayed */
    if (kind == SW_KIND_DUST && v->spray_s > 0)
        sw_jsonw_int(w, "spray_suspected_s", v->spray_s);
    sw_jsonw_array(w, "estimate");
    for (size_t i = 0; i < n; i++)
        if (values[i].is_estimate && values[i].value != SW_NO_VALUE)
            sw_jsonw_str(w, NULL, values[i].name);
    sw_jsonw_array_end(w);
}

static void window_counts(struct sw_jsonw *w, const struct sw_window_result *v)
{
    sw_jsonw_uint(w, "n", v->n);
    sw_jsonw_uint(w, "expected", v->expected);
    sw_jsonw_num(w, "valid_ratio", v->expected ? (double) v->n / v->expected : (double) NAN, 4);
    sw_jsonw_int(w, "largest_gap_s", v->largest_gap_s);
    sw_jsonw_object(w, "excluded");
    for (int i = 0; i < SW_EX__COUNT; i++)
        sw_jsonw_uint(w, sw_excluded_name((enum sw_excluded) i), v->excluded[i]);
    sw_jsonw_object_end(w);
}

static void window_limit(struct sw_jsonw *w, const struct sw_window_result *v, enum sw_kind kind)
{
    if (v->n_rules == 0) {
        sw_jsonw_null(w, "limit");
        return;
    }
    sw_jsonw_object(w, "limit");
    if (kind == SW_KIND_NOISE) {
        sw_jsonw_centi(w, "LAeq", v->limit_leq);
        sw_jsonw_centi(w, "LAmax", v->limit_max);
    } else {
        sw_jsonw_centi(w, "mean", v->limit_mean);
    }
    sw_jsonw_array(w, "rules");
    for (size_t i = 0; i < v->n_rules; i++)
        sw_jsonw_str(w, NULL, v->rules[i]->full_id);
    sw_jsonw_array_end(w);
    sw_jsonw_object_end(w);
}

/* The weather while it was open: noise may not be judged in every weather. Null where nobody knows. */
static void window_weather(struct sw_jsonw *w, const struct sw_window_result *v)
{
    if (v->wind == SW_NO_VALUE && v->rain < 0) {
        sw_jsonw_null(w, "weather");
        return;
    }
    sw_jsonw_object(w, "weather");
    sw_jsonw_centi(w, "wind_ms", v->wind);
    if (v->rain < 0)
        sw_jsonw_null(w, "rain");
    else
        sw_jsonw_bool(w, "rain", v->rain > 0);
    sw_jsonw_object_end(w);
}

/* Only where a background was taken off: the level with which the rules were compared. */
static void window_background(struct sw_jsonw *w, const struct sw_window_result *v)
{
    if (v->background == SW_BACKGROUND_NONE)
        return;
    sw_jsonw_object(w, "background");
    sw_jsonw_str(w, "method", v->background == SW_BACKGROUND_TABLE ? "table" : "exact");
    sw_jsonw_centi(w, "level", v->background_level);
    sw_jsonw_centi(w, "LAeq_corrected", v->leq_corrected);
    sw_jsonw_object_end(w);
}

/* What each rule said in the minute, so that it can be answered for long after its readings are gone. */
static void minute_judged(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_window_result *v)
{
    char statistic[32];

    sw_jsonw_array(w, "judged");
    for (size_t i = 0; i < v->n_judged; i++) {
        const struct sw_judged *r = &v->judged[i];

        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "rule", r->rule->full_id);
        sw_jsonw_str(w, "statistic", sw_rule_statistic_text(r->rule, statistic, sizeof(statistic)));
        sw_doc_text(w, "period", r->period);
        sw_jsonw_uint(w, "n", r->n);
        sw_jsonw_uint(w, "over", r->over);
        sw_jsonw_centi(w, "worst", r->worst);
        sw_jsonw_centi(w, "limit", r->limit);
        sw_jsonw_time(w, "from", s->zone, r->from_us);
        sw_jsonw_time(w, "to", s->zone, r->to_us);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
    if (v->work_detected < 0)
        sw_jsonw_null(w, "work_detected");
    else
        sw_jsonw_bool(w, "work_detected", v->work_detected > 0);
}

/* `id`: names the window for ever, so that a receiver can tell a repetition from a second one. */
static void window_id(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_window_result *v)
{
    char from[SW_RFC3339_SIZE], id[SW_ID_SIZE + sizeof(v->period) + sizeof(from)];
    const char *dot;

    sw_time_format(s->zone, v->from_us, from);
    dot = strchr(from, '.');
    snprintf(id, sizeof(id), "%s:%s:%.*s%s", s->sensors[v->sensor].id, v->period,
             dot ? (int) (dot - from) : (int) strlen(from), from, dot ? dot + 4 : "");
    sw_jsonw_str(w, "id", id);
}

size_t sw_doc_window(const struct sw_doc_site *s, const struct sw_window_result *v, int64_t ts_us, int64_t seq,
                     int historical, char *buf, size_t cap)
{
    struct sw_jsonw w;
    enum sw_kind kind;

    if (v->sensor >= s->n_sensors)
        return 0;
    kind = s->sensors[v->sensor].kind;
    sw_doc_begin(&w, buf, cap, "siteward.agg/1.0");
    sw_jsonw_time(&w, "ts", s->zone, ts_us);
    window_id(&w, s, v);
    sw_doc_origin(&w, s, seq);
    sw_jsonw_str(&w, "quantity", sw_quantity_info((enum sw_quantity) v->quantity)->name);
    sw_jsonw_time(&w, "from", s->zone, v->from_us);
    sw_jsonw_time(&w, "to", s->zone, v->to_us);
    sw_jsonw_str(&w, "period", v->period);
    if (historical >= 0)
        sw_jsonw_bool(&w, "historical", historical > 0);
    window_value_members(&w, v, kind);
    window_counts(&w, v);
    window_limit(&w, v, kind);
    sw_jsonw_str(&w, "q", sw_quality_name(v->quality));
    sw_doc_flag(&w, v->flag);
    window_weather(&w, v);
    window_background(&w, v);
    if (sw_window_is_minute(v))
        minute_judged(&w, s, v);
    sw_jsonw_str(&w, "time_quality", v->time_quality == SW_TIME_SYNCED ? "synced" : "unsynced");
    if (v->partial)
        sw_jsonw_bool(&w, "partial", true);
    return sw_doc_end(&w, s);
}

/* Decimals that show a number of hundredths exactly. */
static int decimals_of(int32_t hundredths)
{
    if (hundredths % 100 == 0)
        return 0;
    return hundredths % 10 == 0 ? 1 : 2;
}

/* The value as the verdict sees it: rounded half up to the rule's resolution. */
static int32_t rounded_to(int32_t value, int32_t resolution)
{
    int64_t shifted = (int64_t) value + resolution / 2;
    int64_t steps = shifted / resolution;

    if (shifted % resolution < 0)
        steps--;
    return (int32_t) (steps * resolution);
}

/* A sentence for people why the rule stands where it stands; false when there is nothing to say. The comparison is
 * that of the verdict, so that it never reads "55.0 > 55.0". */
static bool rule_reason(const struct sw_rule_state *r, char *buf, size_t cap)
{
    const int32_t resolution = r->rule->resolution > 0 ? r->rule->resolution : 1;
    const int decimals = decimals_of(resolution);
    const int limit_decimals = SW_MAX(decimals, decimals_of(r->rule->limit));
    const double limit = r->rule->limit / 100.0;
    const bool known = r->in_force && r->value != SW_NO_VALUE;
    const int32_t value = known ? rounded_to(r->value, resolution) : 0;
    char statistic[32];

    sw_rule_statistic_text(r->rule, statistic, sizeof(statistic));
    switch (r->state) {
    case SW_STATE_FAULT:
        snprintf(buf, cap, "device fault or no answer");
        return true;
    case SW_STATE_NODATA:
        snprintf(buf, cap, "no counted reading");
        return true;
    case SW_STATE_ALERTING:
    case SW_STATE_PENDING:
    case SW_STATE_RECOVERING:
        if (!known)
            return false;
        snprintf(buf, cap, "%s %.*f %s %.*f", statistic, decimals, value / 100.0,
                 value > r->rule->limit ? ">" : "<=", limit_decimals, limit);
        return true;
    case SW_STATE_FORECAST:
        if (r->forecast.budget_s < 0)
            snprintf(buf, cap, "%s likely over %.*f", statistic, limit_decimals, limit);
        else
            snprintf(buf, cap, "%s over %.*f in %ld s", statistic, limit_decimals, limit, (long) r->forecast.budget_s);
        return true;
    default:
        return false;
    }
}

static void state_rule(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_rule_state *r)
{
    char reason[128];

    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "rule", r->rule->full_id);
    sw_jsonw_str(w, "state", sw_state_name(r->state));
    sw_jsonw_str(w, "previous", sw_state_name(r->previous));
    sw_jsonw_time(w, "since", s->zone, r->since_us);
    if (r->held == SW_STATE_ALERTING)
        sw_jsonw_str(w, "held", sw_state_name(r->held));
    sw_jsonw_str(w, "reason", rule_reason(r, reason, sizeof(reason)) ? reason : NULL);
    sw_jsonw_centi(w, "value", r->in_force ? r->value : SW_NO_VALUE);
    sw_jsonw_centi(w, "limit", r->rule->limit);
    /* Each reading of a max rule is judged by itself: there is no budget that could run out. */
    if (r->rule->statistic != SW_STAT_MAX) {
        sw_jsonw_object(w, "forecast");
        sw_doc_forecast_members(w, s->zone, r->forecast.probability, r->forecast.crosses_at_us, r->forecast.budget_s);
        sw_jsonw_centi(w, "level_now", r->forecast.level_now);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_object_end(w);
}

size_t sw_doc_state(const struct sw_doc_site *s, size_t sensor, const struct sw_judge *j, int64_t ts_us, char *buf,
                    size_t cap)
{
    const size_t n = sw_judge_n_rules(j);
    const int worst = sw_judge_worst(j);
    const struct sw_rule_state *top = NULL;
    struct sw_jsonw w;

    if (sensor >= s->n_sensors)
        return 0;
    if (worst >= 0 && (size_t) worst < n)
        top = sw_judge_rule(j, (size_t) worst);
    sw_doc_begin(&w, buf, cap, "siteward.state/1.0");
    sw_jsonw_time(&w, "ts", s->zone, ts_us);
    sw_jsonw_str(&w, "gw", s->gateway);
    sw_jsonw_str(&w, "sensor", s->sensors[sensor].id);
    sw_jsonw_str(&w, "state", sw_state_name(sw_judge_state(j)));
    sw_jsonw_str(&w, "rule", top ? top->rule->full_id : NULL);
    sw_jsonw_array(&w, "rules");
    for (size_t i = 0; i < n; i++)
        state_rule(&w, s, sw_judge_rule(j, i));
    sw_jsonw_array_end(&w);
    return sw_doc_end(&w, s);
}

/* The word of the contract for an input's `kind`. */
static const char *input_kind(enum sw_quantity q)
{
    switch (q) {
    case SW_QUANTITY_CAMERA:
        return "camera-trigger";
    case SW_QUANTITY_DOOR:
        return "door";
    case SW_QUANTITY_POWER:
        return "power";
    case SW_QUANTITY_TAMPER:
        return "tamper";
    default:
        return "input";
    }
}

size_t sw_doc_sensor_event(const struct sw_doc_site *s, const struct sw_sensor_event *v, int64_t ts_us, int64_t seq,
                           char *buf, size_t cap)
{
    struct sw_jsonw w;

    sw_doc_begin(&w, buf, cap, "siteward.event/1.0");
    sw_jsonw_str(&w, "id", v->id);
    sw_doc_origin(&w, s, seq);
    sw_jsonw_time(&w, "ts", s->zone, ts_us);
    sw_jsonw_str(&w, "kind", input_kind((enum sw_quantity) v->quantity));
    sw_jsonw_bool(&w, "active", v->active);
    sw_jsonw_uint(&w, "count", v->count);
    sw_jsonw_object(&w, "work");
    sw_doc_work_members(&w, &v->work);
    sw_jsonw_object_end(&w);
    sw_jsonw_array(&w, "media");
    sw_jsonw_array_end(&w);
    return sw_doc_end(&w, s);
}

size_t sw_doc_meta(const struct sw_doc_site *s, size_t sensor, int64_t ts_us, char *buf, size_t cap)
{
    const struct sw_doc_sensor *v;
    const struct sw_quantity_info *info;
    struct sw_jsonw w;

    if (sensor >= s->n_sensors)
        return 0;
    v = &s->sensors[sensor];
    info = sw_quantity_info(v->level);
    sw_doc_begin(&w, buf, cap, "siteward.sensor/1.0");
    sw_jsonw_time(&w, "ts", s->zone, ts_us);
    sw_jsonw_str(&w, "id", v->id);
    sw_doc_text(&w, "name", v->name);
    sw_jsonw_str(&w, "kind", sw_kind_name(v->kind));
    sw_jsonw_str(&w, "quantity", info->name);
    sw_jsonw_str(&w, "unit", info->unit);
    sw_doc_text(&w, "template", v->template_id);
    sw_doc_text(&w, "class", v->measuring_class);
    sw_jsonw_object(&w, "position");
    sw_jsonw_num(&w, "lat", v->lat, DEGREE_DECIMALS);
    sw_jsonw_num(&w, "lon", v->lon, DEGREE_DECIMALS);
    sw_jsonw_num(&w, "height_m", v->height_m, 1);
    sw_doc_text(&w, "place", v->place);
    sw_jsonw_object_end(&w);
    sw_jsonw_null(&w, "calibration"); /* none is recorded in this version: unknown */
    sw_jsonw_int(&w, "interval_ms", v->interval_us / SW_US_PER_MS);
    sw_jsonw_array(&w, "periods");
    for (size_t i = 0; i < v->n_periods; i++)
        sw_jsonw_str(&w, NULL, v->periods[i]);
    sw_jsonw_array_end(&w);
    return sw_doc_end(&w, s);
}
