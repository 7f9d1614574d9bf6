// SPDX-License-Identifier: Apache-2.0
/* Rows of table `block`, read minute by minute. A row holds the readings of one series that arrived in its minute and,
 * when it was settled (store_settle.c), in the minutes behind it, up to the end of the same clock hour. Rows may
 * overlap. Pure: no I/O; what is kept of a row are its packed bytes. */
#ifndef SW_GATEWAY_BLOCK_PIECES_H
#define SW_GATEWAY_BLOCK_PIECES_H

#include "common/macros.h"
#include "gateway/block.h"

#define SW_BLOCK_HOUR 60 /* minutes: no row goes beyond its clock hour */

/** A row as it lies in the table; borrows its bytes. */
struct sw_block_row {
    int64_t minute; /* its first one */
    int64_t sensor, quantity;
    const void *body;
    size_t len;
};

/** Takes one reading. @return below zero ends the walk */
typedef int (*sw_block_item_fn)(void *ctx, const struct sw_block_item *it, struct sw_err *err);

/** Rows whose readings were not all given out yet. All zero is empty. */
struct sw_block_pieces {
    struct sw_block_piece **piece;
    size_t n, cap;
};

/** Give out the readings of a row's first minute, in their order, and keep the row when it has more.
 *  @return SW_OK; SW_E_CORRUPT, SW_E_CONFLICT: nothing was given out or kept; SW_E_NOMEM; what fn returned */
int sw_block_pieces_add(struct sw_block_pieces *p, const struct sw_block_row *row, sw_block_item_fn fn, void *ctx,
                        struct sw_err *err);

/** Give out what the kept rows have up to the end of this minute, row by row. @return SW_OK, or what fn returned */
int sw_block_pieces_until(struct sw_block_pieces *p, int64_t minute, sw_block_item_fn fn, void *ctx,
                          struct sw_err *err);

/** @return the minute of the next reading that is kept; INT64_MAX = none */
int64_t sw_block_pieces_next(const struct sw_block_pieces *p);

void sw_block_pieces_free(struct sw_block_pieces *p);

static inline int64_t sw_block_minute(int64_t t_us)
{
    const int64_t minute_us = 60 * SW_US_PER_S;

    return t_us / minute_us - (t_us % minute_us < 0);
}

/** First minute of the clock hour. */
static inline int64_t sw_block_hour_begin(int64_t minute)
{
    return minute - (minute % SW_BLOCK_HOUR + SW_BLOCK_HOUR) % SW_BLOCK_HOUR;
}

#endif
