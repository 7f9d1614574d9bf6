// SPDX-License-Identifier: Apache-2.0
/* Indicators of a week, counted by hand: each row says which shares it belongs to. */
#include "tickets/indicators.h"

#include <stdio.h>
#include <string.h>

#include "common/ident.h"
#include "tests/unit/test.h"

#define H (3600 * SW_US_PER_S)
#define D (24 * H)
#define NONE INT64_MIN
#define FROM (100 * D)
#define TO (107 * D)

/* A ticket that is in nothing: opened long before, closed long before. */
static struct sw_ticket base(void)
{
    struct sw_ticket t = {.origin = SW_ORIGIN_EXCEEDANCE,
                          .stage = SW_STAGE_RECOVERED,
                          .class_ = SW_CLASS_B,
                          .status = SW_STATUS_CLOSED,
                          .averted_acted = -1,
                          .opened_us = 10 * D,
                          .ended_us = 11 * D,
                          .respond_by_us = 10 * D + H,
                          .dispatch_by_us = NONE,
                          .resolve_by_us = 15 * D,
                          .responded_us = 10 * D,
                          .dispatched_us = NONE};

    strcpy(t.id, "sw-aaaaaaaaaa");
    return t;
}

static struct sw_indicators sum_of(const struct sw_ticket *t, size_t n)
{
    struct sw_indicators_job *j = sw_indicators_new(FROM, TO);
    struct sw_indicators s;

    assert_non_null(j);
    for (size_t i = 0; i < n; i++)
        sw_indicators_ticket(j, &t[i]);
    sw_indicators_sum(j, &s);
    sw_indicators_free(j);
    return s;
}

struct row {
    const char *why;
    enum sw_status status;
    int64_t opened_us, ended_us, resolve_by_us, respond_by_us, responded_us;
    uint32_t reopens;
    bool merged;
    struct sw_ratio closure, first_time, response;
};

static void each_ticket_counts_where_its_deadline_falls(void **state)
{
    static const struct row rows[] = {
        {"closed in time within the week",
         SW_STATUS_CLOSED,
         100 * D,
         102 * D,
         105 * D,
         100 * D + H,
         100 * D + 1,
         0,
         false,
         {1, 1},
         {1, 1},
         {1, 1}},
        {"due in the week, still open at its end",
         SW_STATUS_ACCEPTED,
         100 * D,
         NONE,
         105 * D,
         100 * D + H,
         100 * D + 2 * H,
         0,
         false,
         {0, 1},
         {0, 0},
         {0, 1}},
        {"due in the week, resolved but nobody closed it",
         SW_STATUS_RESOLVED,
         100 * D,
         NONE,
         105 * D,
         100 * D + H,
         100 * D + H,
         0,
         false,
         {0, 1},
         {0, 0},
         {1, 1}},
        {"closed in the week, due later: counts when it falls due",
         SW_STATUS_CLOSED,
         101 * D,
         102 * D,
         108 * D,
         101 * D + H,
         101 * D,
         0,
         false,
         {0, 0},
         {1, 1},
         {1, 1}},
        {"closed in the week after it came back",
         SW_STATUS_CLOSED,
         90 * D,
         101 * D,
         95 * D,
         90 * D + H,
         90 * D,
         1,
         false,
         {0, 0},
         {0, 1},
         {0, 0}},
        {"the week's first instant belongs to it",
         SW_STATUS_CLOSED,
         99 * D,
         100 * D,
         100 * D,
         100 * D,
         100 * D,
         0,
         false,
         {1, 1},
         {1, 1},
         {1, 1}},
        {"the week's end does not",
         SW_STATUS_ACCEPTED,
         106 * D,
         NONE,
         107 * D,
         107 * D,
         NONE,
         0,
         false,
         {0, 0},
         {0, 0},
         {0, 0}},
        {"withdrawn: nothing was to be closed",
         SW_STATUS_WITHDRAWN,
         100 * D,
         101 * D,
         105 * D,
         100 * D + H,
         NONE,
         0,
         false,
         {0, 0},
         {0, 0},
         {0, 0}},
        {"merged: it is dealt with in another",
         SW_STATUS_DISPATCHED,
         100 * D,
         NONE,
         105 * D,
         100 * D + H,
         NONE,
         0,
         true,
         {0, 0},
         {0, 0},
         {0, 0}},
        {"no deadline of class C", SW_STATUS_OPEN, 100 * D, NONE, NONE, NONE, NONE, 0, false, {0, 0}, {0, 0}, {0, 0}},
        {"nobody responded",
         SW_STATUS_OPEN,
         100 * D,
         NONE,
         120 * D,
         100 * D + H,
         NONE,
         0,
         false,
         {0, 0},
         {0, 0},
         {0, 1}},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        const struct row *r = &rows[i];
        struct sw_ticket t = base();
        struct sw_indicators s;

        t.status = r->status;
        t.opened_us = r->opened_us;
        t.ended_us = r->ended_us;
        t.resolve_by_us = r->resolve_by_us;
        t.respond_by_us = r->respond_by_us;
        t.responded_us = r->responded_us;
        t.reopens = r->reopens;
        if (r->merged)
            strcpy(t.merged_into, "sw-bbbbbbbbbb");
        s = sum_of(&t, 1);
        if (memcmp(&s.closure, &r->closure, sizeof s.closure) != 0 ||
            memcmp(&s.first_time, &r->first_time, sizeof s.first_time) != 0 ||
            memcmp(&s.response_on_time, &r->response, sizeof s.response_on_time) != 0)
            fail_msg("%s: closure %u/%u, first time %u/%u, response %u/%u", r->why, s.closure.n, s.closure.of,
                     s.first_time.n, s.first_time.of, s.response_on_time.n, s.response_on_time.of);
    }
}

