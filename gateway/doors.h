// SPDX-License-Identifier: Apache-2.0
/* What the gateway listens to at the broker, and to whom each message goes. Core thread. What a message means is left
 * to those it goes to. */
#ifndef SW_GATEWAY_DOORS_H
#define SW_GATEWAY_DOORS_H

#include "gateway/core.h"

/** Before the uplink. @return SW_OK; SW_E_NOMEM; SW_E_INVAL a topic is too long */
int core_doors_new(struct sw_core *c, struct sw_err *err);
/** Whole topics to subscribe to; they live until core_doors_free. */
const char *const *core_doors_filters(const struct sw_core *c, size_t *ret_n);
/** Begin to take what the uplink brings. After the uplink; without one there is nothing to take. */
int core_doors_listen(struct sw_core *c, struct sw_err *err);
/** After the uplink ended: it borrows the filters. */
void core_doors_free(struct sw_core *c);
/** Take nothing more. Before the uplink ends. */
void core_doors_close(struct sw_core *c);

/* broadcast.c: what is said to all sites of the area, and whether the platform is there */
bool core_broadcast_message(struct sw_core *c, const struct sw_mqtt_incoming *m);
/* neighbour.c: gw/+/status of other gateways: two on one site is a mistake */
int core_neighbours_new(struct sw_core *c, struct sw_err *err);
void core_neighbours_free(struct sw_core *c);
bool core_neighbour_message(struct sw_core *c, const struct sw_mqtt_incoming *m);
/** The broker has come: what it does not retain any more is over. */
void core_neighbours_connected(struct sw_core *c);
void core_neighbours_tick(struct sw_core *c); /* each second */
/** Summary and schedule are this gateway's to publish: no other one that is ready began before. */
bool core_speaks_for_site(const struct sw_core *c);

#endif
