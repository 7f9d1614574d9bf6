// SPDX-License-Identifier: Apache-2.0
/* A schedule as the store keeps it: items with the times at which they were published and cancelled, and their
 * instances. Only the gateway that wrote it reads it again; what others see is the schedule document. */
#ifndef SW_GATEWAY_SCHEDULE_TEXT_H
#define SW_GATEWAY_SCHEDULE_TEXT_H

#include <stddef.h>

#include "common/err.h"
#include "rules/schedule.h"

/** @return text on the heap (free it), NULL when there is no memory */
char *sw_schedule_text_write(const struct sw_schedule *s, size_t *ret_len);

/** @return SW_OK; SW_E_CORRUPT with a sentence; SW_E_NOMEM */
int sw_schedule_text_read(const char *text, size_t len, struct sw_schedule **ret, struct sw_err *err);

#endif
