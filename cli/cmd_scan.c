// SPDX-License-Identifier: Apache-2.0
/* `siteward scan`: who is on this line? Options, the lease, Ctrl-C and the output; what is asked in which order is
 * scan_plan.c's, what a unit is scan_probe.c's. */
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/scan_dump.h"
#include "cli/scan_lease.h"
#include "cli/scan_line.h"
#include "cli/scan_print.h"
#include "cli/scan_target.h"
#include "cli/scan_templates.h"
#include "cli/scan_words.h"
#include "common/clock.h"
#include "common/macros.h"
#include "config/read.h"

#define STOP_SIGNAL 1
#define STOP_FOUND 2 /* --explain: the unit is found, the rest of the plan is not needed */

static const char help[] =
    "siteward scan: which sensors are on this line, and do they measure?\n\n"
    "  siteward scan --port /dev/serial/by-id/usb-...     a port by name\n"
    "  siteward scan --bus rs485-1 -c site.yaml           a line of the site file\n"
    "  siteward scan --host 192.168.1.50                  a converter or sensor on the network\n"
    "  siteward scan --port /dev/ttyUSB0 --full           every address, 1 to 247\n"
    "  siteward scan --port /dev/ttyUSB0 --explain 12     the registers of the unit at address 12\n"
    "  siteward sensor add --from-scan                    take what was found into the configuration\n\n"
    "Reads only. Asks where the known devices leave the factory first, then addresses 1 to 16 at those speeds. A "
    "gateway\n"
    "that polls the line leaves it to the scan and goes on by itself afterwards. Ctrl-C ends; what was found is "
    "kept.\n\n"
    "  -c, --config FILE     site file (default /etc/siteward/site.yaml, if there is one)\n"
    "  -b, --bus ID          a bus of it\n"
    "  -p, --port PATH       a serial port\n"
    "      --host HOST[:N]   a network address, Modbus TCP\n"
    "      --rtu-over-tcp    with --host: the box passes the frames of the serial line through\n"
    "      --full            every address\n"
    "      --baud N          this bit rate only\n"
    "      --format 8N1      with --baud: data bits, parity, stop bits (default 8N1)\n"
    "      --explain ADDRESS dump what a unit lets be read, and which word orders make sense\n"
    "      --json            one object a line for each unit, then a summary\n"
    "      --save FILE       where the result is kept (default: scan.json in the gateway's data folder, else\n"
    "                        siteward-scan.json here)\n\n"
    "Exit 0: somebody answers; 3: nobody; 1: the line cannot be opened.\n";

struct asked {
    struct sw_scan_asked where;
    bool is_full, is_json;
    int explain; /* address; -1 = no */
    struct sw_serial only;
    const char *save;
};

/* What the callbacks of a scan need. */
struct watcher {
    const struct sw_scan_target *target;
    struct sw_scan_bar bar;
    bool is_json, is_quiet;
    char line[SW_PATH_SIZE + 32]; /* the option that names it */
};

static volatile int stop;

static void on_signal(int number)
{
    (void) number;
    stop = STOP_SIGNAL;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: a question under way ends */

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL); /* the telephone lost its network */
    signal(SIGPIPE, SIG_IGN);
}

static void on_unit(void *ctx, struct sw_scan_unit *unit)
{
    struct watcher *w = ctx;

    (void) snprintf(unit->configured, sizeof(unit->configured), "%s",
                    sw_scan_target_device(w->target, unit->unit_id, &unit->serial));
    if (w->is_quiet && unit->result >= SW_SCAN_EXCEPTION)
        stop = STOP_FOUND;
    if (w->is_quiet)
        return;
    sw_scan_bar_clear(&w->bar);
    if (w->is_json) {
        json_t *object = sw_scan_unit_json(unit);

        if (object) {
            json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(12));
            putchar('\n');
        }
        json_decref(object);
    } else {
        sw_scan_print_unit(unit, w->line, stdout);
    }
    fflush(stdout);
}

static void on_step(void *ctx, const struct sw_scan_step *steps, size_t n, size_t done)
{
    sw_scan_bar_draw(&((struct watcher *) ctx)->bar, steps, n, done);
}

static int explain(const struct asked *a, struct sw_scan *s, struct sw_err *err)
{
    const struct sw_scan_unit *unit = sw_scan_find(s, (uint8_t) a->explain);
    struct sw_scan_dump *dump = calloc(1, sizeof(*dump));
    int rc;

    if (!dump)
        return sw_cli_fail("scan", "no memory");
    if (!unit || unit->result == SW_SCAN_GARBLED) {
        printf("%4d  %s\n", a->explain, unit ? "garbled: bytes come that are no answer" : "no answer at any setting");
        free(dump);
        return SW_EXIT_NOT_FOUND;
    }
    sw_scan_print_unit(unit, NULL, stdout);
    rc = sw_scan_dump_read(s->templates, s->n_templates, unit, s->ask, s->ctx, &stop, dump, err);
    sw_scan_dump_print(dump, stdout);
    free(dump);
    return rc < 0 && stop == 0 ? sw_cli_fail("scan", "%s", err->msg) : SW_EXIT_OK;
}

