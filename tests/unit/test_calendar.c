// SPDX-License-Identifier: Apache-2.0
/* Windows and periods over changes of the clock. Expected instants are written out with their offsets; a second
 * implementation walks the clock second by second. The zones' tables are set by hand from the tz database's rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "common/timefmt.h"
#include "rules/calendar.h"

static int64_t at(const char *text)
{
    struct sw_err err = {0};
    int64_t t;

    if (sw_time_parse(text, strlen(text), &t, &err) < 0)
        fail_msg("%s: %s", text, err.msg);
    return t;
}

static struct sw_zone zone_of(const char *name)
{
    struct sw_zone z = {.n = 1, .span = {{.from_s = INT64_MIN}}};

    if (strcmp(name, "Shanghai") == 0) {
        z.span[0].offset_s = 8 * 3600;
    } else if (strcmp(name, "Berlin") == 0) {
        z.n = 3;
        z.span[0].offset_s = 3600;
        z.span[1] = (struct sw_zone_span){at("2026-03-29T01:00:00Z") / 1000000, 7200};
        z.span[2] = (struct sw_zone_span){at("2026-10-25T01:00:00Z") / 1000000, 3600};
    } else if (strcmp(name, "Lord_Howe") == 0) {
        z.n = 3;
        z.span[0].offset_s = 39600;
        z.span[1] = (struct sw_zone_span){at("2026-04-04T15:00:00Z") / 1000000, 37800};
        z.span[2] = (struct sw_zone_span){at("2026-10-03T15:30:00Z") / 1000000, 39600};
    } else if (strcmp(name, "London") == 0) {
        z.n = 3;
        z.span[1] = (struct sw_zone_span){at("2026-03-29T01:00:00Z") / 1000000, 3600};
        z.span[2] = (struct sw_zone_span){at("2026-10-25T01:00:00Z") / 1000000, 0};
    } else if (strcmp(name, "New_York") == 0) {
        z.n = 3;
        z.span[0].offset_s = -18000;
        z.span[1] = (struct sw_zone_span){at("2026-03-08T07:00:00Z") / 1000000, -14400};
        z.span[2] = (struct sw_zone_span){at("2026-11-01T06:00:00Z") / 1000000, -18000};
    } else {
        fail_msg("no zone %s", name);
    }
    return z;
}

static void check_span(const char *why, struct sw_span got, const char *from, const char *to)
{
    if (got.from_us != at(from) || got.to_us != at(to))
        fail_msg("%s: from %+lld s, to %+lld s beside what was wanted", why,
                 (long long) (got.from_us - at(from)) / 1000000, (long long) (got.to_us - at(to)) / 1000000);
}

static const struct window_case {
    const char *why, *zone;
    int32_t length_s;
    const char *t, *from, *to;
} window_cases[] = {
    {"a plain 20 minutes", "Shanghai", 1200, "2026-03-02T21:59:59.999+08:00", "2026-03-02T21:40:00+08:00",
     "2026-03-02T22:00:00+08:00"},
    {"its own first instant", "Shanghai", 1200, "2026-03-02T22:00:00+08:00", "2026-03-02T22:00:00+08:00",
     "2026-03-02T22:20:00+08:00"},
    {"a length that does not divide the day ends at midnight", "Shanghai", 25200, "2026-03-02T22:00:00+08:00",
     "2026-03-02T21:00:00+08:00", "2026-03-03T00:00:00+08:00"},
    {"spring: the hour before the jump", "Berlin", 3600, "2026-03-29T01:30:00+01:00", "2026-03-29T01:00:00+01:00",
     "2026-03-29T03:00:00+02:00"},
    {"spring: the hour after", "Berlin", 3600, "2026-03-29T03:10:00+02:00", "2026-03-29T03:00:00+02:00",
     "2026-03-29T04:00:00+02:00"},
    {"spring: skipped boundaries fall on the jump", "Berlin", 2400, "2026-03-29T01:59:00+01:00",
     "2026-03-29T01:20:00+01:00", "2026-03-29T03:00:00+02:00"},
    {"spring: and the window behind it is short", "Berlin", 2400, "2026-03-29T03:00:00+02:00",
     "2026-03-29T03:00:00+02:00", "2026-03-29T03:20:00+02:00"},
    {"spring: a day of 23 hours", "Berlin", 86400, "2026-03-29T12:00:00+02:00", "2026-03-29T00:00:00+01:00",
     "2026-03-30T00:00:00+02:00"},
    {"autumn: the first of the repeated hours", "Berlin", 3600, "2026-10-25T02:30:00+02:00",
     "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"},
    {"autumn: the second", "Berlin", 3600, "2026-10-25T02:30:00+01:00", "2026-10-25T02:00:00+01:00",
     "2026-10-25T03:00:00+01:00"},
    {"autumn: last 20 minutes of the first", "Berlin", 1200, "2026-10-25T02:50:00+02:00", "2026-10-25T02:40:00+02:00",
     "2026-10-25T02:00:00+01:00"},
    {"autumn: three hours by the clock are four", "Berlin", 10800, "2026-10-25T02:30:00+01:00",
     "2026-10-25T00:00:00+02:00", "2026-10-25T03:00:00+01:00"},
    {"autumn: a day of 25 hours", "Berlin", 86400, "2026-10-25T00:00:00+02:00", "2026-10-25T00:00:00+02:00",
     "2026-10-26T00:00:00+01:00"},
    {"Lord Howe, autumn: no hour begins at 01:30", "Lord_Howe", 3600, "2026-04-05T01:45:00+11:00",
     "2026-04-05T01:00:00+11:00", "2026-04-05T02:00:00+10:30"},
    {"Lord Howe, autumn: seen from behind the change", "Lord_Howe", 3600, "2026-04-05T01:45:00+10:30",
     "2026-04-05T01:00:00+11:00", "2026-04-05T02:00:00+10:30"},
    {"Lord Howe, autumn: the half hour is repeated", "Lord_Howe", 1800, "2026-04-05T01:45:00+11:00",
     "2026-04-05T01:30:00+11:00", "2026-04-05T01:30:00+10:30"},
    {"Lord Howe, spring: 02:00 is skipped and falls on the jump", "Lord_Howe", 3600, "2026-10-04T01:50:00+10:30",
     "2026-10-04T01:00:00+10:30", "2026-10-04T02:30:00+11:00"},
    {"Lord Howe, spring: the hour behind it lasts 30 minutes", "Lord_Howe", 3600, "2026-10-04T02:40:00+11:00",
     "2026-10-04T02:30:00+11:00", "2026-10-04T03:00:00+11:00"},
};

static void aligned_windows_follow_the_local_clock(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(window_cases); i++) {
        const struct window_case *c = &window_cases[i];
        struct sw_zone z = zone_of(c->zone);

        check_span(c->why, sw_aligned_window(&z, c->length_s, at(c->t)), c->from, c->to);
    }
}

/* The definition, second by second: the clock reads a boundary, or jumped over one. */
static bool is_boundary(const struct sw_zone *z, int32_t length_s, int64_t utc_s)
{
    int64_t now = utc_s + sw_zone_offset_s(z, utc_s), before = utc_s - 1 + sw_zone_offset_s(z, utc_s - 1);

    for (int64_t reading = now > before ? before + 1 : now; reading <= now; reading++) {
        if (reading % 86400 % length_s == 0)
            return true;
    }
    return false;
}

