// SPDX-License-Identifier: Apache-2.0
/* A scale that the device keeps in a register: planned into one request with its value, put in, and refused when it
 * makes no sense. Values were worked out by hand. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "sensors/device.h"

#define REGS 6

static struct sw_channel channel;

static struct sw_template model(struct sw_reg_value value)
{
    value.quantity = SW_QUANTITY_PM10;
    value.fc = 3;
    value.scale = value.scale == 0 ? 1 : value.scale;
    value.valid_min = value.valid_max = NAN;
    channel = (struct sw_channel){.id = "pm10", .n_values = 1, .values = {value}};
    return (struct sw_template){
        .id = "m", .driver = "registers", .interval_ms = 1000, .max_block = 125, .n_channels = 1, .channels = &channel};
}

static const struct scale_case {
    const char *why;
    struct sw_reg_value value;
    uint16_t block_addr, block_nb;
    uint16_t regs[REGS]; /* from block_addr on */
    double want;         /* NaN: no value, flag D */
} scale_cases[] = {
    {"one decimal: 653 is 65.3", {.reg_addr = 0, .scale_register = {SW_SCALE_DECIMALS, 1}}, 0, 2, {653, 1}, 65.3},
    {"no decimals", {.reg_addr = 0, .scale_register = {SW_SCALE_DECIMALS, 1}}, 0, 2, {653, 0}, 653},
    {"three decimals, on top of the template's own scale of 1000: mg to ug",
     {.reg_addr = 0, .scale = 1000, .scale_register = {SW_SCALE_DECIMALS, 1}},
     0,
     2,
     {653, 3},
     653},
    {"the scale before the value, with a gap",
     {.reg_addr = 13, .scale_register = {SW_SCALE_DECIMALS, 10}},
     10,
     4,
     {2, 9, 9, 653},
     6.53},
    {"nine decimals are the most",
     {.reg_addr = 0, .scale_register = {SW_SCALE_DECIMALS, 1}},
     0,
     2,
     {50000, 9},
     0.00005},
    {"ten are nonsense", {.reg_addr = 0, .scale_register = {SW_SCALE_DECIMALS, 1}}, 0, 2, {653, 10}, NAN},
    {"minus one, as a signed number, is nonsense",
     {.reg_addr = 0, .scale_register = {SW_SCALE_DECIMALS, 1, SW_REG_S16}},
     0,
     2,
     {653, 0xFFFF},
     NAN},
    {"a factor", {.reg_addr = 0, .scale_register = {SW_SCALE_FACTOR, 1}}, 0, 2, {653, 10}, 6530},
    {"a factor of 0 is a register that nobody filled",
     {.reg_addr = 0, .scale_register = {SW_SCALE_FACTOR, 1}},
     0,
     2,
     {653, 0},
     NAN},
    /* 0.1 as a float is 0x3DCCCCCD, which is 0.10000000149011612 */
    {"a factor of several registers, low word first",
     {.reg_addr = 0, .scale_register = {SW_SCALE_FACTOR, 2, SW_REG_F32, SW_ORDER_CDAB}},
     0,
     4,
     {653, 7, 0xCCCD, 0x3DCC},
     65.30000097304583},
    {"a factor that is no number",
     {.reg_addr = 0, .scale_register = {SW_SCALE_FACTOR, 1, SW_REG_F32}},
     0,
     3,
     {653, 0x7FC0, 0},
     NAN},
    {"the range is that of the scaled value: 100001 is no dust",
     {.reg_addr = 0, .scale_register = {SW_SCALE_FACTOR, 1}},
     0,
     2,
     {50001, 2},
     NAN},
    {"the offset is added last",
     {.reg_addr = 0, .offset = -5, .scale_register = {SW_SCALE_DECIMALS, 1}},
     0,
     2,
     {653, 1},
     60.3},
    {"no value stays no value",
     {.reg_addr = 0, .has_invalid = true, .invalid = 0xFFFF, .scale_register = {SW_SCALE_DECIMALS, 1}},
     0,
     2,
     {0xFFFF, 1},
     NAN},
};

