// SPDX-License-Identifier: Apache-2.0
/* Walks a layer of a platform's along the rows of a site: what is not marked for it, what the rows would not take, and
 * entries of what the site does not have. A patch is refused at the first of these; of the file that was written
 * earlier only that part is left out, for no platform may keep a gateway from starting. */
#include "config/remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "config/conf.h"
#include "config/layers.h"
#include "config/text.h"

struct walk {
    struct sw_remote_refusal *refusal; /* a patch: the first is told; NULL = a layer is cleaned */
    struct sw_faults *faults;
    const struct sw_remote_drop *drops;
    size_t n_drops;
    bool is_cut; /* something was taken out */
    char pointer[SW_REMOTE_POINTER_SIZE];
};

/* "/devices/a~1b"; cut with an ellipsis where the room ends. @return length before */
static size_t push(struct walk *w, const char *key)
{
    const size_t before = strlen(w->pointer);
    size_t at = before;

    if (at + 1 < sizeof(w->pointer))
        w->pointer[at++] = '/';
    for (const char *p = key; *p != '\0' && at + 8 < sizeof(w->pointer); p++) {
        const char *escaped = *p == '~' ? "~0" : *p == '/' ? "~1" : NULL;

        if (escaped != NULL)
            at += (size_t) snprintf(w->pointer + at, sizeof(w->pointer) - at, "%s", escaped);
        else
            w->pointer[at++] = (unsigned char) *p < 0x20 || *p == 0x7f ? ' ' : *p;
    }
    w->pointer[at] = '\0';
    w->pointer[sw_text_clip(w->pointer, sizeof(w->pointer) - 1)] = '\0';
    return before;
}

static bool refuse(struct walk *w, const struct sw_node *n, bool is_forbidden, const char *why)
{
    w->is_cut = true;
    if (w->refusal == NULL) {
        sw_warning_at(w->faults, n, "%.120s is left out: %.110s", w->pointer, why);
    } else {
        w->refusal->is_forbidden = is_forbidden;
        (void) snprintf(w->refusal->why, sizeof(w->refusal->why), "%s: %.180s", w->pointer, why);
    }
    return false;
}

/* The row itself or one below it is marked. */
static bool is_writable(const struct sw_row *row)
{
    if (row->flags & SW_ROW_REMOTE)
        return true;
    if (row->type != SW_ROW_MAP && row->type != SW_ROW_MAP_BY_ID)
        return false;
    for (const struct sw_row *below = row->of; below->key != NULL; below++)
        if (is_writable(below))
            return true;
    return false;
}

static bool has_required(const struct sw_row *rows)
{
    for (; rows->key != NULL; rows++)
        if (rows->flags & SW_ROW_REQUIRED)
            return true;
    return false;
}

/* Control characters and line ends of every script: a name is one line wherever it is shown. */
static bool is_one_line(const char *text)
{
    for (const unsigned char *p = (const unsigned char *) text; *p != '\0'; p++)
        if (*p < 0x20 || *p == 0x7f || (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f) ||
            (p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9)))
            return false;
    return true;
}

static bool look_at_value(struct walk *w, const struct sw_row *row, const struct sw_node *n)
{
    char why[256], text[300];

    if (row->type == SW_ROW_LIST || row->type == SW_ROW_NODE) /* reading the whole finds their faults */
        return true;
    if (n->kind == SW_NODE_SCALAR && !is_one_line(n->text))
        return refuse(w, n, false, "must be one line without control characters");
    if (sw_value_read(row, n, NULL, why, sizeof(why)))
        return true;
    (void) snprintf(text, sizeof(text), "'%s' %s", row->key, why);
    return refuse(w, n, false, text);
}

static bool was_fault(const struct walk *w, const struct sw_node *n, const char **ret_why)
{
    for (size_t i = 0; i < w->n_drops; i++) {
        const struct sw_remote_drop *d = &w->drops[i];

        *ret_why = d->message;
        if ((d->line == n->line && d->column == n->column) || (d->line == n->key_line && d->column == n->key_column))
            return true;
    }
    return false;
}