/* Keep the result; a full disk does not make the scan worthless. */
static void save(const struct asked *a, const struct sw_scan *s, const struct sw_scan_where *where,
                 const struct sw_site *site)
{
    char path[SW_PATH_SIZE + 32];
    struct sw_err err = {0};
    json_t *file = sw_scan_file_json(s, where);

    if (a->save)
        (void) snprintf(path, sizeof(path), "%s", a->save);
    else
        sw_scan_default_file(site, path, sizeof(path));
    if (!file || sw_scan_write(path, file, &err) < 0)
        (void) sw_cli_fail("scan", "%s", file ? err.msg : "no memory to keep the result");
    else if (sw_scan_has_match(s))
        fprintf(stderr, "kept in %s; 'siteward sensor add --from-scan=%s' takes it into the configuration\n", path,
                path);
    else
        fprintf(stderr, "kept in %s\n", path);
    json_decref(file);
}

static int exit_code_of(const struct sw_scan *s)
{
    for (size_t i = 0; i < s->n_tallies; i++)
        if (s->tallies[i].answered > 0)
            return SW_EXIT_OK;
    return SW_EXIT_NOT_FOUND;
}

static int report(const struct asked *a, struct sw_scan *s, const struct sw_scan_target *t,
                  const struct sw_scan_line *line)
{
    const struct sw_scan_where where = {
        .bus = t->bus >= 0 ? t->params.id : "", .params = &t->params, .config = t->config};
    const struct sw_scan_noise noise = sw_scan_line_noise(line);

    if (a->is_json) {
        json_t *summary = sw_scan_summary_json(s, &where);

        json_dumpf(summary, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(summary);
    } else {
        sw_scan_print_summary(s, stdout);
    }
    fflush(stdout);
    if (!s->is_stopped)
        sw_scan_advice(s, t->params.kind != SW_LINE_RTU, &noise, stderr);
    save(a, s, &where, t->site);
    return exit_code_of(s);
}

/* A line that is no bus of a site needs no bus's name before the sentence. */
static const char *plain(const struct sw_err *err)
{
    static const char prefix[] = "bus " SW_SCAN_NO_BUS ": ";

    return strncmp(err->msg, prefix, sizeof(prefix) - 1) == 0 ? err->msg + sizeof(prefix) - 1 : err->msg;
}

/* The steps themselves, with the line open and the lease held. */
static int run_steps(const struct asked *a, struct sw_scan *s, const struct sw_scan_target *t,
                     struct sw_scan_line *line, const struct sw_scan_step *steps, size_t n)
{
    struct sw_err err = {0};
    struct watcher w = {.target = t,
                        .bar = {.to = isatty(STDERR_FILENO) ? stderr : NULL},
                        .is_json = a->is_json,
                        .is_quiet = a->explain >= 0};
    int rc = sw_scan_line_try(line, &steps[0].serial, &err);

    if (rc < 0)
        return sw_cli_fail("scan", "%s", plain(&err));
    sw_scan_target_option(t, w.line, sizeof(w.line));
    s->on_unit = on_unit;
    s->on_step = on_step;
    s->watcher = &w;
    s->stop = &stop;
    rc = sw_scan_run(s, steps, n, &err);
    sw_scan_bar_clear(&w.bar);
    s->watcher = NULL;
    if (stop == STOP_FOUND)
        stop = 0;
    if (a->explain >= 0 && rc == SW_OK)
        return explain(a, s, &err);
    if (s->is_stopped)
        fputs("stopped; what was found so far:\n", stderr);
    if (rc < 0) {
        (void) sw_cli_fail("scan", "%s", plain(&err));
        s->is_stopped = true;
    }
    const int code = report(a, s, t, line);
    return rc < 0 ? SW_EXIT_FAILED : code;
}

static int plan_and_run(const struct asked *a, const struct sw_scan_target *t,
                        const struct sw_scan_templates *templates, struct sw_scan_lease *lease)
{
    struct sw_scan_want want = {.is_tcp = t->params.kind != SW_LINE_RTU,
                                .is_rtu_over_tcp = t->params.kind == SW_LINE_RTU_TCP,
                                .is_full = a->is_full,
                                .only_unit = a->explain,
                                .only = a->only,
                                .first = t->first};
    struct sw_scan_step *steps = calloc(SW_SCAN_STEPS_MAX, sizeof(*steps));
    struct sw_scan s = {.templates = templates->list, .n_templates = templates->n, .ask = sw_scan_line_ask};
    struct sw_scan_line *line = NULL;
    struct sw_err err = {0};
    int code;

    sw_scan_target_known(t, &want);
    if (!steps || sw_scan_line_new(&t->params, sw_scan_lease_keep, lease, &line, &err) < 0) {
        free(steps);
        return sw_cli_fail("scan", "no memory");
    }
    s.ctx = line;
    const size_t n = sw_scan_plan(templates->list, templates->n, &want, steps, SW_SCAN_STEPS_MAX);
    code = n > 0 ? run_steps(a, &s, t, line, steps, n)
                 : sw_cli_fail("scan", "address %d cannot be on this line: %s", a->explain,
                               t->params.kind == SW_LINE_TCP ? "0 to 247, and 255"
                                                             : "a serial line has 1 to 247; a unit that leaves the "
                                                               "factory with another needs the maker's tool first");
    sw_scan_done(&s);
    sw_scan_line_free(line);
    free(steps);
    return code;
}

static int scan(const struct asked *a)
{
    struct sw_scan_target target;
    struct sw_scan_templates templates = {0};
    struct sw_scan_lease *lease = NULL;
    struct sw_err err = {0};
    int code = sw_scan_target_find(&a->where, &target);

    if (code < 0 && sw_scan_templates_read(target.config[0] ? target.config : SW_CONFIG_DEFAULT, &templates, &err) < 0)
        code = sw_cli_fail("scan", "%s", err.msg);
    if (code < 0 && a->only.baud != 0 && target.params.kind != SW_LINE_RTU)
        code = sw_cli_fail("scan",
                           "--baud belongs to a serial port: the bit rate behind a converter is set in the converter");
    if (code < 0 && sw_scan_lease_take(target.site ? target.config : NULL, &target.params, &lease, &err) < 0)
        code = sw_cli_fail("scan", "%s", err.msg);
    if (code < 0) {
        if (lease)
            fprintf(stderr, "the gateway leaves bus %s to this scan and goes on afterwards\n",
                    sw_scan_lease_bus(lease));
        catch_signals();
        code = plan_and_run(a, &target, &templates, lease);
    }
    sw_scan_lease_end(lease);
    sw_scan_templates_done(&templates);
    sw_scan_target_done(&target);
    return code;
}

static bool take_number(const char *text, int least, int most, int *ret)
{
    char *end;
    const long number = strtol(text, &end, 10);

    *ret = (int) number;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && number >= least && number <= most;
}

/* @return -1 go on; else the exit code */
static int take_option(struct asked *a, int option)
{
    char why[128];

    switch (option) {
    case 'c':
        a->where.config = optarg;
        return -1;
    case 'b':
        a->where.bus = optarg;
        return -1;
    case 'p':
        a->where.port = optarg;
        return -1;
    case 'H':
        a->where.host = optarg;
        return -1;
    case 'r':
        a->where.is_rtu_over_tcp = true;
        return -1;
    case 'f':
        a->is_full = true;
        return -1;
    case 'j':
        a->is_json = true;
        return -1;
    case 's':
        a->save = optarg;
        return -1;
    case 'B':
        if (take_number(optarg, 1, 1000000, &a->only.baud) && sw_baud_is_known(a->only.baud))
            return -1;
        return sw_cli_fail("scan", "'%.20s' is no bit rate: 1200 2400 4800 9600 19200 38400 57600 115200 230400",
                           optarg);
    case 'F':
        if (sw_parse_serial_format(optarg, &a->only, why, sizeof(why)))
            return -1;
        return sw_cli_fail("scan", "--format %s", why);
    case 'e':
        if (take_number(optarg, 0, 255, &a->explain))
            return -1;
        return sw_cli_fail("scan", "'%.20s' is no address: 1 to 247", optarg);
    case 'h':
        fputs(help, stdout);
        return sw_cli_end_output("scan", SW_EXIT_OK);
    default: /* getopt has said what is wrong */
        fputs("'siteward scan --help' shows examples.\n", stderr);
        return SW_EXIT_FAILED;
    }
}

int sw_cmd_scan(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"bus", required_argument, NULL, 'b'},
                                            {"port", required_argument, NULL, 'p'},
                                            {"host", required_argument, NULL, 'H'},
                                            {"rtu-over-tcp", no_argument, NULL, 'r'},
                                            {"full", no_argument, NULL, 'f'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"save", required_argument, NULL, 's'},
                                            {"baud", required_argument, NULL, 'B'},
                                            {"format", required_argument, NULL, 'F'},
                                            {"explain", required_argument, NULL, 'e'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct asked a = {.explain = -1, .only = {.parity = 'N', .data_bits = 8, .stop_bits = 1}};
    bool has_format = false;
    int option, code;

    optind = 0; /* glibc: start anew */
    while ((option = getopt_long(argc, argv, "c:b:p:h", options, NULL)) != -1) {
        code = take_option(&a, option);
        if (code >= 0)
            return code;
        has_format |= option == 'F';
    }
    if (optind < argc)
        return sw_cli_fail("scan", "'%.80s' is one word too many: name the port with --port", argv[optind]);
    if (has_format && a.only.baud == 0)
        return sw_cli_fail("scan", "--format goes with --baud");
    return sw_cli_end_output("scan", scan(&a));
}
