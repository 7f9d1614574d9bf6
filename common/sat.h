// SPDX-License-Identifier: Apache-2.0
/* Sums of numbers that somebody else wrote: they end at the edges of int64_t instead of overflowing. Pure; any thread.
 */
#ifndef SW_COMMON_SAT_H
#define SW_COMMON_SAT_H

#include <stdint.h>

static inline int64_t sw_sat_add(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? INT64_MIN : INT64_MAX) : sum;
}

static inline int64_t sw_sat_sub(int64_t a, int64_t b)
{
    int64_t difference;

    return __builtin_sub_overflow(a, b, &difference) ? (b > 0 ? INT64_MIN : INT64_MAX) : difference;
}

static inline int64_t sw_sat_mul(int64_t a, int64_t b)
{
    int64_t product;

    return __builtin_mul_overflow(a, b, &product) ? ((a < 0) != (b < 0) ? INT64_MIN : INT64_MAX) : product;
}

#endif
