// SPDX-License-Identifier: Apache-2.0
/* All that a unit lets be read around the registers that templates know: for somebody who writes a template. */
#ifndef SW_CLI_SCAN_DUMP_H
#define SW_CLI_SCAN_DUMP_H

#include <stdio.h>

#include "cli/scan.h"

#define SW_SCAN_DUMP_MAX 2048 /* registers */

struct sw_scan_register {
    uint8_t fc;
    uint16_t reg_addr, value;
    int code; /* SW_OK; SW_E_EXCEPTION; SW_E_TIMEOUT; SW_E_PROTOCOL */
    int exception;
};

struct sw_scan_dump {
    size_t n;
    struct sw_scan_register regs[SW_SCAN_DUMP_MAX]; /* by function and address */
};

/** Read holding and input registers: of a matched unit around its template's, of an unknown one around those of all
 *  templates and from 0 to 63. Blocks are split where the unit refuses.
 *  @param stop  may be NULL. @return SW_OK; the code of a lost line */
int sw_scan_dump_read(const struct sw_template *templates, size_t n, const struct sw_scan_unit *unit,
                      sw_scan_ask_fn ask, void *ctx, const volatile int *stop, struct sw_scan_dump *ret,
                      struct sw_err *err);

/** Registers in hex and decimal, what they may be, and which word orders make sense of pairs. */
void sw_scan_dump_print(const struct sw_scan_dump *d, FILE *to);

#endif
