// SPDX-License-Identifier: Apache-2.0
/* Documents byte for byte, the sentences in them, and what must hold for any of them: JSON whatever the names are,
 * nothing at all when there is no room. `--dump` prints the table, one document a line, for the schemas' test. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "io/document.h"
#include "tests/support/document_fixture.h"
#include "tests/unit/test.h"

static char document[SW_DOCUMENT_MAX];

static void documents_are_those_of_the_contract_byte_for_byte(void **state)
{
    (void) state;
    for (size_t i = 0; i < document_cases_n; i++) {
        const struct document_case *c = &document_cases[i];
        char *want = strdup(c->want);
        size_t len = c->render(document, sizeof(document));

        for (char *p = want; *p; p++)
            if (*p == '\'')
                *p = '"';
        if (len != strlen(want) || memcmp(document, want, len + 1) != 0)
            fail_msg("%s:\n got %s\nwant %s", c->why, len ? document : "nothing", want);
        free(want);
    }
}

static void every_document_is_an_object_of_json_without_a_key_twice(void **state)
{
    (void) state;
    for (size_t i = 0; i < document_cases_n; i++) {
        size_t len = document_cases[i].render(document, sizeof(document));
        json_error_t err;
        json_t *root = json_loadb(document, len, JSON_REJECT_DUPLICATES, &err);

        if (!json_is_object(root))
            fail_msg("%s: %s", document_cases[i].why, err.text);
        json_decref(root);
    }
}

static void a_document_that_does_not_fit_is_none_at_every_capacity(void **state)
{
    (void) state;
    for (size_t i = 0; i < document_cases_n; i++) {
        const struct document_case *c = &document_cases[i];
        size_t len = c->render(document, sizeof(document));

        for (size_t cap = 0; cap <= len + 1; cap++) {
            char *buf = malloc(cap ? cap : 1); /* of exactly this size: the sanitizer sees one byte too many */
            size_t got = c->render(buf, cap);

            if (got != (cap > len ? len : 0))
                fail_msg("%s: %zu of %zu bytes in %zu", c->why, got, len, cap);
            free(buf);
        }
    }
}

static void a_sensor_that_the_site_does_not_have_gives_no_document(void **state)
{
    struct sw_window_result window = *fixture_noise_window();
    struct sw_summary v = *fixture_summary();

    (void) state;
    fixture_judge_without_rules();
    window.sensor = 3;
    v.noise_sensor = v.dust_sensor = 3;
    assert_int_equal(sw_doc_window(fixture_site(), &window, 0, 1, 0, document, sizeof(document)), 0);
    assert_int_equal(sw_doc_state(fixture_site(), 3, NULL, 0, document, sizeof(document)), 0);
    assert_int_equal(sw_doc_meta(fixture_site(), 3, 0, document, sizeof(document)), 0);
    assert_true(sw_doc_summary(fixture_site(), &v, 0, document, sizeof(document)) > 0);
    assert_non_null(strstr(document, "\"noise\":null,\"dust\":null"));
}

static const struct reason_case {
    const char *why;
    enum sw_state state;
    int32_t value, limit, resolution, budget_s;
    const char *want; /* NULL = nothing to say */
} reason_cases[] = {
    {"over", SW_STATE_ALERTING, 5520, 5500, 10, 0, "LAeq,20min 55.2 > 55.0"},
    {"rounded half up to the resolution, as the verdict sees it", SW_STATE_ALERTING, 5505, 5500, 10, 0,
     "LAeq,20min 55.1 > 55.0"},
    {"over, not yet for long enough", SW_STATE_PENDING, 6000, 5500, 10, 0, "LAeq,20min 60.0 > 55.0"},
    {"never above itself", SW_STATE_RECOVERING, 5504, 5500, 10, 0, "LAeq,20min 55.0 <= 55.0"},
    {"below zero half up is upwards", SW_STATE_RECOVERING, -105, 5500, 10, 0, "LAeq,20min -1.0 <= 55.0"},
    {"whole units", SW_STATE_ALERTING, 15049, 15000, 100, 0, "LAeq,20min 150 <= 150"},
    {"a limit finer than the resolution keeps its decimals", SW_STATE_ALERTING, 5530, 5525, 10, 0,
     "LAeq,20min 55.3 > 55.25"},
    {"a resolution of nothing is one hundredth", SW_STATE_ALERTING, 5501, 5500, 0, 0, "LAeq,20min 55.01 > 55.00"},
    {"over, then the value was lost", SW_STATE_ALERTING, SW_NO_VALUE, 5500, 10, 0, NULL},
    {"foreseen", SW_STATE_FORECAST, 5200, 5500, 10, 560, "LAeq,20min over 55.0 in 560 s"},
    {"likely without a certain crossing", SW_STATE_FORECAST, 5200, 5500, 10, -1, "LAeq,20min likely over 55.0"},
    {"silent", SW_STATE_NODATA, SW_NO_VALUE, 5500, 10, -1, "no counted reading"},
    {"broken", SW_STATE_FAULT, SW_NO_VALUE, 5500, 10, -1, "device fault or no answer"},
    {"nothing to say", SW_STATE_NORMAL, 4000, 5500, 10, -1, NULL},
};

