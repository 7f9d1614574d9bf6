// SPDX-License-Identifier: Apache-2.0
/* A command on its way through the desk, shared by the .c files that carry verbs out: desk_command.c (who may, what
 * must be said, most verbs), desk_merge.c (merge, unmerge), desk_complaint.c (link, unlink). */
#ifndef SW_TICKETS_DESK_CALL_H
#define SW_TICKETS_DESK_CALL_H

#include "common/err.h"
#include "tickets/desk_impl.h"

struct sw_desk_call {
    struct sw_desk *d;
    struct sw_desk_slot *s;
    struct sw_ticket *t; /* of s */
    const struct sw_ticket_command *c;
    const struct sw_verb_rule *rule; /* of c->verb */
    bool is_proven;
    int64_t now_us;
    struct sw_desk_out *out;
    struct sw_err *err;
};

/** "{verb} needs {what}": SW_E_INVAL, SW_REFUSAL_INVALID. */
int sw_desk_missing(const struct sw_desk_call *k, const char *what);

/** The verb was carried out: the status that the table says, history and event, what a person's deed brings about.
 *  @return SW_OK */
int sw_desk_finish(const struct sw_desk_call *k, const char *note);

/** What the person wrote: text, else reason. */
const char *sw_desk_note_of(const struct sw_ticket_command *c);

/* desk_merge.c */
int sw_desk_do_merge(struct sw_desk_call *k);
int sw_desk_do_unmerge(struct sw_desk_call *k);

#endif
