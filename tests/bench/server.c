// SPDX-License-Identifier: Apache-2.0
/* The Modbus TCP device of the benchmarks. See server.h. */
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define PEERS_MAX 64
#define MBAP_SIZE 7
#define REQUEST_SIZE 12 /* MBAP, function code, address, count */
#define NB_MAX 125

struct peer {
    uint8_t buf[256];
    size_t len;
};

struct bench_server {
    pthread_t thread;
    bench_fill_fn *fill;
    void *ctx;
    int port, stop_fd;
    _Atomic uint64_t registers;
    struct pollfd fds[2 + PEERS_MAX]; /* stop, listener, peers */
    struct peer peers[PEERS_MAX];
};

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t) (v >> 8);
    p[1] = (uint8_t) v;
}

static unsigned get16(const uint8_t *p)
{
    return (unsigned) p[0] << 8 | p[1];
}

/* The bytes after the transaction id and protocol: an exception unless it is a register read. */
static size_t answer(struct bench_server *s, const uint8_t *rq, uint8_t *out)
{
    const uint8_t unit = rq[6], fc = rq[7];
    const unsigned addr = get16(rq + 8), nb = get16(rq + 10);
    uint16_t regs[NB_MAX];

    memcpy(out, rq, 4);
    out[6] = unit;
    if ((fc != 3 && fc != 4) || nb < 1 || nb > NB_MAX) {
        out[7] = fc | 0x80;
        out[8] = fc != 3 && fc != 4 ? 1 : 3;
        put16(out + 4, 3);
        return 9;
    }
    s->fill(s->ctx, unit, (uint16_t) addr, (uint16_t) nb, regs);
    out[7] = fc;
    out[8] = (uint8_t) (nb * 2);
    for (unsigned i = 0; i < nb; i++)
        put16(out + 9 + 2 * i, regs[i]);
    put16(out + 4, 3 + nb * 2);
    atomic_fetch_add_explicit(&s->registers, nb, memory_order_relaxed);
    return 9 + (size_t) nb * 2;
}

/* @return false when the peer is gone or talks nonsense */
static bool serve(struct bench_server *s, int fd, struct peer *p)
{
    const ssize_t got = recv(fd, p->buf + p->len, sizeof(p->buf) - p->len, 0);
    uint8_t out[MBAP_SIZE + 2 + 2 * NB_MAX];

    if (got <= 0)
        return got < 0 && (errno == EINTR || errno == EAGAIN);
    p->len += (size_t) got;
    while (p->len >= REQUEST_SIZE) {
        if (get16(p->buf + 4) != REQUEST_SIZE - 6)
            return false;
        const size_t n = answer(s, p->buf, out);

        if (send(fd, out, n, MSG_NOSIGNAL) != (ssize_t) n)
            return false;
        p->len -= REQUEST_SIZE;
        memmove(p->buf, p->buf + REQUEST_SIZE, p->len);
    }
    return true;
}

static void take_peer(struct bench_server *s)
{
    const int on = 1, fd = accept(s->fds[1].fd, NULL, NULL);

    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    for (int i = 0; i < PEERS_MAX; i++)
        if (s->fds[2 + i].fd < 0) {
            s->fds[2 + i] = (struct pollfd){.fd = fd, .events = POLLIN};
            s->peers[i].len = 0;
            return;
        }
    close(fd);
}

static void *server_main(void *arg)
{
    struct bench_server *s = arg;

    while (s->fds[0].revents == 0) {
        if (poll(s->fds, 2 + PEERS_MAX, -1) < 0 && errno != EINTR)
            break;
        for (int i = 0; i < PEERS_MAX; i++) {
            struct pollfd *f = &s->fds[2 + i];

            if (f->fd >= 0 && f->revents != 0 && !serve(s, f->fd, &s->peers[i])) {
                close(f->fd);
                f->fd = -1;
            }
        }
        if (s->fds[1].revents & POLLIN)
            take_peer(s);
    }
    return NULL;
}

struct bench_server *bench_server_start(bench_fill_fn *fill, void *ctx)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    struct bench_server *s = calloc(1, sizeof(*s));
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (s == NULL || fd < 0 || bind(fd, (struct sockaddr *) &at, sizeof(at)) < 0 || listen(fd, PEERS_MAX) < 0 ||
        getsockname(fd, (struct sockaddr *) &at, &len) < 0)
        bench_give_up("a Modbus TCP server on loopback: %s", strerror(errno));
    s->fill = fill;
    s->ctx = ctx;
    s->port = ntohs(at.sin_port);
    s->stop_fd = eventfd(0, EFD_CLOEXEC);
    s->fds[0] = (struct pollfd){.fd = s->stop_fd, .events = POLLIN};
    s->fds[1] = (struct pollfd){.fd = fd, .events = POLLIN};
    for (int i = 0; i < PEERS_MAX; i++)
        s->fds[2 + i].fd = -1;
    if (s->stop_fd < 0 || pthread_create(&s->thread, NULL, server_main, s) != 0)
        bench_give_up("a thread for the Modbus TCP server: %s", strerror(errno));
    return s;
}

int bench_server_port(const struct bench_server *s)
{
    return s->port;
}

uint64_t bench_server_registers(const struct bench_server *s)
{
    return atomic_load_explicit(&s->registers, memory_order_relaxed);
}

void bench_server_stop(struct bench_server *s)
{
    const uint64_t one = 1;

    if (s == NULL)
        return;
    if (write(s->stop_fd, &one, sizeof(one)) == (ssize_t) sizeof(one))
        pthread_join(s->thread, NULL);
    for (int i = 0; i < 2 + PEERS_MAX; i++)
        if (s->fds[i].fd >= 0)
            close(s->fds[i].fd);
    free(s);
}
