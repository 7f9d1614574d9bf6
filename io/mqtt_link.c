// SPDX-License-Identifier: Apache-2.0
/* A connection of Paho's, from CONNECT to its end: versions 5 and 3.1.1, TLS, websockets, proxy, and the socket under
 * it. Its callbacks run on Paho's threads: they copy what they are told into a mailbox and return. */
#include "io/mqtt_int.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/macros.h"

#define DESCRIPTORS_MAX 1024           /* of the process: libmodbus uses select, so all are below it */
#define WORDS_AGE_US (2 * SW_US_PER_S) /* of the log that a failure is explained by */
#define RECEIVE_MAXIMUM 64             /* messages to us that the broker may leave unacknowledged */

/* ---- what the library says only in its log ---- */

/* A handshake fails on the thread that then calls on_connect_failed, so what that thread heard last belongs to it. */
static _Thread_local struct mqtt_words words;
static _Thread_local int64_t words_us;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static int n_connecting;

static void on_log(enum MQTTASYNC_TRACE_LEVELS level, char *line)
{
    (void) level;
    mqtt_words_take(&words, line);
    words_us = sw_mono_real_us();
}

static int on_tls_error(const char *line, size_t len, void *ctx)
{
    (void) ctx;
    mqtt_words_take_error(&words, line, len);
    words_us = sw_mono_real_us();
    return 1;
}

static void set_log(void)
{
    MQTTAsync_setTraceCallback(on_log);
}

/* Listened to only while somebody connects: each packet is a line of it. The callback stays: the library looks at it
 * and calls it without a lock, so it must never be taken away while a thread of the library runs. */
static void listen_to_log(struct sw_mqtt *m, bool on)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    if (atomic_exchange(&m->is_connecting, on) == on)
        return;
    pthread_once(&once, set_log);
    pthread_mutex_lock(&log_lock);
    n_connecting += on ? 1 : -1;
    MQTTAsync_setTraceLevel(n_connecting > 0 ? MQTTASYNC_TRACE_PROTOCOL : MQTTASYNC_TRACE_FATAL);
    pthread_mutex_unlock(&log_lock);
}

/* ---- the socket ---- */

static _Atomic(struct sw_mqtt *) owner[DESCRIPTORS_MAX];

static void disown_socket(struct sw_mqtt *m)
{
    int fd = atomic_exchange(&m->socket, -1);

    if (fd >= 0)
        owner[fd] = NULL;
}

static bool is_to_port(int fd, uint16_t port)
{
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof(peer);

    if (getpeername(fd, (struct sockaddr *) &peer, &len) < 0)
        return false;
    return (peer.ss_family == AF_INET && ntohs(((struct sockaddr_in *) &peer)->sin_port) == port) ||
           (peer.ss_family == AF_INET6 && ntohs(((struct sockaddr_in6 *) &peer)->sin6_port) == port);
}

/* Paho leaves Nagle's algorithm on and offers no way to its socket: the second live value of a second would wait up to
 * 40 ms for the broker's delayed acknowledgement. And it finds a dead line only after two and a half keep-alives, while
 * the kernel knows what was not acknowledged: with half a keep-alive it is one and a half, ping included. So the socket
 * is found by its peer's port. */
static void find_socket(struct sw_mqtt *m)
{
    static const int on = 1;
    const unsigned dead_ms = (unsigned) m->keep_alive_s * 500;

    for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
        struct sw_mqtt *nobody = NULL;

        if (owner[fd] != NULL || !is_to_port(fd, m->port) ||
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
            continue;
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_ms, sizeof(dead_ms));
        if (m->socket < 0 && atomic_compare_exchange_strong(&owner[fd], &nobody, m))
            m->socket = fd;
    }
}

void sw_mqtt_gather(struct sw_mqtt *m, bool is_gathering)
{
    const int no_delay = is_gathering ? 0 : 1; /* switching it on sends what waits */
    const int fd = m->socket;

    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay));
}

int sw_mqtt_cut(struct sw_mqtt *m)
{
    const int fd = m->socket;

    return fd >= 0 && shutdown(fd, SHUT_RDWR) == 0 ? SW_OK : SW_E_IO;
}

/* ---- connected, or not ---- */

static uint32_t number_of(MQTTProperties *props, enum MQTTPropertyCodes code, uint32_t dflt)
{
    return MQTTProperties_hasProperty(props, code) ? (uint32_t) MQTTProperties_getNumericValue(props, code) : dflt;
}

static void connected(struct sw_mqtt *m, struct sw_mqtt_event ev)
{
    listen_to_log(m, false);
    words = (struct mqtt_words){0};
    ev.kind = SW_MQTT_CONNECTED;
    find_socket(m);
    mqtt_post(m, ev, NULL);
}

