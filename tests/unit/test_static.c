// SPDX-License-Identifier: Apache-2.0
/* The table of a page's files: what gets into it. What is answered from it, foreign clients ask in the system tests. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/static.h"

static char folder[64];

static int make_folder(void **state)
{
    (void) state;
    strcpy(folder, "/tmp/sw-static-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[100];

    (void) state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static void put(const char *name, size_t bytes)
{
    char path[400];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "we");
    assert_non_null(f);
    for (size_t i = 0; i < bytes; i++)
        putc('x', f);
    fclose(f);
}

static void put_folder(const char *name)
{
    char path[400];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void only_files_of_known_kinds_are_taken(void **state)
{
    struct sw_static *s = NULL;
    struct sw_err err;
    char path[200];

    (void) state;
    put("index.html", 10);
    put("empty.css", 0);
    put("notes.md", 10);
    put("app.js.map", 10);
    put(".hidden.js", 10);
    put_folder("assets");
    put("assets/a.js", 10);
    put("assets/b.woff2", 10);
    put_folder(".git");
    put(".git/config.txt", 10);
    snprintf(path, sizeof(path), "%s/link.txt", folder);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    snprintf(path, sizeof(path), "%s/away", folder);
    assert_int_equal(symlink("/etc", path), 0);
    assert_int_equal(sw_static_new(folder, &s, &err), SW_OK);
    assert_int_equal(sw_static_count(s), 3);
    sw_static_free(s);
}

static void a_folder_without_a_page_is_none(void **state)
{
    struct sw_static *s = NULL;
    struct sw_err err;
    char path[200];

    (void) state;
    put("a.js", 10);
    assert_int_equal(sw_static_new(folder, &s, &err), SW_E_NOTFOUND);
    CHECK(strstr(err.msg, "index.html"), "%s", err.msg);
    snprintf(path, sizeof(path), "%s/none", folder);
    assert_int_equal(sw_static_new(path, &s, &err), SW_E_NOTFOUND);
    assert_null(s);
}

static void so_many_files_and_bytes_and_no_more(void **state)
{
    struct sw_static *s = NULL;
    struct sw_err err;
    char name[300];

    (void) state;
    put("index.html", 1);
    for (int i = 1; i < SW_STATIC_FILES_MAX; i++) {
        snprintf(name, sizeof(name), "%d.js", i);
        put(name, 1);
    }
    assert_int_equal(sw_static_new(folder, &s, &err), SW_OK);
    assert_int_equal(sw_static_count(s), SW_STATIC_FILES_MAX);
    s = sw_static_free(s);
    put("one-more.js", 1);
    assert_int_equal(sw_static_new(folder, &s, &err), SW_E_FULL);
    snprintf(name, sizeof(name), "%s/one-more.js", folder);
    unlink(name);
    put("1.js", SW_STATIC_BYTES_MAX); /* with the others' bytes that is too much */
    assert_int_equal(sw_static_new(folder, &s, &err), SW_E_FULL);
    assert_null(s);
}

static void folders_that_go_on_and_on_are_refused(void **state)
{
    struct sw_static *s = NULL;
    struct sw_err err;

    (void) state;
    put("index.html", 1);
    put_folder("a");
    put_folder("a/a");
    put_folder("a/a/a");
    put_folder("a/a/a/a");
    assert_int_equal(sw_static_new(folder, &s, &err), SW_OK);
    s = sw_static_free(s);
    put_folder("a/a/a/a/a");
    assert_int_equal(sw_static_new(folder, &s, &err), SW_E_FULL);
}

int main(void)
{
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(only_files_of_known_kinds_are_taken),
        IN_A_FOLDER(a_folder_without_a_page_is_none),
        IN_A_FOLDER(so_many_files_and_bytes_and_no_more),
        IN_A_FOLDER(folders_that_go_on_and_on_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