static void a_scale_is_read_with_its_value_and_put_in(void **state)
{
    static const uint16_t sensor = 0;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(scale_cases); i++) {
        const struct scale_case *c = &scale_cases[i];
        const struct sw_template t = model(c->value);
        struct sw_device d;
        struct sw_reading got;
        struct sw_err err = {0};

        CHECK(sw_template_validate(&t, &err) == SW_OK, "%s: %s", c->why, err.msg);
        CHECK(sw_device_init(&d, "d", &t, 1, 0, &sensor, &err) == SW_OK, "%s: %s", c->why, err.msg);
        for (int level = SW_PLAN_GAPS; level <= SW_PLAN_SINGLE; level++) {
            sw_plan_build(&d.plan, (enum sw_plan_level) level);
            CHECK(d.plan.n_blocks == 1 && d.plan.blocks[0].reg_addr == c->block_addr &&
                      d.plan.blocks[0].nb == c->block_nb,
                  "%s: %zu requests, the first %u+%u", c->why, d.plan.n_blocks, d.plan.blocks[0].reg_addr,
                  d.plan.blocks[0].nb);
        }
        CHECK(sw_device_decode(&d, &d.plan.blocks[0], c->regs, 0, 0, &got, &err) == 1, "%s: %s", c->why, err.msg);
        CHECK(got.flag == (isnan(c->want) ? 'D' : 'N'), "%s: flag %c", c->why, got.flag);
        CHECK(isnan(c->want) ? isnan(got.value) : fabs(got.value - c->want) < 1e-9, "%s: %.9g, not %.9g", c->why,
              got.value, c->want);
        sw_device_done(&d);
    }
}

static const struct fault_case {
    const char *why;
    struct sw_scale_register scale;
    uint16_t max_block;
    const char *says;
} fault_cases[] = {
    {"the value's own register", {SW_SCALE_DECIMALS, 6}, 125, "scale_register: 6 is a register of the value itself"},
    {"a scale that overlaps the value", {SW_SCALE_FACTOR, 4, SW_REG_F32}, 125, "a register of the value itself"},
    {"decimals as a float", {SW_SCALE_DECIMALS, 9, SW_REG_F32}, 125, "decimals are a whole number"},
    {"no such type", {SW_SCALE_FACTOR, 9, SW_REG__COUNT}, 125, "scale_register: type"},
    {"no such meaning", {(enum sw_scale_meaning) 9, 9}, 125, "meaning must be decimals or factor"},
    {"past the last register", {SW_SCALE_FACTOR, 65535, SW_REG_U32}, 125, "65535+2 goes beyond"},
    {"the fixed-gas modules' 0x2031 beside 0x6001: no request holds both",
     {SW_SCALE_DECIMALS, 0x2031},
     125,
     "needs a driver"},
    {"further than this device gives at once", {SW_SCALE_DECIMALS, 15}, 10, "at most 10 registers"},
};

static void a_scale_that_cannot_be_read_with_its_value_is_refused(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(fault_cases); i++) {
        const struct fault_case *c = &fault_cases[i];
        struct sw_template t =
            model((struct sw_reg_value){.reg_addr = 5, .type = SW_REG_U32, .scale_register = c->scale});
        struct sw_err err = {0};

        t.max_block = c->max_block;
        CHECK(sw_template_validate(&t, &err) == SW_E_INVAL, "%s: accepted", c->why);
        CHECK(strstr(err.msg, "channel pm10, value 1") && strstr(err.msg, c->says), "%s: says \"%s\"", c->why, err.msg);
        CHECK(sw_template_validate(&t, NULL) == SW_E_INVAL, "%s: accepted when nobody listens", c->why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scale_is_read_with_its_value_and_put_in),
        cmocka_unit_test(a_scale_that_cannot_be_read_with_its_value_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
