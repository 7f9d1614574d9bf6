// SPDX-License-Identifier: Apache-2.0
/* Stories at a desk that works by a calendar: deadlines in working days, suspensions over a festival, reminders, the
 * review by the month, and that neither a restart nor a step of the clock tells anything twice. Hand arithmetic on the
 * calendar of China for 2026. */
#include "tests/unit/desk_fixture.h"

#include "common/timefmt.h"

static struct sw_days days;

/* class A: 5 min, 30 min, 24 h; B: 1 h, 5 working days; C: review by the month; an enquiry: 3 working days */
static const struct sw_hotline working = {.id = "hotline-cn-12345",
                                          .limits = {{.respond_s = 300, .dispatch_s = 1800, .resolve = {.s = 86400}},
                                                     {.respond_s = 3600, .resolve = {.workdays = 5}},
                                                     {.is_reviewed = true}},
                                          .enquiry = {.workdays = 3},
                                          .remind = {.percent = 20},
                                          .class_a_over_by = 1000,
                                          .class_a_dust_percent = 200,
                                          .reopen_within_s = 86400};

static void fill_days(void)
{
    static const struct {
        int month, from, to;
        bool is_holiday;
    } spans[] = {{2, 14, 14, false}, {2, 15, 23, true}, {2, 28, 28, false}, {4, 4, 6, true}, {10, 1, 7, true}};

    days.n = 0;
    for (size_t i = 0; i < SW_ARRAY_SIZE(spans); i++) {
        for (int day = spans[i].from; day <= spans[i].to; day++)
            days.day[days.n++] = (struct sw_special_day){.day = (int32_t) sw_days_from_civil(2026, spans[i].month, day),
                                                         .is_holiday = spans[i].is_holiday,
                                                         .is_workday = !spans[i].is_holiday};
    }
}

static struct sw_desk *new_desk(const struct sw_hotline *h)
{
    struct sw_desk_params p = params(true);
    struct sw_desk *made = NULL;

    p.hotline = h;
    p.days = &days;
    p.subdistrict = "花木街道";
    p.permit_no = "310115202500123";
    assert_int_equal(sw_desk_new(&p, &made, NULL), SW_OK);
    return made;
}

static int with_calendar(void **state)
{
    (void) state;
    fill_days();
    memset(&out, 0, sizeof out);
    desk = new_desk(&working);
    return 0;
}

static int64_t at(const char *text)
{
    int64_t us = 0;
    struct sw_err err = {0};

    CHECK(sw_time_parse(text, strlen(text), &us, &err) == SW_OK, "%s: %s", text, err.msg);
    return us;
}

static void check_time(int64_t got, const char *want, int line)
{
    char text[SW_RFC3339_SIZE] = "none";

    if (got != NONE)
        sw_time_format(&zone, got, text);
    CHECK(got == at(want), "line %d: %s, want %s", line, text, want);
}
#define TIME(got, want) check_time(got, want, __LINE__)

static void suspend(const char *now, const char *until)
{
    struct sw_ticket_command c = command(SW_VERB_SUSPEND, SW_ROLE_OFFICER);

    c.until_us = at(until);
    send_command(&c, at(now));
}

/* The only event of the last call and what it speaks of. */
static void check_said(enum sw_verb verb, const char *note, int line)
{
    CHECK(out.n_events == 1 && out.events[0].verb == verb && strcmp(out.events[0].note, note) == 0,
          "line %d: %zu events, the first %s %s, want %s %s", line, out.n_events,
          out.n_events ? sw_verb_name(out.events[0].verb) : "-", out.n_events ? out.events[0].note : "-",
          sw_verb_name(verb), note);
    CHECK(out.events[0].by.role == SW_ROLE_AUTO, "line %d: not by the engine", line);
}
#define SAID(verb, note) check_said(verb, note, __LINE__)

/* ---- working days ---- */

