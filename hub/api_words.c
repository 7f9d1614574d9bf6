// SPDX-License-Identifier: Apache-2.0
/* What the pages of the interface share: arguments in, documents and problems out. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timefmt.h"
#include "hub/api_int.h"
#include "tickets/ticket.h"

void api_site_take(const struct hub_site_row *row, struct api_site *ret)
{
    *ret = (struct api_site){.id = row->id,
                             .summary_ts_us = row->summary_ts_us,
                             .last_us = row->last_us,
                             .is_simulated = row->is_simulated,
                             .has_point = row->has_point,
                             .lat = row->lat,
                             .lon = row->lon,
                             .lamp = row->lamp};
    snprintf(ret->area, sizeof(ret->area), "%s", row->area);
    snprintf(ret->site, sizeof(ret->site), "%s", row->site);
    snprintf(ret->name, sizeof(ret->name), "%s", row->name);
    snprintf(ret->address, sizeof(ret->address), "%s", row->address);
}

int64_t api_site_now_us(const struct hub_api *a, const struct api_site *s)
{
    return s->is_simulated && s->summary_ts_us != INT64_MIN ? s->summary_ts_us : sw_clock_utc_us(&a->clock);
}

static int take_site(void *ctx, const struct hub_site_row *row)
{
    api_site_take(row, ctx);
    return 0;
}

bool api_site_find(struct hub_api *a, const char *area, const char *id, struct api_site *ret,
                   struct sw_http_response *rs)
{
    struct sw_err err = {0};
    const int rc = hub_read_site(a->reader, area && *area ? area : NULL, id, take_site, ret, &err);

    if (rc == 0)
        sw_http_refuse(rs, 404, API_NOT_FOUND, "no site '%.64s' has sent anything yet", id);
    else if (rc < 0)
        api_store_failed(rs, &err);
    return rc > 0;
}

void api_write_json(struct sw_http_response *rs, const json_t *j)
{
    char *text = j ? json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;

    if (text)
        sw_http_write(rs, text, strlen(text));
    else
        sw_http_problem(rs, 500, "out of memory");
    free(text);
}

void api_store_failed(struct sw_http_response *rs, const struct sw_err *err)
{
    sw_http_problem(rs, 500, "the store cannot be read: %s", err->msg);
}

bool api_query_int(const struct sw_http_request *rq, const char *key, int64_t dflt, int64_t least, int64_t most,
                   int64_t *ret, struct sw_http_response *rs)
{
    const char *text = sw_http_query(rq, key);
    char *end;

    *ret = dflt;
    if (!text || !*text)
        return true;
    *ret = strtoll(text, &end, 10);
    if (*end == '\0' && *ret >= least && *ret <= most)
        return true;
    sw_http_refuse(rs, 400, API_INVALID, "%s '%.30s' must be a number from %lld to %lld", key, text, (long long) least,
                   (long long) most);
    return false;
}

bool api_query_time(const struct sw_http_request *rq, const char *key, int64_t dflt, int64_t *ret,
                    struct sw_http_response *rs)
{
    const char *text = sw_http_query(rq, key);
    struct sw_err err = {0};

    *ret = dflt;
    if (!text || !*text || sw_time_parse(text, strlen(text), ret, &err) == SW_OK)
        return true;
    sw_http_refuse(rs, 400, API_INVALID, "%s: %s", key, err.msg);
    return false;
}

const char *api_read_degrees(const char *text, double most, double *ret)
{
    char *end;

    *ret = strtod(text, &end);
    return end != text && fabs(*ret) <= most ? end : NULL;
}

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

static void set_etag(struct sw_http_response *rs, json_int_t revision)
{
    if (revision > 0 && revision <= UINT32_MAX)
        snprintf(rs->etag, sizeof(rs->etag), "\"%lld\"", (long long) revision);
}

void api_write_res(struct sw_http_response *rs, const char *answer, size_t len)
{
    json_t *root = answer ? json_loadb(answer, len, 0, NULL) : NULL, *error = json_object_get(root, "error");
    const json_t *ticket = error ? json_object_get(error, "current") : json_object_get(root, "data");

    if (!answer) {
        sw_http_refuse(rs, 504, "urn:siteward:error:no-answer",
                       "the gateway did not answer in time; whether it was done is not known: look at the ticket, or "
                       "send the same again with the same id");
        return;
    }
    set_etag(rs, json_integer_value(json_object_get(ticket, "revision")));
    if (error) {
        rs->status = status_of(json_string_value(json_object_get(error, "type")));
        rs->content_type = "application/problem+json";
        json_object_set_new(error, "status", json_integer(rs->status));
        json_object_set(error, "request_id", json_object_get(root, "request_id"));
        api_write_json(rs, error);
    } else {
        sw_http_write(rs, answer, len);
    }
    json_decref(root);
}
