// SPDX-License-Identifier: Apache-2.0
/* Frames of an RTU line. A request whose length its function code tells and whose CRC is right is answered at once
 * (a pseudo-terminal and a USB adapter keep no character times); everything else ends by silence, as the standard says.
 */
#include "firmware/app/rtuline.h"

#include <string.h>

#include "common/crc16.h"

uint32_t sw_rtuline_silence_us(uint32_t baud)
{
    return baud == 0 || baud > 19200 ? 1750u : 38500000u / baud;
}

void sw_rtuline_init(struct sw_rtuline *line, const struct sw_hal *hal, const struct sw_mbserver *server,
                     uint32_t silence_us)
{
    memset(line, 0, sizeof(*line));
    line->hal = hal;
    line->server = server;
    line->silence_us = silence_us;
}

static void answer(struct sw_rtuline *line, size_t len)
{
    uint8_t reply[SW_MB_RTU_MAX];
    const size_t n = sw_mbserver_rtu(line->server, line->buf, len, reply);

    line->requests++;
    if (n > 0 && line->hal->uart_tx(line->hal->ctx, reply, n))
        line->replies++;
}

static void answer_complete(struct sw_rtuline *line)
{
    for (;;) {
        const size_t want = sw_mbserver_rtu_request_length(line->buf, line->len);

        if (want == 0 || want > line->len)
            return;
        const uint16_t crc = sw_crc16_modbus(line->buf, want - 2);

        if (line->buf[want - 2] != (uint8_t) crc || line->buf[want - 1] != (uint8_t) (crc >> 8))
            return; /* perhaps another unit's reply that looks like a request so far: wait for the silence */
        answer(line, want);
        memmove(line->buf, line->buf + want, line->len - want);
        line->len -= want;
    }
}

static void append(struct sw_rtuline *line, const uint8_t *data, size_t n)
{
    if (line->is_overrun)
        return;
    if (n > sizeof(line->buf) - line->len) {
        line->is_overrun = true;
        line->overruns++;
        return;
    }
    memcpy(line->buf + line->len, data, n);
    line->len += n;
    answer_complete(line);
}

uint32_t sw_rtuline_poll(struct sw_rtuline *line)
{
    uint8_t chunk[SW_MB_RTU_MAX];
    const uint32_t now_us = line->hal->timer_us(line->hal->ctx);
    const uint32_t quiet_us = now_us - line->last_rx_us;

    if ((line->len > 0 || line->is_overrun) && quiet_us >= line->silence_us) {
        if (!line->is_overrun)
            answer(line, line->len);
        line->len = 0;
        line->is_overrun = false;
    }
    const size_t n = line->hal->uart_rx(line->hal->ctx, chunk, sizeof(chunk));

    if (n > 0) {
        line->last_rx_us = now_us;
        append(line, chunk, n);
    }
    if (line->len == 0 && !line->is_overrun)
        return SW_RTULINE_IDLE;
    const uint32_t waited_us = now_us - line->last_rx_us;

    return waited_us >= line->silence_us ? 0 : line->silence_us - waited_us;
}
