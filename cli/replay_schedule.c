// SPDX-License-Identifier: Apache-2.0
/* Schedule files for a replay. Expanding and reading them is the import's, here they become one schedule whose times of
 * publication are those that the files claim. */
#include <stdio.h>

#include "cli/replay.h"
#include "config/schedule_child.h"
#include "gateway/schedule_merge.h"

int sw_replay_schedule(const struct sw_replay_options *o, const struct sw_site *site, int64_t start_us,
                       struct sw_schedule **ret, struct sw_err *err)
{
    struct sw_schedule *files[SW_REPLAY_SCHEDULES_MAX] = {0};
    int code = SW_OK;

    for (size_t i = 0; i < o->n_schedules && code >= 0; i++) {
        struct sw_err said = {0};

        code = sw_schedule_import(o->schedules[i], site, start_us - SW_SCHEDULE_BACK_US,
                                  start_us + SW_SCHEDULE_AHEAD_US, &files[i], &said);
        if (code < 0)
            *err = said;
        else if (said.msg[0] != '\0') /* what was skipped is not judged by: nobody may overlook that */
            (void) fprintf(stderr, "siteward replay: %s\n", said.msg);
    }
    if (code >= 0)
        code = sw_schedule_claimed((const struct sw_schedule *const *) files, o->n_schedules, ret, err);
    for (size_t i = 0; i < o->n_schedules; i++)
        sw_schedule_free(files[i]);
    return code;
}
