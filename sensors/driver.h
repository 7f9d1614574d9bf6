// SPDX-License-Identifier: Apache-2.0
/* The contract of a driver: it says what to read and what the registers mean, and performs no I/O.
 * So a driver is tested with an array of register values, on any machine. A new driver is one new file (start from
 * skeleton.c) and one line in registry.c; most devices need none, only a template for the driver "registers". */
#ifndef SW_SENSORS_DRIVER_H
#define SW_SENSORS_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "sensors/plan.h"
#include "sensors/template.h"

#define SW_DRIVER_ABI 1

/** What a register value turned out to be. */
struct sw_value {
    double value; /* in the quantity's unit; NaN unless the flag is N */
    char flag;    /* N good, D the device has no valid value, T over or under range */
};

struct sw_driver {
    uint32_t abi;     /* SW_DRIVER_ABI */
    const char *name; /* value of `driver:` in a template */

    /** What to read: sw_plan_add each value of each channel with is_used[channel]. The planner makes the requests.
     *  @return SW_OK; an error of sw_plan_add */
    int (*plan)(const struct sw_template *t, const bool *is_used, struct sw_plan *ret_plan, struct sw_err *err);

    /** What a reply means. regs[0] is register block->reg_addr; item i of the block is plan->items[first_item + i].
     *  @param ret  [block->n_items], one value an item, in the same order; all are set on success
     *  @return SW_OK; SW_E_PROTOCOL the reply cannot be understood as a whole */
    int (*decode)(const struct sw_template *t, const struct sw_plan *plan, const struct sw_block *block,
                  const uint16_t *regs, struct sw_value *ret, struct sw_err *err);
};

/** A driver by name; NULL if there is none. */
const struct sw_driver *sw_driver_find(const char *name);

/** Every driver, for lists: index from 0; NULL after the last. */
const struct sw_driver *sw_driver_at(size_t index);

/* The drivers themselves; registry.c is the table of those in use. */
extern const struct sw_driver sw_driver_registers;
extern const struct sw_driver sw_driver_skeleton;

#endif
