// SPDX-License-Identifier: Apache-2.0
/* Evidence from stored minutes: which window, which parts, which numbers and which code. Minutes are written by hand,
 * so what they say is known; sums are arithmetic of this page. */
#include "evidence_fixture.h"

static enum sw_answer_code code_of(const struct got *g)
{
    return g->f.parts[g->f.top].code;
}

static void expect_code(const struct got *g, enum sw_answer_code want, const char *why)
{
    CHECK(g->rc == SW_OK, "%s: %s", why, g->err.msg);
    CHECK(code_of(g) == want, "%s: %s, not %s", why, sw_answer_code_name(code_of(g)), sw_answer_code_name(want));
}

static void a_loud_night_is_told_by_its_worst_sensor(void **state)
{
    const struct sw_evidence_ask a = ask_of("2026-03-02T23:40:00+08:00", 30);
    const struct sw_evidence_number *v;
    struct got *g;

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-03T00:20:33+08:00");
    put_minutes(&loud_night, "2026-03-02T23:00:00+08:00", "2026-03-03T00:20:00+08:00");
    put_minutes(&still_night, "2026-03-02T23:00:00+08:00", "2026-03-03T00:20:00+08:00");
    g = ask(&a);
    expect_code(g, SW_ANSWER_OVER_UNPERMITTED, "62 over 55, work heard, no permit");
    assert_int_equal(g->f.from_us, at("2026-03-02T23:25:00+08:00"));
    assert_int_equal(g->f.to_us, at("2026-03-02T23:55:00+08:00"));
    assert_int_equal(g->f.n_parts, 1);
    assert_int_equal(g->f.parts[0].n_numbers, 2);
    v = &g->f.parts[0].numbers[0];
    assert_string_equal(core->site->sensors[v->sensor].id, "north");
    assert_int_equal(v->leq, 6200);
    assert_int_equal(v->max, 6700);
    assert_int_equal(v->worst.over_by, 700);
    assert_int_equal(v->over_minutes, 30);
    assert_int_equal(v->n, 1800);
    assert_int_equal(v->expected, 1800);
    assert_int_equal(g->f.parts[0].numbers[1].verdict, SW_OVER_WITHIN);
    assert_int_equal(g->f.wind, 210);
    assert_int_equal(g->f.rain, 0);
    assert_int_equal(g->f.caveats, SW_CAVEAT_BOUNDARY);
    /* what a complaint is decided by */
    assert_string_equal(g->found.sensor, "north");
    assert_string_equal(g->found.statistic, "leq");
    assert_string_equal(g->found.quantity, "LAeq");
    assert_string_equal(g->found.unit, "dBA");
    assert_string_equal(g->found.pack_version, "2026.1");
    assert_int_equal(g->found.over_by, 700);
    assert_true(g->found.period_is_night);
    assert_int_equal(g->found.work.state, SW_WORK_PROHIBITED_NIGHT);
    /* the document */
    assert_string_equal(text_at(g->doc, NULL, "schema"), "siteward.evidence/1.0");
    assert_string_equal(text_at(g->doc, NULL, "request_id"), "q-771");
    assert_string_equal(text_at(g->doc, "answer", "code"), "over_limit_unpermitted");
    assert_string_equal(text_at(g->doc, "window", "from"), "2026-03-02T23:25:00.000+08:00");
    assert_string_equal(text_at(g->doc, "work", "state"), "prohibited_night");
    assert_string_equal(text_at(g->doc, "dispatch_basis", "agency_responsible"), "浦东新区城管执法局");
    assert_string_equal(text_at(g->doc, "dispatch_basis", "site_contact"), "王工 021-0000");
    assert_int_equal(json_array_size(json_object_get(json_object_get(g->doc, "series"), "v")), 30); /* of minutes */
    assert_string_equal(text_at(g->doc, "series", "quantity"), "LAeq_60s");
    json_decref(g->doc);
    stop();
}

