// SPDX-License-Identifier: Apache-2.0
/* A line to Modbus units: checks, silence, and which way a request goes. */
#include "sensors/bus.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "sensors/bus_frame.h"
#include "sensors/bus_int.h"

#define TCP_PORT_DEFAULT 502
#define SILENCE_FAST_US 1750 /* above 19200 baud, MODBUS over Serial Line V1.02, 2.5.1.1 */
#define SETTLE_MAX_US 500000

static const struct sw_serial usual = {.baud = 9600, .parity = 'N', .data_bits = 8, .stop_bits = 1};

/* Settings */

static int check_serial(const char *id, const struct sw_serial *s, struct sw_err *err)
{
    if (!sw_baud_is_known(s->baud))
        return sw_err_set(err, SW_E_INVAL, 0, "bus %s: %d baud is not a rate that a line can have here", id, s->baud);
    if (s->parity != 'N' && s->parity != 'E' && s->parity != 'O')
        return sw_err_set(err, SW_E_INVAL, 0, "bus %s: parity must be N, E or O", id);
    if (s->data_bits != 8 || s->stop_bits < 1 || s->stop_bits > 2)
        return sw_err_set(err, SW_E_INVAL, 0, "bus %s: Modbus RTU needs 8 data bits and 1 or 2 stop bits", id);
    return SW_OK;
}

static int check_params(const struct sw_bus_params *p, struct sw_err *err)
{
    if (p->kind != SW_LINE_RTU && (p->host[0] == '\0' || p->tcp_port < 0 || p->tcp_port > 65535))
        return sw_err_set(err, SW_E_INVAL, 0, "bus %s: needs a host and a TCP port of 1 to 65535", p->id);
    if (p->kind == SW_LINE_RTU && p->port[0] == '\0')
        return sw_err_set(err, SW_E_INVAL, 0, "bus %s: names no serial port", p->id);
    return p->kind == SW_LINE_TCP ? SW_OK : check_serial(p->id, &p->serial, err);
}

int64_t sw_serial_char_us_x10(const struct sw_serial *s)
{
    const int bits = 1 + s->data_bits + (s->parity == 'N' ? 0 : 1) + s->stop_bits;

    return bits * 10 * SW_US_PER_S / s->baud;
}

int64_t sw_serial_silence_us(const struct sw_serial *s)
{
    return s->baud > 19200 ? SILENCE_FAST_US : (35 * sw_serial_char_us_x10(s) + 99) / 100;
}

static void now_speaks(struct sw_bus *b, const struct sw_serial *s)
{
    b->serial = *s;
    b->char_us_x10 = sw_serial_char_us_x10(s);
    b->silence_us = sw_serial_silence_us(s);
}

int sw_bus_new(const struct sw_bus_params *p, struct sw_bus **ret, struct sw_err *err)
{
    struct sw_bus_params params = *p;
    struct sw_bus *b;
    int rc;

    if (params.tcp_port == 0)
        params.tcp_port = TCP_PORT_DEFAULT;
    if (params.kind == SW_LINE_RTU_TCP && params.serial.baud == 0) /* what most lines behind a box run at */
        params.serial = usual;
    rc = check_params(&params, err);
    if (rc < 0)
        return rc;
    b = calloc(1, sizeof(*b));
    if (!b)
        return sw_err_set(err, SW_E_NOMEM, 0, "bus %s: no memory", p->id);
    b->params = params;
    b->fd = -1;
    if (params.kind != SW_LINE_TCP)
        now_speaks(b, &params.serial);
    rc = params.kind == SW_LINE_TCP ? sw_tcp_new(b, err) : SW_OK;
    if (rc < 0) {
        free(b);
        return rc;
    }
    *ret = b;
    return SW_OK;
}

struct sw_bus *sw_bus_free(struct sw_bus *b)
{
    if (b) {
        sw_bus_close(b);
        if (b->tcp)
            sw_tcp_free(b);
        free(b);
    }
    return NULL;
}

/* Open and close */

int sw_bus_open(struct sw_bus *b, struct sw_err *err)
{
    int rc;

    if (b->is_open)
        return SW_OK;
    if (b->params.kind == SW_LINE_RTU)
        rc = sw_port_open(b, err);
    else
        rc = b->params.kind == SW_LINE_TCP ? sw_tcp_open(b, err) : sw_socket_open(b, err);
    if (rc < 0)
        return rc;
    b->is_open = true;
    if (b->params.kind != SW_LINE_TCP)
        now_speaks(b, &b->params.serial);
    b->quiet_until_us = sw_mono_real_us() + b->silence_us;
    return SW_OK;
}

void sw_bus_close(struct sw_bus *b)
{
    if (!b->is_open)
        return;
    b->is_open = false;
    if (b->params.kind == SW_LINE_TCP) {
        sw_tcp_close(b);
    } else {
        sw_port_close(b);
    }
}

bool sw_bus_is_open(const struct sw_bus *b)
{
    return b->is_open;
}

bool sw_bus_unit_is_valid(const struct sw_bus *b, uint8_t unit_id)
{
    if (b->params.kind != SW_LINE_TCP)
        return unit_id >= 1 && unit_id <= 247;
    return unit_id <= 247 || unit_id == 255;
}

int sw_bus_fd(const struct sw_bus *b)
{
    if (!b->is_open)
        return -1;
    return b->params.kind == SW_LINE_TCP ? sw_tcp_fd(b) : b->fd;
}

uint64_t sw_bus_foreign_total(const struct sw_bus *b)
{
    return b->foreign_total;
}

/* What is said */

