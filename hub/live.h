// SPDX-License-Identifier: Apache-2.0
/* The newest live values of all sensors, and the newest health of all gateways, in memory alone: after a start they are
 * back within a minute, because they are retained. Any thread. */
#ifndef SW_HUB_LIVE_H
#define SW_HUB_LIVE_H

#include "hub/document.h"

#define HUB_LIVE_TEXT_MAX 4096 /* a longer document is left out */

struct hub_live;
struct hub_live *hub_live_new(void);                /* NULL = no memory */
struct hub_live *hub_live_free(struct hub_live *l); /* NULL is fine; always returns NULL */

/** HUB_LIVE and HUB_HEALTH are kept; of all others only that the site was heard of. */
void hub_live_put(struct hub_live *l, const struct hub_document *d, int64_t received_us);

struct hub_live_row {
    const char *key; /* "sensor/{sensor}/live" or "gw/{gw}/health" */
    int64_t ts_us, received_us;
    const char *text;
    size_t len;
};
/** Runs under the lock: copy what is wanted and return 0 to go on. */
typedef int (*hub_live_fn)(void *ctx, const struct hub_live_row *row);
/** @return newest receipt of anything from the site; INT64_MIN = never */
int64_t hub_live_read(struct hub_live *l, const char *area, const char *site, hub_live_fn fn, void *ctx);

size_t hub_live_values(struct hub_live *l); /* how many are kept */

#endif
