// SPDX-License-Identifier: Apache-2.0
/* Messages that came, each in one piece of heap, in a box bounded in number and bytes. Where they come from is
 * mqtt.c's, what they mean nobody's here. */
#include "io/mqtt_inbox.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct sw_mqtt_inbox {
    struct sw_mailbox *box; /* of struct sw_mqtt_incoming * */
    _Atomic size_t bytes;   /* that wait, topics too */
    _Atomic uint64_t dropped_total;
    _Atomic int patience_ms;
};

int sw_mqtt_inbox_new(struct sw_mqtt_inbox **ret, struct sw_err *err)
{
    struct sw_mqtt_inbox *in = calloc(1, sizeof(*in));
    int rc;

    if (!in)
        return sw_err_set(err, SW_E_NOMEM, 0, "MQTT: out of memory");
    rc = sw_mailbox_new(SW_MQTT_INBOX_MESSAGES, 0, sizeof(struct sw_mqtt_incoming *), &in->box, err);
    if (rc < 0) {
        free(in);
        return rc;
    }
    *ret = in;
    return SW_OK;
}

struct sw_mqtt_inbox *sw_mqtt_inbox_free(struct sw_mqtt_inbox *in)
{
    struct sw_mqtt_incoming *message;

    if (in) {
        while ((message = sw_mqtt_inbox_take(in)))
            free(message);
        sw_mailbox_free(in->box);
        free(in);
    }
    return NULL;
}

/* Its part of the ceiling: a topic alone may have 64 KiB. */
static size_t bytes_of(const struct sw_mqtt_incoming *m)
{
    return strlen(m->topic) + m->len + strlen(m->response_topic);
}

struct sw_mqtt_incoming *sw_mqtt_inbox_take(struct sw_mqtt_inbox *in)
{
    struct sw_mqtt_incoming *message;

    if (sw_mailbox_take(in->box, &message, 1) == 0)
        return NULL;
    in->bytes -= bytes_of(message);
    return message;
}

int sw_mqtt_inbox_fd(const struct sw_mqtt_inbox *in)
{
    return sw_mailbox_fd(in->box);
}

uint64_t sw_mqtt_inbox_dropped_total(const struct sw_mqtt_inbox *in)
{
    return in->dropped_total;
}

void sw_mqtt_inbox_set_patience(struct sw_mqtt_inbox *in, int real_ms)
{
    in->patience_ms = real_ms;
}

/* Room for so many bytes, now or with patience: while the library's thread waits here it reads nothing more, so the
 * broker waits too. */
static bool has_room(const struct sw_mqtt_inbox *in, size_t bytes)
{
    static const struct timespec turn = {.tv_nsec = 1000000};

    for (int waited_ms = 0;; waited_ms++) {
        if (in->bytes + bytes <= SW_MQTT_INBOX_BYTES && sw_mailbox_depth(in->box) < SW_MQTT_INBOX_MESSAGES)
            return true;
        if (waited_ms >= in->patience_ms)
            return false;
        nanosleep(&turn, NULL);
    }
}

/* Bytes and a NUL behind them, at the end of what was copied so far. */
static const char *put(char **at, const char *bytes, size_t len)
{
    char *here = *at;

    if (len)
        memcpy(here, bytes, len);
    here[len] = '\0';
    *at += len + 1;
    return here;
}

void mqtt_inbox_post(struct sw_mqtt_inbox *in, const struct mqtt_came *came)
{
    const bool is_too_large = came->len > SW_MQTT_PAYLOAD_MAX;
    const size_t len = is_too_large ? 0 : came->len;
    const size_t correlation_len = came->correlation_len > SW_MQTT_CORRELATION_MAX ? 0 : came->correlation_len;
    const size_t bytes = came->topic_len + len + came->response_len;
    struct sw_mqtt_incoming *m = NULL;
    char *at;

    if (has_room(in, bytes) && !memchr(came->topic, '\0', came->topic_len) &&
        (came->response_len == 0 || !memchr(came->response, '\0', came->response_len)))
        m = malloc(sizeof(*m) + came->topic_len + len + came->response_len + correlation_len + 4);
    if (!m) {
        in->dropped_total++;
        return;
    }
    *m = (struct sw_mqtt_incoming){
        .retain = came->retain, .is_too_large = is_too_large, .len = len, .correlation_len = came->correlation_len};
    at = (char *) (m + 1);
    m->topic = put(&at, came->topic, came->topic_len);
    m->payload = put(&at, came->payload, len);
    m->response_topic = put(&at, came->response, came->response_len);
    m->correlation = (const unsigned char *) put(&at, came->correlation, correlation_len);
    in->bytes += bytes;
    if (!sw_mailbox_post(in->box, &m, 1, false)) {
        in->bytes -= bytes;
        in->dropped_total++;
        free(m);
    }
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t mqtt_unhex(const char *hex, size_t len, char *to, size_t cap)
{
    size_t n = 0;

    for (; n < cap && 2 * n + 1 < len && digit(hex[2 * n]) >= 0 && digit(hex[2 * n + 1]) >= 0; n++)
        to[n] = (char) (digit(hex[2 * n]) * 16 + digit(hex[2 * n + 1]));
    return n;
}
