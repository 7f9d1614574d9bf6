// SPDX-License-Identifier: Apache-2.0
/* Stories at the desk in virtual time: what belongs to one round of a ticket (from its opening or reopening on), and
 * what stays for ever. */
#include "tests/unit/desk_fixture.h"

static void a_forced_resolve_is_shown_after_any_reopening_and_in_its_entry_alone(void **state)
{
    struct sw_ticket_command c;
    const struct sw_ticket *t;
    size_t n_forced = 0;

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    t = ticket(0);
    do_on(0, SW_VERB_ACCEPT, SW_ROLE_PARTY, T2140 + MIN);
    c = command_on(0, SW_VERB_RESOLVE, SW_ROLE_PARTY);
    c.force = true;
    memset(&out, 0, sizeof out);
    assert_int_equal(sw_desk_command(desk, &c, false, T2140 + 2 * MIN, &out, NULL), SW_OK);
    assert_true(t->forced);
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140 + HOUR);
    EVENTS("reopen");
    assert_true(t->forced && t->measure[0] == '\0');
    do_on(0, SW_VERB_ACCEPT, SW_ROLE_PARTY, T2140 + 61 * MIN);
    do_on(0, SW_VERB_RESOLVE, SW_ROLE_PARTY, T2140 + 62 * MIN); /* with proof */
    do_on(0, SW_VERB_CLOSE, SW_ROLE_OFFICER, T2140 + 63 * MIN);
    assert_true(t->forced);
    for (size_t i = 0; i < t->n_history; i++) {
        if (t->history[i].forced) {
            assert_true(t->history[i].verb == SW_VERB_RESOLVE && t->history[i].at_us == T2140 + 2 * MIN);
            n_forced++;
        }
    }
    assert_int_equal(n_forced, 1);
}

static void returns_count_within_a_round_and_each_from_the_second_on_goes_to_supervision(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    for (int64_t round = 0; round < 2; round++) {
        const int64_t t0 = T2140 + round * HOUR;

        for (uint32_t i = 1; i <= 3; i++) {
            struct sw_ticket_command c = command_on(0, SW_VERB_DISPATCH, SW_ROLE_PLATFORM);

            c.has_assignee = true;
            strcpy(c.assignee.unit, "some team");
            send_command(&c, t0 + i * MIN);
            do_on(0, SW_VERB_RETURN, SW_ROLE_PARTY, t0 + i * MIN + S);
            assert_int_equal(ticket(0)->status, SW_STATUS_OPEN);
            assert_int_equal(ticket(0)->returns, i);
            assert_true(ticket(0)->returned);
            CHECK(strcmp(ticket(0)->assignee.unit, i == 1 ? "some team" : "supervision") == 0, "return %u: %s", i,
                  ticket(0)->assignee.unit);
            assert_int_equal(ticket(0)->escalated, i > 1);
        }
        do_on(0, SW_VERB_ACCEPT, SW_ROLE_PARTY, t0 + 10 * MIN);
        assert_true(ticket(0)->returned); /* it was, in this round */
        do_on(0, SW_VERB_RESOLVE, SW_ROLE_PARTY, t0 + 11 * MIN);
        do_on(0, SW_VERB_REOPEN, SW_ROLE_OFFICER, t0 + 12 * MIN);
        assert_true(!ticket(0)->returned && ticket(0)->returns == 0);
    }
}

static void without_a_platform_the_second_return_dispatches_to_supervision(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    do_on(0, SW_VERB_RETURN, SW_ROLE_PARTY, T2140 + MIN);
    EVENTS("return");
    assert_int_equal(ticket(0)->status, SW_STATUS_OPEN);
    do_on(0, SW_VERB_ACCEPT, SW_ROLE_PARTY, T2140 + 2 * MIN);
    do_on(0, SW_VERB_RETURN, SW_ROLE_PARTY, T2140 + 3 * MIN);
    EVENTS("return,escalate,dispatch");
    assert_int_equal(ticket(0)->status, SW_STATUS_DISPATCHED);
    assert_string_equal(ticket(0)->assignee.unit, "supervision");
    assert_true(ticket(0)->dispatched_us == T2140); /* the first one meets the deadline, and is the one that is told */
}

/* A word that is none would count as satisfied and leave the caller alone. */
static void what_the_caller_says_is_one_of_three_words(void **state)
{
    static const struct {
        const char *word;
        int code;
        bool reopens;
    } cases[] = {{"不满意", SW_E_INVAL, false}, {"very-unsatisfied", SW_E_INVAL, false},
                 {"5", SW_E_INVAL, false},      {"basically-satisfied", SW_OK, false},
                 {"satisfied", SW_OK, false},   {"unsatisfied", SW_OK, true}};

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    do_on(0, SW_VERB_ACCEPT, SW_ROLE_PARTY, T2140 + MIN);
    do_on(0, SW_VERB_RESOLVE, SW_ROLE_PARTY, T2140 + 2 * MIN);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_ticket_command c = command_on(0, SW_VERB_CALLBACK, SW_ROLE_PLATFORM);
        struct sw_err err = {0};

        strcpy(c.satisfaction, cases[i].word);
        memset(&out, 0, sizeof out);
        const int rc = sw_desk_command(desk, &c, true, T2140 + HOUR + (int64_t) i, &out, &err);
        CHECK(rc == cases[i].code && (rc == SW_OK || err.detail == SW_REFUSAL_INVALID), "%s: %d %s", cases[i].word, rc,
              err.msg);
        CHECK((ticket(0)->status == SW_STATUS_OPEN) == cases[i].reopens, "%s", cases[i].word);
    }
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, with_platform, close_desk)
    const struct CMUnitTest tests[] = {
        STORY(a_forced_resolve_is_shown_after_any_reopening_and_in_its_entry_alone),
        STORY(returns_count_within_a_round_and_each_from_the_second_on_goes_to_supervision),
        cmocka_unit_test_setup_teardown(without_a_platform_the_second_return_dispatches_to_supervision,
                                        without_platform, close_desk),
        STORY(what_the_caller_says_is_one_of_three_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
