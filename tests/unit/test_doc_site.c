// SPDX-License-Identifier: Apache-2.0
/* What documents say of a site and its sensors, out of the engine tests' site. Expected values are those of the site
 * file, and of the pack that it names: windows of 20 min, periods day and night, for noise alone. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "config/faults.h"
#include "gateway/doc_site.h"

struct described {
    struct sw_site *site;
    struct sw_engine *engine;
    struct sw_doc_site_owner doc;
};

static int set_up(void **state)
{
    static struct described d;
    struct sw_faults faults = {0};
    struct sw_err err = {0};

    if (sw_site_read(SW_TEST_DATA "/../engine/site.yaml", NULL, &faults, &d.site, &err) < 0 ||
        sw_engine_new(d.site, &d.engine, &err) < 0 ||
        sw_doc_site_init(&d.doc, d.site, d.engine, "0123456789", false, &err) < 0) {
        print_error("%s\n", err.msg);
        return -1;
    }
    sw_faults_done(&faults);
    *state = &d;
    return 0;
}

static int tear_down(void **state)
{
    struct described *d = *state;

    sw_doc_site_done(&d->doc);
    sw_engine_free(d->engine);
    sw_site_free(d->site);
    return 0;
}

static const struct sensor_case {
    const char *id, *name, *place;
    enum sw_kind kind;
    enum sw_quantity level;
    size_t n_periods;
    const char *periods[SW_JUDGE_WINDOWS_MAX];
} sensor_cases[] = {
    {"north-gate-noise",
     "北门噪声",
     "boundary",
     SW_KIND_NOISE,
     SW_QUANTITY_LAEQ,
     5,
     {"1m", "20m", "1h", "day", "night"}},
    {"south-gate-noise",
     "南门噪声",
     "boundary",
     SW_KIND_NOISE,
     SW_QUANTITY_LAF,
     5,
     {"1m", "20m", "1h", "day", "night"}},
    {"north-gate-pm10", "北门颗粒物", "boundary", SW_KIND_DUST, SW_QUANTITY_PM10, 2, {"1m", "1h"}},
    {"gate-camera", "大门相机", "other", SW_KIND_INPUT, SW_QUANTITY_CAMERA, 0, {NULL}},
};

static void sensors_are_described_as_the_site_file_says(void **state)
{
    const struct described *d = *state;

    assert_int_equal(d->doc.site.n_sensors, SW_ARRAY_SIZE(sensor_cases));
    for (size_t i = 0; i < SW_ARRAY_SIZE(sensor_cases); i++) {
        const struct sensor_case *c = &sensor_cases[i];
        const struct sw_doc_sensor *s = &d->doc.site.sensors[i];

        assert_string_equal(s->id, c->id);
        assert_string_equal(s->name, c->name);
        assert_string_equal(s->place, c->place);
        CHECK(s->kind == c->kind && s->level == c->level && s->interval_us == 1000000, "%s: kind %d, level %d", c->id,
              s->kind, s->level);
        CHECK(!s->template_id && s->measuring_class[0] == '\0', "%s is fed by the test, no device is behind it", c->id);
        CHECK(isnan(s->lat) && isnan(s->lon) && isnan(s->height_m), "%s: a place that nobody gave", c->id);
    }
}

static void each_sensor_has_the_windows_of_its_rules(void **state)
{
    const struct described *d = *state;

    for (size_t i = 0; i < SW_ARRAY_SIZE(sensor_cases); i++) {
        const struct sensor_case *c = &sensor_cases[i];
        const struct sw_doc_sensor *s = &d->doc.site.sensors[i];

        CHECK(s->n_periods == c->n_periods, "%s: %zu windows, %zu expected", c->id, s->n_periods, c->n_periods);
        for (size_t k = 0; k < c->n_periods; k++)
            CHECK(strcmp(s->periods[k], c->periods[k]) == 0, "%s: window %zu is '%s', not '%s'", c->id, k,
                  s->periods[k], c->periods[k]);
    }
}

static void the_site_is_described_as_its_file_says(void **state)
{
    const struct described *d = *state;
    const struct sw_doc_site *s = &d->doc.site;

    assert_string_equal(s->site, "pd-0042");
    assert_string_equal(s->area, "310115");
    assert_string_equal(s->name, "丁香路 12-3 地块");
    assert_string_equal(s->timezone, "Asia/Shanghai");
    assert_string_equal(s->agency_responsible, "浦东新区城管执法局");
    assert_string_equal(s->gateway, "gw-7f3a");
    assert_string_equal(s->epoch, "0123456789");
    assert_false(s->simulated);
    assert_int_equal(sw_zone_offset_s(s->zone, 1772458800), 8 * 3600);
    assert_int_equal(s->n_packs, 1);
    assert_string_equal(s->packs[0].id, "cn-gb12523-2025");
    assert_int_equal(strlen(s->packs[0].sha256), 64);
}

static void a_replay_has_no_epoch_and_says_that_it_is_simulated(void **state)
{
    const struct described *d = *state;
    struct sw_doc_site_owner doc;
    struct sw_err err = {0};

    CHECK(sw_doc_site_init(&doc, d->site, d->engine, NULL, true, &err) == SW_OK, "%s", err.msg);
    assert_null(doc.site.epoch);
    assert_true(doc.site.simulated);
    sw_doc_site_done(&doc);
    sw_doc_site_done(&doc); /* twice does no harm */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sensors_are_described_as_the_site_file_says),
        cmocka_unit_test(each_sensor_has_the_windows_of_its_rules),
        cmocka_unit_test(the_site_is_described_as_its_file_says),
        cmocka_unit_test(a_replay_has_no_epoch_and_says_that_it_is_simulated),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
