// SPDX-License-Identifier: Apache-2.0
/* A Modbus peer that misbehaves on purpose: serves a pty or a TCP port from a thread of its own, speaks the protocol
 * in raw bytes (no libmodbus, so that the two do not share mistakes), and asks the test what to do with each request.
 */
#ifndef SW_TESTS_SUPPORT_BUS_SCRIPT_H
#define SW_TESTS_SUPPORT_BUS_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#define SCRIPT_LOG_MAX 4096
#define SCRIPT_VALUES_MAX 64

enum script_act {
    SCRIPT_ANSWER,
    SCRIPT_SILENT,
    SCRIPT_EXCEPTION,        /* code in script_reply.exception */
    SCRIPT_BAD_CRC,          /* serial: right but for the last byte */
    SCRIPT_WRONG_UNIT,       /* somebody else answers */
    SCRIPT_WRONG_ID,         /* TCP: an answer to a transaction that was never asked */
    SCRIPT_HALF,             /* the first half of the frame, then nothing */
    SCRIPT_TWICE,            /* the right frame two times in a row */
    SCRIPT_TRICKLE,          /* right, but handed over byte by byte */
    SCRIPT_FOREIGN_FIRST,    /* serial: another unit's whole frame of the same shape, then the right one */
    SCRIPT_ECHO_FIRST,       /* serial: the question (functions 1 to 6) comes back, then the right frame */
    SCRIPT_ECHO_ONLY,        /* serial: the question comes back, and that is all */
    SCRIPT_NOISE_FIRST,      /* serial: a few bytes of noise, then the right frame */
    SCRIPT_HOLD,             /* keep the answer back until another request has come: a late reply */
    SCRIPT_CLOSE,            /* TCP: close instead of answering */
    SCRIPT_ANSWER_AND_CLOSE, /* TCP: answer, then close */
};

struct script_request {
    unsigned seq; /* from 0 */
    uint8_t unit, fc;
    uint16_t addr, nb;
    uint16_t values[SCRIPT_VALUES_MAX]; /* writes: [nb]; a coil is 0 or 1 */
    int64_t came_us, answered_us;       /* CLOCK_MONOTONIC; answered just before the first byte went out, 0 = not */
};

struct script_reply {
    enum script_act act;
    uint8_t exception;
};

/** What to do with a request. Called in the peer's thread; regs[125] to be filled for an answer to a
 *  read, a coil or input is 0 or 1. */
typedef struct script_reply (*script_fn)(void *ctx, const struct script_request *rq, uint16_t *regs);

struct bus_script;

/** Serve 127.0.0.1 on a free port. NULL when the machine will not (no sockets). */
struct bus_script *bus_script_tcp(script_fn fn, void *ctx, int *ret_port);

/** The same with RTU frames instead of MBAP, as a converter box passes them through. */
struct bus_script *bus_script_rtu_tcp(script_fn fn, void *ctx, int *ret_port);

/** Serve a pty; its other end is ret_path. */
struct bus_script *bus_script_pty(script_fn fn, void *ctx, char *ret_path, size_t cap);

/** Stop and close. NULL is fine; always returns NULL. */
struct bus_script *bus_script_free(struct bus_script *s);

/** Requests seen so far, copied into ret[cap] (the first cap). @return how many were seen */
size_t bus_script_log(struct bus_script *s, struct script_request *ret, size_t cap);

#endif
