// SPDX-License-Identifier: Apache-2.0
/* The request planner: which registers a device's values sit in, and in which blocks they are read.
 * Knows addresses and nothing of meanings; pure but for its two arrays. */
#ifndef SW_SENSORS_PLAN_H
#define SW_SENSORS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define SW_BLOCK_REGS_MAX 125 /* MODBUS Application Protocol V1.1b3, 6.3 and 6.4 */

/** One value that a poll yields, and the registers it needs. */
struct sw_item {
    uint16_t channel;  /* index in the template */
    uint8_t which;     /* value in the channel: the driver's own numbering */
    uint8_t quantity;  /* enum sw_quantity */
    uint8_t fc;        /* 3 holding, 4 input */
    uint8_t nb;        /* registers, 1 … SW_BLOCK_REGS_MAX: a value's own and, with a scale register, up to that */
    uint16_t reg_addr; /* 0-based */
    bool is_refused;   /* the unit answered exception 02 or 03 to this very value: not asked again */
};

/** One request, and the run of items that its reply answers. */
struct sw_block {
    uint8_t fc;
    uint16_t reg_addr;
    uint16_t nb; /* 1 … 125 */
    uint16_t first_item, n_items;
};

/** How closely registers may be packed. A unit that refuses a block is asked for less each time. */
enum sw_plan_level {
    SW_PLAN_GAPS,   /* blocks may read unused registers in between, up to max_gap */
    SW_PLAN_TIGHT,  /* only neighbours: an unused register may be the one that was refused */
    SW_PLAN_SINGLE, /* one request a value */
};

/** Items sorted by function and address, refused ones last; blocks cover the others in the same order. */
struct sw_plan {
    size_t n_items, n_blocks;
    struct sw_item *items;   /* [cap] */
    struct sw_block *blocks; /* [cap]: never more blocks than items */
    size_t cap;
    enum sw_plan_level level;
    uint16_t max_gap, max_block;
};

/** Room for cap values (at least 1). @return SW_OK; SW_E_NOMEM */
int sw_plan_init(struct sw_plan *p, size_t cap, uint16_t max_gap, uint16_t max_block, struct sw_err *err);
void sw_plan_done(struct sw_plan *p);

/** Add a value. @return SW_OK; SW_E_FULL; SW_E_INVAL the registers do not exist or do not fit in a block */
int sw_plan_add(struct sw_plan *p, const struct sw_item *item, struct sw_err *err);

/** Sort the items and merge them into blocks at a level. Call after the last add, and to change the level.
 *  Items that share or overlap registers share a block. */
void sw_plan_build(struct sw_plan *p, enum sw_plan_level level);

/** The cheapest question to the unit: one value. Its answer is thrown away, for it may be a late one to something else;
 *  so a value, or a part of one, is chosen that no block asks for in the same length, if there is one. Its items are
 *  not to be used.
 *  @return whether there is: else a late reply to a block looks the same */
bool sw_plan_probe(const struct sw_plan *p, struct sw_block *ret);

/** Forget what was refused and start again at SW_PLAN_GAPS (another unit may sit there now). */
void sw_plan_reset(struct sw_plan *p);

/** Items that no block asks for: they stand at the end of items[]. */
size_t sw_plan_refused(const struct sw_plan *p);

#endif
