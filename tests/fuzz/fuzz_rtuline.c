// SPDX-License-Identifier: Apache-2.0
/* Any bytes at any times on an RTU line: frames are found, replies are whole, and silence always leaves the line idle.
 * Input: steps of [time in 100 us][bits 0…6 length, bit 7: add the CRC][bytes]. */
#include "fuzz.h"

#include <string.h>

#include "common/crc16.h"
#include "firmware/app/rtuline.h"
#include "node.h"

struct wire {
    uint32_t now_us;
    uint8_t in[SW_MB_RTU_MAX];
    size_t n_in;
    uint32_t n_sent;
    bool is_busy; /* the transmitter takes nothing */
};

static size_t wire_rx(void *ctx, uint8_t *ret_data, size_t cap)
{
    struct wire *w = ctx;
    const size_t n = w->n_in < cap ? w->n_in : cap;

    memcpy(ret_data, w->in, n);
    w->n_in = 0;
    return n;
}

static bool wire_tx(void *ctx, const uint8_t *data, size_t len)
{
    struct wire *w = ctx;
    const uint16_t crc = len >= 5 ? sw_crc16_modbus(data, len - 2) : 0;

    FUZZ_CHECK(len >= 5 && len <= SW_MB_RTU_MAX && data[0] >= 1 && data[0] <= 5, "%zu bytes sent", len);
    FUZZ_CHECK(data[len - 2] == (uint8_t) crc && data[len - 1] == crc >> 8, "a wrong CRC");
    w->n_sent += !w->is_busy;
    return !w->is_busy;
}

static uint32_t wire_time(void *ctx)
{
    return ((const struct wire *) ctx)->now_us;
}

static void poll(struct sw_rtuline *line)
{
    const uint32_t wait_us = sw_rtuline_poll(line);

    FUZZ_CHECK(wait_us == SW_RTULINE_IDLE || wait_us <= line->silence_us, "wait for %u us", wait_us);
    FUZZ_CHECK(line->len <= sizeof(line->buf), "%zu bytes in hand", line->len);
    FUZZ_CHECK((wait_us == SW_RTULINE_IDLE) == (line->len == 0 && !line->is_overrun), "idle with a frame in hand");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire wire = {.now_us = UINT32_MAX - 5000}; /* the timer wraps soon */
    const struct sw_hal hal = {&wire, wire_rx, wire_tx, wire_time};
    struct sw_rtuline line;

    sw_rtuline_init(&line, &hal, node_server(), sw_rtuline_silence_us(9600));
    while (size >= 2) {
        const size_t n = (data[1] & 0x7fu) < size - 2 ? (data[1] & 0x7fu) : size - 2;
        const bool add_crc = data[1] & 0x80u;

        wire.now_us += data[0] * 100u;
        wire.is_busy = data[0] == 255;
        memcpy(wire.in, data + 2, n);
        wire.n_in = n;
        if (add_crc) {
            const uint16_t crc = sw_crc16_modbus(wire.in, n);

            wire.in[wire.n_in++] = (uint8_t) crc;
            wire.in[wire.n_in++] = (uint8_t) (crc >> 8);
        }
        poll(&line);
        data += 2 + n;
        size -= 2 + n;
    }
    wire.now_us += line.silence_us;
    FUZZ_CHECK(sw_rtuline_poll(&line) == SW_RTULINE_IDLE && line.len == 0 && !line.is_overrun,
               "not idle after silence");
    FUZZ_CHECK(line.replies == wire.n_sent && line.replies <= line.requests, "%u replies, %u sent", line.replies,
               wire.n_sent);
    return 0;
}
