// SPDX-License-Identifier: Apache-2.0
/* The hash chain and its signature, to the byte. Pure: bytes in, bytes out; libsodium computes. Writing entries is the
 * store's (store_chain.c), checking them cli/verify's.
 *
 * entry hash = SHA-256(previous 32 bytes ‖ "siteward-entry/1\n" ‖ u64le n ‖ kind ‖ "\n" ‖ SHA-256(body)), the first
 * previous being zeros, n from 1. Bodies are JSON in RFC 8785 form, but that of `readings`:
 * u64le minute (monotonic), then per sensor in byte order id ‖ 0x00 ‖ leaf; leaf = SHA-256 over rows
 * {i64le t_mono_us, f64le value (one NaN), u8 flag, quantity's name ‖ 0x00}.
 * Source: docs/reference/chain.md. */
#ifndef SW_GATEWAY_CHAIN_H
#define SW_GATEWAY_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/reading.h"

#define SW_HASH_SIZE 32
#define SW_SIGNATURE_SIZE 64
#define SW_PUBLIC_KEY_SIZE 32
#define SW_SECRET_KEY_SIZE 64
#define SW_PUBLIC_KEY_TEXT_SIZE 64 /* "ed25519:" and base64 */
#define SW_SIGNATURE_TEXT_SIZE 96  /* base64 */

/** Numbers are stored: never changed, only added to. */
enum sw_chain_kind {
    SW_CHAIN_READINGS = 1,
    SW_CHAIN_WINDOW = 2,
    SW_CHAIN_TICKET = 3,
    SW_CHAIN_CONFIG = 4,
    SW_CHAIN_COMMAND = 5,
    SW_CHAIN_OUTPUT = 6,
    SW_CHAIN_SCHEDULE = 7,
    SW_CHAIN_CLOCK = 8,
    SW_CHAIN_KEY = 9,
    SW_CHAIN_BOOT = 10,
    SW_CHAIN__COUNT
};
const char *sw_chain_kind_name(enum sw_chain_kind k); /* "" = none of them */

typedef unsigned char sw_hash[SW_HASH_SIZE];

void sw_chain_body_hash(const void *body, size_t len, sw_hash ret);
/** @param previous  of entry n - 1; of the first: zeros */
void sw_chain_entry_hash(const sw_hash previous, uint64_t n, enum sw_chain_kind kind, const sw_hash body, sw_hash ret);

/** The leaf of one sensor's readings of one minute, row by row in order of arrival. */
struct sw_chain_leaf {
    _Alignas(8) unsigned char state[128]; /* of SHA-256; libsodium's */
};
void sw_chain_leaf_begin(struct sw_chain_leaf *l);
/** Of a reading that was late (stored, never judged) or taken before the clock was set, the quantity's name is followed
 *  by ",late" and ",unsynced" (ADR 0022): so that no bit of a stored reading is outside the chain.
 *  @param is_late  its window had closed (struct sw_block_item) */
void sw_chain_leaf_add(struct sw_chain_leaf *l, const struct sw_reading *r, bool is_late);
void sw_chain_leaf_end(struct sw_chain_leaf *l, sw_hash ret);

/** What a head is signed over: "siteward-head/1\n{gw}\n{n}\n{hex head}\n{ts}\n". @return length, 0 = no room */
size_t sw_chain_head_text(const char *gateway, uint64_t n, const sw_hash head, const char *ts, char *buf, size_t cap);
/** What a document is signed over, so that its own figures are bound to the head:
 *  "siteward-document/1\n{gw}\n{n}\n{hex head}\n{hex SHA-256 of the document}\n{ts}\n". The hash is over the RFC 8785
 *  form of the document without its member `integrity`. */
size_t sw_chain_document_text(const char *gateway, uint64_t n, const sw_hash head, const sw_hash document,
                              const char *ts, char *buf, size_t cap);

struct sw_key {
    unsigned char public_key[SW_PUBLIC_KEY_SIZE], secret_key[SW_SECRET_KEY_SIZE];
};

/** The gateway's key: read from the file, or made there, readable by its owner only, when there is none.
 *  @param ret_is_new  it was made now
 *  @return SW_OK; SW_E_IO; SW_E_DENIED others may read the file; SW_E_CORRUPT it is no key */
int sw_key_load(const char *path, struct sw_key *ret, bool *ret_is_new, struct sw_err *err);
void sw_key_wipe(struct sw_key *k);
/** "ed25519:base64" @param ret [SW_PUBLIC_KEY_TEXT_SIZE] */
void sw_key_public_text(const unsigned char public_key[SW_PUBLIC_KEY_SIZE], char *ret);
/** And back. @return false: it is none */
bool sw_key_public_parse(const char *text, unsigned char ret[SW_PUBLIC_KEY_SIZE]);
/** Ed25519, base64. @param ret [SW_SIGNATURE_TEXT_SIZE] */
void sw_key_sign(const struct sw_key *k, const void *text, size_t len, char *ret);
bool sw_key_verify(const unsigned char public_key[SW_PUBLIC_KEY_SIZE], const void *text, size_t len,
                   const char *signature);

void sw_hash_hex(const sw_hash h, char ret[65]);
bool sw_hash_parse(const char *hex, sw_hash ret); /* 64 digits, nothing behind */

#endif
