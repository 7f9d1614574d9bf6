// SPDX-License-Identifier: Apache-2.0
/* How the uplink's connection comes about and ends: secrets read anew, the version of MQTT, waiting longer after each
 * failure, giving way to another client with our id, and saying why. How long to wait is in uplink_retry.c, what a
 * failure means in uplink_cause.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "gateway/uplink_int.h"

#define CONNECT_TIMEOUT_S 20
#define PASSWORD_SIZE 4096 /* some are signed tokens */

static void tell_core(struct sw_uplink *u, enum sw_uplink_event_kind kind)
{
    struct sw_uplink_event ev = {.kind = kind, .connection = u->connects};

    sw_mailbox_post(u->events, &ev, 1, true);
}

/* For whoever asks for the status. @param since_us  INT64_MIN = as before */
static void note_why(struct sw_uplink *u, enum sw_uplink_cause cause, const char *why, int64_t since_us)
{
    pthread_mutex_lock(&u->why_lock);
    u->cause = cause;
    u->version_told = u->version.now;
    u->is_taken_over = uplink_retry_is_taken(&u->retry);
    if (since_us != INT64_MIN)
        u->since_us = since_us;
    snprintf(u->why, sizeof(u->why), "%s", why);
    pthread_mutex_unlock(&u->why_lock);
}

/* @param up_us  how long it stood; 0 when none came about */
static void drop_connection(struct sw_uplink *u, enum uplink_end end, int64_t up_us)
{
    u->mqtt = sw_mqtt_free(u->mqtt);
    u->link = UPLINK_DOWN;
    uplink_forget_sent(u);
    uplink_leave_rows(u);
    u->jitter ^= u->jitter << 13; /* xorshift: nothing secret hangs on it */
    u->jitter ^= u->jitter >> 7;
    u->jitter ^= u->jitter << 17;
    u->retry_us = sw_mono_real_us() + uplink_retry_wait_us(&u->retry, end, up_us, u->jitter);
}

static void connect_failed(struct sw_uplink *u, enum sw_uplink_cause cause, const char *why)
{
    u->failures_total++;
    if (cause != u->cause) /* another trouble than before is told at once */
        u->complaint = (struct sw_complaint){0};
    sw_complain(&u->complaint, sw_mono_real_us(), SW_LOG_WARNING,
                "broker %s does not take us: %s%s; measuring goes on, documents wait in the outbox", u->params.uri, why,
                uplink_cause_advice(cause));
    drop_connection(u, UPLINK_END_FAILED, 0);
    note_why(u, cause, why, INT64_MIN);
}

/* The broker may know the other version only: that is no failure yet. */
static bool tries_other_version(struct sw_uplink *u, const struct sw_mqtt_event *ev)
{
    if (!uplink_version_failed(&u->version, ev->reason == 0x84, ev->was_cut, sw_mono_real_us()))
        return false;
    sw_log(SW_LOG_NOTICE, "broker %s: %s; MQTT 3.1.1 is tried", u->params.uri,
           ev->was_cut ? "it ends the connection without an answer" : "it does not speak MQTT 5");
    u->mqtt = sw_mqtt_free(u->mqtt);
    u->link = UPLINK_DOWN;
    u->retry_us = sw_mono_real_us();
    return true;
}

/* First line of the password file, read at each connect so that it can be changed while the program runs. */
static int read_password(const char *file, char *buf, size_t cap, struct sw_err *err)
{
    FILE *f = file ? fopen(file, "re") : NULL;
    int saved = errno;
    bool has_line;

    buf[0] = '\0';
    if (!file)
        return SW_OK;
    has_line = f && fgets(buf, (int) cap, f);
    if (f)
        fclose(f);
    if (strlen(buf) == cap - 1)
        return sw_err_set(err, SW_E_INVAL, 0, "password_file %s: its first line is longer than %zu bytes", file,
                          cap - 2);
    buf[strcspn(buf, "\r\n")] = '\0';
    return has_line
               ? SW_OK
               : sw_err_set(err, SW_E_IO, saved, "password_file %s: %s", file, f ? "it is empty" : strerror(saved));
}

