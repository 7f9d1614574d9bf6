// SPDX-License-Identifier: Apache-2.0
/* The whole language of packs: every key arrives in its field, in the program's own units; options choose figures,
 * rules and periods; what a site writes about a pack is checked like the pack itself. */
#include "config_help.h"

#include "common/reading.h"
#include "config/read.h"
#include "config/tree.h"

#define HEAD "id: p\nversion: \"1\"\ntitle: {en: P}\n"
#define NOISE "kind: noise, statistic: leq, window: 15m, unit: dBA, source: s, sure: confirmed"
#define DUST "kind: dust, quantity: PM10, statistic: mean, window: 1h, mode: aligned, source: s, sure: confirmed"

static struct sw_pack pack;

/* Reads a pack with what a site says of it: "options: {…}\noverride: {…}", or NULL = the pack by itself. */
static int read_pack(const char *text, const char *site, struct sw_faults *faults, struct sw_err *err)
{
    struct sw_tree *tree = sw_tree_new();
    struct sw_node *root = NULL;
    struct sw_array overrides = {0};
    struct sw_pack_choice choice = {.overrides = &overrides};
    struct {
        struct sw_array overrides;
    } entry = {{0}};
    const struct sw_row rows[] = {
        {"options", SW_ROW_NODE},
        {"override", SW_ROW_MAP_BY_ID, .size = sizeof(struct sw_array), .of = sw_pack_override_rows,
         .of_size = sizeof(struct sw_pack_override)},
        {0},
    };

    memset(&pack, 0, sizeof(pack));
    if (site != NULL) {
        assert_int_equal(sw_tree_read_text(tree, "site.yaml", site, strlen(site), faults, &root, err), SW_OK);
        assert_int_equal(sw_schema_read(tree, rows, root, &entry, faults, err), SW_OK);
        overrides = entry.overrides;
        choice.at = root;
        choice.options = sw_node_get(root, "options");
    }
    const int rc =
        sw_pack_read_text_for("x/p.yaml", text, strlen(text), site != NULL ? &choice : NULL, faults, &pack, err);
    sw_tree_free(tree);
    return rc;
}

static void good(const char *text, const char *site)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    const int rc = read_pack(text, site, &faults, &err);

    if (rc != SW_OK)
        sw_faults_print(&faults, stderr);
    CHECK(rc == SW_OK, "%s", err.msg);
    sw_faults_done(&faults);
}

static const struct sw_rule *rule(const char *id)
{
    for (size_t i = 0; i < pack.n_rules; i++)
        if (strcmp(pack.rules[i].id, id) == 0)
            return &pack.rules[i];
    return NULL;
}

