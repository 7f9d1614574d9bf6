// SPDX-License-Identifier: Apache-2.0
/* GET /metrics: figures for a monitoring system, in the Prometheus text format (version 0.0.4). Names say the unit;
 * what is not known has no sample, so that nobody takes it for zero. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/alerts.h"
#include "gateway/console_int.h"

#define LINE_MAX_BYTES 1024

struct out {
    struct sw_http_response *res;
    const char *name;
};

static void put(struct out *o, const char *text)
{
    sw_http_write(o->res, text, strlen(text));
}

/* A family begins; its samples follow. */
static void family(struct out *o, const char *name, const char *type, const char *help)
{
    char line[LINE_MAX_BYTES];

    o->name = name;
    (void) snprintf(line, sizeof(line), "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
    put(o, line);
}

static void number(struct out *o, double value)
{
    char text[40];

    if (value == floor(value) && fabs(value) < 1e15)
        (void) snprintf(text, sizeof(text), " %.0f\n", value);
    else
        (void) snprintf(text, sizeof(text), " %.10g\n", value);
    put(o, text);
}

static void sample(struct out *o, double value)
{
    put(o, o->name);
    number(o, value);
}

/* One label; `more` is a second one, NULL = none. Values are ids and words of ours, or a line's text: escaped. */
static void label(struct out *o, char mark, const char *key, const char *value)
{
    char text[4] = {mark, '\0'};

    put(o, text);
    put(o, key);
    put(o, "=\"");
    for (; *value; value++) {
        text[0] = *value == '\n' || *value == '"' || *value == '\\' ? '\\' : *value;
        text[1] = text[0] != '\\' ? '\0' : *value == '\n' ? 'n' : *value;
        text[2] = '\0';
        put(o, text);
    }
    put(o, "\"");
}

static void sample_of(struct out *o, const char *key, const char *value, const char *key_2, const char *value_2,
                      double v)
{
    put(o, o->name);
    label(o, '{', key, value);
    if (key_2)
        label(o, ',', key_2, value_2);
    put(o, "}");
    number(o, v);
}

/* ---- what is told ---- */

static void one(struct out *o, const char *name, const char *type, const char *help, double v)
{
    family(o, name, type, help);
    sample(o, v);
}

static void write_sensors(struct sw_core *c, struct out *o)
{
    static const struct {
        const char *name, *help;
    } families[] = {
        {"siteward_sensor_value", "Newest value, in the unit of the label."},
        {"siteward_sensor_limit", "Lowest limit in force of that value, in the same unit."},
        {"siteward_sensor_age_seconds", "Time since the newest reading was taken."},
    };

    for (size_t k = 0; k < SW_ARRAY_SIZE(families); k++) {
        family(o, families[k].name, "gauge", families[k].help);
        for (size_t i = 0; i < c->site->n_sensors; i++) {
            const struct sw_quantity_info *q = sw_quantity_info(c->site->sensors[i].level);
            struct sw_live live;
            int32_t v;

            if (!sw_engine_live(c->engine, i, &live))
                continue;
            v = k == 0 ? live.value : live.limit;
            if (k == 2)
                sample_of(o, "sensor", c->site->sensors[i].id, NULL, NULL,
                          (double) SW_MAX(sw_engine_now_us(c->engine) - live.ts_us, 0) / SW_US_PER_S);
            else if (v != SW_NO_VALUE)
                sample_of(o, "sensor", c->site->sensors[i].id, "unit", q->unit, v / 100.0);
        }
    }
    family(o, "siteward_sensor_state", "gauge", "1 for the state that the sensor is in.");
    for (size_t i = 0; i < c->site->n_sensors; i++) {
        const struct sw_judge *judge = sw_engine_judge(c->engine, i);

        if (judge)
            sample_of(o, "sensor", c->site->sensors[i].id, "state", sw_state_name(sw_judge_state(judge)), 1);
    }
}

static void write_matters(struct sw_core *c, struct out *o)
{
    const struct sw_desk_counts counts = sw_desk_counts(sw_engine_desk(c->engine));

    one(o, "siteward_tickets_open", "gauge", "Tickets that are open.", counts.open);
    one(o, "siteward_tickets_overdue", "gauge", "Open tickets behind a deadline.", counts.overdue);
    one(o, "siteward_alerts", "gauge", "Alerts that hold now.", (double) core_alerts_count(c));
}

static void write_store(struct sw_core *c, const struct sw_store_status *st, struct out *o)
{
    one(o, "siteward_store_bytes", "gauge", "Size of the database.", (double) st->bytes);
    one(o, "siteward_store_max_bytes", "gauge", "Share of the disk that it may use; 0 is no bound.",
        (double) st->max_bytes);
    one(o, "siteward_store_disk_free_bytes", "gauge", "Free on its disk.", (double) st->disk_free_bytes);
    one(o, "siteward_store_failing", "gauge", "1 while the last commit did not succeed.", st->is_failing);
    one(o, "siteward_store_commits_total", "counter", "Transactions.", (double) st->commits_total);
    one(o, "siteward_store_failures_total", "counter", "Transactions that failed.", (double) st->failures_total);
    one(o, "siteward_readings_total", "counter", "Readings that were stored.", (double) st->readings_total);
    one(o, "siteward_readings_dropped_total", "counter", "Readings for which there was no room.",
        (double) (st->readings_dropped_total + sw_mailbox_dropped_total(c->readings)));
    one(o, "siteward_documents_lost_total", "counter", "Documents that the store did not take.",
        (double) c->lost_total);
    one(o, "siteward_outbox_bytes", "gauge", "Documents that wait for a receiver.", (double) st->outbox_bytes);
    one(o, "siteward_outbox_shed_total", "counter", "Documents given up unsent for want of space.",
        (double) st->shed_total);
}

static void write_uplinks(struct sw_core *c, const struct sw_store_status *st, struct out *o)
{
    static const char *const lanes[SW_LANE__COUNT] = {
        [SW_LANE_ALARM] = "alarm", [SW_LANE_BULK] = "live", [SW_LANE_BACKFILL] = "backfill"};
    struct sw_uplink_status up = {0};

    family(o, "siteward_outbox_pending", "gauge", "Documents that a receiver has not acknowledged.");
    for (size_t i = 0; i < st->n_destinations; i++)
        for (size_t k = 0; k < SW_LANE__COUNT; k++)
            if (lanes[k])
                sample_of(o, "destination", st->destination[i].id, "lane", lanes[k],
                          (double) st->destination[i].pending[k]);
    if (!c->uplink)
        return;
    sw_uplink_status(c->uplink, &up);
    one(o, "siteward_uplink_connected", "gauge", "1 while the platform is reached.", up.is_connected);
    one(o, "siteward_uplink_connects_total", "counter", "Connections made.", (double) up.connects_total);
    one(o, "siteward_uplink_connect_failures_total", "counter", "Connections that failed.",
        (double) up.connect_failures_total);
    one(o, "siteward_uplink_rows_acked_total", "counter", "Outbox documents acknowledged.",
        (double) up.rows_acked_total);
    one(o, "siteward_uplink_live_sent_total", "counter", "Live values sent.", (double) up.live_sent_total);
    one(o, "siteward_uplink_live_dropped_total", "counter", "Live values dropped.", (double) up.live_dropped_total);
}

static const struct {
    const char *name, *help;
    size_t offset;
} bus_counts[] = {
    {"siteward_bus_polls_total", "Devices asked.", offsetof(struct sw_bus_stats, polls_total)},
    {"siteward_bus_readings_total", "Readings taken.", offsetof(struct sw_bus_stats, readings_total)},
    {"siteward_bus_errors_total", "Requests that failed.", offsetof(struct sw_bus_stats, errors_total)},
    {"siteward_bus_timeouts_total", "Requests that nobody answered.", offsetof(struct sw_bus_stats, timeouts_total)},
    {"siteward_bus_overruns_total", "Due times that passed while the line was busy.",
     offsetof(struct sw_bus_stats, overruns_total)},
};

static void write_buses(struct sw_core *c, struct out *o)
{
    struct sw_bus_stats v;

    for (size_t k = 0; k < SW_ARRAY_SIZE(bus_counts); k++) {
        family(o, bus_counts[k].name, "counter", bus_counts[k].help);
        for (size_t i = 0; i < c->site->n_buses; i++) {
            uint64_t count;

            if (!c->buses[i].worker)
                continue;
            sw_bus_worker_stats(c->buses[i].worker, &v);
            memcpy(&count, (const char *) &v + bus_counts[k].offset, sizeof(count));
            sample_of(o, "bus", c->site->buses[i].id, NULL, NULL, (double) count);
        }
    }
    family(o, "siteward_bus_devices_failing", "gauge", "Devices that do not answer now.");
    for (size_t i = 0; i < c->site->n_buses; i++) {
        if (!c->buses[i].worker)
            continue;
        sw_bus_worker_stats(c->buses[i].worker, &v);
        sample_of(o, "bus", c->site->buses[i].id, NULL, NULL, v.devices_failing);
    }
}

static void write_console(struct sw_core *c, struct out *o)
{
    const struct sw_sse_counts v = core_events_counts(c);

    one(o, "siteward_console_streams", "gauge", "Pages that listen to events.", (double) v.clients);
    one(o, "siteward_console_events_total", "counter", "Events told.", (double) v.events_total);
    one(o, "siteward_console_streams_dropped_total", "counter", "Streams ended because the client did not read.",
        (double) v.dropped_total);
    one(o, "siteward_console_streams_refused_total", "counter", "Streams for which there was no room.",
        (double) v.refused_total);
    one(o, "siteward_queries_waiting", "gauge", "Questions about the past that wait for an answer.",
        (double) core_queries_waiting(c->queries));
}

void console_page_metrics(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    struct out o = {.res = res};
    struct sw_store_status st;

    (void) req;
    sw_store_status(c->store, &st);
    res->content_type = "text/plain; version=0.0.4; charset=utf-8";
    family(&o, "siteward_build_info", "gauge", "1; the labels say what runs.");
    sample_of(&o, "version", SW_VERSION, "gateway", c->site->gateway_id, 1);
    one(&o, "siteward_start_time_seconds", "gauge", "When this run began, since 1970, on the site's clock.",
        (double) c->since_us / SW_US_PER_S);
    one(&o, "siteward_simulated", "gauge", "1 while the site does not exist.", c->clock->simulated);
    write_sensors(c, &o);
    write_matters(c, &o);
    write_store(c, &st, &o);
    write_uplinks(c, &st, &o);
    write_buses(c, &o);
    write_console(c, &o);
}
