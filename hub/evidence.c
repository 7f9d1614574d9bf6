// SPDX-License-Identifier: Apache-2.0
/* Puts an answer together: window, sensors, minutes, what stands around them, judging, document. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "hub/evidence_int.h"
#include "io/document.h"

#define MINUTE_US (60 * SW_US_PER_S)

/* ---- the zone ---- */

static int take_offset(void *ctx, const struct hub_text_row *row)
{
    struct sw_zone *zone = ctx;
    json_t *j = json_loadb(row->text, row->len, 0, NULL);
    const char *ts = evidence_word(j, "ts");
    const size_t len = strlen(ts);
    const char *o = len > 25 ? ts + len - 6 : "";

    if ((*o == '+' || *o == '-') && isdigit((unsigned char) o[1]) && isdigit((unsigned char) o[2]) &&
        isdigit((unsigned char) o[4]) && isdigit((unsigned char) o[5])) {
        const int s = ((o[1] - '0') * 10 + o[2] - '0') * 3600 + ((o[4] - '0') * 10 + o[5] - '0') * 60;

        zone->span[0].offset_s = *o == '-' ? -s : s;
        snprintf(zone->name, sizeof(zone->name), "%s", o);
    }
    json_decref(j);
    return 0;
}

bool hub_zone_of(struct hub_reader *r, int64_t site, struct sw_zone *ret)
{
    sw_zone_init_utc(ret);
    ret->name[0] = '\0';
    hub_read_states(r, site, "gw/*/info", take_offset, ret, NULL);
    hub_read_states(r, site, "summary", take_offset, ret, NULL); /* newer, as a rule */
    return ret->name[0] != '\0';
}

/* ---- sensors ---- */

static int add_sensor(void *ctx, const struct hub_text_row *row)
{
    struct evidence_run *run = ctx;
    struct evidence_sensor *s;

    if (run->n_sensors == EVIDENCE_SENSORS_MAX)
        return 1;
    s = &run->sensors[run->n_sensors++];
    *s = (struct evidence_sensor){.is_boundary = true}; /* until its description says otherwise */
    snprintf(s->id, sizeof(s->id), "%s", row->key);
    return 0;
}

static int take_meta(void *ctx, const struct hub_text_row *row)
{
    struct evidence_run *run = ctx;
    json_t *j = json_loadb(row->text, row->len, 0, NULL);
    const char *id = evidence_word(j, "id"), *place = evidence_word(json_object_get(j, "position"), "place");

    for (size_t i = 0; i < run->n_sensors; i++)
        if (strcmp(run->sensors[i].id, id) == 0)
            run->sensors[i].is_boundary = strcmp(place, "boundary") == 0;
    json_decref(j);
    return 0;
}

static int take_gateway(void *ctx, const struct hub_gateway_row *row)
{
    struct evidence_run *run = ctx;

    if (!run->gw[0])
        snprintf(run->gw, sizeof(run->gw), "%s", row->gw);
    return 0;
}

static int take_newest(void *ctx, const struct hub_text_row *row)
{
    int64_t *newest = ctx;

    *newest = SW_MAX(*newest, row->at_us);
    return 0;
}

/* ---- the window ---- */

static int64_t floor_minute(int64_t t_us)
{
    return t_us - ((t_us % MINUTE_US) + MINUTE_US) % MINUTE_US;
}

static int set_window(struct sw_evidence_facts *f, struct sw_err *err)
{
    const int64_t window_us = floor_minute(f->ask.window_us + MINUTE_US - 1);
    const int64_t complete_us = floor_minute(f->asked_us);

    if (f->ask.at_us > f->asked_us || f->ask.at_us < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "at: it lies in the future; only what was measured can be told");
    f->from_us = floor_minute(f->ask.at_us - window_us / 2);
    f->to_us = f->from_us + window_us;
    if (f->to_us > complete_us) {
        f->to_us = complete_us;
        f->from_us = complete_us - window_us;
        f->caveats |= SW_CAVEAT_SHIFTED;
    }
    return SW_OK;
}

/* ---- the document ---- */

static size_t render(const struct evidence_run *run, char *buf, size_t cap)
{
    struct sw_doc_sensor sensors[EVIDENCE_SENSORS_MAX] = {0};
    struct sw_doc_pack packs[EVIDENCE_PACKS_MAX] = {0};
    const struct sw_doc_site site = {.zone = &run->site->zone,
                                     .gateway = run->gw,
                                     .site = run->site->site,
                                     .name = run->site->name,
                                     .simulated = run->site->is_simulated,
                                     .n_sensors = run->n_sensors,
                                     .sensors = sensors,
                                     .n_packs = run->n_packs,
                                     .packs = packs};
    size_t len;

    for (size_t i = 0; i < run->n_sensors; i++)
        sensors[i] = (struct sw_doc_sensor){
            .id = run->sensors[i].id, .kind = run->sensors[i].kind, .level = run->sensors[i].quantity};
    for (size_t i = 0; i < run->n_packs; i++)
        packs[i] = (struct sw_doc_pack){.id = run->packs[i][0], .version = run->packs[i][1]};
    len = sw_doc_evidence(&site, &run->f, run->f.asked_us, buf, cap);
    return len > 0 ? sw_doc_evidence_seal(NULL, buf, len, cap) : 0;
}

static int gather(struct evidence_run *run, struct sw_err *err)
{
    struct sw_evidence_facts *f = &run->f;
    int64_t newest_us = INT64_MIN;
    int rc = hub_read_sensors(run->r, run->site->id, add_sensor, run, err);

    if (rc >= 0)
        rc = hub_read_states(run->r, run->site->id, "sensor/*/meta", take_meta, run, err);
    if (rc >= 0)
        rc = hub_read_states(run->r, run->site->id, "summary", take_newest, &newest_us, err);
    for (size_t i = 0; rc >= 0 && i < run->n_sensors; i++)
        rc = hub_read_windows(run->r, run->site->id, run->sensors[i].id, "1m", f->asked_us - 3600 * SW_US_PER_S,
                              f->asked_us, take_newest, &newest_us, err);
    f->as_of_us = newest_us;
    if (rc >= 0)
        rc = evidence_minutes(run, err);
    if (rc >= 0)
        rc = evidence_work(run, err);
    sw_evidence_judge(f, &run->site->zone);
    if (rc >= 0)
        rc = evidence_around(run, err);
    return rc < 0 ? rc : hub_read_gateways(run->r, run->site->id, take_gateway, run, err); /* without its info */
}

int hub_evidence(struct hub_reader *r, const struct hub_evidence_site *site, const struct sw_evidence_ask *ask,
                 int64_t now_us, char *buf, size_t cap, size_t *ret_len, struct sw_err *err)
{
    struct evidence_run *run = calloc(1, sizeof(*run));
    int rc;

    if (!run)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    run->r = r;
    run->site = site;
    run->f.ask = *ask;
    run->f.asked_us = now_us;
    run->f.is_of_hub = true;
    run->f.is_synced = true;
    run->f.wind = SW_NO_VALUE;
    run->f.rain = -1;
    run->f.caveats = SW_CAVEAT_FROM_HUB;
    rc = set_window(&run->f, err);
    if (rc >= 0)
        rc = gather(run, err);
    *ret_len = rc >= 0 ? render(run, buf, cap) : 0;
    free(run);
    if (rc >= 0 && *ret_len == 0)
        return sw_err_set(err, SW_E_FULL, 0, "the answer does not fit its room");
    return rc < 0 ? rc : SW_OK;
}
