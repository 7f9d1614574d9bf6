// SPDX-License-Identifier: Apache-2.0
/* What a bus does next. */
#include "sensors/bus_sched.h"

#define BACKOFF_MAX_US (300 * SW_US_PER_S)

void sw_sched_begin(struct sw_device *devices, size_t n, const struct sw_sched_now *now)
{
    for (size_t i = 0; i < n; i++)
        sw_sched_served(&devices[i], now);
}

uint64_t sw_sched_served(struct sw_device *d, const struct sw_sched_now *now)
{
    uint64_t skipped;

    d->due_mono_us = sw_device_next_due(d->due_mono_us, now->utc_us, now->mono_us, d->interval_us, &skipped);
    return skipped;
}

void sw_sched_silent(struct sw_device *d, int64_t backoff_us, int64_t real_us)
{
    d->stats.failures += d->stats.failures < UINT32_MAX ? 1 : 0;
    d->is_back = false;
    d->next_probe_real_us =
        real_us + (backoff_us > BACKOFF_MAX_US / d->stats.failures ? BACKOFF_MAX_US : backoff_us * d->stats.failures);
}

void sw_sched_is_back(struct sw_device *d, int64_t pause_domain_us, const struct sw_sched_now *now)
{
    d->is_back = true;
    d->due_mono_us = now->mono_us + pause_domain_us;
}

bool sw_sched_answered(struct sw_device *devices, size_t n, struct sw_device *d, int64_t real_us)
{
    const bool was_silent = d->stats.failures > 0;
    bool were_all = was_silent;

    for (size_t i = 0; i < n && were_all; i++)
        were_all = devices[i].stats.failures > 0;
    for (size_t i = 0; i < n && were_all; i++)
        devices[i].next_probe_real_us = SW_MIN(devices[i].next_probe_real_us, real_us);
    d->stats.failures = 0;
    d->is_back = false;
    return was_silent;
}

/** How long a device has been ready for something, real time; negative: it will be in so long. */
struct turn {
    enum sw_sched_what what;
    int64_t late_us;
};

static struct turn turn_of(const struct sw_device *d, const struct sw_sched_line *line, const struct sw_clock *clock,
                           const struct sw_sched_now *now)
{
    const int64_t ahead_us = d->due_mono_us - now->mono_us;
    const int64_t due_late_us =
        ahead_us > 0 ? -sw_clock_real_interval_us(clock, ahead_us) : sw_clock_real_interval_us(clock, -ahead_us);
    const bool is_resting = d->stats.failures > 0 && !d->is_back;
    const int64_t probe_us =
        line->is_usable ? d->next_probe_real_us : SW_MAX(d->next_probe_real_us, line->usable_from_us);
    const int64_t probe_late_us = now->real_us - probe_us;

    if (!line->is_usable && due_late_us >= 0)
        return (struct turn){SW_SCHED_MISS, due_late_us};
    if (!is_resting)
        return (struct turn){SW_SCHED_POLL, due_late_us};
    if (probe_late_us >= 0 && line->is_usable)
        return (struct turn){SW_SCHED_PROBE, probe_late_us};
    if (due_late_us >= 0 || due_late_us >= probe_late_us)
        return (struct turn){SW_SCHED_MISS, due_late_us};
    return (struct turn){SW_SCHED_PROBE, SW_MIN(probe_late_us, (int64_t) -1)};
}

struct sw_sched_step sw_sched_next(const struct sw_device *devices, size_t n, const struct sw_sched_line *line,
                                   const struct sw_clock *clock, const struct sw_sched_now *now)
{
    struct turn best = {SW_SCHED_WAIT, INT64_MIN};
    size_t device = 0;

    for (size_t i = 0; i < n; i++) {
        const struct turn turn = turn_of(&devices[i], line, clock, now);

        if (turn.what == SW_SCHED_MISS && turn.late_us >= 0) /* takes no time: at once */
            return (struct sw_sched_step){.what = SW_SCHED_MISS, .device = i};
        if (best.what == SW_SCHED_WAIT || turn.late_us > best.late_us) {
            best = turn;
            device = i;
        }
    }
    if (line->has_write && (!line->has_just_written || best.late_us < 0))
        return (struct sw_sched_step){.what = SW_SCHED_WRITE};
    if (best.late_us >= 0)
        return (struct sw_sched_step){.what = best.what, .device = device};
    return (struct sw_sched_step){
        .what = SW_SCHED_WAIT,
        .until_real_us = best.what == SW_SCHED_WAIT ? INT64_MAX : now->real_us - best.late_us,
    };
}
