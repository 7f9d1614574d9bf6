// SPDX-License-Identifier: Apache-2.0
/* Packs of limits and hotline packs: every field arrives, every fault is told, and the figures that are shipped are
 * those of their sources. */
#include "config_help.h"

#include "config/read.h"

#define REPOSITORY SW_TEST_DATA "/../../"

static const char good[] = "id: p\n"
                           "version: \"2026.1\"\n"
                           "title: {en: A pack, zh-CN: 标准}\n"
                           "periods:\n"
                           "  work: {from: \"07:00\", to: \"19:30\", days: [mon, tue, sun]}\n"
                           "  late: {from: \"22:00\", to: \"06:00\", night: true}\n"
                           "capture_min: 0.8\n"
                           "forecast: {horizon: 5m, threshold: 0.5, confirm: 20s, clear: 8m, budget_max: 30m}\n"
                           "rules:\n"
                           "  leq: {kind: noise, statistic: leq, window: 15m, mode: aligned, period: late, limit: 55.5,"
                           " unit: dBA, resolution: 1, recover: {below: 2.5, for: 4m}, continuation: 90s, family: f,"
                           " source: a text, sure: confirmed}\n"
                           "  pm: {kind: dust, quantity: PM10, statistic: mean, window: 1h, limit: 150, unit: ug/m3,"
                           " source: b, sure: unverified}\n"
                           "  peak: {kind: noise, statistic: max, period: work, limit: 70, unit: dBA, source: c,"
                           " sure: secondary}\n";

static void every_field_of_a_pack_arrives(void **state)
{
    struct sw_faults faults = {0};
    static struct sw_pack p;
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_pack_read_text("x/p.yaml", good, strlen(good), &faults, &p, &err) == SW_OK, "%s", err.msg);
    assert_string_equal(p.id, "p");
    assert_string_equal(p.version, "2026.1");
    assert_string_equal(p.title_en, "A pack");
    assert_string_equal(p.title_zh, "标准");
    assert_int_equal(p.n_periods, 2);
    assert_string_equal(p.periods[0].id, "work");
    assert_true(p.periods[0].from_min == 420 && p.periods[0].to_min == 1170 && !p.periods[0].is_night);
    assert_int_equal(p.periods[0].days, 0x43); /* Monday, Tuesday, Sunday */
    assert_true(p.periods[1].is_night && p.periods[1].days == 0x7f /* no period speaks of holidays */);
    assert_true(p.capture_min == 0.8 && p.forecast_threshold == 0.5);
    assert_true(p.horizon_s == 300 && p.confirm_s == 20 && p.clear_s == 480 && p.budget_max_s == 1800);
    assert_int_equal(p.n_rules, 3);
    const struct sw_rule *r = &p.rules[0];
    assert_string_equal(r->id, "leq");
    assert_string_equal(r->full_id, "p/leq");
    assert_string_equal(r->family, "f");
    assert_true(r->kind == SW_KIND_NOISE && r->quantity == SW_QUANTITY_NONE && r->statistic == SW_STAT_LEQ);
    assert_true(!r->sliding && r->window_s == 900 && r->period == 1 && r->limit == 5550 && r->resolution == 100);
    assert_true(r->recover_below == 250 && r->recover_for_s == 240 && r->continuation_s == 90);
    assert_string_equal(r->source, "a text");
    assert_int_equal(r->sure, SW_SURE_CONFIRMED);
    r = &p.rules[1];
    assert_true(r->kind == SW_KIND_DUST && r->quantity == SW_QUANTITY_PM10 && r->statistic == SW_STAT_MEAN);
    assert_true(r->sliding && r->period == -1 && r->limit == 15000 && r->resolution == 100);
    assert_true(r->recover_below == 100 && r->recover_for_s == 300);
    r = &p.rules[2];
    assert_true(!r->sliding && r->window_s == 0 && r->resolution == 10 && r->period == 0);
    CHECK(faults.n_warnings == 1 && has_warning(&faults, "'pm'|150.00 ug/m3|unverified"), "%zu warnings",
          faults.n_warnings);
    sw_faults_done(&faults);
}

