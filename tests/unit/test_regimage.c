// SPDX-License-Identifier: Apache-2.0
/* The register image, against the published register list (docs/reference/node-registers.md): numbers stand here as
 * numbers, so that a changed constant is noticed. */
#include "test.h"

#include <string.h>

#include "firmware/app/regimage.h"

static struct sw_node_measure nothing(void)
{
    struct sw_node_measure m = {.uptime_s = 0};

    for (size_t i = 0; i < SW_NODE_CHANNELS; i++)
        m.steps[i] = SW_NODE_NO_VALUE;
    return m;
}

static const struct channel_case {
    const char *why;
    enum sw_node_channel channel;
    int32_t steps;
    unsigned reg_addr;
    uint16_t want;
} channel_cases[] = {
    {"LAeq 43.31 dB", SW_NODE_CH_LAEQ, 4331, 16, 4331},
    {"LAFmax", SW_NODE_CH_LAFMAX, 7490, 17, 7490},
    {"LCpeak", SW_NODE_CH_LCPEAK, 13580, 18, 13580},
    {"LAF", SW_NODE_CH_LAF, 4400, 19, 4400},
    {"PM10 71.2 ug/m3", SW_NODE_CH_PM10, 712, 24, 712},
    {"PM2.5", SW_NODE_CH_PM2_5, 350, 25, 350},
    {"TSP", SW_NODE_CH_TSP, 1800, 26, 1800},
    {"wind 2.10 m/s", SW_NODE_CH_WIND_SPEED, 210, 32, 210},
    {"wind direction", SW_NODE_CH_WIND_DIR, 359, 33, 359},
    {"rain 1.5 mm/h", SW_NODE_CH_RAIN, 15, 34, 15},
    {"5.5 degrees of frost", SW_NODE_CH_TEMP, -55, 35, 0xFFC9},
    {"humidity", SW_NODE_CH_RH, 655, 36, 655},
    {"pressure 1013.2 hPa", SW_NODE_CH_PRESSURE, 10132, 37, 10132},
    {"an overdriven microphone", SW_NODE_CH_LAEQ, SW_NODE_OVER_RANGE, 16, 0xFFFE},
    {"the largest value of a register", SW_NODE_CH_PM10, 0xFFFD, 24, 0xFFFD},
    {"one step more is over range, not invalid", SW_NODE_CH_PM10, 0xFFFE, 24, 0xFFFE},
    {"two steps more do not become \"no value\"", SW_NODE_CH_PM10, 0xFFFF, 24, 0xFFFE},
    {"a level below 0 dB is 0, not 655 dB", SW_NODE_CH_LAEQ, -1, 16, 0},
    {"a temperature beyond the register stays below \"no value\"", SW_NODE_CH_TEMP, 40000, 35, 0x7FFE},
    {"and at the lower end", SW_NODE_CH_TEMP, -40000, 35, 0x8000},
};

static void each_channel_stands_in_its_register_and_nowhere_else(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(channel_cases); i++) {
        const struct channel_case *c = &channel_cases[i];
        struct sw_node_measure m = nothing();
        uint16_t image[SW_NODE_INPUT_REGS];

        m.steps[c->channel] = c->steps;
        sw_regimage_input(&m, image);
        CHECK(image[c->reg_addr] == c->want, "%s: 0x%04X, want 0x%04X", c->why, image[c->reg_addr], c->want);
        for (unsigned r = 5; r < SW_NODE_INPUT_REGS; r++)
            CHECK(r == c->reg_addr || image[r] == (r == 35 ? 0x7FFF : 0xFFFF), "%s: register %u is 0x%04X", c->why, r,
                  image[r]);
    }
}

static void the_head_tells_version_status_uptime_and_sequence(void **state)
{
    struct sw_node_measure m = nothing();
    uint16_t image[SW_NODE_INPUT_REGS];

    (void) state;
    m.uptime_s = 0x00012345;
    m.sequence = 65535;
    m.status = SW_NODE_STATUS_OVERLOAD | SW_NODE_STATUS_DOOR;
    sw_regimage_input(&m, image);
    assert_int_equal(image[0], 1);
    assert_int_equal(image[1], 0x11);
    assert_int_equal(image[2], 0x0001); /* high word first */
    assert_int_equal(image[3], 0x2345);
    assert_int_equal(image[4], 65535);
    assert_int_equal(SW_NODE_STATUS_UNDER_RANGE | SW_NODE_STATUS_PM_FAULT | SW_NODE_STATUS_TAMPER, 0x0E);
}

static void holding_registers_tell_unit_id_and_bit_rate(void **state)
{
    uint16_t image[SW_NODE_HOLDING_REGS];

    (void) state;
    sw_regimage_holding(247, 115200, image);
    assert_int_equal(image[0], 247);
    assert_int_equal(image[1], 1152);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_channel_stands_in_its_register_and_nowhere_else),
        cmocka_unit_test(the_head_tells_version_status_uptime_and_sequence),
        cmocka_unit_test(holding_registers_tell_unit_id_and_bit_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