static void aligned_windows_agree_with_walking_the_clock(void **state)
{
    static const struct {
        const char *zone, *from;
    } walks[] = {
        {"Berlin", "2026-03-28T12:00:00Z"},    {"Berlin", "2026-10-24T12:00:00Z"},
        {"Lord_Howe", "2026-04-04T00:00:00Z"}, {"Lord_Howe", "2026-10-03T00:00:00Z"},
        {"London", "2026-03-28T12:00:00Z"},    {"London", "2026-10-24T12:00:00Z"},
        {"New_York", "2026-03-07T12:00:00Z"},  {"New_York", "2026-10-31T12:00:00Z"},
    };
    static const int32_t lengths[] = {60,   300,   420,   900,   1200,  1800,  2400, 3600,
                                      5400, 10800, 18000, 25200, 36000, 43200, 86400};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(walks); i++) {
        struct sw_zone z = zone_of(walks[i].zone);

        for (size_t k = 0; k < SW_ARRAY_SIZE(lengths); k++) {
            int64_t t = at(walks[i].from) / 1000000, end = t + 36 * 3600;
            struct sw_span span = sw_aligned_window(&z, lengths[k], t * 1000000);

            for (; t < end; t++) {
                if (t * 1000000 != span.from_us && is_boundary(&z, lengths[k], t) != (t * 1000000 == span.to_us))
                    fail_msg("%s, %d s: at %lld", walks[i].zone, (int) lengths[k], (long long) t);
                if (t * 1000000 == span.to_us || t % 337 == 0) {
                    struct sw_span next = sw_aligned_window(&z, lengths[k], t * 1000000 + 500000);

                    assert_true(next.from_us == (t * 1000000 == span.to_us ? span.to_us : span.from_us));
                    span = next;
                }
            }
        }
    }
}

