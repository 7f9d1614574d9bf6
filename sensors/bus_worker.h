// SPDX-License-Identifier: Apache-2.0
/* One thread a bus: asks each device when it is due and posts what came of it to the core.
 * Decides about repeating, pausing and reopening; knows nothing of what readings are judged by. */
#ifndef SW_SENSORS_BUS_WORKER_H
#define SW_SENSORS_BUS_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/err.h"
#include "common/mailbox.h"
#include "sensors/bus.h"
#include "sensors/device.h"

struct sw_bus_worker;

/** Counts since start, and the line's state now. */
struct sw_bus_stats {
    uint64_t polls_total;    /* devices asked (a poll may take several requests) */
    uint64_t readings_total; /* taken by the mailbox */
    uint64_t dropped_total;  /* found no room there */
    uint64_t errors_total;   /* requests that failed, of any kind */
    uint64_t timeouts_total; /* of these: nobody answered */
    uint64_t overruns_total; /* due times that passed while the line was busy */
    uint64_t opens_total;    /* times the line was opened */
    bool is_open;
    uint32_t devices_failing; /* do not answer now */
};

/** Start. Never waits for the line: an absent port or unit is retried for ever, with growing pauses, and its devices'
 *  readings come with flag B meanwhile.
 *  @param devices   [n] initialised; the worker's until sw_bus_worker_stop, and still the caller's to release after
 *  @param clock     borrowed
 *  @param readings  of struct sw_reading; borrowed. One post a reply, not urgent.
 *  @return SW_OK; SW_E_INVAL line settings or a unit id; SW_E_NOMEM; SW_E_IO no thread */
int sw_bus_worker_start(const struct sw_bus_params *p, struct sw_device *devices, size_t n,
                        const struct sw_clock *clock, struct sw_mailbox *readings, struct sw_bus_worker **ret,
                        struct sw_err *err);

/** Stop after the request under way, close the line, free. NULL is fine; always returns NULL. */
struct sw_bus_worker *sw_bus_worker_stop(struct sw_bus_worker *w);

/* Any thread. */
int64_t sw_bus_worker_age_us(const struct sw_bus_worker *w); /* real time since its last heartbeat */
void sw_bus_worker_stats(struct sw_bus_worker *w, struct sw_bus_stats *ret);
/** @return SW_OK; SW_E_NOTFOUND there is no such device */
int sw_bus_worker_device_stats(struct sw_bus_worker *w, size_t index, struct sw_device_stats *ret);

#endif
