// SPDX-License-Identifier: Apache-2.0
/* The desk: all tickets of a site. Findings of the judges and commands of people go in, changed tickets and events
 * come out. One open ticket a matter. Pure; bounded; allocates only in sw_desk_new. */
#ifndef SW_TICKETS_DESK_H
#define SW_TICKETS_DESK_H

#include "common/zone.h"
#include "rules/judge.h"
#include "tickets/hotline.h"
#include "tickets/ticket.h"

#define SW_TICKETS_MAX 512      /* kept in memory; the oldest ended ones give way (they stay in the store) */
#define SW_DESK_CHANGES_MAX 64  /* in one call */
#define SW_RESPONSIBILITY_MAX 64

/** A row of the site's responsibility table. Empty category or period fit all. */
struct sw_responsibility {
    int                category; /* enum sw_category, -1 = any */
    char               period[16], place[SW_ID_SIZE];
    struct sw_assignee who;
    bool               is_lead, is_supervision;
};

/** Where a sensor stands, as far as tickets need it. */
struct sw_desk_sensor {
    char             id[SW_ID_SIZE];
    char             place[SW_ID_SIZE]; /* its device, or the device's zone: last part of the matter key */
    enum sw_category category;
    enum sw_quantity quantity;
};

struct sw_desk_params {
    const char                    *gateway, *site, *agency_responsible;
    const struct sw_zone          *zone;
    const struct sw_hotline       *hotline;
    size_t                         n_responsibility;
    const struct sw_responsibility *responsibility;
    size_t                         n_sensors;
    const struct sw_desk_sensor   *sensors; /* by sensor index */
    bool                           has_platform; /* else a ticket is dispatched to its owner at once */
};

/** What changed in one call: slots of tickets (each once) and events in order. Caller's memory. */
struct sw_desk_out {
    size_t                 n_tickets;
    uint16_t               tickets[SW_DESK_CHANGES_MAX];
    size_t                 n_events;
    struct sw_ticket_event events[SW_DESK_CHANGES_MAX];
};

struct sw_desk;

/** Strings and tables of p are copied or borrowed as the .c says; the zone, hotline and tables must outlive the desk. */
int sw_desk_new(const struct sw_desk_params *p, struct sw_desk **ret, struct sw_err *err);
struct sw_desk *sw_desk_free(struct sw_desk *d); /* NULL is fine; always returns NULL */

/** A finding of a judge. Adds to `out` (does not clear it). */
void sw_desk_finding(struct sw_desk *d, const struct sw_finding *f, const struct sw_work *work, int64_t now_us, struct sw_desk_out *out);

/** A whole second passed: deadlines. Adds to `out`. */
void sw_desk_tick(struct sw_desk *d, int64_t now_us, struct sw_desk_out *out);

/** A command. @return SW_OK; SW_E_NOTFOUND no such ticket; SW_E_DENIED role; SW_E_INVAL not legal in this status or a
 *  field is missing; SW_E_CONFLICT stale revision; SW_E_NODATA resolve without proof (`is_proven` false, no force) */
int sw_desk_command(struct sw_desk *d, const struct sw_ticket_command *c, bool is_proven, int64_t now_us,
                    struct sw_desk_out *out, struct sw_err *err);

/** Take over a ticket as it was before a restart. @return SW_OK; SW_E_FULL */
int sw_desk_restore(struct sw_desk *d, const struct sw_ticket *t, struct sw_err *err);

size_t                  sw_desk_capacity(const struct sw_desk *d);            /* slots are 0 … capacity-1 */
const struct sw_ticket *sw_desk_ticket(const struct sw_desk *d, size_t slot); /* NULL = empty slot */
const struct sw_ticket *sw_desk_find(const struct sw_desk *d, const char *id);

struct sw_desk_counts { uint32_t open, overdue; };
struct sw_desk_counts sw_desk_counts(const struct sw_desk *d);

/** The worst open measured ticket, for the summary; NULL if none. */
const struct sw_ticket *sw_desk_worst(const struct sw_desk *d);

#endif
