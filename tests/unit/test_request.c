// SPDX-License-Identifier: Apache-2.0
/* Documents of docs/reference/commands.md: the contract's examples are taken whole, everything else is refused by a
 * sentence that names the field; what is kept of a complaint comes back as it was. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/request.h"

#define BY "\"by\":{\"id\":\"agent:0317\",\"role\":\"agent\"}"
#define HEAD(kind, id)                                                                                                 \
    "\"schema\":\"siteward." kind "/1.0\",\"id\":\"" id "\",\"at\":\"2026-03-03T00:20:33.000+08:00\"," BY
#define CALL HEAD("complaint", "k-1") ",\"service_request_id\":\"r-1\",\"service_code\":\"noise.construction\""

static struct sw_request must(enum sw_request_kind kind, const char *text)
{
    struct sw_request r;
    struct sw_err err = {0};
    int rc = sw_request_parse(kind, text, strlen(text), &r, &err);

    CHECK(rc == SW_OK, "%s: %s", err.msg, text);
    return r;
}

static void a_complaint_of_the_contract_is_taken_without_its_words(void **state)
{
    const struct sw_request r = must(
        SW_REQUEST_COMPLAINT,
        "{" HEAD(
            "complaint",
            "k-88121") ",\"service_request_id\":\"12345-20260303-88121\","
                       "\"service_code\":\"noise.construction\",\"requested_datetime\":\"2026-03-03T00:20:31+08:00\","
                       "\"occurred\":{\"at\":\"2026-03-02T23:40:00+08:00\",\"window\":\"PT60M\"},\"address_string\":"
                       "\"SECRET\","
                       "\"lat\":31.2221,\"long\":121.5432,\"description\":\"SECRET\",\"caller_ref\":\"h:"
                       "6c1f09a2b7d8e4f0\","
                       "\"caller_calls_30d\":2,\"channel\":\"phone\",\"want\":\"link-or-open\"}");
    const struct sw_complaint_call *c = &r.complaint;
    const char *bytes = (const char *) &r;

    (void) state;
    assert_string_equal(c->id, "k-88121");
    assert_string_equal(c->service_request_id, "12345-20260303-88121");
    assert_string_equal(c->caller_ref, "h:6c1f09a2b7d8e4f0");
    CHECK(c->by.role == SW_ROLE_AGENT && c->want == SW_WANT_LINK_OR_OPEN && c->caller_calls_30d == 2, "who and what");
    CHECK(c->occurred_us == 1772466000000000LL, "date -d 2026-03-02T15:40:00Z +%%s");
    CHECK(c->window_us == 3600000000LL && c->distance_m == -1, "an hour; the distance is not the parser's");
    CHECK(r.has_point && fabs(r.lat - 31.2221) < 1e-9 && fabs(r.lon - 121.5432) < 1e-9, "the point, until it is used");
    for (size_t i = 0; i + 6 <= sizeof(r); i++)
        CHECK(memcmp(bytes + i, "SECRET", 6) != 0, "the caller's words stay in the document");
}

static void a_question_of_the_contract_is_taken(void **state)
{
    const struct sw_request r =
        must(SW_REQUEST_EVIDENCE,
             "{" HEAD("evidence-request",
                      "q-771") ",\"window\":\"PT30M\",\"point\":{\"lat\":31.2221,"
                               "\"lon\":121.5432},\"want\":[\"answer\",\"numbers\",\"series\",\"later\"],"
                               "\"series_points\":90,\"lang\":[\"zh-CN\"]}");
    const struct sw_evidence_ask *a = &r.evidence;

    (void) state;
    CHECK(a->at_us == 1772468433000000LL && a->window_us == 1800000000LL, "date -d 2026-03-02T16:20:33Z +%%s");
    CHECK(a->wants_numbers && a->wants_series && !a->wants_media && !a->wants_tickets && !a->wants_schedule, "want");
    CHECK(a->series_points == 90 && a->with_zh && !a->with_en && a->category == -1 && r.has_point, "the rest");
}

static void the_envelope_of_mqtt_3_is_read_even_when_the_rest_is_wrong(void **state)
{
    static const char text[] = "{\"schema\":\"siteward.cmd/1.0\",\"id\":\"c-1\",\"reply_to\":\"a/res/b/c\","
                               "\"correlation\":\"x\",\"at\":7}";
    struct sw_request r;
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_request_parse(SW_REQUEST_TICKET, text, strlen(text), &r, &err), SW_E_INVAL);
    assert_string_equal(r.id, "c-1");
    assert_string_equal(r.reply_to, "a/res/b/c");
    assert_string_equal(r.correlation, "x");
}

static void a_command_on_a_ticket_is_small(void **state)
{
    static char text[SW_REQUEST_COMMAND_MAX + 2];
    struct sw_request r;
    struct sw_err err = {0};
    size_t len = (size_t) sprintf(text, "{" HEAD("cmd", "c-1") ",\"reply_to\":\"a/res/b/c\",\"later\":\"");

    (void) state;
    memset(text + len, 'x', sizeof(text) - len - 3);
    strcpy(text + sizeof(text) - 4, "\"}"); /* as large as may be */
    assert_int_equal(strlen(text), SW_REQUEST_COMMAND_MAX);
    CHECK(sw_request_parse(SW_REQUEST_TICKET, text, strlen(text), &r, &err) == SW_OK, "%s", err.msg);
    strcpy(text + sizeof(text) - 4, "x\"}");
    assert_int_equal(sw_request_parse(SW_REQUEST_TICKET, text, strlen(text), &r, &err), SW_E_INVAL);
    CHECK(strstr(err.msg, "32 KiB") && strcmp(r.id, "c-1") == 0 && strcmp(r.reply_to, "a/res/b/c") == 0,
          "it is answered: %s", err.msg);
}

