// SPDX-License-Identifier: Apache-2.0
/* Modbus TCP: listens, keeps a bounded number of connections, answers through mbap.c. */
#ifndef SW_FIRMWARE_HOST_SERVE_TCP_H
#define SW_FIRMWARE_HOST_SERVE_TCP_H

#include <poll.h>
#include <stddef.h>

#include "common/err.h"
#include "firmware/port/host/node.h"

#define SW_TCP_CLIENTS_MAX 32
#define SW_TCP_POLLFDS (SW_TCP_CLIENTS_MAX + 1)

struct sw_serve_tcp; /* opaque */

/** @param address  "HOST:PORT" or "[IPV6]:PORT"; port 0 = any free one
 *  @param node, server  borrowed
 *  @return SW_OK; SW_E_INVAL; SW_E_IO address not ours or port taken; SW_E_NOMEM */
int sw_serve_tcp_open(const char *address, struct sw_node *node, const struct sw_mbserver *server,
                      struct sw_serve_tcp **ret, struct sw_err *err);
struct sw_serve_tcp *sw_serve_tcp_close(struct sw_serve_tcp *tcp); /* NULL is fine; always returns NULL */

/** "HOST:PORT" that it listens on, with the real port. */
const char *sw_serve_tcp_address(const struct sw_serve_tcp *tcp);

/** What to wait for. @param ret_fds [SW_TCP_POLLFDS] @return how many were filled */
size_t sw_serve_tcp_pollfds(const struct sw_serve_tcp *tcp, struct pollfd *ret_fds);

/** Serve those that are ready. @param fds as filled, after poll() */
void sw_serve_tcp_run(struct sw_serve_tcp *tcp, const struct pollfd *fds);

#endif