static void a_faulty_pack_names_every_fault(void **state)
{
    static const struct {
        const char *why, *from, *to;
        struct want want[WANTS_MAX];
    } cases[] = {
        {"id is not the file's name", "id: p\n", "id: q\n", {{1, 5, "'q'|named 'p'"}}},
        {"no limit, and a wrong word",
         "limit: 150, unit: ug/m3, source: b, sure: unverified",
         "unit: ug/m3, source: b, sure: sure",
         {{11, 3, "'pm' lacks the key 'limit'"}, {11, 95, "confirmed, secondary"}}},
        {"three decimals", "limit: 55.5", "limit: 55.555", {{10, 87, "two decimals"}}},
        {"unit of another kind", "unit: ug/m3", "unit: dBA", {{11, 83, "mg/m3 for dust"}}},
        {"dust without quantity", "quantity: PM10, ", "", {{11, 3, "'pm' lacks the key 'quantity'"}}},
        {"quantity of another kind", "quantity: PM10", "quantity: rain", {{11, 30, "rain is not dust"}}},
        {"levels have no arithmetic mean", "statistic: leq", "statistic: mean", {{10, 33, "must be leq"}}},
        {"dust has no energy mean", "statistic: mean", "statistic: leq", {{11, 47, "must be mean, max or min"}}},
        {"no window", "window: 1h, ", "", {{11, 3, "'pm' lacks the key 'window'"}}},
        {"a max rule of a whole period",
         "statistic: max",
         "statistic: max, window: period",
         {{12, 47, "judges every reading"}}},
        {"a maximum cannot slide: asked of the folder that knows",
         "statistic: max",
         "statistic: max, window: 1m, mode: sliding",
         {{12, 3, "only leq and mean slide"}}},
        {"the whole of no period", "window: 1h", "window: period", {{11, 61, "needs the key 'period'"}}},
        {"unknown period", "period: late", "period: lat", {{10, 74, "unknown period 'lat'|did you mean 'late'?"}}},
        {"hour 25", "\"19:30\"", "\"25:30\"", {{5, 29, "time of day"}}},
        {"weekday", "[mon, tue, sun]", "[mon, tues]", {{5, 50, "did you mean 'tue'?"}}},
        {"no option of that name", "limit: 55.5", "limit: {by: aera}", {{10, 92, "unknown option 'aera'"}}},
        {"corrections",
         "capture_min: 0.8",
         "corrections: [[3, 3.0], [x, 2], 4]",
         {{7, 26, "whole number"}, {7, 33, "[difference, minus]"}}},
        {"unknown day with names declared",
         "[mon, tue, sun]",
         "[mon, holidy]",
         {{5, 50, "unknown day 'holidy'|did you mean 'holiday'?"}}},
        {"periods that overlap: asked of the folder that knows", "\"19:30\"", "\"23:00\"", {{5, 3, "overlap"}}},
        {"a period's id is too long",
         "  work:",
         "  a-very-long-period-id:",
         {{5, 3, "at most 15"}, {12, 47, "unknown period 'work'"}}},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const char *at = strstr(good, cases[i].from);
        struct sw_faults faults = {0};
        static struct sw_pack p;
        struct sw_err err = {0};
        char text[2048];

        CHECK(at != NULL, "%s: '%s' is not in the pack", cases[i].why, cases[i].from);
        (void) snprintf(text, sizeof(text), "%.*s%s%s", (int) (at - good), good, cases[i].to,
                        at + strlen(cases[i].from));
        assert_int_equal(sw_pack_read_text("x/p.yaml", text, strlen(text), &faults, &p, &err), SW_E_INVAL);
        check_faults(cases[i].why, &faults, cases[i].want);
        sw_faults_done(&faults);
    }
}

