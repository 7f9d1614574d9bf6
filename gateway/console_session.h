// SPDX-License-Identifier: Apache-2.0
/* Accounts of the gateway's console: which page needs which right, and the record of look-ups. */
#ifndef SW_GATEWAY_CONSOLE_SESSION_H
#define SW_GATEWAY_CONSOLE_SESSION_H

#include "gateway/core.h"
#include "io/accounts.h"

/** Reads the accounts; says the code of the first start when there is none and a console is wanted. Before
 *  core_web_start. */
int core_session_new(struct sw_core *c, bool is_console_wanted, struct sw_err *err);
void core_session_free(struct sw_core *c); /* before the loop, after HTTP or before it */

/** Session, set-up, accounts and their record. @return false: not one of these pages */
bool core_session_page(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);
/** May this request go on? Else the refusal is written. Requests on the unix socket always may; each look-up of
 * evidence is recorded, whichever way it came. */
bool core_session_may(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);
/** A look-up of evidence that came another way than over HTTP. */
void core_session_note_evidence(struct sw_core *c, const struct sw_actor *by, enum sw_door door, int64_t at_us);

#endif
