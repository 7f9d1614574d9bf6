// SPDX-License-Identifier: Apache-2.0
/* The paced line: one thread that sleeps to absolute instants. What it cannot know better than to some microseconds,
 * the instant at which the master wrote, it takes as late as it may have been: it never counts a breach that was none.
 */
#include "tests/support/paced_line.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "common/crc16.h"

#define NS_PER_S 1000000000LL
#define SPIN_NS 60000 /* a timer wakes late by some tens of microseconds: the last bit is waited for awake */
#define REQUEST_SIZE 8
#define FRAME_MAX 264
#define NB_MAX 125
#define PRIORITY 10

struct paced_line {
    paced_fn fn;
    void *ctx;
    int64_t char_ns, silence_ns;
    int master_fd, slave_fd, stop_fd;
    pthread_t thread;

    int64_t busy_until_ns; /* the last byte known to go over the wire ends here; INT64_MIN = none yet */
    struct paced_request rq;
    uint8_t in[FRAME_MAX], out[FRAME_MAX];
    size_t in_len, out_len, out_at;
    int64_t out_start_ns;

    pthread_mutex_t lock;
    struct paced_stats stats;
};

int64_t paced_now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t paced_char_ns(const struct paced_format *f)
{
    return f->char_bits * NS_PER_S / f->baud;
}

int64_t paced_silence_ns(const struct paced_format *f)
{
    return f->baud > 19200 ? 1750000 : 7 * paced_char_ns(f) / 2;
}

int64_t paced_ideal_ns(const struct paced_format *f, int nb, int64_t think_ns)
{
    return (REQUEST_SIZE + 5 + 2 * nb) * paced_char_ns(f) + think_ns + paced_silence_ns(f);
}

/* The wire to the master */

static int64_t byte_end_ns(const struct paced_line *l, size_t index)
{
    return l->out_start_ns + (int64_t) (index + 1) * l->char_ns;
}

static void hand_over(struct paced_line *l)
{
    int64_t now_ns = paced_now_ns();

    while (l->out_at < l->out_len && byte_end_ns(l, l->out_at) <= now_ns) {
        const bool is_last = l->out_at + 1 == l->out_len;

        if (is_last) { /* it may have been handed over late; the silence starts then */
            const int64_t late_ns = now_ns - byte_end_ns(l, l->out_at);

            l->busy_until_ns = now_ns;
            pthread_mutex_lock(&l->lock);
            l->stats.answered++;
            l->stats.late_sum_ns += late_ns;
            if (late_ns > l->stats.late_max_ns)
                l->stats.late_max_ns = late_ns;
            pthread_mutex_unlock(&l->lock);
        }
        if (write(l->master_fd, &l->out[l->out_at], 1) != 1)
            fputs("paced line: the pty takes no more\n", stderr);
        l->out_at++;
        now_ns = paced_now_ns();
    }
}

static void set_reply(struct paced_line *l, const struct paced_answer *answer, const uint16_t *regs)
{
    const struct paced_request *rq = &l->rq;
    size_t n = 0;
    uint16_t crc;

    l->out[n++] = rq->unit;
    if (answer->exception != 0) {
        l->out[n++] = rq->fc | 0x80;
        l->out[n++] = answer->exception;
    } else {
        l->out[n++] = rq->fc;
        l->out[n++] = (uint8_t) (2 * rq->nb);
        for (size_t i = 0; i < rq->nb; i++) {
            l->out[n++] = (uint8_t) (regs[i] >> 8);
            l->out[n++] = (uint8_t) regs[i];
        }
    }
    crc = sw_crc16_modbus(l->out, n);
    l->out[n++] = (uint8_t) crc;
    l->out[n++] = (uint8_t) (crc >> 8);
    l->out_len = n;
    l->out_at = 0;
    l->out_start_ns = rq->end_ns + answer->think_ns;
    l->busy_until_ns = byte_end_ns(l, n - 1);
}

/* The wire from the master */

static void see_settings(struct paced_line *l)
{
    static const struct {
        speed_t speed;
        int baud;
    } rates[] = {{B1200, 1200},   {B2400, 2400},   {B4800, 4800},   {B9600, 9600},
                 {B19200, 19200}, {B38400, 38400}, {B57600, 57600}, {B115200, 115200}};
    struct termios set;

    if (tcgetattr(l->master_fd, &set) < 0)
        return;
    l->rq.master_stops = (set.c_cflag & CSTOPB) != 0 ? 2 : 1;
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        if (rates[i].speed == cfgetospeed(&set))
            l->rq.master_baud = rates[i].baud;
    }
}

static void on_request(struct paced_line *l)
{
    struct paced_request *rq = &l->rq;
    uint16_t regs[NB_MAX] = {0};
    struct paced_answer answer;
    int64_t needs_ns;
    bool is_heard;

    rq->unit = l->in[0];
    rq->fc = l->in[1];
    rq->addr = (uint16_t) (l->in[2] << 8 | l->in[3]);
    rq->nb = (uint16_t) (l->in[4] << 8 | l->in[5]);
    rq->end_ns = l->busy_until_ns;
    answer = rq->nb >= 1 && rq->nb <= NB_MAX ? l->fn(l->ctx, rq, regs) : (struct paced_answer){.is_given = false};
    needs_ns = answer.needs_ns > l->silence_ns ? answer.needs_ns : l->silence_ns;
    is_heard = rq->silence_ns >= needs_ns;
    pthread_mutex_lock(&l->lock);
    l->stats.requests++;
    l->stats.unheard += answer.is_given && !is_heard ? 1 : 0;
    pthread_mutex_unlock(&l->lock);
    if (answer.is_given && is_heard)
        set_reply(l, &answer, regs);
}

