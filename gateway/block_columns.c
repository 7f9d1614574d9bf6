// SPDX-License-Identifier: Apache-2.0
/* Blocks of version 2: each number of a reading is a column that is predicted, and only what differs from the
 * prediction takes bits. A steady minute of whole milliseconds costs the bits of its values.
 *
 * Items come in segments of 256 at most (the last is shorter; how long is told by n). A segment is
 *   for each column: u8 head = order + 3 × coding · zz base · [zz step] · [u8 width · varint unit]
 *   u8 form of the values, before the column of values
 *   bits, lowest first, up to a whole byte: for each item in turn the code of each column [· 64 bits of a raw value]
 *
 *   columns  number, arrival, arrival − t_utc, t_utc − t_mono, mark, [mixed: sensor, quantity], value
 *   order    0: base + r · 1: the one before + step + r, the first = base · 2: base + i × step + r
 *   coding   0: every r is 0, no bits · 1: r = unit × signed, Rice of `width` · 2: r = unit × `width` bits
 *   mark     flag + time quality × 2^8 + late × 2^16 + kind × 2^17 (kind 1: the usual NaN, 2: raw bits)
 *   value    form 0 to 6: a whole number / 10^form; 7: of the bits of a float; 8: of a double; 9 to 14: a whole number
 *            × 10^(8 − form), which is what a register times its scale gives: 4987 × 0.01 is not the double 49.87
 *
 * All arithmetic wraps in 64 bits, so that any numbers survive. The writer tries what there is and takes the shortest,
 * the first of equals: the same items always give the same bytes. */
#include <math.h>

#include "common/macros.h"
#include "gateway/block_int.h"

enum column { COL_NUMBER, COL_ARRIVAL, COL_LAG, COL_OFFSET, COL_MARK, COL_SENSOR, COL_QUANTITY, COL_VALUE };

/* ---- bits ---- */

static void put_bits(struct block_writer *w, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        if (w->bit == 0 && w->at >= w->end) {
            w->overflow = true;
            return;
        }
        if (w->bit == 0)
            *w->at = 0;
        *w->at = (unsigned char) (*w->at | (value >> i & 1) << w->bit);
        w->bit = (w->bit + 1) % 8;
        w->at += w->bit == 0;
    }
}

static void end_bits(struct block_writer *w)
{
    w->at += w->bit != 0;
    w->bit = 0;
}

static bool get_bits(struct sw_block_cursor *c, unsigned width, uint64_t *ret)
{
    uint64_t value = 0;

    for (unsigned done = 0, take; done < width; done += take) {
        if (c->at >= c->end)
            return false;
        take = SW_MIN(8 - c->bit, width - done);
        value |= (uint64_t) ((*c->at >> c->bit) & ((1U << take) - 1)) << done;
        c->bit = (c->bit + take) % 8;
        c->at += c->bit == 0;
    }
    *ret = value;
    return true;
}

/* ---- one column ---- */

static void put_column(struct block_writer *w, const struct sw_block_column *col)
{
    block_put_u8(w, col->order + 3U * col->coding);
    block_put_zigzag(w, col->base);
    if (col->order != ORDER_VALUE)
        block_put_zigzag(w, col->step);
    if (col->coding != CODING_NONE) {
        block_put_u8(w, col->width);
        block_put_varint(w, col->unit);
    }
}

static void put_code(struct block_writer *w, const struct sw_block_column *col, const uint64_t *x, size_t i)
{
    uint64_t r, z;

    if (col->coding == CODING_NONE || (col->order == ORDER_STEP && i == 0))
        return;
    r = x[i] - (col->order == ORDER_STEP ? x[i - 1] + col->step : col->base + (uint64_t) i * col->step);
    if (col->coding == CODING_PACK) {
        put_bits(w, r / col->unit, col->width);
        return;
    }
    z = block_rice_number(r, col->unit);
    if (z >> col->width < BLOCK_QUOTIENT_MAX) {
        put_bits(w, (1ULL << (z >> col->width)) - 1, (unsigned) (z >> col->width) + 1);
        put_bits(w, z, col->width);
    } else {
        put_bits(w, (1ULL << BLOCK_QUOTIENT_MAX) - 1, BLOCK_QUOTIENT_MAX);
        put_bits(w, SW_MAX(1U, block_width_of(z)) - 1, 6);
        put_bits(w, z, SW_MAX(1U, block_width_of(z)));
    }
}

