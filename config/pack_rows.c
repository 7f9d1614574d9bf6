// SPDX-License-Identifier: Apache-2.0
/* Every key of a pack of limits. What the keys become is read_pack.c's, what they mean together rules/pack.c's. */
#include "config/pack_conf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIGURE_JSON                                                                                                    \
    "{\"type\":\"number\"},{\"type\":\"object\",\"required\":[\"by\"]},"                                               \
    "{\"type\":\"object\",\"properties\":{\"from\":{\"type\":\"string\"},\"plus\":{\"type\":\"number\"}},"             \
    "\"required\":[\"from\"],\"additionalProperties\":false}"

static const struct sw_word kind_words[] = {{"noise", SW_KIND_NOISE}, {"dust", SW_KIND_DUST}, {NULL, 0}};
static const struct sw_word statistic_words[] = {
    {"leq", SW_STAT_LEQ}, {"max", SW_STAT_MAX}, {"mean", SW_STAT_MEAN},     {"min", SW_STAT_MIN},
    {"l5", SW_STAT_L5},   {"l10", SW_STAT_L10}, {"l50", SW_STAT_L50},       {"l90", SW_STAT_L90},
    {"l95", SW_STAT_L95}, {"sd", SW_STAT_SD},   {"laftm5", SW_STAT_LAFTM5}, {NULL, 0}};
static const struct sw_word mode_words[] = {{"sliding", SW_MODE_SLIDING}, {"aligned", SW_MODE_ALIGNED}, {NULL, 0}};
static const struct sw_word anchor_words[] = {
    {"midnight", SW_ANCHOR_MIDNIGHT}, {"period_start", SW_ANCHOR_PERIOD_START}, {NULL, 0}};
static const struct sw_word background_words[] = {
    {"none", SW_BACKGROUND_NONE}, {"table", SW_BACKGROUND_TABLE}, {"exact", SW_BACKGROUND_EXACT}, {NULL, 0}};
static const struct sw_word reference_words[] = {
    {"difference", SW_REFERENCE_DIFFERENCE}, {"ratio", SW_REFERENCE_RATIO}, {NULL, 0}};
static const struct sw_word sure_words[] = {
    {"confirmed", SW_SURE_CONFIRMED}, {"secondary", SW_SURE_SECONDARY}, {"unverified", SW_SURE_UNVERIFIED}, {NULL, 0}};
static const struct sw_word option_words[] = {{"choice", SW_OPTION_CHOICE}, {"number", SW_OPTION_NUMBER}, {NULL, 0}};

static bool parse_window(const char *text, void *dest, char *why, size_t cap)
{
    const struct sw_node node = {.kind = SW_NODE_SCALAR, .is_plain = true, .text = text, .len = strlen(text)};
    const struct sw_row row = {
        .type = SW_ROW_DURATION_S, .size = sizeof(int32_t), .min = 1, .max = SW_RULE_WINDOW_MAX_S};

    if (strcmp(text, "period") != 0)
        return sw_value_read(&row, &node, dest, why, cap);
    if (dest != NULL)
        *(int32_t *) dest = SW_WINDOW_PERIOD;
    return true;
}

/* "2h30m": durations one after the other. */
static bool parse_run_time(const char *text, void *dest, char *why, size_t cap)
{
    long total = 0;

    for (const char *at = text; at != NULL && (*at != '\0' || at == text);) {
        char *end = NULL;
        const long count = isdigit((unsigned char) *at) && strspn(at, "0123456789") <= 6 ? strtol(at, &end, 10) : -1;
        const long unit = count < 0 ? 0 : *end == 'h' ? 3600 : *end == 'm' ? 60 : *end == 's' ? 1 : 0;

        total += count * unit;
        at = unit > 0 ? end + 1 : NULL;
        if (at == NULL || total > SW_S_PER_DAY) {
            (void) snprintf(why, cap, "must be a duration such as 2h30m or 45m, at most 24h");
            return false;
        }
    }
    if (dest != NULL)
        *(int32_t *) dest = (int32_t) total;
    return true;
}

