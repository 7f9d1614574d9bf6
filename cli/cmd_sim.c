// SPDX-License-Identifier: Apache-2.0
/* `siteward sim`: a whole simulated site. Starts the sensor node and the daemon of this build on a copy of a scenario,
 * and ends both. The node's bus is a real serial line to the daemon (a pty), time runs at a chosen speed. */
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "cli/child.h"
#include "cli/cli.h"
#include "cli/run_folder.h"
#include "cli/sim_lines.h"
#include "common/clock.h"

#define NAME "sim"
#define SPEED_DEFAULT 20.0
#define READY_MS 10000
#define STOP_MS 10000

static const char help[] =
    "Examples:\n"
    "  siteward sim --scenario night-pour\n"
    "  siteward sim --scenario night-pour --speed 60 --broker mqtt://127.0.0.1:1883\n"
    "  siteward sim --scenario quiet-day --dir /tmp/site --duration 600\n"
    "  SITEWARD_SOCKET=/tmp/site/run/ctl.sock siteward status --watch\n\n"
    "Runs a simulated site until Ctrl-C: sensor nodes on a serial line, and the gateway that reads them.\n\n"
    "      --scenario NAME  night-pour, quiet-day, dead-sensor\n"
    "      --dir DIR        empty or new folder for the run; it stays (default: one below $TMPDIR that is removed)\n"
    "      --speed N        simulated seconds a second (default 20)\n"
    "      --broker URL     MQTT broker on this machine, mqtt://127.0.0.1:1883\n"
    "      --duration S     end after S simulated seconds\n"
    "      --keep           do not remove the folder\n";

struct options {
    const char *scenario, *dir, *broker;
    double speed, duration_s; /* duration 0 = until stopped */
    bool is_keep;
};

static bool parse_positive(const char *text, double *ret)
{
    char *end;
    *ret = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*ret) && *ret > 0;
}

/* @return -1 go on; else exit code */
static int parse_options(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"scenario", required_argument, NULL, 's'}, {"dir", required_argument, NULL, 'd'},
        {"speed", required_argument, NULL, 'v'},    {"broker", required_argument, NULL, 'b'},
        {"duration", required_argument, NULL, 't'}, {"keep", no_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'h'},           {0},
    };
    int c;
    *o = (struct options){.speed = SPEED_DEFAULT};
    while ((c = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        switch (c) {
        case 's':
            o->scenario = optarg;
            break;
        case 'd':
            o->dir = optarg;
            break;
        case 'b':
            o->broker = optarg;
            break;
        case 'k':
            o->is_keep = true;
            break;
        case 'v':
            if (!parse_positive(optarg, &o->speed))
                return sw_cli_fail(NAME, "--speed wants a number above 0, not '%s'", optarg);
            break;
        case 't':
            if (!parse_positive(optarg, &o->duration_s))
                return sw_cli_fail(NAME, "--duration wants simulated seconds, a number above 0, not '%s'", optarg);
            break;
        case 'h':
            fputs(help, stdout);
            return sw_cli_end_output(NAME, SW_EXIT_OK);
        default:
            fputs("'siteward sim --help' shows the options.\n", stderr);
            return SW_EXIT_FAILED;
        }
    }
    if (optind < argc)
        return sw_cli_fail(NAME, "'%s' is one word too many; the scenario is named by --scenario NAME", argv[optind]);
    if (!o->scenario)
        return sw_cli_fail(NAME, "--scenario NAME is missing");
    return -1;
}

struct sim {
    struct sw_run_folder folder;
    struct sw_sim_lines lines;
    struct sw_clock clock;
    struct sw_child node, daemon;
    char speed[32], origin[32], scenario[SW_PATH_SIZE + 32], site[SW_PATH_SIZE + 32];
    char pty[SW_PATH_SIZE + 32];
};

static int start_both(struct sim *s, struct sw_err *err)
{
    snprintf(s->speed, sizeof(s->speed), "%.9g", s->clock.speed);
    snprintf(s->origin, sizeof(s->origin), "%lld", (long long) s->clock.origin_us);
    snprintf(s->scenario, sizeof(s->scenario), "%s/node.ndjson", s->folder.path);
    snprintf(s->site, sizeof(s->site), "%s/site.yaml", s->folder.path);
    snprintf(s->pty, sizeof(s->pty), "%s/bus.pty", s->folder.path);
    const char *const node[] = {"siteward-node", "--pty",       s->pty,   "--scenario",   s->scenario, "--sim-epoch",
                                s->folder.epoch, "--sim-speed", s->speed, "--sim-origin", s->origin,   NULL};
    const char *const daemon[] = {"sitewardd",   "-c",     s->site,        "--sim-epoch", s->folder.epoch,
                                  "--sim-speed", s->speed, "--sim-origin", s->origin,     NULL};
    int r = sw_child_start(&s->node, node, true, err);
    if (r >= 0)
        r = sw_child_await_line(&s->node, "ready", READY_MS, err);
    if (r >= 0)
        r = sw_child_start(&s->daemon, daemon, false, err);
    return r;
}

