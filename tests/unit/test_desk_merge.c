// SPDX-License-Identifier: Apache-2.0
/* Stories at the desk in virtual time: two tickets of which one is dealt with in the other (ADR 0016). Deadlines and
 * counts are hand arithmetic. */
#include "tests/unit/desk_fixture.h"

enum { A, B, C }; /* slots: north, south, dust */

static struct sw_ticket_command merge_command(size_t slot, const char *into)
{
    struct sw_ticket_command c = command_on(slot, SW_VERB_MERGE, SW_ROLE_OFFICER);

    strcpy(c.into, into);
    c.text[0] = c.reason[0] = '\0';
    return c;
}

static void merge(size_t slot, size_t into, int64_t at)
{
    const struct sw_ticket_command c = merge_command(slot, ticket(into)->id);

    send_command(&c, at);
}

/* A north and B south, both over the limit by a decibel, B signed for. */
static void two_tickets(void)
{
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    find(SW_FINDING_EXCEED, SOUTH, NIGHT_LEQ, 5600, &scheduled, T2140 + MIN);
    do_on(B, SW_VERB_ACCEPT, SW_ROLE_PARTY, T2140 + 2 * MIN);
}

static void resolve_b(int64_t at)
{
    do_on(B, SW_VERB_RESOLVE, SW_ROLE_PARTY, at);
}

static void a_merged_ticket_keeps_its_status_and_gives_its_calls_and_urgency(void **state)
{
    (void) state;
    two_tickets();
    do_on(A, SW_VERB_LINK, SW_ROLE_AGENT, T2140 + 3 * MIN);
    do_on(A, SW_VERB_LINK, SW_ROLE_AGENT, T2140 + 4 * MIN);
    do_on(B, SW_VERB_LINK, SW_ROLE_AGENT, T2140 + 5 * MIN);
    find(SW_FINDING_WORSE, NORTH, NIGHT_LEQ, 6600, &scheduled, T2140 + 6 * MIN); /* 11 dB over: class A, 24 h */
    assert_int_equal(ticket(A)->class_, SW_CLASS_A);
    assert_int_equal(ticket(A)->calls, 2);

    merge(A, B, T2140 + 10 * MIN);
    EVENTS("merge,merge");
    assert_int_equal(out.n_tickets, 2);
    assert_string_equal(ticket(A)->merged_into, ticket(B)->id);
    assert_int_equal(ticket(A)->status, SW_STATUS_OPEN);
    assert_int_equal(ticket(A)->calls, 2);
    assert_int_equal(ticket(B)->status, SW_STATUS_ACCEPTED);
    assert_int_equal(ticket(B)->calls, 3);
    assert_int_equal(ticket(B)->callers, 1); /* nobody said who: one at least */
    assert_int_equal(ticket(B)->class_, SW_CLASS_A);
    assert_true(ticket(B)->resolve_by_us == T2140 + 6 * MIN + DAY); /* A's, the sooner one */
    assert_true(ticket(B)->merged_into[0] == '\0');
    for (size_t i = 0; i < out.n_events; i++) { /* both tell the same */
        assert_non_null(strstr(out.events[i].note, ticket(A)->id));
        assert_non_null(strstr(out.events[i].note, ticket(B)->id));
    }
}

static void calls_linked_to_a_merged_ticket_count_to_both_until_it_is_unmerged(void **state)
{
    (void) state;
    two_tickets();
    do_on(B, SW_VERB_LINK, SW_ROLE_AGENT, T2140 + 3 * MIN);
    merge(A, B, T2140 + 4 * MIN);
    do_on(A, SW_VERB_LINK, SW_ROLE_AGENT, T2140 + 5 * MIN);
    do_on(A, SW_VERB_LINK, SW_ROLE_AGENT, T2140 + 6 * MIN);
    assert_int_equal(ticket(A)->calls, 2);
    assert_int_equal(ticket(B)->calls, 3);
    do_on(A, SW_VERB_UNMERGE, SW_ROLE_OFFICER, T2140 + 7 * MIN);
    EVENTS("unmerge,unmerge");
    assert_string_equal(ticket(A)->merged_into, "");
    assert_int_equal(ticket(A)->calls, 2);
    assert_int_equal(ticket(B)->calls, 1);
    assert_int_equal(ticket(B)->callers, 1);
}

