// SPDX-License-Identifier: Apache-2.0
/* Walks the branches of a pack's limits and has each read by config's own reader, so that what is shown is what a site
 * would be judged by. */
#include "cli/pack_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/read.h"
#include "config/text.h"

struct walk {
    struct sw_pack_view *v;
    struct sw_faults *faults;
    struct sw_err *err;
    const struct sw_node *rule;
    size_t n_cases;
    struct sw_pack_case cases[SW_PACK_CASES_MAX + SW_PACK_OPTIONS_MAX]; /* of the figure; behind them those of `when` */
    size_t n_when;
};

const struct sw_pack_view_option *sw_pack_view_option(const struct sw_pack_view *v, const char *id)
{
    for (size_t i = 0; i < v->n_options; i++)
        if (strcmp(v->options[i].id, id) == 0)
            return &v->options[i];
    return NULL;
}

static const char *text_of(const struct sw_node *map, const char *key)
{
    const struct sw_node *n = sw_node_get(map, key);

    return n != NULL && n->kind == SW_NODE_SCALAR && !sw_node_is_null(n) ? n->text : NULL;
}

/* What an option has when nobody chose: its default, else the first that it may be. */
static const char *fallback(const struct sw_pack_view_option *o)
{
    const struct sw_node *values = sw_node_get(o->node, "values");
    const char *least = text_of(o->node, "min");

    if (o->dflt != NULL)
        return o->dflt;
    if (values != NULL && values->first != NULL && values->first->text != NULL)
        return values->first->text;
    return least != NULL ? least : "0";
}

/* Read the pack with the given options, the cases of a walk (may be NULL) and fallbacks for the rest. */
static int read_with(struct sw_pack_view *v, const struct walk *w, struct sw_faults *faults, struct sw_pack *ret,
                     struct sw_err *err)
{
    struct sw_node map = {.kind = SW_NODE_MAP, .file = "--option"}, values[SW_PACK_OPTIONS_MAX] = {{0}};

    for (size_t i = 0; i < v->n_options; i++) {
        const struct sw_pack_view_option *o = &v->options[i];
        const char *text = o->given != NULL ? o->given : fallback(o);

        for (size_t k = 0; w != NULL && k < w->n_cases + w->n_when; k++)
            if (strcmp(w->cases[k].option, o->id) == 0)
                text = w->cases[k].value;
        values[i] = (struct sw_node){.kind = SW_NODE_SCALAR,
                                     .is_plain = true,
                                     .file = "--option",
                                     .text = text,
                                     .len = strlen(text),
                                     .key = o->id};
        sw_node_append(&map, &values[i]);
    }
    const struct sw_pack_choice choice = {.at = v->root, .options = &map};
    return sw_pack_read_for(v->path, &choice, faults, ret, err);
}

static void add_period(struct sw_pack_view *v, const struct sw_period *p)
{
    for (size_t i = 0; i < v->n_periods; i++)
        if (strcmp(v->periods[i].id, p->id) == 0)
            return;
    if (v->n_periods < SW_PACK_PERIODS_MAX)
        v->periods[v->n_periods++] = *p;
}

/* One figure with its cases: read what the rule is then. */
static int add_limit(struct walk *w, const struct sw_node *figure)
{
    struct sw_pack_view *v = w->v;
    struct sw_faults warnings = {0};
    const struct sw_node *adjust = sw_node_get(w->rule, "adjust");
    const char *by = adjust != NULL ? text_of(adjust, "by") : NULL, *from = text_of(figure, "from");
    struct sw_pack *pack = malloc(sizeof(*pack));

    if (pack == NULL || v->n_limits == SW_PACK_LIMITS_MAX) {
        free(pack);
        return sw_err_set(w->err, SW_E_NOMEM, 0, "%s: too many limits to show", v->path);
    }
    int rc = read_with(v, w, &warnings, pack, w->err);
    for (size_t i = 0; rc >= 0 && i < pack->n_rules; i++) {
        if (strcmp(pack->rules[i].id, w->rule->key) != 0)
            continue;
        struct sw_pack_limit *to = &v->limits[v->n_limits++];
        const struct sw_pack_view_option *number = from != NULL ? sw_pack_view_option(v, from) : NULL;

        *to = (struct sw_pack_limit){.node = w->rule, .rule = pack->rules[i], .unit = text_of(w->rule, "unit")};
        to->n_cases = w->n_cases;
        memcpy(to->cases, w->cases, w->n_cases * sizeof(w->cases[0]));
        if (by != NULL && sw_pack_view_option(v, by) != NULL && sw_pack_view_option(v, by)->given == NULL)
            to->adjust = adjust;
        if (number != NULL && number->given == NULL) {
            to->from = from;
            to->plus = text_of(figure, "plus") != NULL ? text_of(figure, "plus") : "0";
        }
        if (to->rule.period >= 0) {
            to->period = pack->periods[to->rule.period];
            add_period(v, &to->period);
        }
    }
    sw_faults_done(&warnings); /* what is unverified stands with each limit */
    free(pack);
    return rc;
}

/* Branches of a figure: {by: OPTION, VALUE: figure, …}. Those of a given option are not walked but its own. */
static int walk_figure(struct walk *w, const struct sw_node *figure)
{
    const char *by = figure->kind == SW_NODE_MAP ? text_of(figure, "by") : NULL;
    const struct sw_pack_view_option *o = by != NULL ? sw_pack_view_option(w->v, by) : NULL;
    int rc = SW_OK;

    if (o == NULL)
        return add_limit(w, figure);
    for (const struct sw_node *n = figure->first; rc >= 0 && n != NULL; n = n->next) {
        if (strcmp(n->key, "by") == 0 || (o->given != NULL && strcmp(n->key, o->given) != 0))
            continue;
        if (o->given != NULL) {
            rc = walk_figure(w, n);
        } else if (w->n_cases < SW_PACK_CASES_MAX) {
            memmove(&w->cases[w->n_cases + 1], &w->cases[w->n_cases], w->n_when * sizeof(w->cases[0]));
            w->cases[w->n_cases++] = (struct sw_pack_case){by, n->key};
            rc = walk_figure(w, n);
            w->n_cases--;
            memmove(&w->cases[w->n_cases], &w->cases[w->n_cases + 1], w->n_when * sizeof(w->cases[0]));
        }
    }
    return rc;
}

