// SPDX-License-Identifier: Apache-2.0
/* Small things that the commands share: messages, the site file, the end of the output. */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/faults.h"

int sw_cli_fail(const char *command, const char *fmt, ...)
{
    va_list ap;
    fprintf(stderr, "siteward %s: ", command);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return SW_EXIT_FAILED;
}

struct sw_site *sw_cli_site(const char *command, const char *file)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    struct sw_site *site = NULL;
    int r = sw_site_read(file, NULL, &faults, &site, &err);
    if (r < 0) {
        sw_faults_print(&faults, stderr);
        if (faults.n_faults > 0)
            sw_cli_fail(command, "%s: %zu fault%s in the configuration", file, faults.n_faults,
                        faults.n_faults == 1 ? "" : "s");
        else
            sw_cli_fail(command, "%s", err.msg);
        site = NULL;
    }
    sw_faults_done(&faults);
    return site;
}

int sw_cli_end_output(const char *command, int exit_code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return exit_code;
    return sw_cli_fail(command, "cannot write to standard output: %s", strerror(errno));
}

bool sw_cli_wants_colour(FILE *to)
{
    const char *no = getenv("NO_COLOR");
    return isatty(fileno(to)) && !(no && no[0]);
}
