// SPDX-License-Identifier: Apache-2.0
/* A command or complaint as the engine was given it, to one line of JSON and back: the form of `siteward replay
 * --commands` and of the store. It holds what was executed, never what else was in the document. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/ident.h"
#include "common/jsonw.h"
#include "common/reading.h"
#include "common/timefmt.h"
#include "io/request_fields.h"
#include "io/topic.h"

/* ---- writing ---- */

static void text(struct sw_jsonw *w, const char *key, const char *value)
{
    if (value[0])
        sw_jsonw_str(w, key, value);
}

static void time_of(struct sw_jsonw *w, const char *key, const struct sw_zone *zone, int64_t us)
{
    if (us != INT64_MIN)
        sw_jsonw_time(w, key, zone, us);
}

static void write_head(struct sw_jsonw *w, const char *schema, const char *id, const struct sw_actor *by,
                       const struct sw_zone *zone, int64_t at_us)
{
    sw_jsonw_object(w, "payload");
    sw_jsonw_str(w, "schema", schema);
    sw_jsonw_str(w, "id", id);
    sw_jsonw_time(w, "at", zone, at_us);
    sw_jsonw_object(w, "by");
    sw_jsonw_str(w, "id", by->id);
    sw_jsonw_str(w, "role", sw_role_name(by->role));
    sw_jsonw_object_end(w);
}

static void write_ticket(struct sw_jsonw *w, const struct sw_ticket_command *c, const struct sw_zone *zone,
                         int64_t at_us)
{
    write_head(w, "siteward.cmd/1.0", c->id, &c->by, zone, at_us);
    if (c->revision)
        sw_jsonw_uint(w, "revision", c->revision);
    text(w, "text", c->text);
    text(w, "measure", c->measure);
    text(w, "reason", c->reason);
    text(w, "satisfaction", c->satisfaction);
    text(w, "into", c->into);
    text(w, "service_request_id", c->service_request_id);
    text(w, "caller_ref", c->caller_ref);
    if (c->force)
        sw_jsonw_bool(w, "force", true);
    time_of(w, "until", zone, c->until_us);
    if (c->resolve_by_us != INT64_MIN) {
        sw_jsonw_object(w, "deadlines");
        sw_jsonw_time(w, "resolve_by", zone, c->resolve_by_us);
        sw_jsonw_object_end(w);
    }
    if (c->has_assignee) {
        sw_jsonw_object(w, "assignee");
        text(w, "unit", c->assignee.unit);
        text(w, "person", c->assignee.person);
        text(w, "phone", c->assignee.phone);
        text(w, "department", c->assignee.department);
        text(w, "street", c->assignee.street);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_object_end(w);
}

static void write_complaint(struct sw_jsonw *w, const struct sw_complaint_call *c, const struct sw_zone *zone)
{
    char window[32];

    write_head(w, "siteward.complaint/1.0", c->id, &c->by, zone, c->at_us);
    sw_jsonw_str(w, "service_request_id", c->service_request_id);
    sw_jsonw_str(w, "service_code", c->service_code);
    sw_jsonw_object(w, "occurred");
    sw_jsonw_time(w, "at", zone, c->occurred_us);
    snprintf(window, sizeof(window), "PT%lldS", (long long) (c->window_us / SW_US_PER_S));
    sw_jsonw_str(w, "window", window);
    sw_jsonw_object_end(w);
    text(w, "caller_ref", c->caller_ref);
    if (c->caller_calls_30d >= 0)
        sw_jsonw_int(w, "caller_calls_30d", c->caller_calls_30d);
    sw_jsonw_str(w, "want", c->want == SW_WANT_ANSWER ? "answer" : "link-or-open");
    sw_jsonw_object_end(w);
}

static void write_found(struct sw_jsonw *w, const struct sw_complaint_found *f, const struct sw_zone *zone)
{
    sw_jsonw_object(w, "found");
    sw_jsonw_str(w, "code", sw_answer_code_name(f->code));
    text(w, "sensor", f->sensor);
    text(w, "rule", f->rule);
    text(w, "pack_version", f->pack_version);
    text(w, "statistic", f->statistic);
    text(w, "quantity", f->quantity);
    text(w, "unit", f->unit);
    text(w, "period", f->period);
    sw_jsonw_bool(w, "period_is_night", f->period_is_night);
    sw_jsonw_centi(w, "worst", f->worst);
    sw_jsonw_centi(w, "max", f->max);
    sw_jsonw_centi(w, "limit", f->limit);
    sw_jsonw_centi(w, "over_by", f->over_by);
    sw_jsonw_time(w, "from", zone, f->from_us);
    sw_jsonw_time(w, "to", zone, f->to_us);
    sw_jsonw_object(w, "work");
    sw_jsonw_str(w, "state", sw_work_state_name(f->work.state));
    if (f->work.permitted < 0)
        sw_jsonw_null(w, "permitted");
    else
        sw_jsonw_bool(w, "permitted", f->work.permitted > 0);
    sw_jsonw_object_end(w);
    if (f->work_detected < 0)
        sw_jsonw_null(w, "work_detected");
    else
        sw_jsonw_bool(w, "work_detected", f->work_detected > 0);
    sw_jsonw_object_end(w);
}

static void write_top(struct sw_jsonw *w, const char *topic, const struct sw_zone *zone, int64_t at_us,
                      enum sw_door door)
{
    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "topic", topic);
    sw_jsonw_time(w, "at", zone, at_us);
    sw_jsonw_str(w, "door", sw_door_name(door));
}

