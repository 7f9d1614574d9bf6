// SPDX-License-Identifier: Apache-2.0
/* A ticket as the store keeps it: every member as JSON, the probability to six decimals. Not a document of the
 * contract: only the gateway that wrote it reads it again, after a restart. One table of members drives writing and
 * reading. */
#ifndef SW_GATEWAY_TICKET_STATE_H
#define SW_GATEWAY_TICKET_STATE_H

#include <stddef.h>

#include "common/err.h"
#include "rules/judge.h"
#include "tickets/ticket.h"

#define SW_TICKET_STATE_MAX (48 * 1024) /* texts full of control characters included */
#define SW_RULE_STATE_MAX 1024

/** @return length without NUL, 0 when it did not fit */
size_t sw_ticket_state_write(const struct sw_ticket *t, char *buf, size_t cap);

/** @return SW_OK; SW_E_CORRUPT with a sentence naming the member */
int sw_ticket_state_read(const char *json, size_t len, struct sw_ticket *ret, struct sw_err *err);

/** State and timers of one rule at one sensor. @return length without NUL, 0 when it did not fit */
size_t sw_rule_state_write(const struct sw_rule_state *r, char *buf, size_t cap);

/** Fills everything but pack and rule. @return SW_OK; SW_E_CORRUPT */
int sw_rule_state_read(const char *json, size_t len, struct sw_rule_state *ret, struct sw_err *err);

#endif
