// SPDX-License-Identifier: Apache-2.0
/* Topics of the contract, relative to `{root}/1/{area}/{site}/`, and that prefix itself. */
#ifndef SW_IO_TOPIC_H
#define SW_IO_TOPIC_H

#include <stddef.h>

#define SW_TOPIC_SIZE 384

/** "siteward/1/310115/pd-0042/" */
size_t sw_topic_prefix(const char *root, const char *area, const char *site, char *buf, size_t cap);
/** "sensor/{sensor}/{leaf}": leaf "live", "state", "meta", "event", "agg/1m". */
size_t sw_topic_sensor(const char *sensor, const char *leaf, char *buf, size_t cap);
/** "ticket/{ticket}" or "ticket/{ticket}/event" */
size_t sw_topic_ticket(const char *ticket, const char *leaf_or_null, char *buf, size_t cap);
/** "output/{output}/state" */
size_t sw_topic_output(const char *output, char *buf, size_t cap);
/** "gw/{gw}/{leaf}" */
size_t sw_topic_gateway(const char *gateway, const char *leaf, char *buf, size_t cap);

#endif
