// SPDX-License-Identifier: Apache-2.0
/* GET /api/v1/events: the documents that are published, told to pages that are open. They come from the one place where
 * each goes out, so there is no second renderer; with nobody listening nothing is copied. */
#include <stdio.h>
#include <string.h>

#include "gateway/console_int.h"

#define LINGER_US (180 * SW_US_PER_S) /* a page that lost its line finds what it missed for so long */
#define WITH_SENSOR_MAX (4 * 1024)    /* a live document is some 200 bytes */

bool core_events_wanted(struct sw_core *c)
{
    struct core_console *k = c->console;
    int64_t now_us;

    if (!k || !k->events || k->listened_us == 0)
        return false;
    now_us = sw_mono_real_us();
    if (sw_sse_counts(k->events).clients > 0)
        k->listened_us = now_us;
    else if (now_us - k->listened_us > LINGER_US)
        k->is_stale = true;
    return !k->is_stale;
}

struct sw_sse_counts core_events_counts(const struct sw_core *c)
{
    return c->console && c->console->events ? sw_sse_counts(c->console->events) : (struct sw_sse_counts){0};
}

void core_events_end(struct sw_core *c, const char *account)
{
    if (c->console && c->console->events)
        sw_sse_end(c->console->events, account);
}

/* Word of the stream for a topic; NULL = it is not told of. */
static const char *event_of(const char *topic)
{
    const char *leaf;

    if (strcmp(topic, "summary") == 0)
        return "status";
    leaf = strchr(topic, '/');
    if (!leaf)
        return NULL;
    leaf = strchr(leaf + 1, '/');
    if (strncmp(topic, "ticket/", 7) == 0)
        return leaf ? NULL : "ticket";
    if (!leaf)
        return NULL;
    if (strncmp(topic, "sensor/", 7) == 0)
        return strcmp(leaf, "/live") == 0       ? "live"
               : strcmp(leaf, "/state") == 0    ? "state"
               : strncmp(leaf, "/agg/", 5) == 0 ? "agg"
                                                : NULL;
    return strncmp(topic, "gw/", 3) == 0 && strncmp(leaf, "/alert/", 7) == 0 ? "alert" : NULL;
}

/* On MQTT the topic says which sensor a live value is of; here nothing else would. */
static size_t with_sensor(const char *topic, const char *payload, size_t len, char *buf, size_t cap)
{
    const char *id = topic + strlen("sensor/");
    const int at = (int) strcspn(id, "/");
    int head;

    if (len < 2 || payload[0] != '{')
        return 0;
    head = snprintf(buf, cap, "{\"sensor\":\"%.*s\",", at, id);
    if (head < 0 || (size_t) head + len > cap)
        return 0;
    memcpy(buf + head, payload + 1, len - 1);
    return (size_t) head + len - 1;
}

void core_events_tell(struct sw_core *c, const char *topic, const char *payload, size_t len)
{
    const char *event = core_events_wanted(c) ? event_of(topic) : NULL;
    char buf[WITH_SENSOR_MAX];

    if (!event)
        return;
    if (len == 0) { /* a browser is not told of an event without data */
        const int n = snprintf(buf, sizeof(buf), "{\"topic\":\"%s\",\"ended\":true}", topic);

        sw_sse_post(c->console->events, event, buf, (size_t) n);
        return;
    }
    if (strcmp(event, "live") == 0) {
        len = with_sensor(topic, payload, len, buf, sizeof(buf));
        payload = buf;
    }
    if (len > 0)
        sw_sse_post(c->console->events, event, payload, len);
}

void console_page_events(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    struct core_console *k = c->console;

    (void) core_events_wanted(c); /* looks whether the pause was too long */
    if (k->is_stale)
        sw_sse_reset(k->events); /* for who resumes from before the pause */
    k->is_stale = false;
    k->listened_us = sw_mono_real_us();
    sw_http_send_events(req, res, k->events);
}
