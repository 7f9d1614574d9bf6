// SPDX-License-Identifier: Apache-2.0
/* One device on the wire: all its values, block by block; refused blocks are split and what is refused is remembered.
 * When a device is due is decided by bus_sched.c, one request is made by bus_probe.c.
 * Whatever happens, every value of the device yields a reading: with flag B if nobody answered, so that the judging
 * middle sees a fault and not just silence; M while the line is lent to somebody else. */
#include "sensors/bus_poll.h"

static void post(struct sw_bus_worker *w, size_t n)
{
    const enum sw_time_quality quality = sw_clock_quality(w->clock);
    size_t taken;

    for (size_t i = 0; i < n; i++)
        w->out[i].time_quality = quality;
    taken = n > 0 ? sw_mailbox_post(w->readings, w->out, n, false) : 0;
    pthread_mutex_lock(&w->lock);
    w->stats.readings_total += taken;
    w->stats.dropped_total += n - taken;
    pthread_mutex_unlock(&w->lock);
}

/** Readings without a value for a run of the device's items, now. */
static void post_missing(struct sw_bus_worker *w, const struct sw_device *d, size_t first, size_t n, char flag)
{
    const struct sw_sched_now now = sw_bus_now(w);

    sw_device_missing(d, first, n, flag, now.utc_us, now.mono_us, w->out);
    post(w, n);
}

/** The reading is of the instant at which its own reply had come. */
static enum sw_bus_outcome on_reply(struct sw_bus_worker *w, struct sw_device *d, const struct sw_block *block,
                                    const uint16_t *regs, const struct sw_bus_times *times)
{
    int64_t utc_us, mono_us;
    struct sw_err err = {0};
    int n;

    sw_clock_at(w->clock, times->end_us, &utc_us, &mono_us);
    n = sw_device_decode(d, block, regs, utc_us, mono_us, w->out, &err);
    sw_bus_device_answered(w, d, utc_us);
    if (n < 0) {
        sw_complain(&d->complaint, sw_mono_real_us(), SW_LOG_WARNING, "device %s is not understood: %s", d->id,
                    err.msg);
        return SW_BLOCK_NO_VALUE;
    }
    sw_complain_clear(&d->complaint, SW_LOG_NOTICE, "device %s is understood again", d->id);
    post(w, (size_t) n);
    return SW_BLOCK_READ;
}

/** Read one block; post its readings if they came. On any other outcome the caller posts what is missing. */
static enum sw_bus_outcome read_block(struct sw_bus_worker *w, struct sw_device *d, const struct sw_block *block)
{
    uint16_t regs[SW_BLOCK_REGS_MAX];
    struct sw_bus_times times = {0};
    const enum sw_bus_outcome outcome = sw_bus_ask(w, d, block, regs, &times);

    return outcome == SW_BLOCK_READ ? on_reply(w, d, block, regs, &times) : outcome;
}

static bool is_over(enum sw_bus_outcome outcome)
{
    return outcome == SW_BLOCK_SILENT || outcome == SW_BLOCK_NO_LINE || outcome == SW_BLOCK_PAUSED;
}

static char flag_of(enum sw_bus_outcome outcome)
{
    if (outcome == SW_BLOCK_PAUSED)
        return 'M';
    return outcome == SW_BLOCK_REFUSED || outcome == SW_BLOCK_NO_VALUE ? 'D' : 'B';
}

/** What one poll of a device has seen of refusals. */
struct round {
    bool was_split;
    bool has_learned; /* some value is refused even when asked for alone */
};

/** A refused block of several values: ask for each alone, keep the good ones, mark those the unit does not have.
 *  The items keep their places until the round is over.
 *  @return the outcome of the last value asked for; after silence or loss the rest is posted as missing */
static enum sw_bus_outcome split_block(struct sw_bus_worker *w, struct sw_device *d, const struct sw_block *block,
                                       struct round *round)
{
    enum sw_bus_outcome outcome = SW_BLOCK_REFUSED;

    round->was_split = true;
    for (size_t i = block->first_item, end = i + block->n_items; i < end; i++) {
        struct sw_item *item = &d->plan.items[i];
        const struct sw_block alone = {
            .fc = item->fc, .reg_addr = item->reg_addr, .nb = item->nb, .first_item = (uint16_t) i, .n_items = 1};

        sw_bus_write_one(w);
        outcome = read_block(w, d, &alone);
        if (is_over(outcome)) {
            post_missing(w, d, i, end - i, flag_of(outcome));
            break;
        }
        item->is_refused = outcome == SW_BLOCK_REFUSED;
        round->has_learned |= item->is_refused;
        if (outcome != SW_BLOCK_READ)
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
        enum sw_bus_outcome outcome;
        size_t missing = block->n_items;

        if (b > 0)
            sw_bus_write_one(w); /* an order waits for one request, not for a whole device */
        outcome = read_block(w, d, block);
        if (outcome == SW_BLOCK_REFUSED && block->n_items > 1) {
            outcome = split_block(w, d, block, &round);
            missing = 0;
        } else if (outcome == SW_BLOCK_REFUSED) {
            d->plan.items[block->first_item].is_refused = true;
            round.was_split = round.has_learned = true;
        }
        if (is_over(outcome)) { /* the rest of the device is not asked either */
            const size_t from = (size_t) block->first_item + block->n_items - missing;

            post_missing(w, d, from, asked - from, flag_of(outcome));
            break;
        }
        if (outcome != SW_BLOCK_READ)
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
    if (!sw_bus_open_line(w)) {
        sw_bus_miss_device(w, d);
        return;
    }
    pthread_mutex_lock(&w->lock);
    w->stats.polls_total++;
    pthread_mutex_unlock(&w->lock);
    poll_wire(w, d);
}

void sw_bus_miss_device(struct sw_bus_worker *w, struct sw_device *d)
{
    post_missing(w, d, 0, d->plan.n_items, sw_bus_wants_pause(w) ? 'M' : 'B');
}
