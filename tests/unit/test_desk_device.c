// SPDX-License-Identifier: Apache-2.0
/* Matters of the equipment at the desk: opened, joined, over, reopened; their class, owner and deadlines; what an
 * output does for a forecast. Deadlines are hand arithmetic. */
#include "tests/unit/desk_base.h"

#define T1000 1772416800000000LL /* 2026-03-02T10:00:00+08:00 */

static struct sw_pack pack = {.id = "p",
                              .version = "1",
                              .n_rules = 1,
                              .rules = {{.id = "dust",
                                         .full_id = "p/dust",
                                         .family = "always",
                                         .quantity = SW_QUANTITY_PM10,
                                         .statistic = SW_STAT_MEAN,
                                         .limit = 10000,
                                         .resolution = 100}}};
static struct sw_desk_sensor sensors[] = {
    {"north-pm10", "north", SW_CATEGORY_DUST, SW_QUANTITY_PM10},
    {"north-noise", "north", SW_CATEGORY_NOISE, SW_QUANTITY_LAEQ},
    {"north-tamper", "north", SW_CATEGORY_DEVICE, SW_QUANTITY_TAMPER},
    {"box-power", "box", SW_CATEGORY_DEVICE, SW_QUANTITY_POWER},
};
static const struct sw_responsibility table[] = {
    {.category = SW_CATEGORY_DEVICE, .who = {.unit = "instruments"}},
    {.category = -1, .who = {.unit = "builder"}, .is_lead = true},
};
static const struct sw_work scheduled = {SW_WORK_SCHEDULED, 1}, prohibited = {SW_WORK_PROHIBITED_NIGHT, 0};

static int open_desk(void **state)
{
    const struct sw_desk_params p = desk_params(sensors, SW_ARRAY_SIZE(sensors), table, SW_ARRAY_SIZE(table));

    (void) state;
    return open_desk_with(&p);
}

static struct sw_desk_device matter(const char *family, const struct sw_work *work)
{
    const bool is_power = strcmp(family, SW_FAMILY_POWER) == 0;

    return (struct sw_desk_device){.family = family,
                                   .place = is_power ? "box" : "north",
                                   .is_sitewide = is_power,
                                   .sensor = is_power ? 3 : 2,
                                   .since_us = T1000 - 5 * S,
                                   .period = "day",
                                   .work = *work};
}

static void tell(const char *family, const struct sw_work *work, bool is_active, int64_t now_us)
{
    const struct sw_desk_device m = matter(family, work);

    out.n_tickets = out.n_events = 0;
    assert_true(sw_desk_device(desk, &m, is_active, now_us, &out));
}

static void dust(enum sw_finding_kind kind, int64_t now_us)
{
    const struct sw_finding f = {.kind = kind,
                                 .sensor = 0,
                                 .pack = &pack,
                                 .rule = &pack.rules[0],
                                 .at_us = now_us,
                                 .value = 12000,
                                 .worst = 12000,
                                 .max = SW_NO_VALUE,
                                 .from_us = now_us,
                                 .quality = SW_QUALITY_GOOD,
                                 .forecast = {.crosses_at_us = now_us + 10 * MIN, .probability = 0.8, .budget_s = 600},
                                 .period = ""};

    sw_desk_finding(desk, &f, &scheduled, now_us, &out);
}

static void command(enum sw_verb verb, enum sw_role role, bool is_proven, int64_t now_us)
{
    struct sw_ticket_command c = {.verb = verb,
                                  .by = {"x:1", role, SW_DOOR_MQTT},
                                  .measure = "repaired",
                                  .text = "closed the lid",
                                  .reason = "r",
                                  .resolve_by_us = INT64_MIN,
                                  .until_us = INT64_MIN};
    struct sw_err err = {0};
    const struct sw_ticket *t = sw_desk_ticket(desk, 0);

    memcpy(c.ticket, t->id, sizeof(c.ticket));
    c.revision = t->revision;
    CHECK(sw_desk_command(desk, &c, is_proven, now_us, &out, &err) == SW_OK, "%s: %s", sw_verb_name(verb), err.msg);
}

