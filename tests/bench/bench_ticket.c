// SPDX-License-Identifier: Apache-2.0
/* From the reading that lets the forecast fire to the preventive ticket at a subscriber, committed before it was sent.
 * Devices go from 45 to 83 dB one after the other; each opens a ticket of its own half a minute later. Latency =
 * arrival of the ticket − its `ts`, which is the gateway's time of the input that fired. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "child.h"
#include "listener.h"
#include "server.h"
#include "site.h"

#define N_DEVICES 240 /* so that the 99th percentile is not the maximum */
#define N_BUSES 4
#define QUIET_RAW 4500
#define LOUD_RAW 8300 /* by day (limit 70 over 20 min) over the limit after a minute, so the forecast is first */
#define QUIET_MS 3000
#define STAGGER_MS 290 /* no multiple of the interval: the instants spread over the second */
#define GIVE_UP_S 180
#define SLOWEST 5
#define CAUSE_MAX_MS 100 /* between a reply and the ticket's ts, if the reply is what let it fire */
#define PREVIOUS 2       /* replies remembered of each device */

/** The slowest tickets by name: a minute's end or a burst explains more than a percentile. */
struct slow {
    double ms;
    int unit;
    char ts[24];
};

struct run {
    int64_t start_ns;
    atomic_uint wobble;
    _Atomic int64_t sent_ns[N_DEVICES + 1][PREVIOUS]; /* CLOCK_REALTIME of the last replies, newest first */
    struct bench_samples from_ts_ms, from_reply_ms;
    atomic_size_t n_preventive, n_other;
    bool is_seen[N_DEVICES + 1];
    struct slow slowest[SLOWEST];
};

static void fill(void *ctx, uint8_t unit, uint16_t reg_addr, uint16_t nb, uint16_t *regs)
{
    struct run *r = ctx;
    const int64_t loud_ns = r->start_ns + (QUIET_MS + (int64_t) unit * STAGGER_MS) * BENCH_NS_PER_MS;
    const unsigned wobble = atomic_fetch_add(&r->wobble, 1) % 20; /* a level that never moves is no level */

    (void) reg_addr;
    for (int i = 0; i < nb; i++)
        regs[i] = (uint16_t) ((bench_mono_ns() < loud_ns ? QUIET_RAW : LOUD_RAW) + wobble);
    if (unit > N_DEVICES)
        return;
    atomic_store(&r->sent_ns[unit][1], atomic_load(&r->sent_ns[unit][0]));
    atomic_store(&r->sent_ns[unit][0], bench_real_ns());
}

/* "2026-03-02T23:52:10.000+08:00" */
static int64_t parse_ts_ms(const char *text)
{
    struct tm tm = {0};
    int ms = 0, east_h = 0, east_m = 0;
    char sign = '+';
    int64_t shift_s;

    if (sscanf(text, "%d-%d-%dT%d:%d:%d.%3d%c%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
               &tm.tm_sec, &ms, &sign, &east_h, &east_m) < 7)
        return -1;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    shift_s = (sign == '-' ? -1 : sign == '+' ? 1 : 0) * (east_h * 3600 + east_m * 60);
    return ((int64_t) timegm(&tm) - shift_s) * 1000 + ms;
}

static const char *after(const char *text, const char *key)
{
    const char *p = strstr(text, key);

    return p != NULL ? p + strlen(key) : NULL;
}

/* The device's reply that the gateway had just read when it set `ts`; 0 if a tick of the clock let the forecast fire.
 */
static int64_t reply_before(struct run *r, int unit, int64_t ts_ms)
{
    for (int i = 0; i < PREVIOUS; i++) {
        const int64_t sent_ms = atomic_load(&r->sent_ns[unit][i]) / BENCH_NS_PER_MS;

        if (sent_ms <= ts_ms && ts_ms - sent_ms <= CAUSE_MAX_MS)
            return atomic_load(&r->sent_ns[unit][i]);
    }
    return 0;
}

static void keep_slowest(struct run *r, double ms, int unit, const char *ts)
{
    struct slow new = {.ms = ms, .unit = unit};

    snprintf(new.ts, sizeof(new.ts), "%.23s", ts);
    for (int i = 0; i < SLOWEST; i++)
        if (new.ms > r->slowest[i].ms) {
            const struct slow old = r->slowest[i];

            r->slowest[i] = new;
            new = old;
        }
}

