// SPDX-License-Identifier: Apache-2.0
/* One device on the wire: requests, repeats, refusals, silence, and the line that may be lost on the way.
 * When a device is due is decided in bus_worker.c. The rules kept here:
 *   - a silent unit costs the others one time-out a probe, and probes grow rarer;
 *   - a lost line is opened again, for ever, with growing pauses;
 *   - whatever happens, every value of the device yields a reading: with flag B if nobody answered, so that the
 *     judging middle sees a fault and not just silence. */
#include "sensors/bus_poll.h"

#define PROBE_BACKOFF_MS 2000
#define PROBE_BACKOFF_MAX_US (300 * SW_US_PER_S)
#define REOPEN_BACKOFF_MS 100
#define REOPEN_BACKOFF_MAX_US (10 * SW_US_PER_S)
#define MODBUS_EX_ILLEGAL_ADDRESS 2
#define MODBUS_EX_ILLEGAL_VALUE 3
#define MODBUS_EX_GATEWAY_PATH 10
#define MODBUS_EX_GATEWAY_TARGET 11

/** What became of a block. */
enum outcome {
    BLOCK_READ,     /* readings posted */
    BLOCK_NONSENSE, /* an answer that was none, twice */
    BLOCK_NO_VALUE, /* the unit lives and says that it cannot tell */
    BLOCK_REFUSED,  /* exception 02 or 03: registers that are not there */
    BLOCK_SILENT,   /* nobody answered */
    BLOCK_NO_LINE,  /* the line is gone */
};

static void post(struct sw_bus_worker *w, size_t n)
{
    const size_t taken = n > 0 ? sw_mailbox_post(w->readings, w->out, n, false) : 0;

    pthread_mutex_lock(&w->lock);
    w->stats.readings_total += taken;
    w->stats.dropped_total += n - taken;
    pthread_mutex_unlock(&w->lock);
}

/** Readings without a value for a run of the device's items, now. */
static void post_missing(struct sw_bus_worker *w, const struct sw_device *d, size_t first, size_t n, char flag)
{
    sw_device_missing(d, first, n, flag, sw_clock_utc_us(w->clock), sw_clock_mono_us(w->clock), w->out);
    post(w, n);
}

/* The line */

static int64_t reopen_pause_us(const struct sw_bus_worker *w)
{
    int64_t pause_us =
        (w->params.reopen_backoff_ms > 0 ? w->params.reopen_backoff_ms : REOPEN_BACKOFF_MS) * SW_US_PER_MS;

    for (uint32_t i = 1; i < w->line_failures && pause_us < REOPEN_BACKOFF_MAX_US; i++)
        pause_us *= 2;
    return SW_MIN(pause_us, REOPEN_BACKOFF_MAX_US);
}

static void line_failed(struct sw_bus_worker *w, const struct sw_err *err)
{
    const int64_t now_us = sw_mono_real_us();

    w->line_failures++;
    w->next_open_us = now_us + reopen_pause_us(w);
    sw_complain(&w->line_complaint, now_us, SW_LOG_WARNING, "%s; trying again", err->msg);
}

/** Somebody answered, whatever he said: the line is good. */
static void line_works(struct sw_bus_worker *w)
{
    if (w->line_failures > 0)
        sw_complain_clear(&w->line_complaint, SW_LOG_NOTICE, "bus %s: the line is back", w->params.id);
    w->line_failures = 0;
}

static bool open_line(struct sw_bus_worker *w)
{
    struct sw_err err = {0};
    int rc;

    if (sw_bus_is_open(w->bus))
        return true;
    if (sw_mono_real_us() < w->next_open_us)
        return false;
    sw_worker_beat(w->thread);
    rc = sw_bus_open(w->bus, &err);
    if (rc < 0)
        line_failed(w, &err);
    pthread_mutex_lock(&w->lock);
    w->stats.opens_total += rc == SW_OK ? 1 : 0;
    pthread_mutex_unlock(&w->lock);
    return rc == SW_OK;
}

/* One request */

static void count_request(struct sw_bus_worker *w, struct sw_device *d, int rc)
{
    pthread_mutex_lock(&w->lock);
    d->stats.requests_total++;
    d->stats.replies_total += rc == SW_OK ? 1 : 0;
    d->stats.timeouts_total += rc == SW_E_TIMEOUT ? 1 : 0;
    d->stats.protocol_total += rc == SW_E_PROTOCOL ? 1 : 0;
    d->stats.exceptions_total += rc == SW_E_EXCEPTION ? 1 : 0;
    w->stats.errors_total += rc != SW_OK ? 1 : 0;
    w->stats.timeouts_total += rc == SW_E_TIMEOUT ? 1 : 0;
    pthread_mutex_unlock(&w->lock);
}

