// SPDX-License-Identifier: Apache-2.0
/* A Modbus server without a transport: bytes of a request in, bytes of the reply out. Serves FC03 and FC04.
 * Pure but for the two callbacks, allocates nothing; framing in time (silence) is rtuline.c. */
#ifndef SW_FIRMWARE_APP_MBSERVER_H
#define SW_FIRMWARE_APP_MBSERVER_H

#include <stddef.h>
#include <stdint.h>

/* MODBUS Application Protocol V1.1b3, 4.1 and 6.3: sizes. */
#define SW_MB_PDU_MAX 253
#define SW_MB_RTU_MAX 256
#define SW_MB_READ_MAX 125

enum sw_mb_fc { SW_MB_FC_HOLDING = 3, SW_MB_FC_INPUT = 4 };

enum sw_mb_exception {
    SW_MB_EXC_FUNCTION = 1, /* function not served */
    SW_MB_EXC_ADDRESS = 2,  /* a register that is not there */
    SW_MB_EXC_VALUE = 3,    /* a count of 0 or above 125, or a request of the wrong length */
    SW_MB_EXC_DEVICE = 4    /* the unit has no value to give */
};

#define SW_MB_SILENT (-1)

/** Where the registers come from. */
struct sw_mbserver {
    void *ctx;
    /** Asked first for every request. @return 0 go on; SW_MB_SILENT no such unit, or it does not answer;
     *  1 … 255 answer with this exception */
    int (*status)(void *ctx, uint8_t unit_id);
    /** @param fc 3 or 4 @param nb 1 … 125, reg_addr + nb ≤ 65536 @param ret_regs [nb] @return as status() */
    int (*read)(void *ctx, uint8_t unit_id, uint8_t fc, uint16_t reg_addr, uint16_t nb, uint16_t *ret_regs);
};

/** Answer one request PDU (function code and data).
 *  @return length of the reply, 0 = stay silent (also for an empty PDU and for function codes 0 and 128 … 255) */
size_t sw_mbserver_pdu(const struct sw_mbserver *s, uint8_t unit_id, const uint8_t *pdu, size_t len,
                       uint8_t ret_reply[SW_MB_PDU_MAX]);

/** Answer one RTU frame (unit id, PDU, CRC).
 *  @return length of the reply frame, 0 = stay silent: too short, too long, wrong CRC, broadcast, not our unit */
size_t sw_mbserver_rtu(const struct sw_mbserver *s, const uint8_t *frame, size_t len, uint8_t ret_reply[SW_MB_RTU_MAX]);

/** How long the RTU request that begins at `frame` must be, by its function code.
 *  @return 0 = not known, or not yet: then only silence ends it */
size_t sw_mbserver_rtu_request_length(const uint8_t *frame, size_t len);

#endif
