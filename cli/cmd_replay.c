// SPDX-License-Identifier: Apache-2.0
/* `siteward replay`: recorded readings and commands through the engine, documents to stdout. Owns the order of the
 * inputs and the end of time; the judging is the engine's, the text io/document.c's. */
#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/printer.h"
#include "cli/readings.h"
#include "common/macros.h"
#include "gateway/engine.h"

#define NAME "replay"
#define OUTPUT_BUFFER (1 << 20)
#define GAP_MAX_US (SW_READINGS_GAP_MAX_DAYS * SW_S_PER_DAY * SW_US_PER_S)

static const char help[] =
    "Examples:\n"
    "  siteward replay -c site.yaml --readings night.csv\n"
    "  siteward replay -c site.yaml --readings night.csv --only ticket | jq .payload.title\n"
    "  zcat day.csv.gz | siteward replay -c site.yaml --readings - --only agg,state,ticket,event\n"
    "  siteward replay -c site.yaml --readings night.csv --commands crew.ndjson\n\n"
    "Runs recorded readings through the code that the gateway runs, as fast as it can, and prints every document\n"
    "that the gateway would have published, one JSON object a line: {\"topic\":…,\"retain\":…,\"payload\":{…}}.\n"
    "The same input gives the same bytes.\n\n"
    "  -c, --config FILE     site file (default " SW_CONFIG_DEFAULT ")\n"
    "      --readings FILE   CSV with the columns ts,sensor,quantity,value,flag in ascending time; - = stdin\n"
    "      --commands FILE   ticket commands, NDJSON: {\"topic\":\"cmd/ticket/ID/VERB\",\"payload\":{…}}\n"
    "      --only KINDS      of agg,state,event,ticket,summary,schedule,live (event: of sensors and of tickets)\n"
    "      --live            live values too\n\n"
    "A bad line is named on stderr, skipped and counted; more than 1 % of them: exit 1.\n";

struct options {
    const char *config, *readings, *commands;
    unsigned kinds;
};

/* Where one replay stands. */
struct replay {
    const struct sw_site *site;
    struct sw_engine *engine;
    struct sw_printer *printer;
    struct sw_readings *readings;
    struct sw_commands *commands;
    const char *commands_path;
    uint64_t refused; /* commands */

    bool has_reading, has_command; /* the next of each, read ahead */
    struct sw_reading reading;
    struct sw_ticket_command command;
    int64_t command_us;

    int64_t last_us;    /* ts of the last reading given to the engine; INT64_MIN = none */
    int64_t covered_us; /* its end: ts + interval, the longest where several sensors share the ts */

    struct sw_effect fx[4 * SW_EFFECTS_MIN];
};

/* @return -1 go on; else exit code */
static int parse_options(int argc, char **argv, struct options *o)
{
    enum { OPT_READINGS = 256, OPT_COMMANDS, OPT_ONLY, OPT_LIVE, OPT_STATE, OPT_SCHEDULE };
    static const struct option table[] = {
        {"config", required_argument, NULL, 'c'},
        {"readings", required_argument, NULL, OPT_READINGS},
        {"commands", required_argument, NULL, OPT_COMMANDS},
        {"only", required_argument, NULL, OPT_ONLY},
        {"live", no_argument, NULL, OPT_LIVE},
        {"state", required_argument, NULL, OPT_STATE},
        {"schedule", required_argument, NULL, OPT_SCHEDULE},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    struct sw_err err = {0};
    bool with_live = false;
    int c;

    *o = (struct options){.config = SW_CONFIG_DEFAULT, .kinds = SW_PRINT_DEFAULT};
    while ((c = getopt_long(argc, argv, "c:h", table, NULL)) != -1) {
        switch (c) {
        case 'c':
            o->config = optarg;
            break;
        case OPT_READINGS:
            o->readings = optarg;
            break;
        case OPT_COMMANDS:
            o->commands = optarg;
            break;
        case OPT_ONLY:
            if (sw_print_parse(optarg, &o->kinds, &err) < 0)
                return sw_cli_fail(NAME, "--only: %s", err.msg);
            break;
        case OPT_LIVE:
            with_live = true;
            break;
        case OPT_STATE:
            return sw_cli_fail(NAME, "--state: this version always starts with an empty ticket store; leave it out");
        case OPT_SCHEDULE:
            return sw_cli_fail(NAME, "--schedule: this version has no schedule yet: every work state is no_schedule; "
                                     "leave it out");
        case 'h':
            fputs(help, stdout);
            return sw_cli_end_output(NAME, SW_EXIT_OK);
        default:
            fputs("'siteward replay --help' shows the options.\n", stderr);
            return SW_EXIT_FAILED;
        }
    }
    if (with_live)
        o->kinds |= SW_PRINT_LIVE;
    if (optind < argc)
        return sw_cli_fail(NAME, "'%s' is one word too many; the readings are named by --readings FILE", argv[optind]);
    if (!o->readings)
        return sw_cli_fail(NAME, "--readings FILE is missing");
    return -1;
}

static void say_refusals(struct replay *r, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (r->fx[i].kind != SW_EFFECT_RESULT || r->fx[i].result.code >= 0)
            continue;
        r->refused++;
        fprintf(stderr, "%s:%zu: refused: %s\n", r->commands_path, sw_commands_line(r->commands),
                r->fx[i].result.err.msg);
    }
}

/* One input, and every document that it brings about. */
static int feed(struct replay *r, const struct sw_input *in, struct sw_err *err)
{
    bool more;
    do {
        size_t n = sw_engine_step(r->engine, in, r->fx, SW_ARRAY_SIZE(r->fx), &more);
        int code = sw_printer_effects(r->printer, r->fx, n, err);
        if (code < 0)
            return code;
        if (r->commands)
            say_refusals(r, n);
        in = NULL;
    } while (more);
    return SW_OK;
}

