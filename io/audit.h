// SPDX-License-Identifier: Apache-2.0
/* The record of who came, who was turned away, who changed accounts and who looked evidence up: a line of JSON each, in
 * files in the data folder for their owner alone. Each kind has files of its own, so that a flood of one kind does not
 * push out another. No passwords, no tokens, and no names that nobody has: people type passwords there by mistake. */
#ifndef SW_IO_AUDIT_H
#define SW_IO_AUDIT_H

#include <stddef.h>
#include <stdint.h>

#include "io/aside.h"

#define SW_AUDIT_FILE_MAX (512 * 1024) /* of each kind; then it becomes the older one, in the place of that before */
#define SW_AUDIT_LINE_MAX 640
#define SW_AUDIT_WAITING_MAX 256 /* lines on their way to the disk; more are dropped and counted */
#define SW_AUDIT_SHOWN_MAX 1000

enum sw_audit_kind {
    SW_AUDIT_ACCESS,   /* log-in, log-out */
    SW_AUDIT_FAILED,   /* a password, code or token that was wrong */
    SW_AUDIT_ACCOUNT,  /* accounts and tokens made, changed, removed */
    SW_AUDIT_EVIDENCE, /* a look-up */
    SW_AUDIT__COUNT
};
const char *sw_audit_kind_name(enum sw_audit_kind kind);
int sw_audit_kind_of(const char *name); /* -1 = none */

struct sw_audit_event {
    enum sw_audit_kind kind;
    int64_t at_us;       /* UTC */
    const char *what;    /* "log-in" */
    const char *who;     /* account; NULL = not known */
    const char *role;    /* NULL = not said */
    const char *from;    /* address, "socket", "mqtt" */
    const char *subject; /* what it was about; NULL = nothing */
};

struct sw_audit;

/** @param aside   must outlive it
 *  @param folder  copied
 *  @return NULL = no memory */
struct sw_audit *sw_audit_new(struct sw_aside *aside, const char *folder);
struct sw_audit *sw_audit_free(struct sw_audit *a); /* after the worker. NULL is fine; always returns NULL */
/** Goes to the disk soon. One that is lost (no room, a full disk) is counted, logged, and holds nothing up. */
void sw_audit_note(struct sw_audit *a, const struct sw_audit_event *e);
uint64_t sw_audit_lost_total(const struct sw_audit *a);

/** The newest lines as one text: {"entries":[…]}, oldest first. Blocks; on any thread, given the folder.
 *  @param kind   -1 = all
 *  @param limit  1 to SW_AUDIT_SHOWN_MAX
 *  @return text, free when done; NULL = no memory */
char *sw_audit_read(const char *folder, int kind, size_t limit, size_t *ret_len);

#endif
