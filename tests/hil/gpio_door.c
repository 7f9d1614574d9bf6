// SPDX-License-Identifier: Apache-2.0
/* The GPIO door of sensors/ against lines of a real kernel, one case a run: `gpio_door CASE CHIP SYSFS LIVE`. The chip
 * is one of gpio-sim, made by whoever runs this: SYSFS has sim_gpioN/pull and sim_gpioN/value, LIVE unplugs the chip.
 * Built by run.sh with libgpiod 1.6 and with 2.x. Exit 0, or a sentence and 1. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "sensors/gpio.h"

#define LINE 3
#define N_TOGGLES 200
#define N_STORM 2000
#define DEADLINE_MS 10000

static const char *folder;        /* of the chip in configfs */
static char chip[64], sysfs[256]; /* its name, and where its lines are driven and looked at */

#define FAIL(...)                                                                                                      \
    do {                                                                                                               \
        (void) fprintf(stderr, "line %d: ", __LINE__);                                                                 \
        (void) fprintf(stderr, __VA_ARGS__);                                                                           \
        (void) fputc('\n', stderr);                                                                                    \
        exit(1);                                                                                                       \
    } while (0)
#define WANT(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            FAIL("not so: %s", #condition);                                                                            \
    } while (0)

static void put(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t) strlen(text))
        FAIL("%s: %s", path, strerror(errno));
    close(fd);
}

static void get(const char *file, char *ret, size_t cap)
{
    char path[512];

    (void) snprintf(path, sizeof(path), "%s/%s", folder, file);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd >= 0 ? read(fd, ret, cap - 1) : -1;
    if (n <= 0)
        FAIL("%s: %s", path, strerror(errno));
    close(fd);
    ret[n] = '\0';
    ret[strcspn(ret, "\n")] = '\0';
}

/* A chip that comes back may have another number, as long as somebody held a line of the old one. */
static void find_chip(void)
{
    char device[64];

    get("bank0/chip_name", chip, sizeof(chip));
    get("dev_name", device, sizeof(device));
    (void) snprintf(sysfs, sizeof(sysfs), "/sys/devices/platform/%s/%s", device, chip);
}

static void plug(bool is_in)
{
    char path[512];

    (void) snprintf(path, sizeof(path), "%s/live", folder);
    put(path, is_in ? "1" : "0");
    if (is_in)
        find_chip();
}

static void pull(int line, bool high)
{
    char path[512];

    (void) snprintf(path, sizeof(path), "%s/sim_gpio%d/pull", sysfs, line);
    put(path, high ? "pull-up" : "pull-down");
}

static int value(int line)
{
    char path[512], text[8] = "";

    (void) snprintf(path, sizeof(path), "%s/sim_gpio%d/value", sysfs, line);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
        FAIL("%s: %s", path, strerror(errno));
    close(fd);
    return atoi(text);
}

static struct sw_gpio_conf conf_of(const char *line)
{
    struct sw_gpio_conf c = {0};

    (void) snprintf(c.chip, sizeof(c.chip), "%s", chip);
    (void) snprintf(c.line, sizeof(c.line), "%s", line);
    return c;
}

static struct sw_gpio *input(const struct sw_gpio_conf *c)
{
    struct sw_gpio *g = NULL;
    struct sw_err err = {0};

    if (sw_gpio_open_input(c, &g, &err) != SW_OK)
        FAIL("%s", err.msg);
    return g;
}

/* Wait for edges, and take them. @return how many */
static int take(struct sw_gpio *g, struct sw_gpio_edge *ret, size_t cap, bool *ret_lost)
{
    struct pollfd p = {.fd = sw_gpio_fd(g), .events = POLLIN | POLLPRI};
    struct sw_err err = {0};

    if (poll(&p, 1, DEADLINE_MS) != 1)
        FAIL("no edge came");
    const int n = sw_gpio_take(g, ret, cap, ret_lost, &err);
    if (n < 0)
        FAIL("%s", err.msg);
    return n;
}

static void each_edge_comes_in_order_with_a_stamp(void)
{
    const struct sw_gpio_conf c = conf_of("3");
    struct sw_gpio *g = input(&c);
    int64_t before_us = sw_mono_real_us();

    for (int i = 0; i < N_TOGGLES; i++) {
        struct sw_gpio_edge e[4];
        bool is_lost = false;

        pull(LINE, i % 2 == 0);
        WANT(take(g, e, 4, &is_lost) == 1 && !is_lost);
        WANT(e[0].is_active == (i % 2 == 0));
        WANT(e[0].t_mono_us >= before_us && e[0].t_mono_us <= sw_mono_real_us());
        before_us = e[0].t_mono_us;
    }
    sw_gpio_close(g);
}

static void edges_that_nobody_took_are_lost_and_said_to_be(void)
{
    const struct sw_gpio_conf c = conf_of("3");
    struct sw_gpio *g = input(&c);
    struct sw_gpio_edge e[64];
    struct sw_err err = {0};
    bool is_lost_once = false;
    int n_taken = 0;

    for (int i = 0; i <= N_STORM; i++) /* the last one leaves it high */
        pull(LINE, i % 2 == 0);
    for (int n = 1; n > 0;) {
        bool is_lost = false;

        n = sw_gpio_take(g, e, 64, &is_lost, &err);
        WANT(n >= 0);
        n_taken += n;
        is_lost_once = is_lost_once || is_lost;
    }
    WANT(n_taken > 0 && n_taken <= 64);
    WANT(is_lost_once);
    WANT(sw_gpio_get(g, &err) == 1);
    sw_gpio_close(g);
}

