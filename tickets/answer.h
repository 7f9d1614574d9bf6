// SPDX-License-Identifier: Apache-2.0
/* The answer for a caller: which of the eleven codes holds, and what the agent reads out in Chinese and English.
 * Pure. The facts are gathered elsewhere (gateway/evidence*.c); codes are judged in answer_judge.c, sentences are
 * reviewed templates in answer_text.c. Source: docs/explanation/answers.md. */
#ifndef SW_TICKETS_ANSWER_H
#define SW_TICKETS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/schedule.h"

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

enum sw_over_limit { SW_OVER_WITHIN, SW_OVER_EXCEEDS, SW_OVER_CANNOT_JUDGE };
const char *sw_over_limit_name(enum sw_over_limit v); /* "within", "exceeds", "cannot-judge" */

/** All that decides a code. */
struct sw_answer_facts {
    bool is_near;  /* the place is near a site that is measured, or no place was told */
    bool has_data; /* something was measured, be it good or bad */
    enum sw_over_limit verdict;
    struct sw_work work;
    int work_detected; /* 1, 0, -1 = not known */
};
enum sw_answer_code sw_answer_judge(const struct sw_answer_facts *f);
/** How bad: of the parts of a window the one that ranks highest is on top. */
int sw_answer_rank(enum sw_answer_code v);
/** Does it say how loud it was? Else nothing is known of it. */
bool sw_answer_is_measured(enum sw_answer_code v);
/** Does it say that a limit was passed, whoever passed it? */
bool sw_answer_is_over(enum sw_answer_code v);

#endif
