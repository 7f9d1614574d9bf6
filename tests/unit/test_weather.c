// SPDX-License-Identifier: Apache-2.0
/* Which weather holds at an instant, and whether noise counts under it. Figures as in the packs: wind below 5 m/s, five
 * minutes after rain. Readings come every 60 s unless a case says otherwise, so one holds for three minutes. */
#include "rules/weather.h"

#include <math.h>

#include "common/macros.h"
#include "test.h"

#define S SW_US_PER_S
#define T0 (1772460000 * S)

struct said {
    int at_s;
    enum sw_quantity q;
    double value;
    char flag;
};

struct row {
    const char *why;
    struct said said[4];
    int at_s;
    int32_t wind;
    int rain;
    bool is_excluding;
};

#define WIND SW_QUANTITY_WIND_SPEED
#define RAIN SW_QUANTITY_RAIN
#define NONE SW_NO_VALUE

static const struct row rows[] = {
    {"no weather sensor: nothing is known", {{0}}, 0, NONE, -1, false},
    {"just under the wind's figure", {{0, WIND, 4.99, 'N'}}, 10, 499, -1, false},
    {"at the figure noise does not count", {{0, WIND, 5.0, 'N'}}, 10, 500, -1, true},
    {"set by hand counts like measured", {{0, WIND, 7.0, 'S'}}, 10, 700, -1, true},
    {"a faulty reading is none", {{0, WIND, 2.0, 'N'}, {60, WIND, 9.0, 'D'}}, 70, 200, -1, false},
    {"NaN is none", {{0, WIND, 2.0, 'N'}, {60, WIND, NAN, 'N'}}, 70, 200, -1, false},
    {"holds until three intervals", {{0, WIND, 6.0, 'N'}}, 179, 600, -1, true},
    {"then nobody knows", {{0, WIND, 6.0, 'N'}}, 180, NONE, -1, false},
    {"the next reading ends it", {{0, WIND, 6.0, 'N'}, {60, WIND, 1.0, 'N'}}, 60, 100, -1, false},
    {"an older one that comes late does not", {{60, WIND, 6.0, 'N'}, {0, WIND, 1.0, 'N'}}, 60, 600, -1, true},
    {"of a second just before the newest, that one speaks", {{60, WIND, 6.0, 'N'}}, 55, 600, -1, true},
    {"not of hours before it", {{7200, WIND, 6.0, 'N'}}, 55, NONE, -1, false},
    {"dry", {{0, RAIN, 0.0, 'N'}}, 10, NONE, 0, false},
    {"wet", {{0, RAIN, 0.1, 'N'}}, 10, NONE, 1, true},
    {"wet until the dry reading", {{0, RAIN, 0.1, 'N'}, {60, RAIN, 0.0, 'N'}}, 61, NONE, 0, true},
    {"five minutes after the rain, one second left",
     {{0, RAIN, 0.1, 'N'}, {60, RAIN, 0.0, 'N'}, {300, RAIN, 0.0, 'N'}},
     359,
     NONE,
     0,
     true},
    {"five minutes after the rain are over",
     {{0, RAIN, 0.1, 'N'}, {60, RAIN, 0.0, 'N'}, {300, RAIN, 0.0, 'N'}},
     360,
     NONE,
     0,
     false},
    {"a rain sensor that died wet says nothing any more", {{0, RAIN, 0.1, 'N'}}, 181, NONE, -1, false},
    {"back after a silence: it rained as long as that reading held",
     {{0, RAIN, 0.1, 'N'}, {400, RAIN, 0.0, 'N'}},
     479,
     NONE,
     0,
     true},
    {"180 s + five minutes", {{0, RAIN, 0.1, 'N'}, {400, RAIN, 0.0, 'N'}}, 480, NONE, 0, false},
    {"calm and wet", {{0, WIND, 1.0, 'N'}, {0, RAIN, 1.0, 'N'}}, 10, 100, 1, true},
    {"another quantity is ignored", {{0, SW_QUANTITY_TEMP, 30.0, 'N'}}, 10, NONE, -1, false},
};

