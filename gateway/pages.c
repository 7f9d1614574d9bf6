// SPDX-License-Identifier: Apache-2.0
/* HTTP of the gateway: what is now. GET /api/v1/status, /api/v1/sensors, /api/v1/tickets, /api/v1/schedule, /healthz,
 * /readyz.
 * Everything is read from the engine on its own thread, so a page is one consistent moment. */
#include "gateway/core.h"

#include <string.h>

#include "common/jsonw.h"
#include "gateway/alerts.h"
#include "gateway/console.h"
#include "gateway/console_session.h"
#include "gateway/broadcast.h"
#include "gateway/evidence.h"
#include "gateway/outputs.h"
#include "gateway/reload.h"
#include "gateway/requests.h"
#include "gateway/snapshot.h"
#include "gateway/web.h"

#define ROW_MAX 2048

static void write_finished(struct sw_http_response *res, struct sw_jsonw *w, char *buf)
{
    size_t len = 0;

    if (sw_jsonw_finish(w, &len))
        sw_http_write(res, buf, len);
    else
        sw_http_problem(res, 500, "the page does not fit its room");
}

/* The state of a sensor as one word. One without rules is silent until it has spoken. */
static const char *state_word(const struct sw_judge *judge)
{
    if (sw_judge_n_rules(judge) == 0 && sw_judge_last(judge, NULL, NULL) == INT64_MIN)
        return sw_state_name(SW_STATE_NODATA);
    return sw_state_name(sw_judge_state(judge));
}

/* The rule whose budget ends first: that is what the manager must know. */
static const struct sw_forecast *tightest(const struct sw_judge *judge)
{
    const struct sw_forecast *found = NULL;

    for (size_t i = 0; i < sw_judge_n_rules(judge); i++) {
        const struct sw_forecast *f = &sw_judge_rule(judge, i)->forecast;

        if (f->budget_s >= 0 && (!found || f->budget_s < found->budget_s))
            found = f;
    }
    return found;
}

static void write_sensor(struct sw_core *c, struct sw_jsonw *w, size_t i)
{
    const struct sw_sensor_conf *conf = &c->site->sensors[i];
    const struct sw_judge *judge = sw_engine_judge(c->engine, i);
    const struct sw_quantity_info *q = sw_quantity_info(conf->level);
    const struct sw_forecast *f = judge ? tightest(judge) : NULL;
    struct sw_live live = {.value = SW_NO_VALUE, .limit = SW_NO_VALUE, .ts_us = INT64_MIN};
    const char *output = core_output_state(c, i), *contact = output ? output : core_input_state(c, i);
    const char *state = contact ? contact : "normal";
    struct sw_input_state input;

    sw_engine_live(c->engine, i, &live);
    if (conf->kind == SW_KIND_INPUT && strcmp(state, "normal") == 0 && sw_engine_input(c->engine, i, &input)) {
        live.value = input.active * 100;
        live.ts_us = input.edge_us;
    }
    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "id", conf->id);
    sw_jsonw_str(w, "name", c->doc.sensors[i].name);
    sw_jsonw_str(w, "kind", sw_kind_name(conf->kind));
    sw_jsonw_str(w, "quantity", q->name);
    sw_jsonw_str(w, "unit", q->unit);
    sw_jsonw_centi(w, "value", live.value);
    sw_jsonw_centi(w, "limit", live.limit);
    sw_jsonw_centi(w, "level", judge ? sw_judge_level_now(judge) : SW_NO_VALUE);
    sw_jsonw_str(w, "state", judge ? state_word(judge) : state);
    if (f)
        sw_jsonw_int(w, "budget_s", f->budget_s);
    else
        sw_jsonw_null(w, "budget_s");
    sw_jsonw_time(w, "crosses_at", &c->site->zone, f ? f->crosses_at_us : INT64_MIN);
    sw_jsonw_time(w, "ts", &c->site->zone, live.ts_us);
    core_console_card(c, i, w);
    sw_jsonw_object_end(w);
}

static void write_sensors(struct sw_core *c, struct sw_jsonw *w)
{
    sw_jsonw_array(w, "sensors");
    for (size_t i = 0; i < c->site->n_sensors; i++)
        write_sensor(c, w, i);
    sw_jsonw_array_end(w);
}

