// SPDX-License-Identifier: Apache-2.0
/* The newest readings of one sensor in the order of their times, with running totals, so that the sum over any stretch
 * is one subtraction. Sums are integers: what was added and leaves again leaves no trace. What a stretch means (a
 * sliding window, the last minute) is the caller's. Internal to rules/. */
#ifndef SW_RULES_RING_H
#define SW_RULES_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/energy.h"

__extension__ typedef __int128 sw_i128;
typedef sw_i128 sw_i128_packed __attribute__((aligned(8))); /* 40 bytes an entry instead of 48 */

/** What a reading counts as: one of enum sw_excluded, or this. */
#define SW_CLASS_COUNTED 7

/** A wind that is not known, in an entry. */
#define SW_RING_NO_WIND INT16_MIN

#define SW_RING_MAX (1u << 20) /* entries: 20 minutes at 10 ms are 120,000 */

struct sw_ring_entry {
    int64_t ts_us;
    sw_i128_packed total; /* weights of counted readings up to and with this one */
    uint32_t total_n;     /* and how many they are (wraps; only differences are used) */
    int32_t level;        /* hundredths; SW_NO_VALUE */
    int32_t max;          /* LAFmax of the same interval; SW_NO_VALUE */
    int16_t wind;         /* that held at it, hundredths of m/s; SW_RING_NO_WIND */
    char flag;
    uint8_t cls : 3; /* of the level */
    uint8_t time_quality : 1;
    uint8_t is_overload : 1; /* by another quantity of the same interval */
    uint8_t rain_known : 1, rain : 1;
};

/** Entries have absolute numbers [first, end) that grow for ever. */
struct sw_ring {
    struct sw_ring_entry *entry;
    uint32_t capacity, first_slot;
    uint64_t first, end;
    sw_i128 before; /* totals of what was dropped */
    uint32_t before_n;
    bool is_energy; /* weight = energy of the level; else twice the value, so that halves stay integers */
};

/** @return SW_OK; SW_E_NOMEM. sw_ring_done frees and is safe on a zeroed ring. */
int sw_ring_init(struct sw_ring *ring, uint32_t capacity, bool is_energy);
void sw_ring_done(struct sw_ring *ring);

/** Weight of one value, and the value of n weights (correctly rounded; n = 0 → SW_NO_VALUE). */
sw_i128 sw_ring_weight(const struct sw_ring *ring, int32_t value);
int32_t sw_ring_mean(const struct sw_ring *ring, sw_i128 total, uint32_t n);

/** Least mean weight that is rounded to `value` or more (value > 0 unless the weights are energies). */
sw_i128 sw_ring_floor(const struct sw_ring *ring, int32_t value);

static inline bool sw_ring_is_full(const struct sw_ring *ring)
{
    return ring->end - ring->first == ring->capacity;
}

static inline struct sw_ring_entry *sw_ring_at(const struct sw_ring *ring, uint64_t i)
{
    uint32_t slot = ring->first_slot + (uint32_t) (i - ring->first);

    return &ring->entry[slot >= ring->capacity ? slot - ring->capacity : slot];
}

/** Total weight and number of counted readings before entry i (first <= i <= end). */
static inline sw_i128 sw_ring_total_before(const struct sw_ring *ring, uint64_t i)
{
    return i == ring->first ? ring->before : sw_ring_at(ring, i - 1)->total;
}

static inline uint32_t sw_ring_n_before(const struct sw_ring *ring, uint64_t i)
{
    return i == ring->first ? ring->before_n : sw_ring_at(ring, i - 1)->total_n;
}

/** The entry of an instant: the one that is there, or a new empty one in its place. The ring must not be full.
 *  Entries behind a new one move up by one. Set the entry's fields, then call sw_ring_settle with the same number. */
uint64_t sw_ring_place(struct sw_ring *ring, int64_t ts_us);

/** Bring the totals up to date from entry i on. */
void sw_ring_settle(struct sw_ring *ring, uint64_t i);

/** Forget the oldest entry. */
void sw_ring_drop_first(struct sw_ring *ring);

/** Number of the first entry with ts >= ts_us (end if none). `near` is a guess: the search gallops away from it. */
uint64_t sw_ring_seek(const struct sw_ring *ring, int64_t ts_us, uint64_t near);

/** Highest LAFmax (or, where an entry has none, level of a counted reading if `or_level`) since ts_us; SW_NO_VALUE. */
int32_t sw_ring_highest(const struct sw_ring *ring, int64_t ts_us, bool or_level);

#endif
