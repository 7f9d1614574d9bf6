// SPDX-License-Identifier: Apache-2.0
/* What the MQTT library tells of a TLS handshake only in its log, as facts; and topic aliases. Pure.
 * Private to io/mqtt*.c and its tests. */
#ifndef SW_IO_MQTT_WORDS_H
#define SW_IO_MQTT_WORDS_H

#include "io/mqtt.h"

#define MQTT_WORDS_SIZE 64
#define MQTT_ALIASES_MAX 64 /* topics of one connection that are sent as a number */

/** How far a handshake came. */
struct mqtt_words {
    enum sw_mqtt_tls tls;
    char why[MQTT_WORDS_SIZE]; /* "certificate expired"; "" = not told */
};

/** Take one line of the library's log; most mean nothing. */
void mqtt_words_take(struct mqtt_words *w, const char *line);
/** One error of the TLS library: "…:error:0A000086:SSL routines:…:certificate verify failed:…". */
void mqtt_words_take_error(struct mqtt_words *w, const char *line, size_t len);
/** A sentence of it, "" when there is nothing to tell. */
void mqtt_words_text(const struct mqtt_words *w, char *buf, size_t cap);

/** MQTT 5 codes for the six of 3.1.1; others as they are. */
int mqtt_reason_of_connack(int code);

/** Topics that have a number on this connection. Zero-initialised but for `max`. */
struct mqtt_aliases {
    uint16_t max; /* as many as the broker takes, at most MQTT_ALIASES_MAX; 0 = none */
    uint16_t n;
    uint32_t hash[MQTT_ALIASES_MAX];
    char *topic[MQTT_ALIASES_MAX]; /* heap */
};

/** The topic's number, from 1; 0 = it has none and gets none.
 *  @param ret_is_new  it was given one now: send it beside the topic, and call mqtt_alias_drop if that fails */
uint16_t mqtt_alias_of(struct mqtt_aliases *a, const char *topic, bool *ret_is_new);
void mqtt_alias_drop(struct mqtt_aliases *a); /* the newest */
void mqtt_aliases_free(struct mqtt_aliases *a);

#endif
