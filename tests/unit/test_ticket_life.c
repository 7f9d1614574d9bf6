// SPDX-License-Identifier: Apache-2.0
/* Every state by every verb by every role through every door, merged or not, against tables written by hand from the
 * page that decided them; and the page about it, whose tables are the code's own, byte for byte. With --print the page
 * is written anew. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/ticket_life.h"
#include "tickets/desk.h"

/* By hand. State: the letter that it becomes (o d a i r c v w), '.' = refused.
 * Roles: auto platform officer party agent authority public. */
static const struct verb_case {
    enum sw_verb verb;
    const char *becomes; /* from open dispatched accepted in_progress resolved closed averted withdrawn */
    const char *roles;
    bool if_merged, if_alone; /* legal while merged into another; while not */
} cases[] = {
    {SW_VERB_ACK, "odai....", ".xx....", false, true},     {SW_VERB_DISPATCH, "ddai....", "xx.....", false, true},
    {SW_VERB_ACCEPT, "aa......", "...x...", false, true},  {SW_VERB_RETURN, ".ooo....", "...x...", false, true},
    {SW_VERB_START, "..i.....", "...x...", false, true},   {SW_VERB_SUSPEND, "odai....", ".xx....", false, true},
    {SW_VERB_RESUME, "odai....", ".xx....", false, true},  {SW_VERB_ESCALATE, "odai....", ".xx....", false, true},
    {SW_VERB_RESOLVE, "..rr....", "...x...", false, true}, {SW_VERB_CALLBACK, "....rc..", ".x....x", false, true},
    {SW_VERB_RATE, "....rc..", ".x....x", false, true},    {SW_VERB_CLOSE, "....c...", ".xx....", false, true},
    {SW_VERB_REOPEN, "....ooo.", "xxx....", false, true},  {SW_VERB_WITHDRAW, "wwww....", ".xx....", false, true},
    {SW_VERB_MERGE, "odai....", ".xx....", false, true},   {SW_VERB_UNMERGE, "odai....", ".xx....", true, false},
    {SW_VERB_LINK, "odaircv.", "xxxxxxx", true, true},     {SW_VERB_UNLINK, "odaircv.", "xxxx.xx", false, true},
    {SW_VERB_NOTE, "odaircv.", "xxxxxxx", true, true},
};
static const char letters[] = "odaircvw";

/* The same roles, by door: engine mqtt console cli. */
static const char *const doors[SW_DOOR__COUNT] = {"x......", ".xxxxxx", "...xx..", "...xx.."};

#define NOW 1772458800000000LL /* 2026-03-02T21:40:00+08:00 */
#define IT "sw-aaaaaaaaaa"
#define HEAD "sw-bbbbbbbbbb"

static struct sw_zone zone = {.name = "Asia/Shanghai", .n = 1, .span = {{INT64_MIN, 28800}}};
static const struct sw_hotline hotline = {
    .id = "h", .limits = {{.respond_s = 300, .dispatch_s = 1800}, {.respond_s = 3600}}, .reopen_within_s = 86400};

static int open_desk(void **state)
{
    const struct sw_desk_params p = {
        .gateway = "gw-1", .site = "s-1", .zone = &zone, .hotline = &hotline, .has_platform = true};
    struct sw_desk *d = NULL;

    if (sw_desk_new(&p, &d, NULL) < 0)
        return -1;
    *state = d;
    return 0;
}

static int close_desk(void **state)
{
    *state = sw_desk_free(*state);
    return 0;
}

/* A ticket in which every verb finds what it needs. */
static void put_ticket(struct sw_desk *d, const char *id, enum sw_status status, enum sw_verb verb, bool is_merged)
{
    struct sw_ticket t = {.revision = 7,
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
                          .suspended = verb == SW_VERB_RESUME,
                          .suspended_until_us = verb == SW_VERB_RESUME ? NOW + 3600000000 : INT64_MIN,
                          .calls = 1,
                          .callers = 1,
                          .assignee = {.unit = "某某建设 项目部"}};
    struct sw_err err = {0};

    strcpy(t.id, id);
    snprintf(t.number, sizeof t.number, "S1-20260302-00%d", strcmp(id, IT) == 0 ? 1 : 2);
    snprintf(t.matter_key, sizeof t.matter_key, "s-1:noise:night:%s", id);
    if (is_merged)
        strcpy(t.merged_into, HEAD);
    CHECK(sw_desk_restore(d, &t, &err) == SW_OK, "%s", err.msg);
}

