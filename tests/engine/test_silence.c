// SPDX-License-Identifier: Apache-2.0
/* Virtual days on which nobody speaks: a sensor, a device, a line, all of them. No data for 15 min is a matter; times
 * are hand arithmetic. */
#include "device_site.h"

static void a_boundary_sensor_without_data_for_a_quarter_of_an_hour_is_a_matter(void **state)
{
    struct virtual_site *v = virtual_new_from("device.yaml");
    const int64_t t = at("2026-03-02T10:00:00+08:00"), last = t + 10 * MIN_US - STEP_US;
    const struct sw_ticket *got;

    (void) state;
    as_usual();
    run(v, t, t + 10 * MIN_US, ALL);
    run(v, t + 10 * MIN_US, last + 15 * MIN_US, ALL & ~N); /* two sensors of one device */
    assert_int_equal(virtual_count_tickets(v), 0);
    run(v, last + 15 * MIN_US, last + 15 * MIN_US + 2 * STEP_US, ALL & ~N);
    got = ticket_of(v, "silent", "north");
    assert_non_null(got);
    assert_int_equal(virtual_count_tickets(v), 1);
    assert_int_equal(got->opened_us, last + 15 * MIN_US);
    assert_int_equal(got->measured_from_us, last);
    assert_int_equal(got->measured_to_us, INT64_MIN);
    run(v, last + 15 * MIN_US + 2 * STEP_US, last + 40 * MIN_US, ALL & ~N); /* no data never resolves anything */
    assert_int_equal(got->measured_to_us, INT64_MIN);
    run(v, last + 40 * MIN_US, last + 41 * MIN_US, ALL);
    assert_int_equal(got->measured_to_us, last + 40 * MIN_US);
    assert_true(sw_engine_is_proven(v->engine, got->id));
    assert_int_equal(virtual_count_tickets(v), 1);
    virtual_free(v);
}

static void one_dead_line_is_one_ticket_and_not_one_a_device(void **state)
{
    struct virtual_site *v = virtual_new_from("device.yaml");
    const int64_t t = at("2026-03-02T10:00:00+08:00");
    const struct sw_ticket *got;

    (void) state;
    as_usual();
    run(v, t, t + 5 * MIN_US, ALL);
    run(v, t + 5 * MIN_US, t + 60 * MIN_US, E | MAST);
    got = ticket_of(v, "silent", "line-1");
    assert_non_null(got);
    assert_int_equal(virtual_count_tickets(v), 1);
    /* The line is back; west stays silent and has its quarter of an hour from now on. */
    run(v, t + 60 * MIN_US, t + 74 * MIN_US, ALL & ~W);
    assert_int_equal(got->measured_to_us, t + 60 * MIN_US);
    assert_int_equal(virtual_count_tickets(v), 1);
    run(v, t + 74 * MIN_US, t + 77 * MIN_US, ALL & ~W);
    assert_non_null(ticket_of(v, "silent", "west"));
    assert_int_equal(virtual_count_tickets(v), 2);
    virtual_free(v);
}

static void a_device_that_was_told_of_keeps_its_ticket_when_its_line_dies(void **state)
{
    struct virtual_site *v = virtual_new_from("device.yaml");
    const int64_t t = at("2026-03-02T10:00:00+08:00");
    const struct sw_ticket *west;

    (void) state;
    as_usual();
    run(v, t, t + 20 * MIN_US, ALL & ~W);
    assert_null(ticket_of(v, "silent", "line-1"));
    run(v, t, t + 40 * MIN_US, E | MAST);
    west = ticket_of(v, "silent", "west");
    assert_non_null(west);
    assert_non_null(ticket_of(v, "silent", "line-1"));
    run(v, t + 40 * MIN_US, t + 45 * MIN_US, ALL & ~W);
    assert_int_equal(west->measured_to_us, INT64_MIN); /* it is still silent */
    assert_int_equal(virtual_count_tickets(v), 2);
    virtual_free(v);
}

