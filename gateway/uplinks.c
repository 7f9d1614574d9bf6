// SPDX-License-Identifier: Apache-2.0
/* What goes up, to the platform and its mirrors. */
#include "gateway/uplinks.h"

/* The uplinks that are posted to, in order of their destination. @return how many */
static size_t listed(const struct sw_core *c, struct sw_uplink *ret[SW_STORE_DESTINATIONS_MAX])
{
    size_t n = 0;

    if (c->only) {
        ret[n++] = c->only;
        return n;
    }
    if (c->uplink)
        ret[n++] = c->uplink;
    for (size_t i = 0; i < c->n_mirrors; i++)
        ret[n++] = c->mirrors[i];
    return n;
}

void core_post_live(struct sw_core *c, const char *topic, const char *payload, size_t len)
{
    struct sw_uplink *to[SW_STORE_DESTINATIONS_MAX];
    size_t n = listed(c, to);

    for (size_t i = 0; i < n; i++)
        sw_uplink_post_live(to[i], topic, payload, len);
    core_events_tell(c, topic, payload, len);
}

void core_post_brief(struct sw_core *c, const char *topic, uint32_t expiry_s, const char *payload, size_t len)
{
    struct sw_uplink *to[SW_STORE_DESTINATIONS_MAX];
    size_t n = listed(c, to);

    for (size_t i = 0; i < n; i++)
        sw_uplink_post_brief(to[i], topic, expiry_s, payload, len);
}

void core_post_state(struct sw_core *c, const char *topic, const char *payload, size_t len)
{
    struct sw_uplink *to[SW_STORE_DESTINATIONS_MAX];
    size_t n = listed(c, to);

    for (size_t i = 0; i < n; i++)
        sw_uplink_post_state(to[i], topic, payload, len);
    if (!c->only) /* what one uplink is told again is nothing new */
        core_events_tell(c, topic, payload, len);
}

void core_hold_uplinks(struct sw_core *c)
{
    struct sw_uplink *all[SW_STORE_DESTINATIONS_MAX];
    size_t n = listed(c, all);

    for (size_t i = 0; i < n; i++)
        sw_uplink_hold(all[i]);
}

void core_release_uplinks(struct sw_core *c)
{
    struct sw_uplink *all[SW_STORE_DESTINATIONS_MAX];
    size_t n = listed(c, all);

    for (size_t i = 0; i < n; i++)
        sw_uplink_release(all[i]);
}

void core_publish_state_to(struct sw_core *c, struct sw_uplink *u)
{
    c->only = u;
    core_publish_state(c);
    c->only = NULL;
}

int64_t core_uplinks_heartbeat_age_us(const struct sw_core *c)
{
    struct sw_uplink *all[SW_STORE_DESTINATIONS_MAX];
    size_t n = listed(c, all);
    int64_t oldest_us = 0;

    for (size_t i = 0; i < n; i++) {
        struct sw_uplink_status v;

        sw_uplink_status(all[i], &v);
        oldest_us = SW_MAX(oldest_us, v.heartbeat_age_us);
    }
    return oldest_us;
}

void core_tell_gaps(struct sw_core *c)
{
    int64_t now_us = sw_clock_utc_us(c->clock);
    int rc;

    /* One at a time: whether there is more is known when the last one is on the disk. */
    if (!sw_store_is_durable(c->store, c->gap_turn) || !sw_store_has_gap(c->store))
        return;
    rc = sw_store_put_gap(c->store, c->seq + 1, now_us);
    if (rc >= 0) {
        c->gap_turn = sw_store_turn(c->store);
        c->seq++;
        c->wants_commit = true;
        return;
    }
    sw_complain(&c->store_complaint, sw_mono_real_us(), SW_LOG_ERR, "a gap could not be given to the store: %s",
                sw_code_name((enum sw_code) rc));
}

size_t core_render_gap(void *ctx, const struct sw_gap *v, int64_t seq, char *buf, size_t cap)
{
    const struct sw_core *c = ctx;

    return sw_doc_gap(&c->doc.site, v, seq, buf, cap);
}
