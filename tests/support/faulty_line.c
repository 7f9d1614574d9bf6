// SPDX-License-Identifier: Apache-2.0
/* The faulty line: one thread, raw bytes, a small generator of random numbers. */
#include "tests/support/faulty_line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "common/crc16.h"

#define FRAME_MAX 300
#define REQUEST_SIZE 8
#define WELL_SHARE 82 /* of 100 requests that nothing happens to */
#define SEQ_BITS 25
#define ITEM_BITS 3
#define SECOND_BLOCK 100
#define AGAIN_US 400
#define AGAIN_MAX_US 1600
#define OVERDUE_US 18000 /* to twice that: about the time-out of the test, and less than it and its back-off */

struct faulty_line {
    uint64_t seed;
    const struct sw_clock *clock;
    const char *path;
    int master_fd, slave_fd, stop_fd;
    pthread_t thread;
    atomic_bool is_calm;

    uint8_t in[FRAME_MAX];
    size_t in_len;
    uint8_t held[FRAME_MAX]; /* a reply that will be late */
    size_t held_len, held_seq;
    int64_t held_until_us;                   /* real; 0 = until somebody else is asked */
    int64_t dead_until_us[FAULTY_UNITS + 1]; /* real */

    atomic_size_t n_log;
    struct faulty_request *log; /* [FAULTY_LOG_MAX] */
};

static const struct {
    const char *name;
    int weight; /* of the requests that something happens to */
} faults[FAULT__COUNT] = {
    [FAULT_NONE] = {"none", 0},
    [FAULT_TRICKLE] = {"trickle", 8},
    [FAULT_TWICE] = {"twice", 10},
    [FAULT_AGAIN] = {"again", 10},
    [FAULT_TAIL] = {"tail", 8},
    [FAULT_HEAD] = {"head", 8},
    [FAULT_FOREIGN_TOO] = {"foreign too", 8},
    [FAULT_SILENT] = {"silent", 6},
    [FAULT_EXCEPTION] = {"exception", 10},
    [FAULT_BITS] = {"bits", 12},
    [FAULT_TRUNCATED] = {"truncated", 6},
    [FAULT_GARBAGE] = {"garbage", 8},
    [FAULT_FOREIGN] = {"foreign", 8},
    [FAULT_OTHER_UNIT] = {"other unit", 10},
    [FAULT_LENGTH] = {"length", 6},
    [FAULT_LATE] = {"late", 10},
    [FAULT_OVERDUE] = {"overdue", 8},
    [FAULT_STUCK] = {"stuck", 2},
    [FAULT_DEATH] = {"death", 3},
    [FAULT_UNPLUGGED] = {"unplugged", 2},
};

const char *fault_name(enum fault fault)
{
    return faults[fault].name;
}

uint32_t faulty_raw(unsigned unit, unsigned item, size_t seq)
{
    return (uint32_t) unit << (SEQ_BITS + ITEM_BITS) | (uint32_t) item << SEQ_BITS | (uint32_t) seq;
}

/** Xorshift64*, Vigna 2016. @return 0 … n − 1 */
static unsigned dice(struct faulty_line *l, unsigned n)
{
    l->seed ^= l->seed >> 12;
    l->seed ^= l->seed << 25;
    l->seed ^= l->seed >> 27;
    return (unsigned) ((l->seed * 0x2545F4914F6CDD1DULL) >> 33) % n;
}

static void pause_us(int64_t us)
{
    const struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

    nanosleep(&t, NULL);
}

/* The port */

static bool plug_in(struct faulty_line *l)
{
    struct termios raw;
    char pty[64];

    l->in_len = l->held_len = 0;
    l->master_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (l->master_fd < 0 || grantpt(l->master_fd) != 0 || unlockpt(l->master_fd) != 0 ||
        ptsname_r(l->master_fd, pty, sizeof(pty)) != 0)
        return false;
    l->slave_fd = open(pty, O_RDWR | O_NOCTTY | O_CLOEXEC); /* kept: the port survives a master that closes */
    if (l->slave_fd < 0 || tcgetattr(l->slave_fd, &raw) < 0)
        return false;
    cfmakeraw(&raw);
    return tcsetattr(l->slave_fd, TCSANOW, &raw) == 0 && symlink(pty, l->path) == 0;
}

static void unplug(struct faulty_line *l)
{
    unlink(l->path);
    close(l->master_fd);
    close(l->slave_fd);
}

/** Hand bytes over, unless the master has given up and asks again already: what comes now would be late, and a whole
 * frame of the very unit that is asked now is one that no master can tell from its answer. @return whether it was said
 */