static void a_wrong_field_is_named(void **state)
{
    static const struct {
        enum sw_request_kind kind;
        const char *text, *word, *why;
    } cases[] = {
        {SW_REQUEST_COMPLAINT, "", "JSON", "nothing"},
        {SW_REQUEST_COMPLAINT, "[1]", "object", "a list"},
        {SW_REQUEST_COMPLAINT, "{" HEAD("cmd", "k") "}", "schema", "another document"},
        {SW_REQUEST_COMPLAINT, "{" HEAD("complaint", "") "}", "id", "an empty id"},
        {SW_REQUEST_COMPLAINT, "{" HEAD("complaint", "k") "}", "service_request_id", "no request id"},
        {SW_REQUEST_COMPLAINT, "{" CALL ",\"lat\":31}", "long", "half a point"},
        {SW_REQUEST_COMPLAINT, "{" CALL ",\"lat\":\"31\",\"long\":2}", "lat", "a latitude as text"},
        {SW_REQUEST_COMPLAINT, "{" CALL ",\"lat\":1,\"long\":181}", "long", "beyond the date line"},
        {SW_REQUEST_COMPLAINT, "{" CALL ",\"caller_ref\":\"+86 21 5555-1234\"}", "caller_ref", "a telephone number"},
        {SW_REQUEST_TICKET, "{" HEAD("cmd", "c") ",\"caller_ref\":\"138 0000 0000\"}", "caller_ref",
         "the same in a link"},
        {SW_REQUEST_EVIDENCE, "{" HEAD("evidence-request", "q") ",\"caller_ref\":\"13800000000\"}", "caller_ref",
         "the same in a question"},
        {SW_REQUEST_COMPLAINT, "{" CALL ",\"occurred\":7}", "occurred", "no object"},
        {SW_REQUEST_COMPLAINT, "{" CALL ",\"occurred\":{\"window\":\"PT30\"}}", "window", "a number without unit"},
        {SW_REQUEST_COMPLAINT, "{" CALL ",\"occurred\":{\"window\":\"PT30S30M\"}}", "window", "units out of order"},
        {SW_REQUEST_COMPLAINT, "{" CALL ",\"occurred\":{\"window\":\"PT\"}}", "window", "no duration at all"},
        {SW_REQUEST_COMPLAINT, "{" CALL ",\"occurred\":{\"window\":\"PT59S\"}}", "window", "less than a minute"},
        {SW_REQUEST_COMPLAINT, "{" CALL ",\"occurred\":{\"window\":\"PT25H\"}}", "window", "more than a day"},
        {SW_REQUEST_COMPLAINT, "{" CALL ",\"caller_calls_30d\":-1}", "caller_calls_30d", "less than none"},
        {SW_REQUEST_COMPLAINT, "{" CALL ",\"want\":\"gold\"}", "want", "a word of its own"},
        {SW_REQUEST_EVIDENCE, "{" HEAD("evidence-request", "q") ",\"point\":[1,2]}", "point", "a list"},
        {SW_REQUEST_EVIDENCE, "{" HEAD("evidence-request", "q") ",\"series_points\":361}", "series_points", "too many"},
        {SW_REQUEST_EVIDENCE, "{" HEAD("evidence-request", "q") ",\"want\":\"all\"}", "want", "no list"},
        {SW_REQUEST_TICKET, "{" HEAD("cmd", "c") ",\"expires\":\"soon\"}", "expires", "no time"},
        {SW_REQUEST_TICKET, "{" HEAD("cmd", "c") ",\"deadlines\":7}", "deadlines", "no object"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_request r;
        struct sw_err err = {0};
        int rc = sw_request_parse(cases[i].kind, cases[i].text, strlen(cases[i].text), &r, &err);

        CHECK(rc == SW_E_INVAL && strstr(err.msg, cases[i].word), "%s: %d, %s", cases[i].why, rc, err.msg);
    }
}

static void a_refusal_of_what_is_no_json_quotes_nothing_of_it(void **state)
{
    static const char text[] = "{\"description\": SECRET}";
    struct sw_request r;
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_request_parse(SW_REQUEST_COMPLAINT, text, strlen(text), &r, &err), SW_E_INVAL);
    CHECK(!strstr(err.msg, "SECRET") && strstr(err.msg, "line 1"), "%s", err.msg);
}

