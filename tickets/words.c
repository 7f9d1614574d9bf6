// SPDX-License-Identifier: Apache-2.0
/* The words of the contract for a ticket's origin, stage, status, verbs, roles, and back. Only tables: what the words
 * mean is in ticket.c and the desk. */
#include "tickets/ticket.h"

#include <string.h>

static const char *const origin_names[SW_ORIGIN__COUNT] = {
    [SW_ORIGIN_PREVENTIVE] = "preventive", [SW_ORIGIN_EXCEEDANCE] = "exceedance", [SW_ORIGIN_SCHEDULE] = "schedule",
    [SW_ORIGIN_COMPLAINT] = "complaint",   [SW_ORIGIN_DEVICE] = "device",
};
static const char *const category_names[SW_CATEGORY__COUNT] = {
    [SW_CATEGORY_NOISE] = "noise",
    [SW_CATEGORY_DUST] = "dust",
    [SW_CATEGORY_WORK] = "work",
    [SW_CATEGORY_DEVICE] = "device",
};
static const char *const stage_names[SW_STAGE__COUNT] = {
    [SW_STAGE_NONE] = "",
    [SW_STAGE_FORECAST] = "forecast",
    [SW_STAGE_EXCEEDED] = "exceeded",
    [SW_STAGE_RECOVERED] = "recovered",
};
static const char *const status_names[SW_STATUS__COUNT] = {
    [SW_STATUS_OPEN] = "open",         [SW_STATUS_DISPATCHED] = "dispatched",
    [SW_STATUS_ACCEPTED] = "accepted", [SW_STATUS_IN_PROGRESS] = "in_progress",
    [SW_STATUS_RESOLVED] = "resolved", [SW_STATUS_CLOSED] = "closed",
    [SW_STATUS_AVERTED] = "averted",   [SW_STATUS_WITHDRAWN] = "withdrawn",
};
static const char *const verb_names[SW_VERB__COUNT] = {
    [SW_VERB_OPEN] = "open",         [SW_VERB_EXCEED] = "exceed",   [SW_VERB_RECOVER] = "recover",
    [SW_VERB_AVERT] = "avert",       [SW_VERB_OVERDUE] = "overdue", [SW_VERB_ACK] = "ack",
    [SW_VERB_DISPATCH] = "dispatch", [SW_VERB_ACCEPT] = "accept",   [SW_VERB_RETURN] = "return",
    [SW_VERB_START] = "start",       [SW_VERB_SUSPEND] = "suspend", [SW_VERB_RESUME] = "resume",
    [SW_VERB_ESCALATE] = "escalate", [SW_VERB_RESOLVE] = "resolve", [SW_VERB_CALLBACK] = "callback",
    [SW_VERB_RATE] = "rate",         [SW_VERB_CLOSE] = "close",     [SW_VERB_REOPEN] = "reopen",
    [SW_VERB_WITHDRAW] = "withdraw", [SW_VERB_MERGE] = "merge",     [SW_VERB_UNMERGE] = "unmerge",
    [SW_VERB_LINK] = "link",         [SW_VERB_UNLINK] = "unlink",   [SW_VERB_NOTE] = "note",
    [SW_VERB_REMIND] = "remind",
};
static const char *const verb_past_names[SW_VERB__COUNT] = {
    [SW_VERB_OPEN] = "opened",         [SW_VERB_EXCEED] = "exceeded",   [SW_VERB_RECOVER] = "recovered",
    [SW_VERB_AVERT] = "averted",       [SW_VERB_OVERDUE] = "overdue",   [SW_VERB_ACK] = "acked",
    [SW_VERB_DISPATCH] = "dispatched", [SW_VERB_ACCEPT] = "accepted",   [SW_VERB_RETURN] = "returned",
    [SW_VERB_START] = "started",       [SW_VERB_SUSPEND] = "suspended", [SW_VERB_RESUME] = "resumed",
    [SW_VERB_ESCALATE] = "escalated",  [SW_VERB_RESOLVE] = "resolved",  [SW_VERB_CALLBACK] = "called-back",
    [SW_VERB_RATE] = "rated",          [SW_VERB_CLOSE] = "closed",      [SW_VERB_REOPEN] = "reopened",
    [SW_VERB_WITHDRAW] = "withdrawn",  [SW_VERB_MERGE] = "merged",      [SW_VERB_UNMERGE] = "unmerged",
    [SW_VERB_LINK] = "linked",         [SW_VERB_UNLINK] = "unlinked",   [SW_VERB_NOTE] = "noted",
    [SW_VERB_REMIND] = "reminded",
};
static const char *const role_names[SW_ROLE__COUNT] = {
    [SW_ROLE_AUTO] = "auto",     [SW_ROLE_PLATFORM] = "platform", [SW_ROLE_OFFICER] = "officer",
    [SW_ROLE_PARTY] = "party",   [SW_ROLE_AGENT] = "agent",       [SW_ROLE_AUTHORITY] = "authority",
    [SW_ROLE_PUBLIC] = "public",
};
static const char *const door_names[SW_DOOR__COUNT] = {
    [SW_DOOR_ENGINE] = "engine",
    [SW_DOOR_MQTT] = "mqtt",
    [SW_DOOR_CONSOLE] = "console",
    [SW_DOOR_CLI] = "cli",
};
static const char *const work_state_names[SW_WORK__COUNT] = {
    [SW_WORK_NO_SCHEDULE] = "no_schedule",           [SW_WORK_SCHEDULED] = "scheduled",
    [SW_WORK_UNSCHEDULED] = "unscheduled",           [SW_WORK_PERMITTED_NIGHT] = "permitted_night",
    [SW_WORK_PROHIBITED_NIGHT] = "prohibited_night", [SW_WORK_QUIET_PERIOD] = "quiet_period",
};