/* Day 06–22: 70 dB(A); night 22–06: 55 dB(A), LAFmax at most 15 over it; LAeq of 20 minutes. */
static void the_pack_of_gb_12523_2025_has_the_figures_of_its_sources(void **state)
{
    static const struct {
        const char *id;
        enum sw_statistic statistic;
        int32_t window_s, limit, recover_below, recover_for_s;
        const char *period;
    } want[] = {{"leq-day", SW_STAT_LEQ, 1200, 7000, 100, 300, "day"},
                {"leq-night", SW_STAT_LEQ, 1200, 5500, 100, 300, "night"},
                {"max-night", SW_STAT_MAX, 0, 7000, 0, 1200, "night"}};
    struct sw_faults faults = {0};
    static struct sw_pack p;
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_pack_read(REPOSITORY "rules/packs/cn-gb12523-2025.yaml", &faults, &p, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(p.n_periods, 2);
    assert_true(p.periods[0].from_min == 360 && p.periods[0].to_min == 1320 && !p.periods[0].is_night);
    assert_true(p.periods[1].from_min == 1320 && p.periods[1].to_min == 360 && p.periods[1].is_night);
    assert_int_equal(p.n_rules, SW_ARRAY_SIZE(want));
    for (size_t i = 0; i < p.n_rules; i++) {
        const struct sw_rule *r = &p.rules[i];

        CHECK(strcmp(r->id, want[i].id) == 0, "rule %zu is %s", i, r->id);
        CHECK(r->statistic == want[i].statistic && r->window_s == want[i].window_s && r->limit == want[i].limit,
              "%s: %d s, %d", r->id, (int) r->window_s, (int) r->limit);
        CHECK(strcmp(p.periods[r->period].id, want[i].period) == 0, "%s: period", r->id);
        CHECK(r->recover_below == want[i].recover_below && r->recover_for_s == want[i].recover_for_s, "%s: recovery",
              r->id);
        CHECK(r->continuation_s == 0 && r->resolution == 10 && r->kind == SW_KIND_NOISE, "%s", r->id);
        CHECK(r->sure == SW_SURE_SECONDARY && r->source[0] != '\0', "%s: its text was not read", r->id);
    }
    assert_int_equal(strlen(p.sha256), 64);
    sw_faults_done(&faults);
}

static void the_hotline_pack_has_the_figures_of_its_sources(void **state)
{
    struct sw_faults faults = {0};
    struct sw_hotline h = {0};
    struct sw_err err = {0};
    char sha256[65];

    (void) state;
    CHECK(sw_hotline_read(REPOSITORY "tickets/packs/hotline-cn-12345.yaml", &faults, &h, sha256, &err) == SW_OK, "%s",
          err.msg);
    const struct sw_class_limits *a = &h.limits[SW_CLASS_A], *b = &h.limits[SW_CLASS_B], *c = &h.limits[SW_CLASS_C];
    assert_true(a->respond_s == 5 * 60 && a->dispatch_s == 30 * 60 && a->resolve.s == 24 * 3600 &&
                a->resolve.workdays == 0);
    assert_true(b->respond_s == 3600 && b->dispatch_s == 0 && b->resolve.s == 0 && b->resolve.workdays == 5);
    assert_true(c->respond_s == 0 && c->dispatch_s == 0 && c->resolve.s == 0 && c->resolve.workdays == 0);
    assert_true(c->is_reviewed && !a->is_reviewed && !b->is_reviewed);
    assert_true(h.enquiry.workdays == 3 && h.remind.percent == 20 && h.remind.s == 0);
    assert_true(h.class_a_over_by == 1000 && h.class_a_dust_percent == 200 && h.reopen_within_s == 86400);
    sw_faults_done(&faults);
}

static void a_faulty_hotline_pack_names_every_fault(void **state)
{
    static const char text[] = "id: other\n"
                               "version: 1\n"
                               "classes:\n"
                               "  A: {respond: 5, dispatch: 90d}\n"
                               "  D: {}\n"
                               "class_a: {over_by: ten, dust_percent: 100}\n"
                               "reopen_in: 24h\n";
    static const struct want want[WANTS_MAX] = {{1, 1, "'source' is missing"}, {1, 5, "'other'|named 'h'"},
                                                {4, 16, "needs a unit"},       {4, 29, "0s to 60d"},
                                                {5, 3, "unknown key 'D'"},     {6, 20, "number|ten"},
                                                {6, 39, "101 to 10000"},       {7, 1, "did you mean 'reopen_within'?"}};
    struct sw_faults faults = {0};
    struct sw_hotline h = {0};
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_hotline_read_text("h.yaml", text, strlen(text), &faults, &h, &err), SW_E_INVAL);
    check_faults("all at once", &faults, want);
    sw_faults_done(&faults);
}

