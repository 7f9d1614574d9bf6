// SPDX-License-Identifier: Apache-2.0
/* A door over Paho's MQTTAsync, MQTT 5 and 3.1.1: one connection. What arrives from the broker and from Paho's threads
 * comes out as messages in mailboxes; nothing of ours runs on Paho's threads but that copy. A connection is used once:
 * after it failed or was lost, free it and make a new one (Paho would otherwise resend by itself what the outbox
 * resends too). When to try again is the caller's. One thread owns it. */
#ifndef SW_IO_MQTT_H
#define SW_IO_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/mailbox.h"

#define SW_MQTT_IN_FLIGHT_MAX 20 /* QoS 1 messages without PUBACK; a broker may ask for less */
#define SW_MQTT_FILTERS_MAX 16   /* subscribed at once */
#define SW_MQTT_CORRELATION_MAX 256
/** A line of sw_mqtt_message.props that is no user property: Correlation Data, in hex. */
#define SW_MQTT_CORRELATION_LINE "=correlation="
/** Likewise: the Response Topic, as it is. */
#define SW_MQTT_RESPONSE_LINE "=response="
#define SW_MQTT_PAYLOAD_MAX (256 * 1024)      /* of what comes in; larger is told without its payload */
#define SW_MQTT_PACKET_MAX (512 * 1024)       /* larger ones the broker does not send us at all */
#define SW_MQTT_INBOX_MESSAGES 256            /* that wait to be taken, */
#define SW_MQTT_INBOX_BYTES (2 * 1024 * 1024) /* and their bytes; more are dropped and counted */

/** Borrowed until sw_mqtt_connect returns. */
struct sw_mqtt_params {
    const char *uri; /* "tcp://host:1883", "ssl://host:8883", "ws://host:80/path", "wss://host:443/path" */
    int version;     /* 5 (or 0), or 4 which is 3.1.1: no properties, no expiry, no reasons, a will without delay */
    const char *client_id;
    const char *username, *password;            /* NULL = none */
    const char *ca_file, *cert_file, *key_file; /* TLS only; NULL = the system's roots, no client certificate */
    const char *proxy;                          /* "http://host:3128", asked with CONNECT; NULL = none */
    const char *will_topic;                     /* NULL = no will; sent retained with QoS 1 */
    const char *will_payload;
    size_t will_len;
    uint32_t will_delay_s;
    uint32_t session_expiry_s;
    int keep_alive_s; /* real seconds */
    int connect_timeout_s;
};

/** How TLS failed; told with CONNECT_FAILED. */
enum sw_mqtt_tls {
    SW_MQTT_TLS_NOTHING,     /* it did not, or it was not TLS */
    SW_MQTT_TLS_NOT_TRUSTED, /* the broker's certificate: unknown root, expired */
    SW_MQTT_TLS_WRONG_NAME,  /* of the broker's certificate */
    SW_MQTT_TLS_REFUSED,     /* the broker ended it: our certificate is missing, expired, revoked */
    SW_MQTT_TLS_FILES,       /* one of our files cannot be used */
    SW_MQTT_TLS_BROKEN,
};

enum sw_mqtt_event_kind {
    SW_MQTT_CONNECTED,
    SW_MQTT_CONNECT_FAILED,
    SW_MQTT_LOST,       /* after it was connected; also when the broker ends it (reason) */
    SW_MQTT_ACKED,      /* the fate of the message with this tag. reason below 0x80: the broker has it; from there on:
                           it refused it; below zero: it did not get there */
    SW_MQTT_ENDED,      /* a disconnect that we asked for is done */
    SW_MQTT_SUBSCRIBED, /* reason: the worst of all filters, from 0x80 on it was refused */
};

struct sw_mqtt_event {
    enum sw_mqtt_event_kind kind;
    uint32_t connection;      /* number of the connection it belongs to */
    int reason;               /* MQTT 5 reason code (also with 3.1.1), or Paho's negative return code; 0 = fine */
    uint64_t tag;             /* ACKED: what was given to sw_mqtt_publish */
    uint32_t receive_maximum; /* CONNECTED: 65535 when the broker does not say */
    uint32_t max_packet_size; /* CONNECTED: 0 = no limit */
    bool session_present;     /* CONNECTED */
    enum sw_mqtt_tls tls;     /* CONNECT_FAILED */
    bool was_cut;             /* CONNECT_FAILED: the other side ended it without an answer to CONNECT */
    char text[128];           /* what Paho or the broker said; may be "" */
};

