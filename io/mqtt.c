// SPDX-License-Identifier: Apache-2.0
/* Paho MQTTAsync behind the door of mqtt.h. Its callbacks run on its own threads: they copy what they are told into a
 * mailbox and return. Leaves retries, lanes and what is sent to the uplink. */
#include "io/mqtt_inbox.h"

#include <MQTTAsync.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/macros.h"

#define BUFFERED_MAX 128     /* messages inside Paho; above it a publish is refused: the live lane's drop point */
#define DESCRIPTORS_MAX 1024 /* of the process: libmodbus uses select, so all are below it */
#define PROPS_MAX 16         /* user properties a message */

struct sw_mqtt {
    MQTTAsync client;
    _Atomic int socket; /* Paho's, while connected; -1 = not found */
    struct sw_mailbox *events;
    struct sw_mqtt_inbox *inbox; /* NULL = nothing is subscribed */
    uint32_t connection;
    uint16_t port; /* of the broker */
    /* The properties of the last message without user properties: all live values have the same ones, and Paho pays a
     * lock and a tree for every piece of memory. */
    MQTTProperties plain;
    uint32_t plain_expiry_s;
};

/* What a publish leaves for its callback: Paho gives back one pointer. */
struct pending {
    struct sw_mqtt *m;
    uint64_t tag;
};

static void post(struct sw_mqtt *m, struct sw_mqtt_event ev, const char *text)
{
    ev.connection = m->connection;
    snprintf(ev.text, sizeof(ev.text), "%s", text ? text : "");
    sw_mailbox_post(m->events, &ev, 1, true);
}

/* MQTT reason codes and Paho's return codes share a number line: codes of Paho are negative. */
static int reason_of(const MQTTAsync_failureData5 *data)
{
    if (!data)
        return MQTTASYNC_FAILURE;
    if (data->reasonCode >= MQTTREASONCODE_UNSPECIFIED_ERROR)
        return (int) data->reasonCode;
    return data->code ? data->code : MQTTASYNC_FAILURE;
}

/* Paho leaves Nagle's algorithm on and offers no way to its socket: the second live value of a second would wait up to
 * 40 ms for the broker's delayed acknowledgement. So the socket is found by its peer's port. */
static int send_without_delay(uint16_t port)
{
    static const int on = 1;
    int found = -1;

    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
        struct sockaddr_storage peer = {0};
        socklen_t len = sizeof(peer);

        if (getpeername(fd, (struct sockaddr *) &peer, &len) < 0)
            continue;
        if ((peer.ss_family == AF_INET && ntohs(((struct sockaddr_in *) &peer)->sin_port) == port) ||
            (peer.ss_family == AF_INET6 && ntohs(((struct sockaddr_in6 *) &peer)->sin6_port) == port))
            if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0)
                found = fd;
    }
    return found;
}

void sw_mqtt_gather(struct sw_mqtt *m, bool is_gathering)
{
    const int no_delay = is_gathering ? 0 : 1; /* switching it on sends what waits */

    if (m->socket >= 0)
        setsockopt(m->socket, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay));
}

static void on_connected(void *ctx, MQTTAsync_successData5 *data)
{
    struct sw_mqtt_event ev = {.kind = SW_MQTT_CONNECTED, .receive_maximum = 65535};

    if (data) {
        int receive = MQTTProperties_hasProperty(&data->properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM);
        int packet = MQTTProperties_hasProperty(&data->properties, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE);

        if (receive)
            ev.receive_maximum =
                (uint32_t) MQTTProperties_getNumericValue(&data->properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM);
        if (packet)
            ev.max_packet_size =
                (uint32_t) MQTTProperties_getNumericValue(&data->properties, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE);
        ev.session_present = data->alt.connect.sessionPresent != 0;
    }
    ((struct sw_mqtt *) ctx)->socket = send_without_delay(((struct sw_mqtt *) ctx)->port);
    post(ctx, ev, NULL);
}

static void on_connect_failed(void *ctx, MQTTAsync_failureData5 *data)
{
    const char *text = data ? data->message : NULL;
    int reason = reason_of(data);

    if (!text && reason == MQTTASYNC_FAILURE) /* all that Paho says when the name is not known */
        text = "no connection: is its name right, is there a network?";
    post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_CONNECT_FAILED, .reason = reason}, text);
}

static void on_lost(void *ctx, char *cause)
{
    post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_LOST, .reason = MQTTASYNC_DISCONNECTED}, cause);
}

/* The broker ends the connection and says why (8E: another client came with our id). */
static void on_disconnected(void *ctx, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
    (void) properties;
    post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_LOST, .reason = (int) reason}, MQTTReasonCode_toString(reason));
}

/* Without an inbox nothing is subscribed: what comes belongs to an older session. */
static int on_message(void *ctx, char *topic, int topic_len, MQTTAsync_message *message)
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

    for (int i = 0; data && i < data->alt.sub.reasonCodeCount && data->alt.sub.reasonCodes; i++)
        worst = SW_MAX(worst, (int) data->alt.sub.reasonCodes[i]);
    post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_SUBSCRIBED, .reason = worst}, NULL);
}

