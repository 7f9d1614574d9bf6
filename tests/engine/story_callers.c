// SPDX-License-Identifier: Apache-2.0
/* Three stories of callers: twelve about one matter, one who calls five times, and what two say when they are called
 * back. The noise is that of 22:30 in all of them, and nobody knows whose it is: class B.
 *
 * 45 dB from 22:15, 63 dB from 22:30, as in the story of the pour a minute later: warned of at 22:30:46; with 900 s of
 * 45 dB in the window it crosses from k = 155 loud seconds on, as 900 · (319521 − 31623) / (1995262 − 319521) = 154.6:
 * the reading that begins at 22:32:34. */
#include "story.h"

#include <stdio.h>
#include <string.h>

#include "tickets/indicators.h"

#define WARNED "03-02 22:30:46"
#define CROSSED "03-02 22:32:34"
/* Class B, opened at 22:30:46 on a Monday: an hour; 5 working days. */
#define DEADLINES_B "03-02 23:30:46", NULL, "03-09 22:30:46"

static const struct sw_ticket *loud_night(struct story *s, bool is_south)
{
    const struct sw_ticket *t;

    story_until(s, "03-02 22:30:00");
    s->north = 63.0;
    if (is_south)
        s->south = 63.0;
    story_until(s, "03-02 22:40:00");
    t = story_ticket(s, "noise:night:north-gate-noise");
    assert_true(t->class_ == SW_CLASS_B && t->stage == SW_STAGE_EXCEEDED);
    story_expect_deadlines(t, DEADLINES_B);
    return t;
}

static struct sw_complaint_result nth_call(struct story *s, int n, const char *caller)
{
    char id[32];

    snprintf(id, sizeof(id), "12345-20260302-%03d", n);
    return story_call(s, id, caller, "03-02 22:50:00", SW_ANSWER_OVER_SOURCE_UNKNOWN);
}

static void until_minute(struct story *s, int minute)
{
    char when[16];

    snprintf(when, sizeof(when), "03-02 23:%02d:00", minute % 60);
    story_until(s, when);
}

/* ---- twelve callers, one matter ---- */

static const struct story_event of_twelve[] = {
    {SW_VERB_OPEN, WARNED, SW_ROLE_AUTO, NULL},
    {SW_VERB_EXCEED, CROSSED, SW_ROLE_AUTO, NULL},
    {SW_VERB_LINK, "03-02 23:00:00", SW_ROLE_AGENT, "12345-20260302-001"},
    {SW_VERB_LINK, "03-02 23:01:00", SW_ROLE_AGENT, "12345-20260302-002"},
    {SW_VERB_LINK, "03-02 23:02:00", SW_ROLE_AGENT, "third caller: class A; 12345-20260302-003"},
    {SW_VERB_LINK, "03-02 23:03:00", SW_ROLE_AGENT, "12345-20260302-004"},
    {SW_VERB_LINK, "03-02 23:04:00", SW_ROLE_AGENT, "12345-20260302-005"},
    {SW_VERB_ACK, "03-02 23:04:30", SW_ROLE_OFFICER, NULL},
    {SW_VERB_LINK, "03-02 23:05:00", SW_ROLE_AGENT, "12345-20260302-006"},
    {SW_VERB_LINK, "03-02 23:06:00", SW_ROLE_AGENT, "12345-20260302-007"},
    {SW_VERB_LINK, "03-02 23:07:00", SW_ROLE_AGENT, "12345-20260302-008"},
    {SW_VERB_LINK, "03-02 23:08:00", SW_ROLE_AGENT, "12345-20260302-009"},
    {SW_VERB_LINK, "03-02 23:09:00", SW_ROLE_AGENT, "12345-20260302-010"},
    {SW_VERB_LINK, "03-02 23:10:00", SW_ROLE_AGENT, "12345-20260302-011"},
    {SW_VERB_LINK, "03-02 23:11:00", SW_ROLE_AGENT, "12345-20260302-012"},
    {SW_VERB_DISPATCH, "03-02 23:12:00", SW_ROLE_PLATFORM, NULL},
    {SW_VERB_UNLINK, "03-02 23:15:00", SW_ROLE_OFFICER, "other site"},
};

