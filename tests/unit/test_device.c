// SPDX-License-Identifier: Apache-2.0
/* Devices and drivers: from register values to readings, without a line. Registers were written down with Python's
 * struct, values by hand. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "sensors/device.h"

#define T_UTC_US 1772466067123000LL
#define T_MONO_US 5000000000LL
#define NO_RANGE .valid_min = NAN, .valid_max = NAN

static const struct decode_case {
    const char *why;
    struct sw_reg_value def;
    uint16_t regs[SW_REG_WORDS_MAX];
    double value; /* NaN = none */
    char flag;
} decode_cases[] = {
    {"63.20 dB from hundredths", {.quantity = SW_QUANTITY_LAEQ, .scale = 0.01, NO_RANGE}, {6320}, 63.20, 'N'},
    {"53.6 dB from tenths (SM7901B, maker's example)",
     {.quantity = SW_QUANTITY_LAF, .scale = 0.1, NO_RANGE},
     {0x0218},
     53.6,
     'N'},
    {"-12.3 degrees", {.quantity = SW_QUANTITY_TEMP, .type = SW_REG_S16, .scale = 0.1, NO_RANGE}, {0xFF85}, -12.3, 'N'},
    {"offset: kelvin to degrees",
     {.quantity = SW_QUANTITY_TEMP, .scale = 0.01, .offset = -273.15, NO_RANGE},
     {29315},
     20.0,
     'N'},
    {"u32 high word first",
     {.quantity = SW_QUANTITY_PRESSURE, .type = SW_REG_U32, .scale = 0.01, NO_RANGE},
     {0x0001, 0x8BCD},
     1013.25,
     'N'},
    {"s32 low word first, thousandths",
     {.quantity = SW_QUANTITY_TEMP, .type = SW_REG_S32, .order = SW_ORDER_CDAB, .scale = 0.001, NO_RANGE},
     {0xFAEC, 0xFFFF},
     -1.3,
     'N'},
    {"f32", {.quantity = SW_QUANTITY_LAEQ, .type = SW_REG_F32, .scale = 1, NO_RANGE}, {0x427D, 0x0000}, 63.25, 'N'},
    {"f32 DCBA",
     {.quantity = SW_QUANTITY_LAEQ, .type = SW_REG_F32, .order = SW_ORDER_DCBA, .scale = 1, NO_RANGE},
     {0x0000, 0x7D42},
     63.25,
     'N'},
    {"f64",
     {.quantity = SW_QUANTITY_PM10, .type = SW_REG_F64, .scale = 1, NO_RANGE},
     {0x4058, 0xE000, 0x0000, 0x0000},
     99.5,
     'N'},
    {"f32 NaN is a fault",
     {.quantity = SW_QUANTITY_LAEQ, .type = SW_REG_F32, .scale = 1, NO_RANGE},
     {0x7FC0, 0},
     NAN,
     'D'},
    {"f32 infinity is a fault",
     {.quantity = SW_QUANTITY_LAEQ, .type = SW_REG_F32, .scale = 1, NO_RANGE},
     {0x7F80, 0},
     NAN,
     'D'},
    {"the pattern for no value",
     {.quantity = SW_QUANTITY_LAEQ, .scale = 0.01, .has_invalid = true, .invalid = 0xFFFF, NO_RANGE},
     {0xFFFF},
     NAN,
     'D'},
    {"0x7FFF in a signed register",
     {.quantity = SW_QUANTITY_TEMP, .type = SW_REG_S16, .scale = 0.1, .has_invalid = true, .invalid = 0x7FFF, NO_RANGE},
     {0x7FFF},
     NAN,
     'D'},
    {"the same bits mean a value where no pattern is given",
     {.quantity = SW_QUANTITY_PRESSURE, .scale = 0.1, NO_RANGE},
     {10132},
     1013.2,
     'N'},
    {"overload",
     {.quantity = SW_QUANTITY_LAEQ,
      .scale = 0.01,
      .has_invalid = true,
      .invalid = 0xFFFF,
      .has_overload = true,
      .overload = 0xFFFE,
      NO_RANGE},
     {0xFFFE},
     NAN,
     'T'},
    {"patterns are compared in the value's own word order",
     {.quantity = SW_QUANTITY_PM10,
      .type = SW_REG_U32,
      .order = SW_ORDER_CDAB,
      .scale = 1,
      .has_invalid = true,
      .invalid = 0x0001FFFF,
      NO_RANGE},
     {0xFFFF, 0x0001},
     NAN,
     'D'},
    {"the lower end of the range passes",
     {.quantity = SW_QUANTITY_LAEQ, .scale = 0.01, .valid_min = 20, .valid_max = 140},
     {2000},
     20.0,
     'N'},
    {"the upper end too, although 0.07 is not exact",
     {.quantity = SW_QUANTITY_LAEQ, .scale = 0.07, .valid_min = 20, .valid_max = 70},
     {1000},
     70.0,
     'N'},
    {"one count above is a fault",
     {.quantity = SW_QUANTITY_LAEQ, .scale = 0.01, .valid_min = 20, .valid_max = 140},
     {14001},
     NAN,
     'D'},
    {"one count below too",
     {.quantity = SW_QUANTITY_LAEQ, .scale = 0.01, .valid_min = 20, .valid_max = 140},
     {1999},
     NAN,
     'D'},
    {"without a range the quantity's own holds",
     {.quantity = SW_QUANTITY_WIND_DIR, .scale = 1, NO_RANGE},
     {361},
     NAN,
     'D'},
    {"a float at the end of the range passes",
     {.quantity = SW_QUANTITY_RH, .type = SW_REG_F32, .scale = 1, .valid_min = 0, .valid_max = 100},
     {0x42C8, 0x0000},
     100.0,
     'N'},
    {"a float has no counts: 100.2 is beyond 100",
     {.quantity = SW_QUANTITY_RH, .type = SW_REG_F32, .scale = 1, .valid_min = 0, .valid_max = 100},
     {0x42C8, 0x6666},
     NAN,
     'D'},
    {"zero is a value", {.quantity = SW_QUANTITY_RAIN, .scale = 0.1, NO_RANGE}, {0}, 0.0, 'N'},
};

