// SPDX-License-Identifier: Apache-2.0
/* Tickets: lists and single ones out of the store; commands and complaints on to the gateway, whose answer is ours. */
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ident.h"
#include "common/timefmt.h"
#include "hub/api_int.h"
#include "hub/when.h"
#include "io/auth.h"

#define LISTED_MAX 200
#define COMMAND_WAIT_US (5 * SW_US_PER_S)
#define REF_BYTES 16

/* ---- lists ---- */

struct listing {
    json_t *list;
    int64_t changed_us, id;
};

static int list_ticket(void *ctx, const struct hub_ticket_row *row)
{
    struct listing *l = ctx;
    json_t *document = json_loadb(row->text, row->len, 0, NULL);

    json_array_append_new(l->list, json_pack("{s:s, s:s, s:o}", "area", row->area, "site", row->site_id, "ticket",
                                             document ? document : json_null()));
    l->changed_us = row->changed_us;
    l->id = row->id;
    return 0;
}

static bool take_cursor(const struct sw_http_request *rq, struct hub_ticket_query *q, struct sw_http_response *rs)
{
    const char *text = sw_http_query(rq, "cursor");
    long long before_us, before_id;
    char rest;

    q->before_us = INT64_MAX;
    if (!text || !*text)
        return true;
    if (sscanf(text, "%lld-%lld%c", &before_us, &before_id, &rest) != 2) {
        sw_http_refuse(rs, 400, API_INVALID, "cursor must be the `next` of the page before");
        return false;
    }
    q->before_us = before_us;
    q->before_id = before_id;
    return true;
}

void api_page_tickets(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    const char *site_id = sw_http_query(rq, "site"), *status = sw_http_query(rq, "status");
    struct hub_ticket_query q = {.status = status && *status ? status : NULL};
    struct listing l = {0};
    struct api_site site;
    struct sw_err err = {0};
    int64_t limit;
    char next[64];
    json_t *root;

    if (status && *status && strcmp(status, "open*") != 0 && sw_status_from_name(status) < 0) {
        sw_http_refuse(rs, 400, API_INVALID,
                       "status '%.20s' must be a status of a ticket, or open* for all that are open", status);
        return;
    }
    if (!take_cursor(rq, &q, rs) || !api_query_int(rq, "limit", 50, 1, LISTED_MAX, &limit, rs) ||
        !api_query_time(rq, "from", INT64_MIN, &q.from_us, rs) || !api_query_time(rq, "to", INT64_MAX, &q.to_us, rs))
        return;
    if (site_id && *site_id && !api_site_find(a, sw_http_query(rq, "area"), site_id, &site, rs))
        return;
    q.site = site_id && *site_id ? site.id : 0;
    q.limit = (size_t) limit;
    l.list = json_array();
    if (hub_read_tickets(a->reader, &q, list_ticket, &l, &err) < 0) {
        json_decref(l.list);
        api_store_failed(rs, &err);
        return;
    }
    snprintf(next, sizeof(next), "%lld-%lld", (long long) l.changed_us, (long long) l.id);
    root = json_array_size(l.list) < q.limit ? json_pack("{s:o, s:n}", "tickets", l.list, "next")
                                             : json_pack("{s:o, s:s}", "tickets", l.list, "next", next);
    api_write_json(rs, root);
    json_decref(root);
}

/* ---- one ---- */

struct one {
    struct sw_http_response *rs; /* NULL = only where it is */
    int64_t site, revision;
    char area[HUB_AREA_SIZE], site_id[SW_ID_SIZE];
};

static int take_ticket(void *ctx, const struct hub_ticket_row *row)
{
    struct one *o = ctx;

    o->site = row->site;
    o->revision = row->revision;
    snprintf(o->area, sizeof(o->area), "%s", row->area);
    snprintf(o->site_id, sizeof(o->site_id), "%s", row->site_id);
    if (o->rs) {
        sw_http_write(o->rs, row->text, row->len);
        snprintf(o->rs->etag, sizeof(o->rs->etag), "\"%lld\"", (long long) row->revision);
    }
    return 0;
}

/* @return false: the problem is written */
static bool find_ticket(struct hub_api *a, const struct sw_http_request *rq, const char *id, struct one *ret,
                        struct sw_http_response *rs)
{
    const char *site_id = sw_http_query(rq, "site");
    struct api_site site = {0};
    struct sw_err err = {0};
    int rc;

    if (site_id && *site_id && !api_site_find(a, sw_http_query(rq, "area"), site_id, &site, rs))
        return false;
    rc = hub_read_ticket(a->reader, site.id, id, take_ticket, ret, &err);
    if (rc == 0)
        sw_http_refuse(rs, 404, API_NOT_FOUND, "there is no ticket '%.40s'", id);
    else if (rc < 0)
        api_store_failed(rs, &err);
    return rc > 0;
}

