// SPDX-License-Identifier: Apache-2.0
/* The model that says how likely a crossing is: levels into steps and minutes, features of the last hour and day, and
 * the probability. What is learned from them is p5_learn.c's, how it is kept p5_text.c's; which window and which limit
 * are asked about is the judge's.
 *
 * Only levels move it on. A tick merely says how old the newest level is, so that the same readings lead to the same
 * state however often somebody looked at the clock. */
#include "rules/p5_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "common/reading.h"

enum { L1, L3, L5, L10, L20, L60, N_SPANS };

static const int64_t span_minutes[N_SPANS] = {1, 3, 5, 10, 20, 60};

#define START_V 1.5 /* dB: how restless an average place is */
#define V_MINUTES 30.0
#define FIRST_MINUTES 20 /* that must have passed before the model says anything; */
#define KNOWN_MINUTES 15 /* so many of the last 20 must have a level: the capture that a window needs, too */

void sw_p5_clear(struct sw_p5 *p)
{
    memset(p, 0, sizeof(*p));
    p->first_us = p->last_us = p->end_us = p->now_us = INT64_MIN;
    for (int i = 0; i < SW_P5_DAY; i++)
        p->minute_level[i] = SW_P5_MISSING;
    p->l1_before = NAN;
    p->v = START_V;
    sw_p5_learner_init(&p->learner);
}

struct sw_p5 *sw_p5_new(void)
{
    struct sw_p5 *p = malloc(sizeof(*p));

    if (p)
        sw_p5_clear(p);
    return p;
}

struct sw_p5 *sw_p5_free(struct sw_p5 *p)
{
    free(p);
    return NULL;
}

static void add_step(struct sw_p5 *p, uint32_t slot)
{
    p->total.energy += p->steps_n[slot] * sw_energy(p->step_level[slot]);
    p->total.n += p->steps_n[slot];
}

void sw_p5_sum_up(struct sw_p5 *p)
{
    p->total = (struct sw_p5_total){0};
    for (int64_t s = p->step - SW_P5_STEPS + 1; s <= p->step; s++) {
        const uint32_t slot = sw_p5_slot(s, SW_P5_STEPS);

        p->before[slot] = p->total;
        if (p->steps_n[slot])
            add_step(p, slot);
    }
}

/* Close steps until `step` is the open one. */
static void steps_until(struct sw_p5 *p, int64_t step)
{
    if (step <= p->step)
        return;
    if (p->step_n) {
        const uint32_t slot = sw_p5_slot(p->step, SW_P5_STEPS);

        p->step_level[slot] = (int16_t) sw_energy_level(p->step_energy, p->step_n);
        p->steps_n[slot] = (uint16_t) p->step_n;
        add_step(p, slot);
    }
    for (int64_t s = SW_MAX(p->step + 1, step - SW_P5_STEPS + 1); s <= step; s++) {
        p->steps_n[sw_p5_slot(s, SW_P5_STEPS)] = 0;
        p->before[sw_p5_slot(s, SW_P5_STEPS)] = p->total;
    }
    p->step = step;
    p->step_energy = 0;
    p->step_n = 0;
}

/* Mean levels of the stretches that end at end_us, dB; NaN where there is nothing. */
static void span_levels(const struct sw_p5 *p, int64_t end_us, double ret_level[N_SPANS])
{
    for (int i = 0; i < N_SPANS; i++) {
        const int64_t from = sw_p5_floor_div(end_us - span_minutes[i] * SW_P5_MINUTE_US, SW_P5_STEP_US);
        const int64_t first = SW_MIN(SW_MAX(from, p->step - SW_P5_STEPS + 1), p->step);
        const struct sw_p5_total *before = &p->before[sw_p5_slot(first, SW_P5_STEPS)];
        const sw_u128 sum = p->step_energy + p->total.energy - before->energy;
        const uint64_t n = p->step_n + p->total.n - before->n;

        ret_level[i] = n ? 10.0 * log10((double) sum / (double) n) - 110.0 : NAN; /* 0 dB has the energy 10^11 */
    }
}

/* Closed minutes with a level among the last `minutes`. */
static int known_minutes(const struct sw_p5 *p, int minutes)
{
    int n = 0;

    for (int i = 1; i <= minutes; i++)
        n += p->minute_level[sw_p5_slot(p->minute - i, SW_P5_DAY)] != SW_P5_MISSING;
    return n;
}

static double spread(const struct sw_p5 *p)
{
    return sqrt(0.917 + 0.570 * p->v * p->v);
}

/* What is foretold from. False: too little is known. */
static bool foretell(const struct sw_p5 *p, int64_t end_us, const double level[N_SPANS], struct sw_p5_pending *ret)
{
    static const int used[] = {L1, L3, L5, L10, L60};

    if (end_us - p->first_us < FIRST_MINUTES * SW_P5_MINUTE_US || !isfinite(level[L1]) ||
        known_minutes(p, FIRST_MINUTES) < KNOWN_MINUTES)
        return false;
    ret->is_known = true;
    ret->l20 = level[L20];
    ret->sd = spread(p);
    ret->x[0] = 1.0;
    for (size_t i = 0; i < SW_ARRAY_SIZE(used); i++)
        ret->x[1 + i] = level[used[i]] - ret->l20;
    ret->x[SW_P5_X - 1] = (double) p->day_sum / (100.0 * p->day_n) - ret->l20; /* 15 minutes are known: day_n > 0 */
    return true;
}