static const char *const refusal_names[SW_REFUSAL__COUNT] = {
    [SW_REFUSAL_NONE] = "",
    [SW_REFUSAL_NOT_FOUND] = "not-found",
    [SW_REFUSAL_FORBIDDEN] = "forbidden",
    [SW_REFUSAL_NOT_LEGAL] = "not-legal",
    [SW_REFUSAL_INVALID] = "invalid",
    [SW_REFUSAL_CONFLICT] = "conflict",
    [SW_REFUSAL_NO_PROOF] = "no-proof",
    [SW_REFUSAL_ID_REUSED] = "id-reused",
    [SW_REFUSAL_EXPIRED] = "expired",
    [SW_REFUSAL_OVERLOADED] = "overloaded",
};

static const char *name_of(const char *const *names, size_t n, unsigned v)
{
    return v < n ? names[v] : "";
}

static int number_of(const char *const *names, size_t n, const char *s)
{
    if (!s || !*s)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], s) == 0)
            return (int) i;
    }
    return -1;
}

const char *sw_origin_name(enum sw_origin v)
{
    return name_of(origin_names, SW_ORIGIN__COUNT, (unsigned) v);
}

const char *sw_category_name(enum sw_category v)
{
    return name_of(category_names, SW_CATEGORY__COUNT, (unsigned) v);
}

const char *sw_stage_name(enum sw_stage v)
{
    return name_of(stage_names, SW_STAGE__COUNT, (unsigned) v);
}

const char *sw_status_name(enum sw_status v)
{
    return name_of(status_names, SW_STATUS__COUNT, (unsigned) v);
}

const char *sw_verb_name(enum sw_verb v)
{
    return name_of(verb_names, SW_VERB__COUNT, (unsigned) v);
}

const char *sw_verb_past_name(enum sw_verb v)
{
    return name_of(verb_past_names, SW_VERB__COUNT, (unsigned) v);
}

const char *sw_role_name(enum sw_role v)
{
    return name_of(role_names, SW_ROLE__COUNT, (unsigned) v);
}

const char *sw_door_name(enum sw_door v)
{
    return name_of(door_names, SW_DOOR__COUNT, (unsigned) v);
}

const char *sw_work_state_name(enum sw_work_state v)
{
    return name_of(work_state_names, SW_WORK__COUNT, (unsigned) v);
}

const char *sw_refusal_name(enum sw_refusal v)
{
    return name_of(refusal_names, SW_REFUSAL__COUNT, (unsigned) v);
}

bool sw_satisfaction_is_known(const char *s)
{
    static const char *const words[] = {"satisfied", "basically-satisfied", "unsatisfied"};

    return number_of(words, SW_ARRAY_SIZE(words), s) >= 0;
}

int sw_origin_from_name(const char *s)
{
    return number_of(origin_names, SW_ORIGIN__COUNT, s);
}

int sw_category_from_name(const char *s)
{
    return number_of(category_names, SW_CATEGORY__COUNT, s);
}

int sw_stage_from_name(const char *s)
{
    return number_of(stage_names, SW_STAGE__COUNT, s);
}

int sw_status_from_name(const char *s)
{
    return number_of(status_names, SW_STATUS__COUNT, s);
}

int sw_verb_from_name(const char *s)
{
    return number_of(verb_names, SW_VERB__COUNT, s);
}

int sw_role_from_name(const char *s)
{
    return number_of(role_names, SW_ROLE__COUNT, s);
}

int sw_door_from_name(const char *s)
{
    return number_of(door_names, SW_DOOR__COUNT, s);
}

int sw_work_state_from_name(const char *s)
{
    return number_of(work_state_names, SW_WORK__COUNT, s);
}
