// SPDX-License-Identifier: Apache-2.0
/* Paho MQTTAsync behind the door of mqtt.h: what goes over a connection. Its callbacks run on its own threads: they
 * copy what they are told into a mailbox and return. How a connection comes about is in mqtt_link.c; retries, lanes and
 * what is sent are the uplink's. */
#include "io/mqtt_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"

#define BUFFERED_MAX 128 /* messages inside Paho; above it a publish is refused: the live lane's drop point */
#define PROPS_MAX 16     /* user properties a message */

/* What a publish leaves for its callback: Paho gives back one pointer. */
struct pending {
    struct sw_mqtt *m;
    uint64_t tag;
};

void mqtt_post(struct sw_mqtt *m, struct sw_mqtt_event ev, const char *text)
{
    ev.connection = m->connection;
    snprintf(ev.text, sizeof(ev.text), "%s", text ? text : "");
    sw_mailbox_post(m->events, &ev, 1, true);
}

/* MQTT reason codes and Paho's return codes share a number line: codes of Paho are negative. A broker of 3.1.1 answers
 * a CONNECT of 5 with the small numbers of its own. */
int mqtt_reason_of(const MQTTAsync_failureData5 *data)
{
    if (!data)
        return MQTTASYNC_FAILURE;
    if (data->reasonCode >= MQTTREASONCODE_UNSPECIFIED_ERROR)
        return (int) data->reasonCode;
    return data->code ? mqtt_reason_of_connack(data->code) : MQTTASYNC_FAILURE;
}

int mqtt_reason_of_3(const MQTTAsync_failureData *data)
{
    return data && data->code ? mqtt_reason_of_connack(data->code) : MQTTASYNC_FAILURE;
}

/* Without an inbox nothing is subscribed: what comes belongs to an older session. */
int mqtt_on_message(void *ctx, char *topic, int topic_len, MQTTAsync_message *message)
{
    struct sw_mqtt *m = ctx;
    MQTTProperty *to = MQTTProperties_getProperty(&message->properties, MQTTPROPERTY_CODE_RESPONSE_TOPIC);
    MQTTProperty *with = MQTTProperties_getProperty(&message->properties, MQTTPROPERTY_CODE_CORRELATION_DATA);
    struct mqtt_came came = {.retain = message->retained != 0,
                             .topic = topic,
                             .topic_len = topic_len > 0 ? (size_t) topic_len : strlen(topic),
                             .payload = message->payload,
                             .len = (size_t) message->payloadlen};

    if (to) {
        came.response = to->value.data.data;
        came.response_len = (size_t) to->value.data.len;
    }
    if (with) {
        came.correlation = with->value.data.data;
        came.correlation_len = (size_t) with->value.data.len;
    }
    if (m->inbox)
        mqtt_inbox_post(m->inbox, &came);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

/* One answer for all filters: the worst. */
static void on_subscribed(void *ctx, MQTTAsync_successData5 *data)
{
    int worst = data ? (int) data->reasonCode : 0;

    /* Paho makes the list only when there are several: of one filter the pointer is none. */
    for (int i = 0; data && data->alt.sub.reasonCodeCount > 1 && i < data->alt.sub.reasonCodeCount; i++)
        worst = SW_MAX(worst, (int) data->alt.sub.reasonCodes[i]);
    mqtt_post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_SUBSCRIBED, .reason = worst}, NULL);
}

static void on_subscribe_failed(void *ctx, MQTTAsync_failureData5 *data)
{
    mqtt_post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_SUBSCRIBED, .reason = mqtt_reason_of(data)},
              data ? data->message : NULL);
}

/* 3.1.1 has one code a filter: 0 to 2 granted, 0x80 refused. */
static void on_subscribed_3(void *ctx, MQTTAsync_successData *data)
{
    struct sw_mqtt *m = ctx;
    int worst = 0;

    for (size_t i = 0; data && m->n_filters > 1 && i < m->n_filters && data->alt.qosList; i++)
        worst = SW_MAX(worst, data->alt.qosList[i]);
    if (data && m->n_filters == 1)
        worst = data->alt.qos;
    mqtt_post(m, (struct sw_mqtt_event){.kind = SW_MQTT_SUBSCRIBED, .reason = worst >= 0x80 ? worst : 0}, NULL);
}

static void on_subscribe_failed_3(void *ctx, MQTTAsync_failureData *data)
{
    mqtt_post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_SUBSCRIBED, .reason = mqtt_reason_of_3(data)},
              data ? data->message : NULL);
}

