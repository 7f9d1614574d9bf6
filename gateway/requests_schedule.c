// SPDX-License-Identifier: Apache-2.0
/* cmd/schedule: the authority publishes, confirms and cancels. The import has to expand what it says, so a command
 * waits for its turn; others wait behind it, and the same again is answered with it. What it does to the schedule is
 * schedule_change.c's; its record and its answer go to the store in the same turn. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/jsonw.h"
#include "gateway/requests_int.h"
#include "gateway/schedule_change.h"

#define WAITING_MAX 8

struct waiting {
    struct sw_request rq; /* without the text of its document */
    enum sw_door door;
    struct sw_schedule_command command;
    size_t n_replies;
    struct request_reply replies[REQUESTS_REPLIES_MAX];
};

struct requests_schedule {
    size_t n;
    struct waiting *list[WAITING_MAX]; /* the first is under way */
    bool is_under_way;
};

static void free_waiting(struct waiting *w)
{
    sw_schedule_command_done(&w->command);
    free(w);
}

static struct waiting *take_first(struct requests_schedule *s)
{
    struct waiting *w = s->list[0];

    memmove(&s->list[0], &s->list[1], --s->n * sizeof(s->list[0]));
    s->is_under_way = false;
    return w;
}

/* ---- the record ---- */

/* As it was executed: fields that are not of the contract are not in it. Of what was refused at once nothing is kept:
 * it may be anything. @param command  NULL = it was. @return NULL = no memory */
static char *write_given(const struct sw_core *c, const struct sw_request *rq, enum sw_door door,
                         const struct sw_schedule_command *command, int64_t at_us, size_t *ret_len)
{
    char at[SW_RFC3339_SIZE], sent[SW_RFC3339_SIZE], *text = NULL;
    json_t *root;

    sw_time_format(&c->site->zone, at_us, at);
    sw_time_format(&c->site->zone, rq->at_us, sent);
    root = json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s, s:{s:s, s:s}, s:s*, s:I, s:O*}}", "topic", SW_TOPIC_SCHEDULE,
                     "at", at, "door", sw_door_name(door), "payload", "schema", "siteward.cmd-schedule/1.0", "id",
                     rq->id, "at", sent, "by", "id", rq->by.id, "role", sw_role_name(rq->by.role), "op",
                     command ? sw_schedule_op_name(command->op) : NULL, "base_revision",
                     (json_int_t) rq->document.base_revision, "items", command ? command->items : NULL);
    if (root)
        text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    *ret_len = text ? strlen(text) : 0;
    return text;
}

/* The answer is in q->answer. */
static void record(struct core_requests *q, const struct sw_request *rq, enum sw_door door,
                   const struct sw_schedule_command *command, int64_t at_us, size_t answer_len)
{
    struct request_record r = {.kind = "schedule", .at_us = at_us, .answer_len = answer_len};
    char *text = write_given(q->core, rq, door, command, at_us, &r.len);

    r.json = text;
    r.len = text ? r.len : 0;
    requests_record(q, rq, &r);
    free(text);
}

/* ---- the answer ---- */

/* The newest of a uid: what stands, or what was cancelled last. */
static const struct sw_schedule_item *newest_of(const struct sw_schedule *s, const char *uid)
{
    const struct sw_schedule_item *found = NULL;

    for (size_t i = 0; s && i < s->n_items; i++) {
        const struct sw_schedule_item *item = &s->items[i];

        if (strcmp(item->uid, uid) != 0)
            continue;
        if (item->cancelled_us == INT64_MIN)
            return item;
        if (!found || item->cancelled_us > found->cancelled_us)
            found = item;
    }
    return found;
}

