// SPDX-License-Identifier: Apache-2.0
/* Stories at the desk in virtual time: how a matter's ticket begins, joins, ends and begins again, over restarts and at
 * the bounds. Ids are from Python's hashlib and base64. */
#include "tests/unit/desk_fixture.h"
#include "tickets/desk_impl.h"

static void a_preventive_ticket_becomes_exceeded_and_recovered(void **state)
{
    const struct sw_ticket *t;

    (void) state;
    find(SW_FINDING_FORECAST, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2140);
    EVENTS("open");
    t = ticket(0);
    assert_string_equal(t->id, "sw-wp7xnyzn2d");
    assert_string_equal(out.events[0].id, "euehznwqsa");
    assert_string_equal(t->number, "PD0042-20260302-001");
    assert_string_equal(t->matter_key, "pd-0042:noise:night:north-gate");
    assert_string_equal(t->rule, "cn-gb12523-2025/leq-night");
    assert_string_equal(t->quantity, "LAeq");
    assert_string_equal(t->unit, "dBA");
    assert_string_equal(t->assignee.person, "王工");
    assert_string_equal(t->agency_responsible, "浦东新区城管执法局");
    assert_int_equal(t->origin, SW_ORIGIN_PREVENTIVE);
    assert_int_equal(t->stage, SW_STAGE_FORECAST);
    assert_int_equal(t->class_, SW_CLASS_B);
    assert_int_equal(t->budget_s, 560);
    assert_true(t->measured_from_us == NONE && t->over_by == SW_NO_VALUE);
    assert_true(t->respond_by_us == T2140 + HOUR && t->resolve_by_us == T2140 + 5 * DAY && t->dispatch_by_us == NONE);

    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5520, &scheduled, T2140 + 10 * MIN);
    EVENTS("exceed");
    assert_string_equal(out.events[0].id, "xzwx7tbxjf");
    assert_int_equal(t->stage, SW_STAGE_EXCEEDED);
    assert_int_equal(t->over_by, 20);
    assert_int_equal(t->class_, SW_CLASS_B);
    assert_true(t->measured_from_us == T2140 + 9 * MIN && t->measured_to_us == NONE);
    assert_true(t->forecast_at_us == T2140); /* as it stood when it fired */

    find(SW_FINDING_WORSE, NORTH, NIGHT_LEQ, 6180, &scheduled, T2140 + 20 * MIN);
    EVENTS("");
    assert_int_equal(out.n_tickets, 1);
    assert_int_equal(t->revision, 3);
    assert_int_equal(t->over_by, 680);
    assert_int_equal(t->history_total, 2);

    find(SW_FINDING_RECOVERED, NORTH, NIGHT_LEQ, 6183, &scheduled, T2140 + 40 * MIN);
    EVENTS("recover");
    assert_int_equal(t->stage, SW_STAGE_RECOVERED);
    assert_int_equal(t->worst, 6183);
    assert_true(t->measured_to_us == T2140 + 40 * MIN);
    assert_int_equal(t->status, SW_STATUS_OPEN);
}

static void a_forecast_that_ends_is_averted_and_says_whether_somebody_acted(void **state)
{
    static const struct {
        const char *why;
        enum sw_verb verb;
        enum sw_role role;
        int acted;
    } cases[] = {
        {"the party accepted", SW_VERB_ACCEPT, SW_ROLE_PARTY, 1},
        {"somebody noted a measure", SW_VERB_NOTE, SW_ROLE_OFFICER, 1},
        {"an officer only read it", SW_VERB_ACK, SW_ROLE_OFFICER, 0},
        {"the platform only passed it on", SW_VERB_DISPATCH, SW_ROLE_PLATFORM, 0},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        /* rounds are two days apart: each is a new ticket of the matter */
        const int64_t t0 = T2140 + (int64_t) i * 2 * DAY;
        const struct sw_ticket *t;

        find(SW_FINDING_FORECAST, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, t0);
        EVENTS("open");
        t = ticket(i);
        struct sw_ticket_command c = command(cases[i].verb, cases[i].role);
        strcpy(c.ticket, t->id);
        c.revision = t->revision;
        send_command(&c, t0 + MIN);
        find(SW_FINDING_CLEARED, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, t0 + 20 * MIN);
        EVENTS("avert");
        CHECK(t->status == SW_STATUS_AVERTED && t->averted_acted == cases[i].acted, "%s: acted %d", cases[i].why,
              t->averted_acted);
        CHECK(t->ended_us == t0 + 20 * MIN, "%s", cases[i].why);
        CHECK(strcmp(t->previous, i ? ticket(i - 1)->id : "") == 0, "%s: previous %s", cases[i].why, t->previous);
    }
}