static void what_cannot_be_merged_is_refused_and_nothing_changes(void **state)
{
    static struct sw_ticket before[SW_TICKETS_MAX];
    const struct sw_desk_device door = {.family = SW_FAMILY_DOOR,
                                        .place = "north-gate",
                                        .sensor = NORTH,
                                        .since_us = T2140,
                                        .period = "night",
                                        .is_night = true,
                                        .work = {SW_WORK_NO_SCHEDULE, -1}};
    enum { DEVICE = C + 1 };

    (void) state;
    two_tickets();
    find(SW_FINDING_EXCEED, NORTH_DUST, DUST, 16000, &scheduled, T2140 + 3 * MIN);
    memset(&out, 0, sizeof out);
    assert_true(sw_desk_device(desk, &door, true, T2140 + 3 * MIN, &out));
    assert_int_equal(ticket(DEVICE)->category, SW_CATEGORY_DEVICE);
    merge(A, B, T2140 + 4 * MIN);

    const struct {
        const char *why;
        size_t what;
        const char *into;
        int code;
        enum sw_refusal refusal;
        const char *word;
    } cases[] = {
        {"no ticket named", C, "", SW_E_INVAL, SW_REFUSAL_INVALID, "into"},
        {"into an unknown ticket", C, "sw-nobody", SW_E_NOTFOUND, SW_REFUSAL_NOT_FOUND, "sw-nobody"},
        {"into itself", C, ticket(C)->id, SW_E_INVAL, SW_REFUSAL_INVALID, "itself"},
        {"into a merged one", C, ticket(A)->id, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL, ticket(B)->id},
        {"one that another is merged into", B, ticket(C)->id, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL, "unmerge"},
        {"one that is merged already", A, ticket(C)->id, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL, ticket(B)->id},
        {"dust into the equipment", C, ticket(DEVICE)->id, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL, "equipment"},
        {"the equipment into dust", DEVICE, ticket(C)->id, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL, "equipment"},
    };
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct sw_ticket_command c = merge_command(cases[i].what, cases[i].into);
        struct sw_err err = {0};

        for (size_t s = 0; s <= DEVICE; s++)
            before[s] = *ticket(s);
        memset(&out, 0, sizeof out);
        const int rc = sw_desk_command(desk, &c, true, T2140 + HOUR, &out, &err);
        CHECK(rc == cases[i].code && err.detail == (int) cases[i].refusal, "%s: %d, %d %s", cases[i].why, rc,
              err.detail, err.msg);
        CHECK(strstr(err.msg, cases[i].word), "%s: \"%s\"", cases[i].why, err.msg);
        CHECK(out.n_events == 0 && out.n_tickets == 0, "%s: something was told", cases[i].why);
        for (size_t s = 0; s <= DEVICE; s++)
            CHECK(memcmp(&before[s], ticket(s), sizeof before[s]) == 0, "%s: ticket %zu changed", cases[i].why, s);
    }
}

static void one_that_has_ended_or_is_resolved_takes_no_other_in(void **state)
{
    struct sw_ticket_command c;
    struct sw_err err = {0};

    (void) state;
    two_tickets();
    resolve_b(T2140 + 3 * MIN);
    c = merge_command(A, ticket(B)->id);
    assert_int_equal(sw_desk_command(desk, &c, true, T2140 + 4 * MIN, &out, &err), SW_E_INVAL);
    CHECK(strstr(err.msg, "resolved"), "\"%s\"", err.msg);
    do_on(B, SW_VERB_CLOSE, SW_ROLE_OFFICER, T2140 + 5 * MIN);
    assert_int_equal(sw_desk_command(desk, &c, true, T2140 + 6 * MIN, &out, &err), SW_E_INVAL);
    assert_int_equal(err.detail, SW_REFUSAL_NOT_LEGAL);
    CHECK(strstr(err.msg, "closed"), "\"%s\"", err.msg);
}

