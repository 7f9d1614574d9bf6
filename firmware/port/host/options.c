// SPDX-License-Identifier: Apache-2.0
/* Reads and checks the command line; opens nothing. */
#include "firmware/port/host/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ident.h"
#include "common/timefmt.h"

const char sw_node_help[] =
    "siteward-node: a sensor node, or a whole bus of them, on this machine\n"
    "\n"
    "Examples:\n"
    "  siteward-node --scenario night-pour/node.ndjson --pty bus.pty \\\n"
    "                --sim-epoch 2026-03-02T21:36:00+08:00 --sim-speed 20\n"
    "  siteward-node --csv readings.csv --csv-unit north-gate-noise=1 --tcp 127.0.0.1:0\n"
    "  siteward-node --tcp 127.0.0.1:1502 --map 1=ramp          (125 moving registers)\n"
    "  echo 'fault 2 silent' | socat - UNIX-CONNECT:node.ctl    (with --control node.ctl)\n"
    "\n"
    "What is measured:\n"
    "  --scenario FILE       NDJSON rows of values, ramps and faults\n"
    "  --csv FILE            recorded readings (ts,sensor,quantity,value,flag)\n"
    "  --csv-unit SENSOR=UNIT  the unit that shows a sensor of the recording; repeat it\n"
    "  --units LIST          units that are there though nothing is said of them: 1,3,10-20\n"
    "  --map UNIT=NAME       register map: siteward-node, rs-zs-bz, rs-fsjt, ramp; repeat it\n"
    "  --baud N              what holding register 1 tells (default 9600)\n"
    "Where it is read:\n"
    "  --pty LINK            Modbus RTU on a pseudo-terminal with a link to it; - makes no link\n"
    "  --tcp HOST:PORT       Modbus TCP; port 0 takes a free one\n"
    "  --control PATH        unix socket for lines such as: fault 2 exception 4\n"
    "Clock (as for sitewardd):\n"
    "  --sim-epoch TIME      domain time at the origin, RFC 3339 with offset\n"
    "  --sim-speed N         domain seconds a real second (default 1)\n"
    "  --sim-origin US       CLOCK_MONOTONIC at which the epoch is (default now)\n"
    "\n"
    "One line \"ready pty=… tcp=…\" on stdout tells when it serves. SIGTERM and SIGINT end it.\n";

enum option_id {
    OPT_SCENARIO = 256,
    OPT_CSV,
    OPT_CSV_UNIT,
    OPT_UNITS,
    OPT_MAP,
    OPT_BAUD,
    OPT_PTY,
    OPT_TCP,
    OPT_CONTROL,
    OPT_EPOCH,
    OPT_SPEED,
    OPT_ORIGIN,
    OPT_HELP,
    OPT_VERSION
};

static const struct option long_options[] = {
    {"scenario", required_argument, NULL, OPT_SCENARIO},
    {"csv", required_argument, NULL, OPT_CSV},
    {"csv-unit", required_argument, NULL, OPT_CSV_UNIT},
    {"units", required_argument, NULL, OPT_UNITS},
    {"map", required_argument, NULL, OPT_MAP},
    {"baud", required_argument, NULL, OPT_BAUD},
    {"pty", required_argument, NULL, OPT_PTY},
    {"tcp", required_argument, NULL, OPT_TCP},
    {"control", required_argument, NULL, OPT_CONTROL},
    {"sim-epoch", required_argument, NULL, OPT_EPOCH},
    {"sim-speed", required_argument, NULL, OPT_SPEED},
    {"sim-origin", required_argument, NULL, OPT_ORIGIN},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {0},
};

struct clock_words {
    const char *epoch;
    double speed;
    int64_t origin_us; /* -1 = now */
    bool has_speed;
};

/* A whole number in [min, max]; *end behind it. */
static bool read_int(const char *text, char **end, int64_t min, int64_t max, int64_t *ret)
{
    errno = 0;
    const long long n = strtoll(text, end, 10);

    if (*end == text || errno || n < min || n > max)
        return false;
    *ret = n;
    return true;
}

static int read_units(const char *list, struct sw_node_options *o, struct sw_err *err)
{
    for (const char *p = list;;) {
        int64_t first, last;
        char *end;

        if (!read_int(p, &end, 1, SW_SIM_UNIT_MAX, &first))
            break;
        last = first;
        if (*end == '-' && !read_int(end + 1, &end, first, SW_SIM_UNIT_MAX, &last))
            break;
        for (int64_t u = first; u <= last; u++)
            o->unit_exists[u] = true;
        if (*end == '\0')
            return SW_OK;
        if (*end != ',')
            break;
        p = end + 1;
    }
    return sw_err_set(err, SW_E_INVAL, 0, "--units \"%.60s\": write unit ids 1 … %d as 1,3,10-20", list,
                      SW_SIM_UNIT_MAX);
}

static int read_map(const char *text, struct sw_node_options *o, struct sw_err *err)
{
    int64_t unit_id;
    char *end;

    if (!read_int(text, &end, 1, SW_SIM_UNIT_MAX, &unit_id) || *end != '=')
        return sw_err_set(err, SW_E_INVAL, 0, "--map \"%.60s\": write UNIT=NAME, such as 3=rs-fsjt", text);
    const int map = sw_sim_map_from_name(end + 1);

    if (map < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "--map: there is no register map \"%.40s\"; there are %s", end + 1,
                          sw_sim_map_names());
    o->unit_map[unit_id] = map;
    o->unit_exists[unit_id] = true;
    return SW_OK;
}

