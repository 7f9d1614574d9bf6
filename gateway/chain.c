// SPDX-License-Identifier: Apache-2.0
/* The hash chain to the byte: bodies, entries, leaves of readings, and the texts that are signed. Hashing by libsodium.
 * Which entries there are is the store's business, keys and signatures gateway/key.c's. */
#include "gateway/chain.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/macros.h"
#include "common/quantity.h"

#define ENTRY_LABEL "siteward-entry/1\n"
#define THE_NAN 0x7ff8000000000000u /* the one pattern that stands for "no value" */

static const char *const kind_names[SW_CHAIN__COUNT] = {
    [SW_CHAIN_READINGS] = "readings", [SW_CHAIN_WINDOW] = "window",   [SW_CHAIN_TICKET] = "ticket",
    [SW_CHAIN_CONFIG] = "config",     [SW_CHAIN_COMMAND] = "command", [SW_CHAIN_OUTPUT] = "output",
    [SW_CHAIN_SCHEDULE] = "schedule", [SW_CHAIN_CLOCK] = "clock",     [SW_CHAIN_KEY] = "key",
    [SW_CHAIN_BOOT] = "boot",
};

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(((struct sw_chain_leaf *) 0)->state), "libsodium's state");
_Static_assert(SW_HASH_SIZE == crypto_hash_sha256_BYTES, "SHA-256");

const char *sw_chain_kind_name(enum sw_chain_kind k)
{
    return (unsigned) k < SW_CHAIN__COUNT && kind_names[k] ? kind_names[k] : "";
}

static void put_u64le(uint64_t value, unsigned char ret[8])
{
    for (int i = 0; i < 8; i++)
        ret[i] = (unsigned char) (value >> (8 * i));
}

void sw_chain_body_hash(const void *body, size_t len, sw_hash ret)
{
    crypto_hash_sha256(ret, body, len);
}

void sw_chain_entry_hash(const sw_hash previous, uint64_t n, enum sw_chain_kind kind, const sw_hash body, sw_hash ret)
{
    const char *name = sw_chain_kind_name(kind);
    crypto_hash_sha256_state st;
    unsigned char number[8];

    put_u64le(n, number);
    crypto_hash_sha256_init(&st);
    crypto_hash_sha256_update(&st, previous, SW_HASH_SIZE);
    crypto_hash_sha256_update(&st, (const unsigned char *) ENTRY_LABEL, sizeof(ENTRY_LABEL) - 1);
    crypto_hash_sha256_update(&st, number, sizeof(number));
    crypto_hash_sha256_update(&st, (const unsigned char *) name, strlen(name));
    crypto_hash_sha256_update(&st, (const unsigned char *) "\n", 1);
    crypto_hash_sha256_update(&st, body, SW_HASH_SIZE);
    crypto_hash_sha256_final(&st, ret);
}

static crypto_hash_sha256_state *state_of(struct sw_chain_leaf *l)
{
    return (crypto_hash_sha256_state *) (void *) l->state;
}

void sw_chain_leaf_begin(struct sw_chain_leaf *l)
{
    crypto_hash_sha256_init(state_of(l));
}

static void add_text(struct sw_chain_leaf *l, const char *text, size_t len)
{
    crypto_hash_sha256_update(state_of(l), (const unsigned char *) text, len);
}

void sw_chain_leaf_add(struct sw_chain_leaf *l, const struct sw_reading *r, bool is_late)
{
    const char *quantity = sw_quantity_info((enum sw_quantity) r->quantity)->name;
    unsigned char row[8 + 8 + 1];
    uint64_t bits = THE_NAN;

    if (!isnan(r->value))
        memcpy(&bits, &r->value, sizeof(bits));
    put_u64le((uint64_t) r->t_mono_us, row);
    put_u64le(bits, row + 8);
    row[16] = (unsigned char) r->flag;
    crypto_hash_sha256_update(state_of(l), row, sizeof(row));
    add_text(l, quantity, strlen(quantity));
    if (is_late)
        add_text(l, ",late", 5);
    if (r->time_quality != SW_TIME_SYNCED)
        add_text(l, ",unsynced", 9);
    add_text(l, "", 1);
}

void sw_chain_leaf_end(struct sw_chain_leaf *l, sw_hash ret)
{
    crypto_hash_sha256_final(state_of(l), ret);
}

static size_t fits(int len, size_t cap)
{
    return len > 0 && (size_t) len < cap ? (size_t) len : 0;
}

size_t sw_chain_head_text(const char *gateway, uint64_t n, const sw_hash head, const char *ts, char *buf, size_t cap)
{
    char hex[65];

    sw_hash_hex(head, hex);
    return fits(snprintf(buf, cap, "siteward-head/1\n%s\n%llu\n%s\n%s\n", gateway, (unsigned long long) n, hex, ts),
                cap);
}

size_t sw_chain_document_text(const char *gateway, uint64_t n, const sw_hash head, const sw_hash document,
                              const char *ts, char *buf, size_t cap)
{
    char hex[65], document_hex[65];

    sw_hash_hex(head, hex);
    sw_hash_hex(document, document_hex);
    return fits(snprintf(buf, cap, "siteward-document/1\n%s\n%llu\n%s\n%s\n%s\n", gateway, (unsigned long long) n, hex,
                         document_hex, ts),
                cap);
}

void sw_hash_hex(const sw_hash h, char ret[65])
{
    sodium_bin2hex(ret, 65, h, SW_HASH_SIZE);
}

bool sw_hash_parse(const char *hex, sw_hash ret)
{
    size_t len = 0;
    sw_hash h;

    if (!hex || strlen(hex) != (size_t) 2 * SW_HASH_SIZE ||
        sodium_hex2bin(h, sizeof(h), hex, (size_t) 2 * SW_HASH_SIZE, NULL, &len, NULL) != 0 || len != SW_HASH_SIZE)
        return false;
    memcpy(ret, h, SW_HASH_SIZE);
    return true;
}