static int next_reading(struct replay *r, struct sw_err *err)
{
    int code = sw_readings_next(r->readings, &r->reading, err);
    r->has_reading = code == 1;
    return code < 0 ? code : SW_OK;
}

static int next_command(struct replay *r, struct sw_err *err)
{
    int code = r->commands ? sw_commands_next(r->commands, &r->command, &r->command_us, err) : 0;
    r->has_command = code == 1;
    return code < 0 ? code : SW_OK;
}

static int feed_reading(struct replay *r, struct sw_err *err)
{
    const struct sw_input in = {.kind = SW_INPUT_READING, .t_us = r->reading.t_utc_us, .reading = r->reading};
    int64_t until_us = in.t_us + r->site->sensors[in.reading.sensor].interval_us;

    if (in.t_us > r->last_us || until_us > r->covered_us)
        r->covered_us = until_us;
    r->last_us = in.t_us;
    int code = feed(r, &in, err);
    return code < 0 ? code : next_reading(r, err);
}

static int feed_command(struct replay *r, struct sw_err *err)
{
    const struct sw_input in = {.kind = SW_INPUT_COMMAND, .t_us = r->command_us, .command = &r->command};
    int64_t near_us = r->has_reading ? r->reading.t_utc_us : r->last_us;
    int code = SW_OK;

    /* the engine ticks each second in between: a wrong year must not become hours of ticking */
    if (in.t_us < near_us - GAP_MAX_US || in.t_us > near_us + GAP_MAX_US) {
        r->refused++;
        fprintf(stderr, "%s:%zu: \"at\" is more than %d days away from the readings: skipped\n", r->commands_path,
                sw_commands_line(r->commands), SW_READINGS_GAP_MAX_DAYS);
    } else {
        code = feed(r, &in, err);
    }
    return code < 0 ? code : next_command(r, err);
}

/* Readings and commands merged by time, a command before the readings of its instant; then time runs out. */
static int run(struct replay *r, struct sw_err *err)
{
    int code = next_reading(r, err);
    if (code >= 0)
        code = next_command(r, err);
    if (code >= 0 && !r->has_reading)
        return SW_OK; /* nothing to set the clock by */
    while (code >= 0 && (r->has_reading || r->has_command)) {
        if (r->has_command && (!r->has_reading || r->command_us <= r->reading.t_utc_us))
            code = feed_command(r, err);
        else
            code = feed_reading(r, err);
    }
    if (code < 0)
        return code;
    const struct sw_input tick = {.kind = SW_INPUT_TICK, .t_us = r->covered_us + r->site->grace_us};
    const struct sw_input end = {.kind = SW_INPUT_END, .t_us = r->covered_us};
    code = feed(r, &tick, err);
    return code < 0 ? code : feed(r, &end, err);
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

/* The last words, on stderr; and the exit code that the bad lines ask for. */
static int conclude(const struct replay *r, const char *file, double seconds)
{
    uint64_t good = sw_readings_good(r->readings), bad = sw_readings_bad(r->readings);
    int code = SW_EXIT_OK;
    if (r->commands && sw_commands_bad(r->commands) + r->refused > 0)
        fprintf(stderr, "%s: %llu commands could not be read, %llu were refused\n", r->commands_path,
                (unsigned long long) sw_commands_bad(r->commands), (unsigned long long) r->refused);
    if (bad > 0)
        fprintf(stderr, "%s: %llu of %llu lines were bad and skipped\n", file, (unsigned long long) bad,
                (unsigned long long) (good + bad));
    if (sw_readings_are_too_bad(r->readings))
        code =
            sw_cli_fail(NAME, "%s: more than 1 %% of the lines are bad; what was printed is not to be relied on", file);
    else if (good == 0)
        code = sw_cli_fail(NAME, "%s: no reading in it", file);
    code = sw_cli_end_output(NAME, code);
    fprintf(stderr, "%llu readings, %.3f s, %.0f readings/s\n", (unsigned long long) good, seconds,
            seconds > 0 ? (double) good / seconds : 0.0);
    return code;
}

int sw_cmd_replay(int argc, char **argv)
{
    struct options o;
    struct sw_err err = {0};
    int exit_code = parse_options(argc, argv, &o);
    if (exit_code >= 0)
        return exit_code;

    struct sw_site *site = sw_cli_site(NAME, o.config);
    struct replay *r = calloc(1, sizeof(*r));
    if (!site || !r) {
        sw_site_free(site);
        free(r);
        return site ? sw_cli_fail(NAME, "out of memory") : SW_EXIT_FAILED;
    }
    r->site = site;
    r->commands_path = o.commands;
    r->last_us = r->covered_us = INT64_MIN;
    setvbuf(stdout, NULL, _IOFBF, OUTPUT_BUFFER);

    double start = seconds_now();
    int code = sw_engine_new(site, &r->engine, &err);
    if (code >= 0)
        code = sw_printer_new(r->engine, o.kinds, stdout, &r->printer, &err);
    if (code >= 0)
        code = sw_readings_open(o.readings, site, stderr, &r->readings, &err);
    if (code >= 0 && o.commands)
        code = sw_commands_open(o.commands, stderr, &r->commands, &err);
    if (code >= 0)
        code = run(r, &err);
    if (code >= 0)
        fflush(stdout);
    exit_code = code < 0 ? sw_cli_fail(NAME, "%s", err.msg) : conclude(r, o.readings, seconds_now() - start);

    sw_commands_close(r->commands);
    sw_readings_close(r->readings);
    sw_printer_free(r->printer);
    sw_engine_free(r->engine);
    free(r);
    sw_site_free(site);
    return exit_code;
}
