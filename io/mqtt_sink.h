// SPDX-License-Identifier: Apache-2.0
/* A door over libmosquitto for whoever keeps what comes: a subscription whose PUBACKs wait until the keeper says that
 * everything is on the disk. What was read and not acknowledged the broker sends again, to the next connection of the
 * session. (Paho, behind io/mqtt.h, acknowledges before it tells anybody.) One connection, used once; one thread owns
 * it, and everything runs on that thread. */
#ifndef SW_IO_MQTT_SINK_H
#define SW_IO_MQTT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define SW_MQTT_SINK_PACKET_MAX (512 * 1024) /* larger ones the broker does not send us (MQTT 5) */

/** Borrowed until sw_mqtt_sink_open returns. */
struct sw_mqtt_sink_params {
    const char *host;
    int port;
    bool is_tls;
    int version; /* 5, or 4 which is 3.1.1 */
    const char *client_id;
    const char *username, *password;            /* NULL = none */
    const char *ca_file, *cert_file, *key_file; /* TLS only; NULL = the system's roots, no client certificate */
    uint32_t session_expiry_s;                  /* 5 only; 3.1.1 keeps the session as long as the broker likes */
    uint16_t receive_maximum;                   /* messages that may wait for their PUBACK (5) */
    int keep_alive_s;                           /* at least 5 */
};

/** A message as it came; borrowed for the length of the call. `retain`: it was there before we subscribed. */
struct sw_mqtt_sunk {
    const char *topic, *payload; /* payload has no closing NUL; NULL when len is 0 */
    size_t len;
    int qos;
    bool retain;
};
typedef void (*sw_mqtt_sink_fn)(void *ctx, const struct sw_mqtt_sunk *message);

struct sw_mqtt_sink;

/** Connect: name, TCP and TLS are waited for, at worst some minutes; CONNACK is not. @return SW_OK; SW_E_IO; SW_E_INVAL
 */
int sw_mqtt_sink_open(const struct sw_mqtt_sink_params *p, sw_mqtt_sink_fn fn, void *ctx, struct sw_mqtt_sink **ret,
                      struct sw_err *err);
struct sw_mqtt_sink *sw_mqtt_sink_close(struct sw_mqtt_sink *s); /* no goodbye; NULL is fine; always returns NULL */

int sw_mqtt_sink_fd(const struct sw_mqtt_sink *s);

/** One packet that has come, if there is one: fn is called for a message. Sends nothing.
 *  @return SW_OK; SW_E_IO the connection is gone */
int sw_mqtt_sink_read(struct sw_mqtt_sink *s, struct sw_err *err);

/** Everything that was read is safe: send the PUBACKs, and whatever else waits (SUBSCRIBE, ping). */
int sw_mqtt_sink_acknowledge(struct sw_mqtt_sink *s, struct sw_err *err);
bool sw_mqtt_sink_wants_write(struct sw_mqtt_sink *s); /* the socket did not take all of it */

/** Call every second: keep-alive. What it has to send goes with the next sw_mqtt_sink_acknowledge. */
int sw_mqtt_sink_tick(struct sw_mqtt_sink *s, struct sw_err *err);

/** QoS 1, with what is retained. The answer shows in sw_mqtt_sink_state. */
int sw_mqtt_sink_subscribe(struct sw_mqtt_sink *s, const char *const *filters, size_t n, struct sw_err *err);

struct sw_mqtt_sink_state {
    bool is_connected;    /* CONNACK said yes */
    bool session_present; /* the broker kept what came while we were away */
    bool is_subscribed;   /* all filters */
    int refused;          /* reason of CONNACK or SUBACK; 0 = none */
    bool is_old_version;  /* it was refused because the broker does not speak the version */
};
void sw_mqtt_sink_state(const struct sw_mqtt_sink *s, struct sw_mqtt_sink_state *ret);

/** Say goodbye, waiting so long at most. What was read and not acknowledged comes again. */
void sw_mqtt_sink_farewell(struct sw_mqtt_sink *s, int timeout_ms);

#endif
