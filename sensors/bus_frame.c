// SPDX-License-Identifier: Apache-2.0
/* Modbus RTU frames. MODBUS Application Protocol V1.1b3, 6.1 to 6.12; MODBUS over Serial Line V1.02, 2.3 to 2.5. */
#include "sensors/bus_frame.h"

#include <string.h>

#include "common/crc16.h"
#include "sensors/plan.h"

enum {
    READ_COILS = 1,
    READ_INPUTS,
    READ_HOLDING,
    READ_INPUT_REGS,
    WRITE_COIL,
    WRITE_REG,
    WRITE_COILS = 15,
    WRITE_REGS
};

bool sw_frame_is_write(uint8_t fc)
{
    return fc == WRITE_COIL || fc == WRITE_REG || fc == WRITE_COILS || fc == WRITE_REGS;
}

static bool is_bits(uint8_t fc)
{
    return fc == READ_COILS || fc == READ_INPUTS || fc == WRITE_COIL || fc == WRITE_COILS;
}

int sw_frame_check(const struct sw_bus_request *rq, const uint16_t *values, struct sw_err *err)
{
    const bool is_write = sw_frame_is_write(rq->fc), is_one = rq->fc == WRITE_COIL || rq->fc == WRITE_REG;
    const unsigned most = is_one ? 1 : is_write ? SW_BUS_WRITE_MAX : SW_BLOCK_REGS_MAX;

    if (!is_write && (rq->fc < READ_COILS || rq->fc > READ_INPUT_REGS))
        return sw_err_set(err, SW_E_INVAL, 0, "function %u is not one that is used here: 1 to 6, 15, 16",
                          (unsigned) rq->fc);
    if (rq->nb < 1 || rq->nb > most)
        return sw_err_set(err, SW_E_INVAL, 0, "function %u takes 1 to %u at a time, not %u", (unsigned) rq->fc, most,
                          (unsigned) rq->nb);
    if ((uint32_t) rq->reg_addr + rq->nb > 65536)
        return sw_err_set(err, SW_E_INVAL, 0, "%u from %u: the last one is 65535", (unsigned) rq->nb,
                          (unsigned) rq->reg_addr);
    for (size_t i = 0; is_write && is_bits(rq->fc) && i < rq->nb; i++)
        if (values[i] > 1)
            return sw_err_set(err, SW_E_INVAL, 0, "a coil is 0 or 1, not %u", (unsigned) values[i]);
    return SW_OK;
}

static uint8_t *put16(uint8_t *to, uint16_t word)
{
    to[0] = (uint8_t) (word >> 8);
    to[1] = (uint8_t) word;
    return to + 2;
}

static uint16_t get16(const uint8_t *from)
{
    return (uint16_t) (from[0] << 8 | from[1]);
}

static size_t data_bytes(const struct sw_bus_request *rq)
{
    return is_bits(rq->fc) ? (rq->nb + 7u) / 8u : 2u * rq->nb;
}

static uint8_t *put_values(const struct sw_bus_request *rq, const uint16_t *values, uint8_t *to)
{
    const size_t n = data_bytes(rq);

    *to++ = (uint8_t) n;
    if (is_bits(rq->fc)) {
        memset(to, 0, n);
        for (size_t i = 0; i < rq->nb; i++)
            to[i / 8] |= (uint8_t) ((values[i] ? 1u : 0u) << i % 8);
        return to + n;
    }
    for (size_t i = 0; i < rq->nb; i++)
        to = put16(to, values[i]);
    return to;
}

size_t sw_frame_request(const struct sw_bus_request *rq, const uint16_t *values, uint8_t *ret)
{
    uint8_t *to = ret;
    uint16_t crc;

    *to++ = rq->unit_id;
    *to++ = rq->fc;
    to = put16(to, rq->reg_addr);
    if (rq->fc == WRITE_COIL)
        to = put16(to, values[0] ? 0xFF00 : 0);
    else
        to = put16(to, rq->fc == WRITE_REG ? values[0] : rq->nb);
    if (rq->fc == WRITE_COILS || rq->fc == WRITE_REGS)
        to = put_values(rq, values, to);
    crc = sw_crc16_modbus(ret, (size_t) (to - ret));
    *to++ = (uint8_t) crc;
    *to++ = (uint8_t) (crc >> 8);
    return (size_t) (to - ret);
}

size_t sw_frame_reply_len(const struct sw_bus_request *rq)
{
    return sw_frame_is_write(rq->fc) ? 8 : 5 + data_bytes(rq);
}

