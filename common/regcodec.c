// SPDX-License-Identifier: Apache-2.0
/* [fw] Numbers in 16-bit Modbus registers. Done here and not by libmodbus, whose word-order helpers changed meaning
 * between releases; the firmware uses the same code on the other side of the line. */
#include "common/regcodec.h"

#include <string.h>

int sw_reg_words(enum sw_reg_type type)
{
    switch (type) {
    case SW_REG_U16:
    case SW_REG_S16:
        return 1;
    case SW_REG_U32:
    case SW_REG_S32:
    case SW_REG_F32:
        return 2;
    case SW_REG_F64:
        return 4;
    case SW_REG__COUNT:
        break;
    }
    return 0;
}

static bool is_low_word_first(enum sw_word_order order)
{
    return order == SW_ORDER_CDAB || order == SW_ORDER_DCBA;
}

static uint16_t in_byte_order(uint16_t word, enum sw_word_order order)
{
    if (order == SW_ORDER_BADC || order == SW_ORDER_DCBA)
        return (uint16_t) ((word << 8) | (word >> 8));
    return word;
}

uint64_t sw_reg_join(const uint16_t *regs, int words, enum sw_word_order order)
{
    uint64_t raw = 0;

    for (int i = 0; i < words; i++) {
        const int from = is_low_word_first(order) ? words - 1 - i : i;

        raw = (raw << 16) | in_byte_order(regs[from], order);
    }
    return raw;
}

void sw_reg_split(uint64_t raw, int words, enum sw_word_order order, uint16_t *ret_regs)
{
    for (int i = words - 1; i >= 0; i--) {
        const int to = is_low_word_first(order) ? words - 1 - i : i;

        ret_regs[to] = in_byte_order((uint16_t) (raw & 0xFFFFu), order);
        raw >>= 16;
    }
}

static double number_f32(uint64_t raw)
{
    const uint32_t bits = (uint32_t) raw;
    float number;

    memcpy(&number, &bits, sizeof(number));
    return (double) number;
}

static double number_f64(uint64_t raw)
{
    double number;

    memcpy(&number, &raw, sizeof(number));
    return number;
}

double sw_reg_number(uint64_t raw, enum sw_reg_type type)
{
    switch (type) {
    case SW_REG_S16:
        return (double) (int16_t) (uint16_t) raw;
    case SW_REG_S32:
        return (double) (int32_t) (uint32_t) raw;
    case SW_REG_F32:
        return number_f32(raw);
    case SW_REG_F64:
        return number_f64(raw);
    case SW_REG_U16:
    case SW_REG_U32:
    case SW_REG__COUNT:
        break;
    }
    return (double) raw;
}

/** Round into an integer type; the comparisons are written so that NaN fails them. */
static bool bits_of_integer(double number, double least, double most, uint64_t mask, uint64_t *ret_raw)
{
    const double rounded = number < 0 ? number - 0.5 : number + 0.5;

    if (!(rounded > least - 1 && rounded < most + 1))
        return false;
    *ret_raw = (uint64_t) (int64_t) rounded & mask;
    return true;
}

bool sw_reg_bits(double number, enum sw_reg_type type, uint64_t *ret_raw)
{
    switch (type) {
    case SW_REG_U16:
        return bits_of_integer(number, 0, UINT16_MAX, UINT16_MAX, ret_raw);
    case SW_REG_S16:
        return bits_of_integer(number, INT16_MIN, INT16_MAX, UINT16_MAX, ret_raw);
    case SW_REG_U32:
        return bits_of_integer(number, 0, UINT32_MAX, UINT32_MAX, ret_raw);
    case SW_REG_S32:
        return bits_of_integer(number, INT32_MIN, INT32_MAX, UINT32_MAX, ret_raw);
    case SW_REG_F32: {
        const float single = (float) number;
        uint32_t bits;

        if (number != number)
            return false;
        memcpy(&bits, &single, sizeof(bits));
        *ret_raw = bits;
        return true;
    }
    case SW_REG_F64:
        if (number != number)
            return false;
        memcpy(ret_raw, &number, sizeof(*ret_raw));
        return true;
    case SW_REG__COUNT:
        break;
    }
    return false;
}
