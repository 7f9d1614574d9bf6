// SPDX-License-Identifier: Apache-2.0
/* Inside of the desk, shared by its own .c files only. A slot is a ticket and the rules that hold it; slots fill from
 * 0 upwards and are only ever replaced, so that memory of unused ones is never touched. */
#ifndef SW_TICKETS_DESK_IMPL_H
#define SW_TICKETS_DESK_IMPL_H

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

struct sw_desk {
    struct sw_desk_params p; /* its strings point into the copies below */
    char gateway[SW_ID_SIZE], site[SW_ID_SIZE], agency[96];
    size_t n_slots;             /* used so far */
    struct sw_desk_slot *slots; /* [SW_TICKETS_MAX] */
    int64_t next_due_us;        /* no deadline before; SW_TIME_NONE = look again */
    int64_t number_day;         /* local day (days since 1970) of number_count */
    uint32_t number_count;
    struct sw_desk_totals totals;
    struct sw_desk_site now;
};

/* desk.c */

/** Copy text, cut at a whole UTF-8 character if it does not fit. */
void sw_desk_copy(char *dst, size_t cap, const char *src);
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

/* desk_work.c */

/** Whose noise it is, by what is detected now and what was allowed. */
enum sw_attribution sw_desk_attribution(const struct sw_desk *d, const struct sw_work *work);
/** The verdict on work at this ticket, of which instant, and the source that follows from it. */
void sw_desk_take_work(const struct sw_desk *d, const struct sw_work *work, int64_t at_us, struct sw_ticket *t);

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
/** Raise (never lower) the class; each unmet deadline becomes min(old, now + new class). @return it rose */
bool sw_desk_raise_class(const struct sw_desk *d, struct sw_ticket *t, enum sw_class c, int64_t now_us);
void sw_desk_set_deadlines(const struct sw_desk *d, struct sw_ticket *t, int64_t now_us);
/** Bring the deadlines that still run forward to now + limits of the next more urgent class. */
void sw_desk_shorten(const struct sw_desk *d, struct sw_ticket *t, int64_t now_us);

/** Without a platform: give it to its owner at once. */
void sw_desk_auto_dispatch(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out);
void sw_desk_reopen(struct sw_desk *d, struct sw_desk_slot *s, enum sw_stage stage, const struct sw_actor *by,
                    const char *note, int64_t now_us, struct sw_desk_out *out);
/** The engine escalates to supervision, once a round. */
void sw_desk_escalate(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out);
/** End a forecast that no rule holds any more, unless complaints are linked. */
void sw_desk_avert_if_over(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out);

#endif
