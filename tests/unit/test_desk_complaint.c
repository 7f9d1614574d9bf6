// SPDX-License-Identifier: Apache-2.0
/* What becomes of a complaint at the desk: by place, time, category and what was measured then. */
#include "tests/unit/complaint_help.h"

#define T T2140

static void a_complaint_is_linked_by_time_place_and_category(void **state)
{
    /* The matter is over the limit from T - 1 min (its first reading) to T + 60 min. */
    static const struct {
        const char *why, *service;
        int64_t occurred_us, window_us;
        int32_t distance_m;
        bool is_linked;
    } cases[] = {
        {"in the middle of it", "noise.construction", T + 30 * MIN, 0, 180, true},
        {"31 minutes before it: the window begins 30 min before the first reading", "noise.construction", T - 31 * MIN,
         0, 180, true},
        {"half a second earlier it ends too soon", "noise.construction", T - 31 * MIN - S / 2, 0, 180, false},
        {"its window reaches in from before", "noise.construction", T - 61 * MIN, HOUR, 180, true},
        {"its window does not reach in", "noise.construction", T - 61 * MIN - 2 * S, HOUR, 180, false},
        {"two hours after it", "noise.construction", T + 180 * MIN, 0, 180, true},
        {"more than that", "noise.construction", T + 180 * MIN + S, 0, 180, false},
        {"its window reaches back", "noise.construction", T + 210 * MIN, HOUR, 180, true},
        {"about dust", "dust.construction", T + 30 * MIN, HOUR, 180, false},
        {"about anything", "construction", T + 30 * MIN, HOUR, 180, true},
        {"at the edge", "noise.construction", T + 30 * MIN, HOUR, 500, true},
        {"too far", "noise.construction", T + 30 * MIN, HOUR, 501, false},
        {"nobody knows where", "noise.construction", T + 30 * MIN, HOUR, -1, true},
    };

    (void) state;
    over_at(T);
    recovered_at(T + 60 * MIN);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        char id[16];
        struct sw_complaint_call c;
        struct sw_complaint_result r;

        snprintf(id, sizeof id, "r-%zu", i);
        c = call_of(id, "", SW_ANSWER_WITHIN_PERMITTED, T + 300 * MIN);
        strcpy(c.service_code, cases[i].service);
        c.occurred_us = cases[i].occurred_us;
        c.window_us = cases[i].window_us;
        c.distance_m = cases[i].distance_m;
        r = give(&c, T + 300 * MIN);
        CHECK(r.outcome == (cases[i].is_linked ? SW_COMPLAINT_LINKED : SW_COMPLAINT_NOTHING), "%s: %s", cases[i].why,
              sw_complaint_outcome_name(r.outcome));
        CHECK(strcmp(r.ticket, cases[i].is_linked ? ticket(0)->id : "") == 0, "%s: ticket %s", cases[i].why, r.ticket);
    }
    assert_null(sw_desk_ticket(desk, 1));
}