static void every_key_of_the_language_arrives(void **state)
{
    (void) state;
    good(HEAD "day_names: [exam, fair]\n"
              "periods:\n"
              "  day: {from: \"07:00\", to: \"19:00\", days: [mon, holiday]}\n"
              "  quiet: {from: \"07:00\", to: \"19:00\", days: [fair]}\n"
              "  night: {from: \"22:00\", to: \"06:00\"}\n"
              "gap_max: 2m\n"
              "weather: {wind_below: 5.5, rain_hold: 10m}\n"
              "corrections: [[3, 3.0], {difference: 4, minus: 2}, [6, 1]]\n"
              "notice_before: 48h\n"
              "detect: {background: 7.5, idle: 2, days_min: 5}\n"
              "rules:\n"
              "  a: {" NOISE ", mode: aligned, anchor: period_start, period: day, limit: 60, adjust: -3.5, stages: "
              "[earthwork, fit-out], allowed: 2, consecutive: 3, background: table,"
              " deductions: [{run_time: 2h30m, minus: 10}, {run_time: 8h, minus: 5}]}\n"
              "  t: {kind: noise, statistic: laftm5, window: period, period: night, limit: 50, unit: dBA, background: "
              "exact, source: s, sure: confirmed}\n"
              "  d: {" DUST ", limit: 0.125, unit: mg/m3, resolution: 0.01, recover: {below: 0.02}, reference: {mode: "
              "difference, factor: 1.3, cap: 0.15}}\n"
              "  r: {" DUST ", limit: 1.3, unit: \"1\", reference: {mode: ratio, quantity: PM2.5}}\n"
              "  l: {kind: noise, statistic: l90, window: 5m, limit: 45, unit: dBA, source: s, sure: confirmed}\n",
         NULL);
    assert_true(pack.n_day_names == 2 && strcmp(pack.day_name[1], "fair") == 0);
    assert_int_equal(pack.n_periods, 3);
    assert_int_equal(pack.periods[0].days, 1 << 0 | SW_DAY_HOLIDAY);
    assert_int_equal(pack.periods[1].days, SW_DAY_NAMED(1));
    assert_int_equal(pack.periods[2].days, 0x7f | SW_DAY_HOLIDAY | SW_DAY_NAMED(1)); /* on all that are spoken of */
    assert_int_equal(pack.gap_max_s, 120);
    assert_true(pack.has_weather && pack.wind_below == 550 && pack.rain_hold_s == 600);
    assert_int_equal(pack.n_corrections, 3);
    assert_true(pack.corrections[1].difference_db == 4 && pack.corrections[1].minus == 200);
    assert_int_equal(pack.notice_before_s, 172800);
    assert_true(pack.detect_background == 750 && pack.detect_idle == 200 && pack.detect_days_min == 5);
    const struct sw_rule *r = rule("a");
    assert_true(!r->sliding && r->anchor == SW_ANCHOR_PERIOD_START && r->limit == 6000 && r->adjust == -350);
    assert_true(r->n_stages == 2 && strcmp(r->stages[1], "fit-out") == 0);
    assert_true(r->allowed == 2 && r->consecutive == 3 && r->background == SW_BACKGROUND_TABLE);
    assert_true(r->n_deductions == 2 && r->deductions[0].run_max_s == 9000 && r->deductions[0].minus == 1000 &&
                r->deductions[1].run_max_s == 28800 && r->deductions[1].minus == 500);
    r = rule("t");
    assert_true(r->statistic == SW_STAT_LAFTM5 && !r->sliding && r->window_s == 0 &&
                r->background == SW_BACKGROUND_EXACT);
    r = rule("d"); /* in ug/m3 */
    assert_true(r->limit == 12500 && r->resolution == 1000 && r->recover_below == 2000);
    assert_true(r->reference == SW_REFERENCE_DIFFERENCE && r->reference_factor == 1.3 && r->reference_cap == 15000 &&
                r->reference_quantity == SW_QUANTITY_PM10);
    r = rule("r");
    assert_true(r->reference == SW_REFERENCE_RATIO && r->limit == 130 && r->resolution == 1 && r->recover_below == 0);
    assert_true(r->reference_quantity == SW_QUANTITY_PM2_5 && r->reference_cap == SW_NO_VALUE &&
                r->reference_factor == 1.0);
    assert_true(!rule("l")->sliding && rule("l")->statistic == SW_STAT_L90); /* what cannot slide is aligned */
}

static void absent_keys_have_the_documented_defaults(void **state)
{
    (void) state;
    good(HEAD "rules: {a: {" NOISE ", limit: 60}}\n", NULL);
    const struct sw_rule *r = rule("a");

    assert_true(r->sliding && r->anchor == SW_ANCHOR_MIDNIGHT && r->consecutive == 1 && r->allowed == 0);
    assert_true(r->reference == SW_REFERENCE_NONE && r->reference_factor == 1.0 && r->reference_cap == SW_NO_VALUE);
    assert_true(r->adjust == 0 && r->n_stages == 0 && r->background == SW_BACKGROUND_NONE && r->reason[0] == '\0');
    assert_true(!pack.has_weather && pack.gap_max_s == 0 && pack.n_corrections == 0);
    assert_true(pack.notice_before_s == 86400 && pack.detect_background == 600 && pack.detect_idle == 300 &&
                pack.detect_days_min == 3);
}

static const char with_options[] = HEAD
    "options:\n"
    "  area: {type: choice, values: [residential, mixed, industry], default: mixed, help: {en: which, zh-CN: 区}}\n"
    "  rbl: {type: number, unit: dBA, min: 20, max: 70, help: {en: background level}}\n"
    "periods:\n"
    "  day: {from: \"07:00\", to: \"19:00\"}\n"
    "  rest: {from: \"07:00\", to: \"20:00\", days: [sat, sun, holiday]}\n"
    "rules:\n"
    "  by: {" NOISE ", period: day, limit: {by: area, residential: 55, mixed: 60.5, industry: 65}, adjust: {by: "
    "area, residential: 3, mixed: 0, industry: -1}}\n"
    "  from: {" NOISE ", limit: {from: rbl, plus: 10}, when: {area: [mixed, industry]}}\n"
    "  rest: {" NOISE ", period: rest, limit: {by: area, residential: {from: rbl, plus: -5}, mixed: 1, industry: "
    "2}, when: {area: residential}}\n";

