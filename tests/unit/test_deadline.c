// SPDX-License-Identifier: Apache-2.0
/* Working time. Expected instants are hand arithmetic on the calendar of China for 2026 (notice of the State Council)
 * and on the clocks of Berlin and Cairo; random instants are compared with a model that walks minute by minute. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "common/timefmt.h"
#include "tickets/deadline.h"

#define S 1000000LL
#define MIN (60 * S)
#define HOUR (60 * MIN)
#define DAY (24 * HOUR)

static const struct sw_zone shanghai = {.name = "Asia/Shanghai", .n = 1, .span = {{INT64_MIN, 28800}}};
static const struct sw_zone berlin = {
    .name = "Europe/Berlin",
    .n = 4,
    .span = {{INT64_MIN, 7200}, {1761440400, 3600}, {1774746000, 7200}, {1792890000, 3600}}};
/* 2026-04-24, a Friday: 00:00 becomes 01:00 */
static const struct sw_zone cairo = {.name = "Africa/Cairo", .n = 2, .span = {{INT64_MIN, 7200}, {1776981600, 10800}}};

static struct sw_days china, sundays; /* sundays: those of Berlin's changes are worked */

static int32_t day_of(const char *date)
{
    int y = 0, m = 0, d = 0;

    assert_int_equal(sscanf(date, "%d-%d-%d", &y, &m, &d), 3);
    return (int32_t) sw_days_from_civil(y, m, d);
}

static void add_day(struct sw_days *days, int32_t day, bool is_holiday)
{
    size_t at = days->n++;

    for (; at > 0 && days->day[at - 1].day > day; at--)
        days->day[at] = days->day[at - 1];
    days->day[at] = (struct sw_special_day){.day = day, .is_holiday = is_holiday, .is_workday = !is_holiday};
}

static int make_calendars(void **state)
{
    static const char *const off[][2] = {
        {"2026-01-01", "2026-01-03"}, {"2026-02-15", "2026-02-23"}, {"2026-04-04", "2026-04-06"},
        {"2026-05-01", "2026-05-05"}, {"2026-06-19", "2026-06-21"}, {"2026-09-25", "2026-09-27"},
        {"2026-10-01", "2026-10-07"}, {"2027-01-01", "2027-01-01"},
    };
    static const char *const made_up[] = {"2026-01-04", "2026-02-14", "2026-02-28",
                                          "2026-05-09", "2026-09-20", "2026-10-10"};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(off); i++) {
        for (int32_t day = day_of(off[i][0]); day <= day_of(off[i][1]); day++)
            add_day(&china, day, true);
    }
    for (size_t i = 0; i < SW_ARRAY_SIZE(made_up); i++)
        add_day(&china, day_of(made_up[i]), false);
    add_day(&sundays, day_of("2026-03-29"), false);
    add_day(&sundays, day_of("2026-10-25"), false);
    return 0;
}

static int64_t at(const char *text)
{
    int64_t us = 0;
    struct sw_err err = {0};

    CHECK(sw_time_parse(text, strlen(text), &us, &err) == SW_OK, "%s: %s", text, err.msg);
    return us;
}

static const char *shown(const struct sw_zone *zone, int64_t us)
{
    static char buf[4][SW_RFC3339_SIZE];
    static unsigned next;
    char *text = buf[next++ % 4];

    sw_time_format(zone, us, text);
    return text;
}