static void a_forecast_with_a_linked_call_does_not_end_by_itself(void **state)
{
    (void) state;
    find(SW_FINDING_FORECAST, NORTH, NIGHT_LEQ, SW_NO_VALUE, &unknown, T2140);
    command_at(SW_VERB_LINK, SW_ROLE_AGENT, T2140 + MIN);
    find(SW_FINDING_CLEARED, NORTH, NIGHT_LEQ, SW_NO_VALUE, &unknown, T2140 + 20 * MIN);
    EVENTS("");
    assert_int_equal(ticket(0)->status, SW_STATUS_OPEN);
    assert_int_equal(ticket(0)->calls, 1);
    command_at(SW_VERB_UNLINK, SW_ROLE_OFFICER, T2140 + 30 * MIN);
    EVENTS("unlink,avert");
    assert_int_equal(ticket(0)->averted_acted, 0);
}

static void a_matter_reopens_within_24_hours_and_then_is_a_new_ticket(void **state)
{
    (void) state;
    find(SW_FINDING_FORECAST, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2140);
    find(SW_FINDING_CLEARED, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2140 + HOUR);
    find(SW_FINDING_FORECAST, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2140 + 25 * HOUR - S);
    EVENTS("reopen");
    assert_int_equal(ticket(0)->reopens, 1);
    assert_int_equal(ticket(0)->averted_acted, -1);
    assert_int_equal(ticket(0)->stage, SW_STAGE_FORECAST);
    assert_true(ticket(0)->ended_us == NONE && ticket(0)->respond_by_us == T2140 + 26 * HOUR - S);
    find(SW_FINDING_CLEARED, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2140 + 26 * HOUR);
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140 + 50 * HOUR - 1000);
    EVENTS("reopen");
    assert_int_equal(ticket(0)->reopens, 2);
    assert_int_equal(ticket(0)->stage, SW_STAGE_EXCEEDED);
    assert_int_equal(ticket(0)->origin, SW_ORIGIN_PREVENTIVE);

    find(SW_FINDING_RECOVERED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140 + 51 * HOUR);
    command_at(SW_VERB_ACCEPT, SW_ROLE_PARTY, T2140 + 52 * HOUR);
    command_at(SW_VERB_RESOLVE, SW_ROLE_PARTY, T2140 + 53 * HOUR);
    command_at(SW_VERB_CLOSE, SW_ROLE_PLATFORM, T2140 + 54 * HOUR);
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140 + 78 * HOUR); /* 24 h later: too late */
    EVENTS("open");
    assert_string_equal(ticket(1)->previous, ticket(0)->id);
    assert_int_equal(ticket(1)->origin, SW_ORIGIN_EXCEEDANCE);
    assert_string_equal(ticket(1)->number, "PD0042-20260306-001"); /* 78 h later: 03:40 on the 6th */
}

static void an_exceedance_reopens_a_resolved_ticket(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5900, &scheduled, T2140);
    find(SW_FINDING_RECOVERED, NORTH, NIGHT_LEQ, 5900, &scheduled, T2140 + 10 * MIN);
    command_at(SW_VERB_ACCEPT, SW_ROLE_PARTY, T2140 + 11 * MIN);
    command_at(SW_VERB_RESOLVE, SW_ROLE_PARTY, T2140 + 12 * MIN);
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140 + 30 * MIN);
    EVENTS("reopen");
    assert_int_equal(ticket(0)->status, SW_STATUS_OPEN);
    assert_int_equal(ticket(0)->reopens, 1);
    assert_int_equal(ticket(0)->over_by, 100); /* of the new round */
    assert_true(ticket(0)->measured_from_us == T2140 + 29 * MIN && ticket(0)->measured_to_us == NONE);
    assert_true(ticket(0)->responded_us == NONE);
}

