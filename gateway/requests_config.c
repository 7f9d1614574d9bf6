// SPDX-License-Identifier: Apache-2.0
/* A platform changes what it may of the configuration: gw/{gw}/cmd/config-patch. */
#include "gateway/requests_int.h"

void requests_run_config(struct core_requests *q, const struct sw_request *rq, enum sw_door door,
                         struct request_reply *reply)
{
    (void) door;
    requests_refuse(q, reply, rq->id, SW_REFUSAL_INVALID, "this gateway does not take it yet");
}
