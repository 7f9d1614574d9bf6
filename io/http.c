// SPDX-License-Identifier: Apache-2.0
/* libmicrohttpd behind the door of http.h: its epoll descriptor and its time-outs are sources of our loop. Gathers a
 * request's body, calls the handler, sends what it wrote. Leaves paths, rights and documents to the handler. */
#include "io/http_int.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/jsonw.h"
#include "common/log.h"
#include "common/macros.h"

struct sw_http {
    struct MHD_Daemon *mhd;
    struct sw_source *io, *timer;
    sw_http_handler handler;
    void *ctx;
    struct sw_http_later *later; /* all that wait */
    size_t n_later;
    char path[sizeof(((struct sockaddr_un *) NULL)->sun_path)];
};

/* Held by two: the connection that waits and whoever answers. The one who lets go last frees it. */
struct sw_http_later {
    struct sw_http_later *next;
    struct sw_http *http; /* NULL = the connection is gone */
    struct MHD_Connection *connection;
    struct sw_http_response rs;
    bool is_ready;     /* whoever answers has let go */
    bool is_suspended; /* the library waits for us */
};

/* A request while its body comes in. */
struct pending {
    char *body;
    size_t len, cap;
    bool is_too_large;
    struct sw_http *http;
    struct sw_http_later *later; /* its answer comes later */
};

const char *sw_http_query(const struct sw_http_request *rq, const char *key)
{
    const char *value = NULL;
    size_t len;

    if (MHD_lookup_connection_value_n(rq->connection, MHD_GET_ARGUMENT_KIND, key, strlen(key), &value, &len) != MHD_YES)
        return NULL;
    return value ? value : "";
}

const char *sw_http_header(const struct sw_http_request *rq, const char *name)
{
    return MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND, name);
}

char *sw_http_reserve(struct sw_http_response *rs, size_t n)
{
    size_t cap = rs->cap ? rs->cap : 4096;
    char *body;

    if (rs->is_too_large || n > SW_HTTP_ANSWER_MAX - rs->len) {
        rs->is_too_large = true;
        return NULL;
    }
    if (rs->len + n <= rs->cap)
        return rs->body + rs->len;
    while (cap < rs->len + n)
        cap *= 2;
    body = realloc(rs->body, cap);
    if (!body) {
        rs->is_too_large = true;
        return NULL;
    }
    rs->body = body;
    rs->cap = cap;
    return rs->body + rs->len;
}

void sw_http_commit(struct sw_http_response *rs, size_t n)
{
    rs->len += n;
}

void sw_http_write(struct sw_http_response *rs, const void *data, size_t len)
{
    char *at = sw_http_reserve(rs, len);

    if (at && len) {
        memcpy(at, data, len);
        rs->len += len;
    }
}

static const char *title_of(int status)
{
    const char *title = MHD_get_reason_phrase_for((unsigned) status);

    return title ? title : "Problem";
}

__attribute__((format(printf, 4, 0))) static void write_problem(struct sw_http_response *rs, int status,
                                                                const char *type, const char *detail_fmt, va_list ap)
{
    struct sw_jsonw w;
    char detail[512];
    char *at;
    size_t len;

    vsnprintf(detail, sizeof(detail), detail_fmt, ap);
    rs->len = 0;
    rs->is_too_large = false;
    rs->status = status;
    rs->content_type = "application/problem+json";
    rs->etag[0] = '\0';
    at = sw_http_reserve(rs, 4096);
    if (!at)
        return;
    sw_jsonw_init(&w, at, 4096);
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "type", type);
    sw_jsonw_str(&w, "title", title_of(status));
    sw_jsonw_int(&w, "status", status);
    sw_jsonw_str(&w, "detail", detail);
    sw_jsonw_object_end(&w);
    if (sw_jsonw_finish(&w, &len))
        sw_http_commit(rs, len);
}

void sw_http_problem(struct sw_http_response *rs, int status, const char *detail_fmt, ...)
{
    va_list ap;

    va_start(ap, detail_fmt);
    write_problem(rs, status, "about:blank", detail_fmt, ap);
    va_end(ap);
}

void sw_http_refuse(struct sw_http_response *rs, int status, const char *type, const char *detail_fmt, ...)
{
    va_list ap;

    va_start(ap, detail_fmt);
    write_problem(rs, status, type, detail_fmt, ap);
    va_end(ap);
}

