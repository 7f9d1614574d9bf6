// SPDX-License-Identifier: Apache-2.0
/* Devices: replies and failures become readings. */
#include "sensors/device.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sw_rtt_add(struct sw_rtt *r, int64_t us)
{
    r->us[r->n % SW_RTT_KEPT] = (uint32_t) SW_MIN(SW_MAX(us, (int64_t) 0), (int64_t) INT32_MAX);
    r->n = r->n == UINT32_MAX ? SW_RTT_KEPT : r->n + 1; /* only "all are filled" must hold after the wrap */
}

static int by_length(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *) left, b = *(const uint32_t *) right;

    return (a > b) - (a < b);
}

int32_t sw_rtt_percentile(const struct sw_rtt *r, int pct)
{
    uint32_t sorted[SW_RTT_KEPT];
    const size_t n = SW_MIN(r->n, (uint32_t) SW_RTT_KEPT);

    if (n == 0)
        return -1;
    memcpy(sorted, r->us, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), by_length);
    return (int32_t) sorted[SW_MAX((n * (size_t) pct + 99) / 100, (size_t) 1) - 1];
}

#define PROBE_RTT_FACTOR 4      /* a probe waits for so many of the unit's slowest round trips, */
#define PROBE_TIMEOUT_MIN_MS 50 /* no less than this, */
#define PROBE_RTTS_MIN 32       /* once so many are known, */
#define PROBE_FULL_EVERY 4      /* and each fourth time as long as for a poll: the unit may have become slower */

int32_t sw_device_probe_timeout_ms(const struct sw_device *d, int32_t full_ms)
{
    const int64_t slow_us = PROBE_RTT_FACTOR * (int64_t) sw_rtt_percentile(&d->rtt, 99);

    if (d->rtt.n < PROBE_RTTS_MIN || d->stats.failures % PROBE_FULL_EVERY == 0)
        return full_ms;
    return (int32_t) SW_MIN(SW_MAX(slow_us / SW_US_PER_MS + 1, (int64_t) PROBE_TIMEOUT_MIN_MS), (int64_t) full_ms);
}

/** An interval's stamp may lie this share of it before the multiple and still be the multiple's: a wall clock that is
 *  being slewed must not ask for two polls in a row. */
#define SLEW_SHARE 8

static int plan_requests(struct sw_device *d, struct sw_err *err)
{
    const struct sw_template *t = d->template_;
    bool is_used[SW_TEMPLATE_CHANNELS_MAX];
    size_t n = 0;
    int rc;

    for (size_t c = 0; c < t->n_channels; c++) {
        is_used[c] = d->sensor[c] != SW_SENSOR_UNUSED;
        n += is_used[c] ? t->channels[c].n_values : 0;
    }
    if (n == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "device %s: none of its channels is a sensor", d->id);
    rc = sw_plan_init(&d->plan, n, t->max_gap, t->max_block, err);
    if (rc == SW_OK)
        rc = d->driver->plan(t, is_used, &d->plan, err);
    if (rc < 0)
        return sw_err_prefix(err, "device %s", d->id);
    sw_plan_build(&d->plan, SW_PLAN_GAPS);
    return SW_OK;
}

int sw_device_init(struct sw_device *d, const char *id, const struct sw_template *t, uint8_t unit_id,
                   int64_t interval_us, const uint16_t *sensor, struct sw_err *err)
{
    *d = (struct sw_device){.template_ = t, .driver = sw_driver_find(t->driver), .unit_id = unit_id};
    snprintf(d->id, sizeof(d->id), "%s", id);
    d->interval_us = interval_us > 0 ? interval_us : t->interval_ms * SW_US_PER_MS;
    d->stats.last_reply_utc_us = INT64_MIN;
    d->stats.rtt_p50_us = d->stats.rtt_p99_us = -1;
    d->due_mono_us = INT64_MIN;
    if (!d->driver)
        return sw_err_set(err, SW_E_INVAL, 0, "device %s: there is no driver \"%s\"", id, t->driver);
    if (d->interval_us <= 0 || t->n_channels < 1 || t->n_channels > SW_TEMPLATE_CHANNELS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "device %s: template %s has no interval or no channels", id, t->id);
    d->sensor = malloc(t->n_channels * sizeof(*d->sensor));
    if (!d->sensor)
        return sw_err_set(err, SW_E_NOMEM, 0, "device %s: no memory", id);
    memcpy(d->sensor, sensor, t->n_channels * sizeof(*d->sensor));
    return plan_requests(d, err);
}

