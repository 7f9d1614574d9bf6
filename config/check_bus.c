// SPDX-License-Identifier: Apache-2.0
/* Buses and devices of a site: which line, which address, which template. Adds faults and goes on. */
#include "config/conf.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/text.h"

#define UNIT_IDS 256

/* ---- buses ---- */

static void refuse_key(struct site_conf *c, const struct bus_conf *b, const char *key, const char *kind)
{
    const struct sw_node *n = sw_node_get(b->item.node, key);

    if (n != NULL)
        sw_fault_at_key(c->faults, n, "'%s' has no meaning on a bus of kind %s", key, kind);
}

static void need_key(struct site_conf *c, const struct bus_conf *b, const char *key, const char *what)
{
    if (sw_node_get(b->item.node, key) == NULL)
        sw_fault_at_key(c->faults, b->item.node, "'%s' lacks the key '%s': %s", b->item.id, key, what);
}

/* A number of the kernel's, given in the order of plugging: another after the next start. */
static void check_stable(struct site_conf *c, const struct sw_node *port, const char *path)
{
    static const char folder[] = "/dev/serial/by-id";
    char *real, *target, link[sizeof(folder) + 256], name[SW_PATH_SIZE] = "";
    DIR *dir;

    if (strncmp(path, "/dev/ttyUSB", 11) != 0 && strncmp(path, "/dev/ttyACM", 11) != 0)
        return;
    real = realpath(path, NULL);
    dir = real != NULL ? opendir(folder) : NULL;
    for (struct dirent *e; dir != NULL && name[0] == '\0' && (e = readdir(dir)) != NULL;) {
        (void) snprintf(link, sizeof(link), "%s/%s", folder, e->d_name);
        target = e->d_name[0] != '.' ? realpath(link, NULL) : NULL;
        if (target != NULL && strcmp(target, real) == 0)
            (void) snprintf(name, sizeof(name), "%s", link);
        free(target);
    }
    if (dir != NULL)
        closedir(dir);
    free(real);
    sw_warning_at(c->faults, port, "'port' %.60s may be another adapter after the next start: use %s", path,
                  name[0] != '\0' ? name : "its name in /dev/serial/by-id");
}

static void check_rtu(struct site_conf *c, const struct bus_conf *b, struct sw_bus_conf *to)
{
    const struct sw_node *port = sw_node_get(b->item.node, "port");
    const struct sw_row row = {"port", SW_ROW_PATH, .size = sizeof(to->port)};
    char why[256];

    need_key(c, b, "port", "the serial device");
    refuse_key(c, b, "host", "rtu");
    if (port != NULL && port->kind == SW_NODE_SCALAR && !sw_node_is_null(port) &&
        !sw_value_read(&row, port, to->port, why, sizeof(why)))
        sw_fault_at(c->faults, port, "'port' %s", why);
    else
        check_stable(c, port, to->port);
}

static void check_tcp(struct site_conf *c, const struct bus_conf *b, struct sw_bus_conf *to, const char *kind)
{
    const struct sw_node *port = sw_node_get(b->item.node, "port");
    const struct sw_row row = {"port", SW_ROW_INT, .size = sizeof(to->tcp_port), .min = 1, .max = 65535};
    char why[256];

    need_key(c, b, "host", "name or address of the converter or device");
    refuse_key(c, b, "rs485", kind);
    if (to->kind == SW_BUS_TCP) {
        refuse_key(c, b, "baud", kind);
        refuse_key(c, b, "format", kind);
    } else { /* of the line behind the box: how long frames take there */
        to->serial.baud = to->serial.baud != 0 ? to->serial.baud : 9600;
        if (to->serial.parity == '\0')
            to->serial = (struct sw_serial){to->serial.baud, 'N', 8, 1};
    }
    to->port[0] = '\0';
    to->tcp_port = 502;
    if (port != NULL && !sw_value_read(&row, port, &to->tcp_port, why, sizeof(why)))
        sw_fault_at(c->faults, port, "'port' %s", why);
}

