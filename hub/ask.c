// SPDX-License-Identifier: Apache-2.0
/* A table of who waits, a topic for each answer, and a connection that comes back by itself. */
#include "hub/ask.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>

#include "common/clock.h"
#include "common/log.h"
#include "io/mqtt.h"

#define EVENTS 64
#define WAIT_MIN_US SW_US_PER_S
#define WAIT_MAX_US (30 * SW_US_PER_S)
#define CONNECT_TIMEOUT_S 10
#define UNSUPPORTED_VERSION 0x84
#define TURN_MAX 256 /* answers and events of one turn of the loop */
#define PASSWORD_SIZE 4096

struct waiting {
    bool is_used;
    char token[32];
    int64_t until_us;
    hub_ask_fn fn;
    void *ctx;
};

struct hub_ask {
    const struct sw_hub *conf;
    struct sw_loop *loop;
    struct sw_mailbox *events;
    struct sw_mqtt_inbox *inbox;
    struct sw_mqtt *mqtt;
    struct sw_source *on_events, *on_answers, *timer;
    char uri[280], client[SW_ID_SIZE + 8], password[PASSWORD_SIZE], why[200];
    int version;
    bool is_up;
    uint32_t connection;
    int64_t wait_us, again_us; /* again_us 0 = it is connected, or connecting */
    uint64_t next;
    struct waiting waiting[HUB_ASK_WAITING_MAX];
};

/* ---- who waits ---- */

static void arm(struct hub_ask *a)
{
    int64_t due_us = a->again_us ? a->again_us : INT64_MAX;

    for (size_t i = 0; i < HUB_ASK_WAITING_MAX; i++)
        if (a->waiting[i].is_used)
            due_us = SW_MIN(due_us, a->waiting[i].until_us);
    if (due_us == INT64_MAX)
        sw_timer_disarm(a->timer);
    else
        sw_timer_arm(a->timer, due_us, 0, NULL);
}

static void end_waiting(struct waiting *w, const char *answer, size_t len)
{
    const struct waiting was = *w;

    w->is_used = false; /* first: it may ask again */
    was.fn(was.ctx, answer, len);
}

static void take_answer(struct hub_ask *a, const struct sw_mqtt_incoming *in)
{
    const char *token = strrchr(in->topic, '/');

    for (size_t i = 0; token && i < HUB_ASK_WAITING_MAX; i++)
        if (a->waiting[i].is_used && strcmp(a->waiting[i].token, token + 1) == 0) {
            if (in->len > 0 && !in->is_too_large && !in->retain)
                end_waiting(&a->waiting[i], in->payload, in->len);
            return;
        }
}

static void on_answers(void *ctx, int fd, uint32_t events)
{
    struct hub_ask *a = ctx;
    struct sw_mqtt_incoming *in;

    (void) fd;
    (void) events;
    for (int i = 0; i < TURN_MAX && (in = sw_mqtt_inbox_take(a->inbox)); i++) {
        take_answer(a, in);
        free(in);
    }
    arm(a);
}

/* ---- the connection ---- */

static const char *given(const char *text)
{
    return *text ? text : NULL;
}

static int read_password(struct hub_ask *a, struct sw_err *err)
{
    const char *file = a->conf->broker.password_file;
    FILE *f = *file ? fopen(file, "re") : NULL;
    const int saved = errno;
    const bool has_line = f && fgets(a->password, sizeof(a->password), f);

    if (f)
        fclose(f);
    a->password[has_line ? strcspn(a->password, "\r\n") : 0] = '\0';
    if (*file && !has_line)
        return sw_err_set(err, SW_E_IO, saved, "password_file %s: %s", file, f ? "it is empty" : strerror(saved));
    return SW_OK;
}

static void try_again_later(struct hub_ask *a, const char *why)
{
    if (strcmp(a->why, why) != 0)
        sw_log(SW_LOG_WARNING, "no questions to gateways: %s; what the store has is answered", why);
    snprintf(a->why, sizeof(a->why), "%s", why);
    a->is_up = false;
    a->mqtt = sw_mqtt_free(a->mqtt);
    a->again_us = sw_mono_real_us() + a->wait_us;
    a->wait_us = SW_MIN(2 * a->wait_us, WAIT_MAX_US);
}