static void class_b_has_five_working_days(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, at("2026-02-13T22:30:00+08:00"));
    TIME(ticket(0)->resolve_by_us, "2026-02-27T22:30:00+08:00"); /* 14, 24, 25, 26, 27 */
    TIME(ticket(0)->respond_by_us, "2026-02-13T23:30:00+08:00"); /* an hour is an hour */
    assert_true(ticket(0)->resolve_in_workdays);
    find(SW_FINDING_EXCEED, SOUTH, NIGHT_LEQ, 5600, &scheduled, at("2026-02-18T02:00:00+08:00"));
    TIME(ticket(1)->resolve_by_us, "2026-03-02T00:00:00+08:00"); /* as of the 24th 00:00: 25, 26, 27, 28, 2 March */
    find(SW_FINDING_EXCEED, NORTH_DUST, DUST, 30000, &scheduled, at("2026-02-18T02:00:00+08:00"));
    TIME(ticket(2)->resolve_by_us, "2026-02-19T02:00:00+08:00"); /* class A: 24 hours, whatever the day */
    assert_true(!ticket(2)->resolve_in_workdays);
}

static void a_suspension_counts_its_working_time_only(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, at("2026-02-13T22:30:00+08:00"));
    command_at(SW_VERB_ACK, SW_ROLE_OFFICER, at("2026-02-13T22:31:00+08:00"));
    suspend("2026-02-14T22:00:00+08:00", "2026-02-24T22:00:00+08:00"); /* 2 h of the 14th, 22 h of the 24th */
    TIME(ticket(0)->resolve_by_us, "2026-02-28T22:30:00+08:00");       /* a made-up Saturday */
    command_at(SW_VERB_RESUME, SW_ROLE_OFFICER, at("2026-02-20T12:00:00+08:00"));
    TIME(ticket(0)->resolve_by_us, "2026-02-28T00:30:00+08:00"); /* the 22 h were not used */
    suspend("2026-02-21T00:00:00+08:00", "2026-02-23T00:00:00+08:00");
    TIME(ticket(0)->resolve_by_us, "2026-02-28T00:30:00+08:00"); /* nobody works then anyhow */
    tick(at("2026-02-23T00:00:00+08:00"));
    SAID(SW_VERB_RESUME, "");
}

static void resuming_at_once_leaves_the_deadline(void **state)
{
    static const char *const nows[] = {"2026-02-13T23:00:00+08:00", "2026-02-15T12:00:00+08:00",
                                       "2026-02-24T00:00:00+08:00"};

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, at("2026-02-13T22:30:00+08:00"));
    for (size_t i = 0; i < SW_ARRAY_SIZE(nows); i++) {
        suspend(nows[i], "2026-03-20T10:00:00+08:00");
        assert_true(ticket(0)->resolve_by_us > at("2026-03-20T10:00:00+08:00"));
        command_at(SW_VERB_RESUME, SW_ROLE_OFFICER, at(nows[i]));
        TIME(ticket(0)->resolve_by_us, "2026-02-27T22:30:00+08:00");
    }
}

static void a_class_that_rises_in_a_suspension_starts_at_its_end(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, at("2026-03-02T10:00:00+08:00")); /* by Mon 9, 10:00 */
    suspend("2026-03-03T10:00:00+08:00", "2026-03-06T10:00:00+08:00");
    TIME(ticket(0)->resolve_by_us, "2026-03-12T10:00:00+08:00");
    find(SW_FINDING_WORSE, NORTH, NIGHT_LEQ, 6600, &scheduled, at("2026-03-04T10:00:00+08:00"));
    assert_int_equal(ticket(0)->class_, SW_CLASS_A);
    TIME(ticket(0)->resolve_by_us, "2026-03-07T10:00:00+08:00"); /* Saturday: plain hours now */
    command_at(SW_VERB_RESUME, SW_ROLE_OFFICER, at("2026-03-05T10:00:00+08:00"));
    TIME(ticket(0)->resolve_by_us, "2026-03-06T10:00:00+08:00");
}

static void the_platforms_own_deadline_moves_by_plain_time(void **state)
{
    struct sw_ticket_command c;

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, at("2026-03-06T10:00:00+08:00"));
    c = command(SW_VERB_DISPATCH, SW_ROLE_PLATFORM);
    c.resolve_by_us = at("2026-03-08T10:00:00+08:00"); /* a Sunday */
    send_command(&c, at("2026-03-06T11:00:00+08:00"));
    suspend("2026-03-06T12:00:00+08:00", "2026-03-09T12:00:00+08:00");
    TIME(ticket(0)->resolve_by_us, "2026-03-11T10:00:00+08:00");
}

