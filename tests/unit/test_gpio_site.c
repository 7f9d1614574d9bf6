// SPDX-License-Identifier: Apache-2.0
/* Contacts on lines of the machine in a site file and in a template: what arrives, and which mistakes are named. */
#include "site_fixture.h"

#include <math.h>

#include "config/read.h"

#define DEVICES SITE LEAD "devices:\n"

static void the_shipped_contacts_become_sensors(void **state)
{
    static const struct {
        const char *id;
        enum sw_quantity quantity;
        bool is_active_low;
        double value, mm_per_pulse;
    } want[] = {
        {"cam-trigger", SW_QUANTITY_CAMERA, true, 1, 0},   {"lid-tamper", SW_QUANTITY_TAMPER, false, 1, 0},
        {"cab-door", SW_QUANTITY_DOOR, false, 1, 0},       {"mains-power", SW_QUANTITY_POWER, true, 1, 0},
        {"wet-rain", SW_QUANTITY_RAIN, true, 0.1, 0},      {"gauge-rain", SW_QUANTITY_RAIN, true, 1, 0.2},
        {"pump-contact", SW_QUANTITY_CONTACT, true, 1, 0},
    };
    struct outcome o = read_site(DEVICES "  cam: {template: gpio-trigger, line: \"gpiochip0:1\"}\n"
                                         "  lid: {template: gpio-tamper, line: \"gpiochip0:2\"}\n"
                                         "  cab: {template: gpio-door, line: \"gpiochip0:3\"}\n"
                                         "  mains: {template: gpio-power, line: \"gpiochip0:mains-ok\"}\n"
                                         "  wet: {template: gpio-rain-contact, line: \"gpiochip1:1\"}\n"
                                         "  gauge: {template: gpio-rain-gauge, line: \"file:/run/lines:1\"}\n"
                                         "  pump: {template: gpio-contact, line: \"/dev/gpiochip1:4\"}\n");

    (void) state;
    check_faults("contacts", &o.faults, (const struct want[]){{0}});
    assert_int_equal(o.site->n_sensors, SW_ARRAY_SIZE(want));
    for (size_t i = 0; i < SW_ARRAY_SIZE(want); i++) {
        const struct sw_sensor_conf *s = &o.site->sensors[i];
        const struct sw_device_conf *d = &o.site->devices[s->device];

        assert_string_equal(s->id, want[i].id);
        CHECK(s->level == want[i].quantity && s->kind == sw_quantity_info(want[i].quantity)->kind, "%s", s->id);
        CHECK(s->interval_us == 60 * SW_US_PER_S, "%s: %lld us", s->id, (long long) s->interval_us);
        CHECK(d->is_contact && d->bus == -1 && d->line.bias == SW_GPIO_BIAS_PULL_UP, "%s", s->id);
        CHECK(d->line.is_active_low == want[i].is_active_low, "%s: active low %d", s->id, d->line.is_active_low);
        CHECK(d->template_->channels[0].contact.value == want[i].value && d->mm_per_pulse == want[i].mm_per_pulse, "%s",
              s->id);
    }
    assert_true(o.site->devices[5].line.is_file && strcmp(o.site->devices[5].line.chip, "/run/lines") == 0);
    done(&o);
}

static void a_device_may_be_wired_otherwise_than_its_template(void **state)
{
    struct outcome o = read_site(
        DEVICES
        "  a: {template: gpio-trigger, line: \"gpiochip0:1\", active: high, bias: pull-down, debounce: 0ms}\n"
        "  b: {template: gpio-rain-gauge, line: \"gpiochip0:2\", mm_per_pulse: 0.254, interval: 10s, bias: none}\n");
    const struct sw_device_conf *d = o.site != NULL ? o.site->devices : NULL;

    (void) state;
    check_faults("wiring", &o.faults, (const struct want[]){{0}});
    assert_true(!d[0].line.is_active_low && d[0].line.bias == SW_GPIO_BIAS_PULL_DOWN && d[0].debounce_ms == 0);
    assert_true(d[1].line.is_active_low && d[1].line.bias == SW_GPIO_BIAS_NONE && d[1].debounce_ms == 20);
    assert_true(d[1].mm_per_pulse == 0.254 && o.site->sensors[1].interval_us == 10 * SW_US_PER_S);
    done(&o);
}

