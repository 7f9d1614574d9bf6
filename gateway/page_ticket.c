// SPDX-License-Identifier: Apache-2.0
/* Tickets and complaints over HTTP: GET /api/v1/tickets/{id}, POST /api/v1/tickets/{id}/{verb}, POST
 * /api/v1/complaints, with the documents of MQTT as bodies. Over TCP the sender is who is logged in, whatever the body
 * says. On the socket, whose rights decide who may speak at all, they are the people of the site (role party), and
 * agents that take a call (role agent, complaints alone). */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ident.h"
#include "common/jsonw.h"
#include "gateway/query.h"
#include "gateway/requests_int.h"
#include "gateway/ticket_state.h"
#include "io/auth.h"

#define TICKETS "/api/v1/tickets/"
#define COMPLAINTS "/api/v1/complaints"
#define NOT_FOUND "urn:siteward:error:not-found"
#define OVERLOADED "urn:siteward:error:overloaded"

static int status_of(const char *type)
{
    static const struct {
        enum sw_refusal refusal;
        int status;
    } codes[] = {
        {SW_REFUSAL_NOT_FOUND, 404}, {SW_REFUSAL_FORBIDDEN, 403}, {SW_REFUSAL_INVALID, 400},
        {SW_REFUSAL_EXPIRED, 410},   {SW_REFUSAL_NO_PROOF, 422},  {SW_REFUSAL_OVERLOADED, 503},
        {SW_REFUSAL_NOT_LEGAL, 409}, {SW_REFUSAL_CONFLICT, 409},  {SW_REFUSAL_ID_REUSED, 409},
    };
    static const char prefix[] = "urn:siteward:error:";

    for (size_t i = 0; i < SW_ARRAY_SIZE(codes); i++)
        if (type && strncmp(type, prefix, sizeof(prefix) - 1) == 0 &&
            strcmp(type + sizeof(prefix) - 1, sw_refusal_name(codes[i].refusal)) == 0)
            return codes[i].status;
    return 409;
}

static void set_etag(struct sw_http_response *res, json_int_t revision)
{
    if (revision > 0 && revision <= UINT32_MAX)
        (void) snprintf(res->etag, sizeof(res->etag), "\"%lld\"", (long long) revision);
}

void requests_fill_page(struct sw_http_response *res, const char *text, size_t len)
{
    json_t *root = json_loadb(text, len, 0, NULL), *error = json_object_get(root, "error");
    const json_t *ticket = error ? json_object_get(error, "current") : json_object_get(root, "data");
    char *problem = NULL;

    set_etag(res, json_integer_value(json_object_get(ticket, "revision")));
    if (error) {
        res->status = status_of(json_string_value(json_object_get(error, "type")));
        res->content_type = "application/problem+json";
        json_object_set_new(error, "status", json_integer(res->status));
        json_object_set(error, "request_id", json_object_get(root, "request_id"));
        problem = json_dumps(error, JSON_COMPACT | JSON_REAL_PRECISION(15));
    }
    if (problem)
        sw_http_write(res, problem, strlen(problem));
    else
        sw_http_write(res, text, len);
    free(problem);
    json_decref(root);
}

/* ---- one ticket ---- */

static void write_ticket(struct sw_core *c, const struct sw_ticket *t, struct sw_http_response *res)
{
    const size_t len = sw_doc_ticket(&c->doc.site, t, t->changed_us, -1, c->doc_buf, sizeof(c->doc_buf));

    set_etag(res, t->revision);
    if (len)
        sw_http_write(res, c->doc_buf, len);
    else
        sw_http_problem(res, 500, "the ticket does not fit its room");
}

#define REVISIONS_MAX 100
#define REVISION_TEXT_MAX 160

/* What only the file knows of a ticket: one that has left the desk, and under which numbers its revisions are in the
 * chain. Read on the query worker. */
