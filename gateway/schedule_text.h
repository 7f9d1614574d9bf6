// SPDX-License-Identifier: Apache-2.0
/* A schedule as the store keeps it: items with the times at which they were published and cancelled, and their
 * instances; beside them what authority and broadcasts said, as they said it. Only the gateway that wrote it reads it
 * again; what others see is the schedule document. */
#ifndef SW_GATEWAY_SCHEDULE_TEXT_H
#define SW_GATEWAY_SCHEDULE_TEXT_H

#include <stddef.h>

#include "common/err.h"
#include "rules/schedule.h"

struct sw_layer; /* gateway/schedule_layer.h */

/** @param layer  NULL = nothing beside it
 *  @return text on the heap (free it), NULL when there is no memory */
char *sw_schedule_text_write(const struct sw_schedule *s, const struct sw_layer *layer, size_t *ret_len);

/** @return SW_OK; SW_E_CORRUPT with a sentence; SW_E_NOMEM */
int sw_schedule_text_read(const char *text, size_t len, struct sw_schedule **ret, struct sw_err *err);

/** What stood beside it. @return SW_OK, also when that is nothing; SW_E_CORRUPT with a sentence; SW_E_NOMEM */
int sw_schedule_text_layer(const char *text, size_t len, struct sw_layer **ret, struct sw_err *err);

#endif
