// SPDX-License-Identifier: Apache-2.0
/* The store's worker: takes batches of messages, judges each, keeps what is new, commits, and says that the batch is
 * safe. It is the only writer of the hub's file. A batch that cannot be written is tried again every second until it
 * can: whoever gave it does not acknowledge meanwhile, so the broker keeps what follows. */
#ifndef SW_HUB_INGEST_H
#define SW_HUB_INGEST_H

#include "hub/live.h"
#include "hub/store.h"

#define HUB_BATCH_MESSAGES 2048
#define HUB_BATCH_BYTES (4 * 1024 * 1024) /* a batch is closed above it; its last message may go beyond */

/** A message that came, in one piece of heap; texts lie behind the struct. */
struct hub_came {
    int64_t received_us;
    bool is_retained;
    const char *topic, *payload;
    size_t len;
};
struct hub_came *hub_came_new(const char *topic, const char *payload, size_t len, bool is_retained,
                              int64_t received_us); /* NULL = no memory */

struct hub_batch {
    size_t n, bytes;
    size_t n_to_acknowledge; /* of them, QoS 1 */
    struct hub_came *came[HUB_BATCH_MESSAGES];
};

/** What was kept or changed, after its commit; on the worker's thread, borrowed. Must not block. */
typedef void (*hub_tap_fn)(void *ctx, const struct hub_document *d, enum hub_put put, int64_t received_us);

struct hub_ingest_params {
    struct hub_store_params store;
    const char *root;      /* of topics; borrowed for good */
    struct hub_live *live; /* must outlive it */
    hub_tap_fn tap;        /* NULL = nobody */
    void *tap_ctx;
};

struct hub_ingest;
int hub_ingest_start(const struct hub_ingest_params *p, struct hub_ingest **ret, struct sw_err *err);
struct hub_ingest *hub_ingest_stop(struct hub_ingest *in); /* NULL is fine; always returns NULL */

/** Hand over a batch; it is the worker's from then on, and freed by it. One at a time: the next only when this one is
 *  safe. */
void hub_ingest_offer(struct hub_ingest *in, struct hub_batch *batch);
bool hub_ingest_is_safe(struct hub_ingest *in); /* the last one offered is on the disk */
int hub_ingest_fd(const struct hub_ingest *in); /* readable when one became safe; hub_ingest_is_safe clears it */

struct hub_ingest_stats {
    uint64_t received_total, new_total, repeated_total, refused_total, ignored_total, commits_total;
    bool is_failing; /* the last commit failed */
    char why[sizeof(((struct sw_err *) 0)->msg)];
    int64_t bytes; /* of the file and its log */
    int64_t heartbeat_age_us;
};
void hub_ingest_stats(struct hub_ingest *in, struct hub_ingest_stats *ret);

#endif
