// SPDX-License-Identifier: Apache-2.0
/* Commands and complaints in NDJSON: the examples of the contract are taken, everything else is refused by a sentence
 * that names the field. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"

#define TOPIC "\"topic\":\"cmd/ticket/sw-7k2m4q5xza/"
#define BASE "\"schema\":\"siteward.cmd/1.0\",\"id\":\"c-1\",\"at\":\"2026-03-02T23:34:30.000+08:00\""
#define BY "\"by\":{\"id\":\"officer:2207\",\"role\":\"officer\"}"

/* A line with a ticket command. */
static int parse(const char *text, struct sw_ticket_command *ret, int64_t *ret_at_us, struct sw_err *err)
{
    struct sw_request_given g;
    int r = sw_request_given_read(text, strlen(text), &g, err);

    if (r >= 0 && g.kind == SW_REQUEST_TICKET) {
        *ret = g.ticket;
        *ret_at_us = g.at_us;
    }
    return r;
}

static void commands_of_the_contract_are_taken(void **state)
{
    static const char text[] =
        "{" TOPIC "resolve\",\"payload\":{" BASE ",\"by\":{\"id\":\"party:wang\",\"role\":\"party\",\"name\":\"X\"},"
        "\"revision\":5,\"measure\":\"stopped-machine\",\"text\":\"01:05 混凝土泵停机,撤场\","
        "\"measured_after\":{\"LAeq_20m\":46.1}}}";
    struct sw_ticket_command c;
    struct sw_err err = {0};
    int64_t at_us = 0;
    (void) state;
    CHECK(parse(text, &c, &at_us, &err) == SW_OK, "%s", err.msg);
    assert_string_equal(c.ticket, "sw-7k2m4q5xza");
    assert_int_equal(c.verb, SW_VERB_RESOLVE);
    assert_string_equal(c.id, "c-1");
    assert_string_equal(c.by.id, "party:wang");
    assert_int_equal(c.by.role, SW_ROLE_PARTY);
    assert_int_equal(c.revision, 5);
    assert_string_equal(c.measure, "stopped-machine");
    assert_string_equal(c.text, "01:05 混凝土泵停机,撤场");
    assert_int_equal(at_us, 1772465670000000LL); /* date -d 2026-03-02T15:34:30Z +%s */
    CHECK(c.resolve_by_us == INT64_MIN && c.until_us == INT64_MIN && !c.force && !c.has_assignee,
          "what the command does not say must stay unknown");
}

static void a_dispatch_carries_owner_and_deadline(void **state)
{
    static const char text[] = "{" TOPIC "dispatch\",\"payload\":{" BASE
                               ",\"by\":{\"id\":\"host:12345-sh\",\"role\":\"platform\"},\"revision\":2,"
                               "\"assignee\":{\"unit\":\"某某建设 项目部\",\"lead\":true},"
                               "\"deadlines\":{\"resolve_by\":\"2026-03-03T23:31:00+08:00\"}}}";
    struct sw_ticket_command c;
    struct sw_err err = {0};
    int64_t at_us;
    (void) state;
    CHECK(parse(text, &c, &at_us, &err) == SW_OK, "%s", err.msg);
    assert_true(c.has_assignee);
    assert_string_equal(c.assignee.unit, "某某建设 项目部");
    assert_int_equal(c.resolve_by_us, 1772551860000000LL); /* date -d 2026-03-03T15:31:00Z +%s */
}

