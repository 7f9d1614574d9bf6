// SPDX-License-Identifier: Apache-2.0
/* The door of gpio.h: reads the name of a line and hands every call to the back-end that the name asks for. Also the
 * sentences that the kernel's two back-ends share. */
#include "sensors/gpio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensors/gpio_int.h"

#define STAMP_AGE_MAX_US (3600 * SW_US_PER_S) /* an edge that waited for longer was stamped by another clock */

/* ---- the name of a line ---- */

static bool refuse(char *why, size_t cap, const char *text)
{
    if (why != NULL && cap > 0)
        (void) snprintf(why, cap, "%s", text);
    return false;
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char) *text < ' ' || *text == 0x7f)
            return false;
    return true;
}

static bool is_chip(const char *chip)
{
    const char *name = strncmp(chip, "/dev/", 5) == 0 ? chip + 5 : chip;

    return *name != '\0' && strchr(name, ':') == NULL && (name != chip || strchr(name, '/') == NULL) &&
           strstr(name, "..") == NULL;
}

bool sw_gpio_parse(const char *text, struct sw_gpio_conf *ret, char *why, size_t cap)
{
    const bool is_file = strncmp(text, "file:", 5) == 0;
    const char *chip = is_file ? text + 5 : text, *colon = strrchr(chip, ':');
    const char *line = colon != NULL ? colon + 1 : "";
    const size_t chip_len = colon != NULL ? (size_t) (colon - chip) : 0, line_len = strlen(line);
    char name[SW_PATH_SIZE];

    if (colon == NULL || chip_len == 0 || line_len == 0 || !is_printable(text))
        return refuse(why, cap, "must be a line such as \"gpiochip0:17\", or file:FOLDER:17 for a stand-in");
    if (chip_len >= SW_PATH_SIZE || line_len >= SW_ID_SIZE)
        return refuse(why, cap, "is too long: a line's name has at most 64 bytes, its chip or folder at most 511");
    memcpy(name, chip, chip_len);
    name[chip_len] = '\0';
    if (strchr(line, '/') != NULL || strcmp(line, ".") == 0 || strcmp(line, "..") == 0)
        return refuse(why, cap, "ends in no line: want its number or its name after the last ':'");
    if (!is_file && !is_chip(name))
        return refuse(why, cap, "names no chip: want gpiochip0, /dev/gpiochip0 or the chip's label before the ':'");
    if (!is_file && line[strspn(line, "0123456789")] == '\0' && line_len > 5)
        return refuse(why, cap, "has a number that no chip has: lines count from 0 to 99999");
    if (ret != NULL) {
        memcpy(ret->chip, name, chip_len + 1);
        memcpy(ret->line, line, line_len + 1);
        ret->is_file = is_file;
    }
    return true;
}

int sw_gpio_offset(const char *line)
{
    return line[0] != '\0' && line[strspn(line, "0123456789")] == '\0' && strlen(line) <= 5 ? atoi(line) : -1;
}

/* ---- what the kernel says ---- */

int sw_gpio_fail(struct sw_err *err, const char *text, int saved_errno, const char *holder)
{
    switch (saved_errno) {
    case ENOENT:
    case ENXIO:
    case ENOTTY: /* a file that is no chip */
        return sw_err_set(err, SW_E_NOTFOUND, saved_errno,
                          "line %s: there is no such chip or line; `gpioinfo` lists "
                          "those of this machine",
                          text);
    case EACCES:
    case EPERM:
        return sw_err_set(
            err, SW_E_DENIED, saved_errno,
            "line %s: no right to use the chip: a udev rule, or the group gpio where there is one, gives it to "
            "the service's user",
            text);
    case EBUSY:
        return sw_err_set(err, SW_E_CONFLICT, saved_errno,
                          "line %s: %s%s%s holds it already; end that, or use another "
                          "line",
                          text, holder != NULL ? "\"" : "", holder != NULL ? holder : "somebody else",
                          holder != NULL ? "\"" : "");
    case ENODEV:
        return sw_err_set(err, SW_E_IO, saved_errno, "line %s: its chip is gone", text);
    default:
        return sw_err_set(err, SW_E_IO, saved_errno, "line %s: %s", text, strerror(saved_errno));
    }
}

int64_t sw_gpio_stamp_us(uint64_t stamp_ns, int64_t now_us)
{
    const int64_t t_us = (int64_t) (stamp_ns / 1000);

    return t_us > now_us || t_us < now_us - STAMP_AGE_MAX_US ? now_us : t_us;
}

/* ---- the door ---- */

static int open_line(const struct sw_gpio_conf *c, bool is_output, bool is_active, struct sw_gpio **ret,
                     struct sw_err *err)
{
    const struct sw_gpio_ops *ops = c->is_file ? &sw_gpio_file_ops : &sw_gpio_kernel_ops;
    struct sw_gpio *g = NULL;
    const int rc = ops->open(c, is_output, is_active, &g, err);

    if (rc == SW_OK)
        *ret = g;
    return rc;
}

int sw_gpio_open_input(const struct sw_gpio_conf *c, struct sw_gpio **ret, struct sw_err *err)
{
    return open_line(c, false, false, ret, err);
}

int sw_gpio_open_output(const struct sw_gpio_conf *c, bool is_active, struct sw_gpio **ret, struct sw_err *err)
{
    return open_line(c, true, is_active, ret, err);
}

struct sw_gpio *sw_gpio_close(struct sw_gpio *g)
{
    if (g != NULL)
        g->ops->close(g);
    return NULL;
}

int sw_gpio_fd(const struct sw_gpio *g)
{
    return g->ops->fd(g);
}

int sw_gpio_take(struct sw_gpio *g, struct sw_gpio_edge *ret, size_t cap, bool *ret_lost, struct sw_err *err)
{
    *ret_lost = false;
    return cap > 0 ? g->ops->take(g, ret, cap, ret_lost, err) : 0;
}

int sw_gpio_get(struct sw_gpio *g, struct sw_err *err)
{
    return g->ops->get(g, err);
}

int sw_gpio_set(struct sw_gpio *g, bool is_active, struct sw_err *err)
{
    return g->ops->set(g, is_active, err);
}