static void on_subscribe_failed(void *ctx, MQTTAsync_failureData5 *data)
{
    post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_SUBSCRIBED, .reason = reason_of(data)},
         data ? data->message : NULL);
}

static void on_published(void *ctx, MQTTAsync_successData5 *data)
{
    struct pending *p = ctx;

    post(p->m,
         (struct sw_mqtt_event){.kind = SW_MQTT_ACKED, .tag = p->tag, .reason = data ? (int) data->reasonCode : 0},
         NULL);
    free(p);
}

/* A refusal of the broker has a reason of MQTT; what a lost connection took with it one of Paho, below zero. */
static void on_publish_failed(void *ctx, MQTTAsync_failureData5 *data)
{
    struct pending *p = ctx;

    post(p->m, (struct sw_mqtt_event){.kind = SW_MQTT_ACKED, .tag = p->tag, .reason = reason_of(data)},
         data ? data->message : NULL);
    free(p);
}

static void on_ended(void *ctx, MQTTAsync_successData5 *data)
{
    (void) data;
    post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_ENDED}, NULL);
}

static void on_end_failed(void *ctx, MQTTAsync_failureData5 *data)
{
    post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_ENDED, .reason = reason_of(data)}, NULL);
}

static void add_number(MQTTProperties *props, enum MQTTPropertyCodes code, uint32_t value)
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

