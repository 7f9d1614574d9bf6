// SPDX-License-Identifier: Apache-2.0
/* How likely is it that the limit is crossed within ten minutes? A small model of one noise sensor that learns from the
 * sensor's own past: scored whenever asked, learned every minute, sane on its first day. What it is and what it can do:
 * docs/explanation/forecast.md. Pure; fixed-order arithmetic, so that a replay repeats it. No allocation. */
#ifndef SW_RULES_P5_H
#define SW_RULES_P5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "rules/ring.h"

struct sw_p5; /* one a noise sensor: some kilobytes */

struct sw_p5 *sw_p5_new(void);             /* NULL = no memory */
struct sw_p5 *sw_p5_free(struct sw_p5 *p); /* NULL is fine; always returns NULL */

/** A counted level (hundredths of dB) whose interval starts at t_us; t_us never runs backwards. Earlier ones than the
 *  model has got to are ignored: after a restart the same readings may be given again. Readings of more than 5 min say
 *  nothing about the next 5 and are ignored, too. */
void sw_p5_level(struct sw_p5 *p, int64_t t_us, int64_t interval_us, int32_t level);

/** Time without a level passes too: it makes the newest level old, and changes nothing else (what is learned depends on
 *  the levels alone). */
void sw_p5_tick(struct sw_p5 *p, int64_t now_us);

/** A sliding window and its limit as they stand now. */
struct sw_p5_question {
    sw_i128 energy;       /* of the counted readings in the window now (weights of the ring) */
    sw_i128 energy_leave; /* its part that leaves within 5 min */
    uint32_t n;           /* counted readings in the window 5 min from now, if all that come count */
    uint32_t n_in;        /* readings of 5 min */
    sw_i128 limit_energy; /* least mean weight that is over the limit */
};

/** @return 0 … 1, in steps of 0.001; 1 if it is certain. NaN before the first 20 minutes are known, if more than 5 of
 * the last 20 have no level, and when the newest level is older than three intervals and 60 s. */
double sw_p5_probability(const struct sw_p5 *p, const struct sw_p5_question *q);

/** The whole state as text, and back. Bounded by SW_P5_STATE_MAX. @return length, 0 = does not fit */
#define SW_P5_STATE_MAX 32768
size_t sw_p5_write(const struct sw_p5 *p, char *buf, size_t cap);
int sw_p5_read(struct sw_p5 *p, const char *text, size_t len, struct sw_err *err);

/** Readings from here on are needed after sw_p5_read of what sw_p5_write gives now; INT64_MIN = it knows nothing. */
int64_t sw_p5_needs_from(const struct sw_p5 *p);

#endif
