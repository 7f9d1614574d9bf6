// SPDX-License-Identifier: Apache-2.0
/* The tree: places of nodes, layers, JSON, and every kind of file that must be refused. */
#include "config_help.h"

#include "config/tree.h"

struct read_result {
    struct sw_tree *tree;
    struct sw_node *root;
    struct sw_faults faults;
    int rc;
};

static struct read_result read_text(const char *text)
{
    struct read_result r = {.tree = sw_tree_new()};
    struct sw_err err = {0};

    assert_non_null(r.tree);
    r.rc = sw_tree_read_text(r.tree, "t.yaml", text, strlen(text), &r.faults, &r.root, &err);
    return r;
}

static void done(struct read_result *r)
{
    r->tree = sw_tree_free(r->tree);
    sw_faults_done(&r->faults);
}

/* "a.b.1": members by key, items by number. */
static const struct sw_node *walk(const struct sw_node *n, const char *path)
{
    char copy[100], *save = NULL;

    (void) snprintf(copy, sizeof(copy), "%s", path);
    for (char *p = strtok_r(copy, ".", &save); p != NULL && n != NULL; p = strtok_r(NULL, ".", &save)) {
        if (n->kind == SW_NODE_LIST) {
            n = n->first;
            for (int i = atoi(p); i > 0 && n != NULL; i--)
                n = n->next;
        } else {
            n = sw_node_get(n, p);
        }
    }
    return n;
}

static void every_node_knows_its_place(void **state)
{
    static const char text[] = "# comment\n"
                               "site:\n"
                               "  name: 北门 1\n"
                               "  area: \"310115\"\n"
                               "list: [a, {b: 2}]\n"
                               "北: c\n";
    static const struct {
        const char *path, *text;
        unsigned line, column, key_line, key_column;
        bool is_plain;
    } cases[] = {
        {"site.name", "北门 1", 3, 9, 3, 3, true},
        {"site.area", "310115", 4, 9, 4, 3, false},
        {"list.0", "a", 5, 8, 0, 0, true},
        {"list.1.b", "2", 5, 15, 5, 12, true},
        {"北", "c", 6, 4, 6, 1, true},
    };
    struct read_result r = read_text(text);

    (void) state;
    assert_int_equal(r.rc, SW_OK);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct sw_node *n = walk(r.root, cases[i].path);

        CHECK(n != NULL && n->kind == SW_NODE_SCALAR, "%s is missing", cases[i].path);
        CHECK(strcmp(n->text, cases[i].text) == 0, "%s is '%s'", cases[i].path, n->text);
        CHECK(n->line == cases[i].line && n->column == cases[i].column, "%s is at %u:%u", cases[i].path, n->line,
              n->column);
        CHECK(n->key_line == cases[i].key_line && n->key_column == cases[i].key_column, "key of %s is at %u:%u",
              cases[i].path, n->key_line, n->key_column);
        CHECK(n->is_plain == cases[i].is_plain, "%s: quotes", cases[i].path);
        assert_string_equal(n->file, "t.yaml");
    }
    done(&r);
}

static void json_is_read_as_yaml(void **state)
{
    struct read_result r =
        read_text("{\n\t\"a\": {\"b\": [1, 2.5, true, null, \"x\\n\\u5317\\/\"]},\n\t\"c\": \"\"\n}\n");

    (void) state;
    assert_int_equal(r.rc, SW_OK);
    assert_string_equal(walk(r.root, "a.b.1")->text, "2.5");
    assert_true(walk(r.root, "a.b.2")->is_plain);
    assert_true(sw_node_is_null(walk(r.root, "a.b.3")));
    assert_string_equal(walk(r.root, "a.b.4")->text, "x\n北/");
    assert_false(sw_node_is_null(walk(r.root, "c")));
    assert_int_equal(walk(r.root, "c")->line, 3);
    done(&r);
}

static void an_empty_file_is_an_empty_map(void **state)
{
    static const char *const texts[] = {"", "# only a comment\n", "---\n", "\xef\xbb\xbf"};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++) {
        struct read_result r = read_text(texts[i]);

        CHECK(r.rc == SW_OK && r.root->kind == SW_NODE_MAP && r.root->len == 0, "text %zu", i);
        done(&r);
    }
}

