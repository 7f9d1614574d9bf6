// SPDX-License-Identifier: Apache-2.0
/* Memory of sitewardd with ten noise sensors at 1 Hz, early and late, beside an empty program with the same libraries;
 * and its CPU share when there is almost nothing to do. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "child.h"
#include "server.h"
#include "site.h"

#define EARLY_S 20
#define LATE_S 120
#define IDLE_S 30
#define SETTLE_MS 5000

static void fill(void *ctx, uint8_t unit, uint16_t reg_addr, uint16_t nb, uint16_t *regs)
{
    atomic_uint *turn = ctx;
    const unsigned now = atomic_fetch_add(turn, 1);

    for (unsigned i = 0; i < nb; i++)
        regs[i] = (uint16_t) (4500 + (now * 7919U + (unit + reg_addr + i) * 104729U) % 1501U);
}

static uint64_t asked(const void *server)
{
    return bench_server_registers(server);
}

static struct bench_memory print_memory(const char *who, const struct bench_child *c)
{
    const struct bench_memory m = bench_child_memory(c);

    printf("    %-44s RssAnon %6.2f MB   VmRSS %6.2f MB   %d libraries\n", who, (double) m.anon_kb / 1024.0,
           (double) m.rss_kb / 1024.0, bench_child_libraries(c));
    return m;
}

static void weigh_memory(const struct bench_env *env)
{
    atomic_uint turn = 0;
    const int late_s = bench_seconds(LATE_S), early_s = late_s < LATE_S ? late_s / 6 : EARLY_S;
    struct bench_server *server = bench_server_start(fill, &turn);
    struct bench_site site = {.quantity = "LAeq",
                              .n_devices = 10,
                              .n_channels = 1,
                              .n_buses = 2,
                              .interval_ms = 1000,
                              .live_interval_ms = 5000,
                              .modbus_port = bench_server_port(server)};
    char program[BENCH_PATH_SIZE], log[BENCH_PATH_SIZE], label[64];
    char *const argv[] = {program, NULL};
    struct bench_child daemon, empty;
    struct bench_memory early, late, floor;

    puts("  ten noise sensors at 1 Hz on two lines (goal: RssAnon <= 6 MB and flat)");
    bench_site_write(env, "memory", &site);
    bench_site_start(env, "memory", &daemon, asked, server);
    bench_sleep_ms(early_s * 1000LL);
    bench_child_check(&daemon);
    snprintf(label, sizeof(label), "sitewardd after %d s", early_s);
    early = print_memory(label, &daemon);
    bench_sleep_ms((late_s - early_s) * 1000LL);
    bench_child_check(&daemon);
    snprintf(label, sizeof(label), "sitewardd after %d s", late_s);
    late = print_memory(label, &daemon);
    bench_child_stop(&daemon);
    bench_server_stop(server);
    snprintf(program, sizeof(program), "%s/bench_empty", env->bin_dir);
    snprintf(log, sizeof(log), "%s/empty.log", env->work_dir);
    bench_child_start(&empty, "bench_empty", argv, log);
    bench_sleep_ms(500);
    bench_child_check(&empty);
    floor = print_memory("an empty program, same libraries (floor)", &empty);
    bench_child_stop(&empty);
    printf("    growth %+.2f MB RssAnon; VmRSS is %.2f x that of the empty program\n",
           (double) (late.anon_kb - early.anon_kb) / 1024.0, bench_ratio((double) late.rss_kb, (double) floor.rss_kb));
}

static void weigh_idle(const struct bench_env *env, const char *folder, const char *who, bool is_answered)
{
    const int seconds = bench_seconds(IDLE_S);
    atomic_uint turn = 0;
    struct bench_server *server = bench_server_start(fill, &turn);
    struct bench_site site = {.quantity = "LAeq",
                              .n_devices = 1,
                              .n_channels = 1,
                              .n_buses = 1,
                              .interval_ms = 1000,
                              .live_interval_ms = 5000,
                              .modbus_port = bench_server_port(server)};
    struct bench_child daemon;
    int64_t cpu_ns, start_ns;

    if (!is_answered) { /* the port was free a moment ago and nobody listens on it now */
        bench_server_stop(server);
        server = NULL;
    }
    bench_site_write(env, folder, &site);
    bench_site_start(env, folder, &daemon, is_answered ? asked : NULL, server);
    bench_sleep_ms(SETTLE_MS);
    bench_child_check(&daemon);
    start_ns = bench_mono_ns();
    cpu_ns = bench_child_cpu_ns(&daemon);
    bench_sleep_ms(seconds * 1000LL);
    bench_child_check(&daemon);
    printf("    %-44s %6.3f %% of one CPU over %d s\n", who,
           100.0 * (double) (bench_child_cpu_ns(&daemon) - cpu_ns) / (double) (bench_mono_ns() - start_ns), seconds);
    bench_child_stop(&daemon);
    bench_server_stop(server);
}

int main(int argc, char **argv)
{
    struct bench_env env;

    bench_env_init(&env, argc, argv);
    puts("memory");
    weigh_memory(&env);
    puts("  idle (goal: < 1 %)");
    weigh_idle(&env, "idle-none", "one device that nobody answers for", false);
    weigh_idle(&env, "idle-one", "one device with one register at 1 Hz", true);
    return 0;
}
