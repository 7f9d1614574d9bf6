// SPDX-License-Identifier: Apache-2.0
/* The JSON writer: bytes are compared, because equal values must give equal bytes on every machine. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/jsonw.h"
#include "common/reading.h"

struct num_case {
    const char *why;
    double value;
    int decimals;
    const char *want;
};

static const struct num_case num_cases[] = {
    {"two decimals, no binary dust", 63.2, 2, "63.20"},
    {"half goes away from zero", 0.125, 2, "0.13"},
    {"and so below zero", -0.125, 2, "-0.13"},
    {"nothing is never minus nothing", -0.001, 2, "0.00"},
    {"no decimals, no point", 2.5, 0, "3"},
    {"six decimals", 1.0 / 3.0, 6, "0.333333"},
    {"unknown is null", NAN, 2, "null"},
    {"endless is null", INFINITY, 2, "null"},
    {"too large to be true is null", 1e300, 2, "null"},
};

static void numbers_have_fixed_decimals(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(num_cases); i++) {
        struct sw_jsonw w;
        char buf[64];
        const char *text;

        sw_jsonw_init(&w, buf, sizeof(buf));
        sw_jsonw_num(&w, NULL, num_cases[i].value, num_cases[i].decimals);
        text = sw_jsonw_finish(&w, NULL);
        CHECK(text && strcmp(text, num_cases[i].want) == 0, "%s: got %s", num_cases[i].why, text ? text : "(none)");
    }
}

struct text_case {
    const char *why, *text, *want;
};

static const struct text_case text_cases[] = {
    {"plain", "north-gate", "\"north-gate\""},
    {"Chinese stays itself", "北门", "\"北门\""},
    {"quotes and backslash", "a\"b\\c", "\"a\\\"b\\\\c\""},
    {"control characters", "a\nb\x01", "\"a\\nb\\u0001\""},
    {"a lone continuation byte", "a\x80z", "\"a\xEF\xBF\xBDz\""},
    {"an overlong slash", "\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"a character cut at the end", "\xE5\x8C", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"half of a surrogate pair", "\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"four bytes", "\xF0\x9F\x94\x94", "\"\xF0\x9F\x94\x94\""},
};

static void text_is_always_valid_utf8_json(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(text_cases); i++) {
        struct sw_jsonw w;
        char buf[64];
        const char *text;

        sw_jsonw_init(&w, buf, sizeof(buf));
        sw_jsonw_str(&w, NULL, text_cases[i].text);
        text = sw_jsonw_finish(&w, NULL);
        CHECK(text && strcmp(text, text_cases[i].want) == 0, "%s: got %s", text_cases[i].why, text ? text : "(none)");
    }
}

static const char whole[] = "{\"a\":1,\"b\":[true,null,-5],\"c\":{\"v\":55.00,\"n\":null,\"w\":-0.05},"
                            "\"t\":\"2026-03-02T23:41:07.000+00:00\",\"r\":{}}";

static const char *write_whole(char *buf, size_t cap)
{
    struct sw_jsonw w;
    struct sw_zone utc;

    sw_zone_init_utc(&utc);
    sw_jsonw_init(&w, buf, cap);
    sw_jsonw_object(&w, NULL);
    sw_jsonw_int(&w, "a", 1);
    sw_jsonw_array(&w, "b");
    sw_jsonw_bool(&w, NULL, true);
    sw_jsonw_null(&w, NULL);
    sw_jsonw_int(&w, NULL, -5);
    sw_jsonw_array_end(&w);
    sw_jsonw_object(&w, "c");
    sw_jsonw_centi(&w, "v", 5500);
    sw_jsonw_centi(&w, "n", SW_NO_VALUE);
    sw_jsonw_centi(&w, "w", -5);
    sw_jsonw_object_end(&w);
    sw_jsonw_time(&w, "t", &utc, 1772494867000000);
    sw_jsonw_raw(&w, "r", "{}", 2);
    sw_jsonw_object_end(&w);
    return sw_jsonw_finish(&w, NULL);
}

static void commas_and_nesting_come_by_themselves(void **state)
{
    char buf[256];
    const char *text = write_whole(buf, sizeof(buf));

    (void) state;
    CHECK(text && strcmp(text, whole) == 0, "got %s", text ? text : "(none)");
}

static void a_document_that_does_not_fit_is_no_document(void **state)
{
    char buf[sizeof(whole)];

    (void) state;
    for (size_t cap = 0; cap < sizeof(whole); cap++)
        CHECK(!write_whole(buf, cap), "it claims to fit into %zu bytes", cap);
    assert_non_null(write_whole(buf, sizeof(whole)));
}

static void an_unclosed_object_is_no_document(void **state)
{
    struct sw_jsonw w;
    char buf[64];

    (void) state;
    sw_jsonw_init(&w, buf, sizeof(buf));
    sw_jsonw_object(&w, NULL);
    assert_null(sw_jsonw_finish(&w, NULL));
    sw_jsonw_object_end(&w);
    sw_jsonw_object_end(&w);
    assert_null(sw_jsonw_finish(&w, NULL));
}

static void nesting_has_a_floor(void **state)
{
    struct sw_jsonw w;
    char buf[256];

    (void) state;
    sw_jsonw_init(&w, buf, sizeof(buf));
    for (int i = 0; i < SW_JSONW_DEPTH_MAX + 3; i++)
        sw_jsonw_array(&w, NULL);
    assert_null(sw_jsonw_finish(&w, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_fixed_decimals),
        cmocka_unit_test(text_is_always_valid_utf8_json),
        cmocka_unit_test(commas_and_nesting_come_by_themselves),
        cmocka_unit_test(a_document_that_does_not_fit_is_no_document),
        cmocka_unit_test(an_unclosed_object_is_no_document),
        cmocka_unit_test(nesting_has_a_floor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
