// SPDX-License-Identifier: Apache-2.0
/* From facts to one of the eleven codes, and which part of a window is on top. Pure; gathering the facts is left to the
 * gateway. Source: docs/explanation/answers.md. */
#include <stdio.h>
#include <string.h>

#include "tickets/evidence.h"

/* The limit is for the site's own noise: it is the site's when work was heard, or was allowed and announced. */
static bool is_of_the_site(const struct sw_answer_facts *f)
{
    return f->work_detected == 1 || f->work.state == SW_WORK_SCHEDULED || f->work.state == SW_WORK_PERMITTED_NIGHT;
}

static enum sw_answer_code by_permit(int permitted, enum sw_answer_code yes, enum sw_answer_code no,
                                     enum sw_answer_code unknown)
{
    return permitted > 0 ? yes : permitted == 0 ? no : unknown;
}

enum sw_answer_code sw_answer_judge(const struct sw_answer_facts *f)
{
    if (!f->is_near)
        return SW_ANSWER_NO_MONITOR;
    if (!f->has_data)
        return SW_ANSWER_NO_DATA;
    if (f->verdict == SW_OVER_CANNOT_JUDGE)
        return SW_ANSWER_UNCERTAIN;
    if (f->verdict == SW_OVER_EXCEEDS && !is_of_the_site(f))
        return SW_ANSWER_OVER_SOURCE_UNKNOWN;
    if (f->verdict == SW_OVER_EXCEEDS)
        return by_permit(f->work.permitted, SW_ANSWER_OVER_PERMITTED, SW_ANSWER_OVER_UNPERMITTED,
                         SW_ANSWER_OVER_PERMIT_UNKNOWN);
    if (f->work_detected == 0)
        return SW_ANSWER_NO_WORK_DETECTED;
    return by_permit(f->work.permitted, SW_ANSWER_WITHIN_PERMITTED, SW_ANSWER_WITHIN_UNPERMITTED,
                     SW_ANSWER_WITHIN_PERMIT_UNKNOWN);
}

int sw_answer_rank(enum sw_answer_code v)
{
    static const enum sw_answer_code mildest_first[] = {
        SW_ANSWER_NO_MONITOR,
        SW_ANSWER_NO_WORK_DETECTED,
        SW_ANSWER_WITHIN_PERMITTED,
        SW_ANSWER_WITHIN_PERMIT_UNKNOWN,
        SW_ANSWER_NO_DATA,
        SW_ANSWER_UNCERTAIN,
        SW_ANSWER_WITHIN_UNPERMITTED,
        SW_ANSWER_OVER_SOURCE_UNKNOWN,
        SW_ANSWER_OVER_PERMITTED,
        SW_ANSWER_OVER_PERMIT_UNKNOWN,
        SW_ANSWER_OVER_UNPERMITTED,
    };
    _Static_assert(SW_ARRAY_SIZE(mildest_first) == SW_ANSWER__COUNT, "every code has a rank");

    for (size_t i = 0; i < SW_ARRAY_SIZE(mildest_first); i++)
        if (mildest_first[i] == v)
            return (int) i;
    return -1;
}

bool sw_answer_is_measured(enum sw_answer_code v)
{
    return v != SW_ANSWER_UNCERTAIN && v != SW_ANSWER_NO_DATA && v != SW_ANSWER_NO_MONITOR && v != SW_ANSWER__COUNT;
}

bool sw_answer_is_over(enum sw_answer_code v)
{
    return v == SW_ANSWER_OVER_UNPERMITTED || v == SW_ANSWER_OVER_PERMITTED || v == SW_ANSWER_OVER_PERMIT_UNKNOWN ||
           v == SW_ANSWER_OVER_SOURCE_UNKNOWN;
}

/* ---- one part ---- */

static bool is_asked(const struct sw_evidence_number *v, int category)
{
    return category < 0 || (category == SW_CATEGORY_DUST) == (v->kind == SW_KIND_DUST);
}

enum sw_over_limit sw_evidence_verdict(const struct sw_evidence_number *v, size_t n, int category,
                                       bool *ret_is_one_missing)
{
    enum sw_kind decides = SW_KIND_DUST;
    size_t n_measured = 0;
    bool is_unsure = false;

    *ret_is_one_missing = false;
    for (size_t i = 0; i < n; i++) {
        if (is_asked(&v[i], category) && v[i].verdict == SW_OVER_EXCEEDS)
            return SW_OVER_EXCEEDS;
        if (is_asked(&v[i], category) && v[i].kind == SW_KIND_NOISE)
            decides = SW_KIND_NOISE;
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_asked(&v[i], category) || v[i].kind != decides)
            continue;
        if (v[i].n == 0) {
            *ret_is_one_missing = true;
            continue;
        }
        n_measured++;
        is_unsure |= v[i].verdict == SW_OVER_CANNOT_JUDGE;
    }
    return n_measured == 0 || is_unsure ? SW_OVER_CANNOT_JUDGE : SW_OVER_WITHIN;
}

