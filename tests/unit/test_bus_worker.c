// SPDX-License-Identifier: Apache-2.0
/* The bus worker on good days, and its bounds. */
#include "bus_rig.h"

/* Good days */

static void a_hundred_registers_are_one_request_and_a_hundred_readings(void **state)
{
    uint16_t addr[100];

    (void) state;
    for (uint16_t i = 0; i < 100; i++)
        addr[i] = i;
    use_tcp();
    add_device(1, 20000, addr, 100, 0);
    go();
    for (unsigned i = 0; i < 300; i++) {
        const struct sw_reading r = next_reading();

        CHECK(r.sensor == i % 100 && r.flag == 'N' && r.value == 1000.0 + i % 100, "reading %u: sensor %u, %c %g", i,
              (unsigned) r.sensor, r.flag, r.value);
    }
    assert_true(asked(1, 0, 100) >= 3);
    assert_int_equal(asked(1, 0, 100), bus_script_log(rig.script, NULL, 0));
    assert_int_equal(stats().errors_total, 0);
    assert_true(stats().polls_total >= 3);
    assert_true(sw_bus_worker_age_us(rig.worker) < PATIENCE_US);
}

static void a_serial_line_is_read_too_even_byte_by_byte(void **state);
static struct script_reply trickle(struct play *p, const struct script_request *rq)
{
    (void) p;
    (void) rq;
    return (struct script_reply){SCRIPT_TRICKLE, 0};
}
static void a_serial_line_is_read_too_even_byte_by_byte(void **state)
{
    (void) state;
    rig.play.act = trickle;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    go();
    for (int i = 0; i < 5; i++)
        expect(4, 'N', "a byte at a time is still a reply");
}

static void readings_carry_the_domain_time_of_their_own_reply(void **state)
{
    const int64_t epoch_us = 1772466000000000LL;
    struct sw_reading r[3];
    int64_t from_us, to_us;

    (void) state;
    sw_clock_init_simulated(&rig.clock, epoch_us, 60, sw_mono_real_us(), NULL);
    use_tcp();
    add_device(1, SW_US_PER_S, (const uint16_t[]){0, 1, 50}, 3, 0); /* two blocks */
    rig.channels[0][1].values[0].quantity = SW_QUANTITY_LAEQ;
    rig.devices[0].plan.items[1].quantity = SW_QUANTITY_LAEQ;
    rig.channels[0][1].values[0].scale = 0.01;
    from_us = sw_clock_utc_us(&rig.clock);
    go();
    for (size_t i = 0; i < 3; i++)
        r[i] = next_reading();
    to_us = sw_clock_utc_us(&rig.clock);
    assert_true(r[0].t_utc_us >= from_us && r[2].t_utc_us <= to_us);
    assert_true(r[1].t_utc_us == r[0].t_utc_us - SW_US_PER_S); /* LAeq: the start of its second */
    assert_true(r[1].t_mono_us == r[0].t_mono_us - SW_US_PER_S);
    assert_true(r[2].t_utc_us > r[0].t_utc_us); /* the second block was its own transaction */
    for (size_t i = 0; i < 3; i++) {
        const int64_t apart_us = r[i].t_utc_us - epoch_us - r[i].t_mono_us; /* the two clocks, read in turn */

        assert_true(apart_us <= 0 && apart_us > -60 * SW_US_PER_S);
    }
}

static void silence_is_kept_before_each_request(void **state)
{
    size_t n;

    (void) state;
    use_pty();
    rig.params.serial.baud = 1200; /* 3.5 characters of 10 bits last 29.17 ms */
    add_device(1, 10000, first_five, 5, 0);
    add_device(2, 10000, first_five, 5, 0);
    rig.templates[1].turnaround_ms = 60;
    go();
    for (int i = 0; i < 4; i++)
        expect(10, 'N', "a slow line");
    n = bus_script_log(rig.script, rig.log, SCRIPT_LOG_MAX);
    assert_true(n >= 7);
    for (size_t i = 1; i < n; i++) {
        const int64_t quiet_us = rig.log[i].came_us - rig.log[i - 1].answered_us;
        const int64_t least_us = rig.log[i - 1].unit == 2 ? 60000 : 29167;

        CHECK(quiet_us >= least_us, "request %zu came %lld us after unit %u's reply", i, (long long) quiet_us,
              rig.log[i - 1].unit);
    }
}

