// SPDX-License-Identifier: Apache-2.0
/* Questions and commands to gateways over MQTT, and their answers: a connection of its own beside the one that takes
 * documents in, so that neither waits for the other. Each question is answered, or is told that nobody did. On the
 * loop's thread. */
#ifndef SW_HUB_ASK_H
#define SW_HUB_ASK_H

#include "config/hub.h"
#include "io/loop.h"

#define HUB_ASK_WAITING_MAX 64

struct hub_ask;
struct json_t; /* <jansson.h> */

/** Connects in the background, again and again. @param conf, loop  must outlive it */
int hub_ask_new(const struct sw_hub *conf, struct sw_loop *loop, struct hub_ask **ret, struct sw_err *err);
/** Who waits is told that nobody answered. NULL is fine; always returns NULL. */
struct hub_ask *hub_ask_free(struct hub_ask *a);

/** @param answer  document, NUL-terminated, borrowed; NULL = none came in time */
typedef void (*hub_ask_fn)(void *ctx, const char *answer, size_t len);

/** @param topic  after the site: "cmd/evidence"
 *  @param document  gets reply_to and correlation
 *  @return SW_OK: fn will be called, once, not from within this; SW_E_IO there is no connection; SW_E_FULL */
int hub_ask_send(struct hub_ask *a, const char *area, const char *site, const char *topic, struct json_t *document,
                 int64_t real_wait_us, hub_ask_fn fn, void *ctx, struct sw_err *err);

bool hub_ask_is_up(const struct hub_ask *a, char why[200]);

#endif
