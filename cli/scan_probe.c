// SPDX-License-Identifier: Apache-2.0
/* What a unit is: is somebody there, which templates' fingerprints does it show, and what does it measure now. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/scan.h"
#include "common/macros.h"
#include "sensors/device.h"

#define ANSWERS_MAX 128 /* different questions to one unit; beyond that they are asked again */
#define MUTE_AFTER 2    /* time-outs of a function that never answered: the unit does not know it */
#define PRESENCE_MAX 8  /* questions to an address that is silent */

/* The gateway of a network says that its own unit does not answer: nobody is there. */
#define EXCEPTION_PATH 10
#define EXCEPTION_TARGET 11

static int ask_once(const struct sw_scan_unit *unit, uint8_t fc, uint16_t reg_addr, uint16_t nb, sw_scan_ask_fn ask,
                    void *ctx, uint16_t *regs, struct sw_err *err)
{
    const struct sw_bus_request rq = {.unit_id = unit->unit_id,
                                      .fc = fc,
                                      .reg_addr = reg_addr,
                                      .nb = nb,
                                      .serial = unit->serial,
                                      .timeout_ms = unit->patience_ms};
    const int rc = ask(ctx, &rq, regs, err);

    if (rc == SW_E_EXCEPTION && unit->serial.baud == 0 &&
        (err->detail == EXCEPTION_PATH || err->detail == EXCEPTION_TARGET))
        return SW_E_TIMEOUT;
    return rc;
}

/* Does the code speak of the unit, and not of the line? */
static bool is_about_unit(int rc)
{
    return rc == SW_OK || rc == SW_E_TIMEOUT || rc == SW_E_PROTOCOL || rc == SW_E_EXCEPTION;
}

/* ---- is somebody there ---- */

struct question {
    uint8_t fc;
    uint16_t reg_addr;
};

static void add_question(struct question *list, size_t *n, uint8_t fc, uint16_t reg_addr)
{
    for (size_t i = 0; i < *n; i++)
        if (list[i].fc == fc && list[i].reg_addr == reg_addr)
            return;
    if (*n < PRESENCE_MAX)
        list[(*n)++] = (struct question){fc, reg_addr};
}

/* One register each, so that a unit with few of them has something to give. Where a device leaves the factory it is
 * asked for what it certainly has; elsewhere for register 0, to which a unit that lives answers at least a refusal. */
static size_t presence_questions(const struct sw_template *templates, size_t n, const struct sw_scan_step *step,
                                 struct question *ret)
{
    size_t count = 0;

    for (size_t i = 0; i < n && step->phase == SW_SCAN_OWN && count < PRESENCE_MAX - 2; i++) {
        const struct sw_template *t = &templates[i];

        if (t->unit_id == step->unit_id && t->n_fingerprints > 0 && sw_scan_fits(t, &step->serial))
            add_question(ret, &count, t->fingerprints[0].fc, t->fingerprints[0].reg_addr);
    }
    add_question(ret, &count, 3, 0);
    add_question(ret, &count, 4, 0);
    return count;
}

int sw_scan_presence(const struct sw_template *templates, size_t n, const struct sw_scan_step *step, sw_scan_ask_fn ask,
                     void *ctx, struct sw_scan_unit *ret, struct sw_err *err)
{
    struct question list[PRESENCE_MAX];
    const size_t count = presence_questions(templates, n, step, list);
    uint16_t reg;
    int rc = SW_E_TIMEOUT;

    *ret = (struct sw_scan_unit){.serial = step->serial, .unit_id = step->unit_id, .patience_ms = step->timeout_ms};
    for (size_t i = 0; i < count && rc == SW_E_TIMEOUT; i++)
        rc = ask_once(ret, list[i].fc, list[i].reg_addr, 1, ask, ctx, &reg, err);
    if (!is_about_unit(rc))
        return rc;
    ret->result = rc == SW_E_TIMEOUT    ? SW_SCAN_SILENT
                  : rc == SW_E_PROTOCOL ? SW_SCAN_GARBLED
                  : rc == SW_OK         ? SW_SCAN_UNKNOWN
                                        : SW_SCAN_EXCEPTION;
    ret->exception = rc == SW_E_EXCEPTION ? err->detail : 0;
    ret->patience_ms = SW_MAX(ret->patience_ms, SW_SCAN_PATIENT_MS); /* it lives: from now on it gets time */
    return SW_OK;
}

/* ---- which template ---- */