static const struct period_case {
    const char *why, *zone;
    struct sw_period period;
    const char *t, *from, *to; /* from NULL: outside */
} period_cases[] = {
    {"a night runs over midnight",
     "Shanghai",
     {.from_min = 1320, .to_min = 360, .days = 0x7f},
     "2026-03-03T05:59:59.999+08:00",
     "2026-03-02T22:00:00+08:00",
     "2026-03-03T06:00:00+08:00"},
    {"its end is outside",
     "Shanghai",
     {.from_min = 1320, .to_min = 360, .days = 0x7f},
     "2026-03-03T06:00:00+08:00",
     NULL,
     NULL},
    {"the day before its night",
     "Shanghai",
     {.from_min = 360, .to_min = 1320, .days = 0x7f},
     "2026-03-02T21:59:59+08:00",
     "2026-03-02T06:00:00+08:00",
     "2026-03-02T22:00:00+08:00"},
    {"a night of Friday reaches into Saturday",
     "Shanghai",
     {.from_min = 1320, .to_min = 360, .days = 1 << 4},
     "2026-03-07T03:00:00+08:00",
     "2026-03-06T22:00:00+08:00",
     "2026-03-07T06:00:00+08:00"},
    {"but Saturday has none",
     "Shanghai",
     {.from_min = 1320, .to_min = 360, .days = 1 << 4},
     "2026-03-07T23:00:00+08:00",
     NULL,
     NULL},
    {"to midnight",
     "Shanghai",
     {.from_min = 1080, .to_min = 1440, .days = 0x7f},
     "2026-03-02T23:00:00+08:00",
     "2026-03-02T18:00:00+08:00",
     "2026-03-03T00:00:00+08:00"},
    {"the whole day",
     "Shanghai",
     {.from_min = 0, .to_min = 0, .days = 1 << 6},
     "2026-03-08T00:00:00+08:00",
     "2026-03-08T00:00:00+08:00",
     "2026-03-09T00:00:00+08:00"},
    {"spring: a night of seven hours",
     "Berlin",
     {.from_min = 1320, .to_min = 360, .days = 0x7f},
     "2026-03-29T04:00:00+02:00",
     "2026-03-28T22:00:00+01:00",
     "2026-03-29T06:00:00+02:00"},
    {"autumn: a night of nine",
     "Berlin",
     {.from_min = 1320, .to_min = 360, .days = 0x7f},
     "2026-10-25T02:30:00+01:00",
     "2026-10-24T22:00:00+02:00",
     "2026-10-25T06:00:00+01:00"},
    {"a skipped start falls on the jump",
     "Berlin",
     {.from_min = 150, .to_min = 360, .days = 0x7f},
     "2026-03-29T03:00:00+02:00",
     "2026-03-29T03:00:00+02:00",
     "2026-03-29T06:00:00+02:00"},
    {"a repeated start is the first",
     "Berlin",
     {.from_min = 150, .to_min = 360, .days = 0x7f},
     "2026-10-25T02:10:00+01:00",
     "2026-10-25T02:30:00+02:00",
     "2026-10-25T06:00:00+01:00"},
};