static void working_days_are_counted_on_the_calendar(void **state)
{
    static const struct {
        const char *why;
        const struct sw_zone *zone;
        const struct sw_days *days;
        const char *from;
        int32_t n;
        const char *want;
    } cases[] = {
        {"over a weekend", &shanghai, &china, "2026-03-02T21:40:00+08:00", 5, "2026-03-09T21:40:00+08:00"},
        {"over the Spring Festival, a made-up Saturday first", &shanghai, &china, "2026-02-13T10:00:00+08:00", 5,
         "2026-02-27T10:00:00+08:00"},
        {"from one made-up Saturday to the other", &shanghai, &china, "2026-02-14T18:00:00+08:00", 5,
         "2026-02-28T18:00:00+08:00"},
        {"opened at night in the Spring Festival", &shanghai, &china, "2026-02-17T03:00:00+08:00", 5,
         "2026-03-02T00:00:00+08:00"},
        {"an enquiry on the festival's eve", &shanghai, &china, "2026-02-16T23:59:59.999999+08:00", 3,
         "2026-02-27T00:00:00+08:00"},
        {"opened on a Saturday", &shanghai, &china, "2026-02-07T12:00:00+08:00", 3, "2026-02-12T00:00:00+08:00"},
        {"a second before the National Day week", &shanghai, &china, "2026-09-30T23:59:59+08:00", 5,
         "2026-10-13T23:59:59+08:00"},
        {"a second later", &shanghai, &china, "2026-10-01T00:00:00+08:00", 5, "2026-10-14T00:00:00+08:00"},
        {"over New Year to a made-up Sunday", &shanghai, &china, "2025-12-31T15:30:00+08:00", 3,
         "2026-01-06T15:30:00+08:00"},
        {"tomorrow, a made-up Saturday", &shanghai, &china, "2026-02-27T09:00:00+08:00", 1,
         "2026-02-28T09:00:00+08:00"},
        {"from a made-up Saturday over a month's end", &shanghai, &china, "2026-02-28T09:00:00+08:00", 1,
         "2026-03-02T09:00:00+08:00"},
        {"over a made-up Sunday", &shanghai, &china, "2026-09-18T17:00:00+08:00", 3, "2026-09-22T17:00:00+08:00"},
        {"a month's end", &shanghai, &china, "2026-06-30T08:00:00+08:00", 3, "2026-07-03T08:00:00+08:00"},
        {"a year's end", &shanghai, &china, "2026-12-31T10:00:00+08:00", 3, "2027-01-06T10:00:00+08:00"},
        {"beyond the calendar: as the weekday, in a leap year", &shanghai, &china, "2028-02-28T10:00:00+08:00", 2,
         "2028-03-01T10:00:00+08:00"},
        {"Friday's first instant", &shanghai, &china, "2026-03-06T00:00:00+08:00", 1, "2026-03-09T00:00:00+08:00"},
        {"no day on, on a working day", &shanghai, &china, "2026-03-06T07:00:00.000001+08:00", 0,
         "2026-03-06T07:00:00.000001+08:00"},
        {"no day on, on a day off", &shanghai, &china, "2026-03-07T07:00:00+08:00", 0, "2026-03-09T00:00:00+08:00"},
        {"without a calendar a festival is worked", &shanghai, NULL, "2026-02-13T10:00:00+08:00", 5,
         "2026-02-20T10:00:00+08:00"},
        {"a whole year of working days", &shanghai, NULL, "2026-01-05T10:00:00+08:00", 250,
         "2026-12-21T10:00:00+08:00"},
        {"over the change to summer time", &berlin, NULL, "2026-03-27T02:30:00+01:00", 1, "2026-03-30T02:30:00+02:00"},
        {"over the change to winter time", &berlin, NULL, "2026-10-23T12:00:00+02:00", 1, "2026-10-26T12:00:00+01:00"},
        {"02:30 does not come: the change itself", &berlin, &sundays, "2026-03-27T02:30:00+01:00", 1,
         "2026-03-29T03:00:00+02:00"},
        {"02:30 comes twice: the first", &berlin, &sundays, "2026-10-23T02:30:00+02:00", 1,
         "2026-10-25T02:30:00+02:00"},
        {"00:30 does not come", &cairo, NULL, "2026-04-23T00:30:00+02:00", 1, "2026-04-24T01:00:00+03:00"},
        {"midnight does not come", &cairo, NULL, "2026-04-23T00:00:00+02:00", 1, "2026-04-24T01:00:00+03:00"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct sw_work_clock c = {cases[i].zone, cases[i].days};
        const int64_t got = sw_work_days_after(&c, at(cases[i].from), cases[i].n);

        CHECK(got == at(cases[i].want), "%s: %s, want %s", cases[i].why, shown(c.zone, got), cases[i].want);
    }
}

static void working_time_between_two_instants_leaves_days_off_out(void **state)
{
    static const struct {
        const char *why, *from, *to;
        int64_t want_us;
    } cases[] = {
        {"within a day", "2026-03-02T08:00:00+08:00", "2026-03-02T09:30:00+08:00", 90 * MIN},
        {"over a weekend", "2026-03-06T20:00:00+08:00", "2026-03-09T02:00:00+08:00", 6 * HOUR},
        {"a whole weekend", "2026-03-07T00:00:00+08:00", "2026-03-09T00:00:00+08:00", 0},
        {"within a festival", "2026-02-16T00:00:00+08:00", "2026-02-22T12:00:00+08:00", 0},
        {"around the festival, with its made-up Saturday", "2026-02-13T12:00:00+08:00", "2026-02-24T12:00:00+08:00",
         2 * DAY},
        {"from a day off into work", "2026-02-20T12:00:00+08:00", "2026-02-24T22:00:00+08:00", 22 * HOUR},
        {"February", "2026-02-01T00:00:00+08:00", "2026-03-01T00:00:00+08:00", 16 * DAY},
        {"backwards", "2026-03-03T00:00:00+08:00", "2026-03-02T00:00:00+08:00", 0},
        {"no time", "2026-03-03T00:00:00+08:00", "2026-03-03T00:00:00+08:00", 0},
    };
    const struct sw_work_clock c = {&shanghai, &china};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const int64_t got = sw_work_between(&c, at(cases[i].from), at(cases[i].to));

        CHECK(got == cases[i].want_us, "%s: %lld min, want %lld", cases[i].why, (long long) (got / MIN),
              (long long) (cases[i].want_us / MIN));
    }
}

