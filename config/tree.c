// SPDX-License-Identifier: Apache-2.0
/* The only file that knows libyaml. It builds the tree from parser events rather than from libyaml's documents:
 * limits then hold while reading (not after a bomb was unpacked), keys keep their places, and an alias can only name
 * what is complete, so that no loop can arise. */
#include "config/tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "common/ident.h"
#include "common/macros.h"
#include "config/text.h"

static char *keep_text(struct sw_tree *t, const char *text, size_t len)
{
    char *copy = sw_tree_alloc(t, len + 1);

    if (copy != NULL)
        memcpy(copy, text, len);
    return copy;
}

struct load {
    yaml_parser_t parser;
    yaml_event_t event;
    struct sw_tree *tree;
    struct sw_faults *faults;
    const char *file, *text;
    size_t len, nodes, n_anchors;
    bool no_memory;
    struct {
        const char *name;
        struct sw_node *node;
    } anchors[SW_TREE_ANCHORS_MAX];
};

static void fault_at_mark(struct load *l, const yaml_mark_t *mark, const char *message)
{
    sw_fault_add(l->faults, l->file, (unsigned) mark->line + 1, (unsigned) mark->column + 1, "%s", message);
}

/* Whether a line (from 0) is indented with a tab. The text has no closing NUL. */
static bool has_tab_indent(const char *text, size_t len, size_t line)
{
    size_t at = 0;

    for (; line > 0 && at < len; at++)
        line -= text[at] == '\n' ? 1 : 0;
    while (at < len && text[at] == ' ')
        at++;
    return line == 0 && at < len && text[at] == '\t';
}

/* libyaml's words are about grammar; say what usually lies behind the two commonest. */
static void fault_of_syntax(struct load *l)
{
    const yaml_parser_t *p = &l->parser;
    const char *problem = p->problem != NULL ? p->problem : "cannot be read", *hint = "";
    char context[120] = "";

    if (p->error == YAML_MEMORY_ERROR) {
        l->no_memory = true;
        return;
    }
    if (has_tab_indent(l->text, l->len, p->problem_mark.line))
        hint = "; a tab cannot indent, use spaces";
    else if (strstr(problem, "mapping values are not allowed") != NULL)
        hint = "; a text with ': ' in it needs quotes, and keys of one map start in one column";
    if (p->context != NULL && p->context_mark.line != p->problem_mark.line)
        (void) snprintf(context, sizeof(context), " %s of line %zu", p->context, p->context_mark.line + 1);
    sw_fault_add(l->faults, l->file, (unsigned) p->problem_mark.line + 1, (unsigned) p->problem_mark.column + 1,
                 "not valid YAML: %s%s%s", problem, context, hint);
}

static bool next_event(struct load *l)
{
    yaml_event_delete(&l->event);
    if (yaml_parser_parse(&l->parser, &l->event))
        return true;
    fault_of_syntax(l);
    return false;
}

static struct sw_node *new_node(struct load *l, enum sw_node_kind kind, const yaml_mark_t *mark, size_t depth)
{
    if (++l->nodes > SW_TREE_NODES_MAX) {
        fault_at_mark(l, mark, "the file holds more than 100000 values (aliases count as often as they are used)");
        return NULL;
    }
    if (depth > SW_TREE_DEPTH_MAX) {
        fault_at_mark(l, mark, "nested deeper than 32 levels");
        return NULL;
    }
    struct sw_node *n = sw_tree_alloc(l->tree, sizeof(*n));
    if (n == NULL) {
        l->no_memory = true;
        return NULL;
    }
    n->kind = kind;
    n->file = l->file;
    n->line = (unsigned) mark->line + 1;
    n->column = (unsigned) mark->column + 1;
    return n;
}

static bool keep_anchor(struct load *l, const char *name, struct sw_node *node, const yaml_mark_t *mark)
{
    if (name == NULL)
        return true;
    if (l->n_anchors == SW_TREE_ANCHORS_MAX) {
        fault_at_mark(l, mark, "more than 64 anchors");
        return false;
    }
    l->anchors[l->n_anchors].name = name;
    l->anchors[l->n_anchors++].node = node;
    return true;
}

/* Aliases are unpacked into nodes of their own (texts are shared), each counted. */
static struct sw_node *copy_node(struct load *l, const struct sw_node *from, const yaml_mark_t *mark, size_t depth)
{
    struct sw_node *n = new_node(l, from->kind, mark, depth);

    if (n == NULL)
        return NULL;
    *n = *from;
    n->next = n->first = n->last = NULL;
    n->len = from->kind == SW_NODE_SCALAR ? from->len : 0;
    for (const struct sw_node *c = from->first; c != NULL; c = c->next) {
        struct sw_node *child = copy_node(l, c, mark, depth + 1);

        if (child == NULL)
            return NULL;
        sw_node_append(n, child);
    }
    return n;
}

static struct sw_node *read_alias(struct load *l, size_t depth)
{
    const char *name = (const char *) l->event.data.alias.anchor;
    const yaml_mark_t mark = l->event.start_mark;

