// SPDX-License-Identifier: Apache-2.0
/* What comes in at the doors: refused at once when it is no proper request, else taken once and answered once. Who may
 * do what to a ticket is the desk's; what was measured is evidence.c's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ident.h"
#include "common/jsonw.h"
#include "gateway/requests_int.h"

/* ---- answering ---- */

/* Who speaks 3.1.1 sees no properties: the answer with "correlation" as its last member. On the heap: the answer may
 * stand in any buffer of ours. @return to be freed; NULL = as it is */
static char *with_correlation(const char *correlation, const char *text, size_t len, size_t *ret_len)
{
    const size_t cap = len + 6 * strlen(correlation) + 32;
    char *copy = correlation[0] && len > 2 && text[len - 1] == '}' ? malloc(cap) : NULL;
    struct sw_jsonw w;

    if (!copy)
        return NULL;
    memcpy(copy, text, len - 1);
    copy[len - 1] = ',';
    sw_jsonw_init(&w, copy + len, cap - len);
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "correlation", correlation);
    sw_jsonw_object_end(&w);
    if (!sw_jsonw_finish(&w, ret_len)) {
        free(copy);
        return NULL;
    }
    memmove(copy + len, copy + len + 1, *ret_len - 1); /* without the brace that opened it */
    *ret_len += len - 1;
    return copy;
}

/* What tells of a change goes out with it, from the store. All else changes nothing and is worth nothing late: it does
 * not wait for the disk, and who sends nonsense wears out no flash. */
static void send_text(struct core_requests *q, const struct request_reply *r, const char *text, size_t len)
{
    const char *props = r->props[0] ? r->props : NULL;
    const struct sw_store_document d = {.seq = SW_STORE_NO_SEQ,
                                        .lane = SW_LANE_ALARM,
                                        .is_answer = true,
                                        .topic = r->topic,
                                        .expiry_s = REQUESTS_ANSWER_EXPIRY_S,
                                        .props = props,
                                        .payload = text,
                                        .len = len};

    int rc = r->turn ? sw_store_put_document(q->core->store, &d)
                     : sw_uplink_post_answer(q->core->uplink, r->topic, props, REQUESTS_ANSWER_EXPIRY_S, text, len);

    if (rc >= 0)
        q->answered_total++;
    else if (r->turn) /* the uplink counts what it drops */
        q->lost_total++;
}

static void send_over_mqtt(struct core_requests *q, const struct request_reply *r, const char *text, size_t len)
{
    size_t longer = 0;
    char *copy = with_correlation(r->correlation, text, len, &longer);

    send_text(q, r, copy ? copy : text, copy ? longer : len);
    free(copy);
}

/* What a page says was done must be there after a restart too: it waits for the disk, some milliseconds. */
static void look_at_held(void *ctx, int64_t due_us)
{
    struct core_requests *q = ctx;
    bool is_one_left = false;

    (void) due_us;
    for (size_t i = 0; i < SW_ARRAY_SIZE(q->held); i++) {
        struct request_held *h = &q->held[i];

        if (!h->later)
            continue;
        if (!sw_store_is_durable(q->core->store, h->turn)) {
            if (sw_mono_real_us() < h->until_us) {
                is_one_left = true;
                continue;
            }
            sw_http_refuse(sw_http_later_response(h->later), 503, "urn:siteward:error:overloaded",
                           "the disk is behind: ask again with the same id what became of it");
        }
        h->later = sw_http_later_send(h->later);
    }
    if (is_one_left)
        sw_timer_arm(q->look, sw_mono_real_us() + REQUESTS_LOOK_US, 0, NULL);
}

static void hold(struct core_requests *q, struct sw_http_later *later, uint64_t turn)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(q->held); i++) {
        struct request_held *h = &q->held[i];

        if (h->later)
            continue;
        *h = (struct request_held){later, turn, sw_mono_real_us() + REQUESTS_HELD_US};
        sw_timer_arm(q->look, sw_mono_real_us() + REQUESTS_LOOK_US, 0, NULL);
        return;
    }
    sw_http_later_send(later); /* no more can be deferred than there is room for */
}

void requests_answer(struct core_requests *q, struct request_reply *r, const char *text, size_t len)
{
    struct sw_http_response *page = r->later ? sw_http_later_response(r->later) : r->page;

    if (len == 0) {
        q->lost_total++;
        text = "{}";
        len = 2;
    }
    if (r->topic[0])
        send_over_mqtt(q, r, text, len);
    if (page) {
        requests_fill_page(page, text, len);
        q->answered_total++;
    }
    if (r->later && r->turn)
        hold(q, r->later, r->turn);
    else if (r->later)
        sw_http_later_send(r->later);
    r->later = NULL;
    r->page = NULL;
}