static void periods_contain_what_the_clock_says(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(period_cases); i++) {
        const struct period_case *c = &period_cases[i];
        struct sw_zone z = zone_of(c->zone);
        struct sw_span got;
        bool inside = sw_period_at(&z, NULL, NULL, &c->period, at(c->t), &got);

        if (inside != (c->from != NULL))
            fail_msg("%s: %s", c->why, inside ? "inside" : "outside");
        if (inside)
            check_span(c->why, got, c->from, c->to);
    }
}

static void next_start_is_after_now_and_found_a_week_ahead(void **state)
{
    const struct sw_period night = {.from_min = 1320, .to_min = 360, .days = 0x7f};
    const struct sw_period sunday = {.from_min = 0, .to_min = 1440, .days = 1 << 6}, never = {.to_min = 1440};
    struct sw_zone z = zone_of("Shanghai"), berlin = zone_of("Berlin");
    struct sw_span got;

    (void) state;
    assert_true(sw_period_next(&z, NULL, NULL, &night, at("2026-03-02T21:40:00+08:00"), &got));
    check_span("tonight", got, "2026-03-02T22:00:00+08:00", "2026-03-03T06:00:00+08:00");
    assert_true(sw_period_next(&z, NULL, NULL, &night, at("2026-03-02T22:00:00+08:00"), &got));
    check_span("its own start is not after it", got, "2026-03-03T22:00:00+08:00", "2026-03-04T06:00:00+08:00");
    assert_true(sw_period_next(&z, NULL, NULL, &night, at("2026-03-03T02:00:00+08:00"), &got));
    check_span("inside a night", got, "2026-03-03T22:00:00+08:00", "2026-03-04T06:00:00+08:00");
    assert_true(sw_period_next(&z, NULL, NULL, &sunday, at("2026-03-08T00:00:00+08:00"), &got));
    check_span("a week ahead", got, "2026-03-15T00:00:00+08:00", "2026-03-16T00:00:00+08:00");
    assert_true(sw_period_next(&berlin, NULL, NULL, &night, at("2026-03-28T12:00:00+01:00"), &got));
    check_span("over the change", got, "2026-03-28T22:00:00+01:00", "2026-03-29T06:00:00+02:00");
    assert_false(sw_period_next(&z, NULL, NULL, &never, at("2026-03-08T00:00:00+08:00"), &got));
}

static const struct day_case {
    const char *why;
    uint16_t days, others; /* of the period asked for, and of another one in the pack */
    const char *date;
    bool starts;
} day_cases[] = {
    {"a Monday is a Monday", 1 << 0, SW_DAYS_ALL, "2026-03-02", true},
    {"and no Tuesday", 1 << 1, SW_DAYS_ALL, "2026-03-02", false},
    {"a holiday on a Friday, in a pack that knows holidays: not a Friday", 1 << 4, SW_DAY_HOLIDAY, "2026-05-01", false},
    {"but a holiday", SW_DAY_HOLIDAY, 1 << 4, "2026-05-01", true},
    {"in a pack that knows none: a Friday", 1 << 4, 0x7f, "2026-05-01", true},
    {"a Saturday made up for is a Monday", 1 << 0, SW_DAYS_ALL, "2026-05-09", true},
    {"and no Saturday", 1 << 5, SW_DAYS_ALL, "2026-05-09", false},
    {"an exam goes before a holiday", SW_DAY_NAMED(1), SW_DAY_HOLIDAY, "2026-06-07", true},
    {"which it is not then", SW_DAY_HOLIDAY, SW_DAY_NAMED(1), "2026-06-07", false},
    {"nor a Sunday", 1 << 6, SW_DAY_NAMED(1), "2026-06-07", false},
    {"a pack that knows no exams sees the holiday", SW_DAY_HOLIDAY, 1 << 6, "2026-06-07", true},
    {"one that knows neither, the Sunday", 1 << 6, 0x7f, "2026-06-07", true},
    {"a named day that is none of the pack's", SW_DAY_NAMED(0), 1 << 6, "2026-06-07", false},
    {"every day is every day", SW_DAYS_ALL, 0, "2026-06-07", true},
    {"also an ordinary one", SW_DAYS_ALL, 0, "2026-03-02", true},
};

