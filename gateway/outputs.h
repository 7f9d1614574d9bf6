// SPDX-License-Identifier: Apache-2.0
/* What the gateway switches and shows: relays of mist cannons and warning lights, LED boards. The rule of a relay is in
 * rules/output.c; here it gets what it needs to know, and its orders are carried out, read back, stored and told.
 * Truth is what was read back. Core thread only. */
#ifndef SW_GATEWAY_OUTPUTS_H
#define SW_GATEWAY_OUTPUTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/reading.h"
#include "io/http.h"
#include "rules/output.h"

struct sw_core;
struct core_outputs; /* outputs_int.h */

/** After the engine is restored and the buses run: every relay is switched off first. @return SW_OK; SW_E_NOMEM */
int core_outputs_new(struct sw_core *c, struct sw_err *err);
/** Everything off (but what is to be left), waited for, before the buses stop. What cannot be confirmed is said. */
void core_outputs_stop(struct sw_core *c);
void core_outputs_free(struct sw_core *c);

/* While the engine may be in the middle of a step these only take note. */

/** The rule states of a sensor changed. */
void core_outputs_state(struct sw_core *c, size_t sensor);
/** A reading was given to the engine. */
void core_outputs_reading(struct sw_core *c, const struct sw_reading *r);

/** Decide and switch; feeds the engine. After a batch of readings and once a second. */
void core_outputs_act(struct sw_core *c);

/** All documents again: after the broker took the session anew. */
void core_outputs_publish(struct sw_core *c);

/** Auto, off or on by hand. @param uid  who asked for it @param why  "" = no reason given
 *  @return SW_OK; SW_E_NOTFOUND there is no such output; SW_E_INVAL a board cannot be switched */
int core_output_set_mode(struct sw_core *c, const char *id, enum sw_output_mode mode, uint32_t uid, const char *why,
                         struct sw_err *err);

/** What is to be said of the sensor of an output: "normal", or "fault" while nobody knows whether it is on; NULL: it is
 *  none of ours. */
const char *core_output_state(const struct sw_core *c, size_t sensor);

/** GET /api/v1/outputs, POST /api/v1/outputs/{id}/{auto|off|on}. @return false: the path is another's */
bool core_output_page(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);

#endif
