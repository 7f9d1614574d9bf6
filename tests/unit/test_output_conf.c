// SPDX-License-Identifier: Apache-2.0
/* Outputs in a site file: what becomes of the keys, and every fault at its place. */
#include "site_fixture.h"

#define GATE                                                                                                           \
    "buses: {b1: {kind: tcp, host: h}}\n"                                                                              \
    "devices: {gate: {template: pm2510th-od, bus: b1, address: 1, channels: [temp, pm10]},\n"                          \
    "  post: {template: gpio-trigger, line: \"gpiochip0:9\"}}\n"                                                       \
    "sensors: {n: {quantity: LAF}, far: {quantity: LAF, place: indoor}, w: {quantity: wind_speed}}\n"

static const struct sw_output_setup *output(const struct sw_site *s, const char *id)
{
    for (size_t i = 0; i < s->n_outputs; i++)
        if (strcmp(s->outputs[i].id, id) == 0)
            return &s->outputs[i];
    CHECK(false, "no output %s", id);
    return NULL;
}

static void a_mist_cannon_takes_its_keys_and_safe_defaults(void **state)
{
    struct outcome o = read_site(
        SITE LEAD GATE
        "outputs:\n"
        "  mist: {kind: mist, line: \"gpiochip0:5\", active_low: true, on: forecast, watches: dust, frost_below: 2.5,\n"
        "         wind_above: 8, wind: w, name: 雾炮}\n"
        "  own: {kind: mist, bus: b1, address: 20, register: 7, on_value: 256, off_value: 512, watches: [gate-pm10, "
        "n],\n"
        "        longest_on: 90s, rest: 1m, hold: 0s, weather_max_age: 1m, suppresses: none}\n");
    const struct sw_output_setup *mist, *own;
    const struct sw_sensor_conf *s;

    (void) state;
    check_faults("outputs", &o.faults, (const struct want[]){{0}});
    assert_int_equal(o.site->n_outputs, 2);
    mist = output(o.site, "mist");
    own = output(o.site, "own");
    assert_true(mist->bus == -1 && mist->gpio.is_active_low && strcmp(mist->gpio.chip, "gpiochip0") == 0);
    assert_string_equal(mist->gpio.line, "5");
    assert_true(mist->rule.on == SW_OUTPUT_ON_FORECAST && mist->rule.longest_on_us == 600 * SW_US_PER_S);
    assert_true(mist->rule.rest_us == 300 * SW_US_PER_S && mist->rule.hold_us == 30 * SW_US_PER_S);
    assert_true(mist->rule.frost_below == 250 && mist->rule.wind_above == 800);
    assert_true(mist->temp == sw_site_sensor(o.site, "gate-temp", 9) && mist->wind == sw_site_sensor(o.site, "w", 1));
    assert_true(mist->rule.weather_max_age_us == 600 * SW_US_PER_S && !mist->leaves_at_stop);
    assert_true(mist->watches[sw_site_sensor(o.site, "gate-pm10", 9)] &&
                !mist->watches[sw_site_sensor(o.site, "n", 1)]);
    assert_true(own->bus == 0 && own->unit_id == 20 && own->reg_addr == 7 && own->coil == -1);
    assert_true(own->on_value == 256 && own->off_value == 512 && own->rule.on == SW_OUTPUT_ON_ALERTING);
    assert_true(own->rule.frost_below == SW_NO_VALUE && own->rule.wind_above == SW_NO_VALUE);
    assert_true(own->watches[sw_site_sensor(o.site, "n", 1)] && own->rule.hold_us == 0);
    assert_true(has_warning(&o.faults, "'own' sprays water and has no 'frost_below'"));
    assert_false(has_warning(&o.faults, "'mist' sprays"));
    s = sensor(o.site, "mist"); /* a sensor too, so that it is stored and told */
    assert_true(s->is_output && s->output == 0 && s->suppresses && s->device == -1 && s->kind == SW_KIND_INPUT);
    assert_true(s->level == SW_QUANTITY_CONTACT && mist->sensor == (int) (s - o.site->sensors));
    assert_string_equal(s->name, "雾炮");
    assert_false(sensor(o.site, "own")->suppresses);
    assert_false(sensor(o.site, "n")->is_output);
    done(&o);
}

