// SPDX-License-Identifier: Apache-2.0
/* Every key of a site file. Keys without a field are checked and not yet acted upon. */
#include "config/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ident.h"

#define INTERVAL_MIN_MS 10
#define INTERVAL_MAX_MS 3600e3

/* ---- texts with a form of their own ---- */

static bool refuse(char *why, size_t cap, const char *text)
{
    (void) snprintf(why, cap, "%s", text);
    return false;
}

static void keep(void *dest, size_t cap, const char *text)
{
    if (dest != NULL)
        (void) snprintf(dest, cap, "%s", text);
}

/* Six digits of GB/T 2260, or ISO 3166-2 in small letters with a suffix: "310115", "gb-cmd". */
static bool parse_area(const char *text, void *dest, char *why, size_t cap)
{
    const size_t len = strlen(text), room = sizeof(((struct sw_site *) 0)->area);
    const char *rest = text + 2;
    bool is_area = len == 6 && strspn(text, "0123456789") == 6;

    if (!is_area && len > 3 && len < room && strspn(text, "abcdefghijklmnopqrstuvwxyz") == 2 && *rest == '-')
        is_area = strspn(rest, "abcdefghijklmnopqrstuvwxyz0123456789-") == len - 2 && text[len - 1] != '-' &&
                  strstr(text, "--") == NULL;
    if (!is_area)
        return refuse(why, cap, "must be a 6-digit division code (\"310115\") or, outside China, like gb-cmd");
    keep(dest, room, text);
    return true;
}

/* A distance: "500m". Of durations m is a minute, so this is no duration. */
static bool parse_metres(const char *text, void *dest, char *why, size_t cap)
{
    char *end = NULL;
    const long metres = text[0] >= '1' && text[0] <= '9' ? strtol(text, &end, 10) : 0;
    int32_t ret;

    if (end == NULL || strcmp(end, "m") != 0 || metres < 1 || metres > 99999)
        return refuse(why, cap, "must be metres from 1m to 99999m, such as 500m");
    ret = (int32_t) metres;
    if (dest != NULL)
        memcpy(dest, &ret, sizeof ret);
    return true;
}

static bool parse_stage(const char *text, void *dest, char *why, size_t cap)
{
    if (!sw_id_is_valid(text) || strlen(text) >= SW_STAGE_SIZE)
        return refuse(why, cap, "must be 1 to 23 small letters a-z, digits and '-'");
    keep(dest, SW_STAGE_SIZE, text);
    return true;
}

/* ---- words ---- */

static const struct sw_word bus_kinds[] = {
    {"rtu", SW_BUS_RTU}, {"tcp", SW_BUS_TCP}, {"rtu-tcp", SW_BUS_RTU_TCP}, {NULL, 0}};
static const struct sw_word places[] = {{"boundary", SW_PLACE_BOUNDARY},
                                        {"reference", SW_PLACE_REFERENCE},
                                        {"indoor", SW_PLACE_INDOOR},
                                        {"other", SW_PLACE_OTHER},
                                        {NULL, 0}};
static const struct sw_word sources[] = {{"reference", true}, {NULL, 0}};
static const struct sw_word categories[] = {{"any", -1},
                                            {"noise", SW_CATEGORY_NOISE},
                                            {"dust", SW_CATEGORY_DUST},
                                            {"work", SW_CATEGORY_WORK},
                                            {"device", SW_CATEGORY_DEVICE},
                                            {NULL, 0}};

/* ---- site ---- */

static const struct sw_row site_location_rows[] = {
    {"lat", SW_ROW_NUMBER, SW_ROW_REQUIRED | SW_ROW_NAN, SW_AT(site_conf, s.lat), .min = -90, .max = 90, .unit = "deg",
     .help = "latitude, WGS-84"},
    {"lon", SW_ROW_NUMBER, SW_ROW_REQUIRED | SW_ROW_NAN, SW_AT(site_conf, s.lon), .min = -180, .max = 180,
     .unit = "deg", .help = "longitude, WGS-84"},
    {0},
};

static const struct sw_row serves_rows[] = {
    {"serves", SW_ROW_TEXT, 0, SW_AT(serves_conf, text), .min = 1, .max = 200},
    {0},
};
static const struct sw_row file_rows[] = {
    {"files", SW_ROW_PATH, 0, SW_AT(file_conf, path), .help = "iCalendar (.ics) or JSON (.json)"},
    {0},
};

