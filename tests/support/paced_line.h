// SPDX-License-Identifier: Apache-2.0
/* An RS-485 line as it is in the field, behind a pty: each byte takes its bits at the configured rate, a unit thinks
 * before it answers, and a unit that was spoken to before the line had been silent for 3.5 characters does not answer.
 * A pty hands bytes over at once; the model therefore reckons when the last of them would have been on the wire.
 * It counts what the master does wrong and leaves it to the test what to think of it. */
#ifndef SW_TESTS_SUPPORT_PACED_LINE_H
#define SW_TESTS_SUPPORT_PACED_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct paced_format {
    int baud;
    int char_bits; /* with start, parity and stop: 10 for 8N1, 11 for 8E1, 8O1 and 8N2 */
};

/** What a unit was asked. Times are CLOCK_MONOTONIC; the wire's, not the pty's. */
struct paced_request {
    uint8_t unit, fc;
    uint16_t addr, nb;
    int64_t start_ns, end_ns;
    int64_t silence_ns;            /* before it; INT64_MAX = nothing had been said yet */
    int master_baud, master_stops; /* as the master has set up its end just now (a pty does not show parity) */
};

struct paced_answer {
    bool is_given;     /* false: dead, absent, deaf */
    int64_t think_ns;  /* end of the request to start of the reply: at least 3.5 characters */
    int64_t needs_ns;  /* this unit hears a request only after so much silence; less than 3.5 characters = these */
    uint8_t exception; /* not 0: the answer is this exception */
};

/** Asked for each whole request, in the line's thread: fill regs[rq->nb] and say how it answers. */
typedef struct paced_answer (*paced_fn)(void *ctx, const struct paced_request *rq, uint16_t *regs);

struct paced_stats {
    uint64_t requests;        /* whole ones, to anybody */
    uint64_t answered;        /* the last byte of the reply was handed over */
    uint64_t unheard;         /* came too early for the unit, which therefore did not answer */
    uint64_t breaches;        /* requests that began less than 3.5 characters after the last byte on the line */
    uint64_t collisions;      /* of these: while somebody else was still speaking, or about to */
    uint64_t garbage;         /* frames that were no request */
    int64_t least_silence_ns; /* before any request; INT64_MAX = none */
    int64_t late_max_ns;      /* how far behind the wire the model itself was with the last byte of a reply */
    int64_t late_sum_ns;      /* the same, of all replies */
};

struct paced_line;

int64_t paced_char_ns(const struct paced_format *f);
/** 3.5 characters; above 19200 baud 1.75 ms (MODBUS over Serial Line V1.02, 2.5.1.1). */
int64_t paced_silence_ns(const struct paced_format *f);
/** What a wire allows: request of 8 bytes, thinking, reply of 5 + 2 nb bytes, and the silence before the next one. */
int64_t paced_ideal_ns(const struct paced_format *f, int nb, int64_t think_ns);

/** Serve a new pty; its other end is ret_path. NULL when there is none to be had. */
struct paced_line *paced_line_new(const struct paced_format *f, paced_fn fn, void *ctx, char *ret_path, size_t cap);
struct paced_line *paced_line_free(struct paced_line *l); /* NULL is fine; always returns NULL */
struct paced_stats paced_line_stats(struct paced_line *l);
int64_t paced_now_ns(void);

#endif
