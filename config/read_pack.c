// SPDX-License-Identifier: Apache-2.0
/* Packs of limits (rules/packs/<id>.yaml) into struct sw_pack. Periods and rules together are checked by
 * sw_pack_validate; features of the pack language that this version does not judge are refused as unknown keys. */
#include "config/read.h"

#include <stdio.h>
#include <string.h>

#include "config/text.h"
#include "config/tree.h"

struct day_conf {
    struct sw_item item;
    int day;
};

struct period_conf {
    struct sw_item item;
    struct sw_period p;
    struct sw_array days; /* struct day_conf */
};

struct rule_conf {
    struct sw_item item;
    struct sw_rule r;
    int mode; /* 1 = sliding */
    char period[16], unit[16];
};

struct pack_conf {
    struct sw_pack p;
    struct sw_array periods, rules;
};

static const struct sw_word day_words[] = {{"mon", 0}, {"tue", 1}, {"wed", 2}, {"thu", 3},
                                           {"fri", 4}, {"sat", 5}, {"sun", 6}, {NULL, 0}};
static const struct sw_word kind_words[] = {{"noise", SW_KIND_NOISE}, {"dust", SW_KIND_DUST}, {NULL, 0}};
static const struct sw_word statistic_words[] = {
    {"leq", SW_STAT_LEQ}, {"max", SW_STAT_MAX}, {"mean", SW_STAT_MEAN}, {NULL, 0}};
static const struct sw_word mode_words[] = {{"sliding", 1}, {"aligned", 0}, {NULL, 0}};
static const struct sw_word sure_words[] = {
    {"confirmed", SW_SURE_CONFIRMED}, {"secondary", SW_SURE_SECONDARY}, {"unverified", SW_SURE_UNVERIFIED}, {NULL, 0}};

static const struct sw_row day_rows[] = {
    {"days", SW_ROW_ENUM, 0, SW_AT(day_conf, day), .words = day_words},
    {0},
};

static const struct sw_row period_rows[] = {
    {"from", SW_ROW_CLOCK, SW_ROW_REQUIRED, SW_AT(period_conf, p.from_min), .help = "start on the site's clock"},
    {"to", SW_ROW_CLOCK, SW_ROW_REQUIRED, SW_AT(period_conf, p.to_min),
     .help = "end; not after the start = on the next day"},
    {"night", SW_ROW_BOOL, 0, SW_AT(period_conf, p.is_night), .dflt = "false", .help = "work needs a permit"},
    {"days", SW_ROW_LIST, SW_ROW_SCALARS, SW_AT(period_conf, days), .min = 1, .max = 7, .of = day_rows,
     .of_size = sizeof(struct day_conf), .help = "weekdays on which it starts; default: all"},
    {0},
};

static const struct sw_row recover_rows[] = {
    {"below", SW_ROW_CENTI, 0, SW_AT(rule_conf, r.recover_below), .max = 1000, .dflt = "1.0",
     .help = "so far under the limit"},
    {"for", SW_ROW_DURATION_S, 0, SW_AT(rule_conf, r.recover_for_s), .max = 86400, .dflt = "5m",
     .help = "good data for so long; of a max rule: so long without one over the limit"},
    {0},
};

static const struct sw_row rule_rows[] = {
    {"kind", SW_ROW_ENUM, SW_ROW_REQUIRED, SW_AT(rule_conf, r.kind), .words = kind_words, .help = "sensors it judges"},
    {"quantity", SW_ROW_QUANTITY, 0, SW_AT(rule_conf, r.quantity), .help = "of dust; noise is judged by its level"},
    {"statistic", SW_ROW_ENUM, SW_ROW_REQUIRED, SW_AT(rule_conf, r.statistic), .words = statistic_words,
     .help = "what is taken of a window"},
    {"window", SW_ROW_DURATION_S, 0, SW_AT(rule_conf, r.window_s), .min = 1, .max = SW_RULE_WINDOW_MAX_S,
     .help = "length of the window; a max rule has none, every reading is judged"},
    {"mode", SW_ROW_ENUM, 0, SW_AT(rule_conf, mode), .dflt = "sliding", .words = mode_words,
     .help = "a window at each reading, or windows by the clock"},
    {"period", SW_ROW_TEXT, 0, SW_AT(rule_conf, period), .min = 1, .help = "id of a period; default: always"},
    {"family", SW_ROW_TEXT, 0, SW_AT(rule_conf, r.family), .min = 1,
     .help = "rules of one family are one matter; default: the period"},
    {"limit", SW_ROW_CENTI, SW_ROW_REQUIRED, SW_AT(rule_conf, r.limit), .min = -1000, .max = 100000,
     .help = "exceeded when the statistic is greater"},
    {"unit", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(rule_conf, unit), .min = 1, .help = "of the limit: dBA, ug/m3"},
    {"resolution", SW_ROW_CENTI, 0, SW_AT(rule_conf, r.resolution), .min = 0.01, .max = 100,
     .help = "the statistic is rounded half up to this; default: 0.1 dB, 1 ug/m3"},
    {"recover", SW_ROW_MAP, .of = recover_rows, .help = "when it is over again"},
    {"continuation", SW_ROW_DURATION_S, 0, SW_AT(rule_conf, r.continuation_s), .max = 86400, .dflt = "0s",
     .help = "over for so long before it alerts"},
    {"source", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(rule_conf, r.source), .min = 1, .help = "where the figure stands"},
    {"sure", SW_ROW_ENUM, SW_ROW_REQUIRED, SW_AT(rule_conf, r.sure), .words = sure_words,
     .help = "confirmed = the text was read; secondary = somebody's restatement; unverified = check it"},
    {0},
};