static void an_enquiry_has_three_working_days(void **state)
{
    struct sw_ticket t;
    struct sw_ticket_command c;

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, at("2026-03-02T10:00:00+08:00"));
    t = *ticket(0);
    t.origin = SW_ORIGIN_COMPLAINT;
    t.is_enquiry = true;
    t.measured_from_us = NONE;
    t.status = SW_STATUS_RESOLVED;
    assert_int_equal(sw_desk_restore(desk, &t, NULL), SW_OK);
    c = command(SW_VERB_REOPEN, SW_ROLE_OFFICER);
    send_command(&c, at("2026-03-05T10:00:00+08:00"));
    TIME(ticket(0)->resolve_by_us, "2026-03-10T10:00:00+08:00"); /* Fri, Mon, Tue */
    TIME(ticket(0)->respond_by_us, "2026-03-05T11:00:00+08:00"); /* as of class B */
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6600, &scheduled, at("2026-03-05T12:00:00+08:00"));
    TIME(ticket(0)->resolve_by_us, "2026-03-06T12:00:00+08:00"); /* something was measured: class A */
}

/* ---- reminders ---- */

static void restart(void)
{
    const struct sw_ticket kept = *ticket(0);

    sw_desk_free(desk);
    desk = new_desk(&working);
    assert_int_equal(sw_desk_restore(desk, &kept, NULL), SW_OK);
}

static void people_are_reminded_once_before_each_deadline(void **state)
{
    static const struct {
        const char *at;
        enum sw_verb verb;
        const char *note;
    } story[] = {
        {"2026-03-02T22:04:00+08:00", SW_VERB_REMIND, "respond"},  /* a fifth of 5 min before 22:05 */
        {"2026-03-02T22:24:00+08:00", SW_VERB_REMIND, "dispatch"}, /* 6 min before 22:30 */
        {"2026-03-03T17:12:00+08:00", SW_VERB_REMIND, "resolve"},  /* 4.8 h before 22:00 */
    };

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6600, &scheduled, at("2026-03-02T22:00:00+08:00"));
    for (size_t i = 0; i < SW_ARRAY_SIZE(story); i++) {
        tick(at(story[i].at) - S);
        CHECK(out.n_events == 0 || out.events[0].verb == SW_VERB_OVERDUE, "too early: %s", story[i].note);
        tick(at(story[i].at));
        SAID(story[i].verb, story[i].note);
        tick(at(story[i].at) + S);
        EVENTS("");
    }
    assert_int_equal(ticket(0)->reminded, SW_OVERDUE_RESPOND | SW_OVERDUE_DISPATCH | SW_OVERDUE_RESOLVE);
    tick(at("2026-03-03T22:00:00+08:00"));
    EVENTS("overdue");
    tick(at("2026-04-03T22:00:00+08:00"));
    EVENTS("");
}

static void of_working_days_a_fifth_is_a_working_day(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, at("2026-03-02T10:00:00+08:00")); /* by Mon 9, 10:00 */
    command_at(SW_VERB_ACK, SW_ROLE_OFFICER, at("2026-03-02T10:01:00+08:00"));
    tick(at("2026-03-06T10:00:00+08:00") - S);
    EVENTS("");
    tick(at("2026-03-06T10:00:00+08:00")); /* Friday */
    SAID(SW_VERB_REMIND, "resolve");
}

static void nobody_is_reminded_of_what_is_met_rests_or_is_late(void **state)
{
    struct sw_ticket t;

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6600, &scheduled, at("2026-03-02T22:00:00+08:00"));
    command_at(SW_VERB_ACK, SW_ROLE_OFFICER, at("2026-03-02T22:01:00+08:00"));
    command_at(SW_VERB_DISPATCH, SW_ROLE_PLATFORM, at("2026-03-02T22:02:00+08:00"));
    tick(at("2026-03-03T17:11:59+08:00"));
    EVENTS(""); /* met */
    suspend("2026-03-03T17:11:59+08:00", "2026-03-05T22:00:00+08:00");
    tick(at("2026-03-05T21:59:59+08:00"));
    EVENTS(""); /* suspended */
    tick(at("2026-03-05T22:00:00+08:00"));
    SAID(SW_VERB_RESUME, "");
    t = *ticket(0);
    strcpy(t.merged_into, "sw-aaaaaaaaaa");
    assert_int_equal(sw_desk_restore(desk, &t, NULL), SW_OK);
    tick(at("2026-03-07T00:00:00+08:00"));
    EVENTS(""); /* merged: neither near nor late */
    t.merged_into[0] = '\0';
    assert_int_equal(sw_desk_restore(desk, &t, NULL), SW_OK);
    tick(at("2026-03-07T00:00:00+08:00"));
    EVENTS("overdue,escalate"); /* too late for a reminder */
    assert_int_equal(ticket(0)->reminded, 0);
}

