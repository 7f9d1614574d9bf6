// SPDX-License-Identifier: Apache-2.0
/* How the columns of a block of version 2 are written in the fewest bits: which order, which coding, which form of the
 * values. What the choices mean is in block_columns.c. All of it tried and counted, nothing guessed: so the same items
 * always give the same bytes. */
#include <math.h>

#include "common/macros.h"
#include "gateway/block_int.h"

static const double power_of_ten[BLOCK_DECIMALS_MAX + 1] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
static const double tenth_part[BLOCK_DECIMALS_MAX + 1] = {1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6};

static unsigned varint_bits(uint64_t value)
{
    return 8 * SW_MAX(1U, (block_width_of(value) + 6) / 7);
}

/* ---- one column, writing ---- */

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static unsigned rice_bits(uint64_t z, unsigned k)
{
    uint64_t quotient = z >> k;

    return quotient < BLOCK_QUOTIENT_MAX ? (unsigned) quotient + 1 + k
                                         : BLOCK_QUOTIENT_MAX + 6 + SW_MAX(1U, block_width_of(z));
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

static void keep_better(struct block_fit *best, struct sw_block_column col, enum coding coding, unsigned width,
                        uint64_t center, uint64_t bits)
{
    if (bits >= best->bits)
        return;
    col.coding = (uint8_t) coding;
    col.width = (uint8_t) width;
    *best = (struct block_fit){.col = col, .center = center, .bits = bits};
}

/* The best `width` of Rice lies near the width of the mean. */
static void try_rice(const uint64_t *y, size_t n, struct sw_block_column col, uint64_t center, uint64_t head_bits,
                     struct block_fit *best)
{
    uint64_t z[BLOCK_SEGMENT], sum = 0;
    unsigned near;

    for (size_t i = 0; i < n; i++) {
        z[i] = block_rice_number(y[i] - center, col.unit);
        sum += SW_MIN(z[i], UINT64_MAX / BLOCK_SEGMENT);
    }
    near = block_width_of(sum / SW_MAX(n, (size_t) 1));
    for (unsigned k = near > 3 ? near - 3 : 0; k <= near && k < 64; k++) {
        uint64_t bits = head_bits;

        for (size_t i = 0; i < n; i++)
            bits += rice_bits(z[i], k);
        keep_better(best, col, CODING_RICE, k, center, bits);
    }
}

/* n numbers around a center of their own. */
static struct block_fit fit_numbers(const uint64_t *y, size_t n, struct sw_block_column col, uint64_t extra_bits)
{
    struct block_fit best = {.bits = UINT64_MAX};
    int64_t v[BLOCK_SEGMENT], least = 0, most = 0; /* relative to y[0], so that wrapped numbers keep their order */
    uint64_t center;

    if (n == 0)
        return best;
    col.unit = 0;
    for (size_t i = 0; i < n; i++) {
        v[i] = (int64_t) (y[i] - y[0]);
        least = SW_MIN(least, v[i]);
        most = SW_MAX(most, v[i]);
        if (v[i] && col.unit != 1)
            col.unit = gcd(col.unit, block_magnitude((uint64_t) v[i]));
    }
    if ((uint64_t) most - (uint64_t) least > INT64_MAX)
        col.unit = 1; /* differences to a center wrap then, and a wrapped one is no multiple of anything */
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
    col.width = (uint8_t) block_width_of(((uint64_t) most - (uint64_t) least) / col.unit);
    keep_better(&best, col, CODING_PACK, col.width, center,
                extra_bits + varint_bits(block_zigzag(center)) + n * col.width);
    return best;
}

static struct block_fit fit_order(const uint64_t *x, size_t n, enum order order, uint64_t step)
{
    struct sw_block_column col = {.order = (uint8_t) order};
    uint64_t y[BLOCK_SEGMENT];
    struct block_fit fit;

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

static struct block_fit shorter(struct block_fit a, struct block_fit b)
{
    return b.bits < a.bits ? b : a;
}

struct block_fit block_fit_column(const uint64_t *x, size_t n)
{
    struct block_fit best = fit_order(x, n, ORDER_VALUE, 0), step;

    if (n == 1 || best.col.coding == CODING_NONE)
        return best;
    step = fit_order(x, n, ORDER_STEP, 0);
    best = shorter(best, step);
    if (step.col.coding == CODING_NONE)
        return best;
    best = shorter(best, fit_order(x, n, ORDER_LINE, step.col.step));
    return shorter(best, fit_order(x, n, ORDER_LINE, mean_step(x, n)));
}

/* ---- values ---- */

double block_value_of(uint64_t number, unsigned form)
{
    double value;

    if (form <= BLOCK_DECIMALS_MAX)
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
        const double scaled = value * power_of_ten[form <= BLOCK_DECIMALS_MAX ? form : form - FORM__PRODUCT + 1];

        if (!(fabs(scaled) < 9e15))
            return false;
        *ret = (uint64_t) llround(scaled);
    }
    return block_bits_of(block_value_of(*ret, form)) == block_bits_of(value);
}

/* All values in one form; what it cannot hold stays raw, and repeats the number before it in the column. */
static void try_form(const struct sw_block_item *items, size_t n, unsigned form, struct block_values *ret)
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
    ret->fit = block_fit_column(ret->x, n);
    ret->fit.bits += 64 * raw;
}

/* The fewest decimals that hold as many values as can be held by decimals, from the form `least` on. */
static unsigned decimals_of(const struct sw_block_item *items, size_t n, unsigned least, bool *ret_all)
{
    const unsigned end = least + BLOCK_DECIMALS_MAX + (least == 0);
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

void block_choose_values(const struct sw_block_item *items, size_t n, struct block_values *ret)
{
    bool is_all, is_all_product;
    const unsigned decimals = decimals_of(items, n, 0, &is_all);
    const unsigned others[] = {decimals_of(items, n, FORM__PRODUCT, &is_all_product), FORM_FLOAT, FORM_DOUBLE};
    struct block_values other;

    try_form(items, n, decimals, ret);
    for (size_t i = 0; i < SW_ARRAY_SIZE(others) && !is_all; i++) {
        try_form(items, n, others[i], &other);
        if (other.fit.bits < ret->fit.bits)
            *ret = other;
        is_all = i == 0 && is_all_product;
    }
}