static int verdict_order(enum sw_over_limit v)
{
    return v == SW_OVER_EXCEEDS ? 0 : v == SW_OVER_WITHIN ? 1 : 2;
}

int sw_evidence_compare(const void *a, const void *b)
{
    const struct sw_evidence_number *x = a, *y = b;

    if (x->verdict != y->verdict)
        return verdict_order(x->verdict) - verdict_order(y->verdict);
    if (x->kind != y->kind) /* decibels and micrograms do not compare */
        return (int) x->kind - (int) y->kind;
    if (x->worst.over_by != y->worst.over_by)
        return x->worst.over_by > y->worst.over_by ? -1 : 1;
    return (int) x->sensor - (int) y->sensor;
}

/* ---- the whole window ---- */

void sw_evidence_judge(struct sw_evidence_facts *f, const struct sw_zone *zone)
{
    const int32_t near_m = f->near_m > 0 ? f->near_m : SW_EVIDENCE_NEAR_M;
    const bool is_near = f->ask.distance_m < 0 || f->ask.distance_m <= near_m;

    f->top = 0;
    for (size_t i = 0; i < f->n_parts; i++) {
        struct sw_evidence_part *p = &f->parts[i];
        const struct sw_answer_facts facts = {is_near, f->has_data, p->verdict, p->work, p->work_detected};

        p->code = sw_answer_judge(&facts);
        if (sw_answer_rank(p->code) > sw_answer_rank(f->parts[f->top].code))
            f->top = i;
    }
    if (f->n_parts > 1)
        f->caveats |= SW_CAVEAT_STRADDLES;
    if (f->n_parts > 0 && sw_answer_is_measured(f->parts[f->top].code))
        f->caveats |= SW_CAVEAT_BOUNDARY;
    if (sw_zone_offset_s(zone, f->from_us / SW_US_PER_S) != sw_zone_offset_s(zone, f->to_us / SW_US_PER_S))
        f->caveats |= SW_CAVEAT_CLOCK_CHANGE;
}

/* ---- words ---- */

const char *sw_over_limit_name(enum sw_over_limit v)
{
    switch (v) {
    case SW_OVER_WITHIN:
        return "within";
    case SW_OVER_EXCEEDS:
        return "exceeds";
    case SW_OVER_CANNOT_JUDGE:
        return "cannot-judge";
    }
    return "";
}

const char *sw_caveat_name(enum sw_caveat v)
{
    switch (v) {
    case SW_CAVEAT_BOUNDARY:
        return "boundary-not-indoor";
    case SW_CAVEAT_STRADDLES:
        return "straddles-periods";
    case SW_CAVEAT_DATA_MISSING:
        return "data-missing";
    case SW_CAVEAT_SENSOR_MISSING:
        return "sensor-missing";
    case SW_CAVEAT_WEATHER_UNKNOWN:
        return "weather-unknown";
    case SW_CAVEAT_WEATHER_EXCLUDED:
        return "weather-excluded";
    case SW_CAVEAT_SAMPLED:
        return "sampled-level";
    case SW_CAVEAT_ESTIMATE:
        return "estimate";
    case SW_CAVEAT_CLOCK_UNSYNCED:
        return "clock-unsynced";
    case SW_CAVEAT_CLOCK_CHANGE:
        return "clock-change";
    case SW_CAVEAT_SHIFTED:
        return "window-shifted";
    case SW_CAVEAT_FROM_HUB:
        return "from-hub";
    case SW_CAVEAT__END:
        break;
    }
    return "";
}

/* A number and its letter: "30M". @return seconds; -1 = none of these */
static int64_t read_piece(const char **at, const char *letters, const int32_t *seconds)
{
    int64_t value = 0;
    const char *letter;

    if (**at < '0' || **at > '9')
        return -1;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        value = value * 10 + (**at - '0');
        if (value > SW_EVIDENCE_WINDOW_MAX_S)
            return -1;
    }
    letter = **at ? strchr(letters, **at) : NULL;
    if (!letter)
        return -1;
    ++*at;
    return value * seconds[letter - letters];
}

int sw_evidence_window_parse(const char *text, int64_t *ret_us, struct sw_err *err)
{
    static const int32_t of_day[] = {86400}, of_time[] = {3600, 60, 1};
    const char *at = text;
    int64_t total = 0, piece = 0;
    bool is_time = false;

    if (*at++ != 'P')
        piece = -1;
    while (piece >= 0 && *at) {
        if (*at == 'T' && !is_time) {
            is_time = true;
            at++;
        }
        piece = is_time ? read_piece(&at, "HMS", of_time) : read_piece(&at, "D", of_day);
        total += SW_MAX(piece, 0);
    }
    if (piece < 0 || total < SW_EVIDENCE_WINDOW_MIN_S || total > SW_EVIDENCE_WINDOW_MAX_S)
        return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_INVALID,
                          "window '%.20s' must be a duration of 1 minute to 24 hours, such as PT30M", text);
    *ret_us = total * SW_US_PER_S;
    return SW_OK;
}
