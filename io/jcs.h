// SPDX-License-Identifier: Apache-2.0
/* JSON in the one form that everybody arrives at (RFC 8785, JSON Canonicalization Scheme): what is hashed and signed.
 * Pure: text in, text out. */
#ifndef SW_IO_JCS_H
#define SW_IO_JCS_H

#include <stddef.h>

#include "common/err.h"

#define SW_JCS_DEPTH_MAX 64

/** @param json     one JSON text in UTF-8; a name twice in an object is refused
 *  @param buf      [cap] the canonical form, with a NUL behind it
 *  @param ret_len  its length without the NUL
 *  @return SW_OK; SW_E_INVAL it is no JSON, too deep or holds a number that no double can; SW_E_FULL no room;
 *          SW_E_NOMEM */
int sw_jcs(const char *json, size_t len, char *buf, size_t cap, size_t *ret_len, struct sw_err *err);

/** A finite number as ECMAScript writes it: the shortest digits that come back as the same double (RFC 8785, 3.2.2.3).
 *  @param ret [48] */
void sw_jcs_number(double value, char ret[48]);

#endif
