// SPDX-License-Identifier: Apache-2.0
/* Complaints and matters that change while they are counted: before and after an exceedance, forecasts, calls linked
 * and unlinked by hand, a restart in between. */
#include "tests/unit/complaint_help.h"

#define T T2140

static void a_complaint_before_the_exceedance_is_linked_when_it_comes(void **state)
{
    static const struct {
        const char *why, *service;
        int64_t occurred_us; /* with a window of an hour; the first reading over is at T + 59 min */
        int32_t distance_m;
        bool is_linked;
    } cases[] = {
        {"its hour reaches into the half hour before", "noise.construction", T - MIN, 180, true},
        {"its hour ended just before that", "noise.construction", T - MIN - 2 * S, 180, false},
        {"about dust", "dust.construction", T, 180, false},
        {"too far", "noise.construction", T, 501, false},
    };

    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_complaint_call c = call_of("r-1", "h:a", SW_ANSWER_NO_WORK_DETECTED, cases[i].occurred_us);

        close_desk(state);
        assert_int_equal(with_packs(state), 0);
        strcpy(c.service_code, cases[i].service);
        c.distance_m = cases[i].distance_m;
        assert_int_equal(give(&c, T).outcome, SW_COMPLAINT_NOTHING);
        over_at(T + 60 * MIN);
        check_events(cases[i].is_linked ? "open,link" : "open", __LINE__);
        CHECK(ticket(0)->calls == cases[i].is_linked && ticket(0)->callers == cases[i].is_linked, "%s: %u calls",
              cases[i].why, ticket(0)->calls);
        if (!cases[i].is_linked)
            continue;
        assert_string_equal(out.events[1].note, "1 earlier call");
        assert_int_equal(out.events[1].by.role, SW_ROLE_AUTO);
        /* the first answer stays: nothing was measured when it came */
        assert_int_equal(sw_desk_last_complaint(desk)->outcome, SW_COMPLAINT_NOTHING);
        assert_string_equal(sw_desk_last_complaint(desk)->ticket, "");
        assert_string_equal(sw_desk_last_complaint(desk)->counted_in, ticket(0)->id);
    }
}

static void earlier_calls_are_one_event_and_the_third_caller_counts_there_too(void **state)
{
    (void) state;
    complain("r-1", "h:a", SW_ANSWER_NO_WORK_DETECTED, T);
    complain("r-2", "h:b", SW_ANSWER_NO_WORK_DETECTED, T + MIN);
    complain("r-3", "h:a", SW_ANSWER_NO_WORK_DETECTED, T + 2 * MIN);
    complain("r-4", "h:c", SW_ANSWER_NO_WORK_DETECTED, T + 3 * MIN);
    over_at(T + 10 * MIN);
    EVENTS("open,link");
    assert_string_equal(out.events[1].note, "third caller: class A; 4 earlier calls");
    assert_true(ticket(0)->calls == 4 && ticket(0)->callers == 3 && ticket(0)->repeat_callers == 1);
    assert_int_equal(ticket(0)->class_, SW_CLASS_A);
    over_at(T + 20 * MIN);
    EVENTS("");
    assert_int_equal(ticket(0)->calls, 4);
}

static void a_call_that_was_to_be_checked_on_site_moves_to_what_is_measured_then(void **state)
{
    (void) state;
    complain("r-1", "h:a", SW_ANSWER_NO_DATA, T);
    complain("r-2", "h:b", SW_ANSWER_UNCERTAIN, T + MIN);
    EVENTS("link");
    assert_int_equal(ticket(0)->calls, 2);
    over_at(T + 20 * MIN);
    EVENTS("open,link,unlink");
    assert_true(ticket(1)->calls == 2 && ticket(1)->callers == 2);
    assert_true(ticket(0)->calls == 0 && ticket(0)->callers == 0);
    assert_int_equal(ticket(0)->status, SW_STATUS_OPEN);
    assert_non_null(strstr(out.events[2].note, ticket(1)->id));
}

static void an_exceedance_joins_the_ticket_that_a_complaint_opened_for_it(void **state)
{
    (void) state;
    complain("r-1", "h:a", SW_ANSWER_OVER_PERMITTED, T);
    EVENTS("open");
    over_at(T + 5 * MIN);
    EVENTS("exceed");
    assert_int_equal(ticket(0)->stage, SW_STAGE_EXCEEDED);
    assert_int_equal(ticket(0)->calls, 1);
    assert_null(sw_desk_ticket(desk, 1));
}

static void work_that_is_heard_takes_the_calls_before_it(void **state)
{
    const struct sw_desk_heard heard = {
        .sensor = NORTH, .leq = 6000, .from_us = T + 10 * MIN, .period = "night", .is_night = true, .work = prohibited};

    (void) state;
    complain("r-1", "h:a", SW_ANSWER_NO_WORK_DETECTED, T);
    memset(&out, 0, sizeof out);
    sw_desk_heard(desk, &heard, T + 15 * MIN, &out);
    EVENTS("open,link");
    assert_int_equal(ticket(0)->category, SW_CATEGORY_WORK);
    assert_int_equal(ticket(0)->calls, 1);
}

