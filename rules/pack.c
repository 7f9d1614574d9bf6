// SPDX-License-Identifier: Apache-2.0
/* What a pack must hold beyond the types and bounds of its keys: periods that fit together, rules that can be judged.
 * Reading the file is config's, judging by it the judge's. */
#include "rules/pack.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/ident.h"
#include "rules/energy.h"

#define WEEK_MIN (7 * 1440)

static int fault_in_period(const struct sw_pack *pack, size_t i, struct sw_err *err)
{
    const struct sw_period *p = &pack->periods[i];

    if (strnlen(p->id, sizeof(p->id)) == sizeof(p->id) || !sw_id_is_valid(p->id))
        return sw_err_set(err, SW_E_INVAL, 0, "period %zu: its id must be 1 to 15 of a-z, 0-9 and '-'", i + 1);
    if (p->id[0] >= '0' && p->id[0] <= '9')
        return sw_err_set(err, SW_E_INVAL, 0, "period %s: its id must start with a letter, for 1h is a window", p->id);
    for (size_t k = 0; k < i; k++) {
        if (strcmp(pack->periods[k].id, p->id) == 0)
            return sw_err_set(err, SW_E_INVAL, 0, "period %s stands twice; remove or rename one", p->id);
    }
    if (p->from_min < 0 || p->from_min > 1439 || p->to_min < 0 || p->to_min > 1440)
        return sw_err_set(err, SW_E_INVAL, 0, "period %s: must begin at 00:00 to 23:59 and end by 24:00", p->id);
    if (p->days == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "period %s: name at least one weekday", p->id);
    return SW_OK;
}

static int period_length_min(const struct sw_period *p)
{
    return p->to_min > p->from_min ? p->to_min - p->from_min : p->to_min + 1440 - p->from_min;
}

static bool covers(const struct sw_period *p, int minute_of_week)
{
    for (int day = 0; day < 7; day++) {
        int since = (minute_of_week - day * 1440 - p->from_min + 2 * WEEK_MIN) % WEEK_MIN;

        if ((p->days >> day & 1) && since < period_length_min(p))
            return true;
    }
    return false;
}

static int fault_in_overlap(const struct sw_pack *pack, struct sw_err *err)
{
    static const char *const weekday[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

    for (int minute = 0; minute < WEEK_MIN; minute++) {
        const struct sw_period *first = NULL;

        for (size_t i = 0; i < pack->n_periods; i++) {
            if (!covers(&pack->periods[i], minute))
                continue;
            if (first)
                return sw_err_set(err, SW_E_INVAL, 0, "periods %s and %s overlap on %s at %02d:%02d; let one end first",
                                  first->id, pack->periods[i].id, weekday[minute / 1440], minute / 60 % 24,
                                  minute % 60);
            first = &pack->periods[i];
        }
    }
    return SW_OK;
}

static int fault_in_statistic(const struct sw_rule *r, struct sw_err *err)
{
    bool is_noise = r->kind == SW_KIND_NOISE;

    if (r->statistic < 0 || r->statistic >= SW_STAT__COUNT || r->kind < 0 || r->kind >= SW_KIND__COUNT)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: unknown statistic or kind", r->id);
    if (is_noise && r->statistic == SW_STAT_MEAN)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: levels are averaged by energy; write statistic leq", r->id);
    if (!is_noise && r->statistic == SW_STAT_LEQ)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: leq is for noise; write statistic mean", r->id);
    if (!is_noise && (r->quantity == SW_QUANTITY_NONE || sw_quantity_info(r->quantity)->kind != r->kind))
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: name a quantity of kind %s", r->id, sw_kind_name(r->kind));
    if (r->quantity == SW_QUANTITY_WIND_DIR)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: a wind direction has no limit", r->id);
    if (r->statistic == SW_STAT_MAX && r->window_s != 0)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: max judges every reading; remove the window", r->id);
    if (r->statistic != SW_STAT_MAX && (r->window_s < 1 || r->window_s > SW_RULE_WINDOW_MAX_S))
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: the window must last 1 s to 24 h", r->id);
    return SW_OK;
}

static int fault_in_figures(const struct sw_pack *pack, const struct sw_rule *r, struct sw_err *err)
{
    bool is_noise = r->kind == SW_KIND_NOISE;
    int32_t least = is_noise ? SW_LEVEL_MIN : 0, most = is_noise ? SW_LEVEL_MAX : 1000000000;

    if (r->limit < least || r->limit > most)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: a limit of %.2f cannot be", r->id, r->limit / 100.0);
    if (r->resolution < 1 || r->resolution > 10000)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: resolution must be 0.01 to 100", r->id);
    if (r->recover_below < 0 || r->limit - r->recover_below < least)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: the recovery margin must be 0 or more, and leave a level",
                          r->id);
    if (r->recover_for_s < 0 || r->recover_for_s > SW_S_PER_DAY)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: recovery must last 0 s to 24 h", r->id);
    if (r->continuation_s < 0 || r->continuation_s > SW_S_PER_DAY)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: continuation must be 0 s to 24 h", r->id);
    if (r->period < -1 || r->period >= (int) pack->n_periods)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: its period is not among those of the pack", r->id);
    if (r->sliding && r->period >= 0 && r->window_s > 60 * period_length_min(&pack->periods[r->period]))
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: the window is longer than its period %s and never full", r->id,
                          pack->periods[r->period].id);
    return SW_OK;
}

