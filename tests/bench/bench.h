// SPDX-License-Identifier: Apache-2.0
/* What every benchmark needs: clocks, samples and their percentiles, the folder and broker it was given, and a way to
 * say why it could not measure. Judges nothing: figures are printed beside a floor, no limit is asserted. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_NS_PER_S 1000000000LL
#define BENCH_NS_PER_MS 1000000LL
#define BENCH_PATH_SIZE 512

/** From the command line: PROGRAM BIN_DIR WORK_DIR BROKER_PORT. run.sh fills it in. */
struct bench_env {
    const char *bin_dir;  /* where sitewardd, siteward and bench_* lie */
    const char *work_dir; /* empty, this benchmark's own, removed afterwards by run.sh */
    int broker_port;      /* 0 = this benchmark needs none */
};

void bench_env_init(struct bench_env *env, int argc, char **argv);

/** $SW_BENCH_SECONDS where it is set (a short run while writing code), else what the benchmark wants. */
int bench_seconds(int wanted);

int64_t bench_mono_ns(void);
int64_t bench_real_ns(void);
void bench_sleep_ms(int64_t ms);

/** "could not measure: …" to stderr, end of the children, exit 1. */
_Noreturn __attribute__((format(printf, 1, 2))) void bench_give_up(const char *fmt, ...);

/** A fixed number of samples; those beyond it are not kept. Used by one thread at a time. */
struct bench_samples {
    double *v;
    size_t n, cap;
};

void bench_samples_init(struct bench_samples *s, size_t cap);
void bench_samples_done(struct bench_samples *s);
void bench_samples_add(struct bench_samples *s, double value);
/** Nearest rank: the smallest sample that at least `percent` of the samples do not exceed. Sorts the samples. */
double bench_percentile(struct bench_samples *s, double percent);

/** `part` / `floor`, or 0 if there is no floor. */
double bench_ratio(double part, double floor);

#endif
