// SPDX-License-Identifier: Apache-2.0
/* One request of the bus worker: the line it needs, the repeats it deserves, what its outcome says about the unit.
 * The rules kept here:
 *   - a silent unit costs the others one time-out a probe, and probes grow rarer;
 *   - a lost line is opened again, for ever, with growing pauses;
 *   - after silence nothing is asked again before a late reply has had its time: see docs/explanation/bus.md. */
#include "sensors/bus_poll.h"

#include <errno.h>
#include <string.h>

#define PROBE_BACKOFF_MS 2000
#define REOPEN_BACKOFF_MS 100
#define REOPEN_BACKOFF_MAX_US (10 * SW_US_PER_S)

enum { ILLEGAL_ADDRESS = 2, ILLEGAL_VALUE = 3, GATEWAY_PATH = 10, GATEWAY_TARGET = 11 }; /* exceptions */

/* The line */

static int64_t reopen_pause_us(const struct sw_bus_worker *w)
{
    int64_t pause_us =
        (w->params.reopen_backoff_ms > 0 ? w->params.reopen_backoff_ms : REOPEN_BACKOFF_MS) * SW_US_PER_MS;

    for (uint32_t i = 1; i < w->line_failures && pause_us < REOPEN_BACKOFF_MAX_US; i++)
        pause_us *= 2;
    return SW_MIN(pause_us, REOPEN_BACKOFF_MAX_US);
}

void sw_bus_line_failed(struct sw_bus_worker *w, const struct sw_err *err)
{
    const int64_t now_us = sw_mono_real_us();

    w->line_failures += w->line_failures < UINT32_MAX ? 1 : 0;
    w->next_open_us = now_us + reopen_pause_us(w);
    sw_complain(&w->line_complaint, now_us, SW_LOG_WARNING, "%s; trying again", err->msg);
}

void sw_bus_line_works(struct sw_bus_worker *w)
{
    if (w->line_failures > 0)
        sw_complain_clear(&w->line_complaint, SW_LOG_NOTICE, "bus %s: the line is back", w->params.id);
    w->line_failures = 0;
}

bool sw_bus_wants_pause(struct sw_bus_worker *w)
{
    bool wants;

    pthread_mutex_lock(&w->lock);
    wants = w->is_paused || sw_mono_real_us() < w->pause_until_us;
    pthread_mutex_unlock(&w->lock);
    return wants;
}

bool sw_bus_open_line(struct sw_bus_worker *w)
{
    char note[400];
    struct sw_err err = {0};
    int rc;

    if (sw_bus_wants_pause(w))
        return false;
    if (sw_bus_is_open(w->bus))
        return true;
    if (sw_mono_real_us() < w->next_open_us)
        return false;
    sw_worker_beat(w->thread);
    rc = sw_bus_open(w->bus, &err);
    if (rc < 0)
        sw_bus_line_failed(w, &err);
    if (sw_bus_take_note(w->bus, note, sizeof(note)))
        sw_complain(&w->note, sw_mono_real_us(), SW_LOG_WARNING, "%s", note);
    pthread_mutex_lock(&w->lock);
    w->stats.opens_total += rc == SW_OK ? 1 : 0;
    memcpy(w->stats.why, err.msg, sizeof(err.msg));
    pthread_mutex_unlock(&w->lock);
    return rc == SW_OK;
}

/* One request */

static void count_request(struct sw_bus_worker *w, struct sw_device *d, int rc, const struct sw_bus_times *times)
{
    pthread_mutex_lock(&w->lock);
    d->stats.requests_total++;
    d->stats.replies_total += rc == SW_OK ? 1 : 0;
    d->stats.timeouts_total += rc == SW_E_TIMEOUT ? 1 : 0;
    d->stats.protocol_total += rc == SW_E_PROTOCOL ? 1 : 0;
    d->stats.exceptions_total += rc == SW_E_EXCEPTION ? 1 : 0;
    if (rc == SW_OK || rc == SW_E_EXCEPTION)
        sw_rtt_add(&d->rtt, times->end_us - times->start_us);
    w->stats.errors_total += rc != SW_OK ? 1 : 0;
    w->stats.timeouts_total += rc == SW_E_TIMEOUT ? 1 : 0;
    w->stats.foreign_total = sw_bus_foreign_total(w->bus);
    pthread_mutex_unlock(&w->lock);
}

