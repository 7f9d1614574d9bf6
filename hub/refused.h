// SPDX-License-Identifier: Apache-2.0
/* Documents that were refused, by gateway, told once a minute: a gateway gone wild must not fill the log. One thread.
 */
#ifndef SW_HUB_REFUSED_H
#define SW_HUB_REFUSED_H

#include "hub/document.h"

#define HUB_REFUSED_MAX 64 /* senders told by name; the others together */

struct hub_refused;
struct hub_refused *hub_refused_new(void);                   /* NULL = no memory */
struct hub_refused *hub_refused_free(struct hub_refused *r); /* always returns NULL */

void hub_refused_begin(struct hub_refused *r); /* what is noted from here on counts only when it is kept */
void hub_refused_note(struct hub_refused *r, const struct hub_place *place, const char *gw, const char *topic,
                      const char *why);
void hub_refused_keep(struct hub_refused *r);

/** Log what was kept, when a minute is over. */
void hub_refused_tell(struct hub_refused *r, int64_t now_us);

#endif
