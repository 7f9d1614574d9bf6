// SPDX-License-Identifier: Apache-2.0
/* Making an engine out of a site's configuration: its judges and its desk. What they do with inputs is in engine.c. */
#include <stdlib.h>
#include <string.h>

#include "gateway/engine_int.h"

static enum sw_category category_of(enum sw_kind kind)
{
    switch (kind) {
    case SW_KIND_NOISE:
        return SW_CATEGORY_NOISE;
    case SW_KIND_DUST:
        return SW_CATEGORY_DUST;
    default:
        return SW_CATEGORY_DEVICE;
    }
}

/* A window waits for the reading that began before its end. One that integrates arrives an interval after it began; a
 * second of that is in the site's grace. A file's readings come as they stand. */
static int64_t grace_us(const struct sw_site *site, const struct sw_sensor_conf *c)
{
    bool integrates = sw_quantity_info(c->level)->integrates || (c->quantities >> SW_QUANTITY_LAFMAX & 1u);

    if (c->device < 0 || !integrates)
        return site->grace_us;
    return site->grace_us + SW_MAX(c->interval_us - SW_US_PER_S, 0);
}

static bool has_suppression(const struct sw_site *site)
{
    for (size_t i = 0; i < site->n_sensors; i++)
        if (engine_suppresses(site, i))
            return true;
    return false;
}

static int new_judges(struct sw_engine *e, struct sw_err *err)
{
    const struct sw_site *site = e->site;

    for (size_t i = 0; i < site->n_sensors; i++) {
        const struct sw_sensor_conf *c = &site->sensors[i];
        const bool is_judged = c->place == SW_PLACE_BOUNDARY && !c->is_reference;
        const struct sw_judge_params p = {
            .sensor = (uint16_t) i,
            .kind = c->kind,
            .level = c->level,
            .has_lafmax = (c->quantities >> SW_QUANTITY_LAFMAX & 1u) != 0,
            .is_judged = is_judged,
            .interval_us = c->interval_us,
            .grace_us = grace_us(site, c),
            .zone = &site->zone,
            .days = &site->days,
            .stages = site->stages.n > 0 ? &site->stages : NULL,
            .background = c->background,
            .has_suppression = c->kind == SW_KIND_DUST && has_suppression(site),
            .wants_detect = is_judged && c->kind == SW_KIND_NOISE,
            .wants_model = is_judged && c->kind == SW_KIND_NOISE,
            .n_packs = site->n_packs,
            .packs = e->packs,
        };

        e->sensors[i].input_was = -1;
        if (c->kind == SW_KIND_INPUT)
            continue;
        if (sw_judge_new(&p, &e->sensors[i].judge, err) < 0)
            return sw_err_prefix(err, "sensor %s", c->id);
    }
    return SW_OK;
}

static int new_desk(struct sw_engine *e, struct sw_err *err)
{
    const struct sw_site *site = e->site;
    struct sw_desk_params p = {
        .gateway = site->gateway_id,
        .site = site->id,
        .agency_responsible = site->agency_responsible,
        .subdistrict = site->subdistrict,
        .permit_no = site->permit_no,
        .zone = &site->zone,
        .days = &site->days,
        .hotline = &site->hotline,
        .n_responsibility = site->n_responsibility,
        .responsibility = site->responsibility,
        .n_sensors = site->n_sensors,
        .sensors = e->desk_sensors,
        .has_platform = site->platform.is_set,
        .n_packs = site->n_packs,
        .packs = site->packs,
        .complaint_within_m = site->complaint_within_m,
    };

    for (size_t i = 0; i < site->n_sensors; i++) {
        const struct sw_sensor_conf *c = &site->sensors[i];
        const char *place = c->zone[0] ? c->zone : c->device >= 0 ? site->devices[c->device].id : c->id;
        struct sw_desk_sensor *d = &e->desk_sensors[i];

        memcpy(d->id, c->id, sizeof(d->id));
        memcpy(d->place, place, sizeof(d->place)); /* all three are arrays of an id's size */
        d->category = category_of(c->kind);
        d->quantity = c->level;
    }
    return sw_desk_new(&p, &e->desk, err);
}

int sw_engine_new(const struct sw_site *site, struct sw_engine **ret, struct sw_err *err)
{
    struct sw_engine *e = calloc(1, sizeof(*e));
    int rc;

    if (!e)
        return sw_err_set(err, SW_E_NOMEM, 0, "engine: out of memory");
    e->site = site;
    e->now_us = INT64_MIN;
    e->n_sensors = site->n_sensors;
    e->sensors = calloc(site->n_sensors + 1, sizeof(*e->sensors));
    e->desk_sensors = calloc(site->n_sensors + 1, sizeof(*e->desk_sensors));
    e->packs = calloc(site->n_packs + 1, sizeof(const struct sw_pack *));
    if (!e->sensors || !e->desk_sensors || !e->packs) {
        sw_engine_free(e);
        return sw_err_set(err, SW_E_NOMEM, 0, "engine: out of memory");
    }
    for (size_t i = 0; i < site->n_packs; i++)
        e->packs[i] = &site->packs[i];
    rc = new_judges(e, err);
    if (rc >= 0)
        rc = engine_site_new(e, err);
    if (rc >= 0)
        rc = engine_work_new(e, err);
    if (rc >= 0)
        rc = new_desk(e, err);
    if (rc >= 0) { /* they go by the places that the desk was given */
        engine_device_new(e);
        rc = engine_spray_new(e, err);
    }
    if (rc < 0) {
        sw_engine_free(e);
        return rc;
    }
    *ret = e;
    return SW_OK;
}

struct sw_engine *sw_engine_free(struct sw_engine *e)
{
    if (!e)
        return NULL;
    for (size_t i = 0; e->sensors && i < e->n_sensors; i++)
        sw_judge_free(e->sensors[i].judge);
    engine_spray_free(e);
    engine_work_free(e);
    engine_site_free(e);
    sw_desk_free(e->desk);
    free(e->sensors);
    free(e->desk_sensors);
    free(e->packs);
    free(e);
    return NULL;
}