void requests_answer_as(struct core_requests *q, struct request_reply *reply, const char *text, size_t len,
                        const char *first_id)
{
    if (strcmp(reply->id, first_id) != 0) {
        len = sw_doc_answer_again(text, len, first_id, reply->id, q->part, sizeof(q->part));
        text = q->part;
    }
    requests_answer(q, reply, text, len);
}

void requests_refuse(struct core_requests *q, struct request_reply *reply, const char *id, enum sw_refusal refusal,
                     const char *detail)
{
    const struct sw_doc_answer v = {.request_id = id, .refusal = refusal, .detail = detail};
    size_t len = sw_doc_answer(&q->core->doc.site, &v, sw_engine_now_us(q->core->engine), q->answer, sizeof(q->answer));

    q->refused_total++;
    requests_answer(q, reply, q->answer, len);
}

/* ---- taking ---- */

/* The first answer again; under another id it carries that one. */
static void answer_again(struct core_requests *q, const struct sw_request *rq, const struct ledger_hit *hit,
                         struct request_reply *reply)
{
    q->repeated_total++;
    if (hit->turn && !sw_store_is_durable(q->core->store, hit->turn)) {
        reply->turn = hit->turn; /* behind the first in the outbox */
        q->core->wants_commit = true;
    }
    if (hit->answer)
        requests_answer_as(q, reply, hit->answer, hit->len, hit->id);
    else
        requests_refuse(q, reply, rq->id, SW_REFUSAL_OVERLOADED,
                        "it was taken before, but its answer cannot be read now");
}

/* The same document for another ticket or verb is another command. */
static void bind_topic(struct sw_request *rq)
{
    char text[SW_TOPIC_SIZE + sizeof(rq->content)];
    int len = snprintf(text, sizeof(text), "%s/%s\n%s", rq->ticket.ticket, sw_verb_name(rq->ticket.verb), rq->content);

    sw_sha256_hex(text, (size_t) len, rq->content);
}

static void execute(struct core_requests *q, struct sw_request *rq, enum sw_door door, struct request_reply *reply)
{
    switch (rq->kind) {
    case SW_REQUEST_TICKET:
        requests_run_ticket(q, rq, door, reply);
        break;
    case SW_REQUEST_SCHEDULE:
        requests_run_schedule(q, rq, door, reply);
        break;
    case SW_REQUEST_CONFIG:
        requests_run_config(q, rq, door, reply);
        break;
    case SW_REQUEST_COMPLAINT:
    case SW_REQUEST_EVIDENCE:
    case SW_REQUEST__COUNT:
        requests_ask(q, rq, door, reply);
        break;
    }
}

void requests_take(struct core_requests *q, struct sw_request *rq, enum sw_door door, struct request_reply *reply)
{
    const char *request_id = rq->kind == SW_REQUEST_COMPLAINT ? rq->complaint.service_request_id : "";
    const int64_t now_us = sw_engine_now_us(q->core->engine);
    struct ledger_key key;
    struct ledger_hit hit;
    enum ledger_found found = LEDGER_NEW;
    char why[256];

    q->taken_total++;
    strcpy(reply->id, rq->id);
    rq->by.door = door;
    if (rq->kind == SW_REQUEST_TICKET)
        bind_topic(rq);
    if (rq->kind != SW_REQUEST_EVIDENCE) {
        if (requests_join(q, rq, reply) || requests_schedule_join(q, rq, reply) || requests_config_join(q, rq, reply))
            return;
        key = requests_key(rq);
        found = requests_ledger_find(q->ledger, &key, rq->content, request_id, now_us, &hit);
    }
    if (found == LEDGER_OTHER)
        requests_refuse(q, reply, rq->id, SW_REFUSAL_ID_REUSED,
                        "\"id\" was used by the same sender for a command with other content");
    else if (found == LEDGER_SAME)
        answer_again(q, rq, &hit, reply);
    else if (requests_is_out_of_time(rq, sw_clock_utc_us(q->core->clock), &q->core->site->zone, why, sizeof(why)))
        requests_refuse(q, reply, rq->id, SW_REFUSAL_EXPIRED, why);
    else if (sw_store_is_pressed(q->core->store))
        requests_refuse(q, reply, rq->id, SW_REFUSAL_OVERLOADED,
                        "the disk is behind: what cannot be recorded is not done");
    else
        execute(q, rq, door, reply);
}

/* ---- MQTT ---- */

