// SPDX-License-Identifier: Apache-2.0
/* The scanner's own words: what is asked on a line, in which order, and what is known of the units that answered.
 * Asking goes through a function, so that a test can play the line; nothing here opens a port, prints or keeps time.
 * A scan only reads: functions 3 and 4. */
#ifndef SW_CLI_SCAN_H
#define SW_CLI_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "sensors/bus.h"
#include "sensors/template.h"

#define SW_SCAN_STEPS_MAX 4096   /* sixteen line settings, every address */
#define SW_SCAN_SETTINGS_MAX 16  /* of the templates, a site's bus and the command line */
#define SW_SCAN_UNITS_MAX 512    /* that answered, or garbled */
#define SW_SCAN_CANDIDATES_MAX 8 /* templates that one unit may be */
#define SW_SCAN_KNOWN_MAX 64     /* addresses that a site says are there */
#define SW_SCAN_NEAR 16          /* addresses that every scan asks: 1 to this */

#define SW_SCAN_SWEEP_MS 100     /* for an address that somebody may have set; the time on the wire is added */
#define SW_SCAN_SWEEP_TCP_MS 300 /* a converter box has a line and a time-out of its own */
#define SW_SCAN_PATIENT_MS 600   /* for a unit that lives but is slow */

/** Ask a unit. @return SW_OK; SW_E_TIMEOUT nobody; SW_E_PROTOCOL bytes came, but no frame; SW_E_EXCEPTION the unit
 *  refused, err->detail is its code; anything else: the line is lost, the scan ends */
typedef int (*sw_scan_ask_fn)(void *ctx, const struct sw_bus_request *rq, uint16_t *ret_regs, struct sw_err *err);

/* ---- which addresses, at which settings, in which order: scan_plan.c ---- */

enum sw_scan_phase {
    SW_SCAN_OWN,  /* where a template says that its device leaves the factory, and where the site has devices */
    SW_SCAN_SWEEP /* any other address */
};

struct sw_scan_step {
    struct sw_serial serial; /* baud 0: a network line has none */
    uint8_t unit_id;
    enum sw_scan_phase phase;
    int32_t timeout_ms;
};

struct sw_scan_want {
    bool is_tcp;            /* no settings of its own, more time */
    bool is_rtu_over_tcp;   /* with is_tcp: behind the box is a serial line, with its addresses */
    bool is_full;           /* every address, not only the near ones */
    int only_unit;          /* one address, at every setting; -1 = all */
    struct sw_serial only;  /* these settings alone; baud 0 = those of the templates */
    struct sw_serial first; /* a site's own settings of the line: tried before all others; baud 0 = none */
    size_t n_known;
    uint8_t known[SW_SCAN_KNOWN_MAX]; /* addresses that the site has on this line */
};

bool sw_serial_same(const struct sw_serial *a, const struct sw_serial *b);

/** "9600 8N1"; "network" without a rate. @return buf */
const char *sw_serial_text(const struct sw_serial *s, char *buf, size_t cap);

/** Line settings in the order in which they are worth trying: the site's own, then those of most templates.
 *  @return how many; by TCP one without a rate */
size_t sw_scan_settings(const struct sw_template *templates, size_t n, const struct sw_scan_want *want,
                        struct sw_serial *ret, size_t cap);

/** The steps of a scan. Each pair of settings and address stands once. @return how many, at most cap */
size_t sw_scan_plan(const struct sw_template *templates, size_t n, const struct sw_scan_want *want,
                    struct sw_scan_step *ret, size_t cap);

/** Time that a step takes when nobody answers, the bytes on the wire included. */
int32_t sw_scan_step_ms(const struct sw_scan_step *step);

/* ---- what a unit is: scan_probe.c ---- */

enum sw_scan_result {
    SW_SCAN_SILENT,    /* nobody answers */
    SW_SCAN_GARBLED,   /* something answers that is no frame */
    SW_SCAN_EXCEPTION, /* a unit answers, but refuses whatever it was asked */
    SW_SCAN_UNKNOWN,   /* a unit gives registers that no template knows */
    SW_SCAN_MATCHED    /* a template's fingerprints all match */
};