static int fault_in_pack(const struct sw_pack *pack, struct sw_err *err)
{
    if (!sw_id_is_valid(pack->id))
        return sw_err_set(err, SW_E_INVAL, 0, "the pack's id must be of a-z, 0-9 and '-'");
    if (pack->n_periods > SW_PACK_PERIODS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "more than %d periods", SW_PACK_PERIODS_MAX);
    if (pack->n_rules == 0 || pack->n_rules > SW_PACK_RULES_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "a pack has 1 to %d rules", SW_PACK_RULES_MAX);
    if (!(pack->capture_min > 0.0 && pack->capture_min <= 1.0))
        return sw_err_set(err, SW_E_INVAL, 0, "capture_min must be above 0 and at most 1");
    if (!(pack->forecast_threshold > 0.0 && pack->forecast_threshold <= 1.0))
        return sw_err_set(err, SW_E_INVAL, 0, "the forecast's threshold must be above 0 and at most 1");
    if (pack->budget_max_s < 60 || pack->budget_max_s > SW_S_PER_DAY)
        return sw_err_set(err, SW_E_INVAL, 0, "budget_max must be 1 min to 24 h");
    if (pack->horizon_s < 1 || pack->horizon_s > pack->budget_max_s)
        return sw_err_set(err, SW_E_INVAL, 0, "the forecast's horizon must be 1 s to budget_max");
    if (pack->confirm_s < 0 || pack->confirm_s > SW_S_PER_DAY || pack->clear_s < 0 || pack->clear_s > SW_S_PER_DAY)
        return sw_err_set(err, SW_E_INVAL, 0, "the forecast's confirm and clear must be 0 s to 24 h");
    return SW_OK;
}

static int fault_in_rule(const struct sw_pack *pack, size_t i, struct sw_err *err)
{
    const struct sw_rule *r = &pack->rules[i];
    int code;

    if (!sw_id_is_valid(r->id))
        return sw_err_set(err, SW_E_INVAL, 0, "rule %zu: its id must be of a-z, 0-9 and '-'", i + 1);
    for (size_t k = 0; k < i; k++) {
        if (strcmp(pack->rules[k].id, r->id) == 0)
            return sw_err_set(err, SW_E_INVAL, 0, "rule %s stands twice; remove or rename one", r->id);
    }
    code = fault_in_statistic(r, err);
    if (code < 0)
        return code;
    return fault_in_figures(pack, r, err);
}

int sw_pack_validate(struct sw_pack *pack, struct sw_err *err)
{
    int code = fault_in_pack(pack, err);

    for (size_t i = 0; code == SW_OK && i < pack->n_periods; i++)
        code = fault_in_period(pack, i, err);
    if (code == SW_OK)
        code = fault_in_overlap(pack, err);
    for (size_t i = 0; code == SW_OK && i < pack->n_rules; i++)
        code = fault_in_rule(pack, i, err);
    if (code < 0)
        return code;
    for (size_t i = 0; i < pack->n_rules; i++) {
        struct sw_rule *r = &pack->rules[i];
        char pack_id[sizeof(pack->id)], id[sizeof(r->id)]; /* copies: gcc takes members of one struct for overlapping */

        memcpy(pack_id, pack->id, sizeof(pack_id));
        memcpy(id, r->id, sizeof(id));
        snprintf(r->full_id, sizeof(r->full_id), "%s/%s", pack_id, id);
        if (r->family[0] == '\0') /* of a rule that always applies: its own name */
            snprintf(r->family, sizeof(r->family), "%.31s", r->period >= 0 ? pack->periods[r->period].id : r->id);
    }
    return SW_OK;
}

const char *sw_statistic_name(enum sw_statistic s)
{
    static const char *const name[SW_STAT__COUNT] = {"leq", "max", "mean"};

    return s >= 0 && s < SW_STAT__COUNT ? name[s] : "";
}

const char *sw_rule_statistic_text(const struct sw_rule *rule, char *buf, size_t cap)
{
    const char *name = rule->statistic == SW_STAT_LEQ ? "LAeq" : sw_quantity_info(rule->quantity)->name;
    int32_t s = rule->window_s;

    if (rule->statistic == SW_STAT_MAX)
        snprintf(buf, cap, "%s", rule->kind == SW_KIND_NOISE ? "LAFmax" : name);
    else if (s % 3600 == 0)
        snprintf(buf, cap, "%s,%dh", name, (int) (s / 3600));
    else if (s % 60 == 0)
        snprintf(buf, cap, "%s,%dmin", name, (int) (s / 60));
    else
        snprintf(buf, cap, "%s,%ds", name, (int) s);
    return buf;
}
