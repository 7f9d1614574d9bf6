// SPDX-License-Identifier: Apache-2.0
/* The command line of siteward-node. */
#ifndef SW_FIRMWARE_HOST_OPTIONS_H
#define SW_FIRMWARE_HOST_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/err.h"
#include "firmware/port/host/sim_csv.h"
#include "firmware/port/host/sim_site.h"

struct sw_node_options {
    const char *scenario, *csv, *pty, *tcp, *control; /* NULL = not given; borrowed from argv */
    uint32_t baud;
    struct sw_clock clock;
    bool unit_exists[SW_SIM_UNIT_MAX + 1]; /* by --units, --map, --csv-unit */
    int unit_map[SW_SIM_UNIT_MAX + 1];     /* enum sw_sim_map, -1 = not said */
    size_t n_csv_units;
    struct sw_csv_unit csv_units[SW_SIM_UNIT_MAX];
    bool wants_help, wants_version;
};

/** @return SW_OK; SW_E_INVAL with a sentence */
int sw_node_options_parse(int argc, char **argv, struct sw_node_options *ret, struct sw_err *err);

/** The text of --help. */
extern const char sw_node_help[];

#endif
