// SPDX-License-Identifier: Apache-2.0
/* A program under measurement: started, weighed from outside, ended. Knows nothing of what it does. */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct bench_child {
    const char *what; /* for messages */
    pid_t pid;
    char log_path[512];
};

struct bench_memory {
    long rss_kb, anon_kb; /* VmRSS, RssAnon */
};

/** What a program that ran to its end took. */
struct bench_run {
    double wall_s, cpu_s; /* cpu: user + system */
    long peak_rss_kb;
};

/** argv[0] is the program's path. Both streams go to the file `log`. It dies with us, whatever happens. */
void bench_child_start(struct bench_child *c, const char *what, char *const argv[], const char *log);
bool bench_child_is_alive(const struct bench_child *c);
/** Gives up with the end of its log if it has ended. */
void bench_child_check(const struct bench_child *c);
/** CPU time of all its threads so far, also of those that have ended; nanoseconds, not clock ticks. */
int64_t bench_child_cpu_ns(const struct bench_child *c);
struct bench_memory bench_child_memory(const struct bench_child *c);
/** Shared objects mapped into it. */
int bench_child_libraries(const struct bench_child *c);
/** SIGTERM, and SIGKILL after 10 s. */
void bench_child_stop(struct bench_child *c);

/** Run to the end, bound to one CPU, stdout to a file. Gives up unless it exits 0. */
struct bench_run bench_run_to_end(char *const argv[], const char *stdout_file, const char *stderr_file);

#endif
