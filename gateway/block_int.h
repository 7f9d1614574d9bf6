// SPDX-License-Identifier: Apache-2.0
/* What the two versions of stored blocks share; nobody but block*.c includes it. */
#ifndef SW_GATEWAY_BLOCK_INT_H
#define SW_GATEWAY_BLOCK_INT_H

#include <string.h>

#include "gateway/block.h"

/* ---- writing ---- */

struct block_writer {
    unsigned char *at, *end;
    unsigned bit; /* bits of *at that are taken; whole bytes are put only when it is 0 */
    bool overflow;
};

static inline void block_put_u8(struct block_writer *w, unsigned value)
{
    if (w->at < w->end)
        *w->at++ = (unsigned char) value;
    else
        w->overflow = true;
}

static inline void block_put_varint(struct block_writer *w, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        block_put_u8(w, (unsigned) (value & 0x7f) | 0x80);
    block_put_u8(w, (unsigned) value);
}

/* Small differences of either sign become small numbers, and back. */
static inline uint64_t block_zigzag(uint64_t difference)
{
    return (difference << 1) ^ (difference >> 63 ? UINT64_MAX : 0);
}

static inline uint64_t block_unzigzag(uint64_t raw)
{
    return (raw >> 1) ^ (raw & 1 ? UINT64_MAX : 0);
}

static inline void block_put_zigzag(struct block_writer *w, uint64_t difference)
{
    block_put_varint(w, block_zigzag(difference));
}

/* ---- reading ---- */

static inline bool block_get_u8(struct sw_block_cursor *c, unsigned *ret)
{
    if (c->at >= c->end)
        return false;
    *ret = *c->at++;
    return true;
}

bool block_get_varint(struct sw_block_cursor *c, uint64_t *ret);
bool block_get_zigzag(struct sw_block_cursor *c, uint64_t *ret);

/* ---- items ---- */

static inline uint64_t block_bits_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

/* Distances that stay nearly the same from reading to reading. */
static inline uint64_t block_lag_us(const struct sw_block_item *it)
{
    return (uint64_t) it->arrival_us - (uint64_t) it->r.t_utc_us;
}

static inline uint64_t block_offset_us(const struct sw_block_item *it)
{
    return (uint64_t) it->r.t_utc_us - (uint64_t) it->r.t_mono_us;
}

/* block_items.c: version 1, an item after the other */
void block_write_1(struct block_writer *w, const struct sw_block_item *items, size_t n, bool is_mixed);
bool block_next_1(struct sw_block_cursor *c, struct sw_block_item *it);

/* ---- version 2: what its two files share ---- */

#define BLOCK_SEGMENT 256
#define BLOCK_QUOTIENT_MAX 20 /* of Rice; more ones mean: 6 bits of length − 1, and the number */
#define BLOCK_DECIMALS_MAX 6

enum order { ORDER_VALUE, ORDER_STEP, ORDER_LINE, ORDER__COUNT };
enum coding { CODING_NONE, CODING_RICE, CODING_PACK, CODING__COUNT };
enum kind { KIND_FORM, KIND_NAN, KIND_RAW, KIND__COUNT };
enum form {
    FORM_FLOAT = BLOCK_DECIMALS_MAX + 1,
    FORM_DOUBLE,
    FORM__PRODUCT,
    FORM__COUNT = FORM__PRODUCT + BLOCK_DECIMALS_MAX
};

static inline unsigned block_width_of(uint64_t value)
{
    unsigned width = 0;

    for (; value; value >>= 1)
        width++;
    return width;
}

static inline uint64_t block_magnitude(uint64_t r)
{
    return r >> 63 ? 0 - r : r;
}

/* r as a whole number of units, sign and all. */
static inline uint64_t block_rice_number(uint64_t r, uint64_t unit)
{
    uint64_t parts = block_magnitude(r) / unit;

    return block_zigzag(r >> 63 ? 0 - parts : parts);
}

/* A column as it could be written, and what that takes. `center` is what the differences are counted from. */
struct block_fit {
    struct sw_block_column col;
    uint64_t center, bits;
};

struct block_values {
    uint64_t x[BLOCK_SEGMENT];
    uint8_t kind[BLOCK_SEGMENT];
    unsigned form;
    struct block_fit fit;
};

/* block_fit.c */
struct block_fit block_fit_column(const uint64_t *x, size_t n); /* the shortest way to write these, n from 1 */
void block_choose_values(const struct sw_block_item *items, size_t n, struct block_values *ret);
double block_value_of(uint64_t number, unsigned form); /* a double from the number that stands for it */

/* block_columns.c: version 2 */
void block_write_2(struct block_writer *w, const struct sw_block_item *items, size_t n, bool is_mixed);
bool block_next_2(struct sw_block_cursor *c, struct sw_block_item *it);

#endif
