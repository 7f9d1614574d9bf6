// SPDX-License-Identifier: Apache-2.0
/* Modbus RTU frames: a request becomes bytes, and in what came back the reply is looked for.
 * Pure: no line, no clock. Foreign frames, noise and late replies are passed over here, so that they need not spoil a
 * transaction. */
#ifndef SW_SENSORS_BUS_FRAME_H
#define SW_SENSORS_BUS_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "sensors/bus.h"

#define SW_FRAME_MAX 256 /* MODBUS over Serial Line V1.02, 2.3: one unit id, 253 of PDU, two of CRC */

/** Is it a request that this program may send? @return SW_OK; SW_E_INVAL */
int sw_frame_check(const struct sw_bus_request *rq, const uint16_t *values, struct sw_err *err);

bool sw_frame_is_write(uint8_t fc); /* 5, 6, 15, 16 */

/** The request as it goes out, CRC included. @param ret [SW_FRAME_MAX] @return its length */
size_t sw_frame_request(const struct sw_bus_request *rq, const uint16_t *values, uint8_t *ret);

/** Bytes of a good reply, CRC included. */
size_t sw_frame_reply_len(const struct sw_bus_request *rq);

enum sw_frame {
    SW_FRAME_NONE,      /* nothing yet that answers the request */
    SW_FRAME_SPOILT,    /* as long as the answer and begins like it, but the CRC is wrong */
    SW_FRAME_REPLY,     /* the answer */
    SW_FRAME_EXCEPTION, /* the unit refuses */
};

/** Look for the answer in the bytes that have come. Whole frames that answer something else are taken out at the front
 *  and counted; noise before the answer is skipped.
 *  @param buf, len       what came since the request; shortened by foreign frames
 *  @param regs           [rq->nb] set with REPLY to a read; a write leaves it alone
 *  @param ret_exception  set with EXCEPTION
 *  @param foreign_total  raised by whole frames that answer something else */
enum sw_frame sw_frame_find(const struct sw_bus_request *rq, uint8_t *buf, size_t *len, uint16_t *regs,
                            uint8_t *ret_exception, uint64_t *foreign_total);

/** "illegal data address"; never NULL. */
const char *sw_frame_exception_name(int code);

#endif
