// SPDX-License-Identifier: Apache-2.0
/* libmosquitto with its reading and its writing driven apart: told that other threads drive it, the library queues what
 * it has to send and writes only when asked. So PUBACKs leave when the keeper says so. */
#include "io/mqtt_sink.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/macros.h"

#define OTHER_NAME "host name verification"
#define UNACCEPTABLE_3 1   /* CONNACK of a broker that knows 3.1.1 only */
#define UNSUPPORTED_5 0x84 /* the same, of MQTT 5 */

struct sw_mqtt_sink {
    struct mosquitto *mosq;
    sw_mqtt_sink_fn fn;
    void *ctx;
    size_t n_filters;
    struct sw_mqtt_sink_state state;
    bool is_tls, was_connected;
    char why[160];  /* reason of DISCONNECT or CONNACK */
    char said[160]; /* the last error that the library wrote into its log */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_library(void)
{
    mosquitto_lib_init();
}

/* ---- what the library calls, on the owner's thread ---- */

static void on_connect(struct mosquitto *m, void *ctx, int rc, int flags, const mosquitto_property *props)
{
    struct sw_mqtt_sink *s = ctx;
    const int version = rc == UNACCEPTABLE_3 || rc == UNSUPPORTED_5;

    (void) m;
    (void) props;
    s->state.is_connected = s->was_connected = rc == 0;
    s->state.session_present = rc == 0 && (flags & 1);
    s->state.refused = rc;
    s->state.is_old_version = version != 0;
    if (rc != 0)
        snprintf(s->why, sizeof(s->why), "%s", rc >= 0x80 ? mosquitto_reason_string(rc) : mosquitto_connack_string(rc));
}

static void on_subscribe(struct mosquitto *m, void *ctx, int mid, int n, const int *granted,
                         const mosquitto_property *props)
{
    struct sw_mqtt_sink *s = ctx;
    int worst = 0;

    (void) m;
    (void) mid;
    (void) props;
    for (int i = 0; i < n; i++)
        worst = granted[i] > worst ? granted[i] : worst;
    s->state.is_subscribed = n > 0 && worst < 0x80;
    if (worst >= 0x80) {
        s->state.refused = worst;
        snprintf(s->why, sizeof(s->why), "subscription refused: %s", mosquitto_reason_string(worst));
    }
}

static void on_disconnect(struct mosquitto *m, void *ctx, int rc, const mosquitto_property *props)
{
    struct sw_mqtt_sink *s = ctx;

    (void) m;
    (void) props;
    s->state.is_connected = s->state.is_subscribed = false;
    if (rc != 0 && s->why[0] == '\0')
        snprintf(s->why, sizeof(s->why), "%s", rc >= 0x80 ? mosquitto_reason_string(rc) : mosquitto_strerror(rc));
}

static void on_message(struct mosquitto *m, void *ctx, const struct mosquitto_message *message,
                       const mosquitto_property *props)
{
    struct sw_mqtt_sink *s = ctx;
    const struct sw_mqtt_sunk sunk = {.topic = message->topic,
                                      .payload = message->payload,
                                      .len = (size_t) message->payloadlen,
                                      .qos = message->qos,
                                      .retain = message->retain};

    (void) m;
    (void) props;
    s->fn(s->ctx, &sunk);
}

/* Why a handshake failed is told nowhere else. */
static void on_log(struct mosquitto *m, void *ctx, int level, const char *text)
{
    struct sw_mqtt_sink *s = ctx;

    (void) m;
    if (level == MOSQ_LOG_ERR && !strstr(s->said, OTHER_NAME)) /* the line after it says less */
        snprintf(s->said, sizeof(s->said), "%s", text);
}

/* ---- */

static const char *tls_words(const struct sw_mqtt_sink *s, int rc)
{
    if (strstr(s->said, OTHER_NAME))
        return "its certificate is for another name; see the name in broker.url";
    if (strstr(s->said, "certificate verify failed"))
        return "its certificate is not accepted; see that broker.ca_file holds who vouches for it, that it has not run "
               "out, and "
               "the clock of this machine";
    if (strstr(s->said, "Unable to load"))
        return s->said;
    if (rc == MOSQ_ERR_TLS)
        return s->said[0] ? s->said : "TLS failed";
    return "it ends the connection without an answer; see that broker.cert_file is a certificate that it takes";
}

static int fail(struct sw_mqtt_sink *s, int rc, struct sw_err *err)
{
    const int saved = errno;

    if (s->is_tls && !s->was_connected && s->state.refused == 0 && rc != MOSQ_ERR_EAI &&
        (rc != MOSQ_ERR_ERRNO || saved == EPROTO))
        return sw_err_set(err, SW_E_IO, rc, "%s", tls_words(s, rc));
    return sw_err_set(err, SW_E_IO, rc, "%s",
                      s->why[0]              ? s->why
                      : rc == MOSQ_ERR_ERRNO ? strerror(saved)
                                             : mosquitto_strerror(rc));
}

static int set_tls(struct sw_mqtt_sink *s, const struct sw_mqtt_sink_params *p)
{
    int rc;

    if (!p->is_tls)
        return MOSQ_ERR_SUCCESS;
    rc = p->ca_file ? MOSQ_ERR_SUCCESS : mosquitto_int_option(s->mosq, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
    if (rc == MOSQ_ERR_SUCCESS)
        rc = mosquitto_tls_set(s->mosq, p->ca_file, p->ca_file ? NULL : "/etc/ssl/certs", p->cert_file, p->key_file,
                               NULL);
    if (rc == MOSQ_ERR_SUCCESS) /* 1: the certificate is checked, its name too unless that is switched off */
        rc = mosquitto_tls_opts_set(s->mosq, 1, NULL, NULL);
    return rc;
}

static int set_up(struct sw_mqtt_sink *s, const struct sw_mqtt_sink_params *p)
{
    int rc = mosquitto_threaded_set(s->mosq, true); /* from here on it writes only when told */

    mosquitto_log_callback_set(s->mosq, on_log);
    if (rc == MOSQ_ERR_SUCCESS)
        rc = mosquitto_int_option(s->mosq, MOSQ_OPT_PROTOCOL_VERSION,
                                  p->version == 5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
    if (rc == MOSQ_ERR_SUCCESS && p->version == 5)
        rc = mosquitto_int_option(s->mosq, MOSQ_OPT_RECEIVE_MAXIMUM, p->receive_maximum);
    if (rc == MOSQ_ERR_SUCCESS && p->username)
        rc = mosquitto_username_pw_set(s->mosq, p->username, p->password);
    if (rc == MOSQ_ERR_SUCCESS)
        rc = set_tls(s, p);
    mosquitto_connect_v5_callback_set(s->mosq, on_connect);
    mosquitto_disconnect_v5_callback_set(s->mosq, on_disconnect);
    mosquitto_subscribe_v5_callback_set(s->mosq, on_subscribe);
    mosquitto_message_v5_callback_set(s->mosq, on_message);
    return rc;
}

static int connect_to(struct sw_mqtt_sink *s, const struct sw_mqtt_sink_params *p)
{
    mosquitto_property *props = NULL;
    int rc = MOSQ_ERR_SUCCESS;

    if (p->version == 5) {
        rc = mosquitto_property_add_int32(&props, MQTT_PROP_SESSION_EXPIRY_INTERVAL, p->session_expiry_s);
        if (rc == MOSQ_ERR_SUCCESS)
            rc = mosquitto_property_add_int32(&props, MQTT_PROP_MAXIMUM_PACKET_SIZE, SW_MQTT_SINK_PACKET_MAX);
    }
    errno = 0;
    if (rc == MOSQ_ERR_SUCCESS)
        rc = mosquitto_connect_bind_v5(s->mosq, p->host, p->port, p->keep_alive_s, NULL, props);
    mosquitto_property_free_all(&props);
    return rc;
}

int sw_mqtt_sink_open(const struct sw_mqtt_sink_params *p, sw_mqtt_sink_fn fn, void *ctx, struct sw_mqtt_sink **ret,
                      struct sw_err *err)
{
    struct sw_mqtt_sink *s = calloc(1, sizeof(*s));
    int rc;

    pthread_once(&once, init_library);
    if (!s)
        return sw_err_set(err, SW_E_NOMEM, 0, "MQTT: out of memory");
    s->fn = fn;
    s->ctx = ctx;
    s->is_tls = p->is_tls;
    s->mosq = mosquitto_new(p->client_id, false, s);
    if (!s->mosq) {
        free(s);
        return sw_err_set(err, SW_E_NOMEM, 0, "MQTT: out of memory");
    }
    rc = set_up(s, p);
    if (rc == MOSQ_ERR_SUCCESS)
        rc = connect_to(s, p);
    if (rc != MOSQ_ERR_SUCCESS) {
        rc = fail(s, rc, err);
        sw_mqtt_sink_close(s);
        return rc;
    }
    *ret = s;
    return sw_mqtt_sink_acknowledge(s, err) < 0 ? (*ret = sw_mqtt_sink_close(s), SW_E_IO) : SW_OK; /* CONNECT */
}

struct sw_mqtt_sink *sw_mqtt_sink_close(struct sw_mqtt_sink *s)
{
    if (s) {
        mosquitto_destroy(s->mosq);
        free(s);
    }
    return NULL;
}

int sw_mqtt_sink_fd(const struct sw_mqtt_sink *s)
{
    return mosquitto_socket(s->mosq);
}

int sw_mqtt_sink_read(struct sw_mqtt_sink *s, struct sw_err *err)
{
    const int rc = mosquitto_loop_read(s->mosq, 1);

    if (rc != MOSQ_ERR_SUCCESS || mosquitto_socket(s->mosq) < 0)
        return fail(s, rc != MOSQ_ERR_SUCCESS ? rc : MOSQ_ERR_CONN_LOST, err);
    return SW_OK;
}

int sw_mqtt_sink_acknowledge(struct sw_mqtt_sink *s, struct sw_err *err)
{
    const int rc = mosquitto_loop_write(s->mosq, 1);

    return rc == MOSQ_ERR_SUCCESS ? SW_OK : fail(s, rc, err);
}

bool sw_mqtt_sink_wants_write(struct sw_mqtt_sink *s)
{
    return mosquitto_want_write(s->mosq);
}

int sw_mqtt_sink_tick(struct sw_mqtt_sink *s, struct sw_err *err)
{
    const int rc = mosquitto_loop_misc(s->mosq);

    return rc == MOSQ_ERR_SUCCESS ? SW_OK : fail(s, rc, err);
}

int sw_mqtt_sink_subscribe(struct sw_mqtt_sink *s, const char *const *filters, size_t n, struct sw_err *err)
{
    char *const *list = (char *const *) (uintptr_t) filters; /* only read */
    const int rc = mosquitto_subscribe_multiple(s->mosq, NULL, (int) n, list, 1, 0, NULL);

    s->n_filters = n;
    return rc == MOSQ_ERR_SUCCESS ? SW_OK : fail(s, rc, err);
}

void sw_mqtt_sink_state(const struct sw_mqtt_sink *s, struct sw_mqtt_sink_state *ret)
{
    *ret = s->state;
}

void sw_mqtt_sink_farewell(struct sw_mqtt_sink *s, int timeout_ms)
{
    const int64_t until_us = sw_mono_real_us() + timeout_ms * SW_US_PER_MS;

    if (mosquitto_disconnect(s->mosq) != MOSQ_ERR_SUCCESS)
        return;
    while (mosquitto_socket(s->mosq) >= 0 && sw_mono_real_us() < until_us) {
        struct pollfd fd = {.fd = mosquitto_socket(s->mosq), .events = POLLOUT};

        if (mosquitto_loop_write(s->mosq, 1) != MOSQ_ERR_SUCCESS)
            return;
        if (mosquitto_socket(s->mosq) >= 0 && poll(&fd, 1, 50) < 0)
            return;
    }
}
