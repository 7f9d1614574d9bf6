// SPDX-License-Identifier: Apache-2.0
/* Virtual nights under conditions: wind, rain, fog, sensors that stand still or are overloaded, water against dust,
 * reference values that are missing. Counts and instants follow from the comments' arithmetic. */
#include "virtual.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void feed_flagged(struct virtual_site *v, uint16_t sensor, enum sw_quantity q, int64_t ts_us, double value,
                         char flag)
{
    const struct sw_input in = {
        .kind = SW_INPUT_READING,
        .t_us = ts_us,
        .reading = {.t_utc_us = ts_us, .value = value, .sensor = sensor, .quantity = (uint8_t) q, .flag = flag}};

    virtual_feed(v, &in);
}

static void tick(struct virtual_site *v, const char *until)
{
    const struct sw_input in = {.kind = SW_INPUT_TICK, .t_us = at(until)};

    virtual_feed(v, &in);
}

/* The window of a sensor and period that begins then. */
static const struct sw_window_result *window_of(const struct virtual_site *v, uint16_t sensor, const char *period,
                                                const char *from)
{
    const struct seen *s;

    for (size_t i = 0; (s = virtual_find(v, SW_EFFECT_WINDOW, -1, &i));)
        if (s->window.sensor == sensor && strcmp(s->window.period, period) == 0 && s->window.from_us == at(from))
            return &s->window;
    fail_msg("no window %s of sensor %u from %s", period, (unsigned) sensor, from);
    return NULL;
}

/* Every second from..to: noise at NORTH, a quiet SOUTH, and once a minute the weather. */
static void weather_and_noise(struct virtual_site *v, const char *from, const char *to, double level, double wind,
                              double rain)
{
    const int64_t end_us = at(to);

    for (int64_t t = at(from); t < end_us; t += SW_US_PER_S) {
        if (t % (60 * SW_US_PER_S) == 0) {
            virtual_reading(v, WIND, SW_QUANTITY_WIND_SPEED, t, wind);
            virtual_reading(v, RAIN, SW_QUANTITY_RAIN, t, rain);
        }
        virtual_reading(v, NORTH, SW_QUANTITY_LAEQ, t, level);
        virtual_reading(v, SOUTH, SW_QUANTITY_LAF, t, 40.0);
    }
}

static void with_weather_rules(struct sw_site *site)
{
    site->packs[0].has_weather = true;
    site->packs[0].wind_below = 500;
    site->packs[0].rain_hold_s = 300;
}

static void a_windy_hour_is_not_judged_and_the_next_one_is(void **state)
{
    struct virtual_site *v = virtual_new_with(with_weather_rules);
    const struct sw_window_result *w;
    const struct seen *over;
    size_t i = 0;

    (void) state;
    v->keep_windows = true;
    weather_and_noise(v, "2026-03-02T22:00:00+08:00", "2026-03-02T23:00:00+08:00", 63.0, 6.0, 0.0);
    assert_int_equal(virtual_count_tickets(v), 0); /* 8 dB over for an hour, in the wind */
    weather_and_noise(v, "2026-03-02T23:00:00+08:00", "2026-03-02T23:10:00+08:00", 63.0, 2.0, 0.0);
    w = window_of(v, NORTH, "1h", "2026-03-02T22:00:00+08:00");
    CHECK(w->n == 0 && w->excluded[SW_EX_WEATHER] == 3600, "n %u, weather %u", w->n, w->excluded[SW_EX_WEATHER]);
    CHECK(w->wind == 600 && w->rain == 0, "wind %d rain %d", (int) w->wind, w->rain);
    /* From 23:00 the window holds k seconds of 63 dB and nothing else that counts. Fewer than 75 % are captured, but
     * the energy alone is over 1200 s at 55.05 dB after 1200 × 10^((55.05 − 63) / 10) = 192.4 s. */
    over = virtual_find(v, SW_EFFECT_TICKET, SW_STAGE_EXCEEDED, &i);
    CHECK(over, "no ticket when the wind was gone");
    CHECK(llabs(over->ts_us - at("2026-03-02T23:03:12+08:00")) <= SW_US_PER_S, "over %.1f s after 23:00",
          (double) (over->ts_us - at("2026-03-02T23:00:00+08:00")) / 1e6);
    virtual_free(v);
}