static void levels_are_combined_by_energy_and_count(void **state)
{
    struct minute m = loud_night;
    struct sw_evidence_ask a = ask_of("2026-03-02T23:01:00+08:00", 2);
    struct got *g;

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-03T00:20:33+08:00");
    m.level = 70;
    put_minutes(&m, "2026-03-02T23:00:00+08:00", "2026-03-02T23:01:00+08:00");
    m.level = 60;
    m.n = 30;
    put_minutes(&m, "2026-03-02T23:01:00+08:00", "2026-03-02T23:02:00+08:00");
    g = ask(&a);
    assert_int_equal(g->rc, SW_OK);
    /* 10·lg((60·10^7 + 30·10^6) / 90) = 68.4510 */
    assert_int_equal(g->f.parts[0].numbers[0].leq, 6845);
    json_decref(g->doc);
    stop();
}

static void a_window_over_ten_at_night_has_a_part_for_each_period(void **state)
{
    const struct sw_evidence_ask a = ask_of("2026-03-02T22:00:00+08:00", 60);
    struct got *g;

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-03T00:20:33+08:00");
    put_minutes(&loud_day, "2026-03-02T21:00:00+08:00", "2026-03-02T22:00:00+08:00");
    put_minutes(&loud_night, "2026-03-02T22:00:00+08:00", "2026-03-02T23:00:00+08:00");
    g = ask(&a);
    expect_code(g, SW_ANSWER_OVER_UNPERMITTED, "the night half is the worse");
    assert_int_equal(g->f.n_parts, 2);
    assert_int_equal(g->f.top, 1);
    assert_string_equal(g->f.parts[0].period, "day");
    assert_string_equal(g->f.parts[1].period, "night");
    assert_int_equal(g->f.parts[0].to_us, at("2026-03-02T22:00:00+08:00"));
    assert_int_equal(g->f.parts[0].code, SW_ANSWER_WITHIN_PERMIT_UNKNOWN);
    assert_int_equal(g->f.parts[0].numbers[0].worst.limit, 7000);
    assert_int_equal(g->f.parts[1].numbers[0].worst.limit, 5500);
    assert_int_equal(g->f.parts[1].numbers[0].n, 1800);
    assert_true(g->f.caveats & SW_CAVEAT_STRADDLES);
    assert_true(g->f.caveats & SW_CAVEAT_SENSOR_MISSING); /* south said nothing */
    assert_int_equal(json_array_size(json_object_get(g->doc, "parts")), 2);
    json_decref(g->doc);
    stop();
}

static void the_window_ends_with_the_newest_whole_minute(void **state)
{
    const struct sw_evidence_ask a = ask_of("2026-03-03T00:20:00+08:00", 30);
    struct got *g;

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-03T00:20:33+08:00");
    put_minutes(&loud_night, "2026-03-02T23:00:00+08:00", "2026-03-03T00:20:00+08:00");
    g = ask(&a);
    assert_int_equal(g->rc, SW_OK);
    assert_int_equal(g->f.to_us, at("2026-03-03T00:20:00+08:00"));
    assert_int_equal(g->f.from_us, at("2026-03-02T23:50:00+08:00"));
    assert_true(g->f.caveats & SW_CAVEAT_SHIFTED);
    json_decref(g->doc);
    stop();
}

static void questions_that_cannot_be_answered_are_refused_in_words(void **state)
{
    static const struct {
        const char *at;
        int minutes;
        const char *word;
    } cases[] = {{"2026-03-03T00:20:34+08:00", 30, "future"},
                 {"2026-03-03T00:10:00+08:00", 24 * 60 + 1, "24 hours"},
                 {"2026-03-03T00:10:00+08:00", 0, "1 minute"},
                 {"1969-03-03T00:10:00+08:00", 30, "1970"}};

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-03T00:20:33+08:00");
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct sw_evidence_ask a = ask_of(cases[i].at, cases[i].minutes);
        struct got *g = ask(&a);

        CHECK(g->rc == SW_E_INVAL && strstr(g->err.msg, cases[i].word), "%s: %d %s", cases[i].at, g->rc, g->err.msg);
        CHECK(g->n_calls == 0, "%s: refused, and answered all the same", cases[i].at);
    }
    stop();
}

