// SPDX-License-Identifier: Apache-2.0
/* The door to libmodbus, for serial lines and TCP; the only file that includes its header.
 * The library's own link recovery stays off (it can loop for ever); silence on the line, flushing, and time-outs that
 * really end are kept here. */
#include "sensors/bus.h"

#include <arpa/inet.h>
#include <errno.h>
#include <modbus.h>
#include <netinet/in.h>
#include <poll.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"

#define CONNECT_TIMEOUT_S 1
#define TCP_PORT_DEFAULT 502
#define BITS_PER_CHAR 11          /* start, 8 data, parity or second stop, stop: what time-outs reckon with */
#define SILENCE_FAST_US 1750      /* above 19200 baud, MODBUS over Serial Line V1.02, 2.5.1.1 */
#define SETTLE_QUIET_MIN_US 20000 /* USB adapters hand bytes over in bursts up to 16 ms apart */
#define SETTLE_MAX_US 500000

struct sw_bus {
    struct sw_bus_params params;
    modbus_t *ctx;
    bool is_open;
    int64_t silence_us;     /* 3.5 characters; 0 by TCP */
    int64_t quiet_until_us; /* real monotonic: earliest start of the next request */
};

static int check_rtu(const struct sw_bus_params *p, struct sw_err *err)
{
    const struct sw_serial *s = &p->serial;

    if (p->port[0] == '\0')
        return sw_err_set(err, SW_E_INVAL, 0, "bus %s: names no serial port", p->id);
    if (!sw_baud_is_known(s->baud))
        return sw_err_set(err, SW_E_INVAL, 0, "bus %s: %d baud is not a rate that a line can have here", p->id,
                          s->baud);
    if (s->parity != 'N' && s->parity != 'E' && s->parity != 'O')
        return sw_err_set(err, SW_E_INVAL, 0, "bus %s: parity must be N, E or O", p->id);
    if (s->data_bits != 8 || s->stop_bits < 1 || s->stop_bits > 2)
        return sw_err_set(err, SW_E_INVAL, 0, "bus %s: Modbus RTU needs 8 data bits and 1 or 2 stop bits", p->id);
    return SW_OK;
}

static int new_context(struct sw_bus *b, struct sw_err *err)
{
    const struct sw_bus_params *p = &b->params;
    char service[16];

    snprintf(service, sizeof(service), "%d", p->tcp_port);
    if (p->kind == SW_LINE_RTU)
        b->ctx = modbus_new_rtu(p->port, p->serial.baud, p->serial.parity, p->serial.data_bits, p->serial.stop_bits);
    else
        b->ctx = modbus_new_tcp_pi(p->host, service);
    if (!b->ctx)
        return sw_err_set(err, errno == ENOMEM ? SW_E_NOMEM : SW_E_INVAL, errno, "bus %s: %s", p->id,
                          modbus_strerror(errno));
    modbus_set_error_recovery(b->ctx, MODBUS_ERROR_RECOVERY_NONE);
    /* No limit between bytes: the whole reply then has to come within the response time-out, so that a unit that
     * drips one byte at a time cannot hold the line. */
    modbus_set_byte_timeout(b->ctx, 0, 0);
    return SW_OK;
}

int sw_bus_new(const struct sw_bus_params *p, struct sw_bus **ret, struct sw_err *err)
{
    struct sw_bus *b;
    int rc = SW_OK;

    if (p->kind == SW_LINE_RTU)
        rc = check_rtu(p, err);
    else if (p->host[0] == '\0' || p->tcp_port < 0 || p->tcp_port > 65535)
        rc = sw_err_set(err, SW_E_INVAL, 0, "bus %s: needs a host and a TCP port of 1 to 65535", p->id);
    if (rc < 0)
        return rc;
    b = calloc(1, sizeof(*b));
    if (!b)
        return sw_err_set(err, SW_E_NOMEM, 0, "bus %s: no memory", p->id);
    b->params = *p;
    if (b->params.tcp_port == 0)
        b->params.tcp_port = TCP_PORT_DEFAULT;
    if (p->kind == SW_LINE_RTU)
        b->silence_us = p->serial.baud > 19200 ? SILENCE_FAST_US : 35 * BITS_PER_CHAR * 100000 / p->serial.baud + 1;
    rc = new_context(b, err);
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
        modbus_free(b->ctx);
        free(b);
    }
    return NULL;
}

