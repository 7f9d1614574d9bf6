// SPDX-License-Identifier: Apache-2.0
/* Opening and closing the store, and what any thread may ask of it. Staging is in store_turn.c, the writer's work in
 * store_worker.c and behind it, reading back in store_load.c. */
#include "gateway/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/clock.h"
#include "gateway/store_int.h"

/* Two writers would hand out the same numbers: the second gateway is refused at once. */
static int take_lock(struct sw_store *s, const char *path, struct sw_err *err)
{
    char lock_path[SW_PATH_SIZE + 8];

    if (strlen(path) >= SW_PATH_SIZE)
        return sw_err_set(err, SW_E_INVAL, 0, "%.60s…: the path is longer than %d bytes", path, SW_PATH_SIZE - 1);
    snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
    s->lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (s->lock_fd < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", lock_path, strerror(errno));
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0)
        return sw_err_set(err, SW_E_BUSY, errno,
                          "%s is in use by another gateway: stop it, or give this one its own data folder", path);
    return SW_OK;
}

static int prepare_all(struct sw_store *s, struct sw_err *err)
{
    int rc = SW_OK;

    for (size_t i = 0; i < STORE_STMT__COUNT && rc == SW_OK; i++)
        rc = sw_db_prepare(s->db, store_sql[i], &s->stmt[i], err);
    return rc;
}

static int limit_size(struct sw_store *s, int64_t max_bytes, struct sw_err *err)
{
    char sql[64];
    int64_t page_size;
    int rc;

    if (max_bytes <= 0)
        return SW_OK;
    rc = sw_db_value(s->db, "PRAGMA page_size", 4096, &page_size, err);
    if (rc < 0)
        return rc;
    snprintf(sql, sizeof(sql), "PRAGMA max_page_count=%lld", (long long) (max_bytes / page_size + 1));
    return sw_db_exec(s->db, sql, err);
}

static int make_epoch(char *epoch, struct sw_err *err)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    unsigned char random[SW_STORE_EPOCH_SIZE - 1];

    if (getrandom(random, sizeof(random), 0) != (ssize_t) sizeof(random))
        return sw_err_set(err, SW_E_IO, errno, "no random numbers: %s", strerror(errno));
    for (size_t i = 0; i < sizeof(random); i++)
        epoch[i] = alphabet[random[i] % 32];
    epoch[sizeof(random)] = '\0';
    return SW_OK;
}

/* A number from the meta table; what is missing is 0. */
static int meta_number(struct sw_store *s, const char *key, int64_t *ret, struct sw_err *err)
{
    char text[32];
    int rc = store_meta_get(s, key, text, sizeof(text), err);

    *ret = 0;
    if (rc == SW_E_NOTFOUND)
        return SW_OK;
    if (rc == SW_OK)
        *ret = strtoll(text, NULL, 10);
    return rc;
}

static int load_facts(struct sw_store *s, bool is_simulated, struct sw_err *err)
{
    int64_t was_simulated = 0, last_number = 0;
    int rc = store_meta_get(s, "epoch", s->facts.epoch, sizeof(s->facts.epoch), err);

    if (rc == SW_E_NOTFOUND) {
        s->facts.is_new = true;
        rc = make_epoch(s->facts.epoch, err);
        if (rc == SW_OK)
            rc = store_meta_put(s, "epoch", s->facts.epoch, err);
        if (rc == SW_OK)
            rc = store_meta_put(s, "simulated", is_simulated ? "1" : "0", err);
    }
    if (rc == SW_OK)
        rc = meta_number(s, "simulated", &was_simulated, err);
    if (rc == SW_OK && (was_simulated != 0) != is_simulated)
        rc =
            sw_err_set(err, SW_E_CONFLICT, 0, "%s holds %s data and this run is %s: give it a data folder of its own",
                       sw_db_path(s->db), was_simulated ? "simulated" : "measured", is_simulated ? "simulated" : "not");
    if (rc == SW_OK)
        rc = meta_number(s, "seq", &s->facts.last_seq, err);
    if (rc == SW_OK)
        rc = meta_number(s, "arrival", &last_number, err);
    if (rc < 0)
        return rc;
    s->facts.is_simulated = was_simulated != 0;
    s->facts.last_number = (uint64_t) last_number;
    s->last_seq = s->facts.last_seq;
    s->last_number = s->facts.last_number;
    s->next_number = s->facts.last_number + 1;
    return SW_OK;
}

