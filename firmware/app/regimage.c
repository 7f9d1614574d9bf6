// SPDX-License-Identifier: Apache-2.0
/* Puts a measurement into its registers. Knows the map; leaves asking and answering to mbserver.c. */
#include "firmware/app/regimage.h"

#include <stddef.h>

static const struct sw_node_channel_info channels[SW_NODE_CHANNELS] = {
    [SW_NODE_CH_LAEQ] = {SW_NODE_REG_LAEQ, 100, false},
    [SW_NODE_CH_LAFMAX] = {SW_NODE_REG_LAFMAX, 100, false},
    [SW_NODE_CH_LCPEAK] = {SW_NODE_REG_LCPEAK, 100, false},
    [SW_NODE_CH_LAF] = {SW_NODE_REG_LAF, 100, false},
    [SW_NODE_CH_PM10] = {SW_NODE_REG_PM10, 10, false},
    [SW_NODE_CH_PM2_5] = {SW_NODE_REG_PM2_5, 10, false},
    [SW_NODE_CH_TSP] = {SW_NODE_REG_TSP, 10, false},
    [SW_NODE_CH_WIND_SPEED] = {SW_NODE_REG_WIND_SPEED, 100, false},
    [SW_NODE_CH_WIND_DIR] = {SW_NODE_REG_WIND_DIR, 1, false},
    [SW_NODE_CH_RAIN] = {SW_NODE_REG_RAIN, 10, false},
    [SW_NODE_CH_TEMP] = {SW_NODE_REG_TEMP, 10, true},
    [SW_NODE_CH_RH] = {SW_NODE_REG_RH, 10, false},
    [SW_NODE_CH_PRESSURE] = {SW_NODE_REG_PRESSURE, 10, false},
};

const struct sw_node_channel_info *sw_node_channel_info(enum sw_node_channel channel)
{
    return (unsigned) channel < SW_NODE_CHANNELS ? &channels[channel] : NULL;
}

static uint16_t word_unsigned(int32_t steps)
{
    if (steps == SW_NODE_NO_VALUE)
        return SW_NODE_INVALID;
    if (steps < 0)
        return 0;
    /* Also SW_NODE_OVER_RANGE: the two highest patterns are not values. */
    return steps >= (int32_t) SW_NODE_OVERLOAD ? (uint16_t) SW_NODE_OVERLOAD : (uint16_t) steps;
}

static uint16_t word_signed(int32_t steps)
{
    if (steps == SW_NODE_NO_VALUE)
        return SW_NODE_INVALID_S16;
    if (steps < INT16_MIN)
        steps = INT16_MIN;
    if (steps >= (int32_t) SW_NODE_INVALID_S16)
        steps = (int32_t) SW_NODE_INVALID_S16 - 1;
    return (uint16_t) (int16_t) steps;
}

void sw_regimage_input(const struct sw_node_measure *m, uint16_t ret_image[SW_NODE_INPUT_REGS])
{
    for (size_t i = 0; i < SW_NODE_INPUT_REGS; i++)
        ret_image[i] = SW_NODE_INVALID;
    ret_image[SW_NODE_REG_MAP_VERSION] = SW_NODE_MAP_VERSION;
    ret_image[SW_NODE_REG_STATUS] = m->status;
    ret_image[SW_NODE_REG_UPTIME] = (uint16_t) (m->uptime_s >> 16);
    ret_image[SW_NODE_REG_UPTIME + 1] = (uint16_t) m->uptime_s;
    ret_image[SW_NODE_REG_SEQUENCE] = m->sequence;
    for (size_t i = 0; i < SW_NODE_CHANNELS; i++)
        ret_image[channels[i].reg_addr] = channels[i].is_signed ? word_signed(m->steps[i]) : word_unsigned(m->steps[i]);
}

void sw_regimage_holding(uint8_t unit_id, uint32_t baud, uint16_t ret_image[SW_NODE_HOLDING_REGS])
{
    ret_image[SW_NODE_HOLD_UNIT_ID] = unit_id;
    ret_image[SW_NODE_HOLD_BAUD_100] = (uint16_t) (baud / 100);
}
