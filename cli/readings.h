// SPDX-License-Identifier: Apache-2.0
/* Replay files: recorded readings as CSV with the columns ts, sensor, quantity, value and flag. Checks every line,
 * says what is wrong with a bad one, counts it and goes on. */
#ifndef SW_CLI_READINGS_H
#define SW_CLI_READINGS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/err.h"
#include "common/reading.h"
#include "config/site.h"

#define SW_READINGS_SHOWN_MAX 20     /* bad lines that are said one by one; the others are counted */
#define SW_READINGS_GAP_MAX_DAYS 400 /* a longer jump forward is taken for a wrong year */

struct sw_readings;

/**
 * Open a replay file for a site whose sensors it names.
 *
 * @param path        "-" = standard input; borrowed until close
 * @param site        borrowed until close
 * @param complaints  where bad lines are said; borrowed
 * @return SW_OK; SW_E_IO; SW_E_INVAL no usable header; SW_E_NOMEM
 */
int sw_readings_open(const char *path, const struct sw_site *site, FILE *complaints, struct sw_readings **ret,
                     struct sw_err *err);
struct sw_readings *sw_readings_close(struct sw_readings *r); /* NULL is fine; always returns NULL */

/** The next good reading, in the file's order, which never goes back in time. @return 1; 0 the end; SW_E_IO */
int sw_readings_next(struct sw_readings *r, struct sw_reading *ret, struct sw_err *err);

uint64_t sw_readings_good(const struct sw_readings *r); /* lines taken */
uint64_t sw_readings_bad(const struct sw_readings *r);  /* lines skipped */

/** True when more than one line in a hundred was bad. */
int sw_readings_are_too_bad(const struct sw_readings *r);

#endif
