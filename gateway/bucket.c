// SPDX-License-Identifier: Apache-2.0
#include "gateway/bucket.h"

#include "common/macros.h"

/* A token in time: the bucket is as many of these short of full as were taken. Rounded up: never faster than asked. */
static int64_t token_us(const struct sw_bucket *b)
{
    return (1000000 + (int64_t) b->rate - 1) / b->rate;
}

int64_t sw_bucket_ready_us(const struct sw_bucket *b)
{
    if (b->rate == 0)
        return INT64_MIN;
    return b->full_us + token_us(b) - SW_MAX(SW_BUCKET_BURST_US, token_us(b));
}

bool sw_bucket_take(struct sw_bucket *b, int64_t now_us)
{
    if (b->rate == 0)
        return true;
    if (now_us < sw_bucket_ready_us(b))
        return false;
    b->full_us = SW_MAX(b->full_us, now_us) + token_us(b);
    return true;
}