static void acted_and_lapsed_warnings_are_told_apart(void **state)
{
    struct sw_ticket t[6];
    struct sw_indicators s;

    (void) state;
    for (size_t i = 0; i < 6; i++) {
        t[i] = base();
        t[i].origin = SW_ORIGIN_PREVENTIVE;
        t[i].opened_us = 101 * D;
    }
    t[0].status = SW_STATUS_AVERTED, t[0].stage = SW_STAGE_FORECAST, t[0].averted_acted = 1;
    t[1].status = SW_STATUS_AVERTED, t[1].stage = SW_STAGE_FORECAST, t[1].averted_acted = 0;
    t[2].status = SW_STATUS_OPEN, t[2].stage = SW_STAGE_EXCEEDED;
    t[3].status = SW_STATUS_OPEN, t[3].stage = SW_STAGE_FORECAST; /* nobody knows yet */
    t[4].status = SW_STATUS_AVERTED, t[4].stage = SW_STAGE_FORECAST, t[4].opened_us = 90 * D;
    t[5].status = SW_STATUS_CLOSED, t[5].stage = SW_STAGE_FORECAST; /* a call held it open: people ended it */
    s = sum_of(t, 6);
    assert_int_equal(s.averted.n, 1);
    assert_int_equal(s.averted.of, 4);
    assert_int_equal(s.lapsed.n, 1);
    assert_int_equal(s.lapsed.of, 4);
}

static void a_rating_counts_in_the_week_it_was_given(void **state)
{
    static const struct {
        const char *word;
        int64_t at_us;
        struct sw_ratio want;
    } rows[] = {{"satisfied", 101 * D, {1, 1}},
                {"unsatisfied", 101 * D, {0, 1}},
                {"dissatisfied", 101 * D, {0, 1}},
                {"satisfied", 99 * D, {0, 0}},
                {"", 101 * D, {0, 0}}};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        struct sw_ticket t = base();
        struct sw_indicators s;

        strcpy(t.satisfaction, rows[i].word);
        t.history[0] = (struct sw_history){.verb = SW_VERB_CALLBACK, .at_us = rows[i].at_us};
        t.n_history = t.history_total = 1;
        s = sum_of(&t, 1);
        if (s.satisfaction.n != rows[i].want.n || s.satisfaction.of != rows[i].want.of)
            fail_msg("row %zu (%s): %u/%u", i, rows[i].word, s.satisfaction.n, s.satisfaction.of);
    }
}

