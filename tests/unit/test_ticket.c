// SPDX-License-Identifier: Apache-2.0
/* The table of verbs against the page that decided it, every state by every verb; history, words and titles. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "tickets/desk.h"

/* The page's table, written out. Status: the letter it becomes (o d a i r c v w), '.' = refused there.
 * Roles: auto platform officer party agent authority public. */
static const struct verb_case {
    enum sw_verb verb;
    const char *becomes; /* from open dispatched accepted in_progress resolved closed averted withdrawn */
    const char *roles;
    bool needs_revision;
} verb_cases[] = {
    {SW_VERB_ACK, "odai....", ".xx....", false},    {SW_VERB_DISPATCH, "ddai....", "xx.....", true},
    {SW_VERB_ACCEPT, "aa......", "...x...", true},  {SW_VERB_RETURN, ".ooo....", "...x...", true},
    {SW_VERB_START, "..i.....", "...x...", true},   {SW_VERB_SUSPEND, "odai....", ".xx....", true},
    {SW_VERB_RESUME, "odai....", ".xx....", true},  {SW_VERB_ESCALATE, "odai....", ".xx....", false},
    {SW_VERB_RESOLVE, "..rr....", "...x...", true}, {SW_VERB_CALLBACK, "....rc..", ".x....x", true},
    {SW_VERB_RATE, "....rc..", ".x....x", true},    {SW_VERB_CLOSE, "....c...", ".xx....", true},
    {SW_VERB_REOPEN, "....ooo.", "xxx....", true},  {SW_VERB_WITHDRAW, "wwww....", ".xx....", true},
    {SW_VERB_LINK, "odaircv.", "xxxxxxx", false},   {SW_VERB_UNLINK, "odaircv.", "xxxx.xx", true},
    {SW_VERB_NOTE, "odaircv.", "xxxxxxx", false},
};
static const char letters[] = "odaircvw";

#define NOW 1772458800000000LL /* 2026-03-02T21:40:00+08:00 */

static struct sw_zone zone = {.name = "Asia/Shanghai", .n = 1, .span = {{INT64_MIN, 28800}}};
static const struct sw_hotline hotline = {.id = "h",
                                          .limits = {{.respond_s = 300, .dispatch_s = 1800, .resolve = {.s = 86400}},
                                                     {.respond_s = 3600, .resolve = {.s = 432000}}},
                                          .class_a_over_by = 1000,
                                          .class_a_dust_percent = 200};

static struct sw_desk *new_desk(void)
{
    const struct sw_desk_params p = {
        .gateway = "gw-1", .site = "s-1", .zone = &zone, .hotline = &hotline, .has_platform = true};
    struct sw_desk *d = NULL;

    assert_int_equal(sw_desk_new(&p, &d, NULL), SW_OK);
    return d;
}

/* A ticket in some status, such that every verb has what it needs. */
static struct sw_ticket ticket_in(enum sw_status status, enum sw_verb verb)
{
    struct sw_ticket t = {.id = "sw-aaaaaaaaaa",
                          .number = "S1-20260302-001",
                          .matter_key = "s-1:noise:night:p",
                          .revision = 7,
                          .event_revision = 5,
                          .status = status,
                          .class_ = SW_CLASS_B,
                          .averted_acted = status == SW_STATUS_AVERTED ? 1 : -1,
                          .stage = SW_STAGE_RECOVERED,
                          .opened_us = NOW - 60000000,
                          .ended_us = status >= SW_STATUS_CLOSED ? NOW - 1000000 : INT64_MIN,
                          .respond_by_us = INT64_MIN,
                          .dispatch_by_us = INT64_MIN,
                          .resolve_by_us = INT64_MIN,
                          .responded_us = INT64_MIN,
                          .dispatched_us = INT64_MIN,
                          .suspended_until_us = INT64_MIN,
                          .calls = 1,
                          .assignee = {.unit = "某某建设 项目部"}};

    if (verb == SW_VERB_RESUME) {
        t.suspended = true;
        t.suspended_until_us = NOW + 3600000000;
    }
    return t;
}

