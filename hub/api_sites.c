// SPDX-License-Identifier: Apache-2.0
/* Sites: all as GeoJSON with the worst first, the course of one sensor, and what everybody may see of one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timefmt.h"
#include "hub/api_int.h"
#include "hub/severity.h"

#define SITES_SHOWN_MAX 1000
#define POINTS_MAX 2880
#define SILENT_US (180 * SW_US_PER_S) /* a summary comes every 60 s */

/* ---- all ---- */

struct listed {
    json_t *feature;
    double severity;
};

struct listing {
    const struct hub_api *a;
    enum hub_lamp only; /* UNKNOWN = all */
    size_t n, cap;
    struct listed *sites;
};

static double number(const json_t *j, const char *key)
{
    const json_t *v = json_object_get(j, key);

    return json_is_number(v) ? json_number_value(v) : (double) NAN;
}

static double severity_of(const struct hub_site_row *row, const json_t *summary, int64_t now_us)
{
    const json_t *worst = json_object_get(summary, "worst");
    const char *since = json_string_value(json_object_get(worst, "since"));
    const char *class_ = json_string_value(json_object_get(worst, "class"));
    struct hub_severity v = {
        .lamp = row->lamp,
        .over_by = number(worst, "over_by"),
        .class_ = class_ ? *class_ : 0,
        .since_s = -1,
        .calls_24h =
            (unsigned) json_integer_value(json_object_get(json_object_get(summary, "complaints_24h"), "calls")),
        .n_overdue = (unsigned) json_integer_value(json_object_get(json_object_get(summary, "tickets"), "overdue"))};
    int64_t since_us;

    if (since && sw_time_parse(since, strlen(since), &since_us, NULL) == SW_OK)
        v.since_s = (now_us - since_us) / SW_US_PER_S;
    return hub_severity(&v);
}

static json_t *time_text(int64_t us)
{
    struct sw_zone utc;
    char text[SW_RFC3339_SIZE];

    if (us == INT64_MIN)
        return json_null();
    sw_zone_init_utc(&utc);
    sw_time_format(&utc, us, text);
    return json_string(text);
}

static json_t *feature_of(const struct hub_site_row *row, json_t *summary, double severity, int64_t now_us)
{
    json_t *point =
        row->has_point ? json_pack("{s:s, s:[f,f]}", "type", "Point", "coordinates", row->lon, row->lat) : json_null();

    return json_pack("{s:s, s:s+++, s:o, s:{s:s, s:s, s:s, s:s, s:s, s:f, s:i, s:o, s:b, s:b, s:o}}", "type", "Feature",
                     "id", row->area, "/", row->site, "", "geometry", point, "properties", "area", row->area, "site",
                     row->site, "name", row->name, "address", row->address, "lamp", hub_lamp_name(row->lamp),
                     "severity", severity, "open_tickets", row->open_tickets, "last", time_text(row->last_us), "silent",
                     now_us - row->last_us > SILENT_US, "simulated", row->is_simulated, "summary",
                     summary ? summary : json_null());
}

static int list_site(void *ctx, const struct hub_site_row *row)
{
    struct listing *l = ctx;
    const int64_t now_us = sw_clock_utc_us(&l->a->clock);
    json_t *summary = row->summary ? json_loads(row->summary, 0, NULL) : NULL;
    const int64_t there_us = row->is_simulated && row->summary_ts_us != INT64_MIN ? row->summary_ts_us : now_us;

    if (l->only != HUB_LAMP_UNKNOWN && row->lamp != l->only) {
        json_decref(summary);
        return 0;
    }
    if (l->n == l->cap) {
        struct listed *more = realloc(l->sites, (2 * l->cap + 64) * sizeof(*more));

        if (!more) {
            json_decref(summary);
            return 1;
        }
        l->sites = more;
        l->cap = 2 * l->cap + 64;
    }
    l->sites[l->n].severity = severity_of(row, summary, there_us);
    l->sites[l->n].feature = feature_of(row, summary, l->sites[l->n].severity, now_us);
    l->n++;
    return 0;
}

static int worst_first(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;

    return x->severity < y->severity ? 1 : x->severity > y->severity ? -1 : 0;
}