static void what_was_measured_decides_when_there_is_no_matter(void **state)
{
    static const struct {
        const char *why;
        enum sw_answer_code code;
        const char *service;
        enum sw_complaint_want want;
        enum sw_complaint_outcome outcome;
        const char *key; /* of the ticket that it opens; NULL = none */
        enum sw_class class_;
        enum sw_attribution attribution;
        enum sw_stage stage;
        const char *en;
    } cases[] = {
        {"over at night without permit: A", SW_ANSWER_OVER_UNPERMITTED, "noise.construction", SW_WANT_LINK_OR_OPEN,
         SW_COMPLAINT_OPENED, "pd-0042:noise:night:north-gate", SW_CLASS_A, SW_ATTRIBUTION_SITE, SW_STAGE_RECOVERED,
         "Night construction noise above limit (no permit)"},
        {"over with a permit, 6.8 dB: B", SW_ANSWER_OVER_PERMITTED, "noise.construction", SW_WANT_LINK_OR_OPEN,
         SW_COMPLAINT_OPENED, "pd-0042:noise:night:north-gate", SW_CLASS_B, SW_ATTRIBUTION_SITE, SW_STAGE_RECOVERED,
         "Night construction noise above limit"},
        {"nobody knows of a permit: B", SW_ANSWER_OVER_PERMIT_UNKNOWN, "noise.construction", SW_WANT_LINK_OR_OPEN,
         SW_COMPLAINT_OPENED, "pd-0042:noise:night:north-gate", SW_CLASS_B, SW_ATTRIBUTION_SITE, SW_STAGE_RECOVERED,
         "Night construction noise above limit"},
        {"no work was detected: B, and the title says no source", SW_ANSWER_OVER_SOURCE_UNKNOWN, "noise.construction",
         SW_WANT_LINK_OR_OPEN, SW_COMPLAINT_OPENED, "pd-0042:noise:night:north-gate", SW_CLASS_B,
         SW_ATTRIBUTION_UNKNOWN, SW_STAGE_RECOVERED, "Noise level above the limit, source not established"},
        {"within, but not permitted: a matter of work", SW_ANSWER_WITHIN_UNPERMITTED, "noise.construction",
         SW_WANT_LINK_OR_OPEN, SW_COMPLAINT_OPENED, "pd-0042:work:night:site", SW_CLASS_B, SW_ATTRIBUTION_SITE,
         SW_STAGE_NONE, "Work heard while none was permitted"},
        {"uncertain: somebody looks", SW_ANSWER_UNCERTAIN, "noise.construction", SW_WANT_LINK_OR_OPEN,
         SW_COMPLAINT_OPENED, "pd-0042:noise:check:north-gate", SW_CLASS_B, SW_ATTRIBUTION_UNKNOWN, SW_STAGE_NONE,
         "Complaint without valid measurement: check on site"},
        {"no data: the same", SW_ANSWER_NO_DATA, "noise.construction", SW_WANT_LINK_OR_OPEN, SW_COMPLAINT_OPENED,
         "pd-0042:noise:check:north-gate", SW_CLASS_B, SW_ATTRIBUTION_UNKNOWN, SW_STAGE_NONE,
         "Complaint without valid measurement: check on site"},
        {"within and permitted: nothing", SW_ANSWER_WITHIN_PERMITTED, "noise.construction", SW_WANT_LINK_OR_OPEN,
         SW_COMPLAINT_NOTHING, NULL, SW_CLASS_B, SW_ATTRIBUTION_UNKNOWN, SW_STAGE_NONE, ""},
        {"within, permit not known: nothing", SW_ANSWER_WITHIN_PERMIT_UNKNOWN, "noise.construction",
         SW_WANT_LINK_OR_OPEN, SW_COMPLAINT_NOTHING, NULL, SW_CLASS_B, SW_ATTRIBUTION_UNKNOWN, SW_STAGE_NONE, ""},
        {"no work: nothing", SW_ANSWER_NO_WORK_DETECTED, "noise.construction", SW_WANT_LINK_OR_OPEN,
         SW_COMPLAINT_NOTHING, NULL, SW_CLASS_B, SW_ATTRIBUTION_UNKNOWN, SW_STAGE_NONE, ""},
        {"no monitor: nothing, even of an enquiry", SW_ANSWER_NO_MONITOR, "noise.enquiry", SW_WANT_LINK_OR_OPEN,
         SW_COMPLAINT_NOTHING, NULL, SW_CLASS_B, SW_ATTRIBUTION_UNKNOWN, SW_STAGE_NONE, ""},
        {"an enquiry with nothing measured", SW_ANSWER_WITHIN_PERMITTED, "noise.enquiry", SW_WANT_LINK_OR_OPEN,
         SW_COMPLAINT_NOTHING, "pd-0042:noise:enquiry:north-gate", SW_CLASS_B, SW_ATTRIBUTION_UNKNOWN, SW_STAGE_NONE,
         "Enquiry by a resident: nothing above the limit was measured"},
        {"only an answer is wanted: nothing opens", SW_ANSWER_OVER_UNPERMITTED, "noise.construction", SW_WANT_ANSWER,
         SW_COMPLAINT_NOTHING, NULL, SW_CLASS_B, SW_ATTRIBUTION_UNKNOWN, SW_STAGE_NONE, ""},
    };

    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_complaint_call c = call_of("r-1", "h:a", cases[i].code, T);
        struct sw_complaint_result r;
        const struct sw_ticket *t;
        char title[160];

        close_desk(state);
        assert_int_equal(with_packs(state), 0);
        strcpy(c.service_code, cases[i].service);
        c.want = cases[i].want;
        r = give(&c, T);
        t = sw_desk_ticket(desk, 0);
        CHECK(r.outcome == cases[i].outcome && !r.is_repeated, "%s: %s", cases[i].why,
              sw_complaint_outcome_name(r.outcome));
        CHECK((t != NULL) == (cases[i].key != NULL), "%s: a ticket or none", cases[i].why);
        CHECK(strcmp(r.ticket, t ? t->id : "") == 0, "%s: ticket %s", cases[i].why, r.ticket);
        if (!t)
            continue;
        EVENTS("open");
        CHECK(strcmp(t->matter_key, cases[i].key) == 0, "%s: %s", cases[i].why, t->matter_key);
        CHECK(t->origin == SW_ORIGIN_COMPLAINT && t->class_ == cases[i].class_, "%s: class %c", cases[i].why,
              sw_class_letter(t->class_));
        CHECK(t->attribution == cases[i].attribution && t->stage == cases[i].stage, "%s", cases[i].why);
        CHECK(t->calls == 1 && t->callers == 1 && t->repeat_callers == 0, "%s: counted", cases[i].why);
        CHECK(t->respond_by_us != NONE, "%s: a deadline", cases[i].why);
        sw_ticket_title(t, "en", title, sizeof title);
        CHECK(strcmp(title, cases[i].en) == 0, "%s: \"%s\"", cases[i].why, title);
        if (cases[i].stage == SW_STAGE_RECOVERED)
            CHECK(t->worst == 6180 && t->over_by == 680 && t->limit == 5500 && t->measured_from_us == T - 20 * MIN &&
                      t->measured_to_us == T && strcmp(t->rule, "cn-gb12523-2025/leq-night") == 0,
                  "%s: measured", cases[i].why);
    }
}

