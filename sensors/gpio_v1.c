// SPDX-License-Identifier: Apache-2.0
/* Lines of the machine by libgpiod 1.6 (Debian 12): the old interface, without sequence numbers and without debounce.
 * Built in place of gpio_v2.c where pkg-config finds that version. A queue that overflowed shows by two edges of the
 * same direction, by a full queue, or by a level that is not that of the last edge. */
#include <errno.h>
#include <gpiod.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "sensors/gpio_int.h"

struct v1_line {
    struct sw_gpio g;
    struct gpiod_chip *chip;
    struct gpiod_line *line; /* lives and dies with the chip */
    bool is_output;
    int last; /* level after the last edge; -1 = none yet */
};

static int flags_of(const struct sw_gpio_conf *c)
{
    static const int biases[] = {
        [SW_GPIO_BIAS_AS_IS] = 0,
        [SW_GPIO_BIAS_NONE] = GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE,
        [SW_GPIO_BIAS_PULL_UP] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP,
        [SW_GPIO_BIAS_PULL_DOWN] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN,
    };

    return biases[c->bias] | (c->is_active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0);
}

/* @return SW_OK or the errno */
static int find_line(struct v1_line *l, const struct sw_gpio_conf *c)
{
    const int offset = sw_gpio_offset(c->line);

    if (offset >= 0 && (unsigned) offset >= gpiod_chip_num_lines(l->chip))
        return ENOENT;
    errno = 0;
    l->line = offset >= 0 ? gpiod_chip_get_line(l->chip, (unsigned) offset) : gpiod_chip_find_line(l->chip, c->line);
    if (l->line == NULL)
        return errno != 0 ? errno : ENOENT;
    return SW_OK;
}

static int request(struct v1_line *l, const struct sw_gpio_conf *c, bool is_active, struct sw_err *err)
{
    const struct gpiod_line_request_config want = {
        .consumer = SW_GPIO_CONSUMER,
        .request_type = l->is_output ? GPIOD_LINE_REQUEST_DIRECTION_OUTPUT : GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES,
        .flags = flags_of(c),
    };

    if (gpiod_line_request(l->line, &want, is_active) == 0)
        return SW_OK;
    const int saved = errno;
    return sw_gpio_fail(err, l->g.text, saved, gpiod_line_update(l->line) == 0 ? gpiod_line_consumer(l->line) : NULL);
}

static void v1_close(struct sw_gpio *g)
{
    struct v1_line *l = (struct v1_line *) g;

    if (l->chip != NULL)
        gpiod_chip_close(l->chip); /* releases the line */
    free(l);
}

static int v1_open(const struct sw_gpio_conf *c, bool is_output, bool is_active, struct sw_gpio **ret,
                   struct sw_err *err)
{
    struct v1_line *l = calloc(1, sizeof(*l));
    char path[SW_PATH_SIZE + 8];
    int rc;

    if (l == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "line %s: out of memory", c->line);
    l->g.ops = &sw_gpio_kernel_ops;
    (void) snprintf(l->g.text, sizeof(l->g.text), "%.80s:%.64s", c->chip, c->line);
    l->is_output = is_output;
    l->last = -1;
    sw_gpio_chip_path(c->chip, path, sizeof(path));
    l->chip = gpiod_chip_open(path);
    if (l->chip == NULL) {
        rc = sw_gpio_fail(err, l->g.text, errno, NULL);
    } else {
        rc = find_line(l, c);
        rc = rc != SW_OK ? sw_gpio_fail(err, l->g.text, rc, NULL) : request(l, c, is_active, err);
    }
    if (rc < 0) {
        v1_close(&l->g);
        return rc;
    }
    *ret = &l->g;
    return SW_OK;
}

static int v1_fd(const struct sw_gpio *g)
{
    const struct v1_line *l = (const struct v1_line *) g;

    return l->is_output ? -1 : gpiod_line_event_get_fd(l->line);
}

static int v1_get(struct sw_gpio *g, struct sw_err *err)
{
    struct v1_line *l = (struct v1_line *) g;
    const int level = gpiod_line_get_value(l->line);

    return level >= 0 ? level
                      : sw_err_set(err, SW_E_IO, errno, "line %s: cannot be read: %s", g->text, strerror(errno));
}

/* Reading blocks where nothing waits. @return 1 an edge waits, 0 none, or -errno */
static int poll_edges(const struct v1_line *l)
{
    struct pollfd p = {.fd = gpiod_line_event_get_fd(l->line), .events = POLLIN | POLLPRI};
    const int n = poll(&p, 1, 0);

    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    if (n == 0)
        return 0;
    return (p.revents & (POLLIN | POLLPRI)) != 0 ? 1 : -ENODEV;
}

static int v1_take(struct sw_gpio *g, struct sw_gpio_edge *ret, size_t cap, bool *ret_lost, struct sw_err *err)
{
    struct v1_line *l = (struct v1_line *) g;
    struct gpiod_line_event events[SW_GPIO_QUEUE];
    const int waiting = poll_edges(l);
    int n;

    if (waiting <= 0)
        return waiting == 0 ? 0 : sw_gpio_fail(err, g->text, -waiting, NULL);
    n = gpiod_line_event_read_multiple(l->line, events, (unsigned) SW_MIN(cap, (size_t) SW_GPIO_QUEUE));
    if (n < 0) {
        const int saved = errno;

        if (saved == EAGAIN || saved == EINTR)
            return 0;
        return sw_err_set(err, SW_E_IO, saved, "line %s: its chip is gone: %s", g->text, strerror(saved));
    }
    const int64_t now_us = sw_mono_real_us();
    for (int i = 0; i < n; i++) {
        const bool is_active = events[i].event_type == GPIOD_LINE_EVENT_RISING_EDGE;
        const uint64_t stamp_ns = (uint64_t) events[i].ts.tv_sec * 1000000000u + (uint64_t) events[i].ts.tv_nsec;

        *ret_lost |= l->last == (int) is_active;
        l->last = is_active;
        ret[i] = (struct sw_gpio_edge){sw_gpio_stamp_us(stamp_ns, now_us), is_active};
    }
    *ret_lost |= n == SW_GPIO_QUEUE;
    /* The old interface drops the newest edges: what it kept may end in a level that is long past. */
    if (poll_edges(l) == 0)
        *ret_lost |= gpiod_line_get_value(l->line) != l->last;
    return n;
}

static int v1_set(struct sw_gpio *g, bool is_active, struct sw_err *err)
{
    struct v1_line *l = (struct v1_line *) g;

    if (gpiod_line_set_value(l->line, is_active) == 0)
        return SW_OK;
    return sw_err_set(err, SW_E_IO, errno, "line %s: cannot be switched: %s", g->text, strerror(errno));
}

const struct sw_gpio_ops sw_gpio_kernel_ops = {
    .open = v1_open,
    .close = v1_close,
    .fd = v1_fd,
    .take = v1_take,
    .get = v1_get,
    .set = v1_set,
};
