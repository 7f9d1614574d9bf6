// SPDX-License-Identifier: Apache-2.0
/* The search for the crossing. It leaps: from a state that lacks a certain amount of energy no crossing is possible
 * before that much has come in or gone out, so that a level far from the limit costs two or three looks. Every leap is
 * checked by integers before it is taken; floating point only proposes. */
#include "rules/forecast.h"

#include "common/macros.h"

/* The window after k more readings. */
struct future {
    uint32_t k;
    uint64_t tail; /* first old entry that is still inside */
    uint32_t n;
    sw_i128 total;
    bool is_whole; /* reaches over the window's full length */
};

static int64_t begin_after(const struct sw_outlook *o, uint32_t k)
{
    return SW_MAX(o->newest_us + ((int64_t) k + 1) * o->interval_us - o->window_us, o->begin_us);
}

static void look_at(const struct sw_outlook *o, uint32_t k, uint64_t tail, struct future *ret)
{
    const struct sw_ring *ring = o->ring;

    ret->k = k;
    ret->tail = tail;
    ret->n = sw_ring_n_before(ring, ring->end) - sw_ring_n_before(ring, tail) + k;
    ret->total = sw_ring_total_before(ring, ring->end) - sw_ring_total_before(ring, tail) + o->weight * k;
    ret->is_whole =
        o->begin_us == INT64_MIN || o->newest_us + ((int64_t) k + 1) * o->interval_us - o->window_us >= o->begin_us;
}

static uint64_t tail_after(const struct sw_outlook *o, const struct future *f, uint32_t m)
{
    const int64_t begin_us = begin_after(o, f->k + m), held = (int64_t) (o->ring->end - o->ring->first);
    int64_t back = begin_us > o->newest_us ? 0 : (o->newest_us - begin_us) / o->interval_us + 1;

    /* a guess by time: exact without gaps, also while the window is not full and its tail still waits at the first */
    back = SW_MIN(back, held);
    return sw_ring_seek(o->ring, begin_us, o->ring->end - (uint64_t) back);
}

static uint32_t propose(sw_i128 deficit, double gain, uint32_t most)
{
    double m = (double) deficit / gain;

    return m >= most ? most : m < 1.0 ? 0 : (uint32_t) m;
}

/* Steps within which the mean surely stays at or below the limit. In m steps the excess (total − n·floor) grows by at
 * most floor for each reading that leaves, and by weight − floor for each that comes. Sets *ret_tail for them. */
static uint32_t steps_below_mean(const struct sw_outlook *o, const struct future *f, double most_gain, uint32_t most,
                                 uint64_t *ret_tail)
{
    const sw_i128 floor = o->bar.floor, deficit = f->n * floor - f->total;
    const sw_i128 gain = SW_MAX(o->weight - floor, 0);
    uint32_t m;

    if (deficit <= floor)
        return 0;
    for (m = propose(deficit - floor, most_gain, most); m > 0; m -= 1 + m / 4) {
        uint64_t tail = tail_after(o, f, m);
        uint32_t leaving = sw_ring_n_before(o->ring, tail) - sw_ring_n_before(o->ring, f->tail);

        if (m * gain + leaving * floor < deficit) {
            *ret_tail = tail;
            return m;
        }
    }
    return 0;
}

/* Steps within which the window surely can neither be judged by its mean nor hold the energy of a whole one. */
static uint32_t steps_before_judged(const struct sw_outlook *o, const struct future *f, uint32_t most)
{
    const sw_i128 lacking = o->bar.floor * o->bar.expected - f->total;
    int64_t whole = 0, judged;
    uint32_t m;

    if (f->is_whole && f->n >= o->bar.need)
        return 0;
    if (!f->is_whole) {
        int64_t lacks_us = o->begin_us + o->window_us - o->newest_us - ((int64_t) f->k + 1) * o->interval_us;

        whole = (lacks_us + o->interval_us - 1) / o->interval_us;
    }
    judged = SW_MAX(whole, (int64_t) o->bar.need - f->n) - 1;
    if (judged <= 0 || lacking <= 0)
        return 0;
    m = propose(lacking, (double) o->weight, most);
    while (m > 0 && o->weight * m >= lacking)
        m--;
    return (uint32_t) SW_MIN((int64_t) m, judged);
}

uint32_t sw_outlook_steps(const struct sw_outlook *o)
{
    const double most_gain = (double) SW_MAX(o->weight, o->bar.floor); /* of one step */
    struct future now;

    if (o->weight <= 0)
        return 0;
    look_at(o, 0, o->tail, &now);
    while (now.k < o->steps_max) {
        uint32_t most = o->steps_max - now.k, m, other;
        uint64_t tail = 0;

        m = steps_below_mean(o, &now, most_gain, most, &tail);
        other = steps_before_judged(o, &now, most);
        if (other > m) {
            m = other;
            tail = tail_after(o, &now, m);
        }
        if (m > 0) {
            look_at(o, now.k + m, tail, &now);
            continue;
        }
        look_at(o, now.k + 1, tail_after(o, &now, 1), &now);
        if (sw_bar_is_over(&o->bar, now.total, now.n, now.is_whole))
            return now.k;
    }
    return 0;
}

uint32_t sw_outlook_fresh_steps(const struct sw_bar *bar, sw_i128 weight)
{
    const sw_i128 needed = bar->floor * bar->expected;
    uint32_t k;

    if (weight <= 0 || weight < bar->floor)
        return 0;
    if (needed <= 0)
        return 1;
    k = propose(needed, (double) weight, bar->expected);
    while (k > 1 && (k - 1) * weight >= needed)
        k--;
    while (k == 0 || k * weight < needed)
        k++;
    return k;
}
