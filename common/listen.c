// SPDX-License-Identifier: Apache-2.0
/* Reads an address to listen on. */
#include "common/listen.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static bool parse_port(const char *text, uint16_t *ret)
{
    const size_t len = strlen(text);
    long port;

    if (len == 0 || len > 5 || strspn(text, "0123456789") != len)
        return false;
    port = strtol(text, NULL, 10);
    *ret = (uint16_t) port;
    return port <= UINT16_MAX;
}

/* An IPv4 address written as IPv6 reaches as far as the one in it. */
static bool v6_is_loopback(const struct in6_addr *a)
{
    return IN6_IS_ADDR_LOOPBACK(a) || (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
}

bool sw_listen_parse(const char *text, struct sw_listen *ret)
{
    const char *colon = strrchr(text, ':'), *host = text;
    struct in6_addr v6;
    struct in_addr v4;
    size_t len;

    *ret = (struct sw_listen){0};
    if (colon == NULL || !parse_port(colon + 1, &ret->port))
        return false;
    len = (size_t) (colon - text);
    if (len == 1 && *text == '*') {
        host = "[::]";
        len = 4;
    }
    ret->is_v6 = len > 2 && host[0] == '[' && host[len - 1] == ']';
    if (ret->is_v6) {
        host++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof(ret->host))
        return false;
    memcpy(ret->host, host, len);
    ret->host[len] = '\0';
    if (ret->is_v6) {
        if (inet_pton(AF_INET6, ret->host, &v6) != 1)
            return false;
        ret->is_loopback = v6_is_loopback(&v6);
        return true;
    }
    if (inet_pton(AF_INET, ret->host, &v4) != 1)
        return false;
    ret->is_loopback = (ntohl(v4.s_addr) >> 24) == 127;
    return true;
}