static void lost_power_speaks_for_everything_that_falls_silent(void **state)
{
    struct virtual_site *v = virtual_new_from("device.yaml");
    const int64_t t = at("2026-03-02T10:00:00+08:00");

    (void) state;
    as_usual();
    set(v, "box-power", 1, t);
    run(v, t, t + 5 * MIN_US, ALL);
    set(v, "box-power", 0, t + 5 * MIN_US);
    run(v, t + 5 * MIN_US, t + 90 * MIN_US, 0);
    assert_non_null(ticket_of(v, "power", "box-power"));
    assert_int_equal(virtual_count_tickets(v), 1);
    set(v, "box-power", 1, t + 90 * MIN_US); /* all but south come back */
    run(v, t + 90 * MIN_US, t + 104 * MIN_US, ALL & ~S);
    assert_int_equal(virtual_count_tickets(v), 1);
    run(v, t + 104 * MIN_US, t + 107 * MIN_US, ALL & ~S);
    assert_non_null(ticket_of(v, "silent", "south"));
    assert_int_equal(virtual_count_tickets(v), 2);
    virtual_free(v);
}

static void what_is_no_fault_of_the_device_is_no_silence(void **state)
{
    static const struct {
        const char *why;
        char flag;
        bool is_matter;
    } rows[] = {
        {"maintenance", 'M', false},
        {"calibration", 'C', false},
        {"a fault", 'D', true},
        {"no answer", 'B', true},
    };
    const int64_t t = at("2026-03-02T10:00:00+08:00");

    (void) state;
    as_usual();
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        struct virtual_site *v = virtual_new_from("device.yaml");

        run(v, t, t + MIN_US, ALL);
        for (int64_t k = t + MIN_US; k < t + 20 * MIN_US; k += STEP_US) {
            struct sw_input in = {.kind = SW_INPUT_READING,
                                  .t_us = k,
                                  .reading = {.t_utc_us = k,
                                              .value = NAN,
                                              .sensor = sensor(v, "south-noise"),
                                              .quantity = SW_QUANTITY_LAEQ,
                                              .flag = rows[i].flag}};

            virtual_feed(v, &in);
            run(v, k, k + 1, ALL & ~(unsigned) S & ~(unsigned) MAST & ~(unsigned) E);
        }
        CHECK((ticket_of(v, "silent", "south") != NULL) == rows[i].is_matter, "%s", rows[i].why);
        virtual_free(v);
    }
}

/* Once in ten minutes: three times that, not a quarter of an hour. */
static void a_slow_sensor_has_three_intervals(void **state)
{
    struct virtual_site *v = virtual_new_from("device.yaml");
    const int64_t t = at("2026-03-02T10:00:00+08:00");

    (void) state;
    as_usual();
    v->site->sensors[sensor(v, "south-noise")].interval_us = 10 * MIN_US;
    run(v, t, t + MIN_US, ALL);
    run(v, t + MIN_US, t + 30 * MIN_US, ALL & ~S);
    assert_int_equal(virtual_count_tickets(v), 0);
    run(v, t + 30 * MIN_US, t + 32 * MIN_US, ALL & ~S);
    assert_non_null(ticket_of(v, "silent", "south"));
    virtual_free(v);
}

