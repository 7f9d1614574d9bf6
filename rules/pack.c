// SPDX-License-Identifier: Apache-2.0
/* What a pack must hold beyond the types and bounds of its keys; and the words for its statistics. Periods and single
 * rules are looked at in pack_periods.c and pack_check.c; reading the file is config's, judging by it the judge's. */
#include "rules/pack.h"

#include <stdio.h>
#include <string.h>

#include "common/ident.h"
#include "rules/pack_check.h"

static int fault_in_forecast(const struct sw_pack *pack, struct sw_err *err)
{
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

static int fault_in_corrections(const struct sw_pack *pack, struct sw_err *err)
{
    const struct sw_correction *c = pack->corrections;

    if (pack->n_corrections > SW_PACK_CORRECTIONS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "more than %d corrections", SW_PACK_CORRECTIONS_MAX);
    for (size_t i = 0; i < pack->n_corrections; i++) {
        if (c[i].difference_db < 0 || c[i].minus < 0)
            return sw_err_set(err, SW_E_INVAL, 0, "corrections: differences and what is taken off must be 0 or more");
        if (i > 0 && c[i].difference_db <= c[i - 1].difference_db)
            return sw_err_set(err, SW_E_INVAL, 0, "corrections must stand in order of the difference, each once");
    }
    return SW_OK;
}

static int fault_in_day_names(const struct sw_pack *pack, struct sw_err *err)
{
    if (pack->n_day_names > SW_DAY_NAMES_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "more than %d day_names", SW_DAY_NAMES_MAX);
    for (size_t i = 0; i < pack->n_day_names; i++) {
        if (!sw_id_is_valid(pack->day_name[i]))
            return sw_err_set(err, SW_E_INVAL, 0, "day_names: a name must be of a-z, 0-9 and '-'");
        for (size_t k = 0; k < i; k++)
            if (strcmp(pack->day_name[k], pack->day_name[i]) == 0)
                return sw_err_set(err, SW_E_INVAL, 0, "day_names: %s stands twice", pack->day_name[i]);
    }
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
    if (pack->n_options > SW_PACK_OPTIONS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "more than %d options", SW_PACK_OPTIONS_MAX);
    if (!(pack->capture_min > 0.0 && pack->capture_min <= 1.0))
        return sw_err_set(err, SW_E_INVAL, 0, "capture_min must be above 0 and at most 1");
    if (pack->gap_max_s < 0 || pack->gap_max_s > SW_S_PER_DAY)
        return sw_err_set(err, SW_E_INVAL, 0, "gap_max must be 0 s to 24 h");
    if (pack->has_weather && (pack->wind_below < 1 || pack->rain_hold_s < 0 || pack->rain_hold_s > SW_S_PER_DAY))
        return sw_err_set(err, SW_E_INVAL, 0, "weather: wind_below must be above 0, rain_hold 0 s to 24 h");
    if (pack->notice_before_s < 0 || pack->notice_before_s > 30 * SW_S_PER_DAY)
        return sw_err_set(err, SW_E_INVAL, 0, "notice_before must be 0 s to 30 d");
    if (pack->detect_background < 0 || pack->detect_idle < 0 || pack->detect_days_min < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "detect: its figures must be 0 or more");
    return SW_OK;
}

static void complete(struct sw_pack *pack, struct sw_rule *r)
{
    char pack_id[sizeof(pack->id)], id[sizeof(r->id)]; /* copies: gcc takes members of one struct for overlapping */

    memcpy(pack_id, pack->id, sizeof(pack_id));
    memcpy(id, r->id, sizeof(id));
    snprintf(r->full_id, sizeof(r->full_id), "%s/%s", pack_id, id);
    if (r->family[0] == '\0') /* of a rule that always applies: its own name */
        snprintf(r->family, sizeof(r->family), "%.31s", r->period >= 0 ? pack->periods[r->period].id : r->id);
    if (r->consecutive == 0)
        r->consecutive = 1;
    if (r->statistic == SW_STAT_MAX && r->window_s == 0)
        r->sliding = false;
}

int sw_pack_validate(struct sw_pack *pack, struct sw_err *err)
{
    int code = fault_in_pack(pack, err);

    if (code == SW_OK)
        code = fault_in_forecast(pack, err);
    if (code == SW_OK)
        code = fault_in_corrections(pack, err);
    if (code == SW_OK)
        code = fault_in_day_names(pack, err);
    if (code == SW_OK)
        code = sw_pack_check_periods(pack, err);
    for (size_t i = 0; code == SW_OK && i < pack->n_rules; i++)
        code = sw_pack_check_rule(pack, i, err);
    for (size_t i = 0; code == SW_OK && i < pack->n_rules; i++)
        complete(pack, &pack->rules[i]);
    return code;
}

const char *sw_statistic_name(enum sw_statistic s)
{
    static const char *const name[SW_STAT__COUNT] = {
        [SW_STAT_LEQ] = "leq", [SW_STAT_MAX] = "max", [SW_STAT_MEAN] = "mean",    [SW_STAT_MIN] = "min",
        [SW_STAT_L5] = "l5",   [SW_STAT_L10] = "l10", [SW_STAT_L50] = "l50",      [SW_STAT_L90] = "l90",
        [SW_STAT_L95] = "l95", [SW_STAT_SD] = "sd",   [SW_STAT_LAFTM5] = "laftm5"};

    return (int) s >= 0 && s < SW_STAT__COUNT ? name[s] : "";
}

/* What is taken, without the window. */
static void statistic_text(const struct sw_rule *rule, char *buf, size_t cap)
{
    static const char *const noise[SW_STAT__COUNT] = {
        [SW_STAT_LEQ] = "LAeq", [SW_STAT_MAX] = "LAFmax", [SW_STAT_MEAN] = "LAeq",    [SW_STAT_MIN] = "LAFmin",
        [SW_STAT_L5] = "LA5",   [SW_STAT_L10] = "LA10",   [SW_STAT_L50] = "LA50",     [SW_STAT_L90] = "LA90",
        [SW_STAT_L95] = "LA95", [SW_STAT_SD] = "SD(LAF)", [SW_STAT_LAFTM5] = "LAFTm5"};
    const char *name = sw_quantity_info(rule->quantity)->name;
    const bool is_plain = rule->statistic == SW_STAT_MEAN || rule->window_s == 0;

    if ((int) rule->statistic < 0 || rule->statistic >= SW_STAT__COUNT)
        snprintf(buf, cap, "?");
    else if (rule->kind == SW_KIND_NOISE)
        snprintf(buf, cap, "%s", noise[rule->statistic]);
    else
        snprintf(buf, cap, "%s%s%s", name, is_plain ? "" : " ", is_plain ? "" : sw_statistic_name(rule->statistic));
}

const char *sw_rule_statistic_text(const struct sw_rule *rule, char *buf, size_t cap)
{
    const int32_t s = rule->window_s;
    char name[24];

    statistic_text(rule, name, sizeof(name));
    if (rule->statistic == SW_STAT_MAX && s == 0)
        snprintf(buf, cap, "%s", name);
    else if (s == 0) /* the whole period: T is the field's letter for it */
        snprintf(buf, cap, "%s,T", name);
    else if (s % 3600 == 0)
        snprintf(buf, cap, "%s,%dh", name, (int) (s / 3600));
    else if (s % 60 == 0)
        snprintf(buf, cap, "%s,%dmin", name, (int) (s / 60));
    else
        snprintf(buf, cap, "%s,%ds", name, (int) s);
    return buf;
}
