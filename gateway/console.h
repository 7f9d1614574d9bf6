// SPDX-License-Identifier: Apache-2.0
/* What the console asks besides the pages of now: the stream of events, courses of levels, a day, exports, the
 * printable sheet, the calendar, figures for a monitoring system. Asked over TCP and over the unix socket alike; who
 * may, is console_session.c's to say. Core thread only. */
#ifndef SW_GATEWAY_CONSOLE_H
#define SW_GATEWAY_CONSOLE_H

#include "gateway/core.h"
#include "io/sse.h"

/** Before core_web_start. */
int core_console_new(struct sw_core *c, struct sw_err *err);
/** After core_web_free, whose streams read from it. */
void core_console_free(struct sw_core *c);

/** @return whether it was one of these pages */
bool core_console_page(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);

/* console_events.c */
/** Somebody listens, or did a moment ago and may come back for what was missed. Else nothing need be rendered for it.
 */
bool core_events_wanted(struct sw_core *c);
/** A document goes out at this topic (relative to the site): those who listen get the same bytes, as far as the topic
 *  is one that they are told of. A live value gains "sensor", which on MQTT the topic says. len 0: a retained document
 *  ended. */
void core_events_tell(struct sw_core *c, const char *topic, const char *payload, size_t len);
/** An account lost a session, a token or its password: its streams end, and whoever still may comes again. */
void core_events_end(struct sw_core *c, const char *account);
struct sw_sse_counts core_events_counts(const struct sw_core *c);

/* console_sensor.c */
struct sw_jsonw;
/** Members of a sensor for the lamp card: limit_next, rule, held, level_now, probability, age_s, q, flag,
 *  answers, plausible. */
void core_console_card(struct sw_core *c, size_t sensor, struct sw_jsonw *w);

#endif