static void the_same_id_again_gets_the_first_answer_and_changes_nothing(void **state)
{
    const struct sw_complaint_result first = complain("r-1", "h:a", SW_ANSWER_NO_DATA, T);
    const struct sw_complaint_result again = complain("r-1", "h:b", SW_ANSWER_OVER_UNPERMITTED, T + MIN);

    (void) state;
    EVENTS("");
    assert_false(first.is_repeated);
    assert_true(again.is_repeated);
    assert_int_equal(again.outcome, SW_COMPLAINT_OPENED);
    assert_string_equal(again.ticket, first.ticket);
    assert_int_equal(ticket(0)->calls, 1);
    assert_int_equal(sw_desk_complaint_counts(desk, NULL, T + MIN).calls_24h, 1);
}

static void twelve_callers_about_one_matter_are_one_ticket_that_rises_once(void **state)
{
    char id[16], caller[16];

    (void) state;
    over_at(T);
    assert_int_equal(ticket(0)->class_, SW_CLASS_B);
    for (int i = 1; i <= 12; i++) {
        struct sw_complaint_result r;

        snprintf(id, sizeof id, "r-%d", i);
        snprintf(caller, sizeof caller, "h:%d", i);
        r = complain(id, caller, SW_ANSWER_OVER_PERMITTED, T + i * MIN);
        EVENTS("link");
        CHECK(r.outcome == SW_COMPLAINT_LINKED && r.raised_class == (i == 3), "caller %d", i);
        CHECK(ticket(0)->class_ == (i < 3 ? SW_CLASS_B : SW_CLASS_A), "caller %d: class %c", i,
              sw_class_letter(ticket(0)->class_));
        CHECK((strstr(out.events[0].note, "third caller: class A") != NULL) == (i == 3), "caller %d: \"%s\"", i,
              out.events[0].note);
        assert_false(r.is_repeat_caller);
    }
    assert_null(sw_desk_ticket(desk, 1));
    assert_true(ticket(0)->calls == 12 && ticket(0)->callers == 12 && ticket(0)->repeat_callers == 0);
    /* class A: 5 minutes from when it rose, if that is sooner */
    assert_true(ticket(0)->respond_by_us == T + 8 * MIN);
    assert_int_equal(sw_desk_complaint_counts(desk, NULL, T + HOUR).calls_24h, 12);
    assert_int_equal(sw_desk_complaint_counts(desk, NULL, T + HOUR).callers_24h, 12);
}

