// SPDX-License-Identifier: Apache-2.0
/* Options of a pack: what a site chooses, and the figures and rules that depend on it. Every branch of a figure is
 * read, chosen or not, so that a pack is whole whatever a site chooses. */
#include "config/pack_conf.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "config/text.h"

#define FIGURE_DEPTH_MAX 4

static const struct sw_row number_row = {.type = SW_ROW_NUMBER, .size = sizeof(double)};

static const struct sw_option_conf *option_conf(const struct sw_pack_job *job, size_t i)
{
    return &((const struct sw_option_conf *) job->conf->options.items)[i];
}

static bool has_value(const struct sw_option_conf *o, const char *value)
{
    const struct sw_name_conf *names = o->values.items;

    for (size_t i = 0; i < o->values.n; i++)
        if (strcmp(names[i].name, value) == 0)
            return true;
    return false;
}

static const char *guess_value(const struct sw_option_conf *o, const char *typed, char *buf, size_t cap)
{
    const struct sw_name_conf *names = o->values.items;
    struct sw_guess guess = {.typed = typed};
    size_t len = 0;

    for (size_t i = 0; i < o->values.n; i++)
        sw_guess_offer(&guess, names[i].name);
    if (guess.is_found)
        return sw_guess_text(&guess, buf, cap);
    (void) snprintf(buf, cap, ": it has no values");
    for (size_t i = 0; i < o->values.n && len + 32 < cap; i++)
        len += (size_t) snprintf(buf + len, cap - len, "%s%s", i == 0 ? ": one of " : ", ", names[i].name);
    return buf;
}

/* ---- the options themselves ---- */

static void check_declared(const struct sw_pack_job *job, const struct sw_option_conf *o)
{
    const struct sw_node *map = o->item.node;
    const struct sw_name_conf *names = o->values.items;

    if (strlen(o->item.id) >= sizeof(((struct sw_option_value *) 0)->id))
        sw_fault_at_key(job->faults, map, "'%.64s': the id of an option has at most %zu characters", o->item.id,
                        sizeof(((struct sw_option_value *) 0)->id) - 1);
    if (o->type == SW_OPTION_CHOICE && o->values.n == 0 && sw_node_get(map, "type") != NULL)
        sw_fault_at_key(job->faults, map, "option '%.64s' is a choice and lacks the key 'values'", o->item.id);
    if (o->type == SW_OPTION_NUMBER && o->values.n > 0)
        sw_fault_at_key(job->faults, sw_node_get(map, "values"), "a number has no 'values': give min and max");
    for (size_t i = 0; i < o->values.n; i++) {
        if (strcmp(names[i].name, "by") == 0)
            sw_fault_at(job->faults, names[i].item.node, "'by' cannot be a value: it names the option of a figure");
        for (size_t k = 0; k < i; k++)
            if (strcmp(names[k].name, names[i].name) == 0)
                sw_fault_at(job->faults, names[i].item.node, "value '%s' stands twice", names[i].name);
    }
    if (o->type == SW_OPTION_NUMBER && o->min > o->max)
        sw_fault_at_key(job->faults, map, "option '%.64s': min is above max", o->item.id);
}

/* Is the text a value of the option? Faults at the place where it was written. */
static bool check_value(const struct sw_pack_job *job, const struct sw_option_conf *o, const struct sw_node *n)
{
    char why[256], near[200];
    double number = 0;

    if (n->kind != SW_NODE_SCALAR || sw_node_is_null(n)) {
        sw_fault_at(job->faults, n, "option '%.64s' must be one plain value", o->item.id);
        return false;
    }
    if (o->type == SW_OPTION_CHOICE) {
        if (has_value(o, n->text))
            return true;
        sw_fault_at(job->faults, n, "option '%.64s' has no value '%.*s'%s", o->item.id, sw_text_clip(n->text, 40),
                    n->text, guess_value(o, n->text, near, sizeof(near)));
        return false;
    }
    if (!sw_value_read(&number_row, n, &number, why, sizeof(why))) {
        sw_fault_at(job->faults, n, "option '%.64s' %s", o->item.id, why);
        return false;
    }
    if (number < o->min || number > o->max || n->len >= sizeof(((struct sw_option_value *) 0)->value)) {
        sw_fault_at(job->faults, n, "option '%.64s' must be %g to %g, not %.*s", o->item.id, o->min, o->max,
                    sw_text_clip(n->text, 40), n->text);
        return false;
    }
    return true;
}