/* ---- segments ---- */

static uint64_t number_in(const struct sw_block_item *it, unsigned col, unsigned kind)
{
    switch ((enum column) col) {
    case COL_NUMBER:
        return it->number;
    case COL_ARRIVAL:
        return (uint64_t) it->arrival_us;
    case COL_LAG:
        return block_lag_us(it);
    case COL_OFFSET:
        return block_offset_us(it);
    case COL_MARK:
        return (unsigned char) it->r.flag | (uint64_t) it->r.time_quality << 8 | (uint64_t) it->is_late << 16 |
               (uint64_t) kind << 17;
    case COL_SENSOR:
        return it->r.sensor;
    case COL_QUANTITY:
        return it->r.quantity;
    case COL_VALUE:
        break;
    }
    return 0;
}

static bool has_column(unsigned col, bool is_mixed)
{
    return is_mixed || (col != COL_SENSOR && col != COL_QUANTITY);
}

static void put_segment(struct block_writer *w, const struct sw_block_item *items, size_t n, bool is_mixed)
{
    static const struct sw_block_column none = {0};
    struct sw_block_column col[SW_BLOCK_COLUMNS];
    uint64_t x[SW_BLOCK_COLUMNS][BLOCK_SEGMENT];
    struct block_values values;

    block_choose_values(items, n, &values);
    for (unsigned c = 0; c < SW_BLOCK_COLUMNS; c++) {
        col[c] = none;
        if (!has_column(c, is_mixed))
            continue;
        for (size_t i = 0; i < n; i++)
            x[c][i] = c == COL_VALUE ? values.x[i] : number_in(&items[i], c, values.kind[i]);
        col[c] = c == COL_VALUE ? values.fit.col : block_fit_column(x[c], n).col;
        if (c == COL_VALUE)
            block_put_u8(w, values.form);
        put_column(w, &col[c]);
    }
    for (size_t i = 0; i < n && !w->overflow; i++) {
        for (unsigned c = 0; c < SW_BLOCK_COLUMNS; c++)
            put_code(w, &col[c], x[c], i);
        if (values.kind[i] == KIND_RAW)
            put_bits(w, block_bits_of(items[i].r.value), 64);
    }
    end_bits(w);
}

void block_write_2(struct block_writer *w, const struct sw_block_item *items, size_t n, bool is_mixed)
{
    for (size_t i = 0; i < n && !w->overflow; i += BLOCK_SEGMENT)
        put_segment(w, items + i, SW_MIN(n - i, (size_t) BLOCK_SEGMENT), is_mixed);
}

/* ---- reading ---- */

static bool get_column(struct sw_block_cursor *c, struct sw_block_column *col)
{
    unsigned head, width = 0;

    *col = (struct sw_block_column){.unit = 1};
    if (!block_get_u8(c, &head) || head >= ORDER__COUNT * CODING__COUNT)
        return false;
    col->order = (uint8_t) (head % ORDER__COUNT);
    col->coding = (uint8_t) (head / ORDER__COUNT);
    if (!block_get_zigzag(c, &col->base) || (col->order != ORDER_VALUE && !block_get_zigzag(c, &col->step)))
        return false;
    if (col->coding != CODING_NONE && (!block_get_u8(c, &width) || width > (col->coding == CODING_RICE ? 63 : 64) ||
                                       !block_get_varint(c, &col->unit)))
        return false;
    col->width = (uint8_t) width;
    return true;
}

