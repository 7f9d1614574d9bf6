// SPDX-License-Identifier: Apache-2.0
/* What a scan says to somebody at a cabinet: exceptions in words, and what to check at the wires. */
#ifndef SW_CLI_SCAN_WORDS_H
#define SW_CLI_SCAN_WORDS_H

#include <stdio.h>

#include "cli/scan.h"
#include "cli/scan_line.h"

/** Modbus exception in words; never NULL. */
const char *sw_scan_exception_text(int code);

/** "silent", "garbled", "exception", "unknown", "matched" */
const char *sw_scan_result_name(enum sw_scan_result result);

/** What to check, after a scan: about silence, garbled addresses, two units that share an address. Nothing when all is
 *  well.
 *  @param noise  what the port noticed */
void sw_scan_advice(const struct sw_scan *s, bool is_tcp, const struct sw_scan_noise *noise, FILE *to);

#endif
