// SPDX-License-Identifier: Apache-2.0
/* The scripted peer: frames in, decisions by the test, frames out. */
#include "tests/support/bus_script.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "common/crc16.h"

#define FRAME_MAX 300

struct bus_script {
    script_fn fn;
    void *ctx;
    bool is_socket, is_mbap;
    int listen_fd, line_fd, slave_fd, stop_fd; /* -1 = none */
    pthread_t thread;

    uint8_t in[FRAME_MAX];
    size_t in_len;
    uint8_t held[FRAME_MAX]; /* a reply that will be late */
    size_t held_len;

    pthread_mutex_t lock;
    size_t n_log;
    struct script_request log[SCRIPT_LOG_MAX];
};

static int64_t now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void send_bytes(struct bus_script *s, const uint8_t *bytes, size_t len)
{
    while (len > 0 && s->line_fd >= 0) {
        const ssize_t n = s->is_socket ? send(s->line_fd, bytes, len, MSG_NOSIGNAL) : write(s->line_fd, bytes, len);

        if (n <= 0)
            return;
        bytes += n;
        len -= (size_t) n;
    }
}

static void hang_up(struct bus_script *s)
{
    if (s->is_socket && s->line_fd >= 0) {
        close(s->line_fd);
        s->line_fd = -1;
    }
    s->in_len = s->held_len = 0;
}

/** PDU with unit id in front → a whole frame. @return its length */
static size_t wrap(const struct bus_script *s, uint16_t id, const uint8_t *body, size_t len, uint8_t *frame)
{
    if (s->is_mbap) {
        const uint8_t head[6] = {(uint8_t) (id >> 8), (uint8_t) id, 0, 0, (uint8_t) (len >> 8), (uint8_t) len};

        memcpy(frame, head, sizeof(head));
        memcpy(frame + sizeof(head), body, len);
        return len + sizeof(head);
    }
    memcpy(frame, body, len);
    frame[len] = (uint8_t) sw_crc16_modbus(body, len);
    frame[len + 1] = (uint8_t) (sw_crc16_modbus(body, len) >> 8);
    return len + 2;
}

static bool is_write(uint8_t fc)
{
    return fc == 5 || fc == 6 || fc == 15 || fc == 16;
}

/** Address and one word: a question of functions 1 to 6, and the answer to a write. */
static size_t short_body(const struct script_request *rq, uint8_t *body)
{
    const uint16_t word = rq->fc == 5 ? (rq->values[0] ? 0xFF00 : 0) : rq->fc == 6 ? rq->values[0] : rq->nb;
    const uint8_t bytes[6] = {
        rq->unit, rq->fc, (uint8_t) (rq->addr >> 8), (uint8_t) rq->addr, (uint8_t) (word >> 8), (uint8_t) word};

    memcpy(body, bytes, sizeof(bytes));
    return sizeof(bytes);
}

static size_t reply_body(const struct script_request *rq, const struct script_reply *reply, const uint16_t *regs,
                         uint8_t *body)
{
    const size_t len = short_body(rq, body);

    body[0] = (uint8_t) (rq->unit + (reply->act == SCRIPT_WRONG_UNIT ? 1 : 0));
    if (reply->act == SCRIPT_EXCEPTION) {
        body[1] = rq->fc | 0x80;
        body[2] = reply->exception;
        return 3;
    }
    if (is_write(rq->fc))
        return len;
    if (rq->fc <= 2) {
        body[2] = (uint8_t) ((rq->nb + 7) / 8);
        memset(body + 3, 0, body[2]);
        for (size_t i = 0; i < rq->nb; i++)
            body[3 + i / 8] |= (uint8_t) ((regs[i] != 0) << i % 8);
        return 3u + body[2];
    }
    body[2] = (uint8_t) (2 * rq->nb);
    for (size_t i = 0; i < rq->nb; i++) {
        body[3 + 2 * i] = (uint8_t) (regs[i] >> 8);
        body[4 + 2 * i] = (uint8_t) regs[i];
    }
    return 3 + 2u * rq->nb;
}

