// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a configuration file and as a layer over it: limits hold, places are known, every node is whole, and
 * the list of faults can be shown. Input: text [separator layer]. */
#include "fuzz.h"

#include <string.h>

#include "config/tree.h"

static size_t check_node(const struct sw_node *n, bool is_clean, size_t depth)
{
    size_t count = 1, members = 0;

    FUZZ_CHECK(depth <= SW_TREE_DEPTH_MAX, "nested %zu deep", depth);
    FUZZ_CHECK(n->file && n->line >= 1 && n->column >= 1, "a node without a place");
    if (n->kind == SW_NODE_SCALAR) {
        FUZZ_CHECK(n->text && !n->first, "a scalar without text or with members");
        FUZZ_CHECK(n->text[n->len] == '\0' && (!is_clean || strlen(n->text) == n->len), "length of a text");
        return 1;
    }
    for (const struct sw_node *c = n->first; c; c = c->next) {
        FUZZ_CHECK((n->kind == SW_NODE_MAP) == (c->key != NULL), "keys belong to members of maps");
        FUZZ_CHECK(!c->key || (c->key_line >= 1 && c->key_column >= 1), "a key without a place");
        FUZZ_CHECK(c->next || n->last == c, "the last member is another");
        count += check_node(c, is_clean, depth + 1);
        members++;
    }
    FUZZ_CHECK(members == n->len, "%zu members, %zu counted", members, n->len);
    return count;
}

static void show_faults(struct sw_faults *faults)
{
    static char buf[SW_FAULTS_MAX * 2048];
    struct sw_jsonw w;
    size_t len;

    sw_faults_sort(faults);
    sw_faults_print(faults, fuzz_sink());
    sw_jsonw_init(&w, buf, sizeof(buf));
    sw_faults_json(faults, &w, NULL);
    FUZZ_CHECK(sw_jsonw_finish(&w, &len), "%zu faults do not fit", faults->n);
    fuzz_check_json(buf, len);
}

static struct sw_node *read_part(struct sw_tree *t, const char *name, const uint8_t *data, size_t size,
                                 struct sw_faults *faults)
{
    char *text = fuzz_copy(data, size);
    const size_t before = faults->n_faults;
    struct sw_node *root = NULL;
    struct sw_err err = {0};
    const int rc = sw_tree_read_text(t, name, text, size, faults, &root, &err);

    free(text); /* the tree keeps what it needs */
    FUZZ_CHECK(rc == SW_OK || rc == SW_E_INVAL, "code %d: %s", rc, err.msg);
    FUZZ_CHECK((rc == SW_OK) == (root != NULL), "a root with code %d", rc);
    FUZZ_CHECK(rc == SW_OK || (faults->n_faults > before && err.msg[0]), "refused without a word");
    if (root)
        FUZZ_CHECK(check_node(root, faults->n_faults == before, 1) <= SW_TREE_NODES_MAX, "too many nodes");
    return root;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *cut = size ? memchr(data, FUZZ_SEPARATOR, size) : NULL;
    const size_t n = cut ? (size_t) (cut - data) : size;
    struct sw_tree *t = sw_tree_new();
    struct sw_faults faults = {0};
    struct sw_node *root, *layer = NULL;

    FUZZ_CHECK(t, "no memory");
    root = read_part(t, "site.yaml", data, n, &faults);
    if (cut)
        layer = read_part(t, "conf.d/10.yaml", cut + 1, size - n - 1, &faults);
    if (root && layer)
        (void) check_node(sw_tree_merge(root, layer), false, 1);
    show_faults(&faults);
    sw_faults_done(&faults);
    sw_tree_free(t);
    return 0;
}
