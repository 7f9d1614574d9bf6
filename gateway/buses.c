// SPDX-License-Identifier: Apache-2.0
/* The core's buses: started from the configuration, stopped, written to, lent to a scan.
 * What happens on a line is decided by sensors/bus_worker.c; who may write what, by outputs. */
#include "gateway/core.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/jsonw.h"

#define PROBE_BACKOFF_MS 2000 /* of the site's time */
#define PROBE_BACKOFF_MIN_MS 100
#define WRITTEN_MAX 256 /* answers to orders: every bus may have its queue full more than once */

/** The site's configuration of a bus in the words of the bus worker. */
static void bus_params(const struct sw_bus_conf *b, struct sw_bus_params *ret)
{
    static const enum sw_line_kind kinds[] = {
        [SW_BUS_RTU] = SW_LINE_RTU, [SW_BUS_TCP] = SW_LINE_TCP, [SW_BUS_RTU_TCP] = SW_LINE_RTU_TCP};

    *ret = (struct sw_bus_params){
        .kind = kinds[b->kind],
        .serial = b->serial,
        .has_rs485 = b->has_rs485,
        .tcp_port = b->tcp_port,
        .response_timeout_ms = b->response_timeout_ms,
    };
    memcpy(ret->id, b->id, sizeof(ret->id));
    memcpy(ret->port, b->port, sizeof(ret->port));
    memcpy(ret->host, b->host, sizeof(ret->host));
}

/** Which sensors the channels of a device are, and how it is spoken to. */
static int init_device(const struct sw_core *c, size_t index, struct sw_device *ret, struct sw_err *err)
{
    const struct sw_device_conf *conf = &c->site->devices[index];
    uint16_t sensor[SW_TEMPLATE_CHANNELS_MAX];
    int rc;

    for (size_t i = 0; i < SW_TEMPLATE_CHANNELS_MAX; i++)
        sensor[i] = SW_SENSOR_UNUSED;
    for (size_t i = 0; i < c->site->n_sensors; i++)
        if (c->site->sensors[i].device == (int) index)
            sensor[c->site->sensors[i].channel] = (uint16_t) i;
    rc = sw_device_init(ret, conf->id, conf->template_, conf->unit_id, conf->interval_ms * SW_US_PER_MS, sensor, err);
    if (rc < 0)
        return sw_err_prefix(err, "device %s", conf->id);
    ret->serial = conf->serial;
    ret->response_timeout_ms = conf->response_timeout_ms;
    ret->turnaround_ms = conf->turnaround_ms;
    ret->retries = conf->retries;
    return SW_OK;
}

static int start_bus(struct sw_core *c, size_t index, struct sw_err *err)
{
    struct core_device_set *set = &c->buses[index];
    struct sw_bus_params p;
    size_t n = 0;

    for (size_t i = 0; i < c->site->n_devices; i++)
        n += c->site->devices[i].bus == (int) index;
    set->devices = calloc(n + 1, sizeof(*set->devices));
    if (!set->devices)
        return sw_err_set(err, SW_E_NOMEM, 0, "bus %s: out of memory", c->site->buses[index].id);
    for (size_t i = 0; i < c->site->n_devices; i++) {
        int rc = c->site->devices[i].bus == (int) index ? init_device(c, i, &set->devices[set->n++], err) : SW_OK;

        if (rc < 0)
            return rc;
    }
    bus_params(&c->site->buses[index], &p);
    /* Two real seconds are minutes of a site whose clock runs fast: one reply that is late on a busy machine would
     * cost whole windows. A time-out stays what it is: the other end takes real time. */
    if (c->clock->simulated && c->clock->speed > 1)
        p.probe_backoff_ms = (int32_t) SW_MAX(PROBE_BACKOFF_MS / c->clock->speed, (double) PROBE_BACKOFF_MIN_MS);
    /* A line without devices is opened when something is written, not before. */
    return sw_bus_worker_start(&p, set->devices, set->n, c->clock, c->readings, c->written, &set->worker, err);
}

static void on_written(void *ctx, int fd, uint32_t events)
{
    struct sw_core *c = ctx;
    struct sw_bus_written written;

    (void) fd;
    (void) events;
    for (int budget = 64; budget > 0 && sw_mailbox_take(c->written, &written, 1); budget--)
        if (c->written_fn)
            c->written_fn(c->written_ctx, &written);
}

int core_buses_new(struct sw_core *c, struct sw_err *err)
{
    int rc = sw_mailbox_new(WRITTEN_MAX, 0, sizeof(struct sw_bus_written), &c->written, err);

    if (rc >= 0)
        rc = sw_loop_add_io(c->loop, sw_mailbox_fd(c->written), EPOLLIN, on_written, c, &c->written_source, err);
    for (size_t i = 0; rc >= 0 && i < c->site->n_buses; i++)
        rc = start_bus(c, i, err);
    return rc;
}

