// SPDX-License-Identifier: Apache-2.0
/* sitewardd: options, configuration, run. Exit codes are those of sysexits.h; 78 is a fault in the configuration. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/timefmt.h"
#include "config/faults.h"
#include "gateway/core.h"

struct options {
    const char *config;
    const char *sim_epoch, *sim_speed, *sim_origin;
    bool verbose;
};

static const char usage_text[] =
    "Examples:\n"
    "  sitewardd -c /etc/siteward/site.yaml        run the gateway of a site in the foreground\n"
    "  siteward check -c /etc/siteward/site.yaml   look for faults in the configuration first\n"
    "\n"
    "Usage: sitewardd -c FILE [options]\n"
    "  -c, --config FILE     the site's configuration\n"
    "  -v, --verbose         say more\n"
    "      --version         print the version\n"
    "      --sim-epoch TIME  simulated site: the instant (RFC 3339) at which its clock starts\n"
    "      --sim-speed N     simulated site: how many times faster its clock runs\n"
    "      --sim-origin US   simulated site: the machine's monotonic microseconds at the epoch (default: now)\n"
    "\n"
    "SIGTERM stops it cleanly, SIGHUP reads configuration and schedule files again. Exit: 0, or as sysexits.h says;\n"
    "78 = the configuration has faults.\n";

static int parse_options(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"config", required_argument, NULL, 'c'},     {"verbose", no_argument, NULL, 'v'},
        {"version", no_argument, NULL, 'V'},          {"help", no_argument, NULL, 'h'},
        {"sim-epoch", required_argument, NULL, 'e'},  {"sim-speed", required_argument, NULL, 's'},
        {"sim-origin", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0},
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
            puts("sitewardd " SW_VERSION);
            exit(EX_OK);
        case 'h':
            fputs(usage_text, stdout);
            exit(EX_OK);
        case 'e':
            o->sim_epoch = optarg;
            break;
        case 's':
            o->sim_speed = optarg;
            break;
        case 'o':
            o->sim_origin = optarg;
            break;
        default:
            return EX_USAGE;
        }
    }
    if (!o->config || optind != argc) {
        fputs("sitewardd: want -c FILE and nothing else; see sitewardd --help\n", stderr);
        return EX_USAGE;
    }
    return EX_OK;
}

static int make_clock(const struct options *o, struct sw_clock *ret, struct sw_err *err)
{
    int64_t epoch_us = 0, origin_us = sw_mono_real_us();
    double speed = 1.0;
    char *end = NULL;

    if (!o->sim_epoch && !o->sim_speed && !o->sim_origin) {
        sw_clock_init_real(ret);
        return SW_OK;
    }
    if (!o->sim_epoch)
        return sw_err_set(err, SW_E_INVAL, 0, "a simulated clock needs --sim-epoch");
    if (sw_time_parse(o->sim_epoch, strlen(o->sim_epoch), &epoch_us, err) < 0)
        return sw_err_prefix(err, "--sim-epoch");
    if (o->sim_speed)
        speed = strtod(o->sim_speed, &end);
    if (end && *end)
        return sw_err_set(err, SW_E_INVAL, 0, "--sim-speed '%s' is no number", o->sim_speed);
    end = NULL;
    if (o->sim_origin)
        origin_us = strtoll(o->sim_origin, &end, 10);
    if (end && *end)
        return sw_err_set(err, SW_E_INVAL, 0, "--sim-origin '%s' is no number of microseconds", o->sim_origin);
    return sw_clock_init_simulated(ret, epoch_us, speed, origin_us, err);
}

/* A site that calls itself simulated lives by the machine's time unless options give it another; its documents are
 * marked alike. */
static int take_site_clock(const struct sw_site *site, struct sw_clock *clock, struct sw_err *err)
{
    if (!site->is_simulated || clock->simulated)
        return SW_OK;
    return sw_clock_init_simulated(clock, sw_clock_utc_us(clock), 1.0, sw_mono_real_us(), err);
}

/* Invented data must never reach a real platform: a simulated site speaks only to this machine.
 * @return what it would speak to; NULL = all is well */
static const char *somewhere_else(const struct sw_site *site)
{
    if (!sw_platform_is_loopback(&site->platform))
        return site->platform.url;
    for (size_t i = 0; i < site->n_mirrors; i++)
        if (!sw_platform_is_loopback(&site->mirrors[i]))
            return site->mirrors[i].url;
    return NULL;
}

static int exit_code_of(int rc)
{
    switch (rc) {
    case SW_E_CONFLICT:
    case SW_E_INVAL:
    case SW_E_DENIED: /* the key is open to others */
        return EX_CONFIG;
    case SW_E_CORRUPT:
        return EX_DATAERR;
    case SW_E_IO:
    case SW_E_FULL:
        return EX_IOERR;
    case SW_E_NOMEM:
        return EX_OSERR;
    case SW_E_BUSY: /* not 78: the service is to try again when whoever was started by hand is gone */
    case SW_E_TIMEOUT:
        return EX_TEMPFAIL;
    default:
        return rc >= 0 ? EX_OK : EX_SOFTWARE;
    }
}

static int run(const struct sw_site *site, const struct sw_clock *clock, const char *config_file,
               struct sw_config_seen *seen)
{
    const struct sw_core_params p = {.site = site, .clock = clock, .config_file = config_file, .seen = seen};
    struct sw_core *core = NULL;
    const char *elsewhere = somewhere_else(site);
    struct sw_err err = {0};
    int rc;

    if (clock->simulated && elsewhere) {
        sw_log(SW_LOG_ERR, "a simulated site may only speak to a broker on this machine, not to %s", elsewhere);
        return EX_CONFIG;
    }
    rc = sw_core_new(&p, &core, &err);
    if (rc >= 0)
        rc = sw_core_run(core, &err);
    sw_core_free(core);
    if (rc < 0)
        sw_log(SW_LOG_ERR, "%s", err.msg);
    if (rc == SW_E_CORRUPT)
        sw_log(SW_LOG_ERR, "nothing was changed in that file: bring a copy back, or move it away to begin anew without "
                           "its tickets");
    return exit_code_of(rc);
}

int main(int argc, char **argv)
{
    struct options o = {0};
    struct sw_faults faults = {0};
    struct sw_site *site = NULL;
    struct sw_config_seen seen = {0};
    const struct sw_config_paths paths = {.seen = &seen};
    struct sw_clock clock = {0};
    struct sw_err err = {0};
    int code = parse_options(argc, argv, &o);

    if (code != EX_OK)
        return code;
    signal(SIGPIPE, SIG_IGN); /* a reader of stderr or of a page that went away is no reason to end */
    sw_log_init("sitewardd", o.verbose ? SW_LOG_DEBUG : SW_LOG_INFO);
    if (make_clock(&o, &clock, &err) < 0) {
        sw_log(SW_LOG_ERR, "%s", err.msg);
        return EX_USAGE;
    }
    if (sw_site_read(o.config, &paths, &faults, &site, &err) < 0) {
        sw_faults_print(&faults, stderr);
        sw_log(SW_LOG_ERR, "%s", err.msg);
        sw_faults_done(&faults);
        return EX_CONFIG;
    }
    sw_faults_print(&faults, stderr);
    sw_faults_done(&faults);
    if (take_site_clock(site, &clock, &err) < 0) {
        sw_log(SW_LOG_ERR, "%s", err.msg);
        code = EX_SOFTWARE;
    } else {
        code = run(site, &clock, o.config, &seen);
    }
    sw_config_seen_done(&seen);
    sw_site_free(site);
    return code;
}