static void just_under_the_wind_of_the_pack_everything_counts(void **state)
{
    struct virtual_site *v = virtual_new_with(with_weather_rules);
    const struct sw_window_result *w;

    (void) state;
    v->keep_windows = true;
    weather_and_noise(v, "2026-03-02T22:00:00+08:00", "2026-03-02T23:00:10+08:00", 50.0, 4.99, 0.0);
    w = window_of(v, NORTH, "1h", "2026-03-02T22:00:00+08:00");
    CHECK(w->n == 3600 && w->excluded[SW_EX_WEATHER] == 0 && w->wind == 499, "n %u, weather %u, wind %d", w->n,
          w->excluded[SW_EX_WEATHER], (int) w->wind);
    virtual_free(v);
}

/* Wet readings from 22:10 to 22:19, dry from 22:20: 600 s of rain and 300 s after it. */
static void rain_excludes_for_its_time_and_five_minutes_more(void **state)
{
    struct virtual_site *v = virtual_new_with(with_weather_rules);
    const struct sw_window_result *w;

    (void) state;
    v->keep_windows = true;
    weather_and_noise(v, "2026-03-02T22:00:00+08:00", "2026-03-02T22:10:00+08:00", 50.0, 1.0, 0.0);
    weather_and_noise(v, "2026-03-02T22:10:00+08:00", "2026-03-02T22:20:00+08:00", 50.0, 1.0, 0.2);
    weather_and_noise(v, "2026-03-02T22:20:00+08:00", "2026-03-02T23:00:10+08:00", 50.0, 1.0, 0.0);
    w = window_of(v, NORTH, "1h", "2026-03-02T22:00:00+08:00");
    CHECK(w->n == 2700 && w->excluded[SW_EX_WEATHER] == 900 && w->rain == 1, "n %u, weather %u, rain %d", w->n,
          w->excluded[SW_EX_WEATHER], w->rain);
    w = window_of(v, NORTH, "1m", "2026-03-02T22:24:00+08:00");
    assert_int_equal(w->excluded[SW_EX_WEATHER], 60);
    w = window_of(v, NORTH, "1m", "2026-03-02T22:25:00+08:00");
    assert_int_equal(w->excluded[SW_EX_WEATHER], 0);
    virtual_free(v);
}

static void a_weather_station_that_fell_silent_excludes_nothing(void **state)
{
    struct virtual_site *v = virtual_new_with(with_weather_rules);
    const struct sw_window_result *w;

    (void) state;
    v->keep_windows = true;
    weather_and_noise(v, "2026-03-02T22:00:00+08:00", "2026-03-02T22:00:01+08:00", 50.0, 9.0, 1.0);
    virtual_levels(v, NORTH, at("2026-03-02T22:00:01+08:00"), at("2026-03-02T22:10:10+08:00"), 50.0);
    w = window_of(v, NORTH, "1m", "2026-03-02T22:02:00+08:00");
    assert_int_equal(w->excluded[SW_EX_WEATHER], 60);
    w = window_of(v, NORTH, "1m", "2026-03-02T22:03:00+08:00"); /* three intervals later */
    CHECK(w->n == 60 && w->wind == SW_NO_VALUE && w->rain == -1, "n %u wind %d rain %d", w->n, (int) w->wind, w->rain);
    virtual_free(v);
}

/* Rain until 21:59, so noise does not count until 22:04; the gateway starts again at 22:02, and the night's windows
 * began at 22:00. What it is given again decides whether it still knows of the rain. */
static void a_restart_does_not_forget_that_it_rained(void **state)
{
    struct virtual_site *whole = virtual_new_with(with_weather_rules), *second = virtual_new_with(with_weather_rules);
    const int64_t restart = at("2026-03-02T22:02:00+08:00");
    const struct sw_window_result *a, *b;
    int64_t lead_s = sw_engine_lead_us(second->engine) / SW_US_PER_S;

    (void) state;
    CHECK(lead_s >= 180 + 300, "%d s", (int) lead_s); /* a wet reading holds 3 min, the time after it is 5 */
    whole->keep_windows = second->keep_windows = true;
    for (int i = 0; i < 2; i++) {
        struct virtual_site *v = i ? second : whole;

        sw_engine_set_quiet(v->engine, v == second);
        weather_and_noise(v, "2026-03-02T21:50:00+08:00", "2026-03-02T21:59:00+08:00", 50.0, 1.0, 0.5);
        weather_and_noise(v, "2026-03-02T21:59:00+08:00", "2026-03-02T22:02:00+08:00", 50.0, 1.0, 0.0);
        sw_engine_set_quiet(v->engine, false);
        weather_and_noise(v, "2026-03-02T22:02:00+08:00", "2026-03-02T22:06:10+08:00", 50.0, 1.0, 0.0);
    }
    assert_true(restart - sw_engine_lead_us(second->engine) <= at("2026-03-02T21:59:00+08:00"));
    for (int k = 2; k < 6; k++) {
        char from[48];

        snprintf(from, sizeof(from), "2026-03-02T22:0%d:00+08:00", k);
        a = window_of(whole, NORTH, "1m", from);
        b = window_of(second, NORTH, "1m", from);
        CHECK(a->excluded[SW_EX_WEATHER] == (k < 4 ? 60u : 0u) &&
                  memcmp(a->excluded, b->excluded, sizeof(a->excluded)) == 0,
              "minute %d: %u and %u", k, a->excluded[SW_EX_WEATHER], b->excluded[SW_EX_WEATHER]);
    }
    virtual_free(whole);
    virtual_free(second);
}

