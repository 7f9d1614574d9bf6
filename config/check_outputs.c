// SPDX-License-Identifier: Apache-2.0
/* Outputs of a site: which relay or board, which sensors it follows, what keeps it off. Each relay becomes a sensor
 * too, so that what it did is stored, replayed and told like any input. Adds faults and goes on. */
#include "config/conf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/text.h"

#define OUTPUT_INTERVAL_US (60 * SW_US_PER_S) /* its sensor repeats itself so often */
#define MIST_LONGEST_ON_US (600 * SW_US_PER_S)
#define MIST_REST_US (300 * SW_US_PER_S)

static const struct sw_node *node_of(const struct output_conf *e, const char *key)
{
    return sw_node_get(e->item.node, key);
}

static int find_sensor(const struct sw_site *s, const char *id)
{
    for (size_t i = 0; i < s->n_sensors; i++)
        if (strcmp(s->sensors[i].id, id) == 0)
            return (int) i;
    return -1;
}

/* ---- where it is connected ---- */

static int find_bus(struct site_conf *c, const struct output_conf *e)
{
    struct sw_guess guess = {.typed = e->bus_id};
    char near[160];

    for (size_t i = 0; i < c->site->n_buses; i++) {
        if (strcmp(c->site->buses[i].id, e->bus_id) == 0)
            return (int) i;
        sw_guess_offer(&guess, c->site->buses[i].id);
    }
    if (e->bus_id[0] != '\0')
        sw_fault_at(c->faults, node_of(e, "bus"), "unknown bus '%s'%s", e->bus_id,
                    sw_guess_text(&guess, near, sizeof(near)));
    return -1;
}

/* A bus takes what it leaves open from its first device; one with outputs alone has none. */
static void check_speed(struct site_conf *c, const struct output_conf *e, struct sw_bus_conf *bus)
{
    if (bus->kind != SW_BUS_RTU)
        return;
    if (bus->serial.baud == 0)
        sw_fault_at(c->faults, node_of(e, "bus"), "bus '%s' has no 'baud', and no device that would name one", bus->id);
    if (bus->serial.parity == '\0') {
        bus->serial.parity = 'N';
        bus->serial.data_bits = 8;
        bus->serial.stop_bits = 1;
    }
}

static void check_address(struct site_conf *c, const struct output_conf *e, struct sw_bus_conf *bus)
{
    const bool is_tcp = bus->kind == SW_BUS_TCP;
    const int id = e->unit_id;

    if (node_of(e, "address") == NULL)
        sw_fault_at_key(c->faults, e->item.node, "'%s' lacks the key 'address': Modbus unit id", e->item.id);
    else if (is_tcp ? id > 247 && id != 255 : id < 1 || id > 247)
        sw_fault_at(c->faults, node_of(e, "address"), "'address' must be %s, not %d",
                    is_tcp ? "0 to 247, or 255" : "1 to 247 on a serial line", id);
    check_speed(c, e, bus);
}

static bool same_wire(const struct sw_gpio_conf *a, const struct sw_gpio_conf *b)
{
    const char *chip = strncmp(a->chip, "/dev/", 5) == 0 ? a->chip + 5 : a->chip;
    const char *other = strncmp(b->chip, "/dev/", 5) == 0 ? b->chip + 5 : b->chip;

    return a->is_file == b->is_file && strcmp(chip, other) == 0 && strcmp(a->line, b->line) == 0;
}

/* A line is an input or one output, never two things. */
static void check_wire_is_free(struct site_conf *c, const struct output_conf *e, const struct sw_output_setup *to)
{
    const struct device_conf *devices = c->devices.items;
    struct sw_gpio_conf other;
    char why[200];

    for (const struct sw_output_setup *o = c->site->outputs; o < to; o++)
        if (o->kind != SW_OUTPUT_BOARD && o->bus < 0 && same_wire(&o->gpio, &to->gpio))
            sw_fault_at(c->faults, node_of(e, "line"), "line %s is switched by output '%s' already", e->line, o->id);
    for (size_t i = 0; i < c->devices.n; i++) {
        const struct sw_node *line = sw_node_get(devices[i].item.node, "line");

        if (line == NULL || line->kind != SW_NODE_SCALAR ||
            !sw_conf_parse_line(line, line->text, &other, why, sizeof(why)))
            continue;
        if (same_wire(&other, &to->gpio))
            sw_fault_at(c->faults, node_of(e, "line"), "line %s is the input of device '%s' in line %u", e->line,
                        devices[i].item.id, devices[i].item.node->key_line);
    }
}

