// SPDX-License-Identifier: Apache-2.0
/* The thread of a bus: start, sleep, counts, pauses, stop. What is next is said by bus_sched.c; asking is bus_poll.c.
 */
#include "sensors/bus_worker.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sensors/bus_poll.h"

#define HEART_BEAT_US SW_US_PER_S

struct sw_sched_now sw_bus_now(const struct sw_bus_worker *w)
{
    struct sw_sched_now now = {.real_us = sw_mono_real_us()};

    sw_clock_at(w->clock, now.real_us, &now.utc_us, &now.mono_us);
    return now;
}

static void serve(struct sw_bus_worker *w, struct sw_device *d)
{
    const struct sw_sched_now now = sw_bus_now(w);
    const uint64_t skipped = sw_sched_served(d, &now);

    if (skipped == 0)
        return;
    pthread_mutex_lock(&w->lock);
    d->stats.overruns_total += skipped;
    w->stats.overruns_total += skipped;
    pthread_mutex_unlock(&w->lock);
}

/** Let go of the line, or take it again: as was asked last. @return until when it is somebody else's; 0 = it is ours */
static int64_t keep_pause(struct sw_bus_worker *w)
{
    int64_t until_us;
    bool is_wanted;

    pthread_mutex_lock(&w->lock);
    until_us = w->pause_until_us;
    is_wanted = sw_mono_real_us() < until_us;
    if (!is_wanted)
        w->is_paused = false;
    pthread_mutex_unlock(&w->lock);
    if (!is_wanted)
        return 0;
    sw_bus_close(w->bus); /* first, for who asks whether it is ours opens it then */
    pthread_mutex_lock(&w->lock);
    w->is_paused = true;
    pthread_mutex_unlock(&w->lock);
    return until_us;
}

static struct sw_sched_line look_at_line(struct sw_bus_worker *w, int64_t real_us)
{
    const int64_t paused_until_us = keep_pause(w);
    struct sw_sched_line line = {.has_just_written = w->has_just_written};

    line.usable_from_us = SW_MAX(paused_until_us, sw_bus_is_open(w->bus) ? 0 : w->next_open_us);
    line.is_usable = paused_until_us == 0 && real_us >= line.usable_from_us;
    pthread_mutex_lock(&w->lock);
    line.has_write = w->n_queue > 0;
    w->stats.is_open = sw_bus_is_open(w->bus);
    w->stats.is_paused = w->is_paused;
    pthread_mutex_unlock(&w->lock);
    return line;
}

/** Sleep until then, an order, a pause, a stop, or until the line hangs up: then it is closed at once, so that a port
 *  that comes back under another number is found. */
static void sleep_until(struct sw_bus_worker *w, int64_t until_us)
{
    const int64_t left_us = SW_MIN(until_us - sw_mono_real_us(), (int64_t) HEART_BEAT_US);
    const struct timespec ts = {.tv_sec = left_us / SW_US_PER_S, .tv_nsec = left_us % SW_US_PER_S * 1000};
    struct pollfd fds[3] = {{.fd = sw_worker_stop_fd(w->thread), .events = POLLIN},
                            {.fd = w->wake_fd, .events = POLLIN},
                            {.fd = sw_bus_fd(w->bus), .events = POLLRDHUP}};
    uint64_t count;

    if (left_us <= 0 || ppoll(fds, SW_ARRAY_SIZE(fds), &ts, NULL) <= 0)
        return;
    if (fds[1].revents && read(w->wake_fd, &count, sizeof(count)) < 0)
        sw_log(SW_LOG_WARNING, "bus %s: cannot read its wake-up: %s", w->params.id, strerror(errno));
    if (fds[2].revents)
        sw_bus_close(w->bus);
}

