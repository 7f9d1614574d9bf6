// SPDX-License-Identifier: Apache-2.0
/* The platform and its mirrors as the configuration names them: the uplinks to them are started and stopped here, their
 * coming and going is turned into log and alerts. What goes up to them is uplinks.h's. Core thread only. */
#ifndef SW_GATEWAY_PLATFORM_H
#define SW_GATEWAY_PLATFORM_H

#include "gateway/core.h"

/** Ids of the receivers for the store: borrowed from the site. @return how many; 0 = no platform */
size_t core_platform_ids(const struct sw_core *c, const char *ids[SW_STORE_DESTINATIONS_MAX]);

/** Start an uplink to each. After the store and the doors. A broker that cannot be reached is no error. */
int core_platform_start(struct sw_core *c, struct sw_err *err);
/** They say goodbye. NULL-safe; before the store is closed. */
void core_platform_stop(struct sw_core *c);

/** Each second: alerts SW-U001 and SW-U002. */
void core_platform_look(struct sw_core *c, int64_t real_us);

/** What is to be told of a connection: pure, for core_platform_look and its tests. */
struct core_platform_state {
    bool is_taken_over; /* SW-U001 */
    bool is_away;       /* SW-U002 */
};
struct core_platform_state core_platform_judge(const struct sw_uplink_status *st, int64_t real_us);

#endif
