// SPDX-License-Identifier: Apache-2.0
/* The files of a configuration, in order: the site file, conf.d beside it, and what a platform set. Internal to
 * config/. */
#ifndef SW_CONFIG_LAYERS_H
#define SW_CONFIG_LAYERS_H

#include <stdbool.h>

#include "config/faults.h"
#include "config/remote.h"
#include "config/schema.h"
#include "config/tree.h"

#define SW_REMOTE_POINTER_SIZE 200 /* of a JSON pointer in a sentence */
#define SW_REMOTE_DROPS_MAX 64

/* ---- remote.c ---- */

/** Why something of a layer cannot stand. */
struct sw_remote_refusal {
    bool is_forbidden; /* the key is not for a platform; else its value is wrong */
    char why[400];     /* a sentence that begins with the JSON pointer */
};

/** A patch against the rows: the first thing that cannot stand. null is always good where a key may be written: it
 * takes the platform's value away.
 *  @param base  the configuration without the layer: entries of maps by id that need keys of their own must be there
 *  @return true when all of it may stand */
bool sw_remote_check(const struct sw_row *rows, struct sw_node *patch, const struct sw_node *base,
                     struct sw_remote_refusal *ret);

/** Where reading the merged configuration found a fault in the layer, and what it said. */
struct sw_remote_drop {
    unsigned line, column;
    char message[256];
};

/** Take out of a layer what cannot stand, each with a warning that names its pointer.
 *  @param drops  places that were faults when the layer was read before; [n_drops]
 *  @return whether anything was taken out */
bool sw_remote_clean(const struct sw_row *rows, struct sw_node *layer, const struct sw_node *base,
                     const struct sw_remote_drop *drops, size_t n_drops, struct sw_faults *faults);

/* ---- layers.c, layers_tell.c ---- */

struct sw_layers {
    struct sw_tree *tree;
    struct sw_faults *faults;
    /** NULL = nobody asks. */
    void (*digest)(void *ctx, const char *sha256);
    void *ctx;
    const struct sw_remote_drop *drops; /* of the remote layer, when it is read once more */
    size_t n_drops;

    struct sw_node *root;   /* site file and conf.d; NULL = they cannot be read as YAML */
    struct sw_node *remote; /* what the platform set, as far as it can stand; an empty map when nothing */
    char remote_file[SW_PATH_SIZE + 16];
    bool has_remote;    /* there is such a file, or a text stands for it */
    bool is_remote_cut; /* something of it is left out */
};

/** Read them; tree and faults are set. @return SW_OK also with faults; SW_E_IO the site file cannot be read; SW_E_NOMEM
 */
int sw_layers_read(struct sw_layers *l, const char *file, const struct sw_config_paths *paths, struct sw_err *err);
void sw_layers_done(struct sw_layers *l); /* frees the tree */

/** A node as a JSON text on the heap; NULL = too large, or no memory. */
char *sw_layers_text(const struct sw_node *n, size_t *ret_len);

/** Texts for programs of the merged tree, as sw_config_seen has them. */
void sw_layers_tell(const struct sw_layers *l, const struct sw_node *merged, struct sw_config_seen *ret);

#endif
