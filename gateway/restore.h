// SPDX-License-Identifier: Apache-2.0
/* A start that goes on where the last run ended: tickets, rule states and what was learned come back, windows are
 * rebuilt from stored readings. The daemon takes all of it from its store, `siteward replay --store` from its image of
 * that store, so that both begin alike. */
#ifndef SW_GATEWAY_RESTORE_H
#define SW_GATEWAY_RESTORE_H

#include "gateway/engine.h"
#include "gateway/store.h"

/* Rows of the store's rule states that are no rule's (those have a slash in their name). */
#define SW_RESTORE_MODEL "model"
#define SW_RESTORE_DETECT "detect"
#define SW_RESTORE_INPUT "input"

#define SW_RESTORE_PIECE_US (60 * SW_US_PER_S) /* engine time that is caught up in one go */

/** Where things come from and where they go. The loading ones are those of gateway/store.h. */
struct sw_restore_ops {
    int (*tickets)(void *ctx, int64_t since_us, sw_store_ticket_fn fn, void *to, struct sw_err *err);
    int (*marks)(void *ctx, sw_store_watermark_fn fn, void *to, struct sw_err *err);
    int (*states)(void *ctx, sw_store_state_fn fn, void *to, struct sw_err *err);
    int (*readings)(void *ctx, int64_t since_us, sw_store_reading_fn fn, void *to, struct sw_err *err);
    int (*complaints)(void *ctx, int64_t since_us, sw_store_complaint_fn fn, void *to, struct sw_err *err);
    /** Until when windows of a sensor and period are published; NULL = it has none of that name. */
    int64_t *(*mark)(void *ctx, size_t sensor, const char *period);
    /** What a step brought about; `is_quiet`: of a rebuilding, where only windows count. */
    int (*effects)(void *ctx, const struct sw_effect *fx, size_t n, bool is_quiet, struct sw_err *err);
    /** A piece of work is done: what waits may be written. */
    int (*end_piece)(void *ctx, struct sw_err *err);
};

struct sw_restore {
    const struct sw_site *site;
    struct sw_engine *engine;           /* fresh */
    int64_t now_us;                     /* when the run starts, engine time */
    int64_t begun_us;                   /* start of the run before; 0 = not known */
    bool is_new;                        /* nothing to come back */
    const struct sw_schedule *schedule; /* the newest that was known; NULL = none */
    const struct sw_restore_ops *ops;
    void *ctx;
    struct sw_effect *fx; /* [cap] room for a step's effects */
    size_t cap;
    size_t n_tickets, n_states, n_readings, n_ahead; /* what came back */
};

/** Afterwards the engine stands at now_us, and has ticked there. */
int sw_restore_run(struct sw_restore *p, struct sw_err *err);

#endif