static int transact_once(struct sw_bus_worker *w, struct sw_device *d, const struct sw_block *block, uint16_t *regs,
                         struct sw_err *err)
{
    const int32_t bus_ms =
        w->params.response_timeout_ms > 0 ? w->params.response_timeout_ms : SW_BUS_RESPONSE_TIMEOUT_MS;
    const struct sw_bus_request rq = {.unit_id = d->unit_id,
                                      .fc = block->fc,
                                      .reg_addr = block->reg_addr,
                                      .nb = block->nb,
                                      .timeout_ms = SW_MAX(bus_ms, d->template_->response_timeout_ms),
                                      .turnaround_ms = d->template_->turnaround_ms};
    int rc;

    sw_worker_beat(w->thread);
    rc = sw_bus_transact(w->bus, &rq, regs, NULL, err);
    count_request(w, d, rc);
    return rc;
}

/** Ask, and ask once more after nonsense on the line or when the peer had closed an idle connection.
 *  Not after silence: that would cost the neighbours a second time-out. */
static int transact(struct sw_bus_worker *w, struct sw_device *d, const struct sw_block *block, uint16_t *regs,
                    struct sw_err *err)
{
    int rc;

    if (!open_line(w))
        return SW_E_IO;
    rc = transact_once(w, d, block, regs, err);
    if (rc == SW_E_PROTOCOL || (rc == SW_E_IO && w->line_failures == 0)) {
        sw_bus_settle(w->bus);
        if (!open_line(w))
            return SW_E_IO;
        rc = transact_once(w, d, block, regs, err);
        if (rc == SW_E_PROTOCOL)
            sw_bus_settle(w->bus);
    }
    if (rc == SW_E_IO)
        line_failed(w, err);
    else if (rc != SW_E_TIMEOUT)
        line_works(w);
    return rc;
}

/* One device */

static void device_silent(struct sw_bus_worker *w, struct sw_device *d, const struct sw_err *err)
{
    const int64_t step_us =
        (w->params.probe_backoff_ms > 0 ? w->params.probe_backoff_ms : PROBE_BACKOFF_MS) * SW_US_PER_MS;
    const int64_t now_us = sw_mono_real_us();

    pthread_mutex_lock(&w->lock);
    w->stats.devices_failing += d->stats.failures == 0 ? 1 : 0;
    d->stats.failures++;
    pthread_mutex_unlock(&w->lock);
    d->next_probe_real_us = now_us + SW_MIN(step_us * d->stats.failures, PROBE_BACKOFF_MAX_US);
    sw_complain(&d->complaint, now_us, SW_LOG_WARNING, "device %s does not answer: %s", d->id, err->msg);
}

static void device_answered(struct sw_bus_worker *w, struct sw_device *d, int64_t t_utc_us)
{
    const bool was_silent = d->stats.failures > 0;

    pthread_mutex_lock(&w->lock);
    w->stats.devices_failing -= was_silent ? 1 : 0;
    d->stats.failures = 0;
    d->stats.last_reply_utc_us = t_utc_us;
    pthread_mutex_unlock(&w->lock);
    if (was_silent)
        sw_complain_clear(&d->complaint, SW_LOG_NOTICE, "device %s answers again", d->id);
}

/** An exception is an answer: the unit lives. Only a converter's "nobody there" is silence. */
static enum outcome on_exception(struct sw_bus_worker *w, struct sw_device *d, const struct sw_err *err)
{
    if (err->detail == MODBUS_EX_GATEWAY_PATH || err->detail == MODBUS_EX_GATEWAY_TARGET) {
        device_silent(w, d, err);
        return BLOCK_SILENT;
    }
    device_answered(w, d, sw_clock_utc_us(w->clock));
    sw_complain(&d->refusal, sw_mono_real_us(), SW_LOG_WARNING, "device %s refuses: %s", d->id, err->msg);
    if (err->detail == MODBUS_EX_ILLEGAL_ADDRESS || err->detail == MODBUS_EX_ILLEGAL_VALUE)
        return BLOCK_REFUSED;
    return BLOCK_NO_VALUE;
}

static enum outcome on_reply(struct sw_bus_worker *w, struct sw_device *d, const struct sw_block *block,
                             const uint16_t *regs)
{
    const int64_t t_utc_us = sw_clock_utc_us(w->clock), t_mono_us = sw_clock_mono_us(w->clock);
    struct sw_err err = {0};
    const int n = sw_device_decode(d, block, regs, t_utc_us, t_mono_us, w->out, &err);

    device_answered(w, d, t_utc_us);
    if (n < 0) {
        sw_complain(&d->complaint, sw_mono_real_us(), SW_LOG_WARNING, "device %s is not understood: %s", d->id,
                    err.msg);
        return BLOCK_NO_VALUE;
    }
    sw_complain_clear(&d->complaint, SW_LOG_NOTICE, "device %s is understood again", d->id);
    post(w, (size_t) n);
    return BLOCK_READ;
}

/** Read one block; post its readings if they came. On any other outcome the caller posts what is missing. */
static enum outcome read_block(struct sw_bus_worker *w, struct sw_device *d, const struct sw_block *block)
{
    uint16_t regs[SW_BLOCK_REGS_MAX];
    struct sw_err err = {0};