void sw_bus_wake(struct sw_bus_worker *w)
{
    const uint64_t one = 1;

    while (write(w->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

static void take_step(struct sw_bus_worker *w, const struct sw_sched_step *step)
{
    struct sw_device *d = &w->devices[step->device];

    w->has_just_written = false;
    switch (step->what) {
    case SW_SCHED_WRITE:
        sw_bus_write_one(w);
        w->has_just_written = true;
        break;
    case SW_SCHED_PROBE:
        if (sw_bus_probe_device(w, d) && d->due_mono_us <= sw_bus_now(w).mono_us) {
            sw_bus_poll_device(w, d);
            serve(w, d);
        }
        break;
    case SW_SCHED_POLL:
        sw_bus_poll_device(w, d);
        serve(w, d);
        break;
    case SW_SCHED_MISS:
        sw_bus_miss_device(w, d);
        serve(w, d);
        break;
    case SW_SCHED_WAIT:
        sleep_until(w, step->until_real_us);
        break;
    }
}

static void bus_main(struct sw_worker *self, void *ctx)
{
    struct sw_bus_worker *w = ctx;
    struct sw_sched_now now;

    w->thread = self;
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); /* ns: the default of 50 us is 1 % of a fast line's silence */
    now = sw_bus_now(w);
    sw_sched_begin(w->devices, w->n, &now);
    while (!sw_worker_should_stop(self)) {
        struct sw_sched_line line;
        struct sw_sched_step step;

        sw_worker_beat(self);
        now = sw_bus_now(w);
        line = look_at_line(w, now.real_us);
        step = sw_sched_next(w->devices, w->n, &line, w->clock, &now);
        take_step(w, &step);
    }
    sw_bus_close(w->bus);
}

/* Start and stop */

static int check_units(const struct sw_bus_worker *w, struct sw_err *err)
{
    if ((w->n < 1 && !w->written) || w->n > SW_DEVICES_PER_BUS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "bus %s: has %zu devices, it may have 1 to %d", w->params.id, w->n,
                          SW_DEVICES_PER_BUS_MAX);
    for (size_t i = 0; i < w->n; i++) {
        if (!sw_bus_unit_is_valid(w->bus, w->devices[i].unit_id))
            return sw_err_set(err, SW_E_INVAL, 0, "device %s: unit id %u cannot be addressed on bus %s: use 1 to 247%s",
                              w->devices[i].id, (unsigned) w->devices[i].unit_id, w->params.id,
                              w->params.kind == SW_LINE_TCP ? ", 0 or 255" : "");
    }
    return SW_OK;
}

/** Room for the readings of the largest reply, and line settings where the site gives none. */
static int prepare(struct sw_bus_worker *w, struct sw_err *err)
{
    size_t most = 1;
    int rc;

    for (size_t i = 0; i < w->n; i++)
        most = SW_MAX(most, w->devices[i].plan.n_items);
    w->out = calloc(most, sizeof(*w->out));
    if (!w->out)
        return sw_err_set(err, SW_E_NOMEM, 0, "bus %s: no memory", w->params.id);
    if (w->params.kind == SW_LINE_RTU && w->params.serial.baud == 0 && w->n > 0)
        w->params.serial = w->devices[0].template_->serial;
    if (w->params.serial.baud == 0)
        w->params.serial = (struct sw_serial){.baud = 9600, .parity = 'N', .data_bits = 8, .stop_bits = 1};
    w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->wake_fd < 0)
        return sw_err_set(err, SW_E_IO, errno, "bus %s: no eventfd: %s", w->params.id, strerror(errno));
    rc = sw_bus_new(&w->params, &w->bus, err);
    return rc < 0 ? rc : check_units(w, err);
}

static struct sw_bus_worker *release(struct sw_bus_worker *w)
{
    sw_bus_free(w->bus);
    pthread_mutex_destroy(&w->lock);
    if (w->wake_fd >= 0)
        close(w->wake_fd);
    free(w->out);
    free(w);
    return NULL;
}

int sw_bus_worker_start(const struct sw_bus_params *p, struct sw_device *devices, size_t n,
                        const struct sw_clock *clock, struct sw_mailbox *readings, struct sw_mailbox *written,
                        struct sw_bus_worker **ret, struct sw_err *err)
{
    struct sw_bus_worker *w = calloc(1, sizeof(*w));
    struct sw_worker *thread = NULL;
    char name[16];
    int rc;

    if (!w)
        return sw_err_set(err, SW_E_NOMEM, 0, "bus %s: no memory", p->id);
    pthread_mutex_init(&w->lock, NULL);
    w->wake_fd = -1;
    w->params = *p;
    w->devices = devices;
    w->n = n;
    w->clock = clock;
    w->readings = readings;
    w->written = written;
    rc = prepare(w, err);
    if (rc == SW_OK) {
        snprintf(name, sizeof(name), "bus-%.11s", p->id);
        rc = sw_worker_start(name, bus_main, w, 0, &thread, err);
    }
    if (rc < 0) {
        release(w);
        return rc;
    }
    w->handle = thread;
    *ret = w;
    return SW_OK;
}

struct sw_bus_worker *sw_bus_worker_stop(struct sw_bus_worker *w)
{
    if (!w)
        return NULL;
    sw_worker_stop(w->handle);
    return release(w);
}

int64_t sw_bus_worker_age_us(const struct sw_bus_worker *w)
{
    return sw_worker_age_us(w->handle);
}

void sw_bus_worker_stats(struct sw_bus_worker *w, struct sw_bus_stats *ret)
{
    pthread_mutex_lock(&w->lock);
    *ret = w->stats;
    pthread_mutex_unlock(&w->lock);
}

int sw_bus_worker_device_stats(struct sw_bus_worker *w, size_t index, struct sw_device_stats *ret)
{
    struct sw_rtt rtt;

    if (index >= w->n)
        return SW_E_NOTFOUND;
    pthread_mutex_lock(&w->lock);
    *ret = w->devices[index].stats;
    rtt = w->devices[index].rtt;
    pthread_mutex_unlock(&w->lock);
    ret->rtt_p50_us = sw_rtt_percentile(&rtt, 50);
    ret->rtt_p99_us = sw_rtt_percentile(&rtt, 99);
    return SW_OK;
}

void sw_bus_worker_pause(struct sw_bus_worker *w, int64_t until_real_us)
{
    pthread_mutex_lock(&w->lock);
    w->pause_until_us = until_real_us;
    pthread_mutex_unlock(&w->lock);
    sw_bus_wake(w);
}

bool sw_bus_worker_is_paused(struct sw_bus_worker *w)
{
    bool is_paused;

    pthread_mutex_lock(&w->lock);
    is_paused = w->is_paused && sw_mono_real_us() < w->pause_until_us;
    pthread_mutex_unlock(&w->lock);
    return is_paused;
}
