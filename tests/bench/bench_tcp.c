// SPDX-License-Identifier: Apache-2.0
/* CPU time of a large site: 50 TCP units of ten registers each second (noise, dust and weather, three sensors a unit),
 * two packs, every reading judged and stored, live documents every 5 s. Once each unit by its own connection, once all
 * of them behind one converter; beside bare libmodbus that asks the same. */
#include <stdio.h>

#include "bench.h"
#include "weigh.h"

#define UNITS 50
#define REGISTERS 10
#define INTERVAL_MS 1000

static void weigh(const struct bench_env *env, const char *folder, const char *what, int connections, int seconds)
{
    const struct bench_bare bare = {
        .units = UNITS, .registers = REGISTERS, .interval_ms = INTERVAL_MS, .connections = connections};
    const struct bench_site site = {.is_mixed = true,
                                    .n_devices = UNITS,
                                    .n_buses = connections,
                                    .interval_ms = INTERVAL_MS,
                                    .live_interval_ms = 5000};
    double floor, all;

    printf("  %s (goal: <= 15 ms per 1,000 registers)\n", what);
    floor = bench_weigh_bare(env, "bare libmodbus (floor)", &bare, seconds);
    all = bench_weigh_daemon(env, folder, "sitewardd, everything on, live_interval 5s", site, seconds, NULL);
    printf("    ratio to the floor: %.1f\n", bench_ratio(all, floor));
}

int main(int argc, char **argv)
{
    const int seconds = bench_seconds(60);
    struct bench_env env;

    bench_env_init(&env, argc, argv);
    printf("tcp: %d units x %d registers each second, %d s each\n", UNITS, REGISTERS, seconds);
    weigh(&env, "tcp-each", "each unit by its own connection", UNITS, seconds);
    weigh(&env, "tcp-box", "all units behind one converter", 1, seconds);
    return 0;
}
