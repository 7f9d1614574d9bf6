// SPDX-License-Identifier: Apache-2.0
/* A door over libmicrohttpd: HTTP/1.1 on a unix socket and on TCP, with or without TLS, served by the core's own loop.
 * Answers are made on the loop's thread, at once or, with sw_http_defer, later, or are streams of events. Leaves paths
 * and documents to the handler, and who somebody is to whoever keeps accounts. */
#ifndef SW_IO_HTTP_H
#define SW_IO_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "io/identity.h"
#include "io/loop.h"
#include "io/sse.h"

#define SW_HTTP_CONNECTIONS_MAX 32 /* on the unix socket */
#define SW_HTTP_TCP_CONNECTIONS_MAX (SW_SSE_CLIENTS_MAX + 32)
#define SW_HTTP_ADDRESS_CONNECTIONS_MAX 32 /* from one address; of this machine itself, as many as there are */
#define SW_HTTP_LISTENERS_MAX 4
#define SW_HTTP_HEADER_MAX (8 * 1024)
#define SW_HTTP_BODY_MAX (64 * 1024)         /* of a request */
#define SW_HTTP_ANSWER_MAX (4 * 1024 * 1024) /* of a response */
#define SW_HTTP_TIMEOUT_S 15                 /* of silence */
#define SW_HTTP_REQUEST_S 30  /* a request is complete so long after the connection or the answer before */
#define SW_HTTP_ANSWER_S 120  /* and its answer has gone out so long after; streams excepted */
#define SW_HTTP_STREAM_S 3600 /* a stream; its client comes again, and loses nothing */
#define SW_HTTP_HEADERS_MAX 8 /* of an answer, besides those that every answer has */
#define SW_HTTP_VALUE_SIZE 512
#define SW_HTTP_PEER_SIZE 46
#define SW_HTTP_HOSTS_MAX 8
#define SW_HTTP_LATER_MAX                                                                                              \
    16 /* connections that wait for their answer: the others stay free for who looks at the state */
#define SW_HTTP_LATER_EACH_MAX 12 /* of one account over TCP: the others still get in */

struct sw_http;

/** A whole request. Borrowed for the call of the handler. */
struct sw_http_request {
    const char *method; /* "GET" */
    const char *path;   /* percent-decoded, without query */
    const char *body;   /* NUL-terminated; "" when there is none */
    size_t body_len;
    uint32_t peer_uid; /* user at the other end of the unix socket; UINT32_MAX = unknown, or it is TCP */
    bool is_tcp, is_tls;
    char peer[SW_HTTP_PEER_SIZE];  /* address at the other end: "192.0.2.7"; "" on the unix socket */
    const struct sw_identity *who; /* NULL: nobody known; on the unix socket peer_uid says who it is */
    void *connection, *pending;    /* the door's own */
};

/** Argument of the query ("?limit=10"), decoded; NULL when absent, "" when it has no value. */
const char *sw_http_query(const struct sw_http_request *rq, const char *key);
const char *sw_http_header(const struct sw_http_request *rq, const char *name); /* NULL when absent */
/** Value of the cookie of that name, as it was sent. @return its length; -1 = there is none, or it does not fit */
int sw_http_cookie(const struct sw_http_request *rq, const char *name, char *ret, size_t cap);
bool sw_http_takes_gzip(const struct sw_http_request *rq);
/** If-None-Match of the request names this tag ("\"5\"", with its quotes), or is "*". */
bool sw_http_has_tag(const struct sw_http_request *rq, const char *etag);

/** The answer. The handler gets it as 200 application/json with an empty body. */
struct sw_http_response {
    int status;
    const char *content_type; /* a constant */
    const char *allow;        /* with 405: "GET, HEAD"; a constant; else NULL */
    char etag[24];            /* "\"5\"", with its quotes; "" = none */
    char *body;
    size_t len, cap;
    bool is_too_large;
    bool has_file; /* the body is a file */
    int file;
    int64_t file_len;
    const void *constant;       /* the body is the caller's, NULL = is not */
    struct http_stream *stream; /* the door's own */
    size_t n_headers;
    struct {
        const char *name; /* a constant */
        char value[SW_HTTP_VALUE_SIZE];
    } headers[SW_HTTP_HEADERS_MAX];
};

/** A header of the answer; again with the same name: replaces, but for Set-Cookie. Takes the place of what every answer
 *  has (Cache-Control: no-store; on TCP Content-Security-Policy and its like).
 *  @param name  a constant  @return SW_OK; SW_E_FULL; SW_E_INVAL too long, or a control character is in the value */
int sw_http_set_header(struct sw_http_response *rs, const char *name, const char *value);

/** The body is this, which stays the caller's and must outlive the door. */
void sw_http_send_constant(struct sw_http_response *rs, const void *data, size_t len, const char *content_type);