static void no_more_than_eight_are_merged_into_one(void **state)
{
    struct sw_ticket t;
    struct sw_ticket_command c;
    struct sw_err err = {0};

    (void) state;
    two_tickets();
    t = *ticket(A);
    for (int i = 0; i < 8; i++) {
        snprintf(t.id, sizeof t.id, "sw-other%c", (char) ('a' + i));
        snprintf(t.matter_key, sizeof t.matter_key, "pd-0042:noise:night:place%d", i);
        strcpy(t.merged_into, ticket(B)->id);
        assert_int_equal(sw_desk_restore(desk, &t, NULL), SW_OK);
    }
    c = merge_command(A, ticket(B)->id);
    assert_int_equal(sw_desk_command(desk, &c, true, T2140 + HOUR, &out, &err), SW_E_FULL);
    assert_int_equal(err.detail, SW_REFUSAL_OVERLOADED);
    resolve_b(T2140 + HOUR); /* and all eight follow, with events and documents for each */
    assert_int_equal(out.n_events, 9);
    assert_int_equal(out.n_tickets, 9);
}

static void a_merged_ticket_is_resolved_and_closed_with_its_head(void **state)
{
    (void) state;
    two_tickets();
    merge(A, B, T2140 + 3 * MIN);
    resolve_b(T2140 + 4 * MIN);
    EVENTS("resolve,resolve");
    assert_int_equal(out.events[0].by.role, SW_ROLE_PARTY);
    assert_int_equal(out.events[1].by.role, SW_ROLE_AUTO);
    assert_string_equal(out.events[1].ticket, ticket(A)->id);
    assert_non_null(strstr(out.events[1].note, ticket(B)->id));
    assert_int_equal(ticket(A)->status, SW_STATUS_RESOLVED);
    assert_string_equal(ticket(A)->measure, "stopped-machine");
    assert_string_equal(ticket(A)->resolution, "text");
    assert_true(!ticket(A)->forced && ticket(A)->ended_us == NONE);
    do_on(B, SW_VERB_CLOSE, SW_ROLE_OFFICER, T2140 + 5 * MIN);
    EVENTS("close,close");
    assert_int_equal(ticket(A)->status, SW_STATUS_CLOSED);
    assert_true(ticket(A)->ended_us == T2140 + 5 * MIN);
    assert_string_equal(ticket(A)->merged_into, ticket(B)->id); /* which it remembers */
}

static void a_merged_ticket_is_withdrawn_with_its_head(void **state)
{
    (void) state;
    two_tickets();
    merge(A, B, T2140 + 3 * MIN);
    do_on(B, SW_VERB_WITHDRAW, SW_ROLE_OFFICER, T2140 + 4 * MIN);
    EVENTS("withdraw,withdraw");
    assert_int_equal(ticket(A)->status, SW_STATUS_WITHDRAWN);
    assert_true(ticket(A)->ended_us == T2140 + 4 * MIN);
}

static void an_exceedance_of_either_matter_reopens_both(void **state)
{
    static const struct {
        const char *why;
        int sensor;
        bool is_closed;
    } cases[] = {
        {"the merged matter, resolved", NORTH, false},
        {"the head's matter, resolved", SOUTH, false},
        {"the merged matter, closed", NORTH, true},
        {"the head's matter, closed", SOUTH, true},
    };
    int64_t at = T2140 + HOUR;

    (void) state;
    two_tickets();
    merge(A, B, T2140 + 3 * MIN);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++, at += HOUR) {
        const size_t first = cases[i].sensor == NORTH ? A : B;

        find(SW_FINDING_RECOVERED, NORTH, NIGHT_LEQ, 5600, &scheduled, at);
        find(SW_FINDING_RECOVERED, SOUTH, NIGHT_LEQ, 5600, &scheduled, at + MIN);
        if (ticket(B)->status != SW_STATUS_ACCEPTED)
            do_on(B, SW_VERB_ACCEPT, SW_ROLE_PARTY, at + 2 * MIN);
        resolve_b(at + 3 * MIN);
        if (cases[i].is_closed)
            do_on(B, SW_VERB_CLOSE, SW_ROLE_OFFICER, at + 4 * MIN);
        CHECK(ticket(A)->status == ticket(B)->status, "%s: they did not end together", cases[i].why);
        find(SW_FINDING_EXCEED, cases[i].sensor, NIGHT_LEQ, 5700, &scheduled, at + 5 * MIN);
        EVENTS("reopen,reopen");
        CHECK(strcmp(out.events[0].ticket, ticket(first)->id) == 0, "%s: not the one over the limit first",
              cases[i].why);
        CHECK(ticket(A)->status == SW_STATUS_OPEN && ticket(B)->status == SW_STATUS_OPEN, "%s: %s, %s", cases[i].why,
              sw_status_name(ticket(A)->status), sw_status_name(ticket(B)->status));
        CHECK(ticket(A)->reopens == i + 1 && ticket(B)->reopens == i + 1, "%s: %u, %u reopenings", cases[i].why,
              ticket(A)->reopens, ticket(B)->reopens);
        CHECK(ticket(A)->merged_into[0] && ticket(first)->measured_from_us == at + 4 * MIN, "%s", cases[i].why);
        CHECK(!sw_desk_ticket(desk, 2), "%s: a third ticket", cases[i].why);
    }
}