static void twelve_call(struct story *s, const struct sw_ticket *t)
{
    for (int n = 1; n <= 12; n++) {
        char caller[48];
        struct sw_complaint_result r;

        until_minute(s, n - 1);
        snprintf(caller, sizeof(caller), "h:%032x", 0xabc000u + (unsigned) n);
        r = nth_call(s, n, caller);
        CHECK(r.outcome == SW_COMPLAINT_LINKED && strcmp(r.ticket, t->id) == 0, "caller %d", n);
        CHECK(strstr(s->answer, "\"outcome\":\"linked\"") && strstr(s->answer, t->id), "caller %d: %s", n, s->answer);
        CHECK(r.raised_class == (n == 3) && !r.is_repeat_caller, "caller %d raised the class", n);
        CHECK(t->class_ == (n < 3 ? SW_CLASS_B : SW_CLASS_A), "class after %d callers", n);
        if (n == 2)
            story_expect_deadlines(t, DEADLINES_B);
        if (n == 3) /* 23:02 and the 5 min, 30 min, 24 h of class A, all of them sooner */
            story_expect_deadlines(t, "03-02 23:07:00", "03-02 23:32:00", "03-03 23:02:00");
        if (n == 5) {
            story_until(s, "03-02 23:04:30");
            story_do(s, t, SW_VERB_ACK, OFFICER, NULL);
        }
        if (n == 6)
            story_may_restart(s);
    }
}

void twelve_callers(struct story *s)
{
    static const struct sw_ticket_command seventh = {.service_request_id = "12345-20260302-007",
                                                     .reason = "she meant the other site"};
    const struct sw_ticket *t = loud_night(s, false);
    struct sw_complaint_result r;
    struct sw_summary sum;

    twelve_call(s, t);
    assert_true(t->calls == 12 && t->callers == 12 && t->repeat_callers == 0);
    until_minute(s, 12);
    story_do(s, t, SW_VERB_DISPATCH, PLATFORM, NULL);
    until_minute(s, 15);
    story_do(s, t, SW_VERB_UNLINK, OFFICER, &seventh);
    assert_true(t->calls == 11 && t->callers == 11 && t->class_ == SW_CLASS_A);
    until_minute(s, 16);
    r = nth_call(s, 7, "h:00000000000000000000000000abc007"); /* the same call again: its first answer */
    assert_true(r.outcome == SW_COMPLAINT_LINKED && r.is_repeated);
    until_minute(s, 20);
    assert_true(t->calls == 11 && t->callers == 11 && t->overdue == 0);
    sw_engine_summary(s->v->engine, &sum);
    assert_true(sum.tickets.open == 1 && sum.complaints.calls_24h == 12 && sum.complaints.callers_24h == 12);
    assert_int_equal(virtual_count_tickets(s->v), 1);
    story_expect_deadlines(t, "03-02 23:07:00", "03-02 23:32:00", "03-03 23:02:00");
    story_expect_events(s, t, of_twelve, SW_ARRAY_SIZE(of_twelve));
}

/* ---- one caller, five times ---- */

void one_caller(struct story *s)
{
    static const struct story_event want[] = {
        {SW_VERB_OPEN, WARNED, SW_ROLE_AUTO, NULL},
        {SW_VERB_EXCEED, CROSSED, SW_ROLE_AUTO, NULL},
        {SW_VERB_LINK, "03-02 23:00:00", SW_ROLE_AGENT, "12345-20260302-001"},
        {SW_VERB_LINK, "03-02 23:02:00", SW_ROLE_AGENT, "12345-20260302-002"},
        {SW_VERB_LINK, "03-02 23:04:00", SW_ROLE_AGENT, "12345-20260302-003"},
        {SW_VERB_LINK, "03-02 23:06:00", SW_ROLE_AGENT, "12345-20260302-004"},
        {SW_VERB_LINK, "03-02 23:08:00", SW_ROLE_AGENT, "12345-20260302-005"},
        {SW_VERB_REMIND, "03-02 23:18:46", SW_ROLE_AUTO, "respond"}, /* a fifth of the hour before its end */
        {SW_VERB_OVERDUE, "03-02 23:30:46", SW_ROLE_AUTO, "respond"},
        {SW_VERB_ESCALATE, "03-02 23:30:46", SW_ROLE_AUTO, NULL},
    };
    const struct sw_ticket *t = loud_night(s, false);
    struct sw_summary sum;

    for (int n = 1; n <= 5; n++) {
        struct sw_complaint_result r;

        until_minute(s, 2 * (n - 1));
        if (n == 4)
            story_may_restart(s);
        r = nth_call(s, n, "h:6c1f09a2b7d8e4f0a1c2d3e4f5061728");
        CHECK(r.outcome == SW_COMPLAINT_LINKED && !r.raised_class, "call %d", n);
        CHECK(r.is_repeat_caller == (n > 1), "call %d: repeat caller", n);
    }
    assert_true(t->calls == 5 && t->callers == 1 && t->repeat_callers == 1 && t->class_ == SW_CLASS_B);
    story_expect_deadlines(t, DEADLINES_B);
    sw_engine_summary(s->v->engine, &sum);
    assert_true(sum.complaints.calls_24h == 5 && sum.complaints.callers_24h == 1);
    until_minute(s, 35);
    assert_int_equal(t->class_, SW_CLASS_B); /* who is late is supervised, whoever called */
    story_expect_events(s, t, want, SW_ARRAY_SIZE(want));
    assert_int_equal(virtual_count_tickets(s->v), 1);
}

