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

int sw_store_lock(const char *path, int *ret_fd, struct sw_err *err)
{
    char lock_path[SW_PATH_SIZE + 8];
    int fd;

    if (strlen(path) >= SW_PATH_SIZE)
        return sw_err_set(err, SW_E_INVAL, 0, "%.60s…: the path is longer than %d bytes", path, SW_PATH_SIZE - 1);
    snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
    fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", lock_path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        close(fd);
        return sw_err_set(err, SW_E_BUSY, errno,
                          "%s is in use by another gateway: stop it, or give this one its own data folder", path);
    }
    *ret_fd = fd;
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

/* A copy that was brought back goes on from an earlier state: numbers that it gives now were given before, with other
 * content, and receivers know that. So they begin anew, under a new epoch. What waits in it was numbered and written in
 * the old one and goes out as it is, but its numbers are none of the new ones. */
static int leave_copy(struct sw_store *s, struct sw_err *err)
{
    static const char sql[] =
        "UPDATE outbox SET seq = NULL; DELETE FROM gap; DELETE FROM meta WHERE key IN ('copy', 'seq')";
    char made[40];
    int rc = store_meta_get(s, "copy", made, sizeof(made), err);

    if (rc < 0)
        return rc == SW_E_NOTFOUND ? SW_OK : rc;
    rc = make_epoch(s->facts.epoch, err);
    if (rc == SW_OK)
        rc = store_meta_put(s, "epoch", s->facts.epoch, err);
    if (rc == SW_OK)
        rc = store_meta_put(s, "restored", made, err);
    if (rc == SW_OK)
        rc = sw_db_exec(s->db, sql, err);
    if (rc == SW_OK)
        sw_log(SW_LOG_NOTICE, "%s is a copy made at %s: epoch %s begins, numbers of documents with it",
               sw_db_path(s->db), made, s->facts.epoch);
    return rc;
}

static int load_facts(struct sw_store *s, bool is_simulated, struct sw_err *err)
{
    int64_t was_simulated = 0, last_number = 0;
    uint64_t in_tail = 0;
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
        rc = leave_copy(s, err);
    if (rc == SW_OK)
        rc = meta_number(s, "seq", &s->facts.last_seq, err);
    if (rc == SW_OK)
        rc = meta_number(s, "arrival", &last_number, err);
    if (rc == SW_OK) /* the number is written when the tail is folded */
        rc = store_tail_newest(s, &in_tail, err);
    if (rc < 0)
        return rc;
    s->facts.is_simulated = was_simulated != 0;
    s->facts.last_number = SW_MAX((uint64_t) last_number, in_tail);
    s->last_seq = s->written_seq = s->facts.last_seq;
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
    int64_t ended_us = 0;
    int rc = sw_db_begin(s->db, err);

    if (rc < 0)
        return rc;
    rc = load_facts(s, p->is_simulated, err);
    for (size_t i = 0; i < p->n_sensors && rc == SW_OK; i++)
        rc = load_sensor(s, p->sensor_ids[i], &s->sensor_num[i], err);
    if (rc == SW_OK)
        rc = store_outbox_load(s, err);
    if (rc == SW_OK)
        rc = sw_db_value(s->db,
                         "SELECT max(until_us) FROM (SELECT until_us FROM run UNION ALL SELECT until_us FROM tail)", 0,
                         &ended_us, err);
    s->engine_now_us = ended_us;
    if (rc == SW_OK)
        rc = sw_db_commit(s->db, err);
    if (rc < 0)
        sw_db_rollback(s->db);
    return rc;
}

static int make_mailboxes(struct sw_store *s, struct sw_err *err)
{
    int rc = sw_mailbox_new(STORE_TURNS_MAX, STORE_TURNS_RESERVE, sizeof(struct store_msg), &s->inbox, err);

    if (rc == SW_OK)
        rc = sw_mailbox_new(STORE_ACKS_MAX, 0, sizeof(struct sw_store_ack), &s->acks, err);
    for (size_t i = 0; i < s->n_destinations && rc == SW_OK; i++) /* twice: rows of an older generation may lie in it */
        rc = sw_mailbox_new(2 * (size_t) SW_LANE__COUNT * SW_STORE_WINDOW_ROWS, 0, sizeof(struct sw_store_row *),
                            &s->destination[i].rows, err);
    return rc;
}

static int open_file(struct sw_store *s, const struct sw_store_params *p, struct sw_err *err)
{
    int rc = sw_store_lock(p->path, &s->lock_fd, err);

    if (rc == SW_OK)
        rc = sw_db_open(p->path, false, &s->db, err);
    if (rc == SW_OK)
        rc = sw_db_migrate(s->db, store_steps, store_steps_n, err);
    if (rc == SW_OK)
        rc = limit_size(s, p->disk_bytes, err);
    if (rc == SW_OK)
        rc = prepare_all(s, err);
    if (rc == SW_OK)
        rc = store_outbox_forget(s, p->is_simulated, err);
    if (rc == SW_OK)
        rc = load_start(s, p, err);
    if (rc == SW_OK)
        rc = store_chain_open(s, err);
    return rc;
}

