// SPDX-License-Identifier: Apache-2.0
/* Ids: the rule for ids that people choose, and ids derived from facts so that a replay finds the same. */
#ifndef SW_COMMON_IDENT_H
#define SW_COMMON_IDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** [a-z0-9]([a-z0-9-]{0,62}[a-z0-9])? */
bool sw_id_is_valid(const char *text);

/** First 10 characters of lower-case base32 (RFC 4648, a–z 2–7) of SHA-256(parts joined by a NUL ‖ u64le number).
 *  @param ret [11] */
void sw_id_derive(const char *const *parts, size_t n, uint64_t number, char ret[11]);

/** Lower-case hex SHA-256 of bytes. @param ret [65] */
void sw_sha256_hex(const void *data, size_t len, char ret[65]);

/** A ULID-like boot id: 10 characters Crockford base32 of the time in ms and randomness. @param ret [17] */
void sw_boot_id(int64_t utc_us, char ret[17]);

#endif
