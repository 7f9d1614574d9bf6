// SPDX-License-Identifier: Apache-2.0
/* The ring of newest readings with running totals. Out-of-order readings are put in their place; it is the caller who
 * refuses readings of closed windows and makes room before adding. */
#include "rules/ring.h"

#include <stdlib.h>

#include "common/err.h"
#include "common/reading.h"
#include "rules/judge.h"

int sw_ring_init(struct sw_ring *ring, uint32_t capacity, bool is_energy)
{
    *ring = (struct sw_ring){.capacity = capacity, .is_energy = is_energy};
    ring->entry = calloc(capacity, sizeof(*ring->entry));
    return ring->entry ? SW_OK : SW_E_NOMEM;
}

void sw_ring_done(struct sw_ring *ring)
{
    free(ring->entry);
    *ring = (struct sw_ring){0};
}

sw_i128 sw_ring_weight(const struct sw_ring *ring, int32_t value)
{
    return ring->is_energy ? (sw_i128) sw_energy(value) : 2 * (sw_i128) value;
}

int32_t sw_ring_mean(const struct sw_ring *ring, sw_i128 total, uint32_t n)
{
    int64_t sum, twice = (int64_t) n * 2;

    if (ring->is_energy)
        return sw_energy_level((sw_u128) total, n);
    if (n == 0)
        return SW_NO_VALUE;
    sum = (int64_t) total; /* twice the sum: 2 · 10^9 · 8.64 million fits */
    return (int32_t) (sum < 0 ? -((-sum + (int64_t) n) / twice) : (sum + (int64_t) n) / twice);
}

sw_i128 sw_ring_floor(const struct sw_ring *ring, int32_t value)
{
    return ring->is_energy ? (sw_i128) sw_energy_floor(value) : 2 * (sw_i128) value - 1;
}

void sw_ring_settle(struct sw_ring *ring, uint64_t i)
{
    sw_i128 total = sw_ring_total_before(ring, i);
    uint32_t n = sw_ring_n_before(ring, i);

    for (; i < ring->end; i++) {
        struct sw_ring_entry *e = sw_ring_at(ring, i);

        if (e->cls == SW_CLASS_COUNTED) {
            total += sw_ring_weight(ring, e->level);
            n++;
        }
        e->total = total;
        e->total_n = n;
    }
}

uint64_t sw_ring_place(struct sw_ring *ring, int64_t ts_us)
{
    uint64_t i = ring->end;

    while (i > ring->first && sw_ring_at(ring, i - 1)->ts_us > ts_us)
        i--;
    if (i > ring->first && sw_ring_at(ring, i - 1)->ts_us == ts_us)
        return i - 1;
    ring->end++;
    for (uint64_t k = ring->end - 1; k > i; k--)
        *sw_ring_at(ring, k) = *sw_ring_at(ring, k - 1);
    *sw_ring_at(ring, i) = (struct sw_ring_entry){.ts_us = ts_us,
                                                  .level = SW_NO_VALUE,
                                                  .max = SW_NO_VALUE,
                                                  .cls = SW_EX_MISSING,
                                                  .flag = 'N',
                                                  .wind = SW_RING_NO_WIND};
    return i;
}

void sw_ring_drop_first(struct sw_ring *ring)
{
    const struct sw_ring_entry *e = sw_ring_at(ring, ring->first);

    ring->before = e->total;
    ring->before_n = e->total_n;
    ring->first++;
    if (++ring->first_slot == ring->capacity)
        ring->first_slot = 0;
}

uint64_t sw_ring_seek(const struct sw_ring *ring, int64_t ts_us, uint64_t near)
{
    uint64_t low = near, high, step = 1;

    if (low < ring->first)
        low = ring->first;
    if (low > ring->end)
        low = ring->end;
    high = low;
    /* everything before `low` is earlier than ts_us, everything from `high` on is not */
    while (low > ring->first && sw_ring_at(ring, low - 1)->ts_us >= ts_us) {
        high = low - 1;
        low = low - ring->first > step ? low - step : ring->first;
        step *= 2;
    }
    while (high < ring->end && sw_ring_at(ring, high)->ts_us < ts_us) {
        low = high + 1;
        high = ring->end - high > step ? high + step : ring->end;
        step *= 2;
    }
    while (low < high) {
        uint64_t mid = low + (high - low) / 2;

        if (sw_ring_at(ring, mid)->ts_us < ts_us)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

int32_t sw_ring_highest(const struct sw_ring *ring, int64_t ts_us, bool or_level)
{
    int32_t highest = SW_NO_VALUE;

    for (uint64_t i = ring->end; i > ring->first; i--) {
        const struct sw_ring_entry *e = sw_ring_at(ring, i - 1);

        if (e->ts_us < ts_us)
            break;
        if (e->max > highest)
            highest = e->max;
        if (or_level && e->cls == SW_CLASS_COUNTED && e->level > highest)
            highest = e->level;
    }
    return highest;
}
