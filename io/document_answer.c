// SPDX-License-Identifier: Apache-2.0
/* Answers to commands, complaints and questions: what became of them, or a problem (RFC 9457) with what to do about it.
 * What is refused and why is decided elsewhere; here it is only said. */
#include <stdio.h>
#include <string.h>

#include "io/document.h"
#include "io/document_parts.h"

static const struct {
    const char *title, *hint;
} refusals[SW_REFUSAL__COUNT] = {
    [SW_REFUSAL_NONE] = {"", ""},
    [SW_REFUSAL_NOT_FOUND] = {"No such ticket",
                              "Look for it in the list of tickets; one that ended long ago is only in "
                              "the store"},
    [SW_REFUSAL_FORBIDDEN] = {"Not for this role or this way in",
                              "Let somebody send it whose role may do this; see the table of verbs"},
    [SW_REFUSAL_NOT_LEGAL] = {"Not possible in this status", "Look at the ticket's status; see the table of verbs"},
    [SW_REFUSAL_INVALID] = {"The document is wrong", "Correct the field and send it again, with a new id"},
    [SW_REFUSAL_CONFLICT] = {"It has changed since", "Look at the current document and send the command again "
                                                     "with its revision and a new id"},
    [SW_REFUSAL_NO_PROOF] = {"Not proven to be below the limit",
                             "Wait until state is recovering, or send force:true with a reason; with a new id"},
    [SW_REFUSAL_ID_REUSED] = {"The id was used for something else", "Give each new command an id of its own"},
    [SW_REFUSAL_EXPIRED] = {"Too late, or from the future", "Check the clock and send it again, with a new id"},
    [SW_REFUSAL_OVERLOADED] = {"Too much at once", "Send it again in a minute, with the same id"},
};

const char *sw_doc_refusal_title(enum sw_refusal v)
{
    return (unsigned) v < SW_REFUSAL__COUNT ? refusals[v].title : "";
}

const char *sw_doc_refusal_hint(enum sw_refusal v)
{
    return (unsigned) v < SW_REFUSAL__COUNT ? refusals[v].hint : "";
}

static void answer_error(struct sw_jsonw *w, const struct sw_doc_answer *v)
{
    char type[64];

    snprintf(type, sizeof(type), "urn:siteward:error:%s", sw_refusal_name(v->refusal));
    sw_jsonw_object(w, "error");
    sw_jsonw_str(w, "type", type);
    sw_jsonw_str(w, "title", sw_doc_refusal_title(v->refusal));
    sw_doc_text(w, "detail", v->detail);
    sw_jsonw_str(w, "hint", sw_doc_refusal_hint(v->refusal));
    if (v->current_len)
        sw_jsonw_raw(w, "current", v->current, v->current_len);
    sw_jsonw_object_end(w);
}

static void answer_data(struct sw_jsonw *w, const struct sw_doc_answer *v)
{
    if (v->data_len) {
        sw_jsonw_raw(w, "data", v->data, v->data_len);
        return;
    }
    sw_jsonw_object(w, "data");
    if (v->outcome)
        sw_jsonw_str(w, "outcome", v->outcome);
    sw_doc_text(w, "ticket", v->ticket ? v->ticket->id : NULL);
    if (v->outcome) {
        sw_doc_text(w, "number", v->ticket ? v->ticket->number : NULL);
        sw_doc_text(w, "why", v->why);
        sw_jsonw_bool(w, "repeated", v->is_repeated);
    }
    sw_doc_text(w, "status", v->ticket ? sw_status_name(v->ticket->status) : NULL);
    if (v->ticket)
        sw_jsonw_uint(w, "revision", v->ticket->revision);
    else if (v->revision > 0)
        sw_jsonw_int(w, "revision", v->revision);
    else
        sw_jsonw_null(w, "revision");
    if (v->is_config)
        sw_jsonw_bool(w, "restart_required", v->restart_required);
    sw_jsonw_object_end(w);
    if (v->outcome && v->evidence_len)
        sw_jsonw_raw(w, "answer", v->evidence, v->evidence_len);
    else if (v->outcome)
        sw_jsonw_null(w, "answer");
}

/* Everything before what differs from answer to answer. */
static void answer_head(struct sw_jsonw *w, char *buf, size_t cap, const char *request_id)
{
    sw_doc_begin(w, buf, cap, "siteward.res/1.0");
    sw_doc_text(w, "request_id", request_id);
}

size_t sw_doc_answer(const struct sw_doc_site *s, const struct sw_doc_answer *v, int64_t ts_us, char *buf, size_t cap)
{
    struct sw_jsonw w;

    answer_head(&w, buf, cap, v->request_id);
    sw_jsonw_time(&w, "ts", s->zone, ts_us);
    sw_jsonw_str(&w, "status", v->refusal == SW_REFUSAL_NONE ? "ok" : "error");
    if (v->refusal == SW_REFUSAL_NONE)
        answer_data(&w, v);
    else
        answer_error(&w, v);
    return sw_doc_end(&w, s);
}

size_t sw_doc_answer_again(const char *answer, size_t len, const char *old_id, const char *new_id, char *buf,
                           size_t cap)
{
    char head[1024];
    struct sw_jsonw w;
    size_t old_len, new_len;

    answer_head(&w, head, sizeof(head), old_id);
    old_len = w.len;
    if (w.overflow || old_len > len || memcmp(answer, head, old_len) != 0)
        return 0;
    answer_head(&w, buf, cap, new_id);
    new_len = w.len;
    if (w.overflow || new_len + (len - old_len) >= cap)
        return 0;
    memcpy(buf + new_len, answer + old_len, len - old_len);
    buf[new_len + len - old_len] = '\0';
    return new_len + len - old_len;
}
