// SPDX-License-Identifier: Apache-2.0
/* Buses and devices of a site file: what is settled between bus, device and template. */
#include "site_fixture.h"

#define HEAD "version: 1\n" SITE LEAD
#define RTU "buses: {b: {kind: rtu, port: /dev/x, baud: 9600, format: 8N1}}\n"

static const struct settle_case {
    const char *why, *text;
    struct sw_serial bus, device; /* of the last device; baud 0 = as the bus */
    uint8_t unit_id;
} settle_cases[] = {
    {"the address a model leaves the factory with",
     RTU "devices: {d: {template: rs-zs-bz, bus: b}}\n",
     {9600, 'N', 8, 1},
     {0},
     1},
    {"an address of the site goes before it",
     RTU "devices: {d: {template: rs-zs-bz, bus: b, address: 9}}\n",
     {9600, 'N', 8, 1},
     {0},
     9},
    {"another speed on the same pair, the format of the line",
     RTU "devices: {d: {template: rs-zs-bz, bus: b, baud: 4800}}\n",
     {9600, 'N', 8, 1},
     {4800, 'N', 8, 1},
     1},
    {"another format, the speed of the line",
     RTU "devices: {d: {template: rs-zs-bz, bus: b, format: 8E1}}\n",
     {9600, 'N', 8, 1},
     {9600, 'E', 8, 1},
     1},
    {"what is the same is nothing of its own",
     RTU "devices: {d: {template: rs-zs-bz, bus: b, baud: 9600, format: 8N1}}\n",
     {9600, 'N', 8, 1},
     {0},
     1},
    {"an open line takes what its first device says",
     "buses: {b: {kind: rtu, port: /dev/x}}\n"
     "devices: {d: {template: rs-zs-bz, bus: b, baud: 19200, format: 8E1}}\n",
     {19200, 'E', 8, 1},
     {0},
     1},
    {"and a second one keeps its own",
     "buses: {b: {kind: rtu, port: /dev/x}}\n"
     "devices:\n  d: {template: rs-zs-bz, bus: b}\n  e: {template: rs-zs-bz, bus: b, address: 2, baud: 19200}\n",
     {9600, 'N', 8, 1},
     {19200, 'N', 8, 1},
     2},
    {"the line behind a box is reckoned as 9600 8N1",
     "buses: {b: {kind: rtu-tcp, host: h}}\ndevices: {d: {template: rs-zs-bz, bus: b}}\n",
     {9600, 'N', 8, 1},
     {0},
     1},
    {"or as is said",
     "buses: {b: {kind: rtu-tcp, host: h, baud: 4800, format: 8E1}}\ndevices: {d: {template: rs-zs-bz, bus: b}}\n",
     {4800, 'E', 8, 1},
     {0},
     1},
};

static bool same_serial(const struct sw_serial *a, const struct sw_serial *b)
{
    return a->baud == b->baud && a->parity == b->parity && a->data_bits == b->data_bits && a->stop_bits == b->stop_bits;
}

static void bus_device_and_template_settle_how_a_unit_is_spoken_to(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(settle_cases); i++) {
        const struct settle_case *c = &settle_cases[i];
        char text[2000];
        struct outcome o;
        const struct sw_device_conf *d;

        (void) snprintf(text, sizeof(text), HEAD "%s", c->text);
        o = read_site(text);
        CHECK(o.rc == SW_OK, "%s: refused: %s", c->why, o.faults.n ? o.faults.list[0].message : o.err.msg);
        d = &o.site->devices[o.site->n_devices - 1];
        CHECK(same_serial(&o.site->buses[0].serial, &c->bus), "%s: the line speaks %d %c", c->why,
              o.site->buses[0].serial.baud, o.site->buses[0].serial.parity);
        CHECK(same_serial(&d->serial, &c->device), "%s: the device speaks %d %c", c->why, d->serial.baud,
              d->serial.parity);
        CHECK(d->unit_id == c->unit_id, "%s: unit %u", c->why, d->unit_id);
        done(&o);
    }
}

