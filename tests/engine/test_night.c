// SPDX-License-Identifier: Apache-2.0
/* Virtual nights at a building site: what the engine says, and when. The instants follow from arithmetic in the
 * comments, not from the engine. Limits: cn-gb12523-2025, night 55 dB from 22:00, sliding LAeq of 20 minutes. */
#include "virtual.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/ticket_state.h"

static double minutes_between(int64_t from_us, int64_t to_us)
{
    return (double) (to_us - from_us) / 60e6;
}

static void a_site_at_63_db_from_2140_gets_its_ticket_before_the_night_limit_begins(void **state)
{
    struct virtual_site *v = virtual_new();
    const struct seen *warned, *crossed;
    size_t i = 0;

    (void) state;
    virtual_levels(v, NORTH, at("2026-03-02T21:00:00+08:00"), at("2026-03-02T21:40:00+08:00"), 45.0);
    virtual_levels(v, NORTH, at("2026-03-02T21:40:00+08:00"), at("2026-03-02T22:20:00+08:00"), 63.0);

    warned = virtual_find(v, SW_EFFECT_TICKET, SW_STAGE_FORECAST, &i);
    CHECK(warned, "no preventive ticket");
    CHECK(warned->origin == SW_ORIGIN_PREVENTIVE, "origin %d", warned->origin);
    CHECK(warned->ts_us < at("2026-03-02T22:00:00+08:00"), "warned only at 22:00 or later");
    crossed = virtual_find(v, SW_EFFECT_TICKET, SW_STAGE_EXCEEDED, &i);
    CHECK(crossed, "it never became an exceedance");
    assert_string_equal(crossed->ticket, warned->ticket);
    /* From 22:00 the window is empty: 63 dB fills 55.05 dB over 1200 s in 1200 × 10^((55.05 − 63) / 10) = 192.4 s;
     * the reading that crosses starts at 22:03:12. */
    CHECK(llabs(crossed->ts_us - at("2026-03-02T22:03:12+08:00")) <= SW_US_PER_S, "crossed %.2f min after 22:00",
          minutes_between(at("2026-03-02T22:00:00+08:00"), crossed->ts_us));
    assert_int_equal(virtual_count_tickets(v), 1);
    virtual_free(v);
}

static void one_night_is_one_ticket_from_warning_to_recovery(void **state)
{
    struct virtual_site *v = virtual_new();
    const struct seen *last = NULL, *t;
    size_t i = 0;

    (void) state;
    virtual_levels(v, NORTH, at("2026-03-02T22:00:00+08:00"), at("2026-03-02T23:00:00+08:00"), 45.0);
    virtual_levels(v, NORTH, at("2026-03-02T23:00:00+08:00"), at("2026-03-03T00:00:00+08:00"), 60.0);
    virtual_levels(v, NORTH, at("2026-03-03T00:00:00+08:00"), at("2026-03-03T01:00:00+08:00"), 45.0);
    while ((t = virtual_find(v, SW_EFFECT_TICKET, -1, &i)))
        last = t;
    CHECK(last, "no ticket at all");
    assert_int_equal(virtual_count_tickets(v), 1);
    assert_int_equal(last->stage, SW_STAGE_RECOVERED);
    /* After midnight the window holds k seconds of 45 and 1200 − k of 60 dB: it falls below 54 dB (recovery margin)
     * when 1200 − k < 1200 × (10^5.405 − 10^4.5) / (10^6 − 10^4.5), i.e. after some 15.5 min, and 5 min later it is
     * over: between 00:19 and 00:23. */
    CHECK(last->ts_us > at("2026-03-03T00:19:00+08:00") && last->ts_us < at("2026-03-03T00:23:00+08:00"),
          "recovered %.2f min after midnight", minutes_between(at("2026-03-03T00:00:00+08:00"), last->ts_us));
    virtual_free(v);
}

