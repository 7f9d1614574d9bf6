// SPDX-License-Identifier: Apache-2.0
/* Takes Modbus TCP requests apart and puts replies together; sockets are serve_tcp.c. */
#include "firmware/port/host/mbap.h"

#include <string.h>

int sw_mbap_answer(const struct sw_mbserver *s, const uint8_t *data, size_t len, size_t *ret_used, uint8_t *ret_reply,
                   size_t *ret_n)
{
    *ret_used = 0;
    *ret_n = 0;
    if (len < SW_MBAP_HEADER)
        return 0;
    const size_t rest = (size_t) data[4] << 8 | data[5]; /* unit id and PDU */

    if (data[2] != 0 || data[3] != 0 || rest < 2 || rest > SW_MB_PDU_MAX + 1)
        return -1;
    if (len < 6 + rest)
        return 0;
    const size_t n = sw_mbserver_pdu(s, data[6], data + SW_MBAP_HEADER, rest - 1, ret_reply + SW_MBAP_HEADER);

    *ret_used = 6 + rest;
    if (n == 0)
        return 0;
    memcpy(ret_reply, data, SW_MBAP_HEADER);
    ret_reply[4] = (uint8_t) ((n + 1) >> 8);
    ret_reply[5] = (uint8_t) (n + 1);
    *ret_n = SW_MBAP_HEADER + n;
    return 0;
}
