// SPDX-License-Identifier: Apache-2.0
/* One file or text, one tree, one reader: what templates, packs and hotline packs have in common. */
#include "config/read.h"
#include "config/tree.h"

int sw_read_one(const char *name, const char *text, size_t len, sw_make_fn make, void *ret, char *ret_sha256,
                struct sw_faults *faults, struct sw_err *err)
{
    const size_t before = faults->n_faults;
    struct sw_tree *tree = sw_tree_new();
    struct sw_node *root = NULL;
    int rc;

    if (tree == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: no memory", name);
    rc = text ? sw_tree_read_text(tree, name, text, len, faults, &root, err)
              : sw_tree_read(tree, name, faults, ret_sha256, &root, err);
    if (rc == SW_OK)
        rc = make(tree, root, faults, before, ret, err);
    sw_tree_free(tree);
    return rc;
}
