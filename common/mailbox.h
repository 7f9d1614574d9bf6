// SPDX-License-Identifier: Apache-2.0
/* A bounded queue of fixed-size messages between threads, with an eventfd to wait on.
 * Part of the room is a reserve that only urgent messages may use, so that state changes still pass when
 * samples have filled the rest. */
#ifndef SW_COMMON_MAILBOX_H
#define SW_COMMON_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct sw_mailbox;

/** @param capacity  messages it holds, 1 … 65536
 *  @param reserve   of these, kept for urgent messages, < capacity
 *  @param msg_size  bytes a message
 *  @return SW_OK; SW_E_INVAL; SW_E_NOMEM; SW_E_IO no eventfd */
int sw_mailbox_new(size_t capacity, size_t reserve, size_t msg_size, struct sw_mailbox **ret, struct sw_err *err);
struct sw_mailbox *sw_mailbox_free(struct sw_mailbox *m); /* NULL is fine; always returns NULL */

/** Copy n messages in, in order, with one wake-up. Any thread. Never blocks beyond the lock.
 *  @return how many were taken; the rest found no room and are counted as dropped. */
size_t sw_mailbox_post(struct sw_mailbox *m, const void *msgs, size_t n, bool urgent);

/** Take up to n of the oldest messages. @return how many. Clears the eventfd when it leaves the box empty. */
size_t sw_mailbox_take(struct sw_mailbox *m, void *msgs, size_t n);

/** Wait until a message is there or real_timeout_us passed (negative: for ever). @return true if one is there. */
bool sw_mailbox_wait(struct sw_mailbox *m, int64_t real_timeout_us);

int sw_mailbox_fd(const struct sw_mailbox *m);           /* readable while messages wait */
size_t sw_mailbox_depth(struct sw_mailbox *m);           /* now waiting */
bool sw_mailbox_is_pressed(struct sw_mailbox *m);        /* reserve half used: stop feeding it samples */
uint64_t sw_mailbox_dropped_total(struct sw_mailbox *m); /* messages that found no room */

#endif
