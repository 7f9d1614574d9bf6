// SPDX-License-Identifier: Apache-2.0
/* The line of a scan, by the gateway's own bus. Adds what a poller does not need: other settings from one question to
 * the next, and the port's own counters, which tell bytes that make no frame from silence. */
#include "cli/scan_line.h"

#include <errno.h>
#include <linux/serial.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#define STRAY_BYTES 2 /* a line without bias makes up so many by itself */

struct sw_scan_line {
    struct sw_bus_params params;
    struct sw_bus *bus;
    struct sw_serial serial; /* of the bus now */
    struct sw_scan_noise at_start;
    int (*before)(void *ctx, struct sw_err *err);
    void *ctx;
};

/* They belong to the driver, so they go on over closing and opening. */
static struct sw_scan_noise counters(const struct sw_scan_line *l)
{
    struct serial_icounter_struct c = {0};
    const int fd = l->bus && l->params.kind == SW_LINE_RTU ? sw_bus_fd(l->bus) : -1;

    if (fd < 0 || ioctl(fd, TIOCGICOUNT, &c) < 0)
        return (struct sw_scan_noise){0};
    return (struct sw_scan_noise){true, (uint32_t) c.rx, (uint32_t) c.frame, (uint32_t) c.parity, (uint32_t) c.brk};
}

struct sw_scan_noise sw_scan_line_noise(const struct sw_scan_line *l)
{
    struct sw_scan_noise now = counters(l);

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
    *ret = l;
    return SW_OK;
}

struct sw_scan_line *sw_scan_line_free(struct sw_scan_line *l)
{
    if (l) {
        sw_bus_free(l->bus);
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
    if (rc == SW_OK && !l->at_start.is_known)
        l->at_start = counters(l);
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
    noise = counters(l);
    rc = sw_bus_transact(l->bus, rq, ret_regs, NULL, err);
    if (rc == SW_E_TIMEOUT && (err->detail == EILSEQ || counters(l).bytes - noise.bytes > STRAY_BYTES))
        rc = sw_err_set(err, SW_E_PROTOCOL, EILSEQ, "bytes came that are no answer");
    if (rc == SW_E_PROTOCOL)
        sw_bus_settle(l->bus);
    return rc;
}
