// SPDX-License-Identifier: Apache-2.0
/* A ticket, its states and its verbs. One table (sw_ticket_verb_rule) says which verb is legal where and for whom;
 * everything that changes a ticket goes through the desk. Pure, no allocation.
 * Source of the life cycle: docs/explanation/measuring.md; words: docs/reference/documents.md. */
#ifndef SW_TICKETS_TICKET_H
#define SW_TICKETS_TICKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"
#include "rules/schedule.h"
#include "tickets/hotline.h"

enum sw_origin {
    SW_ORIGIN_PREVENTIVE,
    SW_ORIGIN_EXCEEDANCE,
    SW_ORIGIN_SCHEDULE,
    SW_ORIGIN_COMPLAINT,
    SW_ORIGIN_DEVICE,
    SW_ORIGIN__COUNT
};
enum sw_category { SW_CATEGORY_NOISE, SW_CATEGORY_DUST, SW_CATEGORY_WORK, SW_CATEGORY_DEVICE, SW_CATEGORY__COUNT };
enum sw_stage { SW_STAGE_NONE, SW_STAGE_FORECAST, SW_STAGE_EXCEEDED, SW_STAGE_RECOVERED, SW_STAGE__COUNT };
enum sw_status {
    SW_STATUS_OPEN,
    SW_STATUS_DISPATCHED,
    SW_STATUS_ACCEPTED,
    SW_STATUS_IN_PROGRESS,
    SW_STATUS_RESOLVED,
    SW_STATUS_CLOSED,
    SW_STATUS_AVERTED,
    SW_STATUS_WITHDRAWN,
    SW_STATUS__COUNT
};
enum sw_verb {
    /* of the engine itself */
    SW_VERB_OPEN,
    SW_VERB_EXCEED,
    SW_VERB_RECOVER,
    SW_VERB_AVERT,
    SW_VERB_OVERDUE,
    SW_VERB_REMIND, /* a deadline is near */
    /* of people and platforms (and, some, of the engine) */
    SW_VERB_ACK,
    SW_VERB_DISPATCH,
    SW_VERB_ACCEPT,
    SW_VERB_RETURN,
    SW_VERB_START,
    SW_VERB_SUSPEND,
    SW_VERB_RESUME,
    SW_VERB_ESCALATE,
    SW_VERB_RESOLVE,
    SW_VERB_CALLBACK,
    SW_VERB_RATE,
    SW_VERB_CLOSE,
    SW_VERB_REOPEN,
    SW_VERB_WITHDRAW,
    SW_VERB_MERGE,
    SW_VERB_UNMERGE,
    SW_VERB_LINK,
    SW_VERB_UNLINK,
    SW_VERB_NOTE,
    SW_VERB__COUNT
};
enum sw_role {
    SW_ROLE_AUTO,
    SW_ROLE_PLATFORM,
    SW_ROLE_OFFICER,
    SW_ROLE_PARTY,
    SW_ROLE_AGENT,
    SW_ROLE_AUTHORITY,
    SW_ROLE_PUBLIC,
    SW_ROLE__COUNT
};
enum sw_door { SW_DOOR_ENGINE, SW_DOOR_MQTT, SW_DOOR_CONSOLE, SW_DOOR_CLI, SW_DOOR__COUNT };
enum sw_attribution { SW_ATTRIBUTION_UNKNOWN, SW_ATTRIBUTION_SITE };
enum sw_overdue { SW_OVERDUE_RESPOND = 1, SW_OVERDUE_DISPATCH = 2, SW_OVERDUE_RESOLVE = 4 };
#define SW_REMINDED_REVIEW 8u /* of ticket.reminded: its review by the month was asked for */

struct sw_actor {
    char id[SW_ID_SIZE]; /* "party:wang" */
    enum sw_role role;
    enum sw_door door;
};

/** Family of a matter about work that was published too late, in the place of a rule's. */
#define SW_FAMILY_LATE_PUBLICATION "late-publication"
/* Families of matters that only callers tell of. */
#define SW_FAMILY_CHECK "check"
#define SW_FAMILY_ENQUIRY "enquiry"
/* Families of matters about the equipment. */
#define SW_FAMILY_TAMPER "tamper"
#define SW_FAMILY_DOOR "door"
#define SW_FAMILY_POWER "power"
#define SW_FAMILY_SILENT "silent"

#define SW_HISTORY_FIRST 5
#define SW_HISTORY_LAST 45
#define SW_HISTORY_MAX (SW_HISTORY_FIRST + SW_HISTORY_LAST)
#define SW_NOTE_SIZE 200

/** Why a command was refused: detail of the error that comes with it. Its name ends the problem's type
 *  (urn:siteward:error:no-proof). */
