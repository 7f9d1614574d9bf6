// SPDX-License-Identifier: Apache-2.0
/* The subscriber of the benchmarks: as much of MQTT 5 as it takes to subscribe and to read. See listener.h. */
#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define BUFFER_SIZE (512 * 1024)
#define ANSWER_S 5
#define FILTER_MAX 100

enum packet { CONNACK = 2, PUBLISH = 3, SUBACK = 9 };

/** A received packet: borrowed from the buffer. */
struct packet_view {
    unsigned type, qos;
    uint8_t *body;
    size_t len;
};

struct bench_listener {
    pthread_t thread;
    int fd;
    bench_arrival_fn *arrived;
    void *ctx;
    size_t have, used; /* bytes in buf; of these, already looked at */
    uint8_t buf[BUFFER_SIZE + 1];
};

/* @return bytes of the number, 0 if it is not all there */
static size_t read_varint(const uint8_t *p, size_t have, size_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < have && i < 4; i++) {
        *ret |= (size_t) (p[i] & 0x7F) << (7 * i);
        if ((p[i] & 0x80) == 0)
            return i + 1;
    }
    return 0;
}

/* The next whole packet of the buffer. */
static bool next_packet(struct bench_listener *l, struct packet_view *ret)
{
    uint8_t *p = l->buf + l->used;
    const size_t have = l->have - l->used;
    size_t len = 0, n = have > 1 ? read_varint(p + 1, have - 1, &len) : 0;

    if (n == 0 || have < 1 + n + len)
        return false;
    *ret = (struct packet_view){.type = p[0] >> 4, .qos = p[0] >> 1 & 3, .body = p + 1 + n, .len = len};
    l->used += 1 + n + len;
    return true;
}

/* @return false when the connection is over */
static bool receive(struct bench_listener *l)
{
    ssize_t got;

    memmove(l->buf, l->buf + l->used, l->have - l->used);
    l->have -= l->used;
    l->used = 0;
    do
        got = recv(l->fd, l->buf + l->have, BUFFER_SIZE - l->have, 0);
    while (got < 0 && errno == EINTR);
    l->have += got > 0 ? (size_t) got : 0;
    return got > 0;
}

static void on_publish(struct bench_listener *l, const struct packet_view *p, int64_t mono_ns, int64_t real_ns)
{
    const size_t topic_len = p->len >= 2 ? (size_t) p->body[0] << 8 | p->body[1] : p->len;
    size_t at = 2 + topic_len, props_len = 0, n;
    uint8_t after;

    if (p->qos > 0 && at + 2 <= p->len) {
        const uint8_t ack[] = {0x40, 2, p->body[at], p->body[at + 1]};

        if (send(l->fd, ack, sizeof(ack), MSG_NOSIGNAL) != (ssize_t) sizeof(ack))
            return;
        at += 2;
    }
    n = at < p->len ? read_varint(p->body + at, p->len - at, &props_len) : 0;
    if (n == 0 || at + n + props_len > p->len)
        return;
    at += n + props_len;
    after = p->body[p->len]; /* the next packet begins here, or the buffer's spare byte is */
    p->body[p->len] = '\0';
    l->arrived(l->ctx, (const char *) p->body + at, p->len - at, mono_ns, real_ns);
    p->body[p->len] = after;
}

static void *listener_main(void *arg)
{
    struct bench_listener *l = arg;
    struct packet_view p;

    do {
        const int64_t mono_ns = bench_mono_ns(), real_ns = bench_real_ns();

        while (next_packet(l, &p))
            if (p.type == PUBLISH)
                on_publish(l, &p, mono_ns, real_ns);
    } while (receive(l));
    return NULL;
}

/* @return the packet's reason code */
static int await(struct bench_listener *l, enum packet type)
{
    struct packet_view p;

    do
        while (next_packet(l, &p)) {
            if (p.type != type || p.len < 2)
                continue;
            return type == CONNACK ? p.body[1] : p.body[p.len - 1];
        }
    while (receive(l));
    return -1;
}

static void subscribe(struct bench_listener *l, const char *filter, int qos)
{
    static const uint8_t connect_packet[] = {0x10, 18, 0, 4, 'M', 'Q', 'T', 'T', 5,   2,
                                             0,    0,  0, 0, 5,   'b', 'e', 'n', 'c', 'h'};
    const size_t len = strlen(filter);
    uint8_t packet[FILTER_MAX + 16] = {0x82, (uint8_t) (len + 6), 0, 1, 0, 0, (uint8_t) len};

    if (len > FILTER_MAX)
        bench_give_up("the topic filter %s is too long", filter);
    memcpy(packet + 7, filter, len);
    packet[7 + len] = (uint8_t) (qos | 2 << 4); /* retain handling 2: nothing from before */
    if (send(l->fd, connect_packet, sizeof(connect_packet), MSG_NOSIGNAL) < 0 || await(l, CONNACK) != 0)
        bench_give_up("the broker does not let the subscriber in");
    if (send(l->fd, packet, len + 8, MSG_NOSIGNAL) < 0 || await(l, SUBACK) != qos)
        bench_give_up("the broker does not grant the subscription to %s", filter);
}

struct bench_listener *bench_listener_start(int broker_port, const char *filter, int qos, bench_arrival_fn *arrived,
                                            void *ctx)
{
    const struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t) broker_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval patience = {.tv_sec = ANSWER_S}, for_ever = {0};
    const int on = 1;
    struct bench_listener *l = calloc(1, sizeof(*l));

    if (l == NULL)
        bench_give_up("no memory for the subscriber");
    l->arrived = arrived;
    l->ctx = ctx;
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (l->fd < 0 || connect(l->fd, (const struct sockaddr *) &at, sizeof(at)) < 0)
        bench_give_up("the broker at 127.0.0.1:%d: %s", broker_port, strerror(errno));
    setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    subscribe(l, filter, qos);
    setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof(for_ever));
    if (pthread_create(&l->thread, NULL, listener_main, l) != 0)
        bench_give_up("a thread for the subscriber: %s", strerror(errno));
    return l;
}

void bench_listener_stop(struct bench_listener *l)
{
    if (l == NULL)
        return;
    shutdown(l->fd, SHUT_RDWR);
    pthread_join(l->thread, NULL);
    close(l->fd);
    free(l);
}