static void an_unsatisfied_caller_reopens_both(void **state)
{
    struct sw_ticket_command c;

    (void) state;
    two_tickets();
    merge(A, B, T2140 + 3 * MIN);
    resolve_b(T2140 + 4 * MIN);
    c = command_on(B, SW_VERB_CALLBACK, SW_ROLE_PLATFORM);
    c.unsatisfied = true;
    send_command(&c, T2140 + 5 * MIN);
    EVENTS("callback,reopen,reopen");
    assert_int_equal(ticket(A)->status, SW_STATUS_OPEN);
}

static void the_meter_of_a_merged_ticket_goes_on_and_its_class_rises_for_both(void **state)
{
    (void) state;
    two_tickets();
    merge(A, B, T2140 + 3 * MIN);
    find(SW_FINDING_WORSE, NORTH, NIGHT_LEQ, 6700, &scheduled, T2140 + 10 * MIN);
    assert_int_equal(ticket(A)->over_by, 1200);
    assert_int_equal(ticket(A)->class_, SW_CLASS_A);
    assert_int_equal(ticket(B)->class_, SW_CLASS_A);
    assert_int_equal(ticket(B)->over_by, 100); /* its own */
    assert_true(ticket(B)->resolve_by_us == T2140 + 10 * MIN + DAY);
    assert_int_equal(out.n_tickets, 2);
    assert_int_equal(ticket(A)->status, SW_STATUS_OPEN);
}

static void deadlines_of_a_merged_ticket_rest_and_go_on_when_it_is_unmerged(void **state)
{
    (void) state;
    two_tickets(); /* A: class B, respond by 22:40 */
    merge(A, B, T2140 + 10 * MIN);
    tick(T2140 + 2 * HOUR);
    EVENTS("");
    do_on(A, SW_VERB_UNMERGE, SW_ROLE_PLATFORM, T2140 + 130 * MIN); /* rested for two hours */
    assert_true(ticket(A)->respond_by_us == T2140 + 3 * HOUR);
    tick(T2140 + 3 * HOUR - S);
    EVENTS("");
    tick(T2140 + 3 * HOUR);
    EVENTS("overdue,escalate");
    assert_string_equal(out.events[0].ticket, ticket(A)->id);
}

static void forecasts_do_not_end_by_themselves_while_they_are_merged(void **state)
{
    (void) state;
    find(SW_FINDING_FORECAST, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2140);
    find(SW_FINDING_FORECAST, SOUTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2140 + MIN);
    merge(A, B, T2140 + 2 * MIN);
    find(SW_FINDING_CLEARED, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2140 + 3 * MIN);
    EVENTS("");
    find(SW_FINDING_CLEARED, SOUTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2140 + 4 * MIN);
    EVENTS("");
    do_on(A, SW_VERB_UNMERGE, SW_ROLE_OFFICER, T2140 + 5 * MIN);
    EVENTS("unmerge,unmerge,avert,avert");
    assert_int_equal(ticket(A)->status, SW_STATUS_AVERTED);
    assert_int_equal(ticket(B)->status, SW_STATUS_AVERTED);
}

