// SPDX-License-Identifier: Apache-2.0
/* [fw] The checksum at the end of a Modbus RTU frame. Pure, no tables, no allocation.
 * The HJ 212 checksum is a different one and does not live here. */
#ifndef SW_COMMON_CRC16_H
#define SW_COMMON_CRC16_H

#include <stddef.h>
#include <stdint.h>

/** CRC-16/MODBUS of len bytes: polynomial 0x8005 reflected (0xA001), start 0xFFFF.
 *  On the wire the low byte goes first. The CRC over a whole good frame, its own two bytes included, is 0.
 *  Source: MODBUS over Serial Line V1.02, appendix B. */
uint16_t sw_crc16_modbus(const uint8_t *data, size_t len);

#endif