static void the_reason_of_a_state_is_the_comparison_of_the_verdict(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(reason_cases); i++) {
        const struct reason_case *c = &reason_cases[i];
        json_t *root, *reason;
        size_t len;

        fixture_judge_one(c->state, c->value, c->limit, c->resolution, c->budget_s);
        len = sw_doc_state(fixture_site(), 0, NULL, AT(23, 31, 0), document, sizeof(document));
        root = json_loadb(document, len, 0, NULL);
        reason = json_object_get(json_array_get(json_object_get(root, "rules"), 0), "reason");
        if (c->want ? strcmp(c->want, json_is_string(reason) ? json_string_value(reason) : "") != 0
                    : !json_is_null(reason))
            fail_msg("%s: %s", c->why, document);
        json_decref(root);
    }
}

static const struct headline_case {
    const char *why;
    int lamp;
    const struct sw_ticket *(*worst)(void);
    const char *period;
    enum sw_work_state work;
    int32_t over_by;
    const char *zh, *en;
} headline_cases[] = {
    {"a night pour", 3, fixture_ticket, "night", SW_WORK_PROHIBITED_NIGHT, 680, "夜间超标 6.8 dB,无施工许可",
     "Night limit exceeded by 6.8 dB, no permit"},
    {"rounded to a tenth, half away", 3, fixture_ticket, "night", SW_WORK_PERMITTED_NIGHT, 1005,
     "夜间超标 10.1 dB,有夜间施工许可", "Night limit exceeded by 10.1 dB, night permit on record"},
    {"by day", 3, fixture_ticket, "day", SW_WORK_SCHEDULED, 20, "昼间超标 0.2 dB,在公示工时内",
     "Daytime limit exceeded by 0.2 dB, within published hours"},
    {"in the evening", 3, fixture_ticket, "evening", SW_WORK_UNSCHEDULED, 20, "傍晚超标 0.2 dB,不在公示工时内",
     "Evening limit exceeded by 0.2 dB, outside published hours"},
    {"a period of another name", 3, fixture_ticket, "", SW_WORK_QUIET_PERIOD, 20, "噪声超标 0.2 dB,处于禁止施工时段",
     "Noise limit exceeded by 0.2 dB, work banned in this period"},
    {"dust", 3, fixture_dust_ticket, "day", SW_WORK_NO_SCHEDULE, 3050, "PM10 超标 30.5 ug/m3,许可情况未知",
     "PM10 limit exceeded by 30.5 ug/m3, permit unknown"},
    {"over by an unknown amount", 3, fixture_ticket, "night", SW_WORK_NO_SCHEDULE, SW_NO_VALUE, "超标,许可情况未知",
     "Limit exceeded, permit unknown"},
    {"over before there is a ticket", 3, NULL, "", SW_WORK_PROHIBITED_NIGHT, 0, "超标,无施工许可",
     "Limit exceeded, no permit"},
    {"foreseen", 1, fixture_forecast_ticket, "night", SW_WORK_NO_SCHEDULE, SW_NO_VALUE, "夜间即将超标,许可情况未知",
     "Night limit about to be exceeded, permit unknown"},
    {"near", 1, NULL, "", SW_WORK_NO_SCHEDULE, 0, "接近限值", "Close to the limit"},
    {"silent", 2, fixture_ticket, "night", SW_WORK_NO_SCHEDULE, 680, "无有效数据", "No valid data"},
    {"a lamp that does not exist says nothing good", 9, NULL, "", SW_WORK_NO_SCHEDULE, 0, "无有效数据",
     "No valid data"},
    {"quiet", 0, NULL, "", SW_WORK_NO_SCHEDULE, 0, "未超标", "Within the limits"},
};