static bool take_box(const struct sw_http_request *rq, struct hub_site_query *q, struct sw_http_response *rs)
{
    const char *text = sw_http_query(rq, "bbox"), *at = text;
    double *const to[] = {&q->west, &q->south, &q->east, &q->north};

    if (!text || !*text)
        return true;
    for (int i = 0; i < 4 && at; i++) {
        at = api_read_degrees(at, i % 2 ? 90 : 180, to[i]);
        if (at && i < 3)
            at = *at == ',' ? at + 1 : NULL;
    }
    q->has_box = at && *at == '\0';
    if (!q->has_box)
        sw_http_refuse(rs, 400, API_INVALID, "bbox '%.60s' must be west,south,east,north in degrees", text);
    return q->has_box;
}

static bool take_state(const struct sw_http_request *rq, enum hub_lamp *ret, struct sw_http_response *rs)
{
    const char *text = sw_http_query(rq, "state");

    *ret = HUB_LAMP_UNKNOWN;
    if (!text || !*text)
        return true;
    for (int i = HUB_LAMP_OK; i <= HUB_LAMP_OVER; i++)
        if (strcmp(hub_lamp_name((enum hub_lamp) i), text) == 0)
            *ret = (enum hub_lamp) i;
    if (*ret == HUB_LAMP_UNKNOWN)
        sw_http_refuse(rs, 400, API_INVALID, "state '%.20s' must be over, nodata, near or ok", text);
    return *ret != HUB_LAMP_UNKNOWN;
}

void api_page_sites(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    struct listing l = {.a = a};
    struct hub_site_query q = {.area = sw_http_query(rq, "area")};
    struct sw_err err = {0};
    json_t *features = json_array(), *root;
    int64_t limit;

    if (!take_box(rq, &q, rs) || !take_state(rq, &l.only, rs) ||
        !api_query_int(rq, "limit", 500, 1, SITES_SHOWN_MAX, &limit, rs)) {
        json_decref(features);
        return;
    }
    if (hub_read_sites(a->reader, &q, list_site, &l, &err) < 0)
        api_store_failed(rs, &err);
    if (l.n > 0)
        qsort(l.sites, l.n, sizeof(*l.sites), worst_first);
    for (size_t i = 0; i < l.n; i++)
        if ((int64_t) i < limit)
            json_array_append_new(features, l.sites[i].feature);
        else
            json_decref(l.sites[i].feature);
    root = json_pack("{s:s, s:I, s:o}", "type", "FeatureCollection", "total", (json_int_t) l.n, "features", features);
    if (rs->status == 200) {
        rs->content_type = "application/geo+json";
        api_write_json(rs, root);
    }
    json_decref(root);
    free(l.sites);
}

/* ---- the course of a sensor ---- */

struct course {
    int64_t from_us, step_us;
    size_t n;
    json_t **v, **limit, **ok;
    char quantity[32], unit[16];
};

static int add_point(void *ctx, const struct hub_text_row *row)
{
    struct course *c = ctx;
    json_t *j = json_loadb(row->text, row->len, 0, NULL);
    const json_t *values = json_object_get(j, "values"), *limit = json_object_get(j, "limit"), *v;
    const size_t at = (size_t) ((row->at_us - c->from_us) / c->step_us);
    const char *key = json_object_get(values, "LAeq") ? "LAeq" : "mean";
    const char *quantity = json_string_value(json_object_get(j, "quantity"));
    const char *unit = json_string_value(json_object_get(j, "unit"));

    if (at < c->n && !c->v[at]) {
        v = json_object_get(values, key);
        c->v[at] = v ? json_deep_copy(v) : NULL;
        v = json_object_get(limit, key);
        c->limit[at] = v ? json_deep_copy(v) : NULL;
        v = json_object_get(j, "valid_ratio");
        c->ok[at] = v ? json_deep_copy(v) : NULL;
        snprintf(c->quantity, sizeof(c->quantity), "%s", quantity ? quantity : "");
        snprintf(c->unit, sizeof(c->unit), "%s", unit ? unit : "");
    }
    json_decref(j);
    return 0;
}

static json_t *list_of(json_t **v, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, v[i] ? v[i] : json_null());
    return list;
}

static int64_t step_of(const char *period)
{
    static const struct {
        const char *name;
        int minutes;
    } steps[] = {{"1m", 1}, {"5m", 5}, {"10m", 10}, {"15m", 15}, {"20m", 20}, {"30m", 30}, {"1h", 60}, {"24h", 1440}};

    for (size_t i = 0; i < SW_ARRAY_SIZE(steps); i++)
        if (strcmp(steps[i].name, period) == 0)
            return steps[i].minutes * 60 * SW_US_PER_S;
    return 0;
}

