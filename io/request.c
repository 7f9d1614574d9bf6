// SPDX-License-Identifier: Apache-2.0
/* The documents of docs/reference/commands.md, field by field. How a field is taken is request_fields.c's. */
#include "io/request.h"

#include <stdlib.h>
#include <string.h>

#include "common/ident.h"
#include "io/jcs.h"
#include "io/request_fields.h"

#define COMPLAINT_WINDOW_US (3600 * SW_US_PER_S) /* an hour, when the caller's agent does not say */
#define EVIDENCE_WINDOW_US (1800 * SW_US_PER_S)
#define SERIES_POINTS 180
#define CALLS_MAX 1000000

/* How a document is to be answered, not what it says: another attempt may carry others. */
static const char *const delivery[] = {"reply_to", "correlation", "expires"};

/* ---- what all have ---- */

/* Each on its own: a document without an id can still be answered when it says where to. */
static void read_envelope(const json_t *p, struct sw_request *ret)
{
    (void) request_text(p, "reply_to", false, ret->reply_to, sizeof(ret->reply_to), NULL);
    (void) request_text(p, "correlation", false, ret->correlation, sizeof(ret->correlation), NULL);
    (void) request_text(p, "id", false, ret->id, sizeof(ret->id), NULL);
    ret->expires_us = INT64_MIN;
}

static int read_head(const json_t *p, struct sw_request *ret, struct sw_err *err)
{
    int rc = request_text(p, "id", true, ret->id, sizeof(ret->id), err);

    if (rc >= 0)
        rc = request_time(p, "at", true, &ret->at_us, err);
    if (rc >= 0)
        rc = request_actor(p, &ret->by, err);
    if (rc >= 0)
        rc = request_time(p, "expires", false, &ret->expires_us, err);
    if (rc >= 0)
        rc = request_text(p, "reply_to", false, ret->reply_to, sizeof(ret->reply_to), err);
    if (rc >= 0)
        rc = request_text(p, "correlation", false, ret->correlation, sizeof(ret->correlation), err);
    return rc;
}

/* A number that one could call is no reference: only the hotline may know who it is. */
static int check_caller_ref(const char *ref, struct sw_err *err)
{
    if (!*ref || strspn(ref, "0123456789+-() ") != strlen(ref))
        return SW_OK;
    return sw_err_set(err, SW_E_INVAL, 0,
                      "\"caller_ref\" looks like a telephone number: send a keyed hash (h:…) that only the hotline can "
                      "resolve");
}

/* ---- a command on a ticket ---- */

static int read_assignee(const json_t *p, struct sw_ticket_command *c, struct sw_err *err)
{
    struct sw_assignee *a = &c->assignee;
    const json_t *v;
    int rc = request_object(p, "assignee", &v, err);

    if (rc < 0 || !v)
        return rc;
    c->has_assignee = true;
    rc = request_text(v, "unit", true, a->unit, sizeof(a->unit), err);
    if (rc >= 0)
        rc = request_text(v, "person", false, a->person, sizeof(a->person), err);
    if (rc >= 0)
        rc = request_text(v, "phone", false, a->phone, sizeof(a->phone), err);
    if (rc >= 0)
        rc = request_text(v, "department", false, a->department, sizeof(a->department), err);
    if (rc >= 0)
        rc = request_text(v, "street", false, a->street, sizeof(a->street), err);
    return rc < 0 ? sw_err_prefix(err, "\"assignee\"") : SW_OK;
}

static int read_texts(const json_t *p, struct sw_ticket_command *c, struct sw_err *err)
{
    const struct {
        const char *key;
        char *to;
        size_t cap;
    } texts[] = {
        {"text", c->text, sizeof(c->text)},
        {"measure", c->measure, sizeof(c->measure)},
        {"reason", c->reason, sizeof(c->reason)},
        {"satisfaction", c->satisfaction, sizeof(c->satisfaction)},
        {"into", c->into, sizeof(c->into)},
        {"service_request_id", c->service_request_id, sizeof(c->service_request_id)},
        {"caller_ref", c->caller_ref, sizeof(c->caller_ref)},
    };
    int rc = SW_OK;

    for (size_t i = 0; i < SW_ARRAY_SIZE(texts) && rc >= 0; i++)
        rc = request_text(p, texts[i].key, false, texts[i].to, texts[i].cap, err);
    return rc < 0 ? rc : check_caller_ref(c->caller_ref, err);
}

