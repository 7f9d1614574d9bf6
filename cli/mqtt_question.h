// SPDX-License-Identifier: Apache-2.0
/* The documents that `siteward mqtt ask` sends. Pure. */
#ifndef SW_CLI_MQTT_QUESTION_H
#define SW_CLI_MQTT_QUESTION_H

#include <jansson.h>
#include <stdbool.h>

/** As given on the command line; NULL = not. */
struct sw_mqtt_question {
    const char *at, *window, *lat, *lon, *category; /* evidence */
    const char *ticket, *verb;                      /* ticket */
    const char *text, *measure, *reason, *until, *satisfaction, *unit;
    const char *by, *role;
    long long revision; /* 0 = that of the ticket as the broker keeps it */
    bool force;
};

/** Free with json_decref. NULL = no memory. */
json_t *sw_mqtt_question_evidence(const struct sw_mqtt_question *q, const char *id);
/** @param now  when it is sent, RFC 3339 */
json_t *sw_mqtt_question_ticket(const struct sw_mqtt_question *q, const char *id, const char *now);

#endif
