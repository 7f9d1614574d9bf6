// SPDX-License-Identifier: Apache-2.0
/* What happens on the input lines of a simulated site: lines.ndjson of a scenario, played on files that stand in for
 * lines (docs/how-to/wire-inputs.md). Whoever reads the lines is not known here. */
#ifndef SW_CLI_SIM_LINES_H
#define SW_CLI_SIM_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"

#define SW_SIM_STEPS_MAX 10000

struct sw_sim_step {
    int64_t at_us; /* domain UTC */
    char line[SW_ID_SIZE];
    int level;
};

struct sw_sim_lines {
    char folder[SW_PATH_SIZE]; /* of the files */
    size_t n, next;
    struct sw_sim_step *steps; /* in order of time */
};

/** Read folder/lines.ndjson ({"at":…,"line":"17","level":1} a line, in order of time) for the files in folder/lines.
 *  @return SW_OK, also without such a file; SW_E_INVAL with line and reason; SW_E_IO; SW_E_NOMEM */
int sw_sim_lines_read(struct sw_sim_lines *l, const char *folder, struct sw_err *err);

/** Set every line whose time has come. @return SW_OK; SW_E_IO a file cannot be written */
int sw_sim_lines_play(struct sw_sim_lines *l, int64_t now_us, struct sw_err *err);

/** When the next step is due; INT64_MAX = never. */
int64_t sw_sim_lines_due_us(const struct sw_sim_lines *l);

void sw_sim_lines_done(struct sw_sim_lines *l);

#endif
