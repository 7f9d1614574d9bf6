// SPDX-License-Identifier: Apache-2.0
/* The eleven codes over all facts that decide them, and every sentence that an agent may be given to read out. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "tickets/evidence.h"

#define S 1000000LL
#define NIGHT_US (1772464800LL * S) /* 2026-03-02T23:20+08:00 */

static const struct sw_zone zone = {.name = "Asia/Shanghai", .n = 1, .span = {{INT64_MIN, 28800}}};

/* ---- codes ---- */

#define ANY (-9)

/* The order of the contract as a list: the first row that fits holds. */
static const struct row {
    int is_near, has_data, verdict, permitted, is_allowed, detected; /* is_allowed: scheduled or a night permit */
    enum sw_answer_code want;
} rows[] = {
    {0, ANY, ANY, ANY, ANY, ANY, SW_ANSWER_NO_MONITOR},
    {1, 0, ANY, ANY, ANY, ANY, SW_ANSWER_NO_DATA},
    {1, 1, SW_OVER_CANNOT_JUDGE, ANY, ANY, ANY, SW_ANSWER_UNCERTAIN},
    {1, 1, SW_OVER_EXCEEDS, ANY, 0, 0, SW_ANSWER_OVER_SOURCE_UNKNOWN},
    {1, 1, SW_OVER_EXCEEDS, ANY, 0, -1, SW_ANSWER_OVER_SOURCE_UNKNOWN},
    {1, 1, SW_OVER_EXCEEDS, 1, ANY, ANY, SW_ANSWER_OVER_PERMITTED},
    {1, 1, SW_OVER_EXCEEDS, 0, ANY, ANY, SW_ANSWER_OVER_UNPERMITTED},
    {1, 1, SW_OVER_EXCEEDS, -1, ANY, ANY, SW_ANSWER_OVER_PERMIT_UNKNOWN},
    {1, 1, SW_OVER_WITHIN, ANY, ANY, 0, SW_ANSWER_NO_WORK_DETECTED},
    {1, 1, SW_OVER_WITHIN, 1, ANY, ANY, SW_ANSWER_WITHIN_PERMITTED},
    {1, 1, SW_OVER_WITHIN, 0, ANY, ANY, SW_ANSWER_WITHIN_UNPERMITTED},
    {1, 1, SW_OVER_WITHIN, -1, ANY, ANY, SW_ANSWER_WITHIN_PERMIT_UNKNOWN},
};

static const struct sw_work works[] = {
    {SW_WORK_NO_SCHEDULE, -1},    {SW_WORK_SCHEDULED, 1},        {SW_WORK_UNSCHEDULED, 0},
    {SW_WORK_PERMITTED_NIGHT, 1}, {SW_WORK_PROHIBITED_NIGHT, 0}, {SW_WORK_QUIET_PERIOD, 0},
};

static bool fits(int want, int is)
{
    return want == ANY || want == is;
}

static enum sw_answer_code wanted(const struct sw_answer_facts *f)
{
    const int is_allowed = f->work.state == SW_WORK_SCHEDULED || f->work.state == SW_WORK_PERMITTED_NIGHT;

    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++)
        if (fits(rows[i].is_near, f->is_near) && fits(rows[i].has_data, f->has_data) &&
            fits(rows[i].verdict, (int) f->verdict) && fits(rows[i].permitted, f->work.permitted) &&
            fits(rows[i].is_allowed, is_allowed) && fits(rows[i].detected, f->work_detected))
            return rows[i].want;
    return SW_ANSWER__COUNT;
}

