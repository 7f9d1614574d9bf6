// SPDX-License-Identifier: Apache-2.0
/* What is to be scanned: a bus of the site file, or a port or host by name; and what the site knows of it. */
#ifndef SW_CLI_SCAN_TARGET_H
#define SW_CLI_SCAN_TARGET_H

#include "cli/scan.h"
#include "config/site.h"

#define SW_SCAN_NO_BUS "scan" /* name of a line that is no bus of the site */

struct sw_scan_target {
    struct sw_bus_params params;
    struct sw_site *site;      /* NULL: none, or it has faults */
    int bus;                   /* index in site; -1 = the line is none of its buses */
    char config[SW_PATH_SIZE]; /* site file; "" = none */
    struct sw_serial first;    /* the site's settings of this line; baud 0 = none */
};

/** What the command line says. */
struct sw_scan_asked {
    const char *config, *bus, *port, *host; /* NULL = not given */
    bool is_rtu_over_tcp;
};

/** @return -1 go on; else the exit code (a sentence was said). Release with sw_scan_target_done in both cases. */
int sw_scan_target_find(const struct sw_scan_asked *asked, struct sw_scan_target *ret);
void sw_scan_target_done(struct sw_scan_target *t);

/** Addresses that the site has on this line. */
void sw_scan_target_known(const struct sw_scan_target *t, struct sw_scan_want *want);
/** The site's device at an address of this line, spoken to as the unit was; "" = none. */
const char *sw_scan_target_device(const struct sw_scan_target *t, uint8_t unit_id, const struct sw_serial *serial);

/** The option of `siteward scan` that names this line again: "--port /dev/ttyUSB0". */
void sw_scan_target_option(const struct sw_scan_target *t, char *ret, size_t cap);

/** Where a scan is kept when nobody says. */
void sw_scan_default_file(const struct sw_site *site, char *ret, size_t cap);

/** The newest scan that was kept: for the site, or here when it was made without naming one.
 *  @return whether there is any; else *ret is where it would be for the site */
bool sw_scan_last_file(const struct sw_site *site, char *ret, size_t cap);

/** Do both name one device file? By-id names are links. */
bool sw_scan_is_same_port(const char *a, const char *b);

/** "192.168.1.50:502", "[fe80::1]:502", "box" → host and port (0 = not said). @return false: neither */
bool sw_scan_parse_host(const char *text, char *ret_host, size_t cap, int *ret_port);

#endif
