// SPDX-License-Identifier: Apache-2.0
/* The uplink: a worker that owns the connection to the broker. Three lanes reach it:
 *   durable  committed outbox rows from the store, QoS 1, deleted there on PUBACK, sent again after a lost connection;
 *   state    retained documents, QoS 1, only the newest of a topic, posted again by the core after each connect;
 *   live     QoS 0, retained, expiring after 60 s, dropped when they cannot go at once.
 * What others write to the topics that it subscribes to waits in a bounded box for the core.
 * A broker that is never reachable costs nothing but reconnects: posting never blocks and never fails loudly.
 * Topics are relative to the site's prefix. */
#ifndef SW_GATEWAY_UPLINK_H
#define SW_GATEWAY_UPLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/mailbox.h"
#include "gateway/store.h"
#include "gateway/uplink_cause.h"
#include "io/mqtt.h"

#define SW_UPLINK_STATES_MAX 2048 /* retained topics that may wait at one time */
#define SW_UPLINK_LIVE_EXPIRY_S 60
#define SW_UPLINK_WHY_SIZE 160

/** Write the status document for state "ready", "stopped" or "lost" into buf; 0 when it does not fit.
 *  Called on the caller's thread in sw_uplink_start ("lost") and on the uplink's thread: it must be pure but for the
 *  clock. */
typedef size_t (*sw_uplink_status_fn)(void *ctx, const char *state, char *buf, size_t cap);

/** Texts are copied. Zero means the default in brackets. Times are real. */
struct sw_uplink_params {
    const char *uri;       /* "tcp://host:1883", "ssl://host:8883", "ws://host:80/path", "wss://…" */
    const char *client_id; /* the gateway's id */
    int version;           /* of MQTT: 5, 4 which is 3.1.1, 0 = found out */
    /* NULL = none. Files are read again at each connect */
    const char *username, *password_file, *ca_file, *cert_file, *key_file;
    const char *proxy;        /* "http://host:3128"; NULL = none */
    const char *prefix;       /* "siteward/1/310115/pd-0042/" */
    const char *status_topic; /* relative: "gw/{gw}/status" */
    sw_uplink_status_fn render_status;
    void *render_ctx;
    const char *const *filters; /* whole, subscribed to after each connect; borrowed for good. NULL = none */
    size_t n_filters;           /* up to SW_MQTT_FILTERS_MAX */
    int will_delay_s;           /* [60]; -1 = at once */
    uint32_t session_expiry_s;  /* [7 days] */
    int keep_alive_s;           /* [60] */
    int64_t backoff_min_us;     /* [1 s] */
    int64_t backoff_max_us;     /* [60 s] */
    size_t destination;         /* of the store's outbox: which rows it takes */
    uint32_t backfill_rate;     /* documents a second of a backlog; 0 = as fast as it goes */
};

enum sw_uplink_event_kind {
    SW_UPLINK_CONNECTED,    /* birth is on its way: post every retained state document again */
    SW_UPLINK_DISCONNECTED, /* was connected; it tries again by itself */
};

struct sw_uplink_event {
    enum sw_uplink_event_kind kind;
    uint32_t connection; /* counts connects from 1 */
};

struct sw_uplink;

/** @return SW_OK; SW_E_INVAL; SW_E_NOMEM; SW_E_IO. Whether the broker answers plays no part. */
int sw_uplink_start(const struct sw_uplink_params *p, struct sw_store *store, struct sw_uplink **ret,
                    struct sw_err *err);

/** Publish "stopped", wait at most 2 s for its PUBACK, disconnect. Before the store is closed.
 *  NULL is fine; always returns NULL. */
struct sw_uplink *sw_uplink_stop(struct sw_uplink *u);

/* Core thread. Everything is copied. @return SW_OK; SW_E_FULL it was dropped and counted; SW_E_INVAL; SW_E_NOMEM */
int sw_uplink_post_live(struct sw_uplink *u, const char *topic, const char *payload, size_t len);
/** The same for a document that expires otherwise. */
int sw_uplink_post_brief(struct sw_uplink *u, const char *topic, uint32_t expiry_s, const char *payload, size_t len);
/** From hold to release live values are collected, then go to the worker with one wake-up: a wake-up for each of a
 *  hundred channels of one reply costs more than the values. Never nested; nothing is held beyond the turn. */
void sw_uplink_hold(struct sw_uplink *u);
void sw_uplink_release(struct sw_uplink *u);
/** len 0 deletes the retained document. */
int sw_uplink_post_state(struct sw_uplink *u, const char *topic, const char *payload, size_t len);

/** An answer to whoever asked: QoS 1, not retained, dropped when it cannot go at once or the connection is lost.
 *  @param props  as in sw_mqtt_message; NULL = none */
int sw_uplink_post_answer(struct sw_uplink *u, const char *topic, const char *props, uint32_t expiry_s,
                          const char *payload, size_t len);

/** From now on. Any thread. */
void sw_uplink_set_backfill_rate(struct sw_uplink *u, uint32_t documents_per_s);

/** What came on the filters' topics, for the core's loop; NULL without filters. */
struct sw_mqtt_inbox *sw_uplink_inbox(struct sw_uplink *u);

/** Mailbox of struct sw_uplink_event for the core's loop. */
struct sw_mailbox *sw_uplink_events(struct sw_uplink *u);

/** Any thread. */
struct sw_uplink_status {
    bool is_connected;
    bool is_subscribed;      /* to all filters */
    uint32_t in_flight;      /* QoS 1 messages without PUBACK */
    uint32_t states_waiting; /* retained documents not yet acknowledged */
    uint32_t rows_waiting;   /* outbox rows here, sent or not; the backlog is the store's */
    uint64_t connects_total, connect_failures_total;
    uint64_t rows_acked_total, states_acked_total;
    uint64_t live_sent_total, live_dropped_total, states_dropped_total;
    uint64_t refused_total; /* messages that the broker would not take */
    uint64_t answers_dropped_total;
    uint64_t incoming_dropped_total; /* messages that found no room in the box */
    int64_t heartbeat_age_us;        /* of the worker; a slow name resolver may hold it for seconds */
    int version;                     /* of MQTT, of this or the last connection: 5, 4 which is 3.1.1, 0 = none yet */
    int64_t since_us;                /* real monotonic: connected, or not connected, since then */
    bool is_taken_over;              /* another client uses our id, or did until a while ago */
    enum sw_uplink_cause cause;      /* why it is not connected */
    char why[SW_UPLINK_WHY_SIZE];    /* in words */
};
void sw_uplink_status(struct sw_uplink *u, struct sw_uplink_status *ret);

#endif
