// SPDX-License-Identifier: Apache-2.0
/* A worker beside the loop: what takes long (hashing a password, making a file durable) is done there, one job at a
 * time and in order, and ended on the loop's thread. */
#ifndef SW_IO_ASIDE_H
#define SW_IO_ASIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "io/loop.h"

/** The head of the asker's own struct, which is the worker's from sw_aside_post until `done`. */
struct sw_aside_job {
    void (*run)(struct sw_aside_job *j);                /* on the worker */
    void (*done)(struct sw_aside_job *j, bool was_run); /* on the loop's thread, once; false: the program ends */
};

struct sw_aside;

/** @param cap  jobs under way at once, 1 to 1024
 *  @return SW_OK; SW_E_NOMEM; SW_E_IO */
int sw_aside_new(struct sw_loop *loop, const char *name, size_t cap, struct sw_aside **ret, struct sw_err *err);
/** Ends the worker after the job at hand. Jobs that were not begun are done without. NULL is fine; always returns NULL.
 */
struct sw_aside *sw_aside_free(struct sw_aside *a);
/** @return SW_OK; SW_E_FULL: `cap` are under way, and done will not be called */
int sw_aside_post(struct sw_aside *a, struct sw_aside_job *j, struct sw_err *err);

#endif
