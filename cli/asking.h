// SPDX-License-Identifier: Apache-2.0
/* What the commands that ask the running daemon have in common: their options, and text out of its answers. */
#ifndef SW_CLI_ASKING_H
#define SW_CLI_ASKING_H

#include <jansson.h>
#include <stdbool.h>

struct sw_asking {
    const char *config; /* site file; NULL = not given */
    bool is_json;
    bool goes_on; /* the command's own word for "again and again": --watch, --follow */
};

/** Read -c, --config, --json, --help and, unless `again` is NULL, that long option (its first letter is the short one).
 *  @return -1 go on; else the exit code */
int sw_asking_read(const char *command, const char *help, const char *again, int argc, char **argv,
                   struct sw_asking *ret);

/** A member's text; "-" when it has none. */
const char *sw_asking_text(const json_t *object, const char *key);

#endif
