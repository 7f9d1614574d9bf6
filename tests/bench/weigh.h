// SPDX-License-Identifier: Apache-2.0
/* CPU time per 1,000 registers: of sitewardd on a site, and of bare libraries that do the same polling. */
#ifndef BENCH_WEIGH_H
#define BENCH_WEIGH_H

#include <stdbool.h>
#include <stddef.h>

#include "bench.h"
#include "site.h"

/** Run sitewardd on this site (its Modbus port is filled in) against a server and a subscriber of our own. Prints a
 * row. Gives up if nothing was stored.
 *  @param ret_bytes  of the last live document; may be NULL
 *  @return CPU milliseconds per 1,000 registers */
double bench_weigh_daemon(const struct bench_env *env, const char *folder, const char *who, struct bench_site site,
                          int seconds, size_t *ret_bytes);

/** What nothing but libmodbus, and Paho, would do. */
struct bench_bare {
    int units, registers, interval_ms, connections;
    bool is_publishing, is_without_delay;
    size_t bytes; /* of a document, one a register */
};

double bench_weigh_bare(const struct bench_env *env, const char *who, const struct bench_bare *bare, int seconds);

#endif
