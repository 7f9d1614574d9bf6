// SPDX-License-Identifier: Apache-2.0
/* Pictures as files: whole or not at all, each once, and within their room. */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "gateway/snapshot_files.h"

#define PATIENCE_US 20000000LL
/* sha256sum of "abc": FIPS 180-2, appendix B.1 */
#define SHA_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static char folder[64];
static struct sw_store *store;

static const char *in_folder(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static struct sw_media_files *must_start(int64_t max_bytes)
{
    struct sw_media_files *f = NULL;
    struct sw_err err = {0};

    CHECK(sw_media_files_new(folder, store, max_bytes, &f, &err) == SW_OK, "%s", err.msg);
    return f;
}

static void give(struct sw_media_files *f, uint32_t tag, const void *bytes, size_t len)
{
    unsigned char *copy = malloc(len);

    assert_non_null(copy);
    memcpy(copy, bytes, len);
    assert_true(sw_media_files_put(f, tag, copy, len, "image/jpeg"));
}

static struct sw_media_done next(struct sw_media_files *f)
{
    struct sw_media_done done = {0};

    CHECK(sw_mailbox_wait(sw_media_files_results(f), PATIENCE_US), "the worker says nothing");
    assert_int_equal(sw_mailbox_take(sw_media_files_results(f), &done, 1), 1);
    return done;
}

/* A row for a picture, as the core makes one; its size as on disk. */
static void note(const char *sha256, int64_t taken_us, int64_t bytes)
{
    struct sw_store_media m = {.kind = "image", .camera = "gate", .bytes = bytes, .taken_us = taken_us};

    snprintf(m.sha256, sizeof(m.sha256), "%.64s", sha256);
    assert_int_equal(sw_store_put_media(store, &m), SW_OK);
    assert_int_equal(sw_store_sync(store, PATIENCE_US, NULL), SW_OK);
}

static void a_picture_is_kept_under_its_hash_once(void **state)
{
    struct sw_media_files *f = must_start(1 << 20);
    const char *type = NULL;
    int64_t bytes = 0;
    char text[8] = "";
    struct stat st;
    int fd;

    (void) state;
    for (uint32_t tag = 7; tag < 9; tag++) {
        struct sw_media_done done;

        give(f, tag, "abc", 3);
        done = next(f);
        CHECK(done.kind == SW_MEDIA_KEPT, "%s", done.error);
        assert_int_equal(done.tag, tag);
        assert_string_equal(done.sha256, SHA_ABC);
    }
    assert_int_equal(stat(in_folder("media/ba/" SHA_ABC ".jpg"), &st), 0);
    assert_int_equal(st.st_size, 3);
    assert_int_equal(st.st_mode & 07777 & ~0640u, 0);
    fd = sw_media_files_open(folder, SHA_ABC, &bytes, &type);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, text, sizeof(text)), 3);
    assert_string_equal(text, "abc");
    assert_string_equal(type, "image/jpeg");
    assert_int_equal(bytes, 3);
    close(fd);
    sw_media_files_free(f);
}

static void only_a_hash_opens_a_file(void **state)
{
    static const struct {
        const char *why, *name;
        int want;
    } cases[] = {
        {"no picture of that hash", "ca7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", SW_E_NOTFOUND},
        {"a path", "../siteward.db", SW_E_INVAL},
        {"too short", "ba7816", SW_E_INVAL},
        {"capitals", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", SW_E_INVAL},
        {"nothing", "", SW_E_INVAL},
    };
    const char *type = NULL;
    int64_t bytes = 0;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        CHECK(sw_media_files_open(folder, cases[i].name, &bytes, &type) == cases[i].want, "%s", cases[i].why);
}

static void what_a_killed_run_left_half_written_goes_at_the_start(void **state)
{
    struct sw_media_files *f;
    FILE *half;

    (void) state;
    mkdir(in_folder("media"), 0750);
    mkdir(in_folder("media/ab"), 0750);
    half = fopen(in_folder("media/ab/abcd.jpg.tmp"), "we");
    assert_non_null(half);
    fclose(half);
    f = must_start(1 << 20);
    give(f, 1, "abc", 3);
    next(f);
    assert_int_equal(access(in_folder("media/ab/abcd.jpg.tmp"), F_OK), -1);
    sw_media_files_free(f);
}

/* Room for 1000 bytes, pictures of 400: with the third the oldest goes, and what no row knows of goes before it. */
static void beyond_the_room_strangers_go_and_then_the_oldest(void **state)
{
    static const char stranger[] = "media/cd/cd16bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015adcd.jpg";
    struct utimbuf long_ago = {.actime = 1000, .modtime = 1000};
    struct sw_media_files *f;
    char bytes[400], sha[3][SW_SHA256_SIZE], path[256];
    struct sw_media_done done;
    FILE *file;

    (void) state;
    mkdir(in_folder("media"), 0750);
    mkdir(in_folder("media/cd"), 0750);
    file = fopen(in_folder(stranger), "we");
    assert_non_null(file);
    fwrite(bytes, 1, 300, file);
    fclose(file);
    assert_int_equal(utime(in_folder(stranger), &long_ago), 0);
    f = must_start(1000);
    for (int i = 0; i < 3; i++) {
        memset(bytes, 'x' + i, sizeof(bytes));
        give(f, (uint32_t) i, bytes, sizeof(bytes));
        done = next(f);
        CHECK(done.kind == SW_MEDIA_KEPT, "%d: %s", i, done.error);
        memcpy(sha[i], done.sha256, sizeof(sha[i]));
        note(sha[i], 1000000 * (i + 1), sizeof(bytes));
    }
    done = next(f);
    assert_int_equal(done.kind, SW_MEDIA_GONE);
    assert_string_equal(done.sha256, sha[0]);
    assert_int_equal(access(in_folder(stranger), F_OK), -1);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "media/%.2s/%s.jpg", sha[i], sha[i]);
        CHECK((access(in_folder(path), F_OK) == 0) == (i > 0), "picture %d", i);
    }
    sw_media_files_stop(f);
    assert_int_equal(sw_mailbox_depth(sw_media_files_results(f)), 0);
    sw_media_files_free(f);
}

/* A folder in the place of the picture's: what the disk refuses is told, and nothing half written stays. */
static void what_cannot_be_written_is_told(void **state)
{
    struct sw_media_files *f;
    struct sw_media_done done;
    FILE *file;

    (void) state;
    mkdir(in_folder("media"), 0750);
    file = fopen(in_folder("media/ba"), "we"); /* where the picture's folder belongs */
    assert_non_null(file);
    fclose(file);
    f = must_start(1 << 20);
    give(f, 3, "abc", 3);
    done = next(f);
    assert_int_equal(done.kind, SW_MEDIA_FAILED);
    assert_int_equal(done.tag, 3);
    assert_non_null(strstr(done.error, "Not a directory"));
    sw_media_files_free(f);
}

static int setup(void **state)
{
    struct sw_store_params p = {0};
    struct sw_err err = {0};

    (void) state;
    strcpy(folder, "/tmp/sw-files-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    p.path = in_folder("siteward.db");
    return sw_store_open(&p, &store, &err) == SW_OK ? 0 : -1;
}

static int teardown(void **state)
{
    char command[96];

    (void) state;
    store = sw_store_close(store);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_picture_is_kept_under_its_hash_once, setup, teardown),
        cmocka_unit_test_setup_teardown(only_a_hash_opens_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_killed_run_left_half_written_goes_at_the_start, setup, teardown),
        cmocka_unit_test_setup_teardown(beyond_the_room_strangers_go_and_then_the_oldest, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_is_told, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
