// SPDX-License-Identifier: Apache-2.0
/* A driver to copy: compiled and tested so that it stays true, but not in registry.c.
 *
 * You need a driver of your own only when a template cannot say what the registers mean: digits in BCD, a value that is
 * the difference of two others, a scale that is kept thousands of registers away. This one decodes a sensor that keeps
 * its number of decimal places in the register after the value. A template says that by itself (`scale_register`); the
 * case stands here because it is short and shows both halves, several registers for one value and a reply that is
 * checked before it is believed.
 *   1. copy this file to driver_<name>.c, rename the functions and .name;
 *   2. add the source to CMakeLists.txt, `extern` to driver.h and one line to registry.c;
 *   3. write `driver: <name>` in the template, and a test with an array of register values. */
#include <math.h>

#include "sensors/driver.h"

/** The template names the register of the value; the decimals sit in the register after it. */
static int skeleton_plan(const struct sw_template *t, const bool *is_used, struct sw_plan *ret_plan, struct sw_err *err)
{
    for (size_t c = 0; c < t->n_channels; c++) {
        const struct sw_reg_value *def = &t->channels[c].values[0];
        const struct sw_item item = {.channel = (uint16_t) c,
                                     .quantity = (uint8_t) def->quantity,
                                     .fc = def->fc,
                                     .nb = 2,
                                     .reg_addr = def->reg_addr};
        const int rc = is_used[c] ? sw_plan_add(ret_plan, &item, err) : SW_OK;

        if (rc < 0)
            return rc;
    }
    return SW_OK;
}

static int skeleton_decode(const struct sw_template *t, const struct sw_plan *plan, const struct sw_block *block,
                           const uint16_t *regs, struct sw_value *ret, struct sw_err *err)
{
    static const double divisor[] = {1, 10, 100, 1000};

    (void) t;
    (void) err;
    for (size_t i = 0; i < block->n_items; i++) {
        const struct sw_item *item = &plan->items[block->first_item + i];
        const uint16_t *r = &regs[item->reg_addr - block->reg_addr];

        /* Whatever came over a wire is checked: a number of decimals that makes no sense is no value. */
        if (r[1] < SW_ARRAY_SIZE(divisor))
            ret[i] = (struct sw_value){r[0] / divisor[r[1]], 'N'};
        else
            ret[i] = (struct sw_value){NAN, 'D'};
    }
    return SW_OK;
}

const struct sw_driver sw_driver_skeleton = {
    .abi = SW_DRIVER_ABI,
    .name = "skeleton",
    .plan = skeleton_plan,
    .decode = skeleton_decode,
};