static uint32_t peer_uid(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct ucred cred;
    socklen_t len = sizeof(cred);

    if (!info || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
        return UINT32_MAX;
    return cred.uid;
}

void sw_http_send_file(struct sw_http_response *rs, int fd, int64_t len, const char *content_type)
{
    rs->has_file = true;
    rs->file = fd;
    rs->file_len = len;
    rs->content_type = content_type;
}

/* ---- answers that come later ---- */

static struct sw_http_later *later_free(struct sw_http_later *l)
{
    if (l->rs.has_file)
        close(l->rs.file);
    free(l->rs.body);
    free(l);
    return NULL;
}

struct sw_http_later *sw_http_defer(const struct sw_http_request *rq)
{
    struct pending *p = rq->pending;
    struct sw_http_later *l = p->http->n_later < SW_HTTP_LATER_MAX && !p->later ? calloc(1, sizeof(*l)) : NULL;

    if (!l)
        return NULL;
    l->http = p->http;
    l->connection = rq->connection;
    l->rs = (struct sw_http_response){.status = 200, .content_type = "application/json"};
    l->next = p->http->later;
    p->http->later = l;
    p->http->n_later++;
    p->later = l;
    return l;
}

struct sw_http_response *sw_http_later_response(struct sw_http_later *l)
{
    return &l->rs;
}

struct sw_http_later *sw_http_later_send(struct sw_http_later *l)
{
    if (!l->http)
        return later_free(l);
    l->is_ready = true;
    if (l->is_suspended) { /* the library asks for the request once more, in its next run */
        MHD_resume_connection(l->connection);
        sw_timer_arm(l->http->timer, sw_mono_real_us(), 0, NULL);
    }
    return NULL;
}

/* The connection lets go: answered, or broken off. */
static void later_detach(struct sw_http_later *l)
{
    struct sw_http *h = l->http;

    for (struct sw_http_later **at = &h->later; *at; at = &(*at)->next) {
        if (*at != l)
            continue;
        *at = l->next;
        break;
    }
    h->n_later--;
    l->http = NULL;
    if (l->is_ready)
        later_free(l);
}

/* Hand the body to the library, which frees it when it is sent. */
static enum MHD_Result send_response(struct MHD_Connection *connection, struct sw_http_response *rs)
{
    struct MHD_Response *response;
    enum MHD_Result rc;

    if (rs->is_too_large)
        sw_http_problem(rs, 500, "The answer would be larger than %d bytes: ask for less", SW_HTTP_ANSWER_MAX);
    if (rs->has_file)
        response = MHD_create_response_from_fd64((uint64_t) rs->file_len, rs->file);
    else if (rs->len)
        response = MHD_create_response_from_buffer(rs->len, rs->body, MHD_RESPMEM_MUST_FREE);
    else
        response = MHD_create_response_from_buffer(0, (void *) (uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    if (!rs->len || !response)
        free(rs->body);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, rs->content_type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (rs->allow)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, rs->allow);
    if (rs->etag[0])
        MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, rs->etag);
    rc = MHD_queue_response(connection, (unsigned) rs->status, response);
    MHD_destroy_response(response);
    return rc;
}

/* What was prepared is the library's from here on. */
static enum MHD_Result send_later(struct MHD_Connection *connection, struct pending *p)
{
    struct sw_http_later *l = p->later;
    struct sw_http_response rs = l->rs;

    l->rs = (struct sw_http_response){0};
    p->later = NULL;
    later_detach(l);
    return send_response(connection, &rs);
}

static enum MHD_Result answer(struct sw_http *h, struct MHD_Connection *connection, const char *method,
                              const char *path, struct pending *p)
{
    struct sw_http_response rs = {.status = 200, .content_type = "application/json"};
    struct sw_http_request rq = {.method = strcmp(method, "HEAD") ? method : "GET",
                                 .path = path,
                                 .body = p->body ? p->body : "",
                                 .body_len = p->len,
                                 .peer_uid = peer_uid(connection),
                                 .connection = connection,
                                 .pending = p};

    p->http = h;
    if (p->is_too_large)
        sw_http_problem(&rs, 413, "A request body may have at most %d bytes", SW_HTTP_BODY_MAX);
    else
        h->handler(h->ctx, &rq, &rs);
    if (!p->later)
        return send_response(connection, &rs);
    free(rs.body);
    if (p->later->is_ready) /* it came before the handler returned */
        return send_later(connection, p);
    p->later->is_suspended = true;
    MHD_suspend_connection(connection);
    return MHD_YES;
}

static void gather(struct pending *p, const char *data, size_t len)
{
    if (p->is_too_large || len > SW_HTTP_BODY_MAX - p->len) {
        p->is_too_large = true;
        return;
    }
    if (p->len + len + 1 > p->cap) {
        size_t cap = SW_MAX(p->cap * 2, p->len + len + 1);
        char *body = realloc(p->body, cap);

        if (!body) {
            p->is_too_large = true;
            return;
        }
        p->body = body;
        p->cap = cap;
    }
    memcpy(p->body + p->len, data, len);
    p->len += len;
    p->body[p->len] = '\0';
}

/* Called with the headers, then with each piece of body, then once more with none. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *path, const char *method,
                                  const char *version, const char *upload, size_t *upload_len, void **request)
{
    struct pending *p = *request;

    (void) version;
    if (!p) {
        *request = calloc(1, sizeof(*p));
        return *request ? MHD_YES : MHD_NO;
    }
    if (*upload_len) {
        gather(p, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    if (p->later)
        return p->later->is_ready ? send_later(connection, p) : MHD_YES;
    return answer(cls, connection, method, path, p);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode why)
{
    struct pending *p = *request;

    (void) cls;
    (void) connection;
    (void) why;
    if (p) {
        if (p->later)
            later_detach(p->later);
        free(p->body);
        free(p);
    }
    *request = NULL;
}

static void run(struct sw_http *h)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;

    MHD_run(h->mhd);
    /* 0: it has more to do at once (its epoll is edge-triggered); long ones are idle connections, which may wait */
    if (MHD_get_timeout(h->mhd, &timeout_ms) == MHD_YES)
        sw_timer_arm(h->timer, sw_mono_real_us() + (int64_t) timeout_ms * SW_US_PER_MS,
                     timeout_ms >= 1000 ? 100 * SW_US_PER_MS : 0, NULL);
    else
        sw_timer_disarm(h->timer);
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
    char line[256];

    (void) cls;
    vsnprintf(line, sizeof(line), fmt, ap);
    sw_log(SW_LOG_DEBUG, "HTTP: %s", line);
}