static void the_third_caller_never_raises_beyond_a_nor_twice(void **state)
{
    char id[16];
    struct sw_ticket_command c;

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &prohibited, T); /* source not established: B */
    for (int i = 0; i < 3; i++) {
        snprintf(id, sizeof id, "r-%d", i);
        complain(id, i == 0 ? "h:0" : i == 1 ? "h:1" : "h:2", SW_ANSWER_OVER_UNPERMITTED, T + i * MIN);
    }
    assert_int_equal(ticket(0)->class_, SW_CLASS_A);
    c = command(SW_VERB_UNLINK, SW_ROLE_OFFICER);
    strcpy(c.service_request_id, "r-2");
    send_command(&c, T + 4 * MIN);
    assert_true(ticket(0)->calls == 2 && ticket(0)->callers == 2);
    assert_false(complain("r-3", "h:3", SW_ANSWER_OVER_UNPERMITTED, T + 5 * MIN).raised_class);
    assert_int_equal(ticket(0)->callers, 3);
    assert_int_equal(ticket(0)->class_, SW_CLASS_A);
}

static void one_caller_five_times_is_one_repeat_caller(void **state)
{
    char id[16];

    (void) state;
    over_at(T);
    for (int i = 1; i <= 5; i++) {
        struct sw_complaint_result r;

        snprintf(id, sizeof id, "r-%d", i);
        r = complain(id, "h:same", SW_ANSWER_OVER_PERMITTED, T + i * MIN);
        CHECK(r.is_repeat_caller == (i > 1) && !r.raised_class, "call %d", i);
        CHECK(ticket(0)->calls == (uint32_t) i && ticket(0)->callers == 1 && ticket(0)->repeat_callers == (i > 1),
              "call %d: %u %u %u", i, ticket(0)->calls, ticket(0)->callers, ticket(0)->repeat_callers);
    }
    assert_int_equal(ticket(0)->class_, SW_CLASS_B);
    assert_int_equal(sw_desk_complaint_counts(desk, "h:same", T + HOUR).same_caller_30d, 5);
    assert_int_equal(sw_desk_complaint_counts(desk, NULL, T + HOUR).callers_7d, 1);
}

static void the_hotlines_own_count_makes_a_repeat_caller(void **state)
{
    struct sw_complaint_call c = call_of("r-1", "h:a", SW_ANSWER_OVER_PERMITTED, T + MIN);

    (void) state;
    over_at(T);
    c.caller_calls_30d = 2;
    assert_true(give(&c, T + MIN).is_repeat_caller);
    assert_int_equal(ticket(0)->repeat_callers, 1);
}

static void without_a_reference_calls_rise_and_callers_are_one_at_least(void **state)
{
    static const struct {
        const char *caller;
        uint32_t callers;
    } calls[] = {{"", 1}, {"", 1}, {"h:a", 1}, {"h:b", 2}, {"", 2}, {"h:a", 2}};
    char id[16];

    (void) state;
    over_at(T);
    for (size_t i = 0; i < SW_ARRAY_SIZE(calls); i++) {
        snprintf(id, sizeof id, "r-%zu", i);
        complain(id, calls[i].caller, SW_ANSWER_OVER_PERMITTED, T + MIN);
        CHECK(ticket(0)->callers == calls[i].callers, "call %zu: %u callers", i, ticket(0)->callers);
    }
}

static void a_closed_matter_takes_calls_of_its_time_and_reopens_only_for_what_was_measured_since(void **state)
{
    struct sw_complaint_call c;

    (void) state;
    over_at(T);
    command_at(SW_VERB_ACCEPT, SW_ROLE_PARTY, T + 10 * MIN);
    recovered_at(T + 20 * MIN);
    command_at(SW_VERB_RESOLVE, SW_ROLE_PARTY, T + 30 * MIN);
    command_at(SW_VERB_CLOSE, SW_ROLE_PLATFORM, T + 40 * MIN);
    complain("r-1", "h:a", SW_ANSWER_OVER_PERMITTED, T + 50 * MIN); /* its window is of T + 30 … 50 min: before */
    EVENTS("link");
    assert_int_equal(ticket(0)->status, SW_STATUS_CLOSED);
    assert_int_equal(ticket(0)->calls, 1);
    c = call_of("r-2", "h:b", SW_ANSWER_OVER_PERMITTED, T + 80 * MIN); /* measured from T + 60 min on */
    assert_int_equal(give(&c, T + 80 * MIN).outcome, SW_COMPLAINT_OPENED);
    EVENTS("reopen,link");
    assert_int_equal(ticket(0)->status, SW_STATUS_OPEN);
    assert_int_equal(ticket(0)->reopens, 1);
    assert_true(ticket(0)->measured_from_us == T + 60 * MIN);
    assert_null(sw_desk_ticket(desk, 1));
}

