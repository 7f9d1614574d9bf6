// SPDX-License-Identifier: Apache-2.0
/* Packs, hotline, responsibility, time zone and what remains of a site. Adds faults and goes on. */
#include "config/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/text.h"
#include "config/zone.h"

#define GRACE_MIN_MS 2000

/* ---- packs and hotline ---- */

static void load_pack(struct site_conf *c, const struct pack_name_conf *p)
{
    const struct sw_node *inner = sw_node_get(p->item.node, "id"), *at = inner != NULL ? inner : p->item.node;
    struct sw_guess guess = {.typed = p->id};
    char path[SW_PATH_SIZE + 100], near[160];
    struct sw_err err = {0};

    for (size_t i = 0; i < c->site->n_packs; i++) {
        if (strcmp(c->site->packs[i].id, p->id) == 0) {
            sw_fault_at(c->faults, at, "pack '%s' stands twice", p->id);
            return;
        }
    }
    if (!sw_share_find(&c->share, SW_SHARE_PACK, p->id, path, sizeof(path))) {
        sw_share_offer(&c->share, SW_SHARE_PACK, &guess);
        sw_fault_at(c->faults, at, "unknown pack '%s'%s", p->id, sw_guess_text(&guess, near, sizeof(near)));
        return;
    }
    struct sw_pack *to = &c->site->packs[c->site->n_packs];
    const int rc = sw_pack_read(path, c->faults, to, &err);
    if (rc == SW_OK) {
        c->site->n_packs++;
        sw_conf_add_digest(c, to->sha256);
    } else if (rc == SW_E_IO) {
        sw_fault_add(c->faults, path, 0, 0, "%s", err.msg);
    } else if (rc == SW_E_NOMEM) {
        c->no_memory = true;
    }
}

static void load_hotline(struct site_conf *c)
{
    const struct sw_node *n = sw_node_get(sw_node_get(c->root, "site"), "hotline");
    struct sw_guess guess = {.typed = c->hotline_id};
    char path[SW_PATH_SIZE + 100], near[160], sha256[65] = "";
    struct sw_err err = {0};

    if (c->hotline_id[0] == '\0')
        return;
    if (!sw_share_find(&c->share, SW_SHARE_HOTLINE, c->hotline_id, path, sizeof(path))) {
        sw_share_offer(&c->share, SW_SHARE_HOTLINE, &guess);
        sw_fault_at(c->faults, n != NULL ? n : c->root, "unknown hotline pack '%s'%s", c->hotline_id,
                    sw_guess_text(&guess, near, sizeof(near)));
        return;
    }
    const int rc = sw_hotline_read(path, c->faults, &c->site->hotline, sha256, &err);
    if (rc == SW_OK)
        sw_conf_add_digest(c, sha256);
    else if (rc == SW_E_IO)
        sw_fault_add(c->faults, path, 0, 0, "%s", err.msg);
    else if (rc == SW_E_NOMEM)
        c->no_memory = true;
}

void sw_conf_packs(struct site_conf *c)
{
    const struct pack_name_conf *packs = c->packs.items;

    c->site->packs = calloc(c->packs.n + 1, sizeof(*c->site->packs));
    if (c->site->packs == NULL) {
        c->no_memory = true;
        return;
    }
    for (size_t i = 0; i < c->packs.n; i++)
        if (packs[i].id[0] != '\0')
            load_pack(c, &packs[i]);
    load_hotline(c);
}

/* ---- responsibility ---- */

static void check_period(struct site_conf *c, const struct responsibility_conf *e)
{
    struct sw_guess guess = {.typed = e->r.period};
    char near[160];

    if (e->r.period[0] == '\0' || c->site->n_packs < c->packs.n) /* a pack that is missing may hold it */
        return;
    for (size_t i = 0; i < c->site->n_packs; i++) {
        for (size_t k = 0; k < c->site->packs[i].n_periods; k++) {
            if (strcmp(c->site->packs[i].periods[k].id, e->r.period) == 0)
                return;
            sw_guess_offer(&guess, c->site->packs[i].periods[k].id);
        }
    }
    sw_fault_at(c->faults, sw_node_get(e->item.node, "period"), "no pack has a period '%s'%s", e->r.period,
                sw_guess_text(&guess, near, sizeof(near)));
}