static int start(struct sw_http *h, struct sw_loop *loop, int fd, struct sw_err *err)
{
    const union MHD_DaemonInfo *info;
    int rc;

    h->mhd =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, h,
                         MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned) SW_HTTP_CONNECTIONS_MAX,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) SW_HTTP_HEADER_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
                         (unsigned) SW_HTTP_TIMEOUT_S, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (!h->mhd) /* the descriptor is the library's by now */
        return sw_err_set(err, SW_E_IO, 0, "%s: libmicrohttpd would not start", h->path);
    info = MHD_get_daemon_info(h->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info)
        return sw_err_set(err, SW_E_IO, 0, "%s: libmicrohttpd has no epoll", h->path);
    rc = sw_loop_add_timer(loop, on_timer, h, &h->timer, err);
    if (rc == SW_OK)
        rc = sw_loop_add_io(loop, info->epoll_fd, EPOLLIN, on_io, h, &h->io, err);
    return rc;
}

int sw_http_new(struct sw_loop *loop, const char *unix_path, sw_http_handler handler, void *ctx, struct sw_http **ret,
                struct sw_err *err)
{
    struct sw_http *h = calloc(1, sizeof(*h));
    int fd = -1, rc;

    if (!h)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", unix_path);
    h->handler = handler;
    h->ctx = ctx;
    rc = http_listen_unix(unix_path, &fd, err);
    if (rc == SW_OK) {
        snprintf(h->path, sizeof(h->path), "%s", unix_path);
        rc = start(h, loop, fd, err);
    }
    if (rc < 0) {
        sw_http_free(h);
        return rc;
    }
    *ret = h;
    return SW_OK;
}

struct sw_http *sw_http_free(struct sw_http *h)
{
    if (h) {
        sw_source_free(h->io);
        sw_source_free(h->timer);
        for (const struct sw_http_later *l = h->later; l; l = l->next)
            if (l->is_suspended && !l->is_ready) /* the library must not be stopped while connections wait */
                MHD_resume_connection(l->connection);
        if (h->mhd)
            MHD_stop_daemon(h->mhd); /* closes the listening socket too */
        if (h->path[0])
            unlink(h->path);
        free(h);
    }
    return NULL;
}
