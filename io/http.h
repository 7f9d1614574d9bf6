// SPDX-License-Identifier: Apache-2.0
/* A door over libmicrohttpd: HTTP/1.1 on a unix socket, served by the core's own loop. Answers are made on the loop's
 * thread, at once or, with sw_http_defer, later. Leaves paths and documents to the handler. */
#ifndef SW_IO_HTTP_H
#define SW_IO_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "io/loop.h"

#define SW_HTTP_CONNECTIONS_MAX 32
#define SW_HTTP_HEADER_MAX (8 * 1024)
#define SW_HTTP_BODY_MAX (64 * 1024)         /* of a request */
#define SW_HTTP_ANSWER_MAX (4 * 1024 * 1024) /* of a response */
#define SW_HTTP_TIMEOUT_S 15
#define SW_HTTP_LATER_MAX                                                                                              \
    16 /* connections that wait for their answer: the others stay free for who looks at the state */

struct sw_http;

/** A whole request. Borrowed for the call of the handler. */
struct sw_http_request {
    const char *method; /* "GET" */
    const char *path;   /* percent-decoded, without query */
    const char *body;   /* NUL-terminated; "" when there is none */
    size_t body_len;
    uint32_t peer_uid;          /* user at the other end of the unix socket; UINT32_MAX = unknown */
    void *connection, *pending; /* the door's own */
};

/** Argument of the query ("?limit=10"), decoded; NULL when absent, "" when it has no value. */
const char *sw_http_query(const struct sw_http_request *rq, const char *key);
const char *sw_http_header(const struct sw_http_request *rq, const char *name); /* NULL when absent */

/** The answer. The handler gets it as 200 application/json with an empty body. */
struct sw_http_response {
    int status;
    const char *content_type; /* a constant */
    const char *allow;        /* with 405: "GET, HEAD"; a constant; else NULL */
    char etag[16];            /* "\"5\"", with its quotes; "" = none */
    char *body;
    size_t len, cap;
    bool is_too_large;
    bool has_file; /* the body is a file */
    int file;
    int64_t file_len;
};

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

/** Listen on a unix socket with mode 0660. A socket file that nobody answers any more is replaced; one that somebody
 *  answers is left: SW_E_BUSY; a file that is no socket: SW_E_CONFLICT. HEAD comes to the handler as GET. @return also
 * SW_E_IO, SW_E_INVAL path too long */
int sw_http_new(struct sw_loop *loop, const char *unix_path, sw_http_handler handler, void *ctx, struct sw_http **ret,
                struct sw_err *err);

/** Ends its connections, those that wait too, and removes the socket file. Before the loop is freed. NULL is fine;
 * always returns NULL. */
struct sw_http *sw_http_free(struct sw_http *h);

#endif
