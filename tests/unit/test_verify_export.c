// SPDX-License-Identifier: Apache-2.0
/* An export of a ticket's evidence: the same store gives the same bytes, it is whole by itself, and whatever is changed
 * in it is found, also when the manifest's hashes were made to fit. */
#include "tests/unit/verify_fixture.h"

#include <jansson.h>

#include "cli/evidence_export.h"

static char whole[128];
static struct sw_export_ask ask;

static int build(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    build_store(whole);
    ask = (struct sw_export_ask){
        .database = whole, .ticket = "sw-aaaaaaaaaa", .lang = "zh", .checkpoints = checkpoints_path, .folder = folder};
    return 0;
}

static void must_collect(struct sw_export *x)
{
    struct sw_err err = {0};

    CHECK(sw_export_collect(&ask, x, &err) == SW_OK, "%s", err.msg);
}

static void must_write(const struct sw_export *x, const char *path)
{
    struct sw_err err = {0};

    CHECK(sw_export_write_zip(x, path, &err) == SW_OK, "%s", err.msg);
}

static struct sw_export_file *file_of(struct sw_export *x, const char *name)
{
    for (size_t i = 0; i < x->n; i++)
        if (strcmp(x->file[i].name, name) == 0)
            return &x->file[i];
    fail_msg("the export has no %s", name);
    return NULL;
}

/* What a forger does: hashes that fit. */
static void mend_manifest(struct sw_export *x)
{
    struct sw_export_file *m = file_of(x, SW_EXPORT_MANIFEST);
    json_t *root = json_loadb(m->bytes, m->len, 0, NULL), *one;
    size_t i;

    assert_non_null(root);
    json_array_foreach(json_object_get(root, "files"), i, one)
    {
        const struct sw_export_file *f = file_of(x, json_string_value(json_object_get(one, "name")));
        char hex[65];
        sw_hash hash;

        sw_chain_body_hash(f->bytes, f->len, hash);
        sw_hash_hex(hash, hex);
        json_object_set_new(one, "sha256", json_string(hex));
        json_object_set_new(one, "bytes", json_integer((json_int_t) f->len));
    }
    free(m->bytes);
    m->bytes = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    assert_non_null(m->bytes);
    m->len = strlen(m->bytes);
    json_decref(root);
}

static void an_export_is_whole_and_always_the_same_bytes(void **state)
{
    struct sw_export *x = calloc(1, sizeof(*x));
    const struct sw_verify_report *r;
    char public_key[SW_PUBLIC_KEY_TEXT_SIZE], command[512];
    const struct sw_verify_options o = {.key = public_key};

    (void) state;
    assert_non_null(x);
    for (int i = 0; i < 2; i++) {
        must_collect(x);
        must_write(x, in_folder(i ? "two.zip" : "one.zip"));
        sw_export_free(x);
    }
    snprintf(command, sizeof(command), "cmp %s/one.zip %s/two.zip", folder, folder);
    assert_int_equal(system(command), 0);
    sw_key_public_text(key.public_key, public_key);
    r = must_verify(in_folder("one.zip"), &o);
    CHECK(sw_verify_is_whole(r), "%s %s: %s", r->finding[0].kind, r->finding[0].ref, r->finding[0].what);
    assert_int_equal(r->n_files, 6); /* the picture too */
    assert_int_equal(r->n_checkpoints, 1);
    assert_int_equal(r->whole[SW_VERIFY_REVISIONS], 3);
    assert_true(r->whole[SW_VERIFY_READINGS] > 200 && r->whole[SW_VERIFY_WINDOWS] > 3);
    free(x);
}

