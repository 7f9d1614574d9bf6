// SPDX-License-Identifier: Apache-2.0
/* GET /api/v1/sensors/{id}/series: the course of a sensor's windows out of the store, with the limits as they were in
 * force and how much of each window was measured. What is not there is null. Read and rendered on the query worker. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "gateway/console_int.h"
#include "rules/energy.h"

#define HEAD_MAX 512
#define POINT_MAX 48 /* bytes of a point in all three lists */
#define SENSORS "/api/v1/sensors/"

struct series {
    struct core_query query; /* first */
    struct sw_http_later *later;
    const struct sw_site *site;
    size_t sensor, n;
    char period[16];
    int32_t step_s;
    int64_t from_us;
    struct point {
        int32_t v, limit;
        double ok; /* below 0: there is no window */
    } * points;
    char *text;
    size_t len;
    int rc;
    struct sw_err err;
};

static void series_free(struct series *s)
{
    free(s->points);
    free(s->text);
    free(s);
}

/* ---- on the worker ---- */

static int32_t centi(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);

    return json_is_number(v) ? sw_hundredths(json_number_value(v)) : SW_NO_VALUE;
}

static void take_window(struct series *s, int64_t from_us, const char *json, size_t len)
{
    const int64_t step_us = s->step_s * SW_US_PER_S, at = (from_us - s->from_us + step_us / 2) / step_us;
    const char *key = s->site->sensors[s->sensor].kind == SW_KIND_NOISE ? "LAeq" : "mean";
    json_t *row = at >= 0 && at < (int64_t) s->n ? json_loadb(json, len, 0, NULL) : NULL;
    const json_t *ratio = json_object_get(row, "valid_ratio");

    if (row)
        s->points[at] = (struct point){.v = centi(json_object_get(row, "values"), key),
                                       .limit = centi(json_object_get(row, "limit"), key),
                                       .ok = json_is_number(ratio) ? json_number_value(ratio) : 0};
    json_decref(row);
}

static int read_windows(struct series *s, struct query_reader *r)
{
    struct sw_db_stmt *st = query_stmt(r, QUERY_SERIES, &s->err);
    int rc;

    if (!st)
        return SW_E_IO;
    sw_db_bind_text(st, 1, s->period);
    sw_db_bind_int(st, 2, s->from_us);
    sw_db_bind_int(st, 3, s->from_us + (int64_t) s->n * s->step_s * SW_US_PER_S);
    sw_db_bind_text(st, 4, s->site->sensors[s->sensor].id);
    while ((rc = sw_db_step(st, &s->err)) == 1) {
        size_t len;
        const char *json = sw_db_text(st, 1, &len);

        if (json)
            take_window(s, sw_db_int(st, 0), json, len);
    }
    sw_db_reset(st);
    return rc;
}

static int render(struct series *s)
{
    const struct sw_sensor_conf *conf = &s->site->sensors[s->sensor];
    const struct sw_quantity_info *q = sw_quantity_info(conf->level);
    const size_t cap = HEAD_MAX + s->n * POINT_MAX;
    struct sw_jsonw w;

    s->text = malloc(cap);
    if (!s->text)
        return sw_err_set(&s->err, SW_E_NOMEM, 0, "out of memory");
    sw_jsonw_init(&w, s->text, cap);
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "sensor", conf->id);
    sw_jsonw_str(&w, "quantity", q->name);
    sw_jsonw_str(&w, "unit", q->unit);
    sw_jsonw_str(&w, "period", s->period);
    sw_jsonw_time(&w, "from", &s->site->zone, s->from_us);
    sw_jsonw_int(&w, "step_s", s->step_s);
    sw_jsonw_array(&w, "v");
    for (size_t i = 0; i < s->n; i++)
        sw_jsonw_centi(&w, NULL, s->points[i].v);
    sw_jsonw_array_end(&w);
    sw_jsonw_array(&w, "limit");
    for (size_t i = 0; i < s->n; i++)
        sw_jsonw_centi(&w, NULL, s->points[i].limit);
    sw_jsonw_array_end(&w);
    sw_jsonw_array(&w, "ok");
    for (size_t i = 0; i < s->n; i++)
        if (s->points[i].ok < 0)
            sw_jsonw_null(&w, NULL);
        else
            sw_jsonw_num(&w, NULL, s->points[i].ok, 4);
    sw_jsonw_array_end(&w);
    sw_jsonw_object_end(&w);
    return sw_jsonw_finish(&w, &s->len) ? SW_OK : sw_err_set(&s->err, SW_E_FULL, 0, "the course does not fit its room");
}