static void connect_now(struct hub_ask *a)
{
    const struct sw_platform_conf *b = &a->conf->broker;
    struct sw_mqtt_params p = {.uri = a->uri,
                               .version = a->version,
                               .client_id = a->client,
                               .username = given(b->username),
                               .ca_file = given(b->ca_file),
                               .cert_file = given(b->cert_file),
                               .key_file = given(b->key_file),
                               .keep_alive_s = b->keep_alive_s,
                               .connect_timeout_s = CONNECT_TIMEOUT_S};
    struct sw_err err = {0};
    int rc = read_password(a, &err);

    a->again_us = 0;
    p.password = given(a->password);
    if (rc >= 0)
        rc = sw_mqtt_connect(&p, a->events, a->inbox, ++a->connection, &a->mqtt, &err);
    explicit_bzero(a->password, sizeof(a->password));
    if (rc < 0)
        try_again_later(a, err.msg);
}

static void subscribe(struct hub_ask *a)
{
    char filter[SW_ID_SIZE + 120];
    const char *const filters[] = {filter};
    struct sw_err err = {0};

    snprintf(filter, sizeof(filter), "%s/1/+/+/res/%s/+", a->conf->broker.root, a->client);
    if (sw_mqtt_subscribe(a->mqtt, filters, 1, &err) < 0)
        try_again_later(a, err.msg);
}

static void take_event(struct hub_ask *a, const struct sw_mqtt_event *ev)
{
    const bool is_refused = ev->reason < 0 || ev->reason >= 0x80;
    const char *why = ev->text[0] ? ev->text : sw_mqtt_reason_text(ev->reason);

    if (ev->connection != a->connection || !a->mqtt)
        return;
    switch (ev->kind) {
    case SW_MQTT_CONNECTED:
        subscribe(a);
        break;
    case SW_MQTT_SUBSCRIBED:
        if (is_refused) {
            try_again_later(a, why);
            break;
        }
        a->is_up = true;
        a->why[0] = '\0';
        a->wait_us = WAIT_MIN_US;
        sw_log(SW_LOG_INFO, "questions to gateways go as %s", a->client);
        break;
    case SW_MQTT_CONNECT_FAILED:
        if (a->conf->broker.version == 0 && (ev->was_cut || ev->reason == UNSUPPORTED_VERSION))
            a->version = a->version == 5 ? 4 : 5;
        try_again_later(a, why);
        break;
    case SW_MQTT_LOST:
    case SW_MQTT_ENDED:
        try_again_later(a, why);
        break;
    case SW_MQTT_ACKED:
        break;
    }
}

static void on_events(void *ctx, int fd, uint32_t events)
{
    struct hub_ask *a = ctx;
    struct sw_mqtt_event ev;

    (void) fd;
    (void) events;
    for (int i = 0; i < TURN_MAX && sw_mailbox_take(a->events, &ev, 1); i++)
        take_event(a, &ev);
    arm(a);
}

static void on_timer(void *ctx, int64_t due_us)
{
    struct hub_ask *a = ctx;
    const int64_t now_us = sw_mono_real_us();

    (void) due_us;
    for (size_t i = 0; i < HUB_ASK_WAITING_MAX; i++)
        if (a->waiting[i].is_used && a->waiting[i].until_us <= now_us)
            end_waiting(&a->waiting[i], NULL, 0);
    if (a->again_us && a->again_us <= now_us)
        connect_now(a);
    arm(a);
}

/* ---- */

static void make_uri(struct hub_ask *a)
{
    const char *url = a->conf->broker.url;
    const bool is_tls = strncmp(url, "mqtts://", 8) == 0;

    snprintf(a->uri, sizeof(a->uri), "%s%s", is_tls ? "ssl://" : "tcp://", url + (is_tls ? 8 : 7));
}

