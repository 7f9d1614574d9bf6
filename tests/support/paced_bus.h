// SPDX-License-Identifier: Apache-2.0
/* The real bus worker, with the real door to libmodbus, on a paced line with ten units of four registers. Keeps what
 * was said when, and checks that each reading is what its own unit and register had said. Judges no times. */
#ifndef SW_TESTS_SUPPORT_PACED_BUS_H
#define SW_TESTS_SUPPORT_PACED_BUS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensors/bus_worker.h"
#include "tests/support/paced_line.h"

#define PACED_UNITS 10 /* unit ids 1 … 10 */
#define PACED_REGS 4   /* input registers 0 … 3 of each */
#define PACED_SEEN_MAX 262144

struct paced_setup {
    const char *id;
    int baud;
    char parity;
    int stop_bits;
    int64_t think_ns;    /* of every unit */
    int64_t needs_ns;    /* silence that every unit needs to hear a request; 0 = 3.5 characters */
    int64_t interval_us; /* between polls of a unit; less than a cycle = as fast as it goes */
    int turnaround_ms;   /* that the template tells the gateway */
};

/** A request as the line saw it. */
struct paced_seen {
    int64_t start_ns;
    uint8_t unit;
    bool is_answered;
};

struct paced_bus;

/** Start line and worker. NULL never: it says what is wrong and exits 1. */
struct paced_bus *paced_bus_new(const struct paced_setup *setup);
struct paced_bus *paced_bus_free(struct paced_bus *b); /* NULL is fine; always returns NULL */

struct paced_format paced_bus_format(const struct paced_bus *b);
int64_t paced_bus_ideal_ns(const struct paced_bus *b); /* of one poll of one unit */
void paced_bus_set_dead(struct paced_bus *b, int unit, bool is_dead);

/** Take the readings that have come; wait for the first of them, up to so long. */
void paced_bus_drain(struct paced_bus *b, int64_t wait_us);
uint64_t paced_bus_good(const struct paced_bus *b, int unit);    /* readings with a value, of all its registers */
uint64_t paced_bus_missing(const struct paced_bus *b, int unit); /* readings that say that there is none */
uint64_t paced_bus_wrong(const struct paced_bus *b);             /* readings that nobody had said so */

/** Requests so far. Any thread. */
size_t paced_bus_seen(const struct paced_bus *b, const struct paced_seen **ret);
struct paced_stats paced_bus_line(struct paced_bus *b);
struct sw_bus_stats paced_bus_stats(struct paced_bus *b);

#endif
