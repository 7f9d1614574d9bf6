// SPDX-License-Identifier: Apache-2.0
/* The simulated units: what each would measure at an instant, and which register map it shows it in.
 * The same instant and the same settings always give the same values, however often they are read. */
#ifndef SW_FIRMWARE_HOST_SIM_SITE_H
#define SW_FIRMWARE_HOST_SIM_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/quantity.h"
#include "firmware/app/measure.h"
#include "firmware/port/host/sim_fault.h"

#define SW_SIM_UNIT_MAX 247

/** Register maps a unit can show: our own and those of foreign devices. */
enum sw_sim_map { SW_SIM_MAP_NODE, SW_SIM_MAP_RS_ZS_BZ, SW_SIM_MAP_RS_FSJT, SW_SIM_MAP_RAMP, SW_SIM_MAP__COUNT };

/** A quantity on its way from one value to another. NaN = no value, +infinity = over range. */
struct sw_sim_value {
    bool is_set;
    double from, to;
    int64_t start_us, ramp_us;
    double jitter; /* ± , in the quantity's unit */
};

struct sw_sim_unit {
    bool exists;
    enum sw_sim_map map;
    struct sw_sim_fault fault;
    uint16_t status; /* tamper and door bits; the others follow from the values */
    struct sw_sim_value value[SW_QUANTITY__COUNT];
};

struct sw_sim_site {
    struct sw_sim_unit unit[SW_SIM_UNIT_MAX + 1]; /* by unit id; 0 is not used */
    int64_t start_us;                             /* domain UTC when the nodes were switched on */
    uint32_t baud;
};

/** Number of a map's name, -1 if there is none. */
int sw_sim_map_from_name(const char *name);
/** "siteward-node, rs-zs-bz, …" for messages. */
const char *sw_sim_map_names(void);

void sw_sim_site_init(struct sw_sim_site *site, int64_t start_us, uint32_t baud);

/** From at_us on a quantity moves linearly to `value` within ramp_us. The first value of a quantity, and one that
 *  follows or is "no value" or "over range", stands at once.
 *  @param unit_id 1 … 247; the unit exists from now on
 *  @param at_us   not before the earlier calls for this unit
 *  @param jitter  NaN keeps the one in force */
void sw_sim_set(struct sw_sim_site *site, uint8_t unit_id, enum sw_quantity q, int64_t at_us, double value,
                int64_t ramp_us, double jitter);

/** The value of a quantity in the second that begins at second_us, with its jitter and, for levels that were not set,
 *  derived from LAeq (LAFmax 3 … 9 dB above, LCpeak 15 dB above LAFmax). NaN = none, +infinity = over range. */
double sw_sim_value(const struct sw_sim_site *site, uint8_t unit_id, enum sw_quantity q, int64_t second_us);

/** What the unit measured in the last complete second before now_us. */
void sw_sim_measure(const struct sw_sim_site *site, uint8_t unit_id, int64_t now_us, struct sw_node_measure *ret);

/** Registers of a unit in its map. @return 0, or the Modbus exception of a real device of that kind */
int sw_sim_read(const struct sw_sim_site *site, uint8_t unit_id, int64_t now_us, uint8_t fc, uint16_t reg_addr,
                uint16_t nb, uint16_t *ret_regs);

#endif
