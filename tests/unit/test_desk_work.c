// SPDX-License-Identifier: Apache-2.0
/* What the schedule and the detection of work do at the desk: sources that become known, work while none was permitted,
 * late publications, verdicts that change. Deadlines are hand arithmetic. */
#include "tests/unit/desk_base.h"

#define T2300 1772463600000000LL /* 2026-03-02T23:00:00+08:00 */

static struct sw_pack pack = {.id = "p",
                              .version = "1",
                              .n_rules = 1,
                              .rules = {{.id = "leq-night",
                                         .full_id = "p/leq-night",
                                         .family = "night",
                                         .statistic = SW_STAT_LEQ,
                                         .limit = 5500,
                                         .resolution = 10}}};
static struct sw_desk_sensor sensors[] = {
    {"north-noise", "north", SW_CATEGORY_NOISE, SW_QUANTITY_LAEQ},
    {"south-noise", "south", SW_CATEGORY_NOISE, SW_QUANTITY_LAEQ},
};
static const struct sw_work no_schedule = {SW_WORK_NO_SCHEDULE, -1}, prohibited = {SW_WORK_PROHIBITED_NIGHT, 0},
                            permitted = {SW_WORK_PERMITTED_NIGHT, 1}, scheduled = {SW_WORK_SCHEDULED, 1},
                            unscheduled = {SW_WORK_UNSCHEDULED, 0};

static int open_desk(void **state)
{
    const struct sw_desk_params p = desk_params(sensors, SW_ARRAY_SIZE(sensors), NULL, 0);

    (void) state;
    return open_desk_with(&p);
}

static void detected(enum sw_detected d, int32_t revision)
{
    sw_desk_set_site(desk, &(struct sw_desk_site){d, revision});
}

static void over(uint16_t sensor, int32_t worst, const struct sw_work *work, int64_t at_us)
{
    const struct sw_finding f = {.kind = SW_FINDING_EXCEED,
                                 .sensor = sensor,
                                 .pack = &pack,
                                 .rule = &pack.rules[0],
                                 .at_us = at_us,
                                 .value = worst,
                                 .worst = worst,
                                 .max = SW_NO_VALUE,
                                 .from_us = at_us - 20 * MIN,
                                 .quality = SW_QUALITY_GOOD,
                                 .forecast = {.crosses_at_us = INT64_MIN},
                                 .period_is_night = true,
                                 .period = "night"};

    sw_desk_finding(desk, &f, work, at_us, &out);
}

static void heard(int32_t leq, int64_t from_us)
{
    const struct sw_desk_heard h = {
        .sensor = 0, .leq = leq, .from_us = from_us, .period = "night", .is_night = true, .work = prohibited};

    sw_desk_heard(desk, &h, from_us + 5 * MIN, &out);
}

static const struct sw_ticket *ticket(size_t slot)
{
    return sw_desk_ticket(desk, slot);
}

