// SPDX-License-Identifier: Apache-2.0
/* Two merged tickets: who and what is counted once, and how long deadlines rest (ADR 0016). Figures are hand
 * arithmetic. */
#include "tests/unit/desk_fixture.h"

enum { A, B }; /* slots: north, south */

/* North and south, both over the limit by a decibel. */
static void two_tickets(void)
{
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    find(SW_FINDING_EXCEED, SOUTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    assert_int_equal(ticket(B)->class_, SW_CLASS_B);
}

static void merge_a_into_b(int64_t at)
{
    struct sw_ticket_command c = command_on(A, SW_VERB_MERGE, SW_ROLE_OFFICER);

    strcpy(c.into, ticket(B)->id);
    send_command(&c, at);
}

static void link_call(size_t slot, const char *caller, int64_t at)
{
    struct sw_ticket_command c = command_on(slot, SW_VERB_LINK, SW_ROLE_AGENT);

    strcpy(c.caller_ref, caller);
    send_command(&c, at);
}

static void suspend(size_t slot, int64_t until, int64_t at)
{
    struct sw_ticket_command c = command_on(slot, SW_VERB_SUSPEND, SW_ROLE_OFFICER);

    c.until_us = until;
    send_command(&c, at);
}

#define COUNTS(slot, n_calls, n_callers, n_repeat)                                                                     \
    CHECK(ticket(slot)->calls == (n_calls) && ticket(slot)->callers == (n_callers) &&                                  \
              ticket(slot)->repeat_callers == (n_repeat),                                                              \
          "line %d: %u calls, %u callers, %u repeat callers", __LINE__, ticket(slot)->calls, ticket(slot)->callers,    \
          ticket(slot)->repeat_callers)

/* Two people called about both gates: two, not four. */
static void who_called_about_both_is_one_caller(void **state)
{
    (void) state;
    two_tickets();
    link_call(A, "h:1", T2140 + MIN);
    link_call(A, "h:2", T2140 + 2 * MIN);
    link_call(B, "h:1", T2140 + 3 * MIN);
    link_call(B, "h:2", T2140 + 4 * MIN);
    merge_a_into_b(T2140 + 5 * MIN);
    COUNTS(B, 4, 2, 2);
    assert_int_equal(ticket(B)->class_, SW_CLASS_B); /* two callers raise nothing */
    assert_false(ticket(B)->raised_by_callers);
    link_call(A, "h:2", T2140 + 6 * MIN);
    COUNTS(A, 3, 2, 1);
    COUNTS(B, 5, 2, 2);
    link_call(A, "h:3", T2140 + 7 * MIN); /* a third */
    COUNTS(B, 6, 3, 2);
    assert_int_equal(ticket(B)->class_, SW_CLASS_A);
    do_on(A, SW_VERB_UNMERGE, SW_ROLE_OFFICER, T2140 + 8 * MIN);
    COUNTS(A, 4, 3, 1);
    COUNTS(B, 2, 2, 2);
}

static void calls_without_a_reference_are_of_one_caller_over_both(void **state)
{
    (void) state;
    two_tickets();
    link_call(A, "", T2140 + MIN);
    link_call(B, "", T2140 + 2 * MIN);
    merge_a_into_b(T2140 + 3 * MIN);
    COUNTS(B, 2, 1, 0);
    link_call(B, "h:1", T2140 + 4 * MIN); /* may be the same */
    COUNTS(B, 3, 1, 0);
    do_on(A, SW_VERB_UNMERGE, SW_ROLE_OFFICER, T2140 + 5 * MIN);
    COUNTS(A, 1, 1, 0);
    COUNTS(B, 2, 1, 0);
}

static void a_call_that_is_taken_off_the_head_still_counts_in_the_other(void **state)
{
    (void) state;
    two_tickets();
    link_call(A, "h:1", T2140 + MIN);
    link_call(B, "h:1", T2140 + 2 * MIN);
    merge_a_into_b(T2140 + 3 * MIN);
    COUNTS(B, 2, 1, 1);
    do_on(B, SW_VERB_UNLINK, SW_ROLE_OFFICER, T2140 + 4 * MIN);
    COUNTS(B, 1, 1, 0);
    do_on(A, SW_VERB_UNMERGE, SW_ROLE_OFFICER, T2140 + 5 * MIN);
    COUNTS(A, 1, 1, 0);
    COUNTS(B, 0, 0, 0);
}

static void a_matter_dealt_with_in_another_ticket_is_no_second_open_one(void **state)
{
    (void) state;
    two_tickets();
    tick(T2140 + 2 * HOUR); /* nobody answered within the hour */
    assert_int_equal(sw_desk_counts(desk).open, 2);
    assert_int_equal(sw_desk_counts(desk).overdue, 2);
    merge_a_into_b(T2140 + 3 * HOUR);
    assert_int_equal(sw_desk_counts(desk).open, 1);
    assert_int_equal(sw_desk_counts(desk).overdue, 1);
}

/* Five days and a suspension of two, of which one passed before the merge; merged for half a day, and for two. */
static void a_rest_within_a_suspension_is_not_counted_twice(void **state)
{
    static const struct {
        int64_t merged_us, by_us; /* the new deadline, from the opening on */
    } cases[] = {{DAY / 2, 7 * DAY}, {2 * DAY, 7 * DAY + DAY}};

    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct sw_desk_params p = params(true);

        if (i > 0) {
            close_desk(state);
            open_desk_with(&p);
        }
        two_tickets();
        assert_true(ticket(A)->resolve_by_us == T2140 + 5 * DAY);
        suspend(A, T2140 + 2 * DAY, T2140);
        merge_a_into_b(T2140 + DAY);
        tick(T2140 + DAY + cases[i].merged_us);
        if (i > 0) /* it ended while the ticket was merged */
            assert_false(ticket(A)->suspended);
        do_on(A, SW_VERB_UNMERGE, SW_ROLE_OFFICER, T2140 + DAY + cases[i].merged_us);
        CHECK(ticket(A)->resolve_by_us == T2140 + cases[i].by_us, "case %zu: %lld h, want %lld h", i,
              (long long) ((ticket(A)->resolve_by_us - T2140) / HOUR), (long long) (cases[i].by_us / HOUR));
    }
}

static void a_rest_is_remembered_when_the_history_is_not(void **state)
{
    (void) state;
    two_tickets();
    merge_a_into_b(T2140 + DAY);
    for (int i = 0; i < SW_HISTORY_MAX; i++)
        do_on(A, SW_VERB_NOTE, SW_ROLE_AGENT, T2140 + DAY + (i + 1) * MIN);
    do_on(A, SW_VERB_UNMERGE, SW_ROLE_OFFICER, T2140 + 3 * DAY);
    assert_true(ticket(A)->resolve_by_us == T2140 + 7 * DAY);
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, with_platform, close_desk)
    const struct CMUnitTest tests[] = {
        STORY(who_called_about_both_is_one_caller),
        STORY(calls_without_a_reference_are_of_one_caller_over_both),
        STORY(a_call_that_is_taken_off_the_head_still_counts_in_the_other),
        STORY(a_matter_dealt_with_in_another_ticket_is_no_second_open_one),
        STORY(a_rest_within_a_suspension_is_not_counted_twice),
        STORY(a_rest_is_remembered_when_the_history_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
