// SPDX-License-Identifier: Apache-2.0
/* GET /api/v1/day: one local day of the site: which limits held from when to when, what work was allowed, where
 * measurements are missing. The first two are the core's to know, the third is read on the query worker. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "gateway/console_int.h"
#include "gateway/evidence_int.h"

#define MINUTE_US (60 * SW_US_PER_S)
#define EDGES_MAX 1024

/* ---- limits ---- */

struct sw_force console_force(const struct sw_site *site, const struct sw_rule_state *r)
{
    return (struct sw_force){.zone = &site->zone,
                             .days = &site->days,
                             .stages = site->stages.n ? &site->stages : NULL,
                             .pack = r->pack,
                             .rule = r->rule};
}

static void add_limit(struct console_day *d, const struct sw_rule *rule, enum sw_kind kind, struct sw_span span)
{
    const int64_t from_us = SW_MAX(span.from_us, d->from_us), to_us = SW_MIN(span.to_us, d->to_us);

    if (from_us < to_us && d->n_limits < CONSOLE_SPANS_MAX)
        d->limits[d->n_limits++] = (struct console_limit){from_us, to_us, rule, kind};
}

static void add_rule(struct console_day *d, const struct sw_rule_state *r, enum sw_kind kind)
{
    const struct sw_force f = console_force(d->site, r);
    struct sw_span span;

    for (size_t i = 0; i < d->n_limits; i++)
        if (d->limits[i].rule == r->rule)
            return; /* of another sensor already */
    if (sw_force_at(&f, d->from_us, &span))
        add_limit(d, r->rule, kind, span);
    for (int64_t t_us = d->from_us; sw_force_next(&f, t_us, &span) && span.from_us < d->to_us; t_us = span.from_us)
        add_limit(d, r->rule, kind, span);
}

void console_day_limits(struct sw_core *c, struct console_day *d)
{
    for (size_t i = 0; i < c->site->n_sensors; i++) {
        const struct sw_judge *judge = sw_engine_judge(c->engine, i);

        for (size_t k = 0; judge && k < sw_judge_n_rules(judge); k++)
            add_rule(d, sw_judge_rule(judge, k), c->site->sensors[i].kind);
    }
}

/* ---- work ---- */

struct edges {
    size_t n;
    int64_t us[EDGES_MAX];
};

static void add_edge(struct edges *e, const struct console_day *d, int64_t t_us)
{
    if (t_us > d->from_us && t_us < d->to_us && e->n < EDGES_MAX)
        e->us[e->n++] = t_us;
}

static int compare_us(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

    return x < y ? -1 : x > y;
}

/* Whatever may change what is allowed: instances of the schedule, periods of the pack. */
static void find_edges(struct sw_core *c, const struct console_day *d, struct edges *e)
{
    const struct sw_schedule *s = sw_engine_schedule(c->engine);
    int64_t t_us = d->from_us;

    for (size_t i = 0; s && i < s->n_instances; i++) {
        add_edge(e, d, s->instances[i].from_us);
        add_edge(e, d, s->instances[i].to_us);
    }
    while (t_us < d->to_us) { /* minute by minute where no period says how long it lasts */
        struct sw_span span = {t_us, t_us + MINUTE_US};

        if (!sw_engine_period_at(c->engine, t_us, &span) || span.to_us <= t_us)
            span.to_us = t_us + 15 * MINUTE_US;
        add_edge(e, d, span.to_us);
        t_us = span.to_us;
    }
    qsort(e->us, e->n, sizeof(e->us[0]), compare_us);
}

static void add_work(struct sw_core *c, struct console_day *d, int64_t from_us, int64_t to_us)
{
    struct console_work v = {from_us, to_us, sw_engine_work_at(c->engine, from_us).state, ""};
    struct console_work *last = d->n_work ? &d->work[d->n_work - 1] : NULL;

    if (v.state == SW_WORK_PERMITTED_NIGHT)
        evidence_permit(sw_engine_schedule(c->engine), from_us, v.permit, sizeof(v.permit));
    if (last && last->state == v.state && strcmp(last->permit, v.permit) == 0)
        last->to_us = to_us;
    else if (d->n_work < CONSOLE_SPANS_MAX)
        d->work[d->n_work++] = v;
}

void console_day_work(struct sw_core *c, struct console_day *d)
{
    struct edges *e = calloc(1, sizeof(*e));
    int64_t t_us = d->from_us;

    if (!e)
        return;
    find_edges(c, d, e);
    for (size_t i = 0; i < e->n; i++) {
        if (e->us[i] > t_us)
            add_work(c, d, t_us, e->us[i]);
        t_us = e->us[i];
    }
    add_work(c, d, t_us, d->to_us);
    free(e);
}

/* ---- the document ---- */

