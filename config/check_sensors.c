// SPDX-License-Identifier: Apache-2.0
/* The site's list of sensors: channels of devices in file order, then sensors that only replay feeds. */
#include "config/conf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/reading.h"
#include "config/text.h"

static int find_sensor(const struct sw_site *s, const char *id)
{
    for (size_t i = 0; i < s->n_sensors; i++)
        if (strcmp(s->sensors[i].id, id) == 0)
            return (int) i;
    return -1;
}

/* The next free place, or NULL with a fault at the first sensor too many. */
static struct sw_sensor_conf *add_sensor(struct site_conf *c, const struct sw_node *at)
{
    struct sw_site *s = c->site;

    if (s->n_sensors == SW_SENSORS_MAX) {
        sw_fault_at_key(c->faults, at, "more than %d sensors", SW_SENSORS_MAX);
        s->n_sensors++; /* said once */
    }
    return s->n_sensors < SW_SENSORS_MAX ? &s->sensors[s->n_sensors] : NULL;
}

/* What the sensor is judged by: LAeq before LAF, else its one quantity. NONE = a noise channel without a level. */
static enum sw_quantity level_of(uint32_t quantities, enum sw_quantity first)
{
    if (quantities & (1u << SW_QUANTITY_LAEQ))
        return SW_QUANTITY_LAEQ;
    if (quantities & (1u << SW_QUANTITY_LAF))
        return SW_QUANTITY_LAF;
    return sw_quantity_info(first)->kind == SW_KIND_NOISE ? SW_QUANTITY_NONE : first;
}

/* ---- channels of devices ---- */

static bool wants_channel(const struct device_conf *d, const char *id)
{
    const struct channel_name_conf *names = d->channels.items;

    for (size_t i = 0; i < d->channels.n; i++)
        if (strcmp(names[i].id, id) == 0)
            return true;
    return sw_node_get(d->item.node, "channels") == NULL || d->channels.n == 0;
}

static void check_channel_names(struct site_conf *c, const struct device_conf *d, const struct sw_template *t)
{
    const struct channel_name_conf *names = d->channels.items;

    for (size_t i = 0; i < d->channels.n; i++) {
        struct sw_guess guess = {.typed = names[i].id};
        char near[160];
        bool is_known = names[i].id[0] == '\0';

        for (size_t k = 0; k < t->n_channels; k++) {
            is_known = is_known || strcmp(t->channels[k].id, names[i].id) == 0;
            sw_guess_offer(&guess, t->channels[k].id);
        }
        for (size_t k = 0; k < i; k++)
            if (names[i].id[0] != '\0' && strcmp(names[k].id, names[i].id) == 0)
                sw_fault_at(c->faults, names[i].item.node, "channel '%s' stands twice", names[i].id);
        if (!is_known)
            sw_fault_at(c->faults, names[i].item.node, "template '%s' has no channel '%s'%s", t->id, names[i].id,
                        sw_guess_text(&guess, near, sizeof(near)));
    }
}

static void name_channel(const struct sw_device_conf *d, const struct sw_channel *ch, char *buf, size_t cap)
{
    if (d->template_->n_channels == 1)
        (void) snprintf(buf, cap, "%s", d->name);
    else
        (void) snprintf(buf, cap, "%.*s %s", sw_text_clip(d->name, cap - 1 - SW_MIN(strlen(ch->id) + 1, cap / 2)),
                        d->name, ch->id);
}

static int32_t centi_of_bound(double bound)
{
    return isnan(bound) || fabs(bound) > 2e7 ? SW_NO_VALUE : (int32_t) lround(bound * 100.0);
}

/* When a value of the sensor may be believed: of its template, for a sensor without one the quantity's own range. */
static void set_validity(struct sw_sensor_conf *to, const struct sw_channel *ch)
{
    to->valid_min = to->valid_max = to->fog_rh = to->background = SW_NO_VALUE;
    if (ch == NULL)
        return;
    for (size_t i = 0; i < ch->n_values; i++) {
        if (ch->values[i].quantity != to->level)
            continue;
        to->valid_min = centi_of_bound(ch->values[i].valid_min);
        to->valid_max = centi_of_bound(ch->values[i].valid_max);
    }
    to->flatline_us = ch->flatline_s * SW_US_PER_S;
    to->fog_rh = ch->fog_above > 0 ? ch->fog_above : SW_NO_VALUE;
}