static void registers_become_values(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(decode_cases); i++) {
        const struct decode_case *c = &decode_cases[i];
        struct sw_channel channel = {.id = "c", .n_values = 1, .values = {c->def}};
        const struct sw_template t = {.id = "t",
                                      .driver = "registers",
                                      .interval_ms = 1000,
                                      .max_block = 125,
                                      .n_channels = 1,
                                      .channels = &channel};
        const uint16_t sensor = 0;
        struct sw_device d;
        struct sw_reading r;
        struct sw_err err = {0};

        channel.values[0].fc = 3;
        CHECK(sw_device_init(&d, "d", &t, 1, 0, &sensor, &err) == SW_OK, "%s: %s", c->why, err.msg);
        CHECK(sw_device_decode(&d, &d.plan.blocks[0], c->regs, T_UTC_US, T_MONO_US, &r, &err) == 1, "%s", c->why);
        CHECK(r.flag == c->flag, "%s: flag %c", c->why, r.flag);
        if (isnan(c->value))
            CHECK(isnan(r.value), "%s: got %.17g", c->why, r.value);
        else
            CHECK(fabs(r.value - c->value) < 1e-9, "%s: got %.17g", c->why, r.value);
        sw_device_done(&d);
    }
}

static struct sw_channel node_channels[3] = {
    {"noise",
     2,
     {{.quantity = SW_QUANTITY_LAEQ, .fc = 4, .reg_addr = 16, .scale = 0.01, NO_RANGE},
      {.quantity = SW_QUANTITY_LAFMAX, .fc = 4, .reg_addr = 17, .scale = 0.01, NO_RANGE}}},
    {"pm10", 1, {{.quantity = SW_QUANTITY_PM10, .fc = 4, .reg_addr = 24, .scale = 0.1, NO_RANGE}}},
    {"temp", 1, {{.quantity = SW_QUANTITY_TEMP, .fc = 4, .reg_addr = 35, .type = SW_REG_S16, .scale = 0.1, NO_RANGE}}},
};
static const struct sw_template node = {.id = "node",
                                        .driver = "registers",
                                        .interval_ms = 1000,
                                        .max_gap = 10,
                                        .max_block = 125,
                                        .n_channels = 3,
                                        .channels = node_channels};

