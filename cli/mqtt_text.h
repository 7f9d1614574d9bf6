// SPDX-License-Identifier: Apache-2.0
/* One document as one line for a person: when, where, the facts that matter most. Pure. */
#ifndef SW_CLI_MQTT_TEXT_H
#define SW_CLI_MQTT_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** @param topic     as it is to be shown
 *  @param document  NULL = an empty payload: what was retained is deleted
 *  Cut at a character when it does not fit. Control characters become '?'. */
void sw_mqtt_text(const char *topic, const json_t *document, bool is_chinese, char *buf, size_t cap);

#endif
