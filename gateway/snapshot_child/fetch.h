// SPDX-License-Identifier: Apache-2.0
/* One GET of one picture. The only door to libcurl in the gateway's programs. */
#ifndef SW_GATEWAY_SNAPSHOT_FETCH_H
#define SW_GATEWAY_SNAPSHOT_FETCH_H

#include "gateway/snapshot_job.h"

/** Fetch what the job names into buf[job->max_bytes]; tell in `reply` what came: bytes 0 and a sentence when it is no
 *  picture. Blocks up to the job's time (a name that is slow to resolve: longer; the parent's dead line ends that). */
void sw_snapshot_fetch(const struct sw_snapshot_job *job, unsigned char *buf, struct sw_snapshot_reply *reply);

#endif
