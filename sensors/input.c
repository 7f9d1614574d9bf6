// SPDX-License-Identifier: Apache-2.0
/* Debouncing by stable time, counting, and the bound on storms. Everything is decided from the times of the edges: a
 * level that stood long enough before the edge at hand had become the contact's level, however late we hear of it. */
#include "sensors/input.h"

#include <assert.h>
#include <math.h>

#define US_PER_H 3600e6

void sw_input_init(struct sw_input_line *in, const struct sw_input_conf *conf)
{
    assert(conf->burst >= 1 && conf->burst <= SW_INPUT_BURST_MAX);
    *in = (struct sw_input_line){.conf = *conf, .now_us = INT64_MIN};
    sw_input_lose(in);
}

void sw_input_lose(struct sw_input_line *in)
{
    in->raw = in->level = in->told = -1;
    in->is_storming = false;
    in->stable_us = in->change_us = in->now_us;
}

static void add(struct sw_input_event *ret, size_t *n, enum sw_input_event_kind kind, bool is_active, int64_t t_us)
{
    assert(*n < SW_INPUT_EVENTS_MAX);
    ret[(*n)++] = (struct sw_input_event){kind, is_active, t_us};
}

/* The instant of the change that is `back` changes before the newest; INT64_MIN if there were not so many. */
static int64_t change_before(const struct sw_input_line *in, unsigned back)
{
    if (in->changes <= back)
        return INT64_MIN;
    return in->last_us[(in->changes - 1 - back) % in->conf.burst];
}

/* It is calm once the window holds half a burst or less: well below what began the storm, so that it does not flap. */
static int64_t calm_us(const struct sw_input_line *in)
{
    const int64_t since_us = change_before(in, in->conf.burst / 2);

    return since_us == INT64_MIN ? INT64_MIN : since_us + in->conf.window_us;
}

static void tell(struct sw_input_line *in, int64_t t_us, struct sw_input_event *ret, size_t *n)
{
    in->told = in->level;
    add(ret, n, SW_INPUT_CHANGE, in->level == 1, t_us);
}

/* The contact has a new level. */
static void change(struct sw_input_line *in, int64_t t_us, struct sw_input_event *ret, size_t *n)
{
    const bool is_first = in->level < 0;
    const int64_t oldest_us = in->changes >= in->conf.burst ? change_before(in, in->conf.burst - 1) : INT64_MIN;

    in->level = in->raw;
    if (is_first) { /* it was found so: nothing happened */
        tell(in, t_us, ret, n);
        return;
    }
    in->pulses += in->level == 1;
    in->last_us[in->changes++ % in->conf.burst] = t_us;
    if (in->is_storming)
        return;
    if (oldest_us != INT64_MIN && t_us - oldest_us < in->conf.window_us) {
        in->is_storming = true;
        add(ret, n, SW_INPUT_STORM, in->level == 1, t_us);
        return;
    }
    tell(in, t_us, ret, n);
}

/* What became true up to now_us without an edge. */
static void pass(struct sw_input_line *in, int64_t now_us, struct sw_input_event *ret, size_t *n)
{
    if (in->raw != in->level && now_us - in->stable_us >= in->conf.debounce_us)
        change(in, in->stable_us - in->change_us <= in->conf.debounce_us ? in->change_us : in->stable_us, ret, n);
    if (in->is_storming && now_us >= calm_us(in)) {
        const int64_t t_us = calm_us(in);

        in->is_storming = false;
        add(ret, n, SW_INPUT_CALM, in->level == 1, t_us);
        if (in->told != in->level)
            tell(in, t_us, ret, n);
    }
}

size_t sw_input_pass(struct sw_input_line *in, int64_t now_us, struct sw_input_event ret[SW_INPUT_EVENTS_MAX])
{
    size_t n = 0;

    if (now_us > in->now_us)
        in->now_us = now_us;
    pass(in, in->now_us, ret, &n);
    return n;
}

size_t sw_input_edge(struct sw_input_line *in, int64_t t_us, bool is_active,
                     struct sw_input_event ret[SW_INPUT_EVENTS_MAX])
{
    size_t n = 0;

    if (t_us > in->now_us)
        in->now_us = t_us;
    pass(in, in->now_us, ret, &n);
    if (in->raw == in->level && (in->level < 0 || in->now_us - in->stable_us >= in->conf.debounce_us))
        in->change_us = in->now_us; /* a contact at rest begins to move; else it is still bouncing */
    in->stable_us = in->now_us; /* also when the edge between two equal ones was lost: the line did not stand still */
    in->raw = is_active;
    if (in->level < 0 || (in->conf.debounce_us == 0 && in->raw != in->level))
        change(in, in->now_us, ret, &n);
    return n;
}

int64_t sw_input_due_us(const struct sw_input_line *in)
{
    const int64_t stable_us = in->raw != in->level ? in->stable_us + in->conf.debounce_us : INT64_MAX;
    const int64_t calm = in->is_storming ? calm_us(in) : INT64_MAX;

    return stable_us < calm ? stable_us : calm;
}

double sw_input_rain(uint64_t pulses, double mm_per_pulse, int64_t interval_us)
{
    return interval_us > 0 ? (double) pulses * mm_per_pulse * (US_PER_H / (double) interval_us) : NAN;
}