static void an_open_lid_is_a_ticket_of_the_equipment(void **state)
{
    const struct sw_ticket *t;
    char title[128];

    (void) state;
    tell(SW_FAMILY_TAMPER, &scheduled, true, T1000);
    t = sw_desk_ticket(desk, 0);
    assert_non_null(t);
    assert_string_equal(t->matter_key, "pd-0042:device:tamper:north");
    assert_int_equal(t->origin, SW_ORIGIN_DEVICE);
    assert_int_equal(t->category, SW_CATEGORY_DEVICE);
    assert_int_equal(t->class_, SW_CLASS_B);
    assert_int_equal(t->stage, SW_STAGE_NONE);
    assert_string_equal(t->sensor, "north-tamper");
    assert_string_equal(t->assignee.unit, "instruments");
    assert_int_equal(t->measured_from_us, T1000 - 5 * S);
    assert_int_equal(t->measured_to_us, INT64_MIN);
    assert_int_equal(t->worst, SW_NO_VALUE);
    assert_int_equal(t->respond_by_us, T1000 + HOUR);
    assert_int_equal(t->resolve_by_us, T1000 + 120 * HOUR);
    sw_ticket_title(t, "en", title, sizeof title);
    assert_string_equal(title, "Monitoring equipment: tamper alarm");
    sw_ticket_title(t, "zh-CN", title, sizeof title);
    assert_string_equal(title, "监测设备防拆报警");
    assert_int_equal(out.n_events, 1);
    assert_int_equal(out.events[0].verb, SW_VERB_OPEN);
}

static void the_same_told_again_changes_nothing(void **state)
{
    uint32_t revision;

    (void) state;
    tell(SW_FAMILY_TAMPER, &scheduled, false, T1000); /* never was: nothing to end */
    assert_null(sw_desk_ticket(desk, 0));
    tell(SW_FAMILY_TAMPER, &scheduled, true, T1000);
    revision = sw_desk_ticket(desk, 0)->revision;
    tell(SW_FAMILY_TAMPER, &scheduled, true, T1000 + MIN);
    assert_int_equal(sw_desk_ticket(desk, 0)->revision, revision);
    assert_int_equal(out.n_tickets + out.n_events, 0);
    tell(SW_FAMILY_TAMPER, &scheduled, false, T1000 + 2 * MIN);
    assert_int_equal(sw_desk_ticket(desk, 0)->measured_to_us, T1000 + 2 * MIN);
    assert_int_equal(out.n_events, 1);
    assert_int_equal(out.events[0].verb, SW_VERB_RECOVER);
    tell(SW_FAMILY_TAMPER, &scheduled, false, T1000 + 3 * MIN);
    assert_int_equal(out.n_events, 0);
    tell(SW_FAMILY_TAMPER, &scheduled, true, T1000 + 4 * MIN); /* open still: it joins */
    assert_int_equal(sw_desk_ticket(desk, 0)->measured_to_us, INT64_MIN);
    assert_int_equal(sw_desk_ticket(desk, 0)->reopens, 0);
    assert_null(sw_desk_ticket(desk, 1));
}

static void class_is_a_while_nobody_may_work_or_a_limit_is_at_stake_there(void **state)
{
    (void) state;
    tell(SW_FAMILY_DOOR, &scheduled, true, T1000);
    assert_int_equal(sw_desk_ticket(desk, 0)->class_, SW_CLASS_B);
    const struct sw_desk_device m = matter(SW_FAMILY_DOOR, &prohibited);
    out.n_tickets = 0;
    sw_desk_device_class(desk, &m, T1000 + 10 * MIN, &out);
    assert_int_equal(sw_desk_ticket(desk, 0)->class_, SW_CLASS_A);
    assert_int_equal(sw_desk_ticket(desk, 0)->respond_by_us, T1000 + 15 * MIN);
    assert_int_equal(sw_desk_ticket(desk, 0)->dispatch_by_us, T1000 + 40 * MIN);
    sw_desk_device_class(desk, &m, T1000 + 20 * MIN, &out);
    assert_int_equal(sw_desk_ticket(desk, 0)->respond_by_us, T1000 + 15 * MIN); /* once */
    tell(SW_FAMILY_DOOR, &scheduled, false, T1000 + 30 * MIN);
    assert_int_equal(sw_desk_ticket(desk, 0)->class_, SW_CLASS_A); /* never falls */
}