void sw_conf_buses(struct site_conf *c)
{
    const struct bus_conf *buses = c->buses.items;
    struct sw_site *s = c->site;

    s->buses = calloc(c->buses.n + 1, sizeof(*s->buses));
    if (s->buses == NULL) {
        c->no_memory = true;
        return;
    }
    for (size_t i = 0; i < c->buses.n; i++) {
        const struct sw_node *kind = sw_node_get(buses[i].item.node, "kind");
        struct sw_bus_conf *to = &s->buses[s->n_buses++];

        *to = buses[i].b;
        (void) snprintf(to->id, sizeof(to->id), "%.64s", buses[i].item.id);
        if (kind == NULL || kind->kind != SW_NODE_SCALAR)
            continue;
        if (strcmp(kind->text, "rtu") == 0)
            check_rtu(c, &buses[i], to);
        else if (strcmp(kind->text, "tcp") == 0 || strcmp(kind->text, "rtu-tcp") == 0)
            check_tcp(c, &buses[i], to, kind->text);
    }
}

/* ---- templates ---- */

static void load_template(struct site_conf *c, const struct device_conf *d)
{
    struct sw_site *s = c->site;
    struct sw_guess guess = {.typed = d->template_id};
    char path[SW_PATH_SIZE + 100], near[160], sha256[65] = "";
    struct sw_err err = {0};

    if (!sw_share_find(&c->share, SW_SHARE_TEMPLATE, d->template_id, path, sizeof(path))) {
        sw_share_offer(&c->share, SW_SHARE_TEMPLATE, &guess);
        sw_fault_at(c->faults, sw_node_get(d->item.node, "template"), "unknown template '%s'%s", d->template_id,
                    sw_guess_text(&guess, near, sizeof(near)));
        return;
    }
    const int rc = sw_template_read(path, c->faults, &s->templates[s->n_templates], sha256, &err);
    if (rc == SW_OK) {
        s->n_templates++;
        sw_conf_add_digest(c, sha256);
    } else if (rc == SW_E_IO) {
        sw_fault_add(c->faults, path, 0, 0, "%s", err.msg);
    } else if (rc == SW_E_NOMEM) {
        c->no_memory = true;
    }
}

static const struct sw_template *find_template(const struct sw_site *s, const char *id)
{
    for (size_t i = 0; i < s->n_templates; i++)
        if (strcmp(s->templates[i].id, id) == 0)
            return &s->templates[i];
    return NULL;
}

/* Each template once, before any device points at one; a wrong id is told at every device that has it. */
static void load_templates(struct site_conf *c)
{
    const struct device_conf *devices = c->devices.items;

    for (size_t i = 0; i < c->devices.n; i++) {
        const char *id = devices[i].template_id;
        char path[SW_PATH_SIZE + 100];
        bool is_new = id[0] != '\0' && find_template(c->site, id) == NULL;

        for (size_t k = 0; k < i && is_new; k++) /* one that exists and is faulty was told about already */
            if (strcmp(devices[k].template_id, id) == 0 &&
                sw_share_find(&c->share, SW_SHARE_TEMPLATE, id, path, sizeof(path)))
                is_new = false;
        if (is_new)
            load_template(c, &devices[i]);
    }
}

/* ---- devices ---- */

