// SPDX-License-Identifier: Apache-2.0
/* The chain to the byte: the worked example of docs/reference/chain.md, whose figures were computed with Python's
 * hashlib, and the texts that are signed. */
#include "tests/unit/test.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "gateway/chain.h"

static const char *const noise_hex = "7d4d8e3be4f9fb1151d87d70b92bbc8d890a1d8a7885d2fee72d4b5343078dea";
static const char *const dust_hex = "7f27802133b0508716c2daea95adbcc85e0e017967320829f9d475634d5800b2";

static void expect_hash(const sw_hash got, const char *want, const char *why)
{
    char hex[65];

    sw_hash_hex(got, hex);
    CHECK(strcmp(hex, want) == 0, "%s: %s, want %s", why, hex, want);
}

static void the_leaves_are_those_of_the_worked_example(void **state)
{
    static const struct sw_reading noise[] = {
        {.t_mono_us = 60000000, .value = 61.25, .quantity = SW_QUANTITY_LAEQ, .flag = 'N'},
        {.t_mono_us = 60000000, .value = 70.5, .quantity = SW_QUANTITY_LAFMAX, .flag = 'N'},
        {.t_mono_us = 61000000, .value = NAN, .quantity = SW_QUANTITY_LAEQ, .flag = 'B'},
    };
    static const struct sw_reading dust = {
        .t_mono_us = 60500000, .value = 88, .quantity = SW_QUANTITY_PM10, .flag = 'N'};
    struct sw_chain_leaf leaf;
    sw_hash hash;

    (void) state;
    sw_chain_leaf_begin(&leaf);
    for (size_t i = 0; i < SW_ARRAY_SIZE(noise); i++)
        sw_chain_leaf_add(&leaf, &noise[i], false);
    sw_chain_leaf_end(&leaf, hash);
    expect_hash(hash, noise_hex, "noise");
    sw_chain_leaf_begin(&leaf);
    sw_chain_leaf_add(&leaf, &dust, false);
    sw_chain_leaf_end(&leaf, hash);
    expect_hash(hash, dust_hex, "dust");
}

static void a_leaf_tells_what_was_late_and_what_was_taken_before_the_clock_was_set(void **state)
{
    static const struct sw_reading readings[] = {
        {.t_mono_us = 60000000, .value = 61.25, .quantity = SW_QUANTITY_LAEQ, .flag = 'N'},
        {.t_mono_us = 61000000,
         .value = 61.5,
         .quantity = SW_QUANTITY_LAEQ,
         .flag = 'N',
         .time_quality = SW_TIME_UNSYNCED},
        {.t_mono_us = 62000000,
         .value = 61.75,
         .quantity = SW_QUANTITY_LAEQ,
         .flag = 'D',
         .time_quality = SW_TIME_UNSYNCED},
    };
    struct sw_chain_leaf leaf;
    sw_hash hash;

    (void) state;
    sw_chain_leaf_begin(&leaf);
    for (size_t i = 0; i < SW_ARRAY_SIZE(readings); i++)
        sw_chain_leaf_add(&leaf, &readings[i], i != 1);
    sw_chain_leaf_end(&leaf, hash);
    expect_hash(hash, "91f19b1dab140a4a68bff7a024d6e34ca4a72c6f66b9400525d623e49f782d84", "late, unsynced, both");
}

/* "No value" has many bit patterns in memory and one in the chain. */
static void every_nan_gives_the_same_leaf(void **state)
{
    static const uint64_t patterns[] = {0x7ff8000000000000, 0xfff8000000000000, 0x7ff8000000000001, 0x7fffffffffffffff};
    sw_hash first = {0};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(patterns); i++) {
        struct sw_reading r = {.t_mono_us = 1, .quantity = SW_QUANTITY_LAEQ, .flag = 'B'};
        struct sw_chain_leaf leaf;
        sw_hash hash;

        memcpy(&r.value, &patterns[i], sizeof(r.value));
        sw_chain_leaf_begin(&leaf);
        sw_chain_leaf_add(&leaf, &r, false);
        sw_chain_leaf_end(&leaf, hash);
        if (i == 0)
            memcpy(first, hash, sizeof(first));
        CHECK(memcmp(first, hash, sizeof(first)) == 0, "pattern %zu", i);
    }
}

static size_t readings_body(unsigned char body[105])
{
    static const struct {
        const char *id, *leaf;
    } sensors[] = {{"north-gate-noise", noise_hex}, {"north-gate-pm10", dust_hex}};
    size_t at = 8;

    memset(body, 0, 105);
    body[0] = 1;
    for (size_t i = 0; i < SW_ARRAY_SIZE(sensors); i++) {
        memcpy(body + at, sensors[i].id, strlen(sensors[i].id) + 1);
        at += strlen(sensors[i].id) + 1;
        assert_true(sw_hash_parse(sensors[i].leaf, body + at));
        at += SW_HASH_SIZE;
    }
    return at;
}

