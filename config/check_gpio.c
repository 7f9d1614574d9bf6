// SPDX-License-Identifier: Apache-2.0
/* Devices that are a contact on a line of the machine: which line, how it is wired, and that nobody else has it. Adds
 * faults and goes on. Whether the line exists is seen when it is opened: the machine that checks may be another. */
#include "config/conf.h"

#include <stdio.h>
#include <string.h>

#define GAUGE_INTERVAL_MIN_MS 10000 /* shorter, and one tip looks like a cloudburst */

static const struct sw_node *key_of(const struct device_conf *d, const char *key)
{
    return sw_node_get(d->item.node, key);
}

static void refuse_keys(struct site_conf *c, const struct device_conf *d, const char *const *keys, const char *why)
{
    for (; *keys != NULL; keys++)
        if (key_of(d, *keys) != NULL)
            sw_fault_at_key(c->faults, key_of(d, *keys), "'%s' has no meaning with template '%s': %s", *keys,
                            d->template_id, why);
}

static const char *bare_chip(const struct sw_gpio_conf *l)
{
    return !l->is_file && strncmp(l->chip, "/dev/", 5) == 0 ? l->chip + 5 : l->chip;
}

static bool is_same_line(const struct sw_gpio_conf *a, const struct sw_gpio_conf *b)
{
    return a->is_file == b->is_file && strcmp(bare_chip(a), bare_chip(b)) == 0 && strcmp(a->line, b->line) == 0;
}

bool sw_conf_parse_line(const struct sw_node *at, const char *text, struct sw_gpio_conf *ret, char *why, size_t cap)
{
    const char *slash = at->file != NULL ? strrchr(at->file, '/') : NULL;
    char folder[SW_PATH_SIZE];

    if (!sw_gpio_parse(text, ret, why, cap))
        return false;
    if (!ret->is_file || ret->chip[0] == '/' || slash == NULL)
        return true;
    if ((size_t) snprintf(folder, sizeof(folder), "%.*s/%s", (int) (slash - at->file), at->file, ret->chip) >=
        sizeof(folder)) {
        (void) snprintf(why, cap, "is too long with the folder of its file");
        return false;
    }
    memcpy(ret->chip, folder, strlen(folder) + 1);
    return true;
}

static void check_taken(struct site_conf *c, const struct device_conf *d, const struct sw_device_conf *to)
{
    const struct device_conf *devices = c->devices.items;

    for (const struct sw_device_conf *other = c->site->devices; other < to; other++) {
        const struct sw_node *at = devices[other - c->site->devices].item.node;

        if (other->is_contact && is_same_line(&other->line, &to->line)) {
            sw_fault_at(c->faults, key_of(d, "line"), "the line %.100s is taken by '%s' in line %u", d->line, at->key,
                        at->key_line);
            return;
        }
    }
}

/* The device's own keys in place of the template's. */
static void take_wiring(struct site_conf *c, const struct device_conf *d, struct sw_device_conf *to)
{
    const struct sw_contact *of = &to->template_->channels[0].contact;

    if (key_of(d, "active") == NULL)
        to->line.is_active_low = of->is_active_low;
    if (key_of(d, "bias") == NULL)
        to->line.bias = of->bias;
    if (key_of(d, "debounce") == NULL)
        to->debounce_ms = of->debounce_ms;
    if (key_of(d, "mm_per_pulse") == NULL)
        to->mm_per_pulse = of->mm_per_pulse;
    else if (of->mm_per_pulse == 0)
        sw_fault_at_key(c->faults, key_of(d, "mm_per_pulse"),
                        "'mm_per_pulse' has no meaning with template '%s': it counts no rain", d->template_id);
    if (of->mm_per_pulse != 0 && to->interval_ms != 0 && to->interval_ms < GAUGE_INTERVAL_MIN_MS)
        sw_fault_at(c->faults, key_of(d, "interval"),
                    "'interval' of a rain gauge must be 10s or more: its reading is the rain of the interval");
}

void sw_conf_contact(struct site_conf *c, const struct device_conf *d, struct sw_device_conf *to)
{
    static const char *const of_line[] = {"line", "active", "bias", "debounce", "mm_per_pulse", NULL};
    static const char *const of_bus[] = {"bus", "address", NULL};
    const struct sw_node *line = key_of(d, "line");
    char why[160];

    if (to->template_ == NULL) /* told already; what it needs is not known */
        return;
    if (!sw_template_is_gpio(to->template_)) {
        refuse_keys(c, d, of_line, "it is read on a bus");
        return;
    }
    refuse_keys(c, d, of_bus, "it is a contact on a line of this machine");
    take_wiring(c, d, to);
    if (line == NULL) {
        sw_fault_at_key(c->faults, d->item.node, "'%s' lacks the key 'line': the input line, such as \"gpiochip0:17\"",
                        d->item.id);
    } else if (d->line[0] == '\0') {
        return; /* no text: told already */
    } else if (!sw_conf_parse_line(line, d->line, &to->line, why, sizeof(why))) {
        sw_fault_at(c->faults, line, "'line' %s", why);
    } else {
        to->is_contact = true;
        check_taken(c, d, to);
    }
}