static void the_headline_says_lamp_excess_and_permit_in_both_languages(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(headline_cases); i++) {
        const struct headline_case *c = &headline_cases[i];
        struct sw_summary v = *fixture_summary();
        struct sw_ticket t = c->worst ? *c->worst() : (struct sw_ticket){.id = ""};
        json_t *root, *headline;
        size_t len;

        v.lamp = c->lamp;
        v.worst = c->worst ? &t : NULL;
        t.work.state = v.work.state = c->work;
        t.over_by = c->over_by;
        t.period_is_night = strcmp(c->period, "night") == 0;
        snprintf(t.period, sizeof(t.period), "%s", c->period);
        len = sw_doc_summary(fixture_site(), &v, AT(23, 41, 2), document, sizeof(document));
        root = json_loadb(document, len, 0, NULL);
        headline = json_object_get(root, "headline");
        if (!headline || strcmp(json_string_value(json_object_get(headline, "zh-CN")), c->zh) != 0 ||
            strcmp(json_string_value(json_object_get(headline, "en")), c->en) != 0)
            fail_msg("%s: %s", c->why, document);
        json_decref(root);
    }
}

static const struct hostile_case {
    const char *why, *name, *want;
} hostile_cases[] = {
    {"quotes and backslashes", "a\",\"schema\":\"x\\", "a\",\"schema\":\"x\\"},
    {"control characters", "a\n\r\t\x01\x1f\x7f", "a\n\r\t\x01\x1f\x7f"},
    {"a character cut in half", "\xe5\x8c\x97\xe9", "\xe5\x8c\x97\xef\xbf\xbd"},
    {"bytes that are no UTF-8", "\xff\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"half of a surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"an end of script", "</script>{}[]'", "</script>{}[]'"},
};

/* The name that came back out of the document; frees the document. */
static void check_name(const struct hostile_case *c, size_t len, const char *object, const char *key)
{
    json_t *root = json_loadb(document, len, JSON_REJECT_DUPLICATES, NULL);
    json_t *in = object ? json_object_get(root, object) : root;
    const char *got = json_string_value(json_object_get(in, key));

    if (!got || strcmp(got, c->want) != 0)
        fail_msg("%s: %s of %s", c->why, key, document);
    json_decref(root);
}

static void hostile_names_stay_inside_their_strings(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(hostile_cases); i++) {
        const struct hostile_case *c = &hostile_cases[i];
        struct sw_doc_site site = *fixture_site();
        struct sw_doc_sensor sensor = site.sensors[0];
        struct sw_ticket t = *fixture_ticket();
        struct sw_ticket_event v = {.id = "m4tq7zk2dh", .verb = SW_VERB_NOTE};

        site.name = site.gateway_name = sensor.name = c->name;
        site.sensors = &sensor;
        site.n_sensors = 1;
        snprintf(t.assignee.unit, sizeof(t.assignee.unit), "%s", c->name);
        snprintf(v.note, sizeof(v.note), "%s", c->name);
        check_name(c, sw_doc_info(&site, 0, document, sizeof(document)), "gateway", "name");
        check_name(c, sw_doc_meta(&site, 0, 0, document, sizeof(document)), NULL, "name");
        check_name(c, sw_doc_ticket(&site, &t, 0, 1, document, sizeof(document)), "assignee", "unit");
        check_name(c, sw_doc_ticket_event(&site, &v, 0, 1, document, sizeof(document)), NULL, "note");
        check_name(c, sw_doc_summary(&site, fixture_summary(), 0, document, sizeof(document)), NULL, "name");
    }
}

