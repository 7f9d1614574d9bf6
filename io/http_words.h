// SPDX-License-Identifier: Apache-2.0
/* Headers of a request that we read ourselves. Pure; every input may be hostile. */
#ifndef SW_IO_HTTP_WORDS_H
#define SW_IO_HTTP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_HOST_SIZE 254

/** "Name:8480", "[::1]:8480", "192.0.2.7" → the host in small letters, without brackets and last dot, and the port (0 =
 *  none given). @return false: it is no host */
bool http_split_host(const char *text, size_t len, char ret_host[HTTP_HOST_SIZE], int *ret_port);

/** The Host of a request is one that we go by: an address, localhost, or one of these names (in small letters). A page
 *  that lets its own name point at us (DNS rebinding) has another. */
bool http_host_is_ours(const char *host_header, const char names[][HTTP_HOST_SIZE], size_t n_names);

/** Origin ("http://name:8480") is the page that we serve under this Host. "null" is not. */
bool http_origin_is_ours(const char *origin, const char *host_header);

/** If-None-Match ("*", or a list of "\"5\"" and W/"…") names this tag, which has its quotes. */
bool http_names_tag(const char *if_none_match, const char *etag);

/** Accept-Encoding takes gzip: named, or by "*", and not with q=0. */
bool http_takes_gzip(const char *accept_encoding);

/** @return length of the cookie's value; -1 = there is none of that name, or it does not fit */
int http_find_cookie(const char *cookie_header, const char *name, char *ret, size_t cap);

/** The path of a request line, before it is decoded, holds what no path of ours does: an encoded NUL or line end. */
bool http_path_is_odd(const char *raw);

#endif
