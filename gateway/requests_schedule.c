// SPDX-License-Identifier: Apache-2.0
/* The authority publishes, confirms and cancels: cmd/schedule. */
#include "gateway/requests_int.h"

void requests_run_schedule(struct core_requests *q, const struct sw_request *rq, enum sw_door door,
                           struct request_reply *reply)
{
    (void) door;
    requests_refuse(q, reply, rq->id, SW_REFUSAL_INVALID, "this gateway does not take it yet");
}