static void two_rules_of_a_family_share_a_ticket_until_the_last_has_recovered(void **state)
{
    const struct sw_ticket *t;

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_MAX, 7100, &scheduled, T2140);
    t = ticket(0);
    assert_string_equal(t->quantity, "LAmax");
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6180, &scheduled, T2140 + 5 * MIN);
    EVENTS("");
    assert_int_equal(out.n_tickets, 1);
    assert_null(sw_desk_ticket(desk, 1));
    assert_string_equal(t->rule, "cn-gb12523-2025/leq-night"); /* 6.8 dB over against 1.0 */
    assert_int_equal(t->limit, 5500);
    assert_int_equal(t->over_by, 680);
    assert_int_equal(t->max, 7100);
    assert_true(t->measured_from_us == T2140 - MIN);
    find(SW_FINDING_RECOVERED, NORTH, NIGHT_LEQ, 6180, &scheduled, T2140 + 30 * MIN);
    EVENTS("");
    assert_int_equal(t->stage, SW_STAGE_EXCEEDED);
    find(SW_FINDING_RECOVERED, NORTH, NIGHT_MAX, 7100, &scheduled, T2140 + 40 * MIN);
    EVENTS("recover");
    assert_true(t->measured_to_us == T2140 + 40 * MIN);
}

static void a_ticket_is_not_averted_while_another_rule_still_warns(void **state)
{
    (void) state;
    find(SW_FINDING_FORECAST, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2140);
    find(SW_FINDING_FORECAST, NORTH, NIGHT_MAX, SW_NO_VALUE, &scheduled, T2140 + MIN);
    EVENTS("");
    assert_int_equal(out.n_tickets, 0); /* its crossing is the later one: nothing new to say */
    find(SW_FINDING_CLEARED, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2140 + 15 * MIN);
    EVENTS("");
    find(SW_FINDING_CLEARED, NORTH, NIGHT_MAX, SW_NO_VALUE, &scheduled, T2140 + 16 * MIN);
    EVENTS("avert");
}

static void places_and_categories_are_matters_of_their_own(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    find(SW_FINDING_EXCEED, SOUTH, NIGHT_LEQ, 5700, &scheduled, T2140);
    find(SW_FINDING_EXCEED, NORTH_DUST, DUST, 30000, &scheduled, T2140);
    assert_string_equal(ticket(1)->matter_key, "pd-0042:noise:night:south-gate");
    assert_string_equal(ticket(1)->assignee.unit, "south team");
    assert_string_equal(ticket(1)->number, "PD0042-20260302-002");
    assert_string_equal(ticket(2)->matter_key, "pd-0042:dust:hour:north-gate");
    assert_string_equal(ticket(2)->assignee.unit, "lead unit"); /* no row fits */
    assert_string_equal(ticket(2)->quantity, "PM10");
    assert_string_equal(ticket(2)->unit, "ug/m3");
    assert_int_equal(ticket(2)->class_, SW_CLASS_A); /* twice the limit */
    assert_int_equal(sw_desk_counts(desk).open, 3);
    assert_ptr_equal(sw_desk_worst(desk), ticket(2));
    find(SW_FINDING_RECOVERED, NORTH_DUST, DUST, 30000, &scheduled, T2140 + MIN);
    assert_ptr_equal(sw_desk_worst(desk), ticket(1)); /* still going on, and 2 dB over against 1 */
}

static void without_a_platform_the_owner_gets_it_at_once(void **state)
{
    (void) state;
    find(SW_FINDING_FORECAST, NORTH, NIGHT_LEQ, SW_NO_VALUE, &unknown, T2140);
    EVENTS("open,dispatch");
    assert_int_equal(ticket(0)->status, SW_STATUS_DISPATCHED);
    assert_int_equal(out.events[1].by.role, SW_ROLE_AUTO);
    assert_int_equal(out.events[1].by.door, SW_DOOR_ENGINE);
    assert_int_equal(out.events[1].revision, 2);
    assert_string_equal(out.events[1].note, "night team");
    assert_int_equal(out.n_tickets, 1); /* one document of both changes */
    assert_true(ticket(0)->dispatched_us == T2140);
    find(SW_FINDING_CLEARED, NORTH, NIGHT_LEQ, SW_NO_VALUE, &unknown, T2140 + HOUR);
    find(SW_FINDING_FORECAST, NORTH, NIGHT_LEQ, SW_NO_VALUE, &unknown, T2140 + 2 * HOUR);
    EVENTS("reopen,dispatch");
}