static int add_name(void *ctx, const struct hub_text_row *row)
{
    char *names = ctx;
    const size_t len = strlen(names);

    snprintf(names + len, 200 - len, "%s%s", len ? ", " : "", row->key);
    return 0;
}

static void write_course(struct hub_api *a, const struct api_site *site, const char *sensor, const char *period,
                         int64_t to_us, struct course *c, struct sw_http_response *rs)
{
    struct sw_err err = {0};
    json_t *root;

    c->v = calloc(3 * c->n, sizeof(*c->v));
    if (!c->v) {
        sw_http_problem(rs, 500, "out of memory");
        return;
    }
    c->limit = c->v + c->n;
    c->ok = c->v + 2 * c->n;
    if (hub_read_windows(a->reader, site->id, sensor, period, c->from_us, to_us, add_point, c, &err) < 0)
        api_store_failed(rs, &err);
    root = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:o, s:o, s:o}", "site", site->site, "sensor", sensor,
                     "quantity", c->quantity, "unit", c->unit, "period", period, "from", time_text(c->from_us),
                     "step_s", (json_int_t) (c->step_us / SW_US_PER_S), "v", list_of(c->v, c->n), "limit",
                     list_of(c->limit, c->n), "ok", list_of(c->ok, c->n));
    if (rs->status == 200)
        api_write_json(rs, root);
    json_decref(root);
    free(c->v);
}

void api_page_series(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    const char *sensor = sw_http_query(rq, "sensor"), *period = sw_http_query(rq, "period");
    const char *id = rq->path + strlen(API "sites/");
    char word[SW_ID_SIZE], names[200] = "";
    struct api_site site;
    struct course c = {0};
    int64_t to_us;

    snprintf(word, sizeof(word), "%.*s", (int) SW_MIN(strcspn(id, "/"), sizeof(word) - 1), id);
    if (!api_site_find(a, sw_http_query(rq, "area"), word, &site, rs))
        return;
    period = period && *period ? period : "1m";
    c.step_us = step_of(period);
    if (!c.step_us) {
        sw_http_refuse(rs, 400, API_INVALID, "period '%.20s' must be 1m, 5m, 10m, 15m, 20m, 30m, 1h or 24h", period);
        return;
    }
    if (!sensor || !*sensor) {
        hub_read_sensors(a->reader, site.id, add_name, names, NULL);
        sw_http_refuse(rs, 400, API_INVALID, "sensor= is missing; this site has: %s", names);
        return;
    }
    if (!api_query_time(rq, "to", api_site_now_us(a, &site), &to_us, rs) ||
        !api_query_time(rq, "from", to_us - 24 * 3600 * SW_US_PER_S, &c.from_us, rs))
        return;
    c.from_us -= c.from_us % (60 * SW_US_PER_S);
    c.n = c.from_us < to_us && to_us - c.from_us <= POINTS_MAX * c.step_us
              ? (size_t) ((to_us - c.from_us + c.step_us - 1) / c.step_us)
              : 0;
    if (c.n == 0 || c.from_us < 0)
        sw_http_refuse(rs, 400, API_INVALID, "from and to must be in order and at most %d periods apart", POINTS_MAX);
    else
        write_course(a, &site, sensor, period, to_us, &c, rs);
}

/* ---- for everybody ---- */

static int copy_summary(void *ctx, const struct hub_text_row *row)
{
    json_t **ret = ctx;

    json_decref(*ret);
    *ret = json_loadb(row->text, row->len, 0, NULL);
    return 0;
}

/* No ticket, no person, no place of a caller: what a resident may read at the gate. */
void api_page_public(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    static const char *const shown[] = {"lamp", "headline", "noise", "dust", "work", "ts"};
    const char *id = rq->path + strlen("/public/");
    struct api_site site;
    json_t *summary = NULL, *root;

    if (!api_site_find(a, NULL, id, &site, rs))
        return;
    hub_read_states(a->reader, site.id, "summary", copy_summary, &summary, NULL);
    root = json_pack("{s:s, s:s, s:s, s:b, s:b}", "site", site.site, "name", site.name, "address", site.address,
                     "silent", sw_clock_utc_us(&a->clock) - site.last_us > SILENT_US, "simulated", site.is_simulated);
    for (size_t i = 0; i < SW_ARRAY_SIZE(shown); i++) {
        json_t *v = json_object_get(summary, shown[i]);

        json_object_set(root, shown[i], v ? v : json_null());
    }
    api_write_json(rs, root);
    json_decref(root);
    json_decref(summary);
}
