// SPDX-License-Identifier: Apache-2.0
/* What a complaint does at the desk. */
#include "tickets/desk_impl.h"

int sw_desk_complaint(struct sw_desk *d, const struct sw_complaint_call *c, int64_t now_us, struct sw_desk_out *out,
                      struct sw_complaint_result *ret, struct sw_err *err)
{
    (void) d, (void) c, (void) now_us, (void) out, (void) ret;
    return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL, "complaints are not taken yet");
}