static void a_relative_folder_is_relative_to_the_file_it_is_written_in(void **state)
{
    char want[128];
    struct outcome o = read_site(DEVICES "  a: {template: gpio-door, line: \"file:lines:1\"}\n"
                                         "  b: {template: gpio-door, line: \"file:/lines:1\"}\n");

    (void) state;
    check_faults("stand-in", &o.faults, (const struct want[]){{0}});
    (void) snprintf(want, sizeof(want), "%s/lines", folder);
    assert_string_equal(o.site->devices[0].line.chip, want);
    assert_string_equal(o.site->devices[1].line.chip, "/lines");
    done(&o);
}

static void mistakes_of_lines_are_named(void **state)
{
    static const struct {
        const char *why, *text;
        struct want want[WANTS_MAX];
    } cases[] = {
        {"a contact without a line", "  a: {template: gpio-door}\n", {{4, 3, "'a' lacks the key 'line'|gpiochip0:17"}}},
        {"a line that names none",
         "  a: {template: gpio-door, line: \"17\"}\n",
         {{4, 34, "'line' must be a line such as \"gpiochip0:17\""}}},
        {"a line for a device on a bus",
         "  a: {template: rs-zs-bz, bus: b, address: 1, line: \"gpiochip0:1\", debounce: 1s}\nbuses: {b: {kind: tcp, "
         "host: "
         "h}}\n",
         {{4, 47, "'line' has no meaning with template 'rs-zs-bz'|on a bus"}, {4, 68, "'debounce' has no meaning"}}},
        {"a bus for a contact",
         "  a: {template: gpio-door, line: \"gpiochip0:1\", bus: b, address: 3}\nbuses: {b: {kind: tcp, host: h}}\n",
         {{4, 49, "'bus' has no meaning with template 'gpio-door'|a line of this machine"},
          {4, 57, "'address' has no meaning"}}},
        {"two devices on one line, however it is written",
         "  a: {template: gpio-door, line: \"gpiochip0:1\"}\n  b: {template: gpio-tamper, line: "
         "\"/dev/gpiochip0:1\"}\n",
         {{5, 36, "the line /dev/gpiochip0:1 is taken by 'a' in line 4"}}},
        {"two devices on one file",
         "  a: {template: gpio-door, line: \"file:/r:1\"}\n  b: {template: gpio-door, line: \"file:/r:1\"}\n",
         {{5, 34, "is taken by 'a'"}}},
        {"a bias that no machine has",
         "  a: {template: gpio-door, line: \"gpiochip0:1\", bias: up}\n",
         {{4, 55, "'bias' must be one of|pull-up"}}},
        {"active when it is what?",
         "  a: {template: gpio-door, line: \"gpiochip0:1\", active: 1}\n",
         {{4, 57, "'active' must be one of|high, low"}}},
        {"a door tells no rain",
         "  a: {template: gpio-door, line: \"gpiochip0:1\", mm_per_pulse: 0.2}\n",
         {{4, 49, "'mm_per_pulse' has no meaning with template 'gpio-door'"}}},
        {"rain of a second",
         "  a: {template: gpio-rain-gauge, line: \"gpiochip0:1\", interval: 1s}\n",
         {{4, 65, "'interval' of a rain gauge must be 10s or more"}}},
        {"a template that is not known: what its line is for nobody can tell",
         "  a: {template: gpio-dor, line: \"gpiochip0:1\"}\n",
         {{4, 17, "unknown template 'gpio-dor'|did you mean 'gpio-door'?"}}},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        char text[1024];
        struct outcome o;

        (void) snprintf(text, sizeof(text), DEVICES "%s", cases[i].text);
        o = read_site(text);
        check_faults(cases[i].why, &o.faults, cases[i].want);
        done(&o);
    }
}

#define HEAD "version: 1\nid: t\nsource: s\ninterval: 1m\ndriver: gpio\n"