static void a_new_round_reminds_anew(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6600, &scheduled, at("2026-03-02T22:00:00+08:00"));
    tick(at("2026-03-02T22:04:00+08:00"));
    SAID(SW_VERB_REMIND, "respond");
    command_at(SW_VERB_ACCEPT, SW_ROLE_PARTY, at("2026-03-02T22:04:30+08:00"));
    find(SW_FINDING_RECOVERED, NORTH, NIGHT_LEQ, 6600, &scheduled, at("2026-03-02T22:05:00+08:00"));
    command_at(SW_VERB_RESOLVE, SW_ROLE_PARTY, at("2026-03-02T22:06:00+08:00"));
    tick(at("2026-03-04T22:06:00+08:00"));
    EVENTS("");
    command_at(SW_VERB_REOPEN, SW_ROLE_OFFICER, at("2026-03-04T23:00:00+08:00"));
    tick(at("2026-03-04T23:04:00+08:00"));
    SAID(SW_VERB_REMIND, "respond");
}

static void a_reminder_makes_no_command_stale(void **state)
{
    struct sw_ticket_command c;

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6600, &scheduled, at("2026-03-02T22:00:00+08:00"));
    command_at(SW_VERB_DISPATCH, SW_ROLE_PLATFORM, at("2026-03-02T22:01:00+08:00"));
    c = command(SW_VERB_ACCEPT, SW_ROLE_PARTY); /* as read before the reminder */
    tick(at("2026-03-02T22:04:00+08:00"));
    SAID(SW_VERB_REMIND, "respond");
    assert_true(ticket(0)->revision == c.revision + 1);
    restart();
    send_command(&c, at("2026-03-02T22:04:10+08:00"));
    assert_int_equal(ticket(0)->status, SW_STATUS_ACCEPTED);
}

static void a_duration_is_never_more_than_half_of_the_time(void **state)
{
    struct sw_hotline h = working;

    (void) state;
    h.remind = (struct sw_reminder){.s = 900};
    sw_desk_free(desk);
    desk = new_desk(&h);
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6600, &scheduled, at("2026-03-02T22:00:00+08:00"));
    tick(at("2026-03-02T22:02:30+08:00") - S);
    EVENTS("");
    tick(at("2026-03-02T22:02:30+08:00")); /* half of 5 min */
    SAID(SW_VERB_REMIND, "respond");
    tick(at("2026-03-02T22:15:00+08:00")); /* 15 min of 30 */
    assert_int_equal(ticket(0)->reminded, SW_OVERDUE_RESPOND | SW_OVERDUE_DISPATCH);
    desk = sw_desk_free(desk);
    h.remind = (struct sw_reminder){0};
    desk = new_desk(&h); /* `h` must outlive it */
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6600, &scheduled, at("2026-03-02T22:00:00+08:00"));
    tick(at("2026-03-02T22:04:59+08:00"));
    EVENTS("");
    desk = sw_desk_free(desk);
}

static void escalation_does_not_remind_at_once(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, at("2026-03-02T22:00:00+08:00"));
    command_at(SW_VERB_ESCALATE, SW_ROLE_OFFICER, at("2026-03-02T22:10:00+08:00")); /* 5 min from here */
    tick(at("2026-03-02T22:13:59+08:00"));
    EVENTS("");
    tick(at("2026-03-02T22:14:00+08:00"));
    SAID(SW_VERB_REMIND, "respond");
}

