// SPDX-License-Identifier: Apache-2.0
/* Loading of a report: tickets and complaints as they stood at its end, stored windows, the schedule, out of the
 * store's file, which a gateway may be writing to. Nothing is judged here. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "common/ident.h"
#include "gateway/schedule_text.h"
#include "gateway/store.h"
#include "gateway/ticket_state.h"
#include "io/db.h"

#define BACK_US (30 * SW_S_PER_DAY * SW_US_PER_S) /* complaints of a repeat caller */
#define FINE_MAX_US (2 * SW_S_PER_DAY * SW_US_PER_S)

/* A ticket as it stood at an instant is its last revision before it; of tickets older than revisions, what is there. */
static const char tickets_sql[] = "SELECT r.json FROM ticket_revision r WHERE r.n IN (SELECT max(q.n) FROM "
                                  "ticket_revision q JOIN chain c ON c.n = q.n"
                                  " WHERE c.at_us < ?1 GROUP BY q.ticket)"
                                  " UNION ALL SELECT t.json FROM ticket t WHERE t.changed_us < ?1"
                                  " AND NOT EXISTS (SELECT 1 FROM ticket_revision q WHERE q.ticket = t.id)";
static const char complaints_sql[] =
    "SELECT service_request_id, caller_ref, service_code, at_us, occurred_us, distance_m,"
    " code, outcome, ticket, counted_in FROM complaint WHERE at_us >= ?1 AND at_us < ?2";
static const char windows_sql[] =
    "SELECT sensor, from_us, to_us, window_json(body) FROM window WHERE period = ?1 AND from_us >= ?2"
    " AND from_us < ?3 ORDER BY from_us";
/* What was judged stands in the minutes only. */
static const char over_sql[] = "SELECT sensor, from_us FROM window WHERE period = '1m' AND from_us >= ?1"
                               " AND from_us < ?2 AND window_json(body) GLOB '*\"over\":[1-9]*'";
static const char head_sql[] = "SELECT n, hash FROM chain ORDER BY n DESC LIMIT 1";

struct load {
    struct sw_report *r;
    struct sw_db *db;
    struct sw_indicators_job *job;
    struct sw_err *err;
};

/* ---- tickets ---- */

static bool is_of_report(const struct sw_report *r, const struct sw_ticket *t)
{
    return t->opened_us < r->to_us &&
           (t->opened_us >= r->from_us || t->changed_us >= r->from_us || sw_ticket_is_open(t));
}

static int keep_ticket(struct sw_report *r, const struct sw_ticket *t, struct sw_err *err)
{
    if (!is_of_report(r, t))
        return SW_OK;
    if (r->n_tickets == SW_REPORT_TICKETS_MAX) {
        r->is_cut = true;
        return SW_OK;
    }
    if ((r->n_tickets & (r->n_tickets - 1)) == 0) { /* full at each power of two */
        size_t cap = r->n_tickets ? 2 * r->n_tickets : 1;
        struct sw_ticket *grown = realloc(r->ticket, cap * sizeof *grown);

        if (!grown)
            return sw_err_set(err, SW_E_NOMEM, 0, "out of memory for %zu tickets", cap);
        r->ticket = grown;
    }
    r->ticket[r->n_tickets++] = *t;
    return SW_OK;
}

static int by_opening(const void *a, const void *b)
{
    const struct sw_ticket *x = a, *y = b;

    return x->opened_us != y->opened_us ? (x->opened_us < y->opened_us ? -1 : 1) : strcmp(x->id, y->id);
}

static int take_ticket(struct load *l, struct sw_db_stmt *st)
{
    struct sw_ticket t;
    size_t len;
    const char *json = sw_db_text(st, 0, &len);
    int rc = json ? sw_ticket_state_read(json, len, &t, l->err) : SW_E_CORRUPT;

    if (rc < 0)
        return rc;
    sw_indicators_ticket(l->job, &t);
    return keep_ticket(l->r, &t, l->err);
}

/* ---- complaints ---- */