static int load_sensor(struct sw_store *s, const char *id, uint16_t *ret_num, struct sw_err *err)
{
    struct sw_db_stmt *get = s->stmt[STORE_SENSOR_GET];

    for (int attempt = 0; attempt < 2; attempt++) {
        int rc;
        int64_t num;

        sw_db_bind_text(get, 1, id);
        rc = sw_db_step(get, err);
        num = rc == 1 ? sw_db_int(get, 0) : 0;
        sw_db_reset(get);
        if (rc < 0)
            return rc;
        if (rc == 1 && (num < 1 || num > UINT16_MAX))
            return sw_err_set(err, SW_E_FULL, 0, "%s: more than 65535 sensors over its life; start a new data folder",
                              sw_db_path(s->db));
        if (rc == 1) {
            *ret_num = (uint16_t) num;
            return SW_OK;
        }
        sw_db_bind_text(s->stmt[STORE_SENSOR_PUT], 1, id);
        rc = sw_db_run(s->stmt[STORE_SENSOR_PUT], err);
        if (rc < 0)
            return rc;
    }
    return sw_err_set(err, SW_E_CORRUPT, 0, "%s: sensor %s cannot be numbered", sw_db_path(s->db), id);
}

/* Facts and sensor numbers, in one transaction. */
static int load_start(struct sw_store *s, const struct sw_store_params *p, struct sw_err *err)
{
    int rc = sw_db_begin(s->db, err);

    if (rc < 0)
        return rc;
    rc = load_facts(s, p->is_simulated, err);
    for (size_t i = 0; i < p->n_sensors && rc == SW_OK; i++)
        rc = load_sensor(s, p->sensor_ids[i], &s->sensor_num[i], err);
    if (rc == SW_OK)
        rc = sw_db_commit(s->db, err);
    if (rc < 0)
        sw_db_rollback(s->db);
    return rc;
}

/* How many rows of a lane wait. Rows leave within a window of their order, so only the oldest have gaps between them:
 * those are counted, the rest is reckoned. A backlog of a million rows need not be read for it. */
static int count_lane(struct sw_store *s, int64_t first, int64_t last, int64_t *ret, struct sw_err *err)
{
    int64_t counted_to = SW_MIN(last, first + STORE_GAPS_MAX);
    char sql[96];
    int rc;

    snprintf(sql, sizeof(sql), "SELECT count(*) FROM outbox WHERE id BETWEEN %lld AND %lld", (long long) first,
             (long long) counted_to);
    rc = sw_db_value(s->db, sql, 0, ret, err);
    *ret += last - counted_to;
    return rc;
}

static int load_lane(struct sw_store *s, int lane, struct sw_err *err)
{
    struct store_lane *l = &s->lane[lane];
    int64_t end_id[2] = {0}, waiting = 0;
    int rc = SW_OK;

    for (int end = 0; end < 2 && rc == SW_OK; end++) {
        char sql[128];

        snprintf(sql, sizeof(sql), "SELECT id FROM outbox WHERE id > %lld AND id < %lld ORDER BY id %s LIMIT 1",
                 (long long) store_lane_first(lane), (long long) store_lane_first(lane + 1), end ? "DESC" : "ASC");
        rc = sw_db_value(s->db, sql, 0, &end_id[end], err);
    }
    if (rc == SW_OK && end_id[1])
        rc = count_lane(s, end_id[0], end_id[1], &waiting, err);
    l->cursor = store_lane_first(lane);
    l->next_id = (end_id[1] ? end_id[1] : l->cursor) + 1;
    s->pending[lane] = waiting;
    return rc;
}

static int load_lanes(struct sw_store *s, struct sw_err *err)
{
    int rc = SW_OK;

    for (int lane = 0; lane < SW_LANE__COUNT && rc == SW_OK; lane++)
        rc = load_lane(s, lane, err);
    return rc;
}

static int make_mailboxes(struct sw_store *s, struct sw_err *err)
{
    int rc = sw_mailbox_new(STORE_TURNS_MAX, STORE_TURNS_RESERVE, sizeof(struct store_msg), &s->inbox, err);

    if (rc == SW_OK)
        rc = sw_mailbox_new(STORE_ACKS_MAX, 0, sizeof(struct sw_store_ack), &s->acks, err);
    if (rc == SW_OK) /* twice the windows: rows of an older generation may still lie in it */
        rc = sw_mailbox_new(2 * (size_t) SW_LANE__COUNT * SW_STORE_WINDOW_ROWS, 0, sizeof(struct sw_store_row *),
                            &s->rows, err);
    return rc;
}

static int open_file(struct sw_store *s, const struct sw_store_params *p, struct sw_err *err)
{
    int rc = take_lock(s, p->path, err);

    if (rc == SW_OK)
        rc = sw_db_open(p->path, false, &s->db, err);
    if (rc == SW_OK)
        rc = sw_db_migrate(s->db, store_steps, store_steps_n, err);
    if (rc == SW_OK)
        rc = limit_size(s, p->max_bytes, err);
    if (rc == SW_OK)
        rc = prepare_all(s, err);
    if (rc == SW_OK)
        rc = load_start(s, p, err);
    if (rc == SW_OK)
        rc = load_lanes(s, err);
    if (rc == SW_OK)
        rc = store_chain_open(s, err);
    return rc;
}