static void wrong_commands_are_refused_by_name(void **state)
{
    static const struct {
        const char *text, *word, *why;
    } cases[] = {
        {"", "JSON", "an empty text"},
        {"{" TOPIC "ack\"", "JSON", "a line cut short"},
        {"[]", "topic", "not an object"},
        {"{\"payload\":{}}", "topic", "no topic"},
        {"{\"topic\":\"cmd/schedule\",\"payload\":{}}", "cmd/schedule", "a command that is not a ticket's"},
        {"{\"topic\":\"cmd/ticket/sw-1\",\"payload\":{}}", "verb", "no verb"},
        {"{\"topic\":\"cmd/ticket//ack\",\"payload\":{}}", "ticket", "no ticket"},
        {"{\"topic\":\"cmd/ticket/sw-0123456789abcdef/ack\",\"payload\":{}}", "ticket", "an id that is too long"},
        {"{" TOPIC "exceed\",\"payload\":{" BASE "," BY "}}", "exceed", "a verb of the engine itself"},
        {"{" TOPIC "dance\",\"payload\":{" BASE "," BY "}}", "dance", "a word that is no verb"},
        {"{" TOPIC "ack\"}", "payload", "no payload"},
        {"{" TOPIC "ack\",\"payload\":7}", "payload", "a payload that is no object"},
        {"{" TOPIC "ack\",\"payload\":{\"schema\":\"siteward.ticket/1.0\"}}", "schema", "another document"},
        {"{" TOPIC "ack\",\"payload\":{" BASE "}}", "by", "nobody said it"},
        {"{" TOPIC "ack\",\"payload\":{" BASE ",\"by\":{\"id\":\"x\",\"role\":\"king\"}}}", "king", "an unknown role"},
        {"{" TOPIC "ack\",\"payload\":{" BASE ",\"by\":{\"role\":\"officer\"}}}", "id", "a person without an id"},
        {"{" TOPIC "ack\",\"payload\":{" BASE "," BY ",\"revision\":\"5\"}}", "revision", "a revision in quotes"},
        {"{" TOPIC "ack\",\"payload\":{" BASE "," BY ",\"revision\":0}}", "revision", "revisions begin at 1"},
        {"{" TOPIC "ack\",\"payload\":{" BASE "," BY ",\"force\":1}}", "force", "a number for a truth value"},
        {"{" TOPIC "ack\",\"payload\":{" BASE "," BY ",\"until\":\"tomorrow\"}}", "until", "not a time"},
        {"{" TOPIC "ack\",\"payload\":{" BASE "," BY ",\"text\":7}}", "text", "a number for a text"},
        {"{" TOPIC "dispatch\",\"payload\":{" BASE "," BY ",\"assignee\":{\"person\":\"x\"}}}", "unit", "no unit"},
        {"{" TOPIC "ack\",\"payload\":{\"schema\":\"siteward.cmd/1.0\",\"id\":\"c\",\"at\":\"2026-03-02T23:34:30\"," BY
         "}}",
         "at", "a time without an offset"},
    };
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_ticket_command c;
        struct sw_err err = {0};
        int64_t at_us;
        int r = parse(cases[i].text, &c, &at_us, &err);
        CHECK(r == SW_E_INVAL, "%s: got %d", cases[i].why, r);
        CHECK(strstr(err.msg, cases[i].word), "%s: the message does not name '%s': %s", cases[i].why, cases[i].word,
              err.msg);
    }
}

static void a_text_is_taken_up_to_its_ceiling_and_never_cut(void **state)
{
    (void) state;
    for (size_t n = SW_NOTE_SIZE - 2; n <= SW_NOTE_SIZE; n++) {
        char note[SW_NOTE_SIZE + 1], text[1024];
        struct sw_ticket_command c;
        struct sw_err err = {0};
        int64_t at_us;
        memset(note, 'x', n);
        note[n] = '\0';
        snprintf(text, sizeof(text), "{" TOPIC "note\",\"payload\":{" BASE "," BY ",\"text\":\"%s\"}}", note);
        int r = parse(text, &c, &at_us, &err);
        CHECK(n < SW_NOTE_SIZE ? r == SW_OK && strlen(c.text) == n : r == SW_E_INVAL, "%zu bytes: got %d", n, r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_of_the_contract_are_taken),
        cmocka_unit_test(a_dispatch_carries_owner_and_deadline),
        cmocka_unit_test(wrong_commands_are_refused_by_name),
        cmocka_unit_test(a_text_is_taken_up_to_its_ceiling_and_never_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
