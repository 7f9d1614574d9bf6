// SPDX-License-Identifier: Apache-2.0
/* The door of io/http with nothing behind it, for foreign clients to try: a page of files, a stream of events, an echo.
 *   http_site LISTEN FOLDER [CERTIFICATE KEY]     says "port N" once it listens; ends with its input
 * Orders on stdin: "post WORD TEXT", "burst COUNT BYTES", "end", "counts", "hasty" (streams end at their next sign of
 * life). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/log.h"
#include "io/http.h"
#include "io/static.h"

struct site {
    struct sw_loop *loop;
    struct sw_http *http;
    struct sw_static *pages;
    struct sw_sse *events;
    char line[70000];
    size_t len;
};

static void echo(const struct sw_http_request *rq, struct sw_http_response *rs)
{
    char line[512], cookie[32] = "";

    sw_http_cookie(rq, "siteward", cookie, sizeof(cookie));
    snprintf(line, sizeof(line),
             "{\"method\":\"%.20s\",\"body\":%zu,\"peer\":\"%s\",\"tls\":%s,\"cookie\":\"%s\",\"who\":\"%s\"}",
             rq->method, rq->body_len, rq->peer, rq->is_tls ? "true" : "false", cookie, rq->who ? rq->who->id : "");
    sw_http_set_header(rs, "Set-Cookie", "a=1; HttpOnly");
    sw_http_set_header(rs, "Set-Cookie", "b=2");
    sw_http_write(rs, line, strlen(line));
}

static void handle(void *ctx, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    struct site *s = ctx;

    if (strcmp(rq->path, "/echo") == 0)
        echo(rq, rs);
    else if (strcmp(rq->path, "/events") == 0)
        sw_http_send_events(rq, rs, s->events);
    else if (!sw_static_answer(s->pages, rq, rq->path, rs))
        sw_http_problem(rs, 404, "there is no page %.100s", rq->path);
}

/* A token names its owner; "bad" is refused. */
static bool identify(void *ctx, const struct sw_http_request *rq, struct sw_identity *ret, struct sw_http_response *rs)
{
    const char *token = sw_http_header(rq, "Authorization");

    (void) ctx;
    if (!token || strncmp(token, "Bearer ", 7) != 0)
        return false;
    if (strcmp(token + 7, "bad") == 0) {
        sw_http_refuse(rs, 401, "urn:siteward:error:login", "the token is over");
        return false;
    }
    snprintf(ret->id, sizeof(ret->id), "%.60s", token + 7);
    ret->role = SW_ACCOUNT_VIEWER;
    ret->came = SW_CAME_BEARER;
    return true;
}

static void burst(struct site *s, int count, size_t bytes)
{
    char *text = malloc(bytes + 32);

    for (int i = 0; text && i < count; i++) {
        int n = snprintf(text, 32, "{\"n\":%d,\"x\":\"", i);

        memset(text + n, 'x', bytes);
        memcpy(text + (size_t) n + bytes, "\"}", 2);
        sw_sse_post(s->events, "live", text, (size_t) n + bytes + 2);
    }
    free(text);
}

static void obey(struct site *s, char *line)
{
    const struct sw_sse_counts n = sw_sse_counts(s->events);
    char *text, word[32];
    size_t bytes;
    int count;

    if (sscanf(line, "post %31s", word) == 1 && (text = strchr(line + 5, ' ')) != NULL)
        printf("id %llu\n", (unsigned long long) sw_sse_post(s->events, word, text + 1, strlen(text + 1)));
    else if (sscanf(line, "burst %d %zu", &count, &bytes) == 2)
        burst(s, count, bytes);
    else if (strcmp(line, "end") == 0)
        sw_sse_end(s->events, NULL);
    else if (strcmp(line, "hasty") == 0)
        sw_http_set_stream_s(s->http, 0);
    else if (strcmp(line, "counts") == 0)
        printf("counts %zu %llu %llu\n", n.clients, (unsigned long long) n.dropped_total,
               (unsigned long long) n.refused_total);
    fflush(stdout);
}

static void on_orders(void *ctx, int fd, uint32_t events)
{
    struct site *s = ctx;
    ssize_t n = read(fd, s->line + s->len, sizeof(s->line) - 1 - s->len);
    char *end;

    (void) events;
    if (n <= 0) {
        sw_loop_exit(s->loop, 0);
        return;
    }
    s->len += (size_t) n;
    s->line[s->len] = '\0';
    while ((end = strchr(s->line, '\n')) != NULL) {
        *end = '\0';
        obey(s, s->line);
        s->len -= (size_t) (end + 1 - s->line);
        memmove(s->line, end + 1, s->len + 1);
    }
}

int main(int argc, char **argv)
{
    static const char *const hosts[] = {"gate.example"};
    const struct sw_http_tcp tcp = {.listen = argc > 1 ? argv[1] : "",
                                    .certificate_file = argc > 3 ? argv[3] : NULL,
                                    .key_file = argc > 4 ? argv[4] : NULL,
                                    .hosts = hosts,
                                    .n_hosts = 1};
    const struct sw_sse_params params = {.first_id = 1000};
    struct sw_source *orders = NULL;
    struct sw_err err = {0};
    static struct site s;
    int code = 0, rc = argc < 3 ? sw_err_set(&err, SW_E_INVAL, 0, "usage: http_site LISTEN FOLDER") : SW_OK;

    if (rc == SW_OK)
        rc = sw_loop_new(&s.loop, &err);
    if (rc == SW_OK)
        rc = sw_static_new(argv[2], &s.pages, &err);
    if (rc == SW_OK)
        rc = sw_sse_new(&params, &s.events, &err);
    if (rc == SW_OK)
        rc = sw_http_new(s.loop, NULL, handle, &s, &s.http, &err);
    if (rc == SW_OK)
        rc = sw_http_listen(s.http, &tcp, &err);
    if (rc == SW_OK)
        rc = sw_loop_add_io(s.loop, STDIN_FILENO, EPOLLIN, on_orders, &s, &orders, &err);
    if (rc == SW_OK) {
        sw_http_set_identify(s.http, identify, NULL);
        printf("port %d\n", sw_http_port(s.http));
        fflush(stdout);
        rc = sw_loop_run(s.loop, &code, &err);
    }
    if (rc < 0)
        fprintf(stderr, "http_site: %s\n", err.msg);
    sw_source_free(orders);
    sw_http_free(s.http);
    sw_sse_free(s.events);
    sw_static_free(s.pages);
    sw_loop_free(s.loop);
    return rc < 0;
}
