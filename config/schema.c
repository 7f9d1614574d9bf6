// SPDX-License-Identifier: Apache-2.0
/* Walks a tree along a table of rows: unknown and missing keys, maps, lists, maps by id, defaults.
 * Single values are left to value.c. */
#include "config/schema.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/ident.h"
#include "config/text.h"

struct walk {
    struct sw_tree *tree;
    struct sw_faults *faults;
    bool no_memory;
};

static void read_map(struct walk *w, const struct sw_row *rows, const struct sw_node *map, char *dest);

static const struct sw_row *find_row(const struct sw_row *rows, const char *key)
{
    for (; rows->key != NULL; rows++)
        if (strcmp(rows->key, key) == 0)
            return rows;
    return NULL;
}

/* "a, b, c", cut with an ellipsis where the room ends. */
static const char *list_keys(const struct sw_row *rows, char *buf, size_t cap)
{
    static const char more[] = ", …";
    size_t len = 0;

    buf[0] = '\0';
    for (const struct sw_row *r = rows; r->key != NULL; r++) {
        const char *sep = len > 0 ? ", " : "";

        if (len + strlen(sep) + strlen(r->key) + sizeof(more) > cap) {
            (void) snprintf(buf + len, cap - len, "%s", more);
            break;
        }
        len += (size_t) snprintf(buf + len, cap - len, "%s%s", sep, r->key);
    }
    return buf;
}

static void fault_of_unknown_key(struct walk *w, const struct sw_row *rows, const struct sw_node *member)
{
    struct sw_guess guess = {.typed = member->key};
    const int shown = sw_text_clip(member->key, 60);
    char near[160], known[140];

    for (const struct sw_row *r = rows; r->key != NULL; r++)
        sw_guess_offer(&guess, r->key);
    if (guess.is_found)
        sw_fault_at_key(w->faults, member, "unknown key '%.*s'%s", shown, member->key,
                        sw_guess_text(&guess, near, sizeof(near)));
    else
        sw_fault_at_key(w->faults, member, "unknown key '%.*s': known here are %s", shown, member->key,
                        list_keys(rows, known, sizeof(known)));
}

static const char *kind_name(const struct sw_node *n)
{
    return n->kind == SW_NODE_MAP ? "a map" : n->kind == SW_NODE_LIST ? "a list" : "one plain value";
}

static void check_count(struct walk *w, const struct sw_row *row, const struct sw_node *n)
{
    if (row->max > 0 && (double) n->len > row->max)
        sw_fault_at_key(w->faults, n, "'%s' has %zu entries: at most %.0f are allowed", row->key, n->len, row->max);
    if ((double) n->len < row->min)
        sw_fault_at_key(w->faults, n, "'%s' has %zu entries: at least %.0f needed", row->key, n->len, row->min);
}

static void read_value(struct walk *w, const struct sw_row *row, const struct sw_node *n, char *dest)
{
    char why[256];

    if (!sw_value_read(row, n, dest + row->offset, why, sizeof(why)))
        sw_fault_at(w->faults, n, "'%s' %s", row->key, why);
}

static void read_item(struct walk *w, const struct sw_row *row, const struct sw_node *n, char *dest)
{
    if (n->kind == SW_NODE_MAP && (row->flags & SW_ROW_SCALARS) == 0) {
        read_map(w, row->of, n, dest);
    } else if (row->flags & SW_ROW_SCALARS) {
        read_value(w, &row->of[0], n, dest);
    } else if (n->kind == SW_NODE_SCALAR && (row->flags & SW_ROW_BARE)) {
        read_map(w, row->of, NULL, dest);
        read_value(w, &row->of[0], n, dest);
    } else {
        read_map(w, row->of, NULL, dest);
        sw_fault_at(w->faults, n, "each entry of '%s' must be a map (key: value), this is %s", row->key, kind_name(n));
    }
}

