// SPDX-License-Identifier: Apache-2.0
/* What the hub shows: HTTP with accounts, pages, the interface of docs/openapi-hub.yaml, a stream of what happens.
 * Reads the store with a reader of its own. On the loop's thread, but for hub_api_tap. */
#ifndef SW_HUB_API_H
#define SW_HUB_API_H

#include "hub/hub.h"

struct hub_api;

/** Before the hub, which takes hub_api_tap. */
int hub_api_new(const struct sw_hub *conf, struct hub_api **ret, struct sw_err *err);
/** What was kept, for the stream of events; on the store's thread. ctx is the struct hub_api. */
void hub_api_tap(void *ctx, const struct hub_document *d, enum hub_put put, int64_t received_us);
/** Listen, when the configuration names an address. One that is taken is tried again; only lack of memory and of a data
 *  folder are errors. */
int hub_api_start(struct hub_api *a, struct hub *h, struct sw_err *err);
void hub_api_stop(struct hub_api *a);            /* before hub_free */
struct hub_api *hub_api_free(struct hub_api *a); /* after it. NULL is fine; always returns NULL */

#endif