/* What waits, and for whom. */
static void write_outbox(const struct sw_core *c, const struct sw_store_status *st, struct sw_jsonw *w)
{
    sw_jsonw_object(w, "outbox");
    sw_jsonw_int(w, "bytes", st->outbox_bytes);
    sw_jsonw_int(w, "max_bytes", st->outbox_max_bytes);
    sw_jsonw_uint(w, "shed", st->shed_total);
    sw_jsonw_uint(w, "superseded", st->superseded_total);
    sw_jsonw_int(w, "gaps_waiting", st->gaps_waiting);
    sw_jsonw_array(w, "destinations");
    for (size_t i = 0; i < st->n_destinations; i++) {
        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "id", st->destination[i].id);
        sw_jsonw_bool(w, "connected", st->destination[i].is_attached);
        sw_jsonw_int(w, "alarm", st->destination[i].pending[SW_LANE_ALARM]);
        sw_jsonw_int(w, "live", st->destination[i].pending[SW_LANE_BULK]);
        sw_jsonw_int(w, "backfill", st->destination[i].pending[SW_LANE_BACKFILL]);
        sw_jsonw_int(w, "given_up", sw_store_given_up(c->store, i));
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
    sw_jsonw_object_end(w);
}

static void write_workers(struct sw_core *c, struct sw_jsonw *w)
{
    struct sw_uplink_status up = {0};
    struct sw_store_status st;

    if (c->uplink)
        sw_uplink_status(c->uplink, &up);
    sw_store_status(c->store, &st);
    if (c->uplink) {
        sw_jsonw_object(w, "uplink");
        sw_jsonw_bool(w, "connected", up.is_connected);
        sw_jsonw_str(w, "mqtt", up.version == 5 ? "5" : up.version == 4 ? "3.1.1" : NULL);
        sw_jsonw_str(w, "why", up.why[0] ? up.why : NULL);
        sw_jsonw_int(w, "pending",
                     st.outbox_pending[SW_LANE_ALARM] + st.outbox_pending[SW_LANE_BULK] +
                         st.outbox_pending[SW_LANE_BACKFILL]);
        sw_jsonw_uint(w, "live_dropped", up.live_dropped_total);
        sw_jsonw_object_end(w);
    } else {
        sw_jsonw_null(w, "uplink"); /* no platform in the configuration: nothing is amiss */
    }
    if (c->uplink)
        write_outbox(c, &st, w);
    sw_jsonw_object(w, "store");
    sw_jsonw_int(w, "bytes", st.bytes);
    sw_jsonw_int(w, "max_bytes", st.max_bytes);
    sw_jsonw_bool(w, "low", st.is_low);
    sw_jsonw_uint(w, "commits", st.commits_total);
    sw_jsonw_uint(w, "readings", st.readings_total);
    sw_jsonw_uint(w, "readings_dropped", st.readings_dropped_total + sw_mailbox_dropped_total(c->readings));
    sw_jsonw_int(w, "documents_lost", c->lost_total);
    sw_jsonw_bool(w, "failing", st.is_failing);
    sw_jsonw_object_end(w);
    core_buses_render(c, w);
}

static void page_status(struct sw_core *c, struct sw_http_response *res)
{
    struct sw_desk_counts counts = sw_desk_counts(sw_engine_desk(c->engine));
    size_t rows = c->site->n_sensors + c->site->n_devices + c->site->n_buses + c->site->n_cameras;
    size_t cap = 4096 + CORE_BROADCAST_ROOM + CORE_ALERTS_SHOWN_MAX * CORE_ALERT_DOCUMENT_MAX + rows * ROW_MAX;
    char *buf = c->doc_buf;
    struct sw_jsonw w;

    cap = SW_MIN(cap, sizeof(c->doc_buf));
    sw_jsonw_init(&w, buf, cap);
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "schema", "siteward.status-page/1.0");
    sw_jsonw_time(&w, "ts", &c->site->zone, sw_engine_now_us(c->engine));
    if (c->clock->simulated)
        sw_jsonw_bool(&w, "simulated", true);
    sw_jsonw_object(&w, "site");
    sw_jsonw_str(&w, "id", c->site->id);
    sw_jsonw_str(&w, "name", core_settings(c)->name);
    sw_jsonw_object_end(&w);
    write_workers(c, &w);
    core_web_render(c, &w);
    sw_accounts_render(c->accounts, &w);
    core_config_render(c, &w);
    core_requests_render(c, &w);
    core_broadcast_render(c, &w);
    core_snapshots_write(c, &w);
    write_sensors(c, &w);
    sw_jsonw_object(&w, "tickets");
    sw_jsonw_uint(&w, "open", counts.open);
    sw_jsonw_uint(&w, "overdue", counts.overdue);
    sw_jsonw_object_end(&w);
    core_alerts_write(c, &w);
    sw_jsonw_object_end(&w);
    write_finished(res, &w, buf);
}

