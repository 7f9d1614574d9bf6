// SPDX-License-Identifier: Apache-2.0
/* Requests: gathers a body, asks who it is from, calls the handler. And what is listened on. Leaves paths, rights and
 * documents to the handler. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/macros.h"
#include "io/http_int.h"

#define HEADS_DOWN_MAX (16 * SW_HTTP_BODY_MAX) /* a body that says it is larger is not even read */

/* ---- what a handler asks of a request ---- */

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

int sw_http_cookie(const struct sw_http_request *rq, const char *name, char *ret, size_t cap)
{
    return http_find_cookie(sw_http_header(rq, MHD_HTTP_HEADER_COOKIE), name, ret, cap);
}

bool sw_http_takes_gzip(const struct sw_http_request *rq)
{
    return http_takes_gzip(sw_http_header(rq, MHD_HTTP_HEADER_ACCEPT_ENCODING));
}

bool sw_http_has_tag(const struct sw_http_request *rq, const char *etag)
{
    const char *tags = sw_http_header(rq, MHD_HTTP_HEADER_IF_NONE_MATCH);

    return tags && http_names_tag(tags, etag);
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

/* ---- a request ---- */

/* Who it is, and then what they want; each may refuse. */
static void handle(struct http_listener *l, struct sw_http_request *rq, struct sw_identity *who,
                   struct sw_http_response *rs)
{
    struct sw_http *h = l->http;

    if (l->is_tcp && !http_peer_guard(l, rq, rs))
        return;
    if (h->identify && h->identify(h->identify_ctx, rq, who, rs))
        rq->who = who;
    if (rs->status == 200)
        h->handler(h->ctx, rq, rs);
}

static enum MHD_Result answer(struct http_listener *l, struct MHD_Connection *connection, const char *method,
                              const char *path, struct http_pending *p)
{
    const struct http_peer *peer = l->is_tcp ? http_peer_of(connection) : NULL;
    struct sw_http_response rs = {.status = 200, .content_type = "application/json"};
    struct sw_identity who = {0};
    struct sw_http_request rq = {.method = strcmp(method, "HEAD") ? method : "GET",
                                 .path = path,
                                 .body = p->body ? p->body : "",
                                 .body_len = p->len,
                                 .peer_uid = l->is_tcp ? UINT32_MAX : peer_uid(connection),
                                 .is_tcp = l->is_tcp,
                                 .is_tls = l->is_tls,
                                 .connection = connection,
                                 .pending = p};

    if (peer)
        http_peer_text(peer, rq.peer);
    if (p->is_too_large)
        sw_http_problem(&rs, 413, "A request body may have at most %d bytes", SW_HTTP_BODY_MAX);
    else if (p->is_odd)
        sw_http_problem(&rs, 400, "No path holds a NUL or the end of a line");
    else
        handle(l, &rq, &who, &rs);
    if (!p->later)
        return http_send(l, connection, &rs);
    http_response_done(&rs);
    if (p->later->is_ready) /* it came before the handler returned */
        return http_later_send_now(connection, p);
    http_peer_set(connection, HTTP_WAITS);
    p->later->is_suspended = true;
    MHD_suspend_connection(connection);
    return MHD_YES;
}

static void gather(struct http_pending *p, const char *data, size_t len)
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

void *http_on_line(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct http_pending *p = calloc(1, sizeof(*p));

    (void) connection;
    if (p) {
        p->listener = cls;
        p->is_odd = http_path_is_odd(uri);
    }
    return p;
}

struct count {
    unsigned hosts, lengths, encodings;
};

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct count *n = cls;

    (void) kind;
    (void) value;
    n->hosts += strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0;
    n->lengths += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
    n->encodings += strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
    return MHD_YES;
}

/* Headers that two programs may read in two ways: a proxy before us, and us. */
static bool is_ambiguous(struct MHD_Connection *connection)
{
    struct count n = {0};

    MHD_get_connection_values(connection, MHD_HEADER_KIND, on_header, &n);
    return n.hosts > 1 || n.lengths + n.encodings > 1;
}