static void one_whose_head_is_not_here_any_more_stands_for_itself_when_it_reopens(void **state)
{
    struct sw_ticket t;

    (void) state;
    two_tickets();
    merge(A, B, T2140 + 3 * MIN);
    resolve_b(T2140 + 4 * MIN);
    do_on(B, SW_VERB_CLOSE, SW_ROLE_OFFICER, T2140 + 5 * MIN);
    t = *ticket(A);
    close_desk(NULL);
    with_platform(NULL);
    assert_int_equal(sw_desk_restore(desk, &t, NULL), SW_OK); /* B gave way to others */
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5700, &scheduled, T2140 + HOUR);
    EVENTS("reopen,unmerge");
    assert_string_equal(ticket(A)->merged_into, "");
    do_on(A, SW_VERB_ACCEPT, SW_ROLE_PARTY, T2140 + 61 * MIN);
}

static void after_a_restart_they_are_merged_as_before(void **state)
{
    struct sw_ticket a, b;

    (void) state;
    two_tickets();
    merge(A, B, T2140 + 3 * MIN);
    a = *ticket(A);
    b = *ticket(B);
    close_desk(NULL);
    with_platform(NULL);
    assert_int_equal(sw_desk_restore(desk, &a, NULL), SW_OK);
    assert_int_equal(sw_desk_restore(desk, &b, NULL), SW_OK);
    resolve_b(T2140 + 4 * MIN);
    EVENTS("resolve,resolve");
}

static void what_the_head_has_not_met_is_due_when_it_was_due_for_either(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6600, &scheduled, T2140); /* class A: 5 min, 30 min, 24 h */
    find(SW_FINDING_EXCEED, SOUTH, NIGHT_LEQ, 6600, &scheduled, T2140 + 3 * MIN);
    merge(A, B, T2140 + 4 * MIN);
    assert_true(ticket(B)->respond_by_us == T2140 + 5 * MIN);
    assert_true(ticket(B)->dispatch_by_us == T2140 + 30 * MIN);
    assert_true(ticket(B)->resolve_by_us == T2140 + DAY);
    tick(T2140 + 5 * MIN);
    EVENTS("overdue,escalate"); /* once, of the head */
    assert_string_equal(out.events[0].ticket, ticket(B)->id);
}

static void what_the_head_has_met_is_not_due_again(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6600, &scheduled, T2140);
    find(SW_FINDING_EXCEED, SOUTH, NIGHT_LEQ, 6600, &scheduled, T2140 + 2 * MIN);
    do_on(B, SW_VERB_ACK, SW_ROLE_OFFICER, T2140 + 3 * MIN);
    do_on(B, SW_VERB_DISPATCH, SW_ROLE_PLATFORM, T2140 + 3 * MIN);
    merge(A, B, T2140 + 4 * MIN);
    assert_true(ticket(B)->respond_by_us == T2140 + 7 * MIN && ticket(B)->dispatch_by_us == T2140 + 32 * MIN);
    tick(T2140 + HOUR);
    EVENTS("");
}

static void callers_of_both_together_may_be_the_third_who_raises_the_class(void **state)
{
    static const struct {
        size_t slot;
        const char *caller;
    } calls[] = {{A, "h:one"}, {A, "h:two"}, {B, "h:three"}};

    (void) state;
    two_tickets();
    for (size_t i = 0; i < SW_ARRAY_SIZE(calls); i++) {
        struct sw_ticket_command c = command_on(calls[i].slot, SW_VERB_LINK, SW_ROLE_AGENT);

        strcpy(c.caller_ref, calls[i].caller);
        send_command(&c, T2140 + 3 * MIN);
    }
    assert_true(ticket(A)->class_ == SW_CLASS_B && ticket(B)->class_ == SW_CLASS_B);
    merge(A, B, T2140 + 4 * MIN);
    assert_int_equal(ticket(B)->callers, 3);
    assert_int_equal(ticket(B)->class_, SW_CLASS_A);
    assert_int_equal(ticket(A)->class_, SW_CLASS_B); /* it has two of its own */
}

static void a_suspension_of_a_merged_ticket_ends_with_it(void **state)
{
    struct sw_ticket_command c;

    (void) state;
    two_tickets();
    c = command_on(A, SW_VERB_SUSPEND, SW_ROLE_OFFICER);
    c.until_us = T2140 + 10 * DAY;
    send_command(&c, T2140 + 3 * MIN);
    merge(A, B, T2140 + 4 * MIN);
    resolve_b(T2140 + 5 * MIN);
    assert_true(!ticket(A)->suspended && ticket(A)->suspended_until_us == NONE);
    tick(T2140 + 11 * DAY);
    EVENTS("");
}