static void aliases_are_unpacked_at_their_own_place(void **state)
{
    struct read_result r = read_text("a: &x {n: 1}\nb: *x\nc: [*x, *x]\n");

    (void) state;
    assert_int_equal(r.rc, SW_OK);
    assert_string_equal(walk(r.root, "c.1.n")->text, "1");
    assert_int_equal(walk(r.root, "b")->line, 2);
    assert_int_equal(walk(r.root, "b")->column, 4);
    assert_ptr_not_equal(walk(r.root, "a.n"), walk(r.root, "b.n"));
    done(&r);
}

static void what_is_no_clean_yaml_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *why, *text;
        struct want want[WANTS_MAX];
    } cases[] = {
        {"a key twice, both places told", "a: 1\nb: 2\na: 3\n", {{3, 1, "'a'|twice|line 1"}}},
        {"a key three times", "a: 1\na: 2\na: 3\n", {{2, 1, "twice|line 1"}, {3, 1, "twice|line 2"}}},
        {"in a flow map", "m: {x: 1, y: 2, x: 3}", {{1, 17, "'x'|twice"}}},
        {"in JSON", "{\"a\": 1,\n \"a\": 2}", {{2, 2, "'a'|twice"}}},
        {"two faults of one kind are both told", "m: {x: 1, x: 2}\nn: {y: 1, y: 2}", {{1, 11, "'x'"}, {2, 11, "'y'"}}},
        {"two documents", "a: 1\n---\nb: 2\n", {{2, 1, "second document"}}},
        {"a tab indents", "a:\n\tb: 1\n", {{2, 1, "not valid YAML|tab|spaces"}}},
        {"a colon in a text", "a: b: c\n", {{1, 5, "not valid YAML|quotes"}}},
        {"a bracket is open", "a: [1, 2\nb: 3\n", {{2, 2, "not valid YAML"}}},
        {"not UTF-8", "a: 1\nb: \xff\n", {{2, 4, "0xff|UTF-8"}}},
        {"a control character", "a: \x07\n", {{1, 4, "0x07|UTF-8"}}},
        {"an unknown alias", "a: *nobody\n", {{1, 4, "*nobody|nothing"}}},
        {"an alias of what holds it", "a: &x\n  b: *x\n", {{2, 6, "*x|complete"}}},
        {"a tag", "a: !!binary abc\n", {{1, 4, "tags"}}},
        {"a merge key", "a: &x {n: 1}\nb:\n  <<: *x\n", {{3, 3, "merge keys|conf.d"}}},
        {"a map as a key", "? {a: 1}\n: 2\n", {{1, 3, "plain word"}}},
        {"a NUL in quotes", "a: \"x\\0y\"\n", {{1, 4, "NUL"}}},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct read_result r = read_text(cases[i].text);

        check_faults(cases[i].why, &r.faults, cases[i].want);
        done(&r);
    }
}

/* The text of a file has no closing NUL: an allocation of just its size lets the sanitizer see a read beyond. */
static void a_text_is_not_read_beyond_its_end(void **state)
{
    static const char *const texts[] = {
        "er: A\ncl\t\t=\n       ", "a: [1\n   ", "a: \"x", "a:\n ", "- &", "\xef\xbb", "a: |\n  b"};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++) {
        const size_t len = strlen(texts[i]);
        struct read_result r = {.tree = sw_tree_new()};
        struct sw_err err = {0};
        char *exact = malloc(len);

        memcpy(exact, texts[i], len);
        r.rc = sw_tree_read_text(r.tree, "t.yaml", exact, len, &r.faults, &r.root, &err);
        CHECK((r.rc == SW_OK) == (r.faults.n_faults == 0), "text %zu", i);
        free(exact);
        done(&r);
    }
}

/* "[[[…]]]" with n brackets: the scalar inside stands at depth n + 1. */
static char *nested(size_t n)
{
    char *text = calloc(1, 2 * n + 2);

    assert_non_null(text);
    memset(text, '[', n);
    text[n] = '1';
    memset(text + n + 1, ']', n);
    return text;
}

static char *repeated(const char *head, const char *piece, size_t n, const char *tail)
{
    const size_t head_len = strlen(head), len = strlen(piece);
    char *text = calloc(1, head_len + n * len + strlen(tail) + 1);

    assert_non_null(text);
    memcpy(text, head, head_len);
    for (size_t i = 0; i < n; i++)
        memcpy(text + head_len + i * len, piece, len);
    strcpy(text + head_len + n * len, tail);
    return text;
}

