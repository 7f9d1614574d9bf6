// SPDX-License-Identifier: Apache-2.0
/* Tickets and complaints over HTTP: GET /api/v1/tickets/{id}, POST /api/v1/tickets/{id}/{verb}, POST
 * /api/v1/complaints, with the documents of MQTT as bodies. Who may speak at all is decided by the socket's rights:
 * they are the people of the site (role party), and agents that take a call (role agent, complaints alone). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/requests_int.h"

#define TICKETS "/api/v1/tickets/"
#define COMPLAINTS "/api/v1/complaints"

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

void requests_fill_page(struct sw_http_response *res, const char *text, size_t len)
{
    json_t *root = json_loadb(text, len, 0, NULL), *error = json_object_get(root, "error");
    char *problem = NULL;

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

static void show_ticket(struct sw_core *c, const char *id, struct sw_http_response *res)
{
    const struct sw_ticket *t = sw_desk_find(sw_engine_desk(c->engine), id);
    size_t len = t ? sw_doc_ticket(&c->doc.site, t, t->changed_us, -1, c->doc_buf, sizeof(c->doc_buf)) : 0;

    if (!t)
        sw_http_problem(res, 404, "no ticket %.40s here: it may have ended long ago", id);
    else if (len)
        sw_http_write(res, c->doc_buf, len);
    else
        sw_http_problem(res, 500, "the ticket does not fit its room");
}

/* If-Match: "5" stands for a revision that the body does not give. @return false: it is no revision */
static bool take_if_match(const struct sw_http_request *req, struct sw_ticket_command *c)
{
    const char *match = sw_http_header(req, "If-Match");
    unsigned long revision;
    char *end;

    if (!match || strcmp(match, "*") == 0)
        return true;
    revision = strtoul(match + (*match == '"'), &end, 10);
    if (*end == '"')
        end++;
    if (*end || revision == 0 || revision > UINT32_MAX || (c->revision && c->revision != revision))
        return false;
    c->revision = (uint32_t) revision;
    return true;
}

static void command(struct sw_core *c, const struct sw_http_request *req, const char *ticket, int verb,
                    struct sw_http_response *res)
{
    struct request_reply reply = {.page = res};
    struct sw_request rq;
    struct sw_err err = {0};

    if (sw_request_parse(SW_REQUEST_TICKET, req->body, req->body_len, &rq, &err) < 0) {
        requests_refuse(c->requests, &reply, rq.id, SW_REFUSAL_INVALID, err.msg);
        return;
    }
    if (!take_if_match(req, &rq.ticket)) {
        requests_refuse(c->requests, &reply, rq.id, SW_REFUSAL_INVALID,
                        "If-Match is no revision, or another one than \"revision\"");
        return;
    }
    if (rq.by.role != SW_ROLE_PARTY) {
        requests_refuse(c->requests, &reply, rq.id, SW_REFUSAL_FORBIDDEN,
                        "on this way in \"by\".\"role\" is party: all others use the platform");
        return;
    }
    strcpy(rq.ticket.ticket, ticket);
    rq.ticket.verb = (enum sw_verb) verb;
    requests_take(c->requests, &rq, SW_DOOR_CLI, &reply);
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
        sw_http_problem(res, 404, "POST " TICKETS "{id}/{verb}: %.60s is none", rest);
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
        show_ticket(c, id, res);
    return true;
}

static void complaint(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    struct request_reply reply = {.page = res};
    struct sw_request rq;
    struct sw_err err = {0};

    if (sw_request_parse(SW_REQUEST_COMPLAINT, req->body, req->body_len, &rq, &err) < 0) {
        requests_refuse(c->requests, &reply, rq.id, SW_REFUSAL_INVALID, err.msg);
        return;
    }
    if (rq.by.role != SW_ROLE_AGENT) {
        requests_refuse(c->requests, &reply, rq.id, SW_REFUSAL_FORBIDDEN,
                        "a complaint is brought by an agent: \"by\".\"role\" must be agent");
        return;
    }
    reply.later = sw_http_defer(req);
    if (!reply.later) {
        requests_refuse(c->requests, &reply, rq.id, SW_REFUSAL_OVERLOADED, "too many wait for an answer");
        return;
    }
    reply.page = NULL;
    requests_take(c->requests, &rq, SW_DOOR_CLI, &reply);
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
