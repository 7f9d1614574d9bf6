// SPDX-License-Identifier: Apache-2.0
/* Instants as text and back. Expected microseconds come from Python's datetime. */
#include "test.h"

#include <string.h>

#include "common/timefmt.h"

struct parse_case {
    const char *why, *text;
    int64_t want_us;
    int weekday; /* of the UTC date, 0 = Monday */
};

static const struct parse_case parse_cases[] = {
    {"the design's evening", "2026-03-02T21:40:00+08:00", 1772458800000000, 0},
    {"the epoch", "1970-01-01T00:00:00Z", 0, 3},
    {"one microsecond before it", "1969-12-31T23:59:59.999999Z", -1, 2},
    {"a leap day and a quarter-hour zone", "2024-02-29T23:59:59.5+05:45", 1709230499500000, 3},
    {"a zone west of Greenwich", "2000-01-01T00:00:00-03:30", 946697400000000, 5},
    {"the last second of the table", "2099-12-31T23:59:59.000001Z", 4102444799000001, 3},
    {"nanoseconds are cut to microseconds", "1970-01-01T00:00:00.000001999Z", 1, 3},
    {"a blank instead of the T", "1970-01-01 00:00:01Z", 1000000, 3},
    {"lower-case letters", "1970-01-01t00:00:01z", 1000000, 3},
    {"a leap second is the last instant of its minute", "2016-12-31T23:59:60Z", 1483228799999999, 5},
};

static void rfc_3339_is_read_to_the_microsecond(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(parse_cases); i++) {
        const struct parse_case *c = &parse_cases[i];
        struct sw_err err = {0};
        struct sw_civil civil;
        int64_t us = 0;

        CHECK(sw_time_parse(c->text, strlen(c->text), &us, &err) == SW_OK, "%s: %s", c->why, err.msg);
        CHECK(us == c->want_us, "%s: got %lld", c->why, (long long) us);
        sw_civil_from_utc(NULL, us, &civil);
        CHECK(civil.weekday == c->weekday, "%s: weekday %d", c->why, civil.weekday);
    }
}

struct bad_case {
    const char *text, *says;
};

static const struct bad_case bad_cases[] = {
    {"", "RFC 3339"},
    {"yesterday", "RFC 3339"},
    {"2026-03-02", "time of day"},
    {"2026-03-02T21:40", "time of day"},
    {"2026-03-02T21:40:00", "no offset"},
    {"2026-02-29T00:00:00Z", "does not exist"},
    {"2026-13-01T00:00:00Z", "does not exist"},
    {"2026-03-02T24:00:00Z", "does not exist"},
    {"2026-03-02T21:40:00.Z", "after the point"},
    {"2026-03-02T21:40:00.1234567890Z", "after the point"},
    {"2026-03-02T21:40:00+8:00", "no offset"},
    {"2026-03-02T21:40:00+08:00x", "goes on"},
};

static void a_time_that_would_be_a_guess_is_refused_in_words(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(bad_cases); i++) {
        struct sw_err err = {0};
        int64_t us = 7;

        CHECK(sw_time_parse(bad_cases[i].text, strlen(bad_cases[i].text), &us, &err) == SW_E_INVAL, "'%s' was taken",
              bad_cases[i].text);
        CHECK(strstr(err.msg, bad_cases[i].says), "'%s' says: %s", bad_cases[i].text, err.msg);
        assert_int_equal(us, 7); /* out-parameters stay untouched */
    }
}

static void every_day_of_two_centuries_comes_back(void **state)
{
    char buf[SW_RFC3339_SIZE];

    (void) state;
    for (int64_t day = sw_days_from_civil(1900, 1, 1); day < sw_days_from_civil(2100, 1, 1); day++) {
        int64_t us = day * SW_S_PER_DAY * SW_US_PER_S + 3723004000, back = 0;
        size_t len = sw_time_format(NULL, us, buf);

        CHECK(sw_time_parse(buf, len, &back, NULL) == SW_OK && back == us, "%s", buf);
    }
}

static void text_carries_the_offset_of_its_own_instant(void **state)
{
    struct sw_zone london = {.name = "test", .n = 2, .span = {{INT64_MIN, 0}, {1774746000, 3600}}};
    char buf[SW_RFC3339_SIZE];

    (void) state;
    sw_time_format(&london, 1774745999999999, buf);
    assert_string_equal(buf, "2026-03-29T00:59:59.999+00:00");
    sw_time_format(&london, 1774746000000000, buf);
    assert_string_equal(buf, "2026-03-29T02:00:00.000+01:00");
    london.span[1].offset_s = -12600;
    sw_time_format(&london, 1774746000000000, buf);
    assert_string_equal(buf, "2026-03-28T21:30:00.000-03:30");
}

static void the_offset_is_found_at_the_edges_of_every_span(void **state)
{
    struct sw_zone z = {.n = 3, .span = {{INT64_MIN, 1}, {100, 2}, {200, 3}}};
    int64_t until = 0;

    (void) state;
    assert_int_equal(sw_zone_offset_s(&z, INT64_MIN), 1);
    assert_int_equal(sw_zone_offset_s(&z, 99), 1);
    assert_int_equal(sw_zone_offset_s(&z, 100), 2);
    assert_int_equal(sw_zone_offset_s(&z, 199), 2);
    assert_int_equal(sw_zone_offset_s(&z, INT64_MAX), 3);
    assert_int_equal(sw_zone_span_at(&z, 150, &until)->from_s, 100);
    assert_int_equal(until, 200);
    sw_zone_span_at(&z, 200, &until);
    assert_true(until == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_3339_is_read_to_the_microsecond),
        cmocka_unit_test(a_time_that_would_be_a_guess_is_refused_in_words),
        cmocka_unit_test(every_day_of_two_centuries_comes_back),
        cmocka_unit_test(text_carries_the_offset_of_its_own_instant),
        cmocka_unit_test(the_offset_is_found_at_the_edges_of_every_span),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