static void write_limits(const struct console_day *d, struct sw_jsonw *w)
{
    char statistic[32];

    sw_jsonw_array(w, "limits");
    for (size_t i = 0; i < d->n_limits; i++) {
        const struct console_limit *v = &d->limits[i];

        sw_jsonw_object(w, NULL);
        sw_jsonw_time(w, "from", &d->site->zone, v->from_us);
        sw_jsonw_time(w, "to", &d->site->zone, v->to_us);
        sw_jsonw_str(w, "rule", v->rule->full_id);
        sw_jsonw_str(w, "statistic", sw_rule_statistic_text(v->rule, statistic, sizeof(statistic)));
        sw_jsonw_centi(w, "limit", v->rule->limit);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
}

static void write_work(const struct console_day *d, struct sw_jsonw *w)
{
    sw_jsonw_array(w, "work");
    for (size_t i = 0; i < d->n_work; i++) {
        sw_jsonw_object(w, NULL);
        sw_jsonw_time(w, "from", &d->site->zone, d->work[i].from_us);
        sw_jsonw_time(w, "to", &d->site->zone, d->work[i].to_us);
        sw_jsonw_str(w, "state", sw_work_state_name(d->work[i].state));
        sw_jsonw_str(w, "permit", d->work[i].permit[0] ? d->work[i].permit : NULL);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
}

static void write_gaps(const struct console_day *d, struct sw_jsonw *w)
{
    sw_jsonw_array(w, "gaps");
    for (size_t i = 0; i < d->n_gaps; i++) {
        sw_jsonw_object(w, NULL);
        sw_jsonw_time(w, "from", &d->site->zone, d->gaps[i].from_us);
        sw_jsonw_time(w, "to", &d->site->zone, d->gaps[i].to_us);
        sw_jsonw_str(w, "sensor", d->site->sensors[d->gaps[i].sensor].id);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
    if (d->is_cut)
        sw_jsonw_bool(w, "gaps_cut", true);
}

static void write_day(const struct console_day *d, struct sw_http_response *res)
{
    const size_t cap = 4096 + (d->n_limits + d->n_work + d->n_gaps) * 384 + d->site->n_sensors * (SW_ID_SIZE + 8);
    char *at = sw_http_reserve(res, cap);
    struct sw_jsonw w;
    size_t len = 0;

    if (!at)
        return;
    sw_jsonw_init(&w, at, cap);
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "date", d->date);
    sw_jsonw_time(&w, "from", &d->site->zone, d->from_us);
    sw_jsonw_time(&w, "to", &d->site->zone, d->to_us);
    write_limits(d, &w);
    write_work(d, &w);
    write_gaps(d, &w);
    sw_jsonw_array(&w, "sensors");
    for (size_t i = 0; i < d->site->n_sensors; i++)
        if (d->since_us[i] != INT64_MAX)
            sw_jsonw_str(&w, NULL, d->site->sensors[i].id);
    sw_jsonw_array_end(&w);
    sw_jsonw_object_end(&w);
    if (sw_jsonw_finish(&w, &len))
        sw_http_commit(res, len);
    else
        sw_http_problem(res, 500, "the day does not fit its room");
}

/* ---- asking ---- */

static void day_free(struct console_day *d)
{
    free(d->tickets);
    free(d);
}

static void done(struct core_query *query, bool was_run)
{
    struct console_day *d = (struct console_day *) query;

    if (!was_run)
        d->rc = sw_err_set(&d->err, SW_E_BUSY, 0, "the gateway stops: ask again later");
    if (d->rc < 0) {
        console_fail(d->later, &d->err);
    } else {
        if (d->is_sheet)
            console_sheet_write(d, sw_http_later_response(d->later));
        else
            write_day(d, sw_http_later_response(d->later));
        sw_http_later_send(d->later);
    }
    day_free(d);
}

static void fill(struct sw_core *c, struct console_day *d, int32_t day)
{
    const int64_t closed_us = sw_engine_now_us(c->engine) - c->site->grace_us;

    d->core = c;
    d->site = c->site;
    d->from_us = sw_local_midnight(&c->site->zone, day);
    d->to_us = sw_local_midnight(&c->site->zone, day + 1);
    d->until_us = SW_MIN(d->to_us, closed_us - closed_us % MINUTE_US);
    for (size_t i = 0; i < c->site->n_sensors; i++) {
        const bool is_level = c->site->sensors[i].kind == SW_KIND_NOISE || c->site->sensors[i].kind == SW_KIND_DUST;

        d->since_us[i] = is_level && core_published_to(c, i, "1m") ? d->from_us : INT64_MAX;
    }
    console_day_limits(c, d);
    console_day_work(c, d);
}

static void ask(struct sw_core *c, const struct sw_http_request *req, const char *date, bool is_sheet,
                struct sw_http_response *res)
{
    const char *lang = sw_http_query(req, "lang");
    struct console_day *d;
    int32_t day;

    if (!console_parse_date(date, &day)) {
        sw_http_refuse(res, 400, CONSOLE_INVALID, "'%.20s' is no date: write it as 2026-03-02", date);
        return;
    }
    d = calloc(1, sizeof(*d));
    if (!d) {
        sw_http_refuse(res, 503, CONSOLE_OVERLOADED, "out of memory");
        return;
    }
    *d = (struct console_day){.query = {console_day_read, done}, .is_sheet = is_sheet};
    (void) snprintf(d->date, sizeof(d->date), "%.10s", date);
    d->is_chinese = strncmp(lang && *lang ? lang : core_settings(c)->language, "zh", 2) == 0;
    fill(c, d, day);
    d->later = console_defer(req, res);
    if (!d->later) {
        day_free(d);
    } else if (core_queries_post(c->queries, &d->query, &d->err) < 0) {
        console_fail(d->later, &d->err);
        day_free(d);
    }
}

void console_page_day(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    const char *date = sw_http_query(req, "date");

    ask(c, req, date ? date : "", false, res);
}

void console_page_sheet(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    ask(c, req, req->path + strlen("/day/"), true, res);
}
