// SPDX-License-Identifier: Apache-2.0
/* What goes over the connection, and in which order: status, then alarms, answers, retained state, bulk; live values
 * go at once or not at all. Leaves connecting to uplink_worker.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/hash.h"
#include "gateway/uplink_int.h"

/* One publish. Too large for this broker counts as refused for ever. */
static int publish(struct sw_uplink *u, const struct sw_mqtt_message *msg, struct sw_err *err)
{
    char topic[SW_TOPIC_SIZE];
    struct sw_mqtt_message full = *msg;
    size_t props_len = msg->props ? strlen(msg->props) : 0;
    size_t topic_len = strlen(msg->topic), n = u->prefix_len + topic_len;

    if (n >= sizeof(topic))
        return sw_err_set(err, SW_E_INVAL, 0, "%.100s…: the topic is too long", msg->topic);
    memcpy(topic, u->params.prefix, u->prefix_len);
    memcpy(topic + u->prefix_len, msg->topic, topic_len + 1);
    /* 64: fixed header, our own properties, and the lengths of the user properties */
    if (u->max_packet_size && msg->len + n + 2 * props_len + 64 > u->max_packet_size)
        return sw_err_set(err, SW_E_INVAL, 0, "%s: %zu bytes, the broker takes packets of %u", topic, msg->len,
                          u->max_packet_size);
    full.topic = topic;
    return sw_mqtt_publish(u->mqtt, &full, err);
}

int uplink_publish_status(struct sw_uplink *u, const char *state, uint64_t tag, struct sw_err *err)
{
    char doc[UPLINK_STATUS_SIZE];
    size_t len = u->params.render_status(u->params.render_ctx, state, doc, sizeof(doc));
    struct sw_mqtt_message msg = {
        .topic = u->params.status_topic, .payload = doc, .len = len, .qos = 1, .retain = true, .tag = tag};
    int rc;

    if (!len)
        return sw_err_set(err, SW_E_INVAL, 0, "status document %s does not fit", state);
    rc = publish(u, &msg, err);
    if (rc == SW_OK)
        u->in_flight++;
    return rc;
}

static void refuse(struct sw_uplink *u, const char *topic, const char *why)
{
    u->refused++;
    sw_complain(&u->refusal, sw_mono_real_us(), SW_LOG_ERR, "uplink: %s: %s", topic, why);
}

static void send_live(struct sw_uplink *u, struct uplink_post *post)
{
    struct sw_mqtt_message msg = {
        .topic = post->topic, .payload = post->payload, .len = post->len, .expiry_s = post->expiry_s};

    /* 3.1.1 knows no expiry: a retained value would look like the present long after this gateway died. */
    msg.retain = u->version.now == 5;
    if (u->link == UPLINK_UP && !u->was_silent && publish(u, &msg, NULL) == SW_OK)
        u->live_sent++;
    else
        u->live_dropped++; /* the next one is newer */
    free(post);
}

/* Whoever asked waits only so long: without a connection an answer is not worth keeping. It does wait for its place
 * among what is in flight: after an outage that is full for minutes. */
static void add_answer(struct sw_uplink *u, struct uplink_post *post)
{
    if (u->link != UPLINK_UP || u->n_answers == UPLINK_ANSWERS_MAX ||
        u->answers_bytes + post->len > UPLINK_ANSWERS_BYTES_MAX) {
        u->answers_dropped++;
        free(post);
        return;
    }
    u->answer[u->n_answers++] = post;
    u->answers_bytes += post->len;
}

static void remove_answer(struct sw_uplink *u)
{
    u->answers_bytes -= u->answer[0]->len;
    free(u->answer[0]);
    memmove(&u->answer[0], &u->answer[1], (u->n_answers - 1) * sizeof(u->answer[0]));
    u->n_answers--;
}

static void remove_state(struct sw_uplink *u, size_t at)
{
    u->states_bytes -= u->state[at].post->len;
    free(u->state[at].post);
    memmove(&u->state[at], &u->state[at + 1], (u->n_states - at - 1) * sizeof(u->state[0]));
    u->n_states--;
}

/* The newest document of a topic takes the place of one that waits. */
static void add_state(struct sw_uplink *u, struct uplink_post *post)
{
    uint32_t hash = (uint32_t) sw_hash_text(post->topic);

    for (size_t i = 0; i < u->n_states; i++) {
        struct uplink_state *st = &u->state[i];

        if (st->hash == hash && !strcmp(st->post->topic, post->topic)) {
            u->states_bytes += post->len - st->post->len;
            free(st->post);
            st->post = post;
            st->tag = 0; /* an older one in flight is not what the topic ends with */
            return;
        }
    }
    if (u->n_states == SW_UPLINK_STATES_MAX || u->states_bytes + post->len > UPLINK_STATES_BYTES_MAX) {
        u->states_dropped++;
        free(post);
        return;
    }
    u->state[u->n_states++] = (struct uplink_state){.post = post, .hash = hash};
    u->states_bytes += post->len;
}

