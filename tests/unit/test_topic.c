// SPDX-License-Identifier: Apache-2.0
/* Topics against the table of the contract; what can be no topic gives none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/topic.h"
#include "tests/unit/test.h"

enum topic { PREFIX, SENSOR, TICKET, GATEWAY };

#define ID_64 "a123456789012345678901234567890123456789012345678901234567890123"

static const struct topic_case {
    const char *why;
    enum topic which;
    const char *first, *second, *third;
    const char *want; /* "" = no topic */
} topic_cases[] = {
    {"a site in China", PREFIX, "siteward", "310115", "pd-0042", "siteward/1/310115/pd-0042/"},
    {"a site in Camden", PREFIX, "siteward", "gb-cmd", "n1", "siteward/1/gb-cmd/n1/"},
    {"another root word", PREFIX, "laerm", "310115", "pd-0042", "laerm/1/310115/pd-0042/"},
    {"a root of two levels would shift all others", PREFIX, "a/b", "310115", "pd-0042", ""},
    {"a root that only the broker may write", PREFIX, "$SYS", "310115", "pd-0042", ""},
    {"an empty root", PREFIX, "", "310115", "pd-0042", ""},
    {"a site that is a wildcard", PREFIX, "siteward", "310115", "+", ""},
    {"an area in upper case", PREFIX, "siteward", "GB-CMD", "n1", ""},
    {"live", SENSOR, "north-gate-noise", "live", NULL, "sensor/north-gate-noise/live"},
    {"a window's leaf has two levels", SENSOR, "north-gate-noise", "agg/1m", NULL, "sensor/north-gate-noise/agg/1m"},
    {"backfill", SENSOR, "a", "backfill/night", NULL, "sensor/a/backfill/night"},
    {"the longest id", SENSOR, ID_64, "state", NULL, "sensor/" ID_64 "/state"},
    {"an id one too long", SENSOR, ID_64 "4", "state", NULL, ""},
    {"a sensor with a slash", SENSOR, "a/b", "live", NULL, ""},
    {"a leaf that is a wildcard", SENSOR, "a", "agg/#", NULL, ""},
    {"a leaf with a line feed", SENSOR, "a", "agg\n", NULL, ""},
    {"an empty leaf", SENSOR, "a", "", NULL, ""},
    {"a ticket", TICKET, "sw-7k2m4q5xza", NULL, NULL, "ticket/sw-7k2m4q5xza"},
    {"its events", TICKET, "sw-7k2m4q5xza", "event", NULL, "ticket/sw-7k2m4q5xza/event"},
    {"a ticket without a name", TICKET, "", NULL, NULL, ""},
    {"a gateway's status", GATEWAY, "gw-7f3a", "status", NULL, "gw/gw-7f3a/status"},
    {"a gateway's alert", GATEWAY, "gw-7f3a", "alert/sw-s014-x", NULL, "gw/gw-7f3a/alert/sw-s014-x"},
    {"a gateway in upper case", GATEWAY, "GW", "status", NULL, ""},
};

static size_t topic_of(const struct topic_case *c, char *buf, size_t cap)
{
    switch (c->which) {
    case PREFIX:
        return sw_topic_prefix(c->first, c->second, c->third, buf, cap);
    case SENSOR:
        return sw_topic_sensor(c->first, c->second, buf, cap);
    case TICKET:
        return sw_topic_ticket(c->first, c->second, buf, cap);
    default:
        return sw_topic_gateway(c->first, c->second, buf, cap);
    }
}

static void topics_are_those_of_the_contract(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(topic_cases); i++) {
        const struct topic_case *c = &topic_cases[i];
        char buf[SW_TOPIC_SIZE] = "was here before";
        size_t len = topic_of(c, buf, sizeof(buf));

        if (strcmp(buf, c->want) != 0 || len != strlen(c->want))
            fail_msg("%s: \"%s\" (%zu), want \"%s\"", c->why, buf, len, c->want);
    }
}

