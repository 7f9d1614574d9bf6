// SPDX-License-Identifier: Apache-2.0
/* The hotline's indicators over a stretch of time, from tickets and complaints as they stood at its end: closure,
 * first-time resolution, satisfaction, on-time response, averted and lapsed warnings, measured confirmation; matters of
 * many callers, callers of many calls, tickets that are stuck. Pure; bounded; every share keeps what it is a share of,
 * and is unknown, not zero, when that is nothing. Definitions: docs/reference/indicators.md. */
#ifndef SW_TICKETS_INDICATORS_H
#define SW_TICKETS_INDICATORS_H

#include "tickets/complaint.h"
#include "tickets/ticket.h"

#define SW_INDICATORS_LIST_MAX 20    /* shown of each list; the worst first */
#define SW_INDICATORS_BOOK_MAX 8192  /* complaints that are counted by matter and caller */
#define SW_INDICATORS_MERGED_MAX 512 /* tickets whose callers are counted in another one */

struct sw_ratio {
    uint32_t n, of;
};

enum sw_stuck {
    SW_STUCK_OVERDUE = 1,  /* a deadline was missed */
    SW_STUCK_RETURNED = 2, /* nobody took it */
    SW_STUCK_REOPENED = 4, /* it came back */
    SW_STUCK_SUSPENDED = 8 /* it rests */
};

struct sw_stuck_ticket {
    char id[16], number[80];
    struct sw_assignee assignee;
    enum sw_class class_;
    enum sw_status status;
    unsigned why; /* set of sw_stuck */
    int64_t opened_us, resolve_by_us;
};

struct sw_many_callers { /* one matter, many people */
    char ticket[16];
    uint32_t calls, callers;
    int64_t last_us;
};

struct sw_repeat_caller { /* one person, many calls */
    char caller_ref[SW_CALLER_REF_SIZE];
    uint32_t calls, tickets;
    int64_t last_us;
};

struct sw_indicators {
    struct sw_ratio closure;          /* closed / due */
    struct sw_ratio first_time;       /* closed and never reopened / closed */
    struct sw_ratio satisfaction;     /* satisfied / rated */
    struct sw_ratio response_on_time; /* first response in time / response due */
    struct sw_ratio averted, lapsed;  /* acted upon, by itself / preventive tickets that ended or exceeded */
    struct sw_ratio confirmed;        /* over a limit / complaints that could be measured */
    uint32_t opened, opened_of[SW_CLASS__COUNT], closed, reopened, withdrawn, forced, open_at_end, overdue_at_end;
    uint32_t calls, callers, calls_linked, calls_opened, calls_nothing;
    size_t n_many, n_repeat, n_stuck; /* as many as are shown */
    uint32_t many_total, repeat_total, stuck_total;
    struct sw_many_callers many[SW_INDICATORS_LIST_MAX];
    struct sw_repeat_caller repeat[SW_INDICATORS_LIST_MAX];
    struct sw_stuck_ticket stuck[SW_INDICATORS_LIST_MAX];
};

struct sw_indicators_job; /* while it counts */

/** Over [from, to). Repeat callers are counted over the 30 days that end with it. NULL = no memory */
struct sw_indicators_job *sw_indicators_new(int64_t from_us, int64_t to_us);
struct sw_indicators_job *sw_indicators_free(struct sw_indicators_job *j); /* NULL is fine; always returns NULL */

/** A ticket as it stood at the end, each once, in any order. */
void sw_indicators_ticket(struct sw_indicators_job *j, const struct sw_ticket *t);
/** A complaint, from 30 days before the end on, each once, in any order. Beyond SW_INDICATORS_BOOK_MAX they count as
 *  calls only. */
void sw_indicators_complaint(struct sw_indicators_job *j, const struct sw_complaint_kept *k);
/** The sums so far; may be asked again. */
void sw_indicators_sum(struct sw_indicators_job *j, struct sw_indicators *ret);

/** Share in hundredths of a percent, rounded half up; -1 = of nothing. */
int32_t sw_ratio_percent_100(struct sw_ratio r);

#endif