static void a_preventive_ticket_with_a_call_does_not_end_by_itself(void **state)
{
    (void) state;
    find(SW_FINDING_FORECAST, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T);
    assert_int_equal(complain("r-1", "h:a", SW_ANSWER_WITHIN_PERMITTED, T + MIN).outcome, SW_COMPLAINT_LINKED);
    find(SW_FINDING_CLEARED, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T + 20 * MIN);
    EVENTS("");
    assert_int_equal(ticket(0)->status, SW_STATUS_OPEN);
}

static void an_averted_forecast_takes_no_calls(void **state)
{
    (void) state;
    find(SW_FINDING_FORECAST, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T);
    find(SW_FINDING_CLEARED, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T + 20 * MIN);
    EVENTS("avert");
    assert_int_equal(complain("r-1", "h:a", SW_ANSWER_WITHIN_PERMITTED, T + MIN).outcome, SW_COMPLAINT_NOTHING);
    assert_int_equal(ticket(0)->calls, 0);
}

static void of_several_matters_the_latest_gets_the_call(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, SOUTH, NIGHT_LEQ, 5600, &scheduled, T);
    over_at(T + 10 * MIN);
    assert_string_equal(complain("r-1", "h:a", SW_ANSWER_OVER_PERMITTED, T + 20 * MIN).ticket, ticket(1)->id);
}

/* ---- by hand ---- */

static struct sw_ticket_command by_hand(enum sw_verb verb, const char *id, const char *caller)
{
    struct sw_ticket_command c = command(verb, SW_ROLE_OFFICER);

    strcpy(c.service_request_id, id);
    strcpy(c.caller_ref, caller);
    return c;
}

static int refusal_of(const struct sw_ticket_command *c, int64_t at)
{
    struct sw_err err = {0};

    memset(&out, 0, sizeof out);
    assert_true(sw_desk_command(desk, c, true, at, &out, &err) < 0);
    return err.detail;
}

static void a_call_is_linked_and_unlinked_by_hand(void **state)
{
    struct sw_ticket_command c;

    (void) state;
    over_at(T);
    complain("r-1", "h:a", SW_ANSWER_NO_WORK_DETECTED, T - 5 * HOUR + HOUR); /* before its time: nowhere */
    assert_int_equal(ticket(0)->calls, 0);
    c = by_hand(SW_VERB_LINK, "r-1", "");
    send_command(&c, T + MIN);
    assert_true(ticket(0)->calls == 1 && ticket(0)->callers == 1);
    assert_int_equal(refusal_of(&c, T + 2 * MIN), SW_REFUSAL_NOT_LEGAL); /* it is linked already */
    c = by_hand(SW_VERB_LINK, "r-2", "h:a");
    send_command(&c, T + 3 * MIN);
    c = by_hand(SW_VERB_LINK, "", "h:b");
    send_command(&c, T + 4 * MIN);
    assert_true(ticket(0)->calls == 3 && ticket(0)->callers == 2 && ticket(0)->repeat_callers == 1);
    c = by_hand(SW_VERB_UNLINK, "r-9", "");
    assert_int_equal(refusal_of(&c, T + 5 * MIN), SW_REFUSAL_INVALID);
    c = by_hand(SW_VERB_UNLINK, "", "h:c");
    assert_int_equal(refusal_of(&c, T + 5 * MIN), SW_REFUSAL_INVALID);
    c = by_hand(SW_VERB_UNLINK, "", "h:b");
    send_command(&c, T + 5 * MIN);
    assert_true(ticket(0)->calls == 2 && ticket(0)->callers == 1);
    c = by_hand(SW_VERB_UNLINK, "r-2", "");
    send_command(&c, T + 6 * MIN);
    assert_true(ticket(0)->calls == 1 && ticket(0)->callers == 1 && ticket(0)->repeat_callers == 0);
    c = by_hand(SW_VERB_UNLINK, "", "");
    send_command(&c, T + 7 * MIN);
    assert_true(ticket(0)->calls == 0 && ticket(0)->callers == 0);
    c = by_hand(SW_VERB_UNLINK, "", "");
    assert_int_equal(refusal_of(&c, T + 8 * MIN), SW_REFUSAL_NOT_LEGAL);
    c = by_hand(SW_VERB_LINK, "", "13812345678");
    assert_int_equal(refusal_of(&c, T + 9 * MIN), SW_REFUSAL_INVALID);
}

static void a_call_that_a_person_took_off_is_not_linked_again_by_itself(void **state)
{
    struct sw_ticket_command c;

    (void) state;
    over_at(T);
    complain("r-1", "h:a", SW_ANSWER_OVER_PERMITTED, T + MIN);
    c = by_hand(SW_VERB_UNLINK, "r-1", "");
    send_command(&c, T + 2 * MIN);
    find(SW_FINDING_EXCEED, SOUTH, NIGHT_LEQ, 5600, &scheduled, T + 3 * MIN);
    EVENTS("open");
    assert_int_equal(ticket(1)->calls, 0);
}