static void the_source_is_the_site_when_work_is_heard_or_announced(void **state)
{
    static const struct {
        const char *why;
        enum sw_detected detected;
        const struct sw_work *work;
        int32_t worst;
        enum sw_attribution want;
        enum sw_class class_;
        const char *title;
    } rows[] = {
        {"nobody knows", SW_DETECTED_UNKNOWN, &no_schedule, 6800, SW_ATTRIBUTION_UNKNOWN, SW_CLASS_B,
         "Noise level above the limit, source not established"},
        {"a road at night, 13 dB over, no work heard", SW_DETECTED_NO, &prohibited, 6800, SW_ATTRIBUTION_UNKNOWN,
         SW_CLASS_B, "Noise level above the limit, source not established"},
        {"heard at night without a permit", SW_DETECTED_YES, &prohibited, 5600, SW_ATTRIBUTION_SITE, SW_CLASS_A,
         "Night construction noise above limit (no permit)"},
        {"heard, and nobody knows what is allowed", SW_DETECTED_YES, &no_schedule, 5600, SW_ATTRIBUTION_SITE,
         SW_CLASS_B, "Night construction noise above limit"},
        {"permitted work, silent or not", SW_DETECTED_NO, &permitted, 5600, SW_ATTRIBUTION_SITE, SW_CLASS_B,
         "Night construction noise above limit"},
        {"unscheduled and not heard", SW_DETECTED_UNKNOWN, &unscheduled, 6800, SW_ATTRIBUTION_UNKNOWN, SW_CLASS_B,
         "Noise level above the limit, source not established"},
        {"scheduled and 13 dB over", SW_DETECTED_UNKNOWN, &scheduled, 6800, SW_ATTRIBUTION_SITE, SW_CLASS_A,
         "Night construction noise above limit"},
    };

    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        char title[128];

        open_desk(state);
        detected(rows[i].detected, 0);
        over(0, rows[i].worst, rows[i].work, T2300);
        sw_ticket_title(ticket(0), "en", title, sizeof title);
        CHECK(ticket(0)->attribution == rows[i].want && ticket(0)->class_ == rows[i].class_ &&
                  strcmp(title, rows[i].title) == 0,
              "%s: attribution %d class %c title \"%s\"", rows[i].why, ticket(0)->attribution,
              sw_class_letter(ticket(0)->class_), title);
        close_desk(state);
    }
    open_desk(state); /* for the teardown */
}

static void a_source_that_becomes_known_raises_the_class_from_then_on(void **state)
{
    (void) state;
    detected(SW_DETECTED_NO, 3);
    over(0, 5700, &prohibited, T2300);
    assert_int_equal(ticket(0)->class_, SW_CLASS_B);
    assert_int_equal(ticket(0)->schedule_revision, 3);
    assert_int_equal(ticket(0)->respond_by_us, T2300 + HOUR);
    out = (struct sw_desk_out){0};
    sw_desk_attribute(desk, T2300 + MIN, &out);
    assert_int_equal(out.n_tickets, 0); /* not heard: nothing changes */
    detected(SW_DETECTED_YES, 3);
    sw_desk_attribute(desk, T2300 + 5 * MIN, &out);
    assert_int_equal(ticket(0)->attribution, SW_ATTRIBUTION_SITE);
    assert_int_equal(ticket(0)->class_, SW_CLASS_A);
    assert_int_equal(ticket(0)->respond_by_us, T2300 + 10 * MIN); /* 5 min from when it was known */
    assert_int_equal(ticket(0)->revision, 2);
    assert_int_equal(out.n_tickets, 1);
    assert_int_equal(out.n_events, 0);
    sw_desk_attribute(desk, T2300 + 6 * MIN, &out);
    assert_int_equal(ticket(0)->revision, 2); /* once */
}

static void work_heard_while_none_was_permitted_is_one_ticket_a_night(void **state)
{
    const struct sw_ticket *t;

    (void) state;
    heard(6100, T2300);
    t = ticket(0);
    assert_non_null(t);
    assert_string_equal(t->matter_key, "pd-0042:work:night:site");
    assert_int_equal(t->origin, SW_ORIGIN_SCHEDULE);
    assert_int_equal(t->category, SW_CATEGORY_WORK);
    assert_int_equal(t->stage, SW_STAGE_NONE);
    assert_int_equal(t->class_, SW_CLASS_B);
    assert_int_equal(t->work.state, SW_WORK_PROHIBITED_NIGHT);
    assert_int_equal(t->attribution, SW_ATTRIBUTION_SITE);
    assert_int_equal(t->measured_from_us, T2300);
    assert_int_equal(t->measured_to_us, INT64_MIN);
    assert_int_equal(t->worst, 6100);
    assert_int_equal(t->over_by, SW_NO_VALUE);
    assert_int_equal(out.n_events, 1);
    heard(6000, T2300 + 5 * MIN);
    assert_int_equal(t->revision, 1); /* nothing new */
    heard(6300, T2300 + 10 * MIN);
    assert_int_equal(t->revision, 2);
    assert_int_equal(t->worst, 6300);
    assert_int_equal(out.n_events, 1);
    sw_desk_unheard(desk, T2300 + HOUR, &out);
    assert_int_equal(t->measured_to_us, T2300 + HOUR);
    assert_int_equal(out.events[out.n_events - 1].verb, SW_VERB_RECOVER);
    assert_int_equal(t->status, SW_STATUS_OPEN); /* people say what they did */
    sw_desk_unheard(desk, T2300 + HOUR + MIN, &out);
    assert_int_equal(out.n_events, 2); /* once */
    heard(5900, T2300 + 2 * HOUR);     /* again, the same night: the same ticket */
    assert_int_equal(t->measured_to_us, INT64_MIN);
    assert_null(ticket(1));
}

