// SPDX-License-Identifier: Apache-2.0
/* Codec of stored readings. Version 1: times as the difference to a prediction (steady polling makes them one or two
 * bytes), values as hundredths where that is exact, else as float, else as double.
 *
 *   u8 version, u8 flags (1 = mixed), varint n, then each item:
 *   [mixed: varint sensor, u8 quantity] · zz number − prev − 1 · zz arrival − (prev + last step)
 *   · zz change of (arrival − t_utc) · zz change of (t_utc − t_mono) · u8 head [· u8 flag, u8 time quality] [· value]
 *
 * All differences wrap in 64 bits, so that any pair of instants survives. */
#include "gateway/block.h"

#include <math.h>
#include <string.h>

#define VERSION 1
#define FLAG_MIXED 1

enum value_kind { VALUE_CENTI = 0, VALUE_FLOAT = 1, VALUE_DOUBLE = 2, VALUE_NAN = 3 };
#define HEAD_KIND 3u
#define HEAD_LATE 4u
#define HEAD_FLAGS 8u /* flag and time quality follow; else they are as before */

struct writer {
    unsigned char *at, *end;
    bool overflow;
};

static void put_u8(struct writer *w, unsigned value)
{
    if (w->at < w->end)
        *w->at++ = (unsigned char) value;
    else
        w->overflow = true;
}

static void put_varint(struct writer *w, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put_u8(w, (unsigned) (value & 0x7f) | 0x80);
    put_u8(w, (unsigned) value);
}

/* Small differences of either sign become small numbers. */
static void put_zigzag(struct writer *w, uint64_t difference)
{
    put_varint(w, (difference << 1) ^ (difference >> 63 ? UINT64_MAX : 0));
}

static void put_le(struct writer *w, uint64_t bits, int bytes)
{
    for (int i = 0; i < bytes; i++)
        put_u8(w, (unsigned) (bits >> (8 * i)) & 0xff);
}

static uint64_t bits_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

/* The shortest form that gives back the very same bits. */
static enum value_kind classify(double value, int64_t *ret_centi, float *ret_float)
{
    if (bits_of(value) == bits_of((double) NAN))
        return VALUE_NAN;
    if (value > -1e12 && value < 1e12) {
        *ret_centi = llround(value * 100.0);
        if (bits_of((double) *ret_centi / 100.0) == bits_of(value))
            return VALUE_CENTI;
    }
    if (isfinite(value) && fabs(value) < 3e38) {
        *ret_float = (float) value;
        if (bits_of((double) *ret_float) == bits_of(value))
            return VALUE_FLOAT;
    }
    return VALUE_DOUBLE;
}

static void put_value(struct writer *w, enum value_kind kind, double value, int64_t centi, float narrow,
                      uint64_t *prev_centi)
{
    uint32_t bits;

    switch (kind) {
    case VALUE_CENTI:
        put_zigzag(w, (uint64_t) centi - *prev_centi);
        *prev_centi = (uint64_t) centi;
        break;
    case VALUE_FLOAT:
        memcpy(&bits, &narrow, sizeof(bits));
        put_le(w, bits, 4);
        break;
    case VALUE_DOUBLE:
        put_le(w, bits_of(value), 8);
        break;
    case VALUE_NAN:
        break;
    }
}

/* Distances that stay nearly the same from reading to reading. */
static uint64_t lag_us(const struct sw_block_item *it)
{
    return (uint64_t) it->arrival_us - (uint64_t) it->r.t_utc_us;
}

static uint64_t offset_us(const struct sw_block_item *it)
{
    return (uint64_t) it->r.t_utc_us - (uint64_t) it->r.t_mono_us;
}

/* What the first item refers to. */
static struct sw_block_item origin(void)
{
    return (struct sw_block_item){.r = {.flag = 'N', .time_quality = SW_TIME_SYNCED}};
}

size_t sw_block_encode(const struct sw_block_item *items, size_t n, bool is_mixed, unsigned char *buf, size_t cap)
{
    struct writer w = {.at = buf, .end = buf + cap};
    struct sw_block_item prev = origin();
    uint64_t step_us = 0, prev_centi = 0;

    put_u8(&w, VERSION);
    put_u8(&w, is_mixed ? FLAG_MIXED : 0);
    put_varint(&w, n);
    for (size_t i = 0; i < n; i++) {
        const struct sw_block_item *it = &items[i];
        int64_t centi = 0;
        float narrow = 0;
        enum value_kind kind = classify(it->r.value, &centi, &narrow);
        bool same = it->r.flag == prev.r.flag && it->r.time_quality == prev.r.time_quality;

        if (is_mixed) {
            put_varint(&w, it->r.sensor);
            put_u8(&w, it->r.quantity);
        }
        put_zigzag(&w, it->number - prev.number - 1);
        put_zigzag(&w, (uint64_t) it->arrival_us - (uint64_t) prev.arrival_us - step_us);
        put_zigzag(&w, lag_us(it) - lag_us(&prev));
        put_zigzag(&w, offset_us(it) - offset_us(&prev));
        put_u8(&w, kind | (it->is_late ? HEAD_LATE : 0) | (same ? 0 : HEAD_FLAGS));
        if (!same) {
            put_u8(&w, (unsigned char) it->r.flag);
            put_u8(&w, it->r.time_quality);
        }
        put_value(&w, kind, it->r.value, centi, narrow, &prev_centi);
        step_us = i ? (uint64_t) it->arrival_us - (uint64_t) prev.arrival_us : 0;
        prev = *it;
    }
    return w.overflow ? 0 : (size_t) (w.at - buf);
}

