// SPDX-License-Identifier: Apache-2.0
/* Virtual days on which somebody is at the equipment: contacts, over restarts too, and water on a dust sensor. Times
 * are hand arithmetic. */
#include "device_site.h"

/* ---- contacts ---- */

static void a_contact_opens_a_matter_at_its_edge_and_ends_it_when_it_is_normal_again(void **state)
{
    static const struct {
        const char *why, *id, *family, *place;
        int normal, bad;
        bool is_matter;
    } rows[] = {
        {"a tamper loop that is cut", "north-tamper", "tamper", "north", 0, 1, true},
        {"a cabinet's door", "box-door", "door", "box-door", 0, 1, true},
        {"mains power that goes away", "box-power", "power", "box-power", 1, 0, true},
        {"a door that the site wants no tickets of", "gate-door", "door", "gate-door", 0, 1, false},
        {"a mist cannon is no alarm", "mist-1", "contact", "mist-1", 0, 1, false},
    };
    const int64_t t = at("2026-03-02T10:00:00+08:00");

    (void) state;
    as_usual();
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        struct virtual_site *v = virtual_new_from("device.yaml");
        const struct sw_ticket *got;

        set(v, rows[i].id, rows[i].normal, t);
        run(v, t, t + MIN_US, ALL);
        CHECK(virtual_count_tickets(v) == 0, "%s: a ticket while all is normal", rows[i].why);
        set(v, rows[i].id, rows[i].bad, t + MIN_US + 250 * SW_US_PER_MS);
        got = ticket_of(v, rows[i].family, rows[i].place);
        CHECK((got != NULL) == rows[i].is_matter, "%s", rows[i].why);
        if (got) {
            assert_int_equal(got->opened_us, t + MIN_US + 250 * SW_US_PER_MS);
            assert_int_equal(got->class_, SW_CLASS_B);
            assert_string_equal(got->assignee.unit, "仪表维护");
            assert_false(sw_engine_is_proven(v->engine, got->id));
            set(v, rows[i].id, rows[i].normal, t + 2 * MIN_US);
            run(v, t + 2 * MIN_US, t + 3 * MIN_US, ALL);
            assert_int_equal(got->measured_to_us, t + 2 * MIN_US + 10 * SW_US_PER_S);
            assert_int_equal(got->status, SW_STATUS_DISPATCHED);
            assert_true(sw_engine_is_proven(v->engine, got->id));
        }
        CHECK(virtual_count_tickets(v) == (got ? 1 : 0), "%s: %zu tickets", rows[i].why, virtual_count_tickets(v));
        virtual_free(v);
    }
}

/* 30 changes in 30 s: one ticket, which is over once. */
static void a_contact_that_bounces_is_one_cause(void **state)
{
    struct virtual_site *v = virtual_new_from("device.yaml");
    const int64_t t = at("2026-03-02T10:00:00+08:00");

    (void) state;
    as_usual();
    for (int i = 0; i < 30; i++)
        set(v, "north-tamper", i % 2, t + i * SW_US_PER_S);
    set(v, "north-tamper", 0, t + 30 * SW_US_PER_S);
    run(v, t + 30 * SW_US_PER_S, t + 2 * MIN_US, ALL);
    assert_int_equal(virtual_count_tickets(v), 1);
    assert_int_equal(count_verbs(v, SW_VERB_OPEN), 1);
    assert_int_equal(count_verbs(v, SW_VERB_RECOVER), 1);
    virtual_free(v);
}

/* Two loops of one cabinet: the matter is over when both are closed, also after a restart that finds one closed. */
static void two_contacts_of_one_place_are_one_matter_until_both_are_normal(void **state)
{
    struct virtual_site *v = virtual_new_from("device.yaml");
    const int64_t t = at("2026-03-02T10:00:00+08:00");
    const struct sw_ticket *got;
    struct sw_input_state tamper, lid;
    struct sw_ticket kept;
    struct sw_err err = {0};

    (void) state;
    as_usual();
    set(v, "north-tamper", 0, t);
    set(v, "north-lid", 0, t);
    run(v, t, t + MIN_US, ALL);
    set(v, "north-tamper", 1, t + MIN_US);
    set(v, "north-lid", 1, t + 2 * MIN_US);
    set(v, "north-lid", 0, t + 3 * MIN_US);
    run(v, t + 3 * MIN_US, t + 5 * MIN_US, ALL);
    got = ticket_of(v, "tamper", "north");
    assert_non_null(got);
    assert_int_equal(got->measured_to_us, INT64_MIN);
    assert_int_equal(virtual_count_tickets(v), 1);
    assert_true(sw_engine_input(v->engine, sensor(v, "north-tamper"), &tamper));
    assert_true(sw_engine_input(v->engine, sensor(v, "north-lid"), &lid));
    kept = *got;
    virtual_free(v);

    v = virtual_new_from("device.yaml");
    assert_int_equal(sw_desk_restore(sw_engine_desk(v->engine), &kept, &err), SW_OK);
    sw_engine_restore_input(v->engine, sensor(v, "north-tamper"), &tamper);
    sw_engine_restore_input(v->engine, sensor(v, "north-lid"), &lid);
    run(v, t + 6 * MIN_US, t + 8 * MIN_US, ALL);
    got = ticket_of(v, "tamper", "north");
    assert_non_null(got);
    assert_int_equal(got->measured_to_us, INT64_MIN);
    set(v, "north-tamper", 0, t + 8 * MIN_US);
    run(v, t + 8 * MIN_US, t + 9 * MIN_US, ALL);
    assert_int_equal(got->measured_to_us, t + 8 * MIN_US + 10 * SW_US_PER_S);
    virtual_free(v);
}

