// SPDX-License-Identifier: Apache-2.0
/* Stories at the desk in virtual time: the class of a ticket and its deadlines, how they are met, missed, moved and
 * suspended, and what goes to supervision. Deadlines are hand arithmetic. */
#include "tests/unit/desk_fixture.h"

static void class_depends_on_amount_and_on_whose_noise_it_is(void **state)
{
    static const struct {
        const char *why;
        int sensor, rule;
        int32_t worst;
        const struct sw_work *work;
        enum sw_class want;
    } cases[] = {
        {"9.99 dB over", NORTH, NIGHT_LEQ, 6499, &scheduled, SW_CLASS_B},
        {"10 dB over", NORTH, NIGHT_LEQ, 6500, &scheduled, SW_CLASS_A},
        {"10 dB over, source unknown", NORTH, NIGHT_LEQ, 6500, &unknown, SW_CLASS_B},
        {"prohibited night, but nobody established whose noise", NORTH, NIGHT_LEQ, 6500, &prohibited, SW_CLASS_B},
        {"dust just under twice the limit", NORTH_DUST, DUST, 29999, &scheduled, SW_CLASS_B},
        {"dust at twice the limit", NORTH_DUST, DUST, 30000, &scheduled, SW_CLASS_A},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        find(SW_FINDING_EXCEED, cases[i].sensor, cases[i].rule, cases[i].worst, cases[i].work,
             T2140 + (int64_t) i * MIN);
        CHECK(ticket(i)->class_ == cases[i].want, "%s: class %c", cases[i].why, sw_class_letter(ticket(i)->class_));
        CHECK(ticket(i)->attribution == (cases[i].work == &scheduled ? SW_ATTRIBUTION_SITE : SW_ATTRIBUTION_UNKNOWN),
              "%s: attribution", cases[i].why);
        struct sw_ticket_command c = command(SW_VERB_WITHDRAW, SW_ROLE_OFFICER);
        strcpy(c.ticket, ticket(i)->id);
        c.revision = ticket(i)->revision;
        send_command(&c, T2140 + (int64_t) i * MIN + S);
    }
}

static void class_only_rises_and_draws_unmet_deadlines_in(void **state)
{
    const struct sw_ticket *t;

    (void) state;
    find(SW_FINDING_FORECAST, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2321);
    t = ticket(0);
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6600, &scheduled, T2321 + 10 * MIN); /* 23:31, 11 dB over */
    assert_int_equal(t->class_, SW_CLASS_A);
    assert_true(t->respond_by_us == T2321 + 15 * MIN);       /* 23:36 */
    assert_true(t->dispatch_by_us == T2321 + 40 * MIN);      /* 00:01 */
    assert_true(t->resolve_by_us == T2321 + 10 * MIN + DAY); /* 23:31 the next day */
    find(SW_FINDING_RECOVERED, NORTH, NIGHT_LEQ, 6600, &scheduled, T2321 + 12 * MIN);
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &unknown, T2321 + 13 * MIN);
    EVENTS("exceed");
    assert_int_equal(t->class_, SW_CLASS_A);
    assert_true(t->respond_by_us == T2321 + 15 * MIN);
}

static void a_deadline_that_was_met_stays_when_the_class_rises(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    command_at(SW_VERB_ACK, SW_ROLE_OFFICER, T2140 + MIN);
    find(SW_FINDING_WORSE, NORTH, NIGHT_LEQ, 6600, &scheduled, T2140 + 2 * MIN);
    assert_int_equal(ticket(0)->class_, SW_CLASS_A);
    assert_true(ticket(0)->respond_by_us == T2140 + HOUR);
    assert_true(ticket(0)->dispatch_by_us == T2140 + 32 * MIN);
    assert_true(ticket(0)->resolve_by_us == T2140 + 2 * MIN + DAY);
}

static void a_missed_deadline_is_overdue_once_and_goes_to_supervision(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6600, &scheduled, T2140); /* class A: 5 min, 30 min, 24 h */
    tick(T2140 + 5 * MIN - S);
    EVENTS("");
    tick(T2140 + 5 * MIN);
    EVENTS("overdue,escalate");
    assert_string_equal(out.events[0].note, "respond");
    assert_string_equal(out.events[1].note, "supervision");
    assert_true(ticket(0)->escalated);
    assert_string_equal(ticket(0)->assignee.unit, "night team"); /* supervised, still theirs */
    tick(T2140 + 6 * MIN);
    EVENTS("");
    tick(T2140 + 30 * MIN);
    EVENTS("overdue");
    assert_string_equal(out.events[0].note, "dispatch");
    tick(T2140 + DAY);
    EVENTS("overdue");
    assert_int_equal(ticket(0)->overdue, SW_OVERDUE_RESPOND | SW_OVERDUE_DISPATCH | SW_OVERDUE_RESOLVE);
    assert_int_equal(sw_desk_counts(desk).overdue, 1);
    tick(T2140 + 30 * DAY);
    EVENTS("");
}