static void whatever_is_changed_in_an_export_is_found(void **state)
{
    static const struct {
        const char *file, *from, *to;
    } cases[] = {
        {SW_EXPORT_TICKET, "accepted", "declined"},
        {SW_EXPORT_WINDOWS, "\"good\"", "\"bad!\""},
        {SW_EXPORT_SHEET, "证据单", "证据書"},
        {SW_EXPORT_CHAIN, "\\\"LAeq\\\":5", "\\\"LAeq\\\":4"},
        {SW_EXPORT_CHAIN, "\"kind\":\"window\"", "\"kind\":\"ticket\""},
        {SW_EXPORT_CHAIN, "\"body\":", "\"bodi\":"},
        {SW_EXPORT_CHAIN, "\"b\":", "\"b\":1"},
        {SW_EXPORT_READINGS, ",LAeq,60", ",LAeq,61"},
        {SW_EXPORT_READINGS, ",T,", ",N,"},
        {SW_EXPORT_READINGS, "T15:42:", "T14:42:"}, /* one line's time of day */
    };
    const struct sw_verify_options o = {0};
    struct sw_export *x = calloc(1, sizeof(*x));

    (void) state;
    assert_non_null(x);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        for (int is_mended = 0; is_mended < 2; is_mended++) {
            struct sw_export_file *f;
            char *at, *text;
            size_t head;

            must_collect(x);
            f = file_of(x, cases[i].file);
            at = strstr(f->bytes, cases[i].from);
            CHECK(at, "%s: '%s' is not in it", cases[i].file, cases[i].from);
            head = (size_t) (at - f->bytes);
            text = malloc(f->len + 64);
            assert_non_null(text);
            f->len = (size_t) sprintf(text, "%.*s%s%s", (int) head, f->bytes, cases[i].to, at + strlen(cases[i].from));
            free(f->bytes);
            f->bytes = text;
            if (is_mended)
                mend_manifest(x);
            must_write(x, in_folder("changed.zip"));
            sw_export_free(x);
            CHECK(!sw_verify_is_whole(must_verify(in_folder("changed.zip"), &o)), "%s: '%s' for '%s'%s: not found",
                  cases[i].file, cases[i].to, cases[i].from, is_mended ? ", manifest mended" : "");
        }
    free(x);
}

/* Bits turned over at random in all files but the times of readings, which the chain does not hold (docs). */
static void a_bit_turned_over_in_an_export_is_found(void **state)
{
    static const char *const names[] = {SW_EXPORT_TICKET, SW_EXPORT_WINDOWS, SW_EXPORT_SHEET, SW_EXPORT_CHAIN};
    const struct sw_verify_options o = {0};
    struct sw_export *x = calloc(1, sizeof(*x));
    const char *env = getenv("SW_SEED");
    unsigned seed = env ? (unsigned) strtoul(env, NULL, 0) : (unsigned) getpid();

    (void) state;
    assert_non_null(x);
    print_message("SW_SEED=%u\n", seed);
    for (int i = 0; i < 400; i++) {
        static struct sw_verify_report r;
        struct sw_err err = {0};
        struct sw_export_file *f;
        size_t at;
        int bit = rand_r(&seed) % 8, rc;

        must_collect(x);
        f = file_of(x, names[i % 4]);
        at = (size_t) rand_r(&seed) % f->len;
        f->bytes[at] = (char) (f->bytes[at] ^ (1 << bit));
        mend_manifest(x);
        must_write(x, in_folder("changed.zip"));
        sw_export_free(x);
        rc = sw_verify_file(in_folder("changed.zip"), &o, &r, &err);
        CHECK(rc < 0 || !sw_verify_is_whole(&r), "%s: bit %d of byte %zu turned over, not found", names[i % 4], bit,
              at);
    }
    free(x);
}

static void a_ticket_that_there_is_not_is_told(void **state)
{
    struct sw_export *x = calloc(1, sizeof(*x));
    struct sw_export_ask other = ask;
    struct sw_err err = {0};

    (void) state;
    assert_non_null(x);
    other.ticket = "sw-zzzzzzzzzz";
    assert_int_equal(sw_export_collect(&other, x, &err), SW_E_NOTFOUND);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_export_is_whole_and_always_the_same_bytes),
        cmocka_unit_test(whatever_is_changed_in_an_export_is_found),
        cmocka_unit_test(a_bit_turned_over_in_an_export_is_found),
        cmocka_unit_test(a_ticket_that_there_is_not_is_told),
    };

    return cmocka_run_group_tests(tests, build, remove_folder);
}