struct answer {
    uint8_t fc;
    uint16_t reg_addr, nb, first;
    int rc;
};

/* What a unit has said so far: several templates ask for the same registers. */
struct memory {
    const struct sw_scan_unit *unit;
    sw_scan_ask_fn ask;
    void *ctx;
    struct answer answers[ANSWERS_MAX];
    size_t n;
    uint32_t timeouts[2], replies[2]; /* of functions 3 and 4 */
    bool any_value;
};

/* The first register of a block, as the unit gives it. */
static int recall(struct memory *m, uint8_t fc, uint16_t reg_addr, uint16_t nb, uint16_t *ret_first, struct sw_err *err)
{
    uint16_t regs[SW_BLOCK_REGS_MAX] = {0};
    const size_t f = fc == 4;
    int rc;

    for (size_t i = 0; i < m->n; i++) {
        if (m->answers[i].fc == fc && m->answers[i].reg_addr == reg_addr && m->answers[i].nb == nb) {
            *ret_first = m->answers[i].first;
            return m->answers[i].rc;
        }
    }
    if (m->replies[f] == 0 && m->timeouts[f] >= MUTE_AFTER)
        return SW_E_TIMEOUT;
    rc = ask_once(m->unit, fc, reg_addr, nb, m->ask, m->ctx, regs, err);
    if (rc == SW_E_PROTOCOL) /* a disturbance */
        rc = ask_once(m->unit, fc, reg_addr, nb, m->ask, m->ctx, regs, err);
    if (!is_about_unit(rc))
        return rc;
    m->timeouts[f] += rc == SW_E_TIMEOUT;
    m->replies[f] += rc == SW_OK || rc == SW_E_EXCEPTION;
    m->any_value |= rc == SW_OK;
    if (m->n < ANSWERS_MAX)
        m->answers[m->n++] = (struct answer){fc, reg_addr, nb, regs[0], rc};
    *ret_first = regs[0];
    return rc;
}

/** @return SW_OK with *ret_matches; the code of a lost line */
static int all_match(struct memory *m, const struct sw_template *t, bool *ret_matches, struct sw_err *err)
{
    *ret_matches = false;
    for (size_t i = 0; i < t->n_fingerprints; i++) {
        uint16_t first = 0;
        const int rc =
            recall(m, t->fingerprints[i].fc, t->fingerprints[i].reg_addr, t->fingerprints[i].nb, &first, err);

        if (!is_about_unit(rc))
            return rc;
        if (rc != SW_OK || !sw_fingerprint_matches(&t->fingerprints[i], &first))
            return SW_OK;
    }
    *ret_matches = t->n_fingerprints > 0;
    return SW_OK;
}

/* How little of all numbers the fingerprints allow: an exact value says more than a range. */
static double narrowness(const struct sw_template *t)
{
    double bits = 0;

    for (size_t i = 0; i < t->n_fingerprints; i++)
        bits += 16 - log2(t->fingerprints[i].max - t->fingerprints[i].min + 1.0);
    return bits;
}

/* More signs, a surer list, the factory's own address, narrower signs, the name: in this order. */
static bool is_better(const struct sw_template *a, const struct sw_template *b, uint8_t unit_id)
{
    if (a->n_fingerprints != b->n_fingerprints)
        return a->n_fingerprints > b->n_fingerprints;
    if (a->sure != b->sure)
        return a->sure < b->sure;
    if ((a->unit_id == unit_id) != (b->unit_id == unit_id))
        return a->unit_id == unit_id;
    if (fabs(narrowness(a) - narrowness(b)) > 1e-9)
        return narrowness(a) > narrowness(b);
    return strcmp(a->id, b->id) < 0;
}

static void add_candidate(struct sw_scan_unit *unit, const struct sw_template *t)
{
    size_t at = 0;

    while (at < unit->n_candidates && is_better(unit->candidates[at].template_, t, unit->unit_id))
        at++;
    if (at == SW_SCAN_CANDIDATES_MAX)
        return;
    if (unit->n_candidates < SW_SCAN_CANDIDATES_MAX)
        unit->n_candidates++;
    for (size_t k = unit->n_candidates - 1; k > at; k--)
        unit->candidates[k] = unit->candidates[k - 1];
    unit->candidates[at] = (struct sw_scan_candidate){t, sw_scan_fits(t, &unit->serial)};
}

