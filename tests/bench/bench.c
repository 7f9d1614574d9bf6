// SPDX-License-Identifier: Apache-2.0
/* Clocks, samples, and giving up. See bench.h. */
#include "bench.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void bench_env_init(struct bench_env *env, int argc, char **argv)
{
    if (argc != 4)
        bench_give_up("want BIN_DIR WORK_DIR BROKER_PORT; tests/bench/run.sh gives them");
    *env = (struct bench_env){.bin_dir = argv[1], .work_dir = argv[2], .broker_port = atoi(argv[3])};
    setvbuf(stdout, NULL, _IOLBF, 0); /* figures appear as they are measured, also through a pipe */
}

int bench_seconds(int wanted)
{
    const char *text = getenv("SW_BENCH_SECONDS");
    const int seconds = text != NULL ? atoi(text) : 0;

    return seconds > 0 ? seconds : wanted;
}

static int64_t now_ns(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return t.tv_sec * BENCH_NS_PER_S + t.tv_nsec;
}

int64_t bench_mono_ns(void)
{
    return now_ns(CLOCK_MONOTONIC);
}

int64_t bench_real_ns(void)
{
    return now_ns(CLOCK_REALTIME);
}

void bench_sleep_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * BENCH_NS_PER_MS};

    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
        continue;
}

void bench_give_up(const char *fmt, ...)
{
    va_list args;

    fflush(stdout);
    fputs("could not measure: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1); /* children are ended by child.c's atexit */
}

void bench_samples_init(struct bench_samples *s, size_t cap)
{
    *s = (struct bench_samples){.v = calloc(cap, sizeof(double)), .cap = cap};
    if (s->v == NULL)
        bench_give_up("no memory for %zu samples", cap);
}

void bench_samples_done(struct bench_samples *s)
{
    free(s->v);
    *s = (struct bench_samples){0};
}

void bench_samples_add(struct bench_samples *s, double value)
{
    if (s->n < s->cap)
        s->v[s->n++] = value;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

double bench_percentile(struct bench_samples *s, double percent)
{
    size_t rank;

    if (s->n == 0)
        return NAN;
    qsort(s->v, s->n, sizeof(*s->v), by_value);
    rank = (size_t) ceil(percent / 100.0 * (double) s->n);
    return s->v[rank > 0 ? rank - 1 : 0];
}

double bench_ratio(double part, double floor)
{
    return floor > 0 ? part / floor : 0;
}