static const struct sw_row name_rows[] = {
    {"names", SW_ROW_TEXT, 0, SW_AT(sw_name_conf, name), .min = 1},
    {0},
};

static const struct sw_row help_rows[] = {
    {"en", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(sw_option_conf, help_en), .min = 1, .help = "English"},
    {"zh-CN", SW_ROW_TEXT, 0, SW_AT(sw_option_conf, help_zh), .help = "Chinese"},
    {0},
};

static const struct sw_row option_rows[] = {
    {"type", SW_ROW_ENUM, SW_ROW_REQUIRED, SW_AT(sw_option_conf, type), .words = option_words,
     .help = "one of its values, or a number"},
    {"values", SW_ROW_LIST, SW_ROW_SCALARS, SW_AT(sw_option_conf, values), .min = 1, .max = SW_OPTION_VALUES_MAX,
     .of = name_rows, .of_size = sizeof(struct sw_name_conf), .help = "of a choice: what may be chosen"},
    {"default", SW_ROW_TEXT, 0, SW_AT(sw_option_conf, dflt), .min = 1, .help = "without one a site must choose"},
    {"unit", SW_ROW_TEXT, 0, .min = 1, .max = 15, .help = "of a number"},
    {"min", SW_ROW_NUMBER, SW_ROW_NAN, SW_AT(sw_option_conf, min), .help = "least number"},
    {"max", SW_ROW_NUMBER, SW_ROW_NAN, SW_AT(sw_option_conf, max), .help = "greatest number"},
    {"help", SW_ROW_MAP, .of = help_rows, .help = "what a site chooses by it"},
    {0},
};

static const struct sw_row period_rows[] = {
    {"from", SW_ROW_CLOCK, SW_ROW_REQUIRED, SW_AT(sw_period_conf, p.from_min), .help = "start on the site's clock"},
    {"to", SW_ROW_CLOCK, SW_ROW_REQUIRED, SW_AT(sw_period_conf, p.to_min),
     .help = "end; not after the start = on the next day"},
    {"night", SW_ROW_BOOL, 0, SW_AT(sw_period_conf, p.is_night), .dflt = "false", .help = "work needs a permit"},
    {"days", SW_ROW_LIST, SW_ROW_SCALARS, SW_AT(sw_period_conf, days), .min = 1, .max = 16, .of = name_rows,
     .of_size = sizeof(struct sw_name_conf),
     .help = "days on which it starts: mon to sun, holiday, names of day_names; default: all"},
    {0},
};

static const struct sw_row recover_rows[] = {
    {"below", SW_ROW_NUMBER, SW_ROW_NAN, SW_AT(sw_rule_conf, recover_below),
     .help = "so far under the limit, in its unit; default: 1 dB, 1 ug/m3, 0 of a ratio"},
    {"for", SW_ROW_DURATION_S, 0, SW_AT(sw_rule_conf, r.recover_for_s), .max = 86400, .dflt = "5m",
     .help = "good data for so long; of a max rule: so long without one over the limit"},
    {0},
};

static const struct sw_row reference_rows[] = {
    {"mode", SW_ROW_ENUM, SW_ROW_REQUIRED, SW_AT(sw_rule_conf, r.reference), .words = reference_words,
     .help = "taken off the statistic, or the statistic divided by it"},
    {"quantity", SW_ROW_QUANTITY, 0, SW_AT(sw_rule_conf, r.reference_quantity),
     .help = "of the reference sensor; default: the rule's"},
    {"factor", SW_ROW_NUMBER, 0, SW_AT(sw_rule_conf, r.reference_factor), .min = 0.01, .max = 100, .dflt = "1",
     .help = "the reference counts so many times"},
    {"cap", SW_ROW_NUMBER, SW_ROW_NAN, SW_AT(sw_rule_conf, reference_cap),
     .help = "a reference above it counts as this, in the limit's unit; default: none"},
    {0},
};