static void what_is_missing_decides_between_no_data_and_uncertain(void **state)
{
    struct minute m = loud_day;
    struct sw_evidence_ask a;
    struct got *g;

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-03T00:20:33+08:00");
    put_minutes(&m, "2026-03-02T12:00:00+08:00", "2026-03-02T12:15:00+08:00");
    m = (struct minute){"north", LEQ_DAY, .n = 0, .worst = 0};
    put_minutes(&m, "2026-03-02T14:00:00+08:00", "2026-03-02T15:00:00+08:00");
    m = (struct minute){"north", LEQ_DAY, .n = 0, .excluded_weather = 60,
                        .weather = "{\"wind_ms\":7.00,\"rain\":true}"};
    put_minutes(&m, "2026-03-02T16:00:00+08:00", "2026-03-02T17:00:00+08:00");

    a = ask_of("2026-03-02T09:00:00+08:00", 30);
    g = ask(&a);
    expect_code(g, SW_ANSWER_NO_DATA, "before the first reading");
    json_decref(g->doc);
    a = ask_of("2026-03-02T12:15:00+08:00", 30);
    g = ask(&a);
    expect_code(g, SW_ANSWER_UNCERTAIN, "half is missing");
    assert_true(g->f.caveats & SW_CAVEAT_DATA_MISSING);
    assert_int_equal(g->f.parts[0].numbers[0].n, 900);
    assert_int_equal(g->f.parts[0].numbers[0].expected, 1800);
    json_decref(g->doc);
    a = ask_of("2026-03-02T14:30:00+08:00", 30);
    g = ask(&a);
    expect_code(g, SW_ANSWER_NO_DATA, "windows without a reading");
    json_decref(g->doc);
    a = ask_of("2026-03-02T16:30:00+08:00", 30);
    g = ask(&a);
    expect_code(g, SW_ANSWER_UNCERTAIN, "all was excluded by the weather");
    assert_true(g->f.caveats & SW_CAVEAT_WEATHER_EXCLUDED);
    assert_int_equal(g->f.rain, 1);
    json_decref(g->doc);
    stop();
}

static void too_little_may_still_show_an_exceedance(void **state)
{
    const struct sw_evidence_ask a = ask_of("2026-03-02T23:40:00+08:00", 60);
    struct got *g;

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-03T00:20:33+08:00");
    put_minutes(&loud_night, "2026-03-02T23:30:00+08:00", "2026-03-02T23:50:00+08:00");
    g = ask(&a);
    expect_code(g, SW_ANSWER_OVER_UNPERMITTED, "a third was measured, and it was over");
    assert_true(g->f.caveats & SW_CAVEAT_DATA_MISSING);
    json_decref(g->doc);
    stop();
}

static void a_night_before_its_first_whole_window_cannot_be_called_within(void **state)
{
    /* 22:00 to 22:15: the sliding 20 minutes are not complete, only single readings were judged */
    struct minute m = {"north",
                       .rule = "cn-gb12523-2025/max-night",
                       .statistic = "LAFmax",
                       .limit = 70,
                       .level = 50,
                       .n = 60,
                       .worst = 58,
                       .detected = "true",
                       CALM,
                       .silent = "cn-gb12523-2025/leq-night"};
    const struct sw_evidence_ask a = ask_of("2026-03-02T22:07:00+08:00", 10);
    static const struct {
        const char *why, *rule, *silent;
        enum sw_answer_code want;
    } cases[] = {
        {"LAeq was not judged", "cn-gb12523-2025/max-night", "cn-gb12523-2025/leq-night", SW_ANSWER_UNCERTAIN},
        {"a maximum that cannot be judged leaves it to LAeq", "cn-gb12523-2025/leq-night", "cn-gb12523-2025/max-night",
         SW_ANSWER_WITHIN_UNPERMITTED},
        {"no rule was judged", NULL, NULL, SW_ANSWER_UNCERTAIN},
    };

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-03T00:20:33+08:00");
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct got *g;

        m.rule = cases[i].rule;
        m.silent = cases[i].silent;
        put_minutes(&m, "2026-03-02T22:00:00+08:00", "2026-03-02T22:15:00+08:00");
        g = ask(&a);
        expect_code(g, cases[i].want, cases[i].why);
        json_decref(g->doc);
    }
    stop();
}

