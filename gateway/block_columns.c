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

#define SEGMENT 256
#define QUOTIENT_MAX 20 /* of Rice; more ones mean: 6 bits of length − 1, and the number */
#define DECIMALS_MAX 6

enum order { ORDER_VALUE, ORDER_STEP, ORDER_LINE, ORDER__COUNT };
enum coding { CODING_NONE, CODING_RICE, CODING_PACK, CODING__COUNT };
enum kind { KIND_FORM, KIND_NAN, KIND_RAW, KIND__COUNT };
enum form { FORM_FLOAT = DECIMALS_MAX + 1, FORM_DOUBLE, FORM__PRODUCT, FORM__COUNT = FORM__PRODUCT + DECIMALS_MAX };
enum column { COL_NUMBER, COL_ARRIVAL, COL_LAG, COL_OFFSET, COL_MARK, COL_SENSOR, COL_QUANTITY, COL_VALUE };

static const double power_of_ten[DECIMALS_MAX + 1] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
static const double tenth_part[DECIMALS_MAX + 1] = {1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6};

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

static unsigned width_of(uint64_t value)
{
    unsigned width = 0;

    for (; value; value >>= 1)
        width++;
    return width;
}

static unsigned varint_bits(uint64_t value)
{
    return 8 * SW_MAX(1U, (width_of(value) + 6) / 7);
}

/* ---- one column, writing ---- */

static uint64_t magnitude(uint64_t r)
{
    return r >> 63 ? 0 - r : r;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* r as a whole number of units, sign and all. */
static uint64_t rice_number(uint64_t r, uint64_t unit)
{
    uint64_t parts = magnitude(r) / unit;

    return block_zigzag(r >> 63 ? 0 - parts : parts);
}

static unsigned rice_bits(uint64_t z, unsigned k)
{
    uint64_t quotient = z >> k;

    return quotient < QUOTIENT_MAX ? (unsigned) quotient + 1 + k : QUOTIENT_MAX + 6 + SW_MAX(1U, width_of(z));
}

/* The middle one of n numbers, which change their places. */
static int64_t middle_of(int64_t *v, size_t n)
{
    size_t low = 0, high = n - 1;

    while (low < high) {
        const int64_t pivot = v[low + (high - low) / 2];
        size_t i = low, j = high;

        for (;; i++, j--) {
            while (v[i] < pivot)
                i++;
            while (v[j] > pivot)
                j--;
            if (i >= j)
                break;
            int64_t t = v[i];
            v[i] = v[j];
            v[j] = t;
        }
        if (j < n / 2)
            low = j + 1;
        else
            high = j;
    }
    return v[n / 2];
}

/* A column as it could be written, and what that takes. `center` is what the differences are counted from. */
struct fit {
    struct sw_block_column col;
    uint64_t center, bits;
};

static void keep_better(struct fit *best, struct sw_block_column col, enum coding coding, unsigned width,
                        uint64_t center, uint64_t bits)
{
    if (bits >= best->bits)
        return;
    col.coding = (uint8_t) coding;
    col.width = (uint8_t) width;
    *best = (struct fit){.col = col, .center = center, .bits = bits};
}

/* The best `width` of Rice lies near the width of the mean. */
static void try_rice(const uint64_t *y, size_t n, struct sw_block_column col, uint64_t center, uint64_t head_bits,
                     struct fit *best)
{
    uint64_t z[SEGMENT], sum = 0;
    unsigned near;

    for (size_t i = 0; i < n; i++) {
        z[i] = rice_number(y[i] - center, col.unit);
        sum += SW_MIN(z[i], UINT64_MAX / SEGMENT);
    }
    near = width_of(sum / n);
    for (unsigned k = near > 3 ? near - 3 : 0; k <= near && k < 64; k++) {
        uint64_t bits = head_bits;

        for (size_t i = 0; i < n; i++)
            bits += rice_bits(z[i], k);
        keep_better(best, col, CODING_RICE, k, center, bits);
    }
}

/* n numbers around a center of their own. */
static struct fit fit_numbers(const uint64_t *y, size_t n, struct sw_block_column col, uint64_t extra_bits)
{
    struct fit best = {.bits = UINT64_MAX};
    int64_t v[SEGMENT], least = 0, most = 0; /* relative to y[0], so that wrapped numbers keep their order */
    uint64_t center;

    col.unit = 0;
    for (size_t i = 0; i < n; i++) {
        v[i] = (int64_t) (y[i] - y[0]);
        least = SW_MIN(least, v[i]);
        most = SW_MAX(most, v[i]);
        if (v[i] && col.unit != 1)
            col.unit = gcd(col.unit, magnitude((uint64_t) v[i]));
    }
    extra_bits += 8;
    if (col.unit == 0) {
        col.unit = 1;
        keep_better(&best, col, CODING_NONE, 0, y[0], extra_bits + varint_bits(block_zigzag(y[0])));
        return best;
    }
    extra_bits += 8 + varint_bits(col.unit);
    center = y[0] + (uint64_t) middle_of(v, n);
    try_rice(y, n, col, center, extra_bits + varint_bits(block_zigzag(center)), &best);
    center = y[0] + (uint64_t) least;
    col.width = (uint8_t) width_of(((uint64_t) most - (uint64_t) least) / col.unit);
    keep_better(&best, col, CODING_PACK, col.width, center,
                extra_bits + varint_bits(block_zigzag(center)) + n * col.width);
    return best;
}

static struct fit fit_order(const uint64_t *x, size_t n, enum order order, uint64_t step)
{
    struct sw_block_column col = {.order = (uint8_t) order};
    uint64_t y[SEGMENT];
    struct fit fit;

    if (order == ORDER_STEP) {
        for (size_t i = 1; i < n; i++)
            y[i - 1] = x[i] - x[i - 1];
        fit = fit_numbers(y, n - 1, col, varint_bits(block_zigzag(x[0])));
        fit.col.base = x[0];
        fit.col.step = fit.center;
        return fit;
    }
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] - (order == ORDER_LINE ? i * step : 0);
    fit = fit_numbers(y, n, col, order == ORDER_LINE ? varint_bits(block_zigzag(step)) : 0);
    fit.col.base = fit.center;
    fit.col.step = order == ORDER_LINE ? step : 0;
    return fit;
}