static const struct sw_row deduction_rows[] = {
    {"run_time", SW_ROW_PARSED, SW_ROW_REQUIRED, SW_AT(sw_deduction_conf, run_max_s), .parse = parse_run_time,
     .pattern = "^([0-9]{1,6}[hms])+$", .help = "machines ran in the window up to this: 2h30m"},
    {"minus", SW_ROW_NUMBER, SW_ROW_REQUIRED, SW_AT(sw_deduction_conf, minus), .help = "so much is taken off"},
    {0},
};

static const struct sw_row rule_rows[] = {
    {"kind", SW_ROW_ENUM, SW_ROW_REQUIRED, SW_AT(sw_rule_conf, r.kind), .words = kind_words,
     .help = "sensors it judges"},
    {"quantity", SW_ROW_QUANTITY, 0, SW_AT(sw_rule_conf, r.quantity), .help = "of dust; noise is judged by its level"},
    {"statistic", SW_ROW_ENUM, SW_ROW_REQUIRED, SW_AT(sw_rule_conf, r.statistic), .words = statistic_words,
     .help = "what is taken of a window"},
    {"window", SW_ROW_PARSED, 0, SW_AT(sw_rule_conf, r.window_s), .parse = parse_window,
     .pattern = "^([0-9]+(ms|s|m|h|d)|period)$",
     .help = "length of the window, or period: the whole of it; a max rule without one judges every reading"},
    {"mode", SW_ROW_ENUM, 0, SW_AT(sw_rule_conf, mode), .words = mode_words,
     .help = "a window at each reading, or windows by the clock; default: sliding where that can be"},
    {"anchor", SW_ROW_ENUM, 0, SW_AT(sw_rule_conf, r.anchor), .dflt = "midnight", .words = anchor_words,
     .help = "where aligned windows are counted from"},
    {"period", SW_ROW_TEXT, 0, SW_AT(sw_rule_conf, period), .min = 1, .help = "id of a period; default: always"},
    {"stages", SW_ROW_LIST, SW_ROW_SCALARS, SW_AT(sw_rule_conf, stages), .min = 1, .max = SW_RULE_STAGES_MAX,
     .of = name_rows, .of_size = sizeof(struct sw_name_conf),
     .help = "applies in these stages of the works only; default: all"},
    {"when", SW_ROW_NODE, 0, SW_AT(sw_rule_conf, when),
     .json = "[{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":"
             "{\"type\":[\"string\",\"number\",\"array\"]}}]",
     .help = "the rule exists for these values of options only"},
    {"family", SW_ROW_TEXT, 0, SW_AT(sw_rule_conf, r.family), .min = 1,
     .help = "rules of one family are one matter; default: the period"},
    {"limit", SW_ROW_NODE, SW_ROW_REQUIRED, SW_AT(sw_rule_conf, limit), .json = "[" FIGURE_JSON "]",
     .help = "exceeded when the statistic is greater; a number, {by: OPTION, …} or {from: OPTION, plus: N}"},
    {"unit", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(sw_rule_conf, unit), .min = 1,
     .help = "of the limit: dBA; ug/m3 or mg/m3; \"1\" of a ratio"},
    {"adjust", SW_ROW_NODE, 0, SW_AT(sw_rule_conf, adjust), .json = "[" FIGURE_JSON "]",
     .help = "added to the statistic before it is compared; default: 0"},
    {"resolution", SW_ROW_NUMBER, SW_ROW_NAN, SW_AT(sw_rule_conf, resolution), .min = 0.00001, .max = 100,
     .help = "the statistic is rounded half up to this; default: 0.1 dB, 1 ug/m3, 0.01 of a ratio"},
    {"allowed", SW_ROW_INT, 0, SW_AT(sw_rule_conf, r.allowed), .max = 1000, .dflt = "0",
     .help = "so many windows over on one day do not alert yet"},
    {"consecutive", SW_ROW_INT, 0, SW_AT(sw_rule_conf, r.consecutive), .min = 1, .max = 1000, .dflt = "1",
     .help = "so many windows over in a row before it alerts"},
    {"continuation", SW_ROW_DURATION_S, 0, SW_AT(sw_rule_conf, r.continuation_s), .max = 86400, .dflt = "0s",
     .help = "over for so long before it alerts"},
    {"recover", SW_ROW_MAP, .of = recover_rows, .help = "when it is over again"},
    {"background", SW_ROW_ENUM, 0, SW_AT(sw_rule_conf, r.background), .dflt = "none", .words = background_words,
     .help = "how the background that a site has entered is taken off"},
    {"reference", SW_ROW_MAP, .of = reference_rows, .help = "compared with a reference sensor"},
    {"deductions", SW_ROW_LIST, 0, SW_AT(sw_rule_conf, deductions), .min = 1, .max = SW_RULE_DEDUCTIONS_MAX,
     .of = deduction_rows, .of_size = sizeof(struct sw_deduction_conf), .help = "for machines that ran a short time"},
    {"source", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(sw_rule_conf, r.source), .min = 1,
     .help = "where the figure stands"},
    {"sure", SW_ROW_ENUM, SW_ROW_REQUIRED, SW_AT(sw_rule_conf, r.sure), .words = sure_words,
     .help = "confirmed = the text was read; secondary = somebody's restatement; unverified = check it"},
    {0},
};