static void a_matter_of_dust_at_the_place_makes_it_serious(void **state)
{
    static const struct {
        const char *why, *family, *place;
        enum sw_class want;
    } rows[] = {
        {"at the same place", SW_FAMILY_TAMPER, "north", SW_CLASS_A},
        {"at another", SW_FAMILY_TAMPER, "south", SW_CLASS_B},
        {"mains power concerns all places", SW_FAMILY_POWER, "box", SW_CLASS_A},
    };

    (void) state;
    dust(SW_FINDING_EXCEED, T1000);
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        struct sw_desk_device m = matter(rows[i].family, &scheduled);

        m.place = rows[i].place;
        assert_true(sw_desk_device(desk, &m, true, T1000, &out));
        CHECK(sw_desk_ticket(desk, i + 1)->class_ == rows[i].want, "%s", rows[i].why);
    }
}

static void it_is_resolved_when_it_is_well_and_reopens_when_it_comes_again(void **state)
{
    struct sw_err err = {0};
    struct sw_ticket_command c = {.verb = SW_VERB_RESOLVE,
                                  .by = {"party:w", SW_ROLE_PARTY, SW_DOOR_MQTT},
                                  .measure = "m",
                                  .text = "t",
                                  .resolve_by_us = INT64_MIN,
                                  .until_us = INT64_MIN};
    const struct sw_ticket *t;

    (void) state;
    tell(SW_FAMILY_TAMPER, &scheduled, true, T1000);
    t = sw_desk_ticket(desk, 0);
    command(SW_VERB_ACCEPT, SW_ROLE_PARTY, false, T1000 + MIN);
    memcpy(c.ticket, t->id, sizeof c.ticket);
    c.revision = t->revision;
    assert_int_equal(sw_desk_command(desk, &c, false, T1000 + 2 * MIN, &out, &err), SW_E_NODATA);
    CHECK(strstr(err.msg, "input is normal"), "%s", err.msg);
    tell(SW_FAMILY_TAMPER, &scheduled, false, T1000 + 3 * MIN);
    command(SW_VERB_RESOLVE, SW_ROLE_PARTY, true, T1000 + 4 * MIN);
    tell(SW_FAMILY_TAMPER, &scheduled, true, T1000 + 5 * MIN);
    assert_int_equal(t->status, SW_STATUS_OPEN);
    assert_int_equal(t->reopens, 1);
    tell(SW_FAMILY_TAMPER, &scheduled, false, T1000 + 6 * MIN);
    command(SW_VERB_ACCEPT, SW_ROLE_PARTY, false, T1000 + 7 * MIN);
    command(SW_VERB_RESOLVE, SW_ROLE_PARTY, true, T1000 + 7 * MIN);
    command(SW_VERB_CLOSE, SW_ROLE_OFFICER, true, T1000 + 8 * MIN);
    tell(SW_FAMILY_TAMPER, &scheduled, true, T1000 + 9 * MIN); /* closed a minute ago: the same one */
    assert_int_equal(t->reopens, 2);
    assert_null(sw_desk_ticket(desk, 1));
}

static void what_people_withdrew_stays_so_until_a_new_cause(void **state)
{
    (void) state;
    tell(SW_FAMILY_TAMPER, &scheduled, true, T1000);
    command(SW_VERB_WITHDRAW, SW_ROLE_OFFICER, false, T1000 + MIN);
    tell(SW_FAMILY_TAMPER, &scheduled, true, T1000 + 2 * MIN); /* as after a restart */
    assert_null(sw_desk_ticket(desk, 1));
    tell(SW_FAMILY_TAMPER, &scheduled, false, T1000 + 3 * MIN);
    assert_int_equal(sw_desk_ticket(desk, 0)->status, SW_STATUS_WITHDRAWN);
    assert_int_equal(out.n_events, 0);
    tell(SW_FAMILY_TAMPER, &scheduled, true, T1000 + 4 * MIN);
    assert_non_null(sw_desk_ticket(desk, 1));
    assert_string_equal(sw_desk_ticket(desk, 1)->previous, sw_desk_ticket(desk, 0)->id);
}

