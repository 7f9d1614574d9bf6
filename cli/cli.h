// SPDX-License-Identifier: Apache-2.0
/* What every command of `siteward` shares: its entry point, its exit codes, the reading of the site file. */
#ifndef SW_CLI_CLI_H
#define SW_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "config/site.h"

/** Exit codes of the contract. */
enum sw_exit {
    SW_EXIT_OK = 0,
    SW_EXIT_FAILED = 1,
    SW_EXIT_NOT_FOUND = 3,
    SW_EXIT_UNREACHABLE = 4, /* no daemon answers */
};

#define SW_CONFIG_DEFAULT "/etc/siteward/site.yaml"

/* Commands: argv[0] is the command's own name. @return exit code */
int sw_cmd_db(int argc, char **argv);
int sw_cmd_check(int argc, char **argv);
int sw_cmd_pack(int argc, char **argv);
int sw_cmd_replay(int argc, char **argv);
int sw_cmd_schedule(int argc, char **argv); /* `import` is read here, all else by the next one */
int sw_cmd_schedule_show(int argc, char **argv);
int sw_cmd_status(int argc, char **argv);
int sw_cmd_sensors(int argc, char **argv);
int sw_cmd_output(int argc, char **argv);
int sw_cmd_tickets(int argc, char **argv);
int sw_cmd_ticket(int argc, char **argv);
int sw_cmd_complaint(int argc, char **argv);
int sw_cmd_report(int argc, char **argv);
int sw_cmd_sim(int argc, char **argv);
int sw_cmd_mqtt(int argc, char **argv);
int sw_cmd_scan(int argc, char **argv);
int sw_cmd_sensor(int argc, char **argv);
int sw_cmd_template(int argc, char **argv);
int sw_cmd_user(int argc, char **argv);
int sw_cmd_audit(int argc, char **argv);
int sw_cmd_verify(int argc, char **argv);
int sw_cmd_evidence(int argc, char **argv); /* `export` is read by the next one */
int sw_cmd_evidence_export(int argc, char **argv);

/** Message on stderr with the command's name before it. @return SW_EXIT_FAILED, so that `return sw_cli_fail(…)` reads
 *  well */
int sw_cli_fail(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Read a site file; every fault goes to stderr. @return the site, free with sw_site_free; NULL when it has faults */
struct sw_site *sw_cli_site(const char *command, const char *file);

/** End of a command that wrote data: flush stdout and say so if that failed (disk full, closed pipe). */
int sw_cli_end_output(const char *command, int exit_code);

/** True if `to` is a terminal and NO_COLOR is not set. */
bool sw_cli_wants_colour(FILE *to);

#endif