int sw_scan_match(const struct sw_template *templates, size_t n, struct sw_scan_unit *unit, sw_scan_ask_fn ask,
                  void *ctx, struct sw_err *err)
{
    struct memory m = {.unit = unit, .ask = ask, .ctx = ctx, .any_value = unit->result == SW_SCAN_UNKNOWN};

    unit->n_candidates = 0;
    for (int fits = 1; fits >= 0 && unit->n_candidates == 0; fits--) {
        for (size_t i = 0; i < n; i++) {
            bool matches;
            int rc;

            if (sw_scan_fits(&templates[i], &unit->serial) != (fits == 1))
                continue;
            rc = all_match(&m, &templates[i], &matches, err);
            if (rc < 0)
                return rc;
            if (matches)
                add_candidate(unit, &templates[i]);
        }
    }
    if (unit->n_candidates > 0)
        unit->result = SW_SCAN_MATCHED;
    else if (m.any_value)
        unit->result = SW_SCAN_UNKNOWN;
    if (unit->result != SW_SCAN_EXCEPTION)
        unit->exception = 0;
    return SW_OK;
}

/* ---- what it measures now ---- */

static void put_values(struct sw_scan_unit *unit, const struct sw_device *d, size_t first,
                       const struct sw_reading *readings, size_t n)
{
    const struct sw_template *t = d->template_;

    for (size_t i = 0; i < n; i++) {
        const struct sw_item *item = &d->plan.items[first + i];
        size_t at = item->which;

        for (size_t c = 0; c < item->channel; c++)
            at += t->channels[c].n_values;
        unit->values[at] = (struct sw_scan_value){item->channel, (enum sw_quantity) item->quantity, readings[i].value,
                                                  readings[i].flag};
    }
}

/* All blocks at one level of the planner. A refusal below the last level asks for a try at the next one. */
static int read_level(struct sw_scan_unit *unit, struct sw_device *d, sw_scan_ask_fn ask, void *ctx, bool *ret_refused,
                      struct sw_err *err)
{
    struct sw_reading readings[SW_TEMPLATE_CHANNELS_MAX * SW_CHANNEL_VALUES_MAX];
    uint16_t regs[SW_BLOCK_REGS_MAX];

    *ret_refused = false;
    for (size_t b = 0; b < d->plan.n_blocks; b++) {
        const struct sw_block *block = &d->plan.blocks[b];
        int rc = SW_E_TIMEOUT;

        for (int attempt = 0; attempt < 2 && (rc == SW_E_TIMEOUT || rc == SW_E_PROTOCOL); attempt++)
            rc = ask_once(unit, block->fc, block->reg_addr, block->nb, ask, ctx, regs, err);
        if (!is_about_unit(rc))
            return rc;
        *ret_refused |= rc == SW_E_EXCEPTION;
        if (rc != SW_OK || sw_device_decode(d, block, regs, 0, 0, readings, err) < 0)
            sw_device_missing(d, block->first_item, block->n_items, rc == SW_E_TIMEOUT ? 'B' : 'D', 0, 0, readings);
        put_values(unit, d, block->first_item, readings, block->n_items);
    }
    return SW_OK;
}

int sw_scan_values(struct sw_scan_unit *unit, sw_scan_ask_fn ask, void *ctx, struct sw_err *err)
{
    static const enum sw_plan_level levels[] = {SW_PLAN_GAPS, SW_PLAN_TIGHT, SW_PLAN_SINGLE};
    const struct sw_template *t = unit->candidates[0].template_;
    uint16_t sensor[SW_TEMPLATE_CHANNELS_MAX];
    struct sw_device d;
    bool is_refused = true;
    int rc;

    for (size_t c = 0; c < t->n_channels; c++)
        sensor[c] = (uint16_t) c;
    rc = sw_device_init(&d, t->id, t, unit->unit_id, 0, sensor, err);
    if (rc == SW_OK) {
        unit->values = calloc(d.plan.n_items, sizeof(*unit->values));
        unit->n_values = unit->values ? d.plan.n_items : 0;
        rc = unit->values ? SW_OK : sw_err_set(err, SW_E_NOMEM, 0, "no memory for the values of a unit");
    }
    for (size_t i = 0; i < SW_ARRAY_SIZE(levels) && rc == SW_OK && is_refused; i++) {
        sw_plan_build(&d.plan, levels[i]);
        rc = read_level(unit, &d, ask, ctx, &is_refused, err);
    }
    sw_device_done(&d);
    return rc;
}