struct sw_scan_candidate {
    const struct sw_template *template_;
    bool fits_speed; /* it leaves the factory with these line settings, or states none */
};

/** A live value of a matched unit. */
struct sw_scan_value {
    uint16_t channel;
    enum sw_quantity quantity;
    double value;
    char flag; /* N good, D the device has no valid value, T over range, B no answer */
};

struct sw_scan_unit {
    struct sw_serial serial;
    uint8_t unit_id;
    enum sw_scan_result result;
    int exception;       /* with SW_SCAN_EXCEPTION; else 0 */
    int32_t patience_ms; /* time that it was given to answer */
    size_t n_candidates;
    struct sw_scan_candidate candidates[SW_SCAN_CANDIDATES_MAX]; /* best first */
    size_t n_values;
    struct sw_scan_value *values; /* of the best candidate, in the order of the template */
    char configured[SW_ID_SIZE];  /* the site's device at this address; "" = none */
};

/** Is somebody there? Sets result (MATCHED is not yet told apart from UNKNOWN), exception and patience_ms.
 *  @return SW_OK; the code of a lost line */
int sw_scan_presence(const struct sw_template *templates, size_t n, const struct sw_scan_step *step, sw_scan_ask_fn ask,
                     void *ctx, struct sw_scan_unit *ret, struct sw_err *err);

/** Which templates match a unit that answers? Fills candidates and result. Templates of other speeds are asked only
 *  when none of this speed matches. @return as above */
int sw_scan_match(const struct sw_template *templates, size_t n, struct sw_scan_unit *unit, sw_scan_ask_fn ask,
                  void *ctx, struct sw_err *err);

/** Live values of a unit by its best template, decoded by the gateway's own code. @return as above; SW_E_NOMEM */
int sw_scan_values(struct sw_scan_unit *unit, sw_scan_ask_fn ask, void *ctx, struct sw_err *err);

/** Does a template's device leave the factory with these settings, or state none? */
bool sw_scan_fits(const struct sw_template *t, const struct sw_serial *serial);

/* ---- the scan itself: scan_run.c ---- */

/** What became of the addresses at one setting. */
struct sw_scan_tally {
    struct sw_serial serial;
    uint32_t asked, silent, garbled, answered;
};

struct sw_scan {
    const struct sw_template *templates; /* borrowed */
    size_t n_templates;
    sw_scan_ask_fn ask;
    void *ctx;
    /** Called for each unit once it is known, and after each step; may be NULL. */
    void (*on_unit)(void *ctx, struct sw_scan_unit *unit); /* may fill in `configured` */
    void (*on_step)(void *ctx, const struct sw_scan_step *steps, size_t n, size_t done);
    void *watcher;
    const volatile int *stop; /* not 0: end after the question under way; may be NULL */

    size_t n_units, n_tallies;
    struct sw_scan_unit *units; /* [SW_SCAN_UNITS_MAX], in the order found */
    struct sw_scan_tally tallies[SW_SCAN_SETTINGS_MAX];
    size_t steps_done;
    bool is_stopped, is_full; /* ended early: by `stop`; because there were too many units */
};

/** Take the steps one after the other. What was found so far stands in *s also after a failure.
 *  @return SW_OK, also when stopped; the code of a lost line; SW_E_NOMEM */
int sw_scan_run(struct sw_scan *s, const struct sw_scan_step *steps, size_t n, struct sw_err *err);
void sw_scan_done(struct sw_scan *s);

/** Was any unit recognised? */
bool sw_scan_has_match(const struct sw_scan *s);

/** The unit of a scan at an address, the best result first; NULL when nothing was heard from there. */
const struct sw_scan_unit *sw_scan_find(const struct sw_scan *s, uint8_t unit_id);

#endif