static bool say(struct faulty_line *l, const uint8_t *bytes, size_t len)
{
    int waiting = 0;

    if (ioctl(l->master_fd, FIONREAD, &waiting) < 0 || waiting > 0)
        return false;
    if (write(l->master_fd, bytes, len) != (ssize_t) len && errno != EAGAIN) /* full of what nobody reads */
        perror("faulty line");
    return true;
}

/* Frames */

static size_t seal(uint8_t *frame, size_t len)
{
    const uint16_t crc = sw_crc16_modbus(frame, len);

    frame[len] = (uint8_t) crc;
    frame[len + 1] = (uint8_t) (crc >> 8);
    return len + 2;
}

/** What a unit holds in a register at the time of request seq; a register of no item holds nothing that could be one.
 */
static uint16_t word_at(unsigned unit, unsigned addr, size_t seq)
{
    const unsigned item = addr >= SECOND_BLOCK ? 4 + (addr - SECOND_BLOCK) / 2 : addr / 2;
    const uint32_t raw = faulty_raw(unit, item, seq);

    return (uint16_t) (addr % 2 == 0 ? raw >> 16 : raw);
}

static size_t reply_of(unsigned unit, const struct faulty_request *rq, unsigned nb, size_t seq, uint8_t *frame)
{
    frame[0] = (uint8_t) unit;
    frame[1] = 4;
    frame[2] = (uint8_t) (2 * nb);
    for (unsigned i = 0; i < nb; i++) {
        const uint16_t word = word_at(unit, rq->addr + i, seq);

        frame[3 + 2 * i] = (uint8_t) (word >> 8);
        frame[4 + 2 * i] = (uint8_t) word;
    }
    return seal(frame, 3 + 2 * (size_t) nb);
}

/** Would a master have to take it for the answer? Rubbish that happens to be one is not sent. */
static bool looks_right(const struct faulty_request *rq, const uint8_t *bytes, size_t len)
{
    const size_t whole = 5 + 2 * (size_t) rq->nb;

    for (size_t at = 0; at + whole <= len; at++) {
        if (bytes[at] == rq->unit && bytes[at + 1] == 4 && sw_crc16_modbus(bytes + at, whole) == 0)
            return true;
    }
    return false;
}

static size_t rubbish(struct faulty_line *l, const struct faulty_request *rq, uint8_t *bytes, unsigned most)
{
    size_t len;

    do {
        len = 1 + dice(l, most);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t) dice(l, 256);
    } while (looks_right(rq, bytes, len));
    return len;
}

/** A master's question, another unit's answer to somebody else, an exception. */
static size_t foreign(struct faulty_line *l, const struct faulty_request *rq, uint8_t *frame)
{
    const uint8_t unit = (uint8_t) (1 + (rq->unit + dice(l, 200)) % 247);
    const uint8_t somebody = unit == rq->unit ? 248 : unit;
    const uint8_t question[] = {somebody, 3, 0, 0, 0, 2}, answer[] = {somebody, 3, 4, 0x12, 0x34, 0x56, 0x78},
                  refusal[] = {somebody, 0x84, 2};
    const uint8_t *const bodies[] = {question, answer, refusal};
    const size_t sizes[] = {sizeof(question), sizeof(answer), sizeof(refusal)};
    const unsigned which = dice(l, 3);

    memcpy(frame, bodies[which], sizes[which]);
    return seal(frame, sizes[which]);
}

static void turn_bits(struct faulty_line *l, const struct faulty_request *rq, uint8_t *frame, size_t len)
{
    uint8_t spoilt[FRAME_MAX];

    do {
        memcpy(spoilt, frame, len);
        for (unsigned n = 1 + dice(l, 3); n > 0; n--)
            spoilt[dice(l, (unsigned) len)] ^= (uint8_t) (1u << dice(l, 8));
    } while (looks_right(rq, spoilt, len)); /* the same bit twice */
    memcpy(frame, spoilt, len);
}

/* What happens */

static enum fault choose(struct faulty_line *l, unsigned unit)
{
    int sum = 0, left;

    if (l->is_calm)
        return FAULT_NONE;
    if (sw_mono_real_us() < l->dead_until_us[unit])
        return FAULT_SILENT;
    if (dice(l, 100) < WELL_SHARE)
        return FAULT_NONE;
    for (int f = 0; f < FAULT__COUNT; f++)
        sum += faults[f].weight;
    left = (int) dice(l, (unsigned) sum);
    for (int f = 0; f < FAULT__COUNT; f++) {
        left -= faults[f].weight;
        if (left < 0)
            return (enum fault) f;
    }
    return FAULT_NONE;
}

