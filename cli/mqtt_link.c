// SPDX-License-Identifier: Apache-2.0
/* io/mqtt.h's events as calls that wait: a command has nothing else to do. */
#include "cli/mqtt_link.h"

#include <poll.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "common/clock.h"

#define CONNECT_TIMEOUT_S 10
#define WAIT_US (15 * SW_US_PER_S) /* for an answer of the broker */
#define KEEP_ALIVE_S 60
#define PATIENCE_MS 20000 /* a slow terminal slows the broker down; above it the connection would be in danger */
#define EVENTS 64
#define TAG 1
#define UNSUPPORTED_VERSION 0x84 /* reason of a CONNACK; older brokers just end the connection */

struct sw_mqtt_link {
    const char *command, *url;
    struct sw_mailbox *events;
    struct sw_mqtt_inbox *inbox;
    struct sw_mqtt *mqtt;
    int stop_fd;
    int protocol;             /* 5, 4 */
    bool is_up, may_be_older; /* the broker may know 3.1.1 only: that it refuses us is not the end */
};

/* Waits for one of our channels. @return false when a stop is wanted or the time is over */
static bool wait_for(const struct sw_mqtt_link *l, int fd, int64_t until_us, bool *ret_stop)
{
    struct pollfd fds[] = {{.fd = l->stop_fd, .events = POLLIN},
                           {.fd = sw_mailbox_fd(l->events), .events = POLLIN},
                           {.fd = fd, .events = POLLIN}};
    const int64_t left_us = until_us - sw_mono_real_us();

    if (left_us > 0)
        poll(fds, fd < 0 ? 2 : 3, left_us > 3600 * SW_US_PER_S ? 3600000 : (int) (left_us / 1000 + 1));
    *ret_stop = l->stop_fd >= 0 && fds[0].revents != 0;
    return left_us > 0 && !*ret_stop;
}

static const char *why(const struct sw_mqtt_event *ev)
{
    return ev->text[0] ? ev->text : sw_mqtt_reason_text(ev->reason);
}

static int say_lost(struct sw_mqtt_link *l, const struct sw_mqtt_event *ev)
{
    l->is_up = false;
    sw_cli_fail(l->command, "the connection to %s was lost: %s%s", l->url, why(ev),
                ev->reason == 0x8e ? "; another client uses our id, see --client-id" : "");
    return SW_EXIT_UNREACHABLE;
}

/* Until an event of this kind comes. @return -1, and the event; else the exit code */
static int expect(struct sw_mqtt_link *l, enum sw_mqtt_event_kind kind, struct sw_mqtt_event *ret)
{
    const int64_t until_us = sw_mono_real_us() + WAIT_US;
    bool is_stop = false;

    do {
        while (sw_mailbox_take(l->events, ret, 1)) {
            if (ret->kind == kind)
                return -1;
            if (ret->kind == SW_MQTT_LOST)
                return say_lost(l, ret);
            if (ret->kind == SW_MQTT_CONNECT_FAILED) {
                if (l->may_be_older && (ret->was_cut || ret->reason == UNSUPPORTED_VERSION))
                    return SW_EXIT_UNREACHABLE;
                l->may_be_older = false;
                sw_cli_fail(
                    l->command,
                    "broker %s does not take us: %s; is it running, are address, password and certificates right?",
                    l->url, why(ret));
                return SW_EXIT_UNREACHABLE;
            }
        }
    } while (wait_for(l, -1, until_us, &is_stop));
    l->may_be_older = false;
    if (!is_stop)
        sw_cli_fail(l->command, "broker %s does not answer", l->url);
    return is_stop ? SW_EXIT_FAILED : SW_EXIT_UNREACHABLE;
}

static int start(struct sw_mqtt_link *l, const struct sw_mqtt_where *w, struct sw_err *err)
{
    const struct sw_mqtt_params p = {.uri = w->uri,
                                     .version = l->protocol,
                                     .proxy = w->proxy,
                                     .client_id = w->id,
                                     .username = w->username,
                                     .password = *w->password ? w->password : NULL,
                                     .ca_file = w->ca_file,
                                     .cert_file = w->cert_file,
                                     .key_file = w->key_file,
                                     .keep_alive_s = KEEP_ALIVE_S,
                                     .connect_timeout_s = CONNECT_TIMEOUT_S};
    int r = sw_mailbox_new(EVENTS, EVENTS / 2, sizeof(struct sw_mqtt_event), &l->events, err);

    if (r >= 0)
        r = sw_mqtt_inbox_new(&l->inbox, err);
    if (r >= 0) {
        sw_mqtt_inbox_set_patience(l->inbox, PATIENCE_MS);
        r = sw_mqtt_connect(&p, l->events, l->inbox, 1, &l->mqtt, err);
    }
    return r;
}

