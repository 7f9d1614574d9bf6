// SPDX-License-Identifier: Apache-2.0
/* The driver "registers": everything it knows of a device comes from the template. Reads nothing, waits for nothing. */
#include <math.h>

#include "common/quantity.h"
#include "sensors/driver.h"

#define FLOAT_SLACK 1e-9
#define SCALE_FACTOR_MAX 1e9 /* a register that says more holds no factor */

static int registers_plan(const struct sw_template *t, const bool *is_used, struct sw_plan *ret_plan,
                          struct sw_err *err)
{
    for (size_t c = 0; c < t->n_channels; c++) {
        const struct sw_channel *channel = &t->channels[c];

        for (size_t v = 0; is_used[c] && v < channel->n_values; v++) {
            const struct sw_reg_value *def = &channel->values[v];
            struct sw_item item = {
                .channel = (uint16_t) c, .which = (uint8_t) v, .quantity = (uint8_t) def->quantity, .fc = def->fc};
            int rc;

            item.nb =
                (uint8_t) sw_reg_value_span(def, &item.reg_addr); /* with the scale: never one without the other */
            rc = sw_plan_add(ret_plan, &item, err);
            if (rc < 0)
                return rc;
        }
    }
    return SW_OK;
}

/** Outside the range that the template, or else the quantity, allows. Half a count of slack, for the limit itself must
 *  pass although raw × 0.01 is not exact; a float has no counts, and gets what its product may be off. */
static bool is_out_of_range(const struct sw_reg_value *def, double scale, double value)
{
    const struct sw_quantity_info *info = sw_quantity_info(def->quantity);
    const double least = isnan(def->valid_min) ? info->min : def->valid_min;
    const double most = isnan(def->valid_max) ? info->max : def->valid_max;
    const bool is_float = def->type == SW_REG_F32 || def->type == SW_REG_F64;
    const double slack = is_float ? FLOAT_SLACK * SW_MAX(fabs(least), fabs(most)) : fabs(scale) * 0.5;

    return value < least - slack || value > most + slack;
}

/** What the register that holds the scale makes of the template's own; NaN when it says nothing that makes sense. */
static double scale_of(const struct sw_reg_value *def, const uint16_t *regs, uint16_t first)
{
    const struct sw_scale_register *s = &def->scale_register;
    double said, tens = 1;

    if (s->meaning == SW_SCALE_FIXED)
        return def->scale;
    said = sw_reg_number(sw_reg_join(&regs[s->reg_addr - first], sw_reg_words(s->type), s->order), s->type);
    if (s->meaning == SW_SCALE_FACTOR)
        return said > 0 && said <= SCALE_FACTOR_MAX ? def->scale * said : (double) NAN;
    if (!(said >= 0 && said <= SW_SCALE_DECIMALS_MAX))
        return NAN;
    for (int i = 0; i < (int) said; i++) /* 10, 100, 1000 are exact */
        tens *= 10;
    return def->scale / tens;
}

/** @param regs  registers from `first` on */
static struct sw_value meaning(const struct sw_reg_value *def, const uint16_t *regs, uint16_t first)
{
    const uint64_t raw = sw_reg_join(&regs[def->reg_addr - first], sw_reg_words(def->type), def->order);
    const double scale = scale_of(def, regs, first);
    double value;

    if (def->has_overload && raw == def->overload)
        return (struct sw_value){NAN, 'T'};
    if (def->has_invalid && raw == def->invalid)
        return (struct sw_value){NAN, 'D'};
    value = sw_reg_number(raw, def->type) * scale + def->offset;
    if (!isfinite(value) || is_out_of_range(def, scale, value))
        return (struct sw_value){NAN, 'D'};
    return (struct sw_value){value, 'N'};
}

static int registers_decode(const struct sw_template *t, const struct sw_plan *plan, const struct sw_block *block,
                            const uint16_t *regs, struct sw_value *ret, struct sw_err *err)
{
    (void) err;
    for (size_t i = 0; i < block->n_items; i++) {
        const struct sw_item *item = &plan->items[block->first_item + i];

        ret[i] = meaning(&t->channels[item->channel].values[item->which], regs, block->reg_addr);
    }
    return SW_OK;
}

const struct sw_driver sw_driver_registers = {
    .abi = SW_DRIVER_ABI,
    .name = "registers",
    .plan = registers_plan,
    .decode = registers_decode,
};
