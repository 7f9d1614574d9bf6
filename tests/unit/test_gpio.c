// SPDX-License-Identifier: Apache-2.0
/* The name of a line, and the stand-in that is a file. Lines of a kernel are tested on simulated chips (tests/hil). */
#include "sensors/gpio.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "sensors/gpio_int.h"
#include "test.h"

/* ---- names ---- */

static void a_line_is_named_by_chip_and_number_or_name(void **state)
{
    static const struct {
        const char *text, *chip, *line;
        bool is_file;
    } cases[] = {
        {"gpiochip0:17", "gpiochip0", "17", false},
        {"/dev/gpiochip3:0", "/dev/gpiochip3", "0", false},
        {"gpiochip0:vib-alarm", "gpiochip0", "vib-alarm", false},
        {"gpiochip0:GPIO17 (pin 11)", "gpiochip0", "GPIO17 (pin 11)", false},
        {"/dev/gpio/by-path/platform-x:5", "/dev/gpio/by-path/platform-x", "5", false},
        {"file:/run/lines:17", "/run/lines", "17", true},
        {"file:lines:door", "lines", "door", true},
        {"file:/run/a:b/lines:17", "/run/a:b/lines", "17", true},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_gpio_conf c = {.bias = SW_GPIO_BIAS_PULL_UP, .is_active_low = true};
        char why[160] = "";

        CHECK(sw_gpio_parse(cases[i].text, &c, why, sizeof(why)), "%s: %s", cases[i].text, why);
        assert_string_equal(c.chip, cases[i].chip);
        assert_string_equal(c.line, cases[i].line);
        assert_int_equal(c.is_file, cases[i].is_file);
        CHECK(c.bias == SW_GPIO_BIAS_PULL_UP && c.is_active_low, "%s: the wiring was touched", cases[i].text);
    }
}

static void what_names_no_line_is_refused_with_a_reason(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", "gpiochip0:17"},
        {"17", "gpiochip0:17"},
        {"gpiochip0", "gpiochip0:17"},
        {"gpiochip0:", "gpiochip0:17"},
        {":17", "gpiochip0:17"},
        {"file:17", "file:FOLDER:17"},
        {"file::17", "file:FOLDER:17"},
        {"gpiochip0:1\n7", "gpiochip0:17"},
        {"../etc:17", "names no chip"},
        {"sub/gpiochip0:17", "names no chip"},
        {"/dev/../etc:17", "names no chip"},
        {"gpio:chip0:17", "names no chip"},
        {"gpiochip0:a/b", "ends in no line"},
        {"file:/run/lines:..", "ends in no line"},
        {"gpiochip0:123456", "no chip has"},
        {"gpiochip0:0123456789012345678901234567890123456789012345678901234567890123456789", "too long"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_gpio_conf c = {.chip = "untouched"};
        char why[160] = "";

        CHECK(!sw_gpio_parse(cases[i].text, &c, why, sizeof(why)), "'%s' is taken", cases[i].text);
        CHECK(strstr(why, cases[i].want) != NULL, "'%s': says '%s', not '%s'", cases[i].text, why, cases[i].want);
        CHECK(strcmp(c.chip, "untouched") == 0, "'%s': the result was touched", cases[i].text);
    }
}

static void a_stamp_of_another_clock_is_not_believed(void **state)
{
    const int64_t now_us = 50000 * SW_US_PER_S;

    (void) state;
    assert_true(sw_gpio_stamp_us((uint64_t) (now_us - 1500) * 1000, now_us) == now_us - 1500);
    assert_true(sw_gpio_stamp_us((uint64_t) (now_us + 1) * 1000, now_us) == now_us);                  /* from later */
    assert_true(sw_gpio_stamp_us(1772460000000000000u, now_us) == now_us);                            /* UTC */
    assert_true(sw_gpio_stamp_us((uint64_t) (now_us - 7200 * SW_US_PER_S) * 1000, now_us) == now_us); /* hours old */
}

