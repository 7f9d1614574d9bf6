// SPDX-License-Identifier: Apache-2.0
/* Lines of the machine by libgpiod 2 (Debian 13, and Debian 12's backports). Built in place of gpio_v1.c where
 * pkg-config finds that version. The kernel numbers the edges of a line: a gap in the numbers is a queue that
 * overflowed. It could debounce too; input.c does, so that both versions behave alike. */
#include <errno.h>
#include <gpiod.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "sensors/gpio_int.h"

struct v2_line {
    struct sw_gpio g;
    struct gpiod_chip *chip; /* only while opening */
    struct gpiod_line_request *request;
    struct gpiod_edge_event_buffer *events;
    unsigned offset;
    unsigned long seqno; /* of the last edge; 0 = none yet */
    bool is_output;
};

static void v2_close(struct sw_gpio *g)
{
    struct v2_line *l = (struct v2_line *) g;

    if (l->events != NULL)
        gpiod_edge_event_buffer_free(l->events);
    if (l->request != NULL)
        gpiod_line_request_release(l->request);
    if (l->chip != NULL)
        gpiod_chip_close(l->chip);
    free(l);
}

/* @return SW_OK or the errno */
static int find_line(struct v2_line *l, const struct sw_gpio_conf *c)
{
    struct gpiod_chip_info *info = gpiod_chip_get_info(l->chip);
    const size_t n = info != NULL ? gpiod_chip_info_get_num_lines(info) : 0;
    const int saved = errno;
    int offset = sw_gpio_offset(c->line);

    if (info == NULL)
        return saved;
    gpiod_chip_info_free(info);
    if (offset < 0)
        offset = gpiod_chip_get_line_offset_from_name(l->chip, c->line);
    if (offset < 0)
        return errno;
    l->offset = (unsigned) offset;
    return l->offset < n ? SW_OK : ENOENT;
}