struct stored_ticket {
    struct core_query query; /* first */
    struct sw_core *core;
    struct sw_http_later *later;
    struct sw_ticket ticket;
    char id[SW_TOPIC_WORD_SIZE];
    char chain[REVISIONS_MAX * REVISION_TEXT_MAX]; /* JSON: newest first; "" = could not be read */
    bool is_at_desk;                               /* when it was asked for */
    int rc;                                        /* 1 = it was found */
    struct sw_err err;
};

static int read_revisions(struct stored_ticket *q, struct query_reader *r)
{
    struct sw_db_stmt *st = query_stmt(r, QUERY_REVISIONS, &q->err);
    struct sw_jsonw w;
    int rc;

    if (!st)
        return SW_E_IO;
    sw_db_bind_text(st, 1, q->id);
    sw_db_bind_int(st, 2, REVISIONS_MAX);
    sw_jsonw_init(&w, q->chain, sizeof(q->chain));
    sw_jsonw_array(&w, NULL);
    while ((rc = sw_db_step(st, &q->err)) == 1) {
        const char *hash = sw_db_text(st, 2, NULL);

        sw_jsonw_object(&w, NULL);
        sw_jsonw_int(&w, "revision", sw_db_int(st, 0));
        sw_jsonw_int(&w, "n", sw_db_int(st, 1));
        sw_jsonw_str(&w, "hash", hash && *hash ? hash : NULL); /* that piece of the chain was given up */
        sw_jsonw_object_end(&w);
    }
    sw_db_reset(st);
    sw_jsonw_array_end(&w);
    if (rc < 0 || !sw_jsonw_finish(&w, NULL))
        q->chain[0] = '\0';
    return rc;
}

static void read_stored(struct core_query *query, struct query_reader *r)
{
    struct stored_ticket *q = (struct stored_ticket *) query;
    struct sw_db_stmt *st = query_stmt(r, QUERY_TICKET, &q->err);
    const char *json;
    size_t len;

    q->rc = SW_E_IO;
    if (!st || read_revisions(q, r) < 0 || q->is_at_desk)
        return;
    sw_db_bind_text(st, 1, q->id);
    q->rc = sw_db_step(st, &q->err);
    if (q->rc == 1) {
        json = sw_db_text(st, 0, &len);
        q->rc = sw_ticket_state_read(json, len, &q->ticket, &q->err) == SW_OK ? 1 : SW_E_CORRUPT;
    }
    sw_db_reset(st);
}

/* The ticket's document, with its place in the chain as one member more. */
static void write_with_chain(const struct stored_ticket *q, const struct sw_ticket *t, struct sw_http_response *res)
{
    write_ticket(q->core, t, res);
    if (res->status != 200 || res->len == 0 || !q->chain[0])
        return;
    res->len--; /* the brace */
    sw_http_write(res, ",\"chain\":", 9);
    sw_http_write(res, q->chain, strlen(q->chain));
    sw_http_write(res, "}", 1);
}

static void show_stored(struct core_query *query, bool was_run)
{
    struct stored_ticket *q = (struct stored_ticket *) query;
    struct sw_http_response *res = sw_http_later_response(q->later);
    const struct sw_ticket *t = was_run ? sw_desk_find(sw_engine_desk(q->core->engine), q->id) : NULL;

    if (!was_run)
        sw_http_refuse(res, 503, OVERLOADED, "the gateway stops: ask again later");
    else if (t || q->rc == 1)
        write_with_chain(q, t ? t : &q->ticket, res);
    else if (q->rc == 0)
        sw_http_refuse(res, 404, NOT_FOUND, "no ticket %.40s here, and none is stored", q->id);
    else
        sw_http_problem(res, 500, "the stored ticket cannot be read: %s", q->err.msg);
    sw_http_later_send(q->later);
    free(q);
}

static void show_ticket(struct sw_core *c, const struct sw_http_request *req, const char *id,
                        struct sw_http_response *res)
{
    const struct sw_ticket *t = sw_desk_find(sw_engine_desk(c->engine), id);
    struct stored_ticket *q;
    struct sw_err err = {0};