/* The tickets of the dust of north make it serious that north's line is dead; those of another line do not. */
static void a_dead_line_is_serious_when_a_limit_is_at_stake_at_one_of_its_places(void **state)
{
    static const struct {
        const char *key;
        enum sw_class want;
    } rows[] = {{"pd-0042:dust:always:north", SW_CLASS_A}, {"pd-0042:noise:day:east", SW_CLASS_B}};
    const int64_t t = at("2026-03-02T10:00:00+08:00");

    (void) state;
    as_usual();
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        struct virtual_site *v = virtual_new_from("device.yaml");
        struct sw_ticket open = {.id = "sw-aaaaaaaaaa",
                                 .number = "PD0042-20260302-001",
                                 .category = SW_CATEGORY_DUST,
                                 .class_ = SW_CLASS_B,
                                 .status = SW_STATUS_ACCEPTED,
                                 .revision = 1,
                                 .opened_us = t,
                                 .ended_us = INT64_MIN,
                                 .suspended_until_us = INT64_MIN,
                                 .respond_by_us = INT64_MIN,
                                 .dispatch_by_us = INT64_MIN,
                                 .resolve_by_us = INT64_MIN};
        struct sw_err err = {0};

        strcpy(open.matter_key, rows[i].key);
        run(v, t, t + 5 * MIN_US, ALL);
        assert_int_equal(sw_desk_restore(sw_engine_desk(v->engine), &open, &err), SW_OK);
        run(v, t + 5 * MIN_US, t + 25 * MIN_US, E | MAST);
        assert_non_null(ticket_of(v, "silent", "line-1"));
        CHECK(ticket_of(v, "silent", "line-1")->class_ == rows[i].want, "%s", rows[i].key);
        virtual_free(v);
    }
}

/* The machine slept, or its clock went ahead: an hour without a single reading, then all of them again but west's.
 * Of a file nobody knows; of the gateway's own polls, which tell of silence too, it is known. */
static void a_gateway_that_stood_still_misses_nobody(void **state)
{
    const int64_t t = at("2026-03-02T10:00:00+08:00"), awake_us = t + 65 * MIN_US;

    (void) state;
    as_usual();
    for (int is_live = 0; is_live < 2; is_live++) {
        struct virtual_site *v = virtual_new_from("device.yaml");

        if (is_live)
            sw_engine_set_live(v->engine);
        run(v, t, t + 5 * MIN_US, ALL);
        run(v, awake_us, awake_us + 14 * MIN_US, ALL & ~W);
        CHECK((virtual_count_tickets(v) == 0) == is_live, "live %d: %zu tickets", is_live, virtual_count_tickets(v));
        run(v, awake_us + 14 * MIN_US, awake_us + 16 * MIN_US, ALL & ~W);
        assert_non_null(ticket_of(v, "silent", "west"));
        virtual_free(v);
    }
}

/* Power came back at 11:05, the gateway starts at 11:10: who is silent has until 11:20. */
static void who_lost_power_has_its_time_to_come_back_over_a_restart_too(void **state)
{
    struct virtual_site *v = virtual_new_from("device.yaml");
    const int64_t t = at("2026-03-02T10:00:00+08:00"), back_us = t + 65 * MIN_US;
    const struct sw_input_state power = {1, 2, back_us};

    (void) state;
    as_usual();
    sw_engine_set_quiet(v->engine, true);
    run(v, t, t + 5 * MIN_US, ALL);
    run(v, t + 5 * MIN_US, t + 70 * MIN_US, ALL & ~N);
    sw_engine_set_quiet(v->engine, false);
    sw_engine_restore_input(v->engine, sensor(v, "box-power"), &power);
    run(v, t + 70 * MIN_US, t + 79 * MIN_US, ALL & ~N);
    assert_int_equal(virtual_count_tickets(v), 0);
    run(v, t + 79 * MIN_US, t + 81 * MIN_US, ALL & ~N);
    assert_non_null(ticket_of(v, "silent", "north"));
    virtual_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_boundary_sensor_without_data_for_a_quarter_of_an_hour_is_a_matter),
        cmocka_unit_test(one_dead_line_is_one_ticket_and_not_one_a_device),
        cmocka_unit_test(a_device_that_was_told_of_keeps_its_ticket_when_its_line_dies),
        cmocka_unit_test(lost_power_speaks_for_everything_that_falls_silent),
        cmocka_unit_test(what_is_no_fault_of_the_device_is_no_silence),
        cmocka_unit_test(a_slow_sensor_has_three_intervals),
        cmocka_unit_test(a_dead_line_is_serious_when_a_limit_is_at_stake_at_one_of_its_places),
        cmocka_unit_test(a_gateway_that_stood_still_misses_nobody),
        cmocka_unit_test(who_lost_power_has_its_time_to_come_back_over_a_restart_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