/* The pack's night begins at 22:00, and without a schedule nothing is permitted in it. */
static void at_night_it_is_serious_and_becomes_so_when_night_comes(void **state)
{
    struct virtual_site *v = virtual_new_from("device.yaml");
    const int64_t t = at("2026-03-02T21:50:00+08:00");
    const struct sw_ticket *got;

    (void) state;
    as_usual();
    run(v, t, t + MIN_US, ALL);
    set(v, "north-tamper", 1, t + MIN_US);
    got = ticket_of(v, "tamper", "north");
    assert_non_null(got);
    assert_int_equal(got->class_, SW_CLASS_B);
    run(v, t + MIN_US, t + 9 * MIN_US, ALL);
    assert_int_equal(got->class_, SW_CLASS_B);
    run(v, t + 9 * MIN_US, t + 12 * MIN_US, ALL);
    assert_int_equal(got->class_, SW_CLASS_A);
    assert_int_equal(got->respond_by_us, at("2026-03-02T22:05:00+08:00"));
    set(v, "box-door", 1, t + 12 * MIN_US);
    assert_int_equal(ticket_of(v, "door", "box-door")->class_, SW_CLASS_A);
    virtual_free(v);
}

/* ---- restart ---- */

/* Its edge is of tomorrow: the clock was ahead, and set right. The matter ends all the same. */
static void an_input_whose_edge_lies_ahead_ends_its_matter_all_the_same(void **state)
{
    struct virtual_site *v = virtual_new_from("device.yaml");
    const int64_t t = at("2026-03-02T10:00:00+08:00");
    const struct sw_input_state was = {0, 1, t + 1440 * MIN_US};
    const struct sw_ticket *got;

    (void) state;
    as_usual();
    set(v, "north-tamper", 1, t);
    got = ticket_of(v, "tamper", "north");
    assert_non_null(got);
    sw_engine_restore_input(v->engine, sensor(v, "north-tamper"), &was);
    run(v, t, t + MIN_US, ALL);
    assert_int_equal(got->measured_to_us, t + 10 * SW_US_PER_S);
    virtual_free(v);
}

static void an_input_comes_back_with_its_count_and_is_not_told_again(void **state)
{
    struct virtual_site *v = virtual_new_from("device.yaml");
    const int64_t t = at("2026-03-02T10:00:00+08:00");
    struct sw_input_state was, read;
    struct sw_err err = {0};
    struct sw_ticket kept;
    char text[SW_INPUT_STATE_MAX];
    size_t i = 0, len;
    const struct seen *s;

    (void) state;
    as_usual();
    set(v, "north-tamper", 1, t);
    set(v, "north-tamper", 0, t + 20 * SW_US_PER_S);
    set(v, "north-tamper", 1, t + 40 * SW_US_PER_S);
    assert_true(sw_engine_input(v->engine, sensor(v, "north-tamper"), &was));
    assert_int_equal(was.count, 2);
    kept = *ticket_of(v, "tamper", "north");
    len = sw_input_state_write(&was, text, sizeof(text));
    assert_true(len > 0);
    virtual_free(v);

    v = virtual_new_from("device.yaml");
    assert_int_equal(sw_input_state_read(text, len, &read, &err), SW_OK);
    assert_int_equal(read.active, 1);
    assert_int_equal(read.count, 2);
    assert_int_equal(read.edge_us, t + 40 * SW_US_PER_S);
    assert_int_equal(sw_desk_restore(sw_engine_desk(v->engine), &kept, &err), SW_OK);
    sw_engine_restore_input(v->engine, sensor(v, "north-tamper"), &read);
    set(v, "north-tamper", 1, t + 50 * SW_US_PER_S);
    run(v, t + 50 * SW_US_PER_S, t + 2 * MIN_US, ALL);
    assert_int_equal(count_verbs(v, SW_VERB_OPEN) + count_verbs(v, SW_VERB_RECOVER), 0);
    assert_null(virtual_find(v, SW_EFFECT_SENSOR_EVENT, -1, &i));
    set(v, "north-tamper", 0, t + 2 * MIN_US);
    set(v, "north-tamper", 1, t + 3 * MIN_US);
    for (i = 0; (s = virtual_find(v, SW_EFFECT_SENSOR_EVENT, -1, &i)) != NULL;)
        was.count = s->count;
    assert_int_equal(was.count, 3);
    assert_int_equal(sw_input_state_read("2 1 1", 5, &read, &err), SW_E_CORRUPT);
    assert_int_equal(sw_input_state_read("door", 4, &read, &err), SW_E_CORRUPT);
    virtual_free(v);
}