    q = calloc(1, sizeof(*q));
    if (q) {
        *q = (struct stored_ticket){.query = {read_stored, show_stored}, .core = c, .is_at_desk = t != NULL};
        (void) snprintf(q->id, sizeof(q->id), "%s", id);
        q->later = sw_http_defer(req);
    }
    if ((!q || !q->later) && t) {
        write_ticket(c, t, res); /* what it is goes before where it is recorded */
        free(q);
    } else if (!q || !q->later) {
        free(q);
        sw_http_refuse(res, 503, OVERLOADED, "too many questions are waiting: ask again in some seconds");
    } else if (core_queries_post(c->queries, &q->query, &err) < 0) {
        if (t)
            write_ticket(c, t, sw_http_later_response(q->later));
        else
            sw_http_refuse(sw_http_later_response(q->later), 503, OVERLOADED, "%s", err.msg);
        sw_http_later_send(q->later);
        free(q);
    }
}

/* If-Match: "5" stands for a revision that the body does not give. @return false: it is no revision */
static bool take_if_match(const struct sw_http_request *req, struct sw_request *rq)
{
    struct sw_ticket_command *c = &rq->ticket;
    const char *match = sw_http_header(req, "If-Match");
    unsigned long revision;
    char *end, bound[128];
    int at;

    if (!match || strcmp(match, "*") == 0)
        return true;
    revision = strtoul(match + (*match == '"'), &end, 10);
    if (*end == '"')
        end++;
    if (*end || revision == 0 || revision > UINT32_MAX || (c->revision && c->revision != revision))
        return false;
    if (!c->revision) { /* it is part of what is asked for, as it would be in the body */
        at = snprintf(bound, sizeof(bound), "%s\nIf-Match: %lu", rq->content, revision);
        sw_sha256_hex(bound, (size_t) at, rq->content);
    }
    c->revision = (uint32_t) revision;
    return true;
}

/* The body with the sender that the log-in says. @return free when done; NULL: it is no object, or no memory */
static char *with_sender(const struct sw_http_request *req, const struct sw_actor *by, size_t *ret_len)
{
    json_t *root = json_loadb(req->body, req->body_len, JSON_REJECT_DUPLICATES, NULL);
    char *text = NULL;

    if (json_is_object(root) &&
        json_object_set_new(root, "by", json_pack("{s:s, s:s}", "id", by->id, "role", sw_role_name(by->role))) == 0)
        text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    *ret_len = text ? strlen(text) : 0;
    return text;
}

/* @return SW_OK; SW_E_INVAL with a sentence; SW_E_DENIED this account gives no commands */
static int take_body(const struct sw_http_request *req, enum sw_request_kind kind, struct sw_request *ret,
                     enum sw_door *ret_door, struct sw_err *err)
{
    struct sw_actor by;
    char *text;
    size_t len;
    int rc;

    *ret = (struct sw_request){0};
    *ret_door = req->is_tcp ? SW_DOOR_CONSOLE : SW_DOOR_CLI;
    if (!req->is_tcp)
        return sw_request_parse(kind, req->body, req->body_len, ret, err);
    if (!sw_auth_actor(req->who, SW_DOOR_CONSOLE, &by))
        return sw_err_set(err, SW_E_DENIED, 0, "this account gives no commands");
    text = with_sender(req, &by, &len);
    if (!text)
        return sw_err_set(err, SW_E_INVAL, 0, "the body must be a JSON object");
    rc = sw_request_parse(kind, text, len, ret, err);
    free(text);
    return rc;
}

/* What is done is told when it is on the disk. @return false: too many wait, and it was refused */
static bool wait_later(struct sw_core *c, const struct sw_http_request *req, const struct sw_request *rq,
                       struct request_reply *reply)
{
    reply->later = sw_http_defer(req);
    if (!reply->later) {
        requests_refuse(c->requests, reply, rq->id, SW_REFUSAL_OVERLOADED, "too many wait for an answer");
        return false;
    }
    reply->page = NULL;
    return true;
}