static const struct sw_row weather_rows[] = {
    {"wind_below", SW_ROW_CENTI, 0, SW_AT(sw_pack_conf, p.wind_below), .min = 0.01, .max = 100, .dflt = "5",
     .unit = "m/s", .help = "noise is judged below this wind only"},
    {"rain_hold", SW_ROW_DURATION_S, 0, SW_AT(sw_pack_conf, p.rain_hold_s), .max = 86400, .dflt = "5m",
     .help = "and so long after rain"},
    {0},
};

static const struct sw_row detect_rows[] = {
    {"background", SW_ROW_CENTI, 0, SW_AT(sw_pack_conf, p.detect_background), .min = 0, .max = 60, .dflt = "6",
     .unit = "dB", .help = "work is heard when LA90,5min is so far over the background"},
    {"idle", SW_ROW_CENTI, 0, SW_AT(sw_pack_conf, p.detect_idle), .min = 0, .max = 60, .dflt = "3", .unit = "dB",
     .help = "and LAeq,5min so far over what is usual without work"},
    {"days_min", SW_ROW_INT, 0, SW_AT(sw_pack_conf, p.detect_days_min), .min = 1, .max = 60, .dflt = "3",
     .help = "days without work below which nobody can say"},
    {0},
};

static const struct sw_row forecast_rows[] = {
    {"horizon", SW_ROW_DURATION_S, 0, SW_AT(sw_pack_conf, p.horizon_s), .min = 60, .max = 7200, .dflt = "10m",
     .help = "how far ahead the probability looks"},
    {"threshold", SW_ROW_NUMBER, 0, SW_AT(sw_pack_conf, p.forecast_threshold), .min = 0.01, .max = 1, .dflt = "0.45",
     .help = "probability from which a crossing is expected"},
    {"confirm", SW_ROW_DURATION_S, 0, SW_AT(sw_pack_conf, p.confirm_s), .max = 3600, .dflt = "30s",
     .help = "how long it must stand"},
    {"clear", SW_ROW_DURATION_S, 0, SW_AT(sw_pack_conf, p.clear_s), .max = 7200, .dflt = "10m",
     .help = "how long it must stay low before the forecast ends"},
    {"budget_max", SW_ROW_DURATION_S, 0, SW_AT(sw_pack_conf, p.budget_max_s), .min = 60, .max = 86400, .dflt = "60m",
     .help = "where the search for the crossing ends"},
    {0},
};