static struct sw_ticket_command command_of(enum sw_verb verb, enum sw_role role)
{
    return (struct sw_ticket_command){
        .id = "c-1",
        .ticket = "sw-aaaaaaaaaa",
        .verb = verb,
        .by = {.id = "someone", .role = role, .door = role == SW_ROLE_AUTO ? SW_DOOR_ENGINE : SW_DOOR_MQTT},
        .revision = 7,
        .text = "t",
        .measure = "stopped-machine",
        .reason = "r",
        .resolve_by_us = INT64_MIN,
        .until_us = verb == SW_VERB_SUSPEND ? NOW + 86400000000 : INT64_MIN,
        .satisfaction = "satisfied",
    };
}

static int send_one(enum sw_status status, const struct sw_ticket_command *c, bool is_proven, struct sw_ticket *ret,
                    struct sw_err *err)
{
    const struct sw_ticket t = ticket_in(status, c->verb);
    struct sw_desk *d = new_desk();
    struct sw_desk_out out = {0};

    assert_int_equal(sw_desk_restore(d, &t, NULL), SW_OK);
    const int rc = sw_desk_command(d, c, is_proven, NOW, &out, err);

    *ret = *sw_desk_ticket(d, 0);
    CHECK((rc == SW_OK) == (out.n_events > 0), "%s: rc %d with %zu events", sw_verb_name(c->verb), rc, out.n_events);
    CHECK(rc == SW_OK || memcmp(ret, &t, sizeof t) == 0, "%s: a refused command changed the ticket",
          sw_verb_name(c->verb));
    d = sw_desk_free(d);
    assert_null(d);
    return rc;
}

static enum sw_role role_for(const struct verb_case *v)
{
    return (enum sw_role)(strchr(v->roles + 1, 'x') - v->roles); /* the first that is not auto */
}

static void every_verb_works_in_its_states_and_is_refused_in_all_others(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(verb_cases); i++) {
        const struct verb_case *v = &verb_cases[i];
        const struct sw_ticket_command c = command_of(v->verb, role_for(v));

        for (int s = 0; s < SW_STATUS__COUNT; s++) {
            struct sw_ticket after;
            struct sw_err err = {0};
            const int rc = send_one((enum sw_status) s, &c, true, &after, &err);

            CHECK(rc == (v->becomes[s] == '.' ? SW_E_INVAL : SW_OK), "%s in %s: %d %s", sw_verb_name(v->verb),
                  sw_status_name((enum sw_status) s), rc, err.msg);
            CHECK(v->becomes[s] == '.' || letters[after.status] == v->becomes[s], "%s in %s became %s",
                  sw_verb_name(v->verb), sw_status_name((enum sw_status) s), sw_status_name(after.status));
            CHECK(v->becomes[s] == '.' || after.event_revision > 7, "%s left the revision", sw_verb_name(v->verb));
            CHECK((after.ended_us == INT64_MIN) == sw_ticket_is_open(&after), "%s in %s: ended or not?",
                  sw_verb_name(v->verb), sw_status_name((enum sw_status) s));
        }
    }
}

static void every_verb_is_for_its_roles_only(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(verb_cases); i++) {
        const struct verb_case *v = &verb_cases[i];
        const enum sw_status s = (enum sw_status) strcspn(v->becomes, "odaircvw");

        for (int role = 0; role < SW_ROLE__COUNT; role++) {
            struct sw_ticket after;
            const struct sw_ticket_command c = command_of(v->verb, (enum sw_role) role);
            const int rc = send_one(s, &c, true, &after, NULL);

            CHECK(rc == (v->roles[role] == 'x' ? SW_OK : SW_E_DENIED), "%s by %s: %d", sw_verb_name(v->verb),
                  sw_role_name((enum sw_role) role), rc);
        }
    }
}

static void nobody_outside_may_call_himself_auto(void **state)
{
    struct sw_ticket_command c = command_of(SW_VERB_DISPATCH, SW_ROLE_AUTO);
    struct sw_ticket after;

    (void) state;
    c.by.door = SW_DOOR_MQTT;
    assert_int_equal(send_one(SW_STATUS_OPEN, &c, true, &after, NULL), SW_E_DENIED);
}