static void with_fog_rule(struct sw_site *site)
{
    site->sensors[DUST].fog_rh = 9000;
}

static void dust_in_fog_is_a_fault_of_the_optics(void **state)
{
    struct virtual_site *v = virtual_new_with(with_fog_rule);
    const struct sw_window_result *w;
    struct sw_live live;
    int64_t from = at("2026-03-02T10:00:00+08:00");

    (void) state;
    v->keep_windows = true;
    for (int64_t k = 0; k < 1800; k++) { /* humid for ten minutes, dry for ten, then nobody knows */
        if (k % 60 == 0 && k < 1200)
            virtual_reading(v, RH, SW_QUANTITY_RH, from + k * SW_US_PER_S, k < 600 ? 95.0 : 70.0);
        virtual_reading(v, DUST, SW_QUANTITY_PM10, from + k * SW_US_PER_S, 300.0);
        assert_true(sw_engine_live(v->engine, DUST, &live));
        CHECK(live.flag == (k < 600 ? 'D' : 'N'), "second %d: flag %c", (int) k, live.flag);
    }
    tick(v, "2026-03-02T10:31:00+08:00");
    w = window_of(v, DUST, "1m", "2026-03-02T10:09:00+08:00");
    CHECK(w->n == 0 && w->excluded[SW_EX_FAULT] == 60, "n %u, fault %u", w->n, w->excluded[SW_EX_FAULT]);
    w = window_of(v, DUST, "1m", "2026-03-02T10:10:00+08:00");
    assert_int_equal(w->n, 60);
    virtual_free(v);
}

static void with_flat_line(struct sw_site *site)
{
    site->sensors[NORTH].flatline_us = 600 * SW_US_PER_S;
}

/* The same value since 22:00:00 is believed up to 22:10:00, 601 readings; from 22:30 it lives again. */
static void a_level_that_stands_still_is_a_fault_until_it_moves(void **state)
{
    struct virtual_site *v = virtual_new_with(with_flat_line);
    const struct sw_window_result *w;
    const struct seen *s;
    bool told = false;

    (void) state;
    v->keep_windows = true;
    virtual_levels(v, NORTH, at("2026-03-02T22:00:00+08:00"), at("2026-03-02T22:30:00+08:00"), 48.0);
    for (size_t i = 0; (s = virtual_find(v, SW_EFFECT_STATE, -1, &i));)
        told |= s->sensor == NORTH && s->state == SW_STATE_FAULT;
    assert_true(told);
    for (int64_t k = 0; k < 1810; k++)
        virtual_levels(v, NORTH, at("2026-03-02T22:30:00+08:00") + k * SW_US_PER_S,
                       at("2026-03-02T22:30:00+08:00") + (k + 1) * SW_US_PER_S, 48.0 + (double) (k % 7) / 10.0 + 0.1);
    w = window_of(v, NORTH, "1h", "2026-03-02T22:00:00+08:00");
    CHECK(w->n == 601 + 1800 && w->excluded[SW_EX_FAULT] == 1199, "n %u, fault %u", w->n, w->excluded[SW_EX_FAULT]);
    virtual_free(v);
}

