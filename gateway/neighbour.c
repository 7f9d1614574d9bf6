// SPDX-License-Identifier: Apache-2.0
/* Other gateways of the same site: a site has one. A foreign one that is ready raises an alert, and of the two the one
 * that began later says nothing for the site as a whole, so that a wall is not told two things in turn. Everything that
 * it measures itself it goes on telling. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ident.h"
#include "common/timefmt.h"
#include "config/text.h"
#include "gateway/alerts.h"
#include "gateway/doors.h"
#include "gateway/uplinks.h"
#include "io/topic.h"

#define NEIGHBOURS_MAX 8
#define CONFIRM_US (60 * SW_US_PER_S) /* after a connect the broker gives what it retains */
#define AHEAD_US (10 * SW_US_PER_S)   /* a status may be taken before it is known that there is a connection */

struct neighbour {
    char id[SW_ID_SIZE];
    int64_t since_us; /* start of its run, as it says */
    int64_t seen_us;  /* real monotonic: when its status came last */
};

struct core_neighbours {
    size_t n;
    struct neighbour list[NEIGHBOURS_MAX];
    int64_t connected_us; /* real monotonic, while it is not known yet who is still there; 0 = it is */
    bool is_quiet;
};

static void tell(struct sw_core *c, const struct neighbour *of, bool is_active)
{
    struct sw_alert a = {.code = SW_ALERT_NEIGHBOUR, .is_active = is_active};
    const bool is_quiet = c->neighbours && c->neighbours->is_quiet;

    snprintf(a.subject, sizeof(a.subject), "gateway/%s", of->id);
    snprintf(a.name, sizeof(a.name), "%.*s", sw_text_clip(of->id, sizeof(a.name) - 1), of->id);
    snprintf(a.detail, sizeof(a.detail), "%s",
             is_quiet ? "it began earlier: this one publishes no summary and schedule"
                      : "this one began earlier: it goes on publishing all");
    core_alert(c, &a);
}

/* Both see the two times, so both find the same; equal ones are parted by their ids. */
static bool began_before(const struct sw_core *c, const struct neighbour *other)
{
    if (other->since_us != c->since_us)
        return other->since_us < c->since_us;
    return strcmp(other->id, c->site->gateway_id) < 0;
}

static void settle(struct sw_core *c)
{
    struct core_neighbours *l = c->neighbours;
    const bool was_quiet = l->is_quiet;

    l->is_quiet = false;
    for (size_t i = 0; i < l->n; i++)
        l->is_quiet = l->is_quiet || began_before(c, &l->list[i]);
    if (was_quiet && !l->is_quiet) /* summary and schedule are ours again */
        core_publish_state(c);
}

static void forget(struct sw_core *c, const char *id)
{
    struct core_neighbours *l = c->neighbours;

    for (size_t i = 0; i < l->n; i++) {
        struct neighbour gone = l->list[i];

        if (strcmp(gone.id, id) != 0)
            continue;
        l->list[i] = l->list[--l->n];
        settle(c);
        tell(c, &gone, false);
        return;
    }
}

static void note(struct sw_core *c, const char *id, int64_t since_us)
{
    struct core_neighbours *l = c->neighbours;
    struct neighbour *to = NULL;

    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->list[i].id, id) == 0)
            to = &l->list[i];
    if (!to && l->n == NEIGHBOURS_MAX)
        return; /* eight are told of already */
    if (!to)
        to = &l->list[l->n++];
    *to = (struct neighbour){.since_us = since_us, .seen_us = sw_mono_real_us()};
    snprintf(to->id, sizeof(to->id), "%s", id);
    settle(c);
    tell(c, to, true);
}

/* @return false: it says something else than "ready", or nothing that can be read */
static bool read_ready(const char *json, size_t len, int64_t *ret_since_us)
{
    json_t *root = json_loadb(json, len, 0, NULL);
    const char *state = json_string_value(json_object_get(root, "state"));
    const char *since = json_string_value(json_object_get(root, "since"));
    bool is_ready = state && strcmp(state, "ready") == 0;

    *ret_since_us = INT64_MAX; /* who does not say when it began, began last */
    if (is_ready && since)
        (void) sw_time_parse(since, strlen(since), ret_since_us, NULL);
    json_decref(root);
    return is_ready;
}

/* "{gw}" of "{prefix}gw/{gw}/status". */
static bool read_topic(const struct sw_core *c, const char *topic, char *id, size_t cap)
{
    char prefix[SW_TOPIC_SIZE];
    const char *end;

    sw_topic_prefix(c->site->platform.root, c->site->area, c->site->id, prefix, sizeof(prefix));
    if (strncmp(topic, prefix, strlen(prefix)) != 0 || strncmp(topic + strlen(prefix), "gw/", 3) != 0)
        return false;
    topic += strlen(prefix) + 3;
    end = strchr(topic, '/');
    if (!end || strcmp(end, "/status") != 0 || (size_t) (end - topic) >= cap)
        return false;
    snprintf(id, cap, "%.*s", (int) (end - topic), topic);
    return true;
}

bool core_neighbour_message(struct sw_core *c, const struct sw_mqtt_incoming *m)
{
    char id[SW_ID_SIZE];
    int64_t since_us;

    if (!read_topic(c, m->topic, id, sizeof(id)))
        return false;
    if (!c->neighbours || strcmp(id, c->site->gateway_id) == 0 || !sw_id_is_valid(id))
        return true;
    if (!m->is_too_large && read_ready(m->payload, m->len, &since_us))
        note(c, id, since_us);
    else
        forget(c, id); /* stopped, lost, or its retained status was deleted */
    return true;
}

void core_neighbours_connected(struct sw_core *c)
{
    struct core_neighbours *l = c->neighbours;

    if (l)
        l->connected_us = sw_mono_real_us();
}

/* What was deleted at the broker while the line was down is not told of: it is only not there any more. */
void core_neighbours_tick(struct sw_core *c)
{
    struct core_neighbours *l = c->neighbours;

    if (!l || l->connected_us == 0 || sw_mono_real_us() < l->connected_us + CONFIRM_US)
        return;
    for (size_t i = l->n; i-- > 0;)
        if (l->list[i].seen_us < l->connected_us - AHEAD_US)
            forget(c, l->list[i].id);
    l->connected_us = 0;
}

bool core_speaks_for_site(const struct sw_core *c)
{
    return !c->neighbours || !c->neighbours->is_quiet;
}

int core_neighbours_new(struct sw_core *c, struct sw_err *err)
{
    c->neighbours = calloc(1, sizeof(*c->neighbours));
    return c->neighbours ? SW_OK : sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
}

void core_neighbours_free(struct sw_core *c)
{
    free(c->neighbours);
    c->neighbours = NULL;
}