static const struct sw_row stage_rows[] = {
    {"stage", SW_ROW_PARSED, SW_ROW_REQUIRED, SW_AT(stage_conf, stage), .parse = parse_stage,
     .pattern = "^[a-z0-9]([a-z0-9-]{0,21}[a-z0-9])?$", .help = "earthwork, structure, fit-out …"},
    {"from", SW_ROW_DATE, SW_ROW_REQUIRED, SW_AT(stage_conf, from), .help = "first day"},
    {"to", SW_ROW_DATE, SW_ROW_REQUIRED, SW_AT(stage_conf, to), .help = "last day"},
    {0},
};

static const struct sw_row pack_rows[] = {
    {"id", SW_ROW_ID, SW_ROW_REQUIRED, SW_AT(pack_name_conf, id), .help = "such as cn-gb12523-2025"},
    {"options", SW_ROW_NODE, 0, SW_AT(pack_name_conf, options),
     .json = "[{\"type\":\"object\",\"additionalProperties\":{\"type\":[\"string\",\"number\"]}},{\"type\":\"null\"}]",
     .help = "what the pack lets a site choose"},
    {"override", SW_ROW_MAP_BY_ID, 0, SW_AT(pack_name_conf, overrides), .max = SW_PACK_RULES_MAX,
     .of = sw_pack_override_rows, .of_size = sizeof(struct sw_pack_override),
     .help = "figures of this site in place of the pack's"},
    {0},
};

static const struct sw_row site_map_rows[] = {
    {"id", SW_ROW_ID, SW_ROW_REQUIRED, SW_AT(site_conf, s.id), .help = "never renamed: it is in every topic"},
    {"area", SW_ROW_PARSED, SW_ROW_REQUIRED, SW_AT(site_conf, s.area), .parse = parse_area,
     .pattern = "^([0-9]{6}|[a-z]{2}-[a-z0-9]+(-[a-z0-9]+)*)$", .help = "division code"},
    {"name", SW_ROW_TEXT, SW_ROW_REMOTE, SW_AT(site_conf, s.name), .min = 1, .help = "for people; default: the id"},
    {"address", SW_ROW_TEXT, 0, SW_AT(site_conf, s.address), .help = "for people"},
    {"location", SW_ROW_MAP, .of = site_location_rows, .help = "of the site"},
    {"timezone", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(site_conf, s.timezone), .min = 1,
     .help = "IANA name such as Asia/Shanghai: decides when night begins"},
    {"simulated", SW_ROW_BOOL, 0, SW_AT(site_conf, s.is_simulated), .dflt = "false",
     .help = "true: what is measured here is invented; every document says so, and only this machine may hear it"},
    {"permit_no", SW_ROW_TEXT, 0, SW_AT(site_conf, s.permit_no), .help = "number of the building permit"},
    {"owner_unit", SW_ROW_TEXT, 0, SW_AT(site_conf, s.owner_unit), .help = "who builds"},
    {"agency_responsible", SW_ROW_TEXT, 0, SW_AT(site_conf, s.agency_responsible), .help = "authority in charge"},
    {"subdistrict", SW_ROW_TEXT, 0, SW_AT(site_conf, s.subdistrict), .help = "street office"},
    {"outline", SW_ROW_PATH, 0, SW_AT(site_conf, outline), .help = "GeoJSON of the boundary: Polygon or MultiPolygon"},
    {"serves", SW_ROW_LIST, SW_ROW_SCALARS, SW_AT(site_conf, serves), .max = 100, .of = serves_rows,
     .of_size = sizeof(struct serves_conf), .help = "streets and estates that an agent may type"},
    {"stages", SW_ROW_LIST, 0, SW_AT(site_conf, stages), .max = SW_STAGES_MAX, .of = stage_rows,
     .of_size = sizeof(struct stage_conf), .help = "what is being built when"},
    {"holidays", SW_ROW_ID, 0, SW_AT(site_conf, holidays_id),
     .help = "calendar of public holidays, such as cn; absent: no day is one"},
    {"days", SW_ROW_NODE, 0, SW_AT(site_conf, days),
     .json = "[{\"type\":\"object\",\"maxProperties\":8,\"additionalProperties\":{\"anyOf\":["
             "{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
             "{\"type\":\"object\",\"required\":[\"dates\"],\"properties\":{"
             "\"dates\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
             "\"no_night_work\":{\"type\":\"boolean\"}},\"additionalProperties\":false}]}},{\"type\":\"null\"}]",
     .help = "days with a name of their own: exam: [2026-06-07], or {dates: […], no_night_work: true}"},
    {"packs", SW_ROW_LIST, SW_ROW_BARE, SW_AT(site_conf, packs), .max = SW_PACKS_MAX, .of = pack_rows,
     .of_size = sizeof(struct pack_name_conf), .help = "where the limits come from"},
    {"hotline", SW_ROW_ID, 0, SW_AT(site_conf, hotline_id), .dflt = "hotline-cn-12345",
     .help = "classes and deadlines of tickets"},
    {0},
};

