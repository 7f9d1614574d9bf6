// SPDX-License-Identifier: Apache-2.0
/* The real line of a scan: a port that changes its settings between questions, or a network address. */
#ifndef SW_CLI_SCAN_LINE_H
#define SW_CLI_SCAN_LINE_H

#include "cli/scan.h"

struct sw_scan_line;

/** What the port itself noticed since the line was made. A pseudo-terminal notices nothing. */
struct sw_scan_noise {
    bool is_known;
    uint32_t bytes, framing, parity, breaks;
};

/** @param before  called before each question, may refuse it (the lease of the port was lost); may be NULL
 *  @return SW_OK; SW_E_NOMEM */
int sw_scan_line_new(const struct sw_bus_params *p, int (*before)(void *ctx, struct sw_err *err), void *ctx,
                     struct sw_scan_line **ret, struct sw_err *err);
struct sw_scan_line *sw_scan_line_free(struct sw_scan_line *l); /* NULL is fine; always returns NULL */

/** Open the port once, so that a wrong name is told before anything else. @return SW_OK; SW_E_IO; SW_E_INVAL */
int sw_scan_line_try(struct sw_scan_line *l, const struct sw_serial *serial, struct sw_err *err);

/** A sw_scan_ask_fn. Opens the line when it is closed. Whatever does not only read is refused: SW_E_DENIED. */
int sw_scan_line_ask(void *line, const struct sw_bus_request *rq, uint16_t *ret_regs, struct sw_err *err);

struct sw_scan_noise sw_scan_line_noise(const struct sw_scan_line *l);

#endif