static void options_choose_figures_rules_and_periods(void **state)
{
    static const char fits[] = "  day: {from: \"07:00\", to: \"19:00\", days: [mon, tue]}\n";
    char text[sizeof(with_options) + sizeof(fits)];
    const char *day = strstr(with_options, "  day:"), *after = strchr(day, '\n') + 1;

    (void) state;
    good(with_options, "options: {rbl: 45.5}\n");
    assert_true(pack.n_options == 2 && strcmp(pack.options[0].value, "mixed") == 0 &&
                strcmp(pack.options[1].value, "45.5") == 0);
    assert_string_equal(pack.options[0].help_zh, "区");
    assert_true(rule("by")->limit == 6050 && rule("by")->adjust == 0);
    assert_int_equal(rule("from")->limit, 5550);
    assert_null(rule("rest"));
    assert_int_equal(pack.n_periods, 1); /* the period of the rule that is not there went with it */
    assert_int_equal(pack.periods[0].days, SW_DAYS_ALL);
    good(with_options, "options: {rbl: 50, area: industry}\n");
    assert_true(rule("by")->limit == 6500 && rule("by")->adjust == -100 && rule("from")->limit == 6000);
    (void) snprintf(text, sizeof(text), "%.*s%s%s", (int) (day - with_options), with_options, fits, after);
    good(text, "options: {rbl: 40, area: residential}\n");
    assert_true(rule("by")->limit == 5500 && rule("rest")->limit == 3500 && pack.n_periods == 2);
    assert_null(rule("from"));
    assert_true(rule("rest")->period == 1 && rule("by")->period == 0);
    good(with_options, NULL); /* by itself: the least number */
    assert_string_equal(pack.options[1].value, "20");
}

static void what_a_site_writes_of_a_pack_is_checked(void **state)
{
    static const struct {
        const char *why, *site;
        struct want want[WANTS_MAX];
    } cases[] = {
        {"a required option is missing", "options: {area: mixed}\n", {{1, 1, "'p' needs the option 'rbl'|background"}}},
        {"unknown option", "options: {rbl: 40, aera: mixed}\n", {{1, 20, "no option 'aera'|did you mean 'area'?"}}},
        {"unknown value",
         "options: {rbl: 40, area: mixd}\n",
         {{1, 26, "'area' has no value 'mixd'|did you mean 'mixed'?"}}},
        {"out of bounds", "options: {rbl: 71}\n", {{1, 16, "'rbl' must be 20 to 70, not 71"}}},
        {"no number", "options: {rbl: loud}\n", {{1, 16, "'rbl' must be a number"}}},
        {"no map", "options: [rbl]\n", {{1, 1, "needs the option 'rbl'"}, {1, 10, "must be a map"}}},
        {"overlap that these options bring", "options: {rbl: 40, area: residential}\n", {{8, 3, "overlap"}}},
        {"figure for a rule that is not there",
         "options: {rbl: 40}\noverride: {rest: {limit: 1, reason: r}}\n",
         {{2, 12, "no rule 'rest' with these options"}}},
        {"figure that cannot be",
         "options: {rbl: 40}\noverride: {by: {limit: 500, reason: r}}\n",
         {{1, 1, "this site's figures|a limit of 500.00"}}},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_faults faults = {0};
        struct sw_err err = {0};

        CHECK(read_pack(with_options, cases[i].site, &faults, &err) == SW_E_INVAL, "%s: accepted", cases[i].why);
        check_faults(cases[i].why, &faults, cases[i].want);
        sw_faults_done(&faults);
    }
}