static const struct sw_row gateway_rows[] = {
    {"id", SW_ROW_ID, 0, SW_AT(site_conf, s.gateway_id), .help = "default: gw-{site id}"},
    {"name", SW_ROW_TEXT, SW_ROW_REMOTE, SW_AT(site_conf, s.gateway_name), .help = "for people"},
    {"data", SW_ROW_PATH, 0, SW_AT(site_conf, s.data_dir), .dflt = "/var/lib/siteward", .help = "folder of the store"},
    {"runtime", SW_ROW_PATH, 0, SW_AT(site_conf, s.runtime_dir), .dflt = "/run/siteward",
     .help = "folder of the control socket"},
    {0},
};

static const struct sw_row store_rows[] = {
    {"commit", SW_ROW_DURATION_MS, 0, SW_AT(site_conf, s.store_commit_ms), .min = 100, .max = 600e3, .dflt = "60s",
     .help = "readings are written so often at least; tickets and closed windows at once, and the readings with them"},
    {"max", SW_ROW_SIZE, 0, SW_AT(site_conf, s.store_max_bytes), .min = 16 << 20, .max = 1e15,
     .help = "the database; above it the oldest readings go. Default: 80 % of the disk's free space at the start"},
    {"outbox_max", SW_ROW_SIZE, 0, SW_AT(site_conf, s.outbox_max_bytes), .min = 1e6, .max = 1e15, .dflt = "512MB",
     .help = "documents that wait for the platform: above it the oldest windows go, tickets and events never"},
    {"media_max", SW_ROW_SIZE, 0, SW_AT(site_conf, s.media_max_bytes), .min = 1 << 20, .max = 1e15, .dflt = "1GB",
     .help = "all pictures together; the oldest go, those of open tickets last"},
    {"keep_readings", SW_ROW_INT, 0, SW_AT(site_conf, s.store_keep_readings_days), .min = 1, .max = 36500, .dflt = "90",
     .help = "days that single readings are kept; what was measured stays proven after"},
    {"keep_minutes", SW_ROW_INT, 0, SW_AT(site_conf, s.store_keep_minutes_days), .min = 1, .max = 36500, .dflt = "400",
     .help = "days that windows are kept, of one minute too: what answers are made of"},
    {0},
};

/* ---- buses, devices, sensors ---- */

static const struct sw_row bus_rows[] = {
    {"kind", SW_ROW_ENUM, SW_ROW_REQUIRED, SW_AT(bus_conf, b.kind), .words = bus_kinds,
     .help = "rtu (serial), tcp (Modbus TCP) or rtu-tcp (a box that passes RTU frames through)"},
    {"port", SW_ROW_TEXT, 0, SW_AT(bus_conf, b.port), .min = 1,
     .help = "rtu: the device, best /dev/serial/by-id/…; tcp: the port, default 502"},
    {"baud", SW_ROW_INT, 0, SW_AT(bus_conf, b.serial.baud), .unit = "bit/s", .words = sw_baud_words,
     .help = "default: that of the first device's template"},
    {"format", SW_ROW_PARSED, 0, SW_AT(bus_conf, b.serial), .parse = sw_parse_serial_format, .pattern = "^8[NEO][12]$",
     .help = "data bits, parity, stop bits: 8N1"},
    {"host", SW_ROW_TEXT, 0, SW_AT(bus_conf, b.host), .min = 1, .help = "tcp: name or address"},
    {"rs485", SW_ROW_BOOL, 0, SW_AT(bus_conf, b.has_rs485), .dflt = "false",
     .help = "rtu: the driver switches the direction of the line; adapters that do it by themselves need nothing"},
    {"response_timeout", SW_ROW_DURATION_MS, 0, SW_AT(bus_conf, b.response_timeout_ms), .min = 10, .max = 10e3,
     .dflt = "300ms", .help = "how long a reply may take"},
    {0},
};

