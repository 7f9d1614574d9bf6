// SPDX-License-Identifier: Apache-2.0
/* What is said to all sites: quiet periods of the area, and which hosts of the platform are there. Core thread. */
#ifndef SW_GATEWAY_BROADCAST_H
#define SW_GATEWAY_BROADCAST_H

#include "gateway/core.h"

#define CORE_BROADCAST_ROOM (16 * 1024) /* of a page, for all its hosts */

/** After core_schedule_new, before the doors. @return SW_OK; SW_E_NOMEM */
int core_broadcast_new(struct sw_core *c, struct sw_err *err);
void core_broadcast_free(struct sw_core *c);

struct sw_jsonw;
/** "broadcast": {…} and "hosts": […]; "notice" in words when no host of the platform is there. */
void core_broadcast_render(const struct sw_core *c, struct sw_jsonw *w);

#endif