static void the_entries_are_those_of_the_worked_example(void **state)
{
    static const char boot[] = "{\"at\":\"2026-03-02T18:00:02.114+08:00\",\"boot\":\"01JNZ5Q0T70000AB\","
                               "\"config_sha256\":\"9f2c\",\"first_number\":1,\"sw_version\":\"0.1.0\"}";
    static const char window[] = "{\"period\":\"1m\",\"seq\":2,\"values\":{\"LAeq\":61.8}}";
    unsigned char readings[105];
    const struct {
        enum sw_chain_kind kind;
        const void *body;
        size_t len;
        const char *sha256, *hash;
    } entries[] = {
        {SW_CHAIN_BOOT, boot, sizeof(boot) - 1, "3b83fda226c4c38c0bba47549f568b690f8c588a93be78d3a7574517c72924c8",
         "b35d1c248073c1e13ff2eaa1abd279d94b75a566957464f2556d551978dc7189"},
        {SW_CHAIN_READINGS, readings, readings_body(readings),
         "6c3666883fe309dd0f315aa01bc8ffc6299e580ff445383ddc3b60eb609c31bf",
         "4f8f5c153347fe3e8e2f4e5c053127a4d664ad26465e74edeb59597e86029daf"},
        {SW_CHAIN_WINDOW, window, sizeof(window) - 1,
         "d2bfea29da529c3d252ab661aa220eeadcad1bf5f31c0aa471dac20b1bdefe69",
         "9af9652503f6546867fe6a84aaadc1ea682c237b6d0b3e7ad795e0686ccc1a51"},
    };
    sw_hash head = {0}, body;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(entries); i++) {
        sw_chain_body_hash(entries[i].body, entries[i].len, body);
        expect_hash(body, entries[i].sha256, "body");
        sw_chain_entry_hash(head, i + 1, entries[i].kind, body, head);
        expect_hash(head, entries[i].hash, sw_chain_kind_name(entries[i].kind));
    }
}

static void the_texts_that_are_signed_are_those_of_the_reference(void **state)
{
    static const char hex[] = "9af9652503f6546867fe6a84aaadc1ea682c237b6d0b3e7ad795e0686ccc1a51";
    static const char document_hex[] = "bd5e67d79e27d266475f919c5756225379bbb8528f4fd8160de0c78bca91dc53";
    static const char want_head[] = "siteward-head/1\ngw-7f3a\n3\n"
                                    "9af9652503f6546867fe6a84aaadc1ea682c237b6d0b3e7ad795e0686ccc1a51\n"
                                    "2026-03-02T23:00:00.020+08:00\n";
    static const char want_document[] = "siteward-document/1\ngw-7f3a\n3\n"
                                        "9af9652503f6546867fe6a84aaadc1ea682c237b6d0b3e7ad795e0686ccc1a51\n"
                                        "bd5e67d79e27d266475f919c5756225379bbb8528f4fd8160de0c78bca91dc53\n"
                                        "2026-03-02T23:00:00.020+08:00\n";
    const char *ts = "2026-03-02T23:00:00.020+08:00";
    sw_hash head, document;
    char text[256];

    (void) state;
    assert_true(sw_hash_parse(hex, head) && sw_hash_parse(document_hex, document));
    assert_int_equal(sw_chain_head_text("gw-7f3a", 3, head, ts, text, sizeof(text)), sizeof(want_head) - 1);
    assert_string_equal(text, want_head);
    assert_int_equal(sw_chain_document_text("gw-7f3a", 3, head, document, ts, text, sizeof(text)),
                     sizeof(want_document) - 1);
    assert_string_equal(text, want_document);
    /* at the edge: the text and its NUL just fit, and one byte less is no room */
    assert_int_equal(sw_chain_head_text("gw-7f3a", 3, head, ts, text, sizeof(want_head)), sizeof(want_head) - 1);
    assert_int_equal(sw_chain_head_text("gw-7f3a", 3, head, ts, text, sizeof(want_head) - 1), 0);
    assert_int_equal(sw_chain_document_text("gw-7f3a", 3, head, document, ts, text, sizeof(want_document) - 1), 0);
}

static void kinds_have_the_names_that_are_hashed(void **state)
{
    static const char *const names[] = {"",       "readings", "window", "ticket", "config", "command",
                                        "output", "schedule", "clock",  "key",    "boot"};

    (void) state;
    assert_int_equal(SW_ARRAY_SIZE(names), SW_CHAIN__COUNT);
    for (int k = 0; k < SW_CHAIN__COUNT; k++)
        assert_string_equal(sw_chain_kind_name((enum sw_chain_kind) k), names[k]);
    assert_string_equal(sw_chain_kind_name((enum sw_chain_kind) 99), "");
}

static const struct hex_case {
    const char *why, *hex;
} bad_hex[] = {
    {"nothing", ""},
    {"63 digits", "9af9652503f6546867fe6a84aaadc1ea682c237b6d0b3e7ad795e0686ccc1a5"},
    {"65 digits", "9af9652503f6546867fe6a84aaadc1ea682c237b6d0b3e7ad795e0686ccc1a511"},
    {"a letter that is no digit", "9af9652503f6546867fe6a84aaadc1ea682c237b6d0b3e7ad795e0686ccc1a5g"},
    {"a space", " af9652503f6546867fe6a84aaadc1ea682c237b6d0b3e7ad795e0686ccc1a51"},
};

static void what_is_no_hash_is_refused_and_leaves_the_result_alone(void **state)
{
    sw_hash h;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(bad_hex); i++) {
        memset(h, 7, sizeof(h));
        CHECK(!sw_hash_parse(bad_hex[i].hex, h), "%s", bad_hex[i].why);
        CHECK(h[0] == 7 && h[SW_HASH_SIZE - 1] == 7, "%s: changed it", bad_hex[i].why);
    }
    assert_false(sw_hash_parse(NULL, h));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_leaves_are_those_of_the_worked_example),
        cmocka_unit_test(a_leaf_tells_what_was_late_and_what_was_taken_before_the_clock_was_set),
        cmocka_unit_test(every_nan_gives_the_same_leaf),
        cmocka_unit_test(the_entries_are_those_of_the_worked_example),
        cmocka_unit_test(the_texts_that_are_signed_are_those_of_the_reference),
        cmocka_unit_test(kinds_have_the_names_that_are_hashed),
        cmocka_unit_test(what_is_no_hash_is_refused_and_leaves_the_result_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