static bool names_value(const struct sw_node *n, const char *value)
{
    if (n->kind == SW_NODE_SCALAR)
        return strcmp(n->text, value) == 0;
    for (const struct sw_node *i = n->first; i != NULL; i = i->next)
        if (i->text != NULL && strcmp(i->text, value) == 0)
            return true;
    return false;
}

/* One rule of the file. `when` leaves it out, or its options are set so that it exists. */
static int walk_rule(struct sw_pack_view *v, const struct sw_node *rule, struct sw_faults *faults, struct sw_err *err)
{
    struct walk w = {.v = v, .faults = faults, .err = err, .rule = rule};
    const struct sw_node *when = sw_node_get(rule, "when"), *limit = sw_node_get(rule, "limit");

    for (const struct sw_node *n = when != NULL ? when->first : NULL; n != NULL; n = n->next) {
        const struct sw_pack_view_option *o = sw_pack_view_option(v, n->key);
        const char *first = n->kind == SW_NODE_SCALAR ? n->text : n->first != NULL ? n->first->text : NULL;

        if (o != NULL && o->given != NULL && !names_value(n, o->given)) {
            v->n_left_out++;
            return SW_OK;
        }
        if (o != NULL && o->given == NULL && first != NULL && w.n_when < SW_PACK_OPTIONS_MAX)
            w.cases[w.n_when++] = (struct sw_pack_case){o->id, first};
    }
    return limit != NULL ? walk_figure(&w, limit) : SW_OK;
}

static void take_options(struct sw_pack_view *v)
{
    const struct sw_node *options = sw_node_get(v->root, "options");

    for (const struct sw_node *n = options != NULL ? options->first : NULL; n != NULL; n = n->next) {
        const char *type = text_of(n, "type");

        if (v->n_options == SW_PACK_OPTIONS_MAX)
            return; /* the reader says so */
        v->options[v->n_options++] = (struct sw_pack_view_option){
            .node = n, .id = n->key, .dflt = text_of(n, "default"), .is_number = type && strcmp(type, "number") == 0};
    }
}

/* "area=residential" */
static int take_given(struct sw_pack_view *v, const char *text, struct sw_err *err)
{
    const char *equals = strchr(text, '=');
    const size_t len = equals != NULL ? (size_t) (equals - text) : 0;
    char id[SW_ID_SIZE], near[160];
    struct sw_guess guess = {.typed = id};

    if (len == 0 || len >= sizeof(id) || equals[1] == '\0')
        return sw_err_set(err, SW_E_INVAL, 0, "--option '%.60s' is not name=value", text);
    (void) snprintf(id, sizeof(id), "%.*s", (int) len, text);
    for (size_t i = 0; i < v->n_options; i++) {
        sw_guess_offer(&guess, v->options[i].id);
        if (strcmp(v->options[i].id, id) == 0) {
            v->options[i].given = equals + 1;
            return SW_OK;
        }
    }
    return sw_err_set(err, SW_E_INVAL, 0, "%s has no option '%s'%s", v->path, id,
                      sw_guess_text(&guess, near, sizeof(near)));
}

static int read_all(struct sw_pack_view *v, char *const *given, size_t n_given, struct sw_faults *faults,
                    struct sw_err *err)
{
    const struct sw_node *rules;
    int rc = SW_OK;

    take_options(v);
    for (size_t i = 0; rc >= 0 && i < n_given; i++)
        rc = take_given(v, given[i], err);
    if (rc >= 0)
        rc = read_with(v, NULL, faults, v->pack, err);
    rules = sw_node_get(v->root, "rules");
    for (const struct sw_node *n = rules != NULL ? rules->first : NULL; rc >= 0 && n != NULL; n = n->next)
        rc = walk_rule(v, n, faults, err);
    for (size_t i = 0; rc >= 0 && i < v->pack->n_periods; i++)
        add_period(v, &v->pack->periods[i]);
    return rc;
}

int sw_pack_view_new(const char *path, char *const *given, size_t n_given, struct sw_faults *faults,
                     struct sw_pack_view **ret, struct sw_err *err)
{
    struct sw_pack_view *v = calloc(1, sizeof(*v));
    struct sw_node *root = NULL;
    int rc;

    if (v == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    (void) snprintf(v->path, sizeof(v->path), "%s", path);
    v->pack = calloc(1, sizeof(*v->pack));
    v->limits = calloc(SW_PACK_LIMITS_MAX, sizeof(*v->limits));
    v->tree = sw_tree_new();
    if (v->pack == NULL || v->limits == NULL || v->tree == NULL)
        rc = sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    else
        rc = sw_tree_read(v->tree, path, faults, NULL, &root, err);
    v->root = root;
    if (rc >= 0)
        rc = read_all(v, given, n_given, faults, err);
    if (rc < 0) {
        sw_pack_view_free(v);
        return rc;
    }
    *ret = v;
    return SW_OK;
}

struct sw_pack_view *sw_pack_view_free(struct sw_pack_view *v)
{
    if (v != NULL) {
        v->tree = sw_tree_free(v->tree);
        free(v->limits);
        free(v->pack);
        free(v);
    }
    return NULL;
}
