// SPDX-License-Identifier: Apache-2.0
/* The gateway's list of alerts that hold now: raised and solved by anyone in the core's thread, published retained at
 * gw/{gw}/alert/…, kept over restarts so that a solved one never stays at the broker. */
#ifndef SW_GATEWAY_ALERTS_H
#define SW_GATEWAY_ALERTS_H

#include "common/err.h"
#include "tickets/alert.h"

struct sw_core;
struct sw_http_response;
struct sw_jsonw;

#define CORE_ALERTS_MAX 256
#define CORE_ALERTS_SHOWN_MAX 16     /* in the status page */
#define CORE_ALERT_DOCUMENT_MAX 2048 /* no alert needs more */

/** Say that something is wrong, or (is_active false) that it is not any more. The same again changes nothing, so a
 *  cause may be told as often as it is looked at. since_us 0 means now. Core thread only. */
void core_alert(struct sw_core *c, const struct sw_alert *a);

/** After the engine is restored: what held when the last run ended, as far as its subject still exists. */
int core_alerts_new(struct sw_core *c, struct sw_err *err);
void core_alerts_free(struct sw_core *c);
/** All again: after the broker took the session anew. What is no longer so is deleted there. */
void core_alerts_publish(struct sw_core *c);
/** What the store does not know yet, before the program ends. */
void core_alerts_keep(struct sw_core *c);
/** Once a second: lines, devices, store, dropped readings. */
void core_alerts_look(struct sw_core *c, int64_t real_us);
bool core_alert_holds(const struct sw_core *c, enum sw_alert_code code, const char *subject);

/* alerts_look.c */
struct core_watch;
int core_watch_new(const struct sw_core *c, struct core_watch **ret, struct sw_err *err); /* release with free() */
void core_watch_look(struct sw_core *c, struct core_watch *w, int64_t real_us);

/** Members `alerts` (the first of them) and `alerts_total` of an object that the caller opened. */
void core_alerts_write(struct sw_core *c, struct sw_jsonw *w);
/** GET /api/v1/alerts: all of them, as the documents that are published. */
void core_page_alerts(struct sw_core *c, struct sw_http_response *res);

size_t core_alerts_count(const struct sw_core *c);
const struct sw_alert *core_alerts_at(const struct sw_core *c, size_t i);

#endif
