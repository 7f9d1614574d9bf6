// SPDX-License-Identifier: Apache-2.0
/* Complaints and questions wait here for what was measured: looking it up is the query worker's. Where a caller is goes
 * no further than the distance to the site. */
#include <string.h>

#include "gateway/console_session.h"
#include "gateway/requests_int.h"

/* NULL: too many wait. A flood of questions leaves room for complaints. */
static struct request_pending *free_slot(struct core_requests *q, enum sw_request_kind kind)
{
    struct request_pending *free_one = NULL;
    size_t n_questions = 0;

    for (size_t i = 0; i < REQUESTS_PENDING_MAX; i++) {
        n_questions += q->pending[i].is_used && q->pending[i].rq.kind == SW_REQUEST_EVIDENCE;
        if (!q->pending[i].is_used && !free_one)
            free_one = &q->pending[i];
    }
    return kind == SW_REQUEST_EVIDENCE && n_questions >= REQUESTS_QUESTIONS_MAX ? NULL : free_one;
}

/* ---- the same again, while it is worked on ---- */

bool requests_join(struct core_requests *q, const struct sw_request *rq, struct request_reply *reply)
{
    for (size_t i = 0; i < REQUESTS_PENDING_MAX; i++) {
        struct request_pending *p = &q->pending[i];

        if (!p->is_used || p->rq.kind != SW_REQUEST_COMPLAINT)
            continue;
        if (requests_key_is(&p->rq, rq) && strcmp(p->rq.content, rq->content) != 0) {
            requests_refuse(q, reply, rq->id, SW_REFUSAL_ID_REUSED,
                            "\"id\" was used by the same sender for a complaint with other content");
            return true;
        }
        if (!requests_key_is(&p->rq, rq) &&
            (rq->kind != SW_REQUEST_COMPLAINT ||
             strcmp(p->rq.complaint.service_request_id, rq->complaint.service_request_id) != 0))
            continue;
        q->repeated_total++;
        if (p->n_replies < REQUESTS_REPLIES_MAX)
            p->replies[p->n_replies++] = *reply;
        else
            requests_refuse(q, reply, rq->id, SW_REFUSAL_OVERLOADED, "it is being worked on");
        return true;
    }
    return false;
}

/* ---- what was measured came ---- */

static enum sw_refusal refusal_of(const struct sw_err *err)
{
    return err->code == SW_E_INVAL ? SW_REFUSAL_INVALID : SW_REFUSAL_OVERLOADED;
}

static void refuse_all(struct core_requests *q, struct request_pending *p, const struct sw_err *err)
{
    for (size_t i = 0; i < p->n_replies; i++)
        requests_refuse(q, &p->replies[i], p->replies[i].id, refusal_of(err), err->msg);
}

static void on_evidence(void *ctx, struct core_evidence *e, const struct sw_err *err)
{
    struct request_pending *p = ctx;
    struct core_requests *q = p->owner;
    size_t len;

    if (p->rq.kind == SW_REQUEST_COMPLAINT) {
        if (!e) /* it is taken all the same: nobody calls twice because our disk is slow */
            sw_complain(&q->complaint, sw_mono_real_us(), SW_LOG_ERR, "what was measured cannot be looked up: %s",
                        err ? err->msg : "");
        requests_run_complaint(q, p, e);
    } else if (!e) {
        refuse_all(q, p, err);
    } else {
        len = core_evidence_write(q->core, e, NULL, q->answer, sizeof(q->answer));
        q->executed_total++;
        requests_answer(q, &p->replies[0], q->answer, len);
    }
    p->is_used = false;
}

/* ---- asking ---- */

/* What the answer to a complaint shows. */
static struct sw_evidence_ask ask_of(const struct sw_complaint_call *c)
{
    struct sw_evidence_ask ask = {.by = c->by,
                                  .at_us = c->occurred_us,
                                  .window_us = c->window_us,
                                  .distance_m = c->distance_m,
                                  .wants_media = true,
                                  .wants_tickets = true,
                                  .wants_schedule = true,
                                  .wants_numbers = true,
                                  .category = -1,
                                  .with_zh = true,
                                  .with_en = true};

    strcpy(ask.id, c->id);
    strcpy(ask.caller_ref, c->caller_ref);
    if (strncmp(c->service_code, "noise", 5) == 0)
        ask.category = SW_CATEGORY_NOISE;
    else if (strncmp(c->service_code, "dust", 4) == 0)
        ask.category = SW_CATEGORY_DUST;
    return ask;
}

/* The point is used here and nowhere else. */
static void take_distance(struct core_requests *q, struct sw_request *rq)
{
    int32_t distance_m = rq->has_point ? core_evidence_distance_m(q->core, rq->lat, rq->lon) : -1;

    rq->lat = rq->lon = 0;
    rq->has_point = false;
    if (rq->kind == SW_REQUEST_COMPLAINT)
        rq->complaint.distance_m = distance_m;
    else
        rq->evidence.distance_m = distance_m;
}

void requests_ask(struct core_requests *q, struct sw_request *rq, enum sw_door door, struct request_reply *reply)
{
    struct request_pending *p = free_slot(q, rq->kind);
    struct sw_evidence_ask ask;
    struct sw_err err = {0};

    take_distance(q, rq);
    if (!p) {
        requests_refuse(q, reply, rq->id, SW_REFUSAL_OVERLOADED, "too many questions wait for an answer");
        return;
    }
    ask = rq->kind == SW_REQUEST_COMPLAINT ? ask_of(&rq->complaint) : rq->evidence;
    p->is_used = true;
    p->door = door;
    p->rq = *rq;
    p->n_replies = 1;
    p->replies[0] = *reply;
    if (core_evidence_ask(q->core, &ask, on_evidence, p, &err) >= 0) {
        core_session_note_evidence(q->core, &rq->by, door, ask.at_us);
        return;
    }
    p->is_used = false;
    requests_refuse(q, reply, rq->id, refusal_of(&err), err.msg);
}
