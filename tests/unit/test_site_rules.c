// SPDX-License-Identifier: Apache-2.0
/* What rules need of a site besides its sensors: days and stages, inputs, references, backgrounds, schedule files, what
 * a template says of belief, and the site's own figures. */
#include "site_fixture.h"

#include "common/reading.h"
#include "common/timefmt.h"

static int32_t day_of(int year, int month, int day)
{
    return (int32_t) sw_days_from_civil(year, month, day);
}

static void days_and_stages_arrive_in_order(void **state)
{
    struct outcome o = read_site("site:\n"
                                 "  id: s1\n"
                                 "  area: \"310115\"\n"
                                 "  timezone: Asia/Shanghai\n"
                                 "  holidays: cn\n"
                                 "  days:\n"
                                 "    exam: {dates: [2026-06-08, 2026-06-07], no_night_work: true}\n"
                                 "    fair: [2026-10-01]\n"
                                 "  stages:\n"
                                 "    - {stage: structure, from: 2026-03-01, to: 2026-12-31}\n"
                                 "    - {stage: earthwork, from: 2026-01-05, to: 2026-02-28}\n");
    const struct sw_special_day *exam = NULL, *both = NULL, *work = NULL;
    const struct sw_site *s = o.site;

    (void) state;
    check_faults("days", &o.faults, (const struct want[]){{0}});
    assert_string_equal(s->days.calendar, "cn");
    assert_int_equal(s->days.known_to, day_of(2027, 12, 31));
    assert_true(s->days.n_names == 2 && strcmp(s->days.name[1], "fair") == 0);
    assert_int_equal(s->ban_days, 1);
    for (size_t i = 0; i < s->days.n; i++) {
        const struct sw_special_day *d = &s->days.day[i];

        assert_true(i == 0 || d->day > s->days.day[i - 1].day);
        exam = d->day == day_of(2026, 6, 7) ? d : exam;
        both = d->day == day_of(2026, 10, 1) ? d : both;
        work = d->day == day_of(2026, 10, 10) ? d : work;
    }
    assert_true(exam != NULL && exam->named == 1 && !exam->is_holiday);
    assert_true(both != NULL && both->named == 2 && both->is_holiday);
    assert_true(work != NULL && work->is_workday && !work->is_holiday);
    assert_int_equal(s->stages.n, 2);
    assert_string_equal(s->stages.span[0].stage, "earthwork");
    assert_true(s->stages.span[0].from_day == day_of(2026, 1, 5) && s->stages.span[0].to_day == day_of(2026, 2, 28));
    assert_true(s->stages.span[1].from_day == day_of(2026, 3, 1) && s->stages.span[1].to_day == day_of(2026, 12, 31));
    done(&o);
}

static void inputs_backgrounds_references_and_schedule_arrive(void **state)
{
    char want[200];
    struct outcome o;

    (void) state;
    write_file(folder, "plan.json", "{}\n");
    o = read_site(SITE LEAD "sensors:\n"
                            "  n: {quantity: LAeq, background: {level: 48.3, date: 2026-03-01, place: north gate}}\n"
                            "  city: {quantity: PM10, source: reference, max_age: 90m}\n"
                            "  other: {quantity: PM2.5, source: reference}\n"
                            "  spray: {quantity: power}\n"
                            "  pile: {quantity: power}\n"
                            "suppression: {input: spray, hold: 10m}\n"
                            "machine: pile\n"
                            "schedule: {files: [plan.json, /nowhere/a.ics], day_ahead: 48h}\n");
    const struct sw_site *s = o.site;
    check_faults("inputs", &o.faults, (const struct want[]){{0}});
    assert_int_equal(sensor(s, "n")->background, 4830);
    assert_string_equal(sensor(s, "n")->background_date, "2026-03-01");
    assert_string_equal(sensor(s, "n")->background_place, "north gate");
    assert_true(sensor(s, "n")->valid_min == SW_NO_VALUE && sensor(s, "n")->fog_rh == SW_NO_VALUE);
    assert_true(!sensor(s, "n")->is_reference && sensor(s, "n")->max_age_us == 0);
    assert_true(sensor(s, "city")->is_reference && sensor(s, "city")->max_age_us == 5400 * SW_US_PER_S);
    assert_true(sensor(s, "city")->place == SW_PLACE_REFERENCE && sensor(s, "city")->background == SW_NO_VALUE);
    assert_int_equal(sensor(s, "other")->max_age_us, 7200 * SW_US_PER_S);
    assert_string_equal(s->sensors[s->suppression.sensor].id, "spray");
    assert_int_equal(s->suppression.hold_us, 600 * SW_US_PER_S);
    assert_string_equal(s->sensors[s->machine].id, "pile");
    assert_int_equal(s->day_ahead_s, 172800);
    assert_int_equal(s->n_schedule_files, 2);
    (void) snprintf(want, sizeof(want), "%s/plan.json", folder);
    assert_string_equal(s->schedule_files[0], want);
    assert_string_equal(s->schedule_files[1], "/nowhere/a.ics");
    assert_true(has_warning(&o.faults, "/nowhere/a.ics cannot be read") && !has_warning(&o.faults, "plan.json"));
    done(&o);
    o = read_site(SITE LEAD);
    assert_true(o.site->machine == -1 && o.site->suppression.sensor == -1 && o.site->n_schedule_files == 0);
    assert_true(o.site->day_ahead_s == 86400 && o.site->days.calendar[0] == '\0');
    done(&o);
}