    for (size_t i = l->n_anchors; i-- > 0;) {
        if (strcmp(l->anchors[i].name, name) == 0) {
            struct sw_node *n = copy_node(l, l->anchors[i].node, &mark, depth);

            if (n != NULL) {
                n->line = (unsigned) mark.line + 1;
                n->column = (unsigned) mark.column + 1;
                n->key = NULL;
            }
            return n;
        }
    }
    sw_fault_add(l->faults, l->file, (unsigned) mark.line + 1, (unsigned) mark.column + 1,
                 "the alias '*%.*s' names nothing that is complete above it", sw_text_clip(name, 60), name);
    return NULL;
}

static struct sw_node *read_scalar(struct load *l, size_t depth)
{
    const yaml_mark_t mark = l->event.start_mark;
    struct sw_node *n = new_node(l, SW_NODE_SCALAR, &mark, depth);

    if (n == NULL)
        return NULL;
    n->is_plain = l->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    n->len = l->event.data.scalar.length;
    n->text = keep_text(l->tree, (const char *) l->event.data.scalar.value, n->len);
    if (n->text == NULL)
        l->no_memory = true;
    else if (strlen(n->text) != n->len) /* "\0" in quotes */
        fault_at_mark(l, &mark, "a text cannot hold a NUL character");
    return n->text != NULL ? n : NULL;
}

static int by_key(const void *pa, const void *pb)
{
    const struct sw_node *a = *(const struct sw_node *const *) pa, *b = *(const struct sw_node *const *) pb;
    const int c = strcmp(a->key, b->key);

    if (c != 0)
        return c;
    if (a->key_line != b->key_line)
        return a->key_line < b->key_line ? -1 : 1;
    return a->key_column < b->key_column ? -1 : 1;
}

static bool refuse_duplicates(struct load *l, const struct sw_node *map)
{
    const struct sw_node **list = map->len > 1 ? malloc(map->len * sizeof(const struct sw_node *)) : NULL;
    size_t n = 0;

    if (map->len < 2)
        return true;
    if (list == NULL) {
        l->no_memory = true;
        return false;
    }
    for (const struct sw_node *c = map->first; c != NULL; c = c->next)
        list[n++] = c;
    qsort(list, n, sizeof(list[0]), by_key);
    for (size_t i = 1; i < n; i++)
        if (strcmp(list[i]->key, list[i - 1]->key) == 0)
            sw_fault_at_key(l->faults, list[i], "the key '%.*s' stands twice, first in line %u",
                            sw_text_clip(list[i]->key, 60), list[i]->key, list[i - 1]->key_line);
    free(list);
    return true;
}

/* The key of a member is the current event. */
static bool read_key(struct load *l, const char **ret_key, yaml_mark_t *ret_mark)
{
    *ret_mark = l->event.start_mark;
    if (l->event.type != YAML_SCALAR_EVENT || l->event.data.scalar.anchor != NULL) {
        fault_at_mark(l, ret_mark, "a key must be a plain word");
        return false;
    }
    *ret_key = keep_text(l->tree, (const char *) l->event.data.scalar.value, l->event.data.scalar.length);
    if (*ret_key == NULL)
        l->no_memory = true;
    else if (strcmp(*ret_key, "<<") == 0)
        fault_at_mark(l, ret_mark, "merge keys are not read here: write the values out, or use a file in conf.d");
    return *ret_key != NULL;
}

static struct sw_node *read_node(struct load *l, size_t depth);

static bool read_members(struct load *l, struct sw_node *map, size_t depth)
{
    for (;;) {
        const char *key = NULL;
        yaml_mark_t mark;

        if (!next_event(l))
            return false;
        if (l->event.type == YAML_MAPPING_END_EVENT)
            return refuse_duplicates(l, map);
        if (!read_key(l, &key, &mark) || !next_event(l))
            return false;
        struct sw_node *value = read_node(l, depth + 1);
        if (value == NULL)
            return false;
        value->key = key;
        value->key_line = (unsigned) mark.line + 1;
        value->key_column = (unsigned) mark.column + 1;
        sw_node_append(map, value);
    }
}

static bool read_items(struct load *l, struct sw_node *list, size_t depth)
{
    for (;;) {
        if (!next_event(l))
            return false;
        if (l->event.type == YAML_SEQUENCE_END_EVENT)
            return true;
        struct sw_node *item = read_node(l, depth + 1);
        if (item == NULL)
            return false;
        sw_node_append(list, item);
    }
}

/* Anchor and tag of the node that the current event starts. */
static void anchor_and_tag(const yaml_event_t *e, const yaml_char_t **ret_anchor, const yaml_char_t **ret_tag)
{
    *ret_anchor = e->type == YAML_SCALAR_EVENT           ? e->data.scalar.anchor
                  : e->type == YAML_SEQUENCE_START_EVENT ? e->data.sequence_start.anchor
                                                         : e->data.mapping_start.anchor;
    *ret_tag = e->type == YAML_SCALAR_EVENT           ? e->data.scalar.tag
               : e->type == YAML_SEQUENCE_START_EVENT ? e->data.sequence_start.tag
                                                      : e->data.mapping_start.tag;
}