int hub_ask_new(const struct sw_hub *conf, struct sw_loop *loop, struct hub_ask **ret, struct sw_err *err)
{
    struct hub_ask *a = calloc(1, sizeof(*a));
    int rc;

    if (!a)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    a->conf = conf;
    a->loop = loop;
    a->version = conf->broker.version == 4 ? 4 : 5;
    a->wait_us = WAIT_MIN_US;
    a->again_us = sw_mono_real_us();
    if (getrandom(&a->next, sizeof(a->next), 0) < 0)
        a->next = (uint64_t) a->again_us;
    make_uri(a);
    snprintf(a->client, sizeof(a->client), "%.*s-desk", SW_ID_SIZE - 6, conf->id);
    rc = sw_mailbox_new(EVENTS, EVENTS / 2, sizeof(struct sw_mqtt_event), &a->events, err);
    if (rc >= 0)
        rc = sw_mqtt_inbox_new(&a->inbox, err);
    if (rc >= 0)
        rc = sw_loop_add_io(loop, sw_mailbox_fd(a->events), EPOLLIN, on_events, a, &a->on_events, err);
    if (rc >= 0)
        rc = sw_loop_add_io(loop, sw_mqtt_inbox_fd(a->inbox), EPOLLIN, on_answers, a, &a->on_answers, err);
    if (rc >= 0)
        rc = sw_loop_add_timer(loop, on_timer, a, &a->timer, err);
    if (rc < 0) {
        hub_ask_free(a);
        return rc;
    }
    arm(a);
    *ret = a;
    return SW_OK;
}

struct hub_ask *hub_ask_free(struct hub_ask *a)
{
    if (!a)
        return NULL;
    for (size_t i = 0; i < HUB_ASK_WAITING_MAX; i++)
        if (a->waiting[i].is_used)
            end_waiting(&a->waiting[i], NULL, 0);
    sw_mqtt_free(a->mqtt);
    sw_source_free(a->on_events);
    sw_source_free(a->on_answers);
    sw_source_free(a->timer);
    sw_mqtt_inbox_free(a->inbox);
    sw_mailbox_free(a->events);
    free(a);
    return NULL;
}

static int publish(struct hub_ask *a, const char *topic, const char *reply_to, const char *token, json_t *document,
                   uint32_t expiry_s, struct sw_err *err)
{
    char props[512], hex[2 * sizeof(a->waiting[0].token) + 1] = "";
    struct sw_mqtt_message m = {.topic = topic, .qos = 1, .expiry_s = expiry_s, .props = props};
    char *text;
    int rc;

    for (size_t i = 0; token[i]; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned char) token[i]);
    snprintf(props, sizeof(props), SW_MQTT_RESPONSE_LINE "%s\n" SW_MQTT_CORRELATION_LINE "%s\n", reply_to, hex);
    json_object_set_new(document, "reply_to", json_string(reply_to)); /* 3.1.1 knows no properties */
    json_object_set_new(document, "correlation", json_string(token));
    text = json_dumps(document, JSON_COMPACT);
    if (!text)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    m.payload = text;
    m.len = strlen(text);
    rc = sw_mqtt_publish(a->mqtt, &m, err);
    free(text);
    return rc;
}

int hub_ask_send(struct hub_ask *a, const char *area, const char *site, const char *topic, json_t *document,
                 int64_t real_wait_us, hub_ask_fn fn, void *ctx, struct sw_err *err)
{
    char prefix[200], whole[400], reply_to[400];
    struct waiting *w = NULL;
    int rc;

    for (size_t i = 0; i < HUB_ASK_WAITING_MAX && !w; i++)
        if (!a->waiting[i].is_used)
            w = &a->waiting[i];
    if (!a->is_up)
        return sw_err_set(err, SW_E_IO, 0, "no connection to the broker: %s", a->why[0] ? a->why : "connecting");
    if (!w)
        return sw_err_set(err, SW_E_FULL, 0, "too many questions wait for gateways: ask again in some seconds");
    snprintf(w->token, sizeof(w->token), "q-%016llx", (unsigned long long) a->next++);
    snprintf(prefix, sizeof(prefix), "%s/1/%s/%s/", a->conf->broker.root, area, site);
    snprintf(whole, sizeof(whole), "%s%s", prefix, topic);
    snprintf(reply_to, sizeof(reply_to), "%sres/%s/%s", prefix, a->client, w->token);
    rc = publish(a, whole, reply_to, w->token, document, (uint32_t) (real_wait_us / SW_US_PER_S + 1), err);
    if (rc < 0)
        return rc;
    w->fn = fn;
    w->ctx = ctx;
    w->until_us = sw_mono_real_us() + real_wait_us;
    w->is_used = true;
    arm(a);
    return SW_OK;
}

bool hub_ask_is_up(const struct hub_ask *a, char why[200])
{
    snprintf(why, 200, "%s", a->why);
    return a->is_up;
}
