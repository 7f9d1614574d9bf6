// SPDX-License-Identifier: Apache-2.0
/* The line of every document of the contract's examples, in both languages, written by hand; and of hostile ones. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "cli/mqtt_text.h"
#include "config/text.h"

#define DATA SW_SOURCE_SHARE "/tests/data/contract/"

static const struct row {
    const char *file, *en, *zh; /* what stands behind the topic */
} rows[] = {
    {"status", "ready  boot 01JNZ5Q0T7", "ready  启动 01JNZ5Q0T7"},
    {"status-will", "lost  boot 01JNZ5Q0T7", "lost  启动 01JNZ5Q0T7"},
    {"live", "63.20 dBA  limit 55.00", "63.20 dBA  限值 55.00"},
    {"agg", "61.80 dBA  valid 0.97", "61.80 dBA  有效率 0.97"},
    {"agg-dust", "71.20 ug/m3  valid 1.00", "71.20 ug/m3  有效率 1.00"},
    {"state", "alerting  rule cn-gb12523-2025/leq-night", "alerting  规则 cn-gb12523-2025/leq-night"},
    {"event", "camera-trigger  active yes  count 17", "camera-trigger  有效 是  计数 17"},
    {"summary", "over  Night limit exceeded by 6.8 dB, no permit", "over  夜间超标 6.8 dB,无施工许可"},
    {"ticket", "accepted  Night construction noise above limit (no permit)", "accepted  夜间施工噪声超标(无许可)"},
    {"ticket-event", "accept  by party:wang", "accept  由 party:wang"},
    {"output", "off  it ran as long as it may", "off  已达最长运行时间"},
    {"res", "ok  resolved  to c-20260303-00017", "ok  resolved  答复 c-20260303-00017"},
    {"gap", "from 171204  to 181207  shed", "从 171204  到 181207  shed"},
    {"evidence-request", "at 2026-03-02T23:40:00+08:00  window PT30M", "时间 2026-03-02T23:40:00+08:00  时段 PT30M"},
};

static void every_document_has_its_line(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char path[512], line[1024];
        json_t *document;

        snprintf(path, sizeof(path), DATA "%s.json", rows[i].file);
        document = json_load_file(path, 0, NULL);
        assert_non_null(document);
        for (int is_chinese = 0; is_chinese < 2; is_chinese++) {
            const char *facts, *wanted = is_chinese ? rows[i].zh : rows[i].en;

            sw_mqtt_text("a/topic", document, is_chinese, line, sizeof(line));
            facts = strstr(line, "a/topic");
            assert_non_null(facts);
            facts += strlen("a/topic");
            facts += strspn(facts, " ");
            CHECK(strcmp(facts, wanted) == 0, "%s: '%s' instead of '%s'", rows[i].file, facts, wanted);
        }
        json_decref(document);
    }
}

static void time_and_topic_stand_in_columns(void **state)
{
    char line[200];
    json_t *document = json_pack("{s:s,s:s,s:s}", "schema", "siteward.status/1.0", "ts",
                                 "2026-03-02T23:41:07.000+08:00", "state", "ready");

    (void) state;
    sw_mqtt_text("gw/gw-7f3a/status", document, false, line, sizeof(line));
    assert_string_equal(line, "03-02 23:41:07  gw/gw-7f3a/status                         ready  boot -");
    sw_mqtt_text("ticket/x", NULL, false, line, sizeof(line));
    assert_string_equal(line, "--              ticket/x                                  no longer retained");
    json_decref(document);
}

static void a_hostile_document_moves_no_cursor_and_is_cut_at_a_character(void **state)
{
    char line[400], small[70];
    json_t *document =
        json_pack("{s:s,s:s,s:{s:s}}", "schema", "siteward.ticket/1.0", "status", "\x1b[2Jopen\n", "title", "zh-CN",
                  "超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超超");

    (void) state;
    sw_mqtt_text("t\x1b", document, true, line, sizeof(line));
    assert_null(strpbrk(line, "\x1b\n"));
    assert_int_equal(sw_text_first_bad(line, strlen(line)), strlen(line));
    for (size_t cap = 20; cap <= sizeof(small); cap++) {
        sw_mqtt_text("t", document, true, small, cap);
        assert_true(strlen(small) < cap);
        assert_int_equal(sw_text_first_bad(small, strlen(small)), strlen(small));
    }
    json_decref(document);
    document = json_pack("{s:s}", "schema", "siteward.other/1.0");
    sw_mqtt_text("t", document, false, line, sizeof(line));
    assert_non_null(strstr(line, "a document of an unknown kind"));
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_document_has_its_line),
        cmocka_unit_test(time_and_topic_stand_in_columns),
        cmocka_unit_test(a_hostile_document_moves_no_cursor_and_is_cut_at_a_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