static void take_signer(struct sw_store *s, const struct sw_store_params *p)
{
    if (!p->key || !p->render_checkpoint || !p->gateway || !p->checkpoint_topic)
        return;
    s->key = p->key;
    s->render_checkpoint = p->render_checkpoint;
    s->render_ctx = p->render_ctx;
    s->zone = p->zone;
    snprintf(s->gateway, sizeof(s->gateway), "%s", p->gateway);
    snprintf(s->checkpoint_topic, sizeof(s->checkpoint_topic), "%s", p->checkpoint_topic);
}

int sw_store_open(const struct sw_store_params *p, struct sw_store **ret, struct sw_err *err)
{
    pthread_condattr_t attr;
    struct sw_store *s;
    int rc;

    if (p->n_sensors > SW_SENSORS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "%zu sensors, a store takes %d", p->n_sensors, SW_SENSORS_MAX);
    s = calloc(1, sizeof(*s));
    if (!s)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", p->path);
    s->lock_fd = -1;
    s->n_sensors = p->n_sensors;
    s->commit_interval_us = p->commit_interval_us > 0 ? p->commit_interval_us : 10 * SW_US_PER_S;
    s->keep_days = p->keep_days > 0 ? p->keep_days : 90;
    s->keep_minutes_days = p->keep_minutes_days > 0 ? p->keep_minutes_days : 400;
    take_signer(s, p);
    s->due_us = INT64_MAX;
    s->newest_us = INT64_MIN;
    s->engine_us = INT64_MIN;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->cond, &attr);
    pthread_condattr_destroy(&attr);
    rc = open_file(s, p, err);
    if (rc == SW_OK)
        rc = make_mailboxes(s, err);
    if (rc == SW_OK)
        rc = sw_worker_start("store", store_worker_main, s, 0, &s->worker, err);
    if (rc < 0) {
        sw_store_close(s);
        return rc;
    }
    *ret = s;
    return SW_OK;
}

static void free_mail(struct sw_store *s)
{
    struct sw_store_row *row;
    struct store_msg msg;

    while (s->rows && sw_mailbox_take(s->rows, &row, 1))
        free(row);
    while (s->inbox && sw_mailbox_take(s->inbox, &msg, 1))
        store_turn_free(msg.turn);
    sw_mailbox_free(s->rows);
    sw_mailbox_free(s->inbox);
    sw_mailbox_free(s->acks);
}

struct sw_store *sw_store_close(struct sw_store *s)
{
    if (!s)
        return NULL;
    if (s->worker) {
        sw_store_commit(s);
        sw_worker_stop(s->worker); /* it takes what is in the mailbox and commits before it ends */
    }
    free_mail(s);
    store_turn_free(s->staged);
    while (s->batch) {
        struct store_turn *next = s->batch->next;

        store_turn_free(s->batch);
        s->batch = next;
    }
    for (size_t i = 0; i < STORE_STMT__COUNT; i++)
        sw_db_finalize(s->stmt[i]);
    sw_db_close(s->db);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    pthread_cond_destroy(&s->cond);
    pthread_mutex_destroy(&s->lock);
    free(s->canonical);
    free(s);
    return NULL;
}

int sw_store_schema_version(void)
{
    return store_steps[store_steps_n - 1].to;
}

const struct sw_store_facts *sw_store_facts(const struct sw_store *s)
{
    return &s->facts;
}

void sw_store_status(struct sw_store *s, struct sw_store_status *ret)
{
    *ret = (struct sw_store_status){.commits_total = s->commits,
                                    .failures_total = s->failures,
                                    .readings_total = s->readings,
                                    .readings_dropped_total = s->dropped,
                                    .shed_total = s->shed,
                                    .rejected_total = s->rejected,
                                    .heartbeat_age_us = sw_worker_age_us(s->worker),
                                    .is_failing = s->failing};
    for (int lane = 0; lane < SW_LANE__COUNT; lane++)
        ret->outbox_pending[lane] = s->pending[lane];
}

bool sw_store_is_pressed(struct sw_store *s)
{
    return sw_mailbox_is_pressed(s->inbox) || (s->staged && s->staged->ops_len > STORE_TURN_BYTES_MAX / 2);
}

uint32_t sw_store_attach(struct sw_store *s)
{
    struct store_msg msg = {.kind = STORE_MSG_ATTACH, .generation = s->generation + 1, .number = s->turns_posted};

    if (!sw_mailbox_post(s->inbox, &msg, 1, true))
        return 0;
    return ++s->generation;
}

void sw_store_detach(struct sw_store *s)
{
    struct store_msg msg = {.kind = STORE_MSG_DETACH, .number = s->turns_posted};

    /* without room for it the worker hands on to a box that nobody empties: bounded by its windows, freed at close */
    sw_mailbox_post(s->inbox, &msg, 1, true);
}

struct sw_mailbox *sw_store_rows(struct sw_store *s)
{
    return s->rows;
}

size_t sw_store_ack(struct sw_store *s, const struct sw_store_ack *acks, size_t n)
{
    return sw_mailbox_post(s->acks, acks, n, false);
}
