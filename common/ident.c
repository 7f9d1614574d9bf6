// SPDX-License-Identifier: Apache-2.0
/* Ids that people choose, ids derived from facts, boot ids. Hashing by libsodium. */
#include "common/ident.h"

#include <sodium.h>
#include <string.h>

#include "common/macros.h"

static bool is_id_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool sw_id_is_valid(const char *text)
{
    size_t n = text ? strlen(text) : 0;

    if (n < 1 || n >= SW_ID_SIZE || !is_id_char(text[0]) || !is_id_char(text[n - 1]))
        return false;
    for (size_t i = 1; i < n; i++)
        if (!is_id_char(text[i]) && text[i] != '-')
            return false;
    return true;
}

void sw_id_derive(const char *const *parts, size_t n, uint64_t number, char ret[11])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    crypto_hash_sha256_state state;
    unsigned char hash[crypto_hash_sha256_BYTES], le[8];
    uint64_t bits = 0;

    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < n; i++) /* with its NUL, so that "a","bc" and "ab","c" differ */
        crypto_hash_sha256_update(&state, (const unsigned char *) parts[i], strlen(parts[i]) + 1);
    for (int i = 0; i < 8; i++)
        le[i] = (unsigned char) (number >> (8 * i));
    crypto_hash_sha256_update(&state, le, sizeof(le));
    crypto_hash_sha256_final(&state, hash);
    for (int i = 0; i < 7; i++)
        bits = bits << 8 | hash[i];
    for (int i = 0; i < 10; i++) /* the first 50 of these 56 bits */
        ret[i] = alphabet[bits >> (51 - 5 * i) & 31];
    ret[10] = '\0';
}

void sw_sha256_hex(const void *data, size_t len, char ret[65])
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(hash, data, len);
    sodium_bin2hex(ret, 65, hash, sizeof(hash));
}

void sw_boot_id(int64_t utc_us, char ret[17])
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* Crockford: no I L O U */
    uint64_t ms = utc_us > 0 ? (uint64_t) (utc_us / SW_US_PER_MS) : 0;
    unsigned char random[6];

    randombytes_buf(random, sizeof(random));
    for (int i = 0; i < 10; i++)
        ret[i] = alphabet[ms >> (45 - 5 * i) & 31];
    for (int i = 0; i < 6; i++)
        ret[10 + i] = alphabet[random[i] & 31];
    ret[16] = '\0';
}