static void every_field_of_a_contact_arrives(void **state)
{
    static const char text[] =
        HEAD "channels:\n  rain:\n    contact: {quantity: rain, active: low, bias: none, debounce: "
             "5ms, value: 0.3, mm_per_pulse: 0.1}\n";
    struct sw_faults faults = {0};
    struct sw_template t = {0};
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_template_read_text("x/t.yaml", text, strlen(text), &faults, &t, &err) == SW_OK, "%s", err.msg);
    const struct sw_contact *c = &t.channels[0].contact;
    assert_true(sw_template_is_gpio(&t) && t.n_channels == 1 && t.channels[0].n_values == 1);
    assert_true(t.channels[0].values[0].quantity == SW_QUANTITY_RAIN);
    assert_true(c->is_active_low && c->bias == SW_GPIO_BIAS_NONE && c->debounce_ms == 5);
    assert_true(c->value == 0.3 && c->mm_per_pulse == 0.1);
    sw_template_done(&t);
    sw_faults_done(&faults);
}

static void mistakes_of_a_contact_template_are_named(void **state)
{
    static const struct {
        const char *why, *channels;
        struct want want[WANTS_MAX];
    } cases[] = {
        {"registers of a contact",
         "channels: {a: {values: [{quantity: camera, function: input, register: 1, type: u16}]}}\n",
         {{6, 16, "'values' has no meaning with the driver 'gpio'"}, {6, 12, "'a' lacks the key 'contact'"}}},
        {"two channels on one line",
         "channels: {a: {contact: {quantity: camera}}, b: {contact: {quantity: door}}}\n",
         {{1, 1, "channel a: a contact is one line"}}},
        {"a contact tells no level",
         "channels: {a: {contact: {quantity: LAeq}}}\n",
         {{1, 1, "a contact cannot tell LAeq"}}},
        {"pulses of a door",
         "channels: {a: {contact: {quantity: door, mm_per_pulse: 0.2}}}\n",
         {{1, 1, "mm_per_pulse: is for rain"}}},
        {"a door that is 2",
         "channels: {a: {contact: {quantity: door, value: 2}}}\n",
         {{1, 1, "value: 2 is not one that door can have"}}},
        {"an address",
         "channels: {a: {contact: {quantity: door}}}\naddress: 1\n",
         {{1, 1, "a contact has no address"}}},
        {"no quantity", "channels: {a: {contact: {active: low}}}\n", {{6, 16, "lacks the key 'quantity'"}}},
        {"more than ten seconds",
         "channels: {a: {contact: {quantity: door, debounce: 11s}}}\n",
         {{6, 52, "'debounce' must be 0s to 10s"}}},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_faults faults = {0};
        struct sw_template t = {0};
        struct sw_err err = {0};
        char text[1024];

        (void) snprintf(text, sizeof(text), HEAD "%s", cases[i].channels);
        assert_int_equal(sw_template_read_text("x/t.yaml", text, strlen(text), &faults, &t, &err), SW_E_INVAL);
        check_faults(cases[i].why, &faults, cases[i].want);
        sw_faults_done(&faults);
    }
}

static void a_contact_among_registers_is_named(void **state)
{
    static const char text[] =
        "version: 1\nid: t\nsource: s\ninterval: 1s\nchannels: {a: {contact: {quantity: door}}}\n";
    static const struct want want[WANTS_MAX] = {{5, 16, "'contact' has no meaning with the driver 'registers'"},
                                                {5, 12, "'a' lacks the key 'values'"}};
    struct sw_faults faults = {0};
    struct sw_template t = {0};
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_template_read_text("x/t.yaml", text, strlen(text), &faults, &t, &err), SW_E_INVAL);
    check_faults("a contact among registers", &faults, want);
    sw_faults_done(&faults);
}

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(the_shipped_contacts_become_sensors),
        SITE_TEST(a_device_may_be_wired_otherwise_than_its_template),
        SITE_TEST(a_relative_folder_is_relative_to_the_file_it_is_written_in),
        SITE_TEST(mistakes_of_lines_are_named),
        cmocka_unit_test(every_field_of_a_contact_arrives),
        cmocka_unit_test(mistakes_of_a_contact_template_are_named),
        cmocka_unit_test(a_contact_among_registers_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
