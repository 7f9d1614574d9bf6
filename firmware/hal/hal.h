// SPDX-License-Identifier: Apache-2.0
/* What the node's code asks of a board: a serial line and a microsecond timer. Each port fills one such table;
 * the code in app/ knows nothing else about where it runs. */
#ifndef SW_FIRMWARE_HAL_HAL_H
#define SW_FIRMWARE_HAL_HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_hal {
    void *ctx;
    /** Bytes that have arrived, oldest first; never waits. @return how many were copied, 0 = none. */
    size_t (*uart_rx)(void *ctx, uint8_t *ret_data, size_t cap);
    /** Send a whole frame: switches the RS485 driver, queues all or nothing. @return false: not sent. */
    bool (*uart_tx)(void *ctx, const uint8_t *data, size_t len);
    /** Free-running microseconds, wraps after 71 minutes: only differences mean something. */
    uint32_t (*timer_us)(void *ctx);
};

#endif
