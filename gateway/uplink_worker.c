// SPDX-License-Identifier: Apache-2.0
/* The uplink's thread: connects, waits longer after each failure, tells the core when it may post its state again, and
 * says goodbye. What is sent is in uplink_lanes.c. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "gateway/uplink_int.h"

#define BEAT_US SW_US_PER_S
#define STEADY_US (30 * SW_US_PER_S) /* a connection that lasted this long makes the next wait short again */
#define FAREWELL_US (2 * SW_US_PER_S)
#define CONNECT_TIMEOUT_S 20

static void tell_core(struct sw_uplink *u, enum sw_uplink_event_kind kind)
{
    struct sw_uplink_event ev = {.kind = kind, .connection = u->connects};

    sw_mailbox_post(u->events, &ev, 1, true);
}

/* Half to the whole of the wait, so that the gateways of a city do not come back in step. */
static void wait_before_retry(struct sw_uplink *u)
{
    u->jitter ^= u->jitter << 13; /* xorshift: nothing secret hangs on it */
    u->jitter ^= u->jitter >> 7;
    u->jitter ^= u->jitter << 17;
    u->retry_us = sw_mono_real_us() + u->backoff_us / 2 + (int64_t) (u->jitter % (uint64_t) (u->backoff_us / 2 + 1));
    u->backoff_us = SW_MIN(u->backoff_us * 2, u->params.backoff_max_us);
}

static void drop_connection(struct sw_uplink *u)
{
    u->mqtt = sw_mqtt_free(u->mqtt);
    u->link = UPLINK_DOWN;
    uplink_forget_sent(u);
    wait_before_retry(u);
}

static void connect_failed(struct sw_uplink *u, const char *why)
{
    u->failures_total++;
    sw_complain(&u->complaint, sw_mono_real_us(), SW_LOG_WARNING,
                "broker %s does not take us: %s; measuring goes on, documents wait in the outbox", u->params.uri, why);
    drop_connection(u);
}

static void start_connecting(struct sw_uplink *u)
{
    const struct sw_uplink_params *p = &u->params;
    char will_topic[SW_TOPIC_SIZE];
    struct sw_mqtt_params mp = {.uri = p->uri,
                                .client_id = p->client_id,
                                .username = p->username,
                                .password = p->password,
                                .ca_file = p->ca_file,
                                .cert_file = p->cert_file,
                                .key_file = p->key_file,
                                .will_topic = will_topic,
                                .will_payload = u->will,
                                .will_len = u->will_len,
                                .will_delay_s = p->will_delay_s < 0 ? 0 : (uint32_t) p->will_delay_s,
                                .session_expiry_s = p->session_expiry_s,
                                .keep_alive_s = p->keep_alive_s,
                                .connect_timeout_s = CONNECT_TIMEOUT_S};
    struct sw_err err = {0};

    strcpy(will_topic, p->prefix); /* both lengths were checked at start */
    strcat(will_topic, p->status_topic);
    u->link = UPLINK_CONNECTING;
    u->connecting_since_us = sw_mono_real_us();
    if (sw_mqtt_connect(&mp, u->mqtt_events, u->inbox, ++u->connection, &u->mqtt, &err) < 0)
        connect_failed(u, err.msg);
}

static void on_connected(struct sw_uplink *u, const struct sw_mqtt_event *ev)
{
    u->link = UPLINK_UP;
    u->is_connected = true;
    u->connects++;
    u->connects_total++;
    u->up_since_us = sw_mono_real_us();
    u->in_flight = 0;
    u->in_flight_max = SW_MIN(ev->receive_maximum, (uint32_t) SW_MQTT_IN_FLIGHT_MAX);
    u->max_packet_size = ev->max_packet_size;
    u->birth_waits = true;
    u->subscribe_us = u->inbox ? u->up_since_us : INT64_MAX;
    sw_complain_clear(&u->complaint, SW_LOG_NOTICE, "broker %s: connected", u->params.uri);
    tell_core(u, SW_UPLINK_CONNECTED);
}

static void on_lost(struct sw_uplink *u, const struct sw_mqtt_event *ev)
{
    if (sw_mono_real_us() - u->up_since_us > STEADY_US)
        u->backoff_us = u->params.backoff_min_us;
    u->is_connected = u->is_subscribed = false;
    sw_complain(&u->complaint, sw_mono_real_us(), SW_LOG_WARNING, "broker %s: connection lost: %s%s", u->params.uri,
                ev->text[0] ? ev->text : sw_mqtt_reason_text(ev->reason),
                ev->reason == 0x8e ? "; another client uses the id of this gateway" : "");
    drop_connection(u);
    tell_core(u, SW_UPLINK_DISCONNECTED);
}

/* After each connect: a broker that lost its memory would else never send us anything again. */
static void subscribe(struct sw_uplink *u)
{
    const struct sw_uplink_params *p = &u->params;
    struct sw_err err = {0};

    u->subscribe_us = INT64_MAX;
    if (sw_mqtt_subscribe(u->mqtt, p->filters, p->n_filters, &err) < 0)
        u->subscribe_us = sw_mono_real_us() + UPLINK_HOLD_US;
}

