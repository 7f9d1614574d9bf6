// SPDX-License-Identifier: Apache-2.0
/* Packs of limits (rules/packs/<id>.yaml) into struct sw_pack: names resolved, units brought to the program's own, a
 * site's options and figures put in. Periods and rules together are checked by sw_pack_validate. */
#include "config/pack_conf.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/reading.h"
#include "config/text.h"

/* ---- days and periods ---- */

static const char *const weekdays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static void take_day_names(struct sw_pack_job *job)
{
    const struct sw_name_conf *names = job->conf->day_names.items;
    struct sw_pack *p = job->pack;

    for (size_t i = 0; i < job->conf->day_names.n && i < SW_DAY_NAMES_MAX; i++) {
        bool is_taken = strcmp(names[i].name, "holiday") == 0;

        for (size_t k = 0; k < SW_ARRAY_SIZE(weekdays); k++)
            is_taken = is_taken || strcmp(names[i].name, weekdays[k]) == 0;
        for (size_t k = 0; k < p->n_day_names; k++)
            is_taken = is_taken || strcmp(names[i].name, p->day_name[k]) == 0;
        if (is_taken)
            sw_fault_at(job->faults, names[i].item.node, "the day '%s' has its name already", names[i].name);
        memcpy(p->day_name[p->n_day_names++], names[i].name, sizeof(names[i].name));
    }
}

static uint16_t day_bit(const struct sw_pack_job *job, const struct sw_name_conf *day)
{
    struct sw_guess guess = {.typed = day->name};
    char near[160];

    for (unsigned i = 0; i < SW_ARRAY_SIZE(weekdays); i++) {
        if (strcmp(weekdays[i], day->name) == 0)
            return (uint16_t) (1u << i);
        sw_guess_offer(&guess, weekdays[i]);
    }
    if (strcmp(day->name, "holiday") == 0)
        return SW_DAY_HOLIDAY;
    sw_guess_offer(&guess, "holiday");
    for (unsigned i = 0; i < job->pack->n_day_names; i++) {
        if (strcmp(job->pack->day_name[i], day->name) == 0)
            return (uint16_t) SW_DAY_NAMED(i);
        sw_guess_offer(&guess, job->pack->day_name[i]);
    }
    if (day->name[0] != '\0')
        sw_fault_at(job->faults, day->item.node, "unknown day '%s'%s", day->name,
                    guess.is_found ? sw_guess_text(&guess, near, sizeof(near))
                                   : ": mon to sun, holiday, or a name of 'day_names'");
    return 0;
}

static void take_period(const struct sw_pack_job *job, const struct sw_period_conf *c, struct sw_period *to)
{
    const struct sw_name_conf *days = c->days.items;

    *to = c->p;
    if (strlen(c->item.id) >= sizeof(to->id))
        sw_fault_at_key(job->faults, c->item.node, "'%s': the id of a period has at most %zu characters", c->item.id,
                        sizeof(to->id) - 1);
    (void) snprintf(to->id, sizeof(to->id), "%.15s", c->item.id);
    to->days = 0;
    for (size_t i = 0; i < c->days.n; i++)
        to->days |= day_bit(job, &days[i]);
}

static void take_periods(struct sw_pack_job *job)
{
    const struct sw_period_conf *periods = job->conf->periods.items;
    struct sw_pack *p = job->pack;

    for (size_t i = 0; i < job->conf->periods.n && i < SW_PACK_PERIODS_MAX; i++)
        take_period(job, &periods[i], &p->periods[p->n_periods++]);
}

/* A period whose rules do not exist with the options chosen goes with them: packs describe schemes side by side. One
 * that no rule of the file speaks of stays, and so does every night: it asks for permits whatever is judged in it. */
