// SPDX-License-Identifier: Apache-2.0
/* Which numbers of a gateway's outbox are accounted for: they came, or a gap document named them. What is missing is
 * found over the set, whatever the order. Pure; memory grows with the holes, up to a ceiling. */
#ifndef SW_HUB_SEEN_H
#define SW_HUB_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define HUB_SEEN_RUNS_MAX 4096          /* runs of one gateway and epoch: as many holes at one time */
#define HUB_SEQ_MAX ((int64_t) 1 << 53) /* what a JSON number holds exactly */
#define HUB_SEEN_PACKED_MAX (HUB_SEEN_RUNS_MAX * 20)

struct hub_run {
    int64_t from, to; /* both within */
};

/** Zero-initialise, end with hub_seen_done. */
struct hub_seen {
    int64_t low;  /* what is below was before our time: a hole counts only from here on; 0 = not known yet */
    bool is_full; /* there were more holes than there is room for: what it says is not all */
    size_t n, cap;
    struct hub_run *runs; /* ascending, apart from each other */
};
void hub_seen_done(struct hub_seen *s);

/** From this number on nothing may miss. The lowest that anybody says holds. */
void hub_seen_begin(struct hub_seen *s, int64_t low);

/** These are accounted for.
 *  @return 1 at least one of them was not before; 0 all were; SW_E_FULL no room for another hole (is_full is set: they
 *          will be called missing); SW_E_INVAL no such numbers; SW_E_NOMEM */
int hub_seen_add(struct hub_seen *s, int64_t from, int64_t to);

bool hub_seen_has(const struct hub_seen *s, int64_t number);
int64_t hub_seen_high(const struct hub_seen *s); /* 0 = none */

/** What is missing between `low` and the highest number, the oldest first. @return how many; up to cap are in ret */
size_t hub_seen_holes(const struct hub_seen *s, struct hub_run *ret, size_t cap);

/** Runs as bytes and back: variable-length differences. @param buf [HUB_SEEN_PACKED_MAX] @return length */
size_t hub_seen_pack(const struct hub_seen *s, unsigned char *buf);
/** @return SW_OK; SW_E_CORRUPT; SW_E_NOMEM. *s is empty but for low after a failure */
int hub_seen_unpack(struct hub_seen *s, const unsigned char *bytes, size_t len);

#endif