static void take_line(struct site_conf *c, const struct output_conf *e, struct sw_output_setup *to)
{
    char why[200];

    if (e->line[0] == '\0') /* told already */
        return;
    if (!sw_conf_parse_line(node_of(e, "line"), e->line, &to->gpio, why, sizeof(why))) {
        sw_fault_at(c->faults, node_of(e, "line"), "'line' %s", why);
        return;
    }
    to->gpio.is_active_low = e->is_active_low;
    check_wire_is_free(c, e, to);
}

static void refuse_keys(struct site_conf *c, const struct output_conf *e, const char *const *keys, const char *where)
{
    for (; *keys != NULL; keys++)
        if (node_of(e, *keys) != NULL)
            sw_fault_at_key(c->faults, node_of(e, *keys), "'%s' has no meaning for %s", *keys, where);
}

static void connect(struct site_conf *c, const struct output_conf *e, struct sw_output_setup *to)
{
    static const char *const bus_keys[] = {"address", "coil", "register", "on_value", "off_value", NULL};
    static const char *const line_keys[] = {"active_low", NULL};
    const bool has_line = node_of(e, "line") != NULL, has_bus = node_of(e, "bus") != NULL;

    to->bus = has_bus ? find_bus(c, e) : -1;
    to->unit_id = (uint8_t) e->unit_id;
    to->coil = node_of(e, "coil") != NULL ? e->coil : -1;
    to->reg_addr = node_of(e, "register") != NULL ? e->reg_addr : -1;
    if (has_line == has_bus) {
        sw_fault_at_key(c->faults, e->item.node, "'%s' needs %s: a 'line' of this machine, or a 'bus'", e->item.id,
                        has_line ? "one of two and has both" : "to be connected");
        return;
    }
    if (to->bus >= 0)
        check_address(c, e, &c->site->buses[to->bus]);
    if (has_line) {
        take_line(c, e, to);
        refuse_keys(c, e, bus_keys, "a line of this machine");
        return;
    }
    refuse_keys(c, e, line_keys, "a relay on a bus");
    if (to->kind != SW_OUTPUT_BOARD && (to->coil < 0) == (to->reg_addr < 0))
        sw_fault_at_key(c->faults, e->item.node, "'%s' needs one of 'coil' and 'register': what switches the relay",
                        e->item.id);
    if (to->reg_addr >= 0 && to->on_value == to->off_value)
        sw_fault_at_key(c->faults, e->item.node, "'%s': 'on_value' and 'off_value' are the same", e->item.id);
}

/* ---- what it follows ---- */

static bool is_judged(const struct sw_sensor_conf *s)
{
    return (s->kind == SW_KIND_NOISE || s->kind == SW_KIND_DUST) && s->place == SW_PLACE_BOUNDARY && !s->is_reference;
}

static void watch_kind(struct site_conf *c, const struct output_conf *e, struct sw_output_setup *to, enum sw_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < c->site->n_sensors; i++)
        if (c->site->sensors[i].kind == kind && is_judged(&c->site->sensors[i])) {
            to->watches[i] = true;
            n++;
        }
    if (n == 0)
        sw_fault_at(c->faults, e->watches, "no sensor at the boundary measures %s: '%s' would never go on",
                    sw_kind_name(kind), e->item.id);
}

