// SPDX-License-Identifier: Apache-2.0
/* What a 0/1 input was, as text for the store: so that a restart neither tells of it again nor counts from one. */
#ifndef SW_GATEWAY_INPUT_STATE_H
#define SW_GATEWAY_INPUT_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct sw_input_state {
    int active;      /* 0, 1 */
    uint64_t count;  /* times it became active */
    int64_t edge_us; /* engine time of its last change */
};

#define SW_INPUT_STATE_MAX 64

/** @return length, 0 when it did not fit */
size_t sw_input_state_write(const struct sw_input_state *s, char *buf, size_t cap);
/** @return SW_OK; SW_E_CORRUPT */
int sw_input_state_read(const char *text, size_t len, struct sw_input_state *ret, struct sw_err *err);

#endif
