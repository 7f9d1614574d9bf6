// SPDX-License-Identifier: Apache-2.0
/* Scores one series: reads "seconds level" lines (ascending) from the standard input, judges them against limits at
 * quantiles of the series' own 20-minute levels, and prints what each method did at each threshold, for run.py to pool.
 *   bench_forecast score INTERVAL_S START QUANTILE…
 *   bench_forecast teach INTERVAL_S START     prints instead what the series teaches: sums, and residuals from START
 * START is a file of start figures (7 weights, 7 moments, 56 classes); "-" = none. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/reading.h"
#include "method.h"

#define THRESHOLDS 180
#define BINS 20
#define AHEAD_S 600 /* what the probability is about */

static void stop(const char *why)
{
    fprintf(stderr, "bench_forecast: %s\n", why);
    exit(1);
}

static void *must(void *p)
{
    if (!p)
        stop("no memory");
    return p;
}

static void read_series(FILE *in, int interval_s, struct series *ret)
{
    int room = 1 << 16;
    long long t;
    double value;

    *ret = (struct series){.interval_s = interval_s, .level = must(malloc(sizeof(int32_t) * (size_t) room))};
    while (fscanf(in, "%lld %lf", &t, &value) == 2) {
        long long at;

        if (ret->n == 0)
            ret->t0_s = t;
        at = (t - ret->t0_s) / interval_s;
        if (at < 0 || at > 100000000)
            stop("the times of a series must ascend and lie within years");
        while (at >= room)
            ret->level = must(realloc(ret->level, sizeof(int32_t) * (size_t) (room *= 2)));
        while (ret->n <= at)
            ret->level[ret->n++] = SW_NO_VALUE;
        ret->level[at] = sw_hundredths(value);
    }
    ret->sum = must(calloc((size_t) ret->n + 1, sizeof(*ret->sum)));
    ret->count = must(calloc((size_t) ret->n + 1, sizeof(*ret->count)));
    for (int i = 0; i < ret->n; i++) {
        const bool is_known = ret->level[i] != SW_NO_VALUE;

        ret->sum[i + 1] = ret->sum[i] + (is_known ? (sw_i128) sw_energy(ret->level[i]) : 0);
        ret->count[i + 1] = ret->count[i] + is_known;
    }
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

/* Quantile of the levels of whole windows, to half a decibel. */
static double limit_at(const struct series *s, double quantile)
{
    const int window = WINDOW_S / s->interval_s;
    double *level = must(malloc(sizeof(double) * ((size_t) s->n + 1))), limit;
    int n = 0;

    for (int i = window; i <= s->n; i++)
        if (s->count[i] - s->count[i - window] == (uint32_t) window)
            level[n++] = db_of(mean_energy(s, i - window, i));
    if (n == 0)
        stop("no whole window in the series");
    qsort(level, (size_t) n, sizeof(*level), compare);
    limit = round(2.0 * level[(int) (quantile * (n - 1))]) / 2.0;
    free(level);
    return limit;
}

static double threshold_at(const struct method *m, int i)
{
    const double share = (double) i / (THRESHOLDS - 1);

    if (m->is_probability) {
        const double from = log(m->from / (1 - m->from)), to = log(m->to / (1 - m->to));

        return 1.0 / (1.0 + exp(-(from + share * (to - from))));
    }
    return m->from + share * (m->to - m->from);
}

static void print_sweep(const struct judged *j, const struct method *m, const double *score)
{
    static struct outcome o;

    for (int i = 0; i < THRESHOLDS; i++) {
        const double threshold = threshold_at(m, i);

        count_warnings(j, score, threshold, &o);
        printf("at\t%s\t%.6f\t%d\t%d\t%d\t%.3f\t", m->name, threshold, o.n_false, o.n_warned, o.n_slow_warned,
               o.warning_minutes);
        for (int k = 0; k < o.n_leads; k++)
            printf("%s%.2f", k ? "," : "", o.lead_minutes[k]);
        printf("\n");
    }
}

/* What was said each minute, and what came true. */
static void print_reliability(const struct judged *j, const struct method *m, const double *score)
{
    const struct series *s = j->series;
    const int step = s->interval_s < 60 ? 60 / s->interval_s : 1, ahead = AHEAD_S / s->interval_s;
    long said[BINS] = {0}, came[BINS] = {0};
    double sum[BINS] = {0};

    for (int i = 0; i + ahead < s->n; i += step) {
        int bin, next = i;

        if (j->phase[i] != PHASE_FREE || !isfinite(score[i]))
            continue;
        while (next < i + ahead && j->phase[next] == PHASE_FREE)
            next++;
        if (j->phase[next] == PHASE_BUSY)
            continue; /* nobody can say what became of it */
        bin = score[i] >= 1.0 ? BINS - 1 : (int) (score[i] * BINS);
        said[bin]++;
        sum[bin] += score[i];
        came[bin] += j->phase[next] == PHASE_CROSSING;
    }
    for (int bin = 0; bin < BINS; bin++)
        printf("bin\t%s\t%d\t%ld\t%.6f\t%ld\n", m->name, bin, said[bin], sum[bin], came[bin]);
}

static const struct start *read_start(const char *path, struct start *ret)
{
    double *const all[] = {ret->w, ret->moment, ret->hist};
    const int n[] = {SW_P5_X, SW_P5_X, SW_P5_BINS};
    FILE *f;

    if (strcmp(path, "-") == 0)
        return NULL;
    f = fopen(path, "r");
    if (!f)
        stop("the file of start figures cannot be opened");
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < n[k]; i++)
            if (fscanf(f, "%lf", &all[k][i]) != 1)
                stop("the file of start figures is too short");
    fclose(f);
    return ret;
}

