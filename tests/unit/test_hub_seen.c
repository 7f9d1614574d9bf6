// SPDX-License-Identifier: Apache-2.0
/* Numbers that are accounted for, against a plain list of truth values, in whatever order they come; and as bytes and
 * back. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "hub/seen.h"

#define NUMBERS 80

static void expect_same(const struct hub_seen *s, const bool *is_there, int low)
{
    struct hub_run holes[NUMBERS];
    const size_t n = hub_seen_holes(s, holes, NUMBERS);
    bool missing[NUMBERS + 1] = {false};
    int highest = 0;

    for (int i = 1; i <= NUMBERS; i++) {
        CHECK(hub_seen_has(s, i) == is_there[i], "number %d", i);
        highest = is_there[i] ? i : highest;
    }
    assert_int_equal(hub_seen_high(s), highest);
    for (size_t i = 0; i < n; i++)
        for (int64_t k = holes[i].from; k <= holes[i].to; k++)
            missing[k] = true;
    for (int i = 1; i <= NUMBERS; i++)
        CHECK(missing[i] == (low > 0 && i >= low && i < highest && !is_there[i]), "hole at %d, from %d to %d", i, low,
              highest);
    for (size_t i = 1; i < s->n; i++)
        CHECK(s->runs[i].from > s->runs[i - 1].to + 1, "two runs that touch");
}

static void any_order_of_numbers_and_ranges_gives_the_set_and_its_holes(void **state)
{
    (void) state;
    srand(11);
    for (int round = 0; round < 3000; round++) {
        struct hub_seen s = {0}, again = {0};
        unsigned char bytes[NUMBERS * 20];
        bool is_there[NUMBERS + 1] = {false};
        int low = 0;

        for (int i = rand() % 50; i > 0; i--) {
            const int from = 1 + rand() % NUMBERS;
            const int to = rand() % 3 ? from : from + rand() % (NUMBERS - from + 1);
            bool is_new = false;

            if (rand() % 4 == 0) {
                hub_seen_begin(&s, from);
                low = low == 0 || from < low ? from : low;
            }
            for (int k = from; k <= to; k++) {
                is_new = is_new || !is_there[k];
                is_there[k] = true;
            }
            assert_int_equal(hub_seen_add(&s, from, to), is_new);
        }
        expect_same(&s, is_there, low);
        again.low = s.low;
        assert_int_equal(hub_seen_unpack(&again, bytes, hub_seen_pack(&s, bytes)), SW_OK);
        expect_same(&again, is_there, low);
        hub_seen_done(&s);
        hub_seen_done(&again);
    }
}

static void numbers_that_cannot_be_are_refused(void **state)
{
    struct hub_seen s = {0};

    (void) state;
    assert_int_equal(hub_seen_add(&s, 0, 5), SW_E_INVAL);
    assert_int_equal(hub_seen_add(&s, -3, -1), SW_E_INVAL);
    assert_int_equal(hub_seen_add(&s, 7, 6), SW_E_INVAL);
    assert_int_equal(hub_seen_add(&s, 1, HUB_SEQ_MAX + 1), SW_E_INVAL);
    assert_int_equal(s.n, 0);
    assert_int_equal(hub_seen_add(&s, HUB_SEQ_MAX, HUB_SEQ_MAX), 1);
    hub_seen_done(&s);
}

static void above_the_ceiling_of_holes_it_says_so_and_still_takes_what_joins(void **state)
{
    struct hub_seen s = {0};

    (void) state;
    for (int64_t i = 0; i < HUB_SEEN_RUNS_MAX; i++)
        assert_int_equal(hub_seen_add(&s, 1 + 2 * i, 1 + 2 * i), 1);
    assert_false(s.is_full);
    assert_int_equal(hub_seen_add(&s, 100000, 100000), SW_E_FULL);
    assert_true(s.is_full);
    assert_int_equal(hub_seen_add(&s, 2, 2), 1);
    assert_int_equal(s.n, HUB_SEEN_RUNS_MAX - 1);
    assert_int_equal(hub_seen_add(&s, 100000, 100000), 1);
    hub_seen_done(&s);
}

static void damaged_bytes_give_nothing(void **state)
{
    static const unsigned char cases[][12] = {
        {0x80},
        {0x05},
        {0x00, 0x01},
        {0x05, 0x01, 0x00, 0x01},
        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x00},
    };
    static const size_t lengths[] = {1, 1, 2, 4, 10};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct hub_seen s = {.low = 3};

        CHECK(hub_seen_unpack(&s, cases[i], lengths[i]) == SW_E_CORRUPT, "case %zu", i);
        assert_int_equal(s.n, 0);
        assert_int_equal(s.low, 3);
        hub_seen_done(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_of_numbers_and_ranges_gives_the_set_and_its_holes),
        cmocka_unit_test(numbers_that_cannot_be_are_refused),
        cmocka_unit_test(above_the_ceiling_of_holes_it_says_so_and_still_takes_what_joins),
        cmocka_unit_test(damaged_bytes_give_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