static void add_channel(struct site_conf *c, const struct device_conf *d, int device, int channel)
{
    const struct sw_device_conf *dev = &c->site->devices[device];
    const struct sw_channel *ch = &dev->template_->channels[channel];
    struct sw_sensor_conf *to;
    char id[2 * SW_ID_SIZE + 2];

    (void) snprintf(id, sizeof(id), "%s-%s", dev->id, ch->id);
    if (strlen(id) >= SW_ID_SIZE) {
        sw_fault_at_key(c->faults, d->item.node,
                        "the sensor id '%s' has %zu characters, at most %d: shorten the device's id", id, strlen(id),
                        SW_ID_SIZE - 1);
        return;
    }
    if (find_sensor(c->site, id) >= 0) {
        sw_fault_at_key(c->faults, d->item.node, "the sensor id '%s' arises twice: rename the device", id);
        return;
    }
    to = add_sensor(c, d->item.node);
    if (to == NULL)
        return;
    *to = (struct sw_sensor_conf){.device = device,
                                  .channel = channel,
                                  .place = dev->place,
                                  .lat = dev->lat,
                                  .lon = dev->lon,
                                  .height_m = dev->height_m,
                                  .is_without_matter = dev->is_without_matter};
    (void) snprintf(to->id, sizeof(to->id), "%.64s", id);
    (void) snprintf(to->zone, sizeof(to->zone), "%s", dev->zone);
    name_channel(dev, ch, to->name, sizeof(to->name));
    for (size_t i = 0; i < ch->n_values; i++)
        to->quantities |= 1u << ch->values[i].quantity;
    to->level = level_of(to->quantities, ch->values[0].quantity);
    to->kind = sw_quantity_info(ch->values[0].quantity)->kind;
    set_validity(to, ch);
    to->interval_us = (dev->interval_ms > 0 ? dev->interval_ms : dev->template_->interval_ms) * SW_US_PER_MS;
    if (to->level == SW_QUANTITY_NONE)
        sw_fault_at_key(c->faults, d->item.node,
                        "channel '%s' of template '%s' has neither LAeq nor LAF: it cannot be judged", ch->id,
                        dev->template_->id);
    c->site->n_sensors++;
}

static void add_device(struct site_conf *c, const struct device_conf *d, int device)
{
    const struct sw_template *t = c->site->devices[device].template_;

    if (t == NULL)
        return;
    check_channel_names(c, d, t);
    for (size_t k = 0; k < t->n_channels; k++)
        if (wants_channel(d, t->channels[k].id))
            add_channel(c, d, device, (int) k);
}

/* ---- entries of `sensors:` ---- */

static bool has_key(const struct sensor_conf *e, const char *key)
{
    return sw_node_get(e->item.node, key) != NULL;
}

/* A background counts only with the day and the place of its measurement: without them it is a guess. */
static void take_background(const struct sensor_conf *e, struct site_conf *c, struct sw_sensor_conf *to)
{
    const struct sw_node *n = sw_node_get(e->item.node, "background");

    to->background = SW_NO_VALUE;
    if (n == NULL || n->kind != SW_NODE_MAP)
        return;
    if (to->kind != SW_KIND_NOISE) {
        sw_fault_at_key(c->faults, n, "'background' is a level: '%s' measures %s", to->id, sw_kind_name(to->kind));
        return;
    }
    to->background = e->s.background;
    memcpy(to->background_date, e->s.background_date, sizeof(to->background_date));
    memcpy(to->background_place, e->s.background_place, sizeof(to->background_place));
}

static void override(struct site_conf *c, const struct sensor_conf *e, struct sw_sensor_conf *to)
{
    if (has_key(e, "quantity"))
        sw_fault_at_key(c->faults, sw_node_get(e->item.node, "quantity"),
                        "'%s' is a channel of device '%s': its quantity comes from the template", e->item.id,
                        c->site->devices[to->device].id);
    if (e->s.name[0] != '\0')
        memcpy(to->name, e->s.name, sizeof(to->name));
    if (has_key(e, "place"))
        to->place = e->s.place;
    if (has_key(e, "interval"))
        to->interval_us = e->interval_ms * SW_US_PER_MS;
    if (has_key(e, "zone"))
        memcpy(to->zone, e->s.zone, sizeof(to->zone));
    if (has_key(e, "location")) {
        to->lat = e->s.lat;
        to->lon = e->s.lon;
    }
    if (has_key(e, "matter"))
        to->is_without_matter = !e->has_matter;
    if (has_key(e, "height"))
        to->height_m = e->s.height_m;
    if (has_key(e, "background"))
        take_background(e, c, to);
    if (has_key(e, "source") || has_key(e, "max_age"))
        sw_fault_at_key(c->faults, sw_node_get(e->item.node, has_key(e, "source") ? "source" : "max_age"),
                        "'%s' is a channel of device '%s': a reference is fed by command or file", e->item.id,
                        c->site->devices[to->device].id);
}