static const struct sw_row forecast_rows[] = {
    {"horizon", SW_ROW_DURATION_S, 0, SW_AT(pack_conf, p.horizon_s), .min = 60, .max = 7200, .dflt = "10m",
     .help = "how far ahead the probability looks"},
    {"threshold", SW_ROW_NUMBER, 0, SW_AT(pack_conf, p.forecast_threshold), .min = 0.01, .max = 1, .dflt = "0.45",
     .help = "probability from which a crossing is expected"},
    {"confirm", SW_ROW_DURATION_S, 0, SW_AT(pack_conf, p.confirm_s), .max = 3600, .dflt = "30s",
     .help = "how long it must stand"},
    {"clear", SW_ROW_DURATION_S, 0, SW_AT(pack_conf, p.clear_s), .max = 7200, .dflt = "10m",
     .help = "how long it must stay low before the forecast ends"},
    {"budget_max", SW_ROW_DURATION_S, 0, SW_AT(pack_conf, p.budget_max_s), .min = 60, .max = 86400, .dflt = "60m",
     .help = "where the search for the crossing ends"},
    {0},
};

static const struct sw_row title_rows[] = {
    {"en", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(pack_conf, p.title_en), .min = 1, .help = "English"},
    {"zh-CN", SW_ROW_TEXT, 0, SW_AT(pack_conf, p.title_zh), .help = "Chinese"},
    {0},
};

const struct sw_row sw_pack_rows[] = {
    {"id", SW_ROW_ID, SW_ROW_REQUIRED, SW_AT(pack_conf, p.id), .help = "the file's name without .yaml"},
    {"version", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(pack_conf, p.version), .min = 1,
     .help = "of the figures: changes whenever one does"},
    {"title", SW_ROW_MAP, SW_ROW_REQUIRED, .of = title_rows, .help = "name of the standard"},
    {"periods", SW_ROW_MAP_BY_ID, 0, SW_AT(pack_conf, periods), .max = SW_PACK_PERIODS_MAX, .of = period_rows,
     .of_size = sizeof(struct period_conf), .help = "parts of the local day"},
    {"capture_min", SW_ROW_NUMBER, 0, SW_AT(pack_conf, p.capture_min), .min = 0.01, .max = 1, .dflt = "0.75",
     .help = "below this share of counted readings a window cannot be judged"},
    {"forecast", SW_ROW_MAP, .of = forecast_rows, .help = "figures of the warning before"},
    {"rules", SW_ROW_MAP_BY_ID, SW_ROW_REQUIRED, SW_AT(pack_conf, rules), .min = 1, .max = SW_PACK_RULES_MAX,
     .of = rule_rows, .of_size = sizeof(struct rule_conf), .help = "the limits"},
    {0},
};

static void take_period(const struct period_conf *c, struct sw_period *to, struct sw_faults *faults)
{
    const struct day_conf *days = c->days.items;

    *to = c->p;
    if (strlen(c->item.id) >= sizeof(to->id))
        sw_fault_at_key(faults, c->item.node, "'%s': the id of a period has at most %zu characters", c->item.id,
                        sizeof(to->id) - 1);
    (void) snprintf(to->id, sizeof(to->id), "%.15s", c->item.id);
    to->days = c->days.n == 0 ? SW_DAYS_ALL : 0;
    for (size_t i = 0; i < c->days.n; i++)
        to->days |= (uint16_t) (1u << days[i].day);
}

static void find_period(const struct rule_conf *c, const struct sw_pack *pack, struct sw_rule *to,
                        struct sw_faults *faults)
{
    struct sw_guess guess = {.typed = c->period};
    char near[160];

    to->period = -1;
    for (size_t i = 0; i < pack->n_periods && c->period[0] != '\0'; i++) {
        if (strcmp(pack->periods[i].id, c->period) == 0)
            to->period = (int) i;
        sw_guess_offer(&guess, pack->periods[i].id);
    }
    if (to->period < 0 && c->period[0] != '\0')
        sw_fault_at(faults, sw_node_get(c->item.node, "period"), "unknown period '%s'%s", c->period,
                    sw_guess_text(&guess, near, sizeof(near)));
}

