// SPDX-License-Identifier: Apache-2.0
/* What io/http*.c share; nobody else includes it. */
#ifndef SW_IO_HTTP_INT_H
#define SW_IO_HTTP_INT_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "common/listen.h"
#include "io/http.h"
#include "io/http_words.h"

#define HTTP_PEM_MAX (64 * 1024)

/* What a connection is doing, which decides how long it may. */
enum http_doing {
    HTTP_READS,   /* waits for a request, or is in the middle of one */
    HTTP_WAITS,   /* for who answers later: as long as that takes */
    HTTP_ANSWERS, /* its answer goes out */
    HTTP_STREAMS, /* for as long as the client likes */
};

struct http_listener;

/* A connection over TCP. */
struct http_peer {
    struct http_peer *next;
    struct http_listener *listener;
    struct MHD_Connection *connection;
    int fd; /* the library's */
    struct in6_addr address;
    bool is_this_machine;
    enum http_doing doing;
    int64_t since_us; /* when it began to; monotonic */
};

struct http_listener {
    struct sw_http *http;
    struct MHD_Daemon *mhd;
    struct sw_source *io, *timer;
    bool is_tcp, is_tls;
    unsigned n_hasty; /* turns in a row after which the library wanted the next one at once */
    char names[SW_HTTP_HOSTS_MAX][HTTP_HOST_SIZE];
    size_t n_names;
    struct http_peer *peers;
};

struct sw_http {
    struct sw_loop *loop;
    sw_http_handler handler;
    void *ctx;
    sw_http_identify identify;
    void *identify_ctx;
    struct http_listener *listeners[SW_HTTP_LISTENERS_MAX];
    size_t n_listeners;
    struct sw_http_later *later; /* all that wait */
    size_t n_later;
    struct http_stream *streams;
    struct sw_source *beat, *sweep;
    int port, stream_s;
    char said[200]; /* by the library, last */
    char path[sizeof(((struct sockaddr_un *) NULL)->sun_path)];
};

/* Held by two: the connection that waits and whoever answers. The one who lets go last frees it. */
struct sw_http_later {
    struct sw_http_later *next;
    struct http_listener *listener; /* NULL = the connection is gone */
    struct MHD_Connection *connection;
    struct sw_http_response rs;
    char account[SW_ACCOUNT_ID_SIZE]; /* that asks; "" = none, or the unix socket */
    bool is_ready;                    /* whoever answers has let go */
    bool is_suspended;                /* the library waits for us */
};

/* A request while its body comes in. */
struct http_pending {
    char *body;
    size_t len, cap;
    bool is_begun, is_too_large, is_odd;
    struct http_listener *listener;
    struct sw_http_later *later; /* its answer comes later */
};

/* ---- http_listen.c ---- */

/** A listening socket with mode 0660. @return SW_OK; SW_E_BUSY somebody answers there; SW_E_CONFLICT it is no socket;
 *          SW_E_INVAL the path is too long; SW_E_IO */
int http_listen_unix(const char *path, int *ret_fd, struct sw_err *err);
/** @return SW_OK; SW_E_BUSY; SW_E_NOTFOUND; SW_E_IO */
int http_listen_tcp(const struct sw_listen *at, int *ret_fd, int *ret_port, struct sw_err *err);
/** A PEM file as text, on the heap. @return SW_OK; SW_E_IO; SW_E_INVAL too large, or empty; SW_E_NOMEM */
int http_read_pem(const char *path, char **ret, struct sw_err *err);

/* ---- http_peer.c: connections over TCP ---- */

/** May one more come from this address? */
enum MHD_Result http_peer_accept(void *listener, const struct sockaddr *address, socklen_t len);
void http_peer_notify(void *listener, struct MHD_Connection *connection, void **ret_peer,
                      enum MHD_ConnectionNotificationCode what);
/** NULL on the unix socket. */
struct http_peer *http_peer_of(struct MHD_Connection *connection);
void http_peer_set(struct MHD_Connection *connection, enum http_doing doing);
void http_peer_text(const struct http_peer *p, char ret[SW_HTTP_PEER_SIZE]);
/** Ends connections that take too long. Timer of `sw_http`. */
void http_peer_sweep(void *http, int64_t due_us);
/** Is a request of this Host and Origin for us? Else writes why not. */
bool http_peer_guard(const struct http_listener *l, const struct sw_http_request *rq, struct sw_http_response *rs);

/* ---- http_answer.c ---- */

/** Hand the answer to the library, which frees its body when it is sent. */
enum MHD_Result http_send(struct http_listener *l, struct MHD_Connection *connection, struct sw_http_response *rs);
/** One that is not sent after all. */
void http_response_done(struct sw_http_response *rs);

/* ---- http_later.c ---- */

/** What was prepared is the library's from here on. */
enum MHD_Result http_later_send_now(struct MHD_Connection *connection, struct http_pending *p);
/** The connection lets go: answered, or broken off. */
void http_later_detach(struct sw_http_later *l);

/* ---- http_stream.c ---- */

struct MHD_Response *http_stream_response(struct http_stream *s, struct http_listener *l,
                                          struct MHD_Connection *connection);
void http_stream_free(struct http_stream *s);
void http_stream_resume(struct sw_http *h);        /* all that are suspended */
void http_stream_beat(void *http, int64_t due_us); /* timer of `sw_http` */

/* ---- http_run.c ---- */

/** PEM; NULL, both, without TLS. */
struct http_tls {
    char *certificate, *key;
};

/** Serve a listening socket, which is the library's afterwards, whatever comes of it. @param name  for sentences */
int http_listener_start(struct sw_http *h, struct http_listener *l, int fd, const struct http_tls *tls,
                        const char *name, struct sw_err *err);
void http_listener_free(struct http_listener *l);
/** Let the library run in the loop's next turn. */
void http_kick(struct http_listener *l);

/* ---- http.c: what the library calls ---- */

/** `cls` is the listener. The request line came: nothing is decoded yet. What this returns is the request's from then
 * on. */
void *http_on_line(void *cls, const char *uri, struct MHD_Connection *connection);
/** With the headers, then with each piece of body, then once more with none. */
enum MHD_Result http_on_request(void *cls, struct MHD_Connection *connection, const char *path, const char *method,
                                const char *version, const char *upload, size_t *upload_len, void **request);
void http_on_completed(void *cls, struct MHD_Connection *connection, void **request,
                       enum MHD_RequestTerminationCode why);

#endif
