// SPDX-License-Identifier: Apache-2.0
/* Templates: every fault a person can write into one is refused with a sentence that names it. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sensors/driver.h"
#include "sensors/template.h"

static struct sw_channel channels[2];

/** A sound template with two channels; the cases break one thing each. */
static struct sw_template sound(void)
{
    const struct sw_reg_value value = {
        .quantity = SW_QUANTITY_LAEQ, .fc = 4, .reg_addr = 16, .scale = 0.01, .valid_min = 20, .valid_max = 140};
    struct sw_template t = {.id = "node",
                            .driver = "registers",
                            .serial = {9600, 'N', 8, 1},
                            .interval_ms = 1000,
                            .response_timeout_ms = 300,
                            .max_gap = 8,
                            .max_block = 125,
                            .n_channels = 2,
                            .channels = channels};

    channels[0] = (struct sw_channel){.id = "noise", .n_values = 2, .values = {value, value}};
    channels[0].values[1].quantity = SW_QUANTITY_LAFMAX;
    channels[1] = (struct sw_channel){.id = "pm10", .n_values = 1, .values = {value}};
    channels[1].values[0].quantity = SW_QUANTITY_PM10;
    channels[1].values[0].valid_min = channels[1].values[0].valid_max = NAN;
    return t;
}

static void bad_id(struct sw_template *t)
{
    strcpy(t->id, "Node");
}
static void bad_driver(struct sw_template *t)
{
    strcpy(t->driver, "regs");
}
static void skeleton_is_not_registered(struct sw_template *t)
{
    strcpy(t->driver, "skeleton");
}
static void odd_baud(struct sw_template *t)
{
    t->serial.baud = 9601;
}
static void bad_parity(struct sw_template *t)
{
    t->serial.parity = 'M';
}
static void seven_bits(struct sw_template *t)
{
    t->serial.data_bits = 7;
}
static void no_stop_bit(struct sw_template *t)
{
    t->serial.stop_bits = 0;
}
static void no_interval(struct sw_template *t)
{
    t->interval_ms = 0;
}
static void endless_timeout(struct sw_template *t)
{
    t->response_timeout_ms = 10001;
}
static void endless_turnaround(struct sw_template *t)
{
    t->turnaround_ms = 2001;
}
static void long_block(struct sw_template *t)
{
    t->max_block = 126;
}
static void no_block(struct sw_template *t)
{
    t->max_block = 0;
}
static void long_gap(struct sw_template *t)
{
    t->max_gap = 125;
}
static void no_channels(struct sw_template *t)
{
    t->n_channels = 0;
}
static void bad_channel_id(struct sw_template *t)
{
    strcpy(t->channels[1].id, "pm2.5");
}
static void twin_channels(struct sw_template *t)
{
    strcpy(t->channels[1].id, "noise");
}
static void empty_channel(struct sw_template *t)
{
    t->channels[1].n_values = 0;
}
static void twin_quantities(struct sw_template *t)
{
    t->channels[0].values[1].quantity = SW_QUANTITY_LAEQ;
}
static void mixed_kinds(struct sw_template *t)
{
    t->channels[0].values[1].quantity = SW_QUANTITY_RH;
}
static void no_quantity(struct sw_template *t)
{
    t->channels[0].values[0].quantity = SW_QUANTITY_NONE;
}
static void coil(struct sw_template *t)
{
    t->channels[0].values[0].fc = 1;
}
static void bad_type(struct sw_template *t)
{
    t->channels[0].values[0].type = SW_REG__COUNT;
}
static void bad_order(struct sw_template *t)
{
    t->channels[0].values[0].order = SW_ORDER__COUNT;
}
static void beyond_the_end(struct sw_template *t)
{
    t->channels[0].values[0].reg_addr = 65535;
    t->channels[0].values[0].type = SW_REG_U32;
}
static void value_longer_than_block(struct sw_template *t)
{
    t->max_block = 3;
    t->channels[0].values[0].type = SW_REG_F64;
}
static void zero_scale(struct sw_template *t)
{
    t->channels[0].values[0].scale = 0;
}
static void nan_offset(struct sw_template *t)
{
    t->channels[0].values[0].offset = NAN;
}
static void wide_invalid(struct sw_template *t)
{
    t->channels[0].values[0].has_invalid = true;
    t->channels[0].values[0].invalid = 0x10000;
}
static void same_patterns(struct sw_template *t)
{
    struct sw_reg_value *v = &t->channels[0].values[0];

    v->has_invalid = v->has_overload = true;
    v->invalid = v->overload = 0xFFFF;
}
static void range_backwards(struct sw_template *t)
{
    t->channels[0].values[0].valid_min = 141;
}
static void flatline_of_two_days(struct sw_template *t)
{
    t->channels[0].flatline_s = 2 * 86400;
}
static void flatline_of_an_input(struct sw_template *t)
{
    t->channels[1].values[0].quantity = SW_QUANTITY_DOOR;
    t->channels[1].flatline_s = 600;
}
static void fog_over_100(struct sw_template *t)
{
    t->channels[1].fog_above = 10001;
}
static void fog_of_noise(struct sw_template *t)
{
    t->channels[0].fog_above = 9500;
}