static void each_refusal_has_a_code_and_a_sentence_of_its_own(void **state)
{
    static const struct {
        int saved_errno;
        const char *holder;
        int want;
        const char *words;
    } cases[] = {
        {ENOENT, NULL, SW_E_NOTFOUND, "no such chip or line"},
        {ENOTTY, NULL, SW_E_NOTFOUND, "no such chip or line"},
        {EACCES, NULL, SW_E_DENIED, "group gpio"},
        {EBUSY, "spi0 CS0", SW_E_CONFLICT, "\"spi0 CS0\" holds it"},
        {EBUSY, NULL, SW_E_CONFLICT, "somebody else holds it"},
        {ENODEV, NULL, SW_E_IO, "chip is gone"},
        {EINVAL, NULL, SW_E_IO, "Invalid argument"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_err err = {0};

        CHECK(sw_gpio_fail(&err, "gpiochip0:17", cases[i].saved_errno, cases[i].holder) == cases[i].want, "errno %d",
              cases[i].saved_errno);
        CHECK(strstr(err.msg, "gpiochip0:17") != NULL && strstr(err.msg, cases[i].words) != NULL, "errno %d says '%s'",
              cases[i].saved_errno, err.msg);
    }
}

static void a_chip_that_is_not_there_is_not_found(void **state)
{
    struct sw_gpio *g = (void *) state;
    struct sw_gpio_conf c = {0};
    struct sw_err err = {0};

    assert_true(sw_gpio_parse("gpiochip999:3", &c, NULL, 0));
    assert_int_equal(sw_gpio_open_input(&c, &g, &err), SW_E_NOTFOUND);
    assert_int_equal(sw_gpio_open_output(&c, true, &g, &err), SW_E_NOTFOUND);
    assert_ptr_equal(g, state);
    assert_true(sw_gpio_parse("/dev/null:3", &c, NULL, 0)); /* there, and no chip */
    CHECK(sw_gpio_open_input(&c, &g, &err) == SW_E_NOTFOUND, "%s", err.msg);
}

/* ---- the stand-in ---- */

static char folder[64];

static struct sw_gpio_conf conf_of(const char *line)
{
    struct sw_gpio_conf c = {0};
    char text[128];

    (void) snprintf(text, sizeof(text), "file:%s:%s", folder, line);
    assert_true(sw_gpio_parse(text, &c, NULL, 0));
    return c;
}

static void put(const char *line, const char *text)
{
    char path[128];
    FILE *f;

    (void) snprintf(path, sizeof(path), "%s/%s", folder, line);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
}

static void drop(const char *line)
{
    char path[128];

    (void) snprintf(path, sizeof(path), "%s/%s", folder, line);
    assert_int_equal(unlink(path), 0);
}

static bool is_readable(const struct sw_gpio *g)
{
    struct pollfd p = {.fd = sw_gpio_fd(g), .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

static int make_folder(void **state)
{
    (void) state;
    (void) snprintf(folder, sizeof(folder), "/tmp/sw-gpio-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];

    (void) state;
    (void) snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command) == 0 ? 0 : -1;
}

static void writing_the_file_is_an_edge(void **state)
{
    const struct sw_gpio_conf c = conf_of("17");
    struct sw_gpio_edge edge;
    struct sw_gpio *g = NULL;
    struct sw_err err = {0};
    bool is_lost;

    (void) state;
    put("17", "0\n");
    CHECK(sw_gpio_open_input(&c, &g, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(sw_gpio_get(g, &err), 0);
    assert_false(is_readable(g));
    assert_int_equal(sw_gpio_take(g, &edge, 1, &is_lost, &err), 0);

    const int64_t before_us = sw_mono_real_us();
    put("17", "1");
    assert_true(is_readable(g));
    assert_int_equal(sw_gpio_take(g, &edge, 1, &is_lost, &err), 1);
    assert_true(edge.is_active && !is_lost && edge.t_mono_us >= before_us && edge.t_mono_us <= sw_mono_real_us());
    assert_int_equal(sw_gpio_get(g, &err), 1);
    assert_false(is_readable(g));

    put("17", "1\n"); /* again: no edge */
    put("18", "0\n"); /* another line's */
    assert_int_equal(sw_gpio_take(g, &edge, 1, &is_lost, &err), 0);
    assert_null(sw_gpio_close(g));
}

static void edges_while_nobody_looks_give_the_last_level(void **state)
{
    const struct sw_gpio_conf c = conf_of("17");
    struct sw_gpio_edge edges[16];
    struct sw_gpio *g = NULL;
    struct sw_err err = {0};
    bool is_lost;

    (void) state;
    put("17", "0");
    assert_int_equal(sw_gpio_open_input(&c, &g, &err), SW_OK);
    for (int i = 1; i <= 3001; i++)
        put("17", i % 2 == 1 ? "1" : "0");
    assert_int_equal(sw_gpio_take(g, edges, 16, &is_lost, &err), 1);
    assert_true(edges[0].is_active);
    assert_false(is_readable(g));
    sw_gpio_close(g);
}

static void low_is_active_where_the_wiring_says_so(void **state)
{
    struct sw_gpio_conf c = conf_of("17");
    struct sw_gpio_edge edge;
    struct sw_gpio *g = NULL;
    struct sw_err err = {0};
    bool is_lost;

    (void) state;
    c.is_active_low = true;
    put("17", "0");
    assert_int_equal(sw_gpio_open_input(&c, &g, &err), SW_OK);
    assert_int_equal(sw_gpio_get(g, &err), 1);
    put("17", "1");
    assert_int_equal(sw_gpio_take(g, &edge, 1, &is_lost, &err), 1);
    assert_false(edge.is_active);
    sw_gpio_close(g);
}

static void a_line_whose_file_goes_is_gone_and_may_come_back(void **state)
{
    const struct sw_gpio_conf c = conf_of("17");
    struct sw_gpio_edge edge;
    struct sw_gpio *g = NULL;
    struct sw_err err = {0};
    bool is_lost;

    (void) state;
    assert_int_equal(sw_gpio_open_input(&c, &g, &err), SW_E_NOTFOUND);
    CHECK(strstr(err.msg, ":17") != NULL && strstr(err.msg, "no such file") != NULL, "%s", err.msg);
    put("17", "0");
    assert_int_equal(sw_gpio_open_input(&c, &g, &err), SW_OK);
    drop("17");
    assert_true(is_readable(g));
    assert_int_equal(sw_gpio_take(g, &edge, 1, &is_lost, &err), SW_E_IO);
    assert_int_equal(sw_gpio_get(g, &err), SW_E_IO);
    sw_gpio_close(g);
    put("17", "1");
    assert_int_equal(sw_gpio_open_input(&c, &g, &err), SW_OK);
    assert_int_equal(sw_gpio_get(g, &err), 1);
    sw_gpio_close(g);
}

static void a_line_whose_folder_goes_is_gone(void **state)
{
    const struct sw_gpio_conf c = conf_of("17");
    struct sw_gpio_edge edge;
    struct sw_gpio *g = NULL;
    struct sw_err err = {0};
    bool is_lost;

    (void) state;
    put("17", "0");
    assert_int_equal(sw_gpio_open_input(&c, &g, &err), SW_OK);
    drop("17");
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(sw_gpio_take(g, &edge, 1, &is_lost, &err), SW_E_IO);
    assert_int_equal(mkdir(folder, 0700), 0);
    put("17", "1"); /* a new folder is not the watched one */
    assert_int_equal(sw_gpio_take(g, &edge, 1, &is_lost, &err), SW_E_IO);
    sw_gpio_close(g);
}

static void a_file_that_holds_no_level_is_no_line(void **state)
{
    static const char *const texts[] = {"2", "10", "x", "0x1", "-1", " 1"};
    const struct sw_gpio_conf c = conf_of("17");
    struct sw_gpio *g = NULL;
    struct sw_err err = {0};
    char path[128];

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++) {
        put("17", texts[i]);
        CHECK(sw_gpio_open_input(&c, &g, &err) == SW_E_IO, "'%s' is taken for a level", texts[i]);
    }
    drop("17");
    (void) snprintf(path, sizeof(path), "%s/17", folder);
    assert_int_equal(mkfifo(path, 0600), 0); /* must not block */
    assert_int_equal(sw_gpio_open_input(&c, &g, &err), SW_E_IO);
}

/* A writer truncates first: until its text is there the level is what it was. */
static void half_a_write_is_not_a_level(void **state)
{
    const struct sw_gpio_conf c = conf_of("17");
    struct sw_gpio_edge edge;
    struct sw_gpio *g = NULL;
    struct sw_err err = {0};
    char path[128];
    bool is_lost;

    (void) state;
    put("17", "1");
    assert_int_equal(sw_gpio_open_input(&c, &g, &err), SW_OK);
    (void) snprintf(path, sizeof(path), "%s/17", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(sw_gpio_take(g, &edge, 1, &is_lost, &err), 0);
    assert_int_equal(sw_gpio_get(g, &err), 1);
    assert_true(fputs("0", f) >= 0 && fclose(f) == 0);
    assert_int_equal(sw_gpio_take(g, &edge, 1, &is_lost, &err), 1);
    assert_false(edge.is_active);
    sw_gpio_close(g);
}

static void an_output_writes_its_file_and_an_input_sees_it(void **state)
{
    struct sw_gpio_conf c = conf_of("4");
    struct sw_gpio_edge edge;
    struct sw_gpio *out = NULL, *in = NULL;
    struct sw_err err = {0};
    bool is_lost;

    (void) state;
    c.is_active_low = true;
    assert_int_equal(sw_gpio_open_output(&c, false, &out, &err), SW_OK);
    assert_int_equal(sw_gpio_get(out, &err), 0);
    const struct sw_gpio_conf wire = conf_of("4"); /* active high: what is on the wire */
    assert_int_equal(sw_gpio_open_input(&wire, &in, &err), SW_OK);
    assert_int_equal(sw_gpio_get(in, &err), 1);
    assert_int_equal(sw_gpio_set(out, true, &err), SW_OK);
    assert_int_equal(sw_gpio_get(out, &err), 1);
    assert_int_equal(sw_gpio_take(in, &edge, 1, &is_lost, &err), 1);
    assert_false(edge.is_active);
    assert_int_equal(sw_gpio_set(out, true, &err), SW_OK); /* again: no edge */
    assert_int_equal(sw_gpio_take(in, &edge, 1, &is_lost, &err), 0);
    sw_gpio_close(in);
    sw_gpio_close(out);
    assert_null(sw_gpio_close(NULL));
}

static void an_output_without_its_folder_is_refused(void **state)
{
    struct sw_gpio_conf c = conf_of("4");
    struct sw_gpio *g = NULL;
    struct sw_err err = {0};

    (void) state;
    (void) snprintf(c.chip, sizeof(c.chip), "%s/none", folder);
    assert_int_equal(sw_gpio_open_output(&c, true, &g, &err), SW_E_NOTFOUND);
    assert_null(g);
}

#define in_a_folder(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_named_by_chip_and_number_or_name),
        cmocka_unit_test(what_names_no_line_is_refused_with_a_reason),
        cmocka_unit_test(a_stamp_of_another_clock_is_not_believed),
        cmocka_unit_test(each_refusal_has_a_code_and_a_sentence_of_its_own),
        cmocka_unit_test(a_chip_that_is_not_there_is_not_found),
        in_a_folder(writing_the_file_is_an_edge),
        in_a_folder(edges_while_nobody_looks_give_the_last_level),
        in_a_folder(low_is_active_where_the_wiring_says_so),
        in_a_folder(a_line_whose_file_goes_is_gone_and_may_come_back),
        in_a_folder(a_line_whose_folder_goes_is_gone),
        in_a_folder(a_file_that_holds_no_level_is_no_line),
        in_a_folder(half_a_write_is_not_a_level),
        in_a_folder(an_output_writes_its_file_and_an_input_sees_it),
        in_a_folder(an_output_without_its_folder_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