/* The node that the current event starts; NULL ends the reading of the file. */
static struct sw_node *read_node(struct load *l, size_t depth)
{
    const yaml_mark_t mark = l->event.start_mark;
    const yaml_char_t *anchor = NULL, *tag = NULL;
    const char *name = NULL;
    struct sw_node *n = NULL;

    if (l->event.type == YAML_ALIAS_EVENT)
        return read_alias(l, depth);
    anchor_and_tag(&l->event, &anchor, &tag);
    if (tag != NULL)
        sw_fault_add(l->faults, l->file, (unsigned) mark.line + 1, (unsigned) mark.column + 1,
                     "tags ('!…') are not read here: write the plain value");
    if (anchor != NULL && (name = keep_text(l->tree, (const char *) anchor, strlen((const char *) anchor))) == NULL) {
        l->no_memory = true;
        return NULL;
    }
    if (l->event.type == YAML_SCALAR_EVENT) {
        n = read_scalar(l, depth);
    } else {
        const bool is_map = l->event.type == YAML_MAPPING_START_EVENT;

        n = new_node(l, is_map ? SW_NODE_MAP : SW_NODE_LIST, &mark, depth);
        if (n != NULL && !(is_map ? read_members(l, n, depth) : read_items(l, n, depth)))
            n = NULL;
    }
    return n != NULL && keep_anchor(l, name, n, &mark) ? n : NULL;
}

static struct sw_node *read_stream(struct load *l)
{
    static const yaml_mark_t start = {0};
    struct sw_node *root = NULL;

    while (next_event(l)) {
        switch (l->event.type) {
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            break;
        case YAML_DOCUMENT_START_EVENT:
            if (root != NULL) {
                fault_at_mark(l, &l->event.start_mark, "a second document starts here: one file holds one document");
                return NULL;
            }
            if (!next_event(l) || (root = read_node(l, 1)) == NULL)
                return NULL;
            break;
        default: /* the end of the stream */
            if (root == NULL || sw_node_is_null(root)) {
                l->nodes = 0;
                return new_node(l, SW_NODE_MAP, &start, 1);
            }
            return root;
        }
    }
    return NULL;
}

int sw_tree_read_text(struct sw_tree *t, const char *name, const char *text, size_t len, struct sw_faults *faults,
                      struct sw_node **ret, struct sw_err *err)
{
    struct load l = {.tree = t, .faults = faults, .text = text, .len = len};
    struct sw_node *root = NULL;

    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark in front does no harm */
        l.text = text += 3;
        l.len = len -= 3;
    }
    l.file = keep_text(t, name, strlen(name));
    if (l.file == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: no memory", name);
    const size_t bad = sw_text_first_bad(text, len);
    if (bad < len) {
        unsigned line = 0, column = 0;

        sw_text_place(text, bad, &line, &column);
        sw_fault_add(faults, l.file, line, column, "byte 0x%02x is not clean UTF-8 text: save the file as UTF-8",
                     (unsigned char) text[bad]);
        return sw_err_set(err, SW_E_INVAL, 0, "%s: not UTF-8 text", name);
    }
    if (!yaml_parser_initialize(&l.parser))
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: no memory", name);
    yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&l.parser, (const unsigned char *) text, len);
    root = read_stream(&l);
    yaml_event_delete(&l.event);
    yaml_parser_delete(&l.parser);
    if (l.no_memory)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: no memory", name);
    if (root == NULL)
        return sw_err_set(err, SW_E_INVAL, 0, "%s: not readable as YAML", name);
    *ret = root;
    return SW_OK;
}

/* The bytes of a file, at most one more than allowed. */
static int slurp(const char *file, char *buf, size_t cap, size_t *ret_len, struct sw_err *err)
{
    FILE *f = fopen(file, "rbe");

    if (f == NULL)
        return sw_err_set(err, SW_E_IO, errno, "%s: cannot be read: %s", file, strerror(errno));
    *ret_len = fread(buf, 1, cap, f);
    const int saved = errno;
    const bool is_bad = ferror(f) != 0;
    (void) fclose(f);
    if (is_bad)
        return sw_err_set(err, SW_E_IO, saved, "%s: cannot be read: %s", file, strerror(saved));
    return SW_OK;
}

int sw_tree_read(struct sw_tree *t, const char *file, struct sw_faults *faults, char *ret_sha256, struct sw_node **ret,
                 struct sw_err *err)
{
    const size_t cap = SW_TREE_FILE_MAX + 1;
    char *buf = malloc(cap);
    size_t len = 0;
    int rc;

    if (buf == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: no memory", file);
    rc = slurp(file, buf, cap, &len, err);
    if (rc == SW_OK && len > SW_TREE_FILE_MAX) {
        sw_fault_add(faults, file, 0, 0, "the file is larger than 1 MiB");
        rc = sw_err_set(err, SW_E_INVAL, 0, "%s: larger than 1 MiB", file);
    }
    if (rc == SW_OK && ret_sha256 != NULL)
        sw_sha256_hex(buf, len, ret_sha256);
    if (rc == SW_OK)
        rc = sw_tree_read_text(t, file, buf, len, faults, ret, err);
    free(buf);
    return rc;
}
