// SPDX-License-Identifier: Apache-2.0
/* The store's thread: gathers turns into a batch, commits it when asked or when the interval is over, and keeps the
 * batch when a commit fails. A failed commit loses no state change: it is tried again every second until it succeeds;
 * when space is short the oldest raw data go first, then the batch's own readings. */
#include <poll.h>
#include <stdlib.h>

#include "common/clock.h"
#include "gateway/store_int.h"

#define BEAT_US SW_US_PER_S
#define RETRY_US SW_US_PER_S

static bool batch_is_empty(const struct sw_store *s)
{
    return !s->batch && !s->n_deletes;
}

/* Something waits for the disk: commit when the interval is over, or now. While commits fail, only the retry counts. */
static void schedule(struct sw_store *s, bool now)
{
    int64_t due_us = sw_mono_real_us() + (now ? 0 : s->commit_interval_us);

    if (!s->failing && due_us < s->due_us)
        s->due_us = due_us;
}

static void make_durable(struct sw_store *s)
{
    pthread_mutex_lock(&s->lock);
    s->durable_number = s->batch_number;
    pthread_cond_broadcast(&s->cond);
    pthread_mutex_unlock(&s->lock);
}

static void drop_items(struct sw_store *s)
{
    for (struct store_turn *t = s->batch; t; t = t->next) {
        s->dropped += t->n_items;
        s->batch_bytes -= t->n_items * sizeof(*t->items);
        t->n_items = 0;
        free(t->items);
        t->items = NULL;
    }
}

/* One attempt to write the batch as one transaction. Housekeeping needs space of its own, so it can be left out. */
static int write_batch(struct sw_store *s, bool with_housekeeping, struct sw_err *err)
{
    const struct sw_chain_head head = s->head;
    const int64_t kept_hour = s->kept_hour;
    const bool is_tail_swept = s->is_tail_swept;
    const struct store_settle settle = s->settle;
    int rc = sw_db_begin(s->db, err);

    if (rc < 0)
        return rc;
    store_tally_begin(s);
    rc = store_write_items(s, with_housekeeping, err);
    if (rc == SW_OK)
        rc = store_write_ops(s, err);
    if (rc == SW_OK)
        rc = store_write_time(s, err);
    if (rc == SW_OK)
        rc = store_write_deletes(s, err);
    if (rc == SW_OK)
        rc = store_outbox_bound(s, err);
    if (rc == SW_OK)
        rc = store_tally_write(s, err);
    if (rc == SW_OK && with_housekeeping)
        rc = store_fold(s, err);
    if (rc == SW_OK && with_housekeeping)
        rc = store_expire(s, err);
    if (rc == SW_OK && with_housekeeping)
        rc = store_settle(s, err);
    if (rc == SW_OK)
        rc = sw_db_commit(s->db, err);
    if (rc < 0) {
        sw_db_rollback(s->db);
        store_tally_undo(s);
        s->head = head;
        s->kept_hour = kept_hour;
        s->is_tail_swept = is_tail_swept;
        store_settle_undo(s, &settle);
    } else {
        s->written_seq = s->last_seq;
        store_chain_show(s);
    }
    return rc;
}

static void batch_done(struct sw_store *s)
{
    while (s->batch) {
        struct store_turn *next = s->batch->next;

        s->readings += s->batch->n_items;
        store_turn_free(s->batch);
        s->batch = next;
    }
    s->batch_last = NULL;
    s->batch_bytes = 0;
    store_deletes_done(s);
    store_outbox_show(s);
    s->wants_commit = false;
    s->due_us = INT64_MAX;
    s->failing = false;
    s->commits++;
    make_durable(s);
    sw_complain_clear(&s->complaint, SW_LOG_NOTICE, "%s: writing again", sw_db_path(s->db));
}