static void an_instant_moves_by_working_time_both_ways(void **state)
{
    static const struct {
        const char *why, *from;
        int64_t work_us;
        const char *want;
    } cases[] = {
        {"into the next week", "2026-03-06T20:00:00+08:00", 6 * HOUR, "2026-03-09T02:00:00+08:00"},
        {"a working day back over a weekend", "2026-03-09T10:00:00+08:00", -DAY, "2026-03-06T10:00:00+08:00"},
        {"back over a festival", "2026-02-24T01:00:00+08:00", -2 * HOUR, "2026-02-14T23:00:00+08:00"},
        {"to the end of work is the next beginning", "2026-03-06T20:00:00+08:00", 4 * HOUR,
         "2026-03-09T00:00:00+08:00"},
        {"back to the beginning", "2026-03-09T02:00:00+08:00", -2 * HOUR, "2026-03-09T00:00:00+08:00"},
        {"of a day off", "2026-03-07T15:00:00+08:00", 2 * HOUR, "2026-03-09T02:00:00+08:00"},
    };
    const struct sw_work_clock c = {&shanghai, &china};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const int64_t got = sw_work_shift(&c, at(cases[i].from), cases[i].work_us);

        CHECK(got == at(cases[i].want), "%s: %s, want %s", cases[i].why, shown(c.zone, got), cases[i].want);
    }
}

static void the_next_month_begins_with_its_first_working_day(void **state)
{
    static const struct {
        const char *why, *from, *want;
    } cases[] = {
        {"the 1st is a Wednesday", "2026-03-02T09:00:00+08:00", "2026-04-01T00:00:00+08:00"},
        {"the 1st is a Sunday", "2026-02-28T23:59:59+08:00", "2026-03-02T00:00:00+08:00"},
        {"the first week is off", "2026-09-01T00:00:00+08:00", "2026-10-08T00:00:00+08:00"},
        {"Labour Day", "2026-04-30T00:00:00+08:00", "2026-05-06T00:00:00+08:00"},
        {"a made-up Sunday", "2025-12-05T00:00:00+08:00", "2026-01-04T00:00:00+08:00"},
        {"next year", "2026-12-31T23:59:59+08:00", "2027-01-04T00:00:00+08:00"},
    };
    const struct sw_work_clock c = {&shanghai, &china};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const int64_t got = sw_work_next_month(&c, at(cases[i].from));

        CHECK(got == at(cases[i].want), "%s: %s, want %s", cases[i].why, shown(c.zone, got), cases[i].want);
    }
}

/* ---- against a model that walks ---- */

/* 1970-01-01 was a Thursday. */
static bool is_worked(int64_t local_us)
{
    const int64_t day = local_us / DAY, weekday = (day + 3) % 7; /* 0 = Monday */

    for (size_t i = 0; i < china.n; i++) {
        if (china.day[i].day == day)
            return china.day[i].is_workday;
    }
    return weekday < 5;
}

