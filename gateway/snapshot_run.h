// SPDX-License-Identifier: Apache-2.0
/* One running siteward-snapshot: started, listened to with a ceiling, killed at its dead line, always reaped. Nothing
 * here waits: the owner watches two descriptors and a time. Which camera and why is gateway/snapshot.c's. */
#ifndef SW_GATEWAY_SNAPSHOT_RUN_H
#define SW_GATEWAY_SNAPSHOT_RUN_H

#include <sys/types.h>

#include "common/err.h"
#include "gateway/snapshot_job.h"

#define SW_SNAPSHOT_GRACE_MS 1000 /* what the program may take beyond the job's time, to start and to tell */

/** Zero-initialise. */
struct sw_snapshot_run {
    pid_t pid;           /* 0 = none runs */
    int out_fd, exit_fd; /* out_fd: what it says, -1 once that ended; exit_fd: readable when it has ended */
    int64_t deadline_us; /* real monotonic: call _kill then */
    bool is_killed, is_broken;
    int32_t max_bytes;
    struct sw_snapshot_reply reply;
    unsigned char *picture; /* owned */
    size_t got;             /* bytes of reply and picture together */
};

/** Start it and give it its job.
 *  @return SW_OK; SW_E_NOTFOUND there is no siteward-snapshot; SW_E_IO; SW_E_NOMEM */
int sw_snapshot_run_start(struct sw_snapshot_run *r, const struct sw_snapshot_job *job, struct sw_err *err);

/** Take what can be read now. @return true when there will be no more: stop watching out_fd */
bool sw_snapshot_run_read(struct sw_snapshot_run *r);

void sw_snapshot_run_kill(struct sw_snapshot_run *r); /* it ends soon: wait for exit_fd */

/** When exit_fd is readable (else it is killed and waited for): reap it and say what came of it.
 *  @param ret          head of its answer; zero when there was none
 *  @param ret_picture  the picture of ret->bytes bytes, the caller's from now on; NULL when there is none
 *  @return SW_OK a picture; SW_E_TIMEOUT killed; SW_E_NODATA the camera gave none (the sentence is the program's own);
 *          SW_E_IO it broke off or spoke nonsense */
int sw_snapshot_run_finish(struct sw_snapshot_run *r, struct sw_snapshot_reply *ret, unsigned char **ret_picture,
                           struct sw_err *err);

/** What of the sandbox its program went without, in words: "Landlock, seccomp". @param held of its answer */
void sw_snapshot_lacks(uint32_t held, char *buf, size_t cap);

#endif
