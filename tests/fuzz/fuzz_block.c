// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a stored block, and any readings as a block: nothing is misread, and what comes out goes in again.
 * Input: mode (bit 0: the rest are readings, bit 1: mixed), sensor, quantity, then the block or fixed records. */
#include "fuzz.h"

#include <string.h>

#include "common/macros.h"
#include "gateway/block.h"

#define ITEMS_MAX 512
#define RECORD 43 /* bytes of one reading in the input */

static struct sw_block_item items[ITEMS_MAX];
static unsigned char buf[SW_BLOCK_HEAD_MAX + ITEMS_MAX * SW_BLOCK_ITEM_MAX];

static bool same(const struct sw_block_item *a, const struct sw_block_item *b)
{
    return a->number == b->number && a->arrival_us == b->arrival_us && a->is_late == b->is_late &&
           a->r.t_utc_us == b->r.t_utc_us && a->r.t_mono_us == b->r.t_mono_us && a->r.sensor == b->r.sensor &&
           a->r.quantity == b->r.quantity && a->r.flag == b->r.flag && a->r.time_quality == b->r.time_quality &&
           !memcmp(&a->r.value, &b->r.value, sizeof(a->r.value));
}

static void check_round_trip(size_t n, bool is_mixed, uint16_t sensor, uint8_t quantity)
{
    struct sw_block_cursor c;
    struct sw_block_item got;
    struct sw_err err = {0};
    const size_t len = sw_block_encode(items, n, is_mixed, buf, SW_BLOCK_HEAD_MAX + n * SW_BLOCK_ITEM_MAX);

    FUZZ_CHECK(len > 0, "the promised size does not suffice for %zu readings", n);
    unsigned char *bytes = fuzz_copy(buf, len);

    FUZZ_CHECK(sw_block_open(&c, bytes, len, sensor, quantity, &err) == SW_OK, "%s", err.msg);
    for (size_t i = 0; i < n; i++) {
        FUZZ_CHECK(sw_block_next(&c, &got, &err) == 1, "reading %zu: %s", i, err.msg);
        FUZZ_CHECK(same(&items[i], &got), "reading %zu of %zu differs", i, n);
    }
    FUZZ_CHECK(sw_block_next(&c, &got, &err) == 0, "more came out than went in");
    free(bytes);
}

static void from_bytes(const uint8_t *data, size_t size, uint16_t sensor, uint8_t quantity)
{
    struct sw_block_cursor c;
    struct sw_block_item got;
    struct sw_err err = {0};
    size_t n = 0;
    unsigned char *bytes = fuzz_copy(data, size);
    int rc = sw_block_open(&c, bytes, size, sensor, quantity, &err);

    if (rc == SW_OK) {
        const bool is_mixed = c.is_mixed;

        while ((rc = sw_block_next(&c, &got, &err)) == 1)
            if (n < ITEMS_MAX)
                items[n++] = got;
        if (rc == 0)
            check_round_trip(n, is_mixed, sensor, quantity);
    }
    FUZZ_CHECK(rc == 0 || ((rc == SW_E_CORRUPT || rc == SW_E_CONFLICT) && err.msg[0]), "code %d: %s", rc, err.msg);
    free(bytes);
}

static void from_readings(const uint8_t *data, size_t size, bool is_mixed, uint16_t sensor, uint8_t quantity)
{
    const size_t n = SW_MIN(size / RECORD, (size_t) ITEMS_MAX);

    for (size_t i = 0; i < n; i++, data += RECORD) {
        struct sw_block_item *it = &items[i];

        *it = (struct sw_block_item){.is_late = data[0] & 1};
        memcpy(&it->number, data + 1, 8);
        memcpy(&it->arrival_us, data + 9, 8);
        memcpy(&it->r.t_utc_us, data + 17, 8);
        memcpy(&it->r.t_mono_us, data + 25, 8);
        memcpy(&it->r.value, data + 33, 8);
        it->r.flag = (char) data[41];
        it->r.time_quality = data[42];
        it->r.sensor = is_mixed ? (uint16_t) (data[0] * 257u) : sensor;
        it->r.quantity = is_mixed ? data[0] : quantity;
    }
    check_round_trip(n, is_mixed, sensor, quantity);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    if (data[0] & 1)
        from_readings(data + 3, size - 3, data[0] & 2, data[1], data[2]);
    else
        from_bytes(data + 3, size - 3, data[1], data[2]);
    return 0;
}
