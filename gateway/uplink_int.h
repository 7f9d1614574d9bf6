// SPDX-License-Identifier: Apache-2.0
/* What the uplink's own files share; nobody else includes it. uplink.c is the core's side, uplink_worker.c the
 * thread, uplink_link.c the connection, uplink_lanes.c what is sent over it and in which order. */
#ifndef SW_GATEWAY_UPLINK_INT_H
#define SW_GATEWAY_UPLINK_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "common/log.h"
#include "common/macros.h"
#include "common/worker.h"
#include "gateway/bucket.h"
#include "gateway/uplink.h"
#include "gateway/uplink_retry.h"
#include "io/mqtt.h"
#include "io/topic.h"

#define UPLINK_POSTS_MAX 4096                      /* documents on their way from the core */
#define UPLINK_POSTS_RESERVE 3072                  /* of these, for state documents */
#define UPLINK_STATES_BYTES_MAX (8 * 1024 * 1024)  /* of retained documents that wait */
#define UPLINK_ANSWERS_MAX 512                     /* that wait for room in flight: more than come in at once, */
#define UPLINK_ANSWERS_BYTES_MAX (2 * 1024 * 1024) /* and their bytes */
#define UPLINK_EVENTS_MAX 256                      /* from Paho: acknowledgements of what is in flight, and the link */
#define UPLINK_HOLD_US (30 * SW_US_PER_S)          /* after a refusal that may pass */
#define UPLINK_STATUS_SIZE 1024
#define UPLINK_TAG_STATE (UINT64_C(1) << 62)
#define UPLINK_TAG_BIRTH (UINT64_C(1) << 63)
#define UPLINK_TAG_FAREWELL (UPLINK_TAG_BIRTH + 1)
#define UPLINK_TAG_ANSWER (UPLINK_TAG_BIRTH + 2)

enum uplink_post_kind { UPLINK_POST_LIVE, UPLINK_POST_STATE, UPLINK_POST_ANSWER };

/* A document from the core: one piece of heap. Texts lie behind the struct. */
struct uplink_post {
    enum uplink_post_kind kind;
    char *topic, *payload;
    char *props;       /* of an answer; NULL = none */
    uint32_t expiry_s; /* the same; of a live value */
    size_t len;
};

/* A retained document that is not yet acknowledged. */
struct uplink_state {
    struct uplink_post *post;
    uint32_t hash;
    uint64_t tag; /* of its newest publish; 0 = it waits */
};

enum uplink_slot_state { UPLINK_SLOT_WAITS, UPLINK_SLOT_SENT, UPLINK_SLOT_DONE, UPLINK_SLOT_REFUSED };

/* A row of the store, and how far it got. DONE rows stay until the store took the acknowledgement. */
struct uplink_slot {
    struct sw_store_row *row;
    enum uplink_slot_state state;
};

/* Rows in the order of the store. */
struct uplink_lane {
    struct uplink_slot slot[SW_STORE_WINDOW_ROWS];
    size_t n;
    int64_t hold_until_us; /* real monotonic */
};

enum uplink_link { UPLINK_DOWN, UPLINK_CONNECTING, UPLINK_UP };

#define UPLINK_BURST 16       /* so many posts at once are a burst */
#define UPLINK_GATHER_US 2000 /* it has been sent by then */
#define UPLINK_HELD_MAX 128   /* live values that go to the worker with one wake-up */

/* One a destination, in the order of the threads that own its parts: that is worth more than some bytes. */
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct sw_uplink {
    struct sw_uplink_params params; /* texts are our copies */
    char *texts[10];
    struct sw_store *store;
    uint32_t generation; /* worker: of our attachment to the store; 0 = none yet */
    bool wants_rows;     /* worker: connected, and the store does not know it yet */
    struct sw_mailbox *posts, *mqtt_events, *events;
    struct sw_mqtt_inbox *inbox;               /* NULL = no filters */
    struct uplink_post *held[UPLINK_HELD_MAX]; /* core thread: live values between hold and release */
    size_t n_held;
    bool is_holding;
    struct sw_worker *worker;
    size_t prefix_len;

    /* worker thread */
    enum uplink_link link;
    struct sw_mqtt *mqtt;
    uint32_t connection;
    uint32_t connects; /* that succeeded */
    int64_t retry_us;  /* real monotonic: DOWN: when to connect */
    struct uplink_retry retry;
    struct uplink_version version;
    bool was_silent;        /* we ended it for that */
    int64_t quiet_since_us; /* real monotonic: something is in flight, and the broker has said nothing since */
    int64_t up_since_us;
    int64_t connecting_since_us;
    uint64_t jitter;
    char will[UPLINK_STATUS_SIZE];
    size_t will_len;
    size_t in_flight, in_flight_max;
    uint32_t max_packet_size;
    bool birth_waits;
    int64_t subscribe_us; /* real monotonic: when to ask for the filters (again); INT64_MAX = asked */
    bool farewell_acked, has_ended;
    bool is_full;            /* Paho would take no more: try again soon */
    int64_t gather_until_us; /* live values of a burst share packets until then; 0 = each goes at once */
    struct uplink_lane lane[SW_LANE__COUNT];
    struct sw_bucket backfill;
    struct uplink_state *state; /* [SW_UPLINK_STATES_MAX], in order of posting */
    size_t n_states, states_bytes;
    struct uplink_post *answer[UPLINK_ANSWERS_MAX]; /* in order of posting */
    size_t n_answers, answers_bytes;
    uint64_t next_state_tag;
    struct sw_complaint complaint, refusal, deafness;

    /* told to the core */
    pthread_mutex_t why_lock;
    int version_told;
    int64_t since_us;
    bool is_taken_over;
    enum sw_uplink_cause cause;
    char why[SW_UPLINK_WHY_SIZE];

    /* counters */
    atomic_bool is_connected, is_subscribed;
    _Atomic uint32_t backfill_rate, in_flight_now, states_waiting, rows_waiting;
    _Atomic uint64_t connects_total, failures_total, rows_acked, states_acked, live_sent, live_dropped, states_dropped,
        answers_dropped, refused;
};

/* uplink_link.c: how a connection comes about and ends */
void uplink_connect(struct sw_uplink *u);
void uplink_on_event(struct sw_uplink *u, const struct sw_mqtt_event *ev);
/** Each round: ask for the filters when it is time, give up on a broker that says nothing, note that it is stable. */
void uplink_look_after_link(struct sw_uplink *u);

/* uplink_worker.c */
void uplink_worker_main(struct sw_worker *self, void *ctx);

/* uplink_lanes.c */
void uplink_ask_for_rows(struct sw_uplink *u); /* connected: all that waits, from the oldest */
void uplink_leave_rows(struct sw_uplink *u);   /* connection lost: what was not acknowledged stays in the store */
void uplink_take_posts(struct sw_uplink *u);
void uplink_take_rows(struct sw_uplink *u);
void uplink_on_ack(struct sw_uplink *u, const struct sw_mqtt_event *ev);
void uplink_give_acks(struct sw_uplink *u);        /* what is done, to the store */
void uplink_send(struct sw_uplink *u);             /* as much as may be in flight */
void uplink_forget_sent(struct sw_uplink *u);      /* the connection is gone: what was not acknowledged waits again */
int64_t uplink_wake_us(const struct sw_uplink *u); /* when a hold ends; INT64_MAX = none */
void uplink_free_lanes(struct sw_uplink *u);
int uplink_publish_status(struct sw_uplink *u, const char *state, uint64_t tag, struct sw_err *err);

#endif
