// SPDX-License-Identifier: Apache-2.0
/* What an answer is made of: its body, problem documents, headers, and how all that is handed to libmicrohttpd. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/jsonw.h"
#include "common/macros.h"
#include "io/http_int.h"

/* Of every answer. A page of ours loads nothing from elsewhere, runs no script that stands in a page, and is shown in
 * nobody's frame; what a browser would guess or tell others is forbidden. */
static const struct {
    const char *name, *value;
} usual[] = {
    {"Cache-Control", "no-store"},
    /* over TCP */
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
     "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
};

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
    rs->constant = NULL;
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

void sw_http_send_file(struct sw_http_response *rs, int fd, int64_t len, const char *content_type)
{
    rs->has_file = true;
    rs->file = fd;
    rs->file_len = len;
    rs->content_type = content_type;
}

void sw_http_send_constant(struct sw_http_response *rs, const void *data, size_t len, const char *content_type)
{
    rs->constant = data;
    rs->len = len;
    rs->content_type = content_type;
}

int sw_http_set_header(struct sw_http_response *rs, const char *name, const char *value)
{
    const size_t len = strlen(value);
    size_t at = 0;

    if (len >= SW_HTTP_VALUE_SIZE)
        return SW_E_INVAL;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char) value[i] < ' ' || value[i] == 0x7f)
            return SW_E_INVAL;
    while (at < rs->n_headers &&
           (strcasecmp(rs->headers[at].name, name) != 0 || strcasecmp(name, MHD_HTTP_HEADER_SET_COOKIE) == 0))
        at++;
    if (at == SW_HTTP_HEADERS_MAX)
        return SW_E_FULL;
    rs->headers[at].name = name;
    memcpy(rs->headers[at].value, value, len + 1);
    rs->n_headers = SW_MAX(rs->n_headers, at + 1);
    return SW_OK;
}

void http_response_done(struct sw_http_response *rs)
{
    if (rs->has_file)
        close(rs->file);
    if (rs->stream)
        http_stream_free(rs->stream);
    free(rs->body);
    *rs = (struct sw_http_response){0};
}

static bool has_header(const struct sw_http_response *rs, const char *name)
{
    for (size_t i = 0; i < rs->n_headers; i++)
        if (strcasecmp(rs->headers[i].name, name) == 0)
            return true;
    return false;
}

static void add_headers(const struct http_listener *l, const struct sw_http_response *rs, struct MHD_Response *response)
{
    if (rs->content_type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, rs->content_type);
    if (rs->allow)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, rs->allow);
    if (rs->etag[0])
        MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, rs->etag);
    for (size_t i = 0; i < rs->n_headers; i++)
        MHD_add_response_header(response, rs->headers[i].name, rs->headers[i].value);
    for (size_t i = 0; i < (l->is_tcp ? SW_ARRAY_SIZE(usual) : 1); i++)
        if (!has_header(rs, usual[i].name))
            MHD_add_response_header(response, usual[i].name, usual[i].value);
}

/* What is handed over is the library's: it frees it when the answer was sent, or was not. */
static struct MHD_Response *make_response(struct http_listener *l, struct MHD_Connection *connection,
                                          struct sw_http_response *rs)
{
    struct MHD_Response *response;

    if (rs->stream) {
        response = http_stream_response(rs->stream, l, connection);
        if (response)
            rs->stream = NULL;
    } else if (rs->has_file) {
        response = MHD_create_response_from_fd64((uint64_t) rs->file_len, rs->file);
        rs->has_file = !response;
    } else if (rs->constant) {
        response = MHD_create_response_from_buffer(rs->len, (void *) (uintptr_t) rs->constant, MHD_RESPMEM_PERSISTENT);
    } else if (rs->len) {
        response = MHD_create_response_from_buffer(rs->len, rs->body, MHD_RESPMEM_MUST_FREE);
        if (response)
            rs->body = NULL;
    } else {
        response = MHD_create_response_from_buffer(0, (void *) (uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    }
    return response;
}

enum MHD_Result http_send(struct http_listener *l, struct MHD_Connection *connection, struct sw_http_response *rs)
{
    struct MHD_Response *response;
    enum MHD_Result rc;

    if (rs->is_too_large)
        sw_http_problem(rs, 500, "The answer would be larger than %d bytes: ask for less", SW_HTTP_ANSWER_MAX);
    http_peer_set(connection, rs->stream ? HTTP_STREAMS : HTTP_ANSWERS);
    response = make_response(l, connection, rs);
    if (!response) {
        http_response_done(rs);
        return MHD_NO;
    }
    add_headers(l, rs, response);
    rc = MHD_queue_response(connection, (unsigned) rs->status, response);
    MHD_destroy_response(response);
    http_response_done(rs);
    return rc;
}
