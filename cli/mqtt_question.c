// SPDX-License-Identifier: Apache-2.0
/* Requests as docs/reference/commands.md describes them. Whether they are taken is the gateway's to say. */
#include "cli/mqtt_question.h"

#include <stdlib.h>

static void set(json_t *object, const char *key, const char *text)
{
    if (text)
        json_object_set_new(object, key, json_string(text));
}

static json_t *begin(const struct sw_mqtt_question *q, const char *schema, const char *id, const char *at)
{
    json_t *document = json_object();

    set(document, "schema", schema);
    set(document, "id", id);
    set(document, "at", at);
    json_object_set_new(document, "by", json_pack("{s:s,s:s}", "id", q->by, "role", q->role));
    return document;
}

json_t *sw_mqtt_question_evidence(const struct sw_mqtt_question *q, const char *id)
{
    json_t *document = begin(q, "siteward.evidence-request/1.0", id, q->at);

    set(document, "window", q->window);
    set(document, "category", q->category);
    if (q->lat && q->lon)
        json_object_set_new(document, "point", json_pack("{s:f,s:f}", "lat", atof(q->lat), "lon", atof(q->lon)));
    return document;
}

json_t *sw_mqtt_question_ticket(const struct sw_mqtt_question *q, const char *id, const char *now)
{
    json_t *document = begin(q, "siteward.cmd/1.0", id, now);

    if (q->revision)
        json_object_set_new(document, "revision", json_integer(q->revision));
    set(document, "text", q->text);
    set(document, "measure", q->measure);
    set(document, "reason", q->reason);
    set(document, "until", q->until);
    set(document, "satisfaction", q->satisfaction);
    if (q->unit)
        json_object_set_new(document, "assignee", json_pack("{s:s}", "unit", q->unit));
    if (q->force)
        json_object_set_new(document, "force", json_true());
    return document;
}