static void watch_one(struct site_conf *c, const struct sw_node *n, struct sw_output_setup *to)
{
    struct sw_guess guess = {.typed = n->kind == SW_NODE_SCALAR ? n->text : ""};
    const int i = n->kind == SW_NODE_SCALAR ? find_sensor(c->site, n->text) : -1;
    char near[160];

    if (n->kind != SW_NODE_SCALAR) {
        sw_fault_at(c->faults, n, "each entry of 'watches' must be the id of a sensor");
    } else if (i < 0) {
        for (size_t k = 0; k < c->site->n_sensors; k++)
            if (is_judged(&c->site->sensors[k]))
                sw_guess_offer(&guess, c->site->sensors[k].id);
        sw_fault_at(c->faults, n, "no sensor is named '%.64s'%s", n->text, sw_guess_text(&guess, near, sizeof(near)));
    } else if (!is_judged(&c->site->sensors[i])) {
        sw_fault_at(c->faults, n, "no limit applies to '%.64s': it would never switch anything", n->text);
    } else {
        to->watches[i] = true;
    }
}

static void take_watches(struct site_conf *c, const struct output_conf *e, struct sw_output_setup *to)
{
    const struct sw_node *n = e->watches;

    if (n == NULL)
        sw_fault_at_key(c->faults, e->item.node, "'%s' lacks the key 'watches': dust, noise, or a list of sensors",
                        e->item.id);
    else if (n->kind == SW_NODE_SCALAR && strcmp(n->text, "dust") == 0)
        watch_kind(c, e, to, SW_KIND_DUST);
    else if (n->kind == SW_NODE_SCALAR && strcmp(n->text, "noise") == 0)
        watch_kind(c, e, to, SW_KIND_NOISE);
    else if (n->kind != SW_NODE_LIST || n->len == 0)
        sw_fault_at(c->faults, n, "'watches' must be dust, noise, or a list of sensors");
    else
        for (const struct sw_node *item = n->first; item != NULL; item = item->next)
            watch_one(c, item, to);
}

/* ---- what keeps it off ---- */

/* The sensor that an interlock goes by: the one named, or the only one outside. Which of several is never guessed: one
 * in a warm room would let water freeze. -1 = none, with a fault if one is needed. */
static int weather_sensor(struct site_conf *c, const struct output_conf *e, enum sw_quantity quantity, const char *id,
                          const char *key, const char *limit_key)
{
    const char *what = sw_quantity_info(quantity)->name;
    const struct sw_node *limit = node_of(e, limit_key);
    const struct sw_site *s = c->site;
    struct sw_guess guess = {.typed = id};
    int found = -1, n = 0;
    char near[160];

    if (id[0] != '\0' && limit == NULL)
        sw_fault_at_key(c->faults, node_of(e, key), "'%s' has no meaning without '%s'", key, limit_key);
    for (size_t i = 0; i < s->n_sensors; i++) {
        if (s->sensors[i].level != quantity)
            continue;
        if (id[0] != '\0' && strcmp(s->sensors[i].id, id) == 0)
            return (int) i;
        sw_guess_offer(&guess, s->sensors[i].id);
        if (s->sensors[i].place != SW_PLACE_INDOOR && n++ == 0)
            found = (int) i;
    }
    if (id[0] != '\0')
        sw_fault_at(c->faults, node_of(e, key), "no sensor of %s is named '%s'%s", what, id,
                    sw_guess_text(&guess, near, sizeof(near)));
    else if (limit != NULL && n == 0)
        sw_fault_at_key(c->faults, limit, "'%s' needs a sensor of %s outside: without one '%s' would never go on",
                        limit_key, what, e->item.id);
    else if (limit != NULL && n > 1)
        sw_fault_at_key(c->faults, limit, "'%s': %d sensors measure %s outside; name one with '%s'", limit_key, n, what,
                        key);
    return id[0] == '\0' && limit != NULL && n == 1 ? found : -1;
}

static int64_t given_us(const struct output_conf *e, const char *key, int64_t ms, int64_t dflt_us)
{
    return node_of(e, key) != NULL ? ms * SW_US_PER_MS : dflt_us;
}

