// SPDX-License-Identifier: Apache-2.0
/* The desk: all tickets of a site. Findings of the judges and commands of people go in, changed tickets and events
 * come out. One open ticket a matter. Pure; bounded; allocates only in sw_desk_new. */
#ifndef SW_TICKETS_DESK_H
#define SW_TICKETS_DESK_H

#include "common/zone.h"
#include "rules/judge.h"
#include "tickets/complaint.h"
#include "tickets/hotline.h"
#include "tickets/ticket.h"

#define SW_TICKETS_MAX 512     /* kept in memory; the oldest ended ones give way (they stay in the store) */
#define SW_DESK_CHANGES_MAX 64 /* in one call */
#define SW_RESPONSIBILITY_MAX 64

/** A row of the site's responsibility table. Empty category or period fit all. */
struct sw_responsibility {
    int category; /* enum sw_category, -1 = any */
    char period[16], place[SW_ID_SIZE];
    struct sw_assignee who;
    bool is_lead, is_supervision;
    char permit_no[64]; /* of what is built there, "" = the site's */
};

/** Who is in charge, for everyone who must pass a matter on: part of every answer. "" = not known. */
struct sw_dispatch_basis {
    char agency_responsible[96], subdistrict[SW_NAME_SIZE], permit_no[64];
    struct {
        char person[64], phone[32];
    } site_contact;
    char unit[96], department[96], street[64]; /* of the row of the responsibility table that fits */
};

/** Where a sensor stands, as far as tickets need it. */
struct sw_desk_sensor {
    char id[SW_ID_SIZE];
    char place[SW_ID_SIZE]; /* its device, or the device's zone: last part of the matter key */
    enum sw_category category;
    enum sw_quantity quantity;
    int line; /* what it is read over, a number of the caller's; a silent line concerns all its places */
};

struct sw_desk_params {
    const char *gateway, *site, *agency_responsible;
    const char *subdistrict, *permit_no; /* NULL = not known */
    const struct sw_zone *zone;
    const struct sw_days *days; /* holidays and make-up working days; NULL = Monday to Friday are worked */
    const struct sw_hotline *hotline;
    size_t n_responsibility;
    const struct sw_responsibility *responsibility;
    size_t n_sensors;
    const struct sw_desk_sensor *sensors; /* by sensor index */
    bool has_platform;                    /* else a ticket is dispatched to its owner at once */
    size_t n_packs;
    const struct sw_pack *packs; /* borrowed: whose rules complaints name */
    int32_t complaint_within_m;  /* complaints from farther away are not about this site; 0 = 500 */
};

/** What changed in one call: slots of tickets (each once) and events in order. Caller's memory. */
struct sw_desk_out {
    size_t n_tickets;
    uint16_t tickets[SW_DESK_CHANGES_MAX];
    size_t n_events;
    struct sw_ticket_event events[SW_DESK_CHANGES_MAX];
};

struct sw_desk;

/** The strings of p are copied; zone, days, hotline and the two tables are borrowed and must outlive the desk.
 *  @return SW_OK; SW_E_INVAL; SW_E_NOMEM */
int sw_desk_new(const struct sw_desk_params *p, struct sw_desk **ret, struct sw_err *err);
struct sw_desk *sw_desk_free(struct sw_desk *d); /* NULL is fine; always returns NULL */

/** A finding of a judge. Adds to `out` (does not clear it). */
void sw_desk_finding(struct sw_desk *d, const struct sw_finding *f, const struct sw_work *work, int64_t now_us,
                     struct sw_desk_out *out);

/** What holds for the findings that follow. Before the first call: nothing is known. */
struct sw_desk_site {
    enum sw_detected detected; /* work, now */
    int32_t schedule_revision; /* 0 = no schedule */
};
void sw_desk_set_site(struct sw_desk *d, const struct sw_desk_site *site);

/** Work is detected now: measured matters of an unknown source are the site's. Adds to `out`; what finds no room there
 *  waits for the next call. */
void sw_desk_attribute(struct sw_desk *d, int64_t now_us, struct sw_desk_out *out);

/** Work that was detected while none was permitted, for a whole window. */
struct sw_desk_heard {
    uint16_t sensor;
    int32_t leq; /* hundredths; SW_NO_VALUE */
    int64_t from_us;
    const char *period; /* "night"; its matter's family */
    bool is_night;
    struct sw_work work;
};
void sw_desk_heard(struct sw_desk *d, const struct sw_desk_heard *h, int64_t now_us, struct sw_desk_out *out);
/** No work is heard any more: matters of that kind are over. */
void sw_desk_unheard(struct sw_desk *d, int64_t now_us, struct sw_desk_out *out);

/** Work that was published too late before it begins: one ticket of class C a publication.
 *  @return false: no room in `out`, try again with an empty one */
struct sw_desk_late {
    const char *uid; /* of the item */
    int64_t published_us, begins_us;
    struct sw_work work;
};
bool sw_desk_late_work(struct sw_desk *d, const struct sw_desk_late *late, int64_t now_us, struct sw_desk_out *out);

/** A matter of the measuring equipment. */
struct sw_desk_device {
    const char *family; /* one of SW_FAMILY_TAMPER … */
    const char *place;  /* a device, a zone, a line */
    bool is_sitewide;   /* it concerns every place: mains power */
    bool is_line;       /* it concerns every place on the line of `sensor` */
    uint16_t sensor;    /* that told of it */
    int64_t since_us;   /* the input's edge, the last data */
    const char *period; /* now; "" = none */
    bool is_night;
    struct sw_work work;
};
/** It goes on, or it is over. The same told again changes nothing: told anew after a restart it finds its ticket.
 *  @return false: no room in `out`, try again with an empty one */