/* The distance from the first to the last, in whole milliseconds an item. */
static uint64_t mean_step(const uint64_t *x, size_t n)
{
    const int64_t span = (int64_t) (x[n - 1] - x[0]), items = (int64_t) n - 1;

    return (uint64_t) (span / items / 1000 * 1000 + (span / items % 1000 >= 500 ? 1000 : 0));
}

static struct fit shorter(struct fit a, struct fit b)
{
    return b.bits < a.bits ? b : a;
}

static struct fit fit_column(const uint64_t *x, size_t n)
{
    struct fit best = fit_order(x, n, ORDER_VALUE, 0), step;

    if (n == 1 || best.col.coding == CODING_NONE)
        return best;
    step = fit_order(x, n, ORDER_STEP, 0);
    best = shorter(best, step);
    if (step.col.coding == CODING_NONE)
        return best;
    best = shorter(best, fit_order(x, n, ORDER_LINE, step.col.step));
    return shorter(best, fit_order(x, n, ORDER_LINE, mean_step(x, n)));
}

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
    z = rice_number(r, col->unit);
    if (z >> col->width < QUOTIENT_MAX) {
        put_bits(w, (1ULL << (z >> col->width)) - 1, (unsigned) (z >> col->width) + 1);
        put_bits(w, z, col->width);
    } else {
        put_bits(w, (1ULL << QUOTIENT_MAX) - 1, QUOTIENT_MAX);
        put_bits(w, SW_MAX(1U, width_of(z)) - 1, 6);
        put_bits(w, z, SW_MAX(1U, width_of(z)));
    }
}

/* ---- values ---- */

static double value_of(uint64_t number, unsigned form)
{
    double value;

    if (form <= DECIMALS_MAX)
        return (double) (int64_t) number / power_of_ten[form];
    if (form >= FORM__PRODUCT)
        return (double) (int64_t) number * tenth_part[form - FORM__PRODUCT + 1];
    if (form == FORM_FLOAT) {
        const uint32_t bits = (uint32_t) (number >> 63 ? ~number | 0x80000000U : number);
        float narrow;

        memcpy(&narrow, &bits, sizeof(narrow));
        return (double) narrow;
    }
    if (number >> 63)
        number = ~number | 1ULL << 63;
    memcpy(&value, &number, sizeof(value));
    return value;
}