/* Where the answer is to go. What the payload says wins. @return false: to where nobody may have us write */
static bool read_reply(const struct core_requests *q, const struct sw_mqtt_incoming *m, const struct sw_request *rq,
                       struct request_reply *ret)
{
    const char *topic = rq->reply_to[0] ? rq->reply_to : m->response_topic;
    const unsigned char *bytes = rq->correlation[0] ? (const unsigned char *) rq->correlation : m->correlation;
    size_t n = rq->correlation[0] ? strlen(rq->correlation) : m->correlation_len;
    const char *relative;
    int at;

    *ret = (struct request_reply){0};
    if (!topic[0])
        return true;
    relative = sw_topic_response(q->prefix, topic);
    if (!relative || n > SW_REQUEST_CORRELATION_MAX)
        return false;
    strncpy(ret->topic, relative, sizeof(ret->topic) - 1);
    if (n == 0)
        return true;
    snprintf(ret->correlation, sizeof(ret->correlation), "%s", rq->correlation);
    at = snprintf(ret->props, sizeof(ret->props), SW_MQTT_CORRELATION_LINE);
    for (size_t i = 0; i < n; i++)
        at += snprintf(ret->props + at, sizeof(ret->props) - (size_t) at, "%02x", bytes[i]);
    snprintf(ret->props + at, sizeof(ret->props) - (size_t) at, "\n");
    return true;
}

static void refuse_at_door(struct core_requests *q, uint64_t *counter, const struct sw_mqtt_incoming *m,
                           const char *why)
{
    (*counter)++;
    sw_complain(&q->complaint, sw_mono_real_us(), SW_LOG_WARNING, "%.100s: not taken: %s", m->topic, why);
}

static enum sw_request_kind kind_of(enum sw_command_topic topic)
{
    static const enum sw_request_kind kinds[] = {[SW_COMMAND_TICKET] = SW_REQUEST_TICKET,
                                                 [SW_COMMAND_COMPLAINT] = SW_REQUEST_COMPLAINT,
                                                 [SW_COMMAND_EVIDENCE] = SW_REQUEST_EVIDENCE,
                                                 [SW_COMMAND_SCHEDULE] = SW_REQUEST_SCHEDULE,
                                                 [SW_COMMAND_GATEWAY] = SW_REQUEST_CONFIG};

    return kinds[topic];
}

/* "config-patch" of "gw/{gw}/cmd/config-patch"; that the gateway is ours was seen before. */
static const char *gateway_word(const struct core_requests *q, const char *topic)
{
    return topic + strlen("gw/") + strlen(q->core->site->gateway_id) + strlen("/cmd/");
}

/* @return why it is no request, NULL = it is one; the parser's own sentence is in err */
static const char *parse(struct core_requests *q, const struct sw_mqtt_incoming *m, struct sw_request *rq,
                         uint64_t **counter, struct sw_err *err)
{
    const char *topic = m->topic + strlen(q->prefix);
    char ticket[SW_TOPIC_WORD_SIZE], word[SW_TOPIC_WORD_SIZE];
    enum sw_command_topic which = sw_topic_command(topic, ticket, word);
    int verb = which == SW_COMMAND_TICKET ? sw_verb_from_name(word) : -1;

    if (m->is_too_large) {
        *counter = &q->too_large_total;
        return "the document is larger than 256 KiB";
    }
    if (which == SW_COMMAND_NONE ||
        (which == SW_COMMAND_GATEWAY && strcmp(gateway_word(q, topic), "config-patch") != 0) ||
        (which == SW_COMMAND_TICKET && (verb < 0 || !sw_ticket_verb_rule((enum sw_verb) verb)))) {
        *counter = &q->unknown_total;
        (void) sw_request_parse(SW_REQUEST_TICKET, m->payload, m->len, rq, NULL); /* for its id, and where to answer */
        return "the topic is no command of this gateway: cmd/ticket/{ticket}/{verb} with a verb of the contract, "
               "cmd/complaint, cmd/evidence, cmd/schedule, gw/{gw}/cmd/config-patch";
    }
    if (sw_request_parse(kind_of(which), m->payload, m->len, rq, err) < 0) {
        *counter = &q->bad_total;
        return err->msg;
    }
    if (which == SW_COMMAND_TICKET) {
        memcpy(rq->ticket.ticket, ticket, sizeof(ticket));
        rq->ticket.verb = (enum sw_verb) verb;
    }
    return NULL;
}

/* Commands lie under cmd/ and under our own gateway's gw/{gw}/cmd/. */
static bool is_ours(const struct core_requests *q, const char *topic)
{
    const size_t prefix = strlen(q->prefix);
    const char *gw = q->core->site->gateway_id;
    const size_t len = strlen(gw);

    if (strncmp(topic, q->prefix, prefix) != 0)
        return false;
    topic += prefix;
    return strncmp(topic, "cmd/", 4) == 0 || (strncmp(topic, "gw/", 3) == 0 && strncmp(topic + 3, gw, len) == 0 &&
                                              strncmp(topic + 3 + len, "/cmd/", 5) == 0);
}