/* ---- water on the sensor ---- */

static void water_on_a_dust_sensor_raises_an_alert_and_its_windows_say_so(void **state)
{
    static const struct {
        const char *why;
        double rh, mast_rh, rain;
        bool want;
    } rows[] = {
        {"a cannon on the monitor", 80, 50, 0, true},
        {"rain", 80, 50, 1.5, false},
        {"the air of the whole site", 80, 68, 0, false},
        {"the cannon works for the dust, away from the monitor", 53, 50, 0, false},
    };
    const int64_t t = at("2026-03-02T10:00:00+08:00");

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        struct virtual_site *v = virtual_new_from("device.yaml");
        struct sw_live live;
        const struct seen *s;
        size_t at_seen = 0;
        int32_t spray_s = 0;

        as_usual();
        v->keep_windows = true;
        run(v, t, t + 20 * MIN_US, ALL);
        rh_now = rows[i].rh;
        mast_rh_now = rows[i].mast_rh;
        rain_now = rows[i].rain;
        dust_now = 40;
        run(v, t + 20 * MIN_US, t + 25 * MIN_US, ALL);
        s = virtual_find(v, SW_EFFECT_ALERT, -1, &at_seen);
        CHECK((s != NULL) == rows[i].want, "%s", rows[i].why);
        assert_true(sw_engine_live(v->engine, sensor(v, "north-pm10"), &live));
        assert_int_equal(live.quality, rows[i].want ? SW_QUALITY_UNCERTAIN : SW_QUALITY_GOOD);
        as_usual();
        run(v, t + 25 * MIN_US, t + 35 * MIN_US, ALL);
        for (size_t k = 0; k < v->n; k++)
            if (v->seen[k].kind == SW_EFFECT_WINDOW && v->seen[k].window.sensor == sensor(v, "north-pm10") &&
                strcmp(v->seen[k].window.period, "1m") == 0) {
                const struct sw_window_result *w = &v->seen[k].window;

                spray_s += w->spray_s;
                if (w->spray_s > 15)
                    assert_int_equal(w->quality, SW_QUALITY_UNCERTAIN);
            }
        if (s) {
            assert_int_equal(s->alert.code, SW_ALERT_SPRAY);
            assert_true(s->alert.is_active);
            assert_string_equal(s->alert.subject, "sensor/north-pm10");
            assert_int_equal(s->alert.since_us, t + 20 * MIN_US);
            s = virtual_find(v, SW_EFFECT_ALERT, -1, &at_seen);
            assert_non_null(s);
            assert_false(s->alert.is_active);
            CHECK(spray_s >= 240 && spray_s <= 360, "%s: %d s", rows[i].why, spray_s);
        } else {
            assert_int_equal(spray_s, 0);
        }
        virtual_free(v);
    }
}

/* The readings again, quietly, as after a restart: the suspicion stands, its end is told, its beginning is not. */
static void a_suspicion_survives_a_restart(void **state)
{
    struct virtual_site *v = virtual_new_from("device.yaml");
    const int64_t t = at("2026-03-02T10:00:00+08:00");
    struct sw_alert alert;
    const struct seen *s;
    size_t i = 0;

    (void) state;
    as_usual();
    sw_engine_set_quiet(v->engine, true);
    run(v, t, t + 20 * MIN_US, ALL);
    rh_now = 85;
    dust_now = 30;
    run(v, t + 20 * MIN_US, t + 25 * MIN_US, ALL);
    sw_engine_set_quiet(v->engine, false);
    assert_true(sw_engine_alert(v->engine, sensor(v, "north-pm10"), &alert));
    assert_true(alert.is_active);
    assert_int_equal(alert.since_us, t + 20 * MIN_US);
    assert_false(sw_engine_alert(v->engine, sensor(v, "north-noise"), &alert));
    run(v, t + 25 * MIN_US, t + 27 * MIN_US, ALL);
    assert_null(virtual_find(v, SW_EFFECT_ALERT, -1, &i));
    as_usual();
    run(v, t + 27 * MIN_US, t + 30 * MIN_US, ALL);
    i = 0;
    s = virtual_find(v, SW_EFFECT_ALERT, -1, &i);
    assert_non_null(s);
    assert_false(s->alert.is_active);
    CHECK(sw_engine_lead_us(v->engine) >= 2 * 60 * MIN_US, "readings of two holds are needed");
    virtual_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_contact_opens_a_matter_at_its_edge_and_ends_it_when_it_is_normal_again),
        cmocka_unit_test(a_contact_that_bounces_is_one_cause),
        cmocka_unit_test(two_contacts_of_one_place_are_one_matter_until_both_are_normal),
        cmocka_unit_test(at_night_it_is_serious_and_becomes_so_when_night_comes),
        cmocka_unit_test(an_input_whose_edge_lies_ahead_ends_its_matter_all_the_same),
        cmocka_unit_test(an_input_comes_back_with_its_count_and_is_not_told_again),
        cmocka_unit_test(a_suspicion_survives_a_restart),
        cmocka_unit_test(water_on_a_dust_sensor_raises_an_alert_and_its_windows_say_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
