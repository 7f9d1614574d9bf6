// SPDX-License-Identifier: Apache-2.0
/* The uplink's thread: its rounds, and the goodbye at the end. The connection is in uplink_link.c, what is sent over it
 * in uplink_lanes.c. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "gateway/uplink_int.h"

#define BEAT_US SW_US_PER_S
#define FAREWELL_US (2 * SW_US_PER_S)

static void take_events(struct sw_uplink *u)
{
    struct sw_mqtt_event ev;

    while (sw_mailbox_take(u->mqtt_events, &ev, 1))
        uplink_on_event(u, &ev);
}

static void wait_for_mail(struct sw_uplink *u, int stop_fd, int64_t until_us)
{
    struct pollfd fds[] = {{.fd = sw_mailbox_fd(u->posts), .events = POLLIN},
                           {.fd = sw_mailbox_fd(u->mqtt_events), .events = POLLIN},
                           {.fd = sw_mailbox_fd(sw_store_rows(u->store, u->params.destination)), .events = POLLIN},
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
    uplink_ask_for_rows(u);
    uplink_take_rows(u);
    uplink_give_acks(u);
    uplink_look_after_link(u);
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
        uplink_connect(u);
        turn(u);
        wait_for_mail(u, sw_worker_stop_fd(self), u->link == UPLINK_DOWN ? u->retry_us : INT64_MAX);
    }
    say_goodbye(u);
    u->mqtt = sw_mqtt_free(u->mqtt);
}