static void take_rule(struct site_conf *c, const struct output_conf *e, struct sw_output_setup *to)
{
    const bool is_mist = to->kind == SW_OUTPUT_MIST;
    const struct sw_node *rest = node_of(e, "rest"); /* one that cannot be read is told already */
    struct sw_output_conf *rule = &to->rule;

    rule->longest_on_us = given_us(e, "longest_on", e->longest_on_ms, is_mist ? MIST_LONGEST_ON_US : 0);
    rule->rest_us = given_us(e, "rest", e->rest_ms, is_mist ? MIST_REST_US : 0);
    rule->hold_us = e->hold_ms * SW_US_PER_MS;
    rule->weather_max_age_us = e->max_age_ms * SW_US_PER_MS;
    if (node_of(e, "frost_below") == NULL)
        rule->frost_below = SW_NO_VALUE;
    if (node_of(e, "wind_above") == NULL)
        rule->wind_above = SW_NO_VALUE;
    to->temp = weather_sensor(c, e, SW_QUANTITY_TEMP, e->temp_id, "temperature", "frost_below");
    to->wind = weather_sensor(c, e, SW_QUANTITY_WIND_SPEED, e->wind_id, "wind", "wind_above");
    if (rule->longest_on_us > 0 && rule->rest_us == 0 &&
        (rest == NULL || (rest->kind == SW_NODE_SCALAR && strtod(rest->text, NULL) == 0)))
        sw_fault_at_key(c->faults, e->item.node,
                        "'%s' has a longest time on and no 'rest': it would go on again at once", e->item.id);
    if (is_mist && rule->frost_below == SW_NO_VALUE)
        sw_warning_at(c->faults, e->item.node, "'%s' sprays water and has no 'frost_below': nothing stops it in frost",
                      e->item.id);
}

/* ---- its own sensor ---- */

static void add_sensor(struct site_conf *c, const struct output_conf *e, struct sw_output_setup *to)
{
    struct sw_site *s = c->site;
    const bool is_mist = to->kind == SW_OUTPUT_MIST;

    to->sensor = -1;
    if (find_sensor(s, to->id) >= 0) {
        sw_fault_at_key(c->faults, e->item.node, "'%s' is a sensor already: name the output otherwise", to->id);
        return;
    }
    if (s->n_sensors >= SW_SENSORS_MAX) {
        sw_fault_at_key(c->faults, e->item.node, "no room for '%s': more than %d sensors and outputs", to->id,
                        SW_SENSORS_MAX);
        return;
    }
    to->sensor = (int) s->n_sensors;
    s->sensors[s->n_sensors++] = (struct sw_sensor_conf){
        .device = -1,
        .kind = SW_KIND_INPUT,
        .level = SW_QUANTITY_CONTACT,
        .quantities = 1u << SW_QUANTITY_CONTACT,
        .interval_us = OUTPUT_INTERVAL_US,
        .place = SW_PLACE_OTHER,
        .lat = s->lat,
        .lon = s->lon,
        .height_m = (double) NAN,
        .valid_min = SW_NO_VALUE,
        .valid_max = SW_NO_VALUE,
        .fog_rh = SW_NO_VALUE,
        .background = SW_NO_VALUE,
        .is_output = true,
        .output = (int) (to - s->outputs),
        .suppresses = node_of(e, "suppresses") != NULL ? e->suppresses == 1 : is_mist,
    };
    memcpy(s->sensors[to->sensor].id, to->id, sizeof(to->id));
    memcpy(s->sensors[to->sensor].name, to->name, sizeof(to->name));
}

/* ---- boards ---- */

static struct sw_board_field field_of(const struct output_conf *e, const char *key, const struct sw_board_field *read)
{
    struct sw_board_field f = *read;

    if (sw_node_get(node_of(e, "registers"), key) == NULL)
        f.reg_addr = -1;
    return f;
}