static void content_is_what_is_said_not_how_it_is_sent(void **state)
{
    static const struct {
        enum sw_request_kind kind;
        const char *first, *second, *why;
        bool is_same;
    } cases[] = {
        {SW_REQUEST_TICKET, "{" HEAD("cmd", "c") ",\"text\":\"a\",\"revision\":5}",
         "{\"revision\":5, \"text\":\"\\u0061\"," HEAD("cmd", "c") "}", "order and spelling", true},
        {SW_REQUEST_TICKET, "{" HEAD("cmd", "c") "}",
         "{" HEAD("cmd", "c") ",\"reply_to\":\"x\",\"correlation\":\"1\",\"expires\":\"2027-01-01T00:00:00Z\"}",
         "where the answer goes", true},
        {SW_REQUEST_TICKET, "{" HEAD("cmd", "c") "}", "{" HEAD("cmd", "c") ",\"text\":\"a\"}", "another text", false},
        {SW_REQUEST_TICKET, "{" HEAD("cmd", "c") "}", "{" HEAD("cmd", "c") ",\"later\":1}", "a field we ignore", false},
        {SW_REQUEST_COMPLAINT, "{" CALL ",\"description\":\"a\",\"lat\":1,\"long\":2}", "{" CALL "}",
         "the caller's words and place are not even hashed", true},
        {SW_REQUEST_COMPLAINT, "{" CALL ",\"caller_ref\":\"h:1\"}", "{" CALL "}", "another caller", false},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct sw_request a = must(cases[i].kind, cases[i].first), b = must(cases[i].kind, cases[i].second);

        CHECK(strlen(a.content) == 64 && (strcmp(a.content, b.content) == 0) == cases[i].is_same, "%s", cases[i].why);
    }
}