static int find_bus(struct site_conf *c, const struct device_conf *d)
{
    const struct sw_node *n = sw_node_get(d->item.node, "bus");
    struct sw_guess guess = {.typed = d->bus_id};
    char near[160];

    if (n == NULL && find_template(c->site, d->template_id) == NULL && sw_node_get(d->item.node, "line") != NULL)
        return -1; /* an input line needs no bus; that its template is unknown was told */
    if (n == NULL) {
        sw_fault_at_key(c->faults, d->item.node, "'%s' lacks the key 'bus': where the device is connected", d->item.id);
        return -1;
    }
    if (d->bus_id[0] == '\0') /* no id: told already */
        return -1;
    for (size_t i = 0; i < c->site->n_buses; i++) {
        if (strcmp(c->site->buses[i].id, d->bus_id) == 0)
            return (int) i;
        sw_guess_offer(&guess, c->site->buses[i].id);
    }
    sw_fault_at(c->faults, n, "unknown bus '%s'%s", d->bus_id, sw_guess_text(&guess, near, sizeof(near)));
    return -1;
}

/* RTU: 1–247 (0 is the broadcast, which nobody answers). TCP: 0–247, and 255 for the device itself. */
static void check_address(struct site_conf *c, const struct device_conf *d, int bus, struct sw_device_conf *to,
                          const struct sw_node *taken[][UNIT_IDS])
{
    const struct sw_node *n = sw_node_get(d->item.node, "address");
    const bool is_tcp = c->site->buses[bus].kind == SW_BUS_TCP;
    const unsigned factory = to->template_ != NULL ? to->template_->unit_id : 0;
    const unsigned id = n == NULL ? factory : d->d.unit_id;
    char why[8];
    const struct sw_row row = {"address", SW_ROW_INT, .max = 255};

    if (n == NULL && (factory == 0 || bus < 0)) {
        if (to->template_ != NULL)
            sw_fault_at_key(c->faults, d->item.node,
                            "'%s' lacks the key 'address': Modbus unit id, which the template does not name",
                            d->item.id);
        return;
    }
    if (n != NULL && !sw_value_read(&row, n, NULL, why, sizeof(why))) /* told already */
        return;
    to->unit_id = (uint8_t) id;
    n = n != NULL ? n : d->item.node;
    if (is_tcp ? id > 247 && id != 255 : id < 1 || id > 247) {
        sw_fault_at(c->faults, n, "'address' must be %s, not %u%s",
                    is_tcp ? "0 to 247, or 255" : "1 to 247 on a serial line", id,
                    n == d->item.node ? ", which the template names: give the unit another one, and say it here" : "");
    } else if (taken[bus][id] != NULL) {
        const struct sw_node *other = taken[bus][id];

        sw_fault_at(c->faults, n, "address %u on bus '%s' is taken by '%s' in line %u", id, c->site->buses[bus].id,
                    other->key, other->key_line);
    } else {
        taken[bus][id] = d->item.node;
    }
}

static bool same_line(const struct sw_serial *a, const struct sw_serial *b)
{
    return a->baud == b->baud && a->parity == b->parity && a->data_bits == b->data_bits && a->stop_bits == b->stop_bits;
}

/* On a pair where units speak differently: what the device says, and for the rest the line. */
static void settle_own(struct sw_device_conf *to, const struct sw_serial *own, const struct sw_serial *line)
{
    struct sw_serial s = *line;

    s.baud = own->baud != 0 ? own->baud : line->baud;
    if (own->parity != '\0') {
        s.parity = own->parity;
        s.data_bits = own->data_bits;
        s.stop_bits = own->stop_bits;
    }
    to->serial = same_line(&s, line) ? (struct sw_serial){0} : s;
}

