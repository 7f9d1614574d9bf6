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

static void check_version(int version, const struct sw_block_item *items, size_t n, bool is_mixed, const char *why)
{
    static unsigned char buf[SW_BLOCK_HEAD_MAX + 6000 * SW_BLOCK_ITEM_MAX];
    struct sw_block_cursor c;
    struct sw_block_item got;
    struct sw_err err = {0};
    size_t len = sw_block_encode_as(version, items, n, is_mixed, buf, SW_BLOCK_HEAD_MAX + n * SW_BLOCK_ITEM_MAX);

    CHECK(len > 0, "%s: the promised size does not suffice", why);
    CHECK(sw_block_encode_as(version, items, n, is_mixed, buf, len - 1) == 0, "%s: one byte less must not fit", why);
    len = sw_block_encode_as(version, items, n, is_mixed, buf, len);
    CHECK(sw_block_open(&c, buf, len, n ? items[0].r.sensor : 0, n ? items[0].r.quantity : 0, &err) == SW_OK, "%s: %s",
          why, err.msg);
    for (size_t i = 0; i < n; i++) {
        CHECK(sw_block_next(&c, &got, &err) == 1, "%s: reading %zu: %s", why, i, err.msg);
        CHECK(same(&items[i], &got), "%s: reading %zu differs", why, i);
    }
    CHECK(sw_block_next(&c, &got, &err) == 0, "%s: more came out than went in", why);
}

