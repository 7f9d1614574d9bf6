// SPDX-License-Identifier: Apache-2.0
/* Five simple methods and the product's model (rules/p5.c), learning and not. */
#include "method.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "common/reading.h"

/* Level of the window k steps on if `energy` goes on. */
static double window_after(const struct series *s, int i, int k, double energy)
{
    const int from = i + 1 + k - WINDOW_S / s->interval_s;
    const int begin = from < 0 ? 0 : from > i + 1 ? i + 1 : from;
    const double sum = (double) (s->sum[i + 1] - s->sum[begin]) + k * energy;

    return db_of(sum / (s->count[i + 1] - s->count[begin] + (uint32_t) k));
}

/* The level of the last `span_s` goes on. Crossing: minutes until it, negative. None: −20 less the decibels lacking. */
static void persistence(const struct judged *j, int span_s, double *ret_score)
{
    const struct series *s = j->series;
    const int stride = s->interval_s < 5 ? 5 / s->interval_s : 1, most = WINDOW_S / s->interval_s;

    for (int i = 0; i < s->n; i++) {
        const double energy = mean_energy(s, i + 1 - span_s / s->interval_s, i + 1);
        double highest = -INFINITY;

        ret_score[i] = -INFINITY;
        if (j->phase[i] != PHASE_FREE || !isfinite(energy))
            continue;
        for (int k = stride; k <= most; k += stride) {
            const double level = window_after(s, i, k, energy);

            if (level > j->limit_db + 0.05) {
                ret_score[i] = -k * s->interval_s / 60.0;
                break;
            }
            highest = SW_MAX(highest, level);
        }
        if (!isfinite(ret_score[i]))
            ret_score[i] = -20.0 - (j->limit_db + 0.05 - highest);
    }
}

static void persistence_60(const struct judged *j, double *ret_score)
{
    persistence(j, 60, ret_score);
}

static void persistence_300(const struct judged *j, double *ret_score)
{
    persistence(j, 300, ret_score);
}

static void persistence_300_at_5(const struct judged *j, double *ret_score)
{
    const struct series *s = j->series;
    const int five = 300 / s->interval_s;

    for (int i = 0; i < s->n; i++) {
        const double energy = mean_energy(s, i + 1 - five, i + 1);

        ret_score[i] = isfinite(energy) ? window_after(s, i, five, energy) - j->limit_db : -INFINITY;
    }
}

static double window_now(const struct series *s, int i)
{
    return db_of(mean_energy(s, i + 1 - WINDOW_S / s->interval_s, i + 1));
}

static void fixed_margin(const struct judged *j, double *ret_score)
{
    for (int i = 0; i < j->series->n; i++) {
        const double level = window_now(j->series, i);

        ret_score[i] = isfinite(level) ? level - j->limit_db : -INFINITY;
    }
}

/* A straight line through the window's level of the last 5 min, read 10 min on. */
static void straight_line(const struct judged *j, double *ret_score)
{
    const struct series *s = j->series;
    const int stride = s->interval_s < 10 ? 10 / s->interval_s : 1, five = 300 / s->interval_s;

    for (int i = 0; i < s->n; i++) {
        double n = 0, sum_t = 0, sum_y = 0, sum_tt = 0, sum_ty = 0, slope;

        ret_score[i] = -INFINITY;
        if (i < five || j->phase[i] != PHASE_FREE)
            continue;
        for (int k = -five; k <= 0; k += stride) {
            const double t = k * s->interval_s / 60.0, y = window_now(s, i + k);

            if (!isfinite(y))
                continue;
            n++;
            sum_t += t;
            sum_y += y;
            sum_tt += t * t;
            sum_ty += t * y;
        }
        if (n < 3)
            continue;
        slope = (n * sum_ty - sum_t * sum_y) / (n * sum_tt - sum_t * sum_t);
        ret_score[i] = (sum_y - slope * sum_t) / n + slope * 10.0 - j->limit_db;
    }
}

const struct start *start_of_others;

static void give(struct sw_p5 *p, const struct series *s, int i)
{
    sw_p5_level(p, (s->t0_s + (int64_t) i * s->interval_s) * SW_US_PER_S, s->interval_s * SW_US_PER_S, s->level[i]);
    sw_p5_tick(p, (s->t0_s + ((int64_t) i + 1) * s->interval_s) * SW_US_PER_S);
}

void teach(const struct series *s, const struct start *start, struct sw_p5_learner *ret)
{
    struct sw_p5 *p = sw_p5_new();

    memset(&p->learner, 0, sizeof(p->learner));
    memcpy(p->learner.w, start->w, sizeof(start->w));
    for (int i = 0; i < s->n; i++) {
        give(p, s, i);
        p->learner.learned = 0; /* its hour never comes: nothing fades, the weights stay */
    }
    *ret = p->learner;
    sw_p5_free(p);
}

static void start_with(struct sw_p5_learner *l, const struct start *start)
{
    const double weight = l->a[0][0]; /* of the figures it comes with, in minutes: the constant has the moment 1 */
    double sum = 0.0;

    for (int i = 0; i < SW_P5_BINS; i++)
        sum += start->hist[i];
    for (int i = 0; i < SW_P5_BINS; i++)
        l->hist[i] = weight * start->hist[i] / sum;
    for (int i = 0; i < SW_P5_X; i++) {
        l->a[i][i] = weight * start->moment[i];
        l->b[i] = l->a[i][i] * start->w[i];
        l->w[i] = start->w[i];
    }
}

static void ask_p5(const struct judged *j, bool is_learning, const struct start *start, double *ret_score)
{
    const struct series *s = j->series;
    const int window = WINDOW_S / s->interval_s, five = 300 / s->interval_s;
    struct sw_p5 *p = sw_p5_new();

    if (start)
        start_with(&p->learner, start);
    for (int i = 0; i < s->n; i++) {
        const int from = i + 1 - window;
        struct sw_p5_question q = {.limit_energy = j->floor, .n_in = (uint32_t) five};
        double probability;

        give(p, s, i);
        if (!is_learning)
            sw_p5_learner_init(&p->learner);
        ret_score[i] = -INFINITY;
        if (from < 0)
            continue;
        q.energy = s->sum[i + 1] - s->sum[from];
        q.energy_leave = s->sum[from + five] - s->sum[from];
        q.n = s->count[i + 1] - s->count[from + five] + (uint32_t) five;
        probability = sw_p5_probability(p, &q);
        if (isfinite(probability))
            ret_score[i] = probability;
    }
    sw_p5_free(p);
}

static void p5(const struct judged *j, double *ret_score)
{
    ask_p5(j, true, NULL, ret_score);
}

static void p5_unlearned(const struct judged *j, double *ret_score)
{
    ask_p5(j, false, NULL, ret_score);
}

static void p5_of_others(const struct judged *j, double *ret_score)
{
    ask_p5(j, true, start_of_others, ret_score);
}

const struct method methods[] = {
    {"persistence of 60 s", persistence_60, -32.0, 0.0, false},
    {"persistence of 300 s", persistence_300, -32.0, 0.0, false},
    {"fixed margin", fixed_margin, -12.0, 0.0, false},
    {"straight line over 5 min", straight_line, -20.0, 10.0, false},
    {"persistence of 300 s at +5 min", persistence_300_at_5, -12.0, 6.0, false},
    {"P5 without learning", p5_unlearned, 0.002, 0.98, true},
    {"P5", p5, 0.002, 0.98, true},
    {"P5 begun on the other series", p5_of_others, 0.002, 0.98, true},
};
const int n_methods = SW_ARRAY_SIZE(methods);