static void every_combination_of_facts_has_the_code_of_the_contract(void **state)
{
    unsigned seen = 0;

    (void) state;
    for (int i = 0; i < 2 * 2 * 3 * 6 * 3; i++) {
        const struct sw_answer_facts f = {.is_near = i % 2,
                                          .has_data = i / 2 % 2,
                                          .verdict = (enum sw_over_limit)(i / 4 % 3),
                                          .work = works[i / 12 % 6],
                                          .work_detected = i / 72 % 3 - 1};
        const enum sw_answer_code is = sw_answer_judge(&f), want = wanted(&f);

        CHECK(is == want, "near %d data %d %s %s detected %d: %s, not %s", f.is_near, f.has_data,
              sw_over_limit_name(f.verdict), sw_work_state_name(f.work.state), f.work_detected, sw_answer_code_name(is),
              sw_answer_code_name(want));
        seen |= 1u << is;
    }
    assert_int_equal(seen, (1u << SW_ANSWER__COUNT) - 1); /* each of the eleven can come */
}

static void words_and_ranks_of_the_codes_are_distinct(void **state)
{
    unsigned ranks = 0;

    (void) state;
    for (int i = 0; i < SW_ANSWER__COUNT; i++) {
        const enum sw_answer_code code = (enum sw_answer_code) i;

        assert_int_equal(sw_answer_code_from_name(sw_answer_code_name(code)), i);
        ranks |= 1u << sw_answer_rank(code);
    }
    assert_int_equal(ranks, (1u << SW_ANSWER__COUNT) - 1);
    assert_true(sw_answer_rank(SW_ANSWER_OVER_SOURCE_UNKNOWN) > sw_answer_rank(SW_ANSWER_WITHIN_UNPERMITTED));
    assert_true(sw_answer_rank(SW_ANSWER_UNCERTAIN) > sw_answer_rank(SW_ANSWER_WITHIN_PERMITTED));
    assert_int_equal(sw_answer_rank(SW_ANSWER__COUNT), -1);
}

/* ---- verdicts over sensors ---- */

static void the_verdict_of_several_sensors_is_that_of_the_worst_that_measured(void **state)
{
#define N SW_KIND_NOISE
#define D SW_KIND_DUST
    static const struct {
        const char *why;
        int category;
        struct sw_evidence_number v[3];
        size_t n;
        enum sw_over_limit want;
        bool is_one_missing;
    } cases[] = {
        {"nothing measures", -1, {{0}}, 0, SW_OVER_CANNOT_JUDGE, false},
        {"one of two exceeds",
         -1,
         {{.kind = N, .n = 9}, {.kind = N, .n = 9, .verdict = SW_OVER_EXCEEDS}},
         2,
         SW_OVER_EXCEEDS,
         false},
        {"one gave nothing: the other decides",
         -1,
         {{.kind = N, .n = 9}, {.kind = N, .n = 0, .verdict = SW_OVER_CANNOT_JUDGE}},
         2,
         SW_OVER_WITHIN,
         true},
        {"one gave too little",
         -1,
         {{.kind = N, .n = 9}, {.kind = N, .n = 4, .verdict = SW_OVER_CANNOT_JUDGE}},
         2,
         SW_OVER_CANNOT_JUDGE,
         false},
        {"dust does not make noise uncertain",
         -1,
         {{.kind = N, .n = 9}, {.kind = D, .n = 4, .verdict = SW_OVER_CANNOT_JUDGE}},
         2,
         SW_OVER_WITHIN,
         false},
        {"dust that exceeds, exceeds",
         -1,
         {{.kind = N, .n = 9}, {.kind = D, .n = 4, .verdict = SW_OVER_EXCEEDS}},
         2,
         SW_OVER_EXCEEDS,
         false},
        {"but not when noise was asked about",
         SW_CATEGORY_NOISE,
         {{.kind = N, .n = 9}, {.kind = D, .n = 4, .verdict = SW_OVER_EXCEEDS}},
         2,
         SW_OVER_WITHIN,
         false},
        {"noise does not answer for dust", SW_CATEGORY_DUST, {{.kind = N, .n = 9}}, 1, SW_OVER_CANNOT_JUDGE, false},
        {"dust alone", -1, {{.kind = D, .n = 9}}, 1, SW_OVER_WITHIN, false},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        bool is_one_missing;
        const enum sw_over_limit v = sw_evidence_verdict(cases[i].v, cases[i].n, cases[i].category, &is_one_missing);

        CHECK(v == cases[i].want && is_one_missing == cases[i].is_one_missing, "%s: %s", cases[i].why,
              sw_over_limit_name(v));
    }
}

