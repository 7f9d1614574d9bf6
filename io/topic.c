// SPDX-License-Identifier: Apache-2.0
/* Topics of the contract. A segment that is no id, or a leaf that would be a wildcard, gives no topic at all: a broker
 * ends the connection over one bad topic. Who publishes what, and when, is the uplink's matter. */
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
