// SPDX-License-Identifier: Apache-2.0
/* What was measured around an instant, as facts: gathered by gateway/evidence*.c from the store and the engine, judged
 * by sw_answer_*, rendered by io/document_evidence.c. No text of callers is in it. */
#ifndef SW_TICKETS_EVIDENCE_H
#define SW_TICKETS_EVIDENCE_H

#include "common/zone.h"
#include "rules/judge.h"
#include "tickets/answer.h"
#include "tickets/complaint.h"
#include "tickets/desk.h"

#define SW_EVIDENCE_NUMBERS_MAX 16 /* sensors at the boundary, the worst first */
#define SW_EVIDENCE_PARTS_MAX 6    /* periods that the window touches */
#define SW_EVIDENCE_TICKETS_MAX 16
#define SW_EVIDENCE_MEDIA_MAX 16
#define SW_EVIDENCE_SERIES_MAX 360
#define SW_EVIDENCE_SERIES_POINTS 180 /* unless told */
#define SW_EVIDENCE_WINDOW_MIN_S 60
#define SW_EVIDENCE_WINDOW_MAX_S (24 * 3600)
#define SW_EVIDENCE_NEAR_M 500 /* a caller farther away is not near the site; unless configured */

struct sw_evidence_worst {
    char rule[2 * SW_ID_SIZE]; /* "" = nothing was judged */
    char statistic[24];        /* "LAeq,20min" */
    int32_t value, limit, over_by;
    int64_t from_us, to_us;
};

/** One sensor over one stretch. */
struct sw_evidence_number {
    uint16_t sensor;
    enum sw_kind kind;
    enum sw_quantity quantity; /* the level that is judged */
    enum sw_over_limit verdict;
    int32_t leq, max, mean, min;              /* of the stretch, for information; SW_NO_VALUE */
    int32_t limit_leq, limit_max, limit_mean; /* in force; SW_NO_VALUE */
    struct sw_evidence_worst worst;
    uint32_t over_minutes; /* clock minutes in which some judged statistic was over */
    uint32_t n, expected;  /* readings */
    enum sw_quality quality;
};

/** The piece of the window that lies in one period. */
struct sw_evidence_part {
    int64_t from_us, to_us;
    char period[16]; /* "" = none */
    bool is_night;
    enum sw_over_limit verdict;
    enum sw_answer_code code;
    struct sw_work work;
    int work_detected; /* 1, 0, -1 */
    size_t n_numbers;
    struct sw_evidence_number numbers[SW_EVIDENCE_NUMBERS_MAX]; /* worst first */
};

/** The question, checked. */
struct sw_evidence_ask {
    char id[SW_REQUEST_ID_SIZE];
    struct sw_actor by;
    int64_t at_us, window_us;
    bool has_point;
    double lat, lon;    /* dropped after the distance is known */
    int32_t distance_m; /* -1 = no coordinates */
    bool wants_series, wants_media, wants_tickets, wants_schedule, wants_numbers;
    uint32_t series_points;              /* 0 = SW_EVIDENCE_SERIES_POINTS */
    char caller_ref[SW_CALLER_REF_SIZE]; /* of a complaint; "" */
    int category;                        /* enum sw_category that was asked about; -1 = any */
    bool with_zh, with_en;
};

/** "PT30M", "PT1H30M", "P1D": 1 minute to 24 hours. @return SW_OK; SW_E_INVAL with a sentence */
int sw_evidence_window_parse(const char *text, int64_t *ret_us, struct sw_err *err);

