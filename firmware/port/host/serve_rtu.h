// SPDX-License-Identifier: Apache-2.0
/* The host's serial line: a pseudo-terminal that stands for the RS485 pair. Implements hal.h on it. */
#ifndef SW_FIRMWARE_HOST_SERVE_RTU_H
#define SW_FIRMWARE_HOST_SERVE_RTU_H

#include <poll.h>

#include "common/err.h"
#include "firmware/port/host/node.h"

struct sw_serve_rtu; /* opaque */

/** Make a pty and answer on its master side.
 *  @param link  a symbolic link to the slave is made here (an old link is replaced, anything else refused);
 *               "-" makes none
 *  @param node, server  borrowed
 *  @return SW_OK; SW_E_INVAL link is a file; SW_E_IO; SW_E_NOMEM */
int sw_serve_rtu_open(const char *link, struct sw_node *node, const struct sw_mbserver *server,
                      struct sw_serve_rtu **ret, struct sw_err *err);
struct sw_serve_rtu *sw_serve_rtu_close(struct sw_serve_rtu *rtu); /* removes the link; NULL is fine; returns NULL */

/** What to tell a master to open: the link, or the slave's own path. */
const char *sw_serve_rtu_path(const struct sw_serve_rtu *rtu);

struct pollfd sw_serve_rtu_pollfd(const struct sw_serve_rtu *rtu);

/** Serve what has arrived. @return milliseconds until it wants to be called again, -1 = only when bytes arrive */
int sw_serve_rtu_run(struct sw_serve_rtu *rtu);

#endif