static const struct sw_row device_location_rows[] = {
    {"lat", SW_ROW_NUMBER, SW_ROW_REQUIRED | SW_ROW_NAN, SW_AT(device_conf, d.lat), .min = -90, .max = 90,
     .unit = "deg", .help = "latitude, WGS-84"},
    {"lon", SW_ROW_NUMBER, SW_ROW_REQUIRED | SW_ROW_NAN, SW_AT(device_conf, d.lon), .min = -180, .max = 180,
     .unit = "deg", .help = "longitude, WGS-84"},
    {0},
};

static const struct sw_row channel_name_rows[] = {
    {"channels", SW_ROW_ID, 0, SW_AT(channel_name_conf, id), .help = "a channel of the template"},
    {0},
};

static const struct sw_row device_rows[] = {
    {"template", SW_ROW_ID, SW_ROW_REQUIRED, SW_AT(device_conf, template_id), .help = "the device's model"},
    {"bus", SW_ROW_ID, 0, SW_AT(device_conf, bus_id), .help = "where it is connected"},
    {"address", SW_ROW_INT, 0, SW_AT(device_conf, d.unit_id), .max = 255,
     .help = "Modbus unit id; default: the template's"},
    {"baud", SW_ROW_INT, 0, SW_AT(device_conf, d.serial.baud), .unit = "bit/s", .words = sw_baud_words,
     .help = "on a pair where units speak at several rates; default: the bus's"},
    {"format", SW_ROW_PARSED, 0, SW_AT(device_conf, d.serial), .parse = sw_parse_serial_format,
     .pattern = "^8[NEO][12]$", .help = "on such a pair: data bits, parity, stop bits; default: the bus's"},
    {"response_timeout", SW_ROW_DURATION_MS, 0, SW_AT(device_conf, d.response_timeout_ms), .min = 10, .max = 10e3,
     .help = "how long this unit may take; default: the longer one of bus and template"},
    {"turnaround", SW_ROW_DURATION_MS, 0, SW_AT(device_conf, d.turnaround_ms), .min = 1, .max = 10e3,
     .help = "least silence after its reply; default: the template's"},
    {"retries", SW_ROW_INT, 0, SW_AT(device_conf, d.retries), .max = 5, .dflt = "0",
     .help = "after silence; each costs its neighbours two time-outs"},
    {"name", SW_ROW_TEXT, SW_ROW_REMOTE, SW_AT(device_conf, d.name), .min = 1, .help = "for people; default: the id"},
    {"place", SW_ROW_ENUM, 0, SW_AT(device_conf, d.place), .dflt = "boundary", .words = places,
     .help = "limits apply at the boundary only"},
    {"interval", SW_ROW_DURATION_MS, 0, SW_AT(device_conf, d.interval_ms), .min = INTERVAL_MIN_MS,
     .max = INTERVAL_MAX_MS, .help = "how often it is read; default: the template's"},
    {"channels", SW_ROW_LIST, SW_ROW_SCALARS, SW_AT(device_conf, channels), .min = 1, .max = SW_TEMPLATE_CHANNELS_MAX,
     .of = channel_name_rows, .of_size = sizeof(struct channel_name_conf), .help = "use only these; default: all"},
    {"zone", SW_ROW_ID, 0, SW_AT(device_conf, d.zone), .help = "devices of one zone are one place for tickets"},
    {"location", SW_ROW_MAP, .of = device_location_rows, .help = "of the device"},
    {"matter", SW_ROW_BOOL, 0, SW_AT(device_conf, has_matter), .dflt = "true",
     .help = "false: its tamper, door, power loss or silence opens no ticket"},
    {"height", SW_ROW_NUMBER, SW_ROW_NAN, SW_AT(device_conf, d.height_m), .min = -100, .max = 1000, .unit = "m",
     .help = "above ground"},
    {"line", SW_ROW_TEXT, 0, SW_AT(device_conf, line), .min = 1,
     .help = "of a contact: gpiochip0:17, or file:FOLDER:17 for a stand-in"},
    {"active", SW_ROW_ENUM, 0, SW_AT(device_conf, d.line.is_active_low), .words = sw_active_words,
     .help = "level of the line that means 1; default: the template's"},
    {"bias", SW_ROW_ENUM, 0, SW_AT(device_conf, d.line.bias), .words = sw_bias_words,
     .help = "resistor that holds the open line; default: the template's"},
    {"debounce", SW_ROW_DURATION_MS, 0, SW_AT(device_conf, d.debounce_ms), .max = 10e3,
     .help = "a level of the line counts once it has stood so long; default: the template's"},
    {"mm_per_pulse", SW_ROW_NUMBER, 0, SW_AT(device_conf, d.mm_per_pulse), .min = 0.001, .max = 10, .unit = "mm",
     .help = "rain of one tip of a tipping-bucket gauge; default: the template's"},
    {0},
};

