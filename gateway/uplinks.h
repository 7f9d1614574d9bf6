// SPDX-License-Identifier: Apache-2.0
/* The platform and its mirrors as one: what goes up goes to all of them. Each has a worker and a place in the outbox of
 * its own, so that one that is dead costs the others nothing. Answers go to the platform alone, which asked.
 * Core thread only. */
#ifndef SW_GATEWAY_UPLINKS_H
#define SW_GATEWAY_UPLINKS_H

#include "gateway/console.h"

/** Somebody is there to be told; else there is no need to render. */
static inline bool core_has_uplink(const struct sw_core *c)
{
    return c->uplink != NULL || c->n_mirrors > 0;
}

/** Somebody at all: an uplink, or a page of the console that listens. */
static inline bool core_is_heard(struct sw_core *c)
{
    return core_has_uplink(c) || core_events_wanted(c);
}

/** To the uplinks, and to the pages that listen (core_events_tell). What an uplink cannot take is dropped and counted
 * there. Topics as in sw_uplink_post_live. */
void core_post_live(struct sw_core *c, const char *topic, const char *payload, size_t len);
/** As a live value, but good for so long. */
void core_post_brief(struct sw_core *c, const char *topic, uint32_t expiry_s, const char *payload, size_t len);
/** len 0 deletes the retained document. */
void core_post_state(struct sw_core *c, const char *topic, const char *payload, size_t len);

/** Between these, live values are collected: sw_uplink_hold. */
void core_hold_uplinks(struct sw_core *c);
void core_release_uplinks(struct sw_core *c);

/** All retained documents, to the one that has just connected. */
void core_publish_state_to(struct sw_core *c, struct sw_uplink *u);

/** The oldest heartbeat of them. */
int64_t core_uplinks_heartbeat_age_us(const struct sw_core *c);

/** Each second: what was shed is announced when somebody is there to read it. */
void core_tell_gaps(struct sw_core *c);
/** For the store: render what was shed, on its thread. ctx is the core. */
size_t core_render_gap(void *ctx, const struct sw_gap *v, int64_t seq, char *buf, size_t cap);

#endif