static void a_dispatch_that_never_comes_goes_to_supervision_too(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6600, &scheduled, T2140); /* class A: dispatch within 30 min */
    command_at(SW_VERB_ACK, SW_ROLE_OFFICER, T2140 + MIN);
    tick(T2140 + 30 * MIN - S);
    EVENTS("");
    tick(T2140 + 30 * MIN);
    EVENTS("overdue,escalate");
    assert_string_equal(out.events[0].note, "dispatch");
}

static void only_a_person_meets_the_deadline_to_respond(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    command_at(SW_VERB_DISPATCH, SW_ROLE_PLATFORM, T2140 + MIN);
    command_at(SW_VERB_ACK, SW_ROLE_PLATFORM, T2140 + 2 * MIN);
    assert_true(ticket(0)->responded_us == NONE);
    assert_true(ticket(0)->dispatched_us == T2140 + MIN);
    command_at(SW_VERB_ACCEPT, SW_ROLE_PARTY, T2140 + 3 * MIN);
    assert_true(ticket(0)->responded_us == T2140 + 3 * MIN);
    tick(T2140 + 2 * HOUR);
    EVENTS("");
}

static void the_second_return_goes_to_supervision(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    command_at(SW_VERB_DISPATCH, SW_ROLE_PLATFORM, T2140 + MIN);
    command_at(SW_VERB_RETURN, SW_ROLE_PARTY, T2140 + 2 * MIN);
    EVENTS("return");
    assert_int_equal(ticket(0)->status, SW_STATUS_OPEN);
    assert_true(ticket(0)->returned && !ticket(0)->escalated);
    command_at(SW_VERB_DISPATCH, SW_ROLE_PLATFORM, T2140 + 3 * MIN);
    command_at(SW_VERB_RETURN, SW_ROLE_PARTY, T2140 + 4 * MIN);
    EVENTS("return,escalate");
    assert_string_equal(ticket(0)->assignee.unit, "supervision");
    assert_true(ticket(0)->escalated);
}

static void suspension_moves_the_time_to_resolve_by_its_length(void **state)
{
    struct sw_ticket_command c;

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    command_at(SW_VERB_ACK, SW_ROLE_OFFICER, T2140);
    c = command(SW_VERB_SUSPEND, SW_ROLE_OFFICER);
    c.until_us = T2140 + 10 * DAY;
    send_command(&c, T2140);
    assert_true(ticket(0)->suspended && ticket(0)->resolve_by_us == T2140 + 15 * DAY);
    command_at(SW_VERB_RESUME, SW_ROLE_OFFICER, T2140 + 4 * DAY); /* six days early */
    assert_true(!ticket(0)->suspended && ticket(0)->resolve_by_us == T2140 + 9 * DAY);
    c = command(SW_VERB_SUSPEND, SW_ROLE_OFFICER);
    c.until_us = T2140 + 6 * DAY;
    send_command(&c, T2140 + 5 * DAY);
    tick(T2140 + 6 * DAY);
    EVENTS("resume"); /* by itself on the day */
    assert_true(ticket(0)->resolve_by_us == T2140 + 10 * DAY);
    tick(T2140 + 10 * DAY);
    EVENTS("overdue,escalate");
}

static void a_suspended_ticket_gets_its_class_time_after_the_suspension(void **state)
{
    struct sw_ticket_command c;

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    c = command(SW_VERB_SUSPEND, SW_ROLE_OFFICER);
    c.until_us = T2140 + 10 * DAY;
    send_command(&c, T2140);
    find(SW_FINDING_WORSE, NORTH, NIGHT_LEQ, 6600, &scheduled, T2140 + MIN); /* class A: 24 h */
    assert_true(ticket(0)->resolve_by_us == T2140 + 11 * DAY);
    c = command(SW_VERB_DISPATCH, SW_ROLE_PLATFORM);
    c.resolve_by_us = T2140 + 3 * DAY;
    struct sw_err err = {0};
    assert_int_equal(sw_desk_command(desk, &c, true, T2140 + 2 * MIN, &out, &err), SW_E_INVAL);
    assert_non_null(strstr(err.msg, "resume"));
    command_at(SW_VERB_RESUME, SW_ROLE_OFFICER, T2140 + DAY);
    assert_true(ticket(0)->resolve_by_us == T2140 + 2 * DAY);
}

