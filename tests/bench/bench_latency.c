// SPDX-License-Identifier: Apache-2.0
/* From the reply of the device to the live document at a subscriber, with `live_interval: 0s` and the store on.
 * The device gives each reply a value of its own (40.00 … 99.99, one step a reply) and notes when it sent it; the
 * subscriber looks the value up. Floor: bench_bare on the same device, broker and subscriber, like
 * the gateway without Nagle's algorithm. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "child.h"
#include "listener.h"
#include "server.h"
#include "site.h"

#define RAW_MIN 4000
#define RAW_COUNT 6000 /* 60 s until a value comes again, at 100 replies a second */
#define WARM_UP_MS 3000

struct pattern {
    const char *name, *folder;
    int n_devices, interval_ms;
};

struct run {
    _Atomic int64_t sent_ns[RAW_COUNT];
    atomic_uint next;
    atomic_bool is_counting;
    _Atomic size_t document_bytes;
    struct bench_samples ms;
};

static void fill(void *ctx, uint8_t unit, uint16_t reg_addr, uint16_t nb, uint16_t *regs)
{
    struct run *r = ctx;
    const unsigned slot = atomic_fetch_add(&r->next, 1) % RAW_COUNT;

    (void) unit;
    (void) reg_addr;
    for (int i = 0; i < nb; i++)
        regs[i] = (uint16_t) (RAW_MIN + slot);
    atomic_store(&r->sent_ns[slot], bench_mono_ns());
}

static void arrived(void *ctx, const char *payload, size_t len, int64_t mono_ns, int64_t real_ns)
{
    struct run *r = ctx;
    const char *v = strstr(payload, "\"v\":");
    const int slot = v != NULL ? (int) (strtod(v + 4, NULL) * 100.0 + 0.5) - RAW_MIN : -1;

    (void) real_ns;
    if (slot < 0 || slot >= RAW_COUNT || !atomic_load(&r->is_counting))
        return;
    atomic_store(&r->document_bytes, len);
    bench_samples_add(&r->ms, (double) (mono_ns - atomic_load(&r->sent_ns[slot])) / 1e6);
}

static uint64_t asked(const void *server)
{
    return bench_server_registers(server);
}

/* @return replies of the device while samples were taken */
static uint64_t count_for(struct run *r, const struct bench_server *server, const struct bench_child *child,
                          int seconds)
{
    uint64_t before;

    bench_sleep_ms(WARM_UP_MS);
    bench_child_check(child);
    before = bench_server_registers(server);
    atomic_store(&r->is_counting, true);
    bench_sleep_ms(seconds * 1000);
    atomic_store(&r->is_counting, false);
    bench_child_check(child);
    if (r->ms.n == 0)
        bench_give_up("no live document of %s reached the subscriber", child->what);
    return bench_server_registers(server) - before;
}

static void print_row(const char *who, struct run *r, uint64_t replies)
{
    printf("    %-22s n %5zu of %5llu   p50 %6.3f ms   p99 %6.3f ms   max %7.3f ms\n", who, r->ms.n,
           (unsigned long long) replies, bench_percentile(&r->ms, 50), bench_percentile(&r->ms, 99),
           bench_percentile(&r->ms, 100));
}

static struct run *new_run(size_t cap)
{
    struct run *r = calloc(1, sizeof(*r));

    if (r == NULL)
        bench_give_up("no memory");
    bench_samples_init(&r->ms, cap);
    return r;
}

static void free_run(struct run *r)
{
    bench_samples_done(&r->ms);
    free(r);
}

/* The daemon first: the floor's documents get the size of its own. */
static struct run *run_daemon(const struct bench_env *env, const struct pattern *p, int seconds)
{
    struct run *r = new_run((size_t) (seconds * 1000 / p->interval_ms * p->n_devices * 2));
    struct bench_server *server = bench_server_start(fill, r);
    struct bench_listener *listener = bench_listener_start(env->broker_port, BENCH_TOPIC_LIVE, 0, arrived, r);
    struct bench_site site = {.quantity = "LAeq",
                              .n_devices = p->n_devices,
                              .n_channels = 1,
                              .n_buses = 1,
                              .interval_ms = p->interval_ms,
                              .live_interval_ms = 0,
                              .modbus_port = bench_server_port(server)};
    struct bench_child daemon;
    uint64_t replies;

    bench_site_write(env, p->folder, &site);
    bench_site_start(env, p->folder, &daemon, asked, server);
    replies = count_for(r, server, &daemon, seconds);
    bench_child_stop(&daemon);
    bench_listener_stop(listener);
    bench_server_stop(server);
    print_row("sitewardd, store on", r, replies);
    if (bench_site_stored_bytes(env, p->folder) <= 0)
        bench_give_up("sitewardd has stored nothing: the figure above is not the one that was asked for");
    return r;
}

static struct run *run_bare(const struct bench_env *env, const struct pattern *p, int seconds, size_t bytes)
{
    struct run *r = new_run((size_t) (seconds * 1000 / p->interval_ms * p->n_devices * 2));
    struct bench_server *server = bench_server_start(fill, r);
    struct bench_listener *listener = bench_listener_start(env->broker_port, BENCH_TOPIC_LIVE, 0, arrived, r);
    char program[BENCH_PATH_SIZE], log[BENCH_PATH_SIZE], n[5][16], one[] = "1";
    char *const argv[] = {program, n[0], n[1], one, n[2], n[3], n[4], one, one, NULL};
    struct bench_child bare;
    uint64_t replies;

    snprintf(program, sizeof(program), "%s/bench_bare", env->bin_dir);
    snprintf(log, sizeof(log), "%s/bare.log", env->work_dir);
    snprintf(n[0], sizeof(n[0]), "%d", bench_server_port(server));
    snprintf(n[1], sizeof(n[1]), "%d", p->n_devices);
    snprintf(n[2], sizeof(n[2]), "%d", p->interval_ms);
    snprintf(n[3], sizeof(n[3]), "%d", env->broker_port);
    snprintf(n[4], sizeof(n[4]), "%zu", bytes);
    bench_child_start(&bare, "bench_bare", argv, log);
    replies = count_for(r, server, &bare, seconds);
    bench_child_stop(&bare);
    bench_listener_stop(listener);
    bench_server_stop(server);
    print_row("bare libraries (floor)", r, replies);
    return r;
}

int main(int argc, char **argv)
{
    static const struct pattern patterns[] = {
        {"one device at 20 ms", "latency-one", 1, 20},
        {"ten devices on one line at 100 ms, all due at once", "latency-ten", 10, 100},
    };
    struct bench_env env;

    bench_env_init(&env, argc, argv);
    puts("latency: reply of the device -> live document at a subscriber (goal: p50 <= 1 ms, p99 <= 5 ms)");
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        const struct pattern *p = &patterns[i];
        const int seconds = bench_seconds(p->n_devices == 1 ? 40 : 20); /* 2,000 samples each */

        printf("  %s, %d s each\n", p->name, seconds);
        struct run *daemon = run_daemon(&env, p, seconds);
        struct run *bare = run_bare(&env, p, seconds, atomic_load(&daemon->document_bytes));

        printf("    ratio to the floor     p50 %.2f   p99 %.2f   (documents of %zu bytes)\n",
               bench_ratio(bench_percentile(&daemon->ms, 50), bench_percentile(&bare->ms, 50)),
               bench_ratio(bench_percentile(&daemon->ms, 99), bench_percentile(&bare->ms, 99)),
               atomic_load(&daemon->document_bytes));
        free_run(daemon);
        free_run(bare);
    }
    return 0;
}
