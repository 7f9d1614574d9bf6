// SPDX-License-Identifier: Apache-2.0
/* What is said to all sites of the area: quiet periods, and whether the platform is there. */
#include "gateway/doors.h"

bool core_broadcast_message(struct sw_core *c, const struct sw_mqtt_incoming *m)
{
    (void) c;
    (void) m;
    return false;
}
