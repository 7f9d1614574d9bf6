// SPDX-License-Identifier: Apache-2.0
/* The methods that are compared: each gives every step of a judged series a score that rises towards a crossing. */
#ifndef SW_TESTS_BENCH_FORECAST_METHOD_H
#define SW_TESTS_BENCH_FORECAST_METHOD_H

#include "count.h"
#include "rules/p5_internal.h"

struct method {
    const char *name;
    void (*score)(const struct judged *j, double *ret_score);
    double from, to;     /* thresholds that are tried … */
    bool is_probability; /* … in equal steps, of log odds if so */
};

/** Start figures for the last method, from other series: without them it is not asked. */
struct start {
    double w[SW_P5_X], moment[SW_P5_X], hist[SW_P5_BINS];
};

extern const struct start *start_of_others;

/** What a series teaches: sums of x x' and x y, and the residuals from start->w, nothing fading. */
void teach(const struct series *s, const struct start *start, struct sw_p5_learner *ret);

extern const struct method methods[];
extern const int n_methods;

#endif
