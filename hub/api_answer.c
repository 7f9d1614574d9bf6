// SPDX-License-Identifier: Apache-2.0
/* GET /api/v1/answer: what was measured there and then. The gateway is asked; when it is silent, the store answers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "hub/api_int.h"
#include "hub/when.h"
#include "io/auth.h"
#include "io/document.h"

#define ASK_WAIT_US (1200 * SW_US_PER_MS)
#define WINDOW_DEFAULT "PT30M"

/** A question under way. */
struct question {
    struct hub_api *a;
    struct sw_http_later *later;
    struct api_site site;
    struct sw_evidence_ask ask;
};

/* ---- what is asked ---- */

static bool take_point(const struct sw_http_request *rq, struct sw_evidence_ask *ask, struct sw_http_response *rs)
{
    const char *lat = sw_http_query(rq, "lat"), *lon = sw_http_query(rq, "lon"), *end = NULL;

    if ((!lat || !*lat) && (!lon || !*lon))
        return true;
    ask->has_point = lat && lon && (end = api_read_degrees(lat, 90, &ask->lat)) && *end == '\0' &&
                     (end = api_read_degrees(lon, 180, &ask->lon)) && *end == '\0';
    if (!ask->has_point)
        sw_http_refuse(rs, 400, API_INVALID, "lat and lon must both be degrees, such as lat=31.2221&lon=121.5432");
    return ask->has_point;
}

static bool take_lang(const struct sw_http_request *rq, struct sw_evidence_ask *ask, struct sw_http_response *rs)
{
    const char *lang = sw_http_query(rq, "lang");

    ask->with_zh = !lang || !*lang || strncmp(lang, "zh", 2) == 0;
    ask->with_en = !lang || !*lang || strncmp(lang, "en", 2) == 0;
    if (!ask->with_zh && !ask->with_en)
        sw_http_refuse(rs, 400, API_INVALID, "lang '%.20s' must be zh-CN or en, or be left out for both", lang);
    return ask->with_zh || ask->with_en;
}

/* The words of time are those of the place, so the site comes first. */
static bool take_time(const struct sw_http_request *rq, struct question *q, struct sw_http_response *rs)
{
    const char *at = sw_http_query(rq, "at"), *window = sw_http_query(rq, "window");
    const int64_t now_us = api_site_now_us(q->a, &q->site);
    struct sw_zone zone;
    struct hub_when when;
    struct sw_err err = {0};

    hub_zone_of(q->a->reader, q->site.id, &zone);
    if (hub_when(at && *at ? at : "now", now_us, &zone, &when, &err) < 0 ||
        sw_evidence_window_parse(window && *window ? window : WINDOW_DEFAULT, &q->ask.window_us, &err) < 0) {
        sw_http_refuse(rs, 400, API_INVALID, "%s", err.msg);
        return false;
    }
    q->ask.at_us = when.at_us;
    if (when.is_span && !(window && *window))
        q->ask.window_us = SW_MIN(SW_MAX(when.to_us - when.from_us, SW_EVIDENCE_WINDOW_MIN_S * SW_US_PER_S),
                                  SW_EVIDENCE_WINDOW_MAX_S * SW_US_PER_S);
    return true;
}

/* ---- out of the store ---- */

static void answer_from_store(struct question *q, struct sw_http_response *rs)
{
    struct hub_evidence_site site = {
        .id = q->site.id, .site = q->site.site, .name = q->site.name, .is_simulated = q->site.is_simulated};
    char *at = sw_http_reserve(rs, SW_DOCUMENT_MAX);
    struct sw_err err = {0};
    size_t len = 0;
    int rc;

    if (!at) {
        sw_http_problem(rs, 500, "out of memory");
        return;
    }
    hub_zone_of(q->a->reader, q->site.id, &site.zone);
    rc = hub_evidence(q->a->reader, &site, &q->ask, api_site_now_us(q->a, &q->site), at, SW_DOCUMENT_MAX, &len, &err);
    if (rc >= 0)
        sw_http_commit(rs, len);
    else
        sw_http_refuse(rs, rc == SW_E_INVAL ? 400 : 500, rc == SW_E_INVAL ? API_INVALID : "about:blank", "%s", err.msg);
}

/* A gateway that refuses (it is starting, it has too much to do) is as silent as one that is away; what is wrong with
 * the question itself the store says too. */