static int64_t walked_between(int64_t from_us, int64_t to_us)
{
    int64_t sum = 0;

    for (int64_t t = from_us; t < to_us; t += MIN)
        sum += is_worked(t + 8 * HOUR) ? MIN : 0;
    return sum;
}

static int64_t walked_days_after(int64_t from_us, int32_t n)
{
    int64_t t = from_us + 8 * HOUR;

    if (!is_worked(t))
        for (t -= t % DAY; !is_worked(t); t += DAY)
            ;
    for (; n > 0; n--)
        do
            t += DAY;
        while (!is_worked(t));
    return t - 8 * HOUR;
}

static uint64_t seed = 20260217;

static int64_t random_below(int64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t) ((seed >> 33) % (uint64_t) n);
}

static void random_instants_agree_with_walking(void **state)
{
    const struct sw_work_clock c = {&shanghai, &china};
    const int64_t from = at("2025-12-20T00:00:00+08:00");

    (void) state;
    for (int i = 0; i < 2000; i++) {
        const int64_t t = from + random_below(400 * 1440) * MIN, to = t + random_below(40 * 1440) * MIN;
        const int32_t n = (int32_t) random_below(30);
        const int64_t work = walked_between(t, to);

        CHECK(sw_work_days_after(&c, t, n) == walked_days_after(t, n), "%s + %d working days", shown(c.zone, t), n);
        CHECK(sw_work_between(&c, t, to) == work, "working time from %s to %s", shown(c.zone, t), shown(c.zone, to));
        /* As late as it may be with that much working time between: on again where work goes on. */
        const int64_t shifted = sw_work_shift(&c, t, work);
        CHECK(shifted >= to && walked_between(t, shifted) == work && is_worked(shifted + 8 * HOUR), "%s moved to %s",
              shown(c.zone, t), shown(c.zone, shifted));
        if (is_worked(t + 8 * HOUR))
            CHECK(sw_work_shift(&c, shifted, -work) == t, "%s moved on and back", shown(c.zone, t));
    }
}

/* Whatever the clock does: never backwards, never two days away. */
static void moving_is_monotone_over_changes_of_the_clock(void **state)
{
    const struct sw_work_clock clocks[] = {{&berlin, &sundays}, {&cairo, NULL}};
    const char *const around[] = {"2026-03-27T00:00:00Z", "2026-04-22T00:00:00Z"};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(clocks); i++) {
        for (int64_t work = 0; work < 5 * DAY; work += 7 * MIN) {
            const int64_t t = at(around[i]), a = sw_work_shift(&clocks[i], t, work),
                          b = sw_work_shift(&clocks[i], t, work + 7 * MIN);

            CHECK(a <= b, "%s then %s", shown(clocks[i].zone, a), shown(clocks[i].zone, b));
            CHECK(b - a <= 7 * MIN + 2 * DAY, "%s then %s", shown(clocks[i].zone, a), shown(clocks[i].zone, b));
        }
    }
}

static void a_calendar_without_working_days_ends_the_search(void **state)
{
    static struct sw_days none;
    const struct sw_work_clock c = {&shanghai, &none};
    const int32_t first = day_of("2026-03-01");

    (void) state;
    for (int32_t i = 0; i < SW_DAYS_MAX; i++)
        none.day[none.n++] = (struct sw_special_day){.day = first + i, .is_holiday = true};
    CHECK(sw_work_days_after(&c, at("2026-03-02T10:00:00+08:00"), 5) > at("2030-01-01T00:00:00+08:00"),
          "far, but an answer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(working_days_are_counted_on_the_calendar),
        cmocka_unit_test(working_time_between_two_instants_leaves_days_off_out),
        cmocka_unit_test(an_instant_moves_by_working_time_both_ways),
        cmocka_unit_test(the_next_month_begins_with_its_first_working_day),
        cmocka_unit_test(random_instants_agree_with_walking),
        cmocka_unit_test(moving_is_monotone_over_changes_of_the_clock),
        cmocka_unit_test(a_calendar_without_working_days_ends_the_search),
    };

    return cmocka_run_group_tests(tests, make_calendars, NULL);
}
