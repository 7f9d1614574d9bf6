// SPDX-License-Identifier: Apache-2.0
/* Holes in the numbers of an outbox, found over the set: against a plain list of which numbers were seen, for every
 * order that a small generator makes. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/mqtt_seq.h"

#define NUMBERS 64

/* "3-5 9-9 " */
static void text_of(const struct sw_seq_set *s, char *buf, size_t cap)
{
    struct sw_seq_run holes[NUMBERS];
    size_t n = sw_seq_holes(s, holes, NUMBERS), len = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < n; i++)
        len += (size_t) snprintf(buf + len, cap - len, "%d-%d ", (int) holes[i].from, (int) holes[i].to);
}

/* The same from a list of what was seen. */
static void expected(const bool *seen, int low, char *buf, size_t cap)
{
    int highest = -1;
    size_t len = 0;

    buf[0] = '\0';
    for (int i = 0; i < NUMBERS; i++)
        highest = seen[i] ? i : highest;
    for (int i = low; i < highest; i++)
        if (!seen[i]) {
            int from = i;

            while (!seen[i + 1])
                i++;
            len += (size_t) snprintf(buf + len, cap - len, "%d-%d ", from, i);
        }
}

static void holes_are_those_of_the_set_in_whatever_order_it_was_filled(void **state)
{
    struct sw_seq_set *s = malloc(sizeof(*s));
    char is[1024], wanted[1024];

    (void) state;
    assert_non_null(s);
    srand(7);
    for (int round = 0; round < 2000; round++) {
        bool seen[NUMBERS] = {false};
        int low = rand() % 20;

        memset(s, 0, sizeof(*s));
        sw_seq_begin(s, low);
        sw_seq_begin(s, 0); /* counts once */
        for (int i = rand() % 40; i > 0; i--) {
            int from = rand() % NUMBERS, to = from + (rand() % 3 ? 0 : rand() % (NUMBERS - from));

            sw_seq_add(s, from, to);
            for (int k = from; k <= to; k++)
                seen[k] = true;
        }
        text_of(s, is, sizeof(is));
        expected(seen, low, wanted, sizeof(wanted));
        CHECK(strcmp(is, wanted) == 0, "round %d: %s instead of %s", round, is, wanted);
    }
    free(s);
}

static void nothing_misses_before_there_is_a_beginning(void **state)
{
    struct sw_seq_set *s = calloc(1, sizeof(*s));
    struct sw_seq_run hole;

    (void) state;
    sw_seq_add(s, 3, 3);
    sw_seq_add(s, 9, 9);
    sw_seq_add(s, 8, 4);                 /* nothing */
    sw_seq_add(s, -5, 100);              /* nothing */
    sw_seq_add(s, INT64_MAX, INT64_MAX); /* nothing: there is no number behind it */
    assert_int_equal(sw_seq_holes(s, &hole, 1), 0);
    sw_seq_begin(s, 2);
    assert_int_equal(sw_seq_holes(s, &hole, 1), 2);
    assert_true(hole.from == 2 && hole.to == 2);
    free(s);
}

static void more_holes_than_there_is_room_for_are_told(void **state)
{
    struct sw_seq_set *s = calloc(1, sizeof(*s));

    (void) state;
    for (int64_t i = 0; i < SW_SEQ_RUNS_MAX; i++)
        sw_seq_add(s, 2 * i, 2 * i);
    assert_false(s->is_full);
    sw_seq_add(s, 2 * SW_SEQ_RUNS_MAX, 2 * SW_SEQ_RUNS_MAX);
    assert_true(s->is_full);
    sw_seq_add(s, 0, 2 * SW_SEQ_RUNS_MAX); /* and what comes still closes them */
    assert_int_equal(s->n, 1);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holes_are_those_of_the_set_in_whatever_order_it_was_filled),
        cmocka_unit_test(nothing_misses_before_there_is_a_beginning),
        cmocka_unit_test(more_holes_than_there_is_room_for_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