static void no_data_resolves_nothing(void **state)
{
    struct virtual_site *v = virtual_new();
    size_t i = 0;
    const struct seen *s;
    bool nodata = false;

    (void) state;
    virtual_levels(v, NORTH, at("2026-03-02T22:30:00+08:00"), at("2026-03-02T23:30:00+08:00"), 62.0);
    for (int64_t t = at("2026-03-02T23:30:00+08:00"); t < at("2026-03-03T02:30:00+08:00"); t += SW_US_PER_S)
        virtual_reading(v, SOUTH, SW_QUANTITY_LAF, t, 40.0);
    while ((s = virtual_find(v, SW_EFFECT_STATE, -1, &i)))
        nodata |= s->sensor == NORTH && s->state == SW_STATE_NODATA;
    assert_true(nodata);
    for (i = 0; (s = virtual_find(v, SW_EFFECT_TICKET, -1, &i));)
        CHECK(s->stage != SW_STAGE_RECOVERED, "silence was taken for quiet");
    virtual_free(v);
}

static void a_quiet_day_opens_no_ticket(void **state)
{
    struct virtual_site *v = virtual_new();

    (void) state;
    virtual_levels(v, NORTH, at("2026-03-02T06:00:00+08:00"), at("2026-03-02T21:30:00+08:00"), 50.0);
    assert_int_equal(virtual_count_tickets(v), 0);
    virtual_free(v);
}

static void a_broken_sensor_is_neither_quiet_nor_loud(void **state)
{
    struct virtual_site *v = virtual_new();
    struct sw_summary sum;

    (void) state;
    virtual_levels(v, NORTH, at("2026-03-02T22:30:00+08:00"), at("2026-03-02T22:40:00+08:00"), 45.0);
    for (int64_t t = at("2026-03-02T22:40:00+08:00"); t < at("2026-03-02T22:50:00+08:00"); t += SW_US_PER_S) {
        virtual_reading(v, NORTH, SW_QUANTITY_LAEQ, t, NAN);
        virtual_reading(v, SOUTH, SW_QUANTITY_LAF, t, 40.0);
    }
    assert_int_equal(virtual_count_tickets(v), 0);
    sw_engine_summary(v->engine, &sum);
    assert_int_equal(sum.lamp, 2); /* nodata */
    virtual_free(v);
}

/* Everything that was seen, compared field by field where it matters. */
static void assert_same(const struct virtual_site *a, const struct virtual_site *b)
{
    CHECK(a->n == b->n, "%zu and %zu effects", a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        const struct seen *x = &a->seen[i], *y = &b->seen[i];

        CHECK(x->kind == y->kind && x->ts_us == y->ts_us && x->state == y->state && x->stage == y->stage &&
                  x->revision == y->revision && strcmp(x->ticket, y->ticket) == 0,
              "effect %zu differs", i);
    }
}

static void restless_night(struct virtual_site *v)
{
    uint32_t seed = 12345;

    for (int64_t t = at("2026-03-02T21:30:00+08:00"); t < at("2026-03-02T23:30:00+08:00"); t += SW_US_PER_S) {
        seed = seed * 1664525u + 1013904223u;
        virtual_reading(v, NORTH, SW_QUANTITY_LAEQ, t, 40.0 + (double) (seed >> 8) / (1 << 24) * 25.0);
        if (seed >> 28 != 3)
            virtual_reading(v, SOUTH, SW_QUANTITY_LAF, t, 50.0 + (double) (seed & 1023) / 100.0);
        virtual_reading(v, DUST, SW_QUANTITY_PM10, t, (double) (seed & 255));
    }
}

static void how_much_room_the_caller_offers_changes_nothing(void **state)
{
    struct virtual_site *small = virtual_new(), *large = virtual_new();

    (void) state;
    large->cap = 4096;
    restless_night(small);
    restless_night(large);
    CHECK(small->n > 10, "the night was too quiet to compare: %zu effects", small->n);
    assert_same(small, large);
    virtual_free(small);
    virtual_free(large);
}