static void page_sensors(struct sw_core *c, struct sw_http_response *res)
{
    struct sw_jsonw w;

    sw_jsonw_init(&w, c->doc_buf, sizeof(c->doc_buf));
    sw_jsonw_object(&w, NULL);
    write_sensors(c, &w);
    sw_jsonw_object_end(&w);
    write_finished(res, &w, c->doc_buf);
}

/* Ticket documents as on MQTT, without outbox numbers: these are views, not messages. Open ones first. */
static void page_tickets(struct sw_core *c, struct sw_http_response *res)
{
    struct sw_desk *desk = sw_engine_desk(c->engine);
    bool any = false;

    sw_http_write(res, "{\"tickets\":[", 12);
    for (int want_open = 1; want_open >= 0; want_open--) {
        for (size_t i = 0; i < sw_desk_capacity(desk); i++) {
            const struct sw_ticket *t = sw_desk_ticket(desk, i);
            size_t len;

            if (!t || sw_ticket_is_open(t) != (want_open == 1))
                continue;
            len = sw_doc_ticket(&c->doc.site, t, t->changed_us, -1, c->doc_buf, sizeof(c->doc_buf));
            if (any)
                sw_http_write(res, ",", 1);
            sw_http_write(res, c->doc_buf, len);
            any = true;
        }
    }
    sw_http_write(res, "]}", 2);
}

/* The schedule document as on MQTT; before there was a schedule, one without items. */
static void page_schedule(struct sw_core *c, struct sw_http_response *res)
{
    static const struct sw_schedule none = {0};
    const struct sw_schedule *now = sw_engine_schedule(c->engine);
    size_t len =
        sw_doc_schedule(&c->doc.site, now ? now : &none, sw_engine_now_us(c->engine), c->doc_buf, sizeof(c->doc_buf));

    if (len)
        sw_http_write(res, c->doc_buf, len);
    else
        sw_http_problem(res, 500, "the schedule does not fit its room");
}

static void page_health(struct sw_core *c, struct sw_http_response *res)
{
    struct sw_store_status st;

    sw_store_status(c->store, &st);
    if (st.is_failing)
        sw_http_problem(res, 503, "the store cannot write: is the disk full?");
    else
        sw_http_write(res, "{\"status\":\"ok\"}", 15);
}

void core_page(void *ctx, const struct sw_http_request *req, struct sw_http_response *res)
{
    static const struct {
        const char *path;
        void (*page)(struct sw_core *c, struct sw_http_response *res);
    } pages[] = {
        {"/api/v1/status", page_status},      {"/api/v1/sensors", page_sensors}, {"/api/v1/tickets", page_tickets},
        {"/api/v1/schedule", page_schedule},  {"/healthz", page_health},         {"/readyz", page_health},
        {"/api/v1/alerts", core_page_alerts},
    };

    if (core_web_page(ctx, req, res) || core_session_page(ctx, req, res) || !core_session_may(ctx, req, res))
        return;
    for (size_t i = 0; i < SW_ARRAY_SIZE(pages); i++) {
        if (strcmp(req->path, pages[i].path) != 0)
            continue;
        if (strcmp(req->method, "GET") != 0) {
            sw_http_problem(res, 405, "%s can only be read", req->path);
            res->allow = "GET, HEAD";
            return;
        }
        pages[i].page(ctx, res);
        return;
    }
    if (core_page_media(ctx, req, res) || core_page_evidence(ctx, req, res) || core_page_ticket(ctx, req, res))
        return;
    if (core_page_bus(ctx, req, res) || core_output_page(ctx, req, res) || core_console_page(ctx, req, res))
        return;
    sw_http_problem(res, 404,
                    "there is no page %.100s; see /api/v1/status, /api/v1/sensors, /api/v1/tickets, "
                    "/api/v1/schedule, /api/v1/alerts",
                    req->path);
}
