// SPDX-License-Identifier: Apache-2.0
/* A rate with a little room for bursts: a bucket into which tokens drop evenly. Time is the caller's. */
#ifndef SW_GATEWAY_BUCKET_H
#define SW_GATEWAY_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/** Begin with all zero: the first look at it fills it. */
struct sw_bucket {
    uint32_t rate;   /* tokens a second; 0 = no limit */
    int64_t full_us; /* when it is full again; the only state there is */
};

#define SW_BUCKET_BURST_US 100000 /* it holds what drops into it in so long, one token at least */

/** Take a token if there is one. @return whether */
bool sw_bucket_take(struct sw_bucket *b, int64_t now_us);
/** When there is a token again; now_us or earlier = at once. */
int64_t sw_bucket_ready_us(const struct sw_bucket *b);

#endif
