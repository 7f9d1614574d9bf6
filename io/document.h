// SPDX-License-Identifier: Apache-2.0
/* The one renderer: effects and tables in, documents of the contract out. Daemon, replay and console use it alike.
 * Pure: no I/O, no clock, no allocation. Every function writes one JSON object into buf[cap] and returns its length
 * without NUL, or 0 when it did not fit. */
#ifndef SW_IO_DOCUMENT_H
#define SW_IO_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/timefmt.h"
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
    const char *serves; /* streets and estates, a line each; NULL = none */
    double lat, lon;
    const char *timezone;
    bool simulated;
    const char *epoch;      /* of the outbox numbers; NULL in a replay: then epoch and seq are left out of documents */
    const char *public_key; /* "ed25519:…", with which is signed; NULL = nothing is */
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
/** The head of the chain of what is stored, signed. */
struct sw_doc_checkpoint {
    uint64_t n;                   /* entries up to it */
    const char *head, *signature; /* hex; base64 over the text of docs/reference/chain.md, with this ts */
};
size_t sw_doc_checkpoint(const struct sw_doc_site *s, const struct sw_doc_checkpoint *v, int64_t ts_us, int64_t seq,
                         char *buf, size_t cap);
/** Outbox numbers that will never be sent. */
struct sw_gap_run {
    int64_t from, to; /* both of them too */
};
struct sw_gap {
    int64_t ts_us;
    const struct sw_gap_run *runs; /* in order */
    size_t n_runs;
    const char *class, *reason; /* "window-1m", "window", "ticket"; "shed", "superseded", "refused" */
};
size_t sw_doc_gap(const struct sw_doc_site *s, const struct sw_gap *v, int64_t seq, char *buf, size_t cap);
/** The configuration that the gateway goes by. */
struct sw_doc_config {
    int64_t revision, since_us;  /* since when it is that one */
    const char *config, *origin; /* JSON objects, without secrets; origin NULL = {} */
    size_t config_len, origin_len;
    bool restart_required; /* some of it holds from the next start on */
    bool is_cut;           /* the whole does not fit a message: config holds what the platform set, and no more */
};
size_t sw_doc_config(const struct sw_doc_site *s, const struct sw_doc_config *v, char *buf, size_t cap);
/** How the gateway is. What is not known is -1, or NaN. */
struct sw_doc_health {
    int64_t ts_us, uptime_s;
    int is_synced;    /* the clock: 1, 0 */
    double offset_ms; /* of it, as the kernel estimates */
    int64_t outbox_pending, outbox_oldest_s, outbox_bytes;
    int64_t outbox_given_up; /* alarms that mirrors were away too long for */
    int64_t disk_free_bytes, db_bytes, memory_bytes;
    double cpu_temp_c, load_1m;
    const char *console_why; /* why it does not listen; "" = it does, NULL = none is wanted */
    size_t n_buses;
    const struct sw_doc_health_bus {
        const char *id;
        uint64_t polls_total, errors_total;
    } * bus;
};
size_t sw_doc_health(const struct sw_doc_site *s, const struct sw_doc_health *v, char *buf, size_t cap);
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
struct sw_evidence_facts; /* tickets/evidence.h */
/** The evidence document without its member `integrity`: what is hashed and signed. */
size_t sw_doc_evidence(const struct sw_doc_site *s, const struct sw_evidence_facts *f, int64_t ts_us, char *buf,
                       size_t cap);
/** What binds it to the chain. Sizes with their NUL. */
struct sw_doc_integrity {
    uint64_t n;
    unsigned char head[32];
    const char *key_id, *public_key;
    char ts[SW_RFC3339_SIZE], signature[96], document_sha256[65], document_signature[96];
};
/** Put `integrity` (NULL: null) into a document of that length. @return the new length; 0 = it does not fit */
size_t sw_doc_evidence_seal(const struct sw_doc_integrity *v, char *buf, size_t len, size_t cap);

/** state "ready", "stopped" or "lost"; the will has no ts (ts_us INT64_MIN). */
size_t sw_doc_status(const struct sw_doc_site *s, const char *state, const char *boot, int64_t since_us, int64_t ts_us,
                     char *buf, size_t cap);

/** An answer to who asked (siteward.res/1.0). Texts are borrowed; NULL and "" = none. */
struct sw_doc_answer {
    const char *request_id;
    enum sw_refusal refusal; /* NONE: it was done */
    const char *detail;      /* why it was refused, a sentence */
    const char *current;     /* the document that a refused command did not know, or its revision */
    size_t current_len;
    const char *data; /* what became of a command that was not about a ticket: an object */
    size_t data_len;
    const struct sw_ticket *ticket; /* that it concerned */
    const char *outcome, *why;      /* of a complaint: what became of it, and by which answer code */
    bool is_repeated;               /* it had come before */
    const char *evidence;           /* of a complaint: the evidence document */
    size_t evidence_len;
    bool is_config;        /* of a change of the configuration: */
    int64_t revision;      /* its revision afterwards; of other documents that have one: the same; 0 = has none */
    bool restart_required; /* with is_config: some of it holds from the next start on */
};
size_t sw_doc_answer(const struct sw_doc_site *s, const struct sw_doc_answer *v, int64_t ts_us, char *buf, size_t cap);
/** The same answer to another id. @return length; 0 = it does not fit, or `answer` is none of ours */
size_t sw_doc_answer_again(const char *answer, size_t len, const char *old_id, const char *new_id, char *buf,
                           size_t cap);
/** A short title and what to do about a refusal; "" for NONE. */
const char *sw_doc_refusal_title(enum sw_refusal v);
const char *sw_doc_refusal_hint(enum sw_refusal v);

#endif