static void on_published(void *ctx, MQTTAsync_successData5 *data)
{
    struct pending *p = ctx;

    mqtt_post(p->m,
              (struct sw_mqtt_event){.kind = SW_MQTT_ACKED, .tag = p->tag, .reason = data ? (int) data->reasonCode : 0},
              NULL);
    free(p);
}

/* A refusal of the broker has a reason of MQTT; what a lost connection took with it one of Paho, below zero. */
static void on_publish_failed(void *ctx, MQTTAsync_failureData5 *data)
{
    struct pending *p = ctx;

    mqtt_post(p->m, (struct sw_mqtt_event){.kind = SW_MQTT_ACKED, .tag = p->tag, .reason = mqtt_reason_of(data)},
              data ? data->message : NULL);
    free(p);
}

static void on_published_3(void *ctx, MQTTAsync_successData *data)
{
    struct pending *p = ctx;

    (void) data;
    mqtt_post(p->m, (struct sw_mqtt_event){.kind = SW_MQTT_ACKED, .tag = p->tag}, NULL);
    free(p);
}

static void on_publish_failed_3(void *ctx, MQTTAsync_failureData *data)
{
    struct pending *p = ctx;

    mqtt_post(p->m, (struct sw_mqtt_event){.kind = SW_MQTT_ACKED, .tag = p->tag, .reason = mqtt_reason_of_3(data)},
              data ? data->message : NULL);
    free(p);
}

static void on_ended(void *ctx, MQTTAsync_successData5 *data)
{
    (void) data;
    mqtt_post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_ENDED}, NULL);
}

static void on_end_failed(void *ctx, MQTTAsync_failureData5 *data)
{
    mqtt_post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_ENDED, .reason = mqtt_reason_of(data)}, NULL);
}

static void on_ended_3(void *ctx, MQTTAsync_successData *data)
{
    (void) data;
    mqtt_post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_ENDED}, NULL);
}

static void on_end_failed_3(void *ctx, MQTTAsync_failureData *data)
{
    mqtt_post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_ENDED, .reason = mqtt_reason_of_3(data)}, NULL);
}

void mqtt_add_number(MQTTProperties *props, enum MQTTPropertyCodes code, uint32_t value)
{
    MQTTProperty p = {.identifier = code};

    switch (MQTTProperty_getType(code)) {
    case MQTTPROPERTY_TYPE_BYTE:
        p.value.byte = (unsigned char) value;
        break;
    case MQTTPROPERTY_TYPE_TWO_BYTE_INTEGER:
        p.value.integer2 = (unsigned short) value;
        break;
    default:
        p.value.integer4 = value;
    }
    MQTTProperties_add(props, &p); /* copies */
}

/* Paho's strings are char * with a length and are only read. */
static MQTTLenString lenstr(const char *text, size_t len)
{
    return (MQTTLenString){.len = (int) len, .data = (char *) (uintptr_t) text};
}

static void add_part(MQTTProperties *props, enum MQTTPropertyCodes code, const char *text, size_t len)
{
    MQTTProperty p = {.identifier = code};

    p.value.data = lenstr(text, len);
    MQTTProperties_add(props, &p);
}

void mqtt_add_text(MQTTProperties *props, enum MQTTPropertyCodes code, const char *text)
{
    add_part(props, code, text, strlen(text));
}

/* The line's hex as bytes. */
static void add_correlation(MQTTProperties *props, const char *hex, size_t len)
{
    char bytes[SW_MQTT_CORRELATION_MAX];
    MQTTProperty p = {.identifier = MQTTPROPERTY_CODE_CORRELATION_DATA};
    size_t n = mqtt_unhex(hex, len, bytes, sizeof(bytes));

    p.value.data = lenstr(bytes, n);
    MQTTProperties_add(props, &p);
}

/* "key=value" lines. */
static void add_user(MQTTProperties *props, const char *lines)
{
    static const char correlation[] = SW_MQTT_CORRELATION_LINE, response[] = SW_MQTT_RESPONSE_LINE;

    for (int n = 0; lines && *lines && n < PROPS_MAX; n++) {
        size_t len = strcspn(lines, "\n");
        const char *equals = memchr(lines, '=', len);
        MQTTProperty p = {.identifier = MQTTPROPERTY_CODE_USER_PROPERTY};

        if (strncmp(lines, correlation, sizeof(correlation) - 1) == 0) {
            add_correlation(props, lines + sizeof(correlation) - 1, len - sizeof(correlation) + 1);
        } else if (strncmp(lines, response, sizeof(response) - 1) == 0) {
            add_part(props, MQTTPROPERTY_CODE_RESPONSE_TOPIC, lines + sizeof(response) - 1, len - sizeof(response) + 1);
        } else if (equals) {
            p.value.data = lenstr(lines, (size_t) (equals - lines));
            p.value.value = lenstr(equals + 1, len - (size_t) (equals + 1 - lines));
            MQTTProperties_add(props, &p);
        }
        lines += len + (lines[len] == '\n');
    }
}