static void take_board(struct site_conf *c, const struct output_conf *e, struct sw_output_setup *to)
{
    static const char *const relay_keys[] = {
        "line",    "active_low",      "coil",       "register", "on_value",    "off_value",  "on",
        "watches", "longest_on",      "rest",       "hold",     "frost_below", "wind_above", "temperature",
        "wind",    "weather_max_age", "suppresses", "at_stop",  NULL};
    struct sw_guess guess = {.typed = e->sensor_id};
    char near[160];

    refuse_keys(c, e, relay_keys, "a board");
    to->sensor = to->temp = to->wind = -1;
    to->shows = e->sensor_id[0] != '\0' ? find_sensor(c->site, e->sensor_id) : -1;
    to->every_us = e->every_ms * SW_US_PER_MS;
    to->level = field_of(e, "level", &e->o.level);
    to->limit = field_of(e, "limit", &e->o.limit);
    to->state = field_of(e, "state", &e->o.state);
    if (node_of(e, "bus") == NULL)
        sw_fault_at_key(c->faults, e->item.node, "'%s' lacks the key 'bus': where the board is connected", to->id);
    to->bus = find_bus(c, e);
    to->unit_id = (uint8_t) e->unit_id;
    if (to->bus >= 0)
        check_address(c, e, &c->site->buses[to->bus]);
    if (node_of(e, "sensor") == NULL)
        sw_fault_at_key(c->faults, e->item.node, "'%s' lacks the key 'sensor': whose level it shows", to->id);
    for (size_t i = 0; i < c->site->n_sensors; i++)
        if (c->site->sensors[i].kind != SW_KIND_INPUT)
            sw_guess_offer(&guess, c->site->sensors[i].id);
    if (to->shows < 0 && e->sensor_id[0] != '\0')
        sw_fault_at(c->faults, node_of(e, "sensor"), "no sensor is named '%s'%s", e->sensor_id,
                    sw_guess_text(&guess, near, sizeof(near)));
    else if (to->shows >= 0 && c->site->sensors[to->shows].kind == SW_KIND_INPUT)
        sw_fault_at(c->faults, node_of(e, "sensor"), "'%s' has no level: it is a 0/1 input", e->sensor_id);
    if (to->level.reg_addr < 0 && to->limit.reg_addr < 0 && to->state.reg_addr < 0)
        sw_fault_at_key(c->faults, e->item.node, "'%s' needs 'registers': level, limit or state", to->id);
}

static void take_relay(struct site_conf *c, const struct output_conf *e, struct sw_output_setup *to)
{
    static const char *const board_keys[] = {"sensor", "registers", "every", NULL};

    refuse_keys(c, e, board_keys, "a relay");
    to->shows = -1;
    connect(c, e, to);
    take_watches(c, e, to);
    take_rule(c, e, to);
    add_sensor(c, e, to);
}

bool sw_conf_has_output_on(const struct site_conf *c, const char *bus_id)
{
    const struct output_conf *entries = c->outputs.items;

    for (size_t i = 0; i < c->outputs.n; i++)
        if (strcmp(entries[i].bus_id, bus_id) == 0)
            return true;
    return false;
}

void sw_conf_outputs(struct site_conf *c)
{
    const struct output_conf *entries = c->outputs.items;
    struct sw_site *s = c->site;

    s->outputs = calloc(c->outputs.n + 1, sizeof(*s->outputs));
    if (s->outputs == NULL || c->no_memory) {
        c->no_memory = true;
        return;
    }
    for (size_t i = 0; i < c->outputs.n && i < SW_OUTPUTS_MAX; i++) {
        const struct output_conf *e = &entries[i];
        struct sw_output_setup *to = &s->outputs[s->n_outputs++];

        *to = e->o;
        (void) snprintf(to->id, sizeof(to->id), "%.64s", e->item.id);
        if (to->name[0] == '\0')
            (void) snprintf(to->name, sizeof(to->name), "%s", to->id);
        if (node_of(e, "kind") == NULL) /* told already */
            continue;
        if (to->kind == SW_OUTPUT_BOARD)
            take_board(c, e, to);
        else
            take_relay(c, e, to);
    }
}
