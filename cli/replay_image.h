// SPDX-License-Identifier: Apache-2.0
/* What a gateway's store would hold of its state at a moment of its past: tickets, states, and until when windows are
 * published. A replay of the store keeps it in memory, to begin each run from it as the gateway did. */
#ifndef SW_CLI_REPLAY_IMAGE_H
#define SW_CLI_REPLAY_IMAGE_H

#include "gateway/restore.h"

struct sw_image;

struct sw_image *sw_image_new(void);                /* NULL = no memory */
struct sw_image *sw_image_free(struct sw_image *m); /* NULL is fine; always returns NULL */

/** Note what one effect makes the gateway store. @return SW_OK; SW_E_NOMEM; SW_E_FULL */
int sw_image_effect(struct sw_image *m, struct sw_engine *e, const struct sw_effect *fx, struct sw_err *err);
/** Note what a gateway stores that stops in order. */
int sw_image_stop(struct sw_image *m, struct sw_engine *e, struct sw_err *err);

/* The loading functions of gateway/restore.h; ctx is the image. */
int sw_image_tickets(struct sw_image *m, int64_t since_us, sw_store_ticket_fn fn, void *to, struct sw_err *err);
int sw_image_marks(struct sw_image *m, sw_store_watermark_fn fn, void *to, struct sw_err *err);
int sw_image_states(struct sw_image *m, sw_store_state_fn fn, void *to, struct sw_err *err);
int sw_image_complaints(struct sw_image *m, int64_t since_us, sw_store_complaint_fn fn, void *to, struct sw_err *err);

#endif