static int32_t day_of(const char *date)
{
    char text[32];

    strcat(strcpy(text, date), "T00:00:00Z");
    return (int32_t) (at(text) / 1000000 / 86400);
}

/* Friday 1 May is a holiday, Saturday 9 May is made up for it, Sunday 7 June an exam and a holiday. The site's words
 * are in another order than the pack's. */
static const struct sw_days *special_days(void)
{
    static struct sw_days days = {.n_names = 2, .name = {"exam", "fair"}, .n = 3};

    days.day[0] = (struct sw_special_day){.day = day_of("2026-05-01"), .is_holiday = true};
    days.day[1] = (struct sw_special_day){.day = day_of("2026-05-09"), .is_workday = true};
    days.day[2] = (struct sw_special_day){.day = day_of("2026-06-07"), .is_holiday = true, .named = 1};
    return &days;
}

static void every_day_is_of_one_class(void **state)
{
    struct sw_zone z = zone_of("Shanghai");

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(day_cases); i++) {
        const struct day_case *c = &day_cases[i];
        static struct sw_pack pack;
        struct sw_span got;
        char noon[40];

        pack = (struct sw_pack){.n_day_names = 2, .day_name = {"fair", "exam"}, .n_periods = 2};
        pack.periods[0] = (struct sw_period){.to_min = 1440, .days = c->days};
        pack.periods[1] = (struct sw_period){.to_min = 1440, .days = c->others};
        strcat(strcpy(noon, c->date), "T12:00:00+08:00");
        if (sw_period_at(&z, special_days(), &pack, &pack.periods[0], at(noon), &got) != c->starts)
            fail_msg("%s", c->why);
    }
}

static void named_day_is_found_however_far_ahead(void **state)
{
    static struct sw_pack pack = {.n_day_names = 1, .day_name = {"exam"}, .n_periods = 1};
    struct sw_zone z = zone_of("Shanghai");
    struct sw_span got;

    (void) state;
    pack.periods[0] = (struct sw_period){.from_min = 1320, .to_min = 360, .days = SW_DAY_NAMED(0)};
    assert_true(sw_period_next(&z, special_days(), &pack, &pack.periods[0], at("2025-03-02T12:00:00+08:00"), &got));
    check_span("a year ahead", got, "2026-06-07T22:00:00+08:00", "2026-06-08T06:00:00+08:00");
    assert_true(sw_period_next(&z, special_days(), &pack, &pack.periods[0], at("2026-06-07T21:59:59+08:00"), &got));
    check_span("a second ahead", got, "2026-06-07T22:00:00+08:00", "2026-06-08T06:00:00+08:00");
    assert_false(sw_period_next(&z, special_days(), &pack, &pack.periods[0], at("2026-06-07T22:00:00+08:00"), &got));
    assert_false(sw_period_next(&z, NULL, &pack, &pack.periods[0], at("2026-03-02T22:00:00+08:00"), &got));
}

static void working_days_are_weekdays_but_for_holidays_and_what_is_made_up(void **state)
{
    static const struct {
        const char *date;
        bool with, without; /* the calendar */
    } cases[] = {{"2026-03-02", true, true},   {"2026-03-06", true, true},  {"2026-03-07", false, false},
                 {"2026-03-08", false, false}, {"2026-05-01", false, true}, {"2026-05-09", true, false},
                 {"2026-06-07", false, false}, {"1969-12-29", true, true},  {"1969-12-28", false, false}};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        if (sw_is_workday(special_days(), day_of(cases[i].date)) != cases[i].with ||
            sw_is_workday(NULL, day_of(cases[i].date)) != cases[i].without)
            fail_msg("%s", cases[i].date);
    }
}

