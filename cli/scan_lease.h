// SPDX-License-Identifier: Apache-2.0
/* The lease of a port that the running daemon polls: taken before a scan, renewed while it runs, given back after. It
 * is bounded, so that a scan that dies never leaves a bus silent. */
#ifndef SW_CLI_SCAN_LEASE_H
#define SW_CLI_SCAN_LEASE_H

#include <stdbool.h>

#include "common/err.h"
#include "sensors/bus.h"

struct sw_scan_lease;

/** Ask the daemon to leave the line, and wait until it has let go of it.
 *  @param config  site file that names its socket; NULL = the usual places
 *  @param p       the line that is to be scanned
 *  @param ret     NULL without an error: no daemon answers, or the line is none of its buses
 *  @return SW_OK; SW_E_BUSY the daemon does not let go; SW_E_DENIED, SW_E_PROTOCOL it refuses; SW_E_NOMEM */
int sw_scan_lease_take(const char *config, const struct sw_bus_params *p, struct sw_scan_lease **ret,
                       struct sw_err *err);

/** Name of the daemon's bus. */
const char *sw_scan_lease_bus(const struct sw_scan_lease *l);

/** Before each question: renews the lease when it is due. A daemon that has gone meanwhile holds no line.
 *  @param lease  struct sw_scan_lease; NULL is fine. @return SW_OK; SW_E_BUSY it took the line back */
int sw_scan_lease_keep(void *lease, struct sw_err *err);

/** Give the line back. NULL is fine; always returns NULL. */
struct sw_scan_lease *sw_scan_lease_end(struct sw_scan_lease *l);

#endif
