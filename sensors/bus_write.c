// SPDX-License-Identifier: Apache-2.0
/* Orders to write: kept in order, carried out once each between two requests, read back, and reported as they are.
 * Who ordered what and why is kept by whoever gave the order. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sensors/bus_frame.h"
#include "sensors/bus_poll.h"

#define WRITE_COIL 5
#define WRITE_COILS 15
#define READ_COILS 1
#define READ_HOLDING 3

int sw_bus_worker_write(struct sw_bus_worker *w, const struct sw_bus_write *write)
{
    const struct sw_bus_request rq = {.fc = write->fc, .reg_addr = write->reg_addr, .nb = write->nb};
    int rc = SW_OK;

    if (!w->written)
        return SW_E_DENIED;
    if (!sw_frame_is_write(write->fc) || sw_frame_check(&rq, write->values, NULL) < 0 ||
        !sw_bus_unit_is_valid(w->bus, write->unit_id))
        return SW_E_INVAL;
    pthread_mutex_lock(&w->lock);
    if (w->n_queue == SW_BUS_WRITES_MAX)
        rc = SW_E_FULL;
    else
        w->queue[(w->first + w->n_queue++) % SW_BUS_WRITES_MAX] = *write;
    pthread_mutex_unlock(&w->lock);
    if (rc == SW_OK)
        sw_bus_wake(w);
    return rc;
}

static bool take_order(struct sw_bus_worker *w, struct sw_bus_write *ret)
{
    bool any;

    pthread_mutex_lock(&w->lock);
    any = w->n_queue > 0;
    if (any) {
        *ret = w->queue[w->first];
        w->first = (w->first + 1) % SW_BUS_WRITES_MAX;
        w->n_queue--;
        w->stats.writes_total++;
    }
    pthread_mutex_unlock(&w->lock);
    return any;
}

/** How the unit is spoken to: as its device says, else as the line does. */
static struct sw_bus_request request_of(const struct sw_bus_worker *w, const struct sw_bus_write *order)
{
    struct sw_bus_request rq = {.unit_id = order->unit_id,
                                .fc = order->fc,
                                .reg_addr = order->reg_addr,
                                .nb = order->nb,
                                .timeout_ms = w->params.response_timeout_ms > 0 ? w->params.response_timeout_ms
                                                                                : SW_BUS_RESPONSE_TIMEOUT_MS};

    for (size_t i = 0; i < w->n; i++) {
        const struct sw_device *d = &w->devices[i];

        if (d->unit_id != order->unit_id)
            continue;
        rq.serial = d->serial;
        rq.timeout_ms = d->response_timeout_ms > 0 ? d->response_timeout_ms
                                                   : SW_MAX(rq.timeout_ms, d->template_->response_timeout_ms);
        rq.turnaround_ms = d->turnaround_ms > 0 ? d->turnaround_ms : d->template_->turnaround_ms;
    }
    return rq;
}

/** Ask what holds now; a spoilt frame is asked for once more. */
static int read_back(struct sw_bus_worker *w, const struct sw_bus_request *write_rq, uint16_t *regs,
                     struct sw_bus_times *times, struct sw_err *err)
{
    struct sw_bus_request rq = *write_rq;
    int rc = SW_E_PROTOCOL;

    rq.fc = rq.fc == WRITE_COIL || rq.fc == WRITE_COILS ? READ_COILS : READ_HOLDING;
    for (int i = 0; i < 2 && rc == SW_E_PROTOCOL; i++) {
        sw_worker_beat(w->thread);
        if (!sw_bus_open_line(w))
            return sw_err_set(err, SW_E_IO, ENOTCONN, "bus %s is not open", w->params.id);
        rc = sw_bus_transact(w->bus, &rq, regs, times, err);
        if (rc == SW_E_PROTOCOL)
            sw_bus_settle(w->bus);
    }
    return rc;
}

static enum sw_bus_written_how what_holds(struct sw_bus_worker *w, const struct sw_bus_request *rq,
                                          const struct sw_bus_write *order, bool was_accepted, uint16_t *read,
                                          struct sw_bus_times *times, struct sw_err *err)
{
    uint16_t regs[SW_BLOCK_REGS_MAX] = {0};
    const int rc = read_back(w, rq, regs, times, err);

    if (rc != SW_OK) /* who falls silent is not believed: what looked like consent may have been an adapter's echo */
        return was_accepted && rc == SW_E_EXCEPTION ? SW_WRITTEN_UNREAD : SW_WRITTEN_SILENT;
    memcpy(read, regs, order->nb * sizeof(*regs));
    if (memcmp(regs, order->values, order->nb * sizeof(*regs)) == 0) {
        *err = (struct sw_err){0};
        return SW_WRITTEN;
    }
    sw_err_set(err, SW_E_CONFLICT, 0, "bus %s unit %u: %s, but %u reads back as %u", w->params.id,
               (unsigned) order->unit_id, was_accepted ? "accepted" : "the reply was garbled",
               (unsigned) order->values[0], (unsigned) regs[0]);
    return SW_WRITTEN_DIFFERS;
}

static void carry_out(struct sw_bus_worker *w, const struct sw_bus_write *order, struct sw_bus_written *ret,
                      struct sw_bus_times *times)
{
    const struct sw_bus_request rq = request_of(w, order);
    uint16_t values[SW_BUS_WRITE_MAX];
    struct sw_bus_times back = {0};
    struct sw_err err = {0};
    int rc;

    if (!sw_bus_open_line(w)) {
        snprintf(ret->why, sizeof(ret->why), "bus %s is %s: not sent", w->params.id,
                 sw_bus_wants_pause(w) ? "lent to somebody else for a while" : "not there");
        return;
    }
    memcpy(values, order->values, sizeof(values));
    sw_worker_beat(w->thread);
    rc = sw_bus_transact(w->bus, &rq, values, times, &err);
    if (rc == SW_E_PROTOCOL)
        sw_bus_settle(w->bus);
    if (rc == SW_OK || rc == SW_E_PROTOCOL)
        ret->how = what_holds(w, &rq, order, rc == SW_OK, ret->read, &back, &err);
    else if (rc == SW_E_EXCEPTION)
        ret->how = err.detail == 10 || err.detail == 11 ? SW_WRITTEN_SILENT : SW_WRITTEN_REFUSED;
    else
        ret->how = times->end_us > 0 ? SW_WRITTEN_SILENT : SW_WRITTEN_NO_LINE;
    times->end_us = SW_MAX(times->end_us, back.end_us);
    if (rc == SW_E_IO)
        sw_bus_line_failed(w, &err);
    else if (rc == SW_OK || rc == SW_E_EXCEPTION)
        sw_bus_line_works(w);
    snprintf(ret->why, sizeof(ret->why), "%.159s", err.msg);
}

bool sw_bus_write_one(struct sw_bus_worker *w)
{
    struct sw_bus_write order;
    struct sw_bus_written done = {.how = SW_WRITTEN_NO_LINE};
    struct sw_bus_times times = {0};
    int64_t mono_us;

    if (!take_order(w, &order))
        return false;
    done.id = order.id;
    done.nb = order.nb;
    carry_out(w, &order, &done, &times);
    if (times.end_us == 0)
        times.start_us = times.end_us = sw_mono_real_us();
    sw_clock_at(w->clock, times.start_us, &done.start_utc_us, &mono_us);
    sw_clock_at(w->clock, times.end_us, &done.end_utc_us, &mono_us);
    sw_mailbox_post(w->written, &done, 1, true);
    return true;
}