static void mistakes_in_the_language_are_named_with_their_line(void **state)
{
    static const struct {
        const char *why, *from, *to;
        struct want want[WANTS_MAX];
    } cases[] = {
        {"a value is missing in a figure", ", industry: 65}", "}", {{11, 102, "'limit' lacks the value 'industry'"}}},
        {"a value too many",
         "industry: 65",
         "industri: 65",
         {{11, 102, "lacks the value 'industry'"}, {11, 150, "no value 'industri'|did you mean"}}},
        {"from a choice", "{from: rbl, plus: 10}", "{from: area}", {{12, 105, "'area' is a choice"}}},
        {"by a number", "{by: area, residential: 3", "{by: rbl, residential: 3", {{11, 178, "'rbl' is a number"}}},
        {"when of an unknown option",
         "when: {area: residential}",
         "when: {are: residential}",
         {{13, 190, "unknown option 'are'"}}},
        {"when of an unknown value",
         "area: [mixed, industry]",
         "area: [mixed, indust]",
         {{12, 142, "no value 'indust'"}}},
        {"default that is no value", "default: mixed", "default: mix", {{5, 73, "no value 'mix'"}}},
        {"choice without values", "values: [residential, mixed, industry], ", "", {{0}}},
        {"figure of another form",
         "limit: {from: rbl, plus: 10}",
         "limit: [1]",
         {{12, 98, "'limit' must be a number"}}},
        {"three decimals after the unit", "mixed: 60.5", "mixed: 60.555", {{11, 144, "at most two decimals"}}},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const char *at = strstr(with_options, cases[i].from);
        struct sw_faults faults = {0};
        struct sw_err err = {0};
        char text[4096];

        CHECK(at != NULL, "%s: '%s' is not there", cases[i].why, cases[i].from);
        (void) snprintf(text, sizeof(text), "%.*s%s%s", (int) (at - with_options), with_options, cases[i].to,
                        at + strlen(cases[i].from));
        CHECK(read_pack(text, NULL, &faults, &err) == SW_E_INVAL, "%s: accepted", cases[i].why);
        if (cases[i].want[0].words != NULL)
            check_faults(cases[i].why, &faults, cases[i].want);
        sw_faults_done(&faults);
    }
}

static void a_figure_of_the_site_is_kept_with_its_reason_and_told(void **state)
{
    static const char text[] = HEAD "rules:\n  d: {" DUST ", limit: 0.3, unit: mg/m3}\n"
                                    "  n: {kind: noise, statistic: leq, window: 15m, limit: -5.25, unit: dBA, "
                                    "source: why, sure: unverified}\n";
    struct sw_faults faults = {0};
    struct sw_err err = {0};

    (void) state;
    CHECK(read_pack(text, "override: {d: {limit: 0.15, reason: order 7}}\n", &faults, &err) == SW_OK, "%s", err.msg);
    assert_true(rule("d")->limit == 15000);
    assert_string_equal(rule("d")->reason, "order 7");
    assert_true(has_warning(&faults, "p/d|150.00 ug/m3 here, 300.00 in the pack|order 7"));
    assert_true(has_warning(&faults, "'n' (-5.25 dBA) is unverified: why"));
    assert_int_equal(faults.n_warnings, 2);
    sw_faults_done(&faults);
}

/* Whether work needs a permit does not hang on which limits are judged. */
static void a_night_stays_when_its_rules_do_not_apply(void **state)
{
    static const char text[] = HEAD "options: {area: {type: choice, values: [general, designated]}}\n"
                                    "periods:\n  work: {from: \"07:00\", to: \"19:00\", days: [mon]}\n"
                                    "  rest: {from: \"07:00\", to: \"23:00\", days: [sun], night: true}\n"
                                    "  other: {from: \"19:00\", to: \"23:00\", days: [mon]}\n"
                                    "rules:\n  a: {" NOISE ", limit: 70, period: work}\n"
                                    "  b: {" NOISE ", limit: 60, period: rest, when: {area: [general]}}\n"
                                    "  c: {" NOISE ", limit: 60, period: other, when: {area: [general]}}\n";
    struct sw_faults faults = {0};
    struct sw_err err = {0};

    (void) state;
    CHECK(read_pack(text, "options: {area: designated}\n", &faults, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(pack.n_rules, 1);
    assert_int_equal(pack.n_periods, 2);
    assert_true(strcmp(pack.periods[1].id, "rest") == 0 && pack.periods[1].is_night);
    sw_faults_done(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_of_the_language_arrives),
        cmocka_unit_test(absent_keys_have_the_documented_defaults),
        cmocka_unit_test(options_choose_figures_rules_and_periods),
        cmocka_unit_test(what_a_site_writes_of_a_pack_is_checked),
        cmocka_unit_test(mistakes_in_the_language_are_named_with_their_line),
        cmocka_unit_test(a_figure_of_the_site_is_kept_with_its_reason_and_told),
        cmocka_unit_test(a_night_stays_when_its_rules_do_not_apply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
