// SPDX-License-Identifier: Apache-2.0
/* What the hub keeps: one SQLite file, one writer, any number of readers. All SQL of the hub is in hub/store*.c.
 *
 * Writing (struct hub_store) belongs to the store's worker: begin, put documents, commit. Each put is idempotent: the
 * same document again changes nothing. Reading (struct hub_reader) has a read-only connection of its own; a reader
 * belongs to one thread at a time. Times are microseconds UTC; INT64_MIN = not known. Texts of rows are borrowed for
 * the length of the callback. */
#ifndef SW_HUB_STORE_H
#define SW_HUB_STORE_H

#include "hub/document.h"
#include "hub/seen.h"

/* Ceilings: what is above them is refused, so that a client gone wild cannot fill the store with names. */
#define HUB_SITES_MAX 10000
#define HUB_GATEWAYS_A_SITE_MAX 16
#define HUB_EPOCHS_A_GATEWAY_MAX 64
#define HUB_SENSORS_A_SITE_MAX 1024 /* outputs have a sensor each */
#define HUB_STATES_A_SITE_MAX 4096
#define HUB_LOST_AFTER_US (60 * 1000000LL) /* a will counts only when nothing came for so long after it */

struct hub_store_params {
    const char *path;
    int64_t keep_minutes_us, keep_windows_us, keep_records_us;
    int64_t max_bytes; /* 0 = no ceiling */
};

/* ---- writing ---- */

struct hub_store;

/** Open, create, bring the schema up. @return SW_OK; SW_E_IO; SW_E_CORRUPT; SW_E_CONFLICT of a newer program; SW_E_BUSY
 *  another hub has it */
int hub_store_open(const struct hub_store_params *p, struct hub_store **ret, struct sw_err *err);
struct hub_store *hub_store_close(struct hub_store *s); /* drops what is not committed; NULL is fine; returns NULL */

int hub_store_begin(struct hub_store *s, struct sw_err *err);

enum hub_put {
    HUB_PUT_NEW,      /* kept */
    HUB_PUT_REPEATED, /* had it, or something newer */
    HUB_PUT_IGNORED,  /* nothing to keep: a live value, a will of an older boot */
};
/** @param is_retained  it was there before we subscribed: its number says nothing about what we missed
 *  @return SW_OK; SW_E_INVAL above a ceiling; below zero otherwise: the batch cannot go on (roll back) */
int hub_store_put(struct hub_store *s, const struct hub_document *d, bool is_retained, int64_t received_us,
                  enum hub_put *ret, struct sw_err *err);
int hub_store_commit(struct hub_store *s, struct sw_err *err);
void hub_store_rollback(struct hub_store *s);

/** Bring the table of gaps in line with the numbers that came; now and then, and before the end. Own transaction. */
int hub_store_mark_gaps(struct hub_store *s, int64_t now_us, struct sw_err *err);

/** Delete a piece of what is too old or above the ceiling. Own transaction. @return 1 there is more; 0 done; below zero
 */
int hub_store_expire(struct hub_store *s, int64_t now_us, struct sw_err *err);

/** Bytes of file and log on the disk. */
int64_t hub_store_bytes(struct hub_store *s);

/* ---- reading ---- */

struct hub_reader;
int hub_reader_open(const char *path, struct hub_reader **ret, struct sw_err *err);
struct hub_reader *hub_reader_close(struct hub_reader *r); /* NULL is fine; always returns NULL */

/** All callbacks: return 0 to go on, anything else ends the reading, which returns SW_OK. */

struct hub_site_row {
    int64_t id;                               /* of this file: what other queries take */
    const char *area, *site, *name, *address; /* name: "" = nothing told yet */
    bool has_point;
    double lat, lon;
    enum hub_lamp lamp; /* of its newest summary */
    bool is_simulated;
    int64_t first_us, last_us; /* first and newest receipt of something that is kept */
    int64_t summary_ts_us;
    const char *summary; /* document; NULL = none yet */
    int64_t lost_us;     /* receipt of the will of a gateway of it; INT64_MIN = none is lost. See HUB_LOST_AFTER_US */
    int open_tickets;    /* open … resolved */
};
struct hub_site_query {
    const char *area; /* NULL = any */
    bool has_box;
    double west, south, east, north;     /* sites without a place are outside of any box */
    enum hub_lamp at_least;              /* HUB_LAMP_UNKNOWN = any */
    const char *after_area, *after_site; /* cursor: order is area, site; NULL = from the beginning */
    size_t limit;                        /* 0 = all */
};
typedef int (*hub_site_fn)(void *ctx, const struct hub_site_row *row);
int hub_read_sites(struct hub_reader *r, const struct hub_site_query *q, hub_site_fn fn, void *ctx, struct sw_err *err);
/** @return 1 found; 0 there is none */
int hub_read_site(struct hub_reader *r, const char *area_or_null, const char *site, hub_site_fn fn, void *ctx,
                  struct sw_err *err);

