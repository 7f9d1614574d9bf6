// SPDX-License-Identifier: Apache-2.0
/* A site's configuration as the program uses it: one immutable snapshot, read by config/read_site.c.
 * Everything is owned by the snapshot and freed with it. */
#ifndef SW_CONFIG_SITE_H
#define SW_CONFIG_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"
#include "common/quantity.h"
#include "common/zone.h"
#include "rules/days.h"
#include "rules/output.h"
#include "rules/pack.h"
#include "rules/spray.h"
#include "sensors/gpio.h"
#include "sensors/template.h"
#include "tickets/desk.h"
#include "tickets/hotline.h"

struct sw_faults; /* config/faults.h */

#define SW_SENSOR_SLOTS 1024 /* of the hash over sensor ids: a power of two, never more than a quarter full */

enum sw_bus_kind { SW_BUS_RTU, SW_BUS_TCP, SW_BUS_RTU_TCP };
enum sw_place { SW_PLACE_BOUNDARY, SW_PLACE_REFERENCE, SW_PLACE_INDOOR, SW_PLACE_OTHER };

struct sw_bus_conf {
    char id[SW_ID_SIZE];
    enum sw_bus_kind kind;
    char port[SW_PATH_SIZE];     /* rtu: device path */
    struct sw_serial serial;     /* rtu: baud 0 = the template's default of the first device */
    bool has_rs485;              /* rtu: the driver switches the direction */
    char host[256];              /* tcp, rtu-tcp */
    int tcp_port;                /* 502 */
    int32_t response_timeout_ms; /* 300 */
};

struct sw_device_conf {
    char id[SW_ID_SIZE];
    char name[SW_NAME_SIZE];
    const struct sw_template *template_; /* in sw_site.templates */
    int bus;                             /* index */
    uint8_t unit_id;
    int32_t interval_ms;         /* polls; 0 → the template's */
    struct sw_serial serial;     /* on a pair of several settings; baud 0 = as the bus */
    int32_t response_timeout_ms; /* 0 = the longer one of bus and template */
    int32_t turnaround_ms;       /* 0 = the template's */
    int32_t retries;             /* after silence */
    bool is_contact;             /* on a line of the machine: bus -1, and the next three */
    struct sw_gpio_conf line;
    int32_t debounce_ms;
    double mm_per_pulse; /* of a tipping-bucket gauge; 0 = it is none */
    enum sw_place place;
    char zone[SW_ID_SIZE];     /* matter place; "" = the device's id */
    double lat, lon, height_m; /* NaN = not given */
    bool is_without_matter;    /* for all its sensors */
};

/** One measured channel: a channel of a device's template, or a sensor that only a replay file feeds. */
struct sw_sensor_conf {
    char id[SW_ID_SIZE];
    char name[SW_NAME_SIZE];
    int device;  /* index, -1 = fed by replay or command only */
    int channel; /* index in the template */
    enum sw_kind kind;
    enum sw_quantity level; /* what is judged: LAeq before LAF; else the one quantity */
    uint32_t quantities;    /* bit k = carries quantity k */
    int64_t interval_us;
    enum sw_place place;
    char zone[SW_ID_SIZE];
    double lat, lon, height_m;
    int32_t valid_min, valid_max; /* hundredths, of the level, from the template; SW_NO_VALUE = the quantity's own */
    int64_t flatline_us;          /* 0 = not looked at */
    int32_t fog_rh;               /* hundredths of %; SW_NO_VALUE = no rule */
    bool is_reference;            /* source: reference: fed by command or file, judged by nothing */
    int64_t max_age_us;           /* of a reference: a value holds so long */
    int32_t background;           /* hundredths; SW_NO_VALUE = none entered */
    char background_date[16], background_place[SW_NAME_SIZE];
    bool is_without_matter; /* `matter: false`: tamper, door, power or silence of it opens no ticket */
    bool is_output;         /* what an output is read back as; fed by the gateway */
    int output;             /* with is_output: index */
    bool suppresses;        /* while it is on, and for suppression.hold_us after, dust windows count as suppressed */
};

/** While this input is active and for hold_us after, dust windows count as suppressed. */
struct sw_suppression_conf {
    int sensor; /* index of a 0/1 input; -1 = none */
    int64_t hold_us;
};

#define SW_OUTPUTS_MAX 16

enum sw_output_kind { SW_OUTPUT_MIST, SW_OUTPUT_LIGHT, SW_OUTPUT_BOARD };

/** A value that a board shows. */
struct sw_board_field {
    int reg_addr;     /* -1 = not shown */
    double scale;     /* register = value · scale */
    uint16_t unknown; /* written when there is no value */
};