/** Send the right reply, with something before or after it. */
static void answer(struct faulty_line *l, struct faulty_request *rq, const uint8_t *before, size_t n_before,
                   const uint8_t *reply, size_t len, const uint8_t *after, size_t n_after)
{
    uint8_t all[3 * FRAME_MAX];

    memcpy(all, before, n_before);
    memcpy(all + n_before, reply, len);
    memcpy(all + n_before + len, after, n_after);
    rq->replied_us = sw_clock_mono_us(l->clock);
    if (rq->fault != FAULT_TRICKLE) {
        rq->is_answered = say(l, all, n_before + len + n_after);
        return;
    }
    rq->is_answered = true;
    for (size_t i = 0; i < len && rq->is_answered; i++) {
        rq->is_answered = say(l, &reply[i], 1);
        pause_us(dice(l, 100));
    }
}

/** Once more, when the master has heard the first and keeps its silence of 1.75 ms. */
static void say_again(struct faulty_line *l, struct faulty_request *rq, const uint8_t *reply, size_t len)
{
    const int64_t from_us = sw_mono_real_us();

    pause_us(AGAIN_US);
    if (rq->is_answered && say(l, reply, len))
        rq->is_doubtful = sw_mono_real_us() - from_us > AGAIN_MAX_US;
}

static void be_stuck(struct faulty_line *l)
{
    const int64_t until_us = sw_mono_real_us() + 5000 + dice(l, 60000);
    const uint8_t bytes[4] = {0xFF, 0xFF, 0xFF, 0xFF};

    while (sw_mono_real_us() < until_us) {
        say(l, bytes, sizeof(bytes));
        pause_us(500);
    }
}

static void be_unplugged(struct faulty_line *l)
{
    unplug(l);
    pause_us(1000 + dice(l, 150000));
    if (!plug_in(l)) {
        perror("faulty line: no pty any more");
        exit(1);
    }
}

/** Faults that send no right reply, at least not now. */
static void misbehave(struct faulty_line *l, struct faulty_request *rq, size_t seq, uint8_t *reply, size_t len)
{
    static const uint8_t codes[] = {1, 2, 3, 4, 4, 4, 6, 6, 6, 8, 10, 11};
    uint8_t frame[FRAME_MAX];
    unsigned other = 1 + (rq->unit + dice(l, FAULTY_UNITS - 1)) % FAULTY_UNITS;

    switch (rq->fault) {
    case FAULT_EXCEPTION:
        memcpy(frame, (uint8_t[]){rq->unit, 0x84, codes[dice(l, sizeof(codes))]}, 3);
        say(l, frame, seal(frame, 3));
        break;
    case FAULT_BITS:
        turn_bits(l, rq, reply, len);
        say(l, reply, len);
        break;
    case FAULT_TRUNCATED:
        say(l, reply, 1 + dice(l, (unsigned) len - 1));
        break;
    case FAULT_GARBAGE:
        say(l, frame, rubbish(l, rq, frame, 60));
        break;
    case FAULT_FOREIGN:
        say(l, frame, foreign(l, rq, frame));
        break;
    case FAULT_OTHER_UNIT:
        say(l, frame, reply_of(other, rq, rq->nb, seq, frame));
        break;
    case FAULT_LENGTH:
        say(l, frame, reply_of(rq->unit, rq, rq->nb == 1 || dice(l, 2) ? rq->nb + 1u : rq->nb - 1u, seq, frame));
        break;
    case FAULT_LATE:
    case FAULT_OVERDUE:
        memcpy(l->held, reply, len);
        l->held_len = len;
        l->held_seq = seq;
        l->held_until_us = rq->fault == FAULT_LATE ? 0 : sw_mono_real_us() + OVERDUE_US + dice(l, OVERDUE_US);
        break;
    case FAULT_STUCK:
        be_stuck(l);
        break;
    case FAULT_DEATH:
        l->dead_until_us[rq->unit] = sw_mono_real_us() + 100000 + dice(l, 1500000);
        break;
    case FAULT_UNPLUGGED:
        be_unplugged(l);
        break;
    default: /* FAULT_SILENT */
        break;
    }
}

static void on_request(struct faulty_line *l, struct faulty_request *rq, size_t seq)
{
    uint8_t reply[FRAME_MAX], more[FRAME_MAX];
    const size_t len = reply_of(rq->unit, rq, rq->nb, seq, reply);
    size_t n = 0;

    if (l->held_len > 0 && l->held_until_us == 0 && l->held[0] != rq->unit)
        say(l, l->held, l->held_len);
    if (l->held_until_us == 0 || l->held[0] == rq->unit)
        l->held_len = 0;
    rq->fault = (uint8_t) choose(l, rq->unit);
    switch (rq->fault) {
    case FAULT_NONE:
    case FAULT_TRICKLE:
        answer(l, rq, more, 0, reply, len, more, 0);
        break;
    case FAULT_TWICE:
        answer(l, rq, more, 0, reply, len, reply, len);
        break;
    case FAULT_AGAIN:
        answer(l, rq, more, 0, reply, len, more, 0);
        say_again(l, rq, reply, len);
        break;
    case FAULT_TAIL:
        n = rubbish(l, rq, more, 20);
        answer(l, rq, more, 0, reply, len, more, n);
        break;
    case FAULT_HEAD:
        n = rubbish(l, rq, more, 20);
        answer(l, rq, more, n, reply, len, more, 0);
        break;
    case FAULT_FOREIGN_TOO:
        n = foreign(l, rq, more);
        answer(l, rq, more, n, reply, len, more, 0);
        break;
    default:
        misbehave(l, rq, seq, reply, len);
    }
}

