// SPDX-License-Identifier: Apache-2.0
/* HTTP over the unix socket, spoken to by a raw socket on a thread of its own: no code of ours on the client's side. */
#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/http.h"

static char folder[64], path[96];

static int make_folder(void **state)
{
    (void) state;
    strcpy(folder, "/tmp/sw-http-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/s", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void) state;
    unlink(path);
    return rmdir(folder);
}

static void handle(void *ctx, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    char line[256];
    char *at;

    ++*(int *) ctx;
    if (!strcmp(rq->path, "/echo")) {
        snprintf(line, sizeof(line), "%s %zu a=%s h=%s uid=%d", rq->method, rq->body_len,
                 sw_http_query(rq, "a") ? sw_http_query(rq, "a") : "none",
                 sw_http_header(rq, "X-Test") ? sw_http_header(rq, "X-Test") : "none", rq->peer_uid == getuid());
        rs->content_type = "text/plain";
        sw_http_write(rs, line, strlen(line));
    } else if (!strcmp(rq->path, "/large")) {
        for (int i = 0; i < 300; i++) {
            at = sw_http_reserve(rs, 1000);
            memset(at, 'x', 1000);
            sw_http_commit(rs, 1000);
        }
    } else if (!strcmp(rq->path, "/too-large")) {
        memset(line, 'x', sizeof(line));
        for (int i = 0; i < SW_HTTP_ANSWER_MAX / 256 + 1; i++)
            sw_http_write(rs, line, sizeof(line));
    } else if (!strcmp(rq->path, "/empty")) {
        rs->status = 204;
    } else {
        sw_http_problem(rs, 404, "No \"%s\" here", rq->path);
    }
}

