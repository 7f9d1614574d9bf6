// SPDX-License-Identifier: Apache-2.0
/* From effects to documents, and on to where they belong: what must arrive goes into the store's outbox with the change
 * that caused it, retained state and live values go straight to the uplink. What is judged was decided before. */
#include "gateway/core.h"

#include <stdio.h>
#include <string.h>

#include "gateway/alerts.h"
#include "gateway/doors.h"
#include "gateway/health.h"
#include "gateway/outputs.h"
#include "gateway/reload.h"
#include "gateway/requests.h"
#include "gateway/snapshot.h"
#include "gateway/ticket_state.h"
#include "gateway/uplinks.h"
#include "io/topic.h"

#define LEARNT_EVERY_US (3600 * SW_US_PER_S)

static const char *sensor_id(const struct sw_core *c, size_t sensor)
{
    return c->site->sensors[sensor].id;
}

/* A document that renders to nothing is a bug of ours: say so, and go on with the rest. */
static bool is_rendered(struct sw_core *c, size_t len, const char *what)
{
    if (len == 0)
        sw_complain(&c->store_complaint, sw_mono_real_us(), SW_LOG_ERR, "a document of %s does not fit %d bytes", what,
                    SW_DOCUMENT_MAX);
    return len != 0;
}

static void check_staged(struct sw_core *c, int rc, const char *what)
{
    if (rc >= 0)
        return;
    c->lost_total++;
    sw_complain(&c->store_complaint, sw_mono_real_us(), SW_LOG_ERR,
                "%s could not be given to the store (%s): is the disk stalled?", what, sw_code_name((enum sw_code) rc));
}

/* Into the outbox, with the next number; the number is used up only if it was taken. */
static void stage_document(struct sw_core *c, enum sw_document_class class, const char *topic, bool retain,
                           const char *props, size_t len)
{
    const bool is_window = class == SW_DOCUMENT_WINDOW_1M || class == SW_DOCUMENT_WINDOW;
    const struct sw_store_document d = {
        .seq = c->seq + 1,
        .lane = is_window ? SW_LANE_BULK : SW_LANE_ALARM,
        .class = class,
        .topic = topic,
        .retain = retain,
        .props = props,
        .payload = c->doc_buf,
        .len = len,
    };
    int rc = sw_store_put_document(c->store, &d);

    if (rc >= 0) {
        c->seq++;
        core_events_tell(c, topic, c->doc_buf, len);
    }
    check_staged(c, rc, topic);
}

static void publish_live(struct sw_core *c, const struct sw_live *v, int64_t now_us)
{
    struct core_sensor *s = &c->sensors[v->sensor];
    char topic[SW_TOPIC_SIZE];
    size_t len;

    if (!core_is_heard(c) || now_us < s->live_due_us)
        return;
    /* Intervals on a grid, so that a late reading does not push all later ones back. */
    if (core_settings(c)->live_interval_ms > 0) {
        int64_t interval_us = core_settings(c)->live_interval_ms * SW_US_PER_MS;

        s->live_due_us = (now_us / interval_us + 1) * interval_us;
    }
    len = sw_doc_live(&c->doc.site, v, c->doc_buf, sizeof(c->doc_buf));
    if (is_rendered(c, len, "a live value") && sw_topic_sensor(sensor_id(c, v->sensor), "live", topic, sizeof(topic)))
        core_post_live(c, topic, c->doc_buf, len);
}

int64_t *core_published_to(struct sw_core *c, size_t sensor, const char *period)
{
    const struct sw_judge *judge = sw_engine_judge(c->engine, sensor);

    for (size_t i = 0; judge && i < sw_judge_n_windows(judge) && i < SW_JUDGE_WINDOWS_MAX; i++)
        if (strcmp(sw_judge_window(judge, i), period) == 0)
            return &c->sensors[sensor].published_to_us[i];
    return NULL;
}

