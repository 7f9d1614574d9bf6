// SPDX-License-Identifier: Apache-2.0
/* The subscriber of the benchmarks. See listener.h. */
#include "listener.h"

#include <MQTTAsync.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define PAYLOAD_MAX 65536
#define WAIT_MS 5000

struct bench_listener {
    MQTTAsync client;
    const char *filter;
    int qos;
    bench_arrival_fn *arrived;
    void *ctx;
    atomic_int state; /* 0 waiting, 1 subscribed, -1 refused */
    char payload[PAYLOAD_MAX + 1];
};

static void on_subscribed(void *ctx, MQTTAsync_successData5 *data)
{
    struct bench_listener *l = ctx;

    (void) data;
    atomic_store(&l->state, 1);
}

static void on_failed(void *ctx, MQTTAsync_failureData5 *data)
{
    struct bench_listener *l = ctx;

    (void) data;
    atomic_store(&l->state, -1);
}

static void on_connected(void *ctx, MQTTAsync_successData5 *data)
{
    struct bench_listener *l = ctx;
    MQTTAsync_responseOptions opts = MQTTAsync_responseOptions_initializer;

    (void) data;
    opts.onSuccess5 = on_subscribed;
    opts.onFailure5 = on_failed;
    opts.context = l;
    if (MQTTAsync_subscribe(l->client, l->filter, l->qos, &opts) != MQTTASYNC_SUCCESS)
        atomic_store(&l->state, -1);
}

static int on_message(void *ctx, char *topic, int topic_len, MQTTAsync_message *message)
{
    const int64_t mono_ns = bench_mono_ns(), real_ns = bench_real_ns();
    struct bench_listener *l = ctx;

    (void) topic_len;
    if (!message->retained && message->payloadlen > 0 && message->payloadlen <= PAYLOAD_MAX) {
        memcpy(l->payload, message->payload, (size_t) message->payloadlen);
        l->payload[message->payloadlen] = '\0';
        l->arrived(l->ctx, topic, l->payload, (size_t) message->payloadlen, mono_ns, real_ns);
    }
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

struct bench_listener *bench_listener_start(int broker_port, const char *filter, int qos, bench_arrival_fn *arrived,
                                            void *ctx)
{
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer5;
    MQTTAsync_connectOptions opts = MQTTAsync_connectOptions_initializer5;
    struct bench_listener *l = calloc(1, sizeof(*l));
    char uri[64];

    if (l == NULL)
        bench_give_up("no memory for the subscriber");
    l->filter = filter;
    l->qos = qos;
    l->arrived = arrived;
    l->ctx = ctx;
    snprintf(uri, sizeof(uri), "tcp://127.0.0.1:%d", broker_port);
    opts.cleanstart = 1;
    opts.onSuccess5 = on_connected;
    opts.onFailure5 = on_failed;
    opts.context = l;
    if (MQTTAsync_createWithOptions(&l->client, uri, "bench-listener", MQTTCLIENT_PERSISTENCE_NONE, NULL, &create) !=
            MQTTASYNC_SUCCESS ||
        MQTTAsync_setCallbacks(l->client, l, NULL, on_message, NULL) != MQTTASYNC_SUCCESS ||
        MQTTAsync_connect(l->client, &opts) != MQTTASYNC_SUCCESS)
        bench_give_up("the subscriber cannot be set up at %s", uri);
    for (int waited_ms = 0; atomic_load(&l->state) == 0 && waited_ms < WAIT_MS; waited_ms += 5)
        bench_sleep_ms(5);
    if (atomic_load(&l->state) != 1)
        bench_give_up("the broker at %s does not let the subscriber in", uri);
    return l;
}

void bench_listener_stop(struct bench_listener *l)
{
    MQTTAsync_disconnectOptions opts = MQTTAsync_disconnectOptions_initializer5;

    if (l == NULL)
        return;
    MQTTAsync_disconnect(l->client, &opts);
    for (int waited_ms = 0; MQTTAsync_isConnected(l->client) && waited_ms < 1000; waited_ms += 5)
        bench_sleep_ms(5);
    MQTTAsync_destroy(&l->client);
    free(l);
}