static void answer(struct bus_script *s, const struct script_request *rq, uint16_t id)
{
    uint16_t regs[125] = {0};
    uint8_t body[FRAME_MAX], frame[2 * FRAME_MAX], first[FRAME_MAX] = {0x00, 0xFF, 0x7E, rq->unit};
    const struct script_reply reply = s->fn(s->ctx, rq, regs);
    size_t len;

    if (reply.act == SCRIPT_SILENT)
        return;
    if (reply.act == SCRIPT_CLOSE) {
        hang_up(s);
        return;
    }
    len = wrap(s, reply.act == SCRIPT_WRONG_ID ? id + 7 : id, body, reply_body(rq, &reply, regs, body), frame);
    if (reply.act == SCRIPT_HOLD) {
        memcpy(s->held, frame, len);
        s->held_len = len;
        return;
    }
    if (reply.act == SCRIPT_BAD_CRC)
        frame[len - 1] ^= 0x55;
    if (reply.act == SCRIPT_HALF)
        len /= 2;
    if (reply.act == SCRIPT_TWICE) {
        memcpy(frame + len, frame, len);
        len *= 2;
    }
    pthread_mutex_lock(&s->lock);
    if (rq->seq < SCRIPT_LOG_MAX)
        s->log[rq->seq].answered_us = now_us();
    pthread_mutex_unlock(&s->lock);
    if (reply.act == SCRIPT_ECHO_FIRST || reply.act == SCRIPT_ECHO_ONLY)
        send_bytes(s, first, wrap(s, id, body, short_body(rq, body), first));
    if (reply.act == SCRIPT_ECHO_ONLY)
        return;
    if (reply.act == SCRIPT_NOISE_FIRST)
        send_bytes(s, first, 4);
    if (reply.act == SCRIPT_FOREIGN_FIRST) {
        const struct script_reply foreign = {SCRIPT_WRONG_UNIT, 0};
        const uint16_t theirs[125] = {0xDEAD, 0xBEEF};

        send_bytes(s, first, wrap(s, id, body, reply_body(rq, &foreign, theirs, body), first));
    }
    for (size_t i = 0; reply.act == SCRIPT_TRICKLE && i < len; i++)
        send_bytes(s, &frame[i], 1);
    if (reply.act != SCRIPT_TRICKLE)
        send_bytes(s, frame, len);
    if (reply.act == SCRIPT_ANSWER_AND_CLOSE)
        hang_up(s);
}

static uint16_t word_at(const uint8_t *bytes)
{
    return (uint16_t) (bytes[0] << 8 | bytes[1]);
}

static void take_values(struct script_request *rq, const uint8_t *body)
{
    if (rq->fc == 5 || rq->fc == 6) {
        rq->values[0] = rq->fc == 5 ? word_at(body + 4) == 0xFF00 : word_at(body + 4);
        rq->nb = 1;
    }
    for (size_t i = 0; rq->fc >= 15 && i < rq->nb && i < SCRIPT_VALUES_MAX; i++)
        rq->values[i] = rq->fc == 15 ? body[7 + i / 8] >> i % 8 & 1 : word_at(body + 7 + 2 * i);
}

/** The request at the start of the buffer. @return bytes it takes; 0 = not complete; 1 without a request = skip it */
static size_t parse(const struct bus_script *s, struct script_request *rq, uint16_t *ret_id, bool *ret_is_request)
{
    const size_t head = s->is_mbap ? 6 : 0, crc = s->is_mbap ? 0 : 2;
    const uint8_t *body = s->in + head;
    size_t len = head + 6 + crc;

    *ret_is_request = false;
    if (s->in_len < len)
        return 0;
    if (body[1] == 15 || body[1] == 16) {
        len += 1u + body[6];
        if (s->in_len < len)
            return 0;
    }
    if (!s->is_mbap && sw_crc16_modbus(s->in, len) != 0)
        return 1;
    *ret_id = word_at(s->in);
    rq->unit = body[0];
    rq->fc = body[1];
    rq->addr = word_at(body + 2);
    rq->nb = word_at(body + 4);
    if (is_write(rq->fc))
        take_values(rq, body);
    *ret_is_request = rq->nb >= 1 && rq->nb <= 125;
    return len;
}

