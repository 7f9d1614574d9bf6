// SPDX-License-Identifier: Apache-2.0
/* A fast hash for tables in memory: FNV-1a, 64 bit (Fowler, Noll, Vo). Never stored and never sent; what must
 * withstand people is hashed by common/ident.h. */
#ifndef SW_COMMON_HASH_H
#define SW_COMMON_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SW_HASH_START 0xcbf29ce484222325u

/** Go on with a hash (SW_HASH_START to begin). */
static inline uint64_t sw_hash_bytes(uint64_t hash, const void *data, size_t len)
{
    const unsigned char *at = data;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * 0x100000001b3u;
    return hash;
}

static inline uint64_t sw_hash_text(const char *text)
{
    return sw_hash_bytes(SW_HASH_START, text, strlen(text));
}

#endif
