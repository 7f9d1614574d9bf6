// SPDX-License-Identifier: Apache-2.0
/* What the files of the door over Paho share. Private to io/mqtt.c and io/mqtt_link.c, which alone know the library. */
#ifndef SW_IO_MQTT_INT_H
#define SW_IO_MQTT_INT_H

#include <MQTTAsync.h>
#include <stdatomic.h>

#include "io/mqtt_inbox.h"
#include "io/mqtt_words.h"

struct sw_mqtt {
    MQTTAsync client;
    int version;        /* 5, or 4 which is 3.1.1 */
    _Atomic int socket; /* Paho's, while connected; -1 = not found */
    _Atomic uint16_t alias_max;
    atomic_bool is_connecting; /* the library's log is listened to meanwhile */
    struct sw_mailbox *events;
    struct sw_mqtt_inbox *inbox; /* NULL = nothing is subscribed */
    uint32_t connection;
    uint16_t port; /* of the broker, or of the proxy before it */
    bool is_tls;
    int keep_alive_s;
    size_t n_filters; /* asked for last */
    /* The properties of the last message without user properties: all live values have the same ones, and Paho pays a
     * lock and a tree for every piece of memory. With and without an alias, whose number is put in place. */
    MQTTProperties plain[2];
    uint32_t plain_expiry_s[2];
    struct mqtt_aliases aliases; /* owner's thread */
};

/** To the owner, from any thread. */
void mqtt_post(struct sw_mqtt *m, struct sw_mqtt_event ev, const char *text);
/** A failure as one number: MQTT's reason from 0x80 on, or Paho's code below zero. */
int mqtt_reason_of(const MQTTAsync_failureData5 *data);
int mqtt_reason_of_3(const MQTTAsync_failureData *data);
int mqtt_fail(struct sw_err *err, int rc, const char *what);

void mqtt_add_number(MQTTProperties *props, enum MQTTPropertyCodes code, uint32_t value);
void mqtt_add_text(MQTTProperties *props, enum MQTTPropertyCodes code, const char *text);

int mqtt_on_message(void *ctx, char *topic, int topic_len, MQTTAsync_message *message); /* Paho's thread */

/* mqtt_link.c */
int mqtt_link_start(struct sw_mqtt *m, const struct sw_mqtt_params *p, struct sw_err *err);
/** No event of the link comes after this; the handle is destroyed. */
void mqtt_link_end(struct sw_mqtt *m);

#endif
