// SPDX-License-Identifier: Apache-2.0
/* The form of stored readings: a run of readings as a small versioned byte string, without loss (time of arrival and
 * its number, NaN, flags). Pure: no I/O, no allocation. Leaves to the store which readings share a block. */
#ifndef SW_GATEWAY_BLOCK_H
#define SW_GATEWAY_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/reading.h"

/** A reading as it is stored. `r.sensor` is the store's number of the sensor, which never changes. */
struct sw_block_item {
    uint64_t number;    /* arrival number: + 1 each over the life of the data folder */
    int64_t arrival_us; /* engine time when it arrived */
    bool is_late;       /* its window had closed: stored, never judged */
    struct sw_reading r;
};

#define SW_BLOCK_HEAD_MAX 12 /* bytes before the first item */
#define SW_BLOCK_ITEM_MAX 72 /* bytes an item needs at most; 6 to 8 are usual */

/** Write n items in order. A block of one series (not mixed) leaves sensor and quantity to its key: all items must
 *  have the same. @return bytes written; 0 when cap is too small (HEAD_MAX + n × ITEM_MAX always suffices) */
size_t sw_block_encode(const struct sw_block_item *items, size_t n, bool is_mixed, unsigned char *buf, size_t cap);

/** Reads a block item by item. Borrows the bytes. */
struct sw_block_cursor {
    const unsigned char *at, *end;
    uint64_t left;
    bool is_mixed, has_prev;
    struct sw_block_item prev; /* what deltas refer to */
    uint64_t step_us;          /* last distance of arrivals */
    uint64_t prev_centi;
};

/** sensor and quantity fill in what a block of one series leaves out; a mixed block ignores them.
 *  @return SW_OK; SW_E_CORRUPT; SW_E_CONFLICT a version of a newer program */
int sw_block_open(struct sw_block_cursor *c, const void *buf, size_t len, uint16_t sensor, uint8_t quantity,
                  struct sw_err *err);

/** @return 1 an item, 0 the end, SW_E_CORRUPT */
int sw_block_next(struct sw_block_cursor *c, struct sw_block_item *ret, struct sw_err *err);

#endif
