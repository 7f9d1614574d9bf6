// SPDX-License-Identifier: Apache-2.0
/* `siteward check` as a person or a program sees it: exit codes, lines, JSON, schemas. */
#include "config_help.h"

#include <fcntl.h>
#include <jansson.h>

#include "cli/cli.h"

#define SITE "site: {id: s1, area: \"310115\", timezone: Asia/Shanghai, packs: [cn-gb12523-2025]}\n"

static char folder[64], file[128];

struct run {
    int code;
    char out[64 * 1024], err[4096];
};

static void take(int fd, char *buf, size_t cap)
{
    const ssize_t n = pread(fd, buf, cap - 1, 0);

    assert_true(n >= 0);
    buf[n] = '\0';
    (void) close(fd);
}

/* Runs the command with both streams caught in files. */
static void run(struct run *r, const char *a1, const char *a2, const char *a3)
{
    char name[] = "check",
         *argv[] = {name, strdup(a1), a2 != NULL ? strdup(a2) : NULL, a3 != NULL ? strdup(a3) : NULL, NULL};
    const int argc = a3 != NULL ? 4 : a2 != NULL ? 3 : 2;
    const int out = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600),
              err = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    const int old_out = dup(1), old_err = dup(2);

    assert_true(out >= 0 && err >= 0 && old_out >= 0 && old_err >= 0);
    (void) fflush(stdout);
    assert_true(dup2(out, 1) == 1 && dup2(err, 2) == 2);
    r->code = sw_cmd_check(argc, argv);
    (void) fflush(stdout);
    assert_true(dup2(old_out, 1) == 1 && dup2(old_err, 2) == 2);
    (void) close(old_out);
    (void) close(old_err);
    take(out, r->out, sizeof(r->out));
    take(err, r->err, sizeof(r->err));
    for (int i = 1; i < argc; i++)
        free(argv[i]);
}

static int make_folder(void **state)
{
    (void) state;
    assert_int_equal(unsetenv("SITEWARD_SHARE"), 0);
    new_folder(folder);
    (void) snprintf(file, sizeof(file), "%s/site.yaml", folder);
    return 0;
}

static int drop_folder(void **state)
{
    (void) state;
    remove_folder(folder);
    return 0;
}

static void all_faults_are_lines_of_file_line_and_column(void **state)
{
    static struct run r;
    char want[800];

    (void) state;
    write_file(folder, "site.yaml", SITE "buses: {b: {kind: tcp, host: h, baus: 1}}\nsensors: {n: {quantity: LAEQ}}\n");
    run(&r, "-c", file, NULL);
    (void) snprintf(
        want, sizeof(want),
        "%s:1:1: warning: no 'responsibility': tickets will have no owner\n"
        "%s:2:9: warning: no device is on bus 'b'\n"
        "%s:2:33: unknown key 'baus': did you mean 'baud'?\n"
        "%s:3:25: 'quantity' must be a quantity such as LAeq, PM10 or wind_speed, not 'LAEQ': did you mean 'LAeq'?\n",
        file, file, file, file);
    assert_string_equal(r.out, want);
    (void) snprintf(want, sizeof(want), "siteward check: %s: 2 faults, 2 warnings\n", file);
    assert_string_equal(r.err, want);
    assert_int_equal(r.code, 1);
}

static void a_good_file_is_called_good_and_warnings_do_not_fail(void **state)
{
    static struct run r;

    (void) state;
    write_file(folder, "site.yaml", SITE "sensors: {n: {quantity: LAeq}}\n");
    run(&r, "--config", file, NULL);
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(r.out, "warning: no 'responsibility'"));
    assert_non_null(strstr(r.out, "good: site s1, 0 devices, 1 sensor, 2 warnings\n"));
    assert_string_equal(r.err, "");
}

static void working_days_without_a_calendar_are_told(void **state)
{
    static const char plain[] =
        "id: h\nversion: 1\nsource: here\nclasses: {A: {resolve: 24h}, B: {resolve: 5d}, C: {}}\n";
    static const char calendar[] = "id: c\ntitle: {en: C}\nsource: s\nknown_to: 2999-12-31\n"
                                   "holidays: [{date: 2020-01-01, name: {en: N}}]\n";
    static const struct {
        const char *why, *rest;
        bool is_told;
    } cases[] = {{"the hotline of the package, no calendar", "", true},
                 {"working days and a calendar", "holidays: c", false},
                 {"plain time needs no calendar", "hotline: h", false}};
    static struct run r;

    (void) state;
    write_file(folder, "hotlines/h.yaml", plain);
    write_file(folder, "holidays/c.yaml", calendar);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        char text[400];

        (void) snprintf(text, sizeof(text),
                        "site: {id: s1, area: \"310115\", timezone: Asia/Shanghai, packs: [cn-gb12523-2025]%s%s}\n",
                        cases[i].rest[0] ? ", " : "", cases[i].rest);
        write_file(folder, "site.yaml", text);
        run(&r, "-c", file, NULL);
        CHECK(r.code == 0 && (strstr(r.out, "counts working days") != NULL) == cases[i].is_told, "%s: %d %s",
              cases[i].why, r.code, r.out);
    }
}

