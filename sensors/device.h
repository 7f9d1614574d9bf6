// SPDX-License-Identifier: Apache-2.0
/* One device on a bus: its template, its unit id, which sensors its channels are, and its request plan.
 * Turns replies and failures into readings; asks nothing itself (bus_worker.c does) and looks at no clock. */
#ifndef SW_SENSORS_DEVICE_H
#define SW_SENSORS_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/reading.h"
#include "sensors/driver.h"
#include "sensors/template.h"

#define SW_SENSOR_UNUSED 0xFFFFu /* a channel that is nobody's sensor: its registers are not read */

/** Counts since start. */
struct sw_device_stats {
    uint64_t requests_total; /* sent on the wire, repeats included */
    uint64_t replies_total;  /* understood */
    uint64_t timeouts_total;
    uint64_t protocol_total; /* bad CRC, wrong unit, nonsense */
    uint64_t exceptions_total;
    uint64_t overruns_total;   /* due times that passed while the line was busy: skipped, not made up for */
    uint64_t probes_total;     /* of the requests: asking a silent unit whether it is back */
    uint32_t failures;         /* polls and probes in a row that nobody answered; 0 = it answers */
    int64_t last_reply_utc_us; /* domain UTC; INT64_MIN = never */
    /* First byte of the request to last of the reply, of the last SW_RTT_KEPT replies; -1 = none yet. */
    int32_t rtt_p50_us, rtt_p99_us;
};

#define SW_RTT_KEPT 256

/** The last round trips, oldest overwritten. */
struct sw_rtt {
    uint32_t us[SW_RTT_KEPT];
    uint32_t n; /* ever */
};

void sw_rtt_add(struct sw_rtt *r, int64_t us);
/** The least round trip that at least pct % of those kept do not exceed; -1 = there is none. */
int32_t sw_rtt_percentile(const struct sw_rtt *r, int pct);

struct sw_device {
    char id[SW_ID_SIZE];
    const struct sw_template *template_; /* borrowed: outlives the device */
    const struct sw_driver *driver;
    uint8_t unit_id;
    int64_t interval_us; /* domain time between polls */
    uint16_t *sensor;    /* [n_channels] the reading's `sensor`, or SW_SENSOR_UNUSED */
    struct sw_plan plan;

    /* What the site says of this unit; to be set between init and the worker's start. 0 = nothing. */
    struct sw_serial serial;     /* baud 0 = speaks as the line does */
    int32_t response_timeout_ms; /* 0 = the longer one of bus and template */
    int32_t turnaround_ms;       /* 0 = the template's */
    int32_t retries;             /* after silence; each costs the neighbours two time-outs */

    /* The bus worker's, once it runs; read the statistics through sw_bus_worker_device_stats. */
    struct sw_device_stats stats;
    int64_t due_mono_us;        /* domain */
    int64_t next_probe_real_us; /* while it fails: leave the wire alone until then */
    bool is_back;               /* failed, and has answered a probe: polled when it is due */
    struct sw_rtt rtt;
    struct sw_complaint complaint, refusal; /* "does not answer", "refuses registers" */
    struct sw_complaint note;               /* the driver of the port does not speak as the unit does */
};

/** Fill a device and plan its requests.
 *  @param t            validated; borrowed
 *  @param interval_us  poll interval, domain time; 0 = the template's
 *  @param sensor       [t->n_channels], copied; at least one is not SW_SENSOR_UNUSED
 *  @return SW_OK; SW_E_INVAL; SW_E_NOMEM. Release with sw_device_done, also after a failure. */
int sw_device_init(struct sw_device *d, const char *id, const struct sw_template *t, uint8_t unit_id,
                   int64_t interval_us, const uint16_t *sensor, struct sw_err *err);
void sw_device_done(struct sw_device *d);

/** How long a probe waits for a unit that is silent. A dead one costs its neighbours this each time, and one that has
 *  always answered in 5 ms need not be given 300.
 *  @param full_ms  what a poll waits */
int32_t sw_device_probe_timeout_ms(const struct sw_device *d, int32_t full_ms);

/** Readings of a reply. Quantities that cover an interval get its start: arrival − interval.
 *  @param t_utc_us, t_mono_us  domain time at which the reply arrived
 *  @param ret  [block->n_items]
 *  @return how many readings: block->n_items; SW_E_PROTOCOL the driver cannot make sense of the reply */
int sw_device_decode(const struct sw_device *d, const struct sw_block *block, const uint16_t *regs, int64_t t_utc_us,
                     int64_t t_mono_us, struct sw_reading *ret, struct sw_err *err);

/** Readings without a value for items [first, first + n): 'B' no answer, 'D' the device refuses.
 *  @return n */
int sw_device_missing(const struct sw_device *d, size_t first, size_t n, char flag, int64_t t_utc_us, int64_t t_mono_us,
                      struct sw_reading *ret);

/** The next due time: polls fall on multiples of the interval in domain UTC, so that they meet the edges of windows,
 *  but are kept in the interval clock, so that a stepped wall clock neither doubles nor stalls them.
 *  @param due_mono_us  the due time just served; INT64_MIN at start
 *  @param ret_skipped  due times between that one and the next, which have passed already */
int64_t sw_device_next_due(int64_t due_mono_us, int64_t now_utc_us, int64_t now_mono_us, int64_t interval_us,
                           uint64_t *ret_skipped);

#endif
