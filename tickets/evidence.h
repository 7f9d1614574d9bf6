// SPDX-License-Identifier: Apache-2.0
/* What was measured around an instant, as facts: gathered by gateway/evidence.c from the store and the engine, judged
 * by sw_answer_*, rendered by io/document_evidence.c. No text of people is in it. */
#ifndef SW_TICKETS_EVIDENCE_H
#define SW_TICKETS_EVIDENCE_H

#include "rules/judge.h"
#include "tickets/answer.h"
#include "tickets/complaint.h"

#define SW_EVIDENCE_NUMBERS_MAX 16 /* sensors at the boundary, the worst first */
#define SW_EVIDENCE_PARTS_MAX 6    /* periods that the window touches */
#define SW_EVIDENCE_TICKETS_MAX 16
#define SW_EVIDENCE_MEDIA_MAX 16
#define SW_EVIDENCE_SERIES_MAX 360
#define SW_EVIDENCE_WINDOW_MIN_S 60
#define SW_EVIDENCE_WINDOW_MAX_S (24 * 3600)

enum sw_over_limit { SW_OVER_WITHIN, SW_OVER_EXCEEDS, SW_OVER_CANNOT_JUDGE };

struct sw_evidence_worst {
    char rule[2 * SW_ID_SIZE]; /* "" = nothing was judged */
    char statistic[24];        /* "LAeq,20min" */
    int32_t value, limit, over_by;
    int64_t from_us, to_us;
};

/** One sensor over one stretch. */
struct sw_evidence_number {
    uint16_t sensor;
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
    uint32_t series_points;
    char caller_ref[SW_CALLER_REF_SIZE]; /* of a complaint; "" */
    int category;                        /* enum sw_category that was asked about; -1 = any */
    bool with_zh, with_en;
};

#endif