/* ---- called back ---- */

static void both(struct story *s, const struct sw_ticket *const t[2], const char *when, enum sw_verb verb,
                 enum story_who who, const struct sw_ticket_command *more)
{
    story_until(s, when);
    for (int i = 0; i < 2; i++)
        story_do(s, t[i], verb, who, more);
}

/* Over March, as the tickets stand. */
static struct sw_indicators counted(const struct sw_ticket *const t[2])
{
    struct sw_indicators_job *j = sw_indicators_new(story_time("03-01 00:00:00"), story_time("03-31 00:00:00"));
    struct sw_indicators n;

    assert_non_null(j);
    for (int i = 0; i < 2; i++)
        sw_indicators_ticket(j, t[i]);
    sw_indicators_sum(j, &n);
    sw_indicators_free(j);
    return n;
}

#define RATIO(r, a, b) CHECK((r).n == (a) && (r).of == (b), #r ": %u of %u", (r).n, (r).of)

static const struct sw_ticket_command pump_off = {.measure = "stopped-machine", .text = "pump off"};
static const struct sw_ticket_command gate_shut = {.measure = "shielded", .text = "generator behind a wall"};
static const struct sw_ticket_command satisfied = {.satisfaction = "satisfied"};
static const struct sw_ticket_command unsatisfied = {.satisfaction = "unsatisfied", .text = "the generator still runs"};

static void south_reopens(struct story *s, const struct sw_ticket *south)
{
    story_until(s, "03-03 09:10:00");
    story_do(s, south, SW_VERB_CALLBACK, PLATFORM, &unsatisfied);
    assert_true(south->status == SW_STATUS_OPEN && south->reopens == 1 && south->ended_us == INT64_MIN);
    assert_string_equal(south->satisfaction, "unsatisfied");
    /* anew from Tuesday 09:10: an hour; 5 working days (4, 5, 6, 9, 10 March) */
    story_expect_deadlines(south, "03-03 10:10:00", NULL, "03-10 09:10:00");
    story_may_restart(s);
}

static void south_is_done_again(struct story *s, const struct sw_ticket *south)
{
    story_until(s, "03-03 09:20:00");
    story_do(s, south, SW_VERB_DISPATCH, PLATFORM, NULL);
    story_until(s, "03-03 09:40:00");
    story_do(s, south, SW_VERB_ACCEPT, PARTY, NULL);
    story_until(s, "03-03 10:00:00");
    story_do(s, south, SW_VERB_START, PARTY, NULL);
    story_until(s, "03-03 11:00:00");
    story_do(s, south, SW_VERB_RESOLVE, PARTY, &gate_shut);
    story_until(s, "03-03 11:30:00");
    story_do(s, south, SW_VERB_CALLBACK, PLATFORM, &satisfied);
    story_until(s, "03-03 11:40:00");
    story_do(s, south, SW_VERB_CLOSE, PLATFORM, NULL);
    story_until(s, "03-03 11:45:00");
}

/* Loud up to 22:50: the window falls below 54.1 dB when (1200 − k) of it are loud and k · 31623 + (1200 − k) · 1995262
 * < 1200 · 253804, from k = 1065 on: 23:07:44, over 5 min later. */
