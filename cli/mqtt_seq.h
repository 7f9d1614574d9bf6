// SPDX-License-Identifier: Apache-2.0
/* Numbers of the outbox as a receiver sees them: in any order, some twice, some named in gap documents. What is missing
 * is found over the set. Pure. */
#ifndef SW_CLI_MQTT_SEQ_H
#define SW_CLI_MQTT_SEQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SW_SEQ_RUNS_MAX 4096 /* runs of numbers kept of one gateway: as many holes at one time */

struct sw_seq_run {
    int64_t from, to;
};

/** Zero-initialise. */
struct sw_seq_set {
    bool has_low;
    bool is_full; /* more holes than there is room for: what it says is not all */
    int64_t low;  /* what is below was before our time; a hole counts only from here on */
    size_t n;
    struct sw_seq_run runs[SW_SEQ_RUNS_MAX]; /* ascending, apart from each other */
};

/** From this number on nothing may miss. Counts once: the first caller says it. */
void sw_seq_begin(struct sw_seq_set *s, int64_t low);

/** These came, or were said never to come. from > to is nothing. */
void sw_seq_add(struct sw_seq_set *s, int64_t from, int64_t to);

/** Holes from `low` to the highest number seen, the oldest first. @return how many there are; up to cap are in holes */
size_t sw_seq_holes(const struct sw_seq_set *s, struct sw_seq_run *holes, size_t cap);

#endif