static void a_merged_matter_that_comes_back_worse_presses_the_head(void **state)
{
    (void) state;
    two_tickets();
    merge(A, B, T2140 + 3 * MIN);
    find(SW_FINDING_RECOVERED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140 + 4 * MIN);
    resolve_b(T2140 + 5 * MIN);
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6600, &scheduled, T2140 + HOUR); /* class A: 24 h */
    EVENTS("reopen,reopen");
    assert_true(ticket(A)->class_ == SW_CLASS_A && ticket(B)->class_ == SW_CLASS_A);
    assert_true(ticket(B)->resolve_by_us == T2140 + HOUR + DAY);
}

static void a_forced_resolve_of_the_head_stays_in_both_for_ever(void **state)
{
    struct sw_ticket_command c;
    struct sw_err err = {0};

    (void) state;
    two_tickets();
    merge(A, B, T2140 + 3 * MIN);
    c = command_on(B, SW_VERB_RESOLVE, SW_ROLE_PARTY);
    memset(&out, 0, sizeof out);
    assert_int_equal(sw_desk_command(desk, &c, false, T2140 + 4 * MIN, &out, &err), SW_E_NODATA);
    assert_int_equal(err.detail, SW_REFUSAL_NO_PROOF);
    c.force = true;
    assert_int_equal(sw_desk_command(desk, &c, false, T2140 + 4 * MIN, &out, &err), SW_OK);
    for (size_t slot = A; slot <= B; slot++) {
        const struct sw_ticket *t = ticket(slot);

        assert_true(t->forced && t->history[t->n_history - 1].verb == SW_VERB_RESOLVE);
        assert_true(t->history[t->n_history - 1].forced);
    }
    do_on(B, SW_VERB_REOPEN, SW_ROLE_OFFICER, T2140 + 5 * MIN);
    do_on(B, SW_VERB_ACCEPT, SW_ROLE_PARTY, T2140 + 6 * MIN);
    resolve_b(T2140 + 7 * MIN); /* with proof this time */
    for (size_t slot = A; slot <= B; slot++) {
        const struct sw_ticket *t = ticket(slot);
        size_t n_forced = 0;

        for (size_t i = 0; i < t->n_history; i++)
            n_forced += t->history[i].forced;
        assert_int_equal(n_forced, 1);
        assert_true(t->forced && !t->history[t->n_history - 1].forced);
    }
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, with_platform, close_desk)
    const struct CMUnitTest tests[] = {
        STORY(a_merged_ticket_keeps_its_status_and_gives_its_calls_and_urgency),
        STORY(calls_linked_to_a_merged_ticket_count_to_both_until_it_is_unmerged),
        STORY(what_cannot_be_merged_is_refused_and_nothing_changes),
        STORY(one_that_has_ended_or_is_resolved_takes_no_other_in),
        STORY(no_more_than_eight_are_merged_into_one),
        STORY(a_merged_ticket_is_resolved_and_closed_with_its_head),
        STORY(a_merged_ticket_is_withdrawn_with_its_head),
        STORY(an_exceedance_of_either_matter_reopens_both),
        STORY(an_unsatisfied_caller_reopens_both),
        STORY(the_meter_of_a_merged_ticket_goes_on_and_its_class_rises_for_both),
        STORY(deadlines_of_a_merged_ticket_rest_and_go_on_when_it_is_unmerged),
        STORY(forecasts_do_not_end_by_themselves_while_they_are_merged),
        STORY(one_whose_head_is_not_here_any_more_stands_for_itself_when_it_reopens),
        STORY(after_a_restart_they_are_merged_as_before),
        STORY(what_the_head_has_not_met_is_due_when_it_was_due_for_either),
        STORY(what_the_head_has_met_is_not_due_again),
        STORY(callers_of_both_together_may_be_the_third_who_raises_the_class),
        STORY(a_suspension_of_a_merged_ticket_ends_with_it),
        STORY(a_forced_resolve_of_the_head_stays_in_both_for_ever),
        STORY(a_merged_matter_that_comes_back_worse_presses_the_head),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