#define BOTH_UP_TO_CLOSE                                                                                               \
    {SW_VERB_OPEN, WARNED, SW_ROLE_AUTO, NULL}, {SW_VERB_EXCEED, CROSSED, SW_ROLE_AUTO, NULL},                         \
        {SW_VERB_DISPATCH, "03-02 22:45:00", SW_ROLE_PLATFORM, NULL},                                                  \
        {SW_VERB_ACCEPT, "03-02 22:46:00", SW_ROLE_PARTY, NULL},                                                       \
        {SW_VERB_START, "03-02 22:48:00", SW_ROLE_PARTY, NULL},                                                        \
        {SW_VERB_RECOVER, "03-02 23:12:44", SW_ROLE_AUTO, NULL},                                                       \
    {                                                                                                                  \
        SW_VERB_RESOLVE, "03-02 23:30:00", SW_ROLE_PARTY, "pump off"                                                   \
    }

void two_callbacks(struct story *s)
{
    static const struct story_event of_north[] = {
        BOTH_UP_TO_CLOSE,
        {SW_VERB_CALLBACK, "03-03 09:00:00", SW_ROLE_PLATFORM, NULL},
        {SW_VERB_CLOSE, "03-03 09:05:00", SW_ROLE_PLATFORM, NULL},
    };
    static const struct story_event of_south[] = {
        BOTH_UP_TO_CLOSE,
        {SW_VERB_CALLBACK, "03-03 09:10:00", SW_ROLE_PLATFORM, "still runs"},
        {SW_VERB_REOPEN, "03-03 09:10:00", SW_ROLE_PLATFORM, "unsatisfied"},
        {SW_VERB_DISPATCH, "03-03 09:20:00", SW_ROLE_PLATFORM, NULL},
        {SW_VERB_ACCEPT, "03-03 09:40:00", SW_ROLE_PARTY, NULL},
        {SW_VERB_START, "03-03 10:00:00", SW_ROLE_PARTY, NULL},
        {SW_VERB_RESOLVE, "03-03 11:00:00", SW_ROLE_PARTY, "behind a wall"},
        {SW_VERB_CALLBACK, "03-03 11:30:00", SW_ROLE_PLATFORM, NULL},
        {SW_VERB_CLOSE, "03-03 11:40:00", SW_ROLE_PLATFORM, NULL},
    };
    const struct sw_ticket *t[2];
    struct sw_indicators n;

    t[0] = loud_night(s, true);
    t[1] = story_ticket(s, "noise:night:south-gate-noise");
    both(s, t, "03-02 22:45:00", SW_VERB_DISPATCH, PLATFORM, NULL);
    both(s, t, "03-02 22:46:00", SW_VERB_ACCEPT, PARTY, NULL);
    both(s, t, "03-02 22:48:00", SW_VERB_START, PARTY, NULL);
    story_until(s, "03-02 22:50:00");
    s->north = s->south = 45.0;
    both(s, t, "03-02 23:30:00", SW_VERB_RESOLVE, PARTY, &pump_off);
    story_until(s, "03-03 09:00:00");
    story_do(s, t[0], SW_VERB_CALLBACK, PLATFORM, &satisfied);
    story_until(s, "03-03 09:05:00");
    story_do(s, t[0], SW_VERB_CLOSE, PLATFORM, NULL);
    assert_true(t[0]->status == SW_STATUS_CLOSED && t[0]->reopens == 0);
    south_reopens(s, t[1]);
    n = counted(t);
    RATIO(n.closure, 1, 2);
    RATIO(n.first_time, 1, 1);
    RATIO(n.satisfaction, 1, 2);
    south_is_done_again(s, t[1]);
    n = counted(t);
    RATIO(n.closure, 2, 2);
    RATIO(n.first_time, 1, 2); /* closed, but not the first time */
    RATIO(n.satisfaction, 2, 2);
    RATIO(n.response_on_time, 2, 2);
    assert_int_equal(n.reopened, 1);
    story_expect_events(s, t[0], of_north, SW_ARRAY_SIZE(of_north));
    story_expect_events(s, t[1], of_south, SW_ARRAY_SIZE(of_south));
    assert_int_equal(virtual_count_tickets(s->v), 2);
}
