// SPDX-License-Identifier: Apache-2.0
/* The table of verbs and the history of one ticket. Which verb does what to a ticket is in desk_command.c, which
 * finding in desk_finding.c; the words of the contract are in words.c. */
#include "tickets/ticket.h"

#include <string.h>

/* Sets of states and roles, as the table below reads them. */
#define IN(status) (1u << SW_STATUS_##status)
#define BY(role) (1u << SW_ROLE_##role)
#define BEFORE_RESOLVED (IN(OPEN) | IN(DISPATCHED) | IN(ACCEPTED) | IN(IN_PROGRESS))
#define BUT_WITHDRAWN (BEFORE_RESOLVED | IN(RESOLVED) | IN(CLOSED) | IN(AVERTED))
#define ANY_ROLE ((1u << SW_ROLE__COUNT) - 1u)

static const struct sw_verb_rule verb_rules[] = {
    /* verb, legal in, by, the command names the revision it was made for */
    {SW_VERB_ACK, BEFORE_RESOLVED, BY(OFFICER) | BY(PLATFORM), false},
    {SW_VERB_DISPATCH, BEFORE_RESOLVED, BY(PLATFORM) | BY(AUTO), true},
    {SW_VERB_ACCEPT, IN(OPEN) | IN(DISPATCHED), BY(PARTY), true},
    {SW_VERB_RETURN, IN(DISPATCHED) | IN(ACCEPTED) | IN(IN_PROGRESS), BY(PARTY), true},
    {SW_VERB_START, IN(ACCEPTED), BY(PARTY), true},
    {SW_VERB_SUSPEND, BEFORE_RESOLVED, BY(OFFICER) | BY(PLATFORM), true},
    {SW_VERB_RESUME, BEFORE_RESOLVED, BY(OFFICER) | BY(PLATFORM), true},
    {SW_VERB_ESCALATE, BEFORE_RESOLVED, BY(OFFICER) | BY(PLATFORM), false},
    {SW_VERB_RESOLVE, IN(ACCEPTED) | IN(IN_PROGRESS), BY(PARTY), true},
    {SW_VERB_CALLBACK, IN(RESOLVED) | IN(CLOSED), BY(PLATFORM) | BY(PUBLIC), true},
    {SW_VERB_RATE, IN(RESOLVED) | IN(CLOSED), BY(PLATFORM) | BY(PUBLIC), true},
    {SW_VERB_CLOSE, IN(RESOLVED), BY(PLATFORM) | BY(OFFICER), true},
    {SW_VERB_REOPEN, IN(RESOLVED) | IN(CLOSED) | IN(AVERTED), BY(PLATFORM) | BY(OFFICER) | BY(AUTO), true},
    {SW_VERB_WITHDRAW, BEFORE_RESOLVED, BY(OFFICER) | BY(PLATFORM), true},
    {SW_VERB_MERGE, BEFORE_RESOLVED, BY(OFFICER) | BY(PLATFORM), true},
    {SW_VERB_UNMERGE, BEFORE_RESOLVED, BY(OFFICER) | BY(PLATFORM), true},
    {SW_VERB_LINK, BUT_WITHDRAWN, ANY_ROLE, false},
    {SW_VERB_UNLINK, BUT_WITHDRAWN, ANY_ROLE & ~BY(AGENT), true},
    {SW_VERB_NOTE, BUT_WITHDRAWN, ANY_ROLE, false},
};

const struct sw_verb_rule *sw_ticket_verb_rule(enum sw_verb verb)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(verb_rules); i++) {
        if (verb_rules[i].verb == verb)
            return &verb_rules[i];
    }
    return NULL;
}

bool sw_ticket_is_open(const struct sw_ticket *t)
{
    return t->status <= SW_STATUS_RESOLVED;
}

bool sw_role_is_person(enum sw_role role)
{
    return role != SW_ROLE_AUTO && role != SW_ROLE_PLATFORM && (unsigned) role < SW_ROLE__COUNT;
}

void sw_ticket_record(struct sw_ticket *t, enum sw_verb verb, enum sw_stage stage, int64_t at_us,
                      const struct sw_actor *by)
{
    if (t->n_history == SW_HISTORY_MAX) {
        struct sw_history *last = t->history + SW_HISTORY_FIRST;

        memmove(last, last + 1, (SW_HISTORY_LAST - 1) * sizeof *last);
        t->n_history--;
    }
    t->history[t->n_history++] = (struct sw_history){.verb = verb, .stage = stage, .at_us = at_us, .by = *by};
    t->history_total++;
    t->revision++;
    t->event_revision = t->revision;
    t->changed_us = at_us;
}
