// SPDX-License-Identifier: Apache-2.0
/* Times as people say them: a table of what was said, when, and what was meant. Expected values are written out by
 * hand as local times. */
#include "tests/unit/test.h"

#include <string.h>

#include "common/macros.h"
#include "common/timefmt.h"
#include "hub/when.h"

static struct sw_zone zone_of(int32_t offset_s)
{
    return (struct sw_zone){.name = "test", .n = 1, .span = {{INT64_MIN, offset_s}}};
}

static int64_t instant(const char *text)
{
    int64_t us = 0;

    assert_int_equal(sw_time_parse(text, strlen(text), &us, NULL), SW_OK);
    return us;
}

#define NIGHT "2026-03-03T00:20:00+08:00"   /* Tuesday, twenty past midnight */
#define MORNING "2026-03-03T09:00:00+08:00" /* Tuesday */
#define EVENING "2026-03-03T21:15:00+08:00"
#define NEW_YEAR "2026-01-01T08:00:00+08:00"

static const struct {
    const char *said, *now, *at; /* at: "day hour" of the zone, 2026; NULL = refused */
} instants[] = {
    {"昨晚11点", MORNING, "2026-03-02T23:00:00+08:00"},
    {"昨晚11点半", MORNING, "2026-03-02T23:30:00+08:00"},
    {"昨晚十一点", MORNING, "2026-03-02T23:00:00+08:00"},
    {"昨天晚上十一点二十", MORNING, "2026-03-02T23:20:00+08:00"},
    {"昨晚十一点二十五分", MORNING, "2026-03-02T23:25:00+08:00"},
    {"昨晚１１点", MORNING, "2026-03-02T23:00:00+08:00"},
    {"昨晚12点", MORNING, "2026-03-03T00:00:00+08:00"},
    {"昨晚1点", MORNING, "2026-03-03T01:00:00+08:00"},
    {"昨夜两点", MORNING, "2026-03-03T02:00:00+08:00"},
    {"昨晚11点", NIGHT, "2026-03-02T23:00:00+08:00"},
    {"今晚11点", NIGHT, "2026-03-02T23:00:00+08:00"},
    {"昨晚8点", EVENING, "2026-03-02T20:00:00+08:00"},
    {"今晚8点", EVENING, "2026-03-03T20:00:00+08:00"},
    {"今早六点半", MORNING, "2026-03-03T06:30:00+08:00"},
    {"今天早上6点一刻", MORNING, "2026-03-03T06:15:00+08:00"},
    {"今早7点三刻", MORNING, "2026-03-03T07:45:00+08:00"},
    {"今天凌晨两点", MORNING, "2026-03-03T02:00:00+08:00"},
    {"凌晨3点", MORNING, "2026-03-03T03:00:00+08:00"},
    {"今天半夜2点", MORNING, "2026-03-03T02:00:00+08:00"},
    {"半夜一点", MORNING, "2026-03-03T01:00:00+08:00"},
    {"昨天下午3点", MORNING, "2026-03-02T15:00:00+08:00"},
    {"昨天中午1点", MORNING, "2026-03-02T13:00:00+08:00"},
    {"昨天中午12点", MORNING, "2026-03-02T12:00:00+08:00"},
    {"前天夜里11点", MORNING, "2026-03-01T23:00:00+08:00"},
    {"前晚十点", MORNING, "2026-03-01T22:00:00+08:00"},
    {"大前天20:30", MORNING, "2026-02-28T20:30:00+08:00"},
    {"20:30", MORNING, "2026-03-02T20:30:00+08:00"},
    {"20:30", EVENING, "2026-03-03T20:30:00+08:00"},
    {"20：30", EVENING, "2026-03-03T20:30:00+08:00"},
    {"08:30", EVENING, "2026-03-03T08:30:00+08:00"},
    {"00:10", NIGHT, "2026-03-03T00:10:00+08:00"},
    {"8点", EVENING, "2026-03-03T20:00:00+08:00"},
    {"10点", EVENING, "2026-03-03T10:00:00+08:00"},
    {"8点", MORNING, "2026-03-03T08:00:00+08:00"},
    {"11点", MORNING, "2026-03-02T23:00:00+08:00"},
    {"23点", MORNING, "2026-03-02T23:00:00+08:00"},
    {"昨天23时40分", MORNING, "2026-03-02T23:40:00+08:00"},
    {"刚才", MORNING, MORNING},
    {"刚刚", MORNING, MORNING},
    {"现在", MORNING, MORNING},
    {"半小时前", MORNING, "2026-03-03T08:30:00+08:00"},
    {"半个小时前", MORNING, "2026-03-03T08:30:00+08:00"},
    {"10分钟前", MORNING, "2026-03-03T08:50:00+08:00"},
    {"两个小时前", MORNING, "2026-03-03T07:00:00+08:00"},
    {"一个半小时前", MORNING, "2026-03-03T07:30:00+08:00"},
    {"3天前晚上10点", MORNING, "2026-02-28T22:00:00+08:00"},
    {"3月2日23:40", MORNING, "2026-03-02T23:40:00+08:00"},
    {"3月2号晚上11点", MORNING, "2026-03-02T23:00:00+08:00"},
    {"2日23:40", MORNING, "2026-03-02T23:40:00+08:00"},
    {"28号晚上9点", MORNING, "2026-02-28T21:00:00+08:00"},
    {"2026年3月2日23点40分", MORNING, "2026-03-02T23:40:00+08:00"},
    {"2026-03-02 23:40", MORNING, "2026-03-02T23:40:00+08:00"},
    {"2026-03-02T23:40", MORNING, "2026-03-02T23:40:00+08:00"},
    {"12月31日22:00", NEW_YEAR, "2025-12-31T22:00:00+08:00"},
    {"昨晚10点", NEW_YEAR, "2025-12-31T22:00:00+08:00"},
    {"周一晚上11点", MORNING, "2026-03-02T23:00:00+08:00"},
    {"星期六22:00", MORNING, "2026-02-28T22:00:00+08:00"},
    {"上周日晚上10点", MORNING, "2026-03-01T22:00:00+08:00"},
    {"上周三下午2点", MORNING, "2026-02-25T14:00:00+08:00"},
    {"大概昨晚11点左右", MORNING, "2026-03-02T23:00:00+08:00"},
    {"last night 11pm", MORNING, "2026-03-02T23:00:00+08:00"},
    {"last night at 11", MORNING, "2026-03-02T23:00:00+08:00"},
    {"Last night at 11:30 PM", MORNING, "2026-03-02T23:30:00+08:00"},
    {"last night 2am", MORNING, "2026-03-03T02:00:00+08:00"},
    {"last night at half past 11", MORNING, "2026-03-02T23:30:00+08:00"},
    {"quarter to 11 last night", MORNING, "2026-03-02T22:45:00+08:00"},
    {"this morning 6:30", MORNING, "2026-03-03T06:30:00+08:00"},
    {"just now", MORNING, MORNING},
    {"half an hour ago", MORNING, "2026-03-03T08:30:00+08:00"},
    {"20 minutes ago", MORNING, "2026-03-03T08:40:00+08:00"},
    {"2 hours ago", MORNING, "2026-03-03T07:00:00+08:00"},
    {"yesterday 3pm", MORNING, "2026-03-02T15:00:00+08:00"},
    {"yesterday at 3 in the afternoon", MORNING, "2026-03-02T15:00:00+08:00"},
    {"the day before yesterday 21:00", MORNING, "2026-03-01T21:00:00+08:00"},
    {"monday 11 p.m.", MORNING, "2026-03-02T23:00:00+08:00"},
    {"last sunday 22:00", MORNING, "2026-03-01T22:00:00+08:00"},
    {"2 March 23:40", MORNING, "2026-03-02T23:40:00+08:00"},
    {"March 2nd 11pm", MORNING, "2026-03-02T23:00:00+08:00"},
    {"12am", MORNING, "2026-03-03T00:00:00+08:00"},
    {"12pm yesterday", MORNING, "2026-03-02T12:00:00+08:00"},
    {"midnight", MORNING, "2026-03-03T00:00:00+08:00"},
    {"2026-03-02T23:40:00+08:00", MORNING, "2026-03-02T23:40:00+08:00"},
    {"2026-03-02T15:40:00Z", MORNING, "2026-03-02T23:40:00+08:00"},
    /* refused */
    {"", MORNING, NULL},
    {"很久以前", MORNING, NULL},
    {"once upon a time", MORNING, NULL},
    {"今早六点半", "2026-03-03T05:00:00+08:00", NULL},
    {"今天下午3点", MORNING, NULL},
    {"明天8点", MORNING, NULL},
    {"25点", MORNING, NULL},
    {"10:75", MORNING, NULL},
    {"13pm", MORNING, NULL},
    {"2月30日22:00", MORNING, NULL},
    {"2099-01-01T00:00:00Z", MORNING, NULL},
    {"<script>alert(1)</script>", MORNING, NULL},
    {"昨晚11点 12点 1点", MORNING, NULL},
};

