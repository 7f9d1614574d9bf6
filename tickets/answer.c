// SPDX-License-Identifier: Apache-2.0
/* The eleven answer codes: their words and lamps. Their sentences are in answer_text.c. */
#include "tickets/answer.h"

#include <string.h>

static const struct {
    const char *name, *lamp;
} codes[SW_ANSWER__COUNT] = {
    [SW_ANSWER_OVER_UNPERMITTED] = {"over_limit_unpermitted", "over"},
    [SW_ANSWER_OVER_PERMITTED] = {"over_limit_permitted", "over"},
    [SW_ANSWER_WITHIN_UNPERMITTED] = {"within_limit_unpermitted", "near"},
    [SW_ANSWER_OVER_PERMIT_UNKNOWN] = {"over_limit_permit_unknown", "over"},
    [SW_ANSWER_OVER_SOURCE_UNKNOWN] = {"over_limit_source_unknown", "near"},
    [SW_ANSWER_WITHIN_PERMITTED] = {"within_limit_permitted", "ok"},
    [SW_ANSWER_WITHIN_PERMIT_UNKNOWN] = {"within_limit_permit_unknown", "ok"},
    [SW_ANSWER_NO_WORK_DETECTED] = {"no_work_detected", "ok"},
    [SW_ANSWER_UNCERTAIN] = {"uncertain", "nodata"},
    [SW_ANSWER_NO_DATA] = {"no_data", "nodata"},
    [SW_ANSWER_NO_MONITOR] = {"no_monitor", "nodata"},
};

const char *sw_answer_code_name(enum sw_answer_code v)
{
    return (unsigned) v < SW_ANSWER__COUNT ? codes[v].name : "";
}

const char *sw_answer_lamp(enum sw_answer_code v)
{
    return (unsigned) v < SW_ANSWER__COUNT ? codes[v].lamp : "";
}

int sw_answer_code_from_name(const char *s)
{
    for (int i = 0; s && i < SW_ANSWER__COUNT; i++) {
        if (strcmp(codes[i].name, s) == 0)
            return i;
    }
    return -1;
}