static void arrived(void *ctx, const char *payload, size_t len, int64_t mono_ns, int64_t real_ns)
{
    struct run *r = ctx;
    const char *ts = after(payload, "\"ts\":\""), *place = after(payload, "\"matter_key\":\"bench:noise:day:u");
    const int unit = place != NULL ? atoi(place) : 0;
    const int64_t ts_ms = ts != NULL ? parse_ts_ms(ts) : -1;
    int64_t reply_ns;

    (void) len;
    (void) mono_ns;
    if (unit < 1 || unit > N_DEVICES || ts_ms < 0 || r->is_seen[unit])
        return; /* a later revision, or no matter of ours */
    r->is_seen[unit] = true;
    reply_ns = reply_before(r, unit, ts_ms);
    if (strstr(payload, "\"origin\":\"preventive\"") == NULL || strstr(payload, "\"stage\":\"forecast\"") == NULL) {
        atomic_fetch_add(&r->n_other, 1);
        return;
    }
    bench_samples_add(&r->from_ts_ms, (double) (real_ns - ts_ms * BENCH_NS_PER_MS) / 1e6);
    keep_slowest(r, (double) (real_ns - ts_ms * BENCH_NS_PER_MS) / 1e6, unit, ts);
    if (reply_ns > 0)
        bench_samples_add(&r->from_reply_ms, (double) (real_ns - reply_ns) / 1e6);
    atomic_fetch_add(&r->n_preventive, 1);
}

static uint64_t asked(const void *server)
{
    return bench_server_registers(server);
}

static void print_row(const char *what, struct bench_samples *s)
{
    printf("  %-34s n %3zu   p50 %7.3f ms   p99 %7.3f ms   max %7.3f ms\n", what, s->n, bench_percentile(s, 50),
           bench_percentile(s, 99), bench_percentile(s, 100));
}

static void wait_for_tickets(struct run *r, const struct bench_child *daemon)
{
    const int64_t until_ns = bench_mono_ns() + bench_seconds(GIVE_UP_S) * BENCH_NS_PER_S;

    while (atomic_load(&r->n_preventive) + atomic_load(&r->n_other) < N_DEVICES && bench_mono_ns() < until_ns) {
        bench_child_check(daemon);
        bench_sleep_ms(100);
    }
}

int main(int argc, char **argv)
{
    static struct run r;
    struct bench_env env;
    struct bench_child daemon;

    bench_env_init(&env, argc, argv);
    bench_samples_init(&r.from_ts_ms, N_DEVICES);
    bench_samples_init(&r.from_reply_ms, N_DEVICES);
    r.start_ns = bench_mono_ns();
    struct bench_server *server = bench_server_start(fill, &r);
    struct bench_listener *listener = bench_listener_start(env.broker_port, BENCH_TOPIC_TICKET, 1, arrived, &r);
    struct bench_site site = {.quantity = "LAeq",
                              .n_devices = N_DEVICES,
                              .n_channels = 1,
                              .n_buses = N_BUSES,
                              .interval_ms = 1000,
                              .live_interval_ms = 5000,
                              .modbus_port = bench_server_port(server)};

    puts("ticket: reading that lets the forecast fire -> preventive ticket at a subscriber, committed first"
         " (goal: p99 <= 50 ms)");
    bench_site_write(&env, "ticket", &site);
    bench_site_start(&env, "ticket", &daemon, asked, server);
    wait_for_tickets(&r, &daemon);
    bench_child_stop(&daemon);
    bench_listener_stop(listener);
    bench_server_stop(server);
    if (atomic_load(&r.n_preventive) == 0)
        bench_give_up("no preventive ticket came (%zu of another origin)", atomic_load(&r.n_other));
    print_row("from the ticket's ts", &r.from_ts_ms);
    print_row("from the device's reply (*)", &r.from_reply_ms);
    puts("  (*) where a reply let the forecast fire; the others fired on a whole second of the gateway's clock");
    fputs("  slowest:", stdout);
    for (int i = 0; i < SLOWEST && r.slowest[i].unit != 0; i++)
        printf(" u%d %.1f ms at %s%s", r.slowest[i].unit, r.slowest[i].ms, r.slowest[i].ts + 11,
               i + 1 < SLOWEST ? "," : "\n");
    printf("  %zu of %d devices opened a preventive ticket, %zu another one first\n", atomic_load(&r.n_preventive),
           N_DEVICES, atomic_load(&r.n_other));
    return 0;
}
