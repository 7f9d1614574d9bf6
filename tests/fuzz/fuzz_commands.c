// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a file of recorded commands and complaints: what is taken has a verb, an actor and a time that ascends,
 * every text in it ends, and what is written of it is read as the same. */
#include "fuzz.h"

#include <string.h>

#include "cli/commands.h"

#define ENDS(text) (memchr(text, '\0', sizeof(text)) != NULL)

static void check_command(const struct sw_ticket_command *c)
{
    FUZZ_CHECK(ENDS(c->id) && ENDS(c->ticket) && ENDS(c->text) && ENDS(c->measure) && ENDS(c->reason) &&
                   ENDS(c->satisfaction) && ENDS(c->by.id),
               "a text without an end");
    FUZZ_CHECK(ENDS(c->assignee.unit) && ENDS(c->assignee.person) && ENDS(c->assignee.phone) &&
                   ENDS(c->assignee.department) && ENDS(c->assignee.street),
               "a text of the assignee without an end");
    FUZZ_CHECK(c->id[0] && c->ticket[0] && c->by.id[0], "a command of nobody, or on nothing");
    FUZZ_CHECK(sw_ticket_verb_rule(c->verb) && c->by.role < SW_ROLE__COUNT, "verb %d by role %d", c->verb, c->by.role);
    FUZZ_CHECK(!c->has_assignee || c->assignee.unit[0], "an assignee without a unit");
}

static void check_complaint(const struct sw_complaint_call *c)
{
    FUZZ_CHECK(ENDS(c->id) && ENDS(c->service_request_id) && ENDS(c->service_code) && ENDS(c->caller_ref) &&
                   ENDS(c->by.id) && ENDS(c->found.sensor) && ENDS(c->found.rule) && ENDS(c->found.period),
               "a text without an end");
    FUZZ_CHECK(c->id[0] && c->by.id[0] && c->service_request_id[0], "a complaint of nobody");
    FUZZ_CHECK(c->window_us >= 60000000 && c->window_us <= 86400000000, "a window of %lld us",
               (long long) c->window_us);
    FUZZ_CHECK((unsigned) c->found.code < SW_ANSWER__COUNT, "no code of an answer");
}

/* As the store keeps it, and back. */
static void check_round(const struct sw_request_given *g)
{
    static char first[SW_REQUEST_GIVEN_MAX], second[SW_REQUEST_GIVEN_MAX];
    struct sw_request_given again;
    struct sw_zone utc;
    struct sw_err err = {0};
    size_t len;

    sw_zone_init_utc(&utc);
    len = sw_request_given_write(g, &utc, first, sizeof(first));
    FUZZ_CHECK(len > 0, "what was read does not fit");
    FUZZ_CHECK(sw_request_given_read(first, len, &again, &err) == SW_OK, "%s: %s", err.msg, first);
    FUZZ_CHECK(sw_request_given_write(&again, &utc, second, sizeof(second)) == len && memcmp(first, second, len) == 0,
               "%s became %s", first, second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sw_commands *c = NULL;
    struct sw_request_given got;
    struct sw_err err = {0};
    int64_t last_us = INT64_MIN;
    int rc;

    FUZZ_CHECK(sw_commands_open(fuzz_file(data, size), fuzz_sink(), &c, &err) == SW_OK, "%s", err.msg);
    while ((rc = sw_commands_next(c, &got, &err)) == 1) {
        FUZZ_CHECK(got.at_us >= last_us, "time goes back");
        last_us = got.at_us;
        if (got.kind == SW_REQUEST_TICKET)
            check_command(&got.ticket);
        else
            check_complaint(&got.complaint);
        check_round(&got);
    }
    FUZZ_CHECK(rc == 0, "code %d: %s", rc, err.msg);
    sw_commands_close(c);
    return 0;
}