static void drop_periods(struct sw_pack *p, uint32_t of_file)
{
    uint32_t in_force = 0;
    int moved[SW_PACK_PERIODS_MAX] = {0};
    size_t n = 0;

    for (size_t i = 0; i < p->n_rules; i++)
        if (p->rules[i].period >= 0)
            in_force |= 1u << p->rules[i].period;
    for (size_t i = 0; i < p->n_periods; i++) {
        moved[i] = (int) n;
        if (in_force >> i & 1 || !(of_file >> i & 1) || p->periods[i].is_night)
            p->periods[n++] = p->periods[i];
    }
    p->n_periods = n;
    for (size_t i = 0; i < p->n_rules; i++)
        if (p->rules[i].period >= 0)
            p->rules[i].period = moved[p->rules[i].period];
}

/* A period without `days` starts on all days. A special day is one only where a period speaks of it: else a period
 * without `days` would make a holiday of a pack that never mentions holidays a day on which nothing else starts. */
static void settle_days(struct sw_pack *p)
{
    uint16_t spoken_of = 0;

    for (size_t i = 0; i < p->n_periods; i++)
        spoken_of |= p->periods[i].days;
    for (size_t i = 0; i < p->n_periods; i++)
        if (p->periods[i].days == 0)
            p->periods[i].days = spoken_of == 0 ? SW_DAYS_ALL : (uint16_t) (0x7fu | spoken_of);
}

static void find_period(const struct sw_pack_job *job, const struct sw_rule_conf *c, struct sw_rule *to)
{
    const struct sw_pack *pack = job->pack;
    struct sw_guess guess = {.typed = c->period};
    char near[160];

    to->period = -1;
    for (size_t i = 0; i < pack->n_periods && c->period[0] != '\0'; i++) {
        if (strcmp(pack->periods[i].id, c->period) == 0)
            to->period = (int) i;
        sw_guess_offer(&guess, pack->periods[i].id);
    }
    if (to->period < 0 && c->period[0] != '\0')
        sw_fault_at(job->faults, sw_node_get(c->item.node, "period"), "unknown period '%s'%s", c->period,
                    sw_guess_text(&guess, near, sizeof(near)));
}

/* ---- rules ---- */

static bool is_ratio(const struct sw_rule_conf *c)
{
    return c->r.reference == SW_REFERENCE_RATIO;
}

/* The unit of the file in the program's own: dust is counted in ug/m3. */
static double scale_of(const struct sw_pack_job *job, const struct sw_rule_conf *c)
{
    const struct sw_node *unit = sw_node_get(c->item.node, "unit");
    const bool is_noise = c->r.kind == SW_KIND_NOISE;
    const char *want = is_ratio(c) ? "\"1\" for a ratio" : is_noise ? "dBA for noise" : "ug/m3 or mg/m3 for dust";
    bool is_good = strcmp(c->unit, is_noise ? "dBA" : "ug/m3") == 0;

    if (is_ratio(c))
        is_good = strcmp(c->unit, "1") == 0;
    else if (!is_noise && strcmp(c->unit, "mg/m3") == 0)
        return 1000.0;
    if (unit != NULL && c->unit[0] != '\0' && !is_good)
        sw_fault_at(job->faults, unit, "'unit' must be %s, not '%s'", want, c->unit);
    return 1.0;
}

