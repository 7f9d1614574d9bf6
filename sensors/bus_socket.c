// SPDX-License-Identifier: Apache-2.0
/* Connections to converter boxes: made within a bounded time, and watched so that a peer that is gone is noticed. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "sensors/bus_int.h"

#define KEEPALIVE_IDLE_S 10
#define KEEPALIVE_EVERY_S 5
#define KEEPALIVE_COUNT 3
#define UNANSWERED_MS 10000 /* sent and not even acknowledged for so long: gone */

/** A dead name server must not hold this thread: the resolver's patience is a setting of each thread in glibc. */
void sw_socket_bound_resolver(void)
{
    if ((_res.options & RES_INIT) == 0 && res_ninit(&_res) != 0)
        return;
    _res.retrans = 1; /* second */
    _res.retry = 1;
}

static bool is_name(const char *host)
{
    struct in6_addr any;

    return inet_pton(AF_INET, host, &any) != 1 && inet_pton(AF_INET6, host, &any) != 1;
}

int sw_socket_failed(const struct sw_bus *b, int error, const char *what, struct sw_err *err)
{
    const struct sw_bus_params *p = &b->params;

    return sw_err_set(err, SW_E_IO, error, "bus %s: cannot connect to %.100s port %d: %s%s", p->id, p->host,
                      p->tcp_port, what,
                      error == ECONNREFUSED && is_name(p->host) ? ", or nobody knows that name" : "");
}

void sw_socket_watch(int fd)
{
    const int on = 1, idle_s = KEEPALIVE_IDLE_S, every_s = KEEPALIVE_EVERY_S, count = KEEPALIVE_COUNT;
    const unsigned unanswered_ms = UNANSWERED_MS;

    (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void) setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    (void) setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
    (void) setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every_s, sizeof(every_s));
    (void) setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
    (void) setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unanswered_ms, sizeof(unanswered_ms));
}

/** @return a connected descriptor; an errno below zero */
static int connect_to(const struct addrinfo *a, int64_t until_us)
{
    const int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
    const int64_t left_us = until_us - sw_mono_real_us();
    struct pollfd pfd = {.fd = fd, .events = POLLOUT};
    socklen_t size = sizeof(int);
    int error = 0;

    if (fd < 0)
        return -errno;
    if (connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
        error = errno;
        if (error == EINPROGRESS) {
            if (left_us <= 0 || poll(&pfd, 1, (int) (left_us / SW_US_PER_MS)) <= 0)
                error = ETIMEDOUT;
            else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
                error = errno;
        }
    }
    if (error == 0)
        return fd;
    close(fd);
    return -error;
}

int sw_socket_open(struct sw_bus *b, struct sw_err *err)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    const int64_t until_us = sw_mono_real_us() + SW_CONNECT_TIMEOUT_US;
    struct addrinfo *list = NULL;
    char service[16];
    int rc, n_left = 0, fd = -EHOSTUNREACH;

    (void) snprintf(service, sizeof(service), "%d", b->params.tcp_port);
    sw_socket_bound_resolver();
    rc = getaddrinfo(b->params.host, service, &hints, &list);
    if (rc != 0)
        return sw_socket_failed(b, EHOSTUNREACH, gai_strerror(rc), err);
    for (const struct addrinfo *a = list; a; a = a->ai_next)
        n_left++;
    for (const struct addrinfo *a = list; a && fd < 0;
         a = a->ai_next) { /* one that swallows all leaves time for the rest */
        const int64_t now_us = sw_mono_real_us();

        fd = connect_to(a, now_us + SW_MAX(until_us - now_us, (int64_t) 0) / n_left--);
    }
    freeaddrinfo(list);
    if (fd < 0)
        return sw_socket_failed(b, -fd, strerror(-fd), err);
    sw_socket_watch(fd);
    b->fd = fd;
    return SW_OK;
}