void sw_bus_close(struct sw_bus *b)
{
    if (b->is_open)
        modbus_close(b->ctx);
    b->is_open = false;
}

bool sw_bus_is_open(const struct sw_bus *b)
{
    return b->is_open;
}

bool sw_bus_unit_is_valid(const struct sw_bus *b, uint8_t unit_id)
{
    if (b->params.kind == SW_LINE_RTU)
        return unit_id >= 1 && unit_id <= 247;
    return unit_id <= 247 || unit_id == MODBUS_TCP_SLAVE;
}

/** A dead name server must not hold this thread: the resolver's patience is a setting of each thread in glibc. */
static void bound_resolver(void)
{
    if ((_res.options & RES_INIT) == 0 && res_ninit(&_res) != 0)
        return;
    _res.retrans = 1; /* second */
    _res.retry = 1;
}

static bool is_name(const char *host)
{
    struct in6_addr any;

    return inet_pton(AF_INET, host, &any) != 1 && inet_pton(AF_INET6, host, &any) != 1;
}

static int opened_badly(struct sw_bus *b, int error, const char *what, struct sw_err *err)
{
    const struct sw_bus_params *p = &b->params;

    if (p->kind == SW_LINE_RTU)
        return sw_err_set(err, SW_E_IO, error, "bus %s: cannot open %s: %s", p->id, p->port, what);
    /* The library reports a name that cannot be resolved as "refused". */
    return sw_err_set(err, SW_E_IO, error, "bus %s: cannot connect to %s port %d: %s%s", p->id, p->host, p->tcp_port,
                      what, error == ECONNREFUSED && is_name(p->host) ? ", or nobody knows that name" : "");
}

int sw_bus_open(struct sw_bus *b, struct sw_err *err)
{
    int fd;

    if (b->is_open)
        return SW_OK;
    if (b->params.kind == SW_LINE_TCP)
        bound_resolver();
    modbus_set_response_timeout(b->ctx, CONNECT_TIMEOUT_S, 0); /* is the connect time-out as well */
    errno = 0;
    if (modbus_connect(b->ctx) < 0) {
        const int error = errno != 0 ? errno : EHOSTUNREACH;

        return opened_badly(b, error, error == ENOTTY ? "it is not a serial port" : modbus_strerror(error), err);
    }
    b->is_open = true;
    fd = modbus_get_socket(b->ctx);
    if (fd >= FD_SETSIZE) {
        sw_bus_close(b);
        return opened_badly(b, EMFILE, "too many files are open for libmodbus", err);
    }
    if (b->params.kind == SW_LINE_RTU && !isatty(fd)) {
        sw_bus_close(b);
        return opened_badly(b, ENOTTY, "it is not a serial port", err);
    }
    b->quiet_until_us = sw_mono_real_us() + b->silence_us;
    return SW_OK;
}

