// SPDX-License-Identifier: Apache-2.0
/* A site file as the rows leave it, before ids are resolved. Internal to config/: everybody else sees site.h. */
#ifndef SW_CONFIG_CONF_H
#define SW_CONFIG_CONF_H

#include "config/read.h"
#include "config/site.h"
#include "config/tree.h"

struct bus_conf {
    struct sw_item item;
    struct sw_bus_conf b; /* port as written; format with parity 0 = not given */
};

struct channel_name_conf {
    struct sw_item item;
    char id[SW_ID_SIZE];
};

struct device_conf {
    struct sw_item item;
    struct sw_device_conf d;
    bool has_matter;
    char template_id[SW_ID_SIZE], bus_id[SW_ID_SIZE];
    char line[SW_PATH_SIZE + SW_ID_SIZE + 8]; /* as written */
    struct sw_array channels;                 /* struct channel_name_conf; empty = all of the template */
};

struct sensor_conf {
    struct sw_item item;
    struct sw_sensor_conf s;
    enum sw_quantity quantity;
    int32_t interval_ms;
    int64_t max_age_ms;
    bool has_matter;
};

struct pack_name_conf {
    struct sw_item item;
    char id[SW_ID_SIZE];
    const struct sw_node *options;
    struct sw_array overrides; /* struct sw_pack_override */
};

struct serves_conf {
    struct sw_item item;
    char text[204];
};

struct stage_conf {
    struct sw_item item;
    char stage[SW_STAGE_SIZE];
    char from[11], to[11];
};

struct file_conf {
    struct sw_item item;
    char path[SW_PATH_SIZE];
};

struct host_conf {
    struct sw_item item;
    char name[SW_HOST_SIZE];
};
extern const struct sw_row sw_console_rows[]; /* rows_console.c */

struct responsibility_conf {
    struct sw_item item;
    struct sw_responsibility r;
};

struct output_conf {
    struct sw_item item;
    struct sw_output_setup o;
    char line[SW_PATH_SIZE], bus_id[SW_ID_SIZE], sensor_id[SW_ID_SIZE], temp_id[SW_ID_SIZE], wind_id[SW_ID_SIZE];
    bool is_active_low;
    int32_t coil, reg_addr, unit_id;
    int64_t longest_on_ms, rest_ms, hold_ms, max_age_ms, every_ms;
    int32_t suppresses; /* 1 dust, 0 none */
    const struct sw_node *watches;
};
extern const struct sw_row sw_output_rows[]; /* rows_outputs.c */

struct camera_on_conf {
    struct sw_item item;
    char id[SW_ID_SIZE];
};

struct camera_conf {
    struct sw_item item;
    struct sw_camera_conf c;
    struct sw_array on; /* struct camera_on_conf */
};
extern const struct sw_row sw_camera_rows[]; /* rows_cameras.c */

struct platform_conf {
    struct sw_item item;
    struct sw_platform_conf p;
};
extern const struct sw_row sw_platform_rows[], sw_mirror_rows[]; /* rows_platform.c */
/** What the keys of a broker mean together; `n` is its map. */
void sw_conf_check_broker(struct sw_faults *faults, const struct platform_conf *e, const struct sw_node *n);

struct site_conf {
    struct sw_site *site; /* what is being filled */
    struct sw_site s;     /* plain fields, copied to *site */
    char hotline_id[SW_ID_SIZE], holidays_id[SW_ID_SIZE];
    char outline[SW_PATH_SIZE];
    char suppression_id[SW_ID_SIZE], machine_id[SW_ID_SIZE];
    int64_t suppression_hold_ms;
    bool has_spray;
    const struct sw_node *days;
    struct sw_array stages, serves, schedule_files, console_hosts;
    struct platform_conf platform;
    struct sw_array mirrors; /* struct platform_conf */
    struct sw_array packs, buses, devices, sensors, responsibility, outputs, cameras;
    const struct sw_node *root;
    struct sw_share share;
    struct sw_faults *faults;
    char *digests; /* hex digests of all files read, in order */
    size_t n_digests;
    bool no_memory;
    const struct sw_zone *zone; /* threads run: only this one is known without asking the C library */
};

/** Remember a file's digest for the snapshot's own. */
void sw_conf_add_digest(struct site_conf *c, const char *sha256);

/* Each adds faults and goes on; c->no_memory is set when memory ran out. In this order: */
void sw_conf_days(struct site_conf *c);      /* holidays, named days, stages */
void sw_conf_packs(struct site_conf *c);     /* packs, hotline */
void sw_conf_day_words(struct site_conf *c); /* names of days and stages that nothing asks for */
void sw_conf_buses(struct site_conf *c);
void sw_conf_devices(struct site_conf *c); /* with their templates */
/** What a device's template says of a line: is it a contact? Part of sw_conf_devices; to->template_ is known. */
void sw_conf_contact(struct site_conf *c, const struct device_conf *d, struct sw_device_conf *to);
/** A line as it is written at a node: a relative folder of a stand-in is relative to the node's file. */
bool sw_conf_parse_line(const struct sw_node *at, const char *text, struct sw_gpio_conf *ret, char *why, size_t cap);
void sw_conf_sensors(struct site_conf *c);
void sw_conf_outputs(struct site_conf *c); /* each with a sensor of its own */
bool sw_conf_has_output_on(const struct site_conf *c, const char *bus_id);
void sw_conf_cameras(struct site_conf *c); /* after all sensors */
void sw_conf_responsibility(struct site_conf *c);
void sw_conf_inputs(struct site_conf *c);   /* suppression, machine, reference sensors */
void sw_conf_schedule(struct site_conf *c); /* files of published work */
void sw_conf_outline(struct site_conf *c);  /* edges of the site, out of its file */
void sw_conf_platform(struct site_conf *c); /* the platform and its mirrors */
void sw_conf_console(struct site_conf *c);  /* where the page is */
void sw_conf_rest(struct site_conf *c);     /* gateway id, time zone, grace, warnings */

#endif
