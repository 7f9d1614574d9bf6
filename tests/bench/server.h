// SPDX-License-Identifier: Apache-2.0
/* A Modbus TCP device on a thread of its own: plain sockets, no library of the gateway's. It answers FC03 and FC04 of
 * any unit id with what the benchmark's `fill` says, and nothing else. */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <stdint.h>

struct bench_server;

/** Called on the server's thread immediately before send(): the place to put registers and a time stamp. */
typedef void bench_fill_fn(void *ctx, uint8_t unit, uint16_t reg_addr, uint16_t nb, uint16_t *regs);

/** On a free port of 127.0.0.1. */
struct bench_server *bench_server_start(bench_fill_fn *fill, void *ctx);
int bench_server_port(const struct bench_server *s);
/** Registers sent since the start. */
uint64_t bench_server_registers(const struct bench_server *s);
void bench_server_stop(struct bench_server *s);

#endif
