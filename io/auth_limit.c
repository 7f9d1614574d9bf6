// SPDX-License-Identifier: Apache-2.0
/* Three tables of fixed size. In a full one the entry with the fewest failures gives way, the oldest of these: who
 * floods a table with new names pushes out his own. */
#include "io/auth_limit.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <string.h>

#include "common/macros.h"

struct limit {
    uint32_t free;      /* failures that cost nothing */
    int64_t first_us;   /* the first wait; each one after is twice as long */
    int64_t longest_us; /* but not longer */
    int64_t forget_us;  /* one failure is forgotten so often */
};

static const struct limit of_pair = {5, SW_US_PER_S, 900 * SW_US_PER_S, 600 * SW_US_PER_S};
static const struct limit of_account = {10, SW_US_PER_S, 60 * SW_US_PER_S, 60 * SW_US_PER_S};
static const struct limit of_address = {20, SW_US_PER_S, 60 * SW_US_PER_S, 60 * SW_US_PER_S};

#define FAILS_MAX 64 /* longer waits than the longest are not counted up to */

void sw_auth_limit_init(struct sw_auth_limit *l, const uint8_t secret[16])
{
    *l = (struct sw_auth_limit){0};
    memcpy(l->secret, secret, sizeof(l->secret));
}

/* Half an IPv6 address belongs to one customer. What is no address counts as one of them. */
static void address_bytes(const char *text, uint8_t ret[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    if (inet_pton(AF_INET, text, ret) == 1)
        return;
    if (inet_pton(AF_INET6, text, ret) != 1) {
        memset(ret, 0, 16);
    } else if (memcmp(ret, mapped, sizeof(mapped)) == 0) {
        memcpy(ret, ret + sizeof(mapped), 4);
        memset(ret + 4, 0, 12);
    } else {
        memset(ret + 8, 0, 8);
    }
}

static uint64_t key_of(const struct sw_auth_limit *l, const char *account, const char *address)
{
    struct {
        uint8_t account[32], address[16], kind;
    } what = {.kind = (uint8_t) ((account ? 1 : 0) | (address ? 2 : 0))};
    uint64_t key = 0;

    if (account)
        (void) crypto_generichash(what.account, sizeof(what.account), (const uint8_t *) account, strlen(account), NULL,
                                  0);
    if (address)
        address_bytes(address, what.address);
    (void) crypto_shorthash((uint8_t *) &key, (const uint8_t *) &what, sizeof(what), l->secret);
    return key ? key : 1;
}

static void forget(struct sw_limit_entry *e, const struct limit *limit, int64_t now_us)
{
    const int64_t n = (now_us - e->last_us) / limit->forget_us;

    if (n <= 0)
        return;
    e->fails = n >= e->fails ? 0 : e->fails - (uint32_t) n;
    e->last_us += n * limit->forget_us;
}

/* Whether a gives way before b. */
static bool is_cheaper(const struct sw_limit_entry *a, const struct sw_limit_entry *b)
{
    if (!a->key || !b->key)
        return !a->key && b->key;
    if (a->is_familiar != b->is_familiar)
        return b->is_familiar;
    return a->fails != b->fails ? a->fails < b->fails : a->last_us < b->last_us;
}

static struct sw_limit_entry *find(struct sw_limit_entry *list, size_t n, const struct limit *limit, uint64_t key,
                                   int64_t now_us)
{
    struct sw_limit_entry *cheapest = list;

    for (size_t i = 0; i < n; i++) {
        if (list[i].key == key) {
            forget(&list[i], limit, now_us);
            return &list[i];
        }
        if (is_cheaper(&list[i], cheapest))
            cheapest = &list[i];
    }
    *cheapest = (struct sw_limit_entry){.key = key, .last_us = now_us};
    return cheapest;
}

static void charge(struct sw_limit_entry *e, const struct limit *limit, int64_t now_us)
{
    int64_t wait_us = 0;

    if (e->fails == 0)
        e->last_us = now_us;
    e->fails = SW_MIN(e->fails + 1, FAILS_MAX);
    if (e->fails >= limit->free) {
        const uint32_t twice = SW_MIN(e->fails - limit->free, 20u);

        wait_us = SW_MIN(limit->first_us << twice, limit->longest_us);
    }
    e->not_before_us = now_us + wait_us;
}

static int64_t wait_of(const struct sw_limit_entry *e, int64_t now_us)
{
    return e && e->not_before_us > now_us ? e->not_before_us - now_us : 0;
}

int64_t sw_auth_limit_ask(struct sw_auth_limit *l, const char *account, const char *address, int64_t now_us)
{
    struct sw_limit_entry *pair, *by_account = NULL, *by_address = NULL;
    int64_t wait_us;

    if (!*address)
        return 0;
    pair = find(l->pairs, SW_LIMIT_PAIRS, &of_pair, key_of(l, account, address), now_us);
    if (!pair->is_familiar) {
        if (account)
            by_account = find(l->accounts, SW_LIMIT_ACCOUNTS, &of_account, key_of(l, account, NULL), now_us);
        by_address = find(l->addresses, SW_LIMIT_ADDRESSES, &of_address, key_of(l, NULL, address), now_us);
    }
    wait_us = wait_of(pair, now_us);
    wait_us = SW_MAX(wait_us, wait_of(by_account, now_us));
    wait_us = SW_MAX(wait_us, wait_of(by_address, now_us));
    if (wait_us > 0)
        return wait_us; /* who is told to wait pays nothing more: the wait has an end */
    charge(pair, &of_pair, now_us);
    if (by_account)
        charge(by_account, &of_account, now_us);
    if (by_address)
        charge(by_address, &of_address, now_us);
    return 0;
}

static void give_back(struct sw_limit_entry *e, int64_t now_us)
{
    e->fails -= e->fails > 0;
    e->not_before_us = SW_MIN(e->not_before_us, now_us);
}

void sw_auth_limit_good(struct sw_auth_limit *l, const char *account, const char *address, int64_t now_us)
{
    struct sw_limit_entry *pair;

    if (!*address)
        return;
    pair = find(l->pairs, SW_LIMIT_PAIRS, &of_pair, key_of(l, account, address), now_us);
    if (!pair->is_familiar) { /* the others' failures stay counted: an own account is no way to clear an address */
        if (account)
            give_back(find(l->accounts, SW_LIMIT_ACCOUNTS, &of_account, key_of(l, account, NULL), now_us), now_us);
        give_back(find(l->addresses, SW_LIMIT_ADDRESSES, &of_address, key_of(l, NULL, address), now_us), now_us);
    }
    pair->fails = 0;
    pair->not_before_us = now_us;
    pair->is_familiar = account != NULL;
}