static bool look_below(struct walk *w, const struct sw_row *rows, bool is_by_id, struct sw_node *map,
                       const struct sw_node *base);

/* @return whether it may stay */
static bool look_at(struct walk *w, const struct sw_row *row, struct sw_node *n, const struct sw_node *base)
{
    const char *why;

    if (row == NULL)
        return refuse(w, n, false, "there is no such key");
    if (!is_writable(row))
        return refuse(w, n, true, "may only be changed on the site");
    if (was_fault(w, n, &why))
        return refuse(w, n, false, why);
    if (sw_node_is_null(n)) /* in a patch it takes away; in a layer there is nothing that it could mean */
        return w->refusal != NULL;
    if (row->type != SW_ROW_MAP && row->type != SW_ROW_MAP_BY_ID)
        return look_at_value(w, row, n);
    if (n->kind != SW_NODE_MAP)
        return refuse(w, n, false, "must be an object");
    return look_below(w, row->of, row->type == SW_ROW_MAP_BY_ID, n, base);
}

static bool look_at_entry(struct walk *w, const struct sw_row *rows, struct sw_node *n, const struct sw_node *base)
{
    const char *why;

    if (was_fault(w, n, &why))
        return refuse(w, n, false, why);
    if (sw_node_is_null(n))
        return w->refusal != NULL;
    if (n->kind != SW_NODE_MAP)
        return refuse(w, n, false, "must be an object");
    if (base == NULL && has_required(rows))
        return refuse(w, n, false, "the configuration of the site has no such entry");
    return look_below(w, rows, false, n, base);
}

/* The members of a map that may stay, linked anew. @return false: the first that may not, of a patch */
static bool look_below(struct walk *w, const struct sw_row *rows, bool is_by_id, struct sw_node *map,
                       const struct sw_node *base)
{
    struct sw_node *c = map->first;
    bool is_good = true;

    map->first = map->last = NULL;
    map->len = 0;
    while (c != NULL) {
        struct sw_node *next = c->next;
        const struct sw_row *row = NULL;
        const size_t before = push(w, c->key);
        bool stays = false;

        for (const struct sw_row *r = rows; r->key != NULL && !is_by_id; r++)
            if (strcmp(r->key, c->key) == 0)
                row = r;
        c->next = NULL;
        if (is_good || w->refusal == NULL)
            stays = is_by_id ? look_at_entry(w, rows, c, sw_node_get(base, c->key))
                             : look_at(w, row, c, sw_node_get(base, c->key));
        if (stays)
            sw_node_append(map, c);
        else if (w->refusal != NULL)
            is_good = false;
        if (w->refusal == NULL || is_good)
            w->pointer[before] = '\0';
        c = next;
    }
    return is_good;
}

bool sw_remote_check(const struct sw_row *rows, struct sw_node *patch, const struct sw_node *base,
                     struct sw_remote_refusal *ret)
{
    struct walk w = {.refusal = ret};

    *ret = (struct sw_remote_refusal){0};
    if (patch->kind != SW_NODE_MAP) {
        (void) snprintf(ret->why, sizeof(ret->why), "\"patch\" must be an object of keys to change");
        return false;
    }
    return look_below(&w, rows, false, patch, base);
}

bool sw_remote_clean(const struct sw_row *rows, struct sw_node *layer, const struct sw_node *base,
                     const struct sw_remote_drop *drops, size_t n_drops, struct sw_faults *faults)
{
    struct walk w = {.faults = faults, .drops = drops, .n_drops = n_drops};

    if (layer->kind != SW_NODE_MAP) {
        sw_warning_at(faults, layer, "is left out: it is no map");
        return true;
    }
    (void) look_below(&w, rows, false, layer, base);
    return w.is_cut;
}

