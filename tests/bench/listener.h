// SPDX-License-Identifier: Apache-2.0
/* The subscriber: MQTT 5 on a plain socket and a thread of its own, which stamps what arrives. Not a client library:
 * Paho's receiving thread sleeps for 100 ms after each idle second, and that would be measured instead. */
#ifndef BENCH_LISTENER_H
#define BENCH_LISTENER_H

#include <stddef.h>
#include <stdint.h>

struct bench_listener;

/** On the listener's thread. `payload` ends with a zero byte. Both times are those of the arrival. */
typedef void bench_arrival_fn(void *ctx, const char *payload, size_t len, int64_t mono_ns, int64_t real_ns);

/** Returns when the broker has granted the subscription. Documents retained by an earlier run are not delivered. */
struct bench_listener *bench_listener_start(int broker_port, const char *filter, int qos, bench_arrival_fn *arrived,
                                            void *ctx);
void bench_listener_stop(struct bench_listener *l);

#endif
