// SPDX-License-Identifier: Apache-2.0
/* The one renderer: effects and tables in, documents of the contract out. Daemon, replay and console use it alike.
 * Pure: no I/O, no clock, no allocation. Every function writes one JSON object into buf[cap] and returns its length
 * without NUL, or 0 when it did not fit. */
#ifndef SW_IO_DOCUMENT_H
#define SW_IO_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/zone.h"
#include "rules/output.h"
#include "rules/schedule.h"
#include "tickets/effect.h"

#define SW_DOCUMENT_MAX (256 * 1024) /* of the contract; a ticket with a full history needs about 12 KiB */

/** A sensor as documents show it. Borrowed strings. */
struct sw_doc_sensor {
    const char *id, *name;
    enum sw_kind kind;
    enum sw_quantity level;
    int64_t interval_us;
    const char *place;           /* "boundary" … */
    const char *template_id;     /* NULL = fed by file or command */
    const char *measuring_class; /* "" = not stated: null */
    double lat, lon, height_m;   /* NaN = null */
    size_t n_periods;
    const char *periods[SW_JUDGE_WINDOWS_MAX];
};

struct sw_doc_pack {
    const char *id, *version, *sha256;
};

/** Who is speaking. Borrowed; the same for all documents of a run. */
struct sw_doc_site {
    const struct sw_zone *zone;
    const char *gateway, *gateway_name, *sw_version;
    const char *site, *area, *name, *address, *permit_no, *owner_unit, *agency_responsible, *subdistrict;
    double lat, lon;
    const char *timezone;
    bool simulated;
    const char *epoch; /* of the outbox numbers; NULL in a replay: then epoch and seq are left out of documents */
    size_t n_sensors;
    const struct sw_doc_sensor *sensors; /* by sensor index */
    size_t n_packs;
    const struct sw_doc_pack *packs;
};

size_t sw_doc_live(const struct sw_doc_site *s, const struct sw_live *v, char *buf, size_t cap);
/** seq < 0 (replay, console) leaves `seq` and `epoch` out, here and below.
 *  historical: -1 leave out (replay), 0 false, 1 true. */
size_t sw_doc_window(const struct sw_doc_site *s, const struct sw_window_result *v, int64_t ts_us, int64_t seq,
                     int historical, char *buf, size_t cap);
size_t sw_doc_state(const struct sw_doc_site *s, size_t sensor, const struct sw_judge *j, int64_t ts_us, char *buf,
                    size_t cap);
size_t sw_doc_ticket(const struct sw_doc_site *s, const struct sw_ticket *t, int64_t ts_us, int64_t seq, char *buf,
                     size_t cap);
size_t sw_doc_ticket_event(const struct sw_doc_site *s, const struct sw_ticket_event *v, int64_t ts_us, int64_t seq,
                           char *buf, size_t cap);
/** Type of the event for CloudEvents: "cn.siteward.ticket.accepted.v1". @return length; 0 = unknown verb or no room */
size_t sw_doc_event_type(enum sw_verb verb, char *buf, size_t cap);
size_t sw_doc_sensor_event(const struct sw_doc_site *s, const struct sw_sensor_event *v, int64_t ts_us, int64_t seq,
                           char *buf, size_t cap);
/** A picture came: an event of the sensor that asked for it, or that the ticket speaks of. */
struct sw_media_event {
    char id[11], media_id[11];
    const char *camera, *of, *ticket; /* of: id of the sensor event that asked, ticket: of the ticket; "" = none */
    const char *sha256, *type;
    struct sw_work work;
    uint64_t count; /* pictures of the camera since the program started */
    int64_t bytes, taken_us, latency_ms;
};
size_t sw_doc_media_event(const struct sw_doc_site *s, const struct sw_media_event *v, int64_t ts_us, int64_t seq,
                          char *buf, size_t cap);
size_t sw_doc_summary(const struct sw_doc_site *s, const struct sw_summary *v, int64_t ts_us, char *buf, size_t cap);
/** All items as they were published; what would outgrow SW_DOCUMENT_MAX is left out and counted in `omitted`. */
size_t sw_doc_schedule(const struct sw_doc_site *s, const struct sw_schedule *v, int64_t ts_us, char *buf, size_t cap);
size_t sw_doc_meta(const struct sw_doc_site *s, size_t sensor, int64_t ts_us, char *buf, size_t cap);
size_t sw_doc_alert(const struct sw_doc_site *s, const struct sw_alert *a, int64_t ts_us, char *buf, size_t cap);
size_t sw_doc_info(const struct sw_doc_site *s, int64_t ts_us, char *buf, size_t cap);
/** An output as it is read back, and why. */
struct sw_doc_output {
    const char *id, *name, *kind; /* "mist", "light", "board" */
    enum sw_output_is is;
    bool is_wanted;
    enum sw_output_reason reason;
    enum sw_output_mode mode;
    int64_t since_us;      /* of order and reason */
    int64_t on_today_us;   /* known to be on, on this local day; -1 of a board */
    int64_t rest_until_us; /* INT64_MIN = it may go on */
    const char *fault;     /* why it does not do as it is told; "" = it does */
};
size_t sw_doc_output(const struct sw_doc_site *s, const struct sw_doc_output *v, int64_t ts_us, char *buf, size_t cap);
/** state "ready", "stopped" or "lost"; the will has no ts (ts_us INT64_MIN). */
size_t sw_doc_status(const struct sw_doc_site *s, const char *state, const char *boot, int64_t since_us, int64_t ts_us,
                     char *buf, size_t cap);

#endif