static int read_ticket(const json_t *p, struct sw_request *r, struct sw_err *err)
{
    struct sw_ticket_command *c = &r->ticket;
    const json_t *deadlines = NULL;
    int64_t revision = 0;
    int rc = request_int(p, "revision", 1, UINT32_MAX, &revision, err);

    c->resolve_by_us = c->until_us = INT64_MIN;
    if (strlen(r->id) >= sizeof(c->id))
        return sw_err_set(err, SW_E_INVAL, 0, "\"id\" is longer than %zu bytes", sizeof(c->id) - 1);
    strcpy(c->id, r->id);
    c->by = r->by;
    c->revision = (uint32_t) revision;
    if (rc >= 0)
        rc = read_texts(p, c, err);
    if (rc >= 0)
        rc = request_time(p, "until", false, &c->until_us, err);
    if (rc >= 0)
        rc = request_bool(p, "force", &c->force, err);
    if (rc >= 0)
        rc = read_assignee(p, c, err);
    if (rc >= 0)
        rc = request_object(p, "deadlines", &deadlines, err);
    if (rc >= 0)
        rc = request_time(deadlines, "resolve_by", false, &c->resolve_by_us, err);
    c->unsatisfied = strcmp(c->satisfaction, "unsatisfied") == 0;
    return rc;
}

/* ---- a complaint ---- */

static int read_point(const json_t *p, const char *lat, const char *lon, struct sw_request *r, struct sw_err *err)
{
    bool has_lat = false, has_lon = false;
    int rc = request_number(p, lat, -90, 90, &r->lat, &has_lat, err);

    if (rc >= 0)
        rc = request_number(p, lon, -180, 180, &r->lon, &has_lon, err);
    if (rc >= 0 && has_lat != has_lon)
        rc = sw_err_set(err, SW_E_INVAL, 0, "\"%s\" is missing: a point has both", has_lat ? lon : lat);
    r->has_point = has_lat && has_lon;
    return rc;
}

static int read_occurred(const json_t *p, const struct sw_request *r, struct sw_complaint_call *c, struct sw_err *err)
{
    const json_t *occurred;
    int64_t asked_us;
    int rc = request_object(p, "occurred", &occurred, err);

    if (rc >= 0)
        rc = request_time(p, "requested_datetime", false, &asked_us, err);
    if (rc < 0)
        return rc;
    rc = request_time(occurred, "at", false, &c->occurred_us, err);
    if (rc >= 0)
        rc = request_duration(occurred, "window", COMPLAINT_WINDOW_US, &c->window_us, err);
    if (rc < 0)
        return sw_err_prefix(err, "\"occurred\"");
    if (c->occurred_us == INT64_MIN)
        c->occurred_us = asked_us != INT64_MIN ? asked_us : r->at_us;
    return SW_OK;
}

static int read_complaint(const json_t *p, struct sw_request *r, struct sw_err *err)
{
    struct sw_complaint_call *c = &r->complaint;
    char want[16];
    int64_t calls = -1;
    int rc = request_text(p, "service_request_id", true, c->service_request_id, sizeof(c->service_request_id), err);

    strcpy(c->id, r->id);
    c->by = r->by;
    c->distance_m = -1;
    if (rc >= 0)
        rc = request_text(p, "service_code", true, c->service_code, sizeof(c->service_code), err);
    if (rc >= 0)
        rc = request_text(p, "caller_ref", false, c->caller_ref, sizeof(c->caller_ref), err);
    if (rc >= 0)
        rc = check_caller_ref(c->caller_ref, err);
    if (rc >= 0)
        rc = request_int(p, "caller_calls_30d", 0, CALLS_MAX, &calls, err);
    c->caller_calls_30d = (int32_t) calls;
    if (rc >= 0)
        rc = read_occurred(p, r, c, err);
    if (rc >= 0)
        rc = read_point(p, "lat", "long", r, err);
    if (rc >= 0)
        rc = request_text(p, "want", false, want, sizeof(want), err);
    if (rc >= 0 && *want && strcmp(want, "link-or-open") != 0 && strcmp(want, "answer") != 0)
        rc = sw_err_set(err, SW_E_INVAL, 0, "\"want\" is '%s': it must be link-or-open or answer", want);
    c->want = rc >= 0 && strcmp(want, "answer") == 0 ? SW_WANT_ANSWER : SW_WANT_LINK_OR_OPEN;
    return rc;
}

