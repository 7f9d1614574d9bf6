// SPDX-License-Identifier: Apache-2.0
/* CPU time per 1,000 registers polled, judged and stored: one TCP device, 100 registers, ten times a second. Once with
 * live documents every 5 s beside bare polling, once with every reading published beside bare polling and publishing.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "child.h"
#include "listener.h"
#include "server.h"
#include "site.h"

#define REGISTERS 100
#define INTERVAL_MS 100
#define WARM_UP_MS 5000

struct run {
    atomic_uint turn;
    atomic_ullong documents;
    _Atomic size_t document_bytes;
};

/* 45 … 65 in hundredths, another one each time. */
static void fill(void *ctx, uint8_t unit, uint16_t reg_addr, uint16_t nb, uint16_t *regs)
{
    struct run *r = ctx;
    const unsigned turn = atomic_fetch_add(&r->turn, 1);

    (void) unit;
    for (unsigned i = 0; i < nb; i++)
        regs[i] = (uint16_t) (4500 + (turn * 7919U + (reg_addr + i) * 104729U) % 2001U);
}

static void arrived(void *ctx, const char *payload, size_t len, int64_t mono_ns, int64_t real_ns)
{
    struct run *r = ctx;

    (void) payload;
    (void) mono_ns;
    (void) real_ns;
    atomic_store(&r->document_bytes, len);
    atomic_fetch_add(&r->documents, 1);
}

static uint64_t asked(const void *server)
{
    return bench_server_registers(server);
}

/* @return CPU milliseconds of the child per 1,000 registers */
static double weigh(const char *who, struct run *r, const struct bench_server *server, const struct bench_child *child,
                    int seconds)
{
    int64_t cpu_ns;
    uint64_t registers, documents;
    double ms;

    bench_sleep_ms(WARM_UP_MS);
    bench_child_check(child);
    registers = bench_server_registers(server);
    documents = atomic_load(&r->documents);
    cpu_ns = bench_child_cpu_ns(child);
    bench_sleep_ms(seconds * 1000LL);
    bench_child_check(child);
    cpu_ns = bench_child_cpu_ns(child) - cpu_ns;
    registers = bench_server_registers(server) - registers;
    documents = atomic_load(&r->documents) - documents;
    if (registers == 0)
        bench_give_up("%s asked for no register", child->what);
    ms = (double) cpu_ns / 1e6 / ((double) registers / 1000.0);
    printf("    %-44s %7.3f ms per 1,000 registers   (%llu registers, %llu live documents)\n", who, ms,
           (unsigned long long) registers, (unsigned long long) documents);
    return ms;
}

static double weigh_daemon(const struct bench_env *env, const char *folder, const char *quantity, int live_interval_ms,
                           int seconds, size_t *ret_bytes)
{
    struct run r = {0};
    struct bench_server *server = bench_server_start(fill, &r);
    struct bench_listener *listener = bench_listener_start(env->broker_port, BENCH_TOPIC_LIVE, 0, arrived, &r);
    struct bench_site site = {.quantity = quantity,
                              .n_devices = 1,
                              .n_channels = REGISTERS,
                              .n_buses = 1,
                              .interval_ms = INTERVAL_MS,
                              .live_interval_ms = live_interval_ms,
                              .modbus_port = bench_server_port(server)};
    struct bench_child daemon;
    char who[64];
    double ms;

    bench_site_write(env, folder, &site);
    bench_site_start(env, folder, &daemon, asked, server);
    snprintf(who, sizeof(who), "sitewardd, 100 x %s, live_interval %ds", quantity, live_interval_ms / 1000);
    ms = weigh(who, &r, server, &daemon, seconds);
    bench_child_stop(&daemon);
    bench_listener_stop(listener);
    bench_server_stop(server);
    if (bench_site_stored_bytes(env, folder) <= 0)
        bench_give_up("sitewardd has stored nothing: the figure above is not the one that was asked for");
    *ret_bytes = atomic_load(&r.document_bytes);
    return ms;
}

enum bare_kind { POLLING, PUBLISHING, PUBLISHING_WITHOUT_DELAY };

static double weigh_bare(const struct bench_env *env, enum bare_kind kind, size_t bytes, int seconds)
{
    static const char *const names[] = {"bare libmodbus (floor)", "bare libmodbus and Paho, Nagle on as it comes",
                                        "bare libmodbus and Paho, TCP_NODELAY"};
    struct run r = {0};
    struct bench_server *server = bench_server_start(fill, &r);
    struct bench_listener *listener = bench_listener_start(env->broker_port, BENCH_TOPIC_LIVE, 0, arrived, &r);
    char program[BENCH_PATH_SIZE], log[BENCH_PATH_SIZE], n[6][16], one[] = "1";
    char *const argv[] = {program, n[0], one, n[1], n[2], n[3], n[4], n[5], NULL};
    struct bench_child bare;
    double ms;

    snprintf(program, sizeof(program), "%s/bench_bare", env->bin_dir);
    snprintf(log, sizeof(log), "%s/bare.log", env->work_dir);
    snprintf(n[0], sizeof(n[0]), "%d", bench_server_port(server));
    snprintf(n[1], sizeof(n[1]), "%d", REGISTERS);
    snprintf(n[2], sizeof(n[2]), "%d", INTERVAL_MS);
    snprintf(n[3], sizeof(n[3]), "%d", kind != POLLING ? env->broker_port : 0);
    snprintf(n[4], sizeof(n[4]), "%zu", bytes);
    snprintf(n[5], sizeof(n[5]), "%d", kind == PUBLISHING_WITHOUT_DELAY);
    bench_child_start(&bare, "bench_bare", argv, log);
    ms = weigh(names[kind], &r, server, &bare, seconds);
    bench_child_stop(&bare);
    bench_listener_stop(listener);
    bench_server_stop(server);
    return ms;
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