static void on_connected(void *ctx, MQTTAsync_successData5 *data)
{
    struct sw_mqtt *m = ctx;
    struct sw_mqtt_event ev = {.receive_maximum = 65535};

    if (data) {
        MQTTProperties *props = &data->properties;

        ev.receive_maximum = number_of(props, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, 65535);
        ev.max_packet_size = number_of(props, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, 0);
        m->alias_max = (uint16_t) number_of(props, MQTTPROPERTY_CODE_TOPIC_ALIAS_MAXIMUM, 0);
        ev.session_present = data->alt.connect.sessionPresent != 0;
    }
    connected(m, ev);
}

static void on_connected_3(void *ctx, MQTTAsync_successData *data)
{
    struct sw_mqtt_event ev = {.receive_maximum = 65535};

    ev.session_present = data && data->alt.connect.sessionPresent != 0;
    connected(ctx, ev);
}

static void connect_failed(struct sw_mqtt *m, int reason, const char *said)
{
    struct sw_mqtt_event ev = {.kind = SW_MQTT_CONNECT_FAILED, .reason = reason};
    char text[sizeof(ev.text)] = "";

    listen_to_log(m, false);
    if (sw_mono_real_us() - words_us > WORDS_AGE_US)
        words = (struct mqtt_words){0};
    ev.was_cut = said && strcmp(said, "TCP connect completion failure") == 0;
    if (ev.was_cut && m->is_tls) { /* also how a broker refuses our certificate from TLS 1.3 on */
        ev.was_cut = words.tls == SW_MQTT_TLS_NOTHING;
        if (ev.was_cut)
            words = (struct mqtt_words){.tls = SW_MQTT_TLS_REFUSED, .why = "it ends the connection without an answer"};
    }
    if (reason < 0) {
        ev.tls = words.tls;
        mqtt_words_text(&words, text, sizeof(text));
    }
    words = (struct mqtt_words){0};
    if (reason >= 0)
        said = NULL; /* its reason says more than "CONNACK return code" */
    else if (text[0])
        said = text;
    else if (ev.was_cut)
        said = "the broker ended the connection without an answer";
    else if (!said) /* all that Paho says when the name is not known */
        said = "no connection: is its name right, is there a network?";
    mqtt_post(m, ev, said);
}

static void on_connect_failed(void *ctx, MQTTAsync_failureData5 *data)
{
    connect_failed(ctx, mqtt_reason_of(data), data ? data->message : NULL);
}

static void on_connect_failed_3(void *ctx, MQTTAsync_failureData *data)
{
    connect_failed(ctx, mqtt_reason_of_3(data), data ? data->message : NULL);
}

static void on_lost(void *ctx, char *cause)
{
    disown_socket(ctx);
    mqtt_post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_LOST, .reason = MQTTASYNC_DISCONNECTED}, cause);
}

/* The broker ends the connection and says why (8E: another client came with our id). */
static void on_disconnected(void *ctx, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
    (void) properties;
    disown_socket(ctx);
    mqtt_post(ctx, (struct sw_mqtt_event){.kind = SW_MQTT_LOST, .reason = (int) reason},
              MQTTReasonCode_toString(reason));
}

/* ---- options ---- */

static bool is_tls(const char *uri)
{
    return !strncmp(uri, "ssl://", 6) || !strncmp(uri, "wss://", 6);
}

/* The port that a socket goes to: the proxy's, where there is one. */
static uint16_t port_of(const struct sw_mqtt_params *p)
{
    const char *uri = p->proxy ? p->proxy : p->uri;
    const char *host = strstr(uri, "://"), *bracket, *colon;
    long port;

    host = host ? host + 3 : uri;
    bracket = strchr(host, ']');
    colon = strchr(bracket ? bracket : host, ':');
    port = colon ? strtol(colon + 1, NULL, 10) : 0;
    if (port > 0 && port <= UINT16_MAX)
        return (uint16_t) port;
    if (p->proxy)
        return is_tls(p->uri) ? 443 : 80; /* what Paho takes then */
    return !strncmp(uri, "wss:", 4) ? 443 : !strncmp(uri, "ws:", 3) ? 80 : !strncmp(uri, "ssl:", 4) ? 8883 : 1883;
}

static void set_tls(const struct sw_mqtt_params *p, MQTTAsync_SSLOptions *ssl, MQTTAsync_connectOptions *opts)
{
    if (!is_tls(p->uri))
        return;
    ssl->trustStore = p->ca_file;
    ssl->keyStore = p->cert_file;
    ssl->privateKey = p->key_file;
    ssl->sslVersion = MQTT_SSL_VERSION_TLS_1_2; /* at least: OpenSSL 3 takes no less at Paho's security level */
    ssl->enableServerCertAuth = 1;
    ssl->verify = 1; /* the host name too */
    ssl->ssl_error_cb = on_tls_error;
    opts->ssl = ssl;
}