static void take_requests(struct bus_script *s)
{
    struct script_request rq;
    uint16_t id = 0;
    bool is_request;
    size_t used;

    while (rq = (struct script_request){0}, (used = parse(s, &rq, &id, &is_request)) > 0) {
        memmove(s->in, s->in + used, s->in_len - used);
        s->in_len -= used;
        if (!is_request)
            continue;
        rq.came_us = now_us();
        pthread_mutex_lock(&s->lock);
        rq.seq = (unsigned) s->n_log;
        if (s->n_log < SCRIPT_LOG_MAX)
            s->log[s->n_log] = rq;
        s->n_log++;
        pthread_mutex_unlock(&s->lock);
        send_bytes(s, s->held, s->held_len);
        s->held_len = 0;
        answer(s, &rq, id);
    }
}

static void on_line(struct bus_script *s)
{
    const ssize_t n = read(s->line_fd, s->in + s->in_len, sizeof(s->in) - s->in_len);

    if (n <= 0) {
        hang_up(s);
        return;
    }
    s->in_len += (size_t) n;
    take_requests(s);
}

static void *script_main(void *arg)
{
    struct bus_script *s = arg;

    for (;;) {
        struct pollfd fds[3] = {{.fd = s->stop_fd, .events = POLLIN},
                                {.fd = s->listen_fd, .events = POLLIN},
                                {.fd = s->line_fd, .events = POLLIN}};

        poll(fds, 3, -1);
        if (fds[0].revents)
            return NULL;
        if (fds[2].revents)
            on_line(s);
        if (fds[1].revents) {
            const int one = 1;

            hang_up(s);
            s->line_fd = accept(s->listen_fd, NULL, NULL);
            setsockopt(s->line_fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        }
    }
}

static struct bus_script *start(script_fn fn, void *ctx, bool is_socket, bool is_mbap, int listen_fd, int line_fd,
                                int slave_fd)
{
    struct bus_script *s = calloc(1, sizeof(*s));

    s->fn = fn;
    s->ctx = ctx;
    s->is_socket = is_socket;
    s->is_mbap = is_mbap;
    s->listen_fd = listen_fd;
    s->line_fd = line_fd;
    s->slave_fd = slave_fd;
    s->stop_fd = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_create(&s->thread, NULL, script_main, s);
    return s;
}

static struct bus_script *serve_port(script_fn fn, void *ctx, bool is_mbap, int *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *) &at, len) < 0 || listen(fd, 8) < 0 ||
        getsockname(fd, (struct sockaddr *) &at, &len) < 0)
        return NULL;
    *ret_port = ntohs(at.sin_port);
    return start(fn, ctx, true, is_mbap, fd, -1, -1);
}

struct bus_script *bus_script_tcp(script_fn fn, void *ctx, int *ret_port)
{
    return serve_port(fn, ctx, true, ret_port);
}

struct bus_script *bus_script_rtu_tcp(script_fn fn, void *ctx, int *ret_port)
{
    return serve_port(fn, ctx, false, ret_port);
}

struct bus_script *bus_script_pty(script_fn fn, void *ctx, char *ret_path, size_t cap)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios raw;
    int slave;

    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 || ptsname_r(master, ret_path, cap) != 0)
        return NULL;
    slave = open(ret_path, O_RDWR | O_NOCTTY | O_CLOEXEC); /* kept open: the line survives a peer that closes */
    if (slave < 0 || tcgetattr(slave, &raw) < 0)
        return NULL;
    cfmakeraw(&raw);
    tcsetattr(slave, TCSANOW, &raw);
    return start(fn, ctx, false, false, -1, master, slave);
}

struct bus_script *bus_script_free(struct bus_script *s)
{
    const uint64_t one = 1;

    if (!s)
        return NULL;
    if (write(s->stop_fd, &one, sizeof(one)) != sizeof(one))
        abort();
    pthread_join(s->thread, NULL);
    pthread_mutex_destroy(&s->lock);
    for (size_t i = 0; i < 4; i++) {
        const int fds[4] = {s->listen_fd, s->line_fd, s->slave_fd, s->stop_fd};

        if (fds[i] >= 0)
            close(fds[i]);
    }
    free(s);
    return NULL;
}

size_t bus_script_log(struct bus_script *s, struct script_request *ret, size_t cap)
{
    size_t n;

    pthread_mutex_lock(&s->lock);
    n = s->n_log;
    for (size_t i = 0; i < n && i < cap && i < SCRIPT_LOG_MAX; i++)
        ret[i] = s->log[i];
    pthread_mutex_unlock(&s->lock);
    return n;
}
