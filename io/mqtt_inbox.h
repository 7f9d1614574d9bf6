// SPDX-License-Identifier: Apache-2.0
/* Between the library's thread and who takes what came. Private to io/mqtt*.c. */
#ifndef SW_IO_MQTT_INBOX_H
#define SW_IO_MQTT_INBOX_H

#include "io/mqtt.h"

/** What the library holds; borrowed. */
struct mqtt_came {
    bool retain;
    const char *topic, *payload, *response, *correlation; /* none of them needs an end */
    size_t topic_len, len, response_len, correlation_len;
};

/** Copy it in; without room, or with a topic that holds a NUL, it is dropped. Any thread. */
void mqtt_inbox_post(struct sw_mqtt_inbox *in, const struct mqtt_came *came);

/** Hex digits as bytes, up to the first that is none. @return how many */
size_t mqtt_unhex(const char *hex, size_t len, char *to, size_t cap);

#endif
