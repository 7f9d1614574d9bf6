// SPDX-License-Identifier: Apache-2.0
/* Weighing sitewardd and bare libraries. See weigh.h. */
#include "weigh.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "listener.h"
#include "server.h"

#define WARM_UP_MS 5000

struct load {
    atomic_uint turn;
    atomic_ullong documents;
    _Atomic size_t document_bytes;
};

/* 45 … 65 in hundredths, another one each time. */
static void fill(void *ctx, uint8_t unit, uint16_t reg_addr, uint16_t nb, uint16_t *regs)
{
    struct load *l = ctx;
    const unsigned turn = atomic_fetch_add(&l->turn, 1);

    (void) unit;
    for (unsigned i = 0; i < nb; i++)
        regs[i] = (uint16_t) (4500 + (turn * 7919U + (reg_addr + i) * 104729U) % 2001U);
}

static void arrived(void *ctx, const char *payload, size_t len, int64_t mono_ns, int64_t real_ns)
{
    struct load *l = ctx;

    (void) payload;
    (void) mono_ns;
    (void) real_ns;
    atomic_store(&l->document_bytes, len);
    atomic_fetch_add(&l->documents, 1);
}

static uint64_t asked(const void *server)
{
    return bench_server_registers(server);
}

static double weigh(const char *who, struct load *l, const struct bench_server *server, const struct bench_child *child,
                    int seconds)
{
    int64_t cpu_ns;
    uint64_t registers, documents;
    double ms;

    bench_sleep_ms(WARM_UP_MS);
    bench_child_check(child);
    registers = bench_server_registers(server);
    documents = atomic_load(&l->documents);
    cpu_ns = bench_child_cpu_ns(child);
    bench_sleep_ms(seconds * 1000LL);
    bench_child_check(child);
    cpu_ns = bench_child_cpu_ns(child) - cpu_ns;
    registers = bench_server_registers(server) - registers;
    documents = atomic_load(&l->documents) - documents;
    if (registers == 0)
        bench_give_up("%s asked for no register", child->what);
    ms = (double) cpu_ns / 1e6 / ((double) registers / 1000.0);
    printf("    %-44s %7.3f ms per 1,000 registers   (%llu registers, %llu live documents)\n", who, ms,
           (unsigned long long) registers, (unsigned long long) documents);
    return ms;
}

double bench_weigh_daemon(const struct bench_env *env, const char *folder, const char *who, struct bench_site site,
                          int seconds, size_t *ret_bytes)
{
    struct load l = {0};
    struct bench_server *server = bench_server_start(fill, &l);
    struct bench_listener *listener = bench_listener_start(env->broker_port, BENCH_TOPIC_LIVE, 0, arrived, &l);
    struct bench_child daemon;
    double ms;

    site.modbus_port = bench_server_port(server);
    bench_site_write(env, folder, &site);
    bench_site_start(env, folder, &daemon, asked, server);
    ms = weigh(who, &l, server, &daemon, seconds);
    bench_child_stop(&daemon);
    bench_listener_stop(listener);
    bench_server_stop(server);
    if (bench_site_stored_bytes(env, folder) <= 0)
        bench_give_up("sitewardd has stored nothing: the figure above is not the one that was asked for");
    if (ret_bytes != NULL)
        *ret_bytes = atomic_load(&l.document_bytes);
    return ms;
}

double bench_weigh_bare(const struct bench_env *env, const char *who, const struct bench_bare *bare, int seconds)
{
    struct load l = {0};
    struct bench_server *server = bench_server_start(fill, &l);
    struct bench_listener *listener = bench_listener_start(env->broker_port, BENCH_TOPIC_LIVE, 0, arrived, &l);
    const int numbers[] = {bench_server_port(server),
                           bare->units,
                           bare->registers,
                           bare->interval_ms,
                           bare->is_publishing ? env->broker_port : 0,
                           (int) bare->bytes,
                           bare->is_without_delay,
                           bare->connections};
    enum { N = sizeof(numbers) / sizeof(numbers[0]) };
    char program[BENCH_PATH_SIZE], log[BENCH_PATH_SIZE], text[N][16];
    char *argv[N + 2] = {program};
    struct bench_child child;
    double ms;

    for (size_t i = 0; i < N; i++) {
        snprintf(text[i], sizeof(text[i]), "%d", numbers[i]);
        argv[i + 1] = text[i];
    }
    snprintf(program, sizeof(program), "%s/bench_bare", env->bin_dir);
    snprintf(log, sizeof(log), "%s/bare.log", env->work_dir);
    bench_child_start(&child, "bench_bare", argv, log);
    ms = weigh(who, &l, server, &child, seconds);
    bench_child_stop(&child);
    bench_listener_stop(listener);
    bench_server_stop(server);
    return ms;
}