/** Newest document of each retained topic but tickets and alerts: "sensor/x/state", "gw/y/info", "schedule" … */
struct hub_text_row {
    const char *key; /* the topic after the site; the id of an event or a complaint; the verb of a ticket event */
    int64_t at_us, received_us;
    const char *text; /* the document as it came */
    size_t len;
};
typedef int (*hub_text_fn)(void *ctx, const struct hub_text_row *row);
/** @param glob  "sensor/?*\/state", "summary"; NULL = all */
int hub_read_states(struct hub_reader *r, int64_t site, const char *glob, hub_text_fn fn, void *ctx,
                    struct sw_err *err);

/** Ids of the sensors that a site ever sent windows of. key is the id. */
int hub_read_sensors(struct hub_reader *r, int64_t site, hub_text_fn fn, void *ctx, struct sw_err *err);

/** Windows [from, to) by their beginning, in order. at_us is its beginning, received_us its end, key the sensor's id.
 *  @param period "1m", "1h" … */
int hub_read_windows(struct hub_reader *r, int64_t site, const char *sensor, const char *period, int64_t from_us,
                     int64_t to_us, hub_text_fn fn, void *ctx, struct sw_err *err);

struct hub_ticket_row {
    int64_t id, site;
    const char *area, *site_id, *ticket, *status, *category, *rank; /* rank: class A, B, C or "" */
    int64_t revision, opened_us, changed_us;
    enum hub_lamp lamp;
    const char *text; /* newest revision */
    size_t len;
};
struct hub_ticket_query {
    int64_t site;           /* 0 = all */
    const char *status;     /* NULL = any; "open*" = not closed, averted or withdrawn */
    int64_t from_us, to_us; /* changed within; INT64_MIN, INT64_MAX = any */
    /* Newest change first; cursor: the last row's changed_us and id. INT64_MAX = from the beginning. */
    int64_t before_us, before_id;
    size_t limit; /* 0 = 100 */
};
typedef int (*hub_ticket_fn)(void *ctx, const struct hub_ticket_row *row);
int hub_read_tickets(struct hub_reader *r, const struct hub_ticket_query *q, hub_ticket_fn fn, void *ctx,
                     struct sw_err *err);
/** Ticket ids are derived from facts of a site, so two sites may have one: `site` 0 takes the first.
 *  @return 1; 0 there is none */
int hub_read_ticket(struct hub_reader *r, int64_t site, const char *ticket, hub_ticket_fn fn, void *ctx,
                    struct sw_err *err);
int hub_read_ticket_events(struct hub_reader *r, int64_t site, const char *ticket, hub_text_fn fn, void *ctx,
                           struct sw_err *err);
/** Every revision that came, oldest first; key is the status. */
int hub_read_ticket_revisions(struct hub_reader *r, int64_t site, const char *ticket, hub_text_fn fn, void *ctx,
                              struct sw_err *err);

int hub_read_events(struct hub_reader *r, int64_t site, int64_t from_us, int64_t to_us, hub_text_fn fn, void *ctx,
                    struct sw_err *err);
/** @param site 0 = all */
int hub_read_complaints(struct hub_reader *r, int64_t site, int64_t from_us, int64_t to_us, hub_text_fn fn, void *ctx,
                        struct sw_err *err);
int hub_read_alerts(struct hub_reader *r, int64_t site, bool only_active, hub_text_fn fn, void *ctx,
                    struct sw_err *err); /* at_us: since */

/** The schedule document that was the newest at an instant. @return 1; 0 none was known */
int hub_read_schedule(struct hub_reader *r, int64_t site, int64_t at_us, hub_text_fn fn, void *ctx, struct sw_err *err);

struct hub_gateway_row {
    int64_t id, site;
    const char *area, *site_id, *gw;
    const char *state, *boot;  /* "ready", "stopped", "lost", "" = not known */
    int64_t state_us, boot_us; /* receipt of the state; since of the boot */
    int64_t last_us;           /* newest receipt of something of it that is kept */
    int64_t skew_us;           /* its clock against ours: below zero it is ahead; INT64_MIN */
    int64_t pending;           /* of its newest health; -1 = not known */
    int64_t missing;           /* numbers in open gaps */
};
typedef int (*hub_gateway_fn)(void *ctx, const struct hub_gateway_row *row);
/** @param site 0 = all */
int hub_read_gateways(struct hub_reader *r, int64_t site, hub_gateway_fn fn, void *ctx, struct sw_err *err);

struct hub_gap_row {
    const char *area, *site_id, *gw, *epoch;
    struct hub_run run;
    int64_t since_us, closed_us; /* closed_us INT64_MIN = it is open */
};
typedef int (*hub_gap_fn)(void *ctx, const struct hub_gap_row *row);
int hub_read_gaps(struct hub_reader *r, int64_t site, bool only_open, hub_gap_fn fn, void *ctx, struct sw_err *err);

struct hub_counts {
    int64_t sites, gateways, sensors, tickets, open_tickets, open_gaps, active_alerts, bytes;
};
int hub_read_counts(struct hub_reader *r, struct hub_counts *ret, struct sw_err *err);

#endif
