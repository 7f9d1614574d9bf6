// SPDX-License-Identifier: Apache-2.0
/* The simulated node as a Modbus server: joins the clock, what drives the values (scenario, recording) and the units.
 */
#ifndef SW_FIRMWARE_HOST_NODE_H
#define SW_FIRMWARE_HOST_NODE_H

#include <stdbool.h>

#include "common/clock.h"
#include "firmware/app/mbserver.h"
#include "firmware/port/host/sim_csv.h"
#include "firmware/port/host/sim_scenario.h"
#include "firmware/port/host/sim_site.h"

struct sw_node {
    struct sw_clock clock;
    struct sw_sim_site site;
    struct sw_scenario *scenario; /* NULL = none; owned by whoever set it */
    struct sw_sim_csv *csv;       /* NULL = none; owned by whoever set it */
    int64_t now_us;               /* domain UTC of the request in hand */
    struct sw_err failure;        /* the recording could not be read on */
};

/** Bring the site to the present: rows and readings that are due. */
void sw_node_refresh(struct sw_node *node);

/** The node as callbacks for mbserver. The node must outlive it. */
struct sw_mbserver sw_node_server(struct sw_node *node);

/** True if the replies of this unit are to be spoilt on the wire. */
bool sw_node_spoils_replies(const struct sw_node *node, uint8_t unit_id);

#endif
