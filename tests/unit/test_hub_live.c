// SPDX-License-Identifier: Apache-2.0
/* Live values in memory: the newest of each sensor, by site. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "hub/live.h"

static void put(struct hub_live *l, const char *topic, const char *text, int64_t now_us)
{
    struct hub_document d = {.text = text, .len = strlen(text), .ts_us = now_us - 1};
    struct sw_err err = {0};

    CHECK(hub_place_read("siteward", topic, &d.place, &err) == SW_OK, "%s", err.msg);
    hub_live_put(l, &d, now_us);
}

static int take(void *ctx, const struct hub_live_row *row)
{
    char *to = ctx;

    snprintf(to + strlen(to), 200 - strlen(to), "%s=%.*s;", row->key, (int) row->len, row->text);
    return 0;
}

static void the_newest_value_of_each_sensor_is_told(void **state)
{
    struct hub_live *l = hub_live_new();
    char said[200] = "";

    (void) state;
    put(l, "siteward/1/310115/a/sensor/n/live", "{\"v\": 1}", 10);
    put(l, "siteward/1/310115/a/sensor/n/live", "{\"v\": 22222}", 20);
    put(l, "siteward/1/310115/b/sensor/n/live", "{\"v\": 3}", 30);
    put(l, "siteward/1/310115/b/gw/g/health", "{}", 40);
    put(l, "siteward/1/310115/b/summary", "{}", 50);
    assert_true(hub_live_read(l, "310115", "a", take, said) == 20);
    assert_string_equal(said, "sensor/n/live={\"v\": 22222};");
    assert_true(hub_live_read(l, "310115", "b", NULL, NULL) == 50);
    assert_true(hub_live_read(l, "310115", "c", take, said) == INT64_MIN);
    assert_int_equal(hub_live_values(l), 3);
    hub_live_free(l);
}

static void a_value_that_is_too_long_and_values_above_the_ceiling_are_left_out(void **state)
{
    static char text[HUB_LIVE_TEXT_MAX + 2];
    struct hub_live *l = hub_live_new();
    char topic[80];

    (void) state;
    memset(text, ' ', sizeof(text) - 1);
    put(l, "siteward/1/310115/a/sensor/n/live", text, 10);
    assert_int_equal(hub_live_values(l), 0);
    for (int i = 0; i < 2000; i++) {
        snprintf(topic, sizeof(topic), "siteward/1/310115/a/sensor/n%d/live", i);
        put(l, topic, "{}", 10);
    }
    assert_int_equal(hub_live_values(l), 512);
    hub_live_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_value_of_each_sensor_is_told),
        cmocka_unit_test(a_value_that_is_too_long_and_values_above_the_ceiling_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