static void check_round_trip(const struct sw_block_item *items, size_t n, bool is_mixed, const char *why)
{
    for (int version = 1; version <= SW_BLOCK_VERSION; version++)
        check_version(version, items, n, is_mixed, why);
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

static double from_bits(uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* The i-th value of a series that is hard for one reason. */
static double hard_value(int which, int i)
{
    switch (which) {
    case 0:
        return i % 3 ? NAN : 61.5;
    case 1:
        return i % 2 ? 0.0 : -0.0;
    case 2:
        return i % 2 ? INFINITY : -INFINITY;
    case 3:
        return from_bits(0x7ff0000000000001u + (uint64_t) i); /* NaN with a payload, signalling too */
    case 4:
        return from_bits((uint64_t) i * 0x0000123456789abcu); /* denormal at first */
    case 5:
        return i % 2 ? DBL_MAX : -DBL_MAX;
    case 6:
        return (float) (60.0 + i * 0.1); /* of a register of 32 bits */
    case 7:
        return (4500 + i * 7919 % 1500) * 0.01; /* a register and its scale: not always the decimal */
    case 8:
        return 44.085907 + i % 90 / 10.0;
    case 9:
        return (4500 + i) / 100.0 + (i == 7 ? 1e-9 : 0); /* one among many */
    case 10:
        return from_bits(random_u64());
    case 11:
        return i * 9007199254740991.0; /* whole numbers that are too large for decimals */
    default:
        return -(double) (i % 10) / 1e6;
    }
}

static void hard_values_come_back_bit_for_bit_in_blocks_of_any_length(void **state)
{
    static const size_t lengths[] = {1, 2, 3, 60, 255, 256, 257, 6000};
    static struct sw_block_item items[6000];

    (void) state;
    for (int which = 0; which < 13; which++) {
        for (int i = 0; i < 6000; i++)
            items[i] = (struct sw_block_item){.number = (uint64_t) i + 1,
                                              .arrival_us = 1772466060000000 + i * 1000000LL,
                                              .r = {.t_utc_us = 1772466059000000 + i * 1000000LL,
                                                    .t_mono_us = 5000000 + i * 1000000LL,
                                                    .value = hard_value(which, i),
                                                    .flag = 'N'}};
        for (size_t k = 0; k < SW_ARRAY_SIZE(lengths); k++) {
            char why[48];

            snprintf(why, sizeof(why), "values %d, %zu of them", which, lengths[k]);
            check_round_trip(items, lengths[k], k % 2, why);
        }
    }
}

/* Numbers so far apart that their differences wrap have no common divisor; found by the fuzzer. */
static void times_that_are_further_apart_than_a_number_reaches_come_back(void **state)
{
    const struct sw_block_item items[] = {
        {.number = UINT64_MAX,
         .arrival_us = INT64_MIN,
         .r = {.t_utc_us = (int64_t) 0xffff8000000000ff, .t_mono_us = 3}},
        {.arrival_us = 0x41000000000000},
        {.number = 7},
        {.r = {.time_quality = 136}},
    };

    (void) state;
    check_round_trip(items, SW_ARRAY_SIZE(items), true, "far apart");
    check_round_trip(items, SW_ARRAY_SIZE(items), false, "far apart, one series");
}

static void hard_times_and_marks_come_back(void **state)
{
    static struct sw_block_item items[120];

    (void) state;
    for (int which = 0; which < 6; which++) {
        char why[32];

        for (int i = 0; i < 120; i++) {
            const int64_t t_us = 1772466060000000 + i * 1000000LL;

            items[i] = (struct sw_block_item){.number = (uint64_t) i * (which == 4 ? UINT64_MAX / 90 : 1),
                                              .arrival_us = which == 0 && i > 60 ? t_us - 3600000000 : t_us,
                                              .is_late = which == 1 && i % 7 == 0,
                                              .r = {.t_utc_us = which == 2 ? (i % 2 ? INT64_MAX : INT64_MIN) : t_us,
                                                    .t_mono_us = which == 3 ? (int64_t) random_u64() : i,
                                                    .value = 60,
                                                    .time_quality = (uint8_t) (which == 5 ? i : 0),
                                                    .flag = "NFMSDCTB"[which == 1 ? i % 8 : 0]}};
        }
        snprintf(why, sizeof(why), "times %d", which);
        check_round_trip(items, SW_ARRAY_SIZE(items), which % 2, why);
    }
}

static size_t bytes_of(const struct sw_block_item *items, size_t n)
{
    static unsigned char buf[65536];
    const size_t len = sw_block_encode(items, n, false, buf, sizeof(buf));

    assert_true(len > 0);
    return len;
}

/* A minute of one sensor among others, polled each second, in whole milliseconds: what most blocks are. The values
 * alone are 60 numbers of 9 bits. */
static void a_steady_minute_takes_at_most_three_bytes_a_reading(void **state)
{
    static struct sw_block_item items[60];

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(items); i++) {
        int64_t t_us = 1772466060000000 + (int64_t) i * 1000000;

        items[i] = (struct sw_block_item){.number = 5000 + i * 10 + random_u64() % 5,
                                          .arrival_us = t_us + (int64_t) (random_u64() % 4) * 1000,
                                          .r = {.t_utc_us = t_us - 1000000,
                                                .t_mono_us = t_us - 1772460000000000,
                                                .value = (double) (6000 + (int) (random_u64() % 300)) * 0.01,
                                                .quantity = SW_QUANTITY_LAEQ,
                                                .flag = 'N'}};
    }
    CHECK(bytes_of(items, 60) <= 60 * 3, "%zu bytes", bytes_of(items, 60));
    for (size_t i = 0; i < SW_ARRAY_SIZE(items); i++) { /* and where nothing happens, hardly any */
        items[i].number = i;
        items[i].arrival_us = 1772466060000000 + (int64_t) i * 1000000;
        items[i].r.value = 60.25;
    }
    CHECK(bytes_of(items, 60) <= 48, "%zu bytes", bytes_of(items, 60));
}

/* So that a few bytes cannot ask for all the memory there is. */
static void a_block_of_too_many_readings_is_neither_written_nor_read(void **state)
{
    static const unsigned char huge[] = {2, 0, 0x81, 0x80, 0x40, 0, 0}; /* 2^20 + 1 */
    struct sw_block_cursor c;
    struct sw_err err = {0};
    unsigned char buf[8];

    (void) state;
    assert_int_equal(sw_block_open(&c, huge, sizeof(huge), 0, 0, &err), SW_E_CORRUPT);
    assert_int_equal(sw_block_encode(NULL, SW_BLOCK_ITEMS_MAX + 1, false, buf, sizeof(buf)), 0);
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
        cmocka_unit_test(hard_values_come_back_bit_for_bit_in_blocks_of_any_length),
        cmocka_unit_test(times_that_are_further_apart_than_a_number_reaches_come_back),
        cmocka_unit_test(hard_times_and_marks_come_back),
        cmocka_unit_test(a_steady_minute_takes_at_most_three_bytes_a_reading),
        cmocka_unit_test(a_block_of_too_many_readings_is_neither_written_nor_read),
        cmocka_unit_test(cut_off_and_flipped_blocks_are_refused_or_read_but_never_overrun),
        cmocka_unit_test(a_block_of_a_newer_program_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
