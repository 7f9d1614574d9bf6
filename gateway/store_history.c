// SPDX-License-Identifier: Apache-2.0
/* What the store remembers of its own past, so that it can be replayed: runs, configurations, schedules. And opening a
 * file for reading alone. What a replay makes of it is left to its caller. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store_int.h"

static int give_schedules(struct store_query *q, sw_store_schedule_fn fn, void *ctx, struct sw_err *err)
{
    int rc;

    while ((rc = sw_db_step(q->st, err)) == 1) {
        size_t len;
        const char *text = sw_db_blob(q->st, 2, &len);

        rc = fn(ctx, sw_db_int(q->st, 0), sw_db_int(q->st, 1), text, len);
        if (rc < 0)
            break;
    }
    store_query_close(q);
    return rc;
}

int sw_store_load_schedules(struct sw_store *s, sw_store_schedule_fn fn, void *ctx, struct sw_err *err)
{
    struct store_query q;
    int rc = store_query_open(s, "SELECT revision, at_us, body FROM schedule ORDER BY revision", &q, err);

    return rc < 0 ? rc : give_schedules(&q, fn, ctx, err);
}

int sw_store_load_schedule(struct sw_store *s, int64_t by_us, sw_store_schedule_fn fn, void *ctx, struct sw_err *err)
{
    struct store_query q;
    int rc = store_query_open(s,
                              "SELECT revision, at_us, body FROM schedule WHERE at_us <= ?1"
                              " ORDER BY revision DESC LIMIT 1",
                              &q, err);

    if (rc < 0)
        return rc;
    sw_db_bind_int(q.st, 1, by_us);
    return give_schedules(&q, fn, ctx, err);
}

int sw_store_load_config(struct sw_store *s, const char *sha256, sw_store_config_fn fn, void *ctx, struct sw_err *err)
{
    struct store_query q;
    int rc = store_query_open(s, "SELECT body FROM config WHERE sha256 = ?1", &q, err);

    if (rc < 0)
        return rc;
    sw_db_bind_text(q.st, 1, sha256);
    rc = sw_db_step(q.st, err);
    if (rc == 1) {
        size_t len;
        const void *body = sw_db_blob(q.st, 0, &len);

        rc = fn(ctx, body, len);
    } else if (rc == 0) {
        rc = sw_err_set(err, SW_E_NOTFOUND, 0, "%s: the files of configuration %.12s… are not in it; name them by -c",
                        sw_db_path(s->db), sha256);
    }
    store_query_close(&q);
    return rc;
}

static void take_run(struct store_query *q, struct sw_store_run *ret)
{
    *ret = (struct sw_store_run){
        .start_us = sw_db_int(q->st, 2),
        .until_us = sw_db_int(q->st, 3),
        .is_stopped = sw_db_int(q->st, 4) != 0,
        .first_number = (uint64_t) sw_db_int(q->st, 5),
        .last_number = (uint64_t) sw_db_int(q->st, 6),
    };
    snprintf(ret->boot, sizeof(ret->boot), "%s", sw_db_text(q->st, 0, NULL));
    snprintf(ret->config_sha256, sizeof(ret->config_sha256), "%s", sw_db_text(q->st, 1, NULL));
}

int sw_store_load_runs(struct sw_store *s, sw_store_run_fn fn, void *ctx, struct sw_err *err)
{
    struct store_query q;
    int rc = store_query_open(s,
                              "SELECT boot, config, start_us, CASE WHEN id = (SELECT max(id) FROM run) THEN"
                              " max(until_us, ifnull((SELECT max(until_us) FROM tail), until_us)) ELSE until_us END,"
                              " stopped, first_number,"
                              " lead(first_number, 1, 9223372036854775807) OVER (ORDER BY id) FROM run ORDER BY id",
                              &q, err);

    if (rc < 0)
        return rc;
    while ((rc = sw_db_step(q.st, err)) == 1) {
        struct sw_store_run run;

        take_run(&q, &run);
        rc = fn(ctx, &run);
        if (rc < 0)
            break;
    }
    store_query_close(&q);
    return rc;
}

/* ---- a reader ---- */

static int check_version(struct sw_store *s, struct sw_err *err)
{
    int64_t version = 0;
    int rc = sw_db_value(s->db, "PRAGMA user_version", 0, &version, err);

    if (rc == SW_OK && version != store_steps[store_steps_n - 1].to)
        rc = sw_err_set(err, SW_E_CONFLICT, 0, "%s: its schema is version %lld and this program reads %d; %s",
                        sw_db_path(s->db), (long long) version, store_steps[store_steps_n - 1].to,
                        version > store_steps[store_steps_n - 1].to ? "use a newer siteward"
                                                                    : "let sitewardd open it once");
    return rc;
}

/* Numbers of the sensors that the file knows; 0 is none. */
static int find_sensors(struct sw_store *s, const struct sw_store_params *p, struct sw_err *err)
{
    struct sw_db_stmt *st;
    int rc = sw_db_prepare(s->db, store_sql[STORE_SENSOR_GET], &st, err);

    for (size_t i = 0; i < p->n_sensors && rc >= 0; i++) {
        sw_db_bind_text(st, 1, p->sensor_ids[i]);
        rc = sw_db_step(st, err);
        s->sensor_num[i] = rc == 1 ? (uint16_t) sw_db_int(st, 0) : 0;
        sw_db_reset(st);
    }
    sw_db_finalize(st);
    return rc < 0 ? rc : SW_OK;
}

static int read_facts(struct sw_store *s, struct sw_err *err)
{
    struct store_query q;
    int64_t is_simulated = 0;
    int rc = store_query_open(s, "SELECT value FROM meta WHERE key = 'epoch'", &q, err);

    if (rc < 0)
        return rc;
    rc = sw_db_step(q.st, err);
    if (rc == 1)
        snprintf(s->facts.epoch, sizeof(s->facts.epoch), "%s", sw_db_text(q.st, 0, NULL));
    store_query_close(&q);
    if (rc >= 0)
        rc = sw_db_value(s->db, "SELECT count(*) FROM meta WHERE key = 'simulated' AND value <> '0'", 0, &is_simulated,
                         err);
    s->facts.is_simulated = is_simulated != 0;
    return rc < 0 ? rc : SW_OK;
}

int sw_store_open_reader(const struct sw_store_params *p, struct sw_store **ret, struct sw_err *err)
{
    struct sw_store *s;
    int rc;

    if (p->n_sensors > SW_SENSORS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "%zu sensors, a store takes %d", p->n_sensors, SW_SENSORS_MAX);
    s = calloc(1, sizeof(*s));
    if (!s)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", p->path);
    s->lock_fd = -1;
    s->n_sensors = p->n_sensors;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->cond, NULL);
    rc = sw_db_open(p->path, true, &s->db, err);
    if (rc == SW_OK)
        rc = check_version(s, err);
    if (rc == SW_OK)
        rc = find_sensors(s, p, err);
    if (rc == SW_OK)
        rc = read_facts(s, err);
    if (rc == SW_OK)
        rc = store_chain_open(s, err);
    if (rc < 0) {
        sw_store_close(s);
        return rc;
    }
    *ret = s;
    return SW_OK;
}
