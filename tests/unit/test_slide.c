// SPDX-License-Identifier: Apache-2.0
/* The ring of newest readings: running totals against sums built anew from a plain list, whatever came before and in
 * whatever order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "rules/ring.h"
#include "rules/stat.h"

#define S 1000000LL
#define KEPT 4000

struct plain {
    int64_t ts_us;
    int32_t level;
    bool counted;
};

static uint32_t seed = 1;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u; /* Numerical Recipes' generator: the same run everywhere */
    return (seed >> 8) % below;
}

static void put(struct sw_ring *ring, int64_t ts_us, int32_t level, bool counted)
{
    struct sw_ring_entry *e;
    uint64_t i;

    if (sw_ring_is_full(ring))
        sw_ring_drop_first(ring);
    i = sw_ring_place(ring, ts_us);
    e = sw_ring_at(ring, i);
    e->level = level;
    e->cls = counted ? SW_CLASS_COUNTED : SW_EX_FAULT;
    sw_ring_settle(ring, i);
}

/* The list: replace what has the same time, else append. */
static size_t note(struct plain *list, size_t n, struct plain p)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i].ts_us == p.ts_us) {
            list[i] = p;
            return n;
        }
    }
    list[n] = p;
    return n + 1;
}

static void compare(const struct sw_ring *ring, const struct plain *list, size_t n, int64_t from_us, int64_t to_us)
{
    uint64_t first = sw_ring_seek(ring, from_us, ring->first + draw(500)), last = sw_ring_seek(ring, to_us, ring->end);
    sw_i128 total = 0;
    uint32_t count = 0;

    for (size_t i = 0; i < n; i++) {
        if (list[i].counted && list[i].ts_us >= from_us && list[i].ts_us < to_us) {
            total += ring->is_energy ? (sw_i128) sw_energy(list[i].level) : 2 * (sw_i128) list[i].level;
            count++;
        }
    }
    assert_int_equal(sw_ring_n_before(ring, last) - sw_ring_n_before(ring, first), count);
    assert_true(sw_ring_total_before(ring, last) - sw_ring_total_before(ring, first) == total);
}

static void run(bool is_energy)
{
    static struct plain list[KEPT];
    struct sw_ring ring;
    size_t n = 0;

    assert_int_equal(sw_ring_init(&ring, 700, is_energy), SW_OK);
    for (int64_t t = 0; n < KEPT - 2; t++) {
        struct plain p = {t * S + draw(20000), (int32_t) draw(6000) + 3000, draw(10) > 0};

        if (draw(50) == 0)
            p.level = 13000; /* a spike that would leave its dust in a floating sum */
        if (draw(10) == 0)
            continue;
        if (n > 10 && draw(8) == 0)
            p.ts_us -= draw(3 * S); /* out of order */
        if (n > 10 && draw(8) == 0)
            p.ts_us = list[n - 1 - draw(5)].ts_us; /* a second reading of one instant */
        n = note(list, n, p);
        put(&ring, p.ts_us, p.level, p.counted);
        if (n > 10 && draw(5) == 0) {
            int64_t length = 1 + draw(500);

            compare(&ring, list, n, (t + 1 - length) * S, (t + 1) * S);
        }
    }
    assert_true(ring.first > 2500); /* most of it was dropped again */
    for (uint64_t i = ring.first + 1; i < ring.end; i++)
        assert_true(sw_ring_at(&ring, i - 1)->ts_us < sw_ring_at(&ring, i)->ts_us);
    sw_ring_done(&ring);
}

static void sums_have_the_same_bits_as_sums_built_anew(void **state)
{
    (void) state;
    run(true);
    run(false);
}

static void seek_finds_the_first_entry_not_earlier_from_any_guess(void **state)
{
    struct sw_ring ring;

    (void) state;
    assert_int_equal(sw_ring_init(&ring, 64, true), SW_OK);
    assert_true(sw_ring_seek(&ring, 5, 99) == 0);
    for (int64_t t = 0; t < 100; t++)
        put(&ring, t * 10, 5000, true); /* 36 … 99 are left */
    for (int64_t ts = 350; ts <= 1000; ts += 5) {
        uint64_t want = (uint64_t) (ts <= 360 ? 36 : (ts + 9) / 10);

        for (uint64_t near = 0; near < 120; near++) {
            if (sw_ring_seek(&ring, ts, near) != want)
                fail_msg("ts %lld from %u", (long long) ts, (unsigned) near);
        }
    }
    sw_ring_done(&ring);
}

static void means_and_floors_of_plain_values_agree(void **state)
{
    struct sw_ring ring = {.is_energy = false};

    (void) state;
    for (uint32_t n = 1; n < 12; n++) {
        for (int32_t value = 1; value < 30; value++) {
            for (int32_t sum = 0; sum < 300; sum++) {
                /* round half away from zero, by whole numbers: (2·sum + n) / 2n */
                bool reaches = (2 * sum + (int32_t) n) / (2 * (int32_t) n) >= value;

                assert_int_equal(2 * (sw_i128) sum >= n * sw_ring_floor(&ring, value), reaches);
                assert_int_equal(sw_ring_mean(&ring, 2 * sum, n) >= value, reaches);
            }
        }
    }
    assert_int_equal(sw_ring_mean(&ring, -6, 2), -2); /* -1.5 */
    assert_int_equal(sw_ring_mean(&ring, 0, 0), SW_NO_VALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_have_the_same_bits_as_sums_built_anew),
        cmocka_unit_test(seek_finds_the_first_entry_not_earlier_from_any_guess),
        cmocka_unit_test(means_and_floors_of_plain_values_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
