// SPDX-License-Identifier: Apache-2.0
/* Documents of gateways, field by field: what the hub keeps them by, and nothing else. The text itself is stored as it
 * came. */
#include "hub/document.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/ident.h"
#include "common/timefmt.h"

#define SEQ_MAX ((int64_t) 1 << 53)

/* ---- fields ---- */

static int lacks(struct sw_err *err, const char *key, const char *what)
{
    return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" %s", key, what);
}

/* A text of at most cap - 1 bytes; absent and null leave "". */
static int take_text(const json_t *o, const char *key, bool is_required, char *to, size_t cap, struct sw_err *err)
{
    const json_t *v = json_object_get(o, key);

    to[0] = '\0';
    if (!v || json_is_null(v))
        return is_required ? lacks(err, key, "is missing") : SW_OK;
    if (!json_is_string(v) || json_string_length(v) >= cap || (is_required && json_string_length(v) == 0))
        return lacks(err, key, "is no text, or longer than we take");
    memcpy(to, json_string_value(v), json_string_length(v) + 1);
    return SW_OK;
}

/* The same of a text that only people read: cut at a character where it is too long. */
static int take_long_text(const json_t *o, const char *key, char *to, size_t cap, struct sw_err *err)
{
    const json_t *v = json_object_get(o, key);
    size_t len;

    to[0] = '\0';
    if (!v || json_is_null(v))
        return SW_OK;
    if (!json_is_string(v))
        return lacks(err, key, "is no text");
    len = json_string_length(v);
    if (len >= cap)
        for (len = cap - 1; len > 0 && ((unsigned char) json_string_value(v)[len] & 0xc0) == 0x80;)
            len--;
    memcpy(to, json_string_value(v), len);
    to[len] = '\0';
    return SW_OK;
}

static int take_time(const json_t *o, const char *key, bool is_required, int64_t *ret, struct sw_err *err)
{
    const json_t *v = json_object_get(o, key);
    struct sw_err why = {0};

    *ret = INT64_MIN;
    if (!v || json_is_null(v))
        return is_required ? lacks(err, key, "is missing") : SW_OK;
    if (!json_is_string(v) || sw_time_parse(json_string_value(v), json_string_length(v), ret, &why) < 0)
        return lacks(err, key, "is no instant as RFC 3339 with an offset");
    return SW_OK;
}

static int take_int(const json_t *o, const char *key, int64_t min, int64_t *ret, struct sw_err *err)
{
    const json_t *v = json_object_get(o, key);

    if (!json_is_integer(v) || json_integer_value(v) < min || json_integer_value(v) > SEQ_MAX)
        return lacks(err, key, "is no whole number that could be one");
    *ret = json_integer_value(v);
    return SW_OK;
}

static int take_lamp(const json_t *o, enum hub_lamp *ret, struct sw_err *err)
{
    const char *word = json_string_value(json_object_get(o, "lamp"));

    for (int lamp = HUB_LAMP_OK; word && lamp <= HUB_LAMP_OVER; lamp++)
        if (strcmp(word, hub_lamp_name((enum hub_lamp) lamp)) == 0) {
            *ret = (enum hub_lamp) lamp;
            return SW_OK;
        }
    return lacks(err, "lamp", "is none of over, nodata, near, ok");
}

const char *hub_lamp_name(enum hub_lamp lamp)
{
    static const char *const names[] = {"", "ok", "near", "nodata", "over"};

    return (size_t) lamp < SW_ARRAY_SIZE(names) ? names[lamp] : "";
}

/* ---- kinds ---- */

static int read_status(struct hub_document *d, const json_t *o, struct sw_err *err)
{
    int rc = take_text(o, "state", true, d->word, sizeof(d->word), err);

    if (rc >= 0)
        rc = take_text(o, "boot", true, d->boot, sizeof(d->boot), err);
    if (rc >= 0)
        rc = take_time(o, "since", true, &d->since_us, err);
    if (rc >= 0 && strcmp(d->word, "ready") != 0 && strcmp(d->word, "stopped") != 0 && strcmp(d->word, "lost") != 0)
        rc = lacks(err, "state", "is none of ready, stopped, lost");
    if (rc >= 0 && d->ts_us == INT64_MIN &&
        strcmp(d->word, "lost") != 0) /* nobody knows beforehand when a will is sent */
        rc = lacks(err, "ts", "is missing");
    return rc;
}