size_t sw_request_given_write(const struct sw_request_given *g, const struct sw_zone *zone, char *buf, size_t cap)
{
    char topic[SW_TOPIC_SIZE];
    struct sw_jsonw w;
    size_t len = 0;

    sw_jsonw_init(&w, buf, cap);
    if (g->kind == SW_REQUEST_TICKET) {
        sw_topic_command_ticket(g->ticket.ticket, sw_verb_name(g->ticket.verb), topic, sizeof(topic));
        write_top(&w, topic, zone, g->at_us, g->ticket.by.door);
        write_ticket(&w, &g->ticket, zone, g->at_us);
    } else {
        write_top(&w, SW_TOPIC_COMPLAINT, zone, g->at_us, g->complaint.by.door);
        if (g->complaint.distance_m >= 0)
            sw_jsonw_int(&w, "distance_m", g->complaint.distance_m);
        else
            sw_jsonw_null(&w, "distance_m");
        write_complaint(&w, &g->complaint, zone);
        write_found(&w, &g->complaint.found, zone);
    }
    sw_jsonw_object_end(&w);
    return sw_jsonw_finish(&w, &len) ? len : 0;
}

void sw_request_complaint_content(const struct sw_complaint_call *c, char ret[65])
{
    char buf[4096];
    struct sw_zone utc;
    struct sw_jsonw w;
    size_t len = 0;

    sw_zone_init_utc(&utc);
    sw_jsonw_init(&w, buf, sizeof(buf));
    sw_jsonw_object(&w, NULL);
    write_complaint(&w, c, &utc);
    sw_jsonw_object_end(&w);
    sw_jsonw_finish(&w, &len);
    sw_sha256_hex(buf, len, ret);
}

/* ---- reading ---- */

static int read_level(const json_t *p, const char *key, int32_t *ret, struct sw_err *err)
{
    double value;
    bool has;
    int rc = request_number(p, key, -20e6, 20e6, &value, &has, err);

    *ret = rc >= 0 && has ? (int32_t) lround(value * 100) : SW_NO_VALUE;
    return rc;
}

static int read_work(const json_t *p, struct sw_work *ret, struct sw_err *err)
{
    const json_t *work, *permitted;
    char word[32];
    int state, rc = request_object(p, "work", &work, err);

    *ret = (struct sw_work){.state = SW_WORK_NO_SCHEDULE, .permitted = -1};
    if (rc < 0 || !work)
        return rc;
    rc = request_text(work, "state", true, word, sizeof(word), err);
    state = rc >= 0 ? sw_work_state_from_name(word) : -1;
    if (rc >= 0 && state < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "\"state\" is '%s', which is no state of work", word);
    permitted = json_object_get(work, "permitted");
    if (permitted && !json_is_boolean(permitted) && !json_is_null(permitted))
        return sw_err_set(err, SW_E_INVAL, 0, "\"permitted\" must be true, false or null");
    if (rc >= 0)
        ret->state = (enum sw_work_state) state;
    ret->permitted = json_is_boolean(permitted) ? json_is_true(permitted) : -1;
    return rc;
}

static int read_found_texts(const json_t *p, struct sw_complaint_found *f, struct sw_err *err)
{
    const struct {
        const char *key;
        char *to;
        size_t cap;
    } texts[] = {
        {"sensor", f->sensor, sizeof(f->sensor)},
        {"rule", f->rule, sizeof(f->rule)},
        {"pack_version", f->pack_version, sizeof(f->pack_version)},
        {"statistic", f->statistic, sizeof(f->statistic)},
        {"quantity", f->quantity, sizeof(f->quantity)},
        {"unit", f->unit, sizeof(f->unit)},
        {"period", f->period, sizeof(f->period)},
    };
    int rc = SW_OK;

    for (size_t i = 0; i < SW_ARRAY_SIZE(texts) && rc >= 0; i++)
        rc = request_text(p, texts[i].key, false, texts[i].to, texts[i].cap, err);
    return rc;
}

static int read_detected(const json_t *found, int8_t *ret, struct sw_err *err)
{
    const json_t *v = json_object_get(found, "work_detected");

    if (!v || json_is_null(v))
        return SW_OK;
    *ret = json_is_true(v) ? 1 : 0;
    return json_is_boolean(v) ? SW_OK : sw_err_set(err, SW_E_INVAL, 0, "\"work_detected\" must be true, false or null");
}