static void no_such_sure(struct sw_template *t)
{
    t->sure = (enum sw_sure) 3;
}
static void many_fingerprints(struct sw_template *t)
{
    t->n_fingerprints = SW_FINGERPRINTS_MAX + 1;
}
static struct sw_fingerprint *fingerprint(struct sw_template *t)
{
    t->n_fingerprints = 2;
    t->fingerprints[0] = t->fingerprints[1] = (struct sw_fingerprint){.fc = 3, .nb = 1, .max = 9};
    return &t->fingerprints[1];
}
static void fingerprint_coil(struct sw_template *t)
{
    fingerprint(t)->fc = 1;
}
static void fingerprint_of_nothing(struct sw_template *t)
{
    fingerprint(t)->nb = 0;
}
static void fingerprint_too_long(struct sw_template *t)
{
    fingerprint(t)->nb = 126;
}
static void fingerprint_beyond_the_end(struct sw_template *t)
{
    struct sw_fingerprint *f = fingerprint(t);

    f->reg_addr = 65535;
    f->nb = 2;
}
static void fingerprint_backwards(struct sw_template *t)
{
    fingerprint(t)->min = 10;
}

static const struct fault_case {
    const char *why;
    void (*break_it)(struct sw_template *t);
    const char *says; /* the sentence names this */
} fault_cases[] = {
    {"ids are lower case", bad_id, "template id \"Node\""},
    {"a driver that is not there", bad_driver, "no \"regs\""},
    {"the skeleton is to be copied, not used", skeleton_is_not_registered, "no \"skeleton\""},
    {"libmodbus would take it for 9600", odd_baud, "9601 baud"},
    {"mark parity", bad_parity, "parity"},
    {"seven data bits", seven_bits, "7 data bits"},
    {"no stop bit", no_stop_bit, "0 stop bits"},
    {"no interval", no_interval, "interval: 0 ms"},
    {"time-out over its ceiling", endless_timeout, "response_timeout: 10001 ms"},
    {"turnaround over its ceiling", endless_turnaround, "turnaround: 2001 ms"},
    {"126 registers", long_block, "max_block: 126"},
    {"no registers", no_block, "max_block: 0"},
    {"a gap that leaves no room", long_gap, "max_gap: 125"},
    {"no channels", no_channels, "channels: there are 0"},
    {"a dot in a channel id", bad_channel_id, "\"pm2.5\""},
    {"two channels of one id", twin_channels, "channel noise is there twice"},
    {"a channel without values", empty_channel, "channel pm10: has 0 values"},
    {"one quantity twice", twin_quantities, "channel noise: LAeq is there twice"},
    {"humidity in a noise channel", mixed_kinds, "rh is weather and LAeq is noise"},
    {"no quantity", no_quantity, "channel noise, value 1: quantity"},
    {"coils", coil, "function"},
    {"no such type", bad_type, "type"},
    {"no such order", bad_order, "order"},
    {"two registers from the last", beyond_the_end, "65535+2"},
    {"a value that no request can hold", value_longer_than_block, "4 registers of one value"},
    {"scale 0", zero_scale, "scale"},
    {"offset NaN", nan_offset, "offset"},
    {"17 bits in one register", wide_invalid, "invalid: 0x10000 has more bits than the value's 1 register"},
    {"invalid = overload", same_patterns, "same pattern 0xFFFF"},
    {"a flat line of two days", flatline_of_two_days, "channel noise: flatline"},
    {"an input may stand still", flatline_of_an_input, "channel pm10: flatline: an input"},
    {"more than saturated", fog_over_100, "channel pm10: fog_above: must be 0 to 100"},
    {"fog does not bother a microphone", fog_of_noise, "channel noise: fog_above: is for dust"},
    {"a range with its ends exchanged", range_backwards, "valid: [141, 140]"},
    {"a fourth degree of sureness", no_such_sure, "sure:"},
    {"five fingerprints", many_fingerprints, "fingerprint: there are 5"},
    {"coils as a fingerprint", fingerprint_coil, "fingerprint 2: function"},
    {"a fingerprint of no register", fingerprint_of_nothing, "fingerprint 2: count: 0"},
    {"a fingerprint longer than a request", fingerprint_too_long, "fingerprint 2: count: 126"},
    {"a fingerprint past the last register", fingerprint_beyond_the_end, "fingerprint 2: register: 65535+2"},
    {"a fingerprint that nothing can match", fingerprint_backwards, "fingerprint 2: expect: [10, 9]"},
};