/* What the site says; else the default; else, of a pack by itself, the first that it may be. */
static void choose(struct sw_pack_job *job, const struct sw_option_conf *o, struct sw_option_value *to)
{
    const struct sw_pack_choice *choice = job->choice;
    const struct sw_node *n = choice != NULL ? sw_node_get(choice->options, o->item.id) : NULL;
    const struct sw_node *dflt = sw_node_get(o->item.node, "default");
    const struct sw_name_conf *names = o->values.items;

    (void) snprintf(to->id, sizeof(to->id), "%.23s", o->item.id);
    (void) snprintf(to->help_en, sizeof(to->help_en), "%s", o->help_en);
    (void) snprintf(to->help_zh, sizeof(to->help_zh), "%s", o->help_zh);
    if (dflt != NULL && !check_value(job, o, dflt))
        dflt = NULL;
    if (n != NULL && check_value(job, o, n))
        (void) snprintf(to->value, sizeof(to->value), "%.23s", n->text);
    else if (n == NULL && dflt != NULL)
        (void) snprintf(to->value, sizeof(to->value), "%.23s", dflt->text);
    else if (choice != NULL && n == NULL && sw_node_get(o->item.node, "default") == NULL)
        sw_fault_at(job->faults, choice->at, "pack '%s' needs the option '%.64s'%s%s", job->conf->p.id, o->item.id,
                    o->help_en[0] != '\0' ? ": " : "", o->help_en);
    if (to->value[0] == '\0' && o->type == SW_OPTION_CHOICE) /* go on with something, to check the rest */
        (void) snprintf(to->value, sizeof(to->value), "%s", o->values.n > 0 ? names[0].name : "");
    else if (to->value[0] == '\0')
        (void) snprintf(to->value, sizeof(to->value), "%g", isnan(o->min) ? 0.0 : o->min);
}

void sw_pack_options(struct sw_pack_job *job)
{
    const struct sw_node *given = job->choice != NULL ? job->choice->options : NULL;

    for (size_t i = 0; i < job->conf->options.n && i < SW_PACK_OPTIONS_MAX; i++) {
        check_declared(job, option_conf(job, i));
        choose(job, option_conf(job, i), &job->pack->options[job->pack->n_options++]);
    }
    if (given != NULL && given->kind != SW_NODE_MAP) {
        if (!sw_node_is_null(given))
            sw_fault_at(job->faults, given, "'options' must be a map (option: value)");
        return;
    }
    for (const struct sw_node *n = given != NULL ? given->first : NULL; n != NULL; n = n->next) {
        struct sw_guess guess = {.typed = n->key};
        char near[160];
        bool is_known = false;

        for (size_t i = 0; i < job->conf->options.n; i++) {
            is_known = is_known || strcmp(option_conf(job, i)->item.id, n->key) == 0;
            sw_guess_offer(&guess, option_conf(job, i)->item.id);
        }
        if (!is_known)
            sw_fault_at_key(job->faults, n, "pack '%s' has no option '%.*s'%s", job->conf->p.id,
                            sw_text_clip(n->key, 60), n->key, sw_guess_text(&guess, near, sizeof(near)));
    }
}

/* Index of an option that a figure or `when` names, -1 with a fault at the place where it is named. */
static int find_option(const struct sw_pack_job *job, const char *id, const struct sw_node *at, bool is_key)
{
    struct sw_guess guess = {.typed = id};
    char near[160];

    for (size_t i = 0; i < job->pack->n_options; i++) {
        if (strcmp(option_conf(job, i)->item.id, id) == 0)
            return (int) i;
        sw_guess_offer(&guess, option_conf(job, i)->item.id);
    }
    (is_key ? sw_fault_at_key : sw_fault_at)(job->faults, at, "unknown option '%.*s'%s", sw_text_clip(id, 60), id,
                                             sw_guess_text(&guess, near, sizeof(near)));
    return -1;
}

/* ---- when ---- */

static bool when_item(const struct sw_pack_job *job, int option, const struct sw_node *n)
{
    return check_value(job, option_conf(job, (size_t) option), n) &&
           strcmp(n->text, job->pack->options[option].value) == 0;
}

bool sw_pack_when(const struct sw_pack_job *job, const struct sw_node *when)
{
    bool holds = true;

    if (when == NULL)
        return true;
    if (when->kind != SW_NODE_MAP) {
        sw_fault_at(job->faults, when, "'when' must be a map (option: [values])");
        return true;
    }
    for (const struct sw_node *n = when->first; n != NULL; n = n->next) {
        const int option = find_option(job, n->key, n, true);
        bool is_one = false;

        if (option < 0)
            continue;
        if (option_conf(job, (size_t) option)->type != SW_OPTION_CHOICE) {
            sw_fault_at_key(job->faults, n, "'when' looks at choices only: '%.60s' is a number", n->key);
            continue;
        }
        if (n->kind == SW_NODE_LIST)
            for (const struct sw_node *v = n->first; v != NULL; v = v->next)
                is_one |= when_item(job, option, v);
        else
            is_one = when_item(job, option, n);
        holds = holds && is_one;
    }
    return holds;
}

/* ---- figures ---- */

bool sw_pack_centi(const struct sw_pack_job *job, const char *name, const struct sw_node *n, double value, double scale,
                   int32_t *ret)
{
    const double centi = value * scale * 100.0, whole = round(centi);

    if (!(fabs(centi) <= 1e9)) {
        sw_fault_at(job->faults, n, "'%s' is too large", name);
        return false;
    }
    if (fabs(centi - whole) > 1e-6 * fmax(1.0, fabs(centi) * 1e-6)) {
        sw_fault_at(job->faults, n, "'%s' must have at most %s decimals", name, scale > 1.0 ? "five" : "two");
        return false;
    }
    *ret = (int32_t) whole;
    return true;
}

