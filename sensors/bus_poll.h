// SPDX-License-Identifier: Apache-2.0
/* Inside the bus worker: what its two halves share. bus_poll.c asks one device, bus_worker.c says when.
 * Nobody else includes this. */
#ifndef SW_SENSORS_BUS_POLL_H
#define SW_SENSORS_BUS_POLL_H

#include <pthread.h>

#include "common/log.h"
#include "common/worker.h"
#include "sensors/bus_worker.h"

struct sw_bus_worker {
    struct sw_worker *handle; /* the caller's: who starts and stops */
    struct sw_worker *thread; /* the same, for the thread itself */
    struct sw_bus *bus;
    struct sw_bus_params params;
    struct sw_device *devices; /* [n] borrowed */
    size_t n;
    const struct sw_clock *clock;
    struct sw_mailbox *readings;
    struct sw_mailbox *written; /* NULL: nothing is written */
    struct sw_reading *out; /* room for every value of the largest device */

    int64_t next_open_us;   /* real: the line stays closed until then */
    uint32_t line_failures; /* in a row: opens that failed, and lines lost before any answer */
    struct sw_complaint line_complaint;

    pthread_mutex_t lock; /* the counts: this thread writes, any thread reads */
    struct sw_bus_stats stats;
};

/** Ask a device for all its values, or leave it in peace if it rests or the line is gone. Either way each of its
 *  values yields a reading. Worker thread only. */
void sw_bus_poll_device(struct sw_bus_worker *w, struct sw_device *d);

#endif