/* A hundred channels of one reply in a hundred packets cost a fifth more than they must. A burst shares packets; the
 * one that ends it a moment later sends what is left. Single values always go at once. */
static void gather_burst(struct sw_uplink *u)
{
    const bool is_burst = u->link == UPLINK_UP && sw_mailbox_depth(u->posts) >= UPLINK_BURST;

    if (is_burst && !u->gather_until_us)
        sw_mqtt_gather(u->mqtt, true);
    if (is_burst)
        u->gather_until_us = sw_mono_real_us() + UPLINK_GATHER_US;
    else if (u->gather_until_us && sw_mono_real_us() >= u->gather_until_us) {
        if (u->link == UPLINK_UP)
            sw_mqtt_gather(u->mqtt, false);
        u->gather_until_us = 0;
    }
}

void uplink_take_posts(struct sw_uplink *u)
{
    struct uplink_post *posts[UPLINK_BURST];
    size_t n;

    gather_burst(u);
    while ((n = sw_mailbox_take(u->posts, posts, SW_ARRAY_SIZE(posts))) > 0)
        for (size_t i = 0; i < n; i++)
            if (posts[i]->kind == UPLINK_POST_LIVE)
                send_live(u, posts[i]);
            else if (posts[i]->kind == UPLINK_POST_ANSWER)
                add_answer(u, posts[i]);
            else
                add_state(u, posts[i]);
}

/* Rows are asked for anew with each connection: only then the store knows what waited, and can still change its mind
 * about what nobody has in hand. */
void uplink_ask_for_rows(struct sw_uplink *u)
{
    if (!u->wants_rows || u->link != UPLINK_UP)
        return;
    uplink_give_acks(u);
    for (int lane = 0; lane < SW_LANE__COUNT; lane++)
        if (u->lane[lane].n) /* acknowledgements that the store had no room for: else it would send these again */
            return;
    u->generation = sw_store_attach(u->store, u->params.destination);
    u->wants_rows = u->generation == 0;
}

/* The store has not heard of it yet, and there is nothing left to do. */
static bool is_over(const struct uplink_slot *slot)
{
    return slot->state == UPLINK_SLOT_DONE || slot->state == UPLINK_SLOT_REFUSED;
}

void uplink_leave_rows(struct sw_uplink *u)
{
    for (int lane = 0; lane < SW_LANE__COUNT; lane++) {
        struct uplink_lane *l = &u->lane[lane];
        size_t kept = 0;

        for (size_t i = 0; i < l->n; i++)
            if (is_over(&l->slot[i]))
                l->slot[kept++] = l->slot[i];
            else
                free(l->slot[i].row);
        l->n = kept; /* a hold goes on: brokers are known that end the connection of whom they refuse a message */
    }
    if (u->generation && !u->wants_rows)
        sw_store_detach(u->store, u->params.destination);
    u->wants_rows = false;
}

void uplink_take_rows(struct sw_uplink *u)
{
    struct sw_store_row *row;

    while (sw_mailbox_take(sw_store_rows(u->store, u->params.destination), &row, 1)) {
        struct uplink_lane *l = &u->lane[row->lane];

        if (u->link != UPLINK_UP || row->generation != u->generation || l->n == SW_STORE_WINDOW_ROWS)
            free(row); /* of a connection before this one; the store never has more out than a window */
        else
            l->slot[l->n++] = (struct uplink_slot){.row = row, .state = UPLINK_SLOT_WAITS};
    }
}

/* A refusal that no waiting will change. */
static bool is_final(int reason)
{
    return reason == 0x90 || reason == 0x95 || reason == 0x99; /* topic name, packet too large, payload format */
}

static void on_row_ack(struct sw_uplink *u, const struct sw_mqtt_event *ev)
{
    for (int lane = 0; lane < SW_LANE__COUNT; lane++) {
        struct uplink_lane *l = &u->lane[lane];

        for (size_t i = 0; i < l->n; i++) {
            struct uplink_slot *slot = &l->slot[i];

            if ((uint64_t) slot->row->id != ev->tag || slot->state != UPLINK_SLOT_SENT)
                continue;
            if (ev->reason < 0) {
                slot->state = UPLINK_SLOT_WAITS;
                return;
            }
            if (ev->reason < 0x80) {
                slot->state = UPLINK_SLOT_DONE;
                u->rows_acked++;
                return;
            }
            refuse(u, slot->row->topic, sw_mqtt_reason_text(ev->reason));
            slot->state = is_final(ev->reason) ? UPLINK_SLOT_REFUSED : UPLINK_SLOT_WAITS;
            l->hold_until_us = sw_mono_real_us() + UPLINK_HOLD_US;
            return;
        }
    }
}