/* ---- a patch ---- */

/* Maps of which nothing is left say nothing. */
static bool says_something(const struct sw_node *node)
{
    return node->kind != SW_NODE_MAP || node->len > 0;
}

/* JSON is YAML, and this writer's texts have no characters that YAML would read otherwise: is_one_line saw to it. */
static int render(const struct sw_node *layer, char **ret, size_t *ret_len, struct sw_err *err)
{
    static const char head[] =
        "# Written by sitewardd: what the platform set over MQTT (docs/how-to/change-remotely.md).\n"
        "# It is laid over site.yaml and conf.d. Do not edit it: the next change replaces it.\n";
    char *buf = malloc(SW_REMOTE_MAX);
    struct sw_jsonw w;
    size_t len = 0;

    if (buf == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the remote layer");
    memcpy(buf, head, sizeof(head) - 1);
    sw_jsonw_init(&w, buf + sizeof(head) - 1, SW_REMOTE_MAX - sizeof(head) - 1);
    sw_node_json(&w, NULL, layer);
    if (sw_jsonw_finish(&w, &len) == NULL) {
        free(buf);
        return sw_err_set(err, SW_E_FULL, 0, "what the platform sets would be more than %d KiB together",
                          SW_REMOTE_MAX / 1024);
    }
    len += sizeof(head) - 1;
    buf[len++] = '\n';
    buf[len] = '\0';
    *ret = buf;
    *ret_len = len;
    return SW_OK;
}

static int make(struct sw_layers *l, const char *patch, size_t len, char **ret, size_t *ret_len, struct sw_err *err)
{
    struct sw_remote_refusal refusal;
    struct sw_node *changes = NULL;
    struct sw_faults own = {0};
    char first[300];
    int rc;

    /* U+0085 ends a line in YAML and not in JSON: it would come out as a space */
    if (sw_text_first_bad(patch, len) < len || memmem(patch, len, "\xc2\x85", 2) != NULL)
        return sw_err_set(err, SW_E_INVAL, 0, "\"patch\" holds a control character");
    rc = sw_tree_read_text(l->tree, "patch", patch, len, &own, &changes, err);
    if (rc >= 0 && own.n_faults > 0)
        rc = SW_E_INVAL;
    if (rc == SW_E_INVAL)
        (void) sw_err_set(err, SW_E_INVAL, 0, "\"patch\" cannot be taken: %s",
                          sw_faults_first(&own, first, sizeof(first)));
    sw_faults_done(&own);
    if (rc < 0)
        return rc;
    if (!sw_remote_check(sw_site_rows, changes, l->root, &refusal))
        return sw_err_set(err, refusal.is_forbidden ? SW_E_DENIED : SW_E_INVAL, 0, "%s", refusal.why);
    l->remote = sw_tree_merge(l->remote, changes);
    sw_node_filter(l->remote, says_something);
    return render(l->remote, ret, ret_len, err);
}

int sw_remote_patch(const char *file, const struct sw_config_paths *paths, const char *patch, size_t len, char **ret,
                    size_t *ret_len, struct sw_err *err)
{
    struct sw_faults faults = {0};
    struct sw_layers l = {.tree = sw_tree_new(), .faults = &faults};
    char first[400];
    int rc = l.tree == NULL ? sw_err_set(err, SW_E_NOMEM, 0, "no memory for the configuration")
                            : sw_layers_read(&l, file, paths, err);

    if (rc >= 0 && (faults.n_faults > 0 || l.root == NULL))
        rc = sw_err_set(err, SW_E_INVAL, 0, "the configuration on the site has faults: %s",
                        sw_faults_first(&faults, first, sizeof(first)));
    if (rc >= 0)
        rc = make(&l, patch, len, ret, ret_len, err);
    sw_faults_done(&faults);
    sw_layers_done(&l);
    return rc;
}
