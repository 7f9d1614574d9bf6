// SPDX-License-Identifier: Apache-2.0
/* Streams of events over libmicrohttpd. A stream with nothing to say suspends its connection: it then costs nothing
 * until there is an event, or the sign of life is due. */
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/macros.h"
#include "io/http_int.h"

#define BLOCK_BYTES 4096        /* that the library asks for at once */
#define SEND_BUFFER (32 * 1024) /* of the kernel: what a client does not read waits in our ring, which has a bound */

struct http_stream {
    struct http_stream *next;
    struct sw_http *http;
    struct http_listener *listener; /* NULL until it is sent */
    struct MHD_Connection *connection;
    struct sw_sse_reader *reader;
    int fd;
    int64_t since_us; /* monotonic */
    bool is_suspended;
};

static void on_wake(void *ctx)
{
    struct http_stream *s = ctx;

    if (!s->is_suspended) { /* bytes wait in the socket: who does not take them keeps the connection for nothing */
        if (s->fd >= 0 && sw_sse_is_over(s->reader))
            (void) shutdown(s->fd, SHUT_RDWR);
        return;
    }
    s->is_suspended = false;
    MHD_resume_connection(s->connection);
    http_kick(s->listener);
}

static ssize_t on_read(void *ctx, uint64_t pos, char *buf, size_t max)
{
    struct http_stream *s = ctx;
    const ptrdiff_t n = sw_sse_read(s->reader, buf, max);

    (void) pos;
    if (n < 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (n == 0) {
        s->is_suspended = true;
        MHD_suspend_connection(s->connection);
    }
    return n;
}

void http_stream_free(struct http_stream *s)
{
    for (struct http_stream **at = &s->http->streams; *at; at = &(*at)->next) {
        if (*at != s)
            continue;
        *at = s->next;
        break;
    }
    sw_sse_close(s->reader);
    free(s);
}

static void on_free(void *ctx)
{
    http_stream_free(ctx);
}

struct MHD_Response *http_stream_response(struct http_stream *s, struct http_listener *l,
                                          struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const int room = SEND_BUFFER;

    s->listener = l;
    s->connection = connection;
    s->fd = info ? info->connect_fd : -1;
    (void) setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, on_read, s, on_free);
}

/* The library does not look at suspended connections, so one whose client is gone is found at the next sign of life.
 * When room is scarce it is found here. */
static void end_gone(struct sw_http *h)
{
    for (struct http_stream *s = h->streams; s; s = s->next) {
        struct pollfd p = {.fd = s->fd, .events = POLLRDHUP};

        if (s->listener && s->is_suspended && poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR))) {
            (void) shutdown(s->fd, SHUT_RDWR);
            sw_sse_beat(s->reader);
        }
    }
}

void sw_http_send_events(const struct sw_http_request *rq, struct sw_http_response *rs, struct sw_sse *sse)
{
    const struct http_pending *p = rq->pending;
    struct http_stream *s = calloc(1, sizeof(*s));
    int rc = SW_E_NOMEM;

    if (s) {
        s->http = p->listener->http;
        s->fd = -1;
        s->since_us = sw_mono_real_us();
        rc = sw_sse_open(sse, sw_http_header(rq, "Last-Event-ID"), rq->who ? rq->who->id : "", on_wake, s, &s->reader);
    }
    if (rc < 0) {
        if (s)
            end_gone(s->http);
        free(s);
        sw_http_set_header(rs, MHD_HTTP_HEADER_RETRY_AFTER, "5");
        sw_http_refuse(rs, 503, "urn:siteward:error:overloaded", "as many listen to events as may: come again");
        return;
    }
    s->next = s->http->streams;
    s->http->streams = s;
    rs->stream = s;
    rs->content_type = "text/event-stream";
}

void http_stream_resume(struct sw_http *h)
{
    for (struct http_stream *s = h->streams; s; s = s->next)
        on_wake(s);
}

/* Who listens was asked who he is when he came: now and then he is asked again, for a session runs out without a word.
 */
void http_stream_beat(void *http, int64_t due_us)
{
    struct sw_http *h = http;
    const int64_t now_us = sw_mono_real_us();

    (void) due_us;
    for (struct http_stream *s = h->streams; s; s = s->next) {
        if (now_us - s->since_us >= h->stream_s * SW_US_PER_S)
            sw_sse_quit(s->reader);
        else
            sw_sse_beat(s->reader);
    }
    sw_timer_arm(h->beat, now_us + SW_SSE_BEAT_S * SW_US_PER_S, SW_US_PER_S / 4, NULL);
}