/* ---- a question for evidence ---- */

static int read_want(const json_t *p, struct sw_evidence_ask *a, struct sw_err *err)
{
    const struct {
        const char *word;
        bool *is_wanted;
    } words[] = {{"series", &a->wants_series},
                 {"media", &a->wants_media},
                 {"tickets", &a->wants_tickets},
                 {"schedule", &a->wants_schedule},
                 {"numbers", &a->wants_numbers}};
    const json_t *want = json_object_get(p, "want"), *one;
    size_t i;

    for (size_t k = 0; k < SW_ARRAY_SIZE(words); k++) /* not said: all but the longest part */
        *words[k].is_wanted = (!want || json_is_null(want)) && k > 0;
    if (!want || json_is_null(want))
        return SW_OK;
    if (!json_is_array(want))
        return sw_err_set(err, SW_E_INVAL, 0, "\"want\" must be a list: answer, numbers, schedule, tickets, …");
    json_array_foreach(want, i, one)
    {
        if (!json_is_string(one))
            return sw_err_set(err, SW_E_INVAL, 0, "\"want\" must be a list of texts");
        for (size_t k = 0; k < SW_ARRAY_SIZE(words); k++) /* a word of a later version is ignored */
            if (strcmp(words[k].word, json_string_value(one)) == 0)
                *words[k].is_wanted = true;
    }
    return SW_OK;
}

static int read_languages(const json_t *p, struct sw_evidence_ask *a, struct sw_err *err)
{
    const json_t *lang = json_object_get(p, "lang"), *one;
    size_t i;

    if (lang && !json_is_null(lang) && !json_is_array(lang))
        return sw_err_set(err, SW_E_INVAL, 0, "\"lang\" must be a list of zh-CN and en");
    json_array_foreach(lang, i, one)
    {
        a->with_zh = a->with_zh || (json_is_string(one) && strncmp(json_string_value(one), "zh", 2) == 0);
        a->with_en = a->with_en || (json_is_string(one) && strncmp(json_string_value(one), "en", 2) == 0);
    }
    if (!a->with_zh && !a->with_en)
        a->with_zh = a->with_en = true;
    return SW_OK;
}

static int read_evidence(const json_t *p, struct sw_request *r, struct sw_err *err)
{
    struct sw_evidence_ask *a = &r->evidence;
    const json_t *point = NULL;
    int64_t points = SERIES_POINTS;
    int rc = request_duration(p, "window", EVIDENCE_WINDOW_US, &a->window_us, err);

    strcpy(a->id, r->id);
    a->by = r->by;
    a->at_us = r->at_us;
    a->distance_m = -1;
    a->category = -1;
    if (rc >= 0)
        rc = request_object(p, "point", &point, err);
    if (rc >= 0)
        rc = read_point(point, "lat", "lon", r, err);
    if (rc >= 0)
        rc = request_int(p, "series_points", 1, SW_EVIDENCE_SERIES_MAX, &points, err);
    a->series_points = (uint32_t) points;
    if (rc >= 0)
        rc = request_text(p, "caller_ref", false, a->caller_ref, sizeof(a->caller_ref), err);
    if (rc >= 0)
        rc = check_caller_ref(a->caller_ref, err);
    if (rc >= 0)
        rc = read_want(p, a, err);
    return rc < 0 ? rc : read_languages(p, a, err);
}