static void take(struct faulty_line *l)
{
    const ssize_t n = read(l->master_fd, l->in + l->in_len, sizeof(l->in) - l->in_len);
    struct faulty_request rq = {.came_us = sw_clock_mono_us(l->clock)};
    const size_t seq = l->n_log;

    if (n > 0)
        l->in_len += (size_t) n;
    while (l->in_len >= 2 * REQUEST_SIZE) { /* this machine was slow: the master has given that one up */
        l->in_len -= REQUEST_SIZE;
        memmove(l->in, l->in + REQUEST_SIZE, l->in_len);
    }
    while (l->in_len >= REQUEST_SIZE && sw_crc16_modbus(l->in, REQUEST_SIZE) != 0)
        memmove(l->in, l->in + 1, --l->in_len);
    if (l->in_len < REQUEST_SIZE)
        return;
    rq.unit = l->in[0];
    rq.addr = (uint16_t) (l->in[2] << 8 | l->in[3]);
    rq.nb = (uint16_t) (l->in[4] << 8 | l->in[5]);
    l->in_len = 0;
    if (rq.unit < 1 || rq.unit > FAULTY_UNITS || rq.nb < 1 || rq.nb > 2 * FAULTY_ITEMS || seq >= FAULTY_LOG_MAX) {
        fprintf(stderr, "faulty line: asked unit %u for %u registers\n", (unsigned) rq.unit, (unsigned) rq.nb);
        exit(1);
    }
    on_request(l, &rq, seq);
    l->log[seq] = rq;
    l->n_log = seq + 1;
}

/** An overdue reply comes, whoever has been asked meanwhile. If nobody has, its unit may still be waited for. */
static void come_overdue(struct faulty_line *l)
{
    struct faulty_request *rq = &l->log[l->held_seq];

    if (l->held_len == 0 || l->held_until_us == 0 || sw_mono_real_us() < l->held_until_us)
        return;
    rq->replied_us = sw_clock_mono_us(l->clock);
    if (!say(l, l->held, l->held_len))
        return; /* first who asks: it may be this very unit */
    rq->is_answered = l->held_seq + 1 == l->n_log;
    l->held_len = 0;
}

static void *line_main(void *arg)
{
    struct faulty_line *l = arg;

    for (;;) {
        struct pollfd fds[2] = {{.fd = l->stop_fd, .events = POLLIN}, {.fd = l->master_fd, .events = POLLIN}};
        const int64_t left_us = l->held_until_us - sw_mono_real_us();
        const struct timespec in = {.tv_nsec = left_us > 0 ? left_us * 1000 : 0};

        ppoll(fds, 2, l->held_len > 0 && l->held_until_us > 0 ? &in : NULL, NULL);
        if (fds[0].revents != 0)
            return NULL;
        if ((fds[1].revents & POLLIN) != 0)
            take(l);
        come_overdue(l);
    }
}

struct faulty_line *faulty_line_new(uint64_t seed, const struct sw_clock *clock, const char *path)
{
    struct faulty_line *l = calloc(1, sizeof(*l));

    if (!l)
        return NULL;
    l->seed = seed * 0x9E3779B97F4A7C15ULL + 1;
    l->clock = clock;
    l->path = path;
    l->stop_fd = eventfd(0, EFD_CLOEXEC);
    l->log = calloc(FAULTY_LOG_MAX, sizeof(*l->log));
    if (!l->log || l->stop_fd < 0 || !plug_in(l) || pthread_create(&l->thread, NULL, line_main, l) != 0) {
        perror("faulty line");
        exit(1);
    }
    return l;
}

struct faulty_line *faulty_line_free(struct faulty_line *l)
{
    const uint64_t one = 1;

    if (!l)
        return NULL;
    if (write(l->stop_fd, &one, sizeof(one)) != sizeof(one))
        abort();
    pthread_join(l->thread, NULL);
    unplug(l);
    close(l->stop_fd);
    free(l->log);
    free(l);
    return NULL;
}

void faulty_line_calm(struct faulty_line *l)
{
    l->is_calm = true;
}

size_t faulty_line_log(struct faulty_line *l, const struct faulty_request **ret)
{
    *ret = l->log;
    return l->n_log;
}