static void check_place(struct site_conf *c, const struct responsibility_conf *e)
{
    const struct sw_site *s = c->site;
    struct sw_guess guess = {.typed = e->r.place};
    char near[160];

    if (e->r.place[0] == '\0')
        return;
    for (size_t i = 0; i < s->n_devices; i++) {
        if (strcmp(s->devices[i].id, e->r.place) == 0 || strcmp(s->devices[i].zone, e->r.place) == 0)
            return;
        sw_guess_offer(&guess, s->devices[i].id);
    }
    for (size_t i = 0; i < s->n_sensors; i++) {
        if (strcmp(s->sensors[i].id, e->r.place) == 0 || strcmp(s->sensors[i].zone, e->r.place) == 0)
            return;
        sw_guess_offer(&guess, s->sensors[i].id);
    }
    sw_fault_at(c->faults, sw_node_get(e->item.node, "place"), "no device, sensor or zone is named '%s'%s", e->r.place,
                sw_guess_text(&guess, near, sizeof(near)));
}

void sw_conf_responsibility(struct site_conf *c)
{
    const struct responsibility_conf *entries = c->responsibility.items;
    const struct sw_node *lead = NULL, *list = sw_node_get(c->root, "responsibility");
    struct sw_site *s = c->site;

    s->responsibility = calloc(c->responsibility.n + 1, sizeof(*s->responsibility));
    if (s->responsibility == NULL) {
        c->no_memory = true;
        return;
    }
    for (size_t i = 0; i < c->responsibility.n; i++) {
        s->responsibility[s->n_responsibility++] = entries[i].r;
        check_period(c, &entries[i]);
        check_place(c, &entries[i]);
        if (entries[i].r.is_lead && lead != NULL)
            sw_fault_at(c->faults, entries[i].item.node, "a second entry with 'lead: true', the first is in line %u",
                        lead->line);
        else if (entries[i].r.is_lead)
            lead = entries[i].item.node;
    }
    if (c->responsibility.n > 0 && lead == NULL)
        sw_fault_at_key(c->faults, list,
                        "'responsibility' has no entry with 'lead: true': who answers when nothing else fits?");
    if (c->responsibility.n == 0)
        sw_warning_at(c->faults, list != NULL ? list : c->root, "no 'responsibility': tickets will have no owner");
}

/* ---- the rest ---- */

static void check_timezone(struct site_conf *c)
{
    const struct sw_node *n = sw_node_get(sw_node_get(c->root, "site"), "timezone");
    struct sw_err err = {0};

    if (c->s.timezone[0] == '\0')
        return;
    if (sw_zone_load(c->s.timezone, &c->site->zone, &err) < 0)
        sw_fault_at(c->faults, n, "'timezone': %s", err.msg);
}

/* A window closes when nothing can come late any more: no reply may take longer than the grace. */
static void settle_grace(struct sw_site *s)
{
    int32_t ms = GRACE_MIN_MS;

    for (size_t i = 0; i < s->n_buses; i++)
        ms = SW_MAX(ms, s->buses[i].response_timeout_ms);
    for (size_t i = 0; i < s->n_templates; i++)
        ms = SW_MAX(ms, s->templates[i].response_timeout_ms);
    s->grace_us = ms * SW_US_PER_MS;
}

void sw_conf_rest(struct site_conf *c)
{
    const struct sw_node *site = sw_node_get(c->root, "site"), *area = sw_node_get(site, "area");
    const struct sw_node *platform = sw_node_get(c->root, "platform");
    struct sw_site *s = c->site;

    check_timezone(c);
    settle_grace(s);
    s->platform.is_set = platform != NULL && platform->kind == SW_NODE_MAP;
    if (area != NULL && strcmp(s->id, "broadcast") == 0)
        sw_fault_at(c->faults, sw_node_get(site, "id"), "'id' broadcast is reserved");
    if (c->packs.n == 0 && site != NULL)
        sw_warning_at(c->faults, site, "no 'packs': everything is measured, nothing is judged");
    if (c->devices.n == 0 && c->sensors.n == 0)
        sw_warning_at(c->faults, c->root, "no 'devices' and no 'sensors': there is nothing to measure");
}
