// SPDX-License-Identifier: Apache-2.0
/* The form of stored readings: every bit comes back, and damaged bytes are refused, not misread. */
#include "test.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/block.h"

static uint64_t random_state = 88172645463325252u;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static bool same(const struct sw_block_item *a, const struct sw_block_item *b)
{
    return a->number == b->number && a->arrival_us == b->arrival_us && a->is_late == b->is_late &&
           a->r.t_utc_us == b->r.t_utc_us && a->r.t_mono_us == b->r.t_mono_us && a->r.sensor == b->r.sensor &&
           a->r.quantity == b->r.quantity && a->r.flag == b->r.flag && a->r.time_quality == b->r.time_quality &&
           !memcmp(&a->r.value, &b->r.value, sizeof(a->r.value));
}

static void check_round_trip(const struct sw_block_item *items, size_t n, bool is_mixed, const char *why)
{
    static unsigned char buf[SW_BLOCK_HEAD_MAX + 200 * SW_BLOCK_ITEM_MAX];
    struct sw_block_cursor c;
    struct sw_block_item got;
    struct sw_err err = {0};
    size_t len = sw_block_encode(items, n, is_mixed, buf, SW_BLOCK_HEAD_MAX + n * SW_BLOCK_ITEM_MAX);

    CHECK(len > 0, "%s: the promised size does not suffice", why);
    CHECK(sw_block_encode(items, n, is_mixed, buf, len - 1) == 0, "%s: one byte less must not fit", why);
    len = sw_block_encode(items, n, is_mixed, buf, len);
    CHECK(sw_block_open(&c, buf, len, n ? items[0].r.sensor : 0, n ? items[0].r.quantity : 0, &err) == SW_OK, "%s: %s",
          why, err.msg);
    for (size_t i = 0; i < n; i++) {
        CHECK(sw_block_next(&c, &got, &err) == 1, "%s: reading %zu: %s", why, i, err.msg);
        CHECK(same(&items[i], &got), "%s: reading %zu differs", why, i);
    }
    CHECK(sw_block_next(&c, &got, &err) == 0, "%s: more came out than went in", why);
}

static double odd_value(uint64_t choice)
{
    static const double odd[] = {0.0, -0.0, 63.2, 63.25, -40.005, 1e300, DBL_MIN, DBL_TRUE_MIN, DBL_MAX, 0.1 + 0.2};
    double value;
    uint64_t bits;

    switch (choice % 8) {
    case 0:
        return NAN;
    case 1:
        return INFINITY;
    case 2:
        return (double) (float) 63.2F;
    case 3:
        bits = random_u64(); /* any double at all, NaNs with a payload among them */
        memcpy(&value, &bits, sizeof(value));
        return value;
    case 4:
        return odd[random_u64() % SW_ARRAY_SIZE(odd)];
    default:
        return (double) (int64_t) (random_u64() % 20000) / 100.0;
    }
}

static void any_run_of_readings_comes_back_bit_for_bit(void **state)
{
    static struct sw_block_item items[200];

    (void) state;
    for (int round = 0; round < 3000; round++) {
        size_t n = random_u64() % 40;
        bool is_mixed = round % 2, is_wild = round % 5 == 0;
        char why[64];

        for (size_t i = 0; i < n; i++) {
            uint64_t r = random_u64();
            int64_t base = 1772466067000000 + (int64_t) i * 1000000;

            items[i] = (struct sw_block_item){
                .number = is_wild ? r : 100 + i * 3,
                .arrival_us = is_wild ? (int64_t) random_u64() : base + (int64_t) (r % 5000),
                .is_late = r % 17 == 0,
                .r = {.t_utc_us = is_wild ? (int64_t) random_u64() : base - 20000,
                      .t_mono_us = is_wild ? (int64_t) random_u64() : (r % 3 ? base - 1772460000000000 : 0),
                      .value = odd_value(random_u64()),
                      .sensor = is_mixed || !i ? (uint16_t) (r >> 7) : items[0].r.sensor,
                      .quantity = is_mixed || !i ? (uint8_t) (r >> 3) : items[0].r.quantity,
                      .time_quality = (uint8_t) (r % 11 ? 0 : r >> 40),
                      .flag = "NFMSDCTB"[r % 13 ? 0 : (r >> 20) % 8]}};
        }
        snprintf(why, sizeof(why), "round %d", round);
        check_round_trip(items, n, is_mixed, why);
    }
}