void sw_device_done(struct sw_device *d)
{
    sw_plan_done(&d->plan);
    free(d->sensor);
    d->sensor = NULL;
}

#define STAMP_US 1000

static int64_t down_to_stamp(int64_t t_us)
{
    return t_us - (t_us % STAMP_US + STAMP_US) % STAMP_US;
}

/* Readings are stamped in whole milliseconds: a bus is no more exact than that, everything behind it counts in them,
 * and each stored microsecond of chance would cost more than the value. What lies between the two clocks is rounded
 * too, so that it stays the same from reading to reading while neither clock is set. */
static struct sw_reading reading_of(const struct sw_device *d, const struct sw_item *item, struct sw_value value,
                                    int64_t t_utc_us, int64_t t_mono_us)
{
    const int64_t back_us = sw_quantity_info(item->quantity)->integrates ? d->interval_us : 0;
    const int64_t offset_us = down_to_stamp(t_utc_us - t_mono_us + STAMP_US / 2);

    t_utc_us = down_to_stamp(t_utc_us);
    t_mono_us = t_utc_us - offset_us;

    return (struct sw_reading){.t_utc_us = t_utc_us - back_us,
                               .t_mono_us = t_mono_us - back_us,
                               .value = value.value,
                               .sensor = d->sensor[item->channel],
                               .quantity = item->quantity,
                               .time_quality = SW_TIME_SYNCED, /* the worker, which knows the clock, says otherwise */
                               .flag = value.flag};
}

int sw_device_decode(const struct sw_device *d, const struct sw_block *block, const uint16_t *regs, int64_t t_utc_us,
                     int64_t t_mono_us, struct sw_reading *ret, struct sw_err *err)
{
    struct sw_value values[SW_TEMPLATE_CHANNELS_MAX * SW_CHANNEL_VALUES_MAX];
    const int rc = d->driver->decode(d->template_, &d->plan, block, regs, values, err);

    if (rc < 0)
        return rc;
    for (size_t i = 0; i < block->n_items; i++)
        ret[i] = reading_of(d, &d->plan.items[block->first_item + i], values[i], t_utc_us, t_mono_us);
    return block->n_items;
}

int sw_device_missing(const struct sw_device *d, size_t first, size_t n, char flag, int64_t t_utc_us, int64_t t_mono_us,
                      struct sw_reading *ret)
{
    const struct sw_value none = {NAN, flag};

    for (size_t i = 0; i < n; i++)
        ret[i] = reading_of(d, &d->plan.items[first + i], none, t_utc_us, t_mono_us);
    return (int) n;
}

int64_t sw_device_next_due(int64_t due_mono_us, int64_t now_utc_us, int64_t now_mono_us, int64_t interval_us,
                           uint64_t *ret_skipped)
{
    const int64_t shifted_us = now_utc_us + interval_us / SLEW_SHARE;
    const int64_t into_us = ((shifted_us % interval_us) + interval_us) % interval_us;
    const int64_t next_mono_us = now_mono_us + (shifted_us - into_us + interval_us - now_utc_us);

    *ret_skipped = 0;
    if (due_mono_us != INT64_MIN && next_mono_us > due_mono_us) {
        const int64_t passed = (next_mono_us - due_mono_us + interval_us / 2) / interval_us;

        *ret_skipped = passed > 1 ? (uint64_t) (passed - 1) : 0;
    }
    return next_mono_us;
}
