// SPDX-License-Identifier: Apache-2.0
/* siteward-node on a host: opens what the command line asks for and runs one poll loop until a signal ends it. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/log.h"
#include "firmware/port/host/control.h"
#include "firmware/port/host/node.h"
#include "firmware/port/host/options.h"
#include "firmware/port/host/serve_rtu.h"
#include "firmware/port/host/serve_tcp.h"

struct program {
    struct sw_node node;
    struct sw_mbserver server;
    struct sw_serve_rtu *rtu;
    struct sw_serve_tcp *tcp;
    struct sw_control *control;
    int signals;
};

static int open_sources(struct program *p, const struct sw_node_options *o, struct sw_err *err)
{
    p->node.clock = o->clock;
    p->node.now_us = sw_clock_utc_us(&o->clock);
    sw_sim_site_init(&p->node.site, p->node.now_us, o->baud);
    if (o->scenario && sw_scenario_read(o->scenario, &p->node.scenario, err) < 0)
        return err->code;
    if (o->csv && sw_sim_csv_open(o->csv, o->csv_units, o->n_csv_units, &p->node.csv, err) < 0)
        return err->code;
    if (p->node.scenario)
        sw_scenario_prepare(p->node.scenario, &p->node.site);
    for (int u = 1; u <= SW_SIM_UNIT_MAX; u++) {
        p->node.site.unit[u].exists |= o->unit_exists[u];
        if (o->unit_map[u] >= 0)
            p->node.site.unit[u].map = (enum sw_sim_map) o->unit_map[u];
    }
    p->server = sw_node_server(&p->node);
    return SW_OK;
}

static int open_doors(struct program *p, const struct sw_node_options *o, struct sw_err *err)
{
    sigset_t ending;

    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    if (sigprocmask(SIG_BLOCK, &ending, NULL) < 0 || (p->signals = signalfd(-1, &ending, SFD_CLOEXEC)) < 0)
        return sw_err_set(err, SW_E_IO, errno, "signals: %s", strerror(errno));
    if (o->pty && sw_serve_rtu_open(o->pty, &p->node, &p->server, &p->rtu, err) < 0)
        return err->code;
    if (o->tcp && sw_serve_tcp_open(o->tcp, &p->node, &p->server, &p->tcp, err) < 0)
        return err->code;
    if (o->control && sw_control_open(o->control, &p->node, &p->control, err) < 0)
        return err->code;
    return SW_OK;
}

static void close_all(struct program *p)
{
    p->control = sw_control_close(p->control);
    p->tcp = sw_serve_tcp_close(p->tcp);
    p->rtu = sw_serve_rtu_close(p->rtu);
    p->node.scenario = sw_scenario_free(p->node.scenario);
    p->node.csv = sw_sim_csv_close(p->node.csv);
    if (p->signals >= 0)
        close(p->signals);
}

static void tell_ready(const struct program *p)
{
    printf("ready");
    if (p->rtu)
        printf(" pty=%s", sw_serve_rtu_path(p->rtu));
    if (p->tcp)
        printf(" tcp=%s", sw_serve_tcp_address(p->tcp));
    printf("\n");
    fflush(stdout);
}

/* One turn. @return false when a signal asked to end */
static bool turn(struct program *p, int *timeout_ms)
{
    struct pollfd fds[2 + SW_TCP_POLLFDS + SW_CONTROL_POLLFDS];
    size_t n = 0, at_rtu = 0, at_tcp = 0, at_control = 0;

    fds[n++] = (struct pollfd){.fd = p->signals, .events = POLLIN};
    if (p->rtu) {
        at_rtu = n;
        fds[n++] = sw_serve_rtu_pollfd(p->rtu);
    }
    if (p->tcp) {
        at_tcp = n;
        n += sw_serve_tcp_pollfds(p->tcp, fds + n);
    }
    if (p->control) {
        at_control = n;
        n += sw_control_pollfds(p->control, fds + n);
    }
    const int rc = poll(fds, n, *timeout_ms);

    if (rc < 0)
        return errno == EINTR;
    if (fds[0].revents)
        return false;
    if (at_control)
        sw_control_run(p->control, fds + at_control);
    if (at_tcp)
        sw_serve_tcp_run(p->tcp, fds + at_tcp);
    if (at_rtu && (fds[at_rtu].revents || rc == 0 || *timeout_ms >= 0))
        *timeout_ms = sw_serve_rtu_run(p->rtu);
    return true;
}

int main(int argc, char **argv)
{
    static struct program program = {.signals = -1};
    static struct sw_node_options options;
    struct sw_err err = {0};
    int timeout_ms = -1;

    sw_log_init("siteward-node", SW_LOG_INFO);
    if (sw_node_options_parse(argc, argv, &options, &err) < 0) {
        fprintf(stderr, "siteward-node: %s\n", err.msg);
        return EX_USAGE;
    }
    if (options.wants_help || options.wants_version) {
        printf("%s", options.wants_help ? sw_node_help : "siteward-node " SW_VERSION "\n");
        return EX_OK;
    }
    int exit_code = EX_OK;

    if (open_sources(&program, &options, &err) < 0)
        exit_code = err.code == SW_E_IO ? EX_NOINPUT : EX_DATAERR;
    else if (open_doors(&program, &options, &err) < 0)
        exit_code = EX_UNAVAILABLE;
    if (exit_code != EX_OK) {
        fprintf(stderr, "siteward-node: %s\n", err.msg);
    } else {
        tell_ready(&program);
        while (turn(&program, &timeout_ms))
            ;
    }
    close_all(&program);
    return exit_code;
}