static void a_topic_that_does_not_fit_is_none(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(topic_cases); i++) {
        const struct topic_case *c = &topic_cases[i];
        size_t len = strlen(c->want);

        for (size_t cap = 0; cap <= len + 1; cap++) {
            char *buf = malloc(cap ? cap : 1); /* of exactly this size: the sanitizer sees one byte too many */
            size_t got = topic_of(c, buf, cap);

            if (got != (cap > len ? len : 0) || (cap > 0 && strlen(buf) != got))
                fail_msg("%s: %zu in %zu bytes", c->why, got, cap);
            free(buf);
        }
    }
}

static void commands_are_told_apart(void **state)
{
    static const struct {
        const char *topic;
        enum sw_command_topic want;
        const char *ticket, *verb, *why;
    } cases[] = {
        {"cmd/complaint", SW_COMMAND_COMPLAINT, "", "", "a complaint"},
        {"cmd/evidence", SW_COMMAND_EVIDENCE, "", "", "a question"},
        {"cmd/ticket/sw-7k2m4q5xza/accept", SW_COMMAND_TICKET, "sw-7k2m4q5xza", "accept", "a command"},
        {"cmd/ticket/sw-7k2m4q5xza/accept/now", SW_COMMAND_NONE, "", "", "a level too many"},
        {"cmd/ticket/sw-7k2m4q5xza", SW_COMMAND_NONE, "", "", "no verb"},
        {"cmd/ticket//accept", SW_COMMAND_NONE, "", "", "no ticket"},
        {"cmd/ticket/sw-0123456789abcdef/accept", SW_COMMAND_NONE, "", "", "an id that is too long"},
        {"cmd/ticket/SW-1/accept", SW_COMMAND_NONE, "", "", "an id in upper case"},
        {"cmd/complaint/", SW_COMMAND_NONE, "", "", "a level that is empty"},
        {"cmd/schedule", SW_COMMAND_SCHEDULE, "", "", "what the authority says"},
        {"gw/gw-7f3a/cmd/config-patch", SW_COMMAND_GATEWAY, "", "", "for one gateway"},
        {"gw/gw-7f3a/status", SW_COMMAND_NONE, "", "", "of a gateway, and no command"},
        {"cmd/reading", SW_COMMAND_NONE, "", "", "nothing that is taken"},
        {"", SW_COMMAND_NONE, "", "", "nothing"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        char ticket[SW_TOPIC_WORD_SIZE] = "x", verb[SW_TOPIC_WORD_SIZE] = "x";

        CHECK(sw_topic_command(cases[i].topic, ticket, verb) == cases[i].want, "%s", cases[i].why);
        CHECK(strcmp(ticket, cases[i].ticket) == 0 && strcmp(verb, cases[i].verb) == 0, "%s: '%s' '%s'", cases[i].why,
              ticket, verb);
    }
}

static void nobody_has_us_write_anywhere_else(void **state)
{
    static const struct {
        const char *topic, *want, *why;
    } cases[] = {
        {"siteward/1/310115/pd-0042/res/desk/q-1", "res/desk/q-1", "as the contract says"},
        {"siteward/1/310115/pd-0042/res/desk", NULL, "no token"},
        {"siteward/1/310115/pd-0042/res/desk/", NULL, "an empty token"},
        {"siteward/1/310115/pd-0042/res//q-1", NULL, "no client"},
        {"siteward/1/310115/pd-0042/res/desk/q/1", NULL, "a level too many"},
        {"siteward/1/310115/pd-0042/res/+/q-1", NULL, "a wildcard as client"},
        {"siteward/1/310115/pd-0042/res/desk/#", NULL, "a wildcard as token"},
        {"siteward/1/310115/pd-0042/summary", NULL, "a document of ours"},
        {"siteward/1/310115/pd-0043/res/desk/q-1", NULL, "another site"},
        {"siteward/1/310115/pd-0042", NULL, "the site itself"},
        {"res/desk/q-1", NULL, "without the site"},
        {"", NULL, "nothing"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const char *got = sw_topic_response("siteward/1/310115/pd-0042/", cases[i].topic);

        CHECK(cases[i].want ? got && strcmp(got, cases[i].want) == 0 : !got, "%s: %s", cases[i].why, got ? got : "-");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topics_are_those_of_the_contract),
        cmocka_unit_test(a_topic_that_does_not_fit_is_none),
        cmocka_unit_test(commands_are_told_apart),
        cmocka_unit_test(nobody_has_us_write_anywhere_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
