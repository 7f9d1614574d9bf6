// SPDX-License-Identifier: Apache-2.0
/* The node's end of an RTU line: collects bytes into frames and sends the answers. Allocates nothing. */
#ifndef SW_FIRMWARE_APP_RTULINE_H
#define SW_FIRMWARE_APP_RTULINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/app/mbserver.h"
#include "firmware/hal/hal.h"

#define SW_RTULINE_IDLE UINT32_MAX

struct sw_rtuline {
    const struct sw_hal *hal;
    const struct sw_mbserver *server;
    uint32_t silence_us; /* ends a frame */
    uint32_t last_rx_us;
    size_t len;
    bool is_overrun; /* more than a frame can hold: nothing counts until the line is silent */
    uint8_t buf[SW_MB_RTU_MAX];
    uint32_t requests, replies, overruns; /* totals */
};

/** 3.5 characters of 11 bits, and 1750 µs above 19200 baud (MODBUS over Serial Line V1.02, 2.5.1.1). */
uint32_t sw_rtuline_silence_us(uint32_t baud);

/** Borrows hal and server, which must outlive the line. */
void sw_rtuline_init(struct sw_rtuline *line, const struct sw_hal *hal, const struct sw_mbserver *server,
                     uint32_t silence_us);

/** Take what has arrived, answer what is complete. Call when bytes are there and when the time it returned is over.
 *  @return microseconds until the silence that would end the frame in hand; SW_RTULINE_IDLE = no frame in hand */
uint32_t sw_rtuline_poll(struct sw_rtuline *line);

#endif