static void take_figures(const struct sw_pack_job *job, const struct sw_rule_conf *c, struct sw_rule *to)
{
    const struct sw_deduction_conf *deductions = c->deductions.items;
    const struct sw_node *map = c->item.node;
    const double scale = scale_of(job, c);

    to->reference_cap = SW_NO_VALUE;
    to->resolution = is_ratio(c) ? 1 : c->r.kind == SW_KIND_NOISE ? 10 : 100;
    to->recover_below = is_ratio(c) ? 0 : 100;
    if (c->limit != NULL)
        (void) sw_pack_figure(job, "limit", c->limit, scale, &to->limit);
    if (c->adjust != NULL)
        (void) sw_pack_figure(job, "adjust", c->adjust, scale, &to->adjust);
    if (!isnan(c->resolution))
        (void) sw_pack_centi(job, "resolution", sw_node_get(map, "resolution"), c->resolution, scale, &to->resolution);
    if (!isnan(c->recover_below))
        (void) sw_pack_centi(job, "below", sw_node_get(sw_node_get(map, "recover"), "below"), c->recover_below, scale,
                             &to->recover_below);
    if (!isnan(c->reference_cap))
        (void) sw_pack_centi(job, "cap", sw_node_get(sw_node_get(map, "reference"), "cap"), c->reference_cap, scale,
                             &to->reference_cap);
    for (size_t i = 0; i < c->deductions.n && i < SW_RULE_DEDUCTIONS_MAX; i++) {
        struct sw_deduction *d = &to->deductions[to->n_deductions++];

        d->run_max_s = deductions[i].run_max_s;
        (void) sw_pack_centi(job, "minus", deductions[i].item.node, deductions[i].minus, scale, &d->minus);
    }
}

static void take_stages(const struct sw_pack_job *job, const struct sw_rule_conf *c, struct sw_rule *to)
{
    const struct sw_name_conf *names = c->stages.items;

    for (size_t i = 0; i < c->stages.n && i < SW_RULE_STAGES_MAX; i++) {
        for (size_t k = 0; k < to->n_stages; k++)
            if (strcmp(to->stages[k], names[i].name) == 0)
                sw_fault_at(job->faults, names[i].item.node, "stage '%s' stands twice", names[i].name);
        memcpy(to->stages[to->n_stages++], names[i].name, SW_STAGE_SIZE);
    }
}

static void check_window(const struct sw_pack_job *job, const struct sw_rule_conf *c)
{
    const struct sw_node *map = c->item.node, *window = sw_node_get(map, "window");

    if (c->r.statistic != SW_STAT_MAX && window == NULL)
        sw_fault_at_key(job->faults, map, "'%s' lacks the key 'window': length of the window", c->item.id);
    if (c->r.window_s != SW_WINDOW_PERIOD)
        return;
    if (c->r.statistic == SW_STAT_MAX)
        sw_fault_at(job->faults, window, "a max rule of a whole period judges every reading: leave 'window' out");
    else if (sw_node_get(map, "period") == NULL)
        sw_fault_at(job->faults, window, "'window: period' needs the key 'period': which one");
}

static void check_kind(const struct sw_pack_job *job, const struct sw_rule_conf *c)
{
    const struct sw_node *map = c->item.node, *statistic = sw_node_get(map, "statistic");
    const enum sw_statistic s = c->r.statistic;

    if (c->r.kind == SW_KIND_DUST && c->r.quantity == SW_QUANTITY_NONE && sw_node_get(map, "quantity") == NULL)
        sw_fault_at_key(job->faults, map, "'%s' lacks the key 'quantity': PM10, PM2.5 or TSP", c->item.id);
    if (c->r.quantity != SW_QUANTITY_NONE && sw_quantity_info(c->r.quantity)->kind != c->r.kind)
        sw_fault_at(job->faults, sw_node_get(map, "quantity"), "'quantity' %s is not %s",
                    sw_quantity_info(c->r.quantity)->name, sw_kind_name(c->r.kind));
    if (statistic == NULL) /* told already */
        return;
    if (c->r.kind == SW_KIND_NOISE && s == SW_STAT_MEAN)
        sw_fault_at(job->faults, statistic, "levels are averaged by energy: 'statistic' must be leq");
    if (c->r.kind == SW_KIND_DUST && s != SW_STAT_MEAN && s != SW_STAT_MAX && s != SW_STAT_MIN)
        sw_fault_at(job->faults, statistic, "dust has no %s: 'statistic' must be mean, max or min",
                    s == SW_STAT_LEQ ? "energy mean" : sw_statistic_name(s));
}