static int dial(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(addr.sun_path, path);
    if (connect(fd, (struct sockaddr *) &addr, sizeof(addr)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* One exchange: what is sent, and all that comes until the server closes. */
struct exchange {
    const char *request;
    size_t len;
    char *answer;
    size_t answer_len;
    struct sw_loop *loop;
    int wake[2];
};

static void *talk(void *arg)
{
    struct exchange *x = arg;
    int fd = dial();
    ssize_t n;

    for (size_t sent = 0; fd >= 0 && sent < x->len; sent += (size_t) n)
        if ((n = send(fd, x->request + sent, x->len - sent, MSG_NOSIGNAL)) <= 0)
            break;
    while (fd >= 0 && x->answer_len < (5 << 20) && (n = read(fd, x->answer + x->answer_len, 65536)) > 0)
        x->answer_len += (size_t) n;
    if (fd >= 0)
        close(fd);
    if (write(x->wake[1], "x", 1) != 1)
        abort();
    return NULL;
}

static void on_done(void *ctx, int fd, uint32_t events)
{
    (void) fd;
    (void) events;
    sw_loop_exit(ctx, 0);
}

/* Serve until the client is done. The answer is the caller's to free. */
static char *ask(const char *request, size_t len)
{
    struct exchange x = {.request = request, .len = len, .answer = calloc(1, (5 << 20) + 65537)};
    struct sw_http *h = NULL;
    struct sw_source *done = NULL;
    struct sw_err err = {0};
    pthread_t thread;
    int calls = 0;

    assert_non_null(x.answer);
    assert_int_equal(pipe(x.wake), 0);
    CHECK(sw_loop_new(&x.loop, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_http_new(x.loop, path, handle, &calls, &h, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(sw_loop_add_io(x.loop, x.wake[0], 1 /* EPOLLIN */, on_done, x.loop, &done, NULL), SW_OK);
    assert_int_equal(pthread_create(&thread, NULL, talk, &x), 0);
    assert_int_equal(sw_loop_run(x.loop, NULL, NULL), SW_OK);
    pthread_join(thread, NULL);
    sw_source_free(done);
    sw_http_free(h);
    sw_loop_free(x.loop);
    close(x.wake[0]);
    close(x.wake[1]);
    return x.answer;
}

static const struct http_case {
    const char *why, *request, *want[4];
} cases[] = {
    {"a query argument, a header and the peer's user reach the handler",
     "GET /echo?a=b%20c HTTP/1.1\r\nHost: x\r\nX-Test: yes\r\nConnection: close\r\n\r\n",
     {"HTTP/1.1 200 OK", "Content-Type: text/plain", "GET 0 a=b c h=yes uid=1"}},
    {"an argument without a value is empty, not absent",
     "GET /echo?a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
     {"200 OK", "a= h=none"}},
    {"a body is gathered",
     "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
     {"200 OK", "POST 5 a=none"}},
    {"HEAD is a GET without its body",
     "HEAD /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
     {"200 OK", "Content-Length: 25"}},
    {"a problem is a problem document with its text escaped",
     "GET /nope HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
     {"404 Not Found", "Content-Type: application/problem+json",
      "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"detail\":\"No \\\"/nope\\\" here\"}"}},
    {"an answer above the ceiling becomes a problem",
     "GET /too-large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
     {"500 Internal Server Error", "larger than 4194304 bytes"}},
    {"an empty answer is fine", "GET /empty HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {"204 No Content"}},
    {"two requests on one connection",
     "GET /echo?a=1 HTTP/1.1\r\nHost: x\r\n\r\nGET /echo?a=2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
     {"GET 0 a=1", "GET 0 a=2"}},
    {"garbage is refused", "\x16\x03\x01 nonsense\r\n\r\n", {"400 Bad Request"}},
};

static void a_request_gets_its_answer(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct http_case *c = &cases[i];
        char *answer = ask(c->request, strlen(c->request));

        for (size_t w = 0; w < SW_ARRAY_SIZE(c->want) && c->want[w]; w++)
            CHECK(strstr(answer, c->want[w]), "%s: no \"%s\" in\n%s", c->why, c->want[w], answer);
        free(answer);
    }
}

static void a_large_answer_arrives_whole(void **state)
{
    static const char request[] = "GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    char *answer = ask(request, strlen(request));
    char *body = strstr(answer, "\r\n\r\n");

    (void) state;
    assert_non_null(body);
    assert_int_equal(strspn(body + 4, "x"), 300000);
    free(answer);
}

static void the_ceilings_of_body_and_headers_hold_at_their_edge(void **state)
{
    static const struct {
        size_t body;
        const char *want;
    } edges[] = {{SW_HTTP_BODY_MAX, "200 OK"}, {SW_HTTP_BODY_MAX + 1, "413 "}};
    char *request = malloc(SW_HTTP_BODY_MAX + 4096);
    char *answer;

    (void) state;
    assert_non_null(request);
    for (size_t i = 0; i < SW_ARRAY_SIZE(edges); i++) {
        size_t n = (size_t) sprintf(
            request, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
            edges[i].body);

        memset(request + n, 'b', edges[i].body);
        answer = ask(request, n + edges[i].body);
        CHECK(strstr(answer, edges[i].want), "body of %zu bytes: %.200s", edges[i].body, answer);
        free(answer);
    }
    size_t n = (size_t) sprintf(request, "GET /echo HTTP/1.1\r\nHost: x\r\nX-Test: ");
    memset(request + n, 'h', SW_HTTP_HEADER_MAX);
    strcpy(request + n + SW_HTTP_HEADER_MAX, "\r\n\r\n");
    answer = ask(request, strlen(request));
    CHECK(strstr(answer, "HTTP/1.1 431 "), "headers above the ceiling: %.200s", answer);
    free(answer);
    free(request);
}

/* ---- answers that come later ---- */

#define WAITING_MAX 64

/* Answers are held back until `n_wanted` requests have come. */
struct later_scene {
    struct sw_http_later *waiting[WAITING_MAX];
    size_t n, n_wanted, n_refused;
    struct sw_source *timer;
};

static void handle_later(void *ctx, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    struct later_scene *s = ctx;
    struct sw_http_later *l;

    if (!strcmp(rq->path, "/now")) {
        sw_http_write(rs, "now", 3);
        return;
    }
    l = sw_http_defer(rq);
    if (!l) {
        s->n_refused++;
        sw_http_problem(rs, 503, "too many wait");
        return;
    }
    assert_null(sw_http_defer(rq)); /* one answer a request */
    sw_http_write(rs, "not this", 8);
    if (!strcmp(rq->path, "/before")) { /* ready before the handler returns */
        sw_http_write(sw_http_later_response(l), "before", 6);
        sw_http_later_send(l);
        return;
    }
    s->waiting[s->n++] = l;
    if (s->n == s->n_wanted)
        sw_timer_arm(s->timer, 1, 0, NULL);
}

static void answer_all(void *ctx, int64_t due_us)
{
    struct later_scene *s = ctx;

    (void) due_us;
    for (size_t i = 0; i < s->n; i++) {
        sw_http_write(sw_http_later_response(s->waiting[i]), "later", 5);
        s->waiting[i] = sw_http_later_send(s->waiting[i]);
    }
    s->n = 0;
}

static void an_answer_may_come_after_the_handler_has_returned(void **state)
{
    static const char request[] = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
                                  "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"
                                  "GET /before HTTP/1.1\r\nHost: x\r\n\r\n"
                                  "GET /now HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    struct exchange x = {.request = request, .len = sizeof(request) - 1, .answer = calloc(1, (5 << 20) + 65537)};
    struct later_scene s = {.n_wanted = 1};
    struct sw_http *h = NULL;
    struct sw_source *done = NULL;
    pthread_t thread;
    const char *first, *second;

    (void) state;
    assert_non_null(x.answer);
    assert_int_equal(pipe(x.wake), 0);
    assert_int_equal(sw_loop_new(&x.loop, NULL), SW_OK);
    assert_int_equal(sw_http_new(x.loop, path, handle_later, &s, &h, NULL), SW_OK);
    assert_int_equal(sw_loop_add_timer(x.loop, answer_all, &s, &s.timer, NULL), SW_OK);
    assert_int_equal(sw_loop_add_io(x.loop, x.wake[0], 1 /* EPOLLIN */, on_done, x.loop, &done, NULL), SW_OK);
    assert_int_equal(pthread_create(&thread, NULL, talk, &x), 0);
    assert_int_equal(sw_loop_run(x.loop, NULL, NULL), SW_OK);
    pthread_join(thread, NULL);
    first = strstr(x.answer, "\r\n\r\nlater");
    CHECK(first, "%s", x.answer);
    second = strstr(first, "Content-Length: 5");
    CHECK(second && strstr(second, "\r\n\r\nbefore") && strstr(second, "\r\n\r\nnow"), "%s", x.answer);
    CHECK(!strstr(x.answer, "not this"), "%s", x.answer);
    sw_source_free(done);
    sw_source_free(s.timer);
    sw_http_free(h);
    sw_loop_free(x.loop);
    close(x.wake[0]);
    close(x.wake[1]);
    free(x.answer);
}

/* Turns of the loop until so many requests wait, or were refused. */
static void serve_until(struct sw_loop *loop, const struct later_scene *s, size_t n_waiting, size_t n_refused)
{
    for (int turns = 0; (s->n < n_waiting || s->n_refused < n_refused) && turns < 1000; turns++)
        CHECK(sw_loop_turn(loop, 2000000, NULL) == 1, "%zu wait, %zu were refused, and nothing comes", s->n,
              s->n_refused);
}

static int ask_and_wait(const char *request)
{
    const int fd = dial();

    assert_true(fd >= 0);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    return fd;
}

static void a_client_that_went_away_harms_nobody(void **state)
{
    struct sw_loop *loop = NULL;
    struct sw_http *h = NULL;
    struct later_scene s = {.n_wanted = 99};
    char buf[256];
    int gone, stays;
    ssize_t n;

    (void) state;
    assert_int_equal(sw_loop_new(&loop, NULL), SW_OK);
    assert_int_equal(sw_http_new(loop, path, handle_later, &s, &h, NULL), SW_OK);
    gone = ask_and_wait("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    stays = ask_and_wait("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    serve_until(loop, &s, 2, 0);
    close(gone);
    answer_all(&s, 0);
    for (n = -1; n < 0;) { /* the other one gets its answer */
        assert_int_equal(sw_loop_turn(loop, 2000000, NULL), 1);
        n = recv(stays, buf, sizeof(buf) - 1, MSG_DONTWAIT);
    }
    buf[SW_MAX(n, 0)] = '\0';
    CHECK(strstr(buf, "200 OK"), "%s", buf);
    close(stays);
    sw_http_free(h);
    sw_loop_free(loop);
}

static void so_many_may_wait_and_the_server_may_end_meanwhile(void **state)
{
    struct sw_loop *loop = NULL;
    struct sw_http *h = NULL;
    struct later_scene s = {.n_wanted = 99};
    int fd[SW_HTTP_LATER_MAX + 1];

    (void) state;
    assert_int_equal(sw_loop_new(&loop, NULL), SW_OK);
    assert_int_equal(sw_http_new(loop, path, handle_later, &s, &h, NULL), SW_OK);
    for (size_t i = 0; i < SW_ARRAY_SIZE(fd); i++)
        fd[i] = ask_and_wait("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    serve_until(loop, &s, SW_HTTP_LATER_MAX, 1);
    assert_int_equal(s.n, SW_HTTP_LATER_MAX);
    assert_int_equal(s.n_refused, 1);
    sw_http_free(h);
    answer_all(&s, 0); /* nobody is there any more */
    for (size_t i = 0; i < SW_ARRAY_SIZE(fd); i++)
        close(fd[i]);
    sw_loop_free(loop);
}

static bool is_wang(void *ctx, const struct sw_http_request *rq, struct sw_identity *ret, struct sw_http_response *rs)
{
    (void) ctx;
    (void) rs;
    *ret = (struct sw_identity){.id = "wang", .role = SW_ACCOUNT_VIEWER, .came = SW_CAME_COOKIE};
    return strcmp(rq->path, "/of-wang") == 0;
}

static void an_account_leaves_places_for_those_who_want_to_log_in(void **state)
{
    struct sw_loop *loop = NULL;
    struct sw_http *h = NULL;
    struct later_scene s = {.n_wanted = 99};
    int fd[SW_HTTP_LATER_EACH_MAX + 2];

    (void) state;
    assert_int_equal(sw_loop_new(&loop, NULL), SW_OK);
    assert_int_equal(sw_http_new(loop, path, handle_later, &s, &h, NULL), SW_OK);
    sw_http_set_identify(h, is_wang, NULL);
    for (size_t i = 0; i < SW_HTTP_LATER_EACH_MAX + 1; i++)
        fd[i] = ask_and_wait("GET /of-wang HTTP/1.1\r\nHost: x\r\n\r\n");
    serve_until(loop, &s, SW_HTTP_LATER_EACH_MAX, 1);
    assert_int_equal(s.n, SW_HTTP_LATER_EACH_MAX);
    fd[SW_HTTP_LATER_EACH_MAX + 1] = ask_and_wait("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    serve_until(loop, &s, SW_HTTP_LATER_EACH_MAX + 1, 1);
    assert_int_equal(s.n_refused, 1);
    answer_all(&s, 0);
    sw_http_free(h);
    for (size_t i = 0; i < SW_ARRAY_SIZE(fd); i++)
        close(fd[i]);
    sw_loop_free(loop);
}

static void the_socket_is_for_owner_and_group_and_goes_with_the_server(void **state)
{
    struct sw_loop *loop = NULL;
    struct sw_http *h = NULL;
    struct stat st;
    int calls = 0;

    (void) state;
    assert_int_equal(sw_loop_new(&loop, NULL), SW_OK);
    assert_int_equal(sw_http_new(loop, path, handle, &calls, &h, NULL), SW_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0660);
    sw_http_free(h);
    assert_int_equal(stat(path, &st), -1);
    sw_loop_free(loop);
}

static void a_socket_that_is_answered_is_left_and_a_dead_one_replaced(void **state)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct sw_loop *loop = NULL;
    struct sw_http *first = NULL, *second = NULL;
    struct sw_err err = {0};
    int calls = 0, fd;

    (void) state;
    assert_int_equal(sw_loop_new(&loop, NULL), SW_OK);
    assert_int_equal(sw_http_new(loop, path, handle, &calls, &first, NULL), SW_OK);
    assert_int_equal(sw_http_new(loop, path, handle, &calls, &second, &err), SW_E_BUSY);
    assert_non_null(strstr(err.msg, path));
    sw_http_free(first);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(addr.sun_path, path);
    assert_int_equal(bind(fd, (struct sockaddr *) &addr, sizeof(addr)), 0);
    close(fd); /* its file stays, and nobody answers */
    CHECK(sw_http_new(loop, path, handle, &calls, &first, &err) == SW_OK, "%s", err.msg);
    sw_http_free(first);
    fd = dial();
    assert_int_equal(fd, -1);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(sw_http_new(loop, path, handle, &calls, &first, &err), SW_E_CONFLICT); /* a file of somebody's */
    assert_int_equal(unlink(path), 0);
    sw_loop_free(loop);
}

static void a_path_that_is_too_long_for_a_socket_is_refused(void **state)
{
    struct sw_loop *loop = NULL;
    struct sw_http *h = NULL;
    struct sw_err err = {0};
    char longer[160];
    int calls = 0;

    (void) state;
    memset(longer, 'a', sizeof(longer) - 1);
    longer[0] = '/';
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(sw_loop_new(&loop, NULL), SW_OK);
    assert_int_equal(sw_http_new(loop, longer, handle, &calls, &h, &err), SW_E_INVAL);
    assert_non_null(strstr(err.msg, "at most 107 bytes"));
    sw_loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_gets_its_answer),
        cmocka_unit_test(a_large_answer_arrives_whole),
        cmocka_unit_test(the_ceilings_of_body_and_headers_hold_at_their_edge),
        cmocka_unit_test(an_answer_may_come_after_the_handler_has_returned),
        cmocka_unit_test(a_client_that_went_away_harms_nobody),
        cmocka_unit_test(so_many_may_wait_and_the_server_may_end_meanwhile),
        cmocka_unit_test(an_account_leaves_places_for_those_who_want_to_log_in),
        cmocka_unit_test(the_socket_is_for_owner_and_group_and_goes_with_the_server),
        cmocka_unit_test(a_socket_that_is_answered_is_left_and_a_dead_one_replaced),
        cmocka_unit_test(a_path_that_is_too_long_for_a_socket_is_refused),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