static void windows_are_durations_of_a_minute_to_a_day(void **state)
{
    static const struct {
        const char *text;
        int64_t want_s; /* 0 = refused */
    } cases[] = {{"PT30M", 1800},
                 {"PT1M", 60},
                 {"PT60S", 60},
                 {"PT59S", 0},
                 {"PT24H", 86400},
                 {"P1D", 86400},
                 {"PT24H1S", 0},
                 {"PT1H30M", 5400},
                 {"P1DT1S", 0},
                 {"30M", 0},
                 {"PT", 0},
                 {"P", 0},
                 {"", 0},
                 {"PT30", 0},
                 {"PT-30M", 0},
                 {"PT0.5H", 0},
                 {"PT99999999999H", 0},
                 {"PT30Mx", 0},
                 {"P30M", 0},
                 {"PTT30M", 0}};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_err err = {0};
        int64_t us = 0;
        const int rc = sw_evidence_window_parse(cases[i].text, &us, &err);

        CHECK(rc == (cases[i].want_s ? SW_OK : SW_E_INVAL) && us == cases[i].want_s * S, "%s: %d, %lld", cases[i].text,
              rc, (long long) us);
    }
}

/* ---- sentences ---- */

static struct sw_evidence_facts facts_of(enum sw_answer_code code)
{
    struct sw_evidence_facts f = {.ask = {.distance_m = 200, .category = -1},
                                  .asked_us = NIGHT_US + 3600 * S,
                                  .from_us = NIGHT_US + 300 * S,
                                  .to_us = NIGHT_US + 2100 * S,
                                  .n_parts = 1};
    struct sw_evidence_part *p = &f.parts[0];

    *p = (struct sw_evidence_part){.from_us = f.from_us,
                                   .to_us = f.to_us,
                                   .period = "night",
                                   .is_night = true,
                                   .code = code,
                                   .work = {SW_WORK_PROHIBITED_NIGHT, 0},
                                   .n_numbers = 1};
    p->numbers[0] = (struct sw_evidence_number){.kind = SW_KIND_NOISE, .n = 1746, .expected = 1800};
    p->numbers[0].worst = (struct sw_evidence_worst){
        .rule = "cn-gb12523-2025/leq-night", .statistic = "LAeq,20min", .value = 6184, .limit = 5500, .over_by = 684};
    return f;
}

static void add_ticket(struct sw_evidence_facts *f, enum sw_status status, enum sw_origin origin)
{
    f->tickets[f->n_tickets++] = (struct sw_evidence_ticket){.id = "sw-7k2m4q5xza",
                                                             .number = "PD0042-20260302-007",
                                                             .status = status,
                                                             .origin = origin,
                                                             .opened_us = NIGHT_US + 60 * S,
                                                             .unit = "某某建设 项目部"};
}

static void the_night_without_a_permit_reads_as_reviewed(void **state)
{
    struct sw_evidence_facts f = facts_of(SW_ANSWER_OVER_UNPERMITTED);
    char text[SW_SAY_SIZE];

    (void) state;
    add_ticket(&f, SW_STATUS_ACCEPTED, SW_ORIGIN_EXCEEDANCE);
    sw_answer_say(&f, &zone, "zh-CN", text, sizeof(text));
    assert_string_equal(text,
                        "您反映的地点附近有一处工地。3月2日23点25分至23点55分,在工地边界测到的平均声级最高是61.8分贝,"
                        "夜间限值是55分贝,高出6.8分贝。该时段没有夜间施工证明。系统在23点21分已自动生成工单,"
                        "某某建设 项目部已签收。我可以把您的来电并入这张工单。");
    sw_answer_say(&f, &zone, "en", text, sizeof(text));
    assert_string_equal(text,
                        "There is a building site near you. Between 23:25 and 23:55 on 2 March, the highest average "
                        "level at the site boundary was 61.8 decibels; the night limit is 55 decibels, so 6.8 decibels "
                        "above. No night permit is on record for that time. A ticket was opened automatically at "
                        "23:21; 某某建设 项目部 has signed for it. I can add your call to that ticket.");
    sw_answer_headline(&f, "zh-CN", text, sizeof(text));
    assert_string_equal(text, "超标,且不在许可施工时间");
    sw_answer_headline(&f, "en", text, sizeof(text));
    assert_string_equal(text, "Above the limit, outside permitted hours");
}