static void a_light_and_a_board_have_no_water(void **state)
{
    struct outcome o = read_site(
        SITE LEAD GATE "outputs:\n"
                       "  beacon: {kind: light, bus: b1, address: 20, coil: 0, watches: noise, at_stop: leave}\n"
                       "  panel: {kind: board, bus: b1, address: 30, sensor: n, every: 2s,\n"
                       "          registers: {level: {register: 0, scale: 100}, state: {register: 4, unknown: 9}}}\n"
                       "suppression: {input: beacon, hold: 1m}\n");
    const struct sw_output_setup *light, *board;

    (void) state;
    check_faults("outputs", &o.faults, (const struct want[]){{0}});
    light = output(o.site, "beacon");
    board = output(o.site, "panel");
    assert_true(light->coil == 0 && light->rule.longest_on_us == 0 && light->rule.rest_us == 0 &&
                light->leaves_at_stop);
    assert_true(light->watches[sw_site_sensor(o.site, "n", 1)] && !light->watches[sw_site_sensor(o.site, "far", 3)]);
    assert_false(sensor(o.site, "beacon")->suppresses);
    assert_int_equal(o.site->suppression.sensor, light->sensor); /* an input like any other */
    assert_true(board->sensor == -1 && board->shows == sw_site_sensor(o.site, "n", 1));
    assert_true(board->every_us == 2 * SW_US_PER_S && board->limit.reg_addr == -1 && board->state.reg_addr == 4);
    assert_true(board->level.scale == 100.0 && board->level.unknown == 65535 && board->state.unknown == 9);
    assert_int_equal(sw_site_sensor(o.site, "panel", 5), -1);
    done(&o);
    o = read_site(SITE LEAD "sensors: {n: {quantity: LAF}}\nbuses: {b: {kind: rtu, port: /dev/x, baud: 9600}}\n"
                            "outputs: {a: {kind: light, bus: b, address: 2, coil: 1, watches: noise}}\n");
    check_faults("a bus for an output alone", &o.faults, (const struct want[]){{0}});
    assert_false(has_warning(&o.faults, "no device is on bus"));
    assert_true(o.site->buses[0].serial.parity == 'N' && o.site->buses[0].serial.stop_bits == 1);
    done(&o);
}

