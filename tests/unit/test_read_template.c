// SPDX-License-Identifier: Apache-2.0
/* Device templates: every field arrives, every fault is told, and the templates that are shipped are good. */
#include "config_help.h"

#include <dirent.h>
#include <math.h>

#include "config/read.h"

static const char good[] = "version: 1\n"
                           "id: t\n"
                           "manufacturer: Maker\n"
                           "model: M-1\n"
                           "driver: registers\n"
                           "source: \"manual, revision 3\"\n"
                           "sure: confirmed\n"
                           "measuring_class: \"IEC 61672-1 class 2\"\n"
                           "serial: {baud: 4800, format: 8E1}\n"
                           "interval: 1s\n"
                           "response_timeout: 400ms\n"
                           "turnaround: 20ms\n"
                           "max_gap: 8\n"
                           "max_block: 60\n"
                           "channels:\n"
                           "  noise:\n"
                           "    values:\n"
                           "      - {quantity: LAeq, function: input, register: 16, type: u16, scale: 0.01,"
                           " invalid: 0xFFFF, overload: 0xFFFE, valid: [20, 140]}\n"
                           "      - {quantity: LAFmax, function: input, register: 17, type: s16}\n"
                           "  pm10:\n"
                           "    flatline: 10m\n"
                           "    fog_above: 92.5\n"
                           "    values:\n"
                           "      - {quantity: PM10, function: holding, register: 0x14, type: u32, order: CDAB,"
                           " scale: 0.1, offset: -5, invalid: 4294967295,"
                           " scale_register: {register: 0x16, meaning: decimals}}\n"
                           "wiring: {en: \"A to A\", zh-CN: \"A 接 A\"}\n"
                           "address: 44\n"
                           "fingerprint:\n"
                           "  - {function: input, register: 0, count: 4, value: 0x0296}\n"
                           "  - {function: holding, register: 2000, expect: [1, 254]}\n";

static void every_field_of_a_template_arrives(void **state)
{
    struct sw_faults faults = {0};
    struct sw_template t = {0};
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_template_read_text("x/t.yaml", good, strlen(good), &faults, &t, &err) == SW_OK, "%s", err.msg);
    assert_string_equal(t.id, "t");
    assert_string_equal(t.manufacturer, "Maker");
    assert_string_equal(t.model, "M-1");
    assert_string_equal(t.driver, "registers");
    assert_string_equal(t.source, "manual, revision 3");
    assert_string_equal(t.measuring_class, "IEC 61672-1 class 2");
    assert_true(t.serial.baud == 4800 && t.serial.parity == 'E' && t.serial.data_bits == 8 && t.serial.stop_bits == 1);
    assert_true(t.interval_ms == 1000 && t.response_timeout_ms == 400 && t.turnaround_ms == 20);
    assert_true(t.max_gap == 8 && t.max_block == 60);
    assert_int_equal(t.n_channels, 2);
    assert_string_equal(t.channels[0].id, "noise");
    assert_int_equal(t.channels[0].n_values, 2);
    const struct sw_reg_value *v = &t.channels[0].values[0];
    assert_true(v->quantity == SW_QUANTITY_LAEQ && v->fc == 4 && v->reg_addr == 16 && v->type == SW_REG_U16);
    assert_true(v->order == SW_ORDER_ABCD && v->scale == 0.01 && v->offset == 0);
    assert_true(v->has_invalid && v->invalid == 0xFFFF && v->has_overload && v->overload == 0xFFFE);
    assert_true(v->valid_min == 20 && v->valid_max == 140);
    v = &t.channels[0].values[1];
    assert_true(v->type == SW_REG_S16 && v->scale == 1 && !v->has_invalid && !v->has_overload);
    assert_true(isnan(v->valid_min) && isnan(v->valid_max));
    v = &t.channels[1].values[0];
    assert_true(v->fc == 3 && v->reg_addr == 20 && v->type == SW_REG_U32 && v->order == SW_ORDER_CDAB);
    assert_true(t.channels[1].flatline_s == 600 && t.channels[1].fog_above == 9250);
    assert_true(t.sure == SW_SURE_CONFIRMED && t.unit_id == 44);
    assert_string_equal(t.wiring_en, "A to A");
    assert_string_equal(t.wiring_zh, "A 接 A");
    assert_int_equal(t.n_fingerprints, 2);
    const struct sw_fingerprint *f = t.fingerprints;
    assert_true(f[0].fc == 4 && f[0].reg_addr == 0 && f[0].nb == 4 && f[0].min == 0x296 && f[0].max == 0x296);
    assert_true(f[1].fc == 3 && f[1].reg_addr == 2000 && f[1].nb == 1 && f[1].min == 1 && f[1].max == 254);
    assert_true(t.channels[0].flatline_s == 0 && t.channels[0].fog_above == 0);
    assert_true(v->offset == -5 && v->invalid == 0xFFFFFFFFu);
    assert_true(v->scale_register.meaning == SW_SCALE_DECIMALS && v->scale_register.reg_addr == 22);
    assert_true(v->scale_register.type == SW_REG_U16 && v->scale_register.order == SW_ORDER_ABCD);
    assert_true(t.channels[0].values[0].scale_register.meaning == SW_SCALE_FIXED);
    sw_template_done(&t);
    sw_faults_done(&faults);
}