static void check_edge(const char *why, char *text, const char *words)
{
    struct read_result r = read_text(text);

    if (words == NULL)
        CHECK(r.rc == SW_OK && r.faults.n_faults == 0, "%s: refused", why);
    else
        CHECK(r.rc == SW_E_INVAL && r.faults.n_faults == 1 && holds_words(r.faults.list[0].message, words),
              "%s: %zu faults, %s", why, r.faults.n_faults, r.faults.n > 0 ? r.faults.list[0].message : "-");
    done(&r);
    free(text);
}

static void ceilings_hold_at_their_edges(void **state)
{
    (void) state;
    check_edge("depth 32", nested(SW_TREE_DEPTH_MAX - 1), NULL);
    check_edge("depth 33", nested(SW_TREE_DEPTH_MAX), "32 levels");
    check_edge("depth 100000", nested(100000), "32 levels");
    check_edge("100000 values", repeated("[", "1,", SW_TREE_NODES_MAX - 1, "]"), NULL);
    check_edge("100001 values", repeated("[", "1,", SW_TREE_NODES_MAX, "]"), "100000 values");
    check_edge("64 anchors", repeated("[", "&a 1,", SW_TREE_ANCHORS_MAX, "]"), NULL);
    check_edge("65 anchors", repeated("[", "&a 1,", SW_TREE_ANCHORS_MAX + 1, "]"), "64 anchors");
}

