// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a file of recorded ticket commands: what is taken has a verb, an actor and a time that ascends, and
 * every text in it ends. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sw_commands *c = NULL;
    struct sw_ticket_command got;
    struct sw_err err = {0};
    int64_t at_us, last_us = INT64_MIN;
    int rc;

    FUZZ_CHECK(sw_commands_open(fuzz_file(data, size), fuzz_sink(), &c, &err) == SW_OK, "%s", err.msg);
    while ((rc = sw_commands_next(c, &got, &at_us, &err)) == 1) {
        FUZZ_CHECK(at_us >= last_us, "time goes back");
        last_us = at_us;
        check_command(&got);
    }
    FUZZ_CHECK(rc == 0, "code %d: %s", rc, err.msg);
    sw_commands_close(c);
    return 0;
}