static void set_will(const struct sw_mqtt *m, const struct sw_mqtt_params *p, MQTTAsync_willOptions *will,
                     MQTTProperties *props, MQTTAsync_connectOptions *opts)
{
    if (!p->will_topic)
        return;
    will->topicName = p->will_topic;
    will->payload.data = p->will_payload;
    will->payload.len = (int) p->will_len;
    will->qos = 1;
    will->retained = 1;
    opts->will = will;
    if (m->version != 5)
        return;
    mqtt_add_number(props, MQTTPROPERTY_CODE_WILL_DELAY_INTERVAL, p->will_delay_s);
    mqtt_add_number(props, MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR, 1);
    mqtt_add_text(props, MQTTPROPERTY_CODE_CONTENT_TYPE, "application/json");
    opts->willProperties = props;
}

static void set_version(struct sw_mqtt *m, const struct sw_mqtt_params *p, MQTTProperties *props,
                        MQTTAsync_connectOptions *opts)
{
    opts->context = m;
    if (m->version == 5) {
        mqtt_add_number(props, MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, p->session_expiry_s);
        mqtt_add_number(props, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, SW_MQTT_PACKET_MAX);
        mqtt_add_number(props, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, RECEIVE_MAXIMUM);
        opts->cleanstart = 0;
        opts->connectProperties = props;
        opts->onSuccess5 = on_connected;
        opts->onFailure5 = on_connect_failed;
        return;
    }
    opts->MQTTVersion = MQTTVERSION_3_1_1;
    opts->cleansession = 0;
    opts->onSuccess = on_connected_3;
    opts->onFailure = on_connect_failed_3;
}

/* Paho wants the proxy of a TLS connection to begin with https://, and speaks plain HTTP to it all the same. */
static void set_proxy(const struct sw_mqtt_params *p, char *buf, size_t cap, MQTTAsync_connectOptions *opts)
{
    if (!p->proxy)
        return;
    snprintf(buf, cap, "%s://%s", is_tls(p->uri) ? "https" : "http", strstr(p->proxy, "://") + 3);
    if (is_tls(p->uri))
        opts->httpsProxy = buf;
    else
        opts->httpProxy = buf;
}

int mqtt_link_start(struct sw_mqtt *m, const struct sw_mqtt_params *p, struct sw_err *err)
{
    MQTTAsync_connectOptions opts5 = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_connectOptions opts = MQTTAsync_connectOptions_initializer;
    MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
    MQTTAsync_SSLOptions ssl = MQTTAsync_SSLOptions_initializer;
    MQTTProperties connect_props = MQTTProperties_initializer, will_props = MQTTProperties_initializer;
    char proxy[300];
    int rc;

    if (p->proxy && !strstr(p->proxy, "://"))
        return sw_err_set(err, SW_E_INVAL, 0, "proxy %s: must begin with http://", p->proxy);
    if (m->version == 5)
        opts = opts5;
    m->port = port_of(p);
    m->is_tls = is_tls(p->uri);
    m->keep_alive_s = p->keep_alive_s;
    opts.keepAliveInterval = p->keep_alive_s;
    opts.connectTimeout = p->connect_timeout_s;
    opts.maxInflight = SW_MQTT_IN_FLIGHT_MAX + 1; /* the caller counts; Paho's own count must not be in the way */
    opts.automaticReconnect = 0;
    opts.username = p->username;
    opts.password = p->password;
    set_version(m, p, &connect_props, &opts);
    set_will(m, p, &will, &will_props, &opts);
    set_tls(p, &ssl, &opts);
    set_proxy(p, proxy, sizeof(proxy), &opts);
    MQTTAsync_setCallbacks(m->client, m, on_lost, mqtt_on_message, NULL);
    if (m->version == 5)
        MQTTAsync_setDisconnected(m->client, m, on_disconnected);
    listen_to_log(m, true);
    rc = MQTTAsync_connect(m->client, &opts);
    MQTTProperties_free(&connect_props);
    MQTTProperties_free(&will_props);
    return rc == MQTTASYNC_SUCCESS ? SW_OK : mqtt_fail(err, rc, p->uri);
}

void mqtt_link_end(struct sw_mqtt *m)
{
    listen_to_log(m, false);
    disown_socket(m);
    MQTTAsync_destroy(&m->client);
    disown_socket(m); /* it may have connected meanwhile */
}
