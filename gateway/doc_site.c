// SPDX-License-Identifier: Apache-2.0
/* From the configuration to what documents say of the site. */
#include "gateway/doc_site.h"

#include <stdlib.h>
#include <string.h>

static void fill_sensor(struct sw_doc_sensor *d, const struct sw_site *site, size_t i, struct sw_judge *judge)
{
    const struct sw_sensor_conf *c = &site->sensors[i];
    const struct sw_template *t = c->device >= 0 ? site->devices[c->device].template_ : NULL;

    *d = (struct sw_doc_sensor){
        .id = c->id,
        .name = c->name,
        .kind = c->kind,
        .level = c->level,
        .interval_us = c->interval_us,
        .place = sw_place_name(c->place),
        .template_id = t ? t->id : NULL,
        .measuring_class = t ? t->measuring_class : "",
        .lat = c->lat,
        .lon = c->lon,
        .height_m = c->height_m,
    };
    for (size_t k = 0; judge && k < sw_judge_n_windows(judge) && k < SW_JUDGE_WINDOWS_MAX; k++)
        d->periods[d->n_periods++] = sw_judge_window(judge, k);
}

int sw_doc_site_init(struct sw_doc_site_owner *o, const struct sw_site *site, struct sw_engine *engine,
                     const char *epoch, bool is_simulated, struct sw_err *err)
{
    memset(o, 0, sizeof(*o));
    o->sensors = calloc(site->n_sensors + 1, sizeof(*o->sensors));
    o->packs = calloc(site->n_packs + 1, sizeof(*o->packs));
    if (!o->sensors || !o->packs) {
        sw_doc_site_done(o);
        return sw_err_set(err, SW_E_NOMEM, 0, "documents: out of memory");
    }
    for (size_t i = 0; i < site->n_sensors; i++)
        fill_sensor(&o->sensors[i], site, i, sw_engine_judge(engine, i));
    for (size_t i = 0; i < site->n_packs; i++)
        o->packs[i] = (struct sw_doc_pack){site->packs[i].id, site->packs[i].version, site->packs[i].sha256};
    o->site = (struct sw_doc_site){
        .zone = &site->zone,
        .gateway = site->gateway_id,
        .gateway_name = site->gateway_name,
        .sw_version = SW_VERSION,
        .site = site->id,
        .area = site->area,
        .name = site->name,
        .address = site->address,
        .permit_no = site->permit_no,
        .owner_unit = site->owner_unit,
        .agency_responsible = site->agency_responsible,
        .subdistrict = site->subdistrict,
        .serves = site->serves,
        .lat = site->lat,
        .lon = site->lon,
        .timezone = site->timezone,
        .simulated = is_simulated,
        .epoch = epoch,
        .n_sensors = site->n_sensors,
        .sensors = o->sensors,
        .n_packs = site->n_packs,
        .packs = o->packs,
    };
    return SW_OK;
}

void sw_doc_site_done(struct sw_doc_site_owner *o)
{
    free(o->sensors);
    free(o->packs);
    memset(o, 0, sizeof(*o));
}
