// SPDX-License-Identifier: Apache-2.0
/* Messages into the store, batch by batch. What one message is wrong about costs that message; what is wrong with the
 * disk costs time. */
#include "hub/ingest.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mailbox.h"
#include "common/worker.h"
#include "hub/refused.h"

#define RETRY_US SW_US_PER_S
#define MARK_US (5 * SW_US_PER_S) /* holes that close sooner are nobody's business */
#define EXPIRE_US (600 * SW_US_PER_S)
#define STACK_BYTES (1024 * 1024)

struct hub_ingest {
    struct hub_ingest_params params;
    struct hub_store *store;
    struct sw_clock clock;
    struct sw_mailbox *offers; /* of struct hub_batch * */
    struct sw_worker *worker;
    int safe_fd;
    atomic_bool is_safe;
    struct hub_document *docs; /* [HUB_BATCH_MESSAGES] of the batch under way */
    enum hub_put *puts;
    struct hub_refused *refused;
    struct sw_complaint complaint;
    int64_t marked_us, expired_us;
    pthread_mutex_t lock;
    struct hub_ingest_stats stats;
};

struct hub_came *hub_came_new(const char *topic, const char *payload, size_t len, bool is_retained, int64_t received_us)
{
    const size_t topic_len = strlen(topic);
    struct hub_came *c = malloc(sizeof(*c) + topic_len + len + 2);
    char *at = (char *) (c + 1);

    if (!c)
        return NULL;
    memcpy(at, topic, topic_len + 1);
    *c = (struct hub_came){.received_us = received_us, .is_retained = is_retained, .topic = at, .len = len};
    at += topic_len + 1;
    if (len)
        memcpy(at, payload, len);
    at[len] = '\0';
    c->payload = at;
    return c;
}

static void free_batch(struct hub_batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        free(b->came[i]);
    free(b);
}

/* ---- a batch ---- */

/* What one attempt counted: told only when it succeeded. */
struct tally {
    uint64_t new_total, repeated_total, refused_total, ignored_total;
};

static int put_one(struct hub_ingest *in, const struct hub_came *c, size_t i, struct tally *t, struct sw_err *err)
{
    struct hub_document *d = &in->docs[i];
    struct sw_err why = {0};
    int rc;

    *d = (struct hub_document){0};
    in->puts[i] = HUB_PUT_IGNORED;
    rc = hub_place_read(in->params.root, c->topic, &d->place, &why);
    if (rc >= 0)
        rc = hub_document_read(d, c->payload, c->len, &why);
    if (rc >= 0)
        rc = hub_store_put(in->store, d, c->is_retained, c->received_us, &in->puts[i], &why);
    if (rc == SW_E_INVAL && why.detail == 0) { /* the document's own fault; the database's have a detail */
        t->refused_total++;
        in->puts[i] = HUB_PUT_IGNORED;
        hub_refused_note(in->refused, &d->place, d->gw, c->topic, why.msg);
        return SW_OK;
    }
    t->new_total += rc >= 0 && in->puts[i] == HUB_PUT_NEW;
    t->repeated_total += rc >= 0 && in->puts[i] == HUB_PUT_REPEATED;
    t->ignored_total += rc >= 0 && in->puts[i] == HUB_PUT_IGNORED;
    return rc < 0 ? sw_err_set(err, rc, why.detail, "%s", why.msg) : SW_OK;
}

static void forget_documents(struct hub_ingest *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hub_document_done(&in->docs[i]);
}

/* One attempt. */
static int write_batch(struct hub_ingest *in, const struct hub_batch *b, struct tally *t, struct sw_err *err)
{
    int rc = hub_store_begin(in->store, err);
    size_t n = 0;

    if (rc < 0)
        return rc;
    for (; rc >= 0 && n < b->n; n++)
        rc = put_one(in, b->came[n], n, t, err);
    if (rc >= 0)
        rc = hub_store_commit(in->store, err);
    else
        hub_store_rollback(in->store);
    for (size_t i = 0; rc >= 0 && i < n; i++) {
        const struct hub_document *d = &in->docs[i];
        const bool is_live = d->place.kind == HUB_LIVE || d->place.kind == HUB_HEALTH;

        if (d->text)
            hub_live_put(in->params.live, d, b->came[i]->received_us);
        if (in->params.tap && d->text && (is_live || in->puts[i] == HUB_PUT_NEW))
            in->params.tap(in->params.tap_ctx, d, in->puts[i], b->came[i]->received_us);
    }
    forget_documents(in, n);
    return rc;
}

static void count(struct hub_ingest *in, const struct hub_batch *b, const struct tally *t)
{
    pthread_mutex_lock(&in->lock);
    in->stats.received_total += b->n;
    in->stats.new_total += t->new_total;
    in->stats.repeated_total += t->repeated_total;
    in->stats.refused_total += t->refused_total;
    in->stats.ignored_total += t->ignored_total;
    in->stats.commits_total++;
    in->stats.is_failing = false;
    in->stats.why[0] = '\0';
    pthread_mutex_unlock(&in->lock);
}

static void say_failure(struct hub_ingest *in, const struct sw_err *err)
{
    pthread_mutex_lock(&in->lock);
    in->stats.is_failing = true;
    memcpy(in->stats.why, err->msg, sizeof(in->stats.why));
    pthread_mutex_unlock(&in->lock);
    sw_complain(&in->complaint, sw_mono_real_us(), SW_LOG_ERR,
                "%s: nothing is taken in until it can be written; the broker keeps what comes", err->msg);
}

