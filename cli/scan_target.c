// SPDX-License-Identifier: Apache-2.0
/* Finds the line that is meant, in the site file if there is one. A site with faults does not keep an electrician from
 * scanning a port. */
#include "cli/scan_target.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "common/ident.h"
#include "config/faults.h"

#define BY_ID "/dev/serial/by-id"
#define SAVE_HERE "siteward-scan.json"
#define SAVE_NAME "scan.json"

bool sw_scan_is_same_port(const char *a, const char *b)
{
    char real_a[PATH_MAX], real_b[PATH_MAX];

    return strcmp(a, b) == 0 || (realpath(a, real_a) && realpath(b, real_b) && strcmp(real_a, real_b) == 0);
}

bool sw_scan_parse_host(const char *text, char *ret_host, size_t cap, int *ret_port)
{
    const char *end = text[0] == '[' ? strchr(text, ']') : strchr(text, ':');
    const char *begin = text[0] == '[' ? text + 1 : text, *port = NULL;
    char *rest = NULL;
    long number = 0;

    *ret_port = 0;
    if (text[0] == '[' && !end)
        return false;
    if (text[0] == '[' ? end[1] == ':' : end && !strchr(end + 1, ':'))
        port = text[0] == '[' ? end + 2 : end + 1;
    if (!end || (text[0] != '[' && !port)) /* no port; or several colons: an address of IPv6 by itself */
        end = text + strlen(text);
    if (end == begin || (size_t) (end - begin) >= cap)
        return false;
    if (port) {
        number = strtol(port, &rest, 10);
        if (*port < '0' || *port > '9' || *rest != '\0' || number < 1 || number > 65535)
            return false;
    }
    (void) snprintf(ret_host, cap, "%.*s", (int) (end - begin), begin);
    *ret_port = (int) number;
    return true;
}

/* A site file that was named must be there; the usual one may be missing. */
static int read_site(const struct sw_scan_asked *asked, struct sw_scan_target *t)
{
    const char *file = asked->config ? asked->config : SW_CONFIG_DEFAULT;
    struct sw_faults faults = {0};
    struct sw_err err = {0};

    if (access(file, R_OK) < 0) {
        if (!asked->config && !asked->bus)
            return -1;
        return sw_cli_fail("scan", "the site file %s cannot be read: name it with -c, or the port with --port", file);
    }
    (void) snprintf(t->config, sizeof(t->config), "%s", file);
    if (sw_site_read(file, NULL, &faults, &t->site, &err) < 0) {
        t->site = NULL;
        if (asked->bus)
            sw_faults_print(&faults, stderr);
        fprintf(
            stderr,
            "siteward scan: %s has faults ('siteward check -c %s' names them): what it says of the line is not used\n",
            file, file);
    }
    sw_faults_done(&faults);
    if (!t->site && asked->bus)
        return sw_cli_fail("scan", "so bus '%s' is not known: name the port with --port", asked->bus);
    return -1;
}

static void take_bus(struct sw_scan_target *t, int index)
{
    const struct sw_bus_conf *b = &t->site->buses[index];

    t->bus = index;
    (void) snprintf(t->params.id, sizeof(t->params.id), "%s", b->id);
    if (b->kind == SW_BUS_RTU) {
        t->params.kind = SW_LINE_RTU;
        if (t->params.port[0] == '\0')
            (void) snprintf(t->params.port, sizeof(t->params.port), "%s", b->port);
        t->first = b->serial;
        return;
    }
    if (t->params.host[0] == '\0') {
        t->params.kind = b->kind == SW_BUS_TCP ? SW_LINE_TCP : SW_LINE_RTU_TCP;
        (void) snprintf(t->params.host, sizeof(t->params.host), "%s", b->host);
        t->params.tcp_port = b->tcp_port;
    }
}

static int find_bus(const struct sw_scan_asked *asked, struct sw_scan_target *t)
{
    for (size_t i = 0; i < t->site->n_buses; i++) {
        if (strcmp(t->site->buses[i].id, asked->bus) == 0) {
            take_bus(t, (int) i);
            return -1;
        }
    }
    fprintf(stderr, "siteward scan: there is no bus '%.60s'; the site has", asked->bus);
    for (size_t i = 0; i < t->site->n_buses; i++)
        fprintf(stderr, "%s %s", i > 0 ? "," : "", t->site->buses[i].id);
    fputs(t->site->n_buses > 0 ? "\n" : " none\n", stderr);
    return SW_EXIT_FAILED;
}

/* A port or host that was named may be a bus of the site all the same. */
static void recognise(struct sw_scan_target *t)
{
    const struct sw_bus_params *p = &t->params;

    for (size_t i = 0; t->site && i < t->site->n_buses; i++) {
        const struct sw_bus_conf *b = &t->site->buses[i];

        if (p->kind == SW_LINE_RTU ? b->kind == SW_BUS_RTU && sw_scan_is_same_port(b->port, p->port)
                                   : b->kind != SW_BUS_RTU && strcmp(b->host, p->host) == 0 &&
                                         b->tcp_port == (p->tcp_port ? p->tcp_port : 502)) {
            take_bus(t, (int) i);
            return;
        }
    }
}

