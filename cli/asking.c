// SPDX-License-Identifier: Apache-2.0
/* Options of the commands that ask the running daemon, and text out of its answers. Asking is client.c's. */
#include "cli/asking.h"

#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"

int sw_asking_read(const char *command, const char *help, const char *again, int argc, char **argv,
                   struct sw_asking *ret)
{
    const struct option table[] = {
        {"config", required_argument, NULL, 'c'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {again, no_argument, NULL, 'a'}, /* without a name: the end */
        {0},
    };
    const char letters[] = {'c', ':', 'h', again ? again[0] : '\0', '\0'};
    int c;

    *ret = (struct sw_asking){0};
    while ((c = getopt_long(argc, argv, letters, table, NULL)) != -1) {
        if (c == 'c') {
            ret->config = optarg;
        } else if (c == 'j') {
            ret->is_json = true;
        } else if (c == 'h') {
            fputs(help, stdout);
            return sw_cli_end_output(command, SW_EXIT_OK);
        } else if (again && (c == 'a' || c == again[0])) {
            ret->goes_on = true;
        } else {
            fprintf(stderr, "'siteward %s --help' shows the options.\n", command);
            return SW_EXIT_FAILED;
        }
    }
    if (optind < argc)
        return sw_cli_fail(command, "'%s' is one word too many; 'siteward %s --help' shows what it takes", argv[optind],
                           command);
    return -1;
}

const char *sw_asking_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "-";
}