void core_buses_free(struct sw_core *c)
{
    for (size_t i = 0; c->buses && i < c->site->n_buses; i++) {
        c->buses[i].worker = sw_bus_worker_stop(c->buses[i].worker);
        for (size_t k = 0; k < c->buses[i].n; k++)
            sw_device_done(&c->buses[i].devices[k]);
        free(c->buses[i].devices);
        c->buses[i] = (struct core_device_set){0};
    }
    c->written_source = sw_source_free(c->written_source);
    c->written = sw_mailbox_free(c->written);
}

bool core_buses_beat(const struct sw_core *c, int64_t max_us)
{
    for (size_t i = 0; i < c->site->n_buses; i++)
        if (c->buses[i].worker && sw_bus_worker_age_us(c->buses[i].worker) > max_us)
            return false;
    return true;
}

int core_write(struct sw_core *c, size_t bus, const struct sw_bus_write *w)
{
    if (bus >= c->site->n_buses || !c->buses[bus].worker)
        return SW_E_NOTFOUND;
    return sw_bus_worker_write(c->buses[bus].worker, w);
}

void core_on_written(struct sw_core *c, void (*fn)(void *ctx, const struct sw_bus_written *written), void *ctx)
{
    c->written_fn = fn;
    c->written_ctx = ctx;
}

static struct sw_bus_worker *find_worker(const struct sw_core *c, const char *bus_id)
{
    for (size_t i = 0; i < c->site->n_buses; i++)
        if (strcmp(c->site->buses[i].id, bus_id) == 0)
            return c->buses[i].worker;
    return NULL;
}

int core_bus_pause(struct sw_core *c, const char *bus_id, int64_t for_us)
{
    struct sw_bus_worker *w = find_worker(c, bus_id);

    if (!w)
        return SW_E_NOTFOUND;
    if (for_us > CORE_PAUSE_BUS_MAX_US)
        return SW_E_INVAL;
    sw_bus_worker_pause(w, for_us > 0 ? sw_mono_real_us() + for_us : 0);
    return SW_OK;
}

bool core_bus_is_paused(const struct sw_core *c, const char *bus_id)
{
    struct sw_bus_worker *w = find_worker(c, bus_id);

    return w && sw_bus_worker_is_paused(w);
}

static void write_device(const struct core_device_set *set, size_t k, struct sw_jsonw *w)
{
    struct sw_device_stats s;

    if (sw_bus_worker_device_stats(set->worker, k, &s) < 0)
        return;
    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "id", set->devices[k].id);
    sw_jsonw_uint(w, "unit_id", set->devices[k].unit_id);
    sw_jsonw_bool(w, "answers", s.failures == 0 && s.last_reply_utc_us != INT64_MIN);
    sw_jsonw_uint(w, "requests", s.requests_total);
    sw_jsonw_uint(w, "replies", s.replies_total);
    sw_jsonw_uint(w, "timeouts", s.timeouts_total);
    sw_jsonw_uint(w, "garbled", s.protocol_total);
    sw_jsonw_uint(w, "exceptions", s.exceptions_total);
    sw_jsonw_uint(w, "overruns", s.overruns_total);
    sw_jsonw_uint(w, "probes", s.probes_total);
    if (s.rtt_p50_us >= 0) {
        sw_jsonw_uint(w, "round_trip_p50_us", (uint64_t) s.rtt_p50_us);
        sw_jsonw_uint(w, "round_trip_p99_us", (uint64_t) s.rtt_p99_us);
    } else {
        sw_jsonw_null(w, "round_trip_p50_us");
        sw_jsonw_null(w, "round_trip_p99_us");
    }
    sw_jsonw_object_end(w);
}

static void write_bus(const struct sw_core *c, size_t i, struct sw_jsonw *w)
{
    const struct core_device_set *set = &c->buses[i];
    struct sw_bus_stats bus;

    sw_bus_worker_stats(set->worker, &bus);
    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "id", c->site->buses[i].id);
    sw_jsonw_bool(w, "open", bus.is_open);
    sw_jsonw_bool(w, "paused", bus.is_paused);
    sw_jsonw_uint(w, "polls", bus.polls_total);
    sw_jsonw_uint(w, "errors", bus.errors_total);
    sw_jsonw_uint(w, "timeouts", bus.timeouts_total);
    sw_jsonw_uint(w, "foreign_frames", bus.foreign_total);
    sw_jsonw_uint(w, "overruns", bus.overruns_total);
    sw_jsonw_uint(w, "writes", bus.writes_total);
    sw_jsonw_uint(w, "opens", bus.opens_total);
    sw_jsonw_uint(w, "failing", bus.devices_failing);
    sw_jsonw_array(w, "devices");
    for (size_t k = 0; k < set->n; k++)
        write_device(set, k, w);
    sw_jsonw_array_end(w);
    sw_jsonw_object_end(w);
}

void core_buses_render(const struct sw_core *c, struct sw_jsonw *w)
{
    sw_jsonw_array(w, "bus");
    for (size_t i = 0; i < c->site->n_buses; i++)
        if (c->buses[i].worker)
            write_bus(c, i, w);
    sw_jsonw_array_end(w);
}