/* One replacement in the good template each. */
static void a_faulty_template_names_every_fault(void **state)
{
    static const struct {
        const char *why, *from, *to;
        struct want want[WANTS_MAX];
    } cases[] = {
        {"other file format", "version: 1", "version: 2", {{1, 10, "'version' must be 1 to 1"}}},
        {"id is not the file's name", "id: t\n", "id: tt\n", {{2, 5, "'tt'|named 't'"}}},
        {"no source", "source: \"manual, revision 3\"\n", "", {{1, 1, "'source' is missing"}}},
        {"odd rate", "baud: 4800", "baud: 4801", {{9, 16, "'baud' must be one of|did you mean '4800'?"}}},
        {"seven data bits", "8E1", "7E1", {{9, 30, "'format' must be 8N1"}}},
        {"interval without unit", "interval: 1s", "interval: 1", {{10, 11, "needs a unit"}}},
        {"block too long", "max_block: 60", "max_block: 126", {{14, 12, "1 to 125 registers"}}},
        {"wrong quantity", "quantity: PM10", "quantity: PM1", {{24, 20, "did you mean 'PM10'?"}}},
        {"wrong function", "function: holding", "function: coil", {{24, 36, "holding, input"}}},
        {"no such scale", "meaning: decimals", "meaning: tens", {{24, 172, "'meaning' must be one of decimals, factor"}}},
        {"a scale without a register", "register: 0x16, ", "", {{24, 130, "'scale_register' lacks the key 'register'"}}},
        {"no register", "register: 17, ", "", {{19, 9, "'register' is missing"}}},
        {"unknown key", "order: CDAB", "ordr: CDAB", {{24, 72, "unknown key 'ordr'|did you mean 'order'?"}}},
        {"empty range", "valid: [20, 140]", "valid: [140, 20]", {{18, 123, "'valid' must rise"}}},
        {"a key of channels at the top", "max_gap: 8", "flatline: 5m", {{13, 1, "unknown key 'flatline'"}}},
        {"fog in percent", "fog_above: 92.5", "fog_above: 0.92", {{22, 16, "1 to 100 %"}}},
        {"registers that make no sense together: asked of the folder that knows",
         "invalid: 4294967295",
         "invalid: 0x1FFFFFFFF",
         {{1, 1, "pm10|invalid"}}},
        {"unit id 0 is everybody's", "address: 44", "address: 0", {{26, 10, "'address' must be 1 to 255"}}},
        {"neither value nor range", ", value: 0x0296", "", {{28, 5, "either 'value' or 'expect'"}}},
        {"value and range", "expect: [1, 254]", "expect: [1, 254], value: 3", {{29, 5, "either 'value' or 'expect'"}}},
        {"half a count", "expect: [1, 254]", "expect: [0.5, 254]", {{29, 49, "whole numbers of 0 to 65535"}}},
        {"more than a register holds", "expect: [1, 254]", "expect: [1, 65536]", {{29, 49, "0 to 65535"}}},
        {"less than nothing", "expect: [1, 254]", "expect: [-1, 254]", {{29, 49, "0 to 65535"}}},
        {"a range that falls", "expect: [1, 254]", "expect: [254, 1]", {{29, 49, "'expect' must rise"}}},
        {"too many registers", "count: 4", "count: 126", {{28, 43, "1 to 125 registers"}}},
        {"a fingerprint past the end",
         "register: 2000",
         "register: 65535, count: 2",
         {{1, 1, "fingerprint 2|65535+2"}}},
        {"no driver of that name", "driver: registers", "driver: magic", {{1, 1, "driver|magic"}}},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const char *at = strstr(good, cases[i].from);
        struct sw_faults faults = {0};
        struct sw_template t = {.n_channels = 99};
        struct sw_err err = {0};
        char text[2048];

        CHECK(at != NULL, "%s: '%s' is not in the template", cases[i].why, cases[i].from);
        (void) snprintf(text, sizeof(text), "%.*s%s%s", (int) (at - good), good, cases[i].to,
                        at + strlen(cases[i].from));
        assert_int_equal(sw_template_read_text("x/t.yaml", text, strlen(text), &faults, &t, &err), SW_E_INVAL);
        check_faults(cases[i].why, &faults, cases[i].want);
        CHECK(t.n_channels == 99, "%s: the result was touched", cases[i].why);
        sw_faults_done(&faults);
    }
}