static void small_steps_of_a_climbing_level_are_no_news(void **state)
{
    const struct sw_ticket *t;

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6495, &scheduled, T2140);
    t = ticket(0);
    find(SW_FINDING_WORSE, NORTH, NIGHT_LEQ, 6499, &scheduled, T2140 + S);
    assert_int_equal(out.n_tickets, 0);
    assert_int_equal(t->worst, 6495);
    find(SW_FINDING_WORSE, NORTH, NIGHT_LEQ, 6500, &scheduled, T2140 + 2 * S);
    assert_int_equal(out.n_tickets, 1); /* class A begins here, however small the step */
    assert_int_equal(t->class_, SW_CLASS_A);
    find(SW_FINDING_WORSE, NORTH, NIGHT_LEQ, 6510, &scheduled, T2140 + 3 * S);
    assert_int_equal(out.n_tickets, 1); /* 0.1 dB */
    assert_int_equal(t->worst, 6510);
}

static void an_unsatisfied_caller_reopens_the_ticket(void **state)
{
    struct sw_ticket_command c;

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    find(SW_FINDING_RECOVERED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140 + MIN);
    command_at(SW_VERB_ACCEPT, SW_ROLE_PARTY, T2140 + 2 * MIN);
    command_at(SW_VERB_RESOLVE, SW_ROLE_PARTY, T2140 + 3 * MIN);
    c = command(SW_VERB_CALLBACK, SW_ROLE_PLATFORM);
    strcpy(c.satisfaction, "unsatisfied");
    send_command(&c, T2140 + 10 * MIN);
    EVENTS("callback,reopen");
    assert_int_equal(ticket(0)->status, SW_STATUS_OPEN);
    assert_int_equal(ticket(0)->reopens, 1);
    assert_string_equal(ticket(0)->satisfaction, "unsatisfied");
    assert_true(ticket(0)->respond_by_us == T2140 + 10 * MIN + HOUR);
}

static void a_matter_never_has_two_open_tickets(void **state)
{
    struct sw_ticket_command c;
    struct sw_err err = {0};

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    find(SW_FINDING_RECOVERED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140 + MIN);
    command_at(SW_VERB_ACCEPT, SW_ROLE_PARTY, T2140 + 2 * MIN);
    command_at(SW_VERB_RESOLVE, SW_ROLE_PARTY, T2140 + 3 * MIN);
    command_at(SW_VERB_CLOSE, SW_ROLE_OFFICER, T2140 + 4 * MIN);
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140 + 3 * DAY);
    assert_string_equal(ticket(1)->previous, ticket(0)->id);
    c = command(SW_VERB_REOPEN, SW_ROLE_OFFICER);
    assert_int_equal(sw_desk_command(desk, &c, true, T2140 + 3 * DAY + MIN, &out, &err), SW_E_INVAL);
    assert_non_null(strstr(err.msg, ticket(1)->id));
    c = command(SW_VERB_RATE, SW_ROLE_PUBLIC);
    c.unsatisfied = true;
    send_command(&c, T2140 + 3 * DAY + MIN);
    EVENTS("rate"); /* kept; the matter is open in the other ticket */
    assert_string_equal(ticket(0)->satisfaction, "unsatisfied");
    assert_int_equal(ticket(0)->status, SW_STATUS_CLOSED);
}

static void a_withdrawn_matter_is_not_revived_by_a_rising_level(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    command_at(SW_VERB_WITHDRAW, SW_ROLE_OFFICER, T2140);
    find(SW_FINDING_WORSE, NORTH, NIGHT_LEQ, 6000, &scheduled, T2140 + MIN);
    find(SW_FINDING_RECOVERED, NORTH, NIGHT_LEQ, 6000, &scheduled, T2140 + 2 * MIN);
    EVENTS("");
    assert_null(sw_desk_ticket(desk, 1));
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140 + 3 * MIN);
    EVENTS("open");
    assert_string_equal(ticket(1)->previous, ticket(0)->id);
}

