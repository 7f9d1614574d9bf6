// SPDX-License-Identifier: Apache-2.0
/* Documents as they lie on the disk: every byte comes back, damage is refused, and readers in SQL see the text. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/db.h"
#include "io/window_text.h"

static uint32_t seed = 1;

static uint32_t next_random(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

static struct sw_window_packer *packer(void)
{
    static struct sw_window_packer *p;

    if (!p)
        p = sw_window_packer_new();
    assert_non_null(p);
    return p;
}

static size_t check_round_trip(const char *text, size_t len, const char *why)
{
    unsigned char *body = malloc(len + SW_WINDOW_TEXT_EXTRA);
    char *back = malloc(len + 1);
    size_t n, got = 0;

    assert_non_null(body);
    assert_non_null(back);
    n = sw_window_pack(packer(), text, len, body);
    CHECK(n > 0 && n <= len + SW_WINDOW_TEXT_EXTRA, "%s: %zu bytes of %zu", why, n, len);
    assert_true(sw_window_is_packed(body, n));
    CHECK(sw_window_unpack(packer(), body, n, back, len + 1, &got) == SW_OK && got == len && !memcmp(back, text, len) &&
              back[len] == '\0',
          "%s: another text came back", why);
    CHECK(sw_window_unpack(packer(), body, n, back, len, &got) == SW_E_FULL, "%s: it fits without its NUL", why);
    free(body);
    free(back);
    return n;
}

static const char document[] =
    "{\"epoch\":\"k3f7q2mz\",\"estimate\":[\"LAmax\"],\"excluded\":{\"calibration\":0,\"fault\":0,\"missing\":0,"
    "\"overload\":0,\"weather\":0},\"expected\":60,\"flag\":\"N\",\"from\":\"2031-11-23T12:18:00.000+08:00\",\"gw\":"
    "\"gw-7f3a\",\"historical\":false,\"id\":\"north-gate-noise:1m:2031-11-23T12:18:00+08:00\",\"judged\":[{\"from\":"
    "null,\"limit\":70,\"n\":0,\"over\":0,\"period\":\"day\",\"rule\":\"cn-gb12523-2025/leq-day\",\"statistic\":"
    "\"LAeq,20min\",\"to\":null,\"worst\":null}],\"largest_gap_s\":0,\"limit\":{\"LAeq\":70,\"LAmax\":null,\"rules\":["
    "\"cn-gb12523-2025/leq-day\"]},\"n\":60,\"period\":\"1m\",\"q\":\"good\",\"quantity\":\"LAeq\",\"schema\":"
    "\"siteward.agg/1.0\",\"seq\":41562,\"time_quality\":\"synced\",\"to\":\"2031-11-23T12:19:00.000+08:00\",\"ts\":"
    "\"2031-11-23T12:19:02.000+08:00\",\"unit\":\"dBA\",\"valid_ratio\":1,\"values\":{\"LA10\":58.2,\"LA5\":58.9,"
    "\"LA50\":52.1,\"LA90\":46.3,\"LA95\":45.8,\"LAeq\":54.01,\"LAmax\":59.3,\"LAmin\":45.17},\"weather\":null,"
    "\"work_detected\":null}";

static void any_text_comes_back_byte_for_byte(void **state)
{
    char *big = malloc(SW_WINDOW_TEXT_MAX + 1);
    size_t n;

    (void) state;
    assert_non_null(big);
    check_round_trip("", 0, "nothing");
    check_round_trip("\0", 1, "a NUL");
    check_round_trip("no JSON \xff\xfe", 10, "no JSON");
    n = check_round_trip(document, sizeof(document) - 1, "a window");
    CHECK(n * 5 < sizeof(document), "a window takes %zu bytes of %zu", n, sizeof(document));
    for (size_t i = 0; i <= SW_WINDOW_TEXT_MAX; i++)
        big[i] = (char) next_random();
    check_round_trip(big, SW_WINDOW_TEXT_MAX, "what cannot be packed");
    assert_int_equal(sw_window_pack(packer(), big, SW_WINDOW_TEXT_MAX + 1, (unsigned char *) big), 0);
    memset(big, 'a', SW_WINDOW_TEXT_MAX);
    check_round_trip(big, SW_WINDOW_TEXT_MAX, "the longest");
    for (int round = 0; round < 500; round++) {
        n = next_random() % 3000;
        for (size_t i = 0; i < n; i++)
            big[i] = round % 2 ? (char) next_random() : document[(i + next_random() % 3) % sizeof(document)];
        check_round_trip(big, n, "random");
    }
    free(big);
}

/* The CRC covers what is packed: also the bits behind the end of the last code, which change no text. */
static void every_bit_that_is_turned_over_is_found(void **state)
{
    unsigned char body[2048];
    char back[2048];
    size_t n = sw_window_pack(packer(), document, sizeof(document) - 1, body), got;

    (void) state;
    for (size_t bit = 0; bit < n * 8; bit++) {
        body[bit / 8] ^= (unsigned char) (1 << bit % 8);
        CHECK(sw_window_unpack(packer(), body, n, back, sizeof(back), &got) == SW_E_CORRUPT, "bit %zu", bit);
        body[bit / 8] ^= (unsigned char) (1 << bit % 8);
    }
    for (size_t cut = 0; cut < n; cut++)
        CHECK(sw_window_unpack(packer(), body, cut, back, sizeof(back), &got) == SW_E_CORRUPT, "cut at %zu", cut);
}