static void the_ends_of_the_number_line_come_back(void **state)
{
    const struct sw_block_item items[] = {
        {.number = UINT64_MAX, .arrival_us = INT64_MAX, .r = {.t_utc_us = INT64_MIN, .value = -DBL_MAX, .flag = 'N'}},
        {.number = 0, .arrival_us = INT64_MIN, .r = {.t_utc_us = INT64_MAX, .t_mono_us = INT64_MIN, .flag = '\xff'}},
        {.number = 1, .arrival_us = INT64_MAX, .r = {.value = NAN, .time_quality = 255, .flag = 'B'}},
    };

    (void) state;
    check_round_trip(items, SW_ARRAY_SIZE(items), false, "extremes");
    check_round_trip(items, 0, false, "nothing");
}

/* A minute of one sensor polled each second with a little jitter: what most blocks are. */
static void a_steady_minute_takes_at_most_nine_bytes_a_reading(void **state)
{
    static struct sw_block_item items[60];
    static unsigned char buf[8192];
    size_t len;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(items); i++) {
        int64_t t_us = 1772466060000000 + (int64_t) i * 1000000 + (int64_t) (random_u64() % 600);

        items[i] = (struct sw_block_item){.number = 5000 + i * 8,
                                          .arrival_us = t_us / 1000 * 1000,
                                          .r = {.t_utc_us = t_us - 900,
                                                .t_mono_us = t_us - 900 - 1772460000000000,
                                                .value = (double) (6000 + (int) (random_u64() % 300)) / 100.0,
                                                .quantity = SW_QUANTITY_LAEQ,
                                                .flag = 'N'}};
    }
    len = sw_block_encode(items, SW_ARRAY_SIZE(items), false, buf, sizeof(buf));
    CHECK(len > 0 && len <= 60 * 9 + 40, "%zu bytes", len);
}

/* Damage must end in a refusal or in readings, never in a fault; the sanitizers watch. */
static void cut_off_and_flipped_blocks_are_refused_or_read_but_never_overrun(void **state)
{
    struct sw_block_item items[20], got;
    unsigned char buf[SW_BLOCK_HEAD_MAX + 20 * SW_BLOCK_ITEM_MAX];
    struct sw_block_cursor c;
    struct sw_err err = {0};
    size_t len;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(items); i++)
        items[i] = (struct sw_block_item){.number = i, .arrival_us = (int64_t) i * 1000, .r = {.value = 60.125}};
    len = sw_block_encode(items, SW_ARRAY_SIZE(items), true, buf, sizeof(buf));
    for (size_t cut = 0; cut < len; cut++) {
        int rc = sw_block_open(&c, buf, cut, 0, 0, &err);

        while (rc >= 0 && (rc = sw_block_next(&c, &got, &err)) == 1)
            ;
        CHECK(rc == SW_E_CORRUPT, "cut at %zu of %zu: %d", cut, len, rc);
    }
    for (int round = 0; round < 20000; round++) {
        size_t at = random_u64() % len;
        unsigned char was = buf[at];
        int rc;

        buf[at] = (unsigned char) random_u64();
        rc = sw_block_open(&c, buf, len, 0, 0, &err);
        for (size_t n = 0; rc >= 0 && (rc = sw_block_next(&c, &got, &err)) == 1; n++)
            CHECK(n < SW_BLOCK_ITEMS_MAX, "more readings than a block may have");
        buf[at] = was;
    }
}

static void a_block_of_a_newer_program_says_so(void **state)
{
    const unsigned char newer[] = {SW_BLOCK_VERSION + 1, 0, 0};
    struct sw_block_cursor c;
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_block_open(&c, newer, sizeof(newer), 0, 0, &err), SW_E_CONFLICT);
    assert_non_null(strstr(err.msg, "version 3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_run_of_readings_comes_back_bit_for_bit),
        cmocka_unit_test(the_ends_of_the_number_line_come_back),
        cmocka_unit_test(a_steady_minute_takes_at_most_nine_bytes_a_reading),
        cmocka_unit_test(cut_off_and_flipped_blocks_are_refused_or_read_but_never_overrun),
        cmocka_unit_test(a_block_of_a_newer_program_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
