// SPDX-License-Identifier: Apache-2.0
/* What a scan found, as devices of a site: reading the file of a scan, and writing conf.d/50-scan-{bus}.yaml. A file
 * that a person wrote is never changed; one of this command's own only grows at its end. */
#ifndef SW_CLI_SCAN_ADD_H
#define SW_CLI_SCAN_ADD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/scan.h"

#define SW_ADD_DEVICES_MAX 64
#define SW_ADD_FILE_MAX (1024 * 1024) /* of conf.d and of a scan */

/** First line of the files that this command writes, by which it knows them again. */
#define SW_ADD_MARK "# Written by 'siteward sensor add', which may add more at the end."

struct sw_add_device {
    char id[SW_ID_SIZE]; /* "" = not chosen yet */
    char template_id[SW_ID_SIZE];
    uint8_t unit_id;
    struct sw_serial serial; /* as found; baud 0 = network, or not known */
    char seen[128];          /* "65.3 dBA": for the comment */
    char others[128];        /* "rs-zs-bz, xm8189b": other templates that fit as well; "" = none */
};

/** A scan as kept by `siteward scan`. */
struct sw_add_found {
    struct sw_bus_params line;
    char bus[SW_ID_SIZE];      /* of the site; "" = none */
    char config[SW_PATH_SIZE]; /* "" = none */
    size_t n, n_unknown;       /* units that match a template; others that answered */
    struct sw_add_device devices[SW_ADD_DEVICES_MAX];
};

/** Read the file of a scan. @return SW_OK; SW_E_IO; SW_E_INVAL it is none, with the reason */
int sw_add_read(const char *path, struct sw_add_found *ret, struct sw_err *err);

/** An id for a bus that has none: "ttyusb0", "tcp-192-168-1-50". */
void sw_add_bus_id(const struct sw_bus_params *line, char *ret, size_t cap);

/** The name of a port that stays the same when adapters change places: its link in /dev/serial/by-id, else itself. */
void sw_add_stable_port(const char *port, char *ret, size_t cap);

/** What goes into the file. */
struct sw_add_text {
    const char *old;                  /* the file as it stands; NULL = it is new */
    const char *bus;                  /* id */
    const struct sw_bus_params *line; /* NULL: the site has the bus */
    struct sw_serial serial;          /* of the bus */
    const struct sw_add_device *devices;
    size_t n;
};

/** Write the text of the file. */
void sw_add_print(const struct sw_add_text *t, FILE *to);

/** Text of a file of this command's own; *ret NULL when there is none. free() it.
 *  @return SW_OK; SW_E_CONFLICT somebody else wrote it; SW_E_IO; SW_E_NOMEM */
int sw_add_old_text(const char *path, char **ret, struct sw_err *err);

/** Put a file in place by a rename, so that a reader sees the old or the new one. NULL text: remove the file.
 *  @return SW_OK; SW_E_IO */
int sw_add_replace(const char *path, const char *text, struct sw_err *err);

#endif