bool core_requests_message(struct sw_core *c, const struct sw_mqtt_incoming *m)
{
    struct core_requests *q = c->requests;
    struct sw_request rq = {.expires_us = INT64_MIN};
    struct request_reply reply;
    uint64_t *counter = NULL;
    struct sw_err err = {0};
    const char *why;

    if (!is_ours(q, m->topic))
        return false;
    if (m->retain && m->len == 0 && !m->is_too_large)
        return true; /* a retained one was deleted */
    if (m->retain) {
        refuse_at_door(q, &q->retained_total, m, "a command must not be retained; delete it from the broker");
        return true;
    }
    why = parse(q, m, &rq, &counter, &err);
    if (!read_reply(q, m, &rq, &reply)) {
        refuse_at_door(q, &q->bad_reply_total, m,
                       "its response topic is not res/{client}/{token} of this site, or its correlation data are "
                       "longer than 256 bytes");
        return true;
    }
    if (why) {
        refuse_at_door(q, counter, m, counter == &q->bad_total ? "the document is wrong" : why);
        requests_refuse(q, &reply, rq.id, SW_REFUSAL_INVALID, why);
        return true;
    }
    requests_take(q, &rq, SW_DOOR_MQTT, &reply);
    return true;
}

/* ---- start and end ---- */

int core_requests_new(struct sw_core *c, struct sw_err *err)
{
    struct core_requests *q = calloc(1, sizeof(*q));
    int rc;

    if (!q)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    c->requests = q;
    q->core = c;
    sw_topic_prefix(c->site->platform.root, c->site->area, c->site->id, q->prefix, sizeof(q->prefix));
    for (size_t i = 0; i < REQUESTS_PENDING_MAX; i++)
        q->pending[i].owner = q;
    rc = requests_ledger_new(c->store, sw_engine_now_us(c->engine), &q->ledger, err);
    return rc < 0 ? rc : sw_loop_add_timer(c->loop, look_at_held, q, &q->look, err);
}

void core_requests_free(struct sw_core *c)
{
    struct core_requests *q = c->requests;

    if (!q)
        return;
    sw_source_free(q->look);
    for (size_t i = 0; i < SW_ARRAY_SIZE(q->held); i++)
        if (q->held[i].later)
            sw_http_later_send(q->held[i].later);
    for (size_t i = 0; i < REQUESTS_PENDING_MAX; i++)
        for (size_t k = 0; q->pending[i].is_used && k < q->pending[i].n_replies; k++)
            if (q->pending[i].replies[k].later) {
                sw_http_problem(sw_http_later_response(q->pending[i].replies[k].later), 503, "the gateway stops");
                sw_http_later_send(q->pending[i].replies[k].later);
            }
    requests_schedule_free(q);
    requests_config_free(q);
    requests_ledger_free(q->ledger);
    free(q);
    c->requests = NULL;
}

void core_request_result(struct sw_core *c, const struct sw_effect *fx)
{
    struct core_requests *q = c->requests;

    if (!q)
        return;
    q->has_result = true;
    q->code = fx->result.code;
    q->result_err = fx->result.err;
    q->became = fx->result.became;
}

void core_requests_render(const struct sw_core *c, struct sw_jsonw *w)
{
    const struct core_requests *q = c->requests;
    struct sw_uplink_status up = {0};

    if (!q)
        return;
    if (c->uplink)
        sw_uplink_status(c->uplink, &up);
    sw_jsonw_object(w, "requests");
    sw_jsonw_bool(w, "subscribed", up.is_subscribed);
    sw_jsonw_uint(w, "taken", q->taken_total);
    sw_jsonw_uint(w, "executed", q->executed_total);
    sw_jsonw_uint(w, "refused", q->refused_total);
    sw_jsonw_uint(w, "repeated", q->repeated_total);
    sw_jsonw_uint(w, "answered", q->answered_total);
    sw_jsonw_uint(w, "remembered", requests_ledger_count(q->ledger));
    sw_jsonw_object(w, "not_taken");
    sw_jsonw_uint(w, "retained", q->retained_total);
    sw_jsonw_uint(w, "response_topic", q->bad_reply_total);
    sw_jsonw_uint(w, "too_large", q->too_large_total);
    sw_jsonw_uint(w, "unknown", q->unknown_total);
    sw_jsonw_uint(w, "bad_document", q->bad_total);
    sw_jsonw_uint(w, "no_room", up.incoming_dropped_total);
    sw_jsonw_object_end(w);
    sw_jsonw_uint(w, "answers_lost", q->lost_total + up.answers_dropped_total);
    sw_jsonw_object_end(w);
}
