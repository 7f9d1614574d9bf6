// SPDX-License-Identifier: Apache-2.0
/* One line for the service manager: what `systemctl status` says of the site. */
#ifndef SW_GATEWAY_SERVICE_H
#define SW_GATEWAY_SERVICE_H

struct sw_core;

/** Tell it when it has changed. Core thread; once a tick. */
void core_service_tell(struct sw_core *c);

#endif