static void faults_of_outputs_are_told_at_their_place(void **state)
{
#define OUT SITE LEAD GATE "outputs:\n" /* six lines: the first output stands in the eighth */
    static const struct {
        const char *why, *text;
        struct want want[WANTS_MAX];
    } cases[] = {
        {"nothing but a name", OUT "  a: {name: x}\n", {{8, 3, "lacks the key 'kind'"}}},
        {"not connected, and nothing to follow",
         OUT "  a: {kind: light}\n",
         {{8, 3, "needs to be connected|'line'|'bus'"}, {8, 3, "lacks the key 'watches'"}}},
        {"connected twice",
         OUT "  a: {kind: light, line: \"gpiochip0:1\", bus: b1, watches: noise}\n",
         {{8, 3, "has both"}}},
        {"no such bus",
         OUT "  a: {kind: light, bus: b2, watches: noise, coil: 1}\n",
         {{8, 25, "unknown bus 'b2'|'b1'"}}},
        {"no address, and nothing to switch",
         OUT "  a: {kind: light, bus: b1, watches: noise}\n",
         {{8, 3, "lacks the key 'address'"}, {8, 3, "one of 'coil' and 'register'"}}},
        {"an address that cannot be",
         OUT "  a: {kind: light, bus: b1, address: 250, coil: 1, watches: noise}\n",
         {{8, 38, "0 to 247, or 255, not 250"}}},
        {"on is off",
         OUT "  a: {kind: light, bus: b1, address: 2, register: 1, on_value: 0, watches: noise}\n",
         {{8, 3, "are the same"}}},
        {"keys of a bus at a line",
         OUT "  a: {kind: light, line: \"gpiochip0:1\", coil: 1, watches: noise}\n",
         {{8, 41, "'coil' has no meaning for a line"}}},
        {"no line", OUT "  a: {kind: light, line: \"seventeen\", watches: noise}\n", {{8, 26, "'line'"}}},
        {"a line twice, once as an input",
         OUT "  a: {kind: light, line: \"/dev/gpiochip0:1\", watches: noise}\n"
             "  b: {kind: light, line: \"gpiochip0:1\", watches: noise}\n"
             "  c: {kind: light, line: \"gpiochip0:9\", watches: noise}\n",
         {{9, 26, "switched by output 'a' already"}, {10, 26, "the input of device 'post' in line 5"}}},
        {"sensors that cannot ask",
         OUT "  a: {kind: light, line: \"gpiochip0:1\", watches: [m, far, gate-temp]}\n",
         {{8, 51, "no sensor is named 'm'"}, {8, 54, "no limit applies to 'far'"}, {8, 59, "no limit applies to"}}},
        {"nobody measures it",
         SITE LEAD "sensors: {n: {quantity: LAF}}\n"
                   "outputs: {a: {kind: light, line: \"gpiochip0:1\", watches: dust}}\n",
         {{4, 58, "no sensor at the boundary measures dust"}}},
        {"watches of another kind",
         OUT "  a: {kind: light, line: \"gpiochip0:1\", watches: wind}\n",
         {{8, 50, "must be dust, noise, or a list"}}},
        {"interlocks without a sensor",
         SITE LEAD "sensors: {n: {quantity: LAF}}\n"
                   "outputs: {a: {kind: mist, line: \"gpiochip0:1\", watches: noise, frost_below: 2, wind_above: 8}}\n",
         {{4, 64, "'frost_below' needs a sensor of temp outside"},
          {4, 80, "'wind_above' needs a sensor of wind_speed"}}},
        {"the wrong thermometer",
         OUT "  a: {kind: mist, line: \"gpiochip0:1\", watches: noise, frost_below: 2, temperature: w, wind: w}\n",
         {{8, 85, "no sensor of temp is named 'w'"}, {8, 88, "'wind' has no meaning without 'wind_above'"}}},
        {"two thermometers, and none is named; one in a warm room is none",
         SITE LEAD "sensors: {n: {quantity: LAF}, t: {quantity: temp}, u: {quantity: temp},\n"
                   "  w: {quantity: wind_speed, place: indoor}}\n"
                   "outputs: {a: {kind: mist, line: \"gpiochip0:1\", watches: noise, frost_below: 2, wind_above: 8}}\n",
         {{5, 64, "2 sensors measure temp outside; name one with 'temperature'"},
          {5, 80, "'wind_above' needs a sensor of wind_speed outside"}}},
        {"a longest time without a rest",
         OUT "  a: {kind: light, line: \"gpiochip0:1\", watches: noise, longest_on: 1m}\n",
         {{8, 3, "no 'rest'"}}},
        {"a longest time and a rest of nothing",
         OUT "  a: {kind: light, line: \"gpiochip0:1\", watches: noise, longest_on: 1m, rest: 0s}\n",
         {{8, 3, "no 'rest'"}}},
        {"a rest without a unit is named once",
         OUT "  a: {kind: light, line: \"gpiochip0:1\", watches: noise, longest_on: 1m, rest: 10}\n",
         {{8, 79, "'rest' needs a unit"}}},
        {"a rest that is no text is named once",
         OUT "  a: {kind: light, line: \"gpiochip0:1\", watches: noise, longest_on: 1m, rest: {a: 1}}\n",
         {{8, 79, "'rest'"}}},
        {"an id that is a sensor's",
         OUT "  n: {kind: light, line: \"gpiochip0:1\", watches: noise}\n",
         {{8, 3, "is a sensor already"}}},
        {"a board that is a relay",
         OUT "  a: {kind: board, bus: b1, address: 3, coil: 1, watches: noise}\n",
         {{8, 41, "'coil' has no meaning for a board"},
          {8, 50, "'watches' has no meaning for a board"},
          {8, 3, "lacks the key 'sensor'"},
          {8, 3, "needs 'registers'"}}},
        {"a board that shows a contact",
         OUT "  a: {kind: board, bus: b1, address: 3, sensor: post-trigger, registers: {level: {register: 1}}}\n",
         {{8, 49, "has no level"}}},
        {"a relay that is a board",
         OUT "  a: {kind: light, line: \"gpiochip0:1\", watches: noise, every: 1s}\n",
         {{8, 57, "'every' has no meaning for a relay"}}},
        {"a serial bus whose speed nobody knows",
         SITE LEAD "sensors: {n: {quantity: LAF}}\nbuses: {b: {kind: rtu, port: /dev/x}}\n"
                   "outputs: {a: {kind: light, bus: b, address: 2, coil: 1, watches: noise}}\n",
         {{5, 33, "bus 'b' has no 'baud'"}}},
        {"nobody says when mist is on",
         SITE LEAD "sensors: {n: {quantity: LAF}}\nsuppression: {hold: 1m}\n",
         {{4, 1, "lacks the key 'input'"}}},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct outcome o = read_site(cases[i].text);

        check_faults(cases[i].why, &o.faults, cases[i].want);
        assert_int_equal(o.rc, SW_E_INVAL);
        done(&o);
    }
}

static void with_a_mist_output_suppression_needs_no_input(void **state)
{
    struct outcome o =
        read_site(SITE LEAD GATE "outputs: {a: {kind: mist, line: \"gpiochip0:1\", watches: dust, frost_below: 2}}\n"
                                 "suppression: {hold: 5m}\n");

    (void) state;
    check_faults("suppression", &o.faults, (const struct want[]){{0}});
    assert_true(o.site->suppression.sensor == -1 && o.site->suppression.hold_us == 300 * SW_US_PER_S);
    done(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mist_cannon_takes_its_keys_and_safe_defaults),
        cmocka_unit_test(a_light_and_a_board_have_no_water),
        cmocka_unit_test(faults_of_outputs_are_told_at_their_place),
        cmocka_unit_test(with_a_mist_output_suppression_needs_no_input),
    };

    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