static const struct sw_row title_rows[] = {
    {"en", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(sw_pack_conf, p.title_en), .min = 1, .help = "English"},
    {"zh-CN", SW_ROW_TEXT, 0, SW_AT(sw_pack_conf, p.title_zh), .help = "Chinese"},
    {0},
};

const struct sw_row sw_pack_rows[] = {
    {"id", SW_ROW_ID, SW_ROW_REQUIRED, SW_AT(sw_pack_conf, p.id), .help = "the file's name without .yaml"},
    {"version", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(sw_pack_conf, p.version), .min = 1,
     .help = "of the figures: changes whenever one does"},
    {"title", SW_ROW_MAP, SW_ROW_REQUIRED, .of = title_rows, .help = "name of the standard"},
    {"options", SW_ROW_MAP_BY_ID, 0, SW_AT(sw_pack_conf, options), .max = SW_PACK_OPTIONS_MAX, .of = option_rows,
     .of_size = sizeof(struct sw_option_conf), .help = "what a site chooses"},
    {"day_names", SW_ROW_LIST, SW_ROW_SCALARS, SW_AT(sw_pack_conf, day_names), .max = SW_DAY_NAMES_MAX, .of = name_rows,
     .of_size = sizeof(struct sw_name_conf), .help = "days of site.days that periods speak of"},
    {"periods", SW_ROW_MAP_BY_ID, 0, SW_AT(sw_pack_conf, periods), .max = SW_PACK_PERIODS_MAX, .of = period_rows,
     .of_size = sizeof(struct sw_period_conf), .help = "parts of the local day"},
    {"capture_min", SW_ROW_NUMBER, 0, SW_AT(sw_pack_conf, p.capture_min), .min = 0.01, .max = 1, .dflt = "0.75",
     .help = "below this share of counted readings a window cannot be judged"},
    {"gap_max", SW_ROW_DURATION_S, 0, SW_AT(sw_pack_conf, p.gap_max_s), .max = 86400, .dflt = "0s",
     .help = "a longer stretch without a counted reading: cannot be judged; 0s = no such rule"},
    {"weather", SW_ROW_MAP, .of = weather_rows, .help = "weather in which noise is not judged; absent = any is fine"},
    {"corrections", SW_ROW_NODE, 0, SW_AT(sw_pack_conf, corrections),
     .json =
         "[{\"type\":\"array\",\"minItems\":1,\"maxItems\":16,\"items\":{\"anyOf\":["
         "{\"type\":\"array\",\"minItems\":2,\"maxItems\":2,\"items\":{\"type\":\"number\"}},"
         "{\"type\":\"object\",\"properties\":{\"difference\":{\"type\":\"integer\"},\"minus\":{\"type\":\"number\"}},"
         "\"required\":[\"difference\",\"minus\"],\"additionalProperties\":false}]}}]",
     .help = "of the background: [difference in whole dB from which, dB taken off]; below the first: cannot be judged"},
    {"notice_before", SW_ROW_DURATION_S, 0, SW_AT(sw_pack_conf, p.notice_before_s), .max = 30 * 86400, .dflt = "24h",
     .help = "a night permit counts only if its notice was posted so long before"},
    {"detect", SW_ROW_MAP, .of = detect_rows, .help = "when work is heard"},
    {"forecast", SW_ROW_MAP, .of = forecast_rows, .help = "figures of the warning before"},
    {"rules", SW_ROW_MAP_BY_ID, SW_ROW_REQUIRED, SW_AT(sw_pack_conf, rules), .min = 1, .max = SW_PACK_CONF_RULES_MAX,
     .of = rule_rows, .of_size = sizeof(struct sw_rule_conf), .help = "the limits"},
    {0},
};

const struct sw_row sw_pack_override_rows[] = {
    {"limit", SW_ROW_NUMBER, SW_ROW_REQUIRED, SW_AT(sw_pack_override, limit), .help = "in the unit of the pack's"},
    {"reason", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(sw_pack_override, reason), .min = 1,
     .help = "who ordered it: shown with the rule"},
    {0},
};