static bool number(const struct sw_pack_job *job, const char *name, const struct sw_node *n, double *ret)
{
    char why[256];

    if (sw_value_read(&number_row, n, ret, why, sizeof(why)))
        return true;
    sw_fault_at(job->faults, n, "'%s' %s", name, why);
    return false;
}

static bool figure_from(const struct sw_pack_job *job, const char *name, const struct sw_node *map, double scale,
                        int32_t *ret)
{
    const struct sw_node *from = sw_node_get(map, "from"), *plus = sw_node_get(map, "plus");
    const struct sw_node *bad = NULL;
    double value = 0, more = 0;
    char why[256];

    for (const struct sw_node *n = map->first; n != NULL; n = n->next)
        if (n != from && n != plus)
            bad = n;
    if (bad != NULL) {
        sw_fault_at_key(job->faults, bad, "unknown key '%.*s': known here are from, plus", sw_text_clip(bad->key, 60),
                        bad->key);
        return false;
    }
    if (from->kind != SW_NODE_SCALAR || sw_node_is_null(from)) {
        sw_fault_at(job->faults, from, "'from' must be the id of an option");
        return false;
    }
    const int option = find_option(job, from->text, from, false);

    if (option < 0 || (plus != NULL && !number(job, "plus", plus, &more)))
        return false;
    if (option_conf(job, (size_t) option)->type != SW_OPTION_NUMBER) {
        sw_fault_at(job->faults, from, "option '%.60s' is a choice: write {by: %.60s, VALUE: number, …}", from->text,
                    from->text);
        return false;
    }
    const char *text = job->pack->options[option].value;
    const struct sw_node chosen = {.kind = SW_NODE_SCALAR, .is_plain = true, .text = text, .len = strlen(text)};

    return sw_value_read(&number_row, &chosen, &value, why, sizeof(why)) &&
           sw_pack_centi(job, name, map, value + more, scale, ret);
}

static bool figure(const struct sw_pack_job *job, const char *name, const struct sw_node *n, double scale, int depth,
                   int32_t *ret);

static bool figure_by(const struct sw_pack_job *job, const char *name, const struct sw_node *map, double scale,
                      int depth, int32_t *ret)
{
    const struct sw_node *by = sw_node_get(map, "by");
    bool is_good = true;
    char near[200];

    if (by->kind != SW_NODE_SCALAR || sw_node_is_null(by)) {
        sw_fault_at(job->faults, by, "'by' must be the id of an option");
        return false;
    }
    const int option = find_option(job, by->text, by, false);

    if (option < 0)
        return false;
    const struct sw_option_conf *o = option_conf(job, (size_t) option);
    const struct sw_name_conf *names = o->values.items;

    if (o->type != SW_OPTION_CHOICE) {
        sw_fault_at(job->faults, by, "option '%.60s' is a number: write {from: %.60s, plus: 0}", by->text, by->text);
        return false;
    }
    for (const struct sw_node *n = map->first; n != NULL; n = n->next) {
        int32_t value = 0;

        if (n == by)
            continue;
        if (!has_value(o, n->key)) {
            sw_fault_at_key(job->faults, n, "option '%.60s' has no value '%.*s'%s", by->text, sw_text_clip(n->key, 40),
                            n->key, guess_value(o, n->key, near, sizeof(near)));
            is_good = false;
        } else if (!figure(job, name, n, scale, depth + 1, &value)) {
            is_good = false;
        } else if (strcmp(n->key, job->pack->options[option].value) == 0) {
            *ret = value;
        }
    }
    for (size_t i = 0; i < o->values.n; i++) {
        if (sw_node_get(map, names[i].name) != NULL)
            continue;
        sw_fault_at_key(job->faults, map, "'%s' lacks the value '%s' of option '%.60s'", name, names[i].name, by->text);
        is_good = false;
    }
    return is_good;
}

static bool figure(const struct sw_pack_job *job, const char *name, const struct sw_node *n, double scale, int depth,
                   int32_t *ret)
{
    double value = 0;

    if (depth > FIGURE_DEPTH_MAX)
        sw_fault_at(job->faults, n, "'%s' is nested too deep", name);
    else if (n->kind == SW_NODE_MAP && sw_node_get(n, "by") != NULL)
        return figure_by(job, name, n, scale, depth, ret);
    else if (n->kind == SW_NODE_MAP && sw_node_get(n, "from") != NULL)
        return figure_from(job, name, n, scale, ret);
    else if (n->kind != SW_NODE_SCALAR)
        sw_fault_at(job->faults, n, "'%s' must be a number, {by: OPTION, VALUE: number, …} or {from: OPTION, plus: N}",
                    name);
    else
        return number(job, name, n, &value) && sw_pack_centi(job, name, n, value, scale, ret);
    return false;
}

bool sw_pack_figure(const struct sw_pack_job *job, const char *name, const struct sw_node *n, double scale,
                    int32_t *ret)
{
    return figure(job, name, n, scale, 0, ret);
}
