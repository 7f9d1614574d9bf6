// SPDX-License-Identifier: Apache-2.0
/* The queue between threads: order, ceilings, the reserve for urgent messages, wake-ups. */
#include "test.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "common/mailbox.h"

static struct sw_mailbox *make(size_t capacity, size_t reserve)
{
    struct sw_mailbox *m = NULL;
    struct sw_err err = {0};

    CHECK(sw_mailbox_new(capacity, reserve, sizeof(int), &m, &err) == SW_OK, "%s", err.msg);
    return m;
}

static bool is_readable(struct sw_mailbox *m)
{
    struct pollfd pfd = {.fd = sw_mailbox_fd(m), .events = POLLIN};

    return poll(&pfd, 1, 0) == 1;
}

static void messages_leave_in_the_order_they_came_across_the_ring_s_end(void **state)
{
    struct sw_mailbox *m = make(5, 0);
    int next_in = 0, next_out = 0, got[5];

    (void) state;
    for (int round = 0; round < 20; round++) {
        int in[3] = {next_in, next_in + 1, next_in + 2};

        assert_int_equal(sw_mailbox_post(m, in, 3, false), 3);
        next_in += 3;
        assert_int_equal(sw_mailbox_take(m, got, 5), 3);
        for (int i = 0; i < 3; i++)
            assert_int_equal(got[i], next_out++);
    }
    assert_null(sw_mailbox_free(m));
}

static void a_full_box_takes_no_more_and_counts_it(void **state)
{
    struct sw_mailbox *m = make(4, 1);
    int in[6] = {0, 1, 2, 3, 4, 5}, got[6];

    (void) state;
    assert_int_equal(sw_mailbox_post(m, in, 6, false), 3); /* one place is kept for the urgent */
    assert_int_equal(sw_mailbox_dropped_total(m), 3);
    assert_int_equal(sw_mailbox_post(m, &in[5], 1, true), 1);
    assert_int_equal(sw_mailbox_post(m, in, 1, true), 0);
    assert_int_equal(sw_mailbox_dropped_total(m), 4);
    assert_int_equal(sw_mailbox_take(m, got, 6), 4);
    assert_int_equal(got[3], 5);
    sw_mailbox_free(m);
}

static void the_box_says_that_it_is_pressed_when_half_the_reserve_is_used(void **state)
{
    struct sw_mailbox *m = make(8, 4);
    int in[8] = {0};

    (void) state;
    sw_mailbox_post(m, in, 6, true);
    assert_false(sw_mailbox_is_pressed(m));
    sw_mailbox_post(m, in, 1, true);
    assert_true(sw_mailbox_is_pressed(m));
    sw_mailbox_free(m);
}

static void the_descriptor_is_readable_exactly_while_mail_waits(void **state)
{
    struct sw_mailbox *m = make(4, 0);
    int in[2] = {1, 2}, got;

    (void) state;
    assert_false(is_readable(m));
    sw_mailbox_post(m, in, 2, false);
    assert_true(is_readable(m));
    sw_mailbox_take(m, &got, 1);
    assert_true(is_readable(m));
    sw_mailbox_take(m, &got, 1);
    assert_false(is_readable(m));
    assert_false(sw_mailbox_wait(m, 0));
    sw_mailbox_free(m);
}

#define SENDERS 4
#define EACH 20000

static void *send_many(void *arg)
{
    struct sw_mailbox *m = arg;

    for (int i = 0; i < EACH;)
        i += (int) sw_mailbox_post(m, &i, 1, false);
    return NULL;
}

static void many_senders_lose_nothing_that_was_taken(void **state)
{
    struct sw_mailbox *m = make(64, 0);
    pthread_t threads[SENDERS];
    int got[16];
    size_t total = 0;

    (void) state;
    for (int i = 0; i < SENDERS; i++)
        pthread_create(&threads[i], NULL, send_many, m);
    while (total < (size_t) SENDERS * EACH && sw_mailbox_wait(m, -1))
        total += sw_mailbox_take(m, got, 16);
    for (int i = 0; i < SENDERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(total, SENDERS * EACH);
    assert_int_equal(sw_mailbox_depth(m), 0);
    sw_mailbox_free(m);
}

static void sizes_that_make_no_sense_are_refused(void **state)
{
    struct sw_mailbox *m = NULL;
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_mailbox_new(0, 0, 4, &m, &err), SW_E_INVAL);
    assert_int_equal(sw_mailbox_new(4, 4, 4, &m, &err), SW_E_INVAL);
    assert_int_equal(sw_mailbox_new(4, 0, 0, &m, &err), SW_E_INVAL);
    assert_int_equal(sw_mailbox_new(70000, 0, 4, &m, &err), SW_E_INVAL);
    assert_null(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_leave_in_the_order_they_came_across_the_ring_s_end),
        cmocka_unit_test(a_full_box_takes_no_more_and_counts_it),
        cmocka_unit_test(the_box_says_that_it_is_pressed_when_half_the_reserve_is_used),
        cmocka_unit_test(the_descriptor_is_readable_exactly_while_mail_waits),
        cmocka_unit_test(many_senders_lose_nothing_that_was_taken),
        cmocka_unit_test(sizes_that_make_no_sense_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
