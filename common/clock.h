// SPDX-License-Identifier: Apache-2.0
/* The domain's clock: real, or affine for a simulated site. Every domain time and poll interval goes through it;
 * wire timing, MQTT keep-alive, HTTP and the watchdog use the real clock. */
#ifndef SW_COMMON_CLOCK_H
#define SW_COMMON_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/reading.h"

/** domain = epoch + (monotonic − origin) × speed when simulated, else the machine's own clocks. */
struct sw_clock {
    bool simulated;
    double speed;      /* > 0; 1 when not simulated */
    int64_t epoch_us;  /* domain UTC at the origin */
    int64_t origin_us; /* machine's CLOCK_MONOTONIC at the origin */
};

/** The machine's own clock. */
void sw_clock_init_real(struct sw_clock *c);

/** A simulated clock. @return SW_OK; SW_E_INVAL when speed is not in 0.001 … 100000. */
int sw_clock_init_simulated(struct sw_clock *c, int64_t epoch_us, double speed, int64_t origin_us, struct sw_err *err);

int64_t sw_clock_utc_us(const struct sw_clock *c);  /* domain UTC now */
int64_t sw_clock_mono_us(const struct sw_clock *c); /* domain interval clock now */

/** Whether somebody keeps the machine's clock right (a network's time, a receiver), by what the kernel knows. A clock
 *  that was set by hand or by its battery, and one of which the kernel does not tell, is unsynced; a simulated one is
 *  synced. Any thread. */
enum sw_time_quality sw_clock_quality(const struct sw_clock *c);

/** What both domain clocks show at an instant of the real monotonic clock: past or just ahead. */
void sw_clock_at(const struct sw_clock *c, int64_t real_mono_us, int64_t *ret_utc_us, int64_t *ret_mono_us);

/** Real microseconds that a domain interval lasts (at least 0). */
int64_t sw_clock_real_interval_us(const struct sw_clock *c, int64_t domain_us);

/** CLOCK_MONOTONIC of the machine, microseconds: for wire timing and heartbeats. */
int64_t sw_mono_real_us(void);

#endif