static const struct sw_row spray_rows[] = {
    {"watch", SW_ROW_BOOL, 0, SW_AT(site_conf, has_spray), .dflt = "true", .help = "false: not looked for"},
    {"rh_rise", SW_ROW_CENTI, 0, SW_AT(site_conf, s.spray.rh_rise), .min = 3, .max = 60, .unit = "pct", .dflt = "10",
     .help = "humidity at the sensor rises by this"},
    {"dust_drop", SW_ROW_CENTI, 0, SW_AT(site_conf, s.spray.dust_drop), .min = 10, .max = 95, .unit = "pct",
     .dflt = "30", .help = "while dust falls by this share"},
    {"dust_from", SW_ROW_CENTI, 0, SW_AT(site_conf, s.spray.dust_from), .min = 0, .max = 1000, .unit = "ug/m3",
     .dflt = "20", .help = "with less dust a fall means nothing"},
    {"within", SW_ROW_DURATION_S, 0, SW_AT(site_conf, s.spray.within_s), .min = 60, .max = SW_SPRAY_WITHIN_MAX_S,
     .dflt = "5m", .help = "the rise takes no longer"},
    {"hold", SW_ROW_DURATION_S, 0, SW_AT(site_conf, s.spray.hold_s), .min = 60, .max = 4 * 3600, .dflt = "60m",
     .help = "suspected no longer than this"},
    {0},
};

static const struct sw_row sensor_location_rows[] = {
    {"lat", SW_ROW_NUMBER, SW_ROW_REQUIRED | SW_ROW_NAN, SW_AT(sensor_conf, s.lat), .min = -90, .max = 90,
     .unit = "deg", .help = "latitude, WGS-84"},
    {"lon", SW_ROW_NUMBER, SW_ROW_REQUIRED | SW_ROW_NAN, SW_AT(sensor_conf, s.lon), .min = -180, .max = 180,
     .unit = "deg", .help = "longitude, WGS-84"},
    {0},
};

static const struct sw_row background_rows[] = {
    {"level", SW_ROW_CENTI, SW_ROW_REQUIRED, SW_AT(sensor_conf, s.background), .min = -20, .max = 160, .unit = "dBA",
     .help = "level without the works"},
    {"date", SW_ROW_DATE, SW_ROW_REQUIRED, .offset = offsetof(struct sensor_conf, s.background_date), .size = 11,
     .help = "when it was measured"},
    {"place", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(sensor_conf, s.background_place), .min = 1,
     .help = "where it was measured"},
    {0},
};