static void two_tickets_of_one_instant_have_two_ids(void **state)
{
    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    command_at(SW_VERB_WITHDRAW, SW_ROLE_OFFICER, T2140);
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    assert_string_equal(ticket(0)->id, "sw-wp7xnyzn2d");
    assert_string_equal(ticket(1)->id, "sw-ay4wjvcw2o"); /* derived from the next microsecond */
    assert_true(ticket(1)->opened_us == T2140);
}

static void after_a_restart_the_same_ticket_and_the_next_number_go_on(void **state)
{
    struct sw_ticket kept[2];

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 6600, &scheduled, T2140);
    find(SW_FINDING_EXCEED, NORTH, NIGHT_MAX, 7100, &scheduled, T2140 + S);
    find(SW_FINDING_EXCEED, NORTH_DUST, DUST, 16000, &scheduled, T2140 + 2 * S);
    kept[0] = *ticket(0);
    kept[1] = *ticket(1);
    close_desk(state);
    with_platform(state);
    for (int i = 1; i >= 0; i--) /* in any order */
        assert_int_equal(sw_desk_restore(desk, &kept[i], NULL), SW_OK);
    assert_memory_equal(sw_desk_find(desk, kept[0].id), &kept[0], sizeof kept[0]);
    sw_desk_restore_rule(desk, NORTH, &pack.rules[NIGHT_LEQ], SW_STATE_ALERTING);
    sw_desk_restore_rule(desk, NORTH, &pack.rules[NIGHT_MAX], SW_STATE_RECOVERING);
    sw_desk_restore_rule(desk, SOUTH, &pack.rules[NIGHT_MAX], SW_STATE_NORMAL);

    find(SW_FINDING_RECOVERED, NORTH, NIGHT_MAX, 7100, &scheduled, T2140 + MIN);
    EVENTS("");
    find(SW_FINDING_RECOVERED, NORTH, NIGHT_LEQ, 6600, &scheduled, T2140 + 2 * MIN);
    EVENTS("recover");
    assert_string_equal(out.events[0].ticket, kept[0].id);
    tick(T2140 + 5 * MIN);
    EVENTS("overdue,escalate"); /* the deadline from before the restart */
    find(SW_FINDING_EXCEED, SOUTH, NIGHT_LEQ, 5600, &scheduled, T2140 + 6 * MIN);
    assert_string_equal(ticket(2)->number, "PD0042-20260302-003");
}

static void a_day_goes_on_counting_after_the_clock_was_ahead_and_went_back(void **state)
{
    static const struct {
        int64_t at_us;
        bool is_restart; /* before it */
        const char *number;
    } steps[] = {
        {T2140, false, "PD0042-20260302-001"},           {T2140 + 30 * DAY, false, "PD0042-20260401-001"},
        {T2140 + HOUR, false, "PD0042-20260302-002"},    {T2140 + 30 * DAY + HOUR, true, "PD0042-20260401-002"},
        {T2140 + 2 * HOUR, true, "PD0042-20260302-003"},
    };
    struct sw_ticket kept[SW_ARRAY_SIZE(steps)];

    for (size_t i = 0; i < SW_ARRAY_SIZE(steps); i++) {
        const struct sw_ticket *newest = NULL;

        if (steps[i].is_restart) {
            close_desk(state);
            with_platform(state);
            for (size_t k = 0; k < i; k++)
                assert_int_equal(sw_desk_restore(desk, &kept[k], NULL), SW_OK);
        }
        find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, steps[i].at_us);
        newest = sw_desk_find(desk, out.events[0].ticket);
        assert_non_null(newest);
        CHECK(strcmp(newest->number, steps[i].number) == 0, "step %zu: %s", i, newest->number);
        kept[i] = *newest;
        struct sw_ticket_command c = command(SW_VERB_WITHDRAW, SW_ROLE_OFFICER);
        strcpy(c.ticket, kept[i].id);
        c.revision = kept[i].revision;
        send_command(&c, steps[i].at_us + S);
        kept[i] = *sw_desk_find(desk, kept[i].id);
    }
}