/* A window is published once: not again when it is rebuilt after a restart. */
static void publish_window(struct sw_core *c, const struct sw_window_result *w, int64_t ts_us)
{
    const char *id = sensor_id(c, w->sensor);
    char leaf[32], topic[SW_TOPIC_SIZE];
    int64_t *published_to_us = core_published_to(c, w->sensor, w->period);
    size_t len;

    if (published_to_us && w->to_us <= *published_to_us)
        return;
    if (published_to_us)
        *published_to_us = w->to_us;
    len = sw_doc_window(&c->doc.site, w, ts_us, c->seq + 1, 0, c->doc_buf, sizeof(c->doc_buf));
    snprintf(leaf, sizeof(leaf), "agg/%s", w->period);
    if (!is_rendered(c, len, "a window") || !sw_topic_sensor(id, leaf, topic, sizeof(topic)))
        return;
    check_staged(c, sw_store_put_window(c->store, id, w->period, w->from_us, w->to_us, c->doc_buf, len), id);
    stage_document(c, strcmp(w->period, "1m") == 0 ? SW_DOCUMENT_WINDOW_1M : SW_DOCUMENT_WINDOW, topic, false, NULL,
                   len);
    /* It goes out when it is on the disk. All windows of a minute close in one turn, so that this is one commit. */
    c->wants_commit = c->wants_commit || c->is_restored;
}

static void post_state(struct sw_core *c, size_t sensor, int64_t ts_us)
{
    char topic[SW_TOPIC_SIZE];
    size_t len =
        sw_doc_state(&c->doc.site, sensor, sw_engine_judge(c->engine, sensor), ts_us, c->doc_buf, sizeof(c->doc_buf));

    if (core_is_heard(c) && is_rendered(c, len, "a sensor's state") &&
        sw_topic_sensor(sensor_id(c, sensor), "state", topic, sizeof(topic)))
        core_post_state(c, topic, c->doc_buf, len);
}

/* States and their timers survive a restart: a matter that alerts must not begin anew. */
static void keep_states(struct sw_core *c, size_t sensor)
{
    const struct sw_judge *judge = sw_engine_judge(c->engine, sensor);
    char body[SW_RULE_STATE_MAX];

    for (size_t i = 0; i < sw_judge_n_rules(judge); i++) {
        const struct sw_rule_state *r = sw_judge_rule(judge, i);
        size_t len = sw_rule_state_write(r, body, sizeof(body));

        if (is_rendered(c, len, "a rule's state"))
            check_staged(c, sw_store_put_state(c->store, sensor_id(c, sensor), r->rule->full_id, body, len),
                         r->rule->full_id);
    }
}

static void publish_state(struct sw_core *c, size_t sensor, int64_t ts_us)
{
    keep_states(c, sensor);
    c->wants_commit = true;
    post_state(c, sensor, ts_us);
}

/* What was learned in weeks is not to be learned again after a restart. */
static void keep_learnt(struct sw_core *c)
{
    for (size_t i = 0; i < c->site->n_sensors; i++) {
        const struct sw_judge *judge = sw_engine_judge(c->engine, i);
        const struct sw_detect *detect = sw_engine_detect(c->engine, i);
        size_t len = judge ? sw_judge_model_write(judge, c->doc_buf, sizeof(c->doc_buf)) : 0;

        if (len > 0)
            check_staged(c, sw_store_put_state(c->store, sensor_id(c, i), SW_RESTORE_MODEL, c->doc_buf, len),
                         sensor_id(c, i));
        len = detect ? sw_detect_write(detect, c->doc_buf, sizeof(c->doc_buf)) : 0;
        if (len > 0)
            check_staged(c, sw_store_put_state(c->store, sensor_id(c, i), SW_RESTORE_DETECT, c->doc_buf, len),
                         sensor_id(c, i));
    }
}

void core_keep_all(struct sw_core *c)
{
    for (size_t i = 0; i < c->site->n_sensors; i++)
        if (sw_engine_judge(c->engine, i))
            keep_states(c, i);
    keep_learnt(c);
    core_alerts_keep(c);
}

static void publish_ticket(struct sw_core *c, size_t slot, int64_t ts_us)
{
    const struct sw_ticket *t = sw_desk_ticket(sw_engine_desk(c->engine), slot);
    char topic[SW_TOPIC_SIZE];
    size_t len;

    if (!t)
        return;
    len = sw_ticket_state_write(t, c->doc_buf, sizeof(c->doc_buf));
    if (is_rendered(c, len, "a ticket's state"))
        check_staged(c,
                     sw_store_put_ticket(c->store, t->id, t->matter_key, sw_status_name(t->status), t->revision,
                                         t->changed_us, c->doc_buf, len),
                     t->id);
    len = sw_doc_ticket(&c->doc.site, t, ts_us, c->seq + 1, c->doc_buf, sizeof(c->doc_buf));
    if (is_rendered(c, len, "a ticket") && sw_topic_ticket(t->id, NULL, topic, sizeof(topic)))
        stage_document(c, SW_DOCUMENT_TICKET, topic, true, NULL, len);
    c->wants_commit = true;
}

