// SPDX-License-Identifier: Apache-2.0
/* The gateway's key: made once, read again, refused when others may read it or when it is none. The example's figures
 * come from OpenSSL. */
#include "tests/unit/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/chain.h"

static char folder[64];

static const char *in_folder(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void) state;
    strcpy(folder, "/tmp/sw-key-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[96];

    (void) state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static void write_text(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    fclose(f);
    assert_int_equal(chmod(path, mode), 0);
}

/* openssl genpkey's form; its seed is the bytes 0 to 31 */
static const char example[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
                              "-----END PRIVATE KEY-----\n";
static const char example_public[] = "ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
static const char head_text[] = "siteward-head/1\ngw-7f3a\n3\n"
                                "9af9652503f6546867fe6a84aaadc1ea682c237b6d0b3e7ad795e0686ccc1a51\n"
                                "2026-03-02T23:00:00.020+08:00\n";
static const char head_signature[] =
    "dv3jiUb7RGQKbrDXR61nHgDFnNklieP06D2qjTuovbLtGg0U6ssBSNICqnyNmaocYl91ZI9F86RRuDX38oFEDA==";

static void a_key_of_openssl_signs_as_openssl_does(void **state)
{
    struct sw_key k;
    bool is_new = true;
    struct sw_err err = {0};
    char text[SW_PUBLIC_KEY_TEXT_SIZE], signature[SW_SIGNATURE_TEXT_SIZE];
    unsigned char public_key[SW_PUBLIC_KEY_SIZE];

    (void) state;
    write_text(in_folder("openssl.pem"), example, 0600);
    CHECK(sw_key_load(in_folder("openssl.pem"), &k, &is_new, &err) == SW_OK, "%s", err.msg);
    assert_false(is_new);
    sw_key_public_text(k.public_key, text);
    assert_string_equal(text, example_public);
    assert_true(sw_key_public_parse(text, public_key));
    assert_memory_equal(public_key, k.public_key, sizeof(public_key));
    sw_key_sign(&k, head_text, sizeof(head_text) - 1, signature);
    assert_string_equal(signature, head_signature);
    sw_key_wipe(&k);
    for (size_t i = 0; i < sizeof(k); i++)
        assert_int_equal(((const unsigned char *) &k)[i], 0);
}

static void a_signature_holds_for_its_text_and_key_only(void **state)
{
    unsigned char public_key[SW_PUBLIC_KEY_SIZE];
    char text[sizeof(head_text)], signature[sizeof(head_signature) + 8];

    (void) state;
    assert_true(sw_key_public_parse(example_public, public_key));
    assert_true(sw_key_verify(public_key, head_text, sizeof(head_text) - 1, head_signature));
    for (size_t i = 0; i < sizeof(head_text) - 1; i++) { /* each bit of the text */
        memcpy(text, head_text, sizeof(text));
        text[i] = (char) (text[i] ^ 1 << i % 8);
        CHECK(!sw_key_verify(public_key, text, sizeof(text) - 1, head_signature), "byte %zu", i);
    }
    for (size_t i = 0; i < sizeof(head_signature) - 3; i++) { /* each character of the signature */
        memcpy(signature, head_signature, sizeof(head_signature));
        signature[i] = signature[i] == 'A' ? 'B' : 'A';
        CHECK(!sw_key_verify(public_key, head_text, sizeof(head_text) - 1, signature), "character %zu", i);
    }
    snprintf(signature, sizeof(signature), "%s ", head_signature);
    assert_false(sw_key_verify(public_key, head_text, sizeof(head_text) - 1, signature));
    assert_false(sw_key_verify(public_key, head_text, sizeof(head_text) - 1, ""));
    assert_false(sw_key_verify(public_key, head_text, sizeof(head_text) - 1, NULL));
    public_key[0] ^= 1;
    assert_false(sw_key_verify(public_key, head_text, sizeof(head_text) - 1, head_signature));
}

static void a_key_is_made_once_and_is_for_its_owner_only(void **state)
{
    struct sw_key first, second;
    bool is_new = false;
    struct sw_err err = {0};
    struct stat st;

    (void) state;
    umask(0);
    write_text(in_folder("made.new"), "half of a key that a power cut left", 0644);
    CHECK(sw_key_load(in_folder("made"), &first, &is_new, &err) == SW_OK, "%s", err.msg);
    assert_true(is_new);
    assert_int_equal(stat(in_folder("made"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(in_folder("made.new"), &st), -1);
    CHECK(sw_key_load(in_folder("made"), &second, &is_new, &err) == SW_OK, "%s", err.msg);
    assert_false(is_new);
    assert_memory_equal(&first, &second, sizeof(first));
    CHECK(sw_key_load(in_folder("other"), &second, &is_new, &err) == SW_OK, "%s", err.msg);
    assert_true(memcmp(first.public_key, second.public_key, sizeof(first.public_key)) != 0);
}

static const struct bad_key {
    const char *why, *text;
    mode_t mode;
    int code;
    const char *want;
} bad_keys[] = {
    {"the group may read it", example, 0640, SW_E_DENIED, "chmod 600"},
    {"others may read it", example, 0604, SW_E_DENIED, "chmod 600"},
    {"others may write it", example, 0602, SW_E_DENIED, "chmod 600"},
    {"empty", "", 0600, SW_E_CORRUPT, "no Ed25519 key"},
    {"cut off", "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIE", 0600, SW_E_CORRUPT, "no Ed25519 key"},
    {"something behind it",
     "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
     "-----END PRIVATE KEY-----\n\n",
     0600, SW_E_CORRUPT, "no Ed25519 key"},
    {"of another kind (X25519)",
     "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
     "-----END PRIVATE KEY-----\n",
     0600, SW_E_CORRUPT, "no Ed25519 key"},
    {"not base64",
     "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4!\n"
     "-----END PRIVATE KEY-----\n",
     0600, SW_E_CORRUPT, "no Ed25519 key"},
};

static void what_others_may_read_or_is_no_key_is_refused_and_kept(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(bad_keys); i++) {
        const struct bad_key *b = &bad_keys[i];
        struct sw_key k = {{7}, {7}};
        bool is_new = false;
        struct sw_err err = {0};
        struct stat st;

        unlink(in_folder("bad"));
        write_text(in_folder("bad"), b->text, b->mode);
        CHECK(sw_key_load(in_folder("bad"), &k, &is_new, &err) == b->code, "%s: %s", b->why, err.msg);
        CHECK(strstr(err.msg, b->want) && strstr(err.msg, folder), "%s: %s", b->why, err.msg);
        CHECK(k.public_key[0] == 7 && !is_new, "%s: something was given out", b->why);
        CHECK(stat(in_folder("bad"), &st) == 0 && (size_t) st.st_size == strlen(b->text), "%s: it was changed", b->why);
    }
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    struct sw_key k;
    bool is_new;
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_key_load(in_folder("nowhere/key"), &k, &is_new, &err), SW_E_IO);
    assert_non_null(strstr(err.msg, "nowhere"));
    assert_int_equal(sw_key_load(folder, &k, &is_new, &err), SW_E_CORRUPT);
}

static const struct public_case {
    const char *why, *text;
} bad_public[] = {
    {"no prefix", "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="},
    {"another algorithm", "rsa:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="},
    {"too short", "ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMQ=="},
    {"too long", "ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgA"},
    {"something behind it", "ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg= "},
    {"nothing", "ed25519:"},
};

static void what_is_no_public_key_is_refused(void **state)
{
    unsigned char key[SW_PUBLIC_KEY_SIZE];

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(bad_public); i++)
        CHECK(!sw_key_public_parse(bad_public[i].text, key), "%s", bad_public[i].why);
    assert_false(sw_key_public_parse(NULL, key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_of_openssl_signs_as_openssl_does),
        cmocka_unit_test(a_signature_holds_for_its_text_and_key_only),
        cmocka_unit_test(a_key_is_made_once_and_is_for_its_owner_only),
        cmocka_unit_test(what_others_may_read_or_is_no_key_is_refused_and_kept),
        cmocka_unit_test(a_folder_that_is_not_there_is_told),
        cmocka_unit_test(what_is_no_public_key_is_refused),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