/* The minute's entry of the background: mean of its step levels, each step counting alike. */
static void close_background(struct sw_p5 *p)
{
    int16_t *entry = &p->minute_level[sw_p5_slot(p->minute, SW_P5_DAY)];
    int sum = 0, n = 0;

    for (int i = 0; i < SW_P5_MINUTE_STEPS; i++) {
        const uint32_t slot = sw_p5_slot(p->minute * SW_P5_MINUTE_STEPS + i, SW_P5_STEPS);

        if (p->steps_n[slot]) {
            sum += p->step_level[slot];
            n++;
        }
    }
    if (*entry != SW_P5_MISSING) {
        p->day_sum -= *entry;
        p->day_n--;
    }
    *entry = n ? (int16_t) lround((double) sum / n) : SW_P5_MISSING;
    if (n) {
        p->day_sum += *entry;
        p->day_n++;
    }
}

static void close_minute(struct sw_p5 *p)
{
    struct sw_p5_pending *pending;
    double level[N_SPANS];
    bool is_known;

    steps_until(p, (p->minute + 1) * SW_P5_MINUTE_STEPS);
    close_background(p);
    is_known = p->minute_level[sw_p5_slot(p->minute, SW_P5_DAY)] != SW_P5_MISSING;
    p->minute++;
    span_levels(p, p->minute * SW_P5_MINUTE_US, level);
    if (is_known && isfinite(p->l1_before))
        p->v += (fabs(level[L1] - p->l1_before) - p->v) / V_MINUTES;
    p->l1_before = is_known ? level[L1] : NAN;

    pending = &p->pending[sw_p5_slot(p->minute, SW_P5_AHEAD)]; /* of five minutes ago, and now of this one */
    if (pending->is_known && known_minutes(p, SW_P5_AHEAD) == SW_P5_AHEAD)
        sw_p5_learn(&p->learner, pending->x, level[L5] - pending->l20, pending->sd);
    pending->is_known = false;
    if (is_known)
        foretell(p, p->minute * SW_P5_MINUTE_US, level, pending);
}

/* Forget what was measured, not what was learned: after a day of silence nothing of it is within reach. */
static void start_at(struct sw_p5 *p, int64_t t_us)
{
    memset(p->steps_n, 0, sizeof(p->steps_n));
    memset(p->pending, 0, sizeof(p->pending));
    for (int i = 0; i < SW_P5_DAY; i++)
        p->minute_level[i] = SW_P5_MISSING;
    p->day_sum = 0;
    p->day_n = 0;
    p->l1_before = NAN;
    p->step_energy = 0;
    p->step_n = 0;
    p->step = sw_p5_floor_div(t_us, SW_P5_STEP_US);
    p->minute = sw_p5_floor_div(t_us, SW_P5_MINUTE_US);
    sw_p5_sum_up(p);
}

static void minutes_until(struct sw_p5 *p, int64_t t_us)
{
    const int64_t minute = sw_p5_floor_div(t_us, SW_P5_MINUTE_US);

    if (minute - p->minute > SW_P5_DAY)
        start_at(p, t_us);
    while (p->minute < minute)
        close_minute(p);
}

void sw_p5_level(struct sw_p5 *p, int64_t t_us, int64_t interval_us, int32_t level)
{
    if (t_us <= p->last_us || t_us < -SW_P5_TIME_MAX_US || t_us > SW_P5_TIME_MAX_US || interval_us <= 0 ||
        interval_us > SW_P5_INTERVAL_MAX_US || level == SW_NO_VALUE)
        return;
    if (p->last_us == INT64_MIN) {
        p->first_us = t_us;
        start_at(p, t_us);
    }
    /* A reading longer than a minute counts in each minute that it covers. */
    for (int64_t part_us = t_us; part_us < t_us + interval_us; part_us += SW_P5_MINUTE_US) {
        minutes_until(p, part_us);
        steps_until(p, sw_p5_floor_div(part_us, SW_P5_STEP_US));
        if (p->step_n < SW_P5_STEP_N_MAX) {
            p->step_energy += sw_energy(level);
            p->step_n++;
        }
    }
    p->last_us = t_us;
    p->interval_us = interval_us;
    p->end_us = SW_MAX(p->end_us, t_us + interval_us);
    minutes_until(p, p->end_us);
}

void sw_p5_tick(struct sw_p5 *p, int64_t now_us)
{
    p->now_us = now_us;
}

/* The newest level is older than the time after which a sensor counts as silent. */
static bool is_stale(const struct sw_p5 *p)
{
    return p->now_us > p->end_us &&
           (uint64_t) p->now_us - (uint64_t) p->end_us > (uint64_t) SW_MAX(3 * p->interval_us, SW_P5_MINUTE_US);
}

double sw_p5_probability(const struct sw_p5 *p, const struct sw_p5_question *q)
{
    struct sw_p5_pending now = {0};
    double level[N_SPANS], needed, share;
    sw_i128 missing;

    if (p->last_us == INT64_MIN || is_stale(p) || q->n == 0 || q->n_in == 0)
        return NAN;
    span_levels(p, p->end_us, level);
    if (!foretell(p, p->end_us, level, &now))
        return NAN;
    missing = q->limit_energy * q->n - (q->energy - q->energy_leave);
    if (missing <= 0)
        return 1.0; /* what stays in the window is enough */
    /* the level that the next five minutes must have for the window to stand at the limit when they are over */
    needed = 10.0 * log10((double) missing / q->n_in) - 110.0;
    share = sw_p5_share_above(&p->learner, (needed - now.l20 - sw_p5_mean(&p->learner, now.x)) / now.sd);
    /* from "stands at the limit in 5 min" to "is crossed within 10 min", as it came true */
    return round(1000.0 / (1.0 + exp(-(0.535 + 0.859 * log(share / (1.0 - share)))))) / 1000.0;
}

int64_t sw_p5_needs_from(const struct sw_p5 *p)
{
    return p->last_us == INT64_MIN ? INT64_MIN : p->last_us + 1;
}