static void the_level_is_read_through_active_low_and_bias(void)
{
    struct sw_gpio_conf c = conf_of("3");
    struct sw_err err = {0};

    pull(LINE, true);
    struct sw_gpio *g = input(&c);
    WANT(sw_gpio_get(g, &err) == 1);
    sw_gpio_close(g);
    c.is_active_low = true;
    g = input(&c);
    WANT(sw_gpio_get(g, &err) == 0);
    pull(LINE, false);
    WANT(sw_gpio_get(g, &err) == 1);
    sw_gpio_close(g);
    c.is_active_low = false;
    c.bias = SW_GPIO_BIAS_PULL_UP; /* gpio-sim does as a pin does: the pull decides */
    g = input(&c);
    WANT(sw_gpio_get(g, &err) == 1);
    sw_gpio_close(g);
}

static void a_line_is_found_by_its_name(void)
{
    const struct sw_gpio_conf c = conf_of("door-loop");
    struct sw_gpio *g = input(&c);
    struct sw_gpio_edge e[4];
    bool is_lost = false;

    pull(5, true); /* the maker of the chip named line 5 so */
    WANT(take(g, e, 4, &is_lost) == 1 && e[0].is_active);
    sw_gpio_close(g);
}

static void what_cannot_be_opened_is_named(void)
{
    struct {
        const char *line;
        bool is_held;
        int rc;
        const char *says;
    } cases[] = {
        {"3", true, SW_E_CONFLICT, "siteward"},
        {"99", false, SW_E_NOTFOUND, "99"},
        {"no-such", false, SW_E_NOTFOUND, "no-such"},
    };

    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct sw_gpio_conf c = conf_of(cases[i].line);
        struct sw_gpio *held = cases[i].is_held ? input(&c) : NULL, *g = NULL;
        struct sw_err err = {0};
        const int rc = sw_gpio_open_input(&c, &g, &err);

        if (rc != cases[i].rc || strstr(err.msg, cases[i].says) == NULL)
            FAIL("line %s: %d \"%s\"", cases[i].line, rc, err.msg);
        sw_gpio_close(held);
    }
    struct sw_gpio_conf c = conf_of("3");
    struct sw_gpio *g = NULL;
    struct sw_err err = {0};
    (void) snprintf(c.chip, sizeof(c.chip), "gpiochip77");
    WANT(sw_gpio_open_output(&c, true, &g, &err) == SW_E_NOTFOUND && strstr(err.msg, "gpiochip77") != NULL);
}

static void an_output_drives_its_line_at_once(void)
{
    struct sw_gpio_conf c = conf_of("7");
    struct sw_gpio *g = NULL;
    struct sw_err err = {0};

    for (int low = 0; low <= 1; low++) {
        c.is_active_low = low;
        WANT(sw_gpio_open_output(&c, true, &g, &err) == SW_OK);
        WANT(value(7) == !low);
        WANT(sw_gpio_get(g, &err) == 1);
        WANT(sw_gpio_set(g, false, &err) == SW_OK && value(7) == low);
        WANT(sw_gpio_set(g, true, &err) == SW_OK && value(7) == !low);
        g = sw_gpio_close(g);
    }
}

static void a_chip_that_goes_is_an_error_and_comes_back(void)
{
    const struct sw_gpio_conf c = conf_of("3"), c_out = conf_of("7");
    struct sw_gpio *in = input(&c), *out = NULL, *again = NULL;
    struct sw_gpio_edge e[4];
    struct sw_err err = {0};
    bool is_lost = false;

    WANT(sw_gpio_open_output(&c_out, true, &out, &err) == SW_OK);
    plug(false);
    WANT(sw_gpio_get(in, &err) == SW_E_IO);
    WANT(sw_gpio_set(out, false, &err) == SW_E_IO);
    const int n = sw_gpio_take(in, e, 4, &is_lost, &err);
    WANT(n == SW_E_IO || n == 0); /* an older kernel only says so to who reads the level */
    WANT(sw_gpio_open_input(&c, &again, &err) == SW_E_NOTFOUND);
    sw_gpio_close(in);
    sw_gpio_close(out);
    plug(true);
    const struct sw_gpio_conf c_new = conf_of("3");
    in = input(&c_new);
    pull(LINE, true);
    WANT(take(in, e, 4, &is_lost) == 1 && e[0].is_active);
    sw_gpio_close(in);
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    CASE(each_edge_comes_in_order_with_a_stamp),
    CASE(edges_that_nobody_took_are_lost_and_said_to_be),
    CASE(the_level_is_read_through_active_low_and_bias),
    CASE(a_line_is_found_by_its_name),
    CASE(what_cannot_be_opened_is_named),
    CASE(an_output_drives_its_line_at_once),
    CASE(a_chip_that_goes_is_an_error_and_comes_back),
};

int main(int argc, char **argv)
{
    if (argc == 1) { /* what there is */
        for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
            puts(cases[i].name);
        return 0;
    }
    if (argc != 3)
        FAIL("want CASE FOLDER");
    folder = argv[2];
    find_chip();
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        if (strcmp(cases[i].name, argv[1]) == 0) {
            cases[i].run();
            return 0;
        }
    }
    FAIL("no case is named %s", argv[1]);
}
