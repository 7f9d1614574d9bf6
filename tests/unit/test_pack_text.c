// SPDX-License-Identifier: Apache-2.0
/* The words of `siteward pack show`, and which entries a rule has: one for each value of an option that its figure
 * depends on, those of a given option put in. */
#include "config_help.h"

#include "cli/pack_text.h"

static const char text[] =
    "id: p\n"
    "version: \"1\"\n"
    "title: {en: A pack, zh-CN: 标准}\n"
    "options:\n"
    "  area: {type: choice, values: [town, land], help: {en: where, zh-CN: 区域}}\n"
    "  hours: {type: choice, values: [few, many], default: many, help: {en: how long}}\n"
    "  rbl: {type: number, unit: dBA, min: 20, max: 80, help: {en: background}}\n"
    "periods:\n"
    "  day: {from: \"07:00\", to: \"19:00\", days: [mon, tue, wed]}\n"
    "rules:\n"
    "  plain: {kind: noise, statistic: leq, window: 20m, period: day, limit: 60.5, unit: dBA,"
    " source: a, sure: confirmed}\n"
    "  nested: {kind: noise, statistic: leq, window: 1h, unit: dBA, source: b, sure: unverified,"
    " limit: {by: area, town: 65, land: {by: hours, few: 60, many: {from: rbl, plus: 5}}}}\n"
    "  few-only: {kind: dust, quantity: TSP, statistic: mean, window: 1h, unit: mg/m3, limit: 0.8,"
    " when: {hours: [few]}, source: c, sure: secondary}\n";

struct wanted {
    const char *rule, *cases; /* "area=land hours=few" */
    int32_t limit;            /* hundredths; OPEN: it has none yet */
};
#define OPEN INT32_MIN

static void compare_limits(const char *why, const struct sw_pack_view *v, const struct wanted *want, size_t n)
{
    CHECK(v->n_limits == n, "%s: %zu entries, %zu wanted", why, v->n_limits, n);
    for (size_t i = 0; i < n; i++) {
        const struct sw_pack_limit *l = &v->limits[i];
        char cases[200] = "";

        for (size_t k = 0; k < l->n_cases; k++)
            (void) snprintf(cases + strlen(cases), sizeof(cases) - strlen(cases), "%s%s=%s", k > 0 ? " " : "",
                            l->cases[k].option, l->cases[k].value);
        CHECK(strcmp(l->rule.id, want[i].rule) == 0, "%s: entry %zu is of %s", why, i, l->rule.id);
        CHECK(strcmp(cases, want[i].cases) == 0, "%s: entry %zu holds for '%s'", why, i, cases);
        CHECK((want[i].limit == OPEN) == (l->from != NULL), "%s: entry %zu, is it open?", why, i);
        CHECK(want[i].limit == OPEN || l->rule.limit == want[i].limit, "%s: entry %zu is %d", why, i,
              (int) l->rule.limit);
    }
}

static void every_branch_of_a_figure_is_an_entry(void **state)
{
    static const struct {
        const char *why;
        size_t n_given;
        const char *given[3];
        size_t n, n_left_out;
        struct wanted want[6];
    } cases[] = {
        {"nothing given: all of them",
         0,
         {NULL},
         5,
         0,
         {{"plain", "", 6050},
          {"nested", "area=town", 6500},
          {"nested", "area=land hours=few", 6000},
          {"nested", "area=land hours=many", OPEN},
          {"few-only", "", 80000}}},
        {"an option given leaves its branch, and the rules of other values out",
         2,
         {"area=land", "hours=many"},
         2,
         1,
         {{"plain", "", 6050}, {"nested", "", OPEN}}},
        {"a number given closes the figure: 41.5 + 5",
         3,
         {"area=land", "hours=many", "rbl=41.5"},
         2,
         1,
         {{"plain", "", 6050}, {"nested", "", 4650}}},
        {"one of two given",
         1,
         {"hours=few"},
         4,
         0,
         {{"plain", "", 6050}, {"nested", "area=town", 6500}, {"nested", "area=land", 6000}, {"few-only", "", 80000}}},
    };
    char folder[64], path[128];

    (void) state;
    new_folder(folder);
    write_file(folder, "p.yaml", text);
    (void) snprintf(path, sizeof(path), "%s/p.yaml", folder);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_faults faults = {0};
        struct sw_pack_view *v = NULL;
        struct sw_err err = {0};
        char copy[3][32], *given[3];

        for (size_t k = 0; k < cases[i].n_given; k++) {
            (void) snprintf(copy[k], sizeof(copy[k]), "%s", cases[i].given[k]);
            given[k] = copy[k];
        }
        CHECK(sw_pack_view_new(path, given, cases[i].n_given, &faults, &v, &err) == SW_OK, "%s: %s", cases[i].why,
              err.msg);
        compare_limits(cases[i].why, v, cases[i].want, cases[i].n);
        CHECK(v->n_left_out == cases[i].n_left_out, "%s: %zu left out", cases[i].why, v->n_left_out);
        assert_int_equal(v->n_periods, 1);
        sw_faults_done(&faults);
        assert_null(sw_pack_view_free(v));
    }
    remove_folder(folder);
}

