// SPDX-License-Identifier: Apache-2.0
/* A resident's complaint as far as this gateway keeps it: ids, time, distance, service code, a reference to the caller
 * that only the hotline can resolve. Text, address and point never come here. Pure. */
#ifndef SW_TICKETS_COMPLAINT_H
#define SW_TICKETS_COMPLAINT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/macros.h"
#include "rules/schedule.h"
#include "tickets/answer.h"
#include "tickets/ticket.h"

#define SW_REQUEST_ID_SIZE 80
#define SW_CALLER_REF_SIZE 80
#define SW_SERVICE_CODE_SIZE 48
#define SW_COMPLAINTS_MAX 4096 /* remembered; older than 30 days they go first */

/** What was found of its time and place when it came; kept with it, so that a replay needs to look up nothing. */
struct sw_complaint_found {
    enum sw_answer_code code;
    char sensor[SW_ID_SIZE];   /* whose measurement decides; "" = none */
    char rule[2 * SW_ID_SIZE]; /* of the worst; "" = none */
    char pack_version[16], statistic[16], quantity[16], unit[16], period[16];
    bool period_is_night;
    int32_t worst, max, limit, over_by; /* hundredths; SW_NO_VALUE */
    int64_t from_us, to_us;             /* of the window of the worst; INT64_MIN = none */
    struct sw_work work;                /* at the time complained of, as known now */
    int8_t work_detected;               /* then: 1, 0; -1 = not known */
};

/** Nothing was found: no data, nothing known of the schedule. */
struct sw_complaint_found sw_complaint_found_none(void);

enum sw_complaint_want { SW_WANT_LINK_OR_OPEN, SW_WANT_ANSWER };

struct sw_complaint_call {
    char id[SW_REQUEST_ID_SIZE]; /* of the document; with by.id the key of idempotence */
    char service_request_id[SW_REQUEST_ID_SIZE];
    char service_code[SW_SERVICE_CODE_SIZE]; /* "noise.construction" */
    char caller_ref[SW_CALLER_REF_SIZE];     /* "" = not told */
    struct sw_actor by;
    int64_t at_us, occurred_us, window_us; /* occurred ± window/2 */
    int32_t distance_m;                    /* to the nearer of outline and sensors, to 50 m; -1 = no coordinates */
    int32_t caller_calls_30d;              /* as the hotline counts; -1 = not told */
    enum sw_complaint_want want;
    struct sw_complaint_found found;
};

enum sw_complaint_outcome {
    SW_COMPLAINT_LINKED,  /* to a ticket that was there */
    SW_COMPLAINT_OPENED,  /* a new one, or one reopened */
    SW_COMPLAINT_NOTHING, /* nothing measured: no ticket, unless an enquiry was wanted */
    SW_COMPLAINT__COUNT
};
const char *sw_complaint_outcome_name(enum sw_complaint_outcome v); /* "linked", "opened", "nothing-measured" */
int sw_complaint_outcome_from_name(const char *s);                  /* -1 = none of them */

/** What became of it. */
struct sw_complaint_result {
    enum sw_complaint_outcome outcome;
    char ticket[16];  /* "" = none */
    bool is_repeated; /* the request id was known: this is the first answer */
    bool is_repeat_caller, raised_class;
};

/** One as it is remembered: for counting callers, for repeated ids, across a restart. */
struct sw_complaint_kept {
    char service_request_id[SW_REQUEST_ID_SIZE], caller_ref[SW_CALLER_REF_SIZE], service_code[SW_SERVICE_CODE_SIZE];
    int64_t at_us, occurred_us, window_us;
    int32_t distance_m;
    enum sw_answer_code code;
    enum sw_complaint_outcome outcome; /* the first answer */
    char ticket[16];                   /* of the first answer; "" = none */
    char counted_in[16]; /* the ticket that it is counted in now; "" = none, "-" = none, and not to be linked */
    bool is_repeat_caller;
};

/** Is this an id and no text? "" passes. err says which field and how it should look. @return SW_OK; SW_E_INVAL */
int sw_complaint_check_ids(const char *service_request_id, const char *caller_ref, struct sw_err *err);
int sw_complaint_check_service(const char *service_code, struct sw_err *err); /* "" does not pass */

struct sw_complaint_counts {
    uint32_t calls_7d, callers_7d, calls_24h, callers_24h, same_caller_30d;
};

#endif
