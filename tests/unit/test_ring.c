// SPDX-License-Identifier: Apache-2.0
/* A day of readings with spikes through a ring of 20 minutes: what was added and left again leaves no trace. */
#include "tests/unit/test.h"

#include "rules/judge.h"
#include "rules/ring.h"

#define S 1000000LL
#define WINDOW 1200

static void put(struct sw_ring *ring, int64_t ts_us, int32_t level)
{
    uint64_t i;

    if (sw_ring_is_full(ring))
        sw_ring_drop_first(ring);
    i = sw_ring_place(ring, ts_us);
    sw_ring_at(ring, i)->level = level;
    sw_ring_at(ring, i)->cls = SW_CLASS_COUNTED;
    sw_ring_settle(ring, i);
}

static sw_i128 held(const struct sw_ring *ring)
{
    return sw_ring_total_before(ring, ring->end) - sw_ring_total_before(ring, ring->first);
}

/* 40 dB, but 130 dB every 1000 s: a hundred million times the energy of all the rest. */
static int32_t level_of(int second)
{
    return second % 1000 == 999 ? 13000 : 4000 + second % 7;
}

static void sums_after_a_day_with_spikes_are_those_of_a_new_ring(void **state)
{
    struct sw_ring ring, anew;

    (void) state;
    assert_int_equal(sw_ring_init(&ring, WINDOW, true), SW_OK);
    for (int second = 0; second < 86400; second++)
        put(&ring, second * S, level_of(second));
    assert_int_equal(sw_ring_init(&anew, WINDOW, true), SW_OK);
    for (int second = 86400 - WINDOW; second < 86400; second++)
        put(&anew, second * S, level_of(second));
    assert_true(held(&ring) == held(&anew)); /* to the last bit */
    assert_int_equal(ring.end - ring.first, WINDOW);
    /* 85999 is in the window, 84999 no more: when it has left, too, only 40 dB are there */
    for (int second = 86400; second < 86999; second++)
        put(&ring, second * S, 4000);
    for (int second = 86999; second < 86999 + WINDOW; second++)
        put(&ring, second * S, 4000);
    assert_true(held(&ring) == WINDOW * (sw_i128) sw_energy(4000));
    assert_int_equal(sw_ring_mean(&ring, held(&ring), WINDOW), 4000);
    sw_ring_done(&ring);
    sw_ring_done(&anew);
}

static void new_entry_knows_nothing(void **state)
{
    const struct sw_ring_entry *e;
    struct sw_ring ring;

    (void) state;
    assert_int_equal(sw_ring_init(&ring, 4, true), SW_OK);
    e = sw_ring_at(&ring, sw_ring_place(&ring, 5 * S));
    assert_int_equal(e->level, SW_NO_VALUE);
    assert_int_equal(e->max, SW_NO_VALUE);
    assert_int_equal(e->wind, SW_RING_NO_WIND);
    assert_int_equal(e->cls, SW_EX_MISSING);
    assert_false(e->rain_known || e->is_overload);
    assert_true(sizeof(*e) <= 40); /* 12 hours at 1 Hz are 43,200 of them */
    sw_ring_done(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_after_a_day_with_spikes_are_those_of_a_new_ring),
        cmocka_unit_test(new_entry_knows_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