/* A device whose template could not be read has no channels to override: its entries are not faults of their own. */
static bool is_of_broken_device(const struct site_conf *c, const char *id)
{
    for (size_t i = 0; i < c->site->n_devices; i++) {
        const struct sw_device_conf *d = &c->site->devices[i];
        const size_t len = strlen(d->id);

        if (d->template_ == NULL && strncmp(id, d->id, len) == 0 && id[len] == '-')
            return true;
    }
    return false;
}

static void fault_of_no_quantity(struct site_conf *c, const struct sensor_conf *e, size_t n_channels)
{
    struct sw_guess guess = {.typed = e->item.id};
    char near[160];

    for (size_t i = 0; i < n_channels; i++)
        sw_guess_offer(&guess, c->site->sensors[i].id);
    sw_fault_at_key(c->faults, e->item.node,
                    "'%.64s' is no channel of a device%s%s a sensor that replay feeds needs the key 'quantity'",
                    e->item.id, sw_guess_text(&guess, near, sizeof(near)), guess.is_found ? " Else" : ":");
}

static void take_reference(struct site_conf *c, const struct sensor_conf *e, struct sw_sensor_conf *to)
{
    to->max_age_us = e->max_age_ms * SW_US_PER_MS;
    if (!to->is_reference) {
        to->max_age_us = 0;
        if (has_key(e, "max_age"))
            sw_fault_at_key(c->faults, sw_node_get(e->item.node, "max_age"),
                            "'max_age' is for a sensor with 'source: reference'");
        return;
    }
    if (!has_key(e, "place"))
        to->place = SW_PLACE_REFERENCE;
    if (to->kind != SW_KIND_DUST)
        sw_fault_at_key(c->faults, sw_node_get(e->item.node, "source"),
                        "a reference is of dust: '%s' measures %s; of noise enter a 'background'", to->id,
                        sw_kind_name(to->kind));
}

static void add_fed(struct site_conf *c, const struct sensor_conf *e)
{
    const bool is_noise = sw_quantity_info(e->quantity)->kind == SW_KIND_NOISE;
    struct sw_sensor_conf *to;

    if (is_noise && !sw_quantity_is_level(e->quantity)) {
        sw_fault_at(c->faults, sw_node_get(e->item.node, "quantity"),
                    "'quantity' of a noise sensor must be LAeq or LAF: %s comes beside it",
                    sw_quantity_info(e->quantity)->name);
        return;
    }
    to = add_sensor(c, e->item.node);
    if (to == NULL)
        return;
    *to = e->s;
    (void) snprintf(to->id, sizeof(to->id), "%.64s", e->item.id);
    if (to->name[0] == '\0')
        (void) snprintf(to->name, sizeof(to->name), "%s", to->id);
    to->device = -1;
    to->channel = 0;
    to->is_without_matter = !e->has_matter;
    to->kind = sw_quantity_info(e->quantity)->kind;
    to->level = e->quantity;
    to->quantities = 1u << e->quantity;
    set_validity(to, NULL);
    take_background(e, c, to);
    take_reference(c, e, to);
    if (is_noise)
        to->quantities |= 1u << SW_QUANTITY_LAFMAX | 1u << SW_QUANTITY_LCPEAK;
    to->interval_us = e->interval_ms * SW_US_PER_MS;
    c->site->n_sensors++;
}

void sw_conf_sensors(struct site_conf *c)
{
    const struct device_conf *devices = c->devices.items;
    const struct sensor_conf *entries = c->sensors.items;
    struct sw_site *s = c->site;

    s->sensors = calloc(SW_SENSORS_MAX + 1, sizeof(*s->sensors));
    if (s->sensors == NULL || c->no_memory) {
        c->no_memory = true;
        return;
    }
    for (size_t i = 0; i < s->n_devices; i++)
        add_device(c, &devices[i], (int) i);
    const size_t n_channels = SW_MIN(s->n_sensors, (size_t) SW_SENSORS_MAX);
    for (size_t i = 0; i < c->sensors.n; i++) {
        const int at = find_sensor(s, entries[i].item.id);

        if (at >= 0 && (size_t) at < n_channels)
            override(c, &entries[i], &s->sensors[at]);
        else if (entries[i].quantity != SW_QUANTITY_NONE)
            add_fed(c, &entries[i]);
        else if (!has_key(&entries[i], "quantity") && !is_of_broken_device(c, entries[i].item.id))
            fault_of_no_quantity(c, &entries[i], n_channels);
    }
    s->n_sensors = SW_MIN(s->n_sensors, (size_t) SW_SENSORS_MAX);
}
