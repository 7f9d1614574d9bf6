// SPDX-License-Identifier: Apache-2.0
/* The core's side of the uplink: start, stop, posting, counters. */
#include "gateway/uplink.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "gateway/uplink_int.h"

/* Keep a copy of a text of the caller's. */
static int keep(struct sw_uplink *u, size_t at, const char **text)
{
    if (!*text)
        return SW_OK;
    u->texts[at] = strdup(*text);
    *text = u->texts[at];
    return u->texts[at] ? SW_OK : SW_E_NOMEM;
}

static int keep_params(struct sw_uplink *u, const struct sw_uplink_params *p, struct sw_err *err)
{
    struct sw_uplink_params *own = &u->params;
    const char **texts[] = {&own->uri,       &own->client_id, &own->username, &own->password_file, &own->ca_file,
                            &own->cert_file, &own->key_file,  &own->proxy,    &own->prefix,        &own->status_topic};

    _Static_assert(SW_ARRAY_SIZE(texts) == SW_ARRAY_SIZE(((struct sw_uplink *) NULL)->texts), "one copy a text");
    if (p->n_filters > SW_MQTT_FILTERS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "uplink: more than %d filters", SW_MQTT_FILTERS_MAX);
    if (!p->uri || !p->client_id || !p->prefix || !p->status_topic || !p->render_status)
        return sw_err_set(err, SW_E_INVAL, 0, "uplink: address, client id, prefix and status document are needed");
    if (strlen(p->prefix) + strlen(p->status_topic) >= SW_TOPIC_SIZE)
        return sw_err_set(err, SW_E_INVAL, 0, "uplink: topics under %.100s… are too long", p->prefix);
    *own = *p;
    for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++)
        if (keep(u, i, texts[i]) < 0)
            return sw_err_set(err, SW_E_NOMEM, 0, "uplink: out of memory");
    if (own->will_delay_s == 0)
        own->will_delay_s = 60;
    if (own->session_expiry_s == 0)
        own->session_expiry_s = 7 * (uint32_t) SW_S_PER_DAY;
    if (own->keep_alive_s == 0)
        own->keep_alive_s = 60;
    if (own->backoff_min_us <= 0)
        own->backoff_min_us = SW_US_PER_S;
    if (own->backoff_max_us < own->backoff_min_us)
        own->backoff_max_us = SW_MAX(60 * SW_US_PER_S, own->backoff_min_us);
    u->prefix_len = strlen(own->prefix);
    return SW_OK;
}

static int make_mailboxes(struct sw_uplink *u, struct sw_err *err)
{
    int rc = sw_mailbox_new(UPLINK_POSTS_MAX, UPLINK_POSTS_RESERVE, sizeof(struct uplink_post *), &u->posts, err);

    if (rc == SW_OK)
        rc = sw_mailbox_new(UPLINK_EVENTS_MAX, 0, sizeof(struct sw_mqtt_event), &u->mqtt_events, err);
    if (rc == SW_OK)
        rc = sw_mailbox_new(16, 0, sizeof(struct sw_uplink_event), &u->events, err);
    if (rc == SW_OK && u->params.n_filters > 0)
        rc = sw_mqtt_inbox_new(&u->inbox, err);
    return rc;
}

static void uplink_free(struct sw_uplink *u)
{
    struct uplink_post *post;

    while (u->posts && sw_mailbox_take(u->posts, &post, 1))
        free(post);
    uplink_free_lanes(u);
    sw_mailbox_free(u->posts);
    sw_mailbox_free(u->mqtt_events);
    sw_mailbox_free(u->events);
    sw_mqtt_inbox_free(u->inbox);
    for (size_t i = 0; i < SW_ARRAY_SIZE(u->texts); i++)
        free(u->texts[i]);
    free(u->state);
    pthread_mutex_destroy(&u->why_lock);
    free(u);
}

int sw_uplink_start(const struct sw_uplink_params *p, struct sw_store *store, struct sw_uplink **ret,
                    struct sw_err *err)
{
    struct sw_uplink *u = calloc(1, sizeof(*u));
    int rc;

    if (!u)
        return sw_err_set(err, SW_E_NOMEM, 0, "uplink: out of memory");
    u->store = store;
    pthread_mutex_init(&u->why_lock, NULL);
    u->jitter = (uint64_t) sw_mono_real_us() | 1;
    u->state = calloc(SW_UPLINK_STATES_MAX, sizeof(*u->state));
    rc = u->state ? keep_params(u, p, err) : sw_err_set(err, SW_E_NOMEM, 0, "uplink: out of memory");
    if (rc == SW_OK)
        rc = make_mailboxes(u, err);
    if (rc == SW_OK) {
        u->retry = (struct uplink_retry){.min_us = u->params.backoff_min_us, .max_us = u->params.backoff_max_us};
        u->version = (struct uplink_version){.wanted = u->params.version};
        u->since_us = sw_mono_real_us();
        u->will_len = p->render_status(p->render_ctx, "lost", u->will, sizeof(u->will));
        u->backfill_rate = p->backfill_rate;
        if (!u->will_len)
            rc = sw_err_set(err, SW_E_INVAL, 0, "uplink: the status document does not fit");
    }
    if (rc == SW_OK)
        rc = sw_worker_start("uplink", uplink_worker_main, u, 0, &u->worker, err);
    if (rc < 0) {
        uplink_free(u);
        return rc;
    }
    *ret = u;
    return SW_OK;
}

struct sw_uplink *sw_uplink_stop(struct sw_uplink *u)
{
    if (u) {
        sw_worker_stop(u->worker); /* it says goodbye on its way out */
        sw_store_detach(u->store, u->params.destination);
        uplink_free(u);
    }
    return NULL;
}