static bool is_whole(const uint8_t *frame, size_t len, size_t want)
{
    return want <= len && sw_crc16_modbus(frame, want) == 0;
}

/** Does an answer to the request begin here? A write is answered by its own address; what became of it is read back.
 */
static enum sw_frame answer_at(const struct sw_bus_request *rq, const uint8_t *frame, size_t len)
{
    if (len < 5 || frame[0] != rq->unit_id)
        return SW_FRAME_NONE;
    if (frame[1] == (rq->fc | 0x80))
        return is_whole(frame, len, 5) ? SW_FRAME_EXCEPTION : SW_FRAME_NONE;
    if (frame[1] != rq->fc || !is_whole(frame, len, sw_frame_reply_len(rq)))
        return SW_FRAME_NONE;
    if (sw_frame_is_write(rq->fc))
        return get16(frame + 2) == rq->reg_addr ? SW_FRAME_REPLY : SW_FRAME_NONE;
    return frame[2] == data_bytes(rq) ? SW_FRAME_REPLY : SW_FRAME_NONE;
}

static void take_values(const struct sw_bus_request *rq, const uint8_t *frame, uint16_t *regs)
{
    const uint8_t *data = frame + 3;

    for (size_t i = 0; i < rq->nb && !sw_frame_is_write(rq->fc); i++)
        regs[i] = is_bits(rq->fc) ? data[i / 8] >> i % 8 & 1 : get16(data + 2 * i);
}

/** What begins like the answer is not cut short because its first bytes happen to have a good CRC. */
static bool looks_like_answer(const struct sw_bus_request *rq, const uint8_t *frame, size_t len)
{
    return len >= 3 && frame[0] == rq->unit_id && frame[1] == rq->fc && !sw_frame_is_write(rq->fc) &&
           frame[2] == data_bytes(rq);
}

/** Length of a whole frame at the front, whosever it is; 0 = none (yet). Replies to reads say their length; the other
 *  frames of the functions in use have 8 bytes, exceptions 5. */
static size_t foreign_len(const uint8_t *frame, size_t len)
{
    size_t lens[4] = {8, 5, 0, 0};

    if (len >= 3)
        lens[2] = 5u + frame[2];
    if (len >= 7)
        lens[3] = 9u + frame[6]; /* somebody's request to write */
    for (size_t i = 0; i < 4; i++)
        if (lens[i] >= 5 && is_whole(frame, len, lens[i]))
            return lens[i];
    return 0;
}

enum sw_frame sw_frame_find(const struct sw_bus_request *rq, uint8_t *buf, size_t *len, uint16_t *regs,
                            uint8_t *ret_exception, uint64_t *foreign_total)
{
    size_t foreign;

    for (;;) {
        for (size_t i = 0; i < *len; i++) {
            const enum sw_frame found = answer_at(rq, buf + i, *len - i);

            if (found == SW_FRAME_REPLY)
                take_values(rq, buf + i, regs);
            if (found == SW_FRAME_EXCEPTION)
                *ret_exception = buf[i + 2];
            if (found != SW_FRAME_NONE)
                return found;
            if (i == 0 && !looks_like_answer(rq, buf, *len) && foreign_len(buf, *len) > 0)
                break; /* what is inside another's frame is data */
        }
        foreign = looks_like_answer(rq, buf, *len) ? 0 : foreign_len(buf, *len);
        if (foreign == 0)
            break;
        memmove(buf, buf + foreign, *len - foreign);
        *len -= foreign;
        (*foreign_total)++;
    }
    if (*len >= 2 && buf[0] == rq->unit_id &&
        ((buf[1] == rq->fc && *len >= sw_frame_reply_len(rq)) || (buf[1] == (rq->fc | 0x80) && *len >= 5)))
        return SW_FRAME_SPOILT;
    return SW_FRAME_NONE;
}

const char *sw_frame_exception_name(int code)
{
    static const char *const names[] = {
        [1] = "function not supported",
        [2] = "no such register",
        [3] = "value or length not allowed",
        [4] = "failure of the device",
        [5] = "accepted, needs longer",
        [6] = "busy",
        [7] = "not done",
        [8] = "memory damaged",
        [10] = "no path behind the converter",
        [11] = "nobody answers the converter",
    };

    if (code < 0 || (size_t) code >= SW_ARRAY_SIZE(names) || !names[code])
        return "an exception of its own";
    return names[code];
}
