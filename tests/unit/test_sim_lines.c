// SPDX-License-Identifier: Apache-2.0
/* A scenario's steps on input lines: read, played when their time has come, and refused with their row. */
#include "cli/sim_lines.h"

#include "common/timefmt.h"
#include "config_help.h"

static char folder[64];

static int make_folder(void **state)
{
    (void) state;
    new_folder(folder);
    write_file(folder, "lines/17", "0\n");
    return 0;
}

static int drop_folder(void **state)
{
    (void) state;
    remove_folder(folder);
    return 0;
}

static int64_t at(const char *text)
{
    int64_t us = 0;

    assert_int_equal(sw_time_parse(text, strlen(text), &us, NULL), SW_OK);
    return us;
}

static char level_of(const char *line)
{
    char path[128];
    FILE *f;
    int c;

    (void) snprintf(path, sizeof(path), "%s/lines/%s", folder, line);
    f = fopen(path, "r");
    assert_non_null(f);
    c = fgetc(f);
    (void) fclose(f);
    return (char) c;
}

static void steps_are_set_when_their_time_has_come(void **state)
{
    struct sw_sim_lines l;
    struct sw_err err = {0};
    const int64_t first = at("2026-03-02T12:00:00Z");

    (void) state;
    write_file(folder, "lines.ndjson",
               "{\"at\":\"2026-03-02T20:00:00+08:00\",\"line\":\"17\",\"level\":1}\n"
               "\n"
               "{\"at\":\"2026-03-02T20:00:05+08:00\",\"line\":\"17\",\"level\":0}\n"
               "{\"at\":\"2026-03-02T20:00:05+08:00\",\"line\":\"door\",\"level\":1}\n");
    CHECK(sw_sim_lines_read(&l, folder, &err) == SW_OK, "%s", err.msg);
    assert_true(l.n == 3 && sw_sim_lines_due_us(&l) == first);
    assert_int_equal(sw_sim_lines_play(&l, first - 1, &err), SW_OK);
    assert_int_equal(level_of("17"), '0');
    assert_int_equal(sw_sim_lines_play(&l, first, &err), SW_OK);
    assert_int_equal(level_of("17"), '1');
    assert_true(sw_sim_lines_due_us(&l) == first + 5 * SW_US_PER_S);
    assert_int_equal(sw_sim_lines_play(&l, first + 9 * SW_US_PER_S, &err), SW_OK);
    assert_int_equal(level_of("17"), '0');
    assert_int_equal(level_of("door"), '1');
    assert_true(sw_sim_lines_due_us(&l) == INT64_MAX);
    sw_sim_lines_done(&l);
}

static void a_site_without_lines_has_nothing_to_play(void **state)
{
    struct sw_sim_lines l;
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_sim_lines_read(&l, folder, &err), SW_OK);
    assert_true(l.n == 0 && sw_sim_lines_due_us(&l) == INT64_MAX);
    assert_int_equal(sw_sim_lines_play(&l, INT64_MAX - 1, &err), SW_OK);
    sw_sim_lines_done(&l);
}

static void a_wrong_step_is_refused_with_its_row(void **state)
{
    static const struct {
        const char *row, *want;
    } cases[] = {
        {"nonsense", "no JSON object"},
        {"[]", "no JSON object"},
        {"{\"line\":\"17\",\"level\":1}", "\"at\" must be"},
        {"{\"at\":\"soon\",\"line\":\"17\",\"level\":1}", "\"at\" must be"},
        {"{\"at\":\"2026-03-02T19:59:59+08:00\",\"line\":\"17\",\"level\":1}", "before that of the step above"},
        {"{\"at\":\"2026-03-02T20:00:01+08:00\",\"level\":1}", "\"line\" must be"},
        {"{\"at\":\"2026-03-02T20:00:01+08:00\",\"line\":\"../site\",\"level\":1}", "\"line\" must be"},
        {"{\"at\":\"2026-03-02T20:00:01+08:00\",\"line\":\"17\",\"level\":2}", "\"level\" must be 0 or 1"},
        {"{\"at\":\"2026-03-02T20:00:01+08:00\",\"line\":\"17\",\"level\":true}", "\"level\" must be 0 or 1"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_sim_lines l;
        struct sw_err err = {0};
        char text[300];

        (void) snprintf(text, sizeof(text), "{\"at\":\"2026-03-02T20:00:00+08:00\",\"line\":\"17\",\"level\":1}\n%s\n",
                        cases[i].row);
        write_file(folder, "lines.ndjson", text);
        CHECK(sw_sim_lines_read(&l, folder, &err) == SW_E_INVAL, "%s is taken", cases[i].row);
        CHECK(strstr(err.msg, "lines.ndjson:2: ") != NULL && strstr(err.msg, cases[i].want) != NULL, "%s: says '%s'",
              cases[i].row, err.msg);
    }
}

static void a_line_that_cannot_be_set_is_told(void **state)
{
    struct sw_sim_lines l;
    struct sw_err err = {0};

    (void) state;
    write_file(folder, "bare/lines.ndjson", "{\"at\":\"2026-03-02T20:00:00+08:00\",\"line\":\"17\",\"level\":1}\n");
    char bare[96];
    (void) snprintf(bare, sizeof(bare), "%s/bare", folder);
    assert_int_equal(sw_sim_lines_read(&l, bare, &err), SW_OK);
    assert_int_equal(sw_sim_lines_play(&l, INT64_MAX, &err), SW_E_NOTFOUND);
    CHECK(strstr(err.msg, "bare/lines:17") != NULL, "%s", err.msg);
    sw_sim_lines_done(&l);
}

#define IN_A_FOLDER(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(steps_are_set_when_their_time_has_come),
        IN_A_FOLDER(a_site_without_lines_has_nothing_to_play),
        IN_A_FOLDER(a_wrong_step_is_refused_with_its_row),
        IN_A_FOLDER(a_line_that_cannot_be_set_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