static int read_found(const json_t *root, struct sw_complaint_found *f, struct sw_err *err)
{
    const json_t *p;
    char word[40] = "no_data";
    int code, rc = request_object(root, "found", &p, err);

    *f = sw_complaint_found_none();
    if (rc < 0 || !p)
        return rc;
    rc = request_text(p, "code", true, word, sizeof(word), err);
    code = rc >= 0 ? sw_answer_code_from_name(word) : -1;
    if (rc >= 0 && code < 0)
        rc = sw_err_set(err, SW_E_INVAL, 0, "\"code\" is '%s', which is no code of an answer", word);
    if (rc >= 0)
        rc = read_found_texts(p, f, err);
    if (rc >= 0)
        rc = request_bool(p, "period_is_night", &f->period_is_night, err);
    if (rc >= 0)
        rc = read_level(p, "worst", &f->worst, err);
    if (rc >= 0)
        rc = read_level(p, "max", &f->max, err);
    if (rc >= 0)
        rc = read_level(p, "limit", &f->limit, err);
    if (rc >= 0)
        rc = read_level(p, "over_by", &f->over_by, err);
    if (rc >= 0)
        rc = request_time(p, "from", false, &f->from_us, err);
    if (rc >= 0)
        rc = request_time(p, "to", false, &f->to_us, err);
    if (rc >= 0)
        rc = read_work(p, &f->work, err);
    if (rc >= 0)
        rc = read_detected(p, &f->work_detected, err);
    if (rc < 0)
        return sw_err_prefix(err, "\"found\"");
    f->code = (enum sw_answer_code) code;
    return SW_OK;
}

static int read_door(const json_t *root, enum sw_door *ret, struct sw_err *err)
{
    char word[16];
    int door, rc = request_text(root, "door", false, word, sizeof(word), err);

    if (rc < 0)
        return rc;
    door = word[0] ? sw_door_from_name(word) : SW_DOOR_MQTT;
    if (door < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "\"door\" is '%s': it must be mqtt, console or cli", word);
    *ret = (enum sw_door) door;
    return SW_OK;
}

static int read_topic(const json_t *root, struct sw_request *r, struct sw_err *err)
{
    char topic[SW_TOPIC_SIZE], verb[SW_TOPIC_WORD_SIZE];
    int number, rc = request_text(root, "topic", true, topic, sizeof(topic), err);

    if (rc < 0)
        return rc;
    switch (sw_topic_command(topic, r->ticket.ticket, verb)) {
    case SW_COMMAND_TICKET:
        number = sw_verb_from_name(verb);
        if (number < 0 || !sw_ticket_verb_rule((enum sw_verb) number))
            return sw_err_set(err, SW_E_INVAL, 0,
                              "'%s' is not a verb of the contract (ack, dispatch, accept, start, …)", verb);
        r->kind = SW_REQUEST_TICKET;
        r->ticket.verb = (enum sw_verb) number;
        return SW_OK;
    case SW_COMMAND_COMPLAINT:
        r->kind = SW_REQUEST_COMPLAINT;
        return SW_OK;
    default:
        return sw_err_set(err, SW_E_INVAL, 0,
                          "\"topic\" is '%.80s': it must be cmd/ticket/{ticket}/{verb} or cmd/complaint", topic);
    }
}

static int read_given(const json_t *root, struct sw_request *r, struct sw_request_given *g, struct sw_err *err)
{
    enum sw_door door = SW_DOOR_MQTT;
    int64_t distance_m = -1;
    int rc = read_topic(root, r, err);

    if (rc >= 0 && !json_is_object(json_object_get(root, "payload")))
        rc = sw_err_set(err, SW_E_INVAL, 0, "\"payload\" is missing or no object");
    if (rc >= 0)
        rc = request_read(r->kind, json_object_get(root, "payload"), r, err);
    if (rc >= 0)
        rc = request_time(root, "at", false, &g->at_us, err);
    if (rc >= 0)
        rc = read_door(root, &door, err);
    if (rc < 0)
        return rc;
    g->kind = r->kind;
    if (g->at_us == INT64_MIN)
        g->at_us = r->at_us;
    if (g->kind == SW_REQUEST_TICKET) {
        g->ticket = r->ticket;
        g->ticket.by.door = door;
        return SW_OK;
    }
    g->complaint = r->complaint;
    g->complaint.by.door = door;
    g->complaint.at_us = r->at_us;
    rc = request_int(root, "distance_m", 0, 100000000, &distance_m, err);
    g->complaint.distance_m = (int32_t) distance_m;
    return rc < 0 ? rc : read_found(root, &g->complaint.found, err);
}

int sw_request_given_read(const char *json, size_t len, struct sw_request_given *ret, struct sw_err *err)
{
    json_error_t fault;
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &fault);
    struct sw_request r = {0};
    struct sw_request_given g = {0};
    int rc;

    if (!root)
        return sw_err_set(err, SW_E_INVAL, 0, "not JSON: %.*s (column %d)", request_fault_len(&fault), fault.text,
                          fault.column);
    rc = read_given(root, &r, &g, err);
    if (rc >= 0)
        *ret = g;
    json_decref(root);
    return rc;
}