static void flush_held(struct sw_uplink *u)
{
    size_t taken = sw_mailbox_post(u->posts, u->held, u->n_held, false);

    u->live_dropped += u->n_held - taken;
    for (size_t i = taken; i < u->n_held; i++)
        free(u->held[i]);
    u->n_held = 0;
}

void sw_uplink_hold(struct sw_uplink *u)
{
    u->is_holding = true;
}

void sw_uplink_release(struct sw_uplink *u)
{
    u->is_holding = false;
    if (u->n_held > 0)
        flush_held(u);
}

static void count_dropped(struct sw_uplink *u, enum uplink_post_kind kind)
{
    if (kind == UPLINK_POST_LIVE)
        u->live_dropped++;
    else if (kind == UPLINK_POST_ANSWER)
        u->answers_dropped++;
    else
        u->states_dropped++;
}

static int post(struct sw_uplink *u, const struct uplink_post *given)
{
    const bool is_live = given->kind == UPLINK_POST_LIVE;
    const size_t topic_len = strlen(given->topic), len = given->len;
    const size_t props_len = given->props ? strlen(given->props) + 1 : 0;
    struct uplink_post *p;

    if (!topic_len || u->prefix_len + topic_len >= SW_TOPIC_SIZE || len > SW_STORE_PAYLOAD_MAX)
        return SW_E_INVAL;
    p = malloc(sizeof(*p) + topic_len + props_len + len + 2);
    if (!p)
        return SW_E_NOMEM;
    *p = *given;
    p->topic = (char *) (p + 1);
    p->payload = p->topic + topic_len + 1;
    p->props = props_len ? p->payload + len + 1 : NULL;
    memcpy(p->topic, given->topic, topic_len + 1);
    if (len)
        memcpy(p->payload, given->payload, len);
    p->payload[len] = '\0';
    if (props_len)
        memcpy(p->props, given->props, props_len);
    if (is_live && u->is_holding) {
        if (u->n_held == UPLINK_HELD_MAX)
            flush_held(u);
        u->held[u->n_held++] = p;
        return SW_OK;
    }
    if (sw_mailbox_post(u->posts, &p, 1, !is_live))
        return SW_OK;
    count_dropped(u, given->kind);
    free(p);
    return SW_E_FULL;
}

int sw_uplink_post_brief(struct sw_uplink *u, const char *topic, uint32_t expiry_s, const char *payload, size_t len)
{
    return post(u, &(struct uplink_post){.kind = UPLINK_POST_LIVE,
                                         .topic = (char *) (uintptr_t) topic,
                                         .payload = (char *) (uintptr_t) payload,
                                         .expiry_s = expiry_s,
                                         .len = len});
}

int sw_uplink_post_live(struct sw_uplink *u, const char *topic, const char *payload, size_t len)
{
    return sw_uplink_post_brief(u, topic, SW_UPLINK_LIVE_EXPIRY_S, payload, len);
}

int sw_uplink_post_state(struct sw_uplink *u, const char *topic, const char *payload, size_t len)
{
    return post(u, &(struct uplink_post){.kind = UPLINK_POST_STATE,
                                         .topic = (char *) (uintptr_t) topic,
                                         .payload = (char *) (uintptr_t) payload,
                                         .len = len});
}

int sw_uplink_post_answer(struct sw_uplink *u, const char *topic, const char *props, uint32_t expiry_s,
                          const char *payload, size_t len)
{
    return post(u, &(struct uplink_post){.kind = UPLINK_POST_ANSWER,
                                         .topic = (char *) (uintptr_t) topic,
                                         .props = (char *) (uintptr_t) props,
                                         .expiry_s = expiry_s,
                                         .payload = (char *) (uintptr_t) payload,
                                         .len = len});
}

struct sw_mqtt_inbox *sw_uplink_inbox(struct sw_uplink *u)
{
    return u->inbox;
}

struct sw_mailbox *sw_uplink_events(struct sw_uplink *u)
{
    return u->events;
}

void sw_uplink_status(struct sw_uplink *u, struct sw_uplink_status *ret)
{
    *ret = (struct sw_uplink_status){.is_connected = u->is_connected,
                                     .is_subscribed = u->is_subscribed,
                                     .in_flight = u->in_flight_now,
                                     .states_waiting = u->states_waiting,
                                     .rows_waiting = u->rows_waiting,
                                     .connects_total = u->connects_total,
                                     .connect_failures_total = u->failures_total,
                                     .rows_acked_total = u->rows_acked,
                                     .states_acked_total = u->states_acked,
                                     .live_sent_total = u->live_sent,
                                     .live_dropped_total = u->live_dropped,
                                     .states_dropped_total = u->states_dropped,
                                     .refused_total = u->refused,
                                     .answers_dropped_total = u->answers_dropped,
                                     .incoming_dropped_total = u->inbox ? sw_mqtt_inbox_dropped_total(u->inbox) : 0,
                                     .heartbeat_age_us = sw_worker_age_us(u->worker)};
    pthread_mutex_lock(&u->why_lock);
    ret->version = u->version_told;
    ret->since_us = u->since_us;
    ret->is_taken_over = u->is_taken_over;
    ret->cause = u->cause;
    memcpy(ret->why, u->why, sizeof(ret->why));
    pthread_mutex_unlock(&u->why_lock);
}

void sw_uplink_set_backfill_rate(struct sw_uplink *u, uint32_t documents_per_s)
{
    u->backfill_rate = documents_per_s;
}
