// SPDX-License-Identifier: Apache-2.0
/* The hub's connection to the broker, on a thread of its own: reads a batch, has it made safe, acknowledges it, reads
 * the next. What is not safe is never acknowledged, so a hub that dies loses nothing that the broker keeps. */
#ifndef SW_HUB_LINK_H
#define SW_HUB_LINK_H

#include "config/hub.h"
#include "hub/ingest.h"

struct hub_link;
/** @param conf, in  must outlive it */
int hub_link_start(const struct sw_hub *conf, struct hub_ingest *in, struct hub_link **ret, struct sw_err *err);
/** Ask it to end, and wait so long. @return true it ended and is freed; false it hangs in the resolver or in a connect:
 *  leave it, the program ends */
bool hub_link_stop(struct hub_link *l, int64_t wait_us);

struct hub_link_status {
    bool is_connected, is_subscribed;
    int version;      /* 5, 4 */
    int64_t since_us; /* real monotonic: of the last change */
    uint64_t connects_total, messages_total;
    char why[200];            /* why not connected */
    int64_t heartbeat_age_us; /* 0 while it connects: that may take minutes */
};
void hub_link_status(struct hub_link *l, struct hub_link_status *ret);

#endif