/* What the bus leaves open is taken from its first device: from its own keys, else from its template. */
static void settle_line(struct site_conf *c, const struct device_conf *d, struct sw_bus_conf *bus,
                        const struct sw_serial *template_serial, struct sw_device_conf *to)
{
    const bool is_open = bus->serial.baud == 0;
    const struct sw_serial *own = &d->d.serial;
    struct sw_serial merged = *template_serial;
    const struct sw_serial *factory = &merged;

    if (own->baud != 0)
        merged.baud = own->baud;
    if (own->parity != '\0')
        merged = (struct sw_serial){merged.baud, own->parity, own->data_bits, own->stop_bits};
    if (bus->kind != SW_BUS_RTU) {
        for (size_t i = 0; i < 2; i++) {
            const struct sw_node *n = sw_node_get(d->item.node, i ? "format" : "baud");

            if (n != NULL)
                sw_fault_at_key(c->faults, n, "'%s' has no meaning here: bus '%s' is no serial port of this machine",
                                i ? "format" : "baud", bus->id);
        }
        to->serial = (struct sw_serial){0};
        return;
    }
    if (is_open && factory->baud == 0)
        sw_fault_at_key(c->faults, d->item.node, "bus '%s' has no 'baud', and the template of '%s' names none", bus->id,
                        d->item.id);
    if (is_open)
        bus->serial.baud = factory->baud;
    if (bus->serial.parity == '\0') {
        bus->serial.parity = factory->parity;
        bus->serial.data_bits = factory->data_bits;
        bus->serial.stop_bits = factory->stop_bits;
    }
    settle_own(to, own, &bus->serial);
    if (own->baud == 0 && own->parity == '\0' && factory->baud != 0 && bus->serial.baud != 0 &&
        !same_line(&bus->serial, factory))
        sw_warning_at(c->faults, d->item.node, "'%s' leaves the factory with %d %d%c%d, the line runs at %d %d%c%d",
                      d->item.id, factory->baud, factory->data_bits, factory->parity, factory->stop_bits,
                      bus->serial.baud, bus->serial.data_bits, bus->serial.parity, bus->serial.stop_bits);
}

static void check_device(struct site_conf *c, const struct device_conf *d, const struct sw_node *taken[][UNIT_IDS],
                         size_t *count)
{
    struct sw_device_conf *to = &c->site->devices[c->site->n_devices++];
    const struct sw_template *model = find_template(c->site, d->template_id);
    const int bus = model != NULL && sw_template_is_gpio(model) ? -1 : find_bus(c, d);

    *to = d->d;
    to->is_without_matter = !d->has_matter;
    (void) snprintf(to->id, sizeof(to->id), "%.64s", d->item.id);
    if (to->name[0] == '\0')
        (void) snprintf(to->name, sizeof(to->name), "%s", to->id);
    to->template_ = find_template(c->site, d->template_id);
    to->bus = bus;
    sw_conf_contact(c, d, to);
    if (bus < 0)
        return;
    check_address(c, d, bus, to, taken);
    if (++count[bus] == SW_DEVICES_PER_BUS_MAX + 1)
        sw_fault_at_key(c->faults, d->item.node, "bus '%s' has more than %d devices", c->site->buses[bus].id,
                        SW_DEVICES_PER_BUS_MAX);
    if (to->template_ != NULL)
        settle_line(c, d, &c->site->buses[bus], &to->template_->serial, to);
}

void sw_conf_devices(struct site_conf *c)
{
    const struct device_conf *devices = c->devices.items;
    const struct bus_conf *buses = c->buses.items;
    struct sw_site *s = c->site;
    const struct sw_node *(*taken)[UNIT_IDS] = calloc(s->n_buses + 1, sizeof(*taken));
    size_t *count = calloc(s->n_buses + 1, sizeof(*count));

    s->devices = calloc(c->devices.n + 1, sizeof(*s->devices));
    s->templates = calloc(c->devices.n + 1, sizeof(*s->templates));
    if (taken == NULL || count == NULL || s->devices == NULL || s->templates == NULL) {
        c->no_memory = true;
    } else {
        load_templates(c);
        for (size_t i = 0; i < c->devices.n; i++)
            check_device(c, &devices[i], taken, count);
        for (size_t i = 0; i < s->n_buses; i++)
            if (count[i] == 0 && !sw_conf_has_output_on(c, s->buses[i].id))
                sw_warning_at(c->faults, buses[i].item.node, "no device is on bus '%s'", s->buses[i].id);
    }
    free(taken);
    free(count);
}