/* All headers are there. A body that is announced as far too large is not waited for, nor one whose end is in doubt. */
static enum MHD_Result begin(struct MHD_Connection *connection, struct http_pending *p)
{
    const char *len = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    struct sw_http_response rs = {.status = 200};

    p->is_begun = true;
    if (p->listener->is_tcp && is_ambiguous(connection)) {
        sw_http_problem(&rs, 400, "Host, Content-Length and Transfer-Encoding come once, and one of the last two");
        sw_http_set_header(&rs, MHD_HTTP_HEADER_CONNECTION, "close");
    } else if (len && strtoull(len, NULL, 10) > HEADS_DOWN_MAX) {
        sw_http_problem(&rs, 413, "A request body may have at most %d bytes", SW_HTTP_BODY_MAX);
    } else {
        return MHD_YES;
    }
    return http_send(p->listener, connection, &rs);
}

enum MHD_Result http_on_request(void *cls, struct MHD_Connection *connection, const char *path, const char *method,
                                const char *version, const char *upload, size_t *upload_len, void **request)
{
    struct http_pending *p = *request;

    (void) version;
    if (!p)
        return MHD_NO;
    if (!p->is_begun)
        return begin(connection, p);
    if (*upload_len) {
        gather(p, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    if (p->later)
        return p->later->is_ready ? http_later_send_now(connection, p) : MHD_YES;
    return answer(cls, connection, method, path, p);
}

void http_on_completed(void *cls, struct MHD_Connection *connection, void **request,
                       enum MHD_RequestTerminationCode why)
{
    struct http_pending *p = *request;

    (void) cls;
    (void) why;
    if (p) {
        if (p->later)
            http_later_detach(p->later);
        free(p->body);
        free(p);
    }
    *request = NULL;
    http_peer_set(connection, HTTP_READS);
}

/* ---- listening ---- */

static int listen_unix(struct sw_http *h, const char *path, struct sw_err *err)
{
    struct http_listener *l = calloc(1, sizeof(*l));
    int fd = -1, rc;

    if (!l)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", path);
    rc = http_listen_unix(path, &fd, err);
    if (rc == SW_OK) {
        snprintf(h->path, sizeof(h->path), "%s", path);
        rc = http_listener_start(h, l, fd, &(struct http_tls){0}, path, err);
    }
    if (rc < 0)
        http_listener_free(l);
    return rc; // NOLINT(clang-analyzer-unix.Malloc) -- started, it is in the list of h
}

int sw_http_new(struct sw_loop *loop, const char *unix_path, sw_http_handler handler, void *ctx, struct sw_http **ret,
                struct sw_err *err)
{
    struct sw_http *h = calloc(1, sizeof(*h));
    int rc;

    if (!h)
        return sw_err_set(err, SW_E_NOMEM, 0, "HTTP: out of memory");
    h->loop = loop;
    h->handler = handler;
    h->ctx = ctx;
    h->stream_s = SW_HTTP_STREAM_S;
    rc = sw_loop_add_timer(loop, http_peer_sweep, h, &h->sweep, err);
    if (rc == SW_OK)
        rc = sw_loop_add_timer(loop, http_stream_beat, h, &h->beat, err);
    if (rc == SW_OK)
        rc = sw_timer_arm(h->beat, sw_mono_real_us() + SW_SSE_BEAT_S * SW_US_PER_S, SW_US_PER_S / 4, err);
    if (rc == SW_OK && unix_path)
        rc = listen_unix(h, unix_path, err);
    if (rc < 0) {
        sw_http_free(h);
        return rc;
    }
    *ret = h;
    return SW_OK;
}

void sw_http_set_identify(struct sw_http *h, sw_http_identify identify, void *ctx)
{
    h->identify = identify;
    h->identify_ctx = ctx;
}

void sw_http_set_stream_s(struct sw_http *h, int stream_s)
{
    h->stream_s = stream_s;
}

static int check_tcp(const struct sw_http *h, const struct sw_http_tcp *tcp, struct sw_listen *at, struct sw_err *err)
{
    if (!sw_listen_parse(tcp->listen, at))
        return sw_err_set(err, SW_E_INVAL, 0, "%.80s is no address to listen on: want one like 127.0.0.1:8480",
                          tcp->listen);
    if (!at->is_loopback && !tcp->key_file && !tcp->is_plain_allowed)
        return sw_err_set(err, SW_E_INVAL, 0,
                          "%.80s is reached from other machines and has no certificate: passwords would go over the "
                          "line for all to read",
                          tcp->listen);
    if (!tcp->certificate_file != !tcp->key_file)
        return sw_err_set(err, SW_E_INVAL, 0, "a certificate needs its key, and a key its certificate");
    if (h->n_listeners == SW_HTTP_LISTENERS_MAX || tcp->n_hosts > SW_HTTP_HOSTS_MAX)
        return sw_err_set(err, SW_E_FULL, 0, "at most %d listeners, with %d names each", SW_HTTP_LISTENERS_MAX,
                          SW_HTTP_HOSTS_MAX);
    return SW_OK;
}

static int take_names(struct http_listener *l, const struct sw_http_tcp *tcp, struct sw_err *err)
{
    for (size_t i = 0; i < tcp->n_hosts; i++) {
        int port;

        if (!http_split_host(tcp->hosts[i], strlen(tcp->hosts[i]), l->names[i], &port) || port)
            return sw_err_set(err, SW_E_INVAL, 0, "%.80s is no name of a host", tcp->hosts[i]);
    }
    l->n_names = tcp->n_hosts;
    return SW_OK;
}

static int read_tls(const struct sw_http_tcp *tcp, struct http_tls *ret, struct sw_err *err)
{
    const int rc = http_read_pem(tcp->certificate_file, &ret->certificate, err);

    return rc < 0 ? rc : http_read_pem(tcp->key_file, &ret->key, err);
}

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

int sw_http_listen(struct sw_http *h, const struct sw_http_tcp *tcp, struct sw_err *err)
{
    struct http_listener *l;
    struct http_tls tls = {0};
    struct sw_listen at;
    int fd = -1, port = 0, rc = check_tcp(h, tcp, &at, err);

    if (rc < 0)
        return rc;
    l = calloc(1, sizeof(*l));
    if (!l)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", tcp->listen);
    l->is_tcp = true;
    l->is_tls = tcp->key_file != NULL;
    rc = take_names(l, tcp, err);
    if (rc == SW_OK && l->is_tls)
        rc = read_tls(tcp, &tls, err);
    if (rc == SW_OK)
        rc = http_listen_tcp(&at, &fd, &port, err);
    if (rc == SW_OK)
        rc = http_listener_start(h, l, fd, &tls, tcp->listen, err);
    free(tls.certificate);
    wipe(tls.key);
    if (rc < 0)
        http_listener_free(l);
    else
        h->port = port; // NOLINT(clang-analyzer-unix.Malloc) -- as above
    return rc;
}

int sw_http_port(const struct sw_http *h)
{
    return h->port;
}

struct sw_http *sw_http_free(struct sw_http *h)
{
    if (h) {
        /* the library must not be stopped while connections wait */
        for (const struct sw_http_later *l = h->later; l; l = l->next)
            if (l->is_suspended && !l->is_ready)
                MHD_resume_connection(l->connection);
        http_stream_resume(h);
        for (size_t i = 0; i < h->n_listeners; i++)
            http_listener_free(h->listeners[i]);
        sw_source_free(h->sweep);
        sw_source_free(h->beat);
        if (h->path[0])
            unlink(h->path);
        free(h);
    }
    return NULL;
}
