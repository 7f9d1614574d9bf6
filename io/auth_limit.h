// SPDX-License-Identifier: Apache-2.0
/* How often somebody may try a password. Each try that did not succeed makes the next one wait longer: for the account
 * from that address, for the account from everywhere, for the address whatever the account. Every wait has an end, and
 * an address from which an account logged in before waits for its own mistakes only: nobody can lock all others out.
 * Fixed room, keyed so that nobody can aim at an entry. Pure: time is a parameter. One thread. */
#ifndef SW_IO_AUTH_LIMIT_H
#define SW_IO_AUTH_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SW_LIMIT_PAIRS 1024
#define SW_LIMIT_ACCOUNTS 512
#define SW_LIMIT_ADDRESSES 512

struct sw_limit_entry {
    uint64_t key;                   /* 0 = free */
    int64_t not_before_us, last_us; /* monotonic */
    uint32_t fails;                 /* not forgotten yet */
    bool is_familiar;               /* it went well once */
};

struct sw_auth_limit {
    uint8_t secret[16];
    struct sw_limit_entry pairs[SW_LIMIT_PAIRS];
    struct sw_limit_entry accounts[SW_LIMIT_ACCOUNTS];
    struct sw_limit_entry addresses[SW_LIMIT_ADDRESSES];
};

/** @param secret  random; what entries are kept under depends on it */
void sw_auth_limit_init(struct sw_auth_limit *l, const uint8_t secret[16]);

/** May this be tried now? When it may, it counts as a failure until sw_auth_limit_good says otherwise, so that tries
 *  side by side are not free.
 *  @param account  as it was typed, whether there is one or not; NULL = none: the address counts, and nobody else's
 * tries
 *  @param address  "192.0.2.7"; of IPv6 the first 64 bits count; "" = this machine itself, which is not limited
 *  @return 0 = yes; else how long to wait, microseconds */
int64_t sw_auth_limit_ask(struct sw_auth_limit *l, const char *account, const char *address, int64_t now_us);
/** It went well. */
void sw_auth_limit_good(struct sw_auth_limit *l, const char *account, const char *address, int64_t now_us);

#endif
