// SPDX-License-Identifier: Apache-2.0
/* A line to Modbus units, serial or TCP: open, ask, close. One request at a time, one thread.
 * Repeating, pausing and reopening are decided by bus_worker.c; the meaning of registers by drivers. Whoever owns the
 * port may use it: the worker of a running gateway, or a scan while that worker pauses. */
#ifndef SW_SENSORS_BUS_H
#define SW_SENSORS_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"
#include "sensors/template.h"

enum sw_line_kind {
    SW_LINE_RTU,
    SW_LINE_TCP,
    SW_LINE_RTU_TCP, /* RTU frames through a converter box's socket: no MBAP header, CRC kept */
};

#define SW_BUS_RESPONSE_TIMEOUT_MS 300 /* where neither bus nor template say */

/** How long a character lasts, in tenths of a microsecond: 10 bits for 8N1, 11 for 8E1, 8O1 and 8N2. Needs a baud. */
int64_t sw_serial_char_us_x10(const struct sw_serial *s);
/** The least silence between two frames: 3.5 characters, above 19200 baud 1.75 ms. */
int64_t sw_serial_silence_us(const struct sw_serial *s);

struct sw_bus_params {
    char id[SW_ID_SIZE];
    enum sw_line_kind kind;
    char port[SW_PATH_SIZE];     /* rtu: best a stable name, /dev/serial/by-id/… */
    struct sw_serial serial;     /* rtu: of the line; rtu-tcp: of the line behind the box, baud 0 = 9600 8N1 */
    bool has_rs485;              /* rtu: let the driver switch the direction (TIOCSRS485) */
    char host[256];              /* tcp, rtu-tcp: name or address, IPv6 too */
    int tcp_port;                /* tcp, rtu-tcp: 0 = 502 */
    int32_t response_timeout_ms; /* 0 = 300; a template that needs longer gets longer */
    int32_t probe_backoff_ms;    /* 0 = 2000: a silent unit is probed after this · failures, up to 5 min */
    int32_t reopen_backoff_ms;   /* 0 = 100: a lost line is opened again after this, doubling up to 10 s */
};

#define SW_BUS_WRITE_MAX 64 /* registers or coils in one write: more than any board or relay box here needs */

/** A request: reading or writing registers or coils. */
struct sw_bus_request {
    uint8_t unit_id;
    uint8_t fc; /* read: 1 coils, 2 discrete inputs, 3 holding, 4 input registers; write: 5, 6, 15, 16 */
    uint16_t reg_addr;
    uint16_t nb;             /* read: 1 … 125; write: 1 … SW_BUS_WRITE_MAX, with 5 and 6: 1 */
    struct sw_serial serial; /* rtu: what this unit speaks on a mixed pair; baud 0 = the line's own */
    int32_t timeout_ms;      /* for the unit to think; the time the bytes take on the line is added */
    int32_t turnaround_ms;   /* least silence after the reply; never under 3.5 characters */
};

/** When a transaction was on the line: first byte of the request to last byte of the reply. Real CLOCK_MONOTONIC. */
struct sw_bus_times {
    int64_t start_us, end_us;
};

struct sw_bus; /* opaque: layout lives in bus_int.h */

/** Check the parameters; touches no hardware.
 *  @return SW_OK; SW_E_INVAL bit rate, parity, port, host; SW_E_NOMEM */
int sw_bus_new(const struct sw_bus_params *p, struct sw_bus **ret, struct sw_err *err);
struct sw_bus *sw_bus_free(struct sw_bus *b); /* NULL is fine; always returns NULL */

/** Open the line. Blocks about a second at most: a connection that is not there in a second is an error.
 *  @return SW_OK; SW_E_IO no such port, refused, unreachable; detail is errno */
int sw_bus_open(struct sw_bus *b, struct sw_err *err);
void sw_bus_close(struct sw_bus *b); /* closed already is fine */
bool sw_bus_is_open(const struct sw_bus *b);

/** Can the unit id be addressed on this line? 1–247 on a serial line, 0–247 and 255 by TCP. */
bool sw_bus_unit_is_valid(const struct sw_bus *b, uint8_t unit_id);

/** Ask: keep silence, throw away what came unasked, send, wait for the answer.
 *  @param regs       [rq->nb] host-endian words, a coil or input is 0 or 1. Read: contents undefined on failure. Write:
 *                    the values to write
 *  @param ret_times  may be NULL; set whenever something was sent
 *  @return SW_OK; SW_E_TIMEOUT; SW_E_PROTOCOL bad CRC, wrong unit, function or length; SW_E_EXCEPTION the unit
 *          refused, detail is its code; SW_E_IO port or socket lost, the line is closed.
 *  On lines that speak RTU (serial, RTU-TCP) frames that answer something else are passed over while listening, and a
 *  unit that did not answer has its time-out again, for the answer to come and be thrown away, before it is asked
 *  anything of the same function. After
 *  a time-out or nonsense a TCP line is closed too: a late reply dies with its connection. PROTOCOL has detail EBADMSG
 *  when the unit's own reply was garbled, ETIMEDOUT when only others were heard until the time was over. TIMEOUT has
 *  detail EILSEQ when bytes came that make no frame at all, more than a stray one. */
int sw_bus_transact(struct sw_bus *b, const struct sw_bus_request *rq, uint16_t *regs, struct sw_bus_times *ret_times,
                    struct sw_err *err);

/** After nonsense on a line that speaks RTU: wait until it is silent and throw away what came. Bounded to half a
 *  second. */
void sw_bus_settle(struct sw_bus *b);

/** A descriptor whose hang-up (POLLHUP, POLLERR; sockets: POLLRDHUP) says that the line is lost; -1 while closed. */
int sw_bus_fd(const struct sw_bus *b);

/** Whole frames that answered something else, since sw_bus_new. */
uint64_t sw_bus_foreign_total(const struct sw_bus *b);

/** What is worth saying although it stopped nothing: a format that the driver refuses, RS-485 that it does not offer.
 *  @return whether there was something new */
bool sw_bus_take_note(struct sw_bus *b, char *ret, size_t cap);

#endif
