// SPDX-License-Identifier: Apache-2.0
/* Crossings and warnings. A warning claims "within 20 minutes": it ends at a crossing, after 10 quiet minutes, or after
 * 20 minutes; the last two are one false episode each, and it may then begin anew. */
#include "count.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/reading.h"

#define CLAIM_S 1200
#define QUIET_S 600
#define LEAD_S 120
#define RECOVER_DB 1.0
#define RECOVER_S 300
#define CAPTURE 0.75
#define SLOW_DB 3.0

double db_of(double energy)
{
    return 10.0 * log10(energy) - 110.0;
}

double mean_energy(const struct series *s, int from, int to)
{
    const int begin = from < 0 ? 0 : from;
    const uint32_t n = s->count[to] - s->count[begin];

    return n ? (double) (s->sum[to] - s->sum[begin]) / n : NAN;
}

/* The last 2 minutes at most 3 dB above the 5 before: it did not jump. */
static bool is_slow(const struct series *s, int i)
{
    const int two = 120 / s->interval_s, five = 300 / s->interval_s;
    const double rise =
        db_of(mean_energy(s, i + 1 - two, i + 1)) - db_of(mean_energy(s, i + 1 - two - five, i + 1 - two));

    return rise <= SLOW_DB;
}

void judge_series(const struct series *s, double limit_db, struct judged *ret)
{
    const int window = WINDOW_S / s->interval_s;
    const int32_t limit = (int32_t) lround(limit_db * 100.0);
    int below_s = 0;
    bool is_armed = false;

    *ret = (struct judged){.series = s,
                           .limit_db = limit_db,
                           .floor = (sw_i128) sw_energy_floor(sw_first_level_over(limit, 10)),
                           .phase = calloc((size_t) s->n, 1),
                           .is_slow = calloc((size_t) s->n, sizeof(bool))};
    for (int i = 0; i < s->n; i++) {
        const int from = i + 1 - window;
        uint32_t n;
        sw_i128 sum;

        ret->phase[i] = PHASE_BUSY;
        if (from < 0 || (n = s->count[i + 1] - s->count[from]) < CAPTURE * window) {
            is_armed = false;
            below_s = 0;
            continue;
        }
        ret->days += s->interval_s / 86400.0;
        sum = s->sum[i + 1] - s->sum[from];
        if (sum >= ret->floor * n) {
            if (is_armed) {
                ret->phase[i] = PHASE_CROSSING;
                ret->is_slow[i] = is_slow(s, i);
                ret->n_crossings++;
                ret->n_slow += ret->is_slow[i];
            }
            is_armed = false;
            below_s = 0;
            continue;
        }
        below_s = db_of((double) sum / n) <= limit_db - RECOVER_DB ? below_s + s->interval_s : 0;
        is_armed |= below_s >= RECOVER_S;
        if (is_armed)
            ret->phase[i] = PHASE_FREE;
    }
}

void count_warnings(const struct judged *j, const double *score, double threshold, struct outcome *ret)
{
    const int step_s = j->series->interval_s;
    int begin_s = 0, hit_s = 0;
    bool is_on = false;

    memset(ret, 0, offsetof(struct outcome, lead_minutes));
    for (int i = 0; i < j->series->n; i++) {
        const int t_s = i * step_s;

        if (j->phase[i] == PHASE_CROSSING && is_on && t_s - begin_s >= LEAD_S) {
            ret->n_warned++;
            ret->n_slow_warned += j->is_slow[i];
            if (ret->n_leads < CROSSINGS_MAX)
                ret->lead_minutes[ret->n_leads++] = (t_s - begin_s) / 60.0;
        }
        if (j->phase[i] != PHASE_FREE) {
            is_on = false;
            continue;
        }
        if (is_on && score[i] >= threshold)
            hit_s = t_s;
        if (is_on && (t_s - begin_s >= CLAIM_S || t_s - hit_s >= QUIET_S)) {
            ret->n_false++;
            is_on = false;
        }
        if (!is_on && score[i] >= threshold) {
            is_on = true;
            begin_s = hit_s = t_s;
        }
        if (is_on)
            ret->warning_minutes += step_s / 60.0;
    }
}