/* The meter's maximum was over its range in ten seconds: their LAeq cannot be right either, whichever came first. */
static void an_overload_spoils_the_whole_interval_it_touched(void **state)
{
    struct virtual_site *v = virtual_new();
    const struct sw_window_result *w;
    int64_t from = at("2026-03-02T22:00:00+08:00");

    (void) state;
    v->keep_windows = true;
    for (int64_t k = 0; k < 70; k++) {
        int64_t t = from + k * SW_US_PER_S;

        if (k >= 20 && k < 25)
            feed_flagged(v, NORTH, SW_QUANTITY_LAFMAX, t, 130.0, 'T');
        feed_flagged(v, NORTH, SW_QUANTITY_LAEQ, t, 60.0, k >= 40 && k < 43 ? 'T' : 'N');
        if (k >= 25 && k < 30)
            feed_flagged(v, NORTH, SW_QUANTITY_LAFMAX, t, 130.0, 'T');
    }
    w = window_of(v, NORTH, "1m", "2026-03-02T22:00:00+08:00");
    CHECK(w->n == 47 && w->excluded[SW_EX_OVERLOAD] == 13, "n %u, overload %u", w->n, w->excluded[SW_EX_OVERLOAD]);
    virtual_free(v);
}

static void with_template_range(struct sw_site *site)
{
    site->sensors[NORTH].valid_min = 3000;
    site->sensors[NORTH].valid_max = 12000;
}

static void a_value_outside_the_meters_range_does_not_count(void **state)
{
    struct virtual_site *v = virtual_new_with(with_template_range);
    const struct sw_window_result *w;
    int64_t from = at("2026-03-02T22:00:00+08:00");

    (void) state;
    v->keep_windows = true;
    for (int64_t k = 0; k < 70; k++)
        virtual_reading(v, NORTH, SW_QUANTITY_LAEQ, from + k * SW_US_PER_S, k < 10 ? 121.0 : k < 15 ? 29.0 : 50.0);
    w = window_of(v, NORTH, "1m", "2026-03-02T22:00:00+08:00");
    CHECK(w->n == 45 && w->excluded[SW_EX_FAULT] == 15 && w->leq == 5000, "n %u, fault %u", w->n,
          w->excluded[SW_EX_FAULT]);
    assert_int_equal(virtual_count_tickets(v), 0); /* 121 dB were none */
    virtual_free(v);
}

static void with_mist(struct sw_site *site)
{
    site->suppression.sensor = MIST;
    site->suppression.hold_us = 300 * SW_US_PER_S;
}

/* On from 10:10 to 10:20, and once more from 10:22 to 10:25, before the five minutes were over: 600 + 120 + 180 + 300
 * seconds; in the next hour 60 s and their 300 s. */
static void dust_windows_say_for_how_long_water_was_sprayed(void **state)
{
    struct virtual_site *v = virtual_new_with(with_mist);
    int64_t from = at("2026-03-02T10:00:00+08:00");

    (void) state;
    v->keep_windows = true;
    for (int64_t k = 0; k < 3 * 3600 + 10; k++) {
        bool on = (k >= 600 && k < 1200) || (k >= 1320 && k < 1500) || (k >= 5000 && k < 5060);

        virtual_reading(v, MIST, SW_QUANTITY_POWER, from + k * SW_US_PER_S, on);
        virtual_reading(v, DUST, SW_QUANTITY_PM10, from + k * SW_US_PER_S, 50.0);
    }
    assert_int_equal(window_of(v, DUST, "1h", "2026-03-02T10:00:00+08:00")->suppression_s, 1200);
    assert_int_equal(window_of(v, DUST, "1h", "2026-03-02T11:00:00+08:00")->suppression_s, 360);
    assert_int_equal(window_of(v, DUST, "1h", "2026-03-02T12:00:00+08:00")->suppression_s, 0);
    virtual_free(v);
}

static void with_mist_and_an_output(struct sw_site *site)
{
    with_mist(site);
    site->sensors[CAMERA].suppresses = true; /* an input like the camera's is what an output is, too */
}

/* The one from 10:10 to 10:20, the other from 10:15 to 10:30, its word repeated each minute as the gateway does; then
 * the five minutes: 25 minutes in all. Unknown in between is no news. */
static void water_of_two_places_counts_until_the_last_has_settled(void **state)
{
    struct virtual_site *v = virtual_new_with(with_mist_and_an_output);
    int64_t from = at("2026-03-02T10:00:00+08:00");

    (void) state;
    v->keep_windows = true;
    for (int64_t k = 0; k < 3610; k++) {
        const int64_t t_us = from + k * SW_US_PER_S;

        virtual_reading(v, MIST, SW_QUANTITY_POWER, t_us, k >= 600 && k < 1200);
        if (k % 60 == 0)
            virtual_reading(v, CAMERA, SW_QUANTITY_CAMERA, t_us, k == 1080 ? (double) NAN : k >= 900 && k < 1800);
        virtual_reading(v, DUST, SW_QUANTITY_PM10, t_us, 50.0);
    }
    assert_int_equal(window_of(v, DUST, "1h", "2026-03-02T10:00:00+08:00")->suppression_s, 1500);
    virtual_free(v);
}

