// SPDX-License-Identifier: Apache-2.0
/* Zone tables against Python's zoneinfo, which reads the zone files by its own code. */
#include "config_help.h"

#include <stdint.h>
#include <time.h>

#include "config/zone.h"

/* Every change of offset 2000–2099: "from offset" a line, the first line with the offset at the start. */
static FILE *ask_python(const char *zone)
{
    char command[400];

    (void) snprintf(command, sizeof(command), "/usr/bin/python3 %s/config/zone_oracle.py %s", SW_TEST_DATA, zone);
    return popen(command, "r");
}

static void every_change_of_offset_until_2099_is_the_one_python_finds(void **state)
{
    static const struct {
        const char *name;
        size_t least; /* spans it must have at least, so that an empty answer proves nothing */
    } cases[] = {{"Asia/Shanghai", 1},         {"Europe/London", 200}, {"America/New_York", 200},
                 {"Australia/Lord_Howe", 200}, {"Pacific/Apia", 10},   {"Asia/Kathmandu", 1},
                 {"Africa/Casablanca", 40},   {"Asia/Pyongyang", 3},  {"UTC", 1}};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_zone z = {0};
        struct sw_err err = {0};
        FILE *oracle = ask_python(cases[i].name);
        long long from = 0;
        int offset = 0;
        size_t n = 0;

        assert_non_null(oracle);
        CHECK(sw_zone_load(cases[i].name, &z, &err) == SW_OK, "%s: %s", cases[i].name, err.msg);
        assert_string_equal(z.name, cases[i].name);
        assert_true(z.span[0].from_s == INT64_MIN);
        for (; fscanf(oracle, "%lld %d", &from, &offset) == 2; n++) {
            CHECK(n < z.n, "%s: python finds one more at %lld", cases[i].name, from);
            CHECK(z.span[n].offset_s == offset && (n == 0 || z.span[n].from_s == from),
                  "%s: span %zu is %lld %d, python has %lld %d", cases[i].name, n, (long long) z.span[n].from_s,
                  (int) z.span[n].offset_s, from, offset);
        }
        CHECK(n == z.n && n >= cases[i].least, "%s: %zu spans, python has %zu", cases[i].name, z.n, n);
        assert_int_equal(pclose(oracle), 0);
    }
}

static void what_is_no_zone_is_refused_in_words(void **state)
{
    static const struct {
        const char *name, *words;
        int code;
    } cases[] = {
        {"", "no time zone name", SW_E_INVAL},
        {"/etc/passwd", "no time zone name", SW_E_INVAL},
        {"../../../etc/passwd", "no time zone name", SW_E_INVAL},
        {"Asia/../Asia/Shanghai", "no time zone name", SW_E_INVAL},
        {"right/Asia/Shanghai", "no time zone name", SW_E_INVAL},
        {"CST-8;x", "no time zone name", SW_E_INVAL},
        {"Asia/Shangai", "did you mean 'Asia/Shanghai'?", SW_E_NOTFOUND},
        {"asia/shanghai", "did you mean 'Asia/Shanghai'?", SW_E_NOTFOUND},
        {"Europe/Lonodn", "did you mean 'Europe/London'?", SW_E_NOTFOUND},
        {"Asia", "unknown time zone", SW_E_NOTFOUND},
        {"tzdata.zi", "no time zone name", SW_E_INVAL},
        {"Moon/Tranquility", "unknown time zone", SW_E_NOTFOUND},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_zone z = {.n = 77};
        struct sw_err err = {0};

        CHECK(sw_zone_load(cases[i].name, &z, &err) == cases[i].code, "'%s': code %d", cases[i].name, err.code);
        CHECK(strstr(err.msg, cases[i].words) != NULL, "'%s': %s", cases[i].name, err.msg);
        CHECK(z.n == 77, "'%s': the result was touched", cases[i].name);
    }
}

static void the_process_own_zone_is_as_before(void **state)
{
    static const char *const before[] = {"America/New_York", NULL, ":Asia/Kathmandu"};
    static struct sw_zone z;
    struct sw_err err = {0};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(before); i++) {
        const time_t t = 1700000000;
        struct tm was = {0}, is = {0};

        if (before[i] != NULL)
            assert_int_equal(setenv("TZ", before[i], 1), 0);
        else
            assert_int_equal(unsetenv("TZ"), 0);
        tzset();
        (void) localtime_r(&t, &was);
        assert_int_equal(sw_zone_load("Asia/Shanghai", &z, &err), SW_OK);
        (void) localtime_r(&t, &is);
        assert_int_equal(was.tm_gmtoff, is.tm_gmtoff);
        if (before[i] != NULL)
            assert_string_equal(getenv("TZ"), before[i]);
        else
            assert_null(getenv("TZ"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_of_offset_until_2099_is_the_one_python_finds),
        cmocka_unit_test(what_is_no_zone_is_refused_in_words),
        cmocka_unit_test(the_process_own_zone_is_as_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
