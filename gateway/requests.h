// SPDX-License-Identifier: Apache-2.0
/* The doors of the gateway: commands on tickets, complaints and questions for evidence come in over MQTT and HTTP, are
 * given to the engine once, and are answered. Owned by the core's thread. What may be done is the desk's. */
#ifndef SW_GATEWAY_REQUESTS_H
#define SW_GATEWAY_REQUESTS_H

#include "gateway/core.h"

/** The ledger as the store has it. After core_restore, before HTTP and uplink. */
int core_requests_new(struct sw_core *c, struct sw_err *err);
/** A message of the platform: of cmd/ or gw/{gw}/cmd/. @return false: it is of another topic */
bool core_requests_message(struct sw_core *c, const struct sw_mqtt_incoming *m);
/** Nothing is imported now: the next command on the schedule may begin. */
void core_requests_schedule_next(struct sw_core *c);
/** After core_evidence_free, before the uplink ends. */
void core_requests_free(struct sw_core *c);

/** What the engine said to a command or complaint: of core_publish. */
void core_request_result(struct sw_core *c, const struct sw_effect *fx);

struct sw_jsonw;
/** "requests": {…} with what was taken and refused. */
void core_requests_render(const struct sw_core *c, struct sw_jsonw *w);

/** GET /api/v1/tickets/{id}, POST /api/v1/tickets/{id}/{verb}, POST /api/v1/complaints.
 *  @return whether it was one of these pages */
bool core_page_ticket(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);

#endif