static void close_file(struct sw_store *s)
{
    if (s->db)
        store_room_stop(s);
    for (size_t i = 0; i < STORE_STMT__COUNT; i++)
        s->stmt[i] = sw_db_finalize(s->stmt[i]);
    s->db = sw_db_close(s->db);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    s->lock_fd = -1;
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

static int take_destinations(struct sw_store *s, const struct sw_store_params *p, struct sw_err *err)
{
    const size_t n = p->destination_ids ? p->n_destinations : 1;

    if (n == 0 || n > SW_STORE_DESTINATIONS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "%zu receivers of the outbox, a store takes 1 to %d", n,
                          SW_STORE_DESTINATIONS_MAX);
    s->n_destinations = n;
    for (size_t i = 0; i < n; i++) {
        const char *id = p->destination_ids ? p->destination_ids[i] : "platform";

        if (!*id || strlen(id) >= SW_ID_SIZE || strchr(id, ' '))
            return sw_err_set(err, SW_E_INVAL, 0, "\"%.80s\" is no id of a receiver of the outbox", id);
        for (size_t k = 0; k < i; k++)
            if (strcmp(s->destination[k].id, id) == 0)
                return sw_err_set(err, SW_E_INVAL, 0, "two receivers of the outbox are called %s", id);
        snprintf(s->destination[i].id, SW_ID_SIZE, "%s", id);
    }
    s->outbox_max_bytes = p->outbox_max_bytes;
    s->fresh_us = p->fresh_us ? SW_MAX(p->fresh_us, 0) : STORE_FRESH_US;
    if (p->render_gap && p->gap_topic) {
        s->render_gap = p->render_gap;
        snprintf(s->gap_topic, sizeof(s->gap_topic), "%s", p->gap_topic);
    }
    return SW_OK;
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
    s->commit_interval_us = p->commit_interval_us > 0 ? p->commit_interval_us : 60 * SW_US_PER_S;
    s->keep_days = p->keep_days > 0 ? p->keep_days : 90;
    s->keep_minutes_days = p->keep_minutes_days > 0 ? p->keep_minutes_days : 400;
    take_signer(s, p);
    s->render_ctx = p->render_ctx;
    s->due_us = INT64_MAX;
    s->newest_us = INT64_MIN;
    s->engine_us = INT64_MIN;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->cond, &attr);
    pthread_condattr_destroy(&attr);
    rc = take_destinations(s, p, err);
    if (rc == SW_OK)
        rc = open_file(s, p, err);
    if (rc == SW_E_FULL && store_room_release(p->path)) {
        close_file(s);
        rc = open_file(s, p, err);
    }
    if (rc == SW_OK)
        store_room_start(s, p->max_bytes);
    if (rc == SW_OK)
        rc = make_mailboxes(s, err);
    if (rc == SW_OK)
        store_outbox_show(s);
    if (rc == SW_OK)
        rc = sw_worker_start("store", store_worker_main, s, 0, &s->worker, err);
    if (rc < 0) {
        sw_store_close(s);
        return rc;
    }
    store_check_start(s);
    *ret = s;
    return SW_OK;
}

static void free_mail(struct sw_store *s)
{
    struct sw_store_row *row;
    struct store_msg msg;

    for (size_t i = 0; i < s->n_destinations; i++) {
        struct sw_mailbox *rows = s->destination[i].rows;

        while (rows && sw_mailbox_take(rows, &row, 1))
            free(row);
        sw_mailbox_free(rows);
    }
    while (s->inbox && sw_mailbox_take(s->inbox, &msg, 1))
        store_turn_free(msg.turn);
    sw_mailbox_free(s->inbox);
    sw_mailbox_free(s->acks);
}

struct sw_store *sw_store_close(struct sw_store *s)
{
    if (!s)
        return NULL;
    store_check_stop(s);
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
    close_file(s);
    pthread_cond_destroy(&s->cond);
    pthread_mutex_destroy(&s->lock);
    store_items_free(&s->ripe);
    free(s->canonical);
    sw_window_packer_free(s->packer);
    free(s->packed);
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
                                    .bytes = s->status_bytes,
                                    .max_bytes = s->status_max_bytes,
                                    .disk_free_bytes = s->status_disk_free_bytes,
                                    .is_low = s->status_is_low,
                                    .is_failing = s->failing,
                                    .is_damaged = s->damaged,
                                    .is_whole = s->whole};
    ret->superseded_total = s->superseded;
    ret->gaps_waiting = s->shown_gaps;
    ret->outbox_bytes = s->shown_bytes;
    ret->outbox_max_bytes = s->outbox_max_bytes;
    ret->outbox_oldest_us = s->oldest_us;
    ret->n_destinations = s->n_destinations;
    for (size_t i = 0; i < s->n_destinations; i++) {
        memcpy(ret->destination[i].id, s->destination[i].id, SW_ID_SIZE);
        ret->destination[i].is_attached = s->destination[i].is_attached;
        for (int lane = 0; lane < SW_LANE__COUNT; lane++)
            ret->destination[i].pending[lane] = s->destination[i].pending[lane];
    }
    memcpy(ret->outbox_pending, ret->destination[0].pending, sizeof(ret->outbox_pending));
}

bool sw_store_is_pressed(struct sw_store *s)
{
    return sw_mailbox_is_pressed(s->inbox) || (s->staged && s->staged->ops_len > STORE_TURN_BYTES_MAX / 2);
}

uint32_t sw_store_attach(struct sw_store *s, size_t destination)
{
    struct store_destination *d = &s->destination[destination];
    struct store_msg msg = {.kind = STORE_MSG_ATTACH, .destination = destination, .generation = d->generation + 1};

    if (!sw_mailbox_post(s->inbox, &msg, 1, true))
        return 0;
    return ++d->generation;
}

void sw_store_detach(struct sw_store *s, size_t destination)
{
    struct store_msg msg = {.kind = STORE_MSG_DETACH, .destination = destination};

    /* without room for it the worker hands on to a box that nobody empties: bounded by its windows, freed at close */
    sw_mailbox_post(s->inbox, &msg, 1, true);
}

struct sw_mailbox *sw_store_rows(struct sw_store *s, size_t destination)
{
    return s->destination[destination].rows;
}

size_t sw_store_ack(struct sw_store *s, const struct sw_store_ack *acks, size_t n)
{
    return sw_mailbox_post(s->acks, acks, n, false);
}
