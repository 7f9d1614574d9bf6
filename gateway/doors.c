// SPDX-License-Identifier: Apache-2.0
/* Subscriptions and the box of what came: a few messages a turn, each to the first who says that its topic is his. */
#include "gateway/doors.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "gateway/requests.h"
#include "io/topic.h"

#define DOORS_TURN_US (5 * SW_US_PER_MS) /* after which no more are taken: a large document takes long */
#define DOORS_TURN 16                    /* taken in one turn, so that no turn is long */
#define RETRY_US (200 * SW_US_PER_MS)

enum under { UNDER_SITE, UNDER_GATEWAY, UNDER_AREA, UNDER_ROOT };

static const struct {
    enum under under;
    const char *leaf;
} wanted[] = {
    {UNDER_SITE, "cmd/ticket/+/+"},           {UNDER_SITE, SW_TOPIC_COMPLAINT}, {UNDER_SITE, SW_TOPIC_EVIDENCE},
    {UNDER_SITE, SW_TOPIC_SCHEDULE},          {UNDER_SITE, "gw/+/status"},      {UNDER_GATEWAY, "cmd/+"},
    {UNDER_AREA, "broadcast/quiet-period/+"}, {UNDER_ROOT, "host/+/status"},
};
#define N_WANTED SW_ARRAY_SIZE(wanted)
_Static_assert(N_WANTED <= SW_MQTT_FILTERS_MAX, "one SUBSCRIBE takes them all");

static bool (*const takers[])(struct sw_core *c, const struct sw_mqtt_incoming *m) = {
    core_requests_message, core_broadcast_message, core_neighbour_message};

struct core_doors {
    struct sw_core *core;
    struct sw_source *source, *retry;
    char topic[N_WANTED][SW_TOPIC_SIZE];
    const char *filter[N_WANTED];
};

static void on_messages(void *ctx, int fd, uint32_t events)
{
    struct core_doors *d = ctx;
    struct sw_core *c = d->core;
    struct sw_mqtt_inbox *inbox = sw_uplink_inbox(c->uplink);
    struct sw_mqtt_incoming *m;
    const int64_t until_us = sw_mono_real_us() + DOORS_TURN_US;

    (void) fd;
    (void) events;
    if (sw_store_is_pressed(c->store)) { /* what cannot be recorded is not done; it waits in the box */
        sw_io_set_enabled(d->source, false);
        sw_timer_arm(d->retry, sw_mono_real_us() + RETRY_US, 0, NULL);
        return;
    }
    for (int i = 0; i < DOORS_TURN && sw_mono_real_us() < until_us && (m = sw_mqtt_inbox_take(inbox)); i++) {
        bool is_taken = false;

        for (size_t k = 0; k < SW_ARRAY_SIZE(takers) && !is_taken; k++)
            is_taken = takers[k](c, m);
        free(m); /* of nobody: not what we subscribed to */
    }
    core_end_turn(c);
}

static void on_retry(void *ctx, int64_t due_us)
{
    (void) due_us;
    sw_io_set_enabled(((struct core_doors *) ctx)->source, true);
}

static bool write_filter(const struct sw_site *site, size_t i, char *buf, size_t cap)
{
    const char *root = site->platform.root, *leaf = wanted[i].leaf;
    int n = -1;

    switch (wanted[i].under) {
    case UNDER_SITE:
        n = snprintf(buf, cap, "%s/1/%s/%s/%s", root, site->area, site->id, leaf);
        break;
    case UNDER_GATEWAY:
        n = snprintf(buf, cap, "%s/1/%s/%s/gw/%s/%s", root, site->area, site->id, site->gateway_id, leaf);
        break;
    case UNDER_AREA:
        n = snprintf(buf, cap, "%s/1/%s/%s", root, site->area, leaf);
        break;
    case UNDER_ROOT:
        n = snprintf(buf, cap, "%s/1/%s", root, leaf);
        break;
    }
    return n > 0 && (size_t) n < cap;
}

int core_doors_new(struct sw_core *c, struct sw_err *err)
{
    struct core_doors *d = calloc(1, sizeof(*d));

    if (!d)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    c->doors = d;
    d->core = c;
    for (size_t i = 0; i < N_WANTED; i++) {
        if (!write_filter(c->site, i, d->topic[i], sizeof(d->topic[i])))
            return sw_err_set(err, SW_E_INVAL, 0, "the topic of %s would be too long", wanted[i].leaf);
        d->filter[i] = d->topic[i];
    }
    return sw_loop_add_timer(c->loop, on_retry, d, &d->retry, err);
}

const char *const *core_doors_filters(const struct sw_core *c, size_t *ret_n)
{
    *ret_n = N_WANTED;
    return c->doors->filter;
}

int core_doors_listen(struct sw_core *c, struct sw_err *err)
{
    if (!c->uplink)
        return SW_OK;
    return sw_loop_add_io(c->loop, sw_mqtt_inbox_fd(sw_uplink_inbox(c->uplink)), EPOLLIN, on_messages, c->doors,
                          &c->doors->source, err);
}

void core_doors_close(struct sw_core *c)
{
    if (c->doors)
        c->doors->source = sw_source_free(c->doors->source);
}

void core_doors_free(struct sw_core *c)
{
    if (!c->doors)
        return;
    core_doors_close(c);
    sw_source_free(c->doors->retry);
    free(c->doors);
    c->doors = NULL;
}