static void add_common(MQTTProperties *props, const struct sw_mqtt_message *msg)
{
    if (msg->len) {
        mqtt_add_number(props, MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR, 1);
        mqtt_add_text(props, MQTTPROPERTY_CODE_CONTENT_TYPE, "application/json");
    }
    if (msg->expiry_s)
        mqtt_add_number(props, MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL, msg->expiry_s);
}

/* The kept properties, made again when the expiry differs. Owned by m; sendMessage copies them. */
static MQTTProperties plain_properties(struct sw_mqtt *m, const struct sw_mqtt_message *msg, uint16_t alias)
{
    const int which = alias > 0;
    MQTTProperties *kept = &m->plain[which];

    if (kept->count == 0 || m->plain_expiry_s[which] != msg->expiry_s) {
        MQTTProperties_free(kept);
        *kept = (MQTTProperties) MQTTProperties_initializer;
        if (alias) /* the first of them, so that its number can be put in place */
            mqtt_add_number(kept, MQTTPROPERTY_CODE_TOPIC_ALIAS, alias);
        add_common(kept, msg);
        m->plain_expiry_s[which] = msg->expiry_s;
    }
    if (alias)
        kept->array[0].value.integer2 = alias;
    return *kept;
}

int mqtt_fail(struct sw_err *err, int rc, const char *what)
{
    enum sw_code code = rc == MQTTASYNC_MAX_BUFFERED_MESSAGES || rc == MQTTASYNC_MAX_MESSAGES_INFLIGHT ? SW_E_FULL
                        : rc == MQTTASYNC_BAD_UTF8_STRING || rc == MQTTASYNC_BAD_PROTOCOL              ? SW_E_INVAL
                                                                                                       : SW_E_IO;

    return sw_err_set(err, code, rc, "%s: %s", what, sw_mqtt_reason_text(rc));
}

int sw_mqtt_connect(const struct sw_mqtt_params *p, struct sw_mailbox *events, struct sw_mqtt_inbox *inbox,
                    uint32_t connection, struct sw_mqtt **ret, struct sw_err *err)
{
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
    struct sw_mqtt *m = calloc(1, sizeof(*m));
    int rc;

    if (!m)
        return sw_err_set(err, SW_E_NOMEM, 0, "MQTT: out of memory");
    m->socket = -1;
    m->events = events;
    m->inbox = inbox;
    m->connection = connection;
    m->version = p->version ? p->version : 5;
    create.MQTTVersion = m->version == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
    create.sendWhileDisconnected = 0;
    create.maxBufferedMessages = BUFFERED_MAX;
    rc = MQTTAsync_createWithOptions(&m->client, p->uri, p->client_id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &create);
    if (rc != MQTTASYNC_SUCCESS) {
        free(m);
        return mqtt_fail(err, rc, p->uri);
    }
    rc = mqtt_link_start(m, p, err);
    if (rc < 0) {
        sw_mqtt_free(m);
        return rc;
    }
    *ret = m;
    return SW_OK;
}

int sw_mqtt_subscribe(struct sw_mqtt *m, const char *const *filters, size_t n, struct sw_err *err)
{
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    MQTTSubscribe_options how[SW_MQTT_FILTERS_MAX];
    char *topics[SW_MQTT_FILTERS_MAX];
    int qos[SW_MQTT_FILTERS_MAX], rc;

    if (n == 0 || n > SW_MQTT_FILTERS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "subscribe: 1 to %d filters, not %zu", SW_MQTT_FILTERS_MAX, n);
    for (size_t i = 0; i < n; i++) {
        topics[i] = (char *) (uintptr_t) filters[i]; /* only read */
        qos[i] = 1;
        how[i] = (MQTTSubscribe_options) MQTTSubscribe_options_initializer;
        how[i].retainAsPublished = 1; /* else a retained command would look like any other */
    }
    m->n_filters = n;
    response.context = m;
    if (m->version == 5) {
        response.onSuccess5 = on_subscribed;
        response.onFailure5 = on_subscribe_failed;
        response.subscribeOptions = how[0];
        response.subscribeOptionsCount = (int) n;
        response.subscribeOptionsList = how;
    } else {
        response.onSuccess = on_subscribed_3;
        response.onFailure = on_subscribe_failed_3;
    }
    rc = MQTTAsync_subscribeMany(m->client, (int) n, topics, qos, &response);
    return rc == MQTTASYNC_SUCCESS ? SW_OK : mqtt_fail(err, rc, "subscribe");
}

