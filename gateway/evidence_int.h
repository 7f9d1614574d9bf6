// SPDX-License-Identifier: Apache-2.0
/* What the files of evidence share; nobody else includes it but its tests and its benchmark. On the query worker only
 * the file and the site (which never changes) are looked at; engine and desk are the core's. */
#ifndef SW_GATEWAY_EVIDENCE_INT_H
#define SW_GATEWAY_EVIDENCE_INT_H

#include "config/site.h"
#include "gateway/evidence.h"
#include "gateway/query.h"

#define EVIDENCE_STORED_TICKETS_MAX 64
/* A matter is that of an instant from half an hour before it began to two hours after it ended, as for a complaint. */
#define EVIDENCE_BEFORE_US (1800 * SW_US_PER_S)
#define EVIDENCE_AFTER_US (7200 * SW_US_PER_S)

/** What was read, before the core adds what holds now. */
struct evidence_read {
    const struct sw_site *site;
    struct sw_evidence_facts f; /* window and parts (from, to, period) are given; numbers come back */
    size_t n_stored;
    struct sw_ticket *stored; /* tickets whose time overlaps the window; heap */
    bool waits;               /* until the last minute of the window is stored, or a second passed */
};

/* evidence_read.c, evidence_series.c: on the worker */

/** @return SW_OK; SW_E_IO, SW_E_CORRUPT the file cannot be read; SW_E_NOMEM */
int evidence_read(struct evidence_read *e, struct query_reader *r, struct sw_err *err);
/** Series, pictures and stored tickets; `minute` has the level of each minute of the sensor, SW_NO_VALUE = none. */
int evidence_read_rest(struct evidence_read *e, struct query_reader *r, int sensor, const int32_t *minute,
                       struct sw_err *err);

/* evidence_window.c: pure */

/** The window around `at`: whole minutes, shifted to end by complete_us. @return SW_OK; SW_E_INVAL in the future … */
int evidence_window(const struct sw_evidence_ask *ask, int64_t now_us, int64_t complete_us,
                    struct sw_evidence_facts *ret, struct sw_err *err);
/** Cut it where periods change. */
void evidence_parts(const struct sw_engine *engine, struct sw_evidence_facts *f);
/** Metres from a point to the nearer of outline (without one: location) and boundary sensors, to 50 m; -1 = the site
 *  does not say where it is. */
int32_t evidence_distance_m(const struct sw_site *site, double lat, double lon);

/* evidence_look.c: on the core */

/** What was allowed, which tickets there are, who has called: codes follow. */
void evidence_look(struct sw_core *c, struct evidence_read *e);

/** Number of the permit that made night work permitted at an instant; "" = none. */
void evidence_permit(const struct sw_schedule *s, int64_t at_us, char *buf, size_t cap);

struct core_evidence {
    struct core_query query; /* first */
    struct sw_core *core;
    struct evidence_read read;
    core_evidence_fn fn;
    void *ctx;
    bool is_kept;
    int rc;
    struct sw_err err;
};

#endif