static void a_site_without_such_an_output_does_not_know(void **state)
{
    struct virtual_site *v = virtual_new();
    int64_t from = at("2026-03-02T10:00:00+08:00");

    (void) state;
    v->keep_windows = true;
    for (int64_t k = 0; k < 70; k++)
        virtual_reading(v, DUST, SW_QUANTITY_PM10, from + k * SW_US_PER_S, 50.0);
    assert_int_equal(window_of(v, DUST, "1m", "2026-03-02T10:00:00+08:00")->suppression_s, -1);
    virtual_free(v);
}

/* PM10 of the hour minus that of the county may be 80 at most; a county value holds for 70 min. */
static void with_reference_rule(struct sw_site *site)
{
    struct sw_pack *p = &site->packs[0];
    struct sw_rule *r = &p->rules[p->n_rules++];
    struct sw_err err = {0};

    memset(r, 0, sizeof(*r));
    memcpy(r->id, "pm10-difference", 16);
    memcpy(r->family, "dust", 5);
    r->kind = SW_KIND_DUST;
    r->quantity = SW_QUANTITY_PM10;
    r->statistic = SW_STAT_MEAN;
    r->window_s = 3600;
    r->period = -1;
    r->limit = 8000;
    r->resolution = 100;
    r->recover_below = 100;
    r->consecutive = 1;
    r->reference = SW_REFERENCE_DIFFERENCE;
    r->reference_factor = 1.0;
    r->reference_cap = SW_NO_VALUE;
    r->reference_quantity = SW_QUANTITY_PM10;
    memcpy(r->source, "made up", 8);
    CHECK(sw_pack_validate(p, &err) == SW_OK, "%s", err.msg);
    site->sensors[COUNTY].is_reference = true;
    site->sensors[COUNTY].max_age_us = 4200 * SW_US_PER_S;
}

static void dust_hour(struct virtual_site *v, const char *from, double value)
{
    for (int64_t k = 0; k < 3600; k++)
        virtual_reading(v, DUST, SW_QUANTITY_PM10, at(from) + k * SW_US_PER_S, value);
}

static int32_t judged_value(struct virtual_site *v)
{
    const struct sw_judge *j = sw_engine_judge(v->engine, DUST);

    for (size_t i = 0; i < sw_judge_n_rules(j); i++)
        if (sw_judge_rule(j, i)->rule->reference == SW_REFERENCE_DIFFERENCE)
            return sw_judge_rule(j, i)->value;
    fail_msg("the rule is not judged at all");
    return 0;
}

static void without_the_countys_value_nothing_can_be_judged(void **state)
{
    struct virtual_site *v = virtual_new_with(with_reference_rule);

    (void) state;
    dust_hour(v, "2026-03-02T10:00:00+08:00", 120.0);
    tick(v, "2026-03-02T11:00:05+08:00");
    assert_int_equal(judged_value(v), SW_NO_VALUE); /* no value of the county yet */
    assert_int_equal(virtual_count_tickets(v), 0);

    virtual_reading(v, COUNTY, SW_QUANTITY_PM10, at("2026-03-02T11:00:06+08:00"), 100.0);
    for (int64_t k = 10; k < 3600; k++)
        virtual_reading(v, DUST, SW_QUANTITY_PM10, at("2026-03-02T11:00:00+08:00") + k * SW_US_PER_S, 120.0);
    tick(v, "2026-03-02T12:00:05+08:00");
    assert_int_equal(judged_value(v), 2000);
    assert_int_equal(virtual_count_tickets(v), 0);

    for (int64_t k = 10; k < 3600; k++) /* the county's value is too old at 13:00 */
        virtual_reading(v, DUST, SW_QUANTITY_PM10, at("2026-03-02T12:00:00+08:00") + k * SW_US_PER_S, 120.0);
    tick(v, "2026-03-02T13:00:05+08:00");
    assert_int_equal(judged_value(v), SW_NO_VALUE);

    virtual_reading(v, COUNTY, SW_QUANTITY_PM10, at("2026-03-02T13:00:06+08:00"), 20.0);
    for (int64_t k = 10; k < 3600; k++)
        virtual_reading(v, DUST, SW_QUANTITY_PM10, at("2026-03-02T13:00:00+08:00") + k * SW_US_PER_S, 120.0);
    tick(v, "2026-03-02T14:00:05+08:00");
    assert_int_equal(judged_value(v), 10000);
    assert_int_equal(virtual_count_tickets(v), 1);
    assert_string_equal(sw_desk_ticket(sw_engine_desk(v->engine), 0)->sensor, "north-gate-pm10");
    virtual_free(v);
}