static void class_c_is_looked_at_in_the_next_month(void **state)
{
    static const struct sw_work planned = {SW_WORK_PERMITTED_NIGHT, 1};
    struct sw_desk_late late = {.uid = "w1", .work = planned};

    (void) state;
    late.published_us = at("2026-09-10T10:00:00+08:00");
    late.begins_us = at("2026-09-10T22:00:00+08:00");
    assert_true(sw_desk_late_work(desk, &late, late.published_us, &out));
    assert_int_equal(ticket(0)->class_, SW_CLASS_C);
    assert_true(ticket(0)->resolve_by_us == NONE); /* no promise, so nothing to be late with */
    tick(at("2026-10-07T23:59:59+08:00"));
    EVENTS("");
    tick(at("2026-10-08T00:00:00+08:00")); /* the first week of October is off */
    SAID(SW_VERB_REMIND, "review");
    assert_true(ticket(0)->overdue == 0 && ticket(0)->reminded == SW_REMINDED_REVIEW);
    tick(at("2026-12-08T00:00:00+08:00"));
    EVENTS("");
}

/* ---- restarts and steps of the clock ---- */

static void a_restart_between_any_two_events_changes_nothing(void **state)
{
    /* of an unanswered class B from Monday 2 March, 10:00 */
    static const char *const want[] = {
        "2026-03-02T10:48:00+08:00 remind respond", "2026-03-02T11:00:00+08:00 overdue respond",
        "2026-03-02T11:00:00+08:00 escalate supervision", "2026-03-06T10:00:00+08:00 remind resolve",
        "2026-03-09T10:00:00+08:00 overdue resolve"};
    size_t n = 0;

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, at("2026-03-02T10:00:00+08:00"));
    for (int64_t t = at("2026-03-02T10:00:00+08:00"); t < at("2026-03-12T10:00:00+08:00"); t += 60 * S) {
        tick(t);
        for (size_t i = 0; i < out.n_events; i++) {
            char line[SW_NOTE_SIZE + 80], when[SW_RFC3339_SIZE];

            sw_time_format(&zone, t, when);
            snprintf(line, sizeof line, "%.19s+08:00 %s %s", when, sw_verb_name(out.events[i].verb),
                     out.events[i].note);
            CHECK(n < SW_ARRAY_SIZE(want) && strcmp(line, want[n]) == 0, "event %zu is \"%s\"", n, line);
            n++;
        }
        restart();
    }
    assert_int_equal(n, SW_ARRAY_SIZE(want));
}

static void a_step_of_the_clock_tells_everything_once(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6600, &scheduled, at("2026-03-02T22:00:00+08:00"));
    tick(at("2026-03-02T22:25:00+08:00")); /* 21 min were left out */
    EVENTS("overdue,escalate,remind");
    tick(at("2026-03-02T22:00:00+08:00")); /* and back */
    EVENTS("");
    tick(at("2026-03-02T22:04:30+08:00"));
    EVENTS("");
    tick(at("2026-03-02T22:29:59+08:00"));
    EVENTS("");
    tick(at("2027-03-02T22:00:00+08:00")); /* a year ahead */
    EVENTS("overdue,overdue");
    restart();
    tick(at("2026-03-02T22:04:30+08:00"));
    EVENTS("");
    tick(at("2027-03-02T22:00:00+08:00"));
    EVENTS("");
    assert_int_equal(ticket(0)->overdue, SW_OVERDUE_RESPOND | SW_OVERDUE_DISPATCH | SW_OVERDUE_RESOLVE);
}

/* ---- who is in charge ---- */

