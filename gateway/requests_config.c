// SPDX-License-Identifier: Apache-2.0
/* A platform changes what it may of the configuration: gw/{gw}/cmd/config-patch. What it may is reload.c's and the
 * rows'; here it is looked at who asks, answered once, and recorded: what was done with its patch, a refusal without.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "gateway/reload.h"
#include "gateway/requests_int.h"

/* {"topic":…,"at":…,"door":…,"payload":{…}}, as commands on tickets are kept. What was refused is not kept: it may be
 * anything. @return length in q->part; 0 = no room */
static size_t write_given(struct core_requests *q, const struct sw_request *rq, enum sw_door door, int64_t at_us,
                          const char *patch)
{
    const struct sw_zone *zone = &q->core->site->zone;
    char topic[SW_TOPIC_SIZE];
    struct sw_jsonw w;
    size_t len = 0;

    sw_topic_gateway(q->core->site->gateway_id, "cmd/config-patch", topic, sizeof(topic));
    sw_jsonw_init(&w, q->part, sizeof(q->part));
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "topic", topic);
    sw_jsonw_time(&w, "at", zone, at_us);
    sw_jsonw_str(&w, "door", sw_door_name(door));
    sw_jsonw_object(&w, "payload");
    sw_jsonw_str(&w, "schema", "siteward.config-patch/1.0");
    sw_jsonw_str(&w, "id", rq->id);
    sw_jsonw_time(&w, "at", zone, rq->at_us);
    sw_jsonw_object(&w, "by");
    sw_jsonw_str(&w, "id", rq->by.id);
    sw_jsonw_str(&w, "role", sw_role_name(rq->by.role));
    sw_jsonw_object_end(&w);
    sw_jsonw_int(&w, "base_revision", rq->document.base_revision);
    if (patch)
        sw_jsonw_raw(&w, "patch", patch, strlen(patch));
    sw_jsonw_object_end(&w);
    sw_jsonw_object_end(&w);
    return sw_jsonw_finish(&w, &len) ? len : 0;
}

/* The answer is in q->answer. */
static void record(struct core_requests *q, const struct sw_request *rq, enum sw_door door, int64_t at_us,
                   const char *patch, size_t answer_len)
{
    const struct request_record r = {.kind = "config",
                                     .at_us = at_us,
                                     .json = q->part,
                                     .len = write_given(q, rq, door, at_us, patch),
                                     .answer_len = answer_len};

    requests_record(q, rq, &r);
}

static enum sw_refusal refusal_of(int code)
{
    switch (code) {
    case SW_E_DENIED:
        return SW_REFUSAL_FORBIDDEN;
    case SW_E_CONFLICT:
        return SW_REFUSAL_CONFLICT;
    case SW_E_IO: /* the disk is full, or gone: again later */
    case SW_E_NOMEM:
        return SW_REFUSAL_OVERLOADED;
    default:
        return code < 0 ? SW_REFUSAL_INVALID : SW_REFUSAL_NONE;
    }
}

/* "patch" of the document as a text of its own, for free(); NULL with a sentence. */
static char *patch_of(const struct sw_request *rq, struct sw_err *err)
{
    json_t *root = json_loadb(rq->document.json, rq->document.len, JSON_REJECT_DUPLICATES, NULL);
    json_t *patch = json_object_get(root, "patch");
    char *text = json_is_object(patch) ? json_dumps(patch, JSON_REAL_PRECISION(15)) : NULL;

    if (!text)
        sw_err_set(err, SW_E_INVAL, 0, "\"patch\" is missing or no object: the keys to change, as in site.yaml");
    json_decref(root);
    return text;
}

void requests_run_config(struct core_requests *q, const struct sw_request *rq, enum sw_door door,
                         struct request_reply *reply)
{
    struct sw_core *c = q->core;
    const int64_t at_us = core_next_instant_us(c);
    struct sw_doc_answer v = {.request_id = rq->id, .is_config = true};
    struct sw_err err = {0};
    char *patch = patch_of(rq, &err);
    int rc = patch ? SW_OK : SW_E_INVAL;
    size_t len;

    if (rc >= 0 && rq->by.role != SW_ROLE_PLATFORM)
        rc = sw_err_set(&err, SW_E_DENIED, 0, "only the role platform may change the configuration from outside");
    if (rc >= 0)
        rc = core_config_patch(c, rq->document.base_revision, patch, strlen(patch), &err);
    v.refusal = refusal_of(rc);
    v.detail = err.msg;
    v.revision = rc >= 0 ? core_config_revision(c) : 0;
    v.restart_required = core_config_needs_restart(c);
    if (rc < 0)
        sw_log(SW_LOG_WARNING, "a change of the configuration by %s was refused: %s", rq->by.id, err.msg);
    if (v.refusal == SW_REFUSAL_INVALID || v.refusal == SW_REFUSAL_OVERLOADED) { /* not remembered: it may come right */
        requests_refuse(q, reply, rq->id, v.refusal, err.msg);
    } else {
        q->executed_total += rc >= 0;
        q->refused_total += rc < 0;
        len = sw_doc_answer(&c->doc.site, &v, at_us, q->answer, sizeof(q->answer));
        record(q, rq, door, at_us, rc >= 0 ? patch : NULL, len);
        reply->turn = sw_store_turn(c->store);
        requests_answer(q, reply, q->answer, len);
    }
    free(patch);
}