/* Several ways to get the state changes to the disk, each giving up less important data than the next. */
static void commit(struct sw_store *s)
{
    struct sw_err err = {0};
    int rc;

    if (!store_room_for_readings(s))
        drop_items(s);
    rc = write_batch(s, true, &err);
    if (rc == SW_E_FULL && store_room_make(s))
        rc = write_batch(s, true, &err);
    if (rc < 0) {
        s->failures++;
        sw_complain(&s->complaint, sw_mono_real_us(), SW_LOG_ERR, "store: %s; tickets are kept and tried again%s",
                    err.msg,
                    rc == SW_E_FULL ? ", readings are dropped: free space on the disk of the data folder" : "");
    }
    if (rc == SW_E_FULL || (rc < 0 && s->batch_bytes > STORE_BATCH_BYTES_MAX / 2)) {
        drop_items(s);
        rc = write_batch(s, false, &err);
    }
    if (rc == SW_E_FULL && store_room_release(sw_db_path(s->db)))
        rc = write_batch(s, false, &err);
    if (rc == SW_OK) {
        batch_done(s);
        store_room_look(s, false);
        return;
    }
    s->failing = true;
    s->due_us = sw_mono_real_us() + RETRY_US;
}

static void take_turn(struct sw_store *s, const struct store_msg *msg)
{
    struct store_turn *t = msg->turn;

    s->batch_number = msg->number;
    if (t) {
        if (s->batch_last)
            s->batch_last->next = t;
        else
            s->batch = t;
        s->batch_last = t;
        s->batch_bytes += sizeof(*t) + t->ops_len + t->n_items * sizeof(*t->items);
    }
    s->wants_commit = s->wants_commit || msg->commit_now;
}

/* Take what the core posted, while there is room for it. */
static void take_inbox(struct sw_store *s)
{
    struct store_msg msg;

    while (s->batch_bytes < STORE_BATCH_BYTES_MAX && sw_mailbox_take(s->inbox, &msg, 1)) {
        if (msg.kind == STORE_MSG_TURN)
            take_turn(s, &msg);
        else
            store_hand_attach(s, msg.destination, msg.kind == STORE_MSG_ATTACH ? msg.generation : 0);
    }
    if (batch_is_empty(s)) {
        s->wants_commit = false;
        make_durable(s);
        return;
    }
    schedule(s, s->wants_commit || s->batch_bytes >= STORE_BATCH_BYTES_SOON || s->n_deletes > STORE_DELETES_MAX / 2);
}

static void wait_for_mail(struct sw_store *s, struct sw_worker *self, bool is_brief)
{
    bool has_room = s->batch_bytes < STORE_BATCH_BYTES_MAX;
    struct pollfd fds[] = {{.fd = has_room ? sw_mailbox_fd(s->inbox) : -1, .events = POLLIN},
                           {.fd = s->n_deletes < STORE_DELETES_MAX ? sw_mailbox_fd(s->acks) : -1, .events = POLLIN},
                           {.fd = sw_worker_stop_fd(self), .events = POLLIN}};
    int64_t wait_us = is_brief ? SW_US_PER_MS : SW_MIN(s->due_us - sw_mono_real_us(), BEAT_US);

    if (wait_us > 0)
        poll(fds, SW_ARRAY_SIZE(fds), (int) ((wait_us + 999) / 1000));
}

/* The last words: everything that is in the mailbox, in as many commits as its size needs. */
static void finish(struct sw_store *s)
{
    do {
        store_hand_acks(s);
        take_inbox(s);
        if (!batch_is_empty(s))
            commit(s);
    } while (!s->failing && (sw_mailbox_depth(s->inbox) || sw_mailbox_depth(s->acks)));
    if (s->failing)
        sw_log(SW_LOG_ERR, "%s: stopped with changes that could not be written; they are lost", sw_db_path(s->db));
}

void store_worker_main(struct sw_worker *self, void *ctx)
{
    struct sw_store *s = ctx;
    bool walks_on = false;

    while (!sw_worker_should_stop(self)) {
        wait_for_mail(s, self, walks_on);
        sw_worker_beat(self);
        store_hand_acks(s);
        take_inbox(s);
        if (!batch_is_empty(s) && sw_mono_real_us() >= s->due_us)
            commit(s);
        store_room_look(s, true);
        walks_on = store_hand_out(s);
    }
    finish(s);
}
