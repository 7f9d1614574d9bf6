// SPDX-License-Identifier: Apache-2.0
/* Takes the steps of a scan and keeps what was found. Decides about a second look at what was garbled; what a unit is
 * is scan_probe.c's. */
#include <stdlib.h>

#include "cli/scan.h"
#include "common/macros.h"

#define LOOK_BACK 4 /* silent addresses before a garbled one, whose late answer that may have been */

static bool is_stopped(struct sw_scan *s)
{
    if (s->stop && *s->stop)
        s->is_stopped = true;
    return s->is_stopped;
}

static struct sw_scan_tally *tally_of(struct sw_scan *s, const struct sw_serial *serial)
{
    for (size_t i = 0; i < s->n_tallies; i++)
        if (sw_serial_same(&s->tallies[i].serial, serial))
            return &s->tallies[i];
    if (s->n_tallies == SW_ARRAY_SIZE(s->tallies))
        return &s->tallies[s->n_tallies - 1];
    s->tallies[s->n_tallies].serial = *serial;
    return &s->tallies[s->n_tallies++];
}

static bool is_known(const struct sw_scan *s, const struct sw_scan_step *step)
{
    for (size_t i = 0; i < s->n_units; i++)
        if (s->units[i].unit_id == step->unit_id && sw_serial_same(&s->units[i].serial, &step->serial))
            return true;
    return false;
}

static void keep(struct sw_scan *s, struct sw_scan_unit *unit)
{
    if (s->n_units == SW_SCAN_UNITS_MAX) {
        s->is_full = true;
        free(unit->values);
        return;
    }
    s->units[s->n_units++] = *unit;
    if (s->on_unit)
        s->on_unit(s->watcher, &s->units[s->n_units - 1]);
}

/* Everything about a unit that answers. */
static int look_closely(struct sw_scan *s, struct sw_scan_unit *unit, struct sw_err *err)
{
    int rc = sw_scan_match(s->templates, s->n_templates, unit, s->ask, s->ctx, err);

    if (rc == SW_OK && unit->result == SW_SCAN_MATCHED)
        rc = sw_scan_values(unit, s->ask, s->ctx, err);
    if (rc < 0) {
        free(unit->values);
        unit->values = NULL;
        unit->n_values = 0;
    }
    keep(s, unit);
    return rc;
}

/* A unit that is slower than the sweep answers while the next ones are asked: what looks like nonsense there is its
 * late answer. When an address is silent on a patient second look, the silent ones before it get one too. */
static int look_back(struct sw_scan *s, const struct sw_scan_step *steps, size_t at, struct sw_err *err)
{
    int rc = SW_OK;

    for (size_t back = 1; back <= LOOK_BACK && back <= at && rc == SW_OK && !is_stopped(s); back++) {
        struct sw_scan_step step = steps[at - back];
        struct sw_scan_unit unit = {0};

        if (step.phase != SW_SCAN_SWEEP || !sw_serial_same(&step.serial, &steps[at].serial) || is_known(s, &step))
            continue;
        step.timeout_ms = SW_SCAN_PATIENT_MS;
        rc = sw_scan_presence(s->templates, s->n_templates, &step, s->ask, s->ctx, &unit, err);
        if (rc != SW_OK || unit.result == SW_SCAN_SILENT || unit.result == SW_SCAN_GARBLED)
            continue;
        tally_of(s, &step.serial)->silent--;
        tally_of(s, &step.serial)->answered++;
        rc = look_closely(s, &unit, err);
    }
    return rc;
}

/* A line on which everything is nonsense is not asked twice each time. */
static bool is_hopeless(const struct sw_scan_tally *tally)
{
    return tally->garbled >= LOOK_BACK && tally->answered == 0;
}

static int take_step(struct sw_scan *s, const struct sw_scan_step *steps, size_t at, struct sw_err *err)
{
    struct sw_scan_step step = steps[at];
    struct sw_scan_tally *tally = tally_of(s, &step.serial);
    struct sw_scan_unit unit = {0};
    bool was_garbled;
    int rc = sw_scan_presence(s->templates, s->n_templates, &step, s->ask, s->ctx, &unit, err);

    was_garbled = rc == SW_OK && unit.result == SW_SCAN_GARBLED;
    if (was_garbled && !is_stopped(s) &&
        !is_hopeless(tally)) { /* once more, with time: a single disturbance is no finding */
        step.timeout_ms = SW_SCAN_PATIENT_MS;
        unit = (struct sw_scan_unit){0};
        rc = sw_scan_presence(s->templates, s->n_templates, &step, s->ask, s->ctx, &unit, err);
    }
    if (rc < 0)
        return rc;
    tally->asked++;
    if (unit.result == SW_SCAN_SILENT) {
        tally->silent++;
        return was_garbled ? look_back(s, steps, at, err) : SW_OK;
    }
    if (unit.result == SW_SCAN_GARBLED) {
        tally->garbled++;
        keep(s, &unit);
        return SW_OK;
    }
    tally->answered++;
    return look_closely(s, &unit, err);
}

int sw_scan_run(struct sw_scan *s, const struct sw_scan_step *steps, size_t n, struct sw_err *err)
{
    int rc = SW_OK;

    if (!s->units)
        s->units = calloc(SW_SCAN_UNITS_MAX, sizeof(*s->units));
    if (!s->units)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for a scan");
    for (size_t i = 0; i < n && rc == SW_OK && !s->is_full && !is_stopped(s); i++) {
        rc = take_step(s, steps, i, err);
        s->steps_done = i + 1;
        if (s->on_step)
            s->on_step(s->watcher, steps, n, i + 1);
    }
    /* A question that a signal cut short failed for no fault of the line. */
    return is_stopped(s) ? SW_OK : rc;
}

void sw_scan_done(struct sw_scan *s)
{
    for (size_t i = 0; s->units && i < s->n_units; i++)
        free(s->units[i].values);
    free(s->units);
    s->units = NULL;
    s->n_units = 0;
}

bool sw_scan_has_match(const struct sw_scan *s)
{
    for (size_t i = 0; i < s->n_units; i++)
        if (s->units[i].result == SW_SCAN_MATCHED)
            return true;
    return false;
}

const struct sw_scan_unit *sw_scan_find(const struct sw_scan *s, uint8_t unit_id)
{
    const struct sw_scan_unit *best = NULL;

    for (size_t i = 0; i < s->n_units; i++)
        if (s->units[i].unit_id == unit_id && (!best || s->units[i].result > best->result))
            best = &s->units[i];
    return best;
}