static size_t write_data(const struct core_requests *q, const struct waiting *w, char *buf, size_t cap)
{
    const struct sw_schedule *now = core_schedule_now(q->core);
    struct sw_jsonw j;
    size_t len = 0;

    sw_jsonw_init(&j, buf, cap);
    sw_jsonw_object(&j, NULL);
    sw_jsonw_null(&j, "ticket");
    sw_jsonw_null(&j, "status");
    sw_jsonw_int(&j, "revision", now ? now->revision : 0);
    sw_jsonw_array(&j, "items");
    for (size_t i = 0; i < w->command.n; i++) {
        const struct sw_schedule_item *item = newest_of(now, sw_schedule_command_uid(&w->command, i));

        if (!item) /* withdrawn before: nothing of it is shown any more */
            continue;
        sw_jsonw_object(&j, NULL);
        sw_jsonw_str(&j, "uid", item->uid);
        sw_jsonw_str(&j, "kind", sw_item_kind_name(item->kind));
        sw_jsonw_str(&j, "source", sw_item_source_name(item->source));
        sw_jsonw_str(&j, "status", sw_item_status_name(item->status));
        sw_jsonw_int(&j, "revision", item->revision);
        sw_jsonw_time(&j, "published", &q->core->site->zone, item->published_us);
        sw_jsonw_object_end(&j);
    }
    sw_jsonw_array_end(&j);
    sw_jsonw_object_end(&j);
    return sw_jsonw_finish(&j, &len) ? len : 0;
}

static enum sw_refusal refusal_of(int rc)
{
    switch (rc) {
    case SW_E_CONFLICT:
        return SW_REFUSAL_CONFLICT;
    case SW_E_NOTFOUND:
        return SW_REFUSAL_NOT_FOUND;
    case SW_E_INVAL:
    case SW_E_FULL:
        return SW_REFUSAL_INVALID;
    default:
        return rc < 0 ? SW_REFUSAL_OVERLOADED : SW_REFUSAL_NONE;
    }
}

/* What another try could change is no answer for ever. */
static bool is_remembered(enum sw_refusal v)
{
    return v == SW_REFUSAL_NONE || v == SW_REFUSAL_CONFLICT || v == SW_REFUSAL_NOT_FOUND;
}

static void answer_all(struct core_requests *q, struct waiting *w, int rc, const struct sw_err *err, int64_t at_us)
{
    const struct sw_schedule *now = core_schedule_now(q->core);
    struct sw_doc_answer v = {.request_id = w->rq.id, .refusal = refusal_of(rc), .detail = err->msg};
    const bool is_kept = is_remembered(v.refusal);
    char current[96];
    size_t len;

    if (v.refusal == SW_REFUSAL_NONE) {
        v.data = q->part;
        v.data_len = write_data(q, w, q->part, sizeof(q->part));
    } else if (v.refusal == SW_REFUSAL_CONFLICT) {
        v.current = current;
        v.current_len =
            (size_t) snprintf(current, sizeof(current), "{\"schema\":\"siteward.schedule/1.0\",\"revision\":%d}",
                              now ? (int) now->revision : 0);
    }
    len = sw_doc_answer(&q->core->doc.site, &v, at_us, q->answer, sizeof(q->answer));
    if (is_kept)
        record(q, &w->rq, w->door, &w->command, at_us, len);
    q->executed_total += v.refusal == SW_REFUSAL_NONE;
    q->refused_total += v.refusal != SW_REFUSAL_NONE;
    for (size_t i = 0; i < w->n_replies; i++) {
        w->replies[i].turn = is_kept ? sw_store_turn(q->core->store) : 0;
        requests_answer(q, &w->replies[i], q->answer, len);
    }
}

/* ---- its turn ---- */

static void on_done(void *ctx, int rc, const struct sw_err *err, int64_t at_us)
{
    struct core_requests *q = ctx;
    struct waiting *w = take_first(q->schedule);

    answer_all(q, w, rc, err, at_us);
    free_waiting(w);
}