/* ---- a schedule, a change of configuration: only the head is read here ---- */

static int read_document(const json_t *p, struct sw_request *r, struct sw_err *err)
{
    r->document.base_revision = -1;
    return request_int(p, "base_revision", 0, INT32_MAX, &r->document.base_revision, err);
}

/* ---- all ---- */

/* The canonical form of the document, but for how it is to be answered. */
static int hash_content(const json_t *payload, char ret[65], struct sw_err *err)
{
    json_t *copy = json_copy((json_t *) (uintptr_t) payload); /* shallow; the members are only read */
    char *text = NULL, *form = NULL;
    size_t len = 0, cap;
    int rc = SW_E_NOMEM;

    for (size_t i = 0; copy && i < SW_ARRAY_SIZE(delivery); i++)
        json_object_del(copy, delivery[i]);
    text = copy ? json_dumps(copy, JSON_COMPACT) : NULL;
    cap = text ? 4 * strlen(text) + 64 : 0; /* a number may grow; texts do not */
    form = text ? malloc(cap) : NULL;
    if (form)
        rc = sw_jcs(text, strlen(text), form, cap, &len, err);
    else
        sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    if (rc >= 0)
        sw_sha256_hex(form, len, ret);
    free(form);
    free(text);
    json_decref(copy);
    return rc;
}

int request_read(enum sw_request_kind kind, const json_t *payload, struct sw_request *ret, struct sw_err *err)
{
    static const struct {
        const char *schema;
        int (*read)(const json_t *p, struct sw_request *r, struct sw_err *err);
    } kinds[SW_REQUEST__COUNT] = {{"siteward.cmd", read_ticket},
                                  {"siteward.complaint", read_complaint},
                                  {"siteward.evidence-request", read_evidence},
                                  {"siteward.cmd-schedule", read_document},
                                  {"siteward.config-patch", read_document}};
    int rc;

    if (!json_is_object(payload))
        return sw_err_set(err, SW_E_INVAL, 0, "the document is no JSON object");
    read_envelope(payload, ret);
    ret->kind = kind;
    rc = request_schema(payload, kinds[kind].schema, err);
    if (rc >= 0)
        rc = read_head(payload, ret, err);
    if (rc >= 0)
        rc = kinds[kind].read(payload, ret, err);
    if (rc >= 0 && (kind == SW_REQUEST_TICKET || kind == SW_REQUEST_SCHEDULE || kind == SW_REQUEST_CONFIG))
        rc = hash_content(payload, ret->content, err);
    else if (rc >= 0 && kind == SW_REQUEST_COMPLAINT)
        sw_request_complaint_content(&ret->complaint, ret->content);
    return rc;
}

int sw_request_parse(enum sw_request_kind kind, const char *json, size_t len, struct sw_request *ret,
                     struct sw_err *err)
{
    json_error_t fault;
    json_t *root;
    int rc;

    memset(ret, 0, sizeof(*ret));
    ret->expires_us = INT64_MIN;
    root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &fault);
    if (!root)
        return sw_err_set(err, SW_E_INVAL, 0, "not JSON: %.*s (line %d, column %d)", request_fault_len(&fault),
                          fault.text, fault.line, fault.column);
    if (kind != SW_REQUEST_COMPLAINT && kind != SW_REQUEST_EVIDENCE && len > SW_REQUEST_COMMAND_MAX) {
        read_envelope(root, ret); /* only objects have members */
        rc = sw_err_set(err, SW_E_INVAL, 0, "the document is larger than %d KiB, %s", SW_REQUEST_COMMAND_MAX / 1024,
                        kind == SW_REQUEST_SCHEDULE ? "send its items in several commands" : "which no command needs");
    } else {
        rc = request_read(kind, root, ret, err);
    }
    if (rc >= 0 && (kind == SW_REQUEST_SCHEDULE || kind == SW_REQUEST_CONFIG)) {
        ret->document.json = json;
        ret->document.len = len;
    }
    json_decref(root);
    return rc;
}
