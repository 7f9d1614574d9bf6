// SPDX-License-Identifier: Apache-2.0
/* Who else than the site's files changes the schedule: a command of the authority, which the import has to expand
 * first, and broadcasts to the area. Core thread. */
#ifndef SW_GATEWAY_SCHEDULE_CHANGE_H
#define SW_GATEWAY_SCHEDULE_CHANGE_H

#include "gateway/core.h"
#include "gateway/schedule_layer.h"

/** A command on its way. */
struct core_schedule_change {
    int64_t base_revision;
    const struct sw_schedule_command *command; /* lives until fn was called */
    /** What became of it, once, before the turn ends that holds the new schedule: what is staged now is stored with it
     * or not at all. at_us: its instant. rc: SW_OK; SW_E_CONFLICT; SW_E_NOTFOUND; SW_E_INVAL, SW_E_FULL the command
     * cannot be; all else: not now */
    void (*fn)(void *ctx, int rc, const struct sw_err *err, int64_t at_us);
    void *ctx;
};

/** Something is being imported: core_requests_schedule_next is called when it is done. */
bool core_schedule_is_busy(const struct sw_core *c);
/** Not while it is busy. @return SW_OK: fn was called or will be; else it was refused at once and fn is not called */
int core_schedule_change(struct sw_core *c, const struct core_schedule_change *change, struct sw_err *err);

const struct sw_layer *core_schedule_layer(const struct sw_core *c);
/** A quiet period is published, or what is known of it changes; withdrawn. The caller ends the turn.
 *  @return SW_OK; SW_E_FULL too many; SW_E_NOMEM; SW_E_BUSY the store is behind */
int core_schedule_quiet(struct sw_core *c, const struct sw_quiet *q, struct sw_err *err);
int core_schedule_unquiet(struct sw_core *c, const char *id, struct sw_err *err);

#endif