static void a_call_linked_elsewhere_moves(void **state)
{
    struct sw_ticket_command c;

    (void) state;
    over_at(T);
    find(SW_FINDING_EXCEED, SOUTH, NIGHT_LEQ, 5600, &scheduled, T + MIN);
    complain("r-1", "h:a", SW_ANSWER_OVER_PERMITTED, T + 2 * MIN);
    assert_int_equal(ticket(1)->calls, 1);
    c = by_hand(SW_VERB_LINK, "r-1", "");
    send_command(&c, T + 3 * MIN);
    EVENTS("unlink,link");
    assert_true(ticket(0)->calls == 1 && ticket(1)->calls == 0);
}

/* ---- a restart ---- */

/* What a store holds of it: documents of tickets and rows of complaints. */
static struct sw_complaint_kept rows[32];
static size_t n_rows;

static void store(const struct sw_complaint_kept *k)
{
    size_t i = 0;

    while (i < n_rows && strcmp(rows[i].service_request_id, k->service_request_id) != 0)
        i++;
    assert_true(i < SW_ARRAY_SIZE(rows));
    rows[i] = *k;
    n_rows += i == n_rows;
}

static void restart(void **state)
{
    static struct sw_ticket tickets[8];
    size_t n_tickets = 0;
    const struct sw_complaint_kept *k;

    while (n_tickets < SW_ARRAY_SIZE(tickets) && sw_desk_ticket(desk, n_tickets)) {
        tickets[n_tickets] = *sw_desk_ticket(desk, n_tickets);
        n_tickets++;
    }
    while ((k = sw_desk_changed_complaint(desk)) != NULL) {
        store(k);
        sw_desk_complaint_is_kept(desk, k);
    }
    close_desk(state);
    assert_int_equal(with_packs(state), 0);
    for (size_t i = 0; i < n_tickets; i++)
        assert_int_equal(sw_desk_restore(desk, &tickets[i], NULL), SW_OK);
    for (size_t i = 0; i < n_rows; i++)
        sw_desk_restore_complaint(desk, &rows[i]);
    assert_null(sw_desk_changed_complaint(desk)); /* they are stored as they are */
}

static void after_a_restart_everything_counts_as_before(void **state)
{
    n_rows = 0;
    complain("r-1", "h:a", SW_ANSWER_NO_WORK_DETECTED, T);
    restart(state);
    over_at(T + 10 * MIN);
    EVENTS("open,link");
    restart(state);
    assert_true(complain("r-1", "h:x", SW_ANSWER_OVER_PERMITTED, T + 11 * MIN).is_repeated);
    assert_true(complain("r-2", "h:a", SW_ANSWER_OVER_PERMITTED, T + 11 * MIN).is_repeat_caller);
    assert_true(ticket(0)->calls == 2 && ticket(0)->callers == 1 && ticket(0)->repeat_callers == 1);
    restart(state);
    assert_false(complain("r-3", "h:b", SW_ANSWER_OVER_PERMITTED, T + 12 * MIN).raised_class);
    restart(state);
    assert_true(complain("r-4", "h:c", SW_ANSWER_OVER_PERMITTED, T + 13 * MIN).raised_class);
    restart(state);
    assert_false(complain("r-5", "h:d", SW_ANSWER_OVER_PERMITTED, T + 14 * MIN).raised_class);
    assert_true(ticket(0)->calls == 5 && ticket(0)->callers == 4 && ticket(0)->class_ == SW_CLASS_A);
    assert_int_equal(sw_desk_complaint_counts(desk, "h:a", T + HOUR).same_caller_30d, 2);
    assert_int_equal(sw_desk_complaint_counts(desk, NULL, T + HOUR).callers_24h, 4);
}

static void a_stored_complaint_of_unknown_words_is_left_out(void **state)
{
    struct sw_complaint_kept k = {.service_request_id = "r-1", .at_us = T, .code = SW_ANSWER__COUNT};

    (void) state;
    sw_desk_restore_complaint(desk, &k);
    assert_int_equal(sw_desk_complaint_counts(desk, NULL, T).calls_24h, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, with_packs, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_complaint_before_the_exceedance_is_linked_when_it_comes),
        TEST(earlier_calls_are_one_event_and_the_third_caller_counts_there_too),
        TEST(a_call_that_was_to_be_checked_on_site_moves_to_what_is_measured_then),
        TEST(an_exceedance_joins_the_ticket_that_a_complaint_opened_for_it),
        TEST(work_that_is_heard_takes_the_calls_before_it),
        TEST(a_preventive_ticket_with_a_call_does_not_end_by_itself),
        TEST(an_averted_forecast_takes_no_calls),
        TEST(of_several_matters_the_latest_gets_the_call),
        TEST(a_call_is_linked_and_unlinked_by_hand),
        TEST(a_call_that_a_person_took_off_is_not_linked_again_by_itself),
        TEST(a_call_linked_elsewhere_moves),
        TEST(after_a_restart_everything_counts_as_before),
        TEST(a_stored_complaint_of_unknown_words_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
