// SPDX-License-Identifier: Apache-2.0
/* A scan on a terminal and as JSON: units as they are found, the summary, the file for `sensor add`. */
#ifndef SW_CLI_SCAN_PRINT_H
#define SW_CLI_SCAN_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "cli/scan.h"

#define SW_SCAN_SCHEMA "siteward.scan/1.0"

/** Which line, for people and for the file. */
struct sw_scan_where {
    const char *bus;                    /* id of the site's bus; "" = none */
    const struct sw_bus_params *params; /* port, or host and TCP port */
    const char *config;                 /* site file; "" = none */
};

/** One unit in words, with its live values and what to do.
 *  @param line  the option that names its line, for what to type next; NULL: it is being explained already */
void sw_scan_print_unit(const struct sw_scan_unit *u, const char *line, FILE *to);

/** Last line: how many of what, and whether all was asked. */
void sw_scan_print_summary(const struct sw_scan *s, FILE *to);

/** A unit as JSON: {"kind":"unit", …}. NULL = no memory */
json_t *sw_scan_unit_json(const struct sw_scan_unit *u);
/** {"kind":"summary", …}. NULL = no memory */
json_t *sw_scan_summary_json(const struct sw_scan *s, const struct sw_scan_where *where);
/** The file: where, units, summary. NULL = no memory */
json_t *sw_scan_file_json(const struct sw_scan *s, const struct sw_scan_where *where);

/** Write a document beside its place and rename it there. @return SW_OK; SW_E_IO */
int sw_scan_write(const char *path, const json_t *document, struct sw_err *err);

/** A bar with the time left, on a terminal only. `done` 0 … n. */
struct sw_scan_bar {
    FILE *to; /* NULL = none */
    int64_t begun_us, drawn_us;
    int64_t left_ms; /* when nobody answers at the rest */
    int width;
};
void sw_scan_bar_draw(struct sw_scan_bar *bar, const struct sw_scan_step *steps, size_t n, size_t done);
void sw_scan_bar_clear(struct sw_scan_bar *bar);

#endif