static int read_csv_unit(const char *text, struct sw_node_options *o, struct sw_err *err)
{
    const char *equals = strrchr(text, '=');
    int64_t unit_id;
    char *end;

    if (!equals || !read_int(equals + 1, &end, 1, SW_SIM_UNIT_MAX, &unit_id) || *end)
        return sw_err_set(err, SW_E_INVAL, 0, "--csv-unit \"%.80s\": write SENSOR=UNIT, such as north-gate-noise=1",
                          text);
    if (o->n_csv_units == SW_SIM_UNIT_MAX)
        return sw_err_set(err, SW_E_FULL, 0, "--csv-unit: more than %d", SW_SIM_UNIT_MAX);
    struct sw_csv_unit *m = &o->csv_units[o->n_csv_units];

    snprintf(m->sensor, sizeof(m->sensor), "%.*s", (int) SW_MIN(equals - text, SW_ID_SIZE), text);
    if (equals - text >= SW_ID_SIZE || !sw_id_is_valid(m->sensor))
        return sw_err_set(err, SW_E_INVAL, 0, "--csv-unit: \"%.*s\" is no sensor id", (int) SW_MIN(equals - text, 80),
                          text);
    m->unit_id = (uint8_t) unit_id;
    o->unit_exists[unit_id] = true;
    o->n_csv_units++;
    return SW_OK;
}

static int read_clock_word(int id, const char *text, struct clock_words *w, struct sw_err *err)
{
    char *end;

    switch (id) {
    case OPT_EPOCH:
        w->epoch = text;
        return SW_OK;
    case OPT_SPEED:
        w->speed = strtod(text, &end);
        w->has_speed = true;
        if (end == text || *end)
            return sw_err_set(err, SW_E_INVAL, 0, "--sim-speed \"%.40s\" is not a number", text);
        return SW_OK;
    default:
        if (!read_int(text, &end, 0, INT64_MAX, &w->origin_us) || *end)
            return sw_err_set(err, SW_E_INVAL, 0, "--sim-origin \"%.40s\" is no number of microseconds", text);
        return SW_OK;
    }
}

static int read_one(int id, char *text, struct sw_node_options *o, struct clock_words *w, struct sw_err *err)
{
    int64_t n;
    char *end;

    switch (id) {
    case OPT_SCENARIO:
        o->scenario = text;
        return SW_OK;
    case OPT_CSV:
        o->csv = text;
        return SW_OK;
    case OPT_PTY:
        o->pty = text;
        return SW_OK;
    case OPT_TCP:
        o->tcp = text;
        return SW_OK;
    case OPT_CONTROL:
        o->control = text;
        return SW_OK;
    case OPT_CSV_UNIT:
        return read_csv_unit(text, o, err);
    case OPT_UNITS:
        return read_units(text, o, err);
    case OPT_MAP:
        return read_map(text, o, err);
    case OPT_BAUD:
        if (!read_int(text, &end, 300, 921600, &n) || *end)
            return sw_err_set(err, SW_E_INVAL, 0, "--baud \"%.40s\" is not in 300 … 921600", text);
        o->baud = (uint32_t) n;
        return SW_OK;
    case OPT_HELP:
        o->wants_help = true;
        return SW_OK;
    case OPT_VERSION:
        o->wants_version = true;
        return SW_OK;
    default:
        return read_clock_word(id, text, w, err);
    }
}

static int make_clock(const struct clock_words *w, struct sw_clock *ret, struct sw_err *err)
{
    int64_t epoch_us;

    if (!w->epoch) {
        if (w->has_speed || w->origin_us >= 0)
            return sw_err_set(err, SW_E_INVAL, 0, "--sim-speed and --sim-origin mean nothing without --sim-epoch");
        sw_clock_init_real(ret);
        return SW_OK;
    }
    if (sw_time_parse(w->epoch, strlen(w->epoch), &epoch_us, err) < 0)
        return sw_err_prefix(err, "--sim-epoch");
    return sw_clock_init_simulated(ret, epoch_us, w->speed, w->origin_us >= 0 ? w->origin_us : sw_mono_real_us(), err);
}

static int check_together(const struct sw_node_options *o, struct sw_err *err)
{
    if (!o->pty && !o->tcp)
        return sw_err_set(err, SW_E_INVAL, 0, "nobody could read it: give --pty or --tcp");
    if (o->csv && o->n_csv_units == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "--csv needs at least one --csv-unit SENSOR=UNIT");
    if (!o->csv && o->n_csv_units > 0)
        return sw_err_set(err, SW_E_INVAL, 0, "--csv-unit means nothing without --csv");
    if (o->scenario)
        return SW_OK;
    for (int u = 1; u <= SW_SIM_UNIT_MAX; u++)
        if (o->unit_exists[u])
            return SW_OK;
    return sw_err_set(err, SW_E_INVAL, 0, "there would be no unit: give --scenario, --csv, --units or --map");
}

int sw_node_options_parse(int argc, char **argv, struct sw_node_options *ret, struct sw_err *err)
{
    struct clock_words words = {.speed = 1.0, .origin_us = -1};
    int id;

    memset(ret, 0, sizeof(*ret));
    ret->baud = 9600;
    for (int u = 0; u <= SW_SIM_UNIT_MAX; u++)
        ret->unit_map[u] = -1;
    opterr = 0;
    while ((id = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (id == '?' || id == ':')
            return sw_err_set(err, SW_E_INVAL, 0, "%s: %s", argv[optind - 1],
                              id == '?' ? "there is no such option, see --help" : "an argument is missing");
        if (read_one(id, optarg, ret, &words, err) < 0)
            return err ? err->code : SW_E_INVAL;
    }
    if (optind < argc)
        return sw_err_set(err, SW_E_INVAL, 0, "\"%.80s\" is not understood, see --help", argv[optind]);
    if (ret->wants_help || ret->wants_version)
        return SW_OK;
    const int rc = make_clock(&words, &ret->clock, err);

    return rc < 0 ? rc : check_together(ret, err);
}
