// SPDX-License-Identifier: Apache-2.0
/* Windows and periods over changes of the clock. Expected instants are written out with their offsets; a second
 * implementation walks the clock second by second. The zones' tables are set by hand from the tz database's rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

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
        {"Berlin", "2026-03-28T12:00:00Z"},
        {"Berlin", "2026-10-24T12:00:00Z"},
        {"Lord_Howe", "2026-04-04T00:00:00Z"},
        {"Lord_Howe", "2026-10-03T00:00:00Z"},
    };
    static const int32_t lengths[] = {60, 420, 900, 1200, 1800, 2400, 3600, 5400, 10800, 25200, 43200, 86400};

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
        bool inside = sw_period_at(&z, &c->period, at(c->t), &got);

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
    assert_true(sw_period_next(&z, &night, at("2026-03-02T21:40:00+08:00"), &got));
    check_span("tonight", got, "2026-03-02T22:00:00+08:00", "2026-03-03T06:00:00+08:00");
    assert_true(sw_period_next(&z, &night, at("2026-03-02T22:00:00+08:00"), &got));
    check_span("its own start is not after it", got, "2026-03-03T22:00:00+08:00", "2026-03-04T06:00:00+08:00");
    assert_true(sw_period_next(&z, &night, at("2026-03-03T02:00:00+08:00"), &got));
    check_span("inside a night", got, "2026-03-03T22:00:00+08:00", "2026-03-04T06:00:00+08:00");
    assert_true(sw_period_next(&z, &sunday, at("2026-03-08T00:00:00+08:00"), &got));
    check_span("a week ahead", got, "2026-03-15T00:00:00+08:00", "2026-03-16T00:00:00+08:00");
    assert_true(sw_period_next(&berlin, &night, at("2026-03-28T12:00:00+01:00"), &got));
    check_span("over the change", got, "2026-03-28T22:00:00+01:00", "2026-03-29T06:00:00+02:00");
    assert_false(sw_period_next(&z, &never, at("2026-03-08T00:00:00+08:00"), &got));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aligned_windows_follow_the_local_clock),
        cmocka_unit_test(aligned_windows_agree_with_walking_the_clock),
        cmocka_unit_test(periods_contain_what_the_clock_says),
        cmocka_unit_test(next_start_is_after_now_and_found_a_week_ahead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
