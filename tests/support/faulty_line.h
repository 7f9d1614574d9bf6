// SPDX-License-Identifier: Apache-2.0
/* A serial line with ten units on which everything goes wrong that can: a peer behind a pty that spoils, delays,
 * doubles and withholds what it is asked for, by a seed. It keeps a log of what it really said to which request, so
 * that a reading can be held against it. It never does what no master could see through: a late reply of the very unit
 * that is being asked again, or noise that happens to be a perfect reply. */
#ifndef SW_TESTS_SUPPORT_FAULTY_LINE_H
#define SW_TESTS_SUPPORT_FAULTY_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"

#define FAULTY_UNITS 10 /* unit ids 1 … 10 */
#define FAULTY_ITEMS 8  /* values of a unit, u32: item i < 4 at register 2·i, the others at 100 + 2·(i − 4) */
#define FAULTY_LOG_MAX 400000

enum fault {
    FAULT_NONE,
    FAULT_TRICKLE,     /* right, byte by byte */
    FAULT_TWICE,       /* right, two times in one breath */
    FAULT_AGAIN,       /* right, and once more in the silence after it */
    FAULT_TAIL,        /* right, and rubbish after it */
    FAULT_HEAD,        /* rubbish, then the right reply */
    FAULT_FOREIGN_TOO, /* somebody else's frame, then the right reply */
    FAULT_SILENT,
    FAULT_EXCEPTION,
    FAULT_BITS,       /* one to three bits turned over */
    FAULT_TRUNCATED,  /* the first part of the reply */
    FAULT_GARBAGE,    /* anything but a reply */
    FAULT_FOREIGN,    /* a whole, right frame of somebody else */
    FAULT_OTHER_UNIT, /* another unit's answer to this question */
    FAULT_LENGTH,     /* a right frame with one register more or less */
    FAULT_LATE,       /* the right reply, when somebody else has been asked already */
    FAULT_OVERDUE,    /* the right reply, about when its time is over or a little later */
    FAULT_STUCK,      /* bytes without end, for a while */
    FAULT_DEATH,      /* the unit is dead from now on, for a while */
    FAULT_UNPLUGGED,  /* the port goes away and comes back as another one */
    FAULT__COUNT
};

/** A request, and what was said to it. Instants are of the domain's interval clock. */
struct faulty_request {
    int64_t came_us;    /* it was read */
    int64_t replied_us; /* just before the first byte of a right reply was handed over */
    uint8_t unit;
    uint8_t fault;     /* enum fault */
    uint16_t addr, nb; /* as asked */
    bool is_answered;  /* the right reply was sent, whole, before anything else was asked */
    bool is_doubtful;  /* said once more, and too late: this machine was too slow for the silence after it */
};

struct faulty_line;

/** Serve a pty behind the symbolic link `path`, which must not exist. NULL when there is none to be had. */
struct faulty_line *faulty_line_new(uint64_t seed, const struct sw_clock *clock, const char *path);
struct faulty_line *faulty_line_free(struct faulty_line *l); /* NULL is fine; always returns NULL */

/** From now on all is well: units live, replies are right. */
void faulty_line_calm(struct faulty_line *l);

/** The log, once the peer has nothing more to say (the worker has stopped). @return requests */
size_t faulty_line_log(struct faulty_line *l, const struct faulty_request **ret);

/** What item i of a unit held in the reply to request seq, as raw 32 bits. */
uint32_t faulty_raw(unsigned unit, unsigned item, size_t seq);
const char *fault_name(enum fault fault);

#endif