static void the_engines_own_verbs_are_no_commands(void **state)
{
    (void) state;
    for (int verb = SW_VERB_OPEN; verb <= SW_VERB_REMIND; verb++) {
        const struct sw_ticket_command c = command_of((enum sw_verb) verb, SW_ROLE_AUTO);
        struct sw_ticket after;

        assert_null(sw_ticket_verb_rule((enum sw_verb) verb));
        CHECK(send_one(SW_STATUS_OPEN, &c, true, &after, NULL) == SW_E_INVAL, "%s", sw_verb_name((enum sw_verb) verb));
    }
}

static void a_revision_locks_between_the_newest_event_and_the_document(void **state)
{
    static const struct {
        const char *why;
        uint32_t revision;
        int want;
    } cases[] = {
        {"none was given", 0, SW_E_INVAL},
        {"somebody did something since", 4, SW_E_CONFLICT},
        {"only the measured value was refined since", 5, SW_OK},
        {"the document as it is", 7, SW_OK},
        {"a revision that never was", 8, SW_E_CONFLICT},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(verb_cases); i++) {
        const struct verb_case *v = &verb_cases[i];
        const enum sw_status s = (enum sw_status) strcspn(v->becomes, "odaircvw");

        for (size_t k = 0; k < SW_ARRAY_SIZE(cases); k++) {
            struct sw_ticket_command c = command_of(v->verb, role_for(v));
            struct sw_ticket after;
            struct sw_err err = {0};

            c.revision = cases[k].revision;
            const int rc = send_one(s, &c, true, &after, &err);

            CHECK(rc == (v->needs_revision ? cases[k].want : SW_OK), "%s, %s: %d", sw_verb_name(v->verb), cases[k].why,
                  rc);
            CHECK(rc != SW_E_CONFLICT || err.detail == SW_REFUSAL_CONFLICT, "%s: refusal %d", cases[k].why, err.detail);
        }
    }
}

static void what_must_be_said_is_asked_for(void **state)
{
    static const struct {
        const char *why;
        enum sw_verb verb;
        enum sw_status status;
        size_t offset; /* of the text or instant that is missing */
        bool is_time;
        const char *word;
    } cases[] = {
#define AT(f) offsetof(struct sw_ticket_command, f)
        {"return without a reason", SW_VERB_RETURN, SW_STATUS_ACCEPTED, AT(reason), false, "reason"},
        {"withdraw without a reason", SW_VERB_WITHDRAW, SW_STATUS_OPEN, AT(reason), false, "reason"},
        {"resolve without a measure", SW_VERB_RESOLVE, SW_STATUS_ACCEPTED, AT(measure), false, "measure"},
        {"resolve without a text", SW_VERB_RESOLVE, SW_STATUS_ACCEPTED, AT(text), false, "text"},
        {"note without a text", SW_VERB_NOTE, SW_STATUS_OPEN, AT(text), false, "text"},
        {"callback without an answer", SW_VERB_CALLBACK, SW_STATUS_RESOLVED, AT(satisfaction), false, "satisfaction"},
        {"rate without an answer", SW_VERB_RATE, SW_STATUS_CLOSED, AT(satisfaction), false, "satisfaction"},
        {"suspend without a date", SW_VERB_SUSPEND, SW_STATUS_OPEN, AT(until_us), true, "until"},
#undef AT
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        static const enum sw_role roles[] = {SW_ROLE_PARTY, SW_ROLE_PLATFORM};
        const enum sw_role role = roles[!(sw_ticket_verb_rule(cases[i].verb)->roles & (1u << SW_ROLE_PARTY))];
        struct sw_ticket_command c = command_of(cases[i].verb, role);
        struct sw_ticket after;
        struct sw_err err = {0};

        if (cases[i].is_time)
            memcpy((char *) &c + cases[i].offset, &(int64_t){INT64_MIN}, sizeof(int64_t));
        else
            *((char *) &c + cases[i].offset) = '\0';
        CHECK(send_one(cases[i].status, &c, true, &after, &err) == SW_E_INVAL, "%s: accepted", cases[i].why);
        CHECK(strstr(err.msg, cases[i].word), "%s: \"%s\"", cases[i].why, err.msg);
        CHECK(err.detail == SW_REFUSAL_INVALID, "%s: refusal %d", cases[i].why, err.detail);
    }
}