void core_requests_schedule_next(struct sw_core *c)
{
    struct core_requests *q = c->requests;
    struct requests_schedule *s = q ? q->schedule : NULL;

    while (s && s->n > 0 && !s->is_under_way && !core_schedule_is_busy(c)) {
        struct waiting *w = s->list[0];
        const struct core_schedule_change change = {
            .base_revision = w->rq.document.base_revision, .command = &w->command, .fn = on_done, .ctx = q};
        struct sw_err err = {0};
        int rc;

        s->is_under_way = true;
        rc = core_schedule_change(c, &change, &err);
        if (rc < 0) {
            on_done(q, rc, &err, core_next_instant_us(c));
            core_end_turn(c);
        }
    }
}

/* ---- taking ---- */

bool requests_schedule_join(struct core_requests *q, const struct sw_request *rq, struct request_reply *reply)
{
    struct requests_schedule *s = q->schedule;

    for (size_t i = 0; s && i < s->n; i++) {
        struct waiting *w = s->list[i];

        if (!requests_key_is(&w->rq, rq))
            continue;
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
    return false;
}

/* Who may not today may not tomorrow: the same again gets this answer. */
static void forbid(struct core_requests *q, const struct sw_request *rq, enum sw_door door, struct request_reply *reply)
{
    const struct sw_doc_answer v = {.request_id = rq->id,
                                    .refusal = SW_REFUSAL_FORBIDDEN,
                                    .detail = "only the authority changes the schedule: \"by\" must have the role "
                                              "authority"};
    const int64_t at_us = core_next_instant_us(q->core);
    const size_t len = sw_doc_answer(&q->core->doc.site, &v, at_us, q->answer, sizeof(q->answer));

    sw_log(SW_LOG_WARNING, "a change of the schedule by %s (%s) was refused: only the authority may", rq->by.id,
           sw_role_name(rq->by.role));
    record(q, rq, door, NULL, at_us, len);
    q->refused_total++;
    reply->turn = sw_store_turn(q->core->store);
    requests_answer(q, reply, q->answer, len);
}

/* @return NULL when it was refused */
static struct waiting *admit(struct core_requests *q, const struct sw_request *rq, enum sw_door door,
                             struct request_reply *reply)
{
    struct waiting *w;
    struct sw_err err = {0};

    if (rq->by.role != SW_ROLE_AUTHORITY || door != SW_DOOR_MQTT) {
        forbid(q, rq, door, reply);
        return NULL;
    }
    if (rq->document.base_revision < 0) {
        requests_refuse(
            q, reply, rq->id, SW_REFUSAL_INVALID,
            "\"base_revision\" is missing: the revision of the schedule document that you know, 0 for none");
        return NULL;
    }
    if (!q->schedule)
        q->schedule = calloc(1, sizeof(*q->schedule));
    w = q->schedule && q->schedule->n < WAITING_MAX ? calloc(1, sizeof(*w)) : NULL;
    if (!w) {
        requests_refuse(q, reply, rq->id, SW_REFUSAL_OVERLOADED, "too many changes of the schedule wait");
        return NULL;
    }
    if (sw_schedule_command_read(rq->document.json, rq->document.len, &q->core->site->zone, &w->command, &err) < 0) {
        requests_refuse(q, reply, rq->id, SW_REFUSAL_INVALID, err.msg);
        free(w);
        return NULL;
    }
    return w;
}

void requests_run_schedule(struct core_requests *q, const struct sw_request *rq, enum sw_door door,
                           struct request_reply *reply)
{
    struct waiting *w = admit(q, rq, door, reply);

    if (!w)
        return;
    w->rq = *rq;
    w->rq.document.json = NULL; /* it was the message's */
    w->door = door;
    w->n_replies = 1;
    w->replies[0] = *reply;
    q->schedule->list[q->schedule->n++] = w;
    core_requests_schedule_next(q->core);
}

void requests_schedule_free(struct core_requests *q)
{
    struct requests_schedule *s = q->schedule;

    while (s && s->n > 0) /* who asked asks again: nothing was done */
        free_waiting(take_first(s));
    free(s);
    q->schedule = NULL;
}
