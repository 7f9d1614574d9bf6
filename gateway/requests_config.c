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
    case SW_E_BUSY:
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

/* ---- its turn ---- */

struct config_waiting {
    struct sw_request rq; /* without the text of its document */
    enum sw_door door;
    char *patch;
    size_t n_replies;
    struct request_reply replies[REQUESTS_REPLIES_MAX];
};

static void free_waiting(struct core_requests *q)
{
    if (q->config)
        free(q->config->patch);
    free(q->config);
    q->config = NULL;
}

/* @param rc  what became of it */
static void answer_all(struct core_requests *q, int rc, const struct sw_err *err)
{
    struct config_waiting *w = q->config;
    struct sw_core *c = q->core;
    const int64_t at_us = core_next_instant_us(c);
    struct sw_doc_answer v = {.request_id = w->rq.id, .is_config = true, .refusal = refusal_of(rc), .detail = err->msg};
    /* the rest is not remembered: it may come right */
    const bool is_kept = v.refusal != SW_REFUSAL_INVALID && v.refusal != SW_REFUSAL_OVERLOADED;
    size_t len;

    v.revision = rc >= 0 ? core_config_revision(c) : 0;
    v.restart_required = core_config_needs_restart(c);
    if (rc < 0)
        sw_log(SW_LOG_WARNING, "a change of the configuration by %s was refused: %s", w->rq.by.id, err->msg);
    q->executed_total += rc >= 0;
    q->refused_total += rc < 0;
    len = sw_doc_answer(&c->doc.site, &v, at_us, q->answer, sizeof(q->answer));
    if (is_kept)
        record(q, &w->rq, w->door, at_us, rc >= 0 ? w->patch : NULL, len);
    for (size_t i = 0; i < w->n_replies; i++) {
        w->replies[i].turn = is_kept ? sw_store_turn(c->store) : 0;
        requests_answer(q, &w->replies[i], q->answer, len);
    }
    free_waiting(q);
}

static void on_done(void *ctx, int rc, const struct sw_err *err)
{
    answer_all(ctx, rc, err);
}

bool requests_config_join(struct core_requests *q, const struct sw_request *rq, struct request_reply *reply)
{
    struct config_waiting *w = q->config;

    if (!w || !requests_key_is(&w->rq, rq))
        return false;
    if (strcmp(w->rq.content, rq->content) != 0) {
        requests_refuse(q, reply, rq->id, SW_REFUSAL_ID_REUSED,
                        "\"id\" was used by the same sender for a command with other content");
        return true;
    }
    q->repeated_total++;
    if (w->n_replies < REQUESTS_REPLIES_MAX)
        w->replies[w->n_replies++] = *reply;
    else
        requests_refuse(q, reply, rq->id, SW_REFUSAL_OVERLOADED, "it is being worked on");
    return true;
}

void requests_run_config(struct core_requests *q, const struct sw_request *rq, enum sw_door door,
                         struct request_reply *reply)
{
    struct config_waiting *w = q->config ? NULL : calloc(1, sizeof(*w));
    struct sw_err err = {0};
    int rc = SW_OK;

    if (!w) {
        requests_refuse(q, reply, rq->id, SW_REFUSAL_OVERLOADED, "another change is being written: send it again");
        return;
    }
    *w = (struct config_waiting){.rq = *rq, .door = door, .n_replies = 1, .replies = {*reply}};
    w->rq.document.json = NULL; /* it was the message's */
    q->config = w;
    w->patch = patch_of(rq, &err);
    if (!w->patch)
        rc = SW_E_INVAL;
    else if (rq->by.role != SW_ROLE_PLATFORM)
        rc = sw_err_set(&err, SW_E_DENIED, 0, "only the role platform may change the configuration from outside");
    else
        rc = core_config_patch(q->core, rq->document.base_revision, w->patch, strlen(w->patch), on_done, q, &err);
    if (rc < 0)
        answer_all(q, rc, &err);
}

void requests_config_free(struct core_requests *q)
{
    free_waiting(q);
}
