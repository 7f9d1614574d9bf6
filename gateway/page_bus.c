// SPDX-License-Identifier: Apache-2.0
/* Lines over HTTP: GET /api/v1/bus lists them, POST /api/v1/bus/{id}/lease?seconds=N leaves one to somebody else for so
 * long (a scan), DELETE, or 0 seconds, ends that. The lease is bounded and ends by itself: a scan that dies leaves no
 * line silent. Who may speak at all is decided by the socket's rights. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "gateway/core.h"

#define PATH "/api/v1/bus"
#define LEASE_MAX_S 60

static const char *kind_name(enum sw_bus_kind kind)
{
    return kind == SW_BUS_RTU ? "rtu" : kind == SW_BUS_TCP ? "tcp" : "rtu-tcp";
}

static void list_buses(struct sw_core *c, struct sw_http_response *res)
{
    struct sw_jsonw w;
    size_t len = 0;

    sw_jsonw_init(&w, c->doc_buf, sizeof(c->doc_buf));
    sw_jsonw_object(&w, NULL);
    sw_jsonw_array(&w, "buses");
    for (size_t i = 0; i < c->site->n_buses; i++) {
        const struct sw_bus_conf *b = &c->site->buses[i];
        const bool is_serial = b->kind == SW_BUS_RTU;

        if (!c->buses[i].worker) /* nobody is on it, so nobody has to leave it */
            continue;
        sw_jsonw_object(&w, NULL);
        sw_jsonw_str(&w, "id", b->id);
        sw_jsonw_str(&w, "kind", kind_name(b->kind));
        sw_jsonw_str(&w, "port", is_serial ? b->port : NULL);
        sw_jsonw_str(&w, "host", is_serial ? NULL : b->host);
        if (is_serial)
            sw_jsonw_null(&w, "tcp_port");
        else
            sw_jsonw_int(&w, "tcp_port", b->tcp_port);
        sw_jsonw_bool(&w, "paused", core_bus_is_paused(c, b->id));
        sw_jsonw_object_end(&w);
    }
    sw_jsonw_array_end(&w);
    sw_jsonw_object_end(&w);
    if (sw_jsonw_finish(&w, &len))
        sw_http_write(res, c->doc_buf, len);
    else
        sw_http_problem(res, 500, "the list does not fit its room");
}

/* @return the seconds asked for; -1 not a number of 0 to the most */
static int seconds_of(const struct sw_http_request *req)
{
    const char *text = sw_http_query(req, "seconds");
    char *end = NULL;
    long seconds;

    if (strcmp(req->method, "DELETE") == 0)
        return 0;
    if (!text || text[0] < '0' || text[0] > '9')
        return -1;
    seconds = strtol(text, &end, 10);
    return *end == '\0' && seconds <= LEASE_MAX_S ? (int) seconds : -1;
}

static void lease(struct sw_core *c, const char *id, int seconds, struct sw_http_response *res)
{
    const bool was_paused = core_bus_is_paused(c, id);
    struct sw_jsonw w;
    size_t len = 0;

    if (core_bus_pause(c, id, seconds * SW_US_PER_S) < 0) {
        sw_http_problem(res, 404, "there is no bus '%.64s' that is polled; GET " PATH " lists them", id);
        return;
    }
    if (seconds > 0 && !was_paused)
        sw_log(SW_LOG_NOTICE, "bus %s is left to somebody else for up to %d s", id, seconds);
    else if (seconds == 0 && was_paused)
        sw_log(SW_LOG_NOTICE, "bus %s is polled again", id);
    sw_jsonw_init(&w, c->doc_buf, sizeof(c->doc_buf));
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "bus", id);
    sw_jsonw_int(&w, "seconds", seconds);
    sw_jsonw_bool(&w, "paused", seconds > 0 && core_bus_is_paused(c, id));
    sw_jsonw_object_end(&w);
    if (sw_jsonw_finish(&w, &len))
        sw_http_write(res, c->doc_buf, len);
    else
        sw_http_problem(res, 500, "the answer does not fit its room");
}

bool core_page_bus(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    static const char tail[] = "/lease";
    const char *rest = req->path + sizeof(PATH) - 1;
    const size_t len = strlen(req->path) > sizeof(PATH) - 1 ? strlen(rest) : 0;
    char id[SW_ID_SIZE];

    if (strncmp(req->path, PATH, sizeof(PATH) - 1) != 0 || (rest[0] != '\0' && rest[0] != '/'))
        return false;
    if (rest[0] == '\0' && strcmp(req->method, "GET") == 0) {
        list_buses(c, res);
        return true;
    }
    if (rest[0] == '\0') {
        sw_http_problem(res, 405, PATH " can only be read");
        res->allow = "GET, HEAD";
        return true;
    }
    if (len < sizeof(tail) + 1 || strcmp(rest + len - (sizeof(tail) - 1), tail) != 0 ||
        len - sizeof(tail) >= sizeof(id))
        return false;
    snprintf(id, sizeof(id), "%.*s", (int) (len - sizeof(tail)), rest + 1);
    if (strcmp(req->method, "POST") != 0 && strcmp(req->method, "DELETE") != 0) {
        sw_http_problem(res, 405, "a lease is taken with POST and ended with DELETE");
        res->allow = "POST, DELETE";
    } else if (seconds_of(req) < 0) {
        sw_http_problem(res, 400, "seconds must be 0 to %d: " PATH "/%s/lease?seconds=30", LEASE_MAX_S, id);
    } else {
        lease(c, id, seconds_of(req), res);
    }
    return true;
}