    switch (transact(w, d, block, regs, &err)) {
    case SW_OK:
        return on_reply(w, d, block, regs);
    case SW_E_EXCEPTION:
        return on_exception(w, d, &err);
    case SW_E_TIMEOUT:
        device_silent(w, d, &err);
        return BLOCK_SILENT;
    case SW_E_PROTOCOL:
        sw_complain(&d->complaint, sw_mono_real_us(), SW_LOG_WARNING, "device %s is not understood: %s", d->id,
                    err.msg);
        return BLOCK_NONSENSE;
    default:
        return BLOCK_NO_LINE;
    }
}

static bool is_over(enum outcome outcome)
{
    return outcome == BLOCK_SILENT || outcome == BLOCK_NO_LINE;
}

static char flag_of(enum outcome outcome)
{
    return outcome == BLOCK_REFUSED || outcome == BLOCK_NO_VALUE ? 'D' : 'B';
}

/** What one poll of a device has seen of refusals. */
struct round {
    bool was_split;
    bool has_learned; /* some value is refused even when asked for alone */
};

/** A refused block of several values: ask for each alone, keep the good ones, mark those the unit does not have.
 *  The items keep their places until the round is over.
 *  @return the outcome of the last value asked for; after silence or loss the rest is posted as missing */
static enum outcome split_block(struct sw_bus_worker *w, struct sw_device *d, const struct sw_block *block,
                                struct round *round)
{
    enum outcome outcome = BLOCK_REFUSED;

    round->was_split = true;
    for (size_t i = block->first_item, end = i + block->n_items; i < end; i++) {
        struct sw_item *item = &d->plan.items[i];
        const struct sw_block alone = {
            .fc = item->fc, .reg_addr = item->reg_addr, .nb = item->nb, .first_item = (uint16_t) i, .n_items = 1};

        outcome = read_block(w, d, &alone);
        if (is_over(outcome)) {
            post_missing(w, d, i, end - i, 'B');
            break;
        }
        item->is_refused = outcome == BLOCK_REFUSED;
        round->has_learned |= item->is_refused;
        if (outcome != BLOCK_READ)
            post_missing(w, d, i, 1, flag_of(outcome));
    }
    return outcome;
}

/** After a round with refusals: ask for less at a time. When a refusal came although each value was granted alone, it
 *  was a register in a gap or the length of the request that the unit did not like. */
static void replan(struct sw_device *d, const struct round *round)
{
    if (d->plan.level == SW_PLAN_GAPS)
        sw_plan_build(&d->plan, SW_PLAN_TIGHT);
    else if (d->plan.level == SW_PLAN_TIGHT && !round->has_learned)
        sw_plan_build(&d->plan, SW_PLAN_SINGLE);
    else
        sw_plan_build(&d->plan, d->plan.level);
}

static void poll_wire(struct sw_bus_worker *w, struct sw_device *d)
{
    const size_t n_refused = sw_plan_refused(&d->plan), asked = d->plan.n_items - n_refused;
    struct round round = {0};

    for (size_t b = 0; b < d->plan.n_blocks; b++) {
        const struct sw_block *block = &d->plan.blocks[b];
        enum outcome outcome = read_block(w, d, block);
        size_t missing = block->n_items;

        if (outcome == BLOCK_REFUSED && block->n_items > 1) {
            outcome = split_block(w, d, block, &round);
            missing = 0;
        } else if (outcome == BLOCK_REFUSED) {
            d->plan.items[block->first_item].is_refused = true;
            round.was_split = round.has_learned = true;
        }
        if (is_over(outcome)) { /* the rest of the device is not asked either */
            const size_t from = (size_t) block->first_item + block->n_items - missing;

            post_missing(w, d, from, asked - from, 'B');
            break;
        }
        if (outcome != BLOCK_READ)
            post_missing(w, d, block->first_item, missing, flag_of(outcome));
    }
    post_missing(w, d, asked, n_refused, 'D');
    if (round.was_split)
        replan(d, &round);
    else if (n_refused == 0)
        sw_complain_clear(&d->refusal, SW_LOG_NOTICE, "device %s: every value is granted now", d->id);
}

void sw_bus_poll_device(struct sw_bus_worker *w, struct sw_device *d)
{
    const bool is_resting = d->stats.failures > 0 && sw_mono_real_us() < d->next_probe_real_us;

    if (is_resting || !open_line(w)) {
        post_missing(w, d, 0, d->plan.n_items, 'B');
        return;
    }
    pthread_mutex_lock(&w->lock);
    w->stats.polls_total++;
    pthread_mutex_unlock(&w->lock);
    if (d->stats.failures > 0 && (d->plan.level != SW_PLAN_GAPS || sw_plan_refused(&d->plan) > 0))
        sw_plan_reset(&d->plan); /* what comes back after silence may be another unit */
    poll_wire(w, d);
}
