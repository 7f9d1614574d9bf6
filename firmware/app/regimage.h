// SPDX-License-Identifier: Apache-2.0
/* The register image: a measurement as the 16-bit words that a master reads. Pure, allocates nothing. */
#ifndef SW_FIRMWARE_APP_REGIMAGE_H
#define SW_FIRMWARE_APP_REGIMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/node_regmap.h"
#include "firmware/app/measure.h"

/** Where a channel lives and how fine its steps are. */
struct sw_node_channel_info {
    uint16_t reg_addr;
    uint16_t steps_per_unit; /* 100: one step is 0.01 of the unit */
    bool is_signed;          /* s16: the invalid pattern is 0x7FFF and there is no overload pattern */
};

/** @param channel  below SW_NODE_CHANNELS; of others NULL */
const struct sw_node_channel_info *sw_node_channel_info(enum sw_node_channel channel);

/** Input registers of a measurement. A value above what its register holds becomes the overload pattern (u16) or
 *  the highest value (s16); one below becomes the lowest. @param ret_image every word is written */
void sw_regimage_input(const struct sw_node_measure *m, uint16_t ret_image[SW_NODE_INPUT_REGS]);

/** Holding registers. @param unit_id 1 … 247 @param baud bit/s */
void sw_regimage_holding(uint8_t unit_id, uint32_t baud, uint16_t ret_image[SW_NODE_HOLDING_REGS]);

#endif
