// SPDX-License-Identifier: Apache-2.0
/* One second of a node as numbers: what a measuring front end (level meter or simulator) fills in and
 * the register image is made from. Integers in the steps of the registers, so that a node without an FPU needs none. */
#ifndef SW_FIRMWARE_APP_MEASURE_H
#define SW_FIRMWARE_APP_MEASURE_H

#include <stdint.h>

enum sw_node_channel {
    SW_NODE_CH_LAEQ,
    SW_NODE_CH_LAFMAX,
    SW_NODE_CH_LCPEAK,
    SW_NODE_CH_LAF,
    SW_NODE_CH_PM10,
    SW_NODE_CH_PM2_5,
    SW_NODE_CH_TSP,
    SW_NODE_CH_WIND_SPEED,
    SW_NODE_CH_WIND_DIR,
    SW_NODE_CH_RAIN,
    SW_NODE_CH_TEMP,
    SW_NODE_CH_RH,
    SW_NODE_CH_PRESSURE,
    SW_NODE_CHANNELS
};

#define SW_NODE_NO_VALUE INT32_MIN   /* not measured, or not believed */
#define SW_NODE_OVER_RANGE INT32_MAX /* the input was overdriven */

struct sw_node_measure {
    uint32_t uptime_s;
    uint16_t sequence;               /* + 1 each second */
    uint16_t status;                 /* enum sw_node_status_bit */
    int32_t steps[SW_NODE_CHANNELS]; /* value / step of its register; see sw_node_channel_info() */
};

#endif