static void add_text(MQTTProperties *props, enum MQTTPropertyCodes code, const char *text)
{
    MQTTProperty p = {.identifier = code};

    p.value.data = lenstr(text, strlen(text));
    MQTTProperties_add(props, &p);
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
    static const char correlation[] = SW_MQTT_CORRELATION_LINE;

    for (int n = 0; lines && *lines && n < PROPS_MAX; n++) {
        size_t len = strcspn(lines, "\n");
        const char *equals = memchr(lines, '=', len);
        MQTTProperty p = {.identifier = MQTTPROPERTY_CODE_USER_PROPERTY};

        if (strncmp(lines, correlation, sizeof(correlation) - 1) == 0) {
            add_correlation(props, lines + sizeof(correlation) - 1, len - sizeof(correlation) + 1);
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
        add_number(props, MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR, 1);
        add_text(props, MQTTPROPERTY_CODE_CONTENT_TYPE, "application/json");
    }
    if (msg->expiry_s)
        add_number(props, MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL, msg->expiry_s);
}

/* The kept properties, made again when the expiry differs. Owned by m; sendMessage copies them. */
static MQTTProperties plain_properties(struct sw_mqtt *m, const struct sw_mqtt_message *msg)
{
    if (m->plain.count == 0 || m->plain_expiry_s != msg->expiry_s) {
        MQTTProperties_free(&m->plain);
        m->plain = (MQTTProperties) MQTTProperties_initializer;
        add_common(&m->plain, msg);
        m->plain_expiry_s = msg->expiry_s;
    }
    return m->plain;
}

static int fail(struct sw_err *err, int rc, const char *what)
{
    enum sw_code code = rc == MQTTASYNC_MAX_BUFFERED_MESSAGES || rc == MQTTASYNC_MAX_MESSAGES_INFLIGHT ? SW_E_FULL
                        : rc == MQTTASYNC_BAD_UTF8_STRING || rc == MQTTASYNC_BAD_PROTOCOL              ? SW_E_INVAL
                                                                                                       : SW_E_IO;

    return sw_err_set(err, code, rc, "%s: %s", what, sw_mqtt_reason_text(rc));
}

static int start_connect(struct sw_mqtt *m, const struct sw_mqtt_params *p, struct sw_err *err)
{
    MQTTAsync_connectOptions opts = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
    MQTTAsync_SSLOptions ssl = MQTTAsync_SSLOptions_initializer;
    MQTTProperties connect_props = MQTTProperties_initializer, will_props = MQTTProperties_initializer;
    int rc;

    add_number(&connect_props, MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, p->session_expiry_s);
    add_number(&connect_props, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, SW_MQTT_PACKET_MAX);
    opts.keepAliveInterval = p->keep_alive_s;
    opts.connectTimeout = p->connect_timeout_s;
    opts.cleanstart = 0;
    opts.maxInflight = SW_MQTT_IN_FLIGHT_MAX + 1; /* the caller counts; Paho's own count must not be in the way */
    opts.automaticReconnect = 0;
    opts.username = p->username;
    opts.password = p->password;
    opts.connectProperties = &connect_props;
    opts.onSuccess5 = on_connected;
    opts.onFailure5 = on_connect_failed;
    opts.context = m;
    if (p->will_topic) {
        add_number(&will_props, MQTTPROPERTY_CODE_WILL_DELAY_INTERVAL, p->will_delay_s);
        add_number(&will_props, MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR, 1);
        add_text(&will_props, MQTTPROPERTY_CODE_CONTENT_TYPE, "application/json");
        will.topicName = p->will_topic;
        will.payload.data = p->will_payload;
        will.payload.len = (int) p->will_len;
        will.qos = 1;
        will.retained = 1;
        opts.will = &will;
        opts.willProperties = &will_props;
    }
    if (!strncmp(p->uri, "ssl://", 6)) {
        ssl.trustStore = p->ca_file;
        ssl.keyStore = p->cert_file;
        ssl.privateKey = p->key_file;
        ssl.sslVersion = MQTT_SSL_VERSION_TLS_1_2;
        ssl.enableServerCertAuth = 1;
        ssl.verify = 1; /* the host name too */
        opts.ssl = &ssl;
    }
    rc = MQTTAsync_connect(m->client, &opts);
    MQTTProperties_free(&connect_props);
    MQTTProperties_free(&will_props);
    return rc == MQTTASYNC_SUCCESS ? SW_OK : fail(err, rc, p->uri);
}

static uint16_t port_of(const char *uri)
{
    const char *colon = strrchr(uri, ':');
    long port = colon ? strtol(colon + 1, NULL, 10) : 0;

    if (port > 0 && port <= UINT16_MAX)
        return (uint16_t) port;
    return strncmp(uri, "ssl://", 6) ? 1883 : 8883;
}

int sw_mqtt_connect(const struct sw_mqtt_params *p, struct sw_mailbox *events, struct sw_mqtt_inbox *inbox,
                    uint32_t connection, struct sw_mqtt **ret, struct sw_err *err)
{
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer5;
    struct sw_mqtt *m = calloc(1, sizeof(*m));
    int rc;

    if (!m)
        return sw_err_set(err, SW_E_NOMEM, 0, "MQTT: out of memory");
    m->socket = -1;
    m->events = events;
    m->inbox = inbox;
    m->connection = connection;
    m->port = port_of(p->uri);
    create.sendWhileDisconnected = 0;
    create.maxBufferedMessages = BUFFERED_MAX;
    rc = MQTTAsync_createWithOptions(&m->client, p->uri, p->client_id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &create);
    if (rc != MQTTASYNC_SUCCESS) {
        free(m);
        return fail(err, rc, p->uri);
    }
    MQTTAsync_setCallbacks(m->client, m, on_lost, on_message, NULL);
    MQTTAsync_setDisconnected(m->client, m, on_disconnected);
    rc = start_connect(m, p, err);
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
    response.onSuccess5 = on_subscribed;
    response.onFailure5 = on_subscribe_failed;
    response.context = m;
    response.subscribeOptions = how[0];
    response.subscribeOptionsCount = (int) n;
    response.subscribeOptionsList = how;
    rc = MQTTAsync_subscribeMany(m->client, (int) n, topics, qos, &response);
    return rc == MQTTASYNC_SUCCESS ? SW_OK : fail(err, rc, "subscribe");
}

int sw_mqtt_publish(struct sw_mqtt *m, const struct sw_mqtt_message *msg, struct sw_err *err)
{
    MQTTAsync_message message = MQTTAsync_message_initializer;
    MQTTAsync_responseOptions response =
        MQTTAsync_responseOptions_initializer; /* never NULL: properties would be lost */
    struct pending *p = NULL;
    const bool is_plain = msg->len && !msg->props;
    int rc;

    if (msg->tag) {
        p = malloc(sizeof(*p));
        if (!p)
            return sw_err_set(err, SW_E_NOMEM, 0, "MQTT: out of memory");
        *p = (struct pending){.m = m, .tag = msg->tag};
        response.onSuccess5 = on_published;
        response.onFailure5 = on_publish_failed;
        response.context = p;
    }
    message.payload = (void *) (uintptr_t) msg->payload; /* only read */
    message.payloadlen = (int) msg->len;
    message.qos = msg->qos;
    message.retained = msg->retain;
    if (is_plain) {
        message.properties = plain_properties(m, msg);
    } else {
        add_common(&message.properties, msg);
        add_user(&message.properties, msg->props);
    }
    rc = MQTTAsync_sendMessage(m->client, msg->topic, &message, &response);
    if (!is_plain)
        MQTTProperties_free(&message.properties);
    if (rc == MQTTASYNC_SUCCESS)
        return SW_OK;
    free(p);
    return fail(err, rc, msg->topic);
}

int sw_mqtt_disconnect(struct sw_mqtt *m, int timeout_ms, struct sw_err *err)
{
    MQTTAsync_disconnectOptions opts = MQTTAsync_disconnectOptions_initializer5;
    int rc;

    opts.timeout = timeout_ms;
    opts.onSuccess5 = on_ended;
    opts.onFailure5 = on_end_failed;
    opts.context = m;
    rc = MQTTAsync_disconnect(m->client, &opts);
    return rc == MQTTASYNC_SUCCESS ? SW_OK : fail(err, rc, "disconnect");
}

struct sw_mqtt *sw_mqtt_free(struct sw_mqtt *m)
{
    if (m) {
        MQTTProperties_free(&m->plain);
        MQTTAsync_destroy(&m->client);
        free(m);
    }
    return NULL;
}

const char *sw_mqtt_reason_text(int reason)
{
    const char *text = reason < 0 ? MQTTAsync_strerror(reason) : MQTTReasonCode_toString((enum MQTTReasonCodes) reason);

    return text ? text : "unknown reason";
}
