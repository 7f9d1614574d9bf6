// SPDX-License-Identifier: Apache-2.0
/* Answers Modbus requests by the letter of MODBUS Application Protocol V1.1b3 and Serial Line V1.02.
 * What the registers hold is the business of the two callbacks. */
#include "firmware/app/mbserver.h"

#include <stdbool.h>

#include "common/crc16.h"

#define RTU_MIN 4 /* unit id, function code, CRC */

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t) (p[0] << 8 | p[1]);
}

static size_t reply_exception(uint8_t fc, int code, uint8_t *ret_reply)
{
    if (code < 0)
        return 0;
    ret_reply[0] = (uint8_t) (fc | 0x80u);
    ret_reply[1] = (uint8_t) code;
    return 2;
}

static size_t reply_read(const struct sw_mbserver *s, uint8_t unit_id, const uint8_t *pdu, size_t len,
                         uint8_t *ret_reply)
{
    uint16_t regs[SW_MB_READ_MAX];

    if (len != 5)
        return reply_exception(pdu[0], SW_MB_EXC_VALUE, ret_reply);
    const uint16_t reg_addr = be16(pdu + 1), nb = be16(pdu + 3);

    if (nb == 0 || nb > SW_MB_READ_MAX)
        return reply_exception(pdu[0], SW_MB_EXC_VALUE, ret_reply);
    if ((uint32_t) reg_addr + nb > 65536u)
        return reply_exception(pdu[0], SW_MB_EXC_ADDRESS, ret_reply);
    const int rc = s->read(s->ctx, unit_id, pdu[0], reg_addr, nb, regs);

    if (rc != 0)
        return reply_exception(pdu[0], rc, ret_reply);
    ret_reply[0] = pdu[0];
    ret_reply[1] = (uint8_t) (nb * 2u);
    for (size_t i = 0; i < nb; i++) {
        ret_reply[2 + 2 * i] = (uint8_t) (regs[i] >> 8);
        ret_reply[3 + 2 * i] = (uint8_t) regs[i];
    }
    return 2u + 2u * nb;
}

size_t sw_mbserver_pdu(const struct sw_mbserver *s, uint8_t unit_id, const uint8_t *pdu, size_t len,
                       uint8_t ret_reply[SW_MB_PDU_MAX])
{
    /* A code of 128 and above is another unit's exception reply passing by on the line, not a request. */
    if (len == 0 || len > SW_MB_PDU_MAX || pdu[0] == 0 || (pdu[0] & 0x80u))
        return 0;
    const int rc = s->status(s->ctx, unit_id);

    if (rc != 0)
        return reply_exception(pdu[0], rc, ret_reply);
    switch (pdu[0]) {
    case SW_MB_FC_HOLDING:
    case SW_MB_FC_INPUT:
        return reply_read(s, unit_id, pdu, len, ret_reply);
    default:
        return reply_exception(pdu[0], SW_MB_EXC_FUNCTION, ret_reply);
    }
}

static bool crc_is_right(const uint8_t *frame, size_t len)
{
    const uint16_t crc = sw_crc16_modbus(frame, len - 2);

    return frame[len - 2] == (uint8_t) crc && frame[len - 1] == (uint8_t) (crc >> 8);
}

size_t sw_mbserver_rtu(const struct sw_mbserver *s, const uint8_t *frame, size_t len, uint8_t ret_reply[SW_MB_RTU_MAX])
{
    if (len < RTU_MIN || len > SW_MB_RTU_MAX || !crc_is_right(frame, len))
        return 0;
    if (frame[0] == 0) /* broadcast: obeyed, never answered; a read has nothing to obey */
        return 0;
    size_t n = sw_mbserver_pdu(s, frame[0], frame + 1, len - 3, ret_reply + 1);

    if (n == 0)
        return 0;
    ret_reply[0] = frame[0];
    n++;
    const uint16_t crc = sw_crc16_modbus(ret_reply, n);

    ret_reply[n++] = (uint8_t) crc; /* the CRC is the one little-endian field of Modbus */
    ret_reply[n++] = (uint8_t) (crc >> 8);
    return n;
}

size_t sw_mbserver_rtu_request_length(const uint8_t *frame, size_t len)
{
    if (len < 2)
        return 0;
    if (frame[1] >= 1 && frame[1] <= 6)
        return 8;
    if ((frame[1] == 15 || frame[1] == 16) && len >= 7)
        return 9u + frame[6];
    return 0;
}
