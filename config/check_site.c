// SPDX-License-Identifier: Apache-2.0
/* Inputs, schedule files, responsibility, time zone and what remains of a site. Adds faults and goes on. */
#include "config/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/text.h"
#include "config/zone.h"

#define GRACE_MIN_MS 2000

/* ---- inputs ---- */

/* Index of the 0/1 input that a key names, -1 with a fault. */
static int find_input(struct site_conf *c, const struct sw_node *at, const char *id)
{
    const struct sw_site *s = c->site;
    struct sw_guess guess = {.typed = id};
    char near[160];

    if (id[0] == '\0')
        return -1;
    for (size_t i = 0; i < s->n_sensors; i++) {
        if (s->sensors[i].kind == SW_KIND_INPUT)
            sw_guess_offer(&guess, s->sensors[i].id);
        if (strcmp(s->sensors[i].id, id) != 0)
            continue;
        if (s->sensors[i].kind == SW_KIND_INPUT)
            return (int) i;
        sw_fault_at(c->faults, at, "sensor '%s' is no 0/1 input: it measures %s", id,
                    sw_quantity_info(s->sensors[i].level)->name);
        return -1;
    }
    sw_fault_at(c->faults, at, "no sensor is named '%s'%s", id, sw_guess_text(&guess, near, sizeof(near)));
    return -1;
}

static bool needs_reference(const struct sw_site *s, enum sw_quantity quantity)
{
    for (size_t i = 0; i < s->n_packs; i++)
        for (size_t k = 0; k < s->packs[i].n_rules; k++)
            if (s->packs[i].rules[k].reference != SW_REFERENCE_NONE &&
                s->packs[i].rules[k].reference_quantity == quantity)
                return true;
    return false;
}

/* A rule that compares with a reference cannot judge without one; two of one quantity would be ambiguous. */
static void check_references(struct site_conf *c)
{
    const struct sw_site *s = c->site;

    for (int q = SW_QUANTITY_NONE + 1; q < SW_QUANTITY__COUNT; q++) {
        size_t n = 0;

        for (size_t i = 0; i < s->n_sensors; i++) {
            if (!s->sensors[i].is_reference || s->sensors[i].level != (enum sw_quantity) q)
                continue;
            if (++n == 2)
                sw_fault_at(c->faults, sw_node_get(sw_node_get(c->root, "sensors"), s->sensors[i].id),
                            "a second reference of %s: which one counts?", sw_quantity_info(s->sensors[i].level)->name);
        }
        if (n == 0 && needs_reference(s, (enum sw_quantity) q))
            sw_warning_at(c->faults, sw_node_get(sw_node_get(c->root, "site"), "packs"),
                          "a limit of %s needs a sensor with 'source: reference': without one it cannot be judged",
                          sw_quantity_info((enum sw_quantity) q)->name);
    }
}

/* Entered, but no limit takes it off: whoever entered it believes otherwise. */
static void check_backgrounds(struct site_conf *c)
{
    const struct sw_site *s = c->site;

    if (s->n_packs < c->packs.n) /* a pack that is missing may take it off */
        return;
    for (size_t i = 0; i < s->n_packs; i++)
        for (size_t k = 0; k < s->packs[i].n_rules; k++)
            if (s->packs[i].rules[k].background != SW_BACKGROUND_NONE)
                return;
    for (size_t i = 0; i < s->n_sensors; i++) {
        const struct sw_node *at = sw_node_get(sw_node_get(c->root, "sensors"), s->sensors[i].id);

        if (s->sensors[i].background != SW_NO_VALUE)
            sw_warning_at(c->faults, at != NULL ? at : c->root,
                          "no limit takes off a background: that of '%s' has no effect", s->sensors[i].id);
    }
}

/* Something must say when mist is on: an input, or an output of this gateway. */
static void check_suppression(struct site_conf *c)
{
    const struct sw_node *n = sw_node_get(c->root, "suppression");

    for (size_t i = 0; i < c->site->n_sensors; i++)
        if (c->site->sensors[i].suppresses)
            return;
    if (n != NULL && n->kind == SW_NODE_MAP && sw_node_get(n, "input") == NULL)
        sw_fault_at_key(c->faults, n, "'suppression' lacks the key 'input': sensor that is 1 while it runs");
}