/* Sliding where that can be, unless the file says otherwise. What cannot slide and is said to is left to validate. */
static bool slides(const struct sw_rule_conf *c)
{
    const bool may_slide = (c->r.statistic == SW_STAT_LEQ || c->r.statistic == SW_STAT_MEAN) &&
                           c->r.window_s != SW_WINDOW_PERIOD && c->r.reference == SW_REFERENCE_NONE &&
                           c->deductions.n == 0;

    if (c->r.statistic == SW_STAT_MAX && c->r.window_s == 0)
        return false;
    return c->mode == SW_MODE_SLIDING || (c->mode == SW_MODE_UNSAID && may_slide);
}

static void take_rule(const struct sw_pack_job *job, const struct sw_rule_conf *c, struct sw_rule *to)
{
    *to = c->r;
    (void) snprintf(to->id, sizeof(to->id), "%s", c->item.id);
    to->sliding = slides(c);
    if (c->r.window_s == SW_WINDOW_PERIOD)
        to->window_s = 0;
    if (c->r.reference != SW_REFERENCE_NONE && c->r.reference_quantity == SW_QUANTITY_NONE)
        to->reference_quantity = c->r.quantity;
    find_period(job, c, to);
    take_figures(job, c, to);
    take_stages(job, c, to);
    check_window(job, c);
    check_kind(job, c);
}

static void take_rules(struct sw_pack_job *job)
{
    const struct sw_rule_conf *rules = job->conf->rules.items;
    static const struct sw_rule none;
    uint32_t periods_of_file = 0;

    for (size_t i = 0; i < job->conf->rules.n && i < SW_PACK_CONF_RULES_MAX; i++) {
        const bool has_room = job->pack->n_rules < SW_PACK_RULES_MAX;
        struct sw_rule spare = none, *to = has_room ? &job->pack->rules[job->pack->n_rules] : &spare;

        take_rule(job, &rules[i], to);
        if (to->period >= 0)
            periods_of_file |= 1u << to->period;
        if (!sw_pack_when(job, rules[i].when))
            *to = none;
        else if (has_room)
            job->pack->n_rules++;
        else
            sw_fault_at_key(job->faults, rules[i].item.node, "more than %d rules at once", SW_PACK_RULES_MAX);
    }
    drop_periods(job->pack, periods_of_file);
    settle_days(job->pack);
    if (job->pack->n_rules == 0 && job->conf->rules.n > 0)
        sw_fault_at(job->faults, job->choice != NULL ? job->choice->at : rules[0].item.node,
                    "no rule of pack '%s' applies with these options", job->conf->p.id);
}

/* ---- corrections ---- */

static void take_correction(struct sw_pack_job *job, const struct sw_node *n)
{
    static const struct sw_row difference_row = {.type = SW_ROW_INT, .size = sizeof(int32_t), .min = 0, .max = 100};
    static const struct sw_row minus_row = {.type = SW_ROW_CENTI, .size = sizeof(int32_t), .min = 0, .max = 50};
    struct sw_correction *to = &job->pack->corrections[job->pack->n_corrections];
    const bool is_pair = n->kind == SW_NODE_LIST && n->len == 2;
    const struct sw_node *difference = is_pair ? n->first : sw_node_get(n, "difference");
    const struct sw_node *minus = is_pair ? n->last : sw_node_get(n, "minus");
    char why[256];

    if (difference == NULL || minus == NULL || n->len != 2) {
        sw_fault_at(job->faults, n, "each entry of 'corrections' must be [difference, minus] in dB");
        return;
    }
    if (!sw_value_read(&difference_row, difference, &to->difference_db, why, sizeof(why)))
        sw_fault_at(job->faults, difference, "'difference' %s", why);
    if (!sw_value_read(&minus_row, minus, &to->minus, why, sizeof(why)))
        sw_fault_at(job->faults, minus, "'minus' %s", why);
    job->pack->n_corrections++;
}