static bool get_segment(struct sw_block_cursor *c)
{
    unsigned form;

    for (unsigned i = 0; i < SW_BLOCK_COLUMNS; i++) {
        c->column[i] = (struct sw_block_column){0};
        if (!has_column(i, c->is_mixed))
            continue;
        if (i == COL_VALUE) {
            if (!block_get_u8(c, &form) || form >= FORM__COUNT)
                return false;
            c->form = (uint8_t) form;
        }
        if (!get_column(c, &c->column[i]))
            return false;
    }
    c->segment_left = (unsigned) SW_MIN(c->left, (uint64_t) BLOCK_SEGMENT);
    return true;
}

static bool get_rice(struct sw_block_cursor *c, unsigned k, uint64_t *ret)
{
    uint64_t bit, low, quotient = 0;

    while (quotient < BLOCK_QUOTIENT_MAX) {
        if (!get_bits(c, 1, &bit))
            return false;
        if (!bit)
            break;
        quotient++;
    }
    if (quotient == BLOCK_QUOTIENT_MAX)
        return get_bits(c, 6, &low) && get_bits(c, (unsigned) low + 1, ret);
    if (!get_bits(c, k, &low))
        return false;
    *ret = quotient << k | low;
    return true;
}

/* The column's next number. It moves the base along: to the number before, or the point of the line. */
static bool get_number(struct sw_block_cursor *c, struct sw_block_column *col, bool is_first, uint64_t *ret)
{
    uint64_t r = 0;

    if (col->order == ORDER_STEP && is_first) {
        *ret = col->base;
        return true;
    }
    if (col->coding == CODING_RICE) {
        if (!get_rice(c, col->width, &r))
            return false;
        r = block_unzigzag(r);
    } else if (col->coding == CODING_PACK && !get_bits(c, col->width, &r)) {
        return false;
    }
    r *= col->unit;
    if (col->order == ORDER_STEP || (col->order == ORDER_LINE && !is_first))
        col->base += col->step;
    *ret = col->base + r;
    if (col->order == ORDER_STEP)
        col->base = *ret;
    return true;
}

bool block_next_2(struct sw_block_cursor *c, struct sw_block_item *it)
{
    const bool is_first = c->segment_left == 0;
    uint64_t x[SW_BLOCK_COLUMNS] = {0}, kind;

    if (is_first && !get_segment(c))
        return false;
    for (unsigned i = 0; i < SW_BLOCK_COLUMNS; i++)
        if (has_column(i, c->is_mixed) && !get_number(c, &c->column[i], is_first, &x[i]))
            return false;
    kind = x[COL_MARK] >> 17;
    if (kind >= KIND__COUNT || (c->is_mixed && (x[COL_SENSOR] > UINT16_MAX || x[COL_QUANTITY] > UINT8_MAX)))
        return false;
    if (kind == KIND_RAW) {
        if (!get_bits(c, 64, &x[COL_VALUE]))
            return false;
        memcpy(&it->r.value, &x[COL_VALUE], sizeof(it->r.value));
    } else {
        it->r.value = kind == KIND_NAN ? (double) NAN : block_value_of(x[COL_VALUE], c->form);
    }
    it->number = x[COL_NUMBER];
    it->arrival_us = (int64_t) x[COL_ARRIVAL];
    it->r.t_utc_us = (int64_t) (x[COL_ARRIVAL] - x[COL_LAG]);
    it->r.t_mono_us = (int64_t) (x[COL_ARRIVAL] - x[COL_LAG] - x[COL_OFFSET]);
    it->r.flag = (char) (x[COL_MARK] & 0xff);
    it->r.time_quality = (uint8_t) (x[COL_MARK] >> 8 & 0xff);
    it->is_late = x[COL_MARK] >> 16 & 1;
    if (c->is_mixed) {
        it->r.sensor = (uint16_t) x[COL_SENSOR];
        it->r.quantity = (uint8_t) x[COL_QUANTITY];
    }
    if (--c->segment_left == 0) { /* the next one begins at a whole byte */
        c->at += c->bit != 0;
        c->bit = 0;
    }
    return true;
}