static int read_info(struct hub_document *d, const json_t *o, struct sw_err *err)
{
    const json_t *site = json_object_get(o, "site");
    const json_t *lat = json_object_get(site, "lat"), *lon = json_object_get(site, "lon");
    int rc;

    if (!json_is_object(site))
        return lacks(err, "site", "is missing");
    rc = take_long_text(site, "name", d->name, sizeof(d->name), err);
    if (rc >= 0)
        rc = take_long_text(site, "address", d->detail, sizeof(d->detail), err);
    if (rc < 0 || !json_is_number(lat) || !json_is_number(lon))
        return rc;
    d->lat = json_number_value(lat);
    d->lon = json_number_value(lon);
    d->has_point = fabs(d->lat) <= 90 && fabs(d->lon) <= 180;
    return d->has_point ? SW_OK : lacks(err, "lat", "and \"lon\" are no place on Earth");
}

static int read_health(struct hub_document *d, const json_t *o, struct sw_err *err)
{
    const json_t *pending = json_object_get(json_object_get(o, "outbox"), "pending");

    (void) err;
    d->pending = json_is_integer(pending) && json_integer_value(pending) >= 0 ? json_integer_value(pending) : -1;
    return SW_OK;
}

static int read_alert(struct hub_document *d, const json_t *o, struct sw_err *err)
{
    int rc = take_text(o, "code", true, d->name, sizeof(d->name), err);

    if (rc >= 0)
        rc = take_text(o, "severity", true, d->detail, sizeof(d->detail), err);
    return rc < 0 ? rc : take_time(o, "since", true, &d->since_us, err);
}

static bool read_range(const json_t *pair, struct hub_range *ret)
{
    const json_t *from = json_array_get(pair, 0), *to = json_array_get(pair, 1);

    if (json_array_size(pair) != 2 || !json_is_integer(from) || !json_is_integer(to))
        return false;
    *ret = (struct hub_range){json_integer_value(from), json_integer_value(to)};
    return ret->from >= 1 && ret->from <= ret->to && ret->to <= SEQ_MAX;
}

static int read_gap(struct hub_document *d, const json_t *o, struct sw_err *err)
{
    const json_t *ranges = json_object_get(o, "ranges");
    const size_t n = json_array_size(ranges);
    int rc = take_text(o, "reason", true, d->word, sizeof(d->word), err);

    if (rc >= 0)
        rc = take_text(o, "class", true, d->name, sizeof(d->name), err);
    if (rc < 0)
        return rc;
    if (n < 1 || n > HUB_RANGES_MAX)
        return lacks(err, "ranges", "is no list, empty, or too long");
    d->ranges = calloc(n, sizeof(*d->ranges));
    if (!d->ranges)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for a gap document");
    for (size_t i = 0; i < n; i++)
        if (!read_range(json_array_get(ranges, i), &d->ranges[i]))
            return lacks(err, "ranges", "holds something that is no [first, last]");
    d->n_ranges = n;
    return SW_OK;
}

static int read_window(struct hub_document *d, const json_t *o, struct sw_err *err)
{
    char period[HUB_WORD_SIZE], id[2 * HUB_KEY_SIZE];
    const size_t len = strlen(d->place.subject);
    int rc = take_text(o, "period", true, period, sizeof(period), err);

    if (rc >= 0)
        rc = take_text(o, "id", true, id, sizeof(id), err);
    if (rc >= 0)
        rc = take_time(o, "from", true, &d->from_us, err);
    if (rc >= 0)
        rc = take_time(o, "to", true, &d->to_us, err);
    if (rc >= 0 && strcmp(period, d->place.period) != 0)
        rc = lacks(err, "period", "is not the topic's");
    if (rc >= 0 && (strncmp(id, d->place.subject, len) != 0 || id[len] != ':'))
        rc = lacks(err, "id", "is not of the topic's sensor");
    if (rc >= 0 && d->from_us >= d->to_us)
        rc = lacks(err, "to", "is not after \"from\"");
    if (rc >= 0 && !json_is_object(json_object_get(o, "values")))
        rc = lacks(err, "values", "is missing");
    return rc;
}

