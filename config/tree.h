// SPDX-License-Identifier: Apache-2.0
/* One tree for every configuration file, YAML or JSON alike (JSON is read as the YAML it is): maps, lists and scalars,
 * each knowing its file, line and column. What the values mean is left to schema.h. */
#ifndef SW_CONFIG_TREE_H
#define SW_CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "config/faults.h"

#define SW_TREE_FILE_MAX (1024 * 1024) /* bytes of one file */
#define SW_TREE_NODES_MAX 100000       /* of one file, aliases counted as often as they are used */
#define SW_TREE_DEPTH_MAX 32
#define SW_TREE_ANCHORS_MAX 64

enum sw_node_kind { SW_NODE_SCALAR, SW_NODE_LIST, SW_NODE_MAP };

/** Owned by its tree. Members of a map and items of a list are linked in the order of the file. */
struct sw_node {
    enum sw_node_kind kind;
    bool is_plain;         /* scalar written without quotes: may be a number, a truth value, null */
    const char *file;      /* where it was written; layers keep their own */
    unsigned line, column; /* from 1 */
    const char *text;      /* scalar, NUL-terminated UTF-8 */
    size_t len;            /* bytes of text; members or items of a map or list */
    const char *key;       /* member of a map; else NULL */
    unsigned key_line, key_column;
    struct sw_node *first, *last, *next;
};

struct sw_tree;

struct sw_tree *sw_tree_new(void);                   /* NULL = no memory */
struct sw_tree *sw_tree_free(struct sw_tree *t);     /* NULL is fine; always returns NULL */
void *sw_tree_alloc(struct sw_tree *t, size_t size); /* zeroed, lives as long as the tree; NULL = no memory */

/** Read a file. Its faults (syntax, duplicate keys, too deep, too many nodes, not UTF-8, several documents) go to
 *  `faults`, each with its place. An empty file is an empty map.
 *  Where reading can go on after a fault (a duplicate key, a tag) it does and gives the tree, so that the rest is
 *  checked too: look at faults->n_faults before using it.
 *  @param ret_sha256  [65] of the file's bytes; may be NULL
 *  @return SW_OK; SW_E_INVAL the file has no tree (see faults); SW_E_IO it cannot be read (the sentence says why);
 * SW_E_NOMEM */
int sw_tree_read(struct sw_tree *t, const char *file, struct sw_faults *faults, char *ret_sha256, struct sw_node **ret,
                 struct sw_err *err);

/** The same of a text in memory; `name` stands for the file in faults. */
int sw_tree_read_text(struct sw_tree *t, const char *name, const char *text, size_t len, struct sw_faults *faults,
                      struct sw_node **ret, struct sw_err *err);

/** Lay a layer over a base, RFC 7396: maps merge, null removes, everything else replaces. Each leaf keeps the place
 *  where it was written. Both belong to the tree and are used up. @return the merged node */
struct sw_node *sw_tree_merge(struct sw_node *base, struct sw_node *layer);

/** Put a node at the end of a map or list. Both belong to one tree. */
void sw_node_append(struct sw_node *parent, struct sw_node *child);

/** Take out the members of a map, and of the maps in it, that are not to stay; a map is asked about after its own. */
void sw_node_filter(struct sw_node *map, bool (*stays)(const struct sw_node *node));

/** A member of a map, or NULL. */
const struct sw_node *sw_node_get(const struct sw_node *map, const char *key);

/** An empty plain scalar, `~` or `null`: a key without a value. */
bool sw_node_is_null(const struct sw_node *node);

struct sw_jsonw;
/** A node as JSON, as it was written: plain numbers, truth values and nulls that JSON knows as such, all else as text.
 */
void sw_node_json(struct sw_jsonw *w, const char *key, const struct sw_node *n);

/** Add a fault or warning at a node (or, with `at_key`, at its key where it has one). */
void sw_fault_at(struct sw_faults *f, const struct sw_node *node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void sw_fault_at_key(struct sw_faults *f, const struct sw_node *node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void sw_warning_at(struct sw_faults *f, const struct sw_node *node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