static void text_into(struct sw_db_stmt *st, int at, char *to, size_t cap)
{
    const char *text = sw_db_text(st, at, NULL);

    snprintf(to, cap, "%s", text ? text : "");
}

static int take_complaint(struct load *l, struct sw_db_stmt *st)
{
    struct sw_complaint_kept k = {.at_us = sw_db_int(st, 3), .occurred_us = sw_db_int(st, 4)};
    int code = sw_answer_code_from_name(sw_db_text(st, 6, NULL));
    int outcome = sw_complaint_outcome_from_name(sw_db_text(st, 7, NULL));

    if (code < 0 || outcome < 0)
        return sw_err_set(l->err, SW_E_CORRUPT, 0, "a complaint in the store has no known answer or outcome");
    text_into(st, 0, k.service_request_id, sizeof k.service_request_id);
    text_into(st, 1, k.caller_ref, sizeof k.caller_ref);
    text_into(st, 2, k.service_code, sizeof k.service_code);
    text_into(st, 8, k.ticket, sizeof k.ticket);
    text_into(st, 9, k.counted_in, sizeof k.counted_in);
    k.distance_m = (int32_t) sw_db_int(st, 5);
    k.code = (enum sw_answer_code) code;
    k.outcome = (enum sw_complaint_outcome) outcome;
    sw_indicators_complaint(l->job, &k);
    return SW_OK;
}

/* ---- windows ---- */

static int32_t centi(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);

    return json_is_number(v) ? sw_hundredths(json_number_value(v)) : SW_NO_VALUE;
}

static bool has_over(const json_t *window)
{
    const json_t *judged = json_object_get(window, "judged"), *rule;
    size_t i;

    json_array_foreach(judged, i, rule)
    {
        if (json_integer_value(json_object_get(rule, "over")) > 0)
            return true;
    }
    return false;
}

static struct sw_report_series *series_of(struct sw_report *r, const char *sensor)
{
    for (size_t i = 0; sensor && i < r->n_series; i++) {
        if (strcmp(r->site->sensors[r->series[i].sensor].id, sensor) == 0)
            return &r->series[i];
    }
    return NULL;
}

static int take_window(struct load *l, struct sw_db_stmt *st)
{
    struct sw_report_series *s = series_of(l->r, sw_db_text(st, 0, NULL));
    size_t len;
    const char *text = sw_db_text(st, 3, &len);
    json_t *doc = s && text ? json_loadb(text, len, 0, NULL) : NULL;
    const json_t *values = json_object_get(doc, "values"), *limit = json_object_get(doc, "limit");
    const bool is_noise = s && l->r->site->sensors[s->sensor].kind == SW_KIND_NOISE;
    const char *key = is_noise ? "LAeq" : "mean", *q = json_string_value(json_object_get(doc, "q"));

    if (!doc) /* of a sensor that the report does not show, or no text of ours: a gap is shown as one */
        return SW_OK;
    if (s->n == SW_REPORT_POINTS_MAX) {
        l->r->is_cut = true;
        json_decref(doc);
        return SW_OK;
    }
    if (s->n == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 256;
        struct sw_chart_point *grown = realloc(s->point, cap * sizeof *grown);

        if (!grown) {
            json_decref(doc);
            return sw_err_set(l->err, SW_E_NOMEM, 0, "out of memory for %zu windows", cap);
        }
        s->point = grown;
        s->cap = cap;
    }
    s->point[s->n++] = (struct sw_chart_point){.from_us = sw_db_int(st, 1),
                                               .to_us = sw_db_int(st, 2),
                                               .value = centi(values, key),
                                               .limit = centi(limit, key),
                                               .is_good = q && strcmp(q, "good") == 0,
                                               .is_over = has_over(doc)};
    s->counted += (uint64_t) json_integer_value(json_object_get(doc, "n"));
    s->expected += (uint64_t) json_integer_value(json_object_get(doc, "expected"));
    json_decref(doc);
    return SW_OK;
}

