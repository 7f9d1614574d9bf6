// SPDX-License-Identifier: Apache-2.0
/* The keys of an output: mist cannon, warning light, LED board. What they mean together is left to check_outputs.c. */
#include "config/conf.h"

static const struct sw_word kinds[] = {
    {"mist", SW_OUTPUT_MIST}, {"light", SW_OUTPUT_LIGHT}, {"board", SW_OUTPUT_BOARD}, {NULL, 0}};
static const struct sw_word on_words[] = {
    {"forecast", SW_OUTPUT_ON_FORECAST}, {"alerting", SW_OUTPUT_ON_ALERTING}, {NULL, 0}};
static const struct sw_word stop_words[] = {{"off", false}, {"leave", true}, {NULL, 0}};
static const struct sw_word suppresses_words[] = {{"dust", 1}, {"none", 0}, {NULL, 0}};

#define FIELD_ROWS(field, factor)                                                                                      \
    {"register",      SW_ROW_INT,                                                                                      \
     SW_ROW_REQUIRED, SW_AT(output_conf, o.field.reg_addr),                                                            \
     .max = 65535,    .help = "address from 0, as on the wire"},                                                       \
        {"scale",                                                                                                      \
         SW_ROW_NUMBER,                                                                                                \
         0,                                                                                                            \
         SW_AT(output_conf, o.field.scale),                                                                            \
         .min = 0.001,                                                                                                 \
         .max = 1000,                                                                                                  \
         .dflt = (factor),                                                                                             \
         .help = "register = value * scale"},                                                                          \
        {"unknown",                                                                                                    \
         SW_ROW_INT,                                                                                                   \
         0,                                                                                                            \
         SW_AT(output_conf, o.field.unknown),                                                                          \
         .max = 65535,                                                                                                 \
         .dflt = "65535",                                                                                              \
         .help = "written when there is no value"},                                                                    \
    {                                                                                                                  \
        0                                                                                                              \
    }

static const struct sw_row level_rows[] = {FIELD_ROWS(level, "10")};
static const struct sw_row limit_rows[] = {FIELD_ROWS(limit, "10")};
static const struct sw_row state_rows[] = {FIELD_ROWS(state, "1")};

static const struct sw_row register_rows[] = {
    {"level", SW_ROW_MAP, .of = level_rows, .help = "what the limit is compared with"},
    {"limit", SW_ROW_MAP, .of = limit_rows, .help = "in force now"},
    {"state", SW_ROW_MAP, .of = state_rows, .help = "0 normal, 1 close to the limit, 2 over, 3 no data"},
    {0},
};

const struct sw_row sw_output_rows[] = {
    {"kind", SW_ROW_ENUM, SW_ROW_REQUIRED, SW_AT(output_conf, o.kind), .words = kinds,
     .help = "mist (water), light, or board (LED display)"},
    {"name", SW_ROW_TEXT, 0, SW_AT(output_conf, o.name), .min = 1, .help = "for people; default: the id"},
    {"line", SW_ROW_TEXT, 0, SW_AT(output_conf, line), .min = 1,
     .help = "relay on a line of the machine: gpiochip0:5; for a trial file:FOLDER:5"},
    {"active_low", SW_ROW_BOOL, 0, SW_AT(output_conf, is_active_low), .dflt = "false",
     .help = "the relay is on when the line is low"},
    {"bus", SW_ROW_ID, 0, SW_AT(output_conf, bus_id), .help = "relay or board on a bus: which"},
    {"address", SW_ROW_INT, 0, SW_AT(output_conf, unit_id), .max = 255, .help = "Modbus unit id"},
    {"coil", SW_ROW_INT, 0, SW_AT(output_conf, coil), .max = 65535, .help = "of the relay, address from 0"},
    {"register", SW_ROW_INT, 0, SW_AT(output_conf, reg_addr), .max = 65535,
     .help = "instead of a coil: holding register of the relay, address from 0"},
    {"on_value", SW_ROW_INT, 0, SW_AT(output_conf, o.on_value), .max = 65535, .dflt = "1",
     .help = "of the register when on"},
    {"off_value", SW_ROW_INT, 0, SW_AT(output_conf, o.off_value), .max = 65535, .dflt = "0",
     .help = "of the register when off"},
    {"on", SW_ROW_ENUM, 0, SW_AT(output_conf, o.rule.on), .dflt = "alerting", .words = on_words,
     .help = "from which state of a watched sensor on: forecast (a limit will be passed) or alerting (it is)"},
    {"watches", SW_ROW_NODE, 0, SW_AT(output_conf, watches),
     .json = "[{\"enum\":[\"dust\",\"noise\"]},{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"string\"}}]",
     .help = "sensors it follows: dust, noise, or a list of ids"},
    {"longest_on", SW_ROW_DURATION_MS, 0, SW_AT(output_conf, longest_on_ms), .min = 1000, .max = 86400e3,
     .help = "it goes off after this, whatever asks for it; default of mist 10m, of a light none"},
    {"rest", SW_ROW_DURATION_MS, 0, SW_AT(output_conf, rest_ms), .max = 86400e3,
     .help = "least time off before it goes on again; default of mist 5m"},
    {"hold", SW_ROW_DURATION_MS, 0, SW_AT(output_conf, hold_ms), .max = 3600e3, .dflt = "30s",
     .help = "it stays on so long after nothing asks for it any more"},
    {"frost_below", SW_ROW_CENTI, 0, SW_AT(output_conf, o.rule.frost_below), .min = -50, .max = 50, .unit = "degC",
     .help = "off when it is colder, and when nobody knows how cold it is"},
    {"wind_above", SW_ROW_CENTI, 0, SW_AT(output_conf, o.rule.wind_above), .min = 0, .max = 60, .unit = "m/s",
     .help = "off when the wind is stronger, and when nobody knows how strong it is"},
    {"temperature", SW_ROW_ID, 0, SW_AT(output_conf, temp_id),
     .help = "sensor for frost_below; default: the only one outside"},
    {"wind", SW_ROW_ID, 0, SW_AT(output_conf, wind_id), .help = "sensor for wind_above; default: the only one outside"},
    {"weather_max_age", SW_ROW_DURATION_MS, 0, SW_AT(output_conf, max_age_ms), .min = 1000, .max = 6 * 3600e3,
     .dflt = "10m", .help = "an older reading is none"},
    {"suppresses", SW_ROW_ENUM, 0, SW_AT(output_conf, suppresses), .words = suppresses_words,
     .help = "dust windows say how long it was on; default of mist: dust"},
    {"at_stop", SW_ROW_ENUM, 0, SW_AT(output_conf, o.leaves_at_stop), .dflt = "off", .words = stop_words,
     .help = "when the gateway is stopped in order: off, or leave it as it is"},
    {"sensor", SW_ROW_ID, 0, SW_AT(output_conf, sensor_id), .help = "of a board: whose level it shows"},
    {"registers", SW_ROW_MAP, .of = register_rows, .help = "of a board: what is written where"},
    {"every", SW_ROW_DURATION_MS, 0, SW_AT(output_conf, every_ms), .min = 1000, .max = 3600e3, .dflt = "10s",
     .help = "of a board: written anew so often; changes at once"},
    {0},
};