static void resolving_needs_proof_or_force_with_a_reason(void **state)
{
    static const struct {
        const char *why;
        bool is_proven, force;
        const char *reason;
        int want;
        bool is_forced;
    } cases[] = {
        {"proven", true, false, "", SW_OK, false},
        {"proven, force was not needed", true, true, "r", SW_OK, false},
        {"no proof", false, false, "r", SW_E_NODATA, false},
        {"force without a reason", false, true, "", SW_E_INVAL, false},
        {"force with a reason", false, true, "meter broken", SW_OK, true},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_ticket_command c = command_of(SW_VERB_RESOLVE, SW_ROLE_PARTY);
        struct sw_ticket after;

        c.force = cases[i].force;
        strcpy(c.reason, cases[i].reason);
        CHECK(send_one(SW_STATUS_IN_PROGRESS, &c, cases[i].is_proven, &after, NULL) == cases[i].want, "%s",
              cases[i].why);
        CHECK(after.forced == cases[i].is_forced, "%s: flag forced", cases[i].why);
    }
}

static void history_keeps_the_first_5_and_the_newest_45(void **state)
{
    struct sw_ticket t = {0};
    const struct sw_actor by = {.id = "x", .role = SW_ROLE_PARTY};

    (void) state;
    for (int i = 1; i <= 120; i++) {
        sw_ticket_record(&t, SW_VERB_NOTE, SW_STAGE_NONE, i, &by);
        assert_int_equal(t.history_total, i);
        assert_int_equal(t.n_history, i < 50 ? i : 50);
    }
    for (int i = 0; i < 50; i++) /* 1 … 5, then 76 … 120 */
        CHECK(t.history[i].at_us == (i < 5 ? i + 1 : i + 71), "entry %d is of %lld", i, (long long) t.history[i].at_us);
    assert_int_equal(t.revision, 120);
    assert_int_equal(t.event_revision, 120);
    assert_int_equal(t.changed_us, 120);
}

static void words_go_out_and_come_back(void **state)
{
    static const struct {
        const char *what;
        int first, n;
        const char *some, *other; /* words of the contract for the first and the last */
    } sets[] = {
        {"origin", 0, SW_ORIGIN__COUNT, "preventive", "device"},
        {"category", 0, SW_CATEGORY__COUNT, "noise", "device"},
        {"stage", 1, SW_STAGE__COUNT, "forecast", "recovered"},
        {"status", 0, SW_STATUS__COUNT, "open", "withdrawn"},
        {"verb", 0, SW_VERB__COUNT, "open", "note"},
        {"role", 0, SW_ROLE__COUNT, "auto", "public"},
        {"door", 0, SW_DOOR__COUNT, "engine", "cli"},
        {"work", 0, SW_WORK__COUNT, "no_schedule", "quiet_period"},
    };

    (void) state;
    for (size_t s = 0; s < SW_ARRAY_SIZE(sets); s++) {
        for (int i = sets[s].first; i <= sets[s].n; i++) {
            const char *word = "";
            int back = -2;

            switch (s) {
#define SET(k, name)                                                                                                   \
    case k:                                                                                                            \
        word = sw_##name##_name((enum sw_##name) i);                                                                   \
        back = sw_##name##_from_name(word);                                                                            \
        break
                SET(0, origin);
                SET(1, category);
                SET(2, stage);
                SET(3, status);
                SET(4, verb);
                SET(5, role);
                SET(6, door);
                SET(7, work_state);
#undef SET
            }
            CHECK(i == sets[s].n ? *word == 0 && back == -1 : *word && back == i, "%s %d: \"%s\" back %d", sets[s].what,
                  i, word, back);
            CHECK(i != sets[s].first || strcmp(word, sets[s].some) == 0, "%s: \"%s\"", sets[s].what, word);
            CHECK(i != sets[s].n - 1 || strcmp(word, sets[s].other) == 0, "%s: \"%s\"", sets[s].what, word);
        }
    }
    assert_string_equal(sw_verb_past_name(SW_VERB_ACCEPT), "accepted");
    assert_string_equal(sw_verb_past_name(SW_VERB_ACK), "acked");
    for (int i = 0; i < SW_VERB__COUNT; i++)
        CHECK(sw_verb_past_name((enum sw_verb) i)[0], "verb %d has no past", i);
    assert_int_equal(sw_status_from_name("Open"), -1);
    assert_int_equal(sw_status_from_name(NULL), -1);
}