static void what_is_said_is_the_instant_that_was_meant(void **state)
{
    const struct sw_zone zone = zone_of(8 * 3600);

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(instants); i++) {
        struct hub_when got;
        struct sw_err err = {0};
        char text[SW_RFC3339_SIZE] = "";
        const int rc = hub_when(instants[i].said, instant(instants[i].now), &zone, &got, &err);

        if (rc == SW_OK)
            sw_time_format(&zone, got.at_us, text);
        CHECK((rc == SW_OK) == (instants[i].at != NULL), "'%s' at %s: %d %s%s", instants[i].said, instants[i].now, rc,
              text, err.msg);
        if (instants[i].at)
            CHECK(got.at_us == instant(instants[i].at), "'%s' at %s: %s, not %s", instants[i].said, instants[i].now,
                  text, instants[i].at);
        else
            CHECK(strstr(err.msg, "昨晚11点") != NULL, "no example in: %s", err.msg);
    }
}

static const struct {
    const char *said, *now, *from, *to;
} spans[] = {
    {"前天夜里", MORNING, "2026-03-01T22:00:00+08:00", "2026-03-02T06:00:00+08:00"},
    {"昨晚", MORNING, "2026-03-02T20:00:00+08:00", "2026-03-03T06:00:00+08:00"},
    {"last night", MORNING, "2026-03-02T20:00:00+08:00", "2026-03-03T06:00:00+08:00"},
    {"今早", MORNING, "2026-03-03T06:00:00+08:00", MORNING},
    {"昨天下午", MORNING, "2026-03-02T12:00:00+08:00", "2026-03-02T18:00:00+08:00"},
    {"昨天", MORNING, "2026-03-02T00:00:00+08:00", "2026-03-03T00:00:00+08:00"},
    {"yesterday afternoon", MORNING, "2026-03-02T12:00:00+08:00", "2026-03-02T18:00:00+08:00"},
    {"夜里", MORNING, "2026-03-02T22:00:00+08:00", "2026-03-03T06:00:00+08:00"},
    {"今晚", NIGHT, "2026-03-02T18:00:00+08:00", "2026-03-03T00:00:00+08:00"},
    {"凌晨", MORNING, "2026-03-03T00:00:00+08:00", "2026-03-03T06:00:00+08:00"},
    {"上周三", MORNING, "2026-02-25T00:00:00+08:00", "2026-02-26T00:00:00+08:00"},
};

