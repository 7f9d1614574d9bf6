// SPDX-License-Identifier: Apache-2.0
/* Compares the product's desk with the model after a step: what it says in words is the first difference. What the
 * model cannot know (ids, how often a document was refined) it is told here, within bounds. */
#ifndef SW_TESTS_SUPPORT_DESK_MODEL_CHECK_H
#define SW_TESTS_SUPPORT_DESK_MODEL_CHECK_H

#include "tests/support/desk_model.h"

#define MODEL_WHY_SIZE 320

/** All tickets as they stood after the step before, to the byte. */
struct model_before {
    int n;
    struct sw_ticket tickets[MODEL_TICKETS];
};

/** Forget what was said in the step before. */
void model_step_begins(struct model *m);

/** @param before  is brought up to date. @return true = they agree; else `why` says what does not */
bool model_agrees(struct model *m, const struct sw_desk *d, const struct sw_desk_out *out, struct model_before *before,
                  char why[MODEL_WHY_SIZE]);

#endif