static bool get_u8(struct sw_block_cursor *c, unsigned *ret)
{
    if (c->at >= c->end)
        return false;
    *ret = *c->at++;
    return true;
}

static bool get_varint(struct sw_block_cursor *c, uint64_t *ret)
{
    uint64_t value = 0;
    unsigned byte;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (!get_u8(c, &byte) || (shift == 63 && byte > 1))
            return false;
        value |= (uint64_t) (byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *ret = value;
            return true;
        }
    }
    return false;
}

static bool get_zigzag(struct sw_block_cursor *c, uint64_t *ret)
{
    uint64_t raw;

    if (!get_varint(c, &raw))
        return false;
    *ret = (raw >> 1) ^ (raw & 1 ? UINT64_MAX : 0);
    return true;
}

static bool get_le(struct sw_block_cursor *c, int bytes, uint64_t *ret)
{
    uint64_t bits = 0;
    unsigned byte;

    for (int i = 0; i < bytes; i++) {
        if (!get_u8(c, &byte))
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
        if (!get_zigzag(c, &change))
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

int sw_block_open(struct sw_block_cursor *c, const void *buf, size_t len, uint16_t sensor, uint8_t quantity,
                  struct sw_err *err)
{
    unsigned version, flags;

    *c = (struct sw_block_cursor){.at = buf, .end = (const unsigned char *) buf + len, .prev = origin()};
    c->prev.r.sensor = sensor;
    c->prev.r.quantity = quantity;
    if (!get_u8(c, &version) || !get_u8(c, &flags))
        return sw_err_set(err, SW_E_CORRUPT, 0, "block of %zu bytes: cut off", len);
    if (version > VERSION)
        return sw_err_set(err, SW_E_CONFLICT, (int) version, "block of version %u, this program knows up to %d",
                          version, VERSION);
    if (version == 0 || flags & ~(unsigned) FLAG_MIXED || !get_varint(c, &c->left) || c->left > len)
        return sw_err_set(err, SW_E_CORRUPT, 0, "block of %zu bytes: its head is not one of ours", len);
    c->is_mixed = flags & FLAG_MIXED;
    return SW_OK;
}

static bool get_item(struct sw_block_cursor *c, struct sw_block_item *it, bool is_first)
{
    uint64_t sensor = it->r.sensor, number, arrival, lag, offset;
    unsigned quantity = it->r.quantity, head, flag = (unsigned char) it->r.flag, time_quality = it->r.time_quality;

    if (c->is_mixed && (!get_varint(c, &sensor) || sensor > UINT16_MAX || !get_u8(c, &quantity)))
        return false;
    if (!get_zigzag(c, &number) || !get_zigzag(c, &arrival) || !get_zigzag(c, &lag) || !get_zigzag(c, &offset) ||
        !get_u8(c, &head) || head & ~(HEAD_KIND | HEAD_LATE | HEAD_FLAGS))
        return false;
    if (head & HEAD_FLAGS && (!get_u8(c, &flag) || !get_u8(c, &time_quality)))
        return false;
    it->number = c->prev.number + 1 + number;
    it->arrival_us = (int64_t) ((uint64_t) c->prev.arrival_us + c->step_us + arrival);
    it->is_late = head & HEAD_LATE;
    it->r.t_utc_us = (int64_t) ((uint64_t) it->arrival_us - (lag_us(&c->prev) + lag));
    it->r.t_mono_us = (int64_t) ((uint64_t) it->r.t_utc_us - (offset_us(&c->prev) + offset));
    it->r.sensor = (uint16_t) sensor;
    it->r.quantity = (uint8_t) quantity;
    it->r.flag = (char) flag;
    it->r.time_quality = (uint8_t) time_quality;
    if (!get_value(c, head & HEAD_KIND, &it->r.value))
        return false;
    c->step_us = is_first ? 0 : (uint64_t) it->arrival_us - (uint64_t) c->prev.arrival_us;
    return true;
}

int sw_block_next(struct sw_block_cursor *c, struct sw_block_item *ret, struct sw_err *err)
{
    struct sw_block_item it = c->prev;

    if (c->left == 0) {
        if (c->at != c->end)
            return sw_err_set(err, SW_E_CORRUPT, 0, "block: %td bytes too many", c->end - c->at);
        return 0;
    }
    if (!get_item(c, &it, !c->has_prev))
        return sw_err_set(err, SW_E_CORRUPT, 0, "block: cut off with %llu readings to come",
                          (unsigned long long) c->left);
    c->has_prev = true;
    c->left--;
    c->prev = it;
    *ret = it;
    return 1;
}
