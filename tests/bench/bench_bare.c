// SPDX-License-Identifier: Apache-2.0
/* The floor: the same work with nothing but libmodbus and Paho. Asks units 1 … N for R input registers each interval
 * and, if wanted, publishes a document of a given size for each register. No windows, no rules, no store.
 * bench_bare MODBUS_PORT UNITS REGISTERS INTERVAL_MS BROKER_PORT DOCUMENT_BYTES NO_DELAY CONNECTIONS
 * (broker port 0: polls only; the units are dealt out to the connections) */
#include <MQTTAsync.h>
#include <arpa/inet.h>
#include <errno.h>
#include <modbus.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "bench.h"

#define REGS_MAX 125
#define DOCUMENT_MAX 4096
#define EXPIRY_S 60
#define DESCRIPTORS_MAX 64
#define ARGS 8
#define CONNECTIONS_MAX 64

static atomic_int connected;

static void on_connected(void *ctx, MQTTAsync_successData5 *data)
{
    (void) ctx;
    (void) data;
    atomic_store(&connected, 1);
}

static MQTTAsync connect_broker(int port)
{
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer5;
    MQTTAsync_connectOptions opts = MQTTAsync_connectOptions_initializer5;
    MQTTAsync client = NULL;
    char uri[64];

    snprintf(uri, sizeof(uri), "tcp://127.0.0.1:%d", port);
    create.sendWhileDisconnected = 0;
    create.maxBufferedMessages = 1000;
    opts.cleanstart = 1;
    opts.onSuccess5 = on_connected;
    if (MQTTAsync_createWithOptions(&client, uri, "bench-bare", MQTTCLIENT_PERSISTENCE_NONE, NULL, &create) !=
            MQTTASYNC_SUCCESS ||
        MQTTAsync_connect(client, &opts) != MQTTASYNC_SUCCESS)
        bench_give_up("bare Paho cannot be set up at %s", uri);
    for (int waited_ms = 0; !atomic_load(&connected) && waited_ms < 5000; waited_ms += 5)
        bench_sleep_ms(5);
    if (!atomic_load(&connected))
        bench_give_up("bare Paho does not reach %s", uri);
    return client;
}

/* Paho offers no way to its socket: it is the one whose peer is the broker. */
static void send_without_delay(int port)
{
    const int on = 1;
    int found = 0;

    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
        struct sockaddr_in peer = {0};
        socklen_t len = sizeof(peer);

        if (getpeername(fd, (struct sockaddr *) &peer, &len) == 0 && ntohs(peer.sin_port) == port)
            found += setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0;
    }
    if (found != 1)
        bench_give_up("bare Paho's socket was not found");
}

/* The properties that the gateway's live documents carry: the bytes on the wire are the same. */
static void publish(MQTTAsync client, int unit, int reg, unsigned raw, size_t len)
{
    static char document[DOCUMENT_MAX];
    MQTTProperty format = {.identifier = MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR, .value.byte = 1};
    MQTTProperty type = {.identifier = MQTTPROPERTY_CODE_CONTENT_TYPE};
    MQTTProperty expiry = {.identifier = MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL, .value.integer4 = EXPIRY_S};
    MQTTAsync_message message = MQTTAsync_message_initializer;
    MQTTAsync_responseOptions opts = MQTTAsync_responseOptions_initializer;
    static char json[] = "application/json";
    char topic[128];
    int n;

    snprintf(topic, sizeof(topic), "siteward/1/310115/bench/sensor/u%d-c%d/live", unit, reg);
    n = snprintf(document, sizeof(document), "{\"v\":%u.%02u,\"pad\":\"", raw / 100, raw % 100);
    if (len < (size_t) n + 2 || len >= sizeof(document))
        bench_give_up("a document of %zu bytes does not fit", len);
    memset(document + n, 'x', len - (size_t) n - 2);
    memcpy(document + len - 2, "\"}", 2);
    type.value.data = (MQTTLenString){.len = (int) strlen(json), .data = json};
    MQTTProperties_add(&message.properties, &format);
    MQTTProperties_add(&message.properties, &type);
    MQTTProperties_add(&message.properties, &expiry);
    message.payload = document;
    message.payloadlen = (int) len;
    message.retained = 1;
    MQTTAsync_sendMessage(client, topic, &message, &opts);
    MQTTProperties_free(&message.properties);
}

int main(int argc, char **argv)
{
    int v[ARGS];
    uint16_t regs[REGS_MAX];
    modbus_t *line[CONNECTIONS_MAX];
    MQTTAsync client = NULL;
    struct timespec next;

    if (argc != ARGS + 1)
        bench_give_up("bench_bare wants eight numbers");
    for (int i = 0; i < ARGS; i++)
        v[i] = atoi(argv[i + 1]);
    if (v[2] > REGS_MAX || v[7] < 1 || v[7] > CONNECTIONS_MAX)
        bench_give_up("bench_bare: too many registers or connections");
    for (int i = 0; i < v[7]; i++) {
        line[i] = modbus_new_tcp("127.0.0.1", v[0]);
        if (line[i] == NULL || modbus_connect(line[i]) < 0)
            bench_give_up("bare libmodbus: %s", modbus_strerror(errno));
    }
    if (v[4] > 0)
        client = connect_broker(v[4]);
    if (v[4] > 0 && v[6] != 0)
        send_without_delay(v[4]);
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (;;) {
        for (int unit = 1; unit <= v[1]; unit++) {
            modbus_t *modbus = line[(unit - 1) % v[7]];

            modbus_set_slave(modbus, unit);
            if (modbus_read_input_registers(modbus, 0, v[2], regs) != v[2])
                bench_give_up("bare libmodbus: %s", modbus_strerror(errno));
            for (int i = 0; client != NULL && i < v[2]; i++)
                publish(client, unit, i, regs[i], (size_t) v[5]);
        }
        next.tv_nsec += v[3] * BENCH_NS_PER_MS;
        next.tv_sec += next.tv_nsec / BENCH_NS_PER_S;
        next.tv_nsec %= BENCH_NS_PER_S;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
}