static struct sw_complaint_kept call(const char *caller, const char *ticket, int64_t at_us, enum sw_answer_code code,
                                     enum sw_complaint_outcome outcome)
{
    struct sw_complaint_kept k = {.at_us = at_us, .occurred_us = at_us, .code = code, .outcome = outcome};

    strcpy(k.caller_ref, caller);
    strcpy(k.ticket, ticket);
    return k;
}

/* Two tickets closed together in the week, one merged into the other: one matter was closed, of two people. */
static void a_merged_ticket_and_its_callers_count_in_the_other(void **state)
{
    const struct sw_complaint_kept calls[] = {
        call("h:a", "sw-merged", 101 * D, SW_ANSWER_OVER_UNPERMITTED, SW_COMPLAINT_OPENED),
        call("h:b", "sw-head", 102 * D, SW_ANSWER_OVER_UNPERMITTED, SW_COMPLAINT_LINKED),
        call("h:a", "sw-head", 103 * D, SW_ANSWER_OVER_UNPERMITTED, SW_COMPLAINT_LINKED),
    };
    struct sw_indicators_job *j = sw_indicators_new(FROM, TO);
    struct sw_ticket t = base();
    struct sw_indicators s;

    (void) state;
    t.opened_us = 101 * D;
    t.ended_us = 104 * D;
    t.forced = true;
    t.history[0] = (struct sw_history){.verb = SW_VERB_RESOLVE, .at_us = 103 * D, .forced = true};
    t.n_history = t.history_total = 1;
    for (size_t i = 0; i < SW_ARRAY_SIZE(calls); i++)
        sw_indicators_complaint(j, &calls[i]);
    strcpy(t.id, "sw-merged");
    strcpy(t.merged_into, "sw-head");
    sw_indicators_ticket(j, &t);
    strcpy(t.id, "sw-head");
    t.merged_into[0] = '\0';
    sw_indicators_ticket(j, &t);
    sw_indicators_sum(j, &s);
    sw_indicators_free(j);
    assert_int_equal(s.opened, 2);
    assert_int_equal(s.closed, 1);
    assert_int_equal(s.forced, 1);
    assert_int_equal(s.first_time.of, 1);
    assert_int_equal(s.many_total, 1);
    assert_string_equal(s.many[0].ticket, "sw-head");
    assert_int_equal(s.many[0].callers, 2);
    assert_int_equal(s.many[0].calls, 3);
    assert_int_equal(s.repeat_total, 1);
    assert_int_equal(s.repeat[0].tickets, 1);
}