struct sw_mqtt;

/** A message that came, in one piece of heap: free() it. Texts lie behind the struct. */
struct sw_mqtt_incoming {
    bool retain;       /* it was published as a retained one */
    bool is_too_large; /* payload is "" */
    const char *topic, *payload;
    size_t len;
    const char *response_topic; /* "" = none */
    const unsigned char *correlation;
    size_t correlation_len; /* beyond SW_MQTT_CORRELATION_MAX: it was longer, and is not here */
};

/** What comes in on all connections of one owner, for whichever thread takes it. */
struct sw_mqtt_inbox;
int sw_mqtt_inbox_new(struct sw_mqtt_inbox **ret, struct sw_err *err);
struct sw_mqtt_inbox *sw_mqtt_inbox_free(struct sw_mqtt_inbox *in);    /* NULL is fine; always returns NULL */
struct sw_mqtt_incoming *sw_mqtt_inbox_take(struct sw_mqtt_inbox *in); /* NULL = nothing waits */
int sw_mqtt_inbox_fd(const struct sw_mqtt_inbox *in);                  /* readable while something waits */
uint64_t sw_mqtt_inbox_dropped_total(const struct sw_mqtt_inbox *in);  /* found no room */
/** How long a message waits for room before it is dropped, and with it all that the broker has for us [0]. Set it to 0
 *  again before the connection is freed. Any thread. */
void sw_mqtt_inbox_set_patience(struct sw_mqtt_inbox *in, int real_ms);

/** @param inbox       what subscriptions bring; must outlive the connection. NULL = nothing is subscribed, and what
 *                     comes of an older session is dropped
 *  @param events      mailbox of struct sw_mqtt_event that must outlive it; events are posted urgently
 *  @param connection  number that its events carry */
int sw_mqtt_connect(const struct sw_mqtt_params *p, struct sw_mailbox *events, struct sw_mqtt_inbox *inbox,
                    uint32_t connection, struct sw_mqtt **ret, struct sw_err *err);

/** Ask for messages of these topics, QoS 1. SUBSCRIBED follows. @return SW_OK; SW_E_IO not connected; SW_E_INVAL */
int sw_mqtt_subscribe(struct sw_mqtt *m, const char *const *filters, size_t n, struct sw_err *err);

struct sw_mqtt_message {
    const char *topic;
    const void *payload;
    size_t len;
    int qos; /* 0 or 1 */
    bool retain;
    uint32_t expiry_s; /* 0 = none */
    const char *props; /* "key=value" lines, each ended by \n, and the two SW_MQTT_…_LINE; NULL = none.
                          In 3.1.1 neither these nor expiry exist: they are left out */
    uint64_t tag;      /* QoS 1: comes back with ACKED; 0 = not wanted */
};

/** Hand a message over. JSON properties (content type, payload format) are added when there is a payload. Topics of
 *  QoS 0, which are sent again and again, go as a number where the broker takes that.
 *  @return SW_OK; SW_E_FULL Paho holds as much as it may: drop it or offer it again; SW_E_IO not connected */
int sw_mqtt_publish(struct sw_mqtt *m, const struct sw_mqtt_message *msg, struct sw_err *err);

/** While gathering, messages share packets and may wait for each other a little; the end of it sends what waits. Normal
 *  is that each goes at once. Never leave it on: the last message could wait 40 ms. */
void sw_mqtt_gather(struct sw_mqtt *m, bool is_gathering);

/** Say goodbye: the broker discards the will. ENDED follows, or SW_E_IO when there is nobody to say it to. */
int sw_mqtt_disconnect(struct sw_mqtt *m, int timeout_ms, struct sw_err *err);

/** End a connection whose other side is silent, without goodbye: LOST follows. (Freeing it as it stands would leave
 * what is in flight in the library.) @return SW_OK; SW_E_IO there is nothing to end */
int sw_mqtt_cut(struct sw_mqtt *m);

/** Drops the connection without goodbye if it still stands. No event of it comes after this returned.
 *  Never call it on Paho's threads. NULL is fine; always returns NULL. */
struct sw_mqtt *sw_mqtt_free(struct sw_mqtt *m);

/** Words for a reason of an event. Never NULL. */
const char *sw_mqtt_reason_text(int reason);

#endif
