// SPDX-License-Identifier: Apache-2.0
/* A scenario: NDJSON rows that say what the simulated units measure, and when they fail. */
#ifndef SW_FIRMWARE_HOST_SIM_SCENARIO_H
#define SW_FIRMWARE_HOST_SIM_SCENARIO_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "firmware/port/host/sim_site.h"

#define SW_SCENARIO_ROWS_MAX 10000
#define SW_SCENARIO_LINE_MAX 4096

struct sw_scenario; /* opaque */

/** Read and check a whole file. The first faulty line refuses it, named as "file:line: sentence".
 *  @return SW_OK; SW_E_INVAL; SW_E_FULL too many rows; SW_E_IO; SW_E_NOMEM */
int sw_scenario_read(const char *file, struct sw_scenario **ret, struct sw_err *err);

/** The same from memory; `name` stands for the file in messages. */
int sw_scenario_parse(const char *name, const char *text, size_t len, struct sw_scenario **ret, struct sw_err *err);

struct sw_scenario *sw_scenario_free(struct sw_scenario *s); /* NULL is fine; always returns NULL */

size_t sw_scenario_rows(const struct sw_scenario *s);

/** Make every unit that a row names exist, with the map of its first map row if it has one. Call once, before playing.
 */
void sw_scenario_prepare(const struct sw_scenario *s, struct sw_sim_site *site);

/** Apply the rows that are due: values up to the last complete second, faults and maps up to now.
 *  now_us never goes back between calls. */
void sw_scenario_play(struct sw_scenario *s, struct sw_sim_site *site, int64_t now_us);

#endif
