// SPDX-License-Identifier: Apache-2.0
/* hub.yaml: what it gives, and what is wrong with it. */
#include "tests/unit/test.h"

#include <string.h>

#include "config/hub.h"

#define GOOD "version: 1\nhub: {id: hub-1}\nbroker: {url: \"mqtt://127.0.0.1:1883\"}\n"

static void the_shortest_file_has_all_that_is_needed(void **state)
{
    struct sw_faults faults = {0};
    struct sw_hub h;
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_hub_read_text("/x/hub.yaml", GOOD, strlen(GOOD), &faults, &h, &err) == SW_OK, "%s", err.msg);
    assert_string_equal(h.id, "hub-1");
    assert_string_equal(h.data_dir, "/var/lib/siteward-hub");
    assert_string_equal(h.broker.url, "mqtt://127.0.0.1:1883");
    assert_string_equal(h.broker.root, "siteward");
    assert_int_equal(h.broker.keep_alive_s, 60);
    assert_int_equal(h.n_areas, 0);
    assert_int_equal(h.session_s, 7 * 86400);
    assert_int_equal(h.keep_minutes_s, 400 * 86400);
    assert_int_equal(h.max_bytes, 0);
    sw_faults_done(&faults);
}

static void faults_are_named(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"version: 1\nhub: {id: hub-1}\n", "broker"},
        {"version: 1\nbroker: {url: \"mqtt://h\"}\n", "hub"},
        {"version: 2\nhub: {id: hub-1}\nbroker: {url: \"mqtt://h\"}\n", "1"},
        {"version: 1\nhub: {id: Hub}\nbroker: {url: \"mqtt://h\"}\n", "id"},
        {"version: 1\nhub: {id: hub-1}\nbroker: {url: \"ws://h/x\"}\n", "websockets"},
        {"version: 1\nhub: {id: hub-1}\nbroker: {url: \"mqtt://h\", proxy: \"http://p:3128\"}\n", "proxy"},
        {"version: 1\nhub: {id: hub-1}\nbroker: {url: \"mqtts://h\", cert_file: x}\n", "key_file"},
        {GOOD "areas: [A]\n", "area"},
        {GOOD "areas: [host]\n", "area"},
        {GOOD "areas: [\"310115\", \"310115\"]\n", "twice"},
        {GOOD "keep: {minutes: 400}\n", "needs a unit"},
        {GOOD "keep: {minuts: 400d}\n", "minutes"},
        {GOOD "listen: 8490\n", "address:port"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_faults faults = {0};
        struct sw_hub h = {.id = "untouched"};
        struct sw_err err = {0};
        char first[400];
        bool is_said = false;

        CHECK(sw_hub_read_text("/x/hub.yaml", cases[i].text, strlen(cases[i].text), &faults, &h, &err) == SW_E_INVAL,
              "case %zu is taken", i);
        for (size_t k = 0; k < faults.n; k++)
            is_said = is_said || strstr(faults.list[k].message, cases[i].says);
        CHECK(is_said, "case %zu: %s", i, sw_faults_first(&faults, first, sizeof(first)));
        assert_string_equal(h.id, "untouched");
        sw_faults_done(&faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shortest_file_has_all_that_is_needed),
        cmocka_unit_test(faults_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