static void integrating_quantities_are_stamped_at_the_start_of_their_interval(void **state)
{
    const uint16_t sensors[] = {7, 8, 9};
    uint16_t regs[20] = {[0] = 6320, [1] = 7010, [8] = 425, [19] = 215};
    struct sw_device d;
    struct sw_reading r[4];
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_device_init(&d, "gate-1", &node, 1, 2000000, sensors, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(d.plan.n_blocks, 1);
    assert_int_equal(sw_device_decode(&d, &d.plan.blocks[0], regs, T_UTC_US, T_MONO_US, r, &err), 4);
    for (size_t i = 0; i < 2; i++) { /* LAeq and LAFmax cover the two seconds before the reply */
        assert_int_equal(r[i].sensor, 7);
        assert_true(r[i].t_utc_us == T_UTC_US - 2000000 && r[i].t_mono_us == T_MONO_US - 2000000);
    }
    for (size_t i = 2; i < 4; i++) /* PM10 and temperature are of the moment */
        assert_true(r[i].t_utc_us == T_UTC_US && r[i].t_mono_us == T_MONO_US);
    assert_int_equal(r[0].quantity, SW_QUANTITY_LAEQ);
    assert_int_equal(r[1].quantity, SW_QUANTITY_LAFMAX);
    assert_int_equal(sw_hundredths(r[1].value), 7010);
    assert_int_equal(r[2].sensor, 8);
    assert_int_equal(sw_hundredths(r[2].value), 4250);
    assert_int_equal(sw_hundredths(r[3].value), 2150);
    sw_device_done(&d);
}

static void an_interval_of_zero_is_the_templates(void **state)
{
    const uint16_t sensors[] = {0, 1, 2};
    struct sw_device d;

    (void) state;
    assert_int_equal(sw_device_init(&d, "d", &node, 1, 0, sensors, NULL), SW_OK);
    assert_int_equal(d.interval_us, 1000000);
    sw_device_done(&d);
}

static void channels_that_are_no_sensors_are_not_read(void **state)
{
    const uint16_t sensors[] = {SW_SENSOR_UNUSED, 3, SW_SENSOR_UNUSED};
    const uint16_t none[] = {SW_SENSOR_UNUSED, SW_SENSOR_UNUSED, SW_SENSOR_UNUSED};
    struct sw_device d;
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_device_init(&d, "d", &node, 1, 0, sensors, NULL), SW_OK);
    assert_int_equal(d.plan.n_blocks, 1);
    assert_int_equal(d.plan.blocks[0].reg_addr, 24);
    assert_int_equal(d.plan.blocks[0].nb, 1);
    sw_device_done(&d);
    assert_int_equal(sw_device_init(&d, "d", &node, 1, 0, none, &err), SW_E_INVAL);
    assert_non_null(strstr(err.msg, "device d"));
    sw_device_done(&d);
}

