// SPDX-License-Identifier: Apache-2.0
/* The desk's memory of complaints: the newest SW_COMPLAINTS_MAX of the last 30 days, in the order in which they came.
 * For counting callers, for ids that come again, for linking later. What a complaint does to a ticket is in
 * desk_complaint.c and desk_link.c. Pure; allocates only in sw_complaint_book_new. */
#ifndef SW_TICKETS_COMPLAINT_BOOK_H
#define SW_TICKETS_COMPLAINT_BOOK_H

#include "tickets/complaint.h"

#define SW_COMPLAINT_KEEP_US (30 * SW_S_PER_DAY * SW_US_PER_S)
/* In the place of `counted_in`: it is not about this site, or a person took it off its ticket. It is not linked by
 * itself. */
#define SW_COMPLAINT_UNLINKED "-"

struct sw_complaint_entry {
    struct sw_complaint_kept kept;
    uint64_t id_hash, caller_hash; /* compared before the texts */
    uint64_t before;               /* number of the call before by the same caller; 0 = none */
    bool is_changed;               /* not stored as it is now */
};

/** Entry n is in places[n % SW_COMPLAINTS_MAX]; numbers begin at 1, so that 0 is nobody's. */
struct sw_complaint_book {
    uint64_t first, end; /* first … end - 1 are remembered */
    uint64_t last;       /* the newest that came as a complaint; 0 = none */
    size_t n_changed;
    struct sw_complaint_entry places[SW_COMPLAINTS_MAX];
};

struct sw_complaint_book *sw_complaint_book_new(void); /* NULL = out of memory */

struct sw_complaint_entry *sw_complaint_book_at(struct sw_complaint_book *b, uint64_t n);
struct sw_complaint_entry *sw_complaint_book_find(struct sw_complaint_book *b, const char *service_request_id);

/** Remember one more; those older than 30 days before it go, and the oldest when there is no room. Whether its caller
 *  calls again (within 30 days) is added to what k says of it. */
struct sw_complaint_entry *sw_complaint_book_add(struct sw_complaint_book *b, const struct sw_complaint_kept *k);
/** Forget the one added last: it came to nothing. */
void sw_complaint_book_drop(struct sw_complaint_book *b);
/** It is to be stored (again). */
void sw_complaint_book_changed(struct sw_complaint_book *b, struct sw_complaint_entry *e);

/** The others that are counted in a ticket. */
struct sw_complaint_others {
    bool same_caller, same_repeat_caller; /* one of e's caller; one of e's caller that was a repeat caller then */
    bool any_caller;                      /* one whose caller is told */
};
struct sw_complaint_others sw_complaint_book_others(const struct sw_complaint_book *b, const char *ticket,
                                                    const struct sw_complaint_entry *e);
/** Callers of several tickets together, each once; as for one ticket, those who are not told are one at most. */
struct sw_complaint_callers {
    uint32_t distinct, distinct_repeat; /* over all of the tickets */
    uint32_t sum, sum_repeat;           /* of each ticket for itself, added up */
};
#define SW_COMPLAINT_TICKETS_MAX 32 /* whose callers are counted together */
/** @param tickets  ids, at most SW_COMPLAINT_TICKETS_MAX */
struct sw_complaint_callers sw_complaint_book_callers(const struct sw_complaint_book *b, size_t n,
                                                      const char *const *tickets);
/** The newest that is counted in a ticket, of this caller ("" = of one who is not told; NULL = of anyone). */
struct sw_complaint_entry *sw_complaint_book_newest(struct sw_complaint_book *b, const char *ticket,
                                                    const char *caller_ref);

struct sw_complaint_counts sw_complaint_book_counts(const struct sw_complaint_book *b, const char *caller_ref,
                                                    int64_t now_us);

#endif
