// SPDX-License-Identifier: Apache-2.0
/* Holiday calendars: every day arrives once and in order, every fault is told, and the shipped dates are those of
 * their sources. */
#include "config_help.h"

#include "common/timefmt.h"
#include "config/read.h"

#define REPOSITORY SW_TEST_DATA "/../../"
#define HEAD "id: x\ntitle: {en: X}\nsource: s\nknown_to: 2026-12-31\nholidays:\n"

static struct sw_days days;

static int32_t day_of(int year, int month, int day)
{
    return (int32_t) sw_days_from_civil(year, month, day);
}

/* 'h' holiday, 'w' made-up working day, '-' neither. */
static char kind_of(int32_t day)
{
    for (size_t i = 0; i < days.n; i++)
        if (days.day[i].day == day)
            return days.day[i].is_holiday ? 'h' : days.day[i].is_workday ? 'w' : '-';
    return '-';
}

static void days_arrive_in_order(void **state)
{
    static const char text[] = HEAD "  - {from: 2026-10-01, to: 2026-10-03, name: {en: N, zh-CN: 国庆}}\n"
                                    "  - {date: 2026-01-01, name: {en: Y}}\n"
                                    "workdays: [2026-10-10]\n";
    struct sw_faults faults = {0};
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_holidays_read_text("d/x.yaml", text, strlen(text), &faults, &days, &err) == SW_OK, "%s", err.msg);
    assert_string_equal(days.calendar, "x");
    assert_int_equal(days.known_to, 20818); /* date -d 2026-12-31 +%s / 86400 */
    assert_int_equal(days.n, 5);
    assert_int_equal(days.day[0].day, 20454); /* 2026-01-01 */
    for (size_t i = 1; i < days.n; i++)
        assert_true(days.day[i].day > days.day[i - 1].day);
    assert_true(days.day[1].is_holiday && days.day[3].is_holiday && days.day[4].is_workday);
    assert_int_equal(faults.n_warnings, 0);
    sw_faults_done(&faults);
}

static void a_faulty_calendar_names_every_fault(void **state)
{
    static const struct {
        const char *why, *rest;
        struct want want[WANTS_MAX];
    } cases[] = {
        {"no name", "  - {date: 2026-01-01}\n", {{6, 5, "'name' is missing"}}},
        {"date and from", "  - {date: 2026-01-01, from: 2026-01-01, name: {en: N}}\n", {{6, 5, "either 'date', or"}}},
        {"from without to", "  - {from: 2026-01-01, name: {en: N}}\n", {{6, 5, "either 'date', or"}}},
        {"backwards", "  - {from: 2026-01-02, to: 2026-01-01, name: {en: N}}\n", {{6, 5, "cannot be"}}},
        {"a month too long", "  - {from: 2026-01-01, to: 2026-02-01, name: {en: N}}\n", {{6, 5, "1 to 31 days"}}},
        {"no date", "  - {date: 2026-02-29, name: {en: N}}\n", {{6, 12, "must be a date"}}},
        {"after known_to", "  - {date: 2027-01-01, name: {en: N}}\n", {{6, 5, "lies after 'known_to'"}}},
        {"work on a weekday",
         "  - {date: 2026-01-01, name: {en: N}}\nworkdays: [2026-01-05]\n",
         {{7, 12, "no Saturday or Sunday"}}},
        {"work on a holiday",
         "  - {date: 2026-01-03, name: {en: N}}\nworkdays: [2026-01-03]\n",
         {{7, 12, "a holiday and a working day"}}},
        {"another id", "  - {date: 2026-01-03, name: {en: N}}\nida: 1\n", {{7, 1, "unknown key 'ida'"}}},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_faults faults = {0};
        struct sw_err err = {0};
        char text[1000];

        (void) snprintf(text, sizeof(text), HEAD "%s", cases[i].rest);
        CHECK(sw_holidays_read_text("x.yaml", text, strlen(text), &faults, &days, &err) == SW_E_INVAL, "%s: accepted",
              cases[i].why);
        check_faults(cases[i].why, &faults, cases[i].want);
        sw_faults_done(&faults);
    }
}

/* Notice of the State Council of 2025-11-04: spans of days off, working days made up. */
static void china_2026_is_as_the_notice_says(void **state)
{
    static const struct {
        int month, from, to;
        char want;
    } cases[] = {
        {1, 1, 3, 'h'},   {1, 4, 4, 'w'},   {1, 5, 31, '-'},  {2, 1, 13, '-'},   {2, 14, 14, 'w'},  {2, 15, 23, 'h'},
        {2, 24, 27, '-'}, {2, 28, 28, 'w'}, {4, 3, 3, '-'},   {4, 4, 6, 'h'},    {5, 1, 5, 'h'},    {5, 6, 8, '-'},
        {5, 9, 9, 'w'},   {6, 18, 18, '-'}, {6, 19, 21, 'h'}, {9, 20, 20, 'w'},  {9, 21, 24, '-'},  {9, 25, 27, 'h'},
        {9, 28, 30, '-'}, {10, 1, 7, 'h'},  {10, 8, 9, '-'},  {10, 10, 10, 'w'}, {10, 11, 31, '-'}, {12, 1, 31, '-'},
    };
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    char sha256[65];

    (void) state;
    CHECK(sw_holidays_read(REPOSITORY "config/holidays/cn.yaml", &faults, &days, sha256, &err) == SW_OK, "%s", err.msg);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        for (int day = cases[i].from; day <= cases[i].to; day++)
            CHECK(kind_of(day_of(2026, cases[i].month, day)) == cases[i].want, "2026-%02d-%02d is '%c'", cases[i].month,
                  day, kind_of(day_of(2026, cases[i].month, day)));
    assert_true(has_warning(&faults, "'cn'|2027-01-01|provisional"));
    assert_int_equal(kind_of(day_of(2027, 2, 6)), 'h');
    sw_faults_done(&faults);
}

/* Days of a year off besides Sundays: as many as the law of each place names. */
static void the_other_calendars_read_and_have_as_many_days_as_their_law(void **state)
{
    static const struct {
        const char *id;
        int year;
        size_t holidays;
    } cases[] = {{"hk", 2026, 17}, {"hk", 2027, 17}, {"sg", 2026, 14}, {"gb-eng", 2026, 8}, {"gb-eng", 2027, 8},
                 {"de", 2026, 9},  {"de", 2027, 9},  {"cn", 2027, 13}, {"cn", 2026, 33}};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_faults faults = {0};
        struct sw_err err = {0};
        char path[300], sha256[65];
        size_t n = 0;

        (void) snprintf(path, sizeof(path), REPOSITORY "config/holidays/%s.yaml", cases[i].id);
        CHECK(sw_holidays_read(path, &faults, &days, sha256, &err) == SW_OK, "%s: %s", cases[i].id, err.msg);
        for (size_t k = 0; k < days.n; k++)
            n += days.day[k].is_holiday && days.day[k].day >= day_of(cases[i].year, 1, 1) &&
                 days.day[k].day <= day_of(cases[i].year, 12, 31);
        CHECK(n == cases[i].holidays, "%s %d: %zu holidays", cases[i].id, cases[i].year, n);
        sw_faults_done(&faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_arrive_in_order),
        cmocka_unit_test(a_faulty_calendar_names_every_fault),
        cmocka_unit_test(china_2026_is_as_the_notice_says),
        cmocka_unit_test(the_other_calendars_read_and_have_as_many_days_as_their_law),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