static struct pending *expect_ack(struct sw_mqtt *m, uint64_t tag, MQTTAsync_responseOptions *response)
{
    struct pending *p = malloc(sizeof(*p));

    if (!p)
        return NULL;
    *p = (struct pending){.m = m, .tag = tag};
    response->context = p;
    if (m->version == 5) {
        response->onSuccess5 = on_published;
        response->onFailure5 = on_publish_failed;
    } else {
        response->onSuccess = on_published_3;
        response->onFailure = on_publish_failed_3;
    }
    return p;
}

/* What is sent again and again is named once and numbered from then on. */
static uint16_t alias_of(struct sw_mqtt *m, const struct sw_mqtt_message *msg, bool *ret_is_new)
{
    *ret_is_new = false;
    if (msg->qos != 0 || m->version != 5)
        return 0;
    m->aliases.max = m->alias_max;
    return m->aliases.max ? mqtt_alias_of(&m->aliases, msg->topic, ret_is_new) : 0;
}

/* Borrowed from m when it is a plain message, else to be freed. */
static MQTTProperties properties_of(struct sw_mqtt *m, const struct sw_mqtt_message *msg, bool is_plain, uint16_t alias)
{
    MQTTProperties props = MQTTProperties_initializer;

    if (m->version != 5)
        return props;
    if (is_plain)
        return plain_properties(m, msg, alias);
    add_common(&props, msg);
    add_user(&props, msg->props);
    return props;
}

int sw_mqtt_publish(struct sw_mqtt *m, const struct sw_mqtt_message *msg, struct sw_err *err)
{
    MQTTAsync_message message = MQTTAsync_message_initializer;
    MQTTAsync_responseOptions response =
        MQTTAsync_responseOptions_initializer; /* never NULL: properties would be lost */
    const bool is_plain = msg->len && !msg->props;
    struct pending *p = NULL;
    uint16_t alias = 0;
    bool is_new = false;
    int rc;

    if (msg->tag) {
        p = expect_ack(m, msg->tag, &response);
        if (!p)
            return sw_err_set(err, SW_E_NOMEM, 0, "MQTT: out of memory");
    }
    if (is_plain)
        alias = alias_of(m, msg, &is_new);
    message.payload = (void *) (uintptr_t) msg->payload; /* only read */
    message.payloadlen = (int) msg->len;
    message.qos = msg->qos;
    message.retained = msg->retain;
    message.properties = properties_of(m, msg, is_plain, alias);
    rc = MQTTAsync_sendMessage(m->client, alias && !is_new ? "" : msg->topic, &message, &response);
    if (!is_plain)
        MQTTProperties_free(&message.properties);
    if (rc == MQTTASYNC_SUCCESS)
        return SW_OK;
    if (is_new)
        mqtt_alias_drop(&m->aliases);
    free(p);
    return mqtt_fail(err, rc, msg->topic);
}

int sw_mqtt_disconnect(struct sw_mqtt *m, int timeout_ms, struct sw_err *err)
{
    MQTTAsync_disconnectOptions opts = MQTTAsync_disconnectOptions_initializer5;
    MQTTAsync_disconnectOptions opts3 = MQTTAsync_disconnectOptions_initializer;
    int rc;

    if (m->version != 5)
        opts = opts3;
    opts.timeout = timeout_ms;
    opts.context = m;
    if (m->version == 5) {
        opts.onSuccess5 = on_ended;
        opts.onFailure5 = on_end_failed;
    } else {
        opts.onSuccess = on_ended_3;
        opts.onFailure = on_end_failed_3;
    }
    rc = MQTTAsync_disconnect(m->client, &opts);
    return rc == MQTTASYNC_SUCCESS ? SW_OK : mqtt_fail(err, rc, "disconnect");
}

struct sw_mqtt *sw_mqtt_free(struct sw_mqtt *m)
{
    if (m) {
        mqtt_link_end(m);
        MQTTProperties_free(&m->plain[0]);
        MQTTProperties_free(&m->plain[1]);
        mqtt_aliases_free(&m->aliases);
        free(m);
    }
    return NULL;
}

const char *sw_mqtt_reason_text(int reason)
{
    const char *text = reason < 0 ? MQTTAsync_strerror(reason) : MQTTReasonCode_toString((enum MQTTReasonCodes) reason);

    return text ? text : "unknown reason";
}
