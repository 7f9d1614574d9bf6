// SPDX-License-Identifier: Apache-2.0
/* Blocks of version 1, an item after the other: times as the difference to a prediction (steady polling makes them one
 * or two bytes), values as hundredths where that is exact, else as float, else as double. Written by programs before
 * schema 5, and still by whoever checks their blocks.
 *
 *   [mixed: varint sensor, u8 quantity] · zz number − prev − 1 · zz arrival − (prev + last step)
 *   · zz change of (arrival − t_utc) · zz change of (t_utc − t_mono) · u8 head [· u8 flag, u8 time quality] [· value]
 *
 * All differences wrap in 64 bits, so that any pair of instants survives. */
#include <math.h>

#include "gateway/block_int.h"

enum value_kind { VALUE_CENTI = 0, VALUE_FLOAT = 1, VALUE_DOUBLE = 2, VALUE_NAN = 3 };
#define HEAD_KIND 3u
#define HEAD_LATE 4u
#define HEAD_FLAGS 8u /* flag and time quality follow; else they are as before */

static void put_le(struct block_writer *w, uint64_t bits, int bytes)
{
    for (int i = 0; i < bytes; i++)
        block_put_u8(w, (unsigned) (bits >> (8 * i)) & 0xff);
}

/* The shortest form that gives back the very same bits. */
static enum value_kind classify(double value, int64_t *ret_centi, float *ret_float)
{
    if (block_bits_of(value) == block_bits_of((double) NAN))
        return VALUE_NAN;
    if (value > -1e12 && value < 1e12) {
        *ret_centi = llround(value * 100.0);
        if (block_bits_of((double) *ret_centi / 100.0) == block_bits_of(value))
            return VALUE_CENTI;
    }
    if (isfinite(value) && fabs(value) < 3e38) {
        *ret_float = (float) value;
        if (block_bits_of((double) *ret_float) == block_bits_of(value))
            return VALUE_FLOAT;
    }
    return VALUE_DOUBLE;
}

static void put_value(struct block_writer *w, enum value_kind kind, double value, int64_t centi, float narrow,
                      uint64_t *prev_centi)
{
    uint32_t bits;

    switch (kind) {
    case VALUE_CENTI:
        block_put_zigzag(w, (uint64_t) centi - *prev_centi);
        *prev_centi = (uint64_t) centi;
        break;
    case VALUE_FLOAT:
        memcpy(&bits, &narrow, sizeof(bits));
        put_le(w, bits, 4);
        break;
    case VALUE_DOUBLE:
        put_le(w, block_bits_of(value), 8);
        break;
    case VALUE_NAN:
        break;
    }
}

void block_write_1(struct block_writer *w, const struct sw_block_item *items, size_t n, bool is_mixed)
{
    struct sw_block_item prev = {.r = {.flag = 'N', .time_quality = SW_TIME_SYNCED}};
    uint64_t step_us = 0, prev_centi = 0;

    for (size_t i = 0; i < n; i++) {
        const struct sw_block_item *it = &items[i];
        int64_t centi = 0;
        float narrow = 0;
        enum value_kind kind = classify(it->r.value, &centi, &narrow);
        bool same = it->r.flag == prev.r.flag && it->r.time_quality == prev.r.time_quality;

        if (is_mixed) {
            block_put_varint(w, it->r.sensor);
            block_put_u8(w, it->r.quantity);
        }
        block_put_zigzag(w, it->number - prev.number - 1);
        block_put_zigzag(w, (uint64_t) it->arrival_us - (uint64_t) prev.arrival_us - step_us);
        block_put_zigzag(w, block_lag_us(it) - block_lag_us(&prev));
        block_put_zigzag(w, block_offset_us(it) - block_offset_us(&prev));
        block_put_u8(w, kind | (it->is_late ? HEAD_LATE : 0) | (same ? 0 : HEAD_FLAGS));
        if (!same) {
            block_put_u8(w, (unsigned char) it->r.flag);
            block_put_u8(w, it->r.time_quality);
        }
        put_value(w, kind, it->r.value, centi, narrow, &prev_centi);
        step_us = i ? (uint64_t) it->arrival_us - (uint64_t) prev.arrival_us : 0;
        prev = *it;
    }
}

static bool get_le(struct sw_block_cursor *c, int bytes, uint64_t *ret)
{
    uint64_t bits = 0;
    unsigned byte;

    for (int i = 0; i < bytes; i++) {
        if (!block_get_u8(c, &byte))
            return false;
        bits |= (uint64_t) byte << (8 * i);
    }
    *ret = bits;
    return true;
}

static bool get_value(struct sw_block_cursor *c, unsigned kind, double *ret)
{
    uint64_t bits, change;
    uint32_t bits32;
    float narrow;

    switch (kind) {
    case VALUE_CENTI:
        if (!block_get_zigzag(c, &change))
            return false;
        c->prev_centi += change;
        *ret = (double) (int64_t) c->prev_centi / 100.0;
        return true;
    case VALUE_FLOAT:
        if (!get_le(c, 4, &bits))
            return false;
        bits32 = (uint32_t) bits;
        memcpy(&narrow, &bits32, sizeof(narrow));
        *ret = (double) narrow;
        return true;
    case VALUE_DOUBLE:
        if (!get_le(c, 8, &bits))
            return false;
        memcpy(ret, &bits, sizeof(bits));
        return true;
    default:
        *ret = (double) NAN;
        return true;
    }
}

bool block_next_1(struct sw_block_cursor *c, struct sw_block_item *it)
{
    uint64_t sensor = it->r.sensor, number, arrival, lag, offset;
    unsigned quantity = it->r.quantity, head, flag = (unsigned char) it->r.flag, time_quality = it->r.time_quality;

    if (c->is_mixed && (!block_get_varint(c, &sensor) || sensor > UINT16_MAX || !block_get_u8(c, &quantity)))
        return false;
    if (!block_get_zigzag(c, &number) || !block_get_zigzag(c, &arrival) || !block_get_zigzag(c, &lag) ||
        !block_get_zigzag(c, &offset) || !block_get_u8(c, &head) || head & ~(HEAD_KIND | HEAD_LATE | HEAD_FLAGS))
        return false;
    if (head & HEAD_FLAGS && (!block_get_u8(c, &flag) || !block_get_u8(c, &time_quality)))
        return false;
    it->number = c->prev.number + 1 + number;
    it->arrival_us = (int64_t) ((uint64_t) c->prev.arrival_us + c->step_us + arrival);
    it->is_late = head & HEAD_LATE;
    it->r.t_utc_us = (int64_t) ((uint64_t) it->arrival_us - (block_lag_us(&c->prev) + lag));
    it->r.t_mono_us = (int64_t) ((uint64_t) it->r.t_utc_us - (block_offset_us(&c->prev) + offset));
    it->r.sensor = (uint16_t) sensor;
    it->r.quantity = (uint8_t) quantity;
    it->r.flag = (char) flag;
    it->r.time_quality = (uint8_t) time_quality;
    if (!get_value(c, head & HEAD_KIND, &it->r.value))
        return false;
    c->step_us = !c->has_prev ? 0 : (uint64_t) it->arrival_us - (uint64_t) c->prev.arrival_us;
    return true;
}
