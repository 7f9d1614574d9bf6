// SPDX-License-Identifier: Apache-2.0
/* Inside of the desk, shared by its own .c files only. A slot is a ticket and the rules that hold it; slots fill from
 * 0 upwards and are only ever replaced, so that memory of unused ones is never touched. */
#ifndef SW_TICKETS_DESK_IMPL_H
#define SW_TICKETS_DESK_IMPL_H

#include "tickets/complaint_book.h"
#include "tickets/desk.h"

#define SW_TIME_NONE INT64_MIN
#define SW_MATTER_CAUSES_MAX 32 /* rules × sensors of one matter that are watched */

/** A rule at a sensor that keeps a matter going. The rule is known by a 64-bit hash of its full id, so that a reloaded
 *  pack finds it again. */
struct sw_cause {
    uint64_t rule;
    uint16_t sensor;
    bool is_alerting; /* else forecast */
};

struct sw_desk_slot {
    struct sw_ticket ticket;
    size_t n_causes;
    struct sw_cause causes[SW_MATTER_CAUSES_MAX];
};

/* How many numbers a local day has given. More than one day is kept: a clock that was ahead for a while and went back
 * must not count a day again from 1. */
#define SW_DESK_DAYS_MAX 64
struct sw_desk_day {
    int64_t day; /* days since 1970 */
    uint32_t count;
};

struct sw_desk {
    struct sw_desk_params p; /* its strings point into the copies below */
    char gateway[SW_ID_SIZE], site[SW_ID_SIZE], agency[96], subdistrict[SW_NAME_SIZE], permit_no[64];
    size_t n_slots;             /* used so far */
    struct sw_desk_slot *slots; /* [SW_TICKETS_MAX] */
    struct sw_complaint_book *complaints;
    int64_t next_due_us; /* no deadline before; SW_TIME_NONE = look again */
    struct sw_desk_day
        day[SW_DESK_DAYS_MAX]; /* in no order; the earliest day gives way: tickets come back in another */
    size_t n_days;
    struct sw_desk_totals totals;
    struct sw_desk_site now;
};

/* desk.c */

/** Copy text, cut at a whole UTF-8 character if it does not fit. */
void sw_desk_copy(char *dst, size_t cap, const char *src);
/** The entry of a local day; one of count 0 is made when there is none. */
struct sw_desk_day *sw_desk_day_of(struct sw_desk *d, int64_t day);
struct sw_desk_slot *sw_desk_slot_of(struct sw_desk *d, const char *id);
struct sw_desk_slot *sw_desk_open_of(struct sw_desk *d, const char *matter_key); /* the matter's open ticket, or NULL */
struct sw_desk_slot *sw_desk_ended_of(struct sw_desk *d, const char *matter_key); /* its latest ended one, or NULL */
/** A zeroed slot for a new ticket: a free one, or that of the oldest ended ticket not in `out`. NULL = all are open. */
struct sw_desk_slot *sw_desk_take_slot(struct sw_desk *d, const struct sw_desk_out *out);
/** Fill matter_key; false if it does not fit. */
bool sw_desk_matter_key(const struct sw_desk *d, const struct sw_desk_sensor *sensor, const char *family, char *buf,
                        size_t cap);
/** Rules that hold a matter. */
void sw_desk_cause_set(struct sw_desk_slot *s, uint16_t sensor, const struct sw_rule *rule, bool is_alerting);
void sw_desk_cause_clear(struct sw_desk_slot *s, uint16_t sensor, const struct sw_rule *rule);
bool sw_desk_is_held(const struct sw_desk_slot *s, bool by_alerting_only);

/** The matter's last ticket, if it ended so lately that the same one goes on; else NULL. */
struct sw_desk_slot *sw_desk_recent_of(struct sw_desk *d, const char *matter_key, int64_t now_us);

/* desk_link.c: complaints and the tickets they are counted in */

/** Does it speak of this matter, by category and time? */
bool sw_desk_complaint_fits(const struct sw_ticket *t, const struct sw_complaint_kept *k);
/** The latest matter that it fits, or the ticket that this one was merged into; NULL = none. */
struct sw_desk_slot *sw_desk_complaint_matter(struct sw_desk *d, const struct sw_complaint_kept *k);
/** Count a call; the caller records why. */
void sw_desk_count_in(struct sw_desk *d, struct sw_desk_slot *s, struct sw_complaint_entry *e);
/** The third distinct caller raises the class by one, once. @return it rose */
bool sw_desk_many_callers(struct sw_desk *d, struct sw_ticket *t, int64_t now_us);
/** Who called about s and about what is merged into it counts in s once. After any of their calls changed, or what is
 *  merged. */
void sw_desk_share_callers(const struct sw_desk *d, struct sw_desk_slot *s);
/** Count it and record the link. @return the class rose */
bool sw_desk_link(struct sw_desk *d, struct sw_desk_slot *s, struct sw_complaint_entry *e, const struct sw_actor *by,
                  int64_t now_us, struct sw_desk_out *out);
/** A matter is measured now: complaints that came before are linked to it. */
void sw_desk_link_earlier(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out);
/** The verbs link and unlink, but for the record. @param note  what is to be recorded */
int sw_desk_link_call(struct sw_desk *d, struct sw_desk_slot *s, const struct sw_ticket_command *c, int64_t now_us,
                      struct sw_desk_out *out, char note[SW_NOTE_SIZE], struct sw_err *err);
