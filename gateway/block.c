// SPDX-License-Identifier: Apache-2.0
/* Codec of stored readings: the head, and which version reads and writes what is behind it.
 *
 *   u8 version, u8 flags (1 = mixed), varint n, then the items: version 1 in block_items.c, 2 in block_columns.c */
#include "gateway/block.h"

#include "gateway/block_int.h"

#define FLAG_MIXED 1

size_t sw_block_encode_as(int version, const struct sw_block_item *items, size_t n, bool is_mixed, unsigned char *buf,
                          size_t cap)
{
    struct block_writer w = {.at = buf, .end = buf + cap};

    if (n > SW_BLOCK_ITEMS_MAX)
        return 0;
    block_put_u8(&w, (unsigned) version);
    block_put_u8(&w, is_mixed ? FLAG_MIXED : 0);
    block_put_varint(&w, n);
    if (version == 1)
        block_write_1(&w, items, n, is_mixed);
    else
        block_write_2(&w, items, n, is_mixed);
    return w.overflow ? 0 : (size_t) (w.at - buf);
}

size_t sw_block_encode(const struct sw_block_item *items, size_t n, bool is_mixed, unsigned char *buf, size_t cap)
{
    return sw_block_encode_as(SW_BLOCK_VERSION, items, n, is_mixed, buf, cap);
}

bool block_get_varint(struct sw_block_cursor *c, uint64_t *ret)
{
    uint64_t value = 0;
    unsigned byte;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (!block_get_u8(c, &byte) || (shift == 63 && byte > 1))
            return false;
        value |= (uint64_t) (byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *ret = value;
            return true;
        }
    }
    return false;
}

bool block_get_zigzag(struct sw_block_cursor *c, uint64_t *ret)
{
    uint64_t raw;

    if (!block_get_varint(c, &raw))
        return false;
    *ret = block_unzigzag(raw);
    return true;
}

int sw_block_open(struct sw_block_cursor *c, const void *buf, size_t len, uint16_t sensor, uint8_t quantity,
                  struct sw_err *err)
{
    unsigned version, flags;

    *c = (struct sw_block_cursor){.at = buf,
                                  .end = (const unsigned char *) buf + len,
                                  .prev = {.r = {.sensor = sensor,
                                                 .quantity = quantity,
                                                 .flag = 'N', /* what the first item of version 1 refers to */
                                                 .time_quality = SW_TIME_SYNCED}}};
    if (!block_get_u8(c, &version) || !block_get_u8(c, &flags))
        return sw_err_set(err, SW_E_CORRUPT, 0, "block of %zu bytes: cut off", len);
    if (version > SW_BLOCK_VERSION)
        return sw_err_set(err, SW_E_CONFLICT, (int) version, "block of version %u, this program knows up to %d",
                          version, SW_BLOCK_VERSION);
    if (version == 0 || flags & ~(unsigned) FLAG_MIXED || !block_get_varint(c, &c->left) ||
        c->left > (version == 1 ? len : SW_BLOCK_ITEMS_MAX)) /* an item of version 1 takes a byte at least */
        return sw_err_set(err, SW_E_CORRUPT, 0, "block of %zu bytes: its head is not one of ours", len);
    c->version = (int) version;
    c->is_mixed = flags & FLAG_MIXED;
    return SW_OK;
}

int sw_block_next(struct sw_block_cursor *c, struct sw_block_item *ret, struct sw_err *err)
{
    struct sw_block_item it = c->prev;

    if (c->left == 0) {
        if (c->at != c->end)
            return sw_err_set(err, SW_E_CORRUPT, 0, "block: %td bytes too many", c->end - c->at);
        return 0;
    }
    if (!(c->version == 1 ? block_next_1(c, &it) : block_next_2(c, &it)))
        return sw_err_set(err, SW_E_CORRUPT, 0, "block: cut off with %llu readings to come",
                          (unsigned long long) c->left);
    c->has_prev = true;
    c->left--;
    c->prev = it;
    *ret = it;
    return 1;
}