/* Ten aliases of ten aliases …: 10^9 values from a few lines. */
static void an_alias_bomb_stops_at_the_ceiling(void **state)
{
    char text[2000] = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n";

    (void) state;
    for (int i = 1; i < 9; i++) {
        const size_t len = strlen(text);

        (void) snprintf(text + len, sizeof(text) - len,
                        "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1, i - 1,
                        i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    }
    check_edge("alias bomb", strdup(text), "100000 values");
}

static void an_alias_cannot_go_deeper_than_the_ceiling(void **state)
{
    char *inner = nested(20), text[200];

    (void) state;
    (void) snprintf(text, sizeof(text), "a: &a %s\nb: [[[[[[[[[[[[[[*a]]]]]]]]]]]]]]\n", inner);
    free(inner);
    check_edge("20 levels inside 14", strdup(text), "32 levels");
}

static void a_file_over_one_mebibyte_is_refused(void **state)
{
    char folder[64], path[128], sha[65];
    struct sw_faults faults = {0};
    struct sw_tree *t = sw_tree_new();
    struct sw_node *root = NULL;
    struct sw_err err = {0};
    char *text = repeated("#", "x", SW_TREE_FILE_MAX - 1, "");

    (void) state;
    new_folder(folder);
    (void) snprintf(path, sizeof(path), "%s/f.yaml", folder);
    write_file(folder, "f.yaml", text);
    assert_int_equal(sw_tree_read(t, path, &faults, sha, &root, &err), SW_OK);
    free(text);
    text = repeated("#", "x", SW_TREE_FILE_MAX, "");
    write_file(folder, "f.yaml", text);
    assert_int_equal(sw_tree_read(t, path, &faults, sha, &root, &err), SW_E_INVAL);
    assert_true(faults.n_faults == 1 && holds_words(faults.list[0].message, "1 MiB"));
    assert_int_equal(sw_tree_read(t, folder, &faults, sha, &root, &err), SW_E_IO);
    free(text);
    sw_faults_done(&faults);
    sw_tree_free(t);
    remove_folder(folder);
}

static void print_node(FILE *to, const struct sw_node *n)
{
    if (n->kind == SW_NODE_SCALAR) {
        (void) fputs(n->text, to);
        return;
    }
    (void) fputc(n->kind == SW_NODE_MAP ? '{' : '[', to);
    for (const struct sw_node *c = n->first; c != NULL; c = c->next) {
        if (n->kind == SW_NODE_MAP)
            (void) fprintf(to, "%s=", c->key);
        print_node(to, c);
        if (c->next != NULL)
            (void) fputc(',', to);
    }
    (void) fputc(n->kind == SW_NODE_MAP ? '}' : ']', to);
}

/* The examples of RFC 7396, appendix A, as far as both sides are maps at the top (a file always is). */
static void layers_merge_as_rfc_7396_says(void **state)
{
    static const struct {
        const char *base, *layer, *want;
    } cases[] = {
        {"{a: b}", "{a: c}", "{a=c}"},
        {"{a: b}", "{b: c}", "{a=b,b=c}"},
        {"{a: b}", "{a: null}", "{}"},
        {"{a: b, b: c}", "{a: null}", "{b=c}"},
        {"{a: [b]}", "{a: c}", "{a=c}"},
        {"{a: c}", "{a: [b]}", "{a=[b]}"},
        {"{a: {b: c}}", "{a: {b: d, c: null}}", "{a={b=d}}"},
        {"{a: [{b: c}]}", "{a: [1]}", "{a=[1]}"},
        {"{e: null}", "{a: 1}", "{e=null,a=1}"},
        {"{a: foo}", "{a: {bb: {ccc: null}}}", "{a={bb={}}}"},
        {"{}", "{a: {bb: {ccc: null}}}", "{a={bb={}}}"},
        {"{a: 1, b: 2, c: 3}", "{c: null, d: 4}", "{a=1,b=2,d=4}"},
        {"{a: 1, b: 2}", "{b: 3, a: null}", "{b=3}"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct read_result r = read_text(cases[i].base);
        struct sw_node *layer = NULL;
        struct sw_err err = {0};
        char got[200] = "";
        FILE *f = fmemopen(got, sizeof(got), "w");

        assert_int_equal(
            sw_tree_read_text(r.tree, "l.yaml", cases[i].layer, strlen(cases[i].layer), &r.faults, &layer, &err),
            SW_OK);
        print_node(f, sw_tree_merge(r.root, layer));
        (void) fclose(f);
        CHECK(strcmp(got, cases[i].want) == 0, "%s + %s = %s, wanted %s", cases[i].base, cases[i].layer, got,
              cases[i].want);
        done(&r);
    }
}

static void a_merged_leaf_keeps_the_file_it_was_written_in(void **state)
{
    static const char layer_text[] = "\nsite: {name: new}\n";
    struct read_result r = read_text("site: {id: a, name: old}\n");
    struct sw_node *layer = NULL;
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(
        sw_tree_read_text(r.tree, "conf.d/10.yaml", layer_text, strlen(layer_text), &r.faults, &layer, &err), SW_OK);
    r.root = sw_tree_merge(r.root, layer);
    assert_string_equal(walk(r.root, "site.id")->file, "t.yaml");
    assert_string_equal(walk(r.root, "site.name")->file, "conf.d/10.yaml");
    assert_int_equal(walk(r.root, "site.name")->line, 2);
    assert_string_equal(walk(r.root, "site.name")->text, "new");
    done(&r);
}

static void faults_are_bounded_counted_and_ordered(void **state)
{
    struct sw_faults f = {0};
    char buf[300];

    (void) state;
    for (int i = 0; i < 50; i++)
        sw_warning_add(&f, "b.yaml", 900, 1, "warning %d", i);
    for (unsigned i = 0; i < 300; i++)
        sw_fault_add(&f, i % 2 == 0 ? "a.yaml" : "b.yaml", 300 - i, 1, "fault %u\nof a line", i);
    assert_int_equal(f.n, SW_FAULTS_MAX);
    assert_int_equal(f.n_faults, 300);
    assert_int_equal(f.n_warnings, 50);
    sw_faults_sort(&f);
    for (size_t i = 0; i < f.n; i++) {
        CHECK(!f.list[i].is_warning, "a warning took the place of a fault");
        CHECK(i == 0 || strcmp(f.list[i].file, f.list[i - 1].file) != 0 || f.list[i].line >= f.list[i - 1].line,
              "out of order at %zu", i);
    }
    assert_string_equal(sw_faults_first(&f, buf, sizeof(buf)), "a.yaml:102:1: fault 198 of a line");
    sw_faults_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_node_knows_its_place),
        cmocka_unit_test(json_is_read_as_yaml),
        cmocka_unit_test(an_empty_file_is_an_empty_map),
        cmocka_unit_test(aliases_are_unpacked_at_their_own_place),
        cmocka_unit_test(what_is_no_clean_yaml_is_refused_with_its_place),
        cmocka_unit_test(a_text_is_not_read_beyond_its_end),
        cmocka_unit_test(ceilings_hold_at_their_edges),
        cmocka_unit_test(an_alias_bomb_stops_at_the_ceiling),
        cmocka_unit_test(an_alias_cannot_go_deeper_than_the_ceiling),
        cmocka_unit_test(a_file_over_one_mebibyte_is_refused),
        cmocka_unit_test(layers_merge_as_rfc_7396_says),
        cmocka_unit_test(a_merged_leaf_keeps_the_file_it_was_written_in),
        cmocka_unit_test(faults_are_bounded_counted_and_ordered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
