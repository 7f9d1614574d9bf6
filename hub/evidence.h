// SPDX-License-Identifier: Apache-2.0
/* The evidence document out of the hub's own store, for when a gateway is silent: from the windows of one minute, which
 * carry what each rule said, tickets, schedule and complaints as they came. Less than the gateway's: no readings of
 * seconds, no pictures, no signature, and of a schedule only what does not recur or recurs daily. Blocks on the store;
 * any thread that owns the reader. */
#ifndef SW_HUB_EVIDENCE_H
#define SW_HUB_EVIDENCE_H

#include "common/zone.h"
#include "hub/store.h"
#include "tickets/evidence.h"

/** A site for an answer. Borrowed texts. */
struct hub_evidence_site {
    int64_t id;
    const char *site, *name;
    bool is_simulated;
    struct sw_zone zone; /* hub_zone_of */
};

/** The offset from UTC that a site's documents carry, as a zone of one offset. @return false: none is known; UTC */
bool hub_zone_of(struct hub_reader *r, int64_t site, struct sw_zone *ret);

/** @param ask  checked: at and window; distance_m is set
 *  @param buf  [cap], gets the document
 *  @return SW_OK; SW_E_INVAL in the future, window out of range; SW_E_IO …; SW_E_FULL it does not fit */
int hub_evidence(struct hub_reader *r, const struct hub_evidence_site *site, const struct sw_evidence_ask *ask,
                 int64_t now_us, char *buf, size_t cap, size_t *ret_len, struct sw_err *err);

#endif
