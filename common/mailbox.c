// SPDX-License-Identifier: Apache-2.0
/* The bounded queue between threads. One lock, one ring, one eventfd: wake-ups coalesce, so takers drain. */
#include "common/mailbox.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/macros.h"

struct sw_mailbox {
    pthread_mutex_t lock;
    int fd;
    size_t capacity, reserve, msg_size;
    size_t head, depth;
    uint64_t dropped;
    unsigned char *ring;
};

int sw_mailbox_new(size_t capacity, size_t reserve, size_t msg_size, struct sw_mailbox **ret, struct sw_err *err)
{
    struct sw_mailbox *m;

    if (capacity < 1 || capacity > 65536 || reserve >= capacity || msg_size < 1 || msg_size > 65536)
        return sw_err_set(err, SW_E_INVAL, 0, "mailbox of %zu messages of %zu bytes, %zu reserved", capacity, msg_size,
                          reserve);
    m = calloc(1, sizeof(*m));
    if (!m)
        return sw_err_set(err, SW_E_NOMEM, 0, "mailbox: out of memory");
    m->capacity = capacity;
    m->reserve = reserve;
    m->msg_size = msg_size;
    m->ring = malloc(capacity * msg_size);
    m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!m->ring || m->fd < 0) {
        int saved = errno;
        int code = m->ring ? SW_E_IO : SW_E_NOMEM;

        sw_mailbox_free(m);
        return sw_err_set(err, code, saved, "mailbox: %s", strerror(saved));
    }
    pthread_mutex_init(&m->lock, NULL);
    *ret = m;
    return SW_OK;
}

struct sw_mailbox *sw_mailbox_free(struct sw_mailbox *m)
{
    if (m) {
        if (m->fd >= 0)
            close(m->fd);
        pthread_mutex_destroy(&m->lock);
        free(m->ring);
        free(m);
    }
    return NULL;
}

/* Copy n messages between the ring at `at` and a flat array, in at most two pieces. */
static void ring_copy(struct sw_mailbox *m, size_t at, void *flat, size_t n, bool into_ring)
{
    size_t first = SW_MIN(n, m->capacity - at);
    unsigned char *bytes = flat;

    if (into_ring) {
        memcpy(m->ring + at * m->msg_size, bytes, first * m->msg_size);
        memcpy(m->ring, bytes + first * m->msg_size, (n - first) * m->msg_size);
    } else {
        memcpy(bytes, m->ring + at * m->msg_size, first * m->msg_size);
        memcpy(bytes + first * m->msg_size, m->ring, (n - first) * m->msg_size);
    }
}

static void wake(int fd)
{
    static const uint64_t one = 1;

    while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

size_t sw_mailbox_post(struct sw_mailbox *m, const void *msgs, size_t n, bool urgent)
{
    size_t limit = urgent ? m->capacity : m->capacity - m->reserve;
    size_t taken, room;
    bool was_empty;

    pthread_mutex_lock(&m->lock);
    room = m->depth < limit ? limit - m->depth : 0;
    taken = SW_MIN(n, room);
    was_empty = m->depth == 0;
    /* the cast only drops const: with into_ring the flat side is read */
    ring_copy(m, (m->head + m->depth) % m->capacity, (void *) (uintptr_t) msgs, taken, true);
    m->depth += taken;
    m->dropped += n - taken;
    if (was_empty && taken)
        wake(m->fd);
    pthread_mutex_unlock(&m->lock);
    return taken;
}

size_t sw_mailbox_take(struct sw_mailbox *m, void *msgs, size_t n)
{
    size_t taken;
    uint64_t count;

    pthread_mutex_lock(&m->lock);
    taken = SW_MIN(n, m->depth);
    ring_copy(m, m->head, msgs, taken, false);
    m->head = (m->head + taken) % m->capacity;
    m->depth -= taken;
    if (m->depth == 0)
        while (read(m->fd, &count, sizeof(count)) < 0 && errno == EINTR)
            ;
    pthread_mutex_unlock(&m->lock);
    return taken;
}

bool sw_mailbox_wait(struct sw_mailbox *m, int64_t real_timeout_us)
{
    struct pollfd pfd = {.fd = m->fd, .events = POLLIN};
    struct timespec ts = {.tv_sec = real_timeout_us / SW_US_PER_S, .tv_nsec = real_timeout_us % SW_US_PER_S * 1000};

    return ppoll(&pfd, 1, real_timeout_us < 0 ? NULL : &ts, NULL) > 0;
}

int sw_mailbox_fd(const struct sw_mailbox *m)
{
    return m->fd;
}

size_t sw_mailbox_depth(struct sw_mailbox *m)
{
    size_t depth;

    pthread_mutex_lock(&m->lock);
    depth = m->depth;
    pthread_mutex_unlock(&m->lock);
    return depth;
}

bool sw_mailbox_is_pressed(struct sw_mailbox *m)
{
    return m->reserve && sw_mailbox_depth(m) > m->capacity - m->reserve / 2;
}

uint64_t sw_mailbox_dropped_total(struct sw_mailbox *m)
{
    uint64_t dropped;

    pthread_mutex_lock(&m->lock);
    dropped = m->dropped;
    pthread_mutex_unlock(&m->lock);
    return dropped;
}
