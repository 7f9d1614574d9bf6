// SPDX-License-Identifier: Apache-2.0
/* In which keys two configurations differ, which of them a pattern names, and that a file is replaced whole. */
#include "config_help.h"

#include "gateway/reload.h"

static bool skip_names(void *ctx, const char *pointer)
{
    (void) ctx;
    return core_config_matches("/devices/*/name", pointer);
}

static void keys_that_differ_are_named_by_pointer(void **state)
{
    static const struct {
        const char *before, *after, *want; /* pointers, a blank between them */
    } cases[] = {
        {"{}", "{}", ""},
        {"{\"a\":1}", "{\"a\":1}", ""},
        {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", ""},
        {"{\"a\":1}", "{\"a\":2}", "/a"},
        {"{\"a\":1}", "{\"a\":\"1\"}", "/a"},
        {"{\"a\":1}", "{}", "/a"},
        {"{}", "{\"a\":{\"b\":1,\"c\":2}}", "/a/b /a/c"},
        {"{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"b\":1,\"c\":3}}", "/a/c"},
        {"{\"a\":[1,2]}", "{\"a\":[2,1]}", "/a"},
        {"{\"a\":{\"b\":1}}", "{\"a\":7}", "/a"},
        {"{\"a/b\":{\"c~\":1}}", "{}", "/a~1b/c~0"},
        {"{\"devices\":{\"x\":{\"name\":\"a\"}}}", "{\"devices\":{\"x\":{\"name\":\"b\"}}}", ""},
        {"{\"devices\":{\"x\":{\"name\":\"a\"}}}", "{\"devices\":{}}", ""},
        {"{\"devices\":{\"x\":{\"name\":\"a\",\"bus\":\"b\"}}}", "{\"devices\":{}}", "/devices/x/bus"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct core_config_diff d;
        char got[400] = "";

        assert_int_equal(core_config_compare(cases[i].before, cases[i].after, skip_names, NULL, &d), SW_OK);
        for (size_t k = 0; k < d.n; k++)
            (void) snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", k ? " " : "", d.pointer[k]);
        CHECK(strcmp(got, cases[i].want) == 0, "%s → %s: '%s', want '%s'", cases[i].before, cases[i].after, got,
              cases[i].want);
        assert_int_equal(d.total, d.n);
    }
}

static void more_keys_than_are_named_are_counted(void **state)
{
    struct core_config_diff d;
    char text[2000] = "{";

    (void) state;
    for (int i = 0; i < 40; i++)
        (void) snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s\"k%d\":1", i ? "," : "", i);
    strcat(text, "}");
    assert_int_equal(core_config_compare("{}", text, NULL, NULL, &d), SW_OK);
    assert_int_equal(d.total, 40);
    assert_int_equal(d.n, CORE_CONFIG_RESTART_MAX);
}

static void what_is_no_configuration_is_not_compared(void **state)
{
    static const char *const texts[] = {NULL, "", "[]", "7", "{\"a\":"};
    struct core_config_diff d;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++) {
        assert_int_equal(core_config_compare(texts[i], "{}", NULL, NULL, &d), SW_E_INVAL);
        assert_int_equal(core_config_compare("{}", texts[i], NULL, NULL, &d), SW_E_INVAL);
    }
}

static void a_star_stands_for_one_word(void **state)
{
    static const struct {
        const char *pattern, *pointer;
        bool matches;
    } cases[] = {
        {"/site/name", "/site/name", true},
        {"/site/name", "/site/names", false},
        {"/site/name", "/site/nam", false},
        {"/site/name", "/site/name/x", false},
        {"/devices/*/name", "/devices/a/name", true},
        {"/devices/*/name", "/devices/a/b/name", false},
        {"/devices/*/name", "/devices/a/height", false},
        {"/devices/*/name", "/devices/a", false},
        {"/devices/*/name", "/devices", false},
        {"/publish/live_interval", "", false},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        CHECK(core_config_matches(cases[i].pattern, cases[i].pointer) == cases[i].matches, "%s of %s", cases[i].pointer,
              cases[i].pattern);
}

static void a_file_is_replaced_whole_or_not_at_all(void **state)
{
    char folder[64], path[128], beside[160], got[64] = "";
    struct sw_err err = {0};
    FILE *f;

    (void) state;
    new_folder(folder);
    (void) snprintf(path, sizeof(path), "%s/remote.yaml", folder);
    (void) snprintf(beside, sizeof(beside), "%s.new", path);
    CHECK(core_replace_file(path, "first", 5, &err) == SW_OK, "%s", err.msg);
    CHECK(core_replace_file(path, "2nd", 3, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(access(beside, F_OK), -1);
    assert_int_equal(mkdir(beside, 0700), 0);
    assert_int_equal(core_replace_file(path, "third", 5, &err), SW_E_IO);
    CHECK(strstr(err.msg, "remote.yaml") != NULL, "%s", err.msg);
    f = fopen(path, "re");
    assert_non_null(f);
    assert_int_equal(fread(got, 1, sizeof(got), f), 3);
    assert_int_equal(fclose(f), 0);
    assert_string_equal(got, "2nd");
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_differ_are_named_by_pointer),
        cmocka_unit_test(more_keys_than_are_named_are_counted),
        cmocka_unit_test(what_is_no_configuration_is_not_compared),
        cmocka_unit_test(a_star_stands_for_one_word),
        cmocka_unit_test(a_file_is_replaced_whole_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
