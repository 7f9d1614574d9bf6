// SPDX-License-Identifier: Apache-2.0
/* Random walks over the product's desk and the model side by side. A walk is a list of steps made of random numbers,
 * which say what happens only together with what is there: so a step can be left out and the rest still runs. */
#ifndef SW_TESTS_SUPPORT_DESK_MODEL_WALK_H
#define SW_TESTS_SUPPORT_DESK_MODEL_WALK_H

#include "tests/support/desk_model_check.h"

#define WALK_STEPS 40
#define WALK_NUMBERS 8

struct walk_step {
    uint32_t r[WALK_NUMBERS];
};

struct walk {
    uint32_t site; /* which platform, responsibility table, hotline */
    size_t n;
    struct walk_step steps[WALK_STEPS];
};

/** What the walks met, so that a test can tell that they met everything. */
struct walk_met {
    uint64_t steps, commands_taken, tickets, restarts, merged;
    uint64_t refusals[SW_REFUSAL__COUNT], statuses[SW_STATUS__COUNT], events[SW_VERB__COUNT], findings[8];
    uint64_t outcomes[SW_COMPLAINT__COUNT];
};

/** Two desks, the second for restarts. */
struct walk_world;
struct walk_world *walk_world_new(void); /* NULL = out of memory */
struct walk_world *walk_world_free(struct walk_world *w);

/** Walk number n of a seed. */
void walk_make(uint64_t seed, uint64_t n, struct walk *ret);

/** @param is_told  print each step in words. @param met  may be NULL
 *  @return number of steps when all agreed as WALK_STEPS + 1; else the step that did not, and why */
size_t walk_run(struct walk_world *w, const struct walk *k, bool is_told, struct walk_met *met,
                char why[MODEL_WHY_SIZE]);
#define WALK_AGREED (WALK_STEPS + 1)

/** Leave out steps, one by one, as long as it still fails. */
void walk_shrink(struct walk_world *w, struct walk *k);

#endif
