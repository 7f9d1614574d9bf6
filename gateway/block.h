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

#define SW_BLOCK_HEAD_MAX 300        /* bytes besides the items' own */
#define SW_BLOCK_ITEM_MAX 72         /* bytes an item needs at most; 1 to 4 are usual */
#define SW_BLOCK_ITEMS_MAX (1 << 20) /* a block of more is neither written nor read */

#define SW_BLOCK_VERSION 2 /* that is written; older ones are read */

/** Write n items in order. A block of one series (not mixed) leaves sensor and quantity to its key: all items must
 *  have the same. The same items always give the same bytes.
 *  @return bytes written; 0 when cap is too small (HEAD_MAX + n × ITEM_MAX always suffices), or n too large */
size_t sw_block_encode(const struct sw_block_item *items, size_t n, bool is_mixed, unsigned char *buf, size_t cap);
/** The same in the form of an older version, for who compares a stored block with what it must be. */
size_t sw_block_encode_as(int version, const struct sw_block_item *items, size_t n, bool is_mixed, unsigned char *buf,
                          size_t cap);

#define SW_BLOCK_COLUMNS 8

/** How the numbers of one column follow from each other (version 2). */
struct sw_block_column {
    uint8_t order, coding, width;
    uint64_t unit, base, step;
};

/** Reads a block item by item. Borrows the bytes. */
struct sw_block_cursor {
    const unsigned char *at, *end;
    uint64_t left;
    int version;
    bool is_mixed, has_prev;
    struct sw_block_item prev; /* the one before: what differences refer to */
    uint64_t step_us;          /* version 1: last distance of arrivals … */
    uint64_t prev_centi;       /* … and last value */
    unsigned segment_left, bit;
    uint8_t form;
    struct sw_block_column column[SW_BLOCK_COLUMNS];
};

/** sensor and quantity fill in what a block of one series leaves out; a mixed block ignores them.
 *  @return SW_OK; SW_E_CORRUPT; SW_E_CONFLICT a version of a newer program */
int sw_block_open(struct sw_block_cursor *c, const void *buf, size_t len, uint16_t sensor, uint8_t quantity,
                  struct sw_err *err);

/** @return 1 an item, 0 the end, SW_E_CORRUPT */
int sw_block_next(struct sw_block_cursor *c, struct sw_block_item *ret, struct sw_err *err);

#endif