static void on_subscribed(struct sw_uplink *u, const struct sw_mqtt_event *ev)
{
    u->is_subscribed = ev->reason >= 0 && ev->reason < 0x80;
    if (u->is_subscribed) {
        sw_complain_clear(&u->deafness, SW_LOG_NOTICE, "broker %s: commands are taken", u->params.uri);
        return;
    }
    sw_complain(&u->deafness, sw_mono_real_us(), SW_LOG_ERR,
                "broker %s does not let us subscribe to %scmd/#: %s; no command reaches this gateway, see the broker's "
                "access list",
                u->params.uri, u->params.prefix, sw_mqtt_reason_text(ev->reason));
    u->subscribe_us = sw_mono_real_us() + UPLINK_HOLD_US;
}

static void on_event(struct sw_uplink *u, const struct sw_mqtt_event *ev)
{
    if (ev->connection != u->connection)
        return; /* the last words of a connection that we gave up */
    switch (ev->kind) {
    case SW_MQTT_CONNECTED:
        if (u->link == UPLINK_CONNECTING)
            on_connected(u, ev);
        break;
    case SW_MQTT_CONNECT_FAILED:
        if (u->link == UPLINK_CONNECTING)
            connect_failed(u, ev->text[0] ? ev->text : sw_mqtt_reason_text(ev->reason));
        break;
    case SW_MQTT_LOST:
        if (u->link == UPLINK_UP)
            on_lost(u, ev);
        break;
    case SW_MQTT_ACKED:
        if (u->link == UPLINK_UP)
            uplink_on_ack(u, ev);
        break;
    case SW_MQTT_SUBSCRIBED:
        if (u->link == UPLINK_UP)
            on_subscribed(u, ev);
        break;
    case SW_MQTT_ENDED:
        u->has_ended = true;
        break;
    }
}

static void take_events(struct sw_uplink *u)
{
    struct sw_mqtt_event ev;

    while (sw_mailbox_take(u->mqtt_events, &ev, 1))
        on_event(u, &ev);
}

static void wait_for_mail(struct sw_uplink *u, int stop_fd, int64_t until_us)
{
    struct pollfd fds[] = {{.fd = sw_mailbox_fd(u->posts), .events = POLLIN},
                           {.fd = sw_mailbox_fd(u->mqtt_events), .events = POLLIN},
                           {.fd = sw_mailbox_fd(sw_store_rows(u->store)), .events = POLLIN},
                           {.fd = stop_fd, .events = POLLIN}};
    int64_t now_us = sw_mono_real_us();
    int64_t wait_us = SW_MIN(SW_MIN(until_us, uplink_wake_us(u)) - now_us, BEAT_US);

    poll(fds, SW_ARRAY_SIZE(fds), wait_us > 0 ? (int) ((wait_us + 999) / 1000) : 0);
}

/* One round: posts first, they are what somebody watches. */
static void turn(struct sw_uplink *u)
{
    uplink_take_posts(u);
    take_events(u);
    uplink_take_rows(u);
    uplink_give_acks(u);
    if (u->link == UPLINK_UP && sw_mono_real_us() >= u->subscribe_us)
        subscribe(u);
    uplink_send(u);
}

/* "stopped", its PUBACK, a disconnect: the broker then has no will to send. Bounded, whatever the broker does. */
static void say_goodbye(struct sw_uplink *u)
{
    int64_t until_us = sw_mono_real_us() + FAREWELL_US;
    struct sw_err err = {0};

    turn(u); /* the state documents that the core posted last */
    if (u->link != UPLINK_UP)
        return;
    if (uplink_publish_status(u, "stopped", UPLINK_TAG_FAREWELL, &err) == SW_OK)
        while (u->link == UPLINK_UP && !u->farewell_acked && sw_mono_real_us() < until_us) {
            wait_for_mail(u, -1, until_us);
            turn(u);
        }
    if (u->link != UPLINK_UP || sw_mqtt_disconnect(u->mqtt, 1000, &err) < 0)
        return;
    until_us = sw_mono_real_us() + SW_US_PER_S;
    while (!u->has_ended && u->link == UPLINK_UP && sw_mono_real_us() < until_us) {
        wait_for_mail(u, -1, until_us);
        take_events(u);
    }
    uplink_give_acks(u);
}

void uplink_worker_main(struct sw_worker *self, void *ctx)
{
    struct sw_uplink *u = ctx;

    while (!sw_worker_should_stop(self)) {
        sw_worker_beat(self);
        if (u->link == UPLINK_DOWN && sw_mono_real_us() >= u->retry_us)
            start_connecting(u);
        if (u->link == UPLINK_CONNECTING &&
            sw_mono_real_us() > u->connecting_since_us + 2 * CONNECT_TIMEOUT_S * SW_US_PER_S)
            connect_failed(u, "no answer");
        turn(u);
        wait_for_mail(u, sw_worker_stop_fd(self), u->link == UPLINK_DOWN ? u->retry_us : INT64_MAX);
    }
    say_goodbye(u);
    u->mqtt = sw_mqtt_free(u->mqtt);
}
