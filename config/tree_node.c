// SPDX-License-Identifier: Apache-2.0
/* The tree once it is read: its memory, layers laid over each other, lookups, and faults at a node.
 * Reading files is left to tree.c, which alone knows libyaml. */
#include "config/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"

#define CHUNK_SIZE (64 * 1024)

/* Memory comes in chunks that live and die with the tree. */
struct chunk {
    struct chunk *next;
    size_t used, size;
    max_align_t data[];
};

struct sw_tree {
    struct chunk *chunks;
};

struct sw_tree *sw_tree_new(void)
{
    return calloc(1, sizeof(struct sw_tree));
}

struct sw_tree *sw_tree_free(struct sw_tree *t)
{
    while (t != NULL && t->chunks != NULL) {
        struct chunk *c = t->chunks;

        t->chunks = c->next;
        free(c);
    }
    free(t);
    return NULL;
}

void *sw_tree_alloc(struct sw_tree *t, size_t size)
{
    const size_t align = sizeof(max_align_t);
    const size_t want = (size + align - 1) / align * align;
    struct chunk *c = t->chunks;

    if (c == NULL || c->size - c->used < want) {
        const size_t room = SW_MAX(want, (size_t) CHUNK_SIZE);

        c = calloc(1, sizeof(*c) + room);
        if (c == NULL)
            return NULL;
        *c = (struct chunk){.next = t->chunks, .size = room};
        t->chunks = c;
    }
    void *p = (char *) c->data + c->used;
    c->used += want;
    return p;
}

void sw_node_append(struct sw_node *parent, struct sw_node *child)
{
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->len++;
}

void sw_node_filter(struct sw_node *map, bool (*stays)(const struct sw_node *node))
{
    struct sw_node *c = map->first;

    map->first = map->last = NULL;
    map->len = 0;
    while (c != NULL) {
        struct sw_node *next = c->next;

        c->next = NULL;
        if (c->kind == SW_NODE_MAP)
            sw_node_filter(c, stays);
        if (stays(c))
            sw_node_append(map, c);
        c = next;
    }
}

static bool is_value(const struct sw_node *node)
{
    return !sw_node_is_null(node);
}

static struct sw_node *find_member(struct sw_node *map, const char *key, struct sw_node **ret_before)
{
    struct sw_node *before = NULL;

    for (struct sw_node *c = map->first; c != NULL; before = c, c = c->next) {
        if (strcmp(c->key, key) == 0) {
            *ret_before = before;
            return c;
        }
    }
    *ret_before = map->last;
    return NULL;
}

static void merge_member(struct sw_node *base, struct sw_node *member)
{
    struct sw_node *before = NULL, *old = find_member(base, member->key, &before), *next, *merged;

    if (old == NULL) {
        if (sw_node_is_null(member))
            return;
        if (member->kind == SW_NODE_MAP)
            sw_node_filter(member, is_value);
        sw_node_append(base, member);
        return;
    }
    next = old->next;
    merged = sw_node_is_null(member) ? NULL : sw_tree_merge(old, member);
    if (merged == NULL)
        base->len--;
    else
        merged->next = next;
    struct sw_node *link = merged != NULL ? merged : next;
    if (before != NULL)
        before->next = link;
    else
        base->first = link;
    if (base->last == old)
        base->last = merged != NULL ? merged : before;
}

struct sw_node *sw_tree_merge(struct sw_node *base, struct sw_node *layer)
{
    if (layer->kind != SW_NODE_MAP)
        return layer;
    if (base->kind != SW_NODE_MAP) {
        sw_node_filter(layer, is_value);
        return layer;
    }
    for (struct sw_node *c = layer->first, *next; c != NULL; c = next) {
        next = c->next;
        c->next = NULL;
        merge_member(base, c);
    }
    return base;
}

const struct sw_node *sw_node_get(const struct sw_node *map, const char *key)
{
    if (map == NULL || map->kind != SW_NODE_MAP)
        return NULL;
    for (const struct sw_node *c = map->first; c != NULL; c = c->next)
        if (strcmp(c->key, key) == 0)
            return c;
    return NULL;
}

bool sw_node_is_null(const struct sw_node *n)
{
    return n->kind == SW_NODE_SCALAR && n->is_plain &&
           (n->len == 0 || strcmp(n->text, "~") == 0 || strcasecmp(n->text, "null") == 0);
}

void sw_fault_at(struct sw_faults *f, const struct sw_node *node, const char *fmt, ...)
{
    char text[sizeof(((struct sw_fault *) 0)->message)];
    va_list args;

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    sw_fault_add(f, node->file, node->line, node->column, "%s", text);
}

void sw_fault_at_key(struct sw_faults *f, const struct sw_node *node, const char *fmt, ...)
{
    char text[sizeof(((struct sw_fault *) 0)->message)];
    va_list args;

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    sw_fault_add(f, node->file, node->key != NULL ? node->key_line : node->line,
                 node->key != NULL ? node->key_column : node->column, "%s", text);
}

void sw_warning_at(struct sw_faults *f, const struct sw_node *node, const char *fmt, ...)
{
    char text[sizeof(((struct sw_fault *) 0)->message)];
    va_list args;

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    sw_warning_add(f, node->file, node->key != NULL ? node->key_line : node->line,
                   node->key != NULL ? node->key_column : node->column, "%s", text);
}
