// SPDX-License-Identifier: Apache-2.0
/* `siteward`, the command for people. Finds the command in one table and runs it; what a command does is in its
 * cmd_*.c. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "common/macros.h"
#include "config/text.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
};

static const struct command commands[] = {
    {"check", sw_cmd_check, "read configuration, templates and packs, and name every fault"},
    {"pack", sw_cmd_pack, "the limits of a standard, as a person would read them"},
    {"replay", sw_cmd_replay, "run recorded readings through the gateway's own code"},
    {"schedule", sw_cmd_schedule, "the published work schedule; 'schedule import FILE' reads one"},
    {"status", sw_cmd_status, "how each sensor stands against its limit now"},
    {"sensors", sw_cmd_sensors, "the sensors and their last values"},
    {"output", sw_cmd_output, "mist cannons, lights and boards: what they do, and one by hand"},
    {"tickets", sw_cmd_tickets, "open tickets, and each new one with --follow"},
    {"ticket", sw_cmd_ticket, "one ticket with its history, or a command on it from the site"},
    {"complaint", sw_cmd_complaint, "'complaint add' brings a caller's complaint, and shows the answer"},
    {"report", sw_cmd_report, "indicators and levels of a day, a week or a month"},
    {"evidence", sw_cmd_evidence, "what was measured around an instant, as an answer for a caller"},
    {"mqtt", sw_cmd_mqtt, "'mqtt watch' shows what the broker gets, 'mqtt ask' asks through it"},
    {"scan", sw_cmd_scan, "which sensors are on a line, and do they measure?"},
    {"sensor", sw_cmd_sensor, "'sensor add' takes what a scan found into the configuration"},
    {"template", sw_cmd_template, "the device models, and how they are connected"},
    {"db", sw_cmd_db, "the gateway's database: check, backup, restore, compact"},
    {"user", sw_cmd_user, "who may log in at the console: add, list, passwd, remove, token"},
    {"audit", sw_cmd_audit, "who logged in, changed accounts, looked evidence up"},
    {"verify", sw_cmd_verify, "is a store, an answer or an export still what was signed?"},
    {"sim", sw_cmd_sim, "run a whole simulated site"},
};

static void print_help(FILE *to)
{
    fputs("siteward: noise and dust of a construction site, measured, judged, ticketed\n\n"
          "  siteward check -c /etc/siteward/site.yaml\n"
          "  siteward replay -c site.yaml --readings day.csv --only ticket\n"
          "  siteward status --watch\n\n"
          "Commands:\n",
          to);
    for (size_t i = 0; i < SW_ARRAY_SIZE(commands); i++)
        fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].help);
    fputs("\n'siteward COMMAND --help' shows examples and options. The gateway itself is 'sitewardd'.\n", to);
}

static int unknown(const char *name)
{
    struct sw_guess guess = {.typed = name};
    char hint[160];
    for (size_t i = 0; i < SW_ARRAY_SIZE(commands); i++)
        sw_guess_offer(&guess, commands[i].name);
    fprintf(stderr, "siteward: '%.60s' is not a command%s\n", name, sw_guess_text(&guess, hint, sizeof(hint)));
    fputs("'siteward --help' lists them.\n", stderr);
    return SW_EXIT_FAILED;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return SW_EXIT_FAILED;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return sw_cli_end_output("help", SW_EXIT_OK);
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts("siteward " SW_VERSION);
        return sw_cli_end_output("version", SW_EXIT_OK);
    }
    for (size_t i = 0; i < SW_ARRAY_SIZE(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return unknown(argv[1]);
}