static void missing_readings_have_no_value_and_say_why(void **state)
{
    const uint16_t sensors[] = {7, 8, 9};
    struct sw_device d;
    struct sw_reading r[3];

    (void) state;
    assert_int_equal(sw_device_init(&d, "d", &node, 1, 0, sensors, NULL), SW_OK);
    assert_int_equal(sw_device_missing(&d, 1, 3, 'B', T_UTC_US, T_MONO_US, r), 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(isnan(r[i].value) && r[i].flag == 'B');
    assert_int_equal(r[0].quantity, SW_QUANTITY_LAFMAX);
    assert_true(r[0].t_utc_us == T_UTC_US - 1000000);
    assert_int_equal(r[2].sensor, 9);
    sw_device_done(&d);
}

static void stamps_are_whole_milliseconds_and_the_distance_of_the_clocks_stays_the_same(void **state)
{
    static const struct {
        int64_t utc_us, mono_us, want_utc_us, want_mono_us;
    } cases[] = {
        {T_UTC_US + 456, T_MONO_US + 789, T_UTC_US, T_MONO_US},
        {T_UTC_US + 456, T_MONO_US + 790, T_UTC_US, T_MONO_US}, /* the two are never read at the same instant */
        {T_UTC_US + 999, T_MONO_US + 999, T_UTC_US, T_MONO_US},
        {T_UTC_US, T_MONO_US, T_UTC_US, T_MONO_US},
        {999, 5000, 0, 4000}, /* a clock that was never set */
        {-1, 0, -1000, -1000},
    };
    const uint16_t sensors[] = {7, 8, 9};
    const int64_t interval_us = 1000000; /* of LAFmax, which is stamped at its start */
    struct sw_device d;
    struct sw_reading r[1];

    (void) state;
    assert_int_equal(sw_device_init(&d, "d", &node, 1, interval_us, sensors, NULL), SW_OK);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        assert_int_equal(sw_device_missing(&d, 1, 1, 'B', cases[i].utc_us, cases[i].mono_us, r), 1);
        CHECK(r[0].t_utc_us == cases[i].want_utc_us - interval_us &&
                  r[0].t_mono_us == cases[i].want_mono_us - interval_us,
              "case %zu: %lld %lld", i, (long long) r[0].t_utc_us, (long long) r[0].t_mono_us);
    }
    sw_device_done(&d);
}

static void a_driver_can_be_copied_from_the_skeleton(void **state)
{
    struct sw_channel channel = {"gas", 1, {{.quantity = SW_QUANTITY_PM10, .fc = 3, .reg_addr = 0x2000}}};
    const struct sw_template t = {.id = "t", .n_channels = 1, .channels = &channel, .max_block = 125};
    const bool is_used = true;
    static const struct {
        const char *why;
        uint16_t regs[2];
        double value;
        char flag;
    } cases[] = {{"two decimals", {1234, 2}, 12.34, 'N'}, {"none", {7, 0}, 7, 'N'}, {"nonsense", {7, 9}, NAN, 'D'}};
    struct sw_plan plan;
    struct sw_value v;

    (void) state;
    assert_int_equal(sw_plan_init(&plan, 1, 0, 125, NULL), SW_OK);
    assert_int_equal(sw_driver_skeleton.plan(&t, &is_used, &plan, NULL), SW_OK);
    sw_plan_build(&plan, SW_PLAN_GAPS);
    assert_int_equal(plan.blocks[0].nb, 2);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        assert_int_equal(sw_driver_skeleton.decode(&t, &plan, &plan.blocks[0], cases[i].regs, &v, NULL), SW_OK);
        CHECK(v.flag == cases[i].flag && (isnan(cases[i].value) ? isnan(v.value) : v.value == cases[i].value),
              "%s: got %g %c", cases[i].why, v.value, v.flag);
    }
    sw_plan_done(&plan);
}

/* Times in milliseconds: due and now by the interval clock, now by UTC; what must come of it. */
static const struct due_case {
    const char *why;
    int64_t due, utc, mono, interval;
    int64_t next;
    uint64_t skipped;
} due_cases[] = {
    {"the first poll waits for the next multiple", -1, 10300, 500, 1000, 1200, 0},
    {"served at once: the next second", 1200, 11000, 1200, 1000, 2200, 0},
    {"served 300 ms late: still the next second", 1200, 11300, 1500, 1000, 2200, 0},
    {"one due time missed", 1200, 12300, 2500, 1000, 3200, 1},
    {"five missed at once are five, and none is made up for", 1200, 16500, 6700, 1000, 7200, 5},
    {"a wall clock slewed back 1 ms does not ask twice", 1200, 10999, 1200, 1000, 2201, 0},
    {"a wall clock stepped back an hour does not stall", 1200, 11000 - 3600000, 1200, 1000, 2200, 0},
    {"a wall clock stepped forward by 400 ms only shifts", 1200, 11400, 1200, 1000, 1800, 0},
    {"before 1970", -1, -300, 500, 1000, 800, 0},
    {"ten times a second", 1200, 11005, 1205, 100, 1300, 0},
};