/** What an answer is to be read with. A set of bits. */
enum sw_caveat {
    SW_CAVEAT_BOUNDARY = 1u << 0,         /* measured at the boundary, not in the caller's room */
    SW_CAVEAT_STRADDLES = 1u << 1,        /* the window touches several periods: one part each */
    SW_CAVEAT_DATA_MISSING = 1u << 2,     /* less of it was measured than the limits ask for */
    SW_CAVEAT_SENSOR_MISSING = 1u << 3,   /* a sensor gave nothing; the others decide */
    SW_CAVEAT_WEATHER_UNKNOWN = 1u << 4,  /* nobody knows whether wind or rain disturbed */
    SW_CAVEAT_WEATHER_EXCLUDED = 1u << 5, /* readings in wind or rain were left out */
    SW_CAVEAT_SAMPLED = 1u << 6,          /* LAeq from samples instead of integration */
    SW_CAVEAT_ESTIMATE = 1u << 7,         /* LAmax too */
    SW_CAVEAT_CLOCK_UNSYNCED = 1u << 8,
    SW_CAVEAT_CLOCK_CHANGE = 1u << 9, /* the local clock was changed within the window */
    SW_CAVEAT_SHIFTED = 1u << 10,     /* the window ends before `at` + half of it: later is not measured yet */
    SW_CAVEAT_FROM_HUB = 1u << 11,    /* of what a hub has kept: no readings of seconds, no pictures, no signature */
    SW_CAVEAT__END = 1u << 12
};
const char *sw_caveat_name(enum sw_caveat v); /* "boundary-not-indoor" …; "" = none of them */

struct sw_evidence_ticket {
    char id[16], number[80];
    enum sw_status status;
    enum sw_origin origin;
    enum sw_category category;
    enum sw_class class_;
    int64_t opened_us;
    char unit[96], person[64];
};

/** A picture by its hash. (A ticket's own list has a struct of its own in ticket.h.) */
struct sw_evidence_medium {
    char id[11], kind[8], sha256[65];
    int64_t at_us;
};

struct sw_evidence_series {
    uint16_t sensor;
    int64_t t0_us;
    int32_t step_s;
    size_t n;
    int32_t v[SW_EVIDENCE_SERIES_MAX]; /* hundredths; SW_NO_VALUE */
};

/** Everything of one answer. */
struct sw_evidence_facts {
    struct sw_evidence_ask ask; /* without the point */
    int64_t asked_us;
    bool is_of_hub;   /* a hub answers from its own store; as_of_us: of the newest that it has of the site */
    int64_t as_of_us; /* INT64_MIN = nothing */
    int32_t near_m;   /* farther away is not near the site; 0 = SW_EVIDENCE_NEAR_M */
    int64_t from_us, to_us;
    bool has_data;
    unsigned caveats; /* of enum sw_caveat */
    size_t n_parts, top;
    struct sw_evidence_part parts[SW_EVIDENCE_PARTS_MAX]; /* in order of time */
    char permit[64];                                      /* number of the permit that decided; "" = none */
    char published_hours[64];                             /* "06:00-22:00"; "" = none */
    bool is_synced;
    int32_t wind; /* mean, hundredths of m/s; SW_NO_VALUE */
    int8_t rain;  /* 1, 0, -1 */
    size_t n_tickets;
    struct sw_evidence_ticket tickets[SW_EVIDENCE_TICKETS_MAX]; /* the newest first */
    char call_ticket[16]; /* this very call was added to that one; "" = it was only asked */
    struct sw_complaint_counts complaints;
    struct sw_dispatch_basis basis;
    struct sw_evidence_series series; /* n 0 = none */
    size_t n_media;
    struct sw_evidence_medium media[SW_EVIDENCE_MEDIA_MAX];
};

/** Do these rows say over, within, or nothing? Noise decides where noise is measured (unless the question was about
 *  dust), but whatever exceeds, exceeds. Sensors that gave nothing are left out as long as another did. */
enum sw_over_limit sw_evidence_verdict(const struct sw_evidence_number *v, size_t n, int category,
                                       bool *ret_is_one_missing);
/** Worst first, for qsort. */
int sw_evidence_compare(const void *a, const void *b);
/** Codes of all parts and which is on top; needs verdict, work and work_detected of each. Adds caveats. */
void sw_evidence_judge(struct sw_evidence_facts *f, const struct sw_zone *zone);

#define SW_SAY_VERSION "2026.1"
#define SW_HEADLINE_SIZE 128
#define SW_SAY_SIZE 1536

/** lang "zh-CN" (or any zh) or else English. */
void sw_answer_headline(const struct sw_evidence_facts *f, const char *lang, char *buf, size_t cap);
/** What the agent reads out: what was measured where and when, the limit, the difference, whether work was allowed, the
 *  ticket and who is on it, and an offer. */
void sw_answer_say(const struct sw_evidence_facts *f, const struct sw_zone *zone, const char *lang, char *buf,
                   size_t cap);

#endif