static const struct sw_row sensor_rows[] = {
    {"quantity", SW_ROW_QUANTITY, 0, SW_AT(sensor_conf, quantity), .help = "of a sensor that replay feeds"},
    {"name", SW_ROW_TEXT, SW_ROW_REMOTE, SW_AT(sensor_conf, s.name), .min = 1, .help = "for people"},
    {"place", SW_ROW_ENUM, 0, SW_AT(sensor_conf, s.place), .dflt = "boundary", .words = places,
     .help = "limits apply at the boundary only"},
    {"interval", SW_ROW_DURATION_MS, 0, SW_AT(sensor_conf, interval_ms), .min = INTERVAL_MIN_MS, .max = INTERVAL_MAX_MS,
     .dflt = "1s", .help = "time between readings: how many a window expects"},
    {"zone", SW_ROW_ID, 0, SW_AT(sensor_conf, s.zone), .help = "sensors of one zone are one place for tickets"},
    {"location", SW_ROW_MAP, .of = sensor_location_rows, .help = "of the sensor"},
    {"height", SW_ROW_NUMBER, SW_ROW_NAN, SW_AT(sensor_conf, s.height_m), .min = -100, .max = 1000, .unit = "m",
     .help = "above ground"},
    {"source", SW_ROW_ENUM, 0, SW_AT(sensor_conf, s.is_reference), .words = sources,
     .help = "reference: fed by command or file, judged by nothing, compared with"},
    {"matter", SW_ROW_BOOL, 0, SW_AT(sensor_conf, has_matter), .dflt = "true",
     .help = "false: its tamper, door, power loss or silence opens no ticket"},
    {"max_age", SW_ROW_DURATION_MS, 0, SW_AT(sensor_conf, max_age_ms), .min = 1000, .max = 7 * 86400e3, .dflt = "2h",
     .help = "of a reference: a value holds so long"},
    {"background", SW_ROW_MAP, .of = background_rows, .help = "measured without the works: entered, never guessed"},
    {0},
};

static const struct sw_row suppression_rows[] = {
    {"input", SW_ROW_ID, 0, SW_AT(site_conf, suppression_id),
     .help = "sensor that is 1 while it runs; may be left out where an output of kind mist is"},
    {"hold", SW_ROW_DURATION_MS, 0, SW_AT(site_conf, suppression_hold_ms), .max = 86400e3, .dflt = "0s",
     .help = "it counts so long after"},
    {0},
};

/* ---- people and programs ---- */

static const struct sw_row responsibility_rows[] = {
    {"category", SW_ROW_ENUM, 0, SW_AT(responsibility_conf, r.category), .dflt = "any", .words = categories,
     .help = "what it is about"},
    {"period", SW_ROW_TEXT, 0, SW_AT(responsibility_conf, r.period), .min = 1, .help = "of a pack: day, night"},
    {"place", SW_ROW_ID, 0, SW_AT(responsibility_conf, r.place), .help = "a device, sensor or zone"},
    {"unit", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(responsibility_conf, r.who.unit), .min = 1, .help = "who must act"},
    {"person", SW_ROW_TEXT, 0, SW_AT(responsibility_conf, r.who.person), .help = "on call"},
    {"phone", SW_ROW_TEXT, 0, SW_AT(responsibility_conf, r.who.phone), .help = "of the person"},
    {"department", SW_ROW_TEXT, 0, SW_AT(responsibility_conf, r.who.department), .help = "authority"},
    {"street", SW_ROW_TEXT, 0, SW_AT(responsibility_conf, r.who.street), .help = "street office"},
    {"permit", SW_ROW_TEXT, 0, SW_AT(responsibility_conf, r.permit_no),
     .help = "building permit of the works there; default: permit_no of the site"},
    {"lead", SW_ROW_BOOL, 0, SW_AT(responsibility_conf, r.is_lead), .dflt = "false",
     .help = "answers for what fits no other line"},
    {"supervision", SW_ROW_BOOL, 0, SW_AT(responsibility_conf, r.is_supervision), .dflt = "false",
     .help = "hears of what is late"},
    {0},
};

static const struct sw_row schedule_rows[] = {
    {"files", SW_ROW_LIST, SW_ROW_SCALARS, SW_AT(site_conf, schedule_files), .max = 100, .of = file_rows,
     .of_size = sizeof(struct file_conf), .help = "hours and permits"},
    {"day_ahead", SW_ROW_DURATION_S, 0, SW_AT(site_conf, s.day_ahead_s), .max = 30 * 86400, .dflt = "24h",
     .help = "how long before it must be published"},
    {0},
};