int sw_bus_failed(const struct sw_bus *b, const struct sw_bus_request *rq, int code, int detail, const char *what,
                  struct sw_err *err)
{
    return sw_err_set(err, code, detail, "bus %s unit %u FC%02u %s %u+%u: %s", b->params.id, (unsigned) rq->unit_id,
                      (unsigned) rq->fc,
                      rq->fc == 3 || rq->fc == 4 || rq->fc == 6 || rq->fc == 16 ? "registers" : "bits",
                      (unsigned) rq->reg_addr, (unsigned) rq->nb, what);
}

void sw_bus_note(struct sw_bus *b, const char *fmt, ...)
{
    size_t len = strlen(b->note);
    va_list args;

    if (len > 0 && len + 2 < sizeof(b->note)) {
        memcpy(b->note + len, "; ", 3);
        len += 2;
    }
    va_start(args, fmt);
    vsnprintf(b->note + len, sizeof(b->note) - len, fmt, args);
    va_end(args);
}

bool sw_bus_take_note(struct sw_bus *b, char *ret, size_t cap)
{
    if (b->note[0] == '\0')
        return false;
    snprintf(ret, cap, "%s", b->note);
    b->note[0] = '\0';
    return true;
}

/* Silence */

static void sleep_until(int64_t until_us)
{
    const struct timespec until = {.tv_sec = until_us / SW_US_PER_S, .tv_nsec = until_us % SW_US_PER_S * 1000};

    while (until_us > sw_mono_real_us())
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

/** The silence before a request. Who speaks into it (a late reply) is let finish, for the length of the longest frame
 *  at most: a line that is never quiet is used all the same. */
static void keep_silence(struct sw_bus *b)
{
    int64_t give_up_us;

    sleep_until(b->quiet_until_us);
    if (b->params.kind == SW_LINE_TCP)
        return;
    give_up_us = sw_mono_real_us() + SW_FRAME_MAX * b->char_us_x10 / 10 + b->silence_us;
    while (sw_rtu_flush(b) && sw_mono_real_us() < give_up_us)
        sleep_until(sw_mono_real_us() + b->silence_us);
}

static bool is_same(const struct sw_serial *a, const struct sw_serial *b)
{
    return a->baud == b->baud && a->parity == b->parity && a->data_bits == b->data_bits && a->stop_bits == b->stop_bits;
}

/** Speak as this unit does. The new setting holds for 3.5 characters, at the slower speed, before the first byte. */
static int speak(struct sw_bus *b, const struct sw_serial *wanted, struct sw_err *err)
{
    const struct sw_serial *s = wanted->baud > 0 ? wanted : &b->params.serial;
    int64_t slower_us = b->silence_us;
    int rc;

    if (b->params.kind != SW_LINE_RTU || is_same(s, &b->serial))
        return SW_OK;
    rc = check_serial(b->params.id, s, err);
    if (rc == SW_OK) {
        rc = sw_port_set(b, s, err);
        if (rc < 0)
            sw_bus_close(b);
    }
    if (rc < 0)
        return rc;
    now_speaks(b, s);
    slower_us = SW_MAX(slower_us, b->silence_us);
    b->quiet_until_us = SW_MAX(b->quiet_until_us, sw_mono_real_us() + slower_us);
    return SW_OK;
}

/** RTU replies carry no number, so the late answer to a question looks like that to the next of the same function. The
 *  unit has as long again for it before it is asked another. */
static void keep_owed(struct sw_bus *b, const struct sw_bus_request *rq)
{
    if (b->params.kind != SW_LINE_TCP && b->owed[rq->unit_id].fc == rq->fc)
        b->quiet_until_us = SW_MAX(b->quiet_until_us, b->owed[rq->unit_id].until_us);
}

static void note_owed(struct sw_bus *b, const struct sw_bus_request *rq, int rc, const struct sw_err *err,
                      int64_t end_us)
{
    const bool has_come = rc == SW_OK || rc == SW_E_EXCEPTION || (rc == SW_E_PROTOCOL && err->detail == EBADMSG);

    b->owed[rq->unit_id].fc = rq->fc;
    b->owed[rq->unit_id].until_us = has_come ? 0 : end_us + rq->timeout_ms * SW_US_PER_MS;
}

int sw_bus_transact(struct sw_bus *b, const struct sw_bus_request *rq, uint16_t *regs, struct sw_bus_times *ret_times,
                    struct sw_err *err)
{
    struct sw_bus_times times = {0};
    struct sw_err own = {0};
    int rc;

    err = err ? err : &own;
    if (!b->is_open)
        return sw_err_set(err, SW_E_IO, ENOTCONN, "bus %s is not open", b->params.id);
    rc = sw_frame_check(rq, regs, err);
    if (rc == SW_OK)
        rc = speak(b, &rq->serial, err);
    if (rc < 0)
        return rc;
    keep_owed(b, rq);
    keep_silence(b);
    rc = b->params.kind == SW_LINE_TCP ? sw_tcp_exchange(b, rq, regs, &times, err)
                                       : sw_rtu_exchange(b, rq, regs, &times, err);
    note_owed(b, rq, rc, err, times.end_us);
    b->quiet_until_us = times.end_us + SW_MAX(b->silence_us, rq->turnaround_ms * SW_US_PER_MS);
    if (ret_times)
        *ret_times = times;
    return rc;
}

void sw_bus_settle(struct sw_bus *b)
{
    const int64_t quiet_us = SW_MAX(b->silence_us, (int64_t) SW_SETTLE_QUIET_MIN_US);
    const int64_t give_up_us = sw_mono_real_us() + SETTLE_MAX_US;

    if (!b->is_open || b->params.kind == SW_LINE_TCP)
        return;
    do {
        sw_rtu_flush(b);
        sleep_until(sw_mono_real_us() + quiet_us);
    } while (sw_rtu_flush(b) && sw_mono_real_us() < give_up_us);
}