static void keys_of_a_device_and_of_a_bus_arrive(void **state)
{
    struct outcome o = read_site(
        HEAD "buses: {b: {kind: rtu, port: /dev/x, rs485: true}, c: {kind: rtu-tcp, host: h, port: 8899}}\n"
             "devices: {d: {template: rs-zs-bz, bus: b, response_timeout: 2500ms, turnaround: 1s, retries: 2}}\n");

    (void) state;
    assert_int_equal(o.rc, SW_OK);
    assert_true(o.site->buses[0].has_rs485);
    assert_true(o.site->buses[1].kind == SW_BUS_RTU_TCP && o.site->buses[1].tcp_port == 8899);
    assert_false(o.site->buses[1].has_rs485);
    assert_int_equal(o.site->devices[0].response_timeout_ms, 2500);
    assert_int_equal(o.site->devices[0].turnaround_ms, 1000);
    assert_int_equal(o.site->devices[0].retries, 2);
    assert_int_equal(o.site->grace_us, 2500000); /* no window closes before the slowest reply */
    done(&o);
}

static const struct fault_case {
    const char *why, *text;
    struct want want[WANTS_MAX];
} fault_cases[] = {
    {"two devices of one model with its address",
     RTU "devices:\n  d: {template: rs-zs-bz, bus: b}\n  e: {template: rs-zs-bz, bus: b}\n",
     {{7, 6, "address 1 on bus 'b' is taken by 'd' in line 6"}}},
    {"a model without an address",
     RTU "devices: {d: {template: siteward-node, bus: b}}\n",
     {{5, 11, "lacks the key 'address'|template"}}},
    {"a speed of its own by TCP",
     "buses: {b: {kind: tcp, host: h}}\ndevices: {d: {template: rs-zs-bz, bus: b, baud: 9600}}\n",
     {{5, 43, "'baud' has no meaning here"}}},
    {"RS-485 of a converter box",
     "buses: {b: {kind: rtu-tcp, host: h, rs485: true}}\ndevices: {d: {template: rs-zs-bz, bus: b}}\n",
     {{4, 37, "'rs485' has no meaning on a bus of kind rtu-tcp"}}},
    {"255 is no unit behind a box that passes RTU through",
     "buses: {b: {kind: rtu-tcp, host: h}}\ndevices: {d: {template: rs-zs-bz, bus: b, address: 255}}\n",
     {{5, 52, "1 to 247"}}},
    {"retries without end", RTU "devices: {d: {template: rs-zs-bz, bus: b, retries: 6}}\n", {{5, 52, "0 to 5"}}},
};

static void mistakes_are_named_at_their_place(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(fault_cases); i++) {
        char text[2000];
        struct outcome o;

        (void) snprintf(text, sizeof(text), HEAD "%s", fault_cases[i].text);
        o = read_site(text);
        check_faults(fault_cases[i].why, &o.faults, fault_cases[i].want);
        done(&o);
    }
}

static void a_port_that_is_numbered_by_plugging_is_warned_of(void **state)
{
    struct outcome o =
        read_site(HEAD "buses: {b: {kind: rtu, port: /dev/ttyUSB3}, c: {kind: rtu, port: /dev/ttyS0}}\n"
                       "devices:\n  d: {template: rs-zs-bz, bus: b}\n  e: {template: rs-zs-bz, bus: c}\n");

    (void) state;
    assert_int_equal(o.rc, SW_OK);
    CHECK(has_warning(&o.faults, "/dev/ttyUSB3|/dev/serial/by-id"), "nothing is said of /dev/ttyUSB3");
    CHECK(!has_warning(&o.faults, "/dev/ttyS0"), "a port of the board is stable");
    done(&o);
}

#define CONF_TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONF_TEST(bus_device_and_template_settle_how_a_unit_is_spoken_to),
        CONF_TEST(keys_of_a_device_and_of_a_bus_arrive),
        CONF_TEST(mistakes_are_named_at_their_place),
        CONF_TEST(a_port_that_is_numbered_by_plugging_is_warned_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