static void take_corrections(struct sw_pack_job *job)
{
    const struct sw_node *list = job->conf->corrections;

    if (list == NULL)
        return;
    if (list->kind != SW_NODE_LIST || list->len > SW_PACK_CORRECTIONS_MAX) {
        sw_fault_at(job->faults, list, "'corrections' must be a list of at most %d entries [difference, minus]",
                    SW_PACK_CORRECTIONS_MAX);
        return;
    }
    for (const struct sw_node *n = list->first; n != NULL; n = n->next)
        take_correction(job, n);
}

/* ---- the site's own figures, warnings ---- */

static const char *centi_text(int32_t value, char *buf, size_t cap)
{
    (void) snprintf(buf, cap, "%s%d.%02d", value < 0 ? "-" : "", (int) (value < 0 ? -value : value) / 100,
                    (int) (value < 0 ? -value : value) % 100);
    return buf;
}

static const struct sw_rule_conf *conf_of(const struct sw_pack_conf *c, const char *id)
{
    const struct sw_rule_conf *rules = c->rules.items;

    for (size_t i = 0; i < c->rules.n; i++)
        if (strcmp(rules[i].item.id, id) == 0)
            return &rules[i];
    return NULL;
}

static void take_override(struct sw_pack_job *job, const struct sw_pack_override *o)
{
    const struct sw_node *limit = sw_node_get(o->item.node, "limit");
    struct sw_guess guess = {.typed = o->item.id};
    struct sw_rule *rule = NULL;
    char near[160], new_text[24], old_text[24];

    for (size_t i = 0; i < job->pack->n_rules; i++) {
        if (strcmp(job->pack->rules[i].id, o->item.id) == 0)
            rule = &job->pack->rules[i];
        sw_guess_offer(&guess, job->pack->rules[i].id);
    }
    if (rule == NULL) {
        sw_fault_at_key(job->faults, o->item.node, "pack '%s' has no rule '%.64s' with these options%s",
                        job->conf->p.id, o->item.id, sw_guess_text(&guess, near, sizeof(near)));
        return;
    }
    const struct sw_rule_conf *c = conf_of(job->conf, rule->id);
    const double scale = c != NULL && strcmp(c->unit, "mg/m3") == 0 ? 1000.0 : 1.0;
    const int32_t old = rule->limit;

    if (c == NULL || limit == NULL || !sw_pack_centi(job, "limit", limit, o->limit, scale, &rule->limit) ||
        o->reason[0] == '\0')
        return;
    memcpy(rule->reason, o->reason, sizeof(rule->reason));
    sw_warning_at(job->faults, limit, "the limit of '%s' is %s %s here, %s in the pack: %.*s", rule->full_id,
                  centi_text(rule->limit, new_text, sizeof(new_text)), scale > 1 ? "ug/m3" : c->unit,
                  centi_text(old, old_text, sizeof(old_text)), sw_text_clip(o->reason, 100), o->reason);
}

static void take_overrides(struct sw_pack_job *job)
{
    const struct sw_array *list = job->choice != NULL ? job->choice->overrides : NULL;

    for (size_t i = 0; list != NULL && i < list->n; i++)
        take_override(job, &((const struct sw_pack_override *) list->items)[i]);
}

static void warn_of_unverified(const struct sw_pack_job *job, const struct sw_rule *r)
{
    const struct sw_rule_conf *c = conf_of(job->conf, r->id);
    char text[24];

    if (r->sure == SW_SURE_UNVERIFIED && r->reason[0] == '\0')
        sw_warning_at(job->faults, c->item.node, "the limit '%s' (%s %s) is unverified: %.*s", r->id,
                      centi_text(r->limit, text, sizeof(text)), strcmp(c->unit, "mg/m3") == 0 ? "ug/m3" : c->unit,
                      sw_text_clip(r->source, 100), r->source);
}

/* ---- the whole ---- */

static int take_pack(struct sw_pack_job *job, const struct sw_node *root)
{
    const struct sw_node *weather = sw_node_get(root, "weather");

    *job->pack = job->conf->p;
    job->pack->has_weather = weather != NULL && weather->kind == SW_NODE_MAP;
    sw_check_file_id(root, job->conf->p.id, job->faults);
    sw_pack_options(job);
    take_day_names(job);
    take_periods(job);
    take_corrections(job);
    take_rules(job);
    return SW_OK;
}

