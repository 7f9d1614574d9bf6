// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a Modbus request: a bare PDU, a frame, and a frame with the right CRC.
 * Input: unit id, then the PDU; all of it is the frame as well. */
#include "fuzz.h"

#include <string.h>

#include "common/crc16.h"
#include "node.h"

static void check_frame(const uint8_t *frame, size_t len)
{
    uint8_t *exact = fuzz_copy(frame, len), *reply = malloc(SW_MB_RTU_MAX);
    const size_t n = sw_mbserver_rtu(node_server(), exact, len, reply);

    (void) sw_mbserver_rtu_request_length(exact, len);
    if (n > 0) {
        FUZZ_CHECK(n >= 5 && n <= SW_MB_RTU_MAX && reply[0] == frame[0] && frame[0] != 0, "%zu bytes", n);
        const uint16_t crc = sw_crc16_modbus(reply, n - 2);

        FUZZ_CHECK(reply[n - 2] == (uint8_t) crc && reply[n - 1] == crc >> 8, "a wrong CRC");
        node_check_reply(frame + 1, len - 3, reply + 1, n - 3);
    }
    free(reply);
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t frame[SW_MB_RTU_MAX + 8];

    if (size < 1)
        return 0;
    uint8_t *pdu = fuzz_copy(data + 1, size - 1), *reply = malloc(SW_MB_PDU_MAX);
    const size_t n = sw_mbserver_pdu(node_server(), data[0], pdu, size - 1, reply);

    if (n > 0)
        node_check_reply(pdu, size - 1, reply, n);
    free(reply);
    free(pdu);
    check_frame(data, size);
    if (size <= sizeof(frame) - 2) {
        const uint16_t crc = sw_crc16_modbus(data, size);

        memcpy(frame, data, size);
        frame[size] = (uint8_t) crc;
        frame[size + 1] = (uint8_t) (crc >> 8);
        check_frame(frame, size + 2);
    }
    return 0;
}