/* A whole number that stands for the value in this form. @return false: it cannot give back the very same bits */
static bool number_of(double value, unsigned form, uint64_t *ret)
{
    if (form == FORM_FLOAT) {
        float narrow;
        uint32_t bits;

        if (isnan(value) || (isfinite(value) && fabs(value) > 3e38))
            return false;
        narrow = (float) value;
        memcpy(&bits, &narrow, sizeof(bits));
        *ret = bits >> 31 ? ~(uint64_t) (bits & 0x7fffffff) : bits; /* so that numbers rise with values */
    } else if (form == FORM_DOUBLE) {
        *ret = block_bits_of(value);
        if (*ret >> 63)
            *ret = ~(*ret & INT64_MAX);
    } else {
        const double scaled = value * power_of_ten[form <= DECIMALS_MAX ? form : form - FORM__PRODUCT + 1];

        if (!(fabs(scaled) < 9e15))
            return false;
        *ret = (uint64_t) llround(scaled);
    }
    return block_bits_of(value_of(*ret, form)) == block_bits_of(value);
}

struct values {
    uint64_t x[SEGMENT];
    uint8_t kind[SEGMENT];
    unsigned form;
    struct fit fit;
};

/* All values in one form; what it cannot hold stays raw, and repeats the number before it in the column. */
static void try_form(const struct sw_block_item *items, size_t n, unsigned form, struct values *ret)
{
    uint64_t last = 0, raw = 0;
    size_t first = n;

    ret->form = form;
    for (size_t i = 0; i < n; i++) {
        const bool is_nan = block_bits_of(items[i].r.value) == block_bits_of((double) NAN);
        const bool is_exact = !is_nan && number_of(items[i].r.value, form, &last);

        ret->kind[i] = is_nan ? KIND_NAN : is_exact ? KIND_FORM : KIND_RAW;
        raw += ret->kind[i] == KIND_RAW;
        if (!is_exact)
            last = i ? ret->x[i - 1] : 0;
        else if (first == n)
            first = i;
        ret->x[i] = last;
    }
    for (size_t i = 0; first < n && i < first; i++)
        ret->x[i] = ret->x[first];
    ret->fit = fit_column(ret->x, n);
    ret->fit.bits += 64 * raw;
}

/* The fewest decimals that hold as many values as can be held by decimals, from the form `least` on. */
static unsigned decimals_of(const struct sw_block_item *items, size_t n, unsigned least, bool *ret_all)
{
    const unsigned end = least + DECIMALS_MAX + (least == 0);
    unsigned most = least;
    uint64_t number;

    *ret_all = true;
    for (size_t i = 0; i < n; i++) {
        unsigned form = most;

        if (block_bits_of(items[i].r.value) == block_bits_of((double) NAN))
            continue;
        while (form < end && !number_of(items[i].r.value, form, &number))
            form++;
        if (form < end)
            most = form;
        else
            *ret_all = false;
    }
    return most;
}

static void choose_values(const struct sw_block_item *items, size_t n, struct values *ret)
{
    bool is_all, is_all_product;
    const unsigned decimals = decimals_of(items, n, 0, &is_all);
    const unsigned others[] = {decimals_of(items, n, FORM__PRODUCT, &is_all_product), FORM_FLOAT, FORM_DOUBLE};
    struct values other;

    try_form(items, n, decimals, ret);
    for (size_t i = 0; i < SW_ARRAY_SIZE(others) && !is_all; i++) {
        try_form(items, n, others[i], &other);
        if (other.fit.bits < ret->fit.bits)
            *ret = other;
        is_all = i == 0 && is_all_product;
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
    uint64_t x[SW_BLOCK_COLUMNS][SEGMENT];
    struct values values;

    choose_values(items, n, &values);
    for (unsigned c = 0; c < SW_BLOCK_COLUMNS; c++) {
        col[c] = none;
        if (!has_column(c, is_mixed))
            continue;
        for (size_t i = 0; i < n; i++)
            x[c][i] = c == COL_VALUE ? values.x[i] : number_in(&items[i], c, values.kind[i]);
        col[c] = c == COL_VALUE ? values.fit.col : fit_column(x[c], n).col;
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
    for (size_t i = 0; i < n && !w->overflow; i += SEGMENT)
        put_segment(w, items + i, SW_MIN(n - i, (size_t) SEGMENT), is_mixed);
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
    c->segment_left = (unsigned) SW_MIN(c->left, (uint64_t) SEGMENT);
    return true;
}

static bool get_rice(struct sw_block_cursor *c, unsigned k, uint64_t *ret)
{
    uint64_t bit, low, quotient = 0;

    while (quotient < QUOTIENT_MAX) {
        if (!get_bits(c, 1, &bit))
            return false;
        if (!bit)
            break;
        quotient++;
    }
    if (quotient == QUOTIENT_MAX)
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
        it->r.value = kind == KIND_NAN ? (double) NAN : value_of(x[COL_VALUE], c->form);
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
