// SPDX-License-Identifier: Apache-2.0
/* [fw] CRC-16/MODBUS, bit by bit: frames are at most 256 bytes, and a node's flash is dearer than its time. */
#include "common/crc16.h"

uint16_t sw_crc16_modbus(const uint8_t *data, size_t len)
{
    uint16_t crc = 0xFFFF;

    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t) ((crc & 1u) != 0 ? (crc >> 1) ^ 0xA001u : crc >> 1);
    }
    return crc;
}