static void what_a_template_says_of_belief_reaches_the_sensor(void **state)
{
    struct outcome o;

    (void) state;
    write_file(folder, "templates/dusty.yaml",
               "version: 1\nid: dusty\nsource: s\ninterval: 1s\nserial: {baud: 9600}\n"
               "channels: {p: {flatline: 10m, fog_above: 95, values: [{quantity: PM10, function: input, register: 0, "
               "type: u16, valid: [0, 999.5]}]}, q: {values: [{quantity: TSP, function: input, register: 1, type: "
               "u16}]}}\n");
    o = read_site(SITE LEAD "buses: {b: {kind: tcp, host: h}}\n"
                            "devices: {d: {template: dusty, bus: b, address: 1}}\n");
    check_faults("belief", &o.faults, (const struct want[]){{0}});
    assert_true(sensor(o.site, "d-p")->valid_min == 0 && sensor(o.site, "d-p")->valid_max == 99950);
    assert_true(sensor(o.site, "d-p")->flatline_us == 600 * SW_US_PER_S && sensor(o.site, "d-p")->fog_rh == 9500);
    assert_true(sensor(o.site, "d-q")->valid_min == SW_NO_VALUE && sensor(o.site, "d-q")->valid_max == SW_NO_VALUE);
    assert_true(sensor(o.site, "d-q")->flatline_us == 0 && sensor(o.site, "d-q")->fog_rh == SW_NO_VALUE);
    done(&o);
}

static void a_site_may_put_its_own_figure_in_a_pack_with_a_reason(void **state)
{
    struct outcome o = read_site("site: {id: s1, area: \"310115\", timezone: Asia/Shanghai, packs: [{id: "
                                 "cn-gb12523-2025, override: {leq-night: {limit: 50.0, reason: order 12}}}]}\n" LEAD);
    const struct sw_pack *p = &o.site->packs[0];

    (void) state;
    check_faults("override", &o.faults, (const struct want[]){{0}});
    for (size_t i = 0; i < p->n_rules; i++) {
        const bool is_changed = strcmp(p->rules[i].id, "leq-night") == 0;

        assert_string_equal(p->rules[i].reason, is_changed ? "order 12" : "");
        assert_true(!is_changed || p->rules[i].limit == 5000);
    }
    assert_true(has_warning(&o.faults, "leq-night|50.00 dBA|55.00|order 12"));
    done(&o);
}

static void what_a_pack_asks_of_the_site_and_does_not_find_is_told(void **state)
{
    struct outcome o;

    (void) state;
    write_file(
        folder, "packs/p.yaml",
        "id: p\nversion: \"1\"\ntitle: {en: P}\n"
        "periods: {rest: {from: \"06:00\", to: \"22:00\", days: [sun, holiday]}}\n"
        "rules:\n"
        "  a: {kind: noise, statistic: leq, window: 1h, period: rest, stages: [earthwork], limit: 60, unit: dBA, "
        "source: s, sure: confirmed}\n"
        "  b: {kind: dust, quantity: PM10, statistic: mean, window: 1h, limit: 50, unit: ug/m3, source: s, sure: "
        "confirmed, reference: {mode: difference}}\n");
    o = read_site("site: {id: s1, area: gb-cmd, timezone: Europe/London, packs: [p]}\n" LEAD);
    check_faults("asks", &o.faults, (const struct want[]){{0}});
    assert_true(has_warning(&o.faults, "pack 'p'|no 'stages'"));
    assert_true(has_warning(&o.faults, "pack 'p'|no calendar"));
    assert_true(has_warning(&o.faults, "PM10|source: reference"));
    done(&o);
    o = read_site(
        "site: {id: s1, area: gb-cmd, timezone: Europe/London, packs: [p], holidays: gb-eng, stages: [{stage: "
        "earthwork, from: 2026-01-01, to: 2026-01-02}]}\nsensors: {r: {quantity: PM10, source: reference}}\n" LEAD);
    check_faults("is told", &o.faults, (const struct want[]){{0}});
    assert_int_equal(o.faults.n_warnings, 0);
    done(&o);
}