int sw_desk_unlink_call(struct sw_desk *d, struct sw_desk_slot *s, const struct sw_ticket_command *c,
                        struct sw_err *err);

/* desk_work.c */

/** Whose noise it is, by what is detected now and what was allowed. */
enum sw_attribution sw_desk_attribution(const struct sw_desk *d, const struct sw_work *work);
/** The verdict on work at this ticket, of which instant, and the source that follows from it. */
void sw_desk_take_work(const struct sw_desk *d, const struct sw_work *work, int64_t at_us, struct sw_ticket *t);

/* desk_merge.c: tickets whose matters are dealt with in another one */

#define SW_MERGED_MAX 8 /* into one ticket */

/** The ticket that s is merged into; NULL = none, or it is no longer here. */
struct sw_desk_slot *sw_desk_head_of(struct sw_desk *d, const struct sw_desk_slot *s);
/** Is anything merged into s? */
bool sw_desk_has_merged(const struct sw_desk *d, const struct sw_desk_slot *s);
/** resolve, close or withdraw was done to s: what is merged into it follows. */
void sw_desk_merged_follow(struct sw_desk *d, const struct sw_desk_slot *s, enum sw_verb verb, int64_t now_us,
                           struct sw_desk_out *out);
/** s was reopened: the ticket that it is merged into goes with it, and what is merged into s. */
void sw_desk_merged_reopened(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out);
/** s became more urgent, or its calls changed by so many: so does the ticket that it is merged into. */
void sw_desk_merged_raised(struct sw_desk *d, const struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out);
void sw_desk_merged_counts(struct sw_desk *d, const struct sw_desk_slot *s, int calls, int callers, int repeat_callers,
                           int64_t now_us, struct sw_desk_out *out);
/** It was resolved without proof by its newest entry: that stays. */
void sw_desk_mark_forced(struct sw_ticket *t);

/* desk_change.c: what changes a ticket, whoever asks for it */

extern const struct sw_actor sw_desk_auto; /* the engine itself */

/** A verb happened: history, event, changed list. A stage other than NONE becomes the ticket's. */
void sw_desk_record(struct sw_desk *d, struct sw_desk_slot *s, enum sw_verb verb, enum sw_stage stage,
                    const struct sw_actor *by, const char *note, int64_t now_us, struct sw_desk_out *out);
/** Only the document changed (revision + 1): no event, no history. */
void sw_desk_touch(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out);

/** Identity, owner and empty fields of a ticket that opens now in this slot. */
void sw_desk_born(struct sw_desk *d, struct sw_desk_slot *s, const char *matter_key, int64_t now_us);
/** First row of the responsibility table that fits, else the lead unit, else empty. */
void sw_desk_owner(const struct sw_desk *d, enum sw_category category, const char *period, const char *place,
                   struct sw_assignee *ret);
const struct sw_assignee *sw_desk_supervision(const struct sw_desk *d); /* NULL = none configured */

/** Class that an over-the-limit of this size asks for at this ticket. */
enum sw_class sw_desk_class_for(const struct sw_desk *d, const struct sw_ticket *t, int32_t over_by, int32_t worst,
                                int32_t limit);
/** Without a platform: give it to its owner at once. */
void sw_desk_auto_dispatch(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out);
void sw_desk_reopen(struct sw_desk *d, struct sw_desk_slot *s, enum sw_stage stage, const struct sw_actor *by,
                    const char *note, int64_t now_us, struct sw_desk_out *out);
/** The engine escalates to supervision, once a round. */
void sw_desk_escalate(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out);
/** End a forecast that no rule holds any more, unless complaints are linked. */
void sw_desk_avert_if_over(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out);

/* desk_deadline.c: what a class gives, and the clock */

/** Of two deadlines; SW_TIME_NONE is none. */
int64_t sw_desk_earlier(int64_t a, int64_t b);

/** Raise (never lower) the class; each unmet deadline becomes min(old, now + new class). @return it rose */
bool sw_desk_raise_class(const struct sw_desk *d, struct sw_ticket *t, enum sw_class c, int64_t now_us);
/** The deadlines of its class (of an enquiry, if it is one) from now on; none is reminded of yet. */
void sw_desk_set_deadlines(const struct sw_desk *d, struct sw_ticket *t, int64_t now_us);
/** The platform's own time to resolve: watched anew, in plain time. */
void sw_desk_set_resolve_by(struct sw_ticket *t, int64_t by_us);
/** Bring the deadlines that still run forward to now + limits of the next more urgent class. */
void sw_desk_shorten(const struct sw_desk *d, struct sw_ticket *t, int64_t now_us);
/** The time to resolve stands still: it is moved by the whole suspension now, and back by the rest when it ends early.
 */
void sw_desk_suspend(const struct sw_desk *d, struct sw_ticket *t, int64_t now_us, int64_t until_us);
void sw_desk_end_suspension(const struct sw_desk *d, struct sw_ticket *t, int64_t now_us); /* none: nothing happens */
/** It is merged from now on. */
void sw_desk_begin_rest(struct sw_ticket *t, int64_t now_us);
/** It was merged and is not any more (before that is recorded): what was neither met nor missed moves by the rest. */
void sw_desk_end_rest(const struct sw_desk *d, struct sw_ticket *t, int64_t now_us);

#endif