static void limits_are_plain_time_or_working_days(void **state)
{
    static const struct {
        const char *key, *text;
        int32_t s, workdays, percent; /* all -1 = refused */
        const char *word;
    } cases[] = {
        {"resolve", "24h", 86400, 0, 0, NULL},
        {"resolve", "90s", 90, 0, 0, NULL},
        {"resolve", "60d", 60 * 86400, 0, 0, NULL},
        {"resolve", "5wd", 0, 5, 0, NULL},
        {"resolve", "250wd", 0, 250, 0, NULL},
        {"resolve", "0wd", 0, 0, 0, NULL}, /* none */
        {"enquiry", "3wd", 0, 3, 0, NULL},
        {"enquiry", "2d", 2 * 86400, 0, 0, NULL},
        {"remind", "20%", 0, 0, 20, NULL},
        {"remind", "0%", 0, 0, 0, NULL},
        {"remind", "90%", 0, 0, 90, NULL},
        {"remind", "30m", 1800, 0, 0, NULL},
        {"resolve", "61d", -1, -1, -1, "at most 60d"},
        {"resolve", "251wd", -1, -1, -1, "at most 250wd"},
        {"resolve", "5", -1, -1, -1, "5wd"},
        {"resolve", "5 wd", -1, -1, -1, "5wd"},
        {"resolve", "-5wd", -1, -1, -1, "5wd"},
        {"resolve", "wd", -1, -1, -1, "5wd"},
        {"resolve", "5wdx", -1, -1, -1, "5wd"},
        {"resolve", "99999999999999999999wd", -1, -1, -1, "5wd"},
        {"enquiry", "20%", -1, -1, -1, "5wd|working days"},
        {"remind", "91%", -1, -1, -1, "90%"},
        {"remind", "1wd", -1, -1, -1, "share of the time"},
        {"remind", "20", -1, -1, -1, "share of the time"},
        {"remind", "2%%", -1, -1, -1, "share of the time"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_faults faults = {0};
        struct sw_hotline h = {0};
        struct sw_err err = {0};
        char text[256], resolve[64] = "", extra[64] = "";
        const bool is_resolve = strcmp(cases[i].key, "resolve") == 0;
        const struct want want[WANTS_MAX] = {
            {is_resolve ? 4 : 5, is_resolve ? 24 : (unsigned) strlen(cases[i].key) + 3, cases[i].word}};

        snprintf(is_resolve ? resolve : extra, 64, is_resolve ? "%s: %s" : "%s: %s\n", cases[i].key, cases[i].text);
        snprintf(text, sizeof text, "id: h\nversion: 1\nsource: s\nclasses: {C: {%s}}\n%s", resolve, extra);
        const int rc = sw_hotline_read_text("h.yaml", text, strlen(text), &faults, &h, &err);
        const struct sw_time_limit *l = is_resolve ? &h.limits[SW_CLASS_C].resolve : &h.enquiry;

        CHECK((rc == SW_OK) == (cases[i].s >= 0), "%s %s: %d %s", cases[i].key, cases[i].text, rc, err.msg);
        if (rc == SW_OK && strcmp(cases[i].key, "remind") == 0)
            CHECK(h.remind.s == cases[i].s && h.remind.percent == cases[i].percent, "remind %s", cases[i].text);
        else if (rc == SW_OK)
            CHECK(l->s == cases[i].s && l->workdays == cases[i].workdays, "%s %s", cases[i].key, cases[i].text);
        else
            check_faults(cases[i].text, &faults, want);
        sw_faults_done(&faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_plain_time_or_working_days),
        cmocka_unit_test(every_field_of_a_pack_arrives),
        cmocka_unit_test(a_faulty_pack_names_every_fault),
        cmocka_unit_test(the_pack_of_gb_12523_2025_has_the_figures_of_its_sources),
        cmocka_unit_test(the_hotline_pack_has_the_figures_of_its_sources),
        cmocka_unit_test(a_faulty_hotline_pack_names_every_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