enum sw_refusal {
    SW_REFUSAL_NONE,
    SW_REFUSAL_NOT_FOUND,  /* no such ticket */
    SW_REFUSAL_FORBIDDEN,  /* role, or the door it came through */
    SW_REFUSAL_NOT_LEGAL,  /* not in this status */
    SW_REFUSAL_INVALID,    /* a field is missing or wrong */
    SW_REFUSAL_CONFLICT,   /* stale revision */
    SW_REFUSAL_NO_PROOF,   /* resolve without good data below the margin */
    SW_REFUSAL_ID_REUSED,  /* the same key with other content */
    SW_REFUSAL_EXPIRED,    /* `expires` passed, or `at` lies ahead */
    SW_REFUSAL_OVERLOADED, /* a ceiling was reached */
    SW_REFUSAL__COUNT
};
const char *sw_refusal_name(enum sw_refusal v); /* "not-found" …; "" for NONE */

struct sw_history {
    enum sw_verb verb;
    enum sw_stage stage; /* NONE unless the verb set it */
    int64_t at_us;
    struct sw_actor by;
    bool forced; /* a resolve without proof: this stays, whatever comes after */
};

struct sw_assignee {
    char unit[96], person[64], phone[32], department[96], street[64];
};

#define SW_EVIDENCE_MAX 8

/** Something that shows the matter: a picture, by its hash. */
struct sw_evidence {
    char id[11], kind[8]; /* "image" */
    char sha256[65];
    int64_t at_us, bytes;
};

/** A picture that came for a ticket. */
struct sw_ticket_media {
    char ticket[16];
    struct sw_evidence evidence;
};

struct sw_ticket {
    char id[16];     /* "sw-" + 10 characters */
    char number[80]; /* "PD0042-20260302-007" */
    char matter_key[4 * SW_ID_SIZE];
    char previous[16]; /* id of the matter's earlier ticket, "" */
    uint32_t revision; /* 1 at opening, + 1 each change */
    enum sw_origin origin;
    enum sw_category category;
    enum sw_stage stage;
    enum sw_attribution attribution;
    enum sw_class class_;
    enum sw_status status;
    uint32_t event_revision; /* of the newest history entry: later ones only refined `measured` or reminded (commands of
                                it are not stale) */
    uint32_t reopens;
    int averted_acted;                       /* -1 not averted; 0 lapsed; 1 acted */
    int64_t opened_us, changed_us, ended_us; /* ended: INT64_MIN while open */

    /* what it is about */
    char sensor[SW_ID_SIZE];
    char rule[2 * SW_ID_SIZE]; /* "" for tickets without a rule */
    char pack_version[16];
    char period[16]; /* "night" */
    bool period_is_night;
    char quantity[16], unit[16]; /* "LAeq", "dBA" */
    char statistic[16];          /* "leq", "max", "mean" */
    int32_t limit;               /* hundredths, SW_NO_VALUE */
    /* forecast as it stood when it fired; at INT64_MIN = none */
    int64_t forecast_at_us, crosses_at_us;
    double probability;
    int32_t budget_s;
    /* measured; from INT64_MIN = nothing over yet, to INT64_MIN = goes on */
    int32_t worst, max, over_by;
    int64_t measured_from_us, measured_to_us;
    bool measured_is_good;
    struct sw_work work;
    int64_t work_at_us;        /* the instant that `work` speaks of; 0 = not known, of an older program */
    int32_t schedule_revision; /* that `work` was judged by; 0 = there was no schedule */
    int64_t rejudged_at_us;    /* when a later publication changed the verdict; 0 = none did */
    struct sw_work rejudged;   /* what it is since then; `work` stays */

    struct sw_assignee assignee;
    char agency_responsible[96];
    int64_t respond_by_us, dispatch_by_us, resolve_by_us; /* INT64_MIN = none */
    int64_t responded_us, dispatched_us;                  /* first time, INT64_MIN = not yet */
    bool escalated, returned, suspended, forced;
    bool acted; /* since it was (re)opened a person accepted, started, resolved or noted something, or an output went on
                 */
    bool resolve_in_workdays; /* resolve_by stands in working days: a suspension moves it by its working length */
    bool is_enquiry;          /* a complaint with which nothing was measured: set before sw_desk_set_deadlines */
    bool raised_by_callers;   /* the third caller raises the class: once */
    unsigned overdue;         /* set of sw_overdue */
    int64_t suspended_until_us;
    uint32_t returns;
    unsigned reminded;                          /* set of sw_overdue and SW_REMINDED_REVIEW: done in this round */
    char measure[32], resolution[SW_NOTE_SIZE]; /* of resolve */
    char satisfaction[24];
    char merged_into[16]; /* its matter is dealt with in that ticket; "" = in this one */
    /* While it is merged its deadlines rest since then (0 = they do not); the one to resolve only since a suspension
     * ended, which has moved it already. */
    int64_t rests_since_us, resolve_rests_since_us;
    uint32_t calls, callers, repeat_callers;
    /* Those who called about it and about what is merged into it: they stand in both, and count here once. */
    uint32_t shared_callers, shared_repeat_callers;