/* The check of the whole knows no lines: the rule or period that its sentence begins with has one. */
static void tell_of_whole(struct sw_faults *faults, const struct sw_node *root, const char *sentence)
{
    const struct sw_node *at = NULL;
    char id[65];

    if (sscanf(sentence, "rule %64[a-z0-9-]", id) == 1)
        at = sw_node_get(sw_node_get(root, "rules"), id);
    else if (sscanf(sentence, "periods %64[a-z0-9-]", id) == 1 || sscanf(sentence, "period %64[a-z0-9-]", id) == 1)
        at = sw_node_get(sw_node_get(root, "periods"), id);
    if (at != NULL)
        sw_fault_at_key(faults, at, "%s", sentence);
    else
        sw_fault_at(faults, root, "%s", sentence);
}

struct reading {
    const struct sw_pack_choice *choice;
    struct sw_pack *ret;
};

static int make(struct sw_tree *tree, const struct sw_node *root, struct sw_faults *faults, size_t faults_before,
                void *ret, struct sw_err *err)
{
    const struct reading *reading = ret;
    struct sw_pack_conf *c = sw_tree_alloc(tree, sizeof(*c));
    struct sw_pack_job job = {
        .choice = reading->choice, .conf = c, .pack = sw_tree_alloc(tree, sizeof(*job.pack)), .faults = faults};
    struct sw_err why = {0};

    if (c == NULL || job.pack == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: no memory", root->file);
    if (sw_schema_read(tree, sw_pack_rows, root, c, faults, err) < 0)
        return SW_E_NOMEM;
    (void) take_pack(&job, root);
    if (faults->n_faults == faults_before && sw_pack_validate(job.pack, &why) < 0)
        tell_of_whole(faults, root, why.msg);
    if (faults->n_faults == faults_before) { /* the pack is whole: now the site's figures in it */
        take_overrides(&job);
        if (faults->n_faults == faults_before && sw_pack_validate(job.pack, &why) < 0)
            sw_fault_at(faults, job.choice->at, "with this site's figures: %s", why.msg);
    }
    if (faults->n_faults > faults_before)
        return sw_err_set(err, SW_E_INVAL, 0, "%s: %s", root->file, why.msg[0] != '\0' ? why.msg : "has faults");
    for (size_t i = 0; i < job.pack->n_rules; i++)
        warn_of_unverified(&job, &job.pack->rules[i]);
    *reading->ret = *job.pack;
    return SW_OK;
}

int sw_pack_read_for(const char *file, const struct sw_pack_choice *choice, struct sw_faults *faults,
                     struct sw_pack *ret, struct sw_err *err)
{
    struct reading reading = {.choice = choice, .ret = ret};
    char sha256[65];
    const int rc = sw_read_one(file, NULL, 0, make, &reading, sha256, faults, err);

    if (rc == SW_OK)
        memcpy(ret->sha256, sha256, sizeof(ret->sha256));
    return rc;
}

int sw_pack_read_text_for(const char *name, const char *text, size_t len, const struct sw_pack_choice *choice,
                          struct sw_faults *faults, struct sw_pack *ret, struct sw_err *err)
{
    struct reading reading = {.choice = choice, .ret = ret};

    return sw_read_one(name, text, len, make, &reading, NULL, faults, err);
}

int sw_pack_read(const char *file, struct sw_faults *faults, struct sw_pack *ret, struct sw_err *err)
{
    return sw_pack_read_for(file, NULL, faults, ret, err);
}

int sw_pack_read_text(const char *name, const char *text, size_t len, struct sw_faults *faults, struct sw_pack *ret,
                      struct sw_err *err)
{
    return sw_pack_read_text_for(name, text, len, NULL, faults, ret, err);
}