static void print_teaching(const struct series *s, const struct start *start)
{
    static const struct start nothing;
    struct sw_p5_learner l;

    teach(s, start ? start : &nothing, &l);
    for (int i = 0; i < SW_P5_X; i++) {
        printf("a");
        for (int k = 0; k < SW_P5_X; k++)
            printf("\t%.17g", l.a[i][k]);
        printf("\nb\t%.17g\n", l.b[i]);
    }
    printf("hist");
    for (int i = 0; i < SW_P5_BINS; i++)
        printf("\t%.17g", l.hist[i]);
    printf("\n");
}

static void print_scores(const struct series *s, double quantile)
{
    double *score = must(malloc(sizeof(double) * (size_t) s->n));
    struct judged j;

    judge_series(s, limit_at(s, quantile), &j);
    printf("limit\t%g\t%.1f\t%.6f\t%d\t%d\n", quantile, j.limit_db, j.days, j.n_crossings, j.n_slow);
    for (int m = 0; m < n_methods - !start_of_others; m++) { /* the last one needs start figures */
        methods[m].score(&j, score);
        print_sweep(&j, &methods[m], score);
        if (methods[m].is_probability)
            print_reliability(&j, &methods[m], score);
    }
    free(j.phase);
    free(j.is_slow);
    free(score);
}

int main(int argc, char **argv)
{
    struct start figures;
    struct series s;

    if (argc < 4 || (strcmp(argv[1], "score") != 0 && strcmp(argv[1], "teach") != 0) || atoi(argv[2]) < 1 ||
        atoi(argv[2]) > 60)
        stop("usage: bench_forecast score|teach INTERVAL_S START [QUANTILE…] <SERIES (interval 1 to 60 s)");
    start_of_others = read_start(argv[3], &figures);
    read_series(stdin, atoi(argv[2]), &s);
    if (s.n == 0)
        stop("the series is empty");
    if (strcmp(argv[1], "teach") == 0)
        print_teaching(&s, start_of_others);
    else
        for (int arg = 4; arg < argc; arg++)
            print_scores(&s, atof(argv[arg]));
    free(s.level);
    free(s.sum);
    free(s.count);
    return 0;
}
