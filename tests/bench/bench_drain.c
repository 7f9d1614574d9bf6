// SPDX-License-Identifier: Apache-2.0
/* How fast a backlog leaves: an outbox of 100,000 windows of one minute, written by the store's own code while nobody
 * is connected, then an uplink without a limit of its rate and a real broker and subscriber. In the middle of it a
 * ticket's event and a new window are put and timed. Floor: bare Paho publishes the same payloads to the same broker
 * and subscriber, QoS 1, as many in flight. */
#include <MQTTAsync.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench.h"
#include "common/clock.h"
#include "gateway/uplink.h"
#include "listener.h"

#define GIVE_BACK_S 75 /* more than a commit interval */
#define N_WINDOWS 100000
#define FLOOR_PREFIX "floor/siteward/1/310115/bench/"
#define PREFIX "siteward/1/310115/bench/"
#define GIVE_UP_S 300
#define PAYLOAD_MAX 1536
#define START_US (1772466060LL * 1000000)
#define ALARM_SEQ 1000001
#define LIVE_SEQ 1000002

struct run {
    atomic_uchar seen[N_WINDOWS + 1];
    _Atomic size_t n_seen, n_twice, bytes;
    _Atomic int64_t first_ns, last_ns, alarm_ns, live_ns;
};

static void arrived(void *ctx, const char *payload, size_t len, int64_t mono_ns, int64_t real_ns)
{
    struct run *r = ctx;
    const char *at = strstr(payload, "\"seq\":");
    const long seq = at ? strtol(at + 6, NULL, 10) : 0;

    (void) real_ns;
    if (seq == ALARM_SEQ)
        atomic_store(&r->alarm_ns, mono_ns);
    else if (seq == LIVE_SEQ)
        atomic_store(&r->live_ns, mono_ns);
    if (seq < 1 || seq > N_WINDOWS)
        return;
    if (atomic_exchange(&r->seen[seq], 1)) {
        atomic_fetch_add(&r->n_twice, 1);
        return;
    }
    if (atomic_fetch_add(&r->n_seen, 1) == 0)
        atomic_store(&r->first_ns, mono_ns);
    atomic_fetch_add(&r->bytes, len);
    atomic_store(&r->last_ns, mono_ns);
}

/* As long as what a minute of a noise sensor with four rules takes: about 1,050 bytes. */
static size_t window(long seq, char *buf)
{
    return (size_t) snprintf(
        buf, PAYLOAD_MAX,
        "{\"schema\":\"siteward.agg/1.0\",\"ts\":\"2026-03-02T23:01:02.000+08:00\",\"id\":\"north-gate-noise:1m:%ld\","
        "\"gw\":\"gw-7f3a\",\"epoch\":\"k3f7q2mz\",\"seq\":%ld,\"quantity\":\"LAeq\","
        "\"from\":\"2026-03-02T23:00:00.000+08:00\",\"to\":\"2026-03-02T23:01:00.000+08:00\",\"period\":\"1m\","
        "\"historical\":false,\"values\":{\"LAeq\":61.80,\"LAmax\":74.90,\"LAmin\":44.00,\"LA10\":64.90,\"LA50\":58.70,"
        "\"LA90\":48.20,\"LA5\":66.20,\"LA95\":46.90},\"unit\":\"dBA\",\"estimate\":[],\"n\":60,\"expected\":60,"
        "\"valid_ratio\":1.0000,\"largest_gap_s\":0,\"excluded\":{\"weather\":0,\"overload\":0,\"calibration\":0,"
        "\"fault\":0,\"missing\":0},\"limit\":{\"LAeq\":55.00,\"LAmax\":70.00,\"rules\":[\"cn-gb12523-2025/leq-night\","
        "\"cn-gb12523-2025/max-night\"]},\"judged\":[{\"rule\":\"cn-gb12523-2025/leq-night\",\"state\":\"over\","
        "\"value\":61.80,\"limit\":55.00,\"from\":\"2026-03-02T22:40:00.000+08:00\"},{\"rule\":"
        "\"cn-gb12523-2025/max-night\",\"state\":\"near\",\"value\":74.90,\"limit\":70.00,\"from\":null}],"
        "\"work_detected\":true,\"q\":\"good\",\"flag\":\"N\",\"weather\":{\"wind_ms\":2.10,\"rain\":false},"
        "\"time_quality\":\"synced\"}",
        seq, seq);
}

static size_t topic_of(long seq, const char *before, char *buf, size_t cap)
{
    return (size_t) snprintf(buf, cap, "%ssensor/north-gate-noise-%ld/agg/1m", before, seq % 10);
}

static void put(struct sw_store *s, long seq, const char *topic, const char *payload, size_t len,
                enum sw_document_class class)
{
    const struct sw_store_document d = {.seq = seq,
                                        .lane = class == SW_DOCUMENT_KEPT ? SW_LANE_ALARM : SW_LANE_BULK,
                                        .class = class,
                                        .topic = topic,
                                        .payload = payload,
                                        .len = len};

