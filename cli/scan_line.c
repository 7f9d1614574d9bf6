// SPDX-License-Identifier: Apache-2.0
/* The line of a scan, by the gateway's own bus. Adds what a poller does not need: other settings from one question to
 * the next, and the port's own counters, which tell bytes that make no frame from silence. */
#include "cli/scan_line.h"

#include <fcntl.h>
#include <linux/serial.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct sw_scan_line {
    struct sw_bus_params params;
    struct sw_bus *bus;
    struct sw_serial serial; /* of the bus now */
    int fd;                  /* for the counters alone; -1 = none */
    struct sw_scan_noise at_start;
    int (*before)(void *ctx, struct sw_err *err);
    void *ctx;
};

static struct sw_scan_noise counters(int fd)
{
    struct serial_icounter_struct c = {0};

    if (fd < 0 || ioctl(fd, TIOCGICOUNT, &c) < 0)
        return (struct sw_scan_noise){0};
    return (struct sw_scan_noise){true, (uint32_t) c.rx, (uint32_t) c.frame, (uint32_t) c.parity, (uint32_t) c.brk};
}

struct sw_scan_noise sw_scan_line_noise(const struct sw_scan_line *l)
{
    struct sw_scan_noise now = counters(l->fd);

    now.bytes -= l->at_start.bytes;
    now.framing -= l->at_start.framing;
    now.parity -= l->at_start.parity;
    now.breaks -= l->at_start.breaks;
    return now;
}

int sw_scan_line_new(const struct sw_bus_params *p, int (*before)(void *ctx, struct sw_err *err), void *ctx,
                     struct sw_scan_line **ret, struct sw_err *err)
{
    struct sw_scan_line *l = calloc(1, sizeof(*l));

    if (!l)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for a line");
    l->params = *p;
    l->before = before;
    l->ctx = ctx;
    l->fd = -1;
    *ret = l;
    return SW_OK;
}

struct sw_scan_line *sw_scan_line_free(struct sw_scan_line *l)
{
    if (l) {
        sw_bus_free(l->bus);
        if (l->fd >= 0)
            close(l->fd);
        free(l);
    }
    return NULL;
}

int sw_scan_line_try(struct sw_scan_line *l, const struct sw_serial *serial, struct sw_err *err)
{
    int rc = SW_OK;

    if (l->bus && !sw_serial_same(&l->serial, serial))
        l->bus = sw_bus_free(l->bus);
    if (!l->bus) {
        l->params.serial = *serial;
        l->serial = *serial;
        rc = sw_bus_new(&l->params, &l->bus, err);
    }
    if (rc == SW_OK && !sw_bus_is_open(l->bus))
        rc = sw_bus_open(l->bus, err);
    if (rc == SW_OK && l->fd < 0 && l->params.kind == SW_LINE_RTU) {
        l->fd = open(l->params.port, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        l->at_start = counters(l->fd);
    }
    return rc;
}

int sw_scan_line_ask(void *line, const struct sw_bus_request *rq, uint16_t *ret_regs, struct sw_err *err)
{
    struct sw_scan_line *l = line;
    struct sw_scan_noise noise;
    int rc;

    if (rq->fc != 3 && rq->fc != 4)
        return sw_err_set(err, SW_E_DENIED, 0, "a scan only reads registers; function %u is not asked for",
                          (unsigned) rq->fc);
    if (l->before && (rc = l->before(l->ctx, err)) < 0)
        return rc;
    rc = sw_scan_line_try(l, &rq->serial, err);
    if (rc < 0)
        return rc;
    noise = counters(l->fd);
    rc = sw_bus_transact(l->bus, rq, ret_regs, NULL, err);
    if (rc == SW_E_TIMEOUT && noise.is_known) {
        const uint32_t bytes = counters(l->fd).bytes - noise.bytes;

        if (bytes > 0)
            rc = sw_err_set(err, SW_E_PROTOCOL, 0, "%u byte%s came that %s no answer", (unsigned) bytes,
                            bytes == 1 ? "" : "s", bytes == 1 ? "is" : "are");
    }
    if (rc == SW_E_PROTOCOL)
        sw_bus_settle(l->bus);
    return rc;
}