bool sw_desk_device(struct sw_desk *d, const struct sw_desk_device *m, bool is_active, int64_t now_us,
                    struct sw_desk_out *out);
/** While it goes on its class may rise: work becomes prohibited, a limit is at stake there. */
void sw_desk_device_class(struct sw_desk *d, const struct sw_desk_device *m, int64_t now_us, struct sw_desk_out *out);

/** An output went on: forecasts that are open (of this category, -1 = of any) were acted upon. */
void sw_desk_output(struct sw_desk *d, const char *output, int category, int64_t now_us, struct sw_desk_out *out);

/** A remark of the engine on the open tickets of a category at a place. */
void sw_desk_remark(struct sw_desk *d, enum sw_category category, const char *place, const char *note, int64_t now_us,
                    struct sw_desk_out *out);

/** Is it about noise or work at night, open or ended since then, so that a late permit judges it again? */
bool sw_desk_may_rejudge(const struct sw_desk *d, const struct sw_ticket *t, int64_t since_us);
/** What was allowed at its time, as known now: kept beside the first verdict when it differs.
 *  @return false: no room in `out`, try again with an empty one */
bool sw_desk_rejudge(struct sw_desk *d, size_t slot, const struct sw_work *work, int64_t now_us,
                     struct sw_desk_out *out);

/** A picture came for a ticket: it stands in its evidence. Of an unknown ticket, or the same again: nothing happens. */
void sw_desk_media(struct sw_desk *d, const struct sw_ticket_media *m, int64_t now_us, struct sw_desk_out *out);

/** A complaint: linked to the matter it speaks of, or a ticket opened, or nothing but counted (measuring.md 6).
 *  @return SW_OK; SW_E_INVAL; SW_E_FULL; err->detail is an enum sw_refusal */
int sw_desk_complaint(struct sw_desk *d, const struct sw_complaint_call *c, int64_t now_us, struct sw_desk_out *out,
                      struct sw_complaint_result *ret, struct sw_err *err);
/** One of before a restart, oldest first, after the tickets. */
void sw_desk_restore_complaint(struct sw_desk *d, const struct sw_complaint_kept *k);
/** What is kept of the newest complaint; NULL = there was none. To be stored with what it changed. */
const struct sw_complaint_kept *sw_desk_last_complaint(const struct sw_desk *d);
/** One that is not stored as it is now: new, or linked since, by itself or by hand; NULL = none. Good until the desk is
 *  called again. Store it, then say so with sw_desk_complaint_is_kept. */
const struct sw_complaint_kept *sw_desk_changed_complaint(const struct sw_desk *d);
void sw_desk_complaint_is_kept(struct sw_desk *d, const struct sw_complaint_kept *k);
/** Over the whole site. @param caller_ref  whose calls same_caller_30d counts; NULL or "" = nobody's */
struct sw_complaint_counts sw_desk_complaint_counts(const struct sw_desk *d, const char *caller_ref, int64_t now_us);

/** Who is in charge of matters of a category (enum sw_category; -1 = whatever only a row for all fits), in a period and
 * at a place ("" = none). */
void sw_desk_dispatch_basis(const struct sw_desk *d, int category, const char *period, const char *place,
                            struct sw_dispatch_basis *ret);

/** A whole second passed: deadlines and reminders. Adds to `out`. */
void sw_desk_tick(struct sw_desk *d, int64_t now_us, struct sw_desk_out *out);

/** A command. @return SW_OK; SW_E_NOTFOUND no such ticket; SW_E_DENIED role or door; SW_E_INVAL not legal in this
 * status or a field is missing; SW_E_CONFLICT stale revision; SW_E_NODATA resolve without proof (`is_proven` false, no
 * force); SW_E_FULL. Then nothing changed, and err->detail is an enum sw_refusal. */
int sw_desk_command(struct sw_desk *d, const struct sw_ticket_command *c, bool is_proven, int64_t now_us,
                    struct sw_desk_out *out, struct sw_err *err);

/** Take over a ticket as it was before a restart (one of the same id is replaced); the day's count of numbers goes on
 *  behind it. @return SW_OK; SW_E_FULL nothing older gives way; SW_E_CORRUPT words or counts are out of range */
int sw_desk_restore(struct sw_desk *d, const struct sw_ticket *t, struct sw_err *err);

/** After the tickets: tell the state of a judge's rule as it was before the restart (of one in nodata or fault: what it
 *  holds), so that a ticket of several rules waits for all of them. States without a matter are ignored. */
void sw_desk_restore_rule(struct sw_desk *d, uint16_t sensor, const struct sw_rule *rule, enum sw_state state);

/** Is this rule at this sensor part of the ticket's matter? */
bool sw_desk_concerns(const struct sw_desk *d, const struct sw_ticket *t, uint16_t sensor, const struct sw_rule *rule);

size_t sw_desk_capacity(const struct sw_desk *d);                             /* slots are 0 … capacity-1 */
const struct sw_ticket *sw_desk_ticket(const struct sw_desk *d, size_t slot); /* NULL = empty slot */
const struct sw_ticket *sw_desk_find(const struct sw_desk *d, const char *id);

struct sw_desk_counts {
    uint32_t open, overdue;
};
struct sw_desk_counts sw_desk_counts(const struct sw_desk *d);

/** What found no room since the start. */
struct sw_desk_totals {
    uint64_t refused_total;     /* tickets that were not opened: every slot holds an open one */
    uint64_t lost_events_total; /* events and changes that found no room in an sw_desk_out */
};
struct sw_desk_totals sw_desk_totals(const struct sw_desk *d);

/** The worst open ticket with a measured exceedance (stage exceeded or recovered), for the summary; NULL if none. */
const struct sw_ticket *sw_desk_worst(const struct sw_desk *d);

#endif
