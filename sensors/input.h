// SPDX-License-Identifier: Apache-2.0
/* What a contact says, out of the edges of its line: debounced changes, counted pulses, storms bounded.
 * Pure: no I/O, no clock, no memory; times are whatever microseconds the caller counts in. Edges are judged by their
 * own times, so that handling them late changes nothing. What a change means is the engine's business. */
#ifndef SW_SENSORS_INPUT_H
#define SW_SENSORS_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SW_INPUT_BURST_MAX 32 /* ceiling of sw_input_conf.burst */
#define SW_INPUT_EVENTS_MAX 3 /* of one call */

struct sw_input_conf {
    int64_t debounce_us; /* a level counts once it has stood so long; 0 = every edge counts */
    unsigned burst;      /* changes that are told within the window, 1 … SW_INPUT_BURST_MAX; more are a storm */
    int64_t window_us;
};

enum sw_input_event_kind {
    SW_INPUT_CHANGE, /* the contact has another level, since t_us */
    SW_INPUT_STORM,  /* too many changes: from here on they are only counted */
    SW_INPUT_CALM,   /* the storm is over; a CHANGE follows if the level is not that of before it */
};

struct sw_input_event {
    enum sw_input_event_kind kind;
    bool is_active;
    int64_t t_us; /* of a change: its first edge, not the end of the debounce time; after a chatter that lasted longer
                     than a bounce, its last edge */
};

struct sw_input_line {
    struct sw_input_conf conf;
    int8_t raw, level, told; /* of the line, of the contact, as told; -1 = not known yet */
    bool is_storming;
    int64_t now_us;                      /* never runs back */
    int64_t stable_us;                   /* since when the line is at `raw` */
    int64_t change_us;                   /* first edge away from `level`; meaningful while raw != level */
    uint64_t pulses;                     /* times that the contact became active: also those of a storm */
    uint64_t changes;                    /* of its level, told or not */
    int64_t last_us[SW_INPUT_BURST_MAX]; /* the newest changes, at changes % burst */
};

void sw_input_init(struct sw_input_line *in, const struct sw_input_conf *conf);

/** The line changed, or its level was read and may have changed. The first level after sw_input_init or sw_input_lose
 *  counts at once: there is nothing to bounce away from.
 *  @param t_us  of the edge; an earlier one than the last counts as that
 *  @return how many of ret[] are filled, in order of time */
size_t sw_input_edge(struct sw_input_line *in, int64_t t_us, bool is_active,
                     struct sw_input_event ret[SW_INPUT_EVENTS_MAX]);

/** Time has passed without an edge. */
size_t sw_input_pass(struct sw_input_line *in, int64_t now_us, struct sw_input_event ret[SW_INPUT_EVENTS_MAX]);

/** When sw_input_pass will have something to do if no edge comes; INT64_MAX = never. */
int64_t sw_input_due_us(const struct sw_input_line *in);

/** The line is gone: nothing is known of its level any more. Counts go on where they were. */
void sw_input_lose(struct sw_input_line *in);

/** What a tipping-bucket gauge says of an interval. @return mm/h; NaN for an empty interval */
double sw_input_rain(uint64_t pulses, double mm_per_pulse, int64_t interval_us);

#endif
