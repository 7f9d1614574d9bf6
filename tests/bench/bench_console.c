// SPDX-License-Identifier: Apache-2.0
/* What 50 open streams of the console cost: CPU, memory and the longest turn of the loop, at ten events of 400 bytes a
 * second; then the same with ten more clients that read nothing. Floor: a program that writes the same bytes to as many
 * sockets, and does nothing else. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "common/clock.h"
#include "common/macros.h"
#include "io/http.h"

#define STREAMS 50
#define STALLED 10
#define EVENT_BYTES 400
#define EVERY_US (100 * SW_US_PER_MS)

struct figures {
    double cpu_s, longest_ms;
    long rss_bytes;
    unsigned long long dropped;
};

/* A server in a process of its own, and the pipes to it. */
struct server {
    pid_t pid;
    int ask, answer; /* a byte asks for figures since the last time */
    int port;
};

static double cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static long rss_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    long all, pages = 0;

    if (!f || fscanf(f, "%ld %ld", &all, &pages) != 2)
        pages = 0;
    if (f)
        fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

static void fill(char *text, unsigned n)
{
    const int at = snprintf(text, EVENT_BYTES, "{\"n\":%010u,\"x\":\"", n);

    memset(text + at, 'x', (size_t) (EVENT_BYTES - at - 2));
    memcpy(text + EVENT_BYTES - 2, "\"}", 2);
}

static void tell(int fd, const struct figures *v)
{
    if (write(fd, v, sizeof(*v)) != sizeof(*v))
        _exit(1);
}

/* ---- ours ---- */

struct ours {
    struct sw_loop *loop;
    struct sw_http *http;
    struct sw_sse *events;
    struct sw_source *timer, *orders;
    int answer;
    unsigned n;
    int64_t due_us;
    double longest_ms, from_cpu_s;
};

static void on_page(void *ctx, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    struct ours *o = ctx;

    sw_http_send_events(rq, rs, o->events);
}

static void on_timer(void *ctx, int64_t due_us)
{
    struct ours *o = ctx;
    char text[EVENT_BYTES];

    (void) due_us;
    fill(text, o->n++);
    sw_sse_post(o->events, "live", text, sizeof(text));
    o->due_us += EVERY_US;
    sw_timer_arm(o->timer, o->due_us, 0, NULL);
}

static void on_ask(void *ctx, int fd, uint32_t events)
{
    struct ours *o = ctx;
    struct figures v = {cpu_s() - o->from_cpu_s, o->longest_ms, rss_bytes(), sw_sse_counts(o->events).dropped_total};
    char c;

    (void) events;
    if (read(fd, &c, 1) != 1)
        _exit(0);
    tell(o->answer, &v);
    o->longest_ms = 0;
    o->from_cpu_s = cpu_s();
}

static _Noreturn void serve_ours(int ask, int answer)
{
    static struct ours o;
    const struct sw_http_tcp tcp = {.listen = "127.0.0.1:0"};
    const struct sw_sse_params p = {.first_id = 1};
    struct sw_err err;
    int port;

    o.answer = answer;
    if (sw_loop_new(&o.loop, &err) < 0 || sw_sse_new(&p, &o.events, &err) < 0 ||
        sw_http_new(o.loop, NULL, on_page, &o, &o.http, &err) < 0 || sw_http_listen(o.http, &tcp, &err) < 0 ||
        sw_loop_add_timer(o.loop, on_timer, &o, &o.timer, &err) < 0 ||
        sw_loop_add_io(o.loop, ask, EPOLLIN, on_ask, &o, &o.orders, &err) < 0)
        _exit(1);
    port = sw_http_port(o.http);
    if (write(answer, &port, sizeof(port)) != sizeof(port))
        _exit(1);
    o.due_us = sw_mono_real_us();
    on_timer(&o, 0);
    for (;;) { /* nothing in a turn blocks but the wait at its beginning, so CPU time is its length */
        const double from = cpu_s();

        if (sw_loop_turn(o.loop, -1, &err) < 0)
            _exit(1);
        o.longest_ms = SW_MAX(o.longest_ms, (cpu_s() - from) * 1e3);
    }
}

/* ---- the floor ---- */

static int listen_anywhere(int *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *) &at, len) < 0 || listen(fd, 128) < 0 ||
        getsockname(fd, (struct sockaddr *) &at, &len) < 0)
        _exit(1);
    *ret_port = ntohs(at.sin_port);
    return fd;
}