static void every_answer_can_say_who_is_in_charge(void **state)
{
    static const struct sw_responsibility rows[] = {
        {.category = -1, .who = {.unit = "lead unit", .person = "值班", .phone = "021-1"}, .is_lead = true},
        {.category = -1, .who = {.unit = "supervision"}, .is_supervision = true},
        {.category = SW_CATEGORY_NOISE,
         .period = "night",
         .place = "south-gate",
         .who = {.unit = "south team", .person = "王工", .phone = "021-2", .department = "城管", .street = "花木"},
         .permit_no = "P-2"},
        {.category = SW_CATEGORY_DUST, .who = {.unit = "dust team"}},
    };
    static const struct {
        const char *why;
        int category;
        const char *period, *place, *unit, *person, *phone, *permit;
    } cases[] = {
        {"all three fit", SW_CATEGORY_NOISE, "night", "south-gate", "south team", "王工", "021-2", "P-2"},
        {"another place", SW_CATEGORY_NOISE, "night", "north-gate", "lead unit", "值班", "021-1", "310115202500123"},
        {"another period", SW_CATEGORY_NOISE, "day", "south-gate", "lead unit", "值班", "021-1", "310115202500123"},
        {"nobody to ring", SW_CATEGORY_DUST, "", "", "dust team", "", "", "310115202500123"},
        {"of any category", -1, "night", "south-gate", "lead unit", "值班", "021-1", "310115202500123"},
    };
    struct sw_desk_params p = params(true);
    struct sw_dispatch_basis b;

    (void) state;
    sw_desk_free(desk);
    p.responsibility = rows;
    p.n_responsibility = SW_ARRAY_SIZE(rows);
    p.subdistrict = "花木街道";
    p.permit_no = "310115202500123";
    assert_int_equal(sw_desk_new(&p, &desk, NULL), SW_OK);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        sw_desk_dispatch_basis(desk, cases[i].category, cases[i].period, cases[i].place, &b);
        CHECK(strcmp(b.unit, cases[i].unit) == 0, "%s: %s", cases[i].why, b.unit);
        CHECK(strcmp(b.site_contact.person, cases[i].person) == 0, "%s: %s", cases[i].why, b.site_contact.person);
        CHECK(strcmp(b.site_contact.phone, cases[i].phone) == 0, "%s: %s", cases[i].why, b.site_contact.phone);
        CHECK(strcmp(b.permit_no, cases[i].permit) == 0, "%s: %s", cases[i].why, b.permit_no);
        CHECK(strcmp(b.subdistrict, "花木街道") == 0, "%s: %s", cases[i].why, b.subdistrict);
        CHECK(strcmp(b.agency_responsible, "浦东新区城管执法局") == 0, "%s", cases[i].why);
    }
    sw_desk_dispatch_basis(desk, SW_CATEGORY_NOISE, "night", "south-gate", &b);
    assert_string_equal(b.department, "城管");
    assert_string_equal(b.street, "花木");
}

static void without_a_table_only_the_site_is_known(void **state)
{
    struct sw_desk_params p = params(true);
    struct sw_dispatch_basis b;

    (void) state;
    sw_desk_free(desk);
    p.n_responsibility = 0;
    assert_int_equal(sw_desk_new(&p, &desk, NULL), SW_OK);
    sw_desk_dispatch_basis(desk, SW_CATEGORY_NOISE, "night", "south-gate", &b);
    assert_true(!b.unit[0] && !b.site_contact.person[0] && !b.site_contact.phone[0] && !b.permit_no[0] &&
                !b.subdistrict[0]);
    assert_string_equal(b.agency_responsible, "浦东新区城管执法局");
}

int main(void)
{
#define CALENDAR(f) cmocka_unit_test_setup_teardown(f, with_calendar, close_desk)
    const struct CMUnitTest tests[] = {
        CALENDAR(class_b_has_five_working_days),
        CALENDAR(a_suspension_counts_its_working_time_only),
        CALENDAR(resuming_at_once_leaves_the_deadline),
        CALENDAR(a_class_that_rises_in_a_suspension_starts_at_its_end),
        CALENDAR(the_platforms_own_deadline_moves_by_plain_time),
        CALENDAR(an_enquiry_has_three_working_days),
        CALENDAR(people_are_reminded_once_before_each_deadline),
        CALENDAR(of_working_days_a_fifth_is_a_working_day),
        CALENDAR(nobody_is_reminded_of_what_is_met_rests_or_is_late),
        CALENDAR(a_new_round_reminds_anew),
        CALENDAR(a_reminder_makes_no_command_stale),
        CALENDAR(a_duration_is_never_more_than_half_of_the_time),
        CALENDAR(escalation_does_not_remind_at_once),
        CALENDAR(class_c_is_looked_at_in_the_next_month),
        CALENDAR(a_restart_between_any_two_events_changes_nothing),
        CALENDAR(a_step_of_the_clock_tells_everything_once),
        CALENDAR(every_answer_can_say_who_is_in_charge),
        CALENDAR(without_a_table_only_the_site_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