static bool is_evidence(const char *answer, size_t len)
{
    json_t *j = json_loadb(answer, len, 0, NULL);
    const char *schema = json_string_value(json_object_get(j, "schema"));
    const bool is = schema && strncmp(schema, "siteward.evidence/1.", 20) == 0;

    json_decref(j);
    return is;
}

static void on_answer(void *ctx, const char *answer, size_t len)
{
    struct question *q = ctx;
    struct sw_http_response *rs = sw_http_later_response(q->later);

    if (answer && is_evidence(answer, len))
        sw_http_write(rs, answer, len);
    else
        answer_from_store(q, rs);
    sw_http_set_header(rs, "X-Site", q->site.site);
    sw_http_later_send(q->later);
    free(q);
}

/* ---- out of the gateway ---- */

static json_t *request_of(const struct question *q, const struct sw_identity *who)
{
    struct sw_zone utc;
    char at[SW_RFC3339_SIZE], window[32], by[SW_ACCOUNT_ID_SIZE + 16];
    json_t *j, *lang = json_array();

    sw_zone_init_utc(&utc);
    sw_time_format(&utc, q->ask.at_us, at);
    snprintf(window, sizeof(window), "PT%lldS", (long long) (q->ask.window_us / SW_US_PER_S));
    snprintf(by, sizeof(by), "%s:%.*s", who ? sw_account_role_name(who->role) : "agent", SW_ACCOUNT_ID_MAX,
             who ? who->id : "hub");
    if (q->ask.with_zh)
        json_array_append_new(lang, json_string("zh-CN"));
    if (q->ask.with_en)
        json_array_append_new(lang, json_string("en"));
    j = json_pack("{s:s, s:s, s:s, s:s, s:[s,s,s,s,s,s], s:o, s:{s:s, s:s}}", "schema", "siteward.evidence-request/1.0",
                  "id", q->ask.id, "at", at, "window", window, "want", "answer", "numbers", "schedule", "tickets",
                  "media", "series", "lang", lang, "by", "id", by, "role", "agent");
    if (q->ask.has_point)
        json_object_set_new(j, "point", json_pack("{s:f, s:f}", "lat", q->ask.lat, "lon", q->ask.lon));
    return j;
}

static void note_look_up(struct question *q, const struct sw_http_request *rq)
{
    struct sw_zone utc;
    char at[SW_RFC3339_SIZE], subject[160];

    sw_zone_init_utc(&utc);
    sw_time_format(&utc, q->ask.at_us, at);
    snprintf(subject, sizeof(subject), "%s at %s window %lld s", q->site.site, at,
             (long long) (q->ask.window_us / SW_US_PER_S));
    sw_accounts_note(q->a->accounts, rq, SW_AUDIT_EVIDENCE, "evidence", subject);
}

static void ask_gateway(struct question *q, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    json_t *request = request_of(q, rq->who);
    struct sw_err err = {0};

    q->later = sw_http_defer(rq);
    if (!q->later || !request ||
        hub_ask_send(q->a->ask, q->site.area, q->site.site, "cmd/evidence", request, ASK_WAIT_US, on_answer, q, &err) <
            0) {
        struct sw_http_response *to = q->later ? sw_http_later_response(q->later) : rs;

        answer_from_store(q, to);
        sw_http_set_header(to, "X-Site", q->site.site);
        if (q->later)
            sw_http_later_send(q->later);
        free(q);
    }
    json_decref(request);
}

void api_page_answer(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    struct question *q = calloc(1, sizeof(*q));

    if (!q) {
        sw_http_problem(rs, 500, "out of memory");
        return;
    }
    q->a = a;
    q->ask = (struct sw_evidence_ask){.distance_m = -1,
                                      .category = -1,
                                      .wants_series = true,
                                      .wants_media = true,
                                      .wants_tickets = true,
                                      .wants_schedule = true,
                                      .wants_numbers = true};
    snprintf(q->ask.id, sizeof(q->ask.id), "q-%llx", (unsigned long long) a->next_id++);
    if (!take_point(rq, &q->ask, rs) || !take_lang(rq, &q->ask, rs) ||
        !api_resolve(a, sw_http_query(rq, "site"), sw_http_query(rq, "address"), q->ask.has_point, q->ask.lat,
                     q->ask.lon, &q->site, rs) ||
        !take_time(rq, q, rs)) {
        free(q);
        return;
    }
    if (q->ask.has_point)
        q->ask.distance_m = api_distance_m(&q->site, q->ask.lat, q->ask.lon);
    note_look_up(q, rq);
    ask_gateway(q, rq, rs);
}
