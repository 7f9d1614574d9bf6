// SPDX-License-Identifier: Apache-2.0
/* Plans and decodes a device at every level of the planner. */
#include "decode.h"

#include "fuzz.h"

#include <math.h>
#include <stdlib.h>

#include "sensors/device.h"

#define T_UTC_US 1772466067123456LL
#define T_MONO_US 5000000000LL

static void check_reading(const struct sw_reading *r)
{
    FUZZ_CHECK(sw_flag_is_known(r->flag), "flag 0x%02x", (unsigned char) r->flag);
    FUZZ_CHECK((r->flag == 'N') == !isnan(r->value), "flag %c with value %g", r->flag, r->value);
    FUZZ_CHECK(!isinf(r->value), "an infinite value");
    FUZZ_CHECK(r->quantity > SW_QUANTITY_NONE && r->quantity < SW_QUANTITY__COUNT, "quantity %u", r->quantity);
    FUZZ_CHECK(r->sensor != SW_SENSOR_UNUSED, "a reading of a channel that is nobody's sensor");
    FUZZ_CHECK(r->t_utc_us <= T_UTC_US && r->t_utc_us % 1000 == 0 && r->t_mono_us % 1000 == 0, "time of a reading");
    FUZZ_CHECK(llabs((r->t_mono_us - r->t_utc_us) - (T_MONO_US - T_UTC_US)) <= 500, "its two clocks");
}

static void check_block(const struct sw_device *d, const struct sw_block *b, const uint16_t *regs, size_t n_regs)
{
    struct sw_reading *got = calloc(b->n_items, sizeof(*got));
    uint16_t *reply = calloc(b->nb, sizeof(*reply));
    struct sw_err err = {0};

    FUZZ_CHECK(got && reply, "no memory");
    FUZZ_CHECK(b->nb >= 1 && b->nb <= d->template_->max_block && b->reg_addr + b->nb <= 65536, "block %u + %u",
               b->reg_addr, b->nb);
    FUZZ_CHECK(b->n_items >= 1 && b->first_item + b->n_items <= d->plan.n_items, "items of a block");
    for (size_t i = 0; i < b->nb; i++)
        reply[i] = regs[i % n_regs];
    FUZZ_CHECK(sw_device_decode(d, b, reply, T_UTC_US, T_MONO_US, got, &err) == b->n_items, "%s", err.msg);
    for (size_t i = 0; i < b->n_items; i++)
        check_reading(&got[i]);
    FUZZ_CHECK(sw_device_missing(d, b->first_item, b->n_items, 'B', T_UTC_US, T_MONO_US, got) == b->n_items, "missing");
    for (size_t i = 0; i < b->n_items; i++)
        check_reading(&got[i]);
    free(reply);
    free(got);
}

void decode_check(const struct sw_template *t, uint32_t unused, const uint16_t *regs, size_t n_regs)
{
    static const enum sw_plan_level levels[] = {SW_PLAN_GAPS, SW_PLAN_TIGHT, SW_PLAN_SINGLE};
    uint16_t *sensor = calloc(t->n_channels, sizeof(*sensor));
    struct sw_device d;
    struct sw_err err = {0};
    size_t used = 0;

    FUZZ_CHECK(sensor, "no memory");
    for (size_t i = 0; i < t->n_channels; i++) {
        sensor[i] = unused >> (i % 32) & 1 ? SW_SENSOR_UNUSED : (uint16_t) i;
        used += sensor[i] != SW_SENSOR_UNUSED;
    }
    if (used == 0)
        sensor[0] = 0;
    FUZZ_CHECK(sw_device_init(&d, "d", t, 1, 0, sensor, &err) == SW_OK, "a valid template has no device: %s", err.msg);
    for (size_t k = 0; k < SW_ARRAY_SIZE(levels); k++) {
        size_t covered = 0;

        sw_plan_build(&d.plan, levels[k]);
        for (size_t i = 0; i < d.plan.n_blocks; i++) {
            check_block(&d, &d.plan.blocks[i], regs, n_regs);
            covered += d.plan.blocks[i].n_items;
        }
        FUZZ_CHECK(covered == d.plan.n_items, "%zu of %zu values are asked for", covered, d.plan.n_items);
    }
    sw_device_done(&d);
    free(sensor);
}