static void command(struct sw_core *c, const struct sw_http_request *req, const char *ticket, int verb,
                    struct sw_http_response *res)
{
    struct request_reply reply = {.page = res};
    struct sw_request rq;
    struct sw_err err = {0};
    enum sw_door door;
    const int rc = take_body(req, SW_REQUEST_TICKET, &rq, &door, &err);

    if (rc < 0) {
        requests_refuse(c->requests, &reply, rq.id, rc == SW_E_DENIED ? SW_REFUSAL_FORBIDDEN : SW_REFUSAL_INVALID,
                        err.msg);
        return;
    }
    if (!take_if_match(req, &rq)) {
        requests_refuse(c->requests, &reply, rq.id, SW_REFUSAL_INVALID,
                        "If-Match is no revision, or another one than \"revision\"");
        return;
    }
    if (door == SW_DOOR_CLI && rq.by.role != SW_ROLE_PARTY) {
        requests_refuse(c->requests, &reply, rq.id, SW_REFUSAL_FORBIDDEN,
                        "on this way in \"by\".\"role\" is party: all others use the platform");
        return;
    }
    if (!wait_later(c, req, &rq, &reply))
        return;
    strcpy(rq.ticket.ticket, ticket);
    rq.ticket.verb = (enum sw_verb) verb;
    requests_take(c->requests, &rq, door, &reply);
    core_end_turn(c);
}

/* @return false: there is no such page */
static bool ticket_page(struct sw_core *c, const struct sw_http_request *req, const char *rest,
                        struct sw_http_response *res)
{
    const char *slash = strchr(rest, '/');
    size_t len = slash ? (size_t) (slash - rest) : strlen(rest);
    char id[SW_TOPIC_WORD_SIZE];
    int verb = slash ? sw_verb_from_name(slash + 1) : -1;

    if (len == 0)
        return false;
    if (len >= sizeof(id) || (slash && (verb < 0 || !sw_ticket_verb_rule((enum sw_verb) verb)))) {
        sw_http_refuse(res, 404, NOT_FOUND, "POST " TICKETS "{id}/{verb}: %.60s is none", rest);
        return true;
    }
    if (strcmp(req->method, slash ? "POST" : "GET") != 0) {
        sw_http_problem(res, 405, slash ? "%.100s is for POST" : "%.100s can only be read", req->path);
        res->allow = slash ? "POST" : "GET, HEAD";
        return true;
    }
    memcpy(id, rest, len);
    id[len] = '\0';
    if (slash)
        command(c, req, id, verb, res);
    else
        show_ticket(c, req, id, res);
    return true;
}

static void complaint(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    struct request_reply reply = {.page = res};
    struct sw_request rq;
    struct sw_err err = {0};
    enum sw_door door;
    const int rc = take_body(req, SW_REQUEST_COMPLAINT, &rq, &door, &err);

    if (rc < 0) {
        requests_refuse(c->requests, &reply, rq.id, rc == SW_E_DENIED ? SW_REFUSAL_FORBIDDEN : SW_REFUSAL_INVALID,
                        err.msg);
        return;
    }
    if (rq.by.role != SW_ROLE_AGENT) {
        requests_refuse(c->requests, &reply, rq.id, SW_REFUSAL_FORBIDDEN,
                        "a complaint is brought by an agent: \"by\".\"role\" must be agent");
        return;
    }
    if (!wait_later(c, req, &rq, &reply))
        return;
    requests_take(c->requests, &rq, door, &reply);
    core_end_turn(c);
}

bool core_page_ticket(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    const size_t len = strlen(TICKETS);

    if (strncmp(req->path, TICKETS, len) == 0)
        return ticket_page(c, req, req->path + len, res);
    if (strcmp(req->path, COMPLAINTS) != 0)
        return false;
    if (strcmp(req->method, "POST") == 0) {
        complaint(c, req, res);
    } else {
        sw_http_problem(res, 405, COMPLAINTS " is for POST");
        res->allow = "POST";
    }
    return true;
}
