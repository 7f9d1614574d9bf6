// SPDX-License-Identifier: Apache-2.0
/* Modbus TCP framing (MBAP header) around the server's PDUs. Pure. */
#ifndef SW_FIRMWARE_HOST_MBAP_H
#define SW_FIRMWARE_HOST_MBAP_H

#include <stddef.h>
#include <stdint.h>

#include "firmware/app/mbserver.h"

#define SW_MBAP_HEADER 7 /* transaction id, protocol id, length, unit id */
#define SW_MBAP_MAX (SW_MBAP_HEADER + SW_MB_PDU_MAX)

/** Answer the first request in data[len] (MODBUS Messaging on TCP/IP V1.0b, 3.1.3).
 *  @param ret_used   bytes of data that the request took; 0 = not complete yet
 *  @param ret_reply  [SW_MBAP_MAX]
 *  @param ret_n      length of the reply; 0 = stay silent
 *  @return 0; -1 this is not Modbus TCP: close the connection */
int sw_mbap_answer(const struct sw_mbserver *s, const uint8_t *data, size_t len, size_t *ret_used, uint8_t *ret_reply,
                   size_t *ret_n);

#endif