/* Set the lines whose time has come. @return real time until the next is due; -1 a line cannot be set */
static int64_t play_lines(struct sim *s)
{
    struct sw_err err = {0};
    int64_t due_us;
    if (sw_sim_lines_play(&s->lines, sw_clock_utc_us(&s->clock), &err) < 0) {
        sw_cli_fail(NAME, "%s", err.msg);
        return -1;
    }
    due_us = sw_sim_lines_due_us(&s->lines);
    return due_us == INT64_MAX ? SW_US_PER_S
                               : sw_clock_real_interval_us(&s->clock, due_us - sw_clock_utc_us(&s->clock));
}

/* Until a signal, the end of the duration, or the end of a child. @return exit code */
static int wait_for_end(struct sim *s, double duration_s, const sigset_t *signals)
{
    int64_t end_us = s->clock.origin_us + (int64_t) (duration_s / s->clock.speed * 1e6);
    for (;;) {
        struct sw_child *ended = sw_child_poll(&s->daemon) ? &s->daemon : sw_child_poll(&s->node) ? &s->node : NULL;
        if (ended && WIFSIGNALED(ended->status))
            return sw_cli_fail(NAME, "%s ended by itself, by signal %d", ended->name, WTERMSIG(ended->status));
        if (ended)
            return sw_cli_fail(NAME, "%s ended by itself, exit code %d", ended->name, WEXITSTATUS(ended->status));
        int64_t left_us = duration_s > 0 ? end_us - sw_mono_real_us() : SW_US_PER_S;
        if (left_us <= 0)
            return SW_EXIT_OK;
        int64_t line_us = play_lines(s);
        if (line_us < 0)
            return SW_EXIT_FAILED;
        left_us = SW_MIN(left_us, line_us);
        struct timespec t = {.tv_sec = left_us / SW_US_PER_S, .tv_nsec = left_us % SW_US_PER_S * 1000};
        int sig = sigtimedwait(signals, NULL, &t);
        if (sig == SIGINT || sig == SIGTERM || sig == SIGHUP)
            return SW_EXIT_OK;
    }
}

static int run(struct sim *s, const struct options *o, const sigset_t *signals)
{
    struct sw_err err = {0};
    int code = SW_EXIT_OK;
    if (sw_sim_lines_read(&s->lines, s->folder.path, &err) < 0 ||
        sw_clock_init_simulated(&s->clock, s->folder.epoch_us, o->speed, sw_mono_real_us(), &err) < 0 ||
        start_both(s, &err) < 0) {
        code = sw_cli_fail(NAME, "%s", err.msg);
    } else {
        fprintf(stderr, "siteward sim: %s from %s at %g x in %s\n", o->scenario, s->folder.epoch, o->speed,
                s->folder.path);
        fprintf(stderr, "siteward sim: watch it with SITEWARD_SOCKET=%s/run/ctl.sock siteward status --watch\n",
                s->folder.path);
        code = wait_for_end(s, o->duration_s, signals);
    }
    /* the daemon first: it is to find its line alive while it stops */
    bool is_clean = sw_child_stop(&s->daemon, STOP_MS);
    is_clean = sw_child_stop(&s->node, STOP_MS) && is_clean;
    sw_sim_lines_done(&s->lines);
    if (code == SW_EXIT_OK && !is_clean)
        code = sw_cli_fail(NAME, "a program did not stop cleanly");
    return code;
}

int sw_cmd_sim(int argc, char **argv)
{
    struct options o;
    struct sim s = {0};
    struct sw_err err = {0};
    sigset_t signals;
    int code = parse_options(argc, argv, &o);
    if (code >= 0)
        return code;
    /* blocked from here on and taken by sigtimedwait, so that no signal is lost and the folder is always removed */
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);

    if (sw_run_folder_make(&s.folder, o.scenario, o.dir, o.broker, &err) < 0)
        return sw_cli_fail(NAME, "%s", err.msg);
    code = run(&s, &o, &signals);
    if (!o.is_keep)
        sw_run_folder_remove(&s.folder);
    return code;
}
