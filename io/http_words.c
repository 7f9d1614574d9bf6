// SPDX-License-Identifier: Apache-2.0
/* Reads the headers that decide whether a request is meant for us. What is not understood is not ours. */
#include "io/http_words.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/macros.h"

#define SPACE " \t"

static bool parse_port(const char *text, size_t len, int *ret)
{
    int port = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9' || i == 5)
            return false;
        port = port * 10 + (text[i] - '0');
    }
    *ret = port;
    return len > 0 && port > 0 && port <= 65535;
}

bool http_split_host(const char *text, size_t len, char ret_host[HTTP_HOST_SIZE], int *ret_port)
{
    const char *end = text + len, *host = text, *host_end, *rest;
    struct in6_addr v6;
    size_t n;

    *ret_port = 0;
    if (len > 0 && text[0] == '[') {
        host = text + 1;
        host_end = memchr(text, ']', len);
        rest = host_end ? host_end + 1 : end;
    } else {
        host_end = memchr(text, ':', len);
        rest = host_end = host_end ? host_end : end;
    }
    if (!host_end || host_end == host || (size_t) (host_end - host) >= HTTP_HOST_SIZE)
        return false;
    if (rest < end && (*rest != ':' || !parse_port(rest + 1, (size_t) (end - rest - 1), ret_port)))
        return false;
    n = (size_t) (host_end - host);
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char) host[i];

        if (c == '\0' || (!(isascii(c) && isalnum(c)) && !strchr(host == text ? ".-_" : ".:", c)))
            return false;
        ret_host[i] = (char) tolower(c);
    }
    if (n > 1 && host == text && ret_host[n - 1] == '.') /* "localhost." is the same name, written out */
        n--;
    ret_host[n] = '\0';
    return host == text || inet_pton(AF_INET6, ret_host, &v6) == 1;
}

static bool is_address(const char *host)
{
    struct in6_addr address;

    return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

bool http_host_is_ours(const char *host_header, const char names[][HTTP_HOST_SIZE], size_t n_names)
{
    char host[HTTP_HOST_SIZE];
    int port;

    if (!host_header || !http_split_host(host_header, strlen(host_header), host, &port))
        return false;
    if (is_address(host) || strcmp(host, "localhost") == 0)
        return true;
    for (size_t i = 0; i < n_names; i++)
        if (strcmp(host, names[i]) == 0)
            return true;
    return false;
}

bool http_origin_is_ours(const char *origin, const char *host_header)
{
    const int usual = strncasecmp(origin, "https://", 8) == 0 ? 443 : 80;
    const size_t begin = usual == 443 ? 8 : 7;
    char from[HTTP_HOST_SIZE], to[HTTP_HOST_SIZE];
    int from_port, to_port;

    if (usual == 80 && strncasecmp(origin, "http://", 7) != 0)
        return false;
    if (!http_split_host(origin + begin, strlen(origin + begin), from, &from_port) ||
        !http_split_host(host_header, strlen(host_header), to, &to_port))
        return false;
    return strcmp(from, to) == 0 && (from_port ? from_port : usual) == (to_port ? to_port : usual);
}

bool http_names_tag(const char *if_none_match, const char *etag)
{
    const size_t len = strlen(etag);
    const char *at = if_none_match + strspn(if_none_match, SPACE ",");

    if (*at == '*')
        return at[1 + strspn(at + 1, SPACE)] == '\0';
    while (*at) {
        const char *close;

        if (strncmp(at, "W/", 2) == 0) /* compared as weakly as asked: a 304 may be */
            at += 2;
        close = *at == '"' ? strchr(at + 1, '"') : NULL;
        if (!close)
            return false;
        if ((size_t) (close + 1 - at) == len && memcmp(at, etag, len) == 0)
            return true;
        at = close + 1;
        if (*at && !strchr(SPACE ",", *at))
            return false;
        at += strspn(at, SPACE ",");
    }
    return false;
}

/* "q=0", "q=0.000": not at all. */
static bool is_refused(const char *params, size_t len)
{
    const char *end = params + len, *at = params;

    while (at < end && strchr(SPACE ";", *at))
        at++;
    if (end - at < 3 || (at[0] != 'q' && at[0] != 'Q') || at[1] != '=')
        return false;
    for (at += 2; at < end; at++)
        if (*at != '0' && *at != '.' && !strchr(SPACE, *at))
            return false;
    return true;
}

bool http_takes_gzip(const char *accept_encoding)
{
    bool by_star = false;

    for (const char *at = accept_encoding; at && *at;) {
        const size_t len = strcspn(at, ",");
        size_t lead = strspn(at, SPACE), name;

        lead = SW_MIN(lead, len);
        name = strcspn(at + lead, ",; \t");
        if (name == 4 && strncasecmp(at + lead, "gzip", 4) == 0)
            return !is_refused(at + lead + name, len - lead - name);
        if (name == 1 && at[lead] == '*')
            by_star = !is_refused(at + lead + name, len - lead - name);
        at += len + (at[len] == ',');
    }
    return by_star;
}

int http_find_cookie(const char *cookie_header, const char *name, char *ret, size_t cap)
{
    const size_t name_len = strlen(name);

    for (const char *at = cookie_header; at && *at;) {
        size_t len;

        at += strspn(at, SPACE);
        len = strcspn(at, ";");
        if (len > name_len && at[name_len] == '=' && strncmp(at, name, name_len) == 0) {
            const char *value = at + name_len + 1;
            size_t n = len - name_len - 1;

            while (n > 0 && strchr(SPACE, value[n - 1]))
                n--;
            if (n >= cap)
                return -1;
            memcpy(ret, value, n);
            ret[n] = '\0';
            return (int) n;
        }
        at += len + (at[len] == ';');
    }
    return -1;
}

bool http_path_is_odd(const char *raw)
{
    for (const char *at = raw; *at && *at != '?'; at++) {
        if ((unsigned char) *at < ' ' || *at == 0x7f)
            return true;
        if (*at == '%' &&
            (strncasecmp(at, "%00", 3) == 0 || strncasecmp(at, "%0a", 3) == 0 || strncasecmp(at, "%0d", 3) == 0))
            return true;
    }
    return false;
}