/* They come back in the order of their last change: an afternoon in which somebody closes what was open for months. */
static void the_count_of_today_is_known_when_tickets_of_many_earlier_days_come_back_behind_it(void **state)
{
    struct sw_ticket kept, older;

    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    command_at(SW_VERB_WITHDRAW, SW_ROLE_OFFICER, T2140 + S);
    kept = older = *ticket(0);
    close_desk(state);
    with_platform(state);
    assert_int_equal(sw_desk_restore(desk, &kept, NULL), SW_OK);
    for (unsigned i = 0; i < SW_DESK_DAYS_MAX + 6; i++) {
        snprintf(older.id, sizeof older.id, "sw-o%03u", i % 1000);
        older.opened_us -= DAY;
        assert_int_equal(sw_desk_restore(desk, &older, NULL), SW_OK);
    }
    find(SW_FINDING_EXCEED, NORTH, NIGHT_MAX, 7100, &scheduled, T2140 + MIN);
    assert_string_equal(sw_desk_find(desk, out.events[0].ticket)->number, "PD0042-20260302-002");
}

static void a_restored_ticket_remembers_that_somebody_acted(void **state)
{
    struct sw_ticket kept;

    (void) state;
    find(SW_FINDING_FORECAST, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2140);
    command_at(SW_VERB_ACCEPT, SW_ROLE_PARTY, T2140 + MIN);
    kept = *ticket(0);
    kept.acted = false; /* a store of documents does not keep it */
    kept.event_revision = 0;
    close_desk(state);
    with_platform(state);
    assert_int_equal(sw_desk_restore(desk, &kept, NULL), SW_OK);
    assert_int_equal(ticket(0)->event_revision, kept.revision);
    find(SW_FINDING_CLEARED, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2140 + 20 * MIN);
    assert_int_equal(ticket(0)->averted_acted, 1);
}

static void a_damaged_ticket_is_not_taken_over(void **state)
{
    static const struct {
        const char *why;
        size_t offset;
        int value;
    } cases[] = {
        {"status", offsetof(struct sw_ticket, status), SW_STATUS__COUNT},
        {"class", offsetof(struct sw_ticket, class_), -1},
        {"history length", offsetof(struct sw_ticket, n_history), SW_HISTORY_MAX + 1},
        {"evidence length", offsetof(struct sw_ticket, n_evidence), SW_EVIDENCE_MAX + 1},
        {"revision", offsetof(struct sw_ticket, revision), 0},
        {"verb in the history", offsetof(struct sw_ticket, history[0].verb), SW_VERB__COUNT},
    };
    struct sw_ticket kept;

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    kept = *ticket(0);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_ticket bad = kept;
        struct sw_err err = {0};

        memcpy((char *) &bad + cases[i].offset, &cases[i].value, sizeof cases[i].value);
        CHECK(sw_desk_restore(desk, &bad, &err) == SW_E_CORRUPT && strstr(err.msg, kept.id), "%s: \"%s\"", cases[i].why,
              err.msg);
    }
}

static void when_all_places_are_open_a_new_one_is_refused_and_counted(void **state)
{
    struct sw_ticket kept;

    (void) state;
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, T2140);
    kept = *ticket(0);
    for (int i = 1; i < SW_TICKETS_MAX; i++) {
        struct sw_ticket t = kept;

        snprintf(t.id, sizeof t.id, "sw-%010d", i);
        snprintf(t.matter_key, sizeof t.matter_key, "pd-0042:noise:f%d:x", i);
        if (i == 7 || i == 9) {
            t.status = SW_STATUS_CLOSED;
            t.ended_us = T2140 - i * S; /* the ninth ended before the seventh */
        }
        assert_int_equal(sw_desk_restore(desk, &t, NULL), SW_OK);
    }
    find(SW_FINDING_EXCEED, SOUTH, NIGHT_LEQ, 5600, &scheduled, T2140 + S);
    EVENTS("open");
    assert_int_equal(out.tickets[0], 9);
    find(SW_FINDING_EXCEED, NORTH_DUST, DUST, 16000, &scheduled, T2140 + S);
    assert_int_equal(out.tickets[0], 7);
    find(SW_FINDING_EXCEED, SOUTH, DUST, 16000, &scheduled, T2140 + S); /* a fourth matter */
    EVENTS("");
    assert_int_equal(sw_desk_totals(desk).refused_total, 1);
    assert_int_equal(sw_desk_counts(desk).open, SW_TICKETS_MAX);

    size_t overdue = 0;
    for (int64_t at = T2140 + HOUR + S; overdue < SW_TICKETS_MAX && at < T2140 + 2 * HOUR; at += S) {
        tick(at); /* more than one call can tell: the rest comes a second later, none is lost */
        CHECK(out.n_events > 0, "%zu told, then silence", overdue);
        for (size_t i = 0; i < out.n_events; i++)
            overdue += out.events[i].verb == SW_VERB_OVERDUE;
    }
    assert_int_equal(overdue, SW_TICKETS_MAX);
    assert_int_equal(sw_desk_totals(desk).lost_events_total, 0);
}