static int read_event(struct hub_document *d, const json_t *o, struct sw_err *err)
{
    int rc = take_text(o, "id", true, d->id, sizeof(d->id), err);

    return rc < 0 ? rc : take_text(o, "kind", true, d->word, sizeof(d->word), err);
}

static int read_state(struct hub_document *d, const json_t *o, struct sw_err *err)
{
    return take_text(o, "state", true, d->word, sizeof(d->word), err);
}

static int read_summary(struct hub_document *d, const json_t *o, struct sw_err *err)
{
    int rc = take_lamp(o, &d->lamp, err);

    return rc < 0 ? rc : take_long_text(o, "name", d->name, sizeof(d->name), err);
}

static int read_schedule(struct hub_document *d, const json_t *o, struct sw_err *err)
{
    int rc = take_int(o, "revision", 0, &d->revision, err);

    return rc >= 0 && !json_is_array(json_object_get(o, "items")) ? lacks(err, "items", "is missing") : rc;
}

static int read_ticket(struct hub_document *d, const json_t *o, struct sw_err *err)
{
    char id[SW_ID_SIZE];
    int rc = take_text(o, "id", true, id, sizeof(id), err);

    if (rc >= 0 && strcmp(id, d->place.subject) != 0)
        rc = lacks(err, "id", "is not the topic's");
    if (rc >= 0)
        rc = take_int(o, "revision", 1, &d->revision, err);
    if (rc >= 0)
        rc = take_text(o, "status", true, d->word, sizeof(d->word), err);
    if (rc >= 0)
        rc = take_text(o, "category", true, d->category, sizeof(d->category), err);
    if (rc >= 0)
        rc = take_text(o, "class", false, d->rank, sizeof(d->rank), err);
    if (rc >= 0)
        rc = take_lamp(o, &d->lamp, err);
    return rc < 0 ? rc : take_time(json_array_get(json_object_get(o, "history"), 0), "at", false, &d->opened_us, err);
}

static int read_ticket_event(struct hub_document *d, const json_t *o, struct sw_err *err)
{
    int rc = take_text(o, "id", true, d->id, sizeof(d->id), err);

    if (rc >= 0)
        rc = take_text(o, "ticket", true, d->detail, sizeof(d->detail), err);
    if (rc >= 0 && strcmp(d->detail, d->place.subject) != 0)
        rc = lacks(err, "ticket", "is not the topic's");
    if (rc >= 0)
        rc = take_int(o, "revision", 1, &d->revision, err);
    if (rc >= 0)
        rc = take_text(o, "verb", true, d->word, sizeof(d->word), err);
    return rc < 0 ? rc : take_time(o, "at", true, &d->since_us, err);
}

static int read_complaint(struct hub_document *d, const json_t *o, struct sw_err *err)
{
    int rc = take_text(o, "id", true, d->id, sizeof(d->id), err);

    if (rc >= 0)
        rc = take_text(json_object_get(o, "by"), "id", true, d->detail, sizeof(d->detail), err);
    if (rc >= 0)
        rc = take_text(o, "service_request_id", false, d->name, sizeof(d->name), err);
    return rc < 0 ? rc : take_time(o, "at", true, &d->ts_us, err);
}

static int read_nothing(struct hub_document *d, const json_t *o, struct sw_err *err)
{
    (void) d;
    (void) o;
    (void) err;
    return SW_OK;
}

