// SPDX-License-Identifier: Apache-2.0
/* The door to libmodbus, for Modbus TCP; the only file that includes its header.
 * The library's own link recovery stays off (it can loop for ever); flushing, and time-outs that really end are kept
 * here. Serial lines and RTU through a converter are spoken by bus_rtu.c. */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <sys/select.h>

#include "common/clock.h"
#include "sensors/bus_frame.h"
#include "sensors/bus_int.h"
#include "sensors/plan.h"

int sw_tcp_new(struct sw_bus *b, struct sw_err *err)
{
    char service[16];
    modbus_t *ctx;

    snprintf(service, sizeof(service), "%d", b->params.tcp_port);
    ctx = modbus_new_tcp_pi(b->params.host, service);
    if (!ctx)
        return sw_err_set(err, errno == ENOMEM ? SW_E_NOMEM : SW_E_INVAL, errno, "bus %s: %s", b->params.id,
                          modbus_strerror(errno));
    modbus_set_error_recovery(ctx, MODBUS_ERROR_RECOVERY_NONE);
    /* No limit between bytes: the whole reply then has to come within the response time-out, so that a unit that
     * drips one byte at a time cannot hold the line. */
    modbus_set_byte_timeout(ctx, 0, 0);
    b->tcp = ctx;
    return SW_OK;
}

void sw_tcp_free(struct sw_bus *b)
{
    modbus_free(b->tcp);
    b->tcp = NULL;
}

int sw_tcp_fd(const struct sw_bus *b)
{
    return modbus_get_socket(b->tcp);
}

int sw_tcp_open(struct sw_bus *b, struct sw_err *err)
{
    sw_socket_bound_resolver();
    modbus_set_response_timeout(b->tcp, SW_CONNECT_TIMEOUT_US / SW_US_PER_S, 0); /* is the connect time-out as well */
    errno = 0;
    if (modbus_connect(b->tcp) < 0) {
        const int error = errno != 0 ? errno : EHOSTUNREACH;

        return sw_socket_failed(b, error, modbus_strerror(error), err);
    }
    if (sw_tcp_fd(b) >= FD_SETSIZE) {
        modbus_close(b->tcp);
        return sw_socket_failed(b, EMFILE, "too many files are open for libmodbus", err);
    }
    sw_socket_watch(sw_tcp_fd(b));
    return SW_OK;
}

void sw_tcp_close(struct sw_bus *b)
{
    modbus_close(b->tcp);
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

/* A bit is a byte to the library and a word to us. */

static int read_bits(modbus_t *ctx, const struct sw_bus_request *rq, uint16_t *regs)
{
    uint8_t bits[SW_BLOCK_REGS_MAX];
    const int rc = rq->fc == MODBUS_FC_READ_COILS ? modbus_read_bits(ctx, rq->reg_addr, rq->nb, bits)
                                                  : modbus_read_input_bits(ctx, rq->reg_addr, rq->nb, bits);

    for (size_t i = 0; rc == rq->nb && i < rq->nb; i++)
        regs[i] = bits[i];
    return rc;
}

static int write_bits(modbus_t *ctx, const struct sw_bus_request *rq, const uint16_t *values)
{
    uint8_t bits[SW_BUS_WRITE_MAX];

    for (size_t i = 0; i < rq->nb; i++)
        bits[i] = values[i] != 0;
    return modbus_write_bits(ctx, rq->reg_addr, rq->nb, bits);
}

static int ask(modbus_t *ctx, const struct sw_bus_request *rq, uint16_t *regs)
{
    switch (rq->fc) {
    case MODBUS_FC_READ_COILS:
    case MODBUS_FC_READ_DISCRETE_INPUTS:
        return read_bits(ctx, rq, regs);
    case MODBUS_FC_READ_HOLDING_REGISTERS:
        return modbus_read_registers(ctx, rq->reg_addr, rq->nb, regs);
    case MODBUS_FC_READ_INPUT_REGISTERS:
        return modbus_read_input_registers(ctx, rq->reg_addr, rq->nb, regs);
    case MODBUS_FC_WRITE_SINGLE_COIL:
        return modbus_write_bit(ctx, rq->reg_addr, regs[0]);
    case MODBUS_FC_WRITE_SINGLE_REGISTER:
        return modbus_write_register(ctx, rq->reg_addr, regs[0]);
    case MODBUS_FC_WRITE_MULTIPLE_COILS:
        return write_bits(ctx, rq, regs);
    default:
        return modbus_write_registers(ctx, rq->reg_addr, rq->nb, regs);
    }
}

int sw_tcp_exchange(struct sw_bus *b, const struct sw_bus_request *rq, uint16_t *regs, struct sw_bus_times *times,
                    struct sw_err *err)
{
    enum sw_code code;
    int rc, error;

    modbus_set_response_timeout(b->tcp, (uint32_t) (rq->timeout_ms / 1000), (uint32_t) (rq->timeout_ms % 1000 * 1000));
    times->start_us = times->end_us = sw_mono_real_us();
    errno = 0;
    rc = modbus_set_slave(b->tcp, rq->unit_id);
    if (rc == 0)
        rc = modbus_flush(b->tcp);
    if (rc >= 0)
        rc = ask(b->tcp, rq, regs);
    error = errno;
    times->end_us = sw_mono_real_us();
    if (rc == rq->nb)
        return SW_OK;
    if (rc >= 0)
        error = EMBBADDATA;
    code = code_of(error);
    if (code == SW_E_EXCEPTION)
        return sw_bus_failed(b, rq, code, error - MODBUS_ENOBASE, sw_frame_exception_name(error - MODBUS_ENOBASE), err);
    sw_bus_close(b); /* a late reply dies with its connection */
    return sw_bus_failed(b, rq, code, error, code == SW_E_TIMEOUT ? "no answer in time" : modbus_strerror(error), err);
}
