// SPDX-License-Identifier: Apache-2.0
/* A command's own connection to the broker, with waiting instead of events. One thread. What goes wrong is said on
 * stderr with the command's name. */
#ifndef SW_CLI_MQTT_LINK_H
#define SW_CLI_MQTT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/site.h"
#include "io/mqtt.h"
#include "io/topic.h"

/** Where, as whom, and under which topics. */
struct sw_mqtt_where {
    const char *config, *url, *prefix, *area;         /* as given; NULL = not */
    const char *username, *password_file, *client_id; /* NULL = the site file's, a client id of our own */
    const char *ca_file, *cert_file, *key_file;       /* likewise */
    const char *proxy, *version;                      /* "auto", "5", "3.1.1" */
    const char *word;                                 /* "watch", "ask": part of the client id */
    struct sw_site *site;                             /* read from config; NULL = all was given */
    int protocol;                                     /* filled: 5, 4 (which is 3.1.1), 0 = as the broker likes */
    char uri[320], id[64], password[4096];            /* filled */
    char root[SW_TOPIC_SIZE], whole[SW_TOPIC_SIZE];   /* "siteward/1/", "siteward/1/310115/pd-0042/" */
};

/** Long options that fill a sw_mqtt_where, to be put into a command's own table. */
#define SW_MQTT_WHERE_OPTIONS                                                                                          \
    {"config", required_argument, NULL, 'c'}, {"url", required_argument, NULL, SW_MQTT_URL},                           \
        {"prefix", required_argument, NULL, SW_MQTT_PREFIX}, {"username", required_argument, NULL, SW_MQTT_USERNAME},  \
        {"password-file", required_argument, NULL, SW_MQTT_PASSWORD},                                                  \
        {"ca-file", required_argument, NULL, SW_MQTT_CA}, {"cert-file", required_argument, NULL, SW_MQTT_CERT},        \
        {"key-file", required_argument, NULL, SW_MQTT_KEY}, {"mqtt", required_argument, NULL, SW_MQTT_VERSION},        \
    {                                                                                                                  \
        "client-id", required_argument, NULL, SW_MQTT_CLIENT                                                           \
    }
enum {
    SW_MQTT_URL = 512,
    SW_MQTT_PREFIX,
    SW_MQTT_USERNAME,
    SW_MQTT_PASSWORD,
    SW_MQTT_CA,
    SW_MQTT_CERT,
    SW_MQTT_KEY,
    SW_MQTT_CLIENT,
    SW_MQTT_VERSION
};
extern const char sw_mqtt_where_help[];

/** Take an option of that table. @return false = it is none of them */
bool sw_mqtt_where_take(struct sw_mqtt_where *w, int option, const char *value);
/** Read the site file and the password, check what was given. @return -1 go on; else the exit code */
int sw_mqtt_where_read(struct sw_mqtt_where *w, const char *command);
void sw_mqtt_where_done(struct sw_mqtt_where *w);

struct sw_mqtt_link;

/** Connect and wait for it. @return -1 it stands; else the exit code: SW_EXIT_UNREACHABLE, SW_EXIT_FAILED */
int sw_mqtt_link_open(const struct sw_mqtt_where *w, const char *command, int stop_fd, struct sw_mqtt_link **ret);
/** Subscribe and wait for the broker's answer. @return -1; else the exit code, also when a filter was refused */
int sw_mqtt_link_subscribe(struct sw_mqtt_link *l, const char *const *filters, size_t n);
/** MQTT 5: a Response Topic and Correlation Data get through; 3.1.1 has them in the payload only. */
bool sw_mqtt_link_has_properties(const struct sw_mqtt_link *l);
/** QoS 1. @return -1; else the exit code */
int sw_mqtt_link_publish(struct sw_mqtt_link *l, const struct sw_mqtt_message *message);

enum sw_mqtt_link_said { SW_MQTT_LINK_MESSAGE, SW_MQTT_LINK_TIMEOUT, SW_MQTT_LINK_STOP, SW_MQTT_LINK_LOST };
/** The next message, free() it. LOST was said on stderr.
 *  @param until_us  of sw_mono_real_us; INT64_MAX = no end */
enum sw_mqtt_link_said sw_mqtt_link_next(struct sw_mqtt_link *l, int64_t until_us, struct sw_mqtt_incoming **ret);
uint64_t sw_mqtt_link_dropped_total(const struct sw_mqtt_link *l);
struct sw_mqtt_link *sw_mqtt_link_free(struct sw_mqtt_link *l); /* says goodbye; NULL is fine; always returns NULL */

#endif