/* Until it is on the disk. @return false: asked to stop before */
static bool keep_batch(struct hub_ingest *in, struct sw_worker *self, const struct hub_batch *b)
{
    for (;;) {
        struct tally t = {0};
        struct sw_err err = {0};

        sw_worker_beat(self);
        hub_refused_begin(in->refused);
        if (write_batch(in, b, &t, &err) >= 0) {
            hub_refused_keep(in->refused);
            count(in, b, &t);
            sw_complain_clear(&in->complaint, SW_LOG_NOTICE, "the store is written again");
            return true;
        }
        say_failure(in, &err);
        if (!sw_worker_sleep_until(self, sw_mono_real_us() + RETRY_US))
            return false;
    }
}

static void say_safe(struct hub_ingest *in)
{
    const uint64_t one = 1;

    in->is_safe = true;
    if (write(in->safe_fd, &one, sizeof(one)) < 0) /* it is readable already */
        return;
}

/* ---- housekeeping ---- */

static void mark(struct hub_ingest *in, int64_t now_us)
{
    struct sw_err err = {0};

    in->marked_us = now_us;
    if (hub_store_mark_gaps(in->store, sw_clock_utc_us(&in->clock), &err) < 0)
        sw_complain(&in->complaint, now_us, SW_LOG_ERR, "gaps cannot be written down: %s", err.msg);
}

static void look_after(struct hub_ingest *in)
{
    const int64_t now_us = sw_mono_real_us();
    struct sw_err err = {0};

    if (now_us - in->marked_us >= MARK_US) {
        mark(in, now_us);
        pthread_mutex_lock(&in->lock);
        in->stats.bytes = hub_store_bytes(in->store);
        pthread_mutex_unlock(&in->lock);
    }
    hub_refused_tell(in->refused, now_us);
    if (now_us < in->expired_us)
        return;
    in->expired_us = now_us;
    if (hub_store_expire(in->store, sw_clock_utc_us(&in->clock), &err) != 1) /* 1: another piece with the next round */
        in->expired_us += EXPIRE_US;
    if (err.code < 0)
        sw_complain(&in->complaint, now_us, SW_LOG_ERR, "what is too old cannot be deleted: %s", err.msg);
}

static void worker_main(struct sw_worker *self, void *ctx)
{
    struct hub_ingest *in = ctx;

    while (!sw_worker_should_stop(self)) {
        struct pollfd fds[] = {{.fd = sw_mailbox_fd(in->offers), .events = POLLIN},
                               {.fd = sw_worker_stop_fd(self), .events = POLLIN}};
        struct hub_batch *b;

        sw_worker_beat(self);
        poll(fds, SW_ARRAY_SIZE(fds), 1000);
        if (sw_mailbox_take(in->offers, &b, 1)) {
            const bool is_kept = keep_batch(in, self, b);

            free_batch(b);
            if (is_kept)
                say_safe(in);
        }
        look_after(in);
    }
    mark(in, sw_mono_real_us());
}

/* ---- */

static int start(struct hub_ingest *in, struct sw_err *err)
{
    int rc = hub_store_open(&in->params.store, &in->store, err);

    if (rc >= 0)
        rc = sw_mailbox_new(2, 0, sizeof(struct hub_batch *), &in->offers, err);
    if (rc >= 0)
        rc = sw_worker_start("hub-store", worker_main, in, STACK_BYTES, &in->worker, err);
    return rc;
}

int hub_ingest_start(const struct hub_ingest_params *p, struct hub_ingest **ret, struct sw_err *err)
{
    struct hub_ingest *in = calloc(1, sizeof(*in));
    int rc;

    if (!in)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    in->params = *p;
    in->is_safe = true;
    sw_clock_init_real(&in->clock);
    pthread_mutex_init(&in->lock, NULL);
    in->safe_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    in->docs = calloc(HUB_BATCH_MESSAGES, sizeof(*in->docs));
    in->puts = calloc(HUB_BATCH_MESSAGES, sizeof(*in->puts));
    in->refused = hub_refused_new();
    rc = in->safe_fd >= 0 && in->docs && in->puts && in->refused ? start(in, err)
                                                                 : sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    if (rc < 0) {
        hub_ingest_stop(in);
        return rc;
    }
    *ret = in;
    return SW_OK;
}

struct hub_ingest *hub_ingest_stop(struct hub_ingest *in)
{
    struct hub_batch *b;

    if (!in)
        return NULL;
    sw_worker_stop(in->worker);
    while (in->offers && sw_mailbox_take(in->offers, &b, 1))
        free_batch(b);
    sw_mailbox_free(in->offers);
    hub_store_close(in->store);
    if (in->safe_fd >= 0)
        close(in->safe_fd);
    free(in->docs);
    free(in->puts);
    hub_refused_free(in->refused);
    pthread_mutex_destroy(&in->lock);
    free(in);
    return NULL;
}

void hub_ingest_offer(struct hub_ingest *in, struct hub_batch *batch)
{
    in->is_safe = false;
    sw_mailbox_post(in->offers, &batch, 1, true); /* has room for two, and one is under way at most */
}

bool hub_ingest_is_safe(struct hub_ingest *in)
{
    uint64_t n;

    if (read(in->safe_fd, &n, sizeof(n)) < 0) /* nothing new */
        return in->is_safe;
    return in->is_safe;
}

int hub_ingest_fd(const struct hub_ingest *in)
{
    return in->safe_fd;
}

void hub_ingest_stats(struct hub_ingest *in, struct hub_ingest_stats *ret)
{
    pthread_mutex_lock(&in->lock);
    *ret = in->stats;
    pthread_mutex_unlock(&in->lock);
    ret->heartbeat_age_us = sw_worker_age_us(in->worker);
}