static void a_ticket_with_a_full_history_stays_small(void **state)
{
    struct sw_ticket t = *fixture_ticket();
    size_t len;
    json_t *root;

    (void) state;
    for (size_t i = 0; i < SW_HISTORY_MAX; i++) {
        t.history[i] = t.history[2];
        memset(t.history[i].by.id, 'x', SW_ID_SIZE - 1);
    }
    t.n_history = SW_HISTORY_MAX + 7; /* more than there is room for: never read past the array */
    t.history_total = 4711;
    len = sw_doc_ticket(fixture_site(), &t, AT(23, 52, 10), 1, document, sizeof(document));
    assert_in_range(len, 1, 16 * 1024);
    root = json_loadb(document, len, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(root, "history")), SW_HISTORY_MAX);
    assert_int_equal(json_integer_value(json_object_get(root, "history_total")), 4711);
    json_decref(root);
}

static void a_merged_ticket_says_where_and_a_forced_resolve_stands_in_the_history(void **state)
{
    struct sw_ticket t = *fixture_ticket();

    (void) state;
    assert_true(sw_doc_ticket(fixture_site(), &t, 0, 1, document, sizeof(document)) > 0);
    assert_null(strstr(document, "merged_into"));
    snprintf(t.merged_into, sizeof(t.merged_into), "sw-bbbbbbbbbb");
    t.history[1].forced = true;
    assert_true(sw_doc_ticket(fixture_site(), &t, 0, 1, document, sizeof(document)) > 0);
    assert_non_null(strstr(document, "\"previous\":null,\"merged_into\":\"sw-bbbbbbbbbb\",\"reopens\":0"));
    assert_non_null(strstr(document, "\"role\":\"auto\"},\"door\":\"engine\",\"forced\":true},{\"verb\":\"dispatch\""));
}

static void a_noise_matter_over_its_maximum_alone_has_no_laeq(void **state)
{
    struct sw_ticket t = *fixture_ticket();

    (void) state;
    snprintf(t.statistic, sizeof(t.statistic), "max");
    t.worst = 7490;
    t.max = SW_NO_VALUE;
    assert_true(sw_doc_ticket(fixture_site(), &t, 0, 1, document, sizeof(document)) > 0);
    assert_non_null(strstr(document, "\"LAeq\":null,\"LAmax\":74.90,"));
}

static void the_type_of_an_event_is_the_verb_in_the_past(void **state)
{
    static const struct {
        enum sw_verb verb;
        const char *want;
    } cases[] = {
        {SW_VERB_ACCEPT, "cn.siteward.ticket.accepted.v1"},
        {SW_VERB_ACK, "cn.siteward.ticket.acked.v1"},
        {SW_VERB__COUNT, ""},
    };
    char buf[64];

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        memset(buf, 0, sizeof(buf));
        assert_int_equal(sw_doc_event_type(cases[i].verb, buf, sizeof(buf)), strlen(cases[i].want));
        assert_string_equal(buf, cases[i].want);
    }
    assert_int_equal(sw_doc_event_type(SW_VERB_ACCEPT, buf, strlen(cases[0].want)), 0);
    assert_int_equal(sw_doc_event_type(SW_VERB_ACCEPT, NULL, 0), 0);
}

static int dump(void)
{
    for (size_t i = 0; i < document_cases_n; i++) {
        if (document_cases[i].render(document, sizeof(document)) == 0)
            return 1;
        puts(document);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_those_of_the_contract_byte_for_byte),
        cmocka_unit_test(every_document_is_an_object_of_json_without_a_key_twice),
        cmocka_unit_test(a_document_that_does_not_fit_is_none_at_every_capacity),
        cmocka_unit_test(a_sensor_that_the_site_does_not_have_gives_no_document),
        cmocka_unit_test(the_reason_of_a_state_is_the_comparison_of_the_verdict),
        cmocka_unit_test(the_headline_says_lamp_excess_and_permit_in_both_languages),
        cmocka_unit_test(hostile_names_stay_inside_their_strings),
        cmocka_unit_test(a_ticket_with_a_full_history_stays_small),
        cmocka_unit_test(a_merged_ticket_says_where_and_a_forced_resolve_stands_in_the_history),
        cmocka_unit_test(a_noise_matter_over_its_maximum_alone_has_no_laeq),
        cmocka_unit_test(the_type_of_an_event_is_the_verb_in_the_past),
    };

    if (argc > 1 && strcmp(argv[1], "--dump") == 0)
        return dump();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
