// SPDX-License-Identifier: Apache-2.0
/* The control socket: a person or a test breaks a unit, and mends it, while the node runs. */
#ifndef SW_FIRMWARE_HOST_CONTROL_H
#define SW_FIRMWARE_HOST_CONTROL_H

#include <poll.h>
#include <stddef.h>

#include "common/err.h"
#include "firmware/port/host/node.h"

#define SW_CONTROL_CLIENTS_MAX 4
#define SW_CONTROL_POLLFDS (SW_CONTROL_CLIENTS_MAX + 1)
#define SW_CONTROL_LINE_MAX 256

struct sw_control; /* opaque */

/** Listen on a unix stream socket. Each line "fault UNIT none|silent|exception|bad-crc [CODE]" is answered with "ok" or
 *  "error: sentence". @param node borrowed @return SW_OK; SW_E_INVAL path too long or not a socket; SW_E_IO; SW_E_NOMEM
 */
int sw_control_open(const char *path, struct sw_node *node, struct sw_control **ret, struct sw_err *err);
struct sw_control *sw_control_close(struct sw_control *c); /* removes the socket; NULL is fine; returns NULL */

/** What to wait for. @param ret_fds [SW_CONTROL_POLLFDS] @return how many were filled */
size_t sw_control_pollfds(const struct sw_control *c, struct pollfd *ret_fds);

/** Serve those that are ready. @param fds as filled, after poll() */
void sw_control_run(struct sw_control *c, const struct pollfd *fds);

#endif
