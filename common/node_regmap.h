// SPDX-License-Identifier: Apache-2.0
/* [fw] Register numbers of our own sensor node, map version 1: the only thing that the node's code and whoever reads
 * it must agree on. 0-based, as on the wire; the prose is docs/reference/node-registers.md. Numbers are never reused.
 */
#ifndef SW_COMMON_NODE_REGMAP_H
#define SW_COMMON_NODE_REGMAP_H

#define SW_NODE_MAP_VERSION 1

/** Input registers, FC04. Numbers that are not named here are reserved and read as SW_NODE_INVALID. */
enum sw_node_input_reg {
    SW_NODE_REG_MAP_VERSION = 0,
    SW_NODE_REG_STATUS = 1,   /* enum sw_node_status_bit */
    SW_NODE_REG_UPTIME = 2,   /* u32 over 2 and 3, high word first (ABCD): seconds since start */
    SW_NODE_REG_SEQUENCE = 4, /* u16, + 1 each second: tells a fresh measurement from one read twice */

    SW_NODE_REG_LAEQ = 16,   /* LAeq,1s  u16 × 0.01 dB(A) */
    SW_NODE_REG_LAFMAX = 17, /* LAFmax,1s */
    SW_NODE_REG_LCPEAK = 18, /* LCpeak,1s, dB(C) */
    SW_NODE_REG_LAF = 19,    /* LAF at the end of the second */

    SW_NODE_REG_PM10 = 24, /* u16 × 0.1 ug/m3 */
    SW_NODE_REG_PM2_5 = 25,
    SW_NODE_REG_TSP = 26,

    SW_NODE_REG_WIND_SPEED = 32, /* u16 × 0.01 m/s */
    SW_NODE_REG_WIND_DIR = 33,   /* u16, degrees the wind comes from */
    SW_NODE_REG_RAIN = 34,       /* u16 × 0.1 mm/h */
    SW_NODE_REG_TEMP = 35,       /* s16 × 0.1 °C */
    SW_NODE_REG_RH = 36,         /* u16 × 0.1 % */
    SW_NODE_REG_PRESSURE = 37,   /* u16 × 0.1 hPa */

    SW_NODE_INPUT_REGS = 38 /* reading beyond is exception 02 */
};

/** Holding registers, FC03. */
enum sw_node_holding_reg {
    SW_NODE_HOLD_UNIT_ID = 0,
    SW_NODE_HOLD_BAUD_100 = 1, /* baud / 100 */

    SW_NODE_HOLDING_REGS = 2
};

/** Bits of SW_NODE_REG_STATUS. Bits that are not named are 0. */
enum sw_node_status_bit {
    SW_NODE_STATUS_OVERLOAD = 1u << 0,    /* noise: the microphone was overdriven in this second */
    SW_NODE_STATUS_UNDER_RANGE = 1u << 1, /* noise: LAeq below what the microphone can measure */
    SW_NODE_STATUS_PM_FAULT = 1u << 2,
    SW_NODE_STATUS_TAMPER = 1u << 3,
    SW_NODE_STATUS_DOOR = 1u << 4 /* open */
};

/** Raw patterns that are not values. A signed register has no overload pattern. */
#define SW_NODE_INVALID 0xFFFFu
#define SW_NODE_OVERLOAD 0xFFFEu
#define SW_NODE_INVALID_S16 0x7FFFu

#endif
