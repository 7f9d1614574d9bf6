// SPDX-License-Identifier: Apache-2.0
/* Modbus TCP connections. One that talks something else, does not read its answers or comes as the 33rd is closed. */
#include "firmware/port/host/serve_tcp.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/macros.h"
#include "firmware/port/host/mbap.h"

struct client {
    int fd; /* -1 = free */
    size_t len;
    uint8_t buf[2 * SW_MBAP_MAX];
};

struct sw_serve_tcp {
    int listener;
    char address[300];
    struct sw_node *node;
    const struct sw_mbserver *server;
    struct client client[SW_TCP_CLIENTS_MAX];
};

static int split_address(const char *address, char *host, size_t host_size, char *port, size_t port_size)
{
    const char *colon = strrchr(address, ':');

    if (!colon || colon == address || !colon[1])
        return -1;
    const bool bracketed = address[0] == '[' && colon[-1] == ']';
    const char *from = bracketed ? address + 1 : address;
    const size_t n = (size_t) (colon - from) - (bracketed ? 1 : 0);

    if (n >= host_size || strlen(colon + 1) >= port_size || strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
        atoi(colon + 1) > 65535)
        return -1;
    memcpy(host, from, n);
    host[n] = '\0';
    strcpy(port, colon + 1);
    return 0;
}

static int listen_on(const struct addrinfo *ai)
{
    const int one = 1;
    const int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, ai->ai_protocol);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, 16) == 0)
        return fd;
    const int why = errno;

    close(fd);
    errno = why;
    return -1;
}

static void name_listener(struct sw_serve_tcp *tcp)
{
    struct sockaddr_storage sa;
    socklen_t sa_len = sizeof(sa);
    char host[256] = "?", port[8] = "?";

    if (getsockname(tcp->listener, (struct sockaddr *) &sa, &sa_len) == 0)
        getnameinfo((struct sockaddr *) &sa, sa_len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(tcp->address, sizeof(tcp->address), strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

int sw_serve_tcp_open(const char *address, struct sw_node *node, const struct sw_mbserver *server,
                      struct sw_serve_tcp **ret, struct sw_err *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found;
    char host[256], port[8];

    if (split_address(address, host, sizeof(host), port, sizeof(port)) < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "\"%.80s\" is no HOST:PORT, such as 127.0.0.1:1502", address);
    const int gai = getaddrinfo(host, port, &hints, &found);

    if (gai != 0)
        return sw_err_set(err, SW_E_IO, gai, "%s: %s", address, gai_strerror(gai));
    struct sw_serve_tcp *tcp = calloc(1, sizeof(*tcp));

    if (!tcp) {
        freeaddrinfo(found);
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the TCP server");
    }
    tcp->node = node;
    tcp->server = server;
    for (size_t i = 0; i < SW_TCP_CLIENTS_MAX; i++)
        tcp->client[i].fd = -1;
    tcp->listener = listen_on(found);
    const int why = errno;

    freeaddrinfo(found);
    if (tcp->listener < 0) {
        free(tcp);
        return sw_err_set(err, SW_E_IO, why, "cannot listen on %s: %s", address, strerror(why));
    }
    name_listener(tcp);
    *ret = tcp;
    return SW_OK;
}

static void drop(struct client *c)
{
    close(c->fd);
    c->fd = -1;
    c->len = 0;
}

struct sw_serve_tcp *sw_serve_tcp_close(struct sw_serve_tcp *tcp)
{
    if (tcp) {
        for (size_t i = 0; i < SW_TCP_CLIENTS_MAX; i++)
            if (tcp->client[i].fd >= 0)
                drop(&tcp->client[i]);
        close(tcp->listener);
        free(tcp);
    }
    return NULL;
}

const char *sw_serve_tcp_address(const struct sw_serve_tcp *tcp)
{
    return tcp->address;
}

size_t sw_serve_tcp_pollfds(const struct sw_serve_tcp *tcp, struct pollfd *ret_fds)
{
    size_t n = 0;

    ret_fds[n++] = (struct pollfd){.fd = tcp->listener, .events = POLLIN};
    for (size_t i = 0; i < SW_TCP_CLIENTS_MAX; i++) /* a free place has fd -1, which poll() passes over */
        ret_fds[n++] = (struct pollfd){.fd = tcp->client[i].fd, .events = POLLIN};
    return n;
}

static void accept_client(struct sw_serve_tcp *tcp)
{
    const int one = 1;
    const int fd = accept4(tcp->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return;
    for (size_t i = 0; i < SW_TCP_CLIENTS_MAX; i++)
        if (tcp->client[i].fd < 0) {
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
            tcp->client[i].fd = fd;
            return;
        }
    sw_log(SW_LOG_WARNING, "a TCP connection is refused: %d are open already", SW_TCP_CLIENTS_MAX);
    close(fd);
}

/* Answer every complete request in the buffer. */
static int answer_all(struct sw_serve_tcp *tcp, struct client *c)
{
    uint8_t reply[SW_MBAP_MAX];
    size_t used, n;

    for (;;) {
        if (sw_mbap_answer(tcp->server, c->buf, c->len, &used, reply, &n) < 0)
            return -1;
        if (used == 0)
            return 0;
        if (n > 0 && sw_node_spoils_replies(tcp->node, c->buf[6]))
            reply[0] ^= 0x5A; /* another transaction's id: TCP has no CRC to spoil */
        if (n > 0 && send(c->fd, reply, n, MSG_NOSIGNAL) != (ssize_t) n)
            return -1;
        memmove(c->buf, c->buf + used, c->len - used);
        c->len -= used;
    }
}

static void serve_client(struct sw_serve_tcp *tcp, struct client *c)
{
    const ssize_t n = recv(c->fd, c->buf + c->len, sizeof(c->buf) - c->len, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        drop(c);
        return;
    }
    c->len += (size_t) n;
    if (answer_all(tcp, c) < 0)
        drop(c);
}

void sw_serve_tcp_run(struct sw_serve_tcp *tcp, const struct pollfd *fds)
{
    for (size_t i = 0; i < SW_TCP_CLIENTS_MAX; i++)
        if (tcp->client[i].fd >= 0 && fds[i + 1].fd == tcp->client[i].fd && fds[i + 1].revents)
            serve_client(tcp, &tcp->client[i]);
    if (fds[0].revents)
        accept_client(tcp);
}
