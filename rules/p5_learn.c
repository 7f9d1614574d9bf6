// SPDX-License-Identifier: Apache-2.0
/* The part of the model that learns: a least-squares fit of the coming level that fades over seven days, and how far
 * the level fell from it, in classes. What a feature is and when a minute is learned is p5.c's. Every sum runs in a
 * fixed order: the same readings give the same bits. */
#include "rules/p5_internal.h"

#include <math.h>
#include <string.h>

/* A day of an average sensor as the start: figures from 94 days of ten streets and sites. */
#define START_MINUTES 1440.0
#define FADE_MINUTES 60u
#define FADE 0.9940652993697221 /* exp(−60/10080): an hour of seven days */
#define BIN 0.25
#define BINS_FROM (-6.0)

static const double start_w[SW_P5_X] = {0.019, 0.238, 0.158, 0.091, 0.078, 0.182, 0.078};
static const double start_moment[SW_P5_X] = {1.00, 5.11, 3.11, 2.26, 1.07, 1.86, 11.56};
static const uint16_t start_hist[SW_P5_BINS] = {
    1,   0,   0,    0,    0,    0,    0,   2,   4,   4,   4,   9,   13,  26, 34, 58, 93, 177, 280,
    461, 725, 1037, 1266, 1288, 1140, 920, 691, 508, 354, 237, 178, 126, 81, 56, 42, 36, 24,  22,
    18,  18,  10,   6,    6,    5,    5,   5,   4,   4,   4,   1,   1,   2,  2,  2,  2,  6};

void sw_p5_learner_init(struct sw_p5_learner *l)
{
    double sum = 0.0;

    memset(l, 0, sizeof(*l));
    for (int i = 0; i < SW_P5_X; i++) {
        l->a[i][i] = START_MINUTES * start_moment[i];
        l->b[i] = START_MINUTES * start_moment[i] * start_w[i];
        l->w[i] = start_w[i];
    }
    for (int i = 0; i < SW_P5_BINS; i++)
        sum += start_hist[i];
    for (int i = 0; i < SW_P5_BINS; i++)
        l->hist[i] = START_MINUTES * start_hist[i] / sum;
}

double sw_p5_mean(const struct sw_p5_learner *l, const double *x)
{
    double sum = 0.0;

    for (int i = 0; i < SW_P5_X; i++)
        sum += l->w[i] * x[i];
    return sum;
}

/* A = L L', then L z = b, then L' w = z. */
static bool solve(double a[SW_P5_X][SW_P5_X], const double *b, double *ret_w)
{
    double low[SW_P5_X][SW_P5_X] = {{0}}, z[SW_P5_X];

    for (int i = 0; i < SW_P5_X; i++)
        for (int j = 0; j <= i; j++) {
            double sum = a[i][j];

            for (int k = 0; k < j; k++)
                sum -= low[i][k] * low[j][k];
            if (i != j)
                low[i][j] = sum / low[j][j];
            else if (sum > 1e-9 * a[i][i])
                low[i][i] = sqrt(sum);
            else
                return false;
        }
    for (int i = 0; i < SW_P5_X; i++) {
        z[i] = b[i];
        for (int k = 0; k < i; k++)
            z[i] -= low[i][k] * z[k];
        z[i] /= low[i][i];
    }
    for (int i = SW_P5_X - 1; i >= 0; i--) {
        for (int k = i + 1; k < SW_P5_X; k++)
            z[i] -= low[k][i] * z[k];
        z[i] /= low[i][i];
    }
    for (int i = 0; i < SW_P5_X; i++)
        if (!isfinite(z[i]))
            return false;
    memcpy(ret_w, z, sizeof(z));
    return true;
}

static void fade(struct sw_p5_learner *l)
{
    for (int i = 0; i < SW_P5_X; i++) {
        for (int j = 0; j < SW_P5_X; j++)
            l->a[i][j] *= FADE;
        l->b[i] *= FADE;
    }
    for (int i = 0; i < SW_P5_BINS; i++)
        l->hist[i] *= FADE;
    /* Features that never move for months fade away; then the weights stay as they are. */
    (void) solve(l->a, l->b, l->w);
}

void sw_p5_learn(struct sw_p5_learner *l, const double *x, double y, double sd)
{
    const double at = ((y - sw_p5_mean(l, x)) / sd - BINS_FROM) / BIN;
    const int bin = at <= 0.0 ? 0 : at >= SW_P5_BINS ? SW_P5_BINS - 1 : (int) at;

    l->hist[bin] += 1.0;
    for (int i = 0; i < SW_P5_X; i++) {
        for (int j = 0; j < SW_P5_X; j++)
            l->a[i][j] += x[i] * x[j];
        l->b[i] += x[i] * y;
    }
    /* Hours of learning, not of the clock: silence teaches nothing and makes nothing forgotten. */
    if (++l->learned >= FADE_MINUTES) {
        fade(l);
        l->learned = 0;
    }
}

double sw_p5_share_above(const struct sw_p5_learner *l, double u)
{
    const double at = (u - BINS_FROM) / BIN, least = 0.001 * exp(-(at < 0.0 ? 0.0 : at) / 20.0);
    double all = 0.0, above = 0.0, share;

    for (int i = SW_P5_BINS - 1; i >= 0; i--) {
        const double part = i >= at ? 1.0 : i + 1 <= at ? 0.0 : i + 1 - at; /* linear inside a bin */

        above += part * l->hist[i];
        all += l->hist[i];
    }
    share = all > 0.0 ? above / all : 0.0;
    return share < least ? least : share > 0.9995 ? 0.9995 : share; /* 1 is for what is certain */
}
