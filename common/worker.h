// SPDX-License-Identifier: Apache-2.0
/* A named thread with a heartbeat and a request to stop. The watchdog is fed only while all hearts beat. */
#ifndef SW_COMMON_WORKER_H
#define SW_COMMON_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct sw_worker;
typedef void (*sw_worker_fn)(struct sw_worker *self, void *ctx);

/** Start a thread that runs fn(self, ctx) with all signals blocked.
 *  @param stack_bytes 0 for a modest default (256 KiB) */
int sw_worker_start(const char *name, sw_worker_fn fn, void *ctx, size_t stack_bytes, struct sw_worker **ret,
                    struct sw_err *err);

/** Ask it to stop and do not wait: for who waits otherwise, before sw_worker_stop. */
void sw_worker_ask(struct sw_worker *w);

/** Ask it to stop (also wakes whoever polls stop_fd), join it, free it. NULL is fine; always returns NULL. */
struct sw_worker *sw_worker_stop(struct sw_worker *w);

bool sw_worker_should_stop(const struct sw_worker *w);
int sw_worker_stop_fd(const struct sw_worker *w);    /* readable once a stop was asked for */
void sw_worker_beat(struct sw_worker *w);            /* "I am alive": call at least every few seconds */
int64_t sw_worker_age_us(const struct sw_worker *w); /* real time since the last beat */
const char *sw_worker_name(const struct sw_worker *w);

/** Sleep until a real monotonic instant, or until a stop is asked for. @return false when asked to stop. */
bool sw_worker_sleep_until(struct sw_worker *w, int64_t real_mono_us);

#endif
