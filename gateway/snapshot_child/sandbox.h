// SPDX-License-Identifier: Apache-2.0
/* Takes rights away from the process that talks to a camera: what breaks into it finds nothing to do. */
#ifndef SW_GATEWAY_SNAPSHOT_SANDBOX_H
#define SW_GATEWAY_SNAPSHOT_SANDBOX_H

#include <stdint.h>

/** From here on: no new files, no writing, no programs, no threads, little memory and time; reads only what resolver
 *  and TLS need, and ca_file ("" = none). For good, and for this process alone.
 *  @param cpu_s  seconds of processor time
 *  @return set of sw_sandbox_part that took hold (gateway/snapshot_job.h); an old kernel may lack some */
uint32_t sw_sandbox_enter(const char *ca_file, int cpu_s);

#endif