static void a_new_deadline_of_the_platform_is_watched_anew(void **state)
{
    struct sw_ticket_command c;

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    tick(T2140 + 5 * DAY);
    assert_int_equal(ticket(0)->overdue, SW_OVERDUE_RESPOND | SW_OVERDUE_RESOLVE);
    c = command(SW_VERB_DISPATCH, SW_ROLE_PLATFORM);
    c.resolve_by_us = T2140 + 6 * DAY;
    c.has_assignee = true;
    strcpy(c.assignee.unit, "another team");
    send_command(&c, T2140 + 5 * DAY + MIN);
    EVENTS("dispatch");
    assert_string_equal(ticket(0)->assignee.unit, "another team");
    assert_int_equal(ticket(0)->overdue, SW_OVERDUE_RESPOND);
    tick(T2140 + 6 * DAY);
    EVENTS("overdue");
    c.revision = ticket(0)->revision;
    c.resolve_by_us = T2140; /* gone by */
    assert_int_equal(sw_desk_command(desk, &c, true, T2140 + 7 * DAY, &out, NULL), SW_E_INVAL);
}

static void escalation_draws_the_running_deadlines_in(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    command_at(SW_VERB_ESCALATE, SW_ROLE_OFFICER, T2140 + MIN);
    assert_true(ticket(0)->escalated && ticket(0)->class_ == SW_CLASS_B);
    assert_true(ticket(0)->respond_by_us == T2140 + 6 * MIN && ticket(0)->resolve_by_us == T2140 + MIN + DAY);
}

static void what_finds_no_room_in_one_tick_comes_in_the_next(void **state)
{
    enum { N = 40 };
    static struct sw_desk_sensor many[N];
    struct sw_desk_params p = params(true);
    unsigned overdue = 0, escalated = 0, seconds = 0;

    (void) state;
    for (int i = 0; i < N; i++) {
        many[i] = (struct sw_desk_sensor){.category = SW_CATEGORY_NOISE, .quantity = SW_QUANTITY_LAEQ};
        snprintf(many[i].id, sizeof many[i].id, "noise-%d", i);
        snprintf(many[i].place, sizeof many[i].place, "gate-%d", i);
    }
    sw_desk_free(desk);
    p.sensors = many;
    p.n_sensors = N;
    assert_int_equal(sw_desk_new(&p, &desk, NULL), SW_OK);
    for (int i = 0; i < N; i++)
        find(SW_FINDING_EXCEED, i, NIGHT_LEQ, 6600, &scheduled, T2140); /* class A: three deadlines */
    do {
        tick(T2140 + DAY + seconds++ * S);
        for (size_t i = 0; i < out.n_events; i++) {
            overdue += out.events[i].verb == SW_VERB_OVERDUE;
            escalated += out.events[i].verb == SW_VERB_ESCALATE;
        }
    } while (out.n_events > 0 && seconds < 100);
    assert_int_equal(overdue, 3 * N);
    assert_int_equal(escalated, N);
    assert_int_equal(sw_desk_totals(desk).lost_events_total, 0);
    assert_int_equal(sw_desk_counts(desk).overdue, N);
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, with_platform, close_desk)
    const struct CMUnitTest tests[] = {
        STORY(class_depends_on_amount_and_on_whose_noise_it_is),
        STORY(class_only_rises_and_draws_unmet_deadlines_in),
        STORY(a_deadline_that_was_met_stays_when_the_class_rises),
        STORY(a_missed_deadline_is_overdue_once_and_goes_to_supervision),
        STORY(a_dispatch_that_never_comes_goes_to_supervision_too),
        STORY(only_a_person_meets_the_deadline_to_respond),
        STORY(the_second_return_goes_to_supervision),
        STORY(suspension_moves_the_time_to_resolve_by_its_length),
        STORY(a_suspended_ticket_gets_its_class_time_after_the_suspension),
        STORY(a_new_deadline_of_the_platform_is_watched_anew),
        STORY(escalation_draws_the_running_deadlines_in),
        STORY(what_finds_no_room_in_one_tick_comes_in_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