static int open_as(const struct sw_mqtt_where *w, const char *command, int stop_fd, int protocol, bool may_be_older,
                   struct sw_mqtt_link **ret)
{
    struct sw_mqtt_link *l = calloc(1, sizeof(*l));
    struct sw_mqtt_event ev;
    struct sw_err err = {0};
    int code;

    if (!l)
        return sw_cli_fail(command, "out of memory");
    *l = (struct sw_mqtt_link){
        .command = command, .url = w->url, .stop_fd = stop_fd, .protocol = protocol, .may_be_older = may_be_older};
    if (start(l, w, &err) < 0) {
        code = sw_cli_fail(command, "%s", err.msg);
        l->may_be_older = false;
    } else {
        code = expect(l, SW_MQTT_CONNECTED, &ev);
    }
    if (code >= 0) {
        const bool is_older = l->may_be_older && code == SW_EXIT_UNREACHABLE;

        sw_mqtt_link_free(l);
        return is_older ? open_as(w, command, stop_fd, 4, false, ret) : code;
    }
    l->is_up = true;
    *ret = l;
    return -1;
}

int sw_mqtt_link_open(const struct sw_mqtt_where *w, const char *command, int stop_fd, struct sw_mqtt_link **ret)
{
    return open_as(w, command, stop_fd, w->protocol == 4 ? 4 : 5, w->protocol == 0, ret);
}

int sw_mqtt_link_subscribe(struct sw_mqtt_link *l, const char *const *filters, size_t n)
{
    struct sw_mqtt_event ev;
    struct sw_err err = {0};
    int code;

    if (sw_mqtt_subscribe(l->mqtt, filters, n, &err) < 0)
        return sw_cli_fail(l->command, "%s", err.msg);
    code = expect(l, SW_MQTT_SUBSCRIBED, &ev);
    if (code < 0 && (ev.reason < 0 || ev.reason >= 0x80))
        return sw_cli_fail(l->command, "broker %s does not let us subscribe to %s%s: %s; see the broker's access list",
                           l->url, filters[0], n > 1 ? " and others" : "", why(&ev));
    return code;
}

int sw_mqtt_link_publish(struct sw_mqtt_link *l, const struct sw_mqtt_message *message)
{
    struct sw_mqtt_message tagged = *message;
    struct sw_mqtt_event ev;
    struct sw_err err = {0};
    int code;

    tagged.qos = 1;
    tagged.tag = TAG;
    if (sw_mqtt_publish(l->mqtt, &tagged, &err) < 0)
        return sw_cli_fail(l->command, "%s", err.msg);
    code = expect(l, SW_MQTT_ACKED, &ev);
    if (code < 0 && (ev.reason < 0 || ev.reason >= 0x80))
        return sw_cli_fail(l->command, "broker %s does not let us write to %s: %s; see the broker's access list",
                           l->url, message->topic, why(&ev));
    return code;
}

enum sw_mqtt_link_said sw_mqtt_link_next(struct sw_mqtt_link *l, int64_t until_us, struct sw_mqtt_incoming **ret)
{
    struct sw_mqtt_event ev;
    bool is_stop = false, goes_on;

    do {
        *ret = sw_mqtt_inbox_take(l->inbox);
        if (*ret)
            return SW_MQTT_LINK_MESSAGE;
        while (sw_mailbox_take(l->events, &ev, 1))
            if (ev.kind == SW_MQTT_LOST) {
                say_lost(l, &ev);
                return SW_MQTT_LINK_LOST;
            }
        goes_on = wait_for(l, sw_mqtt_inbox_fd(l->inbox), until_us, &is_stop);
    } while (goes_on);
    return is_stop ? SW_MQTT_LINK_STOP : SW_MQTT_LINK_TIMEOUT;
}

bool sw_mqtt_link_has_properties(const struct sw_mqtt_link *l)
{
    return l->protocol == 5;
}

uint64_t sw_mqtt_link_dropped_total(const struct sw_mqtt_link *l)
{
    return sw_mqtt_inbox_dropped_total(l->inbox);
}

struct sw_mqtt_link *sw_mqtt_link_free(struct sw_mqtt_link *l)
{
    struct sw_mqtt_event ev;
    struct sw_err err = {0};

    if (!l)
        return NULL;
    if (l->inbox)
        sw_mqtt_inbox_set_patience(l->inbox, 0);
    l->stop_fd = -1; /* the goodbye is waited for, a moment */
    if (l->is_up && sw_mqtt_disconnect(l->mqtt, 1000, &err) == SW_OK)
        expect(l, SW_MQTT_ENDED, &ev);
    sw_mqtt_free(l->mqtt);
    sw_mqtt_inbox_free(l->inbox);
    sw_mailbox_free(l->events);
    free(l);
    return NULL;
}
