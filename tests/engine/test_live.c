// SPDX-License-Identifier: Apache-2.0
/* The engine as the daemon drives it: readings arrive after their interval, sensors fall silent, the program is
 * restarted. What it says of that on the wall, and what it takes as proof. */
#include "virtual.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/engine_int.h"

/* A reading of the second before `now_us`, as a device's reply brings it. */
static void arrives(struct virtual_site *v, uint16_t sensor, enum sw_quantity q, int64_t now_us, double value)
{
    const struct sw_input in = {
        .kind = SW_INPUT_READING,
        .t_us = now_us,
        .reading = {.t_utc_us = now_us - SW_US_PER_S,
                    .value = value,
                    .sensor = sensor,
                    .quantity = (uint8_t) q,
                    .flag = isnan(value) ? 'B' : 'N'},
    };

    virtual_feed(v, &in);
}

/* PM10 has no rule in this site: it can neither alert nor be normal, but it can be silent. */
static void a_silent_sensor_without_rules_is_not_counted_as_well(void **state)
{
    struct virtual_site *v = virtual_new();
    struct sw_summary sum;
    const struct seen *s;
    size_t i = 0;
    bool told = false;
    int64_t t = at("2026-03-02T10:00:00+08:00");

    (void) state;
    for (int64_t k = 0; k < 300; k++) {
        arrives(v, NORTH, SW_QUANTITY_LAEQ, t + k * SW_US_PER_S, 50.0);
        arrives(v, SOUTH, SW_QUANTITY_LAF, t + k * SW_US_PER_S, 50.0);
        if (k < 60)
            arrives(v, DUST, SW_QUANTITY_PM10, t + k * SW_US_PER_S, 20.0);
        if (k == 59) {
            sw_engine_summary(v->engine, &sum);
            assert_int_equal(sum.sensors_ok, 4);
        }
    }
    sw_engine_summary(v->engine, &sum);
    assert_int_equal(sum.sensors_total, 4);
    assert_int_equal(sum.sensors_ok, 3);
    assert_int_equal(sum.lamp, 0); /* of no limit is anything unknown */
    assert_int_equal(sw_judge_state(sw_engine_judge(v->engine, DUST)), SW_STATE_NODATA);
    while ((s = virtual_find(v, SW_EFFECT_STATE, -1, &i)))
        told |= s->sensor == DUST;
    assert_true(told);
    virtual_free(v);
}

/* In the first 20 minutes of the night there is no window of 20 minutes yet, and the last minute is none. */
static void the_summary_calls_nothing_a_20_minute_level_that_is_none(void **state)
{
    struct virtual_site *v = virtual_new();
    struct sw_summary sum;

    (void) state;
    virtual_levels(v, NORTH, at("2026-03-02T21:30:00+08:00"), at("2026-03-02T21:59:59+08:00"), 50.0);
    sw_engine_summary(v->engine, &sum);
    assert_int_equal(sum.noise_value, 5000);
    assert_int_equal(sum.noise_limit, 7000);
    virtual_levels(v, NORTH, at("2026-03-02T22:00:00+08:00"), at("2026-03-02T22:10:00+08:00"), 50.0);
    sw_engine_summary(v->engine, &sum);
    assert_int_equal(sum.noise_value, SW_NO_VALUE);
    assert_int_equal(sum.noise_limit, 5500);
    virtual_levels(v, NORTH, at("2026-03-02T22:10:00+08:00"), at("2026-03-02T22:20:00+08:00"), 50.0);
    sw_engine_summary(v->engine, &sum);
    assert_int_equal(sum.noise_value, 5000);
    virtual_free(v);
}

