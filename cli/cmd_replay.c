// SPDX-License-Identifier: Apache-2.0
/* `siteward replay`: options, and which of the two replays is meant. What is replayed how is in replay_files.c and
 * replay_store.c. */
#include <getopt.h>
#include <stdlib.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/printer.h"
#include "cli/replay.h"

#define NAME SW_REPLAY_NAME

static const char help[] =
    "Examples:\n"
    "  siteward replay -c site.yaml --readings night.csv\n"
    "  siteward replay -c site.yaml --readings night.csv --only ticket | jq .payload.title\n"
    "  zcat day.csv.gz | siteward replay -c site.yaml --readings - --only agg,state,ticket,event\n"
    "  siteward replay -c site.yaml --readings night.csv --schedule hours.ics --commands crew.ndjson\n"
    "  siteward replay --store /var/lib/siteward --only ticket,event\n\n"
    "Runs recorded readings through the code that the gateway runs, as fast as it can, and prints every document\n"
    "that the gateway would have published, one JSON object a line: {\"topic\":…,\"retain\":…,\"payload\":{…}}.\n"
    "The same input gives the same bytes. A gateway's own store gives the documents that it published.\n\n"
    "  -c, --config FILE     site file (default " SW_CONFIG_DEFAULT "; with --store: what the store kept)\n"
    "      --readings FILE   CSV with the columns ts,sensor,quantity,value,flag in ascending time; - = stdin\n"
    "      --schedule FILE   published work, permits and quiet periods, .ics or .json; may be given several times. "
    "Times\n"
    "                        of publication are those that the file claims; without any, known from the beginning\n"
    "      --commands FILE   commands and complaints, NDJSON: {\"topic\":\"cmd/ticket/ID/VERB\",\"payload\":{…}},\n"
    "                        {\"topic\":\"cmd/complaint\",\"payload\":{…},\"found\":{…}}\n"
    "      --store FOLDER    a gateway's data folder instead of files: its readings, schedules, commands and\n"
    "                        restarts\n"
    "      --only KINDS      of agg,state,event,ticket,summary,schedule,alert,live (event: of sensors and of tickets)\n"
    "      --live            live values too\n\n"
    "A bad line is named on stderr, skipped and counted; more than 1 % of them: exit 1.\n";

double sw_replay_clock_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

struct sw_input sw_replay_input(const struct sw_request_given *g)
{
    struct sw_input in = {.kind = SW_INPUT_COMMAND, .t_us = g->at_us};

    if (g->kind == SW_REQUEST_COMPLAINT) {
        in.kind = SW_INPUT_COMPLAINT;
        in.complaint = &g->complaint;
    } else {
        in.command = &g->ticket;
    }
    return in;
}

static int check(const struct sw_replay_options *o)
{
    if (!o->store && !o->readings)
        return sw_cli_fail(NAME, "--readings FILE is missing (or --store FOLDER)");
    if (o->store && (o->readings || o->commands || o->n_schedules > 0))
        return sw_cli_fail(NAME, "--store brings its own readings and schedules: leave out --readings, --schedule and "
                                 "--commands");
    return -1;
}

enum { OPT_READINGS = 256, OPT_COMMANDS, OPT_ONLY, OPT_LIVE, OPT_STATE, OPT_SCHEDULE, OPT_STORE };
static const struct option table[] = {
    {"config", required_argument, NULL, 'c'},
    {"readings", required_argument, NULL, OPT_READINGS},
    {"commands", required_argument, NULL, OPT_COMMANDS},
    {"only", required_argument, NULL, OPT_ONLY},
    {"live", no_argument, NULL, OPT_LIVE},
    {"state", required_argument, NULL, OPT_STATE},
    {"schedule", required_argument, NULL, OPT_SCHEDULE},
    {"store", required_argument, NULL, OPT_STORE},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* @return -1 go on; else exit code */
static int parse_options(int argc, char **argv, struct sw_replay_options *o)
{
    struct sw_err err = {0};
    bool with_live = false;
    int c;

    *o = (struct sw_replay_options){.kinds = SW_PRINT_DEFAULT};
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
        case OPT_STORE:
            o->store = optarg;
            break;
        case OPT_SCHEDULE:
            if (o->n_schedules == SW_REPLAY_SCHEDULES_MAX)
                return sw_cli_fail(NAME, "--schedule: at most %d files", SW_REPLAY_SCHEDULES_MAX);
            o->schedules[o->n_schedules++] = optarg;
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
    return check(o);
}

int sw_cmd_replay(int argc, char **argv)
{
    struct sw_replay_options o;
    int exit_code = parse_options(argc, argv, &o);

    if (exit_code >= 0)
        return exit_code;
    return o.store ? sw_replay_store(&o) : sw_replay_files(&o);
}
