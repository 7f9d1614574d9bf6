// SPDX-License-Identifier: Apache-2.0
/* CPU time per 1,000 registers polled, judged and stored: one TCP device, 100 registers, ten times a second. Once with
 * live documents every 5 s beside bare polling, once with every reading published beside bare polling and publishing.
 */
#include <stdio.h>

#include "bench.h"
#include "weigh.h"

#define REGISTERS 100
#define INTERVAL_MS 100

static double weigh_daemon(const struct bench_env *env, const char *folder, const char *quantity, int live_interval_ms,
                           int seconds, size_t *ret_bytes)
{
    const struct bench_site site = {.quantity = quantity,
                                    .n_devices = 1,
                                    .n_channels = REGISTERS,
                                    .n_buses = 1,
                                    .interval_ms = INTERVAL_MS,
                                    .live_interval_ms = live_interval_ms};
    char who[64];

    snprintf(who, sizeof(who), "sitewardd, 100 x %s, live_interval %ds", quantity, live_interval_ms / 1000);
    return bench_weigh_daemon(env, folder, who, site, seconds, ret_bytes);
}

enum bare_kind { POLLING, PUBLISHING, PUBLISHING_WITHOUT_DELAY };

static double weigh_bare(const struct bench_env *env, enum bare_kind kind, size_t bytes, int seconds)
{
    static const char *const names[] = {"bare libmodbus (floor)", "bare libmodbus and Paho, Nagle on as it comes",
                                        "bare libmodbus and Paho, TCP_NODELAY"};
    const struct bench_bare bare = {.units = 1,
                                    .registers = REGISTERS,
                                    .interval_ms = INTERVAL_MS,
                                    .connections = 1,
                                    .is_publishing = kind != POLLING,
                                    .is_without_delay = kind == PUBLISHING_WITHOUT_DELAY,
                                    .bytes = bytes};

    return bench_weigh_bare(env, names[kind], &bare, seconds);
}

int main(int argc, char **argv)
{
    const int seconds = bench_seconds(60);
    struct bench_env env;
    size_t bytes = 0;
    double floor, noise, dust, all, nagle, nodelay;

    bench_env_init(&env, argc, argv);
    printf("cpu: 100 registers of one TCP device at 10 Hz, %d s each, every reading judged and stored\n", seconds);
    puts("  live_interval 5s (goal: <= 10 ms per 1,000 registers)");
    floor = weigh_bare(&env, POLLING, 0, seconds);
    noise = weigh_daemon(&env, "cpu-noise", "LAF", 5000, seconds, &bytes);
    dust = weigh_daemon(&env, "cpu-dust", "PM10", 5000, seconds, &bytes);
    printf("    ratio to the floor: noise %.1f, dust %.1f\n", bench_ratio(noise, floor), bench_ratio(dust, floor));
    puts("  live_interval 0s: every reading published (goal: <= 1.5 x bare libraries)");
    all = weigh_daemon(&env, "cpu-live", "LAF", 0, seconds, &bytes);
    nagle = weigh_bare(&env, PUBLISHING, bytes, seconds);
    nodelay = weigh_bare(&env, PUBLISHING_WITHOUT_DELAY, bytes, seconds);
    printf(
        "    ratio: %.2f to Paho as it comes, %.2f to Paho that sends at once as the gateway does (%zu bytes each)\n",
        bench_ratio(all, nagle), bench_ratio(all, nodelay), bytes);
    return 0;
}