static void on_state_ack(struct sw_uplink *u, const struct sw_mqtt_event *ev)
{
    for (size_t i = 0; i < u->n_states; i++) {
        if (u->state[i].tag != ev->tag)
            continue;
        if (ev->reason < 0) {
            u->state[i].tag = 0;
            return;
        }
        if (ev->reason < 0x80)
            u->states_acked++;
        else /* not held: the core posts it again with its next change */
            refuse(u, u->state[i].post->topic, sw_mqtt_reason_text(ev->reason));
        remove_state(u, i);
        return;
    }
}

void uplink_on_ack(struct sw_uplink *u, const struct sw_mqtt_event *ev)
{
    if (u->in_flight)
        u->in_flight--;
    if (ev->tag == UPLINK_TAG_FAREWELL)
        u->farewell_acked = true;
    else if (ev->tag == UPLINK_TAG_BIRTH)
        u->birth_waits = ev->reason < 0;
    else if (ev->tag == UPLINK_TAG_ANSWER)
        u->answers_dropped += ev->reason < 0 || ev->reason >= 0x80;
    else if (ev->tag & UPLINK_TAG_STATE)
        on_state_ack(u, ev);
    else
        on_row_ack(u, ev);
}

/* What the store cannot take now stays and is offered again. */
void uplink_give_acks(struct sw_uplink *u)
{
    for (int lane = 0; lane < SW_LANE__COUNT; lane++) {
        struct uplink_lane *l = &u->lane[lane];
        struct sw_store_ack acks[SW_STORE_WINDOW_ROWS];
        size_t n = 0, taken, kept = 0;

        for (size_t i = 0; i < l->n; i++)
            if (is_over(&l->slot[i]))
                acks[n++] = (struct sw_store_ack){.id = l->slot[i].row->id,
                                                  .generation = l->slot[i].row->generation,
                                                  .bytes = (uint32_t) l->slot[i].row->len,
                                                  .destination = (uint8_t) u->params.destination,
                                                  .is_refused = l->slot[i].state == UPLINK_SLOT_REFUSED};
        taken = n ? sw_store_ack(u->store, acks, n) : 0;
        for (size_t i = 0; i < l->n && n; i++) {
            if (is_over(&l->slot[i]) && taken) {
                free(l->slot[i].row);
                taken--;
            } else {
                l->slot[kept++] = l->slot[i];
            }
        }
        if (n)
            l->n = kept;
    }
}

/* After a publish: SW_OK went, SW_E_FULL or SW_E_IO end the round, else the message can never go. */
static bool went_wrong_for_now(struct sw_uplink *u, int rc)
{
    u->is_full = u->is_full || rc == SW_E_FULL || rc == SW_E_NOMEM;
    return rc == SW_E_FULL || rc == SW_E_IO || rc == SW_E_NOMEM;
}

/* @param bucket  NULL = no limit of the rate */
static void send_lane(struct sw_uplink *u, struct uplink_lane *l, size_t in_flight_max, struct sw_bucket *bucket)
{
    if (sw_mono_real_us() < l->hold_until_us)
        return;
    for (size_t i = 0; i < l->n && u->in_flight < in_flight_max; i++) {
        struct sw_store_row *row = l->slot[i].row;
        struct sw_mqtt_message msg = {.topic = row->topic,
                                      .payload = row->payload,
                                      .len = row->len,
                                      .qos = 1,
                                      .retain = row->retain,
                                      .expiry_s = row->expiry_s,
                                      .props = row->props,
                                      .tag = (uint64_t) row->id};
        struct sw_err err = {0};
        int rc;

        if (l->slot[i].state != UPLINK_SLOT_WAITS)
            continue;
        if (bucket && !sw_bucket_take(bucket, sw_mono_real_us()))
            return;
        rc = publish(u, &msg, &err);
        if (went_wrong_for_now(u, rc))
            return;
        if (rc == SW_OK) {
            l->slot[i].state = UPLINK_SLOT_SENT;
            u->in_flight++;
        } else {
            l->slot[i].state = UPLINK_SLOT_REFUSED; /* it would block the lane for ever */
            refuse(u, row->topic, err.msg);
        }
    }
}

static void send_answers(struct sw_uplink *u)
{
    while (u->n_answers && u->in_flight < u->in_flight_max) {
        const struct uplink_post *post = u->answer[0];
        struct sw_mqtt_message msg = {.topic = post->topic,
                                      .payload = post->payload,
                                      .len = post->len,
                                      .qos = 1,
                                      .expiry_s = post->expiry_s,
                                      .props = post->props,
                                      .tag = UPLINK_TAG_ANSWER};
        int rc = publish(u, &msg, NULL);

        if (went_wrong_for_now(u, rc))
            return;
        if (rc == SW_OK)
            u->in_flight++;
        else
            u->answers_dropped++;
        remove_answer(u);
    }
}