static _Noreturn void serve_floor(int ask, int answer)
{
    struct pollfd p[2] = {{.fd = ask, .events = POLLIN}, {.events = POLLIN}};
    char text[EVENT_BYTES + 60];
    int port, clients[STREAMS], n = 0;
    double from_cpu_s = 0;
    int64_t due_us;
    char c;

    p[1].fd = listen_anywhere(&port);
    if (write(answer, &port, sizeof(port)) != sizeof(port))
        _exit(1);
    due_us = sw_mono_real_us();
    memset(text, 'x', sizeof(text));
    for (;;) {
        const int64_t left_us = due_us - sw_mono_real_us();

        if (poll(p, 2, left_us > 0 ? (int) (left_us / 1000 + 1) : 0) < 0)
            _exit(1);
        if (p[1].revents && n < STREAMS)
            clients[n++] = accept(p[1].fd, NULL, NULL);
        if (p[0].revents) {
            const struct figures v = {cpu_s() - from_cpu_s, 0, rss_bytes(), 0};

            if (read(ask, &c, 1) != 1)
                _exit(0);
            tell(answer, &v);
            from_cpu_s = cpu_s();
        }
        if (sw_mono_real_us() < due_us)
            continue;
        due_us += EVERY_US;
        for (int i = 0; i < n; i++)
            if (send(clients[i], text, sizeof(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                continue;
    }
}

/* ---- measuring ---- */

static struct server start(void (*serve)(int ask, int answer))
{
    struct server s = {0};
    int ask[2], answer[2];

    if (pipe2(ask, O_CLOEXEC) < 0 || pipe2(answer, O_CLOEXEC) < 0)
        bench_give_up("pipe: %s", strerror(errno));
    s.pid = fork();
    if (s.pid == 0) {
        close(ask[1]);
        serve(ask[0], answer[1]);
    }
    close(ask[0]);
    close(answer[1]);
    s.ask = ask[1];
    s.answer = answer[0];
    if (s.pid < 0 || read(s.answer, &s.port, sizeof(s.port)) != sizeof(s.port))
        bench_give_up("the server did not start");
    return s;
}

static void stop(struct server *s)
{
    close(s->ask);
    waitpid(s->pid, NULL, 0);
    close(s->answer);
}

static struct figures ask(const struct server *s)
{
    struct figures v;

    if (write(s->ask, "?", 1) != 1 || read(s->answer, &v, sizeof(v)) != sizeof(v))
        bench_give_up("the server died");
    return v;
}

static int dial(int port)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t) port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (const struct sockaddr *) &to, sizeof(to)) < 0 ||
        send(fd, request, sizeof(request) - 1, 0) < 0)
        bench_give_up("connect: %s", strerror(errno));
    return fd;
}

/* Read what comes on the first n for so many seconds. @return bytes */
static size_t read_for(const int *fds, int n, int seconds)
{
    const int64_t end_us = sw_mono_real_us() + seconds * SW_US_PER_S;
    struct pollfd p[STREAMS];
    static char buf[65536];
    size_t total = 0;

    for (int i = 0; i < n; i++)
        p[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    while (sw_mono_real_us() < end_us) {
        if (poll(p, (nfds_t) n, 100) < 0)
            bench_give_up("poll: %s", strerror(errno));
        for (int i = 0; i < n; i++) {
            const ssize_t got = p[i].revents ? read(fds[i], buf, sizeof(buf)) : 0;

            if (p[i].revents && got <= 0)
                bench_give_up("a stream that was read ended");
            total += (size_t) got;
        }
    }
    return total;
}

static struct figures weigh(const char *what, const struct server *s, const int *fds, int n, int seconds)
{
    struct figures v;
    size_t bytes;

    read_for(fds, n, 1); /* it begins */
    (void) ask(s);
    bytes = read_for(fds, n, seconds);
    v = ask(s);
    printf("    %-34s %5.2f %% CPU, longest turn %5.2f ms, %6.2f MB resident, %.0f events/s to each\n", what,
           100 * v.cpu_s / seconds, v.longest_ms, (double) v.rss_bytes / 1e6,
           n ? (double) bytes / n / seconds / (EVENT_BYTES + 40) : 0.0);
    return v;
}

int main(int argc, char **argv)
{
    const int seconds = bench_seconds(30);
    struct server ours, floor;
    struct figures none, all, least;
    int fds[STREAMS], stalled[STALLED];
    struct bench_env env;

    bench_env_init(&env, argc, argv);
    signal(SIGPIPE, SIG_IGN);
    printf("console: %d streams of events, %d of %d bytes a second, %d s each (goal: < 3 %% CPU, < 4 MB)\n", STREAMS,
           (int) (SW_US_PER_S / EVERY_US), EVENT_BYTES, seconds);
    floor = start(serve_floor);
    for (int i = 0; i < STREAMS; i++)
        fds[i] = dial(floor.port);
    least = weigh("bare send() to as many (floor)", &floor, fds, STREAMS, seconds);
    stop(&floor);
    for (int i = 0; i < STREAMS; i++)
        close(fds[i]);

    ours = start(serve_ours);
    none = weigh("nobody listens", &ours, fds, 0, seconds);
    for (int i = 0; i < STREAMS; i++)
        fds[i] = dial(ours.port);
    all = weigh("50 listen", &ours, fds, STREAMS, seconds);
    printf("    ratio to the floor: %.1f; memory of 50 streams: %.2f MB\n", bench_ratio(all.cpu_s, least.cpu_s),
           (double) (all.rss_bytes - none.rss_bytes) / 1e6);
    for (int i = 0; i < STALLED; i++)
        stalled[i] = dial(ours.port);
    all = weigh("50 listen, 10 more read nothing", &ours, fds, STREAMS, seconds);
    printf("    clients dropped for falling out of the ring: %llu\n", all.dropped);
    for (int i = 0; i < STALLED; i++)
        close(stalled[i]);
    stop(&ours);
    return 0;
}