static void without_an_hour_it_is_a_stretch(void **state)
{
    const struct sw_zone zone = zone_of(8 * 3600);

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(spans); i++) {
        struct hub_when got;
        struct sw_err err = {0};

        CHECK(hub_when(spans[i].said, instant(spans[i].now), &zone, &got, &err) == SW_OK, "'%s': %s", spans[i].said,
              err.msg);
        CHECK(got.is_span && got.from_us == instant(spans[i].from) && got.to_us == instant(spans[i].to),
              "'%s': %lld s to %lld s off", spans[i].said,
              (long long) ((got.from_us - instant(spans[i].from)) / SW_US_PER_S),
              (long long) ((got.to_us - instant(spans[i].to)) / SW_US_PER_S));
    }
}

static void hours_are_those_of_the_zone(void **state)
{
    const struct sw_zone half = zone_of(5 * 3600 + 1800);
    /* forward at 01:00 UTC of 2026-03-29 */
    const struct sw_zone summer = {.name = "summer", .n = 2, .span = {{INT64_MIN, 0}, {1774746000, 3600}}};
    struct hub_when got;

    (void) state;
    assert_int_equal(hub_when("last night 11pm", instant("2026-03-03T03:30:00Z"), &half, &got, NULL), SW_OK);
    assert_int_equal(got.at_us, instant("2026-03-02T23:00:00+05:30"));
    assert_int_equal(hub_when("00:30", instant("2026-03-29T12:00:00Z"), &summer, &got, NULL), SW_OK);
    assert_int_equal(got.at_us, instant("2026-03-29T00:30:00Z"));
    assert_int_equal(hub_when("06:30", instant("2026-03-29T12:00:00Z"), &summer, &got, NULL), SW_OK);
    assert_int_equal(got.at_us, instant("2026-03-29T05:30:00Z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_is_the_instant_that_was_meant),
        cmocka_unit_test(without_an_hour_it_is_a_stretch),
        cmocka_unit_test(hours_are_those_of_the_zone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