/* Dust was over since, and the caller speaks of both: the noise ticket must not say that dust was too loud. */
static void what_was_measured_of_another_matter_reopens_no_closed_one(void **state)
{
    struct sw_complaint_call c;

    (void) state;
    over_at(T);
    command_at(SW_VERB_ACCEPT, SW_ROLE_PARTY, T + 10 * MIN);
    recovered_at(T + 20 * MIN);
    command_at(SW_VERB_RESOLVE, SW_ROLE_PARTY, T + 30 * MIN);
    command_at(SW_VERB_CLOSE, SW_ROLE_PLATFORM, T + 40 * MIN);
    c = call_of("r-1", "h:a", SW_ANSWER_OVER_PERMITTED, T + 80 * MIN);
    strcpy(c.service_code, "construction");
    strcpy(c.found.sensor, "north-gate-pm10");
    strcpy(c.found.rule, "x/pm10");
    assert_int_equal(give(&c, T + 80 * MIN).outcome, SW_COMPLAINT_LINKED);
    assert_int_equal(ticket(0)->status, SW_STATUS_CLOSED);
    assert_string_equal(ticket(0)->sensor, "north-gate-noise");
    assert_string_equal(ticket(0)->rule, "cn-gb12523-2025/leq-night");
}

static void a_merged_matter_gives_its_calls_to_the_other(void **state)
{
    struct sw_ticket_command c;
    struct sw_complaint_result r;

    (void) state;
    over_at(T);
    find(SW_FINDING_EXCEED, SOUTH, NIGHT_LEQ, 5600, &scheduled, T + MIN);
    c = command(SW_VERB_MERGE, SW_ROLE_OFFICER);
    strcpy(c.ticket, ticket(1)->id);
    strcpy(c.into, ticket(0)->id);
    c.revision = ticket(1)->revision;
    send_command(&c, T + 2 * MIN);
    r = complain("r-1", "h:a", SW_ANSWER_OVER_PERMITTED, T + 3 * MIN); /* the later matter is the merged one */
    assert_string_equal(r.ticket, ticket(0)->id);
    assert_true(ticket(0)->calls == 1 && ticket(1)->calls == 0);
}

static void no_field_can_carry_text_or_a_telephone_number(void **state)
{
    static const struct {
        const char *why, *id, *service, *caller, *says;
        int64_t occurred_us, window_us;
        int code;
    } cases[] = {
        {"an id of words", "丁香路 88 弄 6 号", "noise.construction", "h:a", "service_request_id", T, HOUR, 0},
        {"no id", "", "noise.construction", "h:a", "service_request_id", T, HOUR, 0},
        {"no service", "r-1", "", "h:a", "service_code", T, HOUR, 0},
        {"a service of words", "r-1", "loud at night", "h:a", "service_code", T, HOUR, 0},
        {"a name", "r-1", "noise.construction", "王 先生", "caller_ref", T, HOUR, 0},
        {"a telephone number", "r-1", "noise.construction", "13812345678", "caller_ref", T, HOUR, 0},
        {"the same, international", "r-1", "noise.construction", "+86-138-12345678", "caller_ref", T, HOUR, 0},
        {"in the future", "r-1", "noise.construction", "h:a", "occurred.at", T + 6 * MIN, HOUR, 0},
        {"before all time", "r-1", "noise.construction", "h:a", "occurred.at", NONE, HOUR, 0},
        {"a negative window", "r-1", "noise.construction", "h:a", "occurred.window", T, -1, 0},
        {"a window of eight days", "r-1", "noise.construction", "h:a", "occurred.window", T, 8 * DAY, 0},
        {"no answer code", "r-1", "noise.construction", "h:a", "answer code", T, HOUR, SW_ANSWER__COUNT},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_complaint_call c = call_of(cases[i].id, cases[i].caller, (enum sw_answer_code) cases[i].code, T);
        struct sw_complaint_result r;
        struct sw_err err = {0};

        strcpy(c.service_code, cases[i].service);
        c.occurred_us = cases[i].occurred_us;
        c.window_us = cases[i].window_us;
        memset(&out, 0, sizeof out);
        CHECK(sw_desk_complaint(desk, &c, T, &out, &r, &err) == SW_E_INVAL && err.detail == SW_REFUSAL_INVALID, "%s",
              cases[i].why);
        CHECK(strstr(err.msg, cases[i].says) != NULL, "%s: %s", cases[i].why, err.msg);
        CHECK(out.n_events == 0 && !sw_desk_last_complaint(desk), "%s: nothing is kept", cases[i].why);
    }
}