static struct sw_ticket_command command_of(enum sw_verb verb, enum sw_role role, enum sw_door door)
{
    return (struct sw_ticket_command){
        .id = "c-1",
        .ticket = IT,
        .verb = verb,
        .by = {.id = "someone", .role = role, .door = door},
        .revision = 7,
        .text = "t",
        .measure = "stopped-machine",
        .reason = "r",
        .into = HEAD,
        .resolve_by_us = INT64_MIN,
        .until_us = verb == SW_VERB_SUSPEND ? NOW + 86400000000 : INT64_MIN,
        .satisfaction = "satisfied",
    };
}

static void check_legal(const struct verb_case *v, enum sw_status from, const struct sw_ticket *after, const char *what)
{
    CHECK(letters[after->status] == v->becomes[from], "%s: it became %s", what, sw_status_name(after->status));
    CHECK(after->event_revision > 7, "%s: the revision did not rise", what);
    CHECK((after->ended_us == INT64_MIN) == sw_ticket_is_open(after), "%s: ended or not?", what);
    CHECK(after->history_total > 0 && after->history[0].verb == v->verb, "%s: it does not stand in the history", what);
    CHECK(after->history[0].by.role < SW_ROLE__COUNT && strcmp(after->history[0].by.id, "someone") == 0,
          "%s: not by whom it was", what);
}

static void check_cell(struct sw_desk *d, const struct verb_case *v, enum sw_status status,
                       const struct sw_ticket_command *c, bool is_merged)
{
    static struct sw_ticket before, head_before;
    const bool is_his = v->roles[c->by.role] == 'x' && doors[c->by.door][c->by.role] == 'x';
    const bool is_legal = v->becomes[status] != '.' && (is_merged ? v->if_merged : v->if_alone);
    struct sw_desk_out out = {0};
    struct sw_err err = {0};
    char what[160];
    int rc;

    put_ticket(d, HEAD, SW_STATUS_ACCEPTED, v->verb, false);
    put_ticket(d, IT, status, v->verb, is_merged);
    before = *sw_desk_find(d, IT);
    head_before = *sw_desk_find(d, HEAD);
    rc = sw_desk_command(d, c, true, NOW, &out, &err);
    snprintf(what, sizeof what, "%s in %s%s by %s through %s: %d %.60s", sw_verb_name(v->verb), sw_status_name(status),
             is_merged ? ", merged," : "", sw_role_name(c->by.role), sw_door_name(c->by.door), rc, err.msg);
    if (is_his && is_legal) {
        CHECK(rc == SW_OK, "%s", what);
        CHECK(out.n_events > 0 && out.n_tickets > 0, "%s: no event", what);
        check_legal(v, status, sw_desk_find(d, IT), what);
        return;
    }
    CHECK(rc == (is_his ? SW_E_INVAL : SW_E_DENIED), "%s", what);
    CHECK(err.detail == (is_his ? SW_REFUSAL_NOT_LEGAL : SW_REFUSAL_FORBIDDEN), "%s: refusal %d", what, err.detail);
    CHECK(strlen(err.msg) > 10, "%s: no sentence", what);
    CHECK(out.n_events == 0 && out.n_tickets == 0, "%s: an event of what was refused", what);
    CHECK(memcmp(&before, sw_desk_find(d, IT), sizeof before) == 0, "%s: the ticket changed", what);
    CHECK(memcmp(&head_before, sw_desk_find(d, HEAD), sizeof before) == 0, "%s: the other ticket changed", what);
}