static const struct kind {
    const char *schema;
    bool has_seq, is_numbered_by_topic; /* the gateway's id stands in the topic too */
    int (*read)(struct hub_document *d, const json_t *o, struct sw_err *err);
} kinds[HUB_KIND__COUNT] = {
    [HUB_STATUS] = {"siteward.status/1.", false, false, read_status},
    [HUB_INFO] = {"siteward.info/1.", false, false, read_info},
    [HUB_HEALTH] = {"siteward.health/1.", false, false, read_health},
    [HUB_ALERT] = {"siteward.alert/1.", false, false, read_alert},
    [HUB_CONFIG] = {"siteward.config/1.", false, false, read_nothing},
    [HUB_GAP] = {"siteward.gap/1.", true, true, read_gap},
    [HUB_CHECKPOINT] = {"siteward.checkpoint/1.", true, true, read_nothing},
    [HUB_META] = {"siteward.sensor/1.", false, false, read_nothing},
    [HUB_LIVE] = {"siteward.live/1.", false, false, read_nothing},
    [HUB_WINDOW] = {"siteward.agg/1.", true, false, read_window},
    [HUB_STATE] = {"siteward.state/1.", false, false, read_state},
    [HUB_EVENT] = {"siteward.event/1.", true, false, read_event},
    [HUB_OUTPUT] = {"siteward.output/1.", false, false, read_nothing},
    [HUB_SUMMARY] = {"siteward.summary/1.", false, false, read_summary},
    [HUB_SCHEDULE] = {"siteward.schedule/1.", false, false, read_schedule},
    [HUB_TICKET] = {"siteward.ticket/1.", true, false, read_ticket},
    [HUB_TICKET_EVENT] = {"siteward.ticket-event/1.", true, false, read_ticket_event},
    [HUB_COMPLAINT] = {"siteward.complaint/1.", false, false, read_complaint},
};

static bool is_epoch(const char *text)
{
    return text[0] && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

static int read_number(struct hub_document *d, const struct kind *k, const json_t *o, struct sw_err *err)
{
    int rc;

    if (!k->has_seq)
        return SW_OK;
    rc = take_int(o, "seq", 1, &d->seq, err);
    if (rc >= 0)
        rc = take_text(o, "gw", true, d->gw, sizeof(d->gw), err);
    if (rc >= 0)
        rc = take_text(o, "epoch", true, d->epoch, sizeof(d->epoch), err);
    if (rc >= 0 && (!sw_id_is_valid(d->gw) || !is_epoch(d->epoch)))
        rc = lacks(err, "gw", "or \"epoch\" is no id");
    if (rc >= 0 && k->is_numbered_by_topic && strcmp(d->gw, d->place.gw) != 0)
        rc = lacks(err, "gw", "is not the topic's");
    return rc;
}

static int read_common(struct hub_document *d, const json_t *o, struct sw_err *err)
{
    const struct kind *k = &kinds[d->place.kind];
    const char *schema = json_string_value(json_object_get(o, "schema"));
    const bool may_lack_ts = d->place.kind == HUB_STATUS || d->place.kind == HUB_COMPLAINT;
    int rc;

    if (!schema || strncmp(schema, k->schema, strlen(k->schema)) != 0)
        return sw_err_set(err, SW_E_INVAL, 0, "\"schema\" is not %s*", k->schema);
    rc = take_time(o, "ts", !may_lack_ts, &d->ts_us, err);
    d->simulated = json_is_true(json_object_get(o, "simulated"));
    if (d->place.gw[0])
        memcpy(d->gw, d->place.gw, sizeof(d->gw));
    if (rc >= 0)
        rc = read_number(d, k, o, err);
    return rc < 0 ? rc : k->read(d, o, err);
}

int hub_document_read(struct hub_document *d, const char *payload, size_t len, struct sw_err *err)
{
    json_error_t fault;
    json_t *o;
    int rc;

    d->text = payload;
    d->len = len;
    d->is_deletion = len == 0;
    d->ts_us = d->since_us = d->opened_us = INT64_MIN;
    d->pending = -1;
    if (d->is_deletion || d->place.kind == HUB_OTHER)
        return SW_OK;
    if (len > HUB_DOCUMENT_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "larger than %d KiB", HUB_DOCUMENT_MAX / 1024);
    o = json_loadb(payload, len, JSON_REJECT_DUPLICATES, &fault);
    if (!o) /* the parser's sentence ends in words of the document: its place is enough */
        return sw_err_set(err, SW_E_INVAL, 0, "not JSON (line %d, column %d)", fault.line, fault.column);
    rc = json_is_object(o) ? read_common(d, o, err) : sw_err_set(err, SW_E_INVAL, 0, "no JSON object");
    json_decref(o);
    if (rc < 0)
        hub_document_done(d);
    return rc;
}

void hub_document_done(struct hub_document *d)
{
    free(d->ranges);
    d->ranges = NULL;
    d->n_ranges = 0;
}
