// SPDX-License-Identifier: Apache-2.0
/* What a bus does next, as a function of time: pure, so that back-off, due times, probes, orders and pauses are tested
 * without a clock. The thread that sleeps and asks is bus_worker.c.
 *
 * Two times: polls fall due in domain time, which may run faster; silence, probes and the line live in real time. */
#ifndef SW_SENSORS_BUS_SCHED_H
#define SW_SENSORS_BUS_SCHED_H

#include "common/clock.h"
#include "sensors/device.h"

struct sw_sched_now {
    int64_t utc_us, mono_us; /* domain */
    int64_t real_us;         /* CLOCK_MONOTONIC */
};

/** What the line allows. */
struct sw_sched_line {
    bool is_usable;         /* open, or may be opened now; not paused */
    int64_t usable_from_us; /* real; while it is not: when to look again */
    bool has_write;         /* an order waits */
    bool has_just_written;  /* then somebody else comes first: orders do not keep polls from the line */
};

enum sw_sched_what {
    SW_SCHED_WAIT,  /* nothing until until_real_us */
    SW_SCHED_WRITE, /* the oldest order */
    SW_SCHED_MISS,  /* the device is due, and its turn passes without a request: no line, or it rests */
    SW_SCHED_PROBE, /* the device was silent: see whether it is back */
    SW_SCHED_POLL,
};

struct sw_sched_step {
    enum sw_sched_what what;
    size_t device;
    int64_t until_real_us;
};

/** The first due times. */
void sw_sched_begin(struct sw_device *devices, size_t n, const struct sw_sched_now *now);

/** What is next: whoever has waited longest. */
struct sw_sched_step sw_sched_next(const struct sw_device *devices, size_t n, const struct sw_sched_line *line,
                                   const struct sw_clock *clock, const struct sw_sched_now *now);

/** A device's turn is over, asked or missed. @return due times that passed meanwhile: skipped, not made up for */
uint64_t sw_sched_served(struct sw_device *d, const struct sw_sched_now *now);

/** Nobody answered: the next probe is backoff_us · failures away, 5 minutes at most. */
void sw_sched_silent(struct sw_device *d, int64_t backoff_us, int64_t real_us);

/** It answered a probe: due after a pause in which late replies may still come, 0 = now. */
void sw_sched_is_back(struct sw_device *d, int64_t pause_domain_us, const struct sw_sched_now *now);

/** It answered. If everybody had been silent it may have been the line, so the others are probed now.
 *  @return whether it had been silent */
bool sw_sched_answered(struct sw_device *devices, size_t n, struct sw_device *d, int64_t real_us);

#endif