static void a_sentence_reads_as_people_write_it(void **state)
{
    static const char *const want[] = {
        "Day 07:00-19:00 (Mon-Wed): LAeq,20min (sliding) at most 60.5 dB(A).",
        "At all times: LAeq,1h (sliding) at most 65.0 dB(A) with area town; 60.0 dB(A) with area land and hours few; "
        "rbl + 5 dB(A) with area land and hours many (default).",
        "At all times: TSP,1h (sliding) at most 0.8 mg/m³.",
        "Only with the option hours: few.",
        "nested  [UNVERIFIED]",
        "Source: c.",
    };
    static const char *const want_zh[] = {
        "昼间 07:00-19:00（周一至周三）：LAeq,20min（滑动窗口）不超过 60.5 dB(A)。",
        "65.0 dB(A)（area town）；60.0 dB(A)（area land，hours few）",
        "nested  [未核实]",
    };
    struct sw_faults faults = {0};
    struct sw_pack_view *v = NULL;
    struct sw_err err = {0};
    char folder[64], path[128], *page[2] = {NULL};
    size_t len[2];

    (void) state;
    new_folder(folder);
    write_file(folder, "p.yaml", text);
    (void) snprintf(path, sizeof(path), "%s/p.yaml", folder);
    CHECK(sw_pack_view_new(path, NULL, 0, &faults, &v, &err) == SW_OK, "%s", err.msg);
    for (int lang = 0; lang < 2; lang++) {
        FILE *to = open_memstream(&page[lang], &len[lang]);

        assert_non_null(to);
        sw_pack_print(v, lang == 0 ? SW_PACK_EN : SW_PACK_ZH, to);
        assert_int_equal(fclose(to), 0);
    }
    for (size_t i = 0; i < SW_ARRAY_SIZE(want); i++)
        CHECK(strstr(page[0], want[i]) != NULL, "'%s' is not in:\n%s", want[i], page[0]);
    for (size_t i = 0; i < SW_ARRAY_SIZE(want_zh); i++)
        CHECK(strstr(page[1], want_zh[i]) != NULL, "'%s' is not in:\n%s", want_zh[i], page[1]);
    free(page[0]);
    free(page[1]);
    sw_pack_view_free(v);
    sw_faults_done(&faults);
    remove_folder(folder);
}

static void days_are_named_in_runs(void **state)
{
    static const struct {
        unsigned days;
        const char *en, *zh;
    } cases[] = {
        {SW_DAYS_ALL, "every day", "每天"},
        {0x7f, "every day", "每天"},
        {0x1f, "Mon-Fri", "周一至周五"},
        {0x03, "Mon, Tue", "周一、周二"},
        {0x60, "Sat, Sun", "周六、周日"},
        {0x15, "Mon, Wed, Fri", "周一、周三、周五"},
        {0x40 | SW_DAY_HOLIDAY, "Sun, public holidays", "周日、公众假日"},
        {0x3f | SW_DAY_NAMED(0), "Mon-Sat, days named exam", "周一至周六、指定日（exam）"},
        {0x7f | SW_DAY_HOLIDAY, "every day, public holidays", "每天、公众假日"},
    };
    static const struct sw_pack pack = {.n_day_names = 1, .day_name = {"exam"}};
    char buf[200];

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        assert_string_equal(sw_pack_days_text(&pack, cases[i].days, SW_PACK_EN, buf, sizeof(buf)), cases[i].en);
        assert_string_equal(sw_pack_days_text(&pack, cases[i].days, SW_PACK_ZH, buf, sizeof(buf)), cases[i].zh);
    }
}

static void durations_and_figures_are_short(void **state)
{
    static const struct {
        long s;
        const char *en, *zh;
    } durations[] = {{0, "0 s", "0 秒"},          {45, "45 s", "45 秒"},
                     {1200, "20 min", "20 分钟"}, {9000, "2 h 30 min", "2 小时 30 分钟"},
                     {43200, "12 h", "12 小时"},  {86400, "24 h", "24 小时"}};
    static const struct {
        int32_t hundredths;
        const char *unit, *want;
    } figures[] = {{5500, "dBA", "55.0"},   {5505, "dBA", "55.05"},   {80000, "mg/m3", "0.8"},
                   {8000, "mg/m3", "0.08"}, {200000, "mg/m3", "2.0"}, {15000, "ug/m3", "150.0"},
                   {199, "1", "1.99"},      {0, NULL, "0.0"},         {-300, "dBA", "-3.0"}};
    char buf[48];

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(durations); i++) {
        assert_string_equal(sw_pack_duration_text(durations[i].s, SW_PACK_EN, buf, sizeof(buf)), durations[i].en);
        assert_string_equal(sw_pack_duration_text(durations[i].s, SW_PACK_ZH, buf, sizeof(buf)), durations[i].zh);
    }
    for (size_t i = 0; i < SW_ARRAY_SIZE(figures); i++)
        assert_string_equal(sw_pack_figure_text(figures[i].hundredths, figures[i].unit, buf, sizeof(buf)),
                            figures[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_branch_of_a_figure_is_an_entry),
        cmocka_unit_test(a_sentence_reads_as_people_write_it),
        cmocka_unit_test(days_are_named_in_runs),
        cmocka_unit_test(durations_and_figures_are_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