static void unverified_limits_in_use_are_told(void **state)
{
    static struct run r;

    (void) state;
    write_file(folder, "packs/p.yaml",
               "id: p\nversion: 1\ntitle: {en: x}\nrules:\n  r: {kind: noise, statistic: max, limit: 70,"
               " unit: dBA, source: hearsay, sure: unverified}\n");
    write_file(folder, "site.yaml",
               "site: {id: s1, area: gb-cmd, timezone: UTC, packs: [p]}\nsensors: {n: {quantity: LAeq}}\n");
    run(&r, "-c", file, NULL);
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(r.out, "/packs/p.yaml:5:3: warning: the limit 'r' (70.00 dBA) is unverified: hearsay\n"));
}

/* Both dates lie far from any day on which this test runs. */
static void a_holiday_calendar_that_ends_is_told(void **state)
{
    static const struct {
        const char *known_to;
        bool is_told;
    } cases[] = {{"2020-12-31", true}, {"2999-12-31", false}};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        static struct run r;
        char calendar[300];

        (void) snprintf(calendar, sizeof(calendar),
                        "id: c\ntitle: {en: C}\nsource: s\nknown_to: %s\n"
                        "holidays: [{date: 2020-01-01, name: {en: N}}]\n",
                        cases[i].known_to);
        write_file(folder, "holidays/c.yaml", calendar);
        write_file(folder, "site.yaml",
                   "site: {id: s1, area: gb-cmd, timezone: UTC, holidays: c}\nsensors: {n: {quantity: LAeq}}\n");
        run(&r, "-c", file, NULL);
        assert_int_equal(r.code, 0);
        CHECK((strstr(r.out, "site.yaml: warning: holiday calendar 'c' has ended") != NULL) == cases[i].is_told,
              "%s: %s", cases[i].known_to, r.out);
    }
}

static void json_is_one_object_with_every_fault(void **state)
{
    static struct run r;
    json_error_t error;

    (void) state;
    write_file(folder, "site.yaml", SITE "\"a\\\"b\": 1\nsensors: {n: {quantity: 北}}\n");
    run(&r, "-c", file, "--json");
    assert_int_equal(r.code, 1);
    assert_string_equal(r.err, "");
    json_t *j = json_loads(r.out, 0, &error);
    CHECK(j != NULL, "%s", error.text);
    assert_true(json_is_false(json_object_get(j, "ok")));
    assert_int_equal(json_integer_value(json_object_get(j, "faults_total")), 2);
    const json_t *list = json_object_get(j, "faults"), *last = json_array_get(list, json_array_size(list) - 1);
    assert_int_equal(json_array_size(list), 3); /* with a warning */
    assert_string_equal(json_string_value(json_object_get(last, "file")), file);
    assert_int_equal(json_integer_value(json_object_get(last, "line")), 3);
    assert_int_equal(json_integer_value(json_object_get(last, "column")), 25);
    assert_string_equal(json_string_value(json_object_get(last, "severity")), "fault");
    assert_non_null(strstr(json_string_value(json_object_get(last, "message")), "北"));
    json_decref(j);
    run(&r, "-c", "/nonexistent.yaml", "--json");
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.out, "\"error\":\"/nonexistent.yaml: cannot be read: No such file or directory\""));
}

static void what_cannot_be_done_is_said(void **state)
{
    static struct run r;

    (void) state;
    run(&r, "-c", "/nonexistent.yaml", NULL);
    assert_int_equal(r.code, 1);
    assert_string_equal(r.err, "siteward check: /nonexistent.yaml: cannot be read: No such file or directory\n");
    run(&r, "site.yaml", NULL, NULL);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.err, "name the file with -c"));
    run(&r, "--schema", "pak", NULL);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.err, "did you mean 'pack'?"));
}

static void help_starts_with_examples_and_schemas_are_json(void **state)
{
    static const char *const names[] = {"site", "template", "pack", "hotline", "holidays"};
    static struct run r;

    (void) state;
    run(&r, "--help", NULL, NULL);
    assert_int_equal(r.code, 0);
    assert_true(strstr(r.out, "  siteward check -c site.yaml") < strstr(r.out, "Exit 0"));
    for (size_t i = 0; i < SW_ARRAY_SIZE(names); i++) {
        run(&r, "--schema", names[i], NULL);
        json_t *j = json_loads(r.out, JSON_REJECT_DUPLICATES, NULL);
        CHECK(r.code == 0 && j != NULL, "%s", names[i]);
        assert_non_null(json_object_get(json_object_get(j, "properties"), names[i][0] == 's' ? "site" : "id"));
        json_decref(j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_faults_are_lines_of_file_line_and_column, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(a_good_file_is_called_good_and_warnings_do_not_fail, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(working_days_without_a_calendar_are_told, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(unverified_limits_in_use_are_told, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(a_holiday_calendar_that_ends_is_told, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(json_is_one_object_with_every_fault, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(what_cannot_be_done_is_said, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(help_starts_with_examples_and_schemas_are_json, make_folder, drop_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