static void a_changed_clock_neither_loses_nor_doubles_minutes(void **state)
{
    static const struct {
        const char *why, *from, *to, *at;
        uint32_t want_n;
    } cases[] = {
        {"spring: 02:00 becomes 03:00", "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z", "2026-03-29T03:00:00+02:00",
         7200},
        {"autumn: 03:00 becomes 02:00", "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:00:00+01:00",
         7200},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct sw_evidence_ask a = ask_of(cases[i].at, 120);
        struct got *g;

        start("Europe/Berlin", NOISE2, "2026-11-03T00:20:33+01:00");
        put_minutes(&loud_night, cases[i].from, cases[i].to);
        g = ask(&a);
        expect_code(g, SW_ANSWER_OVER_UNPERMITTED, cases[i].why);
        assert_int_equal(g->f.from_us, at(cases[i].from));
        assert_int_equal(g->f.to_us, at(cases[i].to));
        CHECK(g->f.parts[0].numbers[0].n == cases[i].want_n, "%s: %u", cases[i].why, g->f.parts[0].numbers[0].n);
        assert_true(g->f.caveats & SW_CAVEAT_CLOCK_CHANGE);
        json_decref(g->doc);
        stop();
    }
}

static void a_site_without_sensors_or_far_away_says_so(void **state)
{
    struct sw_evidence_ask a = ask_of("2026-03-02T23:40:00+08:00", 30);
    struct got *g;

    (void) state;
    start("Asia/Shanghai", "door: {quantity: door, interval: 1s, place: other}", "2026-03-03T00:20:33+08:00");
    g = ask(&a);
    expect_code(g, SW_ANSWER_NO_DATA, "no sensor at the boundary");
    assert_int_equal(json_array_size(json_object_get(g->doc, "numbers")), 0);
    assert_true(json_is_null(json_object_get(g->doc, "series")));
    json_decref(g->doc);
    stop();
    start("Asia/Shanghai", NOISE2, "2026-03-03T00:20:33+08:00");
    put_minutes(&loud_night, "2026-03-02T23:00:00+08:00", "2026-03-03T00:20:00+08:00");
    a.has_point = true;
    a.lat = 31.2237 + 0.01; /* 1,112 m to the north */
    a.lon = 121.5441;
    g = ask(&a);
    expect_code(g, SW_ANSWER_NO_MONITOR, "1.1 km away");
    assert_int_equal(g->f.ask.distance_m, 1100);
    assert_true(g->f.ask.lat == 0 && g->f.ask.lon == 0 && !g->f.ask.has_point);
    json_decref(g->doc);
    a.lat = 31.2237 + 0.0016; /* 178 m */
    g = ask(&a);
    expect_code(g, SW_ANSWER_OVER_UNPERMITTED, "178 m away");
    assert_int_equal(json_integer_value(json_object_get(g->doc, "distance_m")), 200);
    json_decref(g->doc);
    stop();
}

static void dust_alone_answers_for_dust(void **state)
{
    const struct minute over = {"dust", .rule = "x/pm10-1h", .statistic = "PM10,1h", .limit = 150,    .level = 180,
                                .n = 1, .over = 1,           .worst = 180,           .is_dust = true, CALM};
    struct sw_evidence_ask a = ask_of("2026-03-02T23:40:00+08:00", 30);
    struct got *g;

    (void) state;
    start("Asia/Shanghai", NOISE2 ", " DUST1, "2026-03-03T00:20:33+08:00");
    put_minutes(&over, "2026-03-02T23:00:00+08:00", "2026-03-03T00:20:00+08:00");
    put_minutes(&still_night, "2026-03-02T23:00:00+08:00", "2026-03-03T00:20:00+08:00");
    g = ask(&a);
    expect_code(g, SW_ANSWER_OVER_SOURCE_UNKNOWN, "dust is over, no work is heard");
    assert_string_equal(core->site->sensors[g->f.parts[0].numbers[0].sensor].id, "dust");
    assert_int_equal(g->f.parts[0].numbers[0].mean, 18000);
    CHECK(strstr(text_at(json_object_get(g->doc, "answer"), "say", "zh-CN"), "PM10浓度最高是180微克每立方米"), "%s",
          text_at(json_object_get(g->doc, "answer"), "say", "zh-CN"));
    json_decref(g->doc);
    a.category = SW_CATEGORY_NOISE;
    g = ask(&a);
    expect_code(g, SW_ANSWER_NO_WORK_DETECTED, "noise was asked about");
    json_decref(g->doc);
    a.category = SW_CATEGORY_DUST;
    g = ask(&a);
    expect_code(g, SW_ANSWER_OVER_SOURCE_UNKNOWN, "dust was asked about; noise tells that no work is heard");
    assert_int_equal(g->f.parts[0].n_numbers, 1);
    json_decref(g->doc);
    stop();
}

