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

#define STAYS 0, SW_STATUS_OPEN

/* clang-format off */
static const struct sw_verb_rule verb_rules[] = {
    /* verb, legal in, by,
     *     moves from, to, must name the revision it was made for, is for merged ones, needs, why */
    {SW_VERB_ACK, BEFORE_RESOLVED, BY(OFFICER) | BY(PLATFORM),
     STAYS, false, false, "", "seen: silences the wall; by a person it meets the deadline to respond"},
    {SW_VERB_DISPATCH, BEFORE_RESOLVED, BY(PLATFORM) | BY(AUTO),
     IN(OPEN), SW_STATUS_DISPATCHED, true, false,
     "assignee.unit, unless the ticket has one", "give it to a unit, or to another one; may set resolve_by"},
    {SW_VERB_ACCEPT, IN(OPEN) | IN(DISPATCHED), BY(PARTY),
     IN(OPEN) | IN(DISPATCHED), SW_STATUS_ACCEPTED, true, false, "", "sign for it"},
    {SW_VERB_RETURN, IN(DISPATCHED) | IN(ACCEPTED) | IN(IN_PROGRESS), BY(PARTY),
     IN(DISPATCHED) | IN(ACCEPTED) | IN(IN_PROGRESS), SW_STATUS_OPEN, true, false,
     "reason", "not ours; the second time in a round it goes to supervision"},
    {SW_VERB_START, IN(ACCEPTED), BY(PARTY),
     IN(ACCEPTED), SW_STATUS_IN_PROGRESS, true, false, "", "work on it begins"},
    {SW_VERB_SUSPEND, BEFORE_RESOLVED, BY(OFFICER) | BY(PLATFORM),
     STAYS, true, false, "until", "the time to resolve stands still; not while it is suspended"},
    {SW_VERB_RESUME, BEFORE_RESOLVED, BY(OFFICER) | BY(PLATFORM),
     STAYS, true, false, "", "end a suspension early; only while it is suspended"},
    {SW_VERB_ESCALATE, BEFORE_RESOLVED, BY(OFFICER) | BY(PLATFORM),
     STAYS, false, false, "", "supervise it: flag and shorter deadlines"},
    {SW_VERB_RESOLVE, IN(ACCEPTED) | IN(IN_PROGRESS), BY(PARTY),
     IN(ACCEPTED) | IN(IN_PROGRESS), SW_STATUS_RESOLVED, true, false,
     "measure, text, and proof (or force with reason)", "done: what was done, and the level is down"},
    {SW_VERB_CALLBACK, IN(RESOLVED) | IN(CLOSED), BY(PLATFORM) | BY(PUBLIC),
     STAYS, true, false, "satisfaction", "what the caller says of it; unsatisfied reopens"},
    {SW_VERB_RATE, IN(RESOLVED) | IN(CLOSED), BY(PLATFORM) | BY(PUBLIC),
     STAYS, true, false, "satisfaction", "the same, by the public's own link; unsatisfied reopens"},
    {SW_VERB_CLOSE, IN(RESOLVED), BY(PLATFORM) | BY(OFFICER),
     IN(RESOLVED), SW_STATUS_CLOSED, true, false, "", "file it"},
    {SW_VERB_REOPEN, IN(RESOLVED) | IN(CLOSED) | IN(AVERTED), BY(PLATFORM) | BY(OFFICER) | BY(AUTO),
     IN(RESOLVED) | IN(CLOSED) | IN(AVERTED), SW_STATUS_OPEN, true, false,
     "", "take it up again, with new deadlines"},
    {SW_VERB_WITHDRAW, BEFORE_RESOLVED, BY(OFFICER) | BY(PLATFORM),
     BEFORE_RESOLVED, SW_STATUS_WITHDRAWN, true, false, "reason", "opened by mistake; final"},
    {SW_VERB_MERGE, BEFORE_RESOLVED, BY(OFFICER) | BY(PLATFORM),
     STAYS, true, false, "into", "its matter is dealt with in another ticket"},
    {SW_VERB_UNMERGE, BEFORE_RESOLVED, BY(OFFICER) | BY(PLATFORM),
     STAYS, true, true, "", "it stands for itself again; only while it is merged"},
    {SW_VERB_LINK, BUT_WITHDRAWN, ANY_ROLE,
     STAYS, false, true, "", "a call about the same matter"},
    {SW_VERB_UNLINK, BUT_WITHDRAWN, ANY_ROLE & ~BY(AGENT),
     STAYS, true, false, "", "a call was about something else"},
    {SW_VERB_NOTE, BUT_WITHDRAWN, ANY_ROLE,
     STAYS, false, true, "text", "a remark"},
};
/* clang-format on */

/* Who can stand behind a door. The platform has checked its users' roles and states them; site staff have the console
 * and the command line, where a hotline's complaint can be typed in too; the engine is nobody but itself. */
static const unsigned door_roles[SW_DOOR__COUNT] = {
    [SW_DOOR_ENGINE] = BY(AUTO),
    [SW_DOOR_MQTT] = ANY_ROLE & ~BY(AUTO),
    [SW_DOOR_CONSOLE] = BY(PARTY) | BY(AGENT),
    [SW_DOOR_CLI] = BY(PARTY) | BY(AGENT),
};

const struct sw_verb_rule *sw_ticket_verb_rule(enum sw_verb verb)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(verb_rules); i++) {
        if (verb_rules[i].verb == verb)
            return &verb_rules[i];
    }
    return NULL;
}

enum sw_status sw_verb_rule_next(const struct sw_verb_rule *rule, enum sw_status status)
{
    return (rule->moves & (1u << status)) ? rule->becomes : status;
}

bool sw_door_admits(enum sw_door door, enum sw_role role)
{
    return (unsigned) door < SW_DOOR__COUNT && (unsigned) role < SW_ROLE__COUNT &&
           (door_roles[door] & (1u << role)) != 0;
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
