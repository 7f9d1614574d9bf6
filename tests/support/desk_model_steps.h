// SPDX-License-Identifier: Apache-2.0
/* Inside of the random walks: the world, and what a step's numbers mean in it. */
#ifndef SW_TESTS_SUPPORT_DESK_MODEL_STEPS_H
#define SW_TESTS_SUPPORT_DESK_MODEL_STEPS_H

#include "tests/support/desk_model_walk.h"
#include "tickets/desk_impl.h"

#define WALK_T0 1772458800000000LL /* 2026-03-02T21:40:00+08:00 */

struct walk_world {
    struct sw_desk *desks[2];
    struct sw_desk fresh; /* as one is when it is new */
    int which;
    uint32_t site;
    struct model model;
    struct model_before before;
    struct sw_desk_out out;
    size_t n_kept;
    struct sw_complaint_kept kept[MODEL_CALLS]; /* the store's */
    bool is_told;
    size_t step;
    struct walk_met *met;
};

#define WALK_WORKS 5
extern const struct sw_pack walk_pack;
extern const struct sw_desk_sensor walk_sensors[MODEL_SENSORS];
extern const struct sw_work walk_works[WALK_WORKS];

/** Sites differ in platform, responsibility and hotline. */
struct sw_desk_params walk_params(uint32_t site);
/** @return the desk's clock ticks after it */
bool walk_time_passes(struct walk_world *w, const struct walk_step *s);
/** To the product and to the model. @return false: they answered differently */
bool walk_step_do(struct walk_world *w, const struct walk_step *s, char why[MODEL_WHY_SIZE]);
/** Say what is done, when the walk is told. */
void walk_tell(const struct walk_world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* desk_model_orders.c */
bool walk_complaint(struct walk_world *w, const struct walk_step *s, char why[MODEL_WHY_SIZE]);
bool walk_command(struct walk_world *w, const struct walk_step *s, char why[MODEL_WHY_SIZE]);
/** desk_model_walk.c: the other desk goes on with what was stored. @param by_text  through its JSON */
bool walk_restart(struct walk_world *w, bool by_text, char why[MODEL_WHY_SIZE]);

#endif