/* An hour with such a minute was over. Points stand in the order of time. */
static int take_over(struct load *l, struct sw_db_stmt *st)
{
    struct sw_report_series *s = series_of(l->r, sw_db_text(st, 0, NULL));
    const int64_t t_us = sw_db_int(st, 1);
    size_t low = 0, high = s ? s->n : 0;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (s->point[mid].to_us <= t_us)
            low = mid + 1;
        else
            high = mid;
    }
    if (s && low < s->n && s->point[low].from_us <= t_us)
        s->point[low].is_over = true;
    return SW_OK;
}

/* ---- all of it ---- */

static int walk(struct load *l, struct sw_db_stmt *st, int (*take)(struct load *l, struct sw_db_stmt *st))
{
    int rc;

    while ((rc = sw_db_step(st, l->err)) == 1) {
        rc = take(l, st);
        if (rc < 0)
            break;
    }
    sw_db_finalize(st);
    return rc;
}

static int load_tickets(struct load *l)
{
    struct sw_db_stmt *st;
    int rc = sw_db_prepare(l->db, tickets_sql, &st, l->err);

    if (rc < 0)
        return rc;
    sw_db_bind_int(st, 1, l->r->to_us);
    rc = walk(l, st, take_ticket);
    if (l->r->n_tickets > 0)
        qsort(l->r->ticket, l->r->n_tickets, sizeof *l->r->ticket, by_opening);
    return rc;
}

static int load_complaints(struct load *l)
{
    struct sw_db_stmt *st;
    int rc = sw_db_prepare(l->db, complaints_sql, &st, l->err);

    if (rc < 0)
        return rc;
    sw_db_bind_int(st, 1, SW_MIN(l->r->from_us, l->r->to_us - BACK_US));
    sw_db_bind_int(st, 2, l->r->to_us);
    return walk(l, st, take_complaint);
}

static int load_windows(struct load *l)
{
    struct sw_report *r = l->r;
    struct sw_db_stmt *st;
    int rc = sw_db_prepare(l->db, windows_sql, &st, l->err);

    if (rc < 0)
        return rc;
    r->is_fine = r->to_us - r->from_us <= FINE_MAX_US;
    sw_db_bind_text(st, 1, r->is_fine ? "1m" : "1h");
    sw_db_bind_int(st, 2, r->from_us);
    sw_db_bind_int(st, 3, r->to_us);
    rc = walk(l, st, take_window);
    if (rc < 0 || r->is_fine)
        return rc;
    rc = sw_db_prepare(l->db, over_sql, &st, l->err);
    if (rc < 0)
        return rc;
    sw_db_bind_int(st, 1, r->from_us);
    sw_db_bind_int(st, 2, r->to_us);
    return walk(l, st, take_over);
}

static int load_head(struct load *l)
{
    struct sw_db_stmt *st;
    size_t len;
    int rc = sw_db_prepare(l->db, head_sql, &st, l->err);

    if (rc < 0)
        return rc;
    rc = sw_db_step(st, l->err);
    if (rc == 1) {
        const void *hash = sw_db_blob(st, 1, &len);

        l->r->chain_n = (uint64_t) sw_db_int(st, 0);
        if (hash && len == SW_HASH_SIZE)
            sw_hash_hex(hash, l->r->chain_head);
    }
    sw_db_finalize(st);
    return rc < 0 ? rc : SW_OK;
}

/* ---- the schedule ---- */

static int take_schedule(void *ctx, int64_t revision, int64_t at_us, const char *text, size_t len)
{
    (void) revision;
    (void) at_us;
    return sw_schedule_text_read(text, len, ctx, NULL);
}

