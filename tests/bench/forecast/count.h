// SPDX-License-Identifier: Apache-2.0
/* How warnings are counted: a series judged against one limit, and what a method's scores would have said. Where scores
 * come from is method.c's. */
#ifndef SW_TESTS_BENCH_FORECAST_COUNT_H
#define SW_TESTS_BENCH_FORECAST_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/ring.h"

#define WINDOW_S 1200
#define CROSSINGS_MAX 1024

/** A series on the grid of its interval, with running sums. */
struct series {
    int64_t t0_s;
    int32_t interval_s;
    int n;
    int32_t *level;  /* hundredths; SW_NO_VALUE */
    sw_i128 *sum;    /* energy before entry i, n + 1 of them */
    uint32_t *count; /* readings before entry i */
};

enum phase { PHASE_FREE, PHASE_CROSSING, PHASE_BUSY }; /* busy: over, recovering, or cannot be judged */

/** A series against one limit. */
struct judged {
    const struct series *series;
    double limit_db;
    sw_i128 floor; /* least mean energy over the limit */
    uint8_t *phase;
    bool *is_slow; /* of a crossing */
    int n_crossings, n_slow;
    double days; /* in which a window could be judged */
};

/** What a method did at one threshold. */
struct outcome {
    int n_false, n_warned, n_slow_warned, n_leads;
    double warning_minutes;
    double lead_minutes[CROSSINGS_MAX];
};

double db_of(double energy);

/** Mean energy over entries [from, to); NaN where nothing is. */
double mean_energy(const struct series *s, int from, int to);

void judge_series(const struct series *s, double limit_db, struct judged *ret);

/** score[i]: higher = a crossing is nearer; −INFINITY = nothing said. */
void count_warnings(const struct judged *j, const double *score, double threshold, struct outcome *ret);

#endif