static void titles_state_what_was_measured_and_no_more(void **state)
{
    static const struct {
        const char *zh, *en;
        enum sw_category category;
        enum sw_stage stage;
        enum sw_attribution attribution;
        int permitted;
        const char *period;
        bool is_night;
    } cases[] = {
        {"夜间施工噪声超标(无许可)", "Night construction noise above limit (no permit)", SW_CATEGORY_NOISE,
         SW_STAGE_EXCEEDED, SW_ATTRIBUTION_SITE, 0, "night", true},
        {"夜间施工噪声超标", "Night construction noise above limit", SW_CATEGORY_NOISE, SW_STAGE_RECOVERED,
         SW_ATTRIBUTION_SITE, 1, "night", true},
        {"夜间施工噪声预警", "Night construction noise forecast to pass the limit", SW_CATEGORY_NOISE,
         SW_STAGE_FORECAST, SW_ATTRIBUTION_SITE, -1, "night", true},
        {"昼间施工噪声超标", "Daytime construction noise above limit", SW_CATEGORY_NOISE, SW_STAGE_EXCEEDED,
         SW_ATTRIBUTION_SITE, 1, "day", false},
        {"施工扬尘预警", "Construction dust forecast to pass the limit", SW_CATEGORY_DUST, SW_STAGE_FORECAST,
         SW_ATTRIBUTION_SITE, 1, "", false},
        {"噪声超标,来源未确认", "Noise level above the limit, source not established", SW_CATEGORY_NOISE,
         SW_STAGE_EXCEEDED, SW_ATTRIBUTION_UNKNOWN, 0, "night", true},
        {"噪声预警,来源未确认", "Noise level forecast to pass the limit, source not established", SW_CATEGORY_NOISE,
         SW_STAGE_FORECAST, SW_ATTRIBUTION_UNKNOWN, -1, "night", true},
        {"扬尘超标,来源未确认", "Dust level above the limit, source not established", SW_CATEGORY_DUST,
         SW_STAGE_EXCEEDED, SW_ATTRIBUTION_UNKNOWN, -1, "", false},
        {"监测设备异常", "Monitoring equipment out of order", SW_CATEGORY_DEVICE, SW_STAGE_NONE, SW_ATTRIBUTION_SITE, 0,
         "", false},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_ticket t = {.category = cases[i].category,
                              .stage = cases[i].stage,
                              .attribution = cases[i].attribution,
                              .work = {.permitted = cases[i].permitted},
                              .period_is_night = cases[i].is_night};
        char zh[128], en[128];

        strcpy(t.period, cases[i].period);
        sw_ticket_title(&t, "zh-CN", zh, sizeof zh);
        sw_ticket_title(&t, "en", en, sizeof en);
        assert_string_equal(zh, cases[i].zh);
        assert_string_equal(en, cases[i].en);
    }
}

static void a_title_is_cut_between_characters(void **state)
{
    const struct sw_ticket t = {.category = SW_CATEGORY_NOISE, .stage = SW_STAGE_EXCEEDED}; /* 噪声超标… */
    static const struct {
        size_t cap;
        const char *want;
    } cases[] = {{1, ""}, {2, ""}, {3, ""}, {4, "噪"}, {6, "噪"}, {7, "噪声"}, {9, "噪声"}, {10, "噪声超"}};
    char buf[16];

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        sw_ticket_title(&t, "zh-CN", buf, cases[i].cap);
        CHECK(strcmp(buf, cases[i].want) == 0, "room %zu: \"%s\"", cases[i].cap, buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verb_works_in_its_states_and_is_refused_in_all_others),
        cmocka_unit_test(every_verb_is_for_its_roles_only),
        cmocka_unit_test(nobody_outside_may_call_himself_auto),
        cmocka_unit_test(the_engines_own_verbs_are_no_commands),
        cmocka_unit_test(a_revision_locks_between_the_newest_event_and_the_document),
        cmocka_unit_test(what_must_be_said_is_asked_for),
        cmocka_unit_test(resolving_needs_proof_or_force_with_a_reason),
        cmocka_unit_test(history_keeps_the_first_5_and_the_newest_45),
        cmocka_unit_test(words_go_out_and_come_back),
        cmocka_unit_test(titles_state_what_was_measured_and_no_more),
        cmocka_unit_test(a_title_is_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