/* Counted from the start of a night. */
static void anchored_windows_begin_with_their_anchor(void **state)
{
    static const struct {
        const char *why, *zone;
        int32_t length_s;
        const char *anchor, *t, *from, *to;
    } cases[] = {
        {"the first", "Shanghai", 18000, "2026-03-02T22:00:00+08:00", "2026-03-02T22:00:00+08:00",
         "2026-03-02T22:00:00+08:00", "2026-03-03T03:00:00+08:00"},
        {"over midnight without a boundary there", "Shanghai", 18000, "2026-03-02T22:00:00+08:00",
         "2026-03-03T02:59:59+08:00", "2026-03-02T22:00:00+08:00", "2026-03-03T03:00:00+08:00"},
        {"the second", "Shanghai", 18000, "2026-03-02T22:00:00+08:00", "2026-03-03T03:00:00+08:00",
         "2026-03-03T03:00:00+08:00", "2026-03-03T08:00:00+08:00"},
        {"an odd anchor", "Shanghai", 3600, "2026-03-02T22:30:00+08:00", "2026-03-03T01:10:00+08:00",
         "2026-03-03T00:30:00+08:00", "2026-03-03T01:30:00+08:00"},
        {"spring: the clock's three hours are two", "Berlin", 10800, "2026-03-28T22:00:00+01:00",
         "2026-03-29T03:30:00+02:00", "2026-03-29T01:00:00+01:00", "2026-03-29T04:00:00+02:00"},
        {"spring: a skipped boundary falls on the jump", "Berlin", 3600, "2026-03-28T22:30:00+01:00",
         "2026-03-29T01:40:00+01:00", "2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00"},
        {"autumn: both occurrences of 02:30 are boundaries", "Berlin", 3600, "2026-10-24T22:30:00+02:00",
         "2026-10-25T02:45:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_zone z = zone_of(cases[i].zone);

        check_span(cases[i].why, sw_anchored_window(&z, cases[i].length_s, at(cases[i].anchor), at(cases[i].t)),
                   cases[i].from, cases[i].to);
    }
}

static void local_date_and_hour_are_those_of_the_clock(void **state)
{
    struct sw_zone z = zone_of("Berlin");

    (void) state;
    assert_int_equal(sw_local_day(&z, at("2026-03-28T22:59:59Z")), day_of("2026-03-28"));
    assert_int_equal(sw_local_day(&z, at("2026-03-28T23:00:00Z")), day_of("2026-03-29"));
    assert_int_equal(sw_local_hour(&z, at("2026-03-29T00:59:59Z")), 1);
    assert_int_equal(sw_local_hour(&z, at("2026-03-29T01:00:00Z")), 3);
    assert_int_equal(sw_local_midnight(&z, day_of("2026-03-29")), at("2026-03-28T23:00:00Z"));
    assert_int_equal(sw_local_midnight(&z, day_of("2026-03-30")), at("2026-03-29T22:00:00Z"));
    assert_int_equal(sw_local_hour(&z, at("1969-12-31T22:30:00Z")), 23);
    assert_int_equal(sw_local_day(&z, at("1969-12-31T22:30:00Z")), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aligned_windows_follow_the_local_clock),
        cmocka_unit_test(aligned_windows_agree_with_walking_the_clock),
        cmocka_unit_test(periods_contain_what_the_clock_says),
        cmocka_unit_test(next_start_is_after_now_and_found_a_week_ahead),
        cmocka_unit_test(every_day_is_of_one_class),
        cmocka_unit_test(named_day_is_found_however_far_ahead),
        cmocka_unit_test(working_days_are_weekdays_but_for_holidays_and_what_is_made_up),
        cmocka_unit_test(anchored_windows_begin_with_their_anchor),
        cmocka_unit_test(local_date_and_hour_are_those_of_the_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