static void a_sound_template_is_accepted(void **state)
{
    struct sw_template t = sound();
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_template_validate(&t, &err) == SW_OK, "%s", err.msg);
    t.serial = (struct sw_serial){0}; /* a TCP device names no line settings */
    t.response_timeout_ms = 0;        /* the bus's own */
    CHECK(sw_template_validate(&t, &err) == SW_OK, "%s", err.msg);
    t.max_gap = 124;
    t.channels[0].values[0].reg_addr = 65535;
    CHECK(sw_template_validate(&t, &err) == SW_OK, "%s", err.msg);
}

static void each_fault_is_named(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(fault_cases); i++) {
        const struct fault_case *c = &fault_cases[i];
        struct sw_template t = sound();
        struct sw_err err = {0};

        c->break_it(&t);
        CHECK(sw_template_validate(&t, &err) == SW_E_INVAL, "%s: accepted", c->why);
        CHECK(strstr(err.msg, c->says) != NULL, "%s: says \"%s\"", c->why, err.msg);
        CHECK(sw_template_validate(&t, NULL) == SW_E_INVAL, "%s: accepted when nobody listens", c->why);
    }
}

static void channels_have_a_ceiling(void **state)
{
    static struct sw_channel many[SW_TEMPLATE_CHANNELS_MAX + 1];
    struct sw_template t = sound();
    struct sw_err err = {0};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(many); i++) {
        many[i] = channels[1];
        snprintf(many[i].id, sizeof(many[i].id), "c%zu", i);
    }
    t.channels = many;
    t.n_channels = SW_TEMPLATE_CHANNELS_MAX;
    CHECK(sw_template_validate(&t, &err) == SW_OK, "128 channels: %s", err.msg);
    t.n_channels++;
    CHECK(sw_template_validate(&t, &err) == SW_E_INVAL, "129 channels are accepted");
}

static void a_fingerprint_looks_at_the_first_register(void **state)
{
    const struct sw_fingerprint f = {.fc = 3, .nb = 2, .min = 200, .max = 0xFFF0};
    static const struct {
        const char *why;
        uint16_t regs[2];
        bool matches;
    } cases[] = {{"the lower end", {200, 0}, true},
                 {"below", {199, 300}, false},
                 {"the upper end: unsigned", {0xFFF0, 0}, true},
                 {"above", {0xFFF1, 300}, false}};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        CHECK(sw_fingerprint_matches(&f, cases[i].regs) == cases[i].matches, "%s", cases[i].why);
}

static void names_are_those_of_the_template_language(void **state)
{
    (void) state;
    assert_string_equal(sw_reg_type_name(SW_REG_U16), "u16");
    assert_string_equal(sw_reg_type_name(SW_REG_F64), "f64");
    assert_string_equal(sw_reg_type_name(SW_REG__COUNT), "?");
    assert_string_equal(sw_word_order_name(SW_ORDER_ABCD), "ABCD");
    assert_string_equal(sw_word_order_name(SW_ORDER_DCBA), "DCBA");
    assert_string_equal(sw_word_order_name(SW_ORDER__COUNT), "?");
}

static void every_registered_driver_is_found_by_its_name(void **state)
{
    const struct sw_driver *driver;
    size_t n = 0;

    (void) state;
    for (; (driver = sw_driver_at(n)) != NULL; n++) {
        assert_ptr_equal(sw_driver_find(driver->name), driver);
        assert_int_equal(driver->abi, SW_DRIVER_ABI);
        assert_true(driver->plan != NULL && driver->decode != NULL);
    }
    assert_true(n >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_template_is_accepted),
        cmocka_unit_test(each_fault_is_named),
        cmocka_unit_test(channels_have_a_ceiling),
        cmocka_unit_test(a_fingerprint_looks_at_the_first_register),
        cmocka_unit_test(names_are_those_of_the_template_language),
        cmocka_unit_test(every_registered_driver_is_found_by_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