static int load_schedule(struct sw_report *r, const struct sw_store_params *p, struct sw_err *err)
{
    struct sw_effect *fx = calloc(SW_EFFECTS_MIN, sizeof *fx);
    struct sw_input in = {.kind = SW_INPUT_SCHEDULE, .t_us = r->to_us};
    struct sw_store *store = NULL;
    bool more = true;
    int rc = fx ? sw_store_open_reader(p, &store, err) : sw_err_set(err, SW_E_NOMEM, 0, "out of memory");

    if (rc >= 0)
        r->is_simulated = sw_store_facts(store)->is_simulated;
    if (rc >= 0)
        rc = sw_store_load_schedule(store, INT64_MAX, take_schedule, &r->schedule, err);
    if (rc >= 0)
        rc = sw_engine_new(r->site, &r->engine, err);
    if (rc >= 0 && r->schedule) {
        sw_engine_set_quiet(r->engine, true);
        in.schedule = r->schedule;
        for (const struct sw_input *next = &in; more; next = NULL)
            sw_engine_step(r->engine, next, fx, SW_EFFECTS_MIN, &more);
    }
    sw_store_close(store);
    free(fx);
    return rc;
}

static int choose_series(struct sw_report *r, struct sw_err *err)
{
    r->series = calloc(r->site->n_sensors + 1, sizeof *r->series);
    if (!r->series)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    for (size_t i = 0; i < r->site->n_sensors; i++) {
        const struct sw_sensor_conf *s = &r->site->sensors[i];

        if ((s->kind == SW_KIND_NOISE || s->kind == SW_KIND_DUST) && s->place == SW_PLACE_BOUNDARY && !s->is_reference)
            r->series[r->n_series++].sensor = i;
    }
    return SW_OK;
}

static struct sw_store_params params_of(const char *database, const struct sw_site *site, const char **ids)
{
    for (size_t i = 0; i < site->n_sensors; i++)
        ids[i] = site->sensors[i].id;
    return (struct sw_store_params){.path = database, .n_sensors = site->n_sensors, .sensor_ids = ids};
}

int sw_report_load(const char *database, struct sw_report *r, struct sw_err *err)
{
    const char *ids[SW_SENSORS_MAX];
    const struct sw_store_params p = params_of(database, r->site, ids);
    const int64_t end_us = SW_MIN(r->to_us, r->now_us + 1); /* what falls due later is not late yet */
    struct load l = {.r = r, .err = err, .job = sw_indicators_new(r->from_us, end_us)};
    int rc = l.job ? load_schedule(r, &p, err) : sw_err_set(err, SW_E_NOMEM, 0, "out of memory");

    if (rc >= 0)
        rc = choose_series(r, err);
    if (rc >= 0)
        rc = sw_db_open(database, true, &l.db, err);
    if (rc >= 0)
        rc = load_tickets(&l);
    if (rc >= 0)
        rc = load_complaints(&l);
    if (rc >= 0)
        rc = load_windows(&l);
    if (rc >= 0)
        rc = load_head(&l);
    if (rc >= 0)
        sw_indicators_sum(l.job, &r->sums);
    sw_db_close(l.db);
    sw_indicators_free(l.job);
    return rc;
}

static int newest(void *ctx, const struct sw_store_run *run)
{
    int64_t *until_us = ctx;

    *until_us = SW_MAX(*until_us, run->until_us);
    return SW_OK;
}

int sw_report_reach(const char *database, const struct sw_site *site, int64_t *ret_us, struct sw_err *err)
{
    const char *ids[SW_SENSORS_MAX];
    const struct sw_store_params p = params_of(database, site, ids);
    struct sw_store *store = NULL;
    int rc = sw_store_open_reader(&p, &store, err);

    *ret_us = INT64_MIN;
    if (rc >= 0)
        rc = sw_store_load_runs(store, newest, ret_us, err);
    sw_store_close(store);
    if (rc >= 0 && *ret_us == INT64_MIN)
        rc = sw_err_set(err, SW_E_NODATA, 0, "%s: no gateway has run on it yet", database);
    return rc;
}

void sw_report_done(struct sw_report *r)
{
    for (size_t i = 0; i < r->n_series; i++)
        free(r->series[i].point);
    free(r->series);
    free(r->ticket);
    sw_engine_free(r->engine);
    sw_schedule_free(r->schedule);
}