    uint32_t history_total;
    size_t n_history; /* entries kept: the first 5 and the newest 45 */
    struct sw_history history[SW_HISTORY_MAX];
    size_t n_evidence; /* the newest */
    struct sw_evidence evidence[SW_EVIDENCE_MAX];
};

/** One event of a ticket: what `ticket/{id}/event` says. */
struct sw_ticket_event {
    char id[11];
    char ticket[16];
    uint32_t revision;
    enum sw_verb verb;
    enum sw_status status;
    int64_t at_us;
    struct sw_actor by;
    char note[SW_NOTE_SIZE];
};

/** A command of a person or platform on one ticket (documents of section 4 of the contract). */
struct sw_ticket_command {
    char id[SW_ID_SIZE];
    char ticket[16];
    enum sw_verb verb;
    struct sw_actor by;
    uint32_t revision; /* 0 = not given */
    char text[SW_NOTE_SIZE], measure[32], reason[SW_NOTE_SIZE];
    bool has_assignee;
    struct sw_assignee assignee;
    int64_t resolve_by_us, until_us; /* INT64_MIN = not given */
    bool force, unsatisfied;
    char satisfaction[24];
    char into[16];                               /* merge */
    char service_request_id[80], caller_ref[80]; /* link, unlink: of which complaint; "" = not told */
};

/** A row of the table of verbs. Bit k of `states` = legal in status k; bit k of `roles` = by role k. */
struct sw_verb_rule {
    enum sw_verb verb;
    unsigned states, roles;
    unsigned moves;         /* set of states that it takes the ticket out of; in the others the status stays */
    enum sw_status becomes; /* where to */
    bool needs_revision;
    bool is_for_merged;      /* legal while the ticket is merged into another; unmerge then only */
    const char *needs, *why; /* what the command must say; what it is for */
};

/** The rule of a verb, or NULL for verbs that only the engine does. */
const struct sw_verb_rule *sw_ticket_verb_rule(enum sw_verb verb);

/** The status after a legal verb. A bad answer (callback, rate) reopens the ticket besides. */
enum sw_status sw_verb_rule_next(const struct sw_verb_rule *rule, enum sw_status status);

/** May somebody who came through this door act in this role? */
bool sw_door_admits(enum sw_door door, enum sw_role role);

/** open, dispatched, accepted, in_progress, resolved */
bool sw_ticket_is_open(const struct sw_ticket *t);

/** True for everyone but the engine and the platform's own account: only these meet the deadline to respond. */
bool sw_role_is_person(enum sw_role role);

/** Append to the history, keeping the first 5 and the newest 45; raises revision (event_revision with it) and
 *  changed_us. Status and stage are the caller's. */
void sw_ticket_record(struct sw_ticket *t, enum sw_verb verb, enum sw_stage stage, int64_t at_us,
                      const struct sw_actor *by);

/* Words of the contract. Unknown numbers give "". */
const char *sw_origin_name(enum sw_origin v);
const char *sw_category_name(enum sw_category v);
const char *sw_stage_name(enum sw_stage v);
const char *sw_status_name(enum sw_status v);
const char *sw_verb_name(enum sw_verb v);      /* "accept" */
const char *sw_verb_past_name(enum sw_verb v); /* "accepted": of the event's CloudEvents type */
const char *sw_role_name(enum sw_role v);
const char *sw_door_name(enum sw_door v);
const char *sw_work_state_name(enum sw_work_state v);
/** What a caller may say of the outcome: "satisfied", "basically-satisfied" (as hotlines ask), "unsatisfied". */
bool sw_satisfaction_is_known(const char *s);
/* And back; -1 if the word is none of them. */
int sw_origin_from_name(const char *s);
int sw_category_from_name(const char *s);
int sw_stage_from_name(const char *s);
int sw_status_from_name(const char *s);
int sw_verb_from_name(const char *s);
int sw_role_from_name(const char *s);
int sw_door_from_name(const char *s);
int sw_work_state_from_name(const char *s);

/** Title of a ticket for people. lang "zh-CN" (or any zh) or else English; cut at a whole character. */
void sw_ticket_title(const struct sw_ticket *t, const char *lang, char *buf, size_t cap);

#endif