static void start_connecting(struct sw_uplink *u)
{
    const struct sw_uplink_params *p = &u->params;
    char will_topic[SW_TOPIC_SIZE], password[PASSWORD_SIZE];
    struct sw_mqtt_params mp = {.uri = p->uri,
                                .version = uplink_version_next(&u->version, sw_mono_real_us()),
                                .client_id = p->client_id,
                                .username = p->username,
                                .ca_file = p->ca_file,
                                .cert_file = p->cert_file,
                                .key_file = p->key_file,
                                .proxy = p->proxy,
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
    if (read_password(p->password_file, password, sizeof(password), &err) < 0) {
        connect_failed(u, SW_UPLINK_FILES, err.msg);
        return;
    }
    mp.password = *password ? password : NULL;
    if (sw_mqtt_connect(&mp, u->mqtt_events, u->inbox, ++u->connection, &u->mqtt, &err) < 0)
        connect_failed(u, SW_UPLINK_UNREACHABLE, err.msg);
    explicit_bzero(password, sizeof(password));
}

void uplink_connect(struct sw_uplink *u)
{
    if (u->link == UPLINK_DOWN && sw_mono_real_us() >= u->retry_us)
        start_connecting(u);
    if (u->link == UPLINK_CONNECTING &&
        sw_mono_real_us() > u->connecting_since_us + 2 * CONNECT_TIMEOUT_S * SW_US_PER_S)
        connect_failed(u, SW_UPLINK_UNREACHABLE, "no answer");
}

static void on_connected(struct sw_uplink *u, const struct sw_mqtt_event *ev)
{
    u->link = UPLINK_UP;
    u->is_connected = true;
    u->connects++;
    u->connects_total++;
    u->up_since_us = u->quiet_since_us = sw_mono_real_us();
    u->was_silent = false;
    u->in_flight = 0;
    u->in_flight_max = SW_MIN(ev->receive_maximum, (uint32_t) SW_MQTT_IN_FLIGHT_MAX);
    u->max_packet_size = ev->max_packet_size;
    u->birth_waits = true;
    u->wants_rows = true;
    u->subscribe_us = u->inbox ? u->up_since_us : INT64_MAX;
    uplink_version_worked(&u->version);
    note_why(u, SW_UPLINK_FINE, "", u->up_since_us);
    sw_complain_clear(&u->complaint, SW_LOG_NOTICE, "broker %s: connected, MQTT %s", u->params.uri,
                      u->version.now == 5 ? "5" : "3.1.1");
    tell_core(u, SW_UPLINK_CONNECTED);
}

static void on_lost(struct sw_uplink *u, const struct sw_mqtt_event *ev)
{
    const int64_t now_us = sw_mono_real_us();
    const bool is_told = ev->reason == 0x8e;
    const char *why = ev->text[0] ? ev->text : sw_mqtt_reason_text(ev->reason);
    enum sw_uplink_cause cause = uplink_cause_of(ev);

    u->is_connected = u->is_subscribed = false;
    drop_connection(u, is_told ? UPLINK_END_TAKEN : UPLINK_END_LOST, now_us - u->up_since_us);
    if (uplink_retry_is_taken(&u->retry))
        cause = SW_UPLINK_TAKEN_OVER;
    if (u->was_silent)
        why = "no acknowledgement for too long";
    if (cause == SW_UPLINK_TAKEN_OVER && !is_told)
        why = "it breaks off again and again as soon as it stands";
    sw_complain(&u->complaint, now_us, SW_LOG_WARNING, "broker %s: connection lost: %s%s", u->params.uri, why,
                uplink_cause_advice(cause));
    note_why(u, cause, why, now_us);
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
    if (ev->reason >= 0) /* below: the line broke meanwhile */
        sw_complain(&u->deafness, sw_mono_real_us(), SW_LOG_ERR,
                    "broker %s does not let us subscribe to %scmd/#: %s; no command reaches this gateway, see the "
                    "broker's access list",
                    u->params.uri, u->params.prefix, sw_mqtt_reason_text(ev->reason));
    u->subscribe_us = sw_mono_real_us() + UPLINK_HOLD_US;
}

/* One and a half keep-alives without a word while something waits for one: the broker hangs. A line that is dead is
 * found by the kernel. */
static void look_for_silence(struct sw_uplink *u)
{
    const int64_t now_us = sw_mono_real_us();
    struct sw_mqtt_event ev = {.kind = SW_MQTT_LOST, .reason = -1};

    if (u->in_flight == 0 && !u->was_silent)
        u->quiet_since_us = now_us;
    if (now_us - u->quiet_since_us <= u->params.keep_alive_s * SW_US_PER_S * 3 / 2)
        return;
    u->quiet_since_us = now_us;
    if (u->was_silent || sw_mqtt_cut(u->mqtt) < 0) { /* or it was cut, and nobody noticed */
        u->was_silent = true;
        on_lost(u, &ev);
    }
    u->was_silent = true; /* nothing more is sent over it */
}

void uplink_look_after_link(struct sw_uplink *u)
{
    if (u->link != UPLINK_UP)
        return;
    if (sw_mono_real_us() >= u->subscribe_us)
        subscribe(u);
    if (uplink_retry_settle(&u->retry, sw_mono_real_us() - u->up_since_us))
        note_why(u, SW_UPLINK_FINE, "", INT64_MIN);
    look_for_silence(u);
}

void uplink_on_event(struct sw_uplink *u, const struct sw_mqtt_event *ev)
{
    if (ev->connection != u->connection)
        return; /* the last words of a connection that we gave up */
    switch (ev->kind) {
    case SW_MQTT_CONNECTED:
        if (u->link == UPLINK_CONNECTING)
            on_connected(u, ev);
        break;
    case SW_MQTT_CONNECT_FAILED:
        if (u->link == UPLINK_CONNECTING && !tries_other_version(u, ev))
            connect_failed(u, uplink_cause_of(ev), ev->text[0] ? ev->text : sw_mqtt_reason_text(ev->reason));
        break;
    case SW_MQTT_LOST:
        if (u->link == UPLINK_UP)
            on_lost(u, ev);
        break;
    case SW_MQTT_ACKED:
        if (!u->was_silent)
            u->quiet_since_us = sw_mono_real_us();
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