static int fill_settings(struct gpiod_line_settings *s, const struct sw_gpio_conf *c, bool is_output, bool is_active)
{
    static const enum gpiod_line_bias biases[] = {
        [SW_GPIO_BIAS_AS_IS] = GPIOD_LINE_BIAS_AS_IS,
        [SW_GPIO_BIAS_NONE] = GPIOD_LINE_BIAS_DISABLED,
        [SW_GPIO_BIAS_PULL_UP] = GPIOD_LINE_BIAS_PULL_UP,
        [SW_GPIO_BIAS_PULL_DOWN] = GPIOD_LINE_BIAS_PULL_DOWN,
    };
    int rc = gpiod_line_settings_set_direction(s, is_output ? GPIOD_LINE_DIRECTION_OUTPUT : GPIOD_LINE_DIRECTION_INPUT);

    gpiod_line_settings_set_active_low(s, c->is_active_low);
    rc |= gpiod_line_settings_set_bias(s, biases[c->bias]);
    if (is_output)
        rc |= gpiod_line_settings_set_output_value(s, is_active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
    else
        rc |= gpiod_line_settings_set_edge_detection(s, GPIOD_LINE_EDGE_BOTH);
    return rc;
}

/* @return SW_OK or the errno */
static int request(struct v2_line *l, const struct sw_gpio_conf *c, bool is_active)
{
    struct gpiod_line_settings *settings = gpiod_line_settings_new();
    struct gpiod_line_config *lines = gpiod_line_config_new();
    struct gpiod_request_config *how = gpiod_request_config_new();
    int rc = ENOMEM;

    l->events = gpiod_edge_event_buffer_new(SW_GPIO_QUEUE);
    if (settings != NULL && lines != NULL && how != NULL && l->events != NULL) {
        gpiod_request_config_set_consumer(how, SW_GPIO_CONSUMER);
        rc = fill_settings(settings, c, l->is_output, is_active) < 0 ||
                     gpiod_line_config_add_line_settings(lines, &l->offset, 1, settings) < 0
                 ? errno
                 : SW_OK;
    }
    if (rc == SW_OK) {
        l->request = gpiod_chip_request_lines(l->chip, how, lines);
        rc = l->request != NULL ? SW_OK : errno;
    }
    gpiod_request_config_free(how);
    gpiod_line_config_free(lines);
    gpiod_line_settings_free(settings);
    return rc;
}

/* The request failed: why, and who holds the line if that is the reason. */
static int fail(const struct v2_line *l, int saved_errno, struct sw_err *err)
{
    struct gpiod_line_info *info =
        saved_errno == EBUSY && l->chip != NULL ? gpiod_chip_get_line_info(l->chip, l->offset) : NULL;
    const int rc = sw_gpio_fail(err, l->g.text, saved_errno, info != NULL ? gpiod_line_info_get_consumer(info) : NULL);

    if (info != NULL)
        gpiod_line_info_free(info);
    return rc;
}

static int v2_open(const struct sw_gpio_conf *c, bool is_output, bool is_active, struct sw_gpio **ret,
                   struct sw_err *err)
{
    struct v2_line *l = calloc(1, sizeof(*l));
    char path[SW_PATH_SIZE + 8];
    int rc;

    if (l == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "line %s: out of memory", c->line);
    l->g.ops = &sw_gpio_kernel_ops;
    (void) snprintf(l->g.text, sizeof(l->g.text), "%.80s:%.64s", c->chip, c->line);
    l->is_output = is_output;
    sw_gpio_chip_path(c->chip, path, sizeof(path));
    l->chip = gpiod_chip_open(path);
    if (l->chip == NULL)
        rc = errno == ENODEV ? ENOTTY : errno; /* the library's word for a file that is no chip */
    else
        rc = find_line(l, c);
    if (rc == SW_OK)
        rc = request(l, c, is_active);
    if (rc != SW_OK) {
        rc = fail(l, rc, err);
        v2_close(&l->g);
        return rc;
    }
    gpiod_chip_close(l->chip); /* the request lives without it */
    l->chip = NULL;
    *ret = &l->g;
    return SW_OK;
}

static int v2_fd(const struct sw_gpio *g)
{
    const struct v2_line *l = (const struct v2_line *) g;

    return l->is_output ? -1 : gpiod_line_request_get_fd(l->request);
}

static int v2_get(struct sw_gpio *g, struct sw_err *err)
{
    struct v2_line *l = (struct v2_line *) g;
    const enum gpiod_line_value level = gpiod_line_request_get_value(l->request, l->offset);

    if (level == GPIOD_LINE_VALUE_ERROR)
        return sw_err_set(err, SW_E_IO, errno, "line %s: cannot be read: %s", g->text, strerror(errno));
    return level == GPIOD_LINE_VALUE_ACTIVE;
}

/* Reading blocks where nothing waits. @return 1 an edge waits, 0 none, or -errno */
static int poll_edges(const struct v2_line *l)
{
    struct pollfd p = {.fd = gpiod_line_request_get_fd(l->request), .events = POLLIN};
    const int n = poll(&p, 1, 0);

    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    if (n == 0)
        return 0;
    return (p.revents & POLLIN) != 0 ? 1 : -ENODEV;
}

static int v2_take(struct sw_gpio *g, struct sw_gpio_edge *ret, size_t cap, bool *ret_lost, struct sw_err *err)
{
    struct v2_line *l = (struct v2_line *) g;
    const int waiting = poll_edges(l);
    int n;

    if (waiting <= 0)
        return waiting == 0 ? 0 : sw_gpio_fail(err, g->text, -waiting, NULL);
    n = gpiod_line_request_read_edge_events(l->request, l->events, SW_MIN(cap, (size_t) SW_GPIO_QUEUE));
    if (n < 0) {
        const int saved = errno;

        if (saved == EAGAIN || saved == EINTR)
            return 0;
        return sw_err_set(err, SW_E_IO, saved, "line %s: its chip is gone: %s", g->text, strerror(saved));
    }
    const int64_t now_us = sw_mono_real_us();
    for (int i = 0; i < n; i++) {
        struct gpiod_edge_event *e = gpiod_edge_event_buffer_get_event(l->events, (unsigned long) i);
        const unsigned long seqno = gpiod_edge_event_get_line_seqno(e);

        *ret_lost |= (uint32_t) seqno != (uint32_t) (l->seqno + 1); /* the kernel counts in 32 bits, from 1 */
        l->seqno = seqno;
        ret[i] = (struct sw_gpio_edge){sw_gpio_stamp_us(gpiod_edge_event_get_timestamp_ns(e), now_us),
                                       gpiod_edge_event_get_event_type(e) == GPIOD_EDGE_EVENT_RISING_EDGE};
    }
    return n;
}

static int v2_set(struct sw_gpio *g, bool is_active, struct sw_err *err)
{
    struct v2_line *l = (struct v2_line *) g;

    if (gpiod_line_request_set_value(l->request, l->offset,
                                     is_active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE) == 0)
        return SW_OK;
    return sw_err_set(err, SW_E_IO, errno, "line %s: cannot be switched: %s", g->text, strerror(errno));
}

const struct sw_gpio_ops sw_gpio_kernel_ops = {
    .open = v2_open,
    .close = v2_close,
    .fd = v2_fd,
    .take = v2_take,
    .get = v2_get,
    .set = v2_set,
};