/** The answer is a stream of events, from Last-Event-ID on where the request has one. Lasts until the client goes,
 * stalls or is ended, or SW_HTTP_STREAM_S are over: who comes again is asked anew who it is. When there is no room for
 * one more: 503. */
void sw_http_send_events(const struct sw_http_request *rq, struct sw_http_response *rs, struct sw_sse *s);

/** Append to the body. Beyond SW_HTTP_ANSWER_MAX the answer becomes a problem, 500. */
void sw_http_write(struct sw_http_response *rs, const void *data, size_t len);

/** Room for at least n more bytes at the end of the body, to render into; then sw_http_commit what was written.
 *  NULL when there is no room. */
char *sw_http_reserve(struct sw_http_response *rs, size_t n);
void sw_http_commit(struct sw_http_response *rs, size_t n);

/** The body is the file behind fd, which is the answer's from now on. @param content_type  a constant */
void sw_http_send_file(struct sw_http_response *rs, int fd, int64_t len, const char *content_type);

/** Make the answer a problem document (RFC 9457): status, its title, and a sentence of ours. Replaces the body. */
void sw_http_problem(struct sw_http_response *rs, int status, const char *detail_fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** The same with a type of ours (urn:siteward:error:…) instead of about:blank. */
void sw_http_refuse(struct sw_http_response *rs, int status, const char *type, const char *detail_fmt, ...)
    __attribute__((format(printf, 4, 5)));

/** An answer that comes later. The connection waits; its client may go away meanwhile, which changes nothing for who
 *  answers. */
struct sw_http_later;
/** Called by the handler in the place of answering; what is in its response is not sent. What it was asked (query,
 *  headers, body) is gone afterwards. @return NULL: too many wait, or no memory; then the handler answers at once */
struct sw_http_later *sw_http_defer(const struct sw_http_request *rq);
/** The answer to fill; 200 application/json and empty at first. */
struct sw_http_response *sw_http_later_response(struct sw_http_later *l);
/** It is ready: send it. Every deferral ends with this, on the loop's thread; `l` is gone afterwards. Also fine after
 *  sw_http_free. Always returns NULL. */
struct sw_http_later *sw_http_later_send(struct sw_http_later *l);

typedef void (*sw_http_handler)(void *ctx, const struct sw_http_request *rq, struct sw_http_response *rs);

/** Fills in who asks, from a header or a cookie of the request. @return false: nobody known. A refusal of its own
 *  (a session that is over, a token that is missing) it writes into rs with a status other than 200; the handler is
 * then not called. */
typedef bool (*sw_http_identify)(void *ctx, const struct sw_http_request *rq, struct sw_identity *ret,
                                 struct sw_http_response *rs);

/** Listen on a unix socket with mode 0660. A socket file that nobody answers any more is replaced; one that somebody
 *  answers is left: SW_E_BUSY; a file that is no socket: SW_E_CONFLICT. HEAD comes to the handler as GET. @return also
 * SW_E_IO, SW_E_INVAL path too long */
int sw_http_new(struct sw_loop *loop, const char *unix_path /* NULL: not on one */, sw_http_handler handler, void *ctx,
                struct sw_http **ret, struct sw_err *err);

/** Called before the handler with each request, on whatever listener. NULL = nobody is known to anybody. */
void sw_http_set_identify(struct sw_http *h, sw_http_identify identify, void *ctx);

/** Another bound of a stream than SW_HTTP_STREAM_S: for tests. */
void sw_http_set_stream_s(struct sw_http *h, int stream_s);

/** What to listen on. Texts are read during the call only. */
struct sw_http_tcp {
    const char *listen;                      /* see common/listen.h; port 0 = any that is free */
    const char *certificate_file, *key_file; /* PEM; NULL = without TLS */
    bool is_plain_allowed;                   /* without TLS on an address that others reach: somebody said so */
    const char *const *hosts;                /* names by which browsers reach us, besides addresses and localhost */
    size_t n_hosts;
};

/** Listen on TCP, too. Requests whose Host is not ours are refused with 421, those that change something and come from
 * a page of somebody else (Origin) with 403.
 *  @return SW_OK; SW_E_INVAL the address is none, or not of this machine alone, without TLS and without
 * is_plain_allowed; SW_E_BUSY the port is taken; SW_E_NOTFOUND this machine does not have the address (now); SW_E_IO a
 * file cannot be read or used; SW_E_FULL */
int sw_http_listen(struct sw_http *h, const struct sw_http_tcp *tcp, struct sw_err *err);
/** The port of the last sw_http_listen that went well; 0 = none. */
int sw_http_port(const struct sw_http *h);
/** Ends its connections, those that wait too, and removes the socket file. Before the loop is freed. NULL is fine;
 * always returns NULL. Streams end too: their sw_sse is freed after. */
struct sw_http *sw_http_free(struct sw_http *h);

#endif