static int say_which_ports(void)
{
    DIR *dir = opendir(BY_ID);

    (void) sw_cli_fail("scan", "say which line: --port PATH, --host HOST, or --bus ID of the site file");
    for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir))
        if (e->d_name[0] != '.')
            fprintf(stderr, "  siteward scan --port " BY_ID "/%s\n", e->d_name);
    if (dir)
        (void) closedir(dir);
    else
        fputs("There is no " BY_ID
              ": no USB adapter is plugged in. Ports of the board are /dev/ttyS* or /dev/ttyAMA*.\n",
              stderr);
    return SW_EXIT_FAILED;
}

int sw_scan_target_find(const struct sw_scan_asked *asked, struct sw_scan_target *ret)
{
    const int n_named = (asked->bus != NULL) + (asked->port != NULL) + (asked->host != NULL);
    int code;

    *ret = (struct sw_scan_target){.bus = -1, .params = {.id = SW_SCAN_NO_BUS}};
    if (n_named > 1)
        return sw_cli_fail("scan", "--bus, --port and --host exclude each other: a scan is of one line");
    if (asked->is_rtu_over_tcp && !asked->host)
        return sw_cli_fail("scan", "--rtu-over-tcp belongs to --host");
    code = read_site(asked, ret);
    if (code >= 0)
        return code;
    if (asked->bus)
        return find_bus(asked, ret);
    if (asked->port) {
        ret->params.kind = SW_LINE_RTU;
        (void) snprintf(ret->params.port, sizeof(ret->params.port), "%s", asked->port);
    } else if (asked->host) {
        ret->params.kind = asked->is_rtu_over_tcp ? SW_LINE_RTU_TCP : SW_LINE_TCP;
        if (!sw_scan_parse_host(asked->host, ret->params.host, sizeof(ret->params.host), &ret->params.tcp_port))
            return sw_cli_fail("scan", "'%.80s' is no host: write 192.168.1.50, 192.168.1.50:502 or [fe80::1]:502",
                               asked->host);
    } else if (ret->site && ret->site->n_buses == 1) {
        take_bus(ret, 0);
        return -1;
    } else {
        return say_which_ports();
    }
    recognise(ret);
    return -1;
}

void sw_scan_target_done(struct sw_scan_target *t)
{
    t->site = sw_site_free(t->site);
}

void sw_scan_target_known(const struct sw_scan_target *t, struct sw_scan_want *want)
{
    want->n_known = 0;
    for (size_t i = 0; t->bus >= 0 && i < t->site->n_devices && want->n_known < SW_SCAN_KNOWN_MAX; i++)
        if (t->site->devices[i].bus == t->bus)
            want->known[want->n_known++] = t->site->devices[i].unit_id;
}

const char *sw_scan_target_device(const struct sw_scan_target *t, uint8_t unit_id, const struct sw_serial *serial)
{
    for (size_t i = 0; t->bus >= 0 && i < t->site->n_devices; i++) {
        const struct sw_device_conf *d = &t->site->devices[i];
        const struct sw_serial *own = d->serial.baud != 0 ? &d->serial : &t->site->buses[t->bus].serial;

        if (d->bus == t->bus && d->unit_id == unit_id && (serial->baud == 0 || sw_serial_same(own, serial)))
            return d->id;
    }
    return "";
}

void sw_scan_target_option(const struct sw_scan_target *t, char *ret, size_t cap)
{
    const struct sw_bus_params *p = &t->params;
    const char *box = p->kind == SW_LINE_RTU_TCP ? " --rtu-over-tcp" : "";

    if (p->kind == SW_LINE_RTU)
        (void) snprintf(ret, cap, "--port %s", p->port);
    else if (p->tcp_port == 0)
        (void) snprintf(ret, cap, "--host %s%s", p->host, box);
    else
        (void) snprintf(ret, cap, strchr(p->host, ':') ? "--host [%s]:%d%s" : "--host %s:%d%s", p->host, p->tcp_port,
                        box);
}

void sw_scan_default_file(const struct sw_site *site, char *ret, size_t cap)
{
    if (site && access(site->data_dir, W_OK) == 0)
        (void) snprintf(ret, cap, "%s/" SAVE_NAME, site->data_dir);
    else
        (void) snprintf(ret, cap, SAVE_HERE);
}

bool sw_scan_last_file(const struct sw_site *site, char *ret, size_t cap)
{
    char here[SW_PATH_SIZE];
    struct stat st_site, st_here;
    bool has_site;

    sw_scan_default_file(site, ret, cap);
    sw_scan_default_file(NULL, here, sizeof(here));
    has_site = stat(ret, &st_site) == 0;
    if (stat(here, &st_here) < 0)
        return has_site;
    if (!has_site || st_here.st_mtim.tv_sec > st_site.st_mtim.tv_sec ||
        (st_here.st_mtim.tv_sec == st_site.st_mtim.tv_sec && st_here.st_mtim.tv_nsec > st_site.st_mtim.tv_nsec))
        (void) snprintf(ret, cap, "%s", here);
    return true;
}
