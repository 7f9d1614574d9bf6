// SPDX-License-Identifier: Apache-2.0
/* Topics of the contract. A segment that is no id, or a leaf that would be a wildcard, gives no topic at all: a broker
 * ends the connection over one bad topic. What comes in is taken apart here too. Who publishes what, and when, is the
 * uplink's matter. */
#include "io/topic.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/ident.h"

/* A leaf may have levels of its own ("agg/1m"), a root word may not. No wildcards, no control characters. */
static bool is_plain(const char *text, bool may_have_levels)
{
    if (!*text)
        return false;
    for (const char *c = text; *c; c++)
        if ((unsigned char) *c < 0x20 || *c == 0x7f || *c == '+' || *c == '#' || (*c == '/' && !may_have_levels))
            return false;
    return true;
}

/* What snprintf returned, as a length; 0 and an empty text when it was cut. */
static size_t whole_or_nothing(int len, char *buf, size_t cap)
{
    if (len > 0 && (size_t) len < cap)
        return (size_t) len;
    if (cap > 0)
        buf[0] = '\0';
    return 0;
}

size_t sw_topic_prefix(const char *root, const char *area, const char *site, char *buf, size_t cap)
{
    if (!is_plain(root, false) || root[0] == '$' || !sw_id_is_valid(area) || !sw_id_is_valid(site))
        return whole_or_nothing(0, buf, cap);
    return whole_or_nothing(snprintf(buf, cap, "%s/1/%s/%s/", root, area, site), buf, cap);
}

size_t sw_topic_sensor(const char *sensor, const char *leaf, char *buf, size_t cap)
{
    if (!sw_id_is_valid(sensor) || !is_plain(leaf, true))
        return whole_or_nothing(0, buf, cap);
    return whole_or_nothing(snprintf(buf, cap, "sensor/%s/%s", sensor, leaf), buf, cap);
}

size_t sw_topic_ticket(const char *ticket, const char *leaf_or_null, char *buf, size_t cap)
{
    const char *leaf = leaf_or_null ? leaf_or_null : "";

    if (!sw_id_is_valid(ticket) || (leaf_or_null && !is_plain(leaf, true)))
        return whole_or_nothing(0, buf, cap);
    return whole_or_nothing(snprintf(buf, cap, "ticket/%s%s%s", ticket, leaf_or_null ? "/" : "", leaf), buf, cap);
}

size_t sw_topic_output(const char *output, char *buf, size_t cap)
{
    if (!sw_id_is_valid(output))
        return whole_or_nothing(0, buf, cap);
    return whole_or_nothing(snprintf(buf, cap, "output/%s/state", output), buf, cap);
}

size_t sw_topic_gateway(const char *gateway, const char *leaf, char *buf, size_t cap)
{
    if (!sw_id_is_valid(gateway) || !is_plain(leaf, true))
        return whole_or_nothing(0, buf, cap);
    return whole_or_nothing(snprintf(buf, cap, "gw/%s/%s", gateway, leaf), buf, cap);
}

/* ---- what comes in ---- */

size_t sw_topic_command_ticket(const char *ticket, const char *verb, char *buf, size_t cap)
{
    if (!sw_id_is_valid(ticket) || !sw_id_is_valid(verb))
        return whole_or_nothing(0, buf, cap);
    return whole_or_nothing(snprintf(buf, cap, "cmd/ticket/%s/%s", ticket, verb), buf, cap);
}

/* A level of a topic into a word; false when it is no id or does not fit. */
static bool take_word(const char *from, size_t len, char *ret)
{
    if (len >= SW_TOPIC_WORD_SIZE)
        return false;
    memcpy(ret, from, len);
    ret[len] = '\0';
    return sw_id_is_valid(ret);
}

enum sw_command_topic sw_topic_command(const char *topic, char *ret_ticket, char *ret_verb)
{
    static const char ticket[] = "cmd/ticket/";
    const char *id, *slash;

    ret_ticket[0] = ret_verb[0] = '\0';
    if (strcmp(topic, SW_TOPIC_COMPLAINT) == 0)
        return SW_COMMAND_COMPLAINT;
    if (strcmp(topic, SW_TOPIC_EVIDENCE) == 0)
        return SW_COMMAND_EVIDENCE;
    if (strcmp(topic, SW_TOPIC_SCHEDULE) == 0)
        return SW_COMMAND_SCHEDULE;
    if (strncmp(topic, "gw/", 3) == 0 && strstr(topic, "/cmd/") != NULL)
        return SW_COMMAND_GATEWAY;
    if (strncmp(topic, ticket, sizeof(ticket) - 1) != 0)
        return SW_COMMAND_NONE;
    id = topic + sizeof(ticket) - 1;
    slash = strchr(id, '/');
    if (slash && take_word(id, (size_t) (slash - id), ret_ticket) && take_word(slash + 1, strlen(slash + 1), ret_verb))
        return SW_COMMAND_TICKET;
    ret_ticket[0] = ret_verb[0] = '\0';
    return SW_COMMAND_NONE;
}

const char *sw_topic_response(const char *prefix, const char *topic)
{
    static const char res[] = "res/";
    size_t prefix_len = strlen(prefix);
    const char *client, *slash;

    if (strlen(topic) >= SW_TOPIC_SIZE || strncmp(topic, prefix, prefix_len) != 0 ||
        strncmp(topic + prefix_len, res, sizeof(res) - 1) != 0)
        return NULL;
    client = topic + prefix_len + sizeof(res) - 1;
    slash = strchr(client, '/');
    if (!slash || slash == client || !is_plain(slash + 1, false) || !is_plain(client, true))
        return NULL;
    return topic + prefix_len;
}
