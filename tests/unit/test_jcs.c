// SPDX-License-Identifier: Apache-2.0
/* Canonical JSON against the examples of RFC 8785: its numbers (appendix B), its order of names (3.2.3), its document
 * (3.2.2 and 3.2.4). */
#include "tests/unit/test.h"

#include <string.h>

#include "io/jcs.h"

static void numbers_are_written_as_in_appendix_b(void **state)
{
    static const struct {
        uint64_t bits;
        const char *want;
    } cases[] = {
        {0x0000000000000000, "0"},
        {0x8000000000000000, "0"},
        {0x0000000000000001, "5e-324"},
        {0x8000000000000001, "-5e-324"},
        {0x7fefffffffffffff, "1.7976931348623157e+308"},
        {0xffefffffffffffff, "-1.7976931348623157e+308"},
        {0x4340000000000000, "9007199254740992"},
        {0xc340000000000000, "-9007199254740992"},
        {0x4430000000000000, "295147905179352830000"},
        {0x44b52d02c7e14af5, "9.999999999999997e+22"},
        {0x44b52d02c7e14af6, "1e+23"},
        {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
        {0x444b1ae4d6e2ef4e, "999999999999999700000"},
        {0x444b1ae4d6e2ef4f, "999999999999999900000"},
        {0x444b1ae4d6e2ef50, "1e+21"},
        {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
        {0x3eb0c6f7a0b5ed8d, "0.000001"},
        {0x41b3de4355555553, "333333333.3333332"},
        {0x41b3de4355555554, "333333333.33333325"},
        {0x41b3de4355555555, "333333333.3333333"},
        {0x41b3de4355555556, "333333333.3333334"},
        {0x41b3de4355555557, "333333333.33333343"},
        {0xbecbf647612f3696, "-0.0000033333333333333333"},
        {0x43143ff3c1cb0959, "1424953923781206.2"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        char got[48];
        double value;

        memcpy(&value, &cases[i].bits, sizeof(value));
        sw_jcs_number(value, got);
        CHECK(strcmp(got, cases[i].want) == 0, "%016llx: %s, wanted %s", (unsigned long long) cases[i].bits, got,
              cases[i].want);
    }
}

static void documents_have_one_form(void **state)
{
    static const struct {
        const char *why, *json, *want;
    } cases[] = {
        {"spaces go, names are sorted",
         "{\"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],"
         "\"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\", \"literals\": [null, true, false]}",
         "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
         "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"},
        {"names go by UTF-16 units, not by code points",
         "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet With Dagesh\","
         "\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
         "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}",
         "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
         "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\","
         "\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}"},
        {"objects in objects", "{\"b\":{\"z\":1,\"a\":[{}]},\"a\":[]}", "{\"a\":[],\"b\":{\"a\":[{}],\"z\":1}}"},
        {"a level with two decimals", "{\"v\":63.20}", "{\"v\":63.2}"},
        {"a time in microseconds", "{\"t\":1772458800000000}", "{\"t\":1772458800000000}"},
        {"a name that begins another", "{\"ab\":1,\"a\":2}", "{\"a\":2,\"ab\":1}"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        char got[1024], again[1024];
        size_t len = 0, len2 = 0;
        struct sw_err err = {0};

        if (sw_jcs(cases[i].json, strlen(cases[i].json), got, sizeof(got), &len, &err) < 0)
            fail_msg("%s: %s", cases[i].why, err.msg);
        CHECK(strcmp(got, cases[i].want) == 0, "%s: %s", cases[i].why, got);
        assert_int_equal(len, strlen(got));
        assert_int_equal(sw_jcs(got, len, again, sizeof(again), &len2, &err), SW_OK);
        CHECK(strcmp(got, again) == 0, "%s: a second time it is %s", cases[i].why, again);
    }
}

static void what_has_no_one_form_is_refused(void **state)
{
    char deep[2 * SW_JCS_DEPTH_MAX + 8] = "", buf[64];
    const struct {
        const char *why, *json;
        size_t cap;
        int want;
    } cases[] = {
        {"half a document", "{\"a\":", sizeof(buf), SW_E_INVAL},
        {"a name twice", "{\"a\":1,\"a\":2}", sizeof(buf), SW_E_INVAL},
        {"beyond a double", "[1e999]", sizeof(buf), SW_E_INVAL},
        {"not UTF-8", "[\"\xff\"]", sizeof(buf), SW_E_INVAL},
        {"too deep", deep, sizeof(buf), SW_E_INVAL},
        {"no room for the last byte", "[12]", 4, SW_E_FULL},
        {"just room", "[12]", 5, SW_OK},
    };

    (void) state;
    for (int i = 0; i < SW_JCS_DEPTH_MAX + 2; i++) {
        deep[i] = '[';
        deep[2 * SW_JCS_DEPTH_MAX + 3 - i] = ']';
    }
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_err err = {0};
        size_t len;
        const int rc = sw_jcs(cases[i].json, strlen(cases[i].json), buf, cases[i].cap, &len, &err);

        CHECK(rc == cases[i].want, "%s: %s %s", cases[i].why, sw_code_name((enum sw_code) rc), err.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_as_in_appendix_b),
        cmocka_unit_test(documents_have_one_form),
        cmocka_unit_test(what_has_no_one_form_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
