// SPDX-License-Identifier: Apache-2.0
/* One RTU transaction on a descriptor, tty or socket: send, listen until the answer has come or its time is over.
 * Frames that answer something else are passed over while listening, so that a late reply or a second master costs at
 * most the transaction it falls into (docs/adr/0010). When to ask is decided by bus_worker.c. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "common/clock.h"
#include "sensors/bus_frame.h"
#include "sensors/bus_int.h"

/** Drop bytes at the front until the rest may hold a whole answer: noise must not fill the buffer. */
#define SCRAPS_LEAST 3 /* bytes: one or two come from a line without bias whenever the direction turns */
#define KEEP_MAX SW_FRAME_MAX
#define HEARD_MAX (2 * SW_FRAME_MAX)

struct heard {
    uint8_t bytes[HEARD_MAX];
    size_t len;
    bool is_spoilt;
    bool is_begun;    /* it has been looked at for an echo */
    uint64_t foreign; /* whole frames that answer something else */
};

static bool is_again(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

bool sw_rtu_flush(struct sw_bus *b)
{
    uint8_t bytes[SW_FRAME_MAX];
    bool any = false;

    for (int i = 0; i < 64 && read(b->fd, bytes, sizeof(bytes)) > 0; i++)
        any = true;
    return any;
}

/** Wait for the descriptor. @return its events; 0 = the instant came first */
static short wait_for(int fd, short events, int64_t until_us)
{
    for (;;) {
        const int64_t left_us = SW_MAX(until_us - sw_mono_real_us(), (int64_t) 0);
        const struct timespec ts = {.tv_sec = left_us / SW_US_PER_S, .tv_nsec = left_us % SW_US_PER_S * 1000};
        struct pollfd pfd = {.fd = fd, .events = events};
        const int n = ppoll(&pfd, 1, &ts, NULL);

        if (n > 0)
            return pfd.revents;
        if (n == 0 || errno != EINTR)
            return 0;
    }
}

/** @return SW_OK; an errno below zero */
static int send_all(const struct sw_bus *b, const uint8_t *bytes, size_t len, int64_t until_us)
{
    while (len > 0) {
        const ssize_t n =
            b->params.kind == SW_LINE_RTU ? write(b->fd, bytes, len) : send(b->fd, bytes, len, MSG_NOSIGNAL);

        if (n > 0) {
            bytes += n;
            len -= (size_t) n;
        } else if (n < 0 && !is_again(errno)) {
            return -errno;
        } else if ((wait_for(b->fd, POLLOUT, until_us) & POLLOUT) == 0) {
            return -EIO;
        }
    }
    return 0;
}

/** Take what is there. @return 0; an errno below zero: the line is lost */
static int hear(struct sw_bus *b, struct heard *h)
{
    ssize_t n;

    if (h->len > KEEP_MAX) {
        memmove(h->bytes, h->bytes + h->len - KEEP_MAX, KEEP_MAX);
        h->len = KEEP_MAX;
    }
    n = read(b->fd, h->bytes + h->len, sizeof(h->bytes) - h->len);
    if (n > 0)
        h->len += (size_t) n;
    else if (n == 0)
        return -ECONNRESET;
    else if (!is_again(errno))
        return -errno;
    return 0;
}

static int lost(struct sw_bus *b, const struct sw_bus_request *rq, int error, struct sw_err *err)
{
    sw_bus_close(b);
    return sw_bus_failed(b, rq, SW_E_IO, error,
                         b->params.kind == SW_LINE_RTU ? "the port is gone" : "the connection is gone", err);
}

/** Its time is over. A frame of somebody else's in between may have hidden the answer: worth a second question. */
static int gave_up(const struct sw_bus *b, const struct sw_bus_request *rq, const struct heard *h, struct sw_err *err)
{
    if (h->is_spoilt)
        return sw_bus_failed(b, rq, SW_E_PROTOCOL, EBADMSG, "the reply is garbled (CRC)", err);
    if (h->foreign > 0)
        return sw_bus_failed(b, rq, SW_E_PROTOCOL, ETIMEDOUT, "frames came that answer something else", err);
    return sw_bus_failed(b, rq, SW_E_TIMEOUT, h->len >= SCRAPS_LEAST ? EILSEQ : ETIMEDOUT,
                         h->len > 0 ? "no answer in time, only scraps or noise" : "no answer in time", err);
}

/** An adapter that hears itself gives the question back first. That is nobody else's frame; and to a write of one
 *  value, whose answer is the same bytes, it is no consent. Learned from reads, where the two differ. */
static void drop_echo(struct sw_bus *b, const struct sw_bus_request *rq, const uint8_t *frame, size_t len,
                      struct heard *h)
{
    const bool is_same_as_reply = sw_frame_is_write(rq->fc) && len == sw_frame_reply_len(rq);
    bool is_echo;

    if (h->is_begun || h->len < len)
        return;
    h->is_begun = true;
    is_echo = memcmp(h->bytes, frame, len) == 0;
    if (!is_same_as_reply)
        b->hears_echo = is_echo;
    if (!is_echo || !b->hears_echo)
        return;
    h->len -= len;
    memmove(h->bytes, h->bytes + len, h->len);
}

static int listen_for(struct sw_bus *b, const struct sw_bus_request *rq, const uint8_t *frame, size_t len,
                      uint16_t *regs, struct sw_bus_times *times, struct heard *h, struct sw_err *err)
{
    const int64_t wire_us = (8 + (int64_t) sw_frame_reply_len(rq) + 2 * (int64_t) rq->nb) * b->char_us_x10 / 10;
    const int64_t give_up_us = times->start_us + rq->timeout_ms * SW_US_PER_MS + wire_us;
    int64_t until_us = give_up_us;

    for (;;) {
        const short events = wait_for(b->fd, POLLIN, until_us);
        uint8_t exception = 0;
        enum sw_frame found;
        int rc;

        if (events == 0)
            return gave_up(b, rq, h, err);
        rc = events & POLLIN ? hear(b, h) : -EIO;
        times->end_us = sw_mono_real_us();
        if (rc < 0)
            return lost(b, rq, -rc, err);
        drop_echo(b, rq, frame, len, h);
        found = sw_frame_find(rq, h->bytes, &h->len, regs, &exception, &h->foreign);
        if (found == SW_FRAME_REPLY)
            return SW_OK;
        if (found == SW_FRAME_EXCEPTION)
            return sw_bus_failed(b, rq, SW_E_EXCEPTION, exception, sw_frame_exception_name(exception), err);
        if (found != SW_FRAME_SPOILT)
            until_us = give_up_us;
        else if (!h->is_spoilt) /* unless what is missing still comes, this was it */
            until_us = SW_MIN(give_up_us, times->end_us + SW_MAX(b->silence_us, (int64_t) SW_SETTLE_QUIET_MIN_US));
        h->is_spoilt = found == SW_FRAME_SPOILT;
        if (times->end_us >= until_us) /* who never stops talking does not hold the line */
            return gave_up(b, rq, h, err);
    }
}

int sw_rtu_exchange(struct sw_bus *b, const struct sw_bus_request *rq, uint16_t *regs, struct sw_bus_times *times,
                    struct sw_err *err)
{
    uint8_t frame[SW_FRAME_MAX];
    struct heard h = {.len = 0};
    const size_t len = sw_frame_request(rq, regs, frame);
    int rc;

    times->start_us = times->end_us = sw_mono_real_us();
    rc = send_all(b, frame, len, times->start_us + SW_US_PER_S);
    rc = rc < 0 ? lost(b, rq, -rc, err) : listen_for(b, rq, frame, len, regs, times, &h, err);
    if (rc != SW_OK && rc != SW_E_EXCEPTION)
        times->end_us = sw_mono_real_us();
    b->foreign_total += h.foreign;
    return rc;
}