/* The two gates stand in one zone: one matter. That the first is quiet proves nothing while the second is not. */
static void one_quiet_gate_of_two_is_no_proof(void **state)
{
    struct virtual_site *v = virtual_new();
    struct sw_err err = {0};
    const struct sw_ticket *t;
    int64_t from = at("2026-03-02T22:00:00+08:00"), to = at("2026-03-03T00:00:00+08:00");

    (void) state;
    memcpy(v->site->sensors[NORTH].zone, "gates", 6);
    memcpy(v->site->sensors[SOUTH].zone, "gates", 6);
    sw_engine_free(v->engine);
    CHECK(sw_engine_new(v->site, &v->engine, &err) == SW_OK, "%s", err.msg);
    for (int64_t k = from; k < to; k += SW_US_PER_S) {
        virtual_reading(v, NORTH, SW_QUANTITY_LAEQ, k, k < from + 3600 * SW_US_PER_S ? 66.0 : 40.0);
        virtual_reading(v, SOUTH, SW_QUANTITY_LAF, k, k < from + 1800 * SW_US_PER_S ? 40.0 : 60.0);
    }
    assert_int_equal(virtual_count_tickets(v), 1);
    t = sw_desk_ticket(sw_engine_desk(v->engine), 0);
    assert_string_equal(t->sensor, "north-gate-noise");
    assert_int_equal(sw_judge_state(sw_engine_judge(v->engine, NORTH)), SW_STATE_NORMAL);
    assert_int_equal(sw_judge_state(sw_engine_judge(v->engine, SOUTH)), SW_STATE_ALERTING);
    assert_false(sw_engine_is_proven(v->engine, t->id));
    virtual_levels(v, NORTH, to, to + 3600 * SW_US_PER_S, 40.0);
    assert_true(sw_engine_is_proven(v->engine, t->id));
    virtual_free(v);
}

/* A meter that integrates over 10 s answers when the 10 s are over; its clock does not know our minutes. Each minute
 * must get its six readings: those of 57 s, too, which come 7 s after the minute's end. */
static void readings_that_arrive_an_interval_late_are_in_their_window(void **state)
{
    struct virtual_site *v = virtual_new();
    struct sw_err err = {0};
    int64_t from = at("2026-03-02T10:00:07+08:00");
    size_t i = 0, n = 0;
    const struct seen *s;

    (void) state;
    free(v->site->devices);
    v->site->devices = calloc(1, sizeof(*v->site->devices));
    assert_non_null(v->site->devices);
    v->site->n_devices = 1;
    memcpy(v->site->devices[0].id, "meter", 6);
    v->site->sensors[NORTH].device = 0;
    v->site->sensors[NORTH].interval_us = 10 * SW_US_PER_S;
    v->keep_windows = true;
    sw_engine_free(v->engine);
    CHECK(sw_engine_new(v->site, &v->engine, &err) == SW_OK, "%s", err.msg);
    for (int64_t t = from; t < from + 600 * SW_US_PER_S; t += 10 * SW_US_PER_S) {
        const struct sw_input in = {
            .kind = SW_INPUT_READING,
            .t_us = t + 10 * SW_US_PER_S + SW_US_PER_S / 20,
            .reading = {.t_utc_us = t, .value = 60.0, .sensor = NORTH, .quantity = SW_QUANTITY_LAEQ, .flag = 'N'}};

        virtual_feed(v, &in);
        assert_false(sw_engine_was_late(v->engine));
    }
    while ((s = virtual_find(v, SW_EFFECT_WINDOW, -1, &i))) {
        if (s->window.sensor != NORTH || strcmp(s->window.period, "1m") != 0)
            continue;
        CHECK(s->window.n == 6 && s->window.expected == 6, "minute %zu has %u of %u", n, s->window.n,
              s->window.expected);
        n++;
    }
    assert_true(n >= 9);
    virtual_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_sensor_without_rules_is_not_counted_as_well),
        cmocka_unit_test(the_summary_calls_nothing_a_20_minute_level_that_is_none),
        cmocka_unit_test(one_quiet_gate_of_two_is_no_proof),
        cmocka_unit_test(readings_that_arrive_an_interval_late_are_in_their_window),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