static void keep_silence(const struct sw_bus *b)
{
    const int64_t until_us = b->quiet_until_us;
    const struct timespec until = {.tv_sec = until_us / SW_US_PER_S, .tv_nsec = until_us % SW_US_PER_S * 1000};

    if (until_us > sw_mono_real_us())
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

/** The unit's time to think and, on a serial line, the time that request and reply take on the wire. */
static void set_timeout(const struct sw_bus *b, const struct sw_bus_request *rq)
{
    int64_t us = rq->timeout_ms * SW_US_PER_MS;

    if (b->params.kind == SW_LINE_RTU)
        us += (8 + 5 + 2 * (int64_t) rq->nb) * BITS_PER_CHAR * SW_US_PER_S / b->params.serial.baud;
    modbus_set_response_timeout(b->ctx, (uint32_t) (us / SW_US_PER_S), (uint32_t) (us % SW_US_PER_S));
}

/** What an errno of the library means to the program. */
static enum sw_code code_of(int error)
{
    if (error == ETIMEDOUT)
        return SW_E_TIMEOUT;
    if (error > MODBUS_ENOBASE && error <= EMBXGTAR)
        return SW_E_EXCEPTION;
    if (error == EMBBADCRC || error == EMBBADDATA || error == EMBBADEXC || error == EMBUNKEXC || error == EMBMDATA ||
        error == EMBBADSLAVE)
        return SW_E_PROTOCOL;
    return SW_E_IO;
}

static int failed(struct sw_bus *b, const struct sw_bus_request *rq, int error, struct sw_err *err)
{
    const enum sw_code code = code_of(error);
    const char *what = code == SW_E_TIMEOUT ? "no answer in time" : modbus_strerror(error);

    if (code == SW_E_IO || (code != SW_E_EXCEPTION && b->params.kind == SW_LINE_TCP))
        sw_bus_close(b);
    return sw_err_set(err, code, code == SW_E_EXCEPTION ? error - MODBUS_ENOBASE : error,
                      "bus %s unit %u FC%02u registers %u+%u: %s", b->params.id, (unsigned) rq->unit_id,
                      (unsigned) rq->fc, (unsigned) rq->reg_addr, (unsigned) rq->nb, what);
}

int sw_bus_transact(struct sw_bus *b, const struct sw_bus_request *rq, uint16_t *regs, struct sw_bus_times *ret_times,
                    struct sw_err *err)
{
    int rc, error;

    if (!b->is_open)
        return sw_err_set(err, SW_E_IO, ENOTCONN, "bus %s is not open", b->params.id);
    keep_silence(b);
    set_timeout(b, rq);
    if (ret_times)
        ret_times->start_us = ret_times->end_us = sw_mono_real_us();
    errno = 0;
    rc = modbus_set_slave(b->ctx, rq->unit_id);
    if (rc == 0)
        rc = modbus_flush(b->ctx);
    if (rc >= 0 && rq->fc == MODBUS_FC_READ_HOLDING_REGISTERS)
        rc = modbus_read_registers(b->ctx, rq->reg_addr, rq->nb, regs);
    else if (rc >= 0)
        rc = modbus_read_input_registers(b->ctx, rq->reg_addr, rq->nb, regs);
    error = errno;
    if (ret_times)
        ret_times->end_us = sw_mono_real_us();
    b->quiet_until_us = sw_mono_real_us() + SW_MAX(b->silence_us, rq->turnaround_ms * SW_US_PER_MS);
    if (rc == rq->nb)
        return SW_OK;
    return failed(b, rq, rc >= 0 ? EMBBADDATA : error, err);
}

void sw_bus_settle(struct sw_bus *b)
{
    const int64_t quiet_us = SW_MAX(b->silence_us, (int64_t) SETTLE_QUIET_MIN_US);
    const struct timespec quiet = {.tv_sec = 0, .tv_nsec = quiet_us * 1000};
    const int64_t give_up_us = sw_mono_real_us() + SETTLE_MAX_US;

    if (!b->is_open || b->params.kind == SW_LINE_TCP)
        return;
    while (sw_mono_real_us() < give_up_us) {
        struct pollfd pfd = {.fd = modbus_get_socket(b->ctx), .events = POLLIN};

        modbus_flush(b->ctx);
        if (ppoll(&pfd, 1, &quiet, NULL) <= 0 || (pfd.revents & POLLIN) == 0)
            break;
        clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    modbus_flush(b->ctx);
}
