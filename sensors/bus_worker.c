// SPDX-License-Identifier: Apache-2.0
/* The thread of a bus: start, schedule, counts, stop. The device that has waited longest is asked next; a poll that
 * could not be made in time is skipped and counted, never queued. Asking is bus_poll.c. */
#include "sensors/bus_worker.h"

#include <stdio.h>
#include <stdlib.h>

#include "sensors/bus_poll.h"

#define HEART_BEAT_US SW_US_PER_S

/* The schedule */

static void schedule_next(struct sw_bus_worker *w, struct sw_device *d)
{
    uint64_t skipped;

    d->due_mono_us = sw_device_next_due(d->due_mono_us, sw_clock_utc_us(w->clock), sw_clock_mono_us(w->clock),
                                        d->interval_us, &skipped);
    if (skipped == 0)
        return;
    pthread_mutex_lock(&w->lock);
    d->stats.overruns_total += skipped;
    w->stats.overruns_total += skipped;
    pthread_mutex_unlock(&w->lock);
}

static struct sw_device *most_due(struct sw_bus_worker *w)
{
    struct sw_device *first = &w->devices[0];

    for (size_t i = 1; i < w->n; i++) {
        if (w->devices[i].due_mono_us < first->due_mono_us)
            first = &w->devices[i];
    }
    return first;
}

static void publish_state(struct sw_bus_worker *w)
{
    pthread_mutex_lock(&w->lock);
    w->stats.is_open = sw_bus_is_open(w->bus);
    pthread_mutex_unlock(&w->lock);
}

static void bus_main(struct sw_worker *self, void *ctx)
{
    struct sw_bus_worker *w = ctx;

    w->thread = self;
    for (size_t i = 0; i < w->n; i++)
        schedule_next(w, &w->devices[i]);
    while (!sw_worker_should_stop(self)) {
        struct sw_device *d = most_due(w);
        const int64_t wait_us = sw_clock_real_interval_us(w->clock, d->due_mono_us - sw_clock_mono_us(w->clock));

        sw_worker_beat(self);
        if (wait_us > 0) {
            sw_worker_sleep_until(self, sw_mono_real_us() + SW_MIN(wait_us, HEART_BEAT_US));
            continue;
        }
        sw_bus_poll_device(w, d);
        schedule_next(w, d);
        publish_state(w);
    }
    sw_bus_close(w->bus);
}

/* Start and stop */

static int check_units(const struct sw_bus_worker *w, struct sw_err *err)
{
    if (w->n < 1 || w->n > SW_DEVICES_PER_BUS_MAX)
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
    if (w->params.serial.baud == 0 && w->n > 0)
        w->params.serial = w->devices[0].template_->serial;
    if (w->params.serial.baud == 0)
        w->params.serial = (struct sw_serial){.baud = 9600, .parity = 'N', .data_bits = 8, .stop_bits = 1};
    rc = sw_bus_new(&w->params, &w->bus, err);
    return rc < 0 ? rc : check_units(w, err);
}

static struct sw_bus_worker *release(struct sw_bus_worker *w)
{
    sw_bus_free(w->bus);
    pthread_mutex_destroy(&w->lock);
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
    if (index >= w->n)
        return SW_E_NOTFOUND;
    pthread_mutex_lock(&w->lock);
    *ret = w->devices[index].stats;
    pthread_mutex_unlock(&w->lock);
    return SW_OK;
}
