// SPDX-License-Identifier: Apache-2.0
/* Commands and complaints to the engine: one input, one record of it and of its answer in the same turn as what it
 * changed. Where the answer goes is requests.c's. */
#include <string.h>

#include "gateway/requests_int.h"

/* ---- the record ---- */

void requests_record(struct core_requests *q, const struct sw_request *rq, const struct request_record *r)
{
    struct sw_core *c = q->core;
    const struct sw_store_command row = {.actor = rq->by.id,
                                         .id = rq->id,
                                         .kind = r->kind,
                                         .content_sha256 = rq->content,
                                         .at_us = r->at_us,
                                         .json = r->json,
                                         .len = r->len,
                                         .answer = q->answer,
                                         .answer_len = r->answer_len};
    const struct ledger_key key = requests_key(rq);
    int rc = r->len ? sw_store_put_command(c->store, &row) : SW_E_FULL;

    requests_ledger_add(q->ledger, &key, rq->content, r->request_id ? r->request_id : "", r->at_us, q->answer,
                        r->answer_len);
    if (rc < 0) {
        c->lost_total++;
        sw_complain(&q->complaint, sw_mono_real_us(), SW_LOG_ERR, "a command could not be given to the store (%s)",
                    sw_code_name((enum sw_code) rc));
    }
    c->wants_commit = true;
}

static void record(struct core_requests *q, const struct sw_request *rq, const struct sw_request_given *g,
                   size_t answer_len)
{
    const bool is_complaint = g->kind == SW_REQUEST_COMPLAINT;
    const struct request_record r = {
        .kind = is_complaint ? "complaint" : "ticket",
        .request_id = is_complaint ? g->complaint.service_request_id : NULL,
        .at_us = g->at_us,
        .json = q->given,
        .len = sw_request_given_write(g, &q->core->site->zone, q->given, sizeof(q->given)),
        .answer_len = answer_len,
    };

    requests_record(q, rq, &r);
}

/* Its result is in q afterwards. */
static void feed(struct core_requests *q, const struct sw_input *in)
{
    q->has_result = false;
    q->code = SW_E_INVAL;
    q->result_err = (struct sw_err){0};
    q->became = (struct sw_complaint_result){0};
    core_feed(q->core, in, NULL);
    q->executed_total += q->has_result && q->code >= 0;
    q->refused_total += q->code < 0;
}

/* A refusal without one of the contract's names would be a fault of ours: the code says nearly as much. */
static enum sw_refusal refusal_of(int code, const struct sw_err *err)
{
    if (code >= 0)
        return SW_REFUSAL_NONE;
    if (err->detail > SW_REFUSAL_NONE && err->detail < SW_REFUSAL__COUNT)
        return (enum sw_refusal) err->detail;
    switch (code) {
    case SW_E_NOTFOUND:
        return SW_REFUSAL_NOT_FOUND;
    case SW_E_DENIED:
        return SW_REFUSAL_FORBIDDEN;
    case SW_E_CONFLICT:
        return SW_REFUSAL_CONFLICT;
    case SW_E_NODATA:
        return SW_REFUSAL_NO_PROOF;
    case SW_E_FULL:
        return SW_REFUSAL_OVERLOADED;
    default:
        return SW_REFUSAL_INVALID;
    }
}

static size_t render(struct core_requests *q, const struct sw_doc_answer *v, int64_t ts_us)
{
    return sw_doc_answer(&q->core->doc.site, v, ts_us, q->answer, sizeof(q->answer));
}

/* ---- a command on a ticket ---- */

void requests_run_ticket(struct core_requests *q, const struct sw_request *rq, enum sw_door door,
                         struct request_reply *reply)
{
    struct sw_core *c = q->core;
    struct sw_request_given g = {.kind = SW_REQUEST_TICKET, .at_us = core_next_instant_us(c), .ticket = rq->ticket};
    const struct sw_input in = {.kind = SW_INPUT_COMMAND, .t_us = g.at_us, .command = &g.ticket};
    struct sw_doc_answer v = {.request_id = rq->id};
    size_t len;

    g.ticket.by.door = door;
    feed(q, &in);
    v.refusal = refusal_of(q->code, &q->result_err);
    v.detail = q->result_err.msg;
    v.ticket = sw_desk_find(sw_engine_desk(c->engine), g.ticket.ticket);
    if (v.refusal == SW_REFUSAL_CONFLICT && v.ticket) {
        v.current = q->part;
        v.current_len = sw_doc_ticket(&c->doc.site, v.ticket, v.ticket->changed_us, -1, q->part, sizeof(q->part));
    }
    len = render(q, &v, g.at_us);
    record(q, rq, &g, len);
    reply->turn = sw_store_turn(c->store);
    requests_answer(q, reply, q->answer, len);
}

/* ---- a complaint ---- */

/* With what was found now, and the evidence as it stands after the desk decided: its tickets and its counts. */
static size_t answer_complaint(struct core_requests *q, const struct sw_request_given *g, const struct core_evidence *e)
{
    struct sw_core *c = q->core;
    struct sw_doc_answer v = {
        .request_id = g->complaint.id, .refusal = refusal_of(q->code, &q->result_err), .detail = q->result_err.msg};

    if (v.refusal == SW_REFUSAL_NONE) {
        v.outcome = sw_complaint_outcome_name(q->became.outcome);
        v.why = sw_answer_code_name(g->complaint.found.code);
        v.is_repeated = q->became.is_repeated;
        v.ticket = q->became.ticket[0] ? sw_desk_find(sw_engine_desk(c->engine), q->became.ticket) : NULL;
        v.evidence = q->part;
        v.evidence_len = e ? core_evidence_write(c, e, q->became.ticket, q->part, sizeof(q->part)) : 0;
    }
    return render(q, &v, g->at_us);
}

void requests_run_complaint(struct core_requests *q, struct request_pending *p, const struct core_evidence *e)
{
    struct sw_core *c = q->core;
    struct sw_request_given g = {
        .kind = SW_REQUEST_COMPLAINT, .at_us = core_next_instant_us(c), .complaint = p->rq.complaint};
    const struct sw_input in = {.kind = SW_INPUT_COMPLAINT, .t_us = g.at_us, .complaint = &g.complaint};
    size_t len;

    g.complaint.found = sw_complaint_found_none();
    if (e)
        core_evidence_found(c, e, &g.complaint.found);
    g.complaint.by.door = p->door;
    g.complaint.at_us = p->rq.at_us;
    feed(q, &in);
    len = answer_complaint(q, &g, e);
    record(q, &p->rq, &g, len);
    for (size_t i = 0; i < p->n_replies; i++) {
        p->replies[i].turn = sw_store_turn(c->store);
        requests_answer_as(q, &p->replies[i], q->answer, len, p->rq.id);
    }
    core_end_turn(c);
}
