// SPDX-License-Identifier: Apache-2.0
/* The core's event loop: descriptors, timers, signals, deferred work. A thin door over sd-event; nothing else in the
 * program sees that library, so a test may link another loop. One thread: all calls from the loop's own thread.
 * Each add gives a source that the owner releases with sw_source_free, before the loop is freed. */
#ifndef SW_IO_LOOP_H
#define SW_IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

struct sw_loop;
struct sw_source;

/** Events are those of epoll (EPOLLIN …); the callback returns nothing: a failing part handles its own failure. */
typedef void (*sw_loop_io_fn)(void *ctx, int fd, uint32_t events);
typedef void (*sw_loop_timer_fn)(void *ctx, int64_t due_mono_us); /* the instant it was set for */
typedef void (*sw_loop_signal_fn)(void *ctx, int signo);
typedef void (*sw_loop_defer_fn)(void *ctx);

int sw_loop_new(struct sw_loop **ret, struct sw_err *err);
struct sw_loop *sw_loop_free(struct sw_loop *l); /* NULL is fine; always returns NULL */

/** Run until sw_loop_exit. @param ret_code what was given to sw_loop_exit; may be NULL. */
int sw_loop_run(struct sw_loop *l, int *ret_code, struct sw_err *err);
void sw_loop_exit(struct sw_loop *l, int code);

/** One turn: wait at most timeout_us (negative: for ever) and handle what is ready.
 *  @return 1 something was handled, 0 nothing came, SW_E_IO */
int sw_loop_turn(struct sw_loop *l, int64_t timeout_us, struct sw_err *err);

/** Level-triggered. The descriptor stays the caller's and must outlive the source. */
int sw_loop_add_io(struct sw_loop *l, int fd, uint32_t events, sw_loop_io_fn fn, void *ctx, struct sw_source **ret,
                   struct sw_err *err);

/** Stop or go on listening to a descriptor: for what cannot be taken now, and would wake the loop again and again. */
void sw_io_set_enabled(struct sw_source *io, bool is_enabled);

/** A timer that is not armed yet. It fires once an arming, at an absolute CLOCK_MONOTONIC instant. */
int sw_loop_add_timer(struct sw_loop *l, sw_loop_timer_fn fn, void *ctx, struct sw_source **ret, struct sw_err *err);

/** (Re-)arm; an instant that has passed fires at once. accuracy_us: how much later it may fire, to share wake-ups;
 *  0 means 1 us. May be called in the timer's own callback. */
int sw_timer_arm(struct sw_source *timer, int64_t due_mono_us, int64_t accuracy_us, struct sw_err *err);
void sw_timer_disarm(struct sw_source *timer);

/** Blocks the signal in the calling thread: call before other threads start. */
int sw_loop_add_signal(struct sw_loop *l, int signo, sw_loop_signal_fn fn, void *ctx, struct sw_source **ret,
                       struct sw_err *err);

/** Run fn once when the loop has nothing more urgent; sw_defer_again asks for another run. Starts asked for. */
int sw_loop_add_defer(struct sw_loop *l, sw_loop_defer_fn fn, void *ctx, struct sw_source **ret, struct sw_err *err);
void sw_defer_again(struct sw_source *defer);

struct sw_source *sw_source_free(struct sw_source *s); /* NULL is fine; always returns NULL */

/** Tell the service manager ("READY=1", "STATUS=…", "WATCHDOG=1", "STOPPING=1"). Without one: does nothing. */
void sw_notify(const char *state);

/** Microseconds within which the service manager wants a "WATCHDOG=1"; 0 when it asks for none. */
int64_t sw_watchdog_interval_us(void);

#endif