static void take_rule(const struct rule_conf *c, const struct sw_pack *pack, struct sw_rule *to,
                      struct sw_faults *faults)
{
    const struct sw_node *map = c->item.node, *unit = sw_node_get(map, "unit");
    const char *want = c->r.kind == SW_KIND_NOISE ? "dBA" : "ug/m3";

    *to = c->r;
    (void) snprintf(to->id, sizeof(to->id), "%s", c->item.id);
    to->sliding = c->mode == 1 && c->r.statistic != SW_STAT_MAX;
    find_period(c, pack, to, faults);
    if (sw_node_get(map, "resolution") == NULL)
        to->resolution = c->r.kind == SW_KIND_NOISE ? 10 : 100;
    if (unit != NULL && c->unit[0] != '\0' && strcmp(c->unit, want) != 0)
        sw_fault_at(faults, unit, "'unit' must be %s for %s, not '%s'", want, sw_kind_name(c->r.kind), c->unit);
    if (c->r.statistic == SW_STAT_MAX && sw_node_get(map, "window") != NULL)
        sw_fault_at_key(faults, sw_node_get(map, "window"), "a max rule judges every reading and has no 'window'");
    if (c->r.statistic != SW_STAT_MAX && sw_node_get(map, "window") == NULL)
        sw_fault_at_key(faults, map, "'%s' lacks the key 'window': length of the window", c->item.id);
    if (c->r.kind == SW_KIND_DUST && c->r.quantity == SW_QUANTITY_NONE && sw_node_get(map, "quantity") == NULL)
        sw_fault_at_key(faults, map, "'%s' lacks the key 'quantity': PM10, PM2.5 or TSP", c->item.id);
    if (c->r.quantity != SW_QUANTITY_NONE && sw_quantity_info(c->r.quantity)->kind != c->r.kind)
        sw_fault_at(faults, sw_node_get(map, "quantity"), "'quantity' %s is not %s",
                    sw_quantity_info(c->r.quantity)->name, sw_kind_name(c->r.kind));
    if (c->r.kind == SW_KIND_NOISE && c->r.statistic == SW_STAT_MEAN)
        sw_fault_at(faults, sw_node_get(map, "statistic"), "levels are averaged by energy: 'statistic' must be leq");
    if (c->r.kind == SW_KIND_DUST && c->r.statistic == SW_STAT_LEQ)
        sw_fault_at(faults, sw_node_get(map, "statistic"), "dust has no energy mean: 'statistic' must be mean or max");
}

static void warn_of_unverified(const struct rule_conf *c, struct sw_faults *faults)
{
    if (c->r.sure == SW_SURE_UNVERIFIED)
        sw_warning_at(faults, c->item.node, "the limit '%s' (%d.%02d %s) is unverified: %.*s", c->item.id,
                      (int) (c->r.limit / 100), (int) (c->r.limit % 100), c->unit, sw_text_clip(c->r.source, 100),
                      c->r.source);
}

static int make(struct sw_tree *tree, const struct sw_node *root, struct sw_faults *faults, size_t faults_before,
                void *ret, struct sw_err *err)
{
    struct pack_conf *c = sw_tree_alloc(tree, sizeof(*c));
    struct sw_err why = {0};

    if (c == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: no memory", root->file);
    if (sw_schema_read(tree, sw_pack_rows, root, c, faults, err) < 0)
        return SW_E_NOMEM;
    sw_check_file_id(root, c->p.id, faults);
    const struct period_conf *periods = c->periods.items;
    const struct rule_conf *rules = c->rules.items;
    for (size_t i = 0; i < c->periods.n && i < SW_PACK_PERIODS_MAX; i++)
        take_period(&periods[i], &c->p.periods[c->p.n_periods++], faults);
    for (size_t i = 0; i < c->rules.n && i < SW_PACK_RULES_MAX; i++)
        take_rule(&rules[i], &c->p, &c->p.rules[c->p.n_rules++], faults);
    if (faults->n_faults > faults_before)
        return sw_err_set(err, SW_E_INVAL, 0, "%s: has faults", root->file);
    if (sw_pack_validate(&c->p, &why) < 0) {
        sw_fault_at(faults, root, "%s", why.msg);
        return sw_err_set(err, SW_E_INVAL, 0, "%s: %s", root->file, why.msg);
    }
    for (size_t i = 0; i < c->rules.n; i++)
        warn_of_unverified(&rules[i], faults);
    *(struct sw_pack *) ret = c->p;
    return SW_OK;
}

int sw_pack_read(const char *file, struct sw_faults *faults, struct sw_pack *ret, struct sw_err *err)
{
    char sha256[65];
    int rc = sw_read_one(file, NULL, 0, make, ret, sha256, faults, err);

    if (rc == SW_OK)
        memcpy(ret->sha256, sha256, sizeof(ret->sha256));
    return rc;
}

int sw_pack_read_text(const char *name, const char *text, size_t len, struct sw_faults *faults, struct sw_pack *ret,
                      struct sw_err *err)
{
    return sw_read_one(name, text, len, make, ret, NULL, faults, err);
}