    if (sw_store_put_document(s, &d) < 0)
        bench_give_up("the store does not take a document");
}

static void must_sync(struct sw_store *s)
{
    struct sw_err err = {0};

    if (sw_store_sync(s, GIVE_UP_S * SW_US_PER_S, &err) < 0)
        bench_give_up("%s", err.msg);
}

static void fill(struct sw_store *s)
{
    char payload[PAYLOAD_MAX], topic[128];

    sw_store_set_time(s, START_US, false);
    for (long seq = 1; seq <= N_WINDOWS; seq++) {
        topic_of(seq, "", topic, sizeof(topic));
        put(s, seq, topic, payload, window(seq, payload), SW_DOCUMENT_WINDOW_1M);
        if (seq % 1000 == 0)
            must_sync(s);
    }
    sw_store_set_time(s, START_US + SW_S_PER_DAY * SW_US_PER_S, false); /* a day later somebody is there */
}

static size_t render_status(void *ctx, const char *state, char *buf, size_t cap)
{
    (void) ctx;
    return (size_t) snprintf(buf, cap, "{\"state\":\"%s\"}", state);
}

/* Until all have arrived, or nothing comes any more. */
static void wait_for(struct run *r, size_t n)
{
    size_t before = 0;

    for (int waited_ms = 0; atomic_load(&r->n_seen) < n; waited_ms += 10) {
        if (atomic_load(&r->n_seen) != before)
            waited_ms = 0;
        before = atomic_load(&r->n_seen);
        if (waited_ms > 20000)
            bench_give_up("%zu of %zu windows reached the subscriber, then nothing for 20 s", before, n);
        bench_sleep_ms(10);
    }
}

static double print_rate(const char *what, struct run *r)
{
    const double s = (double) (atomic_load(&r->last_ns) - atomic_load(&r->first_ns)) / 1e9;

    printf("  %-22s %6zu documents of %4zu bytes in %6.2f s   %7.0f a second   %zu twice\n", what,
           atomic_load(&r->n_seen), atomic_load(&r->bytes) / SW_MAX(atomic_load(&r->n_seen), (size_t) 1), s,
           (double) atomic_load(&r->n_seen) / s, atomic_load(&r->n_twice));
    return s;
}

static void print_overtaking(const char *what, int64_t put_ns, int64_t came_ns, size_t behind)
{
    if (came_ns == 0)
        printf("  %-22s did not come\n", what);
    else
        printf("  %-22s %7.1f ms after it was put, while %zu windows waited\n", what, (double) (came_ns - put_ns) / 1e6,
               behind);
}

static int64_t file_bytes(const char *path)
{
    struct stat st;

    return stat(path, &st) < 0 ? 0 : (int64_t) st.st_size;
}

/* The store gives free pages back a few at a time; when the file has not become smaller for so long it is done. */
static void print_given_back(const char *path, int64_t full_bytes)
{
    const int64_t start_ns = bench_mono_ns(), drained = file_bytes(path);
    int64_t least = drained, since_ns = start_ns;

    while (bench_mono_ns() - since_ns < GIVE_BACK_S * BENCH_NS_PER_S) {
        const int64_t now = file_bytes(path);

        since_ns = now < least ? bench_mono_ns() : since_ns;
        least = now < least ? now : least;
        bench_sleep_ms(500);
    }
    printf("  %-22s %.1f MB full, %.1f MB when it was drained, %.1f MB %.0f s later\n", "the file",
           (double) full_bytes / 1e6, (double) drained / 1e6, (double) least / 1e6,
           (double) (since_ns - start_ns) / 1e9);
}