/* Through the store and back: what the engine was given, to the last member. */
static void what_was_given_comes_back_as_it_was(void **state)
{
    struct sw_request_given g = {.kind = SW_REQUEST_COMPLAINT, .at_us = 1772468433210000LL}, back;
    struct sw_complaint_call *c = &g.complaint;
    struct sw_err err = {0};
    struct sw_zone utc;
    char text[SW_REQUEST_GIVEN_MAX];
    size_t len;

    (void) state;
    sw_zone_init_utc(&utc);
    *c = must(SW_REQUEST_COMPLAINT, "{" CALL ",\"caller_ref\":\"h:1\",\"occurred\":{\"window\":\"PT90S\"}}").complaint;
    c->by.door = SW_DOOR_CLI;
    c->at_us = 1772468433000000LL;
    c->distance_m = 150;
    c->found = (struct sw_complaint_found){.code = SW_ANSWER_OVER_UNPERMITTED,
                                           .sensor = "north-gate-noise",
                                           .rule = "cn-gb12523-2025/leq-night",
                                           .period = "night",
                                           .period_is_night = true,
                                           .worst = 6180,
                                           .max = SW_NO_VALUE,
                                           .limit = 5500,
                                           .over_by = 680,
                                           .from_us = 1772465520000000LL,
                                           .to_us = INT64_MIN,
                                           .work = {SW_WORK_PROHIBITED_NIGHT, 0}};
    len = sw_request_given_write(&g, &utc, text, sizeof(text));
    assert_true(len > 0);
    CHECK(sw_request_given_read(text, len, &back, &err) == SW_OK, "%s: %s", err.msg, text);
    CHECK(back.at_us == g.at_us && back.kind == g.kind, "when and what");
    CHECK(memcmp(&back.complaint, c, sizeof(*c)) == 0, "not all of it: %s", text);
    for (size_t cap = 0; cap <= len; cap++) {
        char small[SW_REQUEST_GIVEN_MAX];

        CHECK(sw_request_given_write(&g, &utc, small, cap) == 0, "%zu bytes are not enough", cap);
    }
}

static void a_command_that_was_given_comes_back_as_it_was(void **state)
{
    struct sw_request_given g = {.kind = SW_REQUEST_TICKET, .at_us = 1772468433210000LL}, back;
    struct sw_err err = {0};
    struct sw_zone utc;
    char text[SW_REQUEST_GIVEN_MAX];
    size_t len;

    (void) state;
    sw_zone_init_utc(&utc);
    g.ticket =
        must(SW_REQUEST_TICKET,
             "{" HEAD("cmd", "c-2") ",\"revision\":2,\"text\":\"\\\"停\\\"\",\"force\":true,\"reason\":\"r\","
                                    "\"measure\":\"m\",\"into\":\"sw-7k2m4q5xzb\",\"satisfaction\":\"unsatisfied\","
                                    "\"until\":\"2026-03-09T00:00:00Z\",\"service_request_id\":\"r-1\","
                                    "\"assignee\":{\"unit\":\"u\",\"phone\":\"1\"},"
                                    "\"deadlines\":{\"resolve_by\":\"2026-03-03T23:31:00+08:00\"}}")
            .ticket;
    strcpy(g.ticket.ticket, "sw-7k2m4q5xza");
    g.ticket.verb = SW_VERB_DISPATCH;
    g.ticket.by.door = SW_DOOR_MQTT;
    len = sw_request_given_write(&g, &utc, text, sizeof(text));
    assert_true(len > 0);
    CHECK(sw_request_given_read(text, len, &back, &err) == SW_OK, "%s: %s", err.msg, text);
    CHECK(back.at_us == g.at_us && memcmp(&back.ticket, &g.ticket, sizeof(g.ticket)) == 0, "not all of it: %s", text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complaint_of_the_contract_is_taken_without_its_words),
        cmocka_unit_test(a_question_of_the_contract_is_taken),
        cmocka_unit_test(the_envelope_of_mqtt_3_is_read_even_when_the_rest_is_wrong),
        cmocka_unit_test(a_command_on_a_ticket_is_small),
        cmocka_unit_test(a_wrong_field_is_named),
        cmocka_unit_test(a_refusal_of_what_is_no_json_quotes_nothing_of_it),
        cmocka_unit_test(content_is_what_is_said_not_how_it_is_sent),
        cmocka_unit_test(what_was_given_comes_back_as_it_was),
        cmocka_unit_test(a_command_that_was_given_comes_back_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
