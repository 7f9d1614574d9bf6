// SPDX-License-Identifier: Apache-2.0
/* Which page of the console needs which right: one table. What is not in it can be read by who may read, and changed by
 * nobody over TCP. */
#include "gateway/console_session.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/jsonw.h"
#include "common/timefmt.h"
#include "gateway/console.h"

enum need {
    NEED_NOTHING,  /* not even an account */
    NEED_LOOPBACK, /* a program of this machine, or whoever may read */
    NEED_RIGHT,
    NEED_SOCKET, /* only on the unix socket */
};

static const struct page {
    const char *method, *path;
    bool is_prefix;
    enum need need;
    unsigned right;
} pages[] = {
    {"GET", "/healthz", false, NEED_NOTHING, 0},
    {"GET", "/readyz", false, NEED_NOTHING, 0},
    {"GET", "/metrics", false, NEED_LOOPBACK, SW_MAY_READ},
    {"GET", "/api/v1/evidence", true, NEED_RIGHT, SW_MAY_EVIDENCE},
    {"GET", "/api/v1/media", true, NEED_RIGHT, SW_MAY_EVIDENCE}, /* people may be in the pictures */
    {"POST", "/api/v1/tickets/", true, NEED_RIGHT, SW_MAY_TICKETS},
    {"POST", "/api/v1/complaints", false, NEED_RIGHT, SW_MAY_COMPLAINTS},
    {"GET", "", true, NEED_RIGHT, SW_MAY_READ},
    {NULL, "", true, NEED_SOCKET, 0},
};

static const struct page *find(const struct sw_http_request *req)
{
    const struct page *p = pages;

    while ((p->method && strcmp(p->method, req->method) != 0) ||
           (p->is_prefix ? strncmp(p->path, req->path, strlen(p->path)) : strcmp(p->path, req->path)) != 0)
        p++; /* the last row fits everything */
    return p;
}

/* A proxy of this machine speaks for others: it says so, or asks for the name by which they reach it. */
static bool is_from_here(const struct sw_http_request *req)
{
    const char *host = sw_http_header(req, "Host");

    return (strncmp(req->peer, "127.", 4) == 0 || strcmp(req->peer, "::1") == 0) && host &&
           (strncmp(host, "127.", 4) == 0 || strncasecmp(host, "localhost", 9) == 0 ||
            strncmp(host, "[::1]", 5) == 0) &&
           !sw_http_header(req, "X-Forwarded-For") && !sw_http_header(req, "X-Real-IP") &&
           !sw_http_header(req, "Forwarded") && !sw_http_header(req, "Via");
}

static void note_look_up(struct sw_core *c, const struct sw_http_request *req)
{
    const char *at = sw_http_query(req, "at"), *window = sw_http_query(req, "window");
    char subject[128];

    if (at)
        (void) snprintf(subject, sizeof(subject), "at %.40s%s%.20s", at, window ? " window " : "",
                        window ? window : "");
    else
        (void) snprintf(subject, sizeof(subject), "%.100s", req->path);
    sw_accounts_note(c->accounts, req, SW_AUDIT_EVIDENCE, "look-up", subject);
}

bool core_session_may(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    const struct page *p = find(req);

    if (req->is_tcp && p->need == NEED_SOCKET) {
        if (sw_accounts_admits(c->accounts, req, SW_MAY_READ, res))
            sw_http_refuse(res, 403, "urn:siteward:error:forbidden",
                           "%.100s cannot be changed from here: use siteward on the machine itself", req->path);
        return false;
    }
    if (req->is_tcp && p->need != NEED_NOTHING && !(p->need == NEED_LOOPBACK && is_from_here(req)) &&
        !sw_accounts_admits(c->accounts, req, p->right, res))
        return false;
    if (p->right == SW_MAY_EVIDENCE)
        note_look_up(c, req);
    return true;
}

bool core_session_page(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    return sw_accounts_page(c->accounts, req, res);
}

void core_session_note_evidence(struct sw_core *c, const struct sw_actor *by, enum sw_door door, int64_t at_us)
{
    char at[SW_RFC3339_SIZE], subject[SW_RFC3339_SIZE + 8];

    sw_time_format(&c->site->zone, at_us, at);
    (void) snprintf(subject, sizeof(subject), "at %s", at);
    sw_accounts_note_other(c->accounts, SW_AUDIT_EVIDENCE, "look-up", by->id, sw_role_name(by->role),
                           sw_door_name(door), subject);
}

static void describe(void *ctx, struct sw_jsonw *w)
{
    const struct sw_core *c = ctx;

    sw_jsonw_str(w, "language", core_settings(c)->language);
    sw_jsonw_object(w, "site");
    sw_jsonw_str(w, "id", c->site->id);
    sw_jsonw_str(w, "name", core_settings(c)->name);
    sw_jsonw_object_end(w);
    sw_jsonw_bool(w, "simulated", c->clock->simulated);
}

/* Who was logged out hears nothing more; other browsers of the account come again by themselves. */
static void on_ended(void *ctx, const char *account)
{
    core_events_end(ctx, account);
}

int core_session_new(struct sw_core *c, bool is_console_wanted, struct sw_err *err)
{
    const struct sw_accounts_params p = {.loop = c->loop,
                                         .clock = c->clock,
                                         .data_dir = c->site->data_dir,
                                         .cookie = "siteward",
                                         .says_code = is_console_wanted,
                                         .describe = describe,
                                         .on_ended = on_ended,
                                         .ctx = c};

    return sw_accounts_new(&p, &c->accounts, err);
}

void core_session_free(struct sw_core *c)
{
    c->accounts = sw_accounts_free(c->accounts);
}