static void send_states(struct sw_uplink *u)
{
    for (size_t i = 0; i < u->n_states && u->in_flight < u->in_flight_max; i++) {
        struct uplink_state *st = &u->state[i];
        uint64_t tag = UPLINK_TAG_STATE | ++u->next_state_tag;
        struct sw_mqtt_message msg = {.topic = st->post->topic,
                                      .payload = st->post->payload,
                                      .len = st->post->len,
                                      .qos = 1,
                                      .retain = true,
                                      .tag = tag};
        struct sw_err err = {0};
        int rc;

        if (st->tag)
            continue;
        rc = publish(u, &msg, &err);
        if (went_wrong_for_now(u, rc))
            return;
        if (rc == SW_OK) {
            st->tag = tag;
            u->in_flight++;
        } else {
            refuse(u, st->post->topic, err.msg);
            remove_state(u, i--);
        }
    }
}

void uplink_send(struct sw_uplink *u)
{
    size_t bulk_max = SW_MAX(u->in_flight_max * 3 / 4, 1); /* an alarm never waits behind a full window of bulk */

    u->is_full = false;
    if (u->link == UPLINK_UP && !u->was_silent) {
        struct sw_err err = {0};

        if (u->birth_waits && u->in_flight < u->in_flight_max)
            u->birth_waits = uplink_publish_status(u, "ready", UPLINK_TAG_BIRTH, &err) < 0;
        if (!u->birth_waits) {
            send_lane(u, &u->lane[SW_LANE_ALARM], u->in_flight_max, NULL);
            send_answers(u);
            send_states(u);
            send_lane(u, &u->lane[SW_LANE_BULK], bulk_max, NULL);
            u->backfill.rate = u->backfill_rate;
            send_lane(u, &u->lane[SW_LANE_BACKFILL], bulk_max, &u->backfill);
        }
    }
    u->in_flight_now = (uint32_t) u->in_flight;
    u->states_waiting = (uint32_t) u->n_states;
    u->rows_waiting = (uint32_t) (u->lane[SW_LANE_ALARM].n + u->lane[SW_LANE_BULK].n + u->lane[SW_LANE_BACKFILL].n);
}

void uplink_forget_sent(struct sw_uplink *u)
{
    for (int lane = 0; lane < SW_LANE__COUNT; lane++)
        for (size_t i = 0; i < u->lane[lane].n; i++)
            if (u->lane[lane].slot[i].state == UPLINK_SLOT_SENT)
                u->lane[lane].slot[i].state = UPLINK_SLOT_WAITS;
    for (size_t i = 0; i < u->n_states; i++)
        u->state[i].tag = 0;
    for (; u->n_answers; remove_answer(u))
        u->answers_dropped++;
    u->in_flight = 0;
}

/* When the next of the backlog may go; INT64_MAX when it waits for acknowledgements and not for time. */
static int64_t backfill_wake_us(const struct sw_uplink *u)
{
    int64_t ready_us = sw_bucket_ready_us(&u->backfill);

    return ready_us > sw_mono_real_us() ? ready_us : INT64_MAX;
}

int64_t uplink_wake_us(const struct sw_uplink *u)
{
    int64_t wake_us = u->is_full ? sw_mono_real_us() + 20 * SW_US_PER_MS : INT64_MAX;

    for (int lane = 0; lane < SW_LANE__COUNT; lane++)
        if (u->lane[lane].n && u->lane[lane].hold_until_us > sw_mono_real_us())
            wake_us = SW_MIN(wake_us, u->lane[lane].hold_until_us);
    if (u->link == UPLINK_UP && u->lane[SW_LANE_BACKFILL].n)
        wake_us = SW_MIN(wake_us, backfill_wake_us(u));
    if (u->wants_rows) /* the store had no room for the question */
        wake_us = SW_MIN(wake_us, sw_mono_real_us() + 20 * SW_US_PER_MS);
    if (u->gather_until_us)
        wake_us = SW_MIN(wake_us, u->gather_until_us);
    return wake_us;
}

void uplink_free_lanes(struct sw_uplink *u)
{
    for (int lane = 0; lane < SW_LANE__COUNT; lane++) {
        for (size_t i = 0; i < u->lane[lane].n; i++)
            free(u->lane[lane].slot[i].row);
        u->lane[lane].n = 0;
    }
    for (size_t i = 0; u->state && i < u->n_states; i++)
        free(u->state[i].post);
    u->n_states = 0;
    while (u->n_answers)
        remove_answer(u);
}
