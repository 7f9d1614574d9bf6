// SPDX-License-Identifier: Apache-2.0
/* How long the uplink waits before it connects again, and with which version. Pure: time and chance are parameters. */
#ifndef SW_GATEWAY_UPLINK_RETRY_H
#define SW_GATEWAY_UPLINK_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"

#define UPLINK_STEADY_US (30 * SW_US_PER_S) /* lasted so long: the next wait is short again */
#define UPLINK_BRIEF_US (10 * SW_US_PER_S)  /* lost within this, again and again: somebody throws us out */
#define UPLINK_BRIEF_MAX 5 /* so often in a row, with none that failed between: the broker was there all the time */
#define UPLINK_SETTLED_US (20 * 60 * SW_US_PER_S)    /* longer than the other one's longest wait: it is gone */
#define UPLINK_TAKEN_WAIT_US (10 * 60 * SW_US_PER_S) /* the longest wait after a session was taken over */

enum uplink_end {
    UPLINK_END_FAILED, /* no connection came about */
    UPLINK_END_LOST,
    UPLINK_END_TAKEN, /* another client came with our id */
};

struct uplink_retry {
    int64_t min_us, max_us; /* bounds of the plain wait; min > 0 */
    int64_t wait_us;        /* the next plain wait, before chance; 0 = min_us */
    unsigned n_taken;       /* in a row: counts until a connection settled */
    unsigned n_brief;       /* in a row: connections that were lost at once */
};

/** A connection ended, or none came about: note it.
 *  @param up_us   how long it stood; of LOST and TAKEN
 *  @param chance  anything, so that the gateways of a city do not come back in step
 *  @return how long to wait. Plainly it doubles from min to max, and half to the whole of that is waited; after a
 *          take-over 1, 2, 5, then 10 minutes, and up to half as long again. */
int64_t uplink_retry_wait_us(struct uplink_retry *r, enum uplink_end end, int64_t up_us, uint64_t chance);

/** Somebody else uses our id: told by the broker (some do in MQTT 5), or guessed from connections that break at once.
 */
bool uplink_retry_is_taken(const struct uplink_retry *r);

/** Connected for so long: whoever took it is gone. @return whether that changed anything */
bool uplink_retry_settle(struct uplink_retry *r, int64_t up_us);

#define UPLINK_CUTS_MAX 3 /* a broker that ends a CONNECT so often without a word may not know version 5 */
#define UPLINK_REFUSED_US (SW_S_PER_DAY * SW_US_PER_S) /* 5 is tried again: it said that it does not know 5 */
#define UPLINK_CUT_US (3600 * SW_US_PER_S)             /* the same: it said nothing */

/** Which version of MQTT is spoken. Zero-initialised but for `wanted`. */
struct uplink_version {
    int wanted;       /* 5, 4 (3.1.1), 0 = found out */
    int now;          /* 0 = not decided yet */
    unsigned cuts;    /* in a row */
    bool is_trial;    /* 3.1.1 after cuts: one attempt, for a refused certificate looks the same */
    int64_t again_us; /* now is 4: when 5 is tried again, with the next connection */
};

/** For the next connection. @return 5 or 4 */
int uplink_version_next(struct uplink_version *v, int64_t now_us);
/** A CONNECT failed.
 *  @param is_refused  the broker said that it does not speak this version
 *  @param was_cut     it ended the connection without an answer
 *  @return the other version is worth trying at once */
bool uplink_version_failed(struct uplink_version *v, bool is_refused, bool was_cut, int64_t now_us);
void uplink_version_worked(struct uplink_version *v);

#endif