static struct sw_pack packs_[3];
static const struct sw_pack *const packs[] = {&packs_[0], &packs_[1], &packs_[2]};

static void say(struct sw_weather *w, const struct said *said, int64_t interval_us)
{
    const struct sw_reading r = {
        .t_utc_us = T0 + said->at_s * S, .value = said->value, .quantity = (uint8_t) said->q, .flag = said->flag};

    if (said->flag)
        sw_weather_reading(w, &r, interval_us);
}

static void weather_holds_and_excludes_as_the_table_says(void **state)
{
    (void) state;
    packs_[0] = (struct sw_pack){.has_weather = true, .wind_below = 500, .rain_hold_s = 300};
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        const struct row *row = &rows[i];
        struct sw_weather_now now;
        struct sw_weather w;

        sw_weather_init(&w);
        for (size_t k = 0; k < SW_ARRAY_SIZE(row->said); k++)
            say(&w, &row->said[k], 60 * S);
        sw_weather_at(&w, packs, 1, T0 + row->at_s * S, &now);
        CHECK(now.wind == row->wind && now.rain == row->rain && now.is_excluding == row->is_excluding,
              "%s: wind %d rain %d excluding %d", row->why, (int) now.wind, now.rain, now.is_excluding);
    }
}

static void a_fast_sensor_holds_for_two_minutes(void **state)
{
    const struct said windy = {0, WIND, 8.0, 'N'};
    struct sw_weather_now now;
    struct sw_weather w;

    (void) state;
    packs_[0] = (struct sw_pack){.has_weather = true, .wind_below = 500, .rain_hold_s = 300};
    sw_weather_init(&w);
    say(&w, &windy, S);
    sw_weather_at(&w, packs, 1, T0 + 119 * S, &now);
    assert_int_equal(now.wind, 800);
    sw_weather_at(&w, packs, 1, T0 + 120 * S, &now);
    assert_int_equal(now.wind, SW_NO_VALUE);
}

static void the_strictest_pack_decides_and_packs_without_weather_rules_do_not(void **state)
{
    const struct said breeze = {0, WIND, 4.0, 'N'}, wet = {0, RAIN, 0.2, 'N'}, dry = {60, RAIN, 0.0, 'N'};
    struct sw_weather_now now;
    struct sw_weather w;

    (void) state;
    packs_[0] = (struct sw_pack){.has_weather = false, .wind_below = 100, .rain_hold_s = 9000};
    packs_[1] = (struct sw_pack){.has_weather = true, .wind_below = 500, .rain_hold_s = 60};
    packs_[2] = (struct sw_pack){.has_weather = true, .wind_below = 400, .rain_hold_s = 30};
    sw_weather_init(&w);
    say(&w, &breeze, 60 * S);
    sw_weather_at(&w, packs, 1, T0, &now);
    assert_false(now.is_excluding);
    sw_weather_at(&w, packs, 2, T0, &now);
    assert_false(now.is_excluding);
    sw_weather_at(&w, packs, 3, T0, &now);
    assert_true(now.is_excluding);

    sw_weather_init(&w);
    say(&w, &wet, 60 * S);
    sw_weather_at(&w, packs, 1, T0 + S, &now);
    CHECK(now.rain == 1 && !now.is_excluding, "no pack asks for the weather: known, but nothing is excluded");
    say(&w, &dry, 60 * S);
    sw_weather_at(&w, packs, 3, T0 + 119 * S, &now);
    assert_true(now.is_excluding);
    sw_weather_at(&w, packs, 3, T0 + 120 * S, &now);
    assert_false(now.is_excluding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weather_holds_and_excludes_as_the_table_says),
        cmocka_unit_test(a_fast_sensor_holds_for_two_minutes),
        cmocka_unit_test(the_strictest_pack_decides_and_packs_without_weather_rules_do_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