static void polls_fall_on_multiples_of_the_interval_and_are_never_queued(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(due_cases); i++) {
        const struct due_case *c = &due_cases[i];
        uint64_t skipped = 99;
        const int64_t next = sw_device_next_due(c->due < 0 ? INT64_MIN : c->due * 1000, c->utc * 1000, c->mono * 1000,
                                                c->interval * 1000, &skipped);

        CHECK(next == c->next * 1000, "%s: next %lld us", c->why, (long long) next);
        CHECK(skipped == c->skipped, "%s: skipped %llu", c->why, (unsigned long long) skipped);
    }
}

static void round_trips_are_ranked_and_the_oldest_forgotten(void **state)
{
    struct sw_rtt rtt = {.n = 0};

    (void) state;
    assert_int_equal(sw_rtt_percentile(&rtt, 50), -1);
    for (int i = 100; i >= 1; i--)
        sw_rtt_add(&rtt, i);
    assert_int_equal(sw_rtt_percentile(&rtt, 50), 50); /* nearest rank of 1 … 100 */
    assert_int_equal(sw_rtt_percentile(&rtt, 99), 99);
    assert_int_equal(sw_rtt_percentile(&rtt, 100), 100);
    for (int i = 0; i < SW_RTT_KEPT; i++)
        sw_rtt_add(&rtt, 7000);
    assert_int_equal(sw_rtt_percentile(&rtt, 1), 7000);
}

static const struct probe_case {
    const char *why;
    int n_replies;
    int64_t round_trip_us;
    uint32_t failures;
    int32_t full_ms, want_ms;
} probe_cases[] = {
    {"never heard of: as a poll", 0, 0, 1, 300, 300},
    {"not often enough to know it", 31, 5000, 1, 300, 300},
    {"quick: the least", 32, 5000, 1, 300, 50},
    {"four of its round trips", 256, 40000, 3, 300, 161},
    {"slow: never more than a poll", 256, 200000, 1, 300, 300},
    {"every fourth probe as a poll", 256, 5000, 4, 300, 300},
    {"a poll that waits less than the least", 256, 5000, 1, 20, 20},
    {"round trips beyond reason", 256, INT64_MAX, 1, 10000, 10000},
};

static void a_unit_that_was_quick_is_probed_quickly(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(probe_cases); i++) {
        const struct probe_case *c = &probe_cases[i];
        struct sw_device d = {.stats = {.failures = c->failures}};

        for (int k = 0; k < c->n_replies; k++)
            sw_rtt_add(&d.rtt, c->round_trip_us);
        CHECK(sw_device_probe_timeout_ms(&d, c->full_ms) == c->want_ms, "%s: %d ms", c->why,
              (int) sw_device_probe_timeout_ms(&d, c->full_ms));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_become_values),
        cmocka_unit_test(integrating_quantities_are_stamped_at_the_start_of_their_interval),
        cmocka_unit_test(an_interval_of_zero_is_the_templates),
        cmocka_unit_test(channels_that_are_no_sensors_are_not_read),
        cmocka_unit_test(missing_readings_have_no_value_and_say_why),
        cmocka_unit_test(stamps_are_whole_milliseconds_and_the_distance_of_the_clocks_stays_the_same),
        cmocka_unit_test(a_driver_can_be_copied_from_the_skeleton),
        cmocka_unit_test(polls_fall_on_multiples_of_the_interval_and_are_never_queued),
        cmocka_unit_test(round_trips_are_ranked_and_the_oldest_forgotten),
        cmocka_unit_test(a_unit_that_was_quick_is_probed_quickly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