static void a_ticket_that_ended_in_this_call_does_not_give_way_before_it_is_published(void **state)
{
    struct sw_ticket kept;
    struct sw_finding f = {.kind = SW_FINDING_EXCEED,
                           .sensor = SOUTH,
                           .pack = &pack,
                           .rule = &pack.rules[NIGHT_LEQ],
                           .at_us = T2140 + HOUR,
                           .value = 5600,
                           .worst = 5600,
                           .max = 6000,
                           .from_us = T2140 + HOUR,
                           .period = "night"};

    (void) state;
    find(SW_FINDING_FORECAST, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2140);
    kept = *ticket(0);
    for (int i = 1; i < SW_TICKETS_MAX; i++) {
        struct sw_ticket t = kept;

        snprintf(t.id, sizeof t.id, "sw-%010d", i);
        snprintf(t.matter_key, sizeof t.matter_key, "pd-0042:noise:f%d:x", i);
        assert_int_equal(sw_desk_restore(desk, &t, NULL), SW_OK);
    }
    find(SW_FINDING_CLEARED, NORTH, NIGHT_LEQ, SW_NO_VALUE, &scheduled, T2140 + HOUR);
    EVENTS("avert");
    sw_desk_finding(desk, &f, &scheduled, T2140 + HOUR, &out); /* of the same step: `out` goes on */
    EVENTS("avert");
    assert_int_equal(sw_desk_totals(desk).refused_total, 1);
    memset(&out, 0, sizeof out);
    sw_desk_finding(desk, &f, &scheduled, T2140 + HOUR + S, &out);
    EVENTS("open");
    assert_int_equal(out.tickets[0], 0);
}

static void a_command_for_an_unknown_ticket_is_not_found(void **state)
{
    struct sw_ticket_command c = {.verb = SW_VERB_ACK, .by = {.role = SW_ROLE_OFFICER}, .ticket = "sw-nobody"};
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_desk_command(desk, &c, true, T2140, &out, &err), SW_E_NOTFOUND);
    assert_non_null(strstr(err.msg, "sw-nobody"));
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, with_platform, close_desk)
    const struct CMUnitTest tests[] = {
        STORY(a_preventive_ticket_becomes_exceeded_and_recovered),
        STORY(a_forecast_that_ends_is_averted_and_says_whether_somebody_acted),
        STORY(a_forecast_with_a_linked_call_does_not_end_by_itself),
        STORY(a_matter_reopens_within_24_hours_and_then_is_a_new_ticket),
        STORY(an_exceedance_reopens_a_resolved_ticket),
        STORY(two_rules_of_a_family_share_a_ticket_until_the_last_has_recovered),
        STORY(a_ticket_is_not_averted_while_another_rule_still_warns),
        STORY(places_and_categories_are_matters_of_their_own),
        cmocka_unit_test_setup_teardown(without_a_platform_the_owner_gets_it_at_once, without_platform, close_desk),
        STORY(small_steps_of_a_climbing_level_are_no_news),
        STORY(an_unsatisfied_caller_reopens_the_ticket),
        STORY(a_matter_never_has_two_open_tickets),
        STORY(a_withdrawn_matter_is_not_revived_by_a_rising_level),
        STORY(two_tickets_of_one_instant_have_two_ids),
        STORY(after_a_restart_the_same_ticket_and_the_next_number_go_on),
        STORY(a_day_goes_on_counting_after_the_clock_was_ahead_and_went_back),
        STORY(the_count_of_today_is_known_when_tickets_of_many_earlier_days_come_back_behind_it),
        STORY(a_restored_ticket_remembers_that_somebody_acted),
        STORY(a_damaged_ticket_is_not_taken_over),
        STORY(when_all_places_are_open_a_new_one_is_refused_and_counted),
        STORY(a_ticket_that_ended_in_this_call_does_not_give_way_before_it_is_published),
        STORY(a_command_for_an_unknown_ticket_is_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
