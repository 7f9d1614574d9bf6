// SPDX-License-Identifier: Apache-2.0
/* Site files for the benchmarks: a site.yaml of like devices and the template beside it, and the daemon that runs it.
 */
#ifndef BENCH_SITE_H
#define BENCH_SITE_H

#include "bench.h"
#include "child.h"

struct bench_site {
    const char *quantity; /* of every channel: "LAeq", "LAF", "PM10" */
    int n_devices;        /* units 1 … n, named u1 … */
    int n_channels;       /* of each device: registers 0 …, named c0 … */
    bool is_mixed;        /* instead: ten registers in three sensors, c-noise, c-dust and c-weather */
    int n_buses;          /* connections to the same server; devices are dealt out in turn */
    int interval_ms;
    int live_interval_ms;
    int modbus_port;
};

/** Topic filters; the site's area, id and root are the same in all benchmarks. */
#define BENCH_TOPIC_LIVE "siteward/1/310115/bench/sensor/+/live"
#define BENCH_TOPIC_TICKET "siteward/1/310115/bench/ticket/+"

/** Write {work_dir}/{name}/site.yaml and its template. It is always about noon there, so that day limits apply whenever
 *  the benchmark runs. */
void bench_site_write(const struct bench_env *env, const char *name, const struct bench_site *site);

/** Start sitewardd on {work_dir}/{name}/site.yaml and wait until it has asked the device for its first registers
 *  (`asked` returns how many so far; NULL = do not wait). */
void bench_site_start(const struct bench_env *env, const char *name, struct bench_child *daemon,
                      uint64_t (*asked)(const void *), const void *ctx);

/** Bytes of the daemon's database with its write-ahead log. */
long bench_site_stored_bytes(const struct bench_env *env, const char *name);

#endif
