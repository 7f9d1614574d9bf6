// SPDX-License-Identifier: Apache-2.0
/* Three numbers in a line. When they are kept is publish.c's matter, when they come back restore.c's. */
#include "gateway/input_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

size_t sw_input_state_write(const struct sw_input_state *s, char *buf, size_t cap)
{
    const int len = snprintf(buf, cap, "%d %" PRIu64 " %" PRId64 "\n", s->active, s->count, s->edge_us);

    return len > 0 && (size_t) len < cap ? (size_t) len : 0;
}

int sw_input_state_read(const char *text, size_t len, struct sw_input_state *ret, struct sw_err *err)
{
    char copy[SW_INPUT_STATE_MAX];
    struct sw_input_state s = {0};
    int n = 0;

    if (len < sizeof(copy)) {
        memcpy(copy, text, len);
        copy[len] = '\0';
        n = sscanf(copy, "%d %" SCNu64 " %" SCNd64, &s.active, &s.count, &s.edge_us); /* NOLINT(cert-err34-c) */
    }
    if (n != 3 || (s.active != 0 && s.active != 1))
        return sw_err_set(err, SW_E_CORRUPT, 0, "not the state of an input: \"%.40s\"", len < sizeof(copy) ? copy : "");
    *ret = s;
    return SW_OK;
}