/** Something that the gateway switches (mist, light) or writes to (board). */
struct sw_output_setup {
    char id[SW_ID_SIZE];
    char name[SW_NAME_SIZE];
    enum sw_output_kind kind;
    int bus;                  /* index; -1 = a line of the machine */
    struct sw_gpio_conf gpio; /* with bus -1 */
    uint8_t unit_id;
    int coil, reg_addr;           /* of a relay: one of the two, the other -1 */
    uint16_t on_value, off_value; /* of the register */
    struct sw_output_conf rule;
    bool watches[SW_SENSORS_MAX]; /* by sensor index */
    int temp, wind;               /* sensors that its interlocks go by; -1 = no such interlock */
    bool leaves_at_stop;          /* it stays as it is when the program ends in order */
    int sensor;                   /* index of its own; -1 of a board */
    int shows;                    /* of a board: index of the sensor */
    int64_t every_us;             /* and how often it is written anew */
    struct sw_board_field level, limit, state;
};

#define SW_CAMERAS_MAX 16
#define SW_CAMERA_ON_MAX 16

enum sw_camera_auth { SW_CAMERA_AUTH_AUTO, SW_CAMERA_AUTH_BASIC, SW_CAMERA_AUTH_DIGEST };

/** A camera that gives a still picture over HTTP. */
struct sw_camera_conf {
    char id[SW_ID_SIZE];
    char url[512];
    char username[128], password_file[SW_PATH_SIZE], ca_file[SW_PATH_SIZE]; /* "" = none */
    enum sw_camera_auth auth;
    bool is_insecure;
    bool on_tickets; /* a ticket that opens or exceeds asks for a picture */
    size_t n_on;
    uint16_t on[SW_CAMERA_ON_MAX]; /* sensors that ask for one */
    int32_t timeout_ms, least_interval_ms;
    int64_t max_bytes;
};

#define SW_PLATFORM_ID "platform"
#define SW_MIRRORS_MAX 3 /* with the platform, as many as the outbox has receivers */

/** A broker, and how to get to it. Files are read by the uplink at each connect. "" = none. */
struct sw_platform_conf {
    bool is_set;
    char id[SW_ID_SIZE]; /* "platform", or that of the mirror */
    char url[256];       /* "mqtt://host:1883", mqtts://, ws://host:80/path, wss:// */
    int32_t version;     /* of MQTT: 5, 4 (which is 3.1.1), 0 = as the broker likes */
    char username[128], password_file[SW_PATH_SIZE];
    char ca_file[SW_PATH_SIZE], cert_file[SW_PATH_SIZE], key_file[SW_PATH_SIZE];
    char proxy[256]; /* "http://host:3128" */
    int32_t keep_alive_s;
    char root[64]; /* first word of the topics: "siteward" */
};

#define SW_CONSOLE_HOSTS_MAX 8
#define SW_HOST_SIZE 128

/** The page of the site. The files are read when the daemon begins to listen. */
struct sw_console_conf {
    char listen[64];                                             /* "127.0.0.1:8480"; "off" */
    bool is_plain;                                               /* other machines may come without TLS */
    char certificate_file[SW_PATH_SIZE], key_file[SW_PATH_SIZE]; /* "" = without TLS */
    size_t n_hosts;
    char hosts[SW_CONSOLE_HOSTS_MAX][SW_HOST_SIZE]; /* names that browsers use for it */
};

#define SW_OUTLINE_EDGES_MAX 10000
#define SW_OUTLINE_FILE_MAX (1024 * 1024)

/** An edge of the site's outline, from one corner to the next; degrees, WGS-84. */
struct sw_outline_edge {
    double lat1, lon1, lat2, lon2;
};

struct sw_site {
    char id[SW_ID_SIZE], area[16], name[SW_NAME_SIZE], address[256];
    double lat, lon;
    char *serves;                    /* streets and estates, a line each; NULL = none */
    size_t n_outline;                /* 0 = no outline */
    struct sw_outline_edge *outline; /* of all rings: inside is where a line outward crosses an odd number */
    char timezone[64];
    bool is_simulated; /* its readings are invented: every document says so, and none leaves this machine */
    char permit_no[64], owner_unit[SW_NAME_SIZE], agency_responsible[96], subdistrict[SW_NAME_SIZE];
    struct sw_zone zone;

    char gateway_id[SW_ID_SIZE], gateway_name[SW_NAME_SIZE];
    char data_dir[SW_PATH_SIZE], runtime_dir[SW_PATH_SIZE];
    int64_t store_max_bytes;                                   /* 0 = a share of the disk */
    int64_t media_max_bytes;                                   /* of the pictures together: 1 GB */
    int64_t outbox_max_bytes;                                  /* 512 MB */
    int64_t grace_us;                                          /* max(2 s, longest bus time-out) */
    int32_t store_commit_ms;                                   /* 60000 */
    int32_t store_keep_readings_days, store_keep_minutes_days; /* 90, 400 */
    int32_t backfill_rate;                                     /* 500 documents a second; 0 = no limit */
    int32_t live_interval_ms;                                  /* 5000; 0 = every reading */
    int machine;                /* index of the 0/1 input whose run time deductions count; -1 = none */
    int32_t day_ahead_s;        /* 86400: work is to be published so long before; 0 = not looked at */
    int32_t complaint_within_m; /* complaints from farther away are not about this site */
    char language[16];          /* "zh-CN" or "en" */

