// SPDX-License-Identifier: Apache-2.0
/* GET /api/v1/evidence: the question out of the query's arguments, the answer when it has been read. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/evidence_int.h"

#define PATH "/api/v1/evidence"
#define WINDOW_DEFAULT "PT30M"

static void refuse(struct sw_http_response *res, int status, const char *why)
{
    sw_http_refuse(res, status, status == 400 ? "urn:siteward:error:invalid" : "urn:siteward:error:overloaded", "%s",
                   why);
}

/* Whoever asked may have gone; the answer is made all the same and thrown away by the door. */
static void answer(void *ctx, struct core_evidence *e, const struct sw_err *err)
{
    struct sw_http_later *later = ctx;
    struct sw_http_response *res = sw_http_later_response(later);
    char *at = e ? sw_http_reserve(res, SW_DOCUMENT_MAX) : NULL;
    const size_t len = at ? core_evidence_write(e->core, e, NULL, at, SW_DOCUMENT_MAX) : 0;

    if (len > 0)
        sw_http_commit(res, len);
    else
        refuse(res, err && err->code == SW_E_BUSY ? 503 : 500, err ? err->msg : "the answer does not fit its room");
    sw_http_later_send(later);
}

static int take_degrees(const struct sw_http_request *req, const char *key, double most, double *ret,
                        struct sw_err *err)
{
    const char *text = sw_http_query(req, key);
    char *end = NULL;

    *ret = text && *text ? strtod(text, &end) : (double) NAN;
    if (text && (!end || *end != '\0' || !(fabs(*ret) <= most)))
        return sw_err_set(err, SW_E_INVAL, 0, "%s '%.30s' must be degrees from -%.0f to %.0f", key, text, most, most);
    return SW_OK;
}

static int take_point(const struct sw_http_request *req, struct sw_evidence_ask *ask, struct sw_err *err)
{
    int rc = take_degrees(req, "lat", 90, &ask->lat, err);

    if (rc == SW_OK)
        rc = take_degrees(req, "lon", 180, &ask->lon, err);
    if (rc == SW_OK && isnan(ask->lat) != isnan(ask->lon))
        rc = sw_err_set(err, SW_E_INVAL, 0, "lat and lon belong together: one of them is missing");
    ask->has_point = rc == SW_OK && !isnan(ask->lat);
    return rc;
}

static int take_at(const struct sw_http_request *req, int64_t *ret, struct sw_err *err)
{
    const char *text = sw_http_query(req, "at");
    int rc;

    if (!text || !*text)
        return sw_err_set(err, SW_E_INVAL, 0, "at is missing: " PATH "?at=2026-03-02T23:40:00%%2B08:00&window=PT30M");
    rc = sw_time_parse(text, strlen(text), ret, err);
    return rc < 0 ? sw_err_prefix(err, "at") : SW_OK;
}

static int take_ask(const struct sw_http_request *req, struct sw_evidence_ask *ret, struct sw_err *err)
{
    const char *window = sw_http_query(req, "window"), *lang = sw_http_query(req, "lang");
    const char *points = sw_http_query(req, "points"), *id = sw_http_query(req, "id");
    const char *category = sw_http_query(req, "category");
    int rc = take_at(req, &ret->at_us, err);

    if (rc == SW_OK)
        rc = sw_evidence_window_parse(window && *window ? window : WINDOW_DEFAULT, &ret->window_us, err);
    if (rc == SW_OK)
        rc = take_point(req, ret, err);
    if (rc < 0)
        return rc;
    (void) snprintf(ret->id, sizeof(ret->id), "%s", id ? id : "");
    ret->with_zh = !lang || !*lang || strncmp(lang, "zh", 2) == 0;
    ret->with_en = !lang || !*lang || strncmp(lang, "en", 2) == 0;
    if (!ret->with_zh && !ret->with_en)
        return sw_err_set(err, SW_E_INVAL, 0, "lang '%.20s' must be zh-CN or en, or be left out for both", lang);
    ret->series_points = points ? (uint32_t) strtoul(points, NULL, 10) : 0;
    if (points && (ret->series_points < 1 || ret->series_points > SW_EVIDENCE_SERIES_MAX))
        return sw_err_set(err, SW_E_INVAL, 0, "points '%.20s' must be 1 to %d", points, SW_EVIDENCE_SERIES_MAX);
    ret->category = category ? sw_category_from_name(category) : -1;
    if (category && ret->category != SW_CATEGORY_NOISE && ret->category != SW_CATEGORY_DUST)
        return sw_err_set(err, SW_E_INVAL, 0, "category '%.20s' must be noise or dust", category);
    return SW_OK;
}

bool core_page_evidence(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    struct sw_evidence_ask ask = {.distance_m = -1,
                                  .wants_series = true,
                                  .wants_media = true,
                                  .wants_tickets = true,
                                  .wants_schedule = true,
                                  .wants_numbers = true};
    struct sw_http_later *later;
    struct sw_err err = {0};

    if (strcmp(req->path, PATH) != 0)
        return false;
    if (strcmp(req->method, "GET") != 0) {
        sw_http_problem(res, 405, PATH " can only be read");
        res->allow = "GET, HEAD";
        return true;
    }
    if (take_ask(req, &ask, &err) < 0) {
        refuse(res, 400, err.msg);
        return true;
    }
    later = sw_http_defer(req);
    if (!later) {
        refuse(res, 503, "too many questions are waiting: ask again in some seconds");
        return true;
    }
    if (core_evidence_ask(c, &ask, answer, later, &err) < 0) {
        refuse(sw_http_later_response(later), err.code == SW_E_INVAL ? 400 : 503, err.msg);
        sw_http_later_send(later);
    }
    return true;
}
