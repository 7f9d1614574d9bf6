// SPDX-License-Identifier: Apache-2.0
/* The inside of the model: what p5.c (levels to features), p5_learn.c (features to weights and a share of residuals)
 * and p5_text.c (state as text) share. Nobody else includes it but the model's own test. */
#ifndef SW_RULES_P5_INTERNAL_H
#define SW_RULES_P5_INTERNAL_H

#include "rules/p5.h"

#define SW_P5_X 7                   /* features: 1, five levels less L20, background less L20 */
#define SW_P5_BINS 56               /* of a residual in standard deviations, 0.25 each from −6 */
#define SW_P5_STEP_US 10000000LL    /* levels are summed in steps of 10 s */
#define SW_P5_MINUTE_US 60000000LL  /* learning goes by minutes */
#define SW_P5_MINUTE_STEPS 6        /* steps of a minute */
#define SW_P5_STEPS 384             /* held: an hour, and a little more for steps that are cut */
#define SW_P5_DAY 1440              /* minutes of background */
#define SW_P5_AHEAD 5               /* minutes ahead for which the level is foretold */
#define SW_P5_STEP_N_MAX UINT16_MAX /* readings of one step: 10 s at 0.2 ms */
#define SW_P5_INTERVAL_MAX_US (5 * SW_P5_MINUTE_US)
#define SW_P5_TIME_MAX_US (INT64_MAX / 4) /* of an instant, so that sums of times cannot overflow */
#define SW_P5_MISSING INT16_MIN           /* a minute without a level */

/** What is learned. A = Σ x x', b = Σ x y (both fading over 7 days), w = A⁻¹ b; hist: weights of the residuals. */
struct sw_p5_learner {
    double a[SW_P5_X][SW_P5_X], b[SW_P5_X], w[SW_P5_X], hist[SW_P5_BINS];
    uint32_t learned; /* minutes since the last fading */
};

/** A foretelling that waits for its five minutes to come true. */
struct sw_p5_pending {
    bool is_known;
    double x[SW_P5_X], l20, sd;
};

struct sw_p5 {
    int64_t first_us;             /* start of the first level ever; */
    int64_t last_us, interval_us; /* start and length of the newest level: last_us = INT64_MIN = there was none */
    int64_t end_us;               /* up to where levels reach */
    int64_t now_us;               /* by the last tick; not part of the state */
    int64_t minute, step;         /* numbers (since 1970) of the open minute and of the open step */
    sw_u128 step_energy;          /* of the open step */
    uint32_t step_n;
    int16_t step_level[SW_P5_STEPS]; /* closed steps by number: energy mean, hundredths … */
    uint16_t steps_n[SW_P5_STEPS];   /* … of so many readings; 0 = none */
    /* Running totals, made from the steps: the sum over any span is one subtraction. Not part of the state. */
    struct sw_p5_total {
        sw_u128 energy;
        uint64_t n;
    } total, before[SW_P5_STEPS];    /* of the closed steps; of those before a step, by its number */
    int16_t minute_level[SW_P5_DAY]; /* closed minutes by number: mean of their step levels */
    int64_t day_sum;                 /* over the known ones of minute_level */
    uint32_t day_n;
    double l1_before;                          /* of the minute before; NaN = unknown */
    double v;                                  /* how restless: mean change of the level from minute to minute, dB */
    struct sw_p5_pending pending[SW_P5_AHEAD]; /* by number of the minute */
    struct sw_p5_learner learner;
};

/** Everything at its start: nothing known, the weights those that other sensors taught. */
void sw_p5_clear(struct sw_p5 *p);

/** Make the running totals from the steps, after these were set from outside. */
void sw_p5_sum_up(struct sw_p5 *p);

/* p5_learn.c */
void sw_p5_learner_init(struct sw_p5_learner *l);
double sw_p5_mean(const struct sw_p5_learner *l, const double *x); /* w·x */
void sw_p5_learn(struct sw_p5_learner *l, const double *x, double y, double sd);
double sw_p5_share_above(const struct sw_p5_learner *l, double u); /* of the residuals ≥ u */

/** Remainder that is never negative. */
static inline uint32_t sw_p5_slot(int64_t number, uint32_t n)
{
    const int64_t rest = number % (int64_t) n;

    return (uint32_t) (rest < 0 ? rest + (int64_t) n : rest);
}

static inline int64_t sw_p5_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

#endif