static void run(struct core_query *query, struct query_reader *r)
{
    struct series *s = (struct series *) query;

    s->rc = read_windows(s, r);
    if (s->rc == SW_OK)
        s->rc = render(s);
}

static void done(struct core_query *query, bool was_run)
{
    struct series *s = (struct series *) query;

    if (!was_run)
        s->rc = sw_err_set(&s->err, SW_E_BUSY, 0, "the gateway stops: ask again later");
    if (s->rc < 0) {
        console_fail(s->later, &s->err);
    } else {
        sw_http_write(sw_http_later_response(s->later), s->text, s->len);
        sw_http_later_send(s->later);
    }
    series_free(s);
}

/* ---- on the core ---- */

/* The sensor that the path names; -1 = refused. */
static int take_sensor(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    const char *id = req->path + strlen(SENSORS);
    const size_t len = strcspn(id, "/");
    const int sensor = sw_site_sensor(c->site, id, len);

    if (sensor < 0 || strcmp(id + len, "/series") != 0) {
        sw_http_refuse(res, 404, CONSOLE_NOT_FOUND, "there is no sensor '%.*s'; GET /api/v1/sensors lists them",
                       (int) SW_MIN(len, (size_t) 64), id);
        return -1;
    }
    if (!sw_engine_judge(c->engine, (size_t) sensor)) {
        sw_http_refuse(res, 404, CONSOLE_NOT_FOUND, "sensor '%s' has no windows of levels: it tells of changes only",
                       c->site->sensors[sensor].id);
        return -1;
    }
    return sensor;
}

static bool take_period(struct sw_core *c, const struct sw_http_request *req, int sensor, struct series *s,
                        struct sw_http_response *res)
{
    const struct sw_judge *judge = sw_engine_judge(c->engine, (size_t) sensor);
    const char *period = sw_http_query(req, "period");
    char known[160] = "";

    period = period && *period ? period : "1m";
    for (size_t i = 0; i < sw_judge_n_windows(judge); i++) {
        const char *name = sw_judge_window(judge, i);
        const size_t len = strlen(known);

        if (console_period_s(name) == 0 || console_period_s(name) > 3600)
            continue; /* such windows are no even steps: they are in the export */
        if (strcmp(name, period) == 0)
            s->step_s = console_period_s(name);
        (void) snprintf(known + len, sizeof(known) - len, "%s%s", len ? ", " : "", name);
    }
    if (s->step_s == 0)
        sw_http_refuse(res, 400, CONSOLE_INVALID, "period '%.15s' is none of this sensor's: %s", period, known);
    else
        (void) snprintf(s->period, sizeof(s->period), "%s", period);
    return s->step_s != 0;
}

static bool take_steps(struct sw_core *c, const struct sw_http_request *req, struct series *s,
                       struct sw_http_response *res)
{
    const int64_t step_us = s->step_s * SW_US_PER_S;
    int64_t from_us, to_us;

    if (!console_take_stretch(req, CONSOLE_POINTS_MAX * step_us, &from_us, &to_us, res))
        return false;
    s->from_us = sw_aligned_window(&c->site->zone, s->step_s, from_us).from_us;
    s->n = (size_t) SW_MIN((to_us - s->from_us + step_us - 1) / step_us, CONSOLE_POINTS_MAX);
    s->points = malloc(s->n * sizeof(*s->points));
    if (!s->points) {
        sw_http_refuse(res, 503, CONSOLE_OVERLOADED, "out of memory");
        return false;
    }
    for (size_t i = 0; i < s->n; i++)
        s->points[i] = (struct point){SW_NO_VALUE, SW_NO_VALUE, -1};
    return true;
}

void console_page_series(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    const int sensor = take_sensor(c, req, res);
    struct series *s = sensor < 0 ? NULL : calloc(1, sizeof(*s));

    if (!s) {
        if (sensor >= 0)
            sw_http_refuse(res, 503, CONSOLE_OVERLOADED, "out of memory");
        return;
    }
    *s = (struct series){.query = {run, done}, .site = c->site, .sensor = (size_t) sensor};
    if (take_period(c, req, sensor, s, res) && take_steps(c, req, s, res))
        s->later = console_defer(req, res);
    if (!s->later) {
        series_free(s);
    } else if (core_queries_post(c->queries, &s->query, &s->err) < 0) {
        console_fail(s->later, &s->err);
        series_free(s);
    }
}
