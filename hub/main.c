// SPDX-License-Identifier: Apache-2.0
/* siteward-hub: options, configuration, and a hub that runs until it is told to stop. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/log.h"
#include "hub/api.h"
#include "hub/hub.h"

static const char usage_text[] =
    "Examples:\n"
    "  siteward-hub -c /etc/siteward/hub.yaml           take in what the gateways of an area publish\n"
    "  siteward check --hub -c /etc/siteward/hub.yaml   look for faults in the configuration first\n"
    "\n"
    "Usage: siteward-hub -c FILE [options]\n"
    "  -c, --config FILE     the hub's configuration\n"
    "  -v, --verbose         say more\n"
    "      --version         print the version\n"
    "\n"
    "SIGTERM stops it cleanly. Exit: 0, or as sysexits.h says; 78 = the configuration has faults.\n";

struct options {
    const char *config;
    bool verbose;
};

static int parse_options(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"config", required_argument, NULL, 'c'},
        {"verbose", no_argument, NULL, 'v'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };

    for (int opt; (opt = getopt_long(argc, argv, "c:vh", longs, NULL)) >= 0;) {
        switch (opt) {
        case 'c':
            o->config = optarg;
            break;
        case 'v':
            o->verbose = true;
            break;
        case 'V':
            puts("siteward-hub " SW_VERSION);
            exit(EX_OK);
        case 'h':
            fputs(usage_text, stdout);
            exit(EX_OK);
        default:
            return EX_USAGE;
        }
    }
    if (!o->config || optind != argc) {
        fputs("siteward-hub: want -c FILE and nothing else; see siteward-hub --help\n", stderr);
        return EX_USAGE;
    }
    return EX_OK;
}

static int exit_code_of(int rc)
{
    switch (rc) {
    case SW_E_INVAL:
    case SW_E_CONFLICT:
        return EX_CONFIG;
    case SW_E_CORRUPT:
        return EX_DATAERR;
    case SW_E_IO:
    case SW_E_FULL:
        return EX_IOERR;
    case SW_E_NOMEM:
        return EX_OSERR;
    case SW_E_BUSY: /* not 78: the service is to try again when whoever was started by hand is gone */
        return EX_TEMPFAIL;
    default:
        return rc >= 0 ? EX_OK : EX_SOFTWARE;
    }
}

static int run(const struct sw_hub *conf)
{
    struct hub *hub = NULL;
    struct sw_err err = {0};
    struct hub_api *api = NULL;
    int rc = hub_api_new(conf, &api, &err);

    if (rc >= 0)
        rc = hub_new(conf, hub_api_tap, api, &hub, &err);
    if (rc >= 0)
        rc = hub_api_start(api, hub, &err);
    if (rc >= 0)
        rc = hub_run(hub, &err);
    hub_api_stop(api);
    if (rc < 0)
        sw_log(SW_LOG_ERR, "%s", err.msg);
    if (!hub_free(hub)) {
        sw_log(SW_LOG_NOTICE, "the name of the broker is still being asked for: ending without it");
        _exit(exit_code_of(rc));
    }
    hub_api_free(api);
    return exit_code_of(rc);
}

int main(int argc, char **argv)
{
    static struct sw_hub conf;
    struct options o = {0};
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    int code = parse_options(argc, argv, &o);

    if (code != EX_OK)
        return code;
    signal(SIGPIPE, SIG_IGN);
    sw_log_init("siteward-hub", o.verbose ? SW_LOG_DEBUG : SW_LOG_INFO);
    code = sw_hub_read(o.config, &faults, &conf, &err) < 0 ? EX_CONFIG : EX_OK;
    sw_faults_print(&faults, stderr);
    sw_faults_done(&faults);
    if (code != EX_OK) {
        sw_log(SW_LOG_ERR, "%s", err.msg);
        return code;
    }
    return run(&conf);
}