/** A request begins: how long was the line silent? */
static void judge_start(struct paced_line *l, int64_t now_ns)
{
    const bool is_collision = l->out_at < l->out_len;

    l->rq = (struct paced_request){.start_ns = now_ns,
                                   .silence_ns = l->busy_until_ns == INT64_MIN ? INT64_MAX : now_ns - l->busy_until_ns};
    see_settings(l);
    l->out_len = l->out_at = 0; /* two at a time: neither is understood */
    pthread_mutex_lock(&l->lock);
    l->stats.collisions += is_collision ? 1 : 0;
    l->stats.breaches += l->rq.silence_ns < l->silence_ns ? 1 : 0;
    if (l->rq.silence_ns < l->stats.least_silence_ns)
        l->stats.least_silence_ns = l->rq.silence_ns;
    pthread_mutex_unlock(&l->lock);
}

static void take(struct paced_line *l)
{
    const ssize_t n = read(l->master_fd, l->in + l->in_len, sizeof(l->in) - l->in_len);
    const int64_t now_ns = paced_now_ns();

    if (n <= 0)
        return;
    if (l->in_len == 0)
        judge_start(l, now_ns);
    if (l->busy_until_ns < now_ns)
        l->busy_until_ns = now_ns;
    l->busy_until_ns += n * l->char_ns;
    l->in_len += (size_t) n;
    if (l->in_len == REQUEST_SIZE && sw_crc16_modbus(l->in, REQUEST_SIZE) == 0) {
        on_request(l);
        l->in_len = 0;
    }
}

/** What has not become a request when the line falls silent never will. */
static void give_up_frame(struct paced_line *l)
{
    if (l->in_len == 0 || paced_now_ns() < l->busy_until_ns + l->silence_ns)
        return;
    l->in_len = 0;
    pthread_mutex_lock(&l->lock);
    l->stats.garbage++;
    pthread_mutex_unlock(&l->lock);
}

/** @return false when the line is to end */
static bool wait_until(struct paced_line *l, int64_t until_ns)
{
    struct pollfd fds[2] = {{.fd = l->stop_fd, .events = POLLIN}, {.fd = l->master_fd, .events = POLLIN}};
    const int64_t left_ns = until_ns - SPIN_NS - paced_now_ns();
    const struct timespec left = {.tv_sec = left_ns / NS_PER_S, .tv_nsec = left_ns % NS_PER_S}, none = {0};

    ppoll(fds, 2, until_ns == INT64_MAX ? NULL : left_ns > 0 ? &left : &none, NULL);
    if ((fds[0].revents & POLLIN) != 0)
        return false;
    if ((fds[1].revents & POLLIN) != 0)
        take(l);
    else if (until_ns != INT64_MAX)
        while (paced_now_ns() < until_ns)
            continue;
    return true;
}

static void *line_main(void *arg)
{
    const struct sched_param as = {.sched_priority = PRIORITY};
    struct paced_line *l = arg;
    int64_t next_ns = INT64_MAX;

    prctl(PR_SET_TIMERSLACK, 1UL);
    pthread_setschedparam(pthread_self(), SCHED_FIFO, &as); /* where it is allowed: a better model */
    while (wait_until(l, next_ns)) {
        hand_over(l);
        give_up_frame(l);
        next_ns = l->out_at < l->out_len ? byte_end_ns(l, l->out_at)
                  : l->in_len > 0        ? l->busy_until_ns + l->silence_ns
                                         : INT64_MAX;
    }
    return NULL;
}

struct paced_line *paced_line_new(const struct paced_format *f, paced_fn fn, void *ctx, char *ret_path, size_t cap)
{
    struct paced_line *l = calloc(1, sizeof(*l));
    struct termios raw;

    if (!l)
        return NULL;
    *l = (struct paced_line){.fn = fn,
                             .ctx = ctx,
                             .char_ns = paced_char_ns(f),
                             .silence_ns = paced_silence_ns(f),
                             .slave_fd = -1,
                             .busy_until_ns = INT64_MIN,
                             .stats.least_silence_ns = INT64_MAX};
    pthread_mutex_init(&l->lock, NULL);
    l->stop_fd = eventfd(0, EFD_CLOEXEC);
    l->master_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (l->master_fd >= 0 && grantpt(l->master_fd) == 0 && unlockpt(l->master_fd) == 0 &&
        ptsname_r(l->master_fd, ret_path, cap) == 0)
        l->slave_fd = open(ret_path, O_RDWR | O_NOCTTY | O_CLOEXEC); /* kept: the line outlives a master that closes */
    if (l->stop_fd < 0 || l->slave_fd < 0 || tcgetattr(l->slave_fd, &raw) < 0) {
        perror("paced line: no pty");
        exit(1);
    }
    cfmakeraw(&raw);
    tcsetattr(l->slave_fd, TCSANOW, &raw);
    if (pthread_create(&l->thread, NULL, line_main, l) != 0)
        abort();
    return l;
}

struct paced_line *paced_line_free(struct paced_line *l)
{
    const uint64_t one = 1;

    if (!l)
        return NULL;
    if (write(l->stop_fd, &one, sizeof(one)) != sizeof(one))
        abort();
    pthread_join(l->thread, NULL);
    pthread_mutex_destroy(&l->lock);
    close(l->master_fd);
    close(l->slave_fd);
    close(l->stop_fd);
    free(l);
    return NULL;
}

struct paced_stats paced_line_stats(struct paced_line *l)
{
    struct paced_stats ret;

    pthread_mutex_lock(&l->lock);
    ret = l->stats;
    pthread_mutex_unlock(&l->lock);
    return ret;
}
