// SPDX-License-Identifier: Apache-2.0
/* A simulated node with a unit of every map and every fault, at a standing clock, and what any reply must be. */
#ifndef SW_TESTS_FUZZ_NODE_H
#define SW_TESTS_FUZZ_NODE_H

#include "firmware/app/mbserver.h"

/** Units 1 … 4 one of each map; 5 answers with an exception, 6 is silent; no others. */
const struct sw_mbserver *node_server(void);

/** A reply PDU must answer the request that it was given for. */
void node_check_reply(const uint8_t *request, size_t len, const uint8_t *reply, size_t n);

#endif