void api_page_ticket(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    struct one o = {.rs = rs};

    find_ticket(a, rq, rq->path + strlen(API "tickets/"), &o, rs);
}

/* ---- on to a gateway ---- */

static void on_answer(void *ctx, const char *answer, size_t len)
{
    struct sw_http_later *later = ctx;

    api_write_res(sw_http_later_response(later), answer, len);
    sw_http_later_send(later);
}

static void forward(struct hub_api *a, const struct sw_http_request *rq, const char *area, const char *site,
                    const char *topic, json_t *document, struct sw_http_response *rs)
{
    struct sw_http_later *later = sw_http_defer(rq);
    struct sw_err err = {0};

    if (!later) {
        sw_http_refuse(rs, 503, "urn:siteward:error:overloaded", "too many wait: ask again in some seconds");
        return;
    }
    if (hub_ask_send(a->ask, area, site, topic, document, COMMAND_WAIT_US, on_answer, later, &err) < 0) {
        sw_http_refuse(sw_http_later_response(later), 503, "urn:siteward:error:overloaded", "%s", err.msg);
        sw_http_later_send(later);
    }
}

static json_t *read_body(const struct sw_http_request *rq, struct sw_http_response *rs)
{
    json_error_t why;
    json_t *body =
        json_loadb(rq->body_len ? rq->body : "{}", rq->body_len ? rq->body_len : 2, JSON_REJECT_DUPLICATES, &why);

    if (json_is_object(body))
        return body;
    json_decref(body);
    sw_http_refuse(rs, 400, API_INVALID, "the body must be a JSON object: %s",
                   body ? "it is something else" : why.text);
    return NULL;
}

/* Who is logged in speaks, whatever the body says; ids are made where the sender has none. */
static void sign(struct hub_api *a, json_t *body, const char *schema, const struct sw_actor *by, int64_t now_us)
{
    struct sw_zone utc;
    char at[SW_RFC3339_SIZE], id[48];
    const char *given = json_string_value(json_object_get(body, "id"));

    sw_zone_init_utc(&utc);
    sw_time_format(&utc, now_us, at);
    snprintf(id, sizeof(id), "hub-%llx-%08x", (unsigned long long) a->next_id++, randombytes_random());
    json_object_set_new(body, "schema", json_string(schema));
    json_object_set_new(body, "at", json_string(at));
    json_object_set_new(body, "by", json_pack("{s:s, s:s}", "id", by->id, "role", sw_role_name(by->role)));
    if (!given)
        json_object_set_new(body, "id", json_string(id));
}

static bool take_actor(const struct sw_http_request *rq, struct sw_actor *ret, struct sw_http_response *rs)
{
    if (sw_auth_actor(rq->who, SW_DOOR_MQTT, ret))
        return true;
    sw_http_refuse(rs, 403, "urn:siteward:error:forbidden", "your account gives no commands on tickets");
    return false;
}

/* If-Match: "5" */
static bool take_revision(const struct sw_http_request *rq, json_t *body, struct sw_http_response *rs)
{
    const char *text = sw_http_header(rq, "If-Match");
    unsigned revision;
    char rest;

    if (!text)
        return true;
    if (sscanf(text, "\"%u\"%c", &revision, &rest) != 1) {
        sw_http_refuse(rs, 400, API_INVALID, "If-Match '%.30s' must be the ETag of the ticket, such as \"5\"", text);
        return false;
    }
    json_object_set_new(body, "revision", json_integer(revision));
    return true;
}

void api_page_command(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    const char *id = rq->path + strlen(API "tickets/"), *slash = strchr(id, '/');
    char ticket[SW_ID_SIZE], topic[160];
    struct one o = {0};
    struct sw_actor by;
    struct api_site site;
    json_t *body;

    if (!slash || sw_verb_from_name(slash + 1) < 0) {
        sw_http_refuse(rs, 404, API_NOT_FOUND, "there is no page %.100s", rq->path);
        return;
    }
    snprintf(ticket, sizeof(ticket), "%.*s", (int) SW_MIN((size_t) (slash - id), sizeof(ticket) - 1), id);
    if (!take_actor(rq, &by, rs) || !sw_id_is_valid(ticket) || !find_ticket(a, rq, ticket, &o, rs) ||
        !api_site_find(a, o.area, o.site_id, &site, rs))
        return;
    body = read_body(rq, rs);
    if (body && take_revision(rq, body, rs)) {
        sign(a, body, "siteward.cmd/1.0", &by, api_site_now_us(a, &site));
        snprintf(topic, sizeof(topic), "cmd/ticket/%s/%s", ticket, slash + 1);
        forward(a, rq, o.area, o.site_id, topic, body, rs);
    }
    json_decref(body);
}