/* CloudEvents attributes as user properties, one "key=value" a line. */
static const char *event_props(const struct sw_core *c, const char *id, const char *type, const char *subject,
                               const char *dataschema, int64_t at_us, char *buf, size_t cap)
{
    char time[SW_RFC3339_SIZE];
    int len;

    sw_time_format(&c->site->zone, at_us, time);
    len = snprintf(buf, cap,
                   "specversion=1.0\nid=%s\nsource=/siteward/%s/%s/%s\ntype=%s\ntime=%s\nsubject=%s\ndataschema=%s\n",
                   id, c->site->area, c->site->id, c->site->gateway_id, type, time, subject, dataschema);
    return len > 0 && (size_t) len < cap ? buf : NULL;
}

static void publish_ticket_event(struct sw_core *c, const struct sw_ticket_event *v, int64_t ts_us)
{
    char topic[SW_TOPIC_SIZE], type[64] = "", props[768];
    size_t len = sw_doc_ticket_event(&c->doc.site, v, ts_us, c->seq + 1, c->doc_buf, sizeof(c->doc_buf));

    sw_doc_event_type(v->verb, type, sizeof(type));
    if (!is_rendered(c, len, "a ticket event") || !sw_topic_ticket(v->ticket, "event", topic, sizeof(topic)))
        return;
    stage_document(
        c, SW_DOCUMENT_KEPT, topic, false,
        event_props(c, v->id, type, v->ticket, "urn:siteward:ticket-event:1.0", v->at_us, props, sizeof(props)), len);
    c->wants_commit = true;
}

/* So that a restart neither tells of it again nor counts from one. */
static void keep_input(struct sw_core *c, size_t sensor)
{
    struct sw_input_state input;
    char text[SW_INPUT_STATE_MAX];
    size_t len = sw_engine_input(c->engine, sensor, &input) ? sw_input_state_write(&input, text, sizeof(text)) : 0;

    if (len > 0)
        check_staged(c, sw_store_put_state(c->store, sensor_id(c, sensor), SW_RESTORE_INPUT, text, len),
                     sensor_id(c, sensor));
}

static void publish_sensor_event(struct sw_core *c, const struct sw_sensor_event *v, int64_t ts_us)
{
    const char *id = sensor_id(c, v->sensor);
    char topic[SW_TOPIC_SIZE], props[768];
    size_t len = sw_doc_sensor_event(&c->doc.site, v, ts_us, c->seq + 1, c->doc_buf, sizeof(c->doc_buf));

    keep_input(c, v->sensor);
    if (!is_rendered(c, len, "a sensor event") || !sw_topic_sensor(id, "event", topic, sizeof(topic)))
        return;
    stage_document(c, SW_DOCUMENT_KEPT, topic, false,
                   event_props(c, v->id, "cn.siteward.sensor.changed.v1", id, "urn:siteward:event:1.0", ts_us, props,
                               sizeof(props)),
                   len);
    c->wants_commit = true;
}

void core_publish_media(struct sw_core *c, uint16_t sensor, const struct sw_media_event *v, int64_t ts_us)
{
    const char *id = sensor_id(c, sensor);
    char topic[SW_TOPIC_SIZE], props[768];
    size_t len = sw_doc_media_event(&c->doc.site, v, ts_us, c->seq + 1, c->doc_buf, sizeof(c->doc_buf));

    if (!is_rendered(c, len, "a picture") || !sw_topic_sensor(id, "event", topic, sizeof(topic)))
        return;
    stage_document(c, SW_DOCUMENT_KEPT, topic, false,
                   event_props(c, v->id, "cn.siteward.sensor.pictured.v1", id, "urn:siteward:event:1.0", ts_us, props,
                               sizeof(props)),
                   len);
    c->wants_commit = true;
}

static void post_summary(struct sw_core *c, int64_t ts_us)
{
    struct sw_summary summary;
    size_t len;

    if (!core_is_heard(c) || !core_speaks_for_site(c))
        return;
    sw_engine_summary(c->engine, &summary);
    len = sw_doc_summary(&c->doc.site, &summary, ts_us, c->doc_buf, sizeof(c->doc_buf));
    if (is_rendered(c, len, "the summary"))
        core_post_state(c, "summary", c->doc_buf, len);
}

