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

#define SW_BUS_WRITES_MAX 16 /* orders that may wait */

struct sw_bus_worker;

/** Counts since start, and the line's state now. */
struct sw_bus_stats {
    uint64_t polls_total;    /* devices asked (a poll may take several requests) */
    uint64_t readings_total; /* taken by the mailbox */
    uint64_t dropped_total;  /* found no room there */
    uint64_t errors_total;   /* requests that failed, of any kind */
    uint64_t timeouts_total; /* of these: nobody answered */
    uint64_t overruns_total; /* due times that passed while the line was busy */
    uint64_t foreign_total;  /* frames that answered something else: late replies, a second master */
    uint64_t writes_total;   /* orders carried out, whatever came of them */
    uint64_t opens_total;    /* times the line was opened */
    bool is_open, is_paused;
    uint32_t devices_failing;                     /* do not answer now */
    char why[sizeof(((struct sw_err *) 0)->msg)]; /* it could not be opened when last tried; "" = it could */
};

/** An order to write, given between two polls. */
struct sw_bus_write {
    uint32_t id; /* the caller's */
    uint8_t unit_id;
    uint8_t fc; /* 5 one coil, 6 one register, 15 coils, 16 registers */
    uint16_t reg_addr, nb;
    uint16_t values[SW_BUS_WRITE_MAX]; /* [nb]; a coil is 0 or 1 */
};

/** What became of it: the truth as read back from the unit, not what was hoped for. */
enum sw_bus_written_how {
    SW_WRITTEN,         /* accepted, and reads back as written */
    SW_WRITTEN_DIFFERS, /* accepted, but reads back otherwise */
    SW_WRITTEN_UNREAD,  /* accepted; the unit refuses to have it read back */
    SW_WRITTEN_REFUSED, /* exception */
    SW_WRITTEN_SILENT,  /* nobody answered, now or when it was read back: it may or may not have happened */
    SW_WRITTEN_NO_LINE, /* the line is not there, or paused: it was not sent */
};
struct sw_bus_written {
    uint32_t id;
    enum sw_bus_written_how how;
    int64_t start_utc_us, end_utc_us; /* domain */
    uint16_t nb;
    uint16_t read[SW_BUS_WRITE_MAX]; /* [nb] with WRITTEN and DIFFERS */
    char why[160];                   /* in words; "" when all is well */
};

/** Start. Never waits for the line: an absent port or unit is retried for ever, with growing pauses, and its devices'
 *  readings come with flag B meanwhile.
 *  @param devices   [n] initialised, n ≥ 1 or something may be written; the worker's until sw_bus_worker_stop, and
 * still the caller's to release after
 *  @param clock     borrowed
 *  @param readings  of struct sw_reading; borrowed. One post a reply, not urgent.
 *  @param written   of struct sw_bus_written; borrowed. NULL: nothing is ever written
 *  @return SW_OK; SW_E_INVAL line settings or a unit id; SW_E_NOMEM; SW_E_IO no thread */
int sw_bus_worker_start(const struct sw_bus_params *p, struct sw_device *devices, size_t n,
                        const struct sw_clock *clock, struct sw_mailbox *readings, struct sw_mailbox *written,
                        struct sw_bus_worker **ret, struct sw_err *err);

/** Stop after the request under way, close the line, free. NULL is fine; always returns NULL. */
struct sw_bus_worker *sw_bus_worker_stop(struct sw_bus_worker *w);

/* Any thread. */

/** Give an order. It is carried out after the request under way, once, and answered in `written`.
 *  @return SW_OK; SW_E_FULL too many orders wait; SW_E_INVAL; SW_E_DENIED the worker has no `written` */
int sw_bus_worker_write(struct sw_bus_worker *w, const struct sw_bus_write *write);

/** Close the line and leave it to somebody else (a scan) until then; each call replaces the one before, an instant that
 *  has passed ends the pause. Readings meanwhile come with flag M: the unit is not to blame. */
void sw_bus_worker_pause(struct sw_bus_worker *w, int64_t until_real_us);
/** Has the worker let go of the line, as asked? */
bool sw_bus_worker_is_paused(struct sw_bus_worker *w);

int64_t sw_bus_worker_age_us(const struct sw_bus_worker *w); /* real time since its last heartbeat */
void sw_bus_worker_stats(struct sw_bus_worker *w, struct sw_bus_stats *ret);
/** @return SW_OK; SW_E_NOTFOUND there is no such device */
int sw_bus_worker_device_stats(struct sw_bus_worker *w, size_t index, struct sw_device_stats *ret);

#endif