static void an_output_makes_a_forecast_one_that_was_acted_upon(void **state)
{
    static const struct {
        const char *why;
        int category;
        bool before; /* the level fell before the output */
        int want;
    } rows[] = {
        {"nothing happened", -2, false, 0},
        {"the mist went on", SW_CATEGORY_DUST, false, 1},
        {"the warning light went on", -1, false, 1},
        {"something against noise went on", SW_CATEGORY_NOISE, false, 0},
        {"the mist went on when it was over", SW_CATEGORY_DUST, true, 0},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        const struct sw_ticket *t;

        close_desk(NULL);
        assert_int_equal(open_desk(NULL), 0);
        dust(SW_FINDING_FORECAST, T1000);
        if (rows[i].before)
            dust(SW_FINDING_CLEARED, T1000 + MIN);
        out.n_tickets = out.n_events = 0;
        if (rows[i].category >= -1)
            sw_desk_output(desk, "mist-1", rows[i].category, T1000 + 2 * MIN, &out);
        CHECK(out.n_events == (size_t) rows[i].want, "%s: %zu events", rows[i].why, out.n_events);
        if (rows[i].want)
            assert_string_equal(out.events[0].note, "output mist-1 on");
        dust(SW_FINDING_CLEARED, T1000 + 3 * MIN);
        t = sw_desk_ticket(desk, 0);
        assert_int_equal(t->status, SW_STATUS_AVERTED);
        CHECK(t->averted_acted == rows[i].want, "%s: acted %d", rows[i].why, t->averted_acted);
    }
}

/* A ticket comes back from the store as it is; what is told again finds it. */
static void after_a_restart_the_matter_finds_its_ticket(void **state)
{
    struct sw_ticket copy;
    struct sw_err err = {0};

    (void) state;
    tell(SW_FAMILY_SILENT, &scheduled, true, T1000);
    copy = *sw_desk_ticket(desk, 0);
    close_desk(NULL);
    assert_int_equal(open_desk(NULL), 0);
    assert_int_equal(sw_desk_restore(desk, &copy, &err), SW_OK);
    tell(SW_FAMILY_SILENT, &scheduled, true, T1000 + MIN);
    assert_int_equal(out.n_tickets, 0);
    tell(SW_FAMILY_SILENT, &scheduled, false, T1000 + 2 * MIN);
    assert_int_equal(out.n_events, 1);
    assert_int_equal(out.events[0].verb, SW_VERB_RECOVER);
}

static void without_room_it_is_told_later(void **state)
{
    const struct sw_desk_device m = matter(SW_FAMILY_TAMPER, &scheduled);

    (void) state;
    out.n_events = SW_DESK_CHANGES_MAX - 1;
    assert_false(sw_desk_device(desk, &m, true, T1000, &out));
    assert_null(sw_desk_ticket(desk, 0));
    out.n_events = 0;
    assert_true(sw_desk_device(desk, &m, true, T1000, &out));
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_open_lid_is_a_ticket_of_the_equipment),
        T(the_same_told_again_changes_nothing),
        T(class_is_a_while_nobody_may_work_or_a_limit_is_at_stake_there),
        T(a_matter_of_dust_at_the_place_makes_it_serious),
        T(it_is_resolved_when_it_is_well_and_reopens_when_it_comes_again),
        T(what_people_withdrew_stays_so_until_a_new_cause),
        T(an_output_makes_a_forecast_one_that_was_acted_upon),
        T(after_a_restart_the_matter_finds_its_ticket),
        T(without_room_it_is_told_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