    size_t n_packs;
    struct sw_pack *packs; /* with the site's options put in */
    struct sw_days days;   /* holiday calendar and named days */
    struct sw_stages stages;
    struct sw_suppression_conf suppression;
    struct sw_spray_conf spray; /* water on a dust sensor */
    size_t n_outputs;
    struct sw_output_setup *outputs;
    size_t n_cameras;
    struct sw_camera_conf *cameras;
    size_t n_schedule_files;
    char (*schedule_files)[SW_PATH_SIZE]; /* absolute; .ics or .json */
    struct sw_hotline hotline;
    size_t n_templates;
    struct sw_template *templates;
    size_t n_buses;
    struct sw_bus_conf *buses;
    size_t n_devices;
    struct sw_device_conf *devices;
    size_t n_sensors;
    struct sw_sensor_conf
        *sensors; /* devices in file order, then replay-fed ones; the index is the reading's `sensor` */
    size_t n_responsibility;
    struct sw_responsibility *responsibility;
    struct sw_platform_conf platform;
    struct sw_console_conf console;
    size_t n_mirrors;
    struct sw_platform_conf mirrors[SW_MIRRORS_MAX]; /* get what goes up, and are not listened to */
    char config_sha256[65];                          /* over all files it was read from */
    uint8_t ban_days;                                /* bit i: on days.name[i] no night work is permitted */
    uint16_t sensor_slots[SW_SENSOR_SLOTS];          /* sensor index + 1 by hash of its id; filled by sw_site_index */
};

/** What a configuration was read from, as texts for programs, each on the heap. Zero-initialise, end with
 *  sw_config_seen_done. A text that would be larger than some megabytes is NULL. */
struct sw_config_seen {
    char *full, *config; /* JSON: all layers laid over each other, as written; config: without secrets, to be shown */
    char *origin;        /* JSON: pointer → the file that it was written in, or "remote" */
    char *remote;        /* JSON: what the platform set, as far as it can stand */
    size_t full_len, config_len, origin_len, remote_len;
    char remote_file[SW_PATH_SIZE + 16]; /* where that layer is */
    bool has_remote;                     /* there is one */
    bool is_remote_cut;                  /* something of it was left out, with a warning */
    char others_sha256[65];              /* over templates, packs, calendars and whatever else is no layer */
};
void sw_config_seen_done(struct sw_config_seen *s);

/** Where templates, packs and hotline packs are looked for: "$SITEWARD_SHARE", else the build's source tree or
 *  /usr/share/siteward (compiled in), in folders templates/, packs/, hotlines/. Files beside the site file win. */
struct sw_config_paths {
    const char *share_dir;   /* NULL = default */
    const char *remote_file; /* what the platform set; NULL = {gateway.data}/remote.yaml, "" = leave it out */
    const char *remote_text; /* to be read in place of that file; then nothing of it is forgiven. NULL = none */
    size_t remote_len;       /* its bytes */
    const struct sw_zone
        *zone; /* threads run: the site's time zone; another is only looked for, not loaded. NULL = none */
    struct sw_config_seen *seen; /* filled when there is no fault; NULL = nobody asks */
};

/** Folder of the built pages, found as packs are: web/ in the share folder, web/dist/ in a source tree. */
void sw_config_web_folder(const char *share_dir /* NULL = default */, char *ret, size_t cap);

/** Read a site file with its conf.d layers, what the platform set, templates and packs. Collects every fault in
 *  `faults`. What cannot stand of the platform's layer is left out with a warning; it is never a fault.
 *  @param ret  the snapshot, only when there is no fault; free with sw_site_free
 *  @return SW_OK; SW_E_INVAL there are faults (see `faults`); SW_E_IO the file cannot be read; SW_E_NOMEM */
int sw_site_read(const char *file, const struct sw_config_paths *paths, struct sw_faults *faults, struct sw_site **ret,
                 struct sw_err *err);
struct sw_site *sw_site_free(struct sw_site *s); /* NULL is fine; always returns NULL */

/** Build the hash that sw_site_sensor looks in. sw_site_read has done it; for snapshots made by hand. */
void sw_site_index(struct sw_site *s);

/** Index of a sensor by id, -1 if there is none. O(1): a hash built at load. */
int sw_site_sensor(const struct sw_site *s, const char *id, size_t len);

/** Nothing goes to another machine: it is not set, or broker and proxy are names of this one. */
bool sw_platform_is_loopback(const struct sw_platform_conf *p);

const char *sw_place_name(enum sw_place p);

#endif
