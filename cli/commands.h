// SPDX-License-Identifier: Apache-2.0
/* Recorded commands and complaints: one JSON object a line, {"topic":"cmd/ticket/{id}/{verb}","payload":{…}} or
 * {"topic":"cmd/complaint","payload":{…},"found":{…}}, in ascending order of time. Whether a command is legal is
 * decided by the desk, not here. */
#ifndef SW_CLI_COMMANDS_H
#define SW_CLI_COMMANDS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/err.h"
#include "io/request.h"

#define SW_COMMAND_LINE_MAX 65536

struct sw_commands;

/** Open a file of commands; bad lines are said on `complaints`, skipped and counted.
 *  @return SW_OK; SW_E_IO; SW_E_NOMEM */
int sw_commands_open(const char *path, FILE *complaints, struct sw_commands **ret, struct sw_err *err);
struct sw_commands *sw_commands_close(struct sw_commands *c); /* NULL is fine; always returns NULL */

/** The next good one. @return 1; 0 the end; SW_E_IO */
int sw_commands_next(struct sw_commands *c, struct sw_request_given *ret, struct sw_err *err);

size_t sw_commands_line(const struct sw_commands *c); /* of the last one given, from 1 */
uint64_t sw_commands_bad(const struct sw_commands *c);

#endif
