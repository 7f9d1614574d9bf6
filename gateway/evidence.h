// SPDX-License-Identifier: Apache-2.0
/* Answering "what was measured then": the query worker reads the store, the core adds what holds now, and the document
 * is rendered. Owned by the core's thread; sw_evidence lives as long as the callback, unless it is kept. */
#ifndef SW_GATEWAY_EVIDENCE_H
#define SW_GATEWAY_EVIDENCE_H

#include "gateway/core.h"
#include "tickets/evidence.h"

struct core_evidence; /* facts of one answer: evidence.c */

#define CORE_QUERIES_MAX 32 /* waiting; more are refused with SW_E_FULL */

/** Start the query worker. After the store. */
int core_evidence_new(struct sw_core *c, struct sw_err *err);
void core_evidence_free(struct sw_core *c);

/** Called on the core's thread. e is NULL when it failed (err says why); it is freed after the call unless taken with
 *  core_evidence_keep. */
typedef void (*core_evidence_fn)(void *ctx, struct core_evidence *e, const struct sw_err *err);
/** @return SW_OK: fn will be called, once; SW_E_INVAL (in the future, window too long …); SW_E_FULL */
int core_evidence_ask(struct sw_core *c, const struct sw_evidence_ask *ask, core_evidence_fn fn, void *ctx,
                      struct sw_err *err);
void core_evidence_keep(struct core_evidence *e);
struct core_evidence *core_evidence_drop(struct core_evidence *e);

/** The whole document, with tickets and complaints as they are now, signed. @return length; 0 = it does not fit */
size_t core_evidence_write(struct sw_core *c, const struct core_evidence *e, const char *call_ticket, char *buf,
                           size_t cap);
/** What a complaint is decided by. */
void core_evidence_found(const struct sw_core *c, const struct core_evidence *e, struct sw_complaint_found *ret);

/** Distance of a point to the nearer of site outline and boundary sensors, to 50 m. */
int32_t core_evidence_distance_m(const struct sw_core *c, double lat, double lon);

/** GET /api/v1/evidence?at=&window=&lat=&lon=&lang=. @return whether it was this page */
bool core_page_evidence(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);

#endif