/* Bounds */

static void readings_that_find_no_room_are_dropped_and_counted(void **state)
{
    const int64_t give_up_us = sw_mono_real_us() + PATIENCE_US;

    (void) state;
    rig.readings = sw_mailbox_free(rig.readings);
    assert_int_equal(sw_mailbox_new(8, 2, sizeof(struct sw_reading), &rig.readings, NULL), SW_OK);
    use_tcp();
    add_device(1, 10000, first_five, 5, 0);
    go();
    while (stats().dropped_total < 20) {
        CHECK(sw_mono_real_us() < give_up_us, "nothing was dropped");
        sched_yield();
    }
    assert_int_equal(sw_mailbox_depth(rig.readings), 6); /* the reserve is not for readings */
    assert_int_equal(stats().readings_total, 6);
}

static const struct start_case {
    const char *why;
    struct sw_bus_params params;
    uint8_t unit;
    size_t n;
    const char *says;
} start_cases[] = {
    {"a rate that libmodbus would take for 9600",
     {.id = "b", .kind = SW_LINE_RTU, .port = "/dev/ttyS9", .serial = {9601, 'N', 8, 1}},
     1,
     1,
     "9601 baud"},
    {"no port", {.id = "b", .kind = SW_LINE_RTU, .serial = {9600, 'N', 8, 1}}, 1, 1, "no serial port"},
    {"a parity that is none",
     {.id = "b", .kind = SW_LINE_RTU, .port = "/dev/ttyS9", .serial = {9600, 'X', 8, 1}},
     1,
     1,
     "parity"},
    {"no host", {.id = "b", .kind = SW_LINE_TCP, .tcp_port = 502}, 1, 1, "host"},
    {"unit 0 on a serial line is everybody",
     {.id = "b", .kind = SW_LINE_RTU, .port = "/dev/ttyS9", .serial = {9600, 'N', 8, 1}},
     0,
     1,
     "unit id 0"},
    {"unit 248 is reserved", {.id = "b", .kind = SW_LINE_TCP, .host = "127.0.0.1"}, 248, 1, "unit id 248"},
    {"a bus without devices", {.id = "b", .kind = SW_LINE_TCP, .host = "127.0.0.1"}, 1, 0, "0 devices"},
};

static void wrong_settings_are_refused_with_a_sentence(void **state)
{
    (void) state;
    add_device(1, 20000, first_five, 5, 0);
    for (size_t i = 0; i < SW_ARRAY_SIZE(start_cases); i++) {
        const struct start_case *c = &start_cases[i];
        struct sw_err err = {0};

        rig.devices[0].unit_id = c->unit;
        CHECK(sw_bus_worker_start(&c->params, rig.devices, c->n, &rig.clock, rig.readings, NULL, &rig.worker, &err) ==
                  SW_E_INVAL,
              "%s: accepted", c->why);
        CHECK(strstr(err.msg, c->says) != NULL, "%s: says \"%s\"", c->why, err.msg);
        assert_null(rig.worker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BUS_TEST(a_hundred_registers_are_one_request_and_a_hundred_readings),
        BUS_TEST(a_serial_line_is_read_too_even_byte_by_byte),
        BUS_TEST(readings_carry_the_domain_time_of_their_own_reply),
        BUS_TEST(silence_is_kept_before_each_request),
        BUS_TEST(readings_that_find_no_room_are_dropped_and_counted),
        BUS_TEST(wrong_settings_are_refused_with_a_sentence),
    };

    sw_log_init("test_bus_worker", SW_LOG_ERR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
