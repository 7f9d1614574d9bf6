// SPDX-License-Identifier: Apache-2.0
/* siteward.quiet and siteward.host, field by field. How a field is taken is request_fields.c's. */
#include "io/broadcast.h"

#include <string.h>

#include "io/request_fields.h"

/* One text for all, or one a language. */
static int read_reason(const json_t *p, struct sw_quiet *q, struct sw_err *err)
{
    const json_t *reason = json_object_get(p, "reason");
    int rc;

    if (!json_is_object(reason)) {
        rc = request_text(p, "reason", false, q->summary_en, sizeof(q->summary_en), err);
        for (const char *at = q->summary_en; rc >= 0 && *at; at++)
            if ((unsigned char) *at >= 0x80) { /* no English text needs more than ASCII to be told from Chinese */
                memcpy(q->summary_zh, q->summary_en, sizeof(q->summary_zh));
                q->summary_en[0] = '\0';
                break;
            }
        return rc;
    }
    rc = request_text(reason, "zh-CN", false, q->summary_zh, sizeof(q->summary_zh), err);
    if (rc >= 0)
        rc = request_text(reason, "en", false, q->summary_en, sizeof(q->summary_en), err);
    return rc < 0 ? sw_err_prefix(err, "\"reason\"") : SW_OK;
}

static int read_quiet(const json_t *p, const char *id, struct sw_quiet *q, struct sw_err *err)
{
    int rc = request_schema(p, "siteward.quiet", err);

    if (rc >= 0)
        rc = request_text(p, "id", true, q->id, sizeof(q->id), err);
    if (rc >= 0 && strcmp(q->id, id) != 0)
        rc = sw_err_set(err, SW_E_INVAL, 0, "\"id\" is '%s', and the topic says '%.64s'", q->id, id);
    if (rc >= 0)
        rc = request_time(p, "at", true, &q->at_us, err);
    if (rc >= 0)
        rc = request_text(p, "dtstart", true, q->dtstart, sizeof(q->dtstart), err);
    if (rc >= 0)
        rc = request_text(p, "duration", true, q->duration, sizeof(q->duration), err);
    return rc < 0 ? rc : read_reason(p, q, err);
}

static int read_host(const json_t *p, struct sw_host_status *h, struct sw_err *err)
{
    int rc = request_schema(p, "siteward.host", err);

    if (rc >= 0 && !json_is_boolean(json_object_get(p, "online")))
        rc = sw_err_set(err, SW_E_INVAL, 0, "\"online\" must be true or false");
    if (rc < 0)
        return rc;
    h->is_online = json_is_true(json_object_get(p, "online"));
    rc = request_time(p, "at", false, &h->at_us, err); /* nobody knows beforehand when a will is sent */
    if (rc >= 0)
        rc = request_text(p, "boot", false, h->boot, sizeof(h->boot), err);
    return rc < 0 ? rc : request_text(p, "name", false, h->name, sizeof(h->name), err);
}

static int load(const char *json, size_t len, json_t **ret, struct sw_err *err)
{
    json_error_t fault;

    if (len > SW_BROADCAST_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "the document is larger than %d KiB", SW_BROADCAST_MAX / 1024);
    *ret = json_loadb(json, len, JSON_REJECT_DUPLICATES, &fault);
    if (!*ret)
        return sw_err_set(err, SW_E_INVAL, 0, "not JSON: %.*s (line %d, column %d)", request_fault_len(&fault),
                          fault.text, fault.line, fault.column);
    if (json_is_object(*ret))
        return SW_OK;
    json_decref(*ret);
    return sw_err_set(err, SW_E_INVAL, 0, "the document is no JSON object");
}

int sw_quiet_read(const char *json, size_t len, const char *id, struct sw_quiet *ret, struct sw_err *err)
{
    struct sw_quiet q;
    json_t *root;
    int rc = load(json, len, &root, err);

    if (rc < 0)
        return rc;
    memset(&q, 0, sizeof(q));
    rc = read_quiet(root, id, &q, err);
    json_decref(root);
    if (rc >= 0)
        *ret = q;
    return rc;
}

int sw_host_read(const char *json, size_t len, struct sw_host_status *ret, struct sw_err *err)
{
    struct sw_host_status h;
    json_t *root;
    int rc = load(json, len, &root, err);

    if (rc < 0)
        return rc;
    memset(&h, 0, sizeof(h));
    rc = read_host(root, &h, err);
    json_decref(root);
    if (rc >= 0)
        *ret = h;
    return rc;
}
