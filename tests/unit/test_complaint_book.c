// SPDX-License-Identifier: Apache-2.0
/* The memory of complaints: what is found again, who calls again, how many in a day and a week, and what goes first.
 * Expected numbers are counted by hand from the tables. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tickets/complaint_book.h"

#define S 1000000LL
#define HOUR (3600 * S)
#define DAY (24 * HOUR)
#define T0 1772458800000000LL /* 2026-03-02T21:40:00+08:00 */

static struct sw_complaint_book *book;

static int open_book(void **state)
{
    (void) state;
    book = sw_complaint_book_new();
    return book ? 0 : -1;
}

static int close_book(void **state)
{
    (void) state;
    free(book);
    book = NULL;
    return 0;
}

static struct sw_complaint_entry *add(const char *id, const char *caller, int64_t at_us)
{
    struct sw_complaint_kept k = {.at_us = at_us, .occurred_us = at_us};

    strcpy(k.service_request_id, id);
    strcpy(k.caller_ref, caller);
    return sw_complaint_book_add(book, &k);
}

static void calls_and_distinct_callers_are_counted_by_day_and_week(void **state)
{
    static const struct {
        const char *caller;
        int64_t age_us;
    } calls[] = {
        {"a", 8 * DAY}, {"a", 6 * DAY},   {"b", 5 * DAY},  {"", 4 * DAY},
        {"b", DAY + S}, {"b", 23 * HOUR}, {"c", 2 * HOUR}, {"c", HOUR},
    };
    struct sw_complaint_counts n;

    (void) state;
    n = sw_complaint_book_counts(book, "a", T0);
    assert_true(n.calls_7d == 0 && n.callers_7d == 0 && n.calls_24h == 0 && n.callers_24h == 0);
    for (size_t i = 0; i < SW_ARRAY_SIZE(calls); i++) {
        char id[16];

        snprintf(id, sizeof id, "r-%zu", i);
        add(id, calls[i].caller, T0 - calls[i].age_us);
    }
    n = sw_complaint_book_counts(book, "a", T0);
    assert_int_equal(n.calls_24h, 3);
    assert_int_equal(n.callers_24h, 2); /* b, c */
    assert_int_equal(n.calls_7d, 7);
    assert_int_equal(n.callers_7d, 3); /* a, b, c */
    assert_int_equal(n.same_caller_30d, 2);
    assert_int_equal(sw_complaint_book_counts(book, "b", T0).same_caller_30d, 3);
    assert_int_equal(sw_complaint_book_counts(book, "", T0).same_caller_30d, 0);
    assert_int_equal(sw_complaint_book_counts(book, NULL, T0).same_caller_30d, 0);
}

static void callers_who_are_not_told_are_one_at_least(void **state)
{
    struct sw_complaint_counts n;

    (void) state;
    add("r-1", "", T0);
    add("r-2", "", T0);
    n = sw_complaint_book_counts(book, NULL, T0);
    assert_true(n.calls_24h == 2 && n.callers_24h == 1);
}

static void a_second_call_within_thirty_days_is_a_repeat(void **state)
{
    (void) state;
    assert_false(add("r-1", "a", T0)->kept.is_repeat_caller);
    assert_false(add("r-2", "b", T0)->kept.is_repeat_caller);
    assert_false(add("r-3", "", T0)->kept.is_repeat_caller);
    assert_false(add("r-4", "", T0)->kept.is_repeat_caller);
    assert_true(add("r-5", "a", T0 + 30 * DAY)->kept.is_repeat_caller);
    assert_false(add("r-6", "b", T0 + 30 * DAY + S)->kept.is_repeat_caller);
}

static void what_is_older_than_thirty_days_goes_when_one_comes(void **state)
{
    (void) state;
    add("r-1", "a", T0);
    add("r-2", "b", T0 + DAY);
    assert_non_null(sw_complaint_book_find(book, "r-1"));
    add("r-3", "c", T0 + 30 * DAY + S);
    assert_null(sw_complaint_book_find(book, "r-1"));
    assert_non_null(sw_complaint_book_find(book, "r-2"));
}

static void the_oldest_goes_when_the_book_is_full(void **state)
{
    char id[24], caller[24];

    (void) state;
    for (int i = 0; i <= SW_COMPLAINTS_MAX; i++) {
        snprintf(id, sizeof id, "r-%d", i);
        snprintf(caller, sizeof caller, "c-%d", i % 5);
        sw_complaint_book_changed(book, add(id, caller, T0 + i));
    }
    assert_null(sw_complaint_book_find(book, "r-0"));
    assert_non_null(sw_complaint_book_find(book, "r-1"));
    assert_int_equal(book->end - book->first, SW_COMPLAINTS_MAX);
    assert_int_equal(book->n_changed, SW_COMPLAINTS_MAX);
    assert_int_equal(sw_complaint_book_counts(book, NULL, T0 + HOUR).calls_24h, SW_COMPLAINTS_MAX);
    assert_int_equal(sw_complaint_book_counts(book, NULL, T0 + HOUR).callers_24h, 5);
}

static void the_last_one_can_be_dropped(void **state)
{
    (void) state;
    add("r-1", "a", T0);
    sw_complaint_book_changed(book, add("r-2", "a", T0 + S));
    sw_complaint_book_drop(book);
    assert_null(sw_complaint_book_find(book, "r-2"));
    assert_int_equal(book->n_changed, 0);
    assert_int_equal(sw_complaint_book_counts(book, "a", T0 + S).same_caller_30d, 1);
    assert_true(add("r-2", "a", T0 + 2 * S)->kept.is_repeat_caller);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_and_distinct_callers_are_counted_by_day_and_week, open_book, close_book),
        cmocka_unit_test_setup_teardown(callers_who_are_not_told_are_one_at_least, open_book, close_book),
        cmocka_unit_test_setup_teardown(a_second_call_within_thirty_days_is_a_repeat, open_book, close_book),
        cmocka_unit_test_setup_teardown(what_is_older_than_thirty_days_goes_when_one_comes, open_book, close_book),
        cmocka_unit_test_setup_teardown(the_oldest_goes_when_the_book_is_full, open_book, close_book),
        cmocka_unit_test_setup_teardown(the_last_one_can_be_dropped, open_book, close_book),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
