// SPDX-License-Identifier: Apache-2.0
/* libmicrohttpd in our loop: one of its daemons a listener, whose epoll descriptor and time-outs are sources of the
 * loop. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/macros.h"
#include "io/http_int.h"

#define HASTY_MAX 32 /* turns that follow each other at once; then 1 ms apart … 16 ms */
#define HASTY_STEP 16
#define TLS_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:%SERVER_PRECEDENCE"

/* 0: the library has more to do at once, because its epoll is edge-triggered. While a TLS client is slow with its half
 * of the handshake it says so all the time and does nothing: after some turns it is asked more seldom, which costs work
 * that is there 16 ms at most; bytes that come wake it at once anyway. */
static int64_t next_run_us(struct http_listener *l, int64_t timeout_ms)
{
    if (timeout_ms > 0) {
        l->n_hasty = 0;
        return timeout_ms * SW_US_PER_MS;
    }
    l->n_hasty = SW_MIN(l->n_hasty + 1, HASTY_MAX + 4 * HASTY_STEP);
    return l->n_hasty < HASTY_MAX ? 0 : SW_US_PER_MS << ((l->n_hasty - HASTY_MAX) / HASTY_STEP);
}

static void run(struct http_listener *l)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;

    MHD_run(l->mhd);
    if (MHD_get_timeout(l->mhd, &timeout_ms) == MHD_YES)
        sw_timer_arm(l->timer, sw_mono_real_us() + next_run_us(l, (int64_t) SW_MIN(timeout_ms, 3600000ULL)),
                     timeout_ms >= 1000 ? 100 * SW_US_PER_MS : 0, NULL); /* long ones are idle connections */
    else
        sw_timer_disarm(l->timer);
}

static void on_io(void *ctx, int fd, uint32_t events)
{
    (void) fd;
    (void) events;
    run(ctx);
}

static void on_timer(void *ctx, int64_t due_us)
{
    (void) due_us;
    run(ctx);
}

static void on_log(void *cls, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
static void on_log(void *cls, const char *fmt, va_list ap)
{
    struct sw_http *h = cls;
    char line[256];

    vsnprintf(line, sizeof(line), fmt, ap);
    snprintf(h->said, sizeof(h->said), "%.*s", (int) strcspn(line, "\n"), line);
    sw_log(SW_LOG_DEBUG, "HTTP: %s", line);
}

void http_kick(struct http_listener *l)
{
    sw_timer_arm(l->timer, sw_mono_real_us(), 0, NULL);
}

/* Of the library, with what every listener has and what only TCP has. */
static struct MHD_Daemon *start_daemon(struct http_listener *l, int fd, const struct http_tls *tls)
{
    const unsigned flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME | (tls->key ? MHD_USE_TLS : 0);
    struct MHD_OptionItem tcp[] = {
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t) http_peer_notify, l},
        {tls->key ? MHD_OPTION_HTTPS_MEM_KEY : MHD_OPTION_END, 0, tls->key},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, tls->certificate},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *) (uintptr_t) TLS_PRIORITIES},
        {MHD_OPTION_END, 0, NULL},
    };
    const struct MHD_OptionItem *more = l->is_tcp ? tcp : &tcp[SW_ARRAY_SIZE(tcp) - 1];

    return MHD_start_daemon(
        flags, 0, l->is_tcp ? http_peer_accept : NULL, l, http_on_request, l, MHD_OPTION_EXTERNAL_LOGGER, on_log,
        l->http, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned) (l->is_tcp ? SW_HTTP_TCP_CONNECTIONS_MAX : SW_HTTP_CONNECTIONS_MAX),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) SW_HTTP_HEADER_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned) SW_HTTP_TIMEOUT_S, MHD_OPTION_URI_LOG_CALLBACK, http_on_line, l, MHD_OPTION_NOTIFY_COMPLETED,
        http_on_completed, NULL, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
}

void http_listener_free(struct http_listener *l)
{
    sw_source_free(l->io);
    sw_source_free(l->timer);
    if (l->mhd)
        MHD_stop_daemon(l->mhd); /* closes the listening socket too */
    free(l);
}

int http_listener_start(struct sw_http *h, struct http_listener *l, int fd, const struct http_tls *tls,
                        const char *name, struct sw_err *err)
{
    const union MHD_DaemonInfo *info;
    int rc;

    l->http = h;
    h->said[0] = '\0';
    rc = sw_loop_add_timer(h->loop, on_timer, l, &l->timer, err);
    if (rc < 0) {
        close(fd);
        return rc;
    }
    l->mhd = start_daemon(l, fd, tls);
    if (!l->mhd)
        return sw_err_set(err, SW_E_IO, 0, "%s: libmicrohttpd would not start: %s", name, h->said);
    info = MHD_get_daemon_info(l->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info)
        return sw_err_set(err, SW_E_IO, 0, "%s: libmicrohttpd has no epoll", name);
    rc = sw_loop_add_io(h->loop, info->epoll_fd, EPOLLIN, on_io, l, &l->io, err);
    if (rc == SW_OK)
        h->listeners[h->n_listeners++] = l;
    return rc;
}