static const struct sw_row publish_rows[] = {
    {"live_interval", SW_ROW_DURATION_MS, SW_ROW_REMOTE, SW_AT(site_conf, s.live_interval_ms), .max = INTERVAL_MAX_MS,
     .dflt = "5s", .help = "live values so often; 0s = every reading"},
    {"backfill_rate", SW_ROW_INT, SW_ROW_REMOTE, SW_AT(site_conf, s.backfill_rate), .max = 100000, .unit = "1/s",
     .dflt = "500", .help = "documents a second of a backlog after an outage; 0 = as fast as it goes"},
    {0},
};

static const struct sw_row complaints_rows[] = {
    {"within", SW_ROW_PARSED, 0, SW_AT(site_conf, s.complaint_within_m), .dflt = "500m", .parse = parse_metres,
     .pattern = "^[1-9][0-9]{0,4}m$", .help = "from farther away they are not about this site"},
    {0},
};

const struct sw_row sw_site_rows[] = {
    {"version", SW_ROW_INT, 0, .min = 1, .max = 1, .dflt = "1", .help = "of this file format"},
    {"site", SW_ROW_MAP, SW_ROW_REQUIRED, .of = site_map_rows, .help = "the construction site"},
    {"gateway", SW_ROW_MAP, .of = gateway_rows, .help = "this machine"},
    {"store", SW_ROW_MAP, .of = store_rows, .help = "the database"},
    {"buses", SW_ROW_MAP_BY_ID, 0, SW_AT(site_conf, buses), .max = SW_BUSES_MAX, .of = bus_rows,
     .of_size = sizeof(struct bus_conf), .help = "lines and converters"},
    {"devices", SW_ROW_MAP_BY_ID, 0, SW_AT(site_conf, devices), .max = SW_BUSES_MAX * SW_DEVICES_PER_BUS_MAX,
     .of = device_rows, .of_size = sizeof(struct device_conf), .help = "what has an address on a bus"},
    {"sensors", SW_ROW_MAP_BY_ID, 0, SW_AT(site_conf, sensors), .max = SW_SENSORS_MAX, .of = sensor_rows,
     .of_size = sizeof(struct sensor_conf), .help = "what a template does not say, and sensors fed by replay"},
    {"responsibility", SW_ROW_LIST, 0, SW_AT(site_conf, responsibility), .max = SW_RESPONSIBILITY_MAX,
     .of = responsibility_rows, .of_size = sizeof(struct responsibility_conf), .help = "who must act"},
    {"suppression", SW_ROW_MAP, .of = suppression_rows, .help = "mist cannon or spray: dust windows say how long"},
    {"outputs", SW_ROW_MAP_BY_ID, 0, SW_AT(site_conf, outputs), .max = SW_OUTPUTS_MAX, .of = sw_output_rows,
     .of_size = sizeof(struct output_conf), .help = "mist cannon, warning light, LED board"},
    {"cameras", SW_ROW_MAP_BY_ID, 0, SW_AT(site_conf, cameras), .max = SW_CAMERAS_MAX, .of = sw_camera_rows,
     .of_size = sizeof(struct camera_conf), .help = "still pictures when a sensor or a ticket asks"},
    {"spray", SW_ROW_MAP, .of = spray_rows, .help = "water on a dust sensor: when it is suspected"},
    {"machine", SW_ROW_ID, 0, SW_AT(site_conf, machine_id), .help = "sensor that is 1 while machines run"},
    {"schedule", SW_ROW_MAP, .of = schedule_rows, .help = "published work"},
    {"complaints", SW_ROW_MAP, .of = complaints_rows, .help = "of residents, as a hotline passes them on"},
    {"platform", SW_ROW_MAP, .offset = offsetof(struct site_conf, platform), .of = sw_platform_rows,
     .help = "where documents go; absent: the site stands alone"},
    {"mirrors", SW_ROW_MAP_BY_ID, 0, SW_AT(site_conf, mirrors), .max = SW_MIRRORS_MAX, .of = sw_mirror_rows,
     .of_size = sizeof(struct platform_conf), .help = "brokers that get the same documents and give no orders"},
    {"publish", SW_ROW_MAP, .of = publish_rows, .help = "what is sent how often"},
    {"console", SW_ROW_MAP, .of = sw_console_rows, .help = "the page on the site"},
    {0},
};
