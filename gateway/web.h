// SPDX-License-Identifier: Apache-2.0
/* The console's door of the gateway: HTTP on TCP beside the unix socket, and the pages' files.
 * A gateway whose console cannot listen measures all the same, says why, and tries again. */
#ifndef SW_GATEWAY_WEB_H
#define SW_GATEWAY_WEB_H

#include "gateway/core.h"

/** Open the unix socket, and TCP as the configuration says; "$SITEWARD_CONSOLE", where it is set, replaces
 *  console.listen: for many gateways on one machine. Only the unix socket's faults are errors. */
int core_web_start(struct sw_core *c, struct sw_err *err);
bool core_web_is_wanted(const struct sw_core *c); /* the configuration says so, before and after it is started */
void core_web_free(struct sw_core *c);            /* HTTP ends; what waits is told nothing */

/** Files of the pages: / and /assets/…, over TCP only. @return false: not one of them */
bool core_web_page(const struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);

struct sw_jsonw;
/** "console": {"listen", "port", "tls", "why"}; null when it is off. */
void core_web_render(const struct sw_core *c, struct sw_jsonw *w);
/** NULL: no console is wanted; "": it listens; else why it does not. */
const char *core_web_why(const struct sw_core *c);

#endif
