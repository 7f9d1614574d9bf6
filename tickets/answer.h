// SPDX-License-Identifier: Apache-2.0
/* The answer for a caller: which of the eleven codes holds, and what the agent reads out in Chinese and English.
 * Pure. The facts are gathered elsewhere (gateway/evidence.c); sentences are reviewed templates in answer_text.c.
 * Source: docs/explanation/answers.md. */
#ifndef SW_TICKETS_ANSWER_H
#define SW_TICKETS_ANSWER_H

/** In the order of the contract's closed list. */
enum sw_answer_code {
    SW_ANSWER_OVER_UNPERMITTED,
    SW_ANSWER_OVER_PERMITTED,
    SW_ANSWER_WITHIN_UNPERMITTED,
    SW_ANSWER_OVER_PERMIT_UNKNOWN,
    SW_ANSWER_OVER_SOURCE_UNKNOWN,
    SW_ANSWER_WITHIN_PERMITTED,
    SW_ANSWER_WITHIN_PERMIT_UNKNOWN,
    SW_ANSWER_NO_WORK_DETECTED,
    SW_ANSWER_UNCERTAIN,
    SW_ANSWER_NO_DATA,
    SW_ANSWER_NO_MONITOR,
    SW_ANSWER__COUNT
};
const char *sw_answer_code_name(enum sw_answer_code v); /* "over_limit_unpermitted" … */
int sw_answer_code_from_name(const char *s);            /* -1 = none of them */
const char *sw_answer_lamp(enum sw_answer_code v);      /* "over", "near", "ok", "nodata" */

#endif
