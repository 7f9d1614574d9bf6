// SPDX-License-Identifier: Apache-2.0
/* Other gateways of the same site. */
#include "gateway/doors.h"

bool core_neighbour_message(struct sw_core *c, const struct sw_mqtt_incoming *m)
{
    (void) c;
    (void) m;
    return false;
}