/* Written by the first program that had this form: whatever zlib and the sources become, it must be read. */
static void what_was_packed_once_is_read_for_ever(void **state)
{
    static const unsigned char kept[] = {
        0x01, 0x43, 0x64, 0x96, 0x6c, 0xe3, 0x34, 0xf3, 0x42, 0xa3, 0xdc, 0xaa, 0xc1, 0x91, 0x69, 0x80, 0x8d,
        0x27, 0x43, 0x43, 0x5d, 0x23, 0xe3, 0x10, 0x43, 0x23, 0x2b, 0x43, 0x0b, 0x5c, 0x99, 0xc6, 0x3c, 0xcd,
        0x38, 0x11, 0x4f, 0xc6, 0xc9, 0xcb, 0x2f, 0x2a, 0xc9, 0xd0, 0x4d, 0x07, 0xfa, 0x04, 0x39, 0x0b, 0x61,
        0x18, 0x3d, 0x9a, 0x85, 0xa8, 0x91, 0x85, 0x4c, 0x0c, 0x4d, 0xcd, 0x8c, 0x08, 0x66, 0x23, 0x94, 0xc0,
        0xb7, 0xc4, 0x91, 0x8d, 0xd0, 0x15, 0x51, 0x90, 0x8d, 0x4c, 0x2d, 0xf4, 0x8c, 0xa0, 0x39, 0x09, 0xc8,
        0xb4, 0x84, 0x67, 0x26, 0x23, 0x3d, 0x43, 0x58, 0x7e, 0x32, 0x31, 0xd3, 0x33, 0x86, 0x65, 0x29, 0x13,
        0x53, 0x3d, 0x0b, 0x58, 0xae, 0x32, 0x35, 0xd1, 0x33, 0x30, 0x84, 0x07, 0xae, 0xa9, 0x25, 0x44, 0x15,
        0x38, 0x73, 0x01, 0x95, 0x19, 0x9a, 0x13, 0x97, 0xc1, 0x00, 0x17, 0x35};
    char back[2048];
    size_t got = 0;

    (void) state;
    assert_int_equal(sw_window_unpack(packer(), kept, sizeof(kept), back, sizeof(back), &got), SW_OK);
    assert_int_equal(got, sizeof(document) - 1);
    assert_memory_equal(back, document, got);
}

static void sql_sees_the_text_and_null_for_what_is_damaged(void **state)
{
    static const struct {
        const char *sql;
        int64_t want;
    } cases[] = {
        {"SELECT window_json(window_pack('{\"a\":1}')) = '{\"a\":1}'", 1},
        {"SELECT json_extract(window_json(window_pack('{\"a\":17}')), '$.a')", 17},
        {"SELECT length(window_json(window_pack(printf('%.*c', 100000, 'x'))))", 100000},
        {"SELECT window_json(x'') IS NULL AND window_json(x'0102') IS NULL AND window_json(x'01020304') IS NULL", 1},
        {"SELECT window_json(NULL) IS NULL AND window_pack(NULL) IS NULL AND window_json('{}') IS NULL", 1},
        {"SELECT typeof(window_pack('{}')) = 'blob'", 1},
    };
    struct sw_db *db = NULL;
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_db_open(":memory:", false, &db, &err) == SW_OK, "%s", err.msg);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        int64_t got = -1;

        CHECK(sw_db_value(db, cases[i].sql, -2, &got, &err) == SW_OK && got == cases[i].want, "%s: %lld %s",
              cases[i].sql, (long long) got, err.msg);
    }
    sw_db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_text_comes_back_byte_for_byte),
        cmocka_unit_test(every_bit_that_is_turned_over_is_found),
        cmocka_unit_test(what_was_packed_once_is_read_for_ever),
        cmocka_unit_test(sql_sees_the_text_and_null_for_what_is_damaged),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    sw_window_packer_free(packer());
    return failed;
}
