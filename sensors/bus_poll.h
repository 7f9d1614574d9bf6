// SPDX-License-Identifier: Apache-2.0
/* Inside the bus worker: what its parts share. bus_worker.c is the thread, bus_sched.c says what is next, bus_poll.c
 * asks one device for its values, bus_probe.c sends one request and asks whether a unit is back, bus_write.c carries
 * out orders. Nobody else includes this. */
#ifndef SW_SENSORS_BUS_POLL_H
#define SW_SENSORS_BUS_POLL_H

#include <pthread.h>

#include "common/log.h"
#include "common/worker.h"
#include "sensors/bus_sched.h"
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
    struct sw_reading *out;     /* room for every value of the largest device */

    int64_t next_open_us;                     /* real: the line stays closed until then */
    uint32_t line_failures;                   /* in a row: opens that failed, and lines lost before any answer */
    struct sw_complaint line_complaint, note; /* the line is gone; it is there and cannot do all that was asked */
    struct sw_complaint foreign;              /* somebody else speaks on it */
    bool has_just_written;

    int wake_fd;          /* an order or a pause: whoever sleeps, look again */
    pthread_mutex_t lock; /* everything below: and the devices' statistics, which this thread writes and any reads */
    struct sw_bus_stats stats;
    struct sw_bus_write queue[SW_BUS_WRITES_MAX]; /* from first, n_queue of them */
    size_t first, n_queue;
    int64_t pause_until_us; /* real */
    bool is_paused;         /* the line was let go */
};

/** What became of a request. */
enum sw_bus_outcome {
    SW_BLOCK_READ,     /* the values are there */
    SW_BLOCK_NONSENSE, /* an answer that was none, twice */
    SW_BLOCK_NO_VALUE, /* the unit lives and says that it cannot tell */
    SW_BLOCK_REFUSED,  /* exception 02 or 03: registers that are not there */
    SW_BLOCK_SILENT,   /* nobody answered */
    SW_BLOCK_NO_LINE,  /* the line is gone */
    SW_BLOCK_PAUSED,   /* the line is somebody else's now */
};

/* Worker thread only. */

/** Ask a device for all its values. Each of them yields a reading, whatever happens. */
void sw_bus_poll_device(struct sw_bus_worker *w, struct sw_device *d);

/** Its turn passes without a request: a reading without a value for each. */
void sw_bus_miss_device(struct sw_bus_worker *w, struct sw_device *d);

/** One cheap request. @return whether the unit is back; its poll is then due */
bool sw_bus_probe_device(struct sw_bus_worker *w, struct sw_device *d);

/** One request, with the repeats that it deserves; counts, complains and keeps the device's failures.
 *  @param ret_times  set with READ */
enum sw_bus_outcome sw_bus_ask(struct sw_bus_worker *w, struct sw_device *d, const struct sw_block *block,
                               uint16_t *regs, struct sw_bus_times *ret_times);

/** Its back-off is over: the device's values were read. */
void sw_bus_device_answered(struct sw_bus_worker *w, struct sw_device *d, int64_t t_utc_us);

/** Open it if it is closed and its time has come. */
bool sw_bus_open_line(struct sw_bus_worker *w);
void sw_bus_line_failed(struct sw_bus_worker *w, const struct sw_err *err);
/** Somebody answered, whatever he said: the line is good. */
void sw_bus_line_works(struct sw_bus_worker *w);

/** Carry out the oldest order, if there is one and the pause allows. @return whether there was one */
bool sw_bus_write_one(struct sw_bus_worker *w);

bool sw_bus_wants_pause(struct sw_bus_worker *w);
struct sw_sched_now sw_bus_now(const struct sw_bus_worker *w);
void sw_bus_wake(struct sw_bus_worker *w); /* any thread */

#endif