static void a_channel_holds_at_most_four_values_and_a_device_128_channels(void **state)
{
    static const char head[] = "version: 1\nid: t\nsource: s\ninterval: 1s\nchannels:\n";
    static const char value[] = "{quantity: PM10, function: input, register: 1, type: u16}";

    (void) state;
    for (int n = 128; n <= 129; n++) {
        struct sw_faults faults = {0};
        struct sw_template t = {0};
        struct sw_err err = {0};
        char *text = calloc(1, 20000);

        strcpy(text, head);
        for (int i = 0; i < n; i++)
            (void) sprintf(text + strlen(text), "  c%d: {values: [%s]}\n", i, value);
        const int rc = sw_template_read_text("t.yaml", text, strlen(text), &faults, &t, &err);
        CHECK((rc == SW_OK) == (n == 128), "%d channels: %s", n, err.msg);
        CHECK(rc == SW_OK || holds_words(faults.list[0].message, "129 entries|at most 128"), "%s", err.msg);
        sw_template_done(&t);
        sw_faults_done(&faults);
        (void) snprintf(text, 20000, "%s  c: {values: [%s, %s, %s, %s, %s]}\n", head, value, value, value, value,
                        value);
        assert_int_equal(sw_template_read_text("t.yaml", text, strlen(text), &faults, &t, &err), SW_E_INVAL);
        assert_true(holds_words(faults.list[0].message, "5 entries|at most 4"));
        sw_faults_done(&faults);
        free(text);
    }
}

static void shipped_templates_are_good(void **state)
{
    DIR *dir = opendir(SW_TEST_DATA "/../../sensors/templates");
    size_t n = 0;

    (void) state;
    assert_non_null(dir);
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        struct sw_faults faults = {0};
        struct sw_template t = {0};
        struct sw_err err = {0};
        char path[600], sha256[65];

        if (strstr(e->d_name, ".yaml") == NULL)
            continue;
        (void) snprintf(path, sizeof(path), SW_TEST_DATA "/../../sensors/templates/%s", e->d_name);
        CHECK(sw_template_read(path, &faults, &t, sha256, &err) == SW_OK, "%s: %s", path, err.msg);
        check_faults(path, &faults, (const struct want[]){{0}});
        assert_int_equal(strlen(sha256), 64);
        sw_template_done(&t);
        sw_faults_done(&faults);
        n++;
    }
    (void) closedir(dir);
    assert_true(n >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_a_template_arrives),
        cmocka_unit_test(a_faulty_template_names_every_fault),
        cmocka_unit_test(a_channel_holds_at_most_four_values_and_a_device_128_channels),
        cmocka_unit_test(shipped_templates_are_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