static void a_call_that_was_added_is_not_offered_to_be_added(void **state)
{
    struct sw_evidence_facts f = facts_of(SW_ANSWER_OVER_UNPERMITTED);
    char text[SW_SAY_SIZE];

    (void) state;
    add_ticket(&f, SW_STATUS_ACCEPTED, SW_ORIGIN_EXCEEDANCE);
    strcpy(f.call_ticket, "sw-7k2m4q5xza");
    sw_answer_say(&f, &zone, "zh-CN", text, sizeof(text));
    assert_non_null(strstr(text, "某某建设 项目部已签收。您的来电已经记在这张工单里。"));
    sw_answer_say(&f, &zone, "en", text, sizeof(text));
    assert_non_null(strstr(text, "has signed for it. Your call has been added to that ticket."));
    strcpy(f.call_ticket, "sw-another234"); /* one that the answer does not name: then it is still an offer */
    sw_answer_say(&f, &zone, "en", text, sizeof(text));
    assert_non_null(strstr(text, "I can add your call to that ticket."));
}

static void the_ticket_is_about_what_was_asked(void **state)
{
    static const struct {
        enum sw_category of_ticket;
        int asked;
        bool is_dust_on_top, is_told;
        const char *why;
    } cases[] = {
        {SW_CATEGORY_NOISE, -1, false, true, "noise on top"},
        {SW_CATEGORY_DUST, -1, false, false, "a ticket about dust takes no call about noise"},
        {SW_CATEGORY_DUST, -1, true, true, "dust on top"},
        {SW_CATEGORY_NOISE, -1, true, false, "a ticket about noise takes no call about dust"},
        {SW_CATEGORY_NOISE, SW_CATEGORY_DUST, false, false, "dust was asked about"},
        {SW_CATEGORY_DUST, SW_CATEGORY_DUST, false, true, "and there is one"},
        {SW_CATEGORY_WORK, -1, false, true, "work at the wrong time is heard"},
        {SW_CATEGORY_WORK, SW_CATEGORY_DUST, true, true, "and seen"},
        {SW_CATEGORY_DEVICE, -1, false, false, "a sensor that is silent"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_evidence_facts f = facts_of(SW_ANSWER_OVER_UNPERMITTED);
        char text[SW_SAY_SIZE];

        add_ticket(&f, SW_STATUS_ACCEPTED, SW_ORIGIN_EXCEEDANCE);
        f.tickets[0].category = cases[i].of_ticket;
        f.ask.category = cases[i].asked;
        f.parts[0].numbers[0].kind = cases[i].is_dust_on_top ? SW_KIND_DUST : SW_KIND_NOISE;
        sw_answer_say(&f, &zone, "en", text, sizeof(text));
        CHECK((strstr(text, "A ticket was opened") != NULL) == cases[i].is_told, "%s: %s", cases[i].why, text);
    }
}

static const char *const forbidden[] = {
    "违法",     "违规",  "不属实",      "无理",      "保证",    "承诺",       "一定",     "马上",      "立即",
    "投诉无效", "将会",  "处罚",        "unfounded", "violat",  "illegal",    "unlawful", "guarantee", "promise",
    "will ",    "shall", "immediately", "must",      "penalty", "groundless", "{",        "}",         "%",
    "  ",       "。。",  "..",          ",,",        "(null)",  "nan",
};

static void check_sentence(const struct sw_evidence_facts *f, const char *lang, const char *why)
{
    const struct sw_evidence_part *p = &f->parts[f->top];
    const bool is_zh = lang[0] == 'z';
    char text[SW_SAY_SIZE], headline[SW_HEADLINE_SIZE];
    const char *offer = is_zh ? "我可以" : "I can ";

    sw_answer_say(f, &zone, lang, text, sizeof(text));
    sw_answer_headline(f, lang, headline, sizeof(headline));
    print_message("%s | %s | %s\n    %s\n", sw_answer_code_name(p->code), why, headline, text);
    for (size_t i = 0; i < SW_ARRAY_SIZE(forbidden); i++)
        CHECK(!strstr(text, forbidden[i]) && !strstr(headline, forbidden[i]), "%s, %s: \"%s\" in %s",
              sw_answer_code_name(p->code), why, forbidden[i], text);
    CHECK(strlen(text) > 40 && strlen(text) < 800, "%s, %s: %zu bytes", sw_answer_code_name(p->code), why,
          strlen(text));
    CHECK(strlen(headline) > 5 && strlen(headline) < 80, "%s", headline);
    CHECK(strstr(text, offer), "%s, %s: no offer in %s", sw_answer_code_name(p->code), why, text);
    CHECK(strchr(is_zh ? "\x82" : ".", text[strlen(text) - 1]), "%s, %s: it does not end: %s",
          sw_answer_code_name(p->code), why, text);
    if (sw_answer_is_measured(p->code))
        CHECK(strstr(text, is_zh ? "工地边界" : "at the site boundary"), "%s: where? %s", why, text);
}

static void no_sentence_blames_promises_or_leaves_a_gap(void **state)
{
    static const struct {
        const char *why;
        enum sw_status status;
        enum sw_origin origin;
    } tickets[] = {{"open", SW_STATUS_OPEN, SW_ORIGIN_EXCEEDANCE},
                   {"after a call", SW_STATUS_DISPATCHED, SW_ORIGIN_COMPLAINT},
                   {"in progress", SW_STATUS_IN_PROGRESS, SW_ORIGIN_PREVENTIVE},
                   {"resolved", SW_STATUS_RESOLVED, SW_ORIGIN_EXCEEDANCE},
                   {"closed", SW_STATUS_CLOSED, SW_ORIGIN_EXCEEDANCE},
                   {"averted", SW_STATUS_AVERTED, SW_ORIGIN_PREVENTIVE},
                   {"withdrawn", SW_STATUS_WITHDRAWN, SW_ORIGIN_EXCEEDANCE}};
    static const char *const langs[] = {"zh-CN", "en"};

    (void) state;
    for (int code = 0; code < SW_ANSWER__COUNT; code++)
        for (size_t l = 0; l < SW_ARRAY_SIZE(langs); l++) {
            struct sw_evidence_facts f = facts_of((enum sw_answer_code) code);

            check_sentence(&f, langs[l], "no ticket");
            for (size_t w = 0; w < SW_ARRAY_SIZE(works); w++) {
                f.parts[0].work = works[w];
                snprintf(f.permit, sizeof(f.permit), "%s", w % 2 ? "沪浦夜施 2026-0310" : "");
                check_sentence(&f, langs[l], sw_work_state_name(works[w].state));
            }
            for (size_t t = 0; t < SW_ARRAY_SIZE(tickets); t++) {
                f.n_tickets = 0;
                add_ticket(&f, tickets[t].status, tickets[t].origin);
                check_sentence(&f, langs[l], tickets[t].why);
            }
        }
}

static void what_is_read_out_is_what_was_judged(void **state)
{
    static const struct {
        const char *why, *statistic;
        enum sw_kind kind;
        const char *period;
        bool is_night;
        int32_t value, limit;
        const char *zh[3], *en[3];
    } cases[] = {
        {"rounded half up to a tenth, as the verdict is",
         "LAeq,20min",
         SW_KIND_NOISE,
         "night",
         true,
         5505,
         5500,
         {"最高是55.1分贝", "夜间限值是55分贝", "高出0.1分贝"},
         {"was 55.1 decibels", "the night limit is 55 decibels", "so 0.1 decibels above"}},
        {"whole numbers have no decimals",
         "LAeq,20min",
         SW_KIND_NOISE,
         "day",
         false,
         7200,
         7000,
         {"最高是72分贝", "昼间限值是70分贝", "高出2分贝"},
         {"was 72 decibels", "the day limit is 70 decibels", "so 2 decibels above"}},
        {"a maximum is no average",
         "LAFmax",
         SW_KIND_NOISE,
         "night",
         true,
         7490,
         7000,
         {"最大声级是74.9分贝", "夜间限值是70分贝", "高出4.9分贝"},
         {"the highest level at the site boundary was 74.9 decibels", "the night limit is 70", "so 4.9"}},
        {"dust has its own unit and no night",
         "PM10,1h",
         SW_KIND_DUST,
         "night",
         true,
         18040,
         15000,
         {"PM10浓度最高是180.4微克每立方米", "限值是150微克每立方米", "高出30.4微克每立方米"},
         {"the highest PM10 at the site boundary was 180.4 micrograms per cubic metre", "the limit is 150", "so 30.4"}},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_evidence_facts f = facts_of(SW_ANSWER_OVER_UNPERMITTED);
        struct sw_evidence_number *v = &f.parts[0].numbers[0];
        char zh[SW_SAY_SIZE], en[SW_SAY_SIZE];

        snprintf(f.parts[0].period, sizeof(f.parts[0].period), "%s", cases[i].period);
        f.parts[0].is_night = cases[i].is_night;
        v->kind = cases[i].kind;
        snprintf(v->worst.statistic, sizeof(v->worst.statistic), "%s", cases[i].statistic);
        v->worst.value = cases[i].value;
        v->worst.limit = cases[i].limit;
        sw_answer_say(&f, &zone, "zh", zh, sizeof(zh));
        sw_answer_say(&f, &zone, "fr", en, sizeof(en));
        for (size_t k = 0; k < 3; k++) {
            CHECK(strstr(zh, cases[i].zh[k]), "%s: no %s in %s", cases[i].why, cases[i].zh[k], zh);
            CHECK(strstr(en, cases[i].en[k]), "%s: no %s in %s", cases[i].why, cases[i].en[k], en);
        }
    }
}

static void dates_are_said_as_people_say_them(void **state)
{
    static const struct {
        const char *why;
        int64_t from_s, to_s, now_s;
        const char *zh, *en;
    } cases[] = {
        {"over midnight", 2100, 3900, 7200, "3月2日23点55分至3月3日0点25分",
         "Between 23:55 on 2 March and 00:25 on 3 March,"},
        {"on the hour", -4800, -1200, 7200, "3月2日22点至23点,", "Between 22:00 and 23:00 on 2 March,"},
        {"another year is told", 300, 2100, 365 * 86400, "2026年3月2日23点25分至23点55分",
         "Between 23:25 and 23:55 on 2 March 2026,"},
        {"a minute below ten", -4500, -4440, 7200, "3月2日22点05分至22点06分", "Between 22:05 and 22:06 on 2 March,"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_evidence_facts f = facts_of(SW_ANSWER_NO_DATA);
        char text[SW_SAY_SIZE];

        f.asked_us = NIGHT_US + cases[i].now_s * S;
        f.parts[0].from_us = NIGHT_US + cases[i].from_s * S;
        f.parts[0].to_us = NIGHT_US + cases[i].to_s * S;
        sw_answer_say(&f, &zone, "zh", text, sizeof(text));
        CHECK(strstr(text, cases[i].zh), "%s: %s", cases[i].why, text);
        sw_answer_say(&f, &zone, "en", text, sizeof(text));
        CHECK(strstr(text, cases[i].en), "%s: %s", cases[i].why, text);
    }
}

static void a_sentence_without_room_is_cut_at_a_whole_character(void **state)
{
    struct sw_evidence_facts f = facts_of(SW_ANSWER_OVER_UNPERMITTED);
    char text[SW_SAY_SIZE], whole[SW_SAY_SIZE];

    (void) state;
    sw_answer_say(&f, &zone, "zh", whole, sizeof(whole));
    for (size_t cap = 1; cap <= strlen(whole); cap++) {
        sw_answer_say(&f, &zone, "zh", text, cap);
        assert_true(strlen(text) < cap);
        assert_memory_equal(text, whole, strlen(text));
        CHECK(((unsigned char) whole[strlen(text)] & 0xc0) != 0x80, "cap %zu cuts a character", cap);
    }
}

static void of_several_periods_the_worse_is_on_top(void **state)
{
    struct sw_evidence_facts f = facts_of(SW_ANSWER_OVER_UNPERMITTED);

    (void) state;
    f.has_data = true;
    f.n_parts = 2;
    f.parts[1] = f.parts[0];
    f.parts[0].verdict = SW_OVER_WITHIN;
    f.parts[0].work = (struct sw_work){SW_WORK_SCHEDULED, 1};
    f.parts[1].verdict = SW_OVER_EXCEEDS;
    f.parts[1].work_detected = 1;
    sw_evidence_judge(&f, &zone);
    assert_int_equal(f.top, 1);
    assert_int_equal(f.parts[1].code, SW_ANSWER_OVER_UNPERMITTED);
    assert_int_equal(f.parts[0].code, SW_ANSWER_NO_WORK_DETECTED);
    assert_true(f.caveats & SW_CAVEAT_STRADDLES);
    assert_true(f.caveats & SW_CAVEAT_BOUNDARY);
    assert_false(f.caveats & SW_CAVEAT_CLOCK_CHANGE);
    f.ask.distance_m = SW_EVIDENCE_NEAR_M;
    sw_evidence_judge(&f, &zone);
    assert_int_equal(f.parts[f.top].code, SW_ANSWER_OVER_UNPERMITTED);
    f.ask.distance_m = SW_EVIDENCE_NEAR_M + 50;
    sw_evidence_judge(&f, &zone);
    assert_int_equal(f.parts[f.top].code, SW_ANSWER_NO_MONITOR);
    f.near_m = 600; /* as configured */
    sw_evidence_judge(&f, &zone);
    assert_int_equal(f.parts[f.top].code, SW_ANSWER_OVER_UNPERMITTED);
}

static void every_caveat_has_its_word(void **state)
{
    (void) state;
    for (unsigned bit = 1; bit < SW_CAVEAT__END; bit <<= 1)
        CHECK(*sw_caveat_name((enum sw_caveat) bit), "bit %u", bit);
    assert_string_equal(sw_caveat_name(SW_CAVEAT__END), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination_of_facts_has_the_code_of_the_contract),
        cmocka_unit_test(words_and_ranks_of_the_codes_are_distinct),
        cmocka_unit_test(the_verdict_of_several_sensors_is_that_of_the_worst_that_measured),
        cmocka_unit_test(windows_are_durations_of_a_minute_to_a_day),
        cmocka_unit_test(the_night_without_a_permit_reads_as_reviewed),
        cmocka_unit_test(a_call_that_was_added_is_not_offered_to_be_added),
        cmocka_unit_test(the_ticket_is_about_what_was_asked),
        cmocka_unit_test(no_sentence_blames_promises_or_leaves_a_gap),
        cmocka_unit_test(what_is_read_out_is_what_was_judged),
        cmocka_unit_test(dates_are_said_as_people_say_them),
        cmocka_unit_test(a_sentence_without_room_is_cut_at_a_whole_character),
        cmocka_unit_test(of_several_periods_the_worse_is_on_top),
        cmocka_unit_test(every_caveat_has_its_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