/* The county's own dust breaks no limit of this site. */
static void a_reference_is_judged_by_nothing(void **state)
{
    struct virtual_site *v = virtual_new_with(with_reference_rule);

    (void) state;
    assert_int_equal(sw_judge_n_rules(sw_engine_judge(v->engine, COUNTY)), 0);
    virtual_free(v);
}

/* An hour's mean may be 5 dB higher when the machine runs for at most half an hour of it. */
static void with_machine_rule(struct sw_site *site)
{
    struct sw_pack *p = &site->packs[0];
    struct sw_rule *r = &p->rules[p->n_rules++];
    struct sw_err err = {0};

    memset(r, 0, sizeof(*r));
    memcpy(r->id, "leq-machine", 12);
    memcpy(r->family, "machine", 8);
    r->kind = SW_KIND_NOISE;
    r->statistic = SW_STAT_LEQ;
    r->window_s = 3600;
    r->period = -1;
    r->limit = 9000;
    r->resolution = 10;
    r->consecutive = 1;
    r->reference_cap = SW_NO_VALUE;
    r->n_deductions = 1;
    r->deductions[0] = (struct sw_deduction){.run_max_s = 1800, .minus = 500};
    memcpy(r->source, "made up", 8);
    CHECK(sw_pack_validate(p, &err) == SW_OK, "%s", err.msg);
    site->machine = MIST;
}

static void the_run_time_of_the_machine_is_that_of_its_input(void **state)
{
    static const struct {
        const char *why;
        bool has_input;
        int from_s, to_s;
        int32_t want;
    } rows[] = {
        {"ran for ten minutes", true, 600, 1200, 5200},
        {"ran for 40 minutes", true, 600, 3000, 5700},
        {"its input never spoke", false, 0, 0, 5700},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        struct virtual_site *v = virtual_new_with(with_machine_rule);
        const int64_t from = at("2026-03-02T10:00:00+08:00");
        int32_t value = 0;

        for (int k = 0; k < 3610; k++) {
            if (rows[i].has_input)
                virtual_reading(v, MIST, SW_QUANTITY_POWER, from + k * SW_US_PER_S,
                                k >= rows[i].from_s && k < rows[i].to_s);
            virtual_reading(v, NORTH, SW_QUANTITY_LAEQ, from + k * SW_US_PER_S, 57.0);
        }
        for (size_t k = 0; k < sw_judge_n_rules(sw_engine_judge(v->engine, NORTH)); k++) {
            const struct sw_rule_state *r = sw_judge_rule(sw_engine_judge(v->engine, NORTH), k);

            if (r->rule->n_deductions > 0)
                value = r->value;
        }
        CHECK(value == rows[i].want, "%s: %d", rows[i].why, (int) value);
        virtual_free(v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_windy_hour_is_not_judged_and_the_next_one_is),
        cmocka_unit_test(just_under_the_wind_of_the_pack_everything_counts),
        cmocka_unit_test(rain_excludes_for_its_time_and_five_minutes_more),
        cmocka_unit_test(a_weather_station_that_fell_silent_excludes_nothing),
        cmocka_unit_test(a_restart_does_not_forget_that_it_rained),
        cmocka_unit_test(dust_in_fog_is_a_fault_of_the_optics),
        cmocka_unit_test(a_level_that_stands_still_is_a_fault_until_it_moves),
        cmocka_unit_test(an_overload_spoils_the_whole_interval_it_touched),
        cmocka_unit_test(a_value_outside_the_meters_range_does_not_count),
        cmocka_unit_test(dust_windows_say_for_how_long_water_was_sprayed),
        cmocka_unit_test(water_of_two_places_counts_until_the_last_has_settled),
        cmocka_unit_test(a_site_without_such_an_output_does_not_know),
        cmocka_unit_test(without_the_countys_value_nothing_can_be_judged),
        cmocka_unit_test(a_reference_is_judged_by_nothing),
        cmocka_unit_test(the_run_time_of_the_machine_is_that_of_its_input),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
