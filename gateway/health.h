// SPDX-License-Identifier: Apache-2.0
/* gw/{gw}/health: how the machine and the gateway are, once a minute. Core thread only. */
#ifndef SW_GATEWAY_HEALTH_H
#define SW_GATEWAY_HEALTH_H

#include <stdint.h>

struct sw_core;

#define CORE_HEALTH_EVERY_US (60 * SW_US_PER_S)
#define CORE_HEALTH_EXPIRY_S 300

/** Each second: publishes when it is due. */
void core_health_tick(struct sw_core *c);
/** Now, and again in a minute: to a broker that has just come. */
void core_health_publish(struct sw_core *c);

#endif