void sw_conf_inputs(struct site_conf *c)
{
    struct sw_site *s = c->site;

    check_suppression(c);
    s->suppression.sensor = find_input(c, sw_node_get(sw_node_get(c->root, "suppression"), "input"), c->suppression_id);
    s->suppression.hold_us = c->suppression_hold_ms * SW_US_PER_MS;
    s->machine = find_input(c, sw_node_get(c->root, "machine"), c->machine_id);
    check_references(c);
    check_backgrounds(c);
}

/* ---- schedule ---- */

static bool ends_in(const char *text, const char *end)
{
    const size_t len = strlen(text), n = strlen(end);

    return len > n && strcmp(text + len - n, end) == 0;
}

static bool stands_before(const struct sw_site *s, const char *path)
{
    for (size_t i = 0; i < s->n_schedule_files; i++)
        if (strcmp(s->schedule_files[i], path) == 0)
            return true;
    return false;
}

void sw_conf_schedule(struct site_conf *c)
{
    const struct file_conf *files = c->schedule_files.items;
    struct sw_site *s = c->site;
    char here[SW_PATH_SIZE] = "";

    s->schedule_files = calloc(c->schedule_files.n + 1, sizeof(*s->schedule_files));
    if (s->schedule_files == NULL) {
        c->no_memory = true;
        return;
    }
    if (getcwd(here, sizeof(here)) == NULL)
        here[0] = '\0';
    for (size_t i = 0; i < c->schedule_files.n; i++) {
        const char *path = files[i].path;
        const bool is_absolute = path[0] == '/';
        char *to = s->schedule_files[s->n_schedule_files];

        if (path[0] == '\0')
            continue; /* told already */
        if (snprintf(to, SW_PATH_SIZE, "%s%s%s", is_absolute ? "" : here, is_absolute ? "" : "/", path) >= SW_PATH_SIZE)
            sw_fault_at(c->faults, files[i].item.node, "'files' must be a path of at most %d bytes (with its folder)",
                        SW_PATH_SIZE - 1);
        else if (!ends_in(to, ".ics") && !ends_in(to, ".json"))
            sw_fault_at(c->faults, files[i].item.node, "'files' must end in .ics or .json: %.100s", to);
        else if (stands_before(s, to))
            sw_fault_at(c->faults, files[i].item.node, "'files' names %.180s twice", to);
        else
            s->n_schedule_files++;
        if (access(to, R_OK) != 0)
            sw_warning_at(c->faults, files[i].item.node, "%.180s cannot be read: %s", to, strerror(errno));
    }
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
    if (c->zone != NULL && strcmp(c->zone->name, c->s.timezone) == 0) {
        c->site->zone = *c->zone;
        return;
    }
    if (c->zone != NULL && sw_zone_exists(c->s.timezone, &err) >= 0) { /* it counts from the next start on */
        sw_zone_init_utc(&c->site->zone);
        return;
    }
    if (c->zone != NULL) {
        sw_fault_at(c->faults, n, "'timezone': %s", err.msg);
        return;
    }
    if (sw_zone_load(c->s.timezone, &c->site->zone, &err) < 0)
        sw_fault_at(c->faults, n, "'timezone': %s", err.msg);
}

/* A window closes when nothing can come late any more: no reply may take longer than the grace. */
static void settle_grace(struct sw_site *s)
{
    int32_t ms = GRACE_MIN_MS;

    for (size_t i = 0; i < s->n_buses; i++)
        ms = SW_MAX(ms, s->buses[i].response_timeout_ms);
    for (size_t i = 0; i < s->n_devices; i++)
        ms = SW_MAX(ms, s->devices[i].response_timeout_ms);
    for (size_t i = 0; i < s->n_templates; i++)
        ms = SW_MAX(ms, s->templates[i].response_timeout_ms);
    s->grace_us = ms * SW_US_PER_MS;
}

void sw_conf_rest(struct site_conf *c)
{
    const struct sw_node *site = sw_node_get(c->root, "site"), *area = sw_node_get(site, "area");
    struct sw_site *s = c->site;

    check_timezone(c);
    settle_grace(s);
    if (area != NULL && strcmp(s->id, "broadcast") == 0)
        sw_fault_at(c->faults, sw_node_get(site, "id"), "'id' broadcast is reserved");
    if (c->packs.n == 0 && site != NULL)
        sw_warning_at(c->faults, site, "no 'packs': everything is measured, nothing is judged");
    if (c->devices.n == 0 && c->sensors.n == 0)
        sw_warning_at(c->faults, c->root, "no 'devices' and no 'sensors': there is nothing to measure");
}