static double drain(const struct bench_env *env)
{
    static struct run r;
    char path[BENCH_PATH_SIZE], uri[64], payload[PAYLOAD_MAX];
    struct sw_store_params sp = {.path = path};
    struct sw_uplink_params up = {.uri = uri,
                                  .client_id = "bench-drain",
                                  .prefix = PREFIX,
                                  .status_topic = "gw/bench/status",
                                  .render_status = render_status};
    struct bench_listener *listener;
    struct sw_store_status st;
    struct sw_uplink *u = NULL;
    struct sw_store *s = NULL;
    struct sw_err err = {0};
    int64_t put_ns, full_bytes;
    size_t behind, len;
    double seconds;

    snprintf(path, sizeof(path), "%s/drain.db", env->work_dir);
    snprintf(uri, sizeof(uri), "tcp://127.0.0.1:%d", env->broker_port);
    if (sw_store_open(&sp, &s, &err) < 0)
        bench_give_up("%s", err.msg);
    put_ns = bench_mono_ns();
    fill(s);
    printf("  %-22s %6d documents in %.1f s\n", "filled", N_WINDOWS, (double) (bench_mono_ns() - put_ns) / 1e9);
    full_bytes = file_bytes(path);
    listener = bench_listener_start(env->broker_port, PREFIX "#", 0, arrived, &r);
    if (sw_uplink_start(&up, s, &u, &err) < 0)
        bench_give_up("%s", err.msg);
    wait_for(&r, N_WINDOWS / 2);
    behind = N_WINDOWS - atomic_load(&r.n_seen);
    len = (size_t) snprintf(payload, sizeof(payload), "{\"seq\":%d}", ALARM_SEQ);
    put(s, ALARM_SEQ, "ticket/sw-1/event", payload, len, SW_DOCUMENT_KEPT);
    len = (size_t) snprintf(payload, sizeof(payload), "{\"seq\":%d}", LIVE_SEQ);
    put(s, LIVE_SEQ, "sensor/a/agg/1m", payload, len, SW_DOCUMENT_WINDOW_1M);
    put_ns = bench_mono_ns();
    sw_store_commit(s);
    wait_for(&r, N_WINDOWS);
    bench_sleep_ms(500);
    sw_store_status(s, &st);
    seconds = print_rate("outbox, uplink", &r);
    print_overtaking("an alarm meanwhile", put_ns, atomic_load(&r.alarm_ns), behind);
    print_overtaking("a new window meanwhile", put_ns, atomic_load(&r.live_ns), behind);
    printf("  %-22s %llu commits, %lld rows left\n", "the store meanwhile", (unsigned long long) st.commits_total,
           (long long) (st.outbox_pending[SW_LANE_BACKFILL] + st.outbox_pending[SW_LANE_BULK]));
    sw_uplink_stop(u);
    bench_listener_stop(listener);
    print_given_back(path, full_bytes);
    sw_store_close(s);
    return seconds;
}

/* ---- the floor ---- */

static atomic_int connected, in_flight;

static void on_connected(void *ctx, MQTTAsync_successData5 *data)
{
    (void) ctx;
    (void) data;
    atomic_store(&connected, 1);
}

static void on_sent(void *ctx, MQTTAsync_successData5 *data)
{
    (void) ctx;
    (void) data;
    atomic_fetch_sub(&in_flight, 1);
}

static double floor_of_paho(const struct bench_env *env)
{
    static struct run r;
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer5;
    MQTTAsync_connectOptions opts = MQTTAsync_connectOptions_initializer5;
    MQTTAsync client = NULL;
    char uri[64];
    double seconds;
    struct bench_listener *listener = bench_listener_start(env->broker_port, FLOOR_PREFIX "#", 0, arrived, &r);

    snprintf(uri, sizeof(uri), "tcp://127.0.0.1:%d", env->broker_port);
    create.maxBufferedMessages = 1000;
    opts.cleanstart = 1;
    opts.maxInflight = SW_MQTT_IN_FLIGHT_MAX;
    opts.onSuccess5 = on_connected;
    if (MQTTAsync_createWithOptions(&client, uri, "bench-floor", MQTTCLIENT_PERSISTENCE_NONE, NULL, &create) !=
            MQTTASYNC_SUCCESS ||
        MQTTAsync_connect(client, &opts) != MQTTASYNC_SUCCESS)
        bench_give_up("bare Paho cannot be set up at %s", uri);
    while (!atomic_load(&connected))
        bench_sleep_ms(5);
    for (long seq = 1; seq <= N_WINDOWS; seq++) {
        char payload[PAYLOAD_MAX], topic[160];
        MQTTAsync_responseOptions res = MQTTAsync_responseOptions_initializer;
        const size_t len = window(seq, payload);

        topic_of(seq, FLOOR_PREFIX, topic, sizeof(topic));
        res.onSuccess5 = on_sent;
        while (atomic_load(&in_flight) >= SW_MQTT_IN_FLIGHT_MAX)
            sched_yield();
        atomic_fetch_add(&in_flight, 1);
        if (MQTTAsync_send(client, topic, (int) len, payload, 1, 0, &res) != MQTTASYNC_SUCCESS)
            bench_give_up("bare Paho does not take a message");
    }
    wait_for(&r, N_WINDOWS);
    seconds = print_rate("bare Paho (floor)", &r);
    MQTTAsync_disconnect(client, NULL);
    bench_sleep_ms(200);
    MQTTAsync_destroy(&client);
    bench_listener_stop(listener);
    return seconds;
}

int main(int argc, char **argv)
{
    struct bench_env env;
    double ours, bare;

    bench_env_init(&env, argc, argv);
    printf(
        "drain: a backlog of %d windows leaves the outbox, QoS 1, %d in flight (goal: 5,000 a second; an alarm within "
        "1 s)\n",
        N_WINDOWS, SW_MQTT_IN_FLIGHT_MAX);
    ours = drain(&env);
    bare = floor_of_paho(&env);
    printf("  %-22s %.2f x the floor's time\n", "", bench_ratio(ours, bare));
    return 0;
}