/* Lists and maps by id: an array of elements, each beginning with a struct sw_item. */
static void read_array(struct walk *w, const struct sw_row *row, const struct sw_node *n, char *dest)
{
    const enum sw_node_kind want = row->type == SW_ROW_LIST ? SW_NODE_LIST : SW_NODE_MAP;
    struct sw_array *array = (struct sw_array *) (void *) (dest + row->offset);

    if (sw_node_is_null(n)) /* all entries are commented out */
        return;
    if (n->kind != want) {
        sw_fault_at(w->faults, n, "'%s' must be a %s, this is %s", row->key,
                    want == SW_NODE_LIST ? "list" : "map by id (id: {…})", kind_name(n));
        return;
    }
    check_count(w, row, n);
    char *items = sw_tree_alloc(w->tree, n->len * row->of_size + 1);
    if (items == NULL) {
        w->no_memory = true;
        return;
    }
    size_t count = 0;
    for (const struct sw_node *c = n->first; c != NULL; c = c->next, count++) {
        struct sw_item *item = (struct sw_item *) (void *) (items + count * row->of_size);

        if (row->type == SW_ROW_MAP_BY_ID && !sw_id_is_valid(c->key))
            sw_fault_at_key(w->faults, c,
                            "'%.*s' is no id: small letters a-z, digits and '-' (1 to 64, no '-' at the ends)",
                            sw_text_clip(c->key, 60), c->key);
        *item = (struct sw_item){.node = c, .id = c->key};
        read_item(w, row, c, (char *) item);
    }
    if (row->size > 0)
        *array = (struct sw_array){.n = count, .items = items};
}

static void read_member(struct walk *w, const struct sw_row *row, const struct sw_node *n, char *dest)
{
    switch (row->type) {
    case SW_ROW_MAP:
        if (n->kind == SW_NODE_MAP) {
            read_map(w, row->of, n, dest + row->offset);
            break;
        }
        read_map(w, row->of, NULL, dest + row->offset);
        if (!sw_node_is_null(n) || (row->flags & SW_ROW_REQUIRED))
            sw_fault_at(w->faults, n, "'%s' must be a map (key: value), this is %s", row->key, kind_name(n));
        break;
    case SW_ROW_LIST:
    case SW_ROW_MAP_BY_ID:
        read_array(w, row, n, dest);
        break;
    default:
        read_value(w, row, n, dest);
        break;
    }
}

static void set_default(struct walk *w, const struct sw_row *row, char *dest)
{
    struct sw_node node = {.kind = SW_NODE_SCALAR, .is_plain = true, .text = row->dflt};
    char why[256];

    if (row->type == SW_ROW_MAP) {
        read_map(w, row->of, NULL, dest + row->offset);
    } else if (row->flags & SW_ROW_NAN) {
        for (size_t i = 0; i < row->size / sizeof(double); i++)
            ((double *) (void *) (dest + row->offset))[i] = NAN;
    } else if (row->dflt != NULL) {
        node.len = strlen(row->dflt);
        (void) sw_value_read(row, &node, dest + row->offset, why, sizeof(why));
    }
}

static void fault_of_missing_key(struct walk *w, const struct sw_row *row, const struct sw_node *map)
{
    const char *help = row->help != NULL ? row->help : "";
    const char *sep = row->help != NULL ? ": " : "";

    if (map->key != NULL)
        sw_fault_at_key(w->faults, map, "'%.*s' lacks the key '%s'%s%s", sw_text_clip(map->key, 60), map->key, row->key,
                        sep, help);
    else
        sw_fault_at_key(w->faults, map, "the key '%s' is missing%s%s", row->key, sep, help);
}

/* map NULL: only the defaults are set, nothing is missing. */
static void read_map(struct walk *w, const struct sw_row *rows, const struct sw_node *map, char *dest)
{
    for (const struct sw_row *row = rows; row->key != NULL; row++) {
        const struct sw_node *n = sw_node_get(map, row->key);

        if (n == NULL || row->type != SW_ROW_MAP)
            set_default(w, row, dest);
        if (n != NULL)
            read_member(w, row, n, dest);
        else if (map != NULL && (row->flags & SW_ROW_REQUIRED))
            fault_of_missing_key(w, row, map);
    }
    for (const struct sw_node *c = map != NULL ? map->first : NULL; c != NULL; c = c->next)
        if (find_row(rows, c->key) == NULL)
            fault_of_unknown_key(w, rows, c);
}

int sw_schema_read(struct sw_tree *t, const struct sw_row *rows, const struct sw_node *map, void *dest,
                   struct sw_faults *faults, struct sw_err *err)
{
    struct walk w = {.tree = t, .faults = faults};

    if (map->kind == SW_NODE_MAP) {
        read_map(&w, rows, map, dest);
    } else {
        read_map(&w, rows, NULL, dest);
        sw_fault_at(faults, map, "the file must be a map (key: value), this is %s", kind_name(map));
    }
    return w.no_memory ? sw_err_set(err, SW_E_NOMEM, 0, "%s: no memory", map->file) : SW_OK;
}