static void matters_of_many_and_callers_of_many_calls_are_listed(void **state)
{
    const struct sw_complaint_kept calls[] = {
        call("h:a", "sw-one", 101 * D, SW_ANSWER_OVER_UNPERMITTED, SW_COMPLAINT_LINKED),
        call("h:b", "sw-one", 102 * D, SW_ANSWER_OVER_PERMITTED, SW_COMPLAINT_OPENED),
        call("h:a", "sw-one", 103 * D, SW_ANSWER_WITHIN_PERMITTED, SW_COMPLAINT_LINKED),
        call("h:c", "sw-two", 103 * D, SW_ANSWER_NO_DATA, SW_COMPLAINT_OPENED),
        call("", "sw-three", 104 * D, SW_ANSWER_NO_WORK_DETECTED, SW_COMPLAINT_NOTHING),
        call("", "", 104 * D, SW_ANSWER_NO_MONITOR, SW_COMPLAINT_NOTHING),
        call("h:d", "sw-two", 80 * D, SW_ANSWER_OVER_PERMITTED, SW_COMPLAINT_LINKED), /* within 30 days only */
        call("h:c", "sw-two", 85 * D, SW_ANSWER_OVER_PERMITTED, SW_COMPLAINT_LINKED),
        call("h:c", "sw-two", 70 * D, SW_ANSWER_OVER_PERMITTED, SW_COMPLAINT_LINKED),  /* long ago */
        call("h:a", "sw-one", 107 * D, SW_ANSWER_OVER_PERMITTED, SW_COMPLAINT_LINKED), /* after it */
    };
    struct sw_indicators_job *j = sw_indicators_new(FROM, TO);
    struct sw_indicators s;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(calls); i++)
        sw_indicators_complaint(j, &calls[i]);
    sw_indicators_sum(j, &s);
    sw_indicators_sum(j, &s); /* asking twice counts nothing twice */
    sw_indicators_free(j);
    assert_int_equal(s.calls, 6);
    assert_int_equal(s.callers, 3); /* a, b, c */
    assert_int_equal(s.calls_linked, 2);
    assert_int_equal(s.calls_opened, 2);
    assert_int_equal(s.calls_nothing, 2);
    assert_int_equal(s.confirmed.n, 2); /* of a, b; a's third, and the one without work */
    assert_int_equal(s.confirmed.of, 4);
    assert_int_equal(s.n_many, 1);
    assert_string_equal(s.many[0].ticket, "sw-one");
    assert_int_equal(s.many[0].calls, 3);
    assert_int_equal(s.many[0].callers, 2);
    assert_int_equal(s.n_repeat, 2); /* a twice, c twice in 30 days */
    assert_string_equal(s.repeat[0].caller_ref, "h:a");
    assert_int_equal(s.repeat[0].calls, 2);
    assert_string_equal(s.repeat[1].caller_ref, "h:c");
    assert_int_equal(s.repeat[1].calls, 2);
}

static void the_list_of_stuck_tickets_keeps_the_worst(void **state)
{
    struct sw_indicators_job *j = sw_indicators_new(FROM, TO);
    struct sw_indicators s;

    (void) state;
    for (int i = 0; i < 30; i++) {
        struct sw_ticket t = base();

        t.status = SW_STATUS_OPEN;
        t.class_ = i == 17 ? SW_CLASS_A : SW_CLASS_B;
        t.overdue = SW_OVERDUE_RESOLVE;
        t.returns = i == 17;
        t.opened_us = (90 - i) * D;
        snprintf(t.id, sizeof t.id, "sw-%02d", i);
        sw_indicators_ticket(j, &t);
    }
    sw_indicators_sum(j, &s);
    sw_indicators_free(j);
    assert_int_equal(s.stuck_total, 30);
    assert_int_equal(s.n_stuck, SW_INDICATORS_LIST_MAX);
    assert_string_equal(s.stuck[0].id, "sw-17"); /* the one of class A */
    assert_int_equal(s.stuck[0].why, SW_STUCK_OVERDUE | SW_STUCK_RETURNED);
    assert_string_equal(s.stuck[1].id, "sw-29"); /* then the oldest */
    assert_string_equal(s.stuck[19].id, "sw-10");
    assert_int_equal(s.open_at_end, 30);
    assert_int_equal(s.overdue_at_end, 30);
}

static void a_share_of_nothing_is_unknown(void **state)
{
    static const struct {
        struct sw_ratio r;
        int32_t want;
    } rows[] = {{{0, 0}, -1}, {{0, 3}, 0}, {{3, 3}, 10000}, {{1, 3}, 3333}, {{2, 3}, 6667}, {{1, 8}, 1250}};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++)
        assert_int_equal(sw_ratio_percent_100(rows[i].r), rows[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_ticket_counts_where_its_deadline_falls),
        cmocka_unit_test(acted_and_lapsed_warnings_are_told_apart),
        cmocka_unit_test(a_merged_ticket_and_its_callers_count_in_the_other),
        cmocka_unit_test(a_rating_counts_in_the_week_it_was_given),
        cmocka_unit_test(matters_of_many_and_callers_of_many_calls_are_listed),
        cmocka_unit_test(the_list_of_stuck_tickets_keeps_the_worst),
        cmocka_unit_test(a_share_of_nothing_is_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