/* Take tickets and rule states from one engine to another, as the store does. */
static void carry_over(struct virtual_site *from, struct virtual_site *to)
{
    char buf[SW_TICKET_STATE_MAX];
    struct sw_err err = {0};

    for (size_t slot = 0; slot < sw_desk_capacity(sw_engine_desk(from->engine)); slot++) {
        const struct sw_ticket *t = sw_desk_ticket(sw_engine_desk(from->engine), slot);
        struct sw_ticket copy;
        size_t len = t ? sw_ticket_state_write(t, buf, sizeof(buf)) : 0;

        if (!t)
            continue;
        CHECK(sw_ticket_state_read(buf, len, &copy, &err) == SW_OK, "%s", err.msg);
        CHECK(sw_desk_restore(sw_engine_desk(to->engine), &copy, &err) == SW_OK, "%s", err.msg);
    }
    for (size_t s = 0; s < from->site->n_sensors; s++) {
        struct sw_judge *a = sw_engine_judge(from->engine, s), *b = sw_engine_judge(to->engine, s);

        for (size_t k = 0; a && k < sw_judge_n_rules(a); k++) {
            struct sw_rule_state r;
            size_t len = sw_rule_state_write(sw_judge_rule(a, k), buf, sizeof(buf));

            CHECK(sw_rule_state_read(buf, len, &r, &err) == SW_OK, "%s", err.msg);
            sw_judge_restore_rule(b, k, &r);
        }
    }
}

static void a_restart_in_the_middle_of_an_exceedance_keeps_the_ticket_and_its_windows(void **state)
{
    struct virtual_site *whole = virtual_new(), *first = virtual_new(), *second = virtual_new();
    int64_t start = at("2026-03-02T22:30:00+08:00"), cut = at("2026-03-02T23:20:00+08:00"),
            end = at("2026-03-03T00:20:00+08:00");
    const struct sw_ticket *a, *b;

    (void) state;
    virtual_levels(whole, NORTH, start, cut, 60.0);
    virtual_levels(whole, NORTH, cut, end, 44.0);

    virtual_levels(first, NORTH, start, cut, 60.0);
    assert_int_equal(virtual_count_tickets(first), 1);
    sw_engine_set_quiet(second->engine, true);
    virtual_levels(second, NORTH, start, cut, 60.0); /* the stored readings */
    assert_int_equal(virtual_count_tickets(second), 0);
    sw_engine_set_quiet(second->engine, false);
    carry_over(first, second);
    virtual_levels(second, NORTH, cut, end, 44.0);

    assert_int_equal(virtual_count_tickets(whole), 1);
    assert_int_equal(virtual_count_tickets(second), 1);
    a = sw_desk_ticket(sw_engine_desk(whole->engine), 0);
    b = sw_desk_ticket(sw_engine_desk(second->engine), 0);
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->number, b->number);
    CHECK(a->stage == b->stage && a->measured_to_us == b->measured_to_us && a->worst == b->worst &&
              a->revision == b->revision,
          "stage %d/%d worst %d/%d revision %u/%u", a->stage, b->stage, a->worst, b->worst, a->revision, b->revision);
    virtual_free(whole);
    virtual_free(first);
    virtual_free(second);
}

static void a_camera_input_speaks_only_when_it_changes(void **state)
{
    struct virtual_site *v = virtual_new();
    int64_t t = at("2026-03-02T22:30:00+08:00");
    static const double levels[] = {0, 0, 1, 1, 1, 0, 1};
    size_t n = 0, i = 0;

    (void) state;
    for (size_t k = 0; k < SW_ARRAY_SIZE(levels); k++)
        virtual_reading(v, CAMERA, SW_QUANTITY_CAMERA, t + (int64_t) k * SW_US_PER_S, levels[k]);
    while (virtual_find(v, SW_EFFECT_SENSOR_EVENT, -1, &i))
        n++;
    assert_int_equal(n, 4); /* first 0, 1, 0, 1 */
    virtual_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_site_at_63_db_from_2140_gets_its_ticket_before_the_night_limit_begins),
        cmocka_unit_test(one_night_is_one_ticket_from_warning_to_recovery),
        cmocka_unit_test(no_data_resolves_nothing),
        cmocka_unit_test(a_quiet_day_opens_no_ticket),
        cmocka_unit_test(a_broken_sensor_is_neither_quiet_nor_loud),
        cmocka_unit_test(how_much_room_the_caller_offers_changes_nothing),
        cmocka_unit_test(a_restart_in_the_middle_of_an_exceedance_keeps_the_ticket_and_its_windows),
        cmocka_unit_test(a_camera_input_speaks_only_when_it_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
