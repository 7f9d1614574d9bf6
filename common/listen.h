// SPDX-License-Identifier: Apache-2.0
/* An address to listen on, as people write it. */
#ifndef SW_COMMON_LISTEN_H
#define SW_COMMON_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

struct sw_listen {
    char host[46]; /* numeric, without brackets: "127.0.0.1", "::" */
    uint16_t port; /* 0 = any that is free */
    bool is_v6;
    bool is_loopback; /* only this machine reaches it */
};

/** "127.0.0.1:8480", "[::1]:8480", "*:8480" (which is [::], and takes IPv4 too). No names: what they mean may change.
 *  @return false: it is none */
bool sw_listen_parse(const char *text, struct sw_listen *ret);

#endif