static int32_t timeout_ms(const struct sw_bus_worker *w, const struct sw_device *d)
{
    const int32_t bus_ms =
        w->params.response_timeout_ms > 0 ? w->params.response_timeout_ms : SW_BUS_RESPONSE_TIMEOUT_MS;

    return d->response_timeout_ms > 0 ? d->response_timeout_ms : SW_MAX(bus_ms, d->template_->response_timeout_ms);
}

struct question {
    const struct sw_block *block;
    int32_t patience_ms, retries; /* after silence */
};

static int transact_once(struct sw_bus_worker *w, struct sw_device *d, const struct question *q, uint16_t *regs,
                         struct sw_bus_times *times, struct sw_err *err)
{
    const struct sw_bus_request rq = {.unit_id = d->unit_id,
                                      .fc = q->block->fc,
                                      .reg_addr = q->block->reg_addr,
                                      .nb = q->block->nb,
                                      .serial = d->serial,
                                      .timeout_ms = q->patience_ms,
                                      .turnaround_ms =
                                          d->turnaround_ms > 0 ? d->turnaround_ms : d->template_->turnaround_ms};
    char note[400];
    uint64_t foreign;
    int rc;

    sw_worker_beat(w->thread);
    foreign = sw_bus_foreign_total(w->bus);
    rc = sw_bus_transact(w->bus, &rq, regs, times, err);
    count_request(w, d, rc, times);
    if (sw_bus_foreign_total(w->bus) > foreign)
        sw_complain(&w->foreign, sw_mono_real_us(), SW_LOG_WARNING,
                    "bus %s: frames come that answer something else: another master on this line (a display, a "
                    "logger), or a unit slower than its response_timeout",
                    w->params.id);
    if (d->serial.baud > 0 && sw_bus_take_note(w->bus, note, sizeof(note)))
        sw_complain(&d->note, sw_mono_real_us(), SW_LOG_WARNING, "%s", note);
    return rc;
}

/** Ask once more: after nonsense, or when the peer had closed an idle connection; and after silence as often as the
 *  site wants. Where an answer may be late the line waits for it first: sw_bus_transact. */
static int transact(struct sw_bus_worker *w, struct sw_device *d, const struct question *q, uint16_t *regs,
                    struct sw_bus_times *times, struct sw_err *err)
{
    int32_t silences = 0, others = 0;
    int rc;

    for (;;) {
        if (!sw_bus_open_line(w))
            return sw_err_set(err, SW_E_IO, ENOTCONN, "bus %s is not open", w->params.id);
        rc = transact_once(w, d, q, regs, times, err);
        if (rc == SW_E_PROTOCOL)
            sw_bus_settle(w->bus);
        if (rc == SW_E_TIMEOUT && silences < q->retries) {
            silences++;
        } else if ((rc == SW_E_PROTOCOL || (rc == SW_E_IO && w->line_failures == 0)) && others == 0) {
            others++;
        } else {
            break;
        }
    }
    if (rc == SW_E_IO)
        sw_bus_line_failed(w, err);
    else if (rc != SW_E_TIMEOUT)
        sw_bus_line_works(w);
    return rc;
}

/* The unit */

static void device_silent(struct sw_bus_worker *w, struct sw_device *d, const struct sw_err *err)
{
    const int64_t step_us =
        (w->params.probe_backoff_ms > 0 ? w->params.probe_backoff_ms : PROBE_BACKOFF_MS) * SW_US_PER_MS;
    const int64_t now_us = sw_mono_real_us();

    pthread_mutex_lock(&w->lock);
    w->stats.devices_failing += d->stats.failures == 0 ? 1 : 0;
    sw_sched_silent(d, step_us, now_us);
    pthread_mutex_unlock(&w->lock);
    sw_complain(&d->complaint, now_us, SW_LOG_WARNING, "device %s does not answer: %s", d->id, err->msg);
}

