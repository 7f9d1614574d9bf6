// SPDX-License-Identifier: Apache-2.0
/* Connections over TCP: how many may come from one address, how long each may take for what it does, and whether its
 * requests are meant for us. The library's own time-out ends who is silent; who drips a byte now and then is ended
 * here, by shutting its socket down, which the library takes for the client's going. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/macros.h"
#include "io/http_int.h"

#define SWEEP_US SW_US_PER_S

/* IPv4 as IPv6, so that there is one kind. */
static bool take_address(const struct sockaddr *from, struct in6_addr *ret)
{
    *ret = (struct in6_addr){0};
    if (from && from->sa_family == AF_INET6) {
        *ret = ((const struct sockaddr_in6 *) (const void *) from)->sin6_addr;
        return true;
    }
    if (!from || from->sa_family != AF_INET)
        return false;
    ret->s6_addr[10] = ret->s6_addr[11] = 0xff;
    memcpy(ret->s6_addr + 12, &((const struct sockaddr_in *) (const void *) from)->sin_addr, 4);
    return true;
}

/* A proxy of this machine speaks for many; 127.0.0.1 and ::1, as it comes without being told otherwise. */
static bool is_this_machine(const struct in6_addr *a)
{
    static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1};

    return IN6_IS_ADDR_LOOPBACK(a) || memcmp(a, mapped, sizeof(mapped)) == 0;
}

enum MHD_Result http_peer_accept(void *listener, const struct sockaddr *address, socklen_t len)
{
    const struct http_listener *l = listener;
    struct in6_addr a;
    int n = 0;

    (void) len;
    if (!take_address(address, &a) || is_this_machine(&a))
        return MHD_YES;
    for (const struct http_peer *p = l->peers; p; p = p->next)
        n += IN6_ARE_ADDR_EQUAL(&p->address, &a);
    return n < SW_HTTP_ADDRESS_CONNECTIONS_MAX ? MHD_YES : MHD_NO;
}

static struct http_peer *peer_new(struct http_listener *l, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *from = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct http_peer *p = calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    p->listener = l;
    p->connection = connection;
    p->fd = fd ? fd->connect_fd : -1;
    take_address(from ? from->client_addr : NULL, &p->address);
    p->is_this_machine = is_this_machine(&p->address);
    p->since_us = sw_mono_real_us();
    p->next = l->peers;
    l->peers = p;
    if (!p->next)
        sw_timer_arm(l->http->sweep, p->since_us + SWEEP_US, SWEEP_US / 4, NULL);
    return p;
}

void http_peer_notify(void *listener, struct MHD_Connection *connection, void **ret_peer,
                      enum MHD_ConnectionNotificationCode what)
{
    struct http_listener *l = listener;

    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *ret_peer = peer_new(l, connection);
        return;
    }
    for (struct http_peer **at = &l->peers; *at; at = &(*at)->next) {
        if (*at != *ret_peer)
            continue;
        *at = (*at)->next;
        break;
    }
    free(*ret_peer);
    *ret_peer = NULL;
}

struct http_peer *http_peer_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

void http_peer_set(struct MHD_Connection *connection, enum http_doing doing)
{
    struct http_peer *p = http_peer_of(connection);

    if (!p)
        return;
    p->doing = doing;
    p->since_us = sw_mono_real_us();
}

void http_peer_text(const struct http_peer *p, char ret[SW_HTTP_PEER_SIZE])
{
    if (IN6_IS_ADDR_V4MAPPED(&p->address))
        inet_ntop(AF_INET, p->address.s6_addr + 12, ret, SW_HTTP_PEER_SIZE);
    else
        inet_ntop(AF_INET6, &p->address, ret, SW_HTTP_PEER_SIZE);
}

static int64_t most_s(const struct http_peer *p)
{
    switch (p->doing) {
    case HTTP_READS:
        return SW_HTTP_REQUEST_S;
    case HTTP_ANSWERS:
        return SW_HTTP_ANSWER_S;
    case HTTP_WAITS:
    case HTTP_STREAMS:
        break;
    }
    return INT64_MAX / SW_US_PER_S;
}

void http_peer_sweep(void *http, int64_t due_us)
{
    struct sw_http *h = http;
    const int64_t now_us = sw_mono_real_us();
    bool any = false;

    (void) due_us;
    for (size_t i = 0; i < h->n_listeners; i++) {
        for (struct http_peer *p = h->listeners[i]->peers; p; p = p->next) {
            any = true;
            if (now_us - p->since_us <= most_s(p) * SW_US_PER_S)
                continue;
            (void) shutdown(p->fd, SHUT_RDWR);
        }
    }
    if (any)
        sw_timer_arm(h->sweep, now_us + SWEEP_US, SWEEP_US / 4, NULL);
}

static bool is_reading(const char *method)
{
    return strcmp(method, "GET") == 0;
}

/* A page of somebody else can make a browser send us a form, but not with this header, so a token needs no origin. */
static bool has_bearer(const struct sw_http_request *rq)
{
    const char *authorization = sw_http_header(rq, MHD_HTTP_HEADER_AUTHORIZATION);

    return authorization && strncmp(authorization, "Bearer ", 7) == 0;
}

/* A page without TLS may be anybody's who stands in the line. */
static bool origin_is_ours(const struct http_listener *l, const char *origin, const char *host)
{
    return http_origin_is_ours(origin, host) && (!l->is_tls || strncasecmp(origin, "https://", 8) == 0);
}

bool http_peer_guard(const struct http_listener *l, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    const char *host = sw_http_header(rq, MHD_HTTP_HEADER_HOST), *origin = sw_http_header(rq, MHD_HTTP_HEADER_ORIGIN);

    if (!http_host_is_ours(host, l->names, l->n_names)) {
        sw_http_refuse(rs, 421, "urn:siteward:error:host",
                       "\"%.100s\" is not a name of this server; its names stand in its configuration",
                       host ? host : "");
        return false;
    }
    if (origin && !is_reading(rq->method) && !has_bearer(rq) && !origin_is_ours(l, origin, host)) {
        sw_http_refuse(rs, 403, "urn:siteward:error:origin", "this came from a page of \"%.100s\", which is not ours",
                       origin);
        return false;
    }
    return true;
}