static void work_that_goes_on_after_it_was_resolved_reopens(void **state)
{
    struct sw_err err = {0};
    struct sw_ticket_command c = {.verb = SW_VERB_ACCEPT, .by = {"party:a", SW_ROLE_PARTY, SW_DOOR_CLI}};

    (void) state;
    heard(6100, T2300);
    memcpy(c.ticket, ticket(0)->id, sizeof c.ticket);
    c.revision = ticket(0)->revision;
    c.resolve_by_us = c.until_us = INT64_MIN;
    assert_int_equal(sw_desk_command(desk, &c, false, T2300 + 10 * MIN, &out, &err), SW_OK);
    c.verb = SW_VERB_RESOLVE;
    c.revision = ticket(0)->revision;
    snprintf(c.measure, sizeof c.measure, "stopped-work");
    snprintf(c.text, sizeof c.text, "stopped");
    CHECK(sw_desk_command(desk, &c, true, T2300 + 20 * MIN, &out, &err) == SW_OK, "%s", err.msg);
    heard(6200, T2300 + 30 * MIN);
    assert_int_equal(ticket(0)->status, SW_STATUS_OPEN);
    assert_int_equal(ticket(0)->reopens, 1);
    assert_int_equal(ticket(0)->measured_from_us, T2300 + 30 * MIN);
}

static bool late(const char *uid, int64_t published_us, int64_t begins_us)
{
    const struct sw_desk_late l = {
        .uid = uid, .published_us = published_us, .begins_us = begins_us, .work = unscheduled};

    return sw_desk_late_work(desk, &l, published_us, &out);
}

static void a_late_publication_is_told_once_and_has_no_deadline(void **state)
{
    char title[128];

    (void) state;
    assert_true(late("pour-3@example", T2300, T2300 + 7 * HOUR));
    assert_int_equal(ticket(0)->class_, SW_CLASS_C);
    assert_int_equal(ticket(0)->origin, SW_ORIGIN_SCHEDULE);
    assert_int_equal(ticket(0)->category, SW_CATEGORY_WORK);
    assert_int_equal(ticket(0)->respond_by_us, INT64_MIN);
    assert_int_equal(ticket(0)->resolve_by_us, INT64_MIN);
    assert_memory_equal(ticket(0)->matter_key, "pd-0042:work:late-publication:", 30);
    assert_string_equal(out.events[0].note, "published 420 min before it begins: pour-3@example");
    sw_ticket_title(ticket(0), "en", title, sizeof title);
    assert_string_equal(title, "Work published at short notice");
    assert_true(late("pour-3@example", T2300, T2300 + 31 * HOUR)); /* its next instance */
    assert_null(ticket(1));
    assert_true(late("pour-3@example", T2300 + HOUR, T2300 + 8 * HOUR)); /* moved: published anew */
    assert_true(late("pour-4@example", T2300, T2300 + 7 * HOUR));
    assert_non_null(ticket(2));
    assert_null(ticket(3));
    sw_desk_unheard(desk, T2300 + DAY, &out); /* no matter of what is heard */
    assert_int_equal(ticket(0)->revision, 1);
}