static void what_clouds_an_answer_is_told(void **state)
{
    struct minute m = loud_night;
    const struct sw_evidence_ask a = ask_of("2026-03-02T23:40:00+08:00", 30);
    struct got *g;

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-03T00:20:33+08:00");
    m.estimate = "\"LAeq\",\"LAmax\"";
    m.weather = NULL;
    m.is_unsynced = true;
    put_minutes(&m, "2026-03-02T23:00:00+08:00", "2026-03-03T00:20:00+08:00");
    put_minutes(&still_night, "2026-03-02T23:00:00+08:00", "2026-03-03T00:20:00+08:00");
    g = ask(&a);
    assert_int_equal(g->f.caveats, SW_CAVEAT_BOUNDARY | SW_CAVEAT_SAMPLED | SW_CAVEAT_ESTIMATE |
                                       SW_CAVEAT_WEATHER_UNKNOWN | SW_CAVEAT_CLOCK_UNSYNCED);
    assert_string_equal(text_at(g->doc, NULL, "time_quality"), "unsynced");
    json_decref(g->doc);
    stop();
}

/* What the engine itself judged and stored: a night with 62 dB from 23:00 on. */
static void minutes_of_the_engine_are_understood(void **state)
{
    const struct sw_evidence_ask a = ask_of("2026-03-02T23:15:00+08:00", 30);
    const int64_t from_us = at("2026-03-02T22:30:00+08:00");
    struct got *g;

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-02T22:30:00+08:00");
    for (int i = 0; i < 3700; i++)
        for (uint16_t s = 0; s < 2; s++) {
            struct sw_input in = {.kind = SW_INPUT_READING, .t_us = from_us + i * S + S};

            in.reading = (struct sw_reading){.t_utc_us = from_us + i * S,
                                             .value = s == 0 && i >= 1800 ? 62 + i % 3 * 0.01 : 45 + i % 3 * 0.01,
                                             .sensor = s,
                                             .quantity = SW_QUANTITY_LAEQ,
                                             .flag = 'N'};
            core_feed(core, &in, NULL);
            if (i % 60 == 0)
                sw_store_commit(core->store);
        }
    g = ask(&a); /* what the last minutes closed is not committed yet: asking does it */
    expect_code(g, SW_ANSWER_OVER_SOURCE_UNKNOWN, "over, and too new a site to know whether work is heard");
    assert_int_equal(g->f.parts[0].numbers[0].sensor, 0);
    assert_int_equal(g->f.parts[0].numbers[0].n, 1800);
    /* 20 min to 23:30 lie wholly in the loud part: 62.01 */
    assert_int_equal(g->f.parts[0].numbers[0].worst.value, 6201);
    assert_string_equal(g->f.parts[0].numbers[0].worst.rule, "cn-gb12523-2025/leq-night");
    assert_string_equal(g->f.parts[0].numbers[0].worst.statistic, "LAeq,20min");
    assert_true(g->f.n_tickets >= 1);
    assert_int_equal(json_array_size(json_object_get(g->doc, "tickets")), g->f.n_tickets);
    json_decref(g->doc);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loud_night_is_told_by_its_worst_sensor),
        cmocka_unit_test(levels_are_combined_by_energy_and_count),
        cmocka_unit_test(a_window_over_ten_at_night_has_a_part_for_each_period),
        cmocka_unit_test(the_window_ends_with_the_newest_whole_minute),
        cmocka_unit_test(questions_that_cannot_be_answered_are_refused_in_words),
        cmocka_unit_test(what_is_missing_decides_between_no_data_and_uncertain),
        cmocka_unit_test(too_little_may_still_show_an_exceedance),
        cmocka_unit_test(a_night_before_its_first_whole_window_cannot_be_called_within),
        cmocka_unit_test(a_changed_clock_neither_loses_nor_doubles_minutes),
        cmocka_unit_test(a_site_without_sensors_or_far_away_says_so),
        cmocka_unit_test(dust_alone_answers_for_dust),
        cmocka_unit_test(what_clouds_an_answer_is_told),
        cmocka_unit_test(minutes_of_the_engine_are_understood),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
