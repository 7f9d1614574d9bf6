// SPDX-License-Identifier: Apache-2.0
/* Work heard at one sensor: compares a window of five minutes with what the same hour of like days was without work.
 * When work was allowed, and which inputs speak of work, the engine says. Writing and reading what was learned is in
 * detect_state.c. */
#include "rules/detect.h"

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "rules/detect_internal.h"

#define WINDOW_US (SW_DETECT_WINDOW_S * SW_US_PER_S)
#define HOLD_US (SW_DETECT_HOLD_S * SW_US_PER_S)
#define VERDICT_HOLDS_US (3 * WINDOW_US) /* from the window's start: its own time and two windows more */
/* Windows of one hour class that count: twelve an hour, twice where the clock repeats it. */
#define CLASS_MAX ((SW_DETECT_DAYS + 1) * 24)

struct sw_detect *sw_detect_new(const struct sw_detect_conf *conf)
{
    struct sw_detect *d = calloc(1, sizeof(*d));

    if (!d)
        return NULL;
    d->conf = *conf;
    detect_forget(d);
    return d;
}

struct sw_detect *sw_detect_free(struct sw_detect *d)
{
    free(d);
    return NULL;
}

void detect_forget(struct sw_detect *d)
{
    d->last_from_us = INT64_MIN;
    d->verdict = SW_DETECTED_UNKNOWN;
    d->input_from_us = d->input_us = INT64_MIN;
    d->first = d->n = 0;
}

static const struct detect_idle *idle_at(const struct sw_detect *d, size_t i)
{
    return &d->idle[(d->first + i) % DETECT_IDLE_MAX];
}

void detect_keep(struct sw_detect *d, const struct detect_idle *idle)
{
    if (d->n == DETECT_IDLE_MAX) {
        d->first = (d->first + 1) % DETECT_IDLE_MAX;
        d->n--;
    }
    d->idle[(d->first + d->n++) % DETECT_IDLE_MAX] = *idle;
}

static void drop_old(struct sw_detect *d, int32_t today)
{
    while (d->n > 0 && idle_at(d, 0)->day < today - SW_DETECT_DAYS) {
        d->first = (d->first + 1) % DETECT_IDLE_MAX;
        d->n--;
    }
}

/* What the hour class was like without work. */
struct usual {
    size_t n;
    int32_t days; /* on which it was heard */
    int16_t leq[CLASS_MAX], l90[CLASS_MAX];
};

static void gather(const struct sw_detect *d, uint8_t class_, struct usual *u)
{
    int32_t day = -1;

    u->n = 0;
    u->days = 0;
    for (size_t i = 0; i < d->n && u->n < CLASS_MAX; i++) {
        const struct detect_idle *idle = idle_at(d, i);

        if (idle->class_ != class_)
            continue;
        u->days += idle->day != day; /* they are in the order of time */
        day = idle->day;
        u->leq[u->n] = idle->leq;
        u->l90[u->n++] = idle->l90;
    }
}

static int by_value(const void *a, const void *b)
{
    return *(const int16_t *) a - *(const int16_t *) b;
}

/* The one at rank ceil(n * percent / 100) from below, as levels exceeded are ranked too. n > 0. */
static int32_t percentile(int16_t *v, size_t n, size_t percent)
{
    qsort(v, n, sizeof(*v), by_value); /* under 1 KiB: glibc sorts that without allocating */
    return v[(n * percent + 99) / 100 - 1];
}

static enum sw_detected hear(const struct sw_detect *d, const struct sw_detect_window *w, uint8_t class_)
{
    struct usual u;

    if (w->leq == SW_NO_VALUE || w->l90 == SW_NO_VALUE)
        return SW_DETECTED_UNKNOWN;
    gather(d, class_, &u);
    if (u.n == 0 || u.days < d->conf.days_min)
        return SW_DETECTED_UNKNOWN;
    return w->l90 >= percentile(u.l90, u.n, 50) + d->conf.background &&
           w->leq >= percentile(u.leq, u.n, 95) + d->conf.idle;
}

/* An input spoke of work in some part of [from, to). */
static bool input_touches(const struct sw_detect *d, int64_t from_us, int64_t to_us)
{
    return d->input_us != INT64_MIN && d->input_from_us < to_us && from_us < d->input_us + HOLD_US;
}

static bool input_fills(const struct sw_detect *d, int64_t from_us, int64_t to_us)
{
    return d->input_us != INT64_MIN && d->input_from_us <= from_us && to_us <= d->input_us + HOLD_US;
}

static bool is_level(int32_t v)
{
    return v >= 0 && v <= INT16_MAX;
}

enum sw_detected sw_detect_window(struct sw_detect *d, const struct sw_detect_window *w, bool may_learn)
{
    const uint8_t class_ = (uint8_t) (w->hour % 24 + (w->is_workday ? 24 : 0));
    const int64_t to_us = w->from_us + WINDOW_US;
    const bool is_known = is_level(w->leq) && is_level(w->l90) && w->local_day >= 0 && w->local_day <= UINT16_MAX;

    if (d->last_from_us != INT64_MIN && w->from_us <= d->last_from_us)
        return d->verdict;
    drop_old(d, w->local_day);
    d->last_from_us = w->from_us;
    d->verdict = input_fills(d, w->from_us, to_us) ? SW_DETECTED_YES : hear(d, w, class_);
    if (may_learn && is_known && d->verdict != SW_DETECTED_YES && !input_touches(d, w->from_us, to_us)) {
        const struct detect_idle idle = {(uint16_t) w->local_day, (int16_t) w->leq, (int16_t) w->l90, class_};

        detect_keep(d, &idle);
    }
    return d->verdict;
}

void sw_detect_input(struct sw_detect *d, int64_t t_us)
{
    if (d->input_us != INT64_MIN && t_us < d->input_us)
        return;
    if (d->input_us == INT64_MIN || t_us > d->input_us + HOLD_US)
        d->input_from_us = t_us;
    d->input_us = t_us;
}

enum sw_detected sw_detect_at(const struct sw_detect *d, int64_t t_us)
{
    if (d->input_us != INT64_MIN && t_us >= d->input_from_us && t_us < d->input_us + HOLD_US)
        return SW_DETECTED_YES;
    if (d->last_from_us == INT64_MIN || t_us < d->last_from_us || t_us >= d->last_from_us + VERDICT_HOLDS_US)
        return SW_DETECTED_UNKNOWN;
    return d->verdict;
}