/* A slip in a word that a pack asks for must not quietly switch a limit off. */
static void words_that_no_pack_asks_for_are_told(void **state)
{
    static const char pack[] =
        "id: p\nversion: \"1\"\ntitle: {en: P}\nday_names: [exam]\n"
        "periods: {rest: {from: \"06:00\", to: \"22:00\", days: [exam]}}\n"
        "rules:\n"
        "  a: {kind: noise, statistic: leq, window: 1h, period: rest, stages: [earthwork], limit: 60, unit: dBA, "
        "source: s, sure: confirmed}\n";
    static const char head[] = "site:\n  id: s1\n  area: gb-cmd\n  timezone: Europe/London\n  packs: [p]\n";
    static const struct {
        const char *why, *lines, *warning;
    } cases[] = {
        {"as asked", "  days: {exam: [2026-06-07]}\n  stages: [{stage: earthwork, from: 2026-01-01, to: 2026-02-01}]\n",
         NULL},
        {"a slip in a stage", "  stages: [{stage: earthwrok, from: 2026-01-01, to: 2026-02-01}]\n",
         "no limit speaks of the stage 'earthwrok'|did you mean 'earthwork'"},
        {"a slip in a day",
         "  days: {exams: [2026-06-07]}\n  stages: [{stage: earthwork, from: 2026-01-01, to: 2026-02-01}]\n",
         "no pack speaks of days named 'exams'|did you mean 'exam'"},
        {"a ban needs no pack",
         "  days: {fair: {dates: [2026-06-07], no_night_work: true}}\n"
         "  stages: [{stage: earthwork, from: 2026-01-01, to: 2026-02-01}]\n",
         NULL},
    };

    (void) state;
    write_file(folder, "packs/p.yaml", pack);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        char file[1000];
        struct outcome o;

        (void) snprintf(file, sizeof(file), "%s%ssensors: {n: {quantity: LAeq}}\n" LEAD, head, cases[i].lines);
        o = read_site(file);
        check_faults(cases[i].why, &o.faults, (const struct want[]){{0}});
        CHECK(o.faults.n_warnings == (cases[i].warning != NULL) &&
                  (cases[i].warning == NULL || has_warning(&o.faults, cases[i].warning)),
              "%s: %zu warnings", cases[i].why, o.faults.n_warnings);
        done(&o);
    }
    struct outcome o =
        read_site("site: {id: s1, area: gb-cmd, timezone: Europe/London, packs: [{id: de-avv, options: "
                  "{area: mixed}}]}\n"
                  "sensors: {n: {quantity: LAeq, background: {level: 48.3, date: 2026-03-01, place: x}}}\n" LEAD);
    check_faults("a background for nothing", &o.faults, (const struct want[]){{0}});
    assert_true(has_warning(&o.faults, "no limit takes off a background|'n'"));
    done(&o);
}

static void names_that_mean_something_else_and_files_named_twice_are_refused(void **state)
{
    struct outcome o = read_site("site: {id: s1, area: gb-cmd, timezone: Europe/London, packs: [cn-gb12523-2025],\n"
                                 "  days: {mon: [2026-06-07],\n"
                                 "         holiday: [2026-06-07]}}\n" LEAD "schedule: {files: [a.ics,\n"
                                 "  a.ics]}\n");

    (void) state;
    check_faults(
        "taken", &o.faults,
        (const struct want[]){
            {2, 10, "'mon' means other days"}, {3, 10, "'holiday'|by 'holidays'"}, {6, 3, "'files' names|twice"}, {0}});
    done(&o);
}

#define SIMULATED "site: {id: s1, area: \"310115\", timezone: Asia/Shanghai, simulated: true}\n"

static void a_simulated_site_speaks_to_this_machine_only(void **state)
{
    struct outcome o = read_site(SIMULATED "platform: {url: \"mqtt://127.0.0.1:1883\"}\n");

    (void) state;
    check_faults("this machine", &o.faults, (const struct want[]){{0}});
    assert_true(o.site->is_simulated);
    done(&o);
    o = read_site(SIMULATED "platform: {url: \"mqtts://city.example\"}\nmirrors: {m: {url: \"mqtt://127.0.0.1\", "
                            "proxy: \"http://p:3128\"}}\n");
    check_faults("elsewhere", &o.faults,
                 (const struct want[]){
                     {2, 17, "this site is simulated|on this machine"}, {3, 20, "this site is simulated"}, {0}});
    done(&o);
    o = read_site("site: {id: s1, area: \"310115\", timezone: Asia/Shanghai}\n");
    assert_false(o.site->is_simulated);
    done(&o);
}

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(days_and_stages_arrive_in_order),
        SITE_TEST(inputs_backgrounds_references_and_schedule_arrive),
        SITE_TEST(what_a_template_says_of_belief_reaches_the_sensor),
        SITE_TEST(a_site_may_put_its_own_figure_in_a_pack_with_a_reason),
        SITE_TEST(what_a_pack_asks_of_the_site_and_does_not_find_is_told),
        SITE_TEST(words_that_no_pack_asks_for_are_told),
        SITE_TEST(names_that_mean_something_else_and_files_named_twice_are_refused),
        SITE_TEST(a_simulated_site_speaks_to_this_machine_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