static void post_schedule(struct sw_core *c, int64_t ts_us)
{
    const struct sw_schedule *schedule = sw_engine_schedule(c->engine);
    size_t len;

    if (!core_has_uplink(c) || !schedule || !core_speaks_for_site(c))
        return;
    len = sw_doc_schedule(&c->doc.site, schedule, ts_us, c->doc_buf, sizeof(c->doc_buf));
    if (is_rendered(c, len, "the schedule"))
        core_post_state(c, "schedule", c->doc_buf, len);
}

void core_publish(struct sw_core *c, const struct sw_effect *fx)
{
    switch (fx->kind) {
    case SW_EFFECT_LIVE:
        publish_live(c, &fx->live, fx->ts_us);
        break;
    case SW_EFFECT_WINDOW:
        publish_window(c, &fx->window, fx->ts_us);
        break;
    case SW_EFFECT_STATE:
        publish_state(c, fx->sensor, fx->ts_us);
        core_outputs_state(c, fx->sensor);
        break;
    case SW_EFFECT_TICKET:
        publish_ticket(c, fx->ticket, fx->ts_us);
        break;
    case SW_EFFECT_TICKET_EVENT:
        publish_ticket_event(c, &fx->event, fx->ts_us);
        core_snapshot_effect(c, fx);
        break;
    case SW_EFFECT_SENSOR_EVENT:
        publish_sensor_event(c, &fx->input, fx->ts_us);
        core_snapshot_effect(c, fx);
        break;
    case SW_EFFECT_ALERT:
        core_alert(c, &fx->alert);
        break;
    case SW_EFFECT_SUMMARY:
        if (fx->ts_us % LEARNT_EVERY_US == 0) /* it comes with each full minute */
            keep_learnt(c);
        post_summary(c, fx->ts_us);
        break;
    case SW_EFFECT_SCHEDULE:
        post_schedule(c, fx->ts_us);
        break;
    case SW_EFFECT_RESULT:
        core_request_result(c, fx);
        break;
    case SW_EFFECT__COUNT:
        break;
    }
}

void core_publish_state(struct sw_core *c)
{
    int64_t ts_us = sw_engine_now_us(c->engine);
    char topic[SW_TOPIC_SIZE];
    size_t len;

    if (!core_has_uplink(c) || ts_us == INT64_MIN)
        return;
    len = sw_doc_info(&c->doc.site, ts_us, c->doc_buf, sizeof(c->doc_buf));
    if (is_rendered(c, len, "the gateway") && sw_topic_gateway(c->site->gateway_id, "info", topic, sizeof(topic)))
        core_post_state(c, topic, c->doc_buf, len);
    for (size_t i = 0; i < c->site->n_sensors; i++) {
        len = sw_doc_meta(&c->doc.site, i, ts_us, c->doc_buf, sizeof(c->doc_buf));
        if (is_rendered(c, len, "a sensor") && sw_topic_sensor(sensor_id(c, i), "meta", topic, sizeof(topic)))
            core_post_state(c, topic, c->doc_buf, len);
        if (sw_engine_judge(c->engine, i))
            post_state(c, i, ts_us);
    }
    core_outputs_publish(c);
    post_schedule(c, ts_us);
    post_summary(c, ts_us);
    core_config_publish(c);
    core_health_publish(c);
    core_alerts_publish(c);
}

/* New ones, and those that were linked since. What finds no room is tried again with the next turn. */
static void keep_complaints(struct sw_core *c)
{
    struct sw_desk *desk = sw_engine_desk(c->engine);
    const struct sw_complaint_kept *k;

    while ((k = sw_desk_changed_complaint(desk)) != NULL && sw_store_put_complaint(c->store, k) >= 0)
        sw_desk_complaint_is_kept(desk, k);
}

void core_end_turn(struct sw_core *c)
{
    int rc;

    keep_complaints(c);
    sw_store_set_time(c->store, sw_engine_now_us(c->engine), false);
    rc = c->wants_commit ? sw_store_commit(c->store) : sw_store_end_turn(c->store);

    if (rc >= 0) {
        c->wants_commit = false;
        /* Between two full boxes there is always room for one turn: only an empty one is the end of it. */
        if (!sw_store_is_pressed(c->store))
            sw_complain_clear(&c->store_complaint, SW_LOG_NOTICE, "the store takes everything again");
    } else {
        sw_complain(&c->store_complaint, sw_mono_real_us(), SW_LOG_WARNING, "the store is behind: %s",
                    sw_code_name((enum sw_code) rc));
    }
}
