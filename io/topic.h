// SPDX-License-Identifier: Apache-2.0
/* Topics of the contract, relative to `{root}/1/{area}/{site}/`, and that prefix itself. */
#ifndef SW_IO_TOPIC_H
#define SW_IO_TOPIC_H

#include <stdbool.h>
#include <stddef.h>

#define SW_TOPIC_SIZE 384
#define SW_TOPIC_WORD_SIZE 16 /* a ticket's id, a verb */
#define SW_TOPIC_COMPLAINT "cmd/complaint"
#define SW_TOPIC_EVIDENCE "cmd/evidence"
#define SW_TOPIC_SCHEDULE "cmd/schedule"

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

/* What comes in. */

enum sw_command_topic {
    SW_COMMAND_NONE,
    SW_COMMAND_TICKET,
    SW_COMMAND_COMPLAINT,
    SW_COMMAND_EVIDENCE,
    SW_COMMAND_SCHEDULE,
    SW_COMMAND_GATEWAY, /* "gw/{gw}/cmd/{word}": whose gateway and which word are not asked here */
};

/** "cmd/ticket/{ticket}/{verb}" */
size_t sw_topic_command_ticket(const char *ticket, const char *verb, char *buf, size_t cap);
/** Which command a relative topic is. Whether the verb is one is not asked here.
 *  @param ret_ticket, ret_verb  [SW_TOPIC_WORD_SIZE]; "" when it is no command on a ticket */
enum sw_command_topic sw_topic_command(const char *topic, char *ret_ticket, char *ret_verb);
/** Is it `{prefix}res/{client}/{token}`? Elsewhere nobody may have the gateway write.
 *  @return its relative part, a pointer into topic; NULL = no */
const char *sw_topic_response(const char *prefix, const char *topic);

#endif