void sw_bus_device_answered(struct sw_bus_worker *w, struct sw_device *d, int64_t t_utc_us)
{
    bool was_silent;

    pthread_mutex_lock(&w->lock);
    was_silent = sw_sched_answered(w->devices, w->n, d, sw_mono_real_us());
    w->stats.devices_failing -= was_silent ? 1 : 0;
    d->stats.last_reply_utc_us = t_utc_us;
    pthread_mutex_unlock(&w->lock);
    if (was_silent)
        sw_complain_clear(&d->complaint, SW_LOG_NOTICE, "device %s answers again", d->id);
}

/** Only a converter's "nobody there" is silence; any other exception is an answer. */
static bool is_silence(int rc, const struct sw_err *err)
{
    if (rc == SW_E_EXCEPTION)
        return err->detail == GATEWAY_PATH || err->detail == GATEWAY_TARGET;
    return rc == SW_E_TIMEOUT || (rc == SW_E_PROTOCOL && err->detail == ETIMEDOUT);
}

static enum sw_bus_outcome on_exception(struct sw_bus_worker *w, struct sw_device *d, const struct sw_bus_times *times,
                                        const struct sw_err *err)
{
    int64_t utc_us, mono_us;

    sw_clock_at(w->clock, times->end_us, &utc_us, &mono_us);
    sw_bus_device_answered(w, d, utc_us);
    sw_complain(&d->refusal, sw_mono_real_us(), SW_LOG_WARNING, "device %s refuses: %s", d->id, err->msg);
    if (err->detail == ILLEGAL_ADDRESS || err->detail == ILLEGAL_VALUE)
        return SW_BLOCK_REFUSED;
    return SW_BLOCK_NO_VALUE;
}

enum sw_bus_outcome sw_bus_ask(struct sw_bus_worker *w, struct sw_device *d, const struct sw_block *block,
                               uint16_t *regs, struct sw_bus_times *ret_times)
{
    struct sw_err err = {0};
    const struct question q = {block, timeout_ms(w, d), d->retries};
    const int rc = transact(w, d, &q, regs, ret_times, &err);

    if (rc == SW_OK)
        return SW_BLOCK_READ;
    if (is_silence(rc, &err)) {
        device_silent(w, d, &err);
        return SW_BLOCK_SILENT;
    }
    if (rc == SW_E_EXCEPTION)
        return on_exception(w, d, ret_times, &err);
    if (rc == SW_E_PROTOCOL) {
        sw_complain(&d->complaint, sw_mono_real_us(), SW_LOG_WARNING, "device %s is not understood: %s", d->id,
                    err.msg);
        return SW_BLOCK_NONSENSE;
    }
    return sw_bus_wants_pause(w) ? SW_BLOCK_PAUSED : SW_BLOCK_NO_LINE;
}

/** The answer's values are thrown away: they may be late ones to another question. Where they would look the same,
 *  one more time-out passes before the device is asked in earnest; the neighbours have the line meanwhile. */
bool sw_bus_probe_device(struct sw_bus_worker *w, struct sw_device *d)
{
    uint16_t regs[SW_BLOCK_REGS_MAX];
    struct sw_bus_times times = {0};
    struct sw_err err = {0};
    struct sw_sched_now now;
    struct sw_block probe;
    struct question q;
    bool is_distinct;
    int64_t pause_us;
    int rc;

    if (d->plan.level != SW_PLAN_GAPS || sw_plan_refused(&d->plan) > 0)
        sw_plan_reset(&d->plan); /* what comes back after silence may be another unit */
    is_distinct = sw_plan_probe(&d->plan, &probe);
    pthread_mutex_lock(&w->lock);
    d->stats.probes_total++;
    pthread_mutex_unlock(&w->lock);
    q = (struct question){&probe, sw_device_probe_timeout_ms(d, timeout_ms(w, d)), 0};
    rc = transact(w, d, &q, regs, &times, &err);
    if (is_silence(rc, &err) || rc == SW_E_PROTOCOL)
        device_silent(w, d, &err);
    if (is_silence(rc, &err) || (rc != SW_OK && rc != SW_E_EXCEPTION))
        return false;
    now = sw_bus_now(w);
    pause_us = is_distinct || w->params.kind == SW_LINE_TCP ? 0 : timeout_ms(w, d) * SW_US_PER_MS;
    sw_sched_is_back(d, w->clock->simulated ? (int64_t) ((double) pause_us * w->clock->speed) : pause_us, &now);
    return true;
}