/* ---- complaints ---- */

/* The number is hashed with a key of this hub's, and goes nowhere: not to the gateway, the store, or the log. */
static void hide_caller(const struct hub_api *a, json_t *body)
{
    const char *caller = json_string_value(json_object_get(body, "caller"));
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    char digits[32] = "", ref[2 + 2 * REF_BYTES + 1] = "h:";
    size_t n = 0;
    const char *from = digits;
    crypto_auth_hmacsha256_state st;

    for (; caller && *caller; caller++)
        if (isdigit((unsigned char) *caller) && n + 1 < sizeof(digits))
            digits[n++] = *caller;
    digits[n] = '\0';
    from += strncmp(from, "00", 2) == 0 ? 2 : 0;
    from += strncmp(from, "86", 2) == 0 && strlen(from) == 13 ? 2 : 0;
    json_object_del(body, "caller");
    if (strlen(from) < 5)
        return;
    crypto_auth_hmacsha256_init(&st, a->key, sizeof(a->key));
    crypto_auth_hmacsha256_update(&st, (const unsigned char *) from, strlen(from));
    crypto_auth_hmacsha256_final(&st, mac);
    for (size_t i = 0; i < REF_BYTES; i++)
        snprintf(ref + 2 + 2 * i, 3, "%02x", mac[i]);
    json_object_set_new(body, "caller_ref", json_string(ref));
    sodium_memzero(digits, sizeof(digits));
}

/* "at" and "window" as the agent said them become `occurred`. */
static bool take_occurred(struct hub_api *a, json_t *body, const struct api_site *site, struct sw_http_response *rs)
{
    const char *at = json_string_value(json_object_get(body, "at")),
               *window = json_string_value(json_object_get(body, "window"));
    struct sw_zone zone, utc;
    struct hub_when when;
    struct sw_err err = {0};
    char text[SW_RFC3339_SIZE], length[32];

    if (json_object_get(body, "occurred"))
        return true;
    hub_zone_of(a->reader, site->id, &zone);
    if (hub_when(at && *at ? at : "now", api_site_now_us(a, site), &zone, &when, &err) < 0) {
        sw_http_refuse(rs, 400, API_INVALID, "%s", err.msg);
        return false;
    }
    sw_zone_init_utc(&utc);
    sw_time_format(&utc, when.at_us, text);
    snprintf(length, sizeof(length), "PT%lldM",
             when.is_span ? (long long) SW_MAX((when.to_us - when.from_us) / (60 * SW_US_PER_S), 1) : 60LL);
    json_object_set_new(body, "occurred",
                        json_pack("{s:s, s:s}", "at", text, "window", window && *window ? window : length));
    json_object_del(body, "window");
    return true;
}

static double number_of(const json_t *body, const char *key, bool *ret_is_there)
{
    const json_t *v = json_object_get(body, key);

    *ret_is_there = json_is_number(v);
    return json_number_value(v);
}

static void complain(struct hub_api *a, const struct sw_http_request *rq, const struct sw_actor *by, json_t *body,
                     struct sw_http_response *rs)
{
    bool has_lat, has_lon;
    const double lat = number_of(body, "lat", &has_lat), lon = number_of(body, "long", &has_lon);
    const char *site_id = json_string_value(json_object_get(body, "site"));
    const char *address = json_string_value(json_object_get(body, "address_string"));
    struct api_site site;

    if (!api_resolve(a, site_id, address, has_lat && has_lon, lat, lon, &site, rs) ||
        !take_occurred(a, body, &site, rs))
        return;
    hide_caller(a, body);
    json_object_del(body, "site");
    sign(a, body, "siteward.complaint/1.0", by, api_site_now_us(a, &site));
    if (!json_object_get(body, "service_code"))
        json_object_set_new(body, "service_code", json_string("noise.construction"));
    if (!json_object_get(body, "service_request_id"))
        json_object_set(body, "service_request_id", json_object_get(body, "id"));
    if (!json_object_get(body, "requested_datetime"))
        json_object_set(body, "requested_datetime", json_object_get(body, "at"));
    if (!json_object_get(body, "want"))
        json_object_set_new(body, "want", json_string("link-or-open"));
    sw_accounts_note(a->accounts, rq, SW_AUDIT_EVIDENCE, "complaint", site.site);
    forward(a, rq, site.area, site.site, "cmd/complaint", body, rs);
}

void api_page_complaint(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    struct sw_actor by;
    json_t *body;

    if (!take_actor(rq, &by, rs))
        return;
    body = read_body(rq, rs);
    if (body)
        complain(a, rq, &by, body, rs);
    json_decref(body);
}