static void of_the_distance_fifty_metres_are_kept(void **state)
{
    static const struct {
        int32_t given, kept;
    } cases[] = {{0, 0}, {24, 0}, {25, 50}, {180, 200}, {499, 500}, {-1, -1}, {INT32_MAX, INT32_MAX}};
    char id[16];

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_complaint_call c;

        snprintf(id, sizeof id, "r-%zu", i);
        c = call_of(id, "h:a", SW_ANSWER_WITHIN_PERMITTED, T);
        c.distance_m = cases[i].given;
        give(&c, T);
        CHECK(sw_desk_last_complaint(desk)->distance_m == cases[i].kept, "%d m: %d", (int) cases[i].given,
              (int) sw_desk_last_complaint(desk)->distance_m);
    }
}

static void a_desk_full_of_open_tickets_refuses_and_forgets(void **state)
{
    struct sw_complaint_call c = call_of("r-1", "h:a", SW_ANSWER_NO_DATA, T);
    struct sw_complaint_result r;
    struct sw_err err = {0};

    (void) state;
    for (int i = 0; i < SW_TICKETS_MAX; i++) {
        struct sw_desk_late late = {.published_us = T + i, .begins_us = T + HOUR, .work = unknown};
        char uid[24];

        snprintf(uid, sizeof uid, "item-%d", i);
        late.uid = uid;
        memset(&out, 0, sizeof out);
        assert_true(sw_desk_late_work(desk, &late, T, &out));
    }
    memset(&out, 0, sizeof out);
    assert_int_equal(sw_desk_complaint(desk, &c, T, &out, &r, &err), SW_E_FULL);
    assert_int_equal(err.detail, SW_REFUSAL_OVERLOADED);
    assert_int_equal(sw_desk_complaint_counts(desk, NULL, T).calls_24h, 0);
    assert_null(sw_desk_last_complaint(desk));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, with_packs, close_desk)

/* A site without a permit is not at work because it is night: nobody is pressed for what nobody heard. */
static void a_quiet_night_without_a_permit_opens_nothing_unless_work_was_heard(void **state)
{
    static const struct {
        int8_t detected;
        enum sw_complaint_outcome want;
    } cases[] = {{1, SW_COMPLAINT_OPENED}, {0, SW_COMPLAINT_NOTHING}, {-1, SW_COMPLAINT_NOTHING}};

    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_complaint_call c = call_of("r-1", "h:a", SW_ANSWER_WITHIN_UNPERMITTED, T);

        close_desk(state);
        assert_int_equal(with_packs(state), 0);
        c.found.work_detected = cases[i].detected;
        CHECK(give(&c, T).outcome == cases[i].want, "work detected %d", cases[i].detected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_complaint_is_linked_by_time_place_and_category),
        TEST(what_was_measured_decides_when_there_is_no_matter),
        TEST(a_quiet_night_without_a_permit_opens_nothing_unless_work_was_heard),
        TEST(the_same_id_again_gets_the_first_answer_and_changes_nothing),
        TEST(twelve_callers_about_one_matter_are_one_ticket_that_rises_once),
        TEST(the_third_caller_never_raises_beyond_a_nor_twice),
        TEST(one_caller_five_times_is_one_repeat_caller),
        TEST(the_hotlines_own_count_makes_a_repeat_caller),
        TEST(without_a_reference_calls_rise_and_callers_are_one_at_least),
        TEST(a_closed_matter_takes_calls_of_its_time_and_reopens_only_for_what_was_measured_since),
        TEST(what_was_measured_of_another_matter_reopens_no_closed_one),
        TEST(a_merged_matter_gives_its_calls_to_the_other),
        TEST(no_field_can_carry_text_or_a_telephone_number),
        TEST(of_the_distance_fifty_metres_are_kept),
        TEST(a_desk_full_of_open_tickets_refuses_and_forgets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
