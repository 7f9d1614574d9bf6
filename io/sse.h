// SPDX-License-Identifier: Apache-2.0
/* Server-sent events: a ring of the last events as the bytes that go over the wire, shared by all who listen. A reader
 * is a place in the ring; one that falls too far behind is dropped, and delays nobody. No I/O and no clock: io/http
 * sends what readers have, and is told by `wake` that there is more. One thread. */
#ifndef SW_IO_SSE_H
#define SW_IO_SSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define SW_SSE_CLIENTS_MAX 64
#define SW_SSE_CLIENTS_EACH_MAX 12     /* of one account: it leaves room for the others */
#define SW_SSE_RING_BYTES (512 * 1024) /* of the last events: what a client can resume from, and lie behind */
#define SW_SSE_RING_EVENTS 4096        /* the same, counted */
#define SW_SSE_EVENT_MAX (64 * 1024)   /* a larger one is told as `reset`: ask for the documents instead */
#define SW_SSE_BEAT_S 10               /* a comment so often to who hears nothing */
#define SW_SSE_RETRY_MS 3000           /* how long a browser waits before it comes again */

struct sw_sse;
struct sw_sse_reader;

struct sw_sse_params {
    size_t ring_bytes, ring_events, clients; /* 0 = as above */
    uint64_t first_id;   /* number of the first event; must differ from run to run, so that an id of an earlier run is
                            not taken for one of this: the start in microseconds is a good one */
    size_t clients_each; /* 0 = as above */
};

struct sw_sse_counts {
    size_t clients;
    uint64_t events_total, dropped_total /* clients that stalled */, refused_total /* no room for them */;
};

int sw_sse_new(const struct sw_sse_params *p, struct sw_sse **ret, struct sw_err *err);
/** Its readers are told to end, and must all be closed before. NULL is fine; always returns NULL. */
struct sw_sse *sw_sse_free(struct sw_sse *s);

/** An event for everybody: `event` is a word, `data` one line (a document as on MQTT; line ends in it become lines of
 *  their own). Costs nothing but the copy when nobody listens. @return its id */
uint64_t sw_sse_post(struct sw_sse *s, const char *event, const char *data, size_t len);

/** Everybody who listens begins anew: after a gap that nobody can fill. */
void sw_sse_reset(struct sw_sse *s);
/** End the streams of an account: it was logged out, or is gone. "" = of who is not logged in. NULL = all. */
void sw_sse_end(struct sw_sse *s, const char *account_id);

struct sw_sse_counts sw_sse_counts(const struct sw_sse *s);

/* ---- for io/http ---- */

/** Called when a reader that had nothing to say has something now, and when it is over. Not from within sw_sse_read. */
typedef void (*sw_sse_wake_fn)(void *ctx);

/** @param last_event_id  as it came over the wire; NULL = from now on. One that is not in the ring any more, or is no
 *                        number: the stream begins with `event: reset`
 *  @param account_id     for sw_sse_end, and for the account's share; who is not logged in ("") has none of his own
 *  @return SW_OK; SW_E_FULL as many listen as may, in all or of this account; SW_E_NOMEM */
int sw_sse_open(struct sw_sse *s, const char *last_event_id, const char *account_id, sw_sse_wake_fn wake, void *ctx,
                struct sw_sse_reader **ret);
struct sw_sse_reader *sw_sse_close(struct sw_sse_reader *r); /* NULL is fine; always returns NULL */

/** What the reader has to say, at most `cap` bytes. @return how many; 0 = nothing now, it will be woken; -1 = end it */
ptrdiff_t sw_sse_read(struct sw_sse_reader *r, char *buf, size_t cap);
/** End this one. */
void sw_sse_quit(struct sw_sse_reader *r);
/** It lay too far behind, or was ended: its next read says so. */
bool sw_sse_is_over(const struct sw_sse_reader *r);
/** A sign of life for a reader that has nothing else to say. */
void sw_sse_beat(struct sw_sse_reader *r);

#endif