static void check_verb(struct sw_desk *d, const struct verb_case *v, bool is_merged)
{
    for (int s = 0; s < SW_STATUS__COUNT; s++) {
        for (int role = 0; role < SW_ROLE__COUNT; role++) {
            for (int door = 0; door < SW_DOOR__COUNT; door++) {
                const struct sw_ticket_command c = command_of(v->verb, (enum sw_role) role, (enum sw_door) door);

                check_cell(d, v, (enum sw_status) s, &c, is_merged);
            }
        }
    }
}

static void every_cell_of_state_verb_role_and_door_is_as_the_table_by_hand_says(void **state)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        check_verb(*state, &cases[i], false);
}

static void a_merged_ticket_is_only_linked_noted_and_unmerged(void **state)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        check_verb(*state, &cases[i], true);
}

static void every_command_of_the_code_stands_in_the_table_by_hand(void **state)
{
    (void) state;
    for (int v = 0; v < SW_VERB__COUNT; v++) {
        const struct sw_verb_rule *rule = sw_ticket_verb_rule((enum sw_verb) v);
        size_t n = 0;

        for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
            n += cases[i].verb == (enum sw_verb) v;
        CHECK(n == (rule != NULL), "%s stands in the table %zu times", sw_verb_name((enum sw_verb) v), n);
    }
}

static void a_role_or_door_or_verb_that_is_none_is_refused(void **state)
{
    struct sw_desk *d = *state;
    struct sw_desk_out out = {0};
    struct sw_err err = {0};
    struct sw_ticket_command c = command_of(SW_VERB_NOTE, SW_ROLE__COUNT, SW_DOOR_MQTT);

    put_ticket(d, IT, SW_STATUS_OPEN, SW_VERB_NOTE, false);
    assert_int_equal(sw_desk_command(d, &c, true, NOW, &out, &err), SW_E_DENIED);
    c = command_of(SW_VERB_NOTE, SW_ROLE_PARTY, SW_DOOR__COUNT);
    assert_int_equal(sw_desk_command(d, &c, true, NOW, &out, &err), SW_E_DENIED);
    assert_int_equal(err.detail, SW_REFUSAL_FORBIDDEN);
    c = command_of(SW_VERB__COUNT, SW_ROLE_PARTY, SW_DOOR_MQTT);
    assert_int_equal(sw_desk_command(d, &c, true, NOW, &out, &err), SW_E_INVAL);
    assert_int_equal(err.detail, SW_REFUSAL_INVALID);
    assert_int_equal(out.n_events, 0);
}

/* ---- the page ---- */

#define PAGE SW_TEST_DATA "/../../docs/reference/ticket-life.md"

static char page[64 * 1024], written[64 * 1024];

static bool read_page(void)
{
    FILE *f = fopen(PAGE, "re");
    size_t n = f ? fread(page, 1, sizeof page - 1, f) : 0;

    page[n] = '\0';
    return f && fclose(f) == 0 && n > 0 && n < sizeof page - 1;
}

static void the_page_about_it_is_what_the_code_says_byte_for_byte(void **state)
{
    size_t n_tables = 0;

    (void) state;
    assert_true(read_page());
    CHECK(ticket_life_page(page, written, sizeof written) > 0, "a marker of %s names no table, or has no end", PAGE);
    CHECK(strcmp(page, written) == 0, "%s is not what the code says: test_ticket_life --print writes it anew", PAGE);
    for (const char *at = page; (at = strstr(at, "<!-- table: ")) != NULL; at++)
        n_tables++;
    assert_int_equal(n_tables, ticket_life_tables());
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_cell_of_state_verb_role_and_door_is_as_the_table_by_hand_says, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(a_merged_ticket_is_only_linked_noted_and_unmerged, open_desk, close_desk),
        cmocka_unit_test(every_command_of_the_code_stands_in_the_table_by_hand),
        cmocka_unit_test_setup_teardown(a_role_or_door_or_verb_that_is_none_is_refused, open_desk, close_desk),
        cmocka_unit_test(the_page_about_it_is_what_the_code_says_byte_for_byte),
    };

    if (argc > 1 && strcmp(argv[1], "--print") == 0) {
        if (!read_page() || ticket_life_page(page, written, sizeof written) == 0)
            return EXIT_FAILURE;
        return fputs(written, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
