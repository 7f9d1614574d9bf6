// SPDX-License-Identifier: Apache-2.0
/* After sw_engine_new the engine asks for no memory: every allocation of the program's own code is counted here. The
 * site has all that a reading may touch: levels, maxima, dust, weather, inputs, packs of two standards. */
#include "virtual.h"

#include <stdlib.h>
#include <string.h>

static size_t n_allocated;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *__wrap_malloc(size_t size)
{
    n_allocated++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    n_allocated++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    n_allocated++;
    return __real_realloc(p, size);
}

static void with_everything(struct sw_site *site)
{
    site->packs[0].has_weather = true;
    site->packs[0].wind_below = 500;
    site->packs[0].rain_hold_s = 300;
    site->sensors[DUST].fog_rh = 9000;
    site->sensors[NORTH].flatline_us = 600 * SW_US_PER_S;
    site->suppression.sensor = MIST;
    site->sensors[COUNTY].is_reference = true;
    site->sensors[COUNTY].max_age_us = 4200 * SW_US_PER_S;
    site->machine = CAMERA;
    memcpy(site->sensors[DUST].zone, "gate", sizeof("gate")); /* humidity beside the dust: water is looked for */
    memcpy(site->sensors[RH].zone, "gate", sizeof("gate"));
}

static size_t feed(struct virtual_site *v, struct sw_effect *fx, uint16_t sensor, enum sw_quantity q, int64_t t_us,
                   double value)
{
    const struct sw_input in = {
        .kind = SW_INPUT_READING,
        .t_us = t_us,
        .reading = {.t_utc_us = t_us, .value = value, .sensor = sensor, .quantity = (uint8_t) q, .flag = 'N'}};
    bool more = true;
    size_t n = 0;

    for (const struct sw_input *next = &in; more; next = NULL)
        n += sw_engine_step(v->engine, next, fx, SW_EFFECTS_MIN, &more);
    return n;
}

/* From 20:30 through the change of limits into a loud night: forecasts, tickets, windows, states, work. */
static void three_hours_of_readings_allocate_nothing(void **state)
{
    static struct sw_effect fx[SW_EFFECTS_MIN];
    struct virtual_site *v = virtual_new_with(with_everything);
    int64_t from = at("2026-03-02T20:30:00+08:00");
    size_t before = n_allocated, n = 0;

    (void) state;
    assert_true(before > 0); /* the counting works: making the site was counted */
    for (int64_t k = 0; k < 3 * 3600; k++) {
        int64_t t = from + k * SW_US_PER_S;

        n += feed(v, fx, NORTH, SW_QUANTITY_LAEQ, t, k < 5400 ? 50.0 + (double) (k % 7) : 62.0 + (double) (k % 5));
        n += feed(v, fx, NORTH, SW_QUANTITY_LAFMAX, t, 66.0);
        n += feed(v, fx, SOUTH, SW_QUANTITY_LAF, t, 45.0);
        n += feed(v, fx, DUST, SW_QUANTITY_PM10, t, 70.0 + (double) (k % 3));
        n += feed(v, fx, WIND, SW_QUANTITY_WIND_SPEED, t, (double) (k % 600) / 100.0);
        n += feed(v, fx, RAIN, SW_QUANTITY_RAIN, t, k % 3000 < 60);
        n += feed(v, fx, RH, SW_QUANTITY_RH, t, k % 2000 < 60 ? 95.0 : 60.0);
        n += feed(v, fx, MIST, SW_QUANTITY_POWER, t, k % 900 < 100);
        n += feed(v, fx, CAMERA, SW_QUANTITY_CAMERA, t, k % 1000 == 0);
        n += feed(v, fx, COUNTY, SW_QUANTITY_PM10, t, 60.0);
    }
    CHECK(n_allocated == before, "%zu allocations", n_allocated - before);
    assert_true(virtual_count_tickets(v) > 0);
    assert_true(n > 1000);
    virtual_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(three_hours_of_readings_allocate_nothing)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
