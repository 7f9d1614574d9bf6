// SPDX-License-Identifier: Apache-2.0
/* The numbers of all gateways that a watch sees, and which of them are missing. */
#ifndef SW_CLI_MQTT_GAPS_H
#define SW_CLI_MQTT_GAPS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define SW_MQTT_GATEWAYS_MAX 512   /* with their epochs; of more nothing is counted */
#define SW_MQTT_LATE_US 60000000LL /* so long may a number be on its way before it is called missing */

struct sw_mqtt_gaps;
struct sw_mqtt_gaps *
sw_mqtt_gaps_new(int64_t from_seq); /* 0 = from the first that is no retained one. NULL = no memory */
struct sw_mqtt_gaps *sw_mqtt_gaps_free(struct sw_mqtt_gaps *g); /* NULL is fine; always returns NULL */

/** A document with a number, or a gap document. @param site  "310115/pd-0042": gateways of two sites may have one id */
void sw_mqtt_gaps_take(struct sw_mqtt_gaps *g, const char *site, const json_t *document, bool is_retained);

/** Say on `to` which numbers are missing for SW_MQTT_LATE_US, each hole once, and which of these came after all. */
void sw_mqtt_gaps_tell(struct sw_mqtt_gaps *g, int64_t now_us, FILE *to);
/** Say everything that is missing now. @return how many numbers */
uint64_t sw_mqtt_gaps_end(struct sw_mqtt_gaps *g, FILE *to);
/** Numbers seen or named in gap documents. */
uint64_t sw_mqtt_gaps_seen_total(const struct sw_mqtt_gaps *g);

#endif