static void what_finds_no_room_waits(void **state)
{
    size_t n = 0;

    (void) state;
    for (size_t i = 0; i < 100; i++) {
        char uid[16];

        snprintf(uid, sizeof uid, "item-%zu", i);
        if (!late(uid, T2300, T2300 + HOUR)) {
            out = (struct sw_desk_out){0};
            assert_true(late(uid, T2300, T2300 + HOUR));
            n++;
        }
    }
    assert_true(n > 0);
    assert_non_null(ticket(99));
    assert_int_equal(sw_desk_totals(desk).lost_events_total, 0);
}

static void a_permit_that_arrives_late_leaves_both_verdicts(void **state)
{
    const struct sw_ticket *t;

    (void) state;
    detected(SW_DETECTED_YES, 4);
    over(0, 6000, &prohibited, T2300);
    t = ticket(0);
    assert_true(sw_desk_may_rejudge(desk, t, T2300 - 7 * DAY));
    assert_true(sw_desk_rejudge(desk, 0, &prohibited, T2300 + DAY, &out));
    assert_int_equal(t->rejudged_at_us, 0); /* as it was */
    assert_true(sw_desk_rejudge(desk, 0, &permitted, T2300 + DAY, &out));
    assert_int_equal(t->rejudged_at_us, T2300 + DAY);
    assert_int_equal(t->rejudged.state, SW_WORK_PERMITTED_NIGHT);
    assert_int_equal(t->rejudged.permitted, 1);
    assert_int_equal(t->work.state, SW_WORK_PROHIBITED_NIGHT);
    assert_int_equal(t->class_, SW_CLASS_A); /* a class only rises */
    assert_int_equal(t->revision, 2);
    assert_int_equal(out.events[out.n_events - 1].verb, SW_VERB_NOTE);
    assert_int_equal(out.events[out.n_events - 1].by.role, SW_ROLE_AUTO);
    assert_string_equal(out.events[out.n_events - 1].note, "judged again: permitted_night");
    assert_true(sw_desk_rejudge(desk, 0, &permitted, T2300 + 2 * DAY, &out));
    assert_int_equal(t->revision, 2);                                          /* told once */
    assert_true(sw_desk_rejudge(desk, 0, &prohibited, T2300 + 3 * DAY, &out)); /* it was withdrawn */
    assert_int_equal(t->rejudged.state, SW_WORK_PROHIBITED_NIGHT);
    assert_int_equal(t->rejudged_at_us, T2300 + 3 * DAY);
}

static void only_measured_matters_of_the_night_are_judged_again(void **state)
{
    struct sw_ticket t;

    (void) state;
    over(0, 6000, &prohibited, T2300);
    t = *ticket(0);
    assert_true(sw_desk_may_rejudge(desk, &t, T2300));
    t.period_is_night = false;
    assert_false(sw_desk_may_rejudge(desk, &t, T2300));
    t = *ticket(0);
    t.category = SW_CATEGORY_DUST;
    assert_false(sw_desk_may_rejudge(desk, &t, T2300));
    t = *ticket(0);
    t.measured_from_us = INT64_MIN; /* only a forecast */
    assert_false(sw_desk_may_rejudge(desk, &t, T2300));
    t = *ticket(0);
    t.status = SW_STATUS_CLOSED;
    t.ended_us = T2300;
    assert_true(sw_desk_may_rejudge(desk, &t, T2300));
    assert_false(sw_desk_may_rejudge(desk, &t, T2300 + 1)); /* ended before */
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, open_desk, close_desk)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_source_is_the_site_when_work_is_heard_or_announced, close_desk),
        STORY(a_source_that_becomes_known_raises_the_class_from_then_on),
        STORY(work_heard_while_none_was_permitted_is_one_ticket_a_night),
        STORY(work_that_goes_on_after_it_was_resolved_reopens),
        STORY(a_late_publication_is_told_once_and_has_no_deadline),
        STORY(what_finds_no_room_waits),
        STORY(a_permit_that_arrives_late_leaves_both_verdicts),
        STORY(only_measured_matters_of_the_night_are_judged_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
